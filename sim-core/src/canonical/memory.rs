//! What was seen on one interface: from where each connection's numbers count, and which ports mean
//! something.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;
use std::sync::Arc;

use crate::tcpdump::fields::{ACK, Ipv4, RST, SYN};

/// What was seen on one interface: the sequence numbers that count as 0, for each direction of each
/// connection.
///
/// Frames of another interface need another memory, since they need not show the same beginnings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    bases: BTreeMap<Way, Bases>,
    /// The initial numbers that were seen on any interface of the run.
    elsewhere: Arc<BTreeSet<u32>>,
    /// The high ports that somebody has chosen; none: all of them.
    pinned: Option<BTreeSet<u16>>,
}

/// The initial numbers of one direction.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Bases {
    /// Of the present connection.
    now: Option<u32>,
    /// Of those before it between the same ports: an answer may still be to them.
    old: Vec<u32>,
}

impl Bases {
    /// A connection begins; if the number is another one, the last is over.
    fn begin(&mut self, isn: u32) -> bool {
        let is_another = self.now.is_some_and(|now| now != isn);
        if is_another {
            self.end();
        }
        self.now = Some(isn);
        is_another
    }

    fn end(&mut self) {
        self.old.extend(self.now.take());
    }

    /// A number relative to the initial one that it counts from; one that counts from none is
    /// nobody's, and stays as it is.
    ///
    /// A number near that of the present connection is one of its own. For others it is the closest
    /// that counts: a SYN may have passed another interface only, with other addresses perhaps.
    fn relative(&self, number: u32, elsewhere: &BTreeSet<u32>) -> u32 {
        let from = |base: &u32| number.wrapping_sub(*base);
        let near = self.now.iter().map(from).find(|far| far.wrapping_add(BEFORE) < 2 * BEFORE);
        let below = elsewhere.range(..=number).next_back().or_else(|| elsewhere.last());
        let closest = || {
            let all = self.now.iter().chain(&self.old).chain(below).map(from);
            all.min().filter(|far| *far < FARTHEST)
        };
        near.or_else(closest).unwrap_or(number)
    }

    /// The same; where no connection is known, the number counts from this one.
    fn relative_or(&mut self, number: u32, first: u32, elsewhere: &BTreeSet<u32>) -> u32 {
        if self.now.is_none() && self.relative(number, &BTreeSet::new()) == number {
            self.now = Some(first);
        }
        self.relative(number, elsewhere)
    }
}

/// From whom to whom.
pub(super) type Way = (Ipv4Addr, u16, Ipv4Addr, u16);

/// The first port that Linux gives to a client that asks for none. Linux 6.1 tcp_ipv4.c,
/// tcp_sk_init: ip_local_ports.
pub const FIRST_EPHEMERAL: u16 = 32_768;
/// What stands for each port that the kernel has drawn.
const EPHEMERAL: u16 = 49_152;
/// A number less than this behind an initial one counts from it: no story sends as much, and a
/// quarter of a second later the kernel's initial numbers are further on. Linux 6.1 secure_seq.c,
/// seq_scale.
const FARTHEST: u32 = 1 << 22;
/// And less than this before or behind that of the present connection: a probe of an idle one is
/// before it.
const BEFORE: u32 = 1 << 16;

/// A packet's own direction, and the one of its answers.
pub(super) fn ways(ip: &Ipv4, sport: u16, dport: u16) -> (Way, Way) {
    ((ip.src, sport, ip.dst, dport), (ip.dst, dport, ip.src, sport))
}

impl Memory {
    /// A memory for runs in which only these ports from 32768 on were chosen: the others were drawn
    /// by the kernel and become one and the same. With `Memory::default()` all ports count.
    pub fn with_pinned(ports: &BTreeSet<u16>) -> Self {
        Self { pinned: Some(ports.clone()), ..Self::default() }
    }

    /// The same, with all initial numbers of the run, as [`super::initial_number`] finds them.
    #[must_use]
    pub fn knowing(self, elsewhere: &Arc<BTreeSet<u32>>) -> Self {
        Self { elsewhere: Arc::clone(elsewhere), ..self }
    }

    /// The port that stands for this one.
    pub(super) fn port(&self, port: u16) -> u16 {
        let is_drawn = |pinned: &BTreeSet<u16>| port >= FIRST_EPHEMERAL && !pinned.contains(&port);
        if self.pinned.as_ref().is_some_and(is_drawn) { EPHEMERAL } else { port }
    }

    /// The sequence and acknowledgement numbers relative to the initial ones. Where the SYN was not
    /// seen, the first number seen counts as 1, which is right if what was missed is a handshake.
    ///
    /// A quoted segment may be an old one and changes nothing that is known.
    pub(super) fn relative(
        &mut self,
        (there, back): (Way, Way),
        (seq, ack): (u32, u32),
        flags: u8,
        is_quoted: bool,
    ) -> (u32, u32) {
        let has = |flag| flags & flag != 0;
        if has(SYN) && !is_quoted {
            let is_another = self.bases.entry(there).or_default().begin(seq);
            // A new connection between old ports: what was known of the other side is over.
            if !has(ACK) && is_another {
                self.bases.entry(back).or_default().end();
            }
        }
        // The answer of a closed port: its 0 is no number of a connection.
        let relative_seq = if has(RST) && seq == 0 {
            0
        } else {
            let first = if has(SYN) { seq } else { seq.wrapping_sub(1) };
            self.bases.entry(there).or_default().relative_or(seq, first, &self.elsewhere)
        };
        let relative_ack = if has(ACK) {
            let first = ack.wrapping_sub(1);
            self.bases.entry(back).or_default().relative_or(ack, first, &self.elsewhere)
        } else {
            ack
        };
        (relative_seq, relative_ack)
    }

    /// A number of this direction relative to what is known of it.
    pub(super) fn known(&self, way: Way, number: u32) -> u32 {
        self.bases.get(&way).map_or(number, |bases| bases.relative(number, &self.elsewhere))
    }
}
