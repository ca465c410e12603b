//! In which language people are spoken to.

use clap::ValueEnum;
use sim_core::scenario::Text;

/// The languages that we speak.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Lang {
    /// English.
    #[default]
    En,
    /// Chinese.
    Zh,
}

impl Lang {
    /// As asked for, else by the locale (`LC_ALL`, `LC_MESSAGES`, `LANG`: the first that is set).
    pub fn choose(asked: Option<Self>) -> Self {
        asked.unwrap_or_else(|| {
            let set = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
            let locale = set("LC_ALL").or_else(|| set("LC_MESSAGES")).or_else(|| set("LANG"));
            if locale.is_some_and(|locale| locale.starts_with("zh")) { Self::Zh } else { Self::En }
        })
    }

    /// The text in this language.
    pub fn of(self, text: &Text) -> &str {
        self.pick(&text.en, &text.zh)
    }

    /// The one of two texts that is in this language.
    pub fn pick<'a>(self, en: &'a str, zh: &'a str) -> &'a str {
        match self {
            Self::En => en,
            Self::Zh => zh,
        }
    }
}
