//! Whether a rule is about a packet: addresses, interfaces and protocol first, then the tests of
//! its extensions in the order in which they were written.
//!
//! Linux 6.1: net/ipv4/netfilter/ip_tables.c, ip_packet_match; net/netfilter/xt_tcpudp.c,
//! xt_multiport.c, xt_conntrack.c, xt_mark.c, xt_ipvs.c.

use std::ops::RangeInclusive;

use lvs_engine::{Conn, Engine, Method, View};

use super::Passage;
use crate::event::IfaceId;
use crate::host::conntrack::{Ct, Dir, Standing};
use crate::host::fib::Fib;
use crate::host::packet::Skb;
use crate::host::{icmp, tcp, udp};
use crate::netfilter::{Ipvs, Is, Rule, States, Test};

/// What a rule can ask besides the packet itself.
pub(super) struct Sight<'a> {
    pub(super) fib: &'a Fib,
    pub(super) engine: Option<&'a Engine>,
    pub(super) passage: Passage,
}

impl<T> Is<T> {
    /// Whether the answer is the wanted one.
    fn holds(&self, is: impl FnOnce(&T) -> bool) -> bool {
        is(&self.value) != self.not
    }
}

/// Whether a test that may be absent holds.
fn holds<T>(wanted: Option<&Is<T>>, is: impl FnOnce(&T) -> bool) -> bool {
    wanted.is_none_or(|wanted| wanted.holds(is))
}

/// What a rule and a packet have to do with each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Seen {
    /// The rule is about it.
    Matches,
    /// It is not.
    Differs,
    /// It is too short to say, so that it is dropped. Linux 6.1 x_tables.h, xt_action_param: hotdrop.
    Unreadable,
}

impl Sight<'_> {
    /// Whether a rule is about this packet: its tests are asked in their order.
    pub(super) fn look(&self, rule: &Rule, skb: &Skb) -> Seen {
        let view = skb.view();
        if !self.is_between(rule, &view) {
            return Seen::Differs;
        }
        for test in &rule.tests {
            if is_unreadable(test, &view) {
                return Seen::Unreadable;
            }
            if !self.passes(test, skb, &view) {
                return Seen::Differs;
            }
        }
        Seen::Matches
    }

    /// Whether a packet has the addresses, the interfaces and the protocol of a rule.
    fn is_between(&self, rule: &Rule, view: &View<'_>) -> bool {
        holds(rule.src.as_ref(), |prefix| prefix.contains(view.src()))
            && holds(rule.dst.as_ref(), |prefix| prefix.contains(view.dst()))
            && holds(rule.in_iface.as_ref(), |name| self.is_named(self.passage.input, name))
            && holds(rule.out_iface.as_ref(), |name| self.is_named(self.passage.output, name))
            && holds(rule.proto.as_ref(), |proto| *proto == 0 || *proto == view.proto())
    }

    /// `eth+` is every name that begins so; a packet without that interface has the empty name.
    fn is_named(&self, iface: Option<IfaceId>, wanted: &str) -> bool {
        let name = iface.map_or("", |id| self.fib.iface(id).name.as_str());
        match wanted.strip_suffix('+') {
            Some(start) => name.starts_with(start),
            None => name == wanted,
        }
    }

    fn passes(&self, test: &Test, skb: &Skb, view: &View<'_>) -> bool {
        let one = |wanted: &Is<RangeInclusive<u16>>, port: Option<u16>| {
            port.is_some_and(|port| wanted.holds(|range| range.contains(&port)))
        };
        let some = |wanted: &Is<Vec<RangeInclusive<u16>>>, port: Option<u16>| {
            port.is_some_and(|port| {
                wanted.holds(|ranges| ranges.iter().any(|range| range.contains(&port)))
            })
        };
        match test {
            Test::SourcePort(wanted) => one(wanted, port(view, 0)),
            Test::DestPort(wanted) => one(wanted, port(view, 2)),
            Test::SourcePorts(wanted) => some(wanted, port(view, 0)),
            Test::DestPorts(wanted) => some(wanted, port(view, 2)),
            Test::TcpFlags(wanted) => first_piece(view, tcp::PROTO, 20)
                .is_some_and(|head| wanted.holds(|(mask, set)| head[13] & mask == *set)),
            Test::IcmpType(wanted) => first_piece(view, icmp::PROTO, 4).is_some_and(|head| {
                // Type 255 is `any`.
                wanted.holds(|(kind, code)| {
                    *kind == 255 || *kind == head[0] && code.is_none_or(|code| code == head[1])
                })
            }),
            Test::State { states, .. } => states.holds(|states| has_state(states, &skb.ct)),
            Test::Mark(wanted) => wanted.holds(|(value, mask)| skb.mark & mask == *value),
            Test::Ipvs(wanted) => self.knows(wanted, skb, view),
            Test::Comment(_) => true,
        }
    }

    /// `-m ipvs`. Linux 6.1 xt_ipvs.c, ipvs_mt.
    fn knows(&self, wanted: &Ipvs, skb: &Skb, view: &View<'_>) -> bool {
        let Ipvs { known, proto, vip, port, original, method } = wanted;
        let asks_more = proto.is_some()
            || vip.is_some()
            || port.is_some()
            || original.is_some()
            || method.is_some();
        if !asks_more {
            return known.is_none_or(|known| known == skb.seen);
        }
        if !skb.seen || !holds(proto.as_ref(), |proto| *proto == view.proto()) {
            return false;
        }
        let Some(conn) = self.request_of(view) else { return false };
        holds(port.as_ref(), |port| *port == conn.vip.port)
            && original.is_none_or(|original| match direction(&skb.ct) {
                Some(dir) => (dir == Dir::Original) == original,
                None => false,
            })
            && holds(method.as_ref(), |method| *method == conn.method)
            && holds(vip.as_ref(), |prefix| prefix.contains(conn.vip.addr))
    }

    /// The connection of IPVS whose request this packet is, as it leaves for the real server.
    fn request_of(&self, view: &View<'_>) -> Option<Conn> {
        let (src, dst) = (port(view, 0)?, port(view, 2)?);
        self.engine?.conns().find(|conn| {
            let to = match conn.method {
                Method::Nat | Method::FullNat => conn.rip,
                Method::Dr | Method::Tun => conn.vip,
            };
            conn.proto.number() == view.proto()
                && (conn.lip.addr, conn.lip.port) == (view.src(), src)
                && (to.addr, to.port) == (view.dst(), dst)
        })
    }
}

/// Whether a test reads a header that is cut short. A piece that is not the first has none, and
/// differs; but a TCP header may not be cut behind its first 8 bytes. Linux 6.1 xt_tcpudp.c, tcp_mt,
/// udp_mt and icmp_match; xt_multiport.c, multiport_mt.
fn is_unreadable(test: &Test, view: &View<'_>) -> bool {
    let need = match (test, view.proto()) {
        (Test::SourcePort(_) | Test::DestPort(_) | Test::TcpFlags(_), tcp::PROTO) => 20,
        (Test::SourcePort(_) | Test::DestPort(_), udp::PROTO) => 8,
        (Test::SourcePorts(_) | Test::DestPorts(_), _) => 4,
        (Test::IcmpType(_), _) => 8,
        _ => return false,
    };
    match view.fragment_offset() {
        0 => view.payload().len() < need,
        8 => view.proto() == tcp::PROTO && need == 20,
        _ => false,
    }
}

/// Which way along its entry a packet goes.
fn direction(ct: &Ct) -> Option<Dir> {
    match ct {
        Ct::None | Ct::Untracked => None,
        Ct::Loose(_, _, dir) | Ct::Known(_, _, dir) => Some(*dir),
    }
}

/// Linux 6.1 xt_conntrack.c, conntrack_mt.
fn has_state(wanted: &States, ct: &Ct) -> bool {
    match ct {
        Ct::None => wanted.invalid,
        Ct::Untracked => wanted.untracked,
        Ct::Loose(_, standing, _) | Ct::Known(_, standing, _) => match standing {
            Standing::New => wanted.new,
            Standing::Established => wanted.established,
            Standing::Related => wanted.related,
        },
    }
}

/// The start of a transport header; none in a piece that is not the first, of another protocol, or
/// cut.
fn first_piece<'a>(view: &View<'a>, proto: u8, need: usize) -> Option<&'a [u8]> {
    let fits = view.proto() == proto && view.fragment_offset() == 0;
    view.payload().get(..need).filter(|_| fits)
}

/// A port of TCP or UDP: the source's at 0, the destination's at 2.
fn port(view: &View<'_>, at: usize) -> Option<u16> {
    let head = match view.proto() {
        proto @ (tcp::PROTO | udp::PROTO) => first_piece(view, proto, 4)?,
        _ => return None,
    };
    Some(u16::from_be_bytes([head[at], head[at + 1]]))
}
