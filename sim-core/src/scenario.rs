//! A scenario: one file that says which machines there are, how they are cabled, what is typed
//! into them, what happens and what must come of it.
//!
//! The file is RON (`book/scenario-format.md`). What Linux has words for is commands, as text; what
//! it has none for (cables, power, time, prose, expectations) is data. [`load`] reads a file, puts
//! its parameters in and refuses what is wrong, with the place; the types here are what is left.

mod beside;
mod check;
mod error;
mod goal;
mod hex;
mod load;
mod mapped;
mod net;
mod outline;
mod params;
mod rewrite;
mod story;
mod syntax;
mod written;
mod wrong;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Deref;
use std::time::Duration;

use serde::{Deserialize, Serialize};

pub(crate) use beside::{Beside, Pieces};
pub use error::{BadLine, ScenarioError};
pub(crate) use error::{point, suggest};
pub use goal::{Goal, Requests, Works};
pub use hex::Hex;
pub use load::{LoadOptions, Typist, load};
pub use net::{End, Link, Loss, Net, Nic, Node, Rate, Reorder};
pub use story::{Expectation, Step, Wait};
pub use wrong::Wrong;

use crate::text::Text;

/// One lesson: a network, a story and what must come of it. Plain data, parameters already put in.
///
/// Deserializing it by itself reads the form only; [`load`] also checks what the parts say of each
/// other.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// The file's name as it was given to [`load`]: with an [`Origin`] it says where a line stands.
    #[serde(skip)]
    pub file: String,
    /// One sentence: what is to be seen.
    pub title: Text,
    /// The lessons that use this file, by their names in the book.
    #[serde(default)]
    pub teaches: Vec<String>,
    /// What all random draws start from.
    #[serde(default = "first_seed")]
    pub seed: u64,
    /// Whether a real kernel can be asked to do the same.
    #[serde(default)]
    pub kernel: Kernel,
    /// That its story lasts longer than a minute, which a real kernel takes in earnest.
    #[serde(default)]
    pub slow: bool,
    /// How much may happen before the story counts as stuck.
    #[serde(default)]
    pub limits: Limits,
    /// Parameters with the values that were put in for `$name`.
    #[serde(default, rename = "let")]
    pub params: BTreeMap<String, String>,
    /// What a parameter may be drawn from.
    #[serde(default)]
    pub vary: BTreeMap<String, Vary>,
    /// What the network is for. Absent: derived from the ipvsadm lines.
    #[serde(default)]
    pub goal: Option<Goal>,
    /// The machines, in the order in which they start.
    pub nodes: Vec<Located<Node>>,
    /// The cables. A switch's ports are added in this order.
    #[serde(default)]
    pub links: Vec<Located<Link>>,
    /// What happens, in order.
    #[serde(default)]
    pub story: Vec<Located<Step>>,
}

/// Reads a time as scenarios write it: `200ms`, `2s`, `1m30s`.
///
/// # Errors
/// What is wrong with it.
pub fn parse_duration(text: &str) -> Result<Duration, Wrong> {
    <Duration as written::Written>::read(text)
}

/// Writes a time as [`parse_duration`] reads it.
pub fn print_duration(time: Duration) -> String {
    written::Written::write(&time)
}

/// Reads a share of frames as scenarios write it: `5%`, `0.1%`.
///
/// # Errors
/// What is wrong with it.
pub fn parse_loss(text: &str) -> Result<Loss, Wrong> {
    <Loss as written::Written>::read(text)
}

/// Writes a share of frames as [`parse_loss`] reads it.
pub fn print_loss(loss: Loss) -> String {
    written::Written::write(&loss)
}

const fn first_seed() -> u64 {
    1
}

impl Scenario {
    /// The file's text: what [`load`] reads back as the same scenario.
    ///
    /// Parameters are already put in and `Repeat` is written out, so this is what was meant, not
    /// how it was written.
    pub fn to_ron(&self) -> String {
        rewrite::print(self)
    }

    /// The same as a person would have it: without what says nothing, a cable in one line.
    pub fn to_file(&self) -> String {
        rewrite::tidied(&rewrite::print(self))
    }
}

/// A value and the place in the file that set it. Two are equal when their values are.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(transparent)]
pub struct Located<T> {
    /// What was written.
    pub value: T,
    /// Where it was written.
    #[serde(skip)]
    pub origin: Origin,
    /// Of a command line: the bytes from which on it stands in the file as it reads, and where.
    #[serde(skip)]
    places: Vec<(usize, Origin)>,
}

/// A command line with its place.
pub type Line = Located<String>;

impl Line {
    /// Where a byte of the line was written, be there escapes or parameters before it.
    pub fn place(&self, at: usize) -> Origin {
        let Some((start, origin)) = self.places.iter().rfind(|(start, _)| *start <= at) else {
            return self.origin;
        };
        let passed = self.value.get(*start..at).map_or(0, |passed| passed.chars().count());
        Origin { col: origin.col + u32::try_from(passed).unwrap_or(0), ..*origin }
    }
}

impl<T: PartialEq> PartialEq for Located<T> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl<T> From<T> for Located<T> {
    fn from(value: T) -> Self {
        Self { value, origin: Origin::default(), places: Vec::new() }
    }
}

impl<T> Deref for Located<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

/// A place in the scenario's file; both count from 1, columns in characters. 0 means "in no file".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Origin {
    /// The line.
    pub line: u32,
    /// The column: for a command, of its first character behind the quote.
    pub col: u32,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.col)
    }
}

/// Whether the scenario is also run on a real kernel and compared.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub enum Kernel {
    /// It is.
    #[default]
    Yes,
    /// It is not, and this is why.
    No(Text),
}

/// How much may happen; what is absent is the simulator's own limit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Events in one story.
    #[serde(default)]
    pub events: Option<u64>,
    /// Entries in one connection table.
    #[serde(default)]
    pub conns: Option<u32>,
}

/// What a parameter is drawn from, when drawing is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub enum Vary {
    /// A whole number from the first to the second, both included.
    Range(u64, u64),
    /// A host's address in this net.
    Net(#[serde(with = "written")] Net),
}
