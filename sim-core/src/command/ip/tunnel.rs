//! `ip tunnel`: IPIP tunnels besides `tunl0`, which `modprobe ipip` makes.

use std::fmt;
use std::net::Ipv4Addr;

use super::cursor::{Cursor, garbage, iface, unknown_action};
use crate::Text;
use crate::command::error::{CommandError, known};
use crate::command::value::decimal;
use crate::command::word::{Quoted, Word};

/// What is done with tunnels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tunnel {
    /// `show`: all or one.
    Show(Option<String>),
    /// `add NAME mode ipip`.
    Add(Entry),
    /// `del NAME`.
    Del(String),
}

/// An IPIP tunnel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The interface's name.
    pub name: String,
    /// `remote`: the other end; any if absent.
    pub remote: Option<Ipv4Addr>,
    /// `local`: the outer source address; the route's if absent.
    pub local: Option<Ipv4Addr>,
    /// `ttl`: of the outer header; the inner packet's if absent.
    pub ttl: Option<u8>,
    /// `tos`: of the outer header; the inner packet's if absent.
    pub tos: Option<u8>,
    /// `pmtudisc`, unless `nopmtudisc`: the outer packet must not be fragmented.
    pub pmtudisc: bool,
    /// `dev`: out of which interface.
    pub dev: Option<String>,
}

/// iproute2's actions in the order in which it looks an abbreviation up.
const ACTIONS: [&str; 10] =
    ["add", "change", "delete", "show", "lst", "list", "prl", "6rd", "6rd-prefix", "6rd-reset"];

/// Modes of the real tool.
const MODES: [&str; 8] = ["ipip", "ip4", "gre", "sit", "isatap", "vti", "any", "ipv4"];

impl Tunnel {
    pub(super) fn parse(cursor: &mut Cursor<'_>) -> Result<Self, CommandError> {
        let Some(action) = cursor.next() else { return Ok(Self::Show(None)) };
        match action.begins(&ACTIONS) {
            Some("show" | "lst" | "list") => Ok(Self::Show(name(cursor)?)),
            Some("add") => Ok(Self::Add(Entry::parse(cursor)?)),
            Some("delete") => match name(cursor)? {
                Some(name) => Ok(Self::Del(name)),
                None => {
                    let message = "delete tunnel \"\" failed: No such device";
                    Err(CommandError::tool(&action.span, 1, message)
                        .help(Text::same("ip tunnel del NAME")))
                }
            },
            found => Err(unknown_action("tunnel", action, found, &["show", "add", "del"])),
        }
    }
}

/// `[name] NAME`.
fn name(cursor: &mut Cursor<'_>) -> Result<Option<String>, CommandError> {
    let Some(word) = cursor.next() else { return Ok(None) };
    let word = if word.text == "name" { cursor.value(word)? } else { word };
    match cursor.next() {
        Some(extra) => Err(garbage("name", extra, &["name"])),
        None => Ok(Some(iface(word)?)),
    }
}

impl Entry {
    /// A tunnel to and from anywhere.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            remote: None,
            local: None,
            ttl: None,
            tos: Some(0),
            pmtudisc: true,
            dev: None,
        }
    }

    fn parse(cursor: &mut Cursor<'_>) -> Result<Self, CommandError> {
        const KNOWN: [&str; 8] =
            ["mode", "remote", "local", "ttl", "tos", "pmtudisc", "nopmtudisc", "dev"];
        let action = cursor.last();
        let (mut mode, mut name) = (None, None);
        let mut entry = Self::new("");
        while let Some(word) = cursor.next() {
            match word.text.as_str() {
                "mode" => mode = Some(read_mode(cursor.value(word)?)?),
                "remote" => entry.remote = end(cursor.value(word)?)?,
                "local" => entry.local = end(cursor.value(word)?)?,
                "ttl" | "hoplimit" => entry.ttl = read_ttl(cursor.value(word)?)?,
                "dev" => entry.dev = Some(cursor.iface(word)?),
                "tos" | "tclass" | "dsfield" => entry.tos = read_tos(cursor.value(word)?)?,
                "pmtudisc" => entry.pmtudisc = true,
                "nopmtudisc" => entry.pmtudisc = false,
                "key" | "ikey" | "okey" | "seq" | "iseq" | "oseq" | "csum" | "icsum" | "ocsum"
                | "encap" | "external" => {
                    return Err(CommandError::not_simulated(word, 255).known("", &KNOWN));
                }
                _ => {
                    let given = if word.text == "name" { cursor.value(word)? } else { word };
                    if name.is_some() {
                        return Err(garbage("name", given, &KNOWN));
                    }
                    name = Some(iface(given)?);
                }
            }
        }
        let refuse = |message| CommandError::tool(&action.span, 1, message);
        let help = || Text::same("ip tunnel add NAME mode ipip remote A local A");
        if mode.is_none() {
            let message = "cannot determine tunnel mode (ipip, gre, vti or sit)";
            return Err(refuse(message).help(help()));
        }
        let message = "add tunnel \"tunl0\" failed: No such device";
        entry.name = name.ok_or_else(|| refuse(message).help(help()))?;
        if entry.ttl.is_some() && !entry.pmtudisc {
            return Err(refuse("ttl != 0 and nopmtudisc are incompatible"));
        }
        Ok(entry)
    }
}

fn read_mode(word: &Word) -> Result<(), CommandError> {
    match word.text.as_str() {
        "ipip" => Ok(()),
        text if MODES.contains(&text) => {
            Err(CommandError::not_simulated(word, 255).help(known("ipip")))
        }
        text => {
            let message = format!("Unknown tunnel mode \"{text}\"");
            Err(CommandError::tool(&word.span, 255, message).known(text, &["ipip"]))
        }
    }
}

/// An end of the tunnel, none for `any`.
fn end(word: &Word) -> Result<Option<Ipv4Addr>, CommandError> {
    if word.text == "any" {
        return Ok(None);
    }
    let message = || format!("Error: an IP address is expected rather than \"{}\"", word.text);
    match word.text.parse() {
        Ok(Ipv4Addr::UNSPECIFIED) => Ok(None),
        Ok(addr) => Ok(Some(addr)),
        Err(_) => Err(CommandError::tool(&word.span, 1, message())),
    }
}

/// A TTL, none for `inherit`.
fn read_ttl(word: &Word) -> Result<Option<u8>, CommandError> {
    if word.text == "inherit" {
        return Ok(None);
    }
    let ttl: Option<u8> = decimal(&word.text);
    let wrong = || super::cursor::wrong_argument(word, "invalid TTL");
    // On the wire 0 is iproute2's way to say "inherit".
    ttl.map(|ttl| (ttl > 0).then_some(ttl)).ok_or_else(wrong)
}

/// A TOS as a hexadecimal number, none for `inherit`. Its congestion bits are not for tunnels.
fn read_tos(word: &Word) -> Result<Option<u8>, CommandError> {
    if word.text == "inherit" {
        return Ok(None);
    }
    let digits = word.text.strip_prefix("0x").unwrap_or(&word.text);
    let tos = u8::from_str_radix(digits, 16).ok();
    tos.map(Some).ok_or_else(|| super::cursor::wrong_argument(word, "bad TOS value"))
}

impl fmt::Display for Tunnel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Show(None) => f.write_str("show"),
            Self::Show(Some(name)) => write!(f, "show name {}", Quoted(name)),
            Self::Add(entry) => write!(f, "add {entry}"),
            Self::Del(name) => write!(f, "del name {}", Quoted(name)),
        }
    }
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "name {} mode ipip", Quoted(&self.name))?;
        if let Some(remote) = self.remote {
            write!(f, " remote {remote}")?;
        }
        if let Some(local) = self.local {
            write!(f, " local {local}")?;
        }
        if let Some(ttl) = self.ttl {
            write!(f, " ttl {ttl}")?;
        }
        match self.tos {
            None => f.write_str(" tos inherit")?,
            Some(0) => {}
            Some(tos) => write!(f, " tos 0x{tos:02x}")?,
        }
        if !self.pmtudisc {
            f.write_str(" nopmtudisc")?;
        }
        match &self.dev {
            Some(dev) => write!(f, " dev {}", Quoted(dev)),
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
            ("ip tunnel", "ip tunnel show"),
            ("ip tunnel show tun0", "ip tunnel show name tun0"),
            ("ip tunnel add tun0 mode ipip remote 192.0.2.1 local 192.0.2.2 ttl 64 dev eth0",
                "ip tunnel add name tun0 mode ipip remote 192.0.2.1 local 192.0.2.2 ttl 64 dev eth0"),
            ("ip tunnel add name tun0 mode ipip remote any ttl inherit", "ip tunnel add name tun0 mode ipip"),
            ("ip tunnel add t0 mode ipip remote 192.0.2.1 tos inherit nopmtudisc",
                "ip tunnel add name t0 mode ipip remote 192.0.2.1 tos inherit nopmtudisc"),
            ("ip tunnel add t0 mode ipip remote 192.0.2.1 tos 10 pmtudisc",
                "ip tunnel add name t0 mode ipip remote 192.0.2.1 tos 0x10"),
            ("ip tu del tun0", "ip tunnel del name tun0"),
        ]);
    }

    #[test]
    fn refuses_in_ips_words() {
        #[rustfmt::skip]
        refuses(&[
            ("ip tunnel foo", "foo", 255, "Command \"foo\" is unknown, try \"ip tunnel help\"."),
            ("ip tunnel change x", "change", 255, "not simulated: change"),
            ("ip tunnel add t0", "add", 1, "cannot determine tunnel mode (ipip, gre, vti or sit)"),
            ("ip tunnel add t0 mode x", "x", 255, "Unknown tunnel mode \"x\""),
            ("ip tunnel add t0 mode gre", "gre", 255, "not simulated: gre"),
            ("ip tunnel add mode ipip", "add", 1, "add tunnel \"tunl0\" failed: No such device"),
            ("ip tunnel add t0 mode ipip remote x", "x", 1, "Error: an IP address is expected rather than \"x\""),
            ("ip tunnel add t0 mode ipip foo", "foo", 255, "Error: either \"name\" is duplicate, or \"foo\" is a garbage."),
            ("ip tunnel add t0 mode ipip ttl 9 nopmtudisc", "add", 1, "ttl != 0 and nopmtudisc are incompatible"),
            ("ip tunnel add t0 mode ipip tos x", "x", 255, "Error: argument \"x\" is wrong: bad TOS value"),
            ("ip tunnel del", "del", 1, "delete tunnel \"\" failed: No such device"),
        ]);
    }
}
