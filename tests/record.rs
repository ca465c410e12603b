//! `lvsim record`: the pictures of README and book are what the commands beside them make; recordings and pages are what the
//! screens show.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use lvsim_tests::lvsim::{folder, run};
use lvsim_tests::{files, golden};
use serde_json::Value;
use sim_core::Lang;
use sim_tui::catalogue;
use sim_tui::input::keys;
use sim_tui::recording::{At, cast, go, page, screen};
use sim_tui::state::State;
use sim_tui::svg;

/// A walkthrough after these keys.
fn opened(name: &str, pressed: &str) -> State {
    let mut state = State::new(catalogue::shipped(), (80, 24));
    state.open(&catalogue::find(name).expect("it is shipped"));
    go(&mut state, &At::First, &keys(pressed)).expect("there is a first step");
    state
}

/// The words of a command; what stands in single quotes is one.
fn words(line: &str) -> Vec<String> {
    let pieces = line.split('\'').enumerate();
    let words = pieces.flat_map(|(at, piece)| match at % 2 {
        0 => piece.split_whitespace().map(str::to_owned).collect(),
        _ => vec![piece.to_owned()],
    });
    words.collect()
}

#[test]
fn each_picture_is_what_the_command_beside_it_makes() {
    let out = folder("pictures");
    let mut made = BTreeSet::new();
    let mut stale = Vec::new();
    let pages = files::bytes_of_all("book").into_iter().map(|(name, _)| name);
    for page in pages.filter(|name| name.ends_with(".md")).chain(["README.md".to_owned()]) {
        let text = fs::read_to_string(files::root().join(&page)).expect("a page is text");
        for piece in text.split("<!-- lvsim ").skip(1) {
            let (command, behind) = piece.split_once(" -->").expect("a comment ends");
            let mut words = words(command);
            let to = words.iter().position(|word| word == "--to").expect("it says where to") + 1;
            let name = words[to].clone();
            let file = Path::new(&name).file_name().expect("it is a file").to_owned();
            let link = behind.lines().nth(1).unwrap_or_default();
            assert!(
                link.contains(file.to_str().expect("names are text")),
                "{page}: {link}: {name}"
            );
            let new = out.join(&file);
            words[to] = new.display().to_string();
            if made.insert(name.clone()) {
                let said = run(&words.iter().map(String::as_str).collect::<Vec<_>>());
                assert_eq!((said.status, said.err.as_str()), (Some(0), ""), "{page}: {command}");
                let new = fs::read_to_string(&new).expect("it was written");
                stale.extend((!golden::is_kept(&name, &new)).then_some(name));
            }
        }
    }
    let kept = files::bytes_of_all("book/pictures").into_iter().map(|(name, _)| name);
    assert_eq!(kept.collect::<BTreeSet<_>>(), made, "pictures, and commands that make them");
    assert!(made.len() >= 4, "{made:?}");
    assert_eq!(stale, Vec::<String>::new(), "UPDATE=1 cargo test writes them anew: look at them");
}

/// The events of a recording: seconds and text.
fn events(cast: &str) -> (Value, Vec<(f64, String)>) {
    let mut lines = cast.lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    let head = lines.next().expect("there is a head");
    let event = |line: Value| {
        assert_eq!(line[1], "o");
        let text = line[2].as_str().expect("a text").to_owned();
        (line[0].as_f64().expect("a time"), text)
    };
    (head, lines.map(event).collect())
}

#[test]
fn a_recording_shows_on_a_terminal_what_the_screens_show() {
    for (name, lang) in [("dr/arp-walk", Lang::En), ("nat/seed", Lang::Zh)] {
        let mut state = opened(name, "");
        state.lang = lang;
        let film = cast::print(&mut state).expect("it is a walkthrough");
        let (head, events) = events(&film);
        assert_eq!(
            (&head["version"], &head["width"], &head["height"]),
            (&2.into(), &80.into(), &26.into())
        );
        assert!(events.windows(2).all(|two| two[0].0 <= two[1].0), "time goes on");
        let mut terminal = vt100::Parser::new(26, 80, 0);
        let mut seen = String::new();
        let mut walked = BTreeSet::new();
        for (_, text) in &events {
            terminal.process(text.as_bytes());
            seen = terminal.screen().contents();
            assert!(seen.lines().count() <= 24, "two rows stay empty: {seen}");
            walked.extend(seen.lines().next().map(str::to_owned));
        }
        let shown: Vec<String> =
            svg::text(&screen(&state)).lines().map(|line| line.trim_end().to_owned()).collect();
        let seen: Vec<String> = seen.lines().map(|line| line.trim_end().to_owned()).collect();
        assert_eq!(seen, shown, "{name}");
        let walk = state.walk.as_ref().expect("it is open");
        let steps = walk.session.steps().len();
        assert_eq!(walk.step + 1, steps, "it comes to the end");
        assert!(walked.len() >= steps, "each step is seen: {} of {steps}", walked.len());
        assert!(walk.asked.values().all(Option::is_some), "each question is answered");
        assert_eq!(walk.asked.len(), walk.questions.len());
        let mut again = opened(name, "");
        again.lang = lang;
        assert!(cast::print(&mut again).expect("it is a walkthrough") == film, "the same bytes");
    }
}

#[test]
fn a_recording_of_some_steps_is_short() {
    let whole = cast::print(&mut opened("dr/arp-walk", "")).expect("it is a walkthrough");
    let some = cast::print(&mut opened("dr/arp-walk", "/arp<Enter>")).expect("it is a walkthrough");
    assert!(some.len() < whole.len() / 2, "{} of {}", some.len(), whole.len());
    // What the keys leave open is no hindrance.
    for pressed in ["?", "/arp", "]", ":"] {
        let film =
            cast::print(&mut opened("icmp/ping-the-vip", pressed)).expect("it is a walkthrough");
        assert!(events(&film).1.len() > 10, "{pressed}");
    }
    let left = cast::print(&mut opened("dr/arp-walk", "o")).expect_err("nothing is on the screen");
    assert!(left.en.contains("leave the walkthrough"), "{}", left.en);
}

#[test]
fn a_page_has_a_screen_for_each_step() {
    let mut state = opened("nat/seed", "");
    let page = page::print(&mut state).expect("it is a walkthrough");
    let part = |name: &str| {
        let (_, behind) = page.split_once(&format!("const {name} = ")).expect("it is there");
        let (own, _) = behind.split_once(";\n").expect("it ends");
        serde_json::from_str::<Vec<Value>>(own).unwrap_or_else(|why| panic!("{name}: {why}"))
    };
    let (rows, screens) = (part("rows"), part("screens"));
    let steps = state.walk.as_ref().map_or(0, |walk| walk.session.steps().len());
    assert_eq!(screens.len(), steps);
    for screen in &screens {
        let numbers = screen.as_array().expect("rows of a screen");
        assert_eq!(numbers.len(), 24);
        assert!(
            numbers.iter().all(|own| own.as_u64().is_some_and(|at| (at as usize) < rows.len()))
        );
    }
    for outside in ["src=", "href", "@import", "url(", "fetch(", "@ROWS@", "@LANG@"] {
        assert!(!page.contains(outside), "{outside}: it needs nothing from elsewhere");
    }
}

#[test]
#[rustfmt::skip]
fn what_is_wrong_is_told() {
    let out = folder("record");
    let file = out.join("there.svg");
    fs::write(&file, "mine").expect("it can be written");
    let there = file.display().to_string();
    let new = out.join("new.txt").display().to_string();
    for (args, said) in [
        (&["dr/arp-walk"][..],                                    "--to <FILE>"),
        (&["dr/arp-walk", "--to", "walk.gif"],                    ".cast .svg .html .txt"),
        (&["dr/arp-walk", "--to", "walk"],                        ".cast .svg .html .txt"),
        (&["dr/arp-walk", "--to", &there],                        "is there already"),
        (&["dr/arp-wlk", "--to", &new],                           "did you mean dr/arp-walk?"),
        (&["dr/arp-walk", "--to", &new, "--size", "60x10"],       "80x24 to 400x200"),
        (&["dr/arp-walk", "--to", &new, "--size", "80"],          "80x24 to 400x200"),
        (&["dr/arp-walk", "--to", &new, "--keys", "<Enter><Up"],  "no key <Up>"),
        (&["dr/arp-walk", "--to", &new, "--keys", "<F1>"],        "others are <Left> <Right>"),
        (&["dr/arp-walk", "--to", &new, "--step", "1000"],        "they are 1 to"),
        (&["dr/arp-walk", "--to", &new, "--step", "0"],           "they are 1 to"),
        (&["dr/arp-walk", "--to", &new, "--step", "tcp.prt == 1"], "no field"),
        (&["dr/arp-walk", "--to", &new, "--step", "udp"],         "no step is so"),
        (&["dr/arp-walk", "--to", &new, "--theme", "pink"],       "colour-blind"),
    ] {
        let refused = run(&[&["record"], args].concat());
        assert_eq!((refused.status, refused.out.as_str()), (Some(2), ""), "{args:?}");
        assert!(refused.err.contains(said), "{args:?}: {}", refused.err);
    }
    assert_eq!(fs::read_to_string(&file).expect("it is there"), "mine");
    for (args, words) in [
        (&[][..],                              "arp.reply.any-interface"),
        (&["--step", "last"],                  "This is the end."),
        (&["--step", "14"],                    "step 14/"),
        (&["--step", "tcp", "--keys", "2"],    "[2 FRAME]"),
        (&["--keys", "]", "--lang", "zh"],     "谁会应答？"),
        (&["--size", "80x24", "--ascii"],      "+-[1 MAP]---"),
    ] {
        let to = out.join("one.txt");
        let said = run(&[&["record", "dr/arp-walk", "--to", &to.display().to_string()], args].concat());
        assert_eq!((said.status, said.out.as_str(), said.err.as_str()), (Some(0), "", ""), "{args:?}");
        let shown = fs::read_to_string(&to).expect("it is there");
        assert!(shown.contains(words), "{args:?}: {words}\n{shown}");
        fs::remove_file(&to).expect("an own file can be removed");
    }
    fs::remove_dir_all(&out).expect("an own folder can be removed");
}
