//! Whether frames come when they should, and commands take as long as they should; how near is near
//! enough stands in `masks.rs`.
//!
//! A story on a kernel falls behind by what its programs need to start, so no time counts from its
//! beginning. What a frame comes from was shortly before it: it is timed from the one before it on
//! its interface, from the last one that was the same, and from the last command that was typed before
//! it; one of these times must agree.

use std::collections::BTreeMap;

use super::{Captured, Output, Recording, masks};

/// How much later than something else a frame came, on both sides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// What it is timed from.
    pub since: Since,
    /// Nanoseconds, in the simulation and on the kernel; below 0 if it came before that.
    pub ns: [i64; 2],
}

/// What a frame is timed from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Since {
    /// The start of the story: nothing was before.
    Start,
    /// The frame of its interface at this place, counted from 0.
    Frame(usize),
    /// The start of this command, with its node.
    Command(String),
}

/// A command that both sides typed, and when.
pub(super) struct Typed {
    said: String,
    at_ns: [u64; 2],
}

/// The commands up to the first that only one side typed.
pub(super) fn typed_by_both(recordings: [&Recording; 2]) -> Vec<Typed> {
    let [ours, theirs] = recordings.map(|recording| recording.outputs.iter());
    let both = ours.zip(theirs).take_while(|(one, other)| one.is_of_command(other));
    both.map(|(one, other)| Typed {
        said: format!("{}$ {}", one.node, one.text),
        at_ns: [one.at_ns, other.at_ns],
    })
    .collect()
}

/// The first of these frames, which are the same on both sides, that comes at another time: its
/// place, and how long after what.
pub(super) fn first_off(
    ours: &[&Captured],
    theirs: &[&Captured],
    typed: &[Typed],
) -> Option<(usize, Gap)> {
    let both = ours.iter().zip(theirs);
    let times: Vec<[u64; 2]> = both.map(|(one, other)| [one.at_ns, other.at_ns]).collect();
    let mut last_of: BTreeMap<&[u8], usize> = BTreeMap::new();
    times.iter().enumerate().find_map(|(index, &at)| {
        let frame = |place| (Since::Frame(place), times[place]);
        let command = typed.iter().rfind(|command| command.at_ns[0] <= at[0]);
        let command = command.map(|command| (Since::Command(command.said.clone()), command.at_ns));
        let before = index.checked_sub(1).map(frame);
        let same = last_of.insert(&ours[index].bytes, index).map(frame);
        let mut known: Vec<_> = before.into_iter().chain(same).chain(command).collect();
        if known.is_empty() {
            known.push((Since::Start, [0, 0]));
        }
        let mut gaps = known.into_iter().map(|(since, from)| Gap::of(since, from, at));
        let first = gaps.next().filter(|gap| !gap.agrees())?;
        gaps.all(|gap| !gap.agrees()).then_some((index, first))
    })
}

/// Leaves out what came on the kernel behind all that the simulation has, when that had ended: its
/// time is that of the frame before it, on both sides.
pub(super) fn leave_out_late(
    ours: &[&Captured],
    theirs: &mut Vec<&Captured>,
    until_ns: Option<u64>,
) {
    let (Some(until_ns), Some(last)) = (until_ns, ours.last()) else { return };
    let Some(same) = theirs.get(ours.len() - 1).filter(|same| same.bytes == last.bytes) else {
        return;
    };
    let (at, late) = (same.at_ns, until_ns.saturating_sub(last.at_ns));
    let first =
        theirs.iter().skip(ours.len()).position(|frame| frame.at_ns > at.saturating_add(late));
    theirs.truncate(first.map_or(theirs.len(), |first| ours.len() + first));
}

/// How long a command took on both sides, if that differs. One that takes no time in the simulation
/// waits for nothing: it needs to start, and perhaps to load a module.
pub(super) fn durations_off(simulated: &Output, real: &Output) -> Option<[u64; 2]> {
    let took = |output: &Output| output.end_ns.map(|end| end.saturating_sub(output.at_ns));
    let [ours, theirs] = [took(simulated)?, took(real)?];
    (ours > 0 && ours.abs_diff(theirs) > masks::tolerance_ns(ours)).then_some([ours, theirs])
}

impl Gap {
    fn of(since: Since, from: [u64; 2], to: [u64; 2]) -> Self {
        // A receipt that somebody spoiled may have any time.
        Self { since, ns: [0, 1].map(|side| to[side].wrapping_sub(from[side]).cast_signed()) }
    }

    /// By how much both sides may differ.
    pub fn tolerance_ns(&self) -> u64 {
        masks::tolerance_ns(self.ns[0].unsigned_abs())
    }

    fn agrees(&self) -> bool {
        self.ns[0].abs_diff(self.ns[1]) <= self.tolerance_ns()
    }
}
