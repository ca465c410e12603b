//! Many scenarios, one kernel: each is simulated, its plan is written, and what the kernel left is read.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sim_core::export::netns;
use sim_core::receipt::{Capture, Output, Recording};
use sim_core::scenario::{Kernel, Scenario};
use sim_core::{Text, text};

use super::boot::{self, Folder, Where};
use super::plan::Plan;
use super::simulate::simulate;
use super::{files, frames, needs};
use crate::captures;
use crate::open::{self, Refused};

/// A scenario that a kernel is asked about.
pub struct Asked {
    /// As it was named.
    pub name: String,
    /// The file that it was read from, as errors name it.
    pub file: String,
    /// What the simulation did.
    pub simulated: Recording,
    plan: Plan,
}

/// What a kernel did.
pub struct Played {
    /// Frames and outputs.
    pub recording: Recording,
    /// For each interface and frame whether it came in.
    pub inward: Vec<Vec<bool>>,
}

/// The folder that a run works in; a temporary one is taken away at the end.
pub struct Workplace {
    path: PathBuf,
    is_kept: bool,
}

impl Workplace {
    /// The folder to keep, or a temporary one.
    ///
    /// # Errors
    /// When it cannot be made, or something of somebody else is there.
    pub fn open(keep: Option<&Path>) -> Result<Self, Refused> {
        let is_kept = keep.is_some();
        let temporary =
            || std::env::temp_dir().join(format!("lvsim-kernel-{}", std::process::id()));
        let path = keep.map_or_else(temporary, Path::to_path_buf);
        fs::create_dir_all(&path).map_err(|why| captures::refused(&path, &why))?;
        let path = path.canonicalize().map_err(|why| captures::refused(&path, &why))?;
        let is_empty = fs::read_dir(&path).is_ok_and(|mut entries| entries.next().is_none());
        if !is_empty {
            let path = path.display();
            return Err(Refused(vec![text!(
                "{path}: is not empty: name a folder that is new",
                "{path}：不是空文件夹：请指定一个新文件夹"
            )]));
        }
        Ok(Self { path, is_kept })
    }
}

impl Workplace {
    /// The release of the kernel that has played here.
    pub fn release(&self) -> String {
        fs::read_to_string(self.path.join(files::RELEASE)).unwrap_or_default()
    }
}

impl Drop for Workplace {
    fn drop(&mut self) {
        if !self.is_kept {
            // A folder that stays is no harm.
            let _ = fs::remove_dir_all(&self.path);
        }
    }
}

/// Why a scenario is not asked about, as it says itself.
pub fn excused(scenario: &Scenario) -> Option<&Text> {
    match &scenario.kernel {
        Kernel::Yes => None,
        Kernel::No(reason) => Some(reason),
    }
}

/// Simulates the scenarios, plays them on a kernel and tells what came of each, in their order.
///
/// # Errors
/// When a file is wrong, something is not installed or the kernel ends too early.
pub fn ask(
    scenarios: Vec<(String, Scenario)>,
    place: Where,
    out: &Workplace,
    mut told: impl FnMut(&Asked, Result<Played, Text>),
) -> Result<(), Refused> {
    if scenarios.is_empty() {
        return Ok(());
    }
    if let Some(missing) = needs::missing(scenarios.iter().map(|(_, scenario)| scenario), place) {
        return Err(Refused(vec![missing]));
    }
    let (mut asked, mut folders) = (Vec::new(), Vec::new());
    for (number, (name, scenario)) in scenarios.into_iter().enumerate() {
        let (file, script) = (scenario.file.clone(), netns::script(&scenario));
        let simulated = simulate(scenario, &name)?;
        let (plan, simulated) = (simulated.plan, simulated.recording);
        let one = Asked { name, file, simulated, plan };
        folders.push(write(&out.path, number, &one, &script)?);
        asked.push(one);
    }
    let mut left = asked.iter();
    let played = boot::play(&out.path, &folders, place, |folder| {
        if let Some(asked) = left.next() {
            told(asked, read(&folder.path, asked));
        }
    });
    played.map_err(|error| Refused(vec![error.text()]))
}

/// Writes what the kernel is told.
fn write(out: &Path, number: usize, asked: &Asked, script: &str) -> Result<Folder, Refused> {
    let name = asked.name.trim_end_matches(".ron").replace(['/', ' '], "-");
    let path = out.join(format!("{number:04}-{}", name.trim_start_matches(['.', '-'])));
    let refused = |why: io::Error| captures::refused(&path, &why);
    fs::create_dir_all(&path).map_err(refused)?;
    let plan = serde_json::to_string_pretty(&asked.plan).expect("it is plain data");
    fs::write(path.join(files::PLAN), plan).map_err(refused)?;
    fs::write(path.join(files::SCRIPT), script).map_err(refused)?;
    let story = Duration::from_nanos(asked.plan.end_ns);
    Ok(Folder { path, story })
}

/// Reads what it left.
fn read(folder: &Path, asked: &Asked) -> Result<Played, Text> {
    if let Ok(error) = fs::read_to_string(folder.join(files::ERROR)) {
        let error = error.trim_end();
        return Err(text!("{error}", "{error}"));
    }
    let read = |name: &str| {
        let path = folder.join(name);
        fs::read(&path).map_err(|error| {
            let path = path.display();
            text!("{path}: {error}", "{path}：{error}")
        })
    };
    let bad = |name: &str, error: &dyn std::error::Error| {
        let path = folder.join(name);
        let path = path.display();
        text!("{path}: {error}", "{path}：{error}")
    };
    let outputs: Vec<Output> = serde_json::from_slice(&read(files::OUTPUTS)?)
        .map_err(|error| bad(files::OUTPUTS, &error))?;
    let (captures, inward): (Vec<Capture>, _) = frames::read(&asked.plan, &read(files::FRAMES)?)
        .map_err(|error| bad(files::FRAMES, &error))?;
    let pinned = asked.simulated.pinned.clone();
    Ok(Played { recording: Recording { captures, outputs, pinned, until_ns: None }, inward })
}

/// Opens the scenarios of these names.
///
/// # Errors
/// All that is wrong with them.
pub fn open_all(names: Vec<String>) -> Result<Vec<(String, Scenario)>, Refused> {
    let (mut opened, mut wrong) = (Vec::new(), Vec::new());
    for name in names {
        match open::scenario(&name, None, false) {
            Ok(scenario) => opened.push((name, scenario)),
            Err(Refused(why)) => wrong.extend(why),
        }
    }
    if wrong.is_empty() { Ok(opened) } else { Err(Refused(wrong)) }
}
