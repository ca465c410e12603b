//! The search: for each verdict its knobs in order, each played at most once.

use std::collections::BTreeMap;

use super::judge::Turned;
use super::near::Inputs;
use super::rerun::Base;
use crate::cause::Causes;
use crate::knobs::{Knob, universe_at};
use crate::story::{PlayError, Player};
use crate::scenario::Scenario;
use crate::trace::Trace;
use crate::whatif::{Change, When};

/// A change that turns a verdict, as it was confirmed.
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
    /// How many knobs there were to try.
    pub knobs: usize,
}

/// The knobs at one moment of the story, and what each did to every verdict.
struct Moment {
    when: When,
    knobs: Vec<Knob>,
    /// Of those that were played; none for one that cannot be typed.
    played: BTreeMap<usize, Option<Vec<Turned>>>,
}

/// The search for the counterfactuals of one run.
pub struct Search {
    base: Base,
    moments: Vec<Moment>,
    reruns: usize,
}

impl Search {
    /// A search in this scenario.
    ///
    /// # Errors
    /// When a setup does not come to an end.
    pub fn of(scenario: Scenario) -> Result<Self, PlayError> {
        Ok(Self { base: Base::play(scenario)?, moments: Vec::new(), reruns: 0 })
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
        let mut tried = Tried { found: None, knobs: 0 };
        for steps in 1..=2 {
            for when in self.whens(verdict) {
                let at = self.moment(when);
                let order = self.order(at, verdict, steps);
                tried.knobs += order.len();
                for knob in order {
                    let turned = self.turned(at, knob)[verdict];
                    let best = tried.found.as_ref().map_or(Turned::Moved, |found| found.turned);
                    if turned.counts() && turned < best {
                        let changes = self.moments[at].knobs[knob].changes.clone();
                        tried.found = Some(Counterfactual { changes, when, turned });
                    }
                    if turned <= Turned::Avoided {
                        return tried;
                    }
                }
            }
            if tried.found.is_some() {
                break;
            }
        }
        tried
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
        let knobs = universe_at(scenario, &world);
        self.moments.push(Moment { when, knobs, played: BTreeMap::new() });
        self.moments.len() - 1
    }

    /// The knobs of so many steps, the nearest to a verdict first.
    fn order(&self, moment: usize, verdict: usize, steps: usize) -> Vec<usize> {
        let causes = Causes::new(&self.base.run.trace, &self.base.run.player.world);
        let inputs = Inputs::of(&self.base, &causes, &self.base.verdicts[verdict]);
        let knobs = self.moments[moment].knobs.iter().enumerate();
        let mut order: Vec<usize> = knobs
            .filter(|(_, knob)| knob.changes.len() == steps)
            .filter(|(_, knob)| steps == 1 || inputs.concerns(knob))
            .map(|(at, _)| at)
            .collect();
        order.sort_by_cached_key(|at| {
            (inputs.rank(&self.base, &self.moments[moment].knobs[*at]), *at)
        });
        order
    }

    /// What a knob does to every verdict.
    fn turned(&mut self, moment: usize, knob: usize) -> Vec<Turned> {
        if !self.moments[moment].played.contains_key(&knob) {
            let Moment { when, knobs, .. } = &self.moments[moment];
            let run = self.base.with(&knobs[knob].changes, *when);
            self.reruns += 1;
            let judged = run.map(|run| self.base.seen.judge(&self.base.verdicts, &run));
            self.moments[moment].played.insert(knob, judged);
        }
        let judged = self.moments[moment].played[&knob].clone();
        judged.unwrap_or_else(|| vec![Turned::Not; self.base.verdicts.len()])
    }
}
