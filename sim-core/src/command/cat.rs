//! `cat FILE`: the kernel's tables and settings, and the one file that holds settings.

use std::fmt;

use super::error::CommandError;
use super::options::{Arg, Dialect, Tool, real};
use super::value::is_setting_path;
use super::word::{Quoted, Word};

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
pub const FILES: [&str; 6] = [
    "/proc/net/ip_vs",
    "/proc/net/ip_vs_conn",
    "/proc/net/ip_vs_stats",
    "/proc/net/arp",
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
            return Err(CommandError::new(&words[0].span, 1, "cat: which file?").help(known()));
        }
        Ok(Self { paths })
    }
}

fn known() -> String {
    format!("known: /proc/sys/KEY {}", FILES.join(" "))
}

fn path(word: Word) -> Result<String, CommandError> {
    if is_setting_path(&word.text) || FILES.contains(&word.text.as_str()) {
        return Ok(word.text);
    }
    let message = format!("cat: {}: No such file or directory", word.text);
    let nearest = super::suggest::nearest(&word.text, &FILES);
    let meant = nearest.map(|file| format!("did you mean {file}? ")).unwrap_or_default();
    Err(CommandError::new(&word.span, 1, message).help(meant + &known()))
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
