//! Which event led to which: the chain behind an event, and who it is when times and numbers move.
//!
//! A cause is the event during whose handling another was asked for: a typed command, the SYN that
//! it sends, the ARP request that the SYN waits for, the answer, the SYN that leaves. That is more
//! than the parent of a frame, which only says where bytes came from.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::digest::Digest;
use crate::event::{NodeId, Seq};
use crate::trace::{Entry, Happened, How, Trace};
use crate::world::World;

/// Who an event is, in every run of scenarios that name their nodes alike: the identity of its
/// cause, the node, what happened to it, and the how-manieth of that kind it is.
///
/// Neither times nor numbers take part, so two runs can be laid side by side by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Identity(u64);

/// The events of a trace with their causes. An event is named by its place in [`Trace::events`].
#[derive(Clone, Debug)]
pub struct Causes<'a> {
    trace: &'a Trace,
    by_seq: BTreeMap<Seq, usize>,
    identities: Vec<Identity>,
    by_identity: BTreeMap<Identity, usize>,
}

impl<'a> Causes<'a> {
    /// The causes in the trace of this world.
    pub fn new(trace: &'a Trace, world: &World) -> Self {
        let by_seq = (0..).zip(trace.events()).map(|(at, event)| (event.seq, at)).collect();
        let mut causes =
            Self { trace, by_seq, identities: Vec::new(), by_identity: BTreeMap::new() };
        let mut seen: BTreeMap<u64, u32> = BTreeMap::new();
        for (at, event) in trace.events().iter().enumerate() {
            let kind = causes.kind(event, world);
            let before = seen.entry(kind).or_default();
            let mut digest = Digest::default();
            digest.add(&kind.to_le_bytes());
            digest.add(&before.to_le_bytes());
            *before += 1;
            let identity = Identity(digest.value());
            causes.identities.push(identity);
            causes.by_identity.insert(identity, at);
        }
        causes
    }

    /// All that makes an event what it is, but its ordinal.
    fn kind(&self, event: &Happened, world: &World) -> u64 {
        // Taking text in cannot fail.
        let mut digest = Digest::default();
        let cause = self.by_seq.get(&event.cause).and_then(|at| self.identities.get(*at));
        digest.add(&cause.map_or(0, |identity| identity.0).to_le_bytes());
        let node = world.net.node(event.node);
        let (what, name) = match event.how {
            How::Came(iface) => ("came", node.iface_name(iface).to_string()),
            How::Carrier(iface) => ("carrier", node.iface_name(iface).to_string()),
            How::Woke => ("woke", String::new()),
            How::Interrupted(_) => ("interrupted", String::new()),
            How::Typed(job) => {
                let job = world.job(job).expect("a typed command is known");
                // Where it stands in its file would tell apart what is the same in two files.
                let _ = write!(digest, "{} ", job.text);
                ("typed", String::new())
            }
        };
        let _ = write!(digest, " {what} {} {name}", node.name);
        digest.value()
    }

    /// The trace.
    pub fn trace(&self) -> &'a Trace {
        self.trace
    }

    /// Where the event of this number stands, if it has happened.
    pub fn find_seq(&self, seq: Seq) -> Option<usize> {
        self.by_seq.get(&seq).copied()
    }

    /// Where the event of this identity stands, if it has happened.
    pub fn find(&self, identity: Identity) -> Option<usize> {
        self.by_identity.get(&identity).copied()
    }

    /// Who an event is.
    pub fn identity(&self, at: usize) -> Identity {
        self.identities[at]
    }

    /// The event that asked for this one; none if a person did.
    pub fn cause(&self, at: usize) -> Option<usize> {
        self.find_seq(self.trace.events()[at].cause)
    }

    /// The events that led to this one, from the first to itself.
    pub fn chain(&self, at: usize) -> Vec<usize> {
        let mut chain = vec![at];
        let mut at = at;
        while let Some(cause) = self.cause(at) {
            chain.push(cause);
            at = cause;
        }
        chain.reverse();
        chain
    }

    /// The events that this one asked for itself, in the order in which they happened.
    pub fn effects(&self, at: usize) -> impl Iterator<Item = usize> {
        let seq = self.trace.events()[at].seq;
        (at + 1..)
            .zip(&self.trace.events()[at + 1..])
            .filter_map(move |(effect, event)| (event.cause == seq).then_some(effect))
    }

    /// What was noted during an event: first the frame on its cable, then what the node made of it.
    pub fn entries(&self, at: usize) -> &'a [Entry] {
        let events = self.trace.events();
        let end = events.get(at + 1).map_or(self.trace.len(), |next| next.first);
        &self.trace.entries()[events[at].first..end]
    }

    /// The same, of one node only.
    pub fn entries_of(&self, at: usize, node: NodeId) -> impl Iterator<Item = &'a Entry> {
        self.entries(at).iter().filter(move |entry| entry.node == node)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::story::{Player, open};
    use crate::trace::Note;

    fn text(delay: &str, extra: &str) -> String {
        format!(
            r#"(
            title: (en: "t", zh: "t"),
            nodes: [
                Host(name: "client", nics: [("eth0", "02:00:00:00:00:01")], setup: [
                    "ip addr add 192.0.2.1/24 dev eth0",
                ]),
                Host(name: "rs1", nics: [("eth0", "02:00:00:00:00:02")], serves: ["http 80"], setup: [
                    "ip addr add 192.0.2.2/24 dev eth0",{extra}
                ]),
            ],
            links: [(a: "client:eth0", b: "rs1:eth0", delay: "{delay}")],
            story: [Do(on: "client", run: ["curl -m 2 http://192.0.2.2/"]), Wait(Idle)],
        )"#
        )
    }

    fn played(text: &str) -> (Player, Trace) {
        let scenario = open("t.ron", text, None, false).expect("it loads");
        let mut trace = Trace::default();
        let mut player = Player::new(scenario, &mut trace).expect("it is set up");
        player.play(&mut trace);
        (player, trace)
    }

    /// Where the client got its page.
    fn served(causes: &Causes) -> usize {
        let is_served = |at: &usize| {
            causes.entries(*at).iter().any(|entry| matches!(entry.what, Note::Served { .. }))
        };
        (0..causes.trace().events().len()).find(is_served).expect("the page came")
    }

    #[test]
    fn the_chain_leads_from_the_command_to_the_page() {
        let (player, trace) = played(&text("1ms", ""));
        let causes = Causes::new(&trace, &player.world);
        let chain = causes.chain(served(&causes));
        let hows: Vec<How> = chain.iter().map(|at| trace.events()[*at].how).collect();
        assert!(matches!(hows[0], How::Typed(_)), "{hows:?}");
        // who-has, its answer, SYN, SYN-ACK.
        assert!(hows[1..5].iter().all(|how| matches!(how, How::Came(_))), "{hows:?}");
        for pair in chain.windows(2) {
            assert!(causes.effects(pair[0]).any(|effect| effect == pair[1]));
        }
    }

    #[test]
    fn identities_outlive_other_times_and_other_commands_and_are_unique() {
        let (player, trace) = played(&text("1ms", ""));
        let causes = Causes::new(&trace, &player.world);
        assert_eq!(causes.by_identity.len(), trace.events().len());
        let page = causes.identity(served(&causes));
        let more = "\n \"sysctl -w net.ipv4.conf.all.arp_ignore=1\",";
        for (delay, extra) in [("7ms", ""), ("1ms", more)] {
            let (player, trace) = played(&text(delay, extra));
            let other = Causes::new(&trace, &player.world);
            assert_eq!(other.find(page), Some(served(&other)), "{delay} {extra}");
        }
    }
}
