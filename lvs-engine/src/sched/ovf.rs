//! Weighted overflow: the heaviest destination gets everything until it is full, then the next.
//!
//! Full is who has more active connections than its weight, so each takes one more than its weight
//! says. Under UDP nothing is ever active, and nothing flows over. The first of equals wins.
//!
//! Linux 6.1: net/netfilter/ipvs/ip_vs_ovf.c, ip_vs_ovf_schedule.

use super::fo::heaviest;
use super::takes_new;
use crate::{Dest, DestId, Flow, Pick, Probe, Reason, Schedule};

/// The `ovf` scheduler. It has no memory: the counters of the destinations are all it needs.
#[derive(Clone, Debug, Default)]
pub struct WeightedOverflow;

impl Schedule for WeightedOverflow {
    const NAME: &'static str = "ovf";

    fn pick<P: Probe>(&mut self, cx: &mut Pick<'_>, _: &Flow, probe: &mut P) -> Option<DestId> {
        heaviest(cx, probe, has_room)
    }
}

fn has_room<P: Probe>(dest: &Dest, probe: &mut P) -> bool {
    let Dest { rip, active, weight, origin, .. } = *dest;
    if !takes_new(dest, probe) {
        return false;
    }
    if active > weight {
        probe.note(Reason::Overflowed { rip, active, weight, origin });
    }
    active <= weight
}
