//! What was wrong: the line that a knob corrects, or what is missing.

use super::case::Case;
use super::lines::{self, Read, distance};
use crate::knobs::Knob;
use crate::mutate::Place;
use crate::scenario::{Line, Node, Origin, Scenario, Step};
use crate::whatif::Change;

/// Before how many lines of its like a line that is missing is put.
const MOST_ALIKE: usize = 4;

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

/// What a knob that heals, together with others that are turned, tells of what was wrong.
///
/// Of lines that it may correct the nearest are played, so `most` of them.
pub(super) fn cause(
    case: &Case,
    knob: &Knob,
    others: &[Change],
    most: usize,
    runs: &mut usize,
) -> Cause {
    let scenario = case.scenario();
    let typed = knob.changes.last().expect("a knob changes something");
    let Change::Type { on, line } = typed else { return Cause::Machine(typed.clone()) };
    let all = lines::of(scenario, on);
    let named = |own: &Read| Cause::Line {
        host: on.clone(),
        place: own.place,
        origin: own.line.origin,
        text: own.line.value.clone(),
    };
    if let Some(about) = &knob.about
        && about.host == *on
        && let Some(found) = all.get(about.line)
    {
        return named(found);
    }
    match corrected(case, line, &all, others, most, runs) {
        Some(found) => named(found),
        None => Cause::Missing { host: on.clone(), line: added(knob).join("; ") },
    }
}

/// The lines of a knob that set something: what is taken away before is not what was missing.
fn added(knob: &Knob) -> Vec<&str> {
    let takes = |line: &str| {
        let words = ["ip addr del ", "ipvsadm -d ", "kill "];
        words.iter().any(|own| line.starts_with(own)) || line.contains(" -D ")
    };
    let typed = knob.changes.iter().filter_map(|change| match change {
        Change::Type { line, .. } => Some(line.as_str()),
        _ => None,
    });
    let (first, last): (Vec<&str>, Vec<&str>) = typed.partition(|line| !takes(line));
    if first.is_empty() { last } else { first }
}

/// Of a host's lines the one that is this line but for one word, and heals when it is written so.
fn corrected<'a>(
    case: &Case,
    line: &str,
    all: &'a [Read],
    others: &[Change],
    most: usize,
    runs: &mut usize,
) -> Option<&'a Read> {
    let says = lines::says(line);
    let mut near: Vec<(usize, &Read)> = Vec::new();
    for found in all {
        let pairs = found.says.iter().flat_map(|have| says.iter().map(move |own| (have, own)));
        let far = pairs.filter_map(|(have, own)| distance(have, own)).min();
        near.extend(far.map(|far| (far, found)));
    }
    near.sort_by_key(|(far, found)| (*far, found.place));
    let mut heals = |place| {
        *runs += 1;
        let edit = |scenario: &mut Scenario| rewrite(scenario, place, line);
        case.rewritten(edit, others).is_some_and(|own| own.holds())
    };
    near.into_iter().take(most).find(|(_, found)| heals(found.place)).map(|(_, found)| found)
}

/// Whether it heals when the last line of one of the knobs is written in the file, in the place of
/// the one that it corrects or before one of its like: what is typed later may leave destinations in
/// another order, and so another share to each.
pub(super) fn corrects(case: &Case, knobs: &[Knob], runs: &mut usize) -> bool {
    (0..knobs.len()).rev().any(|at| {
        let Some(Change::Type { on, line }) = knobs[at].changes.last() else { return false };
        if !line.starts_with("ipvsadm") {
            return false;
        }
        let others = knobs[..at].iter().chain(&knobs[at + 1..]);
        let others: Vec<Change> = others.flat_map(|knob| knob.changes.clone()).collect();
        let all = lines::of(case.scenario(), on);
        let about = knobs[at].about.as_ref().filter(|about| about.host == *on);
        let mut heals = |place, is_more| {
            *runs += 1;
            let edit = |scenario: &mut Scenario| match is_more {
                true => insert(scenario, place, line),
                false => rewrite(scenario, place, line),
            };
            case.rewritten(edit, &others).is_some_and(|own| own.holds())
        };
        match about.and_then(|about| all.get(about.line)) {
            Some(own) => heals(own.place, false),
            None => {
                let words = lines::says(line);
                let service = |says: &Vec<String>| says.get(..4).map(<[String]>::to_vec);
                let is_like = |own: &&Read| {
                    own.says
                        .iter()
                        .any(|says| words.iter().any(|own| service(own) == service(says)))
                };
                let places: Vec<Place> =
                    all.iter().filter(is_like).map(|own| own.place).take(MOST_ALIKE).collect();
                places.into_iter().any(|place| heals(place, true))
            }
        }
    })
}

/// Writes a line before another.
fn insert(scenario: &mut Scenario, place: Place, line: &str) {
    match place {
        Place::Setup(node, at) => {
            if let Node::Host { setup, .. } = &mut scenario.nodes[node].value {
                setup.insert(at, Line::from(line.to_owned()));
            }
        }
        Place::Story(step, at) => {
            if let Step::Do { run, .. } = &mut scenario.story[step].value {
                run.insert(at, Line::from(line.to_owned()));
            }
        }
        Place::Serves(..) | Place::Link(_) | Place::Node(_) => {}
    }
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
