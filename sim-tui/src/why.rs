//! `lvsim why`: from a frame, a node or the last failure back to the lines of the configuration.

mod json;
mod otherwise;
mod print;

use clap::Args;
use sim_core::why::{About, Asked, Why};
use sim_core::{Text, text};

use crate::cli::{Exit, Format, seed};
use crate::diff;
use crate::lang::Lang;
use crate::open::{self, Refused};

/// Tell why: what was decided, from which inputs, and where each was set.
///
/// What is asked about is a node (its last decision against something), a frame (by
/// its number in JSON, by the time at which it passed as `lvsim run` prints it, or by
/// words that describe it as an expectation does), or `last-failure`: the last request
/// that was not served, else the last expectation that failed.
/// Exit: 0 told, 1 nothing was decided there, 2 a file is wrong, or there is no such
/// frame or node.
#[derive(Debug, Args)]
pub struct WhyArgs {
    /// A scenario file, or the name of a shipped one.
    pub scenario: String,
    /// A frame's number, time or words; a node; or `last-failure`.
    #[arg(required = true, value_name = "FRAME|NODE|last-failure")]
    pub about: Vec<String>,
    /// Change the scenario first: `HOST: COMMAND`, as `lvsim diff --with` does.
    #[arg(long, value_name = "CHANGE")]
    pub with: Vec<String>,
    /// Another seed than the file's.
    #[arg(long, value_parser = seed)]
    pub seed: Option<u64>,
    /// Also search the smallest change that turns each decision, by playing again.
    #[arg(long)]
    pub otherwise: bool,
    /// How the answer is printed.
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// Tells what is asked for.
///
/// # Errors
/// When the file or a change is wrong, or there is no such frame or node.
pub fn run(args: &WhyArgs, lang: Lang) -> Result<Exit, Refused> {
    let scenario = open::scenario(&args.scenario, args.seed, false)?;
    let scenario = diff::changed(&scenario, &args.with)?;
    let file = scenario.file.clone();
    let run = diff::played(scenario.clone())?;
    let asked = Asked::parse(&args.about.join(" "), &run)
        .map_err(|Text { en, zh }| Refused(vec![text!("{file}: {en}", "{file}：{zh}")]))?;
    let why = Why::of(&run, asked);
    let turns = match args.otherwise {
        true => otherwise::search(scenario, &why)?,
        false => Vec::new(),
    };
    match args.format {
        Format::Text => print::print(&run, &why, &turns, lang),
        Format::Json => json::print(&run, &why, &turns, lang),
    }
    let is_told = !why.told.is_empty() || why.about == About::Nothing;
    Ok(if is_told { Exit::Ok } else { Exit::Failed })
}
