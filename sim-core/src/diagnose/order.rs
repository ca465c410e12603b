//! Which candidates are tried first: those that touch what stands against the request.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use super::case::Case;
use super::clue::Clues;
use crate::goal::commands;
use crate::knobs::{Kind, Knob};
use crate::mutate::first_request;
use crate::scenario::Step;
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
    ("ip.drop.no-protocol",     &[Kind::Link, Kind::Service],              &["tunl0"]),
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

/// What many candidates are weighed by.
pub(super) struct Scale<'a> {
    case: &'a Case,
    clues: &'a Clues,
    /// The commands of each host's lines, as they are printed back, in words.
    lines: BTreeMap<String, Vec<Vec<String>>>,
    /// Which hosts have an address.
    owners: BTreeMap<Ipv4Addr, BTreeSet<String>>,
    failed: BTreeSet<String>,
}

impl<'a> Scale<'a> {
    pub(super) fn new(case: &'a Case, clues: &'a Clues) -> Self {
        let scenario = case.scenario();
        let mut lines: BTreeMap<String, Vec<Vec<String>>> = BTreeMap::new();
        let mut take = |on: &str, line: &str| {
            let own = lines.entry(on.to_owned()).or_default();
            own.extend(commands(line).map(|command| words(&command.to_string())));
        };
        for node in &scenario.nodes {
            node.script().iter().for_each(|line| take(node.name(), &line.value));
        }
        for step in scenario.story.iter().take(first_request(scenario)) {
            if let Step::Do { on, run } = &step.value {
                run.iter().for_each(|line| take(on, &line.value));
            }
        }
        let mut owners: BTreeMap<Ipv4Addr, BTreeSet<String>> = BTreeMap::new();
        for node in &case.world().net.nodes {
            let Some(host) = node.host() else { continue };
            for own in host.fib().ifaces.iter().flat_map(|iface| &iface.addrs) {
                owners.entry(own.local.addr).or_default().insert(node.name.to_string());
            }
        }
        let failed = case.failed().iter().map(|(host, _)| host.clone()).collect();
        Self { case, clues, lines, owners, failed }
    }

    /// The cost of a candidate: what costs least is tried first.
    pub(super) fn cost(&self, knob: &Knob) -> i32 {
        let on = knob.changes.iter().find_map(|change| match change {
            Change::Type { on, .. } => Some(on.as_str()),
            _ => None,
        });
        let mut cost = 10 * knob.changes.len() as i32;
        cost += match knob.kind {
            Kind::Sibling => -40,
            Kind::Cable | Kind::Power => -60,
            Kind::Neighbour => 50,
            Kind::Rule => 10,
            _ => 0,
        };
        if let Some(on) = on {
            cost += self.place(on, knob);
        }
        if knob.about.is_some() {
            cost -= 8;
        }
        for change in &knob.changes {
            if let Change::Type { on, line } = change {
                cost += self.line(on, line);
            }
        }
        cost
    }

    /// How near the host is to what went wrong.
    fn place(&self, on: &str, knob: &Knob) -> i32 {
        let net = &self.case.world().net;
        let Some(node) = net.node_by_name(on) else { return 0 };
        let mut cost = 0;
        let clues = || self.clues.against.iter().filter(|clue| clue.node == node);
        let last = self.clues.against.last().map(|clue| clue.node);
        if last == Some(node) || self.clues.usurper == Some(node) {
            cost -= 30;
        } else if clues().next().is_some() {
            cost -= 20;
        } else if self.clues.way.contains(&node) {
            cost -= 10;
        }
        if self.failed.contains(on) {
            cost -= 25;
        }
        let text: String = knob.changes.iter().map(|change| format!("{change} ")).collect();
        let mut best = 0;
        for clue in clues() {
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
        if self.clues.usurper == Some(node) && text.contains("all.arp_ignore=1") {
            best = best.min(-50);
        }
        cost + best
    }

    /// What a line itself tells: near to one that is there, as a slip is; or a way round.
    fn line(&self, on: &str, line: &str) -> i32 {
        let mut cost = 0;
        for (word, more) in [
            ("proxy_arp", 30), ("net.ipv4.neigh", 50), ("flush cache", 40), ("-I ", 30),
            ("MASQUERADE", 15), ("ipvsadm -E", 20), ("ip addr del", 5), ("ip route del", 10),
            ("promote_secondaries", 30), ("conf.lo.", 30), ("ip_default_ttl", 30),
            ("icmp_", 25), ("drop_gratuitous", 30), ("route_localnet", 25), ("shared_media", 25),
        ] {
            if line.contains(word) {
                cost += more;
            }
        }
        let own = words(line);
        let is_host_route = own.get(..2) == Some(&["ip".to_owned(), "route".to_owned()])
            && own.get(3).is_some_and(|to| to != "default");
        if is_host_route {
            cost += 15;
        }
        if let ["ip", "addr", "add", addr, ..] = own.iter().map(String::as_str).collect::<Vec<_>>()[..]
            && let Some(addr) = addr.split('/').next().and_then(|addr| addr.parse().ok())
        {
            cost += self.address(on, addr);
        }
        let lines = self.lines.get(on).map_or(&[][..], Vec::as_slice);
        let nearest = lines.iter().filter_map(|have| distance(have, &own)).min();
        cost + nearest.map_or(0, |far| -30 + 6 * far.min(5) as i32)
    }

    /// An address that somebody has already is rarely missing elsewhere, but for a VIP.
    fn address(&self, on: &str, addr: Ipv4Addr) -> i32 {
        let owners = self.owners.get(&addr);
        let others = owners.map_or(0, |all| all.iter().filter(|own| *own != on).count());
        let entries = self.case.goal.entries();
        let mut named = entries.iter().filter(|own| *own.name.ip() == addr && own.through.is_some());
        let is_vip = named.clone().next().is_some();
        let is_part = named.any(|own| {
            own.through.as_deref() == Some(on) || own.servers.iter().any(|server| server == on)
        });
        match (is_vip, others) {
            (true, _) if is_part => -20,
            (true, _) => 20,
            (false, 0) => -10,
            (false, _) => 30,
        }
    }
}

/// The words of a command, such that two ways to say the same are the same words.
pub(super) fn words(line: &str) -> Vec<String> {
    let same = |word: &str| match word {
        "-e" => "-a".to_owned(),
        "-E" => "-A".to_owned(),
        "replace" => "add".to_owned(),
        "&" => String::new(),
        word => word.to_owned(),
    };
    line.split_whitespace().map(same).filter(|word| !word.is_empty()).collect()
}

/// How many letters differ, if the two differ in one word only.
pub(super) fn distance(one: &[String], other: &[String]) -> Option<usize> {
    if one.len() != other.len() || one.first() != other.first() {
        return None;
    }
    let mut differing = one.iter().zip(other).filter(|(a, b)| a != b);
    let (a, b) = differing.next()?;
    differing.next().is_none().then(|| letters(a, b))
}

/// Levenshtein's distance.
fn letters(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (at, c) in one.chars().enumerate() {
        let mut before = row[0];
        row[0] = at + 1;
        for (col, d) in other.iter().enumerate() {
            let replaced = before + usize::from(c != *d);
            before = row[col + 1];
            row[col + 1] = replaced.min(row[col] + 1).min(before + 1);
        }
    }
    row[other.len()]
}
