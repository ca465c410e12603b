//! From the paths of a command line to the scenarios that they mean.

use std::path::Path;

use sim_core::{Text, text};
use walkdir::{DirEntry, WalkDir};

use crate::lang;
use crate::open::Refused;
use crate::shipped::{self, SHIPPED};

/// The scenarios that these paths mean, each once: a file, all files of a folder, a shipped
/// scenario, all shipped ones of a folder; without a path all shipped ones.
///
/// # Errors
/// A sentence for each path that means nothing.
pub fn all(paths: &[String]) -> Result<Vec<String>, Refused> {
    if paths.is_empty() {
        return Ok(SHIPPED.iter().map(|(name, _)| (*name).to_owned()).collect());
    }
    let mut names: Vec<String> = Vec::new();
    let mut wrong = Vec::new();
    for path in paths {
        match below(path) {
            Ok(found) => {
                for name in found {
                    if !names.contains(&name) {
                        names.push(name);
                    }
                }
            }
            Err(Refused(why)) => wrong.extend(why),
        }
    }
    if wrong.is_empty() { Ok(names) } else { Err(Refused(wrong)) }
}

fn below(path: &str) -> Result<Vec<String>, Refused> {
    if Path::new(path).is_dir() {
        return files(path);
    }
    let folder = format!("{}/", path.trim_end_matches('/'));
    let shipped = SHIPPED.iter().map(|(name, _)| *name).filter(|name| name.starts_with(&folder));
    let shipped: Vec<String> = shipped.map(str::to_owned).collect();
    if !Path::new(path).exists() && !shipped.is_empty() {
        return Ok(shipped);
    }
    if !Path::new(path).exists() {
        shipped::find(path).map_err(|why| Refused(vec![why]))?;
    }
    Ok(vec![path.to_owned()])
}

/// All scenarios below a folder, in the order of their names; hidden folders and labs are left out.
fn files(folder: &str) -> Result<Vec<String>, Refused> {
    let is_seen = |entry: &DirEntry| {
        let is_hidden = entry.file_name().to_string_lossy().starts_with('.');
        entry.depth() == 0 || !is_hidden && !entry.path().join("lab.ron").is_file()
    };
    let mut names = Vec::new();
    for entry in WalkDir::new(folder).sort_by_file_name().into_iter().filter_entry(is_seen) {
        let entry = entry.map_err(|error| {
            let place = error.path().unwrap_or(Path::new(folder)).display().to_string();
            let why = error.into_io_error().map_or_else(
                || text!("a folder that contains itself", "文件夹包含了自己"),
                |why| lang::why(&why),
            );
            let Text { en, zh } = why;
            Refused(vec![text!("{place}: cannot be read: {en}", "{place}：无法读取：{zh}")])
        })?;
        let is_scenario = entry.path().extension().is_some_and(|ending| ending == "ron");
        if is_scenario && entry.file_type().is_file() {
            names.push(entry.path().display().to_string());
        }
    }
    if names.is_empty() {
        return Err(Refused(vec![text!(
            "{folder}: no scenario (*.ron) in this folder",
            "{folder}：文件夹中没有场景（*.ron）"
        )]));
    }
    Ok(names)
}
