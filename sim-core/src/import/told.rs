//! What is told of an import while it goes on: guesses, warnings, and how often each thing came.

use std::collections::BTreeMap;

use super::{Guess, Kind, Missing, Place, Warning};
use crate::text;
use crate::text::Text;

/// What is said of one file and kind at most; the rest is counted.
const MOST: usize = 50;

/// Guesses and warnings, in the order in which they came.
#[derive(Debug, Default)]
pub(super) struct Told {
    pub(super) guesses: Vec<Guess>,
    pub(super) warnings: Vec<Warning>,
    pub(super) missing: Vec<Missing>,
    /// How many there were of each file and kind.
    counts: BTreeMap<(String, Kind), usize>,
}

impl Told {
    /// Something was made up.
    pub(super) fn guess(&mut self, place: &Place, text: Text) {
        let guess = Guess { place: place.clone(), text };
        if !self.guesses.contains(&guess) {
            self.guesses.push(guess);
        }
    }

    /// Something is not understood.
    pub(super) fn unknown(&mut self, place: &Place, text: Text) {
        self.warn(Kind::Unknown, place, text);
    }

    /// Something does not fit.
    pub(super) fn wrong(&mut self, place: &Place, text: Text) {
        self.warn(Kind::Wrong, place, text);
    }

    /// Something is not simulated.
    pub(super) fn without(&mut self, place: &Place, text: Text) {
        self.warn(Kind::NotSimulated, place, text);
    }

    fn warn(&mut self, kind: Kind, place: &Place, text: Text) {
        let count = self.counts.entry((place.file.clone(), kind)).or_default();
        *count += 1;
        if *count > MOST {
            let more = *count - MOST;
            let file = &place.file;
            let text = text!("and {more} more such lines", "还有 {more} 处");
            let place = Place { file: file.clone(), line: u32::MAX };
            self.warnings.retain(|old| old.place != place || old.kind != kind);
            self.warnings.push(Warning { kind, place, text });
            return;
        }
        self.warnings.push(Warning { kind, place: place.clone(), text });
    }
}

/// Words that came more than once, each told once with its first line and how often it came.
#[derive(Debug, Default)]
pub(super) struct Tally(BTreeMap<String, (Place, u32)>);

impl Tally {
    /// It came once more.
    pub(super) fn count(&mut self, what: impl Into<String>, place: &Place) {
        self.0.entry(what.into()).or_insert_with(|| (place.clone(), 0)).1 += 1;
    }

    /// Tells each as not simulated.
    pub(super) fn tell(self, told: &mut Told) {
        for (what, (place, count)) in self.0 {
            let text = match count {
                1 => Text::same(what),
                count => text!("{what} ({count} times)", "{what}（{count} 处）"),
            };
            told.without(&place, text);
        }
    }
}
