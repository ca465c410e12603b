//! Counters of a service or a destination, and the older copy of them that listings show.
//!
//! Linux 6.1 ip_vs_est.c estimation_timer: one timer for all copies the counters every two seconds
//! and a slot of the timer wheel, so `ipvsadm --stats` can read zeros straight after traffic. It
//! starts with the kernel's module, here with the engine's time. The copy needs no timer here: the
//! first change after a boundary keeps what stood at it.

use core::ops::Sub;

use crate::Instant;

/// How often the kernel copies the counters, in nanoseconds: `wheel::due` of two seconds, again and
/// again.
const PERIOD_NS: u64 = 2_080_000_000;

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
    /// The period of the last change.
    period: u64,
}

impl Stats {
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

    /// `-Z`: the shown counters begin again at zero. What came since the last copy is shown with
    /// the next. Linux 6.1 ip_vs_ctl.c ip_vs_zero_stats.
    pub(crate) fn zero(&mut self, now: Instant) {
        self.zero = self.last_copy(now);
    }

    pub(crate) fn add_conn(&mut self, now: Instant) {
        self.change(now).conns += 1;
    }

    pub(crate) fn add_in(&mut self, now: Instant, bytes: u16) {
        let live = self.change(now);
        live.inpkts += 1;
        live.inbytes += u64::from(bytes);
    }

    pub(crate) fn add_out(&mut self, now: Instant, bytes: u16) {
        let live = self.change(now);
        live.outpkts += 1;
        live.outbytes += u64::from(bytes);
    }

    fn last_copy(&self, now: Instant) -> Counters {
        if now.as_nanos() / PERIOD_NS > self.period { self.live } else { self.copied }
    }

    /// The live counters, for a change in this period.
    fn change(&mut self, now: Instant) -> &mut Counters {
        let period = now.as_nanos() / PERIOD_NS;
        if period > self.period {
            self.copied = self.live;
            self.period = period;
        }
        &mut self.live
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
