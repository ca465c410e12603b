//! Opening a scenario: from a name to a player at the start of its story.

use sim_core::Text;
use sim_core::scenario::{Scenario, ScenarioError};
use sim_core::story::{self, Player};
use sim_core::trace::Trace;

use crate::shipped::{Source, find};

/// Why a scenario cannot be opened: sentences for a person, each with its place.
#[derive(Debug)]
pub struct Refused(pub Vec<Text>);

/// Reads a scenario by name.
///
/// # Errors
/// All that is wrong with it.
pub fn scenario(name: &str, seed: Option<u64>, vary: bool) -> Result<Scenario, Refused> {
    let source = find(name).map_err(|why| Refused(vec![why]))?;
    parse(&source, seed, vary)
}

/// Reads a scenario's text.
///
/// # Errors
/// All that is wrong with it.
pub fn parse(source: &Source, seed: Option<u64>, vary: bool) -> Result<Scenario, Refused> {
    story::open(&source.name, &source.text, seed, vary)
        .map_err(|errors| Refused(errors.iter().map(ScenarioError::text).collect()))
}

/// Sets the machines of a scenario up.
///
/// # Errors
/// When a command of its setup fails.
pub fn player(scenario: Scenario, trace: &mut Trace) -> Result<Player, Refused> {
    Player::new(scenario, trace).map_err(|error| Refused(vec![error.text()]))
}
