//! A command that was typed, and what has come of it.

use std::ops::Range;

use lvs_engine::{Instant, OriginId};

use crate::command::filter::Filter;
use crate::event::{NodeId, Stream};
use crate::shell::Streams;

mod lines;

use lines::Reader;

/// A command that was given, and what has come of it.
#[derive(Clone, Debug, Default)]
pub struct Job {
    /// Where it runs.
    pub node: NodeId,
    /// Its exit status, once it has ended.
    pub status: Option<u8>,
    /// What it has said, on either stream, but for what is thrown away.
    pub output: String,
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
    /// What few commands have: a large lab keeps thousands of them.
    pub(crate) rare: Option<Box<Rare>>,
}

/// What few commands have.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rare {
    /// Which parts of the output are on standard error, in their order.
    errors: Vec<Range<usize>>,
    /// What reads the output before it comes out.
    readers: Vec<Reader>,
}

impl Job {
    /// Sends what it says through these first.
    pub(crate) fn filtered_by(self, filters: &[Filter]) -> Self {
        if filters.is_empty() {
            return self;
        }
        let readers = filters.iter().cloned().map(Reader::new).collect();
        Self { rare: Some(Box::new(Rare { errors: Vec::new(), readers })), ..self }
    }

    fn errors(&self) -> &[Range<usize>] {
        self.rare.as_ref().map_or(&[], |rare| &rare.errors)
    }

    fn readers(&self) -> &[Reader] {
        self.rare.as_ref().map_or(&[], |rare| &rare.readers)
    }

    fn readers_mut(&mut self) -> &mut [Reader] {
        self.rare.as_mut().map_or(&mut [], |rare| &mut rare.readers)
    }

    /// Whether something reads its output before it comes out.
    pub fn is_piped(&self) -> bool {
        !self.readers().is_empty()
    }

    /// Whether nobody reads any more what it writes into this stream.
    pub(crate) fn is_closed(&self, stream: Stream) -> bool {
        self.streams.lead(stream) == Some(Stream::Out)
            && self.readers().iter().any(Reader::is_closed)
    }

    /// Keeps what it says, unless that is thrown away or stays in a pipe; what of it was kept.
    pub(crate) fn say(&mut self, stream: Stream, text: String) -> Option<String> {
        let stream = self.streams.lead(stream)?;
        let text = match stream {
            Stream::Out => {
                self.readers_mut().iter_mut().fold(text, |text, reader| reader.feed(&text))
            }
            Stream::Err => text,
        };
        self.keep(stream, &text);
        (!text.is_empty()).then_some(text)
    }

    /// It ends with this status; what its pipe still held, and the status of the whole.
    pub(crate) fn end(&mut self, mut status: u8, now: Instant) -> (Option<String>, u8) {
        let mut held = String::new();
        for reader in self.readers_mut() {
            held = reader.feed(&held);
            let (last, own) = reader.finish();
            (held, status) = (held + &last, own);
        }
        self.keep(Stream::Out, &held);
        (self.status, self.ended) = (Some(status), Some(now));
        ((!held.is_empty()).then_some(held), status)
    }

    fn keep(&mut self, stream: Stream, text: &str) {
        let start = self.output.len();
        self.output.push_str(text);
        if stream == Stream::Out {
            return;
        }
        let errors = &mut self.rare.get_or_insert_default().errors;
        match errors.last_mut() {
            Some(last) if last.end == start => last.end = self.output.len(),
            _ => errors.push(start..self.output.len()),
        }
    }

    /// What it has said from this byte of its output on, stream by stream.
    pub fn said(&self, from: usize) -> impl Iterator<Item = (Stream, &str)> {
        let mut at = from;
        let mut errors = self.errors().iter().filter(move |error| error.end > from).peekable();
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
            assert_eq!(job.say(stream, text.to_owned()).as_deref(), Some(text));
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
        assert_eq!(job.say(Stream::Out, "answer".into()), None);
        assert_eq!(job.say(Stream::Err, "error".into()).as_deref(), Some("error"));
        assert_eq!(job.said(0).collect::<Vec<_>>(), [(Stream::Out, "error")]);
    }

    #[test]
    fn filters_pass_lines_on() {
        const TEXT: &str =
            "TCP  192.0.2.1:80 wrr\n  -> 10.0.0.2:80 Masq\n  -> 10.0.0.3:80 Route\nlast";
        #[rustfmt::skip]
        let rows = [
            // the pipe              what comes out                                       its status
            ("grep Masq",            "  -> 10.0.0.2:80 Masq\n",                           0),
            ("grep masq",            "",                                                  1),
            ("grep -i masq",         "  -> 10.0.0.2:80 Masq\n",                           0),
            ("grep -v -- '->'",      "TCP  192.0.2.1:80 wrr\nlast\n",                    0),
            ("grep -vc 10.0",        "2\n",                                               0),
            ("grep -c nothing",      "0\n",                                               1),
            ("grep -n last",         "4:last\n",                                          0),
            ("grep -q last",         "",                                                  0),
            ("grep '^TCP\\|last$'",  "TCP  192.0.2.1:80 wrr\nlast\n",                    0),
            ("grep 'TCP|last'",      "",                                                  1),
            ("grep -E 'TCP|last'",   "TCP  192.0.2.1:80 wrr\nlast\n",                    0),
            ("head -1",              "TCP  192.0.2.1:80 wrr\n",                           0),
            ("head -n 0",            "",                                                  0),
            ("head",                 TEXT,                                                0),
            ("tail -n 2",            "  -> 10.0.0.3:80 Route\nlast",                      0),
            ("tail -0",              "",                                                  0),
            ("wc -l",                "3\n",                                               0),
            ("grep -- '->' | tail -1 | grep -n .", "1:  -> 10.0.0.3:80 Route\n",          0),
            ("head -2 | grep -c Route", "0\n",                                            1),
        ];
        for (pipe, passed, status) in rows {
            let line = format!("ip a 2>&1 | {pipe}");
            let steps = crate::shell::Shell::default().compile(&line).expect(&line);
            // All at once, or letter by letter.
            for size in [TEXT.len(), 1] {
                let mut job = Job::default().filtered_by(&steps[0].filters);
                for letter in TEXT.as_bytes().chunks(size) {
                    job.say(Stream::Out, String::from_utf8_lossy(letter).into_owned());
                }
                let (_, ended) = job.end(7, Instant::ZERO);
                assert_eq!((job.output.as_str(), ended), (passed, status), "{pipe}");
            }
        }
    }
}
