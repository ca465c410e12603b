//! How many ports of each local address are taken towards each real server, so that a search which
//! cannot succeed is not begun.
//!
//! Only FULLNAT's connections are counted: their ports differ, since each was free when it was
//! chosen. What else takes a port is found by trying it.

use alloc::vec::Vec;
use core::net::Ipv4Addr;
use core::ops::RangeInclusive;

use crate::{Conn, Endpoint, Method, Proto};

/// Servers tell ports apart by these limits, rsh's above all. Linux 6.1 nf_nat_core.c,
/// nf_nat_l4proto_unique_tuple.
const CLASSES: [RangeInclusive<u16>; 3] = [1..=511, 512..=1023, 1024..=65535];

/// Who is asked, and in whose name.
type Pair = (Proto, Endpoint, Ipv4Addr);

/// The counts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ports {
    /// By pair.
    taken: Vec<Taken>,
    /// How many pairs there may be before those that nobody uses are forgotten.
    room: usize,
}

#[derive(Clone, Debug)]
struct Taken {
    pair: Pair,
    by_class: [u16; CLASSES.len()],
}

impl Ports {
    /// Makes room for so many pairs.
    pub(crate) fn make_room(&mut self, pairs: usize) {
        self.room = self.room.max(pairs);
        self.taken.reserve_exact(self.room - self.taken.len().min(self.room));
    }

    /// This connection takes its port.
    pub(crate) fn take(&mut self, conn: &Conn) {
        if !is_counted(conn) {
            return;
        }
        let pair = pair(conn);
        let at = self.find(&pair).unwrap_or_else(|_| self.enter(pair));
        self.taken[at].by_class[class_of(conn.lip.port)] += 1;
    }

    /// This connection's port is free again.
    pub(crate) fn give_back(&mut self, conn: &Conn) {
        if is_counted(conn)
            && let Ok(at) = self.find(&pair(conn))
        {
            self.taken[at].by_class[class_of(conn.lip.port)] -= 1;
        }
    }

    /// Whether all ports are taken that may stand for this one.
    pub(crate) fn are_out(&self, proto: Proto, rip: Endpoint, wanted: Endpoint) -> bool {
        let class = class_of(wanted.port);
        // Port 0 is of no class, and may stand for itself.
        let taken = self.find(&(proto, rip, wanted.addr)).map(|at| self.taken[at].by_class[class]);
        wanted.port != 0 && taken.is_ok_and(|taken| usize::from(taken) == CLASSES[class].len())
    }

    fn find(&self, pair: &Pair) -> Result<usize, usize> {
        self.taken.binary_search_by(|own| own.pair.cmp(pair))
    }

    fn enter(&mut self, pair: Pair) -> usize {
        if self.taken.len() >= self.room {
            self.taken.retain(|own| own.by_class != [0; CLASSES.len()]);
            self.room = self.room.max(2 * self.taken.len());
        }
        let (Ok(at) | Err(at)) = self.find(&pair);
        self.taken.insert(at, Taken { pair, by_class: [0; CLASSES.len()] });
        at
    }
}

/// The ports that may stand for a client's, the best first: its own, then upwards and round within
/// its class.
pub(crate) fn candidates(own: u16) -> impl Iterator<Item = u16> {
    let class = &CLASSES[class_of(own)];
    (own..=*class.end()).chain(*class.start()..own)
}

fn is_counted(conn: &Conn) -> bool {
    conn.method == Method::FullNat && !conn.flags.template && conn.lip.port != 0
}

fn pair(conn: &Conn) -> Pair {
    (conn.proto, conn.rip, conn.lip.addr)
}

const fn class_of(port: u16) -> usize {
    match port {
        0..512 => 0,
        512..1024 => 1,
        1024.. => 2,
    }
}

#[cfg(test)]
impl Ports {
    /// Whether the counts are those of these connections, which packets find.
    pub(crate) fn agree<'c>(&self, conns: impl Iterator<Item = &'c Conn>) -> bool {
        let mut anew = Self::default();
        conns.for_each(|conn| anew.take(conn));
        let used = |ports: &Self| -> Vec<(Pair, [u16; 3])> {
            let all = ports.taken.iter().map(|own| (own.pair, own.by_class));
            all.filter(|(_, by_class)| *by_class != [0; 3]).collect()
        };
        used(self) == used(&anew)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{Lab, SYN, client, end, lip, rip, rs, tcp, vip};

    /// A connection of FULLNAT with this local port.
    fn conn(port: u16) -> Conn {
        let mut lab = Lab::serving(Proto::Tcp, Method::FullNat);
        let _ = lab.request(&tcp(client(1), vip(Proto::Tcp), SYN));
        Conn { lip: end(lip(200), port), ..lab.conn() }
    }

    #[test]
    fn candidates_are_those_of_the_class() {
        for (own, first, last, count) in
            [(1, 1, 511, 511), (300, 300, 299, 511), (512, 512, 1023, 512), (0, 0, 511, 512)]
        {
            let ports: Vec<u16> = candidates(own).collect();
            assert_eq!((ports[0], ports[ports.len() - 1], ports.len()), (first, last, count));
        }
        assert_eq!(candidates(40_000).count(), 64_512);
        assert!(candidates(65_535).take(2).eq([65_535, 1_024]));
    }

    #[test]
    fn a_class_is_out_when_all_its_ports_are_taken() {
        let (template, server) = (conn(1024), rip(Proto::Tcp, 11, Method::FullNat));
        let with = |port| Conn { lip: end(lip(200), port), ..template };
        let mut ports = Ports::default();
        let out = |ports: &Ports, rip, port| ports.are_out(Proto::Tcp, rip, end(lip(200), port));
        (1024..=65_534).for_each(|port| ports.take(&with(port)));
        assert!(!out(&ports, server, 5_000));
        ports.take(&with(65_535));
        assert!(out(&ports, server, 5_000) && out(&ports, server, 1_024));
        assert!(!out(&ports, server, 1_023) && !out(&ports, end(rs(12), 8080), 5_000));
        ports.give_back(&with(7_000));
        assert!(!out(&ports, server, 5_000));
        (0..=511).for_each(|port| ports.take(&with(port)));
        assert!(out(&ports, server, 1) && !out(&ports, server, 0));
    }

    /// Pairs that nobody uses are forgotten when the room is full, and not before.
    #[test]
    fn room_is_for_pairs_in_use() {
        let mut ports = Ports::default();
        ports.make_room(2);
        let to = |last| Conn { rip: end(rs(last), 80), ..conn(5_000) };
        for last in 1..=9 {
            ports.take(&to(last));
            ports.give_back(&to(last));
            assert!(ports.taken.len() <= 2 && ports.taken.capacity() == 2);
        }
        (1..=9).for_each(|last| ports.take(&to(last)));
        assert!(ports.agree((1..=9).map(to).collect::<Vec<_>>().iter()));
    }
}
