//! What can stand at the end of a line that somebody types: names of tools, their options and
//! words, settings, and what the host has: interfaces and addresses.
//!
//! The lists are those of the parsers. A word that is offered need not be the only one that is
//! understood.

mod tools;

use super::NAMES;

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
    let ends = |c: char| c.is_whitespace() || ";|&>".contains(c);
    let start = line.rfind(ends).map_or(0, |at| at + 1);
    let word = &line[start..];
    let begin = line[..start].rfind([';', '|', '&']).map_or(0, |at| at + 1);
    let before: Vec<&str> = line[begin..start].split_whitespace().collect();
    let mut words = match command(&before) {
        _ if line[..start].trim_end().ends_with('>') => tools::writable(around),
        [] => owned(NAMES.into_iter().chain(["help"]).filter(|name| *name != ":")),
        [tool, before @ ..] => {
            // With or without its folder.
            let name = tool.rsplit('/').next().unwrap_or(tool);
            tools::words(name, before, word, around)
        }
    };
    words.retain(|known| known.starts_with(word) && known != word);
    words.sort();
    words.dedup();
    (start, by_segment(word, words))
}

/// A tool and the words behind it: without what may stand before a command.
fn command<'w>(words: &'w [&'w str]) -> &'w [&'w str] {
    let is_before = |word: &&&str| {
        let is_set = word.split_once('=').is_some_and(|(name, _)| {
            !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        });
        is_set || matches!(**word, "do" | "sudo")
    };
    &words[words.iter().take_while(is_before).count()..]
}

/// Paths and keys of settings: first the folders, as long as there are several. So many words at
/// once would be of no use.
fn by_segment(word: &str, words: Vec<String>) -> Vec<String> {
    let separator = match words.first() {
        Some(first) if first.starts_with('/') => '/',
        Some(first) if first.starts_with("net.") => '.',
        _ => return words,
    };
    let mut from = word.len();
    while words.len() > 1 {
        let end = |text: &str| text[from..].find(separator).map_or(text.len(), |at| from + at + 1);
        let mut cut: Vec<String> = words.iter().map(|text| text[..end(text)].to_owned()).collect();
        cut.dedup();
        match cut.as_slice() {
            [only] => from = only.len(),
            _ => return cut,
        }
    }
    words
}

fn owned<'a>(words: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    words.into_iter().map(str::to_owned).collect()
}

/// What `help` tells of a command: its words, and its options.
pub fn usage(name: &str) -> Option<[Vec<String>; 2]> {
    let is_known = NAMES.contains(&name) && name != ":";
    let nothing = Around::default();
    is_known.then(|| ["", "-"].map(|word| tools::words(name, &[], word, &nothing)))
}

#[cfg(test)]
mod tests {
    use super::*;

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
            ("sudo /sbin/ip ro",              14, "route"),
            ("for i in 1 2; do ip a",         20, "addr"),
            ("vip=1.2.3.4 ip a",              15, "addr"),
            ("help ipvs",                     5,  "ipvsadm ipvsadm-restore ipvsadm-save"),
            ("ip link set ",                  12, "address arp dev down eth0 eth1 lo mtu up"),
            ("ip link set eth0 mtu ",         21, ""),
            ("ip tunnel add t0 mode ",        22, "ipip"),
            ("ipvsadm -A -t ",                14, "192.0.2.1 192.0.2.11"),
            ("ipvsadm --set ",                14, ""),
            ("iptables -t ",                  12, "filter mangle nat raw"),
            ("iptables -t nat -A P",          19, "POSTROUTING PREROUTING"),
            ("iptables -nL ",                 13, "FORWARD INPUT OUTPUT"),
            ("iptables -P INPUT ",            18, "ACCEPT DROP"),
            ("iptables -A INPUT -i ",         21, "eth0 eth1 lo"),
            ("iptables -A INPUT -j RE",       21, "REDIRECT REJECT RETURN"),
            ("iptables -A INPUT -m ipvs --v", 26, "--vaddr --vdir --vmethod --vport --vproto"),
            ("conntrack -L -p tcp --state F", 28, "FIN_WAIT"),
            ("curl h",                        5,  "http://192.0.2.1/ http://192.0.2.11/"),
            ("ping -c ",                      8,  ""),
            ("ping -I ",                      8,  "192.0.2.1 192.0.2.11 eth0 eth1 lo"),
            ("modprobe ip_vs_w",              9,  "ip_vs_wlc ip_vs_wrr"),
            ("check http ",                   11, "192.0.2.1 192.0.2.11"),
            ("check --w",                     6,  "--weight-0"),
            ("route add -net 192.0.2.0 dev ", 29, "eth0 eth1 lo"),
            ("ifconfig ",                     9,  "eth0 eth1 lo"),
            ("echo 1 >/proc/sys/net/ipv4/i",  8,  "/proc/sys/net/ipv4/ip_forward"),
            ("echo 1 > /d",                   9,  "/dev/null"),
            ("sysctl ",                       7,  "net.ipv4.ip_forward net.ipv4.vs."),
            ("cat /",                         4,  "/etc/ /proc/"),
            ("cat /proc/",                    4,  "/proc/net/ /proc/sys/"),
            ("hostname ",                     9,  ""),
            ("sysctl net.ipv4.i",             7,  "net.ipv4.ip_forward"),
            ("sysctl -w net.ipv4.vs.",        10, "net.ipv4.vs.conntrack"),
            ("sysctl --pat",                  7,  "--pattern"),
            ("cat /proc/sys/net/ipv4/i",      4,  "/proc/sys/net/ipv4/ip_forward"),
            ("cat /proc/net/ip_vs_s",         4,  "/proc/net/ip_vs_stats /proc/net/ip_vs_stats_percpu"),
            ("ss -tan state time",            14, "time-wait"),
            ("nstat -as IpOut",               10, "IpOutNoRoutes IpOutRequests"),
            ("tcpdump -i e",                  11, "eth0 eth1"),
            ("nope -",                        5,  ""),
            ("nope ",                         5,  ""),
            ("",                              0,  &NAMES.into_iter().chain(["help"]).filter(|name| *name != ":").collect::<std::collections::BTreeSet<_>>()
                                                      .into_iter().collect::<Vec<_>>().join(" ")),
        ] {
            let (at, words) = complete(line, &around());
            assert_eq!((at, words.join(" ").as_str()), (start, offered), "{line}");
        }
    }
}
