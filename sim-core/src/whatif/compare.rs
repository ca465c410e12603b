//! Two runs laid side by side: which events both have, where they part, and what follows from that.
//!
//! Events are paired by who they are ([`Identity`](crate::cause::Identity)), so neither times nor
//! numbers take part. An event of which there is a pair has diverged if its decisions, its frames or
//! what was said differ; one without a pair has diverged in any case. Of those that have, only the
//! first of each chain of causes is listed: the others are its consequences, and counted.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::alike::{Apart, Difference, Sides};
use super::tables::{self, Row};
use crate::cause::Causes;
use crate::scenario::Scenario;
use crate::story::{PlayError, Player};
use crate::trace::{Happened, How, Note, Trace};

/// A scenario that was played to its end.
#[derive(Clone, Debug)]
pub struct Run {
    /// The player at the end.
    pub player: Player,
    /// All that happened.
    pub trace: Trace,
}

impl Run {
    /// Plays a scenario.
    ///
    /// # Errors
    /// When a command of its setup fails.
    pub fn play(scenario: Scenario) -> Result<Self, PlayError> {
        let mut trace = Trace::default();
        let mut player = Player::new(scenario, &mut trace)?;
        player.play(&mut trace);
        Ok(Self { player, trace })
    }

    /// Plays a scenario that may be broken: lines of its setup that fail are passed over.
    ///
    /// # Errors
    /// When a setup does not come to an end.
    pub fn tolerant(scenario: Scenario) -> Result<Self, PlayError> {
        let mut trace = Trace::default();
        let mut player = Player::tolerant(scenario, &mut trace)?;
        player.play(&mut trace);
        Ok(Self { player, trace })
    }

    /// What has come of the clients' requests, in the order in which they were asked: who served
    /// each, or nobody.
    pub fn served(&self) -> Vec<Option<&str>> {
        let mut served = BTreeMap::new();
        for entry in self.trace.entries() {
            match &entry.what {
                Note::Asked { job, .. } => drop(served.entry(*job).or_insert(None)),
                Note::Served { job, by, .. } => drop(served.insert(*job, Some(by.as_str()))),
                _ => {}
            }
        }
        served.into_values().collect()
    }

    /// The frames that left an interface.
    pub fn frames(&self) -> usize {
        let is_sent = |note: &Note| matches!(note, Note::Frame { dir: crate::trace::Dir::Out, .. });
        self.trace.entries().iter().filter(|entry| is_sent(&entry.what)).count()
    }
}

/// What two runs do not have in common.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// The commands that only one of them types.
    pub typed: Vec<Divergence>,
    /// Where else they part, in causal order; consequences are not listed.
    pub divergences: Vec<Divergence>,
    /// The rows of the hosts' and switches' tables that differ at the end.
    pub rows: Vec<Row>,
}

/// Where two runs part. Events and entries are named by their places in the two traces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Divergence {
    /// The event in either run.
    pub events: [Option<usize>; 2],
    /// In what it differs.
    pub difference: Difference,
    /// The first entries that differ; none in a run that has no more of them.
    pub entries: [Option<usize>; 2],
    /// How many further divergences follow from it.
    pub followed: usize,
    /// How many further ones are of the same kind at the same node; not listed either.
    pub alike: usize,
}

impl Comparison {
    /// Compares two runs, each played to its end.
    pub fn of(runs: [&Run; 2]) -> Self {
        let [one, other] = runs.map(|run| Causes::new(&run.trace, &run.player.world));
        let sides = Sides::new(runs);
        let mut walk = Walk { causes: [&one, &other], found: Vec::new() };
        let mut roots: BTreeMap<Option<usize>, usize> = BTreeMap::new();
        let mut of_other = vec![None; other.trace().events().len()];
        walk.first(&sides, &mut of_other);
        walk.second(&mut of_other);
        for root in walk.found.iter().map(|found| found.root) {
            *roots.entry(root).or_default() += 1;
        }
        let mut listed: Vec<Divergence> = Vec::new();
        for (at, found) in walk.found.iter().enumerate().filter(|(_, found)| found.root.is_none()) {
            let followed = roots.get(&Some(at)).copied().unwrap_or_default();
            listed.push(Divergence { followed, ..found.divergence });
        }
        listed.sort_by_key(|found| walk.place(found));
        let is_typed = |own: &Divergence| {
            let how = (0..2).find_map(|side| Some(walk.event(side, own.events[side]?).how));
            own.difference == Difference::Missing && matches!(how, Some(How::Typed(_)))
        };
        let (typed, divergences) = listed.into_iter().partition(is_typed);
        let divergences = folded(divergences, &sides);
        Self { typed, divergences, rows: tables::changed(runs) }
    }

    /// Whether nothing differs but what was typed.
    pub fn is_same(&self) -> bool {
        self.divergences.is_empty() && self.rows.is_empty()
    }

    /// How many events differ in all, those that follow included.
    pub fn count(&self) -> usize {
        self.divergences.iter().map(|own| 1 + own.followed + own.alike).sum()
    }
}

/// A divergence, and the one that it follows from: its place among those that were found.
#[derive(Clone, Copy, Debug)]
struct Found {
    divergence: Divergence,
    root: Option<usize>,
}

/// The search for divergences: what was found of each event goes into the events that it caused.
struct Walk<'a> {
    causes: [&'a Causes<'a>; 2],
    found: Vec<Found>,
}

impl Walk<'_> {
    fn event(&self, side: usize, at: usize) -> &Happened {
        &self.causes[side].trace().events()[at]
    }

    /// All events of the first run, and their pairs in the second one.
    fn first(&mut self, sides: &Sides<'_>, of_other: &mut [Option<usize>]) {
        let [one, other] = self.causes;
        let mut roots: Vec<Option<usize>> = vec![None; one.trace().events().len()];
        for at in 0..roots.len() {
            let pair = other.find(one.identity(at));
            let above = one.cause(at).and_then(|cause| roots[cause]);
            let apart = match pair {
                None => Some(Apart::default()),
                Some(pair) => sides.compare([one, other], [at, pair]),
            };
            roots[at] = self.note([Some(at), pair], apart, above);
            if let Some(pair) = pair {
                of_other[pair] = roots[at];
            }
        }
    }

    /// The events that only the second run has.
    fn second(&mut self, roots: &mut [Option<usize>]) {
        let [one, other] = self.causes;
        for at in 0..roots.len() {
            if one.find(other.identity(at)).is_none() {
                let above = other.cause(at).and_then(|cause| roots[cause]);
                roots[at] = self.note([None, Some(at)], Some(Apart::default()), above);
            }
        }
    }

    /// Keeps a divergence; from which one the event's own effects follow.
    fn note(
        &mut self,
        events: [Option<usize>; 2],
        apart: Option<Apart>,
        root: Option<usize>,
    ) -> Option<usize> {
        let Some(Apart { difference, entries }) = apart else { return root };
        let divergence = Divergence { events, difference, entries, followed: 0, alike: 0 };
        self.found.push(Found { divergence, root });
        root.or(Some(self.found.len() - 1))
    }

    /// What divergences are sorted by. A cause is before its effects in both runs, and neither run
    /// counts more than the other: the earlier time, then the earlier place; of those that only one
    /// run has, the identity decides.
    fn place(&self, own: &Divergence) -> impl Ord + use<> {
        let both = || (0..2).filter_map(|side| Some((side, own.events[side]?)));
        let at = both().map(|(side, at)| self.event(side, at).at).min();
        let place = both().map(|(_, at)| at).min();
        let identity = both().map(|(side, at)| self.causes[side].identity(at)).min();
        (at, place, Reverse(identity))
    }
}

/// Divergences of one kind at one node as one: the first of them.
fn folded(all: Vec<Divergence>, sides: &Sides<'_>) -> Vec<Divergence> {
    let mut kept: Vec<Divergence> = Vec::new();
    let mut places = BTreeMap::new();
    for own in all {
        match places.get(&sides.kind(&own)) {
            Some(&at) => {
                let first: &mut Divergence = &mut kept[at];
                first.alike += 1;
                first.followed += own.followed;
            }
            None => {
                places.insert(sides.kind(&own), kept.len());
                kept.push(own);
            }
        }
    }
    kept
}
