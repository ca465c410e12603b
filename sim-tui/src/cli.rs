//! The command line: what can be asked of lvsim, and the exit codes.

mod refuse;
mod zh;

use std::num::NonZeroU16;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};
use sim_core::text;

#[cfg(target_os = "linux")]
use crate::kernel;
use crate::lang::{self, Lang, Unfit};
use crate::open::Refused;
use crate::out::complain;
use crate::suite::{self, Shard};
use crate::terminal::{self, OpenArgs, SandboxArgs};
use crate::{
    check, console, diagnose, diff, endpoint, explain, export, grade, import, lab, legend, lint,
    list, modes, overlay, record, run, schema, walk, why,
};

/// The columns of a help text; fewer on a narrower terminal.
const HELP_WIDTH: usize = 80;

/// How a run ended. The numbers are an interface: scripts and graders read them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// All expectations held.
    Ok,
    /// One did not, or a command failed.
    Failed,
    /// The question could not be understood: a wrong file, option or name.
    Wrong,
    /// As was asked for by `exit N` in a console.
    Status(u8),
}

impl Exit {
    /// The number.
    pub fn code(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Failed => 1,
            Self::Wrong => 2,
            Self::Status(status) => status,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// A packet-level simulator and teaching tool for LVS (Linux Virtual Server).
///
/// Without a command it opens on the screen; where there is no terminal it plays the default walkthrough.
#[derive(Debug, Parser)]
#[command(name = "lvsim", version)]
pub struct Cli {
    /// Language of what is told, en or zh; else by the locale.
    // It is looked up before, by `lang::choose`: here it is only checked and listed.
    #[arg(long = "lang", global = true, value_parser = lang::parse)]
    _lang: Option<Lang>,
    /// Without a command: numbered sentences instead of a screen.
    #[arg(long)]
    plain: bool,
    #[command(subcommand)]
    command: Option<Command>,
}

/// Text for people, or JSON lines for programs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Lines for people.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Play a scenario: every frame, every decision, every output.
    Run(RunArgs),
    Diff(diff::DiffArgs),
    Diagnose(diagnose::DiagnoseArgs),
    Check(check::CheckArgs),
    Modes(modes::ModesArgs),
    Why(why::WhyArgs),
    Overlay(overlay::OverlayArgs),
    /// Play many scenarios as a regression suite.
    ///
    /// Exit: 0 all expectations hold, 1 one does not, 2 a file is wrong.
    Test(TestArgs),
    /// Check scenarios without playing them.
    ///
    /// Exit: 0 nothing found, 1 something found, 2 a file is wrong.
    Lint(LintArgs),
    /// Tell a scenario as numbered sentences, with frames and reasons.
    Walk {
        /// A scenario file, or the name of a shipped one.
        #[arg(default_value = walk::DEFAULT)]
        scenario: String,
    },
    Open(OpenArgs),
    Sandbox(SandboxArgs),
    Record(record::RecordArgs),
    /// List the shipped scenarios.
    List,
    /// Explain the codes of reasons: the rule, why it matters, its cure.
    Explain(ExplainArgs),
    /// Print the JSON Schema of the lines of `--format json`.
    Schema,
    /// Type commands on a node, at a prompt or one line.
    ///
    /// What is typed moves virtual time on. Exit: the last command's status, 127 no such command,
    /// 2 not simulated or no such node.
    Console {
        /// A scenario file, or the name of a shipped one.
        scenario: String,
        /// The node.
        node: String,
        /// What to type, one line or several; without it there is a prompt.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        command: Vec<String>,
        /// Play the story first.
        #[arg(long)]
        after_story: bool,
    },
    /// Write a scenario for others: its lab, or its run as a picture or page.
    Export(export::Export),
    /// Make a scenario of dumps and configurations of real machines.
    ///
    /// What was guessed and what is not simulated is told on standard error.
    /// Exit: 0 written, 1 nothing usable in the folder, 2 it cannot be read.
    Import(import::Import),
    /// Course labs: list them, start one, have an answer marked.
    Lab(lab::LabArgs),
    /// Mark all answers that were handed in for a lab: points, and the first thing that does not hold.
    ///
    /// What cannot be read gets no points and a reason; it never stops the rest.
    /// Exit: 0 all are marked, 2 there is no such lab, or nothing to mark.
    Grade(grade::GradeArgs),
    /// Play scenarios on a real Linux kernel, and compare.
    #[cfg(target_os = "linux")]
    Kernel(kernel::Kernel),
    /// Play curl, nc, serve or check on real sockets (for `lvsim kernel`).
    ///
    /// The bytes and steps are those of the simulation.
    Endpoint(endpoint::Endpoint),
}

/// What `lvsim run` is asked.
#[derive(Debug, clap::Args)]
pub struct RunArgs {
    /// A scenario file, or the name of a shipped one.
    pub scenario: String,
    /// How the trace is printed.
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
    /// Write one capture for each cable interface: DIR/NODE-IFACE.pcap.
    ///
    /// Captures of an older run of lvsim are written anew, or named as left over. Files of others are never touched.
    #[arg(long, value_name = "DIR")]
    pub pcap: Option<PathBuf>,
    /// Capture `lo` and `tunl0` too.
    #[arg(long, requires = "pcap")]
    pub pcap_all: bool,
    /// Write one capture of all interfaces, with the decisions as comments.
    #[arg(long, value_name = "FILE")]
    pub pcapng: Option<PathBuf>,
    /// Change the scenario first: `HOST: COMMAND`, as `lvsim diff --with` does.
    ///
    /// May be given several times; `lvsim diff --help` says when it is typed.
    #[arg(long, value_name = "CHANGE")]
    pub with: Vec<String>,
    /// Another seed than the file's.
    #[arg(long, value_parser = seed)]
    pub seed: Option<u64>,
    /// Draw the parameters that the file varies.
    #[arg(long)]
    pub vary: bool,
    /// Stop at this virtual time, such as `2s`, `200ms` or `1s500ms`.
    ///
    /// How many expectations were not reached is told then.
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub until: Option<Duration>,
    /// When an expectation fails, also tell what heals it, as `lvsim diagnose` does.
    #[arg(long)]
    pub diagnose: bool,
    /// Print only what fails, and where --until left expectations.
    #[arg(short, long)]
    pub quiet: bool,
}

/// What `lvsim test` is asked.
#[derive(Debug, clap::Args)]
pub struct TestArgs {
    /// Scenario files, folders, or names of shipped ones; without any, all shipped scenarios.
    #[arg(value_name = "PATH")]
    pub paths: Vec<String>,
    /// How the results are printed.
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
    /// Write the results as JUnit XML too.
    #[arg(long, value_name = "FILE")]
    pub junit: Option<String>,
    /// Play only the Kth of N parts of the suite.
    #[arg(long, value_name = "K/N", value_parser = Shard::parse)]
    pub shard: Option<Shard>,
    /// How many to play at the same time; else as many as there are cores.
    #[arg(short, long, value_name = "N", value_parser = jobs)]
    pub jobs: Option<NonZeroU16>,
    /// Below each scenario that fails, also tell what heals it, as `lvsim diagnose` does.
    ///
    /// Each is played many times for that, some for seconds.
    #[arg(long)]
    pub diagnose: bool,
    /// Print only what fails, and the summary.
    #[arg(short, long)]
    pub quiet: bool,
}

/// What `lvsim lint` is asked.
#[derive(Debug, clap::Args)]
pub struct LintArgs {
    /// Scenario files, folders, or names of shipped ones.
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<String>,
    /// How the findings are printed.
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// What `lvsim explain` is asked.
#[derive(Debug, clap::Args)]
pub struct ExplainArgs {
    /// Codes such as `arp.reply.any-interface`; a family such as `arp.reply` is listed.
    #[arg(value_name = "CODE", required_unless_present = "all")]
    pub codes: Vec<String>,
    /// Explain all codes.
    #[arg(long, conflicts_with = "codes")]
    pub all: bool,
    /// How the explanations are printed.
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// Reads a seed.
pub fn seed(text: &str) -> Result<u64, Unfit> {
    let most = u64::MAX;
    text.parse()
        .map_err(|_| Unfit(text!("expected a whole number, 0 to {most}", "应为整数，0 到 {most}")))
}

/// Reads how many to do at the same time.
pub fn jobs(text: &str) -> Result<NonZeroU16, Unfit> {
    let most = u16::MAX;
    text.parse()
        .map_err(|_| Unfit(text!("expected a whole number, 1 to {most}", "应为整数，1 到 {most}")))
}

pub(crate) fn time(text: &str) -> Result<Duration, Unfit> {
    sim_core::scenario::parse_duration(text).map_err(|wrong| Unfit(wrong.text()))
}

/// Reads the command line and does what it asks.
pub fn main() -> ExitCode {
    let args: Vec<_> = std::env::args_os().collect();
    let lang = lang::choose(&args);
    let command = Cli::command()
        .max_term_width(HELP_WIDTH)
        .mut_subcommand("run", |run| run.after_long_help(legend::help(lang)));
    let command = match lang {
        Lang::En => command,
        Lang::Zh => zh::translated(command),
    };
    let args = lang::left_out_of_help(args);
    let read = command.try_get_matches_from(args).and_then(|found| Cli::from_arg_matches(&found));
    match (read, lang) {
        (Ok(cli), _) => cli.run(lang),
        (Err(error), Lang::En) => error.exit(),
        (Err(error), Lang::Zh) => refuse::in_chinese(&error),
    }
}

impl Cli {
    /// Does what was asked.
    fn run(self, lang: Lang) -> ExitCode {
        let done = match self.command {
            None => terminal::open(&OpenArgs::by_itself(self.plain), lang),
            Some(_) if self.plain => Err(Refused(vec![text!(
                "--plain stands by itself, or behind `lvsim open`: no other command has a screen",
                "--plain 单独使用，或写在 `lvsim open` 后面：别的命令没有屏幕"
            )])),
            Some(Command::Open(args)) => terminal::open(&args, lang),
            Some(Command::Sandbox(args)) => terminal::sandbox(args, lang),
            Some(Command::Record(args)) => record::run(&args, lang),
            Some(Command::Walk { scenario }) => walk::tell(&scenario, lang),
            Some(Command::Run(args)) => run::run(&args, lang),
            Some(Command::Diff(args)) => diff::run(&args, lang),
            Some(Command::Diagnose(args)) => diagnose::run(&args, lang),
            Some(Command::Check(args)) => check::run(&args, lang),
            Some(Command::Modes(args)) => modes::run(&args, lang),
            Some(Command::Why(args)) => why::run(&args, lang),
            Some(Command::Overlay(args)) => overlay::run(&args, lang),
            Some(Command::Test(args)) => suite::run(&args, lang),
            Some(Command::Lint(args)) => lint::run(&args, lang),
            Some(Command::List) => Ok(list::print(lang)),
            Some(Command::Explain(args)) => explain::run(&args, lang),
            Some(Command::Schema) => Ok(schema::print()),
            Some(Command::Console { scenario, node, command, after_story }) => {
                console::open(&scenario, &node, &command.join(" "), after_story, lang)
            }
            Some(Command::Export(args)) => export::run(&args, lang),
            Some(Command::Import(args)) => import::run(&args, lang),
            Some(Command::Lab(args)) => lab::run(&args, lang),
            Some(Command::Grade(args)) => grade::run(&args, lang),
            #[cfg(target_os = "linux")]
            Some(Command::Kernel(asked)) => kernel::run(&asked, lang),
            Some(Command::Endpoint(endpoint)) => return endpoint.run(),
        };
        match done {
            Ok(exit) => exit.into(),
            Err(Refused(sentences)) => {
                for sentence in sentences {
                    complain(sentence.of(lang));
                }
                Exit::Wrong.into()
            }
        }
    }
}
