//! The canonical text of a frame: all that a run in the simulator and a run on a real kernel must
//! have in common.
//!
//! Two runs of one real kernel differ in initial sequence numbers, timestamps, IP ids, receive
//! windows, ids of echo requests and times; none of these is in the text. Everything else that a
//! header says is: a line of one run that is missing in the other is a difference in behaviour.
//! Bytes behind the end of the IP packet (Ethernet's padding) are left out. Payloads of UDP are
//! shown as they are, so a tunnel in UDP (GUE) shows the ids of the packets in it, too.
//!
//! A line reads from the outside in, and what is inside of a packet, tunnelled or quoted, stands in
//! braces: `02:00:00:00:00:0d > 02:00:00:00:00:11 ip 192.168.1.10 > 192.168.1.11 ttl=63 tos=0x00 df
//! id=0 len=80 ipip {ip … tcp …}`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::Ipv4Addr;

use crate::Mac;
use crate::tcpdump::fields::{
    ACK, CutShort, ETHERTYPE_ARP, ETHERTYPE_IPV4, Ethernet, GRE, ICMP, IPIP, Ipv4, RST, SYN, TCP,
    Tcp, UDP, addr_at, checksum, mac_at, u8_at, u16_at, u32_at,
};

#[cfg(test)]
mod tests;

/// What was seen on one interface: the sequence numbers that count as 0, for each direction of each
/// connection.
///
/// Frames of another interface need another memory, since they need not show the same beginnings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    bases: BTreeMap<Direction, u32>,
}

/// From whom to whom.
type Direction = (Ipv4Addr, u16, Ipv4Addr, u16);

/// The canonical text of an Ethernet frame, on one line.
///
/// ```
/// use sim_core::canonical::{Memory, line};
/// let who_has = b"\xff\xff\xff\xff\xff\xff\x02\0\0\0\0\x0c\x08\x06\0\x01\x08\0\x06\x04\0\x01\
///     \x02\0\0\0\0\x0c\x0a\0\0\x0a\0\0\0\0\0\0\x0a\0\0\x01";
/// assert_eq!(
///     line(who_has, &mut Memory::default()),
///     "02:00:00:00:00:0c > ff:ff:ff:ff:ff:ff arp request \
///      02:00:00:00:00:0c 10.0.0.10 > 00:00:00:00:00:00 10.0.0.1"
/// );
/// ```
pub fn line(frame: &[u8], memory: &mut Memory) -> String {
    let mut line = Line { memory, out: String::new(), depth: 0 };
    line.frame(frame);
    line.out
}

/// The canonical text of an IP packet of a device without a link header, such as `tunl0`.
pub fn packet_line(packet: &[u8], memory: &mut Memory) -> String {
    let mut line = Line { memory, out: String::new(), depth: 0 };
    line.ip(packet, false);
    line.out
}

/// How many of a payload's bytes are shown.
const SHOWN: usize = 16;
/// How many IP headers one frame may have before the rest is left out.
const MAX_DEPTH: u32 = 8;

impl Memory {
    /// The sequence and acknowledgement numbers relative to the initial ones. Where the SYN was not
    /// seen, the first number seen counts as 1, which is right if what was missed is a handshake.
    fn relative(&mut self, ip: &Ipv4, tcp: &Tcp) -> (String, i32) {
        let (there, back) = directions(ip, tcp);
        if tcp.has(SYN) {
            let before = self.bases.insert(there, tcp.seq);
            // A new connection between old ports: what was known of the other side is over.
            if !tcp.has(ACK) && before.is_some_and(|isn| isn != tcp.seq) {
                self.bases.remove(&back);
            }
        }
        self.relative_quoted(ip, tcp)
    }

    /// The same for a quoted segment, which may be an old one and changes nothing that is known.
    fn relative_quoted(&mut self, ip: &Ipv4, tcp: &Tcp) -> (String, i32) {
        let (there, back) = directions(ip, tcp);
        let seq = if tcp.has(RST) && tcp.seq == 0 {
            // The answer of a closed port: its 0 is no number of a connection.
            "none".to_owned()
        } else {
            let first = if tcp.has(SYN) { tcp.seq } else { tcp.seq.wrapping_sub(1) };
            let base = *self.bases.entry(there).or_insert(first);
            signed(tcp.seq.wrapping_sub(base)).to_string()
        };
        let ack = if tcp.has(ACK) {
            let base = *self.bases.entry(back).or_insert(tcp.ack.wrapping_sub(1));
            signed(tcp.ack.wrapping_sub(base))
        } else {
            0
        };
        (seq, ack)
    }
}

fn directions(ip: &Ipv4, tcp: &Tcp) -> (Direction, Direction) {
    ((ip.src, tcp.sport, ip.dst, tcp.dport), (ip.dst, tcp.dport, ip.src, tcp.sport))
}

/// A number before the beginning (a keepalive, a late copy) reads better as -1 than as 4294967295.
fn signed(number: u32) -> i32 {
    number.cast_signed()
}

/// The writing of one line.
struct Line<'a> {
    memory: &'a mut Memory,
    out: String,
    depth: u32,
}

/// Appends formatted text.
macro_rules! say {
    ($line:expr, $($text:tt)*) => {
        write!($line.out, $($text)*).expect("a string takes all text")
    };
}

impl Line<'_> {
    fn frame(&mut self, frame: &[u8]) {
        let Ok(ether) = Ethernet::read(frame) else {
            say!(self, "short frame{}", Data(frame));
            return;
        };
        say!(self, "{} > {} ", ether.src, ether.dst);
        match ether.ethertype {
            ETHERTYPE_IPV4 => self.ip(ether.payload, false),
            ETHERTYPE_ARP => {
                if self.arp(ether.payload).is_err() {
                    say!(self, "broken arp{}", Data(ether.payload));
                }
            }
            other => say!(self, "type=0x{other:04x}{}", Data(ether.payload)),
        }
    }

    fn arp(&mut self, bytes: &[u8]) -> Result<(), CutShort> {
        // Ethernet and IPv4, with their lengths; other ARP does not exist here.
        if bytes.get(..6) != Some(&[0, 1, 8, 0, 6, 4]) {
            return Err(CutShort);
        }
        let operation = match u16_at(bytes, 6)? {
            1 => "request".to_owned(),
            2 => "reply".to_owned(),
            other => format!("op={other}"),
        };
        let end = |at| -> Result<(Mac, Ipv4Addr), CutShort> {
            Ok((mac_at(bytes, at)?, addr_at(bytes, at + 6)?))
        };
        let ((sha, spa), (tha, tpa)) = (end(8)?, end(18)?);
        say!(self, "arp {operation} {sha} {spa} > {tha} {tpa}");
        Ok(())
    }

    /// An IP packet. A quoted one may be cut short.
    fn ip(&mut self, bytes: &[u8], is_quoted: bool) {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            say!(self, "…");
            return;
        }
        let ip = match Ipv4::read(bytes) {
            Ok(ip) if ip.version == 4 && ip.head >= Ipv4::HEAD && ip.total >= ip.head => ip,
            _ => {
                say!(self, "broken ip{}", Data(bytes));
                return;
            }
        };
        self.ip_fields(&ip);
        let bytes = &bytes[..ip.total.min(bytes.len())];
        let Some((head, payload)) = bytes.split_at_checked(ip.head) else {
            say!(self, " cut");
            return;
        };
        if ip.head > Ipv4::HEAD {
            say!(self, " options={}", Hex(&head[Ipv4::HEAD..]));
        }
        if checksum(0, head) != 0 {
            say!(self, " bad-ip-sum");
        }
        let is_whole = bytes.len() == ip.total;
        if !is_whole && !is_quoted {
            say!(self, " missing={}", ip.total - bytes.len());
        }
        if ip.offset != 0 {
            say!(self, " proto={}", ip.protocol);
            return;
        }
        // Only of a whole packet can the checksum of its payload be judged.
        let is_whole = is_whole && !ip.is_fragment();
        let written = match ip.protocol {
            TCP => self.tcp(&ip, payload, is_whole, is_quoted),
            UDP => self.udp(&ip, payload, is_whole),
            ICMP => self.icmp(payload, is_whole),
            IPIP => {
                say!(self, " ipip {{");
                self.ip(payload, is_quoted);
                say!(self, "}}");
                Ok(())
            }
            GRE => self.gre(payload, is_quoted),
            other => {
                say!(self, " proto={other}{}", Data(payload));
                Ok(())
            }
        };
        if written.is_err() {
            say!(self, " cut");
        }
    }

    fn ip_fields(&mut self, ip: &Ipv4) {
        say!(self, "ip {} > {} ttl={} tos=0x{:02x}", ip.src, ip.dst, ip.ttl, ip.tos);
        for (flag, name) in [(Ipv4::RESERVED, "reserved"), (Ipv4::DF, "df"), (Ipv4::MF, "mf")] {
            if ip.flags & flag != 0 {
                say!(self, " {name}");
            }
        }
        say!(self, " id={}", if ip.id == 0 { "0" } else { "some" });
        if ip.is_fragment() {
            say!(self, " offset={}", ip.offset);
        }
        say!(self, " len={}", ip.total);
    }

    fn tcp(
        &mut self,
        ip: &Ipv4,
        bytes: &[u8],
        is_whole: bool,
        is_quoted: bool,
    ) -> Result<(), CutShort> {
        say!(self, " tcp {} > {}", u16_at(bytes, 0)?, u16_at(bytes, 2)?);
        let tcp = Tcp::read(bytes)?;
        let (seq, ack) = if is_quoted {
            self.memory.relative_quoted(ip, &tcp)
        } else {
            self.memory.relative(ip, &tcp)
        };
        say!(self, " [{}] seq={seq}", tcp.flag_letters());
        if tcp.has(ACK) {
            say!(self, " ack={ack}");
        }
        if tcp.has(SYN) {
            say!(self, " win={}", tcp.window);
        }
        if tcp.urgent != 0 {
            say!(self, " urgent={}", tcp.urgent);
        }
        let Some(options) = bytes.get(Tcp::HEAD..tcp.head) else {
            say!(self, " head={}", tcp.head);
            return Err(CutShort);
        };
        if !options.is_empty() {
            say!(self, " options={}", tcp_options(options));
        }
        // Of a quoted segment, too, the length is that of the original.
        let data = ip.total.checked_sub(ip.head + tcp.head).ok_or(CutShort)?;
        say!(self, " data={data}");
        if is_whole && checksum(ip.pseudo_sum(TCP, bytes.len()), bytes) != 0 {
            say!(self, " bad-tcp-sum");
        }
        Ok(())
    }

    fn udp(&mut self, ip: &Ipv4, bytes: &[u8], is_whole: bool) -> Result<(), CutShort> {
        say!(self, " udp {} > {}", u16_at(bytes, 0)?, u16_at(bytes, 2)?);
        let length = usize::from(u16_at(bytes, 4)?);
        let sum = u16_at(bytes, 6)?;
        let there = &bytes[..length.clamp(8, bytes.len())];
        say!(self, " len={length}{}", Data(&there[8..]));
        if sum == 0 {
            say!(self, " no-udp-sum");
        } else if is_whole && checksum(ip.pseudo_sum(UDP, there.len()), there) != 0 {
            say!(self, " bad-udp-sum");
        }
        Ok(())
    }

    fn gre(&mut self, bytes: &[u8], is_quoted: bool) -> Result<(), CutShort> {
        let (flags, inner) = (u16_at(bytes, 0)?, u16_at(bytes, 2)?);
        say!(self, " gre flags=0x{flags:04x}");
        // A checksum (over bytes that are left out here), a key and a sequence number have four
        // bytes each.
        let head = 4 + 4 * (flags & 0xb000).count_ones() as usize;
        let inside = bytes.get(head..).ok_or(CutShort)?;
        if inner != ETHERTYPE_IPV4 {
            say!(self, " type=0x{inner:04x}{}", Data(inside));
            return Ok(());
        }
        say!(self, " {{");
        self.ip(inside, is_quoted);
        say!(self, "}}");
        Ok(())
    }

    fn icmp(&mut self, bytes: &[u8], is_whole: bool) -> Result<(), CutShort> {
        let (kind, code) = (u8_at(bytes, 0)?, u8_at(bytes, 1)?);
        say!(self, " icmp {kind}/{code}");
        if is_whole && checksum(0, bytes) != 0 {
            say!(self, " bad-icmp-sum");
        }
        let rest = u32_at(bytes, 4)?;
        let body = &bytes[8..];
        match (kind, code) {
            // The payload of a ping holds the time at which it was sent.
            (0 | 8 | 13..=18, _) => say!(self, " seq={} data={}", rest & 0xffff, body.len()),
            (3, 4) => say!(self, " mtu={}", rest & 0xffff),
            (5, _) => say!(self, " gateway={}", Ipv4Addr::from_bits(rest)),
            (3 | 4 | 11, _) if rest == 0 => {}
            _ => say!(self, " rest=0x{rest:08x}"),
        }
        match kind {
            3 | 4 | 5 | 11 | 12 => {
                say!(self, " {{");
                self.ip(body, true);
                say!(self, "}}");
            }
            0 | 8 | 13..=18 => {}
            _ => say!(self, "{}", Data(body)),
        }
        Ok(())
    }
}

/// The kinds of TCP's options in order, with the values that a person sets: MSS and window scale.
fn tcp_options(mut bytes: &[u8]) -> String {
    let mut names = Vec::new();
    while let [kind, rest @ ..] = bytes {
        let len = match (kind, rest) {
            (0 | 1, _) => 1,
            (_, [len, ..]) if (2..=bytes.len()).contains(&usize::from(*len)) => usize::from(*len),
            _ => {
                names.push("broken".to_owned());
                break;
            }
        };
        let (option, behind) = bytes.split_at(len);
        names.push(match (kind, option) {
            (0, _) => "eol".to_owned(),
            (1, _) => "nop".to_owned(),
            (2, [_, _, high, low]) => format!("mss:{}", u16::from_be_bytes([*high, *low])),
            (3, [_, _, shift]) => format!("wscale:{shift}"),
            (4, _) => "sackOK".to_owned(),
            (5, _) => "sack".to_owned(),
            (8, _) => "TS".to_owned(),
            (other, _) => format!("{other}"),
        });
        bytes = behind;
    }
    names.join(",")
}

/// Bytes in hex.
struct Hex<'a>(&'a [u8]);

impl std::fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// A payload: its length, its first bytes in hex, and a hash of it if that is not all.
struct Data<'a>(&'a [u8]);

impl std::fmt::Display for Data<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let bytes = self.0;
        write!(f, " data={}", bytes.len())?;
        match bytes.len() {
            0 => Ok(()),
            1..=SHOWN => write!(f, ":{}", Hex(bytes)),
            _ => write!(f, ":{}~{:08x}", Hex(&bytes[..SHOWN]), fnv1a(bytes)),
        }
    }
}

/// The hash FNV-1a of 32 bits: enough to see that two payloads differ.
fn fnv1a(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}
