//! Words for people, in both languages of this project.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

/// The languages that we speak.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// Chinese.
    Zh,
}

impl Lang {
    /// The one of two texts that is in this language.
    pub fn pick<'a>(self, en: &'a str, zh: &'a str) -> &'a str {
        match self {
            Self::En => en,
            Self::Zh => zh,
        }
    }

    /// The output of a command as it is shown to a person.
    ///
    /// A host has no language: where no real tool has words for it, it says in both what is not simulated. Of these the one is
    /// shown.
    ///
    /// ```
    /// use sim_core::Lang;
    /// let said = "not simulated / 未模拟: net.ipv4.vs.x=1\n";
    /// assert_eq!(Lang::En.said(said), "not simulated: net.ipv4.vs.x=1\n");
    /// assert_eq!(Lang::Zh.said(said), "未模拟：net.ipv4.vs.x=1\n");
    /// ```
    pub fn said(self, output: &str) -> Cow<'_, str> {
        match output.contains(BOTH) {
            true => output.replace(BOTH, self.pick("not simulated: ", "未模拟：")).into(),
            false => output.into(),
        }
    }
}

/// How a host says that something is not simulated.
const BOTH: &str = "not simulated / 未模拟: ";

/// A text for people, in every language that we speak.
///
/// Shown without a language it is English.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// English.
    pub en: String,
    /// Chinese.
    pub zh: String,
}

impl Text {
    /// What is said alike in both languages: a command, a number, the words of a real tool.
    pub fn same(words: impl Into<String>) -> Self {
        let en = words.into();
        Self { zh: en.clone(), en }
    }

    /// The text in this language.
    pub fn of(&self, lang: Lang) -> &str {
        lang.pick(&self.en, &self.zh)
    }

    /// Whether there is nothing to say.
    pub fn is_empty(&self) -> bool {
        self.en.is_empty() && self.zh.is_empty()
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.en)
    }
}

/// A [`Text`] from two format strings; names in braces are filled into both.
///
/// ```
/// let node = "rs1";
/// let text = sim_core::text!("unknown node `{node}`", "没有节点 `{node}`");
/// assert_eq!((text.en.as_str(), text.zh.as_str()), ("unknown node `rs1`", "没有节点 `rs1`"));
/// ```
#[macro_export]
macro_rules! text {
    ($en:literal, $zh:literal $(,)?) => {
        $crate::text::Text { en: ::std::format!($en), zh: ::std::format!($zh) }
    };
}
