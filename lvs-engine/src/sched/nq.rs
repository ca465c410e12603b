//! Never queue: an idle destination gets the connection at once; if none is, sed decides.
//!
//! Idle is who has no active connection, whatever its weight; the first of them wins. Under UDP
//! nothing is ever active, so the first destination gets all.
//!
//! Linux 6.1: net/netfilter/ipvs/ip_vs_nq.c, ip_vs_nq_schedule.

use super::sed::{is_sooner, note_delay};
use super::takes_new;
use crate::{Dest, DestId, Flow, Pick, Probe, Reason, Schedule};

/// The `nq` scheduler. It has no memory: the counters of the destinations are all it needs.
#[derive(Clone, Debug, Default)]
pub struct NeverQueue;

impl Schedule for NeverQueue {
    const NAME: &'static str = "nq";

    fn pick<P: Probe>(&mut self, cx: &mut Pick<'_>, _: &Flow, probe: &mut P) -> Option<DestId> {
        let mut least: Option<(DestId, &Dest)> = None;
        for (id, dest) in cx.dests.iter() {
            if !takes_new(dest, probe) {
                continue;
            }
            if dest.active == 0 {
                probe.note(Reason::Idle { rip: dest.rip, origin: dest.origin });
                return Some(id);
            }
            note_delay(dest, probe);
            if least.is_none_or(|(_, best)| is_sooner(dest, best)) {
                least = Some((id, dest));
            }
        }
        least.map(|(id, _)| id)
    }
}
