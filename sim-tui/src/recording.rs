//! A walkthrough on the screens without a terminal: one screen as a picture or as text, all of them as a recording or a page.
//!
//! The state is that of the screens, and what is pressed is pressed as by a person; so what a picture shows can be come to by
//! hand. Nothing in it depends on when or where it was made.

mod ansi;
pub mod cast;
pub mod page;

use ratatui::buffer::Buffer;
use sim_core::{Text, text};

use crate::filter::Filter;
use crate::input::{Input, Key};
use crate::session::{Mark, Session};
use crate::state::{State, Walk};
use crate::update::update;
use crate::view;

/// Which step is looked at, or looked at first.
#[derive(Clone, Debug)]
pub enum At {
    /// The first.
    First,
    /// The last.
    Last,
    /// This one, from 1.
    Step(usize),
    /// The first that a filter lets through.
    Found(Filter),
    /// The first stop that is worth it: a warning, or something thrown away; else an edit; else whatever stop there is.
    Worth,
}

impl At {
    /// `14`, `first`, `last`, or a filter of steps.
    ///
    /// # Errors
    /// What is wrong with the filter.
    pub fn parse(words: &str) -> Result<Self, Text> {
        match words {
            "first" => Ok(Self::First),
            "last" => Ok(Self::Last),
            _ => match words.parse() {
                Ok(step) => Ok(Self::Step(step)),
                Err(_) => Filter::parse(words).map(Self::Found).map_err(|bad| bad.message),
            },
        }
    }

    fn step(&self, session: &Session) -> Result<usize, Text> {
        let count = session.steps().len();
        match self {
            Self::First => Ok(0),
            Self::Last => Ok(count.saturating_sub(1)),
            Self::Step(step) if (1..=count).contains(step) => Ok(step - 1),
            Self::Step(_) => Err(text!(
                "there is no such step: they are 1 to {count}",
                "没有这个步骤：步骤为 1 到 {count}"
            )),
            Self::Found(filter) => {
                let found = filter.steps(session).first().copied();
                let found = found.ok_or_else(|| text!("no step is so", "没有这样的步骤"))?;
                Ok(found as usize)
            }
            Self::Worth => Ok(worth(session)),
        }
    }
}

fn worth(session: &Session) -> usize {
    let mark = |at: &u32| session.steps()[*at as usize].mark;
    let first = |wanted: fn(Mark) -> bool| session.stops().iter().find(|at| wanted(mark(at)));
    let found = first(|mark| mark >= Mark::Warning)
        .or_else(|| first(|mark| mark == Mark::Rewrite))
        .or_else(|| session.stops().first());
    found.map_or(0, |at| *at as usize)
}

/// More steps are no recording that anybody looks at.
const MOST: usize = 2_000;

/// Goes to a step of the open scenario and presses keys; frames have come to their ends.
///
/// # Errors
/// When there is no such step.
pub fn go(state: &mut State, at: &At, pressed: &[Key]) -> Result<(), Text> {
    if let Some(walk) = &mut state.walk {
        let step = at.step(&walk.session)?;
        walk.step = step;
        walk.session.seek(step);
    }
    for key in pressed {
        update(state, Input::Key(*key));
        if state.on_screen().is_some_and(|walk| !walk.playing) {
            update(state, Input::Passed(10_000));
        }
    }
    if let Some(walk) = &mut state.walk {
        walk.passed = 10_000;
    }
    Ok(())
}

/// The screen as it is.
pub fn screen(state: &State) -> Buffer {
    let mut buffer = Buffer::empty(state.area());
    view::draw(state, &mut buffer);
    buffer
}

/// The walkthrough, if it is on the screen and not too long.
fn walk(state: &State) -> Result<&Walk, Text> {
    let walk = state.on_screen().ok_or_else(|| {
        text!(
            "these keys leave the walkthrough: there is nothing to play",
            "这些按键离开了演示：没有可播放的内容"
        )
    })?;
    let (count, most) = (walk.count(), MOST);
    match count > most {
        true => Err(text!(
            "{count} steps are too many for one recording, at most {most}: show fewer, as by --keys '/tcp<Enter>'",
            "{count} 步太多，一个录像最多 {most} 步：请减少显示的步骤，例如 --keys '/tcp<Enter>'"
        )),
        false => Ok(walk),
    }
}

/// A text as JSON and scripts write it; `<` is written as a number, so that no markup ends within it.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for own in text.chars() {
        match own {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            own if own.is_control() || own == '<' => {
                out.push_str(&format!("\\u{:04x}", u32::from(own)));
            }
            own => out.push(own),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn text_is_quoted_as_json_has_it() {
        assert_eq!(quoted("a\"b\\c\n\u{1b}</x>中"), r#""a\"b\\c\u000a\u001b\u003c/x>中""#);
    }
}
