//! Expectations: what must be so, and what was seen instead.

mod frame;
mod output;
mod path;
mod reason;
mod served;
mod state;

use std::fmt;

use super::Player;
use crate::event::NodeId;
use crate::scenario::Expectation;
use crate::text;
use crate::text::Text;
use crate::trace::Trace;

/// The tables that have a digest, and the command that shows each.
pub(crate) const TABLES: [(&str, &str); 5] = [
    ("neigh", "ip neigh"),
    ("route", "ip route show table all"),
    ("addr", "ip addr"),
    ("services", "ipvsadm -Ln"),
    ("conns", "ipvsadm -Lnc"),
];

/// An expectation that did not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Where it is written.
    pub place: String,
    /// What was expected and what was seen.
    pub message: Text,
}

impl Failure {
    /// Place and message in both languages.
    pub fn text(&self) -> Text {
        let Self { place, message: Text { en, zh } } = self;
        text!("{place}: {en}", "{place}: {zh}")
    }
}

/// In English; see [`Failure::text`].
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.text().fmt(f)
    }
}

impl Player {
    /// What of an expectation does not hold, looking at the trace from `since` on.
    pub(super) fn check(
        &self,
        expectation: &Expectation,
        since: usize,
        place: &str,
        trace: &Trace,
    ) -> Vec<Failure> {
        let verdict = match expectation {
            Expectation::Since(label, inner) => {
                let since = self.marks.get(label).copied().unwrap_or(since);
                return inner
                    .iter()
                    .flat_map(|own| {
                        let place = format!("{}:{}", self.file(), own.origin);
                        self.check(own, since, &place, trace)
                    })
                    .collect();
            }
            Expectation::Served(names, by) => self.check_served(names, by.as_deref(), since, trace),
            Expectation::Path(flow, nodes) => self.check_path(flow, nodes, since, trace),
            Expectation::Frame { on, is, times } => self.check_frame(on, is, *times, since, trace),
            Expectation::NoFrame { on, is } => self.check_no_frame(on, is, since, trace),
            Expectation::Because { on, code } => self.check_reason(on, code, true, since, trace),
            Expectation::Never { on, code } => self.check_reason(on, code, false, since, trace),
            Expectation::Neigh { on, ip, mac, owner } => {
                self.check_neigh(on, *ip, *mac, owner.as_deref(), trace)
            }
            Expectation::Conns { on, state, count } => {
                self.check_conns(on, state.as_deref(), *count, trace)
            }
            Expectation::Output { on, run, has } => self.check_output(on, run, has, trace),
            Expectation::Digest { on, table, is } => self.check_digest(on, table, is, trace),
        };
        let place = place.to_owned();
        verdict.err().map(|message| Failure { place, message }).into_iter().collect()
    }

    fn node(&self, name: &str) -> NodeId {
        self.world.net.node_by_name(name).expect("the loader has checked the node")
    }

    pub(super) fn name(&self, node: NodeId) -> &str {
        &self.world.net.node(node).name
    }
}
