//! Saving the sandbox, and leaving it: nothing is lost unasked.

use sim_core::{Text, text};

use super::asking::ask;
use super::walk_of;
use crate::sandbox::choices::Asked;
use crate::sandbox::{Save, Saved};
use crate::state::State;

/// Asks for the file to save as.
pub(super) fn save(state: &mut State, quits: bool) {
    let Some(own) = walk_of(state).and_then(|walk| walk.sandbox.as_ref()) else { return };
    let file = own.file.clone().unwrap_or_else(|| own.proposed.clone());
    ask(state, Asked::Save { quits, there: false }, file);
}

/// Leaves lvsim, unless something would be lost: then it asks.
pub(in crate::update) fn quit(state: &mut State) {
    match is_unsaved(state) {
        true => ask(state, Asked::Leave, String::new()),
        false => state.quit = true,
    }
}

fn is_unsaved(state: &mut State) -> bool {
    walk_of(state).and_then(|walk| walk.sandbox.as_ref()).is_some_and(|own| !own.is_saved())
}

/// The name of a file as it is saved: it ends in `.ron`, so that it is found where a name of a shipped scenario could be meant.
fn file_name(typed: &str) -> Result<String, Text> {
    match typed {
        "" => Err(text!("it needs a name, such as lab.ron", "需要文件名，如 lab.ron")),
        own if own.ends_with('/') => {
            Err(text!("that is a folder; add a name to it", "这是目录；请在后面加上文件名"))
        }
        own if own.ends_with(".ron") => Ok(own.to_owned()),
        own => Ok(format!("{own}.ron")),
    }
}

/// A name was typed: a file is to be written.
///
/// # Errors
/// When it is no file's name.
pub(super) fn named(
    state: &mut State,
    typed: &str,
    quits: bool,
    there: bool,
) -> Result<Text, Text> {
    wish(state, file_name(typed)?, there, quits);
    Ok(Text::default())
}

fn wish(state: &mut State, file: String, over: bool, quits: bool) {
    let Some(own) = walk_of(state).and_then(|walk| walk.sandbox.as_ref()) else { return };
    // What it was saved as before is its own.
    let over = over || own.file.as_ref() == Some(&file);
    let text = own.text();
    state.wish = Some(Save { file, text, over, quits });
}

/// What came of saving.
pub fn saved(state: &mut State, asked: &Save, came: Saved) {
    let file = &asked.file;
    let again = |state: &mut State, there: bool, wrong: Text| {
        ask(state, Asked::Save { quits: asked.quits, there }, file.clone());
        if let Some(own) = &mut state.prompt {
            own.wrong = Some(wrong);
        }
    };
    match came {
        Saved::Exists => again(
            state,
            true,
            text!(
                "{file} is there already: Enter once more writes over it; or another name",
                "{file} 已经存在：再按 Enter 覆盖，或换个名字"
            ),
        ),
        Saved::Failed(wrong) => again(state, false, wrong),
        Saved::Done => {
            if let Some(walk) = walk_of(state)
                && let Some(own) = &mut walk.sandbox
            {
                own.was_saved(file);
                walk.name = own.name();
            }
            let shown = quoted(file);
            state.message = Some(text!(
                "saved: lvsim run {shown} plays it, lvsim sandbox {shown} goes on",
                "已保存：lvsim run {shown} 运行，lvsim sandbox {shown} 继续搭建"
            ));
            state.quit |= asked.quits;
        }
    }
}

/// A name as a shell reads it.
fn quoted(name: &str) -> String {
    let is_plain = |own: char| own.is_alphanumeric() || "._-/+,@%".contains(own);
    match name.chars().all(is_plain) {
        true => name.to_owned(),
        false => format!("'{}'", name.replace('\'', r"'\''")),
    }
}
