//! When a kernel timer fires: at the end of the slot that its time falls into.
//!
//! Slots get wider with the length of the wait: a connection's 120 seconds end up to five seconds
//! late, and a packet that comes until then revives it. Timers that were set some milliseconds apart
//! usually fire together.
//!
//! Linux 6.1 kernel/time/timer.c, calc_wheel_index, with 100 ticks a second. Time 0 begins a slot of
//! every width.

use core::time::Duration;

use crate::Instant;

const TICK_NS: u64 = 10_000_000;
/// Waits of fewer ticks than this fire at their nominal time here; Linux rounds them up to a tick.
const FIRST_LEVEL: u64 = 63;
/// Each level holds eight times longer waits, in slots eight times as wide.
const SHIFT: u32 = 3;
/// The widest slots: 2,097,152 ticks, for waits of nearly two days and longer.
const LEVELS: u32 = 7;

/// The instant at which a kernel's timer fires that is set now for after `wait`.
///
/// ```
/// use core::time::Duration;
/// use lvs_engine::{Instant, wheel};
/// let fires = wheel::due(Instant::ZERO, Duration::from_secs(10));
/// assert_eq!(fires - Instant::ZERO, Duration::from_millis(10_240));
/// ```
pub fn due(now: Instant, wait: Duration) -> Instant {
    let nominal = now + wait;
    let nanos = u64::try_from(wait.as_nanos()).unwrap_or(u64::MAX);
    let ticks = nanos / TICK_NS;
    let mut level = 0;
    while level < LEVELS && ticks >= FIRST_LEVEL << (SHIFT * level) {
        level += 1;
    }
    if level == 0 {
        return nominal;
    }
    // Dividing by the constant first is quick, and the same.
    let slots = (nominal.as_nanos() / TICK_NS) >> (SHIFT * level);
    Instant::from_nanos((slots + 1).saturating_mul(TICK_NS << (SHIFT * level)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[rustfmt::skip]
    fn long_waits_end_with_their_slot() {
        //   set at (ms), wait (ms), fires at (ms)
        for (now, wait, fires) in [
            (100,     40,      140), // short ones are nominal
            (100,    200,      300),
            (100,   1000,     1120), // slots of 80 ms
            (112,   1000,     1120), // the same slot
            (125,   1000,     1200),
            (1120,  2000,     3200),
            (1200,  2000,     3280),
            (100,   7000,     7680), // slots of 640 ms
            (100,  60000,    61440), // slots of 5.12 s
            (1300, 60000,    61440),
            (1500, 60000,    66560),
            (100, 900000,   901120), // slots of 40.96 s
        ] {
            let at = due(Instant::from_nanos(now * 1_000_000), Duration::from_millis(wait));
            assert_eq!(at.as_nanos() / 1_000_000, fires, "set at {now} for {wait}");
        }
    }
}
