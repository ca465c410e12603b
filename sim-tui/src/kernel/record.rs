//! `lvsim kernel record`: what a real kernel does, kept beside the scenario.

use std::fs;
use std::path::Path;

use sim_core::receipt::{Kept, Receipt, Recording, compare};
use sim_core::scenario::Scenario;
use sim_core::{Text, text};

use super::batch::{self, Workplace};
use super::boot::Where;
use super::{RecordArgs, check, files, needs, place};
use crate::captures;
use crate::cli::Exit;
use crate::lang::Lang;
use crate::open::Refused;
use crate::out::say;
use crate::paths;

/// Records all scenarios that are asked for, or checks what was recorded.
///
/// # Errors
/// When a path leads to no scenario file, something is missing or a receipt cannot be written.
pub fn run(args: &RecordArgs, lang: Lang) -> Result<Exit, Refused> {
    let scenarios = batch::open_all(paths::all(&args.paths)?)?;
    let carried: Vec<Text> = scenarios
        .iter()
        .filter(|(_, scenario)| !Path::new(&scenario.file).is_file())
        .map(|(name, _)| {
            text!(
                "{name}: is carried by the program: name the file beside which its receipt is to stand",
                "{name}：是程序自带的场景：请给出文件，凭据将写在它旁边"
            )
        })
        .collect();
    if !carried.is_empty() {
        return Err(Refused(carried));
    }
    match args.check {
        true => check::run(scenarios, place(args.netns), lang),
        false => record(scenarios, place(args.netns), lang),
    }
}

/// Records them.
fn record(scenarios: Vec<(String, Scenario)>, place: Where, lang: Lang) -> Result<Exit, Refused> {
    let out = Workplace::open(None)?;
    let asked = scenarios.into_iter().filter(|(_, scenario)| batch::excused(scenario).is_none());
    let mut versions = needs::versions();
    let (mut failed, mut refused) = (false, Vec::new());
    batch::ask(asked.collect(), place, &out, |asked, played| {
        let word = match played {
            Err(why) => {
                failed = true;
                let Text { en, zh } = why;
                text!("could not be played: {en}", "无法运行：{zh}")
            }
            Ok(played) => {
                versions.entry("kernel".to_owned()).or_insert_with(|| out.release());
                let file = Path::new(&asked.file).with_extension(files::RECEIPT);
                let new = Receipt::new(&played.recording, versions.clone());
                match keep(&file, &new, &asked.simulated) {
                    Ok(word) => word,
                    Err(Refused(why)) => {
                        refused.extend(why);
                        return;
                    }
                }
            }
        };
        say(&format!("{}: {}", asked.name, word.of(lang)));
    })?;
    match (refused.is_empty(), failed) {
        (false, _) => Err(Refused(refused)),
        (true, true) => Ok(Exit::Wrong),
        (true, false) => Ok(Exit::Ok),
    }
}

/// Writes a receipt if it says something else than the one that is there.
fn keep(file: &Path, new: &Receipt, simulated: &Recording) -> Result<Text, Refused> {
    let old = fs::read_to_string(file).ok();
    let known = old.as_deref().and_then(|text| Receipt::parse(text).ok());
    let kept = match known.is_some_and(|old| say_the_same(&old, new, simulated)) {
        true => Kept::Old,
        false => Receipt::keep_or_replace(old.as_deref(), new),
    };
    match kept {
        Kept::Old => Ok(text!("as it was", "与原来一致")),
        Kept::New(text) => {
            fs::write(file, text).map_err(|why| captures::refused(file, &why))?;
            Ok(match old {
                None => text!("recorded", "已记录"),
                Some(_) => text!("recorded anew: it says something else", "已重新记录：内容有变化"),
            })
        }
    }
}

/// Whether two receipts say the same.
pub fn say_the_same(old: &Receipt, new: &Receipt, simulated: &Recording) -> bool {
    // Frames that cross have no order, which only the simulation's times show: what both agree with is the same.
    let agrees = |receipt: &Receipt| compare(simulated, &receipt.recording).is_empty();
    agrees(old) && agrees(new) || compare(&old.recording, &new.recording).is_empty()
}
