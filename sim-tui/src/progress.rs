//! How far a person has come: of each scenario the step at which it was left, the farthest that was seen, and the first answers to its
//! questions; and where the person was last.
//!
//! A plain value with a text form; who has files keeps it in one. Only shipped scenarios are written: their names have no blanks.
//!
//! ```
//! use sim_tui::progress::Progress;
//! let text = "lvsim progress 1\nlast dr/arp-walk\nwalk dr/arp-walk at 57 seen 60 of 140 questions 5 answers 1=3+ 2=1-\n";
//! assert_eq!(Progress::parse(text).unwrap().print(), text);
//! ```

use std::collections::BTreeMap;
use std::fmt::Write;

use sim_core::{Text, text};

/// The first line of the text form, with its version.
const HEAD: &str = "lvsim progress 1";

/// How far a person has come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// The scenario that was walked last.
    pub last: Option<String>,
    /// By the name of the scenario.
    pub walks: BTreeMap<String, Walked>,
}

/// How far one scenario was walked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Walked {
    /// The step at which it was left, from 1.
    pub at: usize,
    /// The farthest step that was looked at, from 1.
    pub seen: usize,
    /// How many steps it has.
    pub of: usize,
    /// How many questions it has.
    pub questions: usize,
    /// The first answer to each that was answered, both from 1, and whether it was right.
    pub answers: BTreeMap<usize, (usize, bool)>,
}

impl Walked {
    /// How many first answers were right.
    pub fn right(&self) -> usize {
        self.answers.values().filter(|(_, is_right)| *is_right).count()
    }

    /// Whether its end was seen.
    pub fn is_done(&self) -> bool {
        self.of > 0 && self.seen >= self.of
    }
}

impl Progress {
    /// A step was looked at. If the scenario is another than it was, what was known of it is gone.
    pub fn saw(&mut self, name: &str, step: usize, of: usize, questions: usize) {
        if is_kept(name) && self.last.as_deref() != Some(name) {
            self.last = Some(name.into());
        }
        let walked = self.walks.entry(name.into()).or_default();
        if walked.of != 0 && (walked.of, walked.questions) != (of, questions) {
            *walked = Walked::default();
        }
        (walked.of, walked.questions) = (of, questions);
        walked.at = step;
        walked.seen = walked.seen.max(step);
    }

    /// A question was answered. The first answer counts.
    pub fn answered(&mut self, name: &str, question: usize, option: usize, is_right: bool) {
        let walked = self.walks.entry(name.into()).or_default();
        walked.answers.entry(question).or_insert((option, is_right));
    }

    /// Takes in what was kept elsewhere meanwhile: the farthest of both, and first answers that are not known here.
    pub fn merge(&mut self, other: Self) {
        for (name, theirs) in other.walks {
            let ours = self.walks.entry(name).or_insert_with(|| theirs.clone());
            if (ours.of, ours.questions) == (theirs.of, theirs.questions) {
                ours.seen = ours.seen.max(theirs.seen);
                for (question, answer) in theirs.answers {
                    ours.answers.entry(question).or_insert(answer);
                }
            }
        }
        self.last = self.last.take().or(other.last);
    }

    /// The text form.
    pub fn print(&self) -> String {
        let mut out = format!("{HEAD}\n");
        // Taking text in cannot fail.
        if let Some(last) = self.last.as_ref().filter(|name| is_kept(name)) {
            let _ = writeln!(out, "last {last}");
        }
        for (name, own) in self.walks.iter().filter(|(name, _)| is_kept(name)) {
            let Walked { at, seen, of, questions, answers } = own;
            let _ = write!(
                out,
                "walk {name} at {at} seen {seen} of {of} questions {questions} answers"
            );
            for (question, (option, is_right)) in answers {
                let _ = write!(out, " {question}={option}{}", if *is_right { '+' } else { '-' });
            }
            out.push('\n');
        }
        out
    }

    /// Reads the text form.
    ///
    /// # Errors
    /// The first line that is not understood.
    pub fn parse(text: &str) -> Result<Self, Text> {
        let mut lines = text.lines().zip(1_usize..);
        match lines.next() {
            Some((HEAD, _)) => {}
            Some((first, _)) if first.starts_with("lvsim progress ") => {
                return Err(text!(
                    "1: `{first}` is of another lvsim; this one reads `{HEAD}`",
                    "1：`{first}` 是另一个版本的 lvsim 写的；本版本读 `{HEAD}`"
                ));
            }
            _ => {
                return Err(text!("1: it should begin with `{HEAD}`", "1：应以 `{HEAD}` 开头"));
            }
        }
        let mut progress = Self::default();
        for (line, number) in lines {
            let words: Vec<&str> = line.split_whitespace().collect();
            match words[..] {
                ["last", name] => progress.last = Some(name.into()),
                ["walk", name, ref rest @ ..] => {
                    let walked = walked(rest).ok_or_else(|| not_understood(number, line))?;
                    progress.walks.insert(name.into(), walked);
                }
                _ => return Err(not_understood(number, line)),
            }
        }
        Ok(progress)
    }
}

fn not_understood(number: usize, line: &str) -> Text {
    text!("{number}: `{line}` is not understood", "{number}：看不懂 `{line}`")
}

fn is_kept(name: &str) -> bool {
    !name.is_empty() && !name.ends_with(".ron") && !name.contains(char::is_whitespace)
}

fn walked(words: &[&str]) -> Option<Walked> {
    let ["at", at, "seen", seen, "of", of, "questions", questions, "answers", answers @ ..] = words
    else {
        return None;
    };
    let answer = |word: &&str| {
        let (question, rest) = word.split_once('=')?;
        let (option, is_right) = match rest.strip_suffix('+') {
            Some(option) => (option, true),
            None => (rest.strip_suffix('-')?, false),
        };
        Some((number(question)?, (number(option)?, is_right)))
    };
    Some(Walked {
        at: number(at)?,
        seen: number(seen)?,
        of: number(of)?,
        questions: number(questions)?,
        answers: answers.iter().map(answer).collect::<Option<_>>()?,
    })
}

/// A number as it is printed: no sign, no zeros before it.
fn number(word: &str) -> Option<usize> {
    word.parse().ok().filter(|read: &usize| read.to_string() == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[rustfmt::skip]
    fn what_is_broken_is_told_with_its_line() {
        for (text, said) in [
            ("",                                                                  "1: it should begin with `lvsim progress 1`"),
            ("lvsim progress 2\n",                                                "1: `lvsim progress 2` is of another lvsim"),
            ("lvsim progress 1\nwalk a at 1\n",                                   "2: `walk a at 1` is not understood"),
            ("lvsim progress 1\nlast a\nwalk a at 1 seen 1 of 1 questions 1 answers 1=x+\n", "3: "),
            ("lvsim progress 1\nwalk a at -1 seen 1 of 1 questions 1 answers\n", "2: "),
        ] {
            let wrong = Progress::parse(text).expect_err(text);
            assert!(wrong.en.starts_with(said), "{text}: {}", wrong.en);
        }
    }

    #[test]
    fn first_answers_count_and_two_who_walk_at_once_lose_nothing() {
        let mut one = Progress::default();
        one.saw("dr/seed", 3, 10, 2);
        one.answered("dr/seed", 1, 2, false);
        one.answered("dr/seed", 1, 1, true);
        let mut other = Progress::default();
        other.saw("dr/seed", 9, 10, 2);
        other.answered("dr/seed", 2, 1, true);
        other.saw("nat/seed", 1, 5, 0);
        one.merge(other);
        let walked = &one.walks["dr/seed"];
        assert_eq!((walked.at, walked.seen, walked.right(), walked.answers.len()), (3, 9, 1, 2));
        assert_eq!(one.last.as_deref(), Some("dr/seed"));
        assert_eq!(Progress::parse(&one.print()), Ok(one.clone()));
        // A scenario that has changed begins anew.
        one.saw("dr/seed", 1, 11, 2);
        assert_eq!(
            one.walks["dr/seed"],
            Walked { at: 1, seen: 1, of: 11, questions: 2, ..Walked::default() }
        );
        // What is no shipped scenario is not written.
        one.saw("/tmp/my lab.ron", 1, 11, 2);
        assert!(!one.print().contains("my lab"));
        assert_eq!(one.last.as_deref(), Some("dr/seed"));
    }
}
