//! One IPv4 packet: a view that only reads, and the packet with room before it that a rewrite
//! edits.
//!
//! Both are checked once, when they are made, and cut to the packet's total length (Ethernet pads
//! to 60 bytes). Options are skipped by the header length and never read.

use core::fmt;
use core::net::Ipv4Addr;

/// The length of an IPv4 header without options.
pub(crate) const IP_HEADER: usize = 20;
/// The IPv4 protocol number of ICMP.
pub(crate) const ICMP: u8 = 1;
/// The IPv4 protocol number of IP in IP.
pub(crate) const IPIP: u8 = 4;
/// The don't-fragment bit in the flags-and-offset field.
pub(crate) const DF: u16 = 0x4000;
/// The more-fragments bit in the flags-and-offset field.
const MF: u16 = 0x2000;

/// Why bytes are not a packet, or not one that this edit fits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Malformed {
    /// Fewer bytes than the header needs.
    TooShort {
        /// The bytes that were needed.
        need: u16,
        /// The bytes that were there.
        have: u16,
    },
    /// The version field is not 4.
    NotIpv4,
    /// The header length field is below 20 bytes.
    HeaderLength,
    /// The total length field is shorter than the header, or longer than the bytes.
    TotalLength,
    /// The packet does not quote another one where it should.
    NoQuote,
    /// An outer header has no room before the packet.
    NoHeadroom,
    /// With an outer header the packet would be longer than 65535 bytes.
    TooLong,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooShort { need, have } => write!(f, "{have} bytes where {need} are needed"),
            Self::NotIpv4 => f.write_str("not an IPv4 packet"),
            Self::HeaderLength => f.write_str("IPv4 header length below 20 bytes"),
            Self::TotalLength => f.write_str("IPv4 total length does not fit the bytes"),
            Self::NoQuote => f.write_str("no quoted packet in it"),
            Self::NoHeadroom => f.write_str("no room for an outer header before the packet"),
            Self::TooLong => f.write_str("longer than 65535 bytes with an outer header"),
        }
    }
}

impl core::error::Error for Malformed {}

/// One IPv4 packet, checked once and cut to its total length. The engine only reads.
///
/// Checksums are not verified: that is the host's, before the engine sees the packet.
///
/// ```
/// use lvs_engine::View;
/// let bytes = [
///     0x45, 0, 0, 21, 0x12, 0x34, 0x40, 0, 64, 17, 0, 0, 10, 0, 0, 2, 10, 0, 0, 100, 7, 0xee,
/// ];
/// let view = View::new(&bytes).unwrap();
/// assert_eq!(view.src().to_string(), "10.0.0.2");
/// assert_eq!(view.payload(), [7]); // the last byte was padding
/// assert!(view.df() && !view.is_fragment());
/// ```
#[derive(Clone, Copy, Debug)]
pub struct View<'a> {
    bytes: &'a [u8],
    head: usize,
}

impl<'a> View<'a> {
    /// A whole packet at the start of `bytes`; what follows it is cut off.
    #[inline]
    pub fn new(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (head, total) = lengths(bytes)?;
        let bytes = bytes.get(..total).ok_or(Malformed::TotalLength)?;
        Ok(Self { bytes, head })
    }

    /// A packet that may end early, as one that an ICMP error quotes: only its header must be
    /// whole.
    #[inline]
    pub fn new_cut(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (head, total) = lengths(bytes)?;
        Ok(Self { bytes: bytes.get(..total).unwrap_or(bytes), head })
    }

    /// The packet's bytes, from its IP header on.
    #[inline]
    pub const fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The source address.
    #[inline]
    pub fn src(&self) -> Ipv4Addr {
        let header = self.header();
        Ipv4Addr::new(header[12], header[13], header[14], header[15])
    }

    /// The destination address.
    #[inline]
    pub fn dst(&self) -> Ipv4Addr {
        let header = self.header();
        Ipv4Addr::new(header[16], header[17], header[18], header[19])
    }

    /// The protocol number.
    #[inline]
    pub fn proto(&self) -> u8 {
        self.header()[9]
    }

    /// The time to live.
    #[inline]
    pub fn ttl(&self) -> u8 {
        self.header()[8]
    }

    /// The type of service: DSCP and ECN.
    #[inline]
    pub fn tos(&self) -> u8 {
        self.header()[1]
    }

    /// The identification field.
    #[inline]
    pub fn id(&self) -> u16 {
        let header = self.header();
        u16::from_be_bytes([header[4], header[5]])
    }

    /// Whether the packet must not be fragmented.
    #[inline]
    pub fn df(&self) -> bool {
        self.flags_and_offset() & DF != 0
    }

    /// Whether this is a part of a larger packet: more follow, or it is not the first.
    #[inline]
    pub fn is_fragment(&self) -> bool {
        self.flags_and_offset() & MF != 0 || self.fragment_offset() != 0
    }

    /// Whether more fragments follow this one.
    pub fn more_fragments(&self) -> bool {
        self.flags_and_offset() & MF != 0
    }

    /// Where this fragment's payload belongs in the whole, in bytes.
    pub fn fragment_offset(&self) -> usize {
        usize::from(self.flags_and_offset() & 0x1fff) * 8
    }

    /// The length of the IP header with its options, in bytes.
    #[inline]
    pub const fn header_len(&self) -> usize {
        self.head
    }

    /// What the IP header carries.
    #[inline]
    pub fn payload(&self) -> &'a [u8] {
        &self.bytes[self.head..]
    }

    /// The header's fixed part: one bounds check serves all fields.
    #[inline]
    fn header(&self) -> &'a [u8; IP_HEADER] {
        self.bytes.first_chunk().expect("a view holds a whole header")
    }

    #[inline]
    fn flags_and_offset(&self) -> u16 {
        let header = self.header();
        u16::from_be_bytes([header[6], header[7]])
    }
}

/// Header length and total length, checked against each other and the header against the bytes.
#[inline]
fn lengths(bytes: &[u8]) -> Result<(usize, usize), Malformed> {
    let Some(header) = bytes.first_chunk::<IP_HEADER>() else {
        return Err(too_short(IP_HEADER, bytes.len()));
    };
    if header[0] >> 4 != 4 {
        return Err(Malformed::NotIpv4);
    }
    let head = usize::from(header[0] & 15) * 4;
    if head < IP_HEADER {
        return Err(Malformed::HeaderLength);
    }
    if bytes.len() < head {
        return Err(too_short(head, bytes.len()));
    }
    let total = usize::from(u16::from_be_bytes([header[2], header[3]]));
    if total < head {
        return Err(Malformed::TotalLength);
    }
    Ok((head, total))
}

/// The error for bytes that end too early.
pub(crate) fn too_short(need: usize, have: usize) -> Malformed {
    let clip = |len: usize| u16::try_from(len).unwrap_or(u16::MAX);
    Malformed::TooShort { need: clip(need), have: clip(have) }
}

/// One IPv4 packet with room before it: what [`Rewrite::apply`](crate::Rewrite::apply) edits.
///
/// ```
/// use lvs_engine::{Packet, Rewrite};
/// let mut buf = [
///     0, 0, 0, 0, // headroom, for an outer header
///     0x45, 0, 0, 20, 0, 0, 0, 0, 64, 17, 0x66, 0xd5, 10, 0, 0, 2, 10, 0, 0, 9,
/// ];
/// let mut packet = Packet::new(&mut buf, 4).unwrap();
/// Rewrite { age: true, ..Default::default() }.apply(&mut packet).unwrap();
/// assert_eq!(packet.view().ttl(), 63);
/// assert_eq!(packet.start(), 4);
/// ```
#[derive(Debug)]
pub struct Packet<'a> {
    pub(crate) buf: &'a mut [u8],
    pub(crate) start: usize,
    pub(crate) head: usize,
}

impl<'a> Packet<'a> {
    /// The packet in `buf[start..]`; `buf[..start]` is headroom. Bytes behind its total length are
    /// cut off.
    #[inline]
    pub fn new(buf: &'a mut [u8], start: usize) -> Result<Self, Malformed> {
        let view = View::new(buf.get(start..).ok_or(too_short(start, buf.len()))?)?;
        let (head, end) = (view.head, start + view.bytes.len());
        Ok(Self { buf: &mut buf[..end], start, head })
    }

    /// Where the packet begins in its buffer; an outer header moves it forward into the headroom.
    #[inline]
    pub const fn start(&self) -> usize {
        self.start
    }

    /// The packet, to be read.
    #[inline]
    pub fn view(&self) -> View<'_> {
        View { bytes: &self.buf[self.start..], head: self.head }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{CIP, VIP, ip};

    #[test]
    fn what_is_no_packet_is_refused() {
        let whole = ip(CIP, VIP, 17, &[1, 2, 3]);
        let with = |at: usize, byte: u8| {
            let mut bytes = whole.clone();
            bytes[at] = byte;
            bytes
        };
        let error = |bytes: &[u8]| (View::new(bytes).err(), View::new_cut(bytes).err());
        let both = |error| (Some(error), Some(error));
        assert_eq!(error(&whole), (None, None));
        assert_eq!(error(&whole[..19]), both(Malformed::TooShort { need: 20, have: 19 }));
        assert_eq!(error(&[]), both(Malformed::TooShort { need: 20, have: 0 }));
        assert_eq!(error(&with(0, 0x65)), both(Malformed::NotIpv4));
        assert_eq!(error(&with(0, 0x44)), both(Malformed::HeaderLength));
        assert_eq!(error(&with(0, 0x4f)), both(Malformed::TooShort { need: 60, have: 23 }));
        assert_eq!(error(&with(3, 19)), both(Malformed::TotalLength));
        // Only a whole packet must hold all that its total length claims.
        assert_eq!(error(&with(3, 24)), (Some(Malformed::TotalLength), None));
        assert_eq!(error(&whole[..20]), (Some(Malformed::TotalLength), None));
    }

    #[test]
    fn padding_is_cut_off() {
        let padded = [ip(CIP, VIP, 17, &[1, 2, 3]), [0; 23].to_vec()].concat();
        assert_eq!(View::new(&padded).unwrap().bytes().len(), 23);
        assert_eq!(View::new_cut(&padded).unwrap().payload(), [1, 2, 3]);
        let mut buf = padded.clone();
        assert_eq!(Packet::new(&mut buf, 0).unwrap().view().bytes().len(), 23);
        assert!(Packet::new(&mut buf, 99).is_err());
    }

    #[test]
    fn fragments() {
        let mut bytes = ip(CIP, VIP, 17, &[]);
        for (field, fragment, offset) in
            [(0x2000, true, 0), (0x00b9, true, 1480), (0x4000, false, 0)]
        {
            bytes[6..8].copy_from_slice(&u16::to_be_bytes(field));
            let view = View::new(&bytes).unwrap();
            assert_eq!((view.is_fragment(), view.fragment_offset()), (fragment, offset));
        }
    }
}
