//! The values that a scenario mentions: what somebody could have typed in place of something else.

use std::net::Ipv4Addr;

use crate::Prefix;
use crate::host::fib::Table;
use crate::host::iface::IfaceKind;
use crate::mac::Mac;
use crate::net::Node;
use crate::scenario::{Expectation, Scenario, Step};
use crate::world::World;

/// MTUs that are tried beside those that are mentioned: Ethernet's, and what a tunnel leaves of it.
const USUAL_MTUS: [u16; 2] = [1_500, 1_480];

/// Each in the order in which it is first mentioned.
#[derive(Clone, Debug, Default)]
pub(super) struct Values {
    /// Addresses of machines.
    pub addrs: Vec<Ipv4Addr>,
    /// Networks.
    pub nets: Vec<Prefix>,
    /// Ports.
    pub ports: Vec<u16>,
    /// MTUs.
    pub mtus: Vec<u16>,
    /// Weights.
    pub weights: Vec<u32>,
    /// Firewall marks.
    pub marks: Vec<u32>,
    /// Which machine has an address on a card, and the card's.
    pub owners: Vec<(Ipv4Addr, Mac)>,
}

fn push<T: PartialEq>(list: &mut Vec<T>, value: T) {
    if !list.contains(&value) {
        list.push(value);
    }
}

impl Values {
    pub(super) fn of(scenario: &Scenario, world: &World) -> Self {
        let mut values = Self::default();
        for node in &scenario.nodes {
            for line in node.script() {
                values.read(&line.value);
            }
        }
        for step in &scenario.story {
            match &step.value {
                Step::Do { run, .. } => run.iter().for_each(|line| values.read(&line.value)),
                Step::Expect(Expectation::Neigh { ip, .. }) => push(&mut values.addrs, *ip),
                _ => {}
            }
        }
        world.net.nodes.iter().for_each(|node| values.see(node));
        USUAL_MTUS.iter().for_each(|mtu| push(&mut values.mtus, *mtu));
        [1, 0].iter().for_each(|weight| push(&mut values.weights, *weight));
        values
    }

    /// How a host stands: a loop or a variable may have made what no line names.
    fn see(&mut self, node: &Node) {
        let Some(host) = node.host() else { return };
        for iface in host.fib().ifaces.iter().filter(|iface| iface.kind != IfaceKind::Loopback) {
            for own in &iface.addrs {
                self.addr(own.local.addr);
                if iface.kind == IfaceKind::Ethernet {
                    push(&mut self.owners, (own.local.addr, iface.mac));
                }
            }
        }
        for route in host.fib().routes(Table::Main) {
            route.gateway.into_iter().for_each(|gateway| self.addr(gateway));
            if (1..32).contains(&route.dst.len) {
                push(&mut self.nets, route.dst.network());
            }
        }
        let Some(engine) = host.engine() else { return };
        for service in engine.services() {
            service.key().mark().into_iter().for_each(|mark| push(&mut self.marks, mark));
            let dests = engine.dests(service);
            let ends: Vec<_> = dests.map(|dest| (dest.rip(), Some(dest.weight()))).collect();
            for (end, weight) in [(service.vip(), None)].into_iter().chain(ends) {
                self.addr(end.addr);
                self.port(end.port);
                weight.into_iter().for_each(|weight| push(&mut self.weights, weight));
            }
        }
    }

    fn addr(&mut self, addr: Ipv4Addr) {
        let is_mask = addr.octets()[0] == 255;
        let is_machine = !addr.is_unspecified() && !addr.is_loopback() && !addr.is_multicast();
        if is_machine && !is_mask {
            push(&mut self.addrs, addr);
        }
    }

    fn port(&mut self, port: u16) {
        if port > 0 {
            push(&mut self.ports, port);
        }
    }

    /// The words of a line: addresses, networks, ports, and numbers behind the words that say what
    /// they are.
    fn read(&mut self, line: &str) {
        let mut before = "";
        let is_edge = |c: char| c.is_whitespace() || "/=,;'\"()".contains(c) && c != '/';
        for word in line.split(is_edge).filter(|word| !word.is_empty()) {
            let word = word.trim_start_matches("http://").trim_end_matches('/');
            let (place, len) = word.split_once('/').map_or((word, None), |(a, b)| (a, Some(b)));
            let (host, port) = place.split_once(':').map_or((place, None), |(a, b)| (a, Some(b)));
            if let Ok(addr) = host.parse::<Ipv4Addr>() {
                let len = len.and_then(|len| len.parse().ok()).filter(|len| *len <= 32);
                let net = len.map(|len| Prefix::new(addr, len));
                match net {
                    Some(net) if net.len < 32 && !net.has_host_bits() => push(&mut self.nets, net),
                    _ => self.addr(addr),
                }
                port.and_then(|port| port.parse().ok())
                    .into_iter()
                    .for_each(|port| self.port(port));
            } else if let Ok(number) = word.parse::<u32>() {
                self.number(before, number);
            }
            before = word;
        }
    }

    /// A number behind a word that says what it is.
    fn number(&mut self, before: &str, number: u32) {
        let short = u16::try_from(number).unwrap_or(0);
        match before {
            "mtu" if short > 67 => push(&mut self.mtus, short),
            "http" | "tcp" | "udp" | "--dport" | "--sport" => self.port(short),
            "-w" if number < 65_536 => push(&mut self.weights, number),
            "-f" | "--set-mark" => push(&mut self.marks, number),
            _ => {}
        }
    }

    /// The lengths that an address may have: those of the networks that it is in.
    pub(super) fn lens(&self, addr: Ipv4Addr) -> Vec<u8> {
        let mut lens = vec![32];
        for net in self.nets.iter().filter(|net| net.contains(addr)) {
            push(&mut lens, net.len);
        }
        lens
    }
}
