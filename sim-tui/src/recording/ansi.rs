//! What a terminal is sent so that it shows one screen after another.

use std::fmt::Write;

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};

/// What changes one screen into the next; both have the same size.
pub fn change(before: &Buffer, after: &Buffer) -> String {
    let mut out = String::new();
    let (mut place, mut look) = (None, None);
    for (x, y, cell) in before.diff(after) {
        // Taking text in cannot fail.
        if place != Some((x, y)) {
            let _ = write!(out, "\u{1b}[{};{}H", y + 1, x + 1);
        }
        let own = style(cell);
        if look.as_ref() != Some(&own) {
            out.push_str(&own);
            look = Some(own);
        }
        out.push_str(cell.symbol());
        let wide = unicode_width::UnicodeWidthStr::width(cell.symbol()).max(1) as u16;
        place = Some((x + wide, y));
    }
    if look.is_some() {
        out.push_str("\u{1b}[0m");
    }
    out
}

/// How a cell looks, after all that was before.
fn style(cell: &Cell) -> String {
    let mut codes = String::from("\u{1b}[0");
    for (modifier, code) in
        [(Modifier::BOLD, 1), (Modifier::UNDERLINED, 4), (Modifier::REVERSED, 7)]
    {
        if cell.modifier.contains(modifier) {
            let _ = write!(codes, ";{code}");
        }
    }
    for (colour, code) in [(cell.fg, 38), (cell.bg, 48)] {
        if let Color::Indexed(index) = colour {
            let _ = write!(codes, ";{code};5;{index}");
        }
    }
    codes.push('m');
    codes
}
