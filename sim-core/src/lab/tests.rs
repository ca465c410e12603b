//! A small lab of two hosts, and what is wrong with labs and answers that differ from it.

use super::*;
use crate::text::Lang;

const START: &str = r#"(
    title: (en: "Two hosts", zh: "两台主机"),
    let: {"server": "192.0.2.2"},
    nodes: [
        Host(name: "a", nics: [("eth0", "02:00:00:00:00:0a")], setup: ["ip addr add 192.0.2.1/24 dev eth0"]),
        Host(name: "b", nics: [("eth0", "02:00:00:00:00:0b")], serves: ["http 80"], setup: ["ip addr add 192.0.2.3/24 dev eth0"]),
        Switch(name: "lan", ports: 2),
    ],
    links: [(a: "a:eth0", b: "lan:0"), (a: "b:eth0", b: "lan:1")],
    story: [
        Mark("begin"),
        Do(on: "a", run: ["curl -m 1 http://$server/"]),
        Wait(Idle),
        Expect(Served(["-"])),
    ],
)"#;

const ABOUT: &str = r#"(
    title: (en: "Nobody is there", zh: "没有人在"),
    chapter: "3.2",
    level: 1,
    minutes: 5,
    symptom: (en: "The page at $server is gone.", zh: "$server 的页面不见了。"),
    tasks: [
        Predict(id: "t1", points: 6, text: (en: "Think.", zh: "想一想。"), questions: [
            (id: "a", question: (en: "Who answers ARP?", zh: "谁应答 ARP？"), options: [(en: "a", zh: "a"), (en: "nobody", zh: "没有")],
                answer: 1, why: (en: "Nobody has it.", zh: "没有谁有它。")),
            (id: "b", question: (en: "Who asks?", zh: "谁询问？"), options: [(en: "a", zh: "a"), (en: "b", zh: "b")],
                answer: 0, why: (en: "It wants the page.", zh: "它要页面。")),
        ]),
        Do(id: "t2", points: 12, text: (en: "Bring it back.", zh: "让它回来。"), check: [
            Do(on: "a", run: ["curl -m 1 http://$server/"]), Wait(Idle),
            Expect(Served(["b"])),
            Expect(Since("begin", [Because(on: "b", code: "tcp.taken")])),
        ]),
    ],
    tidy: 2,
    hints: [
        (price: 1, text: (en: "Who has it?", zh: "谁有它？")),
        (price: 2, text: (en: "b should.", zh: "b 应当有。")),
    ],
    wrong: [
        (answer: "on-a", belief: "M12", when: [Output(on: "a", run: "ip addr", has: "$server")],
            says: (en: "Now a talks to itself.", zh: "现在 a 在和自己说话。")),
    ],
)"#;

const SOLUTION: &str =
    "lab two\npredict t1.a 2\npredict t1.b 1\nb# ip addr add 192.0.2.2/24 dev eth0\n";
const ON_A: &str = "lab two\na# ip addr add 192.0.2.2/24 dev eth0\n";

/// The files of the lab with the first of each pair replaced by the second, wherever it stands.
fn files(changes: &[(&str, &str)]) -> Vec<(String, String)> {
    let all = [
        ("lab.ron", ABOUT),
        ("start.ron", START),
        ("solution.txt", SOLUTION),
        ("wrong/on-a.txt", ON_A),
    ];
    let mut files: Vec<(String, String)> =
        all.into_iter().map(|(name, text)| (name.into(), text.into())).collect();
    for (old, new) in changes {
        assert!(files.iter().any(|(_, text)| text.contains(old)), "`{old}` stands nowhere");
        files.iter_mut().for_each(|(_, text)| *text = text.replace(old, new));
    }
    files
}

fn read(changes: &[(&str, &str)]) -> Result<Lab, Vec<ScenarioError>> {
    Lab::read("two", "labs/two", &files(changes))
}

/// FILE:LINE:COLUMN of what stands behind the `|` of a piece of one of these files.
fn place(files: &[(String, String)], piece: &str) -> String {
    let (before, behind) = piece.split_once('|').expect("it marks a place");
    let piece = format!("{before}{behind}");
    let found = files
        .iter()
        .find_map(|(name, text)| Some((name, &text[..text.find(&piece)? + before.len()])));
    let (name, passed) = found.unwrap_or_else(|| panic!("`{piece}` stands nowhere"));
    let col = passed.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    format!("labs/two/{name}:{}:{col}", 1 + passed.matches('\n').count())
}

fn lab() -> Lab {
    read(&[]).expect("it can be read")
}

fn answer(text: &str) -> Answer {
    Answer::read("a.txt", &format!("lab two\n{text}")).expect("it can be read")
}

fn marks(text: &str) -> Marked {
    mark(&lab(), &answer(text)).expect("it fits")
}

#[test]
fn a_good_lab_has_no_findings_and_its_parameters_are_put_in() {
    let lab = lab();
    assert_eq!(lint(&lab), []);
    assert_eq!(lab.symptom.en, "The page at 192.0.2.2 is gone.");
}

/// Each kind of finding has a lab that has it.
#[test]
#[rustfmt::skip]
fn each_finding_is_found() {
    for (old, new, kind, at, said) in [
        ("tidy: 2",       "tidy: 3",                      "points",          "tidy: |3",               "the points add up to 21"),
        ("price: 2",      "price: 1",                     "hint-prices",     "(price: |1, text: (en: \"b should", "a hint that costs"),
        ("Nobody is there", "arp_ignore is wrong",        "tells-the-cause", "title: (en: |\"arp",     "`arp_ignore` tells the cause"),
        ("The page at",   "See arp.reply.any-interface:", "tells-the-cause", "symptom: (en: |\"See",   "`arp.reply.any-interface` tells"),
        ("\"M12\"",       "\"M99\"",                      "belief",          "belief: |\"M99",         "no belief is called `M99`"),
        ("minutes: 5,",   "minutes: 5, needs: [\"two\"],", "needs",          "needs: [|\"two",         "a lab that comes before itself"),
        ("Expect(Served([\"b\"])),", "Expect(Never(on: \"a\", code: \"cable.drop.out\")),", "holds-at-start", "check: |[", "done before anything"),
        ("Expect(Served([\"-\"])),", "Expect(Served([\"b\"])),", "start",     "|(\n    title: (en: \"Nobody", "start.ron does not hold"),
        ("predict t1.b 1", "predict t1.b 2",              "solution",        "|Predict(",              "the solution gets 3 of 6 points for t1"),
        ("predict t1.b 1", "predict t1.b 1\nhint 1",      "solution-hints",  "hints: |[",              "the solution takes hints"),
        ("a# ip addr",    "b# ip addr",                   "wrong-is-right",  "|(answer: \"on-a",       "wrong/on-a.txt does every task"),
        ("has: \"$server\"", "has: \"192.0.2.77\"",       "wrong-not-known", "when: |[Output",         "wrong/on-a.txt is known as nothing"),
    ] {
        let mut changes = vec![(old, new)];
        if kind == "holds-at-start" {
            changes.push(("Expect(Since(\"begin\", [Because(on: \"b\", code: \"tcp.taken\")])),", ""));
        }
        let found = lint(&read(&changes).expect("it can be read"));
        let own = found.iter().find(|own| own.kind == kind);
        let own = own.unwrap_or_else(|| panic!("{kind} is not among {found:#?}"));
        let wanted = format!("{}: {said}", place(&files(&changes), at));
        assert!(own.error.to_string().starts_with(&wanted), "{wanted}\n{}", own.error);
        assert_ne!(own.error.message.en, own.error.message.zh);
    }
}

/// Errors point into `lab.ron`, also those of its pieces of story.
#[test]
#[rustfmt::skip]
fn a_wrong_lab_is_refused_with_its_place() {
    for (old, new, at, said) in [
        ("\"tcp.taken\"",   "\"tcp.takn\"",      "code: |\"tcp.takn\"",     "unknown reason `tcp.takn` (tasks[1].check[3][1][0].code)"),
        ("Since(\"begin\"", "Since(\"end\"",     "Since(|\"end\"",          ""),
        ("check: [\n            Do(on: \"a\", run: [\"curl -m", "check: [\n            Do(on: \"a\", run: [\"curl -q",
                                               "[\"curl |-q",               ""),
        ("Output(on: \"a\"", "Output(on: \"c\"", "Output(on: |\"c\"",       "unknown node `c` (wrong[0].when[0].on)"),
        ("page at $server", "page at $sever",  "page at |$sever",          "unknown parameter `$sever`"),
        ("level: 1",        "level: 5",        "level: |5",                "no such level"),
        ("\"3.2\"",         "\"3.17\"",        "chapter: |\"3.17",         "no such chapter"),
        ("id: \"t2\"",      "id: \"t1\"",      "Do(id: |\"t1\"",          "`t1` stands here twice"),
        ("answer: 1,",      "answer: 2,",      "answer: |2,",              "no such option"),
        ("Who asks?",       "  ",              "question: (en: |\"  \"",  "a text without words"),
        ("answer: \"on-a\"", "answer: \"on-b\"", "wrong: |[",               "wrong/on-a.txt is not listed here"),
        ("answer: \"on-a\"", "answer: \"on-b\"", "answer: |\"on-b",         "there is no wrong/on-b.txt"),
        ("when: [Output(on: \"a\", run: \"ip addr\", has: \"$server\")]", "when: []", "when: |[]", "nothing by which"),
        ("tidy: 2,",        "",                "|(\n    title: (en: \"Nobody", "missing field `tidy`"),
        ("tidy: 2,",        "tidy: 2, price: 3,", "tidy: 2, |price",       "unknown field `price`"),
        ("lab two\npredict", "lab three\npredict", "|lab three",          "an answer of lab `three`, not of `two`"),
        ("b# ip addr",      "b# ip adr",       "b# ip |adr",               ""),
    ] {
        let changes = [(old, new)];
        let errors = read(&changes).expect_err(new);
        let wanted = format!("{}: {said}", place(&files(&changes), at));
        let told: Vec<String> = errors.iter().map(ToString::to_string).collect();
        assert!(told.iter().any(|error| error.starts_with(&wanted)), "{wanted}\n{}", told.join("\n"));
    }
    assert!(Lab::read("two", "labs/two", &[]).expect_err("nothing is there")[0].to_string().contains("labs/two/lab.ron:1:1: the file is missing"));
}

/// The mistakes of an answer file, in both languages.
#[test]
#[rustfmt::skip]
fn a_wrong_answer_file_is_refused_with_its_place() {
    for (text, en, zh) in [
        ("",                           "a.txt:1:1: the first line does not say", "a.txt:1:1: 第一行没有写明"),
        ("# only a remark\n",          "a.txt:1:1: the first line does not say", "a.txt:1:1: 第一行没有写明"),
        ("b# ip addr\n",               "a.txt:1:1: the first line does not say", "a.txt:1:1: 第一行没有写明"),
        ("lab\n",                      "a.txt:1:4: not the name of a lab",       "a.txt:1:4: 不是练习的名字"),
        ("lab two\nlab two\n",         "a.txt:2:5: a second lab in one file",    "a.txt:2:5: 一个文件里有两个练习"),
        ("lab two\nstudent A\nstudent B\n", "a.txt:3:9: a second student",       "a.txt:3:9: 一个文件里有两个学生"),
        ("lab two\nip addr\n",         "a.txt:2:1: not a line of an answer",     "a.txt:2:1: 不是答案里的行"),
        ("lab two\r\n\r\n  ip addr\r\n", "a.txt:3:3: not a line of an answer",   "a.txt:3:3: 不是答案里的行"),
        ("\u{feff}lab two\nwait\n",    "a.txt:2:5: ",                            "a.txt:2:5: "),
        ("lab two\nwait 2h\n",         "a.txt:2:6: too long a wait",             "a.txt:2:6: 等待太久"),
        ("lab two\npredict t1.a\n",    "a.txt:2:9: not a prediction",            "a.txt:2:9: 不是预测"),
        ("lab two\npredict t1.a 0\n",  "a.txt:2:9: not a prediction",            "a.txt:2:9: 不是预测"),
        ("lab two\nhint no\n",         "a.txt:2:6: not a hint's number",         "a.txt:2:6: 不是提示的编号"),
        ("lab two\n\u{80}\n",          "a.txt:2:1: a control character",         "a.txt:2:1: 控制字符"),
        ("lab two\nb# ip\0addr\n",     "a.txt:2:6: a control character",         "a.txt:2:6: 控制字符"),
    ] {
        let errors = Answer::read("a.txt", text).expect_err(text);
        let told = errors[0].text();
        assert!(told.of(Lang::En).starts_with(en), "{text:?}: {told}");
        assert!(told.of(Lang::Zh).starts_with(zh), "{text:?}: {}", told.zh);
    }
    for (text, en) in [
        ("predict t3.a 1\n", "a.txt:2:1: no question `t3.a` in this lab"),
        ("predict t1.a 3\n", "a.txt:2:1: no option 3"),
        ("hint 3\n",         "a.txt:2:1: there is no hint 3"),
        ("c# ip addr\n",     "a.txt:2:1: no host `c` in this lab"),
        ("lan# ip addr\n",   "a.txt:2:1: no host `lan` in this lab"),
        ("b# ip adr\n",      "a.txt:2:7: "),
    ] {
        let errors = mark(&lab(), &answer(text)).expect_err(text);
        assert!(errors[0].to_string().starts_with(en), "{text:?}: {}", errors[0]);
    }
    let many = "b# ip addr\n".repeat(301);
    let errors = Answer::read("a.txt", &format!("lab two\n{many}")).expect_err("they are too many");
    assert!(errors[0].to_string().starts_with("a.txt:302:1: too many commands"), "{}", errors[0]);
    let binary = Answer::of_bytes("a.txt", b"lab two\n\xff\xfe").expect_err("it is no text");
    assert!(binary[0].to_string().starts_with("a.txt:1:1: line 2 is no text"), "{}", binary[0]);
}

#[test]
fn points_are_given_for_what_holds() {
    let solved = marks("predict t1.a 2\npredict t1.b 1\nb# ip addr add 192.0.2.2/24 dev eth0\n");
    assert_eq!((solved.total, solved.possible), (20, 20));
    let nothing = marks("");
    assert_eq!((nothing.total, nothing.tidy.got), (0, 0));
    assert_eq!(nothing.looks_like, None);
    let wanted = place(&files(&[]), "|Expect(Served([\"b\"])") + ": expected to be served by [b]";
    let failed = nothing.tasks[1].failed.clone().expect("nothing was done");
    assert!(failed.message.en.starts_with(&wanted), "{}", failed.message);

    // Half of the questions, the last of several answers; a needless change, taken back and not.
    let half = marks(
        "predict t1.a 2\npredict t1.a 1\npredict t1.b 1\nb# ip addr add 192.0.2.2/24 dev eth0\n",
    );
    assert_eq!((half.tasks[0].got, half.tasks[0].picked[0].times), (3, 2));
    let b = "b# ip addr add 192.0.2.2/24 dev eth0\n";
    let set = "a# sysctl -w net.ipv4.ip_forward=1\n";
    let untidy = marks(&format!("{b}{set}"));
    assert_eq!(
        (untidy.tidy.got, untidy.tidy.made.len(), untidy.tidy.needed),
        (1, 2, 1),
        "{:?}",
        untidy.tidy.made
    );
    let back = marks(&format!("{b}{set}a# sysctl -w net.ipv4.ip_forward=0\n"));
    assert_eq!((back.tidy.got, back.total), (2, 14));

    // Hints cost, and never more than there is.
    assert_eq!(marks(&format!("{b}hint 1\nhint 1\nhint 2\n")).total, 11);
    assert_eq!(marks("hint 1\n").total, 0);
}

#[test]
fn a_known_mistake_is_known() {
    let marks = marks("a# ip addr add 192.0.2.2/24 dev eth0\n");
    let own = marks.looks_like.expect("it is listed");
    assert_eq!((own.name.as_str(), own.belief.as_str()), ("on-a", "M12"));
    assert_eq!(own.sentence, belief("M12").expect("it is one").text());
    assert_eq!(own.says.zh, "现在 a 在和自己说话。");
}

#[test]
fn what_commands_say_is_told_with_its_line() {
    let marks = marks("a# x=192.0.2.9\na# echo $x; false\nwait 5s\n");
    let said: Vec<_> =
        marks.outputs.iter().map(|own| (own.line, own.said.as_str(), own.status)).collect();
    assert_eq!(said, [(3, "192.0.2.9\n", Some(0)), (3, "", Some(1))]);
}

#[test]
fn beliefs_have_names_in_order_and_words_in_both_languages() {
    for (number, own) in (1..).zip(BELIEFS) {
        assert_eq!(own.id, format!("M{number:02}"));
        assert!(own.en.ends_with('.') && own.zh.ends_with('。'), "{}", own.id);
    }
    assert_eq!(BELIEFS.len(), 73);
}
