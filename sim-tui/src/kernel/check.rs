//! `lvsim kernel record --check`: whether a real kernel still does what the receipts say; nothing is written.

use std::fs;
use std::path::Path;

use sim_core::receipt::{self, Difference, Receipt, Sides};
use sim_core::scenario::Scenario;
use sim_core::{Text, text};

use super::batch::{self, Played, Workplace};
use super::boot::Where;
use super::{compare, files, record};
use crate::cli::Exit;
use crate::lang::{self, Lang};
use crate::open::Refused;

/// A scenario, and the receipt that stands beside it.
type Recorded = (String, Scenario, Receipt);

/// Plays all scenarios that have a receipt and compares.
///
/// # Errors
/// When a receipt cannot be read or something is missing.
pub fn run(scenarios: Vec<(String, Scenario)>, place: Where, lang: Lang) -> Result<Exit, Refused> {
    let tell = |name: &str, word: &Text, sentences: &[Text]| {
        compare::tell(name, word.of(lang), sentences, lang);
    };
    let (mut recorded, mut wrong, mut lacking) = (Vec::new(), Vec::new(), false);
    for (name, scenario) in scenarios {
        if let Some(why) = batch::excused(&scenario) {
            tell(&name, &text!("not compared", "不比较"), std::slice::from_ref(why));
            continue;
        }
        match read(&scenario) {
            Ok(Some(old)) => recorded.push((name, scenario, old)),
            Ok(None) => {
                lacking = true;
                tell(&name, &text!("no receipt", "没有凭据"), &[]);
            }
            Err(why) => wrong.push(why),
        }
    }
    if !wrong.is_empty() {
        return Err(Refused(wrong));
    }
    let exit = play(recorded, place, tell)?;
    Ok(if exit == Exit::Ok && lacking { Exit::Failed } else { exit })
}

/// Plays them on a kernel and tells what came of each.
fn play(
    recorded: Vec<Recorded>,
    place: Where,
    tell: impl Fn(&str, &Text, &[Text]),
) -> Result<Exit, Refused> {
    let out = Workplace::open(None)?;
    let (mut scenarios, mut receipts) = (Vec::new(), Vec::new());
    for (name, scenario, old) in recorded {
        scenarios.push((name, scenario));
        receipts.push(old);
    }
    let mut receipts = receipts.iter();
    let (mut is_different, mut is_unplayed) = (false, false);
    batch::ask(scenarios, place, &out, |asked, played| {
        let old = receipts.next().expect("each scenario has one");
        let found = played.map(|Played { recording, .. }| {
            let new = Receipt::new(&recording, old.versions.clone());
            differences(old, &new, &asked.simulated)
        });
        match found {
            Ok(found) if found.is_empty() => {
                tell(&asked.name, &text!("as it was", "与原来一致"), &[]);
            }
            Ok(found) => {
                is_different = true;
                tell(&asked.name, &text!("DIFFERENT", "不一致"), &found);
            }
            Err(why) => {
                is_unplayed = true;
                tell(&asked.name, &text!("could not be played", "无法运行"), &[why]);
            }
        }
    })?;
    Ok(match (is_unplayed, is_different) {
        (true, _) => Exit::Wrong,
        (false, true) => Exit::Failed,
        (false, false) => Exit::Ok,
    })
}

/// What a new recording says that the receipt does not.
fn differences(old: &Receipt, new: &Receipt, simulated: &receipt::Recording) -> Vec<Text> {
    if record::say_the_same(old, new, simulated) {
        return Vec::new();
    }
    let found = receipt::compare(&old.recording, &new.recording);
    found.iter().map(|found: &Difference| found.text_of(Sides::Receipt)).collect()
}

/// The receipt beside a scenario, if there is one.
fn read(scenario: &Scenario) -> Result<Option<Receipt>, Text> {
    let file = Path::new(&scenario.file).with_extension(files::RECEIPT);
    let shown = file.display();
    match fs::read_to_string(&file) {
        Ok(text) => Receipt::parse(&text).map(Some).map_err(|bad| {
            let [en, zh] = [Lang::En, Lang::Zh].map(|lang| bad.of(lang));
            text!("{shown}:{en}", "{shown}:{zh}")
        }),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => {
            let Text { en, zh } = lang::why(&error);
            Err(text!("{shown}: cannot be read: {en}", "{shown}：无法读取：{zh}"))
        }
    }
}
