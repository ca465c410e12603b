//! The lines of `--format json` are as `book/json.schema.json` says: all of them, of all scenarios.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use lvsim_tests::files;
use lvsim_tests::lvsim::{folder, run};
use lvsim_tests::schema::Schema;
use serde_json::Value;

/// A scenario in which an expectation fails, and a command before it.
const FAILING: &str = r#"(
    title: (en: "Two hosts", zh: "两台主机"),
    nodes: [
        Host(name: "a", nics: [("eth0", "02:00:00:00:00:0a")], setup: ["ip addr add 10.0.0.1/24 dev eth0"]),
        Host(name: "b", nics: [("eth0", "02:00:00:00:00:0b")], setup: ["ip addr add 10.0.0.2/24 dev eth0"]),
    ],
    links: [(a: "a:eth0", b: "b:eth0")],
    story: [Do(on: "a", run: ["ip route del 10.9.0.0/16"]), Expect(Because(on: "b", code: "ip.local"))],
)"#;

/// Answers to a lab: all right, and a known mistake.
const SOLVED: &str = "scenarios/labs/b1-two-servers/solution.txt";
const MISTAKEN: &str = "scenarios/labs/b1-two-servers/wrong/no-forwarding.txt";

fn schema() -> Schema {
    Schema::new(&run(&["schema"]).out)
}

fn lines(args: &[&str]) -> Vec<Value> {
    let said = run(args);
    assert_eq!(said.err, "", "{args:?}");
    let parse = |line| serde_json::from_str(line).expect("each line is JSON");
    said.out.lines().map(parse).collect()
}

/// The definition that a line of a command should fit.
fn definition(command: &str, line: &Value) -> String {
    let kind = line["type"].as_str().expect("each line has a type");
    match kind {
        "scenario" => format!("{command}_scenario"),
        "summary" if command == "lint" => "lint_summary".to_owned(),
        "story" => format!("story_{}", line["kind"].as_str().expect("each step has a kind")),
        kind => kind.to_owned(),
    }
}

/// One line of each kind; every line is checked on the way.
fn samples(schema: &Schema) -> BTreeMap<String, Value> {
    let dir = folder("schema");
    let failing = dir.join("failing.ron").display().to_string();
    let wrong = dir.join("wrong.ron").display().to_string();
    fs::write(&failing, FAILING).expect("an own folder can be written");
    fs::write(&wrong, "(").expect("an own folder can be written");
    let files = files::scenarios();
    let scenarios: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
    let mut commands: Vec<Vec<&str>> =
        scenarios.iter().map(|name| vec!["run", name, "--format", "json"]).collect();
    commands.push(vec!["run", &failing, "--format", "json"]);
    commands.push(vec!["run", scenarios[0], "--format", "json", "--until", "1ms"]);
    let change = "rs1: sysctl -w net.ipv4.conf.all.arp_ignore=1";
    commands.push(vec!["diff", "dr/no-arp-settings", "--with", change, "--format", "json"]);
    commands.push(vec!["diff", "dr/arp-ignore-only", "dr/no-arp-settings", "--format", "json"]);
    commands.push(vec!["why", "dr/two-causes", "last-failure", "--format", "json"]);
    commands.push(vec![
        "why",
        "nat/other-way-back",
        "last-failure",
        "--otherwise",
        "--format",
        "json",
    ]);
    commands.push(vec!["why", "nat/failover", "d1", "--format", "json"]);
    commands.push(vec!["why", "nat/failover", "arp", "--otherwise", "--format", "json"]);
    commands.push(vec!["why", "nat/failover", "7", "--format", "json"]);
    commands.push(vec!["why", "nat/failover", "arp", "--format", "json"]);
    commands.push(vec!["why", &failing, "last-failure", "--format", "json"]);
    commands.push(vec!["test", &failing, "--diagnose", "--format", "json"]);
    commands.push(vec!["test", &failing, &wrong, scenarios[0], "--format", "json"]);
    commands.push(vec!["lint", &failing, &wrong, scenarios[0], "--format", "json"]);
    commands.push(vec!["modes", "nat/seed", "--format", "json"]);
    commands.push(vec!["modes", "tun/two-networks", "--format", "json"]);
    commands.push(vec!["diagnose", "dr/no-arp-settings", "--format", "json"]);
    for (at, file) in [
        ("rs1:eth0", "tests/overlay/broken-rs1-eth0.pcap"),
        ("rs1:eth0", "tests/overlay/healthy-rs1-eth0.pcap"),
    ] {
        commands.push(vec!["overlay", "dr/client-behind-router", at, file, "--format", "json"]);
    }
    commands.push(vec!["explain", "--all", "--format", "json"]);
    for answer in [SOLVED, MISTAKEN] {
        commands.push(vec!["lab", "check", answer, "--format", "json"]);
    }
    commands.push(vec!["grade", SOLVED, MISTAKEN, "--lab", "b1-two-servers", "--format", "json"]);
    let (mut samples, mut faults) = (BTreeMap::new(), BTreeSet::new());
    for args in &commands {
        for line in lines(args) {
            let name = definition(args[0], &line);
            let found = schema.faults(&name, &line);
            faults.extend(found.into_iter().map(|fault| format!("{args:?}: {fault}")));
            samples.entry(name).or_insert(line);
        }
    }
    fs::remove_dir_all(&dir).expect("an own folder can be removed");
    assert!(faults.is_empty(), "{}", faults.into_iter().take(20).collect::<Vec<_>>().join("\n"));
    samples
}

#[test]
fn every_line_is_as_the_schema_says() {
    let schema = schema();
    let samples = samples(&schema);
    let all = schema.root()["oneOf"].as_array().expect("a line is one of them");
    let all: BTreeSet<&str> =
        all.iter().filter_map(|one| one["$ref"].as_str()?.strip_prefix("#/$defs/")).collect();
    let seen: BTreeSet<&str> = samples.keys().map(String::as_str).collect();
    assert_eq!(all, seen, "each kind of line is in the schema, and each is printed");
    for (name, line) in &samples {
        // One of them and no other.
        for other in &all {
            let fits = schema.faults(other, line).is_empty();
            assert_eq!(fits, other == name, "{name} as {other}: {line}");
        }
        // It bites: neither may a field come unseen, nor go.
        let more = |line: &mut Value| line["new"] = Value::Null;
        let mut changed = line.clone();
        more(&mut changed);
        assert!(!schema.faults(name, &changed).is_empty(), "{name} takes a new field");
        for field in line.as_object().expect("a line is an object").keys() {
            let mut changed = line.clone();
            changed.as_object_mut().expect("a line is an object").remove(field);
            assert!(!schema.faults(name, &changed).is_empty(), "{name} does without {field}");
        }
    }
}

#[test]
fn every_field_is_described() {
    fn check(schema: &Value, at: &str, faults: &mut Vec<String>) {
        for (name, inner) in schema["properties"].as_object().into_iter().flatten() {
            let at = format!("{at}.{name}");
            let words = inner["description"].as_str().unwrap_or_default();
            if !words.ends_with('.') {
                faults.push(format!("{at}: {words:?}"));
            }
            check(inner, &at, faults);
        }
    }
    let mut faults = Vec::new();
    for (name, inner) in schema().definitions() {
        assert!(inner["description"].is_string(), "{name}");
        assert_eq!(inner["additionalProperties"], Value::Bool(false), "{name}");
        check(inner, name, &mut faults);
    }
    assert!(faults.is_empty(), "no sentence:\n{}", faults.join("\n"));
}
