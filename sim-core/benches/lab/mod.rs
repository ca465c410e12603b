//! The lab of the benches: clients – switch – router – switch – servers.
//!
//! A packet-hop is one frame fully received at one end of one cable; an echo and its reply are 8.

mod floor;

use std::fmt::Write;
use std::time::Duration;

use lvs_engine::{Instant, OriginId};
use sim_core::event::{JobId, NodeId};
use sim_core::net::Kind;
use sim_core::shell::Shell;
use sim_core::story::{Player, open};
use sim_core::trace::{Dir, Note, Trace};
use sim_core::world::World;

pub use floor::Floor;

/// Between the first datagrams of two talks: no two frames come at one instant.
const APART: Duration = Duration::from_nanos(100);

/// A world, and commands that are about to be typed.
#[derive(Clone)]
pub struct Lab {
    pub world: World,
    jobs: Vec<JobId>,
}

impl Lab {
    /// So many clients, each about to type this line; `$server` is its own server's address.
    pub fn new(pairs: u16, line: &str) -> Self {
        let mut lab = Self::set_up(pairs);
        for number in 1..=pairs {
            lab.type_on(0, number, line);
        }
        lab
    }

    /// So many clients, each about to send its own server so many echo requests of 64 bytes.
    pub fn echo(pairs: u16, echoes: u64) -> Self {
        Self::new(pairs, &format!("ping -q -c {echoes} -i 0.002 -s 64 $server"))
    }

    /// So many pairs that talk over UDP without end: both are servers, and answer each datagram of
    /// the other's with one of 64 bytes. All at the same instants or each at its own.
    ///
    /// Everybody's MAC address is known beforehand, to neighbours and to switches: of N silent hosts
    /// the first words would go to N ports each.
    pub fn talk(pairs: u16, together: bool) -> Self {
        let mut lab = Self::set_up(pairs);
        let apart = if together { Duration::ZERO } else { APART };
        lab.introduce(pairs);
        let serve = format!("serve udp 7 --name {:x<63}", "");
        for number in 1..=pairs {
            lab.type_on(1, number, &serve);
            // The port is the program's until the client's own server takes it.
            lab.type_on(0, number, "echo | nc -u -p 7 $server 7 &");
            lab.pass(apart);
        }
        // The datagrams have left, and the first answers have not.
        lab.pass(Duration::from_millis(50));
        for number in 1..=pairs {
            lab.type_on(0, number, &format!("kill nc; {serve}"));
        }
        lab.pass(Duration::from_secs(1));
        lab
    }

    /// So many clients, each about to ask its own server over TCP, again and again, each time over a
    /// new connection.
    pub fn asking(pairs: u16) -> Self {
        let mut lab = Self::set_up(pairs);
        lab.introduce(pairs);
        for number in 1..=pairs {
            lab.type_on(0, number, REQUEST);
            lab.pass(APART);
        }
        lab
    }

    /// Lets the clients ask until so many frames have arrived, and says how many have.
    pub fn ask(&mut self, hops: u64) -> u64 {
        let before = self.arrived();
        while self.arrived() - before < hops {
            // Between looks at who has got an answer and asks again.
            for _ in 0..100 {
                self.world.step(None);
            }
            for client in 0..self.jobs.len() {
                let job = self.world.job(self.jobs[client]).expect("it was typed");
                if let Some(status) = job.status {
                    assert_eq!(status, 0, "the request succeeds");
                    self.type_on(0, client as u16 + 1, REQUEST);
                    self.jobs[client] = self.jobs.pop().expect("it was just typed");
                }
            }
        }
        self.arrived() - before
    }

    fn set_up(pairs: u16) -> Self {
        let scenario = open("lab", &text(pairs), None, false).expect("the lab is right");
        let player = Player::new(scenario, &mut Trace::default()).expect("it can be set up");
        Self { world: player.world, jobs: Vec::new() }
    }

    /// Hosts know the router, the router knows the hosts, and switches have heard all of them.
    fn introduce(&mut self, pairs: u16) {
        let router = self.node(ROUTER);
        for side in [0, 1] {
            for number in 1..=pairs {
                let (addr, mac) = (addr(side, number), mac(side, number));
                self.type_at(router, &format!("ip neigh add {addr} lladdr {mac} dev eth{side}"));
                let (addr, mac) = (gateway(side), mac_of_router(side));
                self.type_on(side, number, &format!("ip neigh add {addr} lladdr {mac} dev eth0"));
            }
            self.type_at(router, &format!("arping -U -c 1 -I eth{side} {}", gateway(side)));
        }
        self.pass(Duration::from_secs(2));
        for side in [0, 1] {
            for number in 1..=pairs {
                self.type_on(side, number, &format!("echo | nc -u -w 1 {} 9", gateway(side)));
            }
        }
        self.pass(Duration::from_secs(2));
        self.jobs.clear();
    }

    /// Types a line on a client (0) or a server (1).
    fn type_on(&mut self, side: u16, number: u16, line: &str) {
        let node = self.node(&name(side, number));
        let line = line.replace("$server", &addr(1, number));
        self.type_at(node, &line);
    }

    fn type_at(&mut self, node: NodeId, line: &str) {
        for step in Shell::default().compile(line).expect("the line is right") {
            self.jobs.push(self.world.type_command(node, &step, OriginId(0)));
        }
    }

    /// A node by its name; the file names first the switches, then the router, then pairs.
    fn node(&self, name: &str) -> NodeId {
        let number: u16 = name[1..].parse().unwrap_or_default();
        let node = match &name[..1] {
            "c" => number * 2 + 1,
            "s" => number * 2 + 2,
            _ => 2,
        };
        assert_eq!(&*self.world.net.node(NodeId(node)).name, name);
        NodeId(node)
    }

    /// Lets so much time pass.
    pub fn pass(&mut self, time: Duration) {
        let until = self.world.now() + time;
        self.run_until(until);
    }

    fn run_until(&mut self, until: Instant) {
        while self.world.next_at().is_some_and(|at| at <= until) {
            self.world.step(None);
        }
        self.world.advance(until);
    }

    /// Lets so many events happen, and says how many of them were packet-hops.
    pub fn step(&mut self, events: u64, mut trace: Option<&mut Trace>) -> u64 {
        let before = self.arrived();
        for _ in 0..events {
            assert!(self.world.step(trace.as_deref_mut()), "a talk has no end");
        }
        self.arrived() - before
    }

    /// How many frames were ever received at the ends of cables.
    pub fn arrived(&self) -> u64 {
        let of_node = |kind: &Kind| -> u64 {
            match kind {
                Kind::Host(host) => host.fib().ifaces.iter().map(|own| own.rx.packets).sum(),
                Kind::Switch(switch) => switch.ifaces.iter().map(|own| own.rx.packets).sum(),
            }
        };
        self.world.net.nodes.iter().map(|node| of_node(&node.kind)).sum()
    }

    /// Lets everything happen; the commands end, each with status 0.
    pub fn run(mut self, mut trace: Option<&mut Trace>) {
        while self.world.step(trace.as_deref_mut()) {}
        for job in self.jobs {
            let status = self.world.job(job).expect("it was typed").status;
            assert_eq!(status, Some(0), "the command succeeds");
        }
    }

    /// How many packet-hops the run takes.
    pub fn hops(&self) -> u64 {
        let mut trace = Trace::default();
        self.clone().run(Some(&mut trace));
        hops(&trace)
    }
}

/// The packet-hops of a run.
pub fn hops(trace: &Trace) -> u64 {
    let arrived = |what: &Note| matches!(what, Note::Frame { dir: Dir::In, .. });
    trace.entries().iter().filter(|entry| arrived(&entry.what)).count() as u64
}

const REQUEST: &str = "curl http://$server/";
const ROUTER: &str = "router";

fn name(side: u16, number: u16) -> String {
    format!("{}{number}", if side == 0 { "c" } else { "s" })
}

fn addr(side: u16, number: u16) -> String {
    format!("10.{side}.{}.{}", number >> 8, number & 255)
}

fn mac(side: u16, number: u16) -> String {
    format!("02:00:00:{side:02x}:{:02x}:{:02x}", number >> 8, number & 255)
}

fn gateway(side: u16) -> String {
    addr(side, 0xfffe)
}

fn mac_of_router(side: u16) -> String {
    mac(side, 0xfffe)
}

/// The lab's file. All hosts of a side are in one network.
pub fn text(pairs: u16) -> String {
    let mut nodes = String::new();
    let mut links = String::new();
    for side in [0, 1] {
        let _ = write!(nodes, "Switch(name: \"lan{side}\", ports: {}),", pairs + 1);
        let _ = write!(links, "(a: \"router:eth{side}\", b: \"lan{side}:{pairs}\"),");
    }
    let _ = write!(
        nodes,
        "Host(name: \"router\", nics: [(\"eth0\", \"{}\"), (\"eth1\", \"{}\")], setup: [\
         \"ip addr add {}/16 dev eth0\", \"ip addr add {}/16 dev eth1\", \
         \"sysctl -w net.ipv4.ip_forward=1\"]),",
        mac_of_router(0),
        mac_of_router(1),
        gateway(0),
        gateway(1)
    );
    for number in 1..=pairs {
        for side in [0, 1] {
            let serves = if side == 1 { "serves: [\"http 80\"]," } else { "" };
            let (name, addr, mac) = (name(side, number), addr(side, number), mac(side, number));
            let _ = write!(
                nodes,
                "Host(name: \"{name}\", nics: [(\"eth0\", \"{mac}\")], {serves} setup: [\
                 \"ip addr add {addr}/16 dev eth0\", \"ip route add default via {}\"]),",
                gateway(side)
            );
            let _ = write!(links, "(a: \"{name}:eth0\", b: \"lan{side}:{}\"),", number - 1);
        }
    }
    format!(
        "(title: (en: \"a lab\", zh: \"实验\"), limits: (events: 4000000000), nodes: [{nodes}], \
         links: [{links}], story: [])"
    )
}
