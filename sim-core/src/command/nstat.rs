//! `nstat` of iproute2: the kernel's counters, and how much they grew since it was last asked.

use std::fmt;

use super::error::CommandError;
use super::options::{Arg, Dialect, Tool, flag, real};
use super::word::{Quoted, Word};
use crate::counters::{Counter, is_only_real};
use crate::text;

/// One `nstat` command.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Nstat {
    /// `-a`: all that was ever counted.
    pub ignore: bool,
    /// `-s`: does not remember what it shows.
    pub keep: bool,
    /// `-z`: also what did not grow.
    pub zeros: bool,
    /// `-n`: shows nothing.
    pub silent: bool,
    /// `-r`: forgets what it remembers.
    pub reset: bool,
    /// Names, in which `*` stands for any text and `?` for any letter; all if there are none.
    pub patterns: Vec<String>,
}

pub(super) static NSTAT: Tool = Tool {
    name: "nstat",
    options: &[
        flag("-a", "--ignore"),
        flag("-s", "--noupdate"),
        flag("-z", "--zeros"),
        flag("-n", "--nooutput"),
        flag("-r", "--reset"),
        real("-d", "--scan"),
        real("-h", "--help"),
        real("-j", "--json"),
        real("-p", "--pretty"),
        real("-t", "--interval"),
        real("-V", "--version"),
    ],
    dialect: Dialect::Long,
    status: 255,
};

impl Nstat {
    pub(super) fn parse(words: &[Word]) -> Result<Self, CommandError> {
        let mut nstat = Self::default();
        for arg in NSTAT.args(words) {
            match arg? {
                Arg::Operand(word) => nstat.patterns.push(pattern(&word)?),
                Arg::Option(given) => match given.name {
                    "-a" => nstat.ignore = true,
                    "-s" => nstat.keep = true,
                    "-z" => nstat.zeros = true,
                    "-n" => nstat.silent = true,
                    _ => nstat.reset = true,
                },
            }
        }
        Ok(nstat)
    }

    /// Whether a counter is meant, in any spelling. iproute2 6.1 misc/nstat.c, match.
    pub fn means(&self, counter: Counter) -> bool {
        let name = counter.name().as_bytes();
        self.patterns.is_empty()
            || self.patterns.iter().any(|pattern| is_like(pattern.as_bytes(), name))
    }
}

/// A name that Linux counts and this simulator does not is refused: printed as nothing, it would
/// pass for 0. One that exists nowhere is passed over in silence, as on Linux.
fn pattern(word: &Word) -> Result<String, CommandError> {
    if word.text.contains(['[', '\\']) {
        let help = text!("* is any text, ? any letter", "* 代表任意文本，? 代表任意一个字符");
        return Err(CommandError::not_simulated(word, 255).help(help));
    }
    if is_only_real(&word.text) {
        let names: Vec<&str> = Counter::ALL.iter().map(|counter| counter.name()).collect();
        return Err(CommandError::not_simulated(word, 255).known(&word.text, &names));
    }
    Ok(word.text.clone())
}

/// fnmatch(3) without brackets, letters in either case alike.
fn is_like(pattern: &[u8], name: &[u8]) -> bool {
    let (mut at, mut letter) = (0, 0);
    // Where to go on if the text of the last star has to be longer.
    let mut star = None;
    while letter < name.len() {
        match pattern.get(at) {
            Some(b'*') => {
                star = Some((at, letter));
                at += 1;
            }
            Some(one) if *one == b'?' || one.eq_ignore_ascii_case(&name[letter]) => {
                (at, letter) = (at + 1, letter + 1);
            }
            _ => {
                let Some((behind, from)) = star else { return false };
                star = Some((behind, from + 1));
                (at, letter) = (behind + 1, from + 1);
            }
        }
    }
    pattern[at..].iter().all(|rest| *rest == b'*')
}

impl fmt::Display for Nstat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("nstat")?;
        let flags = [
            ("-a", self.ignore),
            ("-s", self.keep),
            ("-z", self.zeros),
            ("-n", self.silent),
            ("-r", self.reset),
        ];
        for (flag, _) in flags.iter().filter(|(_, given)| *given) {
            write!(f, " {flag}")?;
        }
        if self.patterns.iter().any(|pattern| pattern.starts_with('-')) {
            f.write_str(" --")?;
        }
        self.patterns.iter().try_for_each(|pattern| write!(f, " {}", Quoted(pattern)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::testing::{prints, refuses};

    #[test]
    fn reads_and_prints() {
        prints(&[
            ("nstat", "nstat"),
            ("nstat -asz IpInReceives", "nstat -a -s -z IpInReceives"),
            ("nstat --zeros 'Icmp*' Nope", "nstat -z 'Icmp*' Nope"),
        ]);
    }

    #[test]
    fn refuses_what_is_not_counted() {
        #[rustfmt::skip]
        refuses(&[
            ("nstat -j", "-j", 255, "not simulated: -j"),
            ("nstat -x", "-x", 255, "nstat: invalid option -- 'x'"),
            ("nstat -as IpExtInOctets", "IpExtInOctets", 255, "not simulated: IpExtInOctets"),
            ("nstat -as '[a-z]*'", "'[a-z]*'", 255, "not simulated: [a-z]*"),
        ]);
    }

    #[test]
    #[rustfmt::skip]
    fn patterns_are_those_of_the_shell() {
        for (pattern, name, like) in [
            ("IpInReceives",  "IpInReceives", true),
            ("ipinreceives",  "IpInReceives", true),
            ("IpIn",          "IpInReceives", false),
            ("IpIn*",         "IpInReceives", true),
            ("*",             "IpInReceives", true),
            ("ip?n*s",        "IpInReceives", true),
            ("ip??n*s",       "IpInReceives", false),
            ("",              "IpInReceives", false),
        ] {
            assert_eq!(is_like(pattern.as_bytes(), name.as_bytes()), like, "{pattern} {name}");
        }
    }
}
