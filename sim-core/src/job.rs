//! A command that was typed, and what has come of it.

use std::ops::Range;

use lvs_engine::{Instant, OriginId};

use crate::event::{NodeId, Stream};
use crate::shell::Streams;

/// A command that was given, and what has come of it.
#[derive(Clone, Debug, Default)]
pub struct Job {
    /// Where it runs.
    pub node: NodeId,
    /// Its exit status, once it has ended.
    pub status: Option<u8>,
    /// What it has said, on either stream, but for what is thrown away.
    pub output: String,
    /// Which parts of that are on standard error, in their order.
    pub errors: Vec<Range<usize>>,
    /// Where its streams lead.
    pub streams: Streams,
    /// Whether the next one does not wait for it.
    pub background: bool,
    /// As it was typed, variables filled in.
    pub text: String,
    /// Where it is written.
    pub origin: OriginId,
    /// When it was typed.
    pub started: Instant,
    /// When it ended, if it has.
    pub ended: Option<Instant>,
}

impl Job {
    /// Keeps what it says, unless that is thrown away; whether it is kept.
    pub(crate) fn say(&mut self, stream: Stream, text: &str) -> bool {
        let Some(stream) = self.streams.lead(stream) else { return false };
        let start = self.output.len();
        self.output.push_str(text);
        match (stream, self.errors.last_mut()) {
            (Stream::Out, _) => {}
            (Stream::Err, Some(last)) if last.end == start => last.end = self.output.len(),
            (Stream::Err, _) => self.errors.push(start..self.output.len()),
        }
        true
    }

    /// What it has said from this byte of its output on, stream by stream.
    pub fn said(&self, from: usize) -> impl Iterator<Item = (Stream, &str)> {
        let mut at = from;
        let mut errors = self.errors.iter().filter(move |error| error.end > from).peekable();
        std::iter::from_fn(move || {
            let rest = self.output.get(at..).filter(|rest| !rest.is_empty())?;
            let (stream, end) = match errors.peek() {
                Some(error) if error.start <= at => (Stream::Err, errors.next()?.end),
                Some(error) => (Stream::Out, error.start),
                None => (Stream::Out, at + rest.len()),
            };
            let text = &self.output[at..end];
            at = end;
            Some((stream, text))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shell::Lead;

    #[test]
    fn what_is_said_is_told_apart_by_its_stream() {
        use Stream::{Err, Out};
        let mut job = Job::default();
        for (stream, text) in [(Err, "a"), (Err, "b"), (Out, "c"), (Out, "d"), (Err, "e")] {
            assert!(job.say(stream, text));
        }
        assert_eq!(job.output, "abcde");
        let said = |from| job.said(from).collect::<Vec<_>>();
        assert_eq!(said(0), [(Err, "ab"), (Out, "cd"), (Err, "e")]);
        assert_eq!(said(1), [(Err, "b"), (Out, "cd"), (Err, "e")]);
        assert_eq!(said(3), [(Out, "d"), (Err, "e")]);
        assert_eq!(said(5), []);
    }

    #[test]
    fn what_is_thrown_away_is_not_kept() {
        let streams = Streams { stdout: Lead::Nowhere, stderr: Lead::Stdout };
        let mut job = Job { streams, ..Job::default() };
        assert!(!job.say(Stream::Out, "answer"));
        assert!(job.say(Stream::Err, "error"));
        assert_eq!(job.said(0).collect::<Vec<_>>(), [(Stream::Out, "error")]);
    }
}
