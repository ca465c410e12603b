//! The ladder, the four methods side by side, the search for the smallest change; and that none of them, nor a diagnosis, a chain or
//! what-if, tells what an open question of the story asks for.

use sim_core::Text;
use sim_core::scenario::Step as Told;
use sim_tui::session::Kind;
use sim_tui::state::Walk;

use super::*;

/// The same as `walk`, with all questions skipped: nothing is hidden.
fn skipped(name: &str, size: (u16, u16), pressed: &str) -> State {
    let mut state = walk(name, size, "");
    skip(&mut state);
    press(&mut state, pressed);
    state
}

/// All questions are skipped.
pub(super) fn skip(state: &mut State) {
    let walk = state.walk.as_mut().expect("it is open");
    walk.asked = (0..walk.questions.len()).map(|number| (number, None)).collect();
}

/// What takes long has come to its end.
fn rested(mut state: State) -> State {
    for _ in 0..5_000 {
        if !state.wants_time() {
            return state;
        }
        update(&mut state, Input::Passed(33));
    }
    panic!("it does not come to an end\n{}", text(&state));
}

fn opened(state: &State) -> &Walk {
    state.on_screen().expect("it is open")
}

const SIZES: [((u16, u16), &str); 2] = [(SMALL, "80x24"), (LARGE, "120x36")];

/// The keys that lead to the frame that a director sends on.
const FORWARDED: &str = "/from == director && tcp<Enter><BS>";

#[test]
fn the_run_as_a_sequence() {
    for (size, name) in SIZES {
        both(&format!("ladder_{name}"), skipped("dr/arp-walk", size, &format!("{WRONG_ANSWER}S")));
        both(&format!("ladder_nat_{name}"), skipped("nat/seed", size, &format!("{FORWARDED}S")));
        both(&format!("ladder_question_{name}"), walk("dr/arp-walk", size, "S"));
    }
    both(
        "ladder_drop_80x24",
        skipped("netfilter/nf-chains", SMALL, "/reason == netfilter.rule.drop<Enter><BS>S"),
    );
    both("ladder_filter_80x24", skipped("nat/seed", SMALL, "/tcp<Enter>S<Down><Down>"));
    let mut state = skipped("nat/seed", SMALL, &format!("{FORWARDED}S"));
    state.glyphs = Glyphs::Ascii;
    assert!(text(&state).is_ascii(), "{}", text(&state));
}

/// A scenario with more hosts than an 80 columns wide screen has room for: the first column stays.
#[test]
fn a_wide_ladder_scrolls() {
    let hosts: String = (1..=9).map(|number| format!(
        "Host(name: \"h{number}\", nics: [(\"eth0\", \"02:00:00:00:00:0{number}\")], setup: [\"ip addr add 192.0.2.{number}/24 dev eth0\"]), "
    )).collect();
    let links: String =
        (1..=9).map(|number| format!("(a: \"h{number}:eth0\", b: \"lan:{number}\"), ")).collect();
    let text_of = format!(
        "(title: (en: \"t\", zh: \"t\"), nodes: [{hosts} Switch(name: \"lan\", ports: 10)], links: [{links}],
          story: [Do(on: \"h1\", run: [\"ping -c 1 192.0.2.9\"]), Wait(Idle)])"
    );
    let mut state = home(SMALL);
    state.open(&catalogue::item("wide", text_of.clone()));
    press(&mut state, "/ip<Enter>S");
    both("ladder_wide_80x24", {
        let mut state = home(SMALL);
        state.open(&catalogue::item("wide", text_of.clone()));
        press(&mut state, "/ip<Enter>S..");
        state
    });
    let names = |state: &State| text(state).lines().nth(2).unwrap_or_default().to_owned();
    assert!(names(&state).contains("h2") && !names(&state).contains("h9"), "{}", text(&state));
    press(&mut state, "....................");
    assert!(names(&state).contains("h1") && names(&state).contains("h9"), "{}", text(&state));
    assert!(!names(&state).contains("h2"), "{}", text(&state));
    press(&mut state, ",,,,,,,,,,,,,,,,,,,,");
    assert!(names(&state).contains("h2") && !names(&state).contains("h9"), "{}", text(&state));
}

/// Rows and steps: keys move by rows, steps move the rows, Enter and a click lead to a step, and a filter is that of the panes.
#[test]
#[rustfmt::skip]
fn rows_lead_to_steps() {
    let place = |state: &State| match &opened(state).over {
        Some(Over::Ladder(own)) => (own.at, own.count()),
        other => panic!("no ladder: {other:?}"),
    };
    let mut state = skipped("nat/seed", LARGE, &format!("{FORWARDED}S"));
    let (step, (at, all)) = (opened(&state).step, place(&state));
    press(&mut state, "<Down><Down><Down>");
    assert_eq!((opened(&state).step, place(&state)), (step, (at + 3, all)), "a row is no step");
    press(&mut state, "<Right>");
    assert_eq!(opened(&state).step, step + 1);
    assert!(place(&state).0 <= at + 1, "a step takes the row along");
    press(&mut state, "<Up><Up><Enter>");
    assert!(opened(&state).over.is_none() && opened(&state).step < step, "Enter goes to the step of the row");
    press(&mut state, "S");
    let targets = view::targets(&state);
    let (area, wanted) = *targets.iter().find(|(_, own)| matches!(own, Action::ToStep(_))).expect("rows can be clicked");
    update(&mut state, Input::Press(area.x, area.y));
    let Action::ToStep(wanted) = wanted else { panic!("it is a step") };
    assert_eq!((opened(&state).step, opened(&state).over.is_none()), (wanted as usize, true));
    press(&mut state, "/tcp<Enter>S");
    assert!(place(&state).1 < all && text(&state).contains("tcp  ("), "{}", text(&state));
    press(&mut state, "f");
    assert!(text(&state).contains("one conversation"), "{}", text(&state));
    press(&mut state, "f<BS>");
    assert_eq!(place(&state).1, all);
    press(&mut state, "S");
    assert!(opened(&state).over.is_none());
}

/// Each step has a row, of which it is a step; rows are in the order of time.
#[test]
fn every_step_has_a_row() {
    for item in catalogue::shipped().into_iter().step_by(5) {
        let mut state = home(LARGE);
        state.open(&item);
        skip(&mut state);
        press(&mut state, "S");
        let walk = opened(&state);
        let Some(Over::Ladder(own)) = &walk.over else { panic!("{}", item.name) };
        assert!((1..own.count()).all(|at| own.began(at - 1) <= own.began(at)), "{}", item.name);
        for (at, step) in walk.session.steps().iter().enumerate() {
            let place = own.place(at);
            assert!(own.steps(place, usize::MAX).any(|own| own == at), "{}: step {at}", item.name);
            let (hop, frame) = (own.hop(place), walk.session.frame(at));
            assert_eq!(hop.map(|hop| hop.frame), frame.map(|frame| frame.id), "{}", item.name);
            let lane = hop.zip(step.node).map(|(hop, node)| (hop, own.lane(node)));
            if let (Some((hop, Some(lane))), Kind::Frame { lost: false, .. }) = (lane, &step.kind) {
                assert!(hop.to.iter().any(|own| own.lane == lane), "{}: step {at}", item.name);
            }
        }
    }
}

#[test]
fn four_methods_side_by_side() {
    for (size, name) in SIZES {
        let state = rested(skipped("dr/seed", size, "M"));
        both(&format!("modes_{name}"), state);
    }
    let mut state = rested(skipped("dr/seed", SMALL, "M"));
    let shown = |state: &State| {
        ["NAT", "DR", "TUN", "FULLNAT"].map(|name| text(state).contains(&format!(" {name} *")))
    };
    assert_eq!(shown(&state), [true, true, false, false], "{}", text(&state));
    press(&mut state, "<Right><Right><Right>");
    assert_eq!(shown(&state), [false, false, true, true], "{}", text(&state));
    both("modes_turned_80x24", state);
    both("modes_none_80x24", rested(skipped("arp/asks-once-more", SMALL, "M")));
    // The work is done when time passes, and can be left.
    let mut state = skipped("dr/seed", LARGE, "");
    update(&mut state, Input::Key(Key::Char('M')));
    assert!(state.wants_time() && text(&state).contains("Working"), "{}", text(&state));
    update(&mut state, Input::Passed(33));
    update(&mut state, Input::Passed(33));
    assert!(text(&state).contains("1 of 4"), "{}", text(&state));
    press(&mut state, "<Esc>");
    assert!(text(&state).contains("1 MAP") && !state.wants_time(), "{}", text(&state));
}

/// `w` on a decision searches what turns it: what is found is the line, unless a person types one.
#[test]
fn the_smallest_change_is_searched() {
    for (size, name) in SIZES {
        let state = rested(skipped("dr/arp-walk", size, &format!("{WRONG_ANSWER}w")));
        assert!(text(&state).contains("smallest change: rs2#"), "{}", text(&state));
        both(&format!("otherwise_{name}"), state);
    }
    let mut state = rested(skipped("dr/arp-walk", LARGE, &format!("{WRONG_ANSWER}w")));
    let line = state.prompt.as_ref().expect("a line is typed").text.clone();
    assert!(line.contains("arp_ignore"), "{line}");
    press(&mut state, "<Enter>");
    assert!(text(&state).contains("WHAT-IF") && text(&state).contains(&line), "{}", text(&state));
    // Whoever types keeps what he has typed.
    let mut state = skipped("dr/arp-walk", LARGE, WRONG_ANSWER);
    for key in keys("w#own") {
        update(&mut state, Input::Key(key));
    }
    assert!(text(&state).contains("searching the smallest change"), "{}", text(&state));
    let mut state = rested(state);
    assert!(state.prompt.as_ref().is_some_and(|own| own.text.ends_with("#own")));
    assert!(text(&state).contains("smallest change: rs2#"), "{}", text(&state));
    // What takes long says so, and Esc leaves it.
    press(&mut state, "<Esc>");
    update(&mut state, Input::Key(Key::Char('w')));
    update(&mut state, Input::Passed(5_000));
    assert!(state.wants_time() && text(&state).contains("It takes long"), "{}", text(&state));
    update(&mut state, Input::Key(Key::Esc));
    assert!(!text(&state).contains("smallest"), "{}", text(&state));
    // Where nothing went wrong nothing is searched.
    let state = skipped("nat/seed", LARGE, &format!("{FORWARDED}w"));
    assert!(!text(&state).contains("smallest change"), "{}", text(&state));
}

/// What was found turns the decision in the run where it is typed.
#[test]
fn what_is_found_turns_the_decision() {
    let mut turned = 0;
    for name in ["dr/arp-walk", "arp/asks-once-more", "netfilter/nf-chains", "icmp/ping-the-vip"] {
        let mut state = skipped(name, SMALL, "");
        let walk = state.walk.as_mut().expect("it is open");
        let drops = walk.session.steps().iter().position(|step| step.mark == Mark::Drop);
        let Some(step) = drops else { continue };
        walk.step = step;
        walk.session.seek(step);
        press(&mut state, "w");
        let mut state = rested(state);
        if !text(&state).contains("smallest change: ") {
            continue;
        }
        press(&mut state, "<Enter>");
        let Some(Over::WhatIf(own)) = &opened(&state).over else {
            panic!("{name}: {}", text(&state))
        };
        assert!(!own.is_same(), "{name}\n{}", text(&state));
        turned += 1;
    }
    assert!(turned > 1, "{turned}");
}

/// No screen shows a step behind an open question, nor what such a step decided; and what can only be known from it is not told.
#[test]
fn no_screen_gives_an_answer_away() {
    let (mut met, mut told) = (0, 0);
    for item in catalogue::shipped().into_iter().filter(|item| item.name.starts_with("dr/")) {
        let mut state = home((200, 60));
        state.open(&item);
        let questions = opened(&state).questions.clone();
        let Some((veil, story)) = questions.first().copied() else { continue };
        for pressed in ["S", "M", "D", "C", "CC", "whostname<Enter>", "w"] {
            let mut state = home((200, 60));
            state.open(&item);
            press(&mut state, pressed);
            let state = rested(state);
            let walk = opened(&state);
            let behind = |(_, own): &(_, Action)| match own {
                Action::ToStep(to) => *to as usize > veil,
                _ => false,
            };
            assert!(!view::targets(&state).iter().any(behind), "{} {pressed}", item.name);
            let shown = text(&state);
            let Told::Ask { why: Some(Text { en, .. }), .. } =
                &walk.session.scenario().story[story].value
            else {
                panic!("each has a reason")
            };
            let begin: String = en.chars().take(24).collect();
            assert!(!shown.contains(&begin), "{} {pressed}\n{shown}", item.name);
            match &walk.over {
                Some(Over::Ladder(own)) => {
                    let last = (0..own.count()).flat_map(|at| own.steps(at, walk.veil())).max();
                    assert!(last <= Some(veil), "{} {pressed}\n{shown}", item.name);
                }
                Some(Over::WhatIf(own)) => {
                    assert!(own.first.is_some() && own.tables.is_empty());
                    let is_open = |row: &sim_tui::what_if::Row| match row {
                        sim_tui::what_if::Row::Steps([Some(step), _], _) => *step as usize <= veil,
                        row => matches!(row, sim_tui::what_if::Row::Steps(..)),
                    };
                    assert!(own.rows.iter().all(is_open), "{} {pressed}\n{shown}", item.name);
                    assert!(!shown.contains("requests "), "{} {pressed}\n{shown}", item.name);
                }
                Some(Over::Chain(own)) => {
                    let links = own.links(&walk.session);
                    assert!(links.iter().all(|step| *step <= veil), "{}: {links:?}", item.name);
                    assert!(shown.contains("comes first"), "{} {pressed}\n{shown}", item.name);
                }
                Some(Over::Diagnosis(_) | Over::Methods(_)) => {
                    assert!(shown.contains("comes first"), "{} {pressed}\n{shown}", item.name);
                }
                _ => {}
            }
        }
        // At each question: what led to the step is told, and nothing of what comes.
        for (veil, _) in questions {
            let mut state = home((200, 60));
            state.open(&item);
            let walk = state.walk.as_mut().expect("it is open");
            walk.step = veil.saturating_sub(1);
            walk.session.seek(walk.step);
            press(&mut state, "C");
            let walk = opened(&state);
            let Some(Over::Chain(own)) = &walk.over else { panic!("{}", item.name) };
            let links = own.links(&walk.session);
            assert!(links.iter().all(|step| *step <= veil), "{} {veil}: {links:?}", item.name);
            told += links.len();
        }
        met += 1;
    }
    assert!(met > 10 && told > 10, "{met} {told}");
    for (size, name) in SIZES {
        both(&format!("question_first_{name}"), walk("dr/arp-walk", size, "D"));
        both(
            &format!("question_first_what_if_{name}"),
            walk("dr/arp-walk", size, "whostname<Enter>"),
        );
    }
}
