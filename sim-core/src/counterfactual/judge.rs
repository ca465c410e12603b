//! Whether a verdict is turned in another run.

use std::collections::BTreeMap;

use super::verdict::Verdict;
use crate::cause::{Causes, Identity};
use crate::event::NodeId;
use crate::reason::Nature;
use crate::trace::Note;
use crate::whatif::Run;

/// What has become of a verdict, the better first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Turned {
    /// The event ends otherwise, and nothing that follows from it ends badly that did not before.
    Mended,
    /// The event does not happen, and what happens in its place does not end badly.
    Avoided,
    /// The event ends well, but later something ends badly that did not before: another cause in
    /// series.
    Later,
    /// The event ends badly in another way: another cause at the same place.
    Otherwise,
    /// The event does not happen, but something else ends badly in its place: no way out.
    Moved,
    /// Nothing has changed.
    Not,
}

impl Turned {
    /// Whether this is a counterfactual: the verdict is gone, and the trouble was not only moved to
    /// a place before it.
    pub const fn counts(self) -> bool {
        matches!(self, Self::Mended | Self::Avoided | Self::Later | Self::Otherwise)
    }
}

/// Verdicts that bystanders give whenever something new happens: they are no trouble.
const BYSTANDERS: &[&str] = &["eth.drop.other-mac", "arp.silent."];

fn is_trouble(code: &str) -> bool {
    !BYSTANDERS.iter().any(|start| code.starts_with(start))
}

/// A verdict of an event: where, what, of which nature.
type Given = (NodeId, &'static str, Nature);

/// What of a run is looked at when it is judged.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    by_identity: BTreeMap<Identity, usize>,
    identities: Vec<Identity>,
    causes: Vec<Option<usize>>,
    given: Vec<Vec<Given>>,
}

impl Seen {
    pub(super) fn of(causes: &Causes<'_>) -> Self {
        let count = causes.trace().events().len();
        let identities: Vec<Identity> = (0..count).map(|at| causes.identity(at)).collect();
        let given = |at: usize| {
            let entries = causes.entries(at).iter();
            let given = entries.filter_map(|entry| match &entry.what {
                Note::Why(reason) if reason.nature() != Nature::Step => {
                    Some((entry.node, reason.code(), reason.nature()))
                }
                _ => None,
            });
            given.collect()
        };
        Self {
            by_identity: identities.iter().enumerate().map(|(at, own)| (*own, at)).collect(),
            identities,
            causes: (0..count).map(|at| causes.cause(at)).collect(),
            given: (0..count).map(given).collect(),
        }
    }

    fn find(&self, identity: Identity) -> Option<usize> {
        self.by_identity.get(&identity).copied()
    }

    /// Of which events something follows, or is itself, that ends badly and did not in the other
    /// run.
    fn troubles(&self, other: &Self) -> Vec<bool> {
        let mut troubles = vec![false; self.given.len()];
        for at in (0..troubles.len()).rev() {
            let pair = other.find(self.identities[at]).map(|pair| &other.given[pair]);
            let is_new = |own: &&Given| {
                let known = pair.is_some_and(|pair| pair.contains(own));
                own.2 == Nature::Against && is_trouble(own.1) && !known
            };
            let own = troubles[at] || self.given[at].iter().any(|given| is_new(&given));
            troubles[at] = own;
            if let (true, Some(cause)) = (own, self.causes[at]) {
                troubles[cause] = true;
            }
        }
        troubles
    }

    /// What has become of each of these verdicts of this run in another one.
    pub(super) fn judge(&self, verdicts: &[Verdict], run: &Run) -> Vec<Turned> {
        let other = Self::of(&Causes::new(&run.trace, &run.player.world));
        let troubles = other.troubles(self);
        verdicts.iter().map(|verdict| self.turned(verdict, &other, &troubles)).collect()
    }

    fn turned(&self, verdict: &Verdict, other: &Self, troubles: &[bool]) -> Turned {
        let Some(pair) = other.find(verdict.identity) else {
            let mut at = self.causes[verdict.event];
            while let Some(cause) = at {
                if let Some(pair) = other.find(self.identities[cause]) {
                    return if troubles[pair] { Turned::Moved } else { Turned::Avoided };
                }
                at = self.causes[cause];
            }
            return Turned::Not;
        };
        let here = |given: &&Given| given.0 == verdict.node;
        let own = || other.given[pair].iter().filter(here);
        if own().any(|given| given.1 == verdict.code) {
            return Turned::Not;
        }
        let before = &self.given[verdict.event];
        let is_bad = |given: &Given| given.2 == Nature::Against && !before.contains(given);
        if own().any(is_bad) {
            Turned::Otherwise
        } else if troubles[pair] {
            Turned::Later
        } else {
            Turned::Mended
        }
    }
}
