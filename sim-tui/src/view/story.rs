//! STORY: what it is about. The last words of the story, its last question, and what comes next.

use sim_core::scenario::Step as Told;
use sim_core::text;

use super::pen::{Line, hanging, prose};
use crate::session::Kind;
use crate::state::{State, Walk};
use crate::theme::Role;

/// All lines.
pub fn lines(state: &State, walk: &Walk, width: usize) -> Vec<Line> {
    let lang = state.lang;
    let scenario = walk.session.scenario();
    let mut lines = prose(scenario.title.of(lang), width, Role::Strong);
    lines.extend(super::over::kept(walk, lang, width));
    if walk.step + 1 >= walk.session.steps().len() {
        let failures = walk.session.end().failures().len();
        let (words, role) = match (failures, walk.session.error()) {
            (_, Some(error)) => (error, Role::Bad),
            (0, None) if walk.sandbox.is_some() => (
                text!(
                    "This is the end; what is typed now comes behind it.",
                    "到此结束；现在键入的命令接在后面。"
                ),
                Role::Soft,
            ),
            (0, None) => (
                text!("This is the end. All expectations hold.", "到此结束。所有预期均成立。"),
                Role::Good,
            ),
            (failures, None) => (
                text!(
                    "This is the end. Expectations that do not hold: {failures}",
                    "到此结束。不成立的预期：{failures}"
                ),
                Role::Bad,
            ),
        };
        lines.extend(prose(words.of(lang), width, role));
    }
    // How far the story has come: the last of its steps that is not behind this one.
    let (mut said, mut asked) = (None, None);
    let told = walk.session.steps().iter().enumerate().take(walk.step + 1).rev();
    for (place, step) in told.take(FAR) {
        let Kind::Story(at) = step.kind else { continue };
        match &scenario.story[usize::from(at)].value {
            Told::Say(text) => {
                said = Some(text);
                break;
            }
            Told::Ask { question, options, answer, why } if asked.is_none() => {
                asked = Some((place, question, options, usize::from(*answer), why));
            }
            _ => {}
        }
    }
    if let Some(said) = said {
        lines.push(Line::new());
        lines.extend(prose(said.of(lang), width, Role::Text));
    }
    if let Some((place, question, options, answer, why)) = asked {
        lines.push(Line::new());
        lines.extend(hanging("? ", Role::Frame, question.of(lang), width, Role::Strong));
        let is_open = place == walk.step
            && walk
                .last_question()
                .and_then(|own| walk.asked.get(&own))
                .is_none_or(Option::is_none);
        for (at, option) in options.iter().enumerate() {
            let is_right = !is_open && at == answer;
            let mark = format!("{} {}) ", if is_right { ">" } else { " " }, at + 1);
            let role = if is_right { Role::Good } else { Role::Text };
            lines.extend(hanging(&mark, role, option.of(lang), width, role));
        }
        if let (false, Some(why)) = (is_open, why) {
            lines.extend(prose(why.of(lang), width, Role::Text));
        }
    }
    lines.extend(score(state, walk, width));
    lines
}

/// How the questions were answered, if any was.
fn score(state: &State, walk: &Walk, width: usize) -> Vec<Line> {
    let walked = state.progress.walks.get(&walk.name);
    let Some(own) = walked.filter(|own| !own.answers.is_empty()) else { return Vec::new() };
    let (right, answered, all) = (own.right(), own.answers.len(), walk.questions.len());
    let said = text!(
        "Of {all} questions {answered} answered, {right} right at first",
        "共 {all} 题，已答 {answered} 题，首答正确 {right} 题"
    );
    let mut lines = vec![Line::new()];
    lines.extend(prose(said.of(state.lang), width, Role::Soft));
    lines
}

/// The last words are not looked for farther back: the screen costs the same however long the story is.
const FAR: usize = 20_000;
