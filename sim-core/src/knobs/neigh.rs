//! Knobs of the neighbour table: what was written into it is deleted, what is there is forgotten,
//! what is missing is written.

use super::{Bench, Kind, Seat};
use crate::host::iface::IfaceKind;
use crate::host::neigh::State;

pub(super) fn add(bench: &mut Bench<'_>, seat: &Seat<'_>) {
    let fib = seat.host.fib();
    for (&(id, addr), entry) in seat.host.neighbours().iter() {
        if entry.state == State::Permanent {
            let line = format!("ip neigh del {addr} dev {}", fib.iface(id).name);
            bench.line(Kind::Neighbour, seat, line, Some(entry.origin));
        }
    }
    bench.line(Kind::Neighbour, seat, "ip neigh flush all".into(), None);
    let owners = bench.values.owners.clone();
    for (addr, mac) in owners.into_iter().filter(|(addr, _)| !fib.is_own(*addr)) {
        for iface in fib.ifaces.iter().filter(|iface| iface.kind == IfaceKind::Ethernet) {
            let mut own = iface.addrs.iter();
            if iface.mac != mac && own.any(|own| own.local.contains(addr)) {
                let name = &iface.name;
                let line = format!("ip neigh replace {addr} lladdr {mac} dev {name} nud permanent");
                bench.line(Kind::Neighbour, seat, line, None);
            }
        }
    }
}
