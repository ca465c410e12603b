//! The steps at which a row or a cell changes.

use ratatui::layout::Rect;
use sim_core::{Lang, text};

use super::pen::{Pen, fit, pad};
use crate::action::Action;
use crate::state::{State, Walk};
use crate::tables::watch::{Cells, Seen, Watch};
use crate::theme::Role;

/// The room of the list, below two lines that say what is watched.
fn list(area: Rect) -> Rect {
    let above = 2.min(area.height);
    Rect { y: area.y + above, height: area.height - above, ..area }
}

/// The first change that is shown.
fn first(own: &Watch, height: usize) -> usize {
    own.selected.saturating_sub(height / 2).min(own.seen.len().saturating_sub(height))
}

/// Draws the list.
pub fn draw(state: &State, walk: &Walk, own: &Watch, pen: &mut Pen<'_>, area: Rect) {
    let lang = state.lang;
    let width = usize::from(area.width.saturating_sub(1));
    let what = own.column.map_or(lang.pick("the row", "整行"), |at| own.kind.columns()[at].name);
    let (kind, key) = (own.kind.title(lang), &own.key);
    let about =
        text!("When does this change? {kind} {key}: {what}", "何时变化？{kind} {key}：{what}");
    pen.put(area, area.x + 1, area.y, &fit(about.of(lang), width), Role::Strong);
    let (steps, all, found) = (own.steps(), walk.session.steps().len(), own.seen.len());
    let said = match (own.is_done, found) {
        (false, _) => text!(
            "{found} changes in the first {steps} of {all} steps; looking on …",
            "前 {steps} 步（共 {all} 步）中变化 {found} 次；继续查找…"
        ),
        (true, _) if own.is_veiled => text!(
            "{found} changes until the open question; it comes first",
            "到未回答的问题为止变化 {found} 次；先回答问题"
        ),
        (true, 0) => text!("It never changes in this run.", "在这次运行中从不变化。"),
        (true, _) if steps < all => text!(
            "the first {found} changes, up to step {steps} of {all}",
            "前 {found} 次变化，到第 {steps} 步为止（共 {all} 步）"
        ),
        (true, _) => text!(
            "{found} changes in {all} steps; Enter goes to the selected one",
            "{all} 步中变化 {found} 次；按 Enter 跳到选中的一步"
        ),
    };
    pen.put(area, area.x + 1, area.y + 1, &fit(said.of(lang), width), Role::Soft);
    let area = list(area);
    let height = usize::from(area.height);
    let first = first(own, height);
    let digits = all.to_string().len();
    for (row, seen) in own.seen.iter().enumerate().skip(first).take(height) {
        let y = area.y + (row - first) as u16;
        let is_here = row == own.selected;
        let role = |own| if is_here { Role::Selected } else { own };
        if is_here {
            pen.fill(Rect { y, height: 1, ..area }, Role::Selected);
        }
        let sign = if is_here { ">" } else { " " };
        // The step that is looked at is told without colour as well.
        let mark = if seen.step == walk.step { "*" } else { " " };
        let at = walk.session.steps()[seen.step].at;
        let head = format!("{sign}{mark}{:>digits$} {at}  ", seen.step + 1);
        let x = pen.put(area, area.x, y, &head, role(Role::Soft));
        let room = usize::from(area.right().saturating_sub(x + 1));
        pen.put(area, x, y, &pad(&change(own, seen, lang), room), role(Role::Text));
    }
}

/// What it was and what it is.
fn change(own: &Watch, seen: &Seen, lang: Lang) -> String {
    let columns = own.kind.columns();
    let whole = |cells: &Cells| match cells {
        Some(cells) => match own.column {
            Some(at) => cells.get(at).cloned().unwrap_or_default(),
            None => {
                let told = cells
                    .iter()
                    .zip(columns)
                    .filter(|(cell, column)| !column.runs && !cell.is_empty());
                told.map(|(cell, _)| cell.trim()).collect::<Vec<_>>().join(" ")
            }
        },
        None => lang.pick("(not there)", "（没有）").to_owned(),
    };
    match (&seen.before, &seen.after) {
        (Some(before), Some(after)) if own.column.is_none() => {
            let cells = before.iter().zip(after).zip(columns);
            let told = cells.filter(|((one, other), column)| !column.runs && one != other);
            let told =
                told.map(|((one, other), column)| format!("{} {one} → {other}", column.name));
            told.collect::<Vec<_>>().join("  ")
        }
        (before, after) => format!("{} → {}", whole(before), whole(after)),
    }
}

/// A click on a change selects it, and goes there if it is selected.
pub fn targets(own: &Watch, area: Rect) -> Vec<(Rect, Action)> {
    let area = list(area);
    let height = usize::from(area.height);
    let first = first(own, height);
    let row = |row: usize| {
        let own = Rect { y: area.y + row as u16, height: 1, ..area };
        (own, Action::Row((first + row) as u16))
    };
    (0..height.min(own.seen.len().saturating_sub(first))).map(row).collect()
}
