//! What is wrong with one value, on its way through `serde`, which carries a single string.

use std::fmt;

use crate::text::{Lang, Text};

/// What is wrong with a value, and how it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// What is wrong.
    pub message: Text,
    /// What to write instead.
    pub help: Text,
}

/// ASCII's unit separator: no message of ours holds it.
const BETWEEN: char = '\u{1f}';

impl Wrong {
    pub(super) fn new(message: Text, help: Text) -> Self {
        Self { message, help }
    }

    /// Message and help in one sentence.
    pub fn text(&self) -> Text {
        let told = |lang: Lang, between| {
            format!("{}{between}{}", self.message.of(lang), self.help.of(lang))
        };
        Text { en: told(Lang::En, "; "), zh: told(Lang::Zh, "；") }
    }

    /// As one string for `serde::de::Error::custom`.
    pub(super) fn pack(self) -> String {
        let Self { message, help } = self;
        [message.en, message.zh, help.en, help.zh].join(&BETWEEN.to_string())
    }

    /// The inverse of [`Wrong::pack`]; none for what somebody else said.
    pub(crate) fn unpack(packed: &str) -> Option<Self> {
        let mut parts = packed.split(BETWEEN).map(str::to_owned);
        let mut text = || Some(Text { en: parts.next()?, zh: parts.next()? });
        let wrong = Self { message: text()?, help: text()? };
        parts.next().is_none().then_some(wrong)
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.text().fmt(f)
    }
}

impl std::error::Error for Wrong {}
