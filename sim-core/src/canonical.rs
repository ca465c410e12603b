//! The canonical form of a frame: the same frame with fixed values in the fields that differ between
//! two runs of one real kernel.
//!
//! It is a frame still: what was right stays right, each right checksum is right again over the new
//! bytes, and each wrong one stays wrong. So everything that reads frames reads it, and two runs did
//! the same when their canonical frames are the same bytes. Which fields these are, and why each,
//! stands in `receipt/masks.rs`.

use std::ops::Range;

use crate::tcpdump::fields::{
    ETHERTYPE_ARP, ETHERTYPE_IPV4, Ethernet, GRE, ICMP, IPIP, Ipv4, SYN, TCP, Tcp, UDP, checksum,
    u8_at, u16_at, u32_at,
};

mod memory;
#[cfg(test)]
mod tests;

pub use memory::{FIRST_EPHEMERAL, Memory};

/// The canonical form of an Ethernet frame.
///
/// ```
/// use sim_core::canonical::{Memory, frame};
/// let who_has = b"\xff\xff\xff\xff\xff\xff\x02\0\0\0\0\x0c\x08\x06\0\x01\x08\0\x06\x04\0\x01\
///     \x02\0\0\0\0\x0c\x0a\0\0\x0a\0\0\0\0\0\0\x0a\0\0\x01";
/// let padded = [&who_has[..], &[7; 18]].concat();
/// let canonical = frame(&padded, &mut Memory::default());
/// assert_eq!(canonical, [&who_has[..], &[0; 18]].concat());
/// ```
pub fn frame(frame: &[u8], memory: &mut Memory) -> Vec<u8> {
    let mut bytes = frame.to_vec();
    if let (Ok(ethertype), Some(payload)) = (u16_at(frame, 12), bytes.get_mut(Ethernet::HEAD..)) {
        match ethertype {
            ETHERTYPE_IPV4 => {
                clear_padding(payload);
                Masking { memory }.ip(payload, 0, false);
            }
            ETHERTYPE_ARP if payload.starts_with(&ETHERNET_IPV4) => clear(payload, ARP, usize::MAX),
            _ => {}
        }
    }
    bytes
}

/// The canonical form of an IP packet of a device without a link header, such as `tunl0`.
pub fn packet(packet: &[u8], memory: &mut Memory) -> Vec<u8> {
    let mut bytes = packet.to_vec();
    Masking { memory }.ip(&mut bytes, 0, false);
    bytes
}

/// The number that a frame's SYN begins with, be it inside of a tunnel's packet. It is the same on
/// all interfaces, whatever addresses are written into the segment on its way.
pub fn initial_number(frame: &[u8]) -> Option<u32> {
    let is_ip = u16_at(frame, 12) == Ok(ETHERTYPE_IPV4);
    let mut packet = frame.get(Ethernet::HEAD..).filter(|_| is_ip)?;
    for _ in 0..MAX_DEPTH {
        let ip = readable(packet).filter(|ip| ip.offset == 0)?;
        let payload = packet.get(ip.head..)?;
        match ip.protocol {
            TCP => return Tcp::read(payload).ok().filter(|tcp| tcp.has(SYN)).map(|tcp| tcp.seq),
            IPIP => packet = payload,
            _ => return None,
        }
    }
    None
}

/// What ARP begins with: Ethernet and IPv4, with their lengths; other ARP does not exist here.
const ETHERNET_IPV4: [u8; 6] = [0, 1, 8, 0, 6, 4];
/// Length of such an ARP packet.
const ARP: usize = 28;
/// How many IP headers of one frame are looked at.
const MAX_DEPTH: u32 = 8;
/// The id of each packet that has one.
const ID: [u8; 2] = [0, 1];
/// What a wrong checksum differs in from the right one.
const WRONG: u16 = 0x5555;
/// ping's payload begins with the time at which it was sent. iputils ping_common.c, pinger.
const STAMP: usize = 16;

/// How a checksum stood before anything was changed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sum {
    Right,
    Wrong,
    /// What it covers is not all there.
    Unknown,
}

impl Sum {
    /// `computed` is the sum over all that it covers, itself included.
    fn judge(is_whole: bool, computed: impl FnOnce() -> u16) -> Self {
        match is_whole {
            false => Self::Unknown,
            true if computed() == 0 => Self::Right,
            true => Self::Wrong,
        }
    }

    /// Writes the field anew, which stands at `at` of all that it covers.
    fn put(self, bytes: &mut [u8], at: usize, start: u32) {
        let Some(field) = bytes.get_mut(at..at + 2) else { return };
        field.fill(0);
        let right = checksum(start, bytes);
        let sum = match self {
            Self::Right => right,
            // Never 0, which means "none" in UDP.
            Self::Wrong if right == WRONG => u16::MAX,
            Self::Wrong => right ^ WRONG,
            Self::Unknown => 0,
        };
        bytes[at..at + 2].copy_from_slice(&sum.to_be_bytes());
    }
}

/// Fills the bytes from one place to another with 0, as far as they are there.
fn clear(bytes: &mut [u8], from: usize, to: usize) {
    let to = to.min(bytes.len());
    if let Some(stretch) = bytes.get_mut(from..to) {
        stretch.fill(0);
    }
}

/// Writes bytes to a place, if it is there.
fn put<const N: usize>(bytes: &mut [u8], at: usize, value: [u8; N]) {
    if let Some(place) = bytes.get_mut(at..at + N) {
        place.copy_from_slice(&value);
    }
}

/// Ethernet fills short frames up, with whatever it likes.
fn clear_padding(packet: &mut [u8]) {
    if let Some(ip) = readable(packet) {
        clear(packet, ip.total, usize::MAX);
    }
}

/// The header of a packet that is one.
fn readable(bytes: &[u8]) -> Option<Ipv4> {
    let is_sound = |ip: &Ipv4| ip.version == 4 && ip.head >= Ipv4::HEAD && ip.total >= ip.head;
    Ipv4::read(bytes).ok().filter(is_sound)
}

/// The changing of one frame. Checksums are judged on the way in and written on the way out: an
/// outer one covers what is changed inside.
struct Masking<'a> {
    memory: &'a mut Memory,
}

impl Masking<'_> {
    /// An IP packet. A quoted one may be cut short.
    fn ip(&mut self, bytes: &mut [u8], depth: u32, is_quoted: bool) {
        let Some(ip) = readable(bytes).filter(|_| depth < MAX_DEPTH) else { return };
        let there = ip.total.min(bytes.len());
        let bytes = &mut bytes[..there];
        let sum = Sum::judge(ip.head <= there, || checksum(0, &bytes[..ip.head]));
        if ip.id != 0 {
            put(bytes, 4, ID);
        }
        let head = ip.head.min(there);
        let (header, payload) = bytes.split_at_mut(head);
        if ip.offset == 0 {
            let is_whole = there == ip.total && !ip.is_fragment();
            self.payload(&ip, payload, is_whole, depth, is_quoted);
        }
        sum.put(header, 10, 0);
    }

    fn payload(
        &mut self,
        ip: &Ipv4,
        bytes: &mut [u8],
        is_whole: bool,
        depth: u32,
        is_quoted: bool,
    ) {
        match ip.protocol {
            TCP => self.tcp(ip, bytes, is_whole, is_quoted),
            UDP => self.udp(ip, bytes, is_whole),
            ICMP => self.icmp(bytes, ip.total - ip.head, is_whole, depth),
            IPIP => self.ip(bytes, depth + 1, is_quoted),
            GRE => self.gre(bytes, is_whole, depth, is_quoted),
            _ => {}
        }
    }

    fn tcp(&mut self, ip: &Ipv4, bytes: &mut [u8], is_whole: bool, is_quoted: bool) {
        let start = ip.pseudo_sum(TCP, bytes.len());
        let sum = Sum::judge(is_whole && bytes.len() >= Tcp::HEAD, || checksum(start, bytes));
        let ways = match (u16_at(bytes, 0), u16_at(bytes, 2)) {
            (Ok(sport), Ok(dport)) => memory::ways(ip, sport, dport),
            _ => return,
        };
        if let Ok(tcp) = Tcp::read(bytes) {
            let numbers = (tcp.seq, tcp.ack);
            let (seq, ack) = self.memory.relative(ways, numbers, tcp.flags, is_quoted);
            put(bytes, 4, seq.to_be_bytes());
            put(bytes, 8, ack.to_be_bytes());
            if !tcp.has(SYN) {
                put(bytes, 14, [0; 2]);
            }
            let end = tcp.head.min(bytes.len());
            if let Some(options) = bytes.get_mut(Tcp::HEAD..end) {
                self.tcp_options(options, ways.1);
            }
        } else if let Ok(seq) = u32_at(bytes, 4) {
            // A quote may have eight bytes only: the ports and the sequence number.
            let (seq, _) = self.memory.relative(ways, (seq, 0), 0, is_quoted);
            put(bytes, 4, seq.to_be_bytes());
        }
        self.ports(bytes, 0..0);
        sum.put(bytes, 16, start);
    }

    /// Timestamps, and the edges of what was received out of order, which `back` numbers.
    fn tcp_options(&self, mut bytes: &mut [u8], back: memory::Way) {
        while let Some(&kind) = bytes.first() {
            let len = match kind {
                0 | 1 => 1,
                _ => bytes.get(1).map_or(0, |&len| usize::from(len)),
            };
            if len == 0 || kind > 1 && len < 2 {
                return;
            }
            let (option, behind) = bytes.split_at_mut(len.min(bytes.len()));
            match kind {
                8 if len == 10 => clear(option, 2, usize::MAX),
                5 => {
                    let (_, body) = option.split_at_mut(2.min(option.len()));
                    let (edges, _) = body.as_chunks_mut::<4>();
                    for edge in edges {
                        let number = u32::from_be_bytes(*edge);
                        *edge = self.memory.known(back, number).to_be_bytes();
                    }
                }
                _ => {}
            }
            bytes = behind;
        }
    }

    fn udp(&self, ip: &Ipv4, bytes: &mut [u8], is_whole: bool) {
        let length = u16_at(bytes, 4).map_or(0, usize::from);
        let start = ip.pseudo_sum(UDP, length);
        let is_whole = is_whole && (8..=bytes.len()).contains(&length);
        let sum = Sum::judge(is_whole, || checksum(start, &bytes[..length]));
        let has_sum = u16_at(bytes, 6).is_ok_and(|sum| sum != 0);
        self.ports(bytes, TRACEROUTE);
        if has_sum {
            let covered = if is_whole { &mut bytes[..length] } else { &mut *bytes };
            sum.put(covered, 6, start);
            // A sum that comes out as 0 is sent as its other form: 0 means that there is none.
            if u16_at(bytes, 6) == Ok(0) {
                put(bytes, 6, [0xff; 2]);
            }
        }
    }

    fn ports(&self, bytes: &mut [u8], kept: Range<u16>) {
        for at in [0, 2] {
            let Ok(port) = u16_at(bytes, at) else { return };
            if !(at == 2 && kept.contains(&port)) {
                put(bytes, at, self.memory.port(port).to_be_bytes());
            }
        }
    }

    /// GRE whose payload is IPv4 (RFC 2784, 2890).
    fn gre(&mut self, bytes: &mut [u8], is_whole: bool, depth: u32, is_quoted: bool) {
        let (Ok(flags), Ok(ETHERTYPE_IPV4)) = (u16_at(bytes, 0), u16_at(bytes, 2)) else { return };
        // A checksum, a key and a sequence number have four bytes each.
        let head = 4 + 4 * (flags & 0xb000).count_ones() as usize;
        let has_sum = flags & 0x8000 != 0 && bytes.len() >= head;
        let sum = Sum::judge(is_whole, || checksum(0, bytes));
        if let Some(inside) = bytes.get_mut(head..) {
            self.ip(inside, depth + 1, is_quoted);
        }
        if has_sum {
            sum.put(bytes, 4, 0);
        }
    }

    /// An ICMP message that has `length` bytes, of which `bytes` are there.
    fn icmp(&mut self, bytes: &mut [u8], length: usize, is_whole: bool, depth: u32) {
        let sum = Sum::judge(is_whole, || checksum(0, bytes));
        match u8_at(bytes, 0) {
            Ok(0 | 8) => {
                put(bytes, 4, ID);
                if length >= 8 + STAMP {
                    clear(bytes, 8, 8 + STAMP);
                }
            }
            Ok(3 | 4 | 5 | 11 | 12) => {
                if let Some(quote) = bytes.get_mut(8..) {
                    self.ip(quote, depth + 1, true);
                }
            }
            _ => {}
        }
        sum.put(bytes, 2, 0);
    }
}

/// The ports to which traceroute sends count its probes.
const TRACEROUTE: Range<u16> = 33_434..33_534;
