//! What keys do in the ladder.

use super::step_to;
use crate::action::Action;
use crate::ladder::Ladder;
use crate::state::{Over, State, Walk};
use crate::view;

/// Does something there; whether it was done. The screen is put back unless it was closed.
pub(super) fn act(walk: &mut Walk, mut own: Ladder, wanted: Action) -> bool {
    let last = own.count().saturating_sub(1);
    let mut is_done = true;
    match wanted {
        Action::Close => return true,
        Action::ToRow => {
            if let Some(step) = own.step(own.at) {
                return go(walk, step);
            }
        }
        Action::ToStep(step) => return go(walk, step as usize),
        Action::Up => own.at = own.at.saturating_sub(1),
        Action::Down => own.at = (own.at + 1).min(last),
        Action::PageUp => own.at = own.at.saturating_sub(10),
        Action::PageDown => own.at = (own.at + 10).min(last),
        Action::ColumnsLeft => own.left = own.left.saturating_sub(1),
        Action::ColumnsRight => own.left = own.left.saturating_add(1),
        _ => is_done = false,
    }
    walk.over = Some(Over::Ladder(Box::new(own)));
    is_done
}

/// To a step, with the panes.
fn go(walk: &mut Walk, step: usize) -> bool {
    walk.playing = false;
    step_to(walk, step);
    true
}

/// No more columns are scrolled away than there are, and the rows are those of the filter.
pub(super) fn settle(state: &mut State) {
    let near = usize::from(state.size.1);
    let Some(walk) = state.walk.as_mut() else { return };
    if let Some(Over::Ladder(mut own)) = walk.over.take_if(|over| matches!(over, Over::Ladder(_))) {
        own.read(walk, near);
        walk.over = Some(Over::Ladder(own));
    }
    let most = view::over_columns(state);
    if let Some(Over::Ladder(own)) = state.walk.as_mut().and_then(|walk| walk.over.as_mut()) {
        own.left = own.left.min(most);
    }
}
