//! Which knobs are near to a verdict: those that turn what it read, on the host that gave it.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use super::rerun::Base;
use super::verdict::Verdict;
use crate::cause::Causes;
use crate::knobs::Knob;
use crate::names::{Names, Value};
use crate::origin::Origin;
use crate::text::Lang;
use crate::trace::Note;
use crate::whatif::Change;

/// What a verdict was decided by, in the words of commands.
pub(super) struct Inputs {
    node: String,
    /// The hosts that its frame came by.
    chain: BTreeSet<String>,
    /// Names of settings, addresses, interfaces and numbers.
    words: BTreeSet<String>,
    /// The commands that set what was read.
    lines: BTreeSet<String>,
}

impl Inputs {
    pub(super) fn of(base: &Base, causes: &Causes<'_>, verdict: &Verdict) -> Self {
        let world = &base.run.player.world;
        let names =
            Names { net: &world.net, origins: &world.origins, node: verdict.node, lang: Lang::En };
        let (mut words, mut lines) = (BTreeSet::new(), BTreeSet::new());
        for entry in causes.entries_of(verdict.event, verdict.node) {
            let Note::Why(reason) = &entry.what else { continue };
            for (_, value) in names.values(reason) {
                match value {
                    Value::Word(word) => {
                        let last = word.rsplit('.').next().unwrap_or_default();
                        // Of a setting its own name counts, whichever interface's it is.
                        if word.starts_with("net.") {
                            words.insert(last.to_owned());
                        }
                        let host = word.split(':').next().unwrap_or_default();
                        words.insert(host.to_owned());
                        words.insert(word);
                    }
                    Value::Number(_) | Value::EtherType(_) | Value::Place(_) => {}
                }
            }
            lines.extend(origins(reason).into_iter().filter_map(|id| {
                match world.origins.get(id) {
                    Origin::Kernel | Origin::Learnt => None,
                    Origin::File { text, .. } | Origin::Typed { text } => Some(text.clone()),
                }
            }));
        }
        let chain = causes.chain(verdict.event);
        let events = causes.trace().events();
        let chain = chain.iter().map(|at| base.node(events[*at].node).to_owned()).collect();
        Self { node: base.node(verdict.node).into(), chain, words, lines }
    }

    /// How near a knob is; less is nearer.
    pub(super) fn rank(&self, base: &Base, knob: &Knob) -> impl Ord + use<> {
        let hosts = || knob.changes.iter().filter_map(host);
        let is_here = hosts().any(|host| host == self.node);
        let is_on_way = hosts().any(|host| self.chain.contains(host));
        let about = knob.about.as_ref().and_then(|about| {
            let node = base.scenario().nodes.iter().find(|node| node.name() == about.host)?;
            node.script().get(about.line).map(|line| line.value.clone())
        });
        let is_read = is_here && about.is_some_and(|line| self.lines.contains(&line));
        let text = knob.changes.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
        let split = |c: char| c.is_whitespace() || "/=:".contains(c);
        let words: BTreeSet<&str> = text.split(split).flat_map(|word| {
            let last = word.rsplit('.').next().unwrap_or_default();
            let is_setting = word.starts_with("net.");
            [Some(word), is_setting.then_some(last)].into_iter().flatten()
        }).collect();
        let common = words.iter().filter(|word| self.words.contains(**word)).count();
        (Reverse(is_read), Reverse(is_here && common > 0), Reverse(is_here), Reverse(is_on_way), Reverse(common))
    }

    /// Whether a knob concerns a host that the frame came by.
    pub(super) fn concerns(&self, knob: &Knob) -> bool {
        knob.changes.iter().filter_map(host).all(|host| self.chain.contains(host) || host == self.node)
    }
}

/// The host that a change is made on.
fn host(change: &Change) -> Option<&str> {
    match change {
        Change::Type { on, .. } | Change::Power { on, .. } => Some(on),
        Change::Cable { link, .. } | Change::Mtu { link, .. } => Some(&link.node),
    }
}

/// Where the inputs of a reason were set.
fn origins(reason: &crate::reason::Reason) -> Vec<lvs_engine::OriginId> {
    use crate::reason::{Field, Reason};
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
