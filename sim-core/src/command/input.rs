//! What comes down a pipe into `nc`, `curl`, `ipvsadm` or `iptables-restore`.

use std::fmt;

use super::echo::Echo;
use super::iptables::Save;

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
    /// `ipvsadm -S |`, which only `ipvsadm` reads: what it is, is known when it runs.
    Saved {
        /// `-n`: numbers in place of names.
        numeric: bool,
    },
    /// `iptables-save |`, which only `iptables-restore` reads.
    Tables(Save),
}

impl Input {
    /// Whether it has no bytes.
    pub fn is_empty(&self) -> bool {
        match self {
            Self::None => true,
            Self::Text(echo) => echo.bytes().is_empty(),
            Self::Zeros(count) => *count == 0,
            Self::Saved { .. } | Self::Tables(_) => false,
        }
    }
}

impl fmt::Display for Input {
    /// As it stands before the command that reads it, the `|` included.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => Ok(()),
            Self::Text(echo) => write!(f, "{echo} | "),
            Self::Zeros(count) => write!(f, "head -c {count} /dev/zero | "),
            Self::Saved { numeric: false } => f.write_str("ipvsadm -S | "),
            Self::Saved { numeric: true } => f.write_str("ipvsadm -S -n | "),
            Self::Tables(save) => write!(f, "{save} | "),
        }
    }
}
