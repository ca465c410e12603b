//! Changes of a table's rules, and why one is refused, in the words of iptables 1.8.9.
//!
//! libiptc/libiptc.c has one function for each; a number counts rules from 1.

use super::{Chain, Counts, Listed, ListedChain, ListedRule, Policy, Rule};

/// One change of one table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// `-A`: behind all others.
    Append(Chain, Rule),
    /// `-I`: before the one of this number.
    Insert(Chain, u32, Rule),
    /// `-R`.
    Replace(Chain, u32, Rule),
    /// `-D`: the first that is the same.
    Delete(Chain, Rule),
    /// `-D` with a number.
    DeleteAt(Chain, u32),
    /// `-C`: changes nothing, and fails unless there is such a rule.
    Check(Chain, Rule),
    /// `-F`: all rules of a chain, or of all.
    Flush(Option<Chain>),
    /// `-Z`: the counters of all chains, of one, or of one rule of it.
    Zero(Option<(Chain, Option<u32>)>),
    /// `-P`.
    Policy(Chain, Policy),
    /// `-X` without a name: all chains of one's own, of which there are none.
    DeleteChains,
}

/// Why a change cannot be made. The exit status is 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// `-I` behind the end.
    #[error("iptables: Index of insertion too big.")]
    Insertion,
    /// `-R` of a rule that is not there.
    #[error("iptables: Index of replacement too big.")]
    Replacement,
    /// `-D` of a number that is not there.
    #[error("iptables: Index of deletion too big.")]
    Deletion,
    /// `-Z` of a rule that is not there.
    #[error("iptables: Index of counter too big.")]
    Counter,
    /// `-D` or `-C` of a rule that is not there.
    #[error("iptables: Bad rule (does a matching rule exist in that chain?).")]
    NoSuchRule,
}

impl Change {
    /// Whether the table is written again.
    fn writes(&self) -> bool {
        !matches!(self, Self::Check(..) | Self::DeleteChains)
    }

    /// The rule that it brings or looks for.
    pub fn rule_mut(&mut self) -> Option<&mut Rule> {
        match self {
            Self::Append(_, rule)
            | Self::Insert(_, _, rule)
            | Self::Replace(_, _, rule)
            | Self::Delete(_, rule)
            | Self::Check(_, rule) => Some(rule),
            Self::DeleteAt(..)
            | Self::Flush(_)
            | Self::Zero(_)
            | Self::Policy(..)
            | Self::DeleteChains => None,
        }
    }
}

impl Listed {
    /// Makes these changes at once or, if one is refused, none of them: which one, and why. A new
    /// rule or policy begins with the counters that stand beside it. Chains must be this table's.
    ///
    /// iptables reads a table, changes it and writes it whole, and so starts the counters of all its
    /// policies anew, whatever was changed; those of rules stay (tried on Linux 6.1).
    pub fn commit(&mut self, changes: &[(Change, Counts)]) -> Result<(), (usize, Refused)> {
        let mut table = self.clone();
        if changes.iter().any(|(change, _)| change.writes()) {
            table.chains.iter_mut().for_each(|chain| chain.counts = Counts::default());
        }
        for (at, (change, counts)) in changes.iter().enumerate() {
            table.apply(change, *counts).map_err(|refused| (at, refused))?;
        }
        *self = table;
        Ok(())
    }

    fn apply(&mut self, change: &Change, counts: Counts) -> Result<(), Refused> {
        match change {
            Change::Append(chain, rule) => {
                self.chain(*chain).rules.push(ListedRule { rule: rule.clone(), counts });
            }
            Change::Insert(chain, number, rule) => {
                let rules = &mut self.chain(*chain).rules;
                let at = index(*number, rules.len() + 1).ok_or(Refused::Insertion)?;
                rules.insert(at, ListedRule { rule: rule.clone(), counts });
            }
            Change::Replace(chain, number, rule) => {
                let rules = &mut self.chain(*chain).rules;
                let at = index(*number, rules.len()).ok_or(Refused::Replacement)?;
                rules[at] = ListedRule { rule: rule.clone(), counts };
            }
            Change::Delete(chain, rule) => {
                let listed = self.chain(*chain);
                let at = listed.find(rule).ok_or(Refused::NoSuchRule)?;
                listed.rules.remove(at);
            }
            Change::DeleteAt(chain, number) => {
                let rules = &mut self.chain(*chain).rules;
                rules.remove(index(*number, rules.len()).ok_or(Refused::Deletion)?);
            }
            Change::Check(chain, rule) => {
                self.chain(*chain).find(rule).ok_or(Refused::NoSuchRule)?;
            }
            Change::Flush(Some(chain)) => self.chain(*chain).rules.clear(),
            Change::Flush(None) => self.chains.iter_mut().for_each(|chain| chain.rules.clear()),
            Change::Zero(None) => self.chains.iter_mut().for_each(ListedChain::zero),
            Change::Zero(Some((chain, None))) => self.chain(*chain).zero(),
            Change::Zero(Some((chain, Some(number)))) => {
                let rules = &mut self.chain(*chain).rules;
                let at = index(*number, rules.len()).ok_or(Refused::Counter)?;
                rules[at].counts = Counts::default();
            }
            Change::Policy(chain, policy) => {
                let chain = self.chain(*chain);
                (chain.policy, chain.counts) = (*policy, counts);
            }
            Change::DeleteChains => {}
        }
        Ok(())
    }

    fn chain(&mut self, wanted: Chain) -> &mut ListedChain {
        let found = self.chains.iter_mut().find(|listed| listed.chain == wanted);
        found.expect("a command names only chains of its table")
    }
}

impl ListedChain {
    fn find(&self, rule: &Rule) -> Option<usize> {
        self.rules.iter().position(|listed| listed.rule.is_same(rule))
    }

    fn zero(&mut self) {
        self.counts = Counts::default();
        for rule in &mut self.rules {
            rule.counts = Counts::default();
        }
    }
}

/// The index of a number from 1 to `most`.
fn index(number: u32, most: usize) -> Option<usize> {
    usize::try_from(number).ok()?.checked_sub(1).filter(|at| *at < most)
}

#[cfg(test)]
mod tests {
    use super::super::{Is, Table, Target};
    use super::*;

    fn rule(proto: u8) -> Rule {
        Rule { proto: Some(Is::yes(proto)), target: Some(Target::Accept), ..Rule::default() }
    }

    #[test]
    fn changes_and_their_refusals() {
        use Change as C;
        let input = Chain::Input;
        #[rustfmt::skip]
        let rows = [
            // change                              protocols after it, or why not
            (C::Append(input, rule(1)),            Ok(&[1][..])),
            (C::Append(input, rule(2)),            Ok(&[1, 2])),
            (C::Insert(input, 1, rule(3)),         Ok(&[3, 1, 2])),
            (C::Insert(input, 4, rule(4)),         Ok(&[3, 1, 2, 4])),
            (C::Insert(input, 6, rule(5)),         Err("iptables: Index of insertion too big.")),
            (C::Replace(input, 4, rule(1)),        Ok(&[3, 1, 2, 1])),
            (C::Replace(input, 5, rule(1)),        Err("iptables: Index of replacement too big.")),
            (C::Check(input, rule(2)),             Ok(&[3, 1, 2, 1])),
            (C::Check(input, rule(9)),             Err("iptables: Bad rule (does a matching rule exist in that chain?).")),
            (C::Delete(input, rule(1)),            Ok(&[3, 2, 1])),
            (C::Delete(input, rule(9)),            Err("iptables: Bad rule (does a matching rule exist in that chain?).")),
            (C::Delete(Chain::Forward, rule(1)),   Err("iptables: Bad rule (does a matching rule exist in that chain?).")),
            (C::DeleteAt(input, 1),                Ok(&[2, 1])),
            (C::DeleteAt(input, 9),                Err("iptables: Index of deletion too big.")),
            (C::Zero(Some((input, Some(2)))),      Ok(&[2, 1])),
            (C::Zero(Some((input, Some(3)))),      Err("iptables: Index of counter too big.")),
            (C::Flush(Some(Chain::Output)),        Ok(&[2, 1])),
            (C::DeleteChains,                      Ok(&[2, 1])),
            (C::Flush(None),                       Ok(&[])),
        ];
        let mut table = Listed::new(Table::Filter);
        for (change, expected) in rows {
            let done = table.commit(&[(change.clone(), Counts::default())]);
            let done = done.map_err(|(_, refused)| refused.to_string());
            let protos: Vec<u8> = table.chains[0].rules.iter().map(|r| r.rule.l4()).collect();
            let done = done.map(|()| protos.as_slice());
            assert_eq!(done, expected.map_err(str::to_owned), "{change:?}");
        }
    }

    #[test]
    fn a_rule_is_the_same_wherever_it_was_typed() {
        let typed = Rule { origin: lvs_engine::OriginId(7), ..rule(6) };
        assert!(typed.is_same(&rule(6)) && !typed.is_same(&rule(17)));
    }

    /// Each row was tried on Linux 6.1 with iptables-legacy 1.8.9.
    #[test]
    fn whatever_is_written_starts_the_counters_of_policies_anew() {
        use Change as C;
        let (input, output) = (Chain::Input, Chain::Output);
        let some = Counts { packets: 5, bytes: 10 };
        let mut start = Listed::new(Table::Filter);
        start.commit(&[(C::Append(input, rule(6)), some)]).expect("appended");
        start.chains.iter_mut().for_each(|chain| chain.counts = some);
        #[rustfmt::skip]
        let rows = [
            // change                        policy of INPUT, of OUTPUT, rule: counted still
            (C::Append(input, rule(1)),      [false, false, true]),
            (C::DeleteAt(input, 2),          [true, true, true]), // refused
            (C::Replace(input, 1, rule(6)),  [false, false, false]),
            (C::Check(input, rule(6)),       [true, true, true]),
            (C::Policy(output, Policy::Accept), [false, false, true]),
            (C::Zero(Some((Chain::Forward, None))), [false, false, true]),
            (C::Zero(Some((input, Some(1)))), [false, false, false]),
            (C::Zero(None),                  [false, false, false]),
            (C::DeleteChains,                [true, true, true]),
        ];
        for (change, counted) in rows {
            let mut table = start.clone();
            let _ = table.commit(&[(change.clone(), Counts::default())]);
            let rule = table.chains[0].rules[0].counts;
            let counts = [table.chains[0].counts, table.chains[2].counts, rule];
            assert_eq!(counts.map(|counts| counts == some), counted, "{change:?}");
        }
    }

    #[test]
    fn changes_are_made_at_once_or_not_at_all() {
        let some = Counts { packets: 5, bytes: 10 };
        let mut table = Listed::new(Table::Filter);
        let policy = (Change::Policy(Chain::Forward, Policy::Drop), some);
        let append = (Change::Append(Chain::Input, rule(6)), some);
        let refused = (Change::DeleteAt(Chain::Input, 2), Counts::default());
        let before = table.clone();
        let done = table.commit(&[policy.clone(), append.clone(), refused]);
        assert_eq!((done, &table), (Err((2, Refused::Deletion)), &before));
        table.commit(&[policy, append]).expect("both can be made");
        assert_eq!((table.chains[1].policy, table.chains[1].counts), (Policy::Drop, some));
        assert_eq!(table.chains[0].rules[0].counts, some);
    }
}
