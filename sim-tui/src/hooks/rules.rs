//! The rules of a chain, and which of them a packet has met: the counters say so.

use lvs_engine::OriginId;
use sim_core::netfilter::{Chain, Counts, Listed, ListedChain, ListedRule, Policy, Table, Target};

/// A rule or a policy as a packet found it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Met {
    /// In which table.
    pub table: Table,
    /// As `iptables -S` writes it.
    pub text: String,
    /// How many packets it has counted at the step.
    pub packets: u64,
    /// How many of them in the step.
    pub hits: u64,
    /// Whether it throws away what it counts.
    pub drops: bool,
    /// Where it was typed; a policy that nobody set has none.
    pub origin: Option<OriginId>,
}

/// The rules of a chain in these tables, in the order in which they are asked; a policy stands behind its rules, and only if it
/// drops or there are rules.
pub fn met(chain: Chain, tables: &[Table], before: &[Listed], now: &[Listed]) -> Vec<Met> {
    let mut found = Vec::new();
    for table in tables {
        let Some((listed, own)) = in_table(now, *table, chain) else { continue };
        let old = in_table(before, *table, chain).map(|(_, old)| old);
        for (number, rule) in (1..).zip(&own.rules) {
            let text = sim_core::netfilter::rules(listed, Some(chain), Some(number), false);
            let was = old.map_or(Counts::default(), |old| counts(old, rule));
            found.push(Met {
                table: *table,
                text: text.trim_end().to_owned(),
                packets: rule.counts.packets,
                hits: rule.counts.packets.saturating_sub(was.packets),
                drops: matches!(rule.rule.target, Some(Target::Drop | Target::Reject(_))),
                origin: Some(rule.rule.origin),
            });
        }
        let drops = own.policy == Policy::Drop;
        if drops || !own.rules.is_empty() {
            let was = old.map_or(0, |old| old.counts.packets);
            found.push(Met {
                table: *table,
                text: format!("-P {} {}", chain.name(), own.policy.name()),
                packets: own.counts.packets,
                hits: own.counts.packets.saturating_sub(was),
                drops,
                origin: None,
            });
        }
    }
    found
}

fn in_table(all: &[Listed], table: Table, chain: Chain) -> Option<(&Listed, &ListedChain)> {
    let listed = all.iter().find(|own| own.table == table)?;
    Some((listed, listed.chains.iter().find(|own| own.chain == chain)?))
}

/// What this rule has counted before: the same rule, typed at the same place.
fn counts(old: &ListedChain, rule: &ListedRule) -> Counts {
    let own = old.rules.iter().find(|own| own.rule == rule.rule);
    own.map_or(Counts::default(), |own| own.counts)
}
