//! Processes: the programs that run on a host and take more than an instant.
//!
//! A process gets events (its start, its timers, news of its sockets) once the kernel's part of the
//! host is done with a frame, and acts through [`Ctl`]. Between its steps it thinks for [`THINK`],
//! as the endpoints of a real-kernel run do.

mod arping;
mod check;
mod curl;
mod icmp_news;
mod nc;
mod ping;
mod serve;
mod sleep;
mod tcpdump;
mod traceroute;

use std::collections::VecDeque;
use std::net::Ipv4Addr;
use std::time::Duration;

use lvs_engine::{Endpoint, Instant, OriginId};

use super::icmp::{TIME_EXCEEDED, UNREACHABLE};
use super::tcp::{ListenerId, NotConnected, SocketEvent, SocketId};
use super::udp::NotSent;
use super::{Host, Timer};
use crate::Mac;
use crate::command::{Command, Input};
use crate::event::{Cx, IfaceId, JobId};
use crate::frame::FrameBuf;
use crate::reason::Reason;
use crate::trace::Note;

pub(super) use icmp_news::IcmpNews;

/// What an endpoint waits between two of its steps, on a machine that has nothing else to do.
pub(super) const THINK: Duration = Duration::from_millis(30);

/// The number of a process on its host.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ProcId(u32);

/// What a timer of a process is for; the process gives the numbers their meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Token(pub(super) u32);

/// What happens to a process.
#[derive(Clone, Debug)]
pub(super) enum AppEvent {
    Start,
    Timer(Token),
    Tcp { socket: SocketId, event: SocketEvent },
    Datagram { from: Endpoint, payload: FrameBuf },
    Icmp(IcmpNews),
    Arp { iface: IfaceId, from: Ipv4Addr, mac: Mac, to: Ipv4Addr, unicast: bool },
    Frame { iface: IfaceId, bytes: Vec<u8> },
    Signal(Signal),
}

/// What ends a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Signal {
    /// Ctrl-C.
    Interrupt,
    /// `kill`.
    Terminate,
    /// `kill -9`.
    Kill,
}

impl Signal {
    /// The status of a program that a signal has ended: 128 and its number.
    const fn status(self) -> u8 {
        match self {
            Self::Interrupt => 130,
            Self::Kill => 137,
            Self::Terminate => 143,
        }
    }
}

/// A process.
#[derive(Clone, Debug)]
pub(super) struct Process {
    head: Head,
    app: App,
}

/// What comes down a pipe.
fn bytes_of(input: &Input) -> Vec<u8> {
    match input {
        Input::None => Vec::new(),
        Input::Text(echo) => echo.bytes().into_bytes(),
        Input::Zeros(count) => vec![0; usize::try_from(*count).unwrap_or(usize::MAX)],
        Input::Saved { .. } | Input::Tables(_) => unreachable!("no program reads what was saved"),
    }
}

/// What all processes have.
#[derive(Clone, Debug)]
struct Head {
    name: &'static str,
    job: JobId,
    /// Where it was typed.
    origin: OriginId,
    started: Instant,
    /// The earliest first.
    timers: VecDeque<(Timer, Token)>,
    status: Option<u8>,
}

impl Process {
    /// The earliest of its timers.
    pub(super) fn timer(&self) -> Option<Timer> {
        self.head.timers.front().map(|(timer, _)| *timer)
    }

    /// Takes the earliest timer out.
    pub(super) fn take_timer(&mut self) -> Option<Token> {
        self.head.timers.pop_front().map(|(_, token)| token)
    }

    /// The name by which `kill` knows it.
    pub(super) fn name(&self) -> &'static str {
        self.head.name
    }

    /// The command that it is.
    pub(super) fn job(&self) -> JobId {
        self.head.job
    }

    /// Whether a step of an exchange is still to come.
    pub(super) fn is_thinking(&self) -> bool {
        match &self.app {
            App::Serve(_) => !self.head.timers.is_empty(),
            App::Check(check) => check.is_asking(),
            _ => false,
        }
    }
}

/// The programs.
#[derive(Clone, Debug)]
enum App {
    Ping(ping::Ping),
    Traceroute(traceroute::Traceroute),
    Arping(arping::Arping),
    Check(check::Check),
    Curl(curl::Curl),
    Nc(nc::Nc),
    Serve(serve::Serve),
    Sleep(sleep::Sleep),
    Tcpdump(tcpdump::Tcpdump),
}

impl App {
    /// The program of a command; none if the command is done in an instant.
    fn new(command: &Command) -> Option<(&'static str, Self)> {
        Some(match command {
            Command::Ping(command) => ("ping", Self::Ping(ping::Ping::new(command))),
            Command::Traceroute(command) => {
                ("traceroute", Self::Traceroute(traceroute::Traceroute::new(command)))
            }
            Command::Arping(command) => ("arping", Self::Arping(arping::Arping::new(command))),
            Command::Check(command) => ("check", Self::Check(check::Check::new(command))),
            Command::Curl(command) => ("curl", Self::Curl(curl::Curl::new(command))),
            Command::Nc(command) => ("nc", Self::Nc(nc::Nc::new(command))),
            Command::Serve(command) => ("serve", Self::Serve(serve::Serve::new(command))),
            Command::Sleep(command) => ("sleep", Self::Sleep(sleep::Sleep::new(command))),
            Command::Tcpdump(command) => ("tcpdump", Self::Tcpdump(tcpdump::Tcpdump::new(command))),
            _ => return None,
        })
    }

    /// Whether it has a raw socket and sent what an ICMP message answers or quotes.
    fn hears(&self, news: &IcmpNews) -> bool {
        match self {
            Self::Ping(app) => app.hears(news),
            Self::Traceroute(app) => app.hears(news),
            _ => false,
        }
    }

    /// Whether it does something of its own with a signal: it tells what it has seen, and ends.
    fn catches(&self, signal: Signal) -> bool {
        match signal {
            Signal::Kill => false,
            Signal::Terminate => matches!(self, Self::Tcpdump(_)),
            Signal::Interrupt => matches!(self, Self::Tcpdump(_) | Self::Ping(_) | Self::Arping(_)),
        }
    }

    fn event(&mut self, event: AppEvent, ctl: &mut Ctl<'_, '_>) {
        match self {
            Self::Ping(app) => app.event(event, ctl),
            Self::Traceroute(app) => app.event(event, ctl),
            Self::Arping(app) => app.event(event, ctl),
            Self::Check(app) => app.event(event, ctl),
            Self::Curl(app) => app.event(event, ctl),
            Self::Nc(app) => app.event(event, ctl),
            Self::Serve(app) => app.event(event, ctl),
            Self::Sleep(app) => app.event(event, ctl),
            Self::Tcpdump(app) => app.event(event, ctl),
        }
    }
}

/// What a process can do: the system calls.
pub(super) struct Ctl<'h, 'c> {
    pub(super) host: &'h mut Host,
    pub(super) cx: &'h mut Cx<'c>,
    pub(super) id: ProcId,
    head: &'h mut Head,
}

impl Ctl<'_, '_> {
    pub(super) fn now(&self) -> Instant {
        self.cx.now
    }

    /// What it waits between two of its steps.
    pub(super) fn think(&self) -> Duration {
        self.host.think
    }

    /// Time since the process started.
    pub(super) fn elapsed(&self) -> Duration {
        self.cx.now - self.head.started
    }

    /// Where the command was typed.
    pub(super) fn origin(&self) -> OriginId {
        self.head.origin
    }

    pub(super) fn print(&mut self, text: impl Into<String>) {
        self.cx.print(self.head.job, text);
    }

    /// Says something on standard error.
    pub(super) fn complain(&mut self, text: impl Into<String>) {
        self.cx.complain(self.head.job, text);
    }

    /// Ends the process.
    pub(super) fn end(&mut self, status: u8) {
        self.head.status.get_or_insert(status);
    }

    /// Asks for a timer.
    pub(super) fn after(&mut self, time: Duration, token: Token) {
        let timer = Timer::at(self.cx.now + time, self.cx);
        let timers = &mut self.head.timers;
        let place = timers.partition_point(|earlier| *earlier <= (timer, token));
        timers.insert(place, (timer, token));
    }

    /// Forgets all timers of this kind.
    pub(super) fn cancel(&mut self, token: Token) {
        self.head.timers.retain(|&(_, own)| own != token);
    }

    /// Whether a timer of this kind is set.
    pub(super) fn waits(&self, token: Token) -> bool {
        self.head.timers.iter().any(|&(_, own)| own == token)
    }

    /// Notes that an answer came, and who gave it.
    pub(super) fn served(&mut self, by: &str, from: Ipv4Addr) {
        let (now, seq, node) = (self.cx.now, self.cx.seq, self.cx.node);
        if let Some(trace) = &mut self.cx.trace {
            let job = self.head.job;
            trace.add(now, seq, node, Note::Served { job, by: by.into(), from });
        }
    }

    /// Notes that a request begins, from this port.
    fn asked(&mut self, port: u16) {
        let (now, seq, node) = (self.cx.now, self.cx.seq, self.cx.node);
        if let Some(trace) = &mut self.cx.trace {
            trace.add(now, seq, node, Note::Asked { job: self.head.job, port });
        }
    }

    pub(super) fn connect(
        &mut self,
        local: (Option<Ipv4Addr>, Option<u16>),
        remote: Endpoint,
    ) -> Result<SocketId, NotConnected> {
        let (socket, port) =
            self.host.tcp_connect((self.id, self.head.origin), local, remote, self.cx)?;
        self.asked(port);
        Ok(socket)
    }

    /// Begins to connect, to see whether somebody is there: nobody has asked for anything.
    pub(super) fn probe(&mut self, remote: Endpoint) -> Result<SocketId, NotConnected> {
        let (socket, port) =
            self.host.tcp_connect((self.id, self.head.origin), (None, None), remote, self.cx)?;
        let (now, seq, node) = (self.cx.now, self.cx.seq, self.cx.node);
        if let Some(trace) = &mut self.cx.trace {
            trace.add(now, seq, node, Note::Probed { job: self.head.job, port });
        }
        Ok(socket)
    }

    pub(super) fn listen(&mut self, addr: Option<Ipv4Addr>, port: u16) -> Option<ListenerId> {
        self.host.tcp_listen((self.id, self.head.origin), addr, port)
    }

    pub(super) fn write(&mut self, socket: SocketId, bytes: &[u8]) {
        self.host.tcp_write(socket, bytes, self.cx);
    }

    pub(super) fn read(&mut self, socket: SocketId) -> Vec<u8> {
        self.host.tcp_read(socket, self.cx)
    }

    pub(super) fn close(&mut self, socket: SocketId) {
        self.host.tcp_close(socket, self.cx);
    }

    /// Opens the process's one UDP socket; false if the port is taken.
    pub(super) fn udp_open(
        &mut self,
        addr: Option<Ipv4Addr>,
        port: Option<u16>,
        peer: Option<Endpoint>,
    ) -> bool {
        let opened = self.host.udp_open((self.id, self.head.origin), addr, port, peer, self.cx);
        if let (Some(port), Some(_)) = (opened, peer) {
            self.asked(port);
        }
        opened.is_some()
    }

    pub(super) fn udp_send(&mut self, to: Endpoint, payload: &[u8]) -> Result<(), NotSent> {
        self.host.udp_send(self.id, to, payload, self.cx)
    }
}

impl Host {
    /// Starts the program of a command; false if the command is none.
    pub(super) fn spawn(
        &mut self,
        job: JobId,
        command: &Command,
        origin: OriginId,
        cx: &mut Cx<'_>,
    ) -> bool {
        let Some((name, app)) = App::new(command) else { return false };
        let id = ProcId(self.next_process);
        self.next_process += 1;
        let (started, timers) = (cx.now, VecDeque::new());
        let head = Head { name, job, origin, started, timers, status: None };
        if matches!(app, App::Tcpdump(_)) {
            self.captures.push(id);
        }
        self.processes.push((id, Box::new(Process { head, app })));
        self.app_event(id, AppEvent::Start);
        true
    }

    /// Tells a process something, once the kernel's part of the host is done.
    pub(super) fn app_event(&mut self, id: ProcId, event: AppEvent) {
        self.for_apps.push_back((id, event));
    }

    /// Tells those of an ICMP message whom it concerns: an echo reply, or an error about a packet
    /// of theirs.
    pub(super) fn app_icmp(&mut self, news: &IcmpNews, cx: &mut Cx<'_>) {
        if news.quoted_proto == super::tcp::PROTO {
            self.tcp_error(news, cx);
            return;
        }
        let programs = self.processes.iter().filter(|(_, process)| process.app.hears(news));
        let sockets = self.udp_senders(news).filter(|socket| socket.peer.is_some());
        let programs = programs.map(|(id, process)| (*id, process.head.origin));
        let sockets = sockets.map(|socket| (socket.owner, socket.origin));
        let hearers: Vec<_> = programs.chain(sockets).collect();
        if matches!(news.kind, UNREACHABLE | TIME_EXCEEDED) {
            let (kind, code) = (news.kind, news.code);
            cx.note(match (hearers.first(), self.udp_senders(news).next()) {
                (Some(&(_, origin)), _) => Reason::IcmpDelivered { kind, code, origin },
                (None, Some(socket)) => {
                    Reason::UdpErrorUnheard { to: news.flow().1, origin: socket.origin }
                }
                (None, None) => Reason::IcmpNoSocket,
            });
            if hearers.is_empty() && self.udp_senders(news).next().is_none() {
                self.count_unclaimed(news.quoted_proto);
            }
        }
        for (id, _) in hearers {
            self.app_event(id, AppEvent::Icmp(news.clone()));
        }
    }

    /// Whether the packet that an ICMP message is about was sent by a socket that still exists. A
    /// half-open TCP connection is none yet: nothing is learnt from advice about its SYN-ACK.
    /// Linux 6.1 tcp_ipv4.c, tcp_v4_err.
    pub(super) fn app_sent(&self, news: &IcmpNews) -> bool {
        match news.quoted_proto {
            super::tcp::PROTO => self.tcp.is_full(&news.flow()),
            super::udp::PROTO => self.udp_senders(news).next().is_some(),
            super::tunnel::PROTO => self.tunnel_of(news).is_some(),
            _ => true,
        }
    }

    /// Lets the processes work off what has happened.
    pub(super) fn run_apps(&mut self, cx: &mut Cx<'_>) {
        while let Some((id, event)) = self.for_apps.pop_front() {
            let place = self.processes.iter().position(|(own, _)| *own == id);
            let Some(place) = place else { continue };
            let (_, mut process) = self.processes.remove(place);
            let Process { head, app } = &mut *process;
            match event {
                AppEvent::Signal(signal) if !app.catches(signal) => {
                    head.status = Some(signal.status());
                }
                event => app.event(event, &mut Ctl { host: self, cx, id, head }),
            }
            match process.head.status {
                None => {
                    let place = self.processes.partition_point(|(own, _)| *own < id);
                    self.processes.insert(place, (id, process));
                }
                Some(status) => {
                    self.captures.retain(|capture| *capture != id);
                    self.udp.retain(|socket| socket.owner != id);
                    self.tcp_abandon(id, cx);
                    cx.end(process.head.job, status);
                }
            }
        }
    }

    /// Shows a frame, or a packet of a tunnel, to the captures that run here.
    pub(super) fn show_captures(&mut self, iface: IfaceId, bytes: &[u8]) {
        for &id in &self.captures {
            self.for_apps.push_back((id, AppEvent::Frame { iface, bytes: bytes.to_vec() }));
        }
    }

    /// Tells the `arping`s that run of an ARP message.
    pub(super) fn show_arpings(&mut self, event: &AppEvent) {
        for (id, process) in &self.processes {
            if matches!(process.app, App::Arping(_)) {
                self.for_apps.push_back((*id, event.clone()));
            }
        }
    }

    /// The processes that run, by number.
    pub(super) fn running(&self) -> impl Iterator<Item = (ProcId, &Process)> {
        self.processes.iter().map(|(id, process)| (*id, &**process))
    }
}
