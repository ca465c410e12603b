//! `bridge fdb`: what a switch has learnt. `bridge` of iproute2, on a host that is a switch.

use std::fmt;

use super::error::{CommandError, known};
use super::ip::cursor::Cursor;
use super::word::{Quoted, Word};
use crate::Text;

/// The forwarding table of a bridge.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bridge {
    /// `br NAME`: only this bridge.
    pub bridge: Option<String>,
}

/// What the real tool takes before its object, in the order in which it looks an abbreviation up.
#[rustfmt::skip]
const OPTIONS: [&str; 17] = [
    "-help", "-Version", "-stats", "-statistics", "-details", "-oneline", "-timestamp", "-family",
    "-4", "-6", "-netns", "-color", "-compressvlans", "-force", "-json", "-pretty", "-batch",
];

/// The word again, if it is such an option: `-s`, `--stats`, `-color=never`.
fn real_option(typed: &str) -> Option<&str> {
    let option = typed.strip_prefix('-').filter(|rest| rest.starts_with('-')).unwrap_or(typed);
    let name = option.split('=').next().unwrap_or(option);
    let real = OPTIONS.iter().any(|known| known.starts_with(name));
    (name.len() > 1 && name.starts_with('-') && real).then_some(typed)
}

impl Bridge {
    pub(super) fn parse(words: &[Word]) -> Result<Self, CommandError> {
        let mut cursor = Cursor::after_first(words);
        let Some(object) = cursor.next() else {
            let message = "Usage: bridge [ OPTIONS ] OBJECT { COMMAND | help }";
            return Err(CommandError::tool(&words[0].span, 255, message)
                .help(known("bridge fdb show [br NAME]")));
        };
        if let Some(option) = real_option(&object.text) {
            let option = CommandError::without(&object.span, 255, &Text::same(option));
            return Err(option.help(known("bridge fdb show [br NAME]")));
        }
        if object.text.starts_with('-') {
            let message = format!("Option \"{}\" is unknown, try \"bridge help\".", object.text);
            return Err(CommandError::tool(&object.span, 255, message)
                .help(known("bridge fdb show [br NAME]")));
        }
        match object.begins(&["link", "fdb", "mdb", "vlan", "monitor"]) {
            Some("fdb") => {}
            Some(_) => return Err(CommandError::not_simulated(object, 255).help(known("fdb"))),
            None => {
                let message =
                    format!("Object \"{}\" is unknown, try \"bridge help\".", object.text);
                return Err(
                    CommandError::tool(&object.span, 255, message).known(&object.text, &["fdb"])
                );
            }
        }
        if let Some(action) = cursor.next() {
            match action.begins(&[
                "add", "append", "replace", "delete", "get", "show", "lst", "list", "flush",
            ]) {
                Some("show" | "lst" | "list") => {}
                Some(_) => return Err(CommandError::not_simulated(action, 255).help(known("show"))),
                None => {
                    let message =
                        format!("Command \"{}\" is unknown, try \"bridge fdb help\".", action.text);
                    return Err(CommandError::tool(&action.span, 255, message)
                        .known(&action.text, &["show"]));
                }
            }
        }
        let mut bridge = Self::default();
        while let Some(key) = cursor.next() {
            match key.text.as_str() {
                "br" => bridge.bridge = Some(cursor.iface(key)?),
                _ => return Err(CommandError::not_simulated(key, 255).help(known("br NAME"))),
            }
        }
        Ok(bridge)
    }
}

impl fmt::Display for Bridge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("bridge fdb show")?;
        match &self.bridge {
            Some(name) => write!(f, " br {}", Quoted(name)),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::command::testing::{prints, refuses};

    #[test]
    fn reads_and_prints() {
        prints(&[
            ("bridge fdb", "bridge fdb show"),
            ("bridge f sh br lan", "bridge fdb show br lan"),
            ("bridge fdb show br lan", "bridge fdb show br lan"),
        ]);
    }

    #[test]
    fn refuses_in_bridges_words() {
        #[rustfmt::skip]
        refuses(&[
            ("bridge", "bridge", 255, "Usage: bridge [ OPTIONS ] OBJECT { COMMAND | help }"),
            ("bridge -x fdb", "-x", 255, "Option \"-x\" is unknown, try \"bridge help\"."),
            ("bridge -s fdb show", "-s", 255, "not simulated: -s"),
            ("bridge -color=never fdb", "-color=never", 255, "not simulated: -color=never"),
            ("bridge - fdb", "-", 255, "Option \"-\" is unknown, try \"bridge help\"."),
            ("bridge foo", "foo", 255, "Object \"foo\" is unknown, try \"bridge help\"."),
            ("bridge vlan", "vlan", 255, "not simulated: vlan"),
            ("bridge fdb foo", "foo", 255, "Command \"foo\" is unknown, try \"bridge fdb help\"."),
            ("bridge fdb add", "add", 255, "not simulated: add"),
            ("bridge fdb show br", "br", 255, "Command line is not complete. Try option \"help\""),
            ("bridge fdb show dev eth0", "dev", 255, "not simulated: dev"),
        ]);
    }
}
