//! Candidates that come from the goal and from lines that failed, and that no knob of what stands
//! can be: a service where there is none, a mark that nobody sets, an address in a network.

use std::net::Ipv4Addr;

use super::case::Case;
use crate::command::Command;
use crate::command::ipvsadm::{Ipvsadm, Proto, ServiceAddr};
use crate::goal::commands;
use crate::knobs::{Kind, Knob};
use crate::scenario::Requests;
use crate::whatif::Change;

/// Schedulers that a missing service may have had.
const SCHEDULERS: [&str; 4] = ["rr", "wrr", "wlc", "sh"];

/// As many servers as may lack the same.
const MOST_ALIKE: usize = 4;

/// The candidates.
pub(super) fn knobs(case: &Case) -> Vec<Knob> {
    let mut found: Vec<Knob> = Vec::new();
    let mut add = |kind, on: &str, lines: Vec<String>| {
        let changes: Vec<Change> = lines.into_iter().map(|line| Change::typed(on, line)).collect();
        if !found.iter().any(|knob: &Knob| knob.changes == changes) {
            found.push(Knob { kind, changes, about: None });
        }
    };
    for entry in case.goal.entries() {
        let Some(through) = &entry.through else { continue };
        for line in services(case, &entry).into_iter().chain(locals(case, &entry, through)) {
            add(Kind::Service, through, vec![line]);
        }
        for line in marks(case, &entry, through) {
            add(Kind::Rule, through, vec![line]);
        }
    }
    for (on, line) in addresses(case) {
        add(Kind::Address, &on, vec![line]);
    }
    for (on, lines) in renumbered(case) {
        add(Kind::Address, &on, lines);
    }
    for (on, lines) in rules(case) {
        add(Kind::Rule, &on, lines);
    }
    for (on, line) in retyped(case) {
        add(Kind::Sibling, &on, vec![line]);
    }
    for (on, line) in case.failed() {
        // What failed for want of time or order only, or at a service that is not there.
        add(Kind::Sibling, on, vec![line.clone()]);
        for command in commands(line) {
            let Command::Ipvsadm(Ipvsadm::AddServer(_, server)) = command else { continue };
            for entry in case.goal.entries() {
                let proto = if entry.udp { Proto::Udp } else { Proto::Tcp };
                let vip = lvs_engine::Endpoint::new(*entry.name.ip(), entry.name.port());
                let own = Ipvsadm::AddServer(ServiceAddr::Port { proto, vip }, server);
                add(Kind::Sibling, on, vec![own.to_string()]);
            }
        }
    }
    found
}

/// Settings that can be changed in the same way on all servers of an entry: whoever has forgotten
/// them on one has forgotten them on all.
pub(super) fn on_all_servers(case: &Case, all: &[Knob]) -> Vec<Knob> {
    let mut groups: Vec<Vec<String>> = Vec::new();
    for entry in case.goal.entries() {
        let mut servers = entry.servers.clone();
        servers.retain(|own| entry.through.as_ref() != Some(own));
        servers.sort();
        if (2..=MOST_ALIKE).contains(&servers.len()) && !groups.contains(&servers) {
            groups.push(servers);
        }
    }
    let is_of = |knob: &&Knob, host: &String| {
        let is_own = |change: &Change| matches!(change, Change::Type { on, .. } if on == host);
        knob.kind == Kind::Setting && knob.changes.iter().all(is_own)
    };
    let mut found = Vec::new();
    for group in &groups {
        for knob in all.iter().filter(|knob| is_of(knob, &group[0])) {
            let on = |host: &String| -> Vec<Change> {
                let lines = knob.changes.iter().filter_map(|change| match change {
                    Change::Type { line, .. } => Some(Change::typed(host, line)),
                    _ => None,
                });
                lines.collect()
            };
            let parts: Vec<Vec<Change>> = group.iter().map(on).collect();
            let is_known = |part: &Vec<Change>| all.iter().any(|own| own.changes == *part);
            if parts.iter().all(is_known) {
                let changes = parts.concat();
                found.push(Knob { kind: Kind::Setting, changes, about: None });
            }
        }
    }
    found
}

/// The goal's name as a service, by the usual schedulers and those that the file names.
fn services(case: &Case, entry: &Requests) -> Vec<String> {
    let proto = if entry.udp { "-u" } else { "-t" };
    let name = entry.name;
    let mut schedulers: Vec<&str> = SCHEDULERS.to_vec();
    let lines = case.scenario().nodes.iter().flat_map(|node| node.script());
    let lines: Vec<String> =
        lines.map(|line| line.value).filter(|own| own.contains("ipvsadm")).collect();
    for line in &lines {
        let words: Vec<&str> = line.split([' ', ';']).collect();
        for pair in words.windows(2).filter(|pair| pair[0] == "-s") {
            if !schedulers.contains(&pair[1]) {
                schedulers.push(pair[1]);
            }
        }
    }
    schedulers.iter().map(|own| format!("ipvsadm -A {proto} {name} -s {own}")).collect()
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
            if (8..31).contains(&network.len)
                && !network.addr.is_loopback()
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

/// Cards whose address is another: one that somebody names and nobody has, or the same host in the
/// network of a neighbour.
fn renumbered(case: &Case) -> Vec<(String, Vec<String>)> {
    let net = &case.world().net;
    let mut taken: Vec<Ipv4Addr> = Vec::new();
    let mut nets: Vec<(Ipv4Addr, u8)> = Vec::new();
    for own in net.nodes.iter().filter_map(|node| node.host()).flat_map(|host| &host.fib().ifaces) {
        for own in &own.addrs {
            taken.push(own.local.addr);
            let network = own.local.network();
            if (8..31).contains(&network.len) && !network.addr.is_loopback() {
                nets.push((network.addr, network.len));
            }
        }
    }
    nets.sort_unstable();
    nets.dedup();
    let named_any = named_addresses(case);
    let named = &named_any;
    let mut found = Vec::new();
    for node in &net.nodes {
        let Some(host) = node.host() else { continue };
        for iface in &host.fib().ifaces {
            for own in iface.addrs.iter().filter(|own| !own.local.addr.is_loopback()) {
                let (old, dev) = (own.local, &iface.name);
                let moved = nets.iter().map(|(first, len)| {
                    let hosts = u32::MAX.checked_shr((*len).into()).unwrap_or(0);
                    (Ipv4Addr::from(u32::from(*first) | u32::from(old.addr) & hosts), *len)
                });
                let named = named.iter().map(|addr| (*addr, old.len));
                // Where two have one address, one of them needs a free one.
                let is_twice = taken.iter().filter(|own| **own == old.addr).count() > 1;
                let most =
                    1_u32.checked_shl(32 - u32::from(old.len)).unwrap_or(0).saturating_sub(2);
                let at = |number: u32| Ipv4Addr::from(u32::from(old.network().addr) + number);
                let is_free = |addr: &Ipv4Addr| !taken.contains(addr) && !named_any.contains(addr);
                let free = (1..most).map(at).find(is_free).filter(|_| is_twice);
                let free = free.map(|addr| (addr, old.len));
                let all: Vec<_> = (named.chain(moved).chain(free))
                    .filter(|(addr, _)| !taken.contains(addr))
                    .collect();
                for (addr, len) in all {
                    let add = format!("ip addr add {addr}/{len} dev {dev}");
                    found.push((node.name.to_string(), vec![add.clone()]));
                    let del = format!("ip addr del {old} dev {dev}");
                    found.push((node.name.to_string(), vec![del, add]));
                }
            }
        }
    }
    found
}

/// The addresses that lines of the file name.
fn named_addresses(case: &Case) -> Vec<Ipv4Addr> {
    let mut named: Vec<Ipv4Addr> = Vec::new();
    for node in &case.scenario().nodes {
        for own in super::lines::of(case.scenario(), node.name()) {
            for word in own.says.iter().flatten() {
                let word = word.split(['/', ':']).next().unwrap_or(word);
                if let Ok(addr) = word.parse()
                    && !named.contains(&addr)
                {
                    named.push(addr);
                }
            }
        }
    }
    named.extend(case.goal.entries().iter().map(|entry| *entry.name.ip()));
    named
}

/// Lines of several commands, loops as a rule, with another address that the goal names or a machine
/// has: no single command takes back what such a line gets wrong.
fn retyped(case: &Case) -> Vec<(String, String)> {
    let mut addrs: Vec<Ipv4Addr> = case.goal.entries().iter().map(|own| *own.name.ip()).collect();
    for host in case.world().net.nodes.iter().filter_map(|node| node.host()) {
        let cards = host.fib().ifaces.iter().flat_map(|iface| &iface.addrs);
        addrs.extend(cards.map(|own| own.local.addr).filter(|addr| !addr.is_loopback()));
    }
    addrs.sort_unstable();
    addrs.dedup();
    let mut found = Vec::new();
    for node in &case.scenario().nodes {
        for own in super::lines::of(case.scenario(), node.name()) {
            let line = &own.line.value;
            if own.says.len() < 2 || !line.contains(';') {
                continue;
            }
            let mut at = 0;
            for word in line.split_inclusive([' ', ';']) {
                let start = at;
                at += word.len();
                let word = word.trim_end_matches([' ', ';']);
                let (head, _) = word.split_at(word.find(['/', ':']).unwrap_or(word.len()));
                let Ok(old) = head.parse::<Ipv4Addr>() else { continue };
                for addr in addrs.iter().filter(|addr| **addr != old) {
                    let (before, after) = (&line[..start], &line[start + head.len()..]);
                    found.push((node.name().to_owned(), format!("{before}{addr}{after}")));
                }
            }
        }
    }
    found
}

/// Rules of netfilter with another address or port that somebody names.
fn rules(case: &Case) -> Vec<(String, Vec<String>)> {
    let addrs = named_addresses(case);
    let mut ports: Vec<u16> = case.goal.entries().iter().map(|own| own.name.port()).collect();
    ports.dedup();
    let mut found = Vec::new();
    for node in &case.scenario().nodes {
        for own in super::lines::of(case.scenario(), node.name()) {
            for says in own.says.iter().filter(|says| says[0] == "iptables") {
                if !says.iter().any(|word| word == "-A") {
                    continue;
                }
                let del: Vec<&str> = says
                    .iter()
                    .map(|word| if word == "-A" { "-D" } else { word.as_str() })
                    .collect();
                for (at, word) in says.iter().enumerate() {
                    let before = at.checked_sub(1).map_or("", |before| says[before].as_str());
                    let others: Vec<String> = match before {
                        "--dport" | "--sport" | "--dports" => {
                            ports.iter().map(ToString::to_string).collect()
                        }
                        "-d" | "-s" | "--to-source" | "--to-destination" => {
                            let end = word.find(['/', ':']).map_or("", |end| &word[end..]);
                            addrs.iter().map(|addr| format!("{addr}{end}")).collect()
                        }
                        _ => continue,
                    };
                    for other in others.iter().filter(|other| *other != word) {
                        let mut add = says.clone();
                        add[at].clone_from(other);
                        found.push((node.name().to_owned(), vec![del.join(" "), add.join(" ")]));
                    }
                }
            }
        }
    }
    found
}
