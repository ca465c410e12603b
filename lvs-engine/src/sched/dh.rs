//! Destination hashing: the address that the client asked for decides, for caches that share out
//! the world.
//!
//! 256 buckets are dealt out one by one in the order of the list, whatever the weights are, and anew
//! when a destination is added or deleted. Whoever falls to a destination that takes nothing new is
//! refused. With one VIP all clients fall to the same one: dh is for services by mark.
//!
//! Linux 6.1: net/netfilter/ipvs/ip_vs_dh.c, ip_vs_dh_reassign, ip_vs_dh_schedule.

use alloc::vec::Vec;

use super::hash::{hash_32, look_up};
use crate::{DestChange, DestId, Dests, Endpoint, Flow, Pick, Probe, SchedFlags, Schedule};

const BITS: u32 = 8;
const BUCKETS: usize = 1 << BITS;

/// The `dh` scheduler.
#[derive(Clone, Debug, Default)]
pub struct DestinationHash {
    /// Empty before the first destination.
    buckets: Vec<Option<DestId>>,
}

impl Schedule for DestinationHash {
    const NAME: &'static str = "dh";

    fn pick<P: Probe>(&mut self, cx: &mut Pick<'_>, flow: &Flow, probe: &mut P) -> Option<DestId> {
        let key = Endpoint::new(flow.dst.addr, 0);
        let place = |_| hash_32(key.addr.to_bits(), BITS);
        // Flags mean nothing here.
        let cx = Pick { flags: SchedFlags::default(), rng: cx.rng, ..*cx };
        look_up(&self.buckets, key, place, &cx, probe)
    }

    fn changed(&mut self, what: DestChange, dests: Dests<'_>) {
        if matches!(what, DestChange::Edited(_)) {
            return;
        }
        self.buckets.clear();
        self.buckets.extend(dests.ids().iter().cycle().take(BUCKETS).copied().map(Some));
    }
}
