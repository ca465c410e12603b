//! Every scenario file keeps its word: all that it expects is so.

use lvsim_tests::{files, plays};

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
