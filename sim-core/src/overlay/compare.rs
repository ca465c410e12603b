//! Where a capture leaves the simulation: conversations are paired, and their steps.
//!
//! Conversations of one kind (a client and whom it asks) are paired with those that are like them,
//! whatever their order: which of several requests a scheduler gives to whom follows from its past.
//! Of a pair each step of the capture must be one of the simulation, and each of the simulation
//! must be there; bare ACKs may be missing.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use super::arp;
use super::macs::{Macs, Wire};
use super::shape::{Role, Step};
use super::talk::{Placed, Side, Talk};

/// How the two differ somewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A frame is another one.
    Changed,
    /// A frame of the simulation is not in the capture.
    Missing,
    /// The capture has a frame that the simulation has not got.
    Extra,
    /// A step comes before one that it should follow.
    Order,
    /// The capture ends before the simulation does.
    Ended,
}

/// A difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Apart {
    pub kind: Kind,
    /// The place of the simulation's frame.
    pub sim: Option<usize>,
    /// The place of the capture's: the frame itself, or what comes instead of the one that is missing.
    pub real: Option<usize>,
    /// The last frame of the same conversation that both have, in the simulation.
    pub before: Option<usize>,
    /// Steps to tell the fields of.
    pub steps: [Option<Place>; 2],
}

/// A step: in ARP or not, which conversation, which step of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub is_arp: bool,
    pub talk: usize,
    pub step: usize,
}

/// What was set aside, in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SetAside {
    /// Conversations that the scenario does not know, and their frames.
    pub unknown: (usize, usize),
    /// Conversations that are as others of the scenario, and more than it has; and their frames.
    pub repeated: (usize, usize),
    /// ARP that the scenario does not have, and that contradicts nothing; frames.
    pub arp: usize,
    /// ARP of the simulation that the capture does not have: known before it began.
    pub arp_known: usize,
    /// Frames that repeat a step more often than the simulation does.
    pub copies: usize,
}

/// What came of a comparison.
#[derive(Clone, Debug, Default)]
pub(super) struct Found {
    /// All differences, the first of each conversation, in order of their places.
    pub apart: Vec<(usize, Apart)>,
    /// How many steps differ.
    pub steps: usize,
    /// What is said, and no difference: the nearer a simulation is, the less.
    pub far: usize,
    /// Pairs of conversations.
    pub pairs: usize,
    pub aside: SetAside,
    pub macs: Macs,
}

impl Found {
    /// Where the first difference is: twice the place of its frame, and one more where the frame
    /// itself is there. What is missing comes before what stands there.
    pub(super) fn key(&self) -> usize {
        self.apart.first().map_or(usize::MAX, |(key, _)| *key)
    }
}

/// What the scenario knows besides this interface: who asks whom for what.
#[derive(Clone, Debug, Default)]
pub(super) struct Known {
    asked: BTreeSet<(u8, Ipv4Addr, Ipv4Addr)>,
    ports: BTreeSet<(u8, Ipv4Addr, u16)>,
}

impl Known {
    pub(super) fn add(&mut self, talk: &Talk) {
        let (proto, client, (addr, port)) = talk.class();
        self.asked.insert((proto, client, addr));
        if port != 0 {
            self.ports.insert((proto, client, port));
        }
    }

    fn has(&self, talk: &Talk) -> bool {
        let (proto, client, (addr, port)) = talk.class();
        self.asked.contains(&(proto, client, addr)) || self.ports.contains(&(proto, client, port))
    }
}

/// The comparison while it goes on.
pub(super) struct Comparing<'a> {
    pub sim: &'a Side,
    pub real: &'a Side,
    pub wire: &'a Wire,
    pub known: &'a Known,
    /// What has been found so far; of those without a place it is found at the end.
    pub apart: Vec<Apart>,
    /// Frames that both have: the capture's by the simulation's.
    pub matched: BTreeMap<usize, usize>,
    pub found: Found,
}

/// Compares.
pub(super) fn compare(sim: &Side, real: &Side, wire: &Wire, known: &Known, macs: Macs) -> Found {
    let found = Found { macs, ..Found::default() };
    let (apart, matched) = (Vec::new(), BTreeMap::new());
    let mut comparing = Comparing { sim, real, wire, known, apart, matched, found };
    arp::compare(&mut comparing);
    comparing.talks();
    comparing.finish()
}

impl Comparing<'_> {
    fn talks(&mut self) {
        let mut left: Vec<usize> = (0..self.sim.talks.len()).collect();
        let mut open: Vec<usize> = Vec::new();
        let mut pairs: Vec<(usize, usize)> = Vec::new();
        // Those that are as one of the simulation.
        for real in 0..self.real.talks.len() {
            let is_it = |sim: &&usize| self.is_pair(**sim, real);
            match left.iter().find(is_it).copied() {
                Some(sim) => {
                    left.retain(|own| *own != sim);
                    self.pair(sim, real);
                    self.found.pairs += 1;
                }
                None => open.push(real),
            }
        }
        // Those that differ: of the same kind; then of the same client, to the same address or port.
        for is_near in [is_same, is_akin] {
            open.retain(|real| {
                let own = &self.real.talks[*real];
                let found = left.iter().position(|sim| is_near(&self.sim.talks[*sim], own));
                let is_as_another =
                    || (0..self.sim.talks.len()).any(|sim| self.is_pair(sim, *real));
                match found {
                    Some(at) if !is_as_another() => {
                        pairs.push((left.remove(at), *real));
                        false
                    }
                    _ => true,
                }
            });
        }
        for (sim, real) in pairs {
            self.found.pairs += 1;
            self.pair(sim, real);
        }
        for real in open {
            self.alone(real);
        }
        for sim in left {
            let talk = &self.sim.talks[sim];
            let first = talk.steps.iter().position(|own| own.step.role != Role::Ack);
            if let Some(step) = first {
                self.found.steps += talk.steps.len();
                let place = Place { is_arp: false, talk: sim, step };
                self.apart.push(Apart {
                    kind: Kind::Missing,
                    sim: Some(talk.steps[step].frame),
                    real: None,
                    before: None,
                    steps: [Some(place), None],
                });
            }
        }
    }

    /// Whether two conversations are the same, and of one kind.
    fn is_pair(&self, sim: usize, real: usize) -> bool {
        let (one, other) = (&self.sim.talks[sim], &self.real.talks[real]);
        one.class() == other.class() && lay(one, other, &mut self.found.macs.clone()).is_same()
    }

    /// A conversation of the capture that has no pair.
    fn alone(&mut self, real: usize) {
        let talk = &self.real.talks[real];
        let frames = talk.frames.len();
        let is_repeated = (0..self.sim.talks.len()).any(|sim| self.is_pair(sim, real));
        let count = match (is_repeated, self.known.has(talk)) {
            (true, _) => &mut self.found.aside.repeated,
            (false, false) => &mut self.found.aside.unknown,
            (false, true) => {
                let place = Place { is_arp: false, talk: real, step: 0 };
                self.found.steps += talk.steps.len();
                self.apart.push(Apart {
                    kind: Kind::Extra,
                    sim: None,
                    real: Some(talk.steps[0].frame),
                    before: None,
                    steps: [None, Some(place)],
                });
                return;
            }
        };
        *count = (count.0 + 1, count.1 + frames);
        self.found.far += usize::from(is_repeated);
    }

    /// Lays one conversation over another, and notes the first difference.
    fn pair(&mut self, sim: usize, real: usize) {
        let (one, other) = (&self.sim.talks[sim], &self.real.talks[real]);
        let laid = lay(one, other, &mut self.found.macs);
        for (own, theirs) in &laid.matched {
            let (own, theirs) = (&one.steps[*own], &other.steps[*theirs]);
            self.matched.entry(own.frame).or_insert(theirs.frame);
            self.found.aside.copies += theirs.count.saturating_sub(own.count);
            self.found.far += theirs.count.abs_diff(own.count);
        }
        self.found.steps +=
            laid.only_sim.len() + laid.only_real.len() + laid.crossed.iter().count();
        let place = |talk, step| Place { is_arp: false, talk, step };
        let missing = laid.only_sim.first().map(|step| {
            let last = laid.last_before(*step);
            let after = last.map_or(0, |(_, real)| other.steps[real].frame + 1);
            let next = other.frames.iter().copied().find(|frame| *frame >= after);
            let before = last.map(|(sim, _)| one.steps[sim].frame);
            Apart {
                kind: Kind::Missing,
                sim: Some(one.steps[*step].frame),
                real: next,
                before,
                steps: [Some(place(sim, *step)), None],
            }
        });
        let other_one = laid.only_real.first().map(|step| {
            let own = laid.nearest(one, &other.steps[*step].step);
            let before = laid.matched.iter().rfind(|(_, at)| at < step);
            Apart {
                kind: if own.is_some() { Kind::Changed } else { Kind::Extra },
                sim: own.map(|own| one.steps[own].frame),
                real: Some(other.steps[*step].frame),
                before: before.map(|(own, _)| one.steps[*own].frame),
                steps: [own.map(|own| place(sim, own)), Some(place(real, *step))],
            }
        });
        let crossed = laid.crossed.map(|(own, theirs)| Apart {
            kind: Kind::Order,
            sim: Some(one.steps[own].frame),
            real: Some(other.steps[theirs].frame),
            before: None,
            steps: [Some(place(sim, own)), Some(place(real, theirs))],
        });
        let all = [other_one, missing, crossed];
        // Of those at one place the one that shows both frames.
        let first = all.into_iter().flatten().min_by_key(|own| own.real.unwrap_or(usize::MAX));
        self.apart.extend(first);
    }

    /// Gives each difference its place, and puts them in order.
    fn finish(mut self) -> Found {
        let end = self.real.frames;
        for apart in std::mem::take(&mut self.apart) {
            let (mut apart, key) = match (apart.real, apart.sim) {
                (Some(real), _) => (apart, 2 * real + usize::from(apart.kind != Kind::Missing)),
                (None, Some(sim)) => {
                    let after = apart.before.and_then(|own| self.matched.get(&own)).copied();
                    let later = self.matched.range(sim + 1..).map(|(_, real)| *real);
                    let later = later.filter(|real| after.is_none_or(|after| *real > after)).min();
                    (apart, 2 * later.unwrap_or(end))
                }
                (None, None) => (apart, 2 * end),
            };
            if key == 2 * end && apart.kind == Kind::Missing {
                apart.kind = Kind::Ended;
            }
            self.found.apart.push((key, apart));
        }
        self.found.apart.sort_by_key(|(key, apart)| (*key, apart.sim));
        self.found
    }
}

/// Whether two conversations are of one kind.
fn is_same(one: &Talk, other: &Talk) -> bool {
    one.class() == other.class()
}

/// Whether they are of one client, to the same address or port.
fn is_akin(one: &Talk, other: &Talk) -> bool {
    let ((proto, client, (addr, port)), (own, theirs, (to, at))) = (one.class(), other.class());
    (proto, client) == (own, theirs) && (addr == to || port == at && port != 0)
}

/// Two conversations, step by step.
struct Laid {
    /// Steps that both have, in the capture's order.
    matched: Vec<(usize, usize)>,
    /// Steps of the simulation that the capture must have and has not.
    only_sim: Vec<usize>,
    /// Steps that the simulation has not got.
    only_real: Vec<usize>,
    /// The first step of the capture that comes before one that it should follow.
    crossed: Option<(usize, usize)>,
}

impl Laid {
    fn is_same(&self) -> bool {
        self.only_sim.is_empty() && self.only_real.is_empty() && self.crossed.is_none()
    }

    /// Of the steps that both have, the last before this one of the simulation.
    fn last_before(&self, sim: usize) -> Option<(usize, usize)> {
        let before = self.matched.iter().filter(|(own, _)| *own < sim);
        before.max_by_key(|(_, real)| *real).copied()
    }

    /// The step that was to come instead of one that the simulation has not got: of those that are
    /// missing the first of its kind, or else the first.
    fn nearest(&self, talk: &Talk, real: &Step) -> Option<usize> {
        let of_role = |at: &&usize| talk.steps[**at].step.role == real.role;
        self.only_sim.iter().find(of_role).or(self.only_sim.first()).copied()
    }
}

fn lay(sim: &Talk, real: &Talk, macs: &mut Macs) -> Laid {
    let mut laid =
        Laid { matched: Vec::new(), only_sim: Vec::new(), only_real: Vec::new(), crossed: None };
    let mut used = vec![false; sim.steps.len()];
    let mut highest = None;
    for (theirs, Placed { step, .. }) in real.steps.iter().enumerate() {
        let fits = |own: &usize| {
            let own = &sim.steps[*own].step;
            step.is_like(own) && macs.fit(own, step)
        };
        let exact = |own: &usize| sim.steps[*own].step.role == step.role && !used[*own];
        let all = 0..sim.steps.len();
        let found =
            all.clone().find(|own| exact(own) && fits(own)).or_else(|| all.clone().find(fits));
        let Some(own) = found else {
            laid.only_real.push(theirs);
            continue;
        };
        macs.bind(&sim.steps[own].step, step);
        if step.role.is_ordered() && !used[own] {
            if laid.crossed.is_none() && highest.is_some_and(|highest| own < highest) {
                laid.crossed = Some((own, theirs));
            }
            highest = highest.max(Some(own));
        }
        // A bare ACK stands for itself only.
        used[own] |= step.role == sim.steps[own].step.role;
        laid.matched.push((own, theirs));
    }
    let is_due = |own: &usize| !used[*own] && sim.steps[*own].step.role != Role::Ack;
    laid.only_sim = (0..sim.steps.len()).filter(is_due).collect();
    laid
}
