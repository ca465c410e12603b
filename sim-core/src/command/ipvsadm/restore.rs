//! `ipvsadm -R`: one command a line, from the pipe.

use super::Ipvsadm;
use super::options::Verb;
use crate::command::error::CommandError;
use crate::command::input::Input;
use crate::command::word::Word;
use crate::{Text, text};

/// What `-R` does with this input; `clear`: `ipvsadm-restore` does it.
pub(super) fn restore(ipvsadm: &Word, input: &Input, clear: bool) -> Result<Ipvsadm, CommandError> {
    match input {
        Input::Saved { numeric } => Ok(Ipvsadm::RestoreSaved { numeric: *numeric, clear }),
        Input::Text(echo) => {
            let mut commands = if clear { vec![Ipvsadm::Clear] } else { Vec::new() };
            let comments = |line: &str| clear && line.starts_with('#');
            commands.extend(lines(ipvsadm, &echo.text, comments)?);
            Ok(Ipvsadm::Restore(commands))
        }
        Input::None | Input::Zeros(_) | Input::Tables(_) => {
            let message = text!(
                "ipvsadm: -R reads the pipe, and there is no text in it",
                "ipvsadm: -R 要读管道，而管道里没有文字",
            );
            Err(CommandError::new(&ipvsadm.span, 2, message).help(Verb::Restore.shape()))
        }
    }
}

/// The commands of the lines, each read like a command line of its own; the leading `ipvsadm` may
/// be left out. Some lines are left out; they count.
fn lines(
    ipvsadm: &Word,
    text: &str,
    left_out: impl Fn(&str) -> bool,
) -> Result<Vec<Ipvsadm>, CommandError> {
    let mut commands = Vec::new();
    for (number, line) in (1..).zip(text.lines()).filter(|(_, line)| !left_out(line)) {
        let mut words = vec![ipvsadm.clone()];
        let typed = line.split_whitespace().map(|text| Word::new(text, ipvsadm.span.clone()));
        words.extend(typed);
        if words.get(1).is_some_and(|word| word.text == "ipvsadm") {
            words.remove(1);
        }
        if words.len() == 1 {
            continue;
        }
        let command = Ipvsadm::parse(&words, &Input::None);
        let place = |error: CommandError| {
            let Text { en, zh } = &error.help;
            let mut help = text!(
                "in line {number} of the pipe: {line}\n{en}",
                "在管道的第 {number} 行：{line}\n{zh}",
            );
            for help in [&mut help.en, &mut help.zh] {
                help.truncate(help.trim_end().len());
            }
            CommandError { at: ipvsadm.span.clone(), help, ..error }
        };
        commands.push(command.map_err(place)?);
    }
    Ok(commands)
}

impl Ipvsadm {
    /// The commands that `-S` printed.
    pub fn saved(text: &str) -> Vec<Self> {
        lines(&Word::new("ipvsadm", 0..0), text, |_| false)
            .expect("ipvsadm reads what it has written")
    }
}
