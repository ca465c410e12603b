//! ICMP errors about connections: translated both ways under NAT and FULLNAT, relayed when they are about our
//! tunnels.
//!
//! Linux 6.1 ip_vs_core.c, ip_vs_in_icmp, ip_vs_out_icmp, handle_response_icmp. An error never
//! moves a connection's state, and does not lengthen its life.

use crate::checksum;
use crate::engine::{Arrival, Engine, unchanged, unedited};
use crate::icmp::is_error;
use crate::packet::{IP_HEADER, IPIP};
use crate::reply::stays_here;
use crate::rewrite::ICMP_HEADER;
use crate::schedule::{Asks, Refused};
use crate::{
    Conn, Flow, Hook, IcmpError, Method, Probe, Proto, Reason, Rewrite, Routes, Span, Sysctl,
    Track, Verdict, View, Way,
};

/// Type and code of "fragmentation needed".
const FRAG_NEEDED: (u8, u8) = (3, 4);
/// An MTU is told less the outer header only if so much remains.
const LEAST_MTU: u16 = 68;

/// An ICMP error and the packet that it quotes.
struct Quote<'a> {
    /// Type and code.
    kind: (u8, u8),
    /// The next-hop MTU of "fragmentation needed".
    mtu: u16,
    /// Where the quoted packet begins in the one that reports it.
    at: u16,
    /// The quoted packet, as far as it is there.
    packet: View<'a>,
}

impl Engine {
    /// Decides what happens to an ICMP message.
    pub(crate) fn handle_icmp<R: Routes, P: Probe>(
        &mut self,
        arrival: &Arrival<'_>,
        routes: &mut R,
        probe: &mut P,
    ) -> Verdict<R::Path> {
        let view = arrival.view;
        let Some(header) = view.payload().first_chunk::<ICMP_HEADER>() else {
            probe.note(Reason::IcmpTruncated);
            return Verdict::Drop;
        };
        if !is_error(header[0]) {
            probe.note(Reason::IcmpNotError { kind: header[0] });
            return unchanged();
        }
        let Ok(packet) = View::new_cut(&view.payload()[ICMP_HEADER..]) else {
            probe.note(Reason::IcmpUnreadable);
            return unchanged();
        };
        let quote = Quote {
            kind: (header[0], header[1]),
            mtu: u16::from_be_bytes([header[6], header[7]]),
            at: (view.header_len() + ICMP_HEADER) as u16,
            packet,
        };
        if packet.proto() == IPIP {
            return self.tunnel_error(arrival, &quote, routes, probe);
        }
        let Some(flow) = quoted_flow(&packet) else {
            return self.unreadable(&packet, probe);
        };
        // What was sent back is quoted: its source is the VIP.
        let flow = flow.reversed();
        let reply = self.table.find(&flow, Way::Reply);
        // A reply is asked for first, except where requests only pass through.
        if let Some(id) = reply.filter(|_| arrival.meta.hook != Hook::Forward) {
            return self.error_out(arrival, &quote, id, routes, probe);
        }
        let request = match self.table.find(&flow, Way::Request) {
            Some(id) => Some(id),
            None => match self.schedule_error(arrival, &flow, probe) {
                Ok(made) => made,
                Err(refused) => return refused.verdict(arrival),
            },
        };
        match (request, reply) {
            (Some(id), _) => self.error_in(arrival, &quote, id, routes, probe),
            (None, Some(id)) => self.error_out(arrival, &quote, id, routes, probe),
            (None, None) => {
                self.sysctls.note(Sysctl::ScheduleIcmp, probe);
                probe.note(Reason::IcmpNoConn);
                unchanged()
            }
        }
    }

    /// A quoted packet without its ports. Under `schedule_icmp` it is dropped where they are all
    /// that is missing.
    fn unreadable<Path, P: Probe>(&self, packet: &View<'_>, probe: &mut P) -> Verdict<Path> {
        let is_cut = Proto::from_number(packet.proto()).is_some() && packet.fragment_offset() == 0;
        if is_cut && self.sysctls.is_on(Sysctl::ScheduleIcmp) {
            self.sysctls.note(Sysctl::ScheduleIcmp, probe);
            probe.note(Reason::Truncated);
            return Verdict::Drop;
        }
        probe.note(Reason::IcmpUnreadable);
        unchanged()
    }

    /// By `schedule_icmp`, an error about a connection that is not in the table starts it here: the
    /// scheduler may know by the addresses whose it is. `None` if there is no service for it.
    fn schedule_error<P: Probe>(
        &mut self,
        arrival: &Arrival<'_>,
        flow: &Flow,
        probe: &mut P,
    ) -> Result<Option<u32>, Refused> {
        if !self.sysctls.is_on(Sysctl::ScheduleIcmp) {
            return Ok(None);
        }
        let Some(service) = self.services.serving(arrival.meta.mark, flow) else { return Ok(None) };
        self.sysctls.note(Sysctl::ScheduleIcmp, probe);
        self.open(arrival, flow, service, Asks::Error, probe).map(Some)
    }

    /// From the client's side, about a reply that it received: on to the real server.
    fn error_in<R: Routes, P: Probe>(
        &mut self,
        arrival: &Arrival<'_>,
        quote: &Quote<'_>,
        id: u32,
        routes: &mut R,
        probe: &mut P,
    ) -> Verdict<R::Path> {
        if let Some(verdict) = wrong_checksum(arrival, probe) {
            return verdict;
        }
        self.count_in(id, arrival);
        let verdict = self.transmit(arrival, id, Some(quote.at), routes, probe);
        let conn = self.table.get_mut(id);
        if !conn.method.translates() {
            conn.in_pkts = conn.in_pkts.wrapping_add(1);
        }
        if conn.flags.one_packet {
            self.forget(id, arrival.now);
        }
        verdict
    }

    /// From the real server's side, about a request that it received: to the client, under NAT and
    /// FULLNAT in the VIP's name. Linux 6.1 ip_vs_core.c handle_response_icmp.
    fn error_out<R: Routes, P: Probe>(
        &mut self,
        arrival: &Arrival<'_>,
        quote: &Quote<'_>,
        id: u32,
        routes: &mut R,
        probe: &mut P,
    ) -> Verdict<R::Path> {
        let conn = *self.table.get(id);
        let Conn { vip, client, dest, method, .. } = conn;
        let origin = self.origin_of(dest);
        if !method.translates() {
            self.count_out(id, arrival.now, arrival.len());
            probe.note(Reason::IcmpSeen { client, origin });
            return unedited(&conn);
        }
        if let Some(verdict) = wrong_checksum(arrival, probe) {
            return verdict;
        }
        self.count_out(id, arrival.now, arrival.len());
        if method == Method::FullNat {
            return self.leave_local(arrival, &conn, Some(quote.at), routes, probe);
        }
        let plan = Rewrite::plan(&conn, Way::Reply, vip.addr, 0);
        let rewrite = Rewrite { quoted: Some(quote.at), ..plan };
        if stays_here(&arrival.meta) {
            probe.note(Reason::IcmpReplyHere { vip, client, origin });
            return Verdict::Accept(rewrite, Track::of(&conn));
        }
        self.leave_as_vip(rewrite, &conn, Reason::IcmpReply { vip, client, origin }, probe)
    }

    /// About a packet of our own tunnel: the client whose packet was inside is told, unless it need
    /// not know.
    fn tunnel_error<R: Routes, P: Probe>(
        &mut self,
        arrival: &Arrival<'_>,
        quote: &Quote<'_>,
        routes: &mut R,
        probe: &mut P,
    ) -> Verdict<R::Path> {
        let outer = &quote.packet;
        let is_first = outer.fragment_offset() == 0;
        if !arrival.meta.routed_local || !is_first || !self.is_tunnel_to(outer) {
            probe.note(Reason::IcmpForeignTunnel);
            return unchanged();
        }
        let inner = View::new_cut(outer.payload()).ok();
        let Some((inner, flow)) = inner.and_then(|inner| Some((inner, quoted_flow(&inner)?)))
        else {
            probe.note(Reason::IcmpUnreadable);
            return unchanged();
        };
        // The quote is a request, not a reply: it is looked up as it is.
        let Some(id) = self.table.find(&flow, Way::Request) else {
            probe.note(Reason::IcmpNoConn);
            return unchanged();
        };
        if let Some(verdict) = wrong_checksum(arrival, probe) {
            return verdict;
        }
        let Conn { client, rip, dest, .. } = *self.table.get(id);
        let origin = self.origin_of(dest);
        let (kind, code) = quote.kind;
        let mut error = IcmpError::Relayed { kind, code };
        if quote.kind == FRAG_NEEDED {
            let known = self.dests[dest.0 as usize].path;
            self.dests[dest.0 as usize].path.learnt = true;
            probe.note(Reason::TunnelMtu { rip, mtu: quote.mtu });
            routes.learn_mtu(outer.dst(), quote.mtu);
            if !inner.df() {
                probe.note(Reason::IcmpSwallowed { client, rip, origin });
                return Verdict::Drop;
            }
            // The kernel tells what its route says. The route that it remembers is the old one,
            // unless a narrow path was known when it was looked up: then what was learnt is in it
            // at once.
            let path_mtu = match known.mtu {
                0 => quote.mtu,
                _ if known.fresh => routes.route(rip.addr).map_or(quote.mtu, |route| route.mtu),
                mtu => mtu,
            };
            error = IcmpError::FragNeeded { mtu: inside(path_mtu) };
        }
        let start = quote.at + outer.header_len() as u16;
        let len = arrival.len() - start;
        self.count_out(id, arrival.now, len);
        probe.note(Reason::IcmpRelayed { client, rip, kind, code, origin });
        Verdict::Reject { error, about: Span { start, len }, aged: false }
    }

    /// Whether a TUN destination has the address that this packet goes to.
    fn is_tunnel_to(&self, outer: &View<'_>) -> bool {
        let to = outer.dst();
        let mut dests = self.dests.iter().filter(|dest| dest.is_available());
        dests.any(|dest| dest.method == Method::Tun && dest.rip.addr == to)
    }
}

/// What fits inside a tunnel of this MTU.
const fn inside(mtu: u16) -> u16 {
    if mtu > LEAST_MTU + IP_HEADER as u16 { mtu - IP_HEADER as u16 } else { mtu }
}

/// The ends of a quoted packet, if its ports are there.
fn quoted_flow(packet: &View<'_>) -> Option<Flow> {
    let proto = Proto::from_number(packet.proto())?;
    if packet.fragment_offset() != 0 {
        return None;
    }
    Flow::of(proto, packet)
}

/// Drops a message whose checksum is wrong: its translation would hide that.
fn wrong_checksum<Path, P: Probe>(arrival: &Arrival<'_>, probe: &mut P) -> Option<Verdict<Path>> {
    if checksum::fold(checksum::add(0, arrival.view.payload())) == 0xffff {
        return None;
    }
    probe.note(Reason::IcmpChecksum);
    Some(Verdict::Drop)
}

#[cfg(test)]
mod tests;
