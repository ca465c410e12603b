//! Home: the scenarios by chapters of the course. Enter opens the selected one.

use ratatui::layout::Rect;
use sim_core::text;

use super::bars;
use super::pen::{Line, Pen, fit, pad, prose};
use crate::action::Action;
use crate::catalogue::chapter;
use crate::layout::inside;
use crate::progress::Walked;
use crate::state::State;
use crate::theme::Role;

/// A row of the list.
enum Row {
    /// The head of a chapter.
    Chapter(usize),
    /// A scenario: its place among those shown.
    Item(usize),
}

/// What the foot offers.
const OFFERED: [Action; 9] = [
    Action::Open,
    Action::Down,
    Action::Up,
    Action::Filter,
    Action::Sandbox,
    Action::Language,
    Action::Palette,
    Action::Help,
    Action::Quit,
];

fn offered(state: &State) -> Vec<Action> {
    let last = state.last_place().map(|_| Action::Resume);
    last.into_iter().chain(OFFERED).collect()
}

fn rows(state: &State) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut last = None;
    for (place, at) in state.home.shown.iter().enumerate() {
        let own = state.home.items[*at].chapter;
        if last != Some(own) {
            rows.push(Row::Chapter(own));
            last = Some(own);
        }
        rows.push(Row::Item(place));
    }
    rows
}

fn list_area(state: &State) -> Rect {
    let area = state.area();
    let head = 4;
    let words = if area.height >= 30 { 7 } else { 5 };
    Rect { y: head, height: area.height - head - words - 1, ..area }
}

/// The first row that is shown, so that the selected one is in the middle.
fn first(rows: &[Row], selected: usize, height: usize) -> usize {
    let at = rows
        .iter()
        .position(|row| matches!(row, Row::Item(place) if *place == selected))
        .unwrap_or(0);
    at.saturating_sub(height / 2).min(rows.len().saturating_sub(height))
}

/// Draws the list.
pub fn draw(state: &State, pen: &mut Pen<'_>) {
    let (area, lang) = (state.area(), state.lang);
    let head = Rect { height: 1, ..area };
    pen.fill(head, Role::Bar);
    pen.put(head, 1, 0, "lvsim", Role::BarKey);
    let said = text!(
        "what happens to a packet in LVS, step by step, and why",
        "LVS 里一个报文的经历：一步一步，以及为什么"
    );
    pen.put(head, 8, 0, &fit(said.of(lang), usize::from(head.width.saturating_sub(9))), Role::Bar);
    let keys = match state.last_place() {
        Some((item, step)) => {
            let name = &item.name;
            text!(
                "r goes on at {name}, step {step}; Enter opens the selected scenario.",
                "按 r 从 {name} 的步骤 {step} 继续；按 Enter 打开选中的场景。"
            )
        }
        None => text!(
            "Enter opens the selected scenario; then → goes on by a step, space plays.",
            "按 Enter 打开选中的场景；之后 → 前进一步，空格播放。"
        ),
    };
    pen.put(area, 2, 2, &fit(keys.of(lang), usize::from(area.width.saturating_sub(4))), Role::Text);
    sandbox_row(state, pen);
    let list = list_area(state);
    let count = state.home.shown.len();
    let mut title = vec![(lang.pick("Scenarios", "场景").to_owned(), Role::Focus)];
    title.push((
        match state.home.search.as_str() {
            "" => format!("{count}"),
            words => format!("/ {words}  {count}"),
        },
        Role::Text,
    ));
    pen.frame(list, &title, true);
    let inner = inside(list);
    let rows = rows(state);
    let first = first(&rows, state.home.selected, usize::from(inner.height));
    for (line, row) in rows.iter().skip(first).take(usize::from(inner.height)).enumerate() {
        draw_row(state, pen, inner, inner.y + line as u16, row);
    }
    if rows.is_empty() {
        let said = text!(
            "Nothing has this in its name or title; Esc shows all.",
            "没有名字或标题含有它的场景；按 Esc 显示全部。"
        );
        pen.put(inner, inner.x + 1, inner.y, said.of(lang), Role::Soft);
    }
    selected(state, pen, list);
    let foot = Rect { y: area.height - 1, height: 1, ..area };
    match &state.message {
        Some(said) => bars::message(pen, foot, said.of(lang)),
        None => bars::keys(pen, &offered(state), state, foot),
    }
}

/// The row of the sandbox.
fn sandbox_area(state: &State) -> Rect {
    let area = state.area();
    Rect { x: 2, y: 3, width: area.width.saturating_sub(4), height: 1 }
}

fn sandbox_row(state: &State, pen: &mut Pen<'_>) {
    let area = sandbox_area(state);
    let own = state.walk.as_ref().filter(|walk| walk.sandbox.is_some()).or(state.bench.as_ref());
    let said = match own {
        Some(walk) => {
            let name = &walk.name;
            text!("s goes on in the sandbox: {name}", "按 s 回到沙盒：{name}")
        }
        None => text!(
            "s opens the sandbox: build a lab of your own, type, break, save it.",
            "按 s 打开沙盒：自己搭建实验，键入命令，制造故障，并保存。"
        ),
    };
    pen.put(area, area.x, area.y, &fit(said.of(state.lang), usize::from(area.width)), Role::Text);
}

fn draw_row(state: &State, pen: &mut Pen<'_>, area: Rect, y: u16, row: &Row) {
    match row {
        Row::Chapter(at) => {
            let x = pen.put(area, area.x + 1, y, chapter(*at).of(state.lang), Role::Frame);
            pen.put(area, x + 2, y, &chapter_standing(state, *at), Role::Soft);
        }
        Row::Item(place) => {
            let item = &state.home.items[state.home.shown[*place]];
            let is_here = *place == state.home.selected;
            let role = |role| if is_here { Role::Selected } else { role };
            if is_here {
                pen.fill(Rect { y, height: 1, ..area }, Role::Selected);
            }
            let sign = if is_here { "> " } else { "  " };
            let x = pen.put(
                area,
                area.x + 1,
                y,
                &format!("{sign}{}", pad(&item.name, 28)),
                role(Role::Strong),
            );
            // Who has walked nothing yet needs no column for it.
            let standing = match state.progress.walks.is_empty() {
                true => String::new(),
                false => pad(&standing(state, &item.name), 10),
            };
            let x = pen.put(area, x, y, &standing, role(Role::Soft));
            let room = usize::from(area.right().saturating_sub(x + 1));
            pen.put(area, x, y, &fit(item.title.of(state.lang), room), role(Role::Text));
        }
    }
}

/// How far a scenario was walked, and how many of its questions were answered rightly.
fn standing(state: &State, name: &str) -> String {
    let Some(own) = state.progress.walks.get(name).filter(|own| own.of > 0) else {
        return String::new();
    };
    let far = match own.is_done() {
        true => state.lang.pick("all", "全部").to_owned(),
        false => format!("{}%", own.seen * 100 / own.of),
    };
    match own.questions {
        0 => far,
        questions => format!("{far} {}/{questions}", own.right()),
    }
}

/// How many scenarios of a chapter were walked to their ends; nothing where none was opened.
fn chapter_standing(state: &State, chapter: usize) -> String {
    let items: Vec<_> = state.home.items.iter().filter(|own| own.chapter == chapter).collect();
    let walked = items.iter().filter_map(|item| state.progress.walks.get(&item.name));
    let walked: Vec<bool> = walked.map(Walked::is_done).collect();
    match walked.is_empty() {
        true => String::new(),
        false => format!("{}/{}", walked.iter().filter(|done| **done).count(), items.len()),
    }
}

/// The selected scenario in full: a title may be too long for its row.
fn selected(state: &State, pen: &mut Pen<'_>, list: Rect) {
    let Some(at) = state.home.shown.get(state.home.selected) else { return };
    let item = &state.home.items[*at];
    let area = state.area();
    let below = Rect {
        x: 2,
        y: list.bottom(),
        width: area.width - 4,
        height: area.height - 1 - list.bottom(),
    };
    let mut lines: Vec<Line> =
        prose(item.title.of(state.lang), usize::from(below.width), Role::Strong);
    let other = match state.lang {
        sim_core::Lang::En => &item.title.zh,
        sim_core::Lang::Zh => &item.title.en,
    };
    lines.extend(prose(other, usize::from(below.width), Role::Soft));
    lines.push(vec![(format!("lvsim open {}", item.name), Role::Soft)]);
    for (row, line) in lines.iter().take(usize::from(below.height)).enumerate() {
        pen.line(below, below.x, below.y + row as u16, line);
    }
}

/// A click on a row selects it, a second one opens it.
pub fn targets(state: &State) -> Vec<(Rect, Action)> {
    let inner = inside(list_area(state));
    let rows = rows(state);
    let first = first(&rows, state.home.selected, usize::from(inner.height));
    let shown = rows.iter().skip(first).take(usize::from(inner.height)).enumerate();
    let mut targets: Vec<(Rect, Action)> = shown
        .filter_map(|(line, row)| match row {
            Row::Item(place) => Some((
                Rect { y: inner.y + line as u16, height: 1, ..inner },
                Action::Row(*place as u16),
            )),
            Row::Chapter(_) => None,
        })
        .collect();
    targets.push((sandbox_area(state), Action::Sandbox));
    let foot = Rect { y: state.area().height - 1, height: 1, ..state.area() };
    let keys = bars::keys_at(&offered(state), state.lang, state.glyphs, foot);
    targets.extend(keys.into_iter().map(|(action, own, ..)| (own, action)));
    targets
}
