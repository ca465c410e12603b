//! A run as a ladder: a column for each host, a row for each frame on its way from one host to others, for each typed command
//! and for each step of the story. The model that the pictures and the page share.
//!
//! Switches have no column: they change nothing. A frame that a switch sends on keeps its number, so all its passages are one
//! row, with everything that was decided about it on the way.

mod label;
pub mod mermaid;
mod notes;
pub mod svg;
pub mod transcript;
mod wrap;

use std::collections::BTreeMap;

use lvs_engine::Instant;

pub use label::{Edit, edits, label};
pub use notes::{Note, Sign};
pub use wrap::wrap;

use crate::event::NodeId;
use crate::export::played::Played;
use crate::frame::{FrameBuf, FrameId};
use crate::net::Kind;
use crate::tcpdump::{Filter, Options as Tcpdump, Tcpdump as Printer, brief};
use crate::text::Lang;
use crate::trace::{self, Dir, Entry};

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

/// A row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// When it began.
    pub at: Instant,
    /// The entries of the trace that belong to it.
    pub entries: Vec<usize>,
    /// What it is.
    pub kind: RowKind,
    /// It is of the setup, before the story.
    pub setup: bool,
}

/// What a row is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowKind {
    /// A step of the story: its place among [`Played::steps`].
    Story(usize),
    /// A frame on its way.
    Pass(Pass),
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
        let mut ladder = Builder::new(played).build();
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

/// A ladder in the making.
struct Builder<'a> {
    played: &'a Played,
    lanes: Vec<Lane>,
    of_node: BTreeMap<NodeId, usize>,
    rows: Vec<Row>,
    of_frame: BTreeMap<FrameId, usize>,
    frames: BTreeMap<FrameId, FrameBuf>,
}

impl<'a> Builder<'a> {
    fn new(played: &'a Played) -> Self {
        let net = &played.player.world.net;
        let (mut lanes, mut of_node) = (Vec::new(), BTreeMap::new());
        for node in net.node_ids() {
            if matches!(net.node(node).kind, Kind::Switch(_)) {
                continue;
            }
            of_node.insert(node, lanes.len());
            let addrs = &played.addrs[usize::from(node.0)];
            let addrs = addrs.iter().map(ToString::to_string).collect();
            lanes.push(Lane { node, name: net.node(node).name.to_string(), addrs });
        }
        let (rows, of_frame, frames) = (Vec::new(), BTreeMap::new(), BTreeMap::new());
        Self { played, lanes, of_node, rows, of_frame, frames }
    }

    fn build(mut self) -> Ladder<'a> {
        let played = self.played;
        let all = played.trace.entries();
        let mut steps = played.steps.iter().enumerate().peekable();
        let mut at = 0;
        loop {
            while let Some((place, told)) = steps.next_if(|(_, told)| told.entry <= at) {
                let before = told.entry.checked_sub(1).map(|last| all[last].at);
                self.push(before.unwrap_or(Instant::ZERO), at, RowKind::Story(place));
            }
            if at == all.len() {
                break;
            }
            // The entries of one event stand together; no step of the story is taken within one.
            let limit = steps.peek().map_or(all.len(), |(_, told)| told.entry);
            let is_same = |other: &&Entry| (other.seq, other.at) == (all[at].seq, all[at].at);
            let end = at + all[at..limit].iter().take_while(is_same).count();
            self.event(at, end);
            at = end;
        }
        let Self { lanes, rows, frames, .. } = self;
        Ladder { played, lanes, rows, left_out: 0, frames }
    }

    fn push(&mut self, at: Instant, entry: usize, kind: RowKind) -> &mut Row {
        let setup = entry < self.played.setup;
        self.rows.push(Row { at, entries: Vec::new(), kind, setup });
        self.rows.last_mut().expect("it was added just now")
    }

    /// The entries of an event: they belong to the frame that passes in it, else to themselves.
    fn event(&mut self, start: usize, end: usize) {
        let all = &self.played.trace.entries()[start..end];
        let ignored = |entry: &Entry| matches!(entry.what, trace::Note::Why(reason) if reason.code() == "eth.drop.other-mac");
        let taken = !all.iter().any(ignored);
        let mut row = None;
        for entry in all {
            if let trace::Note::Frame { dir, frame, .. } = &entry.what {
                let place = match self.of_frame.get(&frame.id) {
                    Some(place) => *place,
                    None => self.begin(entry, start),
                };
                row = Some(place);
                let lane = self.of_node.get(&entry.node).copied();
                if let (Dir::In, Some(lane), RowKind::Pass(pass)) =
                    (dir, lane, &mut self.rows[place].kind)
                {
                    pass.to.push(Reached { lane, at: entry.at, taken });
                }
            }
        }
        let row = row.unwrap_or_else(|| {
            let lane = self.of_node.get(&all[0].node).copied();
            let kind = all.iter().find_map(|entry| match &entry.what {
                trace::Note::Typed { text, .. } => {
                    Some(RowKind::Typed { lane, text: text.clone() })
                }
                _ => None,
            });
            self.push(all[0].at, start, kind.unwrap_or(RowKind::Quiet { lane }));
            self.rows.len() - 1
        });
        self.rows[row].entries.extend(start..end);
    }

    /// A frame is seen for the first time.
    fn begin(&mut self, entry: &Entry, at: usize) -> usize {
        let trace::Note::Frame { frame, .. } = &entry.what else { unreachable!("only for frames") };
        let bytes = frame.bytes.bytes();
        let line = brief(&Printer::new(Tcpdump::default()).only_line(bytes));
        let parent = frame.parent.and_then(|parent| self.frames.get(&parent));
        let pass = Pass {
            frame: frame.id,
            parent: frame.parent,
            // On `lo` a frame is seen once, coming in: it is the host's own.
            from: self.of_node.get(&entry.node).copied(),
            to: Vec::new(),
            label: label::label(&line),
            edits: parent.map_or_else(Vec::new, |parent| edits(parent.bytes(), bytes)),
            line,
        };
        self.frames.insert(frame.id, frame.bytes.clone());
        self.of_frame.insert(frame.id, self.rows.len());
        self.push(entry.at, at, RowKind::Pass(pass));
        self.rows.len() - 1
    }
}
