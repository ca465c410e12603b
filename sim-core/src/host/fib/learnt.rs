//! What a host learns about paths: a smaller MTU, a better gateway. It is kept for one destination
//! and for a time, and means nothing once another route leads there.
//!
//! Linux 6.1: net/ipv4/route.c, update_or_create_fnhe.

use std::net::Ipv4Addr;
use std::time::Duration;

use lvs_engine::Instant;

use super::{Fib, Route};
use crate::Prefix;
use crate::event::IfaceId;

/// Shortest path MTU that is believed. Linux 6.1 route.c, ip_rt_min_pmtu.
const MIN_PMTU: u16 = 552;
/// How long a learnt path MTU lives. Linux 6.1 route.c, ip_rt_mtu_expires.
const PMTU_LIFE: Duration = Duration::from_secs(600);
/// How long a redirect lives. Linux 6.1 route.c, ip_rt_gc_timeout.
const REDIRECT_LIFE: Duration = Duration::from_secs(300);

/// What was learnt about one destination. Linux 6.1 route.c, fib_nh_exception.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exception {
    /// About whom.
    pub dst: Ipv4Addr,
    /// A better gateway, by an ICMP redirect.
    pub gateway: Option<Ipv4Addr>,
    /// The path's MTU, by ICMP "fragmentation needed".
    pub mtu: Option<u16>,
    /// Whether the MTU is below what is believed, so that packets may be cut.
    pub locked: bool,
    /// Until when.
    pub expires: Instant,
    /// Whether the next word of the same MTU makes it live longer: the way was found dead since.
    renew: bool,
    /// The route that it was learnt on: with another one it means nothing.
    on: Option<RouteKey>,
}

/// What tells a route from another one for the same packets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct RouteKey {
    dst: Prefix,
    metric: u32,
    gateway: Option<Ipv4Addr>,
    iface: Option<IfaceId>,
}

impl Fib {
    /// What was learnt about paths and is still believed.
    pub fn exceptions(&self) -> impl Iterator<Item = &Exception> {
        self.exceptions.iter().filter(|known| self.believes(known))
    }

    /// What was learnt about the path to a destination and is still believed.
    pub fn exception_of(&self, dst: Ipv4Addr) -> Option<&Exception> {
        self.exceptions.iter().find(|known| known.dst == dst).filter(|known| self.believes(known))
    }

    fn believes(&self, known: &Exception) -> bool {
        known.expires > self.now && known.on == self.key_for(known.dst)
    }

    fn key_for(&self, dst: Ipv4Addr) -> Option<RouteKey> {
        let Route { dst, metric, gateway, iface, .. } = *self.lookup(dst)?;
        Some(RouteKey { dst, metric, gateway, iface })
    }

    /// Forgets what was learnt about paths.
    pub fn flush_exceptions(&mut self) {
        self.exceptions.clear();
    }

    /// Believes an ICMP "fragmentation needed", unless a smaller MTU is known. What is said again
    /// lives longer only once half of its life is over. The MTU that counts now. Linux 6.1 route.c,
    /// __ip_rt_update_pmtu.
    pub fn learn_pmtu(&mut self, dst: Ipv4Addr, mtu: u16) -> u16 {
        let old = self.output(dst, None, None).map_or(u16::MAX, |out| out.mtu);
        if old < mtu {
            return old;
        }
        let (mtu, locked) = if mtu < MIN_PMTU { (MIN_PMTU.min(old), true) } else { (mtu, false) };
        let known = self.exception_of(dst).filter(|known| known.mtu == Some(mtu));
        let keeps =
            |known: &Exception| !locked && !known.renew && self.now + PMTU_LIFE / 2 < known.expires;
        if known.is_some_and(keeps) {
            return mtu;
        }
        let expires = self.now + PMTU_LIFE;
        let known = self.exception(dst);
        (known.mtu, known.locked, known.expires) = (Some(mtu), locked, expires);
        known.renew = false;
        mtu
    }

    /// Believes an ICMP redirect. Linux 6.1 route.c, __ip_do_redirect.
    pub fn learn_gateway(&mut self, dst: Ipv4Addr, gateway: Ipv4Addr) {
        let expires = self.now + REDIRECT_LIFE;
        let known = self.exception(dst);
        (known.gateway, known.expires) = (Some(gateway), expires);
    }

    /// The way to a destination was found dead. Linux 6.1 route.c, ipv4_link_failure.
    pub(in crate::host) fn way_failed(&mut self, dst: Ipv4Addr) {
        for known in self.exceptions.iter_mut().filter(|known| known.dst == dst) {
            known.renew = true;
        }
    }

    fn exception(&mut self, dst: Ipv4Addr) -> &mut Exception {
        let (now, on) = (self.now, self.key_for(dst));
        self.exceptions.retain(|known| known.expires > now && (known.dst != dst || known.on == on));
        let at = self.exceptions.iter().position(|known| known.dst == dst).unwrap_or_else(|| {
            self.exceptions.push(Exception {
                dst,
                gateway: None,
                mtu: None,
                locked: false,
                expires: now,
                renew: false,
                on,
            });
            self.exceptions.len() - 1
        });
        &mut self.exceptions[at]
    }
}
