//! The schedulers' choices, many in a row, are the real kernel's: each has a long story with a receipt.

use std::collections::{BTreeMap, BTreeSet};

use lvs_engine::Scheduler;
use lvsim_tests::files;
use lvsim_tests::plays::{self, Play};
use sim_core::reason::Reason;
use sim_core::scenario::Step;
use sim_core::trace::Note;

/// So many connections are a sequence in which a wrong formula shows.
const ENOUGH: usize = 60;

/// The scheduler of all services of a scenario, if it is one and the same.
fn only_scheduler(play: &Play) -> Option<String> {
    let scenario = play.player.scenario();
    let set_up = scenario.nodes.iter().flat_map(|node| node.script());
    let typed = scenario.story.iter().flat_map(|step| match &step.value {
        Step::Do { run, .. } => run.clone(),
        _ => Vec::new(),
    });
    let mut names = BTreeSet::new();
    for line in set_up.chain(typed).filter(|line| line.value.contains("ipvsadm")) {
        let words: Vec<&str> = line.value.split_whitespace().collect();
        names.extend(words.windows(2).filter(|two| two[0] == "-s").map(|two| two[1].to_owned()));
    }
    names.pop_first().filter(|_| names.is_empty())
}

/// How many connections were given to a server, and to how many servers.
fn picks(play: &Play) -> (usize, usize) {
    let picked = play.trace.entries().iter().filter_map(|entry| match entry.what {
        Note::Why(Reason::Ipvs(lvs_engine::Reason::Picked { rip, .. })) => Some(rip),
        _ => None,
    });
    let picked: Vec<_> = picked.collect();
    let servers: BTreeSet<_> = picked.iter().map(|rip| rip.addr).collect();
    (picked.len(), servers.len())
}

/// Whether they are equal to the kernel's is asked of every receipt, in `receipts`.
#[test]
fn each_scheduler_has_a_receipt_of_sixty_picks() {
    let receipts: BTreeSet<String> = files::receipts().into_iter().map(|file| file.name).collect();
    let mut most: BTreeMap<String, usize> = BTreeMap::new();
    for play in plays::played() {
        if !receipts.contains(&play.file.name.replace(".ron", ".receipt")) {
            continue;
        }
        let (Some(name), (count, servers)) = (only_scheduler(play), picks(play)) else { continue };
        let known = most.entry(name).or_default();
        *known = (*known).max(if servers >= 3 { count } else { 0 });
    }
    let few = |name: &&&str| most.get(**name).is_none_or(|count| *count < ENOUGH);
    // The kernel that is asked has no twos, whose choices are drawn besides.
    let asked = Scheduler::NAMES.iter().filter(|name| **name != "twos");
    let lacking: Vec<_> = asked.filter(few).collect();
    assert!(lacking.is_empty(), "no receipt of {ENOUGH} picks: {lacking:?}; there are: {most:?}");
}
