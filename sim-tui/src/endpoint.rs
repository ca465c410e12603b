//! Clients and servers on real sockets, for runs of a scenario on a real kernel.
//!
//! `curl`, `nc`, `serve` and `check` of a story are played by the simulator in virtual time and by this module in real time: the same
//! bytes in the same writes, from the same ports, with 30 ms between the steps. Real programs take their steps within
//! microseconds, and then two runs of the same kernel do not agree on the order of segments.
//!
//! A process of this kind thinks before each step, one step after the other: what arrives meanwhile is seen afterwards.

mod check;
mod clock;
mod curl;
mod http;
mod nc;
mod serve;
mod socket;

use clap::{Args, Subcommand};
use clock::Journal;
use std::io::{self, Read};
use std::path::PathBuf;
use std::process::ExitCode;

/// Play a client or a server of a story on real sockets (for `lvsim kernel`)
#[derive(Debug, Args)]
pub struct Endpoint {
    /// Wait for a byte or the end of standard input before the first step, so that loading the program takes no time
    #[arg(long)]
    gate: bool,
    /// Append to this file when we wait, are ready, have ended: a word and the time in nanoseconds since 1970
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
    #[command(subcommand)]
    role: Role,
}

#[derive(Debug, Subcommand)]
enum Role {
    Check(check::Check),
    Curl(curl::Curl),
    Nc(nc::Nc),
    Serve(serve::Serve),
}

/// What a client writes, or the body of what it writes.
#[derive(Debug, Args)]
struct Input {
    /// The text on standard input
    #[arg(long, value_name = "TEXT", conflicts_with = "input_zeros")]
    input: Option<String>,
    /// So many zero bytes on standard input
    #[arg(long, value_name = "N")]
    input_zeros: Option<usize>,
}

impl Input {
    fn bytes(&self) -> Vec<u8> {
        match (&self.input, self.input_zeros) {
            (Some(text), _) => text.clone().into_bytes(),
            (None, Some(count)) => vec![0; count],
            (None, None) => Vec::new(),
        }
    }
}

impl Endpoint {
    /// Play the role to its end; the status is that of the program that it stands for.
    pub fn run(self) -> ExitCode {
        let journal = Journal::new(self.journal);
        if self.gate {
            journal.note("waiting");
            // An error is an end of input as well: nobody holds the gate.
            let _ = io::stdin().read(&mut [0]);
        }
        match self.role {
            Role::Check(check) => check.run(&journal),
            Role::Curl(curl) => curl.run(&journal),
            Role::Nc(nc) => nc.run(&journal),
            Role::Serve(serve) => serve.run(&journal),
        }
    }
}
