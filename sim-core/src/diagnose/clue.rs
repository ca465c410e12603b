//! What stands against a request on its way: verdicts, with the frames that they are about.

use std::collections::BTreeSet;

use crate::event::{JobId, NodeId, Seq};
use crate::frame::FrameId;
use crate::goal::{Fate, Fault, Goal, Judgement};
use crate::reason::Nature;
use crate::reason::Reason;
use crate::trace::{Dir, How, Note};
use crate::whatif::Run;

/// Everyday verdicts against a frame: it was not meant for whoever threw it away.
const EVERYDAY: &[&str] = &[
    "eth.drop.other-mac",
    "arp.silent.not-mine",
    "arp.silent.bad-source",
    "neigh.unasked",
    "switch.drop.same-port",
    "ipvs.accept.not-syn",
];

/// A verdict that stands against a request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Clue {
    /// Where it was found.
    pub node: NodeId,
    /// The verdict.
    pub reason: Reason,
    /// Its place in the trace.
    pub entry: usize,
    /// The frame that came and was judged.
    pub frame: Option<FrameId>,
}

/// What was seen of the first failing request.
#[derive(Clone, Debug, Default)]
pub(super) struct Clues {
    /// Verdicts against it, each once a node, in order.
    pub(super) against: Vec<Clue>,
    /// The nodes that handled what it led to, in the order in which it came to them.
    pub(super) way: Vec<NodeId>,
    /// Who answered in place of whom the scheduler picked.
    pub(super) usurper: Option<NodeId>,
}

/// The clues of a run in which something fails.
pub(super) fn clues(goal: &Goal, run: &Run, judged: &Judgement) -> Clues {
    let mut clues = Clues::default();
    let job = match judged.first() {
        Some((request, fate)) => {
            clues.usurper = match fate {
                Fate::PastDirector { by } => by,
                Fate::NotPicked { by, .. } | Fate::Stranger { by } => Some(by),
                _ => None,
            };
            Some(request.job)
        }
        None => judged.faults.iter().find_map(|fault| broken_work(goal, run, fault)),
    };
    let Some(job) = job else { return clues };
    let mut led: BTreeSet<Seq> = BTreeSet::new();
    let mut seen: BTreeSet<(NodeId, &str)> = BTreeSet::new();
    let events = run.trace.events();
    for (at, event) in events.iter().enumerate() {
        if event.how != How::Typed(job) && !led.contains(&event.cause) {
            continue;
        }
        led.insert(event.seq);
        if !clues.way.contains(&event.node) {
            clues.way.push(event.node);
        }
        let end = events.get(at + 1).map_or(run.trace.len(), |next| next.first);
        let mut frame = None;
        for entry in event.first..end {
            let own = &run.trace.entries()[entry];
            match &own.what {
                Note::Frame { dir: Dir::In, frame: came, .. } => frame = Some(came.id),
                Note::Why(reason) => {
                    let code = reason.code();
                    let is_reply = code == "arp.reply.any-interface" || code == "arp.reply.proxy";
                    let is_against =
                        reason.nature() == Nature::Against && !EVERYDAY.contains(&code);
                    if (is_against || is_reply) && seen.insert((own.node, code)) {
                        let (node, reason) = (own.node, *reason);
                        clues.against.push(Clue { node, reason, entry, frame });
                    }
                }
                _ => {}
            }
        }
    }
    clues
}

/// The command that should work, and failed.
fn broken_work(goal: &Goal, run: &Run, fault: &Fault) -> Option<JobId> {
    let Fault::Works(at) = fault else { return None };
    let own = goal.works.get(*at)?;
    let is_it = |job: &crate::job::Job| {
        let on = &*run.player.world.net.node(job.node).name;
        job.text == own.command && *on == *own.on && job.status != Some(0)
    };
    run.player.typed().find(|(_, job)| is_it(job)).map(|(id, _)| id)
}
