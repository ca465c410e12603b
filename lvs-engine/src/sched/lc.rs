//! Least connections: the destination with the least open work gets the next connection.
//!
//! Work is `256 * active + inactive`: a connection that still moves data weighs as much as 256 that
//! only wait to expire. The first of equals wins, in the order of the service's list.
//!
//! Linux 6.1: net/netfilter/ipvs/ip_vs_lc.c, ip_vs_dest_conn_overhead.
//! Newer kernels differ: they add all connections instead of the inactive ones.

use super::takes_new;
use crate::{DestId, Flow, Pick, Probe, Reason, Schedule};

/// The `lc` scheduler. It has no memory: the counters of the destinations are all it needs.
#[derive(Clone, Debug, Default)]
pub struct LeastConn;

impl Schedule for LeastConn {
    const NAME: &'static str = "lc";

    fn pick<P: Probe>(&mut self, cx: &mut Pick<'_>, _: &Flow, probe: &mut P) -> Option<DestId> {
        let mut least: Option<(u64, DestId)> = None;
        for (id, dest) in cx.dests.iter() {
            if !takes_new(dest, probe) {
                continue;
            }
            let (rip, load, weight, origin) = (dest.rip, dest.load(), dest.weight, dest.origin);
            probe.note(Reason::Weighed { rip, load, weight, origin });
            if least.is_none_or(|(smallest, _)| load < smallest) {
                least = Some((load, id));
            }
        }
        least.map(|(_, id)| id)
    }
}
