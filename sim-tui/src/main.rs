//! lvsim: a packet-level simulator and teaching tool for LVS.

mod annotated;
mod captures;
mod check;
mod cli;
mod console;
mod diagnose;
mod diff;
mod endpoint;
mod explain;
mod export;
mod failed;
mod grade;
mod hint;
mod import;
mod json;
mod junit;
#[cfg(target_os = "linux")]
mod kernel;
mod lab;
mod lang;
mod legend;
mod lint;
mod list;
mod modes;
mod open;
mod out;
mod overlay;
mod paths;
mod record;
mod render;
mod run;
mod schema;
mod share;
mod shipped;
mod suite;
mod terminal;
mod walk;
mod why;
mod width;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main()
}
