//! Routes: `ip -j route`, `ip route`, and what `keepalived.conf` writes in the same words.

use std::net::Ipv4Addr;

use serde_json::{Map, Value, json};

use super::{Object, as_word, lines, objects, word, words};
use crate::Prefix;
use crate::import::told::{Tally, Told};
use crate::import::{Dump, Place};
use crate::text;

/// A route as it is to be made again.
#[derive(Clone, Debug)]
pub(in crate::import) struct Route {
    /// `unicast`, `blackhole`, ….
    pub(in crate::import) kind: String,
    pub(in crate::import) to: Prefix,
    pub(in crate::import) via: Option<Ipv4Addr>,
    pub(in crate::import) dev: Option<String>,
    pub(in crate::import) src: Option<Ipv4Addr>,
    metric: Option<u32>,
    scope: Option<String>,
    onlink: bool,
    mtu: Option<u32>,
    advmss: Option<u32>,
    /// The kernel made it when an address was added.
    pub(in crate::import) is_kernels: bool,
    pub(in crate::import) place: Place,
}

impl Route {
    /// A default route.
    pub(in crate::import) fn default_via(via: Ipv4Addr, place: &Place) -> Self {
        Self::to(Prefix::ANY, via, place)
    }

    /// A route by a gateway.
    pub(in crate::import) fn to(to: Prefix, via: Ipv4Addr, place: &Place) -> Self {
        Self {
            kind: "unicast".into(),
            to,
            via: Some(via),
            dev: None,
            src: None,
            metric: None,
            scope: None,
            onlink: false,
            mtu: None,
            advmss: None,
            is_kernels: false,
            place: place.clone(),
        }
    }

    /// The command that adds it.
    pub(in crate::import) fn line(&self) -> String {
        let mut line = "ip route add ".to_owned();
        if self.kind != "unicast" {
            line += &format!("{} ", self.kind);
        }
        line += &match self.to {
            Prefix::ANY => "default".to_owned(),
            to => to.to_string(),
        };
        let usual = match (self.kind.as_str(), self.via) {
            ("local", _) => "host",
            ("unicast", None) => "link",
            _ => "global",
        };
        let scope = self.scope.clone().filter(|scope| scope != usual);
        let parts = [
            ("via", self.via.map(|via| via.to_string())),
            ("dev", self.dev.clone()),
            ("scope", scope),
            ("src", self.src.map(|src| src.to_string())),
            ("metric", self.metric.filter(|metric| *metric > 0).map(|metric| metric.to_string())),
            ("mtu", self.mtu.map(|mtu| mtu.to_string())),
            ("advmss", self.advmss.map(|mss| mss.to_string())),
        ];
        for (word, value) in parts {
            line += &value.map_or(String::new(), |value| format!(" {word} {value}"));
        }
        line + if self.onlink { " onlink" } else { "" }
    }

    /// A route in the words of `ip route`; none if it cannot be read, which is told.
    pub(in crate::import) fn of_words(
        words: &[&str],
        place: &Place,
        told: &mut Told,
    ) -> Option<Self> {
        let mut tally = Tally::default();
        let object = object(words, place, told);
        let route = read(&object, place, told, &mut tally);
        tally.tell(told);
        route
    }
}

/// Reads a dump of routes.
pub(in crate::import) fn routes(dump: &Dump, told: &mut Told) -> Vec<Route> {
    let objects = objects(dump, told, from_text);
    let mut tally = Tally::default();
    let found = objects
        .iter()
        .filter_map(|(object, place)| read(object, place, told, &mut tally))
        .collect();
    tally.tell(told);
    found
}

/// Members that say nothing that is obeyed here.
#[rustfmt::skip]
const SILENT: [&str; 12] = [
    "protocol", "flags", "pref", "uid", "cache", "table", "type", "dst", "weight", "line", "from_cache", "age",
];

/// Kinds of routes that `ip route add` takes here.
const KINDS: [&str; 6] = ["unicast", "local", "unreachable", "prohibit", "blackhole", "throw"];

fn read(
    object: &Map<String, Value>,
    place: &Place,
    told: &mut Told,
    tally: &mut Tally,
) -> Option<Route> {
    let kind = word(object, "type").unwrap_or_else(|| "unicast".into());
    let protocol = word(object, "protocol").unwrap_or_default();
    let table = word(object, "table").unwrap_or_else(|| "main".into());
    let dst = word(object, "dst").unwrap_or_default();
    let is_kernels = protocol == "kernel" || protocol == "redirect";
    // Only routes of IPv6 have a preference (RFC 4191).
    let gateway = word(object, "gateway").unwrap_or_default();
    if dst.contains(':') || gateway.contains(':') || object.contains_key("pref") {
        tally.count("IPv6", place);
        return None;
    }
    if matches!(table.as_str(), "local" | "255") && is_kernels || kind == "broadcast" {
        return None;
    }
    if !matches!(table.as_str(), "main" | "254" | "local" | "255") {
        tally.count(format!("ip route … table {table}"), place);
        return None;
    }
    if !KINDS.contains(&kind.as_str()) {
        tally.count(format!("ip route … {kind}"), place);
        return None;
    }
    let Some(to) = prefix(&dst) else {
        told.unknown(place, text!("not the target of a route: `{dst}`", "不是路由的目标：`{dst}`"));
        return None;
    };
    let mut route =
        Route { kind, via: None, is_kernels, ..Route::to(to, Ipv4Addr::LOCALHOST, place) };
    for (key, value) in object {
        route.member(key, value, told, tally);
    }
    route.onlink = words(object, "flags").iter().any(|flag| flag == "onlink");
    Some(route)
}

impl Route {
    fn member(&mut self, key: &str, value: &Value, told: &mut Told, tally: &mut Tally) {
        let place = self.place.clone();
        let word = as_word(value).unwrap_or_default();
        let mut bad = false;
        let mut number = |to: &mut Option<u32>| match word.parse() {
            Ok(number) => *to = Some(number),
            Err(_) => bad = true,
        };
        match key {
            "metric" => number(&mut self.metric),
            "mtu" => number(&mut self.mtu),
            "advmss" => number(&mut self.advmss),
            "dev" => self.dev = Some(word.clone()),
            "scope" => self.scope = Some(word.clone()),
            "gateway" | "prefsrc" => match word.parse() {
                Ok(addr) if key == "gateway" => self.via = Some(addr),
                Ok(addr) => self.src = Some(addr),
                Err(_) => bad = true,
            },
            "metrics" => {
                for (key, value) in
                    value.as_array().into_iter().flatten().filter_map(Value::as_object).flatten()
                {
                    match key.as_str() {
                        "mtu" | "advmss" => self.member(key, value, told, tally),
                        other => tally.count(format!("ip route … {other}"), &place),
                    }
                }
            }
            "nexthops" => {
                let to = self.to;
                let text = text!(
                    "several next hops for {to}; the first is taken",
                    "{to} 有多个下一跳；这里取第一个"
                );
                told.without(&place, text);
                let first = value.as_array().and_then(|hops| hops.first());
                for (key, value) in first.and_then(Value::as_object).into_iter().flatten() {
                    self.member(key, value, told, tally);
                }
            }
            "via" => tally.count("ip route … via inet6", &place),
            key if SILENT.contains(&key) => {}
            other => tally.count(format!("ip route … {other}"), &place),
        }
        if bad {
            told.unknown(
                &place,
                text!("not a value of {key}: `{word}`", "不是 {key} 的值：`{word}`"),
            );
        }
    }
}

/// `default`, an address, a network.
pub(in crate::import) fn prefix(text: &str) -> Option<Prefix> {
    if matches!(text, "default" | "all" | "any") {
        return Some(Prefix::ANY);
    }
    let (addr, len) = text.split_once('/').unwrap_or((text, "32"));
    let len: u8 = len.parse().ok().filter(|len| *len <= 32)?;
    Some(Prefix::new(addr.parse().ok()?, len).network())
}

fn from_text(dump: &Dump, told: &mut Told) -> Vec<Object> {
    let mut objects: Vec<Object> = Vec::new();
    for (line, place) in lines(dump) {
        let words: Vec<&str> = line.split_whitespace().collect();
        if let ["nexthop", hop @ ..] = words.as_slice() {
            let hop = object(hop, &place, told);
            if let Some((route, _)) = objects.last_mut()
                && let Value::Array(hops) = route.entry("nexthops").or_insert_with(|| json!([]))
            {
                hops.push(Value::Object(hop));
            }
            continue;
        }
        objects.push((object(&words, &place, told), place));
    }
    objects
}

/// The words of a line as the members of an object.
fn object(words: &[&str], place: &Place, told: &mut Told) -> Map<String, Value> {
    let mut object = Map::new();
    let mut flags = Vec::new();
    let mut words = words.iter().copied().peekable();
    while let Some(word) = words.next() {
        let key = match word {
            "via" if words.peek() == Some(&"inet6") => {
                words.next();
                "via"
            }
            "via" | "gw" => "gateway",
            "to" => "dst",
            "proto" => "protocol",
            "src" => "prefsrc",
            "dev" | "scope" | "metric" | "table" | "mtu" | "advmss" | "weight" | "pref" => word,
            "initcwnd" | "initrwnd" | "window" | "rto_min" | "congctl" | "hoplimit" | "nhid"
            | "realm" | "tos" | "quickack" | "features" => word,
            "onlink" | "linkdown" | "dead" | "pervasive" | "offload" | "rt_offload" => {
                flags.push(word);
                continue;
            }
            "lock" => continue,
            // keepalived: a second gateway.
            "or" => {
                words.next();
                let text =
                    text!("several next hops; the first is taken", "有多个下一跳；这里取第一个");
                told.without(place, text);
                continue;
            }
            kind if KINDS.contains(&kind) || kind == "broadcast" || kind == "multicast" => {
                object.insert("type".into(), json!(kind));
                continue;
            }
            dst if !object.contains_key("dst") => {
                object.insert("dst".into(), json!(dst));
                continue;
            }
            other => {
                told.unknown(
                    place,
                    text!("unknown word `{other}` of a route", "路由中有未知的词 `{other}`"),
                );
                continue;
            }
        };
        let value = words.next().filter(|value| *value != "lock").or_else(|| words.next());
        object.insert(key.into(), json!(value.unwrap_or_default()));
    }
    object.insert("flags".into(), json!(flags));
    object
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[rustfmt::skip]
    fn a_listed_route_becomes_the_command_that_adds_it() {
        for (listed, line) in [
            ("default via 10.0.0.1 dev eth0",                     Some("ip route add default via 10.0.0.1 dev eth0")),
            ("default via 10.0.0.1 dev eth0 proto static metric 100", Some("ip route add default via 10.0.0.1 dev eth0 metric 100")),
            ("10.9.0.0/16 dev eth1 scope link",                   Some("ip route add 10.9.0.0/16 dev eth1")),
            ("10.9.9.9 dev eth1 scope link src 10.0.0.2",         Some("ip route add 10.9.9.9/32 dev eth1 src 10.0.0.2")),
            ("blackhole 10.9.0.0/16",                             Some("ip route add blackhole 10.9.0.0/16")),
            ("10.9.0.0/16 via 10.0.0.1 dev eth0 onlink mtu lock 1400", Some("ip route add 10.9.0.0/16 via 10.0.0.1 dev eth0 mtu 1400 onlink")),
            ("src 10.0.0.2 to 10.8.0.0/24 gw 10.0.0.1",           Some("ip route add 10.8.0.0/24 via 10.0.0.1 src 10.0.0.2")),
            ("default via 10.0.0.1 table 100",                    None),
            ("broadcast 10.0.0.255 dev eth0 table local proto kernel scope link", None),
            ("300.0.0.0/8 via 10.0.0.1",                          None),
        ] {
            let words: Vec<&str> = listed.split(' ').collect();
            let route = Route::of_words(&words, &Place::default(), &mut Told::default());
            assert_eq!(route.map(|route| route.line()).as_deref(), line, "{listed}");
        }
    }
}
