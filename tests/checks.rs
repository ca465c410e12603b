//! `check`: when it takes a destination out and puts it back, and what it makes of what others do to
//! the table.

use lvsim_tests::files::File;
use lvsim_tests::plays;
use sim_core::story::Progress;
use sim_core::trace::Note;

/// What a check on the director says in a story. The service has one destination, which answers.
fn said(check: &str, story: &str) -> Vec<String> {
    let text = format!(
        r#"(
    title: (en: "A director and a server", zh: "一台调度器和一台服务器"),
    nodes: [
        Host(name: "director", nics: [("eth0", "02:00:00:00:00:d1")], setup: [
            "ip addr add 192.0.2.1/24 dev eth0",
            "ip addr add 192.0.2.100/32 dev eth0",
            "ipvsadm -A -t 192.0.2.100:80 -s rr",
            "ipvsadm -a -t 192.0.2.100:80 -r 192.0.2.11 -g -w 3",
        ]),
        Host(name: "rs1", nics: [("eth0", "02:00:00:00:00:51")], serves: ["http 80"], setup: [
            "ip addr add 192.0.2.11/24 dev eth0",
        ]),
    ],
    links: [(a: "director:eth0", b: "rs1:eth0")],
    story: [Do(on: "director", run: ["check {check} &"]), Wait("500ms"), {story}],
)"#
    );
    let file = File { name: "check.ron".into(), text };
    let (mut player, mut trace) = plays::start(&file).expect("two hosts can be played");
    while player.step(&mut trace) != Progress::Done {}
    let lines = trace.entries().iter().filter_map(|entry| match &entry.what {
        Note::Output { text, .. } if text.starts_with("check: ") => Some(text.trim_end().into()),
        _ => None,
    });
    lines.collect()
}

fn on(node: &str, lines: &str) -> String {
    format!(r#"Do(on: "{node}", run: ["{lines}"])"#)
}

#[test]
fn a_check_takes_out_what_fails_and_puts_back_what_answers() {
    let down = "check: 192.0.2.11:80 down (Connection refused), removed";
    let up = "check: 192.0.2.11:80 up, added again, weight 3";
    let ends = on("rs1", "kill serve");
    let back = on("rs1", "serve http 80 &");
    let http = "http 192.0.2.100:80";
    //   what is checked, what happens, what is said
    #[rustfmt::skip]
    let rows: [(String, String, &[&str]); 10] = [
        (http.into(), r#"Wait("9s")"#.into(), &[]),
        ("http 192.0.2.100:81".into(), r#"Wait("9s")"#.into(), &["check: no TCP service 192.0.2.100:81 here"]),
        (http.into(), format!(r#"{ends}, Wait("3s")"#), &[]), // one failure
        (http.into(), format!(r#"{ends}, Wait("9s")"#), &[down]),
        (http.into(), format!(r#"{ends}, Wait("9s"), {back}, Wait("3s")"#), &[down, up]),
        (format!("{http} --rise 3"), format!(r#"{ends}, Wait("9s"), {back}, Wait("4s")"#), &[down]),
        (format!("{http} --weight-0 --fall 1"), format!(r#"{ends}, Wait("3s"), {back}, Wait("3s")"#),
            &["check: 192.0.2.11:80 down (Connection refused), weight 0", "check: 192.0.2.11:80 up, weight 3"]),
        (http.into(), format!(r#"{ends}, {}, Wait("9s")"#, on("rs1", "serve http 80 --status 503 &")),
            &["check: 192.0.2.11:80 down (HTTP status 503), removed"]),
        // Somebody adds it again though it is dead.
        (http.into(), format!(r#"{ends}, Wait("9s"), {}, Wait("9s")"#, on("director", "ipvsadm -a -t 192.0.2.100:80 -r 192.0.2.11 -g")),
            &[down, down]),
        // With the service goes what was to be put back.
        (http.into(), format!(r#"{ends}, Wait("9s"), {}, Wait("3s"), {}, {back}, Wait("9s")"#,
            on("director", "ipvsadm -D -t 192.0.2.100:80"), on("director", "ipvsadm -A -t 192.0.2.100:80 -s rr")), &[down]),
    ];
    for (check, story, wanted) in rows {
        assert_eq!(said(&check, &story), wanted, "check {check}: {story}");
    }
}

/// A connection is enough for one, an answer in time for the other.
#[test]
fn a_check_asks_for_what_it_is_told_to() {
    let replaced = |by: &str| format!("{}, {}", on("rs1", "kill serve"), on("rs1", by));
    let late = "check: 192.0.2.11:80 down (timed out), removed";
    #[rustfmt::skip]
    let rows: [(&str, &str, &[&str]); 6] = [
        ("serve http 80 --mute &",       "tcp",  &[]),
        ("serve http 80 --mute &",       "http", &[late]),
        ("serve http 80 --delay 3s &",   "http", &[late]),
        ("serve http 80 --delay 0.5s &", "http", &[]),
        ("serve http 80 --status 500 &", "tcp",  &[]),
        ("serve tcp 80 &",               "http", &[late]), // it says its name, which is no head of HTTP
    ];
    for (server, kind, wanted) in rows {
        let story = format!(r#"{}, Wait("9s")"#, replaced(server));
        assert_eq!(said(&format!("{kind} 192.0.2.100:80"), &story), wanted, "{kind} of {server}");
    }
}
