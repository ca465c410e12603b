//! The requests of a run: who asked whom, who answered, and whom a scheduler picked.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{Ipv4Addr, SocketAddrV4};

use lvs_engine::Endpoint;

use crate::command::Command;
use crate::command::nc::Peer;
use crate::event::{IfaceId, JobId, NodeId, Seq};
use crate::frame::FrameId;
use crate::reason::Reason;
use crate::shell::Shell;
use crate::tcpdump::fields::{ACK, Ethernet, IPIP, Ipv4, SYN, TCP, Tcp, UDP, u16_at};
use crate::trace::{Dir, Entry, How, Note, Trace};
use crate::whatif::Run;
use crate::world::World;

/// What a command asks of whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Ask {
    /// The address and port.
    pub(crate) name: SocketAddrV4,
    /// Over UDP.
    pub(crate) udp: bool,
    /// An answer must bring bytes; else it is enough that the connection opens.
    pub(crate) wants_bytes: bool,
}

impl Ask {
    /// What a command asks for, if it is a request.
    pub(crate) fn of(command: &Command) -> Option<Self> {
        match command {
            Command::Curl(curl) => {
                let name = SocketAddrV4::new(curl.url.addr, curl.url.port);
                Some(Self { name, udp: false, wants_bytes: true })
            }
            Command::Nc(nc) => {
                let Peer::Connect { addr, port, .. } = nc.peer else { return None };
                let wants_bytes = nc.udp || !nc.scan && !nc.input.is_empty();
                Some(Self { name: SocketAddrV4::new(addr, port), udp: nc.udp, wants_bytes })
            }
            _ => None,
        }
    }
}

/// The commands of a text as it was typed.
pub(crate) fn commands(text: &str) -> impl Iterator<Item = Command> {
    let steps = Shell::default().compile(text).unwrap_or_default();
    steps.into_iter().map(|step| step.command)
}

/// A scheduler's choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pick {
    /// Whose.
    pub director: NodeId,
    /// Whom.
    pub rip: Ipv4Addr,
}

/// An answer that reached the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Whose, if that can be told.
    pub by: Option<NodeId>,
    /// In whose name.
    pub from: SocketAddrV4,
    /// The event in which it came: its place in [`Trace::events`].
    pub event: usize,
}

/// A request of the story.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The command.
    pub job: JobId,
    /// Who asked.
    pub client: NodeId,
    /// Whom.
    pub name: SocketAddrV4,
    /// Over UDP.
    pub udp: bool,
    /// The client's port; none if it never left.
    pub port: Option<u16>,
    /// The answer.
    pub answer: Option<Answer>,
    /// The schedulers' choices, in order.
    pub picks: Vec<Pick>,
    /// On how many interfaces its packets and those of the answer were seen.
    pub reach: usize,
}

/// The requests of a run's story, in the order in which they were typed.
pub fn requests(run: &Run) -> Vec<Request> {
    let mut found: Vec<(Request, bool)> = Vec::new();
    for (job, typed) in run.player.typed() {
        let ask = commands(&typed.text).find_map(|command| Ask::of(&command));
        let Some(Ask { name, udp, wants_bytes }) = ask else { continue };
        let client = typed.node;
        let request = Request {
            job,
            client,
            name,
            udp,
            port: None,
            answer: None,
            picks: Vec::new(),
            reach: 0,
        };
        found.push((request, wants_bytes));
    }
    let notes = Notes::read(&run.trace);
    let finder = Finder { trace: &run.trace, world: &run.player.world, notes: &notes };
    for (request, wants_bytes) in &mut found {
        request.port = notes.ports.get(&request.job).copied();
        request.answer = finder.answer(request, *wants_bytes);
        request.picks = finder.picks(request);
        request.reach =
            request.port.and_then(|port| notes.seen.get(&port)).map_or(0, BTreeSet::len);
    }
    found.into_iter().map(|(request, _)| request).collect()
}

/// A SYN-ACK: from whom, in which event, in which frame.
type Opened = (SocketAddrV4, usize, FrameId);

/// What of a trace tells of requests, gathered in one pass.
#[derive(Default)]
struct Notes {
    ports: BTreeMap<JobId, u16>,
    /// The event in which the answer came.
    served: BTreeMap<JobId, usize>,
    /// When each command asked: its event.
    asked: BTreeMap<JobId, usize>,
    /// By the client's port: what a scheduler's director knows of a connection, and when.
    picks: BTreeMap<u16, Vec<(Pick, Endpoint, Endpoint, usize)>>,
    /// SYN-ACKs by node and port of who gets them, and who sent each.
    opened: BTreeMap<(NodeId, u16), Vec<Opened>>,
    /// Where a port's packets were seen.
    seen: BTreeMap<u16, BTreeSet<(NodeId, IfaceId, bool)>>,
    /// Of each frame: what it was made from, and who sent it first.
    frames: BTreeMap<FrameId, (Option<FrameId>, NodeId)>,
    /// The place of each event by its number.
    events: BTreeMap<Seq, usize>,
}

impl Notes {
    fn read(trace: &Trace) -> Self {
        let mut notes = Self::default();
        for (at, event) in trace.events().iter().enumerate() {
            notes.events.insert(event.seq, at);
            let end = trace.events().get(at + 1).map_or(trace.len(), |next| next.first);
            for entry in &trace.entries()[event.first..end] {
                notes.take(entry, at);
            }
        }
        notes
    }

    fn take(&mut self, entry: &Entry, event: usize) {
        match &entry.what {
            Note::Asked { job, port } => {
                self.ports.insert(*job, *port);
                self.asked.insert(*job, event);
            }
            Note::Served { job, .. } => drop(self.served.entry(*job).or_insert(event)),
            Note::Why(Reason::Ipvs(reason)) => {
                use lvs_engine::Reason::{ConnFound, ConnNew, ConnOnePacket};
                let (ConnNew { client, vip, rip, .. }
                | ConnFound { client, vip, rip, .. }
                | ConnOnePacket { client, vip, rip, .. }) = *reason
                else {
                    return;
                };
                let own = self.picks.entry(client.port).or_default();
                let pick = Pick { director: entry.node, rip: rip.addr };
                own.push((pick, client, vip, event));
            }
            Note::Frame { iface, dir, frame } => {
                self.frames.entry(frame.id).or_insert((frame.parent, entry.node));
                let Some(ends) = Ends::read(frame.bytes.bytes()) else { return };
                for (port, is_answer) in [(ends.from.port(), false), (ends.to.port(), true)] {
                    let seen = self.seen.entry(port).or_default();
                    seen.insert((entry.node, *iface, is_answer));
                }
                if *dir == Dir::In && ends.opens {
                    let place = (entry.node, ends.to.port());
                    self.opened.entry(place).or_default().push((ends.from, event, frame.id));
                }
            }
            _ => {}
        }
    }

    /// Who made the first of the frames that this one was made from.
    fn maker(&self, frame: FrameId) -> Option<NodeId> {
        let (mut parent, mut maker) = *self.frames.get(&frame)?;
        while let Some((next, node)) = parent.and_then(|parent| self.frames.get(&parent)) {
            (parent, maker) = (*next, *node);
        }
        Some(maker)
    }
}

/// Looks things up for one request.
struct Finder<'a> {
    trace: &'a Trace,
    world: &'a World,
    notes: &'a Notes,
}

impl Finder<'_> {
    fn answer(&self, request: &Request, wants_bytes: bool) -> Option<Answer> {
        if let Some(&event) = self.notes.served.get(&request.job) {
            let frame = self.came(event, request.client);
            let from = frame.and_then(|(_, bytes)| Ends::read(bytes)).map(|ends| ends.from);
            let by = frame.and_then(|(id, _)| self.notes.maker(id)).or(Some(request.client));
            return Some(Answer { by, from: from.unwrap_or(request.name), event });
        }
        if wants_bytes {
            return None;
        }
        let opened = self.notes.opened.get(&(request.client, request.port?))?;
        let asked = *self.notes.asked.get(&request.job)?;
        let is_own = |(from, at, _): &&Opened| *from == request.name && *at >= asked;
        let (from, event, frame) = *opened.iter().find(is_own)?;
        Some(Answer { by: self.notes.maker(frame), from, event })
    }

    /// The frame that came to this node and led to an event at it; none if it came from itself.
    fn came(&self, event: usize, node: NodeId) -> Option<(FrameId, &[u8])> {
        let mut at = event;
        loop {
            let event = self.trace.events()[at];
            if event.node != node {
                return None;
            }
            if let How::Came(_) = event.how {
                let entries = &self.trace.entries()[event.first..];
                let own = entries.iter().take_while(|entry| entry.seq == event.seq);
                return own.filter(|entry| entry.node == node).find_map(|entry| {
                    match &entry.what {
                        Note::Frame { dir: Dir::In, frame, .. } => {
                            Some((frame.id, frame.bytes.bytes()))
                        }
                        _ => None,
                    }
                });
            }
            at = *self.notes.events.get(&event.cause)?;
        }
    }

    /// By the client's own address and port; behind other translations by the chain of causes.
    fn picks(&self, request: &Request) -> Vec<Pick> {
        let vip = Endpoint::new(*request.name.ip(), request.name.port());
        let client = self.world.net.node(request.client).host();
        let is_client = |addr| client.is_some_and(|host| host.fib().is_own(addr));
        let mut picks: Vec<Pick> = Vec::new();
        let own = request.port.and_then(|port| self.notes.picks.get(&port));
        let since = self.notes.asked.get(&request.job).copied().unwrap_or(usize::MAX);
        // A client may ask again from the same port: what comes after the answer is not about it.
        let until = request.answer.map_or(usize::MAX, |answer| answer.event);
        for (pick, from, to, at) in own.into_iter().flatten() {
            let is_own = *to == vip && is_client(from.addr) && (since..=until).contains(at);
            if is_own && picks.last() != Some(pick) {
                picks.push(*pick);
            }
        }
        if picks.is_empty()
            && let Some(answer) = request.answer
        {
            picks.extend(self.picked_on_the_way(answer.event, vip));
        }
        picks
    }

    fn picked_on_the_way(&self, event: usize, vip: Endpoint) -> Option<Pick> {
        let mut next = Some(event);
        while let Some(at) = next {
            let event = self.trace.events()[at];
            let entries = &self.trace.entries()[event.first..];
            for entry in entries.iter().take_while(|entry| entry.seq == event.seq) {
                use lvs_engine::Reason::{ConnFound, ConnNew, ConnOnePacket};
                if let Note::Why(Reason::Ipvs(
                    ConnNew { vip: own, rip, .. }
                    | ConnFound { vip: own, rip, .. }
                    | ConnOnePacket { vip: own, rip, .. },
                )) = entry.what
                    && own == vip
                {
                    return Some(Pick { director: entry.node, rip: rip.addr });
                }
            }
            next = self.notes.events.get(&event.cause).copied();
        }
        None
    }
}

/// The two ends of a segment or datagram, also in a tunnel.
struct Ends {
    from: SocketAddrV4,
    to: SocketAddrV4,
    /// It is a SYN-ACK.
    opens: bool,
}

impl Ends {
    fn read(frame: &[u8]) -> Option<Self> {
        let ethernet = Ethernet::read(frame).ok()?;
        (ethernet.ethertype == crate::frame::TYPE_IPV4)
            .then(|| Self::of_packet(ethernet.payload))?
    }

    fn of_packet(packet: &[u8]) -> Option<Self> {
        let head = Ipv4::read(packet).ok()?;
        let inside = packet.get(head.head.max(Ipv4::HEAD)..)?;
        match head.protocol {
            IPIP => Self::of_packet(inside),
            TCP | UDP if head.offset == 0 => {
                let from = SocketAddrV4::new(head.src, u16_at(inside, 0).ok()?);
                let to = SocketAddrV4::new(head.dst, u16_at(inside, 2).ok()?);
                let flags = (head.protocol == TCP).then(|| Tcp::read(inside).ok()).flatten();
                let opens = flags.is_some_and(|tcp| tcp.flags & (SYN | ACK) == SYN | ACK);
                Some(Self { from, to, opens })
            }
            _ => None,
        }
    }
}
