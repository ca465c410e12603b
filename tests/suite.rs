//! `lvsim test` and `lvsim lint` on a folder of small scenarios: one that holds, one that does not,
//! one that cannot be read, one whose author meant something else.

use std::fs;
use std::path::{Path, PathBuf};

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
