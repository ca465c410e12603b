//! The scenario is played before it is given out: a line that Linux refuses is left out and told,
//! and who was served becomes what the story expects.

use super::lab::{Asked, Lab, unanswered};
use super::told::Told;
use super::{Kind, Place, Warning};
use crate::scenario::{Expectation, Line, Located, Node, Scenario, ScenarioError, Step};
use crate::story::{self, PlayError, Player, Progress};
use crate::text;
use crate::text::{Lang, Text};
use crate::trace::Trace;

/// Events of the trial at most: a network in which packets go round is none the less given out.
const MOST_EVENTS: u64 = 200_000;

/// The name under which the trial's errors speak of the scenario.
const NAME: &str = "import";

/// Makes the scenario one that can be played.
///
/// # Errors
/// When that cannot be done by leaving lines out.
pub(super) fn play(mut lab: Lab, told: &mut Told) -> Result<Lab, Text> {
    loop {
        let mut opened = open(&mut lab, told)?;
        opened.limits.events = Some(MOST_EVENTS);
        let mut trace = Trace::default();
        match Player::new(opened, &mut trace) {
            Ok(player) => {
                expect(&mut lab, player, trace, told);
                return Ok(lab);
            }
            Err(PlayError::Setup { node, text, output, .. }) => {
                let said = output.trim_end();
                let both = Text { en: Lang::En.said(said).into(), zh: Lang::Zh.said(said).into() };
                remove(&mut lab, &node, &text, &both, told)?;
            }
            Err(error) => return Err(error.text()),
        }
    }
}

/// Reads the scenario's text as anybody will.
fn open(lab: &mut Lab, told: &mut Told) -> Result<Scenario, Text> {
    loop {
        let errors = match story::open(NAME, &lab.scenario.to_ron(), None, false) {
            Ok(scenario) => return Ok(scenario),
            Err(errors) => errors,
        };
        let mut wrong: Vec<(usize, usize, &ScenarioError)> = errors
            .iter()
            .filter_map(|error| Some((place(&error.path)?, error)))
            .map(|((node, line), error)| (node, line, error))
            .collect();
        if wrong.len() < errors.len() {
            return Err(errors[0].text());
        }
        // From the last line on, so that the numbers of the others stay.
        wrong.sort_by_key(|(node, line, _)| std::cmp::Reverse((*node, *line)));
        wrong.dedup_by_key(|(node, line, _)| (*node, *line));
        for (node, line, error) in wrong {
            let name = lab.scenario.nodes[node].name().to_owned();
            let Node::Host { setup, .. } = &lab.scenario.nodes[node].value else { continue };
            let text = setup[line].value.clone();
            let between = |mark: &'static str| if error.help.is_empty() { "" } else { mark };
            let said = Text {
                en: format!("{}{}{}", error.message.en, between("; "), error.help.en),
                zh: format!("{}{}{}", error.message.zh, between("；"), error.help.zh),
            };
            remove(lab, &name, &text, &said, told)?;
        }
    }
}

/// The node and line of `nodes[3].setup[4]`.
fn place(path: &str) -> Option<(usize, usize)> {
    let (node, line) = path.strip_prefix("nodes[")?.split_once("].setup[")?;
    Some((node.parse().ok()?, line.strip_suffix(']')?.parse().ok()?))
}

/// Takes a line out, and says so.
fn remove(lab: &mut Lab, node: &str, line: &str, said: &Text, told: &mut Told) -> Result<(), Text> {
    let Text { en, zh } = said;
    let mut all = lab.scenario.nodes.iter_mut().enumerate();
    let machine = all.find(|(_, own)| own.name() == node);
    if let Some((at, Located { value: Node::Host { serves, setup, .. }, .. })) = machine {
        let is_served = |own: &Line| line.starts_with(&format!("serve {} --name ", own.value));
        let place = if let Some(number) = setup.iter().position(|own| own.value == line) {
            setup.remove(number);
            Some(lab.places[at].remove(number))
        } else if let Some(number) = serves.iter().position(is_served) {
            serves.remove(number);
            Some(Place::default())
        } else {
            None
        };
        if let Some(place) = place {
            let text =
                text!("`{line}` on {node} is left out: {en}", "{node} 上不采用 `{line}`：{zh}");
            told.wrong(&place, text);
            return Ok(());
        }
    }
    Err(text!("on {node}: `{line}`: {en}", "在 {node} 上：`{line}`：{zh}"))
}

/// Plays the story; who was served is what it expects from now on.
fn expect(lab: &mut Lab, mut player: Player, mut trace: Trace, told: &mut Told) {
    while player.step(&mut trace) != Progress::Done {}
    let served = player.served(None, 0, &trace);
    let mut from = 0;
    let mut answers: Vec<(Asked, Vec<String>)> = Vec::new();
    for asked in &lab.asked {
        let to = from + asked.times;
        let Some(own) = served.get(from..to) else { break };
        answers.push((asked.clone(), own.to_vec()));
        from = to;
    }
    if answers.len() < lab.asked.len() {
        let text = text!(
            "the story did not come to its end within {MOST_EVENTS} events: do packets go round?",
            "故事在 {MOST_EVENTS} 个事件内没有结束：是不是有报文在打转？"
        );
        told.warnings.push(Warning { kind: Kind::Wrong, place: Place::default(), text });
    }
    // From the last on, so that the numbers of the others stay.
    for (number, (asked, own)) in answers.iter().enumerate().rev() {
        let is_answered = |own: &[String]| own.iter().all(|name| name != "-");
        if !is_answered(own) {
            told.wrong(&asked.place, unanswered(asked, own));
            continue;
        }
        let served = Expectation::Served(own.clone(), None);
        // Whoever was not answered before is not meant.
        let before = number.checked_sub(1).map(|before| answers[before].1.as_slice());
        let label = format!("service {}", number + 1);
        let (mark, expected) = match before {
            Some(before) if !is_answered(before) => {
                let since = Expectation::Since(label.clone(), vec![Located::from(served)]);
                (Some(Step::Mark(label)), since)
            }
            _ => (None, served),
        };
        // Behind the requests and the wait.
        lab.scenario.story.insert(asked.step + 2, Located::from(Step::Expect(expected)));
        if let Some(mark) = mark {
            lab.scenario.story.insert(asked.step, Located::from(mark));
        }
    }
}
