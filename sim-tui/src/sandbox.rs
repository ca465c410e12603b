//! The sandbox: a scenario that is being written. Its text is a scenario file; what is shown is that file, played.
//!
//! An [`edit`] changes a copy of the scenario. The copy is written as text, read by the loader and played; only then it takes the place
//! of the one before. So nothing can be built that cannot be saved, and what was saved plays as it was seen.

pub mod choices;
pub mod edit;
pub mod parts;
pub mod start;

use std::time::Duration;

use sim_core::scenario::{End, Kernel, Link, Located, Scenario, ScenarioError, Step, Wait};
use sim_core::shell::Shell;
use sim_core::story::open;
use sim_core::{Text, text};

use crate::session::Session;

pub use self::choices::{Asked, Choice};
pub use self::parts::Part;

/// As many changes can be undone.
const REMEMBERED: usize = 200;

/// Under this name its lines are spoken of until it has a file.
const NAME: &str = "sandbox.ron";

/// What stands at the head of a saved file.
const HEAD: &str = "\
// Built in the sandbox of lvsim: `lvsim run FILE` plays it, `lvsim sandbox FILE` goes on building.
// 在 lvsim 的沙盒中搭建：`lvsim run 文件` 运行，`lvsim sandbox 文件` 继续搭建。
";

/// A lab that is being built.
#[derive(Debug)]
pub struct Sandbox {
    scenario: Scenario,
    undone: Vec<Scenario>,
    done: Vec<Scenario>,
    /// As it was saved last, or opened.
    kept: Scenario,
    /// The file that it was saved as.
    pub file: Option<String>,
    /// The name that saving proposes.
    pub proposed: String,
}

/// What is on the BUILD screen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Build {
    /// The selected part, by its place.
    pub selected: usize,
    /// Where the cable begins that is being put in.
    pub from: Option<End>,
}

/// A file that is to be written: the library knows none, whoever drives it does that and says [what came of it](Saved).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Save {
    /// Its name.
    pub file: String,
    /// Its text.
    pub text: String,
    /// Whether a file of this name may be written over.
    pub over: bool,
    /// Whether lvsim is left then.
    pub quits: bool,
}

/// What came of a [`Save`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Saved {
    /// It is written.
    Done,
    /// There is a file of this name.
    Exists,
    /// It cannot be written.
    Failed(Text),
}

impl Sandbox {
    /// A lab that begins with this scenario, played. What belongs to a lesson is left out.
    ///
    /// # Errors
    /// When it cannot be played.
    pub fn new(scenario: &Scenario) -> Result<(Self, Session), Text> {
        let scenario = start::bare(scenario);
        let session = play(&scenario, NAME)?;
        let scenario = session.scenario().clone();
        let kept = scenario.clone();
        let (undone, done) = (Vec::new(), Vec::new());
        Ok((Self { scenario, undone, done, kept, file: None, proposed: "lab.ron".into() }, session))
    }

    /// The lab as it is now.
    pub fn scenario(&self) -> &Scenario {
        &self.scenario
    }

    /// The text of its file.
    pub fn text(&self) -> String {
        text_of(&self.scenario)
    }

    /// Whether there is nothing to save.
    pub fn is_saved(&self) -> bool {
        self.scenario == self.kept
    }

    /// It was saved as this file.
    pub fn was_saved(&mut self, file: &str) {
        (self.kept, self.file) = (self.scenario.clone(), Some(file.to_owned()));
        file.clone_into(&mut self.proposed);
    }

    /// Its name, with a star while something is not saved.
    pub fn name(&self) -> String {
        let name = self.file.as_deref().unwrap_or("sandbox");
        let star = if self.is_saved() { "" } else { " *" };
        format!("{name}{star}")
    }

    /// Plays a changed lab, and takes it if that can be done.
    ///
    /// # Errors
    /// What is wrong with it; then all is as before.
    pub fn take(&mut self, next: Scenario) -> Result<Session, Text> {
        let session = self.play(next)?;
        self.put(&session);
        Ok(session)
    }

    /// The same where something has happened: the story ends when all has come to rest, if that comes to pass.
    ///
    /// # Errors
    /// As of [`Self::take`].
    pub fn happen(&mut self, mut next: Scenario) -> Result<Session, Text> {
        let mut session = self.play(next.clone())?;
        if session.error().is_none() && !session.end().world.is_idle() {
            next.story.push(Located::from(Step::Wait(Wait::Idle)));
            let rested = self.play(next)?;
            // What never rests, such as a ping in the background, is left as it is.
            if rested.error().is_none() {
                session = rested;
            }
        }
        self.put(&session);
        Ok(session)
    }

    fn put(&mut self, session: &Session) {
        self.done.push(std::mem::replace(&mut self.scenario, session.scenario().clone()));
        if self.done.len() > REMEMBERED {
            self.done.remove(0);
        }
        self.undone.clear();
    }

    /// Takes the last change back, or does it again.
    pub fn turn_back(&mut self, again: bool) -> Option<Session> {
        let (from, to) = match again {
            false => (&mut self.done, &mut self.undone),
            true => (&mut self.undone, &mut self.done),
        };
        let wanted = from.pop()?;
        let name = self.file.as_deref().unwrap_or(NAME);
        // It was played before.
        let session = play(&wanted, name).ok()?;
        to.push(std::mem::replace(&mut self.scenario, session.scenario().clone()));
        Some(session)
    }

    /// The shell of a node, as the lines leave it that were typed there.
    pub fn shell(&self, node: &str) -> Shell {
        let mut shell = Shell::default();
        let own = self.scenario.nodes.iter().find(|own| own.name() == node);
        let setup = own.map(|own| own.script()).unwrap_or_default();
        let typed = self.scenario.story.iter().filter_map(|step| match &step.value {
            Step::Do { on, run } if on == node => Some(run.clone()),
            _ => None,
        });
        for line in setup.into_iter().chain(typed.flatten()) {
            // The loader has read each of them.
            let _ = shell.compile(&line.value);
        }
        shell
    }

    fn play(&self, mut scenario: Scenario) -> Result<Session, Text> {
        scenario.kernel = kernel(&scenario);
        play(&scenario, self.file.as_deref().unwrap_or(NAME))
    }
}

fn text_of(scenario: &Scenario) -> String {
    HEAD.to_owned() + &scenario.to_file()
}

/// Plays it as its file would be played.
fn play(scenario: &Scenario, name: &str) -> Result<Session, Text> {
    let read = open(name, &text_of(scenario), None, false);
    let read = read.map_err(|errors| errors.first().map(told).unwrap_or_default())?;
    Session::new(read).map_err(|error| error.text())
}

/// What is wrong, without its place: nobody has seen the file yet.
fn told(error: &ScenarioError) -> Text {
    let ScenarioError { message, help, .. } = error;
    let (en, zh) = (&message.en, &message.zh);
    match help.en.is_empty() {
        true => text!("{en}", "{zh}"),
        false => {
            let (help_en, help_zh) = (&help.en, &help.zh);
            text!("{en}: {help_en}", "{zh}：{help_zh}")
        }
    }
}

/// Whether a real kernel can be asked to do the same: the loader demands that a file says so.
fn kernel(scenario: &Scenario) -> Kernel {
    let one = Duration::from_millis(1);
    let is_short = |delay: Duration| !delay.is_zero() && delay < one;
    let of_link = |link: &Link| {
        is_short(link.delay)
            || link.loss.is_some()
            || link.reorder.is_some()
            || link.bandwidth.is_some()
    };
    let of_step = |step: &Step| match step {
        Step::Cable { delay, loss, reorder, .. } => {
            delay.is_some_and(is_short) || loss.is_some() || reorder.is_some()
        }
        _ => false,
    };
    let is_ours = scenario.links.iter().any(|link| of_link(link))
        || scenario.story.iter().any(|step| of_step(step));
    match (&scenario.kernel, is_ours) {
        (Kernel::Yes, true) => {
            Kernel::No(text!("its cables are only simulated", "网线的特性只有模拟器才有"))
        }
        (own, _) => own.clone(),
    }
}

#[cfg(test)]
mod tests;
