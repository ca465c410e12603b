//! A packet inside a host, between the wire and the sockets.

use std::net::Ipv4Addr;

use etherparse::Ipv4Header;
use lvs_engine::View;

use super::conntrack::Ct;
use crate::frame::{FrameBuf, FrameId};

/// A packet on its way through a host. Linux: struct sk_buff.
#[derive(Clone, Debug)]
pub(crate) struct Skb {
    /// The IP packet.
    pub(crate) buf: FrameBuf,
    /// The frame that it came in, or was made from.
    pub(crate) parent: Option<FrameId>,
    /// Whether IPVS has had it: it is not shown to IPVS again. Linux: ipvs_property.
    pub(crate) seen: bool,
    /// The firewall mark; 0 is none. It never leaves the host.
    pub(crate) mark: u32,
    /// What connection tracking knows of it. Linux: _nfct.
    pub(super) ct: Ct,
    /// It was put together of pieces, the longest of this length: it leaves in such pieces again.
    /// Linux: IPCB(skb)->frag_max_size.
    pub(crate) longest_piece: Option<u16>,
}

impl Skb {
    /// A packet of our own.
    pub(crate) fn own(buf: FrameBuf) -> Self {
        Self::came(buf, None)
    }

    /// A packet that came in a frame, or out of another packet.
    pub(crate) fn came(buf: FrameBuf, parent: Option<FrameId>) -> Self {
        Self { buf, parent, seen: false, mark: 0, ct: Ct::None, longest_piece: None }
    }

    /// The buffer memory that it takes: 768 bytes a small packet, 2304 a full one.
    pub(crate) fn truesize(&self) -> usize {
        if self.buf.len() <= 448 { 768 } else { 2304 }
    }

    /// The packet, read.
    pub(crate) fn view(&self) -> View<'_> {
        View::new(self.buf.bytes()).expect("a packet inside a host was checked when it came in")
    }
}

/// What an IP packet of our own looks like.
#[derive(Clone, Copy, Debug)]
pub(crate) struct IpHead {
    pub(crate) src: Ipv4Addr,
    pub(crate) dst: Ipv4Addr,
    pub(crate) proto: u8,
    pub(crate) ttl: u8,
    pub(crate) tos: u8,
    pub(crate) id: u16,
    pub(crate) df: bool,
}

impl IpHead {
    /// A packet with this header and `len` bytes of payload, which `fill` writes.
    pub(crate) fn packet(&self, len: usize, fill: impl FnOnce(&mut [u8])) -> FrameBuf {
        FrameBuf::build(Ipv4Header::MIN_LEN + len, |bytes| {
            fill(&mut bytes[Ipv4Header::MIN_LEN..]);
            let total = bytes.len() as u16;
            let head = bytes
                .first_chunk_mut::<{ Ipv4Header::MIN_LEN }>()
                .expect("20 bytes were asked for");
            head[0] = 0x45;
            head[1] = self.tos;
            head[2..4].copy_from_slice(&total.to_be_bytes());
            head[4..6].copy_from_slice(&self.id.to_be_bytes());
            head[6] = if self.df { 0x40 } else { 0 };
            head[8] = self.ttl;
            head[9] = self.proto;
            head[12..16].copy_from_slice(&self.src.octets());
            head[16..20].copy_from_slice(&self.dst.octets());
            let sum = checksum(head, 0);
            head[10..12].copy_from_slice(&sum.to_be_bytes());
        })
    }
}

/// The Internet checksum (RFC 1071) of these bytes, from a start value (a folded or unfolded sum).
pub(crate) fn checksum(bytes: &[u8], start: u32) -> u16 {
    // The order of bytes does not matter to the sum (RFC 1071 section 2 B): they are taken four at a
    // time as the machine reads them, and turned once.
    let (words, rest) = bytes.as_chunks::<4>();
    let mut last = [0; 4];
    last[..rest.len()].copy_from_slice(rest);
    let sum: u64 = words.iter().map(|word| u64::from(u32::from_ne_bytes(*word))).sum();
    let sum = fold(sum + u64::from(u32::from_ne_bytes(last)));
    !fold(u64::from(u16::from_be(sum)) + u64::from(start))
}

/// A sum of 16-bit words, its carries added to it until there are none.
const fn fold(mut sum: u64) -> u16 {
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    sum as u16
}

/// The sum of the pseudo header of TCP and UDP (RFC 9293 section 3.1, RFC 768), to start a
/// [`checksum`] from.
pub(crate) fn pseudo(src: Ipv4Addr, dst: Ipv4Addr, proto: u8, len: usize) -> u32 {
    let halves = |addr: Ipv4Addr| (addr.to_bits() >> 16) + (addr.to_bits() & 0xffff);
    halves(src) + halves(dst) + u32::from(proto) + len as u32
}

/// Whether all that is wrong with a packet is that its end is missing. Linux 6.1 ip_input.c,
/// ip_rcv_core.
pub(crate) fn is_cut(packet: &[u8]) -> bool {
    View::new_cut(packet).is_ok_and(|view| checksum(&packet[..view.header_len()], 0) == 0)
}

/// The length of an IPv4 packet whose header is whole and has a right checksum. Linux 6.1
/// ip_input.c, ip_rcv_core.
pub(crate) fn sound_len(packet: &[u8]) -> Option<usize> {
    let view = View::new(packet).ok()?;
    (checksum(&packet[..view.header_len()], 0) == 0).then_some(view.bytes().len())
}
