//! `iptables` and its kin, `conntrack` and `/proc/net/nf_conntrack`.

use lvs_engine::OriginId;

use super::Done;
use crate::command::iptables::{RestoreLine, Transaction, transactions};
use crate::command::{Conntrack, Iptables, iptables};
use crate::event::Cx;
use crate::host::Host;
use crate::netfilter::{self, Counts, Listed, Tracked};

impl Host {
    pub(super) fn run_iptables(
        &mut self,
        command: &Iptables,
        origin: OriginId,
        cx: &mut Cx<'_>,
    ) -> Done {
        let now = cx.now.as_nanos() / 1_000_000_000;
        let netfilter = self.netfilter_mut();
        match command {
            Iptables::Change(table, change) => {
                let changes = vec![(change.clone(), Counts::default())];
                match netfilter.commit(*table, changes, origin) {
                    Ok(()) => Done::ok(""),
                    Err((_, refused)) => Done::failed(format!("{refused}\n"), 1),
                }
            }
            Iptables::List(table, style) => {
                Done::ok(netfilter::list(netfilter.use_table(*table), style))
            }
            Iptables::Rules { table, chain, number, counts } => {
                let table = netfilter.use_table(*table);
                Done::ok(netfilter::rules(table, *chain, *number, *counts))
            }
            Iptables::Save(save) => Done::ok(self.saved_tables(save, now)),
            Iptables::Restore(restore, lines) => self.restore(*restore, lines, origin),
            Iptables::RestoreSaved(save, restore) => {
                let lines = Iptables::saved(&self.saved_tables(save, now));
                self.restore(*restore, &lines, origin)
            }
        }
    }

    fn saved_tables(&mut self, save: &iptables::Save, now_s: u64) -> String {
        let netfilter = self.netfilter_mut();
        if let Some(table) = save.table {
            netfilter.use_table(table);
        }
        let meant = |table: &&Listed| save.table.is_none_or(|wanted| wanted == table.table);
        let tables: Vec<Listed> = netfilter.used_tables().filter(meant).cloned().collect();
        netfilter::save(&tables, save.counts, now_s)
    }

    /// Each table is changed whole or not at all; the first that fails is the last.
    fn restore(
        &mut self,
        restore: iptables::Restore,
        lines: &[RestoreLine],
        origin: OriginId,
    ) -> Done {
        for Transaction { table, changes, lines } in transactions(restore, lines) {
            if let Err((at, _)) = self.netfilter_mut().commit(table, changes, origin) {
                let line = lines.get(at).copied().unwrap_or_default();
                return Done::failed(format!("iptables-restore: line {line} failed\n"), 1);
            }
        }
        Done::ok("")
    }

    pub(super) fn run_conntrack(&mut self, command: &Conntrack, cx: &mut Cx<'_>) -> Done {
        let now = cx.now;
        let conntrack = self.netfilter_mut().conntrack_mut();
        let listed: Vec<Tracked> = conntrack.entries(now).map(|entry| entry.listed(now)).collect();
        match command {
            Conntrack::List { .. } | Conntrack::Count => {}
            Conntrack::Flush => conntrack.flush(),
            Conntrack::Delete(filter) => {
                conntrack.remove(now, |entry| filter.admits(&entry.listed(now)));
            }
        }
        // The count, or what is wrong, is told on standard error.
        let (text, status) = command.report(&listed);
        let (rows, told) = text.split_at(text.rfind("conntrack v").unwrap_or(text.len()));
        Done::printed(rows, status).then(Done::failed(told, status))
    }

    pub(super) fn proc_nf_conntrack(&self, cx: &Cx<'_>) -> String {
        let Some(netfilter) = self.netfilter() else { return String::new() };
        let entries = netfilter.conntrack().entries(cx.now);
        entries.map(|entry| entry.listed(cx.now).proc_line()).collect()
    }
}
