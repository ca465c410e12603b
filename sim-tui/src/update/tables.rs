//! What keys do among the tables of a node, and in the list of the steps at which something changes.

use sim_core::event::NodeId;

use super::to;
use crate::action::Action;
use crate::session::Session;
use crate::state::{Over, Walk};
use crate::tables::Tables;
use crate::tables::watch::Watch;

/// Does something there; whether it was done. The screen is put back unless it was closed.
pub(super) fn act(walk: &mut Walk, mut own: Tables, wanted: Action) -> bool {
    let is_done = match own.watch.is_some() {
        true => in_watch(walk, &mut own, wanted),
        false if wanted == Action::Close => return true,
        false => in_tables(walk, &mut own, wanted),
    };
    walk.over = Some(Over::Tables(own));
    is_done
}

fn in_tables(walk: &mut Walk, own: &mut Tables, wanted: Action) -> bool {
    let last = own.rows().count().saturating_sub(1);
    let cells = own.selected().map_or(0, |(_, row)| row.cells.len());
    match wanted {
        Action::Up => own.row = own.row.saturating_sub(1),
        Action::Down => own.row = (own.row + 1).min(last),
        Action::PageUp => own.row = own.row.saturating_sub(10),
        Action::PageDown => own.row = (own.row + 10).min(last),
        Action::Row(row) if usize::from(row) == own.row => watch(walk, own),
        Action::Row(row) => own.row = usize::from(row).min(last),
        Action::NextCell => own.cell = (own.cell + 1) % (cells + 1),
        Action::LastCell => own.cell = (own.cell + cells) % (cells + 1),
        Action::NextNode => turn(walk, own, true),
        Action::LastNode => turn(walk, own, false),
        Action::AtNode(node) => go_to(own, NodeId(node)),
        Action::NextTable => next_table(own, true),
        Action::LastTable => next_table(own, false),
        Action::Part(table) => own.row = begin(own, usize::from(table)),
        Action::AllRows => own.all = !own.all,
        Action::Watch => watch(walk, own),
        _ => return false,
    }
    true
}

fn in_watch(walk: &mut Walk, own: &mut Tables, wanted: Action) -> bool {
    let Some(watch) = &mut own.watch else { return false };
    let last = watch.seen.len().saturating_sub(1);
    let selected = watch.selected;
    watch.selected = match wanted {
        Action::Up => selected.saturating_sub(1),
        Action::Down => (selected + 1).min(last),
        Action::PageUp => selected.saturating_sub(10),
        Action::PageDown => (selected + 10).min(last),
        Action::Row(row) if usize::from(row) != selected => usize::from(row).min(last),
        Action::Row(_) | Action::Watch => {
            let step = watch.seen.get(selected).map(|seen| seen.step);
            own.watch = None;
            walk.playing = false;
            to(walk, step);
            return true;
        }
        Action::Close => {
            own.watch = None;
            return true;
        }
        // They are of the list that lies below.
        Action::NextCell | Action::LastCell | Action::NextTable | Action::LastTable => selected,
        Action::NextNode | Action::LastNode | Action::AtNode(_) | Action::Part(_) => selected,
        Action::AllRows => selected,
        _ => return false,
    };
    watch.is_chosen = true;
    true
}

/// Looks for the steps at which the selected row or cell changes.
fn watch(walk: &mut Walk, own: &mut Tables) {
    let cell = own.cell.checked_sub(1);
    let Some((table, row)) = own.selected() else { return };
    let mut watch = Watch::new(&walk.session, own.node, table.kind, row.key.clone(), cell);
    let (veil, step) = (walk.veil(), walk.step);
    look(&mut walk.session, &mut watch, step, veil);
    own.watch = Some(Box::new(watch));
}

/// Looks at some more steps. Until a person selects one, the last change up to the step is selected.
pub(super) fn look(session: &mut Session, watch: &mut Watch, step: usize, veil: usize) {
    watch.go_on(session);
    if veil < session.steps().len() {
        watch.end_at(veil);
    }
    if !watch.is_chosen {
        watch.select(step);
    }
}

fn turn(walk: &Walk, own: &mut Tables, forward: bool) {
    let count = walk.session.net().nodes.len() as u16;
    let by = if forward { 1 } else { count - 1 };
    go_to(own, NodeId((own.node.0 + by) % count));
}

fn go_to(own: &mut Tables, node: NodeId) {
    (own.node, own.row, own.cell) = (node, 0, 0);
}

/// The first row of a table.
fn begin(own: &Tables, table: usize) -> usize {
    own.tables.iter().take(table).map(|own| own.rows.len()).sum()
}

/// To the first row of the next table that has rows, or of the one before.
fn next_table(own: &mut Tables, forward: bool) {
    let Some(here) = own.selected().map(|(table, _)| table.kind) else { return };
    let count = own.tables.len();
    let at = own.tables.iter().position(|own| own.kind == here).unwrap_or(0);
    let by = if forward { 1 } else { count - 1 };
    let mut place = at;
    loop {
        place = (place + by) % count;
        // At the latest the one that it began with has rows.
        if !own.tables[place].rows.is_empty() {
            break;
        }
    }
    (own.row, own.cell) = (begin(own, place), 0);
}
