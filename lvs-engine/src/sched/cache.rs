//! The memory of lblc and lblcr: who serves which address, and when it is forgotten.
//!
//! An address that nobody asked for during a day, or as long as the setting says, is forgotten. Each
//! minute the table is looked at: every thirtieth time for those, else, if it has grown beyond its
//! size, for addresses that nobody asked for during six minutes.
//!
//! Linux 6.1: net/netfilter/ipvs/ip_vs_lblc.c, ip_vs_lblc_check_expire, ip_vs_lblc_full_check.

use alloc::collections::BTreeMap;
use core::cmp::Ordering;
use core::net::Ipv4Addr;
use core::ops::Bound::{Excluded, Unbounded};
use core::time::Duration;

use super::hash::hash_32;
use crate::{Dest, Dests, Instant, wheel};

/// How often the table is looked at.
const CHECK: Duration = Duration::from_secs(60);
/// How long an address is safe from being collected.
const YOUNG: Duration = Duration::from_secs(360);
/// Each so many looks all that is old goes.
const FULL_CHECK: u32 = 30;
const BITS: u32 = 10;
/// Beyond so many addresses they are collected,
const MAX: usize = 16 << BITS;
/// and beyond so many no new one is remembered.
const LIMIT: usize = MAX + MAX / 2;

/// Where an address stands: its row in the kernel's table decides what is collected first.
type Key = (u16, Ipv4Addr);

/// Addresses, who serves them, and when they were last asked for.
#[derive(Clone, Debug)]
pub(super) struct Cache<T> {
    entries: BTreeMap<Key, (Instant, T)>,
    tick_at: Option<Instant>,
    ticks: u32,
    /// The row that was looked at last.
    rover: u16,
}

impl<T> Default for Cache<T> {
    fn default() -> Self {
        Self { entries: BTreeMap::new(), tick_at: None, ticks: 1, rover: 0 }
    }
}

impl<T> Cache<T> {
    pub(super) fn start(&mut self, now: Instant) {
        self.tick_at = Some(wheel::due(now, CHECK));
    }

    pub(super) const fn tick_at(&self) -> Option<Instant> {
        self.tick_at
    }

    /// Who serves this address; it counts as asked for now.
    pub(super) fn get(&mut self, now: Instant, addr: Ipv4Addr) -> Option<&mut T> {
        let (asked, value) = self.entries.get_mut(&key(addr))?;
        *asked = now;
        Some(value)
    }

    /// Remembers who serves this address, unless there are too many.
    pub(super) fn set(&mut self, now: Instant, addr: Ipv4Addr, value: T) {
        if self.entries.len() <= LIMIT {
            self.entries.insert(key(addr), (now, value));
        }
    }

    pub(super) fn values(&self) -> impl Iterator<Item = &T> {
        self.entries.values().map(|(_, value)| value)
    }

    /// The look each minute, with the setting's seconds.
    pub(super) fn tick(&mut self, now: Instant, expiration_s: i32) {
        self.tick_at = Some(wheel::due(now, CHECK));
        if self.ticks.is_multiple_of(FULL_CHECK) {
            self.entries
                .retain(|_, (asked, _)| compare_age(now, *asked, expiration_s) == Ordering::Less);
            self.ticks = 1;
        } else if self.entries.len() <= MAX {
            self.ticks += 1;
        } else {
            self.collect(now);
        }
    }

    /// Forgets addresses, row by row, until enough are gone.
    fn collect(&mut self, now: Instant) {
        let mut goal = ((self.entries.len() - MAX) * 4 / 3).min(MAX / 2);
        for _ in 0..1_u32 << BITS {
            self.rover = (self.rover + 1) % (1 << BITS);
            let row = (self.rover, Ipv4Addr::UNSPECIFIED)..=(self.rover, Ipv4Addr::BROADCAST);
            let is_old = |(asked, _): &(Instant, T)| now >= *asked + YOUNG;
            let mut old =
                self.entries.range(row).find(|(_, entry)| is_old(entry)).map(|(at, _)| *at);
            while let Some(at) = old {
                self.entries.remove(&at);
                goal = goal.saturating_sub(1);
                let rest = (Excluded(at), Unbounded);
                let rest = self.entries.range(rest).take_while(|(at, _)| at.0 == self.rover);
                old = rest.into_iter().find(|(_, entry)| is_old(entry)).map(|(at, _)| *at);
            }
            if goal == 0 {
                break;
            }
        }
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }
}

const fn key(addr: Ipv4Addr) -> Key {
    (hash_32(addr.to_bits(), BITS) as u16, addr)
}

/// How the time since then compares with the setting's seconds; below 0 none is as short.
pub(super) fn compare_age(now: Instant, then: Instant, seconds: i32) -> Ordering {
    u64::try_from(seconds)
        .map_or(Ordering::Greater, |seconds| now.since(then).cmp(&Duration::from_secs(seconds)))
}

/// Whether a destination has too much to do while another has hardly anything: more active
/// connections than its weight, and another one less than half as many as its own.
/// Linux 6.1: ip_vs_lblc.c is_overloaded.
pub(super) fn is_swamped(dest: &Dest, dests: Dests<'_>) -> bool {
    let is_free = |dest: &Dest| u64::from(dest.active) * 2 < u64::from(dest.weight);
    dest.active > dest.weight && dests.iter().any(|(_, other)| is_free(other))
}
