//! Weighted least connections, the default: the least open work for its weight.
//!
//! Work is that of `lc`. Fractions are compared by multiplying crosswise, so nothing is rounded;
//! the first of equals wins, in the order of the service's list.
//!
//! Linux 6.1: net/netfilter/ipvs/ip_vs_wlc.c, ip_vs_wlc_schedule.

use super::takes_new;
use crate::{Dest, DestId, Flow, Pick, Probe, Reason, Schedule};

/// The `wlc` scheduler. It has no memory: the counters of the destinations are all it needs.
#[derive(Clone, Debug, Default)]
pub struct WeightedLeastConn;

impl Schedule for WeightedLeastConn {
    const NAME: &'static str = "wlc";

    fn pick<P: Probe>(&mut self, cx: &mut Pick<'_>, _: &Flow, probe: &mut P) -> Option<DestId> {
        least_loaded(cx.dests.iter(), probe)
    }
}

/// Of those that take new connections the one with the least load for its weight.
pub(super) fn least_loaded<'a, P: Probe>(
    dests: impl Iterator<Item = (DestId, &'a Dest)>,
    probe: &mut P,
) -> Option<DestId> {
    let mut least: Option<(DestId, &Dest)> = None;
    for (id, dest) in dests {
        if !takes_new(dest, probe) {
            continue;
        }
        let (rip, load, weight, origin) = (dest.rip, dest.load(), dest.weight, dest.origin);
        probe.note(Reason::Weighed { rip, load, weight, origin });
        if least.is_none_or(|(_, best)| is_less_loaded(dest, best)) {
            least = Some((id, dest));
        }
    }
    least.map(|(id, _)| id)
}

/// Whether the first has less load for its weight than the second.
pub(super) fn is_less_loaded(dest: &Dest, other: &Dest) -> bool {
    u128::from(dest.load()) * u128::from(other.weight)
        < u128::from(other.load()) * u128::from(dest.weight)
}
