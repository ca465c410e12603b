//! The mutation matrix: every single mistake of every healthy scenario, and double mistakes by a
//! seed; each broken one is diagnosed, and what is found is laid beside what was made.

use std::collections::BTreeMap;
use std::fmt::Write;

use rand_core::RngCore;
use rand_pcg::Pcg64Mcg;
use sim_core::diagnose::{self, Budget, Case};
use sim_core::goal::{self, Goal};
use sim_core::mutate::{self, Match, Mistake, Outcome};
use sim_core::scenario::Scenario;
use sim_core::story::open;
use sim_core::whatif::Run;

use crate::files;

/// How long is searched for a cure of one mutant.
pub const BUDGET: Budget = Budget { runs: 700, after: 40, mistakes: 2 };

/// A healthy scenario.
pub struct Original {
    /// Its file.
    pub name: String,
    /// As it is written.
    pub scenario: Scenario,
    /// Its goal, written out.
    pub goal: Goal,
    run: Run,
    print: u64,
}

/// What has come of the mistakes of one class.
#[derive(Clone, Debug, Default)]
pub struct Row {
    /// No observable effect.
    pub no_effect: usize,
    /// Something differs, and the goal holds.
    pub healthy: usize,
    /// The goal does not hold.
    pub broken: usize,
    /// Of the broken: no knob takes it back.
    pub apart: usize,
    /// Of the broken: cured, apart ones too.
    pub cured: usize,
    /// Of the cured: the mistake is named.
    pub named: usize,
    /// Of the named: only beside another line that it contradicts.
    pub rival: usize,
    /// Of the cured: lines of the file that had failed are typed again.
    pub again: usize,
    /// Of those that are apart: cured and named none the less.
    pub apart_named: usize,
    /// Runs that the diagnoses took.
    pub runs: usize,
    /// The most knobs.
    pub universe: usize,
}

/// The scenarios whose goal holds for all their requests.
pub fn originals() -> Vec<Original> {
    let all = files::scenarios().into_iter();
    all.filter_map(|file| {
        let scenario = open(&file.name, &file.text, None, false).ok()?;
        let run = Run::play(scenario.clone()).ok()?;
        let goal = goal::written_out(&run)?;
        let print = mutate::fingerprint(&run);
        Some(Original { name: file.name, scenario, goal, run, print })
    })
    .collect()
}

/// All single mistakes, or each n-th of them.
pub fn singles(
    originals: &[Original],
    every: usize,
    offset: usize,
    table: &mut BTreeMap<&'static str, Row>,
    tell: &mut dyn FnMut(&str),
) {
    let mut number = 0;
    for original in originals {
        for mistake in mutate::mistakes(&original.scenario) {
            number += 1;
            if number % every == offset {
                let row = table.entry(mistake.class.name()).or_default();
                judge(original, &[mistake], row, tell);
            }
        }
    }
}

/// Double mistakes, drawn by a seed until a thousand are broken; or each n-th of them.
pub fn doubles(
    originals: &[Original],
    every: usize,
    offset: usize,
    table: &mut BTreeMap<&'static str, Row>,
    tell: &mut dyn FnMut(&str),
) {
    let mut rng = Pcg64Mcg::new(2_026);
    let mistakes: Vec<Vec<Mistake>> =
        originals.iter().map(|own| mutate::mistakes(&own.scenario)).collect();
    let row = table.entry("double").or_default();
    let mut draw = |most: usize| (rng.next_u64() % most as u64) as usize;
    for number in 0..1_500 {
        let at = draw(originals.len());
        let (one, other) = (draw(mistakes[at].len()), draw(mistakes[at].len()));
        let mut both = [mistakes[at][one].clone(), mistakes[at][other].clone()];
        // From behind, so that no place moves that is still needed.
        both.sort_by_key(|own| std::cmp::Reverse(own.place));
        if number % every == offset && both[0].place != both[1].place {
            judge(&originals[at], &both, row, tell);
        }
    }
}

/// Makes mistakes, plays, and diagnoses what is broken.
fn judge(original: &Original, mistakes: &[Mistake], row: &mut Row, tell: &mut dyn FnMut(&str)) {
    let goal = Some(original.goal.clone());
    let mut mutant = Scenario { goal, ..original.scenario.clone() };
    mistakes.iter().for_each(|own| own.make(&mut mutant));
    let names: Vec<String> = mistakes.iter().map(Mistake::name).collect();
    let name = format!("{} | {}", original.name, names.join(" & "));
    if !mutate::is_typeable(&mutant) {
        return;
    }
    let Ok(played) = Run::tolerant(mutant.clone()) else {
        tell(&format!("does not end | {name}"));
        row.broken += 1;
        return;
    };
    match Outcome::of(original.print, &played, &original.goal) {
        Outcome::NoEffect => return row.no_effect += 1,
        Outcome::Healthy => return row.healthy += 1,
        Outcome::Broken => row.broken += 1,
    }
    let Ok(Some(case)) = Case::open(&mutant) else {
        tell(&format!("no goal | {name}"));
        return;
    };
    let found = diagnose::search(&case, BUDGET);
    row.runs += found.runs;
    row.universe = row.universe.max(found.universe);
    let knobs = diagnose::candidates(&case);
    let is_apart = !mistakes.iter().all(|own| mutate::has_inverse(own, &original.scenario, &knobs));
    row.apart += usize::from(is_apart);
    let apart = if is_apart { "no inverse" } else { "inverse is a knob" };
    let runs = found.runs;
    let cure = found.cure.filter(|cure| cure.steps() <= 2 * mistakes.len());
    let Some(cure) = cure else {
        tell(&format!("no cure | {apart} | {runs} runs | {name}"));
        return;
    };
    row.cured += 1;
    row.again += usize::from(!cure.again.is_empty());
    let worst = mistakes.iter().map(|own| Match::of(own, &cure, &original.run)).max();
    let said: Vec<String> = cure.changes().map(ToString::to_string).collect();
    // Of two mistakes one may have no effect of its own: naming the other is enough.
    let best = mistakes.iter().map(|own| Match::of(own, &cure, &original.run)).min();
    let how = if cure.causes.len() < mistakes.len() { best } else { worst };
    let is_named = how.is_some_and(|how| how != Match::None);
    row.named += usize::from(is_named);
    row.rival += usize::from(how == Some(Match::Rival));
    row.apart_named += usize::from(is_apart && is_named);
    if !is_named {
        tell(&format!("other cause | {apart} | {runs} runs | {name} | {}", said.join("; ")));
    }
}

/// The table in Markdown.
pub fn print(table: &BTreeMap<&'static str, Row>) -> String {
    let mut text = String::from(
        "| mistake | no effect | still healthy | broken | cured | named | beside a rival | lines again | no inverse | of these cured and named |\n|---|---|---|---|---|---|---|---|---|---|\n",
    );
    let mut sum = Row::default();
    let mut line = |name: &str, row: &Row| {
        let Row {
            no_effect, healthy, broken, cured, named, rival, again, apart, apart_named, ..
        } = row;
        writeln!(
            text,
            "| {name} | {no_effect} | {healthy} | {broken} | {cured} | {named} | {rival} | {again} | {apart} | {apart_named} |"
        )
        .expect("a string takes all text");
    };
    for (name, row) in table {
        line(name, row);
        sum.no_effect += row.no_effect;
        sum.healthy += row.healthy;
        sum.broken += row.broken;
        sum.cured += row.cured;
        sum.named += row.named;
        sum.rival += row.rival;
        sum.again += row.again;
        sum.apart += row.apart;
        sum.apart_named += row.apart_named;
        sum.runs += row.runs;
        sum.universe = sum.universe.max(row.universe);
    }
    line("all", &sum);
    let Row { runs, universe, .. } = sum;
    text + &format!("runs: {runs}; most knobs of a mutant: {universe}\n")
}
