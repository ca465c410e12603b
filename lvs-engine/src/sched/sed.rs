//! Shortest expected delay: the connection goes where it would wait the least.
//!
//! The delay is `(active + 1) / weight`: the new connection is counted with those that move data,
//! those that only wait to expire are not. Under UDP nothing is ever active, so the heaviest
//! destination gets all. Fractions are compared by multiplying crosswise; the first of equals wins.
//!
//! Linux 6.1: net/netfilter/ipvs/ip_vs_sed.c, ip_vs_sed_schedule.

use super::takes_new;
use crate::{Dest, DestId, Flow, Pick, Probe, Reason, Schedule};

/// The `sed` scheduler. It has no memory: the counters of the destinations are all it needs.
#[derive(Clone, Debug, Default)]
pub struct ShortestExpectedDelay;

impl Schedule for ShortestExpectedDelay {
    const NAME: &'static str = "sed";

    fn pick<P: Probe>(&mut self, cx: &mut Pick<'_>, _: &Flow, probe: &mut P) -> Option<DestId> {
        let mut least: Option<(DestId, &Dest)> = None;
        for (id, dest) in cx.dests.iter() {
            if takes_new(dest, probe) {
                note_delay(dest, probe);
                if least.is_none_or(|(_, best)| is_sooner(dest, best)) {
                    least = Some((id, dest));
                }
            }
        }
        least.map(|(id, _)| id)
    }
}

/// Notes what a destination is compared by.
pub(super) fn note_delay<P: Probe>(dest: &Dest, probe: &mut P) {
    let (rip, weight, origin) = (dest.rip, dest.weight, dest.origin);
    probe.note(Reason::Delay { rip, active: with_new(dest), weight, origin });
}

/// Whether a new connection waits less for the first than for the second.
pub(super) fn is_sooner(dest: &Dest, other: &Dest) -> bool {
    with_new(dest) * u64::from(other.weight) < with_new(other) * u64::from(dest.weight)
}

/// The active connections, with the new one.
fn with_new(dest: &Dest) -> u64 {
    u64::from(dest.active) + 1
}
