//! At which steps a row or a cell changes: found by playing the run through once, a piece at a time, so that no key takes long.

use sim_core::event::NodeId;
use sim_core::world::World;

use super::table::{self, Kind};
use crate::session::{Cursor, Session};

/// How much is done at once: steps of the player, and rows that are read. A tenth of a second on a slow machine.
pub const PIECE: u32 = 20_000;

/// So many changes are kept.
const MOST: usize = 2_000;

/// The cells of a row; none where there is no such row.
pub type Cells = Option<Vec<String>>;

/// A change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// At which step.
    pub step: usize,
    /// What the row was before.
    pub before: Cells,
    /// What it is then.
    pub after: Cells,
}

/// The changes of a row or a cell.
#[derive(Debug)]
pub struct Watch {
    /// Whose.
    pub node: NodeId,
    /// In which table.
    pub kind: Kind,
    /// Which row.
    pub key: String,
    /// Which cell of it; none: any.
    pub column: Option<usize>,
    /// What was found up to now.
    pub seen: Vec<Seen>,
    /// Which of them is selected.
    pub selected: usize,
    /// Whether a person has selected it.
    pub is_chosen: bool,
    /// Whether all steps were looked at, or there are too many changes.
    pub is_done: bool,
    /// Whether it ended at a question that is still open.
    pub is_veiled: bool,
    /// The row as it was seen last.
    last: Cells,
    cursor: Cursor,
}

impl Watch {
    /// Nothing was looked at yet. A cell that is a clock changes all the time: then the whole row is watched.
    pub fn new(
        session: &Session,
        node: NodeId,
        kind: Kind,
        key: String,
        cell: Option<usize>,
    ) -> Self {
        let cursor = session.cursor();
        let (last, _) = read(cursor.world(), node, kind, &key);
        let column = cell.filter(|at| kind.columns().get(*at).is_some_and(|column| !column.runs));
        let (seen, selected, is_veiled) = (Vec::new(), 0, false);
        let (is_chosen, is_done) = (false, false);
        Self {
            node,
            kind,
            key,
            column,
            seen,
            selected,
            is_chosen,
            is_done,
            is_veiled,
            last,
            cursor,
        }
    }

    /// How many steps were looked at.
    pub fn steps(&self) -> usize {
        self.cursor.step()
    }

    /// Looks at some more steps.
    pub fn go_on(&mut self, session: &mut Session) {
        let count = session.steps().len();
        let Self { node, kind, key, column, seen, last, cursor, .. } = self;
        session.play_on(cursor, *node, PIECE, |step, world, is_touched| {
            if !is_touched && !kind.fades() {
                return 0;
            }
            let (row, cost) = read(world, *node, *kind, key);
            if differs(*kind, *column, last, &row) && seen.len() < MOST {
                seen.push(Seen { step, before: last.clone(), after: row.clone() });
            }
            *last = row;
            cost
        });
        self.is_done = self.cursor.step() >= count || self.seen.len() >= MOST;
    }

    /// Ends it behind a step: what comes then would give away what an open question asks for.
    pub fn end_at(&mut self, veil: usize) {
        if self.cursor.step() > veil {
            self.seen.retain(|own| own.step <= veil);
            (self.is_done, self.is_veiled) = (true, true);
        }
    }

    /// Selects the last change up to a step.
    pub fn select(&mut self, step: usize) {
        self.selected = self.seen.partition_point(|own| own.step <= step).saturating_sub(1);
    }
}

/// The row, and how many rows were read for it.
fn read(world: &World, node: NodeId, kind: Kind, key: &str) -> (Cells, u32) {
    let rows = table::rows(world, node, kind, true).unwrap_or_default();
    let cost = rows.len() as u32 + 1;
    let row = rows.into_iter().find(|row| row.key == key);
    (row.map(|row| row.cells), cost)
}

/// Whether what is watched is another one.
fn differs(kind: Kind, column: Option<usize>, one: &Cells, other: &Cells) -> bool {
    let (Some(one), Some(other)) = (one, other) else { return one.is_some() != other.is_some() };
    match column {
        Some(at) => one.get(at) != other.get(at),
        None => {
            let cells = one.iter().zip(other).zip(kind.columns());
            cells.into_iter().any(|((one, other), column)| !column.runs && one != other)
        }
    }
}
