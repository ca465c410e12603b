//! What can stand at the end of a line that somebody types: names of tools, their options and
//! words, settings, and what the host has: interfaces and addresses.
//!
//! The lists are those of the parsers. A word that is offered need not be the only one that is
//! understood.

use lvs_engine::Scheduler;

use super::options::Tool;
use super::{NAMES, cat, ip, ipvsadm, ss};
use crate::counters::Counter;

/// What the host has that can be named.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Around {
    /// Names of its interfaces.
    pub ifaces: Vec<String>,
    /// Addresses, its own and those of other hosts.
    pub addrs: Vec<String>,
    /// Its settings, with dots.
    pub settings: Vec<String>,
}

/// Where the word begins at which the line ends, and what it can become, in order.
///
/// ```
/// use sim_core::command::complete::{Around, complete};
/// let around = Around { ifaces: vec!["eth0".to_owned()], ..Around::default() };
/// assert_eq!(complete("ip link show e", &around), (13, vec!["eth0".to_owned()]));
/// ```
pub fn complete(line: &str, around: &Around) -> (usize, Vec<String>) {
    let start = line.rfind(|c: char| c.is_whitespace() || ";|&".contains(c)).map_or(0, |at| at + 1);
    let word = &line[start..];
    let begin = line[..start].rfind([';', '|', '&']).map_or(0, |at| at + 1);
    let before: Vec<&str> = line[begin..start].split_whitespace().collect();
    let mut words = match before.split_first() {
        None => owned(NAMES.into_iter().filter(|name| *name != ":")),
        Some((tool, before)) => of_tool(tool, before, word.starts_with('-'), around),
    };
    words.retain(|known| known.starts_with(word) && known != word);
    words.sort();
    words.dedup();
    (start, words)
}

fn owned<'a>(words: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    words.into_iter().map(str::to_owned).collect()
}

/// The words of a tool, after these.
fn of_tool(name: &str, before: &[&str], is_option: bool, around: &Around) -> Vec<String> {
    let last = before.last().copied().unwrap_or_default();
    match (name, last) {
        ("ip", _) => return of_ip(before, is_option, around),
        ("ipvsadm", "-s" | "--scheduler") => return owned(Scheduler::NAMES.iter().copied()),
        ("ss", "state") => return owned(ss::Ss::state_names()),
        _ => {}
    }
    if is_option {
        return tool(name).map_or(Vec::new(), |tool| owned(tool.spellings()));
    }
    match name {
        "sysctl" => around.settings.clone(),
        "cat" => {
            let setting = |key: &String| format!("/proc/sys/{}", slashed(key));
            let files = owned(cat::FILES);
            files.into_iter().chain(around.settings.iter().map(setting)).collect()
        }
        "nstat" => owned(Counter::ALL.iter().map(|counter| counter.name())),
        "ss" => owned(["state"]),
        "kill" => owned(NAMES),
        "serve" => owned(["http", "tcp", "udp"]),
        _ => around.ifaces.iter().chain(&around.addrs).cloned().collect(),
    }
}

/// A key as a path: dots for slashes, but for those of an interface's name.
fn slashed(key: &str) -> String {
    super::sysctl::Key::new(key).path().to_owned()
}

/// A tool that has a table of options.
fn tool(name: &str) -> Option<&'static Tool> {
    Some(match name {
        "arp" => &super::arp::ARP,
        "arping" => &super::arping::ARPING,
        "cat" => &cat::CAT,
        "conntrack" => &super::conntrack::CONNTRACK,
        "curl" => &super::curl::CURL,
        "ipvsadm" => &ipvsadm::options::IPVSADM,
        "kill" => &super::kill::KILL,
        "nc" => &super::nc::NC,
        "netstat" => &super::netstat::NETSTAT,
        "nstat" => &super::nstat::NSTAT,
        "ping" => &super::ping::PING,
        "serve" => &super::serve::SERVE,
        "ss" => &ss::SS,
        "sysctl" => &super::sysctl::SYSCTL,
        "tcpdump" => &super::tcpdump::TCPDUMP,
        "traceroute" => &super::traceroute::TRACEROUTE,
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

fn of_ip(before: &[&str], is_option: bool, around: &Around) -> Vec<String> {
    let mut words = before.iter().skip_while(|word| word.starts_with('-'));
    let Some(object) = words.next() else {
        return if is_option { owned(ip::SIMULATED) } else { owned(ip::KNOWN) };
    };
    let found = IP.iter().find(|(name, ..)| name.starts_with(object) || object.starts_with(name));
    let Some((_, actions, keywords)) = found else { return Vec::new() };
    match words.last() {
        None => owned(actions.iter().copied()),
        Some(&("dev" | "iif" | "oif")) => around.ifaces.clone(),
        Some(&("via" | "src" | "from" | "local" | "remote" | "brd")) => around.addrs.clone(),
        Some(_) => {
            let named = around.ifaces.iter().chain(&around.addrs);
            named.cloned().chain(owned(keywords.iter().copied())).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::{Command, Word};

    fn around() -> Around {
        Around {
            ifaces: owned(["lo", "eth0", "eth1"]),
            addrs: owned(["192.0.2.1", "192.0.2.11"]),
            settings: owned(["net.ipv4.ip_forward", "net.ipv4.vs.conntrack"]),
        }
    }

    #[test]
    #[rustfmt::skip]
    fn offers_what_can_follow() {
        for (line,                            start, offered) in [
            ("ipv",                           0,  "ipvsadm ipvsadm-restore ipvsadm-save"),
            ("ipvsadm",                       0,  "ipvsadm-restore ipvsadm-save"),
            ("true; net",                     6,  "netstat"),
            ("ping -c 1 192.0.2.1 && ss",     23, ""),
            ("ip ",                           3,  "addr link neigh route rule tunnel"),
            ("ip -",                          3,  "-4 -br -j -o -p -s"),
            ("ip -j r",                       6,  "route rule"),
            ("ip addr ",                      8,  "add del flush show"),
            ("ip a s",                        5,  "show"),
            ("ip addr add 192.0.2.7/24 dev ", 29, "eth0 eth1 lo"),
            ("ip route add default via ",     25, "192.0.2.1 192.0.2.11"),
            ("ip route get 192.0.2.11",       13, ""),
            ("ip route get 192.0.2.1",        13, "192.0.2.11"),
            ("ip nope ",                      8,  ""),
            ("ipvsadm -A -t 192.0.2.1:80 -s w", 30, "wlc wrr"),
            ("ipvsadm --zer",                 8,  "--zero"),
            ("sysctl net.ipv4.i",             7,  "net.ipv4.ip_forward"),
            ("sysctl -w net.ipv4.vs.",        10, "net.ipv4.vs.conntrack"),
            ("sysctl --pat",                  7,  "--pattern"),
            ("cat /proc/sys/net/ipv4/i",      4,  "/proc/sys/net/ipv4/ip_forward"),
            ("cat /proc/net/ip_vs_s",         4,  "/proc/net/ip_vs_stats /proc/net/ip_vs_stats_percpu"),
            ("ss -tan state time",            14, "time-wait"),
            ("nstat -as IpOut",               10, "IpOutNoRoutes IpOutRequests"),
            ("tcpdump -i e",                  11, "eth0 eth1"),
            ("nope -",                        5,  ""),
            ("",                              0,  &NAMES.into_iter().filter(|name| *name != ":").collect::<std::collections::BTreeSet<_>>()
                                                      .into_iter().collect::<Vec<_>>().join(" ")),
        ] {
            let (at, words) = complete(line, &around());
            assert_eq!((at, words.join(" ").as_str()), (start, offered), "{line}");
        }
    }

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
