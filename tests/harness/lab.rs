//! A small world to do anything to: the DR lab after its setup, before its story.

use std::collections::BTreeSet;
use std::sync::OnceLock;
use std::time::Duration;

use lvs_engine::OriginId;
use sim_core::event::{JobId, NodeId};
use sim_core::net::End;
use sim_core::shell::{Shell, Step};
use sim_core::trace::Trace;
use sim_core::world::World;

use crate::{files, plays};

/// The most events that one typed command may cause before it is left to itself.
const MOST_EVENTS: u64 = 3_000;

static START: OnceLock<World> = OnceLock::new();

/// The DR lab.
#[derive(Clone, Debug)]
pub struct Lab {
    /// Its world.
    pub world: World,
}

impl Default for Lab {
    fn default() -> Self {
        Self::new()
    }
}

impl Lab {
    /// The lab as its setup leaves it.
    pub fn new() -> Self {
        let world = START.get_or_init(|| {
            let (player, _) = plays::start(&files::world("dr")).expect("the lab can be set up");
            player.world
        });
        Self { world: world.clone() }
    }

    /// How many nodes there are.
    pub fn nodes(&self) -> usize {
        self.world.net.nodes.len()
    }

    /// All ends of all cables.
    pub fn ends(&self) -> Vec<End> {
        self.world.net.links.iter().flat_map(|link| link.ends).collect()
    }

    /// Types a line on a node; a line that is refused does nothing.
    pub fn type_line(&mut self, node: usize, line: &str, mut trace: Option<&mut Trace>) {
        for step in Shell::default().compile(line).unwrap_or_default() {
            self.type_step(node, &step, trace.as_deref_mut());
        }
    }

    /// Types one command on a node, and lets it run until it ends, goes to the background or has
    /// caused very much.
    pub fn type_step(&mut self, node: usize, step: &Step, mut trace: Option<&mut Trace>) {
        let node = NodeId(u16::try_from(node).expect("a lab is small"));
        let job = self.world.type_command(node, step, OriginId::default());
        let most = self.world.events() + MOST_EVENTS;
        while self.goes_on(job) && self.world.events() < most {
            if !self.world.step(trace.as_deref_mut()) {
                return;
            }
        }
    }

    fn goes_on(&self, job: JobId) -> bool {
        let known = self.world.job(job).expect("it was typed");
        let is_due = self.world.next_at() == Some(self.world.now());
        known.status.is_none() && (!known.background || is_due)
    }

    /// Lets this much time pass, but no more than that many events; whether all of the time has
    /// passed.
    pub fn pass(&mut self, time: Duration, most: u64, mut trace: Option<&mut Trace>) -> bool {
        let until = self.world.now() + time;
        let most = self.world.events() + most;
        while self.world.next_at().is_some_and(|at| at <= until) {
            if self.world.events() >= most {
                return false;
            }
            self.world.step(trace.as_deref_mut());
        }
        self.world.advance(until);
        true
    }

    /// Switches off each node on which a command still runs; how many they are.
    pub fn switch_off_busy_nodes(&mut self) -> usize {
        let busy = self.world.jobs().filter(|(_, job)| job.status.is_none());
        let busy: BTreeSet<NodeId> = busy.map(|(_, job)| job.node).collect();
        for &node in &busy {
            self.world.power(node, false);
        }
        busy.len()
    }
}
