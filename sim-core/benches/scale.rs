//! How the simulator grows: memory for each node, and time for each packet-hop with more hosts and
//! with more live connections.
//!
//!     cargo bench -p sim-core --bench scale
//!
//! A ratio is that of two readings that stand side by side; printed are the median and the range of
//! some rounds. A round whose small reading comes out more than 1.5 times different before and
//! after its large one is taken again.

#![allow(clippy::disallowed_types, clippy::float_arithmetic, reason = "it looks at the clock")]

mod director;
#[allow(dead_code, unused_imports, reason = "each bench uses its part")]
mod lab;

use std::env;
use std::time::Instant;

use allocation_counter::measure;
use sim_core::story::{Player, open};
use sim_core::trace::Trace;

use director::Director;
use lab::Lab;

const ROUNDS: usize = 7;
/// What is done for each reading, in events and in datagrams.
const EVENTS: u64 = 200_000;
const DATAGRAMS: u64 = 20_000;

fn main() {
    // Under `cargo test` everything is small: it only has to work.
    let all = env::args().any(|arg| arg == "--bench");
    memory(if all { 500 } else { 4 });
    build();
    closed(if all { 10_000 } else { 10 });
    hosts(all);
    connections(all);
}

/// Hosts that talk in pairs.
fn hosts(all: bool) {
    let (few, many) = if all { (8, 4_096) } else { (2, 4) };
    let mut few = Lab::talk(few, false);
    let mut many = Lab::talk(many, false);
    let events = if all { EVENTS } else { 100 };
    let hop = |lab: &mut Lab| timed(|| lab.step(events, None));
    report("ns a hop, 8,192 hosts over 16", all, || hop(&mut few), || hop(&mut many));
}

/// A director's connections.
fn connections(all: bool) {
    let (few, many) = if all { (1_000, 1_000_000) } else { (10, 100) };
    let mut few = Director::with(few);
    let mut many = Director::with(many);
    let datagrams = if all { DATAGRAMS } else { 10 };
    let hop = |director: &mut Director| timed(|| director.ask(datagrams));
    report("ns a hop, 1,000,000 connections over 1,000", all, || hop(&mut few), || hop(&mut many));
}

/// What a lab keeps in memory when it has been set up, for each of its nodes.
fn memory(pairs: u16) {
    let nodes = u64::from(pairs) * 2 + 3;
    let text = lab::text(pairs);
    let mut made = None;
    let read = measure(|| made = Some(open("lab", &text, None, false).expect("it is right")));
    let scenario = made.expect("it was read");
    let mut player = None;
    let set_up = measure(|| {
        let made = Player::new(scenario, &mut Trace::default());
        player = Some(made.expect("it can be set up"));
    });
    let player = player.expect("it was made");
    let mut talk = Lab::talk(pairs, false);
    let mut hops = 0;
    let rounds = 100 * u64::from(pairs);
    let made = measure(|| hops = talk.step(rounds, None)).count_total;
    println!("{:44} {:7}", "allocations for 1,000 packet-hops", made * 1_000 / hops);
    let mut copy = None;
    let talking = measure(|| copy = Some(talk.clone()));
    println!("{:44} {:7}", "nodes", nodes);
    for (what, bytes) in [
        ("bytes a node: the file, read", read.bytes_current),
        ("bytes a node: set up", set_up.bytes_current),
        ("bytes a node: all have talked", talking.bytes_current),
    ] {
        println!("{what:44} {:7}", bytes / nodes as i64);
    }
    drop((player, copy));
}

/// What is kept of a connection when it is over, beyond the room that the next one takes.
fn closed(conns: u32) {
    let mut director = Director::with(conns);
    director.forget();
    let kept = measure(|| director.renew()).bytes_current;
    let what = "bytes kept of a closed connection";
    println!("{what:44} {:7}", kept / i64::from(conns));
}

/// Six nodes: client, router, switch, director, two real servers.
fn build() {
    const DR_SEED: &str = include_str!("../../scenarios/dr/seed.ron");
    let mut readings: Vec<u64> = (0..101)
        .map(|_| {
            let scenario = open("dr/seed", DR_SEED, None, false).expect("it is right");
            let began = Instant::now();
            let player = Player::new(scenario, &mut Trace::default());
            let took = began.elapsed().as_nanos() as u64;
            drop(player.expect("it can be set up"));
            took
        })
        .collect();
    readings.sort_unstable();
    let [best, middle] = [0, readings.len() / 2].map(|at| readings[at] / 1_000);
    println!("{:44} {middle:7} ({best} at best)", "microseconds to set up a lab of 6 nodes");
}

/// Nanoseconds for each of the hops that are made.
fn timed(work: impl FnOnce() -> u64) -> f64 {
    let began = Instant::now();
    let hops = work();
    began.elapsed().as_nanos() as f64 / hops as f64
}

fn report(what: &str, all: bool, mut small: impl FnMut() -> f64, mut large: impl FnMut() -> f64) {
    let mut ratios = Vec::new();
    let mut readings = Vec::new();
    while ratios.len() < if all { ROUNDS } else { 1 } {
        let (before, between, after) = (small(), large(), small());
        if all && before.max(after) > 1.5 * before.min(after) {
            continue;
        }
        ratios.push(2.0 * between / (before + after));
        readings.push((before + after) / 2.0);
    }
    ratios.sort_by(f64::total_cmp);
    readings.sort_by(f64::total_cmp);
    let (last, middle) = (ratios.len() - 1, ratios.len() / 2);
    let (ratio, least, most) = (ratios[middle], ratios[0], ratios[last]);
    println!("{what:44} {ratio:7.2} ({least:.2}-{most:.2}; {:.0} ns)", readings[middle]);
}
