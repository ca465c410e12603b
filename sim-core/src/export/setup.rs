//! What the exports have in common: which lines of a host's setup a real machine types, and which start
//! programs of ours.

use crate::command::Command;
use crate::scenario::Node;
use crate::shell::Shell;

/// A host's setup.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Setup {
    /// What is typed, line by line.
    pub typed: Vec<String>,
    /// What programs of ours are started: `serve http 80 --name rs1`.
    pub programs: Vec<String>,
}

impl Setup {
    /// The setup of a node; a switch has none.
    pub fn of(node: &Node) -> Self {
        let mut shell = Shell::default();
        let mut setup = Self::default();
        for line in node.script() {
            let steps = shell.compile(&line.value).expect("the loader has checked the line");
            let is_ours =
                |command: &Command| matches!(command, Command::Serve(_) | Command::Check(_));
            let ours = steps.into_iter().filter(|step| is_ours(&step.command));
            let ours: Vec<String> = ours.map(|step| step.text).collect();
            match ours.is_empty() {
                true => setup.typed.push(line.value),
                false => setup.programs.extend(ours),
            }
        }
        setup
    }
}
