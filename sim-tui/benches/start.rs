//! Time from start to end of the program: the shortest way to an answer, one lab, the walkthrough.
//!
//!     cargo bench -p sim-tui --bench start

use std::process::{Command, Stdio};
use std::time::Duration;

use criterion::Criterion;

fn main() {
    let mut criterion = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .configure_from_args();
    let mut group = criterion.benchmark_group("lvsim");
    for args in ["--version", "run --quiet dr/seed", "run dr/seed", "walk"] {
        group.bench_function(args, |b| b.iter(|| lvsim(args)));
    }
    group.finish();
    criterion.final_summary();
}

fn lvsim(args: &str) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lvsim"));
    let status = command.args(args.split(' ')).stdout(Stdio::null()).status();
    assert!(status.expect("lvsim can be started").success(), "lvsim {args}");
}
