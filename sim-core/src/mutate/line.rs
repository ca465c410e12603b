//! The mistakes that people make in one line.

use std::net::Ipv4Addr;

use super::Class;
use crate::scenario::{Node, Scenario};

/// What of a scenario the mistakes of a line depend on.
pub(super) struct Known {
    /// The addresses that lines give to hosts, with the host.
    addrs: Vec<(String, Ipv4Addr)>,
    /// The hosts with the names of their cards.
    nics: Vec<(String, Vec<String>)>,
}

impl Known {
    pub(super) fn of(scenario: &Scenario) -> Self {
        let mut known = Self { addrs: Vec::new(), nics: Vec::new() };
        for node in &scenario.nodes {
            let Node::Host { name, nics, setup, .. } = &node.value else { continue };
            let cards = nics.iter().map(|nic| nic.iface.clone()).collect();
            known.nics.push((name.clone(), cards));
            for line in setup {
                let words: Vec<&str> = line.value.split_whitespace().collect();
                if let ["ip", "addr" | "address", "add", addr, ..] | ["ifconfig", _, addr, ..] =
                    words[..]
                    && let Ok(addr) = addr.split('/').next().unwrap_or(addr).parse()
                {
                    known.addrs.push((name.clone(), addr));
                }
            }
        }
        known
    }

    /// Other hosts' addresses in the /24 of this one.
    fn neighbours(&self, on: &str, of: Ipv4Addr) -> impl Iterator<Item = Ipv4Addr> {
        let net = |addr: Ipv4Addr| u32::from(addr) >> 8;
        let near = self
            .addrs
            .iter()
            .filter(move |(host, addr)| host != on && *addr != of && net(*addr) == net(of));
        near.map(|(_, addr)| *addr)
    }
}

/// The class of each mistake, and the line with it; empty: the line is left out.
pub(super) fn mistakes(
    line: &str,
    on: &str,
    is_serve: bool,
    known: &Known,
) -> Vec<(Class, String)> {
    let mut found = vec![(Class::Dropped, String::new())];
    let words = Words::of(line);
    let tool = words.text(0).trim_start_matches("sudo");
    for at in 0..words.0.len() {
        let word = words.text(at);
        let before = at.checked_sub(1).map_or("", |before| words.text(before));
        let mut wrong = Vec::new();
        if is_serve {
            if at == 1
                && let Ok(port) = word.parse::<u16>()
            {
                wrong.push((Class::Port, wrong_port(port).to_string()));
            }
        } else {
            wrong.extend(wrong_addresses(word, before, on, known));
            wrong.extend(wrong_ends(word, before, tool));
            wrong.extend(wrong_options(word, before, on, &words, known));
            let settings = wrong_settings(word, tool, before).into_iter();
            wrong.extend(settings.map(|now| (Class::Setting, now)));
        }
        found.extend(wrong.into_iter().map(|(class, now)| (class, words.with(line, at, &now))));
    }
    found.dedup();
    found
}

/// An address, a gateway or a dotted mask that is wrong.
fn wrong_addresses(word: &str, before: &str, on: &str, known: &Known) -> Vec<(Class, String)> {
    let Some((addr, rest)) = leading_address(word) else { return Vec::new() };
    let mut wrong = Vec::new();
    let mut put = |class, now: String| wrong.push((class, now));
    if matches!(before, "via" | "gw") {
        put(Class::Gateway, format!("{}{rest}", plus(addr, 1)));
        for other in known.neighbours(on, addr).take(3) {
            put(Class::Gateway, format!("{other}{rest}"));
        }
    } else if before == "netmask" {
        let masks = [Ipv4Addr::new(255, 255, 255, 0), Ipv4Addr::new(255, 255, 255, 255)];
        for mask in masks.into_iter().filter(|mask| *mask != addr) {
            put(Class::Mask, mask.to_string());
        }
    } else if before != "broadcast" {
        // One key beside the right one, and the slip of the seed: 172.16 and 172.17.
        put(Class::Address, format!("{}{rest}", plus(addr, 1)));
        put(Class::Address, format!("{}{rest}", plus(addr, 1 << 16)));
    }
    wrong
}

/// What stands behind an address, and is wrong: a mask, a port.
fn wrong_ends(word: &str, before: &str, tool: &str) -> Vec<(Class, String)> {
    let mut wrong = Vec::new();
    let slash = word.rsplit_once('/').and_then(|(addr, len)| Some((addr, len.parse().ok()?)));
    if let Some((addr, len)) = slash
        && matches!(tool, "ip" | "iptables")
    {
        let masks = wrong_masks(len).into_iter();
        wrong.extend(masks.map(|other| (Class::Mask, format!("{addr}/{other}"))));
    }
    let colon = word.rsplit_once(':').and_then(|(addr, port)| Some((addr, port.parse().ok()?)));
    if let Some((addr, port)) = colon
        && tool == "ipvsadm"
    {
        wrong.push((Class::Port, format!("{addr}:{}", wrong_port(port))));
    }
    if matches!(before, "--dport" | "--sport" | "--dports")
        && let Ok(port) = word.parse()
    {
        wrong.push((Class::Port, wrong_port(port).to_string()));
    }
    wrong
}

/// An interface, a weight, a method or an MTU that is wrong.
fn wrong_options(
    word: &str,
    before: &str,
    on: &str,
    words: &Words,
    known: &Known,
) -> Vec<(Class, String)> {
    let tool = words.text(0).trim_start_matches("sudo");
    let mut wrong = Vec::new();
    if tool == "ip" && before == "dev" {
        let cards = known.nics.iter().find(|(host, _)| host == on).map(|(_, nics)| nics);
        let lo = ["lo".to_owned()];
        for other in cards.into_iter().flatten().chain(&lo).filter(|own| *own != word) {
            wrong.push((Class::Interface, other.clone()));
        }
    }
    if tool == "ipvsadm"
        && before == "-w"
        && let Ok(weight) = word.parse::<u32>()
    {
        for other in [0, weight.saturating_mul(10)].into_iter().filter(|own| *own != weight) {
            wrong.push((Class::Weight, other.to_string()));
        }
    }
    if tool == "ipvsadm" && words.has("-r") && matches!(word, "-g" | "-m" | "-i") {
        for other in ["-g", "-m", "-i"].into_iter().filter(|own| *own != word) {
            wrong.push((Class::Method, other.into()));
        }
    }
    if before == "mtu"
        && let Ok(mtu) = word.parse::<u16>()
    {
        for other in super::LOW_MTUS.into_iter().filter(|own| *own < mtu) {
            wrong.push((Class::Mtu, other.to_string()));
        }
    }
    wrong
}

/// A setting that is wrong: another value, or in a folder that does not count.
fn wrong_settings(word: &str, tool: &str, before: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    let values = |value: &str| -> Vec<u32> {
        let own: Option<u32> = value.trim_matches('"').parse().ok();
        let all = [0, 1, 2].into_iter().filter(|other| Some(*other) != own);
        own.filter(|own| *own <= 2).map_or(Vec::new(), |_| all.collect())
    };
    let moved = |key: &str, dots: char| -> Vec<String> {
        let names = ["all", "lo", "default", "eth0"];
        let part = |name: &str| format!("{dots}conf{dots}{name}{dots}");
        let own = names.iter().find(|name| key.contains(&part(name)));
        let others =
            own.map_or(&[][..], |own| if *own == "all" { &["lo", "default"] } else { &["all"] });
        others.iter().map(|to| key.replace(&part(own.unwrap_or(&"")), &part(to))).collect()
    };
    if let Some((key, value)) = word.split_once('=').filter(|(key, _)| key.starts_with("net.")) {
        wrong.extend(values(value).iter().map(|other| format!("{key}={other}")));
        wrong.extend(moved(key, '.').iter().map(|key| format!("{key}={value}")));
    }
    if tool == "echo" && before == "echo" {
        wrong.extend(values(word).iter().map(ToString::to_string));
    }
    if word.contains("/proc/sys/net") {
        wrong.extend(moved(word, '/'));
    }
    wrong
}

/// Masks that are taken for this one.
fn wrong_masks(len: u8) -> Vec<u8> {
    let all = match len {
        24 => [16, 25, 32],
        32 => [24, 24, 31],
        _ => [24, 32, 16],
    };
    let mut masks: Vec<u8> = all.into_iter().filter(|own| *own != len).collect();
    masks.dedup();
    masks
}

/// The port that comes to mind instead.
fn wrong_port(port: u16) -> u16 {
    match port {
        80 => 8080,
        8080 => 80,
        0 => 80,
        port => port.wrapping_add(1).max(1),
    }
}

fn plus(addr: Ipv4Addr, more: u32) -> Ipv4Addr {
    Ipv4Addr::from(u32::from(addr).wrapping_add(more))
}

/// The address that a word begins with, and what stands behind it: `/24`, `:80`.
fn leading_address(word: &str) -> Option<(Ipv4Addr, &str)> {
    let end = word.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(word.len());
    let (addr, rest) = word.split_at(end);
    Some((addr.parse().ok()?, rest))
}

/// The words of a line, as they stand between blanks.
struct Words(Vec<(usize, String)>);

impl Words {
    fn of(line: &str) -> Self {
        let mut words = Vec::new();
        let mut start = None;
        for (at, c) in line.char_indices().chain([(line.len(), ' ')]) {
            match (start, c.is_whitespace() || c == ';') {
                (None, false) => start = Some(at),
                (Some(from), true) => {
                    words.push((from, line[from..at].to_owned()));
                    start = None;
                }
                _ => {}
            }
        }
        Self(words)
    }

    fn text(&self, at: usize) -> &str {
        &self.0[at].1
    }

    fn has(&self, word: &str) -> bool {
        self.0.iter().any(|(_, own)| own == word)
    }

    /// The line with another word there.
    fn with(&self, line: &str, at: usize, now: &str) -> String {
        let (start, was) = &self.0[at];
        format!("{}{now}{}", &line[..*start], &line[start + was.len()..])
    }
}
