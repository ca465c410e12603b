//! An answer being played: the story of the lab's start, then the answer's commands, then, on copies, the checks of its tasks.

use std::time::Duration;

use lvs_engine::Instant;

use super::{Answer, Lab, Said};
use crate::scenario::{Line, Located, Origin, Step, Wait};
use crate::story::{Failure, PlayError, Player, Progress};
use crate::text;
use crate::text::Text;
use crate::trace::Trace;
use crate::world::World;

/// The most events of an answer, and of one check: a hundred times what a lab needs, and less than a second of work.
const MOST_EVENTS: u64 = 200_000;
/// The longest that all commands of an answer may take, in virtual time; no lab is about more than an hour.
const LONGEST: Duration = Duration::from_secs(3_600);
/// The longest that a check may take: some wait for timers to run out.
const LONGEST_CHECK: Duration = Duration::from_secs(6 * 3_600);

/// How long the network rests between an answer and a check.
const REST: Duration = Duration::from_secs(2);

/// A lab as it stands behind an answer's commands.
pub(super) struct Run {
    pub(super) player: Player,
    pub(super) trace: Trace,
    /// From where on the trace is the answer's.
    pub(super) since: usize,
    /// The world before it.
    pub(super) before: World,
    /// Why the commands did not come to their end.
    pub(super) stopped: Option<Text>,
    /// What of the start did not hold.
    pub(super) broken: Vec<Failure>,
}

/// A check that was played.
pub(super) struct Checked {
    pub(super) player: Player,
    pub(super) trace: Trace,
    /// The first that does not hold; none: all does.
    pub(super) failed: Option<Text>,
}

/// A lab whose start has been played, for one answer or for many.
pub(super) struct Started {
    player: Player,
    trace: Trace,
    broken: Vec<Failure>,
}

impl Started {
    /// Plays the story of the start.
    ///
    /// # Errors
    /// When the lab's machines cannot be set up.
    pub(super) fn of(lab: &Lab) -> Result<Self, PlayError> {
        let mut trace = Trace::default();
        let mut player = Player::new(lab.start.clone(), &mut trace)?;
        player.play(&mut trace);
        let broken = player.failures().to_vec();
        Ok(Self { player, trace, broken })
    }

    /// Plays an answer that fits the lab, on a copy.
    pub(super) fn run(&self, answer: &Answer) -> Run {
        let (mut player, mut trace) = (self.player.clone(), self.trace.clone());
        let broken = self.broken.clone();
        let (since, before) = (trace.len(), player.world.clone());
        if let Some(error) = player.error() {
            let stopped = Some(error.text());
            return Run { player, trace, since, before, stopped, broken };
        }
        let first = player.next_step();
        let (steps, lines) = steps(answer);
        player.go_on(&answer.file, steps, &trace);
        let stopped = bounded(&mut player, &mut trace, LONGEST).map(|stopped| {
            let at =
                (player.next_step() - first).checked_sub(1).and_then(|at| lines.get(at)).copied();
            let place =
                at.map_or_else(|| answer.file.clone(), |line| format!("{}:{line}", answer.file));
            let Text { en, zh } = stopped;
            text!("{place}: {en}", "{place}：{zh}")
        });
        Run { player, trace, since, before, stopped, broken }
    }
}

impl Run {
    /// Plays an answer that fits the lab.
    ///
    /// # Errors
    /// When the lab's machines cannot be set up.
    pub(super) fn of(lab: &Lab, answer: &Answer) -> Result<Self, PlayError> {
        Ok(Started::of(lab)?.run(answer))
    }

    /// Plays a check on a copy.
    pub(super) fn check(&self, lab: &Lab, steps: &[Located<Step>]) -> Checked {
        let (mut player, mut trace) = (self.player.clone(), self.trace.clone());
        let before = player.failures().len();
        // What the answer's last command began (a FIN and its answer, say) is over before the check looks.
        let rest: Located<Step> = Step::Wait(Wait::For(REST)).into();
        let all = [rest].into_iter().chain(steps.iter().cloned()).collect();
        player.go_on(lab.file(), all, &trace);
        let stopped = bounded(&mut player, &mut trace, LONGEST_CHECK);
        let failed = player.failures().get(before).map(Failure::text);
        Checked { failed: failed.or(stopped), player, trace }
    }
}

/// The steps of an answer's commands and waits, and the lines in which they stand.
fn steps(answer: &Answer) -> (Vec<Located<Step>>, Vec<u32>) {
    let mut steps = Vec::new();
    let mut lines = Vec::new();
    for entry in &answer.entries {
        let origin = Origin { line: entry.line, col: 1 };
        let step = match &entry.said {
            Said::Type { on, line } => {
                let mut run: Line = line.clone().into();
                run.origin = origin;
                Step::Do { on: on.clone(), run: vec![run] }
            }
            Said::Wait(time) => Step::Wait(Wait::For(*time)),
            Said::Predict { .. } | Said::Hint(_) => continue,
        };
        let mut step: Located<Step> = step.into();
        step.origin = origin;
        steps.push(step);
        lines.push(entry.line);
    }
    (steps, lines)
}

/// Plays to the end, or to a limit: why it did not come to the end.
fn bounded(player: &mut Player, trace: &mut Trace, longest: Duration) -> Option<Text> {
    let most = player.world.events() + MOST_EVENTS;
    let until: Instant = player.world.now() + longest;
    let hours = longest.as_secs() / 3_600;
    loop {
        if player.world.events() >= most {
            return Some(text!(
                "more than {MOST_EVENTS} events: something goes round and round",
                "事件超过 {MOST_EVENTS} 个：有什么在打转"
            ));
        }
        if player.world.now() > until {
            return Some(text!(
                "not over after {hours}h of virtual time; does a command never end? end a ping with -c",
                "虚拟时间过了 {hours}h 还没有结束；是不是有命令不会结束？ping 要加 -c"
            ));
        }
        if player.step(trace) == Progress::Done {
            return player.error().map(PlayError::text);
        }
    }
}
