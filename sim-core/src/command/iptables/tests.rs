//! What iptables takes, lists and refuses, held against transcripts of iptables-legacy 1.8.9 on
//! Linux 6.1: `listed.txt` and `refused.txt` show its prompt, a multi-line command's further lines
//! behind `> `, what it printed, and in brackets an exit status that is not 0. Dates were set to the
//! first second of 1970.

use super::{Iptables, Save, transactions};
use crate::command::testing::{both_languages, prints, refuses};
use crate::command::{Command, CommandError};
use crate::netfilter::{Counts, Listed, Table, list, rules, save};
use crate::shell::Shell;

/// A command of a transcript with what it printed and how it ended.
struct Turn {
    line: String,
    output: String,
    status: u8,
}

fn turns(transcript: &str) -> Vec<Turn> {
    let mut turns: Vec<Turn> = Vec::new();
    for line in transcript.lines().filter(|line| !line.starts_with("# ") || line.contains(" on ")) {
        let status = line.strip_prefix('[').and_then(|line| line.strip_suffix(']'));
        match (line.strip_prefix("$ "), line.strip_prefix("> "), turns.last_mut()) {
            (Some(command), ..) => {
                turns.push(Turn { line: command.to_owned(), output: String::new(), status: 0 });
            }
            (None, Some(more), Some(turn)) => turn.line += &format!("\n{more}"),
            (None, None, Some(turn)) => match status.and_then(|status| status.parse().ok()) {
                Some(status) => turn.status = status,
                None => turn.output += &format!("{line}\n"),
            },
            (None, _, None) => panic!("{line}: no command before it"),
        }
    }
    turns
}

fn compile(line: &str) -> Result<Iptables, CommandError> {
    let steps = Shell::default().compile(line)?;
    match steps.into_iter().next().map(|step| step.command) {
        Some(Command::Iptables(command)) => Ok(command),
        other => panic!("{line}: {other:?}"),
    }
}

/// Tables of a host, the one first used last in the list.
#[derive(Default)]
struct Host(Vec<Listed>);

impl Host {
    fn table(&mut self, table: Table) -> &mut Listed {
        if !self.0.iter().any(|listed| listed.table == table) {
            self.0.insert(0, Listed::new(table));
        }
        self.0.iter_mut().find(|listed| listed.table == table).expect("it is there now")
    }

    fn run(&mut self, command: &Iptables) -> (String, u8) {
        let zero = Counts::default();
        match command {
            Iptables::Change(table, change) => {
                match self.table(*table).commit(&[(change.clone(), zero)]) {
                    Ok(()) => (String::new(), 0),
                    Err((_, refused)) => (format!("{refused}\n"), 1),
                }
            }
            Iptables::List(table, style) => (list(self.table(*table), style), 0),
            Iptables::Rules { table, chain, number, counts } => {
                (rules(self.table(*table), *chain, *number, *counts), 0)
            }
            Iptables::Save(Save { table: None, counts }) => (save(&self.0, *counts, 0), 0),
            Iptables::Save(Save { table: Some(table), counts }) => {
                (save(std::slice::from_ref(self.table(*table)), *counts, 0), 0)
            }
            Iptables::Restore(restore, lines) => {
                for done in transactions(*restore, lines) {
                    if let Err((at, _)) = self.table(done.table).commit(&done.changes) {
                        let line = done.lines[at];
                        return (format!("iptables-restore: line {line} failed\n"), 1);
                    }
                }
                (String::new(), 0)
            }
            Iptables::RestoreSaved(..) => panic!("not in the transcript"),
        }
    }
}

#[test]
fn rules_are_listed_as_the_real_tool_lists_them() {
    let mut host = Host::default();
    let turns = turns(include_str!("tests/listed.txt"));
    assert!(turns.len() > 150, "{}", turns.len());
    for Turn { line, output, status } in turns {
        let command = compile(&line).unwrap_or_else(|error| panic!("{line}: {error:?}"));
        let (text, ended) = host.run(&command);
        for (ours, real) in text.lines().zip(output.lines()) {
            assert_eq!(ours, real, "{line}");
        }
        assert_eq!((text, ended), (output, status), "{line}");
        let again = compile(&command.to_string());
        assert_eq!(again.as_ref(), Ok(&command), "{line}: {command}");
    }
}

#[test]
fn refusals_are_the_real_tools() {
    let turns = turns(include_str!("tests/refused.txt"));
    assert!(turns.len() > 150, "{}", turns.len());
    for Turn { line, output, status } in turns {
        let error = compile(&line).expect_err(&line);
        // The tool points at its help and, in a pipe, at the line; so do we, in other words.
        let ours = |line: &&str| {
            let pointer = ["Try `", "Error occurred", "Perhaps iptables", "Look at manual"];
            !line.is_empty() && !pointer.iter().any(|start| line.starts_with(start))
        };
        let said: Vec<&str> = output.lines().filter(ours).map(str::trim_end).collect();
        assert_eq!((error.message.en.as_str(), error.status), (&*said.join(" "), status), "{line}");
        assert!(line.get(error.at.clone()).is_some_and(|at| !at.is_empty()), "{line}: {error:?}");
        both_languages(&line, &error);
    }
}

#[test]
fn reads_and_prints() {
    #[rustfmt::skip]
    prints(&[
        ("iptables -t nat -A PREROUTING -d 192.0.2.100 -p tcp --dport 80 -j DNAT --to 192.0.2.11:80",
            "iptables -t nat -A PREROUTING -d 192.0.2.100/32 -p tcp -m tcp --dport 80 -j DNAT --to-destination 192.0.2.11:80"),
        ("iptables -A INPUT -m comment --comment 'it is $x' -j DROP -w 5", "iptables -A INPUT -m comment --comment 'it is $x' -j DROP"),
        ("sudo /sbin/iptables -t filter -I INPUT -j DROP", "iptables -I INPUT -j DROP"),
        ("iptables -I INPUT 1 -j DROP", "iptables -I INPUT -j DROP"),
        ("iptables --wait -D FORWARD 3", "iptables -D FORWARD 3"),
        ("iptables -nvxL INPUT 2 --line-numbers", "iptables -L INPUT 2 -n -v -x --line-numbers"),
        ("iptables -vS", "iptables -S -v"), ("iptables -t raw -S OUTPUT 1", "iptables -t raw -S OUTPUT 1"),
        ("iptables -Z INPUT 1", "iptables -Z INPUT 1"), ("iptables -t mangle -F", "iptables -t mangle -F"),
        ("iptables-save", "iptables-save"), ("iptables-save --table=nat --counters", "iptables-save -c -t nat"),
        ("iptables-save -c | iptables-restore --noflush -c -w", "iptables-save -c | iptables-restore -c -n"),
        ("echo '*nat\n\n:INPUT ACCEPT [0:0]\n[1:2] -A INPUT -j SNAT --to 192.0.2.1\nCOMMIT' | iptables-restore",
            "echo '*nat\n\n:INPUT ACCEPT [0:0]\n[1:2] -A INPUT -j SNAT --to-source 192.0.2.1\nCOMMIT' | iptables-restore"),
    ]);
}

#[test]
fn what_only_the_real_tool_has_is_not_simulated() {
    #[rustfmt::skip]
    refuses(&[
        ("iptables -N web", "-N", 2, "not simulated: -N"),
        ("iptables --new-chain web", "--new-chain", 2, "not simulated: --new-chain"),
        ("iptables -E a b", "-E", 2, "not simulated: -E"), ("iptables -A INPUT -g web", "-g", 2, "not simulated: -g"),
        ("iptables -A INPUT -f", "-f", 2, "not simulated: -f"), ("iptables -6 -L", "-6", 2, "not simulated: -6"),
        ("iptables -A INPUT -c 1 2", "-c", 2, "not simulated: -c"), ("iptables -V", "-V", 2, "not simulated: -V"),
        ("iptables -A INPUT -j LOG", "LOG", 2, "not simulated: LOG"), ("iptables -A INPUT -m limit", "limit", 2, "not simulated: limit"),
        ("iptables -A INPUT -p tcp --tcp-option 3", "--tcp-option", 2, "not simulated: --tcp-option"),
        ("iptables -t nat -A POSTROUTING -j MASQUERADE --random", "--random", 2, "not simulated: --random"),
        ("iptables -t raw -A OUTPUT -j CT", "CT", 2, "not simulated: CT without --notrack"),
        ("iptables -A INPUT -m conntrack --ctstate NEW,SNAT", "NEW,SNAT", 2, "not simulated: SNAT"),
        ("iptables -t security -L", "security", 3, "not simulated: security"),
        ("iptables-save -t security", "security", 3, "not simulated: security"),
        ("iptables -A INPUT -s 192.0.2.1,192.0.2.2", "192.0.2.1,192.0.2.2", 2, "not simulated: several addresses in one rule"),
        ("iptables -A INPUT -s 10.0.0.1/255.0.255.0", "10.0.0.1/255.0.255.0", 2, "not simulated: a netmask with holes"),
        ("iptables -A INPUT -i +", "+", 2, "not simulated: an interface called +"),
        ("iptables -A INPUT -ptcp", "-ptcp", 2, "not simulated: -p and its value in one word"),
        ("iptables -A INPUT -v -j DROP", "-v", 2, "not simulated: -v with -A"),
        ("iptables -Z -L", "-L", 2, "not simulated: -L together with -Z"),
        ("iptables -t nat -A OUTPUT -p tcp -j DNAT --to :8080", ":8080", 2, "not simulated: translation of the port alone"),
        ("iptables -t nat -A OUTPUT -j DNAT --to 1.2.3.9-1.2.3.4", "1.2.3.9-1.2.3.4", 2,
            "iptables: the range 1.2.3.9-1.2.3.4 ends before it begins"),
        ("iptables-restore", "iptables-restore", 1, "iptables-restore reads the pipe, and there is no text in it"),
        ("iptables-restore -t", "-t", 1, "not simulated: -t"),
        ("iptables-save | ipvsadm -R", "ipvsadm", 1, "not simulated: a pipe into ipvsadm"),
        ("ipvsadm -S | iptables-restore", "iptables-restore", 1, "not simulated: a pipe into iptables-restore"),
        ("iptables-save | iptables -L", "iptables", 1, "not simulated: a pipe into iptables"),
        ("iptables -S | iptables-restore", "iptables", 2, "not simulated: a pipe from iptables"),
        ("echo '*filter\n:WEB - [0:0]\nCOMMIT' | iptables-restore", "iptables-restore", 1, "not simulated: WEB"),
        ("echo '*filter\n-L\nCOMMIT' | iptables-restore", "iptables-restore", 2, "not simulated: -L"),
    ]);
}

#[test]
fn says_what_to_do() {
    #[rustfmt::skip]
    let rows = [
        ("iptables -A INPUT --dport 80", "write -p tcp or -p udp before --dport"),
        ("iptables -A INPUT --ctstate NEW", "write -m conntrack before --ctstate"),
        ("iptables -A INPUT --to-destination 1.2.3.4", "write -j DNAT before --to-destination"),
        ("iptables -A INPUT -p tcp --dports 80,443", "write -m multiport before --dports"),
        ("iptables -A INPUT -p tcp --dport 80,443", "a list of ports is -m multiport --dports 80,443"),
        ("iptables -A INPUT -p tcp --dprot 80", "did you mean --dport?"),
        ("iptables -A input -j DROP", "did you mean INPUT?"),
        ("iptables -A PREROUTING -j DROP", "known: INPUT FORWARD OUTPUT"),
        ("iptables -A INPUT -j drop", "did you mean DROP?"),
        ("iptables -Ln", "after -L stands a chain: write -nL"),
        ("iptables -A INPUT -j DNAT --to 1.2.3.4", "DNAT works only in table nat: -t nat, chains PREROUTING OUTPUT"),
        ("iptables -A INPUT -s example.com", "no name service is simulated"),
        ("iptables -L -p tcp", "--protocol is a part of a rule"),
        ("echo '*filter\n-A INPUT -j drop\nCOMMIT' | iptables-restore", "in line 2 of the pipe: -A INPUT -j drop\ndid you mean DROP?"),
    ];
    for (line, help) in rows {
        let error = compile(line).expect_err(line);
        assert!(error.help.en.starts_with(help), "{line}: {}", error.help.en);
        both_languages(line, &error);
    }
}

/// What is saved and restored is the same again.
#[test]
fn saved_tables_are_restored() {
    let mut host = Host::default();
    for Turn { line, .. } in turns(include_str!("tests/listed.txt")).into_iter().take(120) {
        host.run(&compile(&line).expect(&line));
    }
    let saved = save(&host.0, true, 0);
    assert!(saved.lines().count() > 90, "{saved}");
    let restore = super::Restore { counts: true, keep: false };
    let mut again = Host(host.0.iter().map(|listed| Listed::new(listed.table)).collect());
    let lines = Iptables::saved(&saved);
    assert_eq!(again.run(&Iptables::Restore(restore, lines)), (String::new(), 0));
    assert_eq!(again.0, host.0);
}
