//! `ip route`: shows and changes the routing tables. iproute2 6.1: ip/iproute.c; Linux 6.1:
//! net/ipv4/fib_frontend.c, fib_semantics.c, fib_create_info.

use std::net::Ipv4Addr;

use lvs_engine::OriginId;

use super::Done;
use super::addr::{route_scope, text};
use super::errno::{Errno, answers, cannot_find, says};
use super::record::{Json, Record, print};
use crate::Prefix;
use crate::command::ip::Options;
use crate::command::ip::route::{self as typed, Entry, Filter, Kind};
use crate::event::IfaceId;
use crate::host::Host;
use crate::host::fib::{Route, RouteError, RouteKind, RouteProto, Table};
use crate::host::iface::RouteScope;

/// The largest MTU and MSS that a route keeps. Linux 6.1 metrics.c, ip_metrics_convert.
const MAX_MTU: u16 = 65_520;
const MAX_ADVMSS: u16 = 65_495;

impl Host {
    pub(super) fn run_ip_route(
        &mut self,
        route: &typed::Route,
        options: Options,
        origin: OriginId,
    ) -> Done {
        match route {
            typed::Route::Show(filter) => self.ip_route_show(filter, options),
            typed::Route::Add(entry) => self.ip_route_add(entry, origin, false),
            typed::Route::Replace(entry) => self.ip_route_add(entry, origin, true),
            typed::Route::Del(entry) => self.ip_route_del(entry),
            typed::Route::Get(get) => self.ip_route_get(get, options),
            typed::Route::FlushCache => {
                self.fib.flush_exceptions();
                let said = "*** IPv4 routing cache is flushed.\n";
                Done::ok(if options.stats > 0 { said } else { "" })
            }
        }
    }

    fn ip_route_show(&self, filter: &Filter, options: Options) -> Done {
        let dev = match &filter.dev {
            Some(dev) => match self.fib.iface_by_name(dev) {
                Some(id) => Some(id),
                None => return cannot_find(dev),
            },
            None => None,
        };
        if filter.cached {
            return self.ip_route_show_cache(filter, dev, options);
        }
        let tables: &[Table] = match filter.table {
            typed::Table::Main => &[Table::Main],
            typed::Table::Local => &[Table::Local],
            typed::Table::All => &[Table::Main, Table::Local],
        };
        let to = filter.to;
        let lines = tables
            .iter()
            .flat_map(|&table| self.fib.routes(table))
            .filter(|route| dev.is_none() || route.iface == dev)
            .filter(|route| to.is_none_or(|to| route.dst == to))
            .map(|route| self.route_line(route, dev.is_some(), tables.len() > 1));
        print(lines.collect(), options)
    }

    /// One route as iproute2 prints it, with a blank at its end.
    fn route_line(&self, route: &Route, without_dev: bool, with_table: bool) -> Record {
        let mut line = Record::default();
        say_kind(&mut line, route.kind);
        line.fact("", "dst", target(route.dst), " ");
        if let Some(gateway) = route.gateway {
            line.fact("via ", "gateway", gateway, " ");
        }
        if let Some(id) = route.iface.filter(|_| !without_dev) {
            line.fact("dev ", "dev", self.fib.iface(id).name.as_str(), " ");
        }
        if with_table && route.table == Table::Local {
            line.fact("table ", "table", "local", " ");
        }
        if route.proto == RouteProto::Kernel {
            line.fact("proto ", "protocol", "kernel", " ");
        }
        if route.scope != RouteScope::Global {
            line.fact("scope ", "scope", route.scope.name(), " ");
        }
        if let Some(src) = route.src {
            line.fact("src ", "prefsrc", src, " ");
        }
        if route.metric != 0 {
            line.fact("metric ", "metric", route.metric, " ");
        }
        let link_down = route.iface.is_some_and(|id| self.fib.iface(id).is_link_down());
        let flags =
            [("onlink", route.onlink), ("linkdown", link_down && route.scope != RouteScope::Host)];
        let set: Vec<&str> = flags.iter().filter(|(_, set)| *set).map(|(flag, _)| *flag).collect();
        set.iter().for_each(|flag| line.text += &format!("{flag} "));
        line.put("flags", Json::words(set));
        say_metrics(&mut line, route.mtu, false, route.advmss);
        line.say("\n");
        line
    }

    fn ip_route_add(&mut self, entry: &Entry, origin: OriginId, replace: bool) -> Done {
        let iface = match self.typed_dev(entry.dev.as_deref()) {
            Ok(iface) => iface,
            Err(done) => return done,
        };
        let route = match new_route(entry, iface, origin) {
            Ok(route) => route,
            Err(done) => return done,
        };
        if let Some(done) = self.refuses_onlink(&route) {
            return done;
        }
        let has_gateway = route.gateway.is_some();
        let added = match replace {
            true => self.fib.replace_route(route),
            false => self.fib.add_route(route),
        };
        match added {
            Ok(()) => Done::ok(""),
            Err(RouteError::BadGateway) => says("Nexthop has invalid gateway."),
            Err(RouteError::BadSource) => says("Invalid prefsrc address."),
            Err(RouteError::NetworkDown) if has_gateway => says("Nexthop device is not up."),
            Err(RouteError::NetworkDown) => says("Device for nexthop is not up."),
            Err(error @ (RouteError::Exists | RouteError::NotFound)) => answers(error),
        }
    }

    /// The interface of this name, if one was named.
    fn typed_dev(&self, dev: Option<&str>) -> Result<Option<IfaceId>, Done> {
        dev.map(|dev| self.fib.iface_by_name(dev).ok_or_else(|| cannot_find(dev))).transpose()
    }

    /// `onlink` takes the administrator's word for it, but not for everything.
    fn refuses_onlink(&self, route: &Route) -> Option<Done> {
        if !route.onlink {
            return None;
        }
        let Some(gateway) = route.gateway else {
            return Some(says("Invalid flags for nexthop - PERVASIVE and ONLINK can not be set."));
        };
        if route.scope >= RouteScope::Link {
            return Some(says("Nexthop has invalid scope."));
        }
        if route.iface.is_none() {
            return Some(says("Nexthop device required for onlink."));
        }
        let unicast = self.fib.kind_of(gateway) == RouteKind::Unicast;
        (!unicast).then(|| says("Nexthop has invalid gateway."))
    }

    /// All that is given must fit; what is not given fits anything.
    fn ip_route_del(&mut self, entry: &Entry) -> Done {
        let iface = match self.typed_dev(entry.dev.as_deref()) {
            Ok(iface) => iface,
            Err(done) => return done,
        };
        let table = if entry.kind == Kind::Local { Table::Local } else { Table::Main };
        // `ip route del PREFIX` and `ip route del unicast PREFIX` are one command here: any kind.
        let kind = (entry.kind != Kind::Unicast).then(|| route_kind(entry.kind));
        let scope = entry.scope.and_then(route_scope);
        let (mtu, advmss) = (mtu(entry), advmss(entry));
        let removed = self.fib.remove_route(table, entry.to, |own| {
            kind.is_none_or(|kind| kind == own.kind)
                && scope.is_none_or(|scope| scope == own.scope)
                && (iface.is_none() || iface == own.iface)
                && (entry.via.is_none() || entry.via == own.gateway)
                && (entry.src.is_none() || entry.src == own.src)
                && (mtu.is_none() || mtu == own.mtu)
                && (advmss.is_none() || advmss == own.advmss)
                && entry.metric.is_none_or(|metric| metric == 0 || metric == own.metric)
        });
        match removed {
            Ok(()) => Done::ok(""),
            Err(error) => answers(error),
        }
    }
}

/// The route that was typed, with the scope and table that iproute2 gives it, or why the kernel
/// does not want it.
fn new_route(entry: &Entry, iface: Option<IfaceId>, origin: OriginId) -> Result<Route, Done> {
    let kind = route_kind(entry.kind);
    let gateway = entry.via.filter(|via| !via.is_unspecified());
    let scope = match (entry.scope, kind) {
        (Some(typed), _) => route_scope(typed).ok_or_else(|| says("Invalid scope."))?,
        (None, RouteKind::Local) => RouteScope::Host,
        (None, RouteKind::Unicast) if entry.via.is_none() => RouteScope::Link,
        (None, _) => RouteScope::Global,
    };
    match kind {
        RouteKind::Unicast | RouteKind::Local | RouteKind::Broadcast => {
            if scope == RouteScope::Host && gateway.is_some() {
                return Err(says("Route with host scope can not have a gateway."));
            }
            if iface.is_none() && gateway.is_none() {
                return Err(answers(Errno::NoDevice));
            }
        }
        _ if iface.is_some() || gateway.is_some() => {
            let words = "Gateway, device and multipath can not be specified for this route type.";
            return Err(says(words));
        }
        _ => {}
    }
    Ok(Route {
        table: if kind == RouteKind::Local { Table::Local } else { Table::Main },
        dst: entry.to,
        kind,
        gateway,
        iface,
        src: entry.src.filter(|src| !src.is_unspecified()),
        scope,
        proto: RouteProto::Boot,
        metric: entry.metric.unwrap_or(0),
        onlink: entry.onlink,
        mtu: mtu(entry),
        advmss: advmss(entry),
        origin,
    })
}

/// A metric of 0 is none.
fn mtu(entry: &Entry) -> Option<u16> {
    entry.mtu.filter(|&mtu| mtu > 0).map(|mtu| capped(mtu, MAX_MTU))
}

fn advmss(entry: &Entry) -> Option<u16> {
    entry.advmss.filter(|&mss| mss > 0).map(|mss| capped(mss, MAX_ADVMSS))
}

fn capped(value: u32, most: u16) -> u16 {
    u16::try_from(value).unwrap_or(most).min(most)
}

fn route_kind(typed: Kind) -> RouteKind {
    match typed {
        Kind::Unicast => RouteKind::Unicast,
        Kind::Local => RouteKind::Local,
        Kind::Unreachable => RouteKind::Unreachable,
        Kind::Prohibit => RouteKind::Prohibit,
        Kind::Blackhole => RouteKind::Blackhole,
        Kind::Throw => RouteKind::Throw,
    }
}

/// The word before the target, with a blank; a plain route has none.
pub(super) fn say_kind(line: &mut Record, kind: RouteKind) {
    let word = match kind {
        RouteKind::Unicast => return,
        RouteKind::Local => "local",
        RouteKind::Broadcast => "broadcast",
        RouteKind::Unreachable => "unreachable",
        RouteKind::Prohibit => "prohibit",
        RouteKind::Blackhole => "blackhole",
        RouteKind::Throw => "throw",
    };
    line.fact("", "type", word, " ");
}

/// `default`, an address, or a network.
fn target(dst: Prefix) -> String {
    match dst {
        Prefix { addr: Ipv4Addr::UNSPECIFIED, len: 0 } => "default".to_owned(),
        Prefix { addr, len: 32 } => addr.to_string(),
        dst => text(dst),
    }
}

/// What is known of the path, with a blank behind each.
pub(super) fn say_metrics(line: &mut Record, mtu: Option<u16>, locked: bool, advmss: Option<u16>) {
    let mut metrics = Record::default();
    if let Some(mtu) = mtu {
        metrics.fact(if locked { "mtu lock " } else { "mtu " }, "mtu", mtu, " ");
    }
    if let Some(mss) = advmss {
        metrics.fact("advmss ", "advmss", mss, " ");
    }
    if !metrics.text.is_empty() {
        line.list("metrics", vec![metrics]);
    }
}
