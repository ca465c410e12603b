//! What keys do where the four methods stand side by side.

use crate::action::Action;
use crate::methods::Methods;
use crate::state::{Over, State};
use crate::view;

/// Begins the comparison: the screen says so before the work begins. While a question is open nothing is told.
pub(super) fn open(state: &mut State) {
    let Some(walk) = &mut state.walk else { return };
    walk.playing = false;
    walk.over = Some(Over::Methods(match walk.comes_first() {
        Some(why) => Methods::nothing(why),
        None => Methods::new(walk.session.scenario()),
    }));
}

/// Does something there; false: nothing of its own.
pub(super) fn act(state: &mut State, wanted: Action) -> bool {
    let Some(walk) = &mut state.walk else { return false };
    let Some(Over::Methods(own)) = &mut walk.over else { return false };
    match wanted {
        Action::Up => own.top = own.top.saturating_sub(1),
        Action::Down => own.top = own.top.saturating_add(1),
        Action::PageUp => own.top = own.top.saturating_sub(10),
        Action::PageDown => own.top = own.top.saturating_add(10),
        Action::First => own.top = 0,
        Action::Last => own.top = u16::MAX,
        Action::LastMethod => own.first = own.first.saturating_sub(1),
        Action::NextMethod => own.first += 1,
        Action::Close | Action::Methods => walk.over = None,
        Action::Home => return false,
        _ => {}
    }
    true
}

/// It is not scrolled past what there is; the columns first, since which of them are there decides how many rows there are.
pub(super) fn settle(state: &mut State) {
    let left = view::over_columns(state);
    if let Some(Over::Methods(own)) = state.walk.as_mut().and_then(|walk| walk.over.as_mut()) {
        own.first = own.first.min(left);
    }
    let most = view::over_rows(state);
    if let Some(Over::Methods(own)) = state.walk.as_mut().and_then(|walk| walk.over.as_mut()) {
        own.top = own.top.min(most);
    }
}
