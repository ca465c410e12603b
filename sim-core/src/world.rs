//! The world: nodes, cables and the queue of what happens next.
//!
//! One event at a time is taken from the queue, in the order of time and then of number; the node
//! that it happens to answers with effects, which become events. Nothing else makes time pass.

mod cable;

use std::collections::BTreeSet;
use std::mem;
use std::sync::Arc;
use std::time::Duration;

use lvs_engine::{Instant, OriginId};

use crate::command::{Command, Conntrack, Iptables, Ipvsadm};
use crate::event::{Cx, Effect, Event, IfaceId, JobId, NodeId, Queue, Rng, Seq, What};
use crate::frame::{FrameBuf, Frames};
use crate::host::Host;
pub use crate::job::Job;
use crate::net::{End, Kind, Link, Net, Node};
use crate::origin::Origins;
use crate::reason::Reason;
use crate::shell;
use crate::trace::{How, Note, Trace};

/// The world.
#[derive(Clone, Debug)]
pub struct World {
    /// The nodes and cables.
    pub net: Net,
    /// Where things were set.
    pub origins: Origins,
    now: Instant,
    next_seq: u64,
    queue: Queue,
    /// What each host asked to be woken for: time, number and cause.
    wakes: Vec<Option<(Instant, Seq, Seq)>>,
    order: BTreeSet<(Instant, Seq, NodeId)>,
    /// The host that was woken by the last event.
    woken: Option<NodeId>,
    frames: Frames,
    /// Room for what a node asks for; empty between events.
    effects: Vec<Effect>,
    /// By number.
    jobs: Vec<Job>,
    events: u64,
}

impl World {
    /// A world of these nodes and cables, at the instant zero.
    pub fn new(net: Net) -> Self {
        let mut world = Self {
            wakes: vec![None; net.nodes.len()],
            net,
            origins: Origins::default(),
            now: Instant::ZERO,
            next_seq: 1,
            queue: Queue::default(),
            order: BTreeSet::new(),
            woken: None,
            frames: Frames::default(),
            effects: Vec::new(),
            jobs: Vec::new(),
            events: 0,
        };
        for link in 0..world.net.links.len() {
            world.set_carrier(link);
        }
        world
    }

    /// The present instant.
    pub fn now(&self) -> Instant {
        self.now
    }

    /// How many events have happened.
    pub fn events(&self) -> u64 {
        self.events
    }

    /// Makes the programs of all hosts slower: they wait longer between their steps.
    pub fn slow_programs(&mut self, by: Duration) {
        for node in &mut self.net.nodes {
            if let Kind::Host(host) = &mut node.kind {
                host.slow_programs(by);
            }
        }
    }

    /// When the next event happens.
    pub fn next_at(&self) -> Option<Instant> {
        let event = self.queue.next().map(|(at, _)| at);
        let wake = self.order.first().map(|(at, _, _)| *at);
        event.into_iter().chain(wake).min()
    }

    /// All commands that were typed, in order.
    pub fn jobs(&self) -> impl Iterator<Item = (JobId, &Job)> {
        (0..).map(JobId).zip(&self.jobs)
    }

    /// A command and what has come of it.
    pub fn job(&self, job: JobId) -> Option<&Job> {
        self.jobs.get(job.0 as usize)
    }

    /// Whether nothing is on its way, nobody waits for an answer and no foreground command runs.
    pub fn is_idle(&self) -> bool {
        let hosts = || self.net.nodes.iter().filter(|node| node.on).filter_map(Node::host);
        self.queue.is_empty()
            && hosts().all(Host::is_quiet)
            && !self.jobs.iter().any(|job| job.status.is_none() && !job.background)
    }

    /// Lets time pass without an event; the next event must not be earlier.
    pub fn advance(&mut self, to: Instant) {
        assert!(self.next_at().is_none_or(|at| at >= to), "no event may be skipped");
        self.now = self.now.max(to);
    }

    /// Types a command on a host at once.
    pub fn type_command(&mut self, node: NodeId, step: &shell::Step, origin: OriginId) -> JobId {
        let job = JobId(u32::try_from(self.jobs.len()).expect("a story has fewer commands"));
        let command = Arc::new(step.command.clone());
        let (text, background, started) = (step.text.clone(), step.background, self.now);
        let job_of = Job { node, background, text, origin, started, ..Job::default() };
        self.jobs.push(Job { streams: step.streams, ..job_of }.filtered_by(&step.filters));
        self.schedule(self.now, Seq(0), node, What::Do { job, command, origin });
        job
    }

    /// What has come of a command that is typed at this moment, before all else of this instant; the world stays as it is.
    ///
    /// None if the command would change the host, send something, or take time: then only a run can tell.
    pub fn ask(&self, node: NodeId, step: &shell::Step) -> Option<Job> {
        let mut world = self.clone();
        let own = |world: &Self| crate::digest::of_debug(world.net.node(node));
        let typed = |world: &mut Self, job: JobId, command: Command| {
            let seq = world.take_seq();
            let what = What::Do { job, command: Arc::new(command), origin: OriginId::default() };
            world.happen(Event { at: self.now, seq, cause: Seq(0), node, what }, None);
            world.take_seq().0 == seq.0 + 1
        };
        // A host looks at the clock when something is typed: that is no change.
        let nothing = world.type_command(node, step, OriginId::default());
        typed(&mut world, nothing, Command::True);
        let before = own(&world);
        let job = world.type_command(node, step, OriginId::default());
        let is_quiet = typed(&mut world, job, step.command.clone());
        let told = world.job(job).filter(|job| job.status.is_some()).cloned();
        told.filter(|_| is_quiet && (only_tells(&step.command) || own(&world) == before))
    }

    /// Types Ctrl-C while a command runs.
    pub fn interrupt(&mut self, job: JobId) {
        if let Some(known) = self.job(job) {
            self.schedule(self.now, Seq(0), known.node, What::Interrupt { job });
        }
    }

    fn take_seq(&mut self) -> Seq {
        let seq = Seq(self.next_seq);
        self.next_seq += 1;
        seq
    }

    fn schedule(&mut self, at: Instant, cause: Seq, node: NodeId, what: What) {
        assert!(at >= self.now, "nothing happens in the past");
        let seq = self.take_seq();
        self.queue.push(Event { at, seq, cause, node, what });
    }

    /// Lets exactly one event happen; false if there is none.
    pub fn step(&mut self, trace: Option<&mut Trace>) -> bool {
        let queued = self.queue.next();
        let first = self.order.first().map(|&(at, seq, node)| ((at, seq), node));
        let first = first.filter(|(wake, _)| queued.is_none_or(|queued| *wake < queued));
        let again = self.woken.take().filter(|node| self.has_due(*node));
        let event = match (again.or(first.map(|(_, node)| node)), queued) {
            (Some(node), _) => self.take_wake(node),
            (None, Some(_)) => self.queue.pop().expect("the queue is not empty"),
            (None, None) => return false,
        };
        self.now = event.at;
        self.events += 1;
        self.happen(event, trace);
        true
    }

    /// Whether a timer of this host's kernel is due: it comes before all else of this instant.
    fn has_due(&self, node: NodeId) -> bool {
        let Node { kind, on, .. } = self.net.node(node);
        *on && matches!(kind, Kind::Host(host) if host.has_due(self.now))
    }

    fn take_wake(&mut self, node: NodeId) -> Event {
        let wake = self.wakes[usize::from(node.0)].take();
        let (at, seq, cause) = wake.expect("a host waits to be woken");
        self.order.remove(&(at, seq, node));
        self.woken = Some(node);
        // A host that was busy when its time came is woken now, not in the past.
        Event { at: at.max(self.now), seq, cause, node, what: What::Wake }
    }

    fn happen(&mut self, event: Event, mut trace: Option<&mut Trace>) {
        let Event { at, seq, cause, node, what } = event;
        if let Some(trace) = trace.as_deref_mut() {
            trace.begin(at, seq, cause, node, How::of(&what));
        }
        let what = match what {
            What::Arrive { iface, frame } => {
                match self.cross(seq, End { node, iface }, frame, trace.as_deref_mut()) {
                    Some(frame) => What::Arrive { iface, frame },
                    None => return,
                }
            }
            What::Late { iface, frame } => {
                match self.come_late(seq, End { node, iface }, frame, trace.as_deref_mut()) {
                    Some(frame) => What::Arrive { iface, frame },
                    None => return,
                }
            }
            what => what,
        };
        if let (What::Do { job, .. }, Some(trace)) = (&what, trace.as_deref_mut()) {
            let text = self.job(*job).map(|job| job.text.clone()).unwrap_or_default();
            let typed = Note::Typed { job: *job, text };
            trace.add(self.now, seq, node, typed);
        }
        let now = self.now;
        let mut effects = mem::take(&mut self.effects);
        let is_typed = matches!(what, What::Do { .. });
        let Node { kind, rng, on, .. } = &mut self.net.nodes[usize::from(node.0)];
        let mut cx = Cx {
            now,
            node,
            seq,
            rng,
            frames: &mut self.frames,
            trace: trace.as_deref_mut(),
            effects: &mut effects,
        };
        if *on {
            drive(kind, what, &mut cx);
        } else {
            cx.note(Reason::PowerOff);
            if let What::Do { job, .. } = what {
                cx.end(job, 255);
            }
        }
        self.apply(seq, node, effects, trace);
        if is_typed {
            self.set_carriers(node);
        }
        self.renew_wake(node);
    }

    /// Does what a node has asked for.
    fn apply(
        &mut self,
        seq: Seq,
        node: NodeId,
        mut effects: Vec<Effect>,
        mut trace: Option<&mut Trace>,
    ) {
        // Turned round once, the first is what is taken off next.
        effects.reverse();
        while let Some(effect) = effects.pop() {
            match effect {
                Effect::Send { iface, frame } => {
                    self.send(seq, End { node, iface }, frame, trace.as_deref_mut());
                }
                Effect::Print { job, stream, text } => {
                    let known = self.jobs.get_mut(job.0 as usize);
                    if known.as_ref().is_some_and(|known| known.is_closed(stream)) {
                        // Nobody reads any more: SIGPIPE ends who writes, as Ctrl-C would.
                        self.schedule(self.now, seq, node, What::Interrupt { job });
                        continue;
                    }
                    let shown = match known {
                        Some(known) => known.say(stream, text),
                        None => Some(text),
                    };
                    if let (Some(trace), Some(text)) = (&mut trace, shown) {
                        trace.add(self.now, seq, node, Note::Output { job, text });
                    }
                }
                Effect::End { job, status } => {
                    let (held, status) = match self.jobs.get_mut(job.0 as usize) {
                        Some(known) => known.end(status, self.now),
                        None => (None, status),
                    };
                    if let Some(trace) = &mut trace {
                        if let Some(text) = held {
                            trace.add(self.now, seq, node, Note::Output { job, text });
                        }
                        trace.add(self.now, seq, node, Note::Ended { job, status });
                    }
                }
            }
        }
        self.effects = effects;
    }

    /// Lets a frame of these bytes come out of the cable of an interface at once.
    pub fn inject(&mut self, to: End, bytes: &[u8]) {
        let frame = self.frames.make(None, FrameBuf::new(bytes));
        self.schedule(self.now, Seq(0), to.node, What::Arrive { iface: to.iface, frame });
    }

    /// Lets a frame of these bytes leave by an interface, as a program with a packet socket does:
    /// the host's own stack takes no part.
    pub fn send_by_hand(&mut self, from: End, bytes: &[u8], trace: &mut Trace) {
        let frame = self.frames.make(None, FrameBuf::new(bytes));
        let note = Note::Injected { iface: from.iface, frame: frame.id, len: bytes.len() };
        trace.add(self.now, Seq(0), from.node, note);
        self.send(Seq(0), from, frame, Some(trace));
    }

    /// A wake-up takes its number when its time or its cause changes.
    fn renew_wake(&mut self, node: NodeId) {
        let wanted = self.net.node(node).host().filter(|_| self.net.node(node).on);
        let wanted = wanted.and_then(Host::wake_at).map(|timer| (timer.at, timer.cause));
        let at = usize::from(node.0);
        if self.wakes[at].map(|(time, _, cause)| (time, cause)) == wanted {
            return;
        }
        if let Some((time, seq, _)) = self.wakes[at].take() {
            self.order.remove(&(time, seq, node));
        }
        if let Some((time, cause)) = wanted {
            let seq = self.take_seq();
            self.wakes[at] = Some((time, seq, cause));
            self.order.insert((time, seq, node));
        }
    }

    /// Changes a cable; its ends notice at once whether it carries.
    pub fn change_link(&mut self, at: usize, change: impl FnOnce(&mut Link)) {
        change(&mut self.net.links[at]);
        self.set_carrier(at);
    }

    /// Switches a node on or off. A host that is switched on again has forgotten all that was typed
    /// into it.
    pub fn power(&mut self, node: NodeId, on: bool) {
        let Node { kind, rng, on: was, .. } = self.net.node_mut(node);
        if *was == on {
            return;
        }
        *was = on;
        match kind {
            Kind::Host(host) if on => **host = host.reborn(rng),
            Kind::Host(host) => {
                for job in host.jobs() {
                    if let Some(job) = self.jobs.get_mut(job.0 as usize) {
                        (job.status, job.ended) = (Some(137), Some(self.now));
                    }
                }
            }
            Kind::Switch(switch) => switch.forget(),
        }
        self.set_carriers(node);
        self.renew_wake(node);
    }

    /// The ends of a node's cables notice whether they carry.
    fn set_carriers(&mut self, node: NodeId) {
        for at in self.net.links_of(node) {
            self.set_carrier(at);
        }
    }

    fn set_carrier(&mut self, at: usize) {
        let up = self.net.is_connected(at);
        let was = std::mem::replace(&mut self.net.links[at].carries, up);
        if !up {
            self.net.links[at].cut = Seq(self.next_seq);
            self.net.links[at].queued = [0; 2];
        }
        for End { node, iface } in self.net.links[at].ends {
            let had = match &self.net.node(node).kind {
                Kind::Host(host) => host.fib().iface(iface).carrier,
                Kind::Switch(switch) => switch.ifaces[usize::from(iface.0)].carrier,
            };
            // What an end was told at this very instant, it has not heard yet.
            if had != up || was != up {
                self.schedule(self.now, Seq(0), node, What::Carrier { iface, up });
            }
        }
    }

    /// A fingerprint of all state: two worlds of the same one go the same way.
    pub fn digest(&self) -> u64 {
        crate::digest::of_debug(self)
    }
}

/// Whether a command only tells: who lists an empty table may load a module by that, and nobody would call it a change.
const fn only_tells(command: &Command) -> bool {
    match command {
        Command::Cat(_)
        | Command::Echo(_)
        | Command::Nstat(_)
        | Command::Netstat(_)
        | Command::Ss(_)
        | Command::Conntrack(Conntrack::List { .. } | Conntrack::Count) => true,
        Command::Ipvsadm(own) => {
            matches!(own, Ipvsadm::List(_) | Ipvsadm::ListLocals(_) | Ipvsadm::Save { .. })
        }
        Command::Iptables(own) => {
            matches!(own, Iptables::List(..) | Iptables::Rules { .. } | Iptables::Save(_))
        }
        _ => false,
    }
}

/// Lets an event happen to a node.
fn drive(kind: &mut Kind, what: What, cx: &mut Cx<'_>) {
    match (kind, what) {
        (Kind::Host(host), What::Arrive { iface, frame }) => host.receive(iface, frame, cx),
        (Kind::Host(host), What::Wake) => host.wake(cx),
        (Kind::Host(host), What::Do { job, command, origin }) => {
            host.command(job, &command, origin, cx);
        }
        (Kind::Host(host), What::Interrupt { job }) => host.interrupt(job, cx),
        (Kind::Host(host), What::Carrier { iface, up }) => host.carrier(iface, up, cx),
        (Kind::Switch(switch), What::Arrive { iface, frame }) => switch.receive(iface, frame, cx),
        (Kind::Switch(switch), What::Carrier { iface, up }) => switch.carrier(iface, up),
        (Kind::Switch(_), What::Wake | What::Interrupt { .. }) => {}
        (_, What::Late { .. }) => unreachable!("it has arrived by now"),
        (Kind::Switch(switch), What::Do { job, command, .. }) => switch.command(job, &command, cx),
    }
}

/// A stream of random numbers, of a node or of one direction of a cable: by the seed and its name,
/// so that a new one does not shift the others' draws.
pub fn stream(seed: u64, name: &str) -> Rng {
    let high = crate::digest::of_bytes(name.as_bytes());
    let low = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ high.rotate_left(32);
    Rng::new(u128::from(high) << 64 | u128::from(low))
}

/// The interface of a node by name, for messages.
pub fn end_name(net: &Net, node: NodeId, iface: IfaceId) -> String {
    let node = net.node(node);
    format!("{}:{}", node.name, node.iface_name(iface))
}
