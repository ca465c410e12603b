//! The window that this side offers: how much the peer may send.
//!
//! Half of the buffer is counted as room, since the bookkeeping of the buffer costs as much as
//! small data. The right edge never moves left, and the field is rounded up to what the scale can
//! say.
//!
//! Linux 6.1 net/ipv4/tcp_output.c tcp_select_initial_window, __tcp_select_window,
//! tcp_select_window; tcp_input.c tcp_grow_window, tcp_rcv_space_adjust, tcp_rcv_rtt_update.

use std::time::Duration;

use lvs_engine::Instant;

use super::options::Timestamps;
use super::seq::before;

/// The receive buffer of a new socket (`tcp_rmem[1]`).
const BUFFER: u32 = 131_072;
/// The largest that it grows to (`tcp_rmem[2]`): on a machine with enough memory.
const BUFFER_MAX: u32 = 6_291_456;
/// Window scale: what `BUFFER_MAX` needs to be said in 16 bits.
pub(super) const SCALE: u8 = (BUFFER_MAX.ilog2() - 15) as u8;
/// What a segment costs besides its data, in memory (`SKB_TRUESIZE(MAX_TCP_HEADER)`).
const OVERHEAD: u32 = 832;

/// The window field of a SYN or SYN-ACK: whole segments, unscaled.
pub(super) fn first(mss: u32) -> u32 {
    let space = BUFFER / 2;
    let whole = if space > mss { space / mss * mss } else { space };
    whole.min(0xffff)
}

/// Buffer memory that a received segment takes. The steps are those that fit all windows observed:
/// blocks of a power of two and 256 bytes, i.e. 2304 for a full segment, 768 for a tiny one.
pub(super) fn cost(payload: usize) -> u32 {
    (payload as u32 + 352).next_power_of_two().max(512) + 256
}

/// The receive window of one socket.
#[derive(Clone, Debug)]
pub(super) struct ReceiveWindow {
    buffer: u32,
    /// Never offer more than this.
    clamp: u32,
    /// Never offer more than this now; grows as full segments come (`rcv_ssthresh`).
    threshold: u32,
    /// The window last offered, and the sequence number it began at.
    pub offered: u32,
    pub offered_at: u32,
    scale: u8,
    advmss: u32,
    /// Bytes the application took in one round trip, and the measurement going on.
    took: u32,
    took_seq: u32,
    took_since: Instant,
    /// The round trip as the receiver sees it, eightfold, in microseconds.
    rtt8: u64,
    rtt_mark: Option<(Instant, u32)>,
    last_echo: Option<u32>,
}

/// What could be offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Room {
    /// This window.
    pub window: u32,
    /// Less than half the buffer is free.
    pub tight: bool,
}

impl ReceiveWindow {
    /// The window of a connection established now, which offered `offered` in its SYN or SYN-ACK.
    pub fn new(now: Instant, rcv_nxt: u32, offered: u32, scale: u8, advmss: u32) -> Self {
        let full = BUFFER / 2;
        // One segment less than the buffer has room for, if it has room for many
        // (`tcp_init_buffer_space`).
        let clamp = if full > 2 * advmss { (2 * advmss).max(full - advmss) } else { full };
        let clamp = clamp.min(0xffff << scale);
        let threshold = offered.min(clamp);
        Self {
            buffer: BUFFER,
            clamp,
            threshold,
            offered,
            offered_at: rcv_nxt,
            scale,
            advmss,
            took: threshold.min(10 * advmss),
            took_seq: rcv_nxt,
            took_since: now,
            rtt8: 0,
            rtt_mark: None,
            last_echo: None,
        }
    }

    /// What is left of the window offered.
    pub fn left(&self, rcv_nxt: u32) -> u32 {
        let left = self.offered_at.wrapping_add(self.offered).wrapping_sub(rcv_nxt);
        if (left as i32) < 0 { 0 } else { left }
    }

    /// The limit above which a raised window is worth telling only if it has doubled.
    pub fn clamp(&self) -> u32 {
        self.clamp
    }

    fn space(&self, held: u32) -> u32 {
        self.buffer.saturating_sub(held) / 2
    }

    /// What could be offered while the data not yet read takes `held` bytes of the buffer.
    pub fn room(&self, held: u32, mss: u32) -> Room {
        let whole = self.buffer / 2;
        let full = self.clamp.min(whole);
        let mss = mss.min(full);
        let mut free = self.space(held);
        let tight = free < full / 2;
        if tight {
            free = free >> self.scale << self.scale;
            if free < whole / 16 || free < mss {
                return Room { window: 0, tight };
            }
        }
        let free = free.min(self.threshold);
        let window = if self.scale > 0 {
            free.next_multiple_of(1 << self.scale)
        } else if self.offered <= free.saturating_sub(mss) || self.offered > free {
            free / mss * mss
        } else if mss == full && free > self.offered + full / 2 {
            free
        } else {
            self.offered
        };
        Room { window, tight }
    }

    /// Offers a window; returns the field for the segment.
    pub fn offer(&mut self, rcv_nxt: u32, held: u32, mss: u32) -> (u16, Room) {
        let room = self.room(held, mss);
        // Never shrink what was offered before.
        let left = self.left(rcv_nxt).next_multiple_of(1 << self.scale);
        let window = if room.window < self.left(rcv_nxt) { left } else { room.window };
        self.offered = window;
        self.offered_at = rcv_nxt;
        let field = window.min(0xffff << self.scale);
        ((field >> self.scale) as u16, room)
    }

    /// A segment of some size came: more may be offered if its data is worth its memory. Returns
    /// whether it grew.
    pub fn grow(&mut self, len: u32, cost: u32, held: u32) -> bool {
        let room = self.clamp.min(self.space(held)).saturating_sub(self.threshold);
        if len < 128 || room == 0 || cost / 2 > len {
            return false;
        }
        self.threshold += room.min((2 * self.advmss).max(2 * len));
        true
    }

    /// Measures the round trip from the timestamps of full segments.
    pub fn measure_echo(&mut self, now_ms: u32, stamps: Timestamps, len: u32, mss: u32) {
        if self.last_echo == Some(stamps.echo) {
            return;
        }
        self.last_echo = Some(stamps.echo);
        if let Some(age) = stamps.age(now_ms).filter(|_| len >= mss) {
            let sample = age.as_micros() as u64;
            self.rtt8 =
                if self.rtt8 == 0 { sample * 8 } else { self.rtt8 - self.rtt8 / 8 + sample };
        }
    }

    /// Measures the round trip as the time in which a whole window comes in.
    pub fn measure_window(&mut self, now: Instant, rcv_nxt: u32) {
        if let Some((since, until)) = self.rtt_mark {
            if before(rcv_nxt, until) {
                return;
            }
            let sample = ((now - since).as_micros() as u64).max(1) * 8;
            self.rtt8 = if self.rtt8 == 0 { sample } else { self.rtt8.min(sample) };
        }
        self.rtt_mark = Some((now, rcv_nxt.wrapping_add(self.offered)));
    }

    /// The round trip as the receiver sees it.
    pub fn rtt(&self) -> Duration {
        Duration::from_micros(self.rtt8 / 8)
    }

    /// The application has read up to `read_seq`: the buffer grows if it took more than before in
    /// one round trip.
    pub fn taken(&mut self, now: Instant, read_seq: u32) {
        if self.rtt8 == 0 || now - self.took_since < self.rtt() {
            return;
        }
        let copied = read_seq.wrapping_sub(self.took_seq);
        if copied > self.took {
            self.enlarge(copied);
            self.took = copied;
        }
        self.took_seq = read_seq;
        self.took_since = now;
    }

    /// Twice what was taken and a cushion, and more if it grows, each segment at its price in
    /// memory.
    fn enlarge(&mut self, copied: u32) {
        let base = u64::from(copied) * 2 + 16 * u64::from(self.advmss);
        let growth = base * u64::from(copied - self.took) / u64::from(self.took);
        let window = base + growth * 2;
        let mut price = u64::from(self.advmss + OVERHEAD);
        while price / 2 < u64::from(self.advmss) {
            price += 128;
        }
        let wanted = (window / u64::from(self.advmss) * price).min(u64::from(BUFFER_MAX)) as u32;
        if wanted > self.buffer {
            self.buffer = wanted;
            self.clamp = wanted / 2;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_window_is_whole_segments() {
        for (mss, window) in [(1460, 64240), (1448, 65160), (1348, 64704), (70000, 65535)] {
            assert_eq!(first(mss), window);
        }
        assert_eq!(SCALE, 7);
    }

    #[test]
    fn a_full_segment_costs_nine_steps_of_the_field() {
        let costs = [1448, 1228, 656, 88, 4].map(cost);
        assert_eq!(costs, [2304, 2304, 1280, 768, 768]);
        let mut window = ReceiveWindow::new(Instant::ZERO, 1, 65160, 7, 1448);
        let fields: Vec<u16> =
            (1..=10).map(|n| window.offer(1 + n * 1448, n * 2304, 1448).0).collect();
        assert_eq!(fields, [501, 494, 485, 476, 467, 458, 449, 440, 431, 422]);
        assert_eq!(window.offer(1 + 14480, 0, 1448).0, 501);
    }

    #[test]
    fn small_data_keeps_the_right_edge() {
        let mut client = ReceiveWindow::new(Instant::ZERO, 1, 64240, 7, 1448);
        assert_eq!(client.offer(1, 0, 536).0, 502);
        assert_eq!(client.offer(69, 768, 536).0, 502);
        for (request, field) in [(4, 510), (5, 510), (76, 509)] {
            let mut server = ReceiveWindow::new(Instant::ZERO, 1, 65160, 7, 1448);
            assert_eq!(server.offer(1 + request, 768, 536).0, field, "{request} bytes");
        }
    }

    #[test]
    fn without_scale_the_window_moves_by_segments() {
        let mut window = ReceiveWindow::new(Instant::ZERO, 1, 64240, 0, 1460);
        assert_eq!(window.offer(1, 0, 536).0, 64240);
        assert_eq!(window.offer(1 + 1460, 0, 1460).0, 62780);
    }
}
