//! `serve`: a small server of our own that answers with its name, so that "who served" can be seen.

use std::collections::BTreeMap;
use std::time::Duration;

use lvs_engine::Endpoint;

use super::{AppEvent, Ctl, Token};
use crate::command::serve as command;
use crate::command::serve::{Kind, status_line};
use crate::host::tcp::{SocketEvent, SocketId};

/// A `serve` that runs.
#[derive(Clone, Debug)]
pub(super) struct Serve {
    options: command::Serve,
    /// Its name, as a line: what it answers.
    answer: String,
    clients: BTreeMap<SocketId, Client>,
    datagrams: BTreeMap<Token, Endpoint>,
    /// What the timers of clients are for; tokens are never used twice.
    steps: BTreeMap<Token, (SocketId, Step)>,
    next: u32,
}

/// One connection.
#[derive(Clone, Debug, Default)]
struct Client {
    asked: Vec<u8>,
    answered: bool,
    closing: bool,
    reading: bool,
}

impl Client {
    /// It is being read from, or will be answered.
    const fn is_busy(&self) -> bool {
        self.reading || self.answered
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Read,
    Answer,
    Close,
}

impl Serve {
    pub(super) fn new(options: &command::Serve) -> Self {
        Self {
            options: options.clone(),
            answer: String::new(),
            clients: BTreeMap::new(),
            datagrams: BTreeMap::new(),
            steps: BTreeMap::new(),
            next: 0,
        }
    }

    pub(super) fn event(&mut self, event: AppEvent, ctl: &mut Ctl<'_, '_>) {
        match event {
            AppEvent::Start => self.start(ctl),
            AppEvent::Timer(token) => self.step(token, ctl),
            AppEvent::Tcp { socket, event } => self.news(socket, event, ctl),
            AppEvent::Datagram { from, .. } => {
                if self.options.manner.mute {
                    return;
                }
                let token = self.token();
                self.datagrams.insert(token, from);
                ctl.after(ctl.think() + self.options.manner.delay, token);
            }
            _ => {}
        }
    }

    fn start(&mut self, ctl: &mut Ctl<'_, '_>) {
        let given = self.options.name.as_deref().filter(|name| !name.is_empty());
        self.answer = format!("{}\n", given.unwrap_or(ctl.host.name()));
        let (addr, port) = (self.options.bind, self.options.port);
        if addr.is_some_and(|addr| !ctl.host.fib().is_own(addr)) {
            ctl.complain("serve: bind: Cannot assign requested address\n");
            ctl.end(1);
            return;
        }
        let bound = match self.options.kind {
            Kind::Udp => ctl.udp_open(addr, Some(port), None),
            Kind::Http | Kind::Tcp => ctl.listen(addr, port).is_some(),
        };
        if !bound {
            ctl.complain("serve: bind: Address already in use\n");
            ctl.end(1);
        }
    }

    fn token(&mut self) -> Token {
        self.next += 1;
        Token(self.next)
    }

    fn later(&mut self, time: Duration, socket: SocketId, step: Step, ctl: &mut Ctl<'_, '_>) {
        let token = self.token();
        self.steps.insert(token, (socket, step));
        ctl.after(time, token);
    }

    fn news(&mut self, socket: SocketId, event: SocketEvent, ctl: &mut Ctl<'_, '_>) {
        match event {
            SocketEvent::Accepted { .. } => drop(self.clients.insert(socket, Client::default())),
            SocketEvent::Readable => {
                let reading = self
                    .clients
                    .get_mut(&socket)
                    .map(|client| std::mem::replace(&mut client.reading, true));
                if reading == Some(false) {
                    self.later(Duration::ZERO, socket, Step::Read, ctl);
                }
            }
            SocketEvent::PeerClosed => {
                let Some(client) = self.clients.get_mut(&socket) else { return };
                client.closing = true;
                // One step after the other: who reads, or thinks about an answer, sees the end
                // afterwards.
                if !client.is_busy() {
                    self.later(ctl.think(), socket, Step::Close, ctl);
                }
            }
            SocketEvent::Connected => {}
            SocketEvent::Failed(_) => {
                self.clients.remove(&socket);
                ctl.close(socket);
            }
        }
    }

    fn step(&mut self, token: Token, ctl: &mut Ctl<'_, '_>) {
        if let Some(to) = self.datagrams.remove(&token) {
            // Without a way back the answer is lost, as with any server.
            let _ = ctl.udp_send(to, self.answer.as_bytes());
            return;
        }
        let Some((socket, step)) = self.steps.remove(&token) else { return };
        let Some(client) = self.clients.get_mut(&socket) else { return };
        match step {
            Step::Read => {
                client.reading = false;
                client.asked.extend(ctl.read(socket));
                let whole = match self.options.kind {
                    Kind::Http => is_whole(&client.asked),
                    _ => !client.asked.is_empty(),
                };
                if whole && !client.answered && !self.options.manner.mute {
                    client.answered = true;
                    self.later(ctl.think() + self.options.manner.delay, socket, Step::Answer, ctl);
                } else if client.closing && !client.is_busy() {
                    self.later(ctl.think(), socket, Step::Close, ctl);
                }
            }
            Step::Answer => {
                let asked = std::mem::take(&mut client.asked);
                client.answered = false;
                let closes = client.closing;
                let answer = self.answer(&asked);
                ctl.write(socket, answer.as_bytes());
                if closes {
                    self.later(ctl.think(), socket, Step::Close, ctl);
                }
            }
            Step::Close if client.is_busy() => {}
            Step::Close => {
                self.clients.remove(&socket);
                ctl.close(socket);
            }
        }
    }

    fn answer(&self, asked: &[u8]) -> String {
        let body = self.answer.clone();
        if self.options.kind != Kind::Http {
            return body;
        }
        let head = format!(
            "HTTP/1.1 {}\r\nContent-Type: text/plain\r\nContent-Length: {}\r\n\r\n",
            status_line(self.options.manner.status),
            body.len()
        );
        if asked.starts_with(b"HEAD ") { head } else { head + &body }
    }
}

/// Whether a request has all the bytes that its head promises.
fn is_whole(asked: &[u8]) -> bool {
    let Some(end) = asked.windows(4).position(|four| four == b"\r\n\r\n").map(|at| at + 4) else {
        return false;
    };
    let head = String::from_utf8_lossy(&asked[..end]).to_ascii_lowercase();
    let promised = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length:"))
        .and_then(|value| value.trim().parse::<usize>().ok());
    asked.len() - end >= promised.unwrap_or(0)
}
