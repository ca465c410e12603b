//! A screen as a picture: a buffer as SVG, its text selectable, the same bytes each time.

use std::fmt::Write;

use ratatui::buffer::Buffer;
use ratatui::style::{Color, Modifier};
use unicode_width::UnicodeWidthStr;

/// The size of a cell.
const CELL: (u32, u32) = (9, 19);

/// The picture of a buffer.
pub fn svg(buffer: &Buffer) -> String {
    let area = buffer.area;
    let (width, height) = (u32::from(area.width) * CELL.0, u32::from(area.height) * CELL.1);
    let mut grounds = String::new();
    let mut words = String::new();
    for y in area.rows() {
        let mut x = area.x;
        while x < area.right() {
            let cell = &buffer[(x, y.y)];
            let wide = cell.symbol().width().max(1) as u16;
            let (mut text, mut ground) = (colour(cell.fg, "#d0d0d0"), colour(cell.bg, "#1c1c1c"));
            if cell.modifier.contains(Modifier::REVERSED) {
                std::mem::swap(&mut text, &mut ground);
            }
            let (left, top) = (u32::from(x - area.x) * CELL.0, u32::from(y.y - area.y) * CELL.1);
            let (w, h) = (u32::from(wide) * CELL.0, CELL.1);
            // Taking text in cannot fail.
            let _ = write!(
                grounds,
                r#"<rect x="{left}" y="{top}" width="{w}" height="{h}" fill="{ground}"/>"#
            );
            if cell.symbol() != " " {
                let weight = if cell.modifier.contains(Modifier::BOLD) {
                    r#" font-weight="bold""#
                } else {
                    ""
                };
                let line = if cell.modifier.contains(Modifier::UNDERLINED) {
                    r#" text-decoration="underline""#
                } else {
                    ""
                };
                let symbol = cell.symbol().replace('&', "&amp;").replace('<', "&lt;");
                let base = top + 15;
                let _ = write!(
                    words,
                    r#"<text x="{left}" y="{base}" fill="{text}"{weight}{line}>{symbol}</text>"#
                );
            }
            x += wide;
        }
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" font-family=\"DejaVu Sans Mono, Noto Sans Mono CJK SC, monospace\" font-size=\"15\" shape-rendering=\"crispEdges\">{grounds}{words}</svg>\n"
    )
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
