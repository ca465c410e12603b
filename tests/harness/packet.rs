//! IPv4 packets as plain bytes, read at fixed places (RFC 791): enough for laws that must not use
//! the code that they judge.

use std::net::Ipv4Addr;

/// Bytes of an Ethernet header.
pub const ETHERNET: usize = 14;
/// Ethernet's type for IPv4.
pub const TYPE_IPV4: u16 = 0x0800;
/// IP's number for ICMP.
pub const ICMP: u8 = 1;
/// IP's number for IP in IP.
pub const IPIP: u8 = 4;
/// IP's number for TCP.
pub const TCP: u8 = 6;
/// IP's number for UDP.
pub const UDP: u8 = 17;

/// A whole IPv4 packet, cut to its total length.
#[derive(Clone, Copy, Debug)]
pub struct Ip<'a>(&'a [u8]);

impl<'a> Ip<'a> {
    /// The packet that these bytes begin with, if they hold a whole one.
    pub fn read(bytes: &'a [u8]) -> Option<Self> {
        let head = usize::from(bytes.first()? & 15) * 4;
        let total = usize::from(u16_at(bytes, 2)?);
        let whole = bytes[0] >> 4 == 4 && (20..=total).contains(&head);
        whole.then(|| bytes.get(..total).map(Self)).flatten()
    }

    /// The packet in an Ethernet frame, if there is one.
    pub fn of_frame(frame: &'a [u8]) -> Option<Self> {
        (u16_at(frame, 12)? == TYPE_IPV4).then(|| Self::read(&frame[ETHERNET..])).flatten()
    }

    /// All its bytes.
    pub fn bytes(&self) -> &'a [u8] {
        self.0
    }

    /// The header's bytes.
    pub fn header(&self) -> &'a [u8] {
        &self.0[..self.header_len()]
    }

    /// The header's length.
    pub fn header_len(&self) -> usize {
        usize::from(self.0[0] & 15) * 4
    }

    /// What it carries.
    pub fn payload(&self) -> &'a [u8] {
        &self.0[self.header_len()..]
    }

    /// The time to live.
    pub fn ttl(&self) -> u8 {
        self.0[8]
    }

    /// The protocol's number.
    pub fn proto(&self) -> u8 {
        self.0[9]
    }

    /// The source.
    pub fn src(&self) -> Ipv4Addr {
        Ipv4Addr::new(self.0[12], self.0[13], self.0[14], self.0[15])
    }

    /// The destination.
    pub fn dst(&self) -> Ipv4Addr {
        Ipv4Addr::new(self.0[16], self.0[17], self.0[18], self.0[19])
    }

    /// Where its payload belongs in the whole.
    pub fn offset(&self) -> usize {
        usize::from(u16::from_be_bytes([self.0[6], self.0[7]]) & 0x1fff) * 8
    }

    /// Whether more pieces follow.
    pub fn more(&self) -> bool {
        self.0[6] & 0x20 != 0
    }

    /// Whether it is a piece of a larger packet.
    pub fn is_piece(&self) -> bool {
        self.more() || self.offset() != 0
    }

    /// What all pieces of one packet share.
    pub fn whole(&self) -> (Ipv4Addr, Ipv4Addr, u8, [u8; 2]) {
        (self.src(), self.dst(), self.proto(), [self.0[4], self.0[5]])
    }

    /// The packet inside, if this is a tunnel's.
    pub fn inner(&self) -> Option<Self> {
        (self.proto() == IPIP && !self.is_piece()).then(|| Self::read(self.payload())).flatten()
    }
}

/// Two bytes as a number.
pub fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes([*bytes.get(at)?, *bytes.get(at + 1)?]))
}
