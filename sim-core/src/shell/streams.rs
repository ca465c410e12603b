//! Where a command's output goes: its two streams lead to those of the shell, or nowhere.

use crate::event::Stream;

/// Where one stream leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lead {
    /// To the shell's standard output.
    Stdout,
    /// To the shell's standard error.
    Stderr,
    /// To `/dev/null`.
    Nowhere,
}

/// Where both lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Streams {
    /// Standard output.
    pub stdout: Lead,
    /// Standard error.
    pub stderr: Lead,
}

impl Default for Streams {
    fn default() -> Self {
        Self { stdout: Lead::Stdout, stderr: Lead::Stderr }
    }
}

impl Streams {
    /// On which of the shell's streams that comes out; none if it is thrown away.
    pub fn lead(self, stream: Stream) -> Option<Stream> {
        let lead = match stream {
            Stream::Out => self.stdout,
            Stream::Err => self.stderr,
        };
        match lead {
            Lead::Stdout => Some(Stream::Out),
            Lead::Stderr => Some(Stream::Err),
            Lead::Nowhere => None,
        }
    }
}
