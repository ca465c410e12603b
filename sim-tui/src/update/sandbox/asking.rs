//! What the sandbox asks for in a line: its keys, what there is to choose from, and what an answer does.

use sim_core::scenario::End;
use sim_core::{Text, text};

use super::building::selected;
use super::{begin, change, saving};
use crate::catalogue;
use crate::input::Key;
use crate::sandbox::choices::{self, Asked, Choice, Role};
use crate::sandbox::parts::Part;
use crate::sandbox::{edit, start};
use crate::state::{Ask, Over, Prompt, State};
use crate::update::prompt;

/// Opens a line.
pub(super) fn ask(state: &mut State, asked: Asked, text: String) {
    state.help = None;
    let proposed = matches!(asked, Asked::Save { .. });
    state.prompt = Some(Prompt { proposed, ..Prompt::new(Ask::Sandbox(asked), text) });
}

/// What there is to choose from while this is typed.
pub fn offered(state: &State, asked: Asked, typed: &str) -> Vec<Choice> {
    let walk = state.on_screen();
    let scenario = walk.and_then(|walk| walk.sandbox.as_ref()).map(|own| own.scenario());
    let from = match walk.and_then(|walk| walk.over.as_ref()) {
        Some(Over::Build(own)) if asked == Asked::To => own.from.as_ref(),
        _ => None,
    };
    let shipped = state.home.items.iter().filter(|item| item.chapter != catalogue::OWN);
    let titles = shipped.map(|item| (item.name.clone(), item.title.clone()));
    choices::fitting(choices::all(asked, scenario, from, titles), typed, state.lang)
}

/// Where the cable begins whose other end is asked for, in words.
pub fn begins(state: &State) -> Option<String> {
    match &state.on_screen()?.over {
        Some(Over::Build(own)) => own.from.as_ref().map(|from| format!("{from} –")),
        _ => None,
    }
}

/// A key was pressed while the sandbox asks.
pub(in crate::update) fn press(state: &mut State, asked: Asked, mut own: Prompt, key: Key) {
    let count = offered(state, asked, &own.text).len();
    match key {
        Key::Esc => return,
        Key::Char('y' | 'Y') if asked == Asked::Leave => {
            state.quit = true;
            return;
        }
        Key::Char('s' | 'w') if asked == Asked::Leave => return saving::save(state, true),
        Key::Enter if asked == Asked::Leave => {}
        Key::Enter => return done(state, asked, own),
        _ if asked == Asked::Leave => return,
        Key::Down => own.selected = (own.selected + 1).min(count.saturating_sub(1)),
        Key::PageDown => own.selected = (own.selected + 10).min(count.saturating_sub(1)),
        Key::PageUp => own.selected = own.selected.saturating_sub(10),
        Key::Tab => {
            if let Some(choice) = offered(state, asked, &own.text).get(own.selected) {
                own.text.clone_from(&choice.name);
                (own.cursor, own.selected) = (own.text.len(), 0);
            }
        }
        key => {
            if own.proposed && matches!(key, Key::Char(_) | Key::Backspace | Key::Delete) {
                (own.text, own.cursor) = (String::new(), 0);
            }
            prompt::edit(&mut own, key, state.at());
        }
    }
    own.proposed = false;
    // Another name was not asked about yet.
    if let (Asked::Save { quits, .. }, None) = (asked, &own.wrong) {
        own.kind = Ask::Sandbox(Asked::Save { quits, there: false });
    }
    state.prompt = Some(own);
}

/// A row was clicked.
pub(in crate::update) fn choose(state: &mut State, asked: Asked, row: usize) {
    if let Some(mut own) = state.prompt.take() {
        own.selected = row;
        done(state, asked, own);
    }
}

/// The line is done.
fn done(state: &mut State, asked: Asked, mut own: Prompt) {
    let typed = own.text.trim().to_owned();
    let chosen = offered(state, asked, &own.text).get(own.selected).map(|own| own.name.clone());
    let done = match (asked, chosen) {
        (Asked::Save { quits, there }, _) => saving::named(state, &typed, quits, there),
        (Asked::Name | Asked::Tune, _) => with_selected(state, asked, &typed),
        (Asked::Leave, _) => Ok(Text::default()),
        (_, None) => Err(text!("nothing is called so", "没有叫这个名字的")),
        (Asked::Start, Some(name)) => return start_with(state, &name),
        (Asked::Add, Some(name)) => add(state, &name),
        (Asked::From, Some(name)) => return from(state, &name),
        (Asked::To, Some(name)) => to(state, &name),
    };
    match done {
        Ok(said) if said.en.is_empty() => {}
        Ok(said) => state.message = Some(said),
        Err(wrong) => {
            own.wrong = Some(wrong);
            state.prompt = Some(own);
        }
    }
}

fn start_with(state: &mut State, name: &str) {
    match start::find(name) {
        Some(scenario) => begin(state, &scenario),
        None => state.message = Some(text!("it cannot be read", "无法读取")),
    }
}

fn with_selected(state: &mut State, asked: Asked, typed: &str) -> Result<Text, Text> {
    let part = selected(state).ok_or_else(Text::default)?;
    change(state, false, |next| match (asked, part) {
        (Asked::Tune, Part::Link(at)) => edit::tune(next, at, typed),
        (_, part) => edit::rename(next, part, typed),
    })
}

fn add(state: &mut State, name: &str) -> Result<Text, Text> {
    let role = Role::ALL.into_iter().find(|role| role.name() == name).ok_or_else(Text::default)?;
    let mut place = 0;
    let said = change(state, false, |next| {
        let name = edit::add(next, role)?;
        place = next.nodes.len();
        Ok(text!("{name} is there; c puts a cable in", "已添加 {name}；按 c 连接网线"))
    })?;
    // Behind the title, the machines stand in their order.
    if let Some(Over::Build(own)) = state.walk.as_mut().and_then(|walk| walk.over.as_mut()) {
        own.selected = place;
    }
    Ok(said)
}

fn read_end(name: &str) -> End {
    let (node, iface) = name.split_once(':').unwrap_or((name, ""));
    End { node: node.into(), iface: iface.into() }
}

fn from(state: &mut State, name: &str) {
    if let Some(Over::Build(own)) = state.walk.as_mut().and_then(|walk| walk.over.as_mut()) {
        own.from = Some(read_end(name));
    }
    ask(state, Asked::To, String::new());
}

fn to(state: &mut State, name: &str) -> Result<Text, Text> {
    let from = match state.walk.as_mut().and_then(|walk| walk.over.as_mut()) {
        Some(Over::Build(own)) => own.from.take(),
        _ => None,
    };
    let (a, b) = (from.ok_or_else(Text::default)?, read_end(name));
    let said = text!("{a} – {b}: the cable is in", "{a} – {b}：网线已接好");
    change(state, false, |next| edit::connect(next, &a, &b).map(|()| said))
}
