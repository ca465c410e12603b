//! The inputs of a decision in words: what was read, its value, and where that was set.

use lvs_engine::OriginId;

use super::decision::{Decision, origins};
use crate::names::{Names, Value};
use crate::reason::{Nature, Reason};

/// An input of a decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// What was read: a setting by its name, or the code of a note.
    pub what: String,
    /// Its value, or the values of the note.
    pub value: String,
    /// Where it was set; none if nothing of it is set anywhere.
    pub origin: Option<OriginId>,
}

impl Input {
    /// All inputs of a decision, in the order in which they were read; the verdict's own are last.
    pub fn of(decision: &Decision, names: &Names<'_>) -> Vec<Self> {
        decision
            .notes
            .iter()
            .map(|note| Self::read(note, names))
            .filter(|own| !own.value.is_empty())
            .collect()
    }

    fn read(note: &Reason, names: &Names<'_>) -> Self {
        let origin = origins(note).first().copied();
        let values = names.values(note);
        let is_setting =
            matches!(note, Reason::Read { .. } | Reason::Ipvs(lvs_engine::Reason::Read { .. }));
        if let ([(_, what), (_, value), ..], true) = (&values[..], is_setting) {
            return Self { what: what.to_string(), value: value.to_string(), origin };
        }
        let words = values.iter().filter_map(|(name, value)| match value {
            Value::Place(_) => None,
            value => Some(format!("{name} {value}")),
        });
        let value = words.collect::<Vec<_>>().join(", ");
        let what = match note.nature() {
            Nature::Step => note.code().to_owned(),
            Nature::For | Nature::Against => String::new(),
        };
        Self { what, value, origin }
    }
}
