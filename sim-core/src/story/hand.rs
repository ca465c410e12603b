//! What a person does while a story is played: a line that is typed, a cable, power, at a place of the run.
//!
//! It happens at that very place, whatever the story is at: a command of the story that runs goes on beside it. All of it is part
//! of the player, so that a clone goes on in the very same way, and the same acts lead to the same run.

use std::collections::BTreeSet;
use std::time::Duration;

use lvs_engine::{Instant, OriginId};

use super::setup::{find_end, set_up_node};
use super::{Doing, Player, Progress};
use crate::event::{JobId, NodeId};
use crate::net::Kind;
use crate::origin::Origin;
use crate::scenario::Step;
use crate::shell::{self, Shell};
use crate::trace::Trace;
use crate::whatif::Change;

/// The longest that a command may run on behind the end of the story, in virtual time.
const LONGEST: Duration = Duration::from_secs(300);

/// A place in a run: an instant, and how many steps the player has taken in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// When.
    pub at: Instant,
    /// Behind so many steps of that instant.
    pub steps: u32,
}

/// Something that a person does, and where in the run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Act {
    /// Where: behind all that had happened there.
    pub place: Place,
    /// What.
    pub change: Change,
}

/// What is still to be done by hand, and what of it runs.
#[derive(Clone, Debug, Default)]
pub(super) struct Hand {
    /// Where the player is.
    place: Place,
    /// What is to be done, the next one first.
    todo: Vec<Act>,
    /// Lines that are being typed.
    open: Vec<Open>,
    /// Where the typed lines were set.
    origins: BTreeSet<OriginId>,
}

/// A line that is being typed: its commands one after the other.
#[derive(Clone, Debug)]
struct Open {
    node: NodeId,
    commands: Vec<shell::Step>,
    next: usize,
    origin: OriginId,
    job: Option<JobId>,
    status: u8,
}

impl Hand {
    /// Counts a step of the player.
    pub(super) fn passed(&mut self, now: Instant) {
        let steps = if self.place.at == now { self.place.steps + 1 } else { 1 };
        self.place = Place { at: now, steps };
    }

    /// Whether something is left to be done.
    pub(super) fn is_busy(&self) -> bool {
        !self.todo.is_empty() || !self.open.is_empty()
    }

    /// Whether a line came from a person.
    pub(super) fn typed(&self, origin: OriginId) -> bool {
        self.origins.contains(&origin)
    }
}

impl Player {
    /// Where the player is in its run.
    pub fn now(&self) -> Place {
        self.hand.place
    }

    /// The step of the story before which something would have to stand that is done here; one that runs is over first.
    pub fn next_in_story(&self) -> usize {
        match self.doing {
            Doing::Typing { line: 0, command: 0, .. } | Doing::Injecting { .. } => self.step - 1,
            _ => self.step,
        }
    }

    /// What is to be done by hand. What lies behind is done at once.
    ///
    /// Lines that cannot be typed, and nodes that are not there, are passed over: whoever asks looks before.
    pub fn will_act(&mut self, mut acts: Vec<Act>) {
        acts.sort_by_key(|act| act.place);
        self.hand.todo = acts;
    }

    /// Takes a step that a person asked for, if it is time.
    pub(super) fn by_hand(&mut self, trace: &mut Trace) -> Option<Progress> {
        if !self.hand.is_busy() {
            return None;
        }
        let is_over = matches!(self.doing, Doing::Done);
        if let Some(progress) = self.type_on(is_over, trace) {
            return Some(progress);
        }
        let due = self.hand.todo.first()?.place;
        let next = if is_over { self.world.next_at() } else { self.next_at() };
        if self.hand.place < due && next.is_some_and(|at| at <= due.at) {
            if !is_over {
                return None;
            }
            // Behind the end of the story the world goes on only for this.
            if self.world.events() >= self.most_events {
                self.hand.todo.clear();
                return Some(Progress::Quiet);
            }
            self.world.step(Some(trace));
            return Some(Progress::Event);
        }
        self.world.advance(due.at);
        let Act { change, .. } = self.hand.todo.remove(0);
        Some(self.act(&change, trace))
    }

    /// Goes on with the lines that are being typed.
    fn type_on(&mut self, is_over: bool, trace: &mut Trace) -> Option<Progress> {
        for at in 0..self.hand.open.len() {
            let open = &self.hand.open[at];
            let job = open.job.and_then(|job| self.world.job(job));
            match job.map(|job| (job.status, job.background)) {
                Some((None, false)) => {
                    // What was typed comes before anything that the story does at this instant.
                    let has_room = self.world.events() < self.most_events;
                    if has_room && self.world.next_at() == Some(self.world.now()) {
                        self.world.step(Some(trace));
                        return Some(Progress::Event);
                    }
                    if is_over {
                        return Some(self.wait_for(at, trace));
                    }
                }
                Some((status, _)) => return Some(self.type_next(at, status.unwrap_or(0))),
                None => {
                    let status = open.status;
                    return Some(self.type_next(at, status));
                }
            }
        }
        None
    }

    /// The story is over and a command runs: the world goes on until it ends, or is ended as by Ctrl-C.
    fn wait_for(&mut self, at: usize, trace: &mut Trace) -> Progress {
        let Some(job) = self.hand.open[at].job else { return Progress::Quiet };
        let until = self.world.job(job).map_or(Instant::ZERO, |job| job.started) + LONGEST;
        let goes_on = self.world.next_at().is_some_and(|at| at <= until);
        if goes_on && self.world.events() < self.most_events {
            self.world.step(Some(trace));
            return Progress::Event;
        }
        self.hand.open.remove(at);
        self.world.interrupt(job);
        while self.world.next_at() == Some(self.world.now())
            && self.world.job(job).is_some_and(|job| job.status.is_none())
        {
            self.world.step(Some(trace));
        }
        Progress::Event
    }

    /// Types the next command of a line, or is done with it.
    fn type_next(&mut self, at: usize, status: u8) -> Progress {
        let open = &mut self.hand.open[at];
        (open.status, open.job) = (status, None);
        while let Some(step) = open.commands.get(open.next) {
            if !step.runs(open.status) {
                open.next += step.skips;
                continue;
            }
            open.next += 1;
            let job = self.world.type_command(open.node, step, open.origin);
            open.job = Some(job);
            return Progress::Typed(job);
        }
        self.hand.open.remove(at);
        Progress::Quiet
    }

    /// Does it.
    fn act(&mut self, change: &Change, trace: &mut Trace) -> Progress {
        let Change::Type { on, line } = change else {
            self.change(&change.step(), trace);
            return Progress::Quiet;
        };
        let Some(node) = self.world.net.node_by_name(on) else { return Progress::Quiet };
        let on_switch = matches!(self.world.net.node(node).kind, Kind::Switch(_));
        let mut shell = Shell { on_switch, ..Shell::default() };
        let Ok(commands) = shell.compile(line) else { return Progress::Quiet };
        let origin = self.world.origins.add(Origin::Typed { text: line.clone() });
        self.hand.origins.insert(origin);
        self.hand.open.push(Open { node, commands, next: 0, origin, job: None, status: 0 });
        let at = self.hand.open.len() - 1;
        self.type_next(at, 0)
    }

    /// Changes a cable or a machine; other steps change nothing.
    pub(super) fn change(&mut self, step: &Step, trace: &mut Trace) {
        match step {
            Step::Cable { link, up, delay, loss, reorder, mtu } => {
                let end = find_end(&self.world.net, link);
                let (at, _) = self.world.net.link_at(end).expect("the loader has checked it");
                self.world.change_link(at, |link| {
                    link.up = up.unwrap_or(link.up);
                    link.delay = delay.unwrap_or(link.delay);
                    link.chance.loss = loss.map_or(link.chance.loss, |loss| loss.0);
                    if let Some(late) = reorder {
                        (link.chance.late, link.chance.by) = (late.share.0, late.by);
                    }
                    link.mtu = mtu.or(link.mtu);
                });
            }
            Step::Power { on, up } => {
                let node = self.world.net.node_by_name(on).expect("the loader has checked it");
                let was_off = !self.world.net.node(node).on;
                self.world.power(node, *up);
                if *up && was_off {
                    let scenario = self.scenario.clone();
                    let at = usize::from(node.0);
                    let shell = &mut Shell::default();
                    let (world, failing) = (&mut self.world, &mut self.failing);
                    if let Err(error) = set_up_node(&scenario, at, world, shell, failing, trace) {
                        self.error = Some(error);
                        self.doing = Doing::Done;
                    }
                }
            }
            _ => {}
        }
    }

    /// A step of the story, or Quiet at its end if a person has not done yet.
    pub(super) fn unless_by_hand(&self, progress: Progress) -> Progress {
        match progress {
            Progress::Done if self.hand.is_busy() => Progress::Quiet,
            progress => progress,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::story::open;
    use crate::trace::Note;

    const LAB: &str = r#"(
        title: (en: "t", zh: "t"),
        nodes: [
            Host(name: "a", nics: [("eth0", "02:00:00:00:00:01")], setup: ["ip addr add 192.0.2.1/24 dev eth0"]),
            Host(name: "b", nics: [("eth0", "02:00:00:00:00:02")], setup: ["ip addr add 192.0.2.2/24 dev eth0"]),
        ],
        links: [(a: "a:eth0", b: "b:eth0", delay: "1ms")],
        story: [Do(on: "a", run: ["ping -c 3 -i 1 192.0.2.2"]), Say((en: "e", zh: "e"))],
    )"#;

    fn played(acts: Vec<Act>) -> (Player, Trace) {
        let lab = open("t.ron", LAB, None, false).expect("it loads");
        let mut trace = Trace::default();
        let mut player = Player::new(lab, &mut trace).expect("it is set up");
        player.will_act(acts);
        player.play(&mut trace);
        (player, trace)
    }

    fn typed(trace: &Trace) -> Vec<(Instant, String)> {
        let typed = |entry: &crate::trace::Entry| match &entry.what {
            Note::Typed { text, .. } => Some((entry.at, text.clone())),
            _ => None,
        };
        trace.entries().iter().filter_map(typed).collect()
    }

    fn act(millis: u64, steps: u32, on: &str, line: &str) -> Act {
        let at = Instant::ZERO + Duration::from_millis(millis);
        Act { place: Place { at, steps }, change: Change::typed(on, line) }
    }

    #[test]
    fn a_line_is_typed_at_its_place_while_the_story_goes_on() {
        let (player, trace) =
            played(vec![act(1500, 0, "b", "ip link set eth0 down && echo it is down")]);
        let story: Vec<_> = player.typed().map(|(_, job)| job.output.clone()).collect();
        assert!(story[0].contains("3 packets transmitted, 2 received"), "{story:?}");
        assert_eq!(story[2], "it is down\n");
        let at = Instant::ZERO + Duration::from_millis(1500);
        let times: Vec<_> = typed(&trace).into_iter().map(|(at, _)| at).collect();
        assert_eq!(times.iter().filter(|own| **own == at).count(), 2, "{times:?}");
    }

    #[test]
    fn behind_the_end_the_world_goes_on_until_the_command_has_ended() {
        let (player, _) = played(vec![act(9_000, 0, "b", "ping -c 1 192.0.2.1")]);
        let last = player.typed().last().map(|(_, job)| job.clone()).expect("it was typed");
        assert_eq!((last.status, last.node), (Some(0), NodeId(1)), "{}", last.output);
        // What never ends is ended as by Ctrl-C.
        let (player, _) = played(vec![act(9_000, 0, "b", "ping 192.0.2.1")]);
        let last = player.typed().last().map(|(_, job)| job.clone()).expect("it was typed");
        assert!(
            last.status.is_some() && last.output.contains("ping statistics"),
            "{}",
            last.output
        );
    }

    #[test]
    fn a_place_is_found_again_by_a_clone_and_by_a_second_run() {
        let lab = open("t.ron", LAB, None, false).expect("it loads");
        let (mut trace, mut places) = (Trace::default(), Vec::new());
        let mut player = Player::new(lab, &mut trace).expect("it is set up");
        while player.step(&mut trace) != Progress::Done {
            places.push((player.now(), trace.end()));
        }
        for (place, end) in places {
            let change = Change::typed("a", "ip neigh flush dev eth0");
            let (_, other) = played(vec![Act { place, change }]);
            assert_eq!(other.entries()[..end.entries], trace.entries()[..end.entries], "{place:?}");
            let next = &other.events()[end.events];
            assert!(
                matches!(next.how, crate::trace::How::Typed(_)) && next.at == place.at,
                "{place:?}"
            );
        }
    }
}
