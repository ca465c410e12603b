//! A full socket: what it knows, and what the application asks of it.
//!
//! The rest of its behaviour is told in `handshake` (opening), `input` (a segment comes), `acked`
//! and `recovery` (what its acknowledgement means), `send` and `transmit` (what goes out), `alarms`
//! (time passes), `icmp` (errors).
//!
//! Linux 6.1 include/linux/tcp.h, struct tcp_sock; net/ipv4/tcp.c tcp_sendmsg, tcp_recvmsg,
//! tcp_close.

use std::time::Duration;

use lvs_engine::{Endpoint, Instant};

use super::acks::AckPolicy;
use super::alarms::Alarm;
use super::congestion::Congestion;
use super::inbox::Inbox;
use super::options::Options;
use super::outbox::Outbox;
use super::recovery::Recovery;
use super::rtt::Rtt;
use super::send::{Mode, Nagle};
use super::squeeze::Squeeze;
use super::time_wait::TimeWait;
use super::window::{self, ReceiveWindow};
use super::{Cx, Failure, Output, PathInfo, Settings, SocketEvent, SocketId, State, Timer};
use crate::counters::Counter;

/// What the handshake agreed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Agreed {
    pub timestamps: bool,
    pub sack: bool,
    /// Shift of the windows that the peer sends, and of ours.
    pub peer_scale: u8,
    pub scale: u8,
    /// The largest segment that the peer takes.
    pub peer_mss: u32,
}

/// Bytes that timestamps take in each header.
pub(super) const STAMPED: u32 = 12;
/// What a peer that names no MSS takes (RFC 9293 section 3.7.1).
pub(super) const DEFAULT_MSS: u32 = 536;
/// Linux never sends segments smaller than this (`tcp_min_snd_mss`).
const LEAST_MSS: u32 = 48;

impl Agreed {
    /// What both sides can do: we can do all of it, the peer what its SYN or SYN-ACK says.
    pub fn with(peer: &Options) -> Self {
        Self {
            timestamps: peer.timestamps.is_some(),
            sack: peer.sack_permitted,
            peer_scale: peer.scale.unwrap_or(0),
            scale: if peer.scale.is_some() { window::SCALE } else { 0 },
            peer_mss: peer.mss.map_or(DEFAULT_MSS, u32::from),
        }
    }

    /// Bytes of options in a segment without SACK blocks.
    pub fn stamped(&self) -> u32 {
        if self.timestamps { STAMPED } else { 0 }
    }
}

/// Everything about the direction out.
#[derive(Clone, Debug)]
pub(super) struct Sending {
    /// The first sequence number not acknowledged, and the next to be sent.
    pub una: u32,
    pub nxt: u32,
    /// After the last byte written.
    pub written: u32,
    /// The window that the peer offers, where that was said, and the largest ever.
    pub window: u32,
    pub window_seq: u32,
    pub max_window: u32,
    /// End of the last small segment, and of what was last marked to be pushed.
    pub small: u32,
    pub pushed: u32,
    /// When data was last sent.
    pub last_data: Instant,
    /// When anything was last sent.
    pub last: Instant,
    /// When the clock was read last, and how often until then (`tcp_clock_cache`). What leaves between
    /// two readings was sent at one time, as far as losses are concerned.
    pub clock: Instant,
    pub readings: u64,
    /// Bytes a second that the window allows, for the length of chunks.
    pub rate: u64,
}

impl Sending {
    /// Reads the clock (`tcp_mstamp_refresh`): Linux does so for a segment that comes, for new data and when a
    /// timer fires, but not for an ICMP error.
    pub fn read_clock(&mut self, now: Instant) {
        self.clock = now;
        self.readings += 1;
    }
}

/// One TCP socket that is more than a half-open request or a memory of one.
#[derive(Clone, Debug)]
pub(super) struct Socket {
    pub id: SocketId,
    pub local: Endpoint,
    pub remote: Endpoint,
    pub state: State,
    pub path: PathInfo,
    /// The MTU that segments were last cut for (`icsk_pmtu_cookie`).
    pub cut_for: u16,
    /// The application has closed it: nobody hears its events.
    pub orphan: bool,
    pub failure: Option<Failure>,
    /// An ICMP error that did not end the connection, told if it times out.
    pub soft: Option<Failure>,
    /// Nothing more is received: FIN came, or the application closed.
    pub read_closed: bool,
    pub nodelay: bool,
    /// What remains when the socket itself ends.
    pub successor: Option<Box<TimeWait>>,

    pub ip_id: u16,
    pub ts_offset: u32,
    pub agreed: Agreed,
    pub advmss: u32,
    pub ts_recent: u32,

    pub snd: Sending,
    pub outbox: Outbox,
    pub rtt: Rtt,
    pub congestion: Congestion,
    pub recovery: Recovery,
    /// Retransmissions by timeout since the last progress; when the first of them was made.
    pub retransmits: u32,
    pub retransmitted_at: Option<Instant>,
    pub probes: u32,
    pub alarm: Option<(Alarm, Timer)>,
    /// When the SYN was first and last sent, while there is no answer.
    pub syn: Option<(Instant, Instant)>,

    pub rcv_nxt: u32,
    /// Up to where the application has read.
    pub read_seq: u32,
    pub inbox: Inbox,
    pub window: ReceiveWindow,
    pub acks: AckPolicy,
    pub squeeze: Squeeze,
    /// When a segment outside the window was last answered.
    pub last_odd: Option<Instant>,
    pub settings: Settings,
}

impl Socket {
    /// Tells the application, if there is one.
    pub fn tell(&self, cx: &mut Cx<'_>, event: SocketEvent) {
        if !self.orphan {
            cx.out.push(Output::Event { socket: self.id, event });
        }
    }

    /// The clock of this socket's timestamps: milliseconds from a random start.
    pub fn clock(&self, now: Instant) -> u32 {
        millis(now).wrapping_add(self.ts_offset)
    }

    /// The largest segment of data without SACK blocks (`mss_cache`).
    pub fn plain_mss(&self) -> u32 {
        let path = u32::from(self.path.mtu).saturating_sub(40);
        let mss = path.min(self.agreed.peer_mss).max(LEAST_MSS) - self.agreed.stamped();
        let half = self.snd.max_window / 2;
        if self.snd.max_window > DEFAULT_MSS && mss > half { half } else { mss }
    }

    /// The largest segment of data now.
    pub fn mss(&self) -> u32 {
        let blocks = self.sack_blocks();
        self.plain_mss() - if blocks == 0 { 0 } else { 4 + 8 * blocks }
    }

    /// How many SACK blocks the next segment carries.
    fn sack_blocks(&self) -> u32 {
        if !self.agreed.sack {
            return 0;
        }
        let room = (40 - self.agreed.stamped() - 4) / 8;
        (self.inbox.sack_count() as u32).min(room)
    }

    /// The end of what the peer lets us send.
    pub fn window_end(&self) -> u32 {
        self.snd.una.wrapping_add(self.snd.window)
    }

    /// The connection is over; the application learns why.
    pub fn fail(&mut self, cx: &mut Cx<'_>, failure: Failure) {
        self.failure = Some(failure);
        self.count_end(cx);
        self.end();
        self.tell(cx, SocketEvent::Failed(failure));
    }

    /// It ends otherwise than by FINs of both sides. Linux 6.1 tcp.c, tcp_done, tcp_set_state.
    fn count_end(&self, cx: &mut Cx<'_>) {
        match self.state {
            State::SynSent => cx.count(Counter::TcpAttemptFails),
            State::Established | State::CloseWait => cx.count(Counter::TcpEstabResets),
            _ => {}
        }
    }

    /// The connection is over. What was received stays readable.
    pub fn end(&mut self) {
        self.state = State::Closed;
        self.alarm = None;
        self.acks.timer = None;
        self.squeeze.timer = None;
        self.syn = None;
    }

    /// The socket ends and leaves a record that answers for it.
    pub fn retire(&mut self, cx: &Cx<'_>, closing: bool) {
        self.successor = Some(Box::new(TimeWait::of(self, cx, closing)));
        self.end();
    }

    /// Writes: queues the bytes and sends what may be sent.
    pub fn write(&mut self, cx: &mut Cx<'_>, bytes: &[u8]) -> Result<(), Failure> {
        match self.state {
            State::Established | State::CloseWait => {}
            State::SynSent => return Err(Failure::NotConnected),
            _ => return Err(self.failure.unwrap_or(Failure::BrokenPipe)),
        }
        let goal = self.chunk_goal();
        let mut rest = bytes;
        while !rest.is_empty() {
            self.restart_after_idle(cx.now);
            let taken = self.outbox.append(rest, goal, self.snd.written);
            self.snd.written = self.snd.written.wrapping_add(taken as u32);
            rest = &rest[taken..];
            if rest.is_empty() {
                self.mark_push();
                self.push(cx, if self.nodelay { Nagle::Off } else { Nagle::On });
            } else if self.must_push() {
                self.mark_push();
                self.push(cx, Nagle::Off);
            } else {
                self.send_waiting(cx, Nagle::Off, Mode::One);
            }
        }
        Ok(())
    }

    /// The length a chunk is filled up to: half the window, in whole segments
    /// (`tcp_xmit_size_goal`).
    fn chunk_goal(&self) -> u32 {
        let mss = self.mss();
        let most = if self.snd.max_window > DEFAULT_MSS {
            self.snd.max_window / 2
        } else {
            self.snd.max_window.max(mss)
        };
        (most.min(65_536) / mss * mss).max(mss)
    }

    /// Half of the largest window was written since the last push.
    fn must_push(&self) -> bool {
        self.snd.written.wrapping_sub(self.snd.pushed) > self.snd.max_window / 2
    }

    fn mark_push(&mut self) {
        if let Some(tail) = self.outbox.tail_mut() {
            tail.push = true;
            self.snd.pushed = self.snd.written;
        }
    }

    /// Reads up to `limit` bytes, and acknowledges or opens the window where that is due.
    pub fn read(&mut self, cx: &mut Cx<'_>, limit: usize) -> Vec<u8> {
        let mut bytes = Vec::new();
        while bytes.len() < limit {
            let taken = self.inbox.take(limit - bytes.len(), &mut bytes);
            if taken == 0 {
                break;
            }
            self.read_seq = self.read_seq.wrapping_add(taken as u32);
            self.window.taken(cx.now, self.read_seq);
        }
        if !bytes.is_empty() {
            self.after_read(cx);
        }
        bytes
    }

    /// Linux 6.1 tcp.c tcp_cleanup_rbuf.
    fn after_read(&mut self, cx: &mut Cx<'_>) {
        if self.state == State::Closed {
            return;
        }
        let waiting = self.rcv_nxt.wrapping_sub(self.window.offered_at);
        let due = self.acks.is_scheduled()
            && (waiting > self.acks.mss
                || (self.acks.is_read_acknowledged() && self.inbox.held() == 0));
        let opens = || {
            let left = self.window.left(self.rcv_nxt);
            if self.read_closed || 2 * left > self.window.clamp() {
                return false;
            }
            let room = self.window.room(self.inbox.held(), self.acks.mss);
            room.window > 0 && room.window >= 2 * left
        };
        if due || opens() {
            self.send_ack(cx);
        }
    }

    /// Sends a FIN after what was written; receiving goes on.
    pub fn shut_down(&mut self, cx: &mut Cx<'_>) {
        let next = match self.state {
            State::Established => State::FinWait1,
            State::CloseWait => State::LastAck,
            State::SynSent => {
                self.end();
                return;
            }
            _ => return,
        };
        self.state = next;
        self.outbox.append_fin(self.snd.written);
        self.snd.written = self.snd.written.wrapping_add(1);
        self.push(cx, Nagle::Off);
    }

    /// The application closes. With data that it had not read, the peer is told by a RST (RFC 2525
    /// section 2.17).
    pub fn close(&mut self, cx: &mut Cx<'_>) {
        let unread = self.inbox.readable() > 0;
        if self.state == State::Closed {
            self.orphan = true;
        } else if unread {
            self.abort(cx);
        } else {
            self.shut_down(cx);
            self.orphan = true;
            self.read_closed = true;
            if self.state == State::FinWait2 {
                self.retire(cx, false);
            }
        }
    }

    /// Ends at once; the peer gets a RST if it knows of the connection.
    pub fn abort(&mut self, cx: &mut Cx<'_>) {
        let unsent = self.snd.nxt != self.snd.written;
        let known = match self.state {
            State::Established | State::CloseWait | State::FinWait1 | State::FinWait2 => true,
            State::Closing | State::LastAck => unsent,
            _ => false,
        };
        if known {
            self.send_reset(cx);
        }
        if self.state != State::SynSent {
            self.count_end(cx);
        }
        self.orphan = true;
        self.inbox.discard();
        self.end();
    }

    /// Segments in flight: sent, not acknowledged, not lost, or sent again.
    pub fn in_flight(&self) -> u32 {
        self.outbox.count(|chunk| !chunk.sacked && !chunk.lost)
            + self.outbox.count(|chunk| chunk.resent)
    }

    /// Segments sent and not acknowledged.
    pub fn packets_out(&self) -> u32 {
        self.outbox.count(|_| true)
    }

    /// Whether nothing is under way that waits for an answer.
    pub fn is_quiet(&self) -> bool {
        self.state == State::Closed
            || (self.syn.is_none() && self.outbox.sent() == 0 && self.outbox.is_idle())
    }

    /// The round trip, for those who must have one.
    pub fn smoothed_rtt(&self) -> Duration {
        self.rtt.smoothed().unwrap_or_default()
    }
}

/// Milliseconds since the driver's start.
pub(super) fn millis(now: Instant) -> u32 {
    (now.as_nanos() / 1_000_000) as u32
}
