//! `nc`: one connection or datagram exchange, over TCP or UDP. Its steps are [`THINK`](super::THINK) apart.

use std::net::Ipv4Addr;
use std::time::Duration;

use lvs_engine::Endpoint;

use super::{AppEvent, Ctl, IcmpNews, Token, bytes_of};
use crate::command::nc as command;
use crate::command::nc::Peer;
use crate::host::tcp::{NotConnected, SocketEvent, SocketId};

const WRITE: Token = Token(0);
const READ: Token = Token(1);
const CLOSE: Token = Token(2);
const IDLE: Token = Token(3);

/// An `nc` that runs.
#[derive(Clone, Debug)]
pub(super) struct Nc {
    options: command::Nc,
    socket: Option<SocketId>,
    connected: bool,
}

impl Nc {
    pub(super) fn new(options: &command::Nc) -> Self {
        Self { options: options.clone(), socket: None, connected: false }
    }

    pub(super) fn event(&mut self, event: AppEvent, ctl: &mut Ctl<'_, '_>) {
        match event {
            AppEvent::Start => self.start(ctl),
            AppEvent::Timer(WRITE) => self.write(ctl),
            AppEvent::Timer(READ) => self.read(ctl),
            AppEvent::Timer(IDLE) if !self.options.udp && !self.connected => self.timed_out(ctl),
            AppEvent::Timer(_) => self.close(ctl),
            AppEvent::Tcp { socket, event } => self.news(socket, event, ctl),
            AppEvent::Datagram { payload, .. } => self.datagram(payload.bytes(), ctl),
            AppEvent::Icmp(news) => self.icmp(&news, ctl),
            _ => {}
        }
    }

    fn start(&mut self, ctl: &mut Ctl<'_, '_>) {
        match self.options.peer.clone() {
            Peer::Listen { addr, port } => {
                let bound = match self.options.udp {
                    true => ctl.udp_open(addr, Some(port), None),
                    false => ctl.listen(addr, port).is_some(),
                };
                if !bound {
                    ctl.complain("nc: Address already in use\n");
                    ctl.end(1);
                }
            }
            Peer::Connect { addr, port, local_port, source } => {
                let remote = Endpoint::new(addr, port);
                if source.is_some_and(|addr| !ctl.host.fib().is_own(addr)) {
                    ctl.complain("nc: bind failed: Cannot assign requested address\n");
                    ctl.end(1);
                } else if self.options.udp {
                    self.start_udp(remote, source, local_port, ctl);
                } else {
                    match ctl.connect((source, local_port), remote) {
                        Ok(socket) => self.socket = Some(socket),
                        Err(NotConnected::NoRoute(_)) => {
                            self.cannot_connect("Network is unreachable", ctl);
                        }
                        Err(NotConnected::PortTaken) => self.port_taken(ctl),
                    }
                    self.rest(ctl);
                }
            }
        }
    }

    fn start_udp(
        &mut self,
        remote: Endpoint,
        source: Option<Ipv4Addr>,
        port: Option<u16>,
        ctl: &mut Ctl<'_, '_>,
    ) {
        if !ctl.udp_open(source, port, Some(remote)) {
            self.port_taken(ctl);
            return;
        }
        // Its socket is connected, for which a route is needed. Linux 6.1 datagram.c,
        // __ip4_datagram_connect.
        if let Err(why) = ctl.host.fib().output(remote.addr, source, None) {
            ctl.host.count_no_route(why);
            self.cannot_connect("Network is unreachable", ctl);
            return;
        }
        ctl.after(ctl.think(), WRITE);
        self.rest(ctl);
    }

    fn port_taken(&self, ctl: &mut Ctl<'_, '_>) {
        ctl.complain("nc: bind failed: Address already in use\n");
        ctl.end(1);
    }

    /// Starts the time of silence anew.
    fn rest(&mut self, ctl: &mut Ctl<'_, '_>) {
        if let Some(seconds) = self.options.wait_s {
            ctl.cancel(IDLE);
            ctl.after(Duration::from_secs(u64::from(seconds)), IDLE);
        }
    }

    fn news(&mut self, socket: SocketId, event: SocketEvent, ctl: &mut Ctl<'_, '_>) {
        match event {
            SocketEvent::Accepted { .. } | SocketEvent::Connected if self.connected => {}
            SocketEvent::Accepted { .. } | SocketEvent::Connected => {
                self.socket = Some(socket);
                self.connected = true;
                self.say_connected(ctl);
                if self.options.scan {
                    ctl.after(ctl.think(), CLOSE);
                } else {
                    ctl.after(ctl.think(), WRITE);
                }
                self.rest(ctl);
            }
            _ if self.socket != Some(socket) => {}
            SocketEvent::Readable if !ctl.waits(READ) => ctl.after(Duration::ZERO, READ),
            SocketEvent::PeerClosed => {
                ctl.cancel(IDLE);
                ctl.after(ctl.think(), CLOSE);
            }
            SocketEvent::Failed(why) if !self.connected => {
                self.cannot_connect(&why.to_string(), ctl);
            }
            SocketEvent::Failed(why) => {
                ctl.complain(format!("nc: read failed (0/1): {why}\n"));
                ctl.end(1);
            }
            _ => {}
        }
    }

    fn say_connected(&mut self, ctl: &mut Ctl<'_, '_>) {
        if let (true, Peer::Connect { addr, port, .. }) = (self.options.verbose, &self.options.peer)
        {
            let protocol = if self.options.udp { "udp" } else { "tcp" };
            ctl.complain(format!("Connection to {addr} {port} port [{protocol}/*] succeeded!\n"));
        }
    }

    fn write(&mut self, ctl: &mut Ctl<'_, '_>) {
        let input = bytes_of(&self.options.input);
        if input.is_empty() {
            return;
        }
        self.rest(ctl);
        if let Some(socket) = self.socket {
            ctl.write(socket, &input);
        } else if let Peer::Connect { addr, port, .. } = self.options.peer {
            // netcat says nothing of a datagram that cannot be sent, and waits for an answer.
            let _ = ctl.udp_send(Endpoint::new(addr, port), &input);
        }
    }

    fn read(&mut self, ctl: &mut Ctl<'_, '_>) {
        let Some(socket) = self.socket else { return };
        let bytes = ctl.read(socket);
        if !bytes.is_empty() {
            self.rest(ctl);
            self.show(&bytes, ctl);
        }
    }

    fn show(&mut self, bytes: &[u8], ctl: &mut Ctl<'_, '_>) {
        let text = String::from_utf8_lossy(bytes).into_owned();
        if let Peer::Connect { addr, .. } = self.options.peer {
            ctl.served(text.trim_end(), addr);
        }
        ctl.print(text);
    }

    fn datagram(&mut self, payload: &[u8], ctl: &mut Ctl<'_, '_>) {
        self.rest(ctl);
        self.show(payload, ctl);
    }

    /// An error that its socket keeps ends a connected `nc`: it ends its reading, which is no
    /// failure to it.
    fn icmp(&mut self, news: &IcmpNews, ctl: &mut Ctl<'_, '_>) {
        if news.is_kept() {
            ctl.end(0);
        }
    }

    fn timed_out(&mut self, ctl: &mut Ctl<'_, '_>) {
        self.cannot_connect("Connection timed out", ctl);
    }

    fn cannot_connect(&mut self, why: &str, ctl: &mut Ctl<'_, '_>) {
        let Peer::Connect { addr, port, .. } = self.options.peer else { return };
        if self.options.verbose || why == "Connection timed out" && self.options.wait_s.is_none() {
            let protocol = if self.options.udp { "udp" } else { "tcp" };
            ctl.complain(format!("nc: connect to {addr} port {port} ({protocol}) failed: {why}\n"));
        }
        ctl.end(1);
    }

    fn close(&mut self, ctl: &mut Ctl<'_, '_>) {
        if let Some(socket) = self.socket {
            ctl.close(socket);
        }
        ctl.end(0);
    }
}
