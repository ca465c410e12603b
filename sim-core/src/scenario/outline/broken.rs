//! What can be told of a text that is no RON: where strings and brackets are open.

use std::ops::Range;

use super::Scanner;

/// The last string that opens before a byte of a text.
pub(in crate::scenario) struct LastString {
    /// Its bytes; up to that byte if it is open there.
    pub(in crate::scenario) range: Range<usize>,
    /// Whether it ends before.
    pub(in crate::scenario) is_closed: bool,
}

/// A bracket that is open at a byte of a text.
pub(in crate::scenario) struct OpenBracket {
    /// Where it stands.
    pub(in crate::scenario) at: usize,
    /// The name of the field before that byte; empty if there is none.
    pub(in crate::scenario) field: Range<usize>,
}

/// The last string before a byte of a text.
pub(in crate::scenario) fn last_string(text: &str, at: usize) -> Option<LastString> {
    walk(text, at).0
}

/// The brackets that are open at a byte of a text, the innermost last.
pub(in crate::scenario) fn open_brackets(text: &str, at: usize) -> Vec<OpenBracket> {
    walk(text, at).1
}

fn walk(text: &str, at: usize) -> (Option<LastString>, Vec<OpenBracket>) {
    let mut scanner = Scanner { text: &text[..at], at: 0 };
    let (mut last, mut open) = (None, Vec::<OpenBracket>::new());
    let mut word = 0..0;
    loop {
        scanner.space();
        let start = scanner.at;
        let Some(first) = scanner.rest().chars().next() else { return (last, open) };
        if first == '"' || scanner.is_prefixed_string() {
            let is_closed = scanner.string().is_some();
            let end = if is_closed { scanner.at } else { at };
            last = Some(LastString { range: start..end, is_closed });
            if !is_closed {
                return (last, open);
            }
            continue;
        }
        match first {
            '(' | '[' | '{' => open.push(OpenBracket { at: start, field: 0..0 }),
            ')' | ']' | '}' => drop(open.pop()),
            ':' => open.iter_mut().last().into_iter().for_each(|open| open.field = word.clone()),
            _ => {
                word = scanner.word();
                if !word.is_empty() {
                    continue;
                }
            }
        }
        scanner.at = start + first.len_utf8();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[rustfmt::skip]
    fn knows_what_is_open() {
        // The text up to the sign where it is looked at; what is open; the last string.
        for (text, brackets, string) in [
            ("(a: [1, (b: 2), \"x\"",        "(a [",      Some(("\"x\"", true))),
            ("(links: (a: \"[\", b: 'c')",   "(links",    Some(("\"[\"", true))),
            ("(a: \"x, b: 1",                "(a",        Some(("\"x, b: 1", false))),
            ("(a: r#\"x\"# /* ( */ } // (",  "",          Some(("r#\"x\"#", true))),
            ("{/",                           "{",         None),
            ("",                             "",          None),
        ] {
            let open = open_brackets(text, text.len());
            let open: Vec<String> = open
                .iter()
                .map(|open| format!("{}{}", &text[open.at..=open.at], &text[open.field.clone()]))
                .collect();
            assert_eq!(open.join(" "), brackets, "{text}");
            let last = last_string(text, text.len());
            assert_eq!(last.map(|last| (&text[last.range], last.is_closed)), string, "{text}");
        }
    }
}
