//! What remains of a closed connection for 60 s: a record that answers, without a socket.
//!
//! It stands for TIME_WAIT, and for FIN_WAIT2 once the application has closed: Linux keeps the same
//! small record for both. Having no socket it has no IP ID counter: its segments carry 0.
//!
//! Linux 6.1 net/ipv4/tcp_minisocks.c tcp_time_wait, tcp_timewait_state_process.

use std::time::Duration;

use lvs_engine::{Endpoint, Instant};

use super::emit::{Emit, IpId};
use super::input::may_answer;
use super::options::{OptionBytes, Timestamps};
use super::segment::{Flags, Segment};
use super::seq::{after, before, in_window};
use super::socket::{Socket, millis};
use super::{Cx, Output, Timer};
use crate::counters::Counter;

/// How long it lasts (`TCP_TIMEWAIT_LEN`, and `tcp_fin_timeout` of an orphan in FIN_WAIT2).
pub(super) const LENGTH: Duration = Duration::from_secs(60);

/// The record.
#[derive(Clone, Debug)]
pub(super) struct TimeWait {
    pub local: Endpoint,
    pub remote: Endpoint,
    /// The peer's FIN has come.
    closed: bool,
    snd_nxt: u32,
    rcv_nxt: u32,
    window: u32,
    scale: u8,
    timestamps: bool,
    ts_recent: u32,
    ts_offset: u32,
    df: bool,
    pub timer: Timer,
    last_odd: Option<Instant>,
}

/// What a segment does to the record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Check {
    /// It stays.
    Keep,
    /// It is dropped.
    Forget,
    /// It is dropped, and the segment is answered with a RST.
    ForgetAndReset,
    /// A new connection may begin, with at least this ISN.
    Renew(u32),
}

impl TimeWait {
    /// The record of a socket that closes; `closed` if the peer has closed too.
    pub fn of(socket: &Socket, cx: &Cx<'_>, closed: bool) -> Self {
        Self {
            local: socket.local,
            remote: socket.remote,
            closed,
            snd_nxt: socket.snd.nxt,
            rcv_nxt: socket.rcv_nxt,
            window: socket.window.left(socket.rcv_nxt),
            scale: socket.agreed.scale,
            timestamps: socket.agreed.timestamps,
            ts_recent: socket.ts_recent,
            ts_offset: socket.ts_offset,
            df: !socket.path.locked,
            timer: cx.timer(LENGTH),
            last_odd: None,
        }
    }

    /// Whether it is TIME_WAIT rather than FIN_WAIT2.
    pub fn is_closed(&self) -> bool {
        self.closed
    }

    /// The peer's clock as last seen.
    pub fn ts_recent(&self) -> u32 {
        self.ts_recent
    }

    /// An ISN that no segment of the old connection can be mistaken for.
    pub fn next_isn(&self) -> u32 {
        self.snd_nxt.wrapping_add(65_537)
    }

    /// A segment comes.
    pub fn check(&mut self, cx: &mut Cx<'_>, segment: &Segment<'_>) -> Check {
        let stamps = segment.options.timestamps.filter(|_| self.timestamps);
        let is_stale = stamps.is_some_and(|stamps| before(stamps.value, self.ts_recent));
        if self.closed {
            self.check_time_wait(cx, segment, stamps, is_stale)
        } else {
            self.check_fin_wait(cx, segment, stamps, is_stale)
        }
    }

    fn check_fin_wait(
        &mut self,
        cx: &mut Cx<'_>,
        segment: &Segment<'_>,
        stamps: Option<Timestamps>,
        is_stale: bool,
    ) -> Check {
        let end = segment.end_seq();
        let right = self.rcv_nxt.wrapping_add(self.window);
        if is_stale || !in_window(segment.seq, end, self.rcv_nxt, right) {
            self.answer_odd(cx, segment);
            return Check::Keep;
        }
        if segment.has(Flags::RST) {
            return Check::Forget;
        }
        if segment.has(Flags::SYN) {
            return Check::ForgetAndReset;
        }
        if !segment.has(Flags::ACK) || !after(end, self.rcv_nxt) || end == segment.seq {
            return Check::Keep;
        }
        // Data for an application that is gone, with or without the FIN.
        if !segment.has(Flags::FIN) || end != self.rcv_nxt.wrapping_add(1) {
            return Check::ForgetAndReset;
        }
        self.closed = true;
        self.rcv_nxt = end;
        self.ts_recent = stamps.map_or(self.ts_recent, |stamps| stamps.value);
        self.timer = cx.timer(LENGTH);
        self.send_ack(cx);
        Check::Keep
    }

    fn check_time_wait(
        &mut self,
        cx: &mut Cx<'_>,
        segment: &Segment<'_>,
        stamps: Option<Timestamps>,
        is_stale: bool,
    ) -> Check {
        let is_empty = segment.seq == segment.end_seq();
        let is_reset = segment.has(Flags::RST);
        if !is_stale && segment.seq == self.rcv_nxt && (is_empty || is_reset) {
            if is_reset {
                return Check::Forget;
            }
            self.timer = cx.timer(LENGTH);
            self.ts_recent = stamps.map_or(self.ts_recent, |stamps| stamps.value);
            return Check::Keep;
        }
        let is_syn = segment.has(Flags::SYN) && !is_reset && !segment.has(Flags::ACK);
        let is_newer = after(segment.seq, self.rcv_nxt)
            || stamps.is_some_and(|stamps| after(stamps.value, self.ts_recent));
        if is_syn && !is_stale && is_newer {
            return Check::Renew(self.next_isn());
        }
        if !is_reset {
            if is_stale || segment.has(Flags::ACK) {
                self.timer = cx.timer(LENGTH);
            }
            self.answer_odd(cx, segment);
        }
        Check::Keep
    }

    fn answer_odd(&mut self, cx: &mut Cx<'_>, segment: &Segment<'_>) {
        let is_data = segment.seq != segment.end_seq() && !segment.has(Flags::SYN);
        if is_data || may_answer(cx, &mut self.last_odd) {
            self.send_ack(cx);
        }
    }

    fn send_ack(&self, cx: &mut Cx<'_>) {
        let stamps = self.timestamps.then(|| Timestamps {
            value: millis(cx.now).wrapping_add(self.ts_offset),
            echo: self.ts_recent,
        });
        cx.count(Counter::TcpOutSegs);
        cx.out.push(Output::Segment(Emit {
            src: self.local,
            dst: self.remote,
            seq: self.snd_nxt,
            ack: self.rcv_nxt,
            flags: Flags::ACK,
            window: (self.window >> self.scale) as u16,
            options: OptionBytes::established(stamps, &[]),
            payload: Vec::new(),
            ip_id: IpId::Zero,
            tos: 0,
            df: self.df,
        }));
    }
}
