//! Files of the sandbox: what it begins with, and what it writes.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use sim_core::{Text, text};
use sim_tui::sandbox::{Save, Saved};
use sim_tui::state::State;
use sim_tui::update::sandbox;

use crate::lang;
use crate::open::{self, Refused};

/// Opens the sandbox: with a scenario, with a file that will be made, or with the list of templates.
///
/// # Errors
/// All that is wrong with the scenario.
pub fn open(state: &mut State, file: Option<&str>) -> Result<(), Refused> {
    let refused = |wrong: Text| Refused(vec![wrong]);
    match file {
        None => {
            sandbox::ask_start(state);
            Ok(())
        }
        // As an editor takes it: what ends so and is not there is a new file.
        Some(name) if name.ends_with(".ron") && is_free(Path::new(name)) && !is_shipped(name) => {
            sandbox::open_new(state, name).map_err(refused)
        }
        Some(name) => {
            let scenario = open::scenario(name, None, false)?;
            let own = Path::new(name).file_name().map_or(name, |own| own.to_str().unwrap_or(name));
            let file = if Path::new(name).exists() { name } else { own };
            sandbox::open_file(state, &scenario, file).map_err(refused)
        }
    }
}

fn is_free(path: &Path) -> bool {
    path.symlink_metadata().is_err_and(|why| why.kind() == ErrorKind::NotFound)
}

fn is_shipped(name: &str) -> bool {
    crate::shipped::find(name).is_ok()
}

/// Writes what the state wants written, and says what came of it.
pub fn fulfil(state: &mut State) {
    let Some(wanted) = state.wish.take() else { return };
    let came = match write(&wanted) {
        Ok(()) => Saved::Done,
        Err(why) if why.kind() == ErrorKind::AlreadyExists => Saved::Exists,
        Err(why) => {
            let (file, Text { en, zh }) = (&wanted.file, lang::why(&why));
            Saved::Failed(text!("{file}: cannot be written: {en}", "{file}：无法写入：{zh}"))
        }
    };
    sandbox::saved(state, &wanted, came);
}

/// Written whole or not at all: by a file beside it that takes its place.
fn write(wanted: &Save) -> io::Result<()> {
    let path = Path::new(&wanted.file);
    if path.is_dir() {
        return Err(ErrorKind::IsADirectory.into());
    }
    if !wanted.over {
        // Nobody else's file is written over, not even one that has come just now.
        let mut file = File::create_new(path)?;
        return file.write_all(wanted.text.as_bytes()).and_then(|()| file.sync_all());
    }
    let mut beside: PathBuf = path.into();
    beside.set_extension(format!("new-{}", std::process::id()));
    let written = File::create_new(&beside).and_then(|mut file| {
        file.write_all(wanted.text.as_bytes())?;
        file.sync_all()
    });
    let moved = written.and_then(|()| fs::rename(&beside, path));
    if moved.is_err() {
        // Nothing is left to be done where this fails as well.
        let _ = fs::remove_file(&beside);
    }
    moved
}
