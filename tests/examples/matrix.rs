//! The mutation matrix.
use lvsim_tests::files;
use sim_core::goal::{self, Judgement};
use sim_core::story::open;
use sim_core::whatif::Run;

fn main() {
    let mut healthy = 0;
    for file in files::scenarios() {
        let Ok(scenario) = open(&file.name, &file.text, None, false) else { continue };
        let Ok(run) = Run::play(scenario) else {
            println!("{} unplayable", file.name);
            continue;
        };
        let Some(goal) = goal::of(&run) else {
            println!("{} NO GOAL", file.name);
            continue;
        };
        let judged = Judgement::of(&goal, &run); if std::env::args().nth(1).is_some_and(|a| file.name.contains(&a)) { println!("{goal:?} {judged:?}"); }
        if let Some(own) = goal::written_out(&run) {
            healthy += 1;
            println!("{} HEALTHY {:?} works {}", file.name, own.requests.iter().map(|own| format!("{} {} {:?} {:?}", own.client, own.name, own.through, own.shares)).collect::<Vec<_>>(), own.works.len());
        } else {
            println!("{} BROKEN {:?}", file.name, judged.texts(&goal, &run).iter().map(|text| text.en.clone()).collect::<Vec<_>>());
        }
    }
    println!("{healthy}");
}
