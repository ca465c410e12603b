//! A command that is typed in CONSOLE: its keys, and what Enter does with it.

use sim_core::event::NodeId;
use sim_core::explain::{self, Cure};
use sim_core::shell::Shell;
use sim_core::story::{Act, check_line};
use sim_core::trace::Note;
use sim_core::whatif::Change;
use sim_core::{Text, text};

use super::{prompt, sandbox, what_if};
use crate::input::Key;
use crate::otherwise::Otherwise;
use crate::state::{Ask, Pane, Prompt, State, Walk};
use crate::typing::{Answer, Said, answer, answer_in, completed, helped};

/// Begins to type, on the node of the console.
pub(super) fn begin(state: &mut State) {
    let Some(walk) = &mut state.walk else { return };
    if walk.pane != Pane::Console {
        state.message = Some(text!(
            "5, then Enter: type a command on a node",
            "先按 5 再按 Enter：在节点上键入命令"
        ));
        return;
    }
    (walk.playing, walk.console.what_if) = (false, false);
    walk.console.otherwise = None;
    state.prompt = Some(Prompt::new(Ask::Command, String::new()));
}

/// What if: a line for right before the step, with the cure that WHY names. The smallest change that turns what was decided is
/// searched meanwhile.
pub(super) fn what_if(state: &mut State) {
    let Some(walk) = &mut state.walk else { return };
    let cure = cure(walk);
    walk.console.otherwise = Otherwise::of(walk);
    (walk.playing, walk.pane, walk.console.what_if) = (false, Pane::Console, true);
    // The line is typed in the pane.
    walk.over = None;
    let line = match cure {
        Some((node, line)) => {
            walk.console.node = Some(node);
            line
        }
        None => String::new(),
    };
    walk.console.begun.clone_from(&line);
    state.prompt = Some(Prompt::new(Ask::Command, line));
}

/// Time passes while a line is typed: the search goes on. What it finds takes the place of a line that nobody has touched.
/// Whether it works.
pub(super) fn pass(own: Option<&mut Prompt>, walk: &mut Walk, millis: u32) -> bool {
    let Some(own) = own.filter(|own| own.kind == Ask::Command) else { return false };
    let Some(search) = walk.console.otherwise.as_mut().filter(|search| search.works()) else {
        return false;
    };
    if search.go_on(&walk.session, millis)
        && let Some(found) = search.found.as_ref().filter(|_| own.text == walk.console.begun)
    {
        own.text = match &found.line {
            Some((node, line)) => {
                walk.console.node = Some(*node);
                line.clone()
            }
            None => String::new(),
        };
        own.cursor = own.text.len();
        walk.console.begun.clone_from(&own.text);
    }
    true
}

/// What was found, if the line is what was offered, or empty.
fn found(walk: &Walk, line: &str) -> Option<Vec<Act>> {
    let found = walk.console.otherwise.as_ref()?.found.as_ref()?;
    let is_it = match &found.line {
        Some((at, own)) => line == own && node(walk) == *at,
        None => false,
    };
    (line.is_empty() || is_it).then(|| found.acts.clone())
}

/// The cure of what the step decided, if it is a line that can be typed as it is.
fn cure(walk: &Walk) -> Option<(NodeId, String)> {
    let step = walk.session.steps().get(walk.step)?;
    walk.session.entries(walk.step).iter().find_map(|entry| {
        let Note::Why(reason) = &entry.what else { return None };
        let Cure::Type(line) = explain::entry(reason.code())?.cure else { return None };
        let is_here = step.node == Some(entry.node);
        let can_be_typed = check_line(&mut Shell::default(), line).is_ok();
        (is_here && can_be_typed).then(|| (entry.node, line.to_owned()))
    })
}

/// The node of the console: the one that was chosen, else that of the step, else the first host.
pub fn node(walk: &Walk) -> NodeId {
    let of_step = || walk.session.steps().get(walk.step).and_then(|step| step.node);
    let net = walk.session.net();
    let first = || net.node_ids().find(|id| net.node(*id).host().is_some());
    walk.console.node.or_else(of_step).or_else(first).unwrap_or(NodeId(0))
}

/// On the next node, or the one before.
pub(super) fn turn(walk: &mut Walk, forward: bool) {
    let count = walk.session.net().nodes.len().max(1) as u16;
    let by = if forward { 1 } else { count - 1 };
    walk.console.node = Some(NodeId((node(walk).0 + by) % count));
    walk.console.offered.clear();
    walk.pane = Pane::Console;
}

/// A key was pressed while a command is typed.
pub(super) fn press(state: &mut State, mut own: Prompt, key: Key) {
    let Some(walk) = state.walk.as_mut() else { return };
    if !matches!(key, Key::Tab) {
        walk.console.offered.clear();
    }
    match key {
        Key::Esc => {
            walk.console.otherwise = None;
            return;
        }
        Key::Enter => return done(state, own),
        Key::Tab => {
            let behind = own.text[own.cursor..].to_owned();
            let here = node(walk);
            let (line, offered) = completed(walk.session.world(), here, &own.text[..own.cursor]);
            own.cursor = line.len();
            own.text = line + &behind;
            walk.console.offered = offered;
        }
        Key::Up | Key::Down => {
            if let Some(line) = walk.console.recall(key == Key::Up) {
                (own.cursor, own.text) = (line.len(), line);
            }
        }
        Key::Char(sign @ ('<' | '>')) if own.text.is_empty() => turn(walk, sign == '>'),
        key => prompt::edit(&mut own, key, state.at()),
    }
    state.prompt = Some(own);
}

/// The line is done.
fn done(state: &mut State, own: Prompt) {
    let lang = state.lang;
    let Some(walk) = state.walk.as_mut() else { return };
    let line = own.text.trim().to_owned();
    if line == "exit" {
        return;
    }
    if let Some(acts) = found(walk, &line) {
        walk.console.remember(&line);
        return what_if::open(state, acts);
    }
    let here = node(walk);
    let net = walk.session.net();
    let on_switch = net.node(here).host().is_none();
    let mut output = String::new();
    let mut wrong = None;
    if let Some(name) = line.strip_prefix('@') {
        match net.node_by_name(name.trim()) {
            Some(chosen) => walk.console.node = Some(chosen),
            None => wrong = Some(no_node(walk, name)),
        }
    } else if let Some(told) = helped(&line, on_switch, lang) {
        output = told;
    } else if !line.is_empty() {
        let before = walk.console.what_if;
        let at_end = !before && sandbox::is_at_end(walk);
        let told = match at_end {
            true => at_end_of(walk, here, &line),
            false => answer(walk.session.world(), here, &line),
        };
        match told {
            Answer::Wrong(why) => wrong = Some(why),
            Answer::Shown(said, status) if !before => output = with_status(said, status, lang),
            Answer::Shown(..) | Answer::Changes if at_end => {
                walk.console.remember(&line);
                // The run is played again, and the line stays open for the next one.
                return sandbox_line(state, here, line, own);
            }
            Answer::Shown(..) | Answer::Changes => {
                walk.console.remember(&line);
                let change = Change::typed(walk.session.name(here), line);
                let place = walk.session.place(walk.step, before);
                return what_if::open(state, vec![Act { place, change }]);
            }
        }
    }
    if !line.is_empty() {
        walk.console.remember(&line);
    }
    // A line that is wrong stays, so that it can be mended.
    let text = if wrong.is_some() { own.text } else { String::new() };
    if wrong.is_some() || !line.starts_with('@') && !line.is_empty() {
        walk.console.said.push(Said { node: here, line, output, wrong });
    }
    state.prompt = Some(Prompt::new(Ask::Command, text));
}

/// What a line says at the end of the sandbox; a variable that it sets is a change.
fn at_end_of(walk: &Walk, here: NodeId, line: &str) -> Answer {
    let on = walk.session.name(here).to_owned();
    let Some(own) = &walk.sandbox else { return Answer::Changes };
    let mut shell = own.shell(&on);
    let before = shell.vars.clone();
    match answer_in(&mut shell, &walk.session.end().world, here, line) {
        Answer::Shown(..) if shell.vars != before => Answer::Changes,
        told => told,
    }
}

/// A line becomes the last of the sandbox's story.
fn sandbox_line(state: &mut State, here: NodeId, line: String, mut own: Prompt) {
    match sandbox::type_line(state, here, &line) {
        Ok(said) => {
            state.message = Some(said).filter(|said| !said.en.is_empty());
            own = Prompt::new(Ask::Command, String::new());
        }
        Err(wrong) => {
            if let Some(walk) = &mut state.walk {
                let said = Said { node: here, line, output: String::new(), wrong: Some(wrong) };
                walk.console.said.push(said);
            }
        }
    }
    if let Some(walk) = &mut state.walk {
        walk.console.node = Some(here);
    }
    state.prompt = Some(own);
}

fn with_status(mut said: String, status: u8, lang: sim_core::Lang) -> String {
    if status != 0 {
        let told = text!("(exit status {status})", "（退出状态 {status}）");
        if !said.is_empty() && !said.ends_with('\n') {
            said.push('\n');
        }
        said += told.of(lang);
    }
    said
}

fn no_node(walk: &Walk, name: &str) -> Text {
    let names: Vec<&str> = walk.session.net().nodes.iter().map(|node| &*node.name).collect();
    let (name, names) = (name.trim(), names.join(" "));
    text!("no node `{name}`; there are {names}", "没有节点 `{name}`；有 {names}")
}
