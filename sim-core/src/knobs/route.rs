//! Knobs of routes: another gateway, a way to what is mentioned, one less.

use std::net::Ipv4Addr;

use super::{Bench, Kind, Seat};
use crate::Prefix;
use crate::host::fib::{LO, Route, RouteKind, RouteProto, Table};
use crate::host::iface::IfaceKind;

pub(super) fn add(bench: &mut Bench<'_>, seat: &Seat<'_>) {
    let gateways = gateways(bench, seat);
    present(bench, seat, &gateways);
    defaults(bench, seat, &gateways);
    targets(bench, seat, &gateways);
    // What was learnt about paths is forgotten.
    bench.line(Kind::Route, seat, "ip route flush cache".into(), None);
}

/// The addresses that this host could send by: mentioned, on one of its wires, and not its own.
fn gateways(bench: &Bench<'_>, seat: &Seat<'_>) -> Vec<Ipv4Addr> {
    let fib = seat.host.fib();
    let is_near = |addr: &&Ipv4Addr| {
        let mut cards = fib.ifaces.iter().filter(|iface| iface.kind == IfaceKind::Ethernet);
        cards.any(|iface| iface.addrs.iter().any(|own| own.local.contains(**addr)))
    };
    let addrs = bench.values.addrs.iter();
    addrs.filter(|addr| !fib.is_own(**addr)).filter(is_near).copied().collect()
}

/// Routes that stand: deleted, or by another gateway.
fn present(bench: &mut Bench<'_>, seat: &Seat<'_>, gateways: &[Ipv4Addr]) {
    let routes = seat.host.fib().routes(Table::Main);
    for route in routes.iter().filter(|route| route.proto != RouteProto::Kernel) {
        let origin = Some(route.origin);
        let to = target(route.dst);
        for gateway in gateways.iter().filter(|other| route.gateway != Some(**other)) {
            let line = format!("ip route replace {to} via {gateway}{}", metric(route));
            bench.line(Kind::Route, seat, line, origin);
        }
        if route.mtu.is_some() || route.advmss.is_some() {
            let via = route.gateway.map(|gateway| format!(" via {gateway}"));
            let dev = route.iface.map(|id| format!(" dev {}", seat.host.fib().iface(id).name));
            let (via, dev) = (via.unwrap_or_default(), dev.unwrap_or_default());
            let line = format!("ip route replace {to}{via}{dev}{}", metric(route));
            bench.line(Kind::Route, seat, line, origin);
        }
        let line = match route.kind {
            RouteKind::Unreachable => format!("ip route del unreachable {to}"),
            RouteKind::Prohibit => format!("ip route del prohibit {to}"),
            RouteKind::Blackhole => format!("ip route del blackhole {to}"),
            RouteKind::Throw => format!("ip route del throw {to}"),
            _ => format!("ip route del {to}"),
        };
        bench.line(Kind::Route, seat, line + &metric(route), origin);
    }
}

fn metric(route: &Route) -> String {
    if route.metric == 0 { String::new() } else { format!(" metric {}", route.metric) }
}

fn target(dst: Prefix) -> String {
    if dst.len == 0 { "default".into() } else { dst.to_string() }
}

/// The default route by each gateway, and by each wire.
fn defaults(bench: &mut Bench<'_>, seat: &Seat<'_>, gateways: &[Ipv4Addr]) {
    let fib = seat.host.fib();
    let own = fib.routes(Table::Main).into_iter().find(|route| route.dst.len == 0);
    let (now, origin) = (own.and_then(|own| own.gateway), own.map(|own| own.origin));
    for gateway in gateways.iter().filter(|gateway| now != Some(**gateway)) {
        let line = format!("ip route replace default via {gateway}");
        bench.line(Kind::Route, seat, line, origin);
    }
    for id in fib.iface_ids().filter(|id| *id != LO) {
        let iface = fib.iface(id);
        if iface.kind == IfaceKind::Ethernet && iface.up {
            let line = format!("ip route replace default dev {}", iface.name);
            bench.line(Kind::Route, seat, line, origin);
        }
    }
}

/// A way to each network and address that is mentioned and not here.
fn targets(bench: &mut Bench<'_>, seat: &Seat<'_>, gateways: &[Ipv4Addr]) {
    let fib = seat.host.fib();
    let is_connected = |net: &Prefix| {
        let mut all = fib.ifaces.iter().flat_map(|iface| &iface.addrs);
        all.any(|own| own.local.network() == *net)
    };
    let nets = bench.values.nets.iter().copied().filter(|net| !is_connected(net));
    let hosts = bench.values.addrs.iter().filter(|addr| !fib.is_own(**addr));
    let targets: Vec<_> = nets.chain(hosts.map(|addr| Prefix::host(*addr))).collect();
    for to in targets {
        for gateway in gateways.iter().filter(|gateway| to != Prefix::host(**gateway)) {
            let line = format!("ip route replace {to} via {gateway}");
            bench.line(Kind::Route, seat, line, None);
        }
        for iface in fib.ifaces.iter().filter(|iface| iface.kind != IfaceKind::Dummy) {
            let is_wire = iface.kind != IfaceKind::Loopback && iface.up && !iface.gone;
            if is_wire {
                let line = format!("ip route replace {to} dev {}", iface.name);
                bench.line(Kind::Route, seat, line, None);
            }
        }
    }
}
