//! What takes the place of the panes: one frame between the title and the way through the steps.

use ratatui::layout::Rect;
use sim_core::event::NodeId;

use super::pen::{Pen, fit};
use super::{events, hooks, tables};
use crate::action::Action;
use crate::session::Kind;
use crate::state::{Over, State, Walk};
use crate::theme::Role;

/// The room between the title and the way.
fn body(state: &State) -> Rect {
    Rect::new(0, 1, state.size.0, state.size.1.saturating_sub(3))
}

/// Draws it.
pub fn draw(state: &State, walk: &Walk, pen: &mut Pen<'_>) {
    pen.fill(body(state), Role::Text);
    match &walk.over {
        Some(Over::Tables(own)) => tables::draw(state, walk, own, pen, body(state)),
        Some(Over::Hooks(own)) => hooks::draw(state, walk, own, pen, body(state)),
        None => {}
    }
}

/// Where a click does what.
pub fn targets(state: &State, walk: &Walk) -> Vec<(Rect, Action)> {
    match &walk.over {
        Some(Over::Tables(own)) => tables::targets(state, walk, own, body(state)),
        Some(Over::Hooks(_)) | None => Vec::new(),
    }
}

/// The last first line that the hooks can show, if they are there.
pub fn last_hook(state: &State, walk: &Walk) -> Option<u16> {
    match &walk.over {
        Some(Over::Hooks(own)) => Some(hooks::last_row(state, walk, own, body(state))),
        _ => None,
    }
}

/// What the foot offers there.
pub fn offered(over: &Over) -> Vec<Action> {
    use Action::{
        AllRows, Back, Close, Down, Forward, Help, Hooks, NextCell, NextNode, NextStop, NextTable,
        Palette, Play, Quit, Tables, Up, Watch,
    };
    match over {
        Over::Tables(own) if own.watch.is_some() => {
            vec![Close, Up, Down, Watch, Help, Quit]
        }
        Over::Tables(_) => vec![
            Close, Back, Forward, NextStop, NextNode, NextTable, NextCell, Watch, AllRows, Hooks,
            Palette, Help, Quit,
        ],
        Over::Hooks(_) => {
            vec![Close, Back, Forward, NextStop, Play, Up, Down, Tables, Palette, Help, Quit]
        }
    }
}

/// The step that is looked at in a few words, for the title.
pub fn step(state: &State, walk: &Walk, width: usize) -> String {
    if walk.step >= walk.session.steps().len() {
        return String::new();
    }
    let word = state.lang.pick("step", "步骤");
    let own = &walk.session.steps()[walk.step];
    let name = |node: Option<NodeId>| node.map_or("?", |node| walk.session.name(node));
    let who = match own.kind {
        Kind::Frame { from, .. } => format!("{}→{} ", name(from), name(own.node)),
        _ => String::new(),
    };
    let what = events::summary(&walk.session, walk.step, state.lang);
    fit(&format!("{word} {}  {who}{what}", walk.step + 1), width)
}
