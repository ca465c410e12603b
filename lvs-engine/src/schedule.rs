//! A packet without an entry: may it start a connection, with which service, to which destination?
//!
//! Linux 6.1 ip_vs_proto_tcp.c tcp_conn_schedule, ip_vs_proto_udp.c udp_conn_schedule, ip_vs_core.c
//! ip_vs_schedule and ip_vs_leave.

use core::time::Duration;

use crate::engine::{Arrival, Engine, unchanged};
use crate::services::{FTP, FTP_DATA};
use crate::tcp::Segment;
use crate::{
    Conn, DestId, Dests, Endpoint, Flags, Flow, IcmpError, Method, OriginId, Pick, Probe, Proto,
    Reason, Service, ServiceId, ServiceKey, Setting, Span, State, Sysctl, Tracked, Verdict, Way,
};

/// How long an entry lives before its first packet has set its state.
pub(crate) const NEWBORN: Duration = Duration::from_secs(3);

/// A packet that starts no connection; its reason is noted.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Refused {
    /// It goes on as if there were no IPVS.
    Accept,
    /// The service has no destination that may take it; no reason is noted yet.
    NoDest { service: ServiceId },
    /// Nobody to send it to: the client hears of it.
    Unreachable,
    /// Nobody hears of it.
    Drop,
}

impl Refused {
    pub(crate) fn verdict<Path>(self, arrival: &Arrival<'_>) -> Verdict<Path> {
        match self {
            Self::Accept => unchanged(),
            Self::NoDest { .. } | Self::Unreachable => {
                reject(arrival, IcmpError::PortUnreachable, false)
            }
            Self::Drop => Verdict::Drop,
        }
    }
}

/// What wants a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asks {
    /// The packet is the client's.
    Packet,
    /// It is an ICMP error about an answer to the client; nobody hears that it is of no use.
    Error,
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
        let Flow { proto, dst, .. } = *flow;
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
        let Some(id) = self.services.serving(arrival.meta.mark, flow) else {
            return refuse(probe, Reason::NoService { dst }, Refused::Accept);
        };
        self.open(arrival, flow, id, Asks::Packet, probe)
    }

    /// Starts a connection of this service, or notes why not.
    pub(crate) fn open<P: Probe>(
        &mut self,
        arrival: &Arrival<'_>,
        flow: &Flow,
        id: ServiceId,
        asks: Asks,
        probe: &mut P,
    ) -> Result<u32, Refused> {
        let refuse = |probe: &mut P, reason: Reason, refused: Refused| {
            probe.note(reason);
            Err(refused)
        };
        let Flow { src, dst, .. } = *flow;
        let &Service { key, origin, persistence, .. } = self.services.get(id);
        probe.note(found(key, dst, origin));
        if self.drops_this(dst, probe) {
            return Err(Refused::Drop);
        }
        if src.port == FTP_DATA {
            return refuse(probe, Reason::FtpData { src }, Refused::Accept);
        }
        let is_reply = || self.table.find(&flow.reversed(), Way::Request).is_some();
        if arrival.meta.from_here && is_reply() {
            return refuse(probe, Reason::LocalReply { dst }, Refused::Accept);
        }
        let made = match persistence {
            Some(persistence) => self.persist(arrival, flow, id, persistence, probe),
            // A service for all ports needs persistence to serve another port than 0.
            None if key.mark().is_none() && dst.port != key.vip().port => Ok(None),
            None => match self.pick(id, arrival, flow, probe) {
                None => Ok(None),
                Some(dest) => {
                    let port = match self.dests[dest.0 as usize].rip.port {
                        0 => dst.port,
                        port => port,
                    };
                    self.connect(arrival, flow, id, dest, port, probe).map(Some)
                }
            },
        };
        match (made?, key.vip().port) {
            (Some(conn), _) => Ok(conn),
            (None, FTP) if dst.port != FTP => {
                refuse(probe, Reason::NoDestForFtp { dst }, Refused::Accept)
            }
            (None, _) if asks == Asks::Error => {
                refuse(probe, Reason::IcmpNoDest { vip: dst, origin }, Refused::Drop)
            }
            (None, _) => Err(Refused::NoDest { service: id }),
        }
    }

    /// Asks the service's scheduler.
    pub(crate) fn pick<P: Probe>(
        &mut self,
        service: ServiceId,
        arrival: &Arrival<'_>,
        flow: &Flow,
        probe: &mut P,
    ) -> Option<DestId> {
        let Self { services, dests: slab, rng, sysctls, .. } = self;
        let &mut Service { ref mut scheduler, dests: ref order, flags, .. } =
            services.get_mut(service);
        let dests = Dests { order, slab };
        let mut cx = Pick { now: arrival.now, dests, flags, rng, sysctls };
        let picked = scheduler.pick(&mut cx, flow, probe)?;
        let dest = &self.dests[picked.0 as usize];
        probe.note(Reason::Picked { rip: dest.rip, origin: dest.origin });
        Some(picked)
    }

    /// Enters the connection in the table, bound to this destination.
    pub(crate) fn connect<P: Probe>(
        &mut self,
        arrival: &Arrival<'_>,
        flow: &Flow,
        service: ServiceId,
        id: DestId,
        port: u16,
        probe: &mut P,
    ) -> Result<u32, Refused> {
        let now = arrival.now;
        let Flow { proto, src: client, dst: vip } = *flow;
        let dest = &self.dests[id.0 as usize];
        let Service { one_packet, .. } = self.services.get(service);
        let mut conn = Conn {
            client,
            vip,
            rip: Endpoint::new(dest.rip.addr, port),
            lip: client,
            proto,
            dest: id,
            service: Some(service),
            method: dest.method,
            state: if proto == Proto::Udp { State::Udp } else { State::None },
            flags: Flags {
                inactive: true,
                no_output: !dest.method.translates(),
                one_packet: *one_packet && proto == Proto::Udp,
                tracked: self.sysctls.is_on(Sysctl::Conntrack),
                ..Flags::default()
            },
            timeout: NEWBORN,
            expires_at: now + NEWBORN,
            in_pkts: 0,
        };
        let origin = dest.origin;
        if conn.method == Method::FullNat {
            conn.lip = self.choose_local(service, &conn, probe)?;
        }
        let entry = self.enter(arrival, conn, probe)?;
        self.dests[id.0 as usize].stats.add_conn(now);
        self.services.get_mut(service).stats.add_conn(now);
        self.total.add_conn(now);
        if conn.flags.one_packet {
            probe.note(Reason::ConnOnePacket { client, vip, rip: conn.rip, origin });
            return Ok(entry);
        }
        probe.note(Reason::ConnNew { client, vip, rip: conn.rip, origin });
        if arrival.meta.tracked != Tracked::No {
            self.sysctls.note(Sysctl::Conntrack, probe);
        }
        if let (State::Udp, (value, origin)) = (conn.state, self.timeouts.udp) {
            probe.note(Reason::Read { what: Setting::UdpTimeout, value, origin });
        }
        Ok(entry)
    }

    /// Enters a connection or a template in the table; its destination counts it.
    pub(crate) fn enter<P: Probe>(
        &mut self,
        arrival: &Arrival<'_>,
        conn: Conn,
        probe: &mut P,
    ) -> Result<u32, Refused> {
        if self.table.is_empty() {
            self.defence.plan(arrival.now, &self.sysctls);
        }
        let Some(entry) = self.table.insert(arrival.now, conn) else {
            probe.note(Reason::TableFull { limit: self.table.limit() });
            return Err(Refused::Drop);
        };
        let dest = &mut self.dests[conn.dest.0 as usize];
        if dest.bind(conn.flags) {
            let (conns, origin) = (dest.conns(), dest.origin);
            probe.note(Reason::Overloaded { rip: dest.rip, conns, upper: dest.upper, origin });
        }
        Ok(entry)
    }
}

/// By which of its names a service was found.
fn found(key: ServiceKey, dst: Endpoint, origin: OriginId) -> Reason {
    match key {
        ServiceKey::Mark(mark) => Reason::ServiceMark { mark, dst, origin },
        ServiceKey::Port { vip, .. } if vip.port == dst.port => {
            Reason::ServiceFound { vip, origin }
        }
        ServiceKey::Port { vip, .. } if vip.port == FTP => Reason::ServiceFtp { vip, origin },
        ServiceKey::Port { vip, .. } => Reason::ServiceAnyPort { vip, origin },
    }
}
