//! What if: the run that is walked through beside one in which something else was done, step by step from where they part.

use std::collections::{BTreeMap, BTreeSet};

use sim_core::goal::requests;
use sim_core::story::{Act, PlayError};
use sim_core::whatif::{Change, Comparison, Pairs, Row as TableRow, Run};
use sim_core::{Text, text};

use crate::session::{Kind, Session, Step};
use crate::state::Walk;

/// Two runs: A is the one that is walked through, B the one with the change.
#[derive(Debug)]
pub struct WhatIf {
    /// What is done in B only.
    pub acts: Vec<Act>,
    /// B.
    pub session: Session,
    /// The steps of both, side by side, and then the rows of tables that differ at the end.
    pub rows: Vec<Row>,
    /// Rows of tables that differ at the end.
    pub tables: Vec<TableRow>,
    /// Why no more is shown, if a question of the story comes first.
    pub first: Option<Text>,
    /// The selected row.
    pub at: usize,
    /// Whether B stands first.
    pub swapped: bool,
    /// What has come of the requests of either run.
    pub outcomes: [Text; 2],
    /// How many frames left an interface.
    pub frames: [usize; 2],
    /// What the typed commands said in B.
    pub said: String,
}

/// A row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Row {
    /// Steps: their places in the two runs, and whether they differ.
    Steps([Option<u32>; 2], bool),
    /// A row of a table, by its place.
    Table(usize),
}

impl Row {
    /// Whether the two runs differ there.
    pub fn differs(self) -> bool {
        matches!(self, Self::Steps(_, true) | Self::Table(_))
    }
}

impl WhatIf {
    /// Plays the run again with these acts besides those that were kept. What an open question asks for is in neither run.
    ///
    /// # Errors
    /// When the scenario cannot be set up.
    pub fn new(walk: &Walk, acts: Vec<Act>) -> Result<Self, PlayError> {
        let (a, kept, first) = (&walk.session, &walk.kept, walk.comes_first());
        let all = kept.concat().into_iter().chain(acts.iter().cloned()).collect();
        let session = Session::with(a.scenario().clone(), all)?;
        let runs = [a.run(), session.run()];
        let mut tables = Comparison::of(runs).rows;
        let mut rows = steps(a, &session, &Pairs::of(runs));
        if first.is_some() {
            let last = [walk.veil(), same(a, &session, walk.veil())];
            let is_open = |row: &Row| match row {
                Row::Steps(sides, _) => {
                    sides.iter().zip(last).all(|(at, last)| at.is_none_or(|at| at as usize <= last))
                }
                Row::Table(_) => false,
            };
            rows.retain(is_open);
            tables.clear();
        }
        rows.extend((0..tables.len()).map(Row::Table));
        let at = rows.iter().position(|row| row.differs()).unwrap_or(0);
        let (outcomes, frames) = (runs.map(outcome), runs.map(Run::frames));
        let said = said(&acts, session.run());
        let swapped = false;
        Ok(Self { acts, session, rows, tables, first, at, swapped, outcomes, frames, said })
    }

    /// Where the next difference begins, or the one before.
    pub fn difference(&self, forward: bool) -> Option<usize> {
        let begins =
            |at: &usize| self.rows[*at].differs() && (*at == 0 || !self.rows[*at - 1].differs());
        match forward {
            true => (self.at + 1..self.rows.len()).find(begins),
            false => (0..self.at.min(self.rows.len())).rfind(begins),
        }
    }

    /// How many differences there are: rows that follow each other are one.
    pub fn count(&self) -> usize {
        let begins =
            |at: &usize| self.rows[*at].differs() && (*at == 0 || !self.rows[*at - 1].differs());
        (0..self.rows.len()).filter(begins).count()
    }

    /// Whether nothing differs but what was typed and its words.
    pub fn is_same(&self) -> bool {
        let is_new = |row: &Row| match row {
            Row::Steps([None, Some(at)], true) => {
                self.session.steps().get(*at as usize).is_some_and(|step| step.kind == Kind::Typed)
            }
            row => !row.differs(),
        };
        self.rows.iter().all(is_new)
    }

    /// The first step of B that A has not, or not so.
    pub fn first(&self) -> Option<usize> {
        self.rows.iter().find_map(|row| match row {
            Row::Steps([_, Some(at)], true) => Some(*at as usize),
            _ => None,
        })
    }
}

/// The step of B at which the story is where it is at a step of A; if it does not come so far, the last one until that time.
fn same(a: &Session, b: &Session, step: usize) -> usize {
    let Some(own) = a.steps().get(step) else { return usize::MAX };
    let found = b.steps().iter().position(|other| other.kind == own.kind);
    found.unwrap_or_else(|| b.steps().partition_point(|other| other.at <= own.at).saturating_sub(1))
}

/// What a change is, as a person would type it: `rs1# sysctl …`, or what happens to a cable or a machine.
pub fn change(own: &Change) -> Text {
    match own {
        Change::Type { on, line } => Text::same(format!("{on}# {line}")),
        other => sim_core::story::change::sentence(&other.step()).unwrap_or_default(),
    }
}

/// What the commands of these acts said.
fn said(acts: &[Act], run: &Run) -> String {
    let typed = |on: &str, line: &str| {
        let world = &run.player.world;
        let is_it = |job: &&sim_core::job::Job| {
            *world.net.node(job.node).name == *on && world.origins.get(job.origin).text() == line
        };
        let jobs = run.player.typed().map(|(_, job)| job);
        jobs.filter(|job| is_it(job) && world.origins.get(job.origin).place().is_none())
            .map(|job| job.output.as_str())
            .collect::<String>()
    };
    let all = acts.iter().filter_map(|act| match &act.change {
        Change::Type { on, line } => Some(typed(on, line)),
        _ => None,
    });
    all.collect()
}

/// Who a step is, apart from events: a step of the story, expectations, the how-manieth frame made by hand.
fn told(step: &Step, by_hand: &mut u16) -> Option<(u8, u16)> {
    match step.kind {
        Kind::Story(at) => Some((0, at)),
        Kind::Expected { first, .. } => Some((1, first)),
        Kind::Injected => {
            *by_hand += 1;
            Some((2, *by_hand))
        }
        Kind::Frame { .. } | Kind::Typed | Kind::Timer => None,
    }
}

/// The steps of two runs side by side, in the order of both.
fn steps(a: &Session, b: &Session, pairs: &Pairs) -> Vec<Row> {
    let (mut events, mut others) = (BTreeMap::new(), BTreeMap::new());
    let mut by_hand = 0;
    for (at, step) in b.steps().iter().enumerate() {
        match told(step, &mut by_hand) {
            None => drop(events.insert(step.event as usize, at)),
            Some(key) => drop(others.insert(key, at)),
        }
    }
    by_hand = 0;
    // For each step of A: that of B, and whether they differ.
    let mut found: Vec<(usize, usize, bool)> = Vec::new();
    for (at, step) in a.steps().iter().enumerate() {
        let pair = match told(step, &mut by_hand) {
            None => {
                let event = step.event as usize;
                let pair = pairs.pair(0, event).and_then(|event| events.get(&event));
                pair.map(|pair| (*pair, pairs.differs(event)))
            }
            Some(key) => others.get(&key).map(|pair| (*pair, step.mark != b.steps()[*pair].mark)),
        };
        found.extend(pair.map(|(pair, differs)| (at, pair, differs)));
    }
    let in_order: BTreeSet<usize> = rising(&found);
    let moved: [BTreeSet<usize>; 2] = [0, 1].map(|side| {
        let apart = found.iter().enumerate().filter(|(at, own)| !in_order.contains(at) && !own.2);
        apart.map(|(_, own)| if side == 0 { own.0 } else { own.1 }).collect()
    });
    let mut rows = Vec::new();
    let mut here = [0, 0];
    let end = (a.steps().len(), b.steps().len(), false);
    let stops = in_order.iter().map(|at| (found[*at], true)).chain([(end, false)]);
    for ((one, other, differs), is_pair) in stops {
        let own =
            (here[0]..one).map(|at| Row::Steps([Some(at as u32), None], !moved[0].contains(&at)));
        rows.extend(own);
        let theirs =
            (here[1]..other).map(|at| Row::Steps([None, Some(at as u32)], !moved[1].contains(&at)));
        rows.extend(theirs);
        if is_pair {
            rows.push(Row::Steps([Some(one as u32), Some(other as u32)], differs));
        }
        here = [one + 1, other + 1];
    }
    rows
}

/// The longest part of these pairs that is in the order of both runs, as places in the list; the first side rises by itself.
fn rising(found: &[(usize, usize, bool)]) -> BTreeSet<usize> {
    // By length less one: where the part of that length ends that ends earliest; and before each pair, the one before it.
    let mut ends: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = Vec::with_capacity(found.len());
    for (at, (_, other, _)) in found.iter().enumerate() {
        let place = ends.partition_point(|end| found[*end].1 < *other);
        before.push(place.checked_sub(1).map(|place| ends[place]));
        match ends.get_mut(place) {
            Some(end) => *end = at,
            None => ends.push(at),
        }
    }
    let last = ends.last().copied();
    std::iter::successors(last, |at| before[*at]).collect()
}

/// What has come of the requests of a run.
fn outcome(run: &Run) -> Text {
    let all = requests(run);
    let net = &run.player.world.net;
    let (asked, failed) = (all.len(), run.player.failures().len());
    let served: Vec<_> = all.iter().filter(|own| own.answer.is_some()).collect();
    let through = served.iter().filter(|own| !own.picks.is_empty()).count();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for by in served.iter().filter_map(|own| own.answer?.by) {
        *counts.entry(&*net.node(by).name).or_default() += 1;
    }
    let by: Vec<String> = counts.iter().map(|(by, count)| format!("{by} {count}")).collect();
    let (served, by) = (served.len(), by.join(", "));
    let (by_en, by_zh) = match by.is_empty() {
        true => (String::new(), String::new()),
        false => (format!(" ({by})"), format!("（{by}）")),
    };
    let is_director = |node: &sim_core::net::Node| {
        node.host()
            .and_then(|host| host.engine())
            .is_some_and(|own| own.services().next().is_some())
    };
    let Text { en, zh } = match (asked, net.nodes.iter().any(is_director)) {
        (0, _) => text!("no requests", "没有请求"),
        (_, false) => text!(
            "requests {asked}: served {served}{by_en}",
            "请求 {asked} 个：得到应答 {served} 个{by_zh}"
        ),
        (_, true) => text!(
            "requests {asked}: served {served}, through the director {through}{by_en}",
            "请求 {asked} 个：得到应答 {served} 个，经过调度器 {through} 个{by_zh}"
        ),
    };
    match failed {
        0 => Text { en, zh },
        _ => {
            text!("{en}; expectations that do not hold: {failed}", "{zh}；不成立的预期 {failed} 个")
        }
    }
}
