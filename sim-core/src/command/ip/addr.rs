//! `ip addr`: the addresses of interfaces.

use std::fmt;
use std::net::Ipv4Addr;

use super::cursor::{Cursor, addr, garbage, iface, no_prefix, unknown_action, wrong_argument};
use crate::Prefix;
use crate::command::error::{CommandError, known};
use crate::command::value::iproute_prefix;
use crate::command::word::{Quoted, Word};
use crate::{Text, text};

/// What is done with addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Addr {
    /// `show`: of all interfaces or of one.
    Show(Option<String>),
    /// `add`.
    Add(Entry),
    /// `del`.
    Del(Entry),
    /// `flush`: all addresses of an interface, or those that carry a label.
    Flush {
        /// The interface.
        dev: String,
        /// `label L`: only these.
        label: Option<String>,
    },
}

/// An address of an interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The address and the length of its network.
    pub prefix: Prefix,
    /// `brd`: the broadcast address. `ip` sets none by itself.
    pub broadcast: Option<Broadcast>,
    /// `dev`: the interface.
    pub dev: String,
    /// `label`: an alias such as `eth0:0`.
    pub label: Option<String>,
    /// `scope`: how far the address means something.
    pub scope: Option<Scope>,
}

/// The value of `brd`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broadcast {
    /// This address.
    Addr(Ipv4Addr),
    /// `+`: the network's last address.
    Last,
    /// `-`: the network's first address.
    First,
}

/// How far an address or a route means something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Everywhere.
    Global,
    /// In this site; for IPv4 as good as global.
    Site,
    /// On this link.
    Link,
    /// In this host.
    Host,
    /// Nowhere.
    Nowhere,
}

impl Scope {
    /// Each with its word.
    const ALL: [(&'static str, Self); 5] = [
        ("global", Self::Global),
        ("site", Self::Site),
        ("link", Self::Link),
        ("host", Self::Host),
        ("nowhere", Self::Nowhere),
    ];

    /// The scope of this name.
    pub(super) fn read(word: &Word, wrong: &str) -> Result<Self, CommandError> {
        let found = Self::ALL.iter().find(|(name, _)| *name == word.text);
        found.map(|(_, scope)| *scope).ok_or_else(|| {
            wrong_argument(word, wrong).known(&word.text, &Self::ALL.map(|(name, _)| name))
        })
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let found = Self::ALL.iter().find(|(_, scope)| scope == self);
        f.write_str(found.map_or("", |(name, _)| name))
    }
}

/// iproute2's actions in the order in which it looks an abbreviation up.
#[rustfmt::skip]
const ACTIONS: [&str; 12] = [
    "add", "change", "chg", "replace", "delete", "show", "lst", "list", "flush", "save", "showdump", "restore",
];

/// What only the real `ip addr show` and `flush` choose by.
const SELECTORS: [&str; 12] = [
    "up",
    "to",
    "scope",
    "type",
    "master",
    "vrf",
    "permanent",
    "dynamic",
    "secondary",
    "primary",
    "tentative",
    "group",
];

/// What only the real `ip addr add` takes; the last are flags.
#[rustfmt::skip]
const ATTRIBUTES: [&str; 22] = [
    "peer", "remote", "anycast", "metric", "priority", "preference", "valid_lft", "preferred_lft", "proto", "secondary",
    "temporary", "nodad", "optimistic", "dadfailed", "home", "deprecated", "tentative", "permanent", "mngtmpaddr", "noprefixroute",
    "autojoin", "stable-privacy",
];

impl Addr {
    pub(super) fn parse(cursor: &mut Cursor<'_>) -> Result<Self, CommandError> {
        let Some(action) = cursor.next() else { return Ok(Self::Show(None)) };
        match action.begins(&ACTIONS) {
            Some("show" | "lst" | "list") => Ok(Self::Show(show(cursor)?)),
            Some("add") => Ok(Self::Add(Entry::parse(cursor)?)),
            Some("delete") => Ok(Self::Del(Entry::parse(cursor)?)),
            Some("flush") => flush(cursor),
            found => {
                Err(unknown_action("address", action, found, &["show", "add", "del", "flush"]))
            }
        }
    }
}

/// `[dev] IF`.
fn show(cursor: &mut Cursor<'_>) -> Result<Option<String>, CommandError> {
    let mut dev = None;
    while let Some(word) = cursor.next() {
        if word.text == "label" {
            return Err(CommandError::not_simulated(word, 255).help(known("dev IF")));
        }
        select(cursor, word, &mut dev)?;
    }
    Ok(dev)
}

/// One word that chooses an interface.
fn select(
    cursor: &mut Cursor<'_>,
    word: &Word,
    dev: &mut Option<String>,
) -> Result<(), CommandError> {
    if SELECTORS.contains(&word.text.as_str()) {
        return Err(CommandError::not_simulated(word, 255).help(known("dev IF")));
    }
    let named = if word.text == "dev" { cursor.value(word)? } else { word };
    if dev.is_some() {
        return Err(garbage("dev", named, &["dev"]));
    }
    *dev = Some(iface(named)?);
    Ok(())
}

fn flush(cursor: &mut Cursor<'_>) -> Result<Addr, CommandError> {
    let action = cursor.last();
    let (mut dev, mut label) = (None, None);
    while let Some(word) = cursor.next() {
        match word.text.as_str() {
            "label" => label = Some(cursor.value(word)?.text.clone()),
            _ => select(cursor, word, &mut dev)?,
        }
    }
    let help = Text::same("ip addr flush dev IF");
    let dev = dev.ok_or_else(|| {
        CommandError::tool(&action.span, 1, "Flush requires arguments.").help(help)
    })?;
    Ok(Addr::Flush { dev, label })
}

impl Entry {
    /// `A/LEN` on `dev`, with nothing else.
    pub fn new(prefix: Prefix, dev: impl Into<String>) -> Self {
        Self { prefix, broadcast: None, dev: dev.into(), label: None, scope: None }
    }

    fn parse(cursor: &mut Cursor<'_>) -> Result<Self, CommandError> {
        const KNOWN: [&str; 5] = ["brd", "dev", "label", "scope", "local"];
        let action = cursor.last();
        let (mut prefix, mut broadcast, mut dev, mut label, mut scope) =
            (None, None, None, None, None);
        while let Some(word) = cursor.next() {
            match word.text.as_str() {
                "dev" => dev = Some(cursor.iface(word)?),
                "label" => label = Some(cursor.value(word)?),
                "scope" => scope = Some(Scope::read(cursor.value(word)?, "invalid scope value.")?),
                "brd" | "broadcast" => broadcast = Some(read_broadcast(cursor.value(word)?)?),
                text if ATTRIBUTES.contains(&text) => {
                    return Err(CommandError::not_simulated(word, 255).known("", &KNOWN));
                }
                _ => {
                    let given = if word.text == "local" { cursor.value(word)? } else { word };
                    if prefix.is_some() {
                        return Err(garbage("local", given, &KNOWN));
                    }
                    prefix = Some(iproute_prefix(&given.text).ok_or_else(|| no_prefix(given))?);
                }
            }
        }
        let missing = |message| {
            let help = Text::same("ip addr add A/LEN dev IF");
            CommandError::tool(&action.span, 1, message).help(help)
        };
        let dev =
            dev.ok_or_else(|| missing("Not enough information: \"dev\" argument is required."))?;
        let prefix = prefix.ok_or_else(|| missing("RTNETLINK answers: Operation not supported"))?;
        let label = label.map(|word| read_label(word, &dev)).transpose()?;
        Ok(Self { prefix, broadcast, dev, label, scope })
    }
}

fn read_broadcast(word: &Word) -> Result<Broadcast, CommandError> {
    match word.text.as_str() {
        "+" => Ok(Broadcast::Last),
        "-" => Ok(Broadcast::First),
        _ => Ok(Broadcast::Addr(addr(word)?)),
    }
}

/// A label is the interface's name, or begins with it and a colon: else `ifconfig` could not name
/// it.
///
/// Differs from iproute2 6.1, which takes any label; the words are those of the versions before it.
fn read_label(word: &Word, dev: &str) -> Result<String, CommandError> {
    let rest = word.text.strip_prefix(dev);
    if word.text.len() <= 15 && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(':')) {
        return Ok(word.text.clone());
    }
    let message = format!("\"dev\" ({dev}) must match \"label\" ({}).", word.text);
    Err(CommandError::tool(&word.span, 1, message)
        .help(text!("a label as {dev}:0, at most 15 letters", "标签如 {dev}:0，最多 15 个字符",)))
}

impl fmt::Display for Addr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Show(None) => f.write_str("show"),
            Self::Show(Some(dev)) => write!(f, "show dev {}", Quoted(dev)),
            Self::Add(entry) => write!(f, "add {entry}"),
            Self::Del(entry) => write!(f, "del {entry}"),
            Self::Flush { dev, label: None } => write!(f, "flush dev {}", Quoted(dev)),
            Self::Flush { dev, label: Some(label) } => {
                write!(f, "flush dev {} label {}", Quoted(dev), Quoted(label))
            }
        }
    }
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.prefix)?;
        match self.broadcast {
            Some(Broadcast::Addr(addr)) => write!(f, " brd {addr}")?,
            Some(Broadcast::Last) => f.write_str(" brd +")?,
            Some(Broadcast::First) => f.write_str(" brd -")?,
            None => {}
        }
        write!(f, " dev {}", Quoted(&self.dev))?;
        if let Some(label) = &self.label {
            write!(f, " label {}", Quoted(label))?;
        }
        if let Some(scope) = self.scope {
            write!(f, " scope {scope}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::command::testing::{prints, refuses};

    #[test]
    fn reads_and_prints() {
        #[rustfmt::skip]
        prints(&[
            ("ip addr show lo", "ip addr show dev lo"),
            ("ip a s dev eth0", "ip addr show dev eth0"),
            ("ip addr add 192.0.2.11/24 dev eth0", "ip addr add 192.0.2.11/24 dev eth0"),
            ("ip addr add 172.16.100.100 dev lo", "ip addr add 172.16.100.100/32 dev lo"),
            ("ip a a local 10.0.0.1/8 broadcast + dev eth0 label eth0:0 scope link",
                "ip addr add 10.0.0.1/8 brd + dev eth0 label eth0:0 scope link"),
            ("ip addr add 10.0.0.1/24 brd 10.0.0.255 dev eth0", "ip addr add 10.0.0.1/24 brd 10.0.0.255 dev eth0"),
            ("ip addr del 172.16.100.77/32 dev eth0", "ip addr del 172.16.100.77/32 dev eth0"),
            ("ip a f eth0", "ip addr flush dev eth0"),
            ("ip addr flush dev eth0 label eth0:0", "ip addr flush dev eth0 label eth0:0"),
        ]);
    }

    #[test]
    fn refuses_in_ips_words() {
        #[rustfmt::skip]
        refuses(&[
            ("ip addr add 10.0.0.1/24 dev eth0 noprefixroute", "noprefixroute", 255, "not simulated: noprefixroute"),
            ("ip addr add 10.0.0.1/24 home dev eth0", "home", 255, "not simulated: home"),
            ("ip addr add 10.0.0.1/24 dev eth0 nodad", "nodad", 255, "not simulated: nodad"),
            ("ip addr foo", "foo", 255, "Command \"foo\" is unknown, try \"ip address help\"."),
            ("ip addr replace 10.0.0.1 dev lo", "replace", 255, "not simulated: replace"),
            ("ip addr add", "add", 1, "Not enough information: \"dev\" argument is required."),
            ("ip addr add dev lo", "add", 1, "RTNETLINK answers: Operation not supported"),
            ("ip addr add 1.2.3.4/33 dev lo", "1.2.3.4/33", 1,
                "Error: any valid prefix is expected rather than \"1.2.3.4/33\"."),
            ("ip addr add 1.2.3.4 dev", "dev", 255, "Command line is not complete. Try option \"help\""),
            ("ip addr add 1.2.3.4 foo dev lo", "foo", 255, "Error: either \"local\" is duplicate, or \"foo\" is a garbage."),
            ("ip addr add 1.2.3.4 peer 1.1.1.1 dev lo", "peer", 255, "not simulated: peer"),
            ("ip addr add 1.2.3.4 brd x dev lo", "x", 1, "Error: inet address is expected rather than \"x\"."),
            ("ip addr add 1.2.3.4 scope x dev lo", "x", 255, "Error: argument \"x\" is wrong: invalid scope value."),
            ("ip addr add 1.2.3.4 dev eth0 label lo:0", "lo:0", 1, "\"dev\" (eth0) must match \"label\" (lo:0)."),
            ("ip addr add 1.2.3.4 dev this-name-is-too-long-x", "this-name-is-too-long-x", 1,
                "Cannot find device \"this-name-is-too-long-x\""),
            ("ip addr flush", "flush", 1, "Flush requires arguments."),
            ("ip addr show eth0 lo", "lo", 255, "Error: either \"dev\" is duplicate, or \"lo\" is a garbage."),
            ("ip addr show up", "up", 255, "not simulated: up"),
        ]);
    }
}
