//! Candidates that come from the goal and from lines that failed, and that no knob of what stands
//! can be: a service where there is none, a mark that nobody sets, an address in a network.

use std::net::Ipv4Addr;

use super::case::Case;
use crate::knobs::{Kind, Knob};
use crate::scenario::Requests;
use crate::whatif::Change;

/// Schedulers that a missing service may have had.
const SCHEDULERS: [&str; 4] = ["rr", "wrr", "wlc", "sh"];

/// The candidates.
pub(super) fn knobs(case: &Case) -> Vec<Knob> {
    let mut found: Vec<Knob> = Vec::new();
    let mut add = |kind, on: &str, line: String| {
        let changes = vec![Change::typed(on, line)];
        if !found.iter().any(|knob: &Knob| knob.changes == changes) {
            found.push(Knob { kind, changes, about: None });
        }
    };
    for entry in case.goal.entries() {
        let Some(through) = &entry.through else { continue };
        for line in services(&entry).into_iter().chain(locals(case, &entry, through)) {
            add(Kind::Service, through, line);
        }
        for line in marks(case, &entry, through) {
            add(Kind::Rule, through, line);
        }
    }
    for (on, line) in addresses(case) {
        add(Kind::Address, &on, line);
    }
    for (on, line) in case.failed() {
        // What failed for want of time or order only.
        add(Kind::Sibling, on, line.clone());
    }
    found
}

/// The goal's name as a service.
fn services(entry: &Requests) -> Vec<String> {
    let proto = if entry.udp { "-u" } else { "-t" };
    let name = entry.name;
    let line = |scheduler: &&str| format!("ipvsadm -A {proto} {name} -s {scheduler}");
    SCHEDULERS.iter().map(line).collect()
}

/// In whose name FULLNAT may ask.
fn locals(case: &Case, entry: &Requests, through: &str) -> Vec<String> {
    let proto = if entry.udp { "-u" } else { "-t" };
    let node = case.world().net.node_by_name(through);
    let host = node.and_then(|node| case.world().net.node(node).host());
    let own = host.into_iter().flat_map(|host| &host.fib().ifaces).flat_map(|iface| &iface.addrs);
    let own = own.map(|own| own.local.addr).filter(|addr| !addr.is_loopback());
    own.map(|addr| format!("ipvsadm -P {proto} {} -z {addr}", entry.name)).collect()
}

/// The mark of a service by mark, put on what the goal names.
fn marks(case: &Case, entry: &Requests, through: &str) -> Vec<String> {
    let node = case.world().net.node_by_name(through);
    let host = node.and_then(|node| case.world().net.node(node).host());
    let Some(engine) = host.and_then(|host| host.engine()) else { return Vec::new() };
    let proto = if entry.udp { "udp" } else { "tcp" };
    let (addr, port) = (entry.name.ip(), entry.name.port());
    let marks = engine.services().filter_map(|service| service.key().mark());
    marks
        .map(|mark| {
            format!(
                "iptables -t mangle -A PREROUTING -d {addr} -p {proto} --dport {port} -j MARK --set-mark {mark}"
            )
        })
        .collect()
}

/// On cards without an address: a free one in each network that a neighbour on the wire is in.
fn addresses(case: &Case) -> Vec<(String, String)> {
    let net = &case.world().net;
    let mut nets: Vec<(Ipv4Addr, u8)> = Vec::new();
    let mut taken: Vec<Ipv4Addr> = Vec::new();
    for host in net.nodes.iter().filter_map(|node| node.host()) {
        for own in host.fib().ifaces.iter().flat_map(|iface| &iface.addrs) {
            taken.push(own.local.addr);
            let network = own.local.network();
            if (8..31).contains(&network.len) && !network.addr.is_loopback()
                && !nets.contains(&(network.addr, network.len))
            {
                nets.push((network.addr, network.len));
            }
        }
    }
    let mut lines = Vec::new();
    for node in &net.nodes {
        let Some(host) = node.host() else { continue };
        let is_bare = |iface: &&crate::host::iface::Iface| {
            iface.kind == crate::host::iface::IfaceKind::Ethernet
                && iface.addrs.iter().all(|own| own.local.len == 32)
        };
        for iface in host.fib().ifaces.iter().filter(is_bare) {
            for (first, len) in &nets {
                let most = (1_u32 << (32 - len)) - 2;
                let at = |number: u32| Ipv4Addr::from(u32::from(*first) + number.min(most));
                let free = (10..most).map(at).find(|addr| !taken.contains(addr));
                let Some(addr) = free else { continue };
                let dev = &iface.name;
                lines.push((node.name.to_string(), format!("ip addr add {addr}/{len} dev {dev}")));
            }
        }
    }
    lines
}
