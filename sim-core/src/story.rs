//! A scenario being played: the world, and how far the story has come.
//!
//! One step of a [`Player`] is one event of the world or one step of the story. Everything that a step depends on is in the
//! player itself, so that a clone of it goes on in the very same way.

mod expect;
mod open;
mod words;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use lvs_engine::{Instant, OriginId};

use crate::event::{IfaceId, JobId, NodeId};
use crate::host::{ETHERNET_MTU, Host};
use crate::net::{self, Kind, Net};
use crate::origin::Origin;
use crate::scenario::{self, Line, Scenario, Step, Wait};
use crate::shell::{self, Shell};
use crate::switch::Switch;
use crate::trace::Trace;
use crate::world::{World, node_rng};

pub use expect::Failure;
pub(crate) use expect::TABLES;
pub use open::{check_line, open};
pub use words::Words;

/// From the end of one typed line to the start of the next. Not 30 ms: that is the endpoints' think time, and a client that types
/// on would race a server that closes; on a real kernel the two then cross in either order.
const TYPING: Duration = Duration::from_millis(100);
/// The longest wait for rest.
const LONGEST_IDLE: Duration = Duration::from_secs(200);
/// Events in one story, unless the scenario says otherwise.
const MOST_EVENTS: u64 = 2_000_000;

/// A typed line, ready to run.
#[derive(Clone, Debug)]
struct Typed {
    commands: Vec<shell::Step>,
    origin: OriginId,
}

/// Why a scenario cannot be played to its end.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlayError {
    /// A command of the setup failed.
    #[error("{place}: on {node}: `{text}` failed with status {status}: {output}")]
    Setup {
        /// Where it is written.
        place: String,
        /// On which node.
        node: String,
        /// The command.
        text: String,
        /// Its exit status.
        status: u8,
        /// What it said.
        output: String,
    },
    /// A command of the setup takes time.
    #[error("{place}: on {node}: `{text}` takes time; put it into the story, or end it with &")]
    SetupTakesTime {
        /// Where it is written.
        place: String,
        /// On which node.
        node: String,
        /// The command.
        text: String,
    },
    /// The story did not come to rest.
    #[error("{place}: did not come to rest: {what}")]
    NoRest {
        /// At which step of the story.
        place: String,
        /// What goes on.
        what: String,
    },
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
    last_status: u8,
    most_events: u64,
}

impl Player {
    /// A player at the start of the story: all machines are set up.
    ///
    /// # Errors
    /// When a command of the setup fails.
    pub fn new(scenario: Scenario, trace: &mut Trace) -> Result<Self, PlayError> {
        let scenario = Arc::new(scenario);
        let mut world = World::new(build(&scenario));
        let mut shells: Vec<Shell> = world.net.nodes.iter().map(|_| Shell::default()).collect();
        set_up(&scenario, &mut world, &mut shells, trace)?;
        let lines = compile_story(&scenario, &mut world, &mut shells);
        Ok(Self {
            most_events: most_events(&scenario),
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
            last_status: 0,
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

    /// Why the story could not go on, if it could not.
    pub fn error(&self) -> Option<&PlayError> {
        self.error.as_ref()
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
            Doing::Typing { at: due, .. } | Doing::Waiting { until: due } => {
                Some(event.map_or(due, |at| at.min(due)))
            }
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
        if self.world.events() >= self.most_events && !matches!(self.doing, Doing::Done) {
            return self.fail(format!("{} events happened", self.most_events));
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
                } else if !started {
                    return match self.world.step(Some(trace)) {
                        true => Progress::Event,
                        false if known_background(&self.world, job) => {
                            self.after(node, line, command)
                        }
                        false => self.fail("a command waits for what will never happen".into()),
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
            Doing::Idling { until } => {
                if self.world.is_idle() {
                    self.doing = Doing::Ready;
                    return Progress::Quiet;
                }
                if self.world.next_at().is_none_or(|at| at > until) {
                    return self.fail("200 s have passed".into());
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

    fn fail(&mut self, what: String) -> Progress {
        let place = self.place(self.step.saturating_sub(1));
        self.error = Some(PlayError::NoRest { place, what });
        self.doing = Doing::Done;
        Progress::Done
    }

    fn place(&self, step: usize) -> String {
        let origin = self.scenario.story.get(step).map(|step| step.origin).unwrap_or_default();
        format!("{}:{origin}", self.scenario.file)
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
                self.doing = Doing::Typing { node, line: 0, command: 0, at: now + TYPING };
            }
            Step::Wait(Wait::For(time)) => self.doing = Doing::Waiting { until: now + *time },
            Step::Wait(Wait::Idle) => self.doing = Doing::Idling { until: now + LONGEST_IDLE },
            Step::Mark(label) => drop(self.marks.insert(label.clone(), trace.len())),
            Step::Expect(expectation) => {
                let place = self.place(number);
                let found = self.check(expectation, self.group, &place, trace);
                self.failures.extend(found);
            }
            Step::Cable { link, up, delay, loss, mtu } => {
                let end = find_end(&self.world.net, link);
                let (at, _) = self.world.net.link_at(end).expect("the loader has checked it");
                self.world.change_link(at, |link| {
                    link.up = up.unwrap_or(link.up);
                    link.delay = delay.unwrap_or(link.delay);
                    link.loss = loss.map_or(link.loss, |loss| loss.0);
                    link.mtu = mtu.or(link.mtu);
                });
            }
            Step::Power { on, up } => {
                let node = self.world.net.node_by_name(on).expect("the loader has checked it");
                self.world.power(node, *up);
                if *up {
                    let at = usize::from(node.0);
                    let shell = &mut Shell::default();
                    if let Err(error) = set_up_node(&scenario, at, &mut self.world, shell, trace) {
                        self.error = Some(error);
                        self.doing = Doing::Done;
                    }
                }
            }
        }
        Progress::Story(number)
    }

    fn type_command(&mut self, node: NodeId, line: usize, command: usize) -> Progress {
        let Some(typed) = self.lines[self.step - 1].get(line) else {
            self.doing = Doing::Ready;
            return Progress::Quiet;
        };
        let Some(step) = typed.commands.get(command) else {
            return self.next_line(node, line);
        };
        let runs = match step.after {
            shell::Chain::Always => true,
            shell::Chain::IfOk => self.last_status == 0,
            shell::Chain::IfFailed => self.last_status != 0,
        };
        if !runs {
            let at = self.world.now();
            self.doing = Doing::Typing { node, line, command: command + 1, at };
            return Progress::Quiet;
        }
        let job = self.world.type_command(node, step, typed.origin);
        self.doing = Doing::Running { node, line, command, job };
        Progress::Typed(job)
    }

    /// A command has ended, or runs on in the background.
    fn after(&mut self, node: NodeId, line: usize, command: usize) -> Progress {
        let more = self.lines[self.step - 1][line].commands.len() > command + 1;
        if more {
            let at = self.world.now();
            self.doing = Doing::Typing { node, line, command: command + 1, at };
            return Progress::Quiet;
        }
        self.next_line(node, line)
    }

    fn next_line(&mut self, node: NodeId, line: usize) -> Progress {
        self.doing = if self.lines[self.step - 1].len() > line + 1 {
            let at = self.world.now() + TYPING;
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

/// The end of a cable that a scenario names.
fn find_end(net: &Net, end: &scenario::End) -> net::End {
    let node = net.node_by_name(&end.node).expect("the loader has checked the node");
    let iface = net.node(node).iface_by_name(&end.iface).expect("the loader has checked the iface");
    net::End { node, iface }
}

/// The nodes and cables of a scenario.
fn build(scenario: &Scenario) -> Net {
    let mut net = Net::default();
    let mut limits = lvs_engine::Limits::default();
    if let Some(conns) = scenario.limits.conns {
        limits.conns = conns;
    }
    for node in &scenario.nodes {
        let name = node.name();
        let mut rng = node_rng(scenario.seed, name);
        let kind = match &node.value {
            scenario::Node::Host { nics, .. } => {
                let nics: Vec<_> = nics
                    .iter()
                    .map(|nic| (nic.iface.clone(), nic.mac, nic.mtu.unwrap_or(ETHERNET_MTU)))
                    .collect();
                Kind::Host(Box::new(Host::new(name, &nics, limits, &mut rng)))
            }
            scenario::Node::Switch { ports, .. } => Kind::Switch(Switch::new(usize::from(*ports))),
        };
        net.add_node(net::Node { name: name.into(), kind, on: true, rng });
    }
    for link in &scenario.links {
        let ends = [find_end(&net, &link.a), find_end(&net, &link.b)];
        net.add_link(net::Link {
            ends,
            delay: link.delay,
            bandwidth: link.bandwidth.map(|rate| rate.0),
            loss: link.loss.map_or(0, |loss| loss.0),
            mtu: link.mtu,
            up: true,
            busy: [Instant::ZERO; 2],
        });
    }
    net
}

fn origin_of(scenario: &Scenario, line: &Line) -> Origin {
    Origin::File {
        file: scenario.file.as_str().into(),
        line: line.origin.line,
        col: line.origin.col,
        text: line.value.clone(),
    }
}

fn most_events(scenario: &Scenario) -> u64 {
    scenario.limits.events.unwrap_or(MOST_EVENTS)
}

/// Types the setup of all hosts at the instant zero, in the order of the file.
fn set_up(
    scenario: &Scenario,
    world: &mut World,
    shells: &mut [Shell],
    trace: &mut Trace,
) -> Result<(), PlayError> {
    while world.next_at() == Some(Instant::ZERO) {
        world.step(Some(trace));
    }
    for (at, shell) in shells.iter_mut().enumerate() {
        set_up_node(scenario, at, world, shell, trace)?;
    }
    Ok(())
}

/// Types the setup of one host at once.
fn set_up_node(
    scenario: &Scenario,
    at: usize,
    world: &mut World,
    shell: &mut Shell,
    trace: &mut Trace,
) -> Result<(), PlayError> {
    let node = &scenario.nodes[at];
    for line in node.script() {
        let place = format!("{}:{}", scenario.file, line.origin);
        let origin = world.origins.add(origin_of(scenario, &line));
        let commands = shell.compile(&line.value).expect("the loader has checked the line");
        for step in commands {
            let job = world.type_command(NodeId(at as u16), &step, origin);
            while world.next_at() == Some(world.now()) {
                if world.events() >= most_events(scenario) {
                    let what = format!("{} events happened", world.events());
                    return Err(PlayError::NoRest { place, what });
                }
                world.step(Some(trace));
            }
            let known = world.job(job).expect("the command was typed");
            let (node, text) = (node.name().to_owned(), step.text);
            match known.status {
                Some(0) => {}
                Some(status) => {
                    let output = known.output.trim_end().to_owned();
                    return Err(PlayError::Setup { place, node, text, status, output });
                }
                None if known.background => {}
                None => return Err(PlayError::SetupTakesTime { place, node, text }),
            }
        }
    }
    Ok(())
}

/// The lines of each step of the story, ready to run.
fn compile_story(scenario: &Scenario, world: &mut World, shells: &mut [Shell]) -> Vec<Vec<Typed>> {
    let mut all = Vec::new();
    for step in &scenario.story {
        let mut lines = Vec::new();
        if let Step::Do { on, run } = &step.value {
            let node = world.net.node_by_name(on).expect("the loader has checked the node");
            for line in run {
                let origin = world.origins.add(origin_of(scenario, line));
                let shell = &mut shells[usize::from(node.0)];
                let commands = shell.compile(&line.value).expect("the loader has checked the line");
                lines.push(Typed { commands, origin });
            }
        }
        all.push(lines);
    }
    all
}

/// The interface of a node by its name, for expectations.
fn iface_of(net: &Net, end: &scenario::End) -> (NodeId, IfaceId) {
    let net::End { node, iface } = find_end(net, end);
    (node, iface)
}
