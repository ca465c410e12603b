//! A Linux host: interfaces, addresses, routes, neighbours, knobs, sockets and processes.
//!
//! Client, router, director and real server are all hosts; only the commands that were typed into
//! them differ. A host knows no other node: frames and time come in, effects go out.

mod app;
mod arp;
pub mod conntrack;
pub mod fib;
mod frag;
mod icmp;
pub mod iface;
mod inputs;
mod ip;
pub mod neigh;
pub mod netfilter;
mod packet;
mod run;
pub mod sysctl;
mod tcp;
mod tunnel;
mod udp;

#[cfg(test)]
mod alone;
#[cfg(test)]
mod tests;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use lvs_engine::{Endpoint, Engine, Instant, Limits, OriginId, wheel};
use rand_core::RngCore;

use crate::Mac;
use crate::counters::{Counter, Counters};
use crate::event::{Cx, IfaceId, JobId, Rng, Seq};
use crate::frame::{ETHERNET, EtherType, Ethernet, Frame, TYPE_ARP, TYPE_IPV4};
use crate::reason::{Reason, Setting};

use app::{AppEvent, ProcId, Process, THINK};
use arp::ProxyReply;
use fib::{Fib, LO};
use frag::Incomplete;
use iface::{Iface, IfaceKind};
use ip::Arrival;
use neigh::Neighbours;
use netfilter::Netfilter;
use packet::Skb;
use sysctl::Sysctls;
use tcp::Sockets;
use udp::UdpSocket;

/// MTU of `lo`, as far as an IPv4 packet can use it. Linux says 65536.
const LO_MTU: u16 = 65_535;
/// MTU of an Ethernet interface.
pub const ETHERNET_MTU: u16 = 1_500;
/// How many counters of IP ids there are. Linux 6.1 route.c, ip_rt_init: 2048 and more, by memory.
const MOST_IDS: usize = 2_048;
/// MTU of `tunl0`: an Ethernet packet without an outer header.
const TUNNEL_MTU: u16 = 1_480;

/// When something is due, and which event asked for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timer {
    /// When.
    pub at: Instant,
    /// The event that asked.
    pub cause: Seq,
    /// When it asked.
    pub set: Instant,
}

impl Timer {
    /// A timer that is set now, for after `wait`.
    fn after(wait: Duration, cx: &Cx<'_>) -> Self {
        Self::at(wheel::due(cx.now, wait), cx)
    }

    /// A timer that is set now, for this instant.
    fn at(at: Instant, cx: &Cx<'_>) -> Self {
        Self { at, cause: cx.seq, set: cx.now }
    }

    /// Which of two fires first: of those of one instant the one that was set last. It stands first in
    /// its slot of the wheel. Linux 6.1 timer.c, enqueue_timer.
    fn order(self) -> impl Ord {
        (self.at, Reverse((self.set, self.cause)))
    }
}

/// What is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Due {
    Neigh(IfaceId, Ipv4Addr),
    Proxy(usize),
    Fragments(usize),
    Tcp,
    Engine,
    Process(ProcId),
}

/// A Linux host.
#[derive(Clone, Debug)]
pub struct Host {
    name: Arc<str>,
    /// Its cards: name, MAC address, MTU.
    nics: Vec<(String, Mac, u16)>,
    fib: Fib,
    sysctl: Sysctls,
    neigh: Neighbours,
    arp_published: BTreeSet<(IfaceId, Ipv4Addr)>,
    proxy_replies: Vec<ProxyReply>,
    incomplete: Vec<Incomplete>,
    /// Packets that came out of a tunnel: each comes in once more, when the outer one is done.
    unpacked: VecDeque<(Arrival, Skb)>,
    /// How many tunnels deep the packet is that is being sent.
    tunnel_depth: u8,
    icmp_limits: icmp::Limits,
    /// Counters of IP ids by source, destination and protocol. Linux 6.1 route.c,
    /// __ip_select_ident.
    ids: BTreeMap<(Ipv4Addr, Ipv4Addr, u8), u16>,
    id_seed: u64,
    /// IPVS, apart: most hosts have none.
    engine: Option<Box<Engine>>,
    /// Whose modules are loaded.
    schedulers: Vec<&'static str>,
    engine_limits: Limits,
    engine_seed: u64,
    /// The event that last touched the engine: the cause of its timers.
    engine_cause: Seq,
    /// Rules and tracked connections: none until something is typed.
    netfilter: Option<Box<Netfilter>>,
    tcp: Sockets,
    udp: Vec<UdpSocket>,
    /// What programs wait between two of their steps.
    think: Duration,
    /// By number, which is the order in which they began.
    processes: Vec<(ProcId, Box<Process>)>,
    /// Those that capture frames.
    captures: Vec<ProcId>,
    next_process: u32,
    /// Events for processes, delivered when the kernel's part is done.
    for_apps: VecDeque<(ProcId, AppEvent)>,
    files: BTreeMap<String, String>,
    counters: Counters,
    /// What `nstat` remembers.
    nstat: Counters,
}

impl Host {
    /// A host that was just switched on: `lo` is up, all other interfaces are down and without
    /// address.
    pub fn new(name: &str, nics: &[(String, Mac, u16)], limits: Limits, rng: &mut Rng) -> Self {
        let mut host = Self {
            name: name.into(),
            nics: nics.to_vec(),
            fib: Fib::default(),
            sysctl: Sysctls::default(),
            neigh: Neighbours::default(),
            arp_published: BTreeSet::new(),
            proxy_replies: Vec::new(),
            incomplete: Vec::new(),
            unpacked: VecDeque::new(),
            tunnel_depth: 0,
            icmp_limits: icmp::Limits::default(),
            ids: BTreeMap::new(),
            id_seed: rng.next_u64(),
            engine: None,
            schedulers: Vec::new(),
            engine_limits: limits,
            engine_seed: rng.next_u64(),
            engine_cause: Seq(0),
            netfilter: None,
            tcp: Sockets::new(rng.next_u64()),
            udp: Vec::new(),
            think: THINK,
            processes: Vec::new(),
            captures: Vec::new(),
            next_process: 1,
            for_apps: VecDeque::new(),
            files: BTreeMap::new(),
            counters: Counters::default(),
            nstat: Counters::default(),
        };
        host.fib.ifaces.reserve_exact(nics.len() + 1);
        host.add_iface(Iface::new("lo", IfaceKind::Loopback, Mac::ZERO, LO_MTU));
        host.fib.add_loopback();
        for (name, mac, mtu) in nics {
            let id = host.add_iface(Iface::new(name, IfaceKind::Ethernet, *mac, *mtu));
            host.fib.set_up(id, true);
        }
        host
    }

    /// Says where the MTU of a card is written.
    pub(crate) fn place_card(&mut self, name: &str, origin: OriginId) {
        if let Some(id) = self.fib.iface_by_name(name) {
            let card = self.fib.iface_mut(id);
            (card.made, card.mtu_origin) = (origin, origin);
        }
    }

    fn add_iface(&mut self, iface: Iface) -> IfaceId {
        let id = IfaceId(self.fib.ifaces.len() as u16);
        self.fib.ifaces.push(iface);
        self.sysctl.add_iface();
        id
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its interfaces and routes.
    pub fn fib(&self) -> &Fib {
        &self.fib
    }

    /// Its knobs.
    pub fn sysctls(&self) -> &Sysctls {
        &self.sysctl
    }

    /// Its IPVS, once it has had a service.
    pub fn engine(&self) -> Option<&Engine> {
        self.engine.as_deref()
    }

    /// Its counters.
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// Makes its programs slower, as those of a busy machine are.
    pub fn slow_programs(&mut self, by: Duration) {
        self.think = THINK + by;
    }

    /// IPVS, loaded when it is first needed.
    fn engine_mut(&mut self) -> &mut Engine {
        let new = || Box::new(Engine::new(self.engine_limits, self.engine_seed));
        self.engine.get_or_insert_with(new)
    }

    /// IPVS hooks exist while there are services. Linux 6.1 ip_vs_ctl.c, ip_vs_add_service.
    fn has_services(&self) -> bool {
        self.engine().is_some_and(|engine| engine.services().next().is_some())
    }

    /// A frame came in.
    pub fn receive(&mut self, iface: IfaceId, frame: Frame, cx: &mut Cx<'_>) {
        self.fib.now = cx.now;
        self.take_frame(iface, frame, cx);
        while let Some((arrival, skb)) = self.unpacked.pop_front() {
            self.ip_receive(arrival, skb, cx);
        }
        self.run_apps(cx);
    }

    fn take_frame(&mut self, iface: IfaceId, frame: Frame, cx: &mut Cx<'_>) {
        if !self.fib.iface(iface).up {
            self.drop_down(iface, cx);
            return;
        }
        let own = self.fib.iface_mut(iface);
        // On lo nothing is between sending and receiving, and what is counted is the packet.
        let len = frame.bytes.len().saturating_sub(if iface == LO { ETHERNET } else { 0 });
        own.rx.count(len);
        if iface == LO {
            own.tx.count(len);
        }
        let mac = own.mac;
        self.show_captures(iface, frame.bytes.bytes());
        let Some(ethernet) = Ethernet::read(frame.bytes.bytes()) else {
            cx.note(Reason::DropBadHeader);
            return;
        };
        let group = ethernet.dst.is_group();
        if !group && ethernet.dst != mac {
            cx.note(Reason::DropOtherMac { mac: ethernet.dst });
            return;
        }
        match ethernet.kind {
            TYPE_ARP => self.arp_receive(iface, &frame, cx),
            TYPE_IPV4 => {
                let buf = frame.bytes.without_front(ETHERNET);
                let skb = Skb::came(buf, Some(frame.id));
                let skb = if iface == LO { self.come_by_lo(frame.id, skb) } else { skb };
                self.ip_receive(Arrival { iface, group }, skb, cx);
            }
            kind => cx.note(Reason::DropUnknownType { kind: EtherType(kind) }),
        }
    }

    /// Hands a packet to the protocol that it is for. Linux 6.1 ip_input.c,
    /// ip_protocol_deliver_rcu.
    fn deliver(&mut self, arrival: Arrival, skb: Skb, cx: &mut Cx<'_>) {
        let proto = skb.view().proto();
        let known = match proto {
            icmp::PROTO | tcp::PROTO | udp::PROTO => true,
            _ => proto == tunnel::PROTO && self.has_tunnels(),
        };
        self.counters.count(if known { Counter::IpInDelivers } else { Counter::IpInUnknownProtos });
        match proto {
            icmp::PROTO => self.icmp_receive(arrival, &skb, cx),
            tcp::PROTO => self.tcp_receive(arrival, &skb, cx),
            udp::PROTO => self.udp_receive(arrival, &skb, cx),
            tunnel::PROTO => self.tunnel_receive(arrival, skb, cx),
            proto => {
                cx.note(Reason::DropNoProtocol { proto });
                let about = icmp::About::local(&skb, arrival);
                self.icmp_error(lvs_engine::IcmpError::ProtocolUnreachable, &about, cx);
            }
        }
    }

    /// The time has come that [`Host::wake_at`] named: exactly one timer fires.
    pub fn wake(&mut self, cx: &mut Cx<'_>) {
        self.fib.now = cx.now;
        let Some((_, due)) = self.next_due() else { return };
        match due {
            Due::Neigh(iface, addr) => self.neigh_timer((iface, addr), cx),
            Due::Proxy(at) => self.arp_proxy_timer(at, cx),
            Due::Fragments(at) => self.fragments_expired(at, cx),
            Due::Tcp => self.tcp_timer(cx),
            Due::Engine => self.engine_timer(cx),
            Due::Process(id) => {
                let process = self.processes.iter_mut().find(|(own, _)| *own == id);
                let token = process.and_then(|(_, process)| process.take_timer());
                if let Some(token) = token {
                    self.app_event(id, AppEvent::Timer(token));
                }
            }
        }
        self.run_apps(cx);
    }

    /// When this host wants to be woken next. May change with every call of `receive`, `wake`,
    /// `command` and `carrier`.
    pub fn wake_at(&self) -> Option<Timer> {
        self.next_due().map(|(timer, _)| timer)
    }

    /// Whether another timer of its kernel is due. All that are due at an instant run before what
    /// the first of them has sent to this host itself comes in: a SYN that is sent again when its
    /// next hop fails asks for that anew, and hears of the failure afterwards. Linux 6.1 softirq.c,
    /// handle_softirqs: TIMER_SOFTIRQ is before NET_RX_SOFTIRQ.
    pub(crate) fn has_due(&self, now: Instant) -> bool {
        let due = self.next_due();
        due.is_some_and(|(timer, due)| timer.at <= now && !matches!(due, Due::Process(_)))
    }

    /// The earliest timer. Of equal ones the kernel's before the processes', in their order.
    fn next_due(&self) -> Option<(Timer, Due)> {
        let mut first: Option<(Timer, Due)> = None;
        let mut ask = |timer: Timer, due| {
            let is_before = |(other, _): (Timer, Due)| match due {
                Due::Process(_) => timer.at < other.at,
                _ => timer.order() < other.order(),
            };
            if first.is_none_or(is_before) {
                first = Some((timer, due));
            }
        };
        if let Some((timer, (iface, addr))) = self.neigh.first_timer() {
            ask(timer, Due::Neigh(iface, addr));
        }
        for (at, reply) in self.proxy_replies.iter().enumerate() {
            ask(reply.timer, Due::Proxy(at));
        }
        for (at, datagram) in self.incomplete.iter().enumerate() {
            ask(datagram.timer, Due::Fragments(at));
        }
        if let Some(timer) = self.tcp.poll_timeout() {
            ask(timer, Due::Tcp);
        }
        if let Some(at) = self.engine().and_then(Engine::poll_timeout) {
            ask(Timer { at, cause: self.engine_cause, set: Instant::ZERO }, Due::Engine);
        }
        for (id, process) in &self.processes {
            if let Some(timer) = process.timer() {
                ask(timer, Due::Process(*id));
            }
        }
        first
    }

    /// A cable was put in or pulled out, or the card at its other end or here was set up or down.
    /// Only the last is a link that comes up, which `arp_notify` announces. Linux 6.1 devinet.c,
    /// inetdev_event.
    pub fn carrier(&mut self, iface: IfaceId, up: bool, cx: &mut Cx<'_>) {
        self.fib.now = cx.now;
        let own = self.fib.iface_mut(iface);
        own.carrier = up;
        let is_new = own.up_since == cx.now;
        if up && is_new {
            self.arp_notify(iface, cx);
        } else if !up && self.sysctl.quiet(sysctl::Conf::ArpEvictNocarrier, iface) != 0 {
            self.neigh_flush_iface(iface, false);
        }
        self.run_apps(cx);
    }

    /// A frame has left the queue of an interface: captures see it, and it counts as sent if the
    /// other end takes it.
    pub(crate) fn sent(&mut self, iface: IfaceId, frame: &Frame, is_taken: bool, cx: &mut Cx<'_>) {
        self.fib.iface_mut(iface).tx.count_sent(frame.bytes.len(), is_taken);
        self.show_captures(iface, frame.bytes.bytes());
        self.run_apps(cx);
    }

    /// A frame came that is too long for the card: nothing above the card sees it, captures
    /// included. Linux 6.1 dev.c, __dev_forward_skb2.
    pub(crate) fn refuse_long(&mut self, iface: IfaceId, len: usize, cx: &mut Cx<'_>) {
        let own = self.fib.iface_mut(iface);
        own.rx.dropped += 1;
        cx.read(Setting::LinkMtu(iface), u32::from(own.mtu), own.mtu_origin);
        cx.note(Reason::DropTooLong { len: u16::try_from(len).unwrap_or(u16::MAX) });
    }

    /// The same machine switched on anew: its cards are the old ones, all that was typed is gone.
    pub(crate) fn reborn(&self, rng: &mut Rng) -> Self {
        let mut fresh = Self::new(&self.name, &self.nics, self.engine_limits, rng);
        for (old, new) in self.fib.ifaces.iter().zip(&mut fresh.fib.ifaces) {
            new.carrier = old.carrier;
            (new.made, new.mtu_origin) = (old.made, old.made);
        }
        fresh
    }

    /// The commands that run, which end when the machine is switched off.
    pub(crate) fn jobs(&self) -> Vec<JobId> {
        self.running().map(|(_, process)| process.job()).collect()
    }

    /// Whether a program waits for requests at this address and port.
    pub fn listens(&self, at: Endpoint, udp: bool) -> bool {
        let takes = |own: &UdpSocket| {
            let is_there = own.addr.is_none_or(|addr| addr == at.addr);
            own.peer.is_none() && own.port == at.port && is_there
        };
        if udp { self.udp.iter().any(takes) } else { self.tcp.is_listening(at) }
    }

    /// Whether nothing here waits for an answer: no ARP request, no segment. Timers that only
    /// expire old entries do not count.
    pub fn is_quiet(&self) -> bool {
        let thinking = self.processes.iter().any(|(_, process)| process.is_thinking());
        let asking = |entry: &neigh::Neighbour| entry.state == neigh::State::Incomplete;
        !self.neigh.values().any(asking)
            && self.tcp.is_quiet()
            && self.proxy_replies.is_empty()
            && !thinking
    }

    /// The next IP id of packets between two addresses. Starts by the seed and counts by one.
    fn hashed_id(&mut self, src: Ipv4Addr, dst: Ipv4Addr, proto: u8) -> u16 {
        let seed = self.id_seed;
        if self.ids.len() >= MOST_IDS && !self.ids.contains_key(&(src, dst, proto)) {
            self.ids.pop_first();
        }
        let id = self.ids.entry((src, dst, proto)).or_insert_with(|| {
            let flow = u64::from(src.to_bits()) << 32 | u64::from(dst.to_bits());
            let mixed = (flow ^ seed ^ u64::from(proto)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            (mixed >> 48) as u16
        });
        *id = id.wrapping_add(1);
        if *id == 0 {
            *id = 1;
        }
        *id
    }

    /// Whether `lo` is meant.
    pub(crate) fn is_loopback(iface: IfaceId) -> bool {
        iface == LO
    }
}
