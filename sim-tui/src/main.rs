//! lvsim: a packet-level simulator and teaching tool for LVS.

mod captures;
mod cli;
mod console;
mod endpoint;
mod json;
mod lang;
mod list;
mod open;
mod out;
mod plan;
mod render;
mod run;
mod shipped;
mod walk;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main()
}
