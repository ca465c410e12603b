//! Interfaces and their addresses: `ip -j addr`, `ip addr`.

use std::net::Ipv4Addr;

use serde_json::{Map, Value, json};

use super::{Object, lines, objects, word, words};
use crate::import::told::Told;
use crate::import::{Dump, Place};
use crate::text;
use crate::{Mac, Prefix};

/// An interface as it is to be made again.
#[derive(Clone, Debug)]
pub(in crate::import) struct Iface {
    pub(in crate::import) name: String,
    pub(in crate::import) kind: IfaceKind,
    pub(in crate::import) mac: Option<Mac>,
    /// Absent: as it is made.
    pub(in crate::import) mtu: Option<u32>,
    pub(in crate::import) up: bool,
    /// Whether a cable is in it; nobody knows without a dump, and then there is one.
    pub(in crate::import) carrier: bool,
    /// `-arp`.
    pub(in crate::import) noarp: bool,
    pub(in crate::import) addrs: Vec<Addr>,
    pub(in crate::import) place: Place,
}

/// What an interface is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::import) enum IfaceKind {
    /// An Ethernet card, or what stands for one: a bond, a VLAN, a bridge.
    Card,
    Loopback,
    /// IPIP.
    Tunnel {
        local: Option<Ipv4Addr>,
        remote: Option<Ipv4Addr>,
        dev: Option<String>,
    },
    Dummy,
}

/// An address of an interface.
#[derive(Clone, Debug)]
pub(in crate::import) struct Addr {
    pub(in crate::import) prefix: Prefix,
    pub(in crate::import) broadcast: Option<Ipv4Addr>,
    pub(in crate::import) scope: Option<String>,
    pub(in crate::import) label: Option<String>,
    pub(in crate::import) place: Place,
}

impl Iface {
    /// A card of which nothing is known but its name.
    pub(in crate::import) fn card(name: impl Into<String>, place: &Place) -> Self {
        Self {
            name: name.into(),
            kind: IfaceKind::Card,
            mac: None,
            mtu: None,
            up: true,
            carrier: true,
            noarp: false,
            addrs: Vec::new(),
            place: place.clone(),
        }
    }

    /// The loopback interface, as it is on every host.
    pub(in crate::import) fn loopback(place: &Place) -> Self {
        Self { kind: IfaceKind::Loopback, ..Self::card("lo", place) }
    }

    /// The commands that make it; the addresses come later.
    pub(in crate::import) fn lines(&self) -> Vec<String> {
        let name = &self.name;
        let mut lines = Vec::new();
        let mut set = Vec::new();
        let usual = match &self.kind {
            IfaceKind::Card => None,
            IfaceKind::Loopback => Some(65_536),
            IfaceKind::Tunnel { .. } if name == "tunl0" => {
                lines.push("modprobe ipip".to_owned());
                Some(1480)
            }
            IfaceKind::Tunnel { local, remote, dev } => {
                let mut line = format!("ip tunnel add {name} mode ipip");
                for (word, addr) in [("remote", remote), ("local", local)] {
                    line += &addr.map_or(String::new(), |addr| format!(" {word} {addr}"));
                }
                line += &dev.as_ref().map_or(String::new(), |dev| format!(" dev {dev}"));
                lines.push(line);
                Some(1480)
            }
            IfaceKind::Dummy => {
                let mac = self.mac.map_or(String::new(), |mac| format!(" address {mac}"));
                lines.push(format!("ip link add {name}{mac} type dummy"));
                Some(1500)
            }
        };
        if let (Some(mtu), Some(usual)) = (self.mtu, usual)
            && mtu != usual
        {
            set.push(format!("mtu {mtu}"));
        }
        let is_up = matches!(self.kind, IfaceKind::Card | IfaceKind::Loopback);
        if self.up != is_up {
            set.push(if self.up { "up" } else { "down" }.to_owned());
        }
        if self.noarp && self.kind == IfaceKind::Card {
            set.push("arp off".to_owned());
        }
        if !set.is_empty() {
            lines.push(format!("ip link set {name} {}", set.join(" ")));
        }
        lines
    }
}

impl Addr {
    /// An address alone.
    pub(in crate::import) fn new(prefix: Prefix, place: &Place) -> Self {
        Self { prefix, broadcast: None, scope: None, label: None, place: place.clone() }
    }

    /// The command that adds it.
    pub(in crate::import) fn line(&self, dev: &str) -> String {
        let mut line = format!("ip addr add {}", self.prefix);
        if let Some(broadcast) = self.broadcast {
            line += &format!(" brd {broadcast}");
        }
        line += &format!(" dev {dev}");
        if let Some(label) = self.label.as_ref().filter(|label| *label != dev) {
            line += &format!(" label {label}");
        }
        let usual = if self.prefix.addr.is_loopback() { "host" } else { "global" };
        if let Some(scope) = self.scope.as_ref().filter(|scope| *scope != usual) {
            line += &format!(" scope {scope}");
        }
        line
    }
}

/// Reads a dump of interfaces.
pub(in crate::import) fn ifaces(dump: &Dump, told: &mut Told) -> Vec<Iface> {
    let objects = objects(dump, told, from_text);
    let masters: Vec<(String, String)> = objects
        .iter()
        .filter_map(|(object, _)| Some((word(object, "master")?, word(object, "ifname")?)))
        .collect();
    let mut found: Vec<Iface> = Vec::new();
    let mut ipv6 = 0_u32;
    for (object, place) in &objects {
        let Some(name) = word(object, "ifname") else {
            let text = text!("an interface without `ifname`", "接口没有 `ifname`");
            told.unknown(place, text);
            continue;
        };
        let (addrs, more) = addrs(object, &name, place, told);
        ipv6 += more;
        if found.iter().any(|iface| iface.name == name) {
            let text = text!("`{name}` for the second time", "`{name}` 重复出现");
            told.wrong(place, text);
            continue;
        }
        if let Some(iface) = iface(object, name, addrs, place, told) {
            one_card(&iface, object, &masters, place, told);
            found.push(iface);
        }
    }
    if ipv6 > 0 {
        let place = Place { file: dump.path.clone(), line: 0 };
        told.without(&place, text!("addresses of IPv6: {ipv6}", "IPv6 地址 {ipv6} 个"));
    }
    found
}

/// What stands for several cards, or for a part of one, is told.
fn one_card(
    iface: &Iface,
    object: &Map<String, Value>,
    masters: &[(String, String)],
    place: &Place,
    told: &mut Told,
) {
    if iface.kind != IfaceKind::Card {
        return;
    }
    let name = &iface.name;
    let parts: Vec<&str> = masters
        .iter()
        .filter(|(master, _)| master == name)
        .map(|(_, part)| part.as_str())
        .collect();
    if !parts.is_empty() {
        let parts = parts.join(" ");
        let text = text!(
            "{name}, made of {parts}, is taken as one card",
            "{name}（由 {parts} 组成）当作一块网卡"
        );
        told.guess(place, text);
    }
    let is_vlan = word(object, "link").is_some_and(|link| name.starts_with(&format!("{link}.")));
    if is_vlan {
        let text = text!(
            "the VLAN {name} is taken as a card and a network of its own",
            "VLAN {name} 当作单独的网卡和网络"
        );
        told.guess(place, text);
    }
}

/// Interfaces of other programs: no frame of a service passes them.
#[rustfmt::skip]
const ELSEWHERE: [&str; 11] = [
    "docker", "virbr", "veth", "cni", "flannel", "cali", "vnet", "tap", "podman", "lxc", "br-",
];

fn iface(
    object: &Map<String, Value>,
    name: String,
    addrs: Vec<Addr>,
    place: &Place,
    told: &mut Told,
) -> Option<Iface> {
    let flags = words(object, "flags");
    let has = |flag: &str| flags.iter().any(|own| own == flag);
    let info = object.get("linkinfo").and_then(Value::as_object);
    let info = info.and_then(|info| word(info, "info_kind")).unwrap_or_default();
    let link_type = word(object, "link_type").unwrap_or_else(|| "ether".into());
    let mut left_out = |why: crate::Text| {
        let crate::Text { en, zh } = why;
        told.without(place, text!("the interface {name}: {en}", "接口 {name}：{zh}"));
        None
    };
    let queues = word(object, "qdisc").is_some_and(|qdisc| qdisc != "noqueue" && qdisc != "noop");
    let kind = match link_type.as_str() {
        "loopback" if name == "lo" => IfaceKind::Loopback,
        "ipip" => {
            let end = |key: &str| {
                let addr = word(object, key)?.parse::<Ipv4Addr>().ok()?;
                (!addr.is_unspecified()).then_some(addr)
            };
            let (local, remote, dev) = (end("address"), end("broadcast"), word(object, "link"));
            IfaceKind::Tunnel { local, remote, dev }
        }
        "ether" if info == "dummy" || has("NOARP") && !queues && info.is_empty() => {
            IfaceKind::Dummy
        }
        "ether" if object.contains_key("master") => {
            return left_out(text!("a part of another", "是另一个接口的一部分"));
        }
        "ether" if ELSEWHERE.iter().any(|start| name.starts_with(start)) => {
            return left_out(text!("of containers or guests", "属于容器或虚拟机"));
        }
        "ether" if addrs.is_empty() && (has("NO-CARRIER") || !has("UP")) => {
            return left_out(text!("not in use", "没有使用"));
        }
        "ether" => IfaceKind::Card,
        other => return left_out(text!("of the type {other}", "类型为 {other}")),
    };
    let fits = |c: char| c.is_ascii_alphanumeric() || "-_.@+".contains(c);
    let taken = matches!(name.as_str(), "all" | "default") || name == "lo" && link_type == "ether";
    if name.is_empty() || name.len() > 15 || !name.chars().all(fits) || taken {
        return left_out(text!("not a name for an interface", "不能作接口名"));
    }
    let mac = word(object, "address").and_then(|mac| mac.parse().ok());
    let mtu = word(object, "mtu").and_then(|mtu| mtu.parse().ok());
    let (up, carrier, noarp) = (has("UP"), !has("NO-CARRIER"), has("NOARP"));
    Some(Iface { name, kind, mac, mtu, up, carrier, noarp, addrs, place: place.clone() })
}

/// The IPv4 addresses of an interface, and how many others it has.
fn addrs(
    object: &Map<String, Value>,
    name: &str,
    place: &Place,
    told: &mut Told,
) -> (Vec<Addr>, u32) {
    let mut found = Vec::new();
    let mut ipv6 = 0;
    let list = object.get("addr_info").and_then(Value::as_array);
    for entry in list.into_iter().flatten().filter_map(Value::as_object) {
        if entry.is_empty() {
            continue;
        }
        if word(entry, "family").is_some_and(|family| family == "inet6") {
            ipv6 += 1;
            continue;
        }
        let line = word(entry, "line").and_then(|line| line.parse().ok());
        let place = Place { line: line.unwrap_or(place.line), ..place.clone() };
        let local = word(entry, "local").unwrap_or_default();
        let len = word(entry, "prefixlen").and_then(|len| len.parse::<u8>().ok());
        let (Ok(addr), Some(len @ 0..=32)) = (local.parse::<Ipv4Addr>(), len) else {
            told.unknown(
                &place,
                text!("not an address of {name}: `{local}`", "不是 {name} 的地址：`{local}`"),
            );
            continue;
        };
        if entry.contains_key("address") {
            let text = text!(
                "{name}: {addr} has a peer, and is taken without it",
                "{name}：{addr} 有对端地址，这里不带对端"
            );
            told.without(&place, text);
        }
        if name == "lo" && addr == Ipv4Addr::LOCALHOST && len == 8 {
            continue;
        }
        let broadcast = word(entry, "broadcast").and_then(|addr| addr.parse().ok());
        let (scope, label) = (word(entry, "scope"), word(entry, "label"));
        found.push(Addr { prefix: Prefix::new(addr, len), broadcast, scope, label, place });
    }
    (found, ipv6)
}

/// `2: eth0: <BROADCAST,…> mtu 1500 …`, and the lines below it.
fn from_text(dump: &Dump, told: &mut Told) -> Vec<Object> {
    let mut objects: Vec<Object> = Vec::new();
    for (line, place) in lines(dump) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let is_head = !line.starts_with(' ') && words.len() > 2 && words[0].ends_with(':');
        if is_head {
            objects.push((head(&words), place));
            continue;
        }
        let Some((object, _)) = objects.last_mut() else {
            told.unknown(&place, text!("not a line of `ip addr`", "不是 `ip addr` 的行"));
            continue;
        };
        match words.as_slice() {
            [link, rest @ ..] if link.starts_with("link/") => {
                object.insert("link_type".into(), json!(&link["link/".len()..]));
                if let Some(address) = rest.first() {
                    object.insert("address".into(), json!(address));
                }
                if let Some(["brd" | "peer", addr]) = rest.get(1..3) {
                    object.insert("broadcast".into(), json!(addr));
                }
            }
            [family @ ("inet" | "inet6"), addr, rest @ ..] => {
                let entry = address(family, addr, rest, place.line);
                let list = object.entry("addr_info").or_insert_with(|| json!([]));
                if let Value::Array(list) = list {
                    list.push(entry);
                }
            }
            ["valid_lft" | "altname" | "RX:" | "TX:" | "vf", ..] => {}
            // Counters of -s.
            [number, ..] if number.bytes().all(|byte| byte.is_ascii_digit()) => {}
            _ => told.unknown(&place, text!("not a line of `ip addr`", "不是 `ip addr` 的行")),
        }
    }
    objects
}

fn head(words: &[&str]) -> Map<String, Value> {
    let mut object = Map::new();
    let name = words[1].trim_end_matches(':');
    let (name, below) = name.split_once('@').map_or((name, None), |(own, on)| (own, Some(on)));
    object.insert("ifname".into(), json!(name));
    if let Some(below) = below.filter(|below| *below != "NONE") {
        object.insert("link".into(), json!(below));
    }
    let flags: Vec<&str> = words[2].trim_matches(['<', '>']).split(',').collect();
    object.insert("flags".into(), json!(flags));
    for pair in words[3..].chunks(2) {
        if let [key @ ("mtu" | "qdisc" | "master"), value] = pair {
            object.insert((*key).into(), json!(value));
        }
    }
    object
}

/// What stands behind `inet`.
fn address(family: &str, addr: &str, rest: &[&str], line: u32) -> Value {
    let (local, len) = addr.split_once('/').unwrap_or((addr, "32"));
    let mut entry = Map::new();
    entry.insert("family".into(), json!(family));
    entry.insert("local".into(), json!(local));
    entry.insert("prefixlen".into(), json!(len));
    entry.insert("line".into(), json!(line));
    let mut words = rest.iter();
    while let Some(word) = words.next() {
        let key = match *word {
            "brd" => "broadcast",
            "scope" => "scope",
            "peer" => "address",
            "metric" => "metric",
            "secondary" | "dynamic" | "noprefixroute" | "deprecated" | "tentative" => continue,
            label => {
                entry.insert("label".into(), json!(label));
                continue;
            }
        };
        let value = words.next().copied().unwrap_or_default();
        if key == "address" {
            // With a peer it is the peer that bears the length.
            let len = value.split_once('/').map_or("32", |(_, len)| len);
            entry.insert("prefixlen".into(), json!(len));
        }
        entry.insert(key.into(), json!(value));
    }
    Value::Object(entry)
}
