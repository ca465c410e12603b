//! Instructions for each packet-hop: the same on every run and every machine with this compiler.
//!
//!     cargo bench -p sim-core --bench instructions

#[path = "../../lvs-engine/benches/count/mod.rs"]
mod count;
#[allow(dead_code, reason = "each bench uses its part")]
mod lab;

use sim_core::trace::Trace;

use count::{Asked, Work, asked, per_round};
use lab::{Floor, Lab};

const ECHOES: [u64; 2] = [200, 600];
/// From client to server and back over two switches and a router.
const HOPS: u64 = 8;
/// The same, and both ends think before they answer.
const EVENTS: u64 = HOPS + 2;

const CASES: [(&str, u64, Work); 11] = [
    ("1 talk", 1, |rounds| talk(1, true, rounds)),
    ("16 talks together", 16, |rounds| talk(16, true, rounds)),
    ("16 talks", 16, |rounds| talk(16, false, rounds)),
    ("64 talks", 64, |rounds| talk(64, false, rounds)),
    ("floor, 1 pair", 1, |echoes| assert!(Floor::new(1, echoes).run() == echoes * HOPS)),
    ("1 pair", 1, |echoes| Lab::echo(1, echoes).run(None)),
    ("1 pair, traced", 1, |echoes| Lab::echo(1, echoes).run(Some(&mut Trace::default()))),
    ("floor, 16 pairs", 16, |echoes| assert!(Floor::new(16, echoes).run() == echoes * 16 * HOPS)),
    ("16 pairs", 16, |echoes| Lab::echo(16, echoes).run(None)),
    ("floor, 64 pairs", 64, |echoes| assert!(Floor::new(64, echoes).run() == echoes * 64 * HOPS)),
    ("64 pairs", 64, |echoes| Lab::echo(64, echoes).run(None)),
];

/// Clients and servers that answer one another over UDP, 64 bytes each time.
fn talk(pairs: u16, together: bool, rounds: u64) {
    let said = rounds * u64::from(pairs);
    let hops = Lab::talk(pairs, together).step(said * EVENTS, None);
    // A neighbour is asked for now and then, and the last round is not whole.
    assert!(hops.abs_diff(said * HOPS) <= 20 * u64::from(pairs) + hops / 100, "{hops} hops");
}

fn main() {
    if let Asked::Done = asked(&CASES.map(|(_, _, work)| work)) {
        return;
    }
    println!("{:18} {:>8}", "case", "a hop");
    for (at, (name, pairs, _)) in CASES.iter().enumerate() {
        println!("{name:18} {:8}", per_round(at, ECHOES) / HOPS / pairs);
    }
}
