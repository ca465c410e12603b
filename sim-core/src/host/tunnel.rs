//! IPIP: taking a packet out of another (RFC 2003), as `tunl0` and own tunnels do it.
//!
//! Linux 6.1: net/ipv4/ipip.c, ip_tunnel.c, ip_tunnel_core.c.

use std::net::Ipv4Addr;

use lvs_engine::{IcmpError, View};

use super::Host;
use super::icmp::About;
use super::iface::{Ends, IfaceKind};
use super::ip::Arrival;
use super::packet::{Skb, checksum};
use crate::event::{Cx, IfaceId};
use crate::reason::Reason;
use crate::trace::Dir;

/// IP's number for IP in IP.
pub(super) const PROTO: u8 = 4;

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
        let Some(tunnel) = self.tunnel_for(arrival, from, to) else {
            let loaded = self.fib.ifaces.iter().any(|own| own.kind == IfaceKind::Tunnel);
            let (why, error) = match loaded {
                true => (Reason::TunnelDown { from }, IcmpError::PortUnreachable),
                false => (Reason::DropNoProtocol { proto: PROTO }, IcmpError::ProtocolUnreachable),
            };
            cx.note(why);
            self.icmp_error(error, &About::local(&skb, arrival), cx);
            return;
        };
        let mut inner = skb.buf.without_front(head);
        // What cannot be read goes on: IP drops it, and counts it.
        if let Ok(view) = View::new(inner.bytes()) {
            let Some(ecn) = join_ecn(outer_tos, view.tos()) else {
                self.fib.iface_mut(tunnel).rx.errors += 1;
                cx.note(Reason::TunnelEcn { from });
                return;
            };
            let (tos, head) = (view.tos() & !3 | ecn, view.header_len());
            if tos != view.tos() {
                set_tos(&mut inner.bytes_mut()[..head], tos);
            }
        }
        self.fib.iface_mut(tunnel).rx.count(inner.len());
        cx.note(Reason::TunnelUnpacked { from });
        cx.tap(tunnel, Dir::In, &inner);
        self.show_captures(tunnel, inner.bytes());
        let skb = Skb { buf: inner, parent: skb.parent, seen: false };
        self.unpacked.push_back((Arrival { iface: tunnel, group: false }, skb));
    }

    /// The tunnel that takes a packet between these ends: the one that names most of them, of equal
    /// ones that of the interface it came by, and `tunl0` after all others. Linux 6.1 ip_tunnel.c,
    /// ip_tunnel_lookup.
    fn tunnel_for(&self, arrival: Arrival, from: Ipv4Addr, to: Ipv4Addr) -> Option<IfaceId> {
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
            Some((rank, dev != Some(arrival.iface)))
        };
        let takes = |id: &IfaceId| {
            let own = self.fib.iface(*id);
            own.kind == IfaceKind::Tunnel && own.up && !own.gone
        };
        let tunnels = self.fib.iface_ids().filter(takes);
        tunnels.filter_map(|id| Some((rank(id)?, id))).min().map(|(_, id)| id)
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
