//! FULLNAT: the real server is asked in the name of an address of the director, and so it answers
//! to the director, wherever its own gateway leads.
//!
//! Mainline Linux has no such method. The addresses are alibaba/LVS's (ip_vs_conn.c
//! ip_vs_hbind_laddr): one of the pool is tried for a connection, in turn. The rest is plain: what
//! IPVS's NAT and SNAT behind it give, so the port stays the client's where it is free (Linux 6.1
//! nf_nat_core.c nf_nat_l4proto_unique_tuple), TTLs fall, and TCP's numbers and options stay.

use crate::engine::{Arrival, Engine};
use crate::local::Local;
use crate::ports;
use crate::schedule::{Refused, reject};
use crate::{
    Conn, Endpoint, Flow, Hook, IcmpError, LocalAddr, Method, Probe, Reason, Rewrite, Routes,
    Service, ServiceId, Track, Verdict, Way,
};

impl Engine {
    /// A service's local addresses, in the order in which they were added.
    ///
    /// ```
    /// use lvs_engine::{
    ///     Change, Endpoint, Engine, Instant, Limits, OriginId, Proto, ServiceConfig, ServiceKey,
    /// };
    /// let mut engine = Engine::new(Limits::default(), 1);
    /// let vip = Endpoint::new([192, 0, 2, 100].into(), 80);
    /// let (service, origin) = (ServiceKey::Port { proto: Proto::Tcp, vip }, OriginId(0));
    /// let add = Change::AddService { service, config: ServiceConfig::new("rr"), origin };
    /// engine.apply(Instant::ZERO, add).unwrap();
    /// let add = Change::AddLocal { service, addr: [10, 0, 0, 200].into(), origin };
    /// engine.apply(Instant::ZERO, add).unwrap();
    /// let local = engine.local_addrs(engine.service(service).unwrap()).next().unwrap();
    /// assert_eq!((local.addr.to_string(), local.conns), ("10.0.0.200".into(), 0));
    /// ```
    pub fn local_addrs<'a>(&'a self, service: &'a Service) -> impl Iterator<Item = LocalAddr> + 'a {
        service.locals.iter().map(|&Local { addr, conflicts, origin }| {
            // A deleted destination's connections use it as well.
            let of = |conn: &Conn| self.dests[conn.dest.0 as usize].service;
            let uses = |conn: &&Conn| {
                let is_full = conn.method == Method::FullNat && !conn.flags.template;
                is_full && conn.lip.addr == addr && of(conn) == Some(service.id)
            };
            let conns = self.table.iter().filter(uses).count() as u32;
            LocalAddr { addr, conns, conflicts, origin }
        })
    }

    /// In whose name a new connection asks its real server, or why in nobody's.
    pub(crate) fn choose_local<P: Probe>(
        &mut self,
        service: ServiceId,
        conn: &Conn,
        probe: &mut P,
    ) -> Result<Endpoint, Refused> {
        let Conn { client, vip, rip, proto, .. } = *conn;
        let service = self.services.get_mut(service);
        let Some(local) = service.locals.take_turn() else {
            probe.note(Reason::NoLocalAddr { vip, origin: service.origin });
            return Err(Refused::Unreachable);
        };
        let addr = local.addr;
        let at = |port| Endpoint::new(addr, port);
        // An answer must find one connection only, and must not look like a client's request.
        let is_free =
            |port| self.table.find_any(&Flow { proto, src: rip, dst: at(port) }).is_none();
        let candidates = || ports::candidates(client.port);
        let is_out = self.table.ports_are_out(proto, rip, at(client.port));
        let place = if is_out { None } else { candidates().position(is_free) };
        let taken = place.unwrap_or_else(|| candidates().count()) as u32;
        local.conflicts += u64::from(taken);
        let origin = local.origin;
        let Some(lip) = place.and_then(|place| candidates().nth(place)).map(at) else {
            probe.note(Reason::NoLocalPort { lip: at(client.port), rip, taken, origin });
            return Err(Refused::Unreachable);
        };
        if taken > 0 {
            probe.note(Reason::LocalPortTaken { wanted: at(client.port), rip, taken });
        }
        probe.note(Reason::LocalPicked { client, lip, rip, origin });
        Ok(lip)
    }

    /// A packet of the real server's side has come to the local address: it leaves for the client
    /// as if it had been made here. `quoted` says where an ICMP error quotes a packet.
    ///
    /// The local address is this host's own, so nothing is forwarded: routes, TTL and size are
    /// looked at here. Where it is no address of this host, the host forwards, and has looked.
    pub(crate) fn leave_local<R: Routes, P: Probe>(
        &mut self,
        arrival: &Arrival<'_>,
        conn: &Conn,
        quoted: Option<u16>,
        routes: &mut R,
        probe: &mut P,
    ) -> Verdict<R::Path> {
        let Conn { client, vip, dest, .. } = *conn;
        let origin = self.origin_of(dest);
        let Arrival { meta, view, .. } = arrival;
        let plan = Rewrite { quoted, ..Rewrite::plan(conn, Way::Reply, vip.addr, 0) };
        if meta.hook == Hook::Forward {
            let why = match quoted {
                Some(_) => Reason::IcmpReply { vip, client, origin },
                None => Reason::FullNatPassing { vip, client },
            };
            return self.leave_as_vip(plan, conn, why, probe);
        }
        let Some(route) = routes.route(client.addr) else {
            probe.note(Reason::NoRouteBack { client });
            return reject(arrival, IcmpError::HostUnreachable, false);
        };
        if route.local {
            probe.note(match quoted {
                Some(_) => Reason::IcmpReplyHere { vip, client, origin },
                None => Reason::FullNatReplyHere { vip, client },
            });
            return Verdict::Accept(plan, Track::of(conn));
        }
        let came_in = meta.hook == Hook::LocalIn;
        if came_in && view.ttl() <= 1 {
            probe.note(Reason::TtlSpent { ttl: view.ttl() });
            return reject(arrival, IcmpError::TimeExceeded, false);
        }
        let (len, mtu) = (arrival.len(), route.mtu);
        if view.df() && len > mtu && quoted.is_none() {
            let origin = routes.mtu_origin(client.addr);
            probe.note(Reason::ReplyTooBig { len, mtu, client, origin });
            return reject(arrival, IcmpError::FragNeeded { mtu }, came_in);
        }
        probe.note(match quoted {
            Some(_) => Reason::FullNatError { vip, client, origin },
            None => Reason::FullNatReply { vip, client },
        });
        let rewrite = Rewrite { age: came_in, ..plan };
        Verdict::Forward { path: route.path, rewrite, track: Track::of(conn) }
    }
}

#[cfg(test)]
mod tests;
