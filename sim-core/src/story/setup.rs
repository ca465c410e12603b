//! From a scenario to a world at the start of its story: nodes, cables, and what is typed before.

use lvs_engine::Instant;

use super::names::{find_word, may_fail};
use super::{PlayError, Typed};
use crate::chance::Chance;
use crate::command::Command;
use crate::event::{NodeId, Seq};
use crate::host::{ETHERNET_MTU, Host};
use crate::net::{self, Kind, Net};
use crate::origin::Origin;
use crate::scenario::{self, Line, Scenario, Step};
use crate::shell::{self, Shell};
use crate::switch::Switch;
use crate::text;
use crate::text::Text;
use crate::trace::Trace;
use crate::whatif::given;
use crate::world::{World, stream};

/// Events in one story, unless the scenario says otherwise.
const MOST_EVENTS: u64 = 2_000_000;

/// The end of a cable that a scenario names.
pub(super) fn find_end(net: &Net, end: &scenario::End) -> net::End {
    let node = net.node_by_name(&end.node).expect("the loader has checked the node");
    let iface = net.node(node).iface_by_name(&end.iface).expect("the loader has checked the iface");
    net::End { node, iface }
}

/// The nodes and cables of a scenario.
pub(super) fn build(scenario: &Scenario) -> Net {
    let mut net = Net::default();
    let mut limits = lvs_engine::Limits::default();
    if let Some(conns) = scenario.limits.conns {
        limits.conns = conns;
    }
    for node in &scenario.nodes {
        let name = node.name();
        let mut rng = stream(scenario.seed, name);
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
        let mut chance = Chance::new(scenario.seed, &link.a.to_string(), &link.b.to_string());
        chance.loss = link.loss.map_or(0, |loss| loss.0);
        if let Some(late) = link.reorder {
            (chance.late, chance.by) = (late.share.0, late.by);
        }
        let ends = [find_end(&net, &link.a), find_end(&net, &link.b)];
        net.add_link(net::Link {
            ends,
            delay: link.delay,
            bandwidth: link.bandwidth.map(|rate| rate.0),
            mtu: link.mtu,
            chance,
            up: true,
            busy: [Instant::ZERO; 2],
            queued: [0; 2],
            cut: Seq(0),
            carries: false,
        });
    }
    net
}

/// Says where the file gives a card another MTU than that of Ethernet: with its host.
pub(super) fn place_cards(scenario: &Scenario, world: &mut World) {
    for (node, place) in world.net.nodes.iter_mut().zip(&scenario.nodes) {
        let (Kind::Host(host), scenario::Node::Host { nics, .. }) = (&mut node.kind, &place.value)
        else {
            continue;
        };
        for nic in nics {
            let Some(mtu) = nic.mtu else { continue };
            let origin = world.origins.add(Origin::File {
                file: scenario.file.as_str().into(),
                line: place.origin.line,
                col: place.origin.col,
                text: format!("({:?}, \"{}\", {mtu})", nic.iface, nic.mac),
            });
            host.place_card(&nic.iface, origin);
        }
    }
}

fn origin_of(scenario: &Scenario, line: &Line) -> Origin {
    let file = if given::is_given(line) { given::FILE } else { scenario.file.as_str() };
    Origin::File {
        file: file.into(),
        line: line.origin.line,
        col: line.origin.col,
        text: line.value.clone(),
    }
}

pub(super) fn most_events(scenario: &Scenario) -> u64 {
    scenario.limits.events.unwrap_or(MOST_EVENTS)
}

/// What is done about a line of a setup that fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Failing {
    /// The scenario is refused.
    Refused,
    /// It is kept, and the next line typed, as a person would.
    Kept(Vec<PlayError>),
}

impl Failing {
    fn meet(&mut self, error: PlayError) -> Result<(), PlayError> {
        match self {
            Self::Refused => Err(error),
            Self::Kept(lines) => {
                lines.push(error);
                Ok(())
            }
        }
    }
}

/// Types the setup of all hosts at the instant zero, in the order of the file.
pub(super) fn set_up(
    scenario: &Scenario,
    world: &mut World,
    shells: &mut [Shell],
    failing: &mut Failing,
    trace: &mut Trace,
) -> Result<(), PlayError> {
    while world.next_at() == Some(Instant::ZERO) {
        world.step(Some(trace));
    }
    for (at, shell) in shells.iter_mut().enumerate() {
        set_up_node(scenario, at, world, shell, failing, trace)?;
    }
    Ok(())
}

/// Types the setup of one host at once.
pub(super) fn set_up_node(
    scenario: &Scenario,
    at: usize,
    world: &mut World,
    shell: &mut Shell,
    failing: &mut Failing,
    trace: &mut Trace,
) -> Result<(), PlayError> {
    let node = &scenario.nodes[at];
    for line in node.script() {
        let origin = world.origins.add(origin_of(scenario, &line));
        let commands = shell.compile(&line.value).expect("the loader has checked the line");
        let place = |at: usize| match given::is_given(&line) {
            true => format!("{}:{}:{}", given::FILE, line.origin.line, at + 1),
            false => format!("{}:{}", scenario.file, line.place(at)),
        };
        let mut last = 0;
        let mut next = 0;
        while let Some(step) = commands.get(next) {
            if !step.runs(last) {
                next += step.skips;
                continue;
            }
            next += 1;
            let job = world.type_command(NodeId(at as u16), step, origin);
            while world.next_at() == Some(world.now()) {
                if world.events() >= most_events(scenario) {
                    let what = too_many(most_events(scenario));
                    return Err(PlayError::NoRest { place: place(step.span.start), what });
                }
                world.step(Some(trace));
            }
            let known = world.job(job).expect("the command was typed");
            let (node, text) = (node.name().to_owned(), step.text.clone());
            last = known.status.unwrap_or_default();
            match known.status {
                None if !known.background => {
                    let place = place(step.span.start);
                    failing.meet(PlayError::SetupTakesTime { place, node, text })?;
                }
                Some(0) if matches!(step.command, Command::Exit(_)) => break,
                Some(status) if status != 0 && !may_fail(&commands[next..]) => {
                    let output = known.output.trim_end().to_owned();
                    let place = place(blamed(&line.value, step, &output));
                    failing.meet(PlayError::Setup { place, node, text, status, output })?;
                }
                _ => {}
            }
        }
    }
    Ok(())
}

/// Where in its line a command is to blame: at the word that its output quotes, if it quotes one.
fn blamed(line: &str, step: &shell::Step, output: &str) -> usize {
    let quoted = || output.split(['"', '\'', '`', '‘', '’']).skip(1).step_by(2);
    let word = find_word(line, step, |word| quoted().any(|quoted| quoted == word));
    word.map_or(step.span.start, |word| word.start)
}

/// What is told of a story that comes to the limit of events.
pub(super) fn too_many(most: u64) -> Text {
    let more = most.saturating_mul(10);
    text!(
        "{most} events happened, and that is the limit; does something go round and round? \
         if not, allow more: limits: (events: {more})",
        "已发生 {most} 个事件，达到上限；是不是有什么在打转？若不是，请放宽：limits: (events: {more})"
    )
}

/// The lines of each step of the story, ready to run.
pub(super) fn compile_story(
    scenario: &Scenario,
    world: &mut World,
    shells: &mut [Shell],
) -> Vec<Vec<Typed>> {
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
