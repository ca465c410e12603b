//! The words of each tool: what its options take, and what stands without an option.

use lvs_engine::Scheduler;

use super::{Around, owned};
use crate::command::options::{Takes, Tool};
use crate::command::{
    NAMES, arp, arping, cat, check, conntrack, curl, ifconfig, ip, iptables, ipvsadm,
};
use crate::command::{
    kill, modprobe, nc, netstat, nstat, ping, serve, ss, sysctl, tcpdump, traceroute,
};
use crate::counters::Counter;

/// The words of a tool that may stand behind these; `word` is what is typed of it.
pub(super) fn words(name: &str, before: &[&str], word: &str, around: &Around) -> Vec<String> {
    let last = before.last().copied().unwrap_or_default();
    match name {
        "ip" => return of_ip(before, word, around),
        "iptables" => return iptables::complete::words(before, word, around),
        _ => {}
    }
    if let Some(words) = of_option(name, last, around) {
        return words;
    }
    if word.starts_with('-') {
        return options(name);
    }
    operands(name, before, word, around)
}

/// What an option takes; nothing to offer if that is a number or the like. None if it takes nothing.
fn of_option(name: &str, option: &str, around: &Around) -> Option<Vec<String>> {
    let ifaces = || around.ifaces.clone();
    let addrs = || around.addrs.clone();
    Some(match (name, option) {
        ("ping" | "arping" | "traceroute", "-I") => [ifaces(), addrs()].concat(),
        ("arp" | "tcpdump", "-i") => ifaces(),
        ("arping" | "nc", "-s") => addrs(),
        ("arp", "-s" | "-d" | "-a") => addrs(),
        ("ipvsadm", "-s" | "--scheduler") => owned(Scheduler::NAMES.iter().copied()),
        ("ipvsadm", "-t" | "--tcp-service" | "-u" | "--udp-service") => addrs(),
        ("ipvsadm", "-r" | "--real-server" | "-z" | "--laddr") => addrs(),
        ("iptables-save", "-t" | "--table") => iptables::complete::tables(),
        ("conntrack", "-p" | "--proto" | "--protonum") => owned(["tcp", "udp", "icmp"]),
        ("conntrack", "--state") => owned(conntrack::STATES),
        ("conntrack", "-o" | "--output") => owned(["extended"]),
        ("conntrack", "-f" | "--family") => owned(["ipv4"]),
        ("conntrack", "-L" | "-D" | "-F" | "-C") => return None,
        ("conntrack", option) if takes(name, option) == Takes::Value => addrs(),
        ("check" | "serve", "--bind") => addrs(),
        (_, option) if takes(name, option) == Takes::Value => Vec::new(),
        _ => return None,
    })
}

/// Whether an option of a tool takes a value.
fn takes(name: &str, option: &str) -> Takes {
    let known = option.starts_with('-').then(|| tool(name)).flatten();
    known.and_then(|tool| tool.find(option)).map_or(Takes::Nothing, |option| option.takes)
}

/// The options of a tool.
fn options(name: &str) -> Vec<String> {
    match name {
        "ifconfig" => owned(["-a", "-s"]),
        "route" => owned(["-n", "-net", "-host"]),
        _ => tool(name).map_or(Vec::new(), |tool| owned(tool.spellings())),
    }
}

/// What stands behind a tool without an option before it.
fn operands(name: &str, before: &[&str], word: &str, around: &Around) -> Vec<String> {
    let last = before.last().copied().unwrap_or_default();
    let addrs = || around.addrs.clone();
    match (name, before) {
        ("sysctl", _) => around.settings.clone(),
        ("cat", _) => {
            let files = owned(cat::FILES);
            files.into_iter().chain(around.settings.iter().map(|key| path(key))).collect()
        }
        ("ping" | "traceroute" | "arping" | "nc" | "arp", _) => addrs(),
        ("curl", _) if word.starts_with('h') => {
            around.addrs.iter().map(|addr| format!("http://{addr}/")).collect()
        }
        ("curl", _) => addrs(),
        ("tcpdump", _) if matches!(last, "host" | "net" | "src" | "dst") => {
            [addrs(), owned(["host", "net", "port"])].concat()
        }
        ("tcpdump", _) => owned(FILTER),
        ("nstat", _) => owned(Counter::ALL.iter().map(|counter| counter.name())),
        ("ss", _) if last == "state" => owned(ss::Ss::state_names()),
        ("ss", _) => owned(["state"]),
        ("kill", _) => owned(PROGRAMS),
        ("help", []) => owned(NAMES.into_iter().filter(|name| *name != ":")),
        ("serve", []) => owned(["http", "tcp", "udp"]),
        ("check", []) => owned(["http", "tcp"]),
        ("check", [_]) => addrs(),
        ("modprobe", _) => modprobe::known(),
        ("bridge", []) => owned(["fdb"]),
        ("bridge", ["fdb"]) => owned(["show"]),
        ("ifconfig", []) => around.ifaces.clone(),
        ("ifconfig", _) => [owned(ifconfig::words()), addrs()].concat(),
        ("route", []) => owned(["add", "del"]),
        ("route", _) if last == "dev" => around.ifaces.clone(),
        ("route", _) if last == "gw" => addrs(),
        ("route", _) => [addrs(), owned(["default", "dev", "gw", "metric", "netmask"])].concat(),
        _ => Vec::new(),
    }
}

/// Words of a capture's filter.
const FILTER: [&str; 13] =
    ["and", "arp", "dst", "ether", "host", "icmp", "ip", "net", "not", "or", "port", "src", "tcp"];
/// Programs that last.
const PROGRAMS: [&str; 9] =
    ["arping", "check", "curl", "nc", "ping", "serve", "sleep", "tcpdump", "traceroute"];

/// The files that `>` may lead to.
pub(super) fn writable(around: &Around) -> Vec<String> {
    let others = owned(["/dev/null", "/etc/sysctl.conf"]);
    others.into_iter().chain(around.settings.iter().map(|key| path(key))).collect()
}

/// The file of a setting.
fn path(key: &str) -> String {
    format!("/proc/sys/{}", sysctl::Key::new(key).path())
}

/// A tool that has a table of options.
fn tool(name: &str) -> Option<&'static Tool> {
    Some(match name {
        "arp" => &arp::ARP,
        "arping" => &arping::ARPING,
        "cat" => &cat::CAT,
        "check" => &check::CHECK,
        "conntrack" => &conntrack::CONNTRACK,
        "curl" => &curl::CURL,
        "ipvsadm" => &ipvsadm::options::IPVSADM,
        "iptables-restore" => &iptables::RESTORE,
        "iptables-save" => &iptables::SAVE,
        "kill" => &kill::KILL,
        "nc" => &nc::NC,
        "netstat" => &netstat::NETSTAT,
        "nstat" => &nstat::NSTAT,
        "ping" => &ping::PING,
        "serve" => &serve::SERVE,
        "ss" => &ss::SS,
        "sysctl" => &sysctl::SYSCTL,
        "tcpdump" => &tcpdump::TCPDUMP,
        "traceroute" => &traceroute::TRACEROUTE,
        _ => return None,
    })
}

/// The actions of `ip`'s objects, and the words that may follow any of them.
#[rustfmt::skip]
const IP: [(&str, &[&str], &[&str]); 6] = [
    ("addr", &["show", "add", "del", "flush"], &["dev", "brd", "label", "scope"]),
    ("link", &["show", "set"], &["dev", "up", "down", "mtu", "address", "arp"]),
    ("route", &["show", "get", "add", "del", "replace", "flush"],
        &["default", "via", "dev", "src", "metric", "mtu", "advmss", "table", "scope", "onlink", "from", "iif", "oif"]),
    ("rule", &["show"], &[]),
    ("neigh", &["show", "add", "del", "replace", "change", "flush"], &["dev", "lladdr", "nud"]),
    ("tunnel", &["show", "add", "del"], &["mode", "local", "remote", "dev", "ttl", "tos", "nopmtudisc"]),
];

fn of_ip(before: &[&str], word: &str, around: &Around) -> Vec<String> {
    let mut words = before.iter().skip_while(|word| word.starts_with('-'));
    let Some(object) = words.next() else {
        return owned(
            if word.starts_with('-') { &ip::SIMULATED[..] } else { &ip::KNOWN[..] }.iter().copied(),
        );
    };
    let found = IP.iter().find(|(name, ..)| name.starts_with(object) || object.starts_with(name));
    let Some((object, actions, keywords)) = found else { return Vec::new() };
    match (*object, words.last()) {
        (_, None) => owned(actions.iter().copied()),
        (_, Some(&("dev" | "iif" | "oif"))) => around.ifaces.clone(),
        (_, Some(&("via" | "src" | "from" | "local" | "remote" | "brd"))) => around.addrs.clone(),
        (_, Some(&("mtu" | "advmss" | "metric" | "ttl" | "lladdr" | "address"))) => Vec::new(),
        ("link", Some(&"arp")) => owned(["on", "off"]),
        ("tunnel", Some(&"mode")) => owned(["ipip"]),
        ("addr" | "route", Some(&"scope")) => owned(["global", "link", "host"]),
        (_, Some(_)) => {
            // Neither a link nor a tunnel is called by an address.
            let addrs = matches!(*object, "addr" | "route" | "neigh").then_some(&around.addrs);
            let named = around.ifaces.iter().chain(addrs.into_iter().flatten());
            named.cloned().chain(owned(keywords.iter().copied())).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::{Command, Word};

    /// No word that is offered for an object of `ip` is one that it has not.
    #[test]
    fn actions_of_ip_exist() {
        for (object, actions, _) in IP {
            for action in actions {
                let words = ["ip", object, action].map(|word| Word::new(word, 0..0));
                let message = Command::parse(&words).err().map(|error| error.message.en);
                let unknown = message.as_ref().is_some_and(|text| {
                    text.contains("is unknown") || text.contains("not simulated")
                });
                assert!(!unknown, "ip {object} {action}: {message:?}");
            }
        }
    }
}
