//! The power of two choices: two destinations are drawn, the less loaded of them wins.
//!
//! Draws are by weight, from 0 to the sum of all weights, both included; so the first destination
//! has a little more than its share. Load is that of `wlc`. The numbers come from the engine's seed:
//! a kernel draws others.
//!
//! Linux 6.1: net/netfilter/ipvs/ip_vs_twos.c, ip_vs_twos_schedule.

use super::takes_new;
use super::wlc::is_less_loaded;
use crate::{Dest, DestId, Flow, Pick, Probe, Reason, Schedule};

/// The `twos` scheduler. It has no memory.
#[derive(Clone, Debug, Default)]
pub struct PowerOfTwo;

impl Schedule for PowerOfTwo {
    const NAME: &'static str = "twos";

    fn pick<P: Probe>(&mut self, cx: &mut Pick<'_>, _: &Flow, probe: &mut P) -> Option<DestId> {
        let mut sum: u64 = 0;
        for (_, dest) in cx.dests.iter() {
            if takes_new(dest, probe) {
                sum += u64::from(dest.weight);
            }
        }
        if sum == 0 {
            return None;
        }
        let draws = [cx.rng.next_u64() % (sum + 1), cx.rng.next_u64() % (sum + 1)];
        let [one, other] = draws.map(|draw| drawn(cx, draw));
        let ((one_id, one), (other_id, other)) = (one?, other?);
        note_drawn(one, probe);
        note_drawn(other, probe);
        Some(if is_less_loaded(other, one) { other_id } else { one_id })
    }
}

/// The destination in whose share of the sum this number lies.
fn drawn<'a>(cx: &Pick<'a>, draw: u64) -> Option<(DestId, &'a Dest)> {
    let mut left = draw;
    cx.dests.iter().filter(|(_, dest)| dest.weight > 0 && !dest.overloaded).find(|(_, dest)| {
        let is_here = left <= u64::from(dest.weight);
        left = left.saturating_sub(u64::from(dest.weight));
        is_here
    })
}

fn note_drawn<P: Probe>(dest: &Dest, probe: &mut P) {
    let (rip, load, weight, origin) = (dest.rip, dest.load(), dest.weight, dest.origin);
    probe.note(Reason::Drawn { rip, load, weight, origin });
}
