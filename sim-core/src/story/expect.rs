//! Expectations: what must be so, and what was seen instead.

mod frame;
mod path;
mod reason;
mod served;
mod state;

use std::fmt;
use std::time::Duration;

use super::Player;
use super::setup::iface_of;
use crate::event::NodeId;
use crate::scenario::{Expectation, Line};
use crate::shell::Shell;
use crate::text;
use crate::text::Text;
use crate::trace::Trace;

/// The longest that a command of an expectation may run, in virtual time.
const LONGEST_LOOK: Duration = Duration::from_secs(200);
/// The most events that it may cause.
const MOST_LOOKED: u64 = 200_000;
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
                        let place = format!("{}:{}", self.scenario.file, own.origin);
                        self.check(own, since, &place, trace)
                    })
                    .collect();
            }
            Expectation::Served(names, by) => self.check_served(names, by.as_deref(), since, trace),
            Expectation::Path(flow, nodes) => self.check_path(flow, nodes, since, trace),
            Expectation::Frame { on, is } => {
                self.check_frame(iface_of(&self.world.net, on), is, true, since, trace)
            }
            Expectation::NoFrame { on, is } => {
                self.check_frame(iface_of(&self.world.net, on), is, false, since, trace)
            }
            Expectation::Because { on, code } => self.check_reason(on, code, true, since, trace),
            Expectation::Never { on, code } => self.check_reason(on, code, false, since, trace),
            Expectation::Neigh { on, ip, mac, owner } => {
                self.check_neigh(on, *ip, *mac, owner.as_deref(), trace)
            }
            Expectation::Conns { on, state, count } => {
                self.check_conns(on, state.as_deref(), *count, trace)
            }
            Expectation::Output { on, run, has } => self.check_output(on, run, has),
            Expectation::Digest { on, table, is } => self.check_digest(on, table, is),
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

    /// What a command says, without its leaving a trace.
    pub fn output(&self, on: &str, line: &Line) -> String {
        let mut world = self.world.clone();
        let node = self.node(on);
        let mut said = String::new();
        let until = world.now() + LONGEST_LOOK;
        let most = world.events() + MOST_LOOKED;
        let steps = Shell::default().compile(&line.value).expect("the loader has checked the line");
        for step in steps {
            let job = world.type_command(node, &step, lvs_engine::OriginId::default());
            while world.job(job).is_some_and(|job| job.status.is_none())
                && world.next_at().is_some_and(|at| at <= until)
                && world.events() < most
            {
                world.step(None);
            }
            if let Some(job) = world.job(job) {
                said.push_str(&job.output);
            }
        }
        said
    }

    fn check_output(&self, on: &str, run: &Line, has: &str) -> Result<(), Text> {
        let said = self.output(on, run);
        if said.contains(has) {
            return Ok(());
        }
        let (now, run, said) = (self.world.now(), &run.value, said.trim_end());
        let wanted = text!(
            "expected `{has}` in the output of `{run}` on {on}",
            "期望 {on} 上 `{run}` 的输出含有 `{has}`"
        );
        let Text { en, zh } = wanted;
        Err(match said {
            "" => text!("{en}; at {now} it says nothing", "{zh}；它在 {now} 没有输出"),
            _ => text!("{en}; at {now} it says:\n{said}", "{zh}；它在 {now} 的输出是：\n{said}"),
        })
    }

    fn check_digest(&self, on: &str, table: &str, is: &str) -> Result<(), Text> {
        let seen = format!("{:016x}", self.table_digest(on, table));
        if seen == is {
            return Ok(());
        }
        let now = self.world.now();
        Err(text!(
            "expected table {table} of {on} to have digest {is}, at {now} it has {seen}",
            "期望 {on} 的表 {table} 的指纹为 {is}，在 {now} 实为 {seen}"
        ))
    }

    fn table_digest(&self, on: &str, table: &str) -> u64 {
        let (_, show) =
            TABLES.iter().find(|(name, _)| *name == table).expect("the loader has checked");
        crate::digest::of_bytes(self.output(on, &Line::from((*show).to_owned())).as_bytes())
    }
}
