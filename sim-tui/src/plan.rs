//! `lvsim plan`: what a run on a real kernel needs (tests/kernel/run), and what the simulation did.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use sim_core::Instant;
use sim_core::command::nc::Peer;
use sim_core::command::{Command, Input};
use sim_core::event::{JobId, NodeId};
use sim_core::receipt::{self, Recording};
use sim_core::scenario::{Kernel, Node, Scenario, Step};
use sim_core::shell::{Lead, Shell, Streams};
use sim_core::story::{Player, Progress};
use sim_core::trace::{Note, Trace};

use crate::captures;
use crate::cli::Exit;
use crate::lang::Lang;
use crate::open::{self, Refused};
use crate::out::say;

/// Plays a scenario and writes DIR/plan.json, DIR/outputs.json and DIR/NODE-IFACE.pcap. Prints why a
/// kernel cannot be compared with it, where the scenario says so.
///
/// # Errors
/// When the file is wrong or a file cannot be written.
pub fn write(name: &str, dir: &Path, lang: Lang) -> Result<Exit, Refused> {
    let scenario = open::scenario(name, None, false)?;
    let mut trace = Trace::default();
    let mut player = open::player(scenario, &mut trace)?;
    let mut steps = Vec::new();
    loop {
        let progress = player.step(&mut trace);
        match progress {
            Progress::Done => break,
            Progress::Typed(job) => steps.push(Planned::Typed(job)),
            Progress::Story(number) => {
                let at = player.world.now().as_nanos();
                let step = &player.scenario().story[number].value;
                if let Some(change) = change(step, at) {
                    steps.push(Planned::Change(at, change));
                }
            }
            Progress::Injected(number) => {
                let step = &player.scenario().story[number].value;
                steps.extend(injected(step, player.world.now().as_nanos()));
            }
            Progress::Event | Progress::Quiet => {}
        }
    }
    receipt::play_out(&mut player, &mut trace);
    captures::write(dir, &player.world.net, &trace)?;
    let plan = plan(&player, &trace, &steps);
    save(&dir.join("plan.json"), &plan)?;
    let recording = Recording::of(&player, &trace);
    save(&dir.join("outputs.json"), &outputs(&recording))?;
    if let Kernel::No(reason) = &player.scenario().kernel {
        say(reason.of(lang));
    }
    Ok(Exit::Ok)
}

enum Planned {
    Typed(JobId),
    Change(u64, Value),
}

/// A cable or power step as the plan writes it.
fn change(step: &Step, at: u64) -> Option<Value> {
    match step {
        // A kernel's reordering has other rules: where frames come late, none is asked.
        Step::Cable { link, up, delay, loss, mtu, .. } => {
            let mut value = json!({ "at_ns": at, "cable": [link.to_string()] });
            if let Some(up) = up {
                value["up"] = json!(up);
            }
            if let Some(delay) = delay {
                value["delay_ns"] = json!(delay.as_nanos() as u64);
            }
            if let Some(loss) = loss {
                let thousandths = loss.0;
                value["loss"] = json!(format!("0.{thousandths:06}"));
            }
            if let Some(mtu) = mtu {
                value["mtu"] = json!(mtu);
            }
            Some(value)
        }
        Step::Power { on, up } => Some(json!({ "at_ns": at, "power": on, "on": up })),
        _ => None,
    }
}

/// A frame that a packet socket sends.
fn injected(step: &Step, at: u64) -> Option<Planned> {
    let Step::Inject { from, bytes } = step else { return None };
    let bytes = bytes.iter().flat_map(|row| &row.0);
    let hex: String = bytes.map(|byte| format!("{byte:02x}")).collect();
    let value = json!({ "at_ns": at, "inject": from.node, "iface": from.iface, "bytes": hex });
    Some(Planned::Change(at, value))
}

fn plan(player: &Player, trace: &Trace, steps: &[Planned]) -> Value {
    let scenario = player.scenario();
    let mut ports: BTreeMap<JobId, Vec<u16>> = BTreeMap::new();
    for entry in trace.entries() {
        if let Note::Asked { job, port } | Note::Probed { job, port } = entry.what {
            ports.entry(job).or_default().push(port);
        }
    }
    let mut ended = 0;
    let mut planned = Vec::new();
    let mut running = Running::new(player);
    for step in steps {
        match step {
            Planned::Change(at, value) => {
                let mut value = value.clone();
                value["gap_ns"] = json!(at.saturating_sub(ended));
                ended = ended.max(*at);
                planned.push(value);
            }
            Planned::Typed(job) => {
                let own = ports.get(job).map_or(&[][..], Vec::as_slice);
                let (value, end) = typed(player, *job, own, ended);
                ended = end;
                planned.extend(running.killed(player, *job, &value));
                if value["kind"] != "kill" {
                    running.note(player, *job);
                    planned.push(value);
                }
            }
        }
    }
    let hosts: Vec<Value> = scenario.nodes.iter().filter_map(|node| host(&node.value)).collect();
    let switches: Vec<Value> = scenario
        .nodes
        .iter()
        .filter(|node| matches!(node.value, Node::Switch { .. }))
        .map(|node| json!({ "name": node.name() }))
        .collect();
    json!({
        "title": scenario.file,
        "hosts": hosts,
        "switches": switches,
        "links": links(scenario),
        "steps": planned,
        "end_ns": player.world.now().as_nanos(),
        "captures": captured(player),
    })
}

fn host(node: &Node) -> Option<Value> {
    let Node::Host { name, nics, .. } = node else { return None };
    let nics: Vec<Value> = nics
        .iter()
        .map(|nic| json!({ "name": nic.iface, "mac": nic.mac.to_string(), "mtu": nic.mtu.unwrap_or(1500) }))
        .collect();
    let mut setup = Vec::new();
    let mut served = Vec::new();
    let mut shell = Shell::default();
    for line in node.script() {
        for step in shell.compile(&line.value).expect("the loader has checked the line") {
            match step.command {
                Command::Serve(_) => served.push(json!({ "argv": argv(&step.text) })),
                _ => setup.push(step.text),
            }
        }
    }
    Some(json!({ "name": name, "nics": nics, "setup": setup, "serves": served }))
}

fn links(scenario: &Scenario) -> Vec<Value> {
    let end = |end: &sim_core::scenario::End| json!([end.node, end.iface]);
    scenario
        .links
        .iter()
        .map(|link| {
            let mut value = json!({
                "a": end(&link.a),
                "b": end(&link.b),
                "delay_ns": link.delay.as_nanos() as u64,
            });
            if let Some(mtu) = link.mtu {
                value["mtu"] = json!(mtu);
            }
            value
        })
        .collect()
}

/// The interfaces that have cables.
fn captured(player: &Player) -> Vec<Value> {
    let net = &player.world.net;
    let ends = net.links.iter().flat_map(|link| link.ends);
    ends.map(|end| {
        let node = net.node(end.node);
        json!([&*node.name, node.iface_name(end.iface)])
    })
    .collect()
}

/// A typed command, and when it ends.
fn typed(player: &Player, job: JobId, ports: &[u16], ended: u64) -> (Value, u64) {
    let known = player.world.job(job).expect("it was typed");
    let started = known.started.as_nanos();
    let node = player.world.net.node(known.node);
    let step =
        Shell::default().compile(&known.text).ok().and_then(|steps| steps.into_iter().next());
    let streams = known.streams;
    let command = step.map(|step| step.command);
    let mut value = json!({
        "at_ns": started,
        "gap_ns": started.saturating_sub(ended),
        "node": &*node.name,
        "text": known.text,
        "background": known.background,
        "kind": "tool",
    });
    let input = match &command {
        Some(Command::Curl(curl)) => match &curl.request {
            sim_core::command::curl::Request::PostInput(input) => Some(input),
            _ => Some(&Input::None),
        },
        Some(Command::Nc(nc)) => Some(&nc.input),
        Some(Command::Serve(_) | Command::Check(_)) => Some(&Input::None),
        _ => None,
    };
    if let Some(input) = input {
        value["kind"] = json!("endpoint");
        let text = match (&command, streams == Streams::default()) {
            // No shell starts an endpoint: what is thrown away is told beside its words.
            (Some(command), false) => &command.to_string(),
            _ => &known.text,
        };
        let leads = [(1, streams.stdout), (2, streams.stderr)];
        let hidden = leads.iter().filter(|(_, lead)| *lead == Lead::Nowhere);
        value["hidden"] = json!(hidden.map(|(fd, _)| fd).collect::<Vec<_>>());
        let own = text.rsplit('|').next().unwrap_or(text);
        let mut words = argv(own);
        if let Some(Command::Serve(serve)) = &command
            && serve.name.is_none()
        {
            words.extend(["--name".into(), node.name.to_string()]);
        }
        if let Some(Command::Check(_)) = &command {
            let ports: Vec<String> = ports.iter().map(u16::to_string).collect();
            words.splice(1..1, [format!("--local-ports={}", ports.join(","))]);
        }
        value["argv"] = json!(words);
        match input {
            Input::None => {}
            Input::Text(echo) => value["input"] = json!(echo.bytes()),
            Input::Zeros(count) => value["input_zeros"] = json!(count),
            Input::Saved { .. } | Input::Tables(_) => {
                unreachable!("no endpoint reads what was saved")
            }
        }
        if let Some(port) = ports.last().filter(|_| !names_port(command.as_ref())) {
            value["local_port"] = json!(port);
        }
    }
    if let Some(Command::Kill(_)) = &command {
        value["kind"] = json!("kill");
    } else if known.background {
        value["job"] = json!(known.text);
    }
    let end = match known.background {
        true => started,
        false => known.ended.map_or(started, |end| end.as_nanos()),
    };
    (value, end)
}

/// Whether a command says itself which port it asks from.
fn names_port(command: Option<&Command>) -> bool {
    match command {
        Some(Command::Curl(curl)) => curl.local_port.is_some(),
        Some(Command::Nc(nc)) => matches!(nc.peer, Peer::Connect { local_port: Some(_), .. }),
        Some(Command::Check(_)) => true,
        _ => false,
    }
}

/// What runs in the background on each node, in order: what `kill` may mean.
struct Running(Vec<(NodeId, String)>);

impl Running {
    /// The servers that run from the start.
    fn new(player: &Player) -> Self {
        let typed = player.world.jobs().map(|(_, job)| job);
        let served = typed.take_while(|job| job.started == Instant::ZERO);
        Self(served.filter(|job| job.background).map(|job| (job.node, job.text.clone())).collect())
    }

    fn note(&mut self, player: &Player, job: JobId) {
        if let Some(job) = player.world.job(job).filter(|job| job.background) {
            self.0.push((job.node, job.text.clone()));
        }
    }

    /// The steps that a `kill` stands for: one a program that it ends.
    fn killed(&mut self, player: &Player, job: JobId, step: &Value) -> Vec<Value> {
        let Some(known) = player.world.job(job).filter(|_| step["kind"] == "kill") else {
            return Vec::new();
        };
        let target = known.text.split_whitespace().last().unwrap_or_default();
        let mut nth = 0;
        let mut steps: Vec<Value> = Vec::new();
        self.0.retain(|(node, text)| {
            if *node != known.node {
                return true;
            }
            nth += 1;
            let meant = match target.strip_prefix('%') {
                Some(number) => number.parse() == Ok(nth),
                None => text.split_whitespace().next() == Some(target),
            };
            if meant {
                let mut step = step.clone();
                step["job"] = json!(text);
                if !steps.is_empty() {
                    step["gap_ns"] = json!(0);
                }
                steps.push(step);
            }
            !meant
        });
        steps
    }
}

/// The words of a command line.
fn argv(text: &str) -> Vec<String> {
    text.split_whitespace().map(|word| word.trim_matches(['\'', '"']).to_owned()).collect()
}

fn outputs(recording: &Recording) -> Value {
    let outputs = recording.outputs.iter().map(|output| {
        json!({
            "node": output.node,
            "text": output.text,
            "status": output.status,
            "output": output.output,
            "at_ns": output.at_ns,
            "end_ns": output.end_ns,
        })
    });
    outputs.collect()
}

fn save(path: &Path, value: &Value) -> Result<(), Refused> {
    let text = serde_json::to_string_pretty(value).expect("it is plain data");
    fs::write(path, text + "\n").map_err(|why| captures::refused(path, &why))
}
