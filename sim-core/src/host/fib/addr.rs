//! Addresses come and go, and the routes that the kernel keeps for them.
//!
//! Linux 6.1: net/ipv4/fib_frontend.c, fib_add_ifaddr and fib_del_ifaddr; net/ipv4/devinet.c.

use std::net::Ipv4Addr;

use lvs_engine::OriginId;

use super::{Fib, LO, Route, RouteKind, RouteProto, Table};
use crate::event::IfaceId;
use crate::host::iface::{Address, IfaceKind, Prefix, RouteScope};

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
    /// When the interface has it already with this mask, or its scope differs from that of the network's first address.
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
        self.add_local_route(id, &address);
        if self.iface(id).up {
            self.add_net_routes(id, &address);
        }
        Ok(())
    }

    /// Removes an address with its routes; a primary one takes its secondaries along, or hands its place to the first of them.
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
        if !removed.secondary {
            let same_net = |own: &Address| {
                own.secondary && own.local.len == local.len && own.local.contains(local.addr)
            };
            if promote {
                if let Some(heir) = addrs.iter().position(same_net) {
                    self.iface_mut(id).addrs[heir].secondary = false;
                }
            } else {
                gone.extend(addrs.iter().filter(|own| same_net(own)).cloned());
            }
        }
        let addrs = &mut self.iface_mut(id).addrs;
        addrs.retain(|own| !gone.iter().any(|dead| dead.local == own.local));
        self.rebuild_kernel_routes(id);
        for dead in gone {
            self.drop_routes_from(dead.local.addr);
        }
        Ok(())
    }

    /// Switches an interface on or off. Off, it keeps its addresses and their local routes, and loses all other routes.
    pub fn set_up(&mut self, id: IfaceId, up: bool) {
        if self.iface(id).up == up {
            return;
        }
        self.iface_mut(id).up = up;
        if up {
            for address in self.iface(id).addrs.clone() {
                self.add_net_routes(id, &address);
            }
        } else {
            self.routes.retain(|route| {
                route.iface != Some(id) || route.kind == RouteKind::Local && route.dst.len == 32
            });
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

    fn add_local_route(&mut self, id: IfaceId, address: &Address) {
        let src = self.primary_of(id, address);
        let addr = address.local.addr;
        self.push_kernel(Table::Local, RouteKind::Local, Prefix::host(addr), id, src, address);
    }

    /// The connected network and the broadcast addresses, while the interface is on.
    fn add_net_routes(&mut self, id: IfaceId, address: &Address) {
        let on_lo = self.iface(id).kind == IfaceKind::Loopback;
        let net = address.local.network();
        let src = self.primary_of(id, address);
        if let Some(broadcast) = address.broadcast
            && !broadcast.is_broadcast()
        {
            let dst = Prefix::host(broadcast);
            self.push_kernel(Table::Local, RouteKind::Broadcast, dst, id, src, address);
        }
        let zero_net = net.addr.octets()[0] == 0;
        let alone = net.len == 32 && net.addr == address.local.addr;
        if address.secondary || zero_net || alone {
            return;
        }
        let (table, kind) = if on_lo {
            (Table::Local, RouteKind::Local)
        } else {
            (Table::Main, RouteKind::Unicast)
        };
        self.push_kernel(table, kind, net, id, src, address);
        if net.len < 31 {
            let dst = Prefix::host(net.broadcast());
            self.push_kernel(Table::Local, RouteKind::Broadcast, dst, id, src, address);
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

    fn push_kernel(
        &mut self,
        table: Table,
        kind: RouteKind,
        dst: Prefix,
        id: IfaceId,
        src: Ipv4Addr,
        address: &Address,
    ) {
        let scope = match kind {
            RouteKind::Local => RouteScope::Host,
            _ => RouteScope::Link,
        };
        let route = Route {
            table,
            dst,
            kind,
            gateway: None,
            iface: Some(id),
            src: Some(src),
            scope,
            proto: RouteProto::Kernel,
            metric: 0,
            onlink: false,
            mtu: None,
            advmss: None,
            origin: address.origin,
        };
        let twin = |own: &Route| {
            own.proto == RouteProto::Kernel
                && (own.table, own.kind, own.dst, own.iface) == (table, kind, dst, Some(id))
        };
        if !self.routes.iter().any(twin) {
            self.routes.push(route);
        }
    }

    /// The kernel's own routes of an interface, made anew from its addresses; typed ones stay.
    fn rebuild_kernel_routes(&mut self, id: IfaceId) {
        let kept: Vec<Prefix> = self.iface(id).addrs.iter().map(|own| own.local).collect();
        let own_route =
            |route: &Route| route.iface == Some(id) && route.proto == RouteProto::Kernel;
        let before: Vec<Route> =
            self.routes.iter().filter(|route| own_route(route)).cloned().collect();
        self.routes.retain(|route| !own_route(route));
        for local in kept {
            let address = self.iface(id).addrs.iter().find(|own| own.local == local);
            let address = address.expect("it was listed just now").clone();
            self.add_local_route(id, &address);
            if self.iface(id).up {
                self.add_net_routes(id, &address);
            }
        }
        // A route that was there before keeps its place: of equal ones the first added wins.
        let rank = |route: &Route| {
            before.iter().position(|old| {
                (old.table, old.kind, old.dst, old.iface)
                    == (route.table, route.kind, route.dst, route.iface)
                    && own_route(route)
            })
        };
        self.routes.sort_by_key(|route| rank(route).is_none());
    }

    /// Routes that name a vanished address as source go with it. Linux 6.1 fib_semantics.c, fib_sync_down_addr.
    fn drop_routes_from(&mut self, addr: Ipv4Addr) {
        if !self.is_own(addr) {
            self.routes.retain(|route| route.src != Some(addr));
        }
    }
}
