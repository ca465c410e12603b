//! `nc`: OpenBSD's netcat, as Debian has it.

use std::fmt;
use std::net::Ipv4Addr;

use super::error::{CommandError, unresolved};
use super::input::Input;
use super::options::{Arg, Dialect, Given, Tool, flag, real, value};
use super::value::{decimal, service_port};
use super::word::Word;
use crate::text;

/// One connection or one datagram exchange, to a host or waited for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nc {
    /// `-u`: UDP in place of TCP.
    pub udp: bool,
    /// `-z`: only try whether it connects.
    pub scan: bool,
    /// `-v`: say what happens.
    pub verbose: bool,
    /// `-n`: no names. There are none, so it changes nothing.
    pub numeric: bool,
    /// `-w`: end after so many silent seconds.
    pub wait_s: Option<u32>,
    /// With whom.
    pub peer: Peer,
    /// What is sent.
    pub input: Input,
}

/// Which end nc plays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Peer {
    /// `-l`: whoever comes, at this port and perhaps only at this own address.
    Listen {
        /// The own address; any if absent.
        addr: Option<Ipv4Addr>,
        /// The own port.
        port: u16,
    },
    /// A host and its port.
    Connect {
        /// Its address.
        addr: Ipv4Addr,
        /// Its port.
        port: u16,
        /// `-p`: the own port.
        local_port: Option<u16>,
        /// `-s`: the own address.
        source: Option<Ipv4Addr>,
    },
}

pub(super) static NC: Tool = Tool {
    name: "nc",
    options: &[
        flag("-u", ""),
        flag("-l", ""),
        value("-p", ""),
        value("-s", ""),
        value("-w", ""),
        flag("-z", ""),
        flag("-v", ""),
        flag("-n", ""),
        real("-4", ""),
        real("-6", ""),
        real("-b", ""),
        real("-C", ""),
        real("-D", ""),
        real("-d", ""),
        real("-F", ""),
        real("-h", ""),
        real("-I", ""),
        real("-i", ""),
        real("-k", ""),
        real("-M", ""),
        real("-m", ""),
        real("-N", ""),
        real("-O", ""),
        real("-P", ""),
        real("-q", ""),
        real("-r", ""),
        real("-S", ""),
        real("-T", ""),
        real("-t", ""),
        real("-U", ""),
        real("-V", ""),
        real("-W", ""),
        real("-X", ""),
        real("-x", ""),
        real("-Z", ""),
    ],
    dialect: Dialect::Short,
    status: 1,
};

/// What stood on the line, before it is known which end nc plays.
#[derive(Default)]
struct Typed {
    udp: bool,
    listen: Option<Word>,
    local_port: Option<Word>,
    source: Option<Word>,
    wait_s: Option<u32>,
    scan: Option<Word>,
    verbose: bool,
    numeric: bool,
    operands: Vec<Word>,
}

impl Nc {
    pub(super) fn parse(words: &[Word], input: &Input) -> Result<Self, CommandError> {
        let mut typed = Typed::default();
        for arg in NC.args(words) {
            match arg? {
                Arg::Option(given) => typed.set(given)?,
                Arg::Operand(word) => typed.operands.push(word),
            }
        }
        if let (Some(_), Some(scan)) = (&typed.listen, &typed.scan) {
            return Err(CommandError::tool(&scan.span, 1, "nc: cannot use -z and -l"));
        }
        let peer = match &typed.listen {
            Some(_) => typed.listen(&words[0])?,
            None => typed.connect(&words[0])?,
        };
        Ok(Self {
            udp: typed.udp,
            scan: typed.scan.is_some(),
            verbose: typed.verbose,
            numeric: typed.numeric,
            wait_s: typed.wait_s,
            peer,
            input: input.clone(),
        })
    }
}

impl Typed {
    fn set(&mut self, given: Given) -> Result<(), CommandError> {
        match given.name {
            "-u" => self.udp = true,
            "-l" => self.listen = Some(given.typed),
            "-p" => self.local_port = Some(given.value),
            "-s" => self.source = Some(given.value),
            "-w" => self.wait_s = Some(wait(&given.value)?),
            "-z" => self.scan = Some(given.typed),
            "-v" => self.verbose = true,
            "-n" => self.numeric = true,
            name => unreachable!("{name} is in the table"),
        }
        Ok(())
    }

    /// `-l PORT`, `-l ADDR PORT`, `-l -p PORT`, `-l -s ADDR -p PORT`.
    fn listen(&self, nc: &Word) -> Result<Peer, CommandError> {
        let (own_addr, own_port) = (&self.source, &self.local_port);
        let (addr, named) = match (own_addr, own_port, self.operands.as_slice()) {
            (addr, Some(named), []) => (addr.as_ref(), named),
            (addr, None, [named]) => (addr.as_ref(), named),
            (None, None, [addr, named]) => (Some(addr), named),
            (_, None, []) => return Err(missing_port(nc)),
            (.., [.., last]) => return Err(one_too_many(last)),
        };
        let addr = addr.map(|word| host(word, named)).transpose()?;
        Ok(Peer::Listen { addr, port: port(named)? })
    }

    fn connect(&self, nc: &Word) -> Result<Peer, CommandError> {
        let (addr, named) = match self.operands.as_slice() {
            [] => {
                let message = "usage: nc [-unvz] [-p source_port] [-s sourceaddr] [-w timeout] \
                    destination port";
                return Err(CommandError::tool(&nc.span, 1, message).help(NC.known()));
            }
            [_] => return Err(missing_port(nc)),
            [addr, port] => (addr, port),
            [.., last] => return Err(one_too_many(last)),
        };
        let source = self.source.as_ref();
        Ok(Peer::Connect {
            addr: host(addr, named)?,
            port: port(named)?,
            local_port: self.local_port.as_ref().map(port).transpose()?,
            source: source.map(|word| host(word, named)).transpose()?,
        })
    }
}

fn missing_port(nc: &Word) -> CommandError {
    CommandError::tool(&nc.span, 1, "nc: missing port number")
        .help(text!("nc HOST PORT, or nc -l PORT", "nc HOST PORT，或 nc -l PORT",))
}

fn one_too_many(word: &Word) -> CommandError {
    CommandError::extra("nc", word, 1)
        .help(text!("nc HOST PORT, or nc -l [ADDR] PORT", "nc HOST PORT，或 nc -l [ADDR] PORT",))
}

fn host(word: &Word, port: &Word) -> Result<Ipv4Addr, CommandError> {
    word.text.parse().map_err(|_| {
        let (host, port) = (&word.text, &port.text);
        let why = "Temporary failure in name resolution";
        let message = format!("nc: getaddrinfo for host \"{host}\" port {port}: {why}");
        unresolved(word, 1, message, "192.0.2.100")
    })
}

fn port(word: &Word) -> Result<u16, CommandError> {
    let text = &word.text;
    let refuse =
        |why: &str| CommandError::tool(&word.span, 1, format!("nc: port number {why}: {text}"));
    if let Some(port) = service_port(text) {
        return Ok(port);
    }
    match decimal::<u64>(text) {
        Some(0) => Err(refuse("too small")),
        Some(number) => u16::try_from(number).map_err(|_| refuse("too large")),
        None if text.contains('-') => Err(CommandError::not_simulated(word, 1)
            .help(text!("only one port a command is simulated", "每条命令只模拟一个端口",))),
        None => Err(refuse("invalid")),
    }
}

fn wait(word: &Word) -> Result<u32, CommandError> {
    let text = &word.text;
    let refuse =
        |why: &str| CommandError::tool(&word.span, 1, format!("nc: timeout {why}: {text}"));
    match text.parse::<i64>() {
        Ok(seconds) if seconds < 0 => Err(refuse("too small")),
        Ok(seconds) if seconds <= i32::MAX.into() => {
            Ok(u32::try_from(seconds).expect("it is between 0 and the largest i32"))
        }
        Ok(_) => Err(refuse("too large")),
        Err(_) => Err(refuse("invalid").help(text!("whole seconds: -w 2", "整数秒：-w 2"))),
    }
}

impl fmt::Display for Nc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}nc", self.input)?;
        let flags =
            [("-n", self.numeric), ("-v", self.verbose), ("-u", self.udp), ("-z", self.scan)];
        for (flag, _) in flags.iter().filter(|(_, given)| *given) {
            write!(f, " {flag}")?;
        }
        if let Some(seconds) = self.wait_s {
            write!(f, " -w {seconds}")?;
        }
        match &self.peer {
            Peer::Listen { addr: None, port } => write!(f, " -l {port}"),
            Peer::Listen { addr: Some(addr), port } => write!(f, " -l {addr} {port}"),
            Peer::Connect { addr, port, local_port, source } => {
                if let Some(port) = local_port {
                    write!(f, " -p {port}")?;
                }
                if let Some(source) = source {
                    write!(f, " -s {source}")?;
                }
                write!(f, " {addr} {port}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::command::testing::{prints, refuses};

    #[test]
    fn reads_and_prints() {
        #[rustfmt::skip]
        prints(&[
            ("nc 192.0.2.1 80", "nc 192.0.2.1 80"),
            ("nc -nzvw 2 192.0.2.1 http", "nc -n -v -z -w 2 192.0.2.1 80"),
            ("nc -u -p 4000 -s 192.0.2.9 192.0.2.1 53", "nc -u -p 4000 -s 192.0.2.9 192.0.2.1 53"),
            ("nc -l 80", "nc -l 80"),
            ("nc -lp 80", "nc -l 80"),
            ("nc -l 192.0.2.1 80", "nc -l 192.0.2.1 80"),
            ("nc -l -s 192.0.2.1 -p 80", "nc -l 192.0.2.1 80"),
            ("echo hi there | nc -u -w 1 192.0.2.1 53", "echo 'hi there' | nc -u -w 1 192.0.2.1 53"),
            ("head -c 2K /dev/zero | nc 192.0.2.1 80", "head -c 2048 /dev/zero | nc 192.0.2.1 80"),
        ]);
    }

    #[test]
    fn refuses_in_ncs_words() {
        #[rustfmt::skip]
        refuses(&[
            ("nc 192.0.2.1", "nc", 1, "nc: missing port number"),
            ("nc -l", "nc", 1, "nc: missing port number"),
            ("nc -Q 192.0.2.1 80", "-Q", 1, "nc: invalid option -- 'Q'"),
            ("nc -p", "-p", 1, "nc: option requires an argument -- 'p'"),
            ("nc -k -l 80", "-k", 1, "not simulated: -k"),
            ("nc -z -l 80", "-z", 1, "nc: cannot use -z and -l"),
            ("nc -w x 192.0.2.1 80", "x", 1, "nc: timeout invalid: x"),
            ("nc -w -1 192.0.2.1 80", "-1", 1, "nc: timeout too small: -1"),
            ("nc 192.0.2.1 0", "0", 1, "nc: port number too small: 0"),
            ("nc 192.0.2.1 70000", "70000", 1, "nc: port number too large: 70000"),
            ("nc 192.0.2.1 x", "x", 1, "nc: port number invalid: x"),
            ("nc -z 192.0.2.1 80-90", "80-90", 1, "not simulated: 80-90"),
            ("nc nohost 80", "nohost", 1,
                "nc: getaddrinfo for host \"nohost\" port 80: Temporary failure in name resolution"),
            ("nc 192.0.2.1 80 90", "90", 1, "nc: unexpected argument 90"),
        ]);
    }
}
