//! `check`: a health check of our own. There is no such program on Linux: it stands for the
//! checkers of keepalived and ldirectord.
//!
//! It goes into the background by itself, with or without `&`.

use std::fmt;
use std::net::Ipv4Addr;
use std::time::Duration;

use lvs_engine::Endpoint;

use super::error::CommandError;
use super::options::{Arg, Dialect, Given, Tool, flag, value};
use super::value::{decimal, service_port, span, written_span};
use super::word::Word;
use crate::{Text, text};

/// A health check that runs until it is killed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// What it asks for.
    pub kind: Kind,
    /// The TCP service whose destinations it asks.
    pub vip: Endpoint,
    /// `--every`: how long it is from one question to the next.
    pub every: Duration,
    /// `--timeout`: how long it waits for an answer; shorter than `every`.
    pub timeout: Duration,
    /// `--fall`: after so many failures in a row a destination is taken out.
    pub fall: u32,
    /// `--rise`: after so many answers in a row it is put back.
    pub rise: u32,
    /// `--weight-0`: a destination that fails stays in the table, with weight 0.
    pub weight_0: bool,
}

/// What a destination must do to be well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Answer a request with status 200.
    Http,
    /// Accept a connection.
    Tcp,
}

impl Kind {
    /// Its word on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Tcp => "tcp",
        }
    }
}

impl Check {
    /// A check with all that is not said.
    pub const fn new(kind: Kind, vip: Endpoint) -> Self {
        let (every, timeout) = (Duration::from_secs(2), Duration::from_secs(1));
        Self { kind, vip, every, timeout, fall: 2, rise: 1, weight_0: false }
    }
}

pub(super) static CHECK: Tool = Tool {
    name: "check",
    options: &[
        value("--every", ""),
        value("--timeout", ""),
        value("--fall", ""),
        value("--rise", ""),
        flag("--weight-0", ""),
    ],
    dialect: Dialect::Long,
    status: 2,
};

/// The least time between two questions: below, most of what a lab shows would be questions.
const LEAST: Duration = Duration::from_millis(100);
/// The longest.
const MOST: Duration = Duration::from_secs(3600);
/// The most failures, or answers, in a row.
const MOST_TIMES: u32 = 100;

/// How it is written.
fn shape() -> Text {
    Text::same(
        "check http|tcp VIP:PORT [--every 2s] [--timeout 1s] [--fall 2] [--rise 1] [--weight-0]",
    )
}

impl Check {
    pub(super) fn parse(words: &[Word]) -> Result<Self, CommandError> {
        let mut options: Vec<Given> = Vec::new();
        let mut operands = Vec::new();
        for arg in CHECK.args(words) {
            match arg? {
                Arg::Option(given) => options.push(given),
                Arg::Operand(word) => operands.push(word),
            }
        }
        let mut check = match operands.as_slice() {
            [kind, vip] => Self::new(read_kind(kind)?, read_vip(vip)?),
            [_, _, extra, ..] => return Err(CHECK.extra(extra)),
            _ => {
                let message = text!("check: which service?", "check: 检查哪个服务？");
                return Err(CommandError::new(&words[0].span, 2, message).help(shape()));
            }
        };
        for given in &options {
            match given.name {
                "--every" => check.every = time(&given.value)?,
                "--timeout" => check.timeout = time(&given.value)?,
                "--fall" => check.fall = times(&given.value)?,
                "--rise" => check.rise = times(&given.value)?,
                _ => check.weight_0 = true,
            }
        }
        if check.timeout < check.every {
            return Ok(check);
        }
        // What was typed is to blame, and if neither was, nothing is.
        let said = |name| options.iter().rfind(|given| given.name == name);
        let at = said("--timeout").or_else(|| said("--every")).map_or(&words[0], |it| &it.value);
        let (wait, every) = (written_span(check.timeout), written_span(check.every));
        let message = text!(
            "check: an answer is waited for {wait}, but the next question comes after {every}",
            "check: 等待应答 {wait}，而下一次询问在 {every} 之后"
        );
        let help = text!("the timeout is shorter than --every", "--timeout 要小于 --every");
        Err(CommandError::new(&at.span, 2, message).help(help))
    }
}

fn read_kind(word: &Word) -> Result<Kind, CommandError> {
    let found = [Kind::Http, Kind::Tcp].into_iter().find(|kind| kind.name() == word.text);
    found.ok_or_else(|| {
        let kind = &word.text;
        let message = text!("check: unknown kind {kind}", "check: 没有 {kind} 这种检查");
        CommandError::new(&word.span, 2, message).known(&word.text, &["http", "tcp"])
    })
}

fn read_vip(word: &Word) -> Result<Endpoint, CommandError> {
    let read = || {
        let (addr, port) = word.text.split_once(':')?;
        let port = service_port(port).or_else(|| decimal(port)).filter(|port| *port > 0)?;
        Some(Endpoint::new(addr.parse().ok()?, port))
    };
    read().ok_or_else(|| {
        let vip = &word.text;
        let message = text!("check: invalid service {vip}", "check: 服务 {vip} 不对");
        CommandError::new(&word.span, 2, message).help(text!(
            "a TCP service of this director, as 192.0.2.100:80",
            "本调度器的一个 TCP 服务，如 192.0.2.100:80",
        ))
    })
}

fn time(word: &Word) -> Result<Duration, CommandError> {
    span(&word.text).filter(|time| (LEAST..=MOST).contains(time)).ok_or_else(|| {
        let time = &word.text;
        let message = text!("check: invalid time {time}", "check: 时间 {time} 不对");
        let (least, most) = (written_span(LEAST), written_span(MOST));
        CommandError::new(&word.span, 2, message).help(text!(
            "as 2s, 0.5s or 500ms: {least} to {most}",
            "如 2s、0.5s、500ms：{least} 到 {most}",
        ))
    })
}

fn times(word: &Word) -> Result<u32, CommandError> {
    decimal(&word.text).filter(|times| (1..=MOST_TIMES).contains(times)).ok_or_else(|| {
        let times = &word.text;
        let message = text!("check: invalid number {times}", "check: 次数 {times} 不对");
        CommandError::new(&word.span, 2, message)
            .help(text!("a number of 1 to {MOST_TIMES}", "1 到 {MOST_TIMES} 的整数"))
    })
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let usual = Self::new(self.kind, self.vip);
        write!(f, "check {} {}", self.kind.name(), self.vip)?;
        for (option, time, usual) in
            [("--every", self.every, usual.every), ("--timeout", self.timeout, usual.timeout)]
        {
            if time != usual {
                write!(f, " {option} {}", written_span(time))?;
            }
        }
        for (option, times, usual) in
            [("--fall", self.fall, usual.fall), ("--rise", self.rise, usual.rise)]
        {
            if times != usual {
                write!(f, " {option} {times}")?;
            }
        }
        if self.weight_0 {
            f.write_str(" --weight-0")?;
        }
        Ok(())
    }
}

/// What is asked over HTTP.
pub fn request(rip: Ipv4Addr) -> String {
    format!("GET / HTTP/1.1\r\nHost: {rip}\r\nUser-Agent: check\r\nAccept: */*\r\n\r\n")
}

/// The status of an answer, once its head is whole.
pub fn status(answer: &[u8]) -> Option<u16> {
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&answer[..end]);
    // What is no HTTP is no status that anybody could wish for.
    let status = head.split(' ').nth(1).and_then(|word| word.parse().ok());
    Some(status.filter(|_| head.starts_with("HTTP/1.")).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::status;
    use crate::command::testing::{prints, refuses};

    #[test]
    fn an_answer_has_a_status_when_its_head_is_whole() {
        for (answer, wanted) in [
            ("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n", Some(200)),
            ("HTTP/1.0 503 Service Unavailable\r\n\r\nbusy", Some(503)),
            ("HTTP/1.1 200 OK\r\n", None),
            ("", None),
            ("SSH-2.0 200 x\r\n\r\n", Some(0)),
            ("\r\n\r\n", Some(0)),
        ] {
            assert_eq!(status(answer.as_bytes()), wanted, "{answer:?}");
        }
    }

    #[test]
    fn reads_and_prints() {
        #[rustfmt::skip]
        prints(&[
            ("check http 192.0.2.100:80 &", "check http 192.0.2.100:80"),
            ("check tcp 192.0.2.100:http --every 2s --timeout 1000ms", "check tcp 192.0.2.100:80"),
            ("check --every=5 tcp 10.0.0.1:7 --timeout 0.25s --fall 3 --rise 2 --weight-0",
             "check tcp 10.0.0.1:7 --every 5s --timeout 0.25s --fall 3 --rise 2 --weight-0"),
        ]);
    }

    #[test]
    fn refuses_with_a_hint() {
        #[rustfmt::skip]
        refuses(&[
            ("check http", "check", 2, "check: which service?"),
            ("check udp 192.0.2.100:80", "udp", 2, "check: unknown kind udp"),
            ("check tcp 192.0.2.100", "192.0.2.100", 2, "check: invalid service 192.0.2.100"),
            ("check tcp 192.0.2.100:0", "192.0.2.100:0", 2, "check: invalid service 192.0.2.100:0"),
            ("check tcp 1.2.3.4:80 rs1", "rs1", 2, "check: unexpected argument rs1"),
            ("check tcp 1.2.3.4:80 --every 1x", "1x", 2, "check: invalid time 1x"),
            ("check tcp 1.2.3.4:80 --every 0", "0", 2, "check: invalid time 0"),
            ("check tcp 1.2.3.4:80 --every 2h", "2h", 2, "check: invalid time 2h"),
            ("check tcp 1.2.3.4:80 --fall 0", "0", 2, "check: invalid number 0"),
            ("check tcp 1.2.3.4:80 --rise 101", "101", 2, "check: invalid number 101"),
            ("check tcp 1.2.3.4:80 --timeout 3s", "3s", 2,
             "check: an answer is waited for 3s, but the next question comes after 2s"),
            ("check tcp 1.2.3.4:80 --every 1s", "1s", 2,
             "check: an answer is waited for 1s, but the next question comes after 1s"),
            ("check tcp 1.2.3.4:80 --evry 1s", "--evry", 2, "check: unrecognized option '--evry'"),
        ]);
    }
}
