//! `serve`: a server that answers with its name, 30 ms after it was asked.

use super::clock::{Journal, pause, think};
use super::http::{self, Message};
use super::socket;
use crate::lang::{self, Unfit};
use crate::out::complain;
use clap::{Args, ValueEnum};
use sim_core::command::serve::status_line;
use sim_core::{Text, text};
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpStream, UdpSocket};
use std::process::ExitCode;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

/// Serve a name over HTTP, TCP or UDP until killed
#[derive(Debug, Args)]
pub struct Serve {
    protocol: Protocol,
    #[arg(value_parser = clap::value_parser!(u16).range(1..))]
    port: u16,
    /// The address to listen on
    #[arg(long, value_name = "ADDR", default_value = "0.0.0.0")]
    bind: Ipv4Addr,
    /// What to answer
    #[arg(long, default_value = "lvsim")]
    name: String,
    /// Accept and read, and never answer
    #[arg(long, conflicts_with_all = ["delay", "status"])]
    mute: bool,
    /// Answer so much later: 2s, 500ms
    #[arg(long, value_name = "TIME", default_value = "0s", value_parser = time)]
    delay: Duration,
    /// The status of HTTP answers
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u16).range(200..600))]
    status: u16,
}

/// How to answer.
#[derive(Clone, Debug)]
struct Manner {
    /// None: not at all.
    answer: Option<Arc<[u8]>>,
    delay: Duration,
}

impl Manner {
    /// What is said, when the time has come to say it.
    fn answer(&self) -> Option<&[u8]> {
        let answer = self.answer.as_deref()?;
        think();
        pause(self.delay);
        Some(answer)
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Protocol {
    /// Answers each complete request with a page that holds the name
    Http,
    /// Answers the first data of a connection with a line that holds the name
    Tcp,
    /// Answers each datagram with a line that holds the name, from the socket as it is bound
    Udp,
}

impl Serve {
    /// Serve for ever; returns only if the port cannot be had.
    pub fn run(&self, journal: &Journal) -> ExitCode {
        let Err(error) = match self.protocol {
            Protocol::Http | Protocol::Tcp => self.serve_tcp(journal),
            Protocol::Udp => self.serve_udp(journal),
        };
        let (bind, port, Text { en, zh }) = (self.bind, self.port, lang::why(&error));
        let said = text!(
            "serve: {bind}:{port}: cannot be had: {en}",
            "serve：{bind}:{port}：无法使用：{zh}"
        );
        complain(said.of(lang::spoken()));
        ExitCode::FAILURE
    }

    fn manner(&self, answer: Vec<u8>) -> Manner {
        Manner { answer: (!self.mute).then(|| answer.into()), delay: self.delay }
    }

    fn serve_tcp(&self, journal: &Journal) -> io::Result<std::convert::Infallible> {
        let listener = socket::listen(self.bind, self.port)?;
        let is_http = matches!(self.protocol, Protocol::Http);
        let answer = if is_http { page(&self.name, self.status) } else { line(&self.name) };
        let manner = self.manner(answer);
        journal.note("ready");
        loop {
            let (stream, _) = listener.accept()?;
            let manner = manner.clone();
            // A broken connection is its own affair; the next one is served all the same.
            thread::spawn(move || match is_http {
                true => serve_http(stream, &manner),
                false => serve_line(stream, &manner),
            });
        }
    }

    fn serve_udp(&self, journal: &Journal) -> io::Result<std::convert::Infallible> {
        const LARGEST: usize = 65535;
        let socket = Arc::new(UdpSocket::bind((self.bind, self.port))?);
        let manner = self.manner(line(&self.name));
        journal.note("ready");
        loop {
            let (_, client) = socket.recv_from(&mut [0; LARGEST])?;
            let (socket, manner) = (Arc::clone(&socket), manner.clone());
            thread::spawn(move || manner.answer().map(|answer| socket.send_to(answer, client)));
        }
    }
}

/// The one line of a server that speaks no HTTP.
fn line(name: &str) -> Vec<u8> {
    format!("{name}\n").into_bytes()
}

/// The one page of a server, head and body.
fn page(name: &str, status: u16) -> Vec<u8> {
    let (status, length) = (status_line(status), name.len() + 1);
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/plain\r\nContent-Length: {length}\r\n\r\n{name}\n"
    )
    .into_bytes()
}

/// What of a page a request wants: HEAD leaves the body out.
fn asked_for<'a>(page: &'a [u8], request: &[u8]) -> &'a [u8] {
    match request.starts_with(b"HEAD ") {
        true => http::head_of(page),
        false => page,
    }
}

/// One connection of HTTP: an answer for each complete request, closed after the peer has closed.
fn serve_http(mut stream: TcpStream, manner: &Manner) -> io::Result<()> {
    let mut requests = Message::default();
    while let Some(bytes) = read(&mut stream)? {
        requests.push(&bytes);
        while let Some(request) = requests.take_request() {
            if let Some(page) = manner.answer() {
                stream.write_all(asked_for(page, &request))?;
            }
        }
    }
    think();
    Ok(())
}

/// One connection of plain TCP: an answer to the first data, closed after the peer has closed.
fn serve_line(mut stream: TcpStream, manner: &Manner) -> io::Result<()> {
    let mut answered = false;
    while read(&mut stream)?.is_some() {
        if !answered && let Some(answer) = manner.answer() {
            stream.write_all(answer)?;
            answered = true;
        }
    }
    think();
    Ok(())
}

/// `2s`, `0.5` or `500ms`.
fn time(text: &str) -> Result<Duration, Unfit> {
    sim_core::command::value::span(text).ok_or_else(|| {
        Unfit(text!("expected a time such as 2s or 500ms", "应为时间，如 2s 或 500ms"))
    })
}

/// What has arrived; `None` when the peer has closed.
fn read(stream: &mut TcpStream) -> io::Result<Option<Vec<u8>>> {
    let mut buffer = vec![0; 65536];
    let count = stream.read(&mut buffer)?;
    buffer.truncate(count);
    Ok((count > 0).then_some(buffer))
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_page_announces_the_length_of_its_body() {
        let page = String::from_utf8(super::page("rs1", 200)).expect("made of text");
        let text = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n\r\nrs1\n";
        assert_eq!(page, text);
        let page = String::from_utf8(super::page("rs1", 500)).expect("made of text");
        assert!(page.starts_with("HTTP/1.1 500 Internal Server Error\r\n"), "{page}");
        let asked = |request: &[u8]| super::asked_for(text.as_bytes(), request);
        assert_eq!(asked(b"GET / HTTP/1.1\r\n\r\n"), text.as_bytes());
        assert!(asked(b"HEAD / HTTP/1.1\r\n\r\n").ends_with(b"Content-Length: 4\r\n\r\n"));
    }
}
