//! lvsim: a packet-level simulator and teaching tool for LVS.

mod endpoint;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// A packet-level simulator and teaching tool for LVS.
#[derive(Debug, Parser)]
#[command(name = "lvsim", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Endpoint(endpoint::Endpoint),
}

fn main() -> ExitCode {
    match Cli::parse().command {
        Command::Endpoint(endpoint) => endpoint.run(),
    }
}
