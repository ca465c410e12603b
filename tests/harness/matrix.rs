//! The mutation matrix: every single mistake of every healthy scenario, and double mistakes by a
//! seed; each broken one is diagnosed, and what is found is laid beside what was made.

use std::collections::BTreeMap;
use std::fmt::Write;

use rand_core::RngCore;
use rand_pcg::Pcg64Mcg;
use sim_core::diagnose::{self, Budget, Case, Cure, Diagnosis};
use sim_core::goal::{self, Goal};
use sim_core::knobs::Knob;
use sim_core::mutate::{self, Match, Mistake, Outcome};
use sim_core::scenario::Scenario;
use sim_core::story::open;
use sim_core::text;
use sim_core::text::{Lang, Text};
use sim_core::whatif::Run;

use crate::files;

/// How long is searched for a cure of one mutant.
pub const BUDGET: Budget = Budget { runs: 700, after: 40, mistakes: 2 };

/// How many double mistakes are drawn: more than a thousand of them break something.
const DRAWN: usize = 2_400;

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

/// What has come of all mistakes.
#[derive(Clone, Debug, Default)]
pub struct Results {
    /// By their class.
    pub table: BTreeMap<&'static str, Row>,
    /// Those that were not cured, or not named.
    pub failures: Vec<Failure>,
}

/// Mistakes that were not cured, or not named.
#[derive(Clone, Debug)]
pub struct Failure {
    /// Why.
    pub reason: Reason,
    /// In which scenario, and which.
    pub name: String,
    /// What was found none the less.
    pub typed: String,
}

/// Why mistakes are not cured or not named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// No single change takes one of them back.
    NoInverse,
    /// What takes them back does not heal when it is typed later.
    Useless,
    /// What takes them back would heal, and was not tried in time.
    Missed,
    /// It is healed, by more than two steps a mistake.
    Long,
    /// It is healed, and another line is named.
    Other,
    /// Its setup does not come to an end.
    NoEnd,
}

impl Reason {
    /// In words.
    pub fn text(self) -> Text {
        match self {
            Self::NoInverse => text!(
                "Not healed: no single change of the universe takes the mistake back",
                "没有治好：所有改动里，没有一种能单独撤销这个错误"
            ),
            Self::Useless => text!(
                "Not healed: the right line, typed later, does not heal either (what has been learnt meanwhile, the order of destinations, what else stands there)",
                "没有治好：正确的那一行事后再键入也不管用（此间学到的东西、目的地的次序、还留着的别的配置）"
            ),
            Self::Missed => text!(
                "Not healed: what takes the mistake back would heal, and was not among what was tried",
                "没有治好：能撤销错误的改动确实有效，但不在试过的改动之中"
            ),
            Self::Long => text!(
                "Healed, by more than two steps a mistake (in brackets: lines of the file that must be typed again)",
                "治好了，但每个错误要多于两步（括号内是必须重新键入的文件原有命令）"
            ),
            Self::Other => text!(
                "Healed in two steps a mistake, and another line is named",
                "每个错误两步以内治好，但指出的是别的一行"
            ),
            Self::NoEnd => text!("Its setup does not come to an end", "搭建过程不会结束"),
        }
    }
}

/// The failures as a part of a page, by their reasons.
pub fn list(failures: &[Failure], lang: Lang) -> String {
    let mut by_reason: BTreeMap<Reason, Vec<&Failure>> = BTreeMap::new();
    for failure in failures {
        by_reason.entry(failure.reason).or_default().push(failure);
    }
    let mut text = String::new();
    for (reason, failures) in by_reason {
        let said = reason.text();
        writeln!(text, "### {}: {}\n", said.of(lang), failures.len())
            .expect("a string takes all text");
        for Failure { name, typed, .. } in failures {
            let typed = if typed.is_empty() { String::new() } else { format!(" ⇒ `{typed}`") };
            writeln!(text, "- `{name}`{typed}").expect("a string takes all text");
        }
        text.push('\n');
    }
    text
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
    /// Of the named: a line was left out, and the same thing is set to another value.
    pub thing: usize,
    /// Of the named: only beside another line that it contradicts.
    pub rival: usize,
    /// Of the broken: healed, by more than two steps a mistake, so not counted as cured.
    pub long: usize,
    /// Of these: named.
    pub long_named: usize,
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

/// All single mistakes, or each n-th of them. Where the count begins depends on the scenario's name alone, so
/// that a new scenario changes nothing about which mistakes of the others are chosen.
pub fn singles(
    originals: &[Original],
    every: usize,
    offset: usize,
    results: &mut Results,
    tell: &mut dyn FnMut(&str),
) {
    for original in originals {
        let begin = original
            .name
            .bytes()
            .fold(0, |sum: usize, byte| (sum * 31 + usize::from(byte)) % every);
        for (number, mistake) in mutate::mistakes(&original.scenario).into_iter().enumerate() {
            if (begin + number) % every == offset {
                judge(original, &[mistake], results, tell);
            }
        }
    }
}

/// Double mistakes, drawn by a seed; or each n-th of them.
pub fn doubles(
    originals: &[Original],
    every: usize,
    offset: usize,
    results: &mut Results,
    tell: &mut dyn FnMut(&str),
) {
    let mut rng = Pcg64Mcg::new(2_026);
    let mistakes: Vec<Vec<Mistake>> =
        originals.iter().map(|own| mutate::mistakes(&own.scenario)).collect();
    let mut draw = |most: usize| (rng.next_u64() % most as u64) as usize;
    for number in 0..DRAWN {
        let at = draw(originals.len());
        let (one, other) = (draw(mistakes[at].len()), draw(mistakes[at].len()));
        let mut both = [mistakes[at][one].clone(), mistakes[at][other].clone()];
        // From behind, so that no place moves that is still needed.
        both.sort_by_key(|own| std::cmp::Reverse(own.place));
        if number % every == offset && both[0].place != both[1].place {
            judge(&originals[at], &both, results, tell);
        }
    }
}

/// Makes mistakes, plays, and diagnoses what is broken.
fn judge(
    original: &Original,
    mistakes: &[Mistake],
    results: &mut Results,
    tell: &mut dyn FnMut(&str),
) {
    let class = if mistakes.len() > 1 { "double" } else { mistakes[0].class.name() };
    let row = results.table.entry(class).or_default();
    let goal = Some(original.goal.clone());
    let mut mutant = Scenario { goal, ..original.scenario.clone() };
    mistakes.iter().for_each(|own| own.make(&mut mutant));
    let names: Vec<String> = mistakes.iter().map(Mistake::name).collect();
    let name = format!("{}: {}", original.name, names.join(" & "));
    if !mutate::is_typeable(&mutant) {
        return;
    }
    let played = Run::tolerant(mutant.clone()).ok();
    match played.map(|played| Outcome::of(original.print, &played, &original.goal)) {
        Some(Outcome::NoEffect) => return row.no_effect += 1,
        Some(Outcome::Healthy) => return row.healthy += 1,
        Some(Outcome::Broken) | None => row.broken += 1,
    }
    let Ok(Some(case)) = Case::open(&mutant) else {
        tell(&format!("does not end | {name}"));
        results.failures.push(Failure { reason: Reason::NoEnd, name, typed: String::new() });
        return;
    };
    let found = diagnose::search(&case, BUDGET);
    row.runs += found.runs;
    row.universe = row.universe.max(found.universe);
    let knobs = diagnose::candidates(&case);
    let inverses: Option<Vec<Vec<&Knob>>> =
        mistakes.iter().map(|own| mutate::inverse(own, &original.scenario, &knobs)).collect();
    row.apart += usize::from(inverses.is_none());
    let fit = compare(original, mistakes, found.cure.as_ref(), row);
    row.apart_named += usize::from(inverses.is_none() && matches!(fit, Fit::Named(_)));
    let typed = typed(&found);
    let apart = if inverses.is_some() { "inverse is a knob" } else { "no inverse" };
    tell(&format!("{} | {apart} | {} runs | {name} | {typed}", fit.name(), found.runs));
    let reason = match fit {
        Fit::Named(_) => return,
        Fit::Other => Reason::Other,
        Fit::Long => Reason::Long,
        Fit::NoCure => reason(&case, inverses),
    };
    results.failures.push(Failure { reason, name, typed });
}

/// How what was found fits what was made.
enum Fit {
    NoCure,
    Long,
    Other,
    Named(Match),
}

impl Fit {
    fn name(&self) -> String {
        match self {
            Self::NoCure => "no cure".into(),
            Self::Long => "more steps".into(),
            Self::Other => "other cause".into(),
            Self::Named(how) => format!("named ({how:?})"),
        }
    }
}

/// Lays a cure beside the mistakes that were made.
fn compare(original: &Original, mistakes: &[Mistake], cure: Option<&Cure>, row: &mut Row) -> Fit {
    let Some(cure) = cure else { return Fit::NoCure };
    let fits = || mistakes.iter().map(|own| Match::of(own, cure, &original.run));
    // Of two mistakes one may have no effect of its own: naming the other is enough.
    let is_part = cure.knobs.len() < mistakes.len();
    let how = if is_part { fits().min() } else { fits().max() }.unwrap_or(Match::None);
    if cure.steps() > 2 * mistakes.len() {
        row.long += 1;
        row.long_named += usize::from(how != Match::None);
        return Fit::Long;
    }
    row.cured += 1;
    row.again += usize::from(!cure.again.is_empty());
    row.named += usize::from(how != Match::None);
    row.rival += usize::from(how == Match::Rival);
    row.thing += usize::from(how == Match::Thing);
    if how == Match::None { Fit::Other } else { Fit::Named(how) }
}

/// Why nothing was found: whether that which takes the mistakes back would heal.
fn reason(case: &Case, inverses: Option<Vec<Vec<&Knob>>>) -> Reason {
    let Some(inverses) = inverses else { return Reason::NoInverse };
    let changes = inverses.iter().flatten().flat_map(|knob| knob.changes.clone());
    match case.with(&changes.collect::<Vec<_>>()) {
        Some((_, judged)) if judged.holds() => Reason::Missed,
        _ => Reason::Useless,
    }
}

/// What a cure types; what is typed again stands in brackets.
fn typed(found: &Diagnosis) -> String {
    let Some(cure) = &found.cure else { return String::new() };
    let changes = cure.changes().map(ToString::to_string);
    let again = cure.again.iter().map(|(on, line)| format!("({on}: {line})"));
    changes.chain(again).collect::<Vec<_>>().join("; ")
}

/// The columns of the table.
const COLUMNS: [&str; 13] = [
    "mistake",
    "no effect",
    "still healthy",
    "broken",
    "cured",
    "named",
    "the same thing",
    "beside a rival",
    "lines again",
    "more steps",
    "of these named",
    "no inverse",
    "of these cured and named",
];

impl Row {
    /// What stands in the columns behind the name.
    fn numbers(&self) -> [usize; COLUMNS.len() - 1] {
        let Self { no_effect, healthy, broken, cured, named, thing, rival, .. } = *self;
        let Self { again, long, long_named, apart, apart_named, .. } = *self;
        [
            no_effect,
            healthy,
            broken,
            cured,
            named,
            thing,
            rival,
            again,
            long,
            long_named,
            apart,
            apart_named,
        ]
    }

    fn add(&mut self, other: &Self) {
        self.no_effect += other.no_effect;
        self.healthy += other.healthy;
        self.broken += other.broken;
        self.cured += other.cured;
        self.named += other.named;
        self.thing += other.thing;
        self.rival += other.rival;
        self.again += other.again;
        self.long += other.long;
        self.long_named += other.long_named;
        self.apart += other.apart;
        self.apart_named += other.apart_named;
        self.runs += other.runs;
        self.universe = self.universe.max(other.universe);
    }
}

/// The table in Markdown.
pub fn print(Results { table, .. }: &Results) -> String {
    let mut text = format!("| {} |\n|{}\n", COLUMNS.join(" | "), "---|".repeat(COLUMNS.len()));
    let mut line = |name: &str, row: &Row| {
        let numbers = row.numbers().map(|number| number.to_string()).join(" | ");
        writeln!(text, "| {name} | {numbers} |").expect("a string takes all text");
    };
    let mut sum = Row::default();
    for (name, row) in table {
        line(name, row);
        sum.add(row);
    }
    line("all", &sum);
    text + &format!("runs: {}; most knobs of a mutant: {}\n", sum.runs, sum.universe)
}
