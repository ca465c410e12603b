//! The search: for each verdict the knobs in order, each played at most once.

use std::collections::BTreeMap;

use super::judge::Turned;
use super::misses;
use super::near::{Inputs, Rank, Words};
use super::rerun::Base;
use crate::cause::Causes;
use crate::knobs::{Knob, universe_at};
use crate::scenario::Scenario;
use crate::story::{PlayError, Player};
use crate::trace::Trace;
use crate::whatif::{Change, When};

/// When something was found that turns a verdict in a worse way than one could wish, so many more
/// knobs of as many changes are tried.
const LOOK_ON: usize = 200;

/// So many knobs are paired with each other when pairs are asked for.
const PAIRED: usize = 24;

/// A change that turns a verdict, as it was confirmed; or one that was played and does not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counterfactual {
    /// What is changed.
    pub changes: Vec<Change>,
    /// When.
    pub when: When,
    /// What becomes of the verdict.
    pub turned: Turned,
}

/// What came of the search for one verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tried {
    /// The smallest change that turns the verdict, if there is one.
    pub found: Option<Counterfactual>,
    /// How many knobs were tried.
    pub knobs: usize,
}

/// The knobs at one moment of the story, and what each did to every verdict.
#[derive(Debug)]
struct Moment {
    when: When,
    knobs: Vec<(Knob, Words)>,
    /// Of those that were played; none for one that cannot be typed.
    played: BTreeMap<usize, Option<Vec<Turned>>>,
}

/// The search for the counterfactuals of one run.
#[derive(Debug)]
pub struct Search {
    base: Base,
    inputs: Vec<Inputs>,
    moments: Vec<Moment>,
    reruns: usize,
}

impl Search {
    /// A search in this scenario.
    ///
    /// # Errors
    /// When a setup does not come to an end.
    pub fn of(scenario: Scenario) -> Result<Self, PlayError> {
        let base = Base::play(scenario)?;
        let causes = Causes::new(&base.run.trace, &base.run.player.world);
        let inputs = base.verdicts.iter().map(|own| Inputs::of(&base, &causes, own)).collect();
        Ok(Self { base, inputs, moments: Vec::new(), reruns: 0 })
    }

    /// The run.
    pub fn base(&self) -> &Base {
        &self.base
    }

    /// How often the story was played again so far.
    pub fn reruns(&self) -> usize {
        self.reruns
    }

    /// The smallest change that turns the verdict of this number.
    pub fn find(&mut self, verdict: usize) -> Tried {
        loop {
            if let Ok(tried) = self.go_on(verdict, usize::MAX) {
                return tried;
            }
        }
    }

    /// The same, with at most so many re-runs: what was played is kept, so that the next call goes on.
    ///
    /// # Errors
    /// How many knobs were tried up to now, where some are left.
    pub fn go_on(&mut self, verdict: usize, runs: usize) -> Result<Tried, usize> {
        let until = self.reruns.saturating_add(runs);
        let mut tried = Tried { found: None, knobs: 0 };
        for steps in 1..=2 {
            let mut best = None;
            for when in self.whens(verdict) {
                if !self.look((verdict, steps, when), until, &mut best, &mut tried) {
                    return Err(tried.knobs);
                }
            }
            if tried.found.is_some() {
                return Ok(tried);
            }
        }
        Ok(tried)
    }

    /// What people try for such a verdict, and does nothing: each was played.
    pub fn near_misses(&mut self, verdict: usize) -> Vec<Counterfactual> {
        let tempting = self.tempting(verdict);
        tempting.into_iter().filter_map(|change| self.miss(verdict, change)).collect()
    }

    /// What people try for such a verdict; nothing is played yet.
    pub fn tempting(&self, verdict: usize) -> Vec<Change> {
        let own = self.base.verdicts[verdict];
        misses::of(own.code, own.node, &self.base.run.player.world)
    }

    /// A change that does nothing, as it was played; none if it does something, or cannot be typed.
    pub fn miss(&mut self, verdict: usize, change: Change) -> Option<Counterfactual> {
        let changes = vec![change];
        self.reruns += 1;
        let run = self.base.with(&changes, When::Setup)?;
        let turned = self.base.judged(&run)[verdict];
        (turned == Turned::Not).then_some(Counterfactual { changes, when: When::Setup, turned })
    }

    /// Two changes that turn a verdict better than any one alone, if there are such.
    ///
    /// First the best single one is made, and the next obstacle is asked about; if that leads
    /// nowhere, the nearest knobs on the way of the packet are paired, all with each other.
    pub fn pair(&mut self, verdict: usize) -> Option<Counterfactual> {
        let enough = self.base.seen.enough(&self.base.verdicts[verdict]);
        let alone = self.find(verdict).found;
        let mut best = alone.as_ref().map_or(Turned::Not, |found| found.turned);
        if best <= enough {
            return None;
        }
        let mut candidates = alone.map(|found| self.in_series(verdict, &found)).unwrap_or_default();
        candidates.extend(self.pairs(verdict));
        let mut found = None;
        for changes in candidates {
            self.reruns += 1;
            let Some(run) = self.base.with(&changes, When::Setup) else { continue };
            let turned = self.base.judged(&run)[verdict];
            if turned < best {
                best = turned;
                found = Some(Counterfactual { changes, when: When::Setup, turned });
            }
            if best <= enough {
                break;
            }
        }
        found
    }

    /// A change, and what turns the obstacles that the same command meets then.
    fn in_series(&mut self, verdict: usize, first: &Counterfactual) -> Vec<Vec<Change>> {
        let mut scenario = self.base.scenario().clone();
        first.changes.iter().for_each(|change| change.make(&mut scenario, first.when));
        let Ok(mut next) = Self::of(scenario) else { return Vec::new() };
        let command = self.base.seen.command(self.base.verdicts[verdict].event);
        let is_same = |at: &usize| {
            let own = &next.base.verdicts[*at];
            next.base.seen.command(own.event) == command
                && next.base.seen.enough(own) == Turned::Healed
        };
        let next_ones: Vec<usize> = (0..next.base.verdicts.len()).filter(is_same).collect();
        let mut pairs: Vec<Vec<Change>> = Vec::new();
        for at in next_ones {
            let found = next.find(at).found.filter(|found| found.changes.len() == 1);
            let found = found.filter(|found| found.when == When::Setup);
            let both = found.map(|found| [&first.changes[..], &found.changes].concat());
            pairs.extend(both.filter(|both| !pairs.contains(both)));
        }
        self.reruns += next.reruns;
        pairs
    }

    /// The nearest knobs on the way of a packet, each with each.
    fn pairs(&mut self, verdict: usize) -> Vec<Vec<Change>> {
        let moment = self.moment(When::Setup);
        let order = self.order(moment, verdict, 1).into_iter();
        let knobs = &self.moments[moment].knobs;
        let is_near = |at: &usize| self.inputs[verdict].concerns(&knobs[*at].1);
        let near: Vec<&Knob> = order.filter(is_near).take(PAIRED).map(|at| &knobs[at].0).collect();
        let mut pairs = Vec::new();
        for (at, one) in near.iter().enumerate() {
            let both = |other: &&Knob| [&one.changes[..], &other.changes].concat();
            pairs.extend(near[at + 1..].iter().map(both));
        }
        pairs
    }

    /// Whether every smaller change was played, and none turns the verdict.
    pub fn is_smallest(&self, verdict: usize, found: &Counterfactual) -> bool {
        self.whens(verdict).into_iter().all(|when| {
            let moment = self.moments.iter().find(|moment| moment.when == when);
            let Some(moment) = moment else { return found.changes.len() == 1 };
            let smaller = moment.knobs.iter().enumerate();
            let mut smaller =
                smaller.filter(|(_, (knob, _))| knob.changes.len() < found.changes.len());
            smaller.all(|(at, _)| match moment.played.get(&at) {
                Some(Some(judged)) => judged[verdict] == Turned::Not,
                Some(None) => true,
                None => false,
            })
        })
    }

    /// Looks among the knobs of one moment and of so many changes for a better one than the best so
    /// far: one that turns the verdict in a better way, or as well from nearer. False: there was no re-run left for the next.
    fn look(
        &mut self,
        (verdict, steps, when): (usize, usize, When),
        until: usize,
        best: &mut Option<(Turned, Rank)>,
        tried: &mut Tried,
    ) -> bool {
        let enough = self.base.seen.enough(&self.base.verdicts[verdict]);
        let moment = self.moment(when);
        let mut left = usize::MAX;
        for knob in self.order(moment, verdict, steps) {
            let rank = self.inputs[verdict].rank(&self.moments[moment].knobs[knob].1);
            let is_enough = best.as_ref().is_some_and(|best| best.0 <= enough && best.1 <= rank);
            if left == 0 || is_enough {
                return true;
            }
            if self.reruns >= until && !self.moments[moment].played.contains_key(&knob) {
                return false;
            }
            left = left.saturating_sub(1);
            tried.knobs += 1;
            let turned = self.turned(moment, knob).map_or(Turned::Not, |all| all[verdict]);
            // What is good enough is as good as what is better.
            let key = (turned.max(enough), rank);
            if turned.counts() && best.as_ref().is_none_or(|best| key < *best) {
                left = left.min(LOOK_ON);
                let changes = self.moments[moment].knobs[knob].0.changes.clone();
                tried.found = Some(Counterfactual { changes, when, turned });
                *best = Some(key);
            }
        }
        true
    }

    /// The moments at which a change may be made for a verdict: before the story, and right before
    /// the step in which it came, when the story has typed something by then.
    fn whens(&self, verdict: usize) -> Vec<When> {
        let event = self.base.verdicts[verdict].event;
        let step = self.base.step_of(event).filter(|step| *step > 0);
        [When::Setup].into_iter().chain(step.map(When::Before)).collect()
    }

    fn moment(&mut self, when: When) -> usize {
        if let Some(at) = self.moments.iter().position(|moment| moment.when == when) {
            return at;
        }
        let scenario = self.base.scenario();
        let world = match when {
            When::Setup => {
                let player = Player::tolerant(scenario.clone(), &mut Trace::default());
                player.expect("it has been played before").world
            }
            When::Before(step) => self.base.world_before(step),
        };
        let knobs = universe_at(scenario, &world).into_iter();
        let knobs = knobs.map(|knob| (Words::of(&self.base, &knob), knob));
        let knobs = knobs.map(|(words, knob)| (knob, words)).collect();
        self.moments.push(Moment { when, knobs, played: BTreeMap::new() });
        self.moments.len() - 1
    }

    /// The knobs of so many changes, the nearest to a verdict first; pairs only where the frame came
    /// by.
    fn order(&self, moment: usize, verdict: usize, steps: usize) -> Vec<usize> {
        let (inputs, knobs) = (&self.inputs[verdict], &self.moments[moment].knobs);
        let is_meant = |(knob, words): &(Knob, Words)| {
            knob.changes.len() == steps && (steps == 1 || inputs.concerns(words))
        };
        let mut order: Vec<usize> = (0..knobs.len()).filter(|at| is_meant(&knobs[*at])).collect();
        order.sort_by_cached_key(|at| (inputs.rank(&knobs[*at].1), *at));
        order
    }

    /// What a knob does to every verdict; nothing if it cannot be typed.
    fn turned(&mut self, moment: usize, knob: usize) -> Option<&[Turned]> {
        let Moment { when, knobs, played } = &mut self.moments[moment];
        let judged = played.entry(knob).or_insert_with(|| {
            self.reruns += 1;
            let run = self.base.with(&knobs[knob].0.changes, *when)?;
            Some(self.base.judged(&run))
        });
        judged.as_deref()
    }
}
