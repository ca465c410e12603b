//! Fragments: cutting a packet that does not fit, and putting the pieces together again (RFC 791 section 3.2).
//!
//! Linux 6.1: net/ipv4/ip_output.c, ip_do_fragment; net/ipv4/ip_fragment.c.

use std::net::Ipv4Addr;
use std::time::Duration;

use lvs_engine::{IcmpError, View};

use super::icmp::About;
use super::ip::Arrival;
use super::packet::{Skb, checksum};
use super::{Host, Timer};
use crate::event::Cx;
use crate::frame::FrameBuf;
use crate::reason::Reason;

/// How long the first pieces wait for the others. Linux: net.ipv4.ipfrag_time.
const WAIT: Duration = Duration::from_secs(30);
/// How many datagrams may be incomplete at a time.
const MOST: usize = 64;
const MORE: u16 = 0x2000;

/// A datagram of which pieces have come.
#[derive(Clone, Debug)]
pub(super) struct Incomplete {
    pub(super) timer: Timer,
    key: (Ipv4Addr, Ipv4Addr, u8, u16),
    arrival: Arrival,
    /// The pieces by offset of their data.
    pieces: Vec<(usize, Skb)>,
}

/// Cuts a packet into pieces of at most `mtu` bytes. A piece of a piece keeps its place in the whole.
pub(super) fn cut(packet: &[u8], mtu: u16) -> Vec<FrameBuf> {
    let Ok(view) = View::new(packet) else { return Vec::new() };
    let head = view.header_len();
    let room = (usize::from(mtu).saturating_sub(head) & !7).max(8);
    let field = u16::from_be_bytes([packet[6], packet[7]]);
    let first = usize::from(field & 0x1fff) * 8;
    let body = &packet[head..view.bytes().len()];
    let mut pieces = Vec::new();
    for (nth, part) in body.chunks(room).enumerate() {
        let at = nth * room;
        let last = at + part.len() == body.len();
        let more = if last { field & MORE } else { MORE };
        let offset = ((first + at) / 8) as u16;
        pieces.push(FrameBuf::build(head + part.len(), |bytes| {
            bytes[..head].copy_from_slice(&packet[..head]);
            bytes[head..].copy_from_slice(part);
            let total = bytes.len() as u16;
            bytes[2..4].copy_from_slice(&total.to_be_bytes());
            // DF does not go along: whoever cuts was allowed to.
            bytes[6..8].copy_from_slice(&(more | offset).to_be_bytes());
            bytes[10..12].fill(0);
            let sum = checksum(&bytes[..head], 0);
            bytes[10..12].copy_from_slice(&sum.to_be_bytes());
        }));
    }
    pieces
}

impl Host {
    /// The whole datagram, once all its pieces are there; a packet that is no piece is whole.
    pub(super) fn reassemble(
        &mut self,
        arrival: Arrival,
        skb: Skb,
        cx: &mut Cx<'_>,
    ) -> Option<Skb> {
        let view = skb.view();
        if !view.is_fragment() {
            return Some(skb);
        }
        let src = view.src();
        let key = (src, view.dst(), view.proto(), view.id());
        let offset = offset_of(skb.buf.bytes());
        let at = self.incomplete.iter().position(|own| own.key == key).unwrap_or_else(|| {
            if self.incomplete.len() == MOST {
                self.incomplete.remove(0);
            }
            let timer = Timer { at: cx.now + WAIT, cause: cx.seq };
            self.incomplete.push(Incomplete { timer, key, arrival, pieces: Vec::new() });
            self.incomplete.len() - 1
        });
        let pieces = &mut self.incomplete[at].pieces;
        let place = pieces.partition_point(|&(other, _)| other < offset);
        if pieces.get(place).is_none_or(|&(other, _)| other != offset) {
            pieces.insert(place, (offset, skb));
        }
        let Some(whole) = join(pieces) else {
            cx.note(Reason::FragmentWaits { src });
            return None;
        };
        let parent = pieces.last().and_then(|(_, skb)| skb.parent);
        self.incomplete.remove(at);
        cx.note(Reason::FragmentsJoined { src });
        Some(Skb { buf: whole, parent, seen: false })
    }

    /// The others never came: whoever sent the first piece is told. Linux 6.1 ip_fragment.c, ip_expire.
    pub(super) fn fragments_expired(&mut self, at: usize, cx: &mut Cx<'_>) {
        let Incomplete { key, arrival, pieces, .. } = self.incomplete.remove(at);
        cx.note(Reason::FragmentsExpired { src: key.0 });
        if let Some((0, first)) = pieces.first() {
            self.icmp_error(IcmpError::ReassemblyTime, &About::packet(first, Some(arrival)), cx);
        }
    }
}

fn offset_of(packet: &[u8]) -> usize {
    usize::from(u16::from_be_bytes([packet[6], packet[7]]) & 0x1fff) * 8
}

/// The pieces as one packet, if none is missing.
fn join(pieces: &[(usize, Skb)]) -> Option<FrameBuf> {
    let (_, first) = pieces.first()?;
    let (_, last) = pieces.last()?;
    let flags = u16::from_be_bytes([last.buf.bytes()[6], last.buf.bytes()[7]]);
    if flags & MORE != 0 {
        return None;
    }
    let head_len = first.view().header_len();
    let mut packet = first.buf.bytes()[..head_len].to_vec();
    for (offset, piece) in pieces {
        if packet.len() - head_len != *offset {
            return None;
        }
        packet.extend_from_slice(&piece.buf.bytes()[piece.view().header_len()..]);
    }
    let total = u16::try_from(packet.len()).ok()?;
    packet[2..4].copy_from_slice(&total.to_be_bytes());
    packet[6..8].fill(0);
    packet[10..12].fill(0);
    let sum = checksum(&packet[..head_len], 0);
    packet[10..12].copy_from_slice(&sum.to_be_bytes());
    Some(FrameBuf::new(&packet))
}

#[cfg(test)]
mod tests {
    use super::super::packet::IpHead;
    use super::*;

    fn packet(len: usize) -> FrameBuf {
        let head = IpHead {
            src: [10, 0, 0, 1].into(),
            dst: [10, 0, 0, 2].into(),
            proto: 17,
            ttl: 64,
            tos: 0,
            id: 7,
            df: false,
        };
        head.packet(len, |body| {
            for (at, byte) in body.iter_mut().enumerate() {
                *byte = at as u8;
            }
        })
    }

    #[test]
    #[rustfmt::skip]
    fn cuts_where_linux_cuts() {
        //   packet  mtu    (offset, length, more) …
        type Pieces<'a> = &'a [(usize, usize, bool)];
        let rows: [(usize, u16, Pieces<'_>); 2] = [
            (1500, 1400, &[(0, 1396, true), (1376, 124, false)]),
            (1401, 1400, &[(0, 1396, true), (1376, 25, false)]),
        ];
        for (total, mtu, expected) in rows {
            let pieces: Vec<_> = cut(packet(total - 20).bytes(), mtu)
                .iter()
                .map(|piece| (offset_of(piece.bytes()), piece.len(), piece.bytes()[6] & 0x20 != 0))
                .collect();
            assert_eq!(pieces, expected, "{total} bytes by {mtu}");
        }
    }

    #[test]
    fn what_was_cut_joins_to_the_same() {
        let whole = packet(3000);
        let mut pieces: Vec<_> = cut(whole.bytes(), 1000)
            .into_iter()
            .map(|buf| (offset_of(buf.bytes()), Skb::own(buf)))
            .collect();
        assert_eq!(join(&pieces).map(|buf| buf.bytes().to_vec()), Some(whole.bytes().to_vec()));
        pieces.remove(1);
        assert_eq!(join(&pieces), None);
    }
}
