//! Steps that are put into a story while it is played: what somebody types now and not before.

use std::sync::Arc;

use super::setup::compile_story;
use super::{Doing, Player, Progress};
use crate::scenario::{Located, Scenario, Step};
use crate::shell::Shell;
use crate::trace::Trace;

impl Player {
    /// Plays until the story comes to this step; true if it did.
    pub fn play_to(&mut self, step: usize, trace: &mut Trace) -> bool {
        while self.next_step() < step || !matches!(self.doing, Doing::Ready) {
            if self.step(trace) == Progress::Done {
                return false;
            }
        }
        true
    }

    /// Puts steps before the next one of the story. Their lines know no variables of others.
    ///
    /// # Panics
    /// When a line cannot be typed, or names a node that is not there.
    pub fn insert(&mut self, steps: Vec<Step>) {
        let part = Scenario {
            story: steps.into_iter().map(Located::from).collect(),
            ..(*self.scenario).clone()
        };
        let mut shells: Vec<Shell> =
            self.world.net.nodes.iter().map(|_| Shell::default()).collect();
        let typed = compile_story(&part, &mut self.world, &mut shells);
        let scenario = Arc::make_mut(&mut self.scenario);
        let at = self.step;
        scenario.story.splice(at..at, part.story);
        Arc::make_mut(&mut self.lines).splice(at..at, typed);
    }
}
