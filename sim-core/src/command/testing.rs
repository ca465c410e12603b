//! How tables of commands are checked: what a line prints as, and where and how it is refused, in
//! both languages.

use super::{Command, CommandError};
use crate::Text;
use crate::shell::Shell;

/// The English words of our help. No command, option or value is among them, so that what has none
/// of them is a pure synopsis.
#[rustfmt::skip]
const PROSE: [&str; 26] = [
    "a", "an", "and", "are", "as", "at", "before", "did", "fewer", "is", "it", "known", "mean", "not", "of", "only", "or",
    "seconds", "six", "takes", "the", "use", "what", "without", "write", "writes",
];

/// How the messages that no real tool has begin or go on.
const OURS: [&str; 20] = [
    "not simulated",
    ": unexpected argument",
    "the pipe",
    "which file",
    "serve: unknown kind",
    "serve: invalid port",
    "serve: invalid address",
    "serve: what",
    "serve: only http",
    "serve: who never answers",
    "check: unknown kind",
    "check: invalid",
    "check: which service",
    "check: an answer",
    "serve: invalid",
    "wide blank",
    "a word of more than",
    "commands in one line",
    "no command",
    "ends before it begins",
];

/// Each line is one command, and prints as stands beside it.
#[track_caller]
pub(crate) fn prints(rows: &[(&str, &str)]) {
    for (line, printed) in rows {
        let steps =
            Shell::default().compile(line).unwrap_or_else(|error| panic!("{line}: {error:?}"));
        let commands: Vec<Command> = steps.into_iter().map(|step| step.command).collect();
        let [command] = commands.as_slice() else {
            panic!("{line}: not one command: {commands:?}")
        };
        assert_eq!(command.to_string(), *printed, "{line}");
    }
}

/// Each line is refused at this text, with this exit status and this message.
#[track_caller]
pub(crate) fn refuses(rows: &[(&str, &str, u8, &str)]) {
    for (line, at, status, message) in rows {
        let error = Shell::default().compile(line).expect_err(line);
        assert_eq!(error.message.en, *message, "{line}");
        assert_eq!(&line[error.at.clone()], *at, "{line}: {error:?}");
        assert_eq!(error.status, *status, "{line}: {error:?}");
        both_languages(line, &error);
    }
}

/// Our own words are there in both languages, those of the real tools in theirs.
#[track_caller]
pub(crate) fn both_languages(line: &str, error: &CommandError) {
    let Text { en, zh } = &error.message;
    // "no command" is ours, "no command specified" is iptables'.
    let ours = OURS.iter().any(|words| en.contains(words)) && !en.contains(" v1.8.9 ");
    assert_eq!(ours, en != zh, "{line}: {:?} is ours or a tool's", error.message);
    assert!(!ours || has_chinese(zh), "{line}: {zh}");
    if let Some(what) = en.strip_prefix("not simulated: ") {
        let same = zh.strip_prefix("未模拟：") == Some(what);
        let typed = what.split(' ').all(|word| line.contains(word.trim_start_matches('-')));
        assert!(!same || typed, "{line}: `{what}` was not typed, so it is ours");
    }
    help_in_both(line, &error.help);
}

/// A help is Chinese in Chinese, unless it is a synopsis and the same in both languages.
#[track_caller]
pub(crate) fn help_in_both(line: &str, help: &Text) {
    let Text { en, zh } = help;
    assert_eq!(prose(zh), None, "{line}: English in `{zh}`");
    if en == zh {
        return;
    }
    assert!(has_chinese(zh), "{line}: no Chinese in `{zh}`");
    // Else this text would not be missed if it were the same in both.
    assert!(prose(en).is_some(), "{line}: no word of PROSE in `{en}`");
}

/// The first English word of a text that is prose; what stands in backticks is not.
fn prose(text: &str) -> Option<&str> {
    let outside = text.split('`').step_by(2);
    let mut words =
        outside.flat_map(|part| part.split(|c: char| c.is_whitespace() || !c.is_ascii()));
    words.find(|word| PROSE.contains(&word.trim_matches([',', ';', ':', '?', '.', '(', ')'])))
}

/// Whether any of it is Chinese.
pub(crate) fn has_chinese(text: &str) -> bool {
    text.contains(|c| ('\u{4e00}'..='\u{9fff}').contains(&c))
}
