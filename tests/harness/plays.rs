//! Each scenario played once, under the eyes of all checkers; all tests of the binary look at the
//! same plays.

use std::sync::OnceLock;

use sim_core::story::{Player, Progress, open};
use sim_core::trace::Trace;

use crate::checkers::{Breach, Watch};
use crate::files::{self, File};

/// A scenario that was played to its end.
#[derive(Debug)]
pub struct Play {
    /// The file.
    pub file: File,
    /// The player at the end.
    pub player: Player,
    /// All that happened.
    pub trace: Trace,
    /// The laws that were broken.
    pub breaches: Vec<Breach>,
}

/// A file that could not be played, and why.
#[derive(Clone, Debug)]
pub struct Unplayed {
    /// The file.
    pub name: String,
    /// Why, with its place.
    pub why: String,
}

/// A player at the start of a file's story.
///
/// # Errors
/// All that is wrong with the file.
pub fn start(file: &File) -> Result<(Player, Trace), Unplayed> {
    let refused = |why| Unplayed { name: file.name.clone(), why };
    let scenario = open(&file.name, &file.text, None, false).map_err(|errors| {
        let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
        refused(lines.join("\n"))
    })?;
    let mut trace = Trace::default();
    let player = Player::new(scenario, &mut trace).map_err(|error| refused(error.to_string()))?;
    Ok((player, trace))
}

fn play(file: &File) -> Result<Play, Unplayed> {
    let (mut player, mut trace) = start(file)?;
    let mut watch = Watch::default();
    watch.look(&player.world, &trace);
    while player.step(&mut trace) != Progress::Done {
        watch.look(&player.world, &trace);
    }
    Ok(Play { file: file.clone(), player, trace, breaches: watch.breaches })
}

static PLAYS: OnceLock<Vec<Result<Play, Unplayed>>> = OnceLock::new();

/// All scenarios, played or not.
pub fn all() -> &'static [Result<Play, Unplayed>] {
    PLAYS.get_or_init(|| files::scenarios().iter().map(play).collect())
}

/// The scenarios that could be played; the others fail the test of the scenarios.
pub fn played() -> impl Iterator<Item = &'static Play> {
    all().iter().filter_map(|play| play.as_ref().ok())
}
