//! A packet to a client, and one that only looks like it.
//!
//! Linux 6.1 ip_vs_core.c, handle_response, ip_vs_route_me_harder, ip_vs_out_hook.

use crate::engine::{Arrival, Engine, unedited};
use crate::schedule::reject;
use crate::tcp::Segment;
use crate::{
    Conn, Dest, Flow, Hook, IcmpError, Meta, Method, Probe, Proto, Reason, Rewrite, Routes,
    ServiceKey, Sysctl, Track, Verdict, Way,
};

impl Engine {
    /// A reply of a connection in the table.
    pub(crate) fn reply<R: Routes, P: Probe>(
        &mut self,
        arrival: &Arrival<'_>,
        id: u32,
        routes: &mut R,
        probe: &mut P,
    ) -> Verdict<R::Path> {
        let conn = *self.table.get(id);
        let Conn { client, vip, rip, dest, state, method, .. } = conn;
        let origin = self.origin_of(dest);
        probe.note(Reason::ConnReply { client, vip, rip, state, origin });
        if method.translates() && arrival.view.payload().len() < conn.proto.header_len() {
            probe.note(Reason::Truncated);
            return Verdict::Drop;
        }
        self.count_out(id, arrival.now, arrival.len());
        self.follow(id, Way::Reply, arrival, probe);
        self.table.touch(id, arrival.now);
        if !method.translates() {
            probe.note(Reason::ReplySeen { vip, client });
            return unedited(&conn);
        }
        if method == Method::FullNat {
            return self.leave_local(arrival, &conn, None, routes, probe);
        }
        let rewrite = Rewrite::plan(&conn, Way::Reply, vip.addr, 0);
        if stays_here(&arrival.meta) {
            probe.note(Reason::NatReplyHere { vip, client });
            return Verdict::Accept(rewrite, Track::of(&conn));
        }
        self.leave_as_vip(rewrite, &conn, Reason::NatReply { vip, client }, probe)
    }

    /// A reply leaves in the VIP's name: its route is looked up again for the new source, for this
    /// reason, unless `snat_reroute` is 0.
    pub(crate) fn leave_as_vip<Path, P: Probe>(
        &self,
        rewrite: Rewrite,
        conn: &Conn,
        why: Reason,
        probe: &mut P,
    ) -> Verdict<Path> {
        let Conn { client, vip, .. } = *conn;
        self.sysctls.note(Sysctl::SnatReroute, probe);
        if self.sysctls.is_on(Sysctl::SnatReroute) {
            probe.note(why);
            return Verdict::Reroute(rewrite, Track::of(conn));
        }
        probe.note(Reason::SameRoute { vip, client });
        Verdict::Accept(rewrite, Track::of(conn))
    }

    /// By `nat_icmp_send`, tells a real server that what it sends is no reply of any connection.
    ///
    /// Only its address and port are compared: who asks a real server there without IPVS, as a
    /// health check does, does not hear the answer either.
    #[inline]
    pub(crate) fn refuse_stray<Path, P: Probe>(
        &self,
        arrival: &Arrival<'_>,
        flow: &Flow,
        probe: &mut P,
    ) -> Option<Verdict<Path>> {
        if !self.sysctls.is_on(Sysctl::NatIcmpSend) {
            return None;
        }
        let Flow { proto, src, dst } = *flow;
        let dest = self.dests.iter().find(|dest| answers_from(dest, flow))?;
        let segment = Segment::of(&arrival.view).filter(|_| proto == Proto::Tcp);
        if segment.is_some_and(Segment::rst) {
            return None;
        }
        self.sysctls.note(Sysctl::NatIcmpSend, probe);
        probe.note(Reason::StrayReply { src, dst, origin: dest.origin });
        Some(reject(arrival, IcmpError::PortUnreachable, false))
    }
}

/// Whether such packets come from this destination, as one of NAT. Linux 6.1 ip_vs_ctl.c
/// ip_vs_has_real_service.
fn answers_from(dest: &Dest, flow: &Flow) -> bool {
    let serves = match dest.home {
        ServiceKey::Port { proto, .. } => proto == flow.proto,
        ServiceKey::Mark(_) => true,
    };
    dest.is_available() && dest.method == Method::Nat && serves && dest.rip == flow.src
}

/// Whether a reply does not leave: only those to remote clients are routed again in the VIP's name.
pub(crate) fn stays_here(meta: &Meta) -> bool {
    meta.hook == Hook::LocalIn || meta.routed_local
}

#[cfg(test)]
mod tests;
