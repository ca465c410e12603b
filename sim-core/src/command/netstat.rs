//! `netstat -r` and `netstat -i` of net-tools: routes and interfaces in other columns.

use std::fmt;

use super::error::CommandError;
use super::options::{Arg, Dialect, Tool, flag, real};
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
}

pub(super) static NETSTAT: Tool = Tool {
    name: "netstat",
    options: &[
        flag("-r", "--route"),
        flag("-i", "--interfaces"),
        flag("-n", "--numeric"),
        real("-a", "--all"),
        real("-c", "--continuous"),
        real("-e", "--extend"),
        real("-g", "--groups"),
        real("-l", "--listening"),
        real("-M", "--masquerade"),
        real("-o", "--timers"),
        real("-p", "--programs"),
        real("-s", "--statistics"),
        real("-t", "--tcp"),
        real("-u", "--udp"),
        real("-v", "--verbose"),
        real("-w", "--raw"),
        real("-x", "--unix"),
    ],
    dialect: Dialect::Long,
    status: 3,
};

impl Netstat {
    pub(super) fn parse(words: &[Word]) -> Result<Self, CommandError> {
        let (mut table, mut numeric) = (None, false);
        for arg in NETSTAT.args(words) {
            match arg? {
                Arg::Operand(word) => return Err(NETSTAT.extra(&word)),
                Arg::Option(given) => match (given.name, table) {
                    ("-n", _) => numeric = true,
                    ("-r", None | Some(Table::Routes)) => table = Some(Table::Routes),
                    ("-i", None | Some(Table::Ifaces)) => table = Some(Table::Ifaces),
                    _ => {
                        return Err(CommandError::not_simulated(&given.typed, 3)
                            .help(text!("-r or -i, not both", "-r 或 -i，不能同用")));
                    }
                },
            }
        }
        let what = text!("netstat without -r or -i", "不带 -r 或 -i 的 netstat");
        let table = table
            .ok_or_else(|| CommandError::without(&words[0].span, 3, &what).help(NETSTAT.known()))?;
        Ok(Self { table, numeric })
    }
}

impl fmt::Display for Netstat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let table = match self.table {
            Table::Routes => "-r",
            Table::Ifaces => "-i",
        };
        write!(f, "netstat {table}{}", if self.numeric { " -n" } else { "" })
    }
}

#[cfg(test)]
mod tests {
    use crate::command::testing::{prints, refuses};

    #[test]
    fn reads_and_prints() {
        prints(&[("netstat -rn", "netstat -r -n"), ("netstat -i", "netstat -i")]);
    }

    #[test]
    fn refuses_the_rest() {
        #[rustfmt::skip]
        refuses(&[
            ("netstat", "netstat", 3, "not simulated: netstat without -r or -i"),
            ("netstat -tln", "-tln", 3, "not simulated: -t"),
            ("netstat -ri", "-ri", 3, "not simulated: -ri"),
            ("netstat -r foo", "foo", 3, "netstat: unexpected argument foo"),
        ]);
    }
}
