//! States of old entries in the outputs of `ip neigh` (`masks::OLD_STATES`).
//!
//! How long an entry stays REACHABLE is drawn between 15 and 45 s. So from 15 s after it was made on,
//! whether it is REACHABLE, STALE, DELAY or PROBE is chance (Linux 6.1 neighbour.c,
//! neigh_rand_reach_time). FAILED, INCOMPLETE, PERMANENT and the addresses always count.

use std::net::Ipv4Addr;
use std::sync::LazyLock;

use regex_lite::Regex;

use super::align::without_probes;
use super::{Output, Recording, masks};
use crate::Mac;
use crate::tcpdump::fields::{ETHERTYPE_ARP, addr_at, mac_at, u16_at};

/// For so long an entry is REACHABLE for certain.
const CERTAIN_NS: u64 = 15_000_000_000;
/// The states of which chance decides.
const STATES: [&str; 4] = ["REACHABLE", "STALE", "DELAY", "PROBE"];

static COMMAND: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(masks::IP_NEIGH).expect("a test compiles it"));

/// Both outputs of a command, without the states of the entries that are old on either side.
pub(super) fn without_old_states(
    recordings: [&Recording; 2],
    outputs: [&Output; 2],
) -> [String; 2] {
    let told = outputs.map(|output| output.output.clone());
    if !COMMAND.is_match(&outputs[0].text) {
        return told;
    }
    let is_old = |line: &str| {
        recordings.iter().zip(outputs).any(|(recording, output)| is_old(recording, output, line))
    };
    told.map(|text| {
        let lines = text.split_inclusive('\n');
        lines.map(|line| if is_old(line) { without_state(line) } else { line.into() }).collect()
    })
}

/// Whether the entry of this line was made 15 s before the command was typed, or earlier.
fn is_old(recording: &Recording, output: &Output, line: &str) -> bool {
    let mut words = line.split_whitespace();
    let Some(Ok(addr)) = words.next().map(str::parse::<Ipv4Addr>) else { return false };
    let iface = words.skip_while(|word| *word != "dev").nth(1);
    let Some(capture) = iface.and_then(|iface| recording.capture(&output.node, iface)) else {
        return false;
    };
    let frames = without_probes(&capture.frames).into_iter();
    let before = frames.take_while(|frame| frame.at_ns <= output.at_ns);
    let made = before.filter(|frame| makes_entry(&frame.bytes, addr)).last();
    made.is_some_and(|frame| frame.at_ns + CERTAIN_NS <= output.at_ns)
}

/// Whether a frame tells the MAC address of `addr`, or asks everybody for it.
fn makes_entry(bytes: &[u8], addr: Ipv4Addr) -> bool {
    let is_arp = u16_at(bytes, 12) == Ok(ETHERTYPE_ARP);
    let asks = mac_at(bytes, 0) == Ok(Mac::BROADCAST) && addr_at(bytes, 38) == Ok(addr);
    is_arp && (asks || addr_at(bytes, 28) == Ok(addr))
}

fn without_state(line: &str) -> String {
    let mut line = line.to_owned();
    for state in STATES {
        if let Some(at) = line.rfind(state) {
            line.replace_range(at..at + state.len(), "STATE");
        }
    }
    line
}
