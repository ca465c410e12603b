//! The run as a sequence diagram: which rows are there, which is selected, and the words of those that are near it.
//!
//! Rows and columns are those of [`sim_core::export::ladder`]. They are found once, when the screen is opened; words are made for
//! the rows that are looked at, however long the run is.

use std::collections::BTreeMap;

use lvs_engine::Instant;
use sim_core::export::ladder::{Hop, Index, RowKind, Words};

use crate::session::{Kind, Mark, Session};
use crate::state::Walk;

/// The words of so many rows are kept.
const KEPT: usize = 4_000;

/// What is looked at.
#[derive(Debug)]
pub struct Ladder {
    /// The selected row, as a place among those that are there.
    pub at: usize,
    /// So many columns behind the first one are scrolled away.
    pub left: usize,
    index: Index,
    /// All rows with the steps that belong to them, in order.
    pairs: Vec<(u32, u32)>,
    /// The row of each step.
    of_step: Vec<u32>,
    /// The rows that are there, each with the first step of it that is.
    places: Vec<(u32, u32)>,
    /// What the rows were chosen for.
    chosen: Option<Chosen>,
    words: BTreeMap<u32, Words>,
}

/// The filter, the last step that may be shown, and the step that was looked at.
#[derive(Debug, PartialEq, Eq)]
struct Chosen {
    filter: Option<String>,
    veil: usize,
    step: usize,
}

impl Ladder {
    /// All rows of a run.
    pub fn new(session: &Session) -> Self {
        let all = session.steps();
        let is_told = |kind: &Kind| matches!(kind, Kind::Story(_) | Kind::Expected { .. });
        let told = all.iter().filter(|step| is_told(&step.kind)).map(|step| step.range().start);
        let index = Index::of(session.net(), session.trace(), 0, told);
        let stories = index.rows.iter().enumerate();
        let mut stories =
            stories.filter(|(_, row)| matches!(row.kind, RowKind::Story(_))).map(|(at, _)| at);
        let of_step = all.iter().map(|step| {
            let found = match (is_told(&step.kind), step.frame()) {
                (true, _) => stories.next(),
                (false, Some(entry)) => index.row_of(entry),
                (false, None) => index.row_of(step.range().start),
            };
            found.unwrap_or(0) as u32
        });
        let of_step: Vec<u32> = of_step.collect();
        let mut pairs: Vec<(u32, u32)> = (0..).zip(&of_step).map(|(at, row)| (*row, at)).collect();
        pairs.sort_unstable();
        let (places, words) = (Vec::new(), BTreeMap::new());
        Self { at: 0, left: 0, index, pairs, of_step, places, chosen: None, words }
    }

    /// How many rows are there.
    pub fn count(&self) -> usize {
        self.places.len()
    }

    /// The step to which a row leads.
    pub fn step(&self, place: usize) -> Option<usize> {
        self.places.get(place).map(|(_, step)| *step as usize)
    }

    /// The place of the row of a step, or of the next one that is there.
    pub fn place(&self, step: usize) -> usize {
        let row = self.of_step.get(step).copied().unwrap_or(0);
        self.places.partition_point(|(own, _)| *own < row)
    }

    /// Whether the row in this place is that of a step.
    pub fn is_of(&self, place: usize, step: usize) -> bool {
        let row = self.places.get(place).map(|(row, _)| *row);
        row.is_some() && row == self.of_step.get(step).copied()
    }

    /// The nodes of the columns.
    pub fn lanes(&self) -> &[sim_core::event::NodeId] {
        &self.index.lanes
    }

    /// The column of a node.
    pub fn lane(&self, node: sim_core::event::NodeId) -> Option<usize> {
        self.index.lanes.iter().position(|own| *own == node)
    }

    /// The way of the frame of a row, if it is one.
    pub fn hop(&self, place: usize) -> Option<&Hop> {
        match &self.index.rows.get(self.places.get(place)?.0 as usize)?.kind {
            RowKind::Pass(hop) => Some(hop),
            _ => None,
        }
    }

    /// The words of the frame of a row, if it is one.
    pub fn words(&self, session: &Session, place: usize) -> Option<Words> {
        let row = self.places.get(place)?.0;
        match self.words.get(&row) {
            Some(words) => Some(words.clone()),
            None => Some(self.index.words(session.trace(), self.hop(place)?)),
        }
    }

    /// When a row began.
    pub fn began(&self, place: usize) -> Instant {
        let row = self.places.get(place).and_then(|(row, _)| self.index.rows.get(*row as usize));
        row.map_or(Instant::ZERO, |row| row.at)
    }

    /// The steps of a row up to this one.
    pub fn steps(&self, place: usize, veil: usize) -> impl Iterator<Item = usize> {
        let row = self.places.get(place).map_or(u32::MAX, |(row, _)| *row);
        let from = self.pairs.partition_point(|(own, _)| *own < row);
        let own = self.pairs[from..].iter().take_while(move |(own, _)| *own == row);
        own.map(|(_, step)| *step as usize).filter(move |step| *step <= veil)
    }

    /// Whether something comes behind the rows that an open question hides.
    pub fn is_veiled(&self) -> bool {
        let veil = self.chosen.as_ref().map_or(usize::MAX, |own| own.veil);
        veil < self.of_step.len().saturating_sub(1)
    }

    /// What makes a row worth a stop, of its steps up to this one.
    pub fn mark(&self, session: &Session, place: usize, veil: usize) -> Mark {
        let marks = self.steps(place, veil).map(|step| session.steps()[step].mark);
        marks.max().unwrap_or_default()
    }

    /// Chooses the rows anew where the filter has changed or a question was answered, selects that of the step where it was left,
    /// and makes the words of so many rows around the selected one.
    pub fn read(&mut self, walk: &Walk, near: usize) {
        let filter = walk.filter.as_ref().map(|(words, _)| words.clone());
        let wanted = Chosen { filter, veil: walk.veil(), step: walk.step };
        let is_same = |own: &Chosen| (&own.filter, own.veil) == (&wanted.filter, wanted.veil);
        let moved = self.chosen.as_ref().is_none_or(|own| own.step != wanted.step);
        if !self.chosen.as_ref().is_some_and(is_same) {
            self.choose(walk, wanted.veil);
            self.at = self.place(walk.step);
        } else if moved {
            self.at = self.place(walk.step);
        }
        self.chosen = Some(wanted);
        self.at = self.at.min(self.count().saturating_sub(1));
        if self.words.len() > KEPT {
            self.words.clear();
        }
        let rows = self.at.saturating_sub(near)..(self.at + near).min(self.count());
        for place in rows {
            let row = self.places[place].0;
            if !self.words.contains_key(&row)
                && let Some(hop) = self.hop(place)
            {
                let words = self.index.words(walk.session.trace(), hop);
                self.words.insert(row, words);
            }
        }
    }

    fn choose(&mut self, walk: &Walk, veil: usize) {
        let is_shown = |step: u32| {
            let fits = walk.filter.is_none() || walk.shown.binary_search(&step).is_ok();
            fits && step as usize <= veil
        };
        self.places.clear();
        for (row, step) in &self.pairs {
            if self.places.last().is_none_or(|(last, _)| last != row) && is_shown(*step) {
                self.places.push((*row, *step));
            }
        }
    }
}
