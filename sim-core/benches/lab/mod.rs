//! The lab of the benches: clients – switch – router – switch – servers.
//!
//! A packet-hop is one frame fully received at one end of one cable; an echo and its reply are 8.

mod floor;

use std::fmt::Write;

use lvs_engine::OriginId;
use sim_core::event::JobId;
use sim_core::shell::Shell;
use sim_core::story::{Player, open};
use sim_core::trace::{Dir, Note, Trace};
use sim_core::world::World;

pub use floor::Floor;

/// A world, and commands that are about to be typed.
#[derive(Clone)]
pub struct Lab {
    world: World,
    jobs: Vec<JobId>,
}

impl Lab {
    /// So many clients, each about to type this line; `$server` is its own server's address.
    pub fn new(pairs: u8, line: &str) -> Self {
        let scenario = open("lab", &text(pairs), None, false).expect("the lab is right");
        let player = Player::new(scenario, &mut Trace::default()).expect("it can be set up");
        let mut lab = Self { world: player.world, jobs: Vec::new() };
        for number in 1..=pairs {
            let client = lab.world.net.node_by_name(&format!("c{number}")).expect("it is there");
            let mut shell = Shell::default();
            shell.vars.insert("server".into(), format!("10.0.1.{number}"));
            for step in shell.compile(line).expect("the line is right") {
                lab.jobs.push(lab.world.type_command(client, &step, OriginId(0)));
            }
        }
        lab
    }

    /// So many clients, each about to send its own server so many echo requests of 64 bytes.
    pub fn echo(pairs: u8, echoes: u64) -> Self {
        Self::new(pairs, &format!("ping -q -c {echoes} -i 0.002 -s 64 $server"))
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

fn text(pairs: u8) -> String {
    let mut nodes = String::new();
    let mut links = String::new();
    for (side, name) in ["c", "s"].iter().enumerate() {
        let port = pairs;
        let _ = write!(nodes, "Switch(name: \"lan{side}\", ports: {}),", port + 1);
        let _ = write!(links, "(a: \"router:eth{side}\", b: \"lan{side}:{port}\"),");
        for number in 1..=pairs {
            let serves = if side == 1 { "serves: [\"http 80\"]," } else { "" };
            let _ = write!(
                nodes,
                "Host(name: \"{name}{number}\", nics: [(\"eth0\", \"02:00:00:00:{side:02x}:{number:02x}\")], {serves} \
                 setup: [\"ip addr add 10.0.{side}.{number}/24 dev eth0\", \"ip route add default via 10.0.{side}.254\"]),"
            );
            let _ = write!(links, "(a: \"{name}{number}:eth0\", b: \"lan{side}:{}\"),", number - 1);
        }
    }
    format!(
        "(title: (en: \"a lab\", zh: \"实验\"), nodes: [{nodes} Host(name: \"router\", nics: [(\"eth0\", \"02:00:00:00:ff:00\"), \
         (\"eth1\", \"02:00:00:00:ff:01\")], setup: [\"ip addr add 10.0.0.254/24 dev eth0\", \"ip addr add 10.0.1.254/24 dev eth1\", \
         \"sysctl -w net.ipv4.ip_forward=1\"])], links: [{links}], story: [])"
    )
}
