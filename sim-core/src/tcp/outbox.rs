//! What goes out: the bytes not yet acknowledged, cut into the chunks that are handed down as one.
//!
//! The first chunks have been sent and wait for their acknowledgement, the others wait to be sent.
//! A chunk may be several segments long: Linux cuts it just before the device, and the end of such
//! a chunk carries PSH.
//!
//! Linux 6.1 net/ipv4/tcp_output.c tcp_fragment, tcp_retrans_try_collapse; tcp_input.c
//! tcp_clean_rtx_queue.

use std::collections::VecDeque;

use lvs_engine::Instant;

use super::seq::{after, before};

/// Some bytes that are sent together.
#[derive(Clone, Debug)]
pub(super) struct Chunk {
    pub seq: u32,
    /// Bytes of data.
    pub len: u32,
    /// The FIN comes after them.
    pub fin: bool,
    /// The last segment carries PSH.
    pub push: bool,
    /// Bytes of data in each of its segments but the last, once it was sent.
    pub mss: u32,
    /// When it was sent last, by the clock as the socket had last read it, and which reading that was.
    pub sent_at: Instant,
    pub order: u64,
    /// The peer has it, beyond a hole.
    pub sacked: bool,
    /// It is taken for lost.
    pub lost: bool,
    /// It is on its way a second time.
    pub resent: bool,
    /// It was sent more than once at some time.
    pub ever_resent: bool,
}

impl Chunk {
    fn new(seq: u32) -> Self {
        Self {
            seq,
            len: 0,
            fin: false,
            push: false,
            mss: 0,
            sent_at: Instant::ZERO,
            order: 0,
            sacked: false,
            lost: false,
            resent: false,
            ever_resent: false,
        }
    }

    /// The sequence number after it.
    pub fn end(&self) -> u32 {
        self.seq.wrapping_add(self.len).wrapping_add(u32::from(self.fin))
    }

    /// How many segments it is, cut at `mss`.
    pub fn segments_at(&self, mss: u32) -> u32 {
        if self.len <= mss { 1 } else { self.len.div_ceil(mss) }
    }

    /// How many segments it is as last sent.
    pub fn segments(&self) -> u32 {
        self.segments_at(self.mss.max(1))
    }

    /// Marks it lost; what was sent again is lost a second time.
    pub fn mark_lost(&mut self) {
        if !self.sacked {
            self.lost = true;
            self.resent = false;
        }
    }
}

/// The send queue of one socket.
#[derive(Clone, Debug)]
pub(super) struct Outbox {
    bytes: VecDeque<u8>,
    /// Sequence number of the first byte.
    base: u32,
    chunks: VecDeque<Chunk>,
    sent: usize,
}

impl Outbox {
    pub fn new(seq: u32) -> Self {
        Self { bytes: VecDeque::new(), base: seq, chunks: VecDeque::new(), sent: 0 }
    }

    /// All chunks, those sent first.
    pub fn chunk(&self, at: usize) -> &Chunk {
        &self.chunks[at]
    }

    /// The same, to change its marks.
    pub fn chunk_mut(&mut self, at: usize) -> &mut Chunk {
        &mut self.chunks[at]
    }

    /// How many chunks were sent and not acknowledged.
    pub fn sent(&self) -> usize {
        self.sent
    }

    /// The chunks sent and not acknowledged.
    pub fn in_flight(&self) -> impl DoubleEndedIterator<Item = &Chunk> {
        self.chunks.iter().take(self.sent)
    }

    /// The first of them.
    pub fn first(&self) -> Option<&Chunk> {
        self.chunks.front().filter(|_| self.sent > 0)
    }

    /// The same, to change their marks.
    pub fn in_flight_mut(&mut self) -> impl Iterator<Item = &mut Chunk> {
        self.chunks.iter_mut().take(self.sent)
    }

    /// The next chunk to be sent.
    pub fn head(&self) -> Option<&Chunk> {
        self.chunks.get(self.sent)
    }

    /// Whether the chunk at `at` is the last of all.
    pub fn is_last(&self, at: usize) -> bool {
        at + 1 == self.chunks.len()
    }

    /// The last chunk, if it is still to be sent and may grow.
    pub fn tail_mut(&mut self) -> Option<&mut Chunk> {
        if self.chunks.len() > self.sent { self.chunks.back_mut() } else { None }
    }

    /// Whether nothing waits to be sent.
    pub fn is_idle(&self) -> bool {
        self.chunks.len() == self.sent
    }

    /// Segments of the chunks in flight that `which` chooses.
    pub fn count(&self, which: impl Fn(&Chunk) -> bool) -> u32 {
        self.in_flight().filter(|chunk| which(chunk)).map(Chunk::segments).sum()
    }

    /// Appends bytes to the last chunk up to `limit`, or to a new one; returns how many fitted.
    pub fn append(&mut self, bytes: &[u8], limit: u32, end: u32) -> usize {
        if self.tail_mut().is_none_or(|tail| tail.len >= limit || tail.fin) {
            self.chunks.push_back(Chunk::new(end));
        }
        let tail = self.chunks.back_mut().expect("a chunk was just made sure of");
        let taken = bytes.len().min((limit - tail.len) as usize);
        tail.len += taken as u32;
        self.bytes.extend(&bytes[..taken]);
        taken
    }

    /// Appends the FIN to what waits, or as a chunk of its own.
    pub fn append_fin(&mut self, end: u32) {
        if self.tail_mut().is_none() {
            self.chunks.push_back(Chunk::new(end));
        }
        self.chunks.back_mut().expect("a chunk was just made sure of").fin = true;
    }

    /// The bytes `seq .. seq + len`.
    pub fn payload(&self, seq: u32, len: u32) -> Vec<u8> {
        let start = seq.wrapping_sub(self.base) as usize;
        self.bytes.range(start..start + len as usize).copied().collect()
    }

    /// The next chunk leaves now.
    pub fn advance(&mut self) {
        self.sent += 1;
    }

    /// Cuts a chunk after `len` bytes; FIN and PSH go with the second part. Both count as segments
    /// of `mss` bytes from now on.
    pub fn split(&mut self, at: usize, len: u32, mss: u32) {
        let first = &mut self.chunks[at];
        debug_assert!(
            len > 0 && len < first.len + u32::from(first.fin),
            "both parts have something"
        );
        first.mss = mss;
        let mut second = first.clone();
        second.seq = first.seq.wrapping_add(len);
        second.len = first.len - len;
        first.len = len;
        first.fin = false;
        first.push = false;
        self.chunks.insert(at + 1, second);
        if at < self.sent {
            self.sent += 1;
        }
    }

    /// Joins small lost chunks that follow `at` to it, as long as they fit into one segment: a
    /// retransmission may carry more than the original.
    ///
    /// Linux leaves a chunk alone whose bytes some queue still holds (`tcp_can_collapse`, skb_cloned).
    /// Its own device soon lets go of them; but where all machines are one kernel, as in the one that
    /// judges us, the cable and the receiver hold them too. So only what is lost is joined.
    pub fn join_following(&mut self, at: usize, room: u32, window_end: u32) {
        let joinable = |chunk: &Chunk| chunk.segments() == 1 && !chunk.sacked;
        while at + 1 < self.sent && joinable(&self.chunks[at]) {
            let next = &self.chunks[at + 1];
            let fits = self.chunks[at].len + next.len <= room && !after(next.end(), window_end);
            if !joinable(next) || !next.lost || !fits || self.chunks[at].fin {
                return;
            }
            let next = self.chunks.remove(at + 1).expect("its index was checked");
            self.sent -= 1;
            let first = &mut self.chunks[at];
            first.len += next.len;
            first.fin = next.fin;
            first.push |= next.push;
            first.ever_resent |= next.ever_resent;
        }
    }

    /// Drops a whole acknowledged chunk from the front.
    pub fn pop(&mut self) {
        let chunk = self.chunks.pop_front().expect("only an existing chunk is acknowledged");
        self.sent -= 1;
        self.drop_bytes(chunk.seq.wrapping_add(chunk.len));
    }

    /// Drops the acknowledged part of the first chunk.
    pub fn trim(&mut self, una: u32) {
        let Some(first) = self.chunks.front_mut() else { return };
        if before(first.seq, una) {
            let gone = una.wrapping_sub(first.seq).min(first.len);
            first.seq = first.seq.wrapping_add(gone);
            first.len -= gone;
            let start = first.seq;
            self.drop_bytes(start);
        }
    }

    fn drop_bytes(&mut self, until: u32) {
        let gone = until.wrapping_sub(self.base) as usize;
        self.bytes.drain(..gone);
        self.base = until;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(outbox: &Outbox) -> String {
        let text = |chunk: &Chunk| {
            let marks = [(chunk.fin, "F"), (chunk.push, "P"), (chunk.lost, "L")];
            let marks: String = marks.iter().filter(|mark| mark.0).map(|mark| mark.1).collect();
            format!("{}+{}{marks}", chunk.seq, chunk.len)
        };
        let chunks: Vec<_> = outbox.chunks.iter().map(text).collect();
        format!("{} | {}", chunks[..outbox.sent].join(" "), chunks[outbox.sent..].join(" "))
    }

    #[test]
    fn chunks_are_cut_joined_and_acknowledged() {
        let mut outbox = Outbox::new(1);
        assert_eq!(outbox.append(b"abcdefgh", 6, 1), 6);
        assert_eq!(outbox.append(b"gh", 6, 7), 2);
        outbox.tail_mut().expect("unsent").push = true;
        outbox.append_fin(9);
        assert_eq!(shape(&outbox), " | 1+6 7+2FP");
        outbox.split(0, 4, 10);
        outbox.advance();
        outbox.advance();
        assert_eq!(shape(&outbox), "1+4 5+2 | 7+2FP");
        outbox.advance();
        for chunk in outbox.in_flight_mut() {
            chunk.mss = 10;
        }
        outbox.split(2, 2, 10); // the FIN alone
        assert_eq!(shape(&outbox), "1+4 5+2 7+2 9+0FP | ");
        outbox.chunk_mut(1).mark_lost();
        outbox.trim(3);
        assert_eq!(shape(&outbox), "3+2 5+2L 7+2 9+0FP | ");
        assert_eq!(outbox.payload(4, 3), b"def");
        outbox.pop();
        outbox.join_following(0, 4, 100);
        assert_eq!(shape(&outbox), "5+2L 7+2 9+0FP | "); // what follows is on its way
        for chunk in outbox.in_flight_mut() {
            chunk.mark_lost();
        }
        outbox.join_following(0, 4, 100);
        assert_eq!(shape(&outbox), "5+4FPL | ");
        assert_eq!(outbox.payload(5, 4), b"efgh");
    }
}
