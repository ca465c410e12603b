//! A scenario that was played, to be walked through: its trace, the steps that a person looks at, and the world at any of them.
//!
//! The story is played to its end once; stepping moves a place in the record. What the record does not hold, the tables of the
//! hosts at that step, comes from the nearest keyframe and a replay from there.

mod builder;
mod cursor;
mod keyframes;
mod step;

use std::mem;

use lvs_engine::Instant;
use sim_core::Text;
use sim_core::event::NodeId;
use sim_core::frame::{Frame, FrameId};
use sim_core::net::Net;
use sim_core::scenario::Scenario;
use sim_core::story::{Act, Place, PlayError, Player, Progress};
use sim_core::trace::{End, Entry, Note, Trace};
use sim_core::whatif::Run;
use sim_core::world::World;

use self::builder::Builder;
pub use self::cursor::Cursor;
use self::keyframes::Keyframes;
pub use self::step::{Kind, Mark, Step};

/// A scenario that was played.
#[derive(Debug)]
pub struct Session {
    /// The record, and the player at the end: names, outputs and failures of the whole run.
    run: Run,
    keyframes: Keyframes,
    /// The player at the step that is looked at, how many steps it has taken, and where the trace ended then.
    now: (u32, Player, End),
    steps: Vec<Step>,
    /// The steps that are worth a stop.
    stops: Vec<u32>,
    frames: Builder,
    /// Where in the trace something was typed or said, in the story.
    said: Vec<u32>,
    /// How many steps the player has taken in all.
    ticks: u32,
}

impl Session {
    /// Plays a scenario to its end.
    ///
    /// # Errors
    /// When a command of the setup fails. What fails later is a step of its own.
    pub fn new(scenario: Scenario) -> Result<Self, PlayError> {
        Self::with(scenario, Vec::new())
    }

    /// The same with what a person does by hand while it is played.
    ///
    /// # Errors
    /// When a command of the setup fails.
    pub fn with(scenario: Scenario, acts: Vec<Act>) -> Result<Self, PlayError> {
        let mut trace = Trace::default();
        let mut player = Player::new(scenario, &mut trace)?;
        player.will_act(acts);
        let start = player.clone();
        let mut keyframes = Keyframes::new(start.clone(), trace.end());
        let mut builder = Builder::default();
        let mut ticks = 0;
        loop {
            let (before, failed) = (trace.len(), player.failures().len());
            let progress = player.step(&mut trace);
            if progress == Progress::Done {
                break;
            }
            ticks += 1;
            builder.add(&progress, before, failed, ticks, &player, &trace);
            keyframes.offer(ticks, &player, trace.end());
        }
        let setup = keyframes.before(0).1;
        let is_said = |at: &usize| {
            matches!(trace.entries()[*at].what, Note::Typed { .. } | Note::Output { .. })
        };
        let said = (setup.entries..trace.len()).filter(is_said).map(|at| at as u32).collect();
        let steps = mem::take(&mut builder.steps);
        let is_stop = |step: &&u32| steps[**step as usize].mark != Mark::None;
        let all: Vec<u32> = (0..steps.len() as u32).collect();
        let stops = all.iter().filter(is_stop).copied().collect();
        Ok(Self {
            run: Run { player, trace },
            keyframes,
            now: (0, start, setup),
            steps,
            stops,
            frames: builder,
            said,
            ticks,
        })
    }

    /// The steps.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// The steps that are worth a stop, in order.
    pub fn stops(&self) -> &[u32] {
        &self.stops
    }

    /// What was typed and said in the story up to a step, as places in the trace.
    pub fn said(&self, step: usize) -> &[u32] {
        let until = self.steps.get(step).map_or(0, |step| step.entries.end);
        &self.said[..self.said.partition_point(|at| *at < until)]
    }

    /// The scenario.
    pub fn scenario(&self) -> &Scenario {
        self.run.player.scenario()
    }

    /// The player at the end of the story.
    pub fn end(&self) -> &Player {
        &self.run.player
    }

    /// The world at the step that was sought last.
    pub fn world(&self) -> &World {
        &self.now.1.world
    }

    /// The nodes and cables, at the end of the story: names and numbers do not change.
    pub fn net(&self) -> &Net {
        &self.run.player.world.net
    }

    /// The name of a node.
    pub fn name(&self, node: NodeId) -> &str {
        &self.net().node(node).name
    }

    /// All that happened.
    pub fn trace(&self) -> &Trace {
        &self.run.trace
    }

    /// The entries of a step.
    pub fn entries(&self, step: usize) -> &[Entry] {
        self.steps.get(step).map_or(&[], |step| &self.run.trace.entries()[step.range()])
    }

    /// The frame of a step.
    pub fn frame(&self, step: usize) -> Option<&Frame> {
        match &self.run.trace.entries()[self.steps.get(step)?.frame()?].what {
            Note::Frame { frame, .. } => Some(frame),
            _ => None,
        }
    }

    /// A frame by its number, with where it is seen first.
    pub fn frame_by_id(&self, id: FrameId) -> Option<(usize, &Frame)> {
        let at = self.frames.first_seen(id)?;
        match &self.run.trace.entries()[at].what {
            Note::Frame { frame, .. } => Some((at, frame)),
            _ => None,
        }
    }

    /// The step in which a frame came to a node, among those up to this one.
    pub fn step_of(&self, id: FrameId, node: NodeId, until: usize) -> Option<usize> {
        let is_it = |at: &usize| {
            self.steps[*at].node == Some(node)
                && self.frame(*at).is_some_and(|frame| frame.id == id)
        };
        // What a host sends stems from what came to it not long ago.
        (0..=until.min(self.steps.len().saturating_sub(1))).rev().take(FAR).find(is_it)
    }

    /// The record of the whole run, and the player at its end.
    pub fn run(&self) -> &Run {
        &self.run
    }

    /// The place in the run right behind a step, or right before it. The world stays where it is.
    ///
    /// Before it is a moment earlier: what is typed at an instant happens behind all that this instant has begun with, so a
    /// question that comes to three hosts at once would still be answered as it was.
    pub fn place(&mut self, step: usize, before: bool) -> Place {
        let Some(own) = self.steps.get(step) else { return Place::default() };
        if before {
            let at = own.at.as_nanos().saturating_sub(MOMENT);
            return Place { at: Instant::from_nanos(at), steps: 0 };
        }
        let (here, ticks) = (self.now.0, own.ticks);
        self.seek_ticks(ticks);
        let place = self.now.1.now();
        self.seek_ticks(here);
        place
    }

    /// The step that an event of the run is, or is part of.
    pub fn step_of_event(&self, event: usize) -> Option<usize> {
        let at = self.steps.partition_point(|step| (step.event as usize) < event);
        (at < self.steps.len()).then_some(at)
    }

    /// Brings the world to a step.
    pub fn seek(&mut self, step: usize) {
        let wanted = self.steps.get(step).map_or(0, |step| step.ticks);
        self.seek_ticks(wanted);
    }

    fn seek_ticks(&mut self, wanted: u32) {
        if wanted == self.now.0 {
            return;
        }
        let (ticks, end) = self.keyframes.before(wanted);
        if !(ticks..=wanted).contains(&self.now.0) {
            self.now = (ticks, self.keyframes.get(ticks).clone(), end);
        }
        let (ticks, player, end) = &mut self.now;
        // The player writes what it wrote before; then the record is as it was.
        let from = *end;
        let rest = self.run.trace.split_off(from);
        while *ticks < wanted {
            player.step(&mut self.run.trace);
            *ticks += 1;
        }
        *end = self.run.trace.end();
        self.run.trace.put_back(from, rest);
    }

    /// Brings the world to the place before a step: after all that has happened until its own event.
    pub fn seek_before(&mut self, step: usize) {
        let wanted = self.steps.get(step).map_or(0, |step| step.ticks.saturating_sub(1));
        self.seek_ticks(wanted);
    }

    /// How many keyframes there are, and how many steps of the player lie between two.
    pub fn keyframes(&self) -> (usize, u32) {
        self.keyframes.kept()
    }

    /// How many steps the player has taken in all.
    pub fn ticks(&self) -> u32 {
        self.ticks
    }

    /// Why the story could not go on, if it could not.
    pub fn error(&self) -> Option<Text> {
        self.run.player.error().map(PlayError::text)
    }
}

/// A moment, in nanoseconds: no cable of a course is so short.
const MOMENT: u64 = 1_000;

/// As many steps are looked through for where a frame came from.
const FAR: usize = 10_000;

#[cfg(test)]
mod tests {
    use sim_core::story::open;

    use super::*;
    use crate::scenarios::SHIPPED;

    fn session(name: &str) -> Session {
        let (_, text) = SHIPPED.iter().find(|(own, _)| *own == name).expect("it is shipped");
        Session::new(open(name, text, None, false).expect("it loads")).expect("it is set up")
    }

    #[test]
    fn the_world_at_a_step_is_that_of_a_player_who_stops_there() {
        let mut session = session("dr/arp-walk");
        let wanted: Vec<u32> = session.steps().iter().map(|step| step.ticks).collect();
        let mut digests = Vec::new();
        let (mut trace, mut ticks) = (Trace::default(), 0);
        let mut player = Player::new(session.scenario().clone(), &mut trace).expect("it is set up");
        for wanted in wanted {
            while ticks < wanted {
                player.step(&mut trace);
                ticks += 1;
            }
            digests.push(player.world.digest());
        }
        let last = session.steps().len() - 1;
        // Backwards, forwards, and far jumps.
        for at in (0..=last).rev().chain(0..=last).chain([last, 0, last / 2, 1, last]) {
            session.seek(at);
            assert_eq!(session.world().digest(), digests[at], "step {at}");
        }
        assert_eq!(session.trace().entries(), trace.entries(), "the record is as it was");
        assert_eq!(session.trace().events(), trace.events());
    }

    #[test]
    fn steps_are_what_a_person_looks_at() {
        let session = session("dr/arp-walk");
        let told = |kind: fn(&Kind) -> bool| {
            session.steps().iter().filter(|step| kind(&step.kind)).count()
        };
        let typed = session.scenario().story.iter().map(|step| match &step.value {
            sim_core::scenario::Step::Do { run, .. } => run.len(),
            _ => 0,
        });
        assert!(told(|kind| *kind == Kind::Typed) >= typed.sum(), "each typed line is a step");
        assert!(told(|kind| matches!(kind, Kind::Frame { .. })) > 50);
        // No frame of another's MAC, and no passage to a switch.
        for (at, step) in session.steps().iter().enumerate() {
            let codes = session.entries(at).iter().filter_map(|entry| match &entry.what {
                Note::Why(reason) => Some(reason.code()),
                _ => None,
            });
            assert!(codes.into_iter().all(|code| code != "eth.drop.other-mac"), "step {at}");
            assert!(step.entries.start <= step.entries.end);
        }
        let mark = |mark| session.steps().iter().any(|step| step.mark == mark);
        assert!(mark(Mark::Warning) && mark(Mark::Served) && mark(Mark::Story));
    }
}
