//! `ip` of iproute2 6.1: its options and objects. What is done to each object is in a file of its
//! own.

use std::fmt;

pub mod addr;
pub(super) mod cursor;
pub mod link;
pub mod neigh;
pub mod route;
pub mod tunnel;

use super::error::{CommandError, known};
use super::word::Word;
use crate::text;
use addr::Addr;
use cursor::Cursor;
use link::Link;
use neigh::Neigh;
use route::Route;
use tunnel::Tunnel;

/// One `ip` command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ip {
    /// How the answer is printed.
    pub options: Options,
    /// What is shown or changed.
    pub object: Object,
}

/// The options before the object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// `-4`: only IPv4. There is nothing else here, but listings leave out what has no IPv4
    /// address.
    pub ipv4: bool,
    /// `-br`: one line an interface, in columns.
    pub brief: bool,
    /// `-o`: one line an address.
    pub oneline: bool,
    /// `-s`: counters; twice for more.
    pub stats: u8,
    /// `-j`: listings as JSON.
    pub json: bool,
    /// `-p`: JSON with blanks and line ends.
    pub pretty: bool,
}

/// What `ip` works on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Object {
    /// `ip addr`.
    Addr(Addr),
    /// `ip link`.
    Link(Link),
    /// `ip route`.
    Route(Route),
    /// `ip rule`: the three rules that every host has.
    Rule,
    /// `ip neigh`.
    Neigh(Neigh),
    /// `ip tunnel`.
    Tunnel(Tunnel),
}

/// iproute2's objects in the order in which it looks an abbreviation up.
#[rustfmt::skip]
const OBJECTS: [&str; 33] = [
    "address", "addrlabel", "maddress", "route", "rule", "neighbor", "neighbour", "ntable", "ntbl", "link",
    "l2tp", "fou", "ila", "macsec", "tunnel", "tunl", "tuntap", "token", "tcpmetrics", "tcp_metrics", "monitor", "xfrm",
    "mroute", "mrule", "netns", "netconf", "vrf", "sr", "nexthop", "mptcp", "ioam", "stats", "amt",
];

/// The objects of this simulator.
pub(super) const KNOWN: [&str; 6] = ["addr", "link", "route", "rule", "neigh", "tunnel"];

/// The options that do something here.
pub(super) const SIMULATED: [&str; 6] = ["-4", "-br", "-j", "-o", "-p", "-s"];

/// iproute2's options in the order in which it looks an abbreviation up, with what they mean here.
#[rustfmt::skip]
const OPTIONS: [&str; 29] = [
    "-loops", "-family", "-4", "-6", "-0", "-M", "-B", "-human", "-iec", "-stats", "-statistics", "-details",
    "-resolve", "-oneline", "-timestamp", "-tshort", "-Version", "-force", "-batch", "-brief", "-json", "-pretty", "-rcvbuf",
    "-color", "-help", "-netns", "-Numeric", "-all", "-echo",
];

impl Ip {
    pub(super) fn parse(words: &[Word]) -> Result<Self, CommandError> {
        let mut cursor = Cursor::after_first(words);
        let (mut options, mut json) = (Options::default(), None);
        let object = loop {
            match cursor.next() {
                Some(word) if word.text.starts_with('-') => {
                    options.set(word)?;
                    if options.json && json.is_none() {
                        json = Some(word);
                    }
                }
                Some(word) if word.text != "help" => break word,
                help => {
                    let at = &help.unwrap_or(&words[0]).span;
                    let message = "Usage: ip [ OPTIONS ] OBJECT { COMMAND | help }";
                    return Err(CommandError::tool(at, 255, message).known("", &KNOWN));
                }
            }
        };
        let object = match object.begins(&OBJECTS) {
            Some("address") => Object::Addr(Addr::parse(&mut cursor)?),
            Some("link") => Object::Link(Link::parse(&mut cursor)?),
            Some("route") => Object::Route(Route::parse(&mut cursor)?),
            Some("rule") => rule(&mut cursor)?,
            Some("neighbor" | "neighbour") => Object::Neigh(Neigh::parse(&mut cursor)?),
            Some("tunnel" | "tunl") => Object::Tunnel(Tunnel::parse(&mut cursor)?),
            Some(_) => {
                let error = CommandError::not_simulated(object, 1);
                return Err(error.known("", &KNOWN));
            }
            None => {
                let message = format!("Object \"{}\" is unknown, try \"ip help\".", object.text);
                return Err(
                    CommandError::tool(&object.span, 1, message).known(&object.text, &KNOWN)
                );
            }
        };
        // What iproute2 6.1 prints then is no JSON: the text's line ends stand between the objects.
        if let (Some(json), Object::Tunnel(Tunnel::Show(_))) = (json, &object) {
            let typed = &json.text;
            let what = text!("{typed} with tunnel", "与 tunnel 同用的 {typed}");
            return Err(CommandError::without(&json.span, 255, &what));
        }
        Ok(Self { options, object })
    }
}

fn rule(cursor: &mut Cursor<'_>) -> Result<Object, CommandError> {
    let Some(action) = cursor.next() else { return Ok(Object::Rule) };
    let actions = ["list", "lst", "show", "save", "restore", "add", "delete", "flush"];
    match action.begins(&actions) {
        Some("list" | "lst" | "show") => {}
        found => return Err(cursor::unknown_action("rule", action, found, &["show"])),
    }
    match cursor.next() {
        Some(word) => Err(CommandError::not_simulated(word, 255).help(known("ip rule show"))),
        None => Ok(Object::Rule),
    }
}

impl Options {
    fn set(&mut self, word: &Word) -> Result<(), CommandError> {
        // `--brief` is `-brief`.
        let option = if word.text.starts_with("--") { &word.text[1..] } else { &word.text };
        // Nothing is coloured here.
        if let Some((name, when)) = option.split_once('=')
            && name.len() > 1
            && "-color".starts_with(name)
        {
            match when {
                "never" => return Ok(()),
                "" | "always" | "auto" => return Err(not_here(word)),
                _ => {}
            }
        }
        let found = OPTIONS.iter().find(|known| option.len() > 1 && known.starts_with(option));
        match found.copied() {
            Some("-4") => self.ipv4 = true,
            Some("-brief") => self.brief = true,
            Some("-oneline") => self.oneline = true,
            Some("-json") => self.json = true,
            Some("-pretty") => self.pretty = true,
            Some("-stats" | "-statistics") => self.stats = (self.stats + 1).min(2),
            Some(_) => return Err(not_here(word)),
            None => {
                let message = format!("Option \"{}\" is unknown, try \"ip -help\".", word.text);
                let error = CommandError::tool(&word.span, 255, message);
                return Err(error.known(&word.text, &SIMULATED));
            }
        }
        Ok(())
    }
}

/// An option that only iproute2 has.
fn not_here(word: &Word) -> CommandError {
    CommandError::not_simulated(word, 255).help(known(SIMULATED.join(" ")))
}

impl fmt::Display for Ip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ip")?;
        let options = self.options;
        let flags = [
            ("-4", options.ipv4),
            ("-br", options.brief),
            ("-o", options.oneline),
            ("-j", options.json),
            ("-p", options.pretty),
        ];
        for (flag, _) in flags.iter().filter(|(_, given)| *given) {
            write!(f, " {flag}")?;
        }
        for _ in 0..options.stats {
            f.write_str(" -s")?;
        }
        match &self.object {
            Object::Addr(addr) => write!(f, " addr {addr}"),
            Object::Link(link) => write!(f, " link {link}"),
            Object::Route(route) => write!(f, " route {route}"),
            Object::Rule => f.write_str(" rule show"),
            Object::Neigh(neigh) => write!(f, " neigh {neigh}"),
            Object::Tunnel(tunnel) => write!(f, " tunnel {tunnel}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::command::testing::{prints, refuses};

    #[test]
    fn objects_and_options_may_be_abbreviated() {
        #[rustfmt::skip]
        prints(&[
            ("ip a", "ip addr show"), ("ip ad", "ip addr show"), ("ip address list", "ip addr show"),
            ("ip r", "ip route show"), ("ip ro sh", "ip route show"), ("ip ru", "ip rule show"),
            ("ip n", "ip neigh show"), ("ip nei s", "ip neigh show"), ("ip neighbour", "ip neigh show"),
            ("ip l", "ip link show"), ("ip li", "ip link show"), ("ip t", "ip tunnel show"),
            ("ip rule list", "ip rule show"),
            ("ip -4 -br a", "ip -4 -br addr show"), ("ip --br a", "ip -br addr show"),
            ("ip -o -4 addr", "ip -4 -o addr show"), ("ip -s -s neigh", "ip -s -s neigh show"),
            ("ip -statistics link", "ip -s link show"), ("ip -color=never -4 a", "ip -4 addr show"), ("ip -c=never r", "ip route show"),
            ("ip -j a", "ip -j addr show"), ("ip -json -pretty -4 r", "ip -4 -j -p route show"), ("ip -j rule list", "ip -j rule show"),
        ]);
    }

    #[test]
    fn refuses_in_ips_words() {
        #[rustfmt::skip]
        refuses(&[
            ("ip help", "help", 255, "Usage: ip [ OPTIONS ] OBJECT { COMMAND | help }"),
            ("ip", "ip", 255, "Usage: ip [ OPTIONS ] OBJECT { COMMAND | help }"),
            ("ip foo", "foo", 1, "Object \"foo\" is unknown, try \"ip help\"."),
            ("ip netns add x", "netns", 1, "not simulated: netns"),
            ("ip tcp_metrics", "tcp_metrics", 1, "not simulated: tcp_metrics"),
            ("ip -color=auto a", "-color=auto", 255, "not simulated: -color=auto"),
            ("ip -color=blue a", "-color=blue", 255, "Option \"-color=blue\" is unknown, try \"ip -help\"."),
            ("ip -x addr", "-x", 255, "Option \"-x\" is unknown, try \"ip -help\"."),
            ("ip -4s addr", "-4s", 255, "Option \"-4s\" is unknown, try \"ip -help\"."),
            ("ip -6 addr", "-6", 255, "not simulated: -6"),
            ("ip -o -j tunnel", "-j", 255, "not simulated: -j with tunnel"),
            ("ip -b addr", "-b", 255, "not simulated: -b"),
            ("ip - addr", "-", 255, "Option \"-\" is unknown, try \"ip -help\"."),
            ("ip rule foo", "foo", 255, "Command \"foo\" is unknown, try \"ip rule help\"."),
            ("ip rule add", "add", 255, "not simulated: add"),
        ]);
    }
}
