//! How iproute2 shows an interface: its head, its link layer, its counters. `ip addr` and `ip link`
//! share this.
//!
//! A listing is a row of lines; `-o` puts those of one interface into one line, with `\` between.
//! iproute2 6.1: ip/ipaddress.c, print_linkinfo.

use std::net::Ipv4Addr;

use super::record::{Json, Record};
use crate::event::IfaceId;
use crate::host::fib::Fib;
use crate::host::iface::{Address, Counters, Iface, IfaceKind};
use crate::host::{LO_MTU, Mac};

/// What stands between the lines of one thing.
pub(super) fn line_end(oneline: bool) -> &'static str {
    if oneline { "\\" } else { "\n" }
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
    format!("{}@{}", iface.name, below(fib, iface).unwrap_or("NONE"))
}

/// What a tunnel is built on.
fn below<'a>(fib: &'a Fib, iface: &Iface) -> Option<&'a str> {
    let dev = iface.ends.and_then(|ends| ends.dev)?;
    Some(&fib.iface(dev).name)
}

/// The names as members.
pub(super) fn put_name(record: &mut Record, fib: &Fib, iface: &Iface) {
    if iface.kind == IfaceKind::Tunnel {
        record.put("link", below(fib, iface).map_or(Json::Null, Json::from));
    }
    record.put("ifname", iface.name.as_str());
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
pub(super) fn say_flags(record: &mut Record, iface: &Iface) {
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
    record.say(format!("<{}>", set.join(","))).put("flags", Json::words(set));
}

/// `2: eth0: <BROADCAST,…> mtu 1500 …`; `ip link` says the mode besides.
pub(super) fn head(record: &mut Record, fib: &Fib, id: IfaceId, with_mode: bool) {
    let iface = fib.iface(id);
    let qdisc = match iface.kind {
        IfaceKind::Ethernet => "fq_codel",
        IfaceKind::Tunnel | IfaceKind::Dummy if !iface.was_up => "noop",
        IfaceKind::Loopback | IfaceKind::Tunnel | IfaceKind::Dummy => "noqueue",
    };
    record.fact("", "ifindex", id.0 + 1, ": ");
    put_name(record, fib, iface);
    record.say(full_name(fib, iface) + ": ");
    say_flags(record, iface);
    record.fact(" mtu ", "mtu", shown_mtu(iface), " ");
    record.fact("qdisc ", "qdisc", qdisc, " ");
    record.fact("state ", "operstate", state(iface), " ");
    if with_mode {
        record.fact("mode ", "linkmode", "DEFAULT", " ");
    }
    record.fact("group ", "group", "default", " ");
    record.fact("qlen ", "txqlen", 1000_u32, "");
}

/// `    link/ether 02:00:00:00:00:d1 brd ff:ff:ff:ff:ff:ff`.
pub(super) fn link_layer(record: &mut Record, iface: &Iface) {
    let remote = iface.ends.and_then(|ends| ends.remote);
    let (kind, broadcast) = match iface.kind {
        IfaceKind::Ethernet | IfaceKind::Dummy => ("ether", Mac::BROADCAST.to_string()),
        IfaceKind::Loopback => ("loopback", Mac::ZERO.to_string()),
        IfaceKind::Tunnel => ("ipip", remote.unwrap_or(Ipv4Addr::UNSPECIFIED).to_string()),
    };
    record.fact("    link/", "link_type", kind, " ");
    record.fact("", "address", hardware(iface), " ");
    if remote.is_some() {
        record.put("link_pointtopoint", Json::True);
    }
    record.fact(if remote.is_some() { "peer " } else { "brd " }, "broadcast", broadcast, "");
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
pub(super) fn address(record: &mut Record, address: &Address, line_end: &str) {
    record.fact("    ", "family", "inet", " ");
    record.fact("", "local", address.local.addr, "/");
    record.fact("", "prefixlen", u32::from(address.local.len), " ");
    if let Some(broadcast) = address.broadcast {
        record.fact("brd ", "broadcast", broadcast, " ");
    }
    record.fact("scope ", "scope", address.scope.name(), " ");
    if address.secondary {
        record.say("secondary ").put("secondary", Json::True);
    }
    record.fact("", "label", address.label.as_str(), line_end);
    record.say("       valid_lft forever preferred_lft forever");
    record.put("valid_life_time", u32::MAX).put("preferred_life_time", u32::MAX);
}

/// The columns of received packets: key and head; then those of `-s -s`.
const RX: [&str; 6] = ["bytes", "packets", "errors", "dropped", "over_errors", "multicast"];
const RX_HEAD: &str = "    RX:  bytes packets errors dropped  missed   mcast           ";
const RX_MORE: [&str; 5] =
    ["length_errors", "crc_errors", "frame_errors", "fifo_errors", "missed_errors"];
const RX_MORE_HEAD: &str = "    RX errors:  length    crc   frame    fifo overrun";
const TX: [&str; 6] = ["bytes", "packets", "errors", "dropped", "carrier_errors", "collisions"];
const TX_HEAD: &str = "    TX:  bytes packets errors dropped carrier collsns           ";
const TX_MORE: [&str; 5] =
    ["aborted_errors", "fifo_errors", "window_errors", "heartbeat_errors", "carrier_changes"];
const TX_MORE_HEAD: &str = "    TX errors: aborted   fifo  window heartbt transns";

/// The counters: nothing, `-s`, or `-s -s`, each line after the end of the one before.
pub(super) fn counters(record: &mut Record, iface: &Iface, stats: u8, line_end: &str) {
    if stats == 0 {
        return;
    }
    let side = |counted: &Counters, (head, keys), (more_head, more): (&str, [&'static str; 5])| {
        let mut side = Record::default();
        let Counters { bytes, packets, errors, dropped, carrier, collisions } = *counted;
        let row = [bytes, packets, errors, dropped, carrier, collisions];
        side.say(line_end).say(head).say(line_end).say("    ");
        for ((key, value), width) in std::iter::zip::<[&str; 6], _>(keys, row).zip(WIDTHS) {
            side.say(format!("{value:>width$} ")).put(key, value);
        }
        if stats > 1 {
            side.say(line_end).say(more_head).say(line_end).say("    ");
            for (key, width) in more.into_iter().zip(MORE_WIDTHS) {
                // Differs from Linux, which counts how often the carrier came and went (transns).
                side.say(format!("{:>width$} ", 0)).put(key, 0_u32);
            }
        }
        side
    };
    let mut both = Record::default();
    both.part("rx", side(&iface.rx, (RX_HEAD, RX), (RX_MORE_HEAD, RX_MORE)));
    both.part("tx", side(&iface.tx, (TX_HEAD, TX), (TX_MORE_HEAD, TX_MORE)));
    record.part("stats64", both);
}

const WIDTHS: [usize; 6] = [10, 7, 6, 7, 7, 7];
const MORE_WIDTHS: [usize; 5] = [18, 6, 7, 7, 7];
