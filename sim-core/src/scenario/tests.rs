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
fn toy(_: Typist<'_>, line: &str) -> Result<(), BadLine> {
    let bad = |at, message, help| Err(BadLine { at, message, help });
    if let Some(start) = line.find("bad") {
        let length = line[start..].find(' ').unwrap_or(line.len() - start);
        let help = crate::text!("did you mean good?", "是不是想写 good？");
        return bad(start..start + length, crate::text!("unknown word", "没有这个词"), help);
    }
    if line.ends_with("more") {
        let help = crate::text!("more what?", "多什么？");
        return bad(line.len()..line.len(), crate::text!("missing word", "缺一个词"), help);
    }
    Ok(())
}

fn read(text: &str, options: &LoadOptions<'_>) -> Result<Scenario, String> {
    load("x.ron", text, options, &mut toy)
        .map_err(|errors| errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
}

/// The small file with one part replaced, or `all` of it.
fn changed(from: &str, to: &str) -> String {
    if from == "all" {
        return to.into();
    }
    assert_eq!(SMALL.matches(from).count(), 1, "{from:?} stands there once");
    SMALL.replace(from, to)
}

/// What is said of a wrong file, as `wrong.txt` has it: the Chinese words below the English print.
fn told(text: &str, options: &LoadOptions<'_>) -> String {
    let errors = load("x.ron", text, options, &mut toy).expect_err("a wrong file");
    let both = |error: &ScenarioError| {
        let all = error.text();
        for (en, zh) in [(&error.message.en, &error.message.zh), (&error.help.en, &error.help.zh)] {
            let is_chinese = zh.chars().any(|c| ('\u{4e00}'..'\u{9fff}').contains(&c));
            assert!(is_chinese || en.is_empty() && zh.is_empty(), "no Chinese for `{en}`");
            assert!(all.en.contains(en) && all.zh.contains(zh));
        }
        let between = if error.help.is_empty() { "" } else { "；" };
        format!("{error}\n= {}{between}{}", error.message.zh, error.help.zh)
    };
    errors.iter().map(both).collect::<Vec<_>>().join("\n")
}

/// The parts of `wrong.txt`: what is replaced, by what, and what is said about it.
fn wrong() -> impl Iterator<Item = (&'static str, String, &'static str)> {
    let (_, rows) = include_str!("tests/wrong.txt").split_once("\n--- ").expect("a first row");
    rows.trim_end().split("\n--- ").map(|row| {
        let (from, row) = row.split_once("\n+++ ").expect("what stands there instead");
        let (to, errors) = row.split_once('\n').expect("what is said about it");
        (from, to.replace('⏎', "\n"), errors)
    })
}

#[test]
fn says_what_is_wrong_where_and_what_to_do() {
    let options = LoadOptions { codes: Some(&CODES), ..LoadOptions::default() };
    assert!(wrong().count() > 130);
    for (from, to, errors) in wrong() {
        let text = changed(from, &to);
        let said = told(&text, &options);
        assert_eq!(said, errors, "\n--- {from}\n+++ {to}\n{said}\n");
        // The places are the same in a file that was checked out on Windows.
        let said = told(&text.replace('\n', "\r\n"), &options);
        assert_eq!(said, errors, "with other ends of lines");
    }
}

#[test]
fn reads_a_whole_scenario() {
    let text = include_str!("tests/dr.ron");
    let scenario = read(text, &LoadOptions { codes: Some(&CODES), ..LoadOptions::default() });
    let scenario = scenario.expect("a right file");
    assert_eq!((scenario.seed, &scenario.kernel), (1, &Kernel::Yes));
    assert_eq!(scenario.title.zh, "DR 模式：一台真实服务器应答了 VIP 的 ARP");
    let names: Vec<&str> = scenario.nodes.iter().map(|node| node.name()).collect();
    assert_eq!(names, ["client", "router", "lan", "director", "rs1", "rs2"]);
    let delays: Vec<u128> = scenario.links.iter().map(|link| link.delay.as_millis()).collect();
    assert_eq!(delays, [1, 1, 4, 1, 1]);
    assert_eq!(scenario.links[3].origin, Origin { line: 46, col: 9 });
    assert_eq!(scenario.story.len(), 17);
    let last = scenario.story.last().map(|step| &step.value);
    let served = Expectation::Served(vec!["rs2".into(), "rs1".into()], None);
    assert_eq!(last, Some(&Step::Expect(served)));

    let script: Vec<String> = scenario.nodes[4]
        .script()
        .iter()
        .map(|line| format!("{}:{} {}", scenario.file, line.origin, line.value))
        .collect();
    assert_eq!(
        script,
        [
            "x.ron:30:14 ip addr add 192.0.2.11/24 dev eth0",
            "x.ron:31:14 ip addr add 192.0.2.100/32 dev lo",
            "x.ron:32:14 ip route add default via 192.0.2.1",
            "x.ron:29:76 serve http 80 --name rs1 &",
        ]
    );
}

/// Everything that can be drawn or repeated; a command takes a name back.
const PARAMS: &str = r#"(
    title: (en: "VIP $vip", zh: "VIP ${vip}，$$n"),
    seed: 7,
    let: { "net": "172.16.100", "vip": "$net.100", "n": "2", "delay": "3ms" },
    vary: { "n": Range(1, 8), "vip": Net("172.16.0.0/16") },
    nodes: [
        Repeat(
            count: "$n",
            node: Host(name: "rs$i", nics: [("eth0", "02:00:00:00:00:$i")], setup: [
                "ip addr add $net.$i/24 dev eth0",
                "net=10.0.0; echo $net $vip \\$vip $PATH",
                "echo $net",
            ]),
            link: (a: "rs$i:eth0", b: "lan:$i", delay: "$delay"),
        ),
        Switch(name: "lan", ports: "9"),
        Host(name: "c", nics: [("eth0", "02:00:00:00:00:c1", 9000)]),
    ],
    links: [(a: "c:eth0", b: "lan:0")],
    story: [
        Do(on: "rs1", run: ["ping $net.1"]),
        Do(on: "c", run: ["ping $net.1"]),
    ],
)"#;

#[test]
fn puts_parameters_in() {
    let scenario = read(PARAMS, &LoadOptions::default()).expect("a right file");
    assert_eq!(scenario.title.zh, "VIP 172.16.100.100，$n");
    let lines = |lines: &[Line]| lines.iter().map(|line| line.value.clone()).collect::<Vec<_>>();
    let Node::Host { name, nics, setup, .. } = &scenario.nodes[1].value else { panic!("a host") };
    assert_eq!((name.as_str(), nics[0].mac.0[5]), ("rs2", 2));
    assert_eq!(
        lines(setup),
        [
            "ip addr add 172.16.100.2/24 dev eth0",
            "net=10.0.0; echo $net 172.16.100.100 \\$vip $PATH",
            "echo $net",
        ]
    );
    assert_eq!(setup[0].origin, Origin { line: 10, col: 18 });
    let ends: Vec<String> = scenario.links.iter().map(|link| link.b.to_string()).collect();
    assert_eq!(ends, ["lan:0", "lan:1", "lan:2"], "the links of Repeat come last");
    assert_eq!(scenario.links[2].delay.as_millis(), 3);
    let runs = scenario.story.iter().map(|step| match &step.value {
        Step::Do { run, .. } => lines(run).join(""),
        _ => String::new(),
    });
    assert_eq!(runs.collect::<Vec<_>>(), ["ping $net.1", "ping 172.16.100.1"]);
}

#[test]
fn draws_parameters_from_the_seed() {
    let drawn = |seed, vary| {
        let options = LoadOptions { seed, vary, ..LoadOptions::default() };
        let scenario = read(PARAMS, &options).expect("a right file");
        let hosts = scenario.nodes.len() - 2;
        format!("{} {} {} {hosts}", scenario.seed, scenario.params["n"], scenario.params["vip"])
    };
    assert_eq!(drawn(None, false), "7 2 172.16.100.100 2");
    assert_eq!(drawn(Some(3), false), "3 2 172.16.100.100 2");
    assert_eq!(drawn(None, true), drawn(Some(7), true));
    assert_eq!(drawn(Some(3), true), "3 8 172.16.228.123 8");
    assert_eq!(drawn(Some(4), true), "4 6 172.16.32.54 6");
}

#[test]
fn checks_every_command_once_in_the_order_of_typing() {
    let mut seen = Vec::new();
    let text = SMALL.replace("Wait(Idle)", r#"Expect(Output(on: "c1", run: "ip n", has: "a"))"#);
    let result = load("x.ron", &text, &LoadOptions::default(), &mut |typist, line| {
        seen.push(format!("{}: {line}", typist.node));
        Ok(())
    });
    assert!(result.is_ok());
    assert_eq!(
        seen,
        [
            "c1: ip link set eth0 up",
            "rs1: serve http 80 --name rs1 &",
            "c1: curl http://192.0.2.100/",
            "c1: ip n",
        ]
    );
}

/// A command that fails when it runs is told at its place, whatever stands before it in the line.
#[test]
fn knows_where_each_byte_of_a_line_was_written() {
    let line = r#"echo \"$vip\"; \
            ip n 中; ping"#;
    let text = SMALL.replace("ip link set eth0 up", line);
    let scenario = read(&text, &LoadOptions::default()).expect("a right file");
    let script = scenario.nodes[0].script();
    let line = &script[0];
    assert_eq!(line.value, "echo \"192.0.2.100\"; ip n 中; ping");
    for (word, place) in
        [("echo", "5:74"), ("192", "5:81"), ("; ip", "5:87"), ("ip", "6:13"), ("ping", "6:21")]
    {
        let at = line.value.find(word).expect("it stands there");
        assert_eq!(line.place(at).to_string(), place, "{word}");
    }
    let served = scenario.nodes[2].script();
    assert_eq!(served[0].place(9), served[0].origin);
}

#[test]
fn says_where_without_the_line() {
    let scenario =
        Scenario { file: "x.ron".into(), ..read(SMALL, &LoadOptions::default()).unwrap() };
    let message = crate::text!("no way to rs1", "无法到达 rs1");
    let help = crate::text!("add one", "请加上");
    let error = ScenarioError::later(&scenario, scenario.links[1].origin, message, help);
    assert_eq!(error.to_string(), "x.ron:11:9: no way to rs1; add one");
    assert_eq!(error.text().zh, "x.ron:11:9: 无法到达 rs1；请加上");
}

#[test]
fn a_filter_with_a_slip_is_refused_where_it_slips() {
    #[rustfmt::skip]
    let rows = [
        // expectation                                             column, marked in the line that is shown
        (r#"NoFrame(on: "c1:eth0", is: "tcp and dst prt 80")"#,             56, "prt"),
        (r#"NoFrame(on: "c1:eth0", is: "\u{74}cp and host $vip and prt 80")"#, 71, "prt"),
        (r#"Frame(on: "c1:eth0", is: "host $vip.1")"#,                      47, "$vip.1"),
        (r#"Path("tcp[tcpflags] & tcp-sin != 0", ["c1"])"#,                 38, "tcp-sin"),
        (r#"Path("tcp and", ["c1"])"#,                                      29, ""),
    ];
    for (expectation, col, marked) in rows {
        let text = changed("Wait(Idle)", &format!("Expect({expectation})"));
        let errors = load("x.ron", &text, &LoadOptions::default(), &mut toy);
        let [error] = &errors.expect_err("a wrong file")[..] else { panic!("one error") };
        assert_eq!((error.line, error.col), (16, col), "{error}");
        let shown: String =
            error.shown.chars().skip(error.underline.start).take(marked.len()).collect();
        assert_eq!(shown, marked, "{error}");
    }
}

#[test]
fn frames_may_be_watched_where_commands_make_ifaces() {
    #[rustfmt::skip]
    let rows = [
        // typed on c1 before it                     expectation                                  refused with
        ("ip link set eth0 up",                      r#"Frame(on: "c1:lo", is: "icmp")"#,         None),
        ("ip link set eth0 up",                      r#"NoFrame(on: "c1:tunl0", is: "icmp")"#,    None),
        ("ip tunnel add $tun mode ipip",             r#"Frame(on: "c1:tun1", is: "icmp")"#,       None),
        ("ip link set eth0 up",                      r#"Frame(on: "c1:tun1", is: "icmp")"#,       Some("`c1` has no iface `tun1`")),
        ("ip tunnel add tun1 mode ipip",             r#"Frame(on: "rs1:tun1", is: "icmp")"#,      Some("`rs1` has no iface `tun1`")),
        ("ip link set eth0 up",                      r#"Frame(on: "c1:lo", is: "icmp", times: 3)"#, None),
        ("ip link set eth0 up",                      r#"Frame(on: "c1:lo", is: "icmp", times: 0)"#, Some("a frame that crosses never")),
    ];
    for (typed, expectation, refused) in rows {
        let steps = format!(r#"Do(on: "c1", run: ["{typed}"]), Expect({expectation})"#);
        let text = changed("Wait(Idle)", &steps);
        let found = load("x.ron", &text, &LoadOptions::default(), &mut toy).err();
        let said = found.map(|errors| errors[0].message.en.clone());
        assert_eq!(said.as_deref(), refused, "{expectation}");
    }
}

#[test]
fn a_frame_by_hand_is_no_longer_than_the_card_can_send() {
    for (bytes, refused) in [(14, None), (1514, None), (1515, Some("too long a frame: 1515 bytes"))]
    {
        let row = "00".repeat(bytes);
        let text = changed("Wait(Idle)", &format!(r#"Inject(from: "c1:eth0", bytes: ["{row}"])"#));
        let found = load("x.ron", &text, &LoadOptions::default(), &mut toy).err();
        let said = found.map(|errors| errors[0].message.en.clone());
        assert_eq!(said.as_deref(), refused, "{bytes}");
    }
}

#[test]
fn a_mark_of_the_order_of_bytes_is_no_part_of_the_file() {
    let marked = format!("\u{feff}{SMALL}");
    assert_eq!(read(&marked, &LoadOptions::default()), read(SMALL, &LoadOptions::default()));
    let error = read("\u{feff}(titel: 1)", &LoadOptions::default()).expect_err("a wrong file");
    assert!(error.starts_with("x.ron:1:2: unknown field `titel`"), "{error}");
}

#[test]
fn the_book_shows_an_error_as_it_is_printed() {
    let head = r#"(title: (en: "a", zh: "a"), teaches: ["arp"], links: [], story: [], nodes: [
        Host(name: "client", nics: [("eth0", "02:00:00:00:00:c1")], setup: ["#;
    let text =
        format!("{head}{}            \"arping -Z 192.0.2.1\",\n        ])])", "\n".repeat(29));
    let errors = crate::story::open("arp.ron", &text, None, false).expect_err("-Z is unknown");
    let shown: String = errors.iter().map(ToString::to_string).collect();
    assert!(PAGES.iter().all(|page| page.contains(&shown)), "{shown}");
}

/// The words that can stand in place of a wrong one.
fn known<T: serde::de::DeserializeOwned>(wrong: &str) -> &'static [&'static str] {
    use ron::error::Error::{NoSuchEnumVariant, NoSuchStructField};
    match ron::from_str::<T>(wrong).err().map(|error| error.code) {
        Some(NoSuchEnumVariant { expected, .. } | NoSuchStructField { expected, .. }) => expected,
        other => panic!("{wrong} is read as {other:?}"),
    }
}

#[test]
fn the_book_names_every_word_of_the_format() {
    let words = [
        known::<Scenario>("(x: 1)"),
        known::<Text>("(x: 1)"),
        known::<Kernel>("X"),
        known::<Limits>("(x: 1)"),
        known::<Vary>("X"),
        known::<Goal>("(x: 1)"),
        known::<Requests>("(x: 1)"),
        known::<Works>("(x: 1)"),
        known::<Node>("X"),
        known::<Node>("Host(x: 1)"),
        known::<Node>("Switch(x: 1)"),
        known::<load::Repeat>("(x: 1)"),
        known::<Link>("(x: 1)"),
        known::<Step>("X"),
        known::<Step>("Do(x: 1)"),
        known::<Step>("Ask(x: 1)"),
        known::<Step>("Cable(x: 1)"),
        known::<Step>("Inject(x: 1)"),
        known::<Step>("Power(x: 1)"),
        known::<Expectation>("X"),
        known::<Expectation>("Frame(x: 1)"),
        known::<Expectation>("NoFrame(x: 1)"),
        known::<Expectation>("Because(x: 1)"),
        known::<Expectation>("Never(x: 1)"),
        known::<Expectation>("Neigh(x: 1)"),
        known::<Expectation>("Conns(x: 1)"),
        known::<Expectation>("Output(x: 1)"),
        known::<Expectation>("Digest(x: 1)"),
        &["Repeat", "Idle"],
    ]
    .concat();
    for page in PAGES {
        // What stands in `…`, without the long examples.
        let prose: String = page.split("```").step_by(2).collect();
        let code: Vec<&str> = prose.split('`').skip(1).step_by(2).collect();
        let named: Vec<&str> =
            code.iter().flat_map(|code| code.split(|c: char| !c.is_ascii_alphanumeric())).collect();
        for word in &words {
            assert!(named.contains(word), "`{word}` is not named in {:?}", page.lines().next());
        }
    }
}

const PAGES: [&str; 2] = [
    include_str!("../../../book/scenario-format.md"),
    include_str!("../../../book/scenario-format.zh.md"),
];

#[test]
fn the_book_shows_a_scenario_that_loads() {
    for page in PAGES {
        let (_, rest) = page.split_once("```ron\n").expect("the page has a whole scenario");
        let (example, _) = rest.split_once("```").expect("which ends");
        if let Err(errors) = read(example, &LoadOptions::default()) {
            panic!("{errors}");
        }
    }
}

/// Texts of every kind of sign that a string of RON may have to spell in another way.
fn word() -> impl Strategy<Value = String> {
    "[a-z$\"\\\\中\n\t ]{0,6}x"
}

fn text() -> impl Strategy<Value = Text> {
    (word(), word()).prop_map(|(en, zh)| Text { en, zh })
}

fn expectation() -> impl Strategy<Value = Expectation> {
    let on = "h[12]";
    let end = on.prop_map(|node| End { node, iface: "eth0".into() });
    prop_oneof![
        (proptest::collection::vec(on, 0..3), proptest::option::of(on))
            .prop_map(|(names, by)| Expectation::Served(names, by)),
        (word(), proptest::collection::vec(on, 1..3))
            .prop_map(|(flow, nodes)| Expectation::Path(flow, nodes)),
        (end.clone(), word(), proptest::option::of(1..9_u32))
            .prop_map(|(on, is, times)| Expectation::Frame { on, is, times }),
        (end, word()).prop_map(|(on, is)| Expectation::NoFrame { on, is }),
        (on, word()).prop_map(|(on, code)| Expectation::Never { on, code }),
        (on, any::<u32>(), on).prop_map(|(on, ip, owner)| Expectation::Neigh {
            on,
            ip: ip.into(),
            mac: None,
            owner: Some(owner),
        }),
        (on, any::<u32>()).prop_map(|(on, count)| Expectation::Conns { on, state: None, count }),
        (on, "[a-z$]{1,9}", word()).prop_map(|(on, run, has)| Expectation::Output {
            on,
            run: run.into(),
            has,
        }),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let time = (0..10_000u64).prop_map(std::time::Duration::from_millis);
    let link = || End { node: "h1".into(), iface: "eth0".into() };
    prop_oneof![
        text().prop_map(Step::Say),
        proptest::collection::vec("[a-z$\\\\;= ]{0,8}", 1..3).prop_map(|run| Step::Do {
            on: "h1".into(),
            run: run.into_iter().map(Line::from).collect()
        }),
        time.clone().prop_map(|time| Step::Wait(Wait::For(time))),
        Just(Step::Wait(Wait::Idle)),
        expectation().prop_map(Step::Expect),
        proptest::collection::vec(expectation().prop_map(Located::from), 1..3)
            .prop_map(|group| { Step::Expect(Expectation::Since("start".into(), group)) }),
        (text(), text(), text(), proptest::option::of(text())).prop_map(|(question, a, b, why)| {
            Step::Ask { question, options: vec![a, b], answer: 1, why }
        }),
        (any::<bool>(), time, 0..1_000_000u32, 68..=u16::MAX).prop_map(
            move |(up, time, loss, mtu)| {
                let (delay, loss) = (Some(time), Some(Loss(loss)));
                let late = Reorder { share: Loss(1), by: std::time::Duration::from_nanos(1) };
                let reorder = up.then_some(late);
                Step::Cable { link: link(), up: Some(up), delay, loss, reorder, mtu: Some(mtu) }
            }
        ),
        proptest::collection::vec(any::<u8>(), 1..30).prop_map(move |tail| Step::Inject {
            from: link(),
            bytes: vec![Hex(vec![2; 14]), Hex(tail)]
        }),
        any::<bool>().prop_map(|up| Step::Power { on: "h2".into(), up }),
    ]
}

/// Two hosts with one cable between them, and any story.
fn scenario() -> impl Strategy<Value = Scenario> {
    let host = |name: &str, last| {
        let nic = Nic { iface: "eth0".into(), mac: crate::Mac([2, 0, 0, 0, 0, last]), mtu: None };
        Node::Host { name: name.into(), nics: vec![nic], serves: Vec::new(), setup: Vec::new() }
    };
    let end = |node: &str| End { node: node.into(), iface: "eth0".into() };
    let link = Link {
        a: end("h1"),
        b: end("h2"),
        delay: std::time::Duration::from_micros(30),
        bandwidth: Some(Rate(1_500)),
        loss: None,
        reorder: None,
        mtu: Some(1400),
    };
    let story = proptest::collection::vec(step(), 0..5);
    (text(), text(), any::<u64>(), story).prop_map(move |(title, reason, seed, story)| Scenario {
        file: "x.ron".into(),
        title,
        teaches: vec!["a$b".into()],
        seed,
        kernel: Kernel::No(reason),
        slow: true,
        limits: Limits { events: Some(5), conns: None },
        params: BTreeMap::new(),
        vary: BTreeMap::new(),
        goal: None,
        nodes: vec![host("h1", 1).into(), host("h2", 2).into()],
        links: vec![link.clone().into()],
        story: std::iter::once(Step::Mark("start".into()))
            .chain(story)
            .map(Located::from)
            .collect(),
    })
}

/// A scenario with one stretch of its bytes replaced by something else.
fn spoiled() -> impl Strategy<Value = String> {
    let whole = proptest::sample::select(vec![SMALL, PARAMS, include_str!("tests/dr.ron")]);
    let junk = prop_oneof!["[(\\[{}\\])\",:$\\\\/*#r'i0-9A-Z\n ]{0,5}", "\\PC{0,3}"];
    (whole, any::<proptest::sample::Index>(), 0..12usize, junk).prop_map(
        |(text, at, length, junk)| {
            let floor =
                |at: usize| (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at));
            let start = floor(at.index(text.len())).unwrap_or(0);
            let end = floor(start + length).unwrap_or(start);
            format!("{}{junk}{}", &text[..start], &text[end.max(start)..])
        },
    )
}

proptest! {
    #[test]
    fn what_is_printed_is_read_back(scenario in scenario()) {
        let text = scenario.to_ron();
        let again = load("x.ron", &text, &LoadOptions::default(), &mut |_, _| Ok(()));
        prop_assert_eq!(again, Ok(scenario), "{}", text);
    }

    #[test]
    fn no_text_is_too_strange(text in "\\PC{0,40}", spoiled in spoiled(), vary: bool) {
        for text in [text, spoiled] {
            let options = LoadOptions { vary, ..LoadOptions::default() };
            // A line that cannot be read is told with its place, wherever the parser says it is.
            let mut odd = |_: Typist<'_>, line: &str| match line.len() % 3 {
                0 => Err(BadLine { at: 1..99, message: Text::default(), help: Text::default() }),
                _ => Ok(()),
            };
            let Err(errors) = load("x.ron", &text, &options, &mut odd) else { continue };
            prop_assert!(!errors.is_empty());
            let lines = u32::try_from(text.lines().count()).unwrap().max(1);
            for error in errors {
                prop_assert!((1..=lines + 1).contains(&error.line), "{error}");
            }
        }
    }

    #[test]
    fn a_string_is_taken_apart_as_ron_does(content in "\\PC{0,20}", tail in "[\\\\\"\n\t\0]{0,3}") {
        let content = content + &tail;
        let literal = ron::to_string(&content).unwrap();
        let mapped = mapped::Mapped::literal(&literal, 0..literal.len());
        prop_assert_eq!(mapped.text(), content);
    }
}
