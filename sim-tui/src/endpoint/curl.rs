//! `curl`: one request, in the bytes and with the messages of curl 7.88.1.

use super::Input;
use super::clock::{Deadline, Journal, Passed, think};
use super::http::Message;
use super::nc::system_text;
use super::socket::{self, ConnectError};
use crate::lang::Unfit;
use clap::Args;
use sim_core::text;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddrV4, TcpStream};
use std::process::ExitCode;
use std::str::FromStr;
use std::time::Duration;

/// curl asks for permission before it sends a larger body ("Expect: 100-continue"); nobody here would give it.
const LARGEST_BODY: usize = 1 << 20;

/// Fetch a page with one HTTP request
#[derive(Debug, Args)]
pub struct Curl {
    /// Seconds for everything
    #[arg(short = 'm', long = "max-time", value_name = "S", value_parser = seconds)]
    max_time: Option<Duration>,
    /// Seconds to connect
    #[arg(long, value_name = "S", value_parser = seconds)]
    connect_timeout: Option<Duration>,
    /// Say nothing about errors
    #[arg(short = 's', long)]
    silent: bool,
    /// Say something about errors all the same
    #[arg(short = 'S', long)]
    show_error: bool,
    /// POST this; `@-` is the input without line ends
    #[arg(short = 'd', long, value_name = "DATA", conflicts_with = "data_binary")]
    data: Option<String>,
    /// POST this; `@-` is the input
    #[arg(long, value_name = "DATA")]
    data_binary: Option<String>,
    /// Ask for the head alone, and print that
    #[arg(short = 'I', long, conflicts_with_all = ["data", "data_binary"])]
    head: bool,
    /// Where the body goes: `/dev/null`, or `-` for standard output
    #[arg(short = 'o', long, value_name = "FILE", default_value = "-")]
    output: Sink,
    /// The local port
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    local_port: u16,
    url: Url,
    #[command(flatten)]
    input: Input,
}

/// Where a body goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sink {
    Stdout,
    Null,
}

impl FromStr for Sink {
    type Err = Unfit;

    fn from_str(text: &str) -> Result<Self, Unfit> {
        match text {
            "-" => Ok(Self::Stdout),
            "/dev/null" => Ok(Self::Null),
            _ => Err(Unfit(text!("expected /dev/null or -", "应为 /dev/null 或 -"))),
        }
    }
}

/// Why there is no page; the texts are those of curl 7.88.1.
#[derive(Debug, thiserror::Error)]
enum CurlError {
    #[error("Received HTTP/0.9 when not allowed")]
    NotHttp,
    #[error(
        "Failed to connect to {} port {} after {ms} ms: Couldn't connect to server",
        url.host,
        url.port
    )]
    Connect { url: Url, ms: u128 },
    #[error("transfer closed with {missing} bytes remaining to read")]
    Partial { missing: usize },
    #[error("Connection timed out after {ms} milliseconds")]
    MaxTimeConnecting { ms: u128 },
    #[error("Failed to connect to {} port {} after {ms} ms: Timeout was reached", url.host, url.port)]
    ConnectTimeout { url: Url, ms: u128 },
    #[error("Operation timed out after {ms} milliseconds with {got}{}bytes received", out_of(*of))]
    MaxTime { ms: u128, got: usize, of: Option<usize> },
    #[error("bind failed with errno {}: {}", error.raw_os_error().unwrap_or(0), system_text(error))]
    Bind { error: io::Error },
    #[error("Empty reply from server")]
    Empty,
    #[error("Send failure: {}", system_text(error))]
    Send { error: io::Error },
    #[error("Recv failure: {}", system_text(error))]
    Receive { error: io::Error },
    #[error("a body of more than {LARGEST_BODY} bytes is not supported")]
    BodyTooLong,
}

impl CurlError {
    /// curl's exit status.
    fn code(&self) -> u8 {
        match self {
            Self::NotHttp => 1,
            Self::BodyTooLong => 2,
            Self::Connect { .. } => 7,
            Self::Partial { .. } => 18,
            Self::MaxTimeConnecting { .. } | Self::ConnectTimeout { .. } | Self::MaxTime { .. } => {
                28
            }
            Self::Bind { .. } => 45,
            Self::Empty => 52,
            Self::Send { .. } => 55,
            Self::Receive { .. } => 56,
        }
    }
}

impl Curl {
    /// Fetch, print the body on standard output and an error on the other stream.
    pub fn run(&self, journal: &Journal) -> ExitCode {
        let end = self.fetch();
        journal.note("end");
        let Err(error) = end else { return ExitCode::SUCCESS };
        if !self.silent || self.show_error {
            eprintln!("curl: ({}) {error}", error.code());
        }
        ExitCode::from(error.code())
    }

    fn fetch(&self) -> Result<(), CurlError> {
        let request = self.request()?;
        let deadline = Deadline::start(self.max_time);
        let mut stream = self.connect(deadline)?;
        let passed = |Passed| timed_out(deadline, &Message::default());
        deadline.think().map_err(passed)?;
        stream.write_all(&request).map_err(|error| CurlError::Send { error })?;

        let mut answer = if self.head { Message::head_alone() } else { Message::default() };
        let end = read_answer(&mut stream, &mut answer, deadline);
        let mut out = io::stdout();
        // A closed standard output leaves nobody to tell.
        let shown = match self.output {
            _ if self.head => answer.head(),
            Sink::Stdout => answer.body(),
            Sink::Null => &[],
        };
        let _ = out.write_all(shown).and_then(|()| out.flush());
        match end {
            // Out of time or reset: there is nothing to think about.
            Err(CurlError::MaxTime { .. } | CurlError::Receive { .. }) => {}
            _ => think(),
        }
        end
    }

    fn connect(&self, deadline: Deadline) -> Result<TcpStream, CurlError> {
        let local = SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, self.local_port);
        let limit = match (self.max_time, self.connect_timeout) {
            (Some(all), Some(connect)) => Some(all.min(connect)),
            (all, connect) => all.or(connect),
        };
        let peer = SocketAddrV4::new(self.url.host, self.url.port);
        let stream = socket::connect(local, peer, deadline.with_limit(limit)).map_err(|error| {
            let (url, ms) = (self.url.clone(), deadline.elapsed_ms());
            match error {
                ConnectError::Bind(error) => CurlError::Bind { error },
                ConnectError::Failed(_) => CurlError::Connect { url, ms },
                ConnectError::TimedOut if limit == self.max_time => {
                    CurlError::MaxTimeConnecting { ms }
                }
                ConnectError::TimedOut => CurlError::ConnectTimeout { url, ms },
            }
        })?;
        stream.set_nodelay(true).map_err(|error| CurlError::Send { error })?;
        Ok(stream)
    }

    /// Head and body as curl writes them, in one piece.
    fn request(&self) -> Result<Vec<u8>, CurlError> {
        let url = &self.url;
        let Some(body) = self.body() else {
            let method = if self.head { "HEAD" } else { "GET" };
            let text = format!("{method} {} HTTP/1.1\r\n{}\r\n", url.path, self.headers());
            return Ok(text.into_bytes());
        };
        if body.len() > LARGEST_BODY {
            return Err(CurlError::BodyTooLong);
        }
        let length = body.len();
        let head = format!(
            "POST {} HTTP/1.1\r\n{}Content-Length: {length}\r\n\
             Content-Type: application/x-www-form-urlencoded\r\n\r\n",
            url.path,
            self.headers()
        );
        Ok([head.into_bytes(), body].concat())
    }

    fn headers(&self) -> String {
        let Url { host, port, .. } = &self.url;
        let port = if *port == 80 { String::new() } else { format!(":{port}") };
        format!("Host: {host}{port}\r\nUser-Agent: curl/7.88.1\r\nAccept: */*\r\n")
    }

    fn body(&self) -> Option<Vec<u8>> {
        let mut body = match (&self.data, &self.data_binary) {
            (Some(data), _) | (None, Some(data)) if data == "@-" => self.input.bytes(),
            (Some(data), _) | (None, Some(data)) => return Some(data.clone().into_bytes()),
            (None, None) => return None,
        };
        if self.data.is_some() {
            body.retain(|byte| !matches!(byte, b'\r' | b'\n' | 0));
        }
        Some(body)
    }
}

fn read_answer(
    stream: &mut TcpStream,
    answer: &mut Message,
    deadline: Deadline,
) -> Result<(), CurlError> {
    let mut buffer = vec![0; 65536];
    while !answer.is_complete() {
        if !answer.may_be_http() {
            return Err(CurlError::NotHttp);
        }
        let left = deadline.left().map_err(|Passed| timed_out(deadline, answer))?;
        let read = stream.set_read_timeout(left).and_then(|()| stream.read(&mut buffer));
        match read {
            Ok(0) => return at_end(answer),
            Ok(count) => answer.push(&buffer[..count]),
            // Out of time: the loop asks the deadline.
            Err(error) if socket::is_timeout(&error) => {}
            Err(error) => return Err(CurlError::Receive { error }),
        }
    }
    Ok(())
}

/// The server has closed: an answer without a length is complete now, any other is not.
fn at_end(answer: &Message) -> Result<(), CurlError> {
    match answer.length() {
        Some(length) => Err(CurlError::Partial { missing: length - answer.body().len() }),
        None if answer.has_head() => Ok(()),
        None => Err(CurlError::Empty),
    }
}

fn timed_out(deadline: Deadline, answer: &Message) -> CurlError {
    CurlError::MaxTime { ms: deadline.elapsed_ms(), got: answer.body().len(), of: answer.length() }
}

fn out_of(of: Option<usize>) -> String {
    of.map_or_else(|| " ".to_owned(), |of| format!(" out of {of} "))
}

fn seconds(text: &str) -> Result<Duration, Unfit> {
    let limit = text.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    limit.filter(|limit| !limit.is_zero()).ok_or_else(|| {
        Unfit(text!(
            "expected a number of seconds above 0, such as 4 or 0.5",
            "应为大于 0 的秒数，如 4 或 0.5"
        ))
    })
}

/// `http://HOST[:PORT][/PATH]`; the scheme may be missing.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Url {
    host: Ipv4Addr,
    port: u16,
    path: String,
}

impl FromStr for Url {
    type Err = Unfit;

    fn from_str(text: &str) -> Result<Self, Unfit> {
        let rest = text.strip_prefix("http://").unwrap_or(text);
        if rest.contains("://") {
            return Err(Unfit(text!("only http:// is known", "只支持 http://")));
        }
        let (place, path) = rest.find('/').map_or((rest, "/"), |slash| rest.split_at(slash));
        let (host, port) = match place.split_once(':') {
            Some((host, port)) => {
                let wrong = |_| Unfit(text!("`{port}` is no port", "`{port}` 不是端口"));
                (host, port.parse().map_err(wrong)?)
            }
            None => (place, 80),
        };
        let wrong = |_| Unfit(text!("`{host}` is not an IPv4 address", "`{host}` 不是 IPv4 地址"));
        let host = host.parse().map_err(wrong)?;
        Ok(Self { host, port, path: path.to_owned() })
    }
}

#[cfg(test)]
mod tests;
