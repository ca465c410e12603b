//! Which knobs are near to a verdict: those that turn what it read, on the host that gave it.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use lvs_engine::OriginId;

use super::rerun::Base;
use super::verdict::Verdict;
use crate::cause::Causes;
use crate::knobs::Knob;
use crate::names::{Names, Value};
use crate::origin::Origin;
use crate::reason::{Field, Nature, Reason};
use crate::text::Lang;
use crate::trace::Note;
use crate::whatif::Change;

/// What a verdict was decided by, in the words of commands.
#[derive(Clone, Debug)]
pub(super) struct Inputs {
    node: String,
    /// The nodes that its frame came by.
    chain: BTreeSet<String>,
    /// The settings that were read, by the last part of their names.
    settings: BTreeSet<String>,
    /// Addresses and interfaces.
    words: BTreeSet<String>,
    /// The commands that set what was read.
    lines: BTreeSet<String>,
}

/// How near a knob is: whether it turns what was read at this very host, whether it only takes
/// something away, whether it is at this host, on the way of the frame, and what words they share.
pub(super) type Rank = (Reverse<bool>, bool, Reverse<bool>, Reverse<bool>, Reverse<usize>);

/// A knob in the words of commands.
#[derive(Clone, Debug)]
pub(super) struct Words {
    hosts: Vec<String>,
    words: BTreeSet<String>,
    about: Option<String>,
    /// Whether it takes something away and puts nothing in its place.
    takes: bool,
}

impl Words {
    pub(super) fn of(base: &Base, knob: &Knob) -> Self {
        let about = knob.about.as_ref().and_then(|about| {
            let node = base.scenario().nodes.iter().find(|node| node.name() == about.host)?;
            node.script().get(about.line).map(|line| line.value.clone())
        });
        let text = knob.changes.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
        let mut words = BTreeSet::new();
        for word in text.split(|c: char| c.is_whitespace() || "/=:,".contains(c)) {
            words.insert(if word.starts_with("net.") { last(word) } else { word }.to_owned());
        }
        let takes = knob.changes.len() == 1 && (text.contains(" del ") || text.contains(" -D "));
        let hosts = knob.changes.iter().map(|change| host(change).to_owned()).collect();
        Self { hosts, words, about, takes }
    }
}

/// The host that a change is made on.
fn host(change: &Change) -> &str {
    match change {
        Change::Type { on, .. } | Change::Power { on, .. } => on,
        Change::Cable { link, .. } | Change::Mtu { link, .. } => &link.node,
    }
}

/// The last part of a setting's name.
fn last(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or_default()
}

impl Inputs {
    pub(super) fn of(base: &Base, causes: &Causes<'_>, verdict: &Verdict) -> Self {
        let world = &base.run.player.world;
        let (net, origins) = (&world.net, &world.origins);
        let names = Names { net, origins, node: verdict.node, lang: Lang::En };
        let chain = causes.chain(verdict.event);
        let events = causes.trace().events();
        let chain = chain.iter().map(|at| base.node(events[*at].node).to_owned()).collect();
        let mut inputs = Self {
            node: base.node(verdict.node).into(),
            chain,
            settings: BTreeSet::new(),
            words: BTreeSet::new(),
            lines: BTreeSet::new(),
        };
        for reason in read_by(causes, verdict) {
            for (_, value) in names.values(&reason) {
                let Value::Word(word) = value else { continue };
                if word.starts_with("net.") {
                    inputs.settings.insert(last(&word).to_owned());
                }
                let parts = word.split([':', '/', ' ']).map(ToOwned::to_owned);
                inputs.words.extend(parts);
            }
            let lines = places(&reason).into_iter().filter_map(|id| match origins.get(id) {
                Origin::Kernel | Origin::Learnt => None,
                Origin::File { text, .. } | Origin::Typed { text } => Some(text.clone()),
            });
            inputs.lines.extend(lines);
        }
        inputs
    }

    /// How near a knob is; less is nearer.
    pub(super) fn rank(&self, knob: &Words) -> Rank {
        let is_here = knob.hosts.contains(&self.node);
        let is_on_way = knob.hosts.iter().any(|host| self.chain.contains(host));
        let corrects = knob.about.as_ref().is_some_and(|line| self.lines.contains(line));
        let turns = !self.settings.is_disjoint(&knob.words);
        let common = knob.words.intersection(&self.words).count().min(2);
        (
            Reverse(is_here && (corrects || turns)),
            knob.takes,
            Reverse(is_here),
            Reverse(is_on_way),
            Reverse(common),
        )
    }

    /// Whether a knob concerns hosts that the frame came by alone.
    pub(super) fn concerns(&self, knob: &Words) -> bool {
        knob.hosts.iter().all(|host| self.chain.contains(host) || *host == self.node)
    }
}

/// What was noted at the node since the verdict before, the verdict itself included.
fn read_by(causes: &Causes<'_>, verdict: &Verdict) -> Vec<Reason> {
    let first = causes.trace().events()[verdict.event].first;
    let mut notes = Vec::new();
    for entry in &causes.trace().entries()[first..=verdict.entry] {
        let Note::Why(reason) = entry.what else { continue };
        let is_last = notes.last().is_some_and(|last: &Reason| last.nature() != Nature::Step);
        if is_last && entry.node == verdict.node {
            notes.clear();
        }
        if entry.node == verdict.node {
            notes.push(reason);
        }
    }
    notes
}

/// Where the inputs of a reason were set.
fn places(reason: &Reason) -> Vec<OriginId> {
    let mut found = Vec::new();
    match reason {
        Reason::Read { origin, .. } => found.push(*origin),
        Reason::Ipvs(reason) => reason.fields(&mut |_, field| {
            if let lvs_engine::Field::Origin(origin) = field {
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
