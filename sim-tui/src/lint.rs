//! `lvsim lint`: scenarios checked without being played.

use serde_json::json;
use sim_core::scenario::ScenarioError;
use sim_core::story::lint;
use sim_core::{Text, text};

use crate::cli::{Exit, Format, LintArgs};
use crate::lang::Lang;
use crate::open::{self, Refused};
use crate::out::say;
use crate::{paths, shipped};

/// What was found in one scenario.
struct Row {
    name: String,
    /// It cannot be played: why.
    wrong: Vec<Text>,
    /// What its author hardly meant.
    found: Vec<Text>,
}

/// Prints what is wrong with each scenario, and what its author hardly meant.
///
/// # Errors
/// When a path leads to no scenario.
pub fn run(args: &LintArgs, lang: Lang) -> Result<Exit, Refused> {
    let rows: Vec<Row> = paths::all(&args.paths)?.into_iter().map(looked_at).collect();
    let lines = match args.format {
        Format::Text => told(&rows, lang),
        Format::Json => {
            rows.iter().map(|row| row.json(lang)).chain([json_summary(&rows)]).collect()
        }
    };
    // A closed pipe ends the printing; the verdict stays.
    let _ = lines.iter().all(|line| say(line));
    Ok(match counted(&rows) {
        (0, 0) => Exit::Ok,
        (0, _) => Exit::Failed,
        _ => Exit::Wrong,
    })
}

fn looked_at(name: String) -> Row {
    let source = shipped::find(&name).map_err(|why| Refused(vec![why]));
    let read = source.and_then(|source| Ok((open::parse(&source, None, false)?, source)));
    let (wrong, found) = match read {
        Ok((scenario, source)) => {
            let found = lint(&scenario, &source.text);
            (Vec::new(), found.iter().map(ScenarioError::text).collect())
        }
        Err(Refused(sentences)) => (sentences, Vec::new()),
    };
    Row { name, wrong, found }
}

/// How many errors there are, and how many findings.
fn counted(rows: &[Row]) -> (usize, usize) {
    let sum = |many: fn(&Row) -> usize| rows.iter().map(many).sum();
    (sum(|row| row.wrong.len()), sum(|row| row.found.len()))
}

/// Errors first, then findings, and how many there were.
fn told(rows: &[Row], lang: Lang) -> Vec<String> {
    let (wrong, found) = counted(rows);
    let all = rows.len();
    let summary = text!(
        "== scenarios: {all}, errors: {wrong}, findings: {found}",
        "== 场景 {all} 个，错误 {wrong} 处，发现 {found} 处"
    );
    let wrong = rows.iter().flat_map(|row| &row.wrong);
    let found = rows.iter().flat_map(|row| &row.found);
    wrong.chain(found).chain([&summary]).map(|text| text.of(lang).to_owned()).collect()
}

impl Row {
    /// As a line of `test` says what has come of a scenario.
    fn json(&self, lang: Lang) -> String {
        let result = match (self.wrong.is_empty(), self.found.is_empty()) {
            (false, _) => "wrong",
            (true, false) => "found",
            (true, true) => "ok",
        };
        let messages = self.wrong.iter().chain(&self.found).map(|text| text.of(lang));
        json!({
            "type": "scenario",
            "file": self.name,
            "result": result,
            "messages": messages.collect::<Vec<_>>(),
        })
        .to_string()
    }
}

fn json_summary(rows: &[Row]) -> String {
    let (wrong, found) = counted(rows);
    json!({ "type": "summary", "scenarios": rows.len(), "errors": wrong, "findings": found })
        .to_string()
}
