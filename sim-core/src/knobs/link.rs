//! Knobs of interfaces: switched on, the MTU, ARP, the tunnel that is missing.

use super::{Bench, Kind, Seat};
use crate::host::fib::LO;
use crate::host::iface::IfaceKind;

pub(super) fn add(bench: &mut Bench<'_>, seat: &Seat<'_>) {
    let fib = seat.host.fib();
    for id in fib.iface_ids() {
        let iface = fib.iface(id);
        if iface.gone {
            continue;
        }
        let name = &iface.name;
        if !iface.up {
            bench.line(Kind::Link, seat, format!("ip link set {name} up"), Some(iface.switched));
        }
        if iface.kind == IfaceKind::Ethernet && !iface.arp {
            bench.line(Kind::Link, seat, format!("ip link set {name} arp on"), None);
        }
        if id != LO {
            let mtus = bench.values.mtus.clone();
            for mtu in mtus.iter().filter(|mtu| **mtu != iface.mtu) {
                let line = format!("ip link set {name} mtu {mtu}");
                bench.line(Kind::Link, seat, line, Some(iface.mtu_origin));
            }
        }
        if iface.kind == IfaceKind::Tunnel && iface.ends.is_some() {
            bench.line(Kind::Link, seat, format!("ip tunnel del {name}"), Some(iface.made));
        }
    }
    if fib.iface_by_name("tunl0").is_none() {
        let load = "modprobe ipip".to_owned();
        bench.line(Kind::Link, seat, load.clone(), None);
        let up = "ip link set tunl0 up".to_owned();
        bench.lines(Kind::Link, seat, vec![load, up], None);
    }
}
