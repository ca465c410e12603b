//! How iproute2 reads its words: one after the other, keywords by their beginning, a value after
//! its keyword.

use std::net::Ipv4Addr;
use std::str::FromStr;

use crate::command::error::CommandError;
use crate::command::value::{decimal, iproute_addr, is_iface_name};
use crate::command::word::Word;
use crate::text;

/// The words of an `ip` or `bridge` command that are not yet read.
pub(in crate::command) struct Cursor<'w> {
    words: &'w [Word],
    at: usize,
}

impl Word {
    /// The first of these words that this one abbreviates, as `r` does `route`.
    pub(in crate::command) fn begins(&self, words: &[&'static str]) -> Option<&'static str> {
        if self.text.is_empty() {
            return None;
        }
        words.iter().find(|word| word.starts_with(&self.text)).copied()
    }
}

impl<'w> Cursor<'w> {
    /// All words but the tool's name.
    pub(in crate::command) fn after_first(words: &'w [Word]) -> Self {
        Self { words, at: 1 }
    }

    /// The next word, which is then read.
    pub(in crate::command) fn next(&mut self) -> Option<&'w Word> {
        let word = self.words.get(self.at)?;
        self.at += 1;
        Some(word)
    }

    /// The next word, which stays unread.
    pub(super) fn peek(&self) -> Option<&'w Word> {
        self.words.get(self.at)
    }

    /// The last word that was read.
    pub(super) fn last(&self) -> &'w Word {
        &self.words[self.at - 1]
    }

    /// The value after a keyword.
    pub(super) fn value(&mut self, key: &Word) -> Result<&'w Word, CommandError> {
        self.next().ok_or_else(|| {
            let message = "Command line is not complete. Try option \"help\"";
            let key_text = &key.text;
            let help = text!("{key_text} wants a value", "{key_text} 后面要有值");
            CommandError::tool(&key.span, 255, message).help(help)
        })
    }

    /// The interface after a keyword.
    pub(in crate::command) fn iface(&mut self, key: &Word) -> Result<String, CommandError> {
        iface(self.value(key)?)
    }

    /// The address after a keyword.
    pub(super) fn addr(&mut self, key: &Word) -> Result<Ipv4Addr, CommandError> {
        addr(self.value(key)?)
    }

    /// The number after a keyword; `wrong` is what iproute2 says of another word.
    pub(super) fn number<N: FromStr>(
        &mut self,
        key: &Word,
        wrong: &str,
    ) -> Result<N, CommandError> {
        let word = self.value(key)?;
        decimal(&word.text).ok_or_else(|| wrong_argument(word, wrong))
    }
}

/// A word that must be the name of an interface.
pub(super) fn iface(word: &Word) -> Result<String, CommandError> {
    if is_iface_name(&word.text) {
        return Ok(word.text.clone());
    }
    Err(CommandError::tool(&word.span, 1, format!("Cannot find device \"{}\"", word.text)))
}

/// A word that must be an address.
pub(super) fn addr(word: &Word) -> Result<Ipv4Addr, CommandError> {
    let message = || format!("Error: inet address is expected rather than \"{}\".", word.text);
    iproute_addr(&word.text).ok_or_else(|| CommandError::tool(&word.span, 1, message()))
}

/// A prefix was expected.
pub(super) fn no_prefix(word: &Word) -> CommandError {
    let message = format!("Error: any valid prefix is expected rather than \"{}\".", word.text);
    CommandError::tool(&word.span, 1, message)
}

/// A value that its keyword does not take.
pub(super) fn wrong_argument(word: &Word, why: &str) -> CommandError {
    let message = format!("Error: argument \"{}\" is wrong: {why}", word.text);
    CommandError::tool(&word.span, 255, message)
}

/// A second value for something that has one.
pub(super) fn duplicate(key: &str, word: &Word) -> CommandError {
    let message = format!("Error: duplicate \"{key}\": \"{}\" is the second value.", word.text);
    CommandError::tool(&word.span, 255, message)
}

/// A word with no place; `what` is what iproute2 took it for.
pub(super) fn garbage(what: &str, word: &Word, known: &[&str]) -> CommandError {
    let message =
        format!("Error: either \"{what}\" is duplicate, or \"{}\" is a garbage.", word.text);
    CommandError::tool(&word.span, 255, message).known(&word.text, known)
}

/// A subcommand that does not exist, or not here.
pub(super) fn unknown_action(
    object: &str,
    word: &Word,
    found: Option<&str>,
    known: &[&str],
) -> CommandError {
    if found.is_some() {
        return CommandError::not_simulated(word, 255).known("", known);
    }
    let message = format!("Command \"{}\" is unknown, try \"ip {object} help\".", word.text);
    CommandError::tool(&word.span, 255, message).known(&word.text, known)
}
