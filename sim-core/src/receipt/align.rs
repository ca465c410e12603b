//! Which frames of an interface are compared with which.

use std::collections::{BTreeMap, VecDeque};

use lvs_engine::View;

use super::Captured;
use crate::Mac;
use crate::frame::ETHERNET;
use crate::tcpdump::fields::{
    ETHERTYPE_ARP, ETHERTYPE_IPV4, ICMP, IPIP, Ipv4, TCP, UDP, mac_at, u8_at, u16_at,
};

/// The frames without ARP probes: a neighbour asked again at its last MAC address, and its answer.
/// Why they may differ stands in `masks.rs`.
pub(super) fn without_probes(frames: &[Captured]) -> Vec<&Captured> {
    let mut open: BTreeMap<(Mac, Mac), u32> = BTreeMap::new();
    let is_kept = |frame: &&Captured| match probe(&frame.bytes) {
        Some(Probe::Question { from, to }) => {
            *open.entry((from, to)).or_default() += 1;
            false
        }
        // Far away, the second probe is sent before the first is answered.
        Some(Probe::Answer { from, to }) => match open.get_mut(&(to, from)) {
            None | Some(0) => true,
            Some(open) => {
                *open -= 1;
                false
            }
        },
        None => true,
    };
    frames.iter().filter(is_kept).collect()
}

/// What may be part of a probe.
enum Probe {
    Question { from: Mac, to: Mac },
    Answer { from: Mac, to: Mac },
}

/// Whether a frame asks a neighbour again at its last MAC address.
pub(super) fn is_question(bytes: &[u8]) -> bool {
    matches!(probe(bytes), Some(Probe::Question { .. }))
}

fn probe(bytes: &[u8]) -> Option<Probe> {
    if u16_at(bytes, 12) != Ok(ETHERTYPE_ARP) {
        return None;
    }
    let (to, from) = (mac_at(bytes, 0).ok()?, mac_at(bytes, 6).ok()?);
    let target = mac_at(bytes, 32).ok()?;
    match u16_at(bytes, 20) {
        Ok(1) if to != Mac::BROADCAST && target == Mac::ZERO => Some(Probe::Question { from, to }),
        Ok(2) => Some(Probe::Answer { from, to }),
        _ => None,
    }
}

/// An ARP frame belongs to the connection that has asked for it: the one of the frame that came no
/// longer before it than this, the way of a question over some cables and back.
const ASKED_FOR_NS: u64 = 20_000_000;

/// The simulation's frames in the kernel's order, where only that differs and it may: those of one
/// instant by different senders, and those of different connections that are near each other on both
/// sides. Why stands in `masks.rs`.
pub(super) fn align<'a>(
    simulated: Vec<&'a Captured>,
    real: &[&'a Captured],
    crossing_ns: u64,
) -> Vec<&'a Captured> {
    let mut rest: VecDeque<Seen<'a>> = simulated.into_iter().map(Seen::of).collect();
    for at in 1..rest.len() {
        let (last, own) = (&rest[at - 1], &rest[at]);
        if own.is_arp && own.frame.at_ns.abs_diff(last.frame.at_ns) <= ASKED_FOR_NS {
            rest[at].connection = last.connection;
        }
    }
    let mut aligned = Vec::with_capacity(rest.len());
    for (at, theirs) in real.iter().enumerate() {
        let Some(place) = place_of(theirs, &rest, &real[at..], crossing_ns) else { break };
        aligned.extend(rest.remove(place).map(|own| own.frame));
    }
    aligned.extend(rest.into_iter().map(|own| own.frame));
    aligned
}

/// Where the kernel's next frame stands among those that the simulation has left, if it may be the
/// next there too.
fn place_of(
    theirs: &Captured,
    rest: &VecDeque<Seen<'_>>,
    real: &[&Captured],
    crossing_ns: u64,
) -> Option<usize> {
    let until = rest.front()?.frame.at_ns.saturating_add(crossing_ns);
    let near = || rest.iter().take_while(|own| own.frame.at_ns <= until);
    let place = near().position(|own| own.frame.bytes == theirs.bytes)?;
    let (own, mut passed) = (&rest[place], rest.range(..place));
    passed.all(|other| own.may_pass(other, theirs, real, crossing_ns)).then_some(place)
}

/// A frame of the simulation, and what it belongs to.
struct Seen<'a> {
    frame: &'a Captured,
    flow: (Mac, Option<[u8; 12]>),
    connection: Option<u16>,
    is_arp: bool,
}

impl<'a> Seen<'a> {
    fn of(frame: &'a Captured) -> Self {
        let packet = frame.bytes.get(ETHERNET..).unwrap_or_default();
        let is_ip = u16_at(&frame.bytes, 12) == Ok(ETHERTYPE_IPV4);
        Self {
            frame,
            flow: flow(&frame.bytes),
            is_arp: u16_at(&frame.bytes, 12) == Ok(ETHERTYPE_ARP),
            connection: is_ip.then(|| connection(packet, 0)).flatten(),
        }
    }

    /// Whether it may come before another one that is before it in the simulation. `real` are the
    /// kernel's frames from the one that is the same on.
    fn may_pass(
        &self,
        other: &Self,
        same: &Captured,
        real: &[&Captured],
        crossing_ns: u64,
    ) -> bool {
        let apart = self.frame.at_ns.abs_diff(other.frame.at_ns);
        let are_two = self.connection.zip(other.connection).is_some_and(|(one, two)| one != two);
        if apart == 0 {
            return are_two || self.flow != other.flow;
        }
        let theirs = real.iter().find(|frame| frame.bytes == other.frame.bytes);
        let theirs = theirs.map(|frame| frame.at_ns.abs_diff(same.at_ns));
        are_two && theirs.is_some_and(|theirs| apart.saturating_add(theirs) <= crossing_ns)
    }
}

/// Who sent a frame, and of TCP from which port to which; all else of one sender is one flow.
fn flow(bytes: &[u8]) -> (Mac, Option<[u8; 12]>) {
    let sender = mac_at(bytes, 6).unwrap_or_default();
    let packet = bytes.get(ETHERNET..).and_then(|packet| View::new(packet).ok());
    let tcp = packet.filter(|packet| packet.proto() == TCP && !packet.is_fragment());
    let ends = tcp.and_then(|packet| {
        let ports = packet.payload().first_chunk::<4>()?;
        let (src, dst) = (packet.src().octets(), packet.dst().octets());
        let mut ends = [0; 12];
        ends[..4].copy_from_slice(&src);
        ends[4..8].copy_from_slice(&dst);
        ends[8..].copy_from_slice(ports);
        Some(ends)
    });
    (sender, ends)
}

/// The client's port of the connection, or of the datagrams, that a packet is of or about: no address, since
/// directors write others into it.
fn connection(packet: &[u8], depth: u8) -> Option<u16> {
    let ip = Ipv4::read(packet).ok().filter(|ip| ip.offset == 0 && depth < 3)?;
    let payload = packet.get(ip.head..)?;
    match ip.protocol {
        TCP | UDP => Some(u16_at(payload, 0).ok()?.max(u16_at(payload, 2).ok()?)),
        IPIP => connection(payload, depth + 1),
        // An error about one; a question has no connection.
        ICMP if !matches!(u8_at(payload, 0), Ok(0 | 8)) => connection(payload.get(8..)?, depth + 1),
        _ => None,
    }
}
