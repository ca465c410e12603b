//! `ip route`: the routing tables.

use std::fmt;
use std::net::Ipv4Addr;

use super::addr::Scope;
use super::cursor::{Cursor, garbage, no_prefix, unknown_action, wrong_argument};
use crate::Prefix;
use crate::command::error::{CommandError, known};
use crate::command::value::{iproute_addr, iproute_prefix};
use crate::command::word::{Quoted, Word};
use crate::{Text, text};

/// What is done with routes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    /// `show`.
    Show(Filter),
    /// `add`: refused if there is one for this prefix and metric.
    Add(Entry),
    /// `replace`: in place of the one for this prefix and metric, or as a new one.
    Replace(Entry),
    /// `del`: the first that has all that is given.
    Del(Entry),
    /// `get`: which route would a packet take?
    Get(Get),
    /// `flush cache`: nothing since Linux 3.6 but the learnt path MTUs and redirects.
    FlushCache,
}

/// Which routes are shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// `table`.
    pub table: Table,
    /// `cache`: not the routes, but what was learnt about paths.
    pub cached: bool,
    /// `dev IF`.
    pub dev: Option<String>,
    /// A prefix: only routes to exactly this.
    pub to: Option<Prefix>,
}

/// Which table is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Table {
    /// Where the administrator's routes are.
    #[default]
    Main,
    /// Where the host's own addresses are.
    Local,
    /// Both.
    All,
}

/// A route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What is done with a packet.
    pub kind: Kind,
    /// Which packets.
    pub to: Prefix,
    /// `via`: the gateway.
    pub via: Option<Ipv4Addr>,
    /// `dev`: the interface; the one that leads to the gateway if absent.
    pub dev: Option<String>,
    /// `src`: the source address of the host's own packets.
    pub src: Option<Ipv4Addr>,
    /// `metric`: of two routes to one prefix the smaller is taken.
    pub metric: Option<u32>,
    /// `scope`: how far away the target is.
    pub scope: Option<Scope>,
    /// `onlink`: the gateway is there, whatever the addresses say.
    pub onlink: bool,
    /// `advmss`: the MSS that this host offers.
    pub advmss: Option<u32>,
    /// `mtu`: the path MTU.
    pub mtu: Option<u32>,
}

/// What a route does with a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Sends it on.
    Unicast,
    /// Takes it: the address is this host's.
    Local,
    /// Answers host unreachable.
    Unreachable,
    /// Answers communication prohibited.
    Prohibit,
    /// Drops it without a word.
    Blackhole,
    /// Ends the search in this table.
    Throw,
}

/// The packet of `ip route get`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Get {
    /// Its destination.
    pub to: Ipv4Addr,
    /// `from`: its source.
    pub from: Option<Ipv4Addr>,
    /// `iif`: where it came in.
    pub iif: Option<String>,
    /// `oif`: where it must go out.
    pub oif: Option<String>,
}

/// Kinds that only the real `ip route add` takes.
const REAL_KINDS: [&str; 6] = ["nat", "broadcast", "brd", "anycast", "multicast", "xresolve"];

impl Kind {
    /// Each with its word, `unicast` first.
    const ALL: [(&'static str, Self); 6] = [
        ("unicast", Self::Unicast),
        ("local", Self::Local),
        ("unreachable", Self::Unreachable),
        ("prohibit", Self::Prohibit),
        ("blackhole", Self::Blackhole),
        ("throw", Self::Throw),
    ];

    fn read(text: &str) -> Option<Self> {
        Self::ALL.iter().find(|(name, _)| *name == text).map(|(_, kind)| *kind)
    }

    fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, kind)| *kind == self).map_or("", |(name, _)| name)
    }
}

/// iproute2's actions in the order in which it looks an abbreviation up.
#[rustfmt::skip]
const ACTIONS: [&str; 15] = [
    "list", "show", "lst", "get", "add", "change", "chg", "replace", "prepend", "append", "test", "delete", "flush",
    "save", "restore",
];

const KNOWN_ACTIONS: [&str; 6] = ["show", "add", "del", "replace", "get", "flush"];

/// What only the real `ip route` takes.
#[rustfmt::skip]
const ATTRIBUTES: [&str; 27] = [
    "nexthop", "table", "proto", "protocol", "type", "tos", "dsfield", "rtt", "rttvar", "reordering", "window", "cwnd",
    "initcwnd", "initrwnd", "ssthresh", "realms", "rto_min", "hoplimit", "features", "quickack", "congctl", "pref",
    "encap", "ttl-propagate", "nhid", "lock", "weight",
];

impl Route {
    pub(super) fn parse(cursor: &mut Cursor<'_>) -> Result<Self, CommandError> {
        let Some(action) = cursor.next() else { return Ok(Self::Show(Filter::default())) };
        match action.begins(&ACTIONS) {
            Some("list" | "show" | "lst") => Ok(Self::Show(Filter::parse(cursor)?)),
            Some("get") => Ok(Self::Get(Get::parse(cursor)?)),
            Some("add") => Ok(Self::Add(Entry::parse(cursor)?)),
            Some("replace") => Ok(Self::Replace(Entry::parse(cursor)?)),
            Some("delete") => Ok(Self::Del(Entry::parse(cursor)?)),
            Some("flush") => flush(cursor),
            found => Err(unknown_action("route", action, found, &KNOWN_ACTIONS)),
        }
    }
}

fn flush(cursor: &mut Cursor<'_>) -> Result<Route, CommandError> {
    let action = cursor.last();
    let help = known("ip route flush cache");
    match (cursor.next(), cursor.next()) {
        (None, _) => {
            let message = "\"ip route flush\" requires arguments.";
            Err(CommandError::tool(&action.span, 1, message).help(help))
        }
        (Some(what), None) if what.text == "cache" => Ok(Route::FlushCache),
        (Some(what), None) | (_, Some(what)) => {
            Err(CommandError::not_simulated(what, 1).help(help))
        }
    }
}

impl Filter {
    fn parse(cursor: &mut Cursor<'_>) -> Result<Self, CommandError> {
        const REAL: [&str; 11] = [
            "via", "src", "from", "scope", "root", "match", "type", "proto", "protocol", "iif",
            "oif",
        ];
        let mut filter = Self::default();
        while let Some(word) = cursor.next() {
            match word.text.as_str() {
                "table" => match cursor.value(word)? {
                    name if name.text == "cache" => filter.cached = true,
                    name => filter.table = Table::read(name)?,
                },
                "cache" | "cached" | "cloned" => filter.cached = true,
                "dev" => filter.dev = Some(cursor.iface(word)?),
                text if REAL.contains(&text) => {
                    return Err(CommandError::not_simulated(word, 255)
                        .help(known("table cache dev PREFIX")));
                }
                _ => {
                    let to = if matches!(word.text.as_str(), "to" | "exact") {
                        cursor.value(word)?
                    } else {
                        word
                    };
                    filter.to = Some(iproute_prefix(&to.text).ok_or_else(|| no_prefix(to))?);
                }
            }
        }
        Ok(filter)
    }
}

impl Table {
    fn read(word: &Word) -> Result<Self, CommandError> {
        match word.text.as_str() {
            "main" | "254" => Ok(Self::Main),
            "local" | "255" => Ok(Self::Local),
            "all" | "0" => Ok(Self::All),
            text if text == "default" || text.parse::<u32>().is_ok() => {
                Err(CommandError::not_simulated(word, 255).help(known("main local all cache")))
            }
            text => {
                let error = wrong_argument(word, "table id value is invalid");
                Err(error.known(text, &["main", "local", "all", "cache"]))
            }
        }
    }
}

impl Entry {
    /// A plain route to `to`.
    pub fn new(to: Prefix) -> Self {
        Self {
            kind: Kind::Unicast,
            to,
            via: None,
            dev: None,
            src: None,
            metric: None,
            scope: None,
            onlink: false,
            advmss: None,
            mtu: None,
        }
    }

    fn parse(cursor: &mut Cursor<'_>) -> Result<Self, CommandError> {
        const KNOWN: [&str; 8] =
            ["via", "dev", "src", "metric", "scope", "onlink", "advmss", "mtu"];
        let action = cursor.last();
        let mut entry = Self::new(Prefix::ANY);
        let mut to = None;
        while let Some(word) = cursor.next() {
            match word.text.as_str() {
                "via" => entry.via = Some(via(cursor, word, entry.via.is_some())?),
                "dev" | "oif" => entry.dev = Some(cursor.iface(word)?),
                "src" => entry.src = Some(cursor.addr(word)?),
                "metric" | "priority" | "preference" => {
                    entry.metric = Some(cursor.number(word, "\"metric\" value is invalid")?);
                }
                "scope" => {
                    entry.scope =
                        Some(Scope::read(cursor.value(word)?, "invalid \"scope\" value")?);
                }
                "onlink" => entry.onlink = true,
                "advmss" => entry.advmss = Some(cursor.number(word, "\"mss\" value is invalid")?),
                "mtu" => entry.mtu = Some(mtu(cursor, word)?),
                text if ATTRIBUTES.contains(&text) => {
                    return Err(CommandError::not_simulated(word, 255).known("", &KNOWN));
                }
                _ if to.is_some() => return Err(garbage("to", word, &KNOWN)),
                _ => to = Some(entry.target(cursor, word)?),
            }
        }
        let usage = "Usage: ip route { list | flush } SELECTOR";
        let help =
            Text::same("ip route add PREFIX|default via GATEWAY [dev IF] [src A] [metric N]");
        entry.to = to.ok_or_else(|| CommandError::tool(&action.span, 255, usage).help(help))?;
        Ok(entry)
    }

    /// `[to] [KIND] PREFIX`.
    fn target(&mut self, cursor: &mut Cursor<'_>, word: &Word) -> Result<Prefix, CommandError> {
        let mut word = if word.text == "to" { cursor.value(word)? } else { word };
        if let Some(kind) = Kind::read(&word.text) {
            self.kind = kind;
            word = cursor.value(word)?;
        } else if REAL_KINDS.contains(&word.text.as_str()) {
            let kinds = Kind::ALL.map(|(name, _)| name);
            return Err(CommandError::not_simulated(word, 255).help(known(kinds.join(" "))));
        }
        let prefix = iproute_prefix(&word.text).ok_or_else(|| no_prefix(word))?;
        if prefix.has_host_bits() {
            let message = "Error: Invalid prefix for given prefix length.";
            let network = prefix.network();
            let help = text!("the network is {network}", "网络是 {network}");
            return Err(CommandError::tool(&word.span, 2, message).help(help));
        }
        Ok(prefix)
    }
}

fn mtu(cursor: &mut Cursor<'_>, key: &Word) -> Result<u32, CommandError> {
    match cursor.peek() {
        Some(word) if word.text == "lock" => {
            Err(CommandError::not_simulated(word, 255).help(known("mtu N")))
        }
        _ => cursor.number(key, "\"mtu\" value is invalid"),
    }
}

fn via(cursor: &mut Cursor<'_>, key: &Word, again: bool) -> Result<Ipv4Addr, CommandError> {
    if again {
        let why = "use nexthop syntax to specify multiple via";
        return Err(wrong_argument(key, why));
    }
    // The family may stand before the gateway.
    if cursor.peek().is_some_and(|word| word.text == "inet") {
        cursor.next();
    }
    cursor.addr(key)
}

impl Get {
    fn parse(cursor: &mut Cursor<'_>) -> Result<Self, CommandError> {
        let action = cursor.last();
        let (mut to, mut from, mut iif, mut oif) = (None, None, None, None);
        while let Some(word) = cursor.next() {
            match word.text.as_str() {
                "from" => from = Some(host(cursor.value(word)?)?),
                "iif" => iif = Some(cursor.iface(word)?),
                "oif" | "dev" => oif = Some(cursor.iface(word)?),
                "tos" | "dsfield" | "mark" | "vrf" | "uid" | "sport" | "dport" | "ipproto"
                | "notify" | "connected" | "fibmatch" => {
                    return Err(CommandError::not_simulated(word, 255).help(known("from iif oif")));
                }
                _ => {
                    let given = if word.text == "to" { cursor.value(word)? } else { word };
                    if to.is_some() {
                        return Err(garbage("to", given, &["from", "iif", "oif"]));
                    }
                    to = Some(host(given)?);
                }
            }
        }
        let message = "need at least a destination address";
        let to = to.ok_or_else(|| CommandError::tool(&action.span, 1, message))?;
        Ok(Self { to, from, iif, oif })
    }
}

/// One address. The real tool takes `A/24` as A, with a warning.
fn host(word: &Word) -> Result<Ipv4Addr, CommandError> {
    let addr = word.text.strip_suffix("/32").unwrap_or(&word.text);
    let message = || format!("Error: any valid prefix is expected rather than \"{}\".", word.text);
    let help = || text!("only one address: 192.0.2.1", "只能是一个地址：192.0.2.1");
    iproute_addr(addr).ok_or_else(|| CommandError::tool(&word.span, 1, message()).help(help()))
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Show(filter) => write!(f, "show{filter}"),
            Self::Add(entry) => write!(f, "add {entry}"),
            Self::Replace(entry) => write!(f, "replace {entry}"),
            Self::Del(entry) => write!(f, "del {entry}"),
            Self::Get(get) => write!(f, "get {get}"),
            Self::FlushCache => f.write_str("flush cache"),
        }
    }
}

impl fmt::Display for Filter {
    /// With a blank before each part, since there may be none.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.table {
            Table::Main => {}
            Table::Local => f.write_str(" table local")?,
            Table::All => f.write_str(" table all")?,
        }
        if self.cached {
            f.write_str(" cache")?;
        }
        if let Some(dev) = &self.dev {
            write!(f, " dev {}", Quoted(dev))?;
        }
        match self.to {
            Some(to) => write!(f, " {}", Target(to)),
            None => Ok(()),
        }
    }
}

/// `default` for everything, and an address alone without its length.
struct Target(Prefix);

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Prefix::ANY => f.write_str("default"),
            Prefix { addr, len: 32 } => write!(f, "{addr}"),
            prefix => write!(f, "{prefix}"),
        }
    }
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.kind != Kind::Unicast {
            write!(f, "{} ", self.kind.name())?;
        }
        write!(f, "{}", Target(self.to))?;
        if let Some(via) = self.via {
            write!(f, " via {via}")?;
        }
        if let Some(dev) = &self.dev {
            write!(f, " dev {}", Quoted(dev))?;
        }
        if let Some(src) = self.src {
            write!(f, " src {src}")?;
        }
        if let Some(scope) = self.scope {
            write!(f, " scope {scope}")?;
        }
        let numbers = [("metric", self.metric), ("advmss", self.advmss), ("mtu", self.mtu)];
        for (key, number) in numbers {
            if let Some(number) = number {
                write!(f, " {key} {number}")?;
            }
        }
        if self.onlink {
            f.write_str(" onlink")?;
        }
        Ok(())
    }
}

impl fmt::Display for Get {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.to)?;
        if let Some(from) = self.from {
            write!(f, " from {from}")?;
        }
        if let Some(iif) = &self.iif {
            write!(f, " iif {}", Quoted(iif))?;
        }
        match &self.oif {
            Some(oif) => write!(f, " oif {}", Quoted(oif)),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::command::testing::{prints, refuses};

    #[test]
    fn reads_and_prints() {
        #[rustfmt::skip]
        prints(&[
            ("ip route show table local", "ip route show table local"),
            ("ip r l table 254 dev eth0", "ip route show dev eth0"),
            ("ip route show cache", "ip route show cache"),
            ("ip route list dev eth0 cached", "ip route show cache dev eth0"),
            ("ip route show table cache 10.0.0.9", "ip route show cache 10.0.0.9"),
            ("ip route list 10.1/16", "ip route show 10.1.0.0/16"),
            ("ip route add default via 198.51.100.1", "ip route add default via 198.51.100.1"),
            ("ip r a 0/0 via 10.0.0.1 dev eth0", "ip route add default via 10.0.0.1 dev eth0"),
            ("ip route add 10.9.9.9/32 via 172.16.100.1", "ip route add 10.9.9.9 via 172.16.100.1"),
            ("ip route replace default via 10.0.0.1 advmss 1440 mtu 1480", "ip route replace default via 10.0.0.1 advmss 1440 mtu 1480"),
            ("ip route add 10.0.0.0/8 dev eth0 src 10.0.0.1 metric 5 scope link", "ip route add 10.0.0.0/8 dev eth0 src 10.0.0.1 scope link metric 5"),
            ("ip route add unreachable 10.4.0.0/16", "ip route add unreachable 10.4.0.0/16"),
            ("ip route add to blackhole default", "ip route add blackhole default"),
            ("ip route add default via inet 10.0.0.1 dev eth0 onlink", "ip route add default via 10.0.0.1 dev eth0 onlink"),
            ("ip route del 192.168.100.0/24 dev eth0", "ip route del 192.168.100.0/24 dev eth0"),
            ("ip r g 10.0.0.2", "ip route get 10.0.0.2"),
            ("ip route get 10.0.0.9 from 10.0.0.1 iif eth0", "ip route get 10.0.0.9 from 10.0.0.1 iif eth0"),
            ("ip route flush cache", "ip route flush cache"),
        ]);
    }

    #[test]
    fn refuses_in_ips_words() {
        #[rustfmt::skip]
        refuses(&[
            ("ip route foo", "foo", 255, "Command \"foo\" is unknown, try \"ip route help\"."),
            ("ip route append default via 10.0.0.1", "append", 255, "not simulated: append"),
            ("ip route add", "add", 255, "Usage: ip route { list | flush } SELECTOR"),
            ("ip route add 10.0.0.300/24", "10.0.0.300/24", 1, "Error: any valid prefix is expected rather than \"10.0.0.300/24\"."),
            ("ip route add 10.3.0.1/16 dev eth0", "10.3.0.1/16", 2, "Error: Invalid prefix for given prefix length."),
            ("ip route add 1.2.3.4 via", "via", 255, "Command line is not complete. Try option \"help\""),
            ("ip route add 1.2.3.4 via x", "x", 1, "Error: inet address is expected rather than \"x\"."),
            ("ip route add 1.2.3.4 via 1.1.1.1 via 1.1.1.2", "via", 255,
                "Error: argument \"via\" is wrong: use nexthop syntax to specify multiple via"),
            ("ip route add 1.2.3.4/32 foo", "foo", 255, "Error: either \"to\" is duplicate, or \"foo\" is a garbage."),
            ("ip route add nat 10.0.0.9 via 10.0.0.1", "nat", 255, "not simulated: nat"),
            ("ip route add multicast 224.0.0.0/4 dev eth0", "multicast", 255, "not simulated: multicast"),
            ("ip route add default metric x", "x", 255, "Error: argument \"x\" is wrong: \"metric\" value is invalid"),
            ("ip route add default scope foo", "foo", 255, "Error: argument \"foo\" is wrong: invalid \"scope\" value"),
            ("ip route add default advmss x", "x", 255, "Error: argument \"x\" is wrong: \"mss\" value is invalid"),
            ("ip route add default mtu lock 1400", "lock", 255, "not simulated: lock"),
            ("ip route add default table 100", "table", 255, "not simulated: table"),
            ("ip route show table foo", "foo", 255, "Error: argument \"foo\" is wrong: table id value is invalid"),
            ("ip route show table 100", "100", 255, "not simulated: 100"),
            ("ip route show foo", "foo", 1, "Error: any valid prefix is expected rather than \"foo\"."),
            ("ip route get", "get", 1, "need at least a destination address"),
            ("ip route get foo", "foo", 1, "Error: any valid prefix is expected rather than \"foo\"."),
            ("ip route flush", "flush", 1, "\"ip route flush\" requires arguments."),
            ("ip route flush table main", "main", 1, "not simulated: main"),
        ]);
    }
}
