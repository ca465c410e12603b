//! A director with many live connections: client – director – switch – server, by NAT over UDP.
//!
//! A datagram and its answer are 6 packet-hops; the first comes out of the client's cable.

use std::time::Duration;

use etherparse::PacketBuilder;
use lvs_engine::Rng;
use sim_core::event::IfaceId;
use sim_core::net::End;
use sim_core::story::{Player, open};
use sim_core::trace::Trace;
use sim_core::world::World;

const HOPS: u64 = 6;
/// Between two datagrams, so that none waits for another.
const APART: Duration = Duration::from_micros(10);
/// All answers have come.
const LONG: Duration = Duration::from_millis(200);

/// Longer than a connection lives without a packet.
const LIFE: Duration = Duration::from_secs(400);

/// A world in which so many connections are alive.
pub struct Director {
    world: World,
    at: End,
    conns: u32,
    rng: Rng,
}

impl Director {
    /// So many clients' ports have asked once.
    pub fn with(conns: u32) -> Self {
        let text = TEXT.replace("$conns", &(conns + 1).to_string());
        let scenario = open("director", &text, None, false).expect("the file is right");
        let world = Player::new(scenario, &mut Trace::default()).expect("it can be set up").world;
        let node = world.net.node_by_name("director").expect("it is there");
        let at = End { node, iface: IfaceId(1) };
        let mut director = Self { world, at, conns, rng: Rng::new(1) };
        (0..conns).for_each(|number| director.send(number));
        director.pass(LONG);
        let engine = director.world.net.node(node).host().and_then(|host| host.engine());
        let live = engine.expect("it has a service").conns().count();
        assert_eq!(live, conns as usize, "all are alive");
        director
    }

    /// So many datagrams of connections by chance, and how many packet-hops that took.
    pub fn ask(&mut self, datagrams: u64) -> u64 {
        for _ in 0..datagrams {
            let number = self.rng.next_u64() % u64::from(self.conns);
            self.send(number as u32);
        }
        self.pass(LONG);
        datagrams * HOPS
    }

    /// Other clients ask once, and all connections end.
    pub fn renew(&mut self) {
        (self.conns..self.conns * 2).for_each(|number| self.send(number));
        self.forget();
    }

    /// All connections end.
    pub fn forget(&mut self) {
        self.pass(LIFE);
        let engine = self.world.net.node(self.at.node).host().and_then(|host| host.engine());
        assert_eq!(engine.expect("it has a service").conns().count(), 0, "none is alive");
    }

    fn send(&mut self, number: u32) {
        let [_, high, middle, low] = (number / 50_000 + 1).to_be_bytes();
        let port = 1_024 + (number % 50_000) as u16;
        let packet = PacketBuilder::ethernet2([2, 0, 0, 0, 0, 1], [2, 0, 0, 0, 0, 2])
            .ipv4([10, high, middle, low], [192, 0, 2, 100], 64)
            .udp(port, 7);
        let mut bytes = Vec::with_capacity(106);
        packet.write(&mut bytes, &[b'x'; 64]).expect("a vector takes all");
        self.world.inject(self.at, &bytes);
        self.pass(APART);
    }

    fn pass(&mut self, time: Duration) {
        let until = self.world.now() + time;
        while self.world.next_at().is_some_and(|at| at <= until) {
            self.world.step(None);
        }
        self.world.advance(until);
    }
}

const TEXT: &str = r#"(
    title: (en: "a director", zh: "调度器"), limits: (events: 4000000000, conns: $conns),
    nodes: [
        Host(name: "client", nics: [("eth0", "02:00:00:00:00:01")],
            setup: ["ip addr add 198.51.100.10/24 dev eth0"]),
        Host(name: "director", nics: [("eth0", "02:00:00:00:00:02"), ("eth1", "02:00:00:00:00:03")], setup: [
            "ip addr add 198.51.100.1/24 dev eth0",
            "ip addr add 192.0.2.100/32 dev eth0",
            "ip addr add 192.0.2.1/25 dev eth1",
            "ip route add 10.0.0.0/8 via 198.51.100.10",
            "ip neigh add 198.51.100.10 lladdr 02:00:00:00:00:01 dev eth0",
            "ip neigh add 192.0.2.11 lladdr 02:00:00:00:00:04 dev eth1",
            "sysctl -w net.ipv4.ip_forward=1",
            "ipvsadm -A -u 192.0.2.100:7 -s rr",
            "ipvsadm -a -u 192.0.2.100:7 -r 192.0.2.11:7 -m",
        ]),
        Switch(name: "lan", ports: 2),
        Host(name: "server", nics: [("eth0", "02:00:00:00:00:04")], serves: ["udp 7"], setup: [
            "ip addr add 192.0.2.11/25 dev eth0",
            "ip route add default via 192.0.2.1",
            "ip neigh add 192.0.2.1 lladdr 02:00:00:00:00:03 dev eth0",
        ]),
    ],
    links: [
        (a: "client:eth0", b: "director:eth0"),
        (a: "director:eth1", b: "lan:0"),
        (a: "server:eth0", b: "lan:1"),
    ],
    story: [],
)"#;
