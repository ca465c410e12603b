//! Marks as JSON lines: one for each task, one for all.

use serde_json::{Value, json};
use sim_core::lab::{Marked, TaskMarks};

use crate::lang::Lang;

/// The lines.
pub fn lines(marks: &Marked, lang: Lang) -> Vec<String> {
    let tasks = marks.tasks.iter().map(|task| of_task(task, lang));
    tasks.chain([whole(marks, lang)]).map(|line| line.to_string()).collect()
}

pub fn of_task(task: &TaskMarks, lang: Lang) -> Value {
    let picked = task.picked.iter().map(
        |own| json!({ "id": own.id, "option": own.option, "right": own.right, "times": own.times }),
    );
    json!({
        "type": "lab_task",
        "id": task.id,
        "got": task.got,
        "possible": task.possible,
        "picked": picked.collect::<Vec<_>>(),
        "failed": task.failed.as_ref().map(|failed| failed.message.of(lang)),
    })
}

pub fn whole(marks: &Marked, lang: Lang) -> Value {
    let looks_like = marks.looks_like.as_ref().map(|own| {
        json!({
            "answer": own.name,
            "belief": own.belief,
            "sentence": own.sentence.of(lang),
            "says": own.says.of(lang),
        })
    });
    json!({
        "type": "lab_marks",
        "lab": marks.lab,
        "student": marks.student,
        "total": marks.total,
        "possible": marks.possible,
        "tidy": marks.tidy.got,
        "changed": marks.tidy.made,
        "needed": marks.tidy.needed,
        "hints": marks.hints.taken,
        "hints_cost": marks.hints.cost,
        "stopped": marks.stopped.as_ref().map(|why| why.of(lang)),
        "looks_like": looks_like,
    })
}
