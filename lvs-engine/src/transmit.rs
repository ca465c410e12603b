//! A request leaves: route to the real server first, then refuse or plan the edit.
//!
//! Linux 6.1 ip_vs_xmit.c, __ip_vs_get_out_rt and the transmitters ip_vs_nat_xmit, ip_vs_dr_xmit,
//! ip_vs_tunnel_xmit, ip_vs_icmp_xmit. The order is: route, locality, TTL, size, edit.

use crate::dest::KnownPath;
use crate::engine::{Arrival, Engine, unedited};
use crate::packet::IP_HEADER;
use crate::schedule::reject;
use crate::sysctl::Sysctls;
use crate::{
    Conn, Endpoint, Hook, IcmpError, Method, OriginId, Outer, Probe, Proto, Reason, Rewrite,
    Routes, Sysctl, Track, Verdict, Way,
};

/// The least that must fit inside a tunnel (RFC 791's smallest MTU).
const LEAST_INNER_MTU: u16 = 68;

impl Engine {
    /// Sends a request of this connection on its way; `quoted` says where an ICMP error quotes a
    /// packet.
    #[inline]
    pub(crate) fn transmit<R: Routes, P: Probe>(
        &mut self,
        arrival: &Arrival<'_>,
        id: u32,
        quoted: Option<u16>,
        routes: &mut R,
        probe: &mut P,
    ) -> Verdict<R::Path> {
        let Self { table, dests, sysctls, outer_id, .. } = self;
        let conn = table.get(id);
        let dest = &mut dests[conn.dest.0 as usize];
        let origin = dest.origin;
        let to = match conn.flags.bypass {
            true => Endpoint::new(arrival.view.dst(), conn.vip.port),
            false => conn.rip,
        };
        let Some(route) = routes.route(to.addr) else {
            probe.note(Reason::NoRoute { rip: to, origin });
            return reject(arrival, IcmpError::HostUnreachable, false);
        };
        if route.local {
            return go_local(arrival, conn, quoted, origin, probe);
        }
        dest.path = KnownPath { mtu: route.mtu, fresh: dest.path.learnt, ..dest.path };
        let leg = Leg { rip: to, mtu: route.mtu, origin, quoted };
        if let Some(verdict) = refuse(arrival, conn, leg, sysctls, routes, probe) {
            return verdict;
        }
        if conn.method == Method::Tun && arrival.meta.hook == Hook::LocalOut {
            // Linux 6.1 ip_vs_xmit.c maybe_update_pmtu: who sends it hears of the tunnel at once.
            routes.learn_mtu(arrival.view.dst(), route.mtu - IP_HEADER as u16);
        }
        let keeps_df = arrival.view.df() && sysctls.is_on(Sysctl::PmtuDisc);
        // A datagram that was made here may be cut all the same, so that its outer header gets an id.
        // Linux 6.1 ip_output.c, __ip_make_skb: ignore_df; TCP's segments do not have it.
        let is_own =
            arrival.meta.hook == Hook::LocalOut && arrival.view.proto() == Proto::Udp.number();
        let id = match conn.method == Method::Tun && (!keeps_df || is_own) {
            true => {
                *outer_id = outer_id.checked_add(1).unwrap_or(1);
                *outer_id
            }
            false => 0,
        };
        let plan = Rewrite::plan(conn, Way::Request, route.src, id);
        let quoted = quoted.filter(|_| conn.method.translates());
        probe.note(sent(conn, to, quoted, origin));
        // With an id the outer header would lose the DF of inside.
        let df = (is_own && keeps_df).then_some(true);
        let outer = plan.outer.map(|outer| Outer { df, ..outer });
        let rewrite = Rewrite { quoted, outer, ..plan };
        Verdict::Forward { path: route.path, rewrite, track: Track::of(conn) }
    }
}

/// The reason of a request that leaves.
fn sent(conn: &Conn, rip: Endpoint, quoted: Option<u16>, origin: OriginId) -> Reason {
    match (conn.method, quoted) {
        (Method::Nat | Method::FullNat, Some(_)) => Reason::IcmpRequest { rip, origin },
        (Method::Nat, None) => Reason::NatRequest { rip, origin },
        (Method::FullNat, None) => Reason::FullNatRequest { lip: conn.lip, rip, origin },
        (Method::Dr, _) if conn.flags.bypass => Reason::Bypassed { dst: rip, origin },
        (Method::Dr, _) => Reason::DrDirect { rip, origin },
        (Method::Tun, _) => Reason::TunWrapped { rip, origin },
    }
}

/// The real server is this host: neither TTL nor size matter.
fn go_local<Path, P: Probe>(
    arrival: &Arrival<'_>,
    conn: &Conn,
    quoted: Option<u16>,
    origin: OriginId,
    probe: &mut P,
) -> Verdict<Path> {
    let (meta, rip) = (&arrival.meta, conn.rip);
    let refusal = match conn.method {
        Method::Nat | Method::FullNat if quoted.is_some() && meta.hook == Hook::Forward => {
            Some(Reason::LocalRefused { rip, origin })
        }
        Method::Nat | Method::FullNat if rip.addr.is_loopback() && meta.hook != Hook::LocalOut => {
            Some(Reason::NatToLoopback { rip, origin })
        }
        Method::Nat | Method::FullNat => cut_short(arrival, conn, quoted),
        Method::Dr | Method::Tun if !meta.routed_local || conn.flags.bypass => {
            Some(Reason::LocalRefused { rip, origin })
        }
        Method::Dr | Method::Tun => None,
    };
    if let Some(reason) = refusal {
        probe.note(reason);
        return Verdict::Drop;
    }
    let (reason, verdict) = match (conn.method, quoted) {
        (Method::Dr, _) => (Reason::DrLocal { rip, origin }, unedited(conn)),
        (Method::Tun, _) => (Reason::TunLocal { rip, origin }, unedited(conn)),
        (Method::Nat | Method::FullNat, _) => {
            let plan = Rewrite::plan(conn, Way::Request, rip.addr, 0);
            let reason = match (quoted, conn.method) {
                (Some(_), _) => Reason::IcmpLocal { rip, origin },
                (None, Method::FullNat) => Reason::FullNatLocal { lip: conn.lip, rip, origin },
                (None, _) => Reason::NatLocal { rip, origin },
            };
            let rewrite = Rewrite { age: false, quoted, ..plan };
            (reason, Verdict::Local(rewrite, Track::of(conn)))
        }
    };
    probe.note(reason);
    verdict
}

/// The way that a packet is about to take.
#[derive(Clone, Copy)]
struct Leg {
    rip: Endpoint,
    /// The route's.
    mtu: u16,
    /// Where the destination was configured.
    origin: OriginId,
    quoted: Option<u16>,
}

/// What speaks against sending the packet to another host.
#[inline]
fn refuse<R: Routes, P: Probe>(
    arrival: &Arrival<'_>,
    conn: &Conn,
    leg: Leg,
    sysctls: &Sysctls,
    routes: &mut R,
    probe: &mut P,
) -> Option<Verdict<R::Path>> {
    let view = &arrival.view;
    let Leg { rip, mtu, origin, quoted } = leg;
    if view.src().is_loopback() {
        probe.note(Reason::LoopbackSource { rip, origin });
        return Some(Verdict::Drop);
    }
    if view.ttl() <= 1 {
        probe.note(Reason::TtlSpent { ttl: view.ttl() });
        return Some(reject(arrival, IcmpError::TimeExceeded, false));
    }
    let mtu = match conn.method {
        Method::Tun => mtu.saturating_sub(IP_HEADER as u16),
        Method::Nat | Method::Dr | Method::FullNat => mtu,
    };
    if conn.method == Method::Tun && mtu < LEAST_INNER_MTU {
        let origin = routes.mtu_origin(rip.addr);
        probe.note(Reason::TunTooNarrow { rip, mtu, origin });
        return Some(Verdict::Drop);
    }
    let len = arrival.len();
    // An ICMP error is never answered with another one, so its size is not asked for.
    if view.df() && len > mtu && quoted.is_none() {
        if conn.method == Method::Tun {
            sysctls.note(Sysctl::PmtuDisc, probe);
        }
        if conn.method != Method::Tun || sysctls.is_on(Sysctl::PmtuDisc) {
            let origin = routes.mtu_origin(rip.addr);
            probe.note(Reason::TooBig { len, mtu, rip, origin });
            return Some(reject(arrival, IcmpError::FragNeeded { mtu }, true));
        }
    }
    if conn.method == Method::Tun && usize::from(len) + IP_HEADER > usize::from(u16::MAX) {
        probe.note(Reason::TunTooLong { len });
        return Some(Verdict::Drop);
    }
    if let Some(reason) = cut_short(arrival, conn, quoted) {
        probe.note(reason);
        return Some(Verdict::Drop);
    }
    None
}

/// NAT must find a whole transport header, and so must FULLNAT; the other methods do not read it.
/// Linux 6.1 ip_vs_proto_tcp.c tcp_dnat_handler.
fn cut_short(arrival: &Arrival<'_>, conn: &Conn, quoted: Option<u16>) -> Option<Reason> {
    let is_cut = arrival.view.payload().len() < conn.proto.header_len();
    (conn.method.translates() && quoted.is_none() && is_cut).then_some(Reason::Truncated)
}

#[cfg(test)]
mod tests;
