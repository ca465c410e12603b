//! The way of a packet through a host: in, forwarded, delivered, out; with the netfilter hooks at
//! which IPVS sits.
//!
//! Linux 6.1: net/ipv4/ip_input.c, ip_forward.c, ip_output.c, route.c (ip_route_input_slow).

use std::net::Ipv4Addr;

use lvs_engine::{Hook, IcmpError, Meta, OriginId, Packet, Rewrite, Track, Verdict, View};

use super::Host;
use super::fib::{LO, Out, Path, Refusal, RouteKind, Strictness};
use super::frag;
use super::icmp::{About, Unreachable};
use super::iface::IfaceKind;
use super::packet::{Skb, is_cut, sound_len};
use super::sysctl::{Conf, Global};
use crate::Mac;
use crate::counters::Counter;
use crate::event::{Cx, IfaceId};
use crate::frame::{Ethernet, TYPE_IPV4};
use crate::reason::Reason;
use crate::tcpdump::fields::{ICMP, TCP, UDP};

/// What input routing made of a packet.
enum Routed {
    Local,
    Forward { out: Out, redirect: bool },
    Dropped,
}

/// How a packet came in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Arrival {
    pub(super) iface: IfaceId,
    /// The frame was a broadcast or multicast.
    pub(super) group: bool,
}

impl Host {
    /// An IP packet came in. Linux 6.1 ip_input.c, ip_rcv.
    pub(super) fn ip_receive(&mut self, arrival: Arrival, skb: Skb, cx: &mut Cx<'_>) {
        self.counters.count(Counter::IpInReceives);
        let Some(len) = sound_len(skb.buf.bytes()) else {
            self.counters.count(match is_cut(skb.buf.bytes()) {
                true => Counter::IpExtInTruncatedPkts,
                false => Counter::IpInHdrErrors,
            });
            cx.note(Reason::DropBadHeader);
            return;
        };
        let skb = Skb { buf: skb.buf.truncated(len), ..skb };
        let Some(skb) = self.hook_prerouting(arrival, skb, cx) else { return };
        match self.route_input(arrival, &skb, cx) {
            Routed::Local => self.local_in(arrival, skb, cx),
            Routed::Forward { out, redirect } => self.forward(arrival, skb, out, redirect, cx),
            Routed::Dropped => {}
        }
    }

    /// Mine, to be forwarded, or impossible. Linux 6.1 route.c, ip_route_input_slow.
    fn route_input(&mut self, arrival: Arrival, skb: &Skb, cx: &mut Cx<'_>) -> Routed {
        let view = skb.view();
        let (src, dst) = (view.src(), view.dst());
        let iface = arrival.iface;
        if iface == LO {
            // What a host sends to itself keeps the route that it was sent by.
            cx.note(Reason::IpLocal { dst, origin: self.fib.own_origin(dst) });
            return Routed::Local;
        }
        if src.is_multicast() || src.is_broadcast() {
            cx.note(Reason::DropMartian { src, dst });
            return Routed::Dropped;
        }
        if dst.is_multicast() {
            cx.note(Reason::DropMulticast { dst });
            return Routed::Dropped;
        }
        if dst.is_broadcast() || src.is_unspecified() && dst.is_unspecified() {
            return self.input_local(arrival, skb, OriginId::default(), cx);
        }
        let localnet = self.sysctl.quiet(Conf::RouteLocalnet, iface) != 0;
        let loops = (src.is_loopback() || dst.is_loopback()) && !localnet;
        if src.is_unspecified() || dst.is_unspecified() || loops {
            if loops {
                self.sysctl.effective(Conf::RouteLocalnet, iface, cx);
            }
            cx.note(Reason::DropMartian { src, dst });
            return Routed::Dropped;
        }
        let forwards = self.sysctl.quiet(Conf::Forwarding, iface) != 0;
        let Some(route) = self.fib.lookup(dst) else {
            return self.no_input_route(arrival, skb, forwards, None, cx);
        };
        let (kind, origin) = (route.kind, route.origin);
        match kind {
            RouteKind::Local | RouteKind::Broadcast => self.input_local(arrival, skb, origin, cx),
            _ if !forwards => {
                self.sysctl.effective(Conf::Forwarding, iface, cx);
                self.counters.count(Counter::IpInAddrErrors);
                cx.note(Reason::DropNotForwarding { dst });
                Routed::Dropped
            }
            RouteKind::Unicast => {
                let out = self.fib.by_route(route, dst, Some(src));
                self.route_forward(arrival, skb, out, cx)
            }
            _ => self.no_input_route(arrival, skb, forwards, Some((kind, origin)), cx),
        }
    }

    fn route_forward(&mut self, arrival: Arrival, skb: &Skb, out: Out, cx: &mut Cx<'_>) -> Routed {
        let view = skb.view();
        let (src, dst) = (view.src(), view.dst());
        if arrival.group {
            cx.note(Reason::DropBroadcastFrame { dst });
            return Routed::Dropped;
        }
        let strictness = self.strictness(arrival.iface);
        let on_link = match self.fib.validate(src, arrival.iface, Some(out.iface), strictness) {
            Ok(on_link) => on_link,
            Err(refusal) => {
                self.refuse_source(arrival, skb, refusal, cx);
                return Routed::Dropped;
            }
        };
        let hairpin = out.iface == arrival.iface && on_link && strictness.send_redirects;
        let shared = self.sysctl.quiet(Conf::SharedMedia, out.iface) != 0
            || self.fib.iface(out.iface).on_link(src, out.next);
        Routed::Forward { out, redirect: hairpin && shared }
    }

    /// Mine, or everybody's on this wire, if its source can be true. Only a host that has no
    /// address yet asks from 0.0.0.0.
    fn input_local(
        &mut self,
        arrival: Arrival,
        skb: &Skb,
        origin: OriginId,
        cx: &mut Cx<'_>,
    ) -> Routed {
        let view = skb.view();
        let (src, dst) = (view.src(), view.dst());
        let strictness = self.strictness(arrival.iface);
        if !src.is_unspecified()
            && let Err(refusal) = self.fib.validate(src, arrival.iface, None, strictness)
        {
            self.refuse_source(arrival, skb, refusal, cx);
            return Routed::Dropped;
        }
        cx.note(Reason::IpLocal { dst, origin });
        Routed::Local
    }

    /// The settings that source validation reads on an interface.
    pub(super) fn strictness(&self, iface: IfaceId) -> Strictness {
        Strictness {
            rp_filter: self.sysctl.quiet(Conf::RpFilter, iface),
            accept_local: self.sysctl.quiet(Conf::AcceptLocal, iface) != 0,
            send_redirects: self.sysctl.quiet(Conf::SendRedirects, iface) != 0,
        }
    }

    /// Says why the source of a packet cannot be true.
    fn refuse_source(&mut self, arrival: Arrival, skb: &Skb, refusal: Refusal, cx: &mut Cx<'_>) {
        let view = skb.view();
        let (src, dst) = (view.src(), view.dst());
        if matches!(refusal, Refusal::NoReversePath | Refusal::OtherInterface(..)) {
            self.counters.count(Counter::TcpExtIPReversePathFilter);
        }
        self.note_refusal(refusal, arrival.iface, cx);
        cx.note(match refusal {
            Refusal::Own => Reason::DropOwnSource { src, origin: self.fib.own_origin(src) },
            Refusal::NotUnicast => Reason::DropMartian { src, dst },
            Refusal::NoReversePath => Reason::DropNoReversePath { src },
            Refusal::OtherInterface(back, origin) => Reason::DropReversePath { src, back, origin },
        });
    }

    /// No way for it. Linux 6.1 route.c, ip_error.
    fn no_input_route(
        &mut self,
        arrival: Arrival,
        skb: &Skb,
        forwards: bool,
        refused: Option<(RouteKind, lvs_engine::OriginId)>,
        cx: &mut Cx<'_>,
    ) -> Routed {
        let dst = skb.view().dst();
        if !forwards {
            self.sysctl.effective(Conf::Forwarding, arrival.iface, cx);
            self.counters.count(Counter::IpInAddrErrors);
            cx.note(Reason::DropNotForwarding { dst });
            return Routed::Dropped;
        }
        let error = match refused {
            Some((RouteKind::Unreachable, _)) => Some(Unreachable::Host),
            Some((RouteKind::Prohibit, _)) => Some(Unreachable::Prohibited),
            Some((RouteKind::Blackhole, _)) => None,
            _ => Some(Unreachable::Net),
        };
        if matches!(error, Some(Unreachable::Net)) {
            self.counters.count(Counter::IpExtInNoRoutes);
        }
        cx.note(match refused {
            Some((_, origin)) => Reason::DropRefused { dst, origin },
            None => Reason::DropNoRoute { dst },
        });
        let Some(error) = error else { return Routed::Dropped };
        let to = skb.view().src();
        if self.icmp_limits.allow_route_error(to, cx.now) {
            self.icmp_error(error.error(), &About::packet(skb, Some(arrival)), cx);
        } else {
            cx.note(Reason::IcmpLimited { to });
        }
        Routed::Dropped
    }

    /// A packet for this host: IPVS first, then the protocols. Linux 6.1 ip_input.c,
    /// ip_local_deliver.
    pub(super) fn local_in(&mut self, arrival: Arrival, skb: Skb, cx: &mut Cx<'_>) {
        let Some(skb) = self.reassemble(arrival, skb, cx) else { return };
        let Some(skb) = self.hook_input(arrival, skb, cx) else { return };
        // IPVS that was loaded is asked even without services: it tells that it has none.
        if skb.seen || self.engine.is_none() {
            self.take(arrival, skb, cx);
            return;
        }
        let meta = Meta {
            hook: Hook::LocalIn,
            mark: skb.mark,
            routed_local: true,
            to_us: !arrival.group,
            from_here: arrival.iface == LO,
            tracked: Self::tracked(&skb),
        };
        let Some((verdict, skb)) = self.ipvs(meta, skb, cx) else { return };
        match verdict {
            Verdict::Accept(rewrite, _) | Verdict::Local(rewrite, _) => {
                if let Some(skb) = self.rewrite(skb, rewrite, cx) {
                    self.take(arrival, skb, cx);
                }
            }
            verdict => self.obey(verdict, skb, Some(arrival), cx),
        }
    }

    /// A packet is for the protocols of this host, when the last hooks have let it through.
    fn take(&mut self, arrival: Arrival, skb: Skb, cx: &mut Cx<'_>) {
        if let Some(skb) = self.hook_input_end(arrival, skb, cx) {
            self.deliver(arrival, skb, cx);
        }
    }

    /// Asks the engine; the packet comes back, tracked or not as IPVS leaves it.
    fn ipvs(&mut self, meta: Meta, skb: Skb, cx: &mut Cx<'_>) -> Option<(Verdict<Path>, Skb)> {
        let Self { engine: Some(engine), fib, .. } = self else {
            return Some((Verdict::Accept(Rewrite::default(), Track::AsItIs), skb));
        };
        self.engine_cause = cx.seq;
        let view = View::new(skb.buf.bytes()).expect("the packet was checked when it came in");
        let verdict = engine.handle(cx.now, meta, &view, fib, cx);
        let skb = self.after_ipvs(&verdict, skb, cx)?;
        Some((verdict, skb))
    }

    /// Does what IPVS decided, except to let a packet go its way.
    fn obey(
        &mut self,
        verdict: Verdict<Path>,
        skb: Skb,
        arrival: Option<Arrival>,
        cx: &mut Cx<'_>,
    ) {
        match verdict {
            Verdict::Accept(..) | Verdict::Local(..) => {
                unreachable!("the caller lets it go its way")
            }
            Verdict::Forward { path, rewrite, .. } => {
                if let Some(skb) = self.rewrite(skb, rewrite, cx) {
                    self.ipvs_send(path, Skb { seen: true, ..skb }, cx);
                }
            }
            Verdict::Reroute(rewrite, _) => {
                let Some(skb) = self.rewrite(skb, rewrite, cx) else { return };
                let view = skb.view();
                let dst = view.dst();
                let Ok(out) = self.fib.output(dst, Some(view.src()), None) else {
                    cx.note(Reason::DropNoRoute { dst });
                    return;
                };
                let skb = Skb { seen: true, ..skb };
                // One that was made here is still at LOCAL_OUT.
                let made_here = arrival.is_none();
                let skb =
                    if made_here { self.hook_output_end(out.iface, skb, cx) } else { Some(skb) };
                if let Some(skb) = skb {
                    self.finish_output(out.iface, out.next, out.mtu, skb, cx);
                }
            }
            Verdict::Reject { error, about, aged } => {
                // Linux 6.1 ip_vs_xmit.c, decrement_ttl.
                if error == IcmpError::TimeExceeded {
                    self.counters.count(Counter::IpInHdrErrors);
                }
                let about = About::span(&skb, about, aged, arrival);
                self.icmp_error(error, &about, cx);
            }
            Verdict::Drop => {}
        }
    }

    /// IPVS sends a packet as if it had been made here: it meets LOCAL_OUT. Linux 6.1
    /// ip_vs_xmit.c, ip_vs_nat_send_or_cont, ip_vs_send_or_cont.
    fn ipvs_send(&mut self, path: Path, skb: Skb, cx: &mut Cx<'_>) {
        let Some((skb, rerouted)) = self.hook_output(path.iface, skb, cx) else { return };
        let Some(skb) = self.hook_output_end(path.iface, skb, cx) else { return };
        let by_route = |out: Out| Path { iface: out.iface, next: out.next, mtu: out.mtu };
        let Path { iface, next, mtu } = rerouted.map_or(path, by_route);
        self.finish_output(iface, next, mtu, skb, cx);
    }

    /// Applies an edit of IPVS; a packet without an edit stays the very same.
    fn rewrite(&mut self, skb: Skb, rewrite: Rewrite, cx: &mut Cx<'_>) -> Option<Skb> {
        if rewrite.is_empty() {
            return Some(skb);
        }
        cx.note_rewrite(rewrite);
        edit(skb, rewrite).map(|skb| Skb { seen: true, ..skb })
    }

    /// Forwards a packet of somebody else. Linux 6.1 ip_forward.c, ip_forward.
    fn forward(&mut self, arrival: Arrival, skb: Skb, out: Out, redirect: bool, cx: &mut Cx<'_>) {
        let view = skb.view();
        let (dst, ttl, len, df) = (view.dst(), view.ttl(), view.bytes().len(), view.df());
        let about = || About::packet(&skb, Some(arrival));
        self.sysctl.effective(Conf::Forwarding, arrival.iface, cx);
        if ttl <= 1 {
            self.counters.count(Counter::IpInHdrErrors);
            cx.note(Reason::DropTtl { dst, ttl });
            self.icmp_error(IcmpError::TimeExceeded, &about(), cx);
            return;
        }
        if df && len > usize::from(out.plain_mtu) {
            self.counters.count(Counter::IpFragFails);
            self.note_mtu(out.iface, dst, out.plain_mtu, cx);
            cx.note(Reason::DropTooBig { dst, mtu: out.plain_mtu });
            self.icmp_error(IcmpError::FragNeeded { mtu: out.plain_mtu }, &about(), cx);
            return;
        }
        cx.note(Reason::IpForward { next: out.next, origin: out.origin });
        let aged = Rewrite { age: true, ..Rewrite::default() };
        let parent = skb.parent;
        let Some(skb) = edit(skb, aged) else { return };
        if redirect {
            self.send_redirect(arrival, &skb, &out, cx);
        }
        let Some(skb) = self.hook_forward(arrival, out.iface, skb, cx) else { return };
        if !self.has_services() {
            self.counters.count(Counter::IpForwDatagrams);
            self.finish_output(out.iface, out.next, out.plain_mtu, skb, cx);
            return;
        }
        // Linux 6.1 ip_vs_core.c, ip_vs_out_hook: of a protocol that IPVS knows it wants the whole.
        let wants_whole = matches!(skb.view().proto(), TCP | UDP | ICMP);
        let whole = if wants_whole { self.reassemble(arrival, skb, cx) } else { Some(skb) };
        let Some(skb) = whole else { return };
        let meta = Meta {
            hook: Hook::Forward,
            mark: skb.mark,
            routed_local: false,
            to_us: !arrival.group,
            from_here: false,
            tracked: Self::tracked(&skb),
        };
        let Some((verdict, skb)) = self.ipvs(meta, skb, cx) else { return };
        match verdict {
            Verdict::Accept(rewrite, _) | Verdict::Local(rewrite, _) => {
                if let Some(skb) = self.rewrite(skb, rewrite, cx) {
                    let skb = Skb { parent, ..skb };
                    self.counters.count(Counter::IpForwDatagrams);
                    self.finish_output(out.iface, out.next, out.plain_mtu, skb, cx);
                }
            }
            verdict => {
                // A reply in the VIP's name goes on as any forwarded packet: ip_vs_core.c, handle_response.
                if matches!(verdict, Verdict::Reroute(..)) {
                    self.counters.count(Counter::IpForwDatagrams);
                }
                self.obey(verdict, skb, Some(arrival), cx);
            }
        }
    }

    /// Sends a packet of our own. Linux 6.1 ip_output.c, ip_local_out.
    ///
    /// False if a hook on the way drops it: its program hears that this is not permitted. Linux 6.1
    /// netfilter.c, nf_hook_slow.
    pub(super) fn ip_send(&mut self, skb: Skb, out: Out, cx: &mut Cx<'_>) -> bool {
        let dst = skb.view().dst();
        cx.note(Reason::IpSend { dst, next: out.next, origin: out.origin });
        let by = out.iface;
        let Some((skb, rerouted)) = self.hook_output(by, skb, cx) else { return false };
        let out = rerouted.unwrap_or(out);
        if skb.seen || !self.has_services() {
            return self.leave(by, out, skb, cx);
        }
        let meta = Meta {
            hook: Hook::LocalOut,
            mark: skb.mark,
            routed_local: out.kind == RouteKind::Local,
            to_us: true,
            from_here: true,
            tracked: Self::tracked(&skb),
        };
        let Some((verdict, skb)) = self.ipvs(meta, skb, cx) else { return false };
        match verdict {
            Verdict::Accept(rewrite, _) => match self.rewrite(skb, rewrite, cx) {
                Some(skb) => self.leave(by, out, skb, cx),
                None => false,
            },
            Verdict::Local(rewrite, _) => match self.rewrite(skb, rewrite, cx) {
                Some(skb) => {
                    let out = self.fib.output(skb.view().dst(), None, None).unwrap_or(out);
                    self.leave(by, out, skb, cx)
                }
                None => false,
            },
            verdict => {
                let goes_on = !matches!(verdict, Verdict::Drop | Verdict::Reject { .. });
                self.obey(verdict, skb, None, cx);
                goes_on
            }
        }
    }

    /// The rest of LOCAL_OUT, which names the interface `by` of the first route, and out.
    fn leave(&mut self, by: IfaceId, out: Out, skb: Skb, cx: &mut Cx<'_>) -> bool {
        let Some(skb) = self.hook_output_end(by, skb, cx) else { return false };
        self.finish_output(out.iface, out.next, out.mtu, skb, cx)
    }

    /// Cuts a packet if it does not fit, and hands it to the neighbour; false if a hook drops it.
    /// Linux 6.1 ip_output.c, ip_finish_output.
    fn finish_output(
        &mut self,
        iface: IfaceId,
        next: Ipv4Addr,
        mtu: u16,
        skb: Skb,
        cx: &mut Cx<'_>,
    ) -> bool {
        self.counters.count(Counter::IpOutRequests);
        let Some(skb) = self.hook_postrouting(iface, skb, cx) else { return false };
        if skb.buf.len() <= usize::from(mtu) && skb.longest_piece.is_none() {
            self.hand_over(iface, next, skb, cx);
            return true;
        }
        self.note_mtu(iface, skb.view().dst(), mtu, cx);
        let mtu = skb.longest_piece.map_or(mtu, |longest| longest.min(mtu));
        cx.note(Reason::IpFragmented { dst: skb.view().dst(), mtu });
        self.counters.count(Counter::IpFragOKs);
        for piece in frag::cut(skb.buf.bytes(), mtu) {
            self.counters.count(Counter::IpFragCreates);
            let piece = Skb { buf: piece, ..skb.clone() };
            self.hand_over(iface, next, piece, cx);
        }
        true
    }

    fn hand_over(&mut self, iface: IfaceId, next: Ipv4Addr, skb: Skb, cx: &mut Cx<'_>) {
        let own = self.fib.iface(iface);
        // Without a carrier the neighbour is asked for all the same: it is the queue of the card
        // that drops. Linux 6.1 sch_generic.c, dev_deactivate and noop_enqueue.
        if !own.up {
            self.drop_down(iface, cx);
            return;
        }
        if own.kind == IfaceKind::Tunnel {
            self.tunnel_send(iface, next, skb, cx);
        } else if iface == LO || !own.arp {
            let mac = own.mac;
            self.transmit(iface, mac, skb, cx);
        } else if let Some(mac) = self.group_mac(iface, next) {
            self.transmit(iface, mac, skb, cx);
        } else {
            self.neigh_output(iface, next, skb, cx);
        }
    }

    /// The MAC address of all, or of a group (RFC 1112 section 6.4), which nobody needs to ask for.
    fn group_mac(&self, iface: IfaceId, addr: Ipv4Addr) -> Option<Mac> {
        if addr.is_multicast() {
            let [_, b, c, d] = addr.octets();
            return Some(Mac([0x01, 0, 0x5e, b & 0x7f, c, d]));
        }
        let broadcast = addr.is_broadcast()
            || self.fib.lookup(addr).is_some_and(|route| {
                route.kind == RouteKind::Broadcast && route.iface == Some(iface)
            });
        broadcast.then_some(Mac::BROADCAST)
    }

    /// Puts a packet into a frame, and the frame on the wire.
    pub(super) fn transmit(&mut self, iface: IfaceId, mac: Mac, skb: Skb, cx: &mut Cx<'_>) {
        let own = self.fib.iface(iface);
        if !own.is_running() {
            self.drop_down(iface, cx);
            return;
        }
        let ethernet = Ethernet { dst: mac, src: own.mac, kind: TYPE_IPV4 };
        // Somebody else's packet that IPVS has sent here is not IPVS's to send once more.
        let seen = iface == LO && skb.seen && !self.fib.is_own(skb.view().src());
        let frame = cx.frames.make(skb.parent, skb.buf.with_front(&ethernet.bytes()));
        if own.kind == IfaceKind::Dummy {
            // Linux 6.1 drivers/net/dummy.c, dummy_xmit: counted and forgotten.
            self.fib.iface_mut(iface).tx.count(frame.bytes.len());
            self.show_captures(iface, frame.bytes.bytes());
            let origin = self.fib.iface(iface).made;
            cx.note(Reason::DropDummy { iface, origin });
            return;
        }
        if iface == LO && self.netfilter.is_some() {
            self.go_by_lo(frame.id, seen, skb.mark, skb.ct);
        }
        cx.send(iface, frame);
    }

    /// The TTL of packets of our own.
    pub(super) fn default_ttl(&self) -> u8 {
        u8::try_from(self.sysctl.global(Global::IpDefaultTtl)).unwrap_or(64)
    }
}

/// The packet after an edit; none if there is no room for it.
pub(super) fn edit(mut skb: Skb, rewrite: Rewrite) -> Option<Skb> {
    let done = skb.buf.edit(|buf, start| match Packet::new(buf, start) {
        Ok(mut packet) => (rewrite.apply(&mut packet), packet.start()),
        Err(malformed) => (Err(malformed), start),
    });
    done.ok().map(|()| skb)
}
