//! CUBIC: after a loss the window returns along a cubic curve to where the loss was, waits, and
//! goes on.
//!
//! RFC 8312 in whole milliseconds and segments; the constants (0.7, 0.4, fast convergence, the
//! floor of 1.5 segments a round trip) are those of Linux 6.1 net/ipv4/tcp_cubic.c.

use std::time::Duration;

use lvs_engine::Instant;

/// What remains after a loss, of 1024.
const BETA: u32 = 717;
/// Reno with that beta grows by 8/15 segments a round trip.
const FRIENDLY_EIGHTHS: u32 = 15;

/// The memory of the curve.
#[derive(Clone, Debug, Default)]
pub(super) struct Cubic {
    /// The window at the last loss.
    top: u32,
    epoch: Option<Epoch>,
}

#[derive(Clone, Copy, Debug)]
struct Epoch {
    start: Instant,
    /// Milliseconds from the start to the flat middle of the curve.
    middle: u64,
    /// The window there.
    origin: u32,
    /// What Reno would have, and its count of acknowledgements.
    reno: u32,
    reno_credit: u32,
}

impl Cubic {
    /// The threshold after a loss at this window.
    pub fn threshold_after_loss(&mut self, cwnd: u32) -> u32 {
        self.epoch = None;
        // Fast convergence: a loss below the last one leaves room for newcomers.
        self.top = if cwnd < self.top { cwnd * (1024 + BETA) / 2048 } else { cwnd };
        (cwnd * BETA / 1024).max(2)
    }

    /// Silence does not count as time on the curve.
    pub fn shift(&mut self, silence: Duration) {
        if let Some(epoch) = &mut self.epoch {
            epoch.start = epoch.start + silence;
        }
    }

    /// How many acknowledged segments the next one more costs now.
    pub fn acks_per_segment(
        &mut self,
        now: Instant,
        cwnd: u32,
        acked: u32,
        shortest: Duration,
    ) -> u32 {
        let top = self.top;
        let epoch = self.epoch.get_or_insert_with(|| Epoch::new(now, cwnd, top));
        let at = (now - epoch.start + shortest).as_millis() as u64;
        let far = at.abs_diff(epoch.middle);
        // 0.4 segments per cubic second.
        let bend = (u128::from(far).pow(3) * 4 / 10_000_000_000).min(1 << 24) as u32;
        let target =
            if at < epoch.middle { epoch.origin.saturating_sub(bend) } else { epoch.origin + bend };
        let mut each = if target > cwnd { cwnd / (target - cwnd) } else { 100 * cwnd };
        if top == 0 {
            each = each.min(20);
        }
        each.min(epoch.reno_pace(cwnd, acked)).max(2)
    }
}

impl Epoch {
    fn new(start: Instant, cwnd: u32, top: u32) -> Self {
        let below = u64::from(top.saturating_sub(cwnd));
        Self {
            start,
            middle: cube_root(below * 2_500_000_000),
            origin: top.max(cwnd),
            reno: cwnd,
            reno_credit: 0,
        }
    }

    /// Acknowledgements a segment that keep up with what Reno would do.
    fn reno_pace(&mut self, cwnd: u32, acked: u32) -> u32 {
        self.reno_credit += acked;
        let round = (cwnd * FRIENDLY_EIGHTHS / 8).max(1);
        while self.reno_credit > round {
            self.reno_credit -= round;
            self.reno += 1;
        }
        if self.reno > cwnd { cwnd / (self.reno - cwnd) } else { u32::MAX }
    }
}

/// The largest number whose cube is not above `of`.
fn cube_root(of: u64) -> u64 {
    let mut root = 0u64;
    for bit in (0..21).rev() {
        let next = root | 1 << bit;
        if next * next * next <= of {
            root = next;
        }
    }
    root
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cube_roots() {
        for (of, root) in [(0, 0), (1, 1), (26, 2), (27, 3), (1_000_000_000, 1000)] {
            assert_eq!(cube_root(of), root);
        }
    }

    /// Steep at first, flat where the loss was, steep again.
    #[test]
    fn the_curve_is_flat_in_the_middle() {
        let mut cubic = Cubic::default();
        assert_eq!(cubic.threshold_after_loss(1000), 700);
        let ms = Duration::from_millis(10);
        let mut each = |seconds, cwnd| {
            let now = Instant::ZERO + Duration::from_secs(seconds);
            cubic.acks_per_segment(now, cwnd, 1, ms)
        };
        // K = cbrt(300 / 0.4) = 9.09 s
        assert_eq!(
            [each(0, 700), each(2, 700), each(9, 999), each(12, 1000), each(20, 1000)],
            [350, 4, 999, 100, 2]
        );
        assert_eq!(cubic.threshold_after_loss(900), 630);
        assert_eq!(cubic.top, 765);
    }
}
