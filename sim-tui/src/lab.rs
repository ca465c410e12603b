//! `lvsim lab`: course labs on the command line. What an answer is, and how it is marked, is in `sim_core::lab`.

pub mod find;
pub mod json;
mod list;
pub mod paper;
mod start;
mod told;

use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{fs, thread};

use clap::{Args, Subcommand};
use sim_core::lab::{self, Lab, Marked, lint};
use sim_core::scenario::ScenarioError;
use sim_core::{Text, text};

use self::find::{needed, of_answer};
use crate::cli::{Exit, Format};
use crate::lang::{self, Lang};
use crate::open::Refused;
use crate::out::{complain, say};
use crate::{captures, export};

/// What `lvsim lab` is asked.
#[derive(Debug, Args)]
pub struct LabArgs {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List the labs by chapter: level, minutes, and the points that were won.
    List {
        /// Look for answer files there; else in the current folder.
        #[arg(long = "in", value_name = "DIR")]
        folder: Option<PathBuf>,
    },
    /// Start a lab: write the answer file, tell symptom, network and what to do next.
    ///
    /// A file that is there already is not touched.
    /// Exit: 0 written, 2 no such lab, or the file is there.
    Start {
        /// The lab's name, or its folder.
        #[arg(value_name = "LAB")]
        lab_name: String,
        /// Write the answer file there; else as NAME.txt in the current folder.
        #[arg(long, value_name = "FILE")]
        to: Option<PathBuf>,
    },
    /// Mark an answer: points for each task, and the first thing that does not hold.
    ///
    /// Exit: 0 every task is done, 1 one is not, 2 it cannot be read.
    Check(CheckArgs),
    /// Tell the next hint, and note it in the answer file: hints cost points.
    Hint(Paper),
    /// Take the last command of an answer file back; it costs nothing.
    Undo {
        /// The answer file.
        #[arg(value_name = "FILE")]
        answer_file: PathBuf,
    },
    /// Begin anew: remove commands and predictions from an answer file.
    ///
    /// Hints that were taken stay. It asks before; without a terminal --yes is needed.
    Reset {
        /// The answer file.
        #[arg(value_name = "FILE")]
        answer_file: PathBuf,
        /// Do not ask.
        #[arg(long)]
        yes: bool,
    },
    /// Print the solution of a lab.
    Solution {
        /// The lab's name, or its folder.
        #[arg(value_name = "LAB")]
        lab_name: String,
    },
    /// Hand an answer in: look whether it can be read, and copy it, named by student and lab.
    ///
    /// Exit: 0 handed in, 2 it cannot be read, or names no student.
    Submit {
        #[command(flatten)]
        paper: Paper,
        /// The folder that takes the answers.
        #[arg(long, value_name = "DIR")]
        to: PathBuf,
    },
    /// Look whether labs keep their word: not done at the start, solved by the solution, mistakes known.
    ///
    /// Exit: 0 nothing found, 1 something found, 2 a file is wrong.
    Lint {
        /// Names of labs, or their folders; without any, all shipped ones.
        #[arg(value_name = "LAB")]
        labs: Vec<String>,
    },
}

// An answer file, and where its lab is. (A doc comment would become the help of each command that takes it.)
#[derive(Debug, Args)]
struct Paper {
    /// The answer file.
    #[arg(value_name = "FILE")]
    answer_file: PathBuf,
    /// The lab's folder; else a shipped lab, or a folder beside the answer.
    #[arg(long = "lab", value_name = "DIR")]
    lab_folder: Option<PathBuf>,
}

#[derive(Debug, Args)]
struct CheckArgs {
    /// An answer file, or the name of a lab: NAME.txt in the current folder.
    #[arg(value_name = "ANSWER")]
    answer: String,
    /// The lab's folder; else a shipped lab, or a folder beside the answer.
    #[arg(long = "lab", value_name = "DIR")]
    lab_folder: Option<PathBuf>,
    /// Mark again whenever the file is saved, until Ctrl-C.
    #[arg(long)]
    watch: bool,
    /// How the marks are printed.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Does what is asked.
///
/// # Errors
/// When a lab or an answer cannot be read or written.
pub fn run(args: &LabArgs, lang: Lang) -> Result<Exit, Refused> {
    match &args.command {
        Command::List { folder } => list::print(folder.as_deref().unwrap_or(Path::new(".")), lang),
        Command::Start { lab_name, to } => start::run(lab_name, to.as_deref(), lang),
        Command::Check(args) => check(args, lang),
        Command::Hint(paper) => hint(paper, lang),
        Command::Undo { answer_file } => undo(answer_file, lang),
        Command::Reset { answer_file, yes } => reset(answer_file, *yes, lang),
        Command::Solution { lab_name } => {
            let (_, files) = find::files(lab_name)?;
            find::read(lab_name)?;
            let text = files.iter().find(|(name, _)| name == "solution.txt");
            text.into_iter().flat_map(|(_, text)| text.lines()).all(say);
            Ok(Exit::Ok)
        }
        Command::Submit { paper, to } => submit(paper, to, lang),
        Command::Lint { labs } => look(labs, lang),
    }
}

/// What is wrong with a file, as sentences.
pub fn refused(errors: Vec<ScenarioError>) -> Refused {
    Refused(errors.iter().map(ScenarioError::text).collect())
}

/// How long a watched file is left alone.
const HALF_A_SECOND: Duration = Duration::from_millis(500);

fn check(args: &CheckArgs, lang: Lang) -> Result<Exit, Refused> {
    let file = paper::file(&args.answer)?;
    let folder = args.lab_folder.as_deref();
    if !args.watch {
        let (lab, marks) = marks(&file, folder)?;
        return Ok(print(&lab, &marks, &file, args.format, lang));
    }
    let mut last = None;
    loop {
        let bytes = paper::bytes(&file)?;
        if last.as_ref() != Some(&bytes) {
            // An editor may save what is half done: what is wrong is told, and the next look comes.
            match marks(&file, folder) {
                Ok((lab, marks)) => drop(print(&lab, &marks, &file, args.format, lang)),
                Err(Refused(sentences)) => {
                    sentences.iter().for_each(|said| complain(said.of(lang)))
                }
            }
            if !say("") {
                return Ok(Exit::Ok);
            }
            last = Some(bytes);
        }
        thread::sleep(HALF_A_SECOND);
    }
}

/// The marks of an answer file.
fn marks(file: &Path, folder: Option<&Path>) -> Result<(Lab, Marked), Refused> {
    let answer = paper::read(file)?;
    let lab = of_answer(&answer, file, folder)?;
    let marks = lab::mark(&lab, &answer).map_err(refused)?;
    Ok((lab, marks))
}

fn print(lab: &Lab, marks: &Marked, file: &Path, format: Format, lang: Lang) -> Exit {
    let lines = match format {
        Format::Text => told::lines(lab, marks, file, lang),
        Format::Json => json::lines(marks, lang),
    };
    // A closed pipe ends the printing; the verdict stays.
    let _ = lines.iter().all(|line| say(line));
    match marks.tasks.iter().all(|task| task.got == task.possible) {
        true => Exit::Ok,
        false => Exit::Failed,
    }
}

fn hint(paper: &Paper, lang: Lang) -> Result<Exit, Refused> {
    let file = &paper.answer_file;
    let answer = paper::read(file)?;
    let lab = of_answer(&answer, file, paper.lab_folder.as_deref())?;
    let taken = answer.hints();
    let Some(next) = (1..=lab.hints.len()).find(|number| !taken.contains(number)) else {
        say(lang.pick("there is no further hint", "没有更多的提示了"));
        return Ok(Exit::Failed);
    };
    paper::write(file, &paper::with_hint(&paper::text(file)?, next))?;
    let hint = &lab.hints[next - 1];
    let (many, price) = (lab.hints.len(), hint.price);
    let head = text!("hint {next} of {many}, price {price}", "提示 {next}/{many}，扣 {price} 分");
    let _ = say(head.of(lang)) && say(&format!("  {}", hint.text.of(lang)));
    Ok(Exit::Ok)
}

fn undo(file: &Path, lang: Lang) -> Result<Exit, Refused> {
    paper::read(file)?;
    let Some((rest, taken)) = paper::without_last(&paper::text(file)?) else {
        say(lang.pick("there is no command to take back", "没有可以取回的命令"));
        return Ok(Exit::Failed);
    };
    paper::write(file, &rest)?;
    say(&format!("{}{taken}", lang.pick("taken back: ", "已取回：")));
    Ok(Exit::Ok)
}

fn reset(file: &Path, yes: bool, lang: Lang) -> Result<Exit, Refused> {
    let text = paper::text(file)?;
    let (rest, gone) = paper::emptied(&text);
    let shown = file.display();
    let asked = text!("{shown}: remove {gone} lines? [y/N] ", "{shown}：删去 {gone} 行？[y/N] ");
    if !yes && !paper::agreed(asked.of(lang))? {
        return Ok(Exit::Failed);
    }
    paper::write(file, &rest)?;
    say(text!("{shown}: {gone} lines removed", "{shown}：已删去 {gone} 行").of(lang));
    Ok(Exit::Ok)
}

fn submit(paper: &Paper, to: &Path, lang: Lang) -> Result<Exit, Refused> {
    let file = &paper.answer_file;
    let answer = paper::read(file)?;
    let lab = of_answer(&answer, file, paper.lab_folder.as_deref())?;
    let unfit = lab.unfit(&answer);
    if !unfit.is_empty() {
        return Err(refused(unfit));
    }
    let Some(student) = &answer.student else {
        let file = file.display();
        return Err(Refused(vec![text!(
            "{file}: no student\n   add a line: student NAME",
            "{file}：没有写学生\n   加上一行：student 名字"
        )]));
    };
    let own = to.join(paper::handed_in(student, &lab.id));
    fs::create_dir_all(to).map_err(|why| captures::refused(to, &why))?;
    export::new(&own)?;
    fs::write(&own, paper::text(file)?).map_err(|why| captures::refused(&own, &why))?;
    let own = own.display();
    say(text!("handed in: {own}", "已交：{own}").of(lang));
    Ok(Exit::Ok)
}

/// Lints labs: what is wrong first, then what was found, and how many there were.
fn look(names: &[String], lang: Lang) -> Result<Exit, Refused> {
    let all = find::all(names);
    let (mut wrong, mut found): (Vec<Text>, Vec<Text>) = (Vec::new(), Vec::new());
    for name in &all {
        match find::read(name) {
            Ok(lab) => {
                found.extend(lint(&lab).iter().map(|own| own.error.text()));
                found.extend(needed(&lab, &all));
            }
            Err(Refused(sentences)) => wrong.extend(sentences),
        }
    }
    let (labs, errors, findings) = (all.len(), wrong.len(), found.len());
    let summary = text!(
        "== labs: {labs}, errors: {errors}, findings: {findings}",
        "== 练习 {labs} 个，错误 {errors} 处，发现 {findings} 处"
    );
    let _ = wrong.iter().chain(&found).chain([&summary]).all(|text| say(text.of(lang)));
    Ok(match (errors, findings) {
        (0, 0) => Exit::Ok,
        (0, _) => Exit::Failed,
        _ => Exit::Wrong,
    })
}

/// Why a file cannot be read.
fn unreadable(path: &Path, why: &std::io::Error) -> Refused {
    let (path, Text { en, zh }) = (path.display(), lang::why(why));
    Refused(vec![text!("{path}: cannot be read: {en}", "{path}：无法读取：{zh}")])
}
