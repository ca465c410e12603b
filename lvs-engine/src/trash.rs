//! Deleted destinations. They keep their connections and counters, and come back if they are added
//! again.
//!
//! Linux 6.1 ip_vs_ctl.c, ip_vs_dest_trash_expire: about once a minute each is looked at; one that no
//! connection uses is marked, and forgotten two minutes later if it is still unused.

use alloc::vec::Vec;
use core::time::Duration;

use crate::dest::Place;
use crate::{Dest, DestId, Endpoint, Instant, Probe, Reason, ServiceKey, wheel};

/// How often the trash is looked through.
const CHECK: Duration = Duration::from_secs(60);
/// How long an unused destination is kept after it was first seen unused.
const KEEP: Duration = Duration::from_secs(120);

/// The deleted destinations, newest first, and the slots of forgotten ones.
#[derive(Clone, Debug, Default)]
pub(crate) struct Trash {
    dests: Vec<DestId>,
    free: Vec<DestId>,
    /// The next look, while there is something to look at.
    next: Option<Instant>,
}

impl Trash {
    pub(crate) fn next_check(&self) -> Option<Instant> {
        self.next
    }

    /// The deleted destinations.
    pub(crate) fn iter(&self) -> impl Iterator<Item = DestId> + '_ {
        self.dests.iter().copied()
    }

    /// Takes a destination that was just deleted.
    pub(crate) fn put(&mut self, now: Instant, id: DestId, dests: &mut [Dest]) {
        dests[id.0 as usize].place = Place::Trash { idle_since: None };
        if self.dests.is_empty() {
            self.next = Some(wheel::due(now, CHECK));
        }
        self.dests.insert(0, id);
    }

    /// Gives back the destination that was deleted from this service, if it is still here.
    pub(crate) fn take(
        &mut self,
        home: ServiceKey,
        rip: Endpoint,
        dests: &[Dest],
    ) -> Option<DestId> {
        let is_it = |id: &DestId| {
            let dest = &dests[id.0 as usize];
            dest.home == home && dest.rip == rip
        };
        let place = self.dests.iter().position(is_it)?;
        let id = self.dests.remove(place);
        if self.dests.is_empty() {
            self.next = None;
        }
        Some(id)
    }

    /// The slot of a forgotten destination.
    pub(crate) fn free_slot(&mut self) -> Option<DestId> {
        self.free.pop()
    }

    /// The look through the trash; a scheduler's cache may hold a destination, too.
    pub(crate) fn check<P: Probe>(
        &mut self,
        now: Instant,
        dests: &mut [Dest],
        is_held: impl Fn(DestId) -> bool,
        probe: &mut P,
    ) {
        let Self { dests: ids, free, next } = self;
        ids.retain(|id| {
            let dest = &mut dests[id.0 as usize];
            let is_used = dest.is_bound() || is_held(*id);
            let Place::Trash { idle_since } = &mut dest.place else { return false };
            if is_used {
                return true;
            }
            let Some(since) = *idle_since else {
                *idle_since = Some(now);
                return true;
            };
            if now < since + KEEP {
                return true;
            }
            probe.note(Reason::DestForgotten { rip: dest.rip });
            dest.place = Place::Free;
            free.push(*id);
            false
        });
        *next = (!ids.is_empty()).then_some(wheel::due(now, CHECK));
    }
}
