//! A broken scenario at the moment before its first request, from which candidates are tried.

use std::collections::BTreeMap;

use lvs_engine::OriginId;

use super::discord::Plan;
use crate::command::Command;
use crate::event::{JobId, NodeId};
use crate::goal::{self, Goal, Judgement, Requests, Works};
use crate::mutate::first_request;
use crate::scenario::{Line, Scenario, Step};
use crate::shell::Shell;
use crate::story::{PlayError, Player, Progress, check_line};
use crate::text;
use crate::trace::Trace;
use crate::whatif::{Change, Run, When};
use crate::world::World;

/// A broken scenario, ready to be tried.
#[derive(Clone, Debug)]
pub struct Case {
    /// What the network is for, and what else works in it.
    pub goal: Goal,
    /// The run as it is.
    pub broken: Run,
    /// What is wrong with it.
    pub judged: Judgement,
    scenario: Scenario,
    warm: Player,
    trace: Trace,
    failed: Vec<(String, String)>,
    /// The lines that set routes, with their hosts.
    routes: Vec<(String, String)>,
    plan: Plan,
}

impl Case {
    /// Plays a scenario as it is. None if it has no goal, and none can be derived: nobody asks a
    /// service.
    ///
    /// # Errors
    /// When its setup does not come to an end.
    pub fn open(scenario: &Scenario) -> Result<Option<Self>, PlayError> {
        let broken = Run::tolerant(scenario.clone())?;
        let Some(goal) = goal::of(&broken) else { return Ok(None) };
        let judged = Judgement::of(&goal, &broken);
        let goal = with_what_works(goal, &broken, &judged);
        let mut trace = Trace::default();
        let mut warm = Player::tolerant(without_expectations(scenario), &mut trace)?;
        warm.play_to(first_request(scenario), &mut trace);
        let failed = failed_lines(&warm);
        let routes = routes(scenario);
        let plan = Plan::of(&goal, &warm.world);
        let scenario = scenario.clone();
        Ok(Some(Self { goal, broken, judged, scenario, warm, trace, failed, routes, plan }))
    }

    /// The scenario.
    pub fn scenario(&self) -> &Scenario {
        &self.scenario
    }

    /// The world before the first request.
    pub fn world(&self) -> &World {
        &self.warm.world
    }

    /// Lines that have failed before the first request, with their hosts.
    pub fn failed(&self) -> &[(String, String)] {
        &self.failed
    }

    /// Of the lines that have failed, those of the hosts on which something is changed: whoever has
    /// mended what was wrong types them again.
    pub fn again(&self, changes: &[Change]) -> Vec<(String, String)> {
        let is_touched = |host: &str| {
            changes.iter().any(|change| match change {
                Change::Type { on, .. } | Change::Power { on, .. } => on == host,
                Change::Cable { .. } | Change::Mtu { .. } => false,
            })
        };
        let is_typed = |(host, line): &(String, String)| {
            changes.iter().any(|own| *own == Change::typed(host.as_str(), line.as_str()))
        };
        let failed = self.failed.iter().filter(|own| is_touched(&own.0) && !is_typed(own));
        let mut again: Vec<(String, String)> = failed.cloned().collect();
        // The routes by a network go with its address.
        for change in changes {
            let Change::Type { on, line } = change else { continue };
            if line.starts_with("ip addr del") {
                let own = self.routes.iter().filter(|route| route.0 == *on);
                again.extend(own.cloned());
            }
        }
        again.dedup();
        again
    }

    /// Plays on with these changes made, and what had failed typed again. None if one of them
    /// cannot be typed, or fails: then it changes nothing.
    pub fn with(&self, changes: &[Change]) -> Option<(Run, Judgement)> {
        self.with_again(changes, &self.again(changes))
    }

    /// The same with these lines typed again.
    pub(super) fn with_again(
        &self,
        changes: &[Change],
        again: &[(String, String)],
    ) -> Option<(Run, Judgement)> {
        if !changes.iter().chain(&as_changes(again)).all(is_typeable) {
            return None;
        }
        let mut own = steps(changes);
        let count = own.len();
        own.extend(steps(&as_changes(again)));
        let (mut player, mut trace) = (self.warm.clone(), self.trace.clone());
        let until = player.next_step() + count;
        player.insert(own);
        // In a loop something may be there already.
        let is_loop =
            |change: &Change| matches!(change, Change::Type { line, .. } if line.contains(';'));
        let until = if changes.iter().any(is_loop) { 0 } else { until };
        if !self.play(&mut player, &mut trace, until) {
            return None;
        }
        let run = Run { player, trace };
        let judged = Judgement::of(&self.goal, &run);
        Some((run, judged))
    }

    /// The machines before the first request when these changes were made, and what had failed was
    /// typed again.
    pub(super) fn after(&self, changes: &[Change]) -> World {
        let (mut player, mut trace) = (self.warm.clone(), Trace::default());
        let mut own = steps(changes);
        own.extend(steps(&as_changes(&self.again(changes))));
        let until = player.next_step() + own.len();
        player.insert(own);
        player.play_to(until, &mut trace);
        player.world
    }

    /// How badly all fits together, at first sight.
    pub(super) fn discord(&self, world: &World) -> i32 {
        self.plan.discord(world)
    }

    /// The same when this is typed as well. None if one line fails, or if it is nothing that is
    /// typed.
    pub(super) fn discord_after(&self, world: &World, changes: &[Change]) -> Option<i32> {
        let mut world = world.clone();
        for change in changes {
            if typed(&mut world, change)? != 0 {
                return None;
            }
        }
        for change in as_changes(&self.again(changes)) {
            typed(&mut world, &change)?;
        }
        Some(self.plan.discord(&world))
    }

    /// Plays to the end, or until a request that the goal names has failed: then it cannot hold.
    /// False if a command of a step before this one has failed.
    fn play(&self, player: &mut Player, trace: &mut Trace, until: usize) -> bool {
        let (mut pending, mut changes) = (Vec::new(), Vec::new());
        loop {
            match player.step(trace) {
                Progress::Done => return true,
                Progress::Typed(job) if player.next_step() <= until => changes.push(job),
                Progress::Typed(job) => {
                    let asks =
                        player.world.job(job).is_some_and(|job| self.is_named(job.node, &job.text));
                    pending.extend(asks.then_some(job));
                }
                Progress::Story(_) => {}
                _ => continue,
            }
            let status = |job| player.world.job(job).and_then(|job| job.status);
            let has_failed = |job: &JobId| status(*job).is_some_and(|status| status != 0);
            if changes.iter().any(has_failed) {
                return false;
            }
            if pending.iter().any(has_failed) {
                return true;
            }
            pending.retain(|job| status(*job).is_none());
        }
    }

    /// Whether a command is a page that the goal names: curl fails with a status, and only then.
    fn is_named(&self, on: NodeId, text: &str) -> bool {
        let client = &self.warm.world.net.node(on).name;
        let mut curls = goal::commands(text).filter(|command| matches!(command, Command::Curl(_)));
        let asks = curls.find_map(|command| goal::Ask::of(&command));
        asks.is_some_and(|ask| {
            let mut entries = self.goal.requests.iter();
            !ask.udp
                && entries.any(|own| **client == *own.client && own.name == ask.name && !own.udp)
        })
    }

    /// Plays the scenario with a line of its file written otherwise, and with these changes.
    pub(super) fn rewritten(
        &self,
        edit: impl FnOnce(&mut Scenario),
        changes: &[Change],
    ) -> Option<Judgement> {
        let mut scenario = without_expectations(&self.scenario);
        let at = first_request(&scenario);
        let again = as_changes(&self.again(changes));
        for change in changes.iter().chain(&again).rev() {
            change.make(&mut scenario, When::Before(at));
        }
        edit(&mut scenario);
        let mut shells: BTreeMap<String, Shell> = BTreeMap::new();
        for node in &scenario.nodes {
            let shell = shells.entry(node.name().to_owned()).or_default();
            if !node.script().iter().all(|line| check_line(shell, &line.value).is_ok()) {
                return None;
            }
        }
        let run = Run::tolerant(scenario).ok()?;
        Some(Judgement::of(&self.goal, &run))
    }
}

/// A scenario that is only judged by its goal: looking whether a story comes as expected costs as
/// much as playing it. Each step keeps its place.
fn without_expectations(scenario: &Scenario) -> Scenario {
    let mut scenario = scenario.clone();
    for step in &mut scenario.story {
        if matches!(step.value, Step::Expect(_)) {
            step.value = Step::Say(text!("", ""));
        }
    }
    scenario
}

/// Lines as changes.
fn as_changes(lines: &[(String, String)]) -> Vec<Change> {
    lines.iter().map(|(on, line)| Change::typed(on.as_str(), line.as_str())).collect()
}

/// Changes as steps of a story: lines of one host in one.
fn steps(changes: &[Change]) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    for change in changes {
        match (change, steps.last_mut()) {
            (Change::Type { on, line }, Some(Step::Do { on: last, run })) if on == last => {
                run.push(Line::from(line.clone()));
            }
            _ => steps.push(change.step()),
        }
    }
    steps
}

fn is_typeable(change: &Change) -> bool {
    match change {
        Change::Type { line, .. } => check_line(&mut Shell::default(), line).is_ok(),
        _ => true,
    }
}

/// Types a change into a world at once, and the status with which it ends: 0 also if it runs on.
/// None if it is nothing that is typed.
fn typed(world: &mut World, change: &Change) -> Option<u8> {
    let Change::Type { on, line } = change else { return None };
    let node = world.net.node_by_name(on)?;
    let mut last = 0;
    let mut skip = 0;
    for step in Shell::default().compile(line).ok()? {
        if skip > 0 || !step.runs(last) {
            skip = if skip > 0 { skip - 1 } else { step.skips.saturating_sub(1) };
            continue;
        }
        let job = world.type_command(node, &step, OriginId::default());
        while world.next_at() == Some(world.now()) {
            world.step(None);
        }
        last = world.job(job)?.status.unwrap_or(0);
    }
    Some(last)
}

/// The goal, with what works in a run and must go on doing so.
fn with_what_works(goal: Goal, run: &Run, judged: &Judgement) -> Goal {
    let name = |node| run.player.world.net.node(node).name.to_string();
    let mut more: Vec<Requests> = Vec::new();
    let mut refused = Vec::new();
    for (request, fate) in judged.requests.iter().zip(&judged.fates) {
        if fate.is_some() {
            continue;
        }
        let key = (name(request.client), request.name, request.udp);
        let Some(by) = request.answer.and_then(|answer| answer.by).map(name) else {
            refused.push(key);
            continue;
        };
        match more.iter_mut().find(|own| (own.client.clone(), own.name, own.udp) == key) {
            Some(own) => {
                own.times += 1;
                if !own.servers.contains(&by) {
                    own.servers.push(by);
                }
            }
            None => more.push(Requests {
                client: key.0,
                name: key.1,
                udp: key.2,
                through: None,
                times: 1,
                servers: vec![by],
                shares: BTreeMap::new(),
            }),
        }
    }
    more.retain(|own| !refused.contains(&(own.client.clone(), own.name, own.udp)));
    let mut requests = goal.entries();
    requests.extend(more);
    let mut works = goal.works.clone();
    for own in goal::works(run) {
        if !works.iter().any(|known: &Works| known.on == own.on && known.command == own.command) {
            works.push(own);
        }
    }
    Goal { requests, works, ..goal }
}

/// The lines that have failed so far, in the setup and in the story, each once.
fn failed_lines(player: &Player) -> Vec<(String, String)> {
    let mut failed: Vec<(String, String)> = Vec::new();
    for error in player.failed_lines() {
        if let PlayError::Setup { node, text, .. } = error {
            failed.push((node.clone(), text.clone()));
        }
    }
    for (_, job) in player.typed().filter(|(_, job)| job.status.is_some_and(|own| own != 0)) {
        let reads = |command: &Command| matches!(command, Command::Cat(_) | Command::False);
        if !goal::commands(&job.text).any(|command| reads(&command)) {
            let node = player.world.net.node(job.node).name.to_string();
            failed.push((node, job.text.clone()));
        }
    }
    // A server that could not start is started again in the background.
    for (_, line) in &mut failed {
        if line.starts_with("serve ") && !line.ends_with('&') {
            line.push_str(" &");
        }
    }
    failed
}

/// The lines of a file that set routes, with their hosts.
fn routes(scenario: &Scenario) -> Vec<(String, String)> {
    let mut routes = Vec::new();
    for node in &scenario.nodes {
        for own in super::lines::of(scenario, node.name()) {
            for says in own.says.iter().filter(|says| {
                says.len() > 2 && says[0] == "ip" && says[1] == "route" && says[2] == "add"
            }) {
                let line = format!("ip route replace {}", says[3..].join(" "));
                routes.push((node.name().to_owned(), line));
            }
        }
    }
    routes
}
