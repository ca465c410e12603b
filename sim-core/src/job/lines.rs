//! The lines that come down a pipe, and what a filter passes on.

use std::collections::VecDeque;

use crate::command::filter::Filter;

/// A filter that reads.
#[derive(Clone, Debug)]
pub(crate) struct Reader {
    filter: Filter,
    /// The beginning of a line that has not ended.
    begun: String,
    /// Lines that were read.
    read: u64,
    /// Lines that were passed on, or would be.
    passed: u64,
    /// The last lines, which `tail` keeps.
    last: VecDeque<String>,
}

impl Reader {
    pub(super) fn new(filter: Filter) -> Self {
        Self { filter, begun: String::new(), read: 0, passed: 0, last: VecDeque::new() }
    }

    /// Whether it reads no more: whoever writes on is ended by SIGPIPE.
    pub(super) fn is_closed(&self) -> bool {
        match &self.filter {
            Filter::Head(lines) => self.read >= *lines,
            Filter::Grep(grep) => grep.quiet && self.passed > 0,
            Filter::Tail(_) | Filter::Count => false,
        }
    }

    /// What it passes on of a text.
    pub(super) fn feed(&mut self, text: &str) -> String {
        self.begun.push_str(text);
        let whole = self.begun.rfind('\n').map_or(0, |end| end + 1);
        let rest = self.begun.split_off(whole);
        let lines = std::mem::replace(&mut self.begun, rest);
        let mut out = String::new();
        lines.split_inclusive('\n').for_each(|line| self.line(line, &mut out));
        out
    }

    fn line(&mut self, line: &str, out: &mut String) {
        if self.is_closed() {
            return;
        }
        self.read += 1;
        match &self.filter {
            Filter::Grep(grep) => {
                let text = line.strip_suffix('\n').unwrap_or(line);
                if !grep.wants(text) {
                    return;
                }
                self.passed += 1;
                if !grep.count && !grep.quiet {
                    let number =
                        if grep.number { format!("{}:", self.read) } else { String::new() };
                    *out += &format!("{number}{text}\n");
                }
            }
            Filter::Head(_) => out.push_str(line),
            Filter::Tail(lines) => {
                self.last.push_back(line.to_owned());
                if self.last.len() as u64 > *lines {
                    self.last.pop_front();
                }
            }
            // A line that does not end is none.
            Filter::Count => self.read -= u64::from(!line.ends_with('\n')),
        }
    }

    /// What it says once nothing more comes, and its exit status.
    pub(super) fn finish(&mut self) -> (String, u8) {
        let (mut out, begun) = (String::new(), std::mem::take(&mut self.begun));
        if !begun.is_empty() {
            self.line(&begun, &mut out);
        }
        match &self.filter {
            Filter::Grep(grep) => {
                if grep.count && !grep.quiet {
                    out += &format!("{}\n", self.passed);
                }
                (out, u8::from(self.passed == 0))
            }
            Filter::Head(_) => (out, 0),
            Filter::Tail(_) => (std::mem::take(&mut self.last).into_iter().collect(), 0),
            Filter::Count => (format!("{}\n", self.read), 0),
        }
    }
}
