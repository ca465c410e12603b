//! `ifconfig` of net-tools 2.10: shows interfaces, and sets one by a row of ioctls in the order of
//! the words.

use std::fmt;
use std::net::Ipv4Addr;

use super::error::{CommandError, known, six_bytes};
use super::value::{decimal, is_iface_name};
use super::word::{Quoted, Word};
use crate::Mac;
use crate::{Text, text};

/// One `ifconfig` command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ifconfig {
    /// All interfaces that are up; with `-a` those that are down too.
    All {
        /// `-a`.
        down_too: bool,
    },
    /// `-s`: a line for each.
    Short {
        /// `-a`.
        down_too: bool,
        /// Only this one.
        iface: Option<String>,
    },
    /// One interface or alias.
    Show(String),
    /// New settings of one interface or alias.
    Set {
        /// Its name, with a label such as `lo:0`.
        iface: String,
        /// What is set, one after the other.
        settings: Vec<Setting>,
    },
}

/// One setting of an interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Setting {
    /// The address. Its network is given by the length, or else by its class.
    Addr(Ipv4Addr, Option<u8>),
    /// `netmask M`.
    Netmask(Ipv4Addr),
    /// `broadcast B`.
    Broadcast(Ipv4Addr),
    /// `up`.
    Up,
    /// `down`.
    Down,
    /// `mtu N`.
    Mtu(u32),
    /// `hw ether MAC`.
    Mac(Mac),
    /// `arp` and `-arp`.
    Arp(bool),
}

const KNOWN: [&str; 9] =
    ["ADDRESS", "netmask", "broadcast", "up", "down", "mtu", "hw", "arp", "-arp"];

/// What may stand behind an interface, besides an address.
pub(super) fn words() -> impl Iterator<Item = &'static str> {
    KNOWN.into_iter().filter(|word| *word != "ADDRESS")
}

/// What only the real ifconfig sets.
#[rustfmt::skip]
const REAL: [&str; 24] = [
    "add", "del", "delete", "-broadcast", "pointopoint", "-pointopoint", "dstaddr", "promisc", "-promisc", "allmulti",
    "-allmulti", "multicast", "-multicast", "trailers", "-trailers", "metric", "mem_start", "io_addr", "irq", "media",
    "txqueuelen", "tunnel", "dynamic", "-dynamic",
];

impl Ifconfig {
    pub(super) fn parse(words: &[Word]) -> Result<Self, CommandError> {
        let (mut down_too, mut short) = (false, false);
        let mut rest = &words[1..];
        while let [option, more @ ..] = rest
            && option.text.starts_with('-')
        {
            match option.text.as_str() {
                "-a" => down_too = true,
                "-s" => short = true,
                "-v" | "-V" => {
                    return Err(CommandError::not_simulated(option, 1).help(known("-a -s")));
                }
                text => {
                    let message = format!("ifconfig: option `{text}' not recognised.");
                    let error = CommandError::tool(&option.span, 1, message);
                    return Err(error.known(text, &["-a", "-s"]));
                }
            }
            rest = more;
        }
        let [iface, rest @ ..] = rest else {
            return Ok(match short {
                true => Self::Short { down_too, iface: None },
                false => Self::All { down_too },
            });
        };
        if !is_iface_name(&iface.text) {
            let name = &iface.text;
            let message = format!("{name}: error fetching interface information: Device not found");
            return Err(CommandError::tool(&iface.span, 1, message));
        }
        if rest.is_empty() {
            let iface = iface.text.clone();
            return Ok(match short {
                true => Self::Short { down_too, iface: Some(iface) },
                false => Self::Show(iface),
            });
        }
        Ok(Self::Set { iface: iface.text.clone(), settings: settings(rest)? })
    }
}

fn settings(words: &[Word]) -> Result<Vec<Setting>, CommandError> {
    let mut settings = Vec::new();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or_else(|| usage(word));
        settings.push(match word.text.as_str() {
            "up" => Setting::Up,
            "down" => Setting::Down,
            "arp" => Setting::Arp(true),
            "-arp" => Setting::Arp(false),
            "netmask" => Setting::Netmask(host(value()?, "")?),
            "broadcast" => Setting::Broadcast(host(value()?, "")?),
            "mtu" => Setting::Mtu(mtu(value()?)?),
            "hw" => {
                let class = value()?;
                if class.text != "ether" {
                    return Err(usage(class));
                }
                Setting::Mac(mac(value()?)?)
            }
            // The address family, which is this one anyway.
            "inet" => continue,
            text if REAL.contains(&text) => {
                return Err(CommandError::not_simulated(word, 1).known("", &KNOWN));
            }
            _ => address(word)?,
        });
    }
    Ok(settings)
}

fn usage(word: &Word) -> CommandError {
    let message = "Usage:\n  ifconfig [-a] [-v] [-s] <interface> [[<AF>] <address>]";
    let help = "ifconfig IF[:LABEL] [A[/LEN]] [netmask M] [broadcast B] [up|down] [mtu N] \
        [hw ether MAC] [[-]arp]";
    CommandError::tool(&word.span, 3, message).help(Text::same(help))
}

/// An address of four numbers. Whatever else stands there ifconfig takes for the name of a host.
fn host(word: &Word, more: &str) -> Result<Ipv4Addr, CommandError> {
    let message = || format!("{}: Unknown host{more}", word.text);
    word.text
        .parse()
        .map_err(|_| CommandError::tool(&word.span, 1, message()).known(&word.text, &KNOWN))
}

fn address(word: &Word) -> Result<Setting, CommandError> {
    let more = "\nifconfig: `--help' gives usage information.";
    let Some((addr, len)) = word.text.split_once('/') else {
        return Ok(Setting::Addr(host(word, more)?, None));
    };
    let addr = host(&Word::new(addr, word.span.clone()), more)?;
    match decimal(len) {
        Some(len) if len <= 32 => Ok(Setting::Addr(addr, Some(len))),
        // Differs from net-tools, which takes /40 for a netmask of nothing.
        _ => Err(usage(word)),
    }
}

/// Differs from net-tools, which takes a word that is no number for an MTU of 0, and so switches
/// IPv4 off.
fn mtu(word: &Word) -> Result<u32, CommandError> {
    let message = "SIOCSIFMTU: Invalid argument";
    decimal(&word.text).ok_or_else(|| {
        CommandError::tool(&word.span, 1, message)
            .help(text!("mtu N, as mtu 1400", "mtu N，如 mtu 1400"))
    })
}

fn mac(word: &Word) -> Result<Mac, CommandError> {
    let message = "SIOCSIFHWADDR: Invalid argument";
    let error = |_| CommandError::tool(&word.span, 1, message).help(six_bytes());
    word.text.parse().map_err(error)
}

impl fmt::Display for Ifconfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All { down_too: false } => f.write_str("ifconfig"),
            Self::All { down_too: true } => f.write_str("ifconfig -a"),
            Self::Short { down_too, iface } => {
                f.write_str(if *down_too { "ifconfig -a -s" } else { "ifconfig -s" })?;
                iface.iter().try_for_each(|iface| write!(f, " {}", Quoted(iface)))
            }
            Self::Show(iface) => write!(f, "ifconfig {}", Quoted(iface)),
            Self::Set { iface, settings } => {
                write!(f, "ifconfig {}", Quoted(iface))?;
                settings.iter().try_for_each(|setting| write!(f, " {setting}"))
            }
        }
    }
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Addr(addr, None) => write!(f, "{addr}"),
            Self::Addr(addr, Some(len)) => write!(f, "{addr}/{len}"),
            Self::Netmask(mask) => write!(f, "netmask {mask}"),
            Self::Broadcast(addr) => write!(f, "broadcast {addr}"),
            Self::Up => f.write_str("up"),
            Self::Down => f.write_str("down"),
            Self::Mtu(mtu) => write!(f, "mtu {mtu}"),
            Self::Mac(mac) => write!(f, "hw ether {mac}"),
            Self::Arp(true) => f.write_str("arp"),
            Self::Arp(false) => f.write_str("-arp"),
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
            ("ifconfig", "ifconfig"),
            ("ifconfig -a", "ifconfig -a"),
            ("ifconfig -s", "ifconfig -s"),
            ("ifconfig -s -a", "ifconfig -a -s"),
            ("ifconfig -s eth0", "ifconfig -s eth0"),
            ("/sbin/ifconfig eth0:0", "ifconfig eth0:0"),
            ("ifconfig lo:0 172.16.100.100 broadcast 172.16.100.100 netmask 255.255.255.255 up",
                "ifconfig lo:0 172.16.100.100 broadcast 172.16.100.100 netmask 255.255.255.255 up"),
            ("ifconfig eth0:0 10.0.0.9/24 up", "ifconfig eth0:0 10.0.0.9/24 up"),
            ("ifconfig eth0 inet 10.0.0.4 mtu 1400 -arp arp", "ifconfig eth0 10.0.0.4 mtu 1400 -arp arp"),
            ("ifconfig eth0 hw ether 2:0:0:0:0:9 down", "ifconfig eth0 hw ether 02:00:00:00:00:09 down"),
        ]);
    }

    #[test]
    fn refuses_in_ifconfigs_words() {
        #[rustfmt::skip]
        refuses(&[
            ("ifconfig -x", "-x", 1, "ifconfig: option `-x' not recognised."),
            ("ifconfig -v", "-v", 1, "not simulated: -v"),
            ("ifconfig lo foo", "foo", 1, "foo: Unknown host\nifconfig: `--help' gives usage information."),
            ("ifconfig lo 1.2.3.4.5", "1.2.3.4.5", 1,
                "1.2.3.4.5: Unknown host\nifconfig: `--help' gives usage information."),
            ("ifconfig lo netmask x", "x", 1, "x: Unknown host"),
            ("ifconfig lo netmask", "netmask", 3, "Usage:\n  ifconfig [-a] [-v] [-s] <interface> [[<AF>] <address>]"),
            ("ifconfig lo 10.0.0.1/x", "10.0.0.1/x", 3, "Usage:\n  ifconfig [-a] [-v] [-s] <interface> [[<AF>] <address>]"),
            ("ifconfig lo mtu x", "x", 1, "SIOCSIFMTU: Invalid argument"),
            ("ifconfig lo hw ether 1", "1", 1, "SIOCSIFHWADDR: Invalid argument"),
            ("ifconfig lo promisc", "promisc", 1, "not simulated: promisc"),
        ]);
    }
}
