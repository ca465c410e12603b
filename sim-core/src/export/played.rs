//! A story that was played to its end, with where in its trace each step stands: what pictures and
//! pages are made from.

use std::net::Ipv4Addr;
use std::ops::Range;

use crate::scenario::Scenario;
use crate::story::{PlayError, Player, Progress};
use crate::trace::Trace;
use crate::world::World;

/// A story that was played.
#[derive(Clone, Debug)]
pub struct Played {
    /// The player, at the end.
    pub player: Player,
    /// All that happened.
    pub trace: Trace,
    /// How many entries of the trace are those of the setup.
    pub setup: usize,
    /// The steps of the story, in order.
    pub steps: Vec<Told>,
    /// The addresses of each node when the story began; those of `lo` behind the others.
    pub addrs: Vec<Vec<Ipv4Addr>>,
}

/// A step of the story that was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// Its number.
    pub step: usize,
    /// How many entries the trace had before.
    pub entry: usize,
    /// Which of the player's failures it brought.
    pub failures: Range<usize>,
}

impl Played {
    /// Plays a scenario.
    ///
    /// # Errors
    /// When a command of the setup fails. What fails later is in the player.
    pub fn new(scenario: Scenario) -> Result<Self, PlayError> {
        let mut trace = Trace::default();
        let mut player = Player::new(scenario, &mut trace)?;
        let (setup, addrs) = (trace.len(), addrs(&player.world));
        let mut steps = Vec::new();
        loop {
            let (entry, failed) = (trace.len(), player.failures().len());
            match player.step(&mut trace) {
                Progress::Story(step) => {
                    let failures = failed..player.failures().len();
                    steps.push(Told { step, entry, failures });
                }
                Progress::Done => break,
                _ => {}
            }
        }
        Ok(Self { player, trace, setup, steps, addrs })
    }

    /// Whether all expectations held and the story came to its end.
    pub fn is_ok(&self) -> bool {
        self.player.failures().is_empty() && self.player.error().is_none()
    }
}

/// The addresses of all nodes, without that of the loopback itself.
fn addrs(world: &World) -> Vec<Vec<Ipv4Addr>> {
    let of = |node| {
        let Some(host) = world.net.node(node).host() else { return Vec::new() };
        let mut ifaces: Vec<_> = host.fib().iface_ids().collect();
        // `lo` is the first.
        let first = 1.min(ifaces.len());
        ifaces.rotate_left(first);
        let all = ifaces.into_iter().flat_map(|iface| &host.fib().iface(iface).addrs);
        let mut found: Vec<Ipv4Addr> = Vec::new();
        for own in all {
            let addr = own.local.addr;
            if !addr.is_loopback() && !found.contains(&addr) {
                found.push(addr);
            }
        }
        found
    };
    world.net.node_ids().map(of).collect()
}
