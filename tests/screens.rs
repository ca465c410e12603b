//! The screens: each as text in both languages, the palettes on two of them, keys that lead from one to another, every size, and
//! whatever keys come.

mod ladder;

use insta::assert_snapshot;
use lvsim_tests::lvsim::run;
use proptest::prelude::*;
use ratatui::buffer::Buffer;
use sim_core::Lang;
use sim_tui::action::{Action, TABLE};
use sim_tui::catalogue;
use sim_tui::input::{Input, Key, keys};
use sim_tui::layout;
use sim_tui::question::Question;
use sim_tui::session::Mark;
use sim_tui::state::{Over, Pane, State};
use sim_tui::svg;
use sim_tui::theme::{Glyphs, Theme};
use sim_tui::update::update;
use sim_tui::view;
use unicode_width::UnicodeWidthStr;

pub(crate) const SMALL: (u16, u16) = (80, 24);
pub(crate) const LARGE: (u16, u16) = (120, 36);

/// The list, with nothing opened.
pub(crate) fn home(size: (u16, u16)) -> State {
    State::new(catalogue::shipped(), size)
}

/// A scenario at its first step, after these keys; frames have come to their ends.
fn walk(name: &str, size: (u16, u16), pressed: &str) -> State {
    let mut state = home(size);
    state.open(&catalogue::find(name).expect("it is shipped"));
    press(&mut state, pressed);
    state
}

pub(crate) fn press(state: &mut State, pressed: &str) {
    for key in keys(pressed) {
        update(state, Input::Key(key));
        if state.on_screen().is_some_and(|walk| !walk.playing) {
            update(state, Input::Passed(10_000));
        }
    }
}

fn drawn(state: &State) -> Buffer {
    let mut buffer = Buffer::empty(state.area());
    view::draw(state, &mut buffer);
    buffer
}

pub(crate) fn text(state: &State) -> String {
    svg::text(&drawn(state))
}

/// A screen in both languages, as a snapshot each.
pub(crate) fn both(name: &str, mut state: State) {
    for (lang, word) in [(Lang::En, "en"), (Lang::Zh, "zh")] {
        state.lang = lang;
        assert_snapshot!(format!("{name}_{word}"), text(&state));
    }
}

/// The keys that lead to the first answer of ARP that should not be.
const WRONG_ANSWER: &str = "/reason == arp.reply.any-interface<Enter><BS>";

#[test]
fn the_list() {
    both("home_80x24", home(SMALL));
    both("home_120x36", home(LARGE));
    let mut state = home(SMALL);
    press(&mut state, "/fullnat");
    both("home_search_80x24", state);
}

#[test]
fn the_walk_on_a_small_screen() {
    both("map_80x24", walk("dr/arp-walk", SMALL, WRONG_ANSWER));
    both(
        "frame_80x24",
        walk("dr/arp-walk", SMALL, "/from == director && tcp<Enter><BS>2<Down><Down>"),
    );
    both("events_80x24", walk("dr/arp-walk", SMALL, "/arp<Enter>3"));
    both("console_80x24", walk("dr/arp-walk", SMALL, "<End>5"));
    both("story_80x24", walk("dr/arp-walk", SMALL, "]<Esc>6"));
    both("why_80x24", walk("nat/seed", SMALL, "/rewrite<Enter>4"));
}

#[test]
fn the_walk_on_a_large_screen() {
    both("walk_120x36", walk("dr/arp-walk", LARGE, WRONG_ANSWER));
    both("nat_120x36", walk("nat/seed", LARGE, "/from == director && tcp<Enter><BS>2"));
    both("tun_120x36", walk("tun/two-networks", LARGE, "/from == director && tcp<Enter><BS>2"));
    both("end_120x36", walk("dr/arp-walk", LARGE, "<End>"));
}

/// The keys that lead to the step at which the router believes rs1 to be the VIP's owner.
const MOVED: &str = "/node == router && reason == neigh.moved<Enter><BS>";

#[test]
fn the_tables_of_a_node() {
    for (size, name) in [(SMALL, "80x24"), (LARGE, "120x36")] {
        let at = |scenario, pressed: &str| walk(scenario, size, pressed);
        both(&format!("tables_{name}"), at("dr/arp-walk", &format!("{MOVED}n...")));
        both(
            &format!("tables_ipvs_{name}"),
            at("nat/seed", "/reason == ipvs.nat.request<Enter><BS>n<Tab><Tab><Tab>"),
        );
        both(&format!("watch_{name}"), at("dr/arp-walk", &format!("{MOVED}n...W")));
    }
    both("tables_settings_80x24", walk("dr/arp-walk", SMALL, "<End>n<<<<<Tab><Tab><Tab><Tab>"));
    both("tables_fdb_80x24", walk("dr/arp-walk", SMALL, &format!("{MOVED}n>")));
    both("watch_row_80x24", walk("dr/arp-walk", SMALL, &format!("{MOVED}nW")));
}

#[test]
fn the_hooks_of_a_host() {
    for (size, name) in [(SMALL, "80x24"), (LARGE, "120x36")] {
        both(
            &format!("hooks_{name}"),
            walk("dr/arp-walk", size, "/reason == ipvs.dr.direct<Enter><BS>K"),
        );
        let dropped = "/reason == netfilter.rule.drop<Enter><BS>K";
        both(&format!("hooks_drop_{name}"), walk("netfilter/nf-chains", size, dropped));
    }
    both(
        "hooks_nat_120x36",
        walk("nat/onearm-snat", LARGE, "/reason == ipvs.nat.reply<Enter><BS>K"),
    );
    both("hooks_none_80x24", walk("dr/arp-walk", SMALL, &format!("{MOVED}K")));
}

#[test]
fn questions() {
    for (size, word) in [(SMALL, "80x24"), (LARGE, "120x36")] {
        both(&format!("question_{word}"), walk("dr/arp-walk", size, "]"));
        both(&format!("answered_{word}"), walk("dr/arp-walk", size, "]1<Enter>"));
        // Home says how far one has come.
        let mut state = walk("dr/arp-walk", size, "]33<Enter>g20<Enter>o");
        press(&mut state, "/icmp/ping<Enter>]2<Enter><Esc><End>o<Esc>");
        both(&format!("home_progress_{word}"), state);
    }
}

/// Wherever a question is met, nothing on the screen comes from behind it, and its reason is not told.
#[test]
fn a_question_gives_nothing_away() {
    let mut met = 0;
    for item in catalogue::shipped().into_iter().filter(|item| item.name.starts_with("dr/")) {
        let mut state = home((200, 60));
        state.open(&item);
        for number in 0.. {
            let Some(walk) = &mut state.walk else { panic!("it is open") };
            let Some((step, story)) = walk.questions.get(number).copied() else { break };
            for place in [step.saturating_sub(1), step] {
                let Some(walk) = &mut state.walk else { panic!("it is open") };
                walk.step = place;
                walk.session.seek(place);
                if place == step {
                    update(&mut state, Input::Key(Key::Right));
                    assert!(state.on_screen().is_some_and(|walk| walk.question.is_some()));
                }
                for pane in Pane::ALL {
                    let Some(walk) = &mut state.walk else { panic!("it is open") };
                    walk.pane = pane;
                    let behind = |(_, own): &(_, Action)| matches!(own, Action::ToStep(to) if *to as usize > step);
                    assert!(!view::targets(&state).iter().any(behind), "{}: {step}", item.name);
                    let shown = text(&state);
                    let Some(walk) = &state.walk else { panic!("it is open") };
                    let asked = sim_tui::question::asked(walk.session.scenario(), story);
                    let why = asked.and_then(|asked| asked.why).expect("each has a reason");
                    let begin: String = why.en.chars().take(24).collect();
                    assert!(
                        !shown.contains(&begin),
                        "{} {step} {pane:?}: {begin}\n{shown}",
                        item.name
                    );
                }
            }
            press(&mut state, "<Down><Enter>");
            assert!(text(&state).contains("Enter goes on."), "{}", item.name);
            press(&mut state, "<Enter>");
            met += 1;
        }
    }
    assert!(met > 30, "{met}");
}

#[test]
fn what_lies_above() {
    both("help_80x24", walk("dr/arp-walk", SMALL, "?"));
    both("help_120x36", walk("dr/arp-walk", LARGE, "?"));
    both("palette_80x24", walk("dr/arp-walk", SMALL, ":s"));
    both("bad_filter_80x24", walk("dr/arp-walk", SMALL, "/tcp.prot == 80<Enter>"));
    both("too_small_60x12", walk("dr/arp-walk", (60, 12), ""));
}

/// The keys that type this command on this node, as of the step.
const TYPED: &str = "5<Enter>@rs1<Enter>sysctl -w net.ipv4.conf.all.arp_ignore=1<Enter>";

/// A diagnosis that has come to its end.
fn diagnosed(size: (u16, u16)) -> State {
    let mut state = walk("dr/arp-walk", size, "<End>D");
    for _ in 0..8 {
        update(&mut state, Input::Passed(33));
    }
    assert!(!state.wants_time(), "it comes to an end");
    state
}

#[test]
fn commands_are_typed_on_a_node() {
    let typed = format!("{WRONG_ANSWER}5<Enter>@rs1<Enter>ip -br addr<Enter>ipp addr<Enter>");
    both("typed_80x24", walk("dr/arp-walk", SMALL, &typed));
    both("typed_120x36", walk("dr/arp-walk", LARGE, &typed));
    both("completed_80x24", walk("dr/arp-walk", SMALL, "5<Enter>ipvsadm -<Tab>"));
}

#[test]
fn two_runs_stand_side_by_side() {
    let pressed = format!("{WRONG_ANSWER}w<Enter>");
    both("what_if_80x24", walk("dr/arp-walk", SMALL, &pressed));
    both("what_if_120x36", walk("dr/arp-walk", LARGE, &pressed));
    both("kept_120x36", walk("dr/arp-walk", LARGE, &format!("{pressed}k6")));
    // The question comes to three hosts at one instant: what is typed before the second hears it comes in time, too.
    let second = "/node == rs1 && reason == arp.reply.any-interface<Enter><BS>w<Enter>";
    let told = text(&walk("dr/arp-walk", LARGE, second));
    assert!(told.contains("-  6 0.103000 (!) router  →rs1"), "{told}");
}

#[test]
fn what_is_wrong_and_what_led_to_it() {
    both("diagnosis_80x24", diagnosed(SMALL));
    both("diagnosis_120x36", diagnosed(LARGE));
    both("working_80x24", {
        let mut state = walk("dr/arp-walk", SMALL, "<End>");
        update(&mut state, Input::Key(Key::Char('D')));
        assert!(state.wants_time(), "the work is done when time passes");
        state
    });
    both("causes_80x24", walk("dr/arp-walk", SMALL, "<End>C"));
    both("causes_120x36", walk("dr/arp-walk", LARGE, "<End>C"));
}

/// The cure that a diagnosis names heals the run that is walked through, and is taken back without a trace.
#[test]
fn a_cure_is_tried_kept_and_undone() {
    let mut state = diagnosed(LARGE);
    let before: Vec<_> = state.walk.as_ref().expect("it is open").session.steps().to_vec();
    press(&mut state, "<Enter>");
    assert!(text(&state).contains("WHAT-IF"), "{}", text(&state));
    press(&mut state, "k<End>D");
    for _ in 0..8 {
        update(&mut state, Input::Passed(33));
    }
    assert!(text(&state).contains("all is well"), "{}", text(&state));
    press(&mut state, "<Esc>U");
    let walk = state.walk.as_ref().expect("it is open");
    assert!(walk.kept.is_empty());
    assert_eq!(walk.session.steps(), before);
}

/// A link of a chain leads to the step where it happened.
#[test]
fn a_chain_leads_to_steps() {
    let mut state = walk("dr/arp-walk", LARGE, "<End>C");
    let links = match &state.walk.as_ref().expect("it is open").over {
        Some(sim_tui::state::Over::Chain(own)) => {
            own.links(&state.walk.as_ref().expect("it is open").session)
        }
        other => panic!("no chain: {other:?}"),
    };
    assert!(links.len() > 1 && links.is_sorted(), "{links:?}");
    press(&mut state, "<Home><Enter>");
    let walk = state.walk.as_ref().expect("it is open");
    assert!(walk.over.is_none() && walk.step == links[0], "{} {links:?}", walk.step);
}

#[test]
fn other_characters() {
    let mut state = walk("dr/arp-walk", LARGE, WRONG_ANSWER);
    state.glyphs = Glyphs::Ascii;
    assert_snapshot!("ascii_120x36", text(&state));
    for name in ["dr/arp-walk", "nat/seed", "cable/two-switches"] {
        let mut state = walk(name, LARGE, "]]]");
        state.glyphs = Glyphs::Ascii;
        assert!(text(&state).is_ascii(), "{}", text(&state));
    }
}

/// Each style by a letter, with what the letters mean below.
fn styles(state: &State) -> String {
    let buffer = drawn(state);
    let mut seen: Vec<String> = Vec::new();
    let mut map = String::new();
    for row in buffer.area.rows() {
        for x in row.x..row.right() {
            let cell = &buffer[(x, row.y)];
            let style = format!("{:?} on {:?} {:?}", cell.fg, cell.bg, cell.modifier);
            let at = seen.iter().position(|own| *own == style).unwrap_or_else(|| {
                seen.push(style);
                seen.len() - 1
            });
            map.push(char::from(b'a' + at as u8));
        }
        map.push('\n');
    }
    for (at, style) in seen.iter().enumerate() {
        map += &format!("{} {style}\n", char::from(b'a' + at as u8));
    }
    map
}

#[test]
fn palettes() {
    for theme in Theme::ALL {
        let (mut list, mut walk) = (home(SMALL), walk("dr/arp-walk", SMALL, WRONG_ANSWER));
        (list.theme, walk.theme) = (theme, theme);
        assert_snapshot!(format!("styles_home_{}", theme.name()), styles(&list));
        assert_snapshot!(format!("styles_map_{}", theme.name()), styles(&walk));
        // Colour says nothing that is not written: the words are the same.
        assert_eq!(svg::text(&drawn(&list)), text(&home(SMALL)));
    }
}

/// From the list, these keys lead to a screen with these words.
#[test]
#[rustfmt::skip]
fn keys_lead_to_screens() {
    let start = || home(LARGE);
    for (pressed, words, absent) in [
        ("<Enter>",                      "step 1/",                        "Scenarios"),
        ("<Enter><Right>",               "step 2/",                        "paused it"),
        ("<Enter>ll h",                  "step 2/",                        "step 3/"),
        ("<Enter><Right><Esc><Left>",    "step 1/",                        "step 2/"),
        ("<Enter>]",                     "question 1 of",                  "Right."),
        ("<Enter>]3<Enter>",             "Right.",                         "Not so"),
        ("<Enter>]33",                   "Right.",                         "Not so"),
        ("<Enter>]9<Enter>",             "  1) the director",              "Not so"),
        ("<Enter>]<Down><Enter>",        "Not so: it is 3).",              "Right."),
        ("<Enter>]1<Enter>",             "right 0/1",                      "right 1/1"),
        ("<Enter>]11<Enter><Left>]c",    "Not so",                         "right 1/1"),
        ("<Enter>]<Esc>",                "step 2/",                        "question 1 of"),
        ("<Enter>]<Esc>c",               "question 1 of",                  "The answer"),
        ("<Enter>]<Esc>lc",              "The answer: 3).",                "Right."),
        ("<Enter>g2<Enter>",             "step 2/",                        "question 1 of"),
        ("<Enter>g2<Enter>l",            "question 1 of",                  "step 3/"),
        ("<Enter>g2<Enter> ",            "question 1 of",                  "playing"),
        ("<Enter>g9<Enter>",             "step 9/",                        "question 1 of"),
        ("<Enter><End>",                 "This is the end.",               "question 1 of"),
        ("<Enter>c",                     "nothing was asked until here",   "question 1 of"),
        ("r",                            "nothing was opened before",      "step 1/"),
        ("<Enter>g9<Enter>o",            "r goes on at dr/arp-walk, step 9;", "step 9/"),
        ("<Enter>g9<Enter>or",           "step 9/",                        "Scenarios"),
        ("<Enter><End><Home>",           "step 1/",                        "(x)"),
        ("<Enter>g5<Enter>",             "step 5/",                        "go to step"),
        ("<Enter>g5x<Enter>",            "a step from 1 to",               "step 5/"),
        ("<Enter>:goto 7<Enter>",        "step 7/",                        "command :"),
        ("<Enter>:zoo<Enter>",           "[1 MAP]",                        "3 EVENTS ─"),
        ("<Enter>/arp<Enter>",           "arp  (",                         "3 EVENTS ─"),
        ("<Enter>/arp<Enter><Esc>",      "3 EVENTS ─",                     "arp  ("),
        ("<Enter>/banana<Enter>",        "no word of a filter",            "banana  ("),
        ("<Enter>/arp<Enter>f",          "one conversation",               "no frame to follow"),
        ("<Enter>f",                     "no frame to follow",             "one conversation"),
        ("<Enter>?",                     "On this screen",                 "zzz"),
        ("<Enter>?<Esc>",                "1 MAP",                          "On this screen"),
        ("<Enter>L",                     "步骤 1/",                        "step 1/"),
        ("<Enter>6<Tab>",                "[1 MAP]",                        "[6 STORY]"),
        ("<Enter>2<S-Tab>",              "[1 MAP]",                        "[2 FRAME]"),
        ("<Enter>Bneigh.moved<Enter>",   "until neigh.moved",              "paused"),
        ("<Enter>Bxyz<Enter>",           "no code of a reason has `xyz`",  "until xyz"),
        ("<Enter>+",                     "200%",                           "400%"),
        ("<Enter>N",                     "frames are there at once",       "frames move"),
        ("<Enter>T",                     "colour-blind safe",              "high contrast"),
        ("<Enter><Esc>",                 "Scenarios",                      "step 1/"),
        ("<Enter>n",                     "[TABLES client]",                "3 EVENTS"),
        ("<Enter>n<Esc>",                "1 MAP",                          "TABLES"),
        ("<Enter>nn",                    "1 MAP",                          "TABLES"),
        ("<Enter>n>",                    "[TABLES router]",                "[TABLES client]"),
        ("<Enter>n<<",                   "[TABLES rs2]",                   "[TABLES client]"),
        ("<Enter>n<Right>",              "step 2/",                        "step 1/"),
        ("<Enter>n3",                    "[3 EVENTS",                      "TABLES"),
        ("<Enter>n<Tab>",                "[ADDR]",                         "[LINK]"),
        ("<Enter>n<S-Tab>",              "[SYSCTL]",                       "[LINK]"),
        ("<Enter>n.",                    "[lo",                            "When does"),
        ("<Enter>na",                    "net.ipv4.ip_default_ttl",        "When does"),
        ("<Enter>n?",                    "to the next table",              "to the next pane"),
        ("<Enter>n:hoo<Enter>",          "[HOOKS",                         "TABLES"),
        ("<Enter>nW",                    "0 changes until the open",       "set by"),
        ("<Enter><End>nW",               "never changes in this run",      "set by"),
        ("<Enter>nW<Esc>",               "set by",                         "When does"),
        ("<Enter>K",                     "[HOOKS",                         "1 MAP"),
        ("<Enter>KK",                    "1 MAP",                          "HOOKS"),
        ("<Enter>Kn",                    "[TABLES",                        "HOOKS"),
        ("<Enter>K<Esc>",                "1 MAP",                          "HOOKS"),
        ("<Enter>S",                     "[LADDER]",                       "1 MAP"),
        ("<Enter>SS",                    "1 MAP",                          "LADDER"),
        ("<Enter>S<Esc>",                "1 MAP",                          "LADDER"),
        ("<Enter>Sn",                    "[TABLES",                        "LADDER"),
        ("<Enter>S?",                    "to the step of this row",        "to the next pane"),
        ("<Enter>:lad<Enter>",           "[LADDER]",                       "1 MAP"),
        ("<Enter>M",                     "comes first",                    "1 MAP"),
        ("<Enter>MM",                    "1 MAP",                          "MODES"),
        ("<Enter><End>M",                "Working",                        "1 MAP"),
        ("<Enter>D",                     "comes first",                    "Working"),
        ("<Enter><Enter>",               "5, then Enter",                  "rs1#"),
        ("<Enter>5<Enter>@rs1<Enter>",   "rs1# ",                          "no node"),
        ("<Enter>5<Enter>@rsx<Enter>",   "no node `rsx`",                  "rsx# "),
        ("<Enter>5<Enter>@rs2<Enter>hostname<Enter>", "rs2# hostname",     "WHAT-IF"),
        ("<Enter>5<Enter>hostname<Enter><Up>", "# hostname",               "WHAT-IF"),
        ("<Enter>5<Enter>ipp addr<Enter>", "(!)",                          "WHAT-IF"),
        ("<Enter>5<Enter>ip adr<Enter>", "(!)",                            "WHAT-IF"),
        ("<Enter>5<Enter>echo 'a<Enter>", "is not ended",                  "WHAT-IF"),
        ("<Enter>5<Enter>help<Enter>",   "exit or Esc leaves",             "WHAT-IF"),
        ("<Enter>5<Enter>exit<Enter>",   "[5 CONSOLE]",                    "Tab completes"),
        ("<Enter>U",                     "no change was kept",             "undone"),
        ("<Enter>C",                     "CAUSES",                         "3 EVENTS"),
        ("<Enter>C<Esc>",                "3 EVENTS",                       "CAUSES"),
        ("<Enter>D<Esc>",                "3 EVENTS",                       "DIAGNOSIS"),
        ("<Enter>whostname<Enter>",      "nothing differs up to the question", "3 EVENTS"),
        ("<Enter><End>whostname<Enter>", "nothing differs but what was",   "3 EVENTS"),
        ("/nat/seed<Enter>",             "nat/seed",                       "Scenarios"),
        ("/zzz",                         "Nothing has this",               "dr/arp-walk"),
        ("<Down><Down><Enter>",          "icmp/ping-the-vip",              "Scenarios"),
    ] {
        let mut state = start();
        press(&mut state, pressed);
        let shown = text(&state);
        assert!(shown.contains(words), "{pressed}: {words} is not there\n{shown}");
        assert!(!shown.contains(absent), "{pressed}: {absent} is there\n{shown}");
        assert!(!state.quit, "{pressed}");
    }
    for (pressed, words, absent) in [
        ("",          "WHAT-IF",                  "3 EVENTS"),
        ("n",         "WHAT-IF",                  "no more differences"),
        ("<End>n",    "no more differences",      "3 EVENTS"),
        ("p",         "no more differences",      "3 EVENTS"),
        ("x",         "B with the change",        "3 EVENTS"),
        ("r",         "given up",                 "kept changes"),
        ("<Esc>",     "3 EVENTS",                 "kept changes"),
        ("k",         "kept; changes kept: 1",    "WHAT-IF"),
        ("k6",        "Kept changes (U",          "WHAT-IF"),
        ("kU",        "undone; changes kept: 0",  "kept changes: 1"),
        ("?",         "keep the change",          "↑ k "),
        (":keep<Enter>", "kept; changes kept: 1", "WHAT-IF"),
    ] {
        let mut state = start();
        press(&mut state, "<Enter>");
        ladder::skip(&mut state);
        press(&mut state, &format!("{WRONG_ANSWER}{TYPED}{pressed}"));
        let shown = text(&state);
        assert!(shown.contains(words), "{pressed}: {words} is not there\n{shown}");
        assert!(!shown.contains(absent), "{pressed}: {absent} is there\n{shown}");
    }
    for leave in ["q", "<C-c>", "<Enter>q", "<Enter>/arp<C-c>", "?<C-c>"] {
        let mut state = start();
        press(&mut state, leave);
        assert!(state.quit, "{leave}");
    }
}

#[test]
fn it_plays_stops_and_ends_by_itself() {
    let mut state = walk("dr/arp-walk", LARGE, "");
    let speaks =
        |state: &State| state.message.as_ref().is_some_and(|said| said.en.contains("story speaks"));
    let (mut pauses, mut questions, mut flights) = (0, 0, 0);
    for _ in 0..20_000 {
        if state.on_screen().is_some_and(|walk| !walk.playing) {
            if state.message.as_ref().is_some_and(|said| said.en.contains("the end")) {
                break;
            }
            let asks = state.on_screen().is_some_and(|walk| walk.question.is_some());
            pauses += usize::from(speaks(&state) || asks);
            questions += usize::from(asks);
            if asks {
                update(&mut state, Input::Key(Key::Esc));
            }
            update(&mut state, Input::Key(Key::Char(' ')));
        }
        let before = text(&state);
        update(&mut state, Input::Passed(100));
        flights += usize::from(before != text(&state));
    }
    let walk = state.walk.as_ref().expect("it is open");
    assert_eq!(
        walk.step + 1,
        walk.session.steps().len(),
        "it comes to the end: {pauses} {flights} {:?}",
        state.message
    );
    assert!(pauses > 5, "it waits where the story speaks: {pauses}");
    assert_eq!(questions, walk.questions.len(), "and at each question");
    assert!(flights > walk.session.steps().len(), "frames are seen on their way: {flights}");
    assert!(!state.wants_time(), "at the end nothing moves");
}

#[test]
fn a_break_stops_at_its_reason() {
    let mut state = walk("dr/arp-walk", LARGE, "Bneigh.moved<Enter>");
    for _ in 0..20_000 {
        update(&mut state, Input::Passed(200));
        match &state.message {
            Some(said) if said.en.contains("stopped: neigh.moved") => break,
            Some(_) => update(&mut state, Input::Key(Key::Char(' '))),
            None if state.on_screen().is_some_and(|walk| walk.question.is_some()) => {
                press(&mut state, "<Esc> ");
            }
            None => {}
        }
    }
    assert!(text(&state).contains("neigh.moved"), "{}", text(&state));
}

#[test]
fn without_motion_frames_are_there_at_once() {
    let mut state = walk("dr/arp-walk", LARGE, "N/arp<Enter><Right>");
    let there = text(&state);
    assert!(!state.wants_time());
    update(&mut state, Input::Passed(10));
    assert_eq!(text(&state), there);
}

#[test]
fn a_click_does_what_a_key_does() {
    let find = |state: &State, wanted: &dyn Fn(&Action) -> bool| {
        let targets = view::targets(state);
        let (area, _) =
            *targets.iter().rfind(|(_, action)| wanted(action)).expect("there is such a place");
        Input::Press(area.x, area.y)
    };
    let mut state = home(LARGE);
    let row = find(&state, &|action| *action == Action::Row(3));
    update(&mut state, row);
    assert_eq!(state.home.selected, 3);
    update(&mut state, row);
    assert!(state.walking, "a second click opens");
    let mut state = walk("dr/arp-walk", LARGE, "");
    for (wanted, words) in [
        (Action::ToStep(1), "step 2/"),
        (Action::Focus(Pane::Why), "[4 WHY]"),
        (Action::Scrub(1000), "This is the end."),
        (Action::Scrub(0), "step 1/"),
        (Action::Forward, "step 2/"),
        (Action::AtNode(4), "node == rs1 || from == rs1"),
        (Action::Help, "On this screen"),
    ] {
        let place = find(&state, &|action| *action == wanted);
        update(&mut state, place);
        assert!(text(&state).contains(words), "{wanted:?}\n{}", text(&state));
        if state.on_screen().is_some_and(|walk| walk.question.is_some()) {
            press(&mut state, "<Esc>");
        }
    }
}

#[test]
fn a_click_chooses_a_node_a_table_a_row_and_a_change() {
    let click = |state: &mut State, wanted: Action| {
        let targets = view::targets(state);
        let found = targets.iter().rfind(|(_, action)| *action == wanted);
        let (area, _) = *found.unwrap_or_else(|| panic!("{wanted:?} has no place"));
        update(state, Input::Press(area.x, area.y));
    };
    let mut state = walk("dr/arp-walk", LARGE, &format!("{MOVED}n"));
    for (wanted, words) in [
        (Action::AtNode(4), "[TABLES rs1]"),
        (Action::Part(1), "[ADDR]"),
        (Action::AtNode(1), "[TABLES router]"),
        (Action::Forward, "[TABLES router]"),
        (Action::Close, "1 MAP"),
    ] {
        click(&mut state, wanted);
        assert!(text(&state).contains(words), "{wanted:?}\n{}", text(&state));
    }
    let row = |state: &State| match &state.on_screen().expect("it is open").over {
        Some(Over::Tables(own)) => (own.row, own.watch.as_ref().map(|watch| watch.selected)),
        other => panic!("{other:?}"),
    };
    let mut state = walk("dr/arp-walk", LARGE, &format!("{MOVED}n"));
    let step = state.on_screen().expect("it is open").step;
    let (changed, _) = row(&state);
    click(&mut state, Action::Row(changed as u16 - 1));
    assert_eq!(row(&state), (changed - 1, None));
    click(&mut state, Action::Row(changed as u16));
    click(&mut state, Action::Row(changed as u16));
    let (_, selected) = row(&state);
    let selected = selected.expect("a second click looks for changes");
    assert!(selected > 0, "the entry has changed before it moved");
    click(&mut state, Action::Row(0));
    click(&mut state, Action::Row(0));
    assert_eq!(row(&state).1, None, "a second click goes there");
    assert!(state.on_screen().expect("it is open").step < step);
    assert!(
        text(&state).contains("new: "),
        "its first change is that it is there\n{}",
        text(&state)
    );
}

/// A story of many events is looked through a piece at a time: no key takes long, and time brings it to its end.
#[test]
fn a_long_story_is_looked_through_in_pieces() {
    let text_of = r#"(
        title: (en: "t", zh: "t"),
        nodes: [
            Host(name: "client", nics: [("eth0", "02:00:00:00:00:01")], setup: ["ip addr add 192.0.2.1/24 dev eth0"]),
            Host(name: "rs1", nics: [("eth0", "02:00:00:00:00:02")], setup: ["ip addr add 192.0.2.2/24 dev eth0"]),
        ],
        links: [(a: "client:eth0", b: "rs1:eth0")],
        story: [Do(on: "client", run: ["ping -c 8000 -i 0.01 192.0.2.2"]), Wait(Idle)],
    )"#;
    let mut state = home(SMALL);
    state.open(&catalogue::item("long", text_of));
    for key in keys("<Right><Right>n<Tab><Tab>W") {
        update(&mut state, Input::Key(key));
    }
    assert!(text(&state).contains("looking on"), "{}", text(&state));
    let mut pieces = 0;
    while state.wants_time() {
        update(&mut state, Input::Passed(33));
        pieces += 1;
        assert!(pieces < 100, "it comes to an end");
    }
    assert!(text(&state).contains("changes in"), "{}", text(&state));
}

/// Whatever is drawn: no row is wider than the screen, and what has the focus is there.
pub(crate) fn check(state: &State) {
    let buffer = drawn(state);
    for line in svg::text(&buffer).lines() {
        assert!(line.width() <= usize::from(state.size.0), "{line}");
    }
    if let Some(walk) = state.on_screen() {
        assert!(walk.step < walk.session.steps().len());
        assert!(walk.filter.is_none() || !walk.shown.is_empty());
        if let Some(parts) = layout::parts(state.size, walk.pane, walk.zoom) {
            assert!(parts.panes.iter().any(|(pane, _)| *pane == walk.pane), "the focus is lost");
        }
    } else {
        assert!(state.home.shown.is_empty() || state.home.selected < state.home.shown.len());
    }
    for (area, _) in view::targets(state) {
        assert!(
            area.right() <= state.size.0 && area.bottom() <= state.size.1,
            "a target lies outside: {area:?}"
        );
    }
}

#[test]
fn every_size_can_be_drawn() {
    let opened = |pressed: &str| walk("dr/arp-walk", SMALL, pressed);
    let mut states = [
        opened(WRONG_ANSWER),
        home(SMALL),
        opened(&format!("{WRONG_ANSWER}w<Enter>")),
        opened("C"),
        opened("<End>C"),
        opened("<End>M"),
        opened(&format!("{WRONG_ANSWER}S..")),
        walk("tun/two-networks", SMALL, "/tcp<Enter>S<Down>"),
        opened("<End>/reason == arp.reply.any-interface<Enter><BS>w"),
        diagnosed(SMALL),
        opened(&format!("{TYPED}k5<Enter>ip addr<Enter>ip<Tab>")),
        opened("<End>D"),
        opened(&format!("{MOVED}n...")),
        opened(&format!("{MOVED}n...W")),
        opened(&format!("{MOVED}K")),
        walk("netfilter/nf-chains", SMALL, "/reason == netfilter.rule.drop<Enter>K"),
        crate::sandbox::built(SMALL, ""),
        crate::sandbox::built(SMALL, "c"),
    ];
    for width in 20..=200 {
        for height in 5..=60 {
            // Each size once by one of them; the neighbours are the others'.
            let turn = usize::from(width) * 7 + usize::from(height);
            let at = turn % states.len();
            let state = &mut states[at];
            state.lang = if turn.is_multiple_of(2) { Lang::En } else { Lang::Zh };
            if let Some(walk) = &mut state.walk {
                let is_typing = state.prompt.is_some();
                walk.pane = if is_typing { Pane::Console } else { Pane::ALL[turn % 6] };
                walk.zoom = turn.is_multiple_of(3);
            }
            if let Some(walk) = &mut state.walk {
                let given = turn.is_multiple_of(8).then_some(0);
                let open = Question { given, ..Question::new(turn % 3) };
                walk.question = turn.is_multiple_of(4).then_some(open);
            }
            state.help = turn.is_multiple_of(11).then_some(turn as u16 % 40);
            update(state, Input::Size(width, height));
            check(state);
        }
    }
}

/// Any key that does something, characters of any kind, and the mouse anywhere.
fn input() -> impl Strategy<Value = Input> {
    let known: Vec<Key> = TABLE
        .iter()
        .filter(|own| !matches!(own.action, Action::Quit | Action::Diagnose))
        .flat_map(|own| own.keys.iter().copied())
        .chain([Key::Delete, Key::Enter, Key::Esc])
        .collect();
    prop_oneof![
        12 => prop::sample::select(known).prop_map(Input::Key),
        3 => prop::sample::select("arp||tcp.port==80 node==rs1()!\"路由<é".chars().collect::<Vec<_>>()).prop_map(|own| Input::Key(Key::Char(own))),
        2 => (0_u16..210, 0_u16..70).prop_map(|(x, y)| Input::Press(x, y)),
        1 => (0_u16..210, 0_u16..70, any::<bool>()).prop_map(|(x, y, forward)| Input::Wheel(x, y, forward)),
        1 => (20_u16..200, 5_u16..60).prop_map(|(width, height)| Input::Size(width, height)),
        2 => (0_u32..2_000).prop_map(Input::Passed),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_keys_come_nothing_breaks(inputs in prop::collection::vec(input(), 500)) {
        let mut state = home(LARGE);
        press(&mut state, "<Enter>");
        for (at, input) in inputs.into_iter().enumerate() {
            update(&mut state, input);
            if at % 5 == 0 {
                check(&state);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_typed_nothing_breaks(
        parts in prop::collection::vec(
            prop_oneof![
                3 => prop::sample::select(vec![
                    "5<Enter>", "<Esc>", "<Enter>", "<Tab>", "<Up>", "k", "r", "x", "n", "p", "U", "C", "w", "S", "M", ".", ",", "z", "6", "]", "[", "<End>",
                    "<Home>", "<Right>", "L", "A", "<<", ">", "/arp<Enter>", "<BS>", "o<Enter>",
                ]).prop_map(str::to_owned),
                2 => prop::sample::select(vec![
                    "@rs1", "@director", "@nobody", "ip addr", "ipvsadm -Ln", "sysctl -w net.ipv4.conf.all.arp_ignore=1", "ip link set eth0 down",
                    "ping -c 2 172.16.100.100", "ping 172.16.100.100", "curl http://172.16.100.100/", "ipvsadm -C", "rm -rf /", "echo '", "help ip",
                    "help", "sleep 1; hostname", "true && false || ip neigh", "路由", "bridge fdb show", "exit",
                ]).prop_map(|line| format!("<Esc>5<Enter>{line}<Enter>")),
            ],
            40,
        ),
    ) {
        let mut state = home(LARGE);
        press(&mut state, "<Enter>");
        for part in parts {
            press(&mut state, &part);
            check(&state);
        }
    }
}

/// The scenario that is told first has all that is to be seen first, within few steps.
#[test]
fn the_first_frame_moves_after_two_keys() {
    let mut state = home(LARGE);
    press(&mut state, "<Enter>");
    update(&mut state, Input::Key(Key::Char(']')));
    for _ in 0..3 {
        update(&mut state, Input::Key(Key::Right));
    }
    assert!(
        state.walk.as_ref().is_some_and(|walk| walk
            .session
            .steps()
            .iter()
            .any(|step| step.mark == Mark::Warning))
    );
}

#[test]
fn without_a_terminal_it_is_told_in_sentences() {
    let told = run(&["walk"]);
    assert_eq!(told.status, Some(0));
    for args in [&[][..], &["--plain"], &["open"], &["open", "--plain", "dr/arp-walk"]] {
        assert_eq!(run(args).status, Some(0), "{args:?}");
        assert_eq!(run(args).out, told.out, "{args:?}");
    }
    assert_eq!(run(&["open", "no/such"]).status, Some(2));
    let refused = run(&["--plain", "list"]);
    assert_eq!((refused.status, refused.out.as_str()), (Some(2), ""));
    assert!(refused.err.contains("--plain stands by itself"), "{}", refused.err);
}
