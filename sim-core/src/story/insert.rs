//! Steps that are put into a story while it is played: what somebody types now and not before.

use std::sync::Arc;

use super::setup::compile_story;
use super::{Doing, Failure, Player, Progress};
use crate::scenario::{Expectation, Located, Scenario, Step};
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

    /// Puts steps behind the end of a story that has been played, which goes on with them. They stand in another file, which
    /// failures name; their expectations look at what happens from here on; their lines know no variables of those before.
    ///
    /// # Panics
    /// When a line cannot be typed, or names a node that is not there.
    pub fn go_on(&mut self, file: &str, steps: Vec<Located<Step>>, trace: &Trace) {
        let part = Scenario { file: file.into(), story: steps, ..(*self.scenario).clone() };
        let mut shells: Vec<Shell> =
            self.world.net.nodes.iter().map(|_| Shell::default()).collect();
        let typed = compile_story(&part, &mut self.world, &mut shells);
        let scenario = Arc::make_mut(&mut self.scenario);
        scenario.story.truncate(self.step);
        scenario.story.extend(part.story);
        let lines = Arc::make_mut(&mut self.lines);
        lines.truncate(self.step);
        lines.extend(typed);
        self.part = Some(file.into());
        (self.group, self.in_group) = (trace.len(), false);
        if self.error.is_none() {
            self.doing = Doing::Ready;
        }
    }

    /// What of an expectation does not hold now, looking at the trace from `since` on.
    pub fn judge(&self, expectation: &Expectation, since: usize, trace: &Trace) -> Vec<Failure> {
        self.check(expectation, since, self.file(), trace)
    }
}
