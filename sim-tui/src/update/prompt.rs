//! A line that is being typed: its keys, and what it does when it is done.

use sim_core::reason::all_codes;
use sim_core::text;

use super::{act, filter, sandbox, search, to, typing, unfilter};
use crate::action::{self, Action, Where};
use crate::input::Key;
use crate::state::{Ask, Prompt, State};

/// A key was pressed while a line is open.
pub(super) fn press(state: &mut State, key: Key) {
    let Some(mut prompt) = state.prompt.take() else { return };
    match prompt.kind {
        Ask::Command => return typing::press(state, prompt, key),
        Ask::Sandbox(asked) => return sandbox::press(state, asked, prompt, key),
        _ => {}
    }
    match key {
        Key::Esc => {
            if prompt.kind == Ask::Search {
                search(&mut state.home, "");
            }
            return;
        }
        Key::Enter => return done(state, prompt),
        key => edit(&mut prompt, key, state.at()),
    }
    if prompt.kind == Ask::Search {
        search(&mut state.home, &prompt.text);
    }
    state.prompt = Some(prompt);
}

pub(super) fn edit(prompt: &mut Prompt, key: Key, at: Where) {
    let before = |text: &str, at: usize| text[..at].chars().next_back().map_or(0, char::len_utf8);
    let behind = |text: &str, at: usize| text[at..].chars().next().map_or(0, char::len_utf8);
    let Prompt { text, cursor, .. } = prompt;
    let mut is_changed = true;
    match key {
        Key::Char(own) => {
            text.insert(*cursor, own);
            *cursor += own.len_utf8();
        }
        Key::Backspace => {
            let len = before(text, *cursor);
            text.replace_range(*cursor - len..*cursor, "");
            *cursor -= len;
        }
        Key::Delete => text.replace_range(*cursor..*cursor + behind(text, *cursor), ""),
        _ => is_changed = false,
    }
    match key {
        Key::Left => *cursor -= before(text, *cursor),
        Key::Right => *cursor += behind(text, *cursor),
        Key::Home => *cursor = 0,
        Key::End => *cursor = text.len(),
        Key::Up => prompt.selected = prompt.selected.saturating_sub(1),
        Key::Down if prompt.kind == Ask::Palette => {
            let last = action::found(&prompt.text, at).len().saturating_sub(1);
            prompt.selected = (prompt.selected + 1).min(last);
        }
        Key::Tab if prompt.kind == Ask::Palette => {
            if let Some(own) = action::found(&prompt.text, at).get(prompt.selected) {
                prompt.text = own.name.into();
                (prompt.cursor, prompt.selected) = (prompt.text.len(), 0);
            }
        }
        _ => {}
    }
    if is_changed {
        (prompt.wrong, prompt.selected) = (None, 0);
    }
}

/// The line is done: what it asks for is done, or it stays open and says what is wrong.
fn done(state: &mut State, mut prompt: Prompt) {
    let text = prompt.text.trim().to_owned();
    let wrong = match (prompt.kind, state.walk.as_mut().filter(|_| state.walking)) {
        (Ask::Palette, _) => return palette(state, prompt),
        (Ask::Search, _) => return act(state, Action::Open),
        (_, None) | (Ask::Command | Ask::Sandbox(_), _) => None,
        (Ask::Filter, Some(walk)) if text.is_empty() => {
            unfilter(walk);
            None
        }
        (Ask::Filter, Some(walk)) => filter(walk, &text).err(),
        (Ask::Goto, Some(walk)) => {
            let last = walk.session.steps().len();
            match text.parse::<usize>().ok().filter(|at| (1..=last).contains(at)) {
                Some(at) => {
                    unfilter(walk);
                    to(walk, Some(at - 1));
                    None
                }
                None => Some(text!("a step from 1 to {last}", "步骤为 1 到 {last}")),
            }
        }
        (Ask::Break, Some(walk)) => {
            let is_known = text == "drop" || all_codes().iter().any(|code| code.contains(&*text));
            match (text.is_empty(), is_known) {
                (true, _) => {
                    walk.stop_at = None;
                    None
                }
                (false, true) => {
                    (walk.stop_at, walk.playing) = (Some(text.clone()), true);
                    None
                }
                (false, false) => Some(text!(
                    "no code of a reason has `{text}` in it; try `arp.reply`, `neigh.`, `drop`",
                    "没有原因的代码含有 `{text}`；可以试试 `arp.reply`、`neigh.`、`drop`"
                )),
            }
        }
    };
    if wrong.is_some() {
        prompt.wrong = wrong;
        state.prompt = Some(prompt);
    }
}

/// `goto 14`, `filter arp`, or whatever row is selected.
fn palette(state: &mut State, mut prompt: Prompt) {
    let (name, rest) = prompt.text.trim().split_once(' ').unwrap_or((prompt.text.trim(), ""));
    let named = action::found("", state.at()).into_iter().find(|own| own.name == name);
    let kind = named.and_then(|own| match own.action {
        Action::Goto => Some(Ask::Goto),
        Action::Filter if state.walking => Some(Ask::Filter),
        Action::Break => Some(Ask::Break),
        _ => None,
    });
    if let (Some(kind), false) = (kind, rest.is_empty()) {
        return done(state, Prompt::new(kind, rest.into()));
    }
    let found = action::found(&prompt.text, state.at());
    match named.filter(|_| prompt.selected == 0).or_else(|| found.get(prompt.selected).copied()) {
        Some(own) => act(state, own.action),
        None => {
            prompt.wrong = Some(text!("nothing has this name", "没有这个名字"));
            state.prompt = Some(prompt);
        }
    }
}

/// A row of the palette was clicked.
pub(super) fn choose(state: &mut State, row: usize) {
    if let Some(Prompt { kind: Ask::Sandbox(asked), .. }) = state.prompt {
        return sandbox::choose(state, asked, row);
    }
    if let Some(mut prompt) = state.prompt.take() {
        prompt.selected = row;
        palette(state, prompt);
    }
}
