//! `iptables`, `iptables-save` and `iptables-restore` 1.8.9, as `iptables-legacy` speaks.
//!
//! What the kernel would refuse because of what a rule says ("Invalid argument") is refused here
//! when the line is read, where its place in the line is known; what depends on the rules that are
//! there is refused when the command runs ([`crate::netfilter::Refused`]).

use std::fmt;

use super::word::Quoted;
use crate::netfilter::{Chain, Change, Counts, Line, ListStyle, Policy, Table};

mod check;
pub(super) mod complete;
mod matches;
mod options;
mod parse;
mod restore;
mod targets;
mod typed;

pub(crate) use restore::split;
pub(super) use restore::{RESTORE, SAVE};
pub use restore::{Transaction, transactions};

/// One command of the family.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Iptables {
    /// `-A`, `-D` and the like.
    Change(Table, Change),
    /// `-L`.
    List(Table, ListStyle),
    /// `-S`.
    Rules {
        /// `-t`.
        table: Table,
        /// Only of this chain.
        chain: Option<Chain>,
        /// Only this rule of it.
        number: Option<u32>,
        /// `-v`: with counters.
        counts: bool,
    },
    /// `iptables-save`.
    Save(Save),
    /// `iptables-restore`, with the lines that came down the pipe.
    Restore(Restore, Vec<RestoreLine>),
    /// `iptables-save | iptables-restore`: the tables as they are now.
    RestoreSaved(Save, Restore),
}

/// `iptables-save`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Save {
    /// `-t`: this table alone.
    pub table: Option<Table>,
    /// `-c`: with counters.
    pub counts: bool,
}

/// The options of `iptables-restore`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Restore {
    /// `-c`: counters too.
    pub counts: bool,
    /// `-n`: what is in the tables stays.
    pub keep: bool,
}

/// A line for `iptables-restore`. What stands between a table's name and its COMMIT happens at
/// once or not at all; who fails is named by the number of its line, from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RestoreLine {
    /// `*nat`: what follows is about this table, which is emptied first unless `-n` says otherwise.
    Table(Table),
    /// `:INPUT ACCEPT [5:10]`.
    Policy {
        /// The chain.
        chain: Chain,
        /// `-`: as it is.
        policy: Option<Policy>,
        /// Its counters, which only `-c` sets.
        counts: Option<Counts>,
    },
    /// `[1:40] -A INPUT -j ACCEPT`.
    Change {
        /// The counters of the rule, which only `-c` sets.
        counts: Option<Counts>,
        /// What is changed.
        change: Change,
    },
    /// `COMMIT`.
    Commit,
    /// A comment, or nothing.
    Comment(String),
}

impl fmt::Display for Iptables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Change(table, change) => {
                write!(f, "iptables{} {}", InTable(*table), Typed { change, shell: true })
            }
            Self::List(table, style) => write!(f, "iptables{} {style}", InTable(*table)),
            Self::Rules { table, chain, number, counts } => {
                write!(f, "iptables{} -S{}", InTable(*table), Place(*chain, *number))?;
                f.write_str(if *counts { " -v" } else { "" })
            }
            Self::Save(save) => write!(f, "{save}"),
            Self::Restore(restore, lines) => {
                let lines: Vec<String> = lines.iter().map(ToString::to_string).collect();
                write!(f, "echo {} | {restore}", Quoted(&lines.join("\n")))
            }
            Self::RestoreSaved(save, restore) => write!(f, "{save} | {restore}"),
        }
    }
}

/// `-t`, unless it is the table that is meant without it.
struct InTable(Table);

impl fmt::Display for InTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Table::Filter => Ok(()),
            table => write!(f, " -t {}", table.name()),
        }
    }
}

/// A chain, and a rule of it.
struct Place(Option<Chain>, Option<u32>);

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(chain) = self.0 else { return Ok(()) };
        write!(f, " {}", chain.name())?;
        self.1.map_or(Ok(()), |number| write!(f, " {number}"))
    }
}

/// A change as its options.
struct Typed<'a> {
    change: &'a Change,
    /// For a shell, and not for `iptables-restore`.
    shell: bool,
}

impl fmt::Display for Typed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = |rule| Line { rule, counts: None, shell: self.shell };
        match self.change {
            Change::Append(chain, rule) => write!(f, "-A {}{}", chain.name(), line(rule)),
            Change::Insert(chain, 1, rule) => write!(f, "-I {}{}", chain.name(), line(rule)),
            Change::Insert(chain, number, rule) => {
                write!(f, "-I {} {number}{}", chain.name(), line(rule))
            }
            Change::Replace(chain, number, rule) => {
                write!(f, "-R {} {number}{}", chain.name(), line(rule))
            }
            Change::Delete(chain, rule) => write!(f, "-D {}{}", chain.name(), line(rule)),
            Change::DeleteAt(chain, number) => write!(f, "-D {} {number}", chain.name()),
            Change::Check(chain, rule) => write!(f, "-C {}{}", chain.name(), line(rule)),
            Change::Flush(chain) => write!(f, "-F{}", Place(*chain, None)),
            Change::Zero(None) => f.write_str("-Z"),
            Change::Zero(Some((chain, number))) => write!(f, "-Z{}", Place(Some(*chain), *number)),
            Change::Policy(chain, policy) => write!(f, "-P {} {}", chain.name(), policy.name()),
            Change::DeleteChains => f.write_str("-X"),
        }
    }
}

impl fmt::Display for ListStyle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "-L{}", Place(self.chain, self.number))?;
        let flags = [
            ("-n", self.numeric),
            ("-v", self.verbose),
            ("-x", self.exact),
            ("--line-numbers", self.numbered),
        ];
        flags.iter().filter(|(_, given)| *given).try_for_each(|(flag, _)| write!(f, " {flag}"))
    }
}

impl fmt::Display for Save {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("iptables-save")?;
        if self.counts {
            f.write_str(" -c")?;
        }
        self.table.map_or(Ok(()), |table| write!(f, " -t {}", table.name()))
    }
}

impl fmt::Display for Restore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("iptables-restore")?;
        let flags = [("-c", self.counts), ("-n", self.keep)];
        flags.iter().filter(|(_, given)| *given).try_for_each(|(flag, _)| write!(f, " {flag}"))
    }
}

impl fmt::Display for RestoreLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Table(table) => write!(f, "*{}", table.name()),
            Self::Policy { chain, policy, counts } => {
                write!(f, ":{} {}", chain.name(), policy.map_or("-", Policy::name))?;
                let Some(Counts { packets, bytes }) = counts else { return Ok(()) };
                write!(f, " [{packets}:{bytes}]")
            }
            Self::Change { counts, change } => {
                if let Some(Counts { packets, bytes }) = counts {
                    write!(f, "[{packets}:{bytes}] ")?;
                }
                write!(f, "{}", Typed { change, shell: false })
            }
            Self::Commit => f.write_str("COMMIT"),
            Self::Comment(text) => f.write_str(text),
        }
    }
}

#[cfg(test)]
mod tests;
