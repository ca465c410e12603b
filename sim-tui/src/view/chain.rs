//! The chain of causes: a link a line, with the verdicts that it met; the selected link is a step to go to.

use ratatui::layout::Rect;

use super::pen::{Line, Pen, hanging, prose};
use crate::action::Action;
use crate::chain::Chain;
use crate::layout::inside;
use crate::state::{State, Walk};
use crate::theme::Role;

/// The lines, and for each the link that it is, if it is one.
fn lines(state: &State, walk: &Walk, own: &Chain, width: usize) -> Vec<(Line, Option<usize>)> {
    let mut lines = Vec::new();
    let mut link = 0;
    for row in own.rows(&walk.session, state.lang) {
        let is_link = row.step.is_some();
        let is_here = is_link && link == own.at;
        let sign = if is_here { "> " } else { "  " };
        let role = if is_here { Role::Selected } else { row.role };
        let mark_role = if is_here { Role::Selected } else { Role::Soft };
        let mark = format!("{sign}{}", row.mark);
        let number = is_link.then_some(link);
        for told in hanging(&mark, mark_role, &row.text, width, role) {
            lines.push((told, number));
        }
        link += usize::from(is_link);
    }
    if let Some(first) = &own.first {
        let told = prose(first.of(state.lang), width, Role::Soft);
        lines.extend(told.into_iter().map(|line| (line, None)));
    }
    lines
}

/// The first line that is shown: the selected link stands in the middle.
fn first(lines: &[(Line, Option<usize>)], own: &Chain, height: usize) -> usize {
    let at = lines.iter().position(|(_, link)| *link == Some(own.at)).unwrap_or(0);
    at.saturating_sub(height / 2).min(lines.len().saturating_sub(height))
}

/// Draws it.
pub fn draw(state: &State, walk: &Walk, own: &Chain, pen: &mut Pen<'_>, area: Rect) {
    let lang = state.lang;
    let title = lang.pick("CAUSES", "因果链");
    let about = own.about(&walk.session).of(lang).to_owned();
    pen.frame(area, &[(title.into(), Role::Focus), (about, Role::Text)], true);
    let area = inside(area);
    let lines = lines(state, walk, own, usize::from(area.width));
    let first = first(&lines, own, usize::from(area.height));
    let lines: Vec<Line> = lines.into_iter().map(|(line, _)| line).collect();
    pen.scrolled(area, &lines, first);
}

/// A click on a link selects it, and goes there if it is selected.
pub fn targets(state: &State, walk: &Walk, own: &Chain, area: Rect) -> Vec<(Rect, Action)> {
    let area = inside(area);
    let lines = lines(state, walk, own, usize::from(area.width));
    let first = first(&lines, own, usize::from(area.height));
    let shown = lines.iter().skip(first).take(usize::from(area.height)).enumerate();
    let target = |(row, (_, link)): (usize, &(Line, Option<usize>))| {
        let place = Rect { y: area.y + row as u16, height: 1, ..area };
        link.map(|link| (place, Action::Row(link as u16)))
    };
    shown.filter_map(target).collect()
}
