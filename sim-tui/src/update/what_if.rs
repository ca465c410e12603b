//! What if: from a change to two runs side by side, and from there back with it or without it.

use sim_core::story::Act;
use sim_core::text;

use super::{sandbox, step_to, unfilter};
use crate::action::Action;
use crate::question;
use crate::session::Session;
use crate::state::{Over, State, Walk};
use crate::what_if::{Row, WhatIf};

/// Plays the run with these acts, too, and shows both.
pub(super) fn open(state: &mut State, acts: Vec<Act>) {
    let Some(walk) = &mut state.walk else { return };
    match WhatIf::new(walk, acts) {
        Ok(own) => walk.over = Some(Over::WhatIf(Box::new(own))),
        Err(error) => state.message = Some(error.text()),
    }
}

/// What a key does there; false: nothing of its own.
pub(super) fn act(state: &mut State, wanted: Action) -> bool {
    let Some(walk) = &mut state.walk else { return false };
    let Some(Over::WhatIf(own)) = &mut walk.over else { return false };
    let last = own.rows.len().saturating_sub(1);
    let no_more = || Some(text!("no more differences that way", "那个方向没有差异了"));
    match wanted {
        Action::Up | Action::Back => own.at = own.at.saturating_sub(1),
        Action::Down | Action::Forward => own.at = (own.at + 1).min(last),
        Action::PageUp => own.at = own.at.saturating_sub(10),
        Action::PageDown => own.at = (own.at + 10).min(last),
        Action::First => own.at = 0,
        Action::Last => own.at = last,
        Action::NextDifference | Action::NextStop => match own.difference(true) {
            Some(at) => own.at = at,
            None => state.message = no_more(),
        },
        Action::LastDifference | Action::LastStop => match own.difference(false) {
            Some(at) => own.at = at,
            None => state.message = no_more(),
        },
        Action::Row(row) => own.at = usize::from(row).min(last),
        Action::Swap => own.swapped = !own.swapped,
        Action::Keep => keep(state),
        Action::Revert => {
            walk.over = None;
            state.message = Some(text!("the change is given up", "改动已放弃"));
        }
        Action::OpenRow => match own.rows.get(own.at) {
            Some(Row::Steps([Some(step), _], _)) => {
                let step = *step as usize;
                walk.over = None;
                unfilter(walk);
                step_to(walk, step);
            }
            _ => {
                state.message = Some(text!(
                    "only B has this; k keeps the change, then it can be looked at",
                    "只有 B 有这一项；按 k 保留改动后就可以查看"
                ));
            }
        },
        Action::Close => walk.over = None,
        Action::Home => return false,
        _ => {}
    }
    true
}

/// The walk goes on with the changed run.
fn keep(state: &mut State) {
    let Some(walk) = &mut state.walk else { return };
    let Some(Over::WhatIf(own)) = walk.over.take() else { return };
    if walk.sandbox.is_some() {
        return sandbox::keep(state, &own.acts);
    }
    let step = own.first().unwrap_or(walk.step);
    walk.kept.push(own.acts);
    put(walk, own.session, step);
    let count = walk.kept.len();
    state.message = Some(text!(
        "kept; changes kept: {count}; U takes the last one back",
        "已保留；保留的改动：{count} 项；按 U 撤销最后一项"
    ));
}

/// The last kept change is taken back.
pub(super) fn undo(state: &mut State) {
    let Some(walk) = &mut state.walk else { return };
    let Some(last) = walk.kept.pop() else {
        state.message = Some(text!("no change was kept", "没有保留的改动"));
        return;
    };
    match Session::with(walk.session.scenario().clone(), walk.kept.concat()) {
        Ok(session) => {
            let step = walk.step;
            put(walk, session, step);
            let count = walk.kept.len();
            state.message = Some(text!(
                "the last change is undone; changes kept: {count}",
                "已撤销最后一项改动；保留的改动：{count} 项"
            ));
        }
        Err(error) => {
            walk.kept.push(last);
            state.message = Some(error.text());
        }
    }
}

/// Another run is walked through.
pub(super) fn put(walk: &mut Walk, session: Session, step: usize) {
    let step = step.min(session.steps().len().saturating_sub(1));
    unfilter(walk);
    walk.questions = question::all(&session);
    (walk.session, walk.playing, walk.over) = (session, false, None);
    walk.console.leave_step();
    (walk.passed, walk.scroll, walk.field, walk.step) = (0, [0; 6], 0, step);
    walk.session.seek(step);
}
