//! `ip neigh`: which MAC address an IP address has.

use std::fmt;
use std::net::Ipv4Addr;

use super::cursor::{Cursor, duplicate, garbage, no_prefix, unknown_action, wrong_argument};
use super::link::mac;
use crate::Mac;
use crate::Prefix;
use crate::command::error::{CommandError, known};
use crate::command::value::iproute_prefix;
use crate::command::word::{Quoted, Word};
use crate::{Text, text};

/// What is done with neighbours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Neigh {
    /// `show`.
    Show(Filter),
    /// `add`: refused if there is an entry.
    Add(Entry),
    /// `replace`: new or changed.
    Replace(Entry),
    /// `change`: refused if there is none.
    Change(Entry),
    /// `del`.
    Del {
        /// The neighbour's address.
        to: Ipv4Addr,
        /// The interface behind which it is.
        dev: String,
    },
    /// `flush`: forgets entries; permanent ones stay.
    Flush(Filter),
}

/// An entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The neighbour's address.
    pub to: Ipv4Addr,
    /// `lladdr`: its MAC address.
    pub lladdr: Option<Mac>,
    /// `dev`: the interface behind which it is.
    pub dev: String,
    /// `nud`: what is believed of the entry; permanent if absent.
    pub nud: Option<Nud>,
}

/// Which entries; all of them without a choice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// `dev`: behind this interface.
    pub dev: Option<String>,
    /// An address or a network.
    pub to: Option<Prefix>,
}

/// What is believed of an entry (neighbour unreachability detection).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nud {
    /// Set by hand, and stays.
    Permanent,
    /// Confirmed a short while ago.
    Reachable,
    /// Not asked for ARP at all.
    Noarp,
    /// No entry yet.
    None,
    /// To be confirmed when next used.
    Stale,
    /// Asked for, nothing known.
    Incomplete,
    /// Used; will soon be asked for.
    Delay,
    /// Asked for directly.
    Probe,
    /// Asked for in vain.
    Failed,
}

impl Nud {
    /// Each with its word.
    const ALL: [(&'static str, Self); 9] = [
        ("permanent", Self::Permanent),
        ("reachable", Self::Reachable),
        ("noarp", Self::Noarp),
        ("none", Self::None),
        ("stale", Self::Stale),
        ("incomplete", Self::Incomplete),
        ("delay", Self::Delay),
        ("probe", Self::Probe),
        ("failed", Self::Failed),
    ];

    fn read(word: &Word) -> Result<Self, CommandError> {
        let found = Self::ALL.iter().find(|(name, _)| *name == word.text);
        found.map(|(_, nud)| *nud).ok_or_else(|| {
            wrong_argument(word, "nud state is bad")
                .known(&word.text, &Self::ALL.map(|(name, _)| name))
        })
    }

    fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, nud)| *nud == self).map_or("", |(name, _)| name)
    }
}

/// iproute2's actions in the order in which it looks an abbreviation up.
#[rustfmt::skip]
const ACTIONS: [&str; 10] = [
    "add", "change", "chg", "replace", "delete", "get", "show", "lst", "list", "flush",
];

impl Neigh {
    pub(super) fn parse(cursor: &mut Cursor<'_>) -> Result<Self, CommandError> {
        let Some(action) = cursor.next() else { return Ok(Self::Show(Filter::default())) };
        match action.begins(&ACTIONS) {
            Some("show" | "lst" | "list") => Ok(Self::Show(Filter::parse(cursor, false)?)),
            Some("add") => Ok(Self::Add(Entry::parse(cursor)?)),
            Some("replace") => Ok(Self::Replace(Entry::parse(cursor)?)),
            Some("change" | "chg") => Ok(Self::Change(Entry::parse(cursor)?)),
            Some("delete") => del(cursor),
            Some("flush") => flush(cursor),
            found => {
                let known = ["show", "add", "replace", "change", "del", "flush"];
                Err(unknown_action("neigh", action, found, &known))
            }
        }
    }
}

fn flush(cursor: &mut Cursor<'_>) -> Result<Neigh, CommandError> {
    let action = cursor.last();
    if cursor.peek().is_none() {
        let help =
            text!("ip neigh flush dev IF, to A, or all", "ip neigh flush dev IF，或 to A，或 all",);
        return Err(CommandError::tool(&action.span, 1, "Flush requires arguments.").help(help));
    }
    Ok(Neigh::Flush(Filter::parse(cursor, true)?))
}

fn del(cursor: &mut Cursor<'_>) -> Result<Neigh, CommandError> {
    let action = cursor.last();
    let (mut to, mut dev) = (None, None);
    while let Some(word) = cursor.next() {
        match word.text.as_str() {
            "dev" => dev = Some(cursor.iface(word)?),
            "lladdr" | "nud" | "proxy" => {
                return Err(CommandError::not_simulated(word, 255)
                    .help(Text::same("ip neigh del A dev IF")));
            }
            _ => to = Some(address(cursor, word, to.is_some())?),
        }
    }
    match (to, dev) {
        (Some(to), Some(dev)) => Ok(Neigh::Del { to, dev }),
        _ => Err(incomplete(action, "A dev IF")),
    }
}

/// `[to] A`, once.
fn address(cursor: &mut Cursor<'_>, word: &Word, again: bool) -> Result<Ipv4Addr, CommandError> {
    let word = if word.text == "to" { cursor.value(word)? } else { word };
    if again {
        return Err(garbage("to", word, &["to", "lladdr", "dev", "nud"]));
    }
    super::cursor::addr(word)
}

fn incomplete(action: &Word, arguments: &str) -> CommandError {
    let message = "Device and destination are required arguments.";
    let help = Text::same(format!("ip neigh {} {arguments}", action.text));
    CommandError::tool(&action.span, 255, message).help(help)
}

impl Filter {
    /// `all` is a choice of `flush` only.
    fn parse(cursor: &mut Cursor<'_>, flush: bool) -> Result<Self, CommandError> {
        let mut filter = Self::default();
        while let Some(word) = cursor.next() {
            match word.text.as_str() {
                "all" if flush => {}
                "dev" => {
                    let value = cursor.value(word)?;
                    if filter.dev.is_some() {
                        return Err(duplicate("dev", value));
                    }
                    filter.dev = Some(super::cursor::iface(value)?);
                }
                "nud" | "proxy" | "unused" | "master" | "vrf" | "nomaster" => {
                    return Err(CommandError::not_simulated(word, 255).help(known("dev to")));
                }
                _ => {
                    let to = if word.text == "to" { cursor.value(word)? } else { word };
                    if filter.to.is_some() {
                        return Err(duplicate("to", to));
                    }
                    filter.to = Some(iproute_prefix(&to.text).ok_or_else(|| no_prefix(to))?);
                }
            }
        }
        Ok(filter)
    }
}

impl Entry {
    fn parse(cursor: &mut Cursor<'_>) -> Result<Self, CommandError> {
        let action = cursor.last();
        let (mut to, mut lladdr, mut dev, mut nud) = (None, None, None, None);
        while let Some(word) = cursor.next() {
            match word.text.as_str() {
                "lladdr" => lladdr = Some(mac(cursor.value(word)?)?),
                "dev" => dev = Some(cursor.iface(word)?),
                "nud" => nud = Some(Nud::read(cursor.value(word)?)?),
                "proxy" | "router" | "extern_learn" | "managed" | "use" | "protocol" => {
                    return Err(
                        CommandError::not_simulated(word, 255).help(known("to lladdr dev nud"))
                    );
                }
                _ => to = Some(address(cursor, word, to.is_some())?),
            }
        }
        match (to, dev) {
            (Some(to), Some(dev)) => Ok(Self { to, lladdr, dev, nud }),
            _ => Err(incomplete(action, "A lladdr MAC dev IF")),
        }
    }
}

impl fmt::Display for Neigh {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Show(filter) => write!(f, "show{filter}"),
            Self::Add(entry) => write!(f, "add {entry}"),
            Self::Replace(entry) => write!(f, "replace {entry}"),
            Self::Change(entry) => write!(f, "change {entry}"),
            Self::Del { to, dev } => write!(f, "del {to} dev {}", Quoted(dev)),
            Self::Flush(filter) if *filter == Filter::default() => f.write_str("flush all"),
            Self::Flush(filter) => write!(f, "flush{filter}"),
        }
    }
}

impl fmt::Display for Filter {
    /// With a blank before each part, since there may be none.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(dev) = &self.dev {
            write!(f, " dev {}", Quoted(dev))?;
        }
        match self.to {
            Some(Prefix { addr, len: 32 }) => write!(f, " to {addr}"),
            Some(to) => write!(f, " to {to}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.to)?;
        if let Some(mac) = self.lladdr {
            write!(f, " lladdr {mac}")?;
        }
        if let Some(nud) = self.nud {
            write!(f, " nud {}", nud.name())?;
        }
        write!(f, " dev {}", Quoted(&self.dev))
    }
}

#[cfg(test)]
mod tests {
    use crate::command::testing::{prints, refuses};

    #[test]
    fn reads_and_prints() {
        #[rustfmt::skip]
        prints(&[
            ("ip neigh show dev eth0", "ip neigh show dev eth0"),
            ("ip n show 10.0.0.1", "ip neigh show to 10.0.0.1"),
            ("ip neigh show 0/0", "ip neigh show to 0.0.0.0/0"),
            ("ip neigh replace 172.16.100.100 lladdr 02:00:00:00:00:d1 nud permanent dev eth1",
                "ip neigh replace 172.16.100.100 lladdr 02:00:00:00:00:d1 nud permanent dev eth1"),
            ("ip n a to 10.0.0.6 dev eth0 lladdr 2:0:0:0:0:5", "ip neigh add 10.0.0.6 lladdr 02:00:00:00:00:05 dev eth0"),
            ("ip neigh chg 10.0.0.6 dev eth0 nud stale", "ip neigh change 10.0.0.6 nud stale dev eth0"),
            ("ip neigh del 172.16.100.100 dev eth1", "ip neigh del 172.16.100.100 dev eth1"),
            ("ip neigh flush all", "ip neigh flush all"),
            ("ip neigh flush dev eth1", "ip neigh flush dev eth1"),
            ("ip neigh flush to 10.0.0.0/8", "ip neigh flush to 10.0.0.0/8"),
        ]);
    }

    #[test]
    fn refuses_in_ips_words() {
        #[rustfmt::skip]
        refuses(&[
            ("ip neigh foo", "foo", 255, "Command \"foo\" is unknown, try \"ip neigh help\"."),
            ("ip neigh get 1.2.3.4 dev lo", "get", 255, "not simulated: get"),
            ("ip neigh add 1.2.3.4", "add", 255, "Device and destination are required arguments."),
            ("ip neigh del 1.2.3.4", "del", 255, "Device and destination are required arguments."),
            ("ip neigh del 1.2.3.4 dev lo nud none", "nud", 255, "not simulated: nud"),
            ("ip neigh add 1.2.3.4 dev lo lladdr x", "x", 1, "\"x\" is invalid lladdr."),
            ("ip neigh add 1.2.3.4 dev lo nud STALE", "STALE", 255, "Error: argument \"STALE\" is wrong: nud state is bad"),
            ("ip neigh add 1.2.3.4 dev lo foo", "foo", 255, "Error: either \"to\" is duplicate, or \"foo\" is a garbage."),
            ("ip neigh flush", "flush", 1, "Flush requires arguments."),
            ("ip neigh flush dev", "dev", 255, "Command line is not complete. Try option \"help\""),
            ("ip neigh flush foo", "foo", 1, "Error: any valid prefix is expected rather than \"foo\"."),
            ("ip neigh show dev eth0 dev lo", "lo", 255, "Error: duplicate \"dev\": \"lo\" is the second value."),
            ("ip neigh show nud stale", "nud", 255, "not simulated: nud"),
        ]);
    }
}
