//! Expectations that do not hold, and all that is said about them.

use super::{PlayError, Player, open};
use crate::trace::Trace;

/// A director that forwards to two servers, of which the second does not listen.
const LAB: &str = include_str!("tests/lab.ron");

/// Plays the lab with another story.
fn play(story: &str) -> Player {
    let text = LAB.replace("story: []", &format!("story: [{story}]"));
    let scenario = match open("x.ron", &text, None, false) {
        Ok(scenario) => scenario,
        Err(errors) => panic!("{}", errors.iter().map(ToString::to_string).collect::<String>()),
    };
    let mut trace = Trace::default();
    let mut player = Player::new(scenario, &mut trace).expect("the setup works");
    player.play(&mut trace);
    player
}

#[test]
fn says_what_does_not_hold_why_and_at_which_frame() {
    let (_, rows) = include_str!("tests/failures.txt").split_once("\n--- ").expect("a first row");
    let rows: Vec<&str> = rows.trim_end().split("\n--- ").collect();
    assert!(rows.len() > 15);
    for row in rows {
        let (story, wanted) = row.split_once('\n').expect("what is said about it");
        let player = play(story);
        let mut said = String::new();
        for failure in player.failures() {
            let text = &failure.message;
            for line in text.en.lines().zip(text.zh.lines()) {
                assert!(line.0 == line.1 || line.1.chars().any(|c| c > '\u{2e80}'), "{line:?}");
            }
            said += &format!("{}\n{}\n", text.en, text.zh);
        }
        assert_eq!(said.trim_end(), wanted, "\n--- {story}\n{said}");
    }
}

#[test]
fn says_why_a_story_ends_early() {
    #[rustfmt::skip]
    let rows = [
        // story, what is said
        (r#"Do(on: "client", run: ["nc -u 192.0.2.100 9"])"#,
            "x.ron:37:13: did not come to rest: a command waits for what will never happen"),
    ];
    for (story, wanted) in rows {
        let player = play(story);
        let error = player.error().map(PlayError::to_string);
        assert_eq!(error.as_deref(), Some(wanted), "{story}");
    }
}
