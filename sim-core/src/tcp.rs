//! Linux's TCP: all TCP sockets of one host, without any I/O.
//!
//! Segments, ICMP errors, the application's calls and the passing of time go in; segments to be
//! sent and events for the application come out, in the order in which Linux would make them. Only
//! IPv4. The host keeps routes, addresses and ports; it makes the IP packet of an [`Emit`] and
//! takes a segment out of one ([`Segment::parse`]).
//!
//! The reader's path: `socket` (what a connection is), `handshake`, `input`, `send`, `acks`.
//!
//! Differs from Linux: no urgent data, keepalive, ECN beyond the SYN-ACK, TCP Fast Open, SYN
//! cookies or metrics cache.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::Ipv4Addr;
use std::time::Duration;

use lvs_engine::{Endpoint, Instant, OriginId, wheel};
use rand_core::RngCore;

use crate::counters::Counter;

mod acked;
mod acks;
mod alarms;
mod congestion;
mod cubic;
mod emit;
mod handshake;
mod icmp;
mod inbox;
mod input;
mod listener;
mod listing;
mod options;
mod outbox;
mod receive;
mod recovery;
mod reset;
mod rtt;
mod segment;
mod send;
mod seq;
mod socket;
mod squeeze;
mod time_wait;
mod transmit;
mod window;

#[cfg(test)]
mod tests;

pub use emit::{Emit, IpId};
pub use icmp::IcmpError;
pub use listing::Row;
pub use options::{OptionBytes, Options, Sack, Timestamps};
pub use segment::{Flags, Malformed, Quoted, Segment, checksum};

use alarms::Which;
use listener::{Listener, Request};
use socket::Socket;
use time_wait::TimeWait;

/// A socket of one host. Ids are never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SocketId(pub u32);

/// A listening socket of one host. Ids are never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ListenerId(pub u32);

/// What a call may need besides the sockets.
pub struct Cx<'a> {
    /// The time.
    pub now: Instant,
    /// The event during which this happens: timers remember it.
    pub cause: u64,
    /// The host's random numbers.
    pub rng: &'a mut dyn RngCore,
    /// Where segments and events go, in order.
    pub out: &'a mut Vec<Output>,
}

impl Cx<'_> {
    /// One more.
    fn count(&mut self, counter: Counter) {
        self.out.push(Output::Counted(counter));
    }

    /// A timer that fires after this time.
    fn timer(&self, wait: Duration) -> Timer {
        Timer { at: wheel::due(self.now, wait), cause: self.cause, set: self.now }
    }
}

/// When something is due, and the event that arranged for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timer {
    /// When it fires.
    pub at: Instant,
    /// The cause given when it was set.
    pub cause: u64,
    /// When it was set.
    pub set: Instant,
}

/// What comes out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// A segment to be sent.
    Segment(Emit),
    /// Something for the application.
    Event {
        /// Whose.
        socket: SocketId,
        /// What.
        event: SocketEvent,
    },
    /// Something that the host counts.
    Counted(Counter),
}

/// What happens to a socket. After the application has closed it, it hears no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SocketEvent {
    /// [`Tcp::connect`] has succeeded.
    Connected,
    /// A client has connected; [`Tcp::accept`] gives the socket out.
    Accepted {
        /// To which listener.
        listener: ListenerId,
    },
    /// There is data to read.
    Readable,
    /// The peer has sent all that it will send.
    PeerClosed,
    /// The connection is over. What was received can still be read; then the socket is to be
    /// closed.
    Failed(Failure),
}

/// Why a connection or a call failed. Printed as the C library does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// ECONNREFUSED: RST, or ICMP port unreachable.
    #[error("Connection refused")]
    Refused,
    /// ECONNRESET.
    #[error("Connection reset by peer")]
    Reset,
    /// EPIPE: writing after the end.
    #[error("Broken pipe")]
    BrokenPipe,
    /// ETIMEDOUT.
    #[error("Connection timed out")]
    TimedOut,
    /// EHOSTUNREACH.
    #[error("No route to host")]
    HostUnreachable,
    /// ENETUNREACH.
    #[error("Network is unreachable")]
    NetUnreachable,
    /// ENOPROTOOPT: ICMP protocol unreachable.
    #[error("Protocol not available")]
    ProtocolUnreachable,
    /// EOPNOTSUPP: ICMP source route failed.
    #[error("Operation not supported")]
    SourceRoute,
    /// ENONET: ICMP source host isolated.
    #[error("Machine is not on the network")]
    NoNetwork,
    /// EPROTO: ICMP parameter problem.
    #[error("Protocol error")]
    Protocol,
    /// ENOTCONN: there is no such connection, or not yet.
    #[error("Transport endpoint is not connected")]
    NotConnected,
}

/// The endpoint is taken (EADDRINUSE for a listener, EADDRNOTAVAIL for a connection).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Address already in use")]
pub struct AddrInUse;

/// What the route to the peer allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PathInfo {
    /// The largest packet in bytes, IP header included, as learnt so far.
    pub mtu: u16,
    /// The path is too narrow to be believed: packets go without DF.
    pub locked: bool,
    /// The segment size to announce, in bytes of data (`ip route … advmss`); by the MTU if absent.
    pub advmss: Option<u16>,
}

/// The sysctls that are worth changing (`net.ipv4.tcp_*`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// `tcp_syn_retries`: how often a SYN is repeated before connecting fails.
    pub syn_retries: u32,
    /// `tcp_synack_retries`: how often a SYN-ACK is repeated before the request is forgotten.
    pub synack_retries: u32,
    /// `tcp_retries2`: for as long as so many timeouts would take, an established connection
    /// without an answer is kept.
    pub retries: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self { syn_retries: 6, synack_retries: 5, retries: 15 }
    }
}

/// The state of a full socket (RFC 9293). LISTEN, SYN-RECEIVED and TIME-WAIT are kept in smaller
/// records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    SynSent,
    Established,
    FinWait1,
    FinWait2,
    CloseWait,
    Closing,
    LastAck,
    Closed,
}

/// What stands for a connection at one time of its life.
#[derive(Clone, Debug)]
enum Entry {
    Request(Box<Request>),
    Socket(Box<Socket>),
    TimeWait(Box<TimeWait>),
}

#[derive(Clone, Debug)]
struct Slot {
    id: SocketId,
    entry: Entry,
    /// The command that opened it, or the listener that it came to.
    origin: OriginId,
}

/// All TCP sockets of one host.
#[derive(Clone, Debug)]
pub struct Tcp {
    /// The sysctls; new sockets take them over.
    pub settings: Settings,
    secret: u64,
    /// In order of ids.
    slots: Vec<Slot>,
    /// Those of them that are not in TIME_WAIT, in order: only their timers come and go.
    busy: Vec<SocketId>,
    /// When the others end.
    resting: BTreeSet<(Instant, SocketId)>,
    /// Who answers for (local, remote).
    tuples: BTreeMap<(Endpoint, Endpoint), SocketId>,
    listeners: Vec<Listener>,
    next_id: u32,
}

impl Tcp {
    /// No sockets. The secret decides sequence numbers and clocks, so that they do not depend on
    /// the order of events.
    pub fn new(secret: u64) -> Self {
        Self {
            settings: Settings::default(),
            secret,
            slots: Vec::new(),
            busy: Vec::new(),
            resting: BTreeSet::new(),
            tuples: BTreeMap::new(),
            listeners: Vec::new(),
            next_id: 0,
        }
    }

    /// Listens at a port, on one address or on all, until [`Tcp::unlisten`]. The queue of those
    /// not yet accepted takes one connection more than `backlog`.
    ///
    /// # Errors
    /// Somebody listens there already.
    pub fn listen(
        &mut self,
        bind: Option<Ipv4Addr>,
        port: u16,
        backlog: usize,
    ) -> Result<ListenerId, AddrInUse> {
        let is_taken = self.listeners.iter().any(|other| {
            other.port == port && (other.bind == bind || other.bind.is_none() || bind.is_none())
        });
        if is_taken {
            return Err(AddrInUse);
        }
        let id = ListenerId(self.fresh_id());
        let (origin, queue) = (OriginId::default(), VecDeque::new());
        self.listeners.push(Listener { id, bind, port, backlog, queue, origin });
        Ok(id)
    }

    /// Remembers the command that listens; whoever connects there inherits it.
    pub fn set_listener_origin(&mut self, listener: ListenerId, origin: OriginId) {
        if let Some(it) = self.listeners.iter_mut().find(|it| it.id == listener) {
            it.origin = origin;
        }
    }

    /// Remembers the command that connects.
    pub fn set_origin(&mut self, socket: SocketId, origin: OriginId) {
        if let Ok(at) = self.slots.binary_search_by_key(&socket, |slot| slot.id) {
            self.slots[at].origin = origin;
        }
    }

    /// The command whose connection is between these ends; without one, whose listener would take
    /// it. None: nobody's.
    pub fn origin(&self, local: Endpoint, remote: Endpoint) -> Option<OriginId> {
        if let Some(id) = self.tuples.get(&(local, remote)) {
            let at = self.slots.binary_search_by_key(id, |slot| slot.id).ok()?;
            return Some(self.slots[at].origin);
        }
        self.listener_for(local).map(|it| it.origin)
    }

    /// Who listens there: one that is bound to the address goes before one that takes all.
    fn listener_for(&self, at: Endpoint) -> Option<&Listener> {
        let takers = self.listeners.iter().filter(|it| it.takes(at));
        takers.max_by_key(|it| it.bind.is_some())
    }

    /// Stops listening. Half-open requests are forgotten, connections that nobody has taken are
    /// reset.
    pub fn unlisten(&mut self, cx: &mut Cx<'_>, listener: ListenerId) {
        let Some(at) = self.listeners.iter().position(|it| it.id == listener) else { return };
        let queue = self.listeners.remove(at).queue;
        let of_it = |entry: &Entry| matches!(entry, Entry::Request(it) if it.listener == listener);
        self.slots.retain(|slot| !of_it(&slot.entry));
        let slots = &self.slots;
        self.busy.retain(|id| slots.binary_search_by_key(id, |slot| slot.id).is_ok());
        self.tuples.retain(|_, id| slots.binary_search_by_key(id, |slot| slot.id).is_ok());
        for socket in queue {
            self.abort(cx, socket);
        }
    }

    /// Takes the first connection that waits at a listener.
    pub fn accept(&mut self, listener: ListenerId) -> Option<SocketId> {
        self.listeners.iter_mut().find(|it| it.id == listener)?.queue.pop_front()
    }

    /// Whether `connect` could use these endpoints without reusing a closed connection's.
    pub fn is_free(&self, local: Endpoint, remote: Endpoint) -> bool {
        !self.tuples.contains_key(&(local, remote))
    }

    /// Whether somebody listens at this endpoint.
    pub fn is_listening(&self, at: Endpoint) -> bool {
        self.listeners.iter().any(|it| it.takes(at))
    }

    /// Up to where the peer has acknowledged; none without a full socket between these ends.
    pub fn acknowledged(&self, local: Endpoint, remote: Endpoint) -> Option<u32> {
        match self.entry(*self.tuples.get(&(local, remote))?)? {
            Entry::Socket(socket) => Some(socket.snd.una),
            Entry::Request(_) | Entry::TimeWait(_) => None,
        }
    }

    /// Begins to connect. A closed connection between the same endpoints, in TIME_WAIT, gives way.
    ///
    /// # Errors
    /// Another one is between them.
    pub fn connect(
        &mut self,
        cx: &mut Cx<'_>,
        local: Endpoint,
        remote: Endpoint,
        path: PathInfo,
    ) -> Result<SocketId, AddrInUse> {
        let mut isn = self.isn(cx.now, local, remote);
        let mut earlier = None;
        if let Some(&old) = self.tuples.get(&(local, remote)) {
            match self.entry(old) {
                Some(Entry::TimeWait(record)) => earlier = Some(record.clone()),
                _ => return Err(AddrInUse),
            }
            isn = earlier.as_ref().map_or(isn, |record| record.next_isn());
            self.forget(old);
        }
        let id = SocketId(self.fresh_id());
        let birth = self.birth(id, local, remote, path, isn);
        let mut socket = Socket::connecting(cx, birth, earlier.as_deref());
        socket.send_syn(cx);
        cx.count(Counter::TcpActiveOpens);
        socket.set_retransmit(cx, rtt::FIRST);
        let entry = Entry::Socket(Box::new(socket));
        self.insert(id, (local, remote), entry, OriginId::default());
        Ok(id)
    }

    /// Sends without waiting for small segments on their way (TCP_NODELAY).
    pub fn set_nodelay(&mut self, cx: &mut Cx<'_>, socket: SocketId, nodelay: bool) {
        self.with(cx, socket, |socket, cx| {
            socket.nodelay = nodelay;
            if nodelay && socket.state != State::SynSent {
                socket.push(cx, send::Nagle::Off);
            }
        });
    }

    /// Writes. All bytes are taken: the send buffer has no limit.
    ///
    /// # Errors
    /// There is no such connection (yet), it has failed, or this side has closed.
    pub fn write(
        &mut self,
        cx: &mut Cx<'_>,
        socket: SocketId,
        bytes: &[u8],
    ) -> Result<(), Failure> {
        self.with(cx, socket, |socket, cx| socket.write(cx, bytes))
            .unwrap_or(Err(Failure::NotConnected))
    }

    /// Reads up to `limit` bytes; may send an acknowledgement. Empty if nothing is there: whether
    /// more can come is told by [`SocketEvent::PeerClosed`].
    pub fn read(&mut self, cx: &mut Cx<'_>, socket: SocketId, limit: usize) -> Vec<u8> {
        self.with(cx, socket, |socket, cx| socket.read(cx, limit)).unwrap_or_default()
    }

    /// How many bytes can be read now.
    pub fn readable(&self, socket: SocketId) -> usize {
        self.socket(socket).map_or(0, |socket| socket.inbox.readable())
    }

    /// Own endpoint and the peer's, while the socket exists.
    pub fn endpoints(&self, socket: SocketId) -> Option<(Endpoint, Endpoint)> {
        self.socket(socket).map(|socket| (socket.local, socket.remote))
    }

    fn socket(&self, id: SocketId) -> Option<&Socket> {
        match self.entry(id)? {
            Entry::Socket(socket) => Some(socket),
            Entry::Request(_) | Entry::TimeWait(_) => None,
        }
    }

    /// Says that nothing more will be written (`shutdown(SHUT_WR)`); reading goes on.
    pub fn shut_down(&mut self, cx: &mut Cx<'_>, socket: SocketId) {
        self.with(cx, socket, Socket::shut_down);
    }

    /// Closes. TCP itself sees to the rest; with data unread the peer gets a RST.
    pub fn close(&mut self, cx: &mut Cx<'_>, socket: SocketId) {
        self.with(cx, socket, Socket::close);
    }

    /// Closes at once with a RST (SO_LINGER with 0 seconds).
    pub fn abort(&mut self, cx: &mut Cx<'_>, socket: SocketId) {
        self.with(cx, socket, Socket::abort);
    }

    /// An ICMP error quotes a segment of ours. A neighbour of the host itself that does not answer
    /// is told in the same way, as host unreachable, once for each packet that waited for it.
    pub fn error(&mut self, cx: &mut Cx<'_>, quoted: &Quoted, error: IcmpError) {
        let Some(&id) = self.tuples.get(&(quoted.src, quoted.dst)) else { return };
        match self.entry(id) {
            Some(Entry::Request(request)) => {
                let is_over = request.is_ended_by(quoted.seq, error.ends_request());
                if is_over {
                    self.forget(id);
                }
            }
            Some(Entry::Socket(_)) => {
                self.with(cx, id, |socket, cx| socket.icmp(cx, quoted, error));
            }
            Some(Entry::TimeWait(_)) | None => {}
        }
    }

    /// What the route between two endpoints allows now; to be told before a call that may send.
    /// Linux looks when it cuts a segment: tcp_output.c tcp_current_mss, tcp_retransmit_skb.
    pub fn set_path(&mut self, local: Endpoint, remote: Endpoint, path: PathInfo) {
        let Some(&id) = self.tuples.get(&(local, remote)) else { return };
        match self.entry_mut(id) {
            Some(Entry::Socket(socket)) => socket.path = path,
            Some(Entry::Request(request)) => request.path = path,
            Some(Entry::TimeWait(_)) | None => {}
        }
    }

    /// The endpoints whose timer fires next, if they may send then.
    pub fn next_flow(&self) -> Option<(Endpoint, Endpoint)> {
        match self.entry(self.next_timer()?.1)? {
            Entry::Socket(socket) => Some((socket.local, socket.remote)),
            Entry::Request(request) => Some((request.local, request.remote)),
            Entry::TimeWait(_) => None,
        }
    }

    /// The timer that fires next. The value may change with every call that takes a [`Cx`].
    pub fn poll_timeout(&self) -> Option<Timer> {
        self.next_timer().map(|(timer, ..)| timer)
    }

    fn next_timer(&self) -> Option<(Timer, SocketId, Which)> {
        let of_entry = |id: SocketId| match self.entry(id)? {
            Entry::Request(request) => Some((request.timer, id, Which::Alarm)),
            Entry::TimeWait(record) => Some((record.timer, id, Which::Alarm)),
            Entry::Socket(socket) => socket.next_timer().map(|(timer, which)| (timer, id, which)),
        };
        // Of equal times the first socket's comes first.
        let resting = self.resting.first().map(|(_, id)| *id);
        let all = self.busy.iter().copied().chain(resting);
        all.filter_map(of_entry).min_by_key(|(timer, id, _)| (timer.at, *id))
    }

    /// Fires the one timer that [`Tcp::poll_timeout`] names, if it is due.
    pub fn handle_timeout(&mut self, cx: &mut Cx<'_>) {
        let Some((timer, id, which)) = self.next_timer() else { return };
        if timer.at > cx.now {
            return;
        }
        let retries = self.settings.synack_retries;
        match self.entry_mut(id) {
            Some(Entry::Request(request)) => {
                let is_over = request.fire(cx, retries);
                if is_over {
                    self.forget(id);
                }
            }
            Some(Entry::TimeWait(_)) => self.forget(id),
            Some(Entry::Socket(_)) => {
                self.with(cx, id, |socket, cx| socket.fire(cx, which));
            }
            None => {}
        }
    }

    /// Whether nothing waits for an answer: no handshake, no data or FIN on its way. TIME_WAIT and
    /// idle connections do not count.
    pub fn is_quiet(&self) -> bool {
        self.busy.iter().all(|id| self.socket(*id).is_some_and(Socket::is_quiet))
    }
}
