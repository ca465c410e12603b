//! Fragments: cutting a packet that does not fit, and putting the pieces together again (RFC 791
//! section 3.2).
//!
//! Linux 6.1: net/ipv4/ip_output.c, ip_do_fragment; net/ipv4/ip_fragment.c.

use std::net::Ipv4Addr;
use std::time::Duration;

use lvs_engine::{IcmpError, View};

use super::icmp::About;
use super::ip::Arrival;
use super::packet::{Skb, checksum};
use super::{Host, Timer};
use crate::counters::Counter;
use crate::event::Cx;
use crate::frame::FrameBuf;
use crate::reason::Reason;

/// How long the first pieces wait for the others. Linux: net.ipv4.ipfrag_time.
const WAIT: Duration = Duration::from_secs(30);
/// Buffer memory of pieces from which on no other datagram is begun. Linux:
/// net.ipv4.ipfrag_high_thresh.
const MOST_MEMORY: usize = 4 << 20;
const MORE: u16 = 0x2000;

/// A datagram of which pieces have come.
#[derive(Clone, Debug)]
pub(super) struct Incomplete {
    pub(super) timer: Timer,
    key: (Ipv4Addr, Ipv4Addr, u8, u16),
    arrival: Arrival,
    /// The pieces in order; no two of them overlap.
    pieces: Vec<Piece>,
}

/// A piece of a datagram.
#[derive(Clone, Debug)]
struct Piece {
    /// Where its data starts in the whole.
    start: usize,
    /// Where it ends.
    end: usize,
    /// Whether nothing comes behind it.
    last: bool,
    skb: Skb,
}

impl Piece {
    fn new(skb: Skb) -> Self {
        let view = skb.view();
        let start = view.fragment_offset();
        Self { start, end: start + view.payload().len(), last: !view.more_fragments(), skb }
    }
}

/// A piece that cannot be of the same datagram as those that are there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Contradiction;

/// Cuts a packet into pieces of at most `mtu` bytes. A piece of a piece keeps its place in the
/// whole.
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
        self.counters.count(Counter::IpReasmReqds);
        let src = view.src();
        let key = (src, view.dst(), view.proto(), view.id());
        let known = self.incomplete.iter().position(|own| own.key == key);
        // Linux 6.1 inet_fragment.c, inet_frag_alloc: those that are there stay.
        let pieces = || self.incomplete.iter().flat_map(|own| &own.pieces);
        if known.is_none()
            && pieces().map(|piece| piece.skb.truesize()).sum::<usize>() > MOST_MEMORY
        {
            self.counters.count(Counter::IpReasmFails);
            cx.note(Reason::FragmentsDropped { src });
            return None;
        }
        let at = known.unwrap_or_else(|| {
            let timer = Timer::at(cx.now + WAIT, cx);
            self.incomplete.push(Incomplete { timer, key, arrival, pieces: Vec::new() });
            self.incomplete.len() - 1
        });
        let pieces = &mut self.incomplete[at].pieces;
        if insert(pieces, Piece::new(skb)) == Err(Contradiction) {
            self.incomplete.remove(at);
            self.counters.count(Counter::IpReasmFails);
            cx.note(Reason::FragmentsDropped { src });
            return None;
        }
        let Some(whole) = join(pieces) else {
            cx.note(Reason::FragmentWaits { src });
            return None;
        };
        let parent = pieces.last().and_then(|piece| piece.skb.parent);
        let mark = pieces.first().map_or(0, |piece| piece.skb.mark);
        let longest = pieces.iter().map(|piece| piece.skb.buf.len() as u16).max();
        self.incomplete.remove(at);
        self.counters.count(Counter::IpReasmOKs);
        cx.note(Reason::FragmentsJoined { src });
        Some(Skb { longest_piece: longest, mark, ..Skb::came(whole, parent) })
    }

    /// The others never came: whoever sent the first piece is told. Linux 6.1 ip_fragment.c,
    /// ip_expire.
    pub(super) fn fragments_expired(&mut self, at: usize, cx: &mut Cx<'_>) {
        let Incomplete { key, arrival, pieces, .. } = self.incomplete.remove(at);
        self.counters.count(Counter::IpReasmFails);
        self.counters.count(Counter::IpReasmTimeout);
        cx.note(Reason::FragmentsExpired { src: key.0 });
        if let Some(Piece { start: 0, skb, .. }) = pieces.first() {
            self.icmp_error(IcmpError::ReassemblyTime, &About::local(skb, arrival), cx);
        }
    }
}

/// Puts a piece in its place, unless all its data is there already.
///
/// # Errors
/// When it overlaps what is there, is empty, or does not fit to where the datagram ends.
/// Linux 6.1 ip_fragment.c, ip_frag_queue; inet_fragment.c, inet_frag_queue_insert.
fn insert(pieces: &mut Vec<Piece>, piece: Piece) -> Result<(), Contradiction> {
    let Piece { start, end, last, .. } = piece;
    let fits = |own: &Piece| (!own.last || end <= own.end) && (!last || own.end <= end);
    if start == end || !pieces.iter().all(fits) {
        return Err(Contradiction);
    }
    let common = |own: &Piece| end.min(own.end).saturating_sub(start.max(own.start));
    match pieces.iter().map(common).sum() {
        0 => pieces.insert(pieces.partition_point(|own| own.start < start), piece),
        there if there == end - start => {}
        _ => return Err(Contradiction),
    }
    Ok(())
}

/// The pieces as one packet, if none is missing.
fn join(pieces: &[Piece]) -> Option<FrameBuf> {
    let first = &pieces.first()?.skb;
    if !pieces.last()?.last {
        return None;
    }
    let head_len = first.view().header_len();
    let mut packet = first.buf.bytes()[..head_len].to_vec();
    for Piece { start, skb, .. } in pieces {
        if packet.len() - head_len != *start {
            return None;
        }
        packet.extend_from_slice(skb.view().payload());
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
                .map(|piece| {
                    let view = View::new(piece.bytes()).expect("a piece is a packet");
                    (view.fragment_offset(), piece.len(), view.more_fragments())
                })
                .collect();
            assert_eq!(pieces, expected, "{total} bytes by {mtu}");
        }
    }

    fn pieces_of(packet: &FrameBuf, mtu: u16) -> Vec<Piece> {
        cut(packet.bytes(), mtu).into_iter().map(|buf| Piece::new(Skb::own(buf))).collect()
    }

    #[test]
    fn what_was_cut_joins_to_the_same() {
        let whole = packet(3000);
        let mut pieces = Vec::new();
        for piece in pieces_of(&whole, 1000).into_iter().rev() {
            assert_eq!(join(&pieces), None);
            assert_eq!(insert(&mut pieces, piece.clone()), Ok(()));
            assert_eq!(insert(&mut pieces, piece), Ok(()), "what comes twice changes nothing");
        }
        assert_eq!(join(&pieces).map(|buf| buf.bytes().to_vec()), Some(whole.bytes().to_vec()));
    }

    /// A datagram of 3000 bytes lies here in pieces of 976, but for one; then a piece of another
    /// cut comes.
    #[test]
    #[rustfmt::skip]
    fn pieces_that_contradict_are_refused() {
        let (whole, longer) = (packet(2980), packet(4000));
        //   missing  comes                                    accepted
        for (missing, piece, accepted) in [
            (1,       pieces_of(&whole, 1000).remove(1),        true),
            (1,       pieces_of(&whole, 1004).remove(1),        false), // overlaps the third
            (1,       pieces_of(&whole, 516).remove(2),         true),  // new
            (1,       pieces_of(&whole, 516).remove(0),         true),  // there already
            (3,       pieces_of(&longer, 1000).remove(3),       true),  // more is to come
            (0,       pieces_of(&longer, 1000).remove(3),       false), // behind the last
            (2,       pieces_of(&packet(1000), 1000).remove(1), false), // ends before others
        ] {
            let mut pieces = pieces_of(&whole, 1000);
            pieces.remove(missing);
            let fits = insert(&mut pieces, piece.clone()).is_ok();
            assert_eq!(fits, accepted, "{missing}: {piece:?}");
        }
    }
}
