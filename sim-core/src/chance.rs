//! What a cable does to frames by chance: it loses some, and lets others come late, behind those
//! that were sent after them.
//!
//! Each direction of each cable draws from a stream of its own, by the scenario's seed and its two
//! ends: a fault on one cable moves nothing anywhere else.

use std::time::Duration;

use rand_core::RngCore;

use crate::event::Rng;
use crate::world::stream;

/// All there is: shares are counted in millionths.
const MILLION: u32 = 1_000_000;

/// The faults of a cable, and the streams that they are drawn from.
#[derive(Clone, Debug)]
pub struct Chance {
    /// The share of frames that get lost, in millionths.
    pub loss: u32,
    /// The share of frames that come late, in millionths.
    pub late: u32,
    /// How much later those come.
    pub by: Duration,
    draws: [Rng; 2],
}

/// What becomes of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It arrives.
    Arrives,
    /// It arrives so much later.
    Late(Duration),
    /// It does not.
    Lost,
}

impl Chance {
    /// No faults, and streams for the cable between these two, as a scenario names its ends.
    pub fn new(seed: u64, a: &str, b: &str) -> Self {
        // No node's name holds a colon, so no node has the same stream.
        let draws = [(a, b), (b, a)].map(|(from, to)| stream(seed, &format!("{from} {to}")));
        Self { loss: 0, late: 0, by: Duration::ZERO, draws }
    }

    /// Draws what becomes of a frame that leaves by this end. Both faults are drawn at once: the
    /// same frames get lost whether others are late or not.
    pub(crate) fn draw(&mut self, side: usize) -> Fate {
        if self.loss == 0 && self.late == 0 {
            return Fate::Arrives;
        }
        let rng = &mut self.draws[side];
        let [loss, late] = [rng.next_u32(), rng.next_u32()].map(|draw| draw % MILLION);
        match () {
            () if loss < self.loss => Fate::Lost,
            () if late < self.late => Fate::Late(self.by),
            () => Fate::Arrives,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fates(faults: impl FnOnce(&mut Chance), side: usize) -> Vec<Fate> {
        let mut chance = Chance::new(1, "rs1:eth0", "lan:1");
        faults(&mut chance);
        (0..1000).map(|_| chance.draw(side)).collect()
    }

    #[test]
    fn the_same_frames_get_lost_whether_others_are_late_or_not() {
        let lost = |fates: Vec<Fate>| {
            let all = fates.into_iter().enumerate().filter(|(_, fate)| *fate == Fate::Lost);
            all.map(|(at, _)| at).collect::<Vec<_>>()
        };
        let loss = fates(|chance| chance.loss = 100_000, 0);
        let both = fates(|chance| (chance.loss, chance.late) = (100_000, 500_000), 0);
        let count = lost(loss.clone()).len();
        assert!((70..130).contains(&count), "{count} of 1000 at 10%");
        assert_eq!(lost(loss.clone()), lost(both));
        let back = fates(|chance| chance.loss = 100_000, 1);
        assert_ne!(lost(loss), lost(back), "each direction has its own stream");
    }

    #[test]
    fn all_and_nothing_are_kept_exactly() {
        let by = Duration::from_millis(3);
        let all = |fate| vec![fate; 1000];
        assert_eq!(fates(|_| {}, 0), all(Fate::Arrives));
        assert_eq!(fates(|chance| chance.loss = MILLION, 0), all(Fate::Lost));
        let late = |chance: &mut Chance| (chance.late, chance.by) = (MILLION, by);
        assert_eq!(fates(late, 0), all(Fate::Late(by)));
    }
}
