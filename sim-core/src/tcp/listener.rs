//! Listening: half-open requests, the queue of the accepted, and when a request becomes a socket.
//!
//! Linux 6.1 net/ipv4/tcp_input.c tcp_conn_request; tcp_minisocks.c tcp_check_req;
//! inet_connection_sock.c reqsk_timer_handler.
//! Differs from Linux: the number of half-open requests is not limited, so no SYN cookies are ever
//! sent.

use std::collections::VecDeque;
use std::net::Ipv4Addr;
use std::time::Duration;

use lvs_engine::{Endpoint, Instant, OriginId};

use super::emit::{Emit, IpId};
use super::handshake::advertised_mss;
use super::input::may_answer;
use super::options::{OptionBytes, Options, Timestamps};
use super::segment::{Flags, Segment};
use super::seq::{after, before, in_window};
use super::socket::{Agreed, millis};
use super::{Cx, ListenerId, Output, PathInfo, SocketId, Timer, rtt, window};
use crate::counters::Counter;

/// A socket in LISTEN.
#[derive(Clone, Debug)]
pub(super) struct Listener {
    pub id: ListenerId,
    /// `None` is 0.0.0.0.
    pub bind: Option<Ipv4Addr>,
    pub port: u16,
    pub backlog: usize,
    /// Established, not yet taken by the application.
    pub queue: VecDeque<SocketId>,
    /// The command that listens.
    pub origin: OriginId,
}

impl Listener {
    /// Whether it is responsible for this address.
    pub fn takes(&self, local: Endpoint) -> bool {
        self.port == local.port && self.bind.is_none_or(|bind| bind == local.addr)
    }

    /// A full queue takes no more: it holds one connection more than the backlog says.
    pub fn is_full(&self) -> bool {
        self.queue.len() > self.backlog
    }
}

/// A half-open connection (SYN-RECV).
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub listener: ListenerId,
    pub local: Endpoint,
    pub remote: Endpoint,
    pub path: PathInfo,
    pub isn: u32,
    pub ts_offset: u32,
    pub rcv_nxt: u32,
    pub agreed: Agreed,
    pub window: u32,
    pub ts_recent: u32,
    /// The peer can do ECN, and so can we.
    ecn: bool,
    pub sent_at: Instant,
    /// SYN-ACKs repeated for whatever reason, and time-outs.
    pub retransmits: u32,
    timeouts: u32,
    /// The handshake was completed while the accept queue was full: the client must not be asked
    /// again.
    pub waits_for_room: bool,
    pub timer: Timer,
    last_odd: Option<Instant>,
}

/// What a segment does to a half-open connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Check {
    /// Nothing.
    Keep,
    /// It ends.
    Forget,
    /// It ends, and the segment is answered with a RST.
    ForgetAndReset,
    /// The segment is about another connection: RST, but the request stays.
    Reset,
    /// The handshake is complete.
    Complete,
}

impl Request {
    /// A request for this SYN.
    pub fn new(
        cx: &Cx<'_>,
        listener: ListenerId,
        segment: &Segment<'_>,
        path: PathInfo,
        (isn, ts_offset): (u32, u32),
    ) -> Self {
        let options = &segment.options;
        let agreed = Agreed::with(options);
        let is_marked = segment.tos & 3 != 0;
        Self {
            listener,
            local: segment.dst,
            remote: segment.src,
            path,
            isn,
            ts_offset,
            rcv_nxt: segment.seq.wrapping_add(1),
            agreed,
            window: window::first(advertised_mss(path) - agreed.stamped()),
            ts_recent: options.timestamps.map_or(0, |stamps| stamps.value),
            ecn: segment.has(Flags::ECE | Flags::CWR) && !is_marked,
            sent_at: cx.now,
            retransmits: 0,
            timeouts: 0,
            waits_for_room: false,
            timer: cx.timer(rtt::FIRST),
            last_odd: None,
        }
    }

    fn stamp(&self, cx: &Cx<'_>) -> Timestamps {
        let value = millis(cx.now).wrapping_add(self.ts_offset);
        Timestamps { value, echo: self.ts_recent }
    }

    /// Sends the SYN-ACK: only options that the client offered.
    pub fn send_syn_ack(&self, cx: &mut Cx<'_>) {
        let options = Options {
            mss: Some(advertised_mss(self.path) as u16),
            scale: (self.agreed.scale > 0).then_some(self.agreed.scale),
            sack_permitted: self.agreed.sack,
            timestamps: self.agreed.timestamps.then(|| self.stamp(cx)),
            ..Options::default()
        };
        let mut flags = Flags::SYN | Flags::ACK;
        if self.ecn {
            flags = flags | Flags::ECE;
        }
        let window = self.window as u16;
        self.emit(cx, self.isn, flags, window, OptionBytes::syn(&options));
    }

    /// Linux 6.1 tcp_output.c, tcp_rtx_synack.
    fn send_again(&self, cx: &mut Cx<'_>) {
        cx.count(Counter::TcpRetransSegs);
        cx.count(Counter::TcpExtTCPSynRetrans);
        self.send_syn_ack(cx);
    }

    fn send_ack(&self, cx: &mut Cx<'_>) {
        let stamps = self.agreed.timestamps.then(|| self.stamp(cx));
        let window = (self.window >> self.agreed.scale) as u16;
        let seq = self.isn.wrapping_add(1);
        self.emit(cx, seq, Flags::ACK, window, OptionBytes::established(stamps, &[]));
    }

    fn emit(&self, cx: &mut Cx<'_>, seq: u32, flags: Flags, window: u16, options: OptionBytes) {
        cx.count(Counter::TcpOutSegs);
        cx.out.push(Output::Segment(Emit {
            src: self.local,
            dst: self.remote,
            seq,
            ack: self.rcv_nxt,
            flags,
            window,
            options,
            payload: Vec::new(),
            ip_id: IpId::Zero,
            tos: 0,
            df: !self.path.locked,
        }));
    }

    /// A segment comes for it.
    pub fn check(&mut self, cx: &mut Cx<'_>, segment: &Segment<'_>) -> Check {
        let stamps = segment.options.timestamps.filter(|_| self.agreed.timestamps);
        let is_stale = stamps.is_some_and(|stamps| before(stamps.value, self.ts_recent));
        let flags = segment.flags;
        let is_syn = flags.has(Flags::SYN);
        let is_repeat = is_syn && !flags.has(Flags::ACK) && !flags.has(Flags::RST);
        if is_repeat && segment.seq == self.rcv_nxt.wrapping_sub(1) && !is_stale {
            if may_answer(cx, &mut self.last_odd) {
                self.retransmits += 1;
                self.send_again(cx);
                self.timer = cx.timer(self.timeout());
            }
            return Check::Keep;
        }
        if flags.has(Flags::ACK) && segment.ack != self.isn.wrapping_add(1) {
            return if flags.has(Flags::RST) { Check::Keep } else { Check::Reset };
        }
        let end = segment.end_seq();
        let right = self.rcv_nxt.wrapping_add(self.window);
        if is_stale || !in_window(segment.seq, end, self.rcv_nxt, right) {
            let answered = !flags.has(Flags::RST)
                && ((end != segment.seq && !is_syn) || may_answer(cx, &mut self.last_odd));
            if answered {
                self.send_ack(cx);
            }
            return Check::Keep;
        }
        if let Some(stamps) = stamps.filter(|_| !after(segment.seq, self.rcv_nxt)) {
            self.ts_recent = stamps.value;
        }
        if flags.has(Flags::RST) {
            return Check::Forget;
        }
        if is_syn {
            return Check::ForgetAndReset;
        }
        if flags.has(Flags::ACK) { Check::Complete } else { Check::Keep }
    }

    fn timeout(&self) -> Duration {
        (rtt::FIRST * rtt::doubled(self.timeouts)).min(rtt::LONGEST)
    }

    /// Its timer fires; returns whether it is given up.
    pub fn fire(&mut self, cx: &mut Cx<'_>, retries: u32) -> bool {
        if self.timeouts >= retries {
            return true;
        }
        if !self.waits_for_room {
            self.retransmits += 1;
            self.send_again(cx);
        }
        self.timeouts += 1;
        self.timer = cx.timer(self.timeout());
        false
    }

    /// An ICMP error about our SYN-ACK: an unreachable client is forgotten.
    pub fn is_ended_by(&self, seq: u32, is_hard: bool) -> bool {
        seq == self.isn && is_hard
    }
}
