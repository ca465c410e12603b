//! Netfilter in a host: tables of rules with their counters, and how a packet meets a chain.
//!
//! Linux 6.1: net/ipv4/netfilter/ip_tables.c. In which order a packet meets the chains, connection
//! tracking and IPVS is in `netfilter/hooks.rs`. A host on which nothing was ever typed has no
//! [`Netfilter`] at all.

mod hooks;
mod matching;
mod nat;
mod reject;
mod tracking;

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use lvs_engine::OriginId;

use super::Host;
use super::conntrack::{Conntrack, Ct};
use super::packet::Skb;
use crate::event::{Cx, IfaceId};
use crate::frame::FrameId;
use crate::netfilter::{
    ChainId, Change, Counts, Listed, Policy, Refused, RejectWith, Rule, Table, Target, Test,
};
use crate::reason::Reason;
use matching::{Seen, Sight};

/// Rules, connections and what they need.
#[derive(Clone, Debug)]
pub struct Netfilter {
    /// Each at the place of [`Table`]'s order.
    tables: [Listed; 4],
    /// Where policies were set.
    policies: BTreeMap<ChainId, OriginId>,
    conntrack: Conntrack,
    /// Whether a rule needs connection tracking. Linux 6.1 nf_conntrack_proto.c, nf_ct_netns_get.
    tracks: bool,
    /// The tables that were ever used, the youngest first. A used nat table is asked about each
    /// new connection.
    used: Vec<Table>,
    /// What is known of packets that run through `lo`, where they keep it.
    on_lo: BTreeMap<FrameId, (Ct, u32, bool)>,
}

impl Default for Netfilter {
    fn default() -> Self {
        Self {
            tables: Table::ALL.map(Listed::new),
            policies: BTreeMap::new(),
            conntrack: Conntrack::default(),
            tracks: false,
            used: Vec::new(),
            on_lo: BTreeMap::new(),
        }
    }
}

impl Netfilter {
    /// A table's chains and rules with their counters.
    pub fn table(&self, table: Table) -> &Listed {
        &self.tables[table as usize]
    }

    /// Makes these changes of a table at once or none of them. A new rule or policy begins with the
    /// counters beside it.
    ///
    /// # Errors
    /// Which change was refused, and why.
    pub fn commit(
        &mut self,
        table: Table,
        mut changes: Vec<(Change, Counts)>,
        origin: OriginId,
    ) -> Result<(), (usize, Refused)> {
        for (change, _) in &mut changes {
            if let Some(rule) = change.rule_mut() {
                rule.origin = origin;
            }
        }
        self.use_table(table);
        self.tables[table as usize].commit(&changes)?;
        for (change, _) in changes {
            if let Change::Policy(chain, _) = change {
                self.policies.insert(ChainId { table, chain }, origin);
            }
        }
        let chains = self.tables.iter().flat_map(|table| &table.chains);
        let mut rules = chains.flat_map(|chain| &chain.rules);
        self.tracks = rules.any(|listed| needs_tracking(&listed.rule));
        Ok(())
    }

    /// A table that is looked at or changed: the first use makes it.
    pub fn use_table(&mut self, table: Table) -> &Listed {
        if !self.used.contains(&table) {
            self.used.insert(0, table);
        }
        self.table(table)
    }

    /// The tables that were used, the youngest first.
    pub fn used_tables(&self) -> impl Iterator<Item = &Listed> {
        self.used.iter().map(|table| self.table(*table))
    }

    /// Connection tracking's table.
    pub fn conntrack(&self) -> &Conntrack {
        &self.conntrack
    }

    /// The same, to be changed.
    pub fn conntrack_mut(&mut self) -> &mut Conntrack {
        &mut self.conntrack
    }

    /// Whether packets are tracked: a rule needs it.
    pub fn tracks(&self) -> bool {
        self.tracks
    }

    fn has_nat(&self) -> bool {
        self.used.contains(&Table::Nat)
    }
}

/// Whether a rule needs connection tracking: it asks for a state, or translates. Linux 6.1
/// xt_conntrack.c, xt_state.c, xt_nat.c, xt_MASQUERADE.c, xt_REDIRECT.c: nf_ct_netns_get.
fn needs_tracking(rule: &Rule) -> bool {
    let translates = matches!(
        rule.target,
        Some(Target::Dnat(_) | Target::Snat(_) | Target::Redirect(_) | Target::Masquerade(_))
    );
    translates || rule.tests.iter().any(|test| matches!(test, Test::State { .. }))
}

/// How a packet passes: by which interfaces. Linux: struct nf_hook_state.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Passage {
    pub(super) input: Option<IfaceId>,
    pub(super) output: Option<IfaceId>,
}

/// What a chain decided.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Decision {
    Accept,
    Drop,
    Reject(RejectWith, OriginId),
    /// A target of the nat table, and where its rule was typed.
    Translate(Target, OriginId),
}

impl Host {
    /// Its rules and connections, once something was typed.
    pub fn netfilter(&self) -> Option<&Netfilter> {
        self.netfilter.as_deref()
    }

    /// The same to be changed, from the first command on.
    pub fn netfilter_mut(&mut self) -> &mut Netfilter {
        let rules = self.sysctl.rules();
        self.netfilter.get_or_insert_with(|| {
            let mut fresh = Netfilter::default();
            fresh.conntrack.set_rules(rules);
            Box::new(fresh)
        })
    }

    /// Shows a packet to a chain: rule after rule until one decides, else its policy. Each rule
    /// that matches counts it. Linux 6.1 ip_tables.c, ipt_do_table.
    fn ask_chain(
        &mut self,
        id: ChainId,
        passage: Passage,
        skb: &mut Skb,
        cx: &mut Cx<'_>,
    ) -> Decision {
        let Self { netfilter: Some(netfilter), fib, engine, .. } = self else {
            return Decision::Accept;
        };
        let ChainId { table, chain } = id;
        let Netfilter { tables, policies, used, .. } = &mut **netfilter;
        // A table sees packets from the first command on that names it. Linux 6.1 x_tables.c, xt_find_table_lock.
        if !used.contains(&table) {
            return Decision::Accept;
        }
        let mut chains = tables[table as usize].chains.iter_mut();
        let rules = chains.find(|own| own.chain == chain);
        let rules = rules.expect("a hook names chains that its table has");
        let len = skb.buf.len();
        let sight = Sight { fib, engine: engine.as_deref(), passage };
        for listed in &mut rules.rules {
            match sight.look(&listed.rule, skb) {
                Seen::Matches => {}
                Seen::Differs => continue,
                Seen::Unreadable => {
                    let origin = listed.rule.origin;
                    cx.note(Reason::RuleUnreadable { chain: id, origin });
                    return Decision::Drop;
                }
            }
            listed.counts.add(len);
            let Rule { target, origin, .. } = &listed.rule;
            match target {
                Some(Target::Return) => break,
                Some(target) => {
                    if let Some(decision) = obey(target, *origin, id, skb, cx) {
                        return decision;
                    }
                }
                None => {}
            }
        }
        rules.counts.add(len);
        match rules.policy {
            Policy::Accept => Decision::Accept,
            Policy::Drop => {
                let origin = policies.get(&id).copied().unwrap_or_default();
                cx.note(Reason::PolicyDrop { chain: id, origin });
                Decision::Drop
            }
        }
    }

    /// The address by which a host shows itself on an interface.
    fn first_addr(&self, iface: IfaceId) -> Option<Ipv4Addr> {
        self.fib.iface(iface).addrs.first().map(|own| own.local.addr)
    }
}

impl Counts {
    fn add(&mut self, len: usize) {
        self.packets += 1;
        self.bytes += len as u64;
    }
}

/// What a target does; none if the next rule is asked.
fn obey(
    target: &Target,
    origin: OriginId,
    chain: ChainId,
    skb: &mut Skb,
    cx: &mut Cx<'_>,
) -> Option<Decision> {
    match target {
        Target::Return => None,
        Target::Accept => {
            cx.note(Reason::RuleAccept { chain, origin });
            Some(Decision::Accept)
        }
        Target::Drop => {
            cx.note(Reason::RuleDrop { chain, origin });
            Some(Decision::Drop)
        }
        Target::Reject(with) => {
            cx.note(Reason::RuleReject { chain, origin });
            Some(Decision::Reject(*with, origin))
        }
        Target::Mark { value, mask } => {
            skb.mark = skb.mark & !mask ^ value;
            cx.note(Reason::RuleMark { mark: skb.mark, origin });
            None
        }
        Target::NoTrack { .. } => {
            if skb.ct == Ct::None {
                skb.ct = Ct::Untracked;
                cx.note(Reason::RuleNoTrack { origin });
            }
            None
        }
        Target::Dnat(_) | Target::Redirect(_) | Target::Snat(_) | Target::Masquerade(_) => {
            Some(Decision::Translate(target.clone(), origin))
        }
    }
}
