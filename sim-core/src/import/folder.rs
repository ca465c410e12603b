//! What was brought, sorted: which host a file is of, and what it is.
//!
//! What a file is, its content tells, whatever it is called; its name is asked only where the
//! content could be anything, as `[]` could, or nothing that we know.

use std::collections::{BTreeMap, BTreeSet};

use super::told::Told;
use super::{Dump, Place};
use crate::text;
use crate::text::Text;

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum What {
    /// `ip -j addr`, `ip addr`.
    Addrs,
    /// `ip -j route`, `ip route`.
    Routes,
    /// `ip -j neigh`, `ip neigh`.
    Neighbours,
    /// `sysctl -a`, `/etc/sysctl.conf`.
    Settings,
    /// `iptables-save`.
    Rules,
    /// `ipvsadm -S -n`.
    Services,
    /// `ipvsadm -L --timeout`.
    Timeouts,
    /// `keepalived.conf`.
    Keepalived,
}

/// The files of each host, and what says how they are cabled.
#[derive(Debug, Default)]
pub(super) struct Folder<'a> {
    pub(super) hosts: Vec<Host<'a>>,
    pub(super) links: Option<&'a Dump>,
}

/// The files of one host.
#[derive(Debug)]
pub(super) struct Host<'a> {
    /// The node's name.
    pub(super) name: String,
    /// Its files, in the order of what they are and then of their paths.
    pub(super) files: Vec<(What, &'a Dump)>,
}

/// The file that overrides guesses.
const LINKS: &str = "links.ron";

/// Sorts what was brought.
///
/// # Errors
/// When there is nothing of any host in it.
pub(super) fn sort<'a>(dumps: &'a [Dump], told: &mut Told) -> Result<Folder<'a>, Text> {
    let mut folder = Folder::default();
    let mut hosts: BTreeMap<&str, Vec<(What, &Dump)>> = BTreeMap::new();
    let is_flat = dumps.iter().all(|dump| !dump.path.contains('/'));
    let mut dumps: Vec<&Dump> = dumps.iter().collect();
    dumps.sort_by(|one, other| one.path.cmp(&other.path));
    for dump in dumps {
        let place = Place { file: dump.path.clone(), line: 0 };
        if dump.path == LINKS {
            folder.links = Some(dump);
            continue;
        }
        let (host, name) = match dump.path.split_once('/') {
            Some((host, path)) => (host, path.rsplit('/').next().unwrap_or(path)),
            None if is_flat => ("", dump.path.as_str()),
            None => {
                let text = text!(
                    "of no host: only links.ron stands beside the hosts' folders; \
                     move it into the folder of its host",
                    "不属于任何主机：主机文件夹旁边只能有 links.ron；请移进其主机的文件夹"
                );
                told.unknown(&place, text);
                continue;
            }
        };
        match recognise(name, &dump.text) {
            Ok(what) => hosts.entry(host).or_default().push((what, dump)),
            Err(Other::Unknown) => told.unknown(&place, unrecognised()),
            Err(Other::Known(text)) => told.wrong(&place, text),
            Err(Other::Ipv6) => told.without(&place, text!("IPv6", "IPv6")),
        }
    }
    if hosts.is_empty() {
        let Text { en, zh } = unrecognised();
        return Err(text!("nothing of any host here; {en}", "这里没有任何主机的文件；{zh}"));
    }
    let mut taken = BTreeSet::new();
    for (host, mut files) in hosts {
        files.sort_by_key(|(what, _)| *what);
        let name = node_name(host, &mut taken, told);
        folder.hosts.push(Host { name, files });
    }
    Ok(folder)
}

fn unrecognised() -> Text {
    text!(
        "not recognised; known in HOST/FILE: ip -j addr, ip -j route, ip -j neigh, sysctl -a, \
         iptables-save, ipvsadm -S -n, keepalived.conf",
        "无法识别；HOST/FILE 中可用：ip -j addr、ip -j route、ip -j neigh、sysctl -a、\
         iptables-save、ipvsadm -S -n、keepalived.conf"
    )
}

/// The name of a node: letters, digits, `-` and `_`.
fn node_name(folder: &str, taken: &mut BTreeSet<String>, told: &mut Told) -> String {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let mut name: String = folder.chars().map(|c| if fits(c) { c } else { '-' }).collect();
    name.truncate(50);
    let name = match name.trim_start_matches('-') {
        "" => "host",
        name => name,
    };
    let numbered = (2..).map(|number| format!("{name}-{number}"));
    let mut names = std::iter::once(name.to_owned()).chain(numbered);
    let name = names.find(|name| !taken.contains(name)).expect("the numbers do not end");
    taken.insert(name.clone());
    if name != folder {
        let text = match folder {
            "" => text!(
                "no folders of hosts: all files are taken to be of one host, `{name}`",
                "没有主机文件夹：所有文件都当作一台主机 `{name}` 的"
            ),
            _ => text!("`{folder}` is called `{name}` here", "`{folder}` 在这里叫 `{name}`"),
        };
        told.guess(&Place::default(), text);
    }
    name
}

/// What a file is that is not read.
enum Other {
    Unknown,
    Ipv6,
    /// Something that is known, and what to bring in its place.
    Known(Text),
}

fn recognise(name: &str, text: &str) -> Result<What, Other> {
    let name = name.to_ascii_lowercase();
    if name.starts_with("ip6tables") || text.starts_with("# Generated by ip6tables-save") {
        return Err(Other::Ipv6);
    }
    match (by_content(text), near(text)) {
        (Some(what), _) => Ok(what),
        (None, Some(other)) => Err(Other::Known(other)),
        (None, None) => by_name(&name).ok_or(Other::Unknown),
    }
}

/// Blocks and words by which a `keepalived.conf` is known.
const KEEPALIVED: [&str; 9] = [
    "vrrp_instance",
    "virtual_server",
    "virtual_server_group",
    "global_defs",
    "vrrp_script",
    "vrrp_sync_group",
    "static_ipaddress",
    "static_routes",
    "local_address_group",
];

/// The first names below `/proc/sys`.
const SYS: [&str; 10] =
    ["net", "kernel", "vm", "fs", "dev", "abi", "user", "debug", "crypto", "sunrpc"];

fn by_content(text: &str) -> Option<What> {
    let start = text.trim_start();
    if start.starts_with(['[', '{']) {
        let has = |key: &str| text.contains(&format!("\"{key}\""));
        return match () {
            () if has("ifname") || has("addr_info") => Some(What::Addrs),
            () if !has("dst") => None,
            () if has("lladdr") || has("state") && !has("flags") => Some(What::Neighbours),
            () => Some(What::Routes),
        };
    }
    let lines = || text.lines().map(str::trim_end).filter(|line| !line.is_empty());
    if lines().any(|line| matches!(line, "*filter" | "*nat" | "*mangle" | "*raw" | "*security")) {
        return Some(What::Rules);
    }
    let first = |line: &str| line.split_whitespace().next().unwrap_or_default().to_owned();
    if lines().any(|line| KEEPALIVED.contains(&first(line.trim_start()).trim_end_matches('{'))) {
        return Some(What::Keepalived);
    }
    if lines().any(is_service) {
        return Some(What::Services);
    }
    if lines().any(|line| line.starts_with(super::ipvs::TIMEOUTS)) {
        return Some(What::Timeouts);
    }
    if lines().any(is_setting) {
        return Some(What::Settings);
    }
    lines().find_map(listed)
}

/// `-A -t …`, with or without `ipvsadm` before it.
fn is_service(line: &str) -> bool {
    let words: Vec<&str> = line.split_whitespace().collect();
    let words = match words.as_slice() {
        ["ipvsadm", rest @ ..] => rest,
        words => words,
    };
    let is = |word: &&str, all: &[&str]| all.contains(word);
    let verbs = ["-A", "-a", "--add-service", "--add-server", "-P"];
    let what = ["-t", "-u", "-f", "--tcp-service", "--udp-service", "--fwmark-service"];
    matches!(words, [verb, kind, ..] if is(verb, &verbs) && is(kind, &what))
}

/// `net.ipv4.ip_forward = 1`.
fn is_setting(line: &str) -> bool {
    let Some((key, _)) = line.split_once('=') else { return false };
    let key = key.trim().trim_start_matches('-');
    let fits = |c: char| c.is_ascii_alphanumeric() || "._/-*:@".contains(c);
    let top = key.split(['.', '/']).next().unwrap_or_default();
    key.len() > top.len() && SYS.contains(&top) && key.chars().all(fits)
}

/// A line of one of `ip`'s listings.
fn listed(line: &str) -> Option<What> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let is_addr = |word: &str| {
        let addr = word.split('/').next().unwrap_or_default();
        addr.parse::<std::net::Ipv4Addr>().is_ok()
    };
    match words.as_slice() {
        [index, name, flags, ..]
            if index.strip_suffix(':').is_some_and(|n| n.parse::<u32>().is_ok())
                && name.ends_with(':')
                && flags.starts_with('<') =>
        {
            Some(What::Addrs)
        }
        [dst, "dev", _, rest @ ..] if is_addr(dst) && is_neighbour(rest) => Some(What::Neighbours),
        ["default", "via" | "dev" | "proto" | "nhid", ..] => Some(What::Routes),
        ["unreachable" | "blackhole" | "prohibit" | "local" | "broadcast", dst, ..]
            if is_addr(dst) =>
        {
            Some(What::Routes)
        }
        [dst, "via" | "dev", ..] if is_addr(dst) => Some(What::Routes),
        _ => None,
    }
}

/// What stands behind the device of a neighbour: its state comes last.
fn is_neighbour(words: &[&str]) -> bool {
    let states =
        ["REACHABLE", "STALE", "DELAY", "PROBE", "FAILED", "INCOMPLETE", "NOARP", "PERMANENT"];
    words.contains(&"lladdr") || words.last().is_some_and(|last| states.contains(last))
}

fn by_name(name: &str) -> Option<What> {
    let table = [
        ("ipvs", What::Services),
        ("keepalived", What::Keepalived),
        ("sysctl", What::Settings),
        ("iptables", What::Rules),
        ("rules", What::Rules),
        ("addr", What::Addrs),
        ("route", What::Routes),
        ("neigh", What::Neighbours),
    ];
    table.into_iter().find(|(part, _)| name.contains(part)).map(|(_, what)| what)
}

/// What many bring in place of what can be read.
fn near(text: &str) -> Option<Text> {
    let start = text.trim_start();
    Some(match () {
        () if start.starts_with("table ") => text!(
            "rules of nft; bring those of `iptables-save`",
            "这是 nft 的规则；请改用 `iptables-save` 的输出"
        ),
        () if start.starts_with("Chain ") => text!(
            "a listing of `iptables -L`; bring the output of `iptables-save`",
            "这是 `iptables -L` 的列表；请改用 `iptables-save` 的输出"
        ),
        () if start.starts_with("IP Virtual Server") => text!(
            "a listing of `ipvsadm -L`; bring the output of `ipvsadm -S -n`",
            "这是 `ipvsadm -L` 的列表；请改用 `ipvsadm -S -n` 的输出"
        ),
        () if start.starts_with("Kernel IP routing table") => text!(
            "a listing of `route`; bring the output of `ip -j route`",
            "这是 `route` 的列表；请改用 `ip -j route` 的输出"
        ),
        () => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[rustfmt::skip]
    fn knows_a_file_by_what_is_in_it() {
        for (name, text, what) in [
            ("a",            r#"[{"ifindex":1,"ifname":"lo","addr_info":[]}]"#,     Some(What::Addrs)),
            ("a",            r#"[{"dst":"default","gateway":"10.0.0.1","flags":[]}]"#, Some(What::Routes)),
            ("a",            r#"[{"dst":"10.0.0.1","dev":"eth0","state":["STALE"]}]"#, Some(What::Neighbours)),
            ("neigh.json",   "[]",                                                  Some(What::Neighbours)),
            ("x.json",       "[]",                                                  None),
            ("addr.json",    "*nat\nCOMMIT\n",                                      Some(What::Rules)),
            ("a",            "-A -t 10.0.0.1:80 -s rr\n",                           Some(What::Services)),
            ("a",            "ipvsadm -A -u 10.0.0.1:53 -s rr\n",                   Some(What::Services)),
            ("ipvsadm-t",    "Timeout (tcp tcpfin udp): 900 120 300\n",             Some(What::Timeouts)),
            ("ipvsadm.save", "",                                                    Some(What::Services)),
            ("a",            "# mine\nvrrp_instance V {\n}\n",                      Some(What::Keepalived)),
            ("a",            "virtual_server 10.0.0.1 80\n{\n}\n",                  Some(What::Keepalived)),
            ("a",            "net.ipv4.ip_forward = 1\n",                           Some(What::Settings)),
            ("a",            "; mine\n-net/ipv4/ip_forward=1\n",                    Some(What::Settings)),
            ("a",            "1: lo: <LOOPBACK,UP> mtu 65536\n",                    Some(What::Addrs)),
            ("a",            "default via 10.0.0.1 dev eth0\n",                     Some(What::Routes)),
            ("a",            "10.0.0.0/24 dev eth0 proto kernel scope link\n",      Some(What::Routes)),
            ("a",            "10.0.0.1 dev eth0 lladdr 02:00:00:00:00:01 STALE\n",  Some(What::Neighbours)),
            ("a",            "10.0.0.1 dev eth0 FAILED\n",                          Some(What::Neighbours)),
            ("notes.txt",    "call Ann about rack = 7\n",                           None),
            ("a",            "IP Virtual Server version 1.2.1 (size=4096)\n",       None),
            ("a",            "table ip filter {\n}\n",                              None),
            ("ip6tables",    "*filter\nCOMMIT\n",                                   None),
        ] {
            assert_eq!(recognise(name, text).ok(), what, "{name}: {text}");
        }
    }
}
