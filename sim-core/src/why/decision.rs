//! Decisions: what a node noted until it came to a verdict.
//!
//! Notes stand in the trace one by one, those of other nodes between them. A decision is the row of
//! notes of one event at one node since the verdict before: what was read and weighed, then the
//! verdict that follows from it.

use lvs_engine::{Field as EngineField, Instant, OriginId};

use crate::event::{NodeId, Seq};
use crate::reason::{Field, Nature, Reason};
use crate::trace::{Note, Trace};

/// A row of notes with the verdict that they lead to.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// When.
    pub at: Instant,
    /// During which event.
    pub seq: Seq,
    /// At which node.
    pub node: NodeId,
    /// Where its last note stands in the trace.
    pub entry: usize,
    /// What was read and weighed, in order; the verdict is the last one.
    pub notes: Vec<Reason>,
}

impl Decision {
    /// The verdict; none if the event ended without another one.
    pub fn verdict(&self) -> Option<&Reason> {
        self.notes.last().filter(|reason| reason.nature() != Nature::Step)
    }

    /// Whether it is a verdict against what it is about.
    pub fn is_against(&self) -> bool {
        self.verdict().is_some_and(|verdict| verdict.nature() == Nature::Against)
    }

    /// The code of the verdict, or of the last note if there is none.
    pub fn code(&self) -> &'static str {
        self.notes.last().map_or("", Reason::code)
    }

    /// Where its inputs were set, each once: the verdict's own first, then from the last that was
    /// read to the first, as the last one decided.
    pub fn origins(&self) -> Vec<OriginId> {
        let mut origins = Vec::new();
        for reason in self.notes.iter().rev() {
            for origin in self::origins(reason) {
                if !origins.contains(&origin) {
                    origins.push(origin);
                }
            }
        }
        origins
    }
}

/// Where the values of a reason were set.
pub fn origins(reason: &Reason) -> Vec<OriginId> {
    let mut found = Vec::new();
    match reason {
        Reason::Read { origin, .. } => found.push(*origin),
        Reason::Ipvs(reason) => reason.fields(&mut |_, field| {
            if let EngineField::Origin(origin) = field {
                found.push(origin);
            }
        }),
        reason => found.extend(reason.fields().into_iter().filter_map(|(_, field)| match field {
            Field::Origin(origin) => Some(origin),
            _ => None,
        })),
    }
    found
}

/// All decisions of a trace, in order; what is noted behind the last verdict of an event is one
/// without a verdict.
pub fn decisions(trace: &Trace) -> Vec<Decision> {
    let mut found = Vec::new();
    // The notes that wait for their verdict; few nodes have any during one event.
    let mut open: Vec<Decision> = Vec::new();
    let mut now = None;
    for (entry, noted) in trace.entries().iter().enumerate() {
        let Note::Why(reason) = noted.what else { continue };
        if now != Some(noted.seq) {
            found.append(&mut open);
            now = Some(noted.seq);
        }
        let at = open.iter().position(|own| own.node == noted.node);
        let at = at.unwrap_or_else(|| {
            let (at, seq, node) = (noted.at, noted.seq, noted.node);
            open.push(Decision { at, seq, node, entry, notes: Vec::new() });
            open.len() - 1
        });
        open[at].entry = entry;
        open[at].notes.push(reason);
        if reason.nature() != Nature::Step {
            found.push(open.remove(at));
        }
    }
    found.append(&mut open);
    found
}
