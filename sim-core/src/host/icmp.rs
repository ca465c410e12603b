//! ICMP: errors made and received, echo, redirects (RFC 792).
//!
//! Linux 6.1: net/ipv4/icmp.c, route.c.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::time::Duration;

use lvs_engine::{IcmpError, Instant, Span, View};

use super::app::IcmpNews;
use super::conntrack::Ct;
use super::fib::{Out, RouteKind};
use super::iface::RouteScope;
use super::ip::Arrival;
use super::packet::{IpHead, Skb, checksum};
use super::sysctl::{Conf, Global};
use super::{Host, tcp, tunnel, udp};
use crate::counters::Counter;
use crate::event::{Cx, IfaceId};
use crate::reason::Reason;

/// Echo reply.
pub(super) const ECHO_REPLY: u8 = 0;
/// Destination unreachable.
pub(super) const UNREACHABLE: u8 = 3;
/// Redirect.
pub(super) const REDIRECT: u8 = 5;
/// Echo request.
pub(super) const ECHO: u8 = 8;
/// Time exceeded.
pub(super) const TIME_EXCEEDED: u8 = 11;
/// Length of an ICMP header.
pub(super) const HEAD: usize = 8;
/// The longest ICMP error, with its IP header (RFC 1812 section 4.3.2.3).
const LONGEST: usize = 576;
/// IP's number for ICMP.
pub(super) const PROTO: u8 = 1;

/// Why something cannot be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unreachable {
    Net,
    Host,
    Prohibited,
}

impl Unreachable {
    /// As the engine calls it.
    pub(super) const fn error(self) -> IcmpError {
        match self {
            Self::Net => IcmpError::NetUnreachable,
            Self::Host => IcmpError::HostUnreachable,
            Self::Prohibited => IcmpError::Prohibited,
        }
    }
}

/// The packet that an error is about.
pub(super) struct About {
    quoted: Vec<u8>,
    /// It was for this host: the error comes from the address that it was sent to.
    local: bool,
    /// How it came in, if that is known. Whoever sent a broadcast is not told.
    arrival: Option<Arrival>,
    /// What connection tracking knows of an error about it.
    ct: Ct,
}

impl About {
    /// About a packet as it is now.
    pub(super) fn packet(skb: &Skb, arrival: Option<Arrival>) -> Self {
        let ct = skb.ct.of_error();
        Self { quoted: skb.buf.bytes().to_vec(), local: false, arrival, ct }
    }

    /// About a packet that was for this host.
    pub(super) fn local(skb: &Skb, arrival: Arrival) -> Self {
        Self { local: true, ..Self::packet(skb, Some(arrival)) }
    }

    /// About a part of a packet that IPVS had; `aged`: with its TTL less one.
    pub(super) fn span(skb: &Skb, span: Span, aged: bool, arrival: Option<Arrival>) -> Self {
        let start = usize::from(span.start);
        let end = (start + usize::from(span.len)).min(skb.buf.len());
        let mut quoted = skb.buf.bytes()[start..end].to_vec();
        if aged && let Some(head) = quoted.first_chunk_mut::<12>() {
            // RFC 1624: the checksum covers the word of TTL and protocol.
            let sum = u32::from(u16::from_be_bytes([head[10], head[11]])) + 0x0100;
            let sum = (sum & 0xffff) as u16 + (sum >> 16) as u16;
            head[8] = head[8].saturating_sub(1);
            head[10..].copy_from_slice(&sum.to_be_bytes());
        }
        Self { quoted, local: true, arrival, ct: skb.ct.of_error() }
    }
}

/// How many errors may still be sent. Linux 6.1 icmp.c, icmp_global_allow; inetpeer.c,
/// inet_peer_xrlim_allow.
#[derive(Clone, Debug, Default)]
pub(super) struct Limits {
    global: Option<(Instant, u32)>,
    peers: BTreeMap<Ipv4Addr, Peer>,
    redirects: BTreeMap<Ipv4Addr, Redirects>,
}

/// A peer's credit, as time.
#[derive(Clone, Copy, Debug)]
struct Peer {
    at: Instant,
    credit: Duration,
}

/// Redirects that one host was sent.
#[derive(Clone, Copy, Debug)]
struct Redirects {
    at: Instant,
    count: u32,
}

/// How many hosts are remembered of each kind; for a new one, that of which nothing was heard for
/// longest is forgotten. Differs from Linux (inetpeer.c, inet_peer_threshold), which has room for
/// 65664.
const MOST_PEERS: usize = 4_096;
/// Linux 6.1 inetpeer.c, XRLIM_BURST_FACTOR.
const PEER_BURST: u32 = 6;
/// Linux 6.1 route.c, ip_rt_error_cost and ip_rt_error_burst.
const ROUTE_COST: Duration = Duration::from_secs(1);
const ROUTE_BURST: u32 = 5;
/// Linux 6.1 route.c, ip_rt_redirect_load, ip_rt_redirect_number and ip_rt_redirect_silence.
const REDIRECT_LOAD_TICKS: u64 = 2;
/// A tick at HZ=100.
const TICK_NS: u64 = 10_000_000;
const REDIRECT_NUMBER: u32 = 9;
const REDIRECT_SILENCE: Duration = Duration::from_millis(20_480);

impl Limits {
    fn allow_global(&mut self, now: Instant, per_second: u32, burst: u32) -> bool {
        let (at, credit) = self.global.unwrap_or((now, burst));
        let passed = (now - at).min(Duration::from_secs(1));
        let more = match passed >= Duration::from_millis(20) {
            true => passed.as_millis() as u64 * u64::from(per_second) / 1000,
            false => 0,
        };
        let credit = u64::from(credit).saturating_add(more).min(u64::from(burst)) as u32;
        self.global = Some((if more > 0 { now } else { at }, credit.saturating_sub(1)));
        credit > 0
    }

    fn allow_peer(&mut self, peer: Ipv4Addr, now: Instant, cost: Duration, burst: u32) -> bool {
        let most = cost * burst;
        make_room(&mut self.peers, peer, |known| known.at);
        let known = self.peers.entry(peer).or_insert(Peer { at: now, credit: most });
        known.credit = (known.credit + (now - known.at)).min(most);
        known.at = now;
        let allowed = known.credit >= cost;
        if allowed {
            known.credit -= cost;
        }
        allowed
    }

    /// The check that errors for want of a route pass first. Linux 6.1 route.c, ip_error.
    pub(super) fn allow_route_error(&mut self, peer: Ipv4Addr, now: Instant) -> bool {
        self.allow_peer(peer, now, ROUTE_COST, ROUTE_BURST)
    }

    /// Linux 6.1 route.c, ip_rt_send_redirect.
    fn allow_redirect(&mut self, peer: Ipv4Addr, now: Instant) -> bool {
        make_room(&mut self.redirects, peer, |known| known.at);
        let known = self.redirects.entry(peer).or_insert(Redirects { at: now, count: 0 });
        if now > known.at + REDIRECT_SILENCE {
            known.count = 0;
        }
        if known.count >= REDIRECT_NUMBER {
            known.at = now;
            return false;
        }
        // Linux counts ticks.
        let tick = |at: Instant| at.as_nanos() / TICK_NS;
        let ticks = tick(now) - tick(known.at);
        let allowed = known.count == 0 || ticks > REDIRECT_LOAD_TICKS << known.count;
        if allowed {
            (known.at, known.count) = (now, known.count + 1);
        }
        allowed
    }
}

/// Forgets the host of which nothing was heard for longest, if there is no room for this one.
fn make_room<V>(known: &mut BTreeMap<Ipv4Addr, V>, peer: Ipv4Addr, heard: impl Fn(&V) -> Instant) {
    if known.len() < MOST_PEERS || known.contains_key(&peer) {
        return;
    }
    let oldest = known.iter().min_by_key(|(_, own)| heard(own)).map(|(&addr, _)| addr);
    oldest.and_then(|oldest| known.remove(&oldest));
}

impl Host {
    /// Sends an error to whoever sent the packet that it is about. Linux 6.1 icmp.c, __icmp_send.
    pub(super) fn icmp_error(&mut self, error: IcmpError, about: &About, cx: &mut Cx<'_>) {
        let Ok(view) = View::new_cut(&about.quoted) else { return };
        let (to, dst, tos) = (view.src(), view.dst(), view.tos());
        let later = view.is_fragment() && view.fragment_offset() != 0;
        let of_error = view.proto() == PROTO && view.payload().first().is_some_and(is_error);
        let to_many = self.fib.kind_of(dst) == RouteKind::Broadcast || dst.is_multicast();
        let group = about.arrival.is_some_and(|arrival| arrival.group);
        if group || later || of_error || to_many || to.is_unspecified() {
            cx.note(Reason::IcmpUnfit);
            return;
        }
        let (kind, code, rest) = error.wire();
        let is_local = self.fib.kind_of(dst) == RouteKind::Local;
        let from = (about.local && is_local).then_some(dst);
        let Ok(out) = self.fib.output(to, from, None) else { return };
        self.sysctl.note_global(Global::IcmpRatemask, cx);
        if !self.icmp_allowed(kind, code, to, out.kind, cx) {
            cx.note(Reason::IcmpLimited { to });
            return;
        }
        let src = from.unwrap_or_else(|| self.icmp_source(about, to, out.src));
        let quoted = about.quoted.len().min(LONGEST - 20 - HEAD);
        cx.note(Reason::IcmpSent { to, kind, code });
        self.count_icmp(kind);
        let head = IpHead {
            src,
            dst: to,
            proto: PROTO,
            ttl: self.default_ttl(),
            tos: (tos & 0x1e) | 0xc0,
            id: self.hashed_id(src, to, PROTO),
            df: false,
        };
        let packet = head.packet(HEAD + quoted, |body| {
            body[0] = kind;
            body[1] = code;
            body[4..8].copy_from_slice(&rest);
            body[HEAD..].copy_from_slice(&about.quoted[..quoted]);
            let sum = checksum(body, 0);
            body[2..4].copy_from_slice(&sum.to_be_bytes());
        });
        self.ip_send(Skb { ct: about.ct.clone(), ..Skb::own(packet) }, out, cx);
    }

    /// Which of its addresses a router complains from. Linux 6.1 icmp.c, __icmp_send.
    fn icmp_source(&self, about: &About, to: Ipv4Addr, by_route: Ipv4Addr) -> Ipv4Addr {
        let inbound = self.sysctl.global(Global::IcmpErrorsUseInboundIfaddr) != 0;
        match about.arrival {
            Some(arrival) if inbound => self.fib.select_source(arrival.iface, to, RouteScope::Link),
            _ => by_route,
        }
    }

    fn icmp_allowed(
        &mut self,
        kind: u8,
        code: u8,
        to: Ipv4Addr,
        route: RouteKind,
        cx: &mut Cx<'_>,
    ) -> bool {
        let mask = self.sysctl.global(Global::IcmpRatemask).cast_unsigned();
        let limited = mask >> kind & 1 != 0 && !(kind == UNREACHABLE && code == 4);
        if !limited || route == RouteKind::Local {
            return true;
        }
        let per_second = self.sysctl.global(Global::IcmpMsgsPerSec).max(0).cast_unsigned();
        let burst = self.sysctl.global(Global::IcmpMsgsBurst).max(0).cast_unsigned();
        let cost = self.sysctl.global(Global::IcmpRatelimit).max(0).cast_unsigned();
        if !self.icmp_limits.allow_global(cx.now, per_second, burst) {
            self.sysctl.note_global(Global::IcmpMsgsPerSec, cx);
            self.sysctl.note_global(Global::IcmpMsgsBurst, cx);
            self.counters.count(Counter::IcmpOutRateLimitGlobal);
            return false;
        }
        let cost = Duration::from_millis(u64::from(cost));
        let allowed = self.icmp_limits.allow_peer(to, cx.now, cost, PEER_BURST);
        if !allowed {
            self.sysctl.note_global(Global::IcmpRatelimit, cx);
            self.counters.count(Counter::IcmpOutRateLimitHost);
        }
        allowed
    }

    /// An ICMP message of our own is sent.
    pub(super) fn count_icmp(&mut self, kind: u8) {
        self.counters.count(Counter::IcmpOutMsgs);
        self.counters.count(match kind {
            ECHO_REPLY => Counter::IcmpOutEchoReps,
            UNREACHABLE => Counter::IcmpOutDestUnreachs,
            REDIRECT => Counter::IcmpOutRedirects,
            ECHO => Counter::IcmpOutEchos,
            TIME_EXCEEDED => Counter::IcmpOutTimeExcds,
            _ => return,
        });
    }

    /// An error is about no socket of ours. Only TCP and UDP count that.
    pub(super) fn count_unclaimed(&mut self, quoted_proto: u8) {
        if matches!(quoted_proto, tcp::PROTO | udp::PROTO) {
            self.counters.count(Counter::IcmpInErrors);
        }
    }

    /// The next hop of a packet could not be resolved, or the other end of its tunnel not be reached. Linux 6.1 route.c, ipv4_link_failure.
    pub(super) fn icmp_host_unreachable(&mut self, skb: &Skb, cx: &mut Cx<'_>) {
        self.icmp_error(IcmpError::HostUnreachable, &About::packet(skb, None), cx);
        self.fib.way_failed(skb.view().dst());
    }

    /// Tells a neighbour of a better gateway. Linux 6.1 route.c, ip_rt_send_redirect.
    pub(super) fn send_redirect(
        &mut self,
        arrival: Arrival,
        skb: &Skb,
        out: &Out,
        cx: &mut Cx<'_>,
    ) {
        let (to, gateway) = (skb.view().src(), out.next);
        if !self.icmp_limits.allow_redirect(to, cx.now) {
            return;
        }
        self.sysctl.effective(Conf::SendRedirects, arrival.iface, cx);
        self.sysctl.effective(Conf::SharedMedia, out.iface, cx);
        cx.note(Reason::RedirectSent { to, gateway });
        let about = About::packet(skb, Some(arrival));
        self.icmp_error(IcmpError::Redirect { gateway }, &about, cx);
    }

    /// An ICMP message for this host. Linux 6.1 icmp.c, icmp_rcv.
    pub(super) fn icmp_receive(&mut self, arrival: Arrival, skb: &Skb, cx: &mut Cx<'_>) {
        let view = skb.view();
        let message = view.payload();
        self.counters.count(Counter::IcmpInMsgs);
        if message.len() < HEAD || checksum(message, 0) != 0 {
            if checksum(message, 0) != 0 {
                self.counters.count(Counter::IcmpInCsumErrors);
            }
            self.counters.count(Counter::IcmpInErrors);
            cx.note(Reason::DropChecksum { proto: PROTO });
            return;
        }
        let by_type = match message[0] {
            ECHO_REPLY => Some(Counter::IcmpInEchoReps),
            UNREACHABLE => Some(Counter::IcmpInDestUnreachs),
            REDIRECT => Some(Counter::IcmpInRedirects),
            ECHO => Some(Counter::IcmpInEchos),
            TIME_EXCEEDED => Some(Counter::IcmpInTimeExcds),
            _ => None,
        };
        if let Some(counter) = by_type {
            self.counters.count(counter);
        }
        match message[0] {
            ECHO => self.icmp_echo(skb, arrival, cx),
            ECHO_REPLY => self.app_icmp(&IcmpNews::reply(&view), cx),
            REDIRECT => self.icmp_redirect(skb, arrival, cx),
            UNREACHABLE | TIME_EXCEEDED => self.icmp_news(skb, cx),
            _ => {}
        }
    }

    /// Answers an echo request. Linux 6.1 icmp.c, icmp_echo.
    fn icmp_echo(&mut self, skb: &Skb, arrival: Arrival, cx: &mut Cx<'_>) {
        let view = skb.view();
        let to_many = arrival.group || self.fib.kind_of(view.dst()) == RouteKind::Broadcast;
        let ignores = self.sysctl.global(Global::IcmpEchoIgnoreAll) != 0
            || to_many && self.sysctl.global(Global::IcmpEchoIgnoreBroadcasts) != 0;
        self.sysctl.note_global(Global::IcmpEchoIgnoreAll, cx);
        if to_many {
            self.sysctl.note_global(Global::IcmpEchoIgnoreBroadcasts, cx);
        }
        if ignores {
            cx.note(Reason::IcmpEchoIgnored { from: view.src() });
            return;
        }
        let (to, own) = (view.src(), (!to_many).then_some(view.dst()));
        let Ok(out) = self.fib.output(to, own, None) else { return };
        cx.note(Reason::IcmpEcho { to });
        self.count_icmp(ECHO_REPLY);
        let src = out.src;
        let head = IpHead {
            src,
            dst: to,
            proto: PROTO,
            ttl: self.default_ttl(),
            tos: view.tos(),
            id: self.hashed_id(src, to, PROTO),
            df: false,
        };
        let message = view.payload();
        let packet = head.packet(message.len(), |body| {
            body.copy_from_slice(message);
            body[0] = ECHO_REPLY;
            body[2..4].fill(0);
            let sum = checksum(body, 0);
            body[2..4].copy_from_slice(&sum.to_be_bytes());
        });
        self.ip_send(Skb::own(packet), out, cx);
    }

    /// An error about a packet of ours. Linux 6.1 icmp.c, icmp_unreach.
    fn icmp_news(&mut self, skb: &Skb, cx: &mut Cx<'_>) {
        let view = skb.view();
        let Some(news) = IcmpNews::error(&view) else {
            self.counters.count(Counter::IcmpInErrors);
            cx.note(Reason::DropBadHeader);
            return;
        };
        if !self.fib.is_own(news.quoted_src) {
            self.count_unclaimed(news.quoted_proto);
            cx.note(Reason::IcmpNoSocket);
            return;
        }
        if news.kind == UNREACHABLE && news.code == 4 && self.app_sent(&news) {
            let mtu = self.fib.learn_pmtu(news.quoted_dst, news.mtu);
            cx.note(Reason::PmtuLearned { dst: news.quoted_dst, mtu });
        }
        match news.quoted_proto {
            tunnel::PROTO => self.tunnel_error(&news, cx),
            _ => self.app_icmp(&news, cx),
        }
    }

    /// Advice about a better gateway. Linux 6.1 route.c, __ip_do_redirect.
    fn icmp_redirect(&mut self, skb: &Skb, arrival: Arrival, cx: &mut Cx<'_>) {
        let view = skb.view();
        let message = view.payload();
        let gateway = Ipv4Addr::from([message[4], message[5], message[6], message[7]]);
        let Ok(quoted) = View::new_cut(&message[HEAD..]) else { return };
        let (src, dst, adviser) = (quoted.src(), quoted.dst(), view.src());
        let Some(about) = IcmpNews::error(&view).filter(|news| self.app_sent(news)) else {
            self.count_unclaimed(quoted.proto());
            cx.note(Reason::IcmpNoSocket);
            return;
        };
        // Raw sockets, which only ping and traceroute -I have, see every ICMP message.
        if about.quoted_proto == PROTO {
            self.app_icmp(&about, cx);
        }
        let iface = arrival.iface;
        let accepts = self.sysctl.effective(Conf::AcceptRedirects, iface, cx) != 0;
        let current = self.fib.output(dst, Some(src), None);
        let from_gateway = current.is_ok_and(|out| out.next == adviser && out.iface == iface);
        if !(accepts && from_gateway && self.is_gateway_credible(iface, gateway, adviser, cx)) {
            cx.note(Reason::RedirectRefused { gateway });
            return;
        }
        let known = self.neigh.get(&(iface, gateway)).is_some_and(|entry| entry.state.is_valid());
        if known {
            self.fib.learn_gateway(dst, gateway);
            cx.note(Reason::RedirectObeyed { dst, gateway });
        } else {
            cx.note(Reason::RedirectWaits { gateway });
            self.neigh_resolve((iface, gateway), cx);
        }
    }

    /// Whether a gateway may take the place of the one that named it. Linux 6.1 route.c,
    /// __ip_do_redirect.
    fn is_gateway_credible(
        &self,
        iface: IfaceId,
        gateway: Ipv4Addr,
        old: Ipv4Addr,
        cx: &mut Cx<'_>,
    ) -> bool {
        let unicast = self.fib.kind_of(gateway) == RouteKind::Unicast && !gateway.is_multicast();
        if !unicast || gateway == old {
            return false;
        }
        // On a shared medium it need not be in a network of ours: ARP will tell whether it is there.
        if self.sysctl.effective(Conf::SharedMedia, iface, cx) != 0 {
            return true;
        }
        let secure = self.sysctl.effective(Conf::SecureRedirects, iface, cx) != 0;
        self.fib.iface(iface).on_link(gateway, old)
            && (!secure || self.fib.has_gateway(iface, gateway))
    }
}

/// Whether an ICMP type is an error: only echo, timestamp, information and mask messages are not
/// (RFC 1122 section 3.2.2).
fn is_error(kind: &u8) -> bool {
    !matches!(kind, 0 | 8 | 13..=18)
}
