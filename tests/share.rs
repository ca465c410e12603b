//! What `lvsim export` writes of a run: the ladder as SVG and Mermaid, the page, the recorded terminal. What needs a browser is
//! in `tests/browser`.

use lvsim_tests::lvsim::run;
use lvsim_tests::{files, plays};
use quick_xml::Reader;
use quick_xml::events::Event;
use serde_json::Value;
use sim_core::Lang;
use sim_core::export::ladder::{Ladder, Options, RowKind, mermaid, svg};
use sim_core::export::palette::{DARK, LIGHT};
use sim_core::export::played::Played;
use sim_core::story::open;
use sim_core::trace::Note;

/// The options that write a run.
const FORMS: [&str; 4] = ["--svg", "--mermaid", "--html", "--cast"];

/// More than this nobody opens.
const MOST: usize = 8 << 20;

fn played(file: &files::File) -> Played {
    let scenario = open(&file.name, &file.text, None, false).expect("it loads");
    Played::new(scenario).expect("it is set up")
}

/// All text of an XML document; what is wrong with it otherwise.
fn text_of(xml: &str) -> Result<String, quick_xml::Error> {
    let mut reader = Reader::from_str(xml);
    reader.config_mut().check_end_names = true;
    let (mut text, mut depth) = (String::new(), 0_usize);
    loop {
        match reader.read_event()? {
            Event::Start(tag) => {
                for attribute in tag.attributes() {
                    attribute?;
                }
                depth += 1;
            }
            Event::End(_) => depth -= 1,
            Event::Text(words) => text += &words.decode().expect("it is UTF-8"),
            Event::Eof => break,
            _ => {}
        }
    }
    assert_eq!(depth, 0, "all that is begun is ended");
    Ok(text)
}

#[test]
fn every_scenario_is_a_picture_in_both_languages() {
    for file in files::scenarios() {
        let played = played(&file);
        for lang in [Lang::En, Lang::Zh] {
            let ladder = Ladder::new(&played, &Options { lang, ..Options::default() });
            let picture = svg::print(&ladder, lang);
            text_of(&picture).unwrap_or_else(|why| panic!("{}: {why}", file.name));
            assert!(picture.len() < MOST, "{}: {}", file.name, picture.len());
            for (number, line) in mermaid::print(&ladder, lang).lines().enumerate() {
                let fits = match number {
                    0 => line == "sequenceDiagram",
                    _ => is_mermaid(line),
                };
                assert!(fits, "{}:{}: {line}", file.name, number + 1);
            }
        }
    }
}

/// Whether a line is one statement that Mermaid's grammar knows, with nothing in its text that ends it.
fn is_mermaid(line: &str) -> bool {
    let Some(line) = line.strip_prefix("    ") else { return false };
    let is_lane = |name: &str| name.strip_prefix('n').is_some_and(|at| at.parse::<u8>().is_ok());
    let (head, text) = match line.split_once(' ') {
        Some(("accTitle:", text)) => return is_clean(text),
        Some(("participant", rest)) => {
            return rest
                .split_once(" as ")
                .is_some_and(|(lane, name)| is_lane(lane) && is_clean(name));
        }
        _ => match line.split_once(": ") {
            Some(parts) => parts,
            None => return false,
        },
    };
    let lanes: Vec<&str> = match head.strip_prefix("Note over ") {
        Some(lanes) => lanes.split(',').collect(),
        None => {
            let arrow = ["-->>", "->>", "--x", "-x"].into_iter().find(|arrow| head.contains(arrow));
            arrow.map_or_else(Vec::new, |arrow| head.split(arrow).collect())
        }
    };
    (1..=2).contains(&lanes.len()) && lanes.into_iter().all(is_lane) && is_clean(text)
}

/// Whether a text has no sign that Mermaid gives a meaning, but entities and line breaks.
fn is_clean(text: &str) -> bool {
    let text = text.replace("<br/>", " ");
    let mut rest = text.as_str();
    while let Some((before, behind)) = rest.split_once('#') {
        let Some((entity, behind)) = behind.split_once(';') else { return false };
        if before.contains(';')
            || entity.is_empty()
            || !entity.chars().all(|c| c.is_ascii_alphanumeric())
        {
            return false;
        }
        rest = behind;
    }
    !rest.contains(';') && !text.contains(['<', '>', '{', '}', '%', '"'])
}

#[test]
fn a_ladder_has_every_frame_and_every_decision_once() {
    for play in plays::played() {
        let played = played(&play.file);
        let ladder = Ladder::new(&played, &Options::default());
        let mut seen = vec![0; played.trace.len()];
        for row in &ladder.rows {
            row.entries.iter().for_each(|at| seen[*at] += 1);
        }
        assert!(seen.iter().all(|times| *times == 1), "{}", play.file.name);
        assert_eq!(played.trace.entries(), play.trace.entries(), "{}", play.file.name);
        // A frame is one row, however many switches it has crossed.
        let frames = played.trace.entries().iter().filter_map(|entry| match &entry.what {
            Note::Frame { frame, .. } => Some(frame.id),
            _ => None,
        });
        let frames: std::collections::BTreeSet<_> = frames.collect();
        assert_eq!(frames.len(), ladder.passes().count(), "{}", play.file.name);
    }
}

#[test]
fn every_hop_shows_what_it_changed() {
    /// The scenario, the start of the label of a frame that a director has sent on, what it has changed.
    #[rustfmt::skip]
    const ROWS: &[(&str, &str, &[&str])] = &[
        ("dr/seed",             "SYN",        &["eth.dst", "ip.ttl"]),
        ("nat/seed",            "SYN",        &["ip.dst", "ip.ttl"]),
        ("nat/seed",            "SYN-ACK",    &["ip.src", "ip.ttl"]),
        ("nat/port-mapping",    "SYN",        &["ip.dst", "ip.ttl", "tcp.dport"]),
        ("tun/two-networks",    "IPIP [SYN]", &["outer IP", "ip.ttl"]),
        ("fullnat/two-networks", "SYN",       &["ip.src", "ip.dst", "tcp.dport"]),
    ];
    for (name, label, fields) in ROWS {
        let file =
            files::scenarios().into_iter().find(|file| file.name.contains(name)).expect(name);
        let played = played(&file);
        let ladder = Ladder::new(&played, &Options::default());
        let director = ladder.lanes.iter().position(|lane| lane.name == "director").expect(name);
        let is_it = |fields_of: Vec<&str>| fields.iter().all(|field| fields_of.contains(field));
        let found = ladder.passes().any(|pass| {
            pass.from == Some(director)
                && pass.label == *label
                && is_it(pass.edits.iter().map(|edit| edit.field.as_str()).collect())
        });
        assert!(found, "{name}: no {label} of the director changes {fields:?}");
    }
}

#[test]
fn the_binary_writes_every_form_of_every_scenario_the_same_each_time() {
    for file in files::scenarios() {
        for form in FORMS {
            let said = run(&["export", form, &file.name]);
            let status = said.status;
            assert_eq!(status, Some(0), "{form} {}: {}", file.name, said.err);
            assert!(said.out.len() < MOST, "{form} {}: {}", file.name, said.out.len());
            match form {
                "--html" => check_page(&file.name, &said.out),
                "--cast" => check_cast(&file.name, &said.out),
                _ => {}
            }
        }
    }
    for name in ["dr/arp-walk", "fullnat/two-networks"] {
        for form in FORMS {
            let args = ["--lang", "zh", "export", form, name];
            assert_eq!(run(&args), run(&args), "{args:?}");
        }
    }
}

/// One page with nothing from elsewhere, and whole data.
fn check_page(name: &str, page: &str) {
    let begin = r#"<script type="application/json" id="data">"#;
    let (head, data) = page.split_once(begin).expect("the page has data");
    let (data, script) = data.split_once("</script>").expect("they end");
    let (head, transcript) = head.split_once("<noscript>").expect("there is a transcript");
    let (_, body) = transcript.split_once("</noscript>").expect("it ends");
    for ours in [head, body, script] {
        for outside in ["src=", "href=", "@import", "url(", "http://", "https://"] {
            // The name of the language of pictures is no address that anybody opens.
            let ours = ours.replace("http://www.w3.org/2000/svg", "");
            assert!(!ours.contains(outside), "{name}: {outside}");
        }
    }
    let data: Value = serde_json::from_str(data).expect("they are JSON");
    let steps = data["steps"].as_array().expect("there are steps");
    assert!(!steps.is_empty(), "{name}");
    for step in steps {
        for frame in ["frame", "parent"] {
            if let Some(id) = step[frame].as_u64() {
                assert!(data["frames"][id.to_string()].is_object(), "{name}: frame {id}");
            }
        }
        for line in step["lines"].as_array().into_iter().flatten() {
            if let Some(code) = line["code"].as_str() {
                assert!(data["reasons"][code]["title"]["zh"].is_string(), "{name}: {code}");
            }
        }
    }
    for (id, frame) in data["frames"].as_object().expect("there are frames") {
        let layout = frame["fields"][0].as_u64().and_then(|at| usize::try_from(at).ok());
        let names = data["layouts"][layout.expect("a number")].as_array().expect("a known one");
        assert_eq!(
            frame["fields"].as_array().map(Vec::len),
            Some(names.len() + 1),
            "{name}: frame {id}"
        );
    }
}

/// A header without a time of day, then lines whose times never fall.
fn check_cast(name: &str, cast: &str) {
    let mut lines = cast.lines();
    let head: Value = serde_json::from_str(lines.next().expect("a header")).expect("JSON");
    assert_eq!((&head["version"], head.get("timestamp")), (&Value::from(2), None), "{name}");
    let mut last = 0.0;
    for line in lines {
        let event: Value = serde_json::from_str(line).expect("JSON");
        let at = event[0].as_f64().expect("a time");
        assert!(at >= last && event[1] == "o", "{name}: {line}");
        assert!(event[2].as_str().is_some_and(|text| text.ends_with("\r\n")), "{name}: {line}");
        last = at;
    }
}

#[test]
fn a_part_of_a_run_is_chosen_by_time_and_by_filter() {
    let file = files::scenarios().into_iter().find(|file| file.name.contains("dr/arp-walk"));
    let file = file.expect("it is shipped");
    let played = played(&file);
    let all = Ladder::new(&played, &Options::default()).passes().count();
    let filter = sim_core::tcpdump::Filter::parse("arp").ok();
    let ladder = Ladder::new(&played, &Options { filter, ..Options::default() });
    assert!(ladder.passes().all(|pass| pass.is_arp()) && ladder.passes().count() > 5);
    assert_eq!(ladder.passes().count() + ladder.left_out, all);
    let args = ["export", "--svg", "dr/arp-walk", "--from", "100ms", "--until", "200ms"];
    let said = run(&args);
    assert!(said.out.contains("others of the run were left out"), "{}", said.err);
    for (args, words) in [
        (&["--filter", "prot 80"][..], "--filter:1: `prot`: "),
        (&["--until", "soon"], "soon"),
        (&["--netns", "--filter", "arp"], "cannot be used with"),
    ] {
        let form = if args[0] == "--netns" { &[][..] } else { &["--svg"] };
        let args = [&["export", "dr/arp-walk"], form, args].concat();
        let said = run(&args);
        assert_eq!((said.status, &*said.out), (Some(2), ""), "{args:?}");
        assert!(said.err.contains(words), "{args:?}: {}", said.err);
    }
}

#[test]
fn the_same_rows_fold_and_say_so() {
    let file = files::scenarios().into_iter().find(|file| file.name.contains("cable/queue-full"));
    let played = played(&file.expect("it is shipped"));
    let ladder = Ladder::new(&played, &Options::default());
    let folded = ladder.folded();
    let shown: usize = folded.iter().map(|(_, more, _)| more + 1).sum();
    assert_eq!(shown, ladder.rows.iter().filter(|row| !row.setup).count(), "none is lost");
    assert!(folded.len() * 10 < shown, "{} of {shown}", folded.len());
    let most = folded.iter().filter(|(row, ..)| matches!(row.kind, RowKind::Pass(_)));
    let most = most.map(|(_, more, _)| *more).max().expect("there are frames");
    let said = svg::print(&ladder, Lang::En);
    assert!(said.contains(&format!("(and {most} more like it, until ")));
}

/// WCAG 2.1: relative luminance, and contrast from it.
#[test]
fn text_stands_out_on_light_and_on_dark_ground() {
    fn light(colour: &str) -> f64 {
        let part = |at: usize| {
            let value = u8::from_str_radix(&colour[at..at + 2], 16).expect("two hex digits");
            let value = f64::from(value) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5)
    }
    for palette in [LIGHT, DARK] {
        for ground in palette.grounds() {
            for (name, text) in palette.texts() {
                let (one, two) = (light(text), light(ground));
                let contrast = (one.max(two) + 0.05) / (one.min(two) + 0.05);
                assert!(contrast >= 4.5, "{name} {text} on {ground}: {contrast:.2}");
            }
        }
    }
}
