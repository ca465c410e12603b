//! What stands in which row of a ladder, and where its frames come from and go to: all but the words.
//!
//! Words cost much more than the rest; whoever shows some rows of a long run makes only theirs.

use std::collections::BTreeMap;
use std::iter::Peekable;

use lvs_engine::Instant;

use super::{Pass, Reached, Row, RowKind, Words};
use crate::event::NodeId;
use crate::frame::{Frame, FrameId};
use crate::net::{Kind, Net};
use crate::trace::{Dir, Entry, Note, Trace};

/// The rows of a run.
#[derive(Clone, Debug)]
pub struct Index {
    /// The hosts that have a column, in the order of the file.
    pub lanes: Vec<NodeId>,
    /// The rows, in the order in which they began.
    pub rows: Vec<Row<Hop>>,
    of_node: BTreeMap<NodeId, usize>,
    of_frame: BTreeMap<FrameId, usize>,
    of_entry: Vec<u32>,
}

/// The way of a frame from one host to others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hop {
    /// Its number.
    pub frame: FrameId,
    /// The number of the frame that it was made from.
    pub parent: Option<FrameId>,
    /// Whom it leaves.
    pub from: Option<usize>,
    /// Whom it comes to, in this order; nobody, if it is lost.
    pub to: Vec<Reached>,
    /// The entry of the trace in which it is seen first.
    seen: usize,
}

impl Index {
    /// The rows of a run: its trace, how many of its entries are the setup's, and how many it had before each step of the story.
    pub fn of(net: &Net, trace: &Trace, setup: usize, steps: impl Iterator<Item = usize>) -> Self {
        let mut index = Self {
            lanes: Vec::new(),
            rows: Vec::new(),
            of_node: BTreeMap::new(),
            of_frame: BTreeMap::new(),
            of_entry: vec![0; trace.len()],
        };
        for node in net.node_ids() {
            if !matches!(net.node(node).kind, Kind::Switch(_)) {
                index.of_node.insert(node, index.lanes.len());
                index.lanes.push(node);
            }
        }
        index.fill(trace.entries(), setup, steps.enumerate().peekable());
        index
    }

    fn fill(
        &mut self,
        all: &[Entry],
        setup: usize,
        mut steps: Peekable<impl Iterator<Item = (usize, usize)>>,
    ) {
        let mut at = 0;
        loop {
            while let Some((place, entry)) = steps.next_if(|(_, entry)| *entry <= at) {
                let before = entry.checked_sub(1).map(|last| all[last].at);
                let time = before.unwrap_or(Instant::ZERO);
                self.push(time, at < setup, RowKind::Story(place));
            }
            if at == all.len() {
                break;
            }
            // The entries of one event stand together; no step of the story is taken within one.
            let limit = steps.peek().map_or(all.len(), |(_, entry)| *entry);
            let is_same = |other: &&Entry| (other.seq, other.at) == (all[at].seq, all[at].at);
            let end = at + all[at..limit].iter().take_while(is_same).count();
            self.event(all, at..end, at < setup);
            at = end;
        }
    }

    fn push(&mut self, at: Instant, setup: bool, kind: RowKind<Hop>) -> usize {
        self.rows.push(Row { at, entries: Vec::new(), kind, setup });
        self.rows.len() - 1
    }

    /// The entries of an event: they belong to the frame that passes in it, else to themselves.
    fn event(&mut self, trace: &[Entry], range: std::ops::Range<usize>, setup: bool) {
        let all = &trace[range.clone()];
        let ignored = |entry: &Entry| matches!(entry.what, Note::Why(reason) if reason.code() == "eth.drop.other-mac");
        let taken = !all.iter().any(ignored);
        let mut row = None;
        for (entry, seen) in all.iter().zip(range.clone()) {
            let Note::Frame { dir, frame, .. } = &entry.what else { continue };
            let lane = self.of_node.get(&entry.node).copied();
            let place = match self.of_frame.get(&frame.id) {
                Some(place) => *place,
                None => {
                    let (frame, parent) = (frame.id, frame.parent);
                    // On `lo` a frame is seen once, coming in: it is the host's own.
                    let hop = Hop { frame, parent, from: lane, to: Vec::new(), seen };
                    let place = self.push(entry.at, setup, RowKind::Pass(hop));
                    self.of_frame.insert(frame, place);
                    place
                }
            };
            row = Some(place);
            if let (Dir::In, Some(lane), RowKind::Pass(hop)) =
                (dir, lane, &mut self.rows[place].kind)
            {
                hop.to.push(Reached { lane, at: entry.at, taken });
            }
        }
        let row = row.unwrap_or_else(|| {
            let lane = self.of_node.get(&all[0].node).copied();
            let kind = all.iter().find_map(|entry| match &entry.what {
                Note::Typed { text, .. } => Some(RowKind::Typed { lane, text: text.clone() }),
                _ => None,
            });
            self.push(all[0].at, setup, kind.unwrap_or(RowKind::Quiet { lane }))
        });
        self.of_entry[range.clone()].fill(row as u32);
        self.rows[row].entries.extend(range);
    }

    /// The row to which an entry of the trace belongs.
    pub fn row_of(&self, entry: usize) -> Option<usize> {
        self.of_entry.get(entry).map(|row| *row as usize)
    }

    /// The frame of a row, as it is seen first.
    ///
    /// # Panics
    /// When the trace is not the one that the index was made of.
    pub fn frame<'a>(&self, trace: &'a Trace, hop: &Hop) -> &'a Frame {
        match &trace.entries()[hop.seen].what {
            Note::Frame { frame, .. } => frame,
            _ => unreachable!("a frame is seen there"),
        }
    }

    /// The words of a frame: what it is, and what its sender has changed.
    pub fn words(&self, trace: &Trace, hop: &Hop) -> Words {
        let parent = hop.parent.and_then(|parent| self.of_frame.get(&parent));
        let parent = parent.and_then(|row| match &self.rows[*row].kind {
            RowKind::Pass(own) if own.seen < hop.seen => Some(self.frame(trace, own)),
            _ => None,
        });
        let parent = parent.map(|frame| frame.bytes.bytes());
        Words::of(self.frame(trace, hop).bytes.bytes(), parent)
    }

    /// A frame on its way with its words.
    pub(super) fn pass(&self, trace: &Trace, hop: &Hop) -> Pass {
        let Words { line, label, edits } = self.words(trace, hop);
        let Hop { frame, parent, from, ref to, .. } = *hop;
        Pass { frame, parent, from, to: to.clone(), line, label, edits }
    }
}
