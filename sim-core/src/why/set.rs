//! Back to the configuration: the lines of the scenario, or what was typed, that a verdict rests on.

use std::net::Ipv4Addr;

use lvs_engine::{Instant, OriginId};

use super::decision::{Decision, origins};
use super::view::View;
use crate::event::{IfaceId, NodeId};
use crate::frame::{ETHERNET, Ethernet, FrameId, TYPE_ARP, read_arp};
use crate::job::Job;
use crate::origin::Origin;
use crate::reason::{Nature, Reason};
use crate::scenario::{End, Located, Step};
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
    "ipvs.accept.no-ftp",
    "ipvs.accept.not-syn",
    "ipvs.accept.rst",
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
        "power.drop.off" => {
            event.and_then(|event| power(view, event, decision.node)).into_iter().collect()
        }
        code if code.starts_with("cable.") => {
            event.and_then(|event| cable(view, event, decision.node)).into_iter().collect()
        }
        code if is_missing(code) => Vec::new(),
        "eth.drop.interface-down" if is_without_carrier(decision) => {
            let cut = event.and_then(|event| cut_off(view, event, decision.node));
            cut.map_or_else(|| typed(view, decision.origins()), |cut| vec![cut])
        }
        _ => typed(view, decision.origins()),
    }
}

fn is_without_carrier(decision: &Decision) -> bool {
    matches!(decision.verdict(), Some(Reason::DropDown { carrier: 0, .. }))
}

/// Those of these origins that a person has set.
fn typed(view: &View<'_>, origins: Vec<OriginId>) -> Vec<Set> {
    let by_hand = |id: &OriginId| {
        matches!(view.world().origins.get(*id), Origin::File { .. } | Origin::Typed { .. })
    };
    let mut sets: Vec<Set> = Vec::new();
    for set in origins.into_iter().filter(by_hand).map(Set::Command) {
        if !sets.contains(&set) {
            sets.push(set);
        }
    }
    sets
}

/// What a person set that brought a packet where the verdict was: the last one who rewrote it, or
/// else the one who made it.
pub(super) fn led(view: &View<'_>, at: usize, event: usize) -> Vec<Set> {
    let decision = &view.decisions[at];
    let mut sets = Vec::new();
    if let Some(Reason::ArpSilentNotMine { target }) = decision.verdict() {
        sets.extend(names(view, decision, *target));
    }
    if sets.is_empty() && is_missing(decision.code()) {
        sets = astray(view, event);
    }
    if let "ipvs.accept.not-syn" | "ipvs.accept.rst" = decision.code() {
        // There was a connection, as a rule: what was typed here last may have ended it.
        let mut typed = commands(view, decision.node, decision.at);
        let changes = ["ipvsadm -d", "ipvsadm -D", "ipvsadm -C", "ipvsadm --set"];
        let last = typed.rfind(|job| changes.iter().any(|start| job.text.starts_with(start)));
        sets.extend(last.map(command));
    }
    if sets.is_empty() {
        sets = way_led(view, event, decision.code());
    }
    sets.dedup();
    sets
}

/// The last one on the way who rewrote the packet, or else the one who made it.
fn way_led(view: &View<'_>, event: usize, code: &str) -> Vec<Set> {
    let way = view.way(event);
    let Some((_, frame)) = view.arrival(event) else { return typed_at(view, event, false) };
    let family = family(view, frame.id);
    // What stands on the way from the one who made the packet on.
    let of_it = way
        .iter()
        .rev()
        .take_while(|at| view.arrival(**at).is_some_and(|(_, own)| family.contains(&own.id)));
    let mut made = way.first().copied();
    for at in of_it {
        let sets = rewrites(view, *at);
        if *at != event && !sets.is_empty() {
            return sets;
        }
        made = view.before(*at);
    }
    // That the client asks is no cause of what becomes of its connection.
    let beyond = ["ipvs.", "tcp.", "udp.", "icmp."].iter().any(|start| code.starts_with(start));
    match made {
        Some(made) if !beyond || Some(&made) != way.first() => typed_at(view, made, true),
        _ => Vec::new(),
    }
}

/// What rewrote the packet in this event.
fn rewrites(view: &View<'_>, event: usize) -> Vec<Set> {
    let mut sets = Vec::new();
    for at in view.decided(event) {
        for note in &view.decisions[at].notes {
            let code = note.code();
            let edits = [
                "ipvs.nat.",
                "ipvs.dr.",
                "ipvs.tun.",
                "ipvs.fullnat.",
                "tunnel.wrapped",
                "netfilter.nat.",
            ];
            if edits.iter().any(|start| code.starts_with(start)) && note.nature() != Nature::Against
            {
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

/// The first command that names this address, of those that had been typed on a host when it
/// decided.
pub(super) fn names(view: &View<'_>, decision: &Decision, addr: Ipv4Addr) -> Option<Set> {
    let mut typed = commands(view, decision.node, decision.at);
    typed.find(|job| is_named(&job.text, &addr.to_string())).map(command)
}

/// The commands that were typed on a host until then.
fn commands<'a>(
    view: &View<'a>,
    node: NodeId,
    until: Instant,
) -> impl DoubleEndedIterator<Item = &'a Job> {
    let jobs: Vec<&Job> = view.world().jobs().map(|(_, job)| job).collect();
    jobs.into_iter().filter(move |job| job.node == node && job.started <= until)
}

fn command(job: &Job) -> Set {
    Set::Command(job.origin)
}

/// Whether a text has an address in it, and no longer one that begins or ends so.
fn is_named(text: &str, address: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '.';
    text.match_indices(address).any(|(at, _)| {
        let behind = &text[at + address.len()..];
        !text[..at].ends_with(is_part) && !behind.starts_with(is_part)
    })
}

/// What a frame that nobody took, or a request for a MAC address that nobody answered, rests on: a
/// command that names whom it was for, or what has cut that host off.
pub(super) fn astray(view: &View<'_>, event: usize) -> Vec<Set> {
    let Some((_, frame)) = view.arrival(event) else { return Vec::new() };
    let bytes = frame.bytes.bytes();
    let Some(head) = Ethernet::read(bytes) else { return Vec::new() };
    let at = view.event(event).at;
    let sender = view.frame(frame.id).map(|(first, _)| view.trace().entries()[first].node);
    let arp = (head.kind == TYPE_ARP).then(|| read_arp(&bytes[ETHERNET..])).flatten();
    let owner = match arp {
        Some(arp) => view.owner_of(arp.target_ipv4.into()),
        None => {
            // An entry of the sender's table that somebody has typed.
            let mac = head.dst.to_string();
            let typed = sender.and_then(|sender| {
                commands(view, sender, at).rfind(|job| is_named(&job.text, &mac)).map(command)
            });
            if let Some(typed) = typed {
                return vec![typed];
            }
            view.owner(head.dst)
        }
    };
    owner.and_then(|owner| cut_off(view, event, owner)).into_iter().collect()
}

/// What has cut a host off: no power, no cable, or a card that was set down.
fn cut_off(view: &View<'_>, event: usize, node: NodeId) -> Option<Set> {
    let name = &*view.world().net.node(node).name;
    let scenario = view.run.player.scenario();
    let is_its = |end: &End| {
        let link = scenario.links.iter().find(|link| link.a == *end || link.b == *end);
        link.is_some_and(|link| link.a.node == name || link.b.node == name)
    };
    let cut = |step: &Step| match step {
        Step::Power { on, up: false } => on == name,
        Step::Cable { link, up: Some(false), .. } => is_its(link),
        _ => false,
    };
    let downed = |job: &&Job| job.text.split_whitespace().any(|word| word == "down");
    let at = view.event(event).at;
    last_step(view, event, cut).or_else(|| commands(view, node, at).rfind(downed).map(command))
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
    let is_end =
        |end: &End| names.iter().any(|(node, iface)| end.node == *node && end.iface == *iface);
    let is_link = |end: &End| {
        let link = scenario.links.iter().find(|link| link.a == *end || link.b == *end);
        link.is_some_and(|link| is_end(&link.a) || is_end(&link.b))
    };
    let step =
        last_step(view, event, |step| matches!(step, Step::Cable { link, .. } if is_link(link)));
    let own =
        || scenario.links.iter().position(|link| is_end(&link.a) || is_end(&link.b)).map(Set::Link);
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
