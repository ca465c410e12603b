//! Expectations that do not hold, and all that is said about them.

use std::collections::BTreeMap;

use super::sight::passed;
use super::words::Watcher;
use super::{PlayError, Player, open};
use crate::tcpdump::{Options, Tcpdump};
use crate::trace::Trace;

/// A director that forwards to two servers, of which the second does not listen.
const LAB: &str = include_str!("tests/lab.ron");

/// Plays the lab with another story.
fn play(story: &str) -> Player {
    play_traced(story).0
}

fn play_traced(story: &str) -> (Player, Trace) {
    let text = LAB.replace("story: []", &format!("story: [{story}]"));
    let scenario = match open("x.ron", &text, None, false) {
        Ok(scenario) => scenario,
        Err(errors) => panic!("{}", errors.iter().map(ToString::to_string).collect::<String>()),
    };
    let mut trace = Trace::default();
    let mut player = Player::new(scenario, &mut trace).expect("the setup works");
    player.play(&mut trace);
    (player, trace)
}

#[test]
fn says_what_does_not_hold_why_and_at_which_frame() {
    let (_, rows) = include_str!("tests/failures.txt").split_once("\n--- ").expect("a first row");
    let rows: Vec<&str> = rows.trim_end().split("\n--- ").collect();
    assert!(rows.len() > 15);
    for row in rows {
        let (story, wanted) = row.split_once('\n').expect("what is said about it");
        let player = play(story);
        let mut said = String::new();
        for failure in player.failures() {
            let text = &failure.message;
            for line in text.en.lines().zip(text.zh.lines()) {
                assert!(line.0 == line.1 || line.1.chars().any(|c| c > '\u{2e80}'), "{line:?}");
            }
            said += &format!("{}\n{}\n", text.en, text.zh);
        }
        assert_eq!(said.trim_end(), wanted, "\n--- {story}\n{said}");
    }
}

/// Whoever copies a line into an expectation expects that frame, relative numbers, cards without cables and all.
#[test]
fn a_line_of_run_describes_its_own_frame() {
    let (player, trace) = play_traced(
        r#"
        Do(on: "director", run: [
            "ipvsadm -a -t 192.0.2.100:81 -r 192.0.2.12 -i", "sysctl -w net.ipv4.conf.all.accept_local=1",
        ]),
        Do(on: "rs2", run: [
            "modprobe ipip", "ip link set tunl0 up", "ip addr add 192.0.2.100/32 dev tunl0",
            "sysctl -w net.ipv4.conf.all.arp_ignore=1", "serve http 81 --name rs2 &",
            "ping -c 1 127.0.0.1",
        ]),
        Do(on: "client", run: [
            "curl -m 4 http://192.0.2.100/", "curl -m 4 http://192.0.2.100:81/",
            "ping -c 1 -s 3000 192.0.2.11", "echo a | nc -u -w 1 192.0.2.11 9",
        ]),
        Wait(Idle),
        Expect(Served(["rs1", "rs2", "-"])),
        Expect(Frame(on: "rs2:tunl0", is: "198.51.100.10.* > 192.0.2.100.81 Flags [S]", times: 1)),
        Expect(Frame(on: "rs2:lo", is: "icmp", times: 2)),
        "#,
    );
    assert_eq!(player.failures(), []);
    let frames: Vec<_> = trace.entries().iter().filter_map(passed).collect();
    assert!(frames.len() > 100);
    let mut printers = BTreeMap::new();
    for (at, (end, seen)) in frames.iter().enumerate() {
        let printer = printers.entry(end).or_insert_with(|| Tcpdump::new(Options::default()));
        let line = match seen.is_packet {
            true => printer.packet_line(seen.bytes),
            false => printer.line(seen.bytes),
        };
        let mut watcher = Watcher::new(&line);
        let fits = frames[..=at].iter().map(|(end, seen)| watcher.fits(*end, *seen));
        let fits = fits.last().expect("there is this one");
        assert!(watcher.is_all(fits), "{line}: {}", watcher.part(fits));
    }
}

#[test]
fn says_why_a_story_ends_early() {
    #[rustfmt::skip]
    let rows = [
        // story, what is said
        (r#"Do(on: "client", run: ["nc -u 192.0.2.100 9"])"#,
            "x.ron:37:13: did not come to rest: a command waits for what will never happen"),
    ];
    for (story, wanted) in rows {
        let player = play(story);
        let error = player.error().map(PlayError::to_string);
        assert_eq!(error.as_deref(), Some(wanted), "{story}");
    }
}
