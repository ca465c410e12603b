//! `links.ron`: what the operator knows better than our guesses.

use ron::Options;
use ron::extensions::Extensions;
use serde::Deserialize;

use super::told::Told;
use super::{Dump, Place};
use crate::scenario::{Goal, Link, Wrong};
use crate::text;
use crate::text::Text;

/// What `links.ron` says; what is absent is guessed.
///
/// ```ron
/// (
///     links: [(a: "lb1:eth0", b: "lan:0"), (a: "rs1:eth0", b: "lan:1"), …],
///     client: "desk",
///     goal: (client: "desk", servers: ["rs1"], name: "192.0.2.100:80"),
/// )
/// ```
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Links {
    /// All cables, as a scenario has them; a switch is there because a cable goes into it.
    #[serde(default)]
    pub(super) links: Vec<Link>,
    /// The host that asks.
    #[serde(default)]
    pub(super) client: Option<String>,
    /// What the network is for.
    #[serde(default)]
    pub(super) goal: Option<Goal>,
}

/// Reads it; what cannot be read is as if it were not there, and is told.
pub(super) fn read(dump: &Dump, told: &mut Told) -> Links {
    let options = Options::default().with_default_extension(Extensions::IMPLICIT_SOME);
    options.from_str(&dump.text).unwrap_or_else(|error| {
        let line = u32::try_from(error.span.start.line).unwrap_or(0);
        let said = error.code.to_string();
        let Text { en, zh } =
            Wrong::unpack(&said).map_or_else(|| Text::same(&said), |wrong| wrong.text());
        let text = text!(
            "{en}; known: (links: [(a: \"lb1:eth0\", b: \"lan:0\")], client: \"NODE\", goal: (…)); \
             it is left out",
            "{zh}；可用：(links: [(a: \"lb1:eth0\", b: \"lan:0\")], client: \"NODE\", goal: (…))；\
             此文件未使用"
        );
        told.wrong(&Place { file: dump.path.clone(), line }, text);
        Links::default()
    })
}
