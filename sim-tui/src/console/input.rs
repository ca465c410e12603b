//! Where a console's lines come from: a person at a terminal, a pipe, or the command line.

use std::collections::VecDeque;
use std::io::{self, BufRead, IsTerminal, StdinLock};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustyline::config::{CompletionType, Config};
use rustyline::error::ReadlineError;
use rustyline::history::MemHistory;
use rustyline::{Editor, Result};
use sim_core::command::complete::Around;
use sim_core::{Text, text};

use super::completion::Words;
use crate::out::{complain, say, show};

/// One line, or what came instead.
pub enum Line {
    /// A line without its end.
    Text(String),
    /// Bytes that are no text.
    NotText(Text),
    /// Ctrl-C: what was typed so far does not count.
    Abandoned,
    /// There are no more.
    End,
}

/// A source of lines.
pub enum Input<'a> {
    /// Lines that are known.
    Given(std::str::Lines<'a>),
    /// A terminal with an editor, and the rest of several lines that were pasted at once.
    Editor { editor: Box<Editor<Words, MemHistory>>, pasted: VecDeque<String> },
    /// Anything else; a prompt is shown if a person seems to type.
    Plain { stdin: StdinLock<'static>, prompts: bool },
}

/// As many lines as arrow-up leads back to.
const REMEMBERED: usize = 1000;

impl<'a> Input<'a> {
    /// The lines of a text.
    pub fn given(text: &'a str) -> Self {
        Self::Given(text.lines())
    }

    /// What is typed or piped in. At a terminal `interrupted` tells of Ctrl-C from now on, where it
    /// would end the program.
    pub fn typed(interrupted: &Arc<AtomicBool>) -> Self {
        let prompts = io::stdin().is_terminal();
        if prompts
            && io::stdout().is_terminal()
            && let Ok(editor) = editor()
        {
            let flag = Arc::clone(interrupted);
            // Without it Ctrl-C ends the console; that is no reason not to open one.
            let _ = ctrlc::set_handler(move || flag.store(true, Ordering::Relaxed));
            return Self::Editor { editor: Box::new(editor), pasted: VecDeque::new() };
        }
        Self::Plain { stdin: io::stdin().lock(), prompts }
    }

    /// Whether a person types.
    pub fn is_person(&self) -> bool {
        match self {
            Self::Given(_) => false,
            Self::Editor { .. } => true,
            Self::Plain { prompts, .. } => *prompts,
        }
    }

    /// The next line.
    pub fn next(&mut self, prompt: &str) -> Line {
        match self {
            Self::Given(lines) => lines.next().map_or(Line::End, |line| Line::Text(line.into())),
            Self::Editor { editor, pasted } => {
                if let Some(line) = pasted.pop_front() {
                    return Line::Text(line);
                }
                match editor.readline(prompt) {
                    Ok(text) => {
                        pasted.extend(text.split(['\n', '\r']).map(str::to_owned));
                        Line::Text(pasted.pop_front().unwrap_or_default())
                    }
                    Err(ReadlineError::Interrupted) => Line::Abandoned,
                    Err(ReadlineError::Eof) => {
                        say("");
                        Line::End
                    }
                    Err(why) => {
                        complain(&why.to_string());
                        Line::End
                    }
                }
            }
            Self::Plain { stdin, prompts } => {
                if *prompts && !show(prompt) {
                    return Line::End;
                }
                let line = plain(stdin);
                if *prompts && matches!(line, Line::End) {
                    say("");
                }
                line
            }
        }
    }

    /// What Tab may offer at the next prompt.
    pub fn offer(&mut self, around: impl FnOnce() -> Around) {
        if let Self::Editor { editor, .. } = self
            && let Some(words) = editor.helper_mut()
        {
            words.around = around();
        }
    }

    /// Keeps what was typed for arrow-up.
    pub fn remember(&mut self, typed: &str) {
        if let Self::Editor { editor, .. } = self
            && !typed.trim().is_empty()
        {
            // A history in memory has nothing that could fail.
            let _ = editor.add_history_entry(typed);
        }
    }

    /// Forgets the rest of what was pasted.
    pub fn drop_pasted(&mut self) {
        if let Self::Editor { pasted, .. } = self {
            pasted.clear();
        }
    }
}

fn editor() -> Result<Editor<Words, MemHistory>> {
    let config = Config::builder()
        .max_history_size(REMEMBERED)?
        .auto_add_history(false)
        .completion_type(CompletionType::List)
        .build();
    let history = MemHistory::with_config(&config);
    let mut editor = Editor::with_history(config, history)?;
    editor.set_helper(Some(Words::default()));
    Ok(editor)
}

fn plain(stdin: &mut StdinLock<'_>) -> Line {
    let mut bytes = Vec::new();
    if !stdin.read_until(b'\n', &mut bytes).is_ok_and(|count| count > 0) {
        return Line::End;
    }
    match str::from_utf8(&bytes) {
        Ok(line) => Line::Text(line.trim_end_matches(['\n', '\r']).into()),
        Err(bad) => {
            let byte = bytes.get(bad.valid_up_to()).copied().unwrap_or_default();
            let place = bad.valid_up_to() + 1;
            Line::NotText(text!(
                "not UTF-8: byte {place} of the line is 0x{byte:02x}; nothing was typed",
                "不是 UTF-8：该行第 {place} 个字节是 0x{byte:02x}；没有键入任何命令"
            ))
        }
    }
}
