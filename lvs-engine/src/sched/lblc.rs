//! Locality-based least connections: each address that clients ask for has its real server, as
//! long as that one can keep up. For caches, with services by mark.
//!
//! An address that is not known goes to the one that `wlc` would choose, and stays there. It moves
//! when that one is gone, has weight 0, or has more active connections than its weight while another
//! has less than half of its own. The upper threshold is not asked of a known one.
//!
//! Linux 6.1: net/netfilter/ipvs/ip_vs_lblc.c, ip_vs_lblc_schedule.

use super::cache::{Cache, is_swamped};
use super::wlc::least_loaded;
use crate::{DestId, Endpoint, Flow, Instant, Pick, Probe, Reason, Schedule, Sysctl, Sysctls};

/// The `lblc` scheduler.
#[derive(Clone, Debug, Default)]
pub struct LocalityLeastConn {
    cache: Cache<DestId>,
}

impl Schedule for LocalityLeastConn {
    const NAME: &'static str = "lblc";

    fn pick<P: Probe>(&mut self, cx: &mut Pick<'_>, flow: &Flow, probe: &mut P) -> Option<DestId> {
        let addr = Endpoint::new(flow.dst.addr, 0);
        let known = self.cache.get(cx.now, addr.addr).copied();
        if let Some(id) = known {
            let dest = cx.dests.by_id(id);
            let rip = dest.rip;
            if dest.is_available() && dest.weight > 0 && !is_swamped(dest, cx.dests) {
                probe.note(Reason::Cached { addr, rip });
                return Some(id);
            }
            probe.note(Reason::CacheMissed { addr, rip });
        }
        let id = least_loaded(cx.dests.iter(), probe)?;
        if known != Some(id) {
            self.cache.set(cx.now, addr.addr, id);
        }
        Some(id)
    }

    fn start(&mut self, now: Instant) {
        self.cache.start(now);
    }

    fn tick_at(&self) -> Option<Instant> {
        self.cache.tick_at()
    }

    fn tick(&mut self, now: Instant, sysctls: &Sysctls) {
        self.cache.tick(now, sysctls.get(Sysctl::LblcExpiration).0);
    }

    fn remembers(&self, id: DestId) -> bool {
        self.cache.values().any(|known| *known == id)
    }
}

#[cfg(test)]
impl LocalityLeastConn {
    /// How many addresses are known.
    pub(super) fn known(&self) -> usize {
        self.cache.len()
    }
}
