//! The words that the console's editor offers when Tab is pressed.

use rustyline::completion::Completer;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::validate::Validator;
use rustyline::{Context, Helper, Result};
use sim_core::command::complete::{Around, complete};

/// What the editor asks. It knows what the world had when the prompt was shown.
#[derive(Default)]
pub struct Words {
    /// What can be named.
    pub around: Around,
}

impl Completer for Words {
    type Candidate = String;

    fn complete(&self, line: &str, at: usize, _: &Context<'_>) -> Result<(usize, Vec<String>)> {
        Ok(complete(line.get(..at).unwrap_or_default(), &self.around))
    }
}

impl Hinter for Words {
    type Hint = String;
}

impl Highlighter for Words {}
impl Validator for Words {}
impl Helper for Words {}
