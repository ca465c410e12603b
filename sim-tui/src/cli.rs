//! The command line: what can be asked of lvsim, and the exit codes.

mod refuse;
mod zh;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};

use crate::lang::{self, Lang, Unfit};
use crate::open::Refused;
use crate::out::complain;
use crate::{console, endpoint, list, plan, run, walk};

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
/// Without a command it plays the default walkthrough.
#[derive(Debug, Parser)]
#[command(name = "lvsim", version)]
pub struct Cli {
    /// Language of what is told, en or zh; else by the locale.
    // It is looked up before, by `lang::choose`: here it is only checked and listed.
    #[arg(long = "lang", global = true, value_parser = lang::parse)]
    _lang: Option<Lang>,
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
    /// Play a scenario: every frame, every decision, every output. Exit: 0 all expectations hold, 1 one does not, 2 the file is wrong.
    Run(RunArgs),
    /// Tell a scenario as numbered sentences with the frames and the reasons that matter.
    Walk {
        /// A scenario file, or the name of a shipped one.
        #[arg(default_value = walk::DEFAULT)]
        scenario: String,
    },
    /// List the shipped scenarios.
    List,
    /// Type commands on a node, at a prompt or one line; what is typed moves virtual time on.
    Console {
        /// A scenario file, or the name of a shipped one.
        scenario: String,
        /// The node.
        node: String,
        /// One line to type; without it there is a prompt.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        command: Vec<String>,
        /// Play the story first.
        #[arg(long)]
        after_story: bool,
    },
    /// Write what a run on a real kernel needs, and what the simulation did: DIR/plan.json, captures and outputs.
    Plan {
        /// A scenario file, or the name of a shipped one.
        scenario: String,
        /// The folder.
        dir: PathBuf,
    },
    /// Play curl, nc or serve on real sockets, with the bytes and steps of the simulation.
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
    #[arg(long, value_name = "DIR")]
    pub pcap: Option<PathBuf>,
    /// Capture `lo` and `tunl0` too.
    #[arg(long, requires = "pcap")]
    pub pcap_all: bool,
    /// Another seed than the file's.
    #[arg(long)]
    pub seed: Option<u64>,
    /// Draw the parameters that the file varies.
    #[arg(long)]
    pub vary: bool,
    /// Stop at this virtual time, such as `2s`, `200ms` or `1s500ms`.
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub until: Option<Duration>,
    /// Print only what fails.
    #[arg(short, long)]
    pub quiet: bool,
}

fn time(text: &str) -> Result<Duration, Unfit> {
    sim_core::scenario::parse_duration(text).map_err(|wrong| Unfit(wrong.text()))
}

/// Reads the command line and does what it asks.
pub fn main() -> ExitCode {
    let args: Vec<_> = std::env::args_os().collect();
    let lang = lang::choose(&args);
    let command = match lang {
        Lang::En => Cli::command(),
        Lang::Zh => zh::translated(Cli::command()),
    };
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
            None => walk::tell(walk::DEFAULT, lang),
            Some(Command::Walk { scenario }) => walk::tell(&scenario, lang),
            Some(Command::Run(args)) => run::run(&args, lang),
            Some(Command::List) => Ok(list::print(lang)),
            Some(Command::Console { scenario, node, command, after_story }) => {
                console::open(&scenario, &node, &command.join(" "), after_story, lang)
            }
            Some(Command::Plan { scenario, dir }) => plan::write(&scenario, &dir, lang),
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
