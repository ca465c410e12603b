//! What the tests share: packets from a few words, a routing table, and a lab that checks the laws.
//!
//! Every packet that a test shows to the engine also proves that the last reason implies the
//! verdict, that a recorder changes nothing, and that the rewrite leaves right checksums.

use alloc::collections::BTreeMap;
use alloc::vec;
use alloc::vec::Vec;
use core::net::Ipv4Addr;
use core::time::Duration;

use crate::checksum;
use crate::{
    Change, ConfigError, Conn, Dest, DestConfig, Endpoint, Engine, Hook, Instant, Limits, Meta,
    Method, OriginId, Packet, Probe, Proto, Reason, Rewrite, Route, Routes, Service, ServiceConfig,
    ServiceKey, Sysctl, Verdict, View,
};

/// The client's address.
pub(crate) const CIP: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 2);
/// The virtual address.
pub(crate) const VIP: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 100);
/// The director's own address towards the real servers.
pub(crate) const DIP: Ipv4Addr = Ipv4Addr::new(10, 1, 0, 1);

/// The address of a real server by its last number.
pub(crate) const fn rs(last: u8) -> Ipv4Addr {
    Ipv4Addr::new(10, 1, 0, last)
}

/// A local address of the director by its last number.
pub(crate) const fn lip(last: u8) -> Ipv4Addr {
    Ipv4Addr::new(10, 1, 0, last)
}

pub(crate) const fn end(addr: Ipv4Addr, port: u16) -> Endpoint {
    Endpoint::new(addr, port)
}

/// The client at this port.
pub(crate) const fn client(port: u16) -> Endpoint {
    end(CIP, port)
}

/// The services that the tests use: TCP port 80, UDP port 53.
pub(crate) const fn vip(proto: Proto) -> Endpoint {
    match proto {
        Proto::Udp => end(VIP, 53),
        _ => end(VIP, 80),
    }
}

// TCP flags.
pub(crate) const FIN: u8 = 1;
pub(crate) const SYN: u8 = 2;
pub(crate) const RST: u8 = 4;
pub(crate) const ACK: u8 = 16;

/// An IPv4 packet: TTL 64, DF, id 0x1234.
pub(crate) fn ip(src: Ipv4Addr, dst: Ipv4Addr, proto: u8, payload: &[u8]) -> Vec<u8> {
    let len = u16::try_from(20 + payload.len()).unwrap().to_be_bytes();
    let mut packet = vec![0x45, 0, len[0], len[1], 0x12, 0x34, 0x40, 0, 64, proto, 0, 0];
    packet.extend(src.octets());
    packet.extend(dst.octets());
    seal(&mut packet, 0..20, 10);
    packet.extend(payload);
    packet
}

/// A TCP segment without data.
pub(crate) fn tcp(src: Endpoint, dst: Endpoint, flags: u8) -> Vec<u8> {
    transport(src, dst, Proto::Tcp, &[0, 0, 0, 7, 0, 0, 0, 9, 0x50, flags, 0xff, 0, 0, 0, 0, 0])
}

/// A UDP datagram.
pub(crate) fn udp(src: Endpoint, dst: Endpoint, data: &[u8]) -> Vec<u8> {
    let len = u16::try_from(8 + data.len()).unwrap().to_be_bytes();
    transport(src, dst, Proto::Udp, &[&[len[0], len[1], 0, 0], data].concat())
}

/// The opening packet of a connection.
pub(crate) fn opening(proto: Proto, src: Endpoint, dst: Endpoint) -> Vec<u8> {
    match proto {
        Proto::Udp => udp(src, dst, b"hello"),
        _ => tcp(src, dst, SYN),
    }
}

fn transport(src: Endpoint, dst: Endpoint, proto: Proto, rest: &[u8]) -> Vec<u8> {
    let ports = [src.port.to_be_bytes(), dst.port.to_be_bytes()].concat();
    let mut packet = ip(src.addr, dst.addr, proto.number(), &[&ports, rest].concat());
    let at = 20 + if proto == Proto::Tcp { 16 } else { 6 };
    let sum = !transport_sum(&View::new(&packet).unwrap());
    packet[at..at + 2].copy_from_slice(&sum.to_be_bytes());
    packet
}

/// An ICMP message; `rest` is the second word of its header.
pub(crate) fn icmp(
    (src, dst): (Ipv4Addr, Ipv4Addr),
    (kind, code): (u8, u8),
    rest: [u8; 4],
    quoted: &[u8],
) -> Vec<u8> {
    let mut packet = ip(src, dst, 1, &[&[kind, code, 0, 0], &rest[..], quoted].concat());
    let len = packet.len();
    seal(&mut packet, 20..len, 22);
    packet
}

/// Makes the header checksum of a changed packet right again.
pub(crate) fn reseal(packet: &mut [u8]) {
    seal(packet, 0..20, 10);
}

fn seal(packet: &mut [u8], covered: core::ops::Range<usize>, at: usize) {
    packet[at..at + 2].fill(0);
    let sum = checksum::of(&packet[covered]);
    packet[at..at + 2].copy_from_slice(&sum.to_be_bytes());
}

/// The folded sum of a transport payload with its pseudo header: all ones if the checksum is right.
fn transport_sum(view: &View<'_>) -> u16 {
    let payload = view.payload();
    let pseudo = checksum::pseudo(&view.bytes()[12..20], view.proto(), payload.len());
    checksum::fold(checksum::add(pseudo, payload))
}

/// Whether every checksum of a packet is right: IP, TCP, UDP, ICMP, and those inside a tunnel.
pub(crate) fn checksums_are_right(packet: &[u8]) -> bool {
    let Ok(view) = View::new(packet) else { return false };
    let header = &packet[..view.header_len()];
    let rest = view.payload();
    checksum::fold(checksum::add(0, header)) == 0xffff
        && match (view.proto(), rest.len()) {
            (1, _) => checksum::fold(checksum::add(0, rest)) == 0xffff,
            (4, _) => checksums_are_right(rest),
            (17, 8..) if rest[6..8] == [0, 0] => true,
            (6, 20..) | (17, 8..) => transport_sum(&view) == 0xffff,
            _ => true,
        }
}

/// The packet after this edit; it must fit.
pub(crate) fn rewritten(packet: &[u8], rewrite: Rewrite) -> Vec<u8> {
    let mut buf = [&[0xaa; 24], packet].concat();
    let mut packet = Packet::new(&mut buf, 24).unwrap();
    rewrite.apply(&mut packet).unwrap();
    packet.view().bytes().to_vec()
}

/// Addresses with a route: the networks of client and real servers, and what a test adds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fib {
    pub(crate) local: Vec<Ipv4Addr>,
    pub(crate) mtu: BTreeMap<Ipv4Addr, u16>,
}

impl Routes for Fib {
    type Path = Ipv4Addr;

    fn route(&mut self, to: Ipv4Addr) -> Option<Route<Ipv4Addr>> {
        let local = self.local.contains(&to) || to.is_loopback();
        let mtu = self.mtu.get(&to).copied().unwrap_or(1500);
        let known = local || matches!(to.octets(), [10, 0 | 1, 0, _]);
        known.then_some(Route { local, mtu, src: DIP, path: to })
    }

    fn learn_mtu(&mut self, to: Ipv4Addr, mtu: u16) {
        self.mtu.insert(to, mtu);
    }
}

/// Keeps the reasons.
#[derive(Default)]
pub(crate) struct Recorder(pub(crate) Vec<Reason>);

impl Probe for Recorder {
    fn note(&mut self, reason: Reason) {
        self.0.push(reason);
    }
}

/// What the engine answered, and why.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) verdict: Verdict<Ipv4Addr>,
    pub(crate) reasons: Vec<Reason>,
}

impl Answer {
    pub(crate) fn codes(&self) -> Vec<&'static str> {
        self.reasons.iter().map(Reason::code).collect()
    }

    pub(crate) fn last(&self) -> &'static str {
        self.reasons.last().unwrap().code()
    }

    /// Whether this code is among the reasons.
    pub(crate) fn noted(&self, code: &str) -> bool {
        self.codes().contains(&code)
    }
}

/// A director with a client and real servers around it.
#[derive(Clone)]
pub(crate) struct Lab {
    pub(crate) engine: Engine,
    pub(crate) fib: Fib,
    pub(crate) now: Instant,
}

impl Lab {
    pub(crate) fn new() -> Self {
        Self::with_limit(1 << 16)
    }

    pub(crate) fn with_limit(conns: u32) -> Self {
        let engine = Engine::new(Limits { conns, conns_at_start: 0 }, 1);
        Self { engine, fib: Fib::default(), now: Instant::ZERO }
    }

    /// A lab whose service of this protocol has real server 11 behind it.
    pub(crate) fn serving(proto: Proto, method: Method) -> Self {
        let mut lab = Self::new();
        lab.service(proto, "rr");
        lab.dest(proto, 11, method, 1);
        if method == Method::FullNat {
            lab.local(proto, 200);
        }
        lab
    }

    pub(crate) fn wait(&mut self, seconds: u64) {
        self.wait_ms(seconds * 1000);
    }

    /// Lets time pass, with the timers that come due on the way.
    pub(crate) fn wait_ms(&mut self, ms: u64) {
        let until = self.now + Duration::from_millis(ms);
        while let Some(at) = self.engine.poll_timeout().filter(|at| *at <= until) {
            let before = self.engine.clone();
            self.now = at;
            let mut recorder = Recorder::default();
            self.engine.handle_timeout(at, &mut recorder);
            assert!(before.poll_timeout() < self.engine.poll_timeout() || !recorder.0.is_empty());
        }
        self.now = until;
        assert!(self.engine.table.ports_agree(), "each local port is counted");
    }

    pub(crate) fn apply(&mut self, change: Change<'_>) -> Result<(), ConfigError> {
        self.engine.apply(self.now, change)
    }

    pub(crate) fn service(&mut self, proto: Proto, scheduler: &str) {
        self.apply(serve(key(proto), ServiceConfig::new(scheduler))).unwrap();
    }

    /// Adds a real server: port 8080 or 5353 under NAT and FULLNAT, else the service's.
    pub(crate) fn dest(&mut self, proto: Proto, last: u8, method: Method, weight: u32) {
        self.apply(add(proto, rip(proto, last, method), method, weight)).unwrap();
    }

    /// Adds a local address for FULLNAT.
    pub(crate) fn local(&mut self, proto: Proto, last: u8) {
        let (service, origin) = (key(proto), OriginId(5));
        self.apply(Change::AddLocal { service, addr: lip(last), origin }).unwrap();
    }

    pub(crate) fn edit(&mut self, proto: Proto, last: u8, method: Method, weight: u32) {
        self.apply(edit(proto, rip(proto, last, method), DestConfig::new(method, weight))).unwrap();
    }

    pub(crate) fn delete(&mut self, proto: Proto, last: u8, method: Method) {
        let (service, rip) = (key(proto), rip(proto, last, method));
        self.apply(Change::DeleteDest { service, rip }).unwrap();
    }

    pub(crate) fn sysctl(&mut self, sysctl: Sysctl, value: i32) {
        self.apply(Change::SetSysctl { sysctl, value, origin: OriginId(4) }).unwrap();
    }

    /// A packet from outside at this hook.
    pub(crate) fn send(&mut self, hook: Hook, packet: &[u8]) -> Answer {
        self.send_as(Meta::at(hook), packet)
    }

    /// A packet from the client side.
    pub(crate) fn request(&mut self, packet: &[u8]) -> Answer {
        self.send(Hook::LocalIn, packet)
    }

    /// A packet, checked against the laws.
    pub(crate) fn send_as(&mut self, meta: Meta, packet: &[u8]) -> Answer {
        let view = View::new(packet).unwrap();
        let (mut silent, mut silent_fib) = (self.engine.clone(), self.fib.clone());
        let without = silent.handle(self.now, meta, &view, &mut silent_fib, &mut ());
        let mut recorder = Recorder::default();
        let verdict = self.engine.handle(self.now, meta, &view, &mut self.fib, &mut recorder);
        assert_eq!(verdict, without, "a recorder changes nothing");
        assert!(self.engine.table.ports_agree(), "each local port is counted");
        let reasons = recorder.0;
        let last = reasons.last().expect("every decision has a reason");
        assert_eq!(last.outcome(), Some(verdict.outcome()), "{reasons:?}");
        let ends = reasons.iter().filter(|reason| reason.outcome().is_some()).count();
        assert_eq!(ends, 1, "one reason ends a decision: {reasons:?}");
        if let Some((rewrite, _)) = verdict.passing() {
            let after = rewritten(packet, rewrite);
            assert!(checksums_are_right(&after) || !checksums_are_right(packet));
        }
        Answer { verdict, reasons }
    }

    /// Opens a connection from this client port; the answer's last number names the real server.
    pub(crate) fn open(&mut self, proto: Proto, port: u16) -> Option<u8> {
        let answer = self.request(&opening(proto, client(port), vip(proto)));
        match answer.verdict {
            Verdict::Forward { path, .. } => Some(path.octets()[3]),
            _ => None,
        }
    }

    /// The only connection.
    pub(crate) fn conn(&self) -> Conn {
        let mut conns = self.engine.conns();
        let conn = conns.next().expect("a connection");
        assert!(conns.next().is_none(), "one connection");
        conn
    }

    pub(crate) fn service_of(&self, proto: Proto) -> &Service {
        self.engine.service(key(proto)).unwrap()
    }

    /// Active and inactive connections of a real server.
    pub(crate) fn counts(&self, proto: Proto, last: u8) -> (u32, u32) {
        let dest = self.dest_of(proto, last);
        (dest.active(), dest.inactive())
    }

    pub(crate) fn dest_of(&self, proto: Proto, last: u8) -> &Dest {
        let mut dests = self.engine.dests(self.service_of(proto));
        dests.find(|dest| dest.rip().addr == rs(last)).unwrap()
    }
}

pub(crate) const fn key(proto: Proto) -> ServiceKey {
    ServiceKey::Port { proto, vip: vip(proto) }
}

/// A real server's address and port.
pub(crate) const fn rip(proto: Proto, last: u8, method: Method) -> Endpoint {
    let port = match (method, proto) {
        (Method::Nat | Method::FullNat, Proto::Tcp) => 8080,
        (Method::Nat | Method::FullNat, Proto::Udp) => 5353,
        _ => vip(proto).port,
    };
    end(rs(last), port)
}

pub(crate) const fn add(
    proto: Proto,
    rip: Endpoint,
    method: Method,
    weight: u32,
) -> Change<'static> {
    let config = DestConfig::new(method, weight);
    Change::AddDest { service: key(proto), rip, config, origin: OriginId(2) }
}

pub(crate) const fn edit(proto: Proto, rip: Endpoint, config: DestConfig) -> Change<'static> {
    Change::EditDest { service: key(proto), rip, config, origin: OriginId(3) }
}

pub(crate) const fn serve(service: ServiceKey, config: ServiceConfig<'_>) -> Change<'_> {
    Change::AddService { service, config, origin: OriginId(1) }
}

/// Bytes written as hexadecimal digits; anything else between them is skipped.
pub(crate) fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> =
        text.chars().filter_map(|c| c.to_digit(16)).map(|digit| digit as u8).collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}
