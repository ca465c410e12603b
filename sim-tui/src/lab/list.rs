//! The labs by chapter, and what was won in each.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use sim_core::lab::{self, Lab};
use sim_core::text;
use sim_tui::catalogue;

use super::{find, paper, unreadable};
use crate::cli::Exit;
use crate::lang::Lang;
use crate::open::Refused;
use crate::out::say;

/// Prints the shipped labs; points are those of answer files in this folder.
///
/// # Errors
/// When the folder cannot be read.
pub fn print(folder: &Path, lang: Lang) -> Result<Exit, Refused> {
    let labs: Vec<Lab> =
        find::all(&[]).iter().map(|id| find::read(id)).collect::<Result<_, _>>()?;
    let won = won(folder, &labs)?;
    let width = labs.iter().map(|lab| lab.id.len()).max().unwrap_or(0);
    let mut lines = Vec::new();
    for chapter in 1..=lab::CHAPTERS {
        let mut own: Vec<&Lab> = labs.iter().filter(|lab| lab.chapter == chapter).collect();
        own.sort_by_key(|lab| (lab.level, lab.id.clone()));
        if !own.is_empty() {
            lines
                .push(format!("3.{chapter} {}", catalogue::chapter(usize::from(chapter)).of(lang)));
        }
        for lab in own {
            let Lab { id, title, level, minutes, .. } = lab;
            let of = lab.points();
            let points = match won.get(id) {
                Some(points) => text!(", {points} of {of} points", "，得 {points}/{of} 分"),
                None => sim_core::Text::default(),
            };
            let (en, zh) = (&points.en, &points.zh);
            let more =
                text!("level {level}, {minutes} min{en}", "级别 {level}，{minutes} 分钟{zh}");
            lines.push(format!("  {id:<width$}  {}  ({})", title.of(lang), more.of(lang)));
        }
    }
    let _ = lines.iter().all(|line| say(line));
    Ok(Exit::Ok)
}

/// The points of each lab that was begun in this folder: of several answers the best.
fn won(folder: &Path, labs: &[Lab]) -> Result<BTreeMap<String, u16>, Refused> {
    let mut won = BTreeMap::new();
    let entries = fs::read_dir(folder).map_err(|why| unreadable(folder, &why))?;
    for path in entries.flatten().map(|entry| entry.path()) {
        let is_text = path.extension().is_some_and(|ending| ending == "txt") && path.is_file();
        // What cannot be read is no answer; `check` tells what is wrong with it.
        let Some(answer) = is_text.then(|| paper::read(&path).ok()).flatten() else { continue };
        let Some(lab) = labs.iter().find(|lab| lab.id == answer.lab) else { continue };
        if paper::is_begun(&answer)
            && let Ok(marks) = lab::mark(lab, &answer)
        {
            let best = won.entry(answer.lab.clone()).or_insert(0);
            *best = marks.total.max(*best);
        }
    }
    Ok(won)
}
