//! Where a lab is: shipped, or a folder.

use std::fs;
use std::path::Path;

use sim_core::lab::{Answer, Lab};
use sim_core::{Text, text};
use sim_tui::scenarios::LABS;

use super::{refused, unreadable};
use crate::open::Refused;

/// A lab's files by their names below its folder.
pub type Files = Vec<(String, String)>;

/// The lab of this name, or in this folder.
///
/// # Errors
/// What is there instead, or all that is wrong with it.
pub fn read(name: &str) -> Result<Lab, Refused> {
    let (place, files) = files(name)?;
    let id = place.trim_end_matches('/').rsplit('/').next().unwrap_or_default().to_owned();
    Lab::read(&id, &place, &files).map_err(refused)
}

/// Where the files of a lab stand, and what they are.
///
/// # Errors
/// When there is no such lab, or a file of its folder cannot be read.
pub fn files(name: &str) -> Result<(String, Files), Refused> {
    if Path::new(name).join("lab.ron").is_file() {
        let folder = Path::new(name);
        let full = folder.canonicalize().map_err(|why| unreadable(folder, &why))?;
        // `.` and `..` name a lab, too: its name is that of the folder.
        let place = match folder.file_name() {
            Some(_) => name.trim_end_matches('/').to_owned(),
            None => full.display().to_string(),
        };
        return Ok((place, of_folder(folder)?));
    }
    let id = name.strip_prefix("scenarios/").unwrap_or(name);
    let id = id.strip_prefix("labs/").unwrap_or(id).trim_end_matches('/');
    if let Some((id, files)) = LABS.iter().find(|(own, _)| *own == id) {
        let files = files.iter().map(|(name, text)| ((*name).into(), (*text).into())).collect();
        return Ok((format!("scenarios/labs/{id}"), files));
    }
    let nearest = LABS
        .iter()
        .map(|(own, _)| *own)
        .min_by_key(|own| strsim::levenshtein(own, id))
        .filter(|own| strsim::levenshtein(own, id) <= 4);
    let hint = match nearest {
        Some(own) => text!("did you mean {own}? ", "是不是想写 {own}？"),
        None => Text::default(),
    };
    let Text { en, zh } = hint;
    Err(Refused(vec![text!(
        "{name}: no shipped lab of that name, and no folder with a lab.ron\n   {en}`lvsim lab list` shows what is shipped",
        "{name}：没有这个名字的自带练习，也没有含 lab.ron 的文件夹\n   {zh}`lvsim lab list` 列出自带的练习"
    )]))
}

/// The texts of a lab's folder; what else lies there is passed over.
fn of_folder(folder: &Path) -> Result<Files, Refused> {
    let mut files = Files::new();
    for below in ["", "wrong/"] {
        let place = folder.join(below);
        let Ok(entries) = fs::read_dir(&place) else { continue };
        for entry in entries.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if entry.path().is_file() && (name.ends_with(".ron") || name.ends_with(".txt")) {
                let text = fs::read_to_string(entry.path())
                    .map_err(|why| unreadable(&entry.path(), &why))?;
                files.push((format!("{below}{name}"), text));
            }
        }
    }
    files.sort();
    Ok(files)
}

/// The lab that an answer is of: in the folder that was named, shipped, or in a folder beside the answer.
///
/// # Errors
/// When there is none.
pub fn of_answer(answer: &Answer, file: &Path, folder: Option<&Path>) -> Result<Lab, Refused> {
    let beside = file.with_file_name(&answer.lab);
    match folder {
        Some(folder) => read(&folder.display().to_string()),
        None if beside.join("lab.ron").is_file() => read(&beside.display().to_string()),
        None => read(&answer.lab),
    }
}

/// The labs that are meant: those that are named, or all shipped ones.
pub fn all(names: &[String]) -> Vec<String> {
    match names {
        [] => LABS.iter().map(|(id, _)| (*id).to_owned()).collect(),
        names => names.to_vec(),
    }
}

/// What is said of labs that should come before and are not there.
pub fn needed(lab: &Lab, all: &[String]) -> Vec<Text> {
    let is_there = |id: &String| {
        LABS.iter().any(|(own, _)| own == id)
            || all.iter().any(|own| own.trim_end_matches('/').rsplit('/').next() == Some(id))
    };
    let file = lab.file();
    let missing = lab.needs.iter().filter(|id| !is_there(id));
    missing
        .map(|id| text!("{file}: needs: there is no lab {id}", "{file}：needs：没有练习 {id}"))
        .collect()
}
