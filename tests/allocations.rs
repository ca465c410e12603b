//! The engine allocates nothing per packet.

use std::net::Ipv4Addr;
use std::time::Duration;

use lvs_engine::{
    Change, Endpoint, Engine, Hook, Instant, Limits, Meta, Method, OriginId, Packet, Proto, Route,
    Routes, ServiceKey, Verdict, View,
};

/// Room before a packet for an outer header.
const HEADROOM: usize = 64;
/// Rounds of packets.
const ROUNDS: u16 = 1_000;

struct OneWay;

impl Routes for OneWay {
    type Path = ();

    fn route(&mut self, _: Ipv4Addr) -> Option<Route<()>> {
        Some(Route { local: false, mtu: 1500, src: [10, 1, 0, 1].into(), path: () })
    }

    fn learn_mtu(&mut self, _: Ipv4Addr, _: u16) {}
}

/// The director's service.
const VIP: Endpoint = Endpoint::new(Ipv4Addr::new(10, 0, 0, 100), 133);
const METHODS: [Method; 3] = [Method::Nat, Method::Dr, Method::Tun];

/// A director with one real server and room for so many connections.
fn director(method: Method, conns_at_start: u32) -> Engine {
    let mut engine = Engine::new(Limits { conns_at_start, ..Limits::default() }, 1);
    let (proto, vip, origin) = (Proto::Udp, VIP, OriginId(0));
    let add = Change::AddService { proto, vip, scheduler: "wlc", origin };
    engine.apply(Instant::ZERO, add).expect("a new service");
    let (service, rip) = (ServiceKey { proto, vip }, Endpoint::new([10, 1, 0, 11].into(), 133));
    let add = Change::AddDest { service, rip, method, weight: 1, origin };
    engine.apply(Instant::ZERO, add).expect("a new destination");
    engine
}

/// 10.0.0.2:PORT > 10.0.0.100:133, "hello", TTL 64, behind the headroom.
fn datagram(port: u16) -> [u8; HEADROOM + 33] {
    let mut buffer = [0; HEADROOM + 33];
    buffer[HEADROOM..].copy_from_slice(
        b"\x45\0\0\x21\x12\x34\x40\0\x40\x11\x14\x33\x0a\0\0\x02\x0a\0\0\x64\
          \xaf\xca\0\x85\0\x0d\0\0hello",
    );
    buffer[HEADROOM + 20..HEADROOM + 22].copy_from_slice(&port.to_be_bytes());
    buffer
}

/// One packet of the client at this port, a millisecond after the one before it, and its edit.
fn pass(engine: &mut Engine, round: u16, port: u16) {
    let now = Instant::ZERO + Duration::from_millis(u64::from(round));
    let mut buffer = datagram(port);
    let view = View::new(&buffer[HEADROOM..]).expect("it is a whole packet");
    let verdict = engine.handle(now, Meta::at(Hook::LocalIn), &view, &mut OneWay, &mut ());
    let Verdict::Forward { rewrite, .. } = verdict else { panic!("it goes on: {verdict:?}") };
    let mut packet = Packet::new(&mut buffer, HEADROOM).expect("it is a whole packet");
    rewrite.apply(&mut packet).expect("there is room");
}

#[test]
fn the_counter_counts() {
    let counted = allocation_counter::measure(|| drop(std::hint::black_box(vec![1_u8])));
    assert_eq!(counted.count_total, 1);
}

#[test]
fn packets_of_a_known_connection_cost_no_allocation() {
    for method in METHODS {
        let mut engine = director(method, 0);
        pass(&mut engine, 0, 45002);
        let counted = allocation_counter::measure(|| {
            (1..=ROUNDS).for_each(|round| pass(&mut engine, round, 45002));
        });
        assert_eq!(counted.count_total, 0, "{method:?}: {counted:?}");
        assert_eq!(engine.conns().count(), 1, "{method:?}");
    }
}

/// A table grows only beyond what it was made for.
#[test]
fn new_connections_cost_no_allocation_while_there_is_room() {
    for method in METHODS {
        let mut engine = director(method, u32::from(ROUNDS));
        let counted = allocation_counter::measure(|| {
            (0..ROUNDS).for_each(|round| pass(&mut engine, round, 1024 + round));
        });
        assert_eq!(counted.count_total, 0, "{method:?}: {counted:?}");
        assert_eq!(engine.conns().count(), usize::from(ROUNDS), "{method:?}");
    }
}
