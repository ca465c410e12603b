//! Frames and the bytes that they share.
//!
//! A frame on a wire never changes: a node that edits one makes a new frame whose `parent` is the
//! old one. The bytes are shared until then; room before them lets a host put an Ethernet or an
//! outer IP header in front without a copy.

use std::fmt;
use std::iter;
use std::sync::Arc;

use etherparse::{ArpEthIpv4Packet, ArpPacketSlice};

use crate::Mac;

/// Room kept before a packet: an Ethernet header and two further headers.
const HEADROOM: usize = 64;
/// Length of an Ethernet II header.
pub const ETHERNET: usize = 14;
/// Ethernet's type for IPv4.
pub const TYPE_IPV4: u16 = 0x0800;
/// Ethernet's type for ARP.
pub const TYPE_ARP: u16 = 0x0806;

/// Ethernet's type, told as tcpdump tells it.
///
/// ```
/// use sim_core::frame::EtherType;
/// assert_eq!(EtherType(0x88b5).to_string(), "0x88b5");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EtherType(pub u16);

impl fmt::Display for EtherType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#06x}", self.0)
    }
}

/// A stretch of shared bytes with room before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrameBuf {
    buf: Arc<[u8]>,
    start: u32,
    end: u32,
}

impl FrameBuf {
    /// A copy of these bytes, with room before them.
    pub fn new(bytes: &[u8]) -> Self {
        Self::build(bytes.len(), |room| room.copy_from_slice(bytes))
    }

    /// `len` zero bytes, filled by `fill`, with room before them.
    pub fn build(len: usize, fill: impl FnOnce(&mut [u8])) -> Self {
        let mut buf: Arc<[u8]> = iter::repeat_n(0, HEADROOM + len).collect();
        fill(&mut Arc::get_mut(&mut buf).expect("nobody else holds it yet")[HEADROOM..]);
        let end = u32::try_from(buf.len()).expect("a frame is shorter than 4 GiB");
        Self { buf, start: HEADROOM as u32, end }
    }

    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.buf[self.start as usize..self.end as usize]
    }

    /// The number of bytes.
    pub fn len(&self) -> usize {
        (self.end - self.start) as usize
    }

    /// Whether there are no bytes.
    pub fn is_empty(&self) -> bool {
        self.start == self.end
    }

    /// Without the first `count` bytes; they stay as room before it.
    pub fn without_front(mut self, count: usize) -> Self {
        assert!(count <= self.len(), "a header is not longer than its frame");
        self.start += count as u32;
        self
    }

    /// Only the first `count` bytes.
    pub fn truncated(mut self, count: usize) -> Self {
        assert!(count <= self.len(), "a packet is not longer than its frame");
        self.end = self.start + count as u32;
        self
    }

    /// The same bytes after `header`, which takes the room before them if there is enough.
    pub fn with_front(mut self, header: &[u8]) -> Self {
        let room = self.start as usize;
        if header.len() > room {
            let mut grown = Vec::with_capacity(header.len() + self.len());
            grown.extend_from_slice(header);
            grown.extend_from_slice(self.bytes());
            return Self::new(&grown);
        }
        let start = room - header.len();
        Arc::make_mut(&mut self.buf)[start..room].copy_from_slice(header);
        self.start = start as u32;
        self
    }

    /// The bytes, to be changed in place; copied first if somebody else holds them.
    pub fn bytes_mut(&mut self) -> &mut [u8] {
        &mut Arc::make_mut(&mut self.buf)[self.start as usize..self.end as usize]
    }

    /// The whole buffer and where the bytes start and end in it: what a rewrite that needs the room
    /// before them takes.
    pub fn edit<T>(&mut self, edit: impl FnOnce(&mut [u8], usize) -> (T, usize)) -> T {
        let end = self.end as usize;
        let (value, start) = edit(&mut Arc::make_mut(&mut self.buf)[..end], self.start as usize);
        self.start = start as u32;
        value
    }
}

/// The number of a frame, unique in its world. A flooded frame keeps its number on all cables:
/// nobody changed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FrameId(pub u32);

/// An Ethernet frame on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Its number.
    pub id: FrameId,
    /// The frame whose bytes it was made from, if it was not made from scratch.
    pub parent: Option<FrameId>,
    /// Its bytes, without the frame check sequence.
    pub bytes: FrameBuf,
}

/// Hands out the numbers of frames.
#[derive(Clone, Debug, Default)]
pub struct Frames {
    next: u32,
}

impl Frames {
    /// A new frame of these bytes.
    pub fn make(&mut self, parent: Option<FrameId>, bytes: FrameBuf) -> Frame {
        let id = FrameId(self.next);
        self.next += 1;
        Frame { id, parent, bytes }
    }
}

/// An Ethernet II header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ethernet {
    /// To whom.
    pub dst: Mac,
    /// From whom.
    pub src: Mac,
    /// What it carries: [`TYPE_IPV4`], [`TYPE_ARP`].
    pub kind: u16,
}

impl Ethernet {
    /// The header of this frame; none if it is shorter than one.
    pub fn read(frame: &[u8]) -> Option<Self> {
        let head = frame.first_chunk::<ETHERNET>()?;
        let mut dst = [0; 6];
        let mut src = [0; 6];
        dst.copy_from_slice(&head[..6]);
        src.copy_from_slice(&head[6..12]);
        Some(Self { dst: Mac(dst), src: Mac(src), kind: u16::from_be_bytes([head[12], head[13]]) })
    }

    /// The header's bytes.
    pub fn bytes(&self) -> [u8; ETHERNET] {
        let mut head = [0; ETHERNET];
        head[..6].copy_from_slice(&self.dst.0);
        head[6..12].copy_from_slice(&self.src.0);
        head[12..].copy_from_slice(&self.kind.to_be_bytes());
        head
    }
}

/// The ARP message for IPv4 over Ethernet in these bytes (RFC 826); none if it is cut or of other
/// kinds of addresses.
pub fn read_arp(bytes: &[u8]) -> Option<ArpEthIpv4Packet> {
    ArpEthIpv4Packet::try_from(ArpPacketSlice::from_slice(bytes).ok()?.to_packet()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_takes_the_room_and_gives_it_back() {
        let packet = FrameBuf::new(&[1, 2, 3]);
        let framed = packet.clone().with_front(&[9; ETHERNET]);
        assert_eq!(framed.len(), 17);
        assert_eq!(packet.bytes(), [1, 2, 3], "the holder of the packet sees no change");
        assert_eq!(framed.without_front(ETHERNET).bytes(), [1, 2, 3]);
    }

    #[test]
    fn a_header_larger_than_the_room_makes_more() {
        let framed = FrameBuf::new(&[7]).with_front(&[1; HEADROOM]).with_front(&[2, 3]);
        assert_eq!(framed.len(), HEADROOM + 3);
        assert_eq!(framed.bytes()[..3], [2, 3, 1]);
    }
}
