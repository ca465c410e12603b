//! The verdicts of a run that somebody may want to be otherwise.

use std::collections::BTreeSet;

use crate::cause::{Causes, Identity};
use crate::event::NodeId;
use crate::reason::Nature;
use crate::trace::Note;

/// Verdicts for a packet that are not what its sender hoped for: an answer that should not come.
pub const SURPRISING: &[&str] = &["arp.reply.any-interface"];

/// A verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// During which event, by its place in the trace.
    pub event: usize,
    /// Which entry of the trace.
    pub entry: usize,
    /// Who that event is.
    pub identity: Identity,
    /// At which node.
    pub node: NodeId,
    /// What.
    pub code: &'static str,
}

/// All verdicts against a packet, and the surprising ones, each once an event, node and code, in the
/// order of the trace.
///
/// That a card leaves alone what is addressed to another, and a switch flooded, is none.
pub(super) fn verdicts(causes: &Causes<'_>) -> Vec<Verdict> {
    let mut found = Vec::new();
    let trace = causes.trace();
    for (event, happened) in trace.events().iter().enumerate() {
        let mut seen = BTreeSet::new();
        for (offset, entry) in causes.entries(event).iter().enumerate() {
            let Note::Why(reason) = &entry.what else { continue };
            let code = reason.code();
            let is_meant = reason.nature() == Nature::Against || SURPRISING.contains(&code);
            if !is_meant || is_flooded(causes, event, code) || !seen.insert((entry.node, code)) {
                continue;
            }
            let (identity, entry_at) = (causes.identity(event), happened.first + offset);
            found.push(Verdict { event, entry: entry_at, identity, node: entry.node, code });
        }
    }
    found
}

/// Whether a card left alone what a switch had flooded.
fn is_flooded(causes: &Causes<'_>, event: usize, code: &str) -> bool {
    let was_flooded = |cause| {
        let mut entries = causes.entries(cause).iter();
        entries.any(
            |entry| matches!(&entry.what, Note::Why(reason) if reason.code() == "switch.flooded"),
        )
    };
    code == "eth.drop.other-mac" && causes.cause(event).is_some_and(was_flooded)
}
