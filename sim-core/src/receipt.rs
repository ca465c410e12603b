//! What a run left, of the simulation or of a real kernel; how two are compared; and the file in
//! which the kernel's is kept, the receipt.
//!
//! A [`Recording`] is the frames of every interface that has a cable and the outputs of every
//! command of the story. [`compare`] tells where two differ, [`Receipt`] stands beside a scenario
//! and lets anybody compare without a kernel. What may differ is listed in [`masks`], and nowhere
//! else.

mod align;
mod compare;
mod fields;
mod file;
pub mod masks;
mod neigh;
mod notation;
mod parse;
#[cfg(test)]
mod tests;
mod times;
mod told;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::canonical::{self, Memory};
use crate::event::{IfaceId, NodeId};
use crate::story::Player;
use crate::trace::{Note, Trace};

pub use compare::{
    CommandDifference, Difference, DurationDifference, FrameDifference, OutputDifference,
    TimeDifference, compare, compare_within,
};
pub use fields::{Field, all as all_fields, fields};
pub use file::{Kept, Receipt};
pub use parse::BadReceipt;
pub use times::{Gap, Since};
pub use told::Sides;

/// What both sides go on for when the story is over: a kernel needs some microseconds more for the
/// same frames.
pub const TAIL: Duration = Duration::from_millis(300);

/// What one run left, of either side.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recording {
    /// The interfaces that have cables, in the order of the cables.
    pub captures: Vec<Capture>,
    /// What the commands of the story said, in the order in which they were typed.
    pub outputs: Vec<Output>,
    /// The ports from 32768 on that the story fixes: all others are drawn by the kernel. A recording
    /// of the kernel has those of the simulation that it was told of.
    pub pinned: BTreeSet<u16>,
    /// Nanoseconds from the start of the story to the end of the run, of the simulation's.
    pub until_ns: Option<u64>,
}

/// The frames of one interface.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Capture {
    /// The node's name.
    pub node: String,
    /// The interface's name.
    pub iface: String,
    /// What passed it, in order.
    pub frames: Vec<Captured>,
}

/// One frame that was captured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Captured {
    /// Nanoseconds since the start of the story.
    pub at_ns: u64,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// What a command said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub struct Output {
    /// The node's name.
    pub node: String,
    /// The command as it was typed.
    pub text: String,
    /// Its exit status; none if the end of the story came first.
    pub status: Option<u8>,
    /// What it said, on either stream.
    pub output: String,
    /// Nanoseconds from the start of the story to its own.
    pub at_ns: u64,
    /// And to its end.
    pub end_ns: Option<u64>,
}

impl Output {
    /// Whether this is what the same command said, typed on the same node.
    fn is_of_command(&self, other: &Self) -> bool {
        (&self.node, &self.text) == (&other.node, &other.text)
    }
}

impl Recording {
    /// What a story left that was played to its end, [`play_out`] included.
    pub fn of(player: &Player, trace: &Trace) -> Self {
        let net = &player.world.net;
        let ends: Vec<_> = net.links.iter().flat_map(|link| link.ends).collect();
        let mut captures: Vec<Capture> = Vec::new();
        let mut places: BTreeMap<(NodeId, IfaceId), usize> = BTreeMap::new();
        for end in ends {
            places.insert((end.node, end.iface), captures.len());
            let node = net.node(end.node);
            let (name, iface) = (node.name.to_string(), node.iface_name(end.iface));
            captures.push(Capture { node: name, iface, frames: Vec::new() });
        }
        for entry in trace.entries() {
            let Note::Frame { iface, frame, .. } = &entry.what else { continue };
            if let Some(&place) = places.get(&(entry.node, *iface)) {
                let (at_ns, bytes) = (entry.at.as_nanos(), frame.bytes.bytes().to_vec());
                captures[place].frames.push(Captured { at_ns, bytes });
            }
        }
        let until_ns = Some(player.world.now().as_nanos());
        Self { captures, outputs: outputs(player), pinned: pinned(player, trace), until_ns }
    }

    /// The same with canonical frames and masked outputs.
    pub fn canonical(&self, pinned: &BTreeSet<u16>) -> Self {
        let all = self.captures.iter().flat_map(|capture| &capture.frames);
        let begun = all.filter_map(|frame| canonical::initial_number(&frame.bytes));
        let begun: Arc<BTreeSet<u32>> = Arc::new(begun.collect());
        let capture = |capture: &Capture| {
            let mut memory = Memory::with_pinned(pinned).knowing(&begun);
            let told = capture.frames.iter().filter(|frame| !masks::is_artefact(&frame.bytes));
            let frames = told.map(|frame| Captured {
                at_ns: frame.at_ns,
                bytes: canonical::frame(&frame.bytes, &mut memory),
            });
            Capture {
                node: capture.node.clone(),
                iface: capture.iface.clone(),
                frames: frames.collect(),
            }
        };
        let output = |output: &Output| Output {
            output: masks::canonical_output(&output.text, &output.output),
            ..output.clone()
        };
        Self {
            captures: self.captures.iter().map(capture).collect(),
            outputs: self.outputs.iter().map(output).collect(),
            pinned: pinned.clone(),
            until_ns: self.until_ns,
        }
    }

    /// The frames of an interface, if it was recorded.
    pub fn capture(&self, node: &str, iface: &str) -> Option<&Capture> {
        self.captures.iter().find(|capture| capture.node == node && capture.iface == iface)
    }
}

/// Lets the time pass that both sides go on for when the story is over.
pub fn play_out(player: &mut Player, trace: &mut Trace) {
    let end = player.world.now() + TAIL;
    while player.world.next_at().is_some_and(|at| at <= end) {
        player.world.step(Some(trace));
    }
    player.world.advance(end);
}

/// What the story's commands said. A `kill` is no program there: the judge ends programs by itself.
fn outputs(player: &Player) -> Vec<Output> {
    let told = player.typed().filter(|(_, job)| !job.text.trim_start().starts_with("kill "));
    told.map(|(_, job)| Output {
        node: player.world.net.node(job.node).name.to_string(),
        text: job.text.clone(),
        status: job.status,
        output: job.output.clone(),
        at_ns: job.started.as_nanos(),
        end_ns: job.ended.map(|end| end.as_nanos()),
    })
    .collect()
}

/// The programs that lvsim itself plays on a real kernel, with the ports of the simulation.
const ENDPOINTS: [&str; 4] = ["curl", "nc", "serve", "check"];

/// The ports that a run on a kernel is told: those that the endpoints asked from, and the numbers
/// among their words.
fn pinned(player: &Player, trace: &Trace) -> BTreeSet<u16> {
    let asked = trace.entries().iter().filter_map(|entry| match entry.what {
        Note::Asked { port, .. } | Note::Probed { port, .. } => Some(port),
        _ => None,
    });
    let texts = player.world.jobs().map(|(_, job)| job.text.rsplit('|').next().unwrap_or_default());
    let played = texts.filter(|text| {
        text.split_whitespace().next().is_some_and(|word| ENDPOINTS.contains(&word))
    });
    let numbers = played.flat_map(|text| text.split(|c: char| !c.is_ascii_digit()));
    let ports = numbers.filter_map(|word| word.parse().ok()).chain(asked);
    ports.filter(|port| *port >= canonical::FIRST_EPHEMERAL).collect()
}
