//! What is wrong with a scenario's file: where, what, the line itself, and what to do.

use std::fmt;
use std::ops::Range;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::{Origin, Scenario};
use crate::text;
use crate::text::{Lang, Text};

/// A command line that cannot be read, as its parser tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadLine {
    /// The bytes of the line that are wrong; empty, at the end: something is missing.
    pub at: Range<usize>,
    /// What is wrong.
    pub message: Text,
    /// What to do: a suggestion, what is known.
    pub help: Text,
}

/// One thing that is wrong with a scenario's file.
///
/// Printed as a compiler would:
///
/// ```text
/// arp.ron:31:57: unknown option `-G` for ipvsadm (nodes[3].setup[4])
///    "ipvsadm -a -t 192.0.2.100:80 -r 192.0.2.11 -G",
///                                                ^^ did you mean -g (direct routing)? known: -g -i
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScenarioError {
    /// The file's name, as it was given.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
    /// The column in characters, from 1.
    pub col: u32,
    /// Which value it is about, as in `nodes[3].setup[1]`; empty: the file as a whole.
    pub path: String,
    /// What is wrong.
    pub message: Text,
    /// What to do; may be empty.
    pub help: Text,
    /// The line itself, without indentation, cut if it is long; empty: not known.
    pub shown: String,
    /// Which columns of `shown` are wrong, as a terminal counts them.
    pub underline: Range<usize>,
}

/// In English; see [`ScenarioError::text`].
impl fmt::Display for ScenarioError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, Lang::En)
    }
}

impl std::error::Error for ScenarioError {}

impl ScenarioError {
    /// All of it, as it is printed, in both languages.
    pub fn text(&self) -> Text {
        let told = |lang| {
            let mut told = String::new();
            // A string takes any text.
            let _ = self.write(&mut told, lang);
            told
        };
        Text { en: told(Lang::En), zh: told(Lang::Zh) }
    }

    fn write(&self, to: &mut impl fmt::Write, lang: Lang) -> fmt::Result {
        let (message, help) = (self.message.of(lang), self.help.of(lang));
        write!(to, "{}:{}:{}: {message}", self.file, self.line, self.col)?;
        if !self.path.is_empty() {
            match lang {
                Lang::En => write!(to, " ({})", self.path)?,
                Lang::Zh => write!(to, "（{}）", self.path)?,
            }
        }
        if self.shown.is_empty() {
            let separator = lang.pick("; ", "；");
            return if help.is_empty() { Ok(()) } else { write!(to, "{separator}{help}") };
        }
        let carets = "^".repeat(self.underline.len());
        let line = format!("{:indent$}{carets} {help}", "", indent = self.underline.start);
        write!(to, "\n   {}\n   {}", self.shown, line.trim_end())
    }

    /// What is found wrong once the file's text is gone: the place is known, the line is not shown.
    pub fn later(scenario: &Scenario, origin: Origin, message: Text, help: Text) -> Self {
        Self {
            file: scenario.file.clone(),
            line: origin.line,
            col: origin.col,
            path: String::new(),
            message,
            help,
            shown: String::new(),
            underline: 0..0,
        }
    }
}

/// A file's name and text: turns places into errors.
#[derive(Clone, Copy)]
pub(super) struct Source<'t> {
    pub(super) file: &'t str,
    pub(super) text: &'t str,
    /// See [`line_starts`].
    pub(super) lines: &'t [usize],
}

/// Where the lines of a text start: a place is asked for often, and a file may be long.
pub(super) fn line_starts(text: &str) -> Vec<usize> {
    let behind = text.match_indices('\n').map(|(end, _)| end + 1);
    std::iter::once(0).chain(behind).collect()
}

impl Source<'_> {
    /// The line and column of a byte.
    pub(super) fn origin(&self, at: usize) -> Origin {
        let line = self.lines.partition_point(|start| *start <= at);
        let start = self.lines[line - 1];
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        Origin { line: count(line), col: count(1 + self.text[start..at].chars().count()) }
    }

    /// The byte of a line and column, both from 1; the end of the line when it is shorter.
    pub(super) fn offset(&self, line: usize, col: usize) -> usize {
        let start = self.lines[line.clamp(1, self.lines.len()) - 1];
        let line = self.text[start..].split('\n').next().unwrap_or_default();
        let before: usize = line.chars().take(col.saturating_sub(1)).map(char::len_utf8).sum();
        start + before
    }

    /// The error about these bytes; only their first line is shown.
    pub(super) fn error(
        &self,
        at: Range<usize>,
        path: &str,
        message: Text,
        help: Text,
    ) -> ScenarioError {
        let Origin { line, col } = self.origin(at.start);
        let start = self.lines[line as usize - 1];
        let whole = self.text[start..].lines().next().unwrap_or_default();
        let (shown, underline) = excerpt(whole, at.start - start..at.end.max(at.start) - start);
        ScenarioError {
            file: self.file.into(),
            line,
            col,
            path: path.into(),
            message,
            help,
            shown,
            underline,
        }
    }
}

/// How much of a line is shown, and how much of that may stand before what is wrong.
const WIDTH: usize = 96;
const BEFORE: usize = 60;

/// The line without indentation and cut to `WIDTH` columns, and the columns of `marked`.
fn excerpt(line: &str, marked: Range<usize>) -> (String, Range<usize>) {
    let start = marked.start.min(line.len());
    let end = marked.end.clamp(start, line.len());
    let indent = (line.len() - line.trim_start().len()).min(start);
    let [mut before, mut wrong, mut after] =
        [&line[indent..start], &line[start..end], line[end..].trim_end()].map(printable);
    if before.width() + wrong.width() + after.width() > WIDTH {
        if before.width() > BEFORE {
            before = format!("…{}", last_columns(&before, BEFORE));
        }
        wrong = cut(&wrong, WIDTH - before.width());
        after = cut(&after, WIDTH - before.width() - wrong.width());
    }
    let underline = before.width()..before.width() + wrong.width().max(1);
    (before + &wrong + &after, underline)
}

/// Tabs and other signs that move the cursor would move the marks away from what they mark.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.width().is_some() { c } else { ' ' }).collect()
}

fn cut(text: &str, columns: usize) -> String {
    if text.width() <= columns {
        return text.into();
    }
    let mut kept = String::new();
    for character in text.chars() {
        if kept.width() + character.width().unwrap_or(0) + 1 > columns {
            break;
        }
        kept.push(character);
    }
    kept + "…"
}

fn last_columns(text: &str, columns: usize) -> &str {
    let mut width = 0;
    for (at, character) in text.char_indices().rev() {
        width += character.width().unwrap_or(0);
        if width > columns {
            return &text[at + character.len_utf8()..];
        }
    }
    text
}

/// "did you mean …? known: …", as far as there is something to say.
pub(crate) fn suggest(found: &str, known: &[impl AsRef<str>]) -> Text {
    let mut names: Vec<&str> = Vec::new();
    for name in known.iter().map(AsRef::as_ref) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let found = found.to_lowercase();
    let distance = |name: &str| strsim::damerau_levenshtein(&found, &name.to_lowercase());
    let limit = (found.chars().count() / 3).max(1);
    let nearest = names.iter().map(|name| (distance(name), name)).min_by_key(|(far, _)| *far);
    let all = names.join(" ");
    match nearest {
        None => Text::default(),
        Some((far, name)) if far <= limit => {
            text!("did you mean {name}? known: {all}", "是不是想写 {name}？可用：{all}")
        }
        Some(_) => text!("known: {all}", "可用：{all}"),
    }
}

/// An error about these bytes of a file that is no scenario.
pub(crate) fn point(
    file: &str,
    text: &str,
    at: Range<usize>,
    message: Text,
    help: Text,
) -> ScenarioError {
    let lines = line_starts(text);
    Source { file, text, lines: &lines }.error(at, "", message, help)
}
