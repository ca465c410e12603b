//! REJECT: the packet is gone, and its sender hears of it.
//!
//! Linux 6.1: net/ipv4/netfilter/ipt_REJECT.c, nf_reject_ipv4.c.

use lvs_engine::{Endpoint, IcmpError, OriginId};

use super::Passage;
use crate::event::Cx;
use crate::host::Host;
use crate::host::conntrack::Ct;
use crate::host::icmp::About;
use crate::host::ip::Arrival;
use crate::host::packet::{IpHead, Skb, checksum, pseudo};
use crate::host::tcp;
use crate::netfilter::{Chain, RejectWith};
use crate::reason::Reason;

const SYN: u8 = 2;
const FIN: u8 = 1;
const RST: u8 = 4;
const ACK: u8 = 16;
/// Length of a TCP header without options.
const TCP_HEAD: usize = 20;

impl Host {
    pub(super) fn reject(
        &mut self,
        (with, origin): (RejectWith, OriginId),
        chain: Chain,
        passage: Passage,
        skb: &Skb,
        cx: &mut Cx<'_>,
    ) {
        let error = match with {
            RejectWith::Net => IcmpError::NetUnreachable,
            RejectWith::Host => IcmpError::HostUnreachable,
            RejectWith::Proto => IcmpError::ProtocolUnreachable,
            RejectWith::Port => IcmpError::PortUnreachable,
            RejectWith::NetProhibited => IcmpError::Relayed { kind: 3, code: 9 },
            RejectWith::HostProhibited => IcmpError::Relayed { kind: 3, code: 10 },
            RejectWith::Admin => IcmpError::Prohibited,
            RejectWith::TcpReset => return self.reject_by_reset(skb, origin, cx),
        };
        let arrival = passage.input.map(|iface| Arrival { iface, group: false });
        let about = match (chain, arrival) {
            (Chain::Input, Some(arrival)) => About::local(skb, arrival),
            _ => About::packet(skb, arrival),
        };
        self.icmp_error(error, &about, cx);
    }

    /// Answers a segment in the name of whom it was for. Linux 6.1 nf_reject_ipv4.c, nf_send_reset.
    fn reject_by_reset(&mut self, skb: &Skb, origin: OriginId, cx: &mut Cx<'_>) {
        let view = skb.view();
        let segment = view.payload();
        let (src, dst) = (view.dst(), view.src());
        let right = |segment: &[u8]| {
            let sum = pseudo(view.src(), view.dst(), tcp::PROTO, segment.len());
            checksum(segment, sum) == 0
        };
        let Some(old) = segment.first_chunk::<TCP_HEAD>() else { return };
        if view.fragment_offset() != 0 || old[13] & RST != 0 || !right(segment) {
            return;
        }
        let Ok(out) = self.fib.output(dst, Some(src), None) else { return };
        let port = |at: usize| u16::from_be_bytes([old[at], old[at + 1]]);
        let (from, to) = (Endpoint::new(src, port(2)), Endpoint::new(dst, port(0)));
        cx.note(Reason::RejectReset { from, to, origin });
        let head = IpHead {
            src,
            dst,
            proto: tcp::PROTO,
            ttl: self.default_ttl(),
            tos: 0,
            id: 0,
            df: true,
        };
        let flags = old[13];
        let seq = u32::from_be_bytes([old[4], old[5], old[6], old[7]]);
        let data = segment.len().saturating_sub(usize::from(old[12] >> 4) * 4) as u32;
        let counts = u32::from(flags & SYN != 0) + u32::from(flags & FIN != 0);
        let packet = head.packet(TCP_HEAD, |body| {
            body[..2].copy_from_slice(&old[2..4]);
            body[2..4].copy_from_slice(&old[..2]);
            body[12] = (TCP_HEAD as u8 / 4) << 4;
            if flags & ACK != 0 {
                body[4..8].copy_from_slice(&old[8..12]);
                body[13] = RST;
            } else {
                let ack = seq.wrapping_add(data).wrapping_add(counts);
                body[8..12].copy_from_slice(&ack.to_be_bytes());
                body[13] = RST | ACK;
            }
            let sum = checksum(body, pseudo(src, dst, tcp::PROTO, TCP_HEAD));
            body[16..18].copy_from_slice(&sum.to_be_bytes());
        });
        let ct = self.answering(&skb.ct);
        self.ip_send(Skb { ct, ..Skb::own(packet) }, out, cx);
    }

    /// The reset is of the same connection, the other way, and ends it. Linux 6.1
    /// nf_conntrack_core.c, nf_conntrack_attach; nf_conntrack_proto_tcp.c,
    /// nf_conntrack_tcp_set_closing.
    fn answering(&mut self, ct: &Ct) -> Ct {
        let now = self.fib.now;
        if let (Ct::Known(id, ..), Some(netfilter)) = (ct, &mut self.netfilter) {
            netfilter.conntrack.close(*id, now);
        }
        ct.of_error()
    }
}
