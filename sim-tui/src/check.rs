//! `lvsim check`: whether the clients of an operator's machines are served as intended.

use std::fs;
use std::path::PathBuf;

use clap::Args;
use sim_core::diagnose::Diagnosis;
use sim_core::import::{Imported, Unusable, import};
use sim_core::scenario::{Expectation, Located, Scenario, Step};
use sim_core::{Text, story, text};

use crate::captures;
use crate::cli::{Exit, Format};
use crate::diagnose;
use crate::export;
use crate::import as folder;
use crate::lang::Lang;
use crate::open::Refused;
use crate::out::complain;

/// Tell whether clients are served as intended, from dumps of real machines.
///
/// The folder is as `lvsim import` reads it. What no file says is guessed, and told
/// on standard error: a verdict rests on it.
/// Exit: 0 served as intended, 1 not, 2 it cannot be read or asks for nothing.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// The folder: DIR/HOST/FILE, and perhaps DIR/links.ron.
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Write the failing case there, as a scenario; what is there is not touched.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// How the verdict is printed.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Checks a folder.
///
/// # Errors
/// When it cannot be read, or something is at the place of the output.
pub fn run(args: &CheckArgs, lang: Lang) -> Result<Exit, Refused> {
    let dumps = folder::read(&args.folder)?;
    if let Some(file) = &args.output {
        export::new(file)?;
    }
    let name = args.folder.canonicalize().unwrap_or(args.folder.clone());
    let name = name.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let imported =
        import(&name, &dumps).map_err(|Unusable { text: Text { en, zh }, .. }| {
            let folder = args.folder.display();
            Refused(vec![text!("{folder}: {en}", "{folder}：{zh}")])
        })?;
    let Imported { warnings, guesses, missing, .. } = &imported;
    folder::tell(warnings, guesses, missing, lang);
    let shown = args.output.as_ref().map_or(name, |file| file.display().to_string());
    let scenario = story::open(&shown, &imported.to_ron(lang), None, false)
        .map_err(|errors| Refused(errors.iter().map(|error| error.text()).collect()))?;
    let (case, found) = diagnose::diagnosed(&scenario, diagnose::TRIES)?;
    let exit = diagnose::tell(&case, &found, args.format, lang);
    if !guesses.is_empty() || !missing.is_empty() {
        let (guesses, missing) = (guesses.len(), missing.len());
        let said = text!(
            "what no dump says is unknown: this verdict rests on {guesses} guesses and on what is assumed for {missing} missing dumps, listed above",
            "转储中没有的内容是未知的：此结论依赖上面列出的 {guesses} 处猜测，以及对 {missing} 项缺少的内容的假定"
        );
        complain(said.of(lang));
    }
    if let Some(file) = &args.output
        && exit == Exit::Failed
    {
        let text = witness(imported, &found).to_ron(lang);
        fs::write(file, text).map_err(|why| captures::refused(file, &why))?;
    }
    Ok(exit)
}

/// The case with its goal, expecting the verdicts that are against the request: it is kept until
/// they are gone. Its setup stands on the lines that the diagnosis names.
fn witness(imported: Imported, found: &Diagnosis) -> Imported {
    let scenario = imported.scenario;
    let is_expectation = |step: &Located<Step>| matches!(step.value, Step::Expect(_));
    let mut story: Vec<Located<Step>> =
        scenario.story.into_iter().filter(|step| !is_expectation(step)).collect();
    let net = &found.broken.player.world.net;
    for clue in &found.clues {
        let (on, code) = (net.node(clue.node).name.to_string(), clue.reason.code().to_owned());
        story.push(Step::Expect(Expectation::Because { on, code }).into());
    }
    let goal = scenario.goal.or_else(|| Some(found.goal.clone()));
    Imported { scenario: Scenario { goal, story, ..scenario }, ..imported }
}
