//! The parts of a lab, as BUILD lists them: the lab itself, its machines, its cables, what happens.

use sim_core::net::Net;
use sim_core::scenario::{End, Link, Node, Scenario, Step, Wait};
use sim_core::story::change;
use sim_core::{Lang, Text, text};

/// A part that can be selected. Numbers are places in the scenario's lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The lab: its title.
    Lab,
    /// A machine.
    Node(usize),
    /// A cable.
    Link(usize),
    /// A step of the story; of one that types, which line.
    Step(usize, usize),
}

/// All parts, in the order of the list.
pub fn all(scenario: &Scenario) -> Vec<Part> {
    let mut parts = vec![Part::Lab];
    parts.extend((0..scenario.nodes.len()).map(Part::Node));
    parts.extend((0..scenario.links.len()).map(Part::Link));
    for (at, step) in scenario.story.iter().enumerate() {
        match &step.value {
            // It comes by itself behind what takes time.
            Step::Wait(Wait::Idle) => {}
            Step::Do { run, .. } => parts.extend((0..run.len()).map(|line| Part::Step(at, line))),
            _ => parts.push(Part::Step(at, 0)),
        }
    }
    parts
}

/// What a part is, in a row: its name, and what there is to say of it at the end of the run.
pub fn row(scenario: &Scenario, net: &Net, part: Part, lang: Lang) -> (String, String) {
    match part {
        Part::Lab => (lang.pick("title", "标题").into(), scenario.title.of(lang).into()),
        Part::Node(at) => scenario.nodes.get(at).map_or_else(Default::default, |node| {
            (node.name().to_owned(), node_row(scenario, net, node, lang))
        }),
        Part::Link(at) => scenario
            .links
            .get(at)
            .map_or_else(Default::default, |link| link_row(net, at, link, lang)),
        Part::Step(at, line) => scenario.story.get(at).map_or_else(Default::default, |step| {
            (String::new(), step_row(&step.value, line, lang))
        }),
    }
}

fn node_row(scenario: &Scenario, net: &Net, node: &Node, lang: Lang) -> String {
    let other = |iface: &str| {
        scenario.links.iter().find_map(|link| {
            let is_here = |end: &End| end.node == node.name() && end.iface == iface;
            match (is_here(&link.a), is_here(&link.b)) {
                (true, _) => Some(link.b.to_string()),
                (_, true) => Some(link.a.to_string()),
                _ => None,
            }
        })
    };
    let is_on = net.node_by_name(node.name()).is_none_or(|id| net.node(id).on);
    let off = if is_on { "" } else { lang.pick("OFF  ", "关机  ") };
    let said = match node {
        Node::Host { nics, .. } => {
            let free = lang.pick("no cable", "没有网线");
            let cards = nics.iter().map(|nic| {
                let to = other(&nic.iface).map_or(free.to_owned(), |other| format!("→ {other}"));
                format!("{} {} {to}", nic.iface, nic.mac)
            });
            cards.collect::<Vec<_>>().join("; ")
        }
        Node::Switch { ports, .. } => {
            let used = (0..*ports).filter(|port| other(&port.to_string()).is_some()).count();
            let said = text!(
                "switch, {used} of {ports} places taken",
                "交换机，{ports} 个口用了 {used} 个"
            );
            said.of(lang).to_owned()
        }
    };
    format!("{off}{said}")
}

fn link_row(net: &Net, at: usize, link: &Link, lang: Lang) -> (String, String) {
    let is_up = net.links.get(at).is_none_or(|own| own.up);
    let out = if is_up { "" } else { lang.pick("OUT  ", "拔出  ") };
    (format!("{} – {}", link.a, link.b), format!("{out}{}", super::edit::tuning(link)))
}

fn step_row(step: &Step, line: usize, lang: Lang) -> String {
    match step {
        Step::Say(said) => format!("\"{}\"", said.of(lang)),
        Step::Do { on, run } => {
            format!("{on}# {}", run.get(line).map_or("", |line| line.value.as_str()))
        }
        Step::Wait(Wait::For(time)) => format!("{} {time:?}", lang.pick("wait", "等待")),
        Step::Inject { from, .. } => {
            let said = text!("a frame made by hand, sent by {from}", "由 {from} 发出的手工帧");
            said.of(lang).to_owned()
        }
        other => change::sentence(other).unwrap_or_else(|| Text::same("…")).of(lang).to_owned(),
    }
}
