//! Filling variables in. A variable without a value is an error, as under `set -u`.

use std::collections::BTreeMap;

use super::LineError;
use super::lex::{Piece, RawWord, Text};
use crate::command::Word;
use crate::command::suggest::nearest;
use crate::text;

/// The variables while a line is compiled.
pub(super) struct Vars(pub BTreeMap<String, String>);

/// The longest word, so that a variable that doubles itself comes to an end.
const LONGEST: usize = 65_536;

impl Vars {
    /// A word's text, as it stands: the value of a variable, or the target of a redirection.
    pub(super) fn value(&self, word: &RawWord) -> Result<String, LineError> {
        let mut text = String::new();
        for piece in &word.pieces {
            text.push_str(self.text(piece)?);
            check_length(&text, word)?;
        }
        Ok(text)
    }

    /// The words that a word becomes: without quotes, blanks in a variable's value part it, and
    /// nothing is left of an empty one.
    pub(super) fn words(&self, word: &RawWord) -> Result<Vec<Word>, LineError> {
        let mut words = Vec::new();
        let mut open: Option<String> = None;
        for piece in &word.pieces {
            let text = self.text(piece)?;
            if piece.quoted || matches!(piece.text, Text::Literal(_)) {
                open.get_or_insert_default().push_str(text);
            } else {
                let blank = |c: char| matches!(c, ' ' | '\t' | '\n');
                if text.starts_with(blank) {
                    words.extend(open.take());
                }
                let mut parts = text.split(blank).filter(|part| !part.is_empty()).peekable();
                while let Some(part) = parts.next() {
                    open.get_or_insert_default().push_str(part);
                    if parts.peek().is_some() || text.ends_with(blank) {
                        words.extend(open.take());
                    }
                }
            }
            check_length(open.as_deref().unwrap_or_default(), word)?;
        }
        words.extend(open);
        Ok(words.into_iter().map(|text| Word::new(text, word.span.clone())).collect())
    }

    fn text<'p>(&'p self, piece: &'p Piece) -> Result<&'p str, LineError> {
        let name = match &piece.text {
            Text::Literal(text) => return Ok(text),
            Text::Variable(name) => name,
        };
        self.0.get(name).map(String::as_str).ok_or_else(|| {
            let known: Vec<&str> = self.0.keys().map(String::as_str).collect();
            let error = LineError::tool(&piece.span, 1, format!("bash: {name}: unbound variable"));
            match nearest(name, &known) {
                Some(meant) => error.help(text!("did you mean ${meant}?", "是不是想写 ${meant}？")),
                None => error.help(text!(
                    "set it first: {name}=192.0.2.100",
                    "请先设置它：{name}=192.0.2.100",
                )),
            }
        })
    }
}

fn check_length(text: &str, word: &RawWord) -> Result<(), LineError> {
    if text.len() > LONGEST {
        let message = text!("a word of more than {LONGEST} bytes", "一个词超过 {LONGEST} 字节");
        return Err(LineError::new(&word.span, 2, message));
    }
    Ok(())
}
