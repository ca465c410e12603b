//! What stood on a line of iptables, and what it comes to: a command, once all of it is checked.

use super::check;
use super::matches;
use super::options::{Module, help, invalid, refuse};
use super::targets;
use super::{Iptables, ListStyle};
use crate::command::error::CommandError;
use crate::command::word::Word;
use crate::netfilter::{Chain, Change, Is, Policy, Rule, Table};
use crate::text;

/// What a command does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    Append,
    Check,
    Delete,
    Insert,
    Replace,
    List,
    Rules,
    Flush,
    Zero,
    Policy,
    DeleteChains,
}

/// A match or a target, and the options that were given to it.
pub(super) struct Loaded {
    pub module: Module,
    /// What brought it: its name, or the protocol's.
    pub word: Word,
    pub given: Vec<Given>,
}

/// An option of a match or a target.
pub(super) struct Given {
    /// Its name in the table.
    pub name: &'static str,
    pub word: Word,
    pub not: bool,
    pub values: Vec<Word>,
}

impl Given {
    /// A value with this option's `!`.
    pub(super) fn is<T>(&self, value: T) -> Is<T> {
        Is { value, not: self.not }
    }
}

impl Loaded {
    pub(super) fn new(module: Module, word: &Word) -> Self {
        Self { module, word: word.clone(), given: Vec::new() }
    }

    pub(super) fn given(&self, name: &str) -> Option<&Given> {
        self.given.iter().find(|given| given.name == name)
    }

    pub(super) fn required(&self, name: &str) -> Result<&Given, CommandError> {
        self.given(name).ok_or_else(|| {
            let message = format!("{}: option \"{name}\" must be specified", self.module.name());
            refuse(&self.word, message).help(help("", &[self.module]))
        })
    }
}

/// What stood on the line.
#[derive(Default)]
pub(super) struct Typed {
    /// Main options by their letter, with the word where each stood.
    pub seen: Vec<(&'static str, Word)>,
    pub verb: Option<(Verb, Word)>,
    pub chain: Option<Word>,
    pub number: Option<(u32, Word)>,
    pub policy: Option<Word>,
    pub table: Option<(Table, Word)>,
    pub rule: Rule,
    pub matches: Vec<Loaded>,
    pub target: Option<Loaded>,
    /// The match that `-p` brought along.
    pub implied: Option<Module>,
}

impl Verb {
    pub(super) const ALL: [(Self, &'static str); 11] = [
        (Self::Append, "-A"),
        (Self::Check, "-C"),
        (Self::Delete, "-D"),
        (Self::Insert, "-I"),
        (Self::Replace, "-R"),
        (Self::List, "-L"),
        (Self::Rules, "-S"),
        (Self::Flush, "-F"),
        (Self::Zero, "-Z"),
        (Self::Policy, "-P"),
        (Self::DeleteChains, "-X"),
    ];

    /// Its option.
    pub(super) fn letter(self) -> &'static str {
        Self::ALL.iter().find(|(verb, _)| *verb == self).map_or("", |(_, letter)| letter)
    }
}

impl Typed {
    /// Where a main option stood.
    pub(super) fn word(&self, name: &str) -> Option<&Word> {
        self.seen.iter().find(|(seen, _)| *seen == name).map(|(_, word)| word)
    }

    /// The rule from its pieces, with all checks.
    pub(super) fn finish(mut self, table: Table) -> Result<Self, CommandError> {
        for loaded in &self.matches {
            self.rule.tests.extend(matches::tests(loaded)?);
        }
        let proto = self.rule.proto.map_or(0, |proto| proto.value);
        let has_ports = matches!(proto, 1 | 6 | 17 | 33 | 132);
        let target = self.target.as_ref().map(|loaded| targets::target(loaded, has_ports));
        self.rule.target = target.transpose()?;
        check::check(&self, table)?;
        Ok(self)
    }

    pub(super) fn command(self, table: Table, tool: &Word) -> Result<Iptables, CommandError> {
        let Some((verb, word)) = &self.verb else {
            let verbs = Verb::ALL.map(|(_, letter)| letter);
            return Err(refuse(tool, "no command specified").known("", &verbs));
        };
        let chain = self.chain.as_ref().map(|word| chain(word, table, *verb)).transpose()?;
        let number = self.number.as_ref().map(|(number, _)| *number);
        let given = |name| self.word(name).is_some();
        let the = || chain.expect("it was asked for");
        Ok(Iptables::Change(
            table,
            match verb {
                Verb::Append => Change::Append(the(), self.rule),
                Verb::Check => Change::Check(the(), self.rule),
                Verb::Delete => match number {
                    Some(number) => Change::DeleteAt(the(), number),
                    None => Change::Delete(the(), self.rule),
                },
                Verb::Insert => Change::Insert(the(), number.unwrap_or(1), self.rule),
                Verb::Replace => Change::Replace(the(), number.unwrap_or(1), self.rule),
                Verb::Flush => Change::Flush(chain),
                Verb::Zero => Change::Zero(chain.map(|chain| (chain, number))),
                Verb::Policy => {
                    Change::Policy(the(), policy(self.policy.as_ref().unwrap_or(word), table)?)
                }
                Verb::DeleteChains => Change::DeleteChains,
                Verb::List => {
                    return Ok(Iptables::List(
                        table,
                        ListStyle {
                            chain,
                            number,
                            numeric: given("-n"),
                            verbose: given("-v"),
                            exact: given("-x"),
                            numbered: given("-0"),
                        },
                    ));
                }
                Verb::Rules => {
                    return Ok(Iptables::Rules { table, chain, number, counts: given("-v") });
                }
            },
        ))
    }
}

/// A chain of this table.
fn chain(word: &Word, table: Table, verb: Verb) -> Result<Chain, CommandError> {
    let chains = table.chains();
    if let Some(chain) = chains.iter().find(|chain| chain.name() == word.text) {
        return match verb {
            Verb::DeleteChains => Err(invalid(word)
                .help(text!("the kernel made this chain: it stays", "这条链是内核建的，不能删除"))),
            _ => Ok(*chain),
        };
    }
    let names: Vec<&str> = chains.iter().map(|chain| chain.name()).collect();
    let message = match verb {
        Verb::Policy => "iptables: Bad built-in chain name.",
        Verb::Check => "iptables: Bad rule (does a matching rule exist in that chain?).",
        _ => "iptables: No chain/target/match by that name.",
    };
    let error = CommandError::tool(&word.span, 1, message);
    if matches!(verb, Verb::List) && !word.text.is_empty() && "nvx".contains(&word.text) {
        let letters = &word.text;
        return Err(error.help(text!(
            "after -L stands a chain: write -{letters}L",
            "-L 之后是链名：请写 -{letters}L",
        )));
    }
    Err(error.known(&word.text, &names))
}

pub(super) fn policy(word: &Word, table: Table) -> Result<Policy, CommandError> {
    match word.text.as_str() {
        "ACCEPT" => Ok(Policy::Accept),
        "DROP" if table == Table::Nat => Err(check::no_drop(word)),
        "DROP" => Ok(Policy::Drop),
        _ => {
            let message = "iptables: Bad policy name. Run `dmesg' for more information.";
            Err(CommandError::tool(&word.span, 1, message).known(&word.text, &["ACCEPT", "DROP"]))
        }
    }
}
