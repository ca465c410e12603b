//! `exit [N]`: the end of the shell, or of the line of a story, and its status.

use std::fmt;

use super::error::CommandError;
use super::word::Word;
use crate::text;

/// The end of a shell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exit {
    /// Its status; without one, that of the command before.
    pub status: Option<u8>,
}

impl Exit {
    pub(super) fn parse(words: &[Word]) -> Result<Self, CommandError> {
        let help = text!(
            "exit stands alone or before a number from 0 to 255",
            "exit 单独写，或后跟 0 到 255 的数",
        );
        let refuse =
            |word: &Word, message: String| CommandError::tool(&word.span, 2, message).help(help);
        match &words[1..] {
            [] => Ok(Self { status: None }),
            [number] => match number.text.trim().parse::<i64>() {
                // As in bash, what is left of it is its lowest byte.
                Ok(status) => Ok(Self { status: Some(status as u8) }),
                Err(_) => {
                    let text = &number.text;
                    Err(refuse(number, format!("bash: exit: {text}: numeric argument required")))
                }
            },
            [_, extra, ..] => {
                let error = refuse(extra, "bash: exit: too many arguments".into());
                Err(CommandError { status: 1, ..error })
            }
        }
    }
}

impl fmt::Display for Exit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.status {
            Some(status) => write!(f, "exit {status}"),
            None => f.write_str("exit"),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::command::testing::{prints, refuses};

    #[test]
    fn reads_and_prints() {
        #[rustfmt::skip]
        prints(&[
            ("exit", "exit"), ("exit 3", "exit 3"), ("exit 256", "exit 0"), ("exit -1", "exit 255"),
        ]);
    }

    #[test]
    fn refuses_in_bashs_words() {
        #[rustfmt::skip]
        refuses(&[
            ("exit x", "x", 2, "bash: exit: x: numeric argument required"),
            ("exit 99999999999999999999", "99999999999999999999", 2, "bash: exit: 99999999999999999999: numeric argument required"),
            ("exit 1 2", "2", 1, "bash: exit: too many arguments"),
        ]);
    }
}
