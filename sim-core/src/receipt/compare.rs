//! Where two recordings differ: the first frame of each interface, be it another one or at another
//! time, and each command.

use super::align::{align, without_probes};
use super::times::{self, Gap, Typed};
use super::{Capture, Captured, Output, Recording, masks, neigh};

/// How many frames are shown before and behind the one that differs.
const CONTEXT: usize = 3;

/// What differs between a simulated run and one of the kernel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    /// An interface whose frames differ.
    Frame(FrameDifference),
    /// An interface that only one side has.
    Missing {
        /// The node.
        node: String,
        /// The interface.
        iface: String,
        /// Whether the simulation has it.
        is_simulated: bool,
    },
    /// A frame that is the same, but comes at another time.
    Time(TimeDifference),
    /// A command that did something else.
    Output(OutputDifference),
    /// A command that did the same in another time.
    Duration(DurationDifference),
    /// Another command was typed; those behind it are not compared.
    Command(CommandDifference),
}

/// The first frame of an interface that differs. Frames are canonical; probes are not counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrameDifference {
    /// The node.
    pub node: String,
    /// The interface.
    pub iface: String,
    /// How many frames are equal before it.
    pub index: usize,
    /// How many frames each side has: the simulation, the kernel.
    pub counts: [usize; 2],
    /// Some of the equal frames before it, with the simulation's times.
    pub before: Vec<Captured>,
    /// The simulation's frame and some behind it; empty if there are no more.
    pub simulated: Vec<Captured>,
    /// The kernel's frame and some behind it; empty if there are no more.
    pub real: Vec<Captured>,
}

/// The first frame of an interface that comes at another time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeDifference {
    /// The node.
    pub node: String,
    /// The interface.
    pub iface: String,
    /// How many frames agree before it.
    pub index: usize,
    /// How long after what it comes.
    pub gap: Gap,
    /// The simulation's frame, behind some before it.
    pub simulated: Vec<Captured>,
    /// The kernel's, likewise.
    pub real: Vec<Captured>,
}

/// A command that took longer or shorter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DurationDifference {
    /// How many commands were typed before it.
    pub index: usize,
    /// The node.
    pub node: String,
    /// As it was typed.
    pub text: String,
    /// Nanoseconds in the simulation and on the kernel.
    pub took_ns: [u64; 2],
}

/// A command whose status or output differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputDifference {
    /// How many commands were typed before it.
    pub index: usize,
    /// What the simulation's said.
    pub simulated: Output,
    /// What the kernel's said.
    pub real: Output,
    /// The first line that differs, counted from 0; none if only the status does.
    pub line: Option<usize>,
}

/// A command that only one side typed at this place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandDifference {
    /// How many commands were typed before it.
    pub index: usize,
    /// The node and the text of the simulation's.
    pub simulated: Option<(String, String)>,
    /// And of the kernel's.
    pub real: Option<(String, String)>,
}

/// All that differs beyond the masks: of each interface the first frame, and each output.
pub fn compare(simulated: &Recording, real: &Recording) -> Vec<Difference> {
    compare_within(simulated, real, masks::CROSSING_NS)
}

/// The same, where frames of two connections may change places that are `crossing_ns` apart.
pub fn compare_within(
    simulated: &Recording,
    real: &Recording,
    crossing_ns: u64,
) -> Vec<Difference> {
    let pinned = &simulated.pinned | &real.pinned;
    let (simulated, real) = (simulated.canonical(&pinned), real.canonical(&pinned));
    let mut found = Vec::new();
    let typed = times::typed_by_both([&simulated, &real]);
    for capture in &simulated.captures {
        match real.capture(&capture.node, &capture.iface) {
            Some(theirs) => {
                let until = simulated.until_ns;
                found.extend(compare_frames([capture, theirs], &typed, until, crossing_ns));
            }
            None => found.push(missing(capture, true)),
        }
    }
    let unknown =
        real.captures.iter().filter(|own| simulated.capture(&own.node, &own.iface).is_none());
    found.extend(unknown.map(|capture| missing(capture, false)));
    compare_outputs(&simulated, &real, &mut found);
    found
}

fn missing(capture: &Capture, is_simulated: bool) -> Difference {
    let (node, iface) = (capture.node.clone(), capture.iface.clone());
    Difference::Missing { node, iface, is_simulated }
}

fn compare_frames(
    [simulated, real]: [&Capture; 2],
    typed: &[Typed],
    until_ns: Option<u64>,
    crossing_ns: u64,
) -> Option<Difference> {
    let mut theirs = without_probes(&real.frames);
    let ours = align(without_probes(&simulated.frames), &theirs, crossing_ns);
    times::leave_out_late(&ours, &mut theirs, until_ns);
    let counts = [ours.len(), theirs.len()];
    let differs = ours.iter().zip(&theirs).position(|(one, other)| one.bytes != other.bytes);
    let index = differs.unwrap_or(counts[0].min(counts[1]));
    let copy = |frames: &[&Captured]| frames.iter().copied().cloned().collect::<Vec<_>>();
    // Another time may be the reason why a frame behind it is another one.
    if let Some((index, gap)) = times::first_off(&ours[..index], &theirs[..index], typed) {
        let to = |frames: &[&Captured]| copy(&frames[index.saturating_sub(CONTEXT)..=index]);
        return Some(Difference::Time(TimeDifference {
            node: simulated.node.clone(),
            iface: simulated.iface.clone(),
            index,
            gap,
            simulated: to(&ours),
            real: to(&theirs),
        }));
    }
    if counts == [index; 2] {
        return None;
    }
    let from = |frames: &[&Captured]| copy(&frames[index..frames.len().min(index + CONTEXT + 1)]);
    Some(Difference::Frame(FrameDifference {
        node: simulated.node.clone(),
        iface: simulated.iface.clone(),
        index,
        counts,
        before: copy(&ours[index.saturating_sub(CONTEXT)..index]),
        simulated: from(&ours),
        real: from(&theirs),
    }))
}

fn compare_outputs(simulated: &Recording, real: &Recording, found: &mut Vec<Difference>) {
    for index in 0..simulated.outputs.len().max(real.outputs.len()) {
        let sides = [simulated.outputs.get(index), real.outputs.get(index)];
        let [Some(one), Some(other)] = sides else {
            found.push(other_command(index, sides));
            return;
        };
        if !one.is_of_command(other) {
            found.push(other_command(index, sides));
            return;
        }
        let texts = neigh::comparable([simulated, real], [one, other]);
        let [ours, theirs] = texts.map(|text| masks::lines(&one.text, &text));
        let differs = ours.iter().zip(&theirs).position(|(one, other)| !one.agrees(other));
        let is_longer = ours.len() != theirs.len();
        let line = differs.or(is_longer.then_some(ours.len().min(theirs.len())));
        if line.is_some() || one.status != other.status {
            let (simulated, real) = (one.clone(), other.clone());
            found.push(Difference::Output(OutputDifference { index, simulated, real, line }));
        } else if let Some(took_ns) = times::durations_off(one, other) {
            let (node, text) = (one.node.clone(), one.text.clone());
            found.push(Difference::Duration(DurationDifference { index, node, text, took_ns }));
        }
    }
}

fn other_command(index: usize, sides: [Option<&Output>; 2]) -> Difference {
    let [simulated, real] =
        sides.map(|side| side.map(|output| (output.node.clone(), output.text.clone())));
    Difference::Command(CommandDifference { index, simulated, real })
}
