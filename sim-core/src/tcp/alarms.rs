//! Time passes for a socket: retransmission, loss probe, reordering, window probe, delayed
//! acknowledgement.
//!
//! Only one of the first four can be pending; the delayed acknowledgement and the squeezed ones are
//! apart.
//!
//! Linux 6.1 net/ipv4/tcp_timer.c; tcp_output.c tcp_schedule_loss_probe, tcp_send_loss_probe,
//! tcp_send_probe0; tcp_input.c tcp_rearm_rto.

use std::time::Duration;

use super::congestion::Phase;
use super::rtt::{self, patience};
use super::send::{Mode, Nagle};
use super::socket::Socket;
use super::{Cx, Failure, Timer};
use crate::counters::Counter;

/// What the timer of the send side is set for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Alarm {
    /// Nothing was acknowledged for too long (`ICSK_TIME_RETRANS`).
    Retransmit,
    /// The last segments may be lost: provoke an acknowledgement before the timeout
    /// (`ICSK_TIME_LOSS_PROBE`).
    LossProbe,
    /// Segments that later ones have overtaken are now taken for lost (`ICSK_TIME_REO_TIMEOUT`).
    Reorder,
    /// The window is closed: ask whether it still is (`ICSK_TIME_PROBE0`).
    Window,
}

/// Which of a socket's timers; of two at one instant the first fires first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Which {
    DelayedAck,
    Squeezed,
    Alarm,
}

/// The shortest time for loss probes and reordering: two ticks (`TCP_TIMEOUT_MIN`).
pub(super) const SHORTEST: Duration = Duration::from_millis(20);

/// Retransmissions of what a closed socket still had to say, while the peer is not known to be
/// gone.
const ORPHAN_RETRIES: u32 = 8;

impl Socket {
    /// The next of its timers.
    pub fn next_timer(&self) -> Option<(Timer, Which)> {
        [
            (self.acks.timer, Which::DelayedAck),
            (self.squeeze.timer, Which::Squeezed),
            (self.alarm.map(|(_, timer)| timer), Which::Alarm),
        ]
        .into_iter()
        .filter_map(|(timer, which)| Some((timer?, which)))
        .min_by_key(|(timer, _)| timer.at)
    }

    /// Whether the timer of the send side is set for this.
    pub fn is_waiting_for(&self, alarm: Alarm) -> bool {
        self.alarm.is_some_and(|(set, _)| set == alarm)
    }

    /// One of its timers fires.
    pub fn fire(&mut self, cx: &mut Cx<'_>, which: Which) {
        self.snd.read_clock(cx.now);
        match which {
            Which::DelayedAck => {
                if self.acks.fire(self.rtt.rto()) {
                    self.send_ack(cx);
                }
            }
            Which::Squeezed => {
                self.squeeze.timer = None;
                self.send_ack(cx);
            }
            Which::Alarm => match self.alarm.take().map(|(alarm, _)| alarm) {
                Some(Alarm::Retransmit) => self.retransmission_timeout(cx),
                Some(Alarm::LossProbe) => self.send_loss_probe(cx),
                Some(Alarm::Reorder) => self.reorder_timeout(cx),
                Some(Alarm::Window) => self.window_timeout(cx),
                None => {}
            },
        }
    }

    /// Sets the retransmission timer anew, or stops it if all is acknowledged (`tcp_rearm_rto`). A
    /// probe or reordering timer has used up part of the time.
    pub fn rearm(&mut self, cx: &Cx<'_>) {
        if self.outbox.sent() == 0 && self.syn.is_none() {
            self.alarm = None;
            return;
        }
        if self.is_waiting_for(Alarm::LossProbe) || self.is_waiting_for(Alarm::Reorder) {
            self.resume_timeout(cx);
        } else {
            self.set_retransmit(cx, self.rtt.rto());
        }
    }

    /// Sets the retransmission timer for what is left of the time of the first chunk in flight.
    pub fn resume_timeout(&mut self, cx: &Cx<'_>) {
        self.set_retransmit(cx, self.time_to_timeout(cx));
    }

    /// Sets the retransmission timer.
    pub fn set_retransmit(&mut self, cx: &Cx<'_>, wait: Duration) {
        self.alarm = Some((Alarm::Retransmit, cx.timer(wait)));
    }

    /// How long until the SYN or the first chunk in flight times out; zero if that is overdue.
    pub fn time_to_timeout(&self, cx: &Cx<'_>) -> Duration {
        let sent_at = match self.syn {
            Some((_, last)) => last,
            None => self.outbox.first().map_or(cx.now, |head| head.sent_at),
        };
        (sent_at + self.rtt.rto()) - cx.now
    }

    /// Sets the loss probe's timer where one makes sense: two round trips, and for a single segment
    /// 200 ms more, since its acknowledgement may be delayed. Never later than the retransmission.
    pub fn schedule_probe(&mut self, cx: &Cx<'_>, restarted: bool) -> bool {
        let calm = matches!(self.congestion.phase, Phase::Open | Phase::Cwr);
        if self.outbox.sent() == 0 || !self.agreed.sack || !calm {
            return false;
        }
        let wait = match self.rtt.smoothed() {
            Some(rtt) if self.packets_out() == 1 => rtt::whole_ticks(rtt * 2 + rtt::LEAST),
            Some(rtt) => rtt::whole_ticks(rtt * 2 + SHORTEST),
            None => rtt::FIRST,
        };
        let timeout = if restarted { self.rtt.rto() } else { self.time_to_timeout(cx) };
        let wait = if timeout.is_zero() { wait } else { wait.min(timeout) };
        self.alarm = Some((Alarm::LossProbe, cx.timer(wait)));
        true
    }

    /// Progress was made: the send side waits anew.
    pub fn restart_timer(&mut self, cx: &Cx<'_>) {
        if !self.schedule_probe(cx, true) {
            self.rearm(cx);
        }
    }

    /// Sends something new, or the last segment again, so that the peer's answer tells what is
    /// missing.
    fn send_loss_probe(&mut self, cx: &mut Cx<'_>) {
        if self.recovery.probe_end.is_none() && self.try_loss_probe(cx) {
            self.recovery.probe_end = Some(self.snd.nxt);
            self.set_retransmit(cx, self.rtt.rto());
        } else {
            self.resume_timeout(cx);
        }
    }

    fn try_loss_probe(&mut self, cx: &mut Cx<'_>) -> bool {
        self.recovery.probe_was_old = false;
        let before = self.outbox.sent();
        if !self.outbox.is_idle() {
            self.send_waiting(cx, Nagle::Off, Mode::Probe);
            if self.outbox.sent() > before {
                return true;
            }
        }
        let Some(mut last) = before.checked_sub(1) else { return false };
        // As many segments as it was sent as, of the size that fits now.
        let mss = self.mss();
        let chunk = self.outbox.chunk(last);
        let before_last = (chunk.segments() - 1) * mss;
        if before_last > 0 && chunk.len > before_last {
            self.outbox.split(last, before_last, mss);
            last += 1;
        }
        self.recovery.probe_was_old = self.retransmit(cx, last, 1);
        self.recovery.probe_was_old
    }

    /// The retransmission timer fired.
    pub fn retransmission_timeout(&mut self, cx: &mut Cx<'_>) {
        if self.syn.is_some() {
            self.syn_timeout(cx);
            return;
        }
        if self.outbox.sent() == 0 {
            return;
        }
        self.recovery.probe_end = None;
        cx.count(Counter::TcpExtTCPTimeouts);
        if self.is_out_of_patience(cx) {
            self.give_up(cx);
            return;
        }
        self.enter_loss(cx);
        self.retransmits += 1;
        self.retransmit(cx, 0, 1);
        self.rtt.back_off();
        self.set_retransmit(cx, self.rtt.rto());
    }

    /// No answer to the SYN.
    pub fn syn_timeout(&mut self, cx: &mut Cx<'_>) {
        cx.count(Counter::TcpExtTCPTimeouts);
        if self.retransmits >= self.settings.syn_retries {
            self.give_up(cx);
            return;
        }
        self.retransmits += 1;
        cx.count(Counter::TcpRetransSegs);
        cx.count(Counter::TcpExtTCPSynRetrans);
        self.send_syn(cx);
        self.rtt.back_off();
        self.set_retransmit(cx, self.rtt.rto());
    }

    fn is_out_of_patience(&self, cx: &Cx<'_>) -> bool {
        let retries = if self.orphan {
            if self.rtt.rto() < rtt::LONGEST { ORPHAN_RETRIES } else { 0 }
        } else {
            self.settings.retries
        };
        let since = self.retransmitted_at.filter(|_| self.retransmits > 0);
        since.is_some_and(|since| cx.now - since >= patience(retries, rtt::LEAST))
    }

    /// The connection is given up: with the error that the network told, if it told one.
    fn give_up(&mut self, cx: &mut Cx<'_>) {
        cx.count(Counter::TcpExtTCPAbortOnTimeout);
        self.fail(cx, self.soft.unwrap_or(Failure::TimedOut));
    }

    /// The window stayed closed.
    fn window_timeout(&mut self, cx: &mut Cx<'_>) {
        if self.outbox.sent() > 0 || self.outbox.is_idle() {
            self.probes = 0;
            return;
        }
        let most = if self.orphan { ORPHAN_RETRIES } else { self.settings.retries };
        if self.probes >= most {
            self.give_up(cx);
            return;
        }
        if self.probe_window(cx) {
            self.probes = 0;
            self.rtt.backoff = 0;
            return;
        }
        self.probes += 1;
        self.rtt.backoff = (self.rtt.backoff + 1).min(self.settings.retries);
        self.alarm = Some((Alarm::Window, cx.timer(self.rtt.probe())));
    }

    /// An acknowledgement came while nothing was on its way: the window may have opened
    /// (`tcp_ack_probe`).
    pub fn check_window_probe(&mut self, cx: &Cx<'_>) {
        let Some(head) = self.outbox.head() else { return };
        if super::seq::after(head.end(), self.window_end()) {
            self.alarm = Some((Alarm::Window, cx.timer(self.rtt.probe())));
        } else {
            self.rtt.backoff = 0;
            if self.is_waiting_for(Alarm::Window) {
                self.alarm = None;
            }
        }
    }
}
