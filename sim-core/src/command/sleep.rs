//! `sleep S`: lets time pass.

use std::fmt;
use std::time::Duration;

use super::error::CommandError;
use super::value::{LONGEST_S, Seconds, seconds};
use super::word::Word;
use crate::text;

/// A pause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sleep {
    /// How long.
    pub time: Duration,
}

impl Sleep {
    pub(super) fn parse(words: &[Word]) -> Result<Self, CommandError> {
        let refuse = |word: &Word, message| {
            CommandError::tool(&word.span, 1, message)
                .help(text!("sleep 0.5 or sleep 2m", "sleep 0.5 或 sleep 2m"))
        };
        match &words[1..] {
            [] => Err(refuse(&words[0], "sleep: missing operand".into())),
            [time] => match interval(&time.text) {
                Some(time) => Ok(Self { time }),
                None => Err(refuse(time, format!("sleep: invalid time interval ‘{}’", time.text))),
            },
            [_, more, ..] => Err(CommandError::not_simulated(more, 1)
                .help(text!("only one time a command", "每条命令只能有一个时长"))),
        }
    }
}

/// Decimals with a unit; seconds without one.
fn interval(text: &str) -> Option<Duration> {
    let units = [('s', 1), ('m', 60), ('h', 3600), ('d', 86400)];
    let unit = units.iter().find_map(|(unit, secs)| Some((text.strip_suffix(*unit)?, *secs)));
    let (number, secs) = unit.unwrap_or((text, 1));
    seconds(number)?.checked_mul(secs).filter(|time| time.as_secs() < LONGEST_S)
}

impl fmt::Display for Sleep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sleep {}", Seconds(self.time))
    }
}

#[cfg(test)]
mod tests {
    use crate::command::testing::{prints, refuses};

    #[test]
    fn reads_times() {
        prints(&[
            ("sleep .5", "sleep 0.5"),
            ("sleep 2m", "sleep 120"),
            ("sleep 1.5h", "sleep 5400"),
        ]);
        refuses(&[
            ("sleep", "sleep", 1, "sleep: missing operand"),
            ("sleep x", "x", 1, "sleep: invalid time interval ‘x’"),
            ("sleep 1x", "1x", 1, "sleep: invalid time interval ‘1x’"),
            ("sleep 1 2", "2", 1, "not simulated: 2"),
        ]);
    }
}
