//! The real clock, which only endpoints may read: think times, deadlines, and the journal for who waits for us.
#![expect(clippy::disallowed_types, reason = "endpoints play on real sockets, in real time")]

use crate::lang;
use crate::out::complain;
use sim_core::{Text, text};
use std::fs::OpenOptions;
use std::io::Write;
use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

/// The pause before each step of an endpoint.
const THINK: Duration = Duration::from_millis(30);

/// Let so much time pass.
pub fn pause(time: Duration) {
    thread::sleep(time);
}

/// Let the think time pass.
pub fn think() {
    thread::sleep(THINK);
}

/// How long something may take, from its start.
#[derive(Clone, Copy, Debug)]
pub struct Deadline {
    start: Instant,
    limit: Option<Duration>,
}

impl Deadline {
    /// Starts now; without a limit it never passes.
    pub fn start(limit: Option<Duration>) -> Self {
        Self { start: Instant::now(), limit }
    }

    /// The same start with another limit.
    pub fn with_limit(self, limit: Option<Duration>) -> Self {
        Self { limit, ..self }
    }

    /// Whole milliseconds since the start.
    pub fn elapsed_ms(&self) -> u128 {
        self.start.elapsed().as_millis()
    }

    /// What is left: `Ok(None)` is "for ever", an error is "it has passed".
    pub fn left(&self) -> Result<Option<Duration>, Passed> {
        let Some(limit) = self.limit else { return Ok(None) };
        match limit.checked_sub(self.start.elapsed()) {
            Some(left) if !left.is_zero() => Ok(Some(left)),
            _ => Err(Passed),
        }
    }

    /// Sleep until so long after the start.
    pub fn sleep_until(&self, at: Duration) {
        thread::sleep(at.saturating_sub(self.start.elapsed()));
    }

    /// Think, but no longer than until the deadline.
    pub fn think(&self) -> Result<(), Passed> {
        match self.left()? {
            Some(left) if left < THINK => {
                thread::sleep(left);
                Err(Passed)
            }
            _ => {
                think();
                Ok(())
            }
        }
    }
}

/// A deadline has passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Passed;

/// A file in which an endpoint notes what it has reached, for the program that started it.
#[derive(Debug)]
pub struct Journal(Option<PathBuf>);

impl Journal {
    /// Notes go to this file, or nowhere.
    pub fn new(path: Option<PathBuf>) -> Self {
        Self(path)
    }

    /// Append the word with the time. A journal that cannot be written ends the program: its reader would wait for ever.
    pub fn note(&self, word: &str) {
        let Some(path) = &self.0 else { return };
        let now = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .expect("clocks of this century are after 1970");
        let line = format!("{word} {}\n", now.as_nanos());
        let written = OpenOptions::new()
            .create(true)
            .append(true)
            .open(path)
            .and_then(|mut file| file.write_all(line.as_bytes()));
        if let Err(error) = written {
            let (path, Text { en, zh }) = (path.display(), lang::why(&error));
            let said = text!("{path}: cannot be written: {en}", "{path}：无法写入：{zh}");
            complain(said.of(lang::spoken()));
            std::process::exit(2);
        }
    }
}
