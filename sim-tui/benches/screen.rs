//! What a screen costs: a frame at 120x36 over histories of different length, a step back, and the way to the list.
//!
//!     cargo bench -p sim-tui --bench screen

use std::time::Duration;

use criterion::{BatchSize, Criterion};
use ratatui::buffer::Buffer;
use sim_core::story::open;
use sim_tui::catalogue;
use sim_tui::input::{Input, Key};
use sim_tui::session::Session;
use sim_tui::state::{State, Walk};
use sim_tui::tables::table::Kind;
use sim_tui::tables::watch::Watch;
use sim_tui::update::update;
use sim_tui::view;

/// Two hosts and so many pings; each is some four events.
fn lab(pings: usize) -> String {
    format!(
        r#"(
            title: (en: "t", zh: "t"), limits: (events: Some(100000000)),
            nodes: [
                Host(name: "client", nics: [("eth0", "02:00:00:00:00:01")], setup: ["ip addr add 192.0.2.1/24 dev eth0"]),
                Host(name: "rs1", nics: [("eth0", "02:00:00:00:00:02")], setup: ["ip addr add 192.0.2.2/24 dev eth0"]),
            ],
            links: [(a: "client:eth0", b: "rs1:eth0")],
            story: [Do(on: "client", run: ["ping -c {pings} -i 0.01 192.0.2.2"]), Wait(Idle)],
        )"#
    )
}

/// A walkthrough of so many events, in the middle.
fn state(events: usize) -> State {
    let session = open("bench.ron", &lab(events / 4), None, false).map_err(|all| all[0].text().en);
    let session = session
        .and_then(|own| Session::new(own).map_err(|error| error.text().en))
        .expect("it plays");
    let mut state = State::new(Vec::new(), (120, 36));
    state.walk = Some(Walk::new("bench".into(), session));
    state.walking = true;
    for _ in 0..2 {
        update(&mut state, Input::Key(Key::Right));
    }
    if let Some(walk) = &mut state.walk {
        let middle = walk.session.steps().len() / 2;
        walk.step = middle;
        walk.session.seek(middle);
    }
    state
}

fn main() {
    let mut criterion = Criterion::default()
        .sample_size(50)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(3))
        .configure_from_args();
    // As a test each runs once; the largest history is only for who measures.
    let is_measured = std::env::args().any(|arg| arg == "--bench");
    let lengths: &[usize] = if is_measured { &[100, 10_000, 100_000, 1_000_000] } else { &[100] };
    for events in lengths {
        let mut state = state(*events);
        let mut buffer = Buffer::empty(state.area());
        let name = format!("frame/{events}");
        criterion.bench_function(&name, |b| b.iter(|| view::draw(&state, &mut buffer)));
        // Each time from another place to one far before it.
        let mut at = 0;
        criterion.bench_function(&format!("step-back/{events}"), |b| {
            b.iter(|| {
                let walk = state.walk.as_mut().expect("it is open");
                let last = walk.session.steps().len() - 1;
                at = (at + 7919) % last.max(1);
                walk.session.seek(last - at);
            });
        });
        criterion.bench_function(&format!("open-ladder/{events}"), |b| {
            b.iter(|| {
                update(&mut state, Input::Key(Key::Char('S')));
                update(&mut state, Input::Key(Key::Esc));
            });
        });
        for (what, key) in [("tables", 'n'), ("hooks", 'K'), ("ladder", 'S')] {
            update(&mut state, Input::Key(Key::Char(key)));
            criterion.bench_function(&format!("step-with-{what}/{events}"), |b| {
                b.iter(|| {
                    update(&mut state, Input::Key(Key::Left));
                    view::draw(&state, &mut buffer);
                });
            });
            if what == "ladder" {
                let name = format!("frame-of-ladder/{events}");
                criterion.bench_function(&name, |b| b.iter(|| view::draw(&state, &mut buffer)));
            }
            update(&mut state, Input::Key(Key::Esc));
        }
        if let Some(walk) = &mut state.walk {
            let rs1 = walk.session.net().node_by_name("rs1").expect("it is there");
            criterion.bench_function(&format!("watch/{events}"), |b| {
                b.iter(|| {
                    let key = "192.0.2.1 eth0".to_owned();
                    let mut watch = Watch::new(&walk.session, rs1, Kind::Neigh, key, None);
                    while !watch.is_done {
                        watch.go_on(&mut walk.session);
                    }
                });
            });
        }
        if let Some(walk) = &state.walk {
            let (kept, distance) = walk.session.keyframes();
            println!(
                "{events} events: {kept} keyframes, {distance} steps apart; {} steps to look at",
                walk.session.steps().len()
            );
        }
    }
    criterion.bench_function("list", |b| {
        b.iter_batched(
            || (),
            |()| State::new(catalogue::shipped(), (120, 36)),
            BatchSize::SmallInput,
        );
    });
    criterion.bench_function("open/dr/arp-walk", |b| {
        let item = catalogue::find("dr/arp-walk").expect("it is shipped");
        let mut state = State::new(Vec::new(), (120, 36));
        b.iter(|| state.open(&item));
    });
    criterion.final_summary();
}
