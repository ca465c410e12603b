//! Every verdict against a packet has a counterfactual.

use std::collections::BTreeMap;
use std::time::Instant;

use lvsim_tests::plays;
use sim_core::counterfactual::Search;
use sim_core::knobs::universe;

#[test]
fn measure() {
    let mut codes: BTreeMap<&str, usize> = BTreeMap::new();
    let only = std::env::var("ONLY").ok();
    let find = std::env::var("FIND").is_ok();
    let start = Instant::now();
    let (mut all, mut without, mut reruns, mut ms) = (0, 0, 0, 0);
    for play in plays::played() {
        if only.as_ref().is_some_and(|only| !play.file.name.contains(only)) { continue; }
        let scenario = play.player.scenario().clone();
        let t = Instant::now();
        let mut search = Search::of(scenario.clone()).unwrap();
        let base = t.elapsed();
        let t = Instant::now();
        let knobs = universe(&scenario).unwrap();
        let uni = t.elapsed();
        let verdicts = search.base().verdicts.clone();
        for v in &verdicts { *codes.entry(v.code).or_default() += 1; }
        if let Ok(change) = std::env::var("DEBUG") {
            use sim_core::whatif::{Change, When};
            let step: usize = std::env::var("STEP").unwrap().parse().unwrap();
            let base = search.base();
            let change = if change.starts_with("up ") { Change::Cable { link: scenario.links.iter().find(|l| l.a.to_string() == change[3..]).unwrap().a.clone(), up: true } } else { Change::parse(&change, &scenario).unwrap() };
            let run = base.with(&[change], When::Before(step));
            println!("sound {}", run.is_some());
            if let Some(run) = run {
                println!("error {:?} {:?}", run.player.error(), base.run.player.error());
                for (v, t) in base.verdicts.iter().zip(base.judged(&run)) { println!("{} {} step {:?} {t:?}", base.node(v.node), v.code, base.step_of(v.event)); }
                for ((_, a), (_, b)) in base.run.player.world.jobs().zip(run.player.world.jobs()) { println!("{} {:?} | {} {:?}", a.text, a.status, b.text, b.status); }
            }
        }
        let t = Instant::now();
        let mut missing: BTreeMap<(&str,String), usize> = BTreeMap::new();
        if find {
            for (at, v) in verdicts.iter().enumerate() {
                let tried = search.find(at);
                if tried.found.is_none() { without += 1; *missing.entry((v.code, search.base().node(v.node).to_owned())).or_default() += 1; }
                if only.is_some() {
                    println!("  {} {} step {:?} -> {:?}", search.base().node(v.node), v.code, search.base().step_of(v.event), tried.found.map(|f| (f.changes.iter().map(|c| c.to_string()).collect::<Vec<_>>(), f.when, f.turned)));
                }
            }
        }
        all += verdicts.len();
        reruns += search.reruns();
        ms += t.elapsed().as_millis();
        println!("{} events {} base {:?} knobs {} (1: {}) in {:?} verdicts {} search {:?} reruns {} missing {:?}", play.file.name, play.trace.events().len(), base, knobs.len(), knobs.iter().filter(|k| k.changes.len()==1).count(), uni, verdicts.len(), t.elapsed(), search.reruns(), missing);
    }
    let mut codes: Vec<_> = codes.into_iter().collect();
    codes.sort_by_key(|c| std::cmp::Reverse(c.1));
    println!("{codes:?}");
    println!("ALL {all} without {without} reruns {reruns} search {ms} ms; {:?}", start.elapsed());
}
