//! Whether a packet may have come from where it says: Linux's source validation.

use std::net::Ipv4Addr;

use lvs_engine::OriginId;

use super::{Fib, Route, RouteKind};
use crate::event::IfaceId;
use crate::host::iface::RouteScope;

/// Why a source was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The source is one of this host's own addresses.
    Own,
    /// The source is a broadcast address, or routed into nowhere.
    NotUnicast,
    /// No route leads back to the source.
    NoReversePath,
    /// The way back leaves by another interface, and the filter is strict. Where that way was set.
    OtherInterface(IfaceId, OriginId),
}

/// The settings that source validation reads.
#[derive(Clone, Copy, Debug)]
pub struct Strictness {
    /// `rp_filter`: 0 off, 1 strict, 2 loose.
    pub rp_filter: i32,
    /// `accept_local`.
    pub accept_local: bool,
    /// `send_redirects` of the interface that the packet came in by.
    pub send_redirects: bool,
}

impl Fib {
    /// Validates a source; `oif` is where the packet would leave if it is forwarded.
    ///
    /// The answer is whether the sender is on the wire itself, which is when a redirect makes
    /// sense.
    ///
    /// # Errors
    /// Why the source is refused. Linux 6.1 fib_frontend.c, fib_validate_source.
    pub fn validate(
        &self,
        src: Ipv4Addr,
        iif: IfaceId,
        oif: Option<IfaceId>,
        strictness: Strictness,
    ) -> Result<bool, Refusal> {
        let hairpin = oif == Some(iif) && strictness.send_redirects;
        if strictness.rp_filter == 0 && !hairpin {
            return match self.is_own(src) && !strictness.accept_local {
                true => Err(Refusal::Own),
                false => Ok(false),
            };
        }
        let Some(route) = self.lookup(src) else {
            return match strictness.rp_filter {
                0 => Ok(false),
                _ => Err(Refusal::NoReversePath),
            };
        };
        self.judge(route, src, iif, strictness)
    }

    /// Compares the way back with the way that the packet came. Linux 6.1 fib_frontend.c,
    /// __fib_validate_source.
    fn judge(
        &self,
        route: &Route,
        src: Ipv4Addr,
        iif: IfaceId,
        strictness: Strictness,
    ) -> Result<bool, Refusal> {
        match route.kind {
            RouteKind::Unicast => {}
            RouteKind::Local if strictness.accept_local => {}
            RouteKind::Local => return Err(Refusal::Own),
            _ => return Err(Refusal::NotUnicast),
        }
        let back = route.iface.unwrap_or(super::LO);
        if back == iif {
            return Ok(is_on_link(route));
        }
        let without_address = self.iface(iif).addrs.is_empty();
        match strictness.rp_filter {
            0 if without_address => Ok(false),
            1 => Err(Refusal::OtherInterface(back, route.origin)),
            _ if without_address => Err(Refusal::OtherInterface(back, route.origin)),
            // Only a way back by the interface itself shows whether the sender is on its wire.
            _ => Ok(self
                .lookup_on(src, Some(iif))
                .is_some_and(|back| back.kind == RouteKind::Unicast && is_on_link(back))),
        }
    }
}

/// Whether a route leads to somebody on the wire itself.
fn is_on_link(route: &Route) -> bool {
    route.gateway.is_none() && route.scope >= RouteScope::Link
}
