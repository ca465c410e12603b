//! `lvsim kernel compare`: the simulation beside a real kernel, scenario by scenario.
#![expect(
    clippy::disallowed_types,
    reason = "a report for other tools says what each scenario took"
)]

use std::time::Instant;

use sim_core::receipt;
use sim_core::{Text, text};

use super::batch::{self, Workplace};
use super::{CompareArgs, place};
use crate::cli::Exit;
use crate::junit::{self, Case, Outcome};
use crate::lang::Lang;
use crate::open::Refused;
use crate::out::say;
use crate::paths;

/// Compares all scenarios that are asked for.
///
/// # Errors
/// When a path leads to no scenario, something is missing or a report cannot be written.
pub fn run(args: &CompareArgs, lang: Lang) -> Result<Exit, Refused> {
    let mut names = paths::all(&args.paths)?;
    if let Some(shard) = args.shard {
        names = shard.of(names);
    }
    let out = Workplace::open(args.keep.as_deref())?;
    let mut judged = Vec::new();
    for (name, scenario) in batch::open_all(names)? {
        match batch::excused(&scenario) {
            Some(why) => {
                tell(&name, lang.pick("not compared", "不比较"), std::slice::from_ref(why), lang)
            }
            None => judged.push((name, scenario)),
        }
    }
    let began = Instant::now();
    let (mut cases, mut since) = (Vec::new(), began);
    batch::ask(judged, place(args.netns), &out, |asked, played| {
        let outcome = match played {
            Err(why) => Outcome::Error(vec![why]),
            Ok(played) => {
                let found = receipt::compare(&asked.simulated, &played.recording);
                match found.is_empty() {
                    true => Outcome::Ok,
                    false => {
                        Outcome::Failure(found.iter().map(receipt::Difference::text).collect())
                    }
                }
            }
        };
        let word = match &outcome {
            Outcome::Ok => lang.pick("equal", "一致"),
            Outcome::Failure(_) => lang.pick("DIFFERENT", "不一致"),
            Outcome::Error(_) => lang.pick("could not be played", "无法运行"),
        };
        tell(&asked.name, word, outcome.sentences(), lang);
        cases.push(Case { name: asked.name.clone(), outcome, took: since.elapsed() });
        since = Instant::now();
    })?;
    let count =
        |kind: fn(&Outcome) -> bool| cases.iter().filter(|case| kind(&case.outcome)).count();
    let equal = count(|outcome| matches!(outcome, Outcome::Ok));
    let different = count(|outcome| matches!(outcome, Outcome::Failure(_)));
    let failed = count(|outcome| matches!(outcome, Outcome::Error(_)));
    let summary = text!(
        "== {equal} equal, {different} different, {failed} could not be played",
        "== {equal} 个一致，{different} 个不一致，{failed} 个无法运行"
    );
    say(summary.of(lang));
    if let Some(file) = &args.junit {
        junit::write(file, "lvsim kernel compare", &cases, began.elapsed(), lang)?;
    }
    Ok(match (different, failed) {
        (0, 0) => Exit::Ok,
        (_, 0) => Exit::Failed,
        _ => Exit::Wrong,
    })
}

/// A line for a scenario, and what there is to say about it.
pub fn tell(name: &str, word: &str, sentences: &[Text], lang: Lang) {
    say(&format!("{name}: {word}"));
    for sentence in sentences {
        say(&format!("  {}", sentence.of(lang).replace('\n', "\n  ")));
    }
}
