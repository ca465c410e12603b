//! What keys do where another screen takes the place of the panes.

use sim_core::text;

use super::{step_to, unfilter, what_if};
use crate::action::Action;
use crate::chain::Chain;
use crate::diagnosis::Diagnosing;
use crate::state::{Over, State};
use crate::view;

/// Does something there; false: it is the walkthrough's.
pub(super) fn act(state: &mut State, wanted: Action) -> bool {
    match state.walk.as_ref().and_then(|walk| walk.over.as_ref()) {
        None => false,
        Some(Over::WhatIf(_)) => what_if::act(state, wanted),
        Some(Over::Diagnosis(_)) => in_diagnosis(state, wanted),
        Some(Over::Chain(_)) => in_chain(state, wanted),
    }
}

/// Begins a diagnosis: the screen says so before the work begins.
pub(super) fn diagnose(state: &mut State) {
    let Some(walk) = &mut state.walk else { return };
    walk.playing = false;
    walk.over = Some(Over::Diagnosis(Diagnosing::new(&walk.session, &walk.kept)));
}

/// Time for a slice of a diagnosis; false if there is none to be made.
pub(super) fn pass(state: &mut State) -> bool {
    match state.walk.as_mut().and_then(|walk| walk.over.as_mut()) {
        Some(Over::Diagnosis(own)) if own.works() => {
            own.go_on();
            true
        }
        Some(_) => true,
        None => false,
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
