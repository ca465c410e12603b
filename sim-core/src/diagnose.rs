//! Why a network does not do what it is for, and what heals it: a search over the knobs of the
//! broken scenario alone.
//!
//! Each candidate is typed before the story's first request, and the story is played on: a cure is
//! a candidate after which the goal holds and nothing else that worked has broken. So a diagnosis
//! comes with its proof, the run. It reads the scenario and its goal, and no other scenario.

mod case;
mod cause;
mod clue;
mod discord;
pub(crate) mod lines;
mod more;
mod order;
mod search;
#[cfg(test)]
mod tests;
mod wires;

pub use case::Case;
pub use cause::Cause;
pub use clue::Clue;
pub use search::{Budget, candidates, search};

use crate::goal::{Goal, Judgement};
use crate::knobs::Knob;
use crate::whatif::{Change, Run};

/// What a search for a cure has come to.
#[derive(Clone, Debug)]
pub struct Diagnosis {
    /// What the network is for: what was written or derived, and what else worked.
    pub goal: Goal,
    /// The broken run.
    pub broken: Run,
    /// What is wrong with it.
    pub judged: Judgement,
    /// What stands against the first request that fails, on its way.
    pub clues: Vec<Clue>,
    /// What heals it; none: nothing was found.
    pub cure: Option<Cure>,
    /// How many knobs the scenario has.
    pub universe: usize,
    /// How many runs were played.
    pub runs: usize,
    /// Whether the search ended for want of runs, not of candidates.
    pub is_exhausted: bool,
}

impl Diagnosis {
    /// Whether there was nothing to heal.
    pub fn is_healthy(&self) -> bool {
        self.judged.holds()
    }
}

/// What heals a network, and the proof.
#[derive(Clone, Debug)]
pub struct Cure {
    /// What was turned: one knob a cause.
    pub knobs: Vec<Knob>,
    /// Lines of the file that had failed, or went with an address, and must be typed again after it,
    /// with their hosts.
    pub again: Vec<(String, String)>,
    /// What was wrong, one of each knob.
    pub causes: Vec<Cause>,
    /// The run with the cure.
    pub run: Run,
    /// What has become of its requests.
    pub judged: Judgement,
    /// What else would heal as well, the likeliest first, with what would then be wrong: where two
    /// lines contradict each other, either can be made to fit the other.
    pub others: Vec<(Vec<Change>, Vec<Cause>)>,
}

impl Cure {
    /// What is done, in order.
    pub fn changes(&self) -> impl Iterator<Item = &Change> {
        self.knobs.iter().flat_map(|knob| &knob.changes)
    }

    /// How many steps it takes: every command that is typed, lines of the file too, and every cable
    /// and machine.
    pub fn steps(&self) -> usize {
        self.changes().count() + self.again.len()
    }
}
