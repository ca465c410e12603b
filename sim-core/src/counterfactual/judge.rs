//! Whether a verdict is turned in another run.

use std::collections::BTreeMap;

use super::verdict::{SURPRISING, Verdict};
use crate::cause::{Causes, Identity};
use crate::digest::Digest;
use crate::event::NodeId;
use crate::frame::{ETHERNET, Ethernet, TYPE_ARP, TYPE_IPV4};
use crate::reason::Nature;
use crate::trace::{Dir, How, Note};
use crate::whatif::Run;

/// What has become of a verdict, the better first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Turned {
    /// It is gone, and the command that it made fail succeeds.
    Healed,
    /// The same packet meets the same node, which takes it or sends it on; nothing that follows ends
    /// badly that did not before.
    Mended,
    /// No such packet meets the node any more, and what led to it ends no worse than before.
    Avoided,
    /// The same packet passes here, but ends badly later: another cause in series.
    Later,
    /// The same packet ends here in another way: another cause at the same place.
    Otherwise,
    /// The same packet passes here, but a command fails that did not before.
    AtACost,
    /// It was not gone, or only because packets now end badly before they get here.
    Not,
}

impl Turned {
    /// Whether a change that does this is a counterfactual.
    pub const fn counts(self) -> bool {
        !matches!(self, Self::Not)
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
    /// What packet it was that came, by protocol and addresses.
    packets: Vec<u64>,
    /// How the commands ended that were typed, by the events of their typing.
    statuses: BTreeMap<usize, Option<u8>>,
}

impl Seen {
    pub(super) fn of(run: &Run) -> Self {
        Self::new(&Causes::new(&run.trace, &run.player.world), run)
    }

    pub(super) fn new(causes: &Causes<'_>, run: &Run) -> Self {
        let events = causes.trace().events();
        let count = events.len();
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
        let status = |(at, how): (usize, How)| match how {
            How::Typed(job) => Some((at, run.player.world.job(job)?.status)),
            _ => None,
        };
        Self {
            by_identity: identities.iter().enumerate().map(|(at, own)| (*own, at)).collect(),
            identities,
            causes: (0..count).map(|at| causes.cause(at)).collect(),
            given: (0..count).map(given).collect(),
            packets: (0..count).map(|at| packet(causes, at)).collect(),
            statuses: events.iter().map(|e| e.how).enumerate().filter_map(status).collect(),
        }
    }

    fn find(&self, identity: Identity) -> Option<usize> {
        self.by_identity.get(&identity).copied()
    }

    /// What is good enough for a verdict: no command is healed that did not fail, and of a bystander
    /// it is only asked what would make it speak.
    pub(super) fn enough(&self, verdict: &Verdict) -> Turned {
        let failed = self.status(verdict.event).is_some_and(|status| status != 0);
        match (is_trouble(verdict.code), failed) {
            (false, _) => Turned::AtACost,
            (true, true) => Turned::Healed,
            (true, false) => Turned::Mended,
        }
    }

    /// The event with which it all began.
    fn root(&self, mut at: usize) -> usize {
        while let Some(cause) = self.causes[at] {
            at = cause;
        }
        at
    }

    /// Who that event is.
    pub(super) fn command(&self, event: usize) -> Identity {
        self.identities[self.root(event)]
    }

    /// How the command ended with which it all began; none if none did, or if it goes on.
    fn status(&self, event: usize) -> Option<u8> {
        self.statuses.get(&self.root(event)).copied().flatten()
    }

    /// What has become of each of these verdicts of this run in another one.
    pub(super) fn judge(&self, verdicts: &[Verdict], run: &Run) -> Vec<Turned> {
        let other = Self::of(run);
        let other =
            Other { troubles: other.troubles(self), worse: other.is_worse(self), seen: other };
        verdicts.iter().map(|verdict| self.turned(verdict, &other)).collect()
    }

    /// Of which events something follows, or is itself, that ends badly and did not in the other
    /// run.
    fn troubles(&self, other: &Self) -> Vec<bool> {
        let mut troubles = vec![false; self.given.len()];
        for at in (0..troubles.len()).rev() {
            let pair = other.find(self.identities[at]).map(|pair| &other.given[pair]);
            let is_new = |own: &Given| {
                let known = pair.is_some_and(|pair| pair.contains(own));
                own.2 == Nature::Against && is_trouble(own.1) && !known
            };
            let own = troubles[at] || self.given[at].iter().any(is_new);
            troubles[at] = own;
            if let (true, Some(cause)) = (own, self.causes[at]) {
                troubles[cause] = true;
            }
        }
        troubles
    }

    /// Whether a command fails that succeeded in the other run.
    fn is_worse(&self, other: &Self) -> bool {
        let mut before = other.statuses.iter().filter(|(_, status)| **status == Some(0));
        before.any(|(at, _)| {
            let now = self.find(other.identities[*at]).map(|at| self.statuses.get(&at));
            now != Some(Some(&Some(0)))
        })
    }

    fn turned(&self, verdict: &Verdict, other: &Other) -> Turned {
        let pair = other.seen.find(verdict.identity);
        let is_same = |pair: &usize| other.seen.packets[*pair] == self.packets[verdict.event];
        let Some(pair) = pair.filter(is_same) else { return self.gone(verdict, other) };
        let own = || other.seen.given[pair].iter().filter(|given| given.0 == verdict.node);
        let is_still = |given: &Given| {
            given.1 == verdict.code || SURPRISING.contains(&verdict.code) && given.2 == Nature::For
        };
        if own().any(is_still) {
            return Turned::Not;
        }
        let before = &self.given[verdict.event];
        let is_bad = |given: &Given| given.2 == Nature::Against && !before.contains(given);
        // Silence is what is wished for where an answer was the surprise.
        let is_otherwise = own().any(is_bad) && !SURPRISING.contains(&verdict.code);
        if !other.worse && self.heals(verdict, other) {
            Turned::Healed
        } else if is_otherwise {
            Turned::Otherwise
        } else if other.worse {
            Turned::AtACost
        } else if other.troubles[pair] {
            Turned::Later
        } else {
            Turned::Mended
        }
    }

    /// The packet does not meet the node.
    fn gone(&self, verdict: &Verdict, other: &Other) -> Turned {
        if other.worse {
            return Turned::Not;
        }
        if self.heals(verdict, other) {
            return Turned::Healed;
        }
        // It is no help where the command failed and still does.
        let failed = self.status(verdict.event).is_some_and(|status| status != 0);
        if failed && is_trouble(verdict.code) {
            return Turned::Not;
        }
        let mut at = Some(verdict.event);
        while let Some(own) = at {
            if let Some(pair) = other.seen.find(self.identities[own]) {
                let is_moved = other.troubles[pair];
                return if is_moved { Turned::Not } else { Turned::Avoided };
            }
            at = self.causes[own];
        }
        Turned::Not
    }

    /// Whether the command with which it all began failed, and succeeds.
    fn heals(&self, verdict: &Verdict, other: &Other) -> bool {
        if !is_trouble(verdict.code) {
            return false;
        }
        let event = verdict.event;
        let now = other.seen.find(self.command(event));
        self.status(event).is_some_and(|status| status != 0)
            && now.and_then(|at| other.seen.status(at)) == Some(0)
    }
}

/// The other run, and what it has in comparison.
struct Other {
    seen: Seen,
    troubles: Vec<bool>,
    worse: bool,
}

/// What packet came: who asks for whom by ARP, or which addresses talk by which protocol.
fn packet(causes: &Causes<'_>, at: usize) -> u64 {
    let mut digest = Digest::default();
    if let How::Came(_) = causes.trace().events()[at].how {
        let frame = causes.entries(at).iter().find_map(|entry| match &entry.what {
            Note::Frame { dir: Dir::In, frame, .. } => Some(frame.bytes.bytes()),
            _ => None,
        });
        let bytes = frame.unwrap_or_default();
        let kind = Ethernet::read(bytes).map_or(0, |ethernet| ethernet.kind);
        let payload = bytes.get(ETHERNET..).unwrap_or_default();
        let parts: &[std::ops::Range<usize>] = match kind {
            TYPE_ARP => &[6..8, 14..18, 24..28],
            TYPE_IPV4 => &[9..10, 12..20],
            _ => &[],
        };
        digest.add(&kind.to_le_bytes());
        for part in parts {
            digest.add(payload.get(part.clone()).unwrap_or_default());
        }
    }
    digest.value()
}
