//! Nearly every verdict against a packet has a counterfactual: a smallest change among the knobs of
//! its scenario, confirmed by playing the story again.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Mutex;
use std::thread;

use lvsim_tests::plays;
use sim_core::counterfactual::{Search, Turned};
use sim_core::knobs::universe;
use sim_core::scenario::Scenario;
use sim_core::whatif::Change;

/// Verdicts that no knob turns, by scenario, node and code: how many, and why.
#[rustfmt::skip]
const WITHOUT: &[(&str, &str, &str, usize, &str)] = &[
    ("scenarios/arp/asks-once-more", "client", "icmp.error.no-socket", 2, "the error is about a packet whose sender is gone, or never was"),
    ("scenarios/arp/asks-once-more", "server", "arp.silent.not-mine", 2, "these are asked only because nobody answered the first question"),
    ("scenarios/arp/first-reply-wins", "rs1", "arp.silent.not-mine", 1, "who has the address answers before it would"),
    ("scenarios/dr/self", "director", "icmp.error.no-socket", 2, "the error is about a packet whose sender is gone, or never was"),
    ("scenarios/icmp/silence", "director", "ip.drop.multicast", 1, "no group can be joined"),
    ("scenarios/icmp/silence", "rs1", "ip.drop.multicast", 1, "no group can be joined"),
    ("scenarios/ip/broken-packets", "lan", "switch.drop.reserved", 1, "the frame's address is not for switches"),
    ("scenarios/ip/broken-packets", "server", "eth.drop.unknown-type", 2, "the frame names a protocol that nothing here speaks"),
    ("scenarios/ip/broken-packets", "server", "ip.drop.bad-header", 3, "the packet is damaged"),
    ("scenarios/ip/no-way-out", "client", "netfilter.policy.drop", 1, "the story sets the policy in the very step that meets it"),
    ("scenarios/ip/silent-connection", "lan", "cable.drop.out", 4, "the story pulls the cable while they are on their way"),
    ("scenarios/nat/own-tunnel", "rs1", "tunnel.drop.down", 1, "its end takes four commands: the tunnel, its address, the link, the route"),
    ("scenarios/netfilter/cut-short", "director", "netfilter.rule.unreadable", 1, "the packet is cut short"),
    ("scenarios/netfilter/mark-too-broad", "director", "ipvs.service.none", 1, "what the director sends of its own is for no service"),
    ("scenarios/netfilter/nf-chains", "director", "netfilter.rule.drop", 2, "two rules drop it, one after the other"),
    ("scenarios/operate/check", "director", "check.failed", 3, "the story makes the server fail, and the check finds it"),
    ("scenarios/operate/check", "director", "ipvs.service.none", 2, "the check's own probes are for no service"),
    ("scenarios/operate/half-dead", "director", "check.down", 1, "the story makes the server fail, and the check finds it"),
    ("scenarios/operate/half-dead", "director", "check.failed", 1, "the story makes the server fail, and the check finds it"),
    ("scenarios/operate/half-dead", "director", "ipvs.service.none", 2, "the check's own probes are for no service"),
    ("scenarios/sched/sloppy", "wireless", "cable.drop.out", 20, "the story pulls the cable while they are on their way"),
    ("tests/worlds/dr", "client", "icmp.error.no-socket", 3, "the error is about a packet whose sender is gone, or never was"),
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
