//! Counters of a service or a destination, and the older copy of them that listings show.
//!
//! Linux 6.1 ip_vs_est.c estimation_timer: one timer for all copies the counters every two seconds
//! and a slot of the timer wheel, so `ipvsadm --stats` can read zeros straight after traffic. It
//! starts with the kernel's module, here with the engine's time. The copy needs no timer here: the
//! first change after a boundary keeps what stood at it. The same timer estimates what is counted
//! in a second: each time the estimate goes a quarter of the way to what the last period gave. It
//! needs no timer either, since nothing was counted in the periods between two changes.

use core::ops::Sub;

use crate::Instant;

/// How often the kernel copies the counters, in nanoseconds: `wheel::due` of two seconds, again and
/// again.
const PERIOD_NS: u64 = 2_080_000_000;
/// The end of a period that does not end.
const STANDS: u64 = u64::MAX;

/// What is counted. Bytes are IP lengths before a request is rewritten; a tunnel's outer header is
/// not in them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Connections scheduled.
    pub conns: u64,
    /// Packets from clients.
    pub inpkts: u64,
    /// Packets to clients that passed here.
    pub outpkts: u64,
    /// Bytes from clients.
    pub inbytes: u64,
    /// Bytes to clients that passed here.
    pub outbytes: u64,
}

impl Sub for Counters {
    type Output = Self;

    fn sub(self, rhs: Self) -> Self {
        Self {
            conns: self.conns - rhs.conns,
            inpkts: self.inpkts - rhs.inpkts,
            outpkts: self.outpkts - rhs.outpkts,
            inbytes: self.inbytes - rhs.inbytes,
            outbytes: self.outbytes - rhs.outbytes,
        }
    }
}

impl Counters {
    /// The same for each counter of two, conns and packets apart from bytes.
    fn join(
        self,
        rhs: Self,
        packets: impl Fn(u64, u64) -> u64,
        bytes: impl Fn(u64, u64) -> u64,
    ) -> Self {
        Self {
            conns: packets(self.conns, rhs.conns),
            inpkts: packets(self.inpkts, rhs.inpkts),
            outpkts: packets(self.outpkts, rhs.outpkts),
            inbytes: bytes(self.inbytes, rhs.inbytes),
            outbytes: bytes(self.outbytes, rhs.outbytes),
        }
    }
}

/// Goes a quarter of the way from an estimate to a sample, rounded down.
const fn approach(estimate: u64, sample: u64) -> u64 {
    estimate.wrapping_add_signed((sample as i64).wrapping_sub(estimate as i64) >> 2)
}

/// The counters as they are and as they are shown.
///
/// ```
/// use lvs_engine::{Instant, Stats};
/// let stats = Stats::default();
/// assert_eq!(stats.shown(Instant::ZERO).conns, 0);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    live: Counters,
    /// As it stood at the boundary before the last change.
    copied: Counters,
    /// What `-Z` subtracts.
    zero: Counters,
    /// What is counted in a second, as estimated when `copied` was made: packets and connections
    /// in 1024ths, bytes in 32nds.
    estimate: Counters,
    /// When the period of the last change ends, in nanoseconds; 0 before the first change, and
    /// `STANDS` while nothing is copied.
    ends: u64,
}

impl Stats {
    /// Nothing counted yet; copied from now on, or only once `run` says so.
    pub(crate) fn new(runs: bool) -> Self {
        Self { ends: if runs { 0 } else { STANDS }, ..Self::default() }
    }

    /// `net.ipv4.vs.run_estimation`: without it what is shown stands still, counters and rates.
    /// With it again, the next copy takes all that came meanwhile for one period's.
    /// Linux 6.1 ip_vs_est.c estimation_timer.
    pub(crate) fn run(&mut self, now: Instant, runs: bool) {
        let period = now.as_nanos() / PERIOD_NS;
        match (runs, self.ends == STANDS) {
            (true, true) => self.ends = (period + 1).saturating_mul(PERIOD_NS),
            (false, false) => {
                self.advance(period);
                self.ends = STANDS;
            }
            _ => {}
        }
    }

    /// What `ipvsadm --stats` shows now: the counters as they were last copied, since `-Z`.
    pub fn shown(&self, now: Instant) -> Counters {
        self.last_copy(now) - self.zero
    }

    /// The counters of this very moment, since `-Z`.
    pub fn live(&self) -> Counters {
        self.live - self.zero
    }

    /// The counters of this very moment, whatever `-Z` did: `/proc/net/ip_vs_stats_percpu`.
    pub fn ever(&self) -> Counters {
        self.live
    }

    /// What `ipvsadm --rate` shows now: connections, packets and bytes a second. Linux 6.1
    /// ip_vs_est.c ip_vs_read_estimator.
    pub fn rates(&self, now: Instant) -> Counters {
        let mut then = *self;
        then.advance(now.as_nanos() / PERIOD_NS);
        let shown = |estimate, _| (estimate + 0x1ff) >> 10;
        then.estimate.join(Counters::default(), shown, |estimate, _| (estimate + 0xf) >> 5)
    }

    /// `-Z`: the shown counters and the rates begin again at zero. What came since the last copy is
    /// shown with the next. Linux 6.1 ip_vs_ctl.c ip_vs_zero_stats, ip_vs_est.c
    /// ip_vs_zero_estimator.
    pub(crate) fn zero(&mut self, now: Instant) {
        self.advance(now.as_nanos() / PERIOD_NS);
        self.zero = self.copied;
        self.estimate = Counters::default();
    }

    pub(crate) fn add_conn(&mut self, now: Instant) {
        self.change(now).conns += 1;
    }

    #[inline]
    pub(crate) fn add_in(&mut self, now: Instant, bytes: u16) {
        let live = self.change(now);
        live.inpkts += 1;
        live.inbytes += u64::from(bytes);
    }

    #[inline]
    pub(crate) fn add_out(&mut self, now: Instant, bytes: u16) {
        let live = self.change(now);
        live.outpkts += 1;
        live.outbytes += u64::from(bytes);
    }

    fn last_copy(&self, now: Instant) -> Counters {
        if now.as_nanos() >= self.ends { self.live } else { self.copied }
    }

    /// The live counters, for a change in this period.
    #[inline]
    fn change(&mut self, now: Instant) -> &mut Counters {
        if now.as_nanos() >= self.ends {
            self.advance(now.as_nanos() / PERIOD_NS);
        }
        &mut self.live
    }

    /// Does what the timer did at each boundary up to the beginning of a period. Linux 6.1
    /// ip_vs_est.c estimation_timer.
    #[cold]
    #[inline(never)]
    fn advance(&mut self, period: u64) {
        let begun = self.ends / PERIOD_NS;
        let mut boundaries = (period + 1).saturating_sub(begun);
        let mut counted = self.live - self.copied;
        // An estimate of zero stays what it is while nothing is counted.
        while boundaries > 0 && (counted, self.estimate) != Default::default() {
            self.estimate = self.estimate.join(
                counted,
                |estimate, counted| approach(estimate, counted << 9),
                |estimate, counted| approach(estimate, counted << 4),
            );
            counted = Counters::default();
            boundaries -= 1;
        }
        if period >= begun {
            self.copied = self.live;
            self.ends = (period + 1).saturating_mul(PERIOD_NS);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An instant in kernel ticks.
    fn at(tick: u64) -> Instant {
        Instant::from_nanos(tick * 10_000_000)
    }

    /// Counts a packet at each of these ticks, then reads `shown` at the last number.
    fn shown(ticks: &[u64], read: u64) -> u64 {
        let mut stats = Stats::default();
        for tick in ticks {
            stats.add_in(at(*tick), 38);
        }
        stats.shown(at(read)).inpkts
    }

    #[test]
    fn listings_lag_behind_by_up_to_two_seconds() {
        assert_eq!(shown(&[1, 2, 3], 207), 0); // zeros straight after traffic
        assert_eq!(shown(&[1, 2, 3], 208), 3);
        assert_eq!(shown(&[1, 2, 3, 210], 415), 3);
        assert_eq!(shown(&[1, 2, 3, 210], 416), 4);
        assert_eq!(shown(&[1, 999], 1040), 2);
        assert_eq!(shown(&[1, 208], 208), 1); // the copy at a boundary comes before its packets
    }

    /// Rates after traffic in the first period, at halves of periods: each boundary takes a quarter,
    /// rounded up, of what is left. As the kernel's arithmetic gives them, which takes a period for
    /// two seconds.
    #[test]
    fn rates_rise_by_a_quarter_and_fall_by_a_quarter() {
        let mut stats = Stats::default();
        let at = |half: u64| Instant::from_nanos(half * PERIOD_NS / 2);
        for _ in 0..100 {
            stats.add_conn(at(1));
            stats.add_in(at(1), 1_000);
        }
        let row = |stats: &Stats, half| {
            let Counters { conns, inpkts, outpkts, inbytes, .. } = stats.rates(at(half));
            (conns, inpkts, outpkts, inbytes)
        };
        // 100 in two seconds are 50 a second; a quarter of that is 12.5.
        #[rustfmt::skip]
        let falling = [
            (1, 0, 0), (2, 12, 12_500), (3, 12, 12_500), (4, 9, 9_375), (6, 7, 7_031),
            (8, 5, 5_273), (40, 0, 53), (400, 0, 0),
        ];
        for (half, packets, bytes) in falling {
            assert_eq!(row(&stats, half), (packets, packets, 0, bytes), "after {half} halves");
        }
        // Looking changes nothing, and counting later goes on from there.
        stats.add_out(at(9), 40);
        assert_eq!(row(&stats, 8), (5, 5, 0, 5_273));
        assert_eq!(row(&stats, 10), (4, 4, 0, 3_955));
        stats.zero(at(11));
        assert_eq!(stats.rates(at(11)), Counters::default());
        stats.add_in(at(12), 1);
        assert_eq!(stats.rates(at(14)).inpkts, 0);
    }

    #[test]
    fn zeroing_subtracts_what_was_shown() {
        let mut stats = Stats::default();
        stats.add_in(at(1), 38);
        stats.add_in(at(210), 38);
        stats.zero(at(220));
        assert_eq!(stats.shown(at(220)).inpkts, 0);
        assert_eq!(stats.live().inpkts, 1);
        assert_eq!(stats.shown(at(416)).inpkts, 1); // came before -Z, but was not yet copied
    }
}
