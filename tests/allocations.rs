//! The engine allocates nothing per packet: neither for one that goes on, by any method and either
//! way, nor for an error that it asks for or passes on, nor for one that it refuses.

use std::net::Ipv4Addr;
use std::time::Duration;

use lvs_engine::{
    Change, DestConfig, Endpoint, Engine, Hook, Instant, Limits, Meta, Method, OriginId, Outcome,
    Packet, Proto, Scheduler, ServiceConfig, ServiceKey, View, Way,
};

use load::{ACK, Load, OneWay, SYN, VIP, client, director, packet, seal};

#[allow(dead_code, unused_imports, reason = "the benches use the rest")]
#[path = "../lvs-engine/benches/load/mod.rs"]
mod load;

/// Packets that are counted together.
const ROUNDS: u64 = 1_000;
const METHODS: [Method; 4] = [Method::Nat, Method::Dr, Method::Tun, Method::FullNat];
/// Room before a packet for an outer header, and for the longest packet.
const HEADROOM: usize = 64;
const LONGEST: usize = 1_500;
/// A router that neither client nor director knows.
const ROUTER: Ipv4Addr = Ipv4Addr::new(10, 9, 9, 9);

/// What so many packets cost.
fn allocated(pass: impl FnMut(u64)) -> u64 {
    allocation_counter::measure(|| (1..=ROUNDS).for_each(pass)).count_total
}

#[test]
fn the_counter_counts() {
    assert_eq!(allocated(|_| drop(std::hint::black_box(vec![1_u8]))), ROUNDS);
}

#[test]
fn packets_of_known_connections() {
    for (method, way) in [
        (Method::Nat, Way::Request),
        (Method::Nat, Way::Reply),
        (Method::Dr, Way::Request),
        (Method::Tun, Way::Request),
        (Method::FullNat, Way::Request),
        (Method::FullNat, Way::Reply),
    ] {
        let mut load = Load::known(method, way, 64);
        let cost = allocated(|_| {
            load.pass(&mut ());
        });
        assert_eq!((cost, load.conns().count()), (0, 64), "{method:?} {way:?}");
    }
}

/// A table grows only beyond what it was made for.
#[test]
fn new_connections_while_there_is_room() {
    for method in METHODS {
        // Under ovf a destination is full when it has as many connections as weight.
        for &scheduler in Scheduler::NAMES.iter().filter(|name| **name != "ovf") {
            let mut load = Load::opening(method, scheduler, 500);
            assert_eq!(allocated(|_| load.open(&mut ())), 0, "{method:?} {scheduler}");
        }
    }
}

/// A packet that comes over and over, a millisecond apart, and what becomes of it.
struct Row {
    name: &'static str,
    engine: Engine,
    hook: Hook,
    packet: Vec<u8>,
    becomes: Outcome,
}

/// Handles a row's packet as a host does.
fn pass(row: &mut Row, round: u64) {
    let now = Instant::ZERO + Duration::from_millis(round);
    let view = View::new(&row.packet).expect("it is a whole packet");
    let verdict = row.engine.handle(now, Meta::at(row.hook), &view, &mut OneWay, &mut ());
    assert_eq!(verdict.outcome(), row.becomes, "{}: {verdict:?}", row.name);
    if let Some((rewrite, _)) = verdict.passing() {
        let mut buffer = [0; HEADROOM + LONGEST];
        let end = HEADROOM + row.packet.len();
        buffer[HEADROOM..end].copy_from_slice(&row.packet);
        let mut packet = Packet::new(&mut buffer[..end], HEADROOM).expect("it is a whole packet");
        rewrite.apply(&mut packet).expect("there is room");
    }
}

/// A director that has been asked by client 0.
fn asked(method: Method) -> Engine {
    let mut engine = director(method, "rr", 64);
    let syn = packet(client(0), VIP, SYN);
    let view = View::new(&syn).expect("it is a whole packet");
    let verdict =
        engine.handle(Instant::ZERO, Meta::at(Hook::LocalIn), &view, &mut OneWay, &mut ());
    assert_eq!(verdict.outcome(), Outcome::Forward);
    engine
}

/// A director with one service, of this protocol, and at most one server.
fn one_service(proto: Proto, method: Option<Method>) -> Engine {
    let mut engine = Engine::new(Limits::default(), 1);
    let (service, origin) = (ServiceKey::Port { proto, vip: VIP }, OriginId(0));
    let add = Change::AddService { service, config: ServiceConfig::new("wlc"), origin };
    engine.apply(Instant::ZERO, add).expect("a new service");
    if let Some(method) = method {
        let (rip, config) = (Endpoint::new([10, 1, 0, 1].into(), 80), DestConfig::new(method, 1));
        let add = Change::AddDest { service, rip, config, origin };
        engine.apply(Instant::ZERO, add).expect("a new destination");
        let add = Change::AddLocal { service, addr: [10, 1, 0, 200].into(), origin };
        engine.apply(Instant::ZERO, add).expect("a new local address");
    }
    engine
}

/// A packet with another protocol or length: its header fits again.
fn resized(mut packet: Vec<u8>, len: usize) -> Vec<u8> {
    packet.resize(len, 0);
    packet[2..4].copy_from_slice(&(len as u16).to_be_bytes());
    seal(&mut packet, 0..20, 10);
    packet
}

/// An ICMP error about this packet: port unreachable.
fn unreachable(src: Ipv4Addr, dst: Ipv4Addr, about: &[u8]) -> Vec<u8> {
    let ends = [src, dst].map(|addr| Endpoint::new(addr, 0));
    let mut error = packet(ends[0], ends[1], 0)[..20].to_vec();
    error[9] = 1;
    error.extend([3, 3, 0, 0, 0, 0, 0, 0]);
    error.extend(about);
    let len = error.len();
    seal(&mut error, 20..len, 22);
    resized(error, len)
}

fn datagram() -> Vec<u8> {
    let mut bytes = packet(client(0), VIP, 0)[..24].to_vec();
    bytes[9] = 17;
    bytes.extend(b"\0\x0d\0\0hello");
    resized(bytes, 33)
}

fn with_ttl(packet: &[u8], ttl: u8) -> Vec<u8> {
    let mut packet = packet.to_vec();
    packet[8] = ttl;
    let len = packet.len();
    resized(packet, len)
}

#[test]
fn datagrams_errors_and_what_is_refused() {
    use Hook::{Forward, LocalIn};
    use Outcome as Is;
    let (syn, ack) = (packet(client(0), VIP, SYN), packet(client(0), VIP, ACK));
    let stranger = packet(client(1), VIP, SYN);
    let nobodys = packet(client(0), Endpoint::new(VIP.addr, 81), SYN);
    let full = {
        let mut engine = director(Method::Nat, "rr", 1);
        let view = View::new(&syn).expect("it is a whole packet");
        let _ = engine.handle(Instant::ZERO, Meta::at(LocalIn), &view, &mut OneWay, &mut ());
        engine
    };
    let server = asked(Method::Nat).conns().next().expect("there is one connection").rip;
    let answer = packet(VIP, client(0), SYN | ACK);
    let request = packet(client(0), server, SYN);
    let error_in = unreachable(ROUTER, VIP.addr, &answer);
    let error_out = unreachable(server.addr, client(0).addr, &request);
    let to_fullnat = error_in.clone();
    let asked_in_full = asked(Method::FullNat).conns().next().expect("there is one connection");
    let request = packet(asked_in_full.lip, asked_in_full.rip, SYN);
    let of_fullnat = unreachable(ROUTER, asked_in_full.lip.addr, &request);
    let no_address = {
        let mut engine = director(Method::FullNat, "rr", 8);
        let service = ServiceKey::Port { proto: Proto::Tcp, vip: VIP };
        for number in load::LOCALS {
            let delete = Change::DeleteLocal { service, addr: [10, 1, 0, number].into() };
            engine.apply(Instant::ZERO, delete).expect("it is there");
        }
        engine
    };
    let mut damaged = error_in.clone();
    damaged[22] ^= 1;
    let long = resized(ack.to_vec(), LONGEST);
    #[rustfmt::skip]
    let mut rows = vec![
        ("error to a NAT server",    asked(Method::Nat), LocalIn, error_in.clone(), Is::Forward),
        ("error to a DR server",     asked(Method::Dr),  LocalIn, error_in.clone(), Is::Forward),
        ("error to a TUN server",    asked(Method::Tun), LocalIn, error_in,         Is::Forward),
        ("error of a NAT server",    asked(Method::Nat), Forward, error_out,        Is::Reroute),
        ("error to a FULLNAT server", asked(Method::FullNat), LocalIn, to_fullnat,   Is::Forward),
        ("error of a FULLNAT server", asked(Method::FullNat), LocalIn, of_fullnat,   Is::Forward),
        ("no local address",         no_address,         LocalIn, stranger.to_vec(), Is::Reject),
        ("error with a wrong sum",   asked(Method::Nat), LocalIn, damaged,          Is::Drop),
        ("too long for the tunnel",  asked(Method::Tun), LocalIn, long,             Is::Reject),
        ("last hop",                 asked(Method::Nat), LocalIn, with_ttl(&ack, 1), Is::Reject),
        ("no server",                one_service(Proto::Tcp, None), LocalIn, syn.to_vec(), Is::Reject),
        ("table full",               full,               LocalIn, stranger.to_vec(), Is::Drop),
        ("no service",               asked(Method::Nat), LocalIn, nobodys.to_vec(), Is::Accept),
        ("no SYN, no connection",    director(Method::Nat, "rr", 8), LocalIn, ack.to_vec(), Is::Accept),
        ("reply of no connection",   asked(Method::Nat), Forward, packet(server, client(9), ACK).to_vec(), Is::Accept),
    ];
    for method in METHODS {
        let engine = one_service(Proto::Udp, Some(method));
        rows.push(("datagram", engine, LocalIn, datagram(), Is::Forward));
    }
    for (name, engine, hook, packet, becomes) in rows {
        let mut row = Row { name, engine, hook, packet, becomes };
        pass(&mut row, 0);
        assert_eq!(allocated(|round| pass(&mut row, round)), 0, "{name}");
    }
}
