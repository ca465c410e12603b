//! How often the change is named that a capture was made with: mistakes of healthy scenarios, each played, and its capture
//! laid over the healthy one, at an interface of the host with the mistake where it shows there, else at the next where it does.
//!
//! `cargo run --release -p lvsim-tests --example overlay -- [EVERY [OFFSET]]` prints a line for each that is not named first,
//! then the table; EVERY takes each n-th mistake.

use std::collections::BTreeMap;

use lvsim_tests::matrix::originals;
use lvsim_tests::overlay::{fate, is_mistake, lookouts, some_mistakes};
use sim_core::scenario::Scenario;
use sim_core::whatif::Run;

/// Of mistakes of one class.
#[derive(Default)]
struct Row {
    hidden: usize,
    shown: usize,
    first: usize,
    third: usize,
    listed: usize,
    tried: usize,
}

fn main() {
    let mut args = std::env::args().skip(1);
    let mut number = |or: usize| args.next().map_or(or, |own| own.parse().expect("a number"));
    let (every, offset) = (number(1), number(0));
    let mut table: BTreeMap<&'static str, Row> = BTreeMap::new();
    let originals = originals();
    for original in &originals {
        let scenario: &Scenario = &original.scenario;
        let healthy = Run::play(scenario.clone()).expect("it is healthy");
        for mistake in some_mistakes(scenario, every, offset) {
            let mut changed = scenario.clone();
            mistake.make(&mut changed);
            let Ok(broken) = Run::tolerant(changed) else { continue };
            let is_it = |what: &_| is_mistake(&mistake, what, scenario);
            let found = lookouts(&healthy, &mistake)
                .into_iter()
                .find_map(|(at, name)| Some((name, fate(&healthy, &broken, at, &is_it)?)));
            let row = table.entry(mistake.class.name()).or_default();
            let Some((name, fate)) = found else {
                row.hidden += 1;
                continue;
            };
            row.shown += 1;
            row.tried += fate.tried;
            row.first += usize::from(fate.rank == Some(1));
            row.third += usize::from(fate.rank.is_some_and(|rank| rank <= 3));
            row.listed += usize::from(fate.rank.is_some());
            if fate.rank != Some(1) {
                let (rank, rivals) =
                    (fate.rank.map_or("-".into(), |rank| rank.to_string()), fate.rivals);
                println!("{} at {name}: {}", original.name, mistake.name());
                println!("   rank {rank} of {rivals} alike; {}; {}", fate.first, fate.told);
            }
        }
    }
    println!("{} healthy scenarios", originals.len());
    println!("| mistake | hidden | shows | named first | among three | listed | runs each |");
    println!("|---|---|---|---|---|---|---|");
    let mut all = Row::default();
    for (class, row) in &table {
        tell(class, row);
        all.hidden += row.hidden;
        all.shown += row.shown;
        all.first += row.first;
        all.third += row.third;
        all.listed += row.listed;
        all.tried += row.tried;
    }
    tell("all", &all);
}

fn tell(class: &str, row: &Row) {
    let Row { hidden, shown, first, third, listed, tried } = row;
    let each = tried / (*shown).max(1);
    println!("| {class} | {hidden} | {shown} | {first} | {third} | {listed} | {each} |");
}
