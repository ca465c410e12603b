//! A string's content that knows which bytes of the file it came from.
//!
//! `ron` reports places for its own syntax only. A command's error is a place in the string after
//! escapes are taken out and parameters are put in; this is the way back.

use std::ops::Range;

use super::Origin;
use super::error::Source;

/// Text with its places in a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Mapped {
    text: String,
    /// For each byte of `text`, what it came from.
    from: Vec<Range<usize>>,
    /// Where the text ends in the file: what is missing is missing here.
    end: usize,
}

impl Mapped {
    /// The content of a RON string literal that starts at `start` of `file`: `"…"` or `r#"…"#`.
    ///
    /// The literal has been accepted by `ron`; what is not one reads as far as it makes sense.
    pub(super) fn literal(file: &str, literal: Range<usize>) -> Self {
        let body = &file[literal.clone()];
        let hashes = body.bytes().skip(1).take_while(|byte| *byte == b'#').count();
        let mut content = Self { end: literal.end.saturating_sub(1), ..Self::default() };
        if body.starts_with('r') {
            content.end = literal.end.saturating_sub(1 + hashes);
            let start = literal.start + 2 + hashes;
            content.copy(file, start..content.end.max(start));
            return content;
        }
        let mut at = literal.start + 1;
        while at < content.end {
            let rest = &file[at..content.end];
            let (length, decoded) = match rest.strip_prefix('\\') {
                None => (rest.chars().next().map_or(1, char::len_utf8), rest.chars().next()),
                Some(escape) => {
                    let (length, decoded) = unescape(escape);
                    (1 + length, decoded)
                }
            };
            if let Some(decoded) = decoded {
                content.push(decoded.encode_utf8(&mut [0; 4]), at..at + length);
            }
            at += length;
        }
        content
    }

    /// The text.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Adds `text`, all of which came from these bytes.
    pub(super) fn push(&mut self, text: &str, from: Range<usize>) {
        self.text += text;
        self.from.resize(self.text.len(), from);
    }

    /// Adds a part of another, which keeps its places.
    pub(super) fn push_part(&mut self, other: &Self, part: Range<usize>) {
        self.text += &other.text[part.clone()];
        self.from.extend_from_slice(&other.from[part]);
    }

    /// One without text that ends where this one ends.
    pub(super) fn emptied(&self) -> Self {
        Self { end: self.end, ..Self::default() }
    }

    /// This text with others around it, which came from all of it.
    pub(super) fn between(&self, before: &str, after: &str) -> Self {
        let all = self.place(0..self.text.len());
        let mut whole = self.emptied();
        whole.push(before, all.clone());
        whole.push_part(self, 0..self.text.len());
        whole.push(after, all);
        whole
    }

    /// The bytes of the file that this part of the text came from.
    pub(super) fn place(&self, part: Range<usize>) -> Range<usize> {
        let end = part.end.min(self.from.len());
        match self.from.get(part.start) {
            None => self.end..self.end,
            Some(first) if part.start >= end => first.start..first.start,
            Some(first) => first.start..self.from[end - 1].end,
        }
    }

    /// The places of the bytes from which on the text stands in the file as it reads: one for a
    /// plain string, more around escapes, parameters and ends of lines.
    pub(super) fn places(&self, source: Source<'_>) -> Vec<(usize, Origin)> {
        let mut places = Vec::new();
        let mut next = None;
        for (at, character) in self.text.char_indices() {
            let from = self.from[at].start;
            if next != Some(from) {
                places.push((at, source.origin(from)));
            }
            next = (character != '\n').then_some(from + character.len_utf8());
        }
        places
    }

    fn copy(&mut self, file: &str, range: Range<usize>) {
        for (offset, character) in file[range.clone()].char_indices() {
            let start = range.start + offset;
            let end = start + character.len_utf8();
            self.push(&file[start..end], start..end);
        }
    }
}

/// How many bytes behind a backslash belong to it, and the character that they mean.
///
/// A line's end means none, and the white space behind it belongs to it, as in Rust.
fn unescape(text: &str) -> (usize, Option<char>) {
    let Some(first) = text.chars().next() else { return (0, None) };
    match first {
        '\n' | '\r' => (text.len() - text.trim_start_matches([' ', '\t', '\n', '\r']).len(), None),
        'n' => (1, Some('\n')),
        'r' => (1, Some('\r')),
        't' => (1, Some('\t')),
        '0' => (1, Some('\0')),
        'x' => (1..=4).find_map(|count| bytes(text, count)).unwrap_or((1, None)),
        'u' => {
            let digits = text[1..].strip_prefix('{').and_then(|rest| rest.split_once('}'));
            let Some((digits, _)) = digits else { return (1, None) };
            let code = u32::from_str_radix(digits, 16).ok();
            (digits.len() + 3, code.and_then(char::from_u32))
        }
        other => (other.len_utf8(), Some(other)),
    }
}

/// One character spelled as this many bytes, `xe4\xb8\xad`, the first backslash left out.
fn bytes(text: &str, count: usize) -> Option<(usize, Option<char>)> {
    let length = 4 * count - 1;
    let byte = |part: &str| u8::from_str_radix(part.strip_prefix('x')?, 16).ok();
    let bytes: Vec<u8> = text.get(..length)?.split('\\').map(byte).collect::<Option<_>>()?;
    Some((length, str::from_utf8(&bytes).ok()?.chars().next()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The place of the text's `Z`s in the literal, and the text.
    fn find(literal: &str) -> (String, Range<usize>) {
        let content = Mapped::literal(literal, 0..literal.len());
        let start = content.text().find('Z').expect("a Z");
        let end = content.text().rfind('Z').expect("a Z") + 1;
        (content.text().into(), content.place(start..end))
    }

    #[test]
    #[rustfmt::skip]
    fn knows_where_it_came_from() {
        for (literal, text, place) in [
            (r#""ab ZZ""#,               "ab ZZ",     4..6),
            (r#""\"\\ ZZ""#,             "\"\\ ZZ",   6..8),
            (r#""\x41\u{4e2d}中 ZZ""#,   "A中中 ZZ",  17..19),
            (r#""\t\n\r\0ZZ""#,          "\t\n\r\0ZZ", 9..11),
            (r#""\xe4\xb8\xadZZ""#,       "中ZZ",      13..15),
            ("\"a \\\n      ZZ\"",       "a ZZ",      11..13), // a line goes on
            ("r\"a\\ZZ\"",               "a\\ZZ",     4..6),
            ("r##\"a\"#ZZ\"##",          "a\"#ZZ",    7..9),
            (r#""Z\u{5a}""#,             "ZZ",        1..8),
        ] {
            assert_eq!(find(literal), (text.into(), place), "{literal}");
            let read: String = ron::from_str(literal).expect("valid RON");
            assert_eq!(read, text, "{literal} as ron reads it");
        }
    }

    #[test]
    fn what_is_missing_is_missing_at_the_end() {
        let content = Mapped::literal("xx\"ab\"", 2..6);
        assert_eq!(content.place(2..2), 5..5);
        assert_eq!(content.place(0..99), 3..5);
        assert_eq!(content.place(1..1), 4..4);
        let raw = Mapped::literal("r#\"ab\"#", 0..7);
        assert_eq!(raw.place(2..2), 5..5);
    }
}
