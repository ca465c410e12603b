//! The mutation matrix.
use std::collections::BTreeMap;
use std::time::Instant;
use lvsim_tests::files;
use sim_core::goal;
use sim_core::diagnose::{self, Budget, Case};
use sim_core::mutate::{self, Match, Outcome};
use sim_core::story::open;
use sim_core::whatif::Run;

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let every: usize = args.get(1).map_or(1, |own| own.parse().unwrap());
    let offset: usize = args.get(3).map_or(0, |own| own.parse().unwrap());
    let only = args.get(2).cloned().unwrap_or_default();
    let mut table: BTreeMap<_, [usize; 8]> = BTreeMap::new();
    let (mut runs, mut number, mut universe) = (0, 0, 0);
    let start = Instant::now();
    for file in files::scenarios().into_iter().filter(|file| file.name.contains(&only)) {
        let Ok(scenario) = open(&file.name, &file.text, None, false) else { continue };
        let Ok(run) = Run::play(scenario.clone()) else { continue };
        let Some(goal) = goal::written_out(&run) else { continue };
        let print = mutate::fingerprint(&run);
        for mistake in mutate::mistakes(&scenario) {
            number += 1;
            if number % every != offset { continue; }
            let row = table.entry(mistake.class.name()).or_default();
            let mutant = mistake.mutant(&scenario, &goal);
            let Ok(played) = Run::tolerant(mutant.clone()) else { println!("{} {} DOES NOT END", file.name, mistake.name()); row[7] += 1; continue };
            let outcome = Outcome::of(print, &played, &goal);
            row[outcome as usize] += 1;
            if outcome != Outcome::Broken { continue; }
            let Ok(Some(case)) = Case::open(&mutant) else { row[7] += 1; continue };
            let found = diagnose::search(&case, Budget { runs: 800, after: 12, mistakes: 2 });
            runs += found.runs;
            universe = universe.max(found.universe);
            match &found.cure {
                None => { row[3] += 1; println!("NOCURE {} | {} | {} runs | {:?}", file.name, mistake.name(), found.runs, found.judged.texts(&found.goal, &found.broken).first().map(|t| t.en.clone())); }
                Some(cure) if cure.steps() > 2 => { row[4] += 1;
                    println!("LONG {} | {} | {} runs | {:?}", file.name, mistake.name(), found.runs, cure.changes().map(|c| c.to_string()).collect::<Vec<_>>());
                }
                Some(cure) => match Match::of(&mistake, cure, &run) {
                    Match::None => { row[6] += 1; println!("OTHER {} | {} | {} runs | {:?} | {:?}", file.name, mistake.name(), found.runs, cure.changes().map(|c| c.to_string()).collect::<Vec<_>>(), cure.causes); }
                    Match::Rival => { row[5] += 1; println!("RIVAL {} | {} | {:?} | {:?}", file.name, mistake.name(), cure.changes().map(|c| c.to_string()).collect::<Vec<_>>(), cure.causes); }
                    _ => row[5] += 1,
                }
            }
        }
    }
    println!("{:20} noeff healthy broken | nocure long NAMED other | error", "");
    let mut sum = [0; 8];
    for (class, row) in table { println!("{class:20} {row:?}"); for at in 0..8 { sum[at] += row[at]; } }
    println!("{:20} {sum:?} runs {runs} universe {universe} {:?}", "all", start.elapsed());
}
