//! `lvsim grade`: all answers of a class, good, wrong and hostile, in every format, the same each time.

use std::fs;
use std::path::PathBuf;

use lvsim_tests::lvsim::{folder, run};
use sim_tui::scenarios::LABS;

/// A class that hands in for one lab: a right answer, a known mistake, half of the predictions, one that never ends, a formula for a
/// name, another lab's, junk, too much.
fn class(name: &str) -> PathBuf {
    let dir = folder(name);
    let (_, texts) = LABS.iter().find(|(id, _)| *id == "b4-only-syns").expect("it is shipped");
    let lab = |begin: &str| {
        let own = texts.iter().find(|(name, _)| name.starts_with(begin));
        own.expect("a lab has it").1.to_owned()
    };
    let named =
        |student: &str, text: &str| text.replacen('\n', &format!("\nstudent {student}\n"), 1);
    let solution = lab("solution.txt");
    let files: [(&str, Vec<u8>); 9] = [
        ("ada.txt", named("Ada", &solution).into()),
        ("bob.txt", named("Bob", &lab("wrong/")).into()),
        ("cyd.txt", b"lab b4-only-syns\nstudent Cyd\nclient# ping 172.17.100.1\n".to_vec()),
        ("dan.txt", named("=HYPERLINK(\"x\",\"y\")", &solution).into()),
        ("eve.txt", b"lab a1-whose-mac\nstudent Eve\n".to_vec()),
        ("fay.txt", vec![0xff, 0xfe, 0, 1, 2]),
        ("gus.txt", vec![b'#'; 1 << 20]),
        ("hal.txt", Vec::new()),
        ("notes.md", b"not an answer".to_vec()),
    ];
    for (file, bytes) in files {
        fs::write(dir.join(file), bytes).expect("an own folder can be written");
    }
    dir
}

/// What is printed of a class in a format.
fn graded(dir: &std::path::Path, format: &str, lang: &str) -> String {
    let dir = dir.display().to_string();
    let said = run(&["--lang", lang, "grade", &dir, "--lab", "b4-only-syns", "--format", format]);
    assert_eq!((said.status, said.err.as_str()), (Some(0), ""), "{}", said.out);
    said.out.replace(&format!("{dir}/"), "")
}

#[test]
fn a_class_is_graded_whatever_it_hands_in() {
    let dir = class("grade-class");
    let text = graded(&dir, "text", "en");
    let said: Vec<&str> = text.lines().collect();
    assert_eq!(said[0], "20/20  Ada  ada.txt", "{text}");
    for part in [
        "  Bob  bob.txt",
        "not over after 1h of virtual time",
        "eve.txt: an answer to a1-whose-mac, not to b4-only-syns",
        " 0/20  -  fay.txt",
        "is no text (not UTF-8)",
        "too large for an answer file",
        " 0/20  -  hal.txt",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    assert!(text.ends_with("of 160 points, 2 with all, 4 cannot be read\n"), "{text}");
    assert!(!text.contains("notes.md"), "{text}");
    assert!(graded(&dir, "text", "zh").contains("4 个无法读取"));
}

#[test]
fn the_same_answers_get_the_same_file() {
    let dir = class("grade-twice");
    for format in ["text", "json", "junit", "csv"] {
        let one = graded(&dir, format, "en");
        assert_eq!(one, graded(&dir, format, "en"), "{format}");
        assert!(one.contains("ada.txt") && one.contains("hal.txt"), "{one}");
    }
    // Nothing that a spreadsheet would run, and a row for each.
    let csv = graded(&dir, "csv", "en");
    assert_eq!(csv.matches("\r\n").count(), 9, "{csv}");
    assert!(csv.starts_with("file,student,lab,total,possible,"), "{csv}");
    assert!(csv.contains("\"'=HYPERLINK(\"\"x\"\",\"\"y\"\")\""), "{csv}");
    for line in graded(&dir, "json", "en").lines() {
        let value: serde_json::Value = serde_json::from_str(line).expect("it is JSON");
        assert_eq!(value["type"], "grade");
        assert_eq!(
            value["wrong"].as_array().expect("a list").is_empty(),
            value["marks"].is_object()
        );
    }
}

#[test]
fn one_answer_is_told_as_graders_want_it() {
    let dir = class("grade-one");
    let one = |format: &str, file: &str| {
        let file = dir.join(file).display().to_string();
        let said = run(&["grade", &file, "--lab", "b4-only-syns", "--format", format]);
        assert_eq!(said.status, Some(0), "{}", said.err);
        serde_json::from_str::<serde_json::Value>(&said.out).expect("it is JSON")
    };
    assert_eq!(one("gradescope", "ada.txt")["score"], 20);
    assert_eq!(one("gradescope", "hal.txt")["score"], 0);
    assert_eq!(one("exercism", "ada.txt")["status"], "pass");
    assert_eq!(one("exercism", "bob.txt")["status"], "fail");
    assert_eq!(one("exercism", "fay.txt")["status"], "error");
    let all = dir.display().to_string();
    for (args, said) in [
        (
            vec!["grade", &all, "--lab", "b4-only-syns", "--format", "gradescope"],
            "8 answers: this format is of one",
        ),
        (vec!["grade", &all, "--lab", "b4-only"], "no shipped lab of that name"),
        (vec!["grade", "nowhere", "--lab", "nope"], "no shipped lab of that name"),
    ] {
        let refused = run(&args);
        assert_eq!(refused.status, Some(2), "{args:?}");
        assert!(refused.err.contains(said), "{}", refused.err);
    }
}
