//! The work that other simulators are compared with: clients ask servers, 64 bytes, over a switch, a
//! router and another switch. One line of JSON, as the yardsticks in `tests/yardsticks` print it.
//!
//!     cargo bench -p sim-core --bench peers -- udp 16 1000000          pairs, packet-hops
//!     cargo bench -p sim-core --bench peers -- udp 16 1000000 traced   every frame and decision kept
//!     cargo bench -p sim-core --bench peers -- tcp 16 1000000          each time a new connection
//!
//! `tests/yardsticks/run` runs it beside them.

#![allow(clippy::disallowed_types, clippy::float_arithmetic, reason = "it looks at the clock")]

#[allow(dead_code, unused_imports, reason = "each bench uses its part")]
mod lab;

use std::env;
use std::time::Instant;

use sim_core::trace::Trace;

use lab::Lab;

fn main() {
    let args: Vec<String> = env::args().skip(1).filter(|arg| arg != "--bench").collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["udp", pairs, hops] => measure("udp", number(pairs), number(hops), None),
        ["udp", pairs, hops, "traced"] => {
            measure("udp-traced", number(pairs), number(hops), Some(&mut Trace::default()));
        }
        ["tcp", pairs, hops] => measure("tcp", number(pairs), number(hops), None),
        // Under `cargo test` it only has to work.
        _ => {
            measure("udp", 2, 100, Some(&mut Trace::default()));
            measure("tcp", 2, 100, None);
        }
    }
}

fn number(text: &str) -> u64 {
    text.parse().expect("a number")
}

fn measure(what: &str, pairs: u64, hops: u64, trace: Option<&mut Trace>) {
    let many = u16::try_from(pairs).expect("a lab has fewer pairs");
    let mut lab = match what {
        "tcp" => Lab::asking(many),
        _ => Lab::talk(many, true),
    };
    let began = Instant::now();
    let done = match what {
        "tcp" => lab.ask(hops),
        _ => lab.step(hops, trace),
    };
    let seconds = began.elapsed().as_secs_f64();
    println!(
        "{{\"sim\":\"lvsim\",\"proto\":\"{what}\",\"clients\":{pairs},\"hops\":{done},\
         \"run_ms\":{:.1},\"s_per_Mhop\":{:.4},\"ns_per_hop\":{:.0}}}",
        seconds * 1e3,
        seconds / (done as f64 / 1e6),
        seconds * 1e9 / done as f64
    );
}
