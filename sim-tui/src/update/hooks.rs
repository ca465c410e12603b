//! What keys do where the hooks of a host are.

use crate::action::Action;
use crate::hooks::Hooks;
use crate::state::{Over, State, Walk};
use crate::view;

/// Does something there; whether it was done. The screen is put back unless it was closed.
pub(super) fn act(walk: &mut Walk, mut own: Hooks, wanted: Action) -> bool {
    let mut is_done = true;
    match wanted {
        Action::Close => return true,
        Action::Up => own.top = own.top.saturating_sub(1),
        Action::Down => own.top = own.top.saturating_add(1),
        Action::PageUp => own.top = own.top.saturating_sub(10),
        Action::PageDown => own.top = own.top.saturating_add(10),
        _ => is_done = false,
    }
    walk.over = Some(Over::Hooks(own));
    is_done
}

/// It is not scrolled past what there is.
pub(super) fn settle(state: &mut State) {
    let most = view::over_rows(state);
    if let Some(Over::Hooks(own)) = state.walk.as_mut().and_then(|walk| walk.over.as_mut()) {
        own.top = own.top.min(most);
    }
}
