//! Results in words, and in the forms that other programs read. Nothing in them hangs on time, place or machine.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};
use sim_core::lab::{Lab, Marked, TaskMarks, belief};
use sim_core::{Text, text};

use super::Graded;
use crate::junit::{self, Case, Outcome};
use crate::lab::json as marks_json;
use crate::lang::Lang;

impl Graded {
    fn total(&self) -> u16 {
        self.marks.as_ref().map_or(0, |marks| marks.total)
    }

    fn student(&self) -> &str {
        self.marks.as_ref().ok().and_then(|marks| marks.student.as_deref()).unwrap_or("-")
    }

    /// The first thing for which it lost points: an error, a stop, a task.
    fn reason(&self, lang: Lang) -> String {
        match &self.marks {
            Err(sentences) => first_line(sentences.first().map_or("", |text| text.of(lang))),
            Ok(marks) => match (&marks.stopped, marks.tasks.iter().find(|task| !is_done(task))) {
                (Some(stopped), _) => first_line(stopped.of(lang)),
                (None, Some(task)) => format!("{}: {}", task.id, missing(task, lang)),
                (None, None) if marks.tidy.got < marks.tidy.possible => {
                    lang.pick("more was changed than needed", "改动多于需要").into()
                }
                (None, None) if marks.hints.cost > 0 => lang.pick("hints", "用了提示").into(),
                (None, None) => String::new(),
            },
        }
    }
}

fn is_done(task: &TaskMarks) -> bool {
    task.got == task.possible
}

/// What a task lacks, in a line.
fn missing(task: &TaskMarks, lang: Lang) -> String {
    if let Some(failed) = &task.failed {
        return first_line(failed.message.of(lang));
    }
    let wrong = task.picked.iter().filter(|own| !own.right).map(|own| {
        let id = &own.id;
        match own.option {
            Some(option) => text!("{id} {option} not so", "{id} 选 {option} 不是"),
            None => text!("{id} not answered", "{id} 未答"),
        }
    });
    let wrong: Vec<String> = wrong.map(|text| text.of(lang).to_owned()).collect();
    wrong.join(lang.pick(", ", "，"))
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().into()
}

/// Lines for people: an answer a line, then what the class has in common.
pub fn text(lab: &Lab, graded: &[Graded], lang: Lang) -> String {
    let possible = lab.points();
    let mut lines = Vec::new();
    let mut beliefs: BTreeMap<&str, usize> = BTreeMap::new();
    for own in graded {
        let total = own.total();
        lines.push(format!("{total:>2}/{possible}  {}  {}", own.student(), own.file));
        let reason = own.reason(lang);
        if !reason.is_empty() {
            lines.push(format!("       {reason}"));
        }
        if let Some(like) = own.marks.as_ref().ok().and_then(|marks| marks.looks_like.as_ref()) {
            *beliefs.entry(&like.belief).or_default() += 1;
        }
    }
    for (id, many) in &beliefs {
        let sentence = belief(id).map_or_else(Text::default, |own| own.text());
        lines.push(format!("{many:>5}  {id}  {}", sentence.of(lang)));
    }
    let (all, points) =
        (graded.len(), graded.iter().map(|own| u64::from(own.total())).sum::<u64>());
    let full = graded.iter().filter(|own| own.total() == possible).count();
    let wrong = graded.iter().filter(|own| own.marks.is_err()).count();
    let most = all as u64 * u64::from(possible);
    let summary = text!(
        "== {all} answers: {points} of {most} points, {full} with all, {wrong} cannot be read",
        "== {all} 个答案：{points}/{most} 分，{full} 个满分，{wrong} 个无法读取"
    );
    lines.push(summary.of(lang).to_owned());
    joined(&lines)
}

fn joined(lines: &[String]) -> String {
    lines.iter().map(|line| format!("{line}\n")).collect()
}

/// A line an answer.
pub fn json(graded: &[Graded], lang: Lang) -> String {
    let line = |own: &Graded| {
        let (marks, tasks) = match &own.marks {
            Ok(marks) => (
                marks_json::whole(marks, lang),
                marks.tasks.iter().map(|task| marks_json::of_task(task, lang)).collect(),
            ),
            Err(_) => (Value::Null, Vec::new()),
        };
        let wrong: Vec<&str> =
            own.marks.as_ref().err().into_iter().flatten().map(|text| text.of(lang)).collect();
        json!({
            "type": "grade",
            "file": own.file,
            "total": own.total(),
            "reason": own.reason(lang),
            "wrong": wrong,
            "tasks": tasks,
            "marks": marks,
        })
        .to_string()
    };
    joined(&graded.iter().map(line).collect::<Vec<_>>())
}

/// A case for each task of each answer. An answer that cannot be read is one case, an error.
pub fn junit(lab: &Lab, graded: &[Graded], lang: Lang) -> String {
    let mut cases = Vec::new();
    for own in graded {
        let mut case =
            |name: String, outcome| cases.push(Case { name, outcome, took: Duration::ZERO });
        match &own.marks {
            Err(sentences) => case(own.file.clone(), Outcome::Error(sentences.clone())),
            Ok(marks) => {
                for task in &marks.tasks {
                    let outcome = match is_done(task) {
                        true => Outcome::Ok,
                        false => Outcome::Failure(vec![lacking(task, lang)]),
                    };
                    case(format!("{}/{}", own.file, task.id), outcome);
                }
            }
        }
    }
    format!("{}\n", junit::report(&lab.id, &cases, Duration::ZERO, lang).trim_end())
}

fn lacking(task: &TaskMarks, lang: Lang) -> Text {
    match &task.failed {
        Some(failed) => failed.message.clone(),
        None => {
            let missing = missing(task, lang);
            text!("{missing}", "{missing}")
        }
    }
}

/// A table: RFC 4180, and nothing in it is taken for a formula.
pub fn csv(lab: &Lab, graded: &[Graded], lang: Lang) -> String {
    let mut head =
        vec!["file".to_owned(), "student".into(), "lab".into(), "total".into(), "possible".into()];
    head.extend(lab.tasks.iter().map(|task| task.id.clone()));
    head.extend(["tidy", "hints", "belief", "reason"].map(String::from));
    let row = |own: &Graded| {
        let mut row = vec![own.file.clone(), own.student().into(), lab.id.clone()];
        row.extend([own.total().to_string(), lab.points().to_string()]);
        match &own.marks {
            Ok(marks) => row.extend(columns(marks)),
            Err(_) => row.extend(lab.tasks.iter().map(|_| String::new()).chain([
                String::new(),
                String::new(),
                String::new(),
            ])),
        }
        row.push(own.reason(lang));
        row
    };
    let rows: Vec<Vec<String>> = [head].into_iter().chain(graded.iter().map(row)).collect();
    rows.iter()
        .map(|row| {
            format!("{}\r\n", row.iter().map(|cell| quoted(cell)).collect::<Vec<_>>().join(","))
        })
        .collect()
}

fn columns(marks: &Marked) -> Vec<String> {
    let mut columns: Vec<String> = marks.tasks.iter().map(|task| task.got.to_string()).collect();
    let belief = marks.looks_like.as_ref().map_or("", |like| &like.belief);
    columns.extend([marks.tidy.got.to_string(), marks.hints.cost.to_string(), belief.into()]);
    columns
}

/// A cell. A student's name may begin like a formula, which spreadsheets would run.
fn quoted(cell: &str) -> String {
    let safe = match cell.starts_with(['=', '+', '@', '\t', '\r'])
        || cell.starts_with('-') && cell.len() > 1
    {
        true => format!("'{cell}"),
        false => cell.to_owned(),
    };
    match safe.contains([',', '"', '\n', '\r']) {
        true => format!("\"{}\"", safe.replace('"', "\"\"")),
        false => safe,
    }
}

/// Gradescope's results.json.
pub fn gradescope(lab: &Lab, graded: &Graded, lang: Lang) -> String {
    let tests: Vec<Value> = match &graded.marks {
        Err(_) => Vec::new(),
        Ok(marks) => {
            let tasks = marks.tasks.iter().map(|task| {
                let output = if is_done(task) { String::new() } else { missing(task, lang) };
                json!({ "name": task.id, "score": task.got, "max_score": task.possible, "output": output })
            });
            let (got, most) = (marks.tidy.got, marks.tidy.possible);
            let tidy = json!({ "name": "tidy", "score": got, "max_score": most, "output": "" });
            tasks.chain([tidy]).collect()
        }
    };
    let value = json!({
        "score": graded.total(),
        "max_score": lab.points(),
        "output": graded.reason(lang),
        "tests": tests,
    });
    format!("{value}\n")
}

/// Exercism's results.json, version 2.
pub fn exercism(graded: &Graded, lang: Lang) -> String {
    let value = match &graded.marks {
        Err(_) => {
            json!({ "version": 2, "status": "error", "message": graded.reason(lang), "tests": [] })
        }
        Ok(marks) => {
            let all = marks.tasks.iter().all(is_done);
            let tests = marks.tasks.iter().map(|task| match is_done(task) {
                true => json!({ "name": task.id, "status": "pass", "message": null }),
                false => {
                    json!({ "name": task.id, "status": "fail", "message": missing(task, lang) })
                }
            });
            json!({
                "version": 2,
                "status": if all { "pass" } else { "fail" },
                "message": null,
                "tests": tests.collect::<Vec<_>>(),
            })
        }
    };
    format!("{value}\n")
}
