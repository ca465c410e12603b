//! The floor: the least that a NAT director must do for a packet of a known connection.
//!
//! It parses by fixed offsets with all checks, looks once into a compact table with a keyed hash,
//! and edits addresses, ports, TTL and both checksums by difference (RFC 1624). It has no states,
//! no timers, no statistics, no schedulers, no reasons and no other method than NAT.

use std::hint::black_box;

use lvs_engine::{Conn, Endpoint};

use super::{BATCH, LEN, Load};

/// One connection in half a cache line.
#[derive(Clone, Copy, Default)]
struct Entry {
    key: Key,
    rip: u32,
    rip_port: u16,
    dest: u16,
    expires: u32,
    packets: u32,
}

/// Addresses, ports, protocol; the protocol of an empty entry is 0.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Key {
    src: u32,
    dst: u32,
    ports: u32,
    proto: u32,
}

/// The table, and the packets that it gets, over and over.
pub struct Floor {
    entries: Vec<Entry>,
    packets: Vec<[u8; LEN]>,
    next: usize,
    now: u32,
}

impl Floor {
    /// The connections and the packets of this load, which it edits to the same bytes.
    pub fn of(load: &mut Load) -> Self {
        let conns: Vec<Conn> = load.conns().collect();
        let rows = (conns.len() * 3 / 2).next_power_of_two();
        let mut floor = Self {
            entries: vec![Entry::default(); rows],
            packets: load.packets().to_vec(),
            next: 0,
            now: 0,
        };
        conns.iter().for_each(|conn| floor.insert(conn));
        for _ in 0..100 {
            assert_eq!(floor.pass(), load.pass(&mut ()), "floor and engine agree");
        }
        floor
    }

    /// One packet.
    pub fn pass(&mut self) -> [u8; LEN] {
        let mut packet = *self.take();
        self.edit(&mut packet);
        black_box(&mut packet);
        packet
    }

    /// A batch of packets, read ahead together.
    pub fn pass_batch(&mut self) {
        let mut packets: [_; BATCH] = std::array::from_fn(|_| *self.take());
        for key in packets.iter().filter_map(|packet| parse(packet)) {
            black_box(self.entries[self.home(key)].packets);
        }
        packets.iter_mut().for_each(|packet| self.edit(packet));
        black_box(&mut packets);
    }

    /// Only the packet's bytes, which both this and the engine must first have.
    pub fn take(&mut self) -> &[u8; LEN] {
        self.next = (self.next + 1) & (self.packets.len() - 1);
        &self.packets[self.next]
    }

    fn insert(&mut self, conn: &Conn) {
        let word = |end: Endpoint| u32::from(end.addr);
        let ports = u32::from(conn.client.port) << 16 | u32::from(conn.vip.port);
        let key = Key { src: word(conn.client), dst: word(conn.vip), ports, proto: 6 };
        let mut at = self.home(key);
        while self.entries[at].key.proto != 0 {
            at = (at + 1) & (self.entries.len() - 1);
        }
        let (rip, rip_port) = (word(conn.rip), conn.rip.port);
        self.entries[at] = Entry { key, rip, rip_port, ..Entry::default() };
    }

    fn home(&self, key: Key) -> usize {
        let folded = |a: u64, b: u64| {
            let product = u128::from(a) * u128::from(b);
            product as u64 ^ (product >> 64) as u64
        };
        let first = u64::from(key.src) << 32 | u64::from(key.dst);
        let rest = u64::from(key.ports) << 8 | u64::from(key.proto);
        let mixed = folded(first ^ 0x243f_6a88_85a3_08d3, rest ^ 0x9e37_79b9_7f4a_7c15);
        (mixed ^ mixed >> 32) as usize & (self.entries.len() - 1)
    }

    fn edit(&mut self, packet: &mut [u8]) {
        let key = parse(packet).expect("it is a whole packet");
        let mut at = self.home(key);
        while self.entries[at].key != key {
            assert!(self.entries[at].key.proto != 0, "the connection is known");
            at = (at + 1) & (self.entries.len() - 1);
        }
        self.now = self.now.wrapping_add(1);
        let entry = &mut self.entries[at];
        entry.packets = entry.packets.wrapping_add(1);
        entry.expires = self.now;
        rewrite(packet, entry);
    }
}

/// All the checks that must be made before the ends are believed.
fn parse(packet: &[u8]) -> Option<Key> {
    let header: &[u8; LEN] = packet.first_chunk()?;
    let total = usize::from(half(header, 2));
    let whole = header[0] == 0x45 && total >= LEN && total <= packet.len();
    let first = half(header, 6) & 0x3fff == 0;
    if !whole || !first || header[8] <= 1 || header[9] != 6 || header[32] >> 4 < 5 {
        return None;
    }
    Some(Key { src: word(header, 12), dst: word(header, 16), ports: word(header, 20), proto: 6 })
}

fn rewrite(packet: &mut [u8], entry: &Entry) {
    let packet: &mut [u8; LEN] = packet.first_chunk_mut().expect("it was parsed");
    let (old_ttl, old_port) = (half(packet, 8), half(packet, 22));
    let ttl = old_ttl - 0x100;
    let address = words(!word(packet, 16)) + words(entry.rip);
    let ip = address + u32::from(!old_ttl) + u32::from(ttl);
    let tcp = address + u32::from(!old_port) + u32::from(entry.rip_port);
    let ip = !fold(ip + u32::from(!half(packet, 10)));
    let tcp = !fold(tcp + u32::from(!half(packet, 36)));
    packet[8..10].copy_from_slice(&ttl.to_be_bytes());
    packet[10..12].copy_from_slice(&ip.to_be_bytes());
    packet[16..20].copy_from_slice(&entry.rip.to_be_bytes());
    packet[22..24].copy_from_slice(&entry.rip_port.to_be_bytes());
    packet[36..38].copy_from_slice(&tcp.to_be_bytes());
}

/// The folded sum of these bytes, an even number of them, and of `first`.
pub fn sum(bytes: &[u8], first: u32) -> u16 {
    let (words, _) = bytes.as_chunks::<2>();
    fold(words.iter().fold(first, |sum, word| sum + u32::from(u16::from_be_bytes(*word))))
}

fn fold(sum: u32) -> u16 {
    let sum = (sum & 0xffff) + (sum >> 16);
    ((sum & 0xffff) + (sum >> 16)) as u16
}

/// Both halves of a word.
fn words(word: u32) -> u32 {
    (word & 0xffff) + (word >> 16)
}

fn half(bytes: &[u8; LEN], at: usize) -> u16 {
    u16::from_be_bytes([bytes[at], bytes[at + 1]])
}

fn word(bytes: &[u8; LEN], at: usize) -> u32 {
    u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}
