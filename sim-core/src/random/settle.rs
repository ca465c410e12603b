//! The end of a lab's story, put where nothing happens: a real kernel comes to it a little later than the simulation.

use std::time::Duration;

use super::{Act, Lab};
use crate::Instant;
use crate::story::{self, Player, Progress};
use crate::trace::{Note, Trace};

/// How much later a kernel may come to its end: each tool takes some time to start.
const SLACK: Duration = Duration::from_millis(1500);

/// How long is looked for such a place.
const LOOKED: Duration = Duration::from_secs(12);

/// Waits at the end of the story until no frame passes for a while. A lab that cannot be played is left as it is.
pub(super) fn end(lab: &mut Lab) {
    let Ok(scenario) = story::open("", &lab.text(), None, false) else { return };
    let mut trace = Trace::default();
    let Ok(mut player) = Player::new(scenario, &mut trace) else { return };
    while player.step(&mut trace) != Progress::Done {}
    let end = player.world.now();
    let played = trace.len();
    while player.world.next_at().is_some_and(|at| at <= end + LOOKED) {
        player.world.step(Some(&mut trace));
    }
    let late = trace.entries()[played..].iter();
    let late = late.filter(|entry| matches!(entry.what, Note::Frame { .. })).map(|entry| entry.at);
    let wait = quiet_from(end, late) - end;
    if !wait.is_zero() {
        let ms = u32::try_from(wait.as_millis()).expect("it is some seconds");
        lab.story.push(Act::Wait { ms });
    }
}

/// The first instant from which on nothing happens for so long, of those right behind what happens.
fn quiet_from(end: Instant, late: impl Iterator<Item = Instant>) -> Instant {
    let mut quiet = end;
    for at in late {
        if at > quiet + SLACK {
            break;
        }
        quiet = at + Duration::from_millis(200);
    }
    quiet
}
