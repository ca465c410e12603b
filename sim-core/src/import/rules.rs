//! Rules of netfilter: `iptables-save`.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use super::ipvs::{refused, typed};
use super::told::Told;
use super::{Dump, Place};
use crate::command::ipvsadm::Proto;
use crate::command::{Command, iptables};
use crate::netfilter::{Chain, Table};
use crate::text;

/// What `iptables-save` says.
#[derive(Clone, Debug, Default)]
pub(super) struct Rules {
    /// The commands that make the rules.
    pub(super) lines: Vec<(String, Place)>,
    /// What gets which mark.
    pub(super) marks: Vec<Marked>,
}

/// A rule that marks packets, as far as it tells who may be asked for.
#[derive(Clone, Debug)]
pub(super) struct Marked {
    pub(super) mark: u32,
    pub(super) vip: Option<Ipv4Addr>,
    pub(super) proto: Proto,
    pub(super) ports: Vec<u16>,
}

/// The lines of one table.
struct Of {
    name: String,
    table: Option<Table>,
    lines: Vec<(String, Place)>,
    chains: BTreeSet<String>,
}

/// Reads a dump of rules.
pub(super) fn saved(dump: &Dump, told: &mut Told) -> Rules {
    let mut rules = Rules::default();
    let mut tables: Vec<Of> = Vec::new();
    let mut open = false;
    for (number, line) in (1..).zip(dump.text.lines()) {
        let place = Place { file: dump.path.clone(), line: number };
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(name) = line.strip_prefix('*') {
            let table = Table::ALL.into_iter().find(|table| table.name() == name);
            if table.is_none() {
                told.without(&place, text!("iptables -t {name}", "iptables -t {name}"));
            }
            let (lines, chains) = (Vec::new(), BTreeSet::new());
            tables.push(Of { name: name.into(), table, lines, chains });
            open = true;
            continue;
        }
        let Some(of) = tables.last_mut().filter(|_| open) else {
            let text = text!("`{line}`: not in a table", "`{line}`：不在任何表中");
            told.unknown(&place, text);
            continue;
        };
        if line == "COMMIT" {
            open = false;
        } else if of.table.is_some() {
            of.line(line, &place, &mut rules.marks, told);
        }
    }
    if open {
        let text =
            text!("ends without COMMIT: is the dump whole?", "结尾没有 COMMIT：输出是否完整？");
        told.wrong(&Place { file: dump.path.clone(), line: u32::MAX }, text);
    }
    // The table that was used last stands first in the dump.
    for mut of in tables.into_iter().rev() {
        let Some(table) = of.table else { continue };
        if of.lines.is_empty() {
            // It is there, and connections may be tracked for it: to set a policy makes it.
            let chain = table.chains()[0].name();
            let line = format!("iptables -t {} -P {chain} ACCEPT", of.name);
            of.lines.push((line, Place { file: dump.path.clone(), line: 0 }));
        }
        rules.lines.append(&mut of.lines);
    }
    rules
}

impl Of {
    fn line(&mut self, line: &str, place: &Place, marks: &mut Vec<Marked>, told: &mut Told) {
        let rest = match line.strip_prefix('[') {
            // Packets and bytes.
            Some(counted) => counted.split_once(']').map_or("", |(_, rest)| rest).trim(),
            None => line,
        };
        if let Some(policy) = rest.strip_prefix(':') {
            return self.policy(policy, place, told);
        }
        let words = iptables::split(rest);
        let chain = words.get(1).map(String::as_str).unwrap_or_default();
        if self.chains.contains(chain) {
            told.without(place, text!("the chain {chain} in `{rest}`", "`{rest}` 中的链 {chain}"));
            return;
        }
        let target = words.iter().position(|word| matches!(word.as_str(), "-j" | "-g"));
        let target =
            target.and_then(|at| words.get(at + 1)).map(String::as_str).unwrap_or_default();
        if self.chains.contains(target) {
            told.without(
                place,
                text!("the chain {target} in `{rest}`", "`{rest}` 中的链 {target}"),
            );
            return;
        }
        let all =
            ["iptables", "-t", &self.name].into_iter().chain(words.iter().map(String::as_str));
        match Command::parse(&typed(all)) {
            Ok(command) => {
                if self.table == Some(Table::Mangle) {
                    marks.extend(marked(&words));
                }
                self.lines.push((command.to_string(), place.clone()));
            }
            Err(error) => refused(rest, &error, place, told),
        }
    }

    /// `INPUT DROP [0:0]`.
    fn policy(&mut self, text: &str, place: &Place, told: &mut Told) {
        let mut words = text.split_whitespace();
        let (chain, policy) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        if !Chain::ALL.iter().any(|known| known.name() == chain) {
            self.chains.insert(chain.to_owned());
            let table = &self.name;
            let text = text!("the chain {chain} of the table {table}", "表 {table} 的链 {chain}");
            return told.without(place, text);
        }
        if matches!(policy, "ACCEPT" | "-") {
            return;
        }
        let line = format!("iptables -t {} -P {chain} {policy}", self.name);
        match Command::parse(&typed(line.split(' '))) {
            Ok(command) => self.lines.push((command.to_string(), place.clone())),
            Err(error) => refused(text, &error, place, told),
        }
    }
}

/// What a rule of `-j MARK` marks.
fn marked(words: &[String]) -> Option<Marked> {
    let after = |names: &[&str]| {
        let at = words.iter().position(|word| names.contains(&word.as_str()))?;
        words.get(at + 1).map(String::as_str)
    };
    let mark = after(&["--set-mark", "--set-xmark"])?.split('/').next()?;
    let mark = match mark.strip_prefix("0x") {
        Some(hex) => u32::from_str_radix(hex, 16).ok()?,
        None => mark.parse().ok()?,
    };
    let vip = after(&["-d"]).and_then(|addr| addr.split('/').next()?.parse().ok());
    let proto = if after(&["-p"]) == Some("udp") { Proto::Udp } else { Proto::Tcp };
    let ports = after(&["--dport", "--dports"]).unwrap_or_default();
    let ports = ports.split([',', ':']).filter_map(|port| port.parse().ok()).collect();
    Some(Marked { mark, vip, proto, ports })
}
