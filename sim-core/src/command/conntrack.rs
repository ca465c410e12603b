//! `conntrack` 1.4.7: the connections that the host tracks.

use std::fmt;
use std::net::Ipv4Addr;

use super::error::{CommandError, known, no_names, ports};
use super::options::{Arg, Dialect, Given, Opt, Takes, Tool, real, value};
use super::value::{decimal, service_port};
use super::word::Word;
use crate::Prefix;
use crate::Text;
use crate::netfilter::{Ids, Tracked};

/// One `conntrack` command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Conntrack {
    /// `-L`.
    List {
        /// Which entries.
        filter: Filter,
        /// `-o extended`: with the network protocol.
        extended: bool,
    },
    /// `-D`: forgets these.
    Delete(Filter),
    /// `-F`: forgets all.
    Flush,
    /// `-C`: how many there are.
    Count,
}

/// Which entries are meant: all of this must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// `-p`.
    pub proto: Option<u8>,
    /// `-s`: the source of the original direction.
    pub src: Option<Prefix>,
    /// `-d`: its destination.
    pub dst: Option<Prefix>,
    /// `-r`: the source of the replies.
    pub reply_src: Option<Prefix>,
    /// `-q`: their destination.
    pub reply_dst: Option<Prefix>,
    /// `--sport`: the source port of the original direction.
    pub sport: Option<u16>,
    /// `--dport`: its destination port.
    pub dport: Option<u16>,
    /// `--state` of TCP.
    pub state: Option<&'static str>,
}

/// The states of TCP that `--state` takes.
pub const STATES: [&str; 10] = [
    "SYN_SENT",
    "SYN_RECV",
    "ESTABLISHED",
    "FIN_WAIT",
    "CLOSE_WAIT",
    "LAST_ACK",
    "TIME_WAIT",
    "CLOSE",
    "SYN_SENT2",
    "LISTEN",
];

const VERSION: &str = "conntrack v1.4.7 (conntrack-tools): ";

pub(super) static CONNTRACK: Tool = Tool {
    name: "conntrack",
    options: &[
        Opt { name: "-L", long: "--dump", takes: Takes::MaybeValue, simulated: true },
        Opt { name: "-D", long: "--delete", takes: Takes::MaybeValue, simulated: true },
        Opt { name: "-F", long: "--flush", takes: Takes::MaybeValue, simulated: true },
        Opt { name: "-C", long: "--count", takes: Takes::MaybeValue, simulated: true },
        value("-p", "--protonum"),
        value("-p", "--proto"),
        value("-s", "--src"),
        value("-s", "--orig-src"),
        value("-d", "--dst"),
        value("-d", "--orig-dst"),
        value("-r", "--reply-src"),
        value("-q", "--reply-dst"),
        value("-o", "--output"),
        value("-f", "--family"),
        value("--sport", "--orig-port-src"),
        value("--dport", "--orig-port-dst"),
        value("--state", ""),
        real("-G", "--get"),
        real("-I", "--create"),
        real("-U", "--update"),
        real("-E", "--event"),
        real("-S", "--stats"),
        real("-n", "--src-nat"),
        real("-g", "--dst-nat"),
        real("-j", "--any-nat"),
        real("-m", "--mark"),
        real("-c", "--secmark"),
        real("-e", "--event-mask"),
        real("-z", "--zero"),
        real("-l", "--label"),
        real("-t", "--timeout"),
        real("-u", "--status"),
        real("-w", "--zone"),
        real("-b", "--buffer-size"),
        real("-h", "--help"),
        real("-V", "--version"),
        real("--reply-port-src", ""),
        real("--reply-port-dst", ""),
        real("--mask-src", ""),
        real("--mask-dst", ""),
        real("--icmp-type", ""),
        real("--icmp-code", ""),
        real("--icmp-id", ""),
    ],
    dialect: Dialect::Conntrack,
    status: 2,
};

/// What stood on the line.
#[derive(Default)]
struct Typed {
    verb: Option<(&'static str, Word)>,
    filter: Filter,
    /// The first option that narrows the list, with the name that complaints call it by.
    narrows: Option<(&'static str, Word)>,
    extended: bool,
    /// `-o`.
    output: Option<Word>,
}

impl Conntrack {
    pub(super) fn parse(words: &[Word]) -> Result<Self, CommandError> {
        let mut typed = Typed::default();
        for arg in CONNTRACK.args(words) {
            match arg? {
                Arg::Option(given) => typed.set(given)?,
                Arg::Operand(word) => {
                    let message = format!("unknown argument `{}'", word.text);
                    return Err(refuse(&word, message).help(CONNTRACK.known()));
                }
            }
        }
        let Some((verb, _)) = typed.verb else {
            // Without a command the real tool prints its help.
            let word = Word::new("conntrack", words[0].span.clone());
            return Err(CommandError::not_simulated(&word, 2).help(known("-L -D -F -C")));
        };
        if let Some((name, word)) = typed.narrows.filter(|_| matches!(verb, "-F" | "-C")) {
            return Err(refuse(&word, format!("Illegal option `{name}' with this command")));
        }
        if let Some(word) = typed.output.filter(|_| verb != "-L") {
            return Err(match verb {
                "-D" => CommandError::not_simulated(&word, 2),
                _ => refuse(&word, "Illegal option `--output' with this command"),
            });
        }
        Ok(match verb {
            "-L" => Self::List { filter: typed.filter, extended: typed.extended },
            "-D" => Self::Delete(typed.filter),
            "-F" => Self::Flush,
            _ => Self::Count,
        })
    }
}

fn refuse(word: &Word, message: impl fmt::Display) -> CommandError {
    CommandError::tool(&word.span, 2, format!("{VERSION}{message}"))
}

impl Typed {
    fn set(&mut self, given: Given) -> Result<(), CommandError> {
        let Given { name, typed, value, has_value, .. } = given;
        if matches!(name, "-L" | "-D" | "-F" | "-C") {
            if self.verb.is_some() {
                return Err(refuse(&typed, "Invalid commands combination"));
            }
            match value.text.as_str() {
                "conntrack" => {}
                "expect" | "dying" | "unconfirmed" if has_value => {
                    return Err(CommandError::not_simulated(&value, 2).known("", &["conntrack"]));
                }
                unknown if has_value => {
                    return Err(refuse(&value, format!("unknown type `{unknown}'"))
                        .known("", &["conntrack"]));
                }
                _ => {}
            }
            self.verb = Some((name, typed));
            return Ok(());
        }
        match name {
            "-o" => {
                for kind in value.text.split(',') {
                    match kind {
                        "extended" => self.extended = true,
                        "xml" | "timestamp" | "id" | "ktimestamp" | "labels" | "save" => {
                            let word = Word::new(kind, value.span.clone());
                            return Err(
                                CommandError::not_simulated(&word, 2).known("", &["extended"])
                            );
                        }
                        _ => {
                            let message = format!("Bad parameter `{}'", value.text);
                            return Err(refuse(&value, message).known(kind, &["extended"]));
                        }
                    }
                }
                self.output = Some(typed);
                return Ok(());
            }
            "-f" => {
                return match value.text.as_str() {
                    "ipv4" => Ok(()),
                    "ipv6" => Err(CommandError::not_simulated(&value, 2).known("", &["ipv4"])),
                    other => Err(refuse(&value, format!("`{other}' unsupported protocol"))),
                };
            }
            _ => {}
        }
        let long = match name {
            "-p" => "--protonum",
            "-s" => "--orig-src",
            "-d" => "--orig-dst",
            "-r" => "--reply-src",
            "-q" => "--reply-dst",
            other => other,
        };
        self.narrows.get_or_insert((long, typed.clone()));
        self.narrow(name, &typed, &value)
    }

    fn narrow(&mut self, name: &str, typed: &Word, value: &Word) -> Result<(), CommandError> {
        let filter = &mut self.filter;
        match name {
            "-p" => filter.proto = Some(proto(value)?),
            "-s" => filter.src = Some(prefix(value)?),
            "-d" => filter.dst = Some(prefix(value)?),
            "-r" => filter.reply_src = Some(prefix(value)?),
            "-q" => filter.reply_dst = Some(prefix(value)?),
            // These are options of the protocol, which must be known.
            _ if !matches!(
                (name, filter.proto),
                (_, Some(6)) | ("--sport" | "--dport", Some(17))
            ) =>
            {
                let need = if name == "--state" { "-p tcp" } else { "-p tcp|udp" };
                return Err(refuse(typed, format!("unknown option `{}'", typed.text))
                    .help(Text::same(format!("conntrack -L {need} {name} …"))));
            }
            "--sport" => filter.sport = Some(port(value)?),
            "--dport" => filter.dport = Some(port(value)?),
            _ => {
                let state = STATES.iter().find(|state| state.eq_ignore_ascii_case(&value.text));
                filter.state = Some(state.ok_or_else(|| {
                    refuse(value, format!("unknown TCP state `{}'", value.text))
                        .known(&value.text, &STATES)
                })?);
            }
        }
        Ok(())
    }
}

fn proto(word: &Word) -> Result<u8, CommandError> {
    match word.text.as_str() {
        "tcp" => Ok(6),
        "udp" => Ok(17),
        "icmp" => Ok(1),
        number => decimal(number).filter(|number| matches!(number, 1 | 6 | 17)).ok_or_else(|| {
            refuse(word, format!("`{number}' unsupported protocol"))
                .known(number, &["tcp", "udp", "icmp"])
        }),
    }
}

fn prefix(word: &Word) -> Result<Prefix, CommandError> {
    let bad = || {
        refuse(word, format!("Invalid IP address `{}'", word.text)).help(no_names("192.0.2.0/24"))
    };
    let (addr, len) = word.text.split_once('/').unwrap_or((&word.text, "32"));
    let addr: Ipv4Addr = addr.parse().map_err(|_| bad())?;
    let len = decimal::<u8>(len).filter(|len| *len <= 32).ok_or_else(bad)?;
    Ok(Prefix { addr, len })
}

fn port(word: &Word) -> Result<u16, CommandError> {
    // The real tool takes anything, and what is no number for 0.
    let message = format!("Invalid port `{}'", word.text);
    let number = service_port(&word.text).or_else(|| decimal(&word.text));
    number.ok_or_else(|| refuse(word, message).help(ports()))
}

impl Filter {
    /// Whether this entry is meant.
    pub fn admits(&self, entry: &Tracked) -> bool {
        let within = |prefix: Option<Prefix>, addr: Ipv4Addr| {
            prefix.is_none_or(|prefix| prefix.contains(addr))
        };
        let ports = match entry.original.ids {
            Ids::Ports { src, dst } => Some((src, dst)),
            Ids::Icmp { .. } | Ids::None => None,
        };
        self.proto.is_none_or(|proto| proto == entry.proto)
            && within(self.src, entry.original.src)
            && within(self.dst, entry.original.dst)
            && within(self.reply_src, entry.reply.src)
            && within(self.reply_dst, entry.reply.dst)
            && self.sport.is_none_or(|port| ports.is_some_and(|(src, _)| src == port))
            && self.dport.is_none_or(|port| ports.is_some_and(|(_, dst)| dst == port))
            && self.state.is_none_or(|state| entry.state == Some(state))
    }
}

impl Conntrack {
    /// What it prints of the entries that are meant, and its exit status. The last line goes to
    /// standard error.
    ///
    /// It ends with status 1 if there was nothing to delete.
    pub fn report<'a>(&self, entries: impl IntoIterator<Item = &'a Tracked>) -> (String, u8) {
        let (filter, extended) = match self {
            Self::List { filter, extended } => (filter, *extended),
            Self::Delete(filter) => (filter, false),
            Self::Flush => {
                let text = format!("{VERSION}connection tracking table has been emptied.\n");
                return (text, 0);
            }
            Self::Count => return (format!("{}\n", entries.into_iter().count()), 0),
        };
        let meant = entries.into_iter().filter(|entry| filter.admits(entry));
        let lines: Vec<String> = meant.map(|entry| entry.line(extended)).collect();
        let deletes = matches!(self, Self::Delete(_));
        let done = if deletes { "deleted" } else { "shown" };
        let text =
            format!("{}{VERSION}{} flow entries have been {done}.\n", lines.concat(), lines.len());
        (text, u8::from(deletes && lines.is_empty()))
    }
}

impl fmt::Display for Conntrack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::List { filter, extended } => {
                write!(f, "conntrack -L{filter}{}", if *extended { " -o extended" } else { "" })
            }
            Self::Delete(filter) => write!(f, "conntrack -D{filter}"),
            Self::Flush => f.write_str("conntrack -F"),
            Self::Count => f.write_str("conntrack -C"),
        }
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.proto {
            Some(6) => f.write_str(" -p tcp")?,
            Some(17) => f.write_str(" -p udp")?,
            Some(1) => f.write_str(" -p icmp")?,
            Some(number) => write!(f, " -p {number}")?,
            None => {}
        }
        let addrs =
            [("-s", self.src), ("-d", self.dst), ("-r", self.reply_src), ("-q", self.reply_dst)];
        for (option, prefix) in addrs {
            match prefix {
                Some(Prefix { addr, len: 32 }) => write!(f, " {option} {addr}")?,
                Some(prefix) => write!(f, " {option} {prefix}")?,
                None => {}
            }
        }
        for (option, port) in [("--sport", self.sport), ("--dport", self.dport)] {
            if let Some(port) = port {
                write!(f, " {option} {port}")?;
            }
        }
        self.state.map_or(Ok(()), |state| write!(f, " --state {state}"))
    }
}

#[cfg(test)]
mod tests;
