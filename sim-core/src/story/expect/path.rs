//! The way of a frame through the network.

use std::collections::{BTreeMap, BTreeSet};

use crate::event::NodeId;
use crate::frame::{Ethernet, FrameId};
use crate::net::Kind;
use crate::story::sight::{add, is_stray};
use crate::story::{Player, Words};
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
        let words = Words::parse(flow).expect("the loader has checked it");
        let entries = &trace.entries()[since..];
        let first = entries.iter().find_map(|entry| match &entry.what {
            Note::Frame { frame, .. } if words.matches(frame.bytes.bytes()) => Some(frame.id),
            _ => None,
        });
        let Some(first) = first else {
            return Err(text!(
                "expected a frame `{flow}`, there is none",
                "期望有帧 `{flow}`，但是没有"
            ));
        };
        let named: BTreeSet<&str> = nodes.iter().map(String::as_str).collect();
        let mut way: Vec<(&str, usize)> = Vec::new();
        for (node, at) in self.way_of(first, entries) {
            let name = self.name(node);
            let is_switch = matches!(self.world.net.node(node).kind, Kind::Switch(_));
            let is_new = way.last().is_none_or(|(last, _)| *last != name);
            if (!is_switch || named.contains(name)) && is_new {
                way.push((name, at));
            }
        }
        if way.iter().map(|(name, _)| *name).eq(nodes) {
            return Ok(());
        }
        let (wanted, seen): (_, Vec<&str>) =
            (nodes.join(" "), way.iter().map(|(name, _)| *name).collect());
        let seen = seen.join(" ");
        let mut said = text!(
            "expected `{flow}` to go by [{wanted}], it went by [{seen}]",
            "期望 `{flow}` 经过 [{wanted}]，实际经过 [{seen}]"
        );
        let parted = way.iter().zip(nodes).position(|((name, _), node)| name != node);
        match parted.or((way.len() > nodes.len()).then_some(nodes.len())) {
            Some(hop) => {
                add(
                    &mut said,
                    ("it left that way here", "在此偏离"),
                    &self.sight(&entries[way[hop].1]),
                );
            }
            None => self.add_end(&mut said, first, entries),
        }
        Err(said)
    }

    /// Where a frame that came too short a way was last seen.
    fn add_end(&self, said: &mut Text, first: FrameId, entries: &[Entry]) {
        let family = family(first, entries);
        let is_last = |at: &usize| is_of(&entries[*at], &family) && !is_stray(entries, *at);
        let Some(last) = (0..entries.len()).rfind(is_last) else { return };
        add(said, ("it ended here", "在此终止"), &self.sight(&entries[last]));
        self.add_decided(said, entries, last, None);
    }

    /// The nodes that a frame went through, each with where in `entries` it came there: whoever sent it or one that was made of
    /// it, and who took it at last.
    fn way_of(&self, first: FrameId, entries: &[Entry]) -> Vec<(NodeId, usize)> {
        let family = family(first, entries);
        let mut way = Vec::new();
        let mut came: BTreeMap<NodeId, usize> = BTreeMap::new();
        let mut last = None;
        for (at, entry) in entries.iter().enumerate() {
            let Note::Frame { iface, dir, frame } = &entry.what else { continue };
            if !family.contains(&frame.id) {
                continue;
            }
            if *dir == Dir::Out {
                way.push((entry.node, came.remove(&entry.node).unwrap_or(at)));
                continue;
            }
            let taken = match &self.world.net.node(entry.node).kind {
                Kind::Switch(_) => false,
                Kind::Host(host) => {
                    let to = Ethernet::read(frame.bytes.bytes()).map(|head| head.dst);
                    to == Some(host.fib().iface(*iface).mac)
                }
            };
            if taken {
                last = Some((entry.node, at));
            }
            if taken || matches!(self.world.net.node(entry.node).kind, Kind::Switch(_)) {
                came.insert(entry.node, at);
            }
        }
        way.extend(last);
        way
    }
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
