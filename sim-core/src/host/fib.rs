//! Where packets go: the routes of a host, longest prefix first.
//!
//! The tables `local` and `main` are looked up as one, as Linux does until the first rule is added:
//! a longer prefix in `main` beats a shorter one in `local`, and of equal ones `local` wins.
//! Linux 6.1: net/ipv4/fib_frontend.c, fib_trie.c.

mod addr;
mod learnt;
mod route;
mod validate;

use std::cmp::Reverse;
use std::net::Ipv4Addr;

use lvs_engine::{Instant, OriginId};

use super::iface::{Iface, RouteScope};
use crate::Prefix;
use crate::event::IfaceId;
use crate::origin::LEARNT;
use crate::reason::Setting;

pub use addr::AddrError;
pub use learnt::Exception;
pub use route::{NoRoute, Out, Path, Route, RouteError, RouteKind, RouteProto, Table};
pub use validate::{Refusal, Strictness};

/// `lo` is the first interface of every host.
pub const LO: IfaceId = IfaceId(0);

/// Interfaces, routes and what was learnt about paths.
#[derive(Clone, Debug, Default)]
pub struct Fib {
    /// The interfaces, `lo` first.
    pub ifaces: Vec<Iface>,
    /// In the order in which they are asked, which is that of `rank`.
    routes: Vec<Route>,
    exceptions: Vec<Exception>,
    /// The instant of the last question, against which exceptions expire.
    pub now: Instant,
}

impl Fib {
    /// An interface.
    pub fn iface(&self, id: IfaceId) -> &Iface {
        &self.ifaces[usize::from(id.0)]
    }

    /// An interface, to be changed.
    pub fn iface_mut(&mut self, id: IfaceId) -> &mut Iface {
        &mut self.ifaces[usize::from(id.0)]
    }

    /// The interface of this name; a label such as `eth0:0` names its interface.
    pub fn iface_by_name(&self, name: &str) -> Option<IfaceId> {
        let device = name.split(':').next().unwrap_or(name);
        let at = self.ifaces.iter().position(|own| own.name == device && !own.gone)?;
        Some(IfaceId(at as u16))
    }

    /// The numbers of all interfaces.
    pub fn iface_ids(&self) -> impl Iterator<Item = IfaceId> + Clone + use<> {
        (0..self.ifaces.len() as u16).map(IfaceId)
    }

    /// All routes in the order in which `ip route` lists them.
    pub fn routes(&self, table: Table) -> Vec<&Route> {
        let mut routes: Vec<_> = self.routes.iter().filter(|route| route.table == table).collect();
        routes.sort_by_key(|route| (route.dst.addr, Reverse(route.dst.len), route.metric));
        routes
    }

    /// The route for a destination.
    ///
    /// Longest prefix first; of equal ones `local` before `main`, then the smallest metric, then
    /// the first added.
    pub fn lookup(&self, dst: Ipv4Addr) -> Option<&Route> {
        self.lookup_by(dst, None, RouteScope::Global)
    }

    /// The same for a packet that is bound to an interface.
    pub fn lookup_on(&self, dst: Ipv4Addr, oif: Option<IfaceId>) -> Option<&Route> {
        self.lookup_by(dst, oif, RouteScope::Global)
    }

    /// The same among routes of one interface, or of at least this nearness.
    fn lookup_by(
        &self,
        dst: Ipv4Addr,
        oif: Option<IfaceId>,
        nearest: RouteScope,
    ) -> Option<&Route> {
        self.routes
            .iter()
            .filter(|route| route.dst.contains(dst) && route.scope >= nearest)
            .filter(|route| oif.is_none() || route.iface == oif)
            .find(|route| {
                route.iface.is_none_or(|id| self.iface(id).up || route.kind == RouteKind::Local)
            })
            .filter(|route| route.kind != RouteKind::Throw)
    }

    /// The way of a packet of our own to a destination, from a source if it has one, by an
    /// interface if it is bound to one.
    ///
    /// # Errors
    /// When no route leads there.
    pub fn output(
        &self,
        dst: Ipv4Addr,
        src: Option<Ipv4Addr>,
        oif: Option<IfaceId>,
    ) -> Result<Out, NoRoute> {
        if oif.is_some_and(|id| !self.iface(id).up) {
            return Err(NoRoute::Net);
        }
        if dst.is_unspecified() {
            return self.output(self.meant(dst, src, oif), src, None);
        }
        let Some(route) = self.lookup_on(dst, oif) else {
            return oif.map(|id| self.on_the_wire(dst, src, id)).ok_or(NoRoute::Net);
        };
        match route.kind {
            RouteKind::Unreachable => Err(NoRoute::Host),
            RouteKind::Prohibit => Err(NoRoute::Prohibited),
            RouteKind::Blackhole => Err(NoRoute::Blackhole),
            RouteKind::Throw => Err(NoRoute::Net),
            RouteKind::Local => Ok(self.local_out(route, dst, src)),
            RouteKind::Unicast | RouteKind::Broadcast => Ok(self.by_route(route, dst, src)),
        }
    }

    /// The way by a route that sends.
    pub fn by_route(&self, route: &Route, dst: Ipv4Addr, src: Option<Ipv4Addr>) -> Out {
        let iface = route.iface.expect("a route that sends has an interface");
        let exception = self.exception_of(dst);
        // A group has no gateway, unless a route of its own names one. Linux 6.1 route.c,
        // __mkroute_output.
        let hop = self.hop(route).filter(|_| !dst.is_multicast() || route.dst.len >= 4);
        let gateway = exception.and_then(|known| known.gateway).or(hop);
        let next = gateway.unwrap_or(dst);
        let device_mtu = self.iface(iface).mtu;
        let learnt = exception.and_then(|known| known.mtu);
        let mtu = learnt.or(route.mtu).unwrap_or(device_mtu).min(device_mtu);
        let plain = route.mtu.unwrap_or(device_mtu).min(device_mtu);
        Out {
            kind: route.kind,
            iface,
            next,
            by_gateway: gateway.is_some(),
            src: src.or(route.src).unwrap_or_else(|| self.select_source(iface, next, route.scope)),
            mtu,
            plain_mtu: plain,
            mtu_locked: exception.is_some_and(|known| known.locked),
            advmss: route.advmss,
            origin: route.origin,
        }
    }

    /// Whom a destination means: 0.0.0.0 is this host itself, by the address that the packet comes
    /// from. Linux 6.1 route.c, ip_route_output_key_hash_rcu.
    pub fn meant(&self, dst: Ipv4Addr, src: Option<Ipv4Addr>, oif: Option<IfaceId>) -> Ipv4Addr {
        if !dst.is_unspecified() {
            return dst;
        }
        let bound = || oif.map(|id| self.select_source(id, dst, RouteScope::Host));
        src.or_else(bound).filter(|own| !own.is_unspecified()).unwrap_or(Ipv4Addr::LOCALHOST)
    }

    /// The gateway by which a route sends. One of our own addresses as gateway only says "on this
    /// wire". Linux 6.1 fib_semantics.c, fib_check_nh_v4_gw; route.c, rt_set_nexthop.
    pub fn hop(&self, route: &Route) -> Option<Ipv4Addr> {
        route.gateway.filter(|&gateway| self.kind_of(gateway) != RouteKind::Local)
    }

    /// Without a route, a packet that is bound to an interface looks for its destination there.
    /// Linux 6.1 route.c, ip_route_output_key_hash_rcu.
    fn on_the_wire(&self, dst: Ipv4Addr, src: Option<Ipv4Addr>, iface: IfaceId) -> Out {
        let mtu = self.iface(iface).mtu;
        let any = Ipv4Addr::UNSPECIFIED;
        Out {
            kind: RouteKind::Unicast,
            iface,
            next: dst,
            by_gateway: false,
            src: src.unwrap_or_else(|| self.select_source(iface, any, RouteScope::Link)),
            mtu,
            plain_mtu: mtu,
            mtu_locked: false,
            advmss: None,
            origin: OriginId(0),
        }
    }

    fn local_out(&self, route: &Route, dst: Ipv4Addr, src: Option<Ipv4Addr>) -> Out {
        let plain = self.iface(LO).mtu;
        let learnt = self.exception_of(dst).and_then(|known| known.mtu);
        Out {
            kind: RouteKind::Local,
            iface: LO,
            next: dst,
            by_gateway: false,
            src: src.or(route.src).unwrap_or(dst),
            mtu: learnt.unwrap_or(plain).min(plain),
            plain_mtu: plain,
            mtu_locked: false,
            advmss: None,
            origin: route.origin,
        }
    }

    /// The address that a packet gets whose route names none. Linux 6.1 devinet.c,
    /// inet_select_addr.
    pub fn select_source(&self, iface: IfaceId, dst: Ipv4Addr, scope: RouteScope) -> Ipv4Addr {
        let suitable = |id: IfaceId| {
            self.iface(id).addrs.iter().filter(move |own| !own.secondary && own.scope <= scope)
        };
        suitable(iface)
            .find(|own| own.local.contains(dst))
            .or_else(|| suitable(iface).next())
            .or_else(|| {
                self.iface_ids().flat_map(suitable).find(|own| own.scope != RouteScope::Link)
            })
            .map_or(Ipv4Addr::UNSPECIFIED, |own| own.local.addr)
    }

    /// Adds a route.
    ///
    /// # Errors
    /// As `ip route add`: one of the same destination and metric exists, or its gateway cannot be
    /// reached directly.
    pub fn add_route(&mut self, mut route: Route) -> Result<(), RouteError> {
        self.complete(&mut route)?;
        if self.routes.iter().any(|own| same_key(own, &route)) {
            return Err(RouteError::Exists);
        }
        self.enter(route);
        Ok(())
    }

    /// Puts a route behind all that are asked before it.
    fn enter(&mut self, route: Route) {
        let at = self.routes.partition_point(|own| rank(own) <= rank(&route));
        self.routes.insert(at, route);
    }

    /// Adds a route in front of those of the same destination and metric, as the ioctl does.
    ///
    /// # Errors
    /// When this very route exists, or its gateway cannot be reached directly.
    /// Linux 6.1 fib_trie.c, fib_table_insert.
    pub fn add_route_in_front(&mut self, mut route: Route) -> Result<(), RouteError> {
        self.complete(&mut route)?;
        let same = |own: &Route| Route { origin: route.origin, ..own.clone() } == route;
        if self.routes.iter().any(same) {
            return Err(RouteError::Exists);
        }
        match self.routes.iter().position(|own| same_key(own, &route)) {
            Some(at) => self.routes.insert(at, route),
            None => self.enter(route),
        }
        Ok(())
    }

    /// Adds a route in place of the first one of the same destination and metric.
    ///
    /// # Errors
    /// When its gateway cannot be reached directly.
    pub fn replace_route(&mut self, mut route: Route) -> Result<(), RouteError> {
        self.complete(&mut route)?;
        match self.routes.iter_mut().find(|own| same_key(own, &route)) {
            Some(own) => *own = route,
            None => self.enter(route),
        }
        Ok(())
    }

    /// Finds the interface of the gateway. Linux 6.1 fib_semantics.c, fib_check_nh_v4_gw.
    fn complete(&self, route: &mut Route) -> Result<(), RouteError> {
        if let Some(src) = route.src
            && self.kind_of(src) != RouteKind::Local
        {
            return Err(RouteError::BadSource);
        }
        if let Some(gateway) = route.gateway
            && !route.onlink
        {
            let near = match route.scope {
                RouteScope::Global | RouteScope::Site => RouteScope::Link,
                RouteScope::Link | RouteScope::Host => RouteScope::Host,
            };
            let found = self.lookup_by(gateway, route.iface, near).ok_or(RouteError::BadGateway)?;
            if !matches!(found.kind, RouteKind::Unicast | RouteKind::Local) {
                return Err(RouteError::BadGateway);
            }
            route.iface = found.iface;
        }
        match route.iface {
            Some(iface) if !self.iface(iface).up => Err(RouteError::NetworkDown),
            _ => Ok(()),
        }
    }

    /// Removes the first route that `matches` of this table and destination, the smallest metric
    /// first.
    ///
    /// # Errors
    /// When there is none.
    pub fn remove_route(
        &mut self,
        table: Table,
        dst: Prefix,
        matches: impl Fn(&Route) -> bool,
    ) -> Result<(), RouteError> {
        let found = (0..self.routes.len())
            .filter(|&at| {
                let own = &self.routes[at];
                own.table == table && own.dst == dst && matches(own)
            })
            .min_by_key(|&at| self.routes[at].metric);
        self.routes.remove(found.ok_or(RouteError::NotFound)?);
        Ok(())
    }

    /// Whether an address is one of ours, on any interface. Linux 6.1 devinet.c,
    /// inet_lookup_ifaddr_rcu.
    pub fn is_own(&self, addr: Ipv4Addr) -> bool {
        self.ifaces.iter().any(|iface| iface.has(addr))
    }

    /// Whether some route sends by this gateway on this interface. Linux 6.1 fib_semantics.c,
    /// ip_fib_check_default.
    pub(super) fn has_gateway(&self, iface: IfaceId, gateway: Ipv4Addr) -> bool {
        self.routes.iter().any(|route| route.gateway == Some(gateway) && route.iface == Some(iface))
    }

    /// Where an own address was set. One that the host has not was set by nobody, but may be the
    /// kernel's.
    pub fn own_origin(&self, addr: Ipv4Addr) -> OriginId {
        self.routes
            .iter()
            .find(|route| route.table == Table::Local && route.dst.contains(addr))
            .map(|route| route.origin)
            .unwrap_or_default()
    }

    /// What makes the way to a destination as narrow as it is: the setting, its value, and where it
    /// was set.
    pub fn mtu_input(&self, iface: IfaceId, dst: Ipv4Addr, mtu: u16) -> (Setting, u16, OriginId) {
        let known = self.exception_of(dst).and_then(|known| known.mtu);
        if known == Some(mtu) {
            return (Setting::PathMtu, mtu, LEARNT);
        }
        let route = self.lookup(dst).filter(|route| route.mtu == Some(mtu));
        if let Some(route) = route {
            return (Setting::RouteMtu, mtu, route.origin);
        }
        let own = self.iface(iface);
        (Setting::LinkMtu(iface), own.mtu, own.mtu_origin)
    }

    /// What an address is to this host. Linux 6.1 fib_frontend.c, inet_addr_type.
    pub fn kind_of(&self, addr: Ipv4Addr) -> RouteKind {
        if addr.is_broadcast() || addr.is_unspecified() {
            return RouteKind::Broadcast;
        }
        self.routes
            .iter()
            .find(|route| route.table == Table::Local && route.dst.contains(addr))
            .map_or(RouteKind::Unicast, |route| route.kind)
    }
}

/// Which routes are asked before others; of equal ones the first added.
fn rank(route: &Route) -> (Reverse<u8>, Table, u32) {
    (Reverse(route.dst.len), route.table, route.metric)
}

/// Two routes of one table, destination and metric cannot be told apart by `ip route add`.
fn same_key(one: &Route, other: &Route) -> bool {
    (one.table, one.dst, one.metric) == (other.table, other.dst, other.metric)
        && (one.table == Table::Main || one.kind == other.kind && one.iface == other.iface)
}

impl lvs_engine::Routes for Fib {
    type Path = Path;

    fn route(&mut self, to: Ipv4Addr) -> Option<lvs_engine::Route<Path>> {
        let out = self.output(to, None, None).ok()?;
        let path = Path { iface: out.iface, next: out.next, mtu: out.mtu };
        Some(lvs_engine::Route {
            local: out.kind == RouteKind::Local,
            mtu: out.mtu,
            src: out.src,
            path,
        })
    }

    fn learn_mtu(&mut self, to: Ipv4Addr, mtu: u16) {
        self.learn_pmtu(to, mtu);
    }

    fn mtu_origin(&mut self, to: Ipv4Addr) -> OriginId {
        let out = self.output(to, None, None);
        out.map(|out| self.mtu_input(out.iface, to, out.mtu).2).unwrap_or_default()
    }
}
