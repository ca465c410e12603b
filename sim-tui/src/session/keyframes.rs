//! Keyframes: players kept at even distances, so that no step is far from one.
//!
//! There are at most [`MOST`]; when they are full every second one goes and the distance doubles, so that memory does not grow
//! with the length of a story.

use sim_core::story::Player;
use sim_core::trace::End;

/// The most keyframes that are kept, the first included.
const MOST: usize = 24;

/// The distance at first, in steps of the player.
const FIRST: u32 = 64;

/// Players at even distances.
#[derive(Debug)]
pub(super) struct Keyframes {
    /// The player after `at * distance` steps, and where the trace ended then.
    kept: Vec<(Player, End)>,
    distance: u32,
}

impl Keyframes {
    pub(super) fn new(start: Player, end: End) -> Self {
        Self { kept: vec![(start, end)], distance: FIRST }
    }

    /// Keeps the player if it is its turn.
    pub(super) fn offer(&mut self, ticks: u32, player: &Player, end: End) {
        if !ticks.is_multiple_of(self.distance) {
            return;
        }
        if self.kept.len() == MOST {
            let mut place = 0;
            self.kept.retain(|_| {
                place += 1;
                place % 2 == 1
            });
            self.distance *= 2;
            if !ticks.is_multiple_of(self.distance) {
                return;
            }
        }
        self.kept.push((player.clone(), end));
    }

    /// The last keyframe that is not behind so many steps: after how many it is, and where the trace ended.
    pub(super) fn before(&self, ticks: u32) -> (u32, End) {
        let at = ((ticks / self.distance) as usize).min(self.kept.len() - 1);
        (at as u32 * self.distance, self.kept[at].1)
    }

    /// The player of a keyframe.
    pub(super) fn get(&self, ticks: u32) -> &Player {
        &self.kept[(ticks / self.distance) as usize].0
    }

    /// How many there are, and how far apart.
    pub(super) fn kept(&self) -> (usize, u32) {
        (self.kept.len(), self.distance)
    }
}
