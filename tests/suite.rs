//! `lvsim test` and `lvsim lint` on a folder of small scenarios: one that holds, one that does not,
//! one that cannot be read, one whose author meant something else.

use std::fs;
use std::path::{Path, PathBuf};

use lvsim_tests::files;
use lvsim_tests::lvsim::{folder, run};
use serde_json::Value;

/// Two hosts on one cable, with this setup line on the client and this story.
fn scenario(setup: &str, story: &str) -> String {
    format!(
        r#"(
    title: (en: "Two hosts", zh: "两台主机"),
    nodes: [
        Host(name: "client", nics: [("eth0", "02:00:00:00:00:c1")], setup: ["{setup}"]),
        Host(name: "rs1", nics: [("eth0", "02:00:00:00:00:51")], serves: ["http 80"], setup: [
            "ip addr add 10.0.0.2/24 dev eth0",
        ]),
    ],
    links: [(a: "client:eth0", b: "rs1:eth0")],
    story: [
        Do(on: "client", run: ["curl -m 4 http://10.0.0.2/"]),
        {story}
    ],
)
"#
    )
}

/// A folder with a scenario of each kind: `a-good`, `b-bad`, `sub/c-wrong`.
fn suite(name: &str) -> PathBuf {
    const ADDRESS: &str = "ip addr add 10.0.0.1/24 dev eth0";
    let dir = folder(name);
    fs::create_dir(dir.join("sub")).expect("an own folder can be written");
    fs::create_dir(dir.join(".hidden")).expect("an own folder can be written");
    let rows = [
        ("a-good.ron", scenario(ADDRESS, r#"Expect(Served(["rs1"])),"#)),
        ("b-bad.ron", scenario(ADDRESS, r#"Expect(Served(["-"])), "#)),
        ("sub/c-wrong.ron", scenario("ip addr ax 10.0.0.1/24 dev eth0", "")),
        (".hidden/d.ron", "not looked at".into()),
        ("notes.txt", "not looked at".into()),
    ];
    for (file, text) in rows {
        fs::write(dir.join(file), text).expect("an own folder can be written");
    }
    dir
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}

fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect()
}

#[test]
fn a_suite_says_what_has_come_of_each() {
    let dir = suite("suite-text");
    let name = shown(&dir);
    let all = run(&["test", &name]);
    assert_eq!(all.status, Some(2), "{all:?}");
    let told: Vec<&str> = all.out.lines().collect();
    assert!(told[0].starts_with(&format!("ok     {name}/a-good.ron (")), "{}", all.out);
    assert!(told[1].starts_with(&format!("FAILED {name}/b-bad.ron (")), "{}", all.out);
    assert!(told[2].starts_with(&format!("  {name}/b-bad.ron:12:9: expected")), "{}", all.out);
    let wrong = told.iter().position(|line| *line == format!("WRONG  {name}/sub/c-wrong.ron"));
    let wrong = wrong.expect("the wrong one has a line");
    assert!(told[wrong + 1].contains("c-wrong.ron:4:86: "), "{}", all.out);
    assert_eq!(told.last(), Some(&"== 3 scenarios: 1 ok, 1 failed, 1 wrong"));

    let quiet = run(&["test", &name, "-q", "-j", "1"]);
    let loud: Vec<&str> = told.iter().filter(|line| !line.starts_with("ok")).copied().collect();
    assert_eq!(quiet.out.lines().collect::<Vec<_>>(), loud, "one at a time or many: the same");

    for (file, code) in [("a-good", 0), ("b-bad", 1), ("sub/c-wrong", 2)] {
        let said = run(&["test", &format!("{name}/{file}.ron"), "--lang", "zh"]);
        assert_eq!(said.status, Some(code), "{said:?}");
        assert!(said.out.contains("== 共 1 个场景："), "{said:?}");
    }
    fs::remove_dir_all(&dir).expect("an own folder can be removed");
}

#[test]
fn a_suite_is_told_to_programs() {
    let dir = suite("suite-programs");
    let (name, report) = (shown(&dir), shown(&dir.join("report.xml")));
    let said = run(&["test", &name, "--format", "json", "--junit", &report]);
    let said = lines(&said.out);
    let results: Vec<&str> = said.iter().filter_map(|row| row["result"].as_str()).collect();
    assert_eq!(results, ["ok", "failed", "wrong"]);
    assert!(said[1]["messages"][0].as_str().is_some_and(|text| text.contains(":12:9: expected")));
    assert_eq!(said[0]["messages"], Value::Array(Vec::new()));
    assert!(said[0]["events"].as_u64() > Some(0) && said[2]["events"].is_null());
    let summary = said.last().expect("there is a summary");
    assert_eq!((&summary["scenarios"], &summary["wrong"]), (&3.into(), &1.into()), "{summary}");

    let xml = fs::read_to_string(&report).expect("the report was written");
    let head = r#"<testsuites name="lvsim test" tests="3" skipped="0" failures="1" errors="1""#;
    assert!(xml.contains(head), "{xml}");
    assert!(xml.contains(&format!(r#"<testcase name="{name}/a-good.ron" classname="{name}""#)));
    assert!(
        xml.contains(&format!(r#"<failure message="{name}/b-bad.ron:12:9: expected"#)),
        "{xml}"
    );
    assert!(xml.contains(&format!(r#"<error message="{name}/sub/c-wrong.ron:4:86: "#)), "{xml}");

    let nowhere = run(&["test", "dr/seed", "--junit", &format!("{name}/none/report.xml")]);
    assert_eq!(nowhere.status, Some(2), "{nowhere:?}");
    assert!(nowhere.err.contains("none/report.xml: cannot be written: "), "{nowhere:?}");
    fs::remove_dir_all(&dir).expect("an own folder can be removed");
}

/// Which scenarios a suite plays, by its lines.
fn played(args: &[&str]) -> Vec<String> {
    let said = run(&[&["test", "--format", "json"], args].concat());
    assert_eq!(said.status, Some(0), "{said:?}");
    let rows = lines(&said.out);
    rows.iter().filter_map(|row| row["file"].as_str().map(String::from)).collect()
}

#[test]
fn paths_mean_files_folders_and_shipped_scenarios_each_once() {
    let shipped = played(&[]);
    assert!(shipped.len() >= 68 && shipped.contains(&"dr/seed".into()), "{shipped:?}");
    let folder: Vec<String> =
        shipped.iter().filter(|name| name.starts_with("nat/")).cloned().collect();
    assert_eq!(played(&["nat", "nat/seed", "nat/"]), folder);
    assert_eq!(played(&["scenarios/nat"]).len(), folder.len());
    let mut parts: Vec<String> =
        ["1/3", "2/3", "3/3"].into_iter().flat_map(|part| played(&["--shard", part])).collect();
    parts.sort();
    let mut sorted = shipped;
    sorted.sort();
    assert_eq!(parts, sorted);

    for (path, words) in [
        ("nta", "nta: no such file, and no shipped scenario of that name"),
        ("tests/harness", "tests/harness: no scenario (*.ron) in this folder"),
    ] {
        let said = run(&["test", "dr", path]);
        assert_eq!(said.status, Some(2), "{said:?}");
        assert!(said.err.starts_with(words) && said.out.is_empty(), "{said:?}");
    }
}

#[test]
fn every_shipped_scenario_passes_the_linter() {
    let said = run(&["lint", "scenarios"]);
    assert_eq!(said.status, Some(0), "{}", said.out);
}

#[test]
fn the_linter_finds_what_was_hardly_meant() {
    let dir = folder("lint");
    let text = r#"(
    title: (en: "Two hosts", zh: "Two hosts"),
    let: {"vip": "10.0.0.2", "rip": "10.0.0.3"},
    nodes: [
        Host(name: "client", nics: [("eth0", "02:00:00:00:00:c1"), ("eth1", "02:00:00:00:00:c2")]),
        Host(name: "rs1", nics: [("eth0", "02:00:00:00:00:51")]),
    ],
    links: [(a: "client:eth0", b: "rs1:eth0")],
    story: [
        Mark("start"),
        Do(on: "client", run: ["ping -c 1 $vip; curl http://$vip/"]),
        Say((en: "Look.", zh: "看。")),
        Do(on: "rs1", run: ["ipvsadm -G", "ipvsadm -G", "curl -m 4 http://$vip/ | wc -l"]),
    ],
)
"#;
    let path = dir.join("odd.ron");
    fs::write(&path, text).expect("an own folder can be written");
    let name = shown(&path);
    let said = run(&["lint", &name]);
    assert_eq!(said.status, Some(1), "{said:?}");
    let told: Vec<&str> =
        said.out.lines().map(|line| line.strip_prefix(&*name).unwrap_or(line)).collect();
    let starts = [
        ":1:1: the story expects nothing; ",
        ":1:1: not Chinese: `Two hosts`; ",
        ":3:30: the parameter `rip` is never used; ",
        ":5:9: no cable goes into client:eth1; ",
        ":10:9: nothing looks back to the mark `start`; ",
        ":11:33: curl without -m waits for minutes",
        ":13:30: no mainline kernel has FULLNAT; write kernel: No(",
        ":13:58: the judge leads no output of curl into a pipe; ",
        "== scenarios: 1, errors: 0, findings: 8",
    ];
    assert_eq!(told.len(), starts.len(), "{}", said.out);
    for (line, start) in told.iter().zip(starts) {
        assert!(line.starts_with(start), "{line} should start with {start}");
    }
    let json = lines(&run(&["lint", &name, "dr/seed", "--format", "json"]).out);
    let found: Vec<&str> = said.out.lines().take(8).collect();
    assert_eq!(json[0]["messages"], Value::from(found), "the same words");
    assert_eq!((&json[0]["result"], &json[1]["result"]), (&"found".into(), &"ok".into()));
    assert_eq!((&json[2]["errors"], &json[2]["findings"]), (&0.into(), &8.into()));
    let zh = run(&["--lang", "zh", "lint", &name]);
    assert!(zh.out.contains(":10:9: 没有预期回看标记 `start`；"), "{}", zh.out);

    fs::write(&path, text.replace("Say(", "Sag(")).expect("an own folder can be written");
    let said = run(&["lint", &name, "dr/seed"]);
    assert_eq!(said.status, Some(2), "{said:?}");
    assert!(said.out.contains("odd.ron:12:9: unknown word `Sag`"), "{}", said.out);
    assert!(said.out.ends_with("== scenarios: 2, errors: 1, findings: 0\n"), "{}", said.out);
    fs::remove_dir_all(&dir).expect("an own folder can be removed");
}

/// NAT whose servers answer past the director, so that the first request is not served; the file says
/// so, and heals it later.
const BROKEN: &str = "scenarios/nat/gateway-is-router.ron";

/// The same with other words, below a folder of its own.
fn broken(dir: &Path, name: &str, says: &str, instead: &str) -> String {
    let text = fs::read_to_string(files::root().join(BROKEN)).expect("it is shipped");
    let changed = text.replace(says, instead);
    assert_ne!(text, changed, "{says}");
    let path = dir.join(name);
    fs::write(&path, changed).expect("an own folder can be written");
    shown(&path)
}

#[test]
fn a_failure_leads_to_its_cause_and_its_cure() {
    let dir = folder("hint");
    let failing = broken(&dir, "it's.ron", r#"Served(["-"])"#, r#"Served(["rs2"])"#);
    let quoted = format!("'{}'", failing.replace('\'', r"'\''"));
    let why = format!("  why: lvsim why {quoted} last-failure");
    let cure = format!("  cure: lvsim diagnose {quoted}");
    let [run_told, test_told] = [["run", &failing, "-q"], ["test", &failing, "-q"]].map(|args| {
        let said = run(&args);
        assert_eq!(said.status, Some(1), "{said:?}");
        assert!(!said.out.contains("== symptom"), "{}", said.out);
        said.out
    });
    let after = |text: &str| -> Vec<String> {
        text.lines().map(String::from).skip_while(|line| *line != why).collect()
    };
    assert_eq!(after(&run_told), [&*why, &*cure]);
    assert_eq!(after(&test_told)[..2], [&*why, &*cure]);
    let zh = run(&["test", &failing, "--lang", "zh"]).out;
    assert!(zh.contains(&format!("\n  处理：lvsim diagnose {quoted}\n")), "{zh}");

    // They can be typed as they stand, and the changes of this run are in them.
    let change = "rs2: ip route replace default via 192.168.100.1";
    let said = run(&["run", &failing, "-q", "--seed", "7", "--with", "rs1: ip route del default"]);
    let with = format!("{cure} --seed 7 --with 'rs1: ip route del default'");
    assert!(said.out.lines().any(|line| line == with), "{}", said.out);

    // The diagnosis itself, on request: below the failure, and the same everywhere.
    let own = run(&["diagnose", &failing]);
    let own: Vec<String> =
        own.out.lines().filter(|line| !line.is_empty()).map(|line| format!("  {line}")).collect();
    assert!(own.iter().any(|line| line.contains(change)), "{own:?}");
    let json = run(&["diagnose", &failing, "--format", "json"]).out;
    let report = shown(&dir.join("report.xml"));
    for args in [["run", &failing, "--diagnose"], ["test", &failing, "--diagnose"]] {
        let said = run(&args);
        assert_eq!(said.status, Some(1), "{said:?}");
        assert!(said.out.contains(&own.join("\n")) && !said.out.contains(&why), "{}", said.out);
        let said = run(&[&args[..], &["--format", "json"]].concat());
        assert!(said.out.contains(&json), "{}", said.out);
    }
    run(&["test", &failing, "--diagnose", "--junit", &report]);
    let xml = fs::read_to_string(&report).expect("the report was written");
    assert!(xml.contains("\n== cure\n") && xml.contains(change), "{xml}");
    run(&["test", &failing, "--junit", &report]);
    let xml = fs::read_to_string(&report).expect("the report was written");
    assert!(xml.contains("\ncure: lvsim diagnose ") && !xml.contains("== cure"), "{xml}");
    fs::remove_dir_all(&dir).expect("an own folder can be removed");
}

#[test]
fn what_is_broken_on_purpose_is_left_so() {
    let dir = folder("on-purpose");
    // All that it says holds: there is nothing to tell.
    for command in ["run", "test"] {
        let said = run(&[command, BROKEN, "--diagnose"]);
        assert_eq!(said.status, Some(0), "{said:?}");
        assert_eq!(said.out, run(&[command, BROKEN]).out);
        assert!(!said.out.contains("lvsim ") && !said.out.contains("== cause"), "{}", said.out);
    }
    // Another expectation fails, and the request ends as the file says.
    let code = "tcp.reset.unknown-connection";
    let meant = broken(&dir, "meant.ron", code, "ip.drop.no-route");
    // All requests are served, and the file is wrong.
    let served = fs::read_to_string(files::root().join("scenarios/dr/seed.ron"));
    let served = served.expect("it is shipped").replace("ipvs.dr.direct", "ipvs.tun.wrapped");
    let path = dir.join("served.ron");
    fs::write(&path, served).expect("an own folder can be written");
    let served = shown(&path);
    for (file, not) in [
        (
            &meant,
            "  no diagnosis: requests end as `Served` in the file says; to look all the same: lvsim diagnose ",
        ),
        (&served, "  no diagnosis: all requests are served as they should be"),
    ] {
        let said = run(&["test", file]);
        assert_eq!(said.status, Some(1), "{said:?}");
        assert!(
            said.out.contains("\n  why: lvsim why ") && !said.out.contains("cure: "),
            "{}",
            said.out
        );
        let said = run(&["test", file, "--diagnose"]);
        assert!(said.out.contains(not) && !said.out.contains("== cause"), "{}", said.out);
        let said = lines(&run(&["run", file, "--diagnose", "--format", "json"]).out);
        assert!(said.iter().all(|line| line["type"] != "diagnosis"), "{file}");
    }
    fs::remove_dir_all(&dir).expect("an own folder can be removed");
}
