//! What comes down a pipe into `nc` or `curl`.

use std::fmt;

use super::echo::Echo;

/// The standard input of a command.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Input {
    /// Nothing: it ends at once.
    #[default]
    None,
    /// `echo TEXT |`.
    Text(Echo),
    /// `head -c N /dev/zero |`.
    Zeros(u64),
}

impl Input {
    /// How many bytes it is.
    pub fn len(&self) -> u64 {
        match self {
            Self::None => 0,
            Self::Text(echo) => u64::try_from(echo.bytes().len()).unwrap_or(u64::MAX),
            Self::Zeros(count) => *count,
        }
    }

    /// Whether it has no bytes.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl fmt::Display for Input {
    /// As it stands before the command that reads it, the `|` included.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => Ok(()),
            Self::Text(echo) => write!(f, "{echo} | "),
            Self::Zeros(count) => write!(f, "head -c {count} /dev/zero | "),
        }
    }
}
