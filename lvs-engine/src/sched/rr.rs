//! Round robin: each destination in turn, whatever its weight is, as long as it is not 0.
//!
//! It remembers whom it served last and goes on behind it, so a destination that is added at the
//! head waits until the walk wraps. When the last served one is deleted, its successor is next.
//!
//! Linux 6.1: net/netfilter/ipvs/ip_vs_rr.c, ip_vs_rr_schedule, ip_vs_rr_del_dest.

use super::takes_new;
use crate::{DestChange, DestId, Dests, Flow, Pick, Probe, Schedule};

/// The `rr` scheduler.
#[derive(Clone, Debug, Default)]
pub struct RoundRobin {
    last: Option<DestId>,
    /// Where in the list the next walk begins: behind `last`, or at the head.
    next: usize,
}

impl Schedule for RoundRobin {
    const NAME: &'static str = "rr";

    fn pick<P: Probe>(&mut self, cx: &mut Pick<'_>, _: &Flow, probe: &mut P) -> Option<DestId> {
        // The last served one is asked again only after all others refused.
        for step in 0..cx.dests.len() {
            let place = (self.next + step) % cx.dests.len();
            let (id, dest) = cx.dests.get(place)?;
            if takes_new(dest, probe) {
                self.last = Some(id);
                self.next = place + 1;
                return Some(id);
            }
        }
        None
    }

    fn changed(&mut self, what: DestChange, dests: Dests<'_>) {
        if let DestChange::Removed { id, before } = what
            && self.last == Some(id)
        {
            self.last = before;
        }
        self.next = self.last.and_then(|id| dests.place_of(id)).map_or(0, |place| place + 1);
    }
}
