//! CONSOLE: what was typed up to this step, where, and what it said; and the line that is being typed.

use ratatui::layout::Rect;
use sim_core::trace::Note;
use sim_core::{Lang, text};
use unicode_width::UnicodeWidthStr;

use super::otherwise;
use super::pen::{Line, Pen, fit, hanging, line, prose};
use crate::state::{Ask, Prompt, State, Walk};
use crate::theme::Role;
use crate::typing::Said;
use crate::update::typing::node;

/// On which node is typed, and what was kept.
pub fn about(walk: &Walk, lang: Lang) -> String {
    let name = walk.session.name(node(walk));
    // What is typed at the end of the sandbox is built; before, it is a what-if as everywhere.
    if walk.sandbox.is_some() && walk.step + 1 < walk.session.steps().len() {
        let said = text!("{name}  (not at the end: what if)", "{name}（不在末尾：如果）");
        return said.of(lang).to_owned();
    }
    match walk.kept.len() {
        0 => name.to_owned(),
        kept => {
            text!("{name}  kept changes: {kept}", "{name}  保留的改动：{kept}").of(lang).to_owned()
        }
    }
}

/// The last lines; as many as can be shown. While a line is typed the last row is its own.
pub fn lines(state: &State, walk: &Walk, width: usize, height: usize) -> Vec<Line> {
    let lang = state.lang;
    let is_typing = state.prompt.as_ref().is_some_and(|own| own.kind == Ask::Command);
    let height = height.saturating_sub(usize::from(is_typing));
    let mut lines = of_run(walk, lang, width, height);
    for own in &walk.console.said {
        lines.extend(of_said(walk, own, lang, width));
    }
    if is_typing && !walk.console.offered.is_empty() {
        lines
            .extend(prose(&walk.console.offered.join("  "), width, Role::Soft).into_iter().take(4));
    }
    if let Some(own) = walk.console.otherwise.as_ref().filter(|_| is_typing) {
        lines.extend(otherwise::lines(walk, own, lang, (width, height)));
    }
    let skipped = lines.len().saturating_sub(height);
    lines.drain(..skipped);
    if lines.is_empty() {
        let said =
            text!("Nothing was typed yet. Enter types.", "还没有键入任何命令。按 Enter 键入。");
        lines = prose(said.of(lang), width, Role::Soft);
    }
    lines
}

/// So many rows tell what is wrong with a command.
const SAID: usize = 3;

/// What was typed at this step and changes nothing.
fn of_said(walk: &Walk, own: &Said, lang: Lang, width: usize) -> Vec<Line> {
    let name = walk.session.name(own.node);
    let mut lines = vec![vec![
        (format!("{name}# "), Role::Soft),
        (fit(&own.line, width.saturating_sub(name.len() + 2)), Role::Strong),
    ]];
    let output = lang.said(&own.output).into_owned();
    lines
        .extend(output.lines().map(|own| line(fit(&own.replace('\t', "    "), width), Role::Text)));
    if let Some(wrong) = &own.wrong {
        let before = lines.len();
        for (at, told) in wrong.of(lang).lines().enumerate() {
            let (mark, role) = if at == 0 { ("(!) ", Role::Warn) } else { ("    ", Role::Text) };
            lines.extend(hanging(mark, Role::Warn, told.trim(), width, role));
        }
        // The pane is low: what is wrong must be seen, not all that would be right.
        if lines.len() > before + SAID {
            lines.truncate(before + SAID - 1);
            let more = text!("    … `help` lists what is known", "    … `help` 列出可用的命令");
            lines.push(line(fit(more.of(lang), width), Role::Text));
        }
    }
    lines
}

/// The line that is being typed, in the last row of the pane.
pub fn draw_line(state: &State, walk: &Walk, own: &Prompt, pen: &mut Pen<'_>, area: Rect) {
    let Some(y) = area.bottom().checked_sub(1).filter(|y| *y >= area.y) else { return };
    let row = Rect { y, height: 1, ..area };
    pen.fill(row, Role::Text);
    let when = if walk.console.what_if { state.lang.pick("before: ", "之前：") } else { "" };
    let x = pen.put(row, row.x, y, when, Role::Soft);
    let x = pen.put(row, x, y, &format!("{}# ", walk.session.name(node(walk))), Role::Focus);
    let room = usize::from(row.right().saturating_sub(x + 1));
    // What stands before the cursor must be seen.
    let before = &own.text[..own.cursor];
    let mut places = before.char_indices().map(|(at, _)| at);
    let skipped = places.find(|at| before[*at..].width() < room).unwrap_or(before.len());
    pen.put(row, x, y, &fit(&own.text[skipped..], room), Role::Strong);
    let cursor = x + before[skipped..].width() as u16;
    if own.text.is_empty() {
        let hint = text!(
            "a command; Tab completes, help, < > node, Esc",
            "键入命令；Tab 补全，help，< > 换节点，Esc"
        );
        pen.put(row, x + 2, y, &fit(hint.of(state.lang), room.saturating_sub(2)), Role::Soft);
    }
    pen.cursor(cursor.min(row.right().saturating_sub(1)), y);
}

/// What was typed up to this step of the run.
fn of_run(walk: &Walk, lang: Lang, width: usize, height: usize) -> Vec<Line> {
    let said = walk.session.said(walk.step);
    // From the last one back: what does not fit is not looked at.
    let mut blocks: Vec<Vec<Line>> = Vec::new();
    let mut count = 0;
    for at in said.iter().rev() {
        if count >= height {
            break;
        }
        let entry = &walk.session.trace().entries()[*at as usize];
        let block: Vec<Line> = match &entry.what {
            Note::Typed { text, .. } => {
                let name = walk.session.name(entry.node);
                let room = width.saturating_sub(name.len() + 2);
                vec![vec![(format!("{name}# "), Role::Soft), (fit(text, room), Role::Strong)]]
            }
            Note::Output { text, .. } => lang
                .said(text)
                .lines()
                .map(|own| line(fit(&own.replace('\t', "    "), width), Role::Text))
                .collect(),
            _ => Vec::new(),
        };
        count += block.len();
        blocks.push(block);
    }
    let mut lines: Vec<Line> = blocks.into_iter().rev().flatten().collect();
    let skipped = lines.len().saturating_sub(height);
    lines.drain(..skipped);
    lines
}
