//! A segment comes for a connection that is established or closing.
//!
//! Linux 6.1 net/ipv4/tcp_input.c tcp_validate_incoming, tcp_rcv_established,
//! tcp_rcv_state_process, tcp_data_queue, tcp_fin, tcp_reset, __tcp_ack_snd_check.

use std::time::Duration;

use super::acked::Judgement;
use super::acks::Wait;
use super::segment::{Flags, HEADER, Segment};
use super::send::Nagle;
use super::seq::{after, before};
use super::socket::Socket;
use super::window::cost;
use super::{Cx, Failure, SocketEvent, State};

/// Answers to what should not have come are not given more often than this
/// (`tcp_invalid_ratelimit`).
const ODD_PAUSE: Duration = Duration::from_millis(500);

/// Whether an answer to something odd is due now; if so it is noted (`__tcp_oow_rate_limited`).
pub(super) fn may_answer(cx: &Cx<'_>, last: &mut Option<lvs_engine::Instant>) -> bool {
    if last.is_some_and(|last| cx.now - last < ODD_PAUSE) {
        return false;
    }
    *last = Some(cx.now);
    true
}

impl Socket {
    /// A segment comes. Returns whether it is to be answered with a RST without connection.
    pub fn receive(&mut self, cx: &mut Cx<'_>, segment: &Segment<'_>) -> bool {
        self.snd.read_clock(cx.now);
        match self.state {
            State::SynSent => return self.answer_to_syn(cx, segment),
            State::Closed => return true,
            _ => {}
        }
        if !self.is_valid(cx, segment) || !segment.has(Flags::ACK) {
            return false;
        }
        let is_plain = self.is_plain_ack(segment);
        match self.acknowledge(cx, segment) {
            Judgement::Fine => {}
            Judgement::Old if self.state == State::Established => {}
            Judgement::Unsent if self.state == State::Established => return false,
            _ => {
                self.challenge(cx);
                return false;
            }
        }
        if self.is_closed_by(cx, segment) {
            return false;
        }
        if let Some(stamps) = segment.options.timestamps.filter(|_| self.agreed.timestamps) {
            let len = segment.payload.len() as u32;
            self.window.measure_echo(self.clock(cx.now), stamps, len, self.acks.mss);
        }
        if self.is_data_refused(segment) {
            self.fail(cx, Failure::Reset);
            return true;
        }
        self.queue_data(cx, segment);
        if self.state != State::Closed {
            self.push(cx, if self.nodelay { Nagle::Off } else { Nagle::On });
            if self.acks.is_scheduled() && !is_plain {
                self.check_ack(cx);
            }
        }
        false
    }

    /// Is it a bare acknowledgement that needs no second look? (Header prediction,
    /// `tcp_rcv_established`.)
    fn is_plain_ack(&self, segment: &Segment<'_>) -> bool {
        self.state == State::Established
            && segment.flags.without(Flags::PSH) == Flags::ACK
            && segment.payload.is_empty()
            && segment.seq == self.rcv_nxt
            && u32::from(segment.window) << self.agreed.peer_scale == self.snd.window
            && segment.options.sacks().is_empty()
            && !self.inbox.has_hole()
    }

    /// Is the segment about this connection and this window? What is not is answered with the state
    /// of things.
    fn is_valid(&mut self, cx: &mut Cx<'_>, segment: &Segment<'_>) -> bool {
        let end = segment.end_seq();
        let is_stale = self.agreed.timestamps
            && segment.options.timestamps.is_some_and(|it| before(it.value, self.ts_recent));
        let right = self.rcv_nxt.wrapping_add(self.window.left(self.rcv_nxt));
        let in_window = !before(end, self.window.offered_at) && !after(segment.seq, right);
        if (is_stale && !segment.has(Flags::RST) && !self.is_late_duplicate(segment)) || !in_window
        {
            if segment.has(Flags::SYN) && !segment.has(Flags::RST) && !is_stale {
                self.challenge(cx);
            } else if !segment.has(Flags::RST) && self.may_answer_odd(cx, segment) {
                self.send_duplicate_ack(cx, segment);
            }
            return false;
        }
        if segment.has(Flags::RST) {
            self.reset_by(cx, segment);
            return false;
        }
        if segment.has(Flags::SYN) {
            self.challenge(cx);
            return false;
        }
        true
    }

    /// A repeated acknowledgement with an old clock does no harm (`tcp_disordered_ack`).
    fn is_late_duplicate(&self, segment: &Segment<'_>) -> bool {
        segment.payload.is_empty()
            && segment.seq == self.rcv_nxt
            && segment.ack == self.snd.una
            && u32::from(segment.window) << self.agreed.peer_scale == self.snd.window
    }

    /// Data is always answered, everything else not too often.
    fn may_answer_odd(&mut self, cx: &Cx<'_>, segment: &Segment<'_>) -> bool {
        let is_data = segment.end_seq() != segment.seq && !segment.has(Flags::SYN);
        is_data || may_answer(cx, &mut self.last_odd)
    }

    fn send_duplicate_ack(&mut self, cx: &mut Cx<'_>, segment: &Segment<'_>) {
        let end = segment.end_seq();
        if end != segment.seq && before(segment.seq, self.rcv_nxt) {
            self.acks.enter_quick(self.window.offered);
            let end = super::seq::earlier(end, self.rcv_nxt);
            self.inbox.report_twice(segment.seq, end);
        }
        self.send_ack(cx);
    }

    /// Says where things stand to whoever sent a SYN or a RST that may be forged (RFC 5961).
    fn challenge(&mut self, cx: &mut Cx<'_>) {
        if may_answer(cx, &mut self.last_odd) {
            self.send_ack(cx);
        }
    }

    /// A RST counts if it is exactly in order, or follows the FIN that we have seen, or all that we
    /// have.
    fn reset_by(&mut self, cx: &mut Cx<'_>, segment: &Segment<'_>) {
        let after_fin = matches!(self.state, State::CloseWait | State::LastAck | State::Closing)
            && segment.seq == self.rcv_nxt.wrapping_sub(1);
        let at_edge = self.inbox.right_edge() == Some(segment.seq);
        if segment.seq != self.rcv_nxt && !after_fin && !at_edge {
            self.challenge(cx);
            return;
        }
        let failure =
            if self.state == State::CloseWait { Failure::BrokenPipe } else { Failure::Reset };
        self.fail(cx, failure);
    }

    /// Our FIN may be acknowledged now. Returns whether nothing more is to be done with the
    /// segment.
    fn is_closed_by(&mut self, cx: &mut Cx<'_>, segment: &Segment<'_>) -> bool {
        if self.snd.una != self.snd.written {
            return false;
        }
        match self.state {
            State::FinWait1 => {
                self.state = State::FinWait2;
                if self.orphan && !segment.has(Flags::FIN) && !self.is_data_refused(segment) {
                    self.retire(cx, false);
                    return true;
                }
                false
            }
            State::Closing => {
                self.retire(cx, true);
                true
            }
            State::LastAck => {
                self.end();
                true
            }
            _ => false,
        }
    }

    /// New data for an application that has closed: it cannot be delivered (RFC 1122 section
    /// 4.2.2.13). A FIN behind a hole announces such data.
    fn is_data_refused(&self, segment: &Segment<'_>) -> bool {
        let closing = matches!(self.state, State::FinWait1 | State::FinWait2);
        let data_end = segment.seq.wrapping_add(segment.payload.len() as u32);
        let is_empty = segment.end_seq() == segment.seq;
        self.read_closed && closing && !is_empty && after(data_end, self.rcv_nxt)
    }

    /// Takes data and FIN in, or keeps them until the hole before them is filled.
    fn queue_data(&mut self, cx: &mut Cx<'_>, segment: &Segment<'_>) {
        let (seq, end) = (segment.seq, segment.end_seq());
        if end == seq {
            return;
        }
        let no_more = matches!(self.state, State::CloseWait | State::LastAck | State::Closing);
        if no_more && !before(seq, self.rcv_nxt) {
            return;
        }
        let left = self.window.left(self.rcv_nxt);
        if !after(end, self.rcv_nxt) {
            self.inbox.report_twice(seq, end);
            self.refuse_data();
        } else if left == 0 || !before(seq, self.rcv_nxt.wrapping_add(left)) {
            self.refuse_data();
        } else if after(seq, self.rcv_nxt) {
            self.queue_beyond(segment);
        } else {
            if before(seq, self.rcv_nxt) {
                self.inbox.report_twice(seq, self.rcv_nxt);
            }
            self.queue_in_order(cx, segment);
        }
    }

    /// Old data, or data outside the window: the peer should know soon what we have.
    fn refuse_data(&mut self) {
        self.acks.enter_quick(self.window.offered);
        self.acks.schedule();
    }

    fn queue_beyond(&mut self, segment: &Segment<'_>) {
        let cost = cost(segment.payload.len());
        self.acks.schedule();
        let fin = segment.has(Flags::FIN);
        self.inbox.push_beyond(segment.seq, segment.payload, fin, cost);
        self.grow_window(segment.payload.len() as u32, cost);
    }

    fn queue_in_order(&mut self, cx: &mut Cx<'_>, segment: &Segment<'_>) {
        let old = self.rcv_nxt.wrapping_sub(segment.seq) as usize;
        let fresh = segment.payload.get(old..).unwrap_or_default();
        let cost = cost(segment.payload.len());
        self.inbox.push(self.rcv_nxt, fresh, cost);
        self.rcv_nxt = segment.end_seq();
        if !segment.payload.is_empty() {
            let header = HEADER as u32 + self.agreed.stamped();
            let rto = self.rtt.rto();
            let offered = self.window.offered;
            self.acks.data_received(cx.now, segment, header, self.advmss, offered, rto);
            self.window.measure_window(cx.now, self.rcv_nxt);
            self.grow_window(segment.payload.len() as u32, cost);
        }
        let mut fin = segment.has(Flags::FIN);
        if !fin && self.inbox.has_hole() {
            (self.rcv_nxt, fin) = self.inbox.drain(self.rcv_nxt);
            // A filled hole is acknowledged at once (RFC 5681 section 4.2).
            self.acks.urgent |= !self.inbox.has_hole();
        }
        if self.inbox.readable() > 0 {
            self.tell(cx, SocketEvent::Readable);
        }
        if fin {
            self.fin_received(cx);
        }
    }

    fn grow_window(&mut self, len: u32, cost: u32) {
        if self.window.grow(len, cost, self.inbox.held()) {
            self.acks.tell_growth();
        }
    }

    /// The peer has nothing more to say.
    fn fin_received(&mut self, cx: &mut Cx<'_>) {
        self.acks.fin_received(self.state == State::Established);
        self.read_closed = true;
        self.tell(cx, SocketEvent::PeerClosed);
        match self.state {
            State::Established => self.state = State::CloseWait,
            State::FinWait1 => {
                self.send_ack(cx);
                self.state = State::Closing;
            }
            State::FinWait2 => {
                self.send_ack(cx);
                self.retire(cx, true);
            }
            _ => {}
        }
        self.inbox.end();
    }

    /// Sends the acknowledgement that is due, now or later.
    fn check_ack(&mut self, cx: &mut Cx<'_>) {
        let room = self.window.room(self.inbox.held(), self.acks.mss);
        let waiting = self.rcv_nxt.wrapping_sub(self.window.offered_at);
        let read_all = self.rcv_nxt == self.read_seq;
        let mut due = waiting > self.acks.mss && (read_all || room.window >= self.window.offered);
        if waiting > self.acks.mss && !read_all && room.tight {
            self.acks.leave_quick();
        }
        due |= self.acks.is_quick() || self.acks.urgent;
        if due {
            self.send_ack(cx);
        } else if self.inbox.has_hole() {
            let rtt = self.squeeze_time();
            if !self.agreed.sack || self.squeeze.is_due(cx, self.rcv_nxt, rtt) {
                self.send_ack(cx);
            }
        } else if self.acks.delay(cx, self.rtt.smoothed()) == Wait::Over {
            self.send_ack(cx);
        }
    }

    /// The round trip that squeezing goes by: the shorter of both estimates.
    fn squeeze_time(&self) -> Duration {
        let received = self.window.rtt();
        self.rtt.smoothed().map_or(received, |sent| sent.min(received))
    }
}
