//! Weighted failover: everything goes to the heaviest destination, as long as it takes it.
//!
//! The weight is a rank: the next one stands by until the first is deleted, has weight 0 or has
//! reached its threshold. The first of equals wins.
//!
//! Linux 6.1: net/netfilter/ipvs/ip_vs_fo.c, ip_vs_fo_schedule.

use super::takes_new;
use crate::{Dest, DestId, Flow, Pick, Probe, Reason, Schedule};

/// The `fo` scheduler. It has no memory.
#[derive(Clone, Debug, Default)]
pub struct WeightedFailover;

impl Schedule for WeightedFailover {
    const NAME: &'static str = "fo";

    fn pick<P: Probe>(&mut self, cx: &mut Pick<'_>, _: &Flow, probe: &mut P) -> Option<DestId> {
        heaviest(cx, probe, |dest, probe| takes_new(dest, probe))
    }
}

/// The heaviest of the destinations that can take a connection, the first of equals.
pub(super) fn heaviest<P: Probe>(
    cx: &Pick<'_>,
    probe: &mut P,
    can_take: impl Fn(&Dest, &mut P) -> bool,
) -> Option<DestId> {
    let mut best: Option<(u32, DestId)> = None;
    for (id, dest) in cx.dests.iter() {
        if !can_take(dest, probe) {
            continue;
        }
        let (rip, weight, origin) = (dest.rip, dest.weight, dest.origin);
        probe.note(Reason::Ranked { rip, weight, origin });
        if best.is_none_or(|(most, _)| weight > most) {
            best = Some((weight, id));
        }
    }
    best.map(|(_, id)| id)
}
