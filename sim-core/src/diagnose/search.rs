//! The search: candidates one by one, then a second to each that moved things further.

use std::collections::BTreeSet;

use super::case::Case;
use super::cause::{cause, corrects};
use super::clue::{Clues, clues};
use super::order::Scale;
use super::{Cure, Diagnosis, more};
use crate::goal::{Judgement, Progress};
use crate::knobs::{self, Knob};
use crate::whatif::{Change, Run};

/// How long is searched.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    /// The most runs in all.
    pub runs: usize,
    /// How many further candidates are tried behind the first that heals: a better one may come.
    pub after: usize,
    /// How many mistakes are looked for.
    pub mistakes: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self { runs: 20_000, after: 40, mistakes: 2 }
    }
}

/// How many other cures are told beside the likeliest.
const OTHERS: usize = 8;

/// How many first candidates a second is looked for.
const WIDTH: usize = 4;

/// A candidate that heals.
struct Found {
    knobs: Vec<Knob>,
    run: Run,
    judged: Judgement,
    cost: i32,
}

struct Search<'a> {
    case: &'a Case,
    budget: Budget,
    all: Vec<Knob>,
    runs: usize,
}

/// Looks for what heals a case.
pub fn search(case: &Case, budget: Budget) -> Diagnosis {
    let all = candidates(case);
    let clues = clues(&case.broken, &case.judged);
    let mut diagnosis = Diagnosis {
        goal: case.goal.clone(),
        broken: case.broken.clone(),
        judged: case.judged.clone(),
        clues: clues.against.clone(),
        cure: None,
        universe: all.len(),
        runs: 0,
        is_exhausted: false,
    };
    if case.judged.holds() {
        return diagnosis;
    }
    let mut search = Search { case, budget, all, runs: 0 };
    let mut found = search.singles(&clues);
    if found.found.is_empty() && budget.mistakes > 1 {
        let firsts = std::mem::take(&mut found.firsts);
        found.found = search.pairs(firsts);
    }
    diagnosis.is_exhausted = found.found.is_empty() && search.runs >= budget.runs;
    diagnosis.cure = search.best(found.found);
    diagnosis.runs = search.runs;
    diagnosis
}

/// Whether a knob may be a cure at all: none takes a destination out, or its work.
fn may_heal(knob: &Knob) -> bool {
    let takes = |change: &Change| match change {
        // Another scheduler may pick past a dead server: that hides it.
        Change::Type { line, .. } => {
            line.starts_with("ipvsadm -E")
                || line.starts_with("ipvsadm -e") && line.ends_with("-w 0")
        }
        Change::Power { up, .. } | Change::Cable { up, .. } => !up,
        Change::Mtu { .. } => false,
    };
    !knob.changes.iter().any(takes)
}

/// All that is tried: what the goal and failed lines suggest, and the knobs of what stands.
pub fn candidates(case: &Case) -> Vec<Knob> {
    let mut all = more::knobs(case);
    let mut seen: BTreeSet<Vec<Change>> = all.iter().map(|knob| knob.changes.clone()).collect();
    for knob in knobs::universe_at(case.scenario(), case.world()) {
        if seen.insert(knob.changes.clone()) {
            all.push(knob);
        }
    }
    all.retain(may_heal);
    all
}

/// What a pass over all candidates has found.
struct Pass {
    found: Vec<Found>,
    /// Candidates that moved things further, the best first.
    firsts: Vec<(Knob, Run, Judgement)>,
}

impl Search<'_> {
    fn ordered(&self, clues: &Clues) -> Vec<(i32, usize)> {
        let scale = Scale::new(self.case, clues);
        let cost = |at: usize| (scale.cost(&self.all[at]), at);
        let mut order: Vec<(i32, usize)> = (0..self.all.len()).map(cost).collect();
        order.sort_unstable();
        order
    }

    fn singles(&mut self, clues: &Clues) -> Pass {
        let before = self.case.judged.progress();
        self.pass(&[], clues, before, self.budget.runs)
    }

    /// Tries all candidates behind these first ones.
    fn pass(&mut self, first: &[Knob], clues: &Clues, before: Progress, most: usize) -> Pass {
        let mut pass = Pass { found: Vec::new(), firsts: Vec::new() };
        let mut left = None;
        let until = self.budget.runs.min(self.runs + most);
        for (cost, at) in self.ordered(clues) {
            if self.runs >= until || left == Some(0) {
                break;
            }
            left = left.map(|left: usize| left - 1);
            let knob = &self.all[at];
            let changes: Vec<Change> =
                first.iter().chain([knob]).flat_map(|knob| knob.changes.clone()).collect();
            let Some((run, judged)) = self.case.with(&changes) else { continue };
            self.runs += 1;
            let is_ordered_otherwise = first.is_empty()
                && judged.differs_in_shares_only()
                && corrects(self.case, knob, &mut self.runs);
            let holds = judged.holds() || is_ordered_otherwise;
            if holds && run.player.error().is_none() {
                left = left.or(Some(self.budget.after));
                let knobs = first.iter().chain([knob]).cloned().collect();
                pass.found.push(Found { knobs, run, judged, cost });
            } else if judged.progress() > before && first.is_empty() {
                let at =
                    pass.firsts.partition_point(|(_, _, own)| own.progress() >= judged.progress());
                if at < WIDTH {
                    pass.firsts.insert(at, (knob.clone(), run, judged));
                    pass.firsts.truncate(WIDTH);
                }
            }
        }
        pass
    }

    fn pairs(&mut self, firsts: Vec<(Knob, Run, Judgement)>) -> Vec<Found> {
        for (knob, run, judged) in firsts {
            let clues = clues(&run, &judged);
            let left = self.budget.runs.saturating_sub(self.runs);
            let pass = self.pass(&[knob], &clues, judged.progress(), left / 2);
            if !pass.found.is_empty() {
                return pass.found;
            }
        }
        Vec::new()
    }

    /// The likeliest cure; the next ones stand behind it.
    fn best(&mut self, mut found: Vec<Found>) -> Option<Cure> {
        found.sort_by_key(|own| own.cost);
        found.truncate(1 + OTHERS);
        let mut runs = 0;
        let mut causes = Vec::new();
        for own in &found {
            let of_others = |knob: &Knob| -> Vec<Change> {
                let others = own.knobs.iter().filter(|other| other.changes != knob.changes);
                others.flat_map(|other| other.changes.clone()).collect()
            };
            let named = |knob| cause(self.case, knob, &of_others(knob), &mut runs);
            causes.push(own.knobs.iter().map(named).collect::<Vec<_>>());
        }
        self.runs += runs;
        let changes = |knobs: &[Knob]| -> Vec<Change> {
            knobs.iter().flat_map(|knob| knob.changes.clone()).collect()
        };
        let others = found.iter().zip(&causes).skip(1);
        let others = others.map(|(own, causes)| (changes(&own.knobs), causes.clone())).collect();
        let (Found { knobs, run, judged, .. }, causes) = found.into_iter().zip(causes).next()?;
        let again = self.case.again(&changes(&knobs));
        Some(Cure { knobs, again, causes, run, judged, others })
    }
}
