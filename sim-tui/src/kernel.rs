//! `lvsim kernel`: a scenario on a real Linux kernel with real IPVS, and its comparison with the simulation.
//!
//! The simulation goes first ([`simulate`]) and makes the plan; a user-mode Linux ([`boot`]) builds the lab by its
//! script, plays the plan ([`guest`], our own program as process 1) and leaves captures and outputs in a folder.

mod batch;
mod boot;
mod check;
mod compare;
mod files;
mod frames;
mod fuzz;
mod guest;
mod needs;
mod plan;
mod record;
mod run;
mod simulate;

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::cli::Exit;
use crate::lang::Lang;
use crate::open::Refused;
use crate::suite::Shard;
use boot::Where;

/// What `lvsim kernel` is asked.
#[derive(Debug, Args)]
pub struct Kernel {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Play a scenario on a real kernel: every frame and every output.
    Run(RunArgs),
    /// Compare the simulation with a real kernel, frame by frame.
    ///
    /// All frames of every interface in their order and at their times, and the outputs of all commands; what may
    /// differ, and by how much, is listed with its reason in sim-core/src/receipt/masks.rs. Exit: 0 all equal,
    /// 1 one differs, 2 a file is wrong or cannot be played.
    Compare(CompareArgs),
    /// Keep what a real kernel does beside the scenario, as FILE.receipt.
    ///
    /// A receipt that says the same stays as it is. Exit: 0 all recorded, 2 a file is wrong or cannot be played;
    /// with --check: 0 all are as they were, 1 one differs or has no receipt, 2 as above.
    Record(RecordArgs),
    /// Draw random labs, and compare them with a real kernel.
    ///
    /// A lab that differs is asked about once more, made as small as it goes, and kept as random-SEED.ron. Exit: 0 all equal, 1 one differs.
    Fuzz(FuzzArgs),
    /// Be process 1 of the kernel.
    #[command(hide = true)]
    Guest,
}

/// What `lvsim kernel run` is asked.
#[derive(Debug, Args)]
pub struct RunArgs {
    /// A scenario file, or the name of a shipped one.
    pub scenario: String,
    /// Leave the script of the lab, the captures and the outputs in this folder.
    #[arg(long, value_name = "DIR")]
    pub keep: Option<PathBuf>,
    /// On this machine's own kernel, which needs root and IPVS.
    #[arg(long)]
    pub netns: bool,
}

/// What `lvsim kernel compare` is asked.
#[derive(Debug, Args)]
pub struct CompareArgs {
    /// Scenario files, folders, or names of shipped ones; without any, all shipped scenarios.
    #[arg(value_name = "PATH")]
    pub paths: Vec<String>,
    /// Write the results as JUnit XML too.
    #[arg(long, value_name = "FILE")]
    pub junit: Option<String>,
    /// Play only the Kth of N parts of the suite.
    #[arg(long, value_name = "K/N", value_parser = Shard::parse)]
    pub shard: Option<Shard>,
    /// Leave the scripts of the labs, the captures and the outputs in this folder.
    #[arg(long, value_name = "DIR")]
    pub keep: Option<PathBuf>,
    /// On this machine's own kernel, which needs root and IPVS.
    #[arg(long)]
    pub netns: bool,
}

/// What `lvsim kernel record` is asked.
#[derive(Debug, Args)]
pub struct RecordArgs {
    /// Scenario files or folders.
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<String>,
    /// Write nothing: tell whether the kernel still does what the receipts say.
    #[arg(long)]
    pub check: bool,
    /// On this machine's own kernel, which needs root and IPVS.
    #[arg(long)]
    pub netns: bool,
}

/// What `lvsim kernel fuzz` is asked.
#[derive(Debug, Args)]
pub struct FuzzArgs {
    /// The first seed; to go on where a run was stopped, the one behind the last that was told.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// How many seeds.
    #[arg(long, default_value_t = 20)]
    pub count: u32,
    /// Keep scenarios that differ in this folder, else in the current one; with --list all of them, if it is given.
    #[arg(long, value_name = "DIR")]
    pub keep: Option<PathBuf>,
    /// Keep them as they were drawn, however large.
    #[arg(long)]
    pub whole: bool,
    /// Only tell what would be asked; no kernel is needed.
    #[arg(long)]
    pub list: bool,
    /// On this machine's own kernel, which needs root and IPVS.
    #[arg(long)]
    pub netns: bool,
}

/// Which kernel is asked.
fn place(netns: bool) -> Where {
    if netns { Where::Here } else { Where::Uml }
}

/// Does what is asked.
///
/// # Errors
/// When a file is wrong or the kernel cannot be asked.
pub fn run(asked: &Kernel, lang: Lang) -> Result<Exit, Refused> {
    match &asked.command {
        Command::Run(args) => run::run(args, lang),
        Command::Compare(args) => compare::run(args, lang),
        Command::Record(args) => record::run(args, lang),
        Command::Fuzz(args) => fuzz::run(args, lang),
        Command::Guest => Ok(guest::main()),
    }
}
