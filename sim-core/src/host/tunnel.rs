//! IPIP: putting a packet into another and taking it out (RFC 2003), as `tunl0` and own tunnels do
//! it. What IPVS wraps for a destination passes no tunnel interface.
//!
//! Linux 6.1: net/ipv4/ipip.c, ip_tunnel.c, ip_tunnel_core.c.

use std::net::Ipv4Addr;
use std::time::Duration;

use lvs_engine::{IcmpError, Outer, Rewrite, View};

use super::app::IcmpNews;
use super::fib::Out;
use super::icmp::{About, TIME_EXCEEDED, UNREACHABLE};
use super::iface::{Counters, Ends, HeardErrors, IfaceKind};
use super::ip::{self, Arrival};
use super::packet::{Skb, checksum};
use super::{Host, TUNNEL_MTU};
use crate::counters::Counter;
use crate::event::{Cx, IfaceId};
use crate::reason::Reason;
use crate::trace::Dir;

/// IP's number for IP in IP.
pub(super) const PROTO: u8 = 4;
/// An IPv4 header without options.
pub(super) const OUTER_HEADER: u16 = 20;
/// The ends of `tunl0`.
pub(super) const ANY: Ends =
    Ends { remote: None, local: None, ttl: None, tos: Some(0), pmtudisc: false, dev: None };
/// How often a packet that goes into a tunnel may be in one already. Linux 6.1
/// include/linux/netdevice.h, XMIT_RECURSION_LIMIT.
const DEEPEST: u8 = 8;
/// How long an error about a tunnel's packets is news. Linux 6.1 include/net/ip_tunnels.h,
/// IPTUNNEL_ERR_TIMEO.
const ERROR_LIFE: Duration = Duration::from_secs(30);

/// What the congestion marks outside and inside become together (RFC 6040 section 4.2); none: the
/// packet is dropped.
fn join_ecn(outer: u8, inner: u8) -> Option<u8> {
    match (outer & 3, inner & 3) {
        (3, 0) => None,
        (3, _) => Some(3),
        (1, 2) => Some(1),
        (_, inner) => Some(inner),
    }
}

impl Host {
    /// A packet inside a packet, for this host. Linux 6.1 ip_tunnel.c, ip_tunnel_rcv.
    pub(super) fn tunnel_receive(&mut self, arrival: Arrival, skb: Skb, cx: &mut Cx<'_>) {
        let view = skb.view();
        let (from, to) = (view.src(), view.dst());
        let (head, outer_tos) = (view.header_len(), view.tos());
        let Some(tunnel) = self.tunnel_for(Some(arrival.iface), from, to) else {
            let (why, error) = match self.has_tunnels() {
                true => (Reason::TunnelDown { from }, IcmpError::PortUnreachable),
                false => (Reason::DropNoProtocol { proto: PROTO }, IcmpError::ProtocolUnreachable),
            };
            for id in self.fib.iface_ids() {
                let own = self.fib.iface(id);
                if own.kind == IfaceKind::Tunnel && !own.gone {
                    self.note_link(id, cx);
                }
            }
            cx.note(why);
            self.icmp_error(error, &About::local(&skb, arrival), cx);
            return;
        };
        self.note_link(tunnel, cx);
        let origin = self.fib.iface(tunnel).made;
        let mut inner = skb.buf.without_front(head);
        // What cannot be read goes on: IP drops it, and counts it.
        if let Ok(view) = View::new(inner.bytes()) {
            let Some(ecn) = join_ecn(outer_tos, view.tos()) else {
                self.fib.iface_mut(tunnel).rx.errors += 1;
                cx.note(Reason::TunnelEcn { from, origin });
                return;
            };
            let (tos, head) = (view.tos() & !3 | ecn, view.header_len());
            if tos != view.tos() {
                set_tos(&mut inner.bytes_mut()[..head], tos);
            }
        }
        self.fib.iface_mut(tunnel).rx.count(inner.len());
        cx.note(Reason::TunnelUnpacked { from, origin });
        cx.tap(tunnel, Dir::In, &inner);
        self.show_captures(tunnel, inner.bytes());
        let skb = Skb { mark: skb.mark, ..Skb::came(inner, skb.parent) };
        self.unpacked.push_back((Arrival { iface: tunnel, group: false }, skb));
    }

    /// Whether anybody takes IPIP.
    pub(super) fn has_tunnels(&self) -> bool {
        self.fib.ifaces.iter().any(|own| own.kind == IfaceKind::Tunnel)
    }

    /// The tunnel that takes a packet between these ends: the one that names most of them, of equal
    /// ones that of the interface it came by, and `tunl0` after all others. Linux 6.1 ip_tunnel.c,
    /// ip_tunnel_lookup.
    fn tunnel_for(
        &self,
        arrival: Option<IfaceId>,
        from: Ipv4Addr,
        to: Ipv4Addr,
    ) -> Option<IfaceId> {
        let rank = |id: IfaceId| {
            let Some(Ends { remote, local, dev, .. }) = self.fib.iface(id).ends else {
                return Some((4, false));
            };
            let rank = match (remote, local) {
                (Some(remote), Some(local)) if (remote, local) == (from, to) => 0,
                (Some(remote), None) if remote == from => 1,
                (None, Some(local)) if local == to => 2,
                (None, None) => 3,
                _ => return None,
            };
            Some((rank, dev.is_none() || dev != arrival))
        };
        let takes = |id: &IfaceId| {
            let own = self.fib.iface(*id);
            own.kind == IfaceKind::Tunnel && own.up && !own.gone
        };
        let tunnels = self.fib.iface_ids().filter(takes);
        tunnels.filter_map(|id| Some((rank(id)?, id))).min().map(|(_, id)| id)
    }

    /// A route leads into a tunnel. Without a `remote`, the other end is the route's next hop.
    /// Linux 6.1 ip_tunnel.c, ip_tunnel_xmit.
    pub(super) fn tunnel_send(
        &mut self,
        tunnel: IfaceId,
        next: Ipv4Addr,
        skb: Skb,
        cx: &mut Cx<'_>,
    ) {
        cx.tap(tunnel, Dir::Out, &skb.buf);
        self.show_captures(tunnel, skb.buf.bytes());
        let ends = self.fib.iface(tunnel).ends.unwrap_or(ANY);
        let remote = ends.remote.unwrap_or(next);
        if self.tunnel_depth > DEEPEST {
            self.tunnel_tx(tunnel).dropped += 1;
            let origin = self.fib.iface(tunnel).made;
            cx.note(Reason::TunnelLoop { remote, origin });
            return;
        }
        self.tunnel_depth += 1;
        if let Some(out) = self.tunnel_way(tunnel, ends, remote, cx)
            && self.fits_tunnel(tunnel, (ends, remote), &skb, &out, cx)
        {
            self.tell_tunnel_error(tunnel, &skb, cx);
            self.tunnel_wrap(tunnel, ends, remote, skb, out, cx);
        }
        self.tunnel_depth -= 1;
    }

    fn tunnel_tx(&mut self, tunnel: IfaceId) -> &mut Counters {
        &mut self.fib.iface_mut(tunnel).tx
    }

    /// The way to the other end.
    fn tunnel_way(
        &mut self,
        tunnel: IfaceId,
        ends: Ends,
        remote: Ipv4Addr,
        cx: &mut Cx<'_>,
    ) -> Option<Out> {
        let origin = self.fib.iface(tunnel).made;
        let speaks = ends.local.is_none_or(|local| self.fib.is_own(local));
        let way = self.fib.output(remote, ends.local, ends.dev).ok().filter(|_| speaks);
        let Some(out) = way else {
            let tx = self.tunnel_tx(tunnel);
            (tx.errors, tx.carrier) = (tx.errors + 1, tx.carrier + 1);
            cx.note(Reason::TunnelNoRoute { remote, origin });
            return None;
        };
        if out.iface == tunnel {
            let tx = self.tunnel_tx(tunnel);
            (tx.errors, tx.collisions) = (tx.errors + 1, tx.collisions + 1);
            cx.note(Reason::TunnelLoop { remote, origin });
            return None;
        }
        Some(out)
    }

    /// Whether a packet fits. What does is believed from now on to be the MTU of its path.
    /// Linux 6.1 ip_tunnel.c, tnl_update_pmtu.
    fn fits_tunnel(
        &mut self,
        tunnel: IfaceId,
        (ends, remote): (Ends, Ipv4Addr),
        skb: &Skb,
        out: &Out,
        cx: &mut Cx<'_>,
    ) -> bool {
        let view = skb.view();
        let (dst, df, len) = (view.dst(), view.df(), view.bytes().len());
        let mtu = match ends.pmtudisc || df {
            true => out.mtu - OUTER_HEADER,
            false => self.fib.output(dst, None, None).map_or(TUNNEL_MTU, |inner| inner.mtu),
        };
        self.fib.learn_pmtu(dst, mtu);
        if df && usize::from(mtu) < len {
            self.tunnel_tx(tunnel).errors += 1;
            self.note_mtu(out.iface, remote, out.mtu, cx);
            let origin = self.fib.iface(tunnel).made;
            cx.note(Reason::TunnelTooBig { dst, mtu, origin });
            self.icmp_error(IcmpError::FragNeeded { mtu }, &About::packet(skb, None), cx);
            return false;
        }
        true
    }

    /// Tells a sender of an error about an earlier packet. This one goes all the same: the way may
    /// be good again.
    fn tell_tunnel_error(&mut self, tunnel: IfaceId, skb: &Skb, cx: &mut Cx<'_>) {
        let heard = &mut self.fib.iface_mut(tunnel).heard_errors;
        if heard.count == 0 {
            return;
        }
        if cx.now >= heard.at + ERROR_LIFE {
            heard.count = 0;
            return;
        }
        heard.count -= 1;
        cx.note(Reason::TunnelErrorTold { to: skb.view().src() });
        self.icmp_host_unreachable(skb, cx);
    }

    /// Linux 6.1 ip_tunnel_core.c, iptunnel_xmit.
    fn tunnel_wrap(
        &mut self,
        tunnel: IfaceId,
        ends: Ends,
        remote: Ipv4Addr,
        skb: Skb,
        out: Out,
        cx: &mut Cx<'_>,
    ) {
        let inner_len = skb.buf.len();
        let df = (ends.pmtudisc || skb.view().df()) && !out.mtu_locked;
        let outer = Outer {
            src: out.src,
            dst: remote,
            id: self.hashed_id(out.src, remote, PROTO),
            tos: ends.tos,
            ttl: ends.ttl,
            df: Some(df),
        };
        let rewrite = Rewrite { outer: Some(outer), ..Rewrite::default() };
        let Some(skb) = ip::edit(skb, rewrite) else {
            self.tunnel_tx(tunnel).errors += 1;
            return;
        };
        let origin = self.fib.iface(tunnel).made;
        cx.note(Reason::TunnelWrapped { remote, origin });
        cx.note_rewrite(rewrite);
        if df && skb.buf.len() > usize::from(out.mtu) {
            self.tunnel_tx(tunnel).dropped += 1;
            self.counters.count(Counter::IpFragFails);
            self.note_mtu(out.iface, remote, out.mtu, cx);
            cx.note(Reason::DropTooBig { dst: remote, mtu: out.mtu });
            let error = IcmpError::FragNeeded { mtu: out.mtu };
            self.icmp_error(error, &About::packet(&skb, None), cx);
            return;
        }
        self.tunnel_tx(tunnel).count(inner_len);
        self.ip_send(skb, out, cx);
    }

    /// The tunnel whose packet an error is about.
    pub(super) fn tunnel_of(&self, news: &IcmpNews) -> Option<IfaceId> {
        self.tunnel_for(None, news.quoted_dst, news.quoted_src)
    }

    /// An error about what a tunnel sent: whoever sends by it next is told. That a TTL ran out says
    /// nothing about a tunnel that has none of its own. Linux 6.1 ipip.c, ipip_err.
    pub(super) fn tunnel_error(&mut self, news: &IcmpNews, cx: &mut Cx<'_>) {
        let Some(tunnel) = self.tunnel_of(news) else {
            cx.note(Reason::IcmpNoSocket);
            return;
        };
        let own = self.fib.iface_mut(tunnel);
        let (ends, origin) = (own.ends.unwrap_or(ANY), own.made);
        let is_news = match (news.kind, news.code) {
            (UNREACHABLE, 4 | 5) => false,
            (UNREACHABLE, _) => true,
            (TIME_EXCEEDED, 0) => ends.ttl.is_some(),
            _ => false,
        };
        let Some(remote) = ends.remote.filter(|_| is_news) else { return };
        let HeardErrors { count, at } = own.heard_errors;
        let count = if cx.now < at + ERROR_LIFE { count + 1 } else { 1 };
        own.heard_errors = HeardErrors { count, at: cx.now };
        cx.note(Reason::TunnelErrorHeard { remote, origin });
    }
}

/// Writes another TOS into an IP header, and the checksum that follows from it.
fn set_tos(head: &mut [u8], tos: u8) {
    head[1] = tos;
    head[10..12].fill(0);
    let sum = checksum(head, 0);
    head[10..12].copy_from_slice(&sum.to_be_bytes());
}

#[cfg(test)]
mod tests {
    use super::join_ecn;

    #[test]
    #[rustfmt::skip]
    fn congestion_marks_join() {
        //   outer inner  together
        for (outer, inner, together) in [
            (0, 0, Some(0)), (0, 1, Some(1)), (0, 2, Some(2)), (0, 3, Some(3)),
            (2, 0, Some(0)), (2, 1, Some(1)), (2, 2, Some(2)),
            (1, 2, Some(1)), (1, 1, Some(1)),
            (3, 0, None),    (3, 1, Some(3)), (3, 2, Some(3)), (3, 3, Some(3)),
        ] {
            assert_eq!(join_ecn(outer, inner), together, "{outer} outside, {inner} inside");
        }
    }
}
