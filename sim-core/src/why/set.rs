//! Back to the configuration: the lines of the scenario, or what was typed, that a verdict rests on.

use lvs_engine::OriginId;

use super::decision::origins;
use super::view::View;
use crate::event::{IfaceId, NodeId};
use crate::frame::{Ethernet, FrameId};
use crate::origin::Origin;
use crate::reason::{Nature, Reason};
use crate::scenario::{Located, Step};
use crate::trace::{How, Note};
use crate::whatif::Run;

/// Something that a person set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Set {
    /// By a command.
    Command(OriginId),
    /// By a step of the story: power, or a cable.
    Step(usize),
    /// By a cable of the scenario.
    Link(usize),
}

impl Set {
    /// Where it is written: `FILE:LINE`; none if it was typed at a prompt.
    pub fn place(&self, run: &Run) -> Option<String> {
        let scenario = run.player.scenario();
        let line = match self {
            Self::Command(id) => {
                return match run.player.world.origins.get(*id) {
                    Origin::File { file, line, .. } => Some(format!("{file}:{line}")),
                    Origin::Typed { .. } | Origin::Kernel | Origin::Learnt => None,
                };
            }
            Self::Step(at) => scenario.story[*at].origin,
            Self::Link(at) => scenario.links[*at].origin,
        };
        Some(format!("{}:{}", scenario.file, line.line))
    }
}

/// Verdicts that rest on something that is not there: what they read besides is no cause.
const MISSING: &[&str] = &[
    "arp.silent.not-mine",
    "eth.drop.other-mac",
    "icmp.error.no-socket",
    "ip.drop.no-reverse-path",
    "ip.drop.no-route",
    "ipvs.icmp.no-dest",
    "ipvs.service.none",
    "neigh.failed",
    "switch.drop.same-port",
    "tcp.ignored",
    "tcp.reset.no-listener",
    "tcp.reset.unknown-connection",
    "udp.no-socket",
];

/// Whether a verdict rests on something that is not there.
pub(super) fn is_missing(code: &str) -> bool {
    MISSING.contains(&code)
}

/// What a person set that a verdict rests on.
pub(super) fn own(view: &View<'_>, at: usize) -> Vec<Set> {
    let decision = &view.decisions[at];
    let event = view.event_of_decision(at);
    match decision.code() {
        "power.drop.off" => event.and_then(|event| power(view, event, decision.node)).into_iter().collect(),
        code if code.starts_with("cable.") => {
            event.and_then(|event| cable(view, event, decision.node)).into_iter().collect()
        }
        code if is_missing(code) => Vec::new(),
        _ => typed(view, decision.origins()),
    }
}

/// Those of these origins that a person has set.
fn typed(view: &View<'_>, origins: Vec<OriginId>) -> Vec<Set> {
    let by_hand =
        |id: &OriginId| matches!(view.world().origins.get(*id), Origin::File { .. } | Origin::Typed { .. });
    origins.into_iter().filter(by_hand).map(Set::Command).collect()
}

/// What a person set that brought a packet where the verdict was: the last one who rewrote it, or
/// else the one who made it.
pub(super) fn led(view: &View<'_>, event: usize) -> Vec<Set> {
    let way = view.way(event);
    let Some((_, frame)) = view.arrival(event) else { return typed_at(view, event, false) };
    let family = family(view, frame.id);
    // What stands on the way from the one who made the packet on.
    let of_it = way.iter().rev().take_while(|at| {
        view.arrival(**at).is_some_and(|(_, own)| family.contains(&own.id))
    });
    let mut made = way.first().copied();
    for at in of_it {
        let sets = rewrites(view, *at);
        if *at != event && !sets.is_empty() {
            return sets;
        }
        made = view.before(*at);
    }
    made.map_or_else(Vec::new, |made| typed_at(view, made, true))
}

/// What rewrote the packet in this event.
fn rewrites(view: &View<'_>, event: usize) -> Vec<Set> {
    let mut sets = Vec::new();
    for at in view.decided(event) {
        for note in &view.decisions[at].notes {
            let code = note.code();
            let edits = ["ipvs.nat.", "ipvs.dr.", "ipvs.tun.", "ipvs.fullnat.", "tunnel.wrapped", "netfilter.nat."];
            if edits.iter().any(|start| code.starts_with(start)) && note.nature() != Nature::Against {
                sets.extend(typed(view, origins(note)));
            }
        }
    }
    sets
}

/// What the routes of this event rest on; else whatever it read.
fn typed_at(view: &View<'_>, event: usize, routes: bool) -> Vec<Set> {
    let mut sets = Vec::new();
    for at in view.decided(event) {
        let decision = &view.decisions[at];
        match decision.verdict() {
            Some(verdict @ (Reason::IpSend { .. } | Reason::IpForward { .. })) if routes => {
                sets.extend(typed(view, origins(verdict)));
            }
            _ if routes => {}
            _ => sets.extend(typed(view, decision.origins())),
        }
    }
    if let (true, How::Typed(job)) = (sets.is_empty(), view.event(event).how)
        && let Some(job) = view.world().job(job)
    {
        sets.extend(typed(view, vec![job.origin]));
    }
    sets
}

/// A frame and those that it was made from.
fn family(view: &View<'_>, frame: FrameId) -> Vec<FrameId> {
    let parent = |id: &FrameId| view.frame(*id).and_then(|(_, frame)| frame.parent);
    std::iter::successors(Some(frame), parent).collect()
}

/// Who a frame's receiver was taken for: the entry of the sender's table that it went by, if a
/// person has typed that.
pub(super) fn neighbour(view: &View<'_>, event: usize) -> Option<Set> {
    let (entry, frame) = view.arrival(event)?;
    let head = Ethernet::read(frame.bytes.bytes())?;
    let (first, _) = view.frame(frame.id)?;
    let sender = view.trace().entries()[first].node.max(NodeId(0));
    let host = view.world().net.node(sender).host()?;
    let _ = entry;
    let mut entries = host.neighbours().iter();
    let (_, own) = entries.find(|(_, own)| own.mac == head.dst && own.origin != OriginId(0))?;
    typed(view, vec![own.origin]).into_iter().next()
}

/// How many steps of the story had been taken when an event happened, as far as its commands tell.
fn reached(view: &View<'_>, event: usize) -> usize {
    let player = &view.run.player;
    let story = &player.scenario().story;
    // The places of the commands that had been typed by then.
    let lines: Vec<u32> = player
        .typed()
        .filter(|(_, job)| job.started <= view.event(event).at)
        .filter_map(|(_, job)| match view.world().origins.get(job.origin) {
            Origin::File { line, .. } => Some(*line),
            _ => None,
        })
        .collect();
    let is_ahead = |step: &Located<Step>| match &step.value {
        Step::Do { run, .. } => !run.iter().any(|line| lines.contains(&line.origin.line)),
        _ => false,
    };
    story.iter().position(is_ahead).unwrap_or(story.len())
}

/// The step that switched a machine off.
fn power(view: &View<'_>, event: usize, node: NodeId) -> Option<Set> {
    let name = &*view.world().net.node(node).name;
    last_step(view, event, |step| matches!(step, Step::Power { on, up: false } if on == name))
}

fn last_step(view: &View<'_>, event: usize, is_it: impl Fn(&Step) -> bool) -> Option<Set> {
    let story = &view.run.player.scenario().story;
    let at = story[..reached(view, event)].iter().rposition(|step| is_it(&step.value));
    at.map(Set::Step)
}

/// What made a cable lose the frame that a node sent: a step of the story, or the cable itself.
fn cable(view: &View<'_>, event: usize, node: NodeId) -> Option<Set> {
    let names = ifaces(view, event, node);
    let scenario = view.run.player.scenario();
    let is_end = |end: &crate::scenario::End| names.iter().any(|(node, iface)| end.node == *node && end.iface == *iface);
    let is_link = |end: &crate::scenario::End| {
        let link = scenario.links.iter().find(|link| link.a == *end || link.b == *end);
        link.is_some_and(|link| is_end(&link.a) || is_end(&link.b))
    };
    let step = last_step(view, event, |step| matches!(step, Step::Cable { link, .. } if is_link(link)));
    let own = || scenario.links.iter().position(|link| is_end(&link.a) || is_end(&link.b)).map(Set::Link);
    let off = || last_step(view, event, |step| matches!(step, Step::Power { up: false, .. }));
    step.or_else(own).or_else(off)
}

/// The interfaces by which a node sent in this event, by name; all of its own if none is seen.
fn ifaces(view: &View<'_>, event: usize, node: NodeId) -> Vec<(String, String)> {
    let own = view.world().net.node(node);
    let name = |iface: IfaceId| (own.name.to_string(), own.iface_name(iface));
    let sent: Vec<_> = view
        .causes
        .entries_of(event, node)
        .filter_map(|entry| match &entry.what {
            Note::Frame { iface, dir: crate::trace::Dir::Out, .. } => Some(name(*iface)),
            _ => None,
        })
        .collect();
    sent
}
