//! A screen as a picture: a buffer as SVG, its text selectable, the same bytes each time.

use std::fmt::Write;

use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier};
use unicode_width::UnicodeWidthStr;

/// The size of a cell.
const CELL: (u32, u32) = (9, 19);

/// The picture of a buffer.
pub fn svg(buffer: &Buffer) -> String {
    let area = buffer.area;
    let (width, height) = (u32::from(area.width) * CELL.0, u32::from(area.height) * CELL.1);
    let (mut grounds, mut words) = (String::new(), String::new());
    for (row, y) in area.rows().zip(0_u32..) {
        for run in runs(buffer, row) {
            let (left, top) = (u32::from(run.x - area.x) * CELL.0, y * CELL.1);
            let (wide, high) = (u32::from(run.columns) * CELL.0, CELL.1);
            // Taking text in cannot fail.
            let _ = writeln!(
                grounds,
                r#"<rect x="{left}" y="{top}" width="{wide}" height="{high}" fill="{}"/>"#,
                run.look.ground
            );
            let weight = if run.look.bold { r#" font-weight="bold""# } else { "" };
            let line = if run.look.underlined { r#" text-decoration="underline""# } else { "" };
            for (skipped, piece) in pieces(&run.text) {
                let left = left + skipped * CELL.0;
                let (wide, base) = (piece.width() as u32 * CELL.0, top + 15);
                // The length keeps columns in line, whatever font there is.
                let _ = writeln!(
                    words,
                    r#"<text x="{left}" y="{base}" textLength="{wide}" fill="{}"{weight}{line}>{}</text>"#,
                    run.look.text,
                    escaped(piece)
                );
            }
        }
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" font-family=\"DejaVu Sans Mono, Noto Sans Mono CJK SC, monospace\" font-size=\"15\" shape-rendering=\"crispEdges\">\n{grounds}{words}</svg>\n"
    )
}

/// The pieces of a text with single blanks at most, and how many columns lie before each: what draws pictures takes blanks for less
/// than they are.
fn pieces(text: &str) -> Vec<(u32, &str)> {
    let mut found = Vec::new();
    let (mut rest, mut at) = (text, 0);
    while let Some(begin) = rest.find(|own| own != ' ') {
        let behind = &rest[begin..];
        let piece = behind.split("  ").next().unwrap_or(behind).trim_end();
        at += begin as u32;
        found.push((at, piece));
        at += piece.width() as u32;
        rest = &behind[piece.len()..];
    }
    found
}

/// How some cells look.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Look {
    pub(crate) text: String,
    pub(crate) ground: String,
    pub(crate) bold: bool,
    pub(crate) underlined: bool,
}

impl Look {
    fn of(cell: &Cell) -> Self {
        let (mut text, mut ground) = (colour(cell.fg, "#d0d0d0"), colour(cell.bg, "#1c1c1c"));
        if cell.modifier.contains(Modifier::REVERSED) {
            std::mem::swap(&mut text, &mut ground);
        }
        let has = |modifier| cell.modifier.contains(modifier);
        Self { text, ground, bold: has(Modifier::BOLD), underlined: has(Modifier::UNDERLINED) }
    }
}

/// Cells of a row behind each other that look the same and are equally wide.
pub(crate) struct Run {
    pub(crate) x: u16,
    pub(crate) columns: u16,
    pub(crate) text: String,
    pub(crate) look: Look,
}

/// The runs of a row.
pub(crate) fn runs(buffer: &Buffer, row: Rect) -> Vec<Run> {
    let mut found: Vec<(Run, Kind)> = Vec::new();
    let mut x = row.x;
    while x < row.right() {
        let cell = &buffer[(x, row.y)];
        // Behind a wide character there is a cell that is not seen.
        let columns = cell.symbol().width().max(1) as u16;
        let kind = match (columns, cell.symbol().is_ascii()) {
            (1, true) => Kind::Plain,
            (1, false) => Kind::Sign,
            _ => Kind::Wide,
        };
        let look = Look::of(cell);
        match found.last_mut() {
            Some((run, own)) if *own == kind && run.look == look => {
                run.columns += columns;
                run.text.push_str(cell.symbol());
            }
            _ => found.push((Run { x, columns, text: cell.symbol().to_owned(), look }, kind)),
        }
        x += columns;
    }
    found.into_iter().map(|(run, _)| run).collect()
}

/// Characters that most often come of one font, so that they are equally wide.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Plain,
    Sign,
    Wide,
}

/// A text as markup has it.
pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

/// A colour as a page writes it.
fn colour(own: Color, plain: &str) -> String {
    let step = |part: u8| if part == 0 { 0 } else { 55 + 40 * u32::from(part) };
    match own {
        Color::Indexed(index @ 16..=231) => {
            let cube = index - 16;
            format!("#{:02x}{:02x}{:02x}", step(cube / 36), step(cube / 6 % 6), step(cube % 6))
        }
        Color::Indexed(index @ 232..=255) => {
            format!("#{0:02x}{0:02x}{0:02x}", 8 + 10 * u32::from(index - 232))
        }
        _ => plain.to_owned(),
    }
}

/// The text of a buffer, a line a row, without the blanks at their ends.
pub fn text(buffer: &Buffer) -> String {
    let mut text = String::new();
    for row in buffer.area.rows() {
        let mut line = String::new();
        let mut x = row.x;
        while x < row.right() {
            let symbol = buffer[(x, row.y)].symbol();
            line.push_str(symbol);
            // Behind a wide character there is a cell that is not seen.
            x += symbol.width().max(1) as u16;
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::pieces;

    #[test]
    fn blanks_are_places() {
        assert_eq!(pieces("  a b   中c "), [(2, "a b"), (8, "中c")]);
        assert_eq!(pieces("   "), []);
    }
}
