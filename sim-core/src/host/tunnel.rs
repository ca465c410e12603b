//! IPIP: taking a packet out of another (RFC 2003), as `tunl0` does it.
//!
//! Linux 6.1: net/ipv4/ipip.c, ip_tunnel.c, ip_tunnel_core.c.

use lvs_engine::{IcmpError, View};

use super::Host;
use super::icmp::About;
use super::iface::IfaceKind;
use super::ip::Arrival;
use super::packet::{Skb, checksum};
use crate::event::Cx;
use crate::reason::Reason;
use crate::trace::Dir;

/// IP's number for IP in IP.
pub(super) const PROTO: u8 = 4;

/// What the congestion marks outside and inside become together (RFC 6040 section 4.2); none: the packet is dropped.
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
        let from = view.src();
        let (head, outer_tos) = (view.header_len(), view.tos());
        let tunnel = self.fib.iface_ids().find(|&id| self.fib.iface(id).kind == IfaceKind::Tunnel);
        let Some(tunnel) = tunnel else {
            cx.note(Reason::DropNoProtocol { proto: PROTO });
            self.icmp_error(IcmpError::ProtocolUnreachable, &About::local(&skb, arrival), cx);
            return;
        };
        if !self.fib.iface(tunnel).up {
            cx.note(Reason::TunnelDown { from });
            self.icmp_error(IcmpError::PortUnreachable, &About::local(&skb, arrival), cx);
            return;
        }
        let mut inner = skb.buf.without_front(head);
        let Ok(view) = View::new(inner.bytes()) else {
            self.fib.iface_mut(tunnel).rx.errors += 1;
            cx.note(Reason::DropBadHeader);
            return;
        };
        let Some(ecn) = join_ecn(outer_tos, view.tos()) else {
            self.fib.iface_mut(tunnel).rx.errors += 1;
            cx.note(Reason::TunnelEcn { from });
            return;
        };
        if ecn != view.tos() & 3 {
            let tos = view.tos() & !3 | ecn;
            let head = view.header_len();
            let bytes = inner.bytes_mut();
            bytes[1] = tos;
            bytes[10..12].fill(0);
            let sum = checksum(&bytes[..head], 0);
            bytes[10..12].copy_from_slice(&sum.to_be_bytes());
        }
        self.fib.iface_mut(tunnel).rx.count(inner.len());
        cx.note(Reason::TunnelUnpacked { from });
        cx.tap(tunnel, Dir::In, &inner);
        let skb = Skb { buf: inner, parent: skb.parent, seen: false };
        self.ip_receive(Arrival { iface: tunnel, group: false }, skb, cx);
    }
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
