//! `lvsim lint`: scenarios checked without being played.

use sim_core::scenario::ScenarioError;
use sim_core::story::lint;
use sim_core::{Text, text};

use crate::cli::Exit;
use crate::lang::Lang;
use crate::open::{self, Refused};
use crate::out::say;
use crate::{paths, shipped};

/// Prints what is wrong with each scenario, and what its author hardly meant.
///
/// # Errors
/// When a path leads to no scenario.
pub fn run(paths: &[String], lang: Lang) -> Result<Exit, Refused> {
    let (mut found, mut wrong): (Vec<Text>, Vec<Text>) = (Vec::new(), Vec::new());
    let names = paths::all(paths)?;
    for name in &names {
        let source = shipped::find(name).map_err(|why| Refused(vec![why]));
        let read = source.and_then(|source| Ok((open::parse(&source, None, false)?, source)));
        match read {
            Ok((scenario, source)) => {
                found.extend(lint(&scenario, &source.text).iter().map(ScenarioError::text))
            }
            Err(Refused(sentences)) => wrong.extend(sentences),
        }
    }
    let lines = wrong.iter().chain(&found).map(|text| text.of(lang));
    let summary = summary(names.len(), wrong.len(), found.len(), lang);
    // A closed pipe ends the printing; the verdict stays.
    let _ = lines.chain([summary.as_str()]).all(say);
    Ok(match (wrong.is_empty(), found.is_empty()) {
        (false, _) => Exit::Wrong,
        (true, false) => Exit::Failed,
        (true, true) => Exit::Ok,
    })
}

fn summary(all: usize, wrong: usize, found: usize, lang: Lang) -> String {
    text!(
        "== scenarios: {all}, errors: {wrong}, findings: {found}",
        "== 场景 {all} 个，错误 {wrong} 处，发现 {found} 处"
    )
    .of(lang)
    .to_owned()
}
