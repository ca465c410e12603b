//! The search: candidates in the order of what they cost, and a second behind each after which
//! something else is seen of what fails. Of all that may be tried next the likeliest is.

use std::collections::{BTreeMap, BTreeSet};

use super::case::Case;
use super::cause::{cause, corrects};
use super::clue::{Clues, clues as clues_of};
use super::order::{Scale, Weighed};
use super::{Cure, Diagnosis, more};
use crate::event::NodeId;
use crate::goal::{Judgement, Progress};
use crate::knobs::{self, Knob};
use crate::whatif::{Change, Run};
use crate::world::World;

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

/// How many candidates are tried by themselves before a second is tried behind one of them.
const ALONE: usize = 90;

/// The same behind one after which another request is the first that fails.
const FURTHER: usize = 40;

/// How many candidates of one outcome are gone on from.
const ALIKE: usize = 2;

/// What one part of discord is worth in a candidate's cost.
const EASE: i32 = 10;

/// A candidate that heals.
struct Found {
    knobs: Vec<Knob>,
    run: Run,
    judged: Judgement,
    cost: i32,
}

/// What typing a candidate alone does to how all fits together.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ease {
    /// It is not looked at.
    Unknown,
    /// A command fails.
    Fails,
    /// It fits together better by this.
    By(i32),
}

/// What was done, and what is tried next behind it.
struct State {
    /// What was turned already.
    first: Option<usize>,
    cost: i32,
    clues: Clues,
    /// How late its own candidates come.
    base: usize,
    /// Candidates with their costs; computed when the state is first gone on from.
    order: Option<Vec<(i32, usize)>>,
    next: usize,
}

/// What is seen of a run: candidates after which the same is seen have done the same.
type Sight = (Progress, Vec<(NodeId, &'static str)>, Option<NodeId>);

struct Search<'a> {
    case: &'a Case,
    budget: Budget,
    scale: Scale<'a>,
    /// The candidates; those of the broken scenario come first, then those that only what was turned
    /// makes.
    all: Vec<Knob>,
    /// How many the broken scenario has.
    own: usize,
    weighed: Vec<Weighed>,
    eases: Vec<Ease>,
    runs: usize,
}

/// Looks for what heals a case.
pub fn search(case: &Case, budget: Budget) -> Diagnosis {
    let all = candidates(case);
    let clues = clues_of(&case.goal, &case.broken, &case.judged);
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
    let scale = Scale::new(case);
    let weighed = all.iter().map(|knob| scale.weigh(knob)).collect();
    let before = case.discord(case.world());
    let eases = all.iter().map(|knob| ease(case, case.world(), before, knob)).collect();
    let own = all.len();
    let mut search = Search { case, budget, scale, all, own, weighed, eases, runs: 0 };
    let found = search.hunt(clues);
    diagnosis.is_exhausted = found.is_empty() && search.runs >= budget.runs;
    diagnosis.cure = search.best(found);
    diagnosis.runs = search.runs;
    diagnosis
}

/// What typing a candidate does, of those that change what machines are compared by; `before`: how
/// badly all fits together without it.
fn ease(case: &Case, world: &World, before: i32, knob: &Knob) -> Ease {
    let matters = |change: &Change| match change {
        Change::Type { line, .. } => {
            const SETTINGS: [&str; 5] =
                ["ip_forward=", ".forwarding=", "arp_ignore=", "arp_announce=", "rp_filter="];
            !line.starts_with("sysctl") || SETTINGS.iter().any(|own| line.contains(own))
        }
        _ => false,
    };
    if !knob.changes.iter().all(matters) {
        return Ease::Unknown;
    }
    let after = case.discord_after(world, &knob.changes);
    after.map_or(Ease::Fails, |after| Ease::By(before - after))
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
    let alike = more::on_all_servers(case, &all);
    all.extend(alike.into_iter().filter(|knob| seen.insert(knob.changes.clone())));
    all
}

impl Search<'_> {
    /// Tries candidates, the best first, and behind those that changed what is seen a second.
    fn hunt(&mut self, clues: Clues) -> Vec<Found> {
        let mut seen: BTreeMap<Sight, usize> = BTreeMap::new();
        seen.insert(sight(&self.case.judged, &clues), ALIKE);
        let mut states = vec![State { first: None, cost: 0, clues, base: 0, order: None, next: 0 }];
        let mut found = Vec::new();
        let mut left = None;
        while self.runs < self.budget.runs && left != Some(0) {
            let Some((cost, at, behind)) = self.next(&mut states) else { break };
            left = left.map(|left: usize| left - 1);
            let state = &states[behind];
            let turned = || state.first.into_iter().chain([at]).map(|at| &self.all[at]);
            let changes: Vec<Change> = turned().flat_map(|knob| knob.changes.clone()).collect();
            let Some((run, judged)) = self.case.with(&changes) else { continue };
            let knobs: Vec<Knob> = turned().cloned().collect();
            self.runs += 1;
            let is_ordered_otherwise =
                judged.differs_in_shares_only() && corrects(self.case, &knobs, &mut self.runs);
            if (judged.holds() || is_ordered_otherwise) && run.player.error().is_none() {
                left = left.or(Some(self.budget.after));
                found.push(Found { knobs, run, judged, cost: state.cost + cost });
            } else if state.first.is_none() && self.budget.mistakes > 1 {
                let clues = clues_of(&self.case.goal, &run, &judged);
                let times = seen.entry(sight(&judged, &clues)).or_default();
                *times += 1;
                if *times <= ALIKE {
                    let is_further = judged.progress().is_later(self.case.judged.progress());
                    let late = if is_further { FURTHER } else { ALONE };
                    let base = late + state.next / 4 + 20 * (*times - 1);
                    let (first, order) = (Some(at), None);
                    states.push(State { first, cost, clues, base, order, next: 0 });
                }
            }
        }
        found
    }

    /// What is tried next: its cost, which candidate, behind which state.
    fn next(&mut self, states: &mut [State]) -> Option<(i32, usize, usize)> {
        let has_more =
            |state: &State| state.order.as_ref().is_none_or(|order| state.next < order.len());
        let open = (0..states.len()).filter(|at| has_more(&states[*at]));
        let behind = open.min_by_key(|at| states[*at].base + states[*at].next)?;
        if states[behind].order.is_none() {
            let order = match states[behind].first {
                None => self.ordered(&states[behind].clues),
                Some(first) => self.ordered_behind(first, &states[behind].clues),
            };
            states[behind].order = Some(order);
        }
        let state = &mut states[behind];
        let (cost, at) = *state.order.as_ref()?.get(state.next)?;
        state.next += 1;
        Some((cost, at, behind))
    }

    /// The candidates of the broken scenario, the likeliest first.
    fn ordered(&self, clues: &Clues) -> Vec<(i32, usize)> {
        let cost = |at: usize| (self.cost(at, self.eases[at], clues), at);
        let mut order: Vec<(i32, usize)> = (0..self.own).map(cost).collect();
        order.sort_unstable();
        order
    }

    /// The candidates behind one that was turned; what that one makes can be turned as well.
    fn ordered_behind(&mut self, first: usize, clues: &Clues) -> Vec<(i32, usize)> {
        let world = self.case.after(&self.all[first].changes);
        let known: BTreeMap<Vec<Change>, usize> =
            self.all.iter().enumerate().map(|(at, knob)| (knob.changes.clone(), at)).collect();
        let mut mine: Vec<usize> = (0..self.own).filter(|at| *at != first).collect();
        for knob in knobs::universe_at(self.case.scenario(), &world) {
            match known.get(&knob.changes) {
                Some(at) if *at < self.own => {}
                Some(at) => mine.push(*at),
                None if may_heal(&knob) => {
                    mine.push(self.all.len());
                    self.weighed.push(self.scale.weigh(&knob));
                    self.eases.push(Ease::Fails);
                    self.all.push(knob);
                }
                None => {}
            }
        }
        let before = self.case.discord(&world);
        let cost = |at: usize| {
            let is_anew = self.eases[at] == Ease::Fails || self.share_host(first, at);
            let eased = match is_anew {
                true => ease(self.case, &world, before, &self.all[at]),
                false => self.eases[at],
            };
            (self.cost(at, eased, clues), at)
        };
        let mut order: Vec<(i32, usize)> = mine.into_iter().map(cost).collect();
        order.sort_unstable();
        order
    }

    fn cost(&self, at: usize, eased: Ease, clues: &Clues) -> i32 {
        let eased = match eased {
            Ease::Unknown => 0,
            Ease::Fails => 300,
            Ease::By(more) => -EASE * more.clamp(-6, 16),
        };
        Scale::cost(&self.all[at], &self.weighed[at], clues) + eased
    }

    /// Whether two candidates turn something on the same host.
    fn share_host(&self, one: usize, other: usize) -> bool {
        fn hosts(knob: &Knob) -> impl Iterator<Item = &String> {
            knob.changes.iter().filter_map(|change| match change {
                Change::Type { on, .. } | Change::Power { on, .. } => Some(on),
                _ => None,
            })
        }
        hosts(&self.all[one]).any(|one| hosts(&self.all[other]).any(|other| one == other))
    }

    /// The likeliest cure; the next ones stand behind it.
    fn best(&mut self, mut found: Vec<Found>) -> Option<Cure> {
        found.sort_by_key(|own| (own.knobs.len(), own.cost));
        found.truncate(1 + OTHERS);
        let mut runs = 0;
        let mut causes = Vec::new();
        for (number, own) in found.iter_mut().enumerate() {
            own.knobs = own.knobs.iter().flat_map(by_host).collect();
            let of_others = |knob: &Knob| -> Vec<Change> {
                let others = own.knobs.iter().filter(|other| other.changes != knob.changes);
                others.flat_map(|other| other.changes.clone()).collect()
            };
            let most = if number == 0 { 3 } else { 1 };
            let named = |knob| cause(self.case, knob, &of_others(knob), most, &mut runs);
            causes.push(own.knobs.iter().map(named).collect::<Vec<_>>());
        }
        self.runs += runs;
        let others = found.iter().zip(&causes).skip(1);
        let others = others.map(|(own, causes)| (changes(&own.knobs), causes.clone())).collect();
        let (found, causes) = found.into_iter().zip(causes).next()?;
        let (found, again) = self.least(found);
        let Found { knobs, run, judged, .. } = found;
        Some(Cure { knobs, again, causes, run, judged, others })
    }

    /// A cure without lines that need not be typed again; and where it would still take more than two
    /// steps a mistake, without deleting what is wrong.
    fn least(&mut self, mut found: Found) -> (Found, Vec<(String, String)>) {
        let all = changes(&found.knobs);
        let mut again = self.case.again(&all);
        let holds = found.judged.holds();
        let mut tried = |changes: &[Change], again: &[(String, String)]| {
            self.runs += 1;
            let (run, judged) = self.case.with_again(changes, again)?;
            let is_good = judged.holds() || !holds && judged.differs_in_shares_only();
            (is_good && run.player.error().is_none()).then_some((run, judged))
        };
        for at in (0..again.len()).rev() {
            let mut fewer = again.clone();
            fewer.remove(at);
            if let Some((run, judged)) = tried(&all, &fewer) {
                (found.run, found.judged, again) = (run, judged, fewer);
            }
        }
        let is_long = |knobs: &[Knob], again: &[(String, String)]| {
            changes(knobs).len() + again.len() > 2 * knobs.len()
        };
        for at in 0..found.knobs.len() {
            let [Change::Type { line, .. }, _] = &found.knobs[at].changes[..] else { continue };
            if !is_long(&found.knobs, &again) || !line.starts_with("ip addr del") {
                continue;
            }
            let mut knobs = found.knobs.clone();
            knobs[at].changes.remove(0);
            let all = changes(&knobs);
            if let Some((run, judged)) = tried(&all, &again) {
                (found.run, found.judged, found.knobs) = (run, judged, knobs);
            }
        }
        (found, again)
    }
}

/// What is done by these.
fn changes(knobs: &[Knob]) -> Vec<Change> {
    knobs.iter().flat_map(|knob| knob.changes.clone()).collect()
}

/// A candidate for several hosts as one of each.
fn by_host(knob: &Knob) -> Vec<Knob> {
    let mut parts: Vec<(String, Knob)> = Vec::new();
    for change in &knob.changes {
        let Change::Type { on, .. } = change else { return vec![knob.clone()] };
        match parts.iter_mut().find(|(host, _)| host == on) {
            Some((_, part)) => part.changes.push(change.clone()),
            None => {
                parts.push((on.clone(), Knob { changes: vec![change.clone()], ..knob.clone() }))
            }
        }
    }
    parts.into_iter().map(|(_, part)| part).collect()
}

/// What is seen of a run.
fn sight(judged: &Judgement, clues: &Clues) -> Sight {
    let against = clues.against.iter().map(|clue| (clue.node, clue.reason.code())).collect();
    (judged.progress(), against, clues.usurper)
}
