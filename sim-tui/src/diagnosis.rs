//! What is wrong with the network, searched in slices so that the screen never stands still for long; and its words.

use std::collections::BTreeMap;

use sim_core::diagnose::{Budget, Case, Cause, Clue, Diagnosis, search};
use sim_core::goal::{Judgement, requests};
use sim_core::names::Names;
use sim_core::scenario::Scenario;
use sim_core::story::{Act, Player, Progress};
use sim_core::trace::{How, Trace};
use sim_core::whatif::{Change, Run, When};
use sim_core::{Lang, Text, text};

use crate::session::Session;

/// How many changes are tried in each slice; what comes after the last one is left to `lvsim diagnose`.
const SLICES: [usize; 3] = [60, 240, 960];

/// A diagnosis, or the work on it.
#[derive(Debug)]
pub struct Diagnosing {
    /// The first line that is shown.
    pub top: u16,
    work: Work,
}

#[derive(Debug)]
enum Work {
    /// The scenario is not yet played.
    Begins(Box<Scenario>),
    /// So many slices were searched.
    Searches(Box<Case>, usize),
    /// It is over.
    Done(Box<(Case, Diagnosis)>),
    /// There is nothing to diagnose.
    Nothing(Text),
}

impl Diagnosing {
    /// The scenario as it was played, with what was kept. Nothing is done yet.
    pub fn new(session: &Session, kept: &[Vec<Act>]) -> Self {
        Self { top: 0, work: Work::Begins(Box::new(written(session, &kept.concat()))) }
    }

    /// Whether there is work left.
    pub fn works(&self) -> bool {
        matches!(self.work, Work::Begins(_) | Work::Searches(..))
    }

    /// How many changes were tried so far, while it works.
    pub fn tried(&self) -> usize {
        match self.work {
            Work::Searches(_, slices @ 1..) => SLICES[slices - 1],
            _ => 0,
        }
    }

    /// What was found.
    pub fn found(&self) -> Option<(&Case, &Diagnosis)> {
        match &self.work {
            Work::Done(done) => Some((&done.0, &done.1)),
            _ => None,
        }
    }

    /// Why there is nothing to diagnose.
    pub fn nothing(&self) -> Option<&Text> {
        match &self.work {
            Work::Nothing(why) => Some(why),
            _ => None,
        }
    }

    /// Works on for a slice.
    pub fn go_on(&mut self) {
        let nothing = || {
            text!(
                "Nobody asks a service by curl or nc in this story, so there is no goal to miss.",
                "这个故事里没有人用 curl 或 nc 访问服务，所以没有可以达不到的目标。"
            )
        };
        let work = std::mem::replace(&mut self.work, Work::Nothing(Text::default()));
        self.work = match work {
            Work::Begins(scenario) => match Case::open(&scenario) {
                Ok(Some(case)) => Work::Searches(Box::new(case), 0),
                Ok(None) => Work::Nothing(nothing()),
                Err(error) => Work::Nothing(error.text()),
            },
            Work::Searches(case, slices) => {
                let found = search(&case, Budget { runs: SLICES[slices], ..Budget::default() });
                match found.is_exhausted && slices + 1 < SLICES.len() {
                    true => Work::Searches(case, slices + 1),
                    false => Work::Done(Box::new((*case, found))),
                }
            }
            work => work,
        };
    }

    /// The cure as acts before the first request of a run.
    pub fn cure(&self, session: &mut Session) -> Option<Vec<Act>> {
        let cure = self.found()?.1.cure.as_ref()?;
        let run = session.run();
        let first = requests(run).first().and_then(|request| {
            run.trace.events().iter().position(|event| event.how == How::Typed(request.job))
        });
        let step = first.and_then(|event| session.step_of_event(event)).unwrap_or(0);
        let place = session.place(step, true);
        let again = cure.again.iter().map(|(on, line)| Change::typed(on.as_str(), line.as_str()));
        let changes = cure.changes().cloned().chain(again);
        Some(changes.map(|change| Act { place, change }).collect())
    }
}

/// The scenario with what was done by hand as steps of its story: what was done while a step ran comes behind it.
pub(crate) fn written(session: &Session, acts: &[Act]) -> Scenario {
    let mut scenario = session.scenario().clone();
    let mut trace = Trace::default();
    let Ok(mut player) = Player::new(scenario.clone(), &mut trace) else { return scenario };
    player.will_act(acts.to_vec());
    let mut acts: Vec<&Act> = acts.iter().collect();
    acts.sort_by_key(|act| act.place);
    let mut places: Vec<usize> = Vec::new();
    loop {
        while acts.get(places.len()).is_some_and(|act| act.place <= player.now()) {
            places.push(player.next_in_story());
        }
        if places.len() == acts.len() || player.step(&mut trace) == Progress::Done {
            break;
        }
    }
    places.resize(acts.len(), scenario.story.len());
    for (act, at) in acts.iter().zip(&places).rev() {
        act.change.make(&mut scenario, When::Before(*at));
    }
    scenario
}

/// A cause in words.
pub fn cause(own: &Cause, file: &str) -> Text {
    match own {
        Cause::Line { host, origin, text, .. } => {
            text!("{host}, {file}:{origin}: `{text}`", "{host}，{file}:{origin}：`{text}`")
        }
        Cause::Missing { host, line } => {
            text!("missing on {host}: `{line}`", "{host} 上缺少：`{line}`")
        }
        Cause::Machine(Change::Power { on, .. }) => text!("{on} is off", "{on} 没有开机"),
        Cause::Machine(Change::Cable { link, .. }) => {
            text!("the cable at {link} is out", "{link} 的线缆没有插上")
        }
        Cause::Machine(change) => text!("the cable: {change}", "线缆：{change}"),
    }
}

/// A verdict with its time, its host, the frame that it is about, and its values.
pub fn clue_line(clue: &Clue, run: &Run, lang: Lang) -> String {
    let world = &run.player.world;
    let names = Names { net: &world.net, origins: &world.origins, node: clue.node, lang };
    let at = run.trace.entries()[clue.entry].at;
    let frame = clue.frame.map_or(String::new(), |frame| format!(" #{}", frame.0));
    let (node, code) = (&world.net.node(clue.node).name, clue.reason.code());
    format!("{at} {node}{frame} {code}  {}", names.detail(&clue.reason))
}

/// How the goal's requests were served, a line for those alike.
pub fn proof(judged: &Judgement, run: &Run, lang: Lang) -> Vec<String> {
    let net = &run.player.world.net;
    let mut rows: BTreeMap<String, usize> = BTreeMap::new();
    for (request, fate) in judged.requests.iter().zip(&judged.fates) {
        if fate.is_none() {
            continue;
        }
        let name = |id| net.node(id).name.to_string();
        let by = request.answer.and_then(|answer| answer.by).map_or("?".into(), name);
        let (client, asked) = (name(request.client), request.name);
        let row = match request.picks.last() {
            Some(pick) => {
                let director = name(pick.director);
                text!(
                    "{client} is served by {asked}, through {director}, by {by}, as picked",
                    "{client} 访问 {asked}，经 {director} 调度，由选中的 {by} 应答"
                )
            }
            None => text!(
                "{client} is served by {asked}, by {by}",
                "{client} 访问 {asked}，由 {by} 应答"
            ),
        };
        *rows.entry(row.of(lang).to_owned()).or_default() += 1;
    }
    let times = |(row, times)| match times {
        1 => row,
        times => format!("{row} ({times}x)"),
    };
    rows.into_iter().map(times).collect()
}
