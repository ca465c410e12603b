//! The random source of a lab: dice, and a stream of their own for each part that is drawn.

use rand_core::RngCore;

use crate::event::Rng;
use crate::world::stream;

/// Draws that follow from a seed and the name of what is drawn: a part that learns to draw more moves nothing in others.
#[derive(Clone, Debug)]
pub(super) struct Dice(Rng);

impl Dice {
    pub(super) fn new(seed: u64, part: &str) -> Self {
        Self(stream(seed, &format!("random lab: {part}")))
    }

    /// A number from 0 on, below this one.
    pub(super) fn below(&mut self, end: u32) -> u32 {
        let wide = u64::from(self.0.next_u32()) * u64::from(end);
        u32::try_from(wide >> 32).expect("the upper half of a product of two u32")
    }

    /// A number between these, both included.
    pub(super) fn between(&mut self, low: u32, high: u32) -> u32 {
        low + self.below(high - low + 1)
    }

    /// Yes in so many of a hundred cases.
    pub(super) fn percent(&mut self, share: u32) -> bool {
        self.below(100) < share
    }

    /// One of these.
    pub(super) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.index(from)]
    }

    /// The place of one of these.
    pub(super) fn index<T>(&mut self, from: &[T]) -> usize {
        self.below(u32::try_from(from.len()).expect("lists here are short")) as usize
    }

    /// One of these, each as often as its weight says.
    pub(super) fn weighted<T: Copy>(&mut self, from: &[(u32, T)]) -> T {
        let mut left = self.below(from.iter().map(|(weight, _)| weight).sum());
        for &(weight, one) in from {
            if left < weight {
                return one;
            }
            left -= weight;
        }
        unreachable!("what was drawn is below the sum")
    }
}
