//! Drawing words into a buffer: clipped to their area, and no wide character in halves.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use sim_core::export::ladder::wrap;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::theme::{Role, Signs, Theme};

/// Words with what they are.
pub type Line = Vec<(String, Role)>;

/// A line of one kind.
pub fn line(text: impl Into<String>, role: Role) -> Line {
    vec![(text.into(), role)]
}

/// Prose in lines of so many columns.
pub fn prose(text: &str, width: usize, role: Role) -> Vec<Line> {
    wrap(text, width.max(2)).into_iter().map(|own| line(own, role)).collect()
}

/// Prose behind a mark; the lines that follow begin below its text.
pub fn hanging(mark: &str, role: Role, text: &str, width: usize, text_role: Role) -> Vec<Line> {
    let indent = mark.width();
    let lines = wrap(text, width.saturating_sub(indent).max(2));
    let first = |at: usize| if at == 0 { mark.to_owned() } else { " ".repeat(indent) };
    lines
        .into_iter()
        .enumerate()
        .map(|(at, own)| vec![(first(at), role), (own, text_role)])
        .collect()
}

/// As much of a text as fits; a sign at its end says that there is more.
pub fn fit(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut kept = String::new();
    let mut used = 0;
    for own in text.chars() {
        used += own.width().unwrap_or(0);
        if used + 1 > width {
            break;
        }
        kept.push(own);
    }
    // Prose is rather cut between two words, if not much is lost by it.
    if let Some(blank) = kept.rfind(' ').filter(|blank| kept.len() - blank < 12 && *blank > 12) {
        kept.truncate(blank);
        kept.push(' ');
    }
    if width > 0 {
        kept.push('…');
    }
    kept
}

/// A text with blanks behind it up to a width, cut if it is longer.
pub fn pad(text: &str, width: usize) -> String {
    let text = fit(text, width);
    let blanks = width.saturating_sub(text.width());
    text + &" ".repeat(blanks)
}

/// What draws.
pub struct Pen<'a> {
    buffer: &'a mut Buffer,
    theme: Theme,
    /// The characters.
    pub signs: &'static Signs,
}

impl<'a> Pen<'a> {
    pub fn new(buffer: &'a mut Buffer, theme: Theme, signs: &'static Signs) -> Self {
        Self { buffer, theme, signs }
    }

    /// Empties an area.
    pub fn fill(&mut self, area: Rect, role: Role) {
        let style = self.theme.style(role);
        let area = area.intersection(self.buffer.area);
        for position in area.positions() {
            self.buffer[position].reset();
            self.buffer[position].set_style(style);
        }
        // A wide character whose second half was there is gone as well.
        let Some(x) = area.x.checked_sub(1) else { return };
        for y in area.top()..area.bottom() {
            if let Some(cell) =
                self.buffer.cell_mut((x, y)).filter(|cell| cell.symbol().width() > 1)
            {
                cell.set_symbol(" ");
            }
        }
    }

    /// Writes from a place on, as far as the area goes; the column behind it.
    pub fn put(&mut self, area: Rect, x: u16, y: u16, text: &str, role: Role) -> u16 {
        let area = area.intersection(self.buffer.area);
        if y < area.top() || y >= area.bottom() || x < area.left() || x >= area.right() {
            return x;
        }
        let room = usize::from(area.right() - x);
        self.buffer.set_stringn(x, y, text, room, self.theme.style(role)).0
    }

    /// Writes a line.
    pub fn line(&mut self, area: Rect, x: u16, y: u16, line: &[(String, Role)]) -> u16 {
        line.iter().fold(x, |x, (text, role)| self.put(area, x, y, text, *role))
    }

    /// Changes how a row looks.
    pub fn shade(&mut self, area: Rect, role: Role) {
        let style = self.theme.style(role);
        self.buffer.set_style(area.intersection(self.buffer.area), style);
    }

    /// A frame with a title.
    pub fn frame(&mut self, area: Rect, title: &[(String, Role)], focus: bool) {
        if area.width < 2 || area.height < 2 {
            return;
        }
        let role = if focus { Role::Focus } else { Role::Line };
        let signs = self.signs;
        let (horizontal, vertical) = (signs.horizontal, signs.vertical);
        let middle = horizontal.repeat(usize::from(area.width - 2));
        let (right, bottom) = (area.right() - 1, area.bottom() - 1);
        self.put(
            area,
            area.x,
            area.y,
            &format!("{}{middle}{}", signs.top_left, signs.top_right),
            role,
        );
        self.put(
            area,
            area.x,
            bottom,
            &format!("{}{middle}{}", signs.bottom_left, signs.bottom_right),
            role,
        );
        for y in area.y + 1..bottom {
            self.put(area, area.x, y, vertical, role);
            self.put(area, right, y, vertical, role);
        }
        let head = Rect { width: area.width.saturating_sub(2), height: 1, ..area };
        let mut x = area.x + 2;
        // What has the focus says so without colour as well.
        let (open, close) = if focus { ("[", "]") } else { (" ", " ") };
        for (at, (text, own)) in title.iter().filter(|(text, _)| !text.is_empty()).enumerate() {
            let room = usize::from(head.right().saturating_sub(x + 2));
            let (before, behind) = if at == 0 { (open, close) } else { (" ", " ") };
            x = self.put(
                head,
                x,
                area.y,
                &format!("{before}{}{behind}", fit(text, room)),
                if at == 0 { *own } else { Role::Text },
            );
        }
    }

    /// Lines from one of them on; a sign says that there are more.
    pub fn scrolled(&mut self, area: Rect, lines: &[Line], first: usize) {
        let height = usize::from(area.height);
        for (row, own) in lines.iter().skip(first).take(height).enumerate() {
            self.line(area, area.x, area.y + row as u16, own);
        }
        let left = lines.len().saturating_sub(first + height);
        if left > 0 && area.width > 12 {
            let text = format!(" +{left} ");
            let x = area.right().saturating_sub(text.width() as u16 + 1);
            // In the frame below.
            let below = Rect { height: area.height + 1, ..area };
            self.put(below, x, area.bottom(), &text, Role::Strong);
        }
    }

    /// Draws a cursor.
    pub fn cursor(&mut self, x: u16, y: u16) {
        if let Some(cell) = self.buffer.cell_mut((x, y)) {
            let style = self.theme.style(Role::Selected);
            cell.set_style(style);
        }
    }

    /// What only richer terminals have becomes what all have; wide characters are words and stay.
    pub fn make_ascii(&mut self, area: Rect) {
        for position in area.positions() {
            let Some(cell) = self.buffer.cell_mut(position) else { continue };
            let symbol = cell.symbol();
            if symbol.is_ascii() || symbol.width() != 1 {
                continue;
            }
            let plain = match symbol {
                "→" | "▶" => ">",
                "←" | "◀" => "<",
                "↑" => "^",
                "↓" => "v",
                "…" | "·" => ".",
                "“" | "”" => "\"",
                "‘" | "’" => "'",
                "×" => "x",
                "–" | "—" => "-",
                _ => "?",
            };
            cell.set_symbol(plain);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[rustfmt::skip]
    fn what_does_not_fit_is_cut_with_a_sign() {
        for (text, width, kept) in [
            ("router", 6, "router"), ("router", 5, "rout…"), ("路由器", 6, "路由器"), ("路由器", 5, "路由…"),
            ("路由器", 4, "路…"), ("ab", 0, ""),
        ] {
            assert_eq!(fit(text, width), kept);
            assert!(fit(text, width).width() <= width);
        }
    }
}
