use std::collections::BTreeSet;

use lvs_engine::OriginId;
use sim_core::shell::Shell;
use sim_core::story::open;
use sim_core::world::World;

use super::table::{Kind, rows, tables};
use super::watch::Watch;
use super::*;
use crate::scenarios::SHIPPED;

fn session(name: &str) -> Session {
    let (_, text) = SHIPPED.iter().find(|(own, _)| *own == name).expect("it is shipped");
    Session::new(open(name, text, None, false).expect("it loads")).expect("it is set up")
}

/// Scenarios that have, together, every kind of row.
const SCENARIOS: [&str; 8] = [
    "dr/arp-walk",
    "nat/seed",
    "tun/two-networks",
    "fullnat/two-networks",
    "netfilter/masquerade",
    "operate/mtu-chain",
    "persist/fwmark-persist",
    "cable/two-switches",
];

/// What a command prints, typed on a copy of the world.
fn said(world: &World, node: NodeId, command: &str) -> String {
    let mut world = world.clone();
    let on_switch = world.net.node(node).host().is_none();
    let mut shell = Shell { on_switch, ..Shell::default() };
    let mut said = String::new();
    for step in shell.compile(command).expect("it is a command") {
        let job = world.type_command(node, &step, OriginId::default());
        while world.job(job).is_some_and(|job| job.status.is_none()) && world.step(None) {}
        said.push_str(world.job(job).map_or("", |job| job.output.as_str()));
    }
    said
}

#[test]
fn every_row_has_a_cell_a_column_and_a_key_of_its_own() {
    let mut kinds = BTreeSet::new();
    for name in SCENARIOS {
        let mut session = session(name);
        for step in [0, session.steps().len() / 2, session.steps().len() - 1] {
            session.seek(step);
            for node in session.net().node_ids() {
                for table in tables(session.world(), node, true) {
                    let keys: BTreeSet<&str> =
                        table.rows.iter().map(|row| row.key.as_str()).collect();
                    assert_eq!(keys.len(), table.rows.len(), "{name} {step} {:?}", table.kind);
                    for row in &table.rows {
                        assert_eq!(row.cells.len(), table.kind.columns().len(), "{row:?}");
                        kinds.insert(table.kind);
                    }
                }
            }
        }
    }
    assert_eq!(kinds.len(), Kind::OF_HOST.len() + 1, "{kinds:?}");
}

/// Each row stands in what Linux's command prints, cell by cell.
#[test]
fn tables_say_what_the_commands_print() {
    let mut compared = BTreeSet::new();
    for name in SCENARIOS {
        let mut session = session(name);
        // Some time behind the last event, timers that are due are still to fire: what a command prints is of before.
        session.seek(session.steps().len() * 2 / 3);
        let world = session.world().clone();
        for node in session.net().node_ids() {
            for kind in [Kind::Addr, Kind::Neigh, Kind::Route, Kind::Conns, Kind::Fdb] {
                let Some(rows) = rows(&world, node, kind, true) else { continue };
                let command = if kind == Kind::Addr { "ip -o addr" } else { kind.command() };
                let printed = said(&world, node, command);
                for row in &rows {
                    let told = match kind {
                        Kind::Addr | Kind::Fdb => &row.cells[..2],
                        Kind::Neigh => &row.cells[..4],
                        // The rest stands behind words such as `via`, and `local` before.
                        Kind::Route => &row.cells[..3],
                        _ => &row.cells[2..6],
                    };
                    let is_there = |line: &str| {
                        told.iter()
                            .filter(|cell| *cell != "-")
                            .all(|cell| line.contains(cell.as_str()))
                    };
                    // What was learnt about paths is listed by another command.
                    if row.key.starts_with("cache ") {
                        continue;
                    }
                    assert!(printed.lines().any(is_there), "{name} {told:?} is not in\n{printed}");
                    compared.insert(kind);
                }
            }
        }
    }
    assert_eq!(compared.len(), 5, "{compared:?}");
}

/// The value that counts is the larger of `all`'s and the interface's, and says which line has set it.
#[test]
fn a_setting_says_what_counts_and_where_it_was_set() {
    let mut session = session("dr/arp-walk");
    let last = session.steps().len() - 1;
    session.seek(last);
    let rs1 = session.net().node_by_name("rs1").expect("it is there");
    let all = rows(session.world(), rs1, Kind::Sysctl, false).expect("a host has settings");
    let row = all.iter().find(|row| row.key == "net.ipv4.conf.eth0.arp_ignore");
    let row = row.expect("LVS depends on it");
    assert_eq!(row.cells[1..], ["1", "max(all 1, eth0 0)"]);
    let origins = &session.world().origins;
    let origin = origins.get(row.origin.expect("it was set"));
    assert!(origin.text().contains("arp_ignore"), "{origin:?}");
}

/// The list of changes is that of looking at every step by itself, and the session is as it was.
#[test]
#[rustfmt::skip]
fn a_watch_finds_what_looking_at_each_step_finds() {
    for (name, node, kind, key, cell) in [
        ("dr/arp-walk",        "router",   Kind::Neigh,     "172.16.100.100 eth1",        Some(2)),
        ("dr/arp-walk",        "router",   Kind::Neigh,     "172.16.100.100 eth1",        None),
        ("nat/seed",           "director", Kind::Services,  "TCP 172.16.100.1:80",        Some(5)),
        ("cable/two-switches", "lan",      Kind::Fdb,       "",                           None),
        ("netfilter/masquerade", "box",   Kind::Conntrack, "",                         None),
        ("dr/arp-walk",        "rs1",      Kind::Sysctl,    "net.ipv4.conf.eth0.arp_ignore", Some(1)),
    ] {
        let mut session = session(name);
        let node = session.net().node_by_name(node)
            .or_else(|| session.net().node_ids().find(|own| session.net().node(*own).host().is_none()))
            .expect("it is there");
        let count = session.steps().len();
        let read = |session: &Session, key: &str| {
            let found = rows(session.world(), node, kind, true).unwrap_or_default().into_iter();
            found.clone().find(|row| row.key == key).map(|row| row.cells)
        };
        // Without a key: the first row that there ever is.
        let mut key = key.to_owned();
        for step in 0..count {
            session.seek(step);
            if key.is_empty() && let Some(row) = rows(session.world(), node, kind, true).and_then(|rows| rows.into_iter().next()) {
                key = row.key;
            }
        }
        let watched = |cells: &Option<Vec<String>>| cells.as_ref().map(|cells| match cell {
            Some(at) => cells[at].clone(),
            None => cells.iter().zip(kind.columns()).filter(|(_, own)| !own.runs).map(|(cell, _)| format!("{cell} ")).collect(),
        });
        let cursor = session.cursor();
        let mut last = rows(cursor.world(), node, kind, true).unwrap_or_default().into_iter().find(|row| row.key == key).map(|row| row.cells);
        let mut wanted = Vec::new();
        for step in 0..count {
            session.seek(step);
            let now = read(&session, &key);
            if watched(&last) != watched(&now) {
                wanted.push((step, watched(&last), watched(&now)));
            }
            last = now;
        }
        session.seek(count / 2);
        let (digest, entries) = (session.world().digest(), session.trace().entries().to_vec());
        let mut watch = Watch::new(&session, node, kind, key.clone(), cell);
        for _ in 0..10_000 {
            watch.go_on(&mut session);
        }
        assert!(watch.is_done && watch.steps() == count, "{name}");
        let found: Vec<_> = watch.seen.iter().map(|own| (own.step, watched(&own.before), watched(&own.after))).collect();
        assert_eq!(found, wanted, "{name} {kind:?} {key}");
        assert!(!found.is_empty(), "{name} {kind:?} {key}: nothing changes, so nothing is tested");
        assert_eq!(session.world().digest(), digest, "the world stays where it is");
        assert_eq!(session.trace().entries(), entries, "the record is as it was");
    }
}

/// What is marked as changed is what differs between two steps, whichever way one came there.
#[test]
fn changes_are_those_since_the_step_before() {
    let mut session = session("dr/arp-walk");
    let router = session.net().node_by_name("router").expect("it is there");
    let count = session.steps().len();
    let told = |own: &Tables| -> Vec<(String, Change)> {
        own.rows().map(|(_, row)| (row.key.clone(), row.change.clone())).collect()
    };
    let mut forward = Tables::new(router);
    let mut all = Vec::new();
    for step in 0..count {
        forward.read(&mut session, step, step.checked_sub(1));
        all.push(told(&forward));
    }
    assert!(all[0].iter().all(|(_, change)| *change == Change::None), "before is nothing");
    assert!(all.iter().flatten().any(|(_, change)| matches!(change, Change::Was(_))));
    assert!(all.iter().flatten().any(|(_, change)| *change == Change::New));
    for step in (0..count).rev() {
        let mut back = Tables::new(router);
        back.read(&mut session, step, step.checked_sub(1));
        assert_eq!(told(&back), all[step], "step {step}");
    }
}
