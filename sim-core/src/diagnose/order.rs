//! Which candidates are tried first: those that touch what stands against the request.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use super::case::Case;
use super::clue::Clues;
use super::lines::{distance, says};
use crate::event::NodeId;
use crate::knobs::{Kind, Knob};
use crate::whatif::Change;

/// What heals a verdict, by the beginning of its code: kinds of knobs, and words of the best one.
#[rustfmt::skip]
const FITTING: &[(&str, &[Kind], &[&str])] = &[
    ("arp.reply.any-interface", &[Kind::Setting],                          &["all.arp_ignore=1"]),
    ("arp.silent",              &[Kind::Setting, Kind::Address],           &["arp_ignore"]),
    ("arp.reply.proxy",         &[Kind::Setting],                          &["proxy_arp"]),
    ("neigh.failed",            &[Kind::Address, Kind::Route, Kind::Link], &[]),
    ("neigh.permanent",         &[Kind::Neighbour],                        &[]),
    ("neigh.",                  &[Kind::Setting, Kind::Neighbour],         &[]),
    ("ip.drop.not-forwarding",  &[Kind::Setting, Kind::Address],           &["ip_forward=1"]),
    ("ip.drop.no-route",        &[Kind::Route, Kind::Address],             &[]),
    ("ip.drop.refused",         &[Kind::Route],                            &[]),
    ("ip.drop.own-source",      &[Kind::Setting, Kind::Route],             &["accept_local"]),
    ("ip.drop.reverse-path",    &[Kind::Setting, Kind::Route],             &["rp_filter"]),
    ("ip.drop.no-reverse-path", &[Kind::Route, Kind::Setting],             &[]),
    ("ip.drop.martian",         &[Kind::Setting, Kind::Address],           &[]),
    ("ip.drop.no-protocol",     &[Kind::Service, Kind::Link],              &[]),
    ("ip.drop.too-big",         &[Kind::Link, Kind::Cable],                &["mtu"]),
    ("ip.drop.ttl",             &[Kind::Route],                            &[]),
    ("ip.fragment",             &[Kind::Link, Kind::Cable],                &["mtu"]),
    ("ipvs.service.none",       &[Kind::Service],                          &[]),
    ("ipvs.dest.none",          &[Kind::Service],                          &[]),
    ("ipvs.route",              &[Kind::Route, Kind::Address, Kind::Service], &[]),
    ("ipvs.mtu",                &[Kind::Link, Kind::Cable],                &["mtu"]),
    ("ipvs.tun",                &[Kind::Link, Kind::Cable],                &["mtu"]),
    ("ipvs.fullnat",            &[Kind::Service, Kind::Address],           &[]),
    ("ipvs.",                   &[Kind::Service, Kind::Setting],           &[]),
    ("tcp.reset.no-listener",   &[Kind::Program, Kind::Service],           &["serve"]),
    ("tcp.reset.unknown",       &[Kind::Setting, Kind::Route],             &[]),
    ("udp.no-socket",           &[Kind::Program, Kind::Service],           &["serve"]),
    ("icmp.error.no-socket",    &[Kind::Program, Kind::Service],           &["serve"]),
    ("udp.",                    &[Kind::Program, Kind::Service],           &["serve"]),
    ("tunnel.",                 &[Kind::Link, Kind::Setting, Kind::Address], &["tunl0"]),
    ("cable.drop.mtu",          &[Kind::Cable, Kind::Link],                &["mtu"]),
    ("cable.",                  &[Kind::Cable],                            &[]),
    ("eth.drop.interface-down", &[Kind::Link, Kind::Cable],                &[]),
    ("eth.drop.dummy",          &[Kind::Address],                          &[]),
    ("power.",                  &[Kind::Power],                            &[]),
    ("netfilter.",              &[Kind::Rule, Kind::Setting],              &[]),
];

/// What a candidate costs before anything was seen of a run, and what is weighed by what was.
pub(super) struct Weighed {
    on: Option<NodeId>,
    text: String,
    fixed: i32,
}

/// What many candidates are weighed by.
pub(super) struct Scale<'a> {
    case: &'a Case,
    /// The commands of each host's lines, as they are printed back, in words.
    lines: BTreeMap<String, Vec<Vec<String>>>,
    /// Which hosts have an address.
    owners: BTreeMap<Ipv4Addr, BTreeSet<String>>,
    failed: BTreeSet<String>,
    /// How many lines name an address that they do not set.
    named: BTreeMap<Ipv4Addr, usize>,
    /// How many servers the goal names.
    servers: usize,
}

impl<'a> Scale<'a> {
    pub(super) fn new(case: &'a Case) -> Self {
        let scenario = case.scenario();
        let mut lines: BTreeMap<String, Vec<Vec<String>>> = BTreeMap::new();
        for node in &scenario.nodes {
            let own = super::lines::of(scenario, node.name());
            let says = own.into_iter().flat_map(|own| own.says).collect();
            lines.insert(node.name().to_owned(), says);
        }
        let mut owners: BTreeMap<Ipv4Addr, BTreeSet<String>> = BTreeMap::new();
        for node in &case.world().net.nodes {
            let Some(host) = node.host() else { continue };
            for own in host.fib().ifaces.iter().flat_map(|iface| &iface.addrs) {
                owners.entry(own.local.addr).or_default().insert(node.name.to_string());
            }
        }
        let failed = case.failed().iter().map(|(host, _)| host.clone()).collect();
        let mut named: BTreeMap<Ipv4Addr, usize> = BTreeMap::new();
        for line in
            lines.values().flatten().filter(|line| line.get(1).is_none_or(|own| own != "addr"))
        {
            for word in line {
                let word = word.split(['/', ':']).next().unwrap_or(word);
                if let Ok(addr) = word.parse() {
                    *named.entry(addr).or_default() += 1;
                }
            }
        }
        let servers = case.goal.requests.iter().flat_map(|own| &own.servers);
        let servers = servers.collect::<BTreeSet<_>>().len();
        Self { case, lines, owners, failed, named, servers }
    }

    /// What a candidate costs whatever was seen.
    pub(super) fn weigh(&self, knob: &Knob) -> Weighed {
        let on = knob.changes.iter().find_map(|change| match change {
            Change::Type { on, .. } => Some(on.as_str()),
            _ => None,
        });
        // The same on all servers is one idea.
        let mut lines: Vec<&Change> = Vec::new();
        for change in &knob.changes {
            let is_said = |own: &&Change| match (own, change) {
                (Change::Type { line: one, .. }, Change::Type { line: other, .. }) => one == other,
                _ => false,
            };
            if !lines.iter().any(is_said) {
                lines.push(change);
            }
        }
        let hosts = knob.changes.len() / lines.len().max(1);
        let mut fixed = 10 * lines.len() as i32 + if hosts > 1 { 12 } else { 0 };
        fixed += match knob.kind {
            Kind::Sibling => -40,
            Kind::Cable | Kind::Power => -120,
            Kind::Neighbour => 50,
            Kind::Rule => 10,
            _ => 0,
        };
        if knob.about.is_some() {
            fixed -= 8;
        }
        for change in lines {
            if let Change::Type { on, line } = change {
                fixed += self.line(on, line);
            }
        }
        if on.is_some_and(|on| self.failed.contains(on)) {
            fixed -= 25;
        }
        let on = on.and_then(|on| self.case.world().net.node_by_name(on));
        let text = knob.changes.iter().map(|change| format!("{change} ")).collect();
        Weighed { on, text, fixed }
    }

    /// What it costs, by what was seen: less at the hosts where something was.
    pub(super) fn cost(knob: &Knob, weighed: &Weighed, clues: &Clues) -> i32 {
        let Weighed { on: Some(node), text, fixed } = weighed else { return weighed.fixed };
        let mut cost = 0;
        let own = || clues.against.iter().filter(|clue| clue.node == *node);
        let last = clues.against.last().map(|clue| clue.node);
        if last == Some(*node) || clues.usurper == Some(*node) {
            cost -= 30;
        } else if own().next().is_some() {
            cost -= 20;
        } else if clues.way.contains(node) {
            cost -= 10;
        }
        let mut best = 0;
        for clue in own() {
            let code = clue.reason.code();
            let Some((_, kinds, named)) = FITTING.iter().find(|(own, ..)| code.starts_with(own))
            else {
                continue;
            };
            let place = kinds.iter().position(|kind| *kind == knob.kind);
            let mut own = place.map_or(0, |place| -25 + 5 * place as i32);
            if named.iter().any(|word| text.contains(word)) {
                own -= 30;
            }
            best = best.min(own);
        }
        if clues.usurper == Some(*node) && text.contains("all.arp_ignore=1") {
            best = best.min(-50);
        }
        fixed + cost + best
    }

    /// What a line itself tells: near to one that is there, as a slip is; or a way round.
    fn line(&self, on: &str, line: &str) -> i32 {
        let mut cost = 0;
        for (word, more) in [
            ("proxy_arp", 60),
            ("modprobe", 15),
            ("accept_local", 20),
            ("net.ipv4.neigh", 50),
            ("flush cache", 40),
            ("-I ", 30),
            ("MASQUERADE", 15),
            ("ipvsadm -E", 35),
            ("dev lo", 3),
            ("ip addr del", 12),
            ("ip route del", 10),
            ("promote_secondaries", 30),
            ("conf.lo.", 30),
            ("ip_default_ttl", 30),
            ("icmp_", 25),
            ("drop_gratuitous", 30),
            ("route_localnet", 25),
            ("shared_media", 25),
        ] {
            if line.contains(word) {
                cost += more;
            }
        }
        let all = says(line);
        let Some(own) = all.first() else { return cost };
        let is_host_route = own.get(..2) == Some(&["ip".to_owned(), "route".to_owned()])
            && own.get(3).is_some_and(|to| to != "default");
        let vip = |to: &String| {
            let entries = self.case.goal.entries();
            let addr = to.trim_end_matches("/32").parse();
            entries.iter().any(|own| own.through.is_some() && Ok(*own.name.ip()) == addr)
        };
        if is_host_route {
            cost += if own.get(3).is_some_and(vip) { 15 } else { 35 };
        }
        if line.contains("ip_forward=1") || line.contains(".forwarding=1") {
            cost += if self.is_server(on) { 35 } else { 0 };
        }
        if own.first().is_some_and(|tool| tool == "serve") {
            let have = self.lines.get(on).into_iter().flatten();
            cost += if have.clone().any(|line| line[0] == "serve") { 35 } else { 0 };
        }
        cost += self.agreement(on, own);
        if let ["ip", "addr", "add", addr, ..] =
            own.iter().map(String::as_str).collect::<Vec<_>>()[..]
            && let Some(addr) = addr.split('/').next().and_then(|addr| addr.parse().ok())
        {
            cost += self.address(
                on,
                addr,
                own.get(3).is_some_and(|word| word.ends_with("/32")),
                line.ends_with("dev lo"),
            );
        }
        let lines = self.lines.get(on).map_or(&[][..], Vec::as_slice);
        let nearest = lines.iter().filter_map(|have| distance(have, own)).min();
        cost + nearest.map_or(0, |far| -30 + 6 * far.min(5) as i32)
    }

    /// Whether a host is one of the goal's servers, and no director.
    fn is_server(&self, name: &str) -> bool {
        let entries = &self.case.goal.requests;
        let serves = entries.iter().any(|own| own.servers.iter().any(|server| server == name));
        serves && !entries.iter().any(|own| own.through.as_deref() == Some(name))
    }

    /// How many of the other servers say the same: they are alike as a rule.
    fn agreement(&self, on: &str, own: &[String]) -> i32 {
        let is_server = |name: &str| self.is_server(name);
        // Destinations are alike, too, but for their address.
        if own.first().is_some_and(|tool| tool == "ipvsadm") {
            let lines = self.lines.get(on).map_or(&[][..], Vec::as_slice);
            let alike = lines.iter().filter(|have| {
                have.len() == own.len()
                    && have.iter().zip(own).filter(|(a, b)| a != b).all(|(a, b)| rest(a) == rest(b))
            });
            let dests =
                lines.iter().filter(|have| have.get(1).is_some_and(|own| own == "-a")).count();
            let is_more = own.get(1).is_some_and(|own| own == "-a") && dests >= self.servers;
            return if alike.count() > 0 { -20 } else { 0 } + if is_more { 15 } else { 0 };
        }
        if !is_server(on) {
            return 0;
        }
        let mut others =
            self.lines.iter().filter(|(name, _)| *name != on && is_server(name)).peekable();
        if others.peek().is_none() {
            return 0;
        }
        let own = without_name(own);
        let says = |lines: &Vec<Vec<String>>| lines.iter().any(|line| without_name(line) == own);
        if others.any(|(_, lines)| says(lines)) { -25 } else { 12 }
    }

    /// An address that somebody has already is rarely missing elsewhere, but for a VIP.
    fn address(&self, on: &str, addr: Ipv4Addr, is_alone: bool, is_on_lo: bool) -> i32 {
        let owners = self.owners.get(&addr);
        let others = owners.map_or(0, |all| all.iter().filter(|own| *own != on).count());
        let entries = self.case.goal.entries();
        let mut named =
            entries.iter().filter(|own| *own.name.ip() == addr && own.through.is_some());
        let is_vip = named.clone().next().is_some();
        let is_part = named.any(|own| {
            own.through.as_deref() == Some(on) || own.servers.iter().any(|server| server == on)
        });
        let entry = |own: &&crate::scenario::Requests| own.through.as_deref() == Some(on);
        let directs = entries.iter().any(|own| entry(&own));
        let far = |one: Ipv4Addr| u32::from(one) >> 8;
        let is_second = self.owners.iter().any(|(own, hosts)| {
            hosts.contains(on)
                && far(*own) == far(addr)
                && !entries.iter().any(|e| e.name.ip() == own)
        });
        match (is_vip, others) {
            (true, _) if is_part && directs && is_on_lo => 0,
            (true, _) if is_part && is_alone => -30,
            (true, _) if is_part => 10,
            (true, _) => 20,
            // Named by lines, and nobody has it: the more lines, the likelier it is missing.
            (false, 0) => {
                let named = match self.named.get(&addr).copied().unwrap_or_default() {
                    0 => 5,
                    1 => -15,
                    _ => -35,
                };
                named + if is_second { 25 } else { 0 }
            }
            (false, _) => 30,
        }
    }
}

/// What stands behind the address in a word: a port, a mask.
fn rest(word: &str) -> &str {
    word.find([':', '/']).map_or("", |at| &word[at..])
}

/// A line without the name that a server calls itself.
fn without_name(line: &[String]) -> &[String] {
    line.iter().position(|word| word == "--name").map_or(line, |at| &line[..at])
}
