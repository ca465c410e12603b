//! `kill`: ends a command of this host. Ours: commands have no process numbers, so it takes `%1` or
//! the command's name.

use std::fmt;

use super::error::CommandError;
use super::options::{Arg, Dialect, Tool, flag, real};
use super::value::decimal;
use super::word::{Quoted, Word};
use crate::text;

/// The end of a command that runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kill {
    /// `-9`: at once, its connections are not closed in order.
    pub hard: bool,
    /// Which command.
    pub target: Target,
}

/// Which command is ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// `%N`: the host's Nth background command, from 1.
    Job(u32),
    /// Each that runs under this name: `serve`.
    Name(String),
}

pub(super) static KILL: Tool = Tool {
    name: "kill",
    options: &[flag("-9", ""), real("-l", ""), real("-n", ""), real("-s", "")],
    dialect: Dialect::Short,
    status: 2,
};

impl Kill {
    pub(super) fn parse(words: &[Word]) -> Result<Self, CommandError> {
        let mut hard = false;
        let mut target = None;
        for arg in KILL.args(words) {
            match arg? {
                Arg::Option(_) => hard = true,
                Arg::Operand(word) if target.is_none() => target = Some(word),
                Arg::Operand(word) => return Err(KILL.extra(&word)),
            }
        }
        let help = text!(
            "kill %1 ends the first background command, kill serve all that run under that name",
            "kill %1 结束第一个后台命令，kill serve 结束所有叫 serve 的命令",
        );
        let Some(word) = target else {
            let message = "kill: usage: kill [-9] %N | NAME";
            return Err(CommandError::tool(&words[0].span, 2, message).help(help));
        };
        let text = &word.text;
        if let Some(number) = text.strip_prefix('%') {
            let job = decimal(number).filter(|job| *job > 0).map(Target::Job);
            let message = || format!("kill: {text}: no such job");
            let target =
                job.ok_or_else(|| CommandError::tool(&word.span, 1, message()).help(help))?;
            return Ok(Self { hard, target });
        }
        let named = text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        if !named || text.bytes().all(|b| b.is_ascii_digit()) {
            let message = format!("kill: {text}: arguments must be process or job IDs");
            return Err(CommandError::tool(&word.span, 1, message).help(help));
        }
        Ok(Self { hard, target: Target::Name(text.clone()) })
    }
}

impl fmt::Display for Kill {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.hard { "kill -9" } else { "kill" })?;
        match &self.target {
            Target::Job(number) => write!(f, " %{number}"),
            // What looks like an option is none behind two dashes.
            Target::Name(name) if name.starts_with('-') => write!(f, " -- {}", Quoted(name)),
            Target::Name(name) => write!(f, " {}", Quoted(name)),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::command::testing::{prints, refuses};

    #[test]
    fn reads_and_prints() {
        prints(&[("kill %1", "kill %1"), ("kill -9 serve", "kill -9 serve")]);
    }

    #[test]
    fn refuses_numbers_of_processes() {
        #[rustfmt::skip]
        refuses(&[
            ("kill", "kill", 2, "kill: usage: kill [-9] %N | NAME"),
            ("kill %0", "%0", 1, "kill: %0: no such job"),
            ("kill 1234", "1234", 1, "kill: 1234: arguments must be process or job IDs"),
            ("kill -15 %1", "-15", 2, "kill: invalid option -- '1'"),
            ("kill %1 %2", "%2", 2, "kill: unexpected argument %2"),
        ]);
    }
}
