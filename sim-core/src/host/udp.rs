//! UDP sockets (RFC 768). Linux 6.1: net/ipv4/udp.c.

use std::net::Ipv4Addr;

use lvs_engine::{Endpoint, IcmpError, OriginId};
use rand_core::RngCore;

use super::Host;
use super::app::{AppEvent, IcmpNews, ProcId};
use super::fib::{NoRoute, RouteKind};
use super::icmp::About;
use super::ip::Arrival;
use super::packet::{IpHead, Skb, checksum, pseudo};
use crate::counters::Counter;
use crate::event::Cx;
use crate::reason::Reason;

/// IP's number for UDP.
pub(super) const PROTO: u8 = 17;
const HEAD: usize = 8;
/// The longest payload: an IPv4 packet holds 65535 bytes with its header of 20.
const LONGEST: usize = 65_535 - 20 - HEAD;
/// Ports that are chosen from. Linux: net.ipv4.ip_local_port_range.
pub(super) const PORTS: std::ops::RangeInclusive<u16> = 32_768..=60_999;

/// A UDP socket.
#[derive(Clone, Debug)]
pub(super) struct UdpSocket {
    pub(super) owner: ProcId,
    /// The command that opened it.
    pub(super) origin: OriginId,
    /// The address that it is bound to; none: all.
    pub(super) addr: Option<Ipv4Addr>,
    pub(super) port: u16,
    /// Whom it is connected to.
    pub(super) peer: Option<Endpoint>,
    /// The IP id of a connected socket's next packet.
    id: u16,
}

/// Why a datagram was not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NotSent {
    /// No route leads there.
    NoRoute,
    /// It is longer than a packet can hold.
    TooLong,
}

impl From<NoRoute> for NotSent {
    fn from(_: NoRoute) -> Self {
        Self::NoRoute
    }
}

impl UdpSocket {
    /// How well a datagram fits: the more is bound, the better. Linux 6.1 udp.c, compute_score.
    fn fit(&self, from: Endpoint, to: Endpoint) -> Option<u8> {
        let bound = self.addr.is_none_or(|addr| addr == to.addr);
        let connected = self.peer.is_none_or(|peer| peer == from);
        (self.port == to.port && bound && connected)
            .then(|| u8::from(self.addr.is_some()) + 2 * u8::from(self.peer.is_some()))
    }
}

impl Host {
    /// A datagram for this host. Linux 6.1 udp.c, __udp4_lib_rcv.
    pub(super) fn udp_receive(&mut self, arrival: Arrival, skb: &Skb, cx: &mut Cx<'_>) {
        let view = skb.view();
        let Some((from, to, len)) = read(skb) else {
            self.counters.count(Counter::UdpInErrors);
            cx.note(Reason::DropChecksum { proto: PROTO });
            return;
        };
        let socket = self
            .udp
            .iter()
            .filter_map(|socket| Some((socket.fit(from, to)?, socket.owner, socket.origin)))
            .max_by_key(|&(fit, ..)| fit);
        if let Some((_, owner, origin)) = socket {
            self.counters.count(Counter::UdpInDatagrams);
            cx.note(Reason::UdpTaken { from, origin });
            let packet = skb.buf.clone().truncated(view.header_len() + HEAD + len);
            let payload = packet.without_front(view.header_len() + HEAD);
            self.app_event(owner, AppEvent::Datagram { from, payload });
            return;
        }
        // Some socket would take it, were it not connected to somebody else.
        let connected = self
            .udp
            .iter()
            .find(|socket| socket.peer.is_some_and(|peer| socket.fit(peer, to).is_some()));
        cx.note(match connected {
            Some(socket) => Reason::UdpStranger { from, origin: socket.origin },
            None => Reason::UdpNoSocket { at: to },
        });
        if self.fib.kind_of(view.dst()) == RouteKind::Local {
            self.counters.count(Counter::UdpNoPorts);
            self.icmp_error(IcmpError::PortUnreachable, &About::local(skb, arrival), cx);
        }
    }

    /// Opens the one socket of a process, at a port that the seed decides unless it is given; none
    /// if the port is taken. A connected one is bound to the address that its route chooses.
    pub(super) fn udp_open(
        &mut self,
        (owner, origin): (ProcId, OriginId),
        addr: Option<Ipv4Addr>,
        port: Option<u16>,
        peer: Option<Endpoint>,
        cx: &mut Cx<'_>,
    ) -> Option<u16> {
        let taken = |port: u16| {
            self.udp.iter().any(|own| {
                own.port == port && (own.addr.is_none() || addr.is_none() || own.addr == addr)
            })
        };
        let port = match port {
            Some(port) => Some(port).filter(|&port| !taken(port))?,
            None => {
                let (low, count) = (*PORTS.start(), PORTS.len() as u16);
                let first = (cx.rng.next_u32() % u32::from(count)) as u16;
                let mut ports = (0..count).map(|nth| low + (first + nth) % count);
                ports.find(|&port| !taken(port))?
            }
        };
        let peer = peer.map(|to| Endpoint { addr: self.fib.meant(to.addr, addr, None), ..to });
        let addr = addr.or_else(|| {
            let out = self.fib.output(peer?.addr, None, None).ok()?;
            Some(out.src)
        });
        let id = cx.rng.next_u32() as u16;
        self.udp.push(UdpSocket { owner, origin, addr, port, peer, id });
        Some(port)
    }

    /// The sockets that have sent the datagram that an ICMP error quotes.
    pub(super) fn udp_senders(&self, news: &IcmpNews) -> impl Iterator<Item = &UdpSocket> {
        let (src, dst) = news.flow();
        let quoted = news.quoted_proto == PROTO;
        self.udp.iter().filter(move |socket| quoted && socket.fit(dst, src).is_some())
    }

    /// Sends a datagram from the socket of a process.
    ///
    /// # Errors
    /// When no route leads there, or no packet can hold it.
    pub(super) fn udp_send(
        &mut self,
        owner: ProcId,
        to: Endpoint,
        payload: &[u8],
        cx: &mut Cx<'_>,
    ) -> Result<(), NotSent> {
        if payload.len() > LONGEST {
            return Err(NotSent::TooLong);
        }
        let at = self.udp.iter().position(|socket| socket.owner == owner);
        let at = at.expect("the process has opened its socket");
        let (addr, port, peer) = (self.udp[at].addr, self.udp[at].port, self.udp[at].peer);
        let to = Endpoint { addr: self.fib.meant(to.addr, addr, None), ..to };
        let out = match self.fib.output(to.addr, addr, None) {
            Ok(out) => out,
            Err(why) => {
                self.count_no_route(why);
                return Err(why.into());
            }
        };
        self.counters.count(Counter::UdpOutDatagrams);
        let src = out.src;
        let id = if peer.is_some() {
            self.udp[at].id = self.udp[at].id.wrapping_add(1);
            self.udp[at].id
        } else {
            self.hashed_id(src, to.addr, PROTO)
        };
        let df = !out.mtu_locked && HEAD + 20 + payload.len() <= usize::from(out.mtu);
        let head =
            IpHead { src, dst: to.addr, proto: PROTO, ttl: self.default_ttl(), tos: 0, id, df };
        let len = HEAD + payload.len();
        let packet = head.packet(len, |body| {
            body[..2].copy_from_slice(&port.to_be_bytes());
            body[2..4].copy_from_slice(&to.port.to_be_bytes());
            body[4..6].copy_from_slice(&(len as u16).to_be_bytes());
            body[HEAD..].copy_from_slice(payload);
            let sum = match checksum(body, pseudo(src, to.addr, PROTO, len)) {
                0 => 0xffff,
                sum => sum,
            };
            body[6..8].copy_from_slice(&sum.to_be_bytes());
        });
        self.ip_send(Skb::own(packet), out, cx);
        Ok(())
    }
}

/// Sender, receiver and length of the payload of a datagram whose length and checksum are right.
fn read(skb: &Skb) -> Option<(Endpoint, Endpoint, usize)> {
    let view = skb.view();
    let datagram = skb.buf.bytes().get(view.header_len()..)?;
    let head = datagram.first_chunk::<HEAD>()?;
    let port = |at: usize| u16::from_be_bytes([head[at], head[at + 1]]);
    let len = usize::from(port(4));
    let datagram = datagram.get(..len).filter(|_| len >= HEAD)?;
    let summed =
        port(6) == 0 || checksum(datagram, pseudo(view.src(), view.dst(), PROTO, len)) == 0;
    summed.then(|| {
        let from = Endpoint::new(view.src(), port(0));
        let to = Endpoint::new(view.dst(), port(2));
        (from, to, len - HEAD)
    })
}
