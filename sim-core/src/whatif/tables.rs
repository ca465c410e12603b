//! What stands in the tables of all nodes at the end of two runs, row by row.
//!
//! The rows are those that an administrator would see: each table is what a command prints, but
//! for the counters of IPVS, of which `ipvsadm --stats` shows an older copy. A row is told from
//! others by a part of its words; where two rows have that in common, the row has changed. Times
//! that run down are shown but do not count.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::compare::Run;
use crate::net::Kind;
use crate::shell::Shell;
use crate::world::World;

/// A row that differs: only one run has it, or both have it with other values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The node's name.
    pub node: String,
    /// The table's name, one of [`TABLES`].
    pub table: &'static str,
    /// The row in either run, as it is printed.
    pub rows: [Option<String>; 2],
}

/// The names of the tables, in their order, and where each comes from: the command that prints it.
pub const TABLES: [(&str, &str); 12] = [
    ("power", ""),
    // First, since a command that loads a module brings settings.
    ("sysctl", "sysctl -a"),
    ("link", "ip -o link"),
    ("addr", "ip -o addr"),
    ("route", "ip route show table all"),
    ("neigh", "ip neigh"),
    ("fdb", "bridge fdb show"),
    ("services", "ipvsadm -Ln"),
    ("counters", ""),
    ("conns", "ipvsadm -Lnc"),
    ("conntrack", "conntrack -L"),
    ("iptables", "iptables-save -c"),
];

/// The tables of one node.
type Tables = Vec<(&'static str, Vec<String>)>;

/// The rows that differ, by node and table.
pub(super) fn changed(runs: [&Run; 2]) -> Vec<Row> {
    let mut worlds = runs.map(|run| run.player.world.clone());
    let names = |world: &World| -> Vec<String> {
        world.net.nodes.iter().map(|node| node.name.to_string()).collect()
    };
    let [own, theirs] = [&worlds[0], &worlds[1]].map(names);
    let more = theirs.iter().filter(|name| !own.contains(name));
    let mut changed = Vec::new();
    for name in own.iter().chain(more) {
        let [one, other] = &mut worlds;
        let tables = [tables(one, name), tables(other, name)];
        changed.extend(differing(name, tables));
    }
    changed
}

/// How the machines of a world are configured: by node, table and what tells one thing from another, its value. What traffic
/// leaves behind (learnt neighbours, the kernel's own routes, counters) is none of it.
pub(crate) fn configured(world: &World) -> BTreeMap<(String, &'static str, String), String> {
    const PRINTED: [(&str, &str); 8] = [
        ("sysctl", "sysctl -a"),
        ("link", "ip -o link"),
        ("addr", "ip -o addr"),
        ("route", "ip route show table all"),
        ("neigh", "ip neigh"),
        ("ipvs", "ipvsadm -Sn"),
        ("timeouts", "ipvsadm -L --timeout"),
        ("iptables", "iptables-save"),
    ];
    let mut world = world.clone();
    let hosts: Vec<String> = world
        .net
        .nodes
        .iter()
        .filter(|node| node.on && node.host().is_some())
        .map(|node| node.name.to_string())
        .collect();
    let mut found = BTreeMap::new();
    for name in hosts {
        for (table, command) in PRINTED {
            for row in rows(table, &said(&mut world, &name, command)) {
                if let Some((key, value)) = set_by_hand(table, &row) {
                    found.insert((name.clone(), table, key), value);
                }
            }
        }
    }
    found
}

/// What a row sets, and to what; none if nobody has set it.
fn set_by_hand(table: &str, row: &str) -> Option<(String, String)> {
    let all: Vec<&str> = row.split_whitespace().collect();
    let behind = |many: usize| {
        let (key, value) = all.split_at(many.min(all.len()));
        (key.join(" "), value.join(" "))
    };
    match table {
        "sysctl" if row.starts_with("net.netfilter.nf_conntrack_count") => None,
        "sysctl" => row.split_once(" = ").map(|(key, value)| (key.to_owned(), value.to_owned())),
        "route" if row.contains("proto kernel") || row.contains("table local") => None,
        "neigh" if !row.ends_with("PERMANENT") => None,
        "addr" => Some(behind(3)),
        "link" => Some(behind(1)),
        "neigh" => Some(behind(3)),
        "route" => {
            let (key, _) = key_and_value(table, row);
            Some((words(&key), row.to_owned()))
        }
        "ipvs" if all.first() == Some(&"-A") => Some(behind(3)),
        "ipvs" => Some(behind(5)),
        "timeouts" => Some(("timeouts".to_owned(), row.to_owned())),
        // A table that comes into use lists its own chains, which accept.
        _ if row.contains(": :") && row.contains(" ACCEPT [") => None,
        // The counts of packets stand behind the policy of a chain.
        _ => Some((row.split(" [").next().unwrap_or(row).to_owned(), String::new())),
    }
}

/// All tables of a node; none if there is no such node.
fn tables(world: &mut World, name: &str) -> Tables {
    let Some(id) = world.net.node_by_name(name) else { return Vec::new() };
    let node = world.net.node(id);
    let mut tables = vec![("power", vec![if node.on { "on" } else { "off" }.to_owned()])];
    if !node.on {
        return tables;
    }
    let is_host = matches!(node.kind, Kind::Host(_));
    tables.push(("counters", counters(world, name)));
    for (table, command) in TABLES.iter().filter(|(_, command)| !command.is_empty()) {
        // A host's own table of this kind lists nothing that it has learnt.
        if is_host == (*table != "fdb") {
            tables.push((*table, rows(table, &said(world, name, command))));
        }
    }
    tables
}

/// What a command prints, typed now.
fn said(world: &mut World, name: &str, command: &str) -> String {
    let node = world.net.node_by_name(name).expect("the caller has found it");
    let mut shell = Shell { on_switch: world.net.node(node).host().is_none(), ..Shell::default() };
    let steps = shell.compile(command).expect("all of these are commands");
    let mut said = String::new();
    for step in steps {
        let job = world.type_command(node, &step, lvs_engine::OriginId::default());
        while world.job(job).is_some_and(|job| job.status.is_none()) && world.step(None) {}
        said.push_str(world.job(job).map_or("", |job| job.output.as_str()));
    }
    said
}

/// What IPVS has counted up to now.
fn counters(world: &World, name: &str) -> Vec<String> {
    let node = world.net.node_by_name(name).map(|id| world.net.node(id));
    let Some(engine) = node.and_then(|node| node.host()?.engine()) else { return Vec::new() };
    let row = |of: String, counted: lvs_engine::Counters| {
        let lvs_engine::Counters { conns, inpkts, outpkts, inbytes, outbytes } = counted;
        format!(
            "{of}  Conns {conns} InPkts {inpkts} OutPkts {outpkts} InBytes {inbytes} OutBytes {outbytes}"
        )
    };
    let mut rows = Vec::new();
    for service in engine.services() {
        let key = service.key().to_string();
        rows.push(row(key.clone(), service.stats().live()));
        for dest in engine.dests(service) {
            rows.push(row(format!("{key} -> {}", dest.rip()), dest.stats().live()));
        }
    }
    rows
}

/// The rows of what a command has printed: without headings, and each with what it stands below.
fn rows(table: &str, said: &str) -> Vec<String> {
    let lines = || said.lines().map(str::trim_end).filter(|line| !line.is_empty());
    let mut above = String::new();
    let mut rows = Vec::new();
    for line in lines() {
        match table {
            "sysctl" | "route" | "neigh" | "fdb" => rows.push(line.to_owned()),
            // The number of the interface, and what stands behind the backslash on its own line.
            "link" | "addr" => {
                let line = line.split_once(": ").map_or(line, |(_, line)| line);
                let line = line.split_once("\\       valid_lft").map_or(line, |(line, _)| line);
                rows.push(words(&line.replace('\\', " ")));
            }
            "services" if line.starts_with("  -> ") => {
                if line != "  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn" {
                    rows.push(format!("{above} {}", words(line)));
                }
            }
            "services" if line.starts_with("IP Virtual") || line.starts_with("Prot ") => {}
            "services" => {
                above = line.split_whitespace().take(2).collect::<Vec<_>>().join(" ");
                rows.push(words(line));
            }
            "conns" if line.starts_with("IPVS connection") || line.starts_with("pro ") => {}
            "conntrack" if line.starts_with("conntrack v") => {}
            "iptables" if line.starts_with('#') || line == "COMMIT" => {}
            "iptables" if line.starts_with('*') => above = line.trim_start_matches('*').to_owned(),
            "iptables" => rows.push(format!("{above}: {line}")),
            _ => rows.push(words(line)),
        }
    }
    rows
}

/// A line with one space between words.
fn words(line: &str) -> String {
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What tells a row from the others of its table, and the rest of it that counts.
fn key_and_value(table: &str, row: &str) -> (String, String) {
    let words: Vec<&str> = row.split_whitespace().collect();
    let word = |at: usize| words.get(at).copied().unwrap_or_default();
    let behind =
        |name: &str| words.iter().position(|own| *own == name).map_or("", |at| word(at + 1));
    let key = match table {
        "sysctl" | "link" => word(0).to_owned(),
        "power" => String::new(),
        // Of which interface, and the address.
        "addr" => format!("{} {} {}", word(0), word(1), word(2)),
        "route" => {
            let kinds = ["local", "broadcast", "unreachable", "blackhole", "prohibit"];
            let is_kind = kinds.contains(&word(0));
            let to = if is_kind { word(1) } else { word(0) };
            let kind = if is_kind { word(0) } else { "" };
            format!("{kind} {to} {} {} {}", behind("dev"), behind("table"), behind("metric"))
        }
        "neigh" => format!("{} {}", word(0), behind("dev")),
        "fdb" => word(0).to_owned(),
        "services" | "counters" if word(2) == "->" => {
            format!("{} {} {}", word(0), word(1), word(3))
        }
        "services" | "counters" => format!("{} {}", word(0), word(1)),
        "conns" => format!("{} {} {}", word(0), word(3), word(4)),
        "conntrack" => {
            let there = words.iter().filter(|word| word.contains('=')).take(4);
            let there: String = there.map(|word| format!(" {word}")).collect();
            format!("{}{there}", word(0))
        }
        _ => {
            let is_count = |word: &&&str| word.starts_with('[') && word.ends_with(']');
            words.iter().filter(|word| !is_count(word)).copied().collect::<Vec<_>>().join(" ")
        }
    };
    // Times that run down: how long an entry is still kept.
    let left = match table {
        "conns" => Some(1),
        "conntrack" => Some(2),
        _ => None,
    };
    let mut value = String::new();
    for (at, word) in words.iter().enumerate().filter(|(at, _)| Some(*at) != left) {
        write!(value, "{at}{word} ").expect("a string takes all text");
    }
    (key, value)
}

/// The rows of a node that differ.
fn differing(name: &str, [own, theirs]: [Tables; 2]) -> Vec<Row> {
    let mut found = Vec::new();
    // Of a node that only one run has it is enough that it is there.
    let is_in_both = !own.is_empty() && !theirs.is_empty();
    for (table, _) in TABLES.iter().filter(|(table, _)| is_in_both || *table == "power") {
        let of = |tables: &Tables| -> Vec<String> {
            let rows = tables.iter().find(|(own, _)| own == table);
            rows.map(|(_, rows)| rows.clone()).unwrap_or_default()
        };
        let (own, theirs) = (of(&own), of(&theirs));
        if own == theirs {
            continue;
        }
        let mut pairs: BTreeMap<String, Vec<(usize, String, String)>> = BTreeMap::new();
        for (at, row) in theirs.into_iter().enumerate().rev() {
            let (key, value) = key_and_value(table, &row);
            pairs.entry(key).or_default().push((at, value, row));
        }
        let mut row = |rows| found.push(Row { node: name.to_owned(), table, rows });
        for line in own {
            let (key, value) = key_and_value(table, &line);
            match pairs.get_mut(&key).and_then(Vec::pop) {
                None => row([Some(line), None]),
                Some((_, other, _)) if other == value => {}
                Some((.., other)) => row([Some(line), Some(other)]),
            }
        }
        let mut left: Vec<_> = pairs.into_values().flatten().collect();
        left.sort();
        for (.., line) in left {
            row([None, Some(line)]);
        }
    }
    found
}
