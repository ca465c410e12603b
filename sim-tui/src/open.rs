//! Opening a scenario: from a name to a player at the start of its story.

use std::collections::BTreeMap;

use sim_core::reason;
use sim_core::scenario::{BadLine, LoadOptions, Scenario, load};
use sim_core::shell::Shell;
use sim_core::story::Player;
use sim_core::tcpdump::filter::Filter;
use sim_core::trace::Trace;

use crate::shipped::{Source, find};

/// Why a scenario cannot be opened: sentences for a person, each with its place.
#[derive(Debug)]
pub struct Refused(pub Vec<String>);

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
    let codes = reason::all_codes();
    let options = LoadOptions { seed, vary, codes: Some(&codes) };
    let mut shells: BTreeMap<String, Shell> = BTreeMap::new();
    let mut check = |node: &str, line: &str| {
        let shell = shells.entry(node.into()).or_default();
        check_line(shell, line)
    };
    load(&source.name, &source.text, &options, &mut check)
        .map_err(|errors| Refused(errors.iter().map(ToString::to_string).collect()))
}

/// Whether a line can be typed; a capture's filter is read too.
///
/// # Errors
/// What is wrong with it, and where.
pub fn check_line(shell: &mut Shell, line: &str) -> Result<(), BadLine> {
    let steps = shell.compile(line).map_err(|error| BadLine {
        at: error.at,
        message: error.message,
        help: error.help,
    })?;
    for step in steps {
        if let sim_core::command::Command::Tcpdump(command) = &step.command
            && let Err(error) = Filter::parse(&command.filter)
        {
            return Err(BadLine { at: step.span, message: error.message, help: error.help });
        }
    }
    Ok(())
}

/// Sets the machines of a scenario up.
///
/// # Errors
/// When a command of its setup fails.
pub fn player(scenario: Scenario, trace: &mut Trace) -> Result<Player, Refused> {
    Player::new(scenario, trace).map_err(|error| Refused(vec![error.to_string()]))
}
