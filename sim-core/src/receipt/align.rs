//! Which frames of an interface are compared with which.

use std::collections::BTreeMap;

use lvs_engine::View;

use super::Captured;
use crate::Mac;
use crate::frame::ETHERNET;
use crate::tcpdump::fields::{ETHERTYPE_ARP, TCP, mac_at, u16_at};

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

/// The simulation's frames with those of one instant in the kernel's order, where only that differs
/// and frames of one flow keep theirs. Why they may differ stands in `masks.rs`.
pub(super) fn align<'a>(simulated: Vec<&'a Captured>, real: &[&'a Captured]) -> Vec<&'a Captured> {
    let mut aligned = Vec::with_capacity(simulated.len());
    for group in simulated.chunk_by(|one, other| one.at_ns == other.at_ns) {
        let place = aligned.len();
        let theirs = real.get(place..place + group.len()).unwrap_or_default();
        match by_flow(group) == by_flow(theirs) {
            // The simulation's own, so that it is told with its own time.
            true => aligned.extend(
                theirs
                    .iter()
                    .filter_map(|frame| group.iter().find(|own| own.bytes == frame.bytes).copied()),
            ),
            false => aligned.extend(group),
        }
    }
    aligned
}

/// Frames sorted by the flow that they belong to.
fn by_flow<'a>(frames: &[&'a Captured]) -> Vec<&'a [u8]> {
    let mut sorted: Vec<&[u8]> = frames.iter().map(|frame| &frame.bytes[..]).collect();
    sorted.sort_by_key(|bytes| flow(bytes));
    sorted
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
