//! A segment as it comes in, the part of one that an ICMP error quotes, and the checksum of both
//! ways.

use std::fmt;
use std::net::Ipv4Addr;
use std::ops::BitOr;

use lvs_engine::Endpoint;

use super::options::Options;

/// The control bits of a segment.
///
/// Printed as tcpdump does: `S`, `S.`, `P.`, `FP.`, `R`, and `.` for ACK.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flags(pub u8);

impl Flags {
    /// No more data from the sender.
    pub const FIN: Self = Self(0x01);
    /// First segment of a connection.
    pub const SYN: Self = Self(0x02);
    /// There is no connection (any more).
    pub const RST: Self = Self(0x04);
    /// End of a write.
    pub const PSH: Self = Self(0x08);
    /// The acknowledgement field counts.
    pub const ACK: Self = Self(0x10);
    /// In a SYN: "I can do ECN".
    pub const ECE: Self = Self(0x40);
    /// In a SYN: "I can do ECN", with ECE.
    pub const CWR: Self = Self(0x80);

    /// Whether all bits of `other` are set.
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// These bits without those of `other`.
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
}

impl BitOr for Flags {
    type Output = Self;

    fn bitor(self, rhs: Self) -> Self {
        Self(self.0 | rhs.0)
    }
}

impl fmt::Display for Flags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 {
            return f.write_str("none");
        }
        for (bit, letter) in "FSRP.UEW".chars().enumerate() {
            if self.0 & 1 << bit != 0 {
                write!(f, "{letter}")?;
            }
        }
        Ok(())
    }
}

/// Bytes that are no TCP segment, or no quoted beginning of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// Less than the fixed part of the header.
    #[error("{present} bytes, but a TCP header has at least {wanted}")]
    TooShort {
        /// Bytes that must be there.
        wanted: usize,
        /// Bytes that are there.
        present: usize,
    },
    /// The data offset lies inside the fixed header or beyond the segment.
    #[error("data offset says {offset} bytes of header in a segment of {present}")]
    DataOffset {
        /// What the header says, in bytes.
        offset: usize,
        /// Length of header and payload.
        present: usize,
    },
}

/// A received segment, read once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment<'a> {
    /// Who sent it.
    pub src: Endpoint,
    /// To whom.
    pub dst: Endpoint,
    /// Sequence number.
    pub seq: u32,
    /// Acknowledgement; counts if the ACK flag is set.
    pub ack: u32,
    /// Control bits.
    pub flags: Flags,
    /// Window field as on the wire, not scaled.
    pub window: u16,
    /// Its options.
    pub options: Options,
    /// Its data.
    pub payload: &'a [u8],
    /// TOS byte of the IP packet it came in.
    pub tos: u8,
}

/// Bytes of a TCP header without options.
pub(super) const HEADER: usize = 20;

impl<'a> Segment<'a> {
    /// Reads header and payload. The checksum is another question: [`checksum`].
    ///
    /// # Errors
    /// The bytes end before the header does, or the header says so.
    pub fn parse(src: Ipv4Addr, dst: Ipv4Addr, tos: u8, tcp: &'a [u8]) -> Result<Self, Malformed> {
        if tcp.len() < HEADER {
            return Err(Malformed::TooShort { wanted: HEADER, present: tcp.len() });
        }
        let offset = usize::from(tcp[12] >> 4) * 4;
        if offset < HEADER || offset > tcp.len() {
            return Err(Malformed::DataOffset { offset, present: tcp.len() });
        }
        Ok(Self {
            src: Endpoint::new(src, half(tcp, 0)),
            dst: Endpoint::new(dst, half(tcp, 2)),
            seq: word(tcp, 4),
            ack: word(tcp, 8),
            flags: Flags(tcp[13]),
            window: half(tcp, 14),
            options: Options::parse(&tcp[HEADER..offset]),
            payload: &tcp[offset..],
            tos,
        })
    }

    /// The sequence number after the last that this segment takes: payload, SYN and FIN count.
    pub fn end_seq(&self) -> u32 {
        let marks = u32::from(self.has(Flags::SYN)) + u32::from(self.has(Flags::FIN));
        self.seq.wrapping_add(self.payload.len() as u32).wrapping_add(marks)
    }

    /// Whether all these flags are set.
    pub fn has(&self, flags: Flags) -> bool {
        self.flags.has(flags)
    }
}

/// The TCP part of a packet that an ICMP error quotes; `src` is the socket that sent it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quoted {
    /// Who had sent the packet: a local socket.
    pub src: Endpoint,
    /// To whom.
    pub dst: Endpoint,
    /// Its sequence number.
    pub seq: u32,
}

impl Quoted {
    /// Reads the first eight bytes of a TCP header, which every ICMP error quotes.
    ///
    /// # Errors
    /// They are not all there.
    pub fn parse(src: Ipv4Addr, dst: Ipv4Addr, tcp: &[u8]) -> Result<Self, Malformed> {
        if tcp.len() < 8 {
            return Err(Malformed::TooShort { wanted: 8, present: tcp.len() });
        }
        Ok(Self {
            src: Endpoint::new(src, half(tcp, 0)),
            dst: Endpoint::new(dst, half(tcp, 2)),
            seq: word(tcp, 4),
        })
    }
}

/// The checksum over pseudo-header and segment: what belongs into the field if that is zero in
/// `tcp`, and 0 if the checksum that `tcp` carries is right.
pub fn checksum(src: Ipv4Addr, dst: Ipv4Addr, tcp: &[u8]) -> u16 {
    let mut sum = 6 + tcp.len() as u32;
    for address in [src, dst] {
        let bits = u32::from(address);
        sum += (bits >> 16) + (bits & 0xffff);
    }
    let mut pairs = tcp.chunks_exact(2);
    for pair in &mut pairs {
        sum += u32::from(u16::from_be_bytes([pair[0], pair[1]]));
    }
    if let [last] = pairs.remainder() {
        sum += u32::from(*last) << 8;
    }
    while sum > 0xffff {
        sum = (sum >> 16) + (sum & 0xffff);
    }
    !(sum as u16)
}

fn half(bytes: &[u8], at: usize) -> u16 {
    u16::from_be_bytes([bytes[at], bytes[at + 1]])
}

pub(super) fn word(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLIENT: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 10);
    const SERVER: Ipv4Addr = Ipv4Addr::new(192, 168, 1, 11);

    #[test]
    fn flags_print_as_in_tcpdump() {
        for (flags, expected) in [
            (Flags::SYN, "S"),
            (Flags::SYN | Flags::ACK | Flags::ECE, "S.E"),
            (Flags::FIN | Flags::PSH | Flags::ACK, "FP."),
            (Flags::RST, "R"),
            (Flags(0), "none"),
        ] {
            assert_eq!(flags.to_string(), expected);
        }
    }

    #[test]
    fn refuses_what_is_no_segment() {
        let parse = |bytes: &[u8]| Segment::parse(CLIENT, SERVER, 0, bytes).err();
        let mut bytes = [0; 24];
        assert_eq!(parse(&bytes[..19]), Some(Malformed::TooShort { wanted: 20, present: 19 }));
        bytes[12] = 0x40;
        assert_eq!(parse(&bytes), Some(Malformed::DataOffset { offset: 16, present: 24 }));
        bytes[12] = 0x70;
        assert_eq!(parse(&bytes), Some(Malformed::DataOffset { offset: 28, present: 24 }));
        bytes[12] = 0x60;
        assert_eq!(parse(&bytes), None);
        assert!(Quoted::parse(CLIENT, SERVER, &bytes[..7]).is_err());
    }
}
