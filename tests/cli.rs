//! The binary as a person or a script meets it: exit codes, messages, formats, languages, closed
//! pipes.

use std::fs;
use std::io::Read;
use std::process::Stdio;

use lvsim_tests::lvsim::{folder, lvsim, run};
use lvsim_tests::plays;
use pcap_file::pcapng::blocks::enhanced_packet::EnhancedPacketOption;
use pcap_file::pcapng::blocks::interface_description::InterfaceDescriptionOption;
use pcap_file::pcapng::{Block, PcapNgReader};
use serde_json::Value;

/// A lab that is there as long as these tests are.
const LAB: &str = "tests/worlds/dr.ron";

/// A small network: a client, and a server that is told to answer; the last line of the setup and
/// the story are the row's.
fn small(setup: &str, story: &str) -> String {
    format!(
        r#"(
    title: (en: "Two hosts", zh: "两台主机"),
    nodes: [
        Host(name: "client", nics: [("eth0", "02:00:00:00:00:c1")], setup: [
            "ip addr add 10.0.0.1/24 dev eth0",
            "{setup}",
        ]),
        Host(name: "rs1", nics: [("eth0", "02:00:00:00:00:51")], serves: ["http 80"], setup: [
            "ip addr add 10.0.0.2/24 dev eth0",
        ]),
    ],
    links: [(a: "client:eth0", b: "rs1:eth0")],
    story: [
        {story}
    ],
)
"#
    )
}

#[test]
#[rustfmt::skip]
fn a_run_ends_with_the_promised_code_and_says_where() {
    const CURL: &str = r#"Do(on: "client", run: ["curl -m 4 http://10.0.0.2/"]), "#;
    let served = |by: &str| format!("{CURL}Expect(Served([\"{by}\"])),");
    let dir = folder("codes");
    let (good, bad) = (served("rs1"), served("-"));
    let bytes = "00".repeat(100);
    let frame = format!(r#"Inject(from: "client:eth0", bytes: ["{bytes}"]), Expect(Served([])),"#);
    let rows: [(&str, &str, i32, &str); 18] = [
        // setup                      story                 code, the first words behind the name
        ("true",                      &good,                0,    ""),
        ("true",                      &bad,                 1,    ":14:64: expected to be served by [-]"),
        ("true",                      "Expect(Servd([])),", 2,    ":14:16: unknown word `Servd`"),
        ("true",                      "Wait(Idle)),",       2,    ":14:19: `)`, but `[` of line 13"),
        ("ipvsadm -L -I",             "",                   2,    ":6:25: -I: unknown option"),
        ("ping -c 1 10.0.0.2",        "",                   2,    ":6:14: on client: `ping -c 1 "),
        ("ip link set eth7 up",       "",                   2,    ":6:26: on client: `ip link se"),
        ("true; true && false",       "",                   2,    ":6:28: on client: `false`"),
        ("false || true; false",      "",                   2,    ":6:29: on client: `false`"),
        ("sysctl -w net.ipv4.x=1 || true", &good,           0,    ""),
        ("sysctl -w net.ipv4.x=1",    "",                   2,    ":6:24: no setting net.ipv4.x "),
        ("tcpdump -i eth0 port no &", "",                   2,    ":6:14: "),
        ("false || false || true",    &good,                0,    ""),
        ("false && true",             "",                   2,    ":6:14: on client: `false`"),
        ("exit 0; false",             &good,                0,    ""),
        ("true",                      &frame,               0,    ""),
        ("ip link set eth0 down",     &frame,               1,    ":14:9: client:eth0 cannot send this frame: the interface is down"),
        ("ip link set eth0 mtu 68",   &frame,               1,    ":14:9: client:eth0 cannot send this frame: it is longer than the 82"),
    ];
    for (row, (setup, story, code, words)) in rows.into_iter().enumerate() {
        let path = dir.join(format!("{row}.ron"));
        fs::write(&path, small(setup, story)).expect("an own folder can be written");
        let name = path.display().to_string();
        let said = run(&["run", &name, "--quiet"]);
        assert_eq!(said.status, Some(code), "row {row}: {said:?}");
        let [told, silent] = match code {
            2 => [&said.err, &said.out],
            _ => [&said.out, &said.err],
        };
        assert_eq!(silent, "", "row {row}");
        let told = told.strip_prefix("FAILED ").unwrap_or(told);
        let place = told.strip_prefix(&*name).unwrap_or(told);
        assert!(place.starts_with(words) && (code != 0 || place.is_empty()), "row {row}: {told}");
    }
    fs::remove_dir_all(&dir).expect("an own folder can be removed");
}

#[test]
fn a_wrong_word_in_a_command_is_underlined() {
    let dir = folder("underlined");
    let path = dir.join("wrong.ron");
    let line = "ipvsadm -a -t 10.0.0.1:80 -r 10.0.0.2 -I";
    fs::write(&path, small(line, "")).expect("an own folder can be written");
    let name = path.display().to_string();
    let said = run(&["run", &name]);
    let mut lines = said.err.lines();
    assert_eq!(
        lines.next(),
        Some(&*format!("{name}:6:52: -I: unknown option (nodes[0].setup[1])"))
    );
    assert_eq!(lines.next(), Some(&*format!("   \"{line}\",")));
    let marks = lines.next().expect("there is help");
    assert!(marks.starts_with(&format!("   {:39}^^ did you mean -i? known: -A", "")), "{marks}");
    fs::remove_dir_all(&dir).expect("an own folder can be removed");
}

#[test]
#[rustfmt::skip]
fn what_cannot_be_understood_is_refused() {
    let rows: [(&[&str], &str); 15] = [
        // what was asked                          what is said of it
        (&["jump"],                                "unrecognized subcommand 'jump'"),
        (&["run"],                                 "<SCENARIO>"),
        (&["run", LAB, "--fast"],                  "unexpected argument '--fast'"),
        (&["run", LAB, "--format", "xml"],         "invalid value 'xml'"),
        (&["run", LAB, "--until", "5"],            "invalid value '5'"),
        (&["run", LAB, "--seed", "x"],             "invalid value 'x' for '--seed <SEED>': expected a whole number, 0 to "),
        (&["run", LAB, "--pcap-all"],              "--pcap <DIR>"),
        (&["run", LAB, "--pcapng", "Cargo.toml"],  "Cargo.toml: is there already and is no capture of lvsim"),
        (&["run", LAB, "--pcapng", "no/such"],     "no/such: cannot be written: No such file"),
        (&["test", LAB, "--junit", "no/such"],     "no/such: cannot be written: No such file"),
        (&["test", LAB, "--jobs", "0"],            "invalid value '0' for '--jobs <N>': expected a whole number, 1 to 65535"),
        (&["run", "dr/sed"],                       "did you mean dr/seed?"),
        (&["walk", "no/such"],                     "no/such: no such file"),
        (&["console", LAB, "nobody", "true"],      "known: client router lan director rs1 rs2"),
        (&["--lang", "fr", "list"],                "invalid value 'fr'"),
    ];
    for (args, words) in rows {
        let said = run(args);
        assert_eq!(said.status, Some(2), "{args:?}: {said:?}");
        assert!(said.err.contains(words) && said.out.is_empty(), "{args:?}: {said:?}");
    }
}

#[test]
#[rustfmt::skip]
fn what_cannot_be_understood_is_refused_in_chinese_too() {
    let rows: [(&[&str], i32, &str); 25] = [
        // what was asked                          code, what is said of it
        (&["--help"],                              0, "用法：lvsim [选项] [命令]"),
        (&["run", "--help"],                       0, "在此虚拟时间停止"),
        (&["help", "console"],                     0, "播放完故事"),
        (&["endpoint"],                            2, "命令：\n  check "),
        (&["jump"],                                2, "没有命令 `jump`"),
        (&["run"],                                 2, "缺少 <场景>"),
        (&["run", LAB, "--quit"],                  2, "没有参数 `--quit`；是不是想写 --quiet？"),
        (&["run", LAB, "--format", "xml"],         2, "`xml` 不能作 `--format <格式>` 的值；可用：text json"),
        (&["run", LAB, "--until", "nonsense"],     2, "不是时间；写成整数加单位"),
        (&["run", LAB, "--until"],                 2, "`--until <时间>` 缺少值"),
        (&["run", LAB, "--seed", "x"],             2, "`x` 不能作 `--seed <种子>` 的值；应为整数"),
        (&["run", LAB, "--pcap-all"],              2, "缺少 --pcap <目录>"),
        (&["run", LAB, "-q", "-q"],                2, "`--quiet` 只能写一次"),
        (&["list", "--lang", "xx"],                2, "`xx` 不能作 `--lang <语言>` 的值；可用：en zh"),
        (&["endpoint", "serve", "http", "0"],      2, "应在 1..=65535 之内"),
        (&["endpoint", "curl", "http://web/"],     2, "`web` 不是 IPv4 地址"),
        (&["endpoint", "nc", "-w", "0", "10.0.0.2", "80"], 2, "应为不小于 1 的整数秒数"),
        (&["endpoint", "--journal", "/dev/null/x", "nc", "127.0.0.1", "1"], 2, "/dev/null/x：无法写入：不是目录"),
        (&["run", "dr/sed"],                       2, "是不是想写 dr/seed？"),
        (&["walk", "tests"],                       2, "请写出其中的一个文件"),
        (&["console", LAB, "nobody", "true"],      2, "可用：client router lan director rs1 rs2"),
        (&["console", LAB, "client", "exit x"],    2, "0 到 255 的数"),
        (&["export", "--netns", LAB, "--to", "/dev/null/x"], 2, "/dev/null/x：无法写入：不是目录"),
        (&["export", "--netns", LAB, "--to", "Cargo.toml"], 2, "Cargo.toml：已经存在"),
        (&["run", "Cargo.toml"],                   2, "Cargo.toml:2:1: 结尾之后还有内容"),
    ];
    for (args, code, words) in rows {
        let said = lvsim(args).env("LC_ALL", "zh_CN.UTF-8").output().expect("lvsim can be started");
        let told = String::from_utf8([said.stdout, said.stderr].concat()).expect("it is UTF-8");
        assert_eq!(said.status.code(), Some(code), "{args:?}: {told}");
        assert!(told.contains(words), "{args:?}: {told}");
        for english in ["Usage", "Options", "error:", "unexpected", "Print help"] {
            assert!(!told.contains(english), "{args:?}: {told}");
        }
    }
}

#[test]
fn what_does_not_hold_is_told_with_its_frame_in_the_language_asked_for() {
    let dir = folder("failing");
    let path = dir.join("failing.ron");
    let story = r#"Do(on: "client", run: ["curl -m 4 http://10.0.0.2/"]), Expect(Served(["-"])),"#;
    fs::write(&path, small("true", story)).expect("an own folder can be written");
    let name = path.display().to_string();
    let told = |args: &[&str]| {
        let said = run(&[&["run", &name][..], args].concat());
        assert_eq!(said.status, Some(1), "{said:?}");
        said.out
    };
    let en = told(&["-q"]);
    assert!(en.starts_with("FAILED ") && en.contains("\n  request 1: 0.103000 client eth0 > IP "));
    assert!(en.contains("\n  answered: 0."), "{en}");
    let zh = told(&["-q", "--lang", "zh"]);
    assert!(
        zh.starts_with("不成立 ") && zh.contains("\n  第 1 个请求：0.103000 client eth0 > IP ")
    );
    for (lang, words) in [("en", "expected to be served by"), ("zh", "期望依次由")] {
        let json = told(&["--format", "json", "--lang", lang]);
        let failure = json.lines().find(|line| line.contains("\"failure\"")).expect("one fails");
        let failure: Value = serde_json::from_str(failure).expect("each line is JSON");
        assert!(failure["message"].as_str().is_some_and(|text| text.starts_with(words)), "{lang}");
    }
    fs::remove_dir_all(&dir).expect("an own folder can be removed");
}

#[test]
fn commands_that_failed_before_an_expectation_are_named() {
    let dir = folder("before");
    let path = dir.join("before.ron");
    let story = r#"Do(on: "rs1", run: ["ip route del 10.9.0.0/16"]),
        Do(on: "client", run: ["false"]), Wait(Idle),
        Expect(Served(["rs1"])), Do(on: "client", run: ["false"]),"#;
    fs::write(&path, small("true", story)).expect("an own folder can be written");
    let name = path.display().to_string();
    let told = |args: &[&str]| run(&[&["run", &name][..], args].concat()).out;
    let route = format!(
        "  failed before: 0.100000 rs1 {name}:14:30: `ip route del 10.9.0.0/16` ended with 2: \
         RTNETLINK answers: No such process"
    );
    let quiet = told(&["-q"]);
    let lines: Vec<&str> = quiet.lines().skip_while(|line| *line != route).collect();
    // Nobody asks a service here: there is a cause to ask for, and nothing to heal.
    assert_eq!(lines[2..], [format!("  why: lvsim why {name} last-failure")], "{quiet}");
    assert!(lines[1].contains(" client ") && lines[1].ends_with("`false` ended with 1"), "{quiet}");
    assert!(told(&[]).contains(&route));
    assert!(told(&["-q", "--lang", "zh"]).contains("  此前失败：0.100000 rs1 "));
    for args in [&["--format", "json"][..], &["--format", "json", "-q"]] {
        let json = told(args);
        let parse = |line| serde_json::from_str::<Value>(line).expect("each line is JSON");
        let failed = json.lines().map(parse).filter(|line| line["type"] == "failed_command");
        let failed: Vec<(String, String)> =
            failed.map(|line| (line["place"].to_string(), line["said"].to_string())).collect();
        assert_eq!(failed.len(), 2, "{json}");
        assert_eq!(failed[0].0, format!("\"{name}:14:30\""));
        assert_eq!(failed[0].1, "\"RTNETLINK answers: No such process\"");
        assert_eq!(json.lines().filter(|line| line.contains("\"failure\"")).count(), 1);
    }
    fs::remove_dir_all(&dir).expect("an own folder can be removed");
}

#[test]
fn what_is_not_simulated_is_said_in_one_language() {
    let dir = folder("one-language");
    const SET: &str = "sysctl -w net.netfilter.nf_conntrack_udp_timeout=-1";
    let story = format!(r#"Do(on: "rs1", run: ["{SET}"]), Expect(Served(["rs1"])),"#);
    let (setup, before) = (dir.join("setup.ron"), dir.join("before.ron"));
    fs::write(&setup, small(SET, "")).expect("an own folder can be written");
    fs::write(&before, small("true", &story)).expect("an own folder can be written");
    let rows = [
        // the file, further words, how the command's words go on, by language
        (
            &setup,
            &[][..],
            ["failed with status 2: not simulated: net.", "失败，状态 2：未模拟：net."],
        ),
        (&before, &["-q"][..], ["ended with 2: not simulated: net.", "状态 2：未模拟：net."]),
        (
            &before,
            &["--format", "json", "-q"][..],
            [r#""said":"not simulated: net."#, r#""said":"未模拟：net."#],
        ),
        (
            &before,
            &["--format", "json"][..],
            [r#""text":"not simulated: net."#, r#""text":"未模拟：net."#],
        ),
    ];
    for (path, more, [en, zh]) in rows {
        for (lang, words) in [("en", en), ("zh", zh)] {
            let name = path.display().to_string();
            let said = run(&[&["run", &name, "--lang", lang][..], more].concat());
            let told = said.out + &said.err;
            assert!(told.contains(words), "{lang}: {told}");
            assert!(!told.contains("not simulated / 未模拟"), "{lang}: {told}");
        }
    }
    fs::remove_dir_all(&dir).expect("an own folder can be removed");
}

#[test]
fn a_machine_is_switched_on_before_its_setup_is_typed() {
    let dir = folder("power");
    let path = dir.join("power.ron");
    let story =
        r#"Power(on: "rs1", up: false), Wait("1s"), Power(on: "rs1", up: true), Wait("1s"),"#;
    fs::write(&path, small("true", story)).expect("an own folder can be written");
    let said = run(&["run", &path.display().to_string()]).out;
    let at = |words: &str| said.rfind(words).unwrap_or_else(|| panic!("no {words} in {said}"));
    assert!(at("-- rs1 is switched off") < at("-- rs1 is switched on"), "{said}");
    assert!(at("-- rs1 is switched on") < at("$ ip addr add 10.0.0.2/24"), "{said}");
    let said = run(&["walk", &path.display().to_string()]).out;
    let at = |words: &str| said.rfind(words).unwrap_or_else(|| panic!("no {words} in {said}"));
    assert!(at("1. rs1 is switched off.") < at("2. rs1 is switched on."), "{said}");
    assert!(at("2. rs1 is switched on.") < at("rs1# ip addr add 10.0.0.2/24"), "{said}");
    fs::remove_dir_all(&dir).expect("an own folder can be removed");
}

#[test]
fn what_is_no_text_is_refused_with_its_place() {
    let dir = folder("bytes");
    let path = dir.join("latin.ron");
    fs::write(&path, b"(\n  title: (en: \"caf\xe9\")\n)").expect("an own folder can be written");
    let name = path.display().to_string();
    let said = run(&["run", &name]);
    assert_eq!(said.status, Some(2));
    assert!(said.err.starts_with(&format!("{name}:2:19: not UTF-8: the byte 0xe9")), "{said:?}");
    fs::remove_dir_all(&dir).expect("an own folder can be removed");
}

#[test]
fn a_walk_tells_each_packet_once_with_its_way() {
    let said = run(&["walk", LAB]).out;
    let syns: Vec<&str> = said.lines().filter(|line| line.ends_with("Flags [S]")).collect();
    assert!(!syns.is_empty(), "{said}");
    for syn in &syns {
        assert_eq!(said.matches(syn).count(), 1, "{said}");
    }
    let answers = said.lines().filter(|line| line.contains("Flags [S.]"));
    assert!(answers.clone().all(|line| line.contains(" → router → client: IP ")), "{said}");
    assert!(said.contains("was served by rs"), "{said}");
}

#[test]
fn all_shipped_scenarios_are_listed_in_both_languages() {
    let shipped: Vec<_> =
        plays::played().filter(|play| play.file.name.starts_with("scenarios/")).collect();
    for lang in ["en", "zh"] {
        let said = run(&["list", "--lang", lang]);
        assert_eq!(said.status, Some(0));
        let lines: Vec<&str> = said.out.lines().collect();
        assert_eq!(lines.len(), shipped.len());
        for (line, play) in lines.iter().zip(&shipped) {
            let name = play.file.name.trim_start_matches("scenarios/").trim_end_matches(".ron");
            let title = &play.player.scenario().title;
            let title = if lang == "en" { &title.en } else { &title.zh };
            assert_eq!(line.split_once("  ").map(|(own, _)| own.trim()), Some(name));
            assert!(line.ends_with(&**title), "{line}");
        }
    }
}

#[test]
fn the_locale_decides_where_nothing_is_asked_for() {
    let zh = run(&["list", "--lang", "zh"]).out;
    let by_locale =
        lvsim(&["list"]).env("LC_ALL", "zh_CN.UTF-8").output().expect("lvsim can be started");
    assert_eq!(String::from_utf8_lossy(&by_locale.stdout), zh);
    let asked = lvsim(&["list", "--lang", "en"]).env("LC_ALL", "zh_CN.UTF-8").output();
    assert_ne!(String::from_utf8_lossy(&asked.expect("lvsim can be started").stdout), zh);
    let told = run(&["run", LAB, "--lang", "zh"]).out;
    for words in ["测试用的 DR 实验环境", "所有预期均成立"] {
        assert!(told.contains(words), "{told}");
    }
}

#[test]
fn json_is_one_object_a_line() {
    let said = run(&["run", LAB, "--format", "json"]);
    assert_eq!((said.status, said.err.as_str()), (Some(0), ""));
    let parse = |line| serde_json::from_str::<Value>(line).expect("each line is JSON");
    let lines: Vec<Value> = said.out.lines().map(parse).collect();
    let kind = |value: &Value| value["type"].as_str().map(str::to_owned).expect("each has a type");
    assert_eq!(kind(&lines[0]), "scenario");
    let end = lines.last().expect("there are lines");
    assert_eq!((kind(end), &end["ok"], &end["failures"]), ("end".into(), &true.into(), &0.into()));
    for wanted in ["frame", "reason", "typed", "output", "ended", "served", "story"] {
        assert!(lines.iter().any(|line| kind(line) == wanted), "no line of type {wanted}");
    }
    assert_eq!(run(&["run", LAB, "--format", "json"]).out, said.out, "twice the same");
}

#[test]
fn a_run_can_be_cut_short_and_seeded_anew() {
    let whole = run(&["run", LAB]).out;
    let cut = run(&["run", LAB, "--until", "300ms"]);
    assert_eq!(cut.status, Some(0));
    let last = |out: &str| out.lines().rev().nth(1).map(str::to_owned).expect("there are lines");
    assert!(
        last(&cut.out).starts_with("0.2") && whole.contains(&last(&cut.out)),
        "{}",
        last(&cut.out)
    );
    let end = cut.out.lines().last().expect("there are lines");
    let left = end.strip_prefix("== stopped by --until; expectations not reached: ");
    let left = left.and_then(|rest| rest.split(' ').next()).unwrap_or_else(|| panic!("{end}"));
    assert!(left != "0" && end.ends_with("0.300000 s)"), "{end}");
    // Who asks for failures alone does not take the part for the whole, nor does a program.
    let quiet = run(&["run", LAB, "--until", "300ms", "-q"]);
    assert_eq!((quiet.status, quiet.out.trim_end()), (Some(0), end));
    let json = run(&["run", LAB, "--until", "300ms", "--format", "json"]).out;
    let json: Value = serde_json::from_str(json.lines().last().expect("there are lines"))
        .expect("each line is JSON");
    assert_eq!((&json["stopped"], json["not_reached"].to_string().as_str()), (&true.into(), left));
    let other = run(&["run", LAB, "--seed", "7"]).out;
    let ports = |out: &str| out.lines().find(|line| line.contains("Flags [S]")).map(str::to_owned);
    assert!(other.lines().next().is_some_and(|line| line.ends_with("(seed 7)")));
    assert_ne!(ports(&other), ports(&whole));
}

#[test]
fn captures_are_written() {
    let dir = folder("written");
    let to = |name: &str| dir.join(name).display().to_string();
    assert_eq!(run(&["run", LAB, "-q", "--pcap", &to("pcap")]).status, Some(0));
    let mut names: Vec<_> = fs::read_dir(dir.join("pcap"))
        .expect("the folder was made")
        .map(|entry| entry.expect("it can be read").file_name().into_string().expect("a name"))
        .collect();
    names.sort();
    assert_eq!(
        names.join(" "),
        "client-eth0.pcap director-eth0.pcap lan-0.pcap lan-1.pcap lan-2.pcap lan-3.pcap \
         router-eth0.pcap router-eth1.pcap rs1-eth0.pcap rs2-eth0.pcap"
    );
    fs::write(dir.join("file"), "mine").expect("an own folder can be written");
    let nowhere = run(&["run", LAB, "-q", "--pcap", &to("file")]);
    assert_eq!(nowhere.status, Some(2), "{nowhere:?}");
    assert!(nowhere.err.starts_with(&to("file")), "{}", nowhere.err);
    fs::remove_dir_all(&dir).expect("an own folder can be removed");
}

#[test]
#[rustfmt::skip]
fn a_console_types_one_line() {
    let rows: [(&[&str], i32, &str); 6] = [
        // on        line                                       status, output
        (&["client", "curl -m 4 http://192.0.2.100/"],          0,      "rs2\n"),
        (&["client", "curl", "-m", "4", "http://192.0.2.100/"], 0,      "rs2\n"),
        (&["client", "false"],                                  1,      ""),
        (&["client", "false || echo no"],                       0,      "no\n"),
        (&["client", "x=rs9; echo $x"],                         0,      "rs9\n"),
        (&["rs1",    "hostname"],                               0,      "rs1\n"),
    ];
    for (typed, status, out) in rows {
        let said = run(&[&["console", LAB][..], typed].concat());
        assert_eq!((said.status, &*said.out, &*said.err), (Some(status), out, ""), "{typed:?}");
    }
}

#[test]
fn nothing_is_coloured_when_nobody_looks() {
    for no_color in [None, Some("1")] {
        for args in [&["run", LAB][..], &["walk", LAB], &["list"], &["--help"], &["jump"]] {
            let mut command = lvsim(args);
            if let Some(value) = no_color {
                command.env("NO_COLOR", value);
            }
            let output = command.output().expect("lvsim can be started");
            let bytes = [output.stdout, output.stderr].concat();
            assert!(!bytes.is_empty() && !bytes.contains(&0x1b), "{args:?}");
        }
    }
}

/// `lvsim … | head`: it ends when nobody reads any more, and says nothing of it.
#[test]
fn a_closed_pipe_is_no_accident() {
    let rows: [&[&str]; 8] = [
        &["explain", "--all"],
        &["schema"],
        &["run", LAB],
        &["run", LAB, "--format", "json"],
        &["walk", LAB],
        &["list"],
        &["--help"],
        &["console", LAB, "client", "curl -m 4 http://192.0.2.100/"],
    ];
    for args in rows {
        let mut command = lvsim(args);
        let mut child =
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("lvsim starts");
        drop(child.stdout.take());
        let mut told = String::new();
        let mut err = child.stderr.take().expect("it was piped");
        err.read_to_string(&mut told).expect("lvsim writes UTF-8");
        let status = child.wait().expect("it ends");
        let ended_well = status.code().is_some_and(|code| code <= 1) && told.is_empty();
        assert!(ended_well, "{args:?}: {status}: {told}");
    }
}

#[test]
fn one_capture_holds_all_interfaces_and_what_was_decided() {
    let dir = folder("pcapng");
    let path = dir.join("all.pcapng");
    let name = path.display().to_string();
    let said = run(&["run", LAB, "--quiet", "--pcapng", &name]);
    assert_eq!((said.status, &*said.out, &*said.err), (Some(0), "", ""));
    let file = fs::read(&path).expect("the capture was written");
    let mut reader = PcapNgReader::new(&file[..]).expect("a pcapng file");
    let (mut ifaces, mut packets, mut comments) = (Vec::new(), 0, Vec::new());
    while let Some(block) = reader.next_block() {
        match block.expect("a whole block") {
            Block::InterfaceDescription(iface) => {
                ifaces.extend(iface.options.into_iter().find_map(|option| match option {
                    InterfaceDescriptionOption::IfName(name) => Some(name.into_owned()),
                    _ => None,
                }));
            }
            Block::EnhancedPacket(packet) => {
                packets += 1;
                comments.extend(packet.options.into_iter().filter_map(|option| match option {
                    EnhancedPacketOption::Comment(words) => Some(words.into_owned()),
                    _ => None,
                }));
            }
            _ => {}
        }
    }
    for iface in ["client.eth0", "lan.3", "director.lo", "rs2.eth0"] {
        assert!(ifaces.iter().any(|own| own == iface), "{iface}: {ifaces:?}");
    }
    let frames = run(&["run", LAB]).out.lines().filter(|line| is_frame(line)).count();
    assert!(frames > 20);
    assert_eq!(packets, frames);
    let picked = "ipvs.sched.picked: ";
    assert!(comments.iter().any(|words| words.starts_with(picked)), "{comments:?}");

    let nowhere = run(&["run", LAB, "--quiet", "--pcapng", &format!("{name}/no")]);
    assert_eq!(nowhere.status, Some(2), "{nowhere:?}");
    assert!(nowhere.err.contains("cannot be written: "), "{nowhere:?}");
    fs::remove_dir_all(&dir).expect("an own folder can be removed");
}

/// Whether a line of `lvsim run` is a frame: `<` or `>` behind time, node and interface.
fn is_frame(line: &str) -> bool {
    let words: Vec<&str> = line.split_whitespace().collect();
    matches!(words.get(3), Some(&("<" | ">")))
        && line.starts_with(|c: char| c == ' ' || c.is_ascii_digit())
}
