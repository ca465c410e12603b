//! How wide the lines are that people read: prose is wrapped always, what is one line a frame only on a terminal.
//!
//! In a pipe a frame, a decision or a failure stays on its one line, however long: `grep`, `awk` and `diff` live by that. A
//! Chinese character takes two columns.

use std::io::{self, IsTerminal};

use textwrap::{Options, WordSeparator, WordSplitter, WrapAlgorithm};

/// The columns of a terminal that nobody has made wider, and of prose in a pipe.
const PLAIN: usize = 80;

/// Wider prose is hard to read, however wide the terminal.
const WIDEST_PROSE: usize = 100;

/// No line can be told in less.
const NARROWEST: usize = 40;

/// The widths of one output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Width {
    prose: usize,
    /// The columns of the terminal, if it is one.
    terminal: Option<usize>,
}

impl Width {
    /// Those of standard output. `COLUMNS` counts before what the terminal says of itself.
    pub fn of_output() -> Self {
        let asked = std::env::var("COLUMNS").ok().and_then(|text| text.trim().parse().ok());
        let terminal = io::stdout().is_terminal().then(textwrap::termwidth);
        Self::new(asked, terminal)
    }

    fn new(asked: Option<usize>, terminal: Option<usize>) -> Self {
        let columns = asked.filter(|columns| *columns > 0).or(terminal).unwrap_or(PLAIN);
        Self {
            prose: columns.clamp(NARROWEST, WIDEST_PROSE),
            terminal: terminal.map(|_| columns.max(NARROWEST)),
        }
    }

    /// The lines of a text behind a mark; they hang below its first word.
    pub fn prose(&self, mark: &str, text: &str) -> Vec<String> {
        self.wrapped(mark, text, WordSeparator::UnicodeBreakProperties)
    }

    /// The same for names, which are not broken at their dashes and slashes.
    pub fn names(&self, mark: &str, text: &str) -> Vec<String> {
        self.wrapped(mark, text, WordSeparator::AsciiSpace)
    }

    fn wrapped(&self, mark: &str, text: &str, separator: WordSeparator) -> Vec<String> {
        let indent = " ".repeat(textwrap::core::display_width(mark));
        let options = Options::new(self.prose)
            .initial_indent(mark)
            .subsequent_indent(&indent)
            .word_splitter(WordSplitter::NoHyphenation)
            .wrap_algorithm(WrapAlgorithm::FirstFit)
            .word_separator(separator);
        let lines = textwrap::wrap(text, options);
        lines.into_iter().map(|line| line.trim_end().to_owned()).collect()
    }

    /// Whether prose of this length is one line.
    pub fn fits(&self, line: &str) -> bool {
        textwrap::core::display_width(line) <= self.prose
    }

    /// The columns that two texts side by side may take.
    pub fn columns(&self) -> usize {
        self.terminal.unwrap_or(self.prose)
    }

    /// The lines of a text in a column of this width.
    pub fn cell(&self, text: &str, columns: usize, first: &str, next: &str) -> Vec<String> {
        let options = Options::new(columns)
            .initial_indent(first)
            .subsequent_indent(next)
            .word_splitter(WordSplitter::NoHyphenation)
            .wrap_algorithm(WrapAlgorithm::FirstFit)
            .word_separator(WordSeparator::AsciiSpace);
        textwrap::wrap(text, options).into_iter().map(|line| line.trim_end().to_owned()).collect()
    }

    /// A line that is one in a pipe; on a terminal what does not fit hangs below, `indent` columns from the left.
    pub fn row(&self, line: &str, indent: usize) -> Vec<String> {
        let Some(columns) = self.terminal else { return vec![line.to_owned()] };
        if textwrap::core::display_width(line) <= columns {
            return vec![line.to_owned()];
        }
        let indent = " ".repeat(indent);
        let options = Options::new(columns)
            .subsequent_indent(&indent)
            .word_splitter(WordSplitter::NoHyphenation)
            .wrap_algorithm(WrapAlgorithm::FirstFit)
            .word_separator(WordSeparator::AsciiSpace);
        textwrap::wrap(line, options).into_iter().map(|line| line.into_owned()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[rustfmt::skip]
    fn who_says_how_wide() {
        for (asked,     terminal,  prose, rows) in [
            (None,      None,      80,    None),      // a pipe
            (None,      Some(120), 100,   Some(120)), // a terminal
            (Some(60),  Some(120), 60,    Some(60)),  // COLUMNS counts first
            (Some(60),  None,      60,    None),      // and makes no terminal of a pipe
            (Some(0),   Some(10),  40,    Some(40)),  // nonsense, and a sliver
        ] {
            assert_eq!(Width::new(asked, terminal), Width { prose, terminal: rows });
        }
    }

    #[test]
    fn prose_hangs_behind_its_mark_and_keeps_to_its_width() {
        let width = Width::new(Some(40), None);
        assert_eq!(
            width.prose("-- ", "Four lines of the how-to are missing: arp_ignore is one of them."),
            ["-- Four lines of the how-to are missing:", "   arp_ignore is one of them."]
        );
        // A Chinese character is two columns wide, and no line begins with a full stop.
        for line in width.prose("  1. ", &"把地址配在 eth0 上，服务器也要拥有它。".repeat(5))
        {
            assert!(textwrap::core::display_width(&line) <= 40, "{line}");
            assert!(!line.trim_start().starts_with(['，', '。']), "{line}");
        }
    }

    #[test]
    fn a_row_is_one_line_in_a_pipe_and_hangs_on_a_terminal() {
        let line = "0.1  rs2  eth0  < ARP, Request who-has 192.0.2.100 tell 192.0.2.1";
        assert_eq!(Width::new(None, None).row(line, 10), [line]);
        assert_eq!(Width::new(None, Some(80)).row(line, 10), [line]);
        assert_eq!(
            Width::new(None, Some(40)).row(line, 10),
            ["0.1  rs2  eth0  < ARP, Request who-has", "          192.0.2.100 tell 192.0.2.1"]
        );
    }
}
