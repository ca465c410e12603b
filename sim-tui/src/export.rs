//! `lvsim export`: the lab of a scenario for a real machine.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use sim_core::export::{containers, netns};
use sim_core::text;

use crate::captures;
use crate::cli::Exit;
use crate::open::{self, Refused};
use crate::out::show;

/// What `lvsim export` is asked.
#[derive(Debug, Args)]
pub struct Export {
    #[command(flatten)]
    kind: Kind,
    /// A scenario file, or the name of a shipped one.
    scenario: String,
    /// Write it there; what is there already is not touched.
    #[arg(long, value_name = "PATH")]
    to: Option<PathBuf>,
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
}

/// Writes the lab.
///
/// # Errors
/// When the scenario is wrong, or something is there already or cannot be written.
pub fn run(args: &Export) -> Result<Exit, Refused> {
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
        Kind { .. } => netns::script(&scenario),
    };
    match &args.to {
        None => {
            show(&text);
        }
        Some(file) => {
            new(file)?;
            write(file, &text)?;
        }
    }
    Ok(Exit::Ok)
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

fn write(file: &Path, text: &str) -> Result<(), Refused> {
    fs::write(file, text).map_err(|why| captures::refused(file, &why))
}
