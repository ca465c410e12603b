//! A question above the panes: its options, and once it is answered whether that was right, and why.

use ratatui::layout::Rect;
use sim_core::{Lang, text};

use super::bars;
use super::pen::{Line, Pen, hanging, line, prose};
use crate::action::Action;
use crate::layout::inside;
use crate::question::{Asked, Question};
use crate::state::{State, Walk};
use crate::theme::Role;

/// What the foot offers.
const OFFERED: [Action; 6] =
    [Action::Answer, Action::Down, Action::Up, Action::Close, Action::Help, Action::Quit];

/// A line, and the number of its option, from 1.
type Row = (Line, Option<u8>);

/// All lines.
fn lines(own: &Question, asked: &Asked<'_>, lang: Lang, width: usize) -> Vec<Row> {
    let mut lines: Vec<Row> = Vec::new();
    let plain = |line: Line| (line, None);
    lines.extend(prose(asked.question.of(lang), width, Role::Strong).into_iter().map(plain));
    lines.push((Line::new(), None));
    for (at, option) in asked.options.iter().enumerate() {
        let is_right = own.is_told() && at == asked.answer;
        let is_given = own.given == Some(at);
        let (sign, role) = match (own.is_told(), is_right, is_given, own.selected == Some(at)) {
            (false, _, _, true) => (">", Role::Selected),
            (true, true, ..) => ("*", Role::Good),
            (true, false, true, _) => ("x", Role::Bad),
            _ => (" ", Role::Text),
        };
        let mark = format!("{sign} {}) ", at + 1);
        let number = u8::try_from(at + 1).ok();
        let told = hanging(&mark, role, option.of(lang), width, role);
        lines.extend(told.into_iter().map(|line| (line, number)));
    }
    lines.push((Line::new(), None));
    lines.extend(verdict(own, asked, lang, width).into_iter().map(plain));
    lines
}

fn verdict(own: &Question, asked: &Asked<'_>, lang: Lang, width: usize) -> Vec<Line> {
    let right = asked.answer + 1;
    let (said, role) = match own.given {
        None if !own.is_late => {
            let said = text!(
                "↑ ↓ or its number chooses, Enter answers, Esc skips; c asks once more.",
                "用 ↑ ↓ 或数字选择，Enter 回答，Esc 跳过；c 再问一次。"
            );
            return prose(said.of(lang), width, Role::Soft);
        }
        None => (text!("The answer: {right}).", "答案：{right})。"), Role::Strong),
        Some(given) if given == asked.answer => (text!("Right.", "答对了。"), Role::Good),
        Some(_) => (text!("Not so: it is {right}).", "不对：是 {right})。"), Role::Bad),
    };
    let mut lines = vec![line(said.of(lang), role)];
    if let Some(why) = asked.why {
        lines.extend(prose(why.of(lang), width, Role::Text));
    }
    let said = text!("Enter goes on.", "按 Enter 继续。");
    lines.push(line(said.of(lang), Role::Soft));
    lines
}

/// Where it stands: as low as it can, so that the map is seen above it.
fn area(state: &State, count: usize) -> Rect {
    let area = state.area();
    let width = area.width.min(100) - 4;
    let height = (count as u16 + 2).min(area.height - 3);
    Rect::new((area.width - width) / 2, area.height - 2 - height, width, height)
}

/// What is drawn: where, and the lines.
fn placed(state: &State, walk: &Walk) -> Option<(Rect, Vec<Row>)> {
    let (own, asked) = walk.open_question()?;
    let width = usize::from(inside(area(state, 0)).width);
    let lines = lines(own, &asked, state.lang, width);
    Some((area(state, lines.len()), lines))
}

/// Draws the question, if one is open.
pub fn draw(state: &State, walk: &Walk, pen: &mut Pen<'_>, foot: Rect) {
    let Some((area, lines)) = placed(state, walk) else { return };
    let (number, all) =
        (walk.question.as_ref().map_or(0, |own| own.number + 1), walk.questions.len());
    let title = text!("? question {number} of {all}", "? 问题 {number}/{all}");
    pen.fill(area, Role::Text);
    pen.frame(area, &[(title.of(state.lang).to_owned(), Role::Focus)], true);
    let lines: Vec<Line> = lines.into_iter().map(|(line, _)| line).collect();
    pen.scrolled(inside(area), &lines, 0);
    bars::keys(pen, &OFFERED, state, foot);
}

/// A click on an option chooses it, a second one answers; the keys at the foot.
pub fn targets(state: &State, walk: &Walk, foot: Rect) -> Vec<(Rect, Action)> {
    let Some((area, lines)) = placed(state, walk) else { return Vec::new() };
    let inner = inside(area);
    let row = |(row, (_, option)): (usize, Row)| {
        Some((Rect { y: inner.y + row as u16, height: 1, ..inner }, Action::Choose(option?)))
    };
    let mut targets: Vec<(Rect, Action)> =
        lines.into_iter().take(usize::from(inner.height)).enumerate().filter_map(row).collect();
    let keys = bars::keys_at(&OFFERED, state.lang, state.glyphs, foot);
    targets.extend(keys.into_iter().map(|(action, own, ..)| (own, action)));
    targets
}
