//! `ipvsadm -R`: one command a line, from the pipe.

use super::Ipvsadm;
use crate::command::error::CommandError;
use crate::command::input::Input;
use crate::command::word::Word;

/// The commands of the lines, each read like a command line of its own; the leading `ipvsadm` may
/// be left out.
pub(super) fn restore(ipvsadm: &Word, input: &Input) -> Result<Ipvsadm, CommandError> {
    let Input::Text(echo) = input else {
        let message = "ipvsadm: -R reads the pipe, and there is no text in it";
        let help = "echo '-A -t 192.0.2.100:80' | ipvsadm -R";
        return Err(CommandError::new(&ipvsadm.span, 2, message).help(help));
    };
    let mut commands = Vec::new();
    for (number, line) in (1..).zip(echo.text.lines()) {
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
            let help = format!("in line {number} of the pipe: {line}\n{}", error.help);
            CommandError { at: ipvsadm.span.clone(), ..error }.help(help.trim_end())
        };
        commands.push(command.map_err(place)?);
    }
    Ok(Ipvsadm::Restore(commands))
}
