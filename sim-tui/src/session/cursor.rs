//! A place of its own in the run: from it the story is played once more, while the world that is looked at stays where it is.

use sim_core::event::NodeId;
use sim_core::story::{Player, Progress};
use sim_core::trace::End;
use sim_core::whatif::Run;
use sim_core::world::World;

use super::Session;

/// A place in the run.
#[derive(Debug)]
pub struct Cursor {
    /// How many steps the player has taken, itself, and where the trace ended then.
    ticks: u32,
    player: Player,
    end: End,
    /// The step that comes next.
    step: usize,
    /// Whether the node that is watched has had an event since the last step.
    is_touched: bool,
}

impl Cursor {
    /// The step that comes next; as many as there are: it is at the end.
    pub fn step(&self) -> usize {
        self.step
    }

    /// The world there.
    pub fn world(&self) -> &World {
        &self.player.world
    }
}

impl Session {
    /// A place before the first step.
    pub fn cursor(&self) -> Cursor {
        let (ticks, end) = self.keyframes.before(0);
        Cursor { ticks, player: self.keyframes.get(0).clone(), end, step: 0, is_touched: true }
    }

    /// Plays on from a place, until as much work is done or the story is over. Each step is shown with the world at it, and
    /// whether anything has happened at this node since the step before; what looking at it has cost comes back. A step of the
    /// player costs 1.
    pub fn play_on(
        &mut self,
        cursor: &mut Cursor,
        node: NodeId,
        mut work: u32,
        mut see: impl FnMut(usize, &World, bool) -> u32,
    ) {
        let Self { run: Run { trace, .. }, steps, .. } = self;
        let Cursor { ticks, player, end, step, is_touched } = cursor;
        let from = *end;
        let rest = trace.split_off(from);
        while let Some(own) = steps.get(*step).filter(|_| work > 0) {
            if *ticks < own.ticks {
                let before = trace.events().len();
                let progress = player.step(trace);
                *ticks += 1;
                let mut happened = trace.events()[before..].iter();
                // What the story itself does may concern any node: a cable, power.
                *is_touched |= progress != Progress::Event || happened.any(|own| own.node == node);
                work -= 1;
            } else {
                work = work.saturating_sub(see(*step, &player.world, *is_touched));
                *is_touched = false;
                *step += 1;
            }
        }
        *end = trace.end();
        trace.put_back(from, rest);
    }
}
