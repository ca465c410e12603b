//! `lvsim import`: dumps of an operator's machines as a scenario.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;
use sim_core::import::{Dump, Guess, Imported, Kind, Missing, Unusable, Warning, import};
use sim_core::{Text, text};
use walkdir::{DirEntry, WalkDir};

use crate::captures;
use crate::cli::Exit;
use crate::export;
use crate::lang::{self, Lang};
use crate::open::Refused;
use crate::out::{complain, show};

/// What `lvsim import` is asked.
#[derive(Debug, Args)]
pub struct Import {
    /// The folder: DIR/HOST/FILE, and perhaps DIR/links.ron.
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Write the scenario there; what is there already is not touched.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// A larger file is no dump of a table.
const LARGEST: u64 = 16 << 20;

/// Writes the scenario; what was guessed and what is not in it goes to standard error.
///
/// # Errors
/// When the folder cannot be read, or something is at the place of the output.
pub fn run(args: &Import, lang: Lang) -> Result<Exit, Refused> {
    let dumps = read(&args.folder)?;
    if let Some(file) = &args.output {
        export::new(file)?;
    }
    let name = args.folder.canonicalize().unwrap_or(args.folder.clone());
    let name = name.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let imported = match import(&name, &dumps) {
        Ok(imported) => imported,
        Err(Unusable { text: Text { en, zh }, warnings }) => {
            tell(&warnings, &[], &[], lang);
            let folder = args.folder.display();
            complain(text!("{folder}: {en}", "{folder}：{zh}").of(lang));
            return Ok(Exit::Failed);
        }
    };
    let Imported { warnings, guesses, missing, .. } = &imported;
    tell(warnings, guesses, missing, lang);
    let text = imported.to_ron(lang);
    match &args.output {
        None => {
            show(&text);
        }
        Some(file) => fs::write(file, text).map_err(|why| captures::refused(file, &why))?,
    }
    Ok(Exit::Ok)
}

/// The warnings, the guesses, what is missing, and how many there were.
pub fn tell(warnings: &[Warning], guesses: &[Guess], missing: &[Missing], lang: Lang) {
    let texts = warnings.iter().map(Warning::text).chain(guesses.iter().map(Guess::text));
    for text in texts.chain(missing.iter().map(Missing::text)) {
        complain(text.of(lang));
    }
    let of = |kind: Kind| warnings.iter().filter(|own| own.kind == kind).count();
    let (guesses, without) = (guesses.len(), of(Kind::NotSimulated));
    let missing = missing.len();
    let warnings = of(Kind::Unknown) + of(Kind::Wrong);
    let summary = text!(
        "== guesses: {guesses}, missing: {missing}, warnings: {warnings}, not simulated: {without}",
        "== 猜测 {guesses} 处，缺少 {missing} 项，警告 {warnings} 处，未模拟 {without} 处"
    );
    complain(summary.of(lang));
}

/// All files of the folder but hidden ones, by their paths below it.
///
/// # Errors
/// When one of them cannot be read.
pub fn read(folder: &Path) -> Result<Vec<Dump>, Refused> {
    let is_seen = |entry: &DirEntry| {
        entry.depth() == 0 || !entry.file_name().to_string_lossy().starts_with('.')
    };
    if folder.is_file() {
        let folder = folder.display();
        return Err(Refused(vec![text!(
            "{folder}: is a file; name the folder in which each host has one",
            "{folder}：是文件；请写出文件夹，每台主机在其中有一个文件夹"
        )]));
    }
    let mut dumps = Vec::new();
    for entry in WalkDir::new(folder)
        .follow_links(true)
        .sort_by_file_name()
        .into_iter()
        .filter_entry(is_seen)
    {
        let entry = entry.map_err(|error| {
            let place = error.path().unwrap_or(folder).to_owned();
            let why = error.into_io_error().map(|why| lang::why(&why));
            let looped = || text!("a folder that contains itself", "文件夹包含了自己");
            unreadable(&place, &why.unwrap_or_else(looped))
        })?;
        if !entry.file_type().is_file() {
            continue;
        }
        let path = entry.path();
        let size = fs::metadata(path).map_or(0, |known| known.len());
        if size > LARGEST {
            return Err(unreadable(path, &text!("larger than 16 MiB", "大于 16 MiB")));
        }
        let bytes = fs::read(path).map_err(|why| unreadable(path, &lang::why(&why)))?;
        let below = path.strip_prefix(folder).unwrap_or(path);
        let parts: Vec<_> = below.iter().map(|part| part.to_string_lossy()).collect();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        dumps.push(Dump { path: parts.join("/"), text });
    }
    Ok(dumps)
}

fn unreadable(path: &Path, why: &Text) -> Refused {
    let (path, Text { en, zh }) = (path.display(), why);
    Refused(vec![text!("{path}: cannot be read: {en}", "{path}：无法读取：{zh}")])
}
