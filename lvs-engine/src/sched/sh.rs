//! Source hashing: the client's address decides, so a client keeps its real server without a table.
//!
//! 256 buckets are dealt out in the order of the list, to each destination as many in a row as its
//! weight, again and again. One of weight 0 gets a bucket, too, and whoever falls into it is
//! refused, unless the service has `sh-fallback`. With `sh-port` the client's port is hashed as
//! well. Whenever a destination is added, edited or deleted all are dealt anew.
//!
//! Linux 6.1: net/netfilter/ipvs/ip_vs_sh.c, ip_vs_sh_reassign, ip_vs_sh_hashkey,
//! ip_vs_sh_get_fallback.

use alloc::vec::Vec;

use super::hash::{hash_32, look_up, summed};
use crate::{DestChange, DestId, Dests, Endpoint, Flow, Pick, Probe, Schedule};

const BITS: u32 = 8;
pub(super) const BUCKETS: usize = 1 << BITS;

/// The `sh` scheduler.
#[derive(Clone, Debug, Default)]
pub struct SourceHash {
    /// Empty before the first destination.
    buckets: Vec<Option<DestId>>,
}

impl Schedule for SourceHash {
    const NAME: &'static str = "sh";

    fn pick<P: Probe>(&mut self, cx: &mut Pick<'_>, flow: &Flow, probe: &mut P) -> Option<DestId> {
        let port = if cx.flags.second { flow.src.port } else { 0 };
        let key = Endpoint::new(flow.src.addr, port);
        let hash = hash_32(summed(key), BITS);
        look_up(&self.buckets, key, |offset| (hash + offset as usize) % BUCKETS, cx, probe)
    }

    fn changed(&mut self, _: DestChange, dests: Dests<'_>) {
        self.buckets.clear();
        let runs = dests.iter().map(|(id, dest)| (id, dest.weight.max(1) as usize));
        let runs: Vec<(DestId, usize)> = runs.collect();
        for (id, len) in runs.iter().cycle() {
            let end = BUCKETS.min(self.buckets.len() + len);
            self.buckets.resize(end, Some(*id));
            if end == BUCKETS {
                break;
            }
        }
    }
}
