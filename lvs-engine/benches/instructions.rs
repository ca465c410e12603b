//! Instructions for each packet: the same on every run and every machine with this compiler.
//!
//!     cargo bench -p lvs-engine --bench instructions
//!
//! The program is built for plain x86-64, which valgrind knows whole.

mod count;
#[allow(dead_code, reason = "each bench uses its part")]
mod load;

use std::hint::black_box;

use lvs_engine::{Method, Way};

use count::{Asked, Work, asked, per_round};
use load::{Floor, Load, Recorder};

const PACKETS: [u64; 2] = [10_000, 30_000];
/// What brings the packets of the floor and of the engine; and the floor, with which the others are
/// compared.
const BYTES: [usize; 2] = [0, 1];
const FLOOR: usize = 2;

/// Name, connections, and what is done with so many packets.
const CASES: [(&str, u32, Work); 16] = [
    ("the floor's bytes", 1_000, |packets| {
        let mut floor = Floor::of(&mut Load::known(Method::Nat, Way::Request, 1_000));
        for _ in 0..packets {
            black_box(*floor.take());
        }
    }),
    ("the engine's bytes", 1_000, |packets| {
        let mut load = Load::known(Method::Nat, Way::Request, 1_000);
        for _ in 0..packets {
            load.refill();
        }
    }),
    ("floor", 1_000, |packets| {
        let mut floor = Floor::of(&mut Load::known(Method::Nat, Way::Request, 1_000));
        for _ in 0..packets {
            floor.pass();
        }
    }),
    ("nat", 1_000, |packets| known(Method::Nat, Way::Request, 1_000, packets)),
    ("nat", 100_000, |packets| known(Method::Nat, Way::Request, 100_000, packets)),
    ("nat, reasons recorded", 1_000, |packets| {
        let mut load = Load::known(Method::Nat, Way::Request, 1_000);
        let mut recorder = Recorder::default();
        for _ in 0..packets {
            load.pass(&mut recorder);
            assert!(recorder.clear() > 0, "a packet has reasons");
        }
    }),
    ("nat reply", 1_000, |packets| known(Method::Nat, Way::Reply, 1_000, packets)),
    ("dr", 1_000, |packets| known(Method::Dr, Way::Request, 1_000, packets)),
    ("tun", 1_000, |packets| known(Method::Tun, Way::Request, 1_000, packets)),
    ("fullnat", 1_000, |packets| known(Method::FullNat, Way::Request, 1_000, packets)),
    ("fullnat reply", 1_000, |packets| known(Method::FullNat, Way::Reply, 1_000, packets)),
    ("new and ended, rr", 1_000, |packets| opening(Method::Nat, "rr", 1_000, packets)),
    ("new and ended, wlc", 1_000, |packets| opening(Method::Nat, "wlc", 1_000, packets)),
    ("new, ended, fullnat rr", 1_000, |packets| opening(Method::FullNat, "rr", 1_000, packets)),
    ("new and ended, rr", 100_000, |packets| opening(Method::Nat, "rr", 100_000, packets)),
    ("new and ended, wlc", 100_000, |packets| opening(Method::Nat, "wlc", 100_000, packets)),
];

fn known(method: Method, way: Way, conns: u32, packets: u64) {
    let mut load = Load::known(method, way, conns);
    for _ in 0..packets {
        load.pass(&mut ());
    }
}

fn opening(method: Method, scheduler: &'static str, live: u32, packets: u64) {
    let mut load = Load::opening(method, scheduler, live);
    (0..packets).for_each(|_| load.open(&mut ()));
}

fn main() {
    if let Asked::Done = asked(&CASES.map(|(_, _, work)| work)) {
        return;
    }
    let counts: Vec<u64> = (0..CASES.len()).map(|case| per_round(case, PACKETS)).collect();
    println!(
        "{:22} {:>7} {:>8} {:>14} {:>6}",
        "case", "conns", "a packet", "less its bytes", "floors"
    );
    for (at, ((name, conns, _), count)) in CASES.iter().zip(&counts).enumerate() {
        let net = count - counts[BYTES[usize::from(at > FLOOR)]].min(*count);
        let floors = ratio(net, counts[FLOOR] - counts[BYTES[0]]);
        println!("{name:22} {conns:7} {count:8} {net:14} {floors:>6}");
    }
}

/// A ratio with one decimal.
fn ratio(part: u64, whole: u64) -> String {
    let tenths = (part * 10 + whole / 2) / whole;
    format!("{}.{}", tenths / 10, tenths % 10)
}
