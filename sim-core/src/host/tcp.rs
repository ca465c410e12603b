//! TCP's sockets in a host: segments to packets and back, and who owns which socket.
//!
//! TCP itself is [`crate::tcp`]; here it gets routes, ports and IP headers.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use lvs_engine::{Endpoint, OriginId};
use rand_core::RngCore;

use super::app::{AppEvent, IcmpNews, ProcId};
use super::fib::{LO, NoRoute, Out, RouteKind};
use super::ip::Arrival;
use super::packet::{IpHead, Skb};
use super::{Host, Timer, icmp};
use crate::counters::Counter;
use crate::event::{Cx, Seq};
use crate::reason::Reason;
use crate::tcp::{self, AddrInUse, Emit, Flags, IcmpError, Output, PathInfo, Quoted, Segment, Tcp};

pub(super) use crate::tcp::{ListenerId, SocketEvent, SocketId};

/// IP's number for TCP.
pub(super) const PROTO: u8 = 6;
/// Ports that `connect` chooses from. Linux: net.ipv4.ip_local_port_range; it tries the even ones
/// first.
const PORTS: std::ops::Range<u16> = 32_768..60_999;
/// What a program reads with one call: with each one the kernel may enlarge the receive buffer.
const READ: usize = 65_536;
/// Connections that wait to be accepted. Linux: somaxconn is 4096, our servers accept at once.
const BACKLOG: usize = 1024;

/// Why a connection could not even begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NotConnected {
    /// No route leads there.
    NoRoute(NoRoute),
    /// The own port is taken.
    PortTaken,
}

impl From<NoRoute> for NotConnected {
    fn from(why: NoRoute) -> Self {
        Self::NoRoute(why)
    }
}

/// The TCP sockets of a host, and whose they are.
#[derive(Clone, Debug)]
pub(super) struct Sockets {
    tcp: Tcp,
    owners: BTreeMap<SocketId, ProcId>,
    listeners: BTreeMap<ListenerId, ProcId>,
    /// Connections whose peer has acknowledged something since the last segment to it.
    progress: BTreeSet<(Endpoint, Endpoint)>,
}

impl Sockets {
    pub(super) fn new(secret: u64) -> Self {
        Self {
            tcp: Tcp::new(secret),
            owners: BTreeMap::new(),
            listeners: BTreeMap::new(),
            progress: BTreeSet::new(),
        }
    }

    pub(super) fn poll_timeout(&self) -> Option<Timer> {
        let tcp::Timer { at, cause, set } = self.tcp.poll_timeout()?;
        Some(Timer { at, cause: Seq(cause), set })
    }

    /// What `ss` lists.
    pub(super) fn rows(&self) -> impl Iterator<Item = tcp::Row> {
        self.tcp.rows()
    }

    pub(super) fn is_quiet(&self) -> bool {
        self.tcp.is_quiet()
    }

    /// Whether a program waits for connections there.
    pub(super) fn is_listening(&self, at: Endpoint) -> bool {
        self.tcp.is_listening(at)
    }

    /// Whether there is a full socket between these ends, neither half open nor only waiting.
    pub(super) fn is_full(&self, flow: &(Endpoint, Endpoint)) -> bool {
        self.tcp.acknowledged(flow.0, flow.1).is_some()
    }

    /// Whether there is a connection between these ends.
    pub(super) fn knows(&self, flow: &(Endpoint, Endpoint)) -> bool {
        !self.tcp.is_free(flow.0, flow.1)
    }
}

impl Host {
    /// Calls TCP, and does what it asks for.
    fn with_tcp<T>(
        &mut self,
        cx: &mut Cx<'_>,
        call: impl FnOnce(&mut Tcp, &mut tcp::Cx<'_>) -> T,
    ) -> T {
        let mut out = Vec::new();
        let mut inner = tcp::Cx { now: cx.now, cause: cx.seq.0, rng: &mut *cx.rng, out: &mut out };
        let value = call(&mut self.tcp.tcp, &mut inner);
        for output in out {
            match output {
                Output::Segment(emit) => self.tcp_send(&emit, cx),
                Output::Event { socket, event } => self.tcp_event(socket, event),
                Output::Counted(counter) => self.counters.count(counter),
            }
        }
        value
    }

    fn tcp_event(&mut self, socket: SocketId, event: SocketEvent) {
        if let SocketEvent::Accepted { listener } = event
            && let Some(&owner) = self.tcp.listeners.get(&listener)
        {
            while let Some(socket) = self.tcp.tcp.accept(listener) {
                self.tcp.owners.insert(socket, owner);
                self.app_event(owner, AppEvent::Tcp { socket, event });
            }
        } else if let Some(&owner) = self.tcp.owners.get(&socket) {
            self.app_event(owner, AppEvent::Tcp { socket, event });
        }
    }

    /// Makes the packet of a segment. Without a way to its receiver it is lost.
    fn tcp_send(&mut self, emit: &Emit, cx: &mut Cx<'_>) {
        let (src, dst) = (emit.src.addr, emit.dst.addr);
        let Ok(out) = self.fib.output(dst, Some(src), None) else {
            self.counters.count(Counter::IpOutNoRoutes);
            cx.note(Reason::DropNoRoute { dst });
            return;
        };
        let head = IpHead {
            src,
            dst,
            proto: PROTO,
            ttl: self.default_ttl(),
            tos: emit.tos,
            id: emit.ip_id.get(),
            df: emit.df,
        };
        let packet = head.packet(emit.size(), |body| emit.write_to(body));
        // New data was acknowledged since the last segment: the way works. Linux 6.1 tcp_input.c,
        // tcp_ack; sock.h, sock_confirm_neigh.
        if self.tcp.progress.remove(&(emit.src, emit.dst)) {
            self.neigh_confirm((out.iface, out.next), cx.now);
        }
        self.ip_send(Skb::own(packet), out, cx);
    }

    fn path_info(out: &Out) -> PathInfo {
        PathInfo { mtu: out.mtu, locked: out.mtu_locked, advmss: out.advmss }
    }

    /// A segment for this host. Linux 6.1 tcp_ipv4.c, tcp_v4_rcv.
    pub(super) fn tcp_receive(&mut self, arrival: Arrival, skb: &Skb, cx: &mut Cx<'_>) {
        let view = skb.view();
        let (src, dst) = (view.src(), view.dst());
        let bytes = view.payload();
        let segment = Segment::parse(src, dst, view.tos(), bytes);
        let right = segment.is_ok() && tcp::checksum(src, dst, bytes) == 0;
        // Broadcasts are no one's connection.
        let is_ours = !arrival.group && self.fib.kind_of(dst) == RouteKind::Local;
        if is_ours {
            self.counters.count(Counter::TcpInSegs);
        }
        let (Ok(segment), true) = (segment, right) else {
            if is_ours {
                self.counters.count(Counter::TcpInErrs);
            }
            cx.note(Reason::DropChecksum { proto: PROTO });
            return;
        };
        if !is_ours {
            return;
        }
        let (from, to) = (segment.src, segment.dst);
        let path = match self.fib.output(from.addr, Some(to.addr), None) {
            Ok(out) => {
                let path = Self::path_info(&out);
                self.tcp.tcp.set_path(to, from, path);
                path
            }
            // What it knows of the path stays.
            Err(_) if self.tcp.knows(&(to, from)) => {
                PathInfo { mtu: super::ETHERNET_MTU, locked: false, advmss: None }
            }
            // Without a way back there is neither a connection nor a reset. Linux 6.1 tcp_input.c,
            // tcp_conn_request.
            Err(_) => {
                self.count_unanswerable(&segment);
                cx.note(Reason::DropNoRoute { dst: from.addr });
                return;
            }
        };
        self.note_segment(&segment, cx);
        let before = self.tcp.tcp.acknowledged(to, from);
        self.with_tcp(cx, |tcp, cx| {
            tcp.receive(cx, &segment, path);
        });
        // What was sent in answer has not been marked yet: the mark goes with the next segment.
        if self.tcp.tcp.acknowledged(to, from) != before {
            self.tcp.progress.insert((to, from));
        }
    }

    /// A listener that has no way back to the sender of a SYN drops it.
    fn count_unanswerable(&mut self, segment: &Segment<'_>) {
        let flags = segment.flags;
        let is_syn = flags.has(Flags::SYN) && !flags.has(Flags::ACK) && !flags.has(Flags::RST);
        if is_syn && self.tcp.tcp.is_listening(segment.dst) {
            self.counters.count(Counter::IpOutNoRoutes);
            self.counters.count(Counter::TcpExtListenDrops);
        }
    }

    /// Notes whose segment it is; the answer follows from it.
    fn note_segment(&self, segment: &Segment<'_>, cx: &mut Cx<'_>) {
        let (from, at) = (segment.src, segment.dst);
        let listens = self.tcp.tcp.is_listening(at);
        let syn = segment.flags.has(Flags::SYN) && !segment.flags.has(Flags::ACK);
        let rst = segment.flags.has(Flags::RST);
        let origin = self.tcp.tcp.origin(at, from).unwrap_or_default();
        cx.note(match self.tcp.knows(&(at, from)) {
            true => Reason::TcpTaken { from, origin },
            false if rst => Reason::TcpIgnored { from },
            false if syn && listens => Reason::TcpTaken { from, origin },
            false if syn => Reason::TcpNoListener { at },
            false if listens && !segment.flags.has(Flags::ACK) => Reason::TcpIgnored { from },
            false => Reason::TcpUnknown { from, to: at },
        });
    }

    /// Tells TCP what the route between two endpoints allows by now: another process's ICMP error,
    /// or a command, may have changed it.
    fn tcp_renew_path(&mut self, (local, remote): (Endpoint, Endpoint)) {
        let Ok(out) = self.fib.output(remote.addr, Some(local.addr), None) else { return };
        // Each socket has a route of its own to an address of this host, which no exception reaches;
        // but they share that to an address of `lo`. Linux 6.1 route.c, __mkroute_output, do_cache.
        let is_shared =
            || self.fib.lookup(remote.addr).is_some_and(|route| route.iface == Some(LO));
        if out.kind != RouteKind::Local || out.mtu == out.plain_mtu || is_shared() {
            self.tcp.tcp.set_path(local, remote, Self::path_info(&out));
        }
    }

    /// One timer of TCP has come.
    pub(super) fn tcp_timer(&mut self, cx: &mut Cx<'_>) {
        if let Some(flow) = self.tcp.tcp.next_flow() {
            self.tcp_renew_path(flow);
        }
        self.with_tcp(cx, |tcp, cx| tcp.handle_timeout(cx));
    }

    /// An ICMP error about a segment of ours. Linux 6.1 tcp_ipv4.c, tcp_v4_err.
    pub(super) fn tcp_error(&mut self, news: &IcmpNews, cx: &mut Cx<'_>) {
        let (src, dst) = news.flow();
        let quoted = Quoted { src, dst, seq: news.quoted_seq };
        let path = self.fib.output(dst.addr, Some(src.addr), None).map(|out| Self::path_info(&out));
        let error = match (news.kind, news.code, path) {
            (icmp::UNREACHABLE, 4, Ok(path)) => IcmpError::FragmentationNeeded { path },
            (icmp::UNREACHABLE, code, _) => IcmpError::Unreachable { code },
            (icmp::TIME_EXCEEDED, ..) => IcmpError::TimeExceeded,
            _ => return,
        };
        let (kind, code) = (news.kind, news.code);
        let origin = self.tcp.tcp.origin(src, dst).unwrap_or_default();
        cx.note(match self.tcp.knows(&(src, dst)) {
            true => Reason::IcmpDelivered { kind, code, origin },
            false => Reason::IcmpNoSocket,
        });
        if !self.tcp.knows(&(src, dst)) {
            self.count_unclaimed(PROTO);
        }
        self.with_tcp(cx, |tcp, cx| tcp.error(cx, &quoted, error));
    }

    /// Begins to connect, from the address of the route and a port that the seed decides unless
    /// they are given.
    ///
    /// # Errors
    /// When no route leads there, or the port that was asked for is taken, or all of them are.
    pub(super) fn tcp_connect(
        &mut self,
        (owner, origin): (ProcId, OriginId),
        (addr, port): (Option<Ipv4Addr>, Option<u16>),
        remote: Endpoint,
        cx: &mut Cx<'_>,
    ) -> Result<(SocketId, u16), NotConnected> {
        let remote = Endpoint { addr: self.fib.meant(remote.addr, addr, None), ..remote };
        let out = match self.fib.output(remote.addr, addr, None) {
            Ok(out) => out,
            Err(why) => {
                self.count_no_route(why);
                return Err(why.into());
            }
        };
        if out.kind == RouteKind::Broadcast {
            return Err(NoRoute::Net.into());
        }
        let src = addr.unwrap_or(out.src);
        let path = Self::path_info(&out);
        let choices = (PORTS.end - PORTS.start) / 2;
        let (first, tries) = match port {
            Some(_) => (0, 1),
            None => ((cx.rng.next_u32() % u32::from(choices)) as u16, choices),
        };
        for nth in 0..tries {
            let own = port.unwrap_or(PORTS.start + 2 * ((first + nth) % choices));
            let local = Endpoint::new(src, own);
            let connected = self.with_tcp(cx, |tcp, cx| {
                let socket = tcp.connect(cx, local, remote, path)?;
                tcp.set_nodelay(cx, socket, true);
                Ok::<_, AddrInUse>(socket)
            });
            if let Ok(socket) = connected {
                self.tcp.owners.insert(socket, owner);
                self.tcp.tcp.set_origin(socket, origin);
                return Ok((socket, own));
            }
        }
        Err(NotConnected::PortTaken)
    }

    /// A program finds no route: only that a network is not reachable is counted.
    pub(super) fn count_no_route(&mut self, why: NoRoute) {
        if why == NoRoute::Net {
            self.counters.count(Counter::IpOutNoRoutes);
        }
    }

    pub(super) fn tcp_listen(
        &mut self,
        (owner, origin): (ProcId, OriginId),
        addr: Option<Ipv4Addr>,
        port: u16,
    ) -> Option<ListenerId> {
        let listener = self.tcp.tcp.listen(addr, port, BACKLOG).ok()?;
        self.tcp.tcp.set_listener_origin(listener, origin);
        self.tcp.listeners.insert(listener, owner);
        Some(listener)
    }

    pub(super) fn tcp_write(&mut self, socket: SocketId, bytes: &[u8], cx: &mut Cx<'_>) {
        if let Some(flow) = self.tcp.tcp.endpoints(socket) {
            self.tcp_renew_path(flow);
        }
        // A connection that is over is told by its event, not here.
        let _ = self.with_tcp(cx, |tcp, cx| tcp.write(cx, socket, bytes));
    }

    pub(super) fn tcp_read(&mut self, socket: SocketId, cx: &mut Cx<'_>) -> Vec<u8> {
        let mut all = Vec::new();
        loop {
            let part = self.with_tcp(cx, |tcp, cx| tcp.read(cx, socket, READ));
            all.extend_from_slice(&part);
            if part.len() < READ {
                return all;
            }
        }
    }

    pub(super) fn tcp_close(&mut self, socket: SocketId, cx: &mut Cx<'_>) {
        self.tcp.owners.remove(&socket);
        self.with_tcp(cx, |tcp, cx| tcp.close(cx, socket));
    }

    /// A process has ended: the kernel closes what it left open.
    pub(super) fn tcp_abandon(&mut self, owner: ProcId, cx: &mut Cx<'_>) {
        let listeners: Vec<_> = self
            .tcp
            .listeners
            .iter()
            .filter(|(_, own)| **own == owner)
            .map(|(&listener, _)| listener)
            .collect();
        for listener in listeners {
            self.tcp.listeners.remove(&listener);
            self.with_tcp(cx, |tcp, cx| tcp.unlisten(cx, listener));
        }
        let sockets: Vec<_> = self
            .tcp
            .owners
            .iter()
            .filter(|(_, own)| **own == owner)
            .map(|(&socket, _)| socket)
            .collect();
        for socket in sockets {
            self.tcp_close(socket, cx);
        }
    }
}
