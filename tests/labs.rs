//! Course labs: each shipped one keeps its word, the same answer gets the same marks, no answer file does harm, and the commands
//! `lvsim lab …` as a learner and a teacher meet them.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;

use lvsim_tests::files;
use lvsim_tests::lvsim::{folder, lvsim, run};
use proptest::prelude::*;
use sim_core::lab::{Answer, CHAPTERS, LARGEST, Lab, lint, mark};
use sim_tui::curriculum;
use sim_tui::scenarios::LABS;

fn lab(id: &str) -> Lab {
    let (_, files) = LABS.iter().find(|(own, _)| *own == id).expect("it is shipped");
    let files: Vec<(String, String)> =
        files.iter().map(|(name, text)| ((*name).into(), (*text).into())).collect();
    let place = format!("scenarios/labs/{id}");
    Lab::read(id, &place, &files).unwrap_or_else(|errors| {
        let errors: Vec<String> = errors.iter().map(ToString::to_string).collect();
        panic!("{}", errors.join("\n"))
    })
}

#[test]
fn every_shipped_lab_keeps_its_word() {
    assert!(!LABS.is_empty(), "no lab is shipped");
    let mut found = Vec::new();
    for (id, _) in LABS {
        let lab = lab(id);
        found.extend(lint(&lab).iter().map(|own| format!("{}: {}", own.kind, own.error)));
        for needed in &lab.needs {
            assert!(LABS.iter().any(|(own, _)| own == needed), "{id} needs {needed}");
        }
        assert!(lab.wrong.len() >= 2, "{id}: two mistakes at least are known");
    }
    assert!(found.is_empty(), "{}", found.join("\n\n"));
    // The chapters of the course, less the one to begin with.
    assert_eq!(curriculum::CHAPTERS.len(), usize::from(CHAPTERS) + 1);
}

#[test]
fn the_same_answer_gets_the_same_marks() {
    for (id, _) in LABS {
        let lab = lab(id);
        let answers = lab.wrong.iter().map(|wrong| &wrong.answer).chain([&lab.solution]);
        for answer in answers {
            let marks = mark(&lab, answer).expect("it fits");
            assert_eq!(mark(&lab, answer), Ok(marks.clone()), "{}", answer.file);
            assert_eq!(
                marks.total == marks.possible,
                answer.file == lab.solution.file,
                "{}",
                answer.file
            );
        }
    }
}

#[test]
fn a_lab_is_no_scenario() {
    assert!(files::scenarios().iter().all(|file| !file.name.contains("/labs/")));
    let listed = run(&["list"]).out;
    assert!(!listed.contains("labs/") && listed.contains("nat/seed"), "{listed}");
    assert_eq!(run(&["lint", "scenarios/labs"]).status, Some(2));
}

/// What is hostile but can be read ends at a limit, and is told.
#[test]
#[rustfmt::skip]
fn what_never_ends_is_stopped_and_gets_nothing() {
    let lab = lab("b4-only-syns");
    for (line, said) in [
        ("client# ping 172.17.100.1",                    "hours.txt:2: not over after 1h of virtual time"),
        ("client# ping -i 0.002 -c 1000000 172.17.100.1", "hours.txt:2: more than 200000 events"),
        ("wait 1h\nwait 1h",                              "hours.txt:3: not over after 1h of virtual time"),
    ] {
        let answer = Answer::read("hours.txt", &format!("lab b4-only-syns\n{line}\n")).expect("it can be read");
        let marks = mark(&lab, &answer).expect("it fits");
        let stopped = marks.stopped.expect("it is stopped");
        assert!(stopped.en.starts_with(said), "{line}: {stopped}");
        assert_eq!(marks.total, 0, "{line}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever the bytes are: they are an answer, or are refused with a place.
    #[test]
    fn no_bytes_do_harm(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let mut lines = b"lab b4-only-syns\n".to_vec();
        lines.extend(&bytes);
        for bytes in [&bytes, &lines] {
            match Answer::of_bytes("a.txt", bytes) {
                Ok(answer) => drop(lab("b4-only-syns").unfit(&answer)),
                Err(errors) => prop_assert!(!errors.is_empty() && errors.len() <= 10),
            }
        }
    }

    /// Lines that nearly are some: marked or refused, never a panic.
    #[test]
    fn no_lines_do_harm(
        lines in proptest::collection::vec(
            ("(predict t[1-4]\\.[a-d] [0-9]{1,3}|hint [0-9]|wait [0-9]{1,5}m?s|(client|director|rs1|lan|x)# (ip neigh|ip route del default|reboot|curl -m 1 http://172.17.100.1/|for i in 1 2; do ip addr; done|ipvsadm -C)|#.{0,9}|.{0,12})",), 0..6)
    ) {
        let text: String = lines.iter().map(|(line,)| format!("{line}\n")).collect();
        if let Ok(answer) = Answer::read("a.txt", &format!("lab b4-only-syns\n{text}")) {
            let lab = lab("b4-only-syns");
            if let Ok(marks) = mark(&lab, &answer) {
                prop_assert!(marks.total <= marks.possible);
            }
        }
    }
}

#[test]
fn a_file_that_is_too_large_is_not_read() {
    let errors = Answer::of_bytes("a.txt", &vec![b'#'; LARGEST + 1]).expect_err("it is too large");
    assert!(errors[0].to_string().starts_with("a.txt:1:1: too large for an answer file"));
}

/// An own folder with the answer of a lab, and its path.
fn started(name: &str, id: &str, lang: &str) -> (std::path::PathBuf, String) {
    let dir = folder(name);
    let file = dir.join("answer.txt").display().to_string();
    let said = run(&["--lang", lang, "lab", "start", id, "--to", &file]);
    assert_eq!((said.status, said.err.as_str()), (Some(0), ""), "{}", said.out);
    assert!(said.out.contains("director") && said.out.contains(&file), "{}", said.out);
    (dir, file)
}

fn add(file: &str, lines: &str) {
    let text = fs::read_to_string(file).expect("it was written");
    fs::write(file, text + lines).expect("an own file can be written");
}

#[test]
fn a_learner_goes_from_start_to_submit() {
    let (dir, file) = started("lab-learner", "b4-only-syns", "en");
    let again = run(&["lab", "start", "b4-only-syns", "--to", &file]);
    assert_eq!(again.status, Some(2));
    assert!(again.err.contains("is there already"), "{}", again.err);

    let said = run(&["lab", "check", &file]);
    assert_eq!(said.status, Some(1));
    assert!(
        said.out.contains("t1 0/6  a not answered") && said.out.ends_with("== 0 of 20 points\n"),
        "{}",
        said.out
    );

    add(
        &file,
        "predict t1.a 1\npredict t1.a 2\ndirector# ipvsadm -Ln\nrs1# sysctl -w net.ipv4.ip_forward=1\n",
    );
    let said = run(&["lab", "check", &file]).out;
    assert!(said.contains("director# ipvsadm -Ln\n    IP Virtual Server version"), "{said}");
    assert!(said.contains("a 2 right (answered 2 times)"), "{said}");
    assert!(
        said.contains("it looks like this: The servers pass nothing on") && said.contains("(M25)"),
        "{said}"
    );
    assert!(said.contains("lab.ron:") && said.contains("ip.drop.not-forwarding"), "{said}");

    let said = run(&["lab", "undo", &file]);
    assert_eq!(said.out, "taken back: rs1# sysctl -w net.ipv4.ip_forward=1\n");
    for (number, price) in [(1, 1), (2, 2)] {
        let said = run(&["lab", "hint", &file]).out;
        assert!(said.starts_with(&format!("hint {number} of 3, price {price}\n  ")), "{said}");
    }
    add(&file, "director# sysctl -w net.ipv4.ip_forward=1\npredict t1.b 1\npredict t1.c 3\n");
    let said = run(&["lab", "check", &file]);
    assert_eq!(said.status, Some(0), "{}", said.out);
    assert!(said.out.ends_with("hints -3: 2 taken\n== 17 of 20 points\n"), "{}", said.out);
    let listed = run(&["lab", "list", "--in", &dir.display().to_string()]).out;
    assert!(listed.contains("b4-only-syns") && listed.contains("17 of 20 points"), "{listed}");

    let to = dir.join("in").display().to_string();
    let said = run(&["lab", "submit", &file, "--to", &to]);
    assert_eq!(said.status, Some(2));
    assert!(said.err.contains("no student"), "{}", said.err);
    let text = fs::read_to_string(&file).expect("it is there");
    fs::write(&file, text.replace("\nstudent\n", "\nstudent Ada Lovelace\n"))
        .expect("it can be written");
    let said = run(&["lab", "submit", &file, "--to", &to]);
    assert_eq!(said.status, Some(0), "{}", said.err);
    let own = Path::new(&to).join("Ada-Lovelace_b4-only-syns.txt");
    assert_eq!(fs::read(own).expect("it was handed in"), fs::read(&file).expect("it is there"));
    assert_eq!(
        run(&["lab", "submit", &file, "--to", &to]).status,
        Some(2),
        "what is there is not touched"
    );

    let said = run(&["lab", "reset", &file]);
    assert_eq!((said.status, said.err.as_str()), (Some(2), "nobody to ask: add --yes\n"));
    assert_eq!(run(&["lab", "reset", &file, "--yes"]).status, Some(0));
    let text = fs::read_to_string(&file).expect("it is there");
    assert!(
        !text.contains("\npredict t1")
            && !text.contains("\ndirector#")
            && text.contains("\nhint 2\n"),
        "{text}"
    );
    assert_eq!(run(&["lab", "undo", &file]).status, Some(1));
    fs::remove_dir_all(dir).expect("an own folder can be removed");
}

#[test]
fn solutions_are_printed_and_labs_looked_at() {
    let said = run(&["lab", "solution", "b1-two-servers"]);
    assert_eq!(said.status, Some(0));
    assert!(
        said.out.starts_with("lab b1-two-servers\n")
            && said.out.contains("rs2# ip route add default"),
        "{}",
        said.out
    );
    let said = run(&["lab", "lint", "b4-only-syns", "scenarios/labs/c2-nobody-complains"]);
    assert_eq!((said.status, said.out.as_str()), (Some(0), "== labs: 2, errors: 0, findings: 0\n"));
    let said = run(&["lab", "start", "b4-only-sins"]);
    assert_eq!(said.status, Some(2));
    assert!(said.err.contains("did you mean b4-only-syns?"), "{}", said.err);
    let said = run(&["--lang", "zh", "lab", "check", "b2-nothing"]);
    assert!(said.err.contains("没有这个名字的自带练习"), "{}", said.err);
}

#[test]
fn an_own_lab_is_looked_at_in_its_folder() {
    let dir = folder("lab-own");
    let own = dir.join("my-lab");
    fs::create_dir_all(own.join("wrong")).expect("an own folder can be made");
    let from = files::root().join("scenarios/labs/b4-only-syns");
    for name in [
        "lab.ron",
        "start.ron",
        "solution.txt",
        "wrong/chain-blamed.txt",
        "wrong/masquerade.txt",
        "wrong/on-the-servers.txt",
    ] {
        let text = fs::read_to_string(from.join(name)).expect("it is there");
        fs::write(
            own.join(name),
            text.replace("b4-only-syns", "my-lab").replace("tidy: 2", "tidy: 3"),
        )
        .expect("it can be written");
    }
    let place = own.display().to_string();
    let said = run(&["lab", "lint", &place]);
    assert_eq!(said.status, Some(1));
    assert!(said.out.contains("the points add up to 21"), "{}", said.out);
    // The lab stands beside the answer.
    fs::copy(own.join("solution.txt"), dir.join("a.txt")).expect("it can be copied");
    let said = run(&["lab", "check", &dir.join("a.txt").display().to_string()]);
    assert!(said.out.ends_with("== 21 of 21 points\n"), "{}{}", said.out, said.err);
    let broken = fs::read_to_string(own.join("lab.ron"))
        .expect("it is there")
        .replace("ipvs.nat.reply", "ipvs.nat.rep1y");
    fs::write(own.join("lab.ron"), broken).expect("it can be written");
    let said = run(&["lab", "lint", &place]);
    assert_eq!(said.status, Some(2));
    assert!(said.out.contains("lab.ron:") && said.out.contains("(tasks[1].check["), "{}", said.out);
    fs::remove_dir_all(dir).expect("an own folder can be removed");
}

#[test]
fn a_watched_answer_is_marked_again_when_it_is_saved() {
    let (dir, file) = started("lab-watch", "b4-only-syns", "zh");
    let mut child = lvsim(&["lab", "check", &file, "--watch"])
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut lines =
        BufReader::new(child.stdout.take().expect("it is piped")).lines().map_while(Result::ok);
    assert!(lines.any(|line| line == "== 0 of 20 points"));
    add(&file, "director# sysctl -w net.ipv4.ip_forward=1\n");
    assert!(lines.any(|line| line == "== 14 of 20 points"));
    child.kill().expect("an own child can be ended");
    child.wait().expect("it has ended");
    fs::remove_dir_all(dir).expect("an own folder can be removed");
}
