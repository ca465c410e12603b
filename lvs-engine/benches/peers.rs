//! The work that `tests/yardsticks/floor` is compared with: NAT for packets of so many connections
//! in random order. One line of JSON for each reading, as it prints them.
//!
//!     cargo bench -p lvs-engine --bench peers -- 1000 1000000     numbers of connections
//!
//! `tests/yardsticks/run` runs it beside the floor.

#![allow(clippy::disallowed_types, clippy::float_arithmetic, reason = "it looks at the clock")]

#[allow(dead_code, unused_imports, reason = "each bench uses its part")]
mod load;

use std::env;
use std::time::Instant;

use lvs_engine::{Method, Way};

use load::{BATCH, Load};

const READINGS: usize = 9;
const PACKETS: usize = 1 << 18;

fn main() {
    let args: Vec<String> = env::args().skip(1).filter(|arg| arg != "--bench").collect();
    if args.is_empty() {
        // Under `cargo test` it only has to work.
        return measure(100, 1, BATCH);
    }
    for conns in args {
        measure(conns.parse().expect("a number of connections"), READINGS, PACKETS);
    }
}

/// The edit alone comes first: a packet's bytes behind room for an outer header, and back.
fn measure(conns: u32, readings: usize, packets: usize) {
    let mut load = None;
    let kept = allocation_counter::measure(|| {
        load = Some(Load::known(Method::Nat, Way::Request, conns));
    });
    let mut load = load.expect("it was made");
    let bytes = (kept.bytes_current - size_of_val(load.packets()) as i64) / i64::from(conns);
    let report = |name: &str, work: &mut dyn FnMut()| {
        let mut times: Vec<f64> = (0..readings)
            .map(|_| {
                let began = Instant::now();
                work();
                began.elapsed().as_nanos() as f64 / packets as f64
            })
            .collect();
        times.sort_by(f64::total_cmp);
        let (least, middle) = (times[0], times[times.len() / 2]);
        println!(
            "{{\"bench\":\"{name}\",\"conns\":{conns},\"bytes_per_conn\":{bytes},\
             \"ns_min\":{least:.2},\"ns_med\":{middle:.2}}}"
        );
    };
    report("refill", &mut || {
        for _ in 0..packets {
            load.refill();
        }
    });
    report("nat_plain", &mut || {
        for _ in 0..packets {
            load.pass(&mut ());
        }
    });
    report("nat_batch", &mut || {
        for _ in 0..packets / BATCH {
            load.pass_batch();
        }
    });
}
