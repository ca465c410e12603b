//! What was wrong: the line that a knob corrects, or what is missing.

use super::case::Case;
use super::order::{distance, words};
use crate::goal::commands;
use crate::knobs::Knob;
use crate::mutate::{Place, first_request};
use crate::scenario::{Line, Node, Origin, Scenario, Step};
use crate::whatif::Change;

/// What was wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// This line says something else than it should.
    Line {
        /// On which host.
        host: String,
        /// Which line.
        place: Place,
        /// Where it is written.
        origin: Origin,
        /// The line.
        text: String,
    },
    /// Nobody has typed this.
    Missing {
        /// On which host.
        host: String,
        /// What.
        line: String,
    },
    /// What no command reaches: a cable, a machine without power.
    Machine(Change),
}

/// The lines of a host before the first request, with their places; those of `serves` as typed.
pub(super) fn lines(scenario: &Scenario, host: &str) -> Vec<(Place, Line)> {
    let mut lines = Vec::new();
    let mut nodes = scenario.nodes.iter().enumerate();
    if let Some((at, node)) = nodes.find(|(_, node)| node.name() == host) {
        let Node::Host { setup, .. } = &node.value else { return lines };
        for (number, line) in node.script().into_iter().enumerate() {
            let place = match number.checked_sub(setup.len()) {
                None => Place::Setup(at, number),
                Some(serve) => Place::Serves(at, serve),
            };
            lines.push((place, line));
        }
    }
    for (step, own) in scenario.story.iter().enumerate().take(first_request(scenario)) {
        if let Step::Do { on, run } = &own.value
            && on == host
        {
            let all = run.iter().enumerate();
            lines.extend(all.map(|(at, line)| (Place::Story(step, at), line.clone())));
        }
    }
    lines
}

/// What a knob that heals, together with others that are turned, tells of what was wrong.
pub(super) fn cause(case: &Case, knob: &Knob, others: &[Change], runs: &mut usize) -> Cause {
    let scenario = case.scenario();
    let typed = knob.changes.last().expect("a knob changes something");
    let Change::Type { on, line } = typed else { return Cause::Machine(typed.clone()) };
    let all = lines(scenario, on);
    let named = |(place, line): &(Place, Line)| Cause::Line {
        host: on.clone(),
        place: *place,
        origin: line.origin,
        text: line.value.clone(),
    };
    if let Some(about) = &knob.about
        && about.host == *on
        && let Some(found) = all.get(about.line)
    {
        return named(found);
    }
    // A line that is this one but for one word, and heals when it is written so.
    let own = words(&printed(line));
    let mut near: Vec<(usize, &(Place, Line))> = Vec::new();
    for found in &all {
        let far = commands(&found.1.value).filter_map(|command| {
            distance(&words(&command.to_string()), &own)
        });
        near.extend(far.min().map(|far| (far, found)));
    }
    near.sort_by_key(|(far, (place, _))| (*far, *place));
    let mut heals = |place| {
        *runs += 1;
        let edit = |scenario: &mut Scenario| rewrite(scenario, place, line);
        case.rewritten(edit, others).is_some_and(|own| own.holds())
    };
    match near.iter().take(3).find(|(_, found)| heals(found.0)) {
        Some((_, found)) => named(found),
        None => Cause::Missing { host: on.clone(), line: line.clone() },
    }
}

/// A line as its command prints itself.
fn printed(line: &str) -> String {
    commands(line).next().map_or_else(|| line.to_owned(), |command| command.to_string())
}

/// Writes another line in the place of one.
fn rewrite(scenario: &mut Scenario, place: Place, line: &str) {
    match place {
        Place::Setup(node, at) => {
            if let Node::Host { setup, .. } = &mut scenario.nodes[node].value {
                setup[at].value = line.to_owned();
            }
        }
        Place::Serves(node, at) => {
            if let Node::Host { serves, .. } = &mut scenario.nodes[node].value {
                let text = line.trim_start_matches("serve ");
                let text = text.split(" --name").next().unwrap_or(text);
                serves[at].value = text.trim_end_matches(['&', ' ']).to_owned();
            }
        }
        Place::Story(step, at) => {
            if let Step::Do { run, .. } = &mut scenario.story[step].value {
                run[at].value = line.to_owned();
            }
        }
        Place::Link(_) | Place::Node(_) => {}
    }
}
