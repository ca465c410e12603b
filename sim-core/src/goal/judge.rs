//! A run that is judged by a goal.

use std::collections::BTreeMap;

use super::seen::{Request, requests};
use super::{Fate, Goal, Requests};
use crate::event::NodeId;
use crate::whatif::Run;
use crate::world::World;

/// By how much a server's share may differ: a scheduler that begins at another place.
const SLACK: u32 = 1;

/// What is wrong with a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A request did not come to what it should: its place in [`Judgement::requests`].
    Request(usize),
    /// Fewer requests were made than the goal names: its entry's place, and how many were made.
    Missing(usize, u32),
    /// A server answered more or fewer of an entry's requests than it should.
    Share {
        /// The entry's place.
        entry: usize,
        /// The server.
        server: String,
        /// How many it answered.
        served: u32,
    },
    /// A command that should work did not: its place in [`Goal::works`].
    Works(usize),
}

/// A run, judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// All requests of the story.
    pub requests: Vec<Request>,
    /// What has become of each; none: the goal does not name it.
    pub fates: Vec<Option<Fate>>,
    /// What is wrong; nothing if the goal holds.
    pub faults: Vec<Fault>,
    /// The expected requests of the goal that were served.
    pub served: usize,
}

impl Judgement {
    /// Judges a run that was played to its end.
    pub fn of(goal: &Goal, run: &Run) -> Self {
        let world = &run.player.world;
        let requests = requests(run);
        let entries = goal.entries();
        let groups: Vec<Vec<usize>> =
            entries.iter().map(|entry| named(entry, &requests, world)).collect();
        let mut fates: Vec<Option<Fate>> = vec![None; requests.len()];
        for (entry, group) in entries.iter().zip(&groups) {
            for &at in group {
                // Entries of one client and name differ in their director: one of them suffices.
                if fates[at] != Some(Fate::Served) {
                    fates[at] = Some(fate(entry, &requests[at], world));
                }
            }
        }
        let is_bad = |fate: &Option<Fate>| fate.is_some_and(|fate| fate != Fate::Served);
        let mut faults: Vec<Fault> =
            (0..fates.len()).filter(|&at| is_bad(&fates[at])).map(Fault::Request).collect();
        faults.extend(missing(&entries, &groups));
        faults.extend(shares(&entries, &groups, &requests, world));
        faults.extend(broken_works(goal, run));
        let served = fates.iter().filter(|fate| **fate == Some(Fate::Served)).count();
        Self { requests, fates, faults, served }
    }

    /// Whether the goal holds.
    pub fn holds(&self) -> bool {
        self.faults.is_empty()
    }

    /// Whether every request is served as it should be, and only who serves how many is otherwise.
    pub fn differs_in_shares_only(&self) -> bool {
        let is_share = |fault: &Fault| matches!(fault, Fault::Share { .. });
        !self.faults.is_empty() && self.faults.iter().all(is_share)
    }

    /// Whether all pages came and the director is by-passed: it seems to work.
    pub fn is_past_director(&self) -> bool {
        let mut bad = self.fates.iter().flatten().filter(|fate| **fate != Fate::Served).peekable();
        bad.peek().is_some() && bad.all(|fate| matches!(fate, Fate::PastDirector { .. }))
    }

    /// The first request that did not come to what it should.
    pub fn first(&self) -> Option<(&Request, Fate)> {
        let at = self.faults.iter().find_map(|fault| match fault {
            Fault::Request(at) => Some(*at),
            _ => None,
        })?;
        Some((&self.requests[at], self.fates[at]?))
    }

    /// How far things came: more is better. Which request fails first, how far that one got, and
    /// how little else is wrong.
    pub fn progress(&self) -> Progress {
        let is_bad = |fate: &Option<Fate>| fate.is_some_and(|fate| fate != Fate::Served);
        let first = self.fates.iter().position(is_bad).unwrap_or(usize::MAX);
        let reach = self.first().map_or(usize::MAX, |(request, _)| request.reach);
        Progress(first, reach, std::cmp::Reverse(self.faults.len()))
    }
}

/// How far things came in a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Progress(usize, usize, std::cmp::Reverse<usize>);

impl Progress {
    /// Whether a later request is the first that fails.
    pub fn is_later(self, than: Self) -> bool {
        self.0 > than.0
    }
}

impl Goal {
    /// Its entries; of one that is not written out, the only one.
    pub fn entries(&self) -> Vec<Requests> {
        if !self.requests.is_empty() {
            return self.requests.clone();
        }
        let Self { client, servers, through, name, .. } = self.clone();
        let (udp, times, shares) = (false, 1, BTreeMap::new());
        vec![Requests { client, name, udp, through, times, servers, shares }]
    }
}

/// The requests that an entry is about.
fn named(entry: &Requests, requests: &[Request], world: &World) -> Vec<usize> {
    let is_own = |own: &Request| {
        let client = &*world.net.node(own.client).name == entry.client.as_str();
        client && own.name == entry.name && own.udp == entry.udp
    };
    (0..requests.len()).filter(|&at| is_own(&requests[at])).collect()
}

/// What has become of a request that an entry is about.
fn fate(entry: &Requests, request: &Request, world: &World) -> Fate {
    if request.port.is_none() && request.answer.is_none() {
        return Fate::NotSent;
    }
    let Some(answer) = request.answer else { return Fate::Unanswered };
    let is_named = |node: NodeId, name: &str| &*world.net.node(node).name == name;
    if let Some(through) = &entry.through {
        let mut picks = request.picks.iter().filter(|pick| is_named(pick.director, through));
        let Some(pick) = picks.next_back() else {
            return Fate::PastDirector { by: answer.by };
        };
        if let Some(by) = answer.by {
            let owns = |host: &crate::host::Host| host.fib().is_own(pick.rip);
            if !world.net.node(by).host().is_some_and(owns) {
                return Fate::NotPicked { by, picked: pick.rip };
            }
        }
    }
    match answer.by {
        Some(by) if !entry.servers.iter().any(|server| is_named(by, server)) => {
            Fate::Stranger { by }
        }
        _ if answer.from != entry.name => Fate::OtherName { from: answer.from },
        _ => Fate::Served,
    }
}

/// Entries that fewer requests were made of. Those of one client and name count together.
fn missing(entries: &[Requests], groups: &[Vec<usize>]) -> Vec<Fault> {
    let key = |entry: &Requests| (entry.client.clone(), entry.name, entry.udp);
    let mut faults = Vec::new();
    for (at, (entry, group)) in entries.iter().zip(groups).enumerate() {
        let alike = || entries.iter().filter(|own| key(own) == key(entry));
        let is_first = entries[..at].iter().all(|own| key(own) != key(entry));
        let wanted: u32 = alike().map(|own| own.times).sum();
        let made = u32::try_from(group.len()).unwrap_or(u32::MAX);
        if is_first && made < wanted {
            faults.push(Fault::Missing(at, made));
        }
    }
    faults
}

/// Servers that answered more or fewer than they should.
fn shares(
    entries: &[Requests],
    groups: &[Vec<usize>],
    requests: &[Request],
    world: &World,
) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (at, (entry, group)) in entries.iter().zip(groups).enumerate() {
        if entry.shares.is_empty() {
            continue;
        }
        let mut served: BTreeMap<&str, u32> = BTreeMap::new();
        for request in group.iter().map(|&at| &requests[at]) {
            let Some(by) = request.answer.and_then(|answer| answer.by) else { continue };
            let through = entry.through.as_deref();
            let of_entry =
                |pick: &super::Pick| Some(&*world.net.node(pick.director).name) == through;
            if through.is_none() || request.picks.iter().any(of_entry) {
                *served.entry(&world.net.node(by).name).or_default() += 1;
            }
        }
        let all = entry.shares.keys().map(String::as_str).chain(served.keys().copied());
        let all: std::collections::BTreeSet<&str> = all.collect();
        for server in all {
            let wanted = entry.shares.get(server).copied().unwrap_or_default();
            let served = served.get(server).copied().unwrap_or_default();
            // Of several servers none may be left out.
            let is_left_out = wanted > 0 && served == 0 && entry.shares.len() > 1;
            if wanted.abs_diff(served) > SLACK || is_left_out {
                faults.push(Fault::Share { entry: at, server: server.into(), served });
            }
        }
    }
    faults
}

/// The commands that should work and did not.
fn broken_works(goal: &Goal, run: &Run) -> Vec<Fault> {
    if goal.works.is_empty() {
        return Vec::new();
    }
    let mut worked: BTreeMap<(&str, &str), u32> = BTreeMap::new();
    for (_, job) in run.player.typed().filter(|(_, job)| job.status == Some(0)) {
        let on = &run.player.world.net.node(job.node).name;
        *worked.entry((on, &job.text)).or_default() += 1;
    }
    let is_broken = |own: &super::Works| {
        let found = worked.get(&(own.on.as_str(), own.command.as_str()));
        found.copied().unwrap_or_default() < own.times
    };
    let all = goal.works.iter().enumerate();
    all.filter(|(_, own)| is_broken(own)).map(|(at, _)| Fault::Works(at)).collect()
}
