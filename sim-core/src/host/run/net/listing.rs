//! How iproute2 shows an interface: its head, its link layer, its counters. `ip addr` and `ip link`
//! share this.
//!
//! A listing is a row of lines; `-o` puts those of one interface into one line, with `\` between.
//! iproute2 6.1: ip/ipaddress.c, print_linkinfo.

use std::net::Ipv4Addr;

use crate::event::IfaceId;
use crate::host::fib::Fib;
use crate::host::iface::{Address, Counters, Iface, IfaceKind};
use crate::host::{LO_MTU, Mac};

/// The lines of one thing, as one text.
pub(super) fn joined(lines: &[String], oneline: bool) -> String {
    lines.join(if oneline { "\\" } else { "\n" }) + "\n"
}

/// The MTU as Linux knows it: that of `lo` is larger than any packet.
pub(super) fn shown_mtu(iface: &Iface) -> u32 {
    let mtu = u32::from(iface.mtu);
    if iface.kind == IfaceKind::Loopback && iface.mtu == LO_MTU { mtu + 1 } else { mtu }
}

/// Whether Linux shows that it does without ARP.
pub(super) fn shows_noarp(iface: &Iface) -> bool {
    iface.kind != IfaceKind::Loopback && !iface.arp
}

/// Its name, with what it is built on where that is part of the name.
pub(super) fn full_name(fib: &Fib, iface: &Iface) -> String {
    if iface.kind != IfaceKind::Tunnel {
        return iface.name.clone();
    }
    let below = iface.ends.and_then(|ends| ends.dev);
    format!("{}@{}", iface.name, below.map_or("NONE", |dev| &fib.iface(dev).name))
}

/// The operational state. A cable that is out is DOWN on a network card (RFC 2863).
pub(super) fn state(iface: &Iface) -> &'static str {
    match iface.kind {
        _ if !iface.is_running() => "DOWN",
        IfaceKind::Ethernet => "UP",
        IfaceKind::Loopback | IfaceKind::Tunnel | IfaceKind::Dummy => "UNKNOWN",
    }
}

/// The flags in iproute2's order.
pub(super) fn flags(iface: &Iface) -> String {
    let ethernet = iface.kind == IfaceKind::Ethernet;
    let flags = [
        ("NO-CARRIER", iface.is_link_down()),
        ("LOOPBACK", iface.kind == IfaceKind::Loopback),
        ("BROADCAST", iface.is_broadcast()),
        ("POINTOPOINT", iface.is_point_to_point()),
        ("MULTICAST", ethernet),
        ("NOARP", shows_noarp(iface)),
        ("UP", iface.up),
        ("LOWER_UP", iface.is_running()),
    ];
    let set: Vec<&str> = flags.iter().filter(|(_, set)| *set).map(|(flag, _)| *flag).collect();
    format!("<{}>", set.join(","))
}

/// `2: eth0: <BROADCAST,…> mtu 1500 …`; `mode` is what `ip link` says besides.
pub(super) fn head(fib: &Fib, id: IfaceId, mode: &str) -> String {
    let iface = fib.iface(id);
    let qdisc = match iface.kind {
        IfaceKind::Ethernet => "fq_codel",
        IfaceKind::Tunnel | IfaceKind::Dummy if !iface.was_up => "noop",
        IfaceKind::Loopback | IfaceKind::Tunnel | IfaceKind::Dummy => "noqueue",
    };
    let (name, flags, mtu, state) =
        (full_name(fib, iface), flags(iface), shown_mtu(iface), state(iface));
    let index = id.0 + 1;
    format!(
        "{index}: {name}: {flags} mtu {mtu} qdisc {qdisc} state {state} {mode}group default qlen 1000"
    )
}

/// `    link/ether 02:00:00:00:00:d1 brd ff:ff:ff:ff:ff:ff`.
pub(super) fn link_layer(iface: &Iface) -> String {
    let mac = hardware(iface);
    match iface.kind {
        IfaceKind::Ethernet | IfaceKind::Dummy => {
            format!("    link/ether {mac} brd {}", Mac::BROADCAST)
        }
        IfaceKind::Loopback => format!("    link/loopback {mac} brd {}", Mac::ZERO),
        IfaceKind::Tunnel => {
            let remote = iface.ends.and_then(|ends| ends.remote);
            let word = if remote.is_some() { "peer" } else { "brd" };
            format!("    link/ipip {mac} {word} {}", remote.unwrap_or(Ipv4Addr::UNSPECIFIED))
        }
    }
}

/// The hardware address; that of a tunnel is its outer source address.
pub(super) fn hardware(iface: &Iface) -> String {
    match iface.kind {
        IfaceKind::Tunnel => {
            let local = iface.ends.and_then(|ends| ends.local);
            local.unwrap_or(Ipv4Addr::UNSPECIFIED).to_string()
        }
        IfaceKind::Ethernet | IfaceKind::Dummy | IfaceKind::Loopback => iface.mac.to_string(),
    }
}

/// `    inet 192.0.2.1/24 brd 192.0.2.255 scope global eth0`, and the line of its lifetime, which
/// has no end.
pub(super) fn address(address: &Address) -> [String; 2] {
    let (local, scope) = (address.local, address.scope.name());
    let broadcast = address.broadcast.map_or(String::new(), |addr| format!(" brd {addr}"));
    let secondary = if address.secondary { " secondary" } else { "" };
    let (addr, len, label) = (local.addr, local.len, &address.label);
    [
        format!("    inet {addr}/{len}{broadcast} scope {scope}{secondary} {label}"),
        "       valid_lft forever preferred_lft forever".to_owned(),
    ]
}

/// The counters: nothing, `-s`, or `-s -s`.
pub(super) fn counters(iface: &Iface, stats: u8) -> Vec<String> {
    let mut lines = Vec::new();
    if stats == 0 {
        return lines;
    }
    let row = |counted: &Counters| {
        let Counters { bytes, packets, errors, dropped, carrier, collisions } = counted;
        format!(
            "    {bytes:>10} {packets:>7} {errors:>6} {dropped:>7} {carrier:>7} {collisions:>7} "
        )
    };
    // Differs from Linux, which counts how often the carrier came and went (transns).
    let details = || format!("    {:>18} {:>6} {:>7} {:>7} {:>7} ", 0, 0, 0, 0, 0);
    lines.push("    RX:  bytes packets errors dropped  missed   mcast           ".to_owned());
    lines.push(row(&iface.rx));
    if stats > 1 {
        lines.push("    RX errors:  length    crc   frame    fifo overrun".to_owned());
        lines.push(details());
    }
    lines.push("    TX:  bytes packets errors dropped carrier collsns           ".to_owned());
    lines.push(row(&iface.tx));
    if stats > 1 {
        lines.push("    TX errors: aborted   fifo  window heartbt transns".to_owned());
        lines.push(details());
    }
    lines
}
