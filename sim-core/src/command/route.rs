//! `route` of net-tools 2.10: the older way to show and change the main routing table.

use std::fmt;
use std::net::Ipv4Addr;

use super::error::{CommandError, known, own_name};
use super::value::{decimal, is_iface_name, mask_len};
use super::word::{Quoted, Word};
use crate::Prefix;
use crate::{Text, text};

/// One `route` command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    /// The table; `-n` without names.
    Show {
        /// `-n`.
        numeric: bool,
    },
    /// `add`.
    Add(Entry),
    /// `del`.
    Del(Entry),
}

/// A route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Which packets.
    pub to: Prefix,
    /// `gw`: the gateway.
    pub gw: Option<Ipv4Addr>,
    /// `metric`: of two routes to one network the smaller is taken.
    pub metric: Option<u32>,
    /// `dev`: the interface, or a label of one of its addresses such as `lo:0`, which then is the
    /// source.
    pub dev: Option<String>,
}

/// What was said of the target.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Host,
    Net,
}

/// How it is written with what is simulated.
fn synopsis() -> Text {
    Text::same("route add|del [-host|-net] TARGET [netmask M] [gw G] [metric N] [[dev] IF]")
}

/// What only the real route reads.
const REAL: [&str; 8] = ["mss", "window", "irtt", "mod", "dyn", "reinstate", "reject", "modify"];

impl Route {
    pub(super) fn parse(words: &[Word]) -> Result<Self, CommandError> {
        let mut numeric = false;
        let mut rest = &words[1..];
        while let [option, more @ ..] = rest
            && option.text.starts_with('-')
        {
            match option.text.as_str() {
                "-n" => numeric = true,
                "-host" | "-net" => return Err(usage(option)),
                text if text[1..].chars().all(|c| "nNveeFCAVh46".contains(c)) => {
                    return Err(CommandError::not_simulated(option, 3).help(known("-n")));
                }
                text => {
                    let letter = text.chars().nth(1).unwrap_or('-');
                    let message = format!("route: invalid option -- '{letter}'");
                    return Err(CommandError::tool(&option.span, 3, message).known(text, &["-n"]));
                }
            }
            rest = more;
        }
        let [action, rest @ ..] = rest else { return Ok(Self::Show { numeric }) };
        match action.text.as_str() {
            "add" => Ok(Self::Add(Entry::parse(action, rest, "SIOCADDRT")?)),
            "del" | "delete" => Ok(Self::Del(Entry::parse(action, rest, "SIOCDELRT")?)),
            "flush" => {
                let message = "Flushing `inet' routing table not supported";
                Err(CommandError::tool(&action.span, 3, message))
            }
            text => {
                let message =
                    "Usage: route [-nNvee] [-FC] [<AF>]           List kernel routing tables";
                Err(CommandError::tool(&action.span, 3, message).known(text, &["add", "del"]))
            }
        }
    }
}

fn usage(word: &Word) -> CommandError {
    let message =
        "Usage: inet_route [-vF] del {-host|-net} Target[/prefix] [gw Gw] [metric M] [[dev] If]";
    CommandError::tool(&word.span, 3, message).help(synopsis())
}

impl Entry {
    /// A route to `to`, with nothing else.
    pub fn new(to: Prefix) -> Self {
        Self { to, gw: None, metric: None, dev: None }
    }

    /// `ioctl` is the call whose refusal net-tools reports.
    fn parse(action: &Word, words: &[Word], ioctl: &str) -> Result<Self, CommandError> {
        let mut words = words.iter().filter(|word| word.text != "-n");
        let mut shape = None;
        let target = loop {
            match words.next() {
                Some(word) if word.text == "-host" => shape = Some(Shape::Host),
                Some(word) if word.text == "-net" => shape = Some(Shape::Net),
                Some(word) => break word,
                None => return Err(usage(action)),
            }
        };
        let mut entry = Self::new(Prefix::ANY);
        let mut mask = None;
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or_else(|| usage(word));
            match word.text.as_str() {
                "gw" | "gateway" => entry.gw = Some(host(value()?)?),
                "netmask" => mask = Some(value()?),
                "metric" => {
                    let value = value()?;
                    entry.metric = Some(decimal(&value.text).ok_or_else(|| usage(value))?);
                }
                text if REAL.contains(&text) => {
                    return Err(CommandError::not_simulated(word, 3).help(synopsis()));
                }
                _ => {
                    let named = if matches!(word.text.as_str(), "dev" | "device") {
                        value()?
                    } else {
                        word
                    };
                    if entry.dev.is_some() || !is_iface_name(&named.text) {
                        return Err(usage(named));
                    }
                    entry.dev = Some(named.text.clone());
                }
            }
        }
        entry.to = read_target(target, shape, mask, ioctl)?;
        Ok(entry)
    }
}

/// The target's network. net-tools 2.10 `INET_setroute`: without `-net` only `default` is a
/// network.
fn read_target(
    target: &Word,
    shape: Option<Shape>,
    mask: Option<&Word>,
    ioctl: &str,
) -> Result<Prefix, CommandError> {
    if target.text == "default" && shape != Some(Shape::Host) {
        return Ok(Prefix::ANY);
    }
    let (addr, len) = match target.text.split_once('/') {
        Some((addr, len)) => (addr, Some(decimal(len).ok_or_else(|| usage(target))?)),
        None => (target.text.as_str(), None),
    };
    let addr =
        host(&Word::new(if addr == "default" { "0.0.0.0" } else { addr }, target.span.clone()))?;
    let len = match (len, mask) {
        (Some(_), Some(mask)) => return Err(usage(mask)),
        (Some(len), None) => Some(len),
        (None, Some(mask)) => Some(netmask(mask)?),
        (None, None) => None,
    };
    let refuse = |status, message: String| CommandError::tool(&target.span, status, message);
    match (shape, len) {
        (Some(Shape::Net), Some(len)) => {
            let prefix = Prefix { addr, len };
            if len > 32 || prefix.has_host_bits() {
                return Err(
                    refuse(3, "route: netmask doesn't match route address".into()).help(synopsis())
                );
            }
            Ok(prefix)
        }
        (Some(Shape::Net), None) => {
            let error = refuse(7, format!("{ioctl}: Invalid argument"));
            Err(error.help(text!(
                "a network wants its netmask: -net 10.0.0.0 netmask 255.0.0.0, or -net 10.0.0.0/8",
                "网络要带掩码：-net 10.0.0.0 netmask 255.0.0.0，或 -net 10.0.0.0/8",
            )))
        }
        // Differs from net-tools, which refuses `netmask 255.255.255.255` but takes `/32`.
        (_, None | Some(32)) => Ok(Prefix::host(addr)),
        (_, Some(len)) => {
            // net-tools prints what the mask leaves over.
            let rest = !Prefix::new(addr, len.min(32)).mask().to_bits();
            let message = format!("route: netmask {rest:08x} doesn't make sense with host route");
            Err(refuse(3, message).help(text!("a network is added with -net", "添加网络要用 -net")))
        }
    }
}

fn netmask(word: &Word) -> Result<u8, CommandError> {
    let mask = host(word)?;
    let message = || format!("route: bogus netmask {mask}");
    mask_len(mask).ok_or_else(|| CommandError::tool(&word.span, 3, message()))
}

fn host(word: &Word) -> Result<Ipv4Addr, CommandError> {
    let message = || format!("{}: Unknown host", word.text);
    let unknown = || CommandError::tool(&word.span, 6, message()).help(synopsis());
    word.text.parse().map_err(|_| own_name(word, 6).unwrap_or_else(unknown))
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Show { numeric: false } => f.write_str("route"),
            Self::Show { numeric: true } => f.write_str("route -n"),
            Self::Add(entry) => write!(f, "route add {entry}"),
            Self::Del(entry) => write!(f, "route del {entry}"),
        }
    }
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.to {
            Prefix::ANY => f.write_str("default")?,
            Prefix { addr, len: 32 } => write!(f, "-host {addr}")?,
            prefix => write!(f, "-net {} netmask {}", prefix.addr, prefix.mask())?,
        }
        if let Some(gw) = self.gw {
            write!(f, " gw {gw}")?;
        }
        if let Some(metric) = self.metric {
            write!(f, " metric {metric}")?;
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
            ("route", "route"),
            ("route -n", "route -n"),
            ("route add -host 172.16.100.100 lo:0", "route add -host 172.16.100.100 dev lo:0"),
            ("route add -host 172.16.100.100 dev eth0:0", "route add -host 172.16.100.100 dev eth0:0"),
            ("route add 11.0.0.0 dev eth0", "route add -host 11.0.0.0 dev eth0"),
            ("route add -net 11.0.0.0/8 eth0", "route add -net 11.0.0.0 netmask 255.0.0.0 dev eth0"),
            ("route add -net 11.0.0.0 netmask 255.0.0.0 gw 10.0.0.2", "route add -net 11.0.0.0 netmask 255.0.0.0 gw 10.0.0.2"),
            ("route add -net 0.0.0.0 netmask 0.0.0.0 gw 10.0.0.2", "route add default gw 10.0.0.2"),
            ("route add default gw 10.0.0.2 metric 5 eth0", "route add default gw 10.0.0.2 metric 5 dev eth0"),
            ("route del default", "route del default"),
            ("route -n add -host 11.0.0.1 eth0", "route add -host 11.0.0.1 dev eth0"),
        ]);
    }

    #[test]
    fn refuses_in_routes_words() {
        let usage = "Usage: inet_route [-vF] del {-host|-net} Target[/prefix] [gw Gw] [metric M] [[dev] If]";
        #[rustfmt::skip]
        refuses(&[
            ("route -x", "-x", 3, "route: invalid option -- 'x'"),
            ("route -e", "-e", 3, "not simulated: -e"),
            ("route foo", "foo", 3, "Usage: route [-nNvee] [-FC] [<AF>]           List kernel routing tables"),
            ("route flush", "flush", 3, "Flushing `inet' routing table not supported"),
            ("route add", "add", 3, usage),
            ("route -host add 1.2.3.4", "-host", 3, usage),
            ("route add -host 1.2.3.4 gw", "gw", 3, usage),
            ("route add -host 1.2.3.4 eth0 lo", "lo", 3, usage),
            ("route add default gw 1.2.3.4 metric x", "x", 3, usage),
            ("route add -net 10.0.0.0/8 netmask 255.0.0.0 lo", "255.0.0.0", 3, usage),
            ("route add -host 1.2.3.4/24 dev lo", "1.2.3.4/24", 3, "route: netmask 000000ff doesn't make sense with host route"),
            ("route add 11.0.0.0/8 dev eth0", "11.0.0.0/8", 3, "route: netmask 00ffffff doesn't make sense with host route"),
            ("route add -net 1.2.3.4/24 dev lo", "1.2.3.4/24", 3, "route: netmask doesn't match route address"),
            ("route add -net 11.0.0.0 netmask 255.0.255.0 eth0", "255.0.255.0", 3, "route: bogus netmask 255.0.255.0"),
            ("route add -net 11.0.0.0 eth0", "11.0.0.0", 7, "SIOCADDRT: Invalid argument"),
            ("route del -net 11.0.0.0", "11.0.0.0", 7, "SIOCDELRT: Invalid argument"),
            ("route add -host x lo", "x", 6, "x: Unknown host"),
            ("route add -host 1.2.3.4 gw x", "x", 6, "x: Unknown host"),
            ("route add -host 1.2.3.4 reject", "reject", 3, "not simulated: reject"),
        ]);
    }
}
