//! Marks as lines for people.

use std::path::Path;

use sim_core::lab::{Lab, Marked, Output, Picked, TaskMarks};
use sim_core::{Text, text};

use crate::lang::Lang;

/// As many lines of one output are shown.
const MOST_LINES: usize = 40;

/// All of it: what was said, the tasks, what was changed, what it looks like.
pub fn lines(lab: &Lab, marks: &Marked, file: &Path, lang: Lang) -> Vec<String> {
    let head = match &marks.student {
        Some(student) => format!("{}: {} ({student})", lab.id, lab.title.of(lang)),
        None => format!("{}: {}", lab.id, lab.title.of(lang)),
    };
    let mut lines = vec![head];
    for output in &marks.outputs {
        said(&mut lines, output, file, lang);
    }
    if let Some(stopped) = &marks.stopped {
        lines.push(format!("{}{}", lang.pick("stopped: ", "中止："), stopped.of(lang)));
    }
    for task in &marks.tasks {
        of_task(&mut lines, task, lang);
    }
    of_tidy(&mut lines, marks, lang);
    let hints = &marks.hints;
    if !hints.taken.is_empty() {
        let (many, cost) = (hints.taken.len(), hints.cost);
        lines.push(
            text!("hints -{cost}: {many} taken", "提示 -{cost}：用了 {many} 条")
                .of(lang)
                .to_owned(),
        );
    }
    if let Some(own) = &marks.looks_like {
        let (belief, Text { en, zh }) = (&own.belief, &own.sentence);
        let belief = text!("behind it ({belief}): {en}", "背后的误解（{belief}）：{zh}");
        lines.push(format!(
            "{}{}",
            lang.pick("it looks like this: ", "看起来是这样："),
            own.says.of(lang)
        ));
        lines.push(format!("  {}", belief.of(lang)));
    }
    let (total, possible) = (marks.total, marks.possible);
    lines.push(
        text!("== {total} of {possible} points", "== {total}/{possible} 分").of(lang).to_owned(),
    );
    lines
}

/// A command that said something, or failed.
fn said(lines: &mut Vec<String>, output: &Output, file: &Path, lang: Lang) {
    let Output { line, node, text, status, said } = output;
    let failed = status.is_some_and(|status| status != 0);
    if said.trim().is_empty() && !failed {
        return;
    }
    let file = file.display();
    let ended = match status {
        Some(status) if failed => format!("  ({} {status})", lang.pick("status", "状态")),
        _ => String::new(),
    };
    lines.push(format!("{file}:{line}: {node}# {text}{ended}"));
    let said = lang.said(said);
    let many = said.lines().count();
    lines.extend(said.lines().take(MOST_LINES).map(|line| format!("    {}", line.trim_end())));
    if many > MOST_LINES {
        let more = many - MOST_LINES;
        lines.push(text!("    … {more} more lines", "    … 还有 {more} 行").of(lang).to_owned());
    }
}

fn of_task(lines: &mut Vec<String>, task: &TaskMarks, lang: Lang) {
    let TaskMarks { id, got, possible, picked, failed } = task;
    let picks: Vec<String> = picked.iter().map(|own| pick(own).of(lang).to_owned()).collect();
    let between = if picks.is_empty() { "" } else { "  " };
    lines.push(format!("{id} {got}/{possible}{between}{}", picks.join(lang.pick(", ", "，"))));
    for Picked { id, why, .. } in picked {
        if let Some(why) = why {
            lines.push(format!("  {id}: {}", why.of(lang)));
        }
    }
    if let Some(failed) = failed {
        lines.extend(failed.message.of(lang).lines().map(|line| format!("  {line}")));
    }
}

fn pick(picked: &Picked) -> Text {
    let Picked { id, option, right, times, .. } = picked;
    let verdict = match (option, right) {
        (None, _) => text!("{id} not answered", "{id} 未答"),
        (Some(option), true) => text!("{id} {option} right", "{id} 选 {option} 对"),
        (Some(option), false) => text!("{id} {option} not so", "{id} 选 {option} 不是"),
    };
    let Text { en, zh } = verdict;
    match times {
        0 | 1 => Text { en, zh },
        _ => text!("{en} (answered {times} times)", "{zh}（答了 {times} 次）"),
    }
}

fn of_tidy(lines: &mut Vec<String>, marks: &Marked, lang: Lang) {
    let tidy = &marks.tidy;
    let (got, possible, made, needed) = (tidy.got, tidy.possible, tidy.made.len(), tidy.needed);
    let tidy_line = text!(
        "tidy {got}/{possible}: {made} changed, {needed} needed",
        "简洁 {got}/{possible}：改动 {made} 处，需要 {needed} 处"
    );
    lines.push(tidy_line.of(lang).to_owned());
    if made > needed {
        lines.extend(marks.tidy.made.iter().map(|own| format!("  {own}")));
    }
}
