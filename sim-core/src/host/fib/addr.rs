//! Addresses come and go, and the routes that the kernel keeps for them.
//!
//! Linux 6.1: net/ipv4/fib_frontend.c, fib_add_ifaddr and fib_del_ifaddr; net/ipv4/devinet.c.

use std::net::Ipv4Addr;

use lvs_engine::OriginId;

use super::{Fib, LO, Route, RouteKind, RouteProto, Table};
use crate::Prefix;
use crate::event::IfaceId;
use crate::host::iface::{Address, IfaceKind, RouteScope};

/// Why an address was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddrError {
    /// The interface has it already, with this very mask.
    Exists,
    /// It is of the network of another one, but reaches less far.
    Invalid,
    /// The interface has no such address.
    NotFound,
}

impl Fib {
    /// Adds an address, and the routes that come with it.
    ///
    /// # Errors
    /// When the interface has it already with this mask, or its scope differs from that of the
    /// network's first address.
    pub fn add_addr(&mut self, id: IfaceId, address: Address) -> Result<(), AddrError> {
        let iface = self.iface(id);
        for own in &iface.addrs {
            if own.local.len == address.local.len && own.local.contains(address.local.addr) {
                if own.local.addr == address.local.addr {
                    return Err(AddrError::Exists);
                }
                if own.scope != address.scope {
                    return Err(AddrError::Invalid);
                }
            }
        }
        let added = address.local;
        self.iface_mut(id).insert(address);
        let address = self.iface(id).addrs.iter().find(|own| own.local == added);
        let address = address.expect("it was added just now").clone();
        self.add_kernel_routes(id, &address);
        Ok(())
    }

    /// Removes an address with its routes; a primary one takes its secondaries along, or hands its
    /// place to the first of them.
    ///
    /// # Errors
    /// When there is no such address.
    pub fn remove_addr(
        &mut self,
        id: IfaceId,
        local: Prefix,
        promote: bool,
    ) -> Result<(), AddrError> {
        let addrs = &self.iface(id).addrs;
        let at = addrs.iter().position(|own| own.local == local).ok_or(AddrError::NotFound)?;
        let removed = addrs[at].clone();
        let mut gone = vec![removed.clone()];
        let same_net = |own: &Address| {
            own.secondary && own.local.len == local.len && own.local.contains(local.addr)
        };
        let heir = addrs.iter().find(|own| same_net(own)).cloned();
        if !removed.secondary && !promote {
            gone.extend(addrs.iter().filter(|own| same_net(own)).cloned());
        }
        let addrs = &mut self.iface_mut(id).addrs;
        addrs.retain(|own| !gone.iter().any(|dead| dead.local == own.local));
        let heir = heir.filter(|_| promote && !removed.secondary);
        if let Some(mut heir) = heir {
            self.iface_mut(id).addrs.retain(|own| own.local != heir.local);
            heir.secondary = false;
            let at = self.iface(id).after_primaries(heir.scope);
            self.iface_mut(id).addrs.insert(at, heir);
            self.sync_kernel_routes(id, true);
        } else {
            self.sync_kernel_routes(id, false);
        }
        for dead in gone {
            self.drop_routes_from(dead.local.addr);
        }
        if self.iface(id).addrs.is_empty() {
            // Without an address there is no IPv4 on it. Linux 6.1 fib_frontend.c, fib_disable_ip.
            self.routes.retain(|route| route.iface != Some(id));
        }
        Ok(())
    }

    /// Switches an interface on or off. Off, it keeps its addresses and their local routes, and
    /// loses all other routes.
    pub fn set_up(&mut self, id: IfaceId, up: bool) {
        if self.iface(id).up == up {
            return;
        }
        let iface = self.iface_mut(id);
        iface.up = up;
        iface.was_up |= up;
        if up {
            for address in self.iface(id).addrs.clone() {
                self.add_kernel_routes(id, &address);
            }
        } else {
            self.routes.retain(|route| route.iface != Some(id) || route.kind == RouteKind::Local);
        }
    }

    /// What `lo` gets when it comes up.
    pub(crate) fn add_loopback(&mut self) {
        let local = Prefix::new(Ipv4Addr::LOCALHOST, 8);
        let address = Address {
            local,
            broadcast: None,
            scope: RouteScope::Host,
            label: "lo".into(),
            secondary: false,
            origin: OriginId(0),
        };
        self.set_up(LO, true);
        self.add_addr(LO, address).expect("a new lo has no address");
    }

    /// The routes that the kernel keeps for an address: the address itself in any case; the
    /// connected network and the broadcast addresses while the interface is on.
    fn kernel_routes(&self, id: IfaceId, address: &Address) -> Vec<Route> {
        let iface = self.iface(id);
        let net = address.local.network();
        let src = self.primary_of(id, address);
        let route = |kind, dst| kernel_route(kind, dst, id, src, address);
        let mut routes = vec![route(RouteKind::Local, Prefix::host(address.local.addr))];
        if !iface.up {
            return routes;
        }
        if let Some(broadcast) = address.broadcast
            && !broadcast.is_broadcast()
        {
            routes.push(route(RouteKind::Broadcast, Prefix::host(broadcast)));
        }
        let zero_net = net.addr.octets()[0] == 0;
        let alone = net.len == 32 && net.addr == address.local.addr;
        if address.secondary || zero_net || alone {
            return routes;
        }
        let on_lo = iface.kind == IfaceKind::Loopback;
        routes.push(route(if on_lo { RouteKind::Local } else { RouteKind::Unicast }, net));
        if net.len < 31 {
            routes.push(route(RouteKind::Broadcast, Prefix::host(net.broadcast())));
        }
        routes
    }

    fn add_kernel_routes(&mut self, id: IfaceId, address: &Address) {
        for route in self.kernel_routes(id, address) {
            if !self.routes.iter().any(|own| is_twin(own, &route)) {
                self.enter(route);
            }
        }
    }

    /// The address by which packets to this address's network leave: the network's primary one.
    fn primary_of(&self, id: IfaceId, address: &Address) -> Ipv4Addr {
        if !address.secondary {
            return address.local.addr;
        }
        let primary = self.iface(id).addrs.iter().find(|own| {
            !own.secondary
                && own.local.len == address.local.len
                && own.local.contains(address.local.addr)
        });
        primary.map_or(address.local.addr, |own| own.local.addr)
    }

    /// Drops the kernel's own routes of an interface that no address of it wants any more. `add`:
    /// and adds what is missing.
    ///
    /// What stays keeps its place: of equal routes the first added wins.
    fn sync_kernel_routes(&mut self, id: IfaceId, add: bool) {
        let addrs = self.iface(id).addrs.clone();
        let mut wanted: Vec<Route> = Vec::new();
        for route in addrs.iter().flat_map(|address| self.kernel_routes(id, address)) {
            if !wanted.iter().any(|own| is_twin(own, &route)) {
                wanted.push(route);
            }
        }
        let of_kernel =
            |route: &Route| route.iface == Some(id) && route.proto == RouteProto::Kernel;
        self.routes.retain(|own| !of_kernel(own) || wanted.iter().any(|route| is_twin(own, route)));
        for route in wanted {
            match self.routes.iter_mut().find(|own| is_twin(own, &route)) {
                Some(own) => *own = route,
                None if add => self.enter(route),
                None => {}
            }
        }
    }

    /// Routes that name a vanished address as source go with it. Linux 6.1 fib_semantics.c,
    /// fib_sync_down_addr.
    fn drop_routes_from(&mut self, addr: Ipv4Addr) {
        if !self.is_own(addr) {
            self.routes.retain(|route| route.src != Some(addr));
        }
    }
}

/// A route that the kernel makes for an address.
fn kernel_route(
    kind: RouteKind,
    dst: Prefix,
    id: IfaceId,
    src: Ipv4Addr,
    address: &Address,
) -> Route {
    let main = kind == RouteKind::Unicast;
    let local = kind == RouteKind::Local;
    Route {
        table: if main { Table::Main } else { Table::Local },
        dst,
        kind,
        gateway: None,
        iface: Some(id),
        src: Some(src),
        scope: if local { RouteScope::Host } else { RouteScope::Link },
        proto: RouteProto::Kernel,
        metric: 0,
        onlink: false,
        mtu: None,
        advmss: None,
        origin: address.origin,
    }
}

/// Whether two routes of the kernel are one: it makes no second one for the same thing.
fn is_twin(one: &Route, other: &Route) -> bool {
    one.proto == other.proto
        && (one.table, one.kind, one.dst, one.iface)
            == (other.table, other.kind, other.dst, other.iface)
}
