//! A scenario being played: the world, and how far the story has come.
//!
//! One step of a [`Player`] is one event of the world or one step of the story. Everything that a step depends on is in the
//! player itself, so that a clone of it goes on in the very same way.

pub mod change;
mod error;
mod expect;
mod hand;
mod insert;
mod lint;
mod names;
mod open;
mod setup;
mod sight;
#[cfg(test)]
mod tests;
mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use lvs_engine::{Instant, OriginId};

use self::hand::Hand;
use self::setup::{
    Failing, build, compile_story, find_end, most_events, place_cards, set_up, too_many,
};
use crate::command::Command;
use crate::event::{JobId, NodeId};
use crate::frame::ETHERNET;
use crate::job::Job;
use crate::scenario::{Scenario, Step, Wait};
use crate::shell::{self, Shell};
use crate::text;
use crate::text::Text;
use crate::trace::Trace;
use crate::world::World;

pub use error::PlayError;
pub use expect::Failure;
pub(crate) use expect::TABLES;
pub use hand::{Act, Place};
pub use lint::lint;
pub(crate) use open::checking;
pub use open::{check_line, open};
pub use words::Words;
pub(crate) use words::{Seen, Watcher};

/// From the end of one typed line to the start of the next. Not 30 ms: that is the endpoints' think time, and a client that types
/// on would race a server that closes; on a real kernel the two then cross in either order.
const TYPING: Duration = Duration::from_millis(100);
/// The longest wait for rest.
const LONGEST_IDLE: Duration = Duration::from_secs(200);

/// A typed line, ready to run.
#[derive(Clone, Debug)]
struct Typed {
    commands: Vec<shell::Step>,
    origin: OriginId,
}

/// What a player is at.
#[derive(Clone, Debug)]
enum Doing {
    /// About to take the next step of the story.
    Ready,
    /// About to type a command of a line.
    Typing { node: NodeId, line: usize, command: usize, at: Instant },
    /// Waiting for a command to end.
    Running { node: NodeId, line: usize, command: usize, job: JobId },
    /// Letting time pass.
    Waiting { until: Instant },
    /// About to put a frame on the wire.
    Injecting { at: Instant },
    /// Waiting for rest.
    Idling { until: Instant },
    /// At the end.
    Done,
}

/// What a step of a player was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// An event of the world.
    Event,
    /// The story took this step.
    Story(usize),
    /// A command was typed.
    Typed(JobId),
    /// The frame of this step was put on the wire.
    Injected(usize),
    /// Nothing visible.
    Quiet,
    /// The story is over.
    Done,
}

/// A scenario being played.
#[derive(Clone, Debug)]
pub struct Player {
    scenario: Arc<Scenario>,
    lines: Arc<Vec<Vec<Typed>>>,
    /// The world.
    pub world: World,
    step: usize,
    doing: Doing,
    marks: BTreeMap<String, usize>,
    group: usize,
    in_group: bool,
    failures: Vec<Failure>,
    error: Option<PlayError>,
    failing: Failing,
    last_status: u8,
    most_events: u64,
    typing: Duration,
    hand: Hand,
    /// The file of the steps that go on with the story, if they stand in another than the scenario's.
    part: Option<Arc<str>>,
}

impl Player {
    /// A player at the start of the story: all machines are set up.
    ///
    /// # Errors
    /// When a command of the setup fails.
    pub fn new(scenario: Scenario, trace: &mut Trace) -> Result<Self, PlayError> {
        Self::start(scenario, Failing::Refused, trace)
    }

    /// Makes whoever types and all programs slower by this much between two steps, as on a busy machine.
    pub fn slow_down(&mut self, by: Duration) {
        self.typing = TYPING + by;
        self.world.slow_programs(by);
    }

    /// The same for a scenario that may be broken: a line of a setup that fails says so, and the
    /// next one is typed; see [`Self::failed_lines`].
    ///
    /// # Errors
    /// When a setup does not come to an end.
    pub fn tolerant(scenario: Scenario, trace: &mut Trace) -> Result<Self, PlayError> {
        Self::start(scenario, Failing::Kept(Vec::new()), trace)
    }

    fn start(
        scenario: Scenario,
        mut failing: Failing,
        trace: &mut Trace,
    ) -> Result<Self, PlayError> {
        let scenario = Arc::new(scenario);
        let mut world = World::new(build(&scenario));
        place_cards(&scenario, &mut world);
        let mut shells: Vec<Shell> = world.net.nodes.iter().map(|_| Shell::default()).collect();
        set_up(&scenario, &mut world, &mut shells, &mut failing, trace)?;
        let lines = compile_story(&scenario, &mut world, &mut shells);
        Ok(Self {
            most_events: most_events(&scenario),
            typing: TYPING,
            scenario,
            lines: Arc::new(lines),
            world,
            step: 0,
            doing: Doing::Ready,
            marks: BTreeMap::new(),
            group: trace.len(),
            in_group: false,
            failures: Vec::new(),
            error: None,
            failing,
            last_status: 0,
            hand: Hand::default(),
            part: None,
        })
    }

    /// The scenario.
    pub fn scenario(&self) -> &Scenario {
        &self.scenario
    }

    /// The expectations that did not hold so far.
    pub fn failures(&self) -> &[Failure] {
        &self.failures
    }

    /// The lines of setups that failed; always none unless the player is [`Self::tolerant`].
    pub fn failed_lines(&self) -> &[PlayError] {
        match &self.failing {
            Failing::Refused => &[],
            Failing::Kept(lines) => lines,
        }
    }

    /// Why the story could not go on, if it could not.
    pub fn error(&self) -> Option<&PlayError> {
        self.error.as_ref()
    }

    /// The commands of the story and those [by hand](Self::will_act) that were typed so far, in order; those of the setup are
    /// none.
    pub fn typed(&self) -> impl Iterator<Item = (JobId, &Job)> {
        let origins: BTreeSet<OriginId> =
            self.lines.iter().flatten().map(|line| line.origin).collect();
        self.world
            .jobs()
            .filter(move |(_, job)| origins.contains(&job.origin) || self.hand.typed(job.origin))
    }

    /// The number of the story's next step.
    pub fn next_step(&self) -> usize {
        self.step
    }

    /// The time at which [`Self::step`] happens next; none if the story is over.
    pub fn next_at(&self) -> Option<Instant> {
        let now = self.world.now();
        let event = self.world.next_at();
        match self.doing {
            Doing::Done => None,
            Doing::Ready => Some(now),
            Doing::Typing { at: due, .. }
            | Doing::Injecting { at: due }
            | Doing::Waiting { until: due } => Some(event.map_or(due, |at| at.min(due))),
            Doing::Running { job, .. } => {
                let ended = self.world.job(job).is_some_and(|job| job.status.is_some());
                Some(if ended { now } else { event.unwrap_or(now) })
            }
            Doing::Idling { .. } if self.world.is_idle() => Some(now),
            Doing::Idling { .. } => Some(event.unwrap_or(now)),
        }
    }

    /// Goes on by one step.
    pub fn step(&mut self, trace: &mut Trace) -> Progress {
        let progress = match self.by_hand(trace) {
            Some(progress) => progress,
            None => {
                let progress = self.step_of_story(trace);
                self.unless_by_hand(progress)
            }
        };
        self.hand.passed(self.world.now());
        progress
    }

    fn step_of_story(&mut self, trace: &mut Trace) -> Progress {
        if self.world.events() >= self.most_events && !matches!(self.doing, Doing::Done) {
            return self.fail(too_many(self.most_events));
        }
        match self.doing {
            Doing::Ready => self.next_story_step(trace),
            Doing::Typing { node, line, command, at } => {
                if self.event_until(at, trace) {
                    return Progress::Event;
                }
                self.world.advance(at);
                self.type_command(node, line, command)
            }
            Doing::Running { node, line, command, job } => {
                let known = self.world.job(job).expect("the command was typed");
                let started = known.background && self.world.next_at() > Some(self.world.now());
                if let Some(status) = known.status {
                    self.last_status = status;
                } else if started {
                    self.last_status = 0;
                } else {
                    return match self.world.step(Some(trace)) {
                        true => Progress::Event,
                        false if known_background(&self.world, job) => {
                            self.after(node, line, command)
                        }
                        false => self.fail(text!(
                            "a command waits for what will never happen",
                            "有命令在等待不会发生的事"
                        )),
                    };
                }
                self.after(node, line, command)
            }
            Doing::Waiting { until } => {
                if self.event_until(until, trace) {
                    return Progress::Event;
                }
                self.world.advance(until);
                self.doing = Doing::Ready;
                Progress::Quiet
            }
            Doing::Injecting { at } => {
                if self.event_until(at, trace) {
                    return Progress::Event;
                }
                self.world.advance(at);
                self.inject(trace)
            }
            Doing::Idling { until } => {
                if self.world.is_idle() {
                    self.doing = Doing::Ready;
                    return Progress::Quiet;
                }
                if self.world.next_at().is_none_or(|at| at > until) {
                    return self.fail(text!("200 s have passed", "已过去 200 s"));
                }
                self.world.step(Some(trace));
                Progress::Event
            }
            Doing::Done => Progress::Done,
        }
    }

    /// Plays to the end.
    pub fn play(&mut self, trace: &mut Trace) {
        while self.step(trace) != Progress::Done {}
    }

    /// Lets one event happen that is due by then.
    fn event_until(&mut self, until: Instant, trace: &mut Trace) -> bool {
        self.world.next_at().is_some_and(|at| at <= until) && self.world.step(Some(trace))
    }

    fn fail(&mut self, what: Text) -> Progress {
        let place = self.place(self.step.saturating_sub(1));
        self.error = Some(PlayError::NoRest { place, what });
        self.doing = Doing::Done;
        Progress::Done
    }

    fn place(&self, step: usize) -> String {
        let origin = self.scenario.story.get(step).map(|step| step.origin).unwrap_or_default();
        format!("{}:{origin}", self.file())
    }

    /// The file of the steps that are played now.
    fn file(&self) -> &str {
        self.part.as_deref().unwrap_or(&self.scenario.file)
    }

    fn next_story_step(&mut self, trace: &mut Trace) -> Progress {
        let scenario = self.scenario.clone();
        let Some(step) = scenario.story.get(self.step) else {
            self.doing = Doing::Done;
            return Progress::Done;
        };
        let number = self.step;
        self.step += 1;
        let expects = matches!(step.value, Step::Expect(_));
        if self.in_group && !expects {
            self.group = trace.len();
        }
        self.in_group = expects;
        let now = self.world.now();
        match &step.value {
            Step::Say(_) | Step::Ask { .. } => {}
            Step::Do { on, .. } => {
                let node = self.world.net.node_by_name(on).expect("the loader has checked it");
                self.doing = Doing::Typing { node, line: 0, command: 0, at: now + self.typing };
            }
            Step::Wait(Wait::For(time)) => self.doing = Doing::Waiting { until: now + *time },
            Step::Wait(Wait::Idle) => self.doing = Doing::Idling { until: now + LONGEST_IDLE },
            Step::Mark(label) => drop(self.marks.insert(label.clone(), trace.len())),
            Step::Expect(expectation) => {
                let place = self.place(number);
                let found = self.check(expectation, self.group, &place, trace);
                self.failures.extend(found);
            }
            Step::Cable { .. } | Step::Power { .. } => self.change(&step.value, trace),
            Step::Inject { .. } => self.doing = Doing::Injecting { at: now + self.typing },
        }
        Progress::Story(number)
    }

    /// Puts the frame of the present step on the wire, if the card can send it.
    fn inject(&mut self, trace: &mut Trace) -> Progress {
        let number = self.step - 1;
        let scenario = self.scenario.clone();
        let Step::Inject { from, bytes } = &scenario.story[number].value else {
            unreachable!("only this step leads here");
        };
        let bytes: Vec<u8> = bytes.iter().flat_map(|row| &row.0).copied().collect();
        let end = find_end(&self.world.net, from);
        let node = self.world.net.node(end.node);
        let card = node.host().expect("the loader has checked it").fib().iface(end.iface);
        let most = ETHERNET + usize::from(card.mtu);
        if !node.on || !card.up || bytes.len() > most {
            let what = match card.up && node.on {
                false => text!("the interface is down", "接口没有启用"),
                true => text!(
                    "it is longer than the {most} bytes that the MTU allows now",
                    "超过了此时 MTU 允许的 {most} 字节"
                ),
            };
            let (place, from) = (self.place(number), from.to_string());
            self.error = Some(PlayError::Inject { place, from, what });
            self.doing = Doing::Done;
            return Progress::Done;
        }
        self.world.send_by_hand(end, &bytes, trace);
        self.doing = Doing::Ready;
        Progress::Injected(number)
    }

    fn type_command(&mut self, node: NodeId, line: usize, command: usize) -> Progress {
        let Some(typed) = self.lines[self.step - 1].get(line) else {
            self.doing = Doing::Ready;
            return Progress::Quiet;
        };
        let Some(step) = typed.commands.get(command) else {
            return self.next_line(node, line);
        };
        if !step.runs(self.last_status) {
            let (at, command) = (self.world.now(), command + step.skips);
            self.doing = Doing::Typing { node, line, command, at };
            return Progress::Quiet;
        }
        let job = self.world.type_command(node, step, typed.origin);
        self.doing = Doing::Running { node, line, command, job };
        Progress::Typed(job)
    }

    /// A command has ended, or runs on in the background.
    fn after(&mut self, node: NodeId, line: usize, command: usize) -> Progress {
        let commands = &self.lines[self.step - 1][line].commands;
        let ends = matches!(commands[command].command, Command::Exit(_));
        if commands.len() > command + 1 && !ends {
            let at = self.world.now();
            self.doing = Doing::Typing { node, line, command: command + 1, at };
            return Progress::Quiet;
        }
        self.next_line(node, line)
    }

    fn next_line(&mut self, node: NodeId, line: usize) -> Progress {
        self.doing = if self.lines[self.step - 1].len() > line + 1 {
            let at = self.world.now() + self.typing;
            Doing::Typing { node, line: line + 1, command: 0, at }
        } else {
            Doing::Ready
        };
        Progress::Quiet
    }
}

fn known_background(world: &World, job: JobId) -> bool {
    world.job(job).is_some_and(|job| job.background)
}
