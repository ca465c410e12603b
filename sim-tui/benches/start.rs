//! Time from start to end of the program: the shortest way to an answer, one lab, the walkthrough; and
//! what is asked of the largest labs.
//!
//!     cargo bench -p sim-tui --bench start

use std::process::{Command, Stdio};
use std::time::Duration;

use criterion::Criterion;

/// The shipped lab with most nodes (10), the one with most frames whose clients ask a service, and
/// the one with most frames.
const NODES: &str = "icmp/another-director";
const REQUESTS: &str = "fullnat/ports-exhausted";
const FRAMES: &str = "cable/queue-full";

const ASKED: [&[&str]; 9] = [
    &["why", NODES, "last-failure"],
    &["why", NODES, "35"],
    &["why", FRAMES, "last-failure"],
    &["why", FRAMES, "1992"],
    &["diff", NODES, "--with", "rs1: ip route del default"],
    &["diff", FRAMES, "--with", "client: ip link set eth0 mtu 1000"],
    &["diagnose", NODES],
    &["diagnose", NODES, "--with", "rs2: ip route del default"],
    &["diagnose", REQUESTS],
];

fn main() {
    let mut criterion = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .configure_from_args();
    let mut group = criterion.benchmark_group("lvsim");
    for args in ["--version", "run --quiet dr/seed", "run dr/seed", "walk"] {
        group.bench_function(args, |b| b.iter(|| lvsim(&args.split(' ').collect::<Vec<_>>())));
    }
    for args in ASKED {
        group.bench_function(args.join(" "), |b| b.iter(|| lvsim(args)));
    }
    group.finish();
    criterion.final_summary();
}

fn lvsim(args: &[&str]) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lvsim"));
    let status = command.args(args).stdout(Stdio::null()).status();
    let code = status.expect("lvsim can be started").code();
    // That something is wrong or differs is an answer.
    assert!(matches!(code, Some(0 | 1)), "lvsim {args:?}: {code:?}");
}
