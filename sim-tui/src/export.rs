//! `lvsim export`: the lab of a scenario for a real machine, or its run for people without lvsim.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use sim_core::export::ladder::{Ladder, mermaid, svg};
use sim_core::export::played::Played;
use sim_core::export::{containers, netns};
use sim_core::scenario::Scenario;
use sim_core::{Text, text};

use crate::captures;
use crate::cli::Exit;
use crate::lang::Lang;
use crate::open::{self, Refused};
use crate::out::{complain, show};
use crate::run::failed_line;
use crate::share::{Choice, page};
use crate::walk::cast;

/// What `lvsim export` is asked.
#[derive(Debug, Args)]
#[command(override_usage = "lvsim export [OPTIONS] --svg|--html|--netns|… <SCENARIO>")]
pub struct Export {
    #[command(flatten)]
    kind: Kind,
    /// A scenario file, or the name of a shipped one.
    scenario: String,
    /// Write it there; what is there already is not touched.
    #[arg(short = 'o', long, value_name = "PATH")]
    to: Option<PathBuf>,
    #[command(flatten)]
    choice: Choice,
}

/// For whom.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct Kind {
    /// A script for bash: namespaces, veth pairs and bridges of this machine.
    #[arg(long)]
    netns: bool,
    /// A folder for Kathará.
    #[arg(long, requires = "to")]
    kathara: bool,
    /// A topology file for containerlab.
    #[arg(long)]
    containerlab: bool,
    /// The run as a picture: a ladder of frames between hosts.
    #[arg(long)]
    svg: bool,
    /// The same as a Mermaid sequence diagram.
    #[arg(long)]
    mermaid: bool,
    /// The run as one page for any browser: step by step, with bytes and reasons.
    #[arg(long)]
    html: bool,
    /// The walkthrough as a recorded terminal (asciicast v2).
    #[arg(long)]
    cast: bool,
}

/// Writes the lab.
///
/// # Errors
/// When the scenario is wrong, or something is there already or cannot be written.
pub fn run(args: &Export, lang: Lang) -> Result<Exit, Refused> {
    let scenario = open::scenario(&args.scenario, None, false)?;
    let text = match args.kind {
        Kind { kathara: true, .. } => {
            let folder = args.to.as_deref().unwrap_or(Path::new("."));
            new(folder)?;
            fs::create_dir_all(folder).map_err(|why| captures::refused(folder, &why))?;
            for (name, text) in containers::kathara(&scenario) {
                write(&folder.join(name), &text)?;
            }
            return Ok(Exit::Ok);
        }
        Kind { containerlab: true, .. } => containers::containerlab(&scenario),
        Kind { netns: true, .. } => netns::script(&scenario),
        Kind { cast: true, .. } => {
            let (text, ok) = cast::print(scenario, lang)?;
            put(args, &text)?;
            return Ok(if ok { Exit::Ok } else { Exit::Failed });
        }
        Kind { .. } => return share(args, scenario, lang),
    };
    put(args, &text)?;
    Ok(Exit::Ok)
}

/// Plays the story and writes what came of it. One that fails is written as well, and told.
fn share(args: &Export, scenario: Scenario, lang: Lang) -> Result<Exit, Refused> {
    let options = args.choice.options(lang)?;
    if let Some(file) = &args.to {
        new(file)?;
    }
    let played = Played::new(scenario).map_err(|error| Refused(vec![error.text()]))?;
    let text = match args.kind {
        Kind { svg: true, .. } => svg::print(&Ladder::new(&played, &options), lang),
        Kind { html: true, .. } => page::print(&Ladder::new(&played, &options), lang),
        _ => {
            let text = mermaid::print(&Ladder::new(&played, &options), lang);
            let (long, most) = (text.chars().count(), mermaid::MOST);
            if long > most {
                complain(too_long(long, most).of(lang));
            }
            text
        }
    };
    put(args, &text)?;
    for failure in played.player.failures() {
        complain(&failed_line(&failure.text(), lang));
    }
    if let Some(error) = played.player.error() {
        complain(&failed_line(&error.text(), lang));
    }
    Ok(if played.is_ok() { Exit::Ok } else { Exit::Failed })
}

fn too_long(long: usize, most: usize) -> Text {
    text!(
        "{long} characters: GitHub and Mermaid's own default read at most {most}; choose by --from, --until or --filter",
        "{long} 个字符：GitHub 和 Mermaid 默认最多读 {most} 个；请用 --from、--until 或 --filter 选出一部分"
    )
}

/// Where the text goes.
fn put(args: &Export, text: &str) -> Result<(), Refused> {
    match &args.to {
        None => {
            show(text);
        }
        Some(file) => {
            new(file)?;
            write(file, text)?;
        }
    }
    Ok(())
}

/// Nothing of somebody else is overwritten.
pub fn new(path: &Path) -> Result<(), Refused> {
    if path.symlink_metadata().is_err() {
        return Ok(());
    }
    let path = path.display();
    Err(Refused(vec![text!(
        "{path}: is there already: move it away or name another",
        "{path}：已经存在：请移走它，或换一个名字"
    )]))
}

/// Writes a file.
///
/// # Errors
/// When it cannot be written.
pub fn write(file: &Path, text: &str) -> Result<(), Refused> {
    fs::write(file, text).map_err(|why| captures::refused(file, &why))
}
