//! An answer marked: points for each task, what did not hold, which known mistake it looks like, and what was changed needlessly.
//!
//! Nothing here knows a clock or chance: the same answer gets the same marks everywhere.

use super::play::{Checked, Run, Started};
use super::{Answer, Kind, Lab, Question, Said, Task, about, belief, tidy};
use crate::event::JobId;
use crate::job::Job;
use crate::origin::Origin;
use crate::scenario::ScenarioError;
use crate::story::PlayError;
use crate::text::Text;

/// What an answer has got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marked {
    /// The lab.
    pub lab: String,
    /// Who answered, if the file says so.
    pub student: Option<String>,
    /// The tasks, in the lab's order.
    pub tasks: Vec<TaskMarks>,
    /// The points for no needless change.
    pub tidy: Tidy,
    /// The hints that were taken.
    pub hints: HintsTaken,
    /// The known mistake that it looks like, if a task failed.
    pub looks_like: Option<Likeness>,
    /// Why its commands did not come to an end; nothing that is done counts then.
    pub stopped: Option<Text>,
    /// What its commands said.
    pub outputs: Vec<Output>,
    /// Its points.
    pub total: u16,
    /// All points of the lab.
    pub possible: u16,
}

/// What one task has got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskMarks {
    /// The task.
    pub id: String,
    /// Its points.
    pub got: u16,
    /// All that it has.
    pub possible: u16,
    /// Of a prediction: what was chosen, question by question.
    pub picked: Vec<Picked>,
    /// Of what is done: the first that did not hold, with the frame at which it is seen.
    pub failed: Option<Failed>,
}

/// What did not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failed {
    /// Where it is expected, what was seen instead, and at which frame.
    pub message: Text,
}

/// What was chosen for one question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picked {
    /// The question's name.
    pub id: String,
    /// The option, from 1; none: not answered.
    pub option: Option<usize>,
    /// Whether it is the right one.
    pub right: bool,
    /// How often it was answered: the last counts.
    pub times: usize,
    /// Why it is so, once it is right.
    pub why: Option<Text>,
}

/// How tidy an answer is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tidy {
    /// The points.
    pub got: u16,
    /// All that there are.
    pub possible: u16,
    /// What was changed, as it is printed: `rs1 route: default … = …`.
    pub made: Vec<String>,
    /// How many changes the solution makes.
    pub needed: usize,
}

/// What hints have cost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HintsTaken {
    /// Their numbers, from 1.
    pub taken: Vec<usize>,
    /// Their prices together.
    pub cost: u16,
}

/// The known mistake that an answer looks like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Likeness {
    /// The name of the wrong answer.
    pub name: String,
    /// The belief behind it: `M25`.
    pub belief: String,
    /// The belief in a sentence.
    pub sentence: Text,
    /// What the lab says of it.
    pub says: Text,
}

/// What a command of the answer said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// The line of the answer file.
    pub line: u32,
    /// The node.
    pub node: String,
    /// The command.
    pub text: String,
    /// Its exit status; none: it runs on.
    pub status: Option<u8>,
    /// What it printed.
    pub said: String,
}

/// A lab made ready for many answers: its start is played once, and what its solution changes is counted once.
pub struct Marker<'a> {
    lab: &'a Lab,
    started: Started,
    needed: usize,
}

impl<'a> Marker<'a> {
    /// Plays the lab's start, and its solution.
    ///
    /// # Errors
    /// When the lab cannot be played.
    pub fn new(lab: &'a Lab) -> Result<Self, Vec<ScenarioError>> {
        let unplayed =
            |error: PlayError| vec![about(&lab.start.file, error.text(), Text::default())];
        let started = Started::of(lab).map_err(unplayed)?;
        let solution = started.run(&lab.solution);
        let needed = tidy::changes(&solution.before, &solution.player.world).len();
        Ok(Self { lab, started, needed })
    }

    /// Marks an answer.
    ///
    /// # Errors
    /// When the answer is not one of this lab, or names what is not there.
    pub fn mark(&self, answer: &Answer) -> Result<Marked, Vec<ScenarioError>> {
        let unfit = self.lab.unfit(answer);
        match unfit.is_empty() {
            true => Ok(marked(self.lab, answer, &self.started.run(answer), self.needed)),
            false => Err(unfit),
        }
    }
}

/// Marks one answer.
///
/// # Errors
/// When the answer is not one of this lab, names what is not there, or the lab itself cannot be played.
pub fn mark(lab: &Lab, answer: &Answer) -> Result<Marked, Vec<ScenarioError>> {
    Marker::new(lab)?.mark(answer)
}

/// The marks of a run of an answer that fits.
pub(super) fn marked(lab: &Lab, answer: &Answer, run: &Run, needed: usize) -> Marked {
    let mut looks_like = None;
    let mut tasks = Vec::new();
    for task in &lab.tasks {
        tasks.push(match &task.kind {
            Kind::Predict(questions) => predicted(task, questions, answer),
            Kind::Do(_) if run.stopped.is_some() => done(task, run.stopped.clone()),
            Kind::Do(steps) => {
                let checked = run.check(lab, steps);
                if checked.failed.is_some() && looks_like.is_none() {
                    looks_like = likeness(lab, run, &checked);
                }
                done(task, checked.failed)
            }
        });
    }
    let holds = tasks.iter().all(|task| task.failed.is_none());
    let made = tidy::changes(&run.before, &run.player.world);
    let needless = u16::try_from(made.len().saturating_sub(needed)).unwrap_or(u16::MAX);
    let got = if holds { lab.tidy.saturating_sub(needless) } else { 0 };
    let tidy = Tidy { got, possible: lab.tidy, made, needed };
    let taken = answer.hints();
    let price = |number: &usize| lab.hints.get(number - 1).map_or(0, |hint| hint.price);
    let cost = taken.iter().map(price).fold(0, u16::saturating_add);
    let sum = tasks.iter().fold(tidy.got, |sum, task| sum.saturating_add(task.got));
    Marked {
        lab: lab.id.clone(),
        student: answer.student.clone(),
        tasks,
        tidy,
        hints: HintsTaken { taken, cost },
        looks_like,
        stopped: run.stopped.clone(),
        outputs: outputs(answer, run),
        total: sum.saturating_sub(cost),
        possible: lab.points(),
    }
}

fn done(task: &Task, failed: Option<Text>) -> TaskMarks {
    let got = if failed.is_none() { task.points } else { 0 };
    let failed = failed.map(|message| Failed { message });
    TaskMarks { id: task.id.clone(), got, possible: task.points, picked: Vec::new(), failed }
}

/// The questions share the points, rounded down; of several answers to one the last counts.
fn predicted(task: &Task, questions: &[Question], answer: &Answer) -> TaskMarks {
    let picked: Vec<Picked> = questions
        .iter()
        .map(|asked| {
            let mut options = answer.entries.iter().filter_map(|entry| match &entry.said {
                Said::Predict { task: own, question, option }
                    if *own == task.id && *question == asked.id =>
                {
                    Some(*option)
                }
                _ => None,
            });
            let (times, option) = (options.clone().count(), options.next_back());
            let right = option == Some(asked.answer + 1);
            let why = right.then(|| asked.why.clone());
            Picked { id: asked.id.clone(), option, right, times, why }
        })
        .collect();
    let count = |many: usize| u64::try_from(many).unwrap_or(u64::MAX);
    let right = count(picked.iter().filter(|own| own.right).count());
    let got = u64::from(task.points) * right / count(questions.len()).max(1);
    let got = u16::try_from(got).unwrap_or(task.points);
    TaskMarks { id: task.id.clone(), got, possible: task.points, picked, failed: None }
}

/// The first known mistake all of whose signs are there.
fn likeness(lab: &Lab, run: &Run, checked: &Checked) -> Option<Likeness> {
    let is_so = |wrong: &&super::Wrong| {
        wrong
            .when
            .iter()
            .all(|sign| checked.player.judge(sign, run.since, &checked.trace).is_empty())
    };
    let wrong = lab.wrong.iter().find(is_so)?;
    let sentence = belief(&wrong.belief).map_or_else(Text::default, super::Belief::text);
    let (name, belief, says) = (wrong.name.clone(), wrong.belief.clone(), wrong.says.clone());
    Some(Likeness { name, belief, sentence, says })
}

/// What the answer's commands said, in order.
fn outputs(answer: &Answer, run: &Run) -> Vec<Output> {
    let world = &run.player.world;
    let own = |(_, job): (JobId, &Job)| match world.origins.get(job.origin) {
        Origin::File { file, line, .. } if **file == *answer.file => Some(Output {
            line: *line,
            node: world.net.node(job.node).name.to_string(),
            text: job.text.clone(),
            status: job.status,
            said: job.output.clone(),
        }),
        _ => None,
    };
    run.player.typed().filter_map(own).collect()
}
