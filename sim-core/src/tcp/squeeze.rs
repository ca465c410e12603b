//! Fewer acknowledgements behind a hole: after some duplicates the next ones are held back a little
//! and sent as one.
//!
//! Linux 6.1 net/ipv4/tcp_input.c __tcp_ack_snd_check (its last part); tcp_timer.c
//! tcp_compressed_ack_kick.

use std::time::Duration;

use super::{Cx, Timer};

/// Duplicates that go out at once, as fast retransmit needs them.
const AT_ONCE: u8 = 3;
/// No more than this many are held back (`tcp_comp_sack_nr`).
const MOST: u8 = 44;
/// Nor longer than this (`tcp_comp_sack_delay_ns`).
const LONGEST: Duration = Duration::from_millis(1);

/// The acknowledgements held back by one socket.
#[derive(Clone, Debug, Default)]
pub(super) struct Squeeze {
    held: u8,
    told: u8,
    told_at: u32,
    pub timer: Option<Timer>,
}

impl Squeeze {
    /// A segment came behind a hole, with `next` expected. Returns whether its acknowledgement is
    /// to be sent now.
    pub fn is_due(&mut self, cx: &Cx<'_>, next: u32, rtt: Duration) -> bool {
        if self.held >= MOST {
            return true;
        }
        if self.told_at != next {
            self.told_at = next;
            self.told = 0;
        }
        if self.told < AT_ONCE {
            self.told += 1;
            return true;
        }
        self.held += 1;
        if self.timer.is_none() {
            self.timer = Some(cx.timer(LONGEST.min(rtt / 20)));
        }
        false
    }

    /// An acknowledgement went out: nothing is held back any more.
    pub fn sent(&mut self) {
        self.held = 0;
        self.timer = None;
    }
}
