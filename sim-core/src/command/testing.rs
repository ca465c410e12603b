//! How tables of commands are checked: what a line prints as, and where and how it is refused.

use super::Command;
use crate::shell::Shell;

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
        assert_eq!(error.message, *message, "{line}");
        assert_eq!(&line[error.at.clone()], *at, "{line}: {error:?}");
        assert_eq!(error.status, *status, "{line}: {error:?}");
    }
}
