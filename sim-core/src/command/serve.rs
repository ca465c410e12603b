//! `serve`: a small server of our own. There is no such program on Linux.
//!
//! It goes into the background by itself, with or without `&`.
//! All kinds answer with the server's name: `http` each request, `tcp` whatever has come, `udp` each
//! datagram.

use std::fmt;
use std::net::Ipv4Addr;

use super::error::{CommandError, ports};
use super::options::{Arg, Dialect, Tool, value};
use super::value::{decimal, service_port};
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

static SERVE: Tool = Tool {
    name: "serve",
    options: &[value("--bind", ""), value("--name", "")],
    dialect: Dialect::Long,
    status: 2,
};

/// How it is written.
fn shape() -> Text {
    Text::same("serve http|tcp|udp PORT [--bind ADDR] [--name NAME]")
}

impl Serve {
    pub(super) fn parse(words: &[Word]) -> Result<Self, CommandError> {
        let (mut bind, mut name) = (None, None);
        let mut operands = Vec::new();
        for arg in SERVE.args(words) {
            match arg? {
                Arg::Option(given) if given.name == "--bind" => bind = Some(addr(&given.value)?),
                Arg::Option(given) => name = Some(given.value.text),
                Arg::Operand(word) => operands.push(word),
            }
        }
        match operands.as_slice() {
            [kind, port] => Ok(Self { kind: read_kind(kind)?, port: read_port(port)?, bind, name }),
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
        Ok(())
    }
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
            ("serve http 80 --name", "--name", 2, "serve: option '--name' requires an argument"),
        ]);
    }
}
