//! A capture of a real box laid over the simulation of one of its interfaces: where the first frame
//! differs, and which single change of the scenario explains the capture best.
//!
//! What differs between any two boxes is matched up and not compared (`shape`, `macs`); what the
//! scenario knows nothing of is set aside and counted. A change is found by playing: the mistakes
//! that people make and the knobs of the scenario, each played once (`search`).

mod arp;
mod capture;
mod compare;
mod difference;
mod link;
mod macs;
mod search;
mod shape;
mod talk;
#[cfg(test)]
mod tests;
mod told;

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use crate::command::suggest::nearest;
use crate::event::{IfaceId, NodeId};
use crate::frame::FrameId;
use crate::net::End;
use crate::text;
use crate::text::Text;
use crate::trace::{Dir, Note};
use crate::whatif::Run;

use compare::{Found, Known};
use macs::{Macs, Wire};
use shape::{Key, Reading, Role, Shape};
use talk::Side;

pub use capture::{Capture, Real, Wanted};
pub use compare::{Kind, SetAside};
pub use difference::Difference;
pub use search::{Candidate, Searched, What, search};
pub use shape::Noise;
pub use told::line;

/// How a capture is to be read.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Which address of the capture stands for which of the scenario.
    pub map: BTreeMap<Ipv4Addr, Ipv4Addr>,
    /// Whether TTLs are left out: for clients that are further away than the scenario's.
    pub any_ttl: bool,
}

/// A frame of the simulation at the interface.
#[derive(Clone, Debug)]
pub struct Simulated {
    /// Its number in the run.
    pub id: FrameId,
    /// Where it stands in the trace.
    pub entry: usize,
    /// Nanoseconds since the start of the story.
    pub at_ns: u64,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// What is said of the frames of a capture, and is no difference.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// Frames without a meaning here, by what they are.
    pub noise: BTreeMap<Noise, usize>,
    /// Checksums that the network card was to fill in.
    pub unfilled: usize,
    /// Segments longer than a cable takes: the card was to cut them.
    pub giants: usize,
    /// ARP questions to somebody known, and their answers.
    pub probes: usize,
}

/// A capture laid over a run.
#[derive(Clone, Debug)]
pub struct Overlay {
    /// The run.
    pub run: Run,
    /// The node.
    pub node: NodeId,
    /// Its interface.
    pub iface: IfaceId,
    /// The capture.
    pub capture: Capture,
    /// What the simulation has at the interface.
    pub simulated: Vec<Simulated>,
    /// What is said and is no difference.
    pub said: Said,
    options: Options,
    servers: BTreeSet<(u8, u16)>,
    known: Known,
    shapes: Vec<(usize, Shape)>,
    real: Side,
    sim: Side,
    wire: Wire,
    found: Found,
}

/// The interface of a run that `NODE:IFACE` names.
///
/// # Errors
/// What is wrong with it, and what was meant perhaps.
pub fn place(asked: &str, run: &Run) -> Result<(NodeId, IfaceId), Text> {
    let net = &run.player.world.net;
    let ends: Vec<(NodeId, IfaceId, String)> = net
        .links
        .iter()
        .flat_map(|link| link.ends)
        .map(|End { node, iface, .. }| {
            let name = format!("{}:{}", net.node(node).name, net.node(node).iface_name(iface));
            (node, iface, name)
        })
        .collect();
    if let Some((node, iface, _)) = ends.iter().find(|(.., name)| name == asked) {
        return Ok((*node, *iface));
    }
    let names: Vec<&str> = ends.iter().map(|(.., name)| name.as_str()).collect();
    let of_node = names.iter().filter(|name| name.split(':').next() == Some(asked));
    let of_node: Vec<&str> = of_node.copied().collect();
    let meant = match of_node[..] {
        [only] => Some(only),
        _ => nearest(asked, &names),
    };
    let known = names.join(" ");
    Err(match meant {
        Some(meant) => text!(
            "no interface `{asked}` with a cable; did you mean {meant}? there are {known}",
            "没有插着网线的接口 `{asked}`；是不是想写 {meant}？有 {known}"
        ),
        None => text!(
            "no interface `{asked}` with a cable; there are {known}",
            "没有插着网线的接口 `{asked}`；有 {known}"
        ),
    })
}

/// What a run has at an interface.
fn simulated(run: &Run, node: NodeId, iface: IfaceId) -> Vec<Simulated> {
    let entries = run.trace.entries().iter().enumerate();
    let own = entries.filter_map(|(entry, own)| match &own.what {
        Note::Frame { iface: at, frame, .. } if (own.node, *at) == (node, iface) => {
            let (at_ns, bytes) = (own.at.as_nanos(), frame.bytes.bytes().to_vec());
            Some(Simulated { id: frame.id, entry, at_ns, bytes })
        }
        _ => None,
    });
    own.collect()
}

/// The ports that somebody is asked at, by the SYNs and by the first datagram between two ends.
fn servers<'a>(frames: impl Iterator<Item = &'a [u8]>) -> BTreeSet<(u8, u16)> {
    let (nobody, map) = (BTreeSet::new(), BTreeMap::new());
    let reading = Reading { servers: &nobody, map: &map, ttl: false };
    let mut servers = BTreeSet::new();
    let mut seen = BTreeSet::new();
    for frame in frames {
        let Ok(shape) = reading.shape(frame, false, false) else { continue };
        let Key::Ports(proto, addr, port) = shape.key else { continue };
        if shape.begins.is_some() {
            servers.insert((proto, shape.peer.1));
        }
        let is_datagram = shape.steps.first().is_some_and(|own| own.role == Role::Datagram);
        let mut ends = [(addr, port), shape.peer];
        ends.sort_unstable();
        if is_datagram && seen.insert(ends) {
            // The higher port counts as the client's so far, and only the other one is a field.
            let goes_there = |step: &shape::Step| {
                step.fields.iter().any(|(name, _)| name.ends_with("udp.dport"))
            };
            let is_asked = shape.steps.iter().any(goes_there);
            servers.insert((proto, if is_asked { shape.peer.1 } else { port }));
        }
    }
    servers
}

/// One side of a comparison: a run at an interface.
struct Lab {
    simulated: Vec<Simulated>,
    side: Side,
    wire: Wire,
    known: Known,
}

impl Lab {
    fn of(
        run: &Run,
        node: NodeId,
        iface: IfaceId,
        options: &Options,
        more: &BTreeSet<(u8, u16)>,
    ) -> Self {
        let all: Vec<&[u8]> = run
            .trace
            .entries()
            .iter()
            .filter_map(|entry| match &entry.what {
                Note::Frame { frame, dir: Dir::Out, .. } => Some(frame.bytes.bytes()),
                _ => None,
            })
            .collect();
        let mut servers = servers(all.iter().copied());
        servers.extend(more);
        let nothing = BTreeMap::new();
        let reading = Reading { servers: &servers, map: &nothing, ttl: !options.any_ttl };
        let simulated = simulated(run, node, iface);
        let shape = |(place, own): (usize, &Simulated)| {
            Some((place, reading.shape(&own.bytes, true, true).ok()?))
        };
        let shapes: Vec<(usize, Shape)> = simulated.iter().enumerate().filter_map(shape).collect();
        let everywhere: Vec<(usize, Shape)> = all
            .iter()
            .enumerate()
            .filter_map(|(at, bytes)| Some((at, reading.shape(bytes, true, true).ok()?)))
            .collect();
        let mut known = Known::default();
        Side::of(all.len(), &everywhere).talks.iter().for_each(|talk| known.add(talk));
        let end = End { node, iface };
        let wire = Wire::of(&run.player.world.net, end, &shapes);
        let side = Side::of(simulated.len(), &shapes);
        Self { simulated, side, wire, known }
    }
}

impl Overlay {
    /// Lays a capture over a run.
    ///
    /// # Errors
    /// When the capture has nothing that could be compared: no IPv4 and no ARP, or no address of
    /// the scenario.
    pub fn lay(
        run: Run,
        (node, iface): (NodeId, IfaceId),
        capture: Capture,
        options: Options,
    ) -> Result<Self, Text> {
        let asked = servers(capture.frames.iter().map(|own| own.bytes.as_slice()));
        let lab = Lab::of(&run, node, iface, &options, &asked);
        let own_run = run.trace.entries().iter().filter_map(|entry| match &entry.what {
            Note::Frame { frame, dir: Dir::Out, .. } => Some(frame.bytes.bytes()),
            _ => None,
        });
        let mut servers = servers(own_run);
        servers.extend(asked);
        let reading = Reading { servers: &servers, map: &options.map, ttl: !options.any_ttl };
        let mut said = Said::default();
        let mut shapes = Vec::new();
        for (place, frame) in capture.frames.iter().enumerate() {
            match reading.shape(&frame.bytes, frame.has_macs, frame.is_whole) {
                Ok(shape) => {
                    said.unfilled += usize::from(shape.is_unfilled);
                    said.giants += usize::from(shape.is_giant);
                    shapes.push((place, shape));
                }
                Err(noise) => *said.noise.entry(noise).or_default() += 1,
            }
        }
        let real = Side::of(capture.frames.len(), &shapes);
        said.probes = real.probes;
        fits_at_all(&capture, &said, &shapes, &lab.wire)?;
        let found = compared(&lab, &real, &shapes);
        let Lab { simulated, side: sim, wire, known } = lab;
        Ok(Self {
            run,
            node,
            iface,
            capture,
            simulated,
            said,
            options,
            servers,
            known,
            shapes,
            real,
            sim,
            wire,
            found,
        })
    }

    /// Whether the capture is as the simulation.
    pub fn fits(&self) -> bool {
        self.found.apart.is_empty()
    }

    /// What was set aside.
    pub fn aside(&self) -> SetAside {
        self.found.aside
    }

    /// How many conversations were laid over each other.
    pub fn pairs(&self) -> usize {
        self.found.pairs
    }

    /// In how many conversations the two differ.
    pub fn differences(&self) -> usize {
        self.found.apart.len()
    }

    /// The same capture over another run of the scenario; none where it has no such interface.
    fn over(&self, run: &Run) -> Option<Found> {
        let net = &run.player.world.net;
        let own = &self.run.player.world.net;
        let node = net.node_by_name(&own.node(self.node).name)?;
        let iface = net.node(node).iface_by_name(&own.node(self.node).iface_name(self.iface))?;
        let lab = Lab::of(run, node, iface, &self.options, &self.servers);
        // What the scenario knows does not become less by a mistake.
        let lab = Lab { known: self.known.clone(), ..lab };
        Some(compared(&lab, &self.real, &self.shapes))
    }

    /// The number in the file of the frame at a place, twice counted; one behind the last at the end.
    fn number(&self, key: usize) -> Option<usize> {
        if key == usize::MAX {
            return None;
        }
        let last = self.capture.frames.last().map_or(0, |own| own.number);
        Some(self.capture.frames.get(key / 2).map_or(last + 1, |own| own.number))
    }
}

fn compared(lab: &Lab, real: &Side, shapes: &[(usize, Shape)]) -> Found {
    let macs: Macs = lab.wire.evidence(shapes);
    compare::compare(&lab.side, real, &lab.wire, &lab.known, macs)
}

/// Whether there is anything to compare.
fn fits_at_all(
    capture: &Capture,
    said: &Said,
    shapes: &[(usize, Shape)],
    wire: &Wire,
) -> Result<(), Text> {
    if shapes.is_empty() {
        let Text { en, zh } = told::noise(said);
        let frames = capture.frames.len();
        return Err(text!(
            "has no IPv4 and no ARP: {frames} frames ({en})",
            "里面没有 IPv4，也没有 ARP：{frames} 帧（{zh}）"
        ));
    }
    let mut found: BTreeSet<Ipv4Addr> = BTreeSet::new();
    for (_, shape) in shapes {
        match shape.key {
            Key::Ports(_, addr, _) | Key::Echo(addr, _) => found.extend([addr, shape.peer.0]),
            Key::Arp(one, other) | Key::Other(_, one, other) => found.extend([one, other]),
        }
    }
    if found.iter().any(|addr| wire.knows(*addr)) {
        return Ok(());
    }
    let few = |all: &mut dyn Iterator<Item = Ipv4Addr>| {
        all.take(8).map(|addr| addr.to_string()).collect::<Vec<_>>().join(" ")
    };
    let one = found.first().copied().unwrap_or(Ipv4Addr::UNSPECIFIED);
    let (theirs, ours) = (few(&mut found.into_iter()), few(&mut wire.addrs()));
    Err(text!(
        "has none of the scenario's addresses ({ours} …) but {theirs} …; if the boxes have others, say so: --map {one}=ADDRESS-OF-THE-SCENARIO",
        "里面没有场景中的任何地址（{ours} ……），而是 {theirs} ……；若实机用的是别的地址，请指明：--map {one}=场景中的地址"
    ))
}
