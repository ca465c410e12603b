//! `serve`: a small server of our own. There is no such program on Linux.
//!
//! It goes into the background by itself, with or without `&`.
//! All kinds answer with the server's name: `http` each request, `tcp` whatever has come, `udp` each
//! datagram.

use std::fmt;
use std::net::Ipv4Addr;
use std::time::Duration;

use super::error::{CommandError, ports};
use super::options::{Arg, Dialect, Tool, flag, value};
use super::value::{decimal, service_port, span, written_span};
use super::word::{Quoted, Word};
use crate::{Text, text};

/// A server that runs until it is killed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Serve {
    /// What it speaks.
    pub kind: Kind,
    /// The port at which it listens.
    pub port: u16,
    /// `--bind`: the own address at which it listens; all of them if absent.
    pub bind: Option<Ipv4Addr>,
    /// `--name`: what it calls itself; the host's name if absent.
    pub name: Option<String>,
    /// How it answers.
    pub manner: Manner,
}

/// How a server answers: a half-dead one badly, late or not at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Manner {
    /// `--mute`: it accepts and reads, and never answers.
    pub mute: bool,
    /// `--delay`: each answer comes so much later.
    pub delay: Duration,
    /// `--status`: the status of HTTP answers.
    pub status: u16,
}

impl Default for Manner {
    /// A server that is well.
    fn default() -> Self {
        Self { mute: false, delay: Duration::ZERO, status: 200 }
    }
}

/// What a server speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// HTTP/1.1.
    Http,
    /// A line with the name, over TCP.
    Tcp,
    /// A line with the name, over UDP.
    Udp,
}

impl Kind {
    /// Its word on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Tcp => "tcp",
            Self::Udp => "udp",
        }
    }
}

pub(super) static SERVE: Tool = Tool {
    name: "serve",
    options: &[
        value("--bind", ""),
        value("--name", ""),
        flag("--mute", ""),
        value("--delay", ""),
        value("--status", ""),
    ],
    dialect: Dialect::Long,
    status: 2,
};

/// The longest that an answer may be held back.
const LONGEST_DELAY: Duration = Duration::from_secs(3600);

/// How it is written.
fn shape() -> Text {
    Text::same(
        "serve http|tcp|udp PORT [--bind ADDR] [--name NAME] [--mute | --delay 2s] [--status 500]",
    )
}

impl Serve {
    pub(super) fn parse(words: &[Word]) -> Result<Self, CommandError> {
        let (mut bind, mut name, mut manner) = (None, None, Manner::default());
        let (mut answers, mut http) = (None, None);
        let mut operands = Vec::new();
        for arg in SERVE.args(words) {
            match arg? {
                Arg::Option(given) if given.name == "--bind" => bind = Some(addr(&given.value)?),
                Arg::Option(given) if given.name == "--name" => name = Some(given.value.text),
                Arg::Option(given) if given.name == "--mute" => manner.mute = true,
                Arg::Option(given) if given.name == "--delay" => {
                    manner.delay = delay(&given.value)?;
                    answers = Some(given.typed);
                }
                Arg::Option(given) => {
                    manner.status = status(&given.value)?;
                    answers = Some(given.typed.clone());
                    http = Some(given.typed);
                }
                Arg::Operand(word) => operands.push(word),
            }
        }
        match operands.as_slice() {
            [kind, port] => {
                let (kind, port) = (read_kind(kind)?, read_port(port)?);
                if let Some(typed) = http.filter(|_| kind != Kind::Http) {
                    let message = text!(
                        "serve: only http answers have a status",
                        "serve: 只有 http 的应答有状态码"
                    );
                    return Err(CommandError::new(&typed.span, 2, message).help(shape()));
                }
                if let Some(typed) = answers.filter(|_| manner.mute) {
                    let message = text!(
                        "serve: who never answers has neither delay nor status",
                        "serve: 从不应答，也就没有延迟和状态码"
                    );
                    return Err(CommandError::new(&typed.span, 2, message).help(shape()));
                }
                Ok(Self { kind, port, bind, name, manner })
            }
            [_, _, extra, ..] => Err(SERVE.extra(extra)),
            _ => {
                let message =
                    text!("serve: what and at which port?", "serve: 提供什么服务？在哪个端口？");
                Err(CommandError::new(&words[0].span, 2, message).help(shape()))
            }
        }
    }
}

fn read_kind(word: &Word) -> Result<Kind, CommandError> {
    let found =
        [Kind::Http, Kind::Tcp, Kind::Udp].into_iter().find(|kind| kind.name() == word.text);
    found.ok_or_else(|| {
        let kind = &word.text;
        let message = text!("serve: unknown kind {kind}", "serve: 没有 {kind} 这种服务");
        CommandError::new(&word.span, 2, message).known(&word.text, &["http", "tcp", "udp"])
    })
}

fn read_port(word: &Word) -> Result<u16, CommandError> {
    let port = service_port(&word.text).or_else(|| decimal(&word.text)).filter(|port| *port > 0);
    port.ok_or_else(|| {
        let port = &word.text;
        let message = text!("serve: invalid port {port}", "serve: 端口 {port} 不对");
        CommandError::new(&word.span, 2, message).help(ports())
    })
}

fn delay(word: &Word) -> Result<Duration, CommandError> {
    span(&word.text).filter(|time| *time <= LONGEST_DELAY).ok_or_else(|| {
        let time = &word.text;
        let message = text!("serve: invalid delay {time}", "serve: 延迟 {time} 不对");
        let most = written_span(LONGEST_DELAY);
        CommandError::new(&word.span, 2, message)
            .help(text!("as 2s, 0.5s or 500ms, at most {most}", "如 2s、0.5s、500ms，最多 {most}",))
    })
}

fn status(word: &Word) -> Result<u16, CommandError> {
    decimal(&word.text).filter(|status| (200..600).contains(status)).ok_or_else(|| {
        let status = &word.text;
        let message = text!("serve: invalid status {status}", "serve: 状态码 {status} 不对");
        CommandError::new(&word.span, 2, message)
            .help(text!("a status is 200 to 599", "状态码为 200 到 599"))
    })
}

fn addr(word: &Word) -> Result<Ipv4Addr, CommandError> {
    let text = &word.text;
    text.parse().map_err(|_| {
        let message = text!("serve: invalid address {text}", "serve: 地址 {text} 不对");
        CommandError::new(&word.span, 2, message).help(text!(
            "an IPv4 address of this host, as 192.0.2.100",
            "本机的一个 IPv4 地址，如 192.0.2.100",
        ))
    })
}

impl fmt::Display for Serve {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "serve {} {}", self.kind.name(), self.port)?;
        if let Some(addr) = self.bind {
            write!(f, " --bind {addr}")?;
        }
        if let Some(name) = &self.name {
            write!(f, " --name {}", Quoted(name))?;
        }
        let Manner { mute, delay, status } = self.manner;
        if mute {
            f.write_str(" --mute")?;
        }
        if !delay.is_zero() {
            write!(f, " --delay {}", written_span(delay))?;
        }
        if status != 200 {
            write!(f, " --status {status}")?;
        }
        Ok(())
    }
}

/// A status with its name, where it is one that servers in trouble give.
pub fn status_line(status: u16) -> String {
    let name = match status {
        200 => "OK",
        404 => "Not Found",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        _ => "Status",
    };
    format!("{status} {name}")
}

#[cfg(test)]
mod tests {
    use crate::command::testing::{prints, refuses};

    #[test]
    fn reads_and_prints() {
        #[rustfmt::skip]
        prints(&[
            ("serve http 80 &", "serve http 80"),
            ("serve --name rs1 udp domain --bind=192.0.2.1", "serve udp 53 --bind 192.0.2.1 --name rs1"),
            ("serve tcp 7 --name 'a b'", "serve tcp 7 --name 'a b'"),
            ("serve tcp 7 --mute --name rs1", "serve tcp 7 --name rs1 --mute"),
            ("serve http 80 --status 503 --delay 1500ms", "serve http 80 --delay 1.5s --status 503"),
            ("serve http 80 --status 200 --delay 0", "serve http 80"),
        ]);
    }

    #[test]
    fn refuses_with_a_hint() {
        #[rustfmt::skip]
        refuses(&[
            ("serve http", "serve", 2, "serve: what and at which port?"),
            ("serve htp 80", "htp", 2, "serve: unknown kind htp"),
            ("serve http 0", "0", 2, "serve: invalid port 0"),
            ("serve http 80 90", "90", 2, "serve: unexpected argument 90"),
            ("serve http 80 --bind x", "x", 2, "serve: invalid address x"),
            ("serve http 80 --nam x", "--nam", 2, "serve: unrecognized option '--nam'"),
            ("serve http 80 --delay 2x", "2x", 2, "serve: invalid delay 2x"),
            ("serve http 80 --delay 3601", "3601", 2, "serve: invalid delay 3601"),
            ("serve http 80 --status 100", "100", 2, "serve: invalid status 100"),
            ("serve tcp 80 --status 500", "--status", 2, "serve: only http answers have a status"),
            ("serve http 80 --mute --delay 1s", "--delay", 2,
             "serve: who never answers has neither delay nor status"),
            ("serve http 80 --name", "--name", 2, "serve: option '--name' requires an argument"),
        ]);
    }
}
