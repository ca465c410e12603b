//! The sandbox on the screen: opened, changed and played anew, typed into, undone. What keys do on BUILD, what is asked for in a line
//! and what is saved have files of their own.

mod asking;
pub(super) mod building;
mod saving;

use sim_core::event::NodeId;
use sim_core::scenario::Scenario;
use sim_core::story::Act;
use sim_core::{Text, text};

use super::{step_to, what_if};
use crate::diagnosis::written;
use crate::sandbox::choices::Asked;
use crate::sandbox::parts::{self, Part};
use crate::sandbox::{Build, Sandbox, edit, start};
use crate::session::Session;
use crate::state::{Over, State, Walk};

pub use self::asking::{begins, offered};
pub use self::saving::saved;

use self::asking::ask;
pub(super) use self::asking::{choose, press};
pub(super) use self::saving::quit;

/// The walk of the sandbox, wherever it is kept.
fn walk_of(state: &mut State) -> Option<&mut Walk> {
    let is_it = |walk: &&mut Walk| walk.sandbox.is_some();
    state.walk.as_mut().filter(is_it).or(state.bench.as_mut())
}

/// Goes to the sandbox, or asks what a new one begins with; in it: to BUILD, or back to the panes.
pub(super) fn enter(state: &mut State) {
    if state.walk.as_ref().is_none_or(|walk| walk.sandbox.is_none()) {
        match state.bench.take() {
            Some(bench) => (state.walk, state.walking) = (Some(bench), false),
            None => return ask(state, Asked::Start, String::new()),
        }
    }
    match state.walking {
        true => build(state),
        false => state.walking = true,
    }
}

/// Opens and closes BUILD; from a scenario of another kind: opens that one in the sandbox.
pub(super) fn build(state: &mut State) {
    let Some(walk) = state.walk.as_mut().filter(|_| state.walking) else { return };
    walk.playing = false;
    match (&walk.sandbox, &walk.over) {
        (Some(_), Some(Over::Build(_))) => walk.over = None,
        (Some(_), _) => walk.over = Some(Over::Build(Build::default())),
        (None, _) => {
            let scenario = written(&walk.session, &walk.kept.concat());
            begin(state, &scenario);
        }
    }
}

/// Begins with this scenario: a new lab, or the one that there is, which can be brought back by undoing.
fn begin(state: &mut State, scenario: &Scenario) {
    let without = start::left_out(scenario);
    if state.walk.as_ref().is_none_or(|walk| walk.sandbox.is_none())
        && let Some(bench) = state.bench.take()
    {
        state.walk = Some(bench);
    }
    let scenario = start::bare(scenario);
    let done = match walk_of(state) {
        Some(_) => change(state, false, |next| {
            *next = scenario;
            Ok(Text::default())
        }),
        None => open(state, &scenario),
    };
    match done {
        Ok(_) => {
            state.walking = true;
            if let Some(walk) = &mut state.walk {
                walk.over = Some(Over::Build(Build::default()));
            }
            state.message = Some(match without {
                0 => text!(
                    "a adds a machine, c puts a cable in, Enter types on a machine, w saves",
                    "a 添加机器，c 连接网线，Enter 在机器上键入命令，w 保存"
                ),
                _ => text!(
                    "{without} questions, expectations and marks of the lesson are left out; a adds a machine, c a cable, w saves",
                    "课程的 {without} 个问题、预期和标记没有带过来；a 添加机器，c 连接网线，w 保存"
                ),
            });
        }
        Err(wrong) => state.message = Some(wrong),
    }
}

/// A new lab on the screen.
fn open(state: &mut State, scenario: &Scenario) -> Result<Text, Text> {
    let (sandbox, session) = Sandbox::new(scenario)?;
    let mut walk = Walk::new(sandbox.name(), session);
    walk.sandbox = Some(Box::new(sandbox));
    state.walk = Some(walk);
    to_end(state);
    Ok(Text::default())
}

/// Opens a file's scenario in the sandbox.
///
/// # Errors
/// When it cannot be played.
pub fn open_file(state: &mut State, scenario: &Scenario, file: &str) -> Result<(), Text> {
    open(state, scenario)?;
    if let Some(own) = state.walk.as_mut().and_then(|walk| walk.sandbox.as_mut()) {
        // What would be lost by writing over it is kept beside it.
        let stem = file.strip_suffix(".ron").unwrap_or(file);
        own.proposed = match start::left_out(scenario) {
            0 => format!("{stem}.ron"),
            _ => format!("{stem}-sandbox.ron"),
        };
    }
    begin_building(state);
    Ok(())
}

/// Begins with an empty lab, which will be saved as this file.
///
/// # Errors
/// When it cannot be played: never, as a test holds.
pub fn open_new(state: &mut State, file: &str) -> Result<(), Text> {
    let empty = start::find("empty").ok_or_else(Text::default)?;
    open_file(state, &empty, file)
}

/// Asks what a new lab begins with.
pub fn ask_start(state: &mut State) {
    enter(state);
}

fn begin_building(state: &mut State) {
    state.walking = true;
    if let Some(walk) = &mut state.walk {
        walk.over = Some(Over::Build(Build::default()));
    }
}

/// Changes the lab and plays it; whether something happens behind its end.
fn change(
    state: &mut State,
    happens: bool,
    edit: impl FnOnce(&mut Scenario) -> Result<Text, Text>,
) -> Result<Text, Text> {
    let Some(walk) = walk_of(state) else { return Err(Text::default()) };
    let Some(own) = &mut walk.sandbox else { return Err(Text::default()) };
    let mut next = own.scenario().clone();
    let said = edit(&mut next)?;
    let session = if happens { own.happen(next)? } else { own.take(next)? };
    let was_at_end = walk.step + 1 >= walk.session.steps().len();
    let before = walk.session.steps().len();
    let failed = session.error();
    put(walk, session, happens || was_at_end);
    let after = walk.session.steps().len();
    Ok(match failed {
        Some(Text { en, zh }) => text!(
            "the story cannot go on: {en}; U takes the last change back",
            "故事无法继续：{zh}；按 U 撤销最后的改动"
        ),
        None if said.en.is_empty() && after > before + 1 => {
            let first = before + 1;
            text!(
                "steps {first} to {after} are new; g {first} goes to where they begin, U takes the line back",
                "新增步骤 {first} 到 {after}；g {first} 跳到开头，U 撤销这一行"
            )
        }
        None => said,
    })
}

/// Shows what was played; the screen in place of the panes stays.
fn put(walk: &mut Walk, session: Session, at_end: bool) {
    let step = if at_end { session.steps().len().saturating_sub(1) } else { walk.step };
    let (over, typed_on) = (walk.over.take(), walk.console.node);
    what_if::put(walk, session, step);
    let nodes = walk.session.net().nodes.len();
    walk.console.node = typed_on.filter(|node| usize::from(node.0) < nodes);
    if let Some(own) = &walk.sandbox {
        walk.name = own.name();
    }
    // Another run's tables and differences are not this one's.
    walk.over = over.filter(|over| matches!(over, Over::Build(_)));
    let last = parts_of(walk).len().saturating_sub(1);
    if let Some(Over::Build(own)) = &mut walk.over {
        own.selected = own.selected.min(last);
    }
}

fn to_end(state: &mut State) {
    if let Some(walk) = &mut state.walk {
        step_to(walk, walk.session.steps().len().saturating_sub(1));
    }
}

/// The parts of the lab that is on the screen.
pub fn parts_of(walk: &Walk) -> Vec<Part> {
    walk.sandbox.as_ref().map_or_else(Vec::new, |own| parts::all(own.scenario()))
}

/// Whether what is typed now comes behind all that has happened in the sandbox.
pub(super) fn is_at_end(walk: &Walk) -> bool {
    walk.sandbox.is_some() && walk.step + 1 >= walk.session.steps().len()
}

/// A line is typed at the end of the story: it becomes its last.
///
/// # Errors
/// What is wrong with it.
pub(super) fn type_line(state: &mut State, here: NodeId, line: &str) -> Result<Text, Text> {
    let Some(walk) = &state.walk else { return Err(Text::default()) };
    if let Some(Text { en, zh }) = walk.session.error() {
        return Err(text!(
            "the story cannot go on: {en}\nEsc, then U takes the last line back",
            "故事无法继续：{zh}\n按 Esc 再按 U 撤销最后一行"
        ));
    }
    let on = walk.session.name(here).to_owned();
    let shell = walk.sandbox.as_ref().map(|own| own.shell(&on)).unwrap_or_default();
    change(state, true, |next| edit::type_line(next, &on, line, &shell).map(|()| Text::default()))
}

/// A change of a what-if is kept: it becomes part of the story, where it was made.
pub(super) fn keep(state: &mut State, acts: &[Act]) {
    let Some(walk) = &state.walk else { return };
    let next = written(&walk.session, acts);
    let done = change(state, false, |own| {
        *own = next;
        Ok(text!("it is part of the story now; U takes it back", "已写进故事；按 U 撤销"))
    });
    state.message = Some(done.unwrap_or_else(|wrong| wrong));
}

/// Takes the last change of the lab back, or does it again; false: there is no sandbox here.
pub(super) fn turn_back(state: &mut State, again: bool) -> bool {
    let is_here = |walk: &&mut Walk| state.walking && walk.sandbox.is_some();
    let Some(walk) = state.walk.as_mut().filter(is_here) else { return false };
    let session = walk.sandbox.as_mut().and_then(|own| own.turn_back(again));
    state.message = Some(match (session, again) {
        (Some(session), _) => {
            put(walk, session, true);
            match again {
                false => text!("undone; on BUILD R does it again", "已撤销；在“搭建”屏幕按 R 重做"),
                true => text!("done again", "已重做"),
            }
        }
        (None, false) => text!("nothing was changed before", "之前没有改动"),
        (None, true) => text!("nothing was undone", "没有撤销过的改动"),
    });
    true
}
