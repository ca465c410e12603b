//! Knobs of netfilter: a rule less, a policy that lets pass, a first rule that does, and the
//! translation that NAT without a gateway needs.

use super::{Bench, Kind, Seat};
use crate::netfilter::{self, Policy, Table};

pub(super) fn add(bench: &mut Bench<'_>, seat: &Seat<'_>) {
    if let Some(netfilter) = seat.host.netfilter() {
        for listed in netfilter.used_tables() {
            let table = match listed.table {
                Table::Filter => String::new(),
                table => format!("-t {} ", table.name()),
            };
            for chain in &listed.chains {
                let text = netfilter::rules(listed, Some(chain.chain), None, false);
                let rules = text.lines().filter_map(|line| line.strip_prefix("-A "));
                for (rule, own) in rules.zip(&chain.rules) {
                    let line = format!("iptables {table}-D {rule}");
                    bench.line(Kind::Rule, seat, line, Some(own.rule.origin));
                }
                let name = chain.chain.name();
                if chain.policy == Policy::Drop {
                    bench.line(Kind::Rule, seat, format!("iptables {table}-P {name} ACCEPT"), None);
                }
                if !chain.rules.is_empty() {
                    let line = format!("iptables {table}-I {name} -j ACCEPT");
                    bench.line(Kind::Rule, seat, line, None);
                }
            }
        }
    }
    translation(bench, seat);
}

/// What makes answers come back to a director that is not the servers' gateway.
fn translation(bench: &mut Bench<'_>, seat: &Seat<'_>) {
    let Some(engine) = seat.host.engine() else { return };
    let masquerade = "iptables -t nat -A POSTROUTING -j MASQUERADE".to_owned();
    bench.line(Kind::Rule, seat, masquerade.clone(), None);
    let (tracks, _) = engine.sysctl(lvs_engine::Sysctl::Conntrack);
    if tracks == 0 {
        let track = "sysctl -w net.ipv4.vs.conntrack=1".to_owned();
        bench.lines(Kind::Rule, seat, vec![track, masquerade], None);
    }
}
