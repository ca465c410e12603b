//! Frames that a story made by hand: they may lie about their sender and have wrong sums, and so may
//! what hosts make of them.

use std::collections::BTreeSet;

use sim_core::frame::FrameId;
use sim_core::trace::{Entry, Note};

/// Those frames, with their children and children's children.
#[derive(Clone, Debug, Default)]
pub struct ByHand(BTreeSet<FrameId>);

impl ByHand {
    /// Reads the next entry; whether it shows such a frame.
    pub fn see(&mut self, entry: &Entry) -> bool {
        match &entry.what {
            Note::Injected { frame, .. } => self.0.insert(*frame),
            Note::Frame { frame, .. } => {
                let is_child = frame.parent.is_some_and(|parent| self.0.contains(&parent));
                self.0.contains(&frame.id) || is_child && self.0.insert(frame.id)
            }
            _ => false,
        }
    }
}
