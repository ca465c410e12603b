//! Whether an event of one run and its pair in another are the same: the frames that came and went,
//! the decisions with what they read, and what was said.
//!
//! Numbers that a run counts or draws do not take part: of frames, commands and origins, and in
//! frames all that [`canonical`](crate::canonical) evens out. Ports that Linux draws are one port.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddrV4;

use lvs_engine::Endpoint;

use super::compare::{Divergence, Run};
use super::seen::is_input;
use crate::canonical::{self, FIRST_EPHEMERAL, Memory};
use crate::cause::Causes;
use crate::event::{IfaceId, NodeId};
use crate::names::{Names, Value};
use crate::reason::Reason;
use crate::receipt::masks;
use crate::text::Lang;
use crate::trace::{Entry, How, Note};

/// In what an event differs from its pair.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Difference {
    /// Only one run has it.
    #[default]
    Missing,
    /// In a frame.
    Frame,
    /// In what was decided.
    Decision,
    /// In what a decision read; the decision is the same.
    Input,
    /// In what a command said, or how it ended.
    Said,
}

/// Where two events part.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Apart {
    /// In what.
    pub(super) difference: Difference,
    /// The first entries that differ.
    pub(super) entries: [Option<usize>; 2],
}

/// Two runs, with what it takes to compare their entries.
pub(super) struct Sides<'a> {
    runs: [&'a Run; 2],
    /// The second run's node of the same name, for each of the first run.
    pairs: Vec<Option<NodeId>>,
    /// Whether the numbers of a node's interfaces mean the same in both runs.
    ifaces: Vec<bool>,
    /// The high ports that somebody has chosen.
    chosen: BTreeSet<u16>,
    /// The entries' bytes in canonical form: needed only where frames differ.
    canonical: [OnceCell<Vec<Vec<u8>>>; 2],
}

impl<'a> Sides<'a> {
    pub(super) fn new(runs: [&'a Run; 2]) -> Self {
        let [one, other] = runs.map(|run| &run.player.world.net);
        let pairs: Vec<_> =
            one.node_ids().map(|id| other.node_by_name(&one.node(id).name)).collect();
        let is_same = |(id, pair): (NodeId, &Option<NodeId>)| {
            let Some(pair) = pair else { return false };
            let (own, theirs) = (one.node(id), other.node(*pair));
            match (own.host(), theirs.host()) {
                (Some(own), Some(theirs)) => {
                    let names = |host: &crate::host::Host| {
                        host.fib().ifaces.iter().map(|iface| iface.name.clone()).collect::<Vec<_>>()
                    };
                    names(own) == names(theirs)
                }
                (own, theirs) => own.is_none() && theirs.is_none(),
            }
        };
        let ifaces = one.node_ids().zip(&pairs).map(is_same).collect();
        let texts = runs.iter().flat_map(|run| run.player.world.jobs());
        let numbers = texts.flat_map(|(_, job)| job.text.split(|c: char| !c.is_ascii_digit()));
        let chosen = numbers.filter_map(|word| word.parse().ok());
        let chosen = chosen.filter(|port| *port >= FIRST_EPHEMERAL).collect();
        Self { runs, pairs, ifaces, chosen, canonical: [OnceCell::new(), OnceCell::new()] }
    }

    /// Where two events of one identity part, if they do.
    pub(super) fn compare(&self, causes: [&Causes<'_>; 2], at: [usize; 2]) -> Option<Apart> {
        let [own, theirs] = [0, 1].map(|side| self.entries(causes[side], side, at[side]));
        let first = |is_input: bool| {
            let is_kept = |entry: &&(usize, &Entry)| is_read(entry.1) == is_input;
            let (mut own, mut theirs) = (own.iter().filter(is_kept), theirs.iter().filter(is_kept));
            loop {
                match (own.next(), theirs.next()) {
                    (None, None) => return None,
                    (Some(one), Some(other)) if self.is_same(*one, *other) => {}
                    (one, other) => return Some([one.copied(), other.copied()]),
                }
            }
        };
        if let Some(found) = first(false) {
            let of = |entry: &Entry| match entry.what {
                Note::Frame { .. } | Note::Packet { .. } => Difference::Frame,
                Note::Output { .. } | Note::Ended { .. } | Note::Served { .. } => Difference::Said,
                _ => Difference::Decision,
            };
            let differences = || found.iter().flatten().map(|(_, entry)| of(entry));
            let is_decided = differences().any(|own| own == Difference::Decision);
            let difference = if is_decided { Difference::Decision } else { differences().min()? };
            return Some(Apart { difference, entries: found.map(|own| own.map(|(at, _)| at)) });
        }
        let entries = first(true)?.map(|own| own.map(|(at, _)| at));
        Some(Apart { difference: Difference::Input, entries })
    }

    /// What of an event is compared, with its places in the trace.
    fn entries<'e>(
        &'e self,
        causes: &Causes<'_>,
        side: usize,
        at: usize,
    ) -> Vec<(usize, &'e Entry)> {
        let trace = &self.runs[side].trace;
        let event = &trace.events()[at];
        let entries = &trace.entries()[event.first..event.first + causes.entries(at).len()];
        let is_kept = |(_, entry): &(usize, &Entry)| {
            let counts = |note: &Note| {
                matches!(note, Note::Typed { .. } | Note::Asked { .. } | Note::Probed { .. })
            };
            // A frame made by hand is noted between events.
            entry.seq == event.seq && !counts(&entry.what)
        };
        (event.first..).zip(entries).filter(is_kept).collect()
    }

    fn is_same(&self, own: (usize, &Entry), theirs: (usize, &Entry)) -> bool {
        let ((place, one), (other_place, other)) = (own, theirs);
        if self.pairs[usize::from(one.node.0)] != Some(other.node) {
            return false;
        }
        let is_even = |own: &[u8], theirs: &[u8]| {
            own == theirs || self.canonical(0)[place] == self.canonical(1)[other_place]
        };
        match (&one.what, &other.what) {
            (
                Note::Frame { iface, dir, frame },
                Note::Frame { iface: other_iface, dir: other_dir, frame: other_frame },
            ) => {
                dir == other_dir
                    && self.is_iface(one.node, *iface, other.node, *other_iface)
                    && is_even(frame.bytes.bytes(), other_frame.bytes.bytes())
            }
            (
                Note::Packet { iface, dir, bytes: packet },
                Note::Packet { iface: other_iface, dir: other_dir, bytes: other_packet },
            ) => {
                dir == other_dir
                    && self.is_iface(one.node, *iface, other.node, *other_iface)
                    && is_even(packet.bytes(), other_packet.bytes())
            }
            (Note::Why(why), Note::Why(other_why)) => {
                self.is_reason(one.node, why, other.node, other_why)
            }
            (Note::Rewrite(edit), Note::Rewrite(other_edit)) => {
                let ends = |edit: &lvs_engine::Rewrite| {
                    let outer = edit.outer.map(|outer| (outer.src, outer.dst));
                    let own = |end: Endpoint| (end.addr, self.port(end.port));
                    (edit.age, edit.src.map(own), edit.dst.map(own), outer, edit.quoted.is_some())
                };
                ends(edit) == ends(other_edit)
            }
            (Note::Output { job, text }, Note::Output { text: other_text, .. }) => {
                let typed = self.runs[0].player.world.job(*job);
                let typed = typed.map_or("", |job| job.text.as_str());
                let said = |text| masks::canonical_output(typed, text);
                text == other_text || said(text) == said(other_text)
            }
            (Note::Ended { status, .. }, Note::Ended { status: other, .. }) => status == other,
            (Note::Served { by, from, .. }, Note::Served { by: other, from: other_from, .. }) => {
                (by, from) == (other, other_from)
            }
            _ => false,
        }
    }

    fn is_iface(&self, node: NodeId, iface: IfaceId, other: NodeId, other_iface: IfaceId) -> bool {
        if self.ifaces[usize::from(node.0)] {
            return iface == other_iface;
        }
        let [own, theirs] = self.runs.map(|run| &run.player.world.net);
        own.node(node).iface_name(iface) == theirs.node(other).iface_name(other_iface)
    }

    fn is_reason(&self, node: NodeId, one: &Reason, other_node: NodeId, other: &Reason) -> bool {
        if one.code() != other.code() {
            return false;
        }
        if self.ifaces[usize::from(node.0)] {
            match (one, other) {
                (
                    Reason::Read { what, value, .. },
                    Reason::Read { what: asked, value: found, .. },
                ) => {
                    return (what, value) == (asked, found);
                }
                _ if one == other => return true,
                _ => {}
            }
        }
        self.values(0, node, one) == self.values(1, other_node, other)
    }

    /// What of a reason is compared: all but where things were set.
    fn values(&self, side: usize, node: NodeId, reason: &Reason) -> Vec<(&'static str, Value)> {
        let world = &self.runs[side].player.world;
        let names = Names { net: &world.net, origins: &world.origins, node, lang: Lang::En };
        let even = |value| match value {
            Value::Word(word) => Value::Word(match word.parse::<SocketAddrV4>() {
                Ok(end) => SocketAddrV4::new(*end.ip(), self.port(end.port())).to_string(),
                Err(_) => word,
            }),
            value => value,
        };
        let values = names.values(reason).into_iter();
        let kept = values.filter(|(_, value)| !matches!(value, Value::Place(_)));
        kept.map(|(name, value)| (name, even(value))).collect()
    }

    /// The port that stands for this one.
    fn port(&self, port: u16) -> u16 {
        let is_drawn = port >= FIRST_EPHEMERAL && !self.chosen.contains(&port);
        if is_drawn { FIRST_EPHEMERAL } else { port }
    }

    /// The bytes of each entry in canonical form; none where it has no bytes.
    fn canonical(&self, side: usize) -> &[Vec<u8>] {
        self.canonical[side].get_or_init(|| {
            let mut memories = BTreeMap::new();
            let even = |entry: &Entry| {
                let (iface, bytes, is_frame) = match &entry.what {
                    Note::Frame { iface, frame, .. } => (iface, frame.bytes.bytes(), true),
                    Note::Packet { iface, bytes, .. } => (iface, bytes.bytes(), false),
                    _ => return Vec::new(),
                };
                let memory = memories
                    .entry((entry.node, *iface))
                    .or_insert_with(|| Memory::with_pinned(&self.chosen));
                match is_frame {
                    true => canonical::frame(bytes, memory),
                    false => canonical::packet(bytes, memory),
                }
            };
            self.runs[side].trace.entries().iter().map(even).collect()
        })
    }

    /// Of which kind a divergence is: where it is, in what it differs, and by which words.
    pub(super) fn kind(&self, own: &Divergence) -> impl Ord + use<> {
        let node = |side: usize| {
            let run = self.runs[side];
            let event = run.trace.events().get(own.events[side]?)?;
            let came = matches!(event.how, How::Came(_));
            Some((run.player.world.net.node(event.node).name.to_string(), came))
        };
        let word = |side: usize| {
            let entry = self.runs[side].trace.entries().get(own.entries[side]?)?;
            Some(match &entry.what {
                Note::Why(reason @ Reason::Read { .. }) => {
                    format!("{:?}", self.values(side, entry.node, reason))
                }
                Note::Why(reason) => reason.code().to_owned(),
                _ => String::new(),
            })
        };
        (own.difference, [node(0), node(1)], [word(0), word(1)])
    }
}

fn is_read(entry: &Entry) -> bool {
    matches!(&entry.what, Note::Why(reason) if is_input(reason))
}
