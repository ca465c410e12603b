//! `ss` of iproute2: the sockets of TCP and UDP.

use std::fmt;

use super::error::CommandError;
use super::options::{Arg, Dialect, Tool, flag, real};
use super::word::Word;
use crate::text;

/// One `ss` command.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ss {
    /// `-t`: those of TCP.
    pub tcp: bool,
    /// `-u`: those of UDP.
    pub udp: bool,
    /// `-a`: in all states.
    pub all: bool,
    /// `-l`: those that listen.
    pub listening: bool,
    /// `-n`: ports as numbers.
    pub numeric: bool,
    /// `-o`: with timers.
    pub timers: bool,
    /// `-s`: how many there are; without `-t` and `-u` only that.
    pub summary: bool,
    /// `-H`: without the head.
    pub no_header: bool,
    /// `state NAME`: in these.
    pub states: Vec<Filter>,
}

/// A state of a socket; the numbers are the kernel's. Linux 6.1 tcp_states.h.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names of RFC 9293")]
pub enum State {
    Established = 1,
    SynSent,
    SynRecv,
    FinWait1,
    FinWait2,
    TimeWait,
    Closed,
    CloseWait,
    LastAck,
    Listening,
    Closing,
}

impl State {
    /// All of them.
    const ALL: [Self; 11] = [
        Self::Established,
        Self::SynSent,
        Self::SynRecv,
        Self::FinWait1,
        Self::FinWait2,
        Self::TimeWait,
        Self::Closed,
        Self::CloseWait,
        Self::LastAck,
        Self::Listening,
        Self::Closing,
    ];

    /// As a filter names it, and as a row does.
    const fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Established => ("established", "ESTAB"),
            Self::SynSent => ("syn-sent", "SYN-SENT"),
            Self::SynRecv => ("syn-recv", "SYN-RECV"),
            Self::FinWait1 => ("fin-wait-1", "FIN-WAIT-1"),
            Self::FinWait2 => ("fin-wait-2", "FIN-WAIT-2"),
            Self::TimeWait => ("time-wait", "TIME-WAIT"),
            Self::Closed => ("closed", "UNCONN"),
            Self::CloseWait => ("close-wait", "CLOSE-WAIT"),
            Self::LastAck => ("last-ack", "LAST-ACK"),
            Self::Listening => ("listening", "LISTEN"),
            Self::Closing => ("closing", "CLOSING"),
        }
    }
}

/// A set of states, a bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct States(u16);

impl States {
    const ALL: Self = Self((1 << 12) - 2);

    const fn of(state: State) -> Self {
        Self(1 << state as u16)
    }

    const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether a row says one of these, as `ESTAB`.
    pub fn has(self, row: &str) -> bool {
        State::ALL.iter().any(|&own| own.names().1 == row && self.0 & Self::of(own).0 != 0)
    }

    /// Whether there is but one: then no row needs to say it.
    pub fn is_one(self) -> bool {
        self.0.is_power_of_two()
    }
}

/// What stands behind `state`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Filter(usize);

/// Groups of states, with those that they leave out. iproute2 6.1: misc/ss.c, scan_state.
const GROUPS: [(&str, States); 5] = [
    ("all", States::ALL),
    ("connected", CONNECTED),
    ("synchronized", CONNECTED.without(States::of(State::SynSent))),
    ("bucket", BUCKET),
    ("big", States::ALL.without(BUCKET)),
];
const IDLE: States = States::of(State::Closed).with(States::of(State::Listening));
const CONNECTED: States = States::ALL.without(IDLE);
const BUCKET: States = States::of(State::SynRecv).with(States::of(State::TimeWait));

impl Filter {
    fn all() -> impl Iterator<Item = (&'static str, States)> {
        let states = State::ALL.into_iter().map(|state| (state.names().0, States::of(state)));
        GROUPS.into_iter().chain(states)
    }

    fn read(word: &Word) -> Result<Self, CommandError> {
        let found = Self::all().position(|(name, _)| name.eq_ignore_ascii_case(&word.text));
        found.map(Self).ok_or_else(|| {
            let message = format!("ss: wrong state name: {}", word.text);
            let names: Vec<&str> = Self::all().map(|(name, _)| name).collect();
            CommandError::tool(&word.span, 255, message).known(&word.text, &names)
        })
    }

    fn parts(self) -> (&'static str, States) {
        Self::all().nth(self.0).expect("it was found in the list")
    }
}

pub(super) static SS: Tool = Tool {
    name: "ss",
    options: &[
        flag("-t", "--tcp"),
        flag("-u", "--udp"),
        flag("-a", "--all"),
        flag("-l", "--listening"),
        flag("-n", "--numeric"),
        flag("-o", "--options"),
        flag("-s", "--summary"),
        flag("-4", "--ipv4"),
        flag("-H", "--no-header"),
        real("-0", "--packet"),
        real("-6", "--ipv6"),
        real("-A", "--query"),
        real("-b", "--bpf"),
        real("-d", "--dccp"),
        real("-D", "--diag"),
        real("-e", "--extended"),
        real("-E", "--events"),
        real("-f", "--family"),
        real("-F", "--filter"),
        real("-h", "--help"),
        real("-i", "--info"),
        real("-K", "--kill"),
        real("-m", "--memory"),
        real("-M", "--mptcp"),
        real("-N", "--net"),
        real("-O", "--oneline"),
        real("-p", "--processes"),
        real("-r", "--resolve"),
        real("-S", "--sctp"),
        real("-T", "--threads"),
        real("-V", "--version"),
        real("-w", "--raw"),
        real("-x", "--unix"),
        real("-z", "--contexts"),
        real("-Z", "--context"),
    ],
    dialect: Dialect::Long,
    status: 255,
};

impl Ss {
    pub(super) fn parse(words: &[Word]) -> Result<Self, CommandError> {
        let mut ss = Self::default();
        let mut operands = Vec::new();
        for arg in SS.args(words) {
            match arg? {
                Arg::Operand(word) => operands.push(word),
                Arg::Option(given) => match given.name {
                    "-t" => ss.tcp = true,
                    "-u" => ss.udp = true,
                    "-a" => ss.all = true,
                    "-l" => ss.listening = true,
                    "-n" => ss.numeric = true,
                    "-o" => ss.timers = true,
                    "-s" => ss.summary = true,
                    "-H" => ss.no_header = true,
                    // There is nothing but IPv4 here.
                    _ => {}
                },
            }
        }
        let mut operands = operands.iter();
        while let Some(word) = operands.next() {
            if word.text != "state" {
                let help = text!("known: state NAME", "可用：state NAME");
                return Err(CommandError::not_simulated(word, 255).help(help));
            }
            let Some(name) = operands.next() else {
                let message = "Command line is not complete. Try option \"help\"";
                return Err(CommandError::tool(&word.span, 255, message));
            };
            ss.states.push(Filter::read(name)?);
        }
        let only_summary = ss.summary && !ss.all && !ss.listening && ss.states.is_empty();
        if !ss.tcp && !ss.udp && !only_summary {
            let what = text!("ss without -t, -u or -s", "不带 -t、-u 或 -s 的 ss");
            return Err(CommandError::without(&words[0].span, 255, &what).help(SS.known()));
        }
        Ok(ss)
    }

    /// The states that are listed. iproute2 6.1: misc/ss.c, filter_merge_defaults.
    pub fn listed(&self) -> States {
        match (self.states.is_empty(), self.all, self.listening) {
            (false, ..) => {
                self.states.iter().fold(States::default(), |set, filter| set.with(filter.parts().1))
            }
            (_, true, _) => States::ALL,
            (_, _, true) => IDLE,
            _ if self.tcp => CONNECTED.without(BUCKET),
            _ => States::of(State::Established),
        }
    }

    /// What may stand behind `state`.
    pub(super) fn state_names() -> Vec<&'static str> {
        Filter::all().map(|(name, _)| name).collect()
    }
}

impl fmt::Display for Ss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ss")?;
        let flags = [
            ("-t", self.tcp),
            ("-u", self.udp),
            ("-a", self.all),
            ("-l", self.listening),
            ("-n", self.numeric),
            ("-o", self.timers),
            ("-s", self.summary),
            ("-H", self.no_header),
        ];
        for (flag, _) in flags.iter().filter(|(_, given)| *given) {
            write!(f, " {flag}")?;
        }
        self.states.iter().try_for_each(|filter| write!(f, " state {}", filter.parts().0))
    }
}

#[cfg(test)]
mod tests {
    use crate::command::testing::{prints, refuses};

    #[test]
    fn reads_and_prints() {
        prints(&[
            ("ss -tan", "ss -t -a -n"),
            ("ss -4 --udp --listening", "ss -u -l"),
            ("ss -ntao", "ss -t -a -n -o"),
            ("ss -s", "ss -s"),
            ("ss -tnH state TIME-WAIT state big", "ss -t -n -H state time-wait state big"),
        ]);
    }

    #[test]
    fn refuses_the_rest() {
        #[rustfmt::skip]
        refuses(&[
            ("ss", "ss", 255, "not simulated: ss without -t, -u or -s"),
            ("ss -an", "ss", 255, "not simulated: ss without -t, -u or -s"),
            ("ss -as", "ss", 255, "not simulated: ss without -t, -u or -s"),
            ("ss -tanp", "-tanp", 255, "not simulated: -p"),
            ("ss -tanQ", "-tanQ", 255, "ss: invalid option -- 'Q'"),
            ("ss -tan state foo", "foo", 255, "ss: wrong state name: foo"),
            ("ss -tan state", "state", 255, "Command line is not complete. Try option \"help\""),
            ("ss -tan dst 192.0.2.1", "dst", 255, "not simulated: dst"),
        ]);
    }
}
