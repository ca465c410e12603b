//! The commands that an administrator types, one variant a tool, each parsed to what it means and
//! printed back.
//!
//! A command line is either understood as the real tool understands it, or refused in the real
//! tool's words: an option that only the real tool has is "not simulated", never ignored. What a
//! command prints is its canonical form, and the shell reads that form as the same command again.

use std::fmt;

use crate::text;

pub mod arp;
pub mod arping;
pub mod bridge;
pub mod cat;
pub mod check;
pub mod complete;
pub mod conntrack;
pub mod curl;
pub mod echo;
pub(crate) mod error;
mod exit;
pub mod filter;
pub mod ifconfig;
mod input;
pub mod ip;
pub mod iptables;
mod iputils;
pub(crate) mod ipv6;
pub mod ipvsadm;
pub mod kill;
pub mod modprobe;
pub mod nc;
pub mod netstat;
pub mod nstat;
mod options;
pub mod ping;
pub mod route;
pub mod serve;
mod sleep;
pub mod ss;
pub(crate) mod suggest;
pub mod sysctl;
pub mod tcpdump;
#[cfg(test)]
pub(crate) mod testing;
pub mod traceroute;
mod unknown;
pub(crate) use unknown::on_switch;
pub mod value;
pub(crate) mod word;

#[cfg(test)]
mod laws;

pub use arp::Arp;
pub use arping::Arping;
pub use bridge::Bridge;
pub use cat::Cat;
pub use check::Check;
pub use conntrack::Conntrack;
pub use curl::Curl;
pub use echo::{Echo, Write};
pub use error::{CommandError, Refusal};
pub use exit::Exit;
pub use ifconfig::Ifconfig;
pub use input::Input;
pub use ip::Ip;
pub use iptables::Iptables;
pub use ipvsadm::Ipvsadm;
pub use kill::Kill;
pub use modprobe::Modprobe;
pub use nc::Nc;
pub use netstat::Netstat;
pub use nstat::Nstat;
pub use ping::Ping;
pub use route::Route;
pub use serve::Serve;
pub use sleep::Sleep;
pub use ss::Ss;
pub use sysctl::Sysctl;
pub use tcpdump::Tcpdump;
pub use traceroute::Traceroute;
pub use word::{Quoted, Word};

/// One command of one host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// `arp`: neighbours, the older way.
    Arp(Arp),
    /// `arping`: ARP requests and announcements.
    Arping(Arping),
    /// `bridge`: a switch's table.
    Bridge(Bridge),
    /// `cat`: prints a file.
    Cat(Cat),
    /// `check`: a health check.
    Check(Check),
    /// `conntrack`: connections that the host tracks.
    Conntrack(Conntrack),
    /// `curl`: an HTTP request.
    Curl(Curl),
    /// `echo`: prints a text.
    Echo(Echo),
    /// `exit`: ends the shell.
    Exit(Exit),
    /// `false`: fails.
    False,
    /// `hostname`: prints the host's name.
    Hostname,
    /// `ifconfig`: interfaces and addresses, the older way.
    Ifconfig(Ifconfig),
    /// `ip`: addresses, links, routes, neighbours, tunnels.
    Ip(Ip),
    /// `iptables`: rules of netfilter.
    Iptables(Iptables),
    /// `ipvsadm`: services and destinations.
    Ipvsadm(Ipvsadm),
    /// `kill`: ends a command.
    Kill(Kill),
    /// `modprobe`: loads a module.
    Modprobe(Modprobe),
    /// `nc`: a connection by hand.
    Nc(Nc),
    /// `netstat`: tables, the older way.
    Netstat(Netstat),
    /// `nstat`: counters.
    Nstat(Nstat),
    /// `ping`: echo requests.
    Ping(Ping),
    /// `route`: routes, the older way.
    Route(Route),
    /// `serve`: a server.
    Serve(Serve),
    /// `sleep`: lets time pass.
    Sleep(Sleep),
    /// `ss`: sockets.
    Ss(Ss),
    /// `sysctl`: kernel settings.
    Sysctl(Sysctl),
    /// `tcpdump`: prints frames.
    Tcpdump(Tcpdump),
    /// `traceroute`: the hosts on the way.
    Traceroute(Traceroute),
    /// `true`, `:`: succeeds.
    True,
    /// `uname -r`: the release of the kernel.
    Uname,
    /// `echo TEXT > FILE`: writes a setting.
    Write(Write),
}

/// The names that [`Command::parse`] knows.
#[rustfmt::skip]
pub const NAMES: [&str; 36] = [
    "arp", "arping", "bridge", "cat", "check", "conntrack", "curl", "echo", "exit", "false", "hostname", "ifconfig", "ip",
    "iptables", "iptables-restore", "iptables-save", "ipvsadm", "ipvsadm-restore", "ipvsadm-save", "kill", "modprobe", "nc",
    "netstat", "nstat", "ping", "route", "serve", "sleep", "ss", "sysctl", "tcpdump", "traceroute", "true", "uname", "head", ":",
];

impl Command {
    /// Reads the words of one simple command; the first is the tool, with or without its folder.
    ///
    /// ```
    /// use sim_core::command::{Command, Word};
    /// let words = [Word::new("ipvsadm", 0..7), Word::new("-ln", 8..11)];
    /// assert_eq!(Command::parse(&words)?.to_string(), "ipvsadm -L -n");
    /// # Ok::<(), sim_core::command::CommandError>(())
    /// ```
    pub fn parse(words: &[Word]) -> Result<Self, CommandError> {
        Self::parse_with_input(words, &Input::None)
    }

    /// The same for a command behind a pipe.
    pub fn parse_with_input(words: &[Word], input: &Input) -> Result<Self, CommandError> {
        Self::read(words, input).map_err(|error| ipv6::named(error, words))
    }

    fn read(words: &[Word], input: &Input) -> Result<Self, CommandError> {
        let Some(tool) = words.first() else {
            return Err(CommandError::new(&(0..0), 2, text!("no command", "没有命令")));
        };
        let name = unknown::without_folder(&tool.text);
        let reads = match input {
            Input::None => true,
            Input::Text(_) | Input::Zeros(_) => {
                let tools = ["nc", "curl", "ipvsadm", "ipvsadm-restore", "iptables-restore"];
                tools.contains(&name)
            }
            Input::Saved { .. } => matches!(name, "ipvsadm" | "ipvsadm-restore"),
            Input::Tables(_) => name == "iptables-restore",
        };
        if !reads {
            return Err(unknown::no_pipe(tool, name));
        }
        Ok(match name {
            "arp" => Self::Arp(Arp::parse(words)?),
            "arping" => Self::Arping(Arping::parse(words)?),
            "bridge" => Self::Bridge(Bridge::parse(words)?),
            "cat" => Self::Cat(Cat::parse(words)?),
            "check" => Self::Check(Check::parse(words)?),
            "conntrack" => Self::Conntrack(Conntrack::parse(words)?),
            "curl" => Self::Curl(Curl::parse(words, input)?),
            "echo" => Self::Echo(Echo::parse(words)?),
            "exit" => Self::Exit(Exit::parse(words)?),
            "false" => Self::False,
            "hostname" => unknown::alone(words, "hostname").map(|()| Self::Hostname)?,
            "ifconfig" => Self::Ifconfig(Ifconfig::parse(words)?),
            "ip" => Self::Ip(Ip::parse(words)?),
            "iptables" => Self::Iptables(Iptables::parse(words)?),
            "iptables-restore" => Self::Iptables(Iptables::parse_restore(words, input)?),
            "iptables-save" => Self::Iptables(Iptables::Save(iptables::Save::parse(words)?)),
            "ipvsadm" => Self::Ipvsadm(Ipvsadm::parse(words, input)?),
            "ipvsadm-restore" => Self::Ipvsadm(Ipvsadm::parse_restore(words, input)?),
            "ipvsadm-save" => {
                let mut saves = vec![tool.clone(), Word::new("-S", tool.span.clone())];
                saves.extend_from_slice(&words[1..]);
                Self::Ipvsadm(Ipvsadm::parse(&saves, input)?)
            }
            "kill" => Self::Kill(Kill::parse(words)?),
            "modprobe" => Self::Modprobe(Modprobe::parse(words)?),
            "nc" => Self::Nc(Nc::parse(words, input)?),
            "netstat" => Self::Netstat(Netstat::parse(words)?),
            "nstat" => Self::Nstat(Nstat::parse(words)?),
            "ping" => Self::Ping(Ping::parse(words)?),
            "route" => Self::Route(Route::parse(words)?),
            "serve" => Self::Serve(Serve::parse(words)?),
            "sleep" => Self::Sleep(Sleep::parse(words)?),
            "ss" => Self::Ss(Ss::parse(words)?),
            "sysctl" => Self::Sysctl(Sysctl::parse(words)?),
            "tcpdump" => Self::Tcpdump(Tcpdump::parse(words)?),
            "traceroute" => Self::Traceroute(Traceroute::parse(words)?),
            "true" | ":" => Self::True,
            "uname" => unknown::uname(words).map(|()| Self::Uname)?,
            _ => return Err(unknown::refuse(tool, words)),
        })
    }

    /// The tool's name, by which `kill` finds it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Arp(_) => "arp",
            Self::Arping(_) => "arping",
            Self::Bridge(_) => "bridge",
            Self::Cat(_) => "cat",
            Self::Check(_) => "check",
            Self::Conntrack(_) => "conntrack",
            Self::Curl(_) => "curl",
            Self::Echo(_) | Self::Write(_) => "echo",
            Self::Exit(_) => "exit",
            Self::False => "false",
            Self::Hostname => "hostname",
            Self::Ifconfig(_) => "ifconfig",
            Self::Ip(_) => "ip",
            Self::Iptables(_) => "iptables",
            Self::Ipvsadm(_) => "ipvsadm",
            Self::Kill(_) => "kill",
            Self::Modprobe(_) => "modprobe",
            Self::Nc(_) => "nc",
            Self::Netstat(_) => "netstat",
            Self::Nstat(_) => "nstat",
            Self::Ping(_) => "ping",
            Self::Route(_) => "route",
            Self::Serve(_) => "serve",
            Self::Sleep(_) => "sleep",
            Self::Ss(_) => "ss",
            Self::Sysctl(_) => "sysctl",
            Self::Tcpdump(_) => "tcpdump",
            Self::Traceroute(_) => "traceroute",
            Self::True => "true",
            Self::Uname => "uname",
        }
    }
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Arp(command) => command.fmt(f),
            Self::Arping(command) => command.fmt(f),
            Self::Bridge(command) => command.fmt(f),
            Self::Cat(command) => command.fmt(f),
            Self::Check(command) => command.fmt(f),
            Self::Conntrack(command) => command.fmt(f),
            Self::Curl(command) => command.fmt(f),
            Self::Echo(command) => command.fmt(f),
            Self::Exit(command) => command.fmt(f),
            Self::Ifconfig(command) => command.fmt(f),
            Self::Ip(command) => command.fmt(f),
            Self::Iptables(command) => command.fmt(f),
            Self::Ipvsadm(command) => command.fmt(f),
            Self::Kill(command) => command.fmt(f),
            Self::Modprobe(command) => command.fmt(f),
            Self::Nc(command) => command.fmt(f),
            Self::Netstat(command) => command.fmt(f),
            Self::Nstat(command) => command.fmt(f),
            Self::Ping(command) => command.fmt(f),
            Self::Route(command) => command.fmt(f),
            Self::Serve(command) => command.fmt(f),
            Self::Sleep(command) => command.fmt(f),
            Self::Ss(command) => command.fmt(f),
            Self::Sysctl(command) => command.fmt(f),
            Self::Tcpdump(command) => command.fmt(f),
            Self::Traceroute(command) => command.fmt(f),
            Self::Write(command) => command.fmt(f),
            Self::Uname => f.write_str("uname -r"),
            Self::False | Self::Hostname | Self::True => f.write_str(self.name()),
        }
    }
}
