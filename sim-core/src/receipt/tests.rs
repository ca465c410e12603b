//! That a comparison can fail, and that a receipt is read as it was written.

use etherparse::PacketBuilder;
use proptest::prelude::*;

use super::*;
use crate::tcpdump::tests::near_frames;

const CLIENT: [u8; 6] = [2, 0, 0, 0, 0, 0xc];
const SERVER: [u8; 6] = [2, 0, 0, 0, 0, 1];

/// A segment of one conversation: from the client, or back.
fn segment(from_client: bool, flags: &str, seq: u32, ack: u32, data: &[u8]) -> Vec<u8> {
    let client = (CLIENT, [10, 0, 0, 12], 40_000);
    let server = (SERVER, [10, 0, 0, 1], 80);
    let (src, dst) = if from_client { (client, server) } else { (server, client) };
    let builder = PacketBuilder::ethernet2(src.0, dst.0).ipv4(src.1, dst.1, 64);
    let mut builder = builder.tcp(src.2, dst.2, seq, 1000);
    for flag in flags.chars() {
        builder = if flag == 'S' { builder.syn() } else { builder.ack(ack) };
    }
    let mut bytes = Vec::new();
    builder.write(&mut bytes, data).unwrap();
    bytes
}

/// An ARP packet.
fn arp(from: [u8; 6], to: [u8; 6], op: u8, target: [u8; 6]) -> Vec<u8> {
    let mut bytes =
        [&to[..], &from, &[8, 6, 0, 1, 8, 0, 6, 4, 0, op], &from, &[10, 0, 0, 1]].concat();
    bytes.extend([&target[..], &[10, 0, 0, 12]].concat());
    bytes
}

fn talk(isn: u32) -> Vec<Vec<u8>> {
    let (next, theirs) = (isn.wrapping_add(1), isn.wrapping_mul(7));
    vec![
        segment(true, "S", isn, 0, b""),
        segment(false, "S.", theirs, next, b""),
        segment(true, ".", next, theirs.wrapping_add(1), b"GET / HTTP/1.1\r\n\r\n"),
    ]
}

/// A recording of one interface and one command; `step` is the time between the frames.
fn recording(frames: &[Vec<u8>], step: u64, said: &str) -> Recording {
    let timed =
        (0..).zip(frames).map(|(nth, bytes)| Captured { at_ns: nth * step, bytes: bytes.clone() });
    let output = Output {
        node: "a".into(),
        text: "cat f".into(),
        status: Some(0),
        output: said.into(),
        at_ns: 1_000,
        end_ns: Some(2_000),
    };
    Recording {
        captures: vec![Capture { node: "a".into(), iface: "eth0".into(), frames: timed.collect() }],
        outputs: vec![output],
        pinned: BTreeSet::new(),
        until_ns: None,
    }
}

/// What is told of two runs.
fn told(one: &Recording, other: &Recording) -> String {
    let texts: Vec<String> = compare(one, other).iter().map(|found| found.text().en).collect();
    texts.join("\n")
}

const MS: u64 = 1_000_000;

#[test]
fn two_runs_are_equal_or_told_apart() {
    let of = |frames: &[Vec<u8>]| recording(frames, MS, "x\n");
    let (one, other) = (talk(5), talk(u32::MAX));
    assert_eq!(told(&of(&one), &of(&other)), "");
    let less = told(&of(&one), &of(&other[..2]));
    assert!(
        less.starts_with("a:eth0: frame 3 differs (3 frames in the simulation, 2 on the kernel)"),
        "{less}"
    );
    assert!(less.ends_with("+ no more frames"), "{less}");
    let found = &compare(&of(&one), &of(&other[..2]))[0];
    let said = found.text_of(Sides::Receipt);
    assert!(
        said.en.starts_with("a:eth0: frame 3 differs (3 frames in the receipt, 2 now)"),
        "{said}"
    );
    assert!(said.zh.starts_with("a:eth0：第 3 帧不同（凭据 3 帧，现在 2 帧）"), "{}", said.zh);
    let swapped: Vec<_> = [0, 2, 1].map(|at| other[at].clone()).into();
    assert!(told(&of(&one), &of(&swapped)).starts_with("a:eth0: frame 2 differs"));

    let mut ttl = one.clone();
    ttl[2][22] = 63;
    let said = told(&of(&one), &of(&ttl));
    for words in [
        "ip.ttl                   - 64\n",
        "+ 63\n",
        "ip.sum                   - right\n",
        "+ wrong",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    let said = told(&of(&one), &recording(&one, MS, "y\n"));
    assert_eq!(said, "command 1, a$ cat f: line 1 of the output differs\n    - x\n    + y");

    let mut changed = of(&one);
    changed.outputs[0].status = Some(1);
    assert!(told(&of(&one), &changed).contains("status 0 in the simulation, 1 on the kernel"));
    changed.outputs[0].text = "cat g".into();
    assert!(
        told(&of(&one), &changed)
            .contains("command 1 is another one\n    - a$ cat f\n    + a$ cat g")
    );
    changed.outputs.clear();
    assert!(told(&of(&one), &changed).contains("\n    + (none)"));
    changed.captures[0].iface = "eth1".into();
    let said = told(&of(&one), &changed);
    assert!(
        said.contains(
            "a:eth0: has a cable in the simulation, but not on the kernel\na:eth1: has a cable on the kernel, but not in the simulation"
        ),
        "{said}"
    );
}

#[test]
fn frames_that_cross_at_one_instant_have_no_order() {
    let (one, all) = (talk(5), talk(9));
    let there_and_back = |order: [usize; 3]| order.map(|at| all[at].clone()).to_vec();
    // The second and the third are of two directions, the first and the third of one.
    assert_eq!(told(&recording(&one, 0, ""), &recording(&there_and_back([0, 2, 1]), MS, "")), "");
    assert_ne!(told(&recording(&one, 0, ""), &recording(&there_and_back([2, 1, 0]), MS, "")), "");
    assert_ne!(told(&recording(&one, 1, ""), &recording(&there_and_back([0, 2, 1]), MS, "")), "");
    // What differs later is found behind a crossing.
    let mut wrong = there_and_back([0, 2, 1]);
    wrong.push(arp(CLIENT, SERVER, 1, SERVER));
    let said = told(&recording(&one, 0, ""), &recording(&wrong, MS, ""));
    assert!(said.starts_with("a:eth0: frame 4 differs"), "{said}");
}

/// Frames at these milliseconds, with the client's port 40000 plus what is added.
fn crossing(frames: &[(u64, u16, &str)]) -> Recording {
    let bytes = |(_, port, flags): &(u64, u16, &str)| {
        let mut bytes = match *flags {
            "who-has" => return arp(CLIENT, [0xff; 6], 1, [0; 6]),
            flags => segment(!flags.contains('.'), flags, 5, 6, b""),
        };
        let at = if flags.contains('.') { 36 } else { 34 };
        bytes[at..at + 2].copy_from_slice(&(40_000 + port).to_be_bytes());
        bytes
    };
    let mut run = recording(&frames.iter().map(bytes).collect::<Vec<_>>(), 0, "");
    for (captured, (at, ..)) in run.captures[0].frames.iter_mut().zip(frames) {
        captured.at_ns = at * MS;
    }
    run.pinned = BTreeSet::from([40_000, 40_001]);
    run
}

#[test]
#[rustfmt::skip]
fn two_connections_have_no_order_where_they_are_near() {
    let simulated = crossing(&[(0, 0, "S"), (30, 0, "S."), (100, 1, "S"), (101, 0, "who-has"), (130, 1, "S.")]);
    type Frames<'a> = &'a [(u64, u16, &'a str)];
    let rows: &[(&str, Frames<'_>, bool)] = &[
        ("near",                    &[(0, 0, "S"), (40, 1, "S"), (41, 0, "who-has"), (70, 0, "S."), (75, 1, "S.")],   true),
        ("of one connection",       &[(0, 0, "S"), (30, 0, "S."), (100, 1, "S."), (101, 1, "S"), (130, 0, "who-has")], false),
        ("a question for the one",  &[(0, 0, "S"), (30, 0, "S."), (100, 0, "who-has"), (101, 1, "S"), (130, 1, "S.")], false),
        ("too far from each other", &[(0, 0, "S"), (30, 1, "S"), (31, 0, "who-has"), (250, 0, "S."), (260, 1, "S.")], false),
    ];
    for (what, real, is_equal) in rows {
        let real = crossing(real);
        let found = compare_within(&simulated, &real, masks::DRAWN_CROSSING_NS);
        assert_eq!(found.is_empty(), *is_equal, "{what}: {found:?}");
        assert_ne!(told(&simulated, &real), "", "{what}, in a scenario");
    }
}

/// A command that was typed and ended, and a SYN that is sent again and again; all in milliseconds.
fn asked(typed: u64, ended: u64, sent: &[u64]) -> Recording {
    let mut run = recording(&vec![segment(true, "S", 5, 0, b""); sent.len()], 0, "");
    for (frame, at) in run.captures[0].frames.iter_mut().zip(sent) {
        frame.at_ns = at * MS;
    }
    (run.outputs[0].at_ns, run.outputs[0].end_ns) = (typed * MS, Some(ended * MS));
    run
}

#[test]
#[rustfmt::skip]
fn times_count_but_for_noise() {
    let simulated = asked(100, 4_100, &[101, 1_101, 3_101]);
    let rows: &[(&str, Recording, &str)] = &[
        ("a program starts",           asked(100, 4_180, &[180, 1_180, 3_180]),   ""),
        ("the story is late",          asked(900, 4_900, &[901, 1_901, 3_901]),   ""),
        ("a timer's slot, and noise",  asked(100, 4_100, &[101, 1_470, 3_960]),   ""),
        ("a busy machine",             asked(100, 4_700, &[340, 1_500, 3_800]),   ""),
        ("2 s instead of 1 s",         asked(100, 4_100, &[101, 2_101, 4_101]),
            "a:eth0: frame 2 comes at another time: 1.000000 s after frame 1 in the simulation, 2.000000 s on the kernel (it may be 0.375000 s more or less)"),
        ("1 s instead of 2 s",         asked(100, 4_100, &[101, 1_101, 2_101]),
            "a:eth0: frame 3 comes at another time: 2.000000 s after frame 2 in the simulation, 1.000000 s on the kernel (it may be 0.500000 s more or less)"),
        ("at once, but late",          asked(100, 4_100, &[401, 1_401, 3_401]),
            "a:eth0: frame 1 comes at another time: 0.001000 s after `a$ cat f` was typed in the simulation, 0.301000 s on the kernel (it may be 0.250125 s more or less)"),
        ("gives up after 3 s",         asked(100, 3_100, &[101, 1_101, 3_101]),
            "command 1, a$ cat f: took 4.000000 s in the simulation, 3.000000 s on the kernel (it may be 0.750000 s more or less)"),
    ];
    for (what, real, words) in rows {
        let said = told(&simulated, real);
        assert!(said.starts_with(words) && said.is_empty() == words.is_empty(), "{what}: {said}");
    }
    // What another command does meanwhile, and late, is timed from there; a host's own timer is not.
    let with = |typed: u64, sent: &[u64]| {
        let mut run = asked(100, 4_100, sent);
        run.captures[0].frames[1].bytes[33] = 7;
        run.outputs.push(Output { at_ns: typed * MS, end_ns: None, ..run.outputs[0].clone() });
        run
    };
    let simulated = with(600, &[101, 601, 1_101]);
    assert_eq!(told(&simulated, &with(1_000, &[101, 1_001, 1_101])), "");
    assert_ne!(told(&simulated, &with(1_000, &[101, 1_001, 2_101])), "");
    let found = &compare(&simulated, &with(1_000, &[101, 1_001, 2_101]))[0];
    let said = "a:eth0：第 3 帧到来的时间不同：第 2 帧之后，模拟 0.500000 秒，内核 1.100000 秒";
    assert!(found.text().zh.starts_with(said), "{}", found.text().zh);
    // Before anything was typed a frame counts from the start.
    let early = |at| asked(900, 900, &[at]);
    assert_eq!(told(&early(500), &early(700)), "");
    assert!(told(&early(500), &early(900)).contains("0.500000 s after the start of the story"));
    // What takes no time in the simulation needs time to start, and to load a module.
    assert_eq!(told(&asked(100, 100, &[]), &asked(100, 900, &[])), "");
    // Another time is told before what it may be the reason for.
    let mut other = asked(100, 4_100, &[101, 2_101, 3_101]);
    other.captures[0].frames[2].bytes[22] = 9;
    assert!(told(&asked(100, 4_100, &[101, 1_101, 3_101]), &other).starts_with("a:eth0: frame 2 comes"));
}

#[test]
fn probes_may_be_missing_and_questions_may_not() {
    let with = |more: &[Vec<u8>]| recording(&[more, &talk(5)].concat(), MS, "");
    let plain = with(&[]);
    let (probe, answer) = (arp(CLIENT, SERVER, 1, [0; 6]), arp(SERVER, CLIENT, 2, CLIENT));
    assert_eq!(told(&plain, &with(&[probe.clone(), answer.clone()])), "");
    let far = [probe.clone(), probe.clone(), answer.clone(), answer.clone()];
    assert_eq!(told(&plain, &with(&far)), "", "asked again before the answer came");
    assert_ne!(told(&plain, &with(&[probe, answer.clone(), answer.clone()])), "");
    assert_ne!(told(&plain, &with(&[answer])), "", "an answer that nobody asked for");
    assert_ne!(told(&plain, &with(&[arp(CLIENT, [0xff; 6], 1, [0; 6])])), "");
}

#[test]
fn old_neighbours_may_have_any_living_state() {
    let run = |state: &str, at_s: u64| {
        let mut run = recording(&[arp(SERVER, CLIENT, 2, CLIENT)], MS, "");
        run.outputs[0].text = "ip neigh".into();
        run.outputs[0].at_ns = at_s * 1_000_000_000;
        run.outputs[0].output = format!("10.0.0.1 dev eth0 lladdr 02:00:00:00:00:01 {state} \n");
        run
    };
    assert_ne!(told(&run("REACHABLE", 14), &run("STALE", 14)), "");
    assert_eq!(told(&run("REACHABLE", 15), &run("STALE", 14)), "");
    assert_ne!(told(&run("REACHABLE", 20), &run("FAILED", 20)), "");
    // What a probe would have found, TCP's mark tells on one kernel.
    assert_eq!(told(&run("DELAY", 6), &run("REACHABLE", 6)), "");
    assert_ne!(told(&run("DELAY", 6), &run("STALE", 6)), "");
}

#[test]
fn an_entry_that_a_probe_has_made_may_be_missing() {
    let run = |probe: &[Vec<u8>], said: &str| {
        let mut run = recording(&[&talk(5), probe].concat(), MS, said);
        run.outputs[0].text = "ip neigh".into();
        run.outputs[0].at_ns = 1_000_000_000;
        run
    };
    let probe = [arp(SERVER, CLIENT, 1, [0; 6])];
    let entry = "10.0.0.1 dev eth0 lladdr 02:00:00:00:00:01 STALE \n";
    assert_eq!(told(&run(&probe, entry), &run(&[], "")), "");
    assert_ne!(told(&run(&[], entry), &run(&[], "")), "");
}

#[test]
fn a_new_recording_that_says_the_same_leaves_the_file_alone() {
    let versions = BTreeMap::from([("kernel".into(), "6.1.0".into())]);
    let of = |isn, said: &str| Receipt::new(&recording(&talk(isn), MS, said), versions.clone());
    let old = of(1, "x\n").to_string();
    assert_eq!(Receipt::keep_or_replace(Some(&old), &of(2, "x\n")), Kept::Old);
    let new = of(2, "y\n");
    for old in [Some(&*old), Some("lvsim receipt 0\n"), None] {
        assert_eq!(Receipt::keep_or_replace(old, &new), Kept::New(new.to_string()));
    }
    // The same behaviour has the same bytes.
    assert_eq!(of(1, "x\n").to_string(), of(2, "x\n").to_string());
}

#[test]
fn a_receipt_can_be_read_by_a_person() {
    let mut frames = talk(1);
    frames.truncate(1);
    let mut hop = frames[0].clone();
    (hop[5], hop[11]) = (2, 1);
    frames.push(hop);
    frames.push(segment(
        true,
        ".",
        2,
        5,
        &[&[0; 1448][..], b"rs1\n", &[7, 8, 9, 10, 11, 12, 13, 14, 15]].concat(),
    ));
    let run = recording(&frames, MS, "one\ntwo \\ \nthree");
    let receipt = Receipt::new(&run, BTreeMap::from([("kernel".into(), "6.1.0".into())]));
    let text = receipt.to_string();
    let told: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
    let expected = ["lvsim receipt 1", "version kernel: 6.1.0", ""];
    assert_eq!(told[..3], expected, "{text}");
    for words in [
        "  # IP 10.0.0.12.49152 > 10.0.0.1.80: Flags [S], seq 0, win 1000, length 0\n  020000000001 02000000000c 0800\n",
        " like ",
        "\n  @5 02 @11 01\n",
        "\n  00*1448 7273310a 07++9\n",
        "\niface a:eth0\n  0.000000 ",
        "\noutput a 0.000001 0.000002 status 0: cat f\n  |one\n  |two \\\\\\u{20}\n  >three\n",
    ] {
        assert!(text.contains(words), "{words}\n{text}");
    }
    assert_eq!(Receipt::parse(&text), Ok(receipt));
}

#[test]
#[rustfmt::skip]
fn what_is_no_receipt_is_refused_with_its_line() {
    let head = "lvsim receipt 1\nframe a\n  00\niface h:e\n";
    let rows: &[(String, usize, &str)] = &[
        (String::new(),                                1, "not a receipt of this version"),
        ("lvsim receipt 2\n".into(),                   1, "record it anew: lvsim kernel record"),
        ("lvsim receipt 1\nframes\n".into(),           2, "known: version, frame, iface, output"),
        ("lvsim receipt 1\n  00\n".into(),           2, "belongs to nothing"),
        ("lvsim receipt 1\nversion 6\n".into(),        2, "NAME: VERSION"),
        (format!("{head}  0.1 a\n"),                 5, "`0.1` is no time"),
        (format!("{head}  99999999999999.000000 a\n"), 5, "is no time"),
        (format!("{head}  0.100000 b\n"),            5, "no frame is named `b`"),
        (format!("{head}iface h:e\n"),                 5, "each once"),
        (format!("{head}iface h\n"),                   5, "NODE:IFACE"),
        (format!("{head}frame a\n"),                   5, "a name of its own: `a`"),
        (format!("{head}frame b like c\n"),            5, "no frame is named `c`"),
        (format!("{head}frame b like a\n  @2 00\n"),  6, "`@2` is no place in a frame of 1 bytes"),
        (format!("{head}frame b # a\n  0g\n"),       6, "`0g` is no word of bytes"),
        (format!("{head}frame b\n  000\n"),          6, "`000` is no word"),
        (format!("{head}frame b\n  00*0\n"),         6, "`00*0` is no word"),
        (format!("{head}frame b\n  00*99999999999\n"), 6, "is no word"),
        (format!("{head}frame b\n  00*60000 00*60000\n"), 6, "at most 65550 bytes"),
        (format!("{head}frame b\n  0000++4\n"),      6, "`0000++4` is no word"),
        (format!("{head}frame b\n  \"a\n"),          6, "no closing quote"),
        (format!("{head}frame b\n  \"\\x\"\n"),      6, "\\\" and \\\\ only"),
        (format!("{head}output h 0.000000 0.000000: x\n"), 5, "NODE FROM TO status STATUS: COMMAND"),
        (format!("{head}output h 0.000000 - status 256: x\n"), 5, "NODE FROM TO status STATUS: COMMAND"),
        (format!("{head}output h 0.000000 - status -: x\n  a\n"), 6, "begins with |"),
        (format!("{head}output h 0.000000 - status -: x\n  >a\n  |b\n"), 7, "begins with |"),
        (format!("{head}output h 0.000000 - status -: x\n  |\\x\n"), 6, "behind a backslash"),
    ];
    for (text, line, words) in rows {
        let bad = Receipt::parse(text).unwrap_err();
        assert_eq!(bad.line, *line, "{text}: {bad}");
        assert!(bad.what.en.contains(words), "{text}: {bad}");
    }
}

fn any_output() -> impl Strategy<Value = Output> {
    let ns = || (0..9_000_000_000_u64).prop_map(|micros| micros * 1_000);
    let status = prop::option::of(any::<u8>());
    ("[a-z0-9-]{1,9}", ".{1,20}", status, "(?s).{0,60}", ns(), prop::option::of(ns())).prop_map(
        |(node, text, status, output, at_ns, end_ns)| Output {
            node,
            text,
            status,
            output,
            at_ns,
            end_ns,
        },
    )
}

fn any_receipt() -> impl Strategy<Value = Receipt> {
    let bytes = prop_oneof![
        near_frames(),
        // Runs of all kinds.
        prop::collection::vec((any::<u8>(), 0..3_u8, 1..30_usize), 0..9).prop_map(|runs| {
            let run = |(first, step, len): (u8, u8, usize)| {
                (0..len).map(move |nth| first.wrapping_add(step * nth as u8))
            };
            runs.into_iter().flat_map(run).collect()
        }),
        "[ -~\r\n\t]{0,200}".prop_map(|text| [&[0; 14][..], text.as_bytes()].concat()),
    ];
    let frame = ((0..1_000_000_u64), bytes)
        .prop_map(|(micros, bytes)| Captured { at_ns: micros * 1_000, bytes });
    let captures = prop::collection::btree_map(
        ("[a-z0-9-]{1,9}", "[a-z0-9.]{1,9}"),
        prop::collection::vec(frame, 0..5),
        0..4,
    );
    let versions = prop::collection::btree_map("[a-z0-9-]{1,9}", ".{0,20}", 0..3);
    (versions, captures, prop::collection::vec(any_output(), 0..3)).prop_map(
        |(versions, captures, outputs)| {
            let captures = captures.into_iter();
            let captures = captures.map(|((node, iface), frames)| Capture { node, iface, frames });
            let recording =
                Recording { captures: captures.collect(), outputs, ..Recording::default() };
            Receipt { versions, recording }
        },
    )
}

proptest! {
    /// A receipt is read as it was written.
    #[test]
    fn what_is_printed_is_read_as_the_same(receipt in any_receipt()) {
        let text = receipt.to_string();
        prop_assert_eq!(Receipt::parse(&text), Ok(receipt), "{}", text);
    }

    /// A recording is equal to itself, and to its receipt.
    #[test]
    fn what_is_recorded_equals_its_receipt(receipt in any_receipt()) {
        let own = Receipt::new(&receipt.recording, BTreeMap::new());
        prop_assert_eq!(told(&receipt.recording, &own.recording), "");
        prop_assert_eq!(&Receipt::new(&own.recording, BTreeMap::new()), &own);
    }

    /// Two frames that differ have a field in which they do.
    #[test]
    fn each_difference_has_a_field(one in near_frames(), other in near_frames()) {
        prop_assert_eq!(fields(&one, &other).is_empty(), one == other);
    }

    /// A text that is near to a receipt is read or refused.
    #[test]
    fn no_text_makes_it_panic(receipt in any_receipt(), at: prop::sample::Index, put in "(?s).{0,9}") {
        let mut text = receipt.to_string();
        let place = text.floor_char_boundary(at.index(text.len()));
        text.insert_str(place, &put);
        drop(Receipt::parse(&text));
    }
}
