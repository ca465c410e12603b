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

const CASES: [(&str, u64, Work); 7] = [
    ("floor, 1 pair", 1, |echoes| assert!(Floor::new(1, echoes).run() == echoes * HOPS)),
    ("1 pair", 1, |echoes| Lab::echo(1, echoes).run(None)),
    ("1 pair, traced", 1, |echoes| Lab::echo(1, echoes).run(Some(&mut Trace::default()))),
    ("floor, 16 pairs", 16, |echoes| assert!(Floor::new(16, echoes).run() == echoes * 16 * HOPS)),
    ("16 pairs", 16, |echoes| Lab::echo(16, echoes).run(None)),
    ("floor, 64 pairs", 64, |echoes| assert!(Floor::new(64, echoes).run() == echoes * 64 * HOPS)),
    ("64 pairs", 64, |echoes| Lab::echo(64, echoes).run(None)),
];

fn main() {
    if let Asked::Done = asked(&CASES.map(|(_, _, work)| work)) {
        return;
    }
    println!("{:16} {:>8}", "case", "a hop");
    for (at, (name, pairs, _)) in CASES.iter().enumerate() {
        println!("{name:16} {:8}", per_round(at, ECHOES) / HOPS / pairs);
    }
}
