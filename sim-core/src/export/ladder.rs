//! A run as a ladder: a column for each host, a row for each frame on its way from one host to others, for each typed command
//! and for each step of the story. The model that the pictures and the page share.
//!
//! Switches have no column: they change nothing. A frame that a switch sends on keeps its number, so all its passages are one
//! row, with everything that was decided about it on the way.

mod index;
mod label;
pub mod mermaid;
mod notes;
pub mod svg;
pub mod transcript;
mod wrap;

use std::collections::BTreeMap;

use lvs_engine::Instant;

pub use index::{Hop, Index};
pub use label::{Edit, Words, edits, label};
pub use notes::{Note, Sign};
pub use wrap::wrap;

use crate::event::NodeId;
use crate::export::played::Played;
use crate::frame::{FrameBuf, FrameId};
use crate::tcpdump::Filter;
use crate::text::Lang;
use crate::trace::Entry;

/// What of a run is drawn, and in which words.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// From this time on.
    pub from: Option<Instant>,
    /// Until this time.
    pub until: Option<Instant>,
    /// Only frames that this filter lets through.
    pub filter: Option<Filter>,
    /// The language.
    pub lang: Lang,
}

/// A column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lane {
    /// Which host.
    pub node: NodeId,
    /// Its name.
    pub name: String,
    /// Its addresses when the story began.
    pub addrs: Vec<String>,
}

/// A run as a ladder.
#[derive(Debug)]
pub struct Ladder<'a> {
    /// What was played.
    pub played: &'a Played,
    /// The columns, in the order of the file.
    pub lanes: Vec<Lane>,
    /// The rows, in the order in which they began.
    pub rows: Vec<Row>,
    /// How many frames the options leave out.
    pub left_out: usize,
    /// The bytes of every frame.
    pub frames: BTreeMap<FrameId, FrameBuf>,
}

/// A row; of a frame, `P` is what is known of its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row<P = Pass> {
    /// When it began.
    pub at: Instant,
    /// The entries of the trace that belong to it.
    pub entries: Vec<usize>,
    /// What it is.
    pub kind: RowKind<P>,
    /// It is of the setup, before the story.
    pub setup: bool,
}

/// What a row is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowKind<P = Pass> {
    /// A step of the story: its place among [`Played::steps`].
    Story(usize),
    /// A frame on its way.
    Pass(P),
    /// A command was typed.
    Typed {
        /// Where; none on a switch.
        lane: Option<usize>,
        /// What.
        text: String,
    },
    /// Something that no frame brought: a timer, a frame made by hand.
    Quiet {
        /// Where; none on a switch.
        lane: Option<usize>,
    },
}

/// A frame from one host to others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pass {
    /// Its number.
    pub frame: FrameId,
    /// The number of the frame that it was made from.
    pub parent: Option<FrameId>,
    /// Whom it leaves.
    pub from: Option<usize>,
    /// Whom it comes to, in this order; nobody, if it is lost.
    pub to: Vec<Reached>,
    /// What tcpdump says of it, shortened.
    pub line: String,
    /// The same in a word or two.
    pub label: String,
    /// What its sender has changed in the frame that it got.
    pub edits: Vec<Edit>,
}

/// A host that a frame came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reached {
    /// Which.
    pub lane: usize,
    /// When.
    pub at: Instant,
    /// Whether it was for it; else a switch has flooded it, and the card passed it over.
    pub taken: bool,
}

impl Pass {
    /// Whether it carries ARP.
    pub fn is_arp(&self) -> bool {
        self.line.starts_with("ARP")
    }
}

impl<'a> Ladder<'a> {
    /// The ladder of a run.
    pub fn new(played: &'a Played, options: &Options) -> Self {
        let (net, trace) = (&played.player.world.net, &played.trace);
        let steps = played.steps.iter().map(|told| told.entry);
        let index = Index::of(net, trace, played.setup, steps);
        let lane = |node: &NodeId| {
            let addrs = &played.addrs[usize::from(node.0)];
            let addrs = addrs.iter().map(ToString::to_string).collect();
            Lane { node: *node, name: net.node(*node).name.to_string(), addrs }
        };
        let lanes = index.lanes.iter().map(lane).collect();
        let mut frames = BTreeMap::new();
        let rows = index.rows.iter().map(|row| {
            let kind = match &row.kind {
                RowKind::Pass(hop) => {
                    let bytes = index.frame(trace, hop).bytes.clone();
                    frames.insert(hop.frame, bytes);
                    RowKind::Pass(index.pass(trace, hop))
                }
                RowKind::Story(place) => RowKind::Story(*place),
                RowKind::Typed { lane, text } => RowKind::Typed { lane: *lane, text: text.clone() },
                RowKind::Quiet { lane } => RowKind::Quiet { lane: *lane },
            };
            Row { at: row.at, entries: row.entries.clone(), kind, setup: row.setup }
        });
        let rows = rows.collect();
        let mut ladder = Self { played, lanes, rows, left_out: 0, frames };
        ladder.choose(options);
        ladder
    }

    /// Leaves out what was not asked for.
    fn choose(&mut self, options: &Options) {
        let before = self.passes().count();
        let frames = &self.frames;
        self.rows.retain(|row| {
            let in_time = options.from.is_none_or(|from| row.at >= from)
                && options.until.is_none_or(|until| row.at <= until);
            let fits = match (&row.kind, &options.filter) {
                (RowKind::Pass(pass), Some(filter)) => filter.matches(frames[&pass.frame].bytes()),
                (RowKind::Quiet { .. }, Some(_)) => false,
                _ => true,
            };
            in_time && fits
        });
        self.left_out = before - self.passes().count();
    }

    /// The frames that are in it.
    pub fn passes(&self) -> impl Iterator<Item = &Pass> {
        self.rows.iter().filter_map(|row| match &row.kind {
            RowKind::Pass(pass) => Some(pass),
            _ => None,
        })
    }

    /// The entries of a row.
    pub fn entries(&self, row: &Row) -> impl Iterator<Item = &'a Entry> {
        let all = self.played.trace.entries();
        row.entries.iter().map(|at| &all[*at])
    }

    /// The rows of the story, in order; rows behind each other in which the same happens are one,
    /// with the number of the others and the time of the last.
    pub fn folded(&self) -> Vec<(&Row, usize, Instant)> {
        let mut folded: Vec<(&Row, usize, Instant)> = Vec::new();
        for row in self.rows.iter().filter(|row| !row.setup) {
            match folded.last_mut() {
                Some((first, more, last)) if self.is_like(first, row) => {
                    (*more, *last) = (*more + 1, row.at);
                }
                _ => folded.push((row, 0, row.at)),
            }
        }
        folded
    }

    fn is_like(&self, one: &Row, other: &Row) -> bool {
        let (RowKind::Pass(first), RowKind::Pass(next)) = (&one.kind, &other.kind) else {
            return false;
        };
        let lanes = |pass: &Pass| -> Vec<_> {
            pass.to.iter().map(|reached| (reached.lane, reached.taken)).collect()
        };
        let what = |pass: &Pass| (pass.from, lanes(pass), pass.line.clone(), pass.edits.clone());
        what(first) == what(next) && notes::codes(self, one) == notes::codes(self, other)
    }
}
