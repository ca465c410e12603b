//! A question of the story: it stands before what it asks about, and what follows is not shown until it is answered or skipped.

use sim_core::scenario::{Scenario, Step as Told};
use sim_core::{Text, text};

use crate::session::{Kind, Session};
use crate::state::Walk;

/// A question that is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// Which one, in the order of the story.
    pub number: usize,
    /// The option that is selected, from 0; none yet: no key answers by mistake.
    pub selected: Option<usize>,
    /// What was answered.
    pub given: Option<usize>,
    /// It is only read: what follows was seen before, so the answer is there.
    pub is_late: bool,
}

impl Question {
    /// A question as it is met.
    pub fn new(number: usize) -> Self {
        Self { number, selected: None, given: None, is_late: false }
    }

    /// Whether the answer is shown.
    pub fn is_told(&self) -> bool {
        self.given.is_some() || self.is_late
    }
}

/// What is asked.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The question.
    pub question: &'a Text,
    /// What can be answered.
    pub options: &'a [Text],
    /// The right one, from 0.
    pub answer: usize,
    /// Why.
    pub why: Option<&'a Text>,
}

/// The question at this step of the story.
pub fn asked(scenario: &Scenario, story: usize) -> Option<Asked<'_>> {
    match &scenario.story.get(story)?.value {
        Told::Ask { question, options, answer, why } => {
            Some(Asked { question, options, answer: usize::from(*answer), why: why.as_ref() })
        }
        _ => None,
    }
}

/// The questions of a story in their order: the step at which each is met, and its place in the story.
pub fn all(session: &Session) -> Vec<(usize, usize)> {
    let steps = session.steps().iter().enumerate();
    steps
        .filter_map(|(step, own)| match own.kind {
            Kind::Story(story) if asked(session.scenario(), usize::from(story)).is_some() => {
                Some((step, usize::from(story)))
            }
            _ => None,
        })
        .collect()
}

impl Walk {
    /// The question that is open, and what it asks.
    pub fn open_question(&self) -> Option<(&Question, Asked<'_>)> {
        let own = self.question.as_ref()?;
        let (_, story) = self.questions.get(own.number)?;
        Some((own, asked(self.session.scenario(), *story)?))
    }

    /// The number of the question at the step, if it was neither answered nor skipped on this walk.
    pub fn unasked_here(&self) -> Option<usize> {
        let number = self.questions.iter().position(|(step, _)| *step == self.step)?;
        (!self.asked.contains_key(&number)).then_some(number)
    }

    /// The last step that may be shown: that of the next question which was neither answered nor skipped on this walk. What
    /// follows it would give the answer away.
    pub fn veil(&self) -> usize {
        let from = self.questions.partition_point(|(step, _)| *step < self.step);
        let next = (from..self.questions.len()).find(|number| !self.asked.contains_key(number));
        next.map_or(usize::MAX, |number| self.questions[number].0)
    }

    /// Why what looks at the whole run tells nothing yet: it would give away what a question asks that is still to come. None: no
    /// question is.
    pub fn comes_first(&self) -> Option<Text> {
        let veil = self.veil();
        let number = self.questions.iter().position(|(step, _)| *step == veil)?;
        let (number, all, step) = (number + 1, self.questions.len(), veil + 1);
        Some(text!(
            "Question {number} of {all}, at step {step}, comes first: this would give its answer away. Answer it or skip it there (→ leads to it), or go past it (End).",
            "先回答步骤 {step} 处的问题 {number}/{all}：否则这里会泄露答案。按 → 走到那里回答或跳过，或按 End 越过它。"
        ))
    }

    /// The number of the last question at or before the step.
    pub fn last_question(&self) -> Option<usize> {
        self.questions.partition_point(|(step, _)| *step <= self.step).checked_sub(1)
    }
}
