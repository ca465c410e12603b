//! When an acknowledgement leaves on its own: at once while the connection is fresh, later while it
//! converses.
//!
//! Three things decide. `quick` counts the acknowledgements that are still sent at once. `pingpong`
//! says that the application answers quickly, so that the answer can carry the acknowledgement.
//! `ato` is how long one may wait.
//!
//! Linux 6.1 net/ipv4/tcp_input.c tcp_event_data_recv, tcp_measure_rcv_mss,
//! tcp_enter_quickack_mode; tcp_output.c tcp_event_data_sent, tcp_event_ack_sent,
//! tcp_send_delayed_ack; tcp_timer.c tcp_delack_timer_handler.

use std::time::Duration;

use lvs_engine::Instant;

use super::rtt::TICK;
use super::segment::{Flags, Segment};
use super::{Cx, Timer};

/// The shortest wait, and the one that a connection begins with (`TCP_ATO_MIN`, `TCP_DELACK_MIN`).
const SHORTEST: Duration = Duration::from_millis(40);
/// The longest wait of a conversation (`TCP_DELACK_MAX`).
const LONGEST: Duration = Duration::from_millis(200);
/// The longest wait otherwise.
const LONGEST_IDLE: Duration = Duration::from_millis(500);
/// How many acknowledgements a fresh connection sends at once (`TCP_MAX_QUICKACKS`).
const QUICK: u32 = 16;
/// What the peer's segment size is taken for before one was seen (`TCP_MSS_DEFAULT`).
const DEFAULT_MSS: u32 = 536;
/// The smallest size that counts as a segment's (`TCP_MIN_MSS`).
const MIN_MSS: u32 = 88;

/// The acknowledgement policy of one socket.
#[derive(Clone, Debug)]
pub(super) struct AckPolicy {
    quick: u32,
    pingpong: bool,
    ato: Duration,
    /// Something is to be acknowledged.
    scheduled: bool,
    /// The acknowledgement must not wait (`ICSK_ACK_NOW`).
    pub urgent: bool,
    /// Small segments came since the last acknowledgement: none, one, several.
    pushed: u8,
    /// The delayed acknowledgement.
    pub timer: Option<Timer>,
    last_data: Instant,
    /// The peer's usual segment size, as far as seen.
    pub mss: u32,
    last_size: u32,
}

/// What is to be done about an acknowledgement that may wait.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Wait {
    /// It waits; the timer is set.
    Later,
    /// The time is nearly over: send it.
    Over,
}

impl AckPolicy {
    /// The policy of a connection that has just been established.
    pub fn new(advmss: u32, rcv_wnd: u32) -> Self {
        Self {
            quick: 0,
            pingpong: false,
            ato: Duration::ZERO,
            scheduled: false,
            urgent: false,
            pushed: 0,
            timer: None,
            last_data: Instant::ZERO,
            mss: advmss.min(rcv_wnd / 2).clamp(MIN_MSS, DEFAULT_MSS),
            last_size: 0,
        }
    }

    /// Whether something waits to be acknowledged.
    pub fn is_scheduled(&self) -> bool {
        self.scheduled
    }

    /// Something is to be acknowledged.
    pub fn schedule(&mut self) {
        self.scheduled = true;
    }

    /// Whether acknowledgements go out at once now.
    pub fn is_quick(&self) -> bool {
        self.quick > 0 && !self.pingpong
    }

    /// In-order data came in.
    pub fn data_received(
        &mut self,
        now: Instant,
        segment: &Segment<'_>,
        header: u32,
        advmss: u32,
        rcv_wnd: u32,
        rto: Duration,
    ) {
        self.scheduled = true;
        self.measure(segment.payload.len() as u32, segment.flags, header, advmss);
        if self.ato.is_zero() {
            self.add_quick(rcv_wnd);
            self.ato = SHORTEST;
        } else {
            let gap = now - self.last_data;
            if gap <= SHORTEST / 2 {
                self.ato = self.ato / 2 + SHORTEST / 2;
            } else if gap < self.ato {
                self.ato = (self.ato / 2 + gap).min(rto);
            } else if gap > rto {
                // The sender was silent so long that its window may have shrunk: help it to grow
                // again.
                self.add_quick(rcv_wnd);
            }
        }
        self.last_data = now;
    }

    /// Learns the size of the peer's full segments, and notices small ones.
    fn measure(&mut self, len: u32, flags: Flags, header: u32, advmss: u32) {
        let previous = std::mem::take(&mut self.last_size);
        if len >= self.mss {
            self.mss = len.min(advmss);
            // A full segment with PSH may be all that comes: whoever reads it acknowledges it.
            if flags.has(Flags::PSH) {
                self.pushed = self.pushed.max(1);
            }
            return;
        }
        let whole = len + header;
        let marked = flags.has(Flags::PSH) || flags.has(Flags::FIN) || flags.has(Flags::SYN);
        if whole >= DEFAULT_MSS + 20 || (whole >= MIN_MSS + 20 && !marked) {
            self.last_size = len;
            if len == previous {
                self.mss = len;
                return;
            }
        }
        self.pushed = (self.pushed + 1).min(2);
    }

    /// As many acknowledgements at once as half the window's segments, at most 16.
    fn add_quick(&mut self, rcv_wnd: u32) {
        let segments = (rcv_wnd / (2 * self.mss)).max(2);
        self.quick = self.quick.max(segments.min(QUICK));
    }

    /// Something odd came in (old data, a segment outside the window): back to acknowledging at
    /// once.
    pub fn enter_quick(&mut self, rcv_wnd: u32) {
        self.add_quick(rcv_wnd);
        self.pingpong = false;
        self.ato = SHORTEST;
    }

    /// The buffer is more than half full: the peer need not be hurried.
    pub fn leave_quick(&mut self) {
        self.quick = 0;
    }

    /// The offered window can grow: one acknowledgement should tell so.
    pub fn tell_growth(&mut self) {
        self.quick |= 1;
    }

    /// The peer's FIN came while the connection was open: the application will close soon.
    pub fn fin_received(&mut self, open: bool) {
        self.scheduled = true;
        self.pingpong |= open;
    }

    /// Data is sent. Within `ato` of data received it is an answer, and more answers will follow.
    pub fn data_sent(&mut self, now: Instant) {
        if now - self.last_data < self.ato {
            self.pingpong = true;
        }
    }

    /// A segment that carries an acknowledgement is sent.
    pub fn sent(&mut self) {
        if self.scheduled && self.quick > 0 {
            self.quick -= 1;
            if self.quick == 0 {
                self.ato = SHORTEST;
            }
        }
        self.scheduled = false;
        self.urgent = false;
        self.pushed = 0;
        self.timer = None;
    }

    /// Lets the acknowledgement wait, unless one that waits already is due within a quarter of the
    /// time.
    pub fn delay(&mut self, cx: &Cx<'_>, srtt: Option<Duration>) -> Wait {
        let mut wait = self.ato;
        if wait > SHORTEST {
            let longest = if self.pingpong || self.pushed > 0 { LONGEST } else { LONGEST_IDLE };
            let longest = srtt.map_or(longest, |srtt| longest.min(srtt.max(SHORTEST)));
            wait = wait.min(longest);
        }
        // A wait of zero ends with the next tick.
        let wait = wait.clamp(TICK, LONGEST);
        let due = cx.timer(wait);
        match self.timer {
            Some(timer) if timer.at <= cx.now + wait / 4 => return Wait::Over,
            Some(timer) if timer.at <= due.at => {}
            _ => self.timer = Some(due),
        }
        self.scheduled = true;
        Wait::Later
    }

    /// The delayed acknowledgement's time is over; returns whether one is to be sent.
    pub fn fire(&mut self, rto: Duration) -> bool {
        self.timer = None;
        if !self.scheduled {
            return false;
        }
        if self.pingpong {
            self.pingpong = false;
            self.ato = SHORTEST;
        } else {
            self.ato = (self.ato * 2).min(rto);
        }
        true
    }

    /// Whether reading the last byte in the buffer acknowledges it (`tcp_cleanup_rbuf`): several
    /// small segments do, one does if the application is not known to answer.
    pub fn is_read_acknowledged(&self) -> bool {
        self.pushed > 1 || (self.pushed == 1 && !self.pingpong)
    }
}
