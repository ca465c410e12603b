//! What takes the place of the panes: opened, closed, and kept at the step that is looked at.

use sim_core::event::NodeId;

use super::{hooks, tables};
use crate::action::Action;
use crate::hooks::Hooks;
use crate::state::{Over, State, Walk};
use crate::tables::Tables;

/// Does something there; whether it was done.
pub(super) fn act(state: &mut State, wanted: Action) -> bool {
    let Some(walk) = state.walk.as_mut().filter(|_| state.walking) else { return false };
    let over = walk.over.take();
    match (over, wanted) {
        (Some(Over::Tables(_)), Action::Tables) | (Some(Over::Hooks(_)), Action::Hooks) => {}
        (_, Action::Tables) => walk.over = Some(Over::Tables(Tables::new(node(walk)))),
        (_, Action::Hooks) => walk.over = Some(Over::Hooks(Hooks::default())),
        (Some(_), Action::Focus(pane)) => walk.pane = pane,
        (Some(Over::Tables(own)), wanted) => return tables::act(walk, own, wanted),
        (Some(Over::Hooks(own)), wanted) => return hooks::act(walk, own, wanted),
        (None, _) => return false,
    }
    true
}

/// Where the step happens; of a step that happens nowhere, where the one before it did.
fn node(walk: &Walk) -> NodeId {
    let steps = walk.session.steps().iter().take(walk.step + 1).rev();
    steps.take(NEAR).find_map(|step| step.node).unwrap_or(NodeId(0))
}

/// So many steps are looked at for one that happens at a node.
const NEAR: usize = 1_000;

/// What is shown is that of the step which is looked at.
pub(super) fn refresh(state: &mut State) {
    let Some(walk) = state.walk.as_mut().filter(|_| state.walking) else { return };
    let before = walk.place().checked_sub(1).and_then(|place| walk.at(place));
    match &mut walk.over {
        Some(Over::Tables(own)) => own.read(&mut walk.session, walk.step, before),
        Some(Over::Hooks(own)) => own.read(&mut walk.session, walk.step),
        None => {}
    }
    hooks::settle(state);
}

/// Time passes: what takes long goes on.
pub(super) fn pass(walk: &mut Walk) {
    if let Some(Over::Tables(own)) = &mut walk.over
        && let Some(watch) = own.watch.as_mut().filter(|watch| !watch.is_done)
    {
        tables::look(&mut walk.session, watch, walk.step);
    }
}
