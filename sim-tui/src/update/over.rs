//! What takes the place of the panes: opened, closed, and kept at the step that is looked at; what keys do there.

use sim_core::event::NodeId;
use sim_core::text;

use super::{hooks, ladder, methods, sandbox, step_to, tables, unfilter, what_if};
use crate::action::{Action, Where};
use crate::chain::Chain;
use crate::diagnosis::Diagnosing;
use crate::hooks::Hooks;
use crate::ladder::Ladder;
use crate::state::{Over, State, Walk};
use crate::tables::Tables;
use crate::view;

/// Does something there; false: it is the walkthrough's.
pub(super) fn act(state: &mut State, wanted: Action) -> bool {
    match (state.at(), wanted) {
        (Where::WhatIf, _) => what_if::act(state, wanted),
        (Where::Methods, _) => methods::act(state, wanted),
        (_, Action::Tables | Action::Hooks | Action::Ladder) => turn(state, wanted),
        (Where::Build, _) => sandbox::building::act(state, wanted),
        (Where::Diagnosis, _) => in_diagnosis(state, wanted),
        (Where::Chain, _) => in_chain(state, wanted),
        (Where::Tables | Where::Hooks | Where::Ladder, _) => at_step(state, wanted),
        _ => false,
    }
}

/// Opens the tables, the hooks or the ladder; once more: back to the panes.
fn turn(state: &mut State, wanted: Action) -> bool {
    let Some(walk) = state.walk.as_mut().filter(|_| state.walking) else { return false };
    walk.over = match (walk.over.take(), wanted) {
        (Some(Over::Tables(_)), Action::Tables)
        | (Some(Over::Hooks(_)), Action::Hooks)
        | (Some(Over::Ladder(_)), Action::Ladder) => None,
        (_, Action::Ladder) => Some(Over::Ladder(Box::new(Ladder::new(&walk.session)))),
        (_, Action::Tables) => Some(Over::Tables(Tables::new(node(walk)))),
        _ => Some(Over::Hooks(Hooks::default())),
    };
    true
}

/// What keys do where something of the step itself is shown.
fn at_step(state: &mut State, wanted: Action) -> bool {
    let Some(walk) = &mut state.walk else { return false };
    match (walk.over.take(), wanted) {
        (_, Action::Focus(pane)) => walk.pane = pane,
        (Some(Over::Tables(own)), wanted) => return tables::act(walk, own, wanted),
        (Some(Over::Hooks(own)), wanted) => return hooks::act(walk, own, wanted),
        (Some(Over::Ladder(own)), wanted) => return ladder::act(walk, *own, wanted),
        _ => return false,
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
        Some(Over::Hooks(own)) => {
            own.read(&mut walk.session, walk.step);
            hooks::settle(state);
        }
        Some(Over::Ladder(_)) => ladder::settle(state),
        Some(Over::Methods(_)) => methods::settle(state),
        _ => {}
    }
}

/// Begins a diagnosis: the screen says so before the work begins.
pub(super) fn diagnose(state: &mut State) {
    let Some(walk) = &mut state.walk else { return };
    walk.playing = false;
    walk.over = Some(Over::Diagnosis(match walk.comes_first() {
        Some(why) => Diagnosing::refused(why),
        None => Diagnosing::new(&walk.session, &walk.kept),
    }));
}

/// Time passes: what takes long goes on. Whether the walkthrough waits meanwhile.
pub(super) fn pass(walk: &mut Walk) -> bool {
    let veil = walk.veil();
    match &mut walk.over {
        Some(Over::Diagnosis(own)) if own.works() => {
            own.go_on();
            true
        }
        Some(Over::Methods(own)) => {
            own.go_on();
            true
        }
        Some(Over::Diagnosis(_) | Over::WhatIf(_) | Over::Chain(_)) => true,
        Some(Over::Tables(own)) => {
            if let Some(watch) = own.watch.as_mut().filter(|watch| !watch.is_done) {
                tables::look(&mut walk.session, watch, walk.step, veil);
            }
            false
        }
        Some(Over::Hooks(_) | Over::Ladder(_) | Over::Build(_)) | None => false,
    }
}

fn in_diagnosis(state: &mut State, wanted: Action) -> bool {
    let most = view::over_rows(state);
    let Some(walk) = &mut state.walk else { return false };
    let Some(Over::Diagnosis(own)) = &mut walk.over else { return false };
    match wanted {
        Action::Up | Action::Back => own.top = own.top.saturating_sub(1),
        Action::Down | Action::Forward => own.top = own.top.saturating_add(1),
        Action::PageUp => own.top = own.top.saturating_sub(10),
        Action::PageDown => own.top = own.top.saturating_add(10),
        Action::First => own.top = 0,
        Action::Last => own.top = u16::MAX,
        Action::TryIt | Action::WhatIf => match own.cure(&mut walk.session) {
            Some(acts) => what_if::open(state, acts),
            None => state.message = Some(text!("there is no cure to try", "没有可试的处理办法")),
        },
        Action::Chain => chain(state),
        Action::Close => walk.over = None,
        Action::Home => return false,
        _ => {}
    }
    if let Some(Over::Diagnosis(own)) = state.walk.as_mut().and_then(|walk| walk.over.as_mut()) {
        own.top = own.top.min(most);
    }
    true
}

/// Opens the chain of causes; again: that of the step, or of the last failure.
pub(super) fn chain(state: &mut State) {
    let Some(walk) = &mut state.walk else { return };
    walk.playing = false;
    if let Some(first) = walk.comes_first() {
        let own = Chain::veiled(&walk.session, walk.step, walk.veil(), first);
        walk.over = Some(Over::Chain(own));
        return;
    }
    let of_step = matches!(&walk.over, Some(Over::Chain(own)) if !own.of_step);
    let mut own = Chain::new(&walk.session, walk.step, of_step);
    // Where nothing failed the step says more.
    if own.is_empty() && !of_step {
        own = Chain::new(&walk.session, walk.step, true);
    }
    walk.over = Some(Over::Chain(own));
}

fn in_chain(state: &mut State, wanted: Action) -> bool {
    let Some(walk) = &mut state.walk else { return false };
    let Some(Over::Chain(own)) = &mut walk.over else { return false };
    let links = own.links(&walk.session);
    let last = links.len().saturating_sub(1);
    match wanted {
        Action::Up | Action::Back => own.at = own.at.saturating_sub(1),
        Action::Down | Action::Forward => own.at = (own.at + 1).min(last),
        Action::PageUp | Action::First => own.at = 0,
        Action::PageDown | Action::Last => own.at = last,
        Action::Row(row) if usize::from(row) != own.at => own.at = usize::from(row).min(last),
        Action::ToLink | Action::Row(_) => match links.get(own.at) {
            Some(step) => {
                walk.over = None;
                unfilter(walk);
                step_to(walk, *step);
            }
            None => state.message = Some(text!("there is no link to go to", "没有可去的一环")),
        },
        Action::Chain => chain(state),
        Action::Diagnose => diagnose(state),
        Action::Close => walk.over = None,
        Action::Home => return false,
        _ => {}
    }
    true
}
