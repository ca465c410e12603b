//! A course lab: a network with a symptom, tasks, and what shows that they are done.
//!
//! A lab is a folder of texts: `lab.ron` (all about it), `start.ron` (an ordinary scenario that shows the symptom), `solution.txt`
//! and `wrong/NAME.txt` (answer files). [`Lab::read`] reads them, [`Answer::read`] an answer file, [`mark`] marks an answer,
//! [`lint`] looks whether a lab keeps its word. The format is in `book/labs.md`.

mod answer;
mod beliefs;
mod lint;
mod mark;
mod play;
#[cfg(test)]
mod tests;
mod tidy;
mod written;

use crate::scenario::{Beside, Expectation, Located, Scenario, ScenarioError, Step};
use crate::text;
use crate::text::Text;

pub use answer::{Answer, Entry, LARGEST, Said};
pub use beliefs::{BELIEFS, Belief, belief};
pub use lint::{Finding, lint};
pub use mark::{
    Failed, HintsTaken, Likeness, Marked, Marker, Output, Picked, TaskMarks, Tidy, mark,
};

/// The points of a whole lab.
pub const POINTS: u16 = 20;

/// The chapters of the course: a lab says `"3.5"` for the fifth.
pub const CHAPTERS: u8 = 16;

/// A lab, read and checked.
#[derive(Clone, Debug)]
pub struct Lab {
    /// Its name: that of its folder.
    pub id: String,
    /// Its title.
    pub title: Text,
    /// To which chapter of the course it belongs, counted from 1.
    pub chapter: u8,
    /// 1 first steps, 2 build, 3 find and mend, 4 two causes or open choice.
    pub level: u8,
    /// How long it takes a learner who knows the chapter.
    pub minutes: u16,
    /// The labs that come before.
    pub needs: Vec<String>,
    /// What a user says.
    pub symptom: Text,
    /// What is to be done, in order.
    pub tasks: Vec<Task>,
    /// The points for no needless change.
    pub tidy: u16,
    /// The hints, in the order in which they are given.
    pub hints: Vec<Hint>,
    /// Wrong answers that are known.
    pub wrong: Vec<Wrong>,
    /// The network, and the story that shows the symptom.
    pub start: Scenario,
    /// An answer that is right.
    pub solution: Answer,
    /// `lab.ron`, for errors that are found later.
    beside: Beside,
}

/// One task.
#[derive(Clone, Debug)]
pub struct Task {
    /// Its name.
    pub id: String,
    /// Its points.
    pub points: u16,
    /// What is to be done.
    pub text: Text,
    /// How it is seen whether it is.
    pub kind: Kind,
}

/// How it is seen whether a task is done.
#[derive(Clone, Debug)]
pub enum Kind {
    /// By what is chosen. The questions share the points.
    Predict(Vec<Question>),
    /// By a piece of story that is played behind the answer's commands.
    Do(Vec<Located<Step>>),
}

/// A question with answers to choose from.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// Its name within its task.
    pub id: String,
    /// The question.
    pub question: Text,
    /// What can be chosen.
    pub options: Vec<Text>,
    /// The right one, counted from 0.
    pub answer: usize,
    /// What is said once it was chosen.
    pub why: Text,
}

/// A hint, and what it costs.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hint {
    /// The points that it costs.
    pub price: u16,
    /// What it says.
    pub text: Text,
}

/// A wrong answer that is known, and what is said to whoever gives it.
#[derive(Clone, Debug)]
pub struct Wrong {
    /// Its name: `wrong/NAME.txt` holds it.
    pub name: String,
    /// The belief behind it: see [`BELIEFS`].
    pub belief: String,
    /// By what it is known: all of this was so, from the first command of the answer to the end of the check that failed.
    pub when: Vec<Expectation>,
    /// What is said: a sentence and a frame, never the command.
    pub says: Text,
    /// An answer file that makes the mistake.
    pub answer: Answer,
}

impl Lab {
    /// Reads a lab from the texts of its folder: `id` is the folder's name, `place` the folder as errors name it
    /// (`scenarios/labs/b1-two-servers`), `files` the names below it with their texts.
    ///
    /// # Errors
    /// All that is wrong with them.
    pub fn read(
        id: &str,
        place: &str,
        files: &[(String, String)],
    ) -> Result<Self, Vec<ScenarioError>> {
        written::read(id, place, files)
    }

    /// An error about the value at a path of `lab.ron`.
    pub(crate) fn error(&self, path: &str, message: Text, help: Text) -> ScenarioError {
        self.beside.error(path, message, help)
    }

    /// The file in which it stands.
    pub fn file(&self) -> &str {
        self.beside.file()
    }

    /// The task of this name.
    pub fn task(&self, id: &str) -> Option<&Task> {
        self.tasks.iter().find(|task| task.id == id)
    }

    /// All points that can be had.
    pub fn points(&self) -> u16 {
        self.tasks.iter().fold(self.tidy, |sum, task| sum.saturating_add(task.points))
    }
}

/// An error about a file as a whole.
fn about(file: &str, message: Text, help: Text) -> ScenarioError {
    ScenarioError {
        file: file.into(),
        line: 1,
        col: 1,
        path: String::new(),
        message,
        help,
        shown: String::new(),
        underline: 0..0,
    }
}

/// What is said of a file that is not there.
fn missing(place: &str, name: &str) -> ScenarioError {
    let help = text!(
        "a lab is a folder with lab.ron, start.ron and solution.txt",
        "练习是一个文件夹，含 lab.ron、start.ron 和 solution.txt"
    );
    about(&format!("{place}/{name}"), text!("the file is missing", "缺少这个文件"), help)
}
