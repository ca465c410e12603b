//! What has come of a mistake.

use crate::canonical::{self, Memory};
use crate::digest::Digest;
use crate::goal::{Goal, Judgement};
use crate::trace::{Dir, Note};
use crate::whatif::Run;

/// What has come of a mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// All frames and all that was said are as without it.
    NoEffect,
    /// Something differs, and the goal holds none the less.
    Healthy,
    /// The goal does not hold.
    Broken,
}

impl Outcome {
    /// By the runs of the original and of the mutant, and the original's goal.
    pub fn of(original: u64, mutant: &Run, goal: &Goal) -> Self {
        match Judgement::of(goal, mutant).holds() && mutant.player.error().is_none() {
            false => Self::Broken,
            true if fingerprint(mutant) == original => Self::NoEffect,
            true => Self::Healthy,
        }
    }
}

/// A fingerprint of all frames, in their canonical form, with their interfaces, in their order.
pub fn fingerprint(run: &Run) -> u64 {
    let mut digest = Digest::default();
    let mut memory = Memory::default();
    for entry in run.trace.entries() {
        match &entry.what {
            Note::Frame { iface, dir, frame } => {
                digest.add(&entry.node.0.to_le_bytes());
                digest.add(&iface.0.to_le_bytes());
                digest.add(&[u8::from(*dir == Dir::In)]);
                digest.add(&canonical::frame(frame.bytes.bytes(), &mut memory));
            }
            Note::Served { by, .. } => digest.add(by.as_bytes()),
            _ => {}
        }
    }
    digest.value()
}
