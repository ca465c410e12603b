//! `lvsim export --cast`: the walkthrough as a recorded terminal, for asciinema's players (asciicast v2).
//!
//! Lines come at their virtual times where these leave time to read. A handshake is over in milliseconds and a timeout takes a
//! minute: so a line waits until the one before it can have been read, and no silence is longer than two seconds. The text
//! itself says the virtual times. Nothing in it depends on when or where it was made.

use std::time::Duration;

use serde_json::json;
use sim_core::Instant;
use sim_core::scenario::Scenario;

use super::Teller;
use crate::lang::Lang;
use crate::open::Refused;
use crate::width::Width;

/// The size of the terminal.
const COLUMNS: usize = 100;
const ROWS: usize = 32;

/// How long a column of text takes to read; a Chinese character has two.
const READING: Duration = Duration::from_millis(22);

/// The longest silence.
const SILENCE: Duration = Duration::from_secs(2);

/// Lines with the times at which they come.
#[derive(Default)]
pub struct Cast {
    /// The virtual time of what was told last, and of what is told now.
    told: Instant,
    now: Instant,
    /// On the clock of the recording: when the last line came, and how much of it there is to read.
    clock: Duration,
    unread: usize,
    lines: Vec<(Duration, String)>,
}

impl Cast {
    /// What is told next has happened then; what is told belatedly does not turn time back.
    pub fn at(&mut self, at: Instant) {
        self.now = self.now.max(at);
    }

    /// A line is told.
    pub fn line(&mut self, line: &str) {
        let passed = self.now.since(self.told).min(SILENCE);
        let reading = READING * u32::try_from(self.unread).unwrap_or(u32::MAX);
        self.clock += passed.max(reading);
        self.told = self.now;
        self.unread = textwrap::core::display_width(line);
        self.lines.push((self.clock, line.to_owned()));
    }
}

/// The recording, and whether all expectations held.
///
/// # Errors
/// When a command of the setup fails.
pub fn print(scenario: Scenario, lang: Lang) -> Result<(String, bool), Refused> {
    let title = scenario.title.of(lang).to_owned();
    let mut teller = Teller::new(lang, Width::of_terminal(COLUMNS));
    teller.cast = Some(Cast::default());
    let ok = teller.tell(scenario)?;
    let lines = teller.cast.take().map(|cast| cast.lines).unwrap_or_default();
    // Fields in this order, and times with six places, as asciinema writes them.
    let title = json!(title);
    let mut out = format!(
        "{{\"version\": 2, \"width\": {COLUMNS}, \"height\": {ROWS}, \"title\": {title}}}\n"
    );
    for (at, line) in lines {
        let text = json!(format!("{line}\r\n"));
        out += &format!("[{}.{:06}, \"o\", {text}]\n", at.as_secs(), at.subsec_micros());
    }
    Ok((out, ok))
}
