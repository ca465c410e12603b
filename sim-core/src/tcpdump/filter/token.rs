//! A filter expression as a row of words and signs, each with its place.

use std::ops::Range;

use super::FilterError;
use super::parse::known;
use crate::text;

/// More tokens than this are no question of a person.
const MAX_TOKENS: usize = 512;
/// A word or sign, and where it stands.
pub(super) struct Token<'a> {
    pub text: &'a str,
    pub at: Range<usize>,
}

/// Signs, the longer ones first.
const SIGNS: [&str; 17] =
    ["&&", "||", "!=", "==", "<=", ">=", "(", ")", "[", "]", "&", "|", "+", "!", "=", "<", ">"];

/// Takes an expression apart; spaces are needed only between words.
pub(super) fn tokens(words: &str) -> Result<Vec<Token<'_>>, FilterError> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(first) = words[at..].chars().next() {
        if first.is_whitespace() {
            at += first.len_utf8();
            continue;
        }
        let rest = &words[at..];
        let is_word = |c: char| c.is_ascii_alphanumeric() || "._:/-\\".contains(c);
        let len = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
        let sign = SIGNS.iter().find(|sign| rest.starts_with(**sign));
        let len = match sign {
            Some(sign) => sign.len(),
            None if len > 0 => len,
            None => {
                return Err(FilterError {
                    at: at..at + first.len_utf8(),
                    message: text!(
                        "`{first}` has no meaning in a filter",
                        "`{first}` 在过滤器中没有意义"
                    ),
                    help: known(),
                });
            }
        };
        tokens.push(Token { text: &words[at..at + len], at: at..at + len });
        at += len;
        if tokens.len() > MAX_TOKENS {
            return Err(FilterError {
                at: at - len..at,
                message: text!("more than {MAX_TOKENS} words", "超过 {MAX_TOKENS} 个词"),
                help: text!("write a shorter filter", "请写短一些"),
            });
        }
    }
    Ok(tokens)
}
