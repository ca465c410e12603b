//! `serve`: a server that answers with its name, 30 ms after it was asked.

use super::clock::{Journal, think};
use super::http::Message;
use super::socket;
use crate::lang;
use crate::out::complain;
use clap::{Args, ValueEnum};
use sim_core::{Text, text};
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpStream, UdpSocket};
use std::process::ExitCode;
use std::sync::Arc;
use std::thread;

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

    fn serve_tcp(&self, journal: &Journal) -> io::Result<std::convert::Infallible> {
        let listener = socket::listen(self.bind, self.port)?;
        let is_http = matches!(self.protocol, Protocol::Http);
        let answer: Arc<[u8]> = if is_http { page(&self.name) } else { line(&self.name) }.into();
        journal.note("ready");
        loop {
            let (stream, _) = listener.accept()?;
            let answer = Arc::clone(&answer);
            // A broken connection is its own affair; the next one is served all the same.
            thread::spawn(move || match is_http {
                true => serve_http(stream, &answer),
                false => serve_line(stream, &answer),
            });
        }
    }

    fn serve_udp(&self, journal: &Journal) -> io::Result<std::convert::Infallible> {
        const LARGEST: usize = 65535;
        let socket = Arc::new(UdpSocket::bind((self.bind, self.port))?);
        let answer: Arc<[u8]> = line(&self.name).into();
        journal.note("ready");
        loop {
            let (_, client) = socket.recv_from(&mut [0; LARGEST])?;
            let (socket, answer) = (Arc::clone(&socket), Arc::clone(&answer));
            thread::spawn(move || {
                think();
                socket.send_to(&answer, client)
            });
        }
    }
}

/// The one line of a server that speaks no HTTP.
fn line(name: &str) -> Vec<u8> {
    format!("{name}\n").into_bytes()
}

/// The one page of a server, head and body.
fn page(name: &str) -> Vec<u8> {
    let length = name.len() + 1;
    format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {length}\r\n\r\n{name}\n"
    )
    .into_bytes()
}

/// One connection of HTTP: an answer for each complete request, closed after the peer has closed.
fn serve_http(mut stream: TcpStream, answer: &[u8]) -> io::Result<()> {
    let mut requests = Message::default();
    while let Some(bytes) = read(&mut stream)? {
        requests.push(&bytes);
        while requests.take_request().is_some() {
            think();
            stream.write_all(answer)?;
        }
    }
    think();
    Ok(())
}

/// One connection of plain TCP: an answer to the first data, closed after the peer has closed.
fn serve_line(mut stream: TcpStream, answer: &[u8]) -> io::Result<()> {
    let mut answered = false;
    while read(&mut stream)?.is_some() {
        if !answered {
            think();
            stream.write_all(answer)?;
            answered = true;
        }
    }
    think();
    Ok(())
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
        let page = String::from_utf8(super::page("rs1")).expect("made of text");
        let text = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n\r\nrs1\n";
        assert_eq!(page, text);
    }
}
