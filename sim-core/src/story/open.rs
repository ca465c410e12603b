//! From a scenario's text to a scenario whose every line can be typed.

use std::collections::BTreeMap;

use crate::command::Command;
use crate::reason;
use crate::scenario::{BadLine, LoadOptions, Scenario, ScenarioError, load};
use crate::shell::Shell;
use crate::tcpdump::filter::Filter;

/// Reads a scenario with all that this simulator knows: each command line is read by the shell of
/// its node, and the codes of reasons must exist. `name` is only said in errors.
///
/// # Errors All that is wrong with it, in the order of the file.
pub fn open(
    name: &str,
    text: &str,
    seed: Option<u64>,
    vary: bool,
) -> Result<Scenario, Vec<ScenarioError>> {
    let codes = reason::all_codes();
    let options = LoadOptions { seed, vary, codes: Some(&codes) };
    let mut shells: BTreeMap<String, Shell> = BTreeMap::new();
    let mut check = |node: &str, line: &str| {
        let shell = shells.entry(node.into()).or_default();
        check_line(shell, line)
    };
    load(name, text, &options, &mut check)
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
        if let Command::Tcpdump(command) = &step.command
            && let Err(error) = Filter::parse(&command.filter)
        {
            return Err(BadLine { at: step.span, message: error.message, help: error.help });
        }
    }
    Ok(())
}
