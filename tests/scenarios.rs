//! Every scenario file keeps its word: all that it expects is so, and it expects enough.

use std::time::Duration;

use lvsim_tests::{files, plays};
use sim_core::scenario::{Expectation, Kernel, Step};

#[test]
fn every_scenario_keeps_its_word() {
    let mut wrong = Vec::new();
    let mut taught = 0;
    for play in plays::all() {
        let play = match play {
            Ok(play) => play,
            Err(unplayed) => {
                wrong.push(format!("{}: cannot be played\n{}", unplayed.name, unplayed.why));
                continue;
            }
        };
        taught += usize::from(play.file.name.starts_with("scenarios/"));
        wrong.extend(play.player.failures().iter().map(ToString::to_string));
        wrong.extend(play.player.error().map(ToString::to_string));
    }
    assert!(taught > 0, "no scenario was found in {}", files::root().join("scenarios").display());
    assert!(wrong.is_empty(), "{} do not hold:\n\n{}", wrong.len(), wrong.join("\n\n"));
}

/// Whether it is so of this expectation, or of one that looks further back.
fn has(expectation: &Expectation, is: fn(&Expectation) -> bool) -> bool {
    match expectation {
        Expectation::Since(_, inner) => inner.iter().any(|inner| has(&inner.value, is)),
        plain => is(plain),
    }
}

/// That the page loads proves little: each shipped file says which way the packets went, and why.
#[test]
fn every_scenario_expects_a_way_and_a_reason() {
    let mut lacking = Vec::new();
    for play in plays::played().filter(|play| play.file.name.starts_with("scenarios/")) {
        let story = &play.player.scenario().story;
        let expects = |is: fn(&Expectation) -> bool| {
            story.iter().any(|step| matches!(&step.value, Step::Expect(what) if has(what, is)))
        };
        if !expects(|what| matches!(what, Expectation::Path(..))) {
            lacking.push(format!("{}: no Path", play.file.name));
        }
        if !expects(|what| matches!(what, Expectation::Because { .. })) {
            lacking.push(format!("{}: no Because", play.file.name));
        }
    }
    assert!(lacking.is_empty(), "{}", lacking.join("\n"));
}

/// A story that is compared and not `slow` lasts at most so long: a kernel takes as long in earnest.
const LONGEST: Duration = Duration::from_secs(60);

#[test]
fn a_compared_story_lasts_a_minute_or_is_tagged_slow() {
    let mut wrong = Vec::new();
    for play in plays::played() {
        let scenario = play.player.scenario();
        let is_compared = scenario.kernel == Kernel::Yes;
        let lasts = Duration::from_nanos(play.player.world.now().as_nanos());
        if scenario.slow != (is_compared && lasts > LONGEST) {
            let (name, slow) = (&play.file.name, scenario.slow);
            wrong.push(format!("{name}: compared {is_compared}, slow {slow}, lasts {lasts:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
