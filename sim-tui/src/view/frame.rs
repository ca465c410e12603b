//! FRAME: which bytes. The fields of the frame, beside those of the one that it was made from, and the bytes of the selected one.

use ratatui::layout::Rect;
use sim_core::frame::Frame;
use sim_core::{Lang, text};

use super::pen::{Pen, fit, pad};
use crate::action::Action;
use crate::fields::{Row, beside, fields};
use crate::session::Kind;
use crate::state::{Pane, State, Walk};
use crate::theme::Role;

/// The frame that the step's one was made from, or answers.
fn origin(walk: &Walk) -> Option<&Frame> {
    let session = &walk.session;
    let frame = session.frame(walk.step)?;
    if let Some(parent) = frame.parent {
        return session.frame_by_id(parent).map(|(_, parent)| parent);
    }
    // An answer of ARP was made anew; the question stands beside it.
    let Kind::Frame { from: Some(from), .. } = session.steps()[walk.step].kind else { return None };
    let value = |frame: &Frame, name: &str| {
        fields(frame.bytes.bytes()).into_iter().find(|own| own.name == name).map(|own| own.value)
    };
    if value(frame, "arp.opcode").as_deref() != Some("2") {
        return None;
    }
    let asked = value(frame, "arp.src.proto_ipv4");
    let is_question = |at: &usize| {
        session.steps()[*at].node == Some(from)
            && session.frame(*at).is_some_and(|own| {
                value(own, "arp.opcode").as_deref() == Some("1")
                    && value(own, "arp.dst.proto_ipv4") == asked
            })
    };
    let at = (0..walk.step).rev().take(NEAR).find(is_question)?;
    session.frame(at)
}

/// The question to an answer is not farther back than this many steps.
const NEAR: usize = 200;

/// The rows that are shown.
pub fn rows(walk: &Walk) -> Vec<Row> {
    let Some(frame) = walk.session.frame(walk.step) else { return Vec::new() };
    let before = origin(walk).map(|own| own.bytes.bytes());
    let mut rows = beside(before, frame.bytes.bytes());
    let is_edited = |row: &Row| row.is_changed() && row.before.is_some() && row.after.is_some();
    rows.retain(|row| walk.all_fields || row.telling || is_edited(row) && is_told(&row.name));
    rows
}

/// Whether a change of this field is worth a row by itself: lengths and sums follow from the others.
fn is_told(name: &str) -> bool {
    !["ip.checksum", "tcp.checksum", "udp.checksum", "eth.padding"]
        .iter()
        .any(|own| name.ends_with(own))
}

/// Which frame it is, for the title.
pub fn about(walk: &Walk, lang: Lang) -> String {
    let session = &walk.session;
    let Some(frame) = session.frame(walk.step) else { return String::new() };
    let step = &session.steps()[walk.step];
    let name = |node: Option<sim_core::event::NodeId>| node.map_or("?", |node| session.name(node));
    let from = match step.kind {
        Kind::Frame { from, .. } => name(from),
        _ => "?",
    };
    let (len, to) = (frame.bytes.len(), name(step.node));
    let bytes = lang.pick("bytes", "字节");
    format!("{from} → {to}  {len} {bytes}")
}

/// Draws the fields and the bytes.
pub fn draw(state: &State, walk: &Walk, pen: &mut Pen<'_>, area: Rect) {
    let lang = state.lang;
    let rows = rows(walk);
    let Some(frame) = walk.session.frame(walk.step) else {
        let said = text!("This step is no frame.", "这一步不是帧。");
        pen.put(area, area.x, area.y, said.of(lang), Role::Soft);
        return;
    };
    let bytes = frame.bytes.bytes();
    let has_before = origin(walk).is_some();
    let columns = Columns::new(usize::from(area.width), &rows);
    head(walk, pen, area, &columns, has_before, lang);
    let places = places(walk, area, rows.len(), bytes.len());
    let selected = walk.field.min(rows.len().saturating_sub(1));
    let first = first(&places, selected);
    for (row, (at, own)) in rows.iter().enumerate().skip(first).take(places.fields).enumerate() {
        let y = area.y + 1 + row as u16;
        let is_selected = walk.pane == Pane::Frame && at == selected;
        draw_row(pen, area, y, own, &columns, has_before, is_selected);
    }
    if places.bytes > 0 {
        let own = rows.get(selected).map_or(0..0, |row| row.bytes.clone());
        let own = if walk.pane == Pane::Frame { own } else { 0..0 };
        let changed: Vec<_> = rows
            .iter()
            .filter(|row| has_before && row.is_changed())
            .map(|row| row.bytes.clone())
            .collect();
        let top = area.y + 1 + places.fields as u16;
        let below = Rect { y: top, height: area.bottom().saturating_sub(top), ..area };
        hex(pen, below, bytes, &own, &changed);
    }
}

/// The widths of the columns.
struct Columns {
    name: usize,
    value: usize,
}

impl Columns {
    fn new(width: usize, rows: &[Row]) -> Self {
        let name = rows.iter().map(|row| row.name.len()).max().unwrap_or(0).clamp(10, 22);
        let value = width.saturating_sub(name + 4) / 2;
        Self { name, value }
    }
}

/// What stands in which column.
fn head(
    walk: &Walk,
    pen: &mut Pen<'_>,
    area: Rect,
    columns: &Columns,
    has_before: bool,
    lang: Lang,
) {
    let x = pen.put(
        area,
        area.x,
        area.y,
        &pad(lang.pick("field", "字段"), columns.name + 1),
        Role::Soft,
    );
    let sender = match walk.session.steps()[walk.step].kind {
        Kind::Frame { from: Some(from), .. } => walk.session.name(from),
        _ => "?",
    };
    if !has_before {
        let said = text!("as {sender} made it", "{sender} 所构造");
        pen.put(area, x, area.y, said.of(lang), Role::Soft);
        return;
    }
    let before = text!("as {sender} got it", "{sender} 收到时");
    let after = text!("as {sender} sent it", "{sender} 发出时");
    let x = pen.put(area, x, area.y, &pad(before.of(lang), columns.value), Role::Soft);
    pen.put(area, x + 3, area.y, &fit(after.of(lang), columns.value), Role::Soft);
}

fn draw_row(
    pen: &mut Pen<'_>,
    area: Rect,
    y: u16,
    row: &Row,
    columns: &Columns,
    has_before: bool,
    is_selected: bool,
) {
    let (before, after) =
        (row.before.as_deref().unwrap_or("-"), row.after.as_deref().unwrap_or("-"));
    let is_changed = has_before && row.is_changed();
    let role = |role| if is_selected { Role::Selected } else { role };
    let value = role(if is_changed { Role::Edit } else { Role::Text });
    let name = short(&row.name, columns.name);
    let mut x = pen.put(area, area.x, y, &pad(&name, columns.name + 1), role(Role::Soft));
    if has_before {
        x = pen.put(area, x, y, &pad(before, columns.value), role(Role::Text));
        let sign = if is_changed { " ~ " } else { "   " };
        x = pen.put(area, x, y, sign, value);
        pen.put(area, x, y, &pad(after, columns.value), value);
    } else {
        let rest = usize::from(area.right().saturating_sub(x));
        pen.put(area, x, y, &pad(after, rest), value);
    }
}

/// A name that is too long loses its begin: what it is inside of.
fn short(name: &str, width: usize) -> String {
    let skipped = name.len().saturating_sub(width);
    name.get(skipped..).unwrap_or(name).to_owned()
}

/// How many rows the fields have, and how many the bytes.
struct Places {
    fields: usize,
    bytes: usize,
}

fn places(walk: &Walk, area: Rect, rows: usize, len: usize) -> Places {
    let height = usize::from(area.height).saturating_sub(1);
    let wanted = if walk.hex { len.div_ceil(per_row(area)) } else { 0 };
    // Fields first; of the bytes as many rows as are left, but some if there are any.
    let least = if walk.hex && height > 6 { wanted.min(2) } else { 0 };
    let fields = rows.min(height - least.min(height));
    Places { fields, bytes: wanted.min(height - fields) }
}

fn first(places: &Places, selected: usize) -> usize {
    (selected + 1).saturating_sub(places.fields)
}

fn per_row(area: Rect) -> usize {
    if area.width >= 54 { 16 } else { 8 }
}

/// Bytes in hex, from the row on in which the selected field begins if they do not all fit.
fn hex(
    pen: &mut Pen<'_>,
    area: Rect,
    bytes: &[u8],
    selected: &std::ops::Range<usize>,
    changed: &[std::ops::Range<usize>],
) {
    let per_row = per_row(area);
    let (height, count) = (usize::from(area.height), bytes.len().div_ceil(per_row));
    let first = (selected.start / per_row).min(count.saturating_sub(height));
    for (row, chunk) in bytes.chunks(per_row).enumerate().skip(first).take(height) {
        let y = area.y + (row - first) as u16;
        let mut x = pen.put(area, area.x, y, &format!("{:04x} ", row * per_row), Role::Soft);
        for (at, byte) in chunk.iter().enumerate().map(|(at, byte)| (row * per_row + at, byte)) {
            let role = if selected.contains(&at) {
                Role::Selected
            } else if changed.iter().any(|own| own.contains(&at)) {
                Role::Edit
            } else {
                Role::Text
            };
            let blank =
                if selected.contains(&at) && at > selected.start { role } else { Role::Text };
            x = pen.put(area, x, y, " ", if at % per_row == 0 { Role::Text } else { blank });
            x = pen.put(area, x, y, &format!("{byte:02x}"), role);
        }
    }
}

/// A click on a field selects it.
pub fn targets(walk: &Walk, area: Rect) -> Vec<(Rect, Action)> {
    let rows = rows(walk);
    let Some(frame) = walk.session.frame(walk.step) else { return Vec::new() };
    let places = places(walk, area, rows.len(), frame.bytes.len());
    let first = first(&places, walk.field.min(rows.len().saturating_sub(1)));
    let row = |row: usize| {
        let own = Rect { y: area.y + 1 + row as u16, height: 1, ..area };
        (own.intersection(area), Action::Row((first + row) as u16))
    };
    (0..places.fields.min(rows.len().saturating_sub(first))).map(row).collect()
}
