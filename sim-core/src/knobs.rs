//! The knobs of a scenario: every single change that is tried when it is asked what would have made
//! a difference.
//!
//! The list is finite and written down in `book/knobs.md`. It is drawn from the scenario alone: from
//! how its machines stand at some moment (addresses, routes, services, rules, programs) and from the
//! values that it mentions (addresses, networks, ports, MTUs, weights). Nothing in it breaks what
//! works: no machine is switched off, no cable pulled, no link set down, no rule added that drops,
//! and a service or destination is deleted only to be added again otherwise.

mod addr;
mod cable;
mod ipvs;
mod link;
mod neigh;
mod program;
mod route;
mod rule;
pub mod setting;
mod sibling;
#[cfg(test)]
mod tests;
mod values;

use std::collections::BTreeSet;

use lvs_engine::OriginId;

use crate::event::NodeId;
use crate::host::Host;
use crate::net::Node;
use crate::origin::Origin;
use crate::scenario::Scenario;
use crate::story::{PlayError, Player};
use crate::trace::Trace;
use crate::whatif::Change;
use crate::world::World;

use values::Values;

/// What a knob turns, the likeliest first: the order of the list among knobs of as many changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A line that a machine of the same making has.
    Sibling,
    /// A setting of the kernel.
    Setting,
    /// An address: added, deleted, with another mask, on another interface.
    Address,
    /// A route: added, replaced, deleted.
    Route,
    /// An interface: switched on, its MTU, a tunnel.
    Link,
    /// A service or destination of IPVS: an option, another one like it.
    Service,
    /// A rule or policy of netfilter.
    Rule,
    /// A program that listens.
    Program,
    /// An entry of the neighbour table.
    Neighbour,
    /// A cable: put in, its MTU.
    Cable,
    /// A machine that is switched on.
    Power,
}

impl Kind {
    /// All of them, in their order.
    pub const ALL: [Self; 11] = [
        Self::Sibling,
        Self::Setting,
        Self::Address,
        Self::Route,
        Self::Link,
        Self::Service,
        Self::Rule,
        Self::Program,
        Self::Neighbour,
        Self::Cable,
        Self::Power,
    ];

    /// Its name in tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sibling => "sibling",
            Self::Setting => "setting",
            Self::Address => "address",
            Self::Route => "route",
            Self::Link => "link",
            Self::Service => "service",
            Self::Rule => "rule",
            Self::Program => "program",
            Self::Neighbour => "neighbour",
            Self::Cable => "cable",
            Self::Power => "power",
        }
    }
}

/// The line of a host that a knob corrects.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct About {
    /// The host.
    pub host: String,
    /// Which line of its [`script`](crate::scenario::Node::script), counted from 0; those of its
    /// setup come first.
    pub line: usize,
}

/// One knob: a change, or two where one alone is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Knob {
    /// What it turns.
    pub kind: Kind,
    /// What is done, in order.
    pub changes: Vec<Change>,
    /// Where what it turns was set, if a line of the file did.
    pub about: Option<About>,
}

/// The knobs of a scenario as it stands at the start of its story, the smallest and likeliest first.
///
/// A line of the setup that fails is passed over, so a broken scenario has knobs too.
///
/// # Errors
/// When a setup does not come to an end.
pub fn universe(scenario: &Scenario) -> Result<Vec<Knob>, PlayError> {
    let player = Player::tolerant(scenario.clone(), &mut Trace::default())?;
    Ok(universe_at(scenario, &player.world))
}

/// The knobs of a scenario whose machines stand so.
pub fn universe_at(scenario: &Scenario, world: &World) -> Vec<Knob> {
    let values = Values::of(scenario, world);
    let mut bench = Bench { scenario, world, values, knobs: Vec::new(), seen: BTreeSet::new() };
    sibling::add(&mut bench);
    for seat in bench.seats() {
        setting::add(&mut bench, &seat);
        addr::add(&mut bench, &seat);
        route::add(&mut bench, &seat);
        link::add(&mut bench, &seat);
        ipvs::add(&mut bench, &seat);
        rule::add(&mut bench, &seat);
        program::add(&mut bench, &seat);
        neigh::add(&mut bench, &seat);
    }
    cable::add(&mut bench);
    bench.knobs.sort_by_key(|knob| (knob.changes.len(), knob.kind));
    bench.knobs
}

/// A host at which knobs are looked for.
#[derive(Clone, Copy)]
struct Seat<'a> {
    id: NodeId,
    name: &'a str,
    host: &'a Host,
}

/// The list as it grows, and what it is drawn from.
struct Bench<'a> {
    scenario: &'a Scenario,
    world: &'a World,
    values: Values,
    knobs: Vec<Knob>,
    seen: BTreeSet<Vec<Change>>,
}

impl<'a> Bench<'a> {
    fn seats(&self) -> Vec<Seat<'a>> {
        let world = self.world;
        let seat = |id| {
            let node: &Node = world.net.node(id);
            Some(Seat { id, name: &node.name, host: node.host()? })
        };
        world.net.node_ids().filter_map(seat).collect()
    }

    /// A line that is typed on a host; `origin`: where what it turns was set.
    fn line(&mut self, kind: Kind, seat: &Seat<'_>, line: String, origin: Option<OriginId>) {
        self.lines(kind, seat, vec![line], origin);
    }

    /// The same of two lines.
    fn lines(&mut self, kind: Kind, seat: &Seat<'_>, lines: Vec<String>, origin: Option<OriginId>) {
        let changes = lines.into_iter().map(|line| Change::typed(seat.name, line)).collect();
        let about = origin.and_then(|origin| self.about(seat, origin));
        self.add(Knob { kind, changes, about });
    }

    fn add(&mut self, knob: Knob) {
        if self.seen.insert(knob.changes.clone()) {
            self.knobs.push(knob);
        }
    }

    /// The line of this host's script that set something.
    fn about(&self, seat: &Seat<'_>, origin: OriginId) -> Option<About> {
        let Origin::File { line, col, text, .. } = self.world.origins.get(origin) else {
            return None;
        };
        let node = self.scenario.nodes.iter().find(|node| node.name() == seat.name)?;
        let is_it = |own: &crate::scenario::Line| {
            (own.origin.line, own.origin.col) == (*line, *col) && own.value == *text
        };
        let line = node.script().iter().position(is_it)?;
        Some(About { host: seat.name.into(), line })
    }
}
