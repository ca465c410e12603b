//! Why a line was refused: where, what the real tool says, what to do, and the exit status.

use std::ops::Range;

use super::suggest::nearest;
use super::word::Word;

/// A command that was refused when it was read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct CommandError {
    /// What is wrong: bytes of the line.
    pub at: Range<usize>,
    /// What is wrong, in the real tool's words where it has some.
    pub message: String,
    /// What to do about it: the nearest thing that is known, or all that is known. May be empty.
    pub help: String,
    /// The exit status that the real tool would leave.
    pub status: u8,
}

impl CommandError {
    /// The refusal of one word.
    pub(crate) fn new(at: &Range<usize>, status: u8, message: impl Into<String>) -> Self {
        Self { at: at.clone(), message: message.into(), help: String::new(), status }
    }

    /// The same with a word of help.
    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = help.into();
        self
    }

    /// The same with the nearest of the known words, and all of them.
    pub(crate) fn known(self, typed: &str, known: &[&str]) -> Self {
        let all = known.join(" ");
        match nearest(typed, known) {
            Some(word) => self.help(format!("did you mean {word}? known: {all}")),
            None => self.help(format!("known: {all}")),
        }
    }

    /// Something that the real tool has and this simulator does not.
    pub(crate) fn not_simulated(word: &Word, status: u8) -> Self {
        Self::new(&word.span, status, format!("not simulated: {}", word.text))
    }
}
