//! `ip link`: interfaces themselves.

use std::fmt;

use super::cursor::{Cursor, duplicate, garbage, iface, unknown_action, wrong_argument};
use crate::Mac;
use crate::Text;
use crate::command::error::{CommandError, known, six_bytes};
use crate::command::value::{decimal, is_iface_name};
use crate::command::word::{Quoted, Word};

/// What is done with interfaces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Link {
    /// `show`: all or one.
    Show(Option<String>),
    /// `set`: all that is given takes effect at once.
    Set(Set),
    /// `add … type dummy`: a new interface, with what it has from the start.
    Add(Set),
    /// `del`.
    Del(String),
}

/// The new settings of an interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Set {
    /// The interface.
    pub dev: String,
    /// `up`, `down`.
    pub up: Option<bool>,
    /// `mtu N`.
    pub mtu: Option<u32>,
    /// `address MAC`.
    pub address: Option<Mac>,
    /// `arp on`, `arp off`.
    pub arp: Option<bool>,
}

/// iproute2's actions in the order in which it looks an abbreviation up.
#[rustfmt::skip]
const ACTIONS: [&str; 12] = [
    "add", "set", "change", "replace", "delete", "show", "lst", "list", "xstats", "afstats", "property", "help",
];

/// What only the real `ip link set` changes.
#[rustfmt::skip]
const ATTRIBUTES: [&str; 24] = [
    "allmulticast", "alias", "addrgenmode", "broadcast", "brd", "carrier", "dynamic", "group", "index", "link-netnsid",
    "master", "multicast", "name", "netns", "nomaster", "numrxqueues", "numtxqueues", "promisc", "qlen", "trailers",
    "txqueuelen", "type", "vf", "xdp",
];

impl Link {
    pub(super) fn parse(cursor: &mut Cursor<'_>) -> Result<Self, CommandError> {
        let Some(action) = cursor.next() else { return Ok(Self::Show(None)) };
        match action.begins(&ACTIONS) {
            Some("show" | "lst" | "list") => Ok(Self::Show(show(cursor)?)),
            Some("set" | "change") => Ok(Self::Set(Set::parse(cursor)?)),
            Some("add") => Ok(Self::Add(added(cursor)?)),
            Some("delete") => Ok(Self::Del(deleted(cursor)?)),
            found => Err(unknown_action("link", action, found, &["show", "set", "add", "del"])),
        }
    }
}

/// `[dev] IF`.
fn show(cursor: &mut Cursor<'_>) -> Result<Option<String>, CommandError> {
    let mut dev = None;
    while let Some(word) = cursor.next() {
        if matches!(word.text.as_str(), "up" | "master" | "nomaster" | "vrf" | "type" | "group") {
            return Err(CommandError::not_simulated(word, 255).help(known("dev IF")));
        }
        let named = if word.text == "dev" { cursor.value(word)? } else { word };
        if dev.is_some() {
            return Err(garbage("dev", named, &["dev"]));
        }
        dev = Some(iface(named)?);
    }
    Ok(dev)
}

/// `NAME type dummy`, with what is set besides. Of the many types of Linux only this one is here.
fn added(cursor: &mut Cursor<'_>) -> Result<Set, CommandError> {
    const ATTRIBUTE: [&str; 6] = ["address", "mtu", "arp", "up", "down", "name"];
    let action = cursor.last();
    let help = || Text::same("ip link add NAME type dummy");
    let mut set = Set::new("");
    let mut kind = None;
    while let Some(word) = cursor.next() {
        match word.text.as_str() {
            "type" => {
                kind = Some(cursor.value(word)?);
                break;
            }
            text if set.attribute(text, word, cursor)? => {}
            text if text == "link" || ATTRIBUTES.contains(&text) && text != "name" => {
                return Err(CommandError::not_simulated(word, 255).known("", &ATTRIBUTE));
            }
            text => {
                let named = if matches!(text, "dev" | "name") { cursor.value(word)? } else { word };
                if !set.dev.is_empty() {
                    return Err(garbage("dev", named, &ATTRIBUTE));
                }
                if !is_iface_name(&named.text) {
                    return Err(wrong_argument(named, "\"dev\" not a valid ifname").help(help()));
                }
                set.dev.clone_from(&named.text);
            }
        }
    }
    let Some(kind) = kind else {
        let message = "Not enough information: \"type\" argument is required";
        return Err(CommandError::tool(&action.span, 1, message).help(help()));
    };
    if kind.text != "dummy" {
        return Err(CommandError::not_simulated(kind, 2).known("", &["dummy"]));
    }
    match cursor.next() {
        Some(word) => Err(CommandError::not_simulated(word, 255).help(help())),
        // The kernel would choose a name.
        None if set.dev.is_empty() => Err(CommandError::not_simulated(kind, 2).help(help())),
        None => Ok(set),
    }
}

/// `[dev] IF`.
fn deleted(cursor: &mut Cursor<'_>) -> Result<String, CommandError> {
    let action = cursor.last();
    let mut dev = None;
    while let Some(word) = cursor.next() {
        if matches!(word.text.as_str(), "type" | "group") {
            return Err(CommandError::not_simulated(word, 255).help(known("dev IF")));
        }
        let named = if word.text == "dev" { cursor.value(word)? } else { word };
        if dev.is_some() {
            return Err(garbage("dev", named, &["dev"]));
        }
        dev = Some(iface(named)?);
    }
    let message = "Not enough information: \"dev\" argument is required.";
    dev.ok_or_else(|| CommandError::tool(&action.span, 255, message).help(known("dev IF")))
}

impl Set {
    /// No change of `dev`.
    pub fn new(dev: impl Into<String>) -> Self {
        Self { dev: dev.into(), up: None, mtu: None, address: None, arp: None }
    }

    fn parse(cursor: &mut Cursor<'_>) -> Result<Self, CommandError> {
        const KNOWN: [&str; 6] = ["up", "down", "mtu", "address", "arp", "dev"];
        let action = cursor.last();
        let mut dev = None;
        let mut set = Self::new("");
        while let Some(word) = cursor.next() {
            match word.text.as_str() {
                text if set.attribute(text, word, cursor)? => {}
                text if ATTRIBUTES.contains(&text) => {
                    return Err(CommandError::not_simulated(word, 255).known("", &KNOWN));
                }
                _ => {
                    let named = if word.text == "dev" { cursor.value(word)? } else { word };
                    if dev.is_some() {
                        return Err(garbage("dev", named, &KNOWN));
                    }
                    dev = Some(iface(named)?);
                }
            }
        }
        let message = "Not enough information: \"dev\" argument is required.";
        let help = Text::same("ip link set IF up|down|mtu N|address MAC|arp on|off");
        set.dev = dev.ok_or_else(|| CommandError::tool(&action.span, 255, message).help(help))?;
        Ok(set)
    }
}

impl Set {
    /// Takes one of the attributes that are simulated, with its value. Whether it was one.
    fn attribute(
        &mut self,
        text: &str,
        word: &Word,
        cursor: &mut Cursor<'_>,
    ) -> Result<bool, CommandError> {
        match text {
            "up" => self.up = Some(true),
            "down" => self.up = Some(false),
            "mtu" => {
                let value = cursor.value(word)?;
                if self.mtu.is_some() {
                    return Err(duplicate("mtu", value));
                }
                let mtu = decimal(&value.text);
                self.mtu = Some(mtu.ok_or_else(|| wrong_argument(value, "Invalid \"mtu\" value"))?);
            }
            "address" => self.address = Some(mac(cursor.value(word)?)?),
            "arp" => self.arp = Some(on_off(cursor.value(word)?)?),
            _ => return Ok(false),
        }
        Ok(true)
    }
}

/// A MAC address, with iproute2's two ways to refuse one.
pub(super) fn mac(word: &Word) -> Result<Mac, CommandError> {
    let text = &word.text;
    text.parse().map_err(|_| {
        let parts: Vec<&str> = text.split(':').collect();
        let hex = |part: &&str| {
            matches!(part.len(), 1 | 2) && part.bytes().all(|b| b.is_ascii_hexdigit())
        };
        let message = if parts.iter().all(hex) {
            format!("Invalid address length {} - must be 6 bytes", parts.len())
        } else {
            format!("\"{text}\" is invalid lladdr.")
        };
        CommandError::tool(&word.span, 1, message).help(six_bytes())
    })
}

fn on_off(word: &Word) -> Result<bool, CommandError> {
    match word.text.as_str() {
        "on" => Ok(true),
        "off" => Ok(false),
        text => {
            let message =
                format!("Error: argument of \"arp\" must be \"on\" or \"off\", not \"{text}\"");
            Err(CommandError::tool(&word.span, 1, message))
        }
    }
}

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Show(None) => f.write_str("show"),
            Self::Show(Some(dev)) => write!(f, "show dev {}", Quoted(dev)),
            Self::Set(set) => write!(f, "set {set}"),
            Self::Add(set) => write!(f, "add {set} type dummy"),
            Self::Del(dev) => write!(f, "del dev {}", Quoted(dev)),
        }
    }
}

impl fmt::Display for Set {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "dev {}", Quoted(&self.dev))?;
        if let Some(mac) = self.address {
            write!(f, " address {mac}")?;
        }
        if let Some(mtu) = self.mtu {
            write!(f, " mtu {mtu}")?;
        }
        if let Some(arp) = self.arp {
            write!(f, " arp {}", if arp { "on" } else { "off" })?;
        }
        match self.up {
            Some(true) => f.write_str(" up"),
            Some(false) => f.write_str(" down"),
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
            ("ip link show eth0", "ip link show dev eth0"),
            ("ip link set tunl0 up", "ip link set dev tunl0 up"),
            ("ip l s up eth0", "ip link set dev eth0 up"),
            ("ip link set dev eth0 mtu 1400 down arp off", "ip link set dev eth0 mtu 1400 arp off down"),
            ("ip link set eth0 address 2:0:0:0:0:d1", "ip link set dev eth0 address 02:00:00:00:00:d1"),
            ("ip link set lo", "ip link set dev lo"),
            ("ip link add dummy0 type dummy", "ip link add dev dummy0 type dummy"),
            ("ip link add name dummy0 up address 2:0:0:0:0:d5 mtu 1400 type dummy",
                "ip link add dev dummy0 address 02:00:00:00:00:d5 mtu 1400 up type dummy"),
            ("ip l d dummy0", "ip link del dev dummy0"),
        ]);
    }

    #[test]
    fn refuses_in_ips_words() {
        #[rustfmt::skip]
        refuses(&[
            ("ip link foo", "foo", 255, "Command \"foo\" is unknown, try \"ip link help\"."),
            ("ip link add foo", "add", 1, "Not enough information: \"type\" argument is required"),
            ("ip link add foo type", "type", 255, "Command line is not complete. Try option \"help\""),
            ("ip link add foo type veth", "veth", 2, "not simulated: veth"),
            ("ip link add type dummy", "dummy", 2, "not simulated: dummy"),
            ("ip link add a/b type dummy", "a/b", 255, "Error: argument \"a/b\" is wrong: \"dev\" not a valid ifname"),
            ("ip link add foo bar type dummy", "bar", 255, "Error: either \"dev\" is duplicate, or \"bar\" is a garbage."),
            ("ip link add foo link eth0 type dummy", "link", 255, "not simulated: link"),
            ("ip link del", "del", 255, "Not enough information: \"dev\" argument is required."),
            ("ip link del foo bar", "bar", 255, "Error: either \"dev\" is duplicate, or \"bar\" is a garbage."),
            ("ip link s", "s", 255, "Not enough information: \"dev\" argument is required."),
            ("ip link set lo foo", "foo", 255, "Error: either \"dev\" is duplicate, or \"foo\" is a garbage."),
            ("ip link set lo mtu", "mtu", 255, "Command line is not complete. Try option \"help\""),
            ("ip link set lo mtu x", "x", 255, "Error: argument \"x\" is wrong: Invalid \"mtu\" value"),
            ("ip link set lo mtu 1 mtu 2", "2", 255, "Error: duplicate \"mtu\": \"2\" is the second value."),
            ("ip link set lo address 1", "1", 1, "Invalid address length 1 - must be 6 bytes"),
            ("ip link set lo address x", "x", 1, "\"x\" is invalid lladdr."),
            ("ip link set lo arp maybe", "maybe", 1, "Error: argument of \"arp\" must be \"on\" or \"off\", not \"maybe\""),
            ("ip link set lo promisc on", "promisc", 255, "not simulated: promisc"),
        ]);
    }
}
