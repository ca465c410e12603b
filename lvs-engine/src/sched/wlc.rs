//! Weighted least connections, the default: the least open work for its weight.
//!
//! Work is that of `lc`. Fractions are compared by multiplying crosswise, so nothing is rounded;
//! the first of equals wins, in the order of the service's list.
//!
//! Linux 6.1: net/netfilter/ipvs/ip_vs_wlc.c, ip_vs_wlc_schedule.

use crate::{DestId, Flow, Pick, Probe, Reason, Schedule};

/// The `wlc` scheduler. It has no memory: the counters of the destinations are all it needs.
#[derive(Clone, Debug, Default)]
pub struct WeightedLeastConn;

impl Schedule for WeightedLeastConn {
    const NAME: &'static str = "wlc";

    fn pick<P: Probe>(&mut self, cx: &mut Pick<'_>, _: &Flow, probe: &mut P) -> Option<DestId> {
        let mut least: Option<(u64, u32, DestId)> = None;
        for (id, dest) in cx.dests.iter() {
            let (rip, load, weight, origin) = (dest.rip, dest.load(), dest.weight, dest.origin);
            if weight == 0 {
                probe.note(Reason::Quiesced { rip, origin });
                continue;
            }
            probe.note(Reason::Weighed { rip, load, weight, origin });
            if least.is_none_or(|(load_then, weight_then, _)| {
                u128::from(load_then) * u128::from(weight)
                    > u128::from(load) * u128::from(weight_then)
            }) {
                least = Some((load, weight, id));
            }
        }
        least.map(|(_, _, id)| id)
    }
}
