//! Packets, time and changes into the engine: all hooks, all methods.
//!
//! An input is a row of records: one byte that says what, two that say how long, and that many
//! bytes of a packet.

use std::net::Ipv4Addr;
use std::time::Duration;

use lvs_engine::{
    Change, DestConfig, Endpoint, Engine, Hook, Instant, Limits, Meta, Method, OriginId, Outcome,
    Packet, Persistence, Probe, Proto, Reason, Rewrite, Route, Routes, SchedFlags, ServiceConfig,
    ServiceKey, Tracked, Verdict, View,
};
use lvsim_tests::checkers::tables;
use lvsim_tests::{plays, sum};
use sim_core::trace::{Dir, Note};

/// The VIP of the labs.
const VIPS: [Ipv4Addr; 2] = [Ipv4Addr::new(192, 0, 2, 100), Ipv4Addr::new(198, 51, 100, 100)];
const RIPS: [Ipv4Addr; 3] =
    [Ipv4Addr::new(192, 0, 2, 11), Ipv4Addr::new(192, 0, 2, 12), Ipv4Addr::new(203, 0, 113, 11)];
/// One of them is a VIP as well.
const LIPS: [Ipv4Addr; 2] = [Ipv4Addr::new(192, 0, 2, 200), VIPS[0]];
const METHODS: [Method; 4] = [Method::Nat, Method::Dr, Method::Tun, Method::FullNat];
const SCHEDULERS: [&str; 14] =
    ["rr", "wrr", "lc", "wlc", "sed", "nq", "sh", "dh", "mh", "fo", "ovf", "lblc", "lblcr", "twos"];
const NOBODY: OriginId = OriginId(0);
/// Room before a packet, as a host keeps it.
const HEADROOM: usize = 64;

pub fn run(bytes: &[u8]) {
    let mut machine = Machine::new();
    let mut rest = bytes;
    for _ in 0..64 {
        let Some((&[what, high, low], behind)) = rest.split_first_chunk() else { break };
        let len = usize::from(u16::from_be_bytes([high, low])).min(behind.len());
        let (packet, next) = behind.split_at(len);
        rest = next;
        match what & 3 {
            3 => machine.change(what >> 2, u16::from_be_bytes([high, low])),
            hook => machine.packet(hook, what, packet),
        }
    }
    machine.come_to_rest();
}

/// The packets of the labs, as their directors got them, with some changes between.
pub fn seeds() -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    for play in plays::played().filter(|play| play.file.name.starts_with("tests/")) {
        let director = play.player.world.net.node_by_name("director");
        let mut input = Vec::new();
        for entry in play.trace.entries() {
            let Note::Frame { dir: Dir::In, frame, .. } = &entry.what else { continue };
            let Some(packet) = frame.bytes.bytes().get(14..) else { continue };
            if Some(entry.node) != director || packet[0] != 0x45 {
                continue;
            }
            let hook =
                if VIPS.iter().any(|vip| packet[16..20] == vip.octets()) { 0x40 } else { 0x41 };
            input.push(hook);
            input.extend_from_slice(&(packet.len() as u16).to_be_bytes());
            input.extend_from_slice(packet);
            if input.len() > 2_000 {
                all.push(std::mem::take(&mut input));
            }
        }
        all.push(input);
    }
    all.extend((0..16).map(|what| vec![what << 2 | 3, 1, 0]));
    all
}

/// An engine with services of all methods, and routes.
struct Machine {
    engine: Engine,
    now: Instant,
}

/// Routes of a director: its VIPs are its own, one network has a narrow path, one has none.
struct Table;

impl Routes for Table {
    type Path = u8;

    fn route(&mut self, to: Ipv4Addr) -> Option<Route<u8>> {
        let src = Ipv4Addr::new(192, 0, 2, 2);
        let local = VIPS.contains(&to) || to == src;
        match to.octets()[0] {
            192 | 198 => Some(Route { local, mtu: 1500, src, path: 0 }),
            203 => Some(Route { local, mtu: 1400, src, path: 1 }),
            _ => None,
        }
    }

    fn learn_mtu(&mut self, _: Ipv4Addr, _: u16) {}
}

/// Keeps the last reason.
#[derive(Default)]
struct Last(Option<Reason>);

impl Probe for Last {
    fn note(&mut self, reason: Reason) {
        self.0 = Some(reason);
    }
}

impl Machine {
    fn new() -> Self {
        let limits = Limits { conns: 32, conns_at_start: 8 };
        let mut machine = Self { engine: Engine::new(limits, 1), now: Instant::ZERO };
        for what in 0..8 {
            machine.add(what);
        }
        machine
    }

    fn service(what: u8) -> ServiceKey {
        let proto = if what & 1 == 0 { Proto::Tcp } else { Proto::Udp };
        let port = [80, 53, 81, 53][usize::from(what & 3)];
        match what & 15 {
            7 => ServiceKey::Mark(1),
            _ => {
                let vip = Endpoint::new(VIPS[usize::from(what >> 2 & 1)], port);
                ServiceKey::Port { proto, vip }
            }
        }
    }

    fn apply(&mut self, change: Change<'_>) {
        // A change that does not fit is refused: that is an answer.
        let _ = self.engine.apply(self.now, change);
    }

    /// Adds a service with destinations of one method.
    fn add(&mut self, what: u8) {
        let service = Self::service(what);
        let scheduler = SCHEDULERS[usize::from(what) % SCHEDULERS.len()];
        let mask = [255, 255, 255, 0].into();
        let config = ServiceConfig {
            persistence: (what & 0x20 != 0).then_some(Persistence { timeout_s: 50, mask }),
            one_packet: what & 0x40 != 0,
            flags: SchedFlags { first: what & 0x80 != 0, ..SchedFlags::default() },
            ..ServiceConfig::new(scheduler)
        };
        self.apply(Change::AddService { service, config, origin: NOBODY });
        let method = METHODS[usize::from(what % 4)];
        if method == Method::FullNat {
            self.apply(Change::AddLocal { service, addr: LIPS[0], origin: NOBODY });
        }
        for (nth, addr) in RIPS.into_iter().chain([VIPS[0]]).enumerate() {
            let rip = Endpoint::new(addr, service.vip().port);
            let config = DestConfig { upper: nth as u32, ..DestConfig::new(method, nth as u32) };
            self.apply(Change::AddDest { service, rip, config, origin: NOBODY });
        }
    }

    fn change(&mut self, what: u8, number: u16) {
        let key = Self::service(number as u8);
        let rip = Endpoint::new(RIPS[usize::from(number >> 3) % 3], key.vip().port);
        let (weight, seconds) = (u32::from(number >> 8), u32::from(number));
        match what % 8 {
            0 => self.add(number as u8),
            1 => self.apply(Change::DeleteDest { service: key, rip }),
            2 => {
                let method = METHODS[usize::from(number % 4)];
                let config = DestConfig::new(method, weight);
                self.apply(Change::EditDest { service: key, rip, config, origin: NOBODY });
            }
            3 => self.apply(Change::DeleteService { service: key }),
            4 => self.apply(Change::SetTimeouts {
                tcp: seconds,
                tcpfin: 1,
                udp: seconds,
                origin: NOBODY,
            }),
            5 if number.is_multiple_of(16) => self.apply(Change::Flush),
            5 => self.apply(Change::Zero { service: None }),
            6 => {
                let addr = LIPS[usize::from(number >> 3) % 2];
                self.apply(match number >> 4 & 1 {
                    0 => Change::AddLocal { service: key, addr, origin: NOBODY },
                    _ => Change::DeleteLocal { service: key, addr },
                });
            }
            _ => {
                self.now = self.now + Duration::from_secs(u64::from(number));
                self.engine.handle_timeout(self.now, &mut ());
            }
        }
        self.check();
    }

    fn packet(&mut self, hook: u8, what: u8, packet: &[u8]) {
        let Ok(view) = View::new(packet) else { return };
        let hook = [Hook::LocalIn, Hook::Forward, Hook::LocalOut][usize::from(hook)];
        let meta = Meta {
            to_us: what & 4 == 0,
            from_here: what & 8 != 0,
            mark: u32::from(what >> 6 & 1),
            tracked: [Tracked::No, Tracked::New, Tracked::Confirmed, Tracked::No]
                [usize::from(what >> 4 & 3)],
            ..Meta::at(hook)
        };
        let mut last = Last::default();
        let verdict = self.engine.handle(self.now, meta, &view, &mut Table, &mut last);
        let outcome = last.0.and_then(|reason| reason.outcome());
        assert_eq!(
            outcome,
            Some(kind(&verdict)),
            "the last reason, {:?}, names the verdict",
            last.0
        );
        if let Some((rewrite, _)) = verdict.passing() {
            rewritten(view.bytes(), rewrite);
        }
        if let Verdict::Reject { about, .. } = verdict {
            assert!(!about.of(view.bytes()).is_empty(), "an error is about something");
        }
        self.check();
    }

    fn check(&self) {
        assert_eq!(tables::breaches(&self.engine, self.now), [], "the tables agree");
        assert!(self.engine.conns().count() <= 32, "the limit holds");
    }

    /// When nothing comes for long enough, all connections end. Schedulers with a memory look at it
    /// each minute for ever: two days of that are seen.
    fn come_to_rest(mut self) {
        let mut looks = 3_000;
        while let Some(at) = self.engine.poll_timeout().filter(|_| looks > 0) {
            looks -= i32::from(self.engine.conns().next().is_none());
            self.now = self.now.max(at);
            self.engine.handle_timeout(self.now, &mut ());
            assert!(self.engine.poll_timeout().is_none_or(|next| next > at), "time goes on");
        }
        assert_eq!(self.engine.conns().count(), 0);
        self.check();
    }
}

fn kind(verdict: &Verdict<u8>) -> Outcome {
    match verdict {
        Verdict::Accept(..) => Outcome::Accept,
        Verdict::Local(..) => Outcome::Local,
        Verdict::Forward { .. } => Outcome::Forward,
        Verdict::Reroute(..) => Outcome::Reroute,
        Verdict::Reject { .. } => Outcome::Reject,
        Verdict::Drop => Outcome::Drop,
    }
}

/// An edit that was decided can be made, and leaves a packet whose header is as right as it was.
fn rewritten(packet: &[u8], rewrite: Rewrite) {
    let mut buf = vec![0; HEADROOM];
    buf.extend_from_slice(packet);
    let mut room = Packet::new(&mut buf, HEADROOM).expect("it was read before");
    let head = room.view().header_len();
    rewrite.apply(&mut room).expect("what was decided can be done");
    let view = room.view();
    let was_right = sum::is_right(&[&packet[..head]]);
    let is_right = sum::is_right(&[&view.bytes()[..view.header_len()]]);
    assert!(is_right || !was_right, "the header's checksum stays right after {rewrite:?}");
}
