//! What a person steps through: a frame that came to a host, a typed command, a word of the story, an expectation.
//!
//! A run has many more entries than that. What a switch passes on, what a card throws away as another's, and timers of which
//! nobody would speak are part of the step that they belong to, or of none.

use std::ops::Range;

use sim_core::Instant;
use sim_core::event::NodeId;
use sim_core::trace::{Entry, Note};
use sim_core::{explain, worth};

use sim_core::reason::{Nature, Reason};

/// A step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// When.
    pub at: Instant,
    /// After so many steps of the player the world shows it.
    pub ticks: u32,
    /// Its entries in the trace.
    pub entries: Range<u32>,
    /// The last event of the world until then: its own, unless it is a step of the story.
    pub event: u32,
    /// Where it happened; none for a step of the story.
    pub node: Option<NodeId>,
    /// What it is.
    pub kind: Kind,
    /// What makes it worth a stop.
    pub mark: Mark,
}

/// What a step is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A frame came to a host.
    Frame {
        /// Where in the trace it stands.
        entry: u32,
        /// The host that sent it; none if it stems from nobody.
        from: Option<NodeId>,
        /// Its cable has lost it.
        lost: bool,
    },
    /// A command was typed.
    Typed,
    /// A timer of a host fired, and it is worth telling.
    Timer,
    /// A frame was made by hand.
    Injected,
    /// A step of the story, by its number: prose, a question, a cable, power.
    Story(u16),
    /// Expectations of the story, from this step on: how many, and which of the player's failures they brought.
    Expected {
        /// The first of them.
        first: u16,
        /// How many.
        count: u16,
        /// Those that do not hold.
        failed: Range<u16>,
    },
}

/// What makes a step worth a stop. Each has a sign of its own: colour only repeats it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mark {
    /// Nothing.
    #[default]
    None,
    /// IPVS edited the packet.
    Rewrite,
    /// A client was served.
    Served,
    /// The story speaks.
    Story,
    /// A reason with a cure: something here is not as LVS needs it.
    Warning,
    /// Something was thrown away or refused.
    Drop,
    /// An expectation does not hold.
    Failed,
}

impl Mark {
    /// The sign, three columns wide.
    pub fn sign(self) -> &'static str {
        match self {
            Self::None => "   ",
            Self::Rewrite => " ~ ",
            Self::Served => " * ",
            Self::Story => " \" ",
            Self::Warning => "(!)",
            Self::Drop => " x ",
            Self::Failed => "(x)",
        }
    }

    /// What the entries of a step make of it.
    pub fn of(entries: &[Entry]) -> Self {
        entries.iter().map(|entry| Self::of_note(&entry.what)).max().unwrap_or_default()
    }

    fn of_note(note: &Note) -> Self {
        match note {
            Note::Rewrite(_) => Self::Rewrite,
            Note::Served { .. } => Self::Served,
            Note::Why(reason) => Self::of_reason(reason),
            _ => Self::None,
        }
    }

    /// What a reason makes of its step.
    pub fn of_reason(reason: &Reason) -> Self {
        let code = reason.code();
        // A host's own connections are none of IPVS's business; silence of those who are not asked is what one wants.
        let is_plain = code == "ipvs.accept.not-syn" || !worth::is_told(code);
        if is_plain {
            return Self::None;
        }
        let has_cure =
            explain::entry(code).is_some_and(|entry| entry.cure != explain::Cure::Nothing);
        let is_against = reason.nature() == Nature::Against;
        let is_silence = ["arp.silent.", "neigh."].iter().any(|start| code.starts_with(start));
        match (is_against, has_cure) {
            (true, _) if !is_silence => Self::Drop,
            (false, true) => Self::Warning,
            _ => Self::None,
        }
    }
}

impl Step {
    /// Where its entries stand.
    pub fn range(&self) -> Range<usize> {
        self.entries.start as usize..self.entries.end as usize
    }

    /// Where its frame stands in the trace, if it is one.
    pub fn frame(&self) -> Option<usize> {
        match self.kind {
            Kind::Frame { entry, .. } => Some(entry as usize),
            _ => None,
        }
    }
}
