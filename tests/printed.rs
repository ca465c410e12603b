//! What `walk` and `run` print: the order of what is told, widths, the legend, JSON's fields, and the folder of captures.

use std::collections::BTreeSet;
use std::fs;

use lvsim_tests::lvsim::{folder, lvsim, run};
use lvsim_tests::{files, plays};
use serde_json::Value;

/// A lab that is there as long as these tests are.
const LAB: &str = "tests/worlds/dr.ron";

/// The names of the shipped scenarios.
fn shipped() -> Vec<String> {
    let names = plays::played().filter_map(|play| play.file.name.strip_prefix("scenarios/"));
    names.map(|name| name.trim_end_matches(".ron").to_owned()).collect()
}

/// The columns of a line: a Chinese character takes two.
fn columns(line: &str) -> usize {
    line.chars().map(|c| if c >= '\u{2e80}' { 2 } else { 1 }).sum()
}

/// `  12. ` with what is behind it.
fn numbered(line: &str) -> Option<&str> {
    let (number, rest) = line.split_once(". ")?;
    (number.len() >= 4 && number.trim_start().parse::<u32>().is_ok()).then_some(rest)
}

/// Whether a line of a walk is tcpdump's: `      0.103 s …`.
fn is_frame(line: &str) -> bool {
    let time = line.strip_prefix("      ").and_then(|rest| rest.split_once(" s "));
    time.is_some_and(|(time, _)| time.bytes().all(|b| b.is_ascii_digit() || b == b'.'))
}

#[test]
fn the_default_walkthrough_is_told_from_the_mistake_to_the_cure() {
    let rows = [
        (
            "en",
            [
                "Question: The router asks the LAN: who has 172.16.100.100?",
                "router asks everybody: who has 172.16.100.100? Tell 172.16.100.254.",
                "[arp.reply.any-interface]",
                "with arp_ignore at",
                "rs2 answers: 172.16.100.100 is at 02:00:00:00:00:52.",
                "client was served by rs2.",
                "[arp.silent.not-on-interface]",
                "rs2 asks everybody: who has 172.16.100.254? Tell 172.16.100.100.",
                "[arp.ask.packet-source]",
                "[neigh.moved]",
                "director announces: 172.16.100.100 is here.",
                "[arp.ask.interface-address]",
                "client was served by rs1.",
                "Two leaks, two knobs.",
                "What next: `lvsim list`",
            ],
        ),
        (
            "zh",
            [
                "问题：路由器在网段上询问：谁有 172.16.100.100？",
                "router 问所有人：谁有 172.16.100.100？请告诉 172.16.100.254。",
                "[arp.reply.any-interface]",
                "arp_ignore 为 0",
                "rs2 应答：172.16.100.100 在 02:00:00:00:00:52。",
                "client 得到了 rs2 的应答。",
                "[arp.silent.not-on-interface]",
                "rs2 问所有人：谁有 172.16.100.254？请告诉 172.16.100.100。",
                "[arp.ask.packet-source]",
                "[neigh.moved]",
                "director 通告：172.16.100.100 在我这里。",
                "[arp.ask.interface-address]",
                "client 得到了 rs1 的应答。",
                "两处泄漏，两个参数。",
                "接下来：`lvsim list`",
            ],
        ),
    ];
    for (lang, words) in rows {
        let said = run(&["--lang", lang]);
        assert_eq!((said.status, said.err.as_str()), (Some(0), ""));
        let mut rest = said.out.as_str();
        for word in words {
            let at = rest.find(word).unwrap_or_else(|| panic!("no {word} in {rest}"));
            rest = &rest[at..];
        }
    }
}

/// A reason with a frame stands below it; what is hidden has none; numbers go up one by one; prose keeps to 80 columns.
#[test]
fn walks_are_in_order_and_fit() {
    for name in shipped() {
        for lang in ["en", "zh"] {
            let said = run(&["walk", &name, "--lang", lang]);
            assert_eq!((said.status, said.err.as_str()), (Some(0), ""), "{name}");
            let lines: Vec<&str> = said.out.lines().collect();
            let numbers = lines.iter().filter(|line| numbered(line).is_some());
            for (at, line) in numbers.enumerate() {
                assert_eq!(
                    line.trim_start().split_once('.').map(|(own, _)| own),
                    Some(&*(at + 1).to_string()),
                    "{name}"
                );
            }
            let mut below = false;
            for line in &lines {
                if line.starts_with("      - ") {
                    assert!(below, "{name}: no frame above: {line}");
                }
                below = is_frame(line) || below && line.starts_with("      ");
                // Commands, their outputs and tcpdump's lines are theirs.
                let is_ours = !line.starts_with("      ") || line.starts_with("      - ");
                let is_typed = numbered(line).is_some_and(|rest| rest.contains("# "));
                assert!(columns(line) <= 80 || !is_ours || is_typed, "{name} {lang}: {line}");
            }
        }
    }
}

#[test]
fn cables_and_power_are_told_before_what_comes_of_them() {
    let rows = [
        ("cable/pulled", "cable at server:eth0: pulled out", "[cable.drop.out]", "cable.drop.out"),
        ("nat/dead-server", "rs2 is switched off", "[neigh.failed]", "neigh.failed"),
    ];
    for (name, change, told, code) in rows {
        let walk = run(&["walk", name]).out;
        assert!(walk.find(change) < walk.find(told) && walk.contains(change), "{walk}");
        assert!(!walk.contains("[power.drop.off]"), "nothing was lost yet: {walk}");
        let run = run(&["run", name]).out;
        let change = format!("\n-- {change}\n");
        assert!(run.find(&change) < run.find(code) && run.contains(&change), "{run}");
    }
}

#[test]
fn prose_is_as_wide_as_asked_and_a_frame_is_one_line() {
    for lang in ["en", "zh"] {
        for (asked, widest) in [("50", 50), ("200", 100), ("x", 80)] {
            let said = lvsim(&["run", "dr/seed", "--lang", lang]).env("COLUMNS", asked).output();
            let said = String::from_utf8(said.expect("lvsim starts").stdout).expect("UTF-8");
            // A line of the trace begins with its time; the rest is prose, below the title.
            let is_trace = |line: &&str| line.starts_with(|c: char| c.is_ascii_digit());
            let (trace, prose): (Vec<_>, Vec<_>) = said.lines().skip(1).partition(is_trace);
            let found = prose.iter().map(|line| columns(line)).max().expect("there is prose");
            assert!(found <= widest && found + 20 > widest.min(80), "{asked}: {found}");
            assert!(trace.iter().any(|line| line.len() > 200), "{asked}: a frame is cut");
        }
    }
}

#[test]
fn helps_fit_into_80_columns_and_name_every_mark() {
    let pages: [&[&str]; 16] = [
        &["--help"],
        &["test", "--help"],
        &["lint", "--help"],
        &["-h"],
        &["run", "--help"],
        &["run", "-h"],
        &["walk", "--help"],
        &["console", "--help"],
        &["export", "--help"],
        &["kernel", "--help"],
        &["kernel", "run", "--help"],
        &["kernel", "compare", "--help"],
        &["kernel", "record", "--help"],
        &["list", "--help"],
        &["endpoint", "--help"],
        &["endpoint", "curl", "--help"],
    ];
    for lang in ["en", "zh"] {
        for page in pages {
            let said = run(&[page, &["--lang", lang]].concat());
            assert_eq!(said.status, Some(0));
            for line in said.out.lines() {
                assert!(columns(line) <= 80, "{page:?} {lang}: {line}");
            }
        }
    }
    let said = run(&["run", LAB]).out;
    let mut marks = BTreeSet::new();
    for line in said.lines().skip(1) {
        // Behind time and node, behind the interface, where a decision's code stands; or at the beginning.
        let is_trace = line.starts_with(|c: char| c.is_ascii_digit());
        for at in if is_trace { &[21, 28, 30][..] } else { &[0][..] } {
            let word = line.get(*at..).and_then(|rest| rest.split(' ').next()).unwrap_or_default();
            let is_mark = !word.is_empty() && word.bytes().all(|b| b.is_ascii_punctuation());
            marks.extend(is_mark.then_some(word));
        }
    }
    assert!(marks.len() > 5, "{marks:?}");
    let help = run(&["run", "--help"]).out;
    let readme = fs::read_to_string(files::root().join("README.md")).expect("it is there");
    for mark in marks.into_iter().filter(|mark| *mark != "##") {
        assert!(help.contains(&format!("\n  {mark:<2}  ")), "{mark} in {help}");
        assert!(readme.contains(&format!("`{mark}`")), "{mark}");
    }
}

/// All names of fields, down to the innermost; the texts of two languages and the values of reasons have names of their own.
fn names(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                found.insert(name.clone());
                if name != "values" {
                    names(value, found);
                }
            }
        }
        Value::Array(values) => values.iter().for_each(|value| names(value, found)),
        _ => {}
    }
}

#[test]
fn each_field_of_json_is_in_the_book() {
    let mut found = BTreeSet::new();
    let mut edits = Vec::new();
    for name in ["nat/icmp-error", "tun/two-networks", "cable/pulled", "nat/dead-server"] {
        let said = run(&["run", name, "--format", "json"]);
        for line in said.out.lines() {
            let line: Value = serde_json::from_str(line).expect("each line is JSON");
            names(&line, &mut found);
            found.extend(line["type"].as_str().map(str::to_owned));
            found.extend(line["kind"].as_str().map(str::to_owned));
            if line["type"] == "rewrite" {
                edits.push(line);
            }
        }
    }
    for page in ["book/run.md", "book/run.zh.md"] {
        let text = fs::read_to_string(files::root().join(page)).expect("it is there");
        for name in &found {
            assert!(text.contains(&format!("`{name}`")), "{page} does not name `{name}`");
        }
    }
    let is = |field: &str, value: Value| edits.iter().any(|edit| edit[field] == value);
    assert!(is("ttl_falls", true.into()) && is("dst", "192.168.100.2:5300".into()), "{edits:?}");
    assert!(is("dst", Value::Null) && is("quoted", true.into()), "{edits:?}");
    assert!(edits.iter().any(|edit| edit["outer"]["dst"].is_string()), "{edits:?}");
}

/// Pages in both languages, and the links between files.
#[test]
fn each_page_is_in_both_languages_and_its_links_lead_to_files() {
    let book = fs::read_dir(files::root().join("book")).expect("there is a book");
    let book = book.map(|entry| entry.expect("it can be listed").path());
    let mut pages: Vec<_> =
        book.filter(|path| path.extension().is_some_and(|is| is == "md")).collect();
    pages.extend(
        ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"].map(|name| files::root().join(name)),
    );
    pages.sort();
    let mut faults = Vec::new();
    for page in &pages {
        let name = page.file_name().and_then(|name| name.to_str()).expect("names are text");
        if page.parent().is_some_and(|folder| folder.ends_with("book")) {
            let other = match name.strip_suffix(".zh.md") {
                Some(stem) => format!("{stem}.md"),
                None => name.replace(".md", ".zh.md"),
            };
            if !page.with_file_name(&other).is_file() {
                faults.push(format!("{name}: there is no {other}"));
            }
        }
        let text = fs::read_to_string(page).expect("it is text");
        for link in text.split("](").skip(1).filter_map(|rest| rest.split([')', ' ', '#']).next()) {
            let leads =
                link.is_empty() || link.contains("://") || page.with_file_name(link).exists();
            if !leads {
                faults.push(format!("{name}: {link} leads nowhere"));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn what_no_real_tool_says_is_said_in_one_language() {
    let typed = "ip neigh add 192.168.100.9 dev eth1 nud none";
    for (lang, words, other) in [("en", "not simulated: ", "未"), ("zh", "未模拟：", "not sim")]
    {
        let said = run(&["--lang", lang, "console", "nat/seed", "director", typed]);
        let said = [said.out, said.err].concat();
        assert!(said.contains(words) && !said.contains(other), "{lang}: {said}");
    }
}

#[test]
fn captures_of_others_stay_and_old_ones_are_named() {
    let dir = folder("captures-of-others");
    let to = dir.display().to_string();
    let foreign = dir.join("rs1-eth0.pcap");
    fs::write(&foreign, b"a week's work").expect("an own folder can be written");
    let refused = run(&["run", LAB, "--pcap", &to]);
    assert_eq!((refused.status, refused.out.as_str()), (Some(2), ""));
    let words = format!("{}: is there already and is no capture of lvsim", foreign.display());
    assert!(refused.err.starts_with(&words), "{}", refused.err);
    assert_eq!(fs::read(&foreign).expect("it is still there"), b"a week's work");
    assert_eq!(fs::read_dir(&dir).expect("it can be listed").count(), 1, "nothing was written");

    fs::remove_file(&foreign).expect("an own file can be removed");
    for (args, left) in
        [(&["--pcap-all"][..], ""), (&[], "client-lo director-lo router-lo rs1-lo rs2-lo")]
    {
        let said = run(&[&["run", LAB, "-q", "--pcap", &to], args].concat());
        let named = |name: &str| {
            format!(
                "{}: not of this run, left as it was\n",
                dir.join(format!("{name}.pcap")).display()
            )
        };
        let left: String = left.split_whitespace().map(named).collect();
        assert_eq!((said.status, said.err), (Some(0), left));
    }
    fs::remove_dir_all(&dir).expect("an own folder can be removed");
}
