//! What an ICMP message says to the programs and sockets of a host.

use std::net::Ipv4Addr;

use lvs_engine::{Endpoint, View};

use crate::host::icmp::{HEAD, UNREACHABLE};

/// Codes of "destination unreachable" that may pass by themselves (RFC 792; RFC 1122, section 3.2.2.1).
const NET: u8 = 0;
const HOST: u8 = 1;
const SOURCE_ROUTE: u8 = 5;
const NET_TOS: u8 = 11;
const HOST_TOS: u8 = 12;

/// An echo reply, or an error about a packet of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::host) struct IcmpNews {
    /// ICMP type.
    pub(in crate::host) kind: u8,
    /// ICMP code.
    pub(in crate::host) code: u8,
    /// Who says so.
    pub(in crate::host) from: Ipv4Addr,
    /// TTL with which it came.
    pub(in crate::host) ttl: u8,
    /// Identifier of an echo reply, or of the echo request that is quoted.
    pub(in crate::host) id: u16,
    /// Sequence number, likewise.
    pub(in crate::host) seq: u16,
    /// Bytes of the ICMP message.
    pub(in crate::host) len: usize,
    /// Next-hop MTU of "fragmentation needed".
    pub(in crate::host) mtu: u16,
    /// The better gateway of a redirect.
    pub(in crate::host) gateway: Ipv4Addr,
    /// Source of the quoted packet; for an echo reply, to whom it came.
    pub(in crate::host) quoted_src: Ipv4Addr,
    /// Destination of the quoted packet.
    pub(in crate::host) quoted_dst: Ipv4Addr,
    /// Protocol of the quoted packet; 0 for an echo reply.
    pub(in crate::host) quoted_proto: u8,
    /// Ports of the quoted packet.
    pub(in crate::host) quoted_ports: (u16, u16),
    /// Sequence number of the quoted segment.
    pub(in crate::host) quoted_seq: u32,
}

impl IcmpNews {
    /// An echo reply.
    pub(in crate::host) fn reply(view: &View<'_>) -> Self {
        let message = view.payload();
        Self {
            kind: message[0],
            code: message[1],
            from: view.src(),
            ttl: view.ttl(),
            id: u16::from_be_bytes([message[4], message[5]]),
            seq: u16::from_be_bytes([message[6], message[7]]),
            len: message.len(),
            mtu: 0,
            gateway: Ipv4Addr::UNSPECIFIED,
            quoted_src: view.dst(),
            quoted_dst: view.src(),
            quoted_proto: 0,
            quoted_ports: (0, 0),
            quoted_seq: 0,
        }
    }

    /// An error; none if it quotes no header with eight bytes behind it.
    pub(in crate::host) fn error(view: &View<'_>) -> Option<Self> {
        let message = view.payload();
        let quoted = View::new_cut(message.get(HEAD..)?).ok()?;
        let body = quoted.payload().first_chunk::<8>()?;
        let half = |at: usize| u16::from_be_bytes([body[at], body[at + 1]]);
        Some(Self {
            kind: message[0],
            code: message[1],
            from: view.src(),
            ttl: view.ttl(),
            id: half(4),
            seq: half(6),
            len: message.len(),
            mtu: u16::from_be_bytes([message[6], message[7]]),
            gateway: [message[4], message[5], message[6], message[7]].into(),
            quoted_src: quoted.src(),
            quoted_dst: quoted.dst(),
            quoted_proto: quoted.proto(),
            quoted_ports: (half(0), half(2)),
            quoted_seq: u32::from(half(4)) << 16 | u32::from(half(6)),
        })
    }

    /// Whether a connected UDP socket keeps the error for its program's next read: what will not
    /// pass by itself, and a datagram that is too long. Linux 6.1 udp.c, __udp4_lib_err; icmp.c,
    /// icmp_err_convert.
    pub(in crate::host) fn is_kept(&self) -> bool {
        self.kind == UNREACHABLE
            && !matches!(self.code, NET | HOST | SOURCE_ROUTE | NET_TOS | HOST_TOS)
    }

    /// The two ends of the quoted segment or datagram.
    pub(in crate::host) fn flow(&self) -> (Endpoint, Endpoint) {
        (
            Endpoint::new(self.quoted_src, self.quoted_ports.0),
            Endpoint::new(self.quoted_dst, self.quoted_ports.1),
        )
    }
}
