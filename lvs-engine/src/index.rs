//! Which connections a packet's ends may belong to: open addressing with a seeded hash of our own.
//!
//! Each connection has two rows, one for its requests and one for its replies, each keyed by the
//! packet as it appears: so one look finds both. Nothing walks the index, so its order is nobody's
//! business; deleting shifts rows back and leaves no tombstones. It grows by doubling and is never
//! more than half full.

use alloc::vec;
use alloc::vec::Vec;

use crate::{Flow, Rng, Way};

/// A row: the hash above, connection and way below, plus one so that zero is an empty row.
type Row = u64;

/// The index of a connection table.
#[derive(Clone, Debug)]
pub(crate) struct Index {
    rows: Vec<Row>,
    used: usize,
    keys: [u64; 2],
}

impl Index {
    /// An index with room for so many connections.
    pub(crate) fn new(conns: usize, rng: &mut Rng) -> Self {
        let keys = [rng.next_u64(), rng.next_u64() | 1];
        Self { rows: vec![0; rows_for(conns)], used: 0, keys }
    }

    /// Visits the candidates for this flow: rows of equal hash. The caller compares the connection.
    #[inline]
    pub(crate) fn visit(&self, flow: &Flow, mut visit: impl FnMut(u32, Way)) {
        let hash = self.hash(flow);
        let mask = self.rows.len() - 1;
        let mut at = hash as usize & mask;
        while self.rows[at] != 0 {
            if hash_of(self.rows[at]) == hash {
                let (id, way) = value_of(self.rows[at]);
                visit(id, way);
            }
            at = (at + 1) & mask;
        }
    }

    /// The first row that a look for this flow reads.
    pub(crate) fn first_row(&self, flow: &Flow) -> Row {
        self.rows[self.hash(flow) as usize & (self.rows.len() - 1)]
    }

    /// Adds a row; the table may grow.
    pub(crate) fn insert(&mut self, flow: &Flow, id: u32, way: Way) {
        if (self.used + 1) * 2 > self.rows.len() {
            let larger = vec![0; self.rows.len() * 2];
            for row in core::mem::replace(&mut self.rows, larger) {
                if row != 0 {
                    self.place(row);
                }
            }
        }
        let row = u64::from(self.hash(flow)) << 32 | u64::from(value(id, way));
        self.place(row);
        self.used += 1;
    }

    /// Takes a row out, which must be there.
    pub(crate) fn remove(&mut self, flow: &Flow, id: u32, way: Way) {
        let mask = self.rows.len() - 1;
        let row = u64::from(self.hash(flow)) << 32 | u64::from(value(id, way));
        let mut hole = hash_of(row) as usize & mask;
        while self.rows[hole] != row {
            assert!(self.rows[hole] != 0, "a connection's rows are in the index while it is");
            hole = (hole + 1) & mask;
        }
        let mut at = hole;
        loop {
            at = (at + 1) & mask;
            let row = self.rows[at];
            if row == 0 {
                break;
            }
            // A row may move back into the hole if that is not before its home.
            let home = hash_of(row) as usize & mask;
            if (at.wrapping_sub(home) & mask) >= (at.wrapping_sub(hole) & mask) {
                self.rows[hole] = row;
                hole = at;
            }
        }
        self.rows[hole] = 0;
        self.used -= 1;
    }

    /// Into the first empty row from its home on.
    fn place(&mut self, row: Row) {
        let mask = self.rows.len() - 1;
        let mut at = hash_of(row) as usize & mask;
        while self.rows[at] != 0 {
            at = (at + 1) & mask;
        }
        self.rows[at] = row;
    }

    /// Folded multiplication: seeded, so nobody can aim at one row; ours, so it is the same
    /// everywhere.
    #[inline]
    fn hash(&self, flow: &Flow) -> u32 {
        let addresses =
            u64::from(u32::from(flow.src.addr)) << 32 | u64::from(u32::from(flow.dst.addr));
        let ports = u64::from(flow.src.port) << 16 | u64::from(flow.dst.port);
        let rest = ports << 8 | u64::from(flow.proto.number());
        let first = folded(addresses ^ self.keys[0], 0x9e37_79b9_7f4a_7c15);
        let mixed = folded(first ^ rest, self.keys[1]);
        (mixed ^ (mixed >> 32)) as u32
    }
}

/// Rows for so many connections: two each, half of the rows empty.
fn rows_for(conns: usize) -> usize {
    (conns * 4).next_power_of_two().max(16)
}

const fn value(id: u32, way: Way) -> u32 {
    (id << 1 | way as u32) + 1
}

const fn value_of(row: Row) -> (u32, Way) {
    let value = row as u32 - 1;
    (value >> 1, if value & 1 == Way::Request as u32 { Way::Request } else { Way::Reply })
}

const fn hash_of(row: Row) -> u32 {
    (row >> 32) as u32
}

const fn folded(a: u64, b: u64) -> u64 {
    let product = a as u128 * b as u128;
    product as u64 ^ (product >> 64) as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Endpoint, Proto};

    fn flow(n: u32) -> Flow {
        let end = |n: u32| Endpoint::new((n / 7).into(), (n % 7) as u16);
        Flow { proto: Proto::Tcp, src: end(n), dst: end(n + 1) }
    }

    #[test]
    fn rows_are_found_until_they_are_removed() {
        let mut index = Index::new(1, &mut Rng::new(1));
        let mut there = [false; 500];
        let mut rng = Rng::new(2);
        for _ in 0..20_000 {
            let n = rng.next_u64() as u32 % 500;
            let way = if n.is_multiple_of(2) { Way::Request } else { Way::Reply };
            let is_there = &mut there[n as usize];
            if *is_there {
                index.remove(&flow(n), n, way);
            } else {
                index.insert(&flow(n), n, way);
            }
            *is_there = !*is_there;
            let asked = rng.next_u64() as u32 % 500;
            let mut found = false;
            index.visit(&flow(asked), |id, _| found |= id == asked);
            assert_eq!(found, there[asked as usize]);
        }
        assert_eq!(index.used, there.iter().filter(|is_there| **is_there).count());
    }
}
