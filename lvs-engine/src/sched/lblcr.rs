//! Locality-based least connections with replication: each address that clients ask for has a set
//! of real servers, which grows while they cannot keep up.
//!
//! Within the set `wlc` decides. Where its choice has too much to do, as in `lblc`, the service's
//! least loaded one joins the set. A set of several that did not change for a day, or as long as the
//! setting says, loses the one with the most to do.
//!
//! Linux 6.1: net/netfilter/ipvs/ip_vs_lblcr.c, ip_vs_lblcr_schedule, ip_vs_dest_set_min,
//! ip_vs_dest_set_max.

use alloc::vec;
use alloc::vec::Vec;
use core::cmp::Ordering;

use super::cache::{Cache, compare_age, is_swamped};
use super::wlc::{is_less_loaded, least_loaded};
use crate::{
    Dest, DestId, Dests, Endpoint, Flow, Instant, Pick, Probe, Reason, Schedule, Sysctl, Sysctls,
};

/// The `lblcr` scheduler.
#[derive(Clone, Debug, Default)]
pub struct ReplicatedLocality {
    cache: Cache<Set>,
}

/// Who serves an address.
#[derive(Clone, Debug)]
struct Set {
    /// Newest first.
    dests: Vec<DestId>,
    changed: Instant,
}

impl Schedule for ReplicatedLocality {
    const NAME: &'static str = "lblcr";

    fn pick<P: Probe>(&mut self, cx: &mut Pick<'_>, flow: &Flow, probe: &mut P) -> Option<DestId> {
        let (now, dests) = (cx.now, cx.dests);
        let addr = Endpoint::new(flow.dst.addr, 0);
        let Some(set) = self.cache.get(now, addr.addr) else {
            let id = least_loaded(dests.iter(), probe)?;
            self.cache.set(now, addr.addr, Set { dests: vec![id], changed: now });
            return Some(id);
        };
        let members = set.dests.iter().map(|id| (*id, dests.by_id(*id)));
        let least = least_loaded(members.filter(|(_, dest)| dest.is_available()), probe);
        if set.dests.len() > 1 {
            cx.sysctls.note(Sysctl::LblcrExpiration, probe);
            let (expiration_s, _) = cx.sysctls.get(Sysctl::LblcrExpiration);
            if compare_age(now, set.changed, expiration_s) == Ordering::Greater {
                set.shrink(now, addr, dests, probe);
            }
        }
        if let Some(id) = least {
            let dest = dests.by_id(id);
            let rip = dest.rip;
            if !is_swamped(dest, dests) {
                probe.note(Reason::Cached { addr, rip });
                return Some(id);
            }
            probe.note(Reason::CacheMissed { addr, rip });
        }
        let id = least_loaded(dests.iter(), probe)?;
        if !set.dests.contains(&id) {
            set.dests.insert(0, id);
            set.changed = now;
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
        self.cache.tick(now, sysctls.get(Sysctl::LblcrExpiration).0);
    }

    fn remembers(&self, id: DestId) -> bool {
        self.cache.values().any(|set| set.dests.contains(&id))
    }
}

impl Set {
    /// The one with the most load for its weight leaves.
    fn shrink<P: Probe>(&mut self, now: Instant, addr: Endpoint, dests: Dests<'_>, probe: &mut P) {
        let mut most: Option<(usize, &Dest)> = None;
        for (place, id) in self.dests.iter().enumerate() {
            let dest = dests.by_id(*id);
            if dest.weight > 0 && most.is_none_or(|(_, worst)| is_less_loaded(worst, dest)) {
                most = Some((place, dest));
            }
        }
        if let Some((place, dest)) = most {
            probe.note(Reason::CacheShrunk { addr, rip: dest.rip });
            self.dests.remove(place);
            self.changed = now;
        }
    }
}
