//! The screens as they play, as a recorded terminal (asciicast v2): frames of the map move, and where the story speaks there is
//! time to read.
//!
//! Two rows below the screen stay empty: players lay their controls over them.

use std::fmt::Write;

use ratatui::buffer::Buffer;
use sim_core::scenario::Step as Told;
use sim_core::{Lang, Text};
use unicode_width::UnicodeWidthStr;

use super::{ansi, quoted, screen, walk};
use crate::input::{Input, Key};
use crate::session::Kind;
use crate::state::{State, Walk};
use crate::update::update;

/// Milliseconds between two pictures.
const TICK: u32 = 125;

/// How long a column of text takes to read, in milliseconds; a Chinese character has two.
const READING: u32 = 45;

/// The least and the longest time that words of the story stay, in milliseconds.
const PAUSE: (u32, u32) = (1_500, 12_000);

/// Rows that stay empty.
const SPARE: u16 = 2;

/// The recording of the walkthrough that is on the screen, from its step to its end.
///
/// # Errors
/// When no walkthrough is on the screen, or it is too long.
pub fn print(state: &mut State) -> Result<String, Text> {
    let title = walk(state)?.session.scenario().title.of(state.lang).to_owned();
    let (width, height) = state.size;
    let mut tape = Tape { out: String::new(), clock: 0, shown: Buffer::empty(state.area()) };
    let rows = height + SPARE;
    // Fields in this order, as asciinema writes them.
    let _ = writeln!(
        tape.out,
        r#"{{"version": 2, "width": {width}, "height": {rows}, "title": {}}}"#,
        quoted(&title)
    );
    // No cursor, and an empty screen.
    tape.write("\u{1b}[?25l\u{1b}[2J");
    tape.show(state);
    rest(state, &mut tape);
    // What the keys have left open is closed.
    if state.prompt.is_some() || state.help.is_some() {
        update(state, Input::Key(Key::Esc));
    }
    // Each round comes at least one step farther.
    let rounds = state.on_screen().map_or(0, Walk::count);
    for _ in 0..rounds {
        if is_over(state) {
            break;
        }
        if state.on_screen().is_some_and(|walk| walk.question.is_some()) {
            answer(state, &mut tape);
        }
        update(state, Input::Key(Key::Char(' ')));
        tape.show(state);
        while state.on_screen().is_some_and(|walk| walk.playing) {
            tape.clock += TICK;
            update(state, Input::Passed(TICK));
            tape.show(state);
        }
        rest(state, &mut tape);
    }
    tape.clock += PAUSE.0;
    tape.write("\u{1b}[0m");
    Ok(tape.out)
}

/// What was recorded so far.
struct Tape {
    out: String,
    /// In milliseconds.
    clock: u32,
    shown: Buffer,
}

impl Tape {
    fn show(&mut self, state: &State) {
        let next = screen(state);
        let change = ansi::change(&self.shown, &next);
        if !change.is_empty() {
            self.write(&change);
        }
        self.shown = next;
    }

    fn write(&mut self, text: &str) {
        let (seconds, millis) = (self.clock / 1000, self.clock % 1000);
        // Times have six places, as asciinema writes them.
        let _ = writeln!(self.out, r#"[{seconds}.{millis:03}000, "o", {}]"#, quoted(text));
    }
}

fn is_over(state: &State) -> bool {
    state.on_screen().is_none_or(|walk| walk.place() + 1 >= walk.count())
}

/// Time to read what the story says here.
fn rest(state: &State, tape: &mut Tape) {
    let Some(walk) = state.on_screen() else { return };
    let Some(Kind::Story(at)) = walk.session.steps().get(walk.step).map(|step| &step.kind) else {
        return tape.clock += PAUSE.0;
    };
    let told = walk.session.scenario().story.get(usize::from(*at)).map(|told| &told.value);
    tape.clock += match told {
        Some(Told::Say(said)) => reading([said], state.lang),
        Some(Told::Ask { question, options, .. }) => {
            reading(options.iter().chain([question]), state.lang)
        }
        _ => PAUSE.0,
    };
}

fn reading<'a>(texts: impl IntoIterator<Item = &'a Text>, lang: Lang) -> u32 {
    let columns: usize = texts.into_iter().map(|text| text.of(lang).width()).sum();
    (u32::try_from(columns).unwrap_or(u32::MAX).saturating_mul(READING)).clamp(PAUSE.0, PAUSE.1)
}

/// The open question is answered rightly, and the reason is there to read.
fn answer(state: &mut State, tape: &mut Tape) {
    let Some(walk) = state.on_screen() else { return };
    let Some((_, asked)) = walk.open_question() else { return };
    let time = asked.why.map_or(PAUSE.0, |why| reading([why], state.lang));
    let right = asked.answer;
    let down = (0..=right).map(|_| Key::Down);
    for key in down.chain([Key::Enter]) {
        update(state, Input::Key(key));
        tape.clock += TICK;
        tape.show(state);
    }
    tape.clock += time;
    update(state, Input::Key(Key::Esc));
    tape.show(state);
}
