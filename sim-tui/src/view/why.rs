//! WHY: by which rule. What was decided in the step, what it read and where that was set, the rule of Linux, what to do.

use sim_core::explain::{self, Cure};
use sim_core::names::Names;
use sim_core::scenario::Step as Told;
use sim_core::trace::{Note, Trace};
use sim_core::why::{Decision, Input, decisions};
use sim_core::{Lang, text, worth};
use unicode_width::UnicodeWidthStr;

use super::pen::{Line, hanging, line, pad, prose};
use super::{expected, map};
use crate::session::{Kind, Mark};
use crate::state::Walk;
use crate::theme::Role;

/// The decisions of the step, and which of them is the one to tell.
fn decided(walk: &Walk) -> (Vec<Decision>, Option<usize>) {
    let mut noted = Trace::default();
    for entry in walk.session.entries(walk.step) {
        if let Note::Why(_) = entry.what {
            noted.add(entry.at, entry.seq, entry.node, entry.what.clone());
        }
    }
    let mut all = decisions(&noted);
    let node = walk.session.steps().get(walk.step).and_then(|step| step.node);
    if all.iter().any(|own| Some(own.node) == node) {
        all.retain(|own| Some(own.node) == node);
    }
    let weight = |own: &Decision| {
        let mark = own.verdict().map_or(Mark::None, Mark::of_reason);
        let code = own.verdict().map_or("", |verdict| verdict.code());
        // What IPVS decides is what one has come for; whom a host asks on the way is not.
        let is_told = !code.is_empty() && worth::is_told(code);
        let is_ours = is_told && code.starts_with("ipvs.");
        // That a packet was routed says less than who took it.
        (mark >= Mark::Warning, is_ours, is_told, !code.is_empty(), !code.starts_with("ip."))
    };
    // Of equals the last one: it is what came of the others.
    let chief = (0..all.len()).max_by_key(|at| (weight(&all[*at]), *at));
    (all, chief)
}

/// What was decided, for the title.
pub fn about(walk: &Walk, lang: Lang) -> String {
    let (all, chief) = decided(walk);
    match chief.map(|at| &all[at]) {
        Some(own) => format!("{}  {}", walk.session.name(own.node), own.code()),
        None => match walk.session.steps().get(walk.step).map(|step| &step.kind) {
            Some(Kind::Story(_)) => lang.pick("the story", "故事").into(),
            _ => String::new(),
        },
    }
}

/// All lines.
pub fn lines(walk: &Walk, lang: Lang, width: usize) -> Vec<Line> {
    let session = &walk.session;
    let Some(step) = session.steps().get(walk.step) else {
        let said = text!("Nothing happens in this story.", "这个故事里什么也没有发生。");
        return prose(said.of(lang), width, Role::Soft);
    };
    match &step.kind {
        Kind::Story(at) => return story(walk, usize::from(*at), lang, width),
        Kind::Expected { first, count, failed } => {
            return expected::lines(walk, (*first, *count), failed, lang, width);
        }
        _ => {}
    }
    let (all, chief) = decided(walk);
    let mut lines = Vec::new();
    if let Some(chief) = chief {
        lines.extend(decision(walk, &all[chief], lang, width));
    }
    for entry in session.entries(walk.step) {
        if let Note::Served { by, .. } = &entry.what {
            let name = session.name(entry.node);
            let said = text!("{name} was served by {by}.", "{name} 得到了 {by} 的应答。");
            lines.push(vec![("* ".into(), Role::Good), (said.of(lang).into(), Role::Text)]);
        }
    }
    let others: Vec<&Decision> =
        (0..all.len()).filter(|at| Some(*at) != chief).map(|at| &all[at]).collect();
    if !others.is_empty() {
        lines.push(line(lang.pick("also decided", "还判定了"), Role::Soft));
        for own in others {
            let title = explain::entry(own.code())
                .map_or(own.code(), |entry| lang.pick(entry.title.en, entry.title.zh));
            lines.extend(hanging(
                "- ",
                Role::Soft,
                &format!("{title} [{}]", own.code()),
                width,
                Role::Text,
            ));
        }
    }
    if lines.is_empty() {
        let said = match step.kind {
            Kind::Typed => text!(
                "A person typed this; nothing had to be decided.",
                "这是人键入的，不需要判定。"
            ),
            _ => text!("Nothing was decided here.", "这里没有判定。"),
        };
        lines.extend(prose(said.of(lang), width, Role::Soft));
    }
    lines
}

/// A word before the text of a line; all are equally wide.
fn label(lang: Lang, en: &str, zh: &str) -> String {
    pad(lang.pick(en, zh), lang.pick("source ", "出处  ").width())
}

fn decision(walk: &Walk, own: &Decision, lang: Lang, width: usize) -> Vec<Line> {
    let world = &walk.session.end().world;
    let names = Names { net: &world.net, origins: &world.origins, node: own.node, lang };
    let entry = explain::entry(own.code());
    let mark = own.verdict().map_or(Mark::None, Mark::of_reason);
    let role = if mark >= Mark::Warning { super::events::mark_role(mark) } else { Role::Strong };
    let title = entry.map_or(own.code(), |entry| lang.pick(entry.title.en, entry.title.zh));
    let colon = lang.pick(": ", "：");
    let sign =
        if mark >= Mark::Warning { format!("{} ", mark.sign().trim()) } else { String::new() };
    let head = format!("{}{colon}{title}", walk.session.name(own.node));
    let mut lines = hanging(&sign, role, &head, width, role);
    let mut first = label(lang, "read", "输入");
    for input in Input::of(own, &names) {
        lines.extend(hanging(
            &first,
            Role::Soft,
            &crate::chain::input(&input, &names),
            width,
            Role::Text,
        ));
        first = label(lang, "", "");
    }
    let Some(entry) = entry else { return lines };
    let cure = match entry.cure {
        Cure::Nothing => None,
        Cure::Type(command) => Some(format!("{}# {command}", walk.session.name(own.node))),
        Cure::Do(words) => Some(lang.pick(words.en, words.zh).to_owned()),
    };
    lines.extend(hanging(
        &label(lang, "rule", "规则"),
        Role::Soft,
        lang.pick(entry.why.en, entry.why.zh),
        width,
        Role::Text,
    ));
    if let Some(cure) = cure {
        lines.extend(hanging(&label(lang, "cure", "处理"), Role::Soft, &cure, width, Role::Good));
    }
    lines.extend(hanging(
        &label(lang, "means", "意义"),
        Role::Soft,
        lang.pick(entry.matters.en, entry.matters.zh),
        width,
        Role::Soft,
    ));
    lines.extend(hanging(
        &label(lang, "source", "出处"),
        Role::Soft,
        entry.linux,
        width,
        Role::Soft,
    ));
    lines
}

/// What the story says: it is not to be missed where STORY is not on the screen.
fn story(walk: &Walk, at: usize, lang: Lang, width: usize) -> Vec<Line> {
    match walk.session.scenario().story.get(at).map(|told| &told.value) {
        Some(Told::Say(said)) => prose(said.of(lang), width, Role::Text),
        Some(Told::Ask { question, options, .. }) => {
            let mut lines = prose(question.of(lang), width, Role::Strong);
            for (at, option) in options.iter().enumerate() {
                lines.extend(hanging(
                    &format!(" {}) ", at + 1),
                    Role::Soft,
                    option.of(lang),
                    width,
                    Role::Text,
                ));
            }
            let said =
                text!("c answers it; what follows shows it.", "按 c 回答；后面的步骤见分晓。");
            lines.extend(prose(said.of(lang), width, Role::Soft));
            lines
        }
        _ => prose(map::caption(walk).unwrap_or_default().of(lang), width, Role::Text),
    }
}
