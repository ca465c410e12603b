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
const ROUNDS: u64 = 1_000;

struct OneWay;

impl Routes for OneWay {
    type Path = ();

    fn route(&mut self, _: Ipv4Addr) -> Option<Route<()>> {
        Some(Route { local: false, mtu: 1500, src: [10, 1, 0, 1].into(), path: () })
    }

    fn learn_mtu(&mut self, _: Ipv4Addr, _: u16) {}
}

/// 10.0.0.2:45002 > 10.0.0.100:133, "hello", TTL 64, behind the headroom.
fn datagram() -> [u8; HEADROOM + 33] {
    let mut buffer = [0; HEADROOM + 33];
    buffer[HEADROOM..].copy_from_slice(
        b"\x45\0\0\x21\x12\x34\x40\0\x40\x11\x14\x33\x0a\0\0\x02\x0a\0\0\x64\
          \xaf\xca\0\x85\0\x0d\0\0hello",
    );
    buffer
}

#[test]
fn the_counter_counts() {
    let counted = allocation_counter::measure(|| drop(std::hint::black_box(vec![1_u8])));
    assert_eq!(counted.count_total, 1);
}

#[test]
fn packets_of_a_known_connection_cost_no_allocation() {
    for method in [Method::Nat, Method::Dr, Method::Tun] {
        let mut engine = Engine::new(Limits::default(), 1);
        let (proto, origin) = (Proto::Udp, OriginId(0));
        let vip = Endpoint::new([10, 0, 0, 100].into(), 133);
        let rip = Endpoint::new([10, 1, 0, 11].into(), 133);
        let service = ServiceKey { proto, vip };
        let add = Change::AddService { proto, vip, scheduler: "wlc", origin };
        engine.apply(Instant::ZERO, add).expect("a new service");
        let add = Change::AddDest { service, rip, method, weight: 1, origin };
        engine.apply(Instant::ZERO, add).expect("a new destination");
        let mut pass = |round: u64| {
            let now = Instant::ZERO + Duration::from_millis(round);
            let mut buffer = datagram();
            let view = View::new(&buffer[HEADROOM..]).expect("it is a whole packet");
            let meta = Meta::at(Hook::LocalIn);
            let verdict = engine.handle(now, meta, &view, &mut OneWay, &mut ());
            let Verdict::Forward { rewrite, .. } = verdict else {
                panic!("{method:?}: {verdict:?}")
            };
            let mut packet = Packet::new(&mut buffer, HEADROOM).expect("it is a whole packet");
            rewrite.apply(&mut packet).expect("there is room");
        };
        pass(0);
        let counted = allocation_counter::measure(|| (1..=ROUNDS).for_each(&mut pass));
        assert_eq!(counted.count_total, 0, "{method:?}: {counted:?}");
        assert_eq!(engine.conns().count(), 1, "{method:?}");
    }
}
