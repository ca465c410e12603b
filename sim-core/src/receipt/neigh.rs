//! What may differ in the outputs of `ip neigh`: states of old entries (`masks::OLD_STATES`), and what
//! follows from probes (`masks::PROBED`).
//!
//! How long an entry stays REACHABLE is drawn between 15 and 45 s. So from 15 s after it was made on,
//! whether it is REACHABLE, STALE, DELAY or PROBE is chance (Linux 6.1 neighbour.c,
//! neigh_rand_reach_time). FAILED, INCOMPLETE, PERMANENT and the addresses always count.

use std::net::Ipv4Addr;
use std::sync::LazyLock;

use regex_lite::Regex;

use super::align::{is_question, without_probes};
use super::{Output, Recording, masks};
use crate::Mac;
use crate::tcpdump::fields::{ETHERTYPE_ARP, addr_at, mac_at, u16_at};

/// For so long an entry is REACHABLE for certain.
const CERTAIN_NS: u64 = 15_000_000_000;
/// The states of which chance decides.
const STATES: [&str; 4] = ["REACHABLE", "STALE", "DELAY", "PROBE"];

static COMMAND: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(masks::IP_NEIGH).expect("a test compiles it"));

/// Both outputs of a command, without what may differ in them.
pub(super) fn comparable(recordings: [&Recording; 2], outputs: [&Output; 2]) -> [String; 2] {
    let told = outputs.map(|output| output.output.clone());
    if !COMMAND.is_match(&outputs[0].text) {
        return told;
    }
    let is_old = |line: &str| {
        recordings.iter().zip(outputs).any(|(recording, output)| is_old(recording, output, line))
    };
    let is_probed = |line: &str, other: &str| {
        let same = other
            .lines()
            .find(|other| entry_of(other).is_some_and(|it| entry_of(line) == Some(it)));
        let states = same.map(|same| [line, same].map(|line| line.split_whitespace().next_back()));
        states.is_some_and(|states| {
            let waits = |state| matches!(state, Some("DELAY" | "PROBE"));
            let [one, two] = states;
            waits(one) && two == Some("REACHABLE") || waits(two) && one == Some("REACHABLE")
        })
    };
    let is_by_probe = |line: &str, other: &str| {
        entry_of(line).is_some_and(|entry| {
            let is_there = other.lines().any(|other| entry_of(other) == Some(entry));
            let mut both = recordings.iter().zip(outputs);
            !is_there && both.any(|(recording, output)| is_probed_by(recording, output, entry))
        })
    };
    [(&told[0], &told[1]), (&told[1], &told[0])].map(|(text, other)| {
        let lines = text.split_inclusive('\n').filter(|line| !is_by_probe(line, other));
        let is_masked = |line: &str| is_old(line) || is_probed(line, other);
        lines.map(|line| if is_masked(line) { without_state(line) } else { line.into() }).collect()
    })
}

/// The address of a line, and its interface.
fn entry_of(line: &str) -> Option<(Ipv4Addr, &str)> {
    let mut words = line.split_whitespace();
    let addr = words.next()?.parse().ok()?;
    Some((addr, words.skip_while(|word| *word != "dev").nth(1)?))
}

/// Whether a probe came from this address before the command was typed.
fn is_probed_by(recording: &Recording, output: &Output, (addr, iface): (Ipv4Addr, &str)) -> bool {
    let capture = recording.capture(&output.node, iface);
    capture.is_some_and(|capture| {
        let mut before = capture.frames.iter().take_while(|frame| frame.at_ns <= output.at_ns);
        before.any(|frame| is_question(&frame.bytes) && addr_at(&frame.bytes, 28) == Ok(addr))
    })
}

/// Whether the entry of this line was made 15 s before the command was typed, or earlier.
fn is_old(recording: &Recording, output: &Output, line: &str) -> bool {
    let Some((addr, iface)) = entry_of(line) else { return false };
    let Some(capture) = recording.capture(&output.node, iface) else { return false };
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
