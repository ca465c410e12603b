//! Losses: how they are noticed (RACK), and how what was lost is sent again.
//!
//! RACK takes a segment for lost when one sent later has arrived and a little time for reordering
//! is over; after three reports beyond a hole that time is zero. Without SACK only the timeout
//! repairs.
//!
//! Linux 6.1 net/ipv4/tcp_recovery.c; tcp_input.c tcp_fastretrans_alert, tcp_enter_loss,
//! tcp_process_loss, tcp_simple_retransmit; tcp_output.c tcp_xmit_retransmit_queue,
//! __tcp_retransmit_skb; RFC 8985.
//! Differs from Linux: a reduction found needless by timestamps or DSACK is not undone; no
//! reordering is ever measured.

use std::time::Duration;

use lvs_engine::Instant;

use super::Cx;
use super::acked::{News, Resend};
use super::alarms::{Alarm, SHORTEST};
use super::congestion::Phase;
use super::outbox::Chunk;
use super::send::{Mode, Nagle};
use super::seq::{after, before};
use super::socket::Socket;

/// So many reports beyond a hole prove a loss (`tcp_reordering`).
const REPORTS: u32 = 3;

/// What one socket knows about losses.
#[derive(Clone, Debug, Default)]
pub(super) struct Recovery {
    /// The last sent of all that has arrived: its place in the order of sending, its end, how long
    /// it took.
    newest: Option<(u64, u32)>,
    newest_rtt: Duration,
    /// `newest` moved since losses were last looked for.
    moved: bool,
    /// The end of what the loss probe covered, while its fate is open.
    pub probe_end: Option<u32>,
    /// The probe was a retransmission.
    pub probe_was_old: bool,
    /// After a timeout: do not yet believe in the loss (RFC 5682).
    doubtful: bool,
}

impl Socket {
    /// Something arrived: is it the last sent so far?
    pub fn rack_advance(&mut self, now: Instant, chunk: &Chunk) {
        let rtt = now - chunk.sent_at;
        if chunk.ever_resent && rtt < self.rtt.shortest() {
            return; // It may be the first copy that arrived.
        }
        let rack = &mut self.recovery;
        rack.moved = true;
        rack.newest_rtt = rtt;
        if rack.newest.is_none_or(|newest| sent_after((chunk.order, chunk.end()), newest)) {
            rack.newest = Some((chunk.order, chunk.end()));
        }
    }

    /// How long a segment may be overtaken before it counts as lost.
    fn reordering_time(&self) -> Duration {
        let proven = self.outbox.count(|chunk| chunk.sacked) >= REPORTS;
        if self.congestion.phase >= Phase::Recovery || proven {
            Duration::ZERO
        } else {
            (self.rtt.shortest() / 4).min(self.smoothed_rtt())
        }
    }

    /// Marks what is lost; returns how long until more would be.
    fn detect_losses(&mut self, now: Instant, news: &mut News) -> Option<Duration> {
        let newest = self.recovery.newest?;
        let patience = self.recovery.newest_rtt + self.reordering_time();
        let mut wait = None;
        for chunk in self.outbox.in_flight_mut() {
            let settled = chunk.sacked || (chunk.lost && !chunk.resent);
            if settled || !sent_after(newest, (chunk.order, chunk.end())) {
                continue;
            }
            let left = patience.saturating_sub(now - chunk.sent_at);
            if left.is_zero() {
                news.lost_again |= chunk.resent;
                chunk.mark_lost();
                news.lost += chunk.segments();
            } else {
                wait = wait.max(Some(left));
            }
        }
        wait
    }

    /// Looks for losses after an acknowledgement (`tcp_identify_packet_loss`).
    fn identify_losses(&mut self, cx: &Cx<'_>, news: &mut News) {
        if !std::mem::take(&mut self.recovery.moved) {
            return;
        }
        if let Some(wait) = self.detect_losses(cx.now, news) {
            let wait = (wait + SHORTEST).min(self.rtt.rto());
            self.alarm = Some((Alarm::Reorder, cx.timer(wait)));
            news.restart = false;
        }
    }

    /// The time for reordering is over.
    pub fn reorder_timeout(&mut self, cx: &mut Cx<'_>) {
        let before = self.in_flight();
        let mut news = News::default();
        self.detect_losses(cx.now, &mut news);
        if self.in_flight() != before {
            if self.congestion.phase != Phase::Recovery {
                self.enter_recovery();
                self.congestion.reduce(1, true, false, self.in_flight());
            }
            self.resend_lost(cx);
        }
        if !self.is_waiting_for(Alarm::Retransmit) {
            self.resume_timeout(cx);
        }
    }

    /// Something is odd about an acknowledgement: decides about the phase and what is sent again.
    pub fn alert(&mut self, cx: &mut Cx<'_>, prior_una: u32, news: &mut News) -> Resend {
        let una = self.snd.una;
        let phase = self.congestion.phase;
        if phase == Phase::Open {
            self.retransmitted_at = None;
        } else if !before(una, self.congestion.high_seq) {
            match phase {
                Phase::Cwr if una != self.congestion.high_seq => {
                    self.congestion.end_reduction(cx.now);
                    self.congestion.phase = Phase::Open;
                }
                Phase::Recovery => {
                    self.congestion.end_reduction(cx.now);
                    self.congestion.phase = Phase::Open;
                }
                _ => {}
            }
        }
        match self.congestion.phase {
            Phase::Recovery => self.identify_losses(cx, news),
            Phase::Loss => {
                let resend = self.process_loss(prior_una, news);
                self.identify_losses(cx, news);
                if self.congestion.phase == Phase::Loss && !news.lost_again {
                    return resend;
                }
                self.try_recovery();
            }
            _ => {
                self.identify_losses(cx, news);
                self.try_recovery();
            }
        }
        if self.congestion.phase >= Phase::Recovery { Resend::Lost } else { Resend::Nothing }
    }

    fn try_recovery(&mut self) {
        if self.outbox.in_flight().any(|chunk| chunk.lost) {
            self.enter_recovery();
        } else if self.congestion.phase != Phase::Cwr {
            self.keep_open();
        }
    }

    /// Nothing is lost: the phase is Open or, with holes, Disorder.
    pub fn keep_open(&mut self) {
        let holes = self.outbox.in_flight().any(|chunk| chunk.sacked || chunk.lost || chunk.resent);
        let next = if holes { Phase::Disorder } else { Phase::Open };
        if self.congestion.phase != next {
            self.congestion.phase = next;
            self.congestion.high_seq = self.snd.nxt;
        }
    }

    fn enter_recovery(&mut self) {
        if !self.congestion.is_reducing() {
            self.congestion.begin_reduction(Phase::Recovery, self.snd.nxt);
        }
        self.recovery.probe_end = None;
        self.congestion.phase = Phase::Recovery;
    }

    /// The timeout fired: all that RACK cannot vouch for is lost.
    pub fn enter_loss(&mut self, cx: &Cx<'_>) {
        let phase = self.congestion.phase;
        let was_calm = phase < Phase::Recovery;
        let patience = self.recovery.newest_rtt;
        for (nth, chunk) in self.outbox.in_flight_mut().enumerate() {
            let fresh = nth > 0 && patience > cx.now - chunk.sent_at;
            if !fresh {
                chunk.mark_lost();
            }
        }
        let first = phase <= Phase::Disorder
            || !after(self.congestion.high_seq, self.snd.una)
            || (phase == Phase::Loss && self.retransmits == 0);
        let in_flight = self.in_flight();
        self.congestion.collapse(cx.now, first, in_flight, self.snd.nxt);
        self.recovery.doubtful = was_calm || self.retransmits > 0;
    }

    /// An acknowledgement after a timeout. The first one that advances is answered with new data:
    /// if that is acknowledged too, nothing had been lost.
    fn process_loss(&mut self, prior_una: u32, news: &News) -> Resend {
        let advanced = after(self.snd.una, prior_una);
        let recovered = !before(self.snd.una, self.congestion.high_seq);
        if self.recovery.doubtful {
            if after(self.snd.nxt, self.congestion.high_seq) {
                if news.sacked || !advanced {
                    self.recovery.doubtful = false;
                }
            } else if advanced && !recovered {
                self.congestion.high_seq = self.snd.nxt;
                if !self.outbox.is_idle() && after(self.window_end(), self.snd.nxt) {
                    return Resend::New;
                }
                self.recovery.doubtful = false;
            }
        }
        if recovered {
            self.congestion.phase = Phase::Open;
            self.congestion.high_seq = self.snd.nxt;
            self.retransmitted_at = None;
            return Resend::Nothing;
        }
        Resend::Lost
    }

    /// Sends what an acknowledgement asked for.
    pub fn resend(&mut self, cx: &mut Cx<'_>, what: Resend) {
        match what {
            Resend::Nothing => {}
            Resend::Lost => self.resend_lost(cx),
            Resend::New => {
                self.send_waiting(cx, Nagle::Off, Mode::All);
                if after(self.snd.nxt, self.congestion.high_seq) {
                    return;
                }
                self.recovery.doubtful = false;
                self.resend_lost(cx);
            }
        }
    }

    /// Sends lost chunks again as far as the window allows.
    fn resend_lost(&mut self, cx: &mut Cx<'_>) {
        let mut at = 0;
        let mut restart = false;
        while at < self.outbox.sent() {
            let room = self.congestion.cwnd.saturating_sub(self.in_flight());
            if room == 0 {
                break;
            }
            let chunk = self.outbox.chunk(at);
            if chunk.lost && !chunk.resent {
                let most = self.chunk_segments(self.mss());
                if !self.retransmit(cx, at, room.min(most)) {
                    break;
                }
                if self.congestion.is_reducing() {
                    self.congestion.sent += self.outbox.chunk(at).segments();
                }
                restart |= at == 0 && !self.is_waiting_for(Alarm::Reorder);
            }
            at += 1;
        }
        if restart {
            self.set_retransmit(cx, self.rtt.rto());
        }
    }

    /// Sends a chunk again, at most so many segments of it; small ones that follow are joined to
    /// it.
    pub fn retransmit(&mut self, cx: &mut Cx<'_>, at: usize, segments: u32) -> bool {
        let mss = self.mss();
        let chunk = self.outbox.chunk(at);
        let mut room = self.window_end().wrapping_sub(chunk.seq);
        if !before(chunk.seq, self.window_end()) {
            if chunk.seq != self.snd.una {
                return false;
            }
            // The window is shut: one segment does as a probe.
            room = mss;
        }
        let mut most = mss * segments;
        if most > room {
            most = if room >= mss { room / mss * mss } else { room };
        }
        if chunk.len > most {
            self.outbox.split(at, most, mss);
        } else if chunk.len < mss {
            let end = self.window_end();
            self.outbox.join_following(at, mss.min(room), end);
        }
        self.send_chunk(cx, at, mss);
        let chunk = self.outbox.chunk_mut(at);
        chunk.resent = true;
        chunk.ever_resent = true;
        self.retransmitted_at.get_or_insert(cx.now);
        true
    }

    /// The path takes only smaller segments now: what was sent larger is lost and is sent again at
    /// once, which is no sign of congestion. It counts as sent when the clock was read last: together with
    /// the small segment that did fit, behind which it then seems to be lost once more.
    pub fn shrink_segments(&mut self, cx: &mut Cx<'_>) {
        let mss = self.mss();
        for chunk in self.outbox.in_flight_mut() {
            if chunk.len.min(chunk.mss) > mss {
                chunk.mark_lost();
            }
        }
        if !self.outbox.in_flight().any(|chunk| chunk.lost) {
            return;
        }
        if self.congestion.phase != Phase::Loss {
            self.congestion.high_seq = self.snd.nxt;
            self.congestion.ssthresh = self.congestion.threshold_now();
            self.congestion.phase = Phase::Loss;
        }
        self.resend_lost(cx);
    }
}

/// Whether one thing was sent after another; the parts of one chunk are in the order of their
/// sequence numbers.
fn sent_after(one: (u64, u32), other: (u64, u32)) -> bool {
    one.0 > other.0 || (one.0 == other.0 && after(one.1, other.1))
}
