//! From a scenario to the plan of its run on a real kernel: the simulation goes first.

use std::collections::BTreeMap;
use std::time::Duration;

use sim_core::command::nc::Peer;
use sim_core::command::{self, Input};
use sim_core::event::{JobId, NodeId};
use sim_core::export::netns;
use sim_core::export::setup::Setup;
use sim_core::receipt::{self, Recording};
use sim_core::scenario::{Node, Scenario, Step as StoryStep};
use sim_core::shell::{Lead, Shell, Streams};
use sim_core::story::{Player as Storyteller, Progress};
use sim_core::trace::{Note, Trace};
use sim_core::{Instant, Text, text};

use super::plan::{Command, Host, Plan, Player, Step, Told, What};
use crate::open::{self, Refused};

/// A scenario that was simulated to its end.
pub struct Simulated {
    /// What it left.
    pub recording: Recording,
    /// What a real kernel is told.
    pub plan: Plan,
}

/// Simulates a scenario.
///
/// # Errors
/// When a command of its setup fails.
pub fn simulate(scenario: Scenario, name: &str) -> Result<Simulated, Refused> {
    simulate_slowly(scenario, name, Duration::ZERO)
}

/// The same where whoever types and all programs take so much longer between two steps, as on a busy machine.
///
/// # Errors
/// When a command of its setup fails.
pub fn simulate_slowly(scenario: Scenario, name: &str, by: Duration) -> Result<Simulated, Refused> {
    let mut trace = Trace::default();
    let mut player = open::player(scenario, &mut trace)?;
    player.slow_down(by);
    let mut done = Vec::new();
    loop {
        let progress = player.step(&mut trace);
        let at = player.world.now().as_nanos();
        match progress {
            Progress::Done => break,
            Progress::Typed(job) => done.push(Done::Typed(job)),
            Progress::Story(number) | Progress::Injected(number) => {
                let step = &player.scenario().story[number].value;
                // A frame made by hand leaves later than its step is come to.
                let is_frame = matches!(step, StoryStep::Inject { .. });
                if is_frame == matches!(progress, Progress::Injected(_)) {
                    let what = changed(player.scenario(), step);
                    done.extend(what.map(|what| Done::Changed(at, what)));
                }
            }
            Progress::Event | Progress::Quiet => {}
        }
    }
    receipt::play_out(&mut player, &mut trace);
    let unfit: Vec<Text> = player.typed().filter_map(|(_, job)| unfit(&job.text)).collect();
    if !unfit.is_empty() {
        return Err(Refused(unfit));
    }
    let plan = Planner::new(&player, &trace).plan(name, done);
    Ok(Simulated { recording: Recording::of(&player, &trace), plan })
}

/// What `lvsim endpoint` cannot play: it has no shell around it, and so nothing to lead its output into, and does
/// not tell what it does meanwhile.
fn unfit(text: &str) -> Option<Text> {
    let steps = Shell::default().compile(text).ok()?;
    let is_piped = steps.iter().any(|step| is_ours(&step.command) && !step.filters.is_empty());
    if is_piped {
        return Some(text!(
            "`{text}`: a kernel cannot be asked about this: lvsim itself plays the command there, and its output leads nowhere",
            "`{text}`：无法在内核上运行：那里由 lvsim 自己扮演这个命令，它的输出不能接到别处"
        ));
    }
    let tells = |command: &command::Command| matches!(command, command::Command::Curl(curl) if curl.verbose);
    steps.iter().any(|step| tells(&step.command)).then(|| {
        text!(
            "`{text}`: a kernel cannot be asked about this: lvsim itself plays curl there, without -v",
            "`{text}`：无法在内核上运行：那里由 lvsim 自己扮演 curl，不支持 -v"
        )
    })
}

/// Something of the story that a real kernel is told.
enum Done {
    Typed(JobId),
    Changed(u64, What),
}

/// A step of the story that is no command.
fn changed(scenario: &Scenario, step: &StoryStep) -> Option<What> {
    match step {
        StoryStep::Cable { .. } => Some(What::Cable(told(netns::changes(scenario, step)))),
        StoryStep::Power { on, up } => {
            let told = told(netns::power(scenario, on, *up));
            Some(What::Power { node: on.clone(), up: *up, told })
        }
        StoryStep::Inject { from, bytes } => {
            let bytes = bytes.iter().flat_map(|row| row.0.iter().copied()).collect();
            Some(What::Inject { node: from.node.clone(), iface: from.iface.clone(), bytes })
        }
        _ => None,
    }
}

fn told(changes: Vec<netns::Change>) -> Vec<Told> {
    let told = |netns::Change { space, tool, line }| Told { space, tool: tool.to_owned(), line };
    changes.into_iter().map(told).collect()
}

struct Planner<'a> {
    player: &'a Storyteller,
    /// The ports that each job has asked from.
    ports: BTreeMap<JobId, Vec<u16>>,
    /// What runs in the background on each node, in order: what `kill` may mean.
    running: Vec<(NodeId, String)>,
}

impl<'a> Planner<'a> {
    fn new(player: &'a Storyteller, trace: &Trace) -> Self {
        let mut ports: BTreeMap<JobId, Vec<u16>> = BTreeMap::new();
        for entry in trace.entries() {
            if let Note::Asked { job, port } | Note::Probed { job, port } = entry.what {
                ports.entry(job).or_default().push(port);
            }
        }
        let typed = player.world.jobs().map(|(_, job)| job);
        let served = typed.take_while(|job| job.started == Instant::ZERO);
        let served = served.filter(|job| job.background);
        let running = served.map(|job| (job.node, job.text.clone())).collect();
        Self { player, ports, running }
    }

    fn plan(mut self, name: &str, done: Vec<Done>) -> Plan {
        let (mut steps, mut ended) = (Vec::new(), 0);
        for done in done {
            match done {
                Done::Changed(at_ns, what) => {
                    steps.push(Step { at_ns, gap_ns: at_ns.saturating_sub(ended), what });
                    ended = ended.max(at_ns);
                }
                Done::Typed(job) => {
                    let known = self.player.world.job(job).expect("it was typed");
                    let at_ns = known.started.as_nanos();
                    let gap_ns = at_ns.saturating_sub(ended);
                    ended = match known.background {
                        true => at_ns,
                        false => known.ended.map_or(at_ns, Instant::as_nanos),
                    };
                    let node = self.player.world.net.node(known.node).name.to_string();
                    match self.command(job, &node) {
                        Some(command) => {
                            if command.background {
                                self.running.push((known.node, command.text.clone()));
                            }
                            steps.push(Step { at_ns, gap_ns, what: What::Command(command) });
                        }
                        None => {
                            for (nth, job) in self.killed(job).into_iter().enumerate() {
                                let what = What::Kill { node: node.clone(), job };
                                let gap_ns = if nth == 0 { gap_ns } else { 0 };
                                steps.push(Step { at_ns, gap_ns, what });
                            }
                        }
                    }
                }
            }
        }
        let scenario = self.player.scenario();
        Plan {
            scenario: name.to_owned(),
            hosts: scenario.nodes.iter().filter_map(|node| host(&node.value)).collect(),
            steps,
            end_ns: self.player.world.now().as_nanos(),
            captures: self.captured(),
        }
    }

    /// The interfaces that have cables.
    fn captured(&self) -> Vec<(String, String)> {
        let net = &self.player.world.net;
        let ends = net.links.iter().flat_map(|link| link.ends);
        let name = |end: sim_core::net::End| {
            let node = net.node(end.node);
            (node.name.to_string(), node.iface_name(end.iface).to_string())
        };
        ends.map(name).collect()
    }

    /// A typed command; nothing for `kill`.
    fn command(&self, job: JobId, node: &str) -> Option<Command> {
        let known = self.player.world.job(job)?;
        let steps = Shell::default().compile(&known.text).ok();
        let command = steps.and_then(|steps| steps.into_iter().next()).map(|step| step.command);
        if matches!(command, Some(command::Command::Kill(_))) {
            return None;
        }
        let player = match &command {
            Some(command) if is_ours(command) => self.endpoint(job, node, command),
            _ => Player::Tool,
        };
        let (node, text) = (node.to_owned(), known.text.clone());
        Some(Command { node, text, background: known.background, player })
    }

    /// The words for `lvsim endpoint`.
    fn endpoint(&self, job: JobId, node: &str, command: &command::Command) -> Player {
        let known = self.player.world.job(job).expect("it was typed");
        let streams = known.streams;
        // No shell starts an endpoint: what is thrown away is told beside its words.
        let printed = command.to_string();
        let text = if streams == Streams::default() { &known.text } else { &printed };
        let own = text.rsplit('|').next().unwrap_or(text);
        let mut words = argv(own);
        let ports = self.ports.get(&job).map_or(&[][..], Vec::as_slice);
        let mut options = Vec::new();
        let input = match command {
            command::Command::Curl(curl) => match &curl.request {
                command::curl::Request::PostInput(input) => input,
                _ => &Input::None,
            },
            command::Command::Nc(nc) => &nc.input,
            _ => &Input::None,
        };
        match input {
            Input::None => {}
            Input::Text(echo) => options.extend(["--input".to_owned(), echo.bytes()]),
            Input::Zeros(count) => options.extend(["--input-zeros".to_owned(), count.to_string()]),
            Input::Saved { .. } | Input::Tables(_) => {
                unreachable!("no endpoint reads what was saved")
            }
        }
        match command {
            command::Command::Serve(serve) if serve.name.is_none() => {
                words.extend(["--name".to_owned(), node.to_owned()]);
            }
            command::Command::Check(_) => {
                let ports: Vec<String> = ports.iter().map(u16::to_string).collect();
                options.push(format!("--local-ports={}", ports.join(",")));
            }
            _ => {}
        }
        if let Some(port) = ports.last().filter(|_| !names_port(command)) {
            let option =
                if matches!(command, command::Command::Nc(_)) { "-p" } else { "--local-port" };
            options.extend([option.to_owned(), port.to_string()]);
        }
        words.splice(1..1, options);
        let hidden = [streams.stdout, streams.stderr].map(|lead| lead == Lead::Nowhere);
        Player::Endpoint { words, hidden }
    }

    /// The programs that a `kill` ends.
    fn killed(&mut self, job: JobId) -> Vec<String> {
        let Some(known) = self.player.world.job(job) else { return Vec::new() };
        let target = known.text.split_whitespace().last().unwrap_or_default();
        let (mut nth, mut killed) = (0, Vec::new());
        self.running.retain(|(node, text)| {
            if *node != known.node {
                return true;
            }
            nth += 1;
            let is_meant = match target.strip_prefix('%') {
                Some(number) => number.parse() == Ok(nth),
                None => text.split_whitespace().next() == Some(target),
            };
            if is_meant {
                killed.push(text.clone());
            }
            !is_meant
        });
        killed
    }
}

/// Whether `lvsim endpoint` plays it.
fn is_ours(command: &command::Command) -> bool {
    use command::Command::{Check, Curl, Nc, Serve};
    matches!(command, Curl(_) | Nc(_) | Serve(_) | Check(_))
}

/// Whether a command says itself which port it asks from.
fn names_port(command: &command::Command) -> bool {
    match command {
        command::Command::Curl(curl) => curl.local_port.is_some(),
        command::Command::Nc(nc) => matches!(nc.peer, Peer::Connect { local_port: Some(_), .. }),
        command::Command::Check(_) => true,
        _ => false,
    }
}

fn host(node: &Node) -> Option<Host> {
    let Node::Host { name, nics, .. } = node else { return None };
    let cards = nics.iter().map(|nic| nic.iface.clone()).collect();
    let serves = Setup::of(node).programs.iter().map(|text| argv(text)).collect();
    Some(Host { name: name.clone(), cards, serves })
}

/// The words of a command line.
fn argv(text: &str) -> Vec<String> {
    let words = text.split_whitespace().filter(|word| *word != "&");
    words.map(|word| word.trim_matches(['\'', '"']).to_owned()).collect()
}
