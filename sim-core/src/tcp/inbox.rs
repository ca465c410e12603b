//! What came in: data in order that waits for the application, data beyond a hole, and what to say
//! about that in SACK.
//!
//! Linux 6.1 net/ipv4/tcp_input.c tcp_data_queue_ofo, tcp_ofo_queue, tcp_sack_new_ofo_skb,
//! tcp_sack_remove, tcp_dsack_set; RFC 2018, RFC 2883.

use std::collections::VecDeque;

use super::options::Sack;
use super::seq::{after, before};

/// The data of one segment.
#[derive(Clone, Debug)]
struct Piece {
    seq: u32,
    bytes: Vec<u8>,
    /// A FIN follows the data.
    fin: bool,
    /// Buffer memory.
    cost: u32,
}

impl Piece {
    fn end(&self) -> u32 {
        self.seq.wrapping_add(self.bytes.len() as u32).wrapping_add(u32::from(self.fin))
    }
}

/// The receive queues of one socket.
#[derive(Clone, Debug, Default)]
pub(super) struct Inbox {
    ready: VecDeque<Piece>,
    /// How much of the first ready piece was read.
    read: usize,
    /// Beyond a hole, in order of sequence, none covering another.
    beyond: Vec<Piece>,
    /// The blocks of `beyond`, the most recently changed first, at most four.
    sacks: Vec<Sack>,
    /// Data that came twice, to be reported once.
    twice: Option<Sack>,
}

/// How many blocks are remembered (`TCP_NUM_SACKS`).
const SACKS: usize = 4;

impl Inbox {
    /// Buffer memory of all that is held.
    pub fn held(&self) -> u32 {
        self.ready.iter().chain(&self.beyond).map(|piece| piece.cost).sum()
    }

    /// Bytes that the application can read.
    pub fn readable(&self) -> usize {
        self.ready.iter().map(|piece| piece.bytes.len()).sum::<usize>() - self.read
    }

    /// Whether there is a hole.
    pub fn has_hole(&self) -> bool {
        !self.beyond.is_empty()
    }

    /// Takes data in order.
    pub fn push(&mut self, seq: u32, bytes: &[u8], cost: u32) {
        if !bytes.is_empty() {
            self.ready.push_back(Piece { seq, bytes: bytes.to_vec(), fin: false, cost });
        }
    }

    /// The application takes up to `limit` bytes of the first segment.
    pub fn take(&mut self, limit: usize, into: &mut Vec<u8>) -> usize {
        let Some(piece) = self.ready.front() else { return 0 };
        let end = piece.bytes.len().min(self.read + limit);
        let taken = end - self.read;
        into.extend_from_slice(&piece.bytes[self.read..end]);
        self.read = end;
        if end == piece.bytes.len() {
            self.ready.pop_front();
            self.read = 0;
        }
        taken
    }

    /// Takes data beyond a hole and notes it for SACK.
    pub fn push_beyond(&mut self, seq: u32, bytes: &[u8], fin: bool, cost: u32) {
        let piece = Piece { seq, bytes: bytes.to_vec(), fin, cost };
        let end = piece.end();
        let at =
            self.beyond.iter().position(|other| after(other.seq, seq)).unwrap_or(self.beyond.len());
        if let Some(left) = at.checked_sub(1).map(|before| &self.beyond[before]) {
            if !after(end, left.end()) {
                self.report_twice(seq, end);
                return;
            }
            if before(seq, left.end()) {
                let overlap = left.end();
                self.report_twice(seq, overlap);
            }
        }
        while let Some(right) = self.beyond.get(at).filter(|right| after(end, right.seq)) {
            let (left_edge, right_edge) = (right.seq, right.end());
            if before(end, right_edge) {
                self.report_twice(left_edge, end);
                break;
            }
            self.report_twice(left_edge, right_edge);
            self.beyond.remove(at);
        }
        self.beyond.insert(at, piece);
        self.note(seq, end);
    }

    /// Joins `seq .. end` with the block it touches, which becomes the first, or puts a new one
    /// there.
    fn note(&mut self, seq: u32, end: u32) {
        let touches = |sack: &Sack| !after(seq, sack.right) && !after(sack.left, end);
        let mut block = Sack { left: seq, right: end };
        // A block may close the gap between two others.
        while let Some(at) = self.sacks.iter().position(touches) {
            let old = self.sacks.remove(at);
            if before(old.left, block.left) {
                block.left = old.left;
            }
            if after(old.right, block.right) {
                block.right = old.right;
            }
        }
        self.sacks.insert(0, block);
        self.sacks.truncate(SACKS);
    }

    /// Moves to the ready queue what a filled hole has joined; returns the next sequence number
    /// expected and whether the FIN was among it.
    pub fn drain(&mut self, mut next: u32) -> (u32, bool) {
        let mut fin = false;
        while let Some(first) = self.beyond.first() {
            if after(first.seq, next) {
                break;
            }
            let piece = self.beyond.remove(0);
            if before(piece.seq, next) {
                let end = if before(next, piece.end()) { next } else { piece.end() };
                self.extend_twice(piece.seq, end);
            }
            if after(piece.end(), next) {
                let old = next.wrapping_sub(piece.seq) as usize;
                let fresh = piece.bytes.get(old..).unwrap_or_default();
                self.push(next, fresh, piece.cost);
                next = piece.end();
                if piece.fin {
                    fin = true;
                    self.beyond.clear();
                }
            }
        }
        if self.beyond.is_empty() {
            self.sacks.clear();
        }
        self.sacks.retain(|sack| before(next, sack.left));
        (next, fin)
    }

    /// `seq .. end` came twice: the next acknowledgement says so.
    pub fn report_twice(&mut self, seq: u32, end: u32) {
        self.twice = Some(Sack { left: seq, right: end });
    }

    fn extend_twice(&mut self, seq: u32, end: u32) {
        match &mut self.twice {
            Some(block) if !after(seq, block.right) && !after(block.left, end) => {
                block.left = super::seq::earlier(block.left, seq);
                block.right = super::seq::later(block.right, end);
            }
            Some(_) => {}
            twice => *twice = Some(Sack { left: seq, right: end }),
        }
    }

    /// The blocks for the next segment: what came twice first, then the others. The report is made
    /// once.
    pub fn sacks_to_send(&mut self) -> Vec<Sack> {
        self.twice.take().into_iter().chain(self.sacks.iter().copied()).collect()
    }

    /// How many blocks the next segment would carry.
    pub fn sack_count(&self) -> usize {
        usize::from(self.twice.is_some()) + self.sacks.len()
    }

    /// The right edge of what was received, holes included.
    pub fn right_edge(&self) -> Option<u32> {
        self.beyond.last().map(Piece::end)
    }

    /// The FIN has come in order: nothing that is said to lie behind it is taken, and nothing more
    /// is reported. Linux 6.1 tcp_input.c, tcp_fin.
    pub fn end(&mut self) {
        self.beyond.clear();
        self.sacks.clear();
        self.twice = None;
    }

    /// Forgets everything.
    pub fn discard(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each row: the segments beyond 0 in order of arrival, the blocks told, and how far a filled
    /// hole `0..10` reaches.
    #[test]
    fn holes_are_told_and_filled() {
        type Row = (&'static [(u32, u32)], &'static [(u32, u32)], u32);
        let rows: &[Row] = &[
            (&[(10, 20)], &[(10, 20)], 20),
            (&[(10, 20), (20, 30)], &[(10, 30)], 30),
            (&[(10, 20), (30, 40)], &[(30, 40), (10, 20)], 20),
            (&[(10, 20), (30, 40), (20, 30)], &[(10, 40)], 40),
            (&[(10, 20), (10, 20)], &[(10, 20), (10, 20)], 20), // the first one is the duplicate
            (&[(10, 20), (15, 25)], &[(15, 20), (10, 25)], 25),
            (&[(12, 14), (10, 20)], &[(12, 14), (10, 20)], 20),
            (
                &[(10, 11), (20, 21), (30, 31), (40, 41), (50, 51)],
                &[(50, 51), (40, 41), (30, 31), (20, 21)],
                11,
            ),
        ];
        for (arrivals, blocks, reach) in rows {
            let mut inbox = Inbox::default();
            for &(seq, end) in *arrivals {
                inbox.push_beyond(seq, &vec![0; (end - seq) as usize], false, 1);
            }
            let told: Vec<_> = inbox.sacks_to_send().iter().map(|s| (s.left, s.right)).collect();
            assert_eq!(told, *blocks, "{arrivals:?}");
            assert_eq!(inbox.drain(10), (*reach, false), "{arrivals:?}");
            assert_eq!(inbox.readable() as u32, reach - 10);
        }
    }

    /// What follows the FIN is no data of this connection.
    #[test]
    fn a_fin_waits_behind_the_hole() {
        let mut inbox = Inbox::default();
        inbox.push_beyond(14, b"after the end", false, 1);
        inbox.push_beyond(10, b"end", true, 1);
        assert_eq!(inbox.right_edge(), Some(27));
        assert_eq!(inbox.drain(10), (14, true));
        assert!(!inbox.has_hole() && inbox.sacks_to_send().is_empty());
        let mut bytes = Vec::new();
        assert_eq!((inbox.take(2, &mut bytes), inbox.take(9, &mut bytes)), (2, 1));
        assert_eq!(bytes, b"end");
    }
}
