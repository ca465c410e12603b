//! `arping` of iputils (package `iputils-arping`). Habets' program of the same name has other
//! options and other frames.

use std::fmt;
use std::net::Ipv4Addr;

use super::error::CommandError;
use super::iputils::{host, number};
use super::options::{Arg, Dialect, Given, Tool, flag, real, value};
use super::value::is_iface_name;
use super::word::{Quoted, Word};
use crate::text;

/// ARP requests or announcements, one a second.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arping {
    /// What is sent: asking, announcing or looking for a duplicate.
    pub mode: Mode,
    /// `-I`: out of which interface; without it, the one that leads to the address.
    pub iface: Option<String>,
    /// `-c`: how many.
    pub count: Option<u32>,
    /// `-w`: end after so many seconds.
    pub deadline_s: Option<u32>,
    /// `-s`: the sender's address; it must be an own one.
    pub source: Option<Ipv4Addr>,
    /// `-b`: go on broadcasting after the first answer.
    pub broadcast: bool,
    /// `-f`: end at the first answer.
    pub first: bool,
    /// The address that is asked for, or announced.
    pub addr: Ipv4Addr,
}

/// What arping sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// A request: who has the address?
    Ask,
    /// `-U`: a gratuitous request, so that others update their entry.
    Announce,
    /// `-A`: the same as a reply.
    Answer,
    /// `-D`: a probe from 0.0.0.0; an answer means that the address is taken.
    Duplicate,
}

pub(super) static ARPING: Tool = Tool {
    name: "arping",
    options: &[
        value("-I", ""),
        value("-c", ""),
        value("-w", ""),
        value("-s", ""),
        flag("-U", ""),
        flag("-A", ""),
        flag("-D", ""),
        flag("-b", ""),
        flag("-f", ""),
        real("-q", ""),
        real("-i", ""),
        real("-V", ""),
        real("-h", ""),
    ],
    dialect: Dialect::Short,
    status: 2,
};

impl Arping {
    /// How an arping is without options.
    pub fn to(addr: Ipv4Addr) -> Self {
        Self {
            mode: Mode::Ask,
            iface: None,
            count: None,
            deadline_s: None,
            source: None,
            broadcast: false,
            first: false,
            addr,
        }
    }

    pub(super) fn parse(words: &[Word]) -> Result<Self, CommandError> {
        let mut arping = Self::to(Ipv4Addr::UNSPECIFIED);
        let mut target = None;
        for arg in ARPING.args(words) {
            match arg? {
                Arg::Option(given) => arping.set(&given)?,
                Arg::Operand(word) if target.is_none() => target = Some(word),
                Arg::Operand(word) => return Err(ARPING.extra(&word)),
            }
        }
        let Some(word) = target else {
            let message = "Usage:\n  arping [options] <destination>";
            return Err(CommandError::tool(&words[0].span, 2, message).help(ARPING.known()));
        };
        arping.addr = host("arping", &word)?;
        Ok(arping)
    }

    /// Two of `-U -A -D` on one line: `-A` is `-U` as a reply, and `-D` beside them makes frames
    /// that nobody wants.
    fn beside(&self, mode: Mode, given: &Given) -> Result<Mode, CommandError> {
        match (self.mode, mode) {
            (Mode::Ask, other) | (other, Mode::Ask) => Ok(other),
            (one, other) if one == other => Ok(one),
            (Mode::Duplicate, _) | (_, Mode::Duplicate) => {
                Err(CommandError::not_simulated(&given.typed, 2)
                    .help(text!("-D stands without -U and -A", "-D 不与 -U 和 -A 同用")))
            }
            _ => Ok(Mode::Answer),
        }
    }

    fn set(&mut self, given: &Given) -> Result<(), CommandError> {
        let word = &given.value;
        match given.name {
            "-I" => self.iface = Some(iface(word)?),
            "-c" => self.count = Some(number("arping", word, 1..=i32::MAX.into())?),
            "-w" => self.deadline_s = Some(number("arping", word, 0..=i32::MAX.into())?),
            "-s" => self.source = Some(source(word)?),
            "-U" => self.mode = self.beside(Mode::Announce, given)?,
            "-A" => self.mode = self.beside(Mode::Answer, given)?,
            "-D" => self.mode = self.beside(Mode::Duplicate, given)?,
            "-b" => self.broadcast = true,
            "-f" => self.first = true,
            name => unreachable!("{name} is in the table"),
        }
        Ok(())
    }
}

fn iface(word: &Word) -> Result<String, CommandError> {
    if is_iface_name(&word.text) {
        return Ok(word.text.clone());
    }
    let message = format!("arping: Device {} not available.", word.text);
    Err(CommandError::tool(&word.span, 2, message))
}

fn source(word: &Word) -> Result<Ipv4Addr, CommandError> {
    let message = || format!("arping: invalid source {}", word.text);
    word.text.parse().map_err(|_| CommandError::tool(&word.span, 2, message()))
}

impl fmt::Display for Arping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("arping")?;
        let mode = match self.mode {
            Mode::Ask => "",
            Mode::Announce => " -U",
            Mode::Answer => " -A",
            Mode::Duplicate => " -D",
        };
        f.write_str(mode)?;
        if self.broadcast {
            f.write_str(" -b")?;
        }
        if self.first {
            f.write_str(" -f")?;
        }
        if let Some(count) = self.count {
            write!(f, " -c {count}")?;
        }
        if let Some(deadline) = self.deadline_s {
            write!(f, " -w {deadline}")?;
        }
        if let Some(iface) = &self.iface {
            write!(f, " -I {}", Quoted(iface))?;
        }
        if let Some(source) = self.source {
            write!(f, " -s {source}")?;
        }
        write!(f, " {}", self.addr)
    }
}

#[cfg(test)]
mod tests {
    use crate::command::testing::{prints, refuses};

    #[test]
    fn reads_and_prints() {
        prints(&[
            ("arping -U -I eth0 172.16.100.100", "arping -U -I eth0 172.16.100.100"),
            ("arping -c 3 -I eth0 192.0.2.1", "arping -c 3 -I eth0 192.0.2.1"),
            ("arping -Dfc1 192.0.2.1 -w 2", "arping -D -f -c 1 -w 2 192.0.2.1"),
            ("arping -b -s 192.0.2.9 192.0.2.1", "arping -b -s 192.0.2.9 192.0.2.1"),
        ]);
    }

    #[test]
    fn refuses_in_arpings_words() {
        #[rustfmt::skip]
        refuses(&[
            ("arping", "arping", 2, "Usage:\n  arping [options] <destination>"),
            ("arping -P 192.0.2.1", "-P", 2, "arping: invalid option -- 'P'"),
            ("arping -i eth0 192.0.2.1", "-i", 2, "not simulated: -i"),
            ("arping -c 0 192.0.2.1", "0", 1, "arping: invalid argument: '0': out of range: 1 <= value <= 2147483647"),
            ("arping -w 1.5 192.0.2.1", "1.5", 1, "arping: invalid argument: '1.5'"),
            ("arping -s x 192.0.2.1", "x", 2, "arping: invalid source x"),
            ("arping -I a/b 192.0.2.1", "a/b", 2, "arping: Device a/b not available."),
            ("arping -U -D 192.0.2.1", "-D", 2, "not simulated: -D"),
            ("arping nohost", "nohost", 2, "arping: nohost: Temporary failure in name resolution"),
        ]);
    }
}
