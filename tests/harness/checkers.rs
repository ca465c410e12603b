//! The checkers: laws that hold in every scenario after every event, whatever the scenario is
//! about.
//!
//! Most read the trace, one entry after the other, and can be fed a doctored one; `tables` reads
//! the world. They use none of the code that they judge: bytes are read at fixed places and sums
//! are made anew.

mod by_hand;
mod mac;
mod parentless;
mod passes;
mod rewrite;
mod sums;
pub mod tables;
mod ttl;
mod wire;

use std::collections::BTreeMap;
use std::fmt;

use sim_core::Instant;
use sim_core::event::{NodeId, Seq};
use sim_core::frame::FrameId;
use sim_core::net::Net;
use sim_core::trace::{Dir, Entry, Note, Trace};
use sim_core::world::{World, end_name};

pub use by_hand::ByHand;
pub use mac::OwnMac;
pub use parentless::OwnPackets;
pub use rewrite::OnlyNamedEdits;
pub use sums::RightSums;
pub use ttl::Ageing;
pub use wire::Wires;

/// A law that the entries of a trace obey.
pub trait Checker {
    /// The law, as a sentence.
    fn law(&self) -> &'static str;

    /// Whether frames that a story made by hand obey it too, and what hosts make of them.
    fn is_of_what_is_made_by_hand(&self) -> bool {
        true
    }

    /// Sees the next entry.
    ///
    /// # Errors
    /// How it breaks the law.
    fn see(&mut self, net: &Net, entry: &Entry) -> Result<(), String>;
}

/// A frame that passed an iface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passed {
    /// Its number.
    pub id: FrameId,
    /// When.
    pub at: Instant,
    /// At which iface of which node.
    pub end: String,
}

impl Passed {
    fn of(net: &Net, entry: &Entry) -> Option<Self> {
        let Note::Frame { iface, frame, .. } = &entry.what else { return None };
        let end = end_name(net, entry.node, *iface);
        Some(Self { id: frame.id, at: entry.at, end })
    }
}

/// A broken law: by which event, by which frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breach {
    /// The law.
    pub law: &'static str,
    /// When.
    pub at: Instant,
    /// During which event.
    pub seq: Seq,
    /// At which node.
    pub node: String,
    /// By which frame. What is wrong in a table is laid to the frame that came to its node last.
    pub frame: Option<Passed>,
    /// How.
    pub what: String,
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { law, at, seq, node, frame, what } = self;
        write!(f, "{at} s, event {}, {node}", seq.0)?;
        if let Some(Passed { id, at, end }) = frame {
            write!(f, ", frame {} ({at} {end})", id.0)?;
        }
        write!(f, ": {what}\n   law: {law}")
    }
}

/// All checkers that read a trace.
pub fn of_traces() -> Vec<Box<dyn Checker>> {
    vec![
        Box::new(OwnMac),
        Box::new(OwnPackets::default()),
        Box::new(RightSums),
        Box::new(Ageing::default()),
        Box::new(Wires::default()),
        Box::new(OnlyNamedEdits::default()),
    ]
}

/// More breaches of one scenario than anybody reads.
const MOST_BREACHES: usize = 20;

/// All checkers at work on one run.
pub struct Watch {
    /// What was found.
    pub breaches: Vec<Breach>,
    checkers: Vec<Box<dyn Checker>>,
    by_hand: ByHand,
    seen: usize,
    /// The event of the last entry seen.
    seq: Seq,
    /// By node: the last frame that came.
    last: BTreeMap<NodeId, Passed>,
    /// A table that is wrong stays wrong: each node is reported once.
    reported: Vec<NodeId>,
}

impl Default for Watch {
    /// Checkers that have seen nothing yet.
    fn default() -> Self {
        Self {
            breaches: Vec::new(),
            checkers: of_traces(),
            by_hand: ByHand::default(),
            seen: 0,
            seq: Seq(0),
            last: BTreeMap::new(),
            reported: Vec::new(),
        }
    }
}

impl Watch {
    /// Looks at what has been added to the trace, and at all tables: a connection may expire
    /// without a word.
    pub fn look(&mut self, world: &World, trace: &Trace) {
        let new = &trace.entries()[self.seen..];
        self.seen = trace.len();
        for entry in new {
            self.see(&world.net, entry);
            self.seq = entry.seq;
            if matches!(entry.what, Note::Frame { dir: Dir::In, .. }) {
                self.last.extend(Passed::of(&world.net, entry).map(|own| (entry.node, own)));
            }
        }
        for node in world.net.node_ids() {
            self.look_into(world, node);
        }
    }

    fn see(&mut self, net: &Net, entry: &Entry) {
        let by_hand = self.by_hand.see(entry);
        for checker in &mut self.checkers {
            if by_hand && !checker.is_of_what_is_made_by_hand() {
                continue;
            }
            if let Err(what) = checker.see(net, entry) {
                let breach = breach(checker.law(), net, entry, what);
                self.breaches.push(breach);
            }
        }
        self.breaches.truncate(MOST_BREACHES);
    }

    fn look_into(&mut self, world: &World, node: NodeId) {
        let Some(engine) = world.net.node(node).host().and_then(|host| host.engine()) else {
            return;
        };
        if !self.reported.contains(&node) {
            self.report(world, node, tables::breaches(engine, world.now()));
        }
    }

    /// Notes what is wrong in a node's tables now: the law, and how it is broken.
    pub fn report(&mut self, world: &World, node: NodeId, found: Vec<(&'static str, String)>) {
        for (law, what) in found {
            let name = world.net.node(node).name.to_string();
            let (at, seq, frame) = (world.now(), self.seq, self.last.get(&node).cloned());
            self.breaches.push(Breach { law, at, seq, node: name, frame, what });
            self.reported.push(node);
        }
    }
}

/// What one checker finds in a whole trace.
pub fn check(checker: &mut dyn Checker, net: &Net, entries: &[Entry]) -> Vec<Breach> {
    let law = checker.law();
    let found = entries.iter().filter_map(|entry| {
        let what = checker.see(net, entry).err()?;
        Some(breach(law, net, entry, what))
    });
    found.collect()
}

fn breach(law: &'static str, net: &Net, entry: &Entry, what: String) -> Breach {
    let frame = Passed::of(net, entry);
    let node = net.node(entry.node).name.to_string();
    Breach { law, at: entry.at, seq: entry.seq, node, frame, what }
}
