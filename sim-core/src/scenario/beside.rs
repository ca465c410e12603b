//! A RON file that stands beside a scenario and holds pieces of story: a course lab.
//!
//! It is read with the same errors as a scenario. Its pieces are read by the scenario's own loader, behind the scenario's story,
//! so that nodes, marks, parameters and commands are checked in one way only; what is wrong is told with its place in this file.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::de::DeserializeOwned;

use super::error::{ScenarioError, Source, line_starts};
use super::load::CheckLine;
use super::mapped::Mapped;
use super::outline::Value;
use super::rewrite::{Edits, rewrite, texts};
use super::{Expectation, Line, LoadOptions, Located, Origin, Scenario, Step, params, syntax};
use crate::text::Text;

/// A file's text, taken apart.
#[derive(Clone, Debug)]
pub(crate) struct Beside {
    file: String,
    text: String,
    lines: Vec<usize>,
    root: Value,
}

/// A list of pieces in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pieces {
    /// Steps of a story.
    Steps,
    /// Expectations without a step around them.
    Expectations,
}

/// Where a piece stands in the text that the loader reads, and where in this file.
struct Place {
    /// Lines of the loader's text.
    lines: Range<u32>,
    /// The first of them in this file.
    line: u32,
    /// The path of the piece in this file.
    path: String,
}

impl Beside {
    /// Takes a file apart.
    ///
    /// # Errors
    /// What is no RON.
    pub(crate) fn new(file: &str, text: &str) -> Result<Self, Vec<ScenarioError>> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let lines = line_starts(text);
        let root =
            syntax::outline(Source { file, text, lines: &lines }).map_err(|error| vec![*error])?;
        Ok(Self { file: file.into(), text: text.into(), lines, root })
    }

    /// The file's name.
    pub(crate) fn file(&self) -> &str {
        &self.file
    }

    fn source(&self) -> Source<'_> {
        Source { file: &self.file, text: &self.text, lines: &self.lines }
    }

    /// Reads the file, its parameters put in. The lists of these names are taken for empty: [`Self::pieces`] reads them.
    ///
    /// # Errors
    /// What its form does not allow, and parameters that are not there.
    pub(crate) fn read<T: DeserializeOwned>(
        &self,
        params: &BTreeMap<String, String>,
        left_out: &[&str],
    ) -> Result<T, Vec<ScenarioError>> {
        let mut edits = Edits::new();
        lists(&self.root, &self.text, left_out, &mut edits);
        let mut errors = Vec::new();
        for (_, literal) in texts(&self.root) {
            let Range { start, end } = literal.range;
            if edits.range(..=start).next_back().is_some_and(|(_, (edited, _))| start < *edited) {
                continue;
            }
            let content = Mapped::literal(&self.text, start..end);
            match params::fill(&content, params) {
                Ok(filled) if filled == content => {}
                Ok(filled) => {
                    let written = ron::to_string(filled.text()).expect("a string can be written");
                    edits.insert(start, (end, written));
                }
                Err((at, message, help)) => {
                    let path = self.root.path(&self.text, start);
                    errors.push(self.source().error(at, &path, message, help));
                }
            }
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        let text = rewrite(&self.text, 0..self.text.len(), &edits);
        syntax::read(self.source(), &text, &self.root, "").map_err(|error| vec![*error])
    }

    /// An error about the value at a path, or the nearest around it that is there.
    pub(crate) fn error(&self, path: &str, message: Text, help: Text) -> ScenarioError {
        let mut near = path;
        let at = loop {
            if let Some(value) = self.root.find(&self.text, near) {
                break value.range.clone();
            }
            near = near.rfind(['.', '[']).map_or("", |end| &near[..end]);
        };
        // Of what goes on over lines the first character is enough.
        let at = match self.text[at.clone()].contains('\n') {
            true => at.start..at.start + 1,
            false => at,
        };
        self.source().error(at, path, message, help)
    }

    /// The pieces of the list at a path, as the loader reads them behind the story of `start`.
    ///
    /// # Errors
    /// All that is wrong with them.
    ///
    /// # Panics
    /// When `start` cannot be loaded, or has no story.
    pub(crate) fn pieces(
        &self,
        path: &str,
        kind: Pieces,
        start: (&str, &str),
        options: &LoadOptions<'_>,
        check: &mut CheckLine<'_>,
    ) -> Result<Vec<Located<Step>>, Vec<ScenarioError>> {
        let Some(list) = self.root.find(&self.text, path) else { return Ok(Vec::new()) };
        let (text, before, places) = self.composed(path, list, kind, start.1);
        let loaded = super::load(start.0, &text, options, check);
        let Scenario { mut story, .. } = loaded.map_err(|errors| {
            errors.into_iter().map(|error| self.moved(error, &places)).collect::<Vec<_>>()
        })?;
        let mut pieces = story.split_off(before);
        let to = |origin: Origin| moved(origin, &places);
        pieces.iter_mut().for_each(|piece| move_step(piece, &to));
        Ok(pieces)
    }

    /// The text of `start` with the pieces behind its story: how many steps stand before them, and where they stand.
    ///
    /// Each piece begins on a line of its own, in the column in which it begins in this file.
    fn composed(
        &self,
        path: &str,
        list: &Value,
        kind: Pieces,
        start: &str,
    ) -> (String, usize, Vec<Place>) {
        let start = start.strip_prefix('\u{feff}').unwrap_or(start);
        let (root, _) = Value::outline(start).expect("it has been loaded");
        let (_, story) = root.field(start, "story").expect("it has a story");
        let end = story.items().last().map_or(story.range.start + 1, |last| last.range.end);
        let mut text = start[..end].to_owned();
        text.push_str(if story.items().is_empty() { "" } else { "," });
        let mut places = Vec::new();
        for (index, item) in list.items().iter().enumerate() {
            text.push_str(if kind == Pieces::Expectations { "\nExpect(\n" } else { "\n" });
            let origin = self.source().origin(item.range.start);
            let piece = &self.text[item.range.clone()];
            let count = |text: &str| u32::try_from(text.matches('\n').count()).unwrap_or(u32::MAX);
            let first = 1 + count(&text);
            let lines = first..first + 1 + count(piece);
            places.push(Place { lines, line: origin.line, path: format!("{path}[{index}]") });
            text.extend(std::iter::repeat_n(' ', origin.col.saturating_sub(1) as usize));
            text.push_str(piece);
            text.push_str(if kind == Pieces::Expectations { ")," } else { "," });
        }
        text.push('\n');
        text.push_str(&start[story.range.end - 1..]);
        (text, story.items().len(), places)
    }

    /// An error of the loader, told with its place in this file.
    fn moved(&self, mut error: ScenarioError, places: &[Place]) -> ScenarioError {
        let Some(place) = places.iter().find(|place| place.lines.contains(&error.line)) else {
            return error;
        };
        error.file.clone_from(&self.file);
        error.line = error.line - place.lines.start + place.line;
        let rest = error.path.strip_prefix("story[").and_then(|path| path.split_once(']'));
        error.path = format!("{}{}", place.path, rest.map_or("", |(_, rest)| rest));
        error
    }
}

/// Empties all lists of these names.
fn lists(value: &Value, text: &str, names: &[&str], edits: &mut Edits) {
    for (name, inner) in value.inner() {
        let is_list = text[inner.range.clone()].starts_with('[');
        if is_list && name.is_some_and(|name| names.contains(&super::outline::bare(&text[name]))) {
            edits.insert(inner.range.start, (inner.range.end, "[]".into()));
        } else {
            lists(inner, text, names, edits);
        }
    }
}

fn moved(origin: Origin, places: &[Place]) -> Origin {
    match places.iter().find(|place| place.lines.contains(&origin.line)) {
        Some(place) => Origin { line: origin.line - place.lines.start + place.line, ..origin },
        None => origin,
    }
}

fn move_step(step: &mut Located<Step>, to: &impl Fn(Origin) -> Origin) {
    step.origin = to(step.origin);
    match &mut step.value {
        Step::Do { run, .. } => run.iter_mut().for_each(|line| move_line(line, to)),
        Step::Expect(expectation) => move_expectation(expectation, to),
        _ => {}
    }
}

fn move_line(line: &mut Line, to: &impl Fn(Origin) -> Origin) {
    line.origin = to(line.origin);
    line.places.iter_mut().for_each(|(_, origin)| *origin = to(*origin));
}

fn move_expectation(expectation: &mut Expectation, to: &impl Fn(Origin) -> Origin) {
    match expectation {
        Expectation::Output { run, .. } => move_line(run, to),
        Expectation::Since(_, inner) => {
            for part in inner {
                part.origin = to(part.origin);
                move_expectation(&mut part.value, to);
            }
        }
        _ => {}
    }
}
