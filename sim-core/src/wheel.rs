//! When a kernel timer fires: at the end of the slot that its time falls into.
//!
//! Slots get wider with the length of the wait, so two timers of a second that were set some
//! milliseconds apart on two hosts usually fire together, whichever was first: a server repeats its
//! SYN-ACK before the client's repeated SYN can reach it. Linux 6.1: kernel/time/timer.c,
//! calc_wheel_index; with the 100 ticks a second of the kernel that judges us.

use std::time::Duration;

use lvs_engine::Instant;

const TICK_NS: u64 = 10_000_000;
/// Waits of fewer ticks than this fire at their nominal time here; Linux rounds them up to a tick.
const FIRST_LEVEL: u64 = 63;
/// Each level holds eight times longer waits, in slots eight times as wide.
const SHIFT: u32 = 3;
/// The widest slots: 32768 ticks.
const LEVELS: u32 = 5;

/// The instant at which a timer fires that is set now for after `wait`.
pub fn due(now: Instant, wait: Duration) -> Instant {
    let nominal = now + wait;
    let ticks = (wait.as_nanos() / u128::from(TICK_NS)) as u64;
    let mut level = 0;
    while level < LEVELS && ticks >= FIRST_LEVEL << (SHIFT * level) {
        level += 1;
    }
    if level == 0 {
        return nominal;
    }
    let slot = TICK_NS << (SHIFT * level);
    Instant::from_nanos((nominal.as_nanos() / slot + 1) * slot)
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
        ] {
            let at = due(Instant::from_nanos(now * 1_000_000), Duration::from_millis(wait));
            assert_eq!(at.as_nanos() / 1_000_000, fires, "set at {now} for {wait}");
        }
    }
}
