//! The tables of a node at the step: one scrolled list, the names of nodes and tables above it, the selected row in full below.

use ratatui::layout::Rect;
use sim_core::event::NodeId;
use sim_core::names::Names;
use sim_core::origin::Origin;
use sim_core::{Lang, text};
use unicode_width::UnicodeWidthStr;

use super::over;
use super::pen::{Pen, fit, pad};
use super::watch;
use crate::action::Action;
use crate::layout::inside;
use crate::state::{State, Walk};
use crate::tables::Tables;
use crate::tables::table::{Change, Row, Table};
use crate::theme::Role;

/// Where what stands: nodes, the frame, the names of the tables in it, the list, the selected row in full.
struct Places {
    nodes: Rect,
    frame: Rect,
    tabs: Rect,
    list: Rect,
    full: Rect,
}

fn places(body: Rect) -> Places {
    let frame = Rect { y: body.y + 1, height: body.height.saturating_sub(1), ..body };
    let room = inside(frame);
    let tabs = Rect { height: 1.min(room.height), ..room };
    let below = room.height.saturating_sub(tabs.height);
    let full = 2.min(below);
    let list = Rect { y: tabs.bottom(), height: below - full, ..room };
    Places {
        nodes: Rect { height: 1, ..body },
        frame,
        tabs,
        list,
        full: Rect { y: list.bottom(), height: full, ..room },
    }
}

/// A line of the list.
enum Shown<'a> {
    /// A table's name.
    Title(&'a Table),
    /// The names of its columns.
    Head(&'a Table),
    /// A row, with its number through all tables.
    Row(&'a Table, &'a Row, usize),
    /// That there are more.
    Left(usize),
}

fn shown(own: &Tables) -> Vec<Shown<'_>> {
    let mut lines = Vec::new();
    let mut number = 0;
    for table in &own.tables {
        lines.push(Shown::Title(table));
        if !table.rows.is_empty() {
            lines.push(Shown::Head(table));
        }
        for row in &table.rows {
            lines.push(Shown::Row(table, row, number));
            number += 1;
        }
        if table.left > 0 {
            lines.push(Shown::Left(table.left));
        }
    }
    lines
}

/// The first line that is shown, so that the selected row stands in the middle.
fn first(lines: &[Shown<'_>], selected: usize, height: usize) -> usize {
    let is_it = |line: &Shown<'_>| matches!(line, Shown::Row(_, _, at) if *at == selected);
    let at = lines.iter().position(is_it).unwrap_or(0);
    at.saturating_sub(height / 2).min(lines.len().saturating_sub(height))
}

/// Draws the screen.
pub fn draw(state: &State, walk: &Walk, own: &Tables, pen: &mut Pen<'_>, body: Rect) {
    let places = places(body);
    let lang = state.lang;
    for (node, area, text) in nodes(walk, own, places.nodes) {
        let role = if node == own.node { Role::Focus } else { Role::Soft };
        pen.put(area, area.x, area.y, &text, role);
    }
    let name = format!("{} {}", lang.pick("TABLES", "表"), walk.session.name(own.node));
    let room = usize::from(places.frame.width).saturating_sub(name.width() + 8);
    let about = over::step(state, walk, room);
    pen.frame(places.frame, &[(name, Role::Focus), (about, Role::Text)], true);
    if let Some(own) = &own.watch {
        return watch::draw(state, walk, own, pen, inside(places.frame));
    }
    for (at, area, text) in tabs(own, lang, places.tabs) {
        let is_it = own.selected().is_some_and(|(table, _)| table.kind == own.tables[at].kind);
        let changed = own.tables[at].is_changed();
        let role = match (is_it, changed) {
            (true, _) => Role::Focus,
            (_, true) => Role::Edit,
            _ => Role::Soft,
        };
        pen.put(area, area.x, area.y, &text, role);
    }
    if own.tables.is_empty() {
        let said = match own.is_on {
            false => text!("It is switched off.", "它已关机。"),
            true => text!("It has no tables.", "它没有表。"),
        };
        pen.put(places.list, places.list.x + 1, places.list.y, said.of(lang), Role::Soft);
        return;
    }
    let left = list(state, walk, own, pen, places.list);
    full(walk, own, pen, places.full, lang);
    if left > 0 {
        let text = format!("+{left}");
        let area = places.full;
        let x = area.right().saturating_sub(text.width() as u16 + 1);
        pen.put(area, x, area.bottom().saturating_sub(1), &text, Role::Strong);
    }
}

/// Draws the list; how many lines are below.
fn list(state: &State, walk: &Walk, own: &Tables, pen: &mut Pen<'_>, area: Rect) -> usize {
    let lines = shown(own);
    let height = usize::from(area.height);
    let first = first(&lines, own.row, height);
    let mut widths: Option<(&Table, Vec<usize>)> = None;
    for (row, line) in lines.iter().skip(first).take(height).enumerate() {
        let y = area.y + row as u16;
        if let Shown::Head(table) | Shown::Row(table, ..) = line
            && widths.as_ref().is_none_or(|(own, _)| own.kind != table.kind)
        {
            widths = Some((table, self::widths(table)));
        }
        let widths = widths.as_ref().map_or(&[][..], |(_, widths)| widths);
        match line {
            Shown::Title(table) => title(pen, area, y, table, state.lang),
            Shown::Head(table) => head(pen, area, y, table, widths, state.lang),
            Shown::Row(table, row, at) => {
                let cell = (*at == own.row).then_some(own.cell);
                let place = place(walk, own.node, row, state.lang);
                let line = Line { table, row, widths, cell, place: &place };
                draw_row(pen, area, y, &line);
            }
            Shown::Left(left) => {
                let said = text!("  {left} more", "  还有 {left} 行");
                pen.put(area, area.x, y, said.of(state.lang), Role::Soft);
            }
        }
    }
    lines.len().saturating_sub(first + height)
}

fn title(pen: &mut Pen<'_>, area: Rect, y: u16, table: &Table, lang: Lang) {
    let sign = if table.is_changed() { "~" } else { " " };
    let x = pen.put(area, area.x, y, sign, Role::Edit);
    let x = pen.put(area, x, y, table.kind.title(lang), Role::Strong);
    let x = pen.put(area, x + 1, y, table.kind.command(), Role::Soft);
    if table.rows.is_empty() {
        pen.put(area, x + 1, y, lang.pick("(empty)", "（空）"), Role::Soft);
    }
}

/// How wide each column is; 0: nothing stands in it.
fn widths(table: &Table) -> Vec<usize> {
    let of = |(at, column): (usize, &crate::tables::table::Column)| {
        let cells = table.rows.iter().filter_map(|row| row.cells.get(at));
        let most = cells.map(|cell| cell.width()).max().unwrap_or(0);
        if most == 0 { 0 } else { most.max(column.name.width()) }
    };
    table.kind.columns().iter().enumerate().map(of).collect()
}

fn head(pen: &mut Pen<'_>, area: Rect, y: u16, table: &Table, widths: &[usize], lang: Lang) {
    let mut x = area.x + 3;
    for (column, width) in table.kind.columns().iter().zip(widths).filter(|(_, width)| **width > 0)
    {
        x = pen.put(area, x, y, &pad(column.name, *width), Role::Soft) + 2;
    }
    if table.rows.iter().any(|row| row.origin.is_some()) {
        pen.put(area, x, y, lang.pick("set by", "设置于"), Role::Soft);
    }
}

/// A row and what is needed to draw it.
struct Line<'a> {
    table: &'a Table,
    row: &'a Row,
    widths: &'a [usize],
    /// If the row is selected: its selected cell, from 1, or 0.
    cell: Option<usize>,
    place: &'a str,
}

fn draw_row(pen: &mut Pen<'_>, area: Rect, y: u16, line: &Line<'_>) {
    let Line { table, row, widths, cell, place } = line;
    let is_here = cell.is_some();
    if is_here {
        pen.fill(Rect { y, height: 1, ..area }, Role::Selected);
    }
    let role = |own| if is_here { Role::Selected } else { own };
    let of_row = match row.change {
        Change::New => Role::Good,
        Change::Gone => Role::Bad,
        Change::None | Change::Was(_) => Role::Text,
    };
    let x = pen.put(area, area.x, y, if is_here { ">" } else { " " }, role(Role::Strong));
    let sign = if row.change == Change::None { of_row } else { Role::Edit };
    let mut x = pen.put(area, x, y, row.sign(), role(sign));
    for (at, width) in widths.iter().enumerate().filter(|(_, width)| **width > 0) {
        let is_cell = *cell == Some(at + 1);
        let is_changed = row.is_changed(at);
        let before = match (is_cell, is_changed) {
            (true, _) => "[",
            (_, true) => "~",
            _ => " ",
        };
        let text = row.cells.get(at).map_or("", String::as_str);
        let own = role(if is_changed { Role::Edit } else { of_row });
        x = pen.put(area, x, y, before, own);
        x = pen.put(area, x, y, &pad(text, *width), own);
        x = pen.put(area, x, y, if is_cell { "]" } else { " " }, own);
    }
    if table.rows.iter().any(|row| row.origin.is_some()) {
        let room = usize::from(area.right().saturating_sub(x + 1));
        pen.put(area, x + 1, y, &fit(place, room), role(Role::Soft));
    }
}

/// Where a row was set, in short.
fn place(walk: &Walk, node: NodeId, row: &Row, lang: Lang) -> String {
    let Some(origin) = row.origin else { return String::new() };
    let world = &walk.session.end().world;
    Names { net: &world.net, origins: &world.origins, node, lang }.place(origin)
}

/// The selected row in full: what it was, and which command has set it.
fn full(walk: &Walk, own: &Tables, pen: &mut Pen<'_>, area: Rect, lang: Lang) {
    let Some((table, row)) = own.selected() else { return };
    let columns = table.kind.columns();
    let named = |at: usize, old: &str| {
        let (name, is) = (columns[at].name, &row.cells[at]);
        format!("{name} {}", if old == is { is.clone() } else { format!("{old} → {is}") })
    };
    let old = match &row.change {
        Change::Was(old) => old,
        _ => &row.cells,
    };
    let told = (0..columns.len()).filter(|at| own.cell == 0 || own.cell == at + 1);
    let told = told.filter(|at| !row.cells[*at].is_empty() || own.cell > 0);
    let told: Vec<String> = told.map(|at| named(at, &old[at])).collect();
    let word = match row.change {
        Change::New => lang.pick("new: ", "新增："),
        Change::Gone => lang.pick("gone: ", "已消失："),
        _ => "",
    };
    let width = usize::from(area.width.saturating_sub(1));
    let first = format!("{word}{}", told.join("  "));
    pen.put(area, area.x + 1, area.y, &fit(&first, width), Role::Text);
    let Some(origin) = row.origin else { return };
    let text = match walk.session.end().world.origins.get(origin) {
        Origin::File { text, .. } => format!("  {text}"),
        _ => String::new(),
    };
    let word = lang.pick("set by", "设置于");
    let second = format!("{word} {}{text}", place(walk, own.node, row, lang));
    pen.put(area, area.x + 1, area.y + 1, &fit(&second, width), Role::Soft);
}

/// The names of the nodes with their places; where not all have room, those around the one that is looked at.
fn nodes(walk: &Walk, own: &Tables, area: Rect) -> Vec<(NodeId, Rect, String)> {
    let name = |node: NodeId| match node == own.node {
        true => format!("[{}]", walk.session.name(node)),
        false => format!(" {} ", walk.session.name(node)),
    };
    let all: Vec<(NodeId, String)> =
        walk.session.net().node_ids().map(|node| (node, name(node))).collect();
    let here = usize::from(own.node.0);
    let room = usize::from(area.width.saturating_sub(2));
    let mut first = 0;
    while first < here
        && all[first..=here].iter().map(|(_, text)| text.width()).sum::<usize>() > room
    {
        first += 1;
    }
    in_a_row(all.into_iter().skip(first), area, 0)
}

/// The names of the tables with their places.
fn tabs(own: &Tables, lang: Lang, area: Rect) -> Vec<(usize, Rect, String)> {
    let here = own.selected().map(|(table, _)| table.kind);
    let name = |(at, table): (usize, &Table)| {
        let name = table.kind.title(lang);
        let sign = if table.is_changed() { "~" } else { " " };
        let text = match Some(table.kind) == here {
            true => format!("[{}{name}]", sign.trim()),
            false => format!("{sign}{name} "),
        };
        (at, text)
    };
    in_a_row(own.tables.iter().enumerate().map(name), area, 0)
}

/// Texts one behind the other, as many as have room.
fn in_a_row<T>(
    texts: impl Iterator<Item = (T, String)>,
    area: Rect,
    gap: u16,
) -> Vec<(T, Rect, String)> {
    let mut x = area.x + 1;
    let mut found = Vec::new();
    for (what, text) in texts {
        let width = text.width() as u16;
        if x + width > area.right() {
            break;
        }
        found.push((what, Rect { x, width, height: 1.min(area.height), ..area }, text));
        x += width + gap;
    }
    found
}

/// A click on a node, a table or a row goes there.
pub fn targets(state: &State, walk: &Walk, own: &Tables, body: Rect) -> Vec<(Rect, Action)> {
    let places = places(body);
    let mut targets: Vec<(Rect, Action)> = Vec::new();
    if let Some(watch) = &own.watch {
        return watch::targets(watch, inside(places.frame));
    }
    let nodes = nodes(walk, own, places.nodes).into_iter();
    targets.extend(nodes.map(|(node, area, _)| (area, Action::AtNode(node.0))));
    let tabs = tabs(own, state.lang, places.tabs).into_iter();
    targets.extend(tabs.map(|(at, area, _)| (area, Action::Part(at as u16))));
    let (lines, height) = (shown(own), usize::from(places.list.height));
    let first = first(&lines, own.row, height);
    for (row, line) in lines.iter().skip(first).take(height).enumerate() {
        if let Shown::Row(_, _, at) = line {
            let y = places.list.y + row as u16;
            let area = Rect { y, height: 1, ..places.list };
            targets.push((area, Action::Row(*at as u16)));
        }
    }
    targets
}
