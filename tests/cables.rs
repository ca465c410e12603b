//! What a cable does to frames: it takes its time for each byte, loses what is too long without a
//! word, and by chance loses or holds up what the seed says.

use lvs_engine::Instant;
use lvsim_tests::files::File;
use lvsim_tests::plays;
use sim_core::frame::ETHERNET;
use sim_core::story::Progress;
use sim_core::trace::{Dir, Entry, Note, Trace};

/// Two hosts that know each other, a cable with these properties, and one line typed on the first.
fn play(seed: u64, cable: &str, line: &str) -> Trace {
    play_story(seed, cable, &format!(r#"Do(on: "one", run: ["{line}"]), Wait(Idle)"#))
}

/// The same with a story.
fn play_story(seed: u64, cable: &str, story: &str) -> Trace {
    let text = format!(
        r#"(
    title: (en: "Two hosts and a cable", zh: "两台主机，一根线缆"),
    seed: {seed},
    kernel: No((en: "a test", zh: "测试")),
    nodes: [
        Host(name: "one", nics: [("eth0", "02:00:00:00:00:01")], setup: [
            "ip addr add 192.0.2.1/24 dev eth0",
            "ip neigh add 192.0.2.2 lladdr 02:00:00:00:00:02 dev eth0",
        ]),
        Host(name: "two", nics: [("eth0", "02:00:00:00:00:02")], setup: [
            "ip addr add 192.0.2.2/24 dev eth0",
            "ip neigh add 192.0.2.1 lladdr 02:00:00:00:00:01 dev eth0",
        ]),
    ],
    links: [(a: "one:eth0", b: "two:eth0", {cable})],
    story: [{story}],
)"#
    );
    let file = File { name: "cable.ron".into(), text };
    let (mut player, mut trace) = plays::start(&file).expect("two hosts and a cable can be played");
    while player.step(&mut trace) != Progress::Done {}
    trace
}

/// When frames came in at host `two`, and how long they were.
fn arrivals(trace: &Trace) -> Vec<(Instant, usize)> {
    let arrival = |entry: &Entry| match &entry.what {
        Note::Frame { dir: Dir::In, frame, .. } if entry.node.0 == 1 => {
            Some((entry.at, frame.bytes.len()))
        }
        _ => None,
    };
    trace.entries().iter().filter_map(arrival).collect()
}

/// How often a decision was noted, and when.
fn noted(trace: &Trace, code: &str) -> Vec<Instant> {
    let is_it = |entry: &&Entry| matches!(&entry.what, Note::Why(why) if why.code() == code);
    trace.entries().iter().filter(is_it).map(|entry| entry.at).collect()
}

/// A ping of 3000 bytes leaves as three fragments in one instant. On a cable of 1 Mbit/s a bit takes
/// 1 µs, so the end of each comes 8 µs a byte after the end of the one before.
#[test]
fn frames_back_to_back_arrive_as_far_apart_as_they_are_long() {
    for (rate, nanos_a_byte) in [("1mbit", 8_000), ("10mbit", 800), ("64kbit", 125_000)] {
        let line = "ping -c 1 -s 3000 192.0.2.2";
        let trace = play(1, &format!(r#"delay: "2ms", bandwidth: "{rate}""#), line);
        let came = arrivals(&trace);
        let lens: Vec<_> = came.iter().map(|(_, len)| len - ETHERNET).collect();
        assert_eq!(lens, [1500, 1500, 68], "three fragments at {rate}");
        let typed = trace.entries().iter().find_map(|entry| match &entry.what {
            Note::Typed { text, .. } if text == line => Some(entry.at),
            _ => None,
        });
        // The first one finds the cable free: it takes its own time and the distance.
        let mut before = typed.expect("it was typed").as_nanos() + 2_000_000;
        for (at, len) in came {
            assert_eq!(at.as_nanos() - before, len as u64 * nanos_a_byte, "{len} bytes at {rate}");
            before = at.as_nanos();
        }
    }
}

/// The MTU counts the packet without its Ethernet header, and nobody is told.
#[test]
fn a_cable_loses_what_is_longer_than_its_mtu() {
    //                       packet, arrives
    for (packet, arrives) in [(1400, true), (1401, false), (1500, false)] {
        let line = format!("ping -c 1 -W 1 -s {} 192.0.2.2", packet - 28);
        let trace = play(1, "mtu: 1400", &line);
        assert_eq!(arrivals(&trace).len(), usize::from(arrives), "a packet of {packet} bytes");
        assert_eq!(noted(&trace, "cable.drop.mtu").len(), usize::from(!arrives));
        assert_eq!(noted(&trace, "icmp.error.sent"), [], "nobody is told");
    }
}

/// 45 fragments a ping: of the 23rd only ten find room. On a cable that takes no time nothing waits.
#[test]
fn a_slow_cable_lets_a_thousand_frames_wait() {
    let line = "ping -q -c 25 -i 0.01 -W 3 -s 65507 192.0.2.2";
    for (cable, came, lost) in [("delay: \"1s\"", 1000, 125), ("delay: \"0ms\"", 1125, 0)] {
        let trace = play(1, cable, line);
        let requests = |entry: &&Entry| match &entry.what {
            Note::Frame { dir: Dir::Out, .. } => entry.node.0 == 0,
            _ => false,
        };
        assert_eq!(trace.entries().iter().filter(requests).count(), came, "{cable}");
        assert_eq!(noted(&trace, "cable.drop.full").len(), lost, "{cable}");
    }
}

/// A cable that is pulled out takes with it what waits: there is room again.
#[test]
fn the_queue_of_a_pulled_cable_is_empty() {
    let ping = r#"Do(on: "one", run: ["ping -q -c 21 -i 0.01 -W 1 -s 65507 192.0.2.2"])"#;
    let pull = r#"Cable(link: "one:eth0", up: false), Cable(link: "one:eth0", up: true)"#;
    for (meanwhile, full) in [("", true), (pull, false)] {
        let story = format!("{ping}, {meanwhile}, {ping}").replace(", ,", ",");
        let trace = play_story(1, r#"delay: "5s""#, &story);
        assert_eq!(!noted(&trace, "cable.drop.full").is_empty(), full, "{meanwhile}");
    }
}

#[test]
fn the_seed_says_which_frames_get_lost() {
    let lost = |seed| {
        let trace = play(seed, r#"loss: "30%""#, "ping -c 100 -i 0.2 192.0.2.2");
        noted(&trace, "cable.drop.loss")
    };
    let first = lost(7);
    assert_eq!(first, lost(7), "the same seed loses the same frames");
    assert_ne!(first, lost(8), "another seed loses others");
    // Of 100 requests 30 on average, and of the 70 answers 21.
    assert!((35..68).contains(&first.len()), "{} of 170 got lost", first.len());
}

/// The sender's card has sent it, so its capture shows it; nothing comes to the other end.
#[test]
fn a_lost_frame_was_sent() {
    let trace = play(1, r#"loss: "100%""#, "ping -c 3 -W 1 192.0.2.2");
    let sent = |entry: &&Entry| matches!(&entry.what, Note::Frame { dir: Dir::Out, .. });
    assert_eq!(trace.entries().iter().filter(sent).count(), 3);
    assert_eq!(noted(&trace, "cable.drop.loss").len(), 3);
    assert_eq!(arrivals(&trace), []);
}

/// A request 200 ms after the other, each held up by 500 ms or not: those that are come behind the
/// next two. The share can be changed, and is that of both directions.
#[test]
fn a_late_frame_is_overtaken() {
    let ping = r#"Do(on: "one", run: ["ping -c 40 -i 0.2 192.0.2.2"]), Wait(Idle)"#;
    let late = |cable: &str, story: &str| {
        let trace = play_story(7, cable, story);
        let requests = arrivals(&trace).len();
        let came = |entry: &Entry| match &entry.what {
            Note::Frame { dir: Dir::In, frame, .. } if entry.node.0 == 1 => {
                Some(u16::from_be_bytes([frame.bytes.bytes()[40], frame.bytes.bytes()[41]]))
            }
            _ => None,
        };
        let order: Vec<_> = trace.entries().iter().filter_map(came).collect();
        (noted(&trace, "cable.late").len(), requests, order.is_sorted())
    };
    let on = r#"reorder: "25% by 500ms""#;
    let (some, requests, sorted) = late(on, ping);
    assert!((8..35).contains(&some), "{some} of 80 frames came late");
    assert_eq!((requests, sorted), (40, false), "none is lost");
    assert_eq!(late(r#"delay: "1ms""#, ping), (0, 40, true));
    let off = format!(r#"Cable(link: "one:eth0", reorder: "0%"), {ping}"#);
    assert_eq!(late(on, &off), (0, 40, true));
    let all = format!(r#"Cable(link: "two:eth0", reorder: "100% by 1ms"), {ping}"#);
    assert_eq!(late(r#"delay: "1ms""#, &all), (80, 40, true), "all are as late as each other");
}

/// What is held up on a cable that is pulled out is gone.
#[test]
fn a_late_frame_is_lost_with_its_cable() {
    let story = r#"Do(on: "one", run: ["ping -c 1 -W 1 192.0.2.2 &"]), Wait("100ms"),
        Cable(link: "one:eth0", up: false), Wait("1s")"#;
    let trace = play_story(1, r#"reorder: "100% by 500ms""#, story);
    assert_eq!((noted(&trace, "cable.late").len(), arrivals(&trace).len()), (1, 0));
    assert_eq!(noted(&trace, "cable.drop.out").len(), 1);
}

/// A card that is set down takes the carrier from the other end, and with it what is on its way,
/// even if it is up again before that would have arrived. `arp_notify` announces at the card that
/// comes up, not at the one that only gets its carrier back.
#[test]
fn a_card_that_is_set_down_takes_the_carrier_from_both_ends() {
    let ping = r#"Do(on: "one", run: ["ping -c 1 -W 1 192.0.2.2 &"])"#;
    let set = |to| format!(r#"Do(on: "two", run: ["ip link set eth0 {to}"])"#);
    let (down, up) = (set("down"), set("up"));
    //                            what happens while the request is on its way       lost, arrives
    let rows = [
        (String::new(), 0, 1),
        (down.clone(), 1, 0),
        (format!("{down}, {up}"), 1, 0),
        (r#"Power(on: "two", up: false)"#.into(), 1, 0),
        (r#"Cable(link: "one:eth0", up: false), Cable(link: "one:eth0", up: true)"#.into(), 1, 0),
    ];
    for (meanwhile, lost, arrives) in rows {
        let trace = play_story(
            1,
            r#"delay: "500ms""#,
            &format!("{ping}, {meanwhile}, Wait(\"2s\")").replace(", ,", ","),
        );
        assert_eq!(noted(&trace, "cable.drop.out").len(), lost, "lost: {meanwhile}");
        assert_eq!(arrivals(&trace).len(), arrives, "arrives: {meanwhile}");
    }
    let notify = r#""sysctl -w net.ipv4.conf.all.arp_notify=1""#;
    let both = format!(r#"Do(on: "one", run: [{notify}]), Do(on: "two", run: [{notify}])"#);
    let trace = play_story(1, r#"delay: "1ms""#, &format!("{both}, {down}, {up}, Wait(\"1s\")"));
    let announced = |entry: &&Entry| {
        matches!(&entry.what, Note::Frame { dir: Dir::Out, .. }).then_some(entry.node.0)
    };
    let by: Vec<_> = trace.entries().iter().filter_map(|entry| announced(&entry)).collect();
    assert_eq!(by, [1], "only the card that came up speaks");
}
