//! Knobs of addresses: one more, one less, with another mask, on another interface.

use super::{Bench, Kind, Seat};
use crate::host::fib::LO;
use crate::host::iface::IfaceKind;

pub(super) fn add(bench: &mut Bench<'_>, seat: &Seat<'_>) {
    missing(bench, seat);
    present(bench, seat);
}

/// An address that the scenario mentions and this host has not: on each interface, alone on `lo` and
/// in a tunnel, elsewhere also with its network.
fn missing(bench: &mut Bench<'_>, seat: &Seat<'_>) {
    let fib = seat.host.fib();
    let addrs: Vec<_> = bench.values.addrs.iter().copied().filter(|a| !fib.is_own(*a)).collect();
    for addr in addrs {
        for iface in fib.ifaces.iter().filter(|iface| !iface.gone) {
            let lens = match iface.kind {
                IfaceKind::Ethernet => bench.values.lens(addr),
                IfaceKind::Loopback | IfaceKind::Tunnel | IfaceKind::Dummy => vec![32],
            };
            for len in lens {
                let line = format!("ip addr add {addr}/{len} dev {}", iface.name);
                bench.line(Kind::Address, seat, line, None);
            }
        }
    }
}

/// An address that the host has: deleted, or deleted and added otherwise.
fn present(bench: &mut Bench<'_>, seat: &Seat<'_>) {
    let fib = seat.host.fib();
    for id in fib.iface_ids() {
        let iface = fib.iface(id);
        for own in iface.addrs.iter().filter(|own| !own.local.addr.is_loopback()) {
            let (addr, dev) = (own.local.addr, &iface.name);
            let del = format!("ip addr del {} dev {dev}", own.local);
            bench.line(Kind::Address, seat, del.clone(), Some(own.origin));
            let mut lens = bench.values.lens(addr);
            for usual in [24, 16] {
                if !lens.contains(&usual) {
                    lens.push(usual);
                }
            }
            let fits = |len: &u8| *len != own.local.len && (id != LO || *len == 32);
            for len in lens.into_iter().filter(fits) {
                let add = format!("ip addr add {addr}/{len} dev {dev}");
                let lines = vec![del.clone(), add];
                bench.lines(Kind::Address, seat, lines, Some(own.origin));
            }
            for other in fib.iface_ids().filter(|other| *other != id) {
                let other = fib.iface(other);
                if !other.gone {
                    let len = if other.kind == IfaceKind::Ethernet { own.local.len } else { 32 };
                    let add = format!("ip addr add {addr}/{len} dev {}", other.name);
                    let lines = vec![del.clone(), add];
                    bench.lines(Kind::Address, seat, lines, Some(own.origin));
                }
            }
        }
    }
}
