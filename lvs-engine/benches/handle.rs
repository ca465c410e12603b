//! Time for each packet: `Engine::handle` and the edit, beside the floor of the same run.
//!
//!     cargo bench -p lvs-engine --bench handle
//!
//! The floor stands first and last in each group: if its two times differ much, the machine was
//! busy with something else, and the group says nothing.

#[allow(dead_code, reason = "each bench uses its part")]
mod load;

use std::time::Duration;

use criterion::{BenchmarkGroup, Criterion, Throughput, measurement::WallTime};
use lvs_engine::{Method, Way};

use load::{BATCH, Floor, Load, Recorder};

fn main() {
    let mut criterion = Criterion::default()
        .sample_size(30)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_millis(1500))
        .configure_from_args();
    for conns in [1_000, 100_000, 1_000_000] {
        known(&mut criterion.benchmark_group(format!("known/{conns}")), conns);
    }
    for live in [1_000, 100_000] {
        opening(&mut criterion.benchmark_group(format!("new/{live}")), live);
    }
    criterion.final_summary();
}

/// A packet of a known connection.
fn known(group: &mut BenchmarkGroup<'_, WallTime>, conns: u32) {
    group.throughput(Throughput::Elements(1));
    let mut load = Load::known(Method::Nat, Way::Request, conns);
    let mut floor = Floor::of(&mut load);
    let mut recorder = Recorder::default();
    group.bench_function("floor", |b| b.iter(|| floor.pass()));
    group.bench_function("nat", |b| b.iter(|| load.pass(&mut ())));
    group.bench_function("nat, reasons recorded", |b| {
        b.iter(|| {
            load.pass(&mut recorder);
            recorder.clear()
        });
    });
    for (name, method, way) in [
        ("nat reply", Method::Nat, Way::Reply),
        ("dr", Method::Dr, Way::Request),
        ("tun", Method::Tun, Way::Request),
        ("fullnat", Method::FullNat, Way::Request),
        ("fullnat reply", Method::FullNat, Way::Reply),
    ] {
        let mut load = Load::known(method, way, conns);
        group.bench_function(name, |b| b.iter(|| load.pass(&mut ())));
    }
    group.throughput(Throughput::Elements(BATCH as u64));
    group.bench_function("nat, 32 together", |b| b.iter(|| load.pass_batch()));
    group.bench_function("floor, 32 together", |b| b.iter(|| floor.pass_batch()));
    group.throughput(Throughput::Elements(1));
    group.bench_function("floor again", |b| b.iter(|| floor.pass()));
}

/// A packet that opens a connection, and the end of an old one.
fn opening(group: &mut BenchmarkGroup<'_, WallTime>, live: u32) {
    group.throughput(Throughput::Elements(1));
    for (name, method, scheduler) in [
        ("rr", Method::Nat, "rr"),
        ("wlc", Method::Nat, "wlc"),
        ("rr, fullnat", Method::FullNat, "rr"),
    ] {
        let mut load = Load::opening(method, scheduler, live);
        group.bench_function(name, |b| b.iter(|| load.open(&mut ())));
    }
}
