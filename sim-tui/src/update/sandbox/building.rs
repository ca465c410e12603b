//! BUILD: what keys do with the part of the lab that is selected.

use sim_core::event::NodeId;
use sim_core::scenario::{Scenario, Step};
use sim_core::trace::Note;
use sim_core::{Text, text};

use super::asking::{ask, offered};
use super::{change, parts_of, saving, to_end};
use crate::action::Action;
use crate::sandbox::choices::Asked;
use crate::sandbox::edit;
use crate::sandbox::parts::Part;
use crate::session::Kind;
use crate::state::{Over, Pane, State, Walk};
use crate::update::{step_to, typing};

/// The selected part.
pub(super) fn selected(state: &State) -> Option<Part> {
    let walk = state.on_screen()?;
    match &walk.over {
        Some(Over::Build(own)) => parts_of(walk).get(own.selected).copied(),
        _ => None,
    }
}

/// What a key does on BUILD; false: it is the walkthrough's.
pub(in crate::update) fn act(state: &mut State, wanted: Action) -> bool {
    let Some(walk) = &mut state.walk else { return false };
    let last = parts_of(walk).len().saturating_sub(1);
    let node_rows =
        |node: u16| parts_of(walk).iter().position(|own| *own == Part::Node(node.into()));
    let clicked = match wanted {
        Action::AtNode(node) => node_rows(node),
        _ => None,
    };
    let Some(Over::Build(own)) = &mut walk.over else { return false };
    match wanted {
        Action::Up => own.selected = own.selected.saturating_sub(1),
        Action::Down => own.selected = (own.selected + 1).min(last),
        Action::PageUp => own.selected = own.selected.saturating_sub(10),
        Action::PageDown => own.selected = (own.selected + 10).min(last),
        Action::Row(row) if own.selected != usize::from(row) => {
            own.selected = usize::from(row).min(last);
        }
        Action::AtNode(_) => own.selected = clicked.unwrap_or(own.selected),
        Action::GoThere | Action::Row(_) => go(state),
        Action::AddNode => ask(state, Asked::Add, String::new()),
        Action::Connect => connect(state),
        Action::Remove => edit_selected(state, false, edit::remove),
        Action::Rename => rename(state),
        Action::Tune => tune(state),
        Action::Plug => plug(state),
        Action::Start => ask(state, Asked::Start, String::new()),
        Action::Save => saving::save(state, false),
        Action::Close => walk.over = None,
        Action::Focus(pane) => (walk.over, walk.pane) = (None, pane),
        _ => return false,
    }
    true
}

fn edit_selected(
    state: &mut State,
    happens: bool,
    edit: impl FnOnce(&mut Scenario, Part) -> Result<Text, Text>,
) {
    let Some(part) = selected(state) else { return };
    let done = change(state, happens, |next| edit(next, part));
    state.message = Some(done.unwrap_or_else(|wrong| wrong));
}

/// From a part to where it is used: a machine's prompt, what a cable is like, the step at which something happens.
fn go(state: &mut State) {
    let (Some(part), Some(walk)) = (selected(state), &mut state.walk) else { return };
    match part {
        Part::Lab => rename(state),
        Part::Node(at) => {
            (walk.over, walk.pane) = (None, Pane::Console);
            walk.console.node = Some(NodeId(at as u16));
            to_end(state);
            typing::begin(state);
        }
        Part::Link(_) => tune(state),
        Part::Step(at, _) => {
            let is_it = |kind: &Kind| *kind == Kind::Story(at as u16);
            let steps = walk.session.steps();
            let found = steps.iter().position(|step| is_it(&step.kind));
            // What is typed is found by its line.
            let found = found.or_else(|| typed_at(walk, part));
            match found {
                Some(step) => {
                    walk.over = None;
                    step_to(walk, step);
                }
                None => state.message = Some(text!("it is no step of its own", "它不单独成为一步")),
            }
        }
    }
}

/// The step at which a line of the story was typed.
fn typed_at(walk: &Walk, wanted: Part) -> Option<usize> {
    let Part::Step(at, line) = wanted else { return None };
    let Step::Do { run, .. } = &walk.session.scenario().story.get(at)?.value else { return None };
    let origin = run.get(line)?.origin;
    let place = format!("{}:{}", walk.session.scenario().file, origin);
    let world = &walk.session.end().world;
    let steps = walk.session.steps();
    (0..steps.len()).find(|step| {
        walk.session.entries(*step).iter().any(|entry| match &entry.what {
            Note::Typed { job, .. } => world.job(*job).is_some_and(|job| {
                world.origins.get(job.origin).place().is_some_and(|own| own == place)
            }),
            _ => false,
        })
    })
}

fn connect(state: &mut State) {
    let part = selected(state);
    let Some(own) = state.walk.as_mut().and_then(|walk| walk.sandbox.as_ref()) else { return };
    let name = match part {
        Some(Part::Node(at)) => own.scenario().nodes.get(at).map(|node| node.name().to_owned()),
        _ => None,
    };
    if let Some(Over::Build(own)) = state.walk.as_mut().and_then(|walk| walk.over.as_mut()) {
        own.from = None;
    }
    ask(state, Asked::From, String::new());
    // The list stands at the selected machine.
    let all = offered(state, Asked::From, "");
    let at = name.and_then(|name| {
        all.iter().position(|own| own.name.split(':').next() == Some(name.as_str()))
    });
    if let (Some(prompt), Some(at)) = (&mut state.prompt, at) {
        prompt.selected = at;
    }
}

fn rename(state: &mut State) {
    let Some(own) = state.walk.as_ref().and_then(|walk| walk.sandbox.as_ref()) else { return };
    let name = match selected(state) {
        Some(Part::Lab) => own.scenario().title.of(state.lang).to_owned(),
        Some(Part::Node(at)) => own.scenario().nodes[at].name().to_owned(),
        _ => {
            state.message = Some(text!("select a machine, or the title", "请选中一台机器，或标题"));
            return;
        }
    };
    ask(state, Asked::Name, name);
}

fn tune(state: &mut State) {
    let Some(own) = state.walk.as_ref().and_then(|walk| walk.sandbox.as_ref()) else { return };
    match selected(state) {
        Some(Part::Link(at)) => {
            let like = edit::tuning(&own.scenario().links[at]);
            ask(state, Asked::Tune, like);
        }
        _ => state.message = Some(text!("select a cable", "请选中一根网线")),
    }
}

/// Power of a machine, or whether a cable is in, behind all that has happened.
fn plug(state: &mut State) {
    let (Some(part), Some(walk)) = (selected(state), state.on_screen()) else { return };
    let net = &walk.session.end().world.net;
    let is_on = match part {
        Part::Node(at) => net.node(NodeId(at as u16)).on,
        Part::Link(at) => net.links.get(at).is_some_and(|link| link.up),
        _ => true,
    };
    edit_selected(state, true, |next, part| edit::plug(next, part, is_on));
}
