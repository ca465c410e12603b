//! What a run on a real kernel is told: which lab, what is typed when, and how long it lasts.
//!
//! The simulation has run before and knows what a real machine only finds out: which port a client asks from,
//! when each command ends, and so how long every pause is.

use serde::{Deserialize, Serialize};

/// One scenario's run. Times are nanoseconds from the start of the story.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Plan {
    /// The scenario's name.
    pub scenario: String,
    /// The hosts, in the file's order.
    pub hosts: Vec<Host>,
    /// What is done, in order.
    pub steps: Vec<Step>,
    /// When recording ends.
    pub end_ns: u64,
    /// The interfaces that are recorded: node and interface.
    pub captures: Vec<(String, String)>,
}

/// A host of the lab.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Host {
    /// Its name, and that of its namespace.
    pub name: String,
    /// Its cards.
    pub cards: Vec<String>,
    /// What listens before the story begins: the words of a `serve` or `check` each.
    pub serves: Vec<Vec<String>>,
}

/// Something that is done at its time.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Step {
    /// When it begins in the simulation.
    pub at_ns: u64,
    /// How long after the end of the step before.
    pub gap_ns: u64,
    /// What it is.
    pub what: What,
}

/// The kinds of steps.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub enum What {
    /// A command.
    Command(Command),
    /// Programs of ours get a TERM: those that were typed so on this host.
    Kill {
        /// The host.
        node: String,
        /// What was typed to start it.
        job: String,
    },
    /// Words for `ip` and `tc` that wait for them: a cable is pulled, plugged or changed.
    Cable(Vec<Told>),
    /// A host is switched on or off.
    Power {
        /// The host.
        node: String,
        /// On?
        up: bool,
        /// What takes its interfaces down, or plugs its cables in.
        told: Vec<Told>,
    },
    /// A packet socket sends a frame.
    Inject {
        /// The host.
        node: String,
        /// The card.
        iface: String,
        /// The frame.
        bytes: Vec<u8>,
    },
}

/// A line that an `ip` or `tc` reads in a namespace.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Told {
    /// The namespace.
    pub space: String,
    /// `ip` or `tc`.
    pub tool: String,
    /// The line.
    pub line: String,
}

/// A typed command.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Command {
    /// The host that it is typed on.
    pub node: String,
    /// As it was typed.
    pub text: String,
    /// Nobody waits for its end.
    pub background: bool,
    /// Who plays it.
    pub player: Player,
}

/// Who plays a command.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub enum Player {
    /// The real tool, by `sh -c`.
    Tool,
    /// `lvsim endpoint`, with these words.
    Endpoint {
        /// Role, options and operands.
        words: Vec<String>,
        /// Whether its standard output and its standard error are thrown away.
        hidden: [bool; 2],
    },
}
