//! A packet without an entry: may it start a connection, with which service, to which destination?
//!
//! Linux 6.1 ip_vs_proto_tcp.c tcp_conn_schedule, ip_vs_proto_udp.c udp_conn_schedule, ip_vs_core.c
//! ip_vs_schedule and ip_vs_leave.

use core::time::Duration;

use crate::engine::{Arrival, Engine, unchanged};
use crate::tcp::Segment;
use crate::{
    Conn, DestId, Dests, Endpoint, Flags, Flow, IcmpError, Method, Pick, Probe, Proto, Reason,
    Service, ServiceId, Setting, Span, State, Sysctl, Verdict, Way,
};

/// How long an entry lives before its first packet has set its state.
const NEWBORN: Duration = Duration::from_secs(3);
/// The port from which active FTP sends its data.
const FTP_DATA: u16 = 20;

/// A packet that starts no connection; its reason is noted.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Refused {
    /// It goes on as if there were no IPVS.
    Accept,
    /// No destination: the client hears of it.
    NoDest,
    /// Nobody hears of it.
    Drop,
}

impl Refused {
    pub(crate) fn verdict<Path>(self, arrival: &Arrival<'_>) -> Verdict<Path> {
        match self {
            Self::Accept => unchanged(),
            Self::NoDest => reject(arrival, IcmpError::PortUnreachable, false),
            Self::Drop => Verdict::Drop,
        }
    }
}

/// An error about the packet itself.
pub(crate) fn reject<Path>(arrival: &Arrival<'_>, error: IcmpError, aged: bool) -> Verdict<Path> {
    Verdict::Reject { error, about: Span { start: 0, len: arrival.len() }, aged }
}

impl Engine {
    /// Starts a connection, or notes why not.
    pub(crate) fn schedule<P: Probe>(
        &mut self,
        arrival: &Arrival<'_>,
        flow: &Flow,
        probe: &mut P,
    ) -> Result<u32, Refused> {
        let refuse = |probe: &mut P, reason: Reason, refused: Refused| {
            probe.note(reason);
            Err(refused)
        };
        let Flow { proto, src, dst } = *flow;
        if arrival.view.payload().len() < proto.header_len() {
            return refuse(probe, Reason::Truncated, Refused::Drop);
        }
        if let Some(segment) = Segment::of(&arrival.view).filter(|_| proto == Proto::Tcp) {
            if segment.rst() {
                return refuse(probe, Reason::StrayRst { dst }, Refused::Accept);
            }
            if !segment.syn() {
                self.sysctls.note(Sysctl::SloppyTcp, probe);
                if !self.sysctls.is_on(Sysctl::SloppyTcp) {
                    return refuse(probe, Reason::NotSyn { dst }, Refused::Accept);
                }
            }
        }
        let Some(service) = self.services.serving(proto, dst) else {
            return refuse(probe, Reason::NoService { dst }, Refused::Accept);
        };
        let &Service { key, origin, .. } = self.services.get(service);
        probe.note(match key.vip.port {
            0 => Reason::ServiceAnyPort { vip: key.vip, origin },
            _ => Reason::ServiceFound { vip: key.vip, origin },
        });
        if src.port == FTP_DATA {
            return refuse(probe, Reason::FtpData { src }, Refused::Accept);
        }
        let is_reply = || self.table.find(&flow.reversed(), Way::Request).is_some();
        if arrival.meta.from_here && is_reply() {
            return refuse(probe, Reason::LocalReply { dst }, Refused::Accept);
        }
        // A service for all ports needs persistence to serve another port than 0.
        let pick = match dst.port == key.vip.port {
            true => self.pick(service, arrival, flow, probe),
            false => None,
        };
        match pick {
            Some(dest) => self.connect(arrival, flow, service, dest, probe),
            None => refuse(probe, Reason::NoDest { vip: key.vip, origin }, Refused::NoDest),
        }
    }

    /// Asks the service's scheduler.
    fn pick<P: Probe>(
        &mut self,
        service: ServiceId,
        arrival: &Arrival<'_>,
        flow: &Flow,
        probe: &mut P,
    ) -> Option<DestId> {
        let Self { services, dests: slab, rng, .. } = self;
        let Service { scheduler, dests: order, .. } = services.get_mut(service);
        let mut cx = Pick { now: arrival.now, dests: Dests { order, slab }, rng };
        let picked = scheduler.pick(&mut cx, flow, probe)?;
        let dest = &self.dests[picked.0 as usize];
        probe.note(Reason::Picked { rip: dest.rip, origin: dest.origin });
        Some(picked)
    }

    /// Enters the connection in the table, bound to this destination.
    fn connect<P: Probe>(
        &mut self,
        arrival: &Arrival<'_>,
        flow: &Flow,
        service: ServiceId,
        id: DestId,
        probe: &mut P,
    ) -> Result<u32, Refused> {
        let now = arrival.now;
        let Flow { proto, src: client, dst: vip } = *flow;
        let dest = &mut self.dests[id.0 as usize];
        let port = if dest.rip.port == 0 { vip.port } else { dest.rip.port };
        let conn = Conn {
            client,
            vip,
            rip: Endpoint::new(dest.rip.addr, port),
            lip: client,
            proto,
            dest: id,
            service: Some(service),
            method: dest.method,
            state: if proto == Proto::Udp { State::Udp } else { State::None },
            flags: Flags { inactive: true, no_output: dest.method != Method::Nat },
            timeout: NEWBORN,
            expires_at: now + NEWBORN,
            in_pkts: 0,
        };
        let Some(entry) = self.table.insert(now, conn) else {
            probe.note(Reason::TableFull { limit: self.table.limit() });
            return Err(Refused::Drop);
        };
        dest.inactive += 1;
        dest.stats.add_conn(now);
        self.services.get_mut(service).stats.add_conn(now);
        self.total.add_conn(now);
        probe.note(Reason::ConnNew { client, vip, rip: conn.rip, origin: dest.origin });
        if let (State::Udp, (value, origin)) = (conn.state, self.timeouts.udp) {
            probe.note(Reason::Read { what: Setting::UdpTimeout, value, origin });
        }
        Ok(entry)
    }
}
