//! From a scenario's text to a scenario whose every line can be typed.

use std::collections::BTreeMap;

use super::names::Names;
use crate::command::Command;
use crate::reason;
use crate::scenario::{self, BadLine, LoadOptions, Scenario, ScenarioError, Typist};
use crate::shell::{self, Shell};
use crate::tcpdump::filter::Filter;

/// Reads a scenario with all that this simulator knows: each command line is read by the shell of
/// its node, what it names must be there, and the codes of reasons must exist. `name` is only said
/// in errors.
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
    scenario::load(name, text, &options, &mut checking())
}

/// What looks at the lines of a scenario in order: whether each can be typed, and what it names is there.
pub(crate) fn checking() -> impl FnMut(Typist<'_>, &str) -> Result<(), BadLine> {
    let mut hosts: BTreeMap<String, (Shell, Option<Names>)> = BTreeMap::new();
    move |Typist { node, nics }: Typist<'_>, line: &str| {
        let (shell, names) =
            hosts.entry(node.into()).or_insert_with(|| (Shell::default(), nics.map(Names::new)));
        let steps = compile(shell, line)?;
        names.as_mut().map_or(Ok(()), |names| names.check(line, &steps))
    }
}

/// Whether a line can be typed; a capture's filter is read too. What it names need not be there:
/// that is found out when it runs.
///
/// # Errors
/// What is wrong with it, and where.
pub fn check_line(shell: &mut Shell, line: &str) -> Result<(), BadLine> {
    compile(shell, line).map(drop)
}

fn compile(shell: &mut Shell, line: &str) -> Result<Vec<shell::Step>, BadLine> {
    let steps = shell.compile(line).map_err(|error| BadLine {
        at: error.at,
        message: error.message,
        help: error.help,
    })?;
    for step in &steps {
        if let Command::Tcpdump(command) = &step.command
            && let Err(error) = Filter::parse(&command.filter)
        {
            return Err(BadLine {
                at: step.span.clone(),
                message: error.message,
                help: error.help,
            });
        }
    }
    Ok(steps)
}
