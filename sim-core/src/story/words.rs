//! Words that describe a frame, as expectations use them.
//!
//! A description is a capture filter if it reads as one. Otherwise its words must all be found, in this order, among the
//! words of what `tcpdump -nn -e -v` says of the frame; punctuation at the ends of words does not count, nor does case, and
//! `*` in a word stands for anything.

use crate::tcpdump::filter::Filter;
use crate::tcpdump::{Options, Tcpdump};

/// A description of frames.
#[derive(Clone, Debug)]
pub enum Words {
    /// A capture filter.
    Filter(Filter),
    /// Words of tcpdump's line.
    Line(Vec<String>),
}

impl Words {
    /// Reads a description.
    pub fn parse(text: &str) -> Self {
        match Filter::parse(text) {
            Ok(filter) => Self::Filter(filter),
            Err(_) => Self::Line(split(text)),
        }
    }

    /// Whether a frame is as described.
    pub fn matches(&self, frame: &[u8]) -> bool {
        match self {
            Self::Filter(filter) => filter.matches(frame),
            Self::Line(wanted) => {
                let options = Options { ether: true, verbose: 1, absolute: true };
                let said = split(&Tcpdump::new(options).line(frame));
                let mut said = said.iter();
                wanted.iter().all(|word| said.any(|other| fits(word, other)))
            }
        }
    }
}

fn split(text: &str) -> Vec<String> {
    text.split_whitespace()
        .map(|word| word.trim_matches([',', ':', '(', ')']).to_lowercase())
        .filter(|word| !word.is_empty())
        .collect()
}

/// Whether a word fits a pattern in which `*` stands for anything.
fn fits(pattern: &str, word: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('*') else { return pattern == word };
    let Some(mut left) = word.strip_prefix(head) else { return false };
    let mut rest = rest;
    while let Some((part, more)) = rest.split_once('*') {
        let Some(at) = left.find(part) else { return false };
        left = &left[at + part.len()..];
        rest = more;
    }
    left.ends_with(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[rustfmt::skip]
    fn a_star_stands_for_anything() {
        for (pattern, word, fit) in [
            ("[s]",        "[s]",            true),
            ("10.0.0.2.*", "10.0.0.2.40000", true),
            ("10.0.0.2.*", "10.0.0.20.4",    false),
            ("*.80",       "10.0.0.2.80",    true),
            ("*.8*.*0",    "1.80.30",        true),
            ("a*b",        "ab",             true),
            ("a*b",        "ac",             false),
        ] {
            assert_eq!(fits(pattern, word), fit, "{pattern} on {word}");
        }
    }
}
