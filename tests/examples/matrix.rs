//! The mutation matrix.
use std::collections::BTreeMap;
use lvsim_tests::files;
use sim_core::goal;
use sim_core::mutate::{self, Outcome};
use sim_core::story::open;
use sim_core::whatif::Run;

fn main() {
    let mut table: BTreeMap<_, [usize; 4]> = BTreeMap::new();
    for file in files::scenarios() {
        let Ok(scenario) = open(&file.name, &file.text, None, false) else { continue };
        let Ok(run) = Run::play(scenario.clone()) else { continue };
        let Some(goal) = goal::written_out(&run) else { continue };
        let print = mutate::fingerprint(&run);
        for mistake in mutate::mistakes(&scenario) {
            let row = table.entry(mistake.class.name()).or_default();
            match Run::play(mistake.mutant(&scenario, &goal)) {
                Err(_) => row[3] += 1,
                Ok(run) => {
                    let outcome = Outcome::of(print, &run, &goal);
                    row[outcome as usize] += 1;
                    if outcome == Outcome::Broken { println!("{} {}", file.name, mistake.name()); }
                }
            }
        }
    }
    println!("{table:#?}");
}
