//! `lvsim test`: many scenarios as one regression suite.
//!
//! Scenarios know nothing of each other, so each thread takes the next one that nobody has taken;
//! what is printed comes in the suite's order, whoever is done first.
#![expect(
    clippy::disallowed_types,
    reason = "a report for other tools says what each scenario took"
)]

mod print;

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant as Clock};

use sim_core::trace::Trace;
use sim_core::whatif::Run;
use sim_core::{Instant, Text, text};

use crate::captures;
use crate::cli::{Exit, TestArgs};
use crate::hint::{self, Hint};
use crate::junit::{self, Case, Outcome};
use crate::lang::{Lang, Unfit};
use crate::open::{self, Refused};
use crate::paths;
use crate::width::Width;
use print::Printer;

/// Plays all scenarios that are asked for.
///
/// # Errors
/// When a path leads to no scenario, or the report cannot be written.
pub fn run(args: &TestArgs, lang: Lang) -> Result<Exit, Refused> {
    let mut names = paths::all(&args.paths)?;
    if let Some(shard) = args.shard {
        names = shard.of(names);
    }
    // What stands in the way of the report is said before anything is played.
    if let Some(file) = &args.junit {
        captures::begin(Path::new(file))?;
    }
    let began = Clock::now();
    let mut printer = Printer::new(args, lang, names.len());
    let rows = play_all(&names, args, &mut printer, lang);
    printer.summary(&rows);
    let worst = rows.iter().map(|row| row.end.verdict()).max().unwrap_or(Verdict::Ok);
    if let Some(file) = &args.junit {
        let cases: Vec<Case> = rows.into_iter().map(Row::case).collect();
        junit::write(file, "lvsim test", &cases, began.elapsed(), lang)?;
    }
    Ok(worst.exit())
}

/// A scenario that was played.
#[derive(Debug)]
pub struct Row {
    /// The file, as errors name it.
    pub name: String,
    /// What has come of it.
    pub end: End,
    /// What it took of real time; only the report for other tools says it.
    pub took: Duration,
}

impl Row {
    /// As it stands in the report.
    fn case(self) -> Case {
        let outcome = match self.end {
            End::Played { failures, .. } if failures.is_empty() => Outcome::Ok,
            End::Played { mut failures, hint, .. } => {
                failures.extend(hint.map(|hint| Text::same(hint.lines.join("\n"))));
                Outcome::Failure(failures)
            }
            End::Wrong(why) => Outcome::Error(why),
        };
        Case { name: self.name, outcome, took: self.took }
    }
}

/// What has come of a scenario.
#[derive(Debug)]
pub enum End {
    /// It was played to its end.
    Played {
        /// What did not hold, each with its place.
        failures: Vec<Text>,
        /// How many events there were.
        events: u64,
        /// The virtual time at its end.
        now: Instant,
        /// What leads on, if something did not hold.
        hint: Option<Hint>,
    },
    /// It cannot be played: all that is wrong with it, each with its place.
    Wrong(Vec<Text>),
}

/// An end in a word; the worst is the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// All expectations hold.
    Ok,
    /// One does not.
    Failed,
    /// The file is wrong.
    Wrong,
}

impl Verdict {
    /// As `lvsim run` ends.
    fn exit(self) -> Exit {
        match self {
            Self::Ok => Exit::Ok,
            Self::Failed => Exit::Failed,
            Self::Wrong => Exit::Wrong,
        }
    }
}

impl End {
    /// What has come of it, in a word.
    pub fn verdict(&self) -> Verdict {
        match self {
            Self::Played { failures, .. } if failures.is_empty() => Verdict::Ok,
            Self::Played { .. } => Verdict::Failed,
            Self::Wrong(_) => Verdict::Wrong,
        }
    }

    /// What leads on from what did not hold.
    pub fn hint(&self) -> Option<&Hint> {
        match self {
            Self::Played { hint, .. } => hint.as_ref(),
            Self::Wrong(_) => None,
        }
    }

    /// What did not hold, or what is wrong.
    pub fn sentences(&self) -> &[Text] {
        match self {
            Self::Played { failures: sentences, .. } | Self::Wrong(sentences) => sentences,
        }
    }
}

/// One part of a suite that several machines share: the `number`th of `of`, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    number: usize,
    of: usize,
}

impl Shard {
    /// Reads `K/N`.
    ///
    /// # Errors
    /// What it must look like.
    pub fn parse(text: &str) -> Result<Self, Unfit> {
        let read = || {
            let (number, of) = text.split_once('/')?;
            let (number, of) = (number.parse().ok()?, of.parse().ok()?);
            (1..=of).contains(&number).then_some(Self { number, of })
        };
        read().ok_or_else(|| {
            Unfit(text!(
                "write K/N with 1 <= K <= N, such as 1/4",
                "应写成 K/N，1 <= K <= N，如 1/4"
            ))
        })
    }

    /// Every `of`th name: long and short scenarios of one folder are shared out.
    pub fn of(self, names: Vec<String>) -> Vec<String> {
        names.into_iter().skip(self.number - 1).step_by(self.of).collect()
    }
}

/// Plays each, as many at a time as the machine has cores; the rows are in the order of the names.
fn play_all(names: &[String], args: &TestArgs, printer: &mut Printer<'_>, lang: Lang) -> Vec<Row> {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let threads = args.jobs.map_or(cores, |jobs| jobs.get().into()).min(names.len());
    let next = AtomicUsize::new(0);
    let (done, finished) = mpsc::channel();
    let mut rows: Vec<Option<Row>> = names.iter().map(|_| None).collect();
    thread::scope(|scope| {
        for _ in 0..threads {
            let (next, done) = (&next, done.clone());
            scope.spawn(move || {
                while let Some((number, name)) = take(next, names) {
                    // Nobody listens any more only if this scope is being left.
                    let _ = done.send((number, play(name, args.diagnose, lang)));
                }
            });
        }
        drop(done);
        let mut printed = 0;
        for (number, row) in finished {
            rows[number] = Some(row);
            printer.progress();
            while let Some(Some(row)) = rows.get(printed) {
                printer.row(row);
                printed += 1;
            }
        }
    });
    rows.into_iter().flatten().collect()
}

fn take<'a>(next: &AtomicUsize, names: &'a [String]) -> Option<(usize, &'a str)> {
    let number = next.fetch_add(1, Ordering::Relaxed);
    names.get(number).map(|name| (number, name.as_str()))
}

/// Plays one from its start to its end.
fn play(name: &str, diagnose: bool, lang: Lang) -> Row {
    let began = Clock::now();
    let mut trace = Trace::default();
    let opened =
        open::scenario(name, None, false).and_then(|scenario| open::player(scenario, &mut trace));
    let end = match opened {
        Err(Refused(wrong)) => End::Wrong(wrong),
        Ok(mut player) => {
            player.play(&mut trace);
            let failures = player.failures().iter().map(sim_core::story::Failure::text);
            let error = player.error().map(|error| error.text());
            let failures: Vec<Text> = failures.chain(error).collect();
            let (events, now) = (player.world.events(), player.world.now());
            let run = Run { player, trace };
            let asked = hint::Asked { scenario: name, ..hint::Asked::default() };
            let hint = (!failures.is_empty()).then(|| match diagnose {
                true => Hint::diagnosed(&asked, &run, Width::of_output(), lang),
                false => Hint::commands(&asked, &run, lang),
            });
            End::Played { failures, events, now, hint }
        }
    };
    Row { name: name.into(), end, took: began.elapsed() }
}

#[cfg(test)]
mod tests {
    use super::Shard;

    #[test]
    fn the_shards_of_a_suite_are_the_suite() {
        let names: Vec<String> = (0..10).map(|number| number.to_string()).collect();
        let mut all: Vec<String> = ["1/3", "2/3", "3/3"]
            .into_iter()
            .flat_map(|shard| Shard::parse(shard).expect("a shard").of(names.clone()))
            .collect();
        all.sort();
        assert_eq!(all, names);
        for wrong in ["0/3", "4/3", "1/0", "/", "1", "a/b", "-1/2", "1/2/3"] {
            assert!(Shard::parse(wrong).is_err(), "{wrong}");
        }
    }
}
