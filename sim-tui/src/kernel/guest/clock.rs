//! Time inside of the kernel: the time of captures, and the ticks that its timer wheel counts.

use std::fs;
use std::io;
use std::os::fd::BorrowedFd;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, ppoll};
use nix::sys::time::TimeSpec;
use nix::time::{ClockId, clock_gettime};

/// A tick of the kernel's timers: 100 in a second.
const TICK_NS: u64 = 10_000_000;

/// Slots of the timer wheel for waits of 0.63 to 5 s; see [`begin_of_time`].
const SLOT_NS: u64 = 8 * TICK_NS;

/// Waits of so many ticks and more end with slots of so many ticks.
const WIDE_SLOTS: [(u64, u64); 3] = [(32_256, 4_096), (4_032, 512), (0, 64)];

/// Ticks from the choice of the begin to the begin.
const LEAD: u64 = 16;

/// From the opening of a gate to the first frame.
const WAKING_NS: u64 = 1_000_000;

/// At least so long after the end of a tool.
pub const GAP_NS: u64 = 10_000_000;

/// The time of captures: nanoseconds since 1970.
pub fn now() -> io::Result<u64> {
    let time = clock_gettime(ClockId::CLOCK_REALTIME)?;
    Ok(time.tv_sec() as u64 * 1_000_000_000 + time.tv_nsec() as u64)
}

/// Sleeps until the file can be read or so many nanoseconds have passed.
pub fn sleep_until_readable(fd: BorrowedFd<'_>, nanos: u64) -> io::Result<()> {
    let time = TimeSpec::new((nanos / 1_000_000_000) as i64, (nanos % 1_000_000_000) as i64);
    match ppoll(&mut [PollFd::new(fd, PollFlags::POLLIN)], Some(time), None) {
        Ok(_) | Err(Errno::EINTR) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// The ticks of the widest slots that a story of this length can see the end of.
pub fn widest_slot(end_ns: u64) -> u64 {
    let ticks = end_ns / TICK_NS;
    WIDE_SLOTS.iter().find(|(wait, _)| ticks >= *wait).map_or(64, |(_, slot)| *slot)
}

/// An instant, 0.2 s from now or later, at which the kernel's timer wheel begins such a slot, as the
/// simulation's does at 0.
///
/// A timer fires at the end of the slot that its time falls into (Linux 6.1 timer.c, calc_wheel_index). Two hosts
/// whose timers were set some milliseconds apart so speak together, or one after the other, according to where in
/// a slot that was. The wait also lets bridge ports settle, which forward a moment after their cable is plugged.
pub fn begin_of_time(slot: u64, sleep: impl FnOnce(u64) -> io::Result<()>) -> io::Result<u64> {
    // A sleep may end some ticks too late.
    let wait = (ticks()? + LEAD + 4).next_multiple_of(slot) - (ticks()? + LEAD + 4);
    sleep(now()? + wait * TICK_NS)?;
    while !(ticks()? + LEAD).is_multiple_of(slot) {}
    Ok(now()? + LEAD * TICK_NS - WAKING_NS)
}

/// The kernel's own count of ticks.
fn ticks() -> io::Result<u64> {
    let timers = fs::read_to_string("/proc/timer_list")?;
    let count = timers.lines().find_map(|line| line.strip_prefix("jiffies:"));
    let count = count.and_then(|count| count.trim().parse().ok());
    count.ok_or_else(|| io::Error::other("/proc/timer_list tells no jiffies"))
}

/// How late the story is when it goes on after `at`: whole slots, so that the timer wheel stands as in the
/// simulation.
pub fn lateness(at: u64, due: u64) -> u64 {
    match at.checked_sub(due + TICK_NS) {
        Some(late) => (late / SLOT_NS + 1) * SLOT_NS,
        None => 0,
    }
}

/// At least so long after the end of the step before: a tool's slowness is taken from the pause, other pauses
/// are kept.
pub fn pause(gap_ns: u64, after_tool: bool) -> u64 {
    let kept = if after_tool { GAP_NS } else { gap_ns.saturating_sub(TICK_NS).max(GAP_NS) };
    gap_ns.min(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: u64 = 1_000_000;

    #[test]
    fn a_late_story_is_late_by_whole_slots_of_the_timer_wheel() {
        for (late, slots) in [(0, 0), (9, 0), (10, 1), (80, 1), (89, 1), (90, 2), (170, 3)] {
            assert_eq!(lateness((100 + late) * MS, 100 * MS), slots * 80 * MS, "{late}");
        }
    }

    #[test]
    fn a_long_story_begins_with_a_wide_slot() {
        for (seconds, slot) in
            [(1, 64), (40, 64), (41, 512), (322, 512), (323, 4_096), (4_000, 4_096)]
        {
            assert_eq!(widest_slot(seconds * 1_000 * MS), slot, "{seconds}");
        }
    }

    #[test]
    fn a_tool_may_use_the_pause_after_it() {
        let rows = [
            (true, 100, 10),
            (false, 100, 90),
            (false, 2_000, 1_990),
            (false, 0, 0),
            (true, 0, 0),
            (false, 15, 10),
        ];
        for (after_tool, gap, wanted) in rows {
            assert_eq!(pause(gap * MS, after_tool), wanted * MS, "{after_tool} {gap}");
        }
    }
}
