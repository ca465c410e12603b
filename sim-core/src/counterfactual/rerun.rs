//! The run that is asked about, and the same story with a knob turned.

use super::judge::{Seen, Turned};
use super::verdict::{Verdict, verdicts};
use crate::cause::Causes;
use crate::event::NodeId;
use crate::job::Job;
use crate::scenario::{Scenario, Step};
use crate::story::{PlayError, Player, Progress};
use crate::text::Text;
use crate::trace::Trace;
use crate::whatif::{Change, Run, When};
use crate::world::World;

/// So many times the events of the run may happen in a re-run, and so many more: a change may make
/// packets go round and round.
const MOST_TIMES: u64 = 4;
const MOST_MORE: u64 = 20_000;

/// The run that is asked about.
#[derive(Clone, Debug)]
pub struct Base {
    /// The run, played to its end.
    pub run: Run,
    /// Its verdicts against packets and its surprising ones.
    pub verdicts: Vec<Verdict>,
    pub(super) seen: Seen,
    /// What is played again: with a limit of events, and without expectations.
    scenario: Scenario,
    /// Where the events of each step of the story begin.
    steps: Vec<usize>,
}

impl Base {
    /// Plays a scenario; lines of its setup that fail are passed over.
    ///
    /// # Errors
    /// When a setup does not come to an end.
    pub fn play(scenario: Scenario) -> Result<Self, PlayError> {
        let mut trace = Trace::default();
        let mut player = Player::tolerant(scenario.clone(), &mut trace)?;
        let mut steps = Vec::new();
        loop {
            while steps.len() < player.next_step() {
                steps.push(trace.events().len());
            }
            if player.step(&mut trace) == Progress::Done {
                break;
            }
        }
        let run = Run { player, trace };
        let causes = Causes::new(&run.trace, &run.player.world);
        let verdicts = verdicts(&causes);
        let seen = Seen::new(&causes, &run);
        let mut scenario = scenario;
        // What is expected is no matter here, and to say why it did not come takes long.
        for step in &mut scenario.story {
            if let Step::Expect(_) = step.value {
                step.value = Step::Say(Text::same(""));
            }
        }
        let most = run.player.world.events() * MOST_TIMES + MOST_MORE;
        scenario.limits.events = Some(scenario.limits.events.map_or(most, |own| own.min(most)));
        Ok(Self { run, verdicts, seen, scenario, steps })
    }

    /// The scenario.
    pub fn scenario(&self) -> &Scenario {
        self.run.player.scenario()
    }

    /// The step of the story during which an event happened; none if it happened before.
    pub fn step_of(&self, event: usize) -> Option<usize> {
        self.steps.partition_point(|first| *first <= event).checked_sub(1)
    }

    /// The event with which a step of the story begins.
    pub fn begins(&self, step: usize) -> Option<usize> {
        self.steps.get(step).copied()
    }

    /// The world as it stands before a step of the story.
    pub(super) fn world_before(&self, step: usize) -> World {
        let mut trace = Trace::default();
        let mut player =
            Player::tolerant(self.scenario.clone(), &mut trace).expect("it has been played before");
        player.play_to(step, &mut trace);
        player.world
    }

    /// What has become of each verdict in another run.
    pub fn judged(&self, run: &Run) -> Vec<Turned> {
        self.seen.judge(&self.verdicts, run)
    }

    /// The name of a node.
    pub fn node(&self, id: NodeId) -> &str {
        &self.run.player.world.net.node(id).name
    }

    /// The same story with these changes made; none if one of them cannot be typed, or if the story
    /// does not come to its end any more.
    pub fn with(&self, changes: &[Change], when: When) -> Option<Run> {
        let mut scenario = self.scenario.clone();
        // From behind: what is put before a step stands before what was put there earlier.
        let in_order: Vec<&Change> = match when {
            When::Setup if changes.iter().all(|own| matches!(own, Change::Type { .. })) => {
                changes.iter().collect()
            }
            _ => changes.iter().rev().collect(),
        };
        in_order.into_iter().for_each(|change| change.make(&mut scenario, when));
        let run = Run::tolerant(scenario).ok()?;
        let failed = |run: &Run| run.player.failed_lines().len();
        let is_sound = failed(&run) <= failed(&self.run)
            && run.player.error().is_some() == self.run.player.error().is_some();
        // The story may have ended, by `kill`, a command of the same words.
        let is_refused = |change: &Change| {
            let Change::Type { line, .. } = change else { return false };
            let line = line.trim_end_matches(['&', ' ']);
            let fails = |run: &Run| {
                let jobs = run.player.world.jobs();
                let is_it = |job: &Job| job.text == line && job.status.is_some_and(|own| own != 0);
                jobs.filter(|(_, job)| is_it(job)).count()
            };
            fails(&run) > fails(&self.run)
        };
        let is_sound = is_sound && !changes.iter().any(is_refused);
        is_sound.then_some(run)
    }
}
