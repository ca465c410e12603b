//! `cache_bypass`: where a service by mark has no destination, a packet goes on to the one that it is
//! addressed to, and so does the rest of its connection.
//!
//! Made for transparent caches: when all of them are gone, clients reach the web without one.
//! Linux 6.1 ip_vs_core.c ip_vs_leave, ip_vs_xmit.c ip_vs_bypass_xmit.

use core::net::Ipv4Addr;

use crate::dest::{KnownPath, Place};
use crate::engine::{Arrival, Engine};
use crate::schedule::{NEWBORN, Refused};
use crate::{
    Conn, Dest, DestId, Endpoint, Flags, Flow, Method, OriginId, Probe, Proto, Reason, Routes,
    Service, ServiceId, ServiceKey, State, Stats, Sysctl,
};

/// No real server.
const NOWHERE: Endpoint = Endpoint::new(Ipv4Addr::UNSPECIFIED, 0);

impl Engine {
    /// What becomes of a packet that no destination of its service may take.
    pub(crate) fn leave<R: Routes, P: Probe>(
        &mut self,
        service: ServiceId,
        arrival: &Arrival<'_>,
        flow: &Flow,
        routes: &mut R,
        probe: &mut P,
    ) -> Result<u32, Refused> {
        let &Service { key, one_packet, origin, .. } = self.services.get(service);
        let Flow { proto, src: client, dst: vip } = *flow;
        let is_marked = key.mark().is_some();
        if is_marked {
            self.sysctls.note(Sysctl::CacheBypass, probe);
        }
        if !is_marked || !self.sysctls.is_on(Sysctl::CacheBypass) || !is_away(vip.addr, routes) {
            let vip = if is_marked { vip } else { key.vip() };
            probe.note(Reason::NoDest { vip, origin });
            return Err(Refused::Unreachable);
        }
        let conn = Conn {
            client,
            vip,
            rip: NOWHERE,
            lip: client,
            proto,
            dest: self.nobody(),
            service: None,
            method: Method::Dr,
            state: if proto == Proto::Udp { State::Udp } else { State::None },
            flags: Flags {
                inactive: true,
                bypass: true,
                one_packet: one_packet && proto == Proto::Udp,
                tracked: self.sysctls.is_on(Sysctl::Conntrack),
                ..Flags::default()
            },
            timeout: NEWBORN,
            expires_at: arrival.now + NEWBORN,
            in_pkts: 0,
        };
        let entry = self.enter(arrival, conn, probe)?;
        let (_, origin) = self.sysctls.get(Sysctl::CacheBypass);
        probe.note(Reason::ConnBypass { client, vip, origin });
        Ok(entry)
    }

    /// The destination of connections that have none; made when the first of them begins.
    fn nobody(&mut self) -> DestId {
        let known = self.dests.iter().position(|dest| dest.place == Place::Nobody);
        let place = known.unwrap_or_else(|| {
            let (_, origin) = self.sysctls.get(Sysctl::CacheBypass);
            self.dests.push(nobody(origin));
            self.dests.len() - 1
        });
        DestId(place as u32)
    }
}

/// Nothing is counted by it, and no threshold or weight of it says anything.
fn nobody(origin: OriginId) -> Dest {
    Dest {
        rip: NOWHERE,
        method: Method::Dr,
        weight: 1,
        last_weight: 1,
        upper: 0,
        lower: 0,
        overloaded: false,
        active: 0,
        inactive: 0,
        persistent: 0,
        stats: Stats::default(),
        origin,
        home: ServiceKey::Mark(0),
        service: None,
        place: Place::Nobody,
        path: KnownPath::default(),
    }
}

/// Whether this is the address of one other machine.
fn is_away<R: Routes>(addr: Ipv4Addr, routes: &mut R) -> bool {
    let is_one = !addr.is_multicast() && !addr.is_broadcast() && !addr.is_unspecified();
    is_one && routes.route(addr).is_none_or(|route| !route.local)
}

#[cfg(test)]
mod tests;
