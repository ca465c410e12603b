//! A word of a command line: what it says after the shell's work, and where it was typed.

use std::fmt;
use std::ops::Range;

/// One word of a command, unquoted and with its variables filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// What the program would find in its `argv`.
    pub text: String,
    /// Where it was typed: bytes of the line.
    pub span: Range<usize>,
}

impl Word {
    /// The word `text`, typed at `span`.
    pub fn new(text: impl Into<String>, span: Range<usize>) -> Self {
        Self { text: text.into(), span }
    }

    /// The rest of this word from byte `from` on: the `5` of `-w5`.
    ///
    /// Where quotes or variables made the text differ in length from what was typed, the place is
    /// the whole word's.
    pub(super) fn tail(&self, from: usize) -> Self {
        let exact = self.span.len() == self.text.len();
        let start = if exact { self.span.start + from } else { self.span.start };
        Self::new(&self.text[from..], start..self.span.end)
    }
}

/// A text as one word of a command line: quoted if the shell would read it otherwise.
#[derive(Clone, Copy, Debug)]
pub struct Quoted<'a>(pub &'a str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:,=@%+^".contains(c);
        if !self.0.is_empty() && self.0.chars().all(plain) {
            return f.write_str(self.0);
        }
        write!(f, "'{}'", self.0.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_what_a_shell_would_change() {
        let rows = [
            ("eth0:0", "eth0:0"),
            ("", "''"),
            ("a b", "'a b'"),
            ("$vip", "'$vip'"),
            ("it's", r"'it'\''s'"),
            ("网", "'网'"),
        ];
        for (text, printed) in rows {
            assert_eq!(Quoted(text).to_string(), printed);
        }
    }

    #[test]
    fn a_tail_points_at_its_own_bytes_where_it_can() {
        assert_eq!(Word::new("-w5", 10..13).tail(2), Word::new("5", 12..13));
        assert_eq!(Word::new("-w5", 10..20).tail(2), Word::new("5", 10..20));
    }
}
