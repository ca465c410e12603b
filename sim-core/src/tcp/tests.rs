//! Two hosts, a cable with a delay, two scripted programs: what is on the wire, as text.
//!
//! A line is what the client's interface shows. The delay is a queue in front of the interface of
//! the sender, so that a segment is shown one delay after it was made; times count from the first
//! line. Sequence numbers count from the ISNs.

use std::collections::{BTreeMap, VecDeque};
use std::fmt::Write as _;
use std::net::Ipv4Addr;
use std::time::Duration;

use lvs_engine::{Endpoint, Instant};
use rand_core::SeedableRng;
use rand_pcg::Pcg32;

use super::*;

mod bulk;
mod closing;
mod exchange;
mod laws;
mod losses;
mod opening;
mod path;

pub(super) const CLIENT: Endpoint = Endpoint::new(Ipv4Addr::new(10, 0, 0, 10), 41000);
pub(super) const SERVER: Endpoint = Endpoint::new(Ipv4Addr::new(192, 168, 1, 12), 80);
pub(super) const ETHERNET: PathInfo = PathInfo { mtu: 1500, locked: false, advmss: None };

/// What a program does next. Programs run when all segments of the instant have been taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Waits until the connection is there.
    Open,
    /// Waits.
    Ms(u64),
    /// Writes so many bytes.
    Write(usize),
    /// Reads until so many bytes have come.
    Read(usize),
    /// Reads until the other side has closed.
    ReadEnd,
    /// Waits until the other side has closed, without reading.
    AwaitEnd,
    NoDelay,
    ShutDown,
    Close,
    Abort,
}

use Step::*;

#[derive(Default)]
struct Program {
    steps: VecDeque<Step>,
    socket: Option<SocketId>,
    opened: bool,
    ended: bool,
    wake: Option<Instant>,
    left: usize,
    /// Bytes written and read so far: each byte depends on its place.
    written: usize,
    read: usize,
}

enum Happening {
    Arrive { to: usize, emit: Emit },
    TooBig { seq: u32, path: PathInfo },
    Run,
}

/// The world of these tests.
pub(super) struct Pair {
    pub now: Instant,
    delay: Duration,
    queue: BTreeMap<(Instant, u64), Happening>,
    count: u64,
    pub hosts: [Tcp; 2],
    programs: [Program; 2],
    pub paths: [PathInfo; 2],
    rng: Pcg32,
    isn: [Option<u32>; 2],
    /// What the next segment of each side should begin with.
    next: [u32; 2],
    ids: BTreeMap<usize, u16>,
    frames: usize,
    /// The server takes its connections at once.
    pub accepts: bool,
    /// Frames that get lost, by number, counted from 1.
    pub lost: Vec<usize>,
    /// A router between the hosts lets only smaller packets of the client pass, and says so.
    pub narrow: Option<PathInfo>,
    /// From then on nothing arrives.
    pub cut_at: Option<Instant>,
    pub trace: String,
    pub events: Vec<(usize, SocketEvent)>,
}

impl Pair {
    /// The client connects at 0 to a server that listens, with so many milliseconds each way.
    pub fn new(delay_ms: u64, client: &[Step], server: &[Step]) -> Self {
        let program = |steps: &[Step]| Program {
            steps: steps.iter().copied().collect(),
            ..Program::default()
        };
        let mut pair = Self {
            now: Instant::ZERO,
            delay: Duration::from_millis(delay_ms),
            queue: BTreeMap::new(),
            count: 0,
            hosts: [Tcp::new(1), Tcp::new(2)],
            programs: [program(client), program(server)],
            paths: [ETHERNET; 2],
            rng: Pcg32::seed_from_u64(1),
            isn: [None; 2],
            next: [0; 2],
            ids: BTreeMap::new(),
            frames: 0,
            accepts: true,
            lost: Vec::new(),
            narrow: None,
            cut_at: None,
            trace: String::new(),
            events: Vec::new(),
        };
        pair.hosts[1].listen(None, SERVER.port, 5).expect("the port is free");
        pair
    }

    /// The same, but these frames get lost, by number, counted from 1.
    pub fn losing(mut self, frames: &[usize]) -> Self {
        self.lost = frames.to_vec();
        self
    }

    /// The same after the client has connected and `until_ms` have passed.
    pub fn ran(mut self, until_ms: u64) -> Self {
        self.start();
        self.run_until(until_ms);
        self
    }

    /// What is on the wire until `until_ms`.
    pub fn run(self, until_ms: u64) -> String {
        self.ran(until_ms).trace
    }

    pub fn start(&mut self) {
        let path = self.paths[0];
        let socket = self.call(0, |tcp, cx| tcp.connect(cx, CLIENT, SERVER, path));
        self.programs[0].socket = Some(socket.expect("the endpoints are free"));
    }

    pub fn socket(&self, side: usize) -> SocketId {
        self.programs[side].socket.expect("it has a socket")
    }

    /// Calls a host and takes what comes out.
    pub fn call<T>(&mut self, side: usize, action: impl FnOnce(&mut Tcp, &mut Cx<'_>) -> T) -> T {
        let mut out = Vec::new();
        let mut cx = Cx { now: self.now, cause: self.count, rng: &mut self.rng, out: &mut out };
        let result = action(&mut self.hosts[side], &mut cx);
        for output in out {
            match output {
                Output::Segment(emit) => self.send(side, emit),
                Output::Event { socket, event } => self.event(side, socket, event),
                Output::Counted(_) => {}
            }
        }
        result
    }

    fn event(&mut self, side: usize, socket: SocketId, event: SocketEvent) {
        self.events.push((side, event));
        let program = &mut self.programs[side];
        match event {
            SocketEvent::Connected => program.opened = true,
            SocketEvent::Accepted { listener } => {
                program.opened = true;
                program.socket = Some(socket);
                if self.accepts {
                    assert_eq!(self.hosts[side].accept(listener), Some(socket));
                }
            }
            SocketEvent::PeerClosed | SocketEvent::Failed(_) => program.ended = true,
            SocketEvent::Readable => {}
        }
        self.push(self.now, Happening::Run);
    }

    fn push(&mut self, at: Instant, what: Happening) {
        self.count += 1;
        self.queue.insert((at, self.count), what);
    }

    fn send(&mut self, side: usize, emit: Emit) {
        self.frames += 1;
        let at = self.now + self.delay;
        let is_lost =
            self.lost.contains(&self.frames) || self.cut_at.is_some_and(|cut| self.now >= cut);
        self.print(side, &emit, is_lost);
        if let IpId::Counted(id) = emit.ip_id {
            let expected = self.ids.insert(side, id).map(|last| last.wrapping_add(1));
            assert_eq!(id, expected.unwrap_or(id), "IP IDs of one socket are consecutive");
        }
        let size = 20 + emit.size() as u16;
        if let Some(path) = self.narrow.filter(|path| side == 0 && emit.df && size > path.mtu) {
            self.push(at, Happening::TooBig { seq: emit.seq, path });
        } else if !is_lost {
            self.push(at, Happening::Arrive { to: 1 - side, emit });
        }
    }

    fn print(&mut self, side: usize, emit: &Emit, is_lost: bool) {
        if emit.flags.has(Flags::SYN) {
            self.isn[side] = Some(emit.seq);
            self.next[side] = emit.seq;
        }
        let relative = |side: usize, seq: u32| seq.wrapping_sub(self.isn[side].unwrap_or(seq));
        let tenths = self.now.as_nanos() / 100_000;
        let way = ["c>s", "s>c"][side];
        let mut line =
            format!("{:6}.{} {way} {:<3}", tenths / 10, tenths % 10, emit.flags.to_string());
        let seq = relative(side, emit.seq);
        if !emit.payload.is_empty() || emit.flags.has(Flags::FIN) {
            let len = emit.payload.len() as u32;
            let _ = write!(line, " {seq}:{}({len})", seq + len);
        } else if emit.flags.has(Flags::RST)
            || (!emit.flags.has(Flags::SYN) && emit.seq != self.next[side])
        {
            let _ = write!(line, " seq {}", seq as i32);
        }
        let end = emit.payload.len() as u32 + u32::from(emit.flags.0 & 3 != 0);
        self.next[side] = seq::later(self.next[side], emit.seq.wrapping_add(end));
        if emit.flags.has(Flags::ACK) && !emit.flags.has(Flags::SYN) {
            let _ = write!(line, " ack {}", relative(1 - side, emit.ack));
        }
        let _ = write!(line, " win {}", emit.window);
        if emit.ip_id == IpId::Zero {
            line.push_str(" id 0");
        }
        if let [first, rest @ ..] = Options::parse(emit.options.as_slice()).sacks() {
            let _ = write!(
                line,
                " sack {}:{}",
                relative(1 - side, first.left),
                relative(1 - side, first.right)
            );
            for sack in rest {
                let _ = write!(
                    line,
                    " {}:{}",
                    relative(1 - side, sack.left),
                    relative(1 - side, sack.right)
                );
            }
        }
        line.push_str(if is_lost { " lost\n" } else { "\n" });
        self.trace.push_str(&line);
    }

    pub fn run_until(&mut self, until_ms: u64) {
        let until = Instant::ZERO + Duration::from_millis(until_ms);
        self.push(self.now, Happening::Run);
        loop {
            let arrival = self.queue.first_key_value().map(|(key, _)| key.0);
            let timer = |side: usize| self.hosts[side].poll_timeout().map(|timer| (timer.at, side));
            let timer = [timer(0), timer(1)].into_iter().flatten().min();
            let next = arrival.into_iter().chain(timer.map(|it| it.0)).min();
            // Programs run when nothing else happens at this instant.
            if next.is_none_or(|next| next > self.now) && self.run_programs() {
                continue;
            }
            let Some(next) = next.filter(|next| *next <= until) else { return };
            assert!(next >= self.now, "time does not go back");
            self.now = next;
            // At one instant a timer goes first: it was set before the segment was sent.
            if let Some((_, side)) = timer.filter(|timer| timer.0 == next) {
                self.call(side, |tcp, cx| tcp.handle_timeout(cx));
                continue;
            }
            match self.queue.pop_first() {
                Some((_, Happening::Arrive { to, emit })) => self.arrive(to, &emit),
                Some((_, Happening::TooBig { seq, path })) => {
                    let quoted = Quoted { src: CLIENT, dst: SERVER, seq };
                    let error = IcmpError::FragmentationNeeded { path };
                    self.call(0, |tcp, cx| tcp.error(cx, &quoted, error));
                }
                Some((_, Happening::Run)) | None => {}
            }
        }
    }

    /// Takes a segment in, through its bytes.
    pub fn arrive(&mut self, to: usize, emit: &Emit) {
        let mut bytes = vec![0; emit.size()];
        emit.write_to(&mut bytes);
        assert_eq!(checksum(emit.src.addr, emit.dst.addr, &bytes), 0);
        let segment = Segment::parse(emit.src.addr, emit.dst.addr, emit.tos, &bytes)
            .expect("ours is well formed");
        let path = self.paths[to];
        self.call(to, |tcp, cx| tcp.receive(cx, &segment, path));
    }

    fn run_programs(&mut self) -> bool {
        let mut did = false;
        for side in [0, 1] {
            while self.step(side) {
                did = true;
            }
        }
        did
    }

    /// Reads what is there, as a program with a buffer of 64 KiB does; every byte must be the next.
    fn read(&mut self, side: usize, socket: SocketId) -> usize {
        let bytes = self.call(side, |tcp, cx| tcp.read(cx, socket, 65_536));
        let program = &mut self.programs[side];
        for (nth, byte) in bytes.iter().enumerate() {
            assert_eq!(*byte, byte_at(program.read + nth), "byte {}", program.read + nth);
        }
        program.read += bytes.len();
        bytes.len()
    }

    /// Does one step of a program; returns whether it could.
    fn step(&mut self, side: usize) -> bool {
        let program = &mut self.programs[side];
        let (Some(&step), Some(socket)) = (program.steps.front(), program.socket) else {
            return false;
        };
        let is_done = match step {
            Open => program.opened,
            Ms(ms) => {
                let due = *program.wake.get_or_insert(self.now + Duration::from_millis(ms));
                if due > self.now {
                    self.push(due, Happening::Run);
                    return false;
                }
                self.programs[side].wake = None;
                true
            }
            Write(len) => {
                let from = program.written;
                program.written += len;
                let bytes: Vec<u8> = (from..from + len).map(byte_at).collect();
                let result = self.call(side, |tcp, cx| tcp.write(cx, socket, &bytes));
                if let Err(failure) = result {
                    let _ = writeln!(self.trace, "{side}: {failure}");
                }
                true
            }
            Read(len) => {
                if program.left == 0 {
                    program.left = len;
                }
                let got = self.read(side, socket);
                let program = &mut self.programs[side];
                program.left -= got.min(program.left);
                if program.left > 0 && got > 0 {
                    return true;
                }
                program.left == 0
            }
            ReadEnd => {
                let ended = program.ended;
                self.read(side, socket);
                ended
            }
            AwaitEnd => program.ended,
            NoDelay => {
                self.call(side, |tcp, cx| tcp.set_nodelay(cx, socket, true));
                true
            }
            ShutDown => {
                self.call(side, |tcp, cx| tcp.shut_down(cx, socket));
                true
            }
            Close => {
                self.call(side, |tcp, cx| tcp.close(cx, socket));
                true
            }
            Abort => {
                self.call(side, |tcp, cx| tcp.abort(cx, socket));
                true
            }
        };
        if is_done {
            self.programs[side].steps.pop_front();
        }
        is_done
    }
}

/// The byte at a place of a stream: shifted by anything it would differ.
fn byte_at(place: usize) -> u8 {
    (place ^ place >> 8 ^ place >> 16) as u8
}

/// Compares what was on the wire with what should have been. The number of blanks does not count,
/// what follows a `#` explains, and `handshake over 5 ms` stands for its three segments.
#[track_caller]
pub(super) fn check(trace: &str, expected: &str) {
    let said = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    let expected: Vec<String> = expected
        .lines()
        .map(|line| said(line.split('#').next().unwrap_or_default()))
        .filter(|line| !line.is_empty())
        .flat_map(|line| handshake(&line).unwrap_or_else(|| vec![line]))
        .collect();
    let found: Vec<String> = trace.lines().map(said).collect();
    assert!(
        found == expected,
        "\n--- expected\n{}\n--- found\n{}\n",
        expected.join("\n"),
        found.join("\n")
    );
}

/// The usual opening of a connection, if the line stands for it.
fn handshake(line: &str) -> Option<Vec<String>> {
    let delay: u64 = line.strip_prefix("handshake over ")?.strip_suffix(" ms")?.parse().ok()?;
    Some(vec![
        "0.0 c>s S win 64240".to_owned(),
        format!("{delay}.0 s>c S. win 65160 id 0"),
        format!("{}.0 c>s . ack 1 win 502", 2 * delay),
    ])
}

/// The names of the states, as `ss -tan` lists them.
pub(super) fn states(pair: &Pair, side: usize) -> String {
    pair.hosts[side].rows().map(|row| row.state).collect::<Vec<_>>().join(" ")
}

/// The socket of a program.
pub(super) fn socket(pair: &Pair, side: usize) -> &Socket {
    pair.hosts[side].socket(pair.socket(side)).expect("a full socket")
}
