//! `lvsim diagnose`: why a network does not do what it is for, and what heals it, with the proof.

mod json;
mod print;

use clap::Args;
use sim_core::diagnose::{Budget, Case, Diagnosis, search};
use sim_core::scenario::Scenario;
use sim_core::text;

use crate::cli::{Exit, Format, seed};
use crate::lang::Lang;
use crate::open::{self, Refused};
use crate::out::say;
use crate::width::Width;

pub use json::line as json_line;
pub use print::lines;

/// Tell why requests are not served as they should be, and what heals it.
///
/// Served is who is answered in the VIP's name, through the director, by the server
/// that its scheduler picked. Each cure is typed before the first request and played:
/// what is printed has healed, and has broken nothing else.
/// Exit: 0 all is well, 1 it is not, 2 a file is wrong or nobody asks a service.
#[derive(Debug, Args)]
pub struct DiagnoseArgs {
    /// A scenario file, or the name of a shipped one.
    pub scenario: String,
    /// Change the scenario first: `HOST: COMMAND`, as `lvsim diff --with` does.
    #[arg(long, value_name = "CHANGE")]
    pub with: Vec<String>,
    /// Another seed than the file's.
    #[arg(long, value_parser = seed)]
    pub seed: Option<u64>,
    /// How many changes are tried at most.
    #[arg(long, value_name = "N", default_value_t = TRIES)]
    pub tries: usize,
    /// How the diagnosis is printed.
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// As many changes are tried where nobody says how many.
pub const TRIES: usize = 5000;

/// Diagnoses a scenario.
///
/// # Errors
/// When the file is wrong, or has no goal.
pub fn run(args: &DiagnoseArgs, lang: Lang) -> Result<Exit, Refused> {
    let scenario = open::scenario(&args.scenario, args.seed, false)?;
    let scenario = crate::diff::changed(&scenario, &args.with)?;
    let (case, found) = diagnosed(&scenario, args.tries)?;
    Ok(tell(&case, &found, args.format, lang))
}

/// Looks for what is wrong with a scenario.
///
/// # Errors
/// When its setup does not end, or it has no goal.
pub fn diagnosed(scenario: &Scenario, tries: usize) -> Result<(Case, Diagnosis), Refused> {
    let case = Case::open(scenario).map_err(|error| Refused(vec![error.text()]))?;
    let Some(case) = case else {
        let file = &scenario.file;
        return Err(Refused(vec![text!(
            "{file}: no goal: nobody asks a service by curl or nc; write one: goal: (client: …, servers: […], through: …, name: \"VIP:PORT\")",
            "{file}：没有目标：没有人用 curl 或 nc 访问任何服务；请写出：goal: (client: …, servers: […], through: …, name: \"VIP:端口\")"
        )]));
    };
    let found = search(&case, Budget { runs: tries, ..Budget::default() });
    Ok((case, found))
}

/// Prints a diagnosis.
pub fn tell(case: &Case, found: &Diagnosis, format: Format, lang: Lang) -> Exit {
    match format {
        Format::Text => {
            // A closed pipe ends the printing; the verdict stays.
            let _ = lines(case, found, Width::of_output(), lang).iter().all(|line| say(line));
        }
        Format::Json => {
            say(&json_line(case, found, lang));
        }
    }
    if found.is_healthy() { Exit::Ok } else { Exit::Failed }
}
