//! Instructions for each event of two runs that are compared, and of one that is asked why; the largest
//! shipped lab by events.
//!
//!     cargo bench -p sim-core --bench whatif

#[path = "../../lvs-engine/benches/count/mod.rs"]
mod count;

use sim_core::scenario::Scenario;
use sim_core::story::open;
use sim_core::whatif::{Comparison, Given, Run};
use sim_core::why::{self, Why};

use count::{Asked, Work, asked, per_round};

const LAB: &str = include_str!("../../scenarios/cable/queue-full.ron");

const ROUNDS: [u64; 2] = [2, 6];

const CASES: [(&str, Work); 4] = [
    ("play it", |rounds| (0..rounds).for_each(|_| drop(played(lab())))),
    ("compare it with itself", |rounds| compare(rounds, None)),
    // Every frame is another one and every event moves.
    ("compare it with itself, smaller MTU", |rounds| {
        compare(rounds, Some("client: ip link set eth0 mtu 1000"));
    }),
    ("why, the last failure", ask_why),
];

fn lab() -> Scenario {
    open("queue-full.ron", LAB, None, false).expect("it is shipped")
}

fn played(scenario: Scenario) -> Run {
    Run::play(scenario).expect("it is set up")
}

fn compare(rounds: u64, change: Option<&str>) {
    let lab = lab();
    let given = change.map(|text| Given::parse(text, &lab).expect("it can be typed"));
    let other = Given::apply(given.as_slice(), &lab);
    let (one, other) = (played(lab), played(other));
    for _ in 0..rounds {
        assert_eq!(Comparison::of([&one, &other]).is_same(), change.is_none());
    }
}

fn ask_why(rounds: u64) {
    let run = played(lab());
    for _ in 0..rounds {
        assert!(!Why::of(&run, why::Asked::LastFailure).told.is_empty());
    }
}

fn main() {
    if let Asked::Done = asked(&CASES.map(|(_, work)| work)) {
        return;
    }
    let events = played(lab()).trace.events().len() as u64;
    println!("{:36} {:>8} {:>12}   ({events} events)", "case", "an event", "in all");
    for (at, (name, _)) in CASES.iter().enumerate() {
        let all = per_round(at, ROUNDS);
        println!("{name:36} {:8} {all:12}", all / events);
    }
}
