//! The tables of a node: which node, which row is selected, and what has changed since the step before.

mod changed;
mod host;
mod ipvs;
mod settings;
pub mod table;
#[cfg(test)]
mod tests;
pub mod watch;

use sim_core::event::NodeId;

use crate::session::Session;
use table::{Change, Row, Table};
use watch::Watch;

/// What is looked at.
#[derive(Debug)]
pub struct Tables {
    /// Whose tables.
    pub node: NodeId,
    /// Whether all settings and routes are there, or those that tell.
    pub all: bool,
    /// The selected row, counted through all tables.
    pub row: usize,
    /// The selected cell of it, from 1; 0: the whole row.
    pub cell: usize,
    /// The tables as they are at the step, with what has changed.
    pub tables: Vec<Table>,
    /// Whether the node is switched on then.
    pub is_on: bool,
    /// The steps at which a row changes, if that was asked for.
    pub watch: Option<Box<Watch>>,
    /// What was read last.
    read: Option<Read>,
}

/// What was read: at which step, compared with which, of which node, and whether all of it.
#[derive(Debug)]
struct Read {
    step: usize,
    before: Option<usize>,
    node: NodeId,
    all: bool,
    /// The tables without what has changed.
    tables: Vec<Table>,
}

impl Tables {
    /// The tables of a node.
    pub fn new(node: NodeId) -> Self {
        let (all, row, cell, is_on) = (false, 0, 0, true);
        Self { node, all, row, cell, tables: Vec::new(), is_on, watch: None, read: None }
    }

    /// All rows with their tables, in order.
    pub fn rows(&self) -> impl Iterator<Item = (&Table, &Row)> {
        self.tables.iter().flat_map(|table| table.rows.iter().map(move |row| (table, row)))
    }

    /// The selected row.
    pub fn selected(&self) -> Option<(&Table, &Row)> {
        self.rows().nth(self.row)
    }

    /// Whether the run is being played through for the steps at which something changes.
    pub fn is_looking(&self) -> bool {
        self.watch.as_ref().is_some_and(|watch| !watch.is_done)
    }

    /// Reads the tables at a step, and what has changed since another one. The session is at the step before and after.
    pub fn read(&mut self, session: &mut Session, step: usize, before: Option<usize>) {
        let wanted = (step, before, self.node, self.all);
        let is_it = |own: &Read| (own.step, own.before, own.node, own.all) == wanted;
        if self.read.as_ref().is_some_and(is_it) {
            return;
        }
        let selected = self.selected().map(|(table, row)| (table.kind, row.key.clone()));
        let (node, all) = (self.node, self.all);
        let is_fresh = self.read.as_ref().is_none_or(|own| own.node != node);
        let last = self.read.take().filter(|own| (own.node, own.all) == (node, all));
        let old = match last.filter(|own| Some(own.step) == before) {
            Some(own) => Some(own.tables),
            None => before.map(|before| {
                session.seek(before);
                table::tables(session.world(), node, all)
            }),
        };
        session.seek(step);
        self.is_on = session.world().net.node(node).on;
        let now = table::tables(session.world(), node, all);
        self.tables = match old {
            Some(old) => changed::marked(now.clone(), &old),
            None => now.clone(),
        };
        self.read = Some(Read { step, before, node, all, tables: now });
        // The row that was selected stays so, wherever it is now.
        let is_it = |(table, row): (&Table, &Row)| {
            selected.as_ref().is_some_and(|(kind, key)| (table.kind, &row.key) == (*kind, key))
        };
        let mut found = self.rows().position(is_it);
        // Of tables that come to the screen, what has changed is looked at first.
        if is_fresh {
            found = self.rows().position(|(_, row)| row.change != Change::None).or(Some(0));
        }
        let count = self.rows().count();
        self.row = found.unwrap_or(self.row).min(count.saturating_sub(1));
        let cells = self.selected().map_or(0, |(_, row)| row.cells.len());
        self.cell = self.cell.min(cells);
    }
}
