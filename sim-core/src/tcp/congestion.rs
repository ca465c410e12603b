//! How much may be on its way: slow start, CUBIC, and the reduction after a loss.
//!
//! Linux 6.1 net/ipv4/tcp_cong.c tcp_slow_start, tcp_cong_avoid_ai; tcp_cubic.c; tcp_input.c
//! tcp_cwnd_reduction (RFC 6937), tcp_init_cwnd_reduction; tcp_output.c tcp_cwnd_validate,
//! tcp_cwnd_restart.
//! Differs from Linux: no HyStart (nothing here queues long enough to end slow start early), and a
//! reduction that turns out to have been needless is not taken back.

use std::time::Duration;

use lvs_engine::Instant;

use super::cubic::Cubic;
use super::seq::before;

/// Segments that a new connection may send at once (`TCP_INIT_CWND`).
pub(super) const INITIAL: u32 = 10;
/// "No limit known yet" (`TCP_INFINITE_SSTHRESH`).
pub(super) const UNLIMITED: u32 = 0x7fff_ffff;

/// What is thought of the path. The order counts: from Recovery on something is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Phase {
    /// All is well.
    Open,
    /// Something came out of order.
    Disorder,
    /// The window is reduced without a retransmission going on.
    Cwr,
    /// Lost segments are sent again, one for each that arrives.
    Recovery,
    /// The timeout was needed.
    Loss,
}

/// The congestion window of one socket, in segments.
#[derive(Clone, Debug)]
pub(super) struct Congestion {
    pub cwnd: u32,
    pub ssthresh: u32,
    pub phase: Phase,
    /// The phase ends when this is acknowledged.
    pub high_seq: u32,
    prior_cwnd: u32,
    delivered: u32,
    /// Segments sent in this reduction.
    pub sent: u32,
    cubic: Cubic,
    /// Segments acknowledged towards the next one more.
    credit: u32,
    /// The window, not the application, was what held sending up.
    limited: bool,
    most_out: u32,
    usage_until: u32,
    used: u32,
    stamp: Instant,
}

impl Congestion {
    pub fn new(now: Instant, seq: u32) -> Self {
        Self {
            cwnd: INITIAL,
            ssthresh: UNLIMITED,
            phase: Phase::Open,
            high_seq: seq,
            prior_cwnd: 0,
            delivered: 0,
            sent: 0,
            cubic: Cubic::default(),
            credit: 0,
            limited: false,
            most_out: 0,
            usage_until: seq,
            used: 0,
            stamp: now,
        }
    }

    fn is_slow_start(&self) -> bool {
        self.cwnd < self.ssthresh
    }

    /// Whether the window follows the deliveries instead of growing.
    pub fn is_reducing(&self) -> bool {
        matches!(self.phase, Phase::Cwr | Phase::Recovery)
    }

    /// The threshold if sending resumed from here (`tcp_current_ssthresh`).
    pub fn threshold_now(&self) -> u32 {
        if self.is_reducing() {
            self.ssthresh
        } else {
            self.ssthresh.max(self.cwnd / 2 + self.cwnd / 4)
        }
    }

    fn is_limited(&self) -> bool {
        self.limited || (self.is_slow_start() && self.cwnd < 2 * self.most_out)
    }

    /// New data was acknowledged: the window grows.
    pub fn grow(&mut self, now: Instant, mut acked: u32, shortest: Duration) {
        if !self.is_limited() {
            return;
        }
        if self.is_slow_start() {
            let before = self.cwnd;
            self.cwnd = (self.cwnd + acked).min(self.ssthresh);
            acked -= self.cwnd - before;
            if acked == 0 {
                return;
            }
        }
        let each = self.cubic.acks_per_segment(now, self.cwnd, acked, shortest);
        if self.credit >= each {
            self.credit = 0;
            self.cwnd += 1;
        }
        self.credit += acked;
        self.cwnd += self.credit / each;
        self.credit %= each;
    }

    /// Begins a reduction to what CUBIC leaves after a loss.
    pub fn begin_reduction(&mut self, phase: Phase, snd_nxt: u32) {
        self.high_seq = snd_nxt;
        self.credit = 0;
        self.prior_cwnd = self.cwnd;
        self.delivered = 0;
        self.sent = 0;
        self.ssthresh = self.cubic.threshold_after_loss(self.cwnd);
        self.phase = phase;
    }

    /// Proportional rate reduction: sends so much for each delivery that the threshold is reached
    /// after one round trip.
    pub fn reduce(&mut self, delivered: u32, newly_lost: bool, advanced: bool, in_flight: u32) {
        if delivered == 0 || self.prior_cwnd == 0 {
            return;
        }
        self.delivered += delivered;
        let mut allowed = if in_flight > self.ssthresh {
            let share = u64::from(self.ssthresh) * u64::from(self.delivered);
            (share.div_ceil(u64::from(self.prior_cwnd)) as u32).saturating_sub(self.sent)
        } else {
            let mut allowed = self.delivered.saturating_sub(self.sent).max(delivered);
            if advanced && !newly_lost {
                allowed += 1;
            }
            allowed.min(self.ssthresh - in_flight)
        };
        if self.sent == 0 {
            allowed = allowed.max(1);
        }
        self.cwnd = in_flight + allowed;
    }

    /// Ends a reduction.
    pub fn end_reduction(&mut self, now: Instant) {
        if self.ssthresh < UNLIMITED && self.is_reducing() {
            self.cwnd = self.ssthresh;
            self.stamp = now;
        }
    }

    /// The timeout fired: one segment, then slow start up to the threshold.
    pub fn collapse(&mut self, now: Instant, first: bool, in_flight: u32, snd_nxt: u32) {
        if first {
            self.ssthresh = self.cubic.threshold_after_loss(self.cwnd);
        }
        self.cubic = Cubic::default();
        self.cwnd = in_flight + 1;
        self.credit = 0;
        self.stamp = now;
        self.phase = Phase::Loss;
        self.high_seq = snd_nxt;
    }

    /// After an attempt to send: was it the window that held it up?
    pub fn validate(&mut self, now: Instant, limited: bool, usage: Usage, rto: Duration) {
        let round_over = !before(usage.una, self.usage_until);
        if round_over || limited || (!self.limited && usage.out > self.most_out) {
            self.limited = limited;
            self.most_out = usage.out;
            self.usage_until = usage.nxt;
        }
        if self.is_limited() {
            self.used = 0;
            self.stamp = now;
            return;
        }
        self.used = self.used.max(usage.out);
        if now - self.stamp >= rto {
            self.forget_unused(now);
        }
    }

    /// The application did not use the window for a timeout: half of the unused part is given up.
    fn forget_unused(&mut self, now: Instant) {
        if self.phase == Phase::Open {
            let used = self.used.max(INITIAL);
            if used < self.cwnd {
                self.ssthresh = self.threshold_now();
                self.cwnd = (self.cwnd + used) / 2;
            }
            self.used = 0;
        }
        self.stamp = now;
    }

    /// Sending begins again after silence: the window halves for each timeout passed, down to the
    /// initial one.
    pub fn restart(&mut self, now: Instant, silence: Duration, rto: Duration) {
        if silence <= rto {
            return;
        }
        self.cubic.shift(silence);
        self.ssthresh = self.threshold_now();
        let least = INITIAL.min(self.cwnd);
        let mut left = silence;
        while left > rto && self.cwnd > least {
            left -= rto;
            self.cwnd /= 2;
        }
        self.cwnd = self.cwnd.max(least);
        self.stamp = now;
        self.used = 0;
    }
}

/// The state of sending, for [`Congestion::validate`].
#[derive(Clone, Copy, Debug)]
pub(super) struct Usage {
    /// The first sequence number not acknowledged.
    pub una: u32,
    /// The next to be sent.
    pub nxt: u32,
    /// Segments on their way.
    pub out: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slow_start_adds_one_for_each() {
        let mut congestion = Congestion::new(Instant::ZERO, 0);
        let usage = Usage { una: 0, nxt: 10, out: 10 };
        congestion.validate(Instant::ZERO, true, usage, Duration::from_millis(210));
        for _ in 0..10 {
            congestion.grow(Instant::ZERO, 1, Duration::ZERO);
        }
        assert_eq!((congestion.cwnd, congestion.ssthresh), (20, UNLIMITED));
    }

    #[test]
    fn a_window_that_is_not_used_does_not_grow() {
        let mut congestion = Congestion::new(Instant::ZERO, 0);
        let usage = Usage { una: 0, nxt: 10, out: 1 };
        congestion.validate(Instant::ZERO, false, usage, Duration::from_millis(210));
        congestion.grow(Instant::ZERO, 1, Duration::ZERO);
        assert_eq!(congestion.cwnd, 10);
    }

    #[test]
    fn a_loss_takes_three_tenths() {
        let mut congestion = Congestion::new(Instant::ZERO, 0);
        congestion.cwnd = 14;
        congestion.begin_reduction(Phase::Recovery, 20);
        assert_eq!(congestion.ssthresh, 9);
        congestion.reduce(1, true, false, 9);
        assert_eq!(congestion.cwnd, 10); // the first retransmission is forced
    }

    #[test]
    fn silence_shrinks_the_window() {
        let ms = Duration::from_millis;
        for (silence, cwnd) in [(200, 80), (211, 40), (421, 20), (5000, 10)] {
            let mut congestion = Congestion::new(Instant::ZERO, 0);
            congestion.cwnd = 80;
            congestion.restart(Instant::ZERO, ms(silence), ms(210));
            assert_eq!(congestion.cwnd, cwnd, "{silence} ms");
        }
    }
}
