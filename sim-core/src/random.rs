//! Random labs: a network, its configuration, right or wrong, traffic and edits in mid-story, all drawn from a seed.
//!
//! A lab is the text of a scenario ([`Lab::text`]): the loader reads it, the player plays it, a real kernel is asked about it as
//! about every other. It expects nothing; what must come of it the kernel says (`lvsim kernel fuzz`). [`Lab::smaller`] takes parts
//! away, so that what is left of a difference is only what makes it.
//!
//! What the simulator does not simulate, and what no comparison can judge, is not drawn: loss, delays below a millisecond, draws
//! of the kernel's own.

mod dice;
mod fault;
mod filter;
mod frames;
mod layout;
mod look;
mod plan;
mod served;
mod service;
mod settings;
mod settle;
mod smaller;
mod story;
#[cfg(test)]
mod tests;
mod text;
mod traffic;

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

pub use fault::Fault;
pub use layout::Shape;
pub use served::Requests;
pub use service::Method;

use dice::Dice;
use plan::Plan;

/// A lab.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lab {
    /// What it was drawn from.
    pub seed: u64,
    /// What was drawn.
    pub class: Class,
    machines: Vec<Machine>,
    cables: Vec<Cable>,
    story: Vec<Act>,
}

/// What was drawn for a lab: what tables count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Class {
    /// Where the machines stand.
    pub shape: Shape,
    /// By which methods the real servers are reached.
    pub methods: BTreeSet<Method>,
    /// The schedulers of its services.
    pub schedulers: BTreeSet<&'static str>,
    /// What is wrong, if anything: a wish, for a fault may hit what nobody asks for.
    pub faults: Vec<Fault>,
    /// The addresses and ports that clients are told to ask; the port is 0 where any will do.
    pub services: BTreeSet<(Ipv4Addr, u16)>,
}

/// A host or, with ports, a switch.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Machine {
    name: String,
    /// How its MAC addresses end.
    mark: String,
    /// Of a switch, how many; a host has none.
    ports: u16,
    cards: Vec<Card>,
    serves: Vec<String>,
    setup: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Card {
    iface: String,
    mac: String,
}

/// A cable between two ends, written as in a scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Cable {
    ends: [String; 2],
    delay_ms: u32,
}

/// A step of the story.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Act {
    /// A command.
    Type { on: String, line: String },
    /// Time passes.
    Wait { ms: u32 },
    /// A cable is pulled or put in.
    Cable { end: String, up: bool },
    /// A frame made by hand.
    Inject { from: String, rows: Vec<String> },
}

impl Act {
    /// What is typed, if something is.
    fn line(&self) -> Option<&String> {
        match self {
            Self::Type { line, .. } => Some(line),
            _ => None,
        }
    }

    /// The machine that it is about; none of a pause.
    fn host(&self) -> &str {
        let place = match self {
            Self::Type { on, .. } => on,
            Self::Cable { end, .. } | Self::Inject { from: end, .. } => end,
            Self::Wait { .. } => "",
        };
        place.split(':').next().unwrap_or_default()
    }
}

impl Lab {
    /// The lab of this seed.
    pub fn draw(seed: u64) -> Self {
        let mut plan = Plan::draw(seed);
        service::set_up(&mut plan, &mut Dice::new(seed, "services"));
        service::bypass(&mut plan, &mut Dice::new(seed, "bypass"));
        settings::add(&mut plan, &mut Dice::new(seed, "settings"));
        filter::add(&mut plan, &mut Dice::new(seed, "netfilter"));
        fault::add(&mut plan, &mut Dice::new(seed, "faults"));
        story::tell(&mut plan, &mut Dice::new(seed, "story"));
        look::around(&mut plan, &mut Dice::new(seed, "looks"));
        let mut lab = plan.into_lab(seed);
        settle::end(&mut lab);
        lab
    }
}
