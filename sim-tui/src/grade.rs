//! `lvsim grade`: all answers that were handed in for a lab, marked. The same answers get the same marks everywhere, in the same order.

mod print;

use std::fs;
use std::num::NonZeroU16;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use sim_core::lab::{Answer, Lab, Marked, Marker};
use sim_core::scenario::ScenarioError;
use sim_core::{Text, text};

use crate::cli::{self, Exit};
use crate::lab::{find, paper, refused};
use crate::lang::{self, Lang};
use crate::open::Refused;
use crate::out::show;

/// What `lvsim grade` is asked.
#[derive(Debug, Args)]
pub struct GradeArgs {
    /// Answer files, or folders of them: their *.txt.
    #[arg(required = true, value_name = "SUBMISSIONS")]
    submissions: Vec<PathBuf>,
    /// The lab's name, or its folder.
    #[arg(long, value_name = "LAB")]
    lab: String,
    /// How the results are printed.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// How many to mark at the same time; else as many as there are cores.
    #[arg(short, long, value_name = "N", value_parser = cli::jobs)]
    jobs: Option<NonZeroU16>,
}

/// How results are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Lines for people, and the beliefs that were met.
    #[default]
    Text,
    /// One JSON object a line: each answer as in `lab check`, with its file.
    Json,
    /// JUnit XML: a case for each task.
    Junit,
    /// A table for spreadsheets.
    Csv,
    /// The results.json of Gradescope, of one answer.
    Gradescope,
    /// The results.json of Exercism, of one answer.
    Exercism,
}

/// An answer file, and what it has got.
#[derive(Debug)]
struct Graded {
    /// The file, as it was found.
    file: String,
    /// Its marks; else why it cannot be marked.
    marks: Result<Marked, Vec<Text>>,
}

/// Marks all of them.
///
/// # Errors
/// When the lab cannot be read, when there is nothing to mark, or when a format is of one answer and there are more.
pub fn run(args: &GradeArgs, lang: Lang) -> Result<Exit, Refused> {
    let lab = find::read(&args.lab)?;
    Marker::new(&lab).map_err(refused)?;
    let files = files(&args.submissions)?;
    if matches!(args.format, Format::Gradescope | Format::Exercism) && files.len() > 1 {
        let many = files.len();
        return Err(Refused(vec![text!(
            "{many} answers: this format is of one\n   grade them one by one, or use --format csv",
            "有 {many} 个答案：这种格式只用于一个\n   请逐个批改，或用 --format csv"
        )]));
    }
    let graded = mark_all(&lab, &files, args.jobs);
    show(&match args.format {
        Format::Text => print::text(&lab, &graded, lang),
        Format::Json => print::json(&graded, lang),
        Format::Junit => print::junit(&lab, &graded, lang),
        Format::Csv => print::csv(&lab, &graded, lang),
        Format::Gradescope => print::gradescope(&lab, &graded[0], lang),
        Format::Exercism => print::exercism(&graded[0], lang),
    });
    Ok(Exit::Ok)
}

/// The files that are meant, in the order of their names: a folder stands for its text files.
fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Refused> {
    let mut files = Vec::new();
    for path in paths {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let unreadable = |why: std::io::Error| {
            let (path, Text { en, zh }) = (path.display(), lang::why(&why));
            Refused(vec![text!("{path}: cannot be read: {en}", "{path}：无法读取：{zh}")])
        };
        for entry in fs::read_dir(path).map_err(unreadable)? {
            let own = entry.map_err(unreadable)?.path();
            let is_text = own.extension().is_some_and(|end| end.eq_ignore_ascii_case("txt"));
            if is_text && own.is_file() {
                files.push(own);
            }
        }
    }
    files.sort();
    files.dedup();
    if files.is_empty() {
        return Err(Refused(vec![text!(
            "no answers: the folders have no *.txt",
            "没有答案：这些文件夹里没有 *.txt"
        )]));
    }
    Ok(files)
}

/// Marks each, as many at a time as the machine has cores; the rows are in the order of the files.
fn mark_all(lab: &Lab, files: &[PathBuf], jobs: Option<NonZeroU16>) -> Vec<Graded> {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let threads = jobs.map_or(cores, |jobs| jobs.get().into()).min(files.len());
    // It draws on standard error, and only if that is a terminal.
    let bar = ProgressBar::new(files.len() as u64);
    let style = ProgressStyle::with_template("{pos}/{len} [{wide_bar}]");
    bar.set_style(style.expect("the template is fixed").progress_chars("=> "));
    let next = AtomicUsize::new(0);
    let (done, finished) = mpsc::channel();
    let mut rows: Vec<Option<Graded>> = files.iter().map(|_| None).collect();
    thread::scope(|scope| {
        for _ in 0..threads {
            let (next, done) = (&next, done.clone());
            scope.spawn(move || {
                // It was tried before: a lab that can be played once can be played again.
                let Ok(marker) = Marker::new(lab) else { return };
                while let Some((number, file)) = take(next, files) {
                    // Nobody listens any more only if this scope is being left.
                    let _ = done.send((number, grade(&marker, lab, file)));
                }
            });
        }
        drop(done);
        for (number, row) in finished {
            rows[number] = Some(row);
            bar.inc(1);
        }
    });
    bar.finish_and_clear();
    rows.into_iter().flatten().collect()
}

fn take<'a>(next: &AtomicUsize, files: &'a [PathBuf]) -> Option<(usize, &'a Path)> {
    let number = next.fetch_add(1, Ordering::Relaxed);
    files.get(number).map(|file| (number, file.as_path()))
}

/// One answer. What is wrong with it is its result.
fn grade(marker: &Marker<'_>, lab: &Lab, file: &Path) -> Graded {
    let shown = file.display().to_string();
    let told = |errors: Vec<ScenarioError>| -> Vec<Text> {
        errors.iter().map(ScenarioError::text).collect()
    };
    let marks = paper::bytes(file).map_err(|Refused(sentences)| sentences).and_then(|bytes| {
        let answer = Answer::of_bytes(&shown, &bytes).map_err(told)?;
        if answer.lab != lab.id {
            let (own, other) = (&lab.id, &answer.lab);
            return Err(vec![text!(
                "{shown}: an answer to {other}, not to {own}",
                "{shown}：这是 {other} 的答案，不是 {own} 的"
            )]);
        }
        marker.mark(&answer).map_err(told)
    });
    Graded { file: shown, marks }
}
