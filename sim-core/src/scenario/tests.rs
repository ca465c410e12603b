//! The loader as a whole: a full file, parameters, and a table of wrong files with their errors.

use proptest::prelude::*;

use super::*;

const CODES: [&str; 4] =
    ["arp.reply.any-interface", "arp.silent.not-on-interface", "ipvs.conn.new", "ipvs.dr.direct"];

/// A small right file; wrong ones differ from it in one place.
const SMALL: &str = r#"(
    title: (en: "Two machines", zh: "两台机器"),
    let: {"vip": "192.0.2.100"},
    nodes: [
        Host(name: "c1", nics: [("eth0", "02:00:00:00:00:c1")], setup: ["ip link set eth0 up"]),
        Switch(name: "lan", ports: 2),
        Host(name: "rs1", nics: [("eth0", "02:00:00:00:00:51")], serves: ["http 80"]),
    ],
    links: [
        (a: "c1:eth0", b: "lan:0"),
        (a: "rs1:eth0", b: "lan:1", delay: "2ms"),
    ],
    story: [
        Say((en: "One page.", zh: "一页。")),
        Do(on: "c1", run: ["curl http://$vip/"]),
        Wait(Idle),
        Expect(Served(["rs1"])),
    ],
)
"#;

/// Knows every command but `bad…`, and wants a word behind `more`.
fn toy(_: &str, line: &str) -> Result<(), BadLine> {
    let bad = |at, message: &str, help: &str| {
        Err(BadLine { at, message: message.into(), help: help.into() })
    };
    if let Some(start) = line.find("bad") {
        let length = line[start..].find(' ').unwrap_or(line.len() - start);
        return bad(start..start + length, "unknown word", "did you mean good?");
    }
    if line.ends_with("more") {
        return bad(line.len()..line.len(), "missing word", "more what?");
    }
    Ok(())
}

fn read(text: &str, options: &LoadOptions<'_>) -> Result<Scenario, String> {
    load("x.ron", text, options, &mut toy).map_err(|errors| {
        errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    })
}

fn read_small(from: &str, to: &str) -> Result<Scenario, String> {
    assert!(from.is_empty() || SMALL.matches(from).count() == 1, "{from:?} stands there once");
    let text = if from.is_empty() { to.into() } else { SMALL.replace(from, to) };
    read(&text, &LoadOptions { codes: Some(&CODES), ..LoadOptions::default() })
}

#[test]
fn show() {
    for (from, to) in SHOW {
        println!("----- {from} => {to}");
        match read_small(from, to) { Ok(_) => println!("OK"), Err(e) => println!("{e}") }
    }
}

const SHOW: &[(&str,&str)] = &[
    ("ports: 2", "ports: 2 3"),
    ("ports: 2),", "ports: 2)"),
    ("(en: \"One page.\", zh: \"一页。\")", "(en: \"One page.\", zh: \"一页。)"),
    ("title:", "titel:"),
    ("ports: 2", "prots: 2"),
    ("ports: 2", "ports: 2, ports: 3"),
    (", ports: 2", ""),
    ("Switch(", "Swich("),
    ("ports: 2", "ports: \"x\""),
    ("ports: 2", "ports: 70000"),
    ("ports: 2", "ports: -1"),
    ("ports: 2", "ports: 1.5"),
    ("ports: 2", "ports: 0"),
    ("ports: 2", "ports: 1"),
    (", zh: \"一页。\"", ""),
    (", zh: \"两台机器\"", ""),
    ("(en: \"One page.\", zh: \"一页。\")", "\"One page.\""),
    ("zh: \"一页。\"", "zh: \"\""),
    ("Wait(Idle)", "Wait(Idel)"),
    ("Wait(Idle)", "Wait(\"2 s\")"),
    ("Wait(Idle)", "Wait"),
    ("Wait(Idle)", "Wait(\"2s\", Idle)"),
    ("Wait(Idle)", "Wiat(Idle)"),
    ("Wait(Idle)", "Expect(Becuase(on: \"c1\", code: \"x\"))"),
    ("Wait(Idle)", "Expect(Because(on: \"c1\", cod: \"x\"))"),
    ("Wait(Idle)", "Expect(Because(on: \"c1\", code: \"ipvs.con.new\"))"),
    ("Wait(Idle)", "Expect(Because(on: \"c1\"))"),
    ("Wait(Idle)", "Expect(Because(on: 5, code: \"\"))"),
    ("Wait(Idle)", "Expect(Served(\"rs1\"))"),
    ("Wait(Idle)", "Expect(Served([\"rs2\", \"-\", \"c1\"], \"lan\"))"),
    ("Wait(Idle)", "Expect([Served([])])"),
    ("Wait(Idle)", "Expect(Since(\"m\", [Served([\"rs1\"])]))"),
    ("Wait(Idle)", "Mark(\"n\"), Mark(\"n\"), Expect(Since(\"m\", [Since(\"n\", [])]))"),
    ("Wait(Idle)", "Power(on: \"rs2\", up: false), Power(on: \"rs1\", false)"),
    ("Wait(Idle)", "Cable(link: \"rs1:eth1\", up: true)"),
    ("Wait(Idle)", "Cable(link: \"rs1:eth0\")"),
    ("Wait(Idle)", "Cable(link: \"rs1\", delay: \"1\")"),
    ("Wait(Idle)", "Ask(question: (en: \"?\", zh: \"?\"), options: [(en: \"a\", zh: \"a\"), (en: \"b\", zh: \"b\")], answer: 2)"),
    ("Wait(Idle)", "Expect(Neigh(on: \"c1\", ip: \"192.0.2\", owner: \"rs1\"))"),
    ("Wait(Idle)", "Expect(Neigh(on: \"c1\", ip: \"192.0.2.1\"))"),
    ("Wait(Idle)", "Expect(Conns(on: \"c1\", state: \"ESTAB\", count: 1))"),
    ("delay: \"2ms\"", "delay: \"500us\", loss: \"1%\", bandwidth: \"1mbit\""),
    ("delay: \"2ms\"", "delay: \"2 ms\""),
    ("delay: \"2ms\"", "dealy: \"2ms\""),
    ("lan:1\"", "lan:0\""),
    ("lan:1\"", "lan:2\""),
    ("lan:1\"", "lna:1\""),
    ("lan:1\"", "lan\""),
    ("00:51", "00:c1"),
    ("02:00:00:00:00:51", "03:00:00:00:00:51"),
    ("02:00:00:00:00:51", "02:00:00:00:51"),
    ("(\"eth0\", \"02:00:00:00:00:51\")", "(\"eth0\", \"02:00:00:00:00:51\", 1500, 2)"),
    ("(\"eth0\", \"02:00:00:00:00:51\")", "(\"eth0\")"),
    ("\"rs1\", nics", "\"c1\", nics"),
    ("ip link set eth0 up", "ip \\\"x\\\" bad eth0 up"),
    ("ip link set eth0 up", "ip link more"),
    ("http 80", "http bad"),
    ("curl http://$vip/", "curl http://$vip/ 中 bad"),
    ("curl http://$vip/", "curl $vip $vpi"),
    ("\"rs1:eth0\"", "\"$rs:eth0\""),
    ("Do(on: \"c1\"", "Do(on: \"lan\""),
    ("run: [\"curl http://$vip/\"]", "run: \"curl\""),
    ("run: [\"curl http://$vip/\"]", "run: []"),
    ("title: (en: \"Two machines\", zh: \"两台机器\")", "title: (en: \"Two machines\", zh: \"两台机器\"), kernel: false"),
    ("title: (en: \"Two machines\", zh: \"两台机器\")", "title: (en: \"Two machines\", zh: \"两台机器\"), kernel: No(\"x\")"),
    ("{\"vip\": \"192.0.2.100\"}", "{\"vip\": 3}"),
    ("{\"vip\": \"192.0.2.100\"}", "{\"vip\": \"$vop\", \"vip\": \"\", \"i\": \"\"}, vary: {\"n\": Range(3, 1)}"),
    ("{\"vip\": \"192.0.2.100\"}", "(vip: \"192.0.2.100\")"),
    ("nodes: [", "nodes: [ Repeat(count: 300, node: Host(name: \"\")),"),
    ("nodes: [", "nodes: [ Repeat(count: 3, node: Host(name: \"r$i\", nics: [(\"eth0\", \"02:$i\")])),"),
    ("nodes: [", "nodes: [ Repeat(count: 3, node: Host(name: \"r\")),"),
    ("nodes: [", "nodes: [ Repeat(count: 3),"),
    ("nodes: [", "nodes: [ 3, Host, (name: 3),"),
    ("", ""),
    ("", "(titel: 1)"),
    ("", "hello"),
    ("", "[1]"),
    ("", "#![enable(unwrap_newtypes)]\n()"),
    ("", "#![enable(foo)]\n()"),
    ("", "(title: (en: \"a\", zh: \"b\"), nodes: 5)"),
    ("", "(title: (en: \"a\", zh: \"b\"), nodes: [])"),
    ("", "(title: (en: \"a\", zh: \"b\"))"),
    ("", "(title: (en: \"a\", zh: \"b\"), nodes: [], /* x"),
];
