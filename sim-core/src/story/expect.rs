//! Expectations: what must be so, and what was seen instead.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::time::Duration;

use super::{Player, Words, iface_of};
use crate::event::{JobId, NodeId};
use crate::frame::{Ethernet, FrameId};
use crate::host::iface::IfaceKind;
use crate::net::Kind;
use crate::scenario::{Expectation, Line};
use crate::shell::Shell;
use crate::trace::{Dir, Note, Trace};

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
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {message}")]
pub struct Failure {
    /// Where it is written.
    pub place: String,
    /// What was expected and what was seen.
    pub message: String,
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
                let (node, iface) = iface_of(&self.world.net, on);
                self.check_frame(node, iface, is, true, since, trace)
            }
            Expectation::NoFrame { on, is } => {
                let (node, iface) = iface_of(&self.world.net, on);
                self.check_frame(node, iface, is, false, since, trace)
            }
            Expectation::Because { on, code } => self.check_reason(on, code, true, since, trace),
            Expectation::Never { on, code } => self.check_reason(on, code, false, since, trace),
            Expectation::Neigh { on, ip, mac, owner } => {
                self.check_neigh(on, *ip, *mac, owner.as_deref())
            }
            Expectation::Conns { on, state, count } => {
                self.check_conns(on, state.as_deref(), *count)
            }
            Expectation::Output { on, run, has } => {
                let said = self.output(on, run);
                match said.contains(has.as_str()) {
                    true => Ok(()),
                    false => Err(format!(
                        "expected `{has}` in the output of `{}` on {on}; it says:\n{said}",
                        run.value
                    )),
                }
            }
            Expectation::Digest { on, table, is } => {
                let seen = format!("{:016x}", self.table_digest(on, table));
                match seen == *is {
                    true => Ok(()),
                    false => Err(format!(
                        "expected table {table} of {on} to have digest {is}, it has {seen}"
                    )),
                }
            }
        };
        let place = place.to_owned();
        verdict.err().map(|message| Failure { place, message }).into_iter().collect()
    }

    fn node(&self, name: &str) -> NodeId {
        self.world.net.node_by_name(name).expect("the loader has checked the node")
    }

    fn name(&self, node: NodeId) -> &str {
        &self.world.net.node(node).name
    }

    /// Who answered each request since then; `-` is nobody.
    pub fn served(&self, by: Option<&str>, since: usize, trace: &Trace) -> Vec<String> {
        let by = by.map(|name| self.node(name));
        let mut asked: Vec<(JobId, String)> = Vec::new();
        for entry in &trace.entries()[since..] {
            if by.is_some_and(|node| node != entry.node) {
                continue;
            }
            match &entry.what {
                Note::Asked { job, .. } => asked.push((*job, "-".into())),
                Note::Served { job, by, .. } => {
                    if let Some((_, name)) = asked.iter_mut().find(|(own, _)| own == job) {
                        by.clone_into(name);
                    }
                }
                _ => {}
            }
        }
        asked.into_iter().map(|(_, name)| name).collect()
    }

    fn check_served(
        &self,
        names: &[String],
        by: Option<&str>,
        since: usize,
        trace: &Trace,
    ) -> Result<(), String> {
        let seen = self.served(by, since, trace);
        if seen == names {
            return Ok(());
        }
        Err(format!(
            "expected to be served by [{}], was served by [{}]",
            names.join(" "),
            seen.join(" ")
        ))
    }

    fn check_frame(
        &self,
        node: NodeId,
        iface: crate::event::IfaceId,
        is: &str,
        wanted: bool,
        since: usize,
        trace: &Trace,
    ) -> Result<(), String> {
        let words = Words::parse(is);
        let mut printer = crate::tcpdump::Tcpdump::new(crate::tcpdump::Options::default());
        let mut lines = Vec::new();
        for entry in &trace.entries()[since..] {
            let Note::Frame { iface: at, frame, .. } = &entry.what else { continue };
            if (entry.node, *at) != (node, iface) {
                continue;
            }
            let line = format!("  {} {}", entry.at, printer.line(frame.bytes.bytes()));
            if words.matches(frame.bytes.bytes()) {
                return match wanted {
                    true => Ok(()),
                    false => Err(format!("expected no frame `{is}`, but there is\n{line}")),
                };
            }
            lines.push(line);
        }
        if !wanted {
            return Ok(());
        }
        let end = crate::world::end_name(&self.world.net, node, iface);
        let skipped = lines.len().saturating_sub(12);
        Err(format!(
            "expected a frame `{is}` on {end}; the last of {} that passed are\n{}",
            lines.len(),
            lines[skipped..].join("\n")
        ))
    }

    fn check_reason(
        &self,
        on: &str,
        code: &str,
        wanted: bool,
        since: usize,
        trace: &Trace,
    ) -> Result<(), String> {
        let node = self.node(on);
        let mut seen = BTreeSet::new();
        for entry in &trace.entries()[since..] {
            let Note::Why(reason) = &entry.what else { continue };
            if entry.node != node {
                continue;
            }
            if reason.code() == code && !wanted {
                return Err(format!(
                    "expected {on} never to decide by {code}, but it did at {}",
                    entry.at
                ));
            }
            seen.insert(reason.code());
        }
        if !wanted || seen.contains(code) {
            return Ok(());
        }
        seen.remove("read");
        let seen: Vec<_> = seen.into_iter().collect();
        Err(format!("expected {on} to decide by {code}; it decided by: {}", seen.join(" ")))
    }

    fn check_neigh(
        &self,
        on: &str,
        ip: std::net::Ipv4Addr,
        mac: Option<crate::Mac>,
        owner: Option<&str>,
    ) -> Result<(), String> {
        let host = self.world.net.node(self.node(on)).host();
        let known = host.and_then(|host| {
            host.neighbours().iter().find(|((_, addr), _)| *addr == ip).map(|(_, entry)| entry)
        });
        let Some(known) = known.filter(|entry| entry.state.is_valid()) else {
            return Err(format!("expected {on} to know {ip}, but it does not"));
        };
        let fits_mac = mac.is_none_or(|mac| mac == known.mac);
        let found = self.owner_of(known.mac);
        let fits_owner = owner.is_none_or(|name| found.is_some_and(|node| self.name(node) == name));
        if fits_mac && fits_owner {
            return Ok(());
        }
        let wanted = owner.map_or_else(|| mac.map(|mac| mac.to_string()), |name| Some(name.into()));
        let seen = found.map_or("nobody's", |node| self.name(node));
        Err(format!(
            "expected {on} to have {ip} at {}, it has it at {} ({seen})",
            wanted.unwrap_or_default(),
            known.mac
        ))
    }

    fn owner_of(&self, mac: crate::Mac) -> Option<NodeId> {
        self.world.net.node_ids().find(|&id| {
            self.world.net.node(id).host().is_some_and(|host| {
                host.fib()
                    .ifaces
                    .iter()
                    .any(|iface| iface.kind == IfaceKind::Ethernet && iface.mac == mac)
            })
        })
    }

    fn check_conns(&self, on: &str, state: Option<&str>, count: u32) -> Result<(), String> {
        let host = self.world.net.node(self.node(on)).host();
        let states: Vec<&str> = host
            .and_then(|host| host.engine())
            .map(|engine| engine.conns().map(|conn| conn.state.name()).collect())
            .unwrap_or_default();
        let fits = states.iter().filter(|own| state.is_none_or(|state| state == **own)).count();
        if fits == count as usize {
            return Ok(());
        }
        let which = state.map_or(String::new(), |state| format!(" in {state}"));
        Err(format!(
            "expected {count} connections{which} on {on}; there are: [{}]",
            states.join(" ")
        ))
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

    fn table_digest(&self, on: &str, table: &str) -> u64 {
        let (_, show) =
            TABLES.iter().find(|(name, _)| *name == table).expect("the loader has checked");
        crate::digest::of_bytes(self.output(on, &Line::from((*show).to_owned())).as_bytes())
    }

    fn check_path(
        &self,
        flow: &str,
        nodes: &[String],
        since: usize,
        trace: &Trace,
    ) -> Result<(), String> {
        let words = Words::parse(flow);
        let entries = &trace.entries()[since..];
        let first = entries.iter().find_map(|entry| match &entry.what {
            Note::Frame { frame, .. } if words.matches(frame.bytes.bytes()) => Some(frame.id),
            _ => None,
        });
        let Some(first) = first else {
            return Err(format!("expected a frame `{flow}`, there is none"));
        };
        let named: BTreeSet<&str> = nodes.iter().map(String::as_str).collect();
        let mut way: Vec<&str> = Vec::new();
        for node in self.way_of(first, &trace.entries()[since..]) {
            let name = self.name(node);
            let is_switch = matches!(self.world.net.node(node).kind, Kind::Switch(_));
            if (!is_switch || named.contains(name)) && way.last() != Some(&name) {
                way.push(name);
            }
        }
        if way == nodes {
            return Ok(());
        }
        let mut message = String::new();
        let _ = write!(
            message,
            "expected `{flow}` to go by [{}], it went by [{}]",
            nodes.join(" "),
            way.join(" ")
        );
        Err(message)
    }

    /// The nodes that a frame went through: whoever sent it or one that was made of it, and who took it at last.
    fn way_of(&self, first: FrameId, entries: &[crate::trace::Entry]) -> Vec<NodeId> {
        let mut family: BTreeMap<FrameId, ()> = BTreeMap::from([(first, ())]);
        let mut way = Vec::new();
        let mut last = None;
        for entry in entries {
            let Note::Frame { iface, dir, frame } = &entry.what else { continue };
            if frame.parent.is_some_and(|parent| family.contains_key(&parent)) {
                family.insert(frame.id, ());
            }
            if !family.contains_key(&frame.id) {
                continue;
            }
            if *dir == Dir::Out {
                way.push(entry.node);
                continue;
            }
            let taken = self.world.net.node(entry.node).host().is_some_and(|host| {
                let to = Ethernet::read(frame.bytes.bytes()).map(|head| head.dst);
                to == Some(host.fib().iface(*iface).mac)
            });
            if taken {
                last = Some(entry.node);
            }
        }
        way.extend(last);
        way
    }
}
