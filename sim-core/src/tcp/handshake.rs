//! Opening: the socket that connects, and the one that a listener's request becomes.
//!
//! Linux 6.1 net/ipv4/tcp_output.c tcp_connect; tcp_input.c tcp_rcv_synsent_state_process,
//! tcp_finish_connect; tcp_minisocks.c tcp_create_openreq_child.

use lvs_engine::{Endpoint, Instant};

use super::acks::AckPolicy;
use super::alarms::SHORTEST;
use super::congestion::Congestion;
use super::inbox::Inbox;
use super::listener::Request;
use super::outbox::Outbox;
use super::recovery::Recovery;
use super::rtt::Rtt;
use super::segment::{Flags, Segment};
use super::seq::after;
use super::socket::{Agreed, DEFAULT_MSS, STAMPED, Sending, Socket};
use super::squeeze::Squeeze;
use super::time_wait::TimeWait;
use super::window::{self, ReceiveWindow};
use super::{Cx, Failure, PathInfo, Settings, SocketEvent, SocketId, State};

/// What a socket begins with.
pub(super) struct Birth {
    pub id: SocketId,
    pub local: Endpoint,
    pub remote: Endpoint,
    pub path: PathInfo,
    pub isn: u32,
    pub ts_offset: u32,
    pub settings: Settings,
}

/// The least segment size that is announced: room for all options.
const SMALLEST: u32 = 40;

/// The segment size that we ask for: the route's own, or what its MTU leaves. Linux 6.1 dst.h,
/// dst_metric_advmss; route.c, ipv4_default_advmss.
pub(super) fn advertised_mss(path: PathInfo) -> u32 {
    match path.advmss {
        // Linux takes any; below, not even the options of a segment fit.
        Some(own) => u32::from(own).max(SMALLEST),
        None => u32::from(path.mtu).saturating_sub(40).max(256),
    }
}

impl Socket {
    /// A socket that will send a SYN. `earlier` is what remains of a former connection between the
    /// same endpoints.
    pub fn connecting(cx: &mut Cx<'_>, birth: Birth, earlier: Option<&TimeWait>) -> Self {
        let advmss = advertised_mss(birth.path);
        let agreed = Agreed {
            timestamps: true,
            sack: true,
            peer_scale: 0,
            scale: window::SCALE,
            peer_mss: DEFAULT_MSS,
        };
        let mut socket = Self::new(cx, birth, agreed, advmss, 0);
        // A known clock of the peer makes room for timestamps before the window is counted in
        // segments.
        socket.ts_recent = earlier.map_or(0, TimeWait::ts_recent);
        let counted = if earlier.is_some() { advmss - STAMPED } else { advmss };
        socket.window.offered = window::first(counted);
        socket
    }

    /// The socket of a request that was completed by `segment`.
    pub fn accepted(
        cx: &mut Cx<'_>,
        birth: Birth,
        request: &Request,
        segment: &Segment<'_>,
    ) -> Self {
        let agreed = request.agreed;
        let advmss = advertised_mss(birth.path);
        let mut socket = Self::new(cx, birth, agreed, advmss, request.rcv_nxt);
        socket.state = State::Established;
        socket.snd.una = socket.snd.nxt;
        socket.snd.window = u32::from(segment.window) << agreed.peer_scale;
        socket.snd.window_seq = segment.seq;
        socket.ts_recent = request.ts_recent;
        socket.window.offered = request.window;
        // Which of several SYN-ACKs was acknowledged, only the echoed clock tells (`tcp_ack_update_rtt`).
        let sample = match segment.options.timestamps {
            _ if request.retransmits == 0 => Some(cx.now - request.sent_at),
            Some(stamps) if agreed.timestamps => stamps.age(socket.clock(cx.now)),
            _ => None,
        };
        if let Some(sample) = sample {
            socket.rtt.saw(sample);
            socket.rtt.measure(sample, socket.snd.una, socket.snd.nxt);
        }
        socket.establish(cx, request.retransmits > 1);
        socket
    }

    fn new(cx: &mut Cx<'_>, birth: Birth, agreed: Agreed, advmss: u32, rcv_nxt: u32) -> Self {
        let next = birth.isn.wrapping_add(1);
        Self {
            id: birth.id,
            local: birth.local,
            remote: birth.remote,
            state: State::SynSent,
            path: birth.path,
            cut_for: birth.path.mtu,
            orphan: false,
            failure: None,
            soft: None,
            read_closed: false,
            nodelay: false,
            successor: None,
            ip_id: cx.rng.next_u32() as u16,
            ts_offset: birth.ts_offset,
            agreed,
            advmss,
            ts_recent: 0,
            snd: Sending {
                una: birth.isn,
                nxt: next,
                written: next,
                window: 0,
                window_seq: 0,
                max_window: 0,
                small: birth.isn,
                pushed: next,
                last_data: cx.now,
                last: cx.now,
                clock: cx.now,
                readings: 0,
                rate: 0,
            },
            outbox: Outbox::new(next),
            rtt: Rtt::new(),
            congestion: Congestion::new(cx.now, next),
            recovery: Recovery::default(),
            retransmits: 0,
            retransmitted_at: None,
            probes: 0,
            alarm: None,
            syn: None,
            rcv_nxt,
            read_seq: rcv_nxt,
            inbox: Inbox::default(),
            window: ReceiveWindow::new(cx.now, rcv_nxt, 0, agreed.scale, advmss),
            acks: AckPolicy::new(advmss, 0),
            squeeze: Squeeze::default(),
            last_odd: None,
            settings: birth.settings,
        }
    }

    /// Both sides know each other: buffers, windows and measurements begin.
    fn establish(&mut self, cx: &Cx<'_>, many_tries: bool) {
        self.advmss -= self.agreed.stamped();
        self.read_seq = self.rcv_nxt;
        self.snd.max_window = self.snd.window;
        let offered = self.window.offered;
        self.window =
            ReceiveWindow::new(cx.now, self.rcv_nxt, offered, self.agreed.scale, self.advmss);
        self.acks = AckPolicy::new(self.advmss.min(self.plain_mss()), offered);
        self.rtt.fall_back();
        if many_tries {
            self.congestion.cwnd = 1;
        }
        self.snd.last_data = cx.now;
        self.update_rate();
    }

    /// A segment comes while our SYN is unanswered. Returns whether it is to be answered with a
    /// RST.
    pub fn answer_to_syn(&mut self, cx: &mut Cx<'_>, segment: &Segment<'_>) -> bool {
        if segment.has(Flags::ACK) && self.is_foreign(cx.now, segment) {
            return true;
        }
        if segment.has(Flags::RST) {
            if segment.has(Flags::ACK) {
                self.fail(cx, Failure::Refused);
            }
            return false;
        }
        // Differs from Linux: a SYN without ACK is ignored, two hosts that connect to each other at
        // once do not meet.
        if segment.has(Flags::SYN | Flags::ACK) {
            self.finish_connect(cx, segment);
        }
        false
    }

    /// Whether the acknowledgement is about another SYN than ours.
    fn is_foreign(&mut self, now: Instant, segment: &Segment<'_>) -> bool {
        if segment.ack != self.snd.nxt {
            // A former connection is in the way; the RST that clears it should soon be followed by
            // our SYN.
            if self.retransmits == 0
                && let Some((_, timer)) = &mut self.alarm
            {
                timer.at = timer.at.min(now + SHORTEST);
            }
            return true;
        }
        let first = self.syn.map_or(now, |(first, _)| first);
        segment.options.timestamps.is_some_and(|stamps| {
            stamps.echo != 0
                && !super::seq::between(stamps.echo, self.clock(first), self.clock(now))
        })
    }

    /// The SYN-ACK.
    fn finish_connect(&mut self, cx: &mut Cx<'_>, segment: &Segment<'_>) {
        let options = &segment.options;
        self.agreed = Agreed::with(options);
        let (first, last) = self.syn.take().unwrap_or((cx.now, cx.now));
        self.state = State::Established;
        self.alarm = None;
        self.snd.una = segment.ack;
        self.snd.window = u32::from(segment.window);
        self.snd.window_seq = segment.seq;
        self.rcv_nxt = segment.seq.wrapping_add(1);
        self.ts_recent = options.timestamps.map_or(0, |stamps| stamps.value);
        let sample = if self.retransmits == 0 {
            Some(cx.now - last)
        } else {
            options.timestamps.and_then(|stamps| stamps.age(self.clock(cx.now)))
        };
        if let Some(sample) = sample {
            self.rtt.saw(sample);
            self.rtt.measure(sample, self.snd.una, self.snd.nxt);
        }
        // An answer to the first SYN says that the others were needless.
        let is_spurious = options.timestamps.is_some_and(|stamps| stamps.echo == self.clock(first));
        let many_tries = self.retransmits > 1 && !is_spurious;
        self.retransmits = 0;
        self.establish(cx, many_tries);
        self.send_ack(cx);
        self.tell(cx, SocketEvent::Connected);
        debug_assert!(!after(self.snd.una, self.snd.nxt));
    }
}
