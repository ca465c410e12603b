//! Nearly every verdict against a packet has a counterfactual: a smallest change among the knobs of
//! its scenario, confirmed by playing the story again.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Mutex;
use std::thread;

use lvsim_tests::{golden, plays};
use sim_core::counterfactual::{Search, Turned};
use sim_core::knobs::{Kind, universe};
use sim_core::scenario::Scenario;
use sim_core::whatif::Change;

/// Verdicts that no knob turns, by scenario, node and code: how many, and why.
#[rustfmt::skip]
const WITHOUT: &[(&str, &str, &str, usize, &str)] = &[
    ("scenarios/arp/asks-once-more", "client", "icmp.error.no-socket", 2, "the error is about a SYN whose connection has ended: with the address on the server it takes a program there too"),
    ("scenarios/arp/asks-once-more", "server", "arp.silent.not-mine", 2, "with the address on the server these questions are not asked, but the SYN meets no program: two changes"),
    ("scenarios/dr/self", "director", "icmp.error.no-socket", 2, "the error is about a SYN whose connection has ended"),
    ("scenarios/icmp/silence", "director", "ip.drop.multicast", 1, "no group can be joined"),
    ("scenarios/icmp/silence", "rs1", "ip.drop.multicast", 1, "no group can be joined"),
    ("scenarios/ip/broken-packets", "lan", "switch.drop.reserved", 1, "the frame's address is not for switches"),
    ("scenarios/ip/broken-packets", "server", "eth.drop.unknown-type", 2, "the frame names a protocol that nothing here speaks"),
    ("scenarios/ip/broken-packets", "server", "ip.drop.bad-header", 3, "the packet is damaged"),
    ("scenarios/ip/no-way-out", "client", "netfilter.policy.drop", 1, "the very step that meets the policy sets it, and before it no rule is there: a first ACCEPT is no knob then"),
    ("scenarios/ip/silent-connection", "lan", "cable.drop.out", 4, "the story pulls the cable while they are on their way"),
    ("scenarios/nat/own-tunnel", "rs1", "tunnel.drop.down", 1, "up and with the address, tunl0 takes it, and the answers find no way back: four commands, as the story types them"),
    ("scenarios/netfilter/cut-short", "director", "netfilter.rule.unreadable", 1, "the rule comes after the setup, and the frame made by hand is on its way before the next step: no moment lies between"),
    ("scenarios/netfilter/mark-too-broad", "director", "ipvs.service.none", 1, "what the director sends of its own is for no service"),
    ("scenarios/operate/check", "director", "check.failed", 3, "the story makes the server fail, and the check finds it"),
    ("scenarios/operate/check", "director", "ipvs.service.none", 2, "the check's own probes are for no service"),
    ("scenarios/operate/half-dead", "director", "check.down", 1, "the story makes the server fail, and the check finds it"),
    ("scenarios/operate/half-dead", "director", "check.failed", 1, "the story makes the server fail, and the check finds it"),
    ("scenarios/operate/half-dead", "director", "ipvs.service.none", 2, "the check's own probes are for no service"),
    ("scenarios/sched/sloppy", "wireless", "cable.drop.out", 20, "the story pulls the cable while they are on their way"),
    ("tests/worlds/dr", "client", "icmp.error.no-socket", 3, "traceroute has ended with its third answer, and had sent more"),
    ("tests/worlds/nat", "client", "cable.drop.loss", 5, "chance decides, and no command changes a cable's loss"),
    ("tests/worlds/nat", "director", "cable.drop.loss", 6, "chance decides, and no command changes a cable's loss"),
];

/// What came of a scenario.
#[derive(Default)]
struct Row {
    verdicts: usize,
    reruns: usize,
    without: BTreeMap<(String, &'static str), usize>,
    faults: Vec<String>,
}

fn row(name: &str, scenario: &Scenario) -> Row {
    let mut search = Search::of(scenario.clone()).expect("it was played");
    let mut row = Row { verdicts: search.base().verdicts.len(), ..Row::default() };
    for at in 0..row.verdicts {
        let (node, code) = {
            let own = &search.base().verdicts[at];
            (search.base().node(own.node).to_owned(), own.code)
        };
        let Some(found) = search.find(at).found else {
            *row.without.entry((node, code)).or_default() += 1;
            continue;
        };
        // One that was just confirmed by a re-run is confirmed by another one, too.
        let run = search.base().with(&found.changes, found.when);
        let again = run.map(|run| search.base().judged(&run)[at]);
        let is_smallest = search.is_smallest(at, &found);
        if again != Some(found.turned) || found.turned == Turned::Not || !is_smallest {
            row.faults.push(format!("{name} {node} {code}: {found:?}, again {again:?}"));
        }
    }
    row.reruns = search.reruns();
    row
}

/// All scenarios, by two threads.
fn rows() -> Vec<(String, Row)> {
    let all: Vec<_> = plays::played()
        .map(|play| (play.file.name.clone(), play.player.scenario().clone()))
        .collect();
    let (left, done) = (Mutex::new(all.into_iter()), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                loop {
                    let next = left.lock().expect("no thread has failed").next();
                    let Some((name, scenario)) = next else { break };
                    let row = row(&name, &scenario);
                    done.lock().expect("no thread has failed").push((name, row));
                }
            });
        }
    });
    let mut rows = done.into_inner().expect("no thread has failed");
    rows.sort_by(|one, other| one.0.cmp(&other.0));
    rows
}

#[test]
fn nearly_every_verdict_has_a_smallest_change_that_turns_it() {
    let (mut verdicts, mut reruns, mut found) = (0, 0, String::new());
    let mut missing = 0;
    let mut faults = Vec::new();
    for (name, row) in rows() {
        verdicts += row.verdicts;
        reruns += row.reruns;
        for ((node, code), count) in row.without {
            missing += count;
            let name = name.trim_end_matches(".ron");
            writeln!(found, "{name} {node} {code} {count}").expect("a text takes all");
        }
        faults.extend(row.faults);
    }
    println!("{verdicts} verdicts, {missing} without, {reruns} re-runs");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    let mut listed = String::new();
    for (name, node, code, count, why) in WITHOUT {
        assert!(!why.is_empty(), "{name} {code}");
        writeln!(listed, "{name} {node} {code} {count}").expect("a text takes all");
    }
    assert_eq!(found, listed, "those without a counterfactual are listed, each with its reason");
    assert!(20 * missing <= verdicts, "{missing} of {verdicts} verdicts have none: over 5 %");
}

/// The pages with the counts: the words above the columns, and for the sum of all kinds.
const PAGES: [(&str, &str, &str); 2] = [
    ("book/knobs.md", "kind | all scenarios | least | median | most | most in", "all"),
    ("book/knobs.zh.md", "种类 | 所有场景 | 最少 | 中位数 | 最多 | 最多的场景", "合计"),
];

/// How many knobs the shipped scenarios have, by kind: in the book as it is.
#[test]
fn the_book_counts_the_knobs() {
    let mut counts: Vec<(String, Vec<usize>)> = Vec::new();
    for play in plays::played() {
        let Some(name) = play.file.name.strip_prefix("scenarios/") else { continue };
        let knobs = universe(play.player.scenario()).expect("it was played");
        let of = |kind: &Kind| knobs.iter().filter(|knob| knob.kind == *kind).count();
        let mut row: Vec<usize> = Kind::ALL.iter().map(of).collect();
        row.push(knobs.len());
        counts.push((name.trim_end_matches(".ron").to_owned(), row));
    }
    for (page, head, all) in PAGES {
        let mut text = format!("\n| {head} |\n|---|---|---|---|---|---|\n");
        let kinds = Kind::ALL.iter().map(|kind| kind.name());
        for (column, kind) in kinds.chain([all]).enumerate() {
            let mut own: Vec<(usize, &str)> =
                counts.iter().map(|(name, row)| (row[column], name.as_str())).collect();
            // Of as many the first by name.
            own.sort_by_key(|(count, name)| (*count, std::cmp::Reverse(*name)));
            let sum: usize = own.iter().map(|(count, _)| count).sum();
            let (least, median) = (own[0].0, own[own.len() / 2].0);
            let (most, name) = own[own.len() - 1];
            let name = if most == 0 { "–" } else { name };
            writeln!(text, "| {kind} | {sum} | {least} | {median} | {most} | {name} |")
                .expect("a text takes all");
        }
        assert!(golden::is_kept_within(page, "counts", &text), "{page}: UPDATE=1 writes it");
    }
}

/// Each knob of each scenario can be typed there.
#[test]
fn every_knob_can_be_typed() {
    let mut faults = Vec::new();
    for play in plays::played() {
        let scenario = play.player.scenario();
        for knob in universe(scenario).expect("it was played") {
            for change in &knob.changes {
                if let Change::Type { .. } = change
                    && let Err(why) = Change::parse(&change.to_string(), scenario)
                {
                    faults.push(format!("{}: {change}: {}", play.file.name, why.en));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
