//! Traffic for the benches and for the test of allocations: a director with live connections, and
//! packets of theirs in random order.

#[allow(dead_code, reason = "each bench uses its part")]
mod floor;

use std::hint::black_box;
use std::net::Ipv4Addr;
use std::ops::Range;
use std::time::Duration;

use lvs_engine::{
    Change, Conn, DestConfig, Endpoint, Engine, Hook, Instant, Limits, Meta, Method, OriginId,
    Packet, Probe, Proto, Reason, Rng, Route, Routes, ServiceConfig, ServiceKey, Verdict, Way,
};

pub use floor::Floor;

/// A TCP segment without data.
pub const LEN: usize = 40;
/// How many packets are read ahead together.
pub const BATCH: usize = 32;
/// Room before a packet for an outer header.
const HEADROOM: usize = 24;
const DESTS: u16 = 16;
/// The last numbers of FULLNAT's local addresses: as many as meet each server in turn.
pub const LOCALS: std::ops::Range<u8> = 200..215;
/// The most different packets; each bench goes round them. They touch more than a cache holds.
const MOST_PACKETS: usize = 1 << 18;
/// How long a connection lives that has only sent a SYN. Linux 6.1 ip_vs_proto_tcp.c tcp_timeouts.
const SYN_RECV: Duration = Duration::from_secs(60);
/// A flag that opens a connection.
pub const SYN: u8 = 2;
/// A flag of a segment within one.
pub const ACK: u8 = 16;

/// The service.
pub const VIP: Endpoint = Endpoint::new(Ipv4Addr::new(192, 0, 2, 100), 80);

/// The host's routing: everything is behind one interface.
pub struct OneWay;

impl Routes for OneWay {
    type Path = ();

    fn route(&mut self, _: Ipv4Addr) -> Option<Route<()>> {
        Some(Route { local: false, mtu: 1500, src: [10, 1, 0, 1].into(), path: () })
    }

    fn learn_mtu(&mut self, _: Ipv4Addr, _: u16) {}
}

/// A listener that keeps the reasons of one packet.
#[derive(Default)]
pub struct Recorder(Vec<Reason>);

impl Probe for Recorder {
    fn note(&mut self, reason: Reason) {
        self.0.push(reason);
    }
}

/// A director and the packets that it gets, over and over.
pub struct Load {
    engine: Engine,
    now: Instant,
    tick: Duration,
    meta: Meta,
    packets: Vec<[u8; LEN]>,
    next: usize,
}

impl Load {
    /// So many established connections, and packets of one way of theirs, a microsecond apart.
    pub fn known(method: Method, way: Way, conns: u32) -> Self {
        let mut engine = director(method, "rr", conns);
        for flags in [SYN, ACK] {
            for number in 0..conns {
                let mut buffer = behind_room(&packet(client(number), VIP, flags));
                pass(&mut engine, Instant::ZERO, Meta::at(Hook::LocalIn), &mut buffer, &mut ());
            }
        }
        let known: Vec<Conn> = engine.conns().collect();
        assert_eq!(known.len(), conns as usize, "each client has its connection");
        let mut rng = Rng::new(7);
        let count = known.len().next_power_of_two().min(MOST_PACKETS);
        let packets = (0..count).map(|_| {
            let conn = known[(rng.next_u64() % u64::from(conns)) as usize];
            match way {
                Way::Request => packet(conn.client, conn.vip, ACK),
                Way::Reply => packet(conn.rip, conn.lip, ACK),
            }
        });
        let packets = packets.collect();
        // Under FULLNAT replies come to an address of the director.
        let passes = way == Way::Reply && method != Method::FullNat;
        let hook = if passes { Hook::Forward } else { Hook::LocalIn };
        let tick = Duration::from_micros(1);
        Self { engine, now: Instant::ZERO, tick, meta: Meta::at(hook), packets, next: 0 }
    }

    /// Each packet opens a connection, so fast that so many live at once.
    pub fn opening(method: Method, scheduler: &'static str, live: u32) -> Self {
        let packets: Vec<_> =
            (0..MOST_PACKETS as u32).map(|number| packet(client(number), VIP, SYN)).collect();
        assert!(live as usize * 2 <= packets.len(), "a client comes again when it is forgotten");
        let mut load = Self {
            engine: director(method, scheduler, live * 2),
            now: Instant::ZERO,
            tick: SYN_RECV / live,
            meta: Meta::at(Hook::LocalIn),
            packets,
            next: 0,
        };
        (0..live * 2).for_each(|_| load.open(&mut ()));
        // An entry ends with its slot of the timers' wheel, up to an eighth late.
        let (lives, live) = (load.engine.conns().count(), live as usize);
        assert!((live..=live + live / 8).contains(&lives), "{lives} connections live");
        load
    }

    /// The live connections, for the floor.
    pub fn conns(&self) -> impl Iterator<Item = Conn> {
        self.engine.conns()
    }

    /// The packets, for the floor.
    pub fn packets(&self) -> &[[u8; LEN]] {
        &self.packets
    }

    /// One packet through the engine, and its edit.
    pub fn pass<P: Probe>(&mut self, probe: &mut P) -> [u8; LEN] {
        self.now = self.now + self.tick;
        let mut buffer = behind_room(self.take());
        pass(&mut self.engine, self.now, self.meta, &mut buffer, probe);
        black_box(&mut buffer);
        *buffer.last_chunk().expect("the packet is behind the headroom")
    }

    /// Only the packet's bytes, brought behind room for an outer header and back.
    pub fn refill(&mut self) -> [u8; LEN] {
        let mut buffer = behind_room(self.take());
        black_box(&mut buffer);
        *buffer.last_chunk().expect("the packet is behind the headroom")
    }

    /// One packet that opens a connection, after the end of those whose time has come.
    pub fn open<P: Probe>(&mut self, probe: &mut P) {
        self.engine.handle_timeout(self.now, probe);
        self.pass(probe);
    }

    /// A batch of packets, read ahead together.
    pub fn pass_batch(&mut self) {
        let mut buffers: [_; BATCH] = std::array::from_fn(|_| behind_room(self.take()));
        self.engine.warm(buffers.iter().map(|buffer| &buffer[HEADROOM..]));
        for buffer in &mut buffers {
            self.now = self.now + self.tick;
            pass(&mut self.engine, self.now, self.meta, buffer, &mut ());
        }
        black_box(&mut buffers);
    }

    fn take(&mut self) -> &[u8; LEN] {
        self.next = (self.next + 1) & (self.packets.len() - 1);
        &self.packets[self.next]
    }
}

impl Recorder {
    /// Forgets the last packet's reasons, and returns how many they were.
    pub fn clear(&mut self) -> usize {
        let noted = black_box(&self.0).len();
        self.0.clear();
        noted
    }
}

/// What a host does with each packet.
fn pass<P: Probe>(
    engine: &mut Engine,
    now: Instant,
    meta: Meta,
    buffer: &mut [u8; HEADROOM + LEN],
    probe: &mut P,
) {
    let mut packet = Packet::new(buffer, HEADROOM).expect("it is a whole packet");
    let verdict = engine.handle(now, meta, &packet.view(), &mut OneWay, probe);
    let (Verdict::Forward { rewrite, .. } | Verdict::Reroute(rewrite, _)) = verdict else {
        panic!("the packet goes on: {verdict:?}");
    };
    rewrite.apply(&mut packet).expect("there is room");
}

/// A director with one service and room for so many connections.
pub fn director(method: Method, scheduler: &'static str, conns: u32) -> Engine {
    let mut engine = Engine::new(Limits { conns, conns_at_start: conns }, 1);
    let origin = OriginId(0);
    let mut apply = |change| engine.apply(Instant::ZERO, change).expect("a right change");
    let service = ServiceKey::Port { proto: Proto::Tcp, vip: VIP };
    apply(Change::AddService { service, config: ServiceConfig::new(scheduler), origin });
    if method == Method::FullNat {
        for number in LOCALS {
            let addr = [10, 1, 0, number].into();
            apply(Change::AddLocal { service, addr, origin });
        }
    }
    let config = DestConfig::new(method, 1);
    for number in 1..=DESTS {
        let rip = Endpoint::new([10, 1, 0, number as u8].into(), VIP.port);
        apply(Change::AddDest { service, rip, config, origin });
    }
    engine
}

/// A client of its own for each number.
pub fn client(number: u32) -> Endpoint {
    let (address, port) = (0x0a80_0000 + number / 60_000, 1024 + number % 60_000);
    Endpoint::new(address.into(), port as u16)
}

/// A TCP segment without data, TTL 64, with right checksums.
pub fn packet(src: Endpoint, dst: Endpoint, flags: u8) -> [u8; LEN] {
    let mut bytes = [0; LEN];
    bytes[..10].copy_from_slice(&[0x45, 0, 0, LEN as u8, 0, 1, 0x40, 0, 64, 6]);
    bytes[12..16].copy_from_slice(&src.addr.octets());
    bytes[16..20].copy_from_slice(&dst.addr.octets());
    bytes[20..22].copy_from_slice(&src.port.to_be_bytes());
    bytes[22..24].copy_from_slice(&dst.port.to_be_bytes());
    bytes[32..36].copy_from_slice(&[0x50, flags, 0xff, 0xff]);
    seal(&mut bytes, 0..20, 10);
    let check = !floor::sum(&bytes[12..], 6 + 20); // the pseudo header is both addresses and this
    bytes[36..38].copy_from_slice(&check.to_be_bytes());
    bytes
}

/// Makes the checksum right that covers this part of a packet.
pub fn seal(packet: &mut [u8], covered: Range<usize>, at: usize) {
    packet[at..at + 2].fill(0);
    let check = !floor::sum(&packet[covered], 0);
    packet[at..at + 2].copy_from_slice(&check.to_be_bytes());
}

fn behind_room(packet: &[u8; LEN]) -> [u8; HEADROOM + LEN] {
    let mut buffer = [0; HEADROOM + LEN];
    buffer[HEADROOM..].copy_from_slice(packet);
    buffer
}
