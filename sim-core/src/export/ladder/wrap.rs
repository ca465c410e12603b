//! Lines of a text that are not wider than so many columns; a Chinese character takes two.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// What no line begins with.
const NOT_FIRST: &str = "，。、；：？！”’）》,.;:?!)";

/// Wraps a text at spaces and between Chinese characters; a word that is too long is cut.
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let mut line = String::new();
        for piece in pieces(paragraph) {
            if line.width() + piece.trim_end().width() > columns && !line.is_empty() {
                lines.push(std::mem::take(&mut line).trim_end().to_owned());
            }
            for character in piece.chars() {
                let width = character.width().unwrap_or(0);
                if line.width() + width > columns && character != ' ' {
                    lines.push(std::mem::take(&mut line));
                }
                line.push(character);
            }
        }
        lines.push(line.trim_end().to_owned());
    }
    lines
}

/// Words with the spaces behind them; Chinese characters by themselves, with the signs behind them.
fn pieces(text: &str) -> Vec<String> {
    let mut pieces: Vec<String> = Vec::new();
    let mut open = false;
    for character in text.chars() {
        let is_wide = character.width().unwrap_or(0) > 1;
        let stays = NOT_FIRST.contains(character) || character == ' ' || !is_wide && open;
        match pieces.last_mut() {
            Some(last) if stays => last.push(character),
            _ => pieces.push(character.into()),
        }
        open = !is_wide && character != ' ';
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_keep_to_their_width() {
        for (text, columns, lines) in [
            ("one two three", 7, &["one two", "three"][..]),
            ("a 172.16.100.100", 10, &["a", "172.16.100", ".100"]),
            ("两处泄漏，两个参数。", 8, &["两处泄", "漏，两个", "参数。"]),
            ("设 arp_ignore=1 制止", 14, &["设", "arp_ignore=1", "制止"]),
            ("one\ntwo", 9, &["one", "two"]),
        ] {
            assert_eq!(wrap(text, columns), lines, "{text}");
        }
    }
}
