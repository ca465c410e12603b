//! `netstat` of net-tools: routes, interfaces, sockets and counters in other columns.

use std::fmt;

use super::error::CommandError;
use super::options::{Arg, Dialect, Given, Tool, flag, real};
use super::word::Word;
use crate::text;

/// One `netstat` command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Netstat {
    /// Which table.
    pub table: Table,
    /// `-n`: no names.
    pub numeric: bool,
}

/// What `netstat` lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Table {
    /// `-r`: the main routing table.
    Routes,
    /// `-i`: the interfaces' counters.
    Ifaces,
    /// `-s`: what the kernel counts; of TCP, of UDP, or of all.
    Statistics(Protos),
    /// None of these: the sockets.
    Sockets {
        /// Whose.
        protos: Protos,
        /// Which of them.
        shown: Shown,
        /// `-o`: with timers.
        timers: bool,
    },
}

/// Which protocols.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protos {
    /// Neither `-t` nor `-u`.
    All,
    /// `-t`.
    Tcp,
    /// `-u`.
    Udp,
    /// `-t -u`.
    TcpUdp,
}

impl Protos {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::All, Self::Tcp, Self::Udp, Self::TcpUdp];

    /// Whether TCP is one of them.
    pub fn tcp(self) -> bool {
        self != Self::Udp
    }

    /// Whether UDP is one of them.
    pub fn udp(self) -> bool {
        self != Self::Tcp
    }

    const fn options(self) -> &'static str {
        match self {
            Self::All => "",
            Self::Tcp => " -t",
            Self::Udp => " -u",
            Self::TcpUdp => " -t -u",
        }
    }
}

/// Which sockets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// Those with another end.
    Connected,
    /// `-l`: those without.
    Listening,
    /// `-a`: all.
    All,
}

pub(super) static NETSTAT: Tool = Tool {
    name: "netstat",
    options: &[
        flag("-r", "--route"),
        flag("-i", "--interfaces"),
        flag("-s", "--statistics"),
        flag("-t", "--tcp"),
        flag("-u", "--udp"),
        flag("-a", "--all"),
        flag("-l", "--listening"),
        flag("-o", "--timers"),
        flag("-n", "--numeric"),
        real("-c", "--continuous"),
        real("-e", "--extend"),
        real("-g", "--groups"),
        real("-M", "--masquerade"),
        real("-p", "--programs"),
        real("-v", "--verbose"),
        real("-w", "--raw"),
        real("-x", "--unix"),
    ],
    dialect: Dialect::Long,
    status: 3,
};

impl Netstat {
    pub(super) fn parse(words: &[Word]) -> Result<Self, CommandError> {
        let mut given: Vec<Given> = Vec::new();
        for arg in NETSTAT.args(words) {
            match arg? {
                Arg::Operand(word) => return Err(NETSTAT.extra(&word)),
                Arg::Option(option) => given.push(option),
            }
        }
        let has = |name| given.iter().any(|option| option.name == name);
        let kind = given.iter().find(|option| matches!(option.name, "-r" | "-i" | "-s"));
        let kind = kind.map_or("", |option| option.name);
        let may_follow = match kind {
            "" => &["-t", "-u", "-a", "-l", "-o", "-n"][..],
            "-s" => &["-s", "-t", "-u", "-n"],
            kind => &[kind, "-n"],
        };
        if let Some(bad) = given.iter().find(|option| !may_follow.contains(&option.name)) {
            let (option, known) = (bad.name, may_follow.join(" "));
            let what = text!("{option} with {kind}", "{option} 与 {kind} 同用");
            return Err(CommandError::without(&bad.typed.span, 3, &what)
                .help(text!("known together: {known}", "可以同用：{known}")));
        }
        let protos = match (has("-t"), has("-u")) {
            (false, false) => Protos::All,
            (true, false) => Protos::Tcp,
            (false, true) => Protos::Udp,
            (true, true) => Protos::TcpUdp,
        };
        let shown = match (has("-a"), has("-l")) {
            (true, _) => Shown::All,
            (_, true) => Shown::Listening,
            _ => Shown::Connected,
        };
        let table = match kind {
            "-r" => Table::Routes,
            "-i" => Table::Ifaces,
            "-s" => Table::Statistics(protos),
            _ => Table::Sockets { protos, shown, timers: has("-o") },
        };
        Ok(Self { table, numeric: has("-n") })
    }
}

impl fmt::Display for Netstat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("netstat")?;
        match self.table {
            Table::Routes => f.write_str(" -r")?,
            Table::Ifaces => f.write_str(" -i")?,
            Table::Statistics(protos) => write!(f, " -s{}", protos.options())?,
            Table::Sockets { protos, shown, timers } => {
                let shown = match shown {
                    Shown::Connected => "",
                    Shown::Listening => " -l",
                    Shown::All => " -a",
                };
                write!(f, "{}{shown}{}", protos.options(), if timers { " -o" } else { "" })?;
            }
        }
        f.write_str(if self.numeric { " -n" } else { "" })
    }
}

#[cfg(test)]
mod tests {
    use crate::command::testing::{prints, refuses};

    #[test]
    fn reads_and_prints() {
        prints(&[
            ("netstat -rn", "netstat -r -n"),
            ("netstat -i", "netstat -i"),
            ("netstat", "netstat"),
            ("netstat -lntu", "netstat -t -u -l -n"),
            ("netstat -antlo", "netstat -t -a -o -n"),
            ("netstat --statistics -t", "netstat -s -t"),
        ]);
    }

    #[test]
    fn refuses_the_rest() {
        #[rustfmt::skip]
        refuses(&[
            ("netstat -tlnp", "-tlnp", 3, "not simulated: -p"),
            ("netstat -ri", "-ri", 3, "not simulated: -i with -r"),
            ("netstat -rt", "-rt", 3, "not simulated: -t with -r"),
            ("netstat -s -a", "-a", 3, "not simulated: -a with -s"),
            ("netstat -r foo", "foo", 3, "netstat: unexpected argument foo"),
        ]);
    }
}
