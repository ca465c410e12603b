//! `cat FILE`: the kernel's tables and settings, and the one file that holds settings.

use std::fmt;

use super::error::{CommandError, known, suggest};
use super::options::{Arg, Dialect, Tool, real};
use super::value::is_setting_path;
use super::word::{Quoted, Word};
use crate::{Text, text};

/// Files to print.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cat {
    /// Their paths.
    pub paths: Vec<String>,
}

static CAT: Tool = Tool {
    name: "cat",
    options: &[
        real("-A", "--show-all"),
        real("-b", "--number-nonblank"),
        real("-e", ""),
        real("-E", "--show-ends"),
        real("-n", "--number"),
        real("-s", "--squeeze-blank"),
        real("-t", ""),
        real("-T", "--show-tabs"),
        real("-u", ""),
        real("-v", "--show-nonprinting"),
    ],
    dialect: Dialect::Long,
    status: 1,
};

/// The files that are there, besides the settings below `/proc/sys`.
pub const FILES: [&str; 8] = [
    "/proc/net/ip_vs",
    "/proc/net/ip_vs_conn",
    "/proc/net/ip_vs_stats",
    "/proc/net/ip_vs_stats_percpu",
    "/proc/net/arp",
    "/proc/net/dev",
    "/proc/net/route",
    "/etc/sysctl.conf",
];

impl Cat {
    pub(super) fn parse(words: &[Word]) -> Result<Self, CommandError> {
        let mut paths = Vec::new();
        for arg in CAT.args(words) {
            match arg? {
                Arg::Option(given) => unreachable!("{} is not simulated", given.name),
                Arg::Operand(word) => paths.push(path(word)?),
            }
        }
        if paths.is_empty() {
            return Err(CommandError::new(
                &words[0].span,
                1,
                text!("cat: which file?", "cat: 哪个文件？"),
            )
            .help(files()));
        }
        Ok(Self { paths })
    }
}

/// Help that lists the files there are.
fn files() -> Text {
    known(format!("/proc/sys/KEY {}", FILES.join(" ")))
}

fn path(word: Word) -> Result<String, CommandError> {
    if is_setting_path(&word.text) || FILES.contains(&word.text.as_str()) {
        return Ok(word.text);
    }
    let message = format!("cat: {}: No such file or directory", word.text);
    Err(CommandError::tool(&word.span, 1, message).help(suggest(&word.text, &FILES, files())))
}

impl fmt::Display for Cat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("cat")?;
        self.paths.iter().try_for_each(|path| write!(f, " {}", Quoted(path)))
    }
}

#[cfg(test)]
mod tests {
    use crate::command::testing::{prints, refuses};

    #[test]
    fn reads_and_prints() {
        prints(&[
            ("cat /proc/sys/net/ipv4/ip_forward", "cat /proc/sys/net/ipv4/ip_forward"),
            (
                "cat /proc/net/ip_vs /proc/net/ip_vs_conn",
                "cat /proc/net/ip_vs /proc/net/ip_vs_conn",
            ),
        ]);
    }

    #[test]
    fn refuses_other_files() {
        refuses(&[
            ("cat", "cat", 1, "cat: which file?"),
            ("cat /nope", "/nope", 1, "cat: /nope: No such file or directory"),
            ("cat -n /proc/net/arp", "-n", 1, "not simulated: -n"),
            ("cat -z", "-z", 1, "cat: invalid option -- 'z'"),
        ]);
    }
}
