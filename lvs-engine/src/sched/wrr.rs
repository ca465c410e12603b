//! Weighted round robin: passes over the list at falling levels; a pass serves who weighs that
//! much.
//!
//! The level starts at the highest weight, falls by the weights' common divisor after each pass,
//! and begins again. Each destination so gets turns in proportion to its weight, spread over the
//! cycle. Whenever a destination is added, edited or deleted the walk restarts at the head, but the
//! level is kept or lowered: after adding destinations one by one it stands at 1, and the first
//! pass serves each once.
//!
//! Linux 6.1: net/netfilter/ipvs/ip_vs_wrr.c, ip_vs_wrr_schedule, ip_vs_wrr_dest_changed.

use super::takes_new;
use crate::{DestChange, DestId, Dests, Flow, Pick, Probe, Reason, Schedule};

/// The `wrr` scheduler.
#[derive(Clone, Debug)]
pub struct WeightedRoundRobin {
    /// Where in the list the last served one stands; `None` is the head, before the first.
    last: Option<usize>,
    level: u32,
    max: u32,
    step: u32,
}

impl Default for WeightedRoundRobin {
    fn default() -> Self {
        Self { last: None, level: 0, max: 0, step: 1 }
    }
}

impl Schedule for WeightedRoundRobin {
    const NAME: &'static str = "wrr";

    fn pick<P: Probe>(&mut self, cx: &mut Pick<'_>, _: &Flow, probe: &mut P) -> Option<DestId> {
        for (_, dest) in cx.dests.iter() {
            // Notes who takes nothing new.
            takes_new(dest, probe);
        }
        if self.max == 0 {
            return None;
        }
        let begin = self.last;
        let (mut next, mut stop) = (begin.map_or(0, |place| place + 1), None);
        let (mut is_last_pass, mut has_restarted) = (false, false);
        loop {
            for place in next..cx.dests.len() {
                let (id, dest) = cx.dests.get(place)?;
                if !dest.overloaded && dest.weight >= self.level {
                    let Self { level, max, step, .. } = *self;
                    probe.note(Reason::WrrLevel { level, max, step });
                    self.last = Some(place);
                    return Some(id);
                }
                if stop == Some(place) {
                    self.last = Some(place);
                    return None;
                }
            }
            self.level = self.level.saturating_sub(self.step);
            if self.level == 0 {
                self.level = self.max;
                if is_last_pass || begin.is_none() {
                    self.last = None;
                    return None;
                }
                has_restarted = true;
            }
            // Who weighs the least was asked only from the begin on: once more, and up to there.
            is_last_pass = self.level <= self.step;
            if is_last_pass && has_restarted {
                stop = begin;
            }
            next = 0;
        }
    }

    fn changed(&mut self, _: DestChange, dests: Dests<'_>) {
        let weights = || dests.iter().map(|(_, dest)| dest.weight).filter(|weight| *weight > 0);
        self.last = None;
        self.step = weights().reduce(gcd).unwrap_or(1);
        self.max = weights().max().map_or(0, |max| max - (self.step - 1));
        if self.level > self.max || self.level == 0 {
            self.level = self.max;
        } else if self.step > 1 {
            self.level = self.level / self.step * self.step + 1;
        }
    }
}

/// The greatest common divisor of two numbers above 0.
pub(super) const fn gcd(mut a: u32, mut b: u32) -> u32 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}
