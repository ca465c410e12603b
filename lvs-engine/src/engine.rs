//! The engine: packets, routes and time in, verdicts and reasons out.
//!
//! The order of questions is the kernel's: Linux 6.1 ip_vs_core.c, ip_vs_in_hook and
//! ip_vs_out_hook. What follows from the answers stands beside: `schedule` (a new connection),
//! `persist` (a client that stays with its server), `transmit` (a request leaves), `reply` (a reply
//! leaves), `bypass` (one passes by all real servers), `relay` (ICMP errors), `defend` (floods), `configure` (changes), `trash` (deleted
//! destinations).

use crate::defend::Defence;
use crate::packet::ICMP;
use crate::schedule::Refused;
use crate::services::Services;
use crate::sysctl::Sysctls;
use crate::table::{Ended, Table};
use crate::tcp::{self, Segment};
use crate::trash::Trash;
use crate::{
    Conn, Dest, DestId, Flow, Hook, Instant, Limits, Meta, OriginId, Probe, Proto, Reason, Rewrite,
    Rng, Routes, Service, ServiceKey, State, Stats, Sysctl, Timeouts, Track, Tracked, Verdict,
    View, Way,
};

/// The director's engine: services, destinations, the connection table and its timers.
///
/// Memory is taken in [`Engine::new`], in [`Engine::apply`] and when the connection table grows a
/// step; never for a packet of an established connection. The crate's documentation shows a whole
/// run.
#[derive(Clone, Debug)]
pub struct Engine {
    pub(crate) services: Services,
    pub(crate) dests: alloc::vec::Vec<Dest>,
    pub(crate) trash: Trash,
    pub(crate) table: Table,
    pub(crate) total: Stats,
    pub(crate) timeouts: Timeouts,
    pub(crate) sysctls: Sysctls,
    pub(crate) defence: Defence,
    /// When the connections of deleted destinations end, under `expire_nodest_conn`.
    pub(crate) sweep: Option<Instant>,
    pub(crate) rng: Rng,
    /// The id of the next outer header that may be fragmented.
    pub(crate) outer_id: u16,
}

/// One packet and what is known of it.
#[derive(Clone, Copy)]
pub(crate) struct Arrival<'a> {
    pub(crate) now: Instant,
    pub(crate) meta: Meta,
    pub(crate) view: View<'a>,
}

impl Arrival<'_> {
    /// The packet's length, as it is counted.
    pub(crate) fn len(&self) -> u16 {
        let len = self.view.bytes().len();
        u16::try_from(len).expect("a view is cut to its 16-bit total length")
    }
}

/// What `handle` answers for a packet of no connection: it goes on as it is.
pub(crate) fn unchanged<Path>() -> Verdict<Path> {
    Verdict::Accept(Rewrite::default(), Track::AsItIs)
}

/// The same for one of a connection that needs no edit.
pub(crate) fn unedited<Path>(conn: &Conn) -> Verdict<Path> {
    Verdict::Accept(Rewrite::default(), Track::of(conn))
}

impl Engine {
    /// An engine without services.
    pub fn new(limits: Limits, seed: u64) -> Self {
        let mut rng = Rng::new(seed);
        Self {
            services: Services::default(),
            dests: alloc::vec::Vec::new(),
            trash: Trash::default(),
            table: Table::new(limits, &mut rng),
            total: Stats::default(),
            timeouts: Timeouts::default(),
            sysctls: Sysctls::default(),
            defence: Defence::default(),
            sweep: None,
            outer_id: rng.next_u64() as u16,
            rng,
        }
    }

    /// Decides what happens to one packet, and why.
    ///
    /// Nothing is refused halfway: counters and state move before the packet is sent, as in the
    /// kernel, also if it is then dropped for its TTL, its size or a missing route.
    pub fn handle<R: Routes, P: Probe>(
        &mut self,
        now: Instant,
        meta: Meta,
        packet: &View<'_>,
        routes: &mut R,
        probe: &mut P,
    ) -> Verdict<R::Path> {
        let verdict = self.decide(&Arrival { now, meta, view: *packet }, routes, probe);
        self.table.settle();
        verdict
    }

    /// Reads ahead what `handle` will read for these packets: no effect, any order, any subset.
    ///
    /// At a million connections the table is not in the cache: what 32 packets need is loaded
    /// together.
    pub fn warm<'p>(&self, packets: impl Iterator<Item = &'p [u8]>) {
        let mut flows = [None; 32];
        for (slot, packet) in flows.iter_mut().zip(packets) {
            let Ok(view) = View::new(packet) else { continue };
            let proto = Proto::from_number(view.proto());
            *slot = proto.and_then(|proto| Flow::of(proto, &view));
        }
        flows.iter().flatten().for_each(|flow| self.table.warm_row(flow));
        flows.iter().flatten().for_each(|flow| self.table.warm_entry(flow));
    }

    /// When `handle_timeout` has something to do next; exact, never early.
    /// It may have changed after `handle`, `apply` and `handle_timeout`.
    pub fn poll_timeout(&self) -> Option<Instant> {
        let tick = self.services.next_tick();
        let defence = self.defence.next().filter(|_| !self.table.is_empty());
        let sweep = self.sweep;
        let times = [self.table.next_end(), sweep, self.trash.next_check(), tick, defence];
        times.into_iter().flatten().min()
    }

    /// Does all that is due: connections end, schedulers forget what is old, deleted destinations
    /// that nobody uses are forgotten.
    pub fn handle_timeout<P: Probe>(&mut self, now: Instant, probe: &mut P) {
        while let Some(at) = self.poll_timeout().filter(|at| *at <= now) {
            if self.table.next_end() == Some(at) {
                self.end_conn(now, probe);
            } else if self.sweep == Some(at) {
                self.sweep_out(now, probe);
            } else if self.services.next_tick() == Some(at) {
                self.services.tick(now, &self.sysctls);
            } else if self.defence.next() == Some(at) {
                self.thin_out(now, probe);
            } else {
                let Self { services, trash, dests, .. } = self;
                trash.check(now, dests, |id| services.remember(id), probe);
            }
        }
    }

    /// The services, in order of creation.
    pub fn services(&self) -> impl Iterator<Item = &Service> {
        self.services.iter()
    }

    /// A service by what names it.
    pub fn service(&self, key: ServiceKey) -> Option<&Service> {
        self.services.find(key).map(|id| self.services.get(id))
    }

    /// A service's destinations in the kernel's order: newest first.
    pub fn dests<'a>(&'a self, service: &'a Service) -> impl Iterator<Item = &'a Dest> {
        service.dests.iter().map(|id| &self.dests[id.0 as usize])
    }

    /// A destination by its handle, also a deleted one as long as it is remembered.
    pub fn dest(&self, id: DestId) -> Option<&Dest> {
        self.dests.get(id.0 as usize)
    }

    /// The connections and templates, in the order of their place in the table.
    pub fn conns(&self) -> impl Iterator<Item = Conn> + '_ {
        self.table.iter().map(|conn| {
            let dest = &self.dests[conn.dest.0 as usize];
            Conn { service: dest.service.filter(|_| dest.is_available()), ..*conn }
        })
    }

    /// The timeouts that `--set` changes.
    pub fn timeouts(&self) -> &Timeouts {
        &self.timeouts
    }

    /// A sysctl's value, and where it was set.
    pub fn sysctl(&self, sysctl: Sysctl) -> (i32, OriginId) {
        self.sysctls.get(sysctl)
    }

    /// Where a connection's destination was configured. It is asked for reasons alone: what cannot
    /// panic is optimised away where nobody listens.
    #[inline]
    pub(crate) fn origin_of(&self, dest: DestId) -> OriginId {
        self.dests.get(dest.0 as usize).map_or(OriginId::default(), Dest::origin)
    }

    /// The counters of all services together, also of those that are deleted by now.
    pub fn total(&self) -> &Stats {
        &self.total
    }

    fn decide<R: Routes, P: Probe>(
        &mut self,
        arrival: &Arrival<'_>,
        routes: &mut R,
        probe: &mut P,
    ) -> Verdict<R::Path> {
        let Arrival { meta, view, .. } = arrival;
        // Linux 6.1 ip_vs_ctl.c: the hooks are registered from the first service to the last.
        if self.services.is_empty() {
            probe.note(Reason::NoServices);
            return unchanged();
        }
        if !meta.to_us && meta.hook != Hook::LocalOut {
            probe.note(Reason::NotToUs);
            return unchanged();
        }
        if view.is_fragment() {
            probe.note(Reason::Fragment);
            return unchanged();
        }
        if view.proto() == ICMP {
            return self.handle_icmp(arrival, routes, probe);
        }
        let Some(proto) = Proto::from_number(view.proto()) else {
            probe.note(Reason::OtherProtocol { number: view.proto() });
            return unchanged();
        };
        let Some(flow) = Flow::of(proto, view) else { return self.without_ports(meta, probe) };
        if meta.hook == Hook::Forward {
            return match self.table.find(&flow, Way::Reply) {
                Some(id) => self.reply(arrival, id, routes, probe),
                None => self.refuse_stray(arrival, &flow, probe).unwrap_or_else(|| {
                    probe.note(Reason::NotAReply { src: flow.src, dst: flow.dst });
                    unchanged()
                }),
            };
        }
        let found = match self.table.find_any(&flow) {
            Some((id, Way::Reply)) => return self.reply(arrival, id, routes, probe),
            Some((id, Way::Request)) => Some(id),
            None => None,
        };
        if let Some(verdict) = self.refuse_stray(arrival, &flow, probe) {
            return verdict;
        }
        self.request(arrival, &flow, found, routes, probe)
    }

    /// A transport header that ends before the ports: it passes through, but reaches no service.
    fn without_ports<Path, P: Probe>(&self, meta: &Meta, probe: &mut P) -> Verdict<Path> {
        if meta.hook == Hook::Forward {
            probe.note(Reason::ReplyUnreadable);
            return unchanged();
        }
        probe.note(Reason::Truncated);
        Verdict::Drop
    }

    /// A packet from a client. Linux 6.1 ip_vs_core.c ip_vs_in_hook.
    #[inline]
    fn request<R: Routes, P: Probe>(
        &mut self,
        arrival: &Arrival<'_>,
        flow: &Flow,
        found: Option<u32>,
        routes: &mut R,
        probe: &mut P,
    ) -> Verdict<R::Path> {
        let mut found = found;
        if let Some(id) = found.filter(|id| self.is_over(*id, arrival, probe)) {
            if self.end_early(id, arrival, probe) {
                return Verdict::Drop;
            }
            found = None;
        }
        if let Some(id) = found {
            let Conn { client, vip, rip, dest, state, .. } = *self.table.get(id);
            let origin = self.origin_of(dest);
            probe.note(Reason::ConnFound { client, vip, rip, state, origin });
            if self.dests[dest.0 as usize].is_deleted() {
                self.sysctls.note(Sysctl::ExpireNodestConn, probe);
                if !self.sysctls.is_on(Sysctl::ExpireNodestConn) {
                    probe.note(Reason::DestGone { client, rip });
                    return Verdict::Drop;
                }
                if self.end_early(id, arrival, probe) {
                    return Verdict::Drop;
                }
                found = None;
            }
        }
        let scheduled = match found.map_or_else(|| self.schedule(arrival, flow, probe), Ok) {
            Err(Refused::NoDest { service }) => self.leave(service, arrival, flow, routes, probe),
            other => other,
        };
        let id = match scheduled {
            Ok(id) => id,
            Err(refused) => return refused.verdict(arrival),
        };
        self.count_in(id, arrival);
        self.follow(id, Way::Request, arrival, probe);
        let verdict = self.transmit(arrival, id, None, routes, probe);
        let conn = self.table.get_mut(id);
        conn.in_pkts = conn.in_pkts.wrapping_add(1);
        match conn.flags.one_packet {
            true => self.forget(id, arrival.now),
            false => self.table.touch(id, arrival.now),
        }
        verdict
    }

    /// Whether a SYN comes from a port whose old connection is over: then its entry ends here.
    /// Linux 6.1 ip_vs_core.c ip_vs_in_hook, is_new_conn_expected.
    fn is_over<P: Probe>(&mut self, id: u32, arrival: &Arrival<'_>, probe: &mut P) -> bool {
        let Conn { client, rip, proto, dest, state, flags, .. } = *self.table.get(id);
        let is_syn = || Segment::of(&arrival.view).is_some_and(Segment::syn);
        if proto != Proto::Tcp || !is_syn() {
            return false;
        }
        let sysctls = &self.sysctls;
        let is_quiesced = self.dests[dest.0 as usize].weight == 0;
        if sysctls.is_on(Sysctl::ExpireNodestConn) && is_quiesced {
            sysctls.note(Sysctl::ExpireNodestConn, probe);
        } else {
            let (mode, _) = sysctls.get(Sysctl::ConnReuseMode);
            // Who stays with a real server stays with an old port as well.
            if self.table.template_of(id).is_some() {
                return false;
            }
            match state {
                State::TimeWait | State::Close => {}
                State::FinWait if mode & 2 != 0 && flags.no_output => {}
                _ => return false,
            }
            sysctls.note(Sysctl::ConnReuseMode, probe);
            if mode == 0 {
                return false;
            }
        }
        probe.note(Reason::ConnReused { client, rip, state });
        true
    }

    /// Ends a connection before its time. Whether the packet is lost with it: it carries
    /// netfilter's entry of the old connection, and only one sent again gets a new one.
    /// Linux 6.1 ip_vs_core.c ip_vs_conn_uses_old_conntrack.
    fn end_early<P: Probe>(&mut self, id: u32, arrival: &Arrival<'_>, probe: &mut P) -> bool {
        let conn = self.table.get_mut(id);
        let is_old = conn.flags.tracked && arrival.meta.tracked == Tracked::Confirmed;
        conn.flags.tracked = is_old;
        let Conn { client, vip, .. } = *conn;
        self.table.expire_now(id, arrival.now);
        if is_old {
            self.sysctls.note(Sysctl::Conntrack, probe);
            probe.note(Reason::OldTracking { client, vip });
        }
        is_old
    }

    /// Moves the connection's state, and with it how long it lives and how it counts.
    /// Linux 6.1 ip_vs_proto_tcp.c set_tcp_state, ip_vs_proto_udp.c udp_state_transition.
    #[inline]
    pub(crate) fn follow<P: Probe>(
        &mut self,
        id: u32,
        way: Way,
        arrival: &Arrival<'_>,
        probe: &mut P,
    ) {
        let conn = self.table.get_mut(id);
        let from = conn.state;
        let to = match conn.proto {
            Proto::Udp | Proto::Ip => State::Udp,
            Proto::Tcp => {
                let Some(segment) = Segment::of(&arrival.view) else { return };
                let is_secure = self.sysctls.get(Sysctl::SecureTcp).0 > 1;
                if is_secure {
                    self.sysctls.note(Sysctl::SecureTcp, probe);
                }
                tcp::next(from, &mut conn.flags, way, segment, is_secure)
            }
        };
        conn.state = to;
        conn.timeout = to.timeout(&self.timeouts);
        let dest = &mut self.dests[conn.dest.0 as usize];
        if conn.flags.inactive == to.is_active() {
            conn.flags.inactive = !to.is_active();
            let (less, more) = match to.is_active() {
                true => (&mut dest.inactive, &mut dest.active),
                false => (&mut dest.active, &mut dest.inactive),
            };
            *less -= 1;
            *more += 1;
        }
        if from != to {
            if let Some((what, (value, origin))) = to.setting(&self.timeouts) {
                probe.note(Reason::Read { what, value, origin });
            }
            let timeout_s = conn.timeout.as_secs() as u32;
            probe.note(Reason::StateChanged { from, to, timeout_s });
        }
        let is_assured = match to {
            State::Established => from != to,
            State::Udp => way == Way::Reply,
            _ => false,
        };
        if let Some(template) = self.table.template_of(id).filter(|_| is_assured) {
            self.table.get_mut(template).state = State::Assured;
        }
    }

    /// Counts a request on its destination, its service and in all, unless the destination is
    /// deleted.
    #[inline]
    pub(crate) fn count_in(&mut self, id: u32, arrival: &Arrival<'_>) {
        let (now, len) = (arrival.now, arrival.len());
        self.count(id, |stats| stats.add_in(now, len));
    }

    /// Counts a reply likewise.
    pub(crate) fn count_out(&mut self, id: u32, now: Instant, len: u16) {
        self.count(id, |stats| stats.add_out(now, len));
    }

    #[inline]
    fn count(&mut self, id: u32, mut change: impl FnMut(&mut Stats)) {
        let dest = &mut self.dests[self.table.get(id).dest.0 as usize];
        if !dest.is_available() {
            return;
        }
        change(&mut dest.stats);
        if let Some(service) = dest.service {
            change(&mut self.services.get_mut(service).stats);
        }
        change(&mut self.total);
    }

    /// The connections of deleted destinations end now.
    /// Linux 6.1 ip_vs_conn.c ip_vs_expire_nodest_conn_flush.
    fn sweep_out<P: Probe>(&mut self, now: Instant, probe: &mut P) {
        self.sweep = None;
        self.sysctls.note(Sysctl::ExpireNodestConn, probe);
        let Self { table, dests, .. } = self;
        table.expire_where(now, |conn| dests[conn.dest.0 as usize].is_deleted());
    }

    /// Takes the first connection whose time has come off its destination.
    fn end_conn<P: Probe>(&mut self, now: Instant, probe: &mut P) {
        match self.table.expire(now) {
            None => {}
            Some(Ended::Gone(conn)) => self.unbind(&conn, probe),
            Some(Ended::Kept(Conn { client, vip, rip, .. })) => {
                probe.note(Reason::TemplateKept { client, vip, rip });
            }
        }
    }

    /// A connection of one datagram ends with it. No reason: the verdict's was the last.
    pub(crate) fn forget(&mut self, id: u32, now: Instant) {
        let conn = self.table.remove(id, now);
        self.dests[conn.dest.0 as usize].unbind(conn.flags);
    }

    /// A connection is gone: its destination counts one less.
    fn unbind<P: Probe>(&mut self, conn: &Conn, probe: &mut P) {
        let Conn { client, vip, rip, dest, state, flags, proto, .. } = *conn;
        let dest = &mut self.dests[dest.0 as usize];
        probe.note(match flags.template {
            true => Reason::TemplateExpired { client, vip, rip },
            false => Reason::ConnExpired { client, vip, rip, state },
        });
        if flags.tracked {
            let proto = u16::from(proto.number());
            probe.note(Reason::TrackingEnds { client, vip, proto });
        }
        if dest.unbind(flags) {
            let (conns, origin) = (dest.conns(), dest.origin);
            probe.note(Reason::Relieved { rip: dest.rip, conns, upper: dest.upper, origin });
        }
    }
}

#[cfg(test)]
mod tests;
