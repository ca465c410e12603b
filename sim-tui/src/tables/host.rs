//! What a host says about its interfaces, addresses, neighbours and routes.

use lvs_engine::OriginId;
use sim_core::host::Host;
use sim_core::host::fib::{Route, RouteKind, Table};
use sim_core::host::iface::{IfaceKind, RouteScope};
use sim_core::host::neigh::State;
use sim_core::net::Net;

use super::table::{Row, whose};

/// What stands where there is nothing.
const NONE: &str = "-";

/// `ip link`.
pub(super) fn links(host: &Host) -> Vec<Row> {
    let row = |own: &sim_core::host::iface::Iface| {
        let state = match (own.up, own.carrier || own.kind != IfaceKind::Ethernet) {
            (false, _) => "DOWN",
            (true, false) => "NO-CARRIER",
            (true, true) => "UP",
        };
        // That of lo is larger than any packet: Linux says 65536.
        let is_whole = own.kind == IfaceKind::Loopback && own.mtu == u16::MAX;
        let mtu = u32::from(own.mtu) + u32::from(is_whole);
        let cells = vec![own.name.clone(), state.into(), mtu.to_string(), own.mac.to_string()];
        Row::new(own.name.clone(), cells, Some(own.switched))
    };
    host.fib().ifaces.iter().filter(|own| !own.gone).map(row).collect()
}

/// `ip addr`.
pub(super) fn addrs(host: &Host) -> Vec<Row> {
    let mut rows = Vec::new();
    for own in host.fib().ifaces.iter().filter(|own| !own.gone) {
        for addr in &own.addrs {
            let mut label = String::new();
            if addr.label != own.name {
                label.push_str(&addr.label);
            }
            if addr.secondary {
                label.push_str(if label.is_empty() { "secondary" } else { " secondary" });
            }
            let inet = addr.local.to_string();
            let key = format!("{} {inet}", own.name);
            let cells = vec![own.name.clone(), inet, addr.scope.name().into(), label];
            rows.push(Row::new(key, cells, Some(addr.origin)));
        }
    }
    rows
}

/// What other machines said: nobody set it here.
const LEARNT: OriginId = OriginId(1);

/// `ip neigh`, and whose card it is.
pub(super) fn neighbours(host: &Host, net: &Net) -> Vec<Row> {
    let mut rows = Vec::new();
    for ((iface, addr), entry) in host.neighbours().iter() {
        if entry.state == State::Noarp {
            continue;
        }
        let dev = host.fib().iface(*iface).name.clone();
        let is_known = entry.state.is_valid();
        let (mac, who) = match is_known {
            true => (entry.mac.to_string(), whose(net, entry.mac)),
            false => (NONE.into(), String::new()),
        };
        let origin = if entry.origin == OriginId(0) { LEARNT } else { entry.origin };
        let key = format!("{addr} {dev}");
        let cells = vec![addr.to_string(), dev, mac, entry.state.name().into(), who];
        rows.push(Row::new(key, cells, Some(origin)));
    }
    rows
}

/// `ip route show table all`: those of the table `main`, what was learnt about paths, and own addresses. Of the table `local` only
/// own addresses tell, and of those not `127.0.0.0/8`.
pub(super) fn routes(host: &Host, all: bool) -> Vec<Row> {
    let fib = host.fib();
    let dev = |route: &Route| {
        route.iface.map_or_else(|| NONE.to_owned(), |iface| fib.iface(iface).name.clone())
    };
    let mut rows: Vec<Row> =
        fib.routes(Table::Main).into_iter().map(|own| route(own, dev(own))).collect();
    for own in fib.exceptions() {
        let via = own.gateway.map_or_else(|| NONE.to_owned(), |via| via.to_string());
        let mtu = own.mtu.map_or_else(String::new, |mtu| format!(" mtu {mtu}"));
        let more = format!("cache{mtu}{}", if own.locked { " lock" } else { "" });
        let key = format!("cache {}", own.dst);
        let cells = vec![own.dst.to_string(), via, NONE.into(), NONE.into(), more];
        rows.push(Row::new(key, cells, Some(LEARNT)));
    }
    let tells = |own: &&Route| all || own.kind == RouteKind::Local && !own.dst.addr.is_loopback();
    rows.extend(fib.routes(Table::Local).into_iter().filter(tells).map(|own| route(own, dev(own))));
    rows
}

fn route(own: &Route, dev: String) -> Row {
    let to = match (own.dst.addr.is_unspecified(), own.dst.len) {
        (true, 0) => "default".to_owned(),
        (_, 32) => own.dst.addr.to_string(),
        _ => own.dst.to_string(),
    };
    let kind = match own.kind {
        RouteKind::Unicast => "",
        RouteKind::Local => "local ",
        RouteKind::Broadcast => "broadcast ",
        RouteKind::Unreachable => "unreachable ",
        RouteKind::Blackhole => "blackhole ",
        RouteKind::Prohibit => "prohibit ",
        RouteKind::Throw => "throw ",
    };
    let addr = |addr: Option<std::net::Ipv4Addr>| {
        addr.map_or_else(|| NONE.to_owned(), |addr| addr.to_string())
    };
    let mut more = Vec::new();
    if own.scope != RouteScope::Global {
        more.push(format!("scope {}", own.scope.name()));
    }
    if own.metric != 0 {
        more.push(format!("metric {}", own.metric));
    }
    if own.onlink {
        more.push("onlink".into());
    }
    more.extend(own.mtu.map(|mtu| format!("mtu {mtu}")));
    more.extend(own.advmss.map(|mss| format!("advmss {mss}")));
    let key = format!("{kind}{to} {dev} {} {}", own.metric, own.table as u8);
    let cells = vec![format!("{kind}{to}"), addr(own.gateway), dev, addr(own.src), more.join(" ")];
    Row::new(key, cells, Some(own.origin))
}
