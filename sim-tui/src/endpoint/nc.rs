//! `nc`: connect, write, print what comes. Statuses are those of netcat-openbsd, which is silent about failures.

use super::Input;
use super::clock::{Deadline, Journal, think};
use super::socket::{self, ConnectError};
use crate::lang::Unfit;
use clap::Args;
use sim_core::text;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddrV4, TcpStream, UdpSocket};
use std::process::ExitCode;
use std::time::Duration;

/// Connect to a port, write the input, print what comes back
#[derive(Debug, Args)]
pub struct Nc {
    /// UDP instead of TCP
    #[arg(short = 'u')]
    udp: bool,
    /// The local port
    #[arg(short = 'p', value_name = "PORT", default_value_t = 0)]
    local_port: u16,
    /// The local address
    #[arg(short = 's', value_name = "ADDR", default_value = "0.0.0.0")]
    source: Ipv4Addr,
    /// Seconds to connect, and seconds without anything to read after which to close
    #[arg(short = 'w', value_name = "S", value_parser = seconds)]
    wait: Option<Duration>,
    /// Only connect
    #[arg(short = 'z', conflicts_with = "udp")]
    scan: bool,
    host: Ipv4Addr,
    #[arg(value_parser = clap::value_parser!(u16).range(1..))]
    port: u16,
    #[command(flatten)]
    input: Input,
}

impl Nc {
    /// 0 when a connection was there, however it ended; 1 when not.
    pub fn run(&self, journal: &Journal) -> ExitCode {
        let end = self.talk();
        journal.note("end");
        match end {
            Ok(()) => ExitCode::SUCCESS,
            Err(ConnectError::Bind(error)) => {
                eprintln!("nc: bind failed: {}", system_text(&error));
                ExitCode::FAILURE
            }
            Err(ConnectError::TimedOut | ConnectError::Failed(_)) => ExitCode::FAILURE,
        }
    }

    fn talk(&self) -> Result<(), ConnectError> {
        let local = SocketAddrV4::new(self.source, self.local_port);
        let peer = SocketAddrV4::new(self.host, self.port);
        if self.udp {
            self.exchange(Line::Udp(socket::connect_udp(local, peer)?));
        } else {
            let deadline = Deadline::start(self.wait);
            self.exchange(Line::Tcp(socket::connect(local, peer, deadline)?));
        }
        Ok(())
    }

    /// Everything after the connection; the line closes at the end.
    fn exchange(&self, mut line: Line) {
        // A line that breaks ends the talk like one that is closed: netcat says nothing and returns 0.
        let _ = self.write_and_read(&mut line);
        think();
    }

    fn write_and_read(&self, line: &mut Line) -> io::Result<()> {
        if self.scan {
            return Ok(());
        }
        let input = self.input.bytes();
        if !input.is_empty() {
            think();
            match (line.write(&input), &line) {
                // What a rule forbids to send, say, may be answered all the same, for all netcat knows.
                (Ok(()), _) | (Err(_), Line::Udp(_)) => {}
                (Err(error), Line::Tcp(_)) => return Err(error),
            }
        }
        line.set_wait(self.wait)?;
        let mut buffer = vec![0; 65536];
        loop {
            let count = line.read(&mut buffer)?;
            if count == 0 && matches!(line, Line::Tcp(_)) {
                return Ok(());
            }
            let mut out = io::stdout();
            out.write_all(&buffer[..count])?;
            out.flush()?;
        }
    }
}

/// What the bytes go through.
enum Line {
    Tcp(TcpStream),
    Udp(UdpSocket),
}

impl Line {
    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Tcp(stream) => stream.write_all(bytes),
            Self::Udp(socket) => socket.send(bytes).map(drop),
        }
    }

    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.read(buffer),
            Self::Udp(socket) => socket.recv(buffer),
        }
    }

    fn set_wait(&self, wait: Option<Duration>) -> io::Result<()> {
        match self {
            Self::Tcp(stream) => stream.set_read_timeout(wait),
            Self::Udp(socket) => socket.set_read_timeout(wait),
        }
    }
}

fn seconds(text: &str) -> Result<Duration, Unfit> {
    match text.parse() {
        Ok(0) | Err(_) => Err(Unfit(text!(
            "expected a whole number of seconds from 1 on",
            "应为不小于 1 的整数秒数"
        ))),
        Ok(seconds) => Ok(Duration::from_secs(seconds)),
    }
}

/// The system's words for an error, without Rust's "(os error 99)".
pub fn system_text(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or_default().to_owned()
}
