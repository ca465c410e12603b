//! Import: what an operator brings of his machines becomes a scenario that can be played.
//!
//! Dumps of the kernel's tables and `keepalived.conf`, a folder per host, go in; a [`Scenario`]
//! comes out whose setup is the commands that make these tables again. What no dump says, who is
//! cabled to whom, who asks, is guessed, and each guess is told. What is not understood, and what
//! has no meaning here, is told with its file and line. `book/import.md` says it for operators.
//!
//! The way through: `folder` tells what each file is, `ip`, `ipvs`, `keepalived`, `rules`,
//! `settings` read it into a `Machine`, `wiring` adds cables, a router, a client and the real
//! servers that nobody brought, `lab` writes the scenario, and `trial` plays it.

mod folder;
mod ip;
mod ipvs;
mod keepalived;
mod lab;
mod links;
mod machine;
mod missing;
mod rules;
mod settings;
mod told;
mod trial;
mod wiring;

#[cfg(test)]
mod tests;

use std::fmt;

use crate::scenario::Scenario;
use crate::text::{Lang, Text};
use lab::Lab;
pub use missing::Missing;
use told::Told;

/// One file that was brought: its path below the folder, with `/`, and its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dump {
    /// `HOST/FILE`, or `links.ron`.
    pub path: String,
    /// What is in it.
    pub text: String,
}

/// A place in what was brought.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The file, by its path; empty: in no file.
    pub file: String,
    /// The line, from 1; 0 and the largest number: the file as a whole, before or after its lines.
    pub line: u32,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 | u32::MAX => f.write_str(&self.file),
            line => write!(f, "{}:{line}", self.file),
        }
    }
}

/// Something that no file says and that was made up, so that the scenario can be played.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guess {
    /// What it was guessed from, if that is one place.
    pub place: Place,
    /// What was guessed.
    pub text: Text,
}

/// Why something of a file is not in the scenario, or not as the file has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// It is not understood.
    Unknown,
    /// It is understood and does not fit: to another file, or to what Linux takes.
    Wrong,
    /// It is understood, and this simulator has no such thing.
    NotSimulated,
}

/// Something of a file that is not in the scenario, or not as the file has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// Why.
    pub kind: Kind,
    /// Where it stands.
    pub place: Place,
    /// What it is.
    pub text: Text,
}

/// A line for a person: the place, if there is one, and the words.
fn told(place: &Place, words: &Text, kind: (&str, &str)) -> Text {
    let at = match place.file.is_empty() {
        true => (String::new(), String::new()),
        false => (format!("{place}: "), format!("{place}：")),
    };
    Text {
        en: format!("{}{}{}", at.0, kind.0, words.en),
        zh: format!("{}{}{}", at.1, kind.1, words.zh),
    }
}

impl Guess {
    /// As it is told.
    pub fn text(&self) -> Text {
        told(&self.place, &self.text, ("guess: ", "猜测："))
    }
}

impl Warning {
    /// As it is told.
    pub fn text(&self) -> Text {
        let kind = match self.kind {
            Kind::NotSimulated => ("not simulated: ", "未模拟："),
            Kind::Unknown | Kind::Wrong => ("", ""),
        };
        told(&self.place, &self.text, kind)
    }
}

/// What came of a folder.
#[derive(Clone, Debug, PartialEq)]
pub struct Imported {
    /// It can be played: its setup has run.
    pub scenario: Scenario,
    /// Of each node of the scenario, where each line of its setup comes from; what was guessed is in
    /// no file.
    pub places: Vec<Vec<Place>>,
    /// What was made up.
    pub guesses: Vec<Guess>,
    /// What was not brought of the hosts, and what is taken to be so instead.
    pub missing: Vec<Missing>,
    /// What is not in it, or not as it was brought.
    pub warnings: Vec<Warning>,
}

impl Imported {
    /// The scenario's file, with the guesses and what is missing as comments at its head.
    pub fn to_ron(&self, lang: Lang) -> String {
        let mut text = String::from(match lang {
            Lang::En => {
                "// Written by `lvsim import`. What was guessed, and what was not brought:\n"
            }
            Lang::Zh => "// 由 `lvsim import` 写出。其中的猜测，以及缺少的内容：\n",
        });
        for guess in &self.guesses {
            for line in guess.text().of(lang).lines() {
                text += &format!("// {line}\n");
            }
        }
        for missing in &self.missing {
            text += &format!("// {}\n", missing.text().of(lang));
        }
        text + &self.scenario.to_file()
    }
}

/// Why no scenario comes of a folder, and what was found on the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unusable {
    /// Why.
    pub text: Text,
    /// What was found in the files all the same.
    pub warnings: Vec<Warning>,
}

/// Makes a scenario of what was brought; `name` is that of the folder, for the title.
///
/// ```
/// use sim_core::import::{Dump, import};
/// let dump = |path: &str, text: &str| Dump { path: path.into(), text: text.into() };
/// let found = import("shop", &[dump(
///     "lb1/ipvsadm",
///     "-A -t 192.0.2.100:80 -s rr\n-a -t 192.0.2.100:80 -r 192.0.2.11:80 -g -w 1\n",
/// )])
/// .expect("a service and a destination are enough");
/// let names: Vec<&str> = found.scenario.nodes.iter().map(|node| node.name()).collect();
/// assert_eq!(names, ["client", "lan", "lb1", "rs1"]);
/// assert!(found.warnings.is_empty() && !found.guesses.is_empty());
/// ```
///
/// # Errors
/// When nothing in it says what a machine of this network is.
pub fn import(name: &str, dumps: &[Dump]) -> Result<Imported, Unusable> {
    let mut told = Told::default();
    let made = make(name, dumps, &mut told);
    let Told { guesses, mut warnings, missing, .. } = told;
    warnings.sort_by(|one, other| (&one.place, one.kind).cmp(&(&other.place, other.kind)));
    match made {
        Ok(Lab { scenario, places, .. }) => {
            Ok(Imported { scenario, places, guesses, missing, warnings })
        }
        Err(text) => Err(Unusable { text, warnings }),
    }
}

fn make(name: &str, dumps: &[Dump], told: &mut Told) -> Result<Lab, Text> {
    let folder = folder::sort(dumps, told)?;
    let links = folder.links.map(|dump| links::read(dump, told)).unwrap_or_default();
    let mut machines = machine::read(&folder, told);
    machine::settle_addresses(&mut machines, told);
    let network = wiring::wire(machines, &links, told)?;
    missing::list(&network.machines, told);
    let lab = lab::write(name, &network, &links, told);
    trial::play(lab, told)
}
