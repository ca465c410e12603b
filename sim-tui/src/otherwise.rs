//! What would have turned the decision of a step: the smallest change, searched a few re-runs at a time so that the screen stays
//! alive, and what people try that does nothing.

use std::collections::VecDeque;

use sim_core::counterfactual::{Counterfactual, SURPRISING, Search, Verdict};
use sim_core::event::NodeId;
use sim_core::reason::Nature;
use sim_core::scenario::Scenario;
use sim_core::story::{Act, Place};
use sim_core::trace::Note;
use sim_core::whatif::{Change, When};
use sim_core::{Instant, Text};

use crate::diagnosis::written;
use crate::session::{Session, Step};
use crate::state::Walk;

/// So many events are played between two looks at the keyboard, in as many re-runs as that makes, and at least one.
const PIECE: u64 = 10_000;

/// From so many milliseconds on a search says that it takes long.
const LONG: u32 = 3_000;

/// What is typed before the instant at which a step of the story begins, in nanoseconds earlier.
const MOMENT: u64 = 1_000;

/// A search, or what it has found.
#[derive(Debug)]
pub struct Otherwise {
    /// The step whose decision it is about.
    step: Step,
    /// Milliseconds since it began.
    passed: u32,
    /// How many changes were tried.
    pub tried: usize,
    /// What was found.
    pub found: Option<Offer>,
    /// What does nothing.
    pub misses: Vec<Text>,
    work: Work,
}

/// A change that turns a decision.
#[derive(Clone, Debug)]
pub struct Offer {
    /// What is done, and where in the run.
    pub acts: Vec<Act>,
    /// When, for people: before the story, or right before a line of the file.
    pub when: When,
    /// What becomes of the decision.
    pub turned: Text,
    /// The node and the line, if it is one command.
    pub line: Option<(NodeId, String)>,
}

#[derive(Debug)]
enum Work {
    /// Nothing was played yet.
    Begins(Box<Scenario>),
    /// Changes are tried.
    Searches(Box<Search>, usize),
    /// Those that do nothing are tried.
    Misses(Box<Search>, usize, VecDeque<Change>),
    /// It is over.
    Done,
    /// It was not begun, for this reason.
    Waits(Text),
}

impl Otherwise {
    /// The search for the decision of the step that is looked at, if it is one against a packet or a surprising one. While a
    /// question is open it is not begun: it would tell what comes.
    pub fn of(walk: &Walk) -> Option<Self> {
        let step = walk.session.steps().get(walk.step)?.clone();
        let is_it = |note: &Note| match note {
            Note::Why(reason) => {
                reason.nature() == Nature::Against || SURPRISING.contains(&reason.code())
            }
            _ => false,
        };
        let mut entries = walk.session.entries(walk.step).iter();
        entries.find(|entry| Some(entry.node) == step.node && is_it(&entry.what))?;
        let work = match walk.comes_first() {
            Some(why) => Work::Waits(why),
            None => Work::Begins(Box::new(written(&walk.session, &walk.kept.concat()))),
        };
        Some(Self { step, passed: 0, tried: 0, found: None, misses: Vec::new(), work })
    }

    /// Whether there is work left.
    pub fn works(&self) -> bool {
        !matches!(self.work, Work::Done | Work::Waits(_))
    }

    /// Whether the smallest change is still searched.
    pub fn searches(&self) -> bool {
        matches!(self.work, Work::Begins(_) | Work::Searches(..))
    }

    /// Whether it takes long.
    pub fn is_long(&self) -> bool {
        self.passed >= LONG
    }

    /// Why it was not begun.
    pub fn waits(&self) -> Option<&Text> {
        match &self.work {
            Work::Waits(why) => Some(why),
            _ => None,
        }
    }

    /// Works on for a piece; true when the smallest change was found just now.
    pub fn go_on(&mut self, session: &Session, millis: u32) -> bool {
        self.passed = self.passed.saturating_add(millis);
        let work = std::mem::replace(&mut self.work, Work::Done);
        let before = self.found.is_some();
        self.work = match work {
            Work::Begins(scenario) => match Search::of(*scenario) {
                Ok(search) => match self.number(&search) {
                    Some(number) => Work::Searches(Box::new(search), number),
                    None => Work::Done,
                },
                Err(_) => Work::Done,
            },
            Work::Searches(mut search, number) => match search.go_on(number, runs(&search)) {
                Ok(tried) => {
                    self.tried = tried.knobs;
                    self.found = tried.found.map(|found| offer(&search, session, &found));
                    let tempting = search.tempting(number).into();
                    Work::Misses(search, number, tempting)
                }
                Err(tried) => {
                    self.tried = tried;
                    Work::Searches(search, number)
                }
            },
            Work::Misses(mut search, number, mut left) => match left.pop_front() {
                Some(change) => {
                    let missed = search.miss(number, change).filter(|own| {
                        let found = self.found.as_ref().map(|own| &own.acts);
                        let is_found =
                            |acts: &Vec<Act>| acts.iter().map(|act| &act.change).eq(&own.changes);
                        !found.is_some_and(is_found)
                    });
                    self.misses.extend(
                        missed.iter().flat_map(|own| &own.changes).map(crate::what_if::change),
                    );
                    Work::Misses(search, number, left)
                }
                None => Work::Done,
            },
            work => work,
        };
        !before && self.found.is_some()
    }

    /// The verdict of the step: that of its event; in a run of kept changes the nearest in time of the same node.
    fn number(&self, search: &Search) -> Option<usize> {
        let base = search.base();
        let (step, events) = (&self.step, base.run.trace.events());
        let own = base.verdicts.iter().enumerate();
        let own = own.filter(|(_, own)| Some(own.node) == step.node);
        let away = |own: &Verdict| {
            let at = events[own.event].at.as_nanos();
            (at.abs_diff(step.at.as_nanos()), own.event.abs_diff(step.event as usize))
        };
        // Of several at once the last: it is what came of the others.
        own.min_by_key(|(at, own)| (away(own), std::cmp::Reverse(*at))).map(|(at, _)| at)
    }
}

/// As many re-runs as one piece has.
fn runs(search: &Search) -> usize {
    (PIECE / search.base().run.player.world.events().max(1)).max(1) as usize
}

/// A change as what is done in a run.
fn offer(search: &Search, session: &Session, found: &Counterfactual) -> Offer {
    let base = search.base();
    let place = match found.when {
        When::Setup => Place::default(),
        When::Before(step) => {
            let event = base.begins(step).and_then(|event| base.run.trace.events().get(event));
            let at = event.map_or(0, |event| event.at.as_nanos().saturating_sub(MOMENT));
            Place { at: Instant::from_nanos(at), steps: 0 }
        }
    };
    let act = |change: &Change| Act { place, change: change.clone() };
    let line = match &found.changes[..] {
        [Change::Type { on, line }] => {
            session.net().node_by_name(on).map(|node| (node, line.clone()))
        }
        _ => None,
    };
    let acts = found.changes.iter().map(act).collect();
    Offer { acts, when: found.when, turned: found.turned.text(), line }
}
