//! The ends of a packet as connection tracking compares them: addresses, protocol, and ports or
//! what takes their place.
//!
//! Linux 6.1: net/netfilter/nf_conntrack_core.c, nf_ct_get_tuple; nf_conntrack_proto_icmp.c.

use lvs_engine::{Endpoint, View};

use crate::host::{icmp, tcp, udp};
use crate::netfilter as listed;

/// One way of a connection. An ICMP question has its id as source port, its type and code as
/// destination port; other protocols have no ports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tuple {
    /// The IP protocol's number.
    pub proto: u8,
    /// From whom.
    pub src: Endpoint,
    /// To whom.
    pub dst: Endpoint,
}

impl Tuple {
    /// The tuple of a packet, or of what an ICMP error quotes of one; none if its ports are cut
    /// off.
    pub(in crate::host) fn of(view: &View<'_>) -> Option<Self> {
        let body = view.payload();
        let pair = |at: usize| Some(u16::from_be_bytes([*body.get(at)?, *body.get(at + 1)?]));
        let (src, dst) = match view.proto() {
            tcp::PROTO | udp::PROTO => (pair(0)?, pair(2)?),
            icmp::PROTO => (pair(4)?, pair(0)?),
            _ => (0, 0),
        };
        let (src, dst) = (Endpoint::new(view.src(), src), Endpoint::new(view.dst(), dst));
        Some(Self { proto: view.proto(), src, dst })
    }

    /// The tuple of an answer; none for ICMP messages that have none.
    pub(in crate::host) fn inverse(&self) -> Option<Self> {
        let Self { proto, src, dst } = *self;
        if proto != icmp::PROTO {
            return Some(Self { proto, src: dst, dst: src });
        }
        let [kind, code] = dst.port.to_be_bytes();
        let answer = answer_of(kind)?;
        let src_end = Endpoint::new(dst.addr, src.port);
        let dst_end = Endpoint::new(src.addr, u16::from_be_bytes([answer, code]));
        Some(Self { proto, src: src_end, dst: dst_end })
    }

    /// As it is listed.
    pub(super) fn listed(&self) -> listed::Tuple {
        let Self { proto, src, dst } = *self;
        let [kind, code] = dst.port.to_be_bytes();
        let ids = match proto {
            icmp::PROTO => listed::Ids::Icmp { kind, code, id: src.port },
            tcp::PROTO | udp::PROTO => listed::Ids::Ports { src: src.port, dst: dst.port },
            _ => listed::Ids::None,
        };
        listed::Tuple { src: src.addr, dst: dst.addr, ids }
    }

    /// ICMP's type.
    pub fn icmp_kind(&self) -> u8 {
        self.dst.port.to_be_bytes()[0]
    }

    /// Whether its protocol has ports that NAT may change.
    pub(in crate::host) fn has_ports(&self) -> bool {
        matches!(self.proto, tcp::PROTO | udp::PROTO)
    }
}

/// The answer to an ICMP question, and the question of an answer.
fn answer_of(kind: u8) -> Option<u8> {
    let pairs = [(8, 0), (13, 14), (15, 16), (17, 18)];
    pairs.iter().find_map(|&(ask, answer)| match kind {
        kind if kind == ask => Some(answer),
        kind if kind == answer => Some(ask),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[rustfmt::skip]
    fn an_answer_answers() {
        let end = |last: u8, port| Endpoint::new([10, 0, 0, last].into(), port);
        //   proto  from          to               its answer: from  to
        for (proto, src,          dst,             answer) in [
            (6,     end(1, 4000), end(2, 80),      Some((end(2, 80), end(1, 4000)))),
            (17,    end(1, 4000), end(2, 53),      Some((end(2, 53), end(1, 4000)))),
            (1,     end(1, 7),    end(2, 0x0800),  Some((end(2, 7),  end(1, 0)))),
            (1,     end(2, 7),    end(1, 0),       Some((end(1, 7),  end(2, 0x0800)))),
            (1,     end(1, 0),    end(2, 0x0303),  None),
            (4,     end(1, 0),    end(2, 0),       Some((end(2, 0),  end(1, 0)))),
        ] {
            let found = Tuple { proto, src, dst }.inverse();
            assert_eq!(found.map(|found| (found.src, found.dst)), answer, "{proto} {src} {dst}");
        }
    }
}
