//! Text into the loader; what it takes is played, with a small limit.

use lvsim_tests::files;
use sim_core::story::{Player, open};
use sim_core::trace::Trace;

/// The limit of events.
const MOST_EVENTS: u64 = 1_000;

pub fn run(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let mut scenario = match open("fuzz.ron", &text, None, true) {
        Ok(scenario) => scenario,
        Err(errors) => {
            assert!(!errors.is_empty(), "a refusal says why");
            for error in errors {
                let told = error.to_string();
                assert!(told.starts_with("fuzz.ron:") && !error.message.is_empty(), "{told}");
            }
            return;
        }
    };
    let again = open("fuzz.ron", &scenario.to_ron(), None, false);
    assert_eq!(again.as_ref(), Ok(&scenario), "what was read prints as the same scenario");
    let most = scenario.limits.events.unwrap_or(MOST_EVENTS).min(MOST_EVENTS);
    scenario.limits.events = Some(most);
    let mut trace = Trace::default();
    let Ok(mut player) = Player::new(scenario, &mut trace) else { return };
    let set_up = player.world.events();
    player.play(&mut trace);
    assert!(player.world.events() <= most.max(set_up), "the limit of events holds");
}

/// All scenario files.
pub fn seeds() -> Vec<Vec<u8>> {
    files::scenarios().into_iter().map(|file| file.text.into_bytes()).collect()
}
