//! A line that is being typed, and what the palette offers for it.

use ratatui::layout::Rect;
use sim_core::Lang;
use unicode_width::UnicodeWidthStr;

use super::pen::{Pen, fit, pad};
use super::{build, console};
use crate::action::{self, Action, Binding};
use crate::input::Key;
use crate::layout::{self, inside};
use crate::sandbox::Asked;
use crate::state::{Ask, Pane, Prompt, State};
use crate::theme::{Glyphs, Role};
use crate::update::sandbox;

/// As many rows the palette shows.
const ROWS: u16 = 12;

fn title(kind: Ask, lang: Lang) -> &'static str {
    let (en, zh) = match kind {
        Ask::Filter => ("filter", "过滤"),
        Ask::Goto => ("go to step", "跳到步骤"),
        Ask::Break => ("play until", "播放到"),
        Ask::Palette => ("command", "命令"),
        Ask::Search => ("search", "查找"),
        Ask::Command => ("type", "键入"),
        Ask::Sandbox(asked) => build::title(asked),
    };
    lang.pick(en, zh)
}

/// What may be typed, while nothing is.
fn example(kind: Ask, lang: Lang) -> &'static str {
    let (en, zh) = match kind {
        Ask::Filter => (
            "arp || tcp.port == 80   node == rs1   reason contains arp.reply   drop",
            "arp || tcp.port == 80   node == rs1   reason contains arp.reply   drop",
        ),
        Ask::Goto => ("its number", "步骤的编号"),
        Ask::Break => ("arp.reply   neigh.moved   drop", "arp.reply   neigh.moved   drop"),
        Ask::Palette => {
            ("filter arp   goto 14   or choose below", "filter arp   goto 14   或在下面选择")
        }
        Ask::Search => ("a part of a name or title", "名字或标题的一部分"),
        Ask::Command => ("", ""),
        Ask::Sandbox(asked) => build::example(asked),
    };
    lang.pick(en, zh)
}

/// The row of the line: the last but one, so that the keys stay.
fn row(state: &State) -> Rect {
    let area = state.area();
    Rect { y: area.height - 2, height: 1, ..area }
}

fn palette_area(state: &State, count: usize) -> Rect {
    let area = state.area();
    let height = (count as u16 + 2).min(ROWS + 2);
    let width = area.width.min(90);
    Rect::new(1, (area.height - 2).saturating_sub(height), width - 2, height)
}

fn offered(state: &State, prompt: &Prompt) -> Vec<&'static Binding> {
    let words = prompt.text.split(' ').next().unwrap_or_default();
    let words =
        if action::found(&prompt.text, state.at()).is_empty() { words } else { &prompt.text };
    action::found(words, state.at())
}

/// The first row of the palette that is shown.
fn first(prompt: &Prompt) -> usize {
    (prompt.selected + 1).saturating_sub(usize::from(ROWS))
}

/// Draws the line, and what is offered.
pub fn draw(state: &State, prompt: &Prompt, pen: &mut Pen<'_>) {
    if let (Ask::Command, Some(walk)) = (prompt.kind, state.on_screen()) {
        let parts = layout::parts(state.size, walk.pane, walk.zoom);
        let panes = parts.into_iter().flat_map(|parts| parts.panes);
        for (_, area) in panes.filter(|(pane, _)| *pane == Pane::Console) {
            console::draw_line(state, walk, prompt, pen, inside(area));
        }
        return;
    }
    let (area, lang) = (row(state), state.lang);
    pen.fill(area, Role::Text);
    let sign = if prompt.kind == Ask::Filter { "/" } else { ":" };
    let head = format!("{} {sign} ", title(prompt.kind, lang));
    let x = pen.put(area, 1, area.y, &head, Role::Focus);
    let room = usize::from(area.right().saturating_sub(x + 1));
    // What stands before the cursor must be seen.
    let before = &prompt.text[..prompt.cursor];
    let skipped = before
        .char_indices()
        .map(|(at, _)| at)
        .find(|at| before[*at..].width() < room)
        .unwrap_or(before.len());
    pen.put(area, x, area.y, &fit(&prompt.text[skipped..], room), Role::Strong);
    let cursor = x + before[skipped..].width() as u16;
    if prompt.text.is_empty() {
        pen.put(
            area,
            x + 2,
            area.y,
            &fit(example(prompt.kind, lang), room.saturating_sub(2)),
            Role::Soft,
        );
    }
    if let Some(wrong) = &prompt.wrong {
        let said = wrong.of(lang).lines().next().unwrap_or_default().to_owned();
        let above = Rect { y: area.y - 1, ..area };
        pen.fill(above, Role::Bar);
        pen.put(
            above,
            1,
            above.y,
            &fit(&format!("(!) {said}"), usize::from(above.width - 2)),
            Role::BarKey,
        );
    }
    pen.cursor(cursor.min(area.right() - 1), area.y);
    if prompt.kind == Ask::Palette && prompt.wrong.is_none() {
        palette(state, prompt, pen);
    }
    if let Ask::Sandbox(asked) = prompt.kind {
        choices(state, prompt, asked, pen);
    }
}

/// What the sandbox has to choose from.
fn choices(state: &State, prompt: &Prompt, asked: Asked, pen: &mut Pen<'_>) {
    let found = sandbox::offered(state, asked, &prompt.text);
    if found.is_empty() {
        return;
    }
    let area = palette_area(state, found.len());
    pen.fill(area, Role::Text);
    let from = sandbox::begins(state).filter(|_| asked == Asked::To).unwrap_or_default();
    let title = title(prompt.kind, state.lang).into();
    pen.frame(area, &[(title, Role::Focus), (from, Role::Text)], true);
    let inner = inside(area);
    let first = first(prompt);
    for (row, own) in found.iter().enumerate().skip(first).take(usize::from(inner.height)) {
        let y = inner.y + (row - first) as u16;
        let is_here = row == prompt.selected;
        let role = |role| if is_here { Role::Selected } else { role };
        let sign = if is_here { "> " } else { "  " };
        let name = format!("{sign}{}", pad(&own.name, 24));
        let x = pen.put(inner, inner.x, y, &name, role(Role::Strong));
        let room = usize::from(inner.right().saturating_sub(x));
        pen.put(inner, x, y, &pad(own.about.of(state.lang), room), role(Role::Text));
    }
}

fn palette(state: &State, prompt: &Prompt, pen: &mut Pen<'_>) {
    let found = offered(state, prompt);
    let area = palette_area(state, found.len());
    pen.fill(area, Role::Text);
    pen.frame(area, &[(title(Ask::Palette, state.lang).into(), Role::Focus)], true);
    let inner = inside(area);
    let first = first(prompt);
    for (row, own) in found.iter().enumerate().skip(first).take(usize::from(inner.height)) {
        let y = inner.y + (row - first) as u16;
        let is_here = row == prompt.selected;
        let role = |role| if is_here { Role::Selected } else { role };
        let sign = if is_here { "> " } else { "  " };
        let key = match state.glyphs {
            Glyphs::Unicode => key_of(own, state).name(),
            Glyphs::Ascii => key_of(own, state).ascii(),
        };
        let x =
            pen.put(inner, inner.x, y, &format!("{sign}{}", pad(own.name, 12)), role(Role::Strong));
        let x = pen.put(inner, x, y, &pad(&key, 11), role(Role::Soft));
        let room = usize::from(inner.right().saturating_sub(x));
        pen.put(inner, x, y, &pad(own.help().of(state.lang), room), role(Role::Text));
    }
}

/// The key that does it there; one that another screen has taken is not shown.
fn key_of(own: &'static Binding, state: &State) -> Key {
    action::keys_of(own, state.at()).next().copied().unwrap_or(own.keys[0])
}

/// A click on a row of the palette does it; one elsewhere closes the line.
pub fn targets(state: &State, prompt: &Prompt) -> Vec<(Rect, Action)> {
    let found = match prompt.kind {
        Ask::Palette => offered(state, prompt).len(),
        Ask::Sandbox(asked) => sandbox::offered(state, asked, &prompt.text).len(),
        _ => 0,
    };
    if found == 0 {
        return Vec::new();
    }
    let inner = inside(palette_area(state, found));
    let first = first(prompt);
    let shown = found.saturating_sub(first).min(usize::from(inner.height));
    let row = |row: usize| {
        (Rect { y: inner.y + row as u16, height: 1, ..inner }, Action::Row((first + row) as u16))
    };
    (0..shown).map(row).collect()
}
