//! What iptables and the kernel refuse of a rule that is well written: options that the command
//! does not take, chains in which a test or a target makes no sense.

use super::options::{Module, full_name, invalid, of_letter, refuse};
use super::typed::{Loaded, Typed, Verb};
use crate::command::error::CommandError;
use crate::command::word::Word;
use crate::netfilter::{Chain, RejectWith, Rule, Table, Target};
use crate::text;

/// All checks, those of the tool first.
pub(super) fn check(typed: &Typed, table: Table) -> Result<(), CommandError> {
    let Some((verb, _)) = &typed.verb else { return Ok(()) };
    options(typed, *verb)?;
    let Some(chain) = &typed.chain else { return Ok(()) };
    for (option, not_in) in
        [("-i", [Chain::Output, Chain::Postrouting]), ("-o", [Chain::Prerouting, Chain::Input])]
    {
        if let Some(word) = typed.word(option)
            && not_in.iter().any(|not| not.name() == chain.text)
        {
            let name = &chain.text;
            let help = match option {
                "-i" => text!(
                    "in {name} a packet has come in by no interface",
                    "在 {name} 中，包不是从接口进来的",
                ),
                _ => text!(
                    "in {name} it is not known yet where the packet goes",
                    "在 {name} 中还不知道包往哪里去",
                ),
            };
            return Err(refuse(word, format!("Can't use {option} with {name}")).help(help));
        }
    }
    for loaded in &typed.matches {
        protocol(loaded, &typed.rule)?;
    }
    // An unknown chain is refused for that, later.
    let chain = table.chains().iter().find(|known| known.name() == chain.text);
    match (chain, &typed.target, &typed.rule.target) {
        (Some(chain), Some(loaded), Some(target)) => {
            place(table, *chain, &loaded.word, target, &typed.rule)
        }
        _ => Ok(()),
    }
}

/// Options that the command does not take.
fn options(typed: &Typed, verb: Verb) -> Result<(), CommandError> {
    let has_rule = matches!(verb, Verb::Append | Verb::Check | Verb::Insert | Verb::Replace)
        || (verb == Verb::Delete && typed.number.is_none());
    for (name, word) in &typed.seen {
        let takes = match *name {
            "-n" | "-x" | "-0" => verb == Verb::List,
            "-v" => matches!(verb, Verb::List | Verb::Rules),
            _ => has_rule,
        };
        if takes {
            continue;
        }
        if *name == "-v" {
            // The real tool then says what it does.
            let letter = verb.letter();
            let what = text!("-v with {letter}", "-v 与 {letter} 合用");
            return Err(CommandError::without(&word.span, 2, &what));
        }
        return Err(illegal(name, word));
    }
    match typed.matches.first().filter(|_| !has_rule) {
        // The real tool reads the match and forgets it.
        Some(loaded) => Err(illegal("-m", &loaded.word)),
        None => Ok(()),
    }
}

fn illegal(name: &str, word: &Word) -> CommandError {
    let error = refuse(word, format!("Illegal option `{name}' with this command"));
    let long = name.chars().nth(1).and_then(of_letter).map(full_name);
    match (name, long) {
        ("-n" | "-x" | "-0", _) => error.help(text!("it is an option of -L", "它是 -L 的选项")),
        (_, Some(long)) => error.help(text!(
            "{long} is a part of a rule: of -A, -I, -R, -D or -C",
            "{long} 是规则的一部分：用于 -A、-I、-R、-D、-C",
        )),
        _ => error,
    }
}

/// Matches that need their protocol. Linux 6.1 xt_tcpudp.c, xt_multiport.c: checkentry.
fn protocol(loaded: &Loaded, rule: &Rule) -> Result<(), CommandError> {
    let is = |numbers: &[u8]| rule.proto.is_some_and(|p| !p.not && numbers.contains(&p.value));
    let (name, fits) = match loaded.module {
        Module::Tcp => ("tcp", is(&[6])),
        Module::Udp => ("udp", is(&[17])),
        Module::Icmp => ("icmp", is(&[1])),
        Module::Multiport => {
            let message = match rule.proto {
                _ if is(&[6, 17, 33, 132, 136]) => return Ok(()),
                None => "multiport needs `-p tcp', `-p udp', `-p udplite', `-p sctp' or `-p dccp'",
                Some(_) => "multiport only works with TCP, UDP, UDPLITE, SCTP and DCCP",
            };
            return Err(refuse(&loaded.word, message));
        }
        _ => return Ok(()),
    };
    if fits {
        return Ok(());
    }
    Err(invalid(&loaded.word)
        .help(text!("-m {name} is only for -p {name}", "-m {name} 需要 -p {name}")))
}

/// Targets that only some tables and chains have. Linux 6.1 xt_nat.c, xt_MASQUERADE.c,
/// xt_REDIRECT.c, ipt_REJECT.c, xt_CT.c: table and hooks of each.
fn place(
    table: Table,
    chain: Chain,
    word: &Word,
    target: &Target,
    rule: &Rule,
) -> Result<(), CommandError> {
    use Chain::{Forward, Input, Output, Postrouting, Prerouting};
    let (only, chains): (Table, &[Chain]) = match target {
        Target::Drop if table == Table::Nat => return Err(no_drop(word)),
        Target::Accept | Target::Drop | Target::Return | Target::Mark { .. } => return Ok(()),
        Target::Reject(_) => (Table::Filter, &[Input, Forward, Output]),
        Target::Dnat(_) | Target::Redirect(_) => (Table::Nat, &[Prerouting, Output]),
        Target::Snat(_) => (Table::Nat, &[Postrouting, Input]),
        Target::Masquerade(_) => (Table::Nat, &[Postrouting]),
        Target::NoTrack { .. } => (Table::Raw, &[Prerouting, Output]),
    };
    let name = &word.text;
    if table != only || !chains.contains(&chain) {
        let table = only.name();
        let chains: Vec<&str> = chains.iter().map(|chain| chain.name()).collect();
        let chains = chains.join(" ");
        return Err(invalid(word).help(text!(
            "{name} works only in table {table}: -t {table}, chains {chains}",
            "{name} 只能用在 {table} 表：-t {table}，链 {chains}",
        )));
    }
    let is_tcp = rule.proto.is_some_and(|proto| !proto.not && proto.value == 6);
    if *target == Target::Reject(RejectWith::TcpReset) && !is_tcp {
        return Err(
            invalid(word).help(text!("tcp-reset is only for -p tcp", "tcp-reset 需要 -p tcp"))
        );
    }
    Ok(())
}

/// Nothing is dropped in table nat.
pub(super) fn no_drop(word: &Word) -> CommandError {
    let message =
        "The \"nat\" table is not intended for filtering, the use of DROP is therefore inhibited.";
    refuse(word, message)
        .help(text!("use the table filter to drop packets", "请在 filter 表中丢弃"))
}
