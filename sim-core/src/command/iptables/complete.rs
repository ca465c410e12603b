//! What can stand at the end of a line of `iptables`.

use super::options::{MATCHES, Module, TARGETS, names};
use crate::command::complete::Around;
use crate::netfilter::Table;

/// The names of the tables.
pub(in crate::command) fn tables() -> Vec<String> {
    Table::ALL.into_iter().map(|table| table.name().to_owned()).collect()
}

/// The words that may stand behind these; `word` is what is typed of it.
pub(in crate::command) fn words(before: &[&str], word: &str, around: &Around) -> Vec<String> {
    let last = before.last().copied().unwrap_or_default();
    let owned = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect();
    let first =
        |all: &[(&'static str, Module)]| all.iter().map(|(name, _)| (*name).into()).collect();
    match last {
        "-t" | "--table" => return tables(),
        "-j" | "--jump" => return first(&TARGETS),
        "-m" | "--match" => return first(&MATCHES),
        "-p" | "--protocol" => return owned(&["tcp", "udp", "icmp", "all"]),
        "-i" | "--in-interface" | "-o" | "--out-interface" => return around.ifaces.clone(),
        "-s" | "--source" | "-d" | "--destination" | "--vaddr" => return around.addrs.clone(),
        "--to-destination" | "--to-source" => return around.addrs.clone(),
        "--state" | "--ctstate" => {
            return owned(&["NEW", "ESTABLISHED", "RELATED", "INVALID", "UNTRACKED"]);
        }
        _ => {}
    }
    if word.starts_with('-') {
        return loaded(before).flat_map(names).map(str::to_owned).collect();
    }
    let is_verb = |word: &str| {
        word.strip_prefix('-').is_some_and(|rest| {
            !rest.starts_with('-')
                && rest.contains(['A', 'C', 'D', 'F', 'I', 'L', 'P', 'R', 'S', 'Z'])
        })
    };
    let policy = before.len() > 1 && matches!(before[before.len() - 2], "-P" | "--policy");
    match (policy, is_verb(last)) {
        (true, _) => owned(&["ACCEPT", "DROP"]),
        (_, true) => {
            let chains = table(before).chains().iter();
            chains.map(|chain| chain.name().to_owned()).collect()
        }
        _ => Vec::new(),
    }
}

/// The table that is meant.
fn table(before: &[&str]) -> Table {
    let option = before.iter().position(|word| matches!(*word, "-t" | "--table"));
    let name = option.and_then(|at| before.get(at + 1));
    let named = Table::ALL.into_iter().find(|table| name.is_some_and(|name| *name == table.name()));
    named.unwrap_or(Table::Filter)
}

/// The modules whose options count: iptables' own, and those that were named.
fn loaded(before: &[&str]) -> impl Iterator<Item = Module> {
    let named = before.windows(2).filter_map(|pair| {
        let all = match pair[0] {
            "-m" | "--match" | "-p" | "--protocol" => &MATCHES[..],
            "-j" | "--jump" => &TARGETS[..],
            _ => return None,
        };
        all.iter().find(|(name, _)| *name == pair[1]).map(|(_, module)| *module)
    });
    [Module::Main].into_iter().chain(named)
}
