//! Fingerprints of a run, one for each ingredient: which of them moved tells what a change has
//! changed.

use std::collections::BTreeMap;
use std::fmt::{self, Write};

use sim_core::canonical::{self, Memory};
use sim_core::digest::Digest;
use sim_core::trace::{Entry, Note};

use crate::packet::Ip;
use crate::plays::Play;

/// The ingredients, in the order of [`Fingerprint`].
pub const INGREDIENTS: [&str; 4] =
    ["order and addresses", "bytes without random fields", "times", "all"];

/// The fingerprint of one run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fingerprint(pub [u64; 4]);

impl Fingerprint {
    /// The fingerprint of a play.
    pub fn of(play: &Play) -> Self {
        let (mut order, mut bytes, mut times, mut all) =
            (Digest::default(), Digest::default(), Digest::default(), Digest::default());
        let mut memories: BTreeMap<_, Memory> = BTreeMap::new();
        for entry in play.trace.entries() {
            // A reason that is told, too, moves nothing in time.
            if !matches!(entry.what, Note::Why(_)) {
                times.add(&entry.at.as_nanos().to_be_bytes());
            }
            add_all(&mut all, entry);
            let place = match &entry.what {
                Note::Frame { iface, dir, .. } | Note::Packet { iface, dir, .. } => (*iface, *dir),
                _ => continue,
            };
            let seen = format!("{} {} {:?} ", entry.node.0, place.0.0, place.1);
            let memory = memories.entry((entry.node, place)).or_default();
            let (ends, canonical) = match &entry.what {
                Note::Frame { frame, .. } => {
                    let raw = frame.bytes.bytes();
                    (frame_ends(raw), canonical::frame(raw, memory))
                }
                Note::Packet { bytes: raw, .. } => {
                    (packet_ends(raw.bytes()), canonical::packet(raw.bytes(), memory))
                }
                _ => continue,
            };
            add(&mut order, &format!("{seen}{ends}\n"));
            add(&mut bytes, &format!("{seen}{}\n", canonical.len()));
            bytes.add(&canonical);
        }
        add(&mut all, &format!("{:?}", play.player.failures()));
        Self([order.value(), bytes.value(), times.value(), all.value()])
    }

    /// Reads what [`Fingerprint`] prints.
    pub fn parse(text: &str) -> Option<Self> {
        let numbers: Vec<u64> = text
            .split_whitespace()
            .map(|word| u64::from_str_radix(word, 16))
            .collect::<Result<_, _>>()
            .ok()?;
        numbers.try_into().ok().map(Self)
    }

    /// The ingredients in which two differ.
    pub fn moved(&self, other: &Self) -> Vec<&'static str> {
        let both = self.0.iter().zip(other.0).zip(INGREDIENTS);
        both.filter(|((one, other), _)| *one != other).map(|(_, name)| name).collect()
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [order, bytes, times, all] = self.0;
        write!(f, "{order:016x} {bytes:016x} {times:016x} {all:016x}")
    }
}

fn add(digest: &mut Digest, text: &str) {
    digest.write_str(text).expect("a digest takes all text");
}

/// Everything that an entry says; of shared bytes only those that it shows.
fn add_all(digest: &mut Digest, entry: &Entry) {
    let place = (entry.at.as_nanos(), entry.seq.0, entry.node.0);
    add(digest, &format!("{place:?}"));
    match &entry.what {
        Note::Frame { iface, dir, frame } => {
            add(digest, &format!("{iface:?} {dir:?} {:?} {:?}", frame.id, frame.parent));
            digest.add(frame.bytes.bytes());
        }
        Note::Packet { iface, dir, bytes } => {
            add(digest, &format!("{iface:?} {dir:?}"));
            digest.add(bytes.bytes());
        }
        other => add(digest, &format!("{other:?}")),
    }
}

/// From which MAC address to which, and what is said of addresses inside.
fn frame_ends(frame: &[u8]) -> String {
    let macs = frame.get(..14).unwrap_or(frame);
    match Ip::of_frame(frame) {
        Some(ip) => format!("{macs:02x?} {}", ip_ends(&ip)),
        // ARP has its addresses in the last 20 of its 28 bytes.
        None => format!("{macs:02x?} {:02x?}", frame.get(20..42)),
    }
}

fn packet_ends(packet: &[u8]) -> String {
    Ip::read(packet).map_or_else(|| "no packet".into(), |ip| ip_ends(&ip))
}

fn ip_ends(ip: &Ip<'_>) -> String {
    let inner = ip.inner().map(|inner| ip_ends(&inner)).unwrap_or_default();
    format!("{} > {} {} {inner}", ip.src(), ip.dst(), ip.proto())
}
