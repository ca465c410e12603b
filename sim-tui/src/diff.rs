//! `lvsim diff`: two runs side by side, paired by what caused what and not by time.

mod json;
mod print;

use clap::Args;
use sim_core::scenario::Scenario;
use sim_core::whatif::{Comparison, Given, Run};
use sim_core::{Text, text};

use crate::cli::{Exit, Format, seed};
use crate::lang::Lang;
use crate::open::{self, Refused};

/// Play two scenarios and tell where they part.
///
/// Events are paired by what caused them, not by time. Of those that differ, only
/// the first of each chain of causes is listed, then the rows of all tables that
/// differ at the end.
/// Exit: 0 nothing differs but what was typed, 1 something differs, 2 a file is
/// wrong.
#[derive(Debug, Args)]
pub struct DiffArgs {
    /// A scenario file, or the name of a shipped one.
    pub scenario: String,
    /// The other one; without it, the same one with the changes of --with.
    #[arg(required_unless_present = "with")]
    pub other: Option<String>,
    /// Change the second run: `HOST: COMMAND`, typed last in the host's setup.
    ///
    /// May be given several times. `@57 HOST: COMMAND` is typed before the story's
    /// step on line 57 of the file, `@end HOST: COMMAND` behind the last one.
    #[arg(long, value_name = "CHANGE")]
    pub with: Vec<String>,
    /// Another seed than the first file's, for both.
    #[arg(long, value_parser = seed)]
    pub seed: Option<u64>,
    /// How the differences are printed.
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// What is compared, in words.
struct Asked<'a> {
    names: [String; 2],
    seed: u64,
    with: &'a [String],
    is_same_file: bool,
}

/// Compares what is asked for.
///
/// # Errors
/// When a file or a change is wrong.
pub fn run(args: &DiffArgs, lang: Lang) -> Result<Exit, Refused> {
    let one = open::scenario(&args.scenario, args.seed, false)?;
    let other = match &args.other {
        Some(name) => open::scenario(name, Some(one.seed), false)?,
        None => one.clone(),
    };
    let asked = Asked {
        names: [one.file.clone(), other.file.clone()],
        seed: one.seed,
        with: &args.with,
        is_same_file: args.other.is_none(),
    };
    let other = changed(&other, &args.with)?;
    let runs = [played(one)?, played(other)?];
    let runs = [&runs[0], &runs[1]];
    let found = Comparison::of(runs);
    match args.format {
        Format::Text => print::print(&asked, runs, &found, lang),
        Format::Json => json::print(&asked, runs, &found, lang),
    }
    Ok(if found.is_same() { Exit::Ok } else { Exit::Failed })
}

/// A scenario with what `--with` gives.
///
/// # Errors
/// All that is wrong with the changes.
pub fn changed(scenario: &Scenario, with: &[String]) -> Result<Scenario, Refused> {
    let mut given = Vec::new();
    let mut wrong = Vec::new();
    for (number, change) in (1..).zip(with) {
        match Given::parse(change, scenario) {
            Ok(change) => given.push(change),
            Err(Text { en, zh }) => {
                wrong.push(text!("--with:{number}: {en}", "--with:{number}: {zh}"));
            }
        }
    }
    match wrong.is_empty() {
        true => Ok(Given::apply(&given, scenario)),
        false => Err(Refused(wrong)),
    }
}

/// Plays a scenario to its end.
///
/// # Errors
/// When a command of its setup fails.
pub fn played(scenario: Scenario) -> Result<Run, Refused> {
    Run::play(scenario).map_err(|error| Refused(vec![error.text()]))
}
