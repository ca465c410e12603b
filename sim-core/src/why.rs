//! Why: from a frame, a node or a failure back to the lines of the configuration.
//!
//! All of it is read off a run that is over: the decisions with their inputs, and the shortest way
//! of packets and decisions that led to them. What would have changed a decision is another
//! question: each [`Told`] has the decision and the event that a change of the scenario would have
//! to move.

mod asked;
mod chain;
mod decision;
mod ends;
mod input;
mod request;
mod set;
mod view;

use crate::event::{JobId, NodeId};
use crate::frame::{Frame, FrameId};
use crate::reason::Reason;
use crate::scenario::{Expectation, Located, Step};
use crate::tcpdump::{Options, Tcpdump, brief};
use crate::trace::{How, Note};
use crate::whatif::Run;
use crate::worth;

use self::ends::Ends;
use self::view::View;

pub use asked::{Asked, LAST_FAILURE};
pub use chain::Link;
pub use decision::{Decision, decisions, origins};
pub use input::Input;
pub use request::Request;
pub use set::Set;

/// What the answer is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum About {
    /// A frame.
    Frame {
        /// Its number.
        id: FrameId,
        /// How many other frames the words describe as well.
        others: usize,
    },
    /// The last decision of a node, against something if there is one.
    Node(NodeId),
    /// A request, and the place of the expectation that failed over it, if one did.
    Request(Request, Option<usize>),
    /// An expectation that failed: its place among the failures.
    Failure(usize),
    /// Nothing failed; this is the last verdict against anything.
    LastAgainst,
    /// Nothing failed, and nothing was decided against anything.
    Nothing,
}

/// What a client saw at the end of its request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Saw {
    /// A frame told it: a reset, or an ICMP error.
    Frame(usize),
    /// Nothing that told it: it gave up.
    Nothing,
}

/// A decision, and how it came to it.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    /// The decision.
    pub decision: Decision,
    /// Its event; none if it is about a frame made by hand.
    pub event: Option<usize>,
    /// How many times it was made; retransmissions meet the same one.
    pub times: usize,
    /// Other nodes that decided alike about the same frame.
    pub also: Vec<NodeId>,
    /// The way to it, without what the way to the one before has in common with it.
    pub chain: Vec<Link>,
    /// What a person has set that it rests on.
    pub set: Vec<Set>,
    /// What a person has set that brought the packet to it, where it rests on nothing of that kind.
    pub led: Vec<Set>,
    /// What it rests on is that something is not there.
    pub is_missing: bool,
}

/// An answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Why {
    /// What it is about.
    pub about: About,
    /// What the client saw, if it is about a request.
    pub saw: Option<Saw>,
    /// The decisions, in causal order.
    pub told: Vec<Told>,
}

impl Why {
    /// Answers.
    pub fn of(run: &Run, asked: Asked) -> Self {
        let view = View::new(run);
        let mut answer = Answer { view: &view, told: Vec::new(), known: Vec::new() };
        let (about, saw) = match asked {
            Asked::Frame { id, others } => {
                answer.frame(id);
                (About::Frame { id, others }, None)
            }
            Asked::Node(node) => {
                answer.node(node);
                (About::Node(node), None)
            }
            Asked::LastFailure => answer.last_failure(),
        };
        Self { about, saw, told: answer.told }
    }
}

/// An answer that grows.
struct Answer<'a> {
    view: &'a View<'a>,
    told: Vec<Told>,
    /// The events that a chain has told.
    known: Vec<usize>,
}

/// What makes two decisions the same one.
#[derive(PartialEq)]
struct Alike {
    code: &'static str,
    node: Option<NodeId>,
    set: Vec<Set>,
    verdict: Option<Reason>,
}

impl Answer<'_> {
    /// What was decided about a frame by those who got it; or else by who made it.
    fn frame(&mut self, id: FrameId) {
        let view = self.view;
        let decided = |events: &[usize], verdicts: bool| -> Vec<usize> {
            let all = events.iter().flat_map(|event| view.decided(*event));
            all.filter(|at| !verdicts || view.decisions[*at].verdict().is_some()).collect()
        };
        let all: Vec<usize> = view.arrivals(id).collect();
        let took: Vec<usize> = all.iter().copied().filter(|event| view.is_for_it(*event)).collect();
        // Nobody got it: its cable has lost it, or it is of the host's own.
        let left: Vec<usize> =
            view.frame(id).map(|(entry, _)| view.event_of(entry)).into_iter().collect();
        let made: Vec<usize> = left.iter().filter_map(|event| view.before(*event)).collect();
        let tries = [(&took, true), (&took, false), (&all, true), (&left, true), (&made, true)];
        let found = tries.into_iter().map(|(events, verdicts)| decided(events, verdicts));
        let found = found.into_iter().find(|found| !found.is_empty()).unwrap_or_default();
        self.tell_all(&found);
    }

    /// What one node decided about a frame; what all did, if it is not there that it came.
    fn frame_at(&mut self, id: FrameId, node: Option<NodeId>) {
        let view = self.view;
        let there = view.arrivals(id).filter(|event| Some(view.event(*event).node) == node);
        let found: Vec<usize> = there.flat_map(|event| view.decided(event)).collect();
        match found.is_empty() {
            true => self.frame(id),
            false => self.tell_all(&found),
        }
    }

    /// The last decision of a node: the last one against something that is worth telling, else the
    /// last verdict, else the last note.
    fn node(&mut self, node: NodeId) {
        let own = |at: &usize| self.view.decisions[*at].node == node;
        let all = || (0..self.view.decisions.len()).filter(own);
        let against = |at: &usize| self.view.decisions[*at].is_against();
        let told = |at: &usize| worth::is_told(self.view.decisions[*at].code());
        let verdict = |at: &usize| self.view.decisions[*at].verdict().is_some();
        let last = all()
            .rfind(|at| against(at) && told(at))
            .or_else(|| all().rfind(verdict))
            .or_else(|| all().next_back());
        self.tell_all(last.as_slice());
    }

    /// Whatever failed last: a request, an expectation, or else a packet.
    fn last_failure(&mut self) -> (About, Option<Saw>) {
        let requests = Request::all(self.view);
        if let Some(request) = requests.iter().rfind(|own| own.has_failed()) {
            let saw = self.request(request);
            return (About::Request(*request, None), Some(saw));
        }
        let player = &self.view.run.player;
        if let Some(at) = player.failures().len().checked_sub(1) {
            let about = self.expectation(at, &requests);
            return (about, None);
        }
        let mut against = (0..self.view.decisions.len()).filter(|at| {
            let decision = &self.view.decisions[*at];
            decision.is_against() && worth::is_told(decision.code())
        });
        match against.next_back() {
            Some(at) => {
                self.tell_all(&[at]);
                (About::LastAgainst, None)
            }
            None => (About::Nothing, None),
        }
    }

    /// What came of a request: what told the client, or else the verdicts at which its packets
    /// ended.
    fn request(&mut self, request: &Request) -> Saw {
        let events = request.events(self.view);
        let ends = Ends::new(self.view, request.began, request.ended);
        let told = request.told(self.view, &events);
        let progress = request.progress(self.view, &events);
        let all = ends.of(&events);
        if let Some(told) = told {
            let way = self.view.way(told);
            let event = |at: &usize| self.view.event_of_decision(*at);
            // Who was asked for in vain stands beside the way.
            let fits = |at: &usize| {
                event(at).is_some_and(|event| way.contains(&event)) || ends.is_of_arp(*at)
            };
            let found: Vec<usize> = all.into_iter().filter(fits).collect();
            self.tell_all(&found);
            if self.told.is_empty() {
                // Nothing on the way was against it: who told the client, and why.
                let tells = |at: &usize| {
                    let verdict = self.view.decisions[*at].verdict();
                    matches!(verdict, Some(Reason::IcmpSent { .. } | Reason::RejectReset { .. }))
                };
                let all = || way.iter().flat_map(|event| self.view.decided(*event));
                let last = all().rfind(tells).or_else(|| all().next_back());
                self.tell_all(last.as_slice());
            }
            return Saw::Frame(told);
        }
        let late =
            |at: &usize| self.view.event_of_decision(*at).is_some_and(|event| event > progress);
        let mut found: Vec<usize> = all.iter().copied().filter(late).collect();
        if found.is_empty() {
            found = all;
        }
        if found.is_empty() {
            // Nothing was against it: the last one who took something of it did not answer.
            let all = || events.iter().flat_map(|event| self.view.decided(*event));
            let elsewhere = |at: &usize| self.view.decisions[*at].node != request.node;
            let takes = |at: &usize| {
                let verdict = self.view.decisions[*at].verdict();
                matches!(verdict, Some(Reason::TcpTaken { .. } | Reason::UdpTaken { .. }))
            };
            let last = all().rfind(|at| elsewhere(at) && takes(at));
            let last = last.or_else(|| all().rfind(elsewhere)).or_else(|| all().next_back());
            found.extend(last);
        }
        self.tell_all(&found);
        Saw::Nothing
    }

    /// What an expectation that failed is about.
    fn expectation(&mut self, at: usize, requests: &[Request]) -> About {
        let run = self.view.run;
        let player = &run.player;
        let (scenario, place) = (player.scenario(), &player.failures()[at].place);
        let expected = scenario.story.iter().find_map(|step| match &step.value {
            Step::Expect(own) => written_at(own, step, &scenario.file, place),
            _ => None,
        });
        let node = |name: &str| self.view.world().net.node_by_name(name);
        match expected {
            Some(Expectation::Served(..)) => {
                if let Some(last) = requests.last() {
                    self.request(last);
                    return About::Request(*last, Some(at));
                }
            }
            Some(Expectation::Path(words, nodes)) => match asked::first_frame(run, words, None) {
                Some(id) => self.frame(id),
                None => {
                    if let Some(first) = nodes.first().and_then(|name| node(name)) {
                        self.node(first);
                    }
                }
            },
            Some(Expectation::NoFrame { on, is }) => {
                if let Some(id) = asked::first_frame(run, is, Some(on)) {
                    let there = node(&on.node);
                    self.frame_at(id, there);
                }
            }
            Some(Expectation::Never { on, code }) => {
                let decisions = &self.view.decisions;
                let has = |own: &Decision| own.notes.iter().any(|note| note.code() == code);
                let is_it =
                    |at: &usize| Some(decisions[*at].node) == node(on) && has(&decisions[*at]);
                let last = (0..decisions.len()).rfind(is_it);
                self.tell_all(last.as_slice());
            }
            Some(Expectation::Frame { on, .. }) => {
                if let Some(node) = node(&on.node) {
                    self.node(node);
                }
            }
            Some(
                Expectation::Because { on, .. }
                | Expectation::Neigh { on, .. }
                | Expectation::Conns { on, .. }
                | Expectation::Output { on, .. }
                | Expectation::Digest { on, .. },
            ) => {
                if let Some(node) = node(on) {
                    self.node(node);
                }
            }
            Some(Expectation::Since(..)) | None => {}
        }
        About::Failure(at)
    }

    /// Tells these decisions in order, each once: those alike are counted.
    fn tell_all(&mut self, found: &[usize]) {
        let mut alike: Vec<Alike> = Vec::new();
        for at in found {
            let own = self.alike(*at);
            if let Some(known) = alike.iter().position(|known| *known == own) {
                let node = self.view.decisions[*at].node;
                let told = &mut self.told[known];
                match told.decision.node == node {
                    true => told.times += 1,
                    false if !told.also.contains(&node) => told.also.push(node),
                    false => {}
                }
                continue;
            }
            alike.push(own);
            self.tell(*at);
        }
    }

    fn alike(&self, at: usize) -> Alike {
        let decision = &self.view.decisions[at];
        let (code, mut set) = (decision.code(), set::own(self.view, at));
        // Those who have it not decide alike wherever they are; the others by what they rest on.
        let verdict = match decision.verdict() {
            Some(own @ Reason::ArpSilentNotMine { target }) => {
                set.extend(set::names(self.view, decision, *target));
                Some(*own)
            }
            Some(own @ Reason::DropOtherMac { .. }) => Some(*own),
            _ => None,
        };
        let node = verdict.is_none().then_some(decision.node);
        Alike { code, node, set, verdict }
    }

    fn tell(&mut self, at: usize) {
        let view = self.view;
        let decision = view.decisions[at].clone();
        let event = view.event_of_decision(at);
        let set = set::own(view, at);
        let is_missing = set::is_missing(decision.code());
        let led = match (set.is_empty(), event) {
            (true, Some(event)) => set::led(view, at, event),
            _ => Vec::new(),
        };
        let mut chain = Vec::new();
        if let Some(event) = event {
            let way = view.way(event);
            let known = way.iter().rposition(|own| self.known.contains(own));
            chain = chain::links(view, &way[known.map_or(0, |known| known + 1)..]);
            self.known.extend(way);
        }
        let (times, also) = (1, Vec::new());
        self.told.push(Told { decision, event, times, also, chain, set, led, is_missing });
    }
}

/// The expectation that is written at this place.
fn written_at<'a>(
    own: &'a Expectation,
    step: &Located<Step>,
    file: &str,
    place: &str,
) -> Option<&'a Expectation> {
    match own {
        Expectation::Since(_, inner) => {
            inner.iter().find(|own| format!("{file}:{}", own.origin) == place).map(|own| &own.value)
        }
        _ => (format!("{file}:{}", step.origin) == place).then_some(own),
    }
}

/// The frame that an event was, if it was one.
pub fn frame_of(run: &Run, event: usize) -> Option<&Frame> {
    let happened = run.trace.events()[event];
    let entries = run.trace.entries()[happened.first..].iter();
    entries.take_while(|entry| entry.seq == happened.seq).find_map(|entry| match &entry.what {
        Note::Frame { frame, .. } => Some(frame),
        _ => None,
    })
}

/// The command that an event was, if it was one.
pub fn typed(run: &Run, event: usize) -> Option<JobId> {
    match run.trace.events()[event].how {
        How::Typed(job) => Some(job),
        _ => None,
    }
}

/// A frame in one line, as tcpdump prints it without TCP's numbers and options.
pub fn line(frame: &Frame) -> String {
    brief(&Tcpdump::new(Options::default()).only_line(frame.bytes.bytes()))
}

/// What a command has said.
pub fn said(run: &Run, job: JobId) -> Vec<&str> {
    let entries = run.trace.entries().iter();
    let said = entries.filter_map(|entry| match &entry.what {
        Note::Output { job: own, text } if *own == job => Some(text.lines()),
        _ => None,
    });
    said.flatten().filter(|line| !line.trim().is_empty()).collect()
}
