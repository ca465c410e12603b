//! What may be sent now, and in which portions: congestion window, the peer's window, Nagle, and
//! the chunk rule.
//!
//! Linux 6.1 net/ipv4/tcp_output.c tcp_write_xmit, tcp_tso_autosize, tcp_tso_should_defer,
//! tcp_mss_split_point, tcp_nagle_test, tcp_write_wakeup.

use std::time::Duration;

use lvs_engine::Instant;

use super::Cx;
use super::alarms::Alarm;
use super::congestion::{Phase, Usage};
use super::seq::{after, before};
use super::socket::Socket;

/// Whether a small segment waits while another small one is on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Nagle {
    /// It waits.
    On,
    /// TCP_NODELAY, or the end of a write that must go out.
    Off,
}

/// How much is sent at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mode {
    /// All that the windows allow.
    All,
    /// One chunk.
    One,
    /// One chunk, even against the congestion window: a loss probe.
    Probe,
}

/// The longest chunk, in bytes (`GSO_MAX_SIZE`).
const LONGEST: u64 = 65_536;

impl Socket {
    /// Sends what may be sent; with a closed window and nothing on its way, a probe is due later.
    pub fn push(&mut self, cx: &mut Cx<'_>, nagle: Nagle) {
        if self.outbox.is_idle() {
            return;
        }
        let stuck = self.send_waiting(cx, nagle, Mode::All);
        if stuck && self.alarm.is_none() {
            self.alarm = Some((Alarm::Window, cx.timer(self.rtt.probe())));
        }
    }

    /// Sends what waits; returns whether something waits and nothing is on its way.
    pub fn send_waiting(&mut self, cx: &mut Cx<'_>, nagle: Nagle, mode: Mode) -> bool {
        let mss = self.mss();
        let most = self.chunk_segments(mss);
        let mut sent = 0;
        let mut limited = false;
        while let Some(head) = self.outbox.head() {
            let segments = head.segments_at(mss);
            let mut quota = self.quota(head.fin, segments);
            if quota == 0 {
                if mode != Mode::Probe {
                    break;
                }
                quota = 1;
            }
            let at = self.outbox.sent();
            let first_end = head
                .seq
                .wrapping_add(head.len.min(mss))
                .wrapping_add(u32::from(head.fin && head.len <= mss));
            if after(first_end, self.window_end()) {
                break;
            }
            if segments == 1 {
                if self.nagle_holds(at, mss, nagle) {
                    break;
                }
            } else if mode == Mode::All && self.defers(cx.now, at, most, &mut limited) {
                break;
            }
            if segments > 1 {
                let limit = self.split_point(at, mss, quota.min(most), nagle);
                if limit < self.outbox.chunk(at).len {
                    self.outbox.split(at, limit, mss);
                }
            }
            sent += self.send_new(cx, at, mss);
            if mode != Mode::All {
                break;
            }
        }
        self.after_sending(cx, mode, sent, limited);
        sent == 0 && self.outbox.sent() == 0 && !self.outbox.is_idle()
    }

    fn after_sending(&mut self, cx: &mut Cx<'_>, mode: Mode, sent: u32, limited: bool) {
        let limited = limited || self.in_flight() >= self.congestion.cwnd;
        if sent > 0 || limited {
            let usage = Usage { una: self.snd.una, nxt: self.snd.nxt, out: self.packets_out() };
            self.congestion.validate(cx.now, limited, usage, self.rtt.rto());
        }
        if sent > 0 {
            if self.congestion.is_reducing() {
                self.congestion.sent += sent;
            }
            if mode != Mode::Probe {
                self.schedule_probe(cx, false);
            }
        }
    }

    /// Sends the chunk at the head of what waits; returns its segments.
    fn send_new(&mut self, cx: &mut Cx<'_>, at: usize, mss: u32) -> u32 {
        let was_idle = at == 0;
        self.snd.read_clock(cx.now);
        self.send_chunk(cx, at, mss);
        self.outbox.advance();
        let chunk = self.outbox.chunk(at);
        let (segments, end) = (chunk.segments(), chunk.end());
        if chunk.len < segments * mss {
            self.snd.small = end;
        }
        self.snd.nxt = end;
        if was_idle || self.is_waiting_for(Alarm::LossProbe) {
            self.rearm(cx);
        }
        segments
    }

    /// Segments that the congestion window lets out now: never more than half of it at once.
    fn quota(&self, fin: bool, segments: u32) -> u32 {
        if fin && segments == 1 {
            return 1;
        }
        let cwnd = self.congestion.cwnd;
        let left = cwnd.saturating_sub(self.in_flight());
        left.min((cwnd / 2).max(1))
    }

    /// The longest chunk now: a millisecond of data at the present rate, more over short paths, at
    /// least two segments.
    pub fn chunk_segments(&self, mss: u32) -> u32 {
        let shift = self.rtt.shortest().as_micros() / 512;
        let near = if shift < 32 { LONGEST >> shift } else { 0 };
        let bytes = (self.snd.rate / 1024 + near).min(LONGEST);
        (bytes as u32 / mss).max(2)
    }

    /// The rate at which the window empties, doubled in slow start (`tcp_update_pacing_rate`).
    pub fn update_rate(&mut self) {
        let congestion = &self.congestion;
        let percent = if congestion.cwnd < congestion.ssthresh / 2 { 200 } else { 120 };
        let segments = u64::from(congestion.cwnd.max(self.packets_out()));
        let bytes = u64::from(self.plain_mss()) * segments * percent / 100;
        let micros = self.rtt.smoothed().map_or(1, |rtt| rtt.as_micros().max(1) as u64);
        self.snd.rate = bytes * 1_000_000 / micros;
    }

    /// Nagle as Minshall modified it: a small segment waits only for another small one.
    fn nagle_holds(&self, at: usize, mss: u32, nagle: Nagle) -> bool {
        let chunk = self.outbox.chunk(at);
        !chunk.fin && self.outbox.is_last(at) && self.holds_partial(chunk.len < mss, nagle)
    }

    fn holds_partial(&self, partial: bool, nagle: Nagle) -> bool {
        let small_out = after(self.snd.small, self.snd.una) && !after(self.snd.small, self.snd.nxt);
        partial && nagle == Nagle::On && self.outbox.sent() > 0 && small_out
    }

    /// How much of a chunk goes now.
    fn split_point(&self, at: usize, mss: u32, segments: u32, nagle: Nagle) -> u32 {
        let chunk = self.outbox.chunk(at);
        let window = self.window_end().wrapping_sub(chunk.seq);
        let most = mss * segments;
        let needed = chunk.len.min(window);
        if most <= needed || (most <= window && !self.outbox.is_last(at)) {
            return most;
        }
        let partial = needed % mss;
        if self.holds_partial(partial != 0, nagle) { needed - partial } else { needed }
    }

    /// Whether to wait for more room, so that a longer chunk can go (`tcp_tso_should_defer`).
    fn defers(&self, now: Instant, at: usize, most: u32, limited: &mut bool) -> bool {
        let recent = now - self.snd.last <= Duration::from_millis(1);
        if self.congestion.phase >= Phase::Recovery || !recent {
            return false;
        }
        let chunk = self.outbox.chunk(at);
        let mss = self.plain_mss();
        let cwnd = self.congestion.cwnd;
        let send_room = self.window_end().wrapping_sub(chunk.seq);
        let cong_room = (cwnd - self.in_flight()) * mss;
        let limit = send_room.min(cong_room);
        if limit >= most.saturating_mul(mss) || (!self.outbox.is_last(at) && limit >= chunk.len) {
            return false;
        }
        if limit >= self.snd.window.min(cwnd * mss) / 3 {
            return false;
        }
        // If the next acknowledgement is more than half a round trip away, waiting would cost too
        // much.
        let head = self.outbox.first();
        let Some(head) = head.filter(|head| now - head.sent_at >= self.smoothed_rtt() / 2) else {
            return false;
        };
        debug_assert!(!after(head.seq, chunk.seq));
        if cong_room < send_room {
            *limited |= cong_room <= chunk.len;
            if cong_room <= chunk.len {
                return true;
            }
        } else if send_room <= chunk.len {
            return true;
        }
        !chunk.fin
    }

    /// New data after silence: the window may be too old to be used at once.
    pub fn restart_after_idle(&mut self, now: Instant) {
        if self.outbox.sent() == 0 {
            let silence = now - self.snd.last_data;
            self.congestion.restart(now, silence, self.rtt.rto());
        }
    }

    /// The window was closed, or too small, for long: send what fits, or ask (`tcp_write_wakeup`).
    /// Returns whether data went out.
    pub fn probe_window(&mut self, cx: &mut Cx<'_>) -> bool {
        let end = self.window_end();
        let Some(head) = self.outbox.head().filter(|head| before(head.seq, end)) else {
            self.send_window_probe(cx);
            return false;
        };
        let at = self.outbox.sent();
        let mss = self.mss();
        let (len, room) = (head.len, end.wrapping_sub(head.seq).min(mss));
        self.snd.pushed = super::seq::later(self.snd.pushed, head.end());
        if room < len {
            self.outbox.split(at, room, mss);
        }
        self.outbox.chunk_mut(at).push = true;
        self.send_new(cx, at, mss);
        true
    }
}
