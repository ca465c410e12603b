//! `serve`: a small server of our own that answers with its name, so that "who served" can be seen.

use std::collections::BTreeMap;
use std::time::Duration;

use lvs_engine::Endpoint;

use super::{AppEvent, Ctl, THINK, Token};
use crate::command::serve as command;
use crate::command::serve::Kind;
use crate::host::tcp::{SocketEvent, SocketId};

/// A `serve` that runs.
#[derive(Clone, Debug)]
pub(super) struct Serve {
    options: command::Serve,
    name: String,
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
            name: options.name.clone().unwrap_or_default(),
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
                let token = self.token();
                self.datagrams.insert(token, from);
                ctl.after(THINK, token);
            }
            _ => {}
        }
    }

    fn start(&mut self, ctl: &mut Ctl<'_, '_>) {
        if self.name.is_empty() {
            self.name = ctl.host.name().into();
        }
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
                let closing = self
                    .clients
                    .get_mut(&socket)
                    .map(|client| std::mem::replace(&mut client.closing, true));
                if closing == Some(false) {
                    self.later(THINK, socket, Step::Close, ctl);
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
            let answer = format!("{}\n", self.name);
            // Without a way back the answer is lost, as with any server.
            let _ = ctl.udp_send(to, answer.as_bytes());
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
                if whole && !client.answered {
                    client.answered = true;
                    self.later(THINK, socket, Step::Answer, ctl);
                }
            }
            Step::Answer => {
                let asked = std::mem::take(&mut client.asked);
                client.answered = false;
                let answer = self.answer(&asked);
                ctl.write(socket, answer.as_bytes());
            }
            Step::Close => {
                self.clients.remove(&socket);
                ctl.close(socket);
            }
        }
    }

    fn answer(&self, asked: &[u8]) -> String {
        let body = format!("{}\n", self.name);
        if self.options.kind != Kind::Http {
            return body;
        }
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {}\r\n\r\n",
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
