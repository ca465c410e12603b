//! Lax readers of header fields: whatever is there can be read, whatever is missing is `CutShort`.
//!
//! An ICMP error quotes as little as eight bytes of a segment, so nothing here asks for more than
//! it reads, and no field is believed before it was seen to lie within the bytes. RFC 791, 792,
//! 768, 9293, 826.

use std::net::Ipv4Addr;

use crate::Mac;
use crate::tcp::Flags;

/// The bytes end before the field that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CutShort;

/// EtherType of IPv4.
pub(crate) const ETHERTYPE_IPV4: u16 = 0x0800;
/// EtherType of ARP.
pub(crate) const ETHERTYPE_ARP: u16 = 0x0806;
/// EtherType of reverse ARP.
pub(crate) const ETHERTYPE_RARP: u16 = 0x8035;

/// IP protocol number of ICMP.
pub(crate) const ICMP: u8 = 1;
/// IP protocol number of IP in IP.
pub(crate) const IPIP: u8 = 4;
/// IP protocol number of TCP.
pub(crate) const TCP: u8 = 6;
/// IP protocol number of UDP.
pub(crate) const UDP: u8 = 17;
/// IP protocol number of GRE.
pub(crate) const GRE: u8 = 47;

/// FIN flag.
pub(crate) const FIN: u8 = 0x01;
/// SYN flag.
pub(crate) const SYN: u8 = 0x02;
/// RST flag.
pub(crate) const RST: u8 = 0x04;
/// ACK flag.
pub(crate) const ACK: u8 = 0x10;
/// URG flag.
pub(crate) const URG: u8 = 0x20;

/// The `N` bytes at `at`.
pub(crate) fn array_at<const N: usize>(bytes: &[u8], at: usize) -> Result<[u8; N], CutShort> {
    bytes.get(at..).and_then(|rest| rest.first_chunk()).copied().ok_or(CutShort)
}

/// The byte at `at`.
pub(crate) fn u8_at(bytes: &[u8], at: usize) -> Result<u8, CutShort> {
    bytes.get(at).copied().ok_or(CutShort)
}

/// The big-endian 16-bit number at `at`.
pub(crate) fn u16_at(bytes: &[u8], at: usize) -> Result<u16, CutShort> {
    array_at(bytes, at).map(u16::from_be_bytes)
}

/// The big-endian 32-bit number at `at`.
pub(crate) fn u32_at(bytes: &[u8], at: usize) -> Result<u32, CutShort> {
    array_at(bytes, at).map(u32::from_be_bytes)
}

/// The IPv4 address at `at`.
pub(crate) fn addr_at(bytes: &[u8], at: usize) -> Result<Ipv4Addr, CutShort> {
    array_at::<4>(bytes, at).map(Ipv4Addr::from)
}

/// The MAC address at `at`.
pub(crate) fn mac_at(bytes: &[u8], at: usize) -> Result<Mac, CutShort> {
    array_at(bytes, at).map(Mac)
}

/// An Ethernet II frame.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ethernet<'a> {
    pub dst: Mac,
    pub src: Mac,
    pub ethertype: u16,
    pub payload: &'a [u8],
}

impl<'a> Ethernet<'a> {
    /// Length of the header.
    pub const HEAD: usize = 14;

    pub fn read(frame: &'a [u8]) -> Result<Self, CutShort> {
        Ok(Self {
            dst: mac_at(frame, 0)?,
            src: mac_at(frame, 6)?,
            ethertype: u16_at(frame, 12)?,
            payload: &frame[Self::HEAD..],
        })
    }
}

/// The fixed part of an IPv4 header. Nothing is checked but that its 20 bytes are there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ipv4 {
    pub version: u8,
    /// Length of the header as it says itself, options included; may be less than 20.
    pub head: usize,
    pub tos: u8,
    /// Total length as the header says.
    pub total: usize,
    pub id: u16,
    /// The three flag bits, in place: 0x8000 reserved, 0x4000 DF, 0x2000 MF.
    pub flags: u16,
    /// Fragment offset in bytes.
    pub offset: usize,
    pub ttl: u8,
    pub protocol: u8,
    pub checksum: u16,
    pub src: Ipv4Addr,
    pub dst: Ipv4Addr,
}

impl Ipv4 {
    /// Length of a header without options.
    pub const HEAD: usize = 20;
    /// The reserved flag bit.
    pub const RESERVED: u16 = 0x8000;
    /// "Don't fragment".
    pub const DF: u16 = 0x4000;
    /// "More fragments".
    pub const MF: u16 = 0x2000;

    pub fn read(bytes: &[u8]) -> Result<Self, CutShort> {
        let word = u16_at(bytes, 6)?;
        Ok(Self {
            version: u8_at(bytes, 0)? >> 4,
            head: usize::from(u8_at(bytes, 0)? & 0x0f) * 4,
            tos: u8_at(bytes, 1)?,
            total: usize::from(u16_at(bytes, 2)?),
            id: u16_at(bytes, 4)?,
            flags: word & 0xe000,
            offset: usize::from(word & 0x1fff) * 8,
            ttl: u8_at(bytes, 8)?,
            protocol: u8_at(bytes, 9)?,
            checksum: u16_at(bytes, 10)?,
            src: addr_at(bytes, 12)?,
            dst: addr_at(bytes, 16)?,
        })
    }

    pub fn more_fragments(&self) -> bool {
        self.flags & Self::MF != 0
    }

    pub fn is_fragment(&self) -> bool {
        self.more_fragments() || self.offset != 0
    }

    /// What the checksum of a segment or datagram of this packet starts from: the pseudo header.
    pub fn pseudo_sum(&self, protocol: u8, length: usize) -> u32 {
        let halves = |addr: Ipv4Addr| (addr.to_bits() >> 16) + (addr.to_bits() & 0xffff);
        let length = u32::try_from(length & 0xffff).expect("16 bits fit");
        halves(self.src) + halves(self.dst) + u32::from(protocol) + length
    }
}

/// The fixed part of a TCP header.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tcp {
    pub sport: u16,
    pub dport: u16,
    pub seq: u32,
    pub ack: u32,
    /// Length of the header as it says itself; may be less than 20.
    pub head: usize,
    pub flags: u8,
    pub window: u16,
    pub checksum: u16,
    pub urgent: u16,
}

impl Tcp {
    /// Length of a header without options.
    pub const HEAD: usize = 20;

    pub fn read(bytes: &[u8]) -> Result<Self, CutShort> {
        Ok(Self {
            sport: u16_at(bytes, 0)?,
            dport: u16_at(bytes, 2)?,
            seq: u32_at(bytes, 4)?,
            ack: u32_at(bytes, 8)?,
            head: usize::from(u8_at(bytes, 12)? >> 4) * 4,
            flags: u8_at(bytes, 13)?,
            window: u16_at(bytes, 14)?,
            checksum: u16_at(bytes, 16)?,
            urgent: u16_at(bytes, 18)?,
        })
    }

    pub fn has(&self, flags: u8) -> bool {
        self.flags & flags != 0
    }

    /// The flags as tcpdump writes them: `S.`, `P.`, `R`, … and `none`.
    pub fn flag_letters(&self) -> String {
        Flags(self.flags).to_string()
    }
}

/// The Internet checksum (RFC 1071) of `bytes`, added to `start`: 0 where a checksum inside is
/// right.
pub(crate) fn checksum(start: u32, bytes: &[u8]) -> u16 {
    let mut sum = u64::from(start);
    let (pairs, odd) = bytes.as_chunks::<2>();
    for pair in pairs {
        sum += u64::from(u16::from_be_bytes(*pair));
    }
    if let [last] = odd {
        sum += u64::from(*last) << 8;
    }
    !fold(sum)
}

/// What should stand in a checksum field that holds `field`, when the whole sums up to `computed`.
pub(crate) fn checksum_should_be(field: u16, computed: u16) -> u16 {
    fold(u64::from(field) + u64::from(computed))
}

/// One's complement: the carries come round.
fn fold(mut sum: u64) -> u16 {
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    u16::try_from(sum).expect("folded to 16 bits")
}
