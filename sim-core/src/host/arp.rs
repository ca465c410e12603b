//! ARP: who is asked, who answers, and what is learnt from it (RFC 826).
//!
//! Linux 6.1: net/ipv4/arp.c, arp_process, arp_ignore, arp_filter, arp_solicit.

use std::net::Ipv4Addr;
use std::time::Duration;

use etherparse::{ArpEthIpv4Packet, ArpOperation};
use lvs_engine::OriginId;
use rand_core::RngCore;

use super::app::AppEvent;
use super::fib::{Refusal, RouteKind};
use super::iface::RouteScope;
use super::neigh::{State, Update};
use super::sysctl::{Conf, NeighConf};
use super::{Host, Timer};
use crate::Mac;
use crate::counters::Counter;
use crate::event::{Cx, IfaceId};
use crate::frame::{ETHERNET, Ethernet, Frame, FrameBuf, TYPE_ARP, read_arp};
use crate::reason::{Reason, Setting};

/// A question to be asked: to all, or to the MAC address that was last known.
#[derive(Clone, Copy, Debug)]
pub(super) struct Solicit {
    pub(super) iface: IfaceId,
    pub(super) target: Ipv4Addr,
    pub(super) to: Option<Mac>,
}

/// A proxy's answer that waits for its random delay.
#[derive(Clone, Debug)]
pub(super) struct ProxyReply {
    pub(super) timer: Timer,
    pub(super) iface: IfaceId,
    asked: Asked,
}

/// An ARP message that came in.
#[derive(Clone, Copy, Debug)]
struct Asked {
    request: bool,
    sender_mac: Mac,
    sender: Ipv4Addr,
    target_mac: Mac,
    target: Ipv4Addr,
    /// Whether the frame was for this interface alone.
    unicast: bool,
}

impl Asked {
    fn read(frame: &Frame) -> Option<Self> {
        let ethernet = Ethernet::read(frame.bytes.bytes())?;
        let message = read_arp(&frame.bytes.bytes()[ETHERNET..])?;
        let request = match message.operation {
            ArpOperation::REQUEST => true,
            ArpOperation::REPLY => false,
            _ => return None,
        };
        Some(Self {
            request,
            sender_mac: Mac(message.sender_mac),
            sender: message.sender_ipv4.into(),
            target_mac: Mac(message.target_mac),
            target: message.target_ipv4.into(),
            unicast: !ethernet.dst.is_group(),
        })
    }

    /// An announcement that nobody asked for. Linux 6.1 arp.c, arp_is_garp.
    fn is_gratuitous(&self) -> bool {
        self.sender == self.target && (self.request || self.target_mac == self.sender_mac)
    }
}

impl Host {
    /// An ARP frame came in. Linux 6.1 arp.c, arp_process.
    pub(super) fn arp_receive(&mut self, iface: IfaceId, frame: &Frame, cx: &mut Cx<'_>) {
        if !self.fib.iface(iface).arp {
            return;
        }
        let Some(asked) = Asked::read(frame) else {
            cx.note(Reason::DropBadHeader);
            return;
        };
        self.show_arpings(&AppEvent::Arp {
            iface,
            from: asked.sender,
            mac: asked.sender_mac,
            to: asked.target,
            unicast: asked.unicast,
        });
        let localnet = self.sysctl.quiet(Conf::RouteLocalnet, iface) != 0;
        if asked.target.is_multicast() || asked.target.is_loopback() && !localnet {
            return;
        }
        let drops = self.sysctl.quiet(Conf::DropGratuitousArp, iface) != 0;
        if drops && asked.sender == asked.target {
            return;
        }
        if asked.sender.is_unspecified() {
            let local = self.fib.kind_of(asked.target) == RouteKind::Local;
            if asked.request && local && self.arp_may_answer(iface, &asked, cx) {
                self.arp_reply(iface, &asked, cx);
            }
            return;
        }
        if asked.request && self.arp_request(iface, &asked, cx) {
            return;
        }
        self.arp_learn(iface, &asked, cx);
    }

    /// Whether a request needs nothing further: it was answered, or deliberately not.
    fn arp_request(&mut self, iface: IfaceId, asked: &Asked, cx: &mut Cx<'_>) -> bool {
        let route = self.fib.lookup(asked.target);
        let (kind, out) = (route.map(|route| route.kind), route.and_then(|route| route.iface));
        let forwards = self.sysctl.quiet(Conf::Forwarding, iface) != 0;
        let origin = route.map(|route| route.origin).unwrap_or_default();
        // Only where an answer is possible Linux asks whether the source is.
        if kind != Some(RouteKind::Local) && !(kind == Some(RouteKind::Unicast) && forwards) {
            cx.note(Reason::ArpSilentNotMine { target: asked.target });
            return false;
        }
        if !self.arp_source_fits(iface, asked, cx) {
            cx.note(Reason::ArpSilentSource { sender: asked.sender });
            return false;
        }
        if kind == Some(RouteKind::Local) {
            if self.arp_may_answer(iface, asked, cx) {
                self.arp_learn_asker(iface, asked, cx);
                self.arp_reply(iface, asked, cx);
            }
            return true;
        }
        if self.arp_proxies(iface, out, asked) {
            self.arp_proxy((iface, out), asked, origin, cx);
            return true;
        }
        self.note_proxy(iface, out, cx);
        cx.note(Reason::ArpSilentNotMine { target: asked.target });
        false
    }

    /// A request is looked at as a packet from the sender to the target that came in here.
    fn arp_source_fits(&self, iface: IfaceId, asked: &Asked, cx: &mut Cx<'_>) -> bool {
        let localnet = self.sysctl.quiet(Conf::RouteLocalnet, iface) != 0;
        let src = asked.sender;
        if src.is_multicast() || src.is_broadcast() || src.is_loopback() && !localnet {
            return false;
        }
        let strictness = self.strictness(iface);
        let refusal = self.fib.validate(src, iface, None, strictness).err();
        if let Some(refusal) = refusal {
            self.note_refusal(refusal, iface, cx);
            if refusal == Refusal::Own {
                cx.read(Setting::Address, src.to_bits(), self.fib.own_origin(src));
            }
        }
        refusal.is_none()
    }

    /// Whether `arp_ignore` and `arp_filter` allow an answer for one of our addresses. Linux 6.1
    /// arp.c, arp_ignore.
    fn arp_may_answer(&mut self, iface: IfaceId, asked: &Asked, cx: &mut Cx<'_>) -> bool {
        let target = asked.target;
        let ids = self.fib.iface_ids();
        let home = ids.clone().find(|&id| self.fib.iface(id).has(target)).unwrap_or(iface);
        let here = self.fib.iface(iface).has(target);
        let origin = self.fib.own_origin(target);
        let silent = match self.sysctl.effective(Conf::ArpIgnore, iface, cx) {
            1 if !here => Some(Reason::ArpSilentInterface { target, home, origin }),
            2 if !here => Some(Reason::ArpSilentInterface { target, home, origin }),
            2 if !asked.sender.is_unspecified()
                && !self.fib.iface(iface).on_link(target, asked.sender) =>
            {
                Some(Reason::ArpSilentSubnet { target, sender: asked.sender, origin })
            }
            3 => {
                let known = ids
                    .flat_map(|id| &self.fib.iface(id).addrs)
                    .any(|own| own.local.addr == target && own.scope < RouteScope::Host);
                (!known).then_some(Reason::ArpSilentScope { target, origin })
            }
            8 => Some(Reason::ArpSilentAlways { target, origin }),
            _ => None,
        };
        if let Some(reason) = silent {
            cx.note(reason);
            return false;
        }
        // Whoever has no address yet is answered anyway.
        if !asked.sender.is_unspecified() && self.sysctl.quiet(Conf::ArpFilter, iface) != 0 {
            self.sysctl.effective(Conf::ArpFilter, iface, cx);
            let back = self.fib.output(asked.sender, Some(target), None);
            if back.map(|out| out.iface) != Ok(iface) {
                if back.is_ok() {
                    self.counters.count(Counter::TcpExtArpFilter);
                }
                cx.note(Reason::ArpSilentFilter { target, origin });
                return false;
            }
        }
        cx.note(match here {
            true => Reason::ArpReplyOwn { target, origin },
            false => Reason::ArpReplyAny { target, home, origin },
        });
        true
    }

    /// Whether we, who forward, answer for somebody else. Linux 6.1 arp.c, arp_fwd_proxy and
    /// arp_fwd_pvlan.
    fn arp_proxies(&self, iface: IfaceId, out: Option<IfaceId>, asked: &Asked) -> bool {
        let on = |conf| self.sysctl.quiet(conf, iface) != 0;
        match out == Some(iface) {
            false => on(Conf::ProxyArp) || self.arp_published.contains(&(iface, asked.target)),
            true => on(Conf::ProxyArpPvlan) && asked.sender != asked.target,
        }
    }

    fn arp_proxy(
        &mut self,
        (iface, out): (IfaceId, Option<IfaceId>),
        asked: &Asked,
        origin: OriginId,
        cx: &mut Cx<'_>,
    ) {
        self.arp_learn_asker(iface, asked, cx);
        self.note_proxy(iface, out, cx);
        let longest = self.sysctl.neigh_time(NeighConf::ProxyDelay, iface).as_millis() as u32;
        let target = asked.target;
        if asked.unicast || longest == 0 {
            cx.note(Reason::ArpReplyProxy { target, origin });
            self.arp_reply(iface, asked, cx);
            return;
        }
        let wait = Duration::from_millis(u64::from(cx.rng.next_u32() % longest));
        let most = self.sysctl.neigh(NeighConf::ProxyQlen, iface).max(0) as usize;
        if self.proxy_replies.iter().filter(|own| own.iface == iface).count() > most {
            self.sysctl.note_neigh(NeighConf::ProxyQlen, iface, cx);
            cx.note(Reason::ArpSilentProxyFull { target, origin });
            return;
        }
        cx.note(Reason::ArpReplyProxy { target, origin });
        let timer = Timer::at(cx.now + wait, cx);
        self.proxy_replies.push(ProxyReply { timer, iface, asked: *asked });
    }

    /// A proxy's answer has waited long enough.
    pub(super) fn arp_proxy_timer(&mut self, at: usize, cx: &mut Cx<'_>) {
        let reply = self.proxy_replies.remove(at);
        self.arp_reply(reply.iface, &reply.asked, cx);
    }

    /// Who asks and is answered is known from then on, and replaces what was known. Linux 6.1
    /// neighbour.c, neigh_event_ns.
    fn arp_learn_asker(&mut self, iface: IfaceId, asked: &Asked, cx: &mut Cx<'_>) {
        let update =
            Update { mac: asked.sender_mac, state: State::Stale, replace: true, admin: false };
        self.neigh_update((iface, asked.sender), update, true, cx);
    }

    /// What replies, and requests for others, teach. Linux 6.1 arp.c, arp_process from "Update our
    /// ARP tables".
    fn arp_learn(&mut self, iface: IfaceId, asked: &Asked, cx: &mut Cx<'_>) {
        let key = (iface, asked.sender);
        let unicast_sender = self.fib.kind_of(asked.sender) == RouteKind::Unicast;
        let gratuitous = asked.is_gratuitous() && unicast_sender;
        let accept = self.sysctl.quiet(Conf::ArpAccept, iface);
        let mut create = false;
        if accept != 0 && !self.neigh.contains_key(&key) {
            let near = accept != 2 || self.fib.iface(iface).on_link(asked.sender, asked.sender);
            create = near && (gratuitous || !asked.request && unicast_sender);
        }
        let fresh =
            self.neigh.get(&key).is_some_and(|entry| cx.now < entry.updated + self.locktime(iface));
        let reply_to_us = !asked.request && asked.unicast;
        let update = Update {
            mac: asked.sender_mac,
            state: if reply_to_us { State::Reachable } else { State::Stale },
            replace: !fresh || gratuitous,
            admin: false,
        };
        if self.neigh.contains_key(&key) {
            if fresh && !gratuitous {
                self.note_locktime(key, asked.sender_mac, cx);
            }
        } else if !create && !asked.request {
            self.sysctl.effective(Conf::ArpAccept, iface, cx);
        }
        if self.neigh.contains_key(&key) || create || !asked.request {
            self.neigh_update(key, update, create, cx);
        }
    }

    fn arp_reply(&mut self, iface: IfaceId, asked: &Asked, cx: &mut Cx<'_>) {
        let mac = self.fib.iface(iface).mac;
        self.arp_send(
            iface,
            asked.sender_mac,
            ArpEthIpv4Packet {
                operation: ArpOperation::REPLY,
                sender_mac: mac.0,
                sender_ipv4: asked.target.octets(),
                target_mac: asked.sender_mac.0,
                target_ipv4: asked.sender.octets(),
            },
            cx,
        );
    }

    /// Asks for a neighbour. Linux 6.1 arp.c, arp_solicit.
    pub(super) fn arp_solicit(&mut self, solicit: Solicit, cx: &mut Cx<'_>) {
        let Solicit { iface, target, to } = solicit;
        let sender = self.arp_sender(iface, target, cx);
        let mac = self.fib.iface(iface).mac;
        self.arp_send(
            iface,
            to.unwrap_or(Mac::BROADCAST),
            ArpEthIpv4Packet {
                operation: ArpOperation::REQUEST,
                sender_mac: mac.0,
                sender_ipv4: sender.octets(),
                target_mac: Mac::ZERO.0,
                target_ipv4: target.octets(),
            },
            cx,
        );
    }

    /// In whose name we ask: `arp_announce`. The newest waiting packet counts.
    fn arp_sender(&self, iface: IfaceId, target: Ipv4Addr, cx: &mut Cx<'_>) -> Ipv4Addr {
        let waiting = self.neigh.get(&(iface, target)).and_then(|entry| entry.waiting.back());
        let is_local = |src: &Ipv4Addr| self.fib.kind_of(*src) == RouteKind::Local;
        let source = waiting.map(|skb| skb.view().src()).filter(is_local);
        if let Some(sender) = source {
            let fits = match self.sysctl.effective(Conf::ArpAnnounce, iface, cx) {
                0 => true,
                1 => self.fib.iface(iface).on_link(target, sender),
                _ => false,
            };
            if fits {
                let origin = self.fib.own_origin(sender);
                cx.note(Reason::ArpAskPacketSource { target, sender, origin });
                return sender;
            }
        }
        let sender = self.fib.select_source(iface, target, RouteScope::Link);
        let origin = self.fib.own_origin(sender);
        cx.note(Reason::ArpAskInterfaceAddress { target, sender, origin });
        sender
    }

    /// Puts an ARP message on the wire.
    pub(super) fn arp_send(
        &mut self,
        iface: IfaceId,
        to: Mac,
        message: ArpEthIpv4Packet,
        cx: &mut Cx<'_>,
    ) {
        let own = self.fib.iface(iface);
        if !own.arp {
            return;
        }
        if !own.is_running() {
            self.drop_down(iface, cx);
            return;
        }
        let ethernet = Ethernet { dst: to, src: own.mac, kind: TYPE_ARP };
        let buf = FrameBuf::new(&message.to_bytes()).with_front(&ethernet.bytes());
        let frame = cx.frames.make(None, buf);
        cx.send(iface, frame);
    }

    /// Announces all addresses of an interface, if `arp_notify` says so. Linux 6.1 devinet.c,
    /// inetdev_send_gratuitous_arp.
    pub(super) fn arp_notify(&mut self, iface: IfaceId, cx: &mut Cx<'_>) {
        if self.sysctl.quiet(Conf::ArpNotify, iface) == 0 {
            return;
        }
        let own = self.fib.iface(iface);
        let mac = own.mac;
        let addrs: Vec<_> = own.addrs.iter().map(|own| own.local.addr.octets()).collect();
        for addr in addrs {
            let message = ArpEthIpv4Packet {
                operation: ArpOperation::REQUEST,
                sender_mac: mac.0,
                sender_ipv4: addr,
                target_mac: Mac::ZERO.0,
                target_ipv4: addr,
            };
            self.arp_send(iface, Mac::BROADCAST, message, cx);
        }
    }
}
