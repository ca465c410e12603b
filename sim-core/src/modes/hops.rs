//! What passed the cables during one request: the way of its first segment, and of the answer's.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use lvs_engine::Endpoint;

use super::{Cast, Mode};
use crate::event::NodeId;
use crate::frame::{Frame, FrameId};
use crate::tcpdump::fields::{
    ACK, ETHERTYPE_IPV4, Ethernet, IPIP, Ipv4, SYN, TCP, Tcp, mac_at, u16_at,
};
use crate::trace::{Dir, Entry, Note, Trace};
use crate::world::World;

/// A packet between two hosts; switches between them are left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hop {
    /// Who sent it.
    pub from: String,
    /// To whom.
    pub to: String,
    /// The header around it: source, destination and TTL.
    pub outer: Option<(Ipv4Addr, Ipv4Addr, u8)>,
    /// Its source.
    pub src: Endpoint,
    /// Its destination.
    pub dst: Endpoint,
    /// Its TTL.
    pub ttl: u8,
    /// The bytes of the frame.
    pub bytes: usize,
}

impl Hop {
    /// Whether the same packet was here before, with a larger TTL.
    fn is_again(&self, before: &Self) -> bool {
        let same = |hop: &Self| (hop.from.clone(), hop.to.clone(), hop.src, hop.dst);
        same(self) == same(before) && self.outer.is_some() == before.outer.is_some()
    }
}

/// A TCP segment in a frame, perhaps within a tunnel.
struct Segment {
    outer: Option<(Ipv4Addr, Ipv4Addr, u8)>,
    src: Endpoint,
    dst: Endpoint,
    ttl: u8,
    flags: u8,
}

impl Segment {
    fn read(frame: &[u8]) -> Option<Self> {
        (u16_at(frame, 12) == Ok(ETHERTYPE_IPV4)).then_some(())?;
        let mut packet = frame.get(Ethernet::HEAD..)?;
        let mut ip = Ipv4::read(packet).ok()?;
        let mut outer = None;
        if ip.protocol == IPIP {
            outer = Some((ip.src, ip.dst, ip.ttl));
            packet = packet.get(ip.head..)?;
            ip = Ipv4::read(packet).ok()?;
        }
        (ip.protocol == TCP && ip.offset == 0).then_some(())?;
        let bytes = packet.get(ip.head..)?;
        let tcp = Tcp::read(bytes).ok()?;
        let src = Endpoint::new(ip.src, u16_at(bytes, 0).ok()?);
        let dst = Endpoint::new(ip.dst, u16_at(bytes, 2).ok()?);
        Some(Self { outer, src, dst, ttl: ip.ttl, flags: tcp.flags })
    }
}

/// Fills in what passed.
pub(super) fn tell(
    mode: &mut Mode,
    cast: &Cast,
    [client, server]: [NodeId; 2],
    world: &World,
    trace: &Trace,
) {
    let way = Way { world, entries: trace.entries() };
    let is_request =
        |segment: &Segment| segment.flags & (SYN | ACK) == SYN && segment.dst == cast.vip;
    let (request, end) = way.from(client, is_request);
    let (reply, back) = way.from(server, |segment| segment.flags & (SYN | ACK) == SYN | ACK);
    (mode.request, mode.reply) = (request, reply);
    mode.served = trace.entries().iter().find_map(|entry| match &entry.what {
        Note::Served { by, .. } => Some(by.clone()),
        _ => None,
    });
    if mode.served.is_none() {
        mode.ended = back.or(end).map(|at| way.decided(at));
    }
    mode.sent = way.sent();
}

/// The trace of one request.
struct Way<'a> {
    world: &'a World,
    entries: &'a [Entry],
}

impl Way<'_> {
    fn is_host(&self, node: NodeId) -> bool {
        self.world.net.node(node).host().is_some()
    }

    fn name(&self, node: NodeId) -> String {
        self.world.net.node(node).name.to_string()
    }

    /// The way of the first such segment that a node sends, and the entry at which it came to its
    /// end.
    fn from(&self, node: NodeId, is_it: impl Fn(&Segment) -> bool) -> (Vec<Hop>, Option<usize>) {
        let first = self.entries.iter().enumerate().find_map(|(at, entry)| {
            let frame = sent(entry)?;
            let segment = Segment::read(frame.bytes.bytes())?;
            (entry.node == node && is_it(&segment)).then_some((at, frame))
        });
        let (mut hops, mut end) = (Vec::new(), None);
        let Some((mut at, mut frame)) = first else { return (hops, end) };
        loop {
            let bytes = frame.bytes.bytes();
            let Some(segment) = Segment::read(bytes) else { break };
            let Some((came, to)) = self.receiver(at, frame) else { break };
            let hop = Hop {
                from: self.name(self.entries[at].node),
                to: self.name(to),
                outer: segment.outer,
                src: segment.src,
                dst: segment.dst,
                ttl: segment.ttl,
                bytes: bytes.len(),
            };
            // What goes in circles is told once, its end all the same.
            if !hops.iter().any(|before| hop.is_again(before)) {
                hops.push(hop);
            }
            end = Some(came);
            match self.passed_on(came, to) {
                Some((next, on)) => (at, frame) = (next, on),
                None => break,
            }
        }
        (hops, end)
    }

    /// The host to which a frame comes: the one whose MAC address it bears, behind any switch.
    fn receiver(&self, sent_at: usize, frame: &Frame) -> Option<(usize, NodeId)> {
        let mac = mac_at(frame.bytes.bytes(), 0).ok()?;
        let mut family: BTreeSet<FrameId> = [frame.id].into();
        for (at, entry) in self.entries.iter().enumerate().skip(sent_at) {
            let Note::Frame { iface, dir, frame } = &entry.what else { continue };
            if frame.parent.is_some_and(|parent| family.contains(&parent))
                && !self.is_host(entry.node)
            {
                family.insert(frame.id);
            }
            if *dir == Dir::In && family.contains(&frame.id) {
                let host = self.world.net.node(entry.node).host();
                if host.is_some_and(|host| host.fib().iface(*iface).mac == mac) {
                    return Some((at, entry.node));
                }
            }
        }
        None
    }

    /// The frame by which a host passes on what came to it.
    fn passed_on(&self, came: usize, node: NodeId) -> Option<(usize, &Frame)> {
        let Note::Frame { frame: own, .. } = &self.entries[came].what else { return None };
        self.entries.iter().enumerate().skip(came).find_map(|(at, entry)| {
            let frame = sent(entry)?;
            let is_its = entry.node == node && frame.parent == Some(own.id);
            // An error quotes it, and is none.
            (is_its && Segment::read(frame.bytes.bytes()).is_some()).then_some((at, frame))
        })
    }

    /// What was decided in the event in which a frame came: the node, and the codes in order.
    fn decided(&self, came: usize) -> (String, String) {
        let Entry { seq, node, .. } = self.entries[came];
        let event = self.entries[came..].iter().take_while(|entry| entry.seq == seq);
        let codes = event.filter_map(|entry| match &entry.what {
            Note::Why(reason) if entry.node == node => Some(reason.code()),
            _ => None,
        });
        let codes: Vec<_> = codes.filter(|code| !matches!(*code, "read" | "ipvs.read")).collect();
        (self.name(node), codes.join(", "))
    }

    /// How many segments hosts have sent in all, and their bytes.
    fn sent(&self) -> (usize, usize) {
        let bytes =
            self.entries.iter().filter(|entry| self.is_host(entry.node)).filter_map(|entry| {
                let bytes = sent(entry)?.bytes.bytes();
                Segment::read(bytes).map(|_| bytes.len())
            });
        bytes.fold((0, 0), |(count, sum), len| (count + 1, sum + len))
    }
}

/// The frame that left a host or a switch, if this entry says so.
fn sent(entry: &Entry) -> Option<&Frame> {
    match &entry.what {
        Note::Frame { dir: Dir::Out, frame, .. } => Some(frame),
        _ => None,
    }
}
