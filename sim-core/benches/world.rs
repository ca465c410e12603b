//! Time for packet-hops: a lab with and without a trace beside a floor, and the whole of `dr/seed`.
//!
//!     cargo bench -p sim-core --bench world
//!
//! The floor stands first and last in its group: if its two times differ much, the group says
//! nothing.

#[allow(dead_code, reason = "each bench uses its part")]
mod lab;

use std::time::Duration;

use criterion::{BatchSize, BenchmarkGroup, Criterion, Throughput, measurement::WallTime};
use sim_core::scenario::Scenario;
use sim_core::story::{Player, open};
use sim_core::trace::Trace;

use lab::{Floor, Lab, hops};

const DR_SEED: &str = include_str!("../../scenarios/dr/seed.ron");

fn main() {
    let mut criterion = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(3))
        .configure_from_args();
    for pairs in [1, 16] {
        let echoes = 1_600 / u64::from(pairs);
        let mut group = criterion.benchmark_group(format!("echo/{pairs}"));
        floor(&mut group, "floor", pairs, echoes);
        compare(&mut group, &Lab::echo(pairs, echoes));
        floor(&mut group, "floor again", pairs, echoes);
    }
    let upload = Lab::new(1, "head -c 1000000 /dev/zero | curl --data-binary @- http://$server/");
    compare(&mut criterion.benchmark_group("upload/1"), &upload);
    dr_seed(&mut criterion.benchmark_group("dr-seed"));
    criterion.final_summary();
}

/// The same echoes with the least work.
fn floor(group: &mut BenchmarkGroup<'_, WallTime>, name: &str, pairs: u16, echoes: u64) {
    let pairs = u8::try_from(pairs).expect("a floor has fewer");
    group.throughput(Throughput::Elements(Floor::new(pairs, echoes).run()));
    group.bench_function(name, |b| {
        b.iter_batched(|| Floor::new(pairs, echoes), Floor::run, BatchSize::SmallInput);
    });
}

/// One run of a lab, nobody watching and every frame and decision kept.
fn compare(group: &mut BenchmarkGroup<'_, WallTime>, lab: &Lab) {
    group.throughput(Throughput::Elements(lab.hops()));
    group.bench_function("untraced", |b| {
        b.iter_batched(|| lab.clone(), |lab| lab.run(None), BatchSize::PerIteration);
    });
    group.bench_function("traced", |b| {
        let run = |lab: Lab| {
            let mut trace = Trace::default();
            lab.run(Some(&mut trace));
            trace
        };
        b.iter_batched(|| lab.clone(), run, BatchSize::PerIteration);
    });
}

fn dr_seed(group: &mut BenchmarkGroup<'_, WallTime>) {
    let (mut player, mut trace) = set_up(read());
    player.play(&mut trace);
    assert!(player.failures().is_empty() && player.error().is_none(), "the story goes well");
    group.throughput(Throughput::Elements(hops(&trace)));
    group.bench_function("read", |b| b.iter(read));
    group.bench_function("set up", |b| b.iter_batched(read, set_up, BatchSize::SmallInput));
    group.bench_function("played", |b| {
        let play = |(mut player, mut trace): (Player, Trace)| {
            player.play(&mut trace);
            (player, trace)
        };
        b.iter_batched(|| set_up(read()), play, BatchSize::SmallInput);
    });
}

fn read() -> Scenario {
    open("dr/seed", DR_SEED, None, false).expect("the scenario is right")
}

fn set_up(scenario: Scenario) -> (Player, Trace) {
    let mut trace = Trace::default();
    let player = Player::new(scenario, &mut trace).expect("it can be set up");
    (player, trace)
}
