//! Why a scenario cannot be played to its end.

use std::fmt;

use crate::text;
use crate::text::{Lang, Text};

/// Why a scenario cannot be played to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PlayError {
    /// A command of the setup failed.
    Setup {
        /// Where it is written.
        place: String,
        /// On which node.
        node: String,
        /// The command.
        text: String,
        /// Its exit status.
        status: u8,
        /// What it said.
        output: String,
    },
    /// A command of the setup takes time.
    SetupTakesTime {
        /// Where it is written.
        place: String,
        /// On which node.
        node: String,
        /// The command.
        text: String,
    },
    /// A frame could not be put on the wire.
    Inject {
        /// At which step of the story.
        place: String,
        /// By which interface.
        from: String,
        /// Why.
        what: Text,
    },
    /// The story did not come to rest.
    NoRest {
        /// At which step of the story.
        place: String,
        /// What goes on.
        what: Text,
    },
}

impl PlayError {
    /// The sentence in both languages.
    pub fn text(&self) -> Text {
        match self {
            Self::Setup { place, node, text, status, output } => {
                let (en, zh) = (Lang::En.said(output), Lang::Zh.said(output));
                text!(
                    "{place}: on {node}: `{text}` failed with status {status}: {en}",
                    "{place}: 在 {node} 上：`{text}` 失败，状态 {status}：{zh}"
                )
            }
            Self::SetupTakesTime { place, node, text } => text!(
                "{place}: on {node}: `{text}` takes time; put it into the story, or end it with &",
                "{place}: 在 {node} 上：`{text}` 需要时间；请放进 story，或以 & 结尾"
            ),
            Self::Inject { place, from, what: Text { en, zh } } => text!(
                "{place}: {from} cannot send this frame: {en}",
                "{place}: {from} 无法发送这个帧：{zh}"
            ),
            Self::NoRest { place, what: Text { en, zh } } => {
                text!("{place}: did not come to rest: {en}", "{place}: 没有静止下来：{zh}")
            }
        }
    }
}

/// In English; see [`PlayError::text`].
impl fmt::Display for PlayError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.text().fmt(f)
    }
}

impl std::error::Error for PlayError {}
