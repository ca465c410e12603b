//! The way of a frame through the network.

use std::collections::{BTreeMap, BTreeSet};

use crate::event::NodeId;
use crate::frame::{Ethernet, FrameId};
use crate::net::Kind;
use crate::story::Player;
use crate::story::sight::{add, is_stray, passed};
use crate::story::words::Watcher;
use crate::text;
use crate::text::Text;
use crate::trace::{Dir, Entry, Note, Trace};

impl Player {
    pub(super) fn check_path(
        &self,
        flow: &str,
        nodes: &[String],
        since: usize,
        trace: &Trace,
    ) -> Result<(), Text> {
        let mut watcher = Watcher::new(flow);
        let (mut first, mut nearest) = (None, (0, 0));
        let from = if watcher.remembers() { 0 } else { since };
        for (at, entry) in trace.entries().iter().enumerate().skip(from) {
            let Some((end, seen)) = passed(entry) else { continue };
            let fits = watcher.fits(end, seen);
            let Note::Frame { frame, .. } = &entry.what else { continue };
            if at < since {
                continue;
            }
            if watcher.is_all(fits) {
                first = Some(frame.id);
                break;
            }
            if fits > nearest.0 {
                nearest = (fits, at);
            }
        }
        let Some(first) = first else {
            return Err(self.no_flow(flow, nodes, &watcher, nearest, since, trace));
        };
        let entries = &trace.entries()[since..];
        let named: BTreeSet<&str> = nodes.iter().map(String::as_str).collect();
        let ways = self.ways_of(first, entries);
        let ways: Vec<Vec<Hop>> = ways.into_iter().map(|way| self.named(&named, way)).collect();
        let names = |way: &[Hop]| way.iter().map(|hop| self.name(hop.node)).collect::<Vec<_>>();
        if ways.iter().any(|way| names(way) == nodes) {
            return Ok(());
        }
        let seen: Vec<String> =
            ways.iter().map(|way| format!("[{}]", names(way).join(" "))).collect();
        let (wanted, en, zh) = (nodes.join(" "), seen.join(" and "), seen.join(" 和 "));
        let mut said = text!(
            "expected `{flow}` to go by [{wanted}], it went by {en}",
            "期望 `{flow}` 经过 [{wanted}]，实际经过 {zh}"
        );
        let common =
            |way: &[Hop]| names(way).iter().zip(nodes).take_while(|(one, two)| one == two).count();
        let Some(way) = ways.iter().rev().max_by_key(|way| common(way)) else { return Err(said) };
        match way.get(common(way)) {
            Some(hop) => {
                let left = ("it left that way here", "在此偏离");
                add(&mut said, left, &self.sight(&entries[hop.at]));
                self.add_about(&mut said, entries, hop.at);
            }
            None => self.add_end(&mut said, first, way, ways.len() > 1, entries),
        }
        Err(said)
    }

    /// What is said when no frame is as described: the nearest one, or what the first node saw last.
    fn no_flow(
        &self,
        flow: &str,
        nodes: &[String],
        watcher: &Watcher,
        nearest: (usize, usize),
        since: usize,
        trace: &Trace,
    ) -> Text {
        let mut said =
            text!("expected a frame `{flow}`, there is none", "期望有帧 `{flow}`，但是没有");
        if let (fits @ 1.., at) = nearest {
            let part = watcher.part(fits);
            let label = text!("nearest, it lacks `{part}`", "最接近，但缺少 `{part}`");
            add(&mut said, (&label.en, &label.zh), &self.sight(&trace.entries()[at]));
            self.add_about(&mut said, trace.entries(), at);
        } else if let Some(node) = nodes.first() {
            self.add_last(&mut said, self.node(node), since, trace);
        }
        said
    }

    /// Where a frame that came too short a way was last seen.
    fn add_end(
        &self,
        said: &mut Text,
        first: FrameId,
        way: &[Hop],
        is_branch: bool,
        entries: &[Entry],
    ) {
        let family = family(first, entries);
        let is_last = |at: &usize| is_of(&entries[*at], &family) && !is_stray(entries, *at);
        let last = match way.last() {
            Some(hop) if is_branch => Some(hop.at),
            _ => (0..entries.len()).rfind(is_last),
        };
        let Some(last) = last else { return };
        add(said, ("it ended here", "在此终止"), &self.sight(&entries[last]));
        self.add_decided(said, entries, last, None);
    }

    /// A way without the switches that nobody has named.
    fn named(&self, named: &BTreeSet<&str>, way: Vec<Hop>) -> Vec<Hop> {
        let mut kept: Vec<Hop> = Vec::new();
        for hop in way {
            let node = self.world.net.node(hop.node);
            let counts = node.host().is_some() || named.contains(&*node.name);
            if counts && kept.last().is_none_or(|last| last.node != hop.node) {
                kept.push(hop);
            }
        }
        kept
    }

    /// The ways that a frame and what was made of it went, each from its sender to a host that took it. A broadcast goes as
    /// many ways as there are hosts that hear it; what nobody takes goes as far as it was sent.
    fn ways_of(&self, first: FrameId, entries: &[Entry]) -> Vec<Vec<Hop>> {
        let hops = self.hops_of(first, entries);
        // Whether the way goes on behind a hop, to one that counts.
        let ends = |counts: fn(&Hop) -> bool| {
            let mut goes_on = vec![false; hops.len()];
            for (at, hop) in hops.iter().enumerate().rev() {
                if let Some(before) = hop.from
                    && (goes_on[at] || counts(hop))
                {
                    goes_on[before] = true;
                }
            }
            let ends = (0..hops.len()).filter(|&at| counts(&hops[at]) && !goes_on[at]);
            ends.collect::<Vec<_>>()
        };
        let mut last = ends(|hop| hop.takes);
        if last.is_empty() {
            last = ends(|hop| hop.sends);
        }
        let mut ways: Vec<Vec<Hop>> = last.into_iter().map(|end| way_to(&hops, end)).collect();
        // Of the pieces of one packet, one may get less far than another.
        let begins = |way: &[Hop], other: &[Hop]| {
            let mut pairs = way.iter().zip(other);
            way.len() < other.len() && pairs.all(|(one, two)| one.node == two.node)
        };
        let all = ways.clone();
        ways.retain(|way| !all.iter().any(|other| begins(way, other)));
        let mut seen = BTreeSet::new();
        ways.retain(|way| seen.insert(way.iter().map(|hop| hop.node).collect::<Vec<_>>()));
        ways
    }

    /// The nodes that a frame and what was made of it came to, each once a frame.
    fn hops_of(&self, first: FrameId, entries: &[Entry]) -> Vec<Hop> {
        let family = family(first, entries);
        let mut hops: Vec<Hop> = Vec::new();
        let mut came: BTreeMap<(NodeId, FrameId), usize> = BTreeMap::new();
        // The last hop that sent, for the arrival that belongs to it is the next.
        let mut sender = None;
        for (at, entry) in entries.iter().enumerate() {
            let Note::Frame { iface, dir, frame } = &entry.what else { continue };
            if !family.contains(&frame.id) {
                continue;
            }
            let node = entry.node;
            let parent = frame.parent.and_then(|parent| came.get(&(node, parent)));
            let known = came.get(&(node, frame.id)).or(parent).copied();
            if *dir == Dir::Out {
                let hop = known.unwrap_or(hops.len());
                if known.is_none() {
                    hops.push(Hop { node, at, from: None, takes: false, sends: true });
                }
                hops[hop].sends = true;
                sender = Some((entry.seq, frame.id, hop));
                continue;
            }
            let takes = match &self.world.net.node(node).kind {
                Kind::Switch(_) => false,
                Kind::Host(host) => {
                    let to = Ethernet::read(frame.bytes.bytes()).map(|head| head.dst);
                    let to_all = to.is_some_and(|to| to.is_group()) && !is_stray(entries, at);
                    to_all || to == Some(host.fib().iface(*iface).mac)
                }
            };
            let is_switch = matches!(self.world.net.node(node).kind, Kind::Switch(_));
            // A circle of cables brings it again.
            if came.contains_key(&(node, frame.id)) || !(takes || is_switch) {
                continue;
            }
            // What a host sends to itself passes `lo` once, and nobody sends it there.
            let by = sender.filter(|(seq, id, _)| (*seq, *id) == (entry.seq, frame.id));
            let from = by.map(|(_, _, hop)| hop).or(known);
            came.insert((node, frame.id), hops.len());
            hops.push(Hop { node, at, from, takes, sends: false });
        }
        hops
    }
}

/// A node on a frame's way.
#[derive(Clone, Copy)]
struct Hop {
    node: NodeId,
    /// Where in the trace the frame came there; at its first sender, where it left.
    at: usize,
    /// The hop that sent it here.
    from: Option<usize>,
    /// The node is the receiver, or one of them.
    takes: bool,
    sends: bool,
}

/// The hops from the first sender to this one.
fn way_to(hops: &[Hop], end: usize) -> Vec<Hop> {
    let mut way: Vec<Hop> =
        std::iter::successors(Some(end), |&at| hops[at].from).map(|at| hops[at]).collect();
    way.reverse();
    way
}

/// A frame and all that were made of it.
fn family(first: FrameId, entries: &[Entry]) -> BTreeSet<FrameId> {
    let mut family = BTreeSet::from([first]);
    for entry in entries {
        if let Note::Frame { frame, .. } = &entry.what
            && frame.parent.is_some_and(|parent| family.contains(&parent))
        {
            family.insert(frame.id);
        }
    }
    family
}

fn is_of(entry: &Entry, family: &BTreeSet<FrameId>) -> bool {
    matches!(&entry.what, Note::Frame { frame, .. } if family.contains(&frame.id))
}
