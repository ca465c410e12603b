//! Why: from what a client saw back to the line that a person would name, in every scenario, and in
//! words for whoever asks for what is not there.

use lvsim_tests::golden;
use lvsim_tests::lvsim::run as run_binary;
use lvsim_tests::plays::{self, Play};
use sim_core::event::NodeId;
use sim_core::whatif::Run;
use sim_core::why::{About, Asked, Saw, Set, Told, Why};

fn run(play: &Play) -> Run {
    Run { player: play.player.clone(), trace: play.trace.clone() }
}

fn played(name: &str) -> Run {
    let file = format!("scenarios/{name}.ron");
    run(plays::played().find(|play| play.file.name == file).expect("it is shipped"))
}

fn node(run: &Run, name: NodeId) -> String {
    run.player.world.net.node(name).name.to_string()
}

/// The lines on which something was set.
fn lines(run: &Run, set: &[Set]) -> Vec<String> {
    let places = set.iter().filter_map(|own| own.place(run));
    places.filter_map(|place| Some(place.rsplit_once(':')?.1.to_owned())).collect()
}

/// A decision in short: `NODE CODE LINES`, with `< LINES` for those that led to it.
fn short(run: &Run, told: &Told) -> String {
    let (node, code) = (node(run, told.decision.node), told.decision.code());
    let mut words = vec![node, code.to_owned()];
    words.extend(lines(run, &told.set));
    if !told.led.is_empty() {
        words.push("<".to_owned());
        words.extend(lines(run, &told.led));
    }
    words.join(" ")
}

/// The decisions behind the last failure, in causal order, with the lines that they rest on.
#[test]
#[rustfmt::skip]
fn the_last_failure_leads_to_the_line_that_a_person_would_name() {
    let rows: &[(&str, &[&str])] = &[
        // One that the scenario sets: an address, a route, a filter, a rule, a weight, an MTU.
        ("dr/two-causes",              &["router ip.drop.reverse-path 17 20"]),
        ("dr/gateway-is-director",     &["director ip.drop.own-source 20"]),
        ("dr/director-asks",           &["director ipvs.route.local-refused 14"]),
        ("nat/loopback",               &["director ipvs.route.none 58 14"]),
        ("nat/no-destination",         &["director ipvs.dest.none 16 19 20"]),
        ("netfilter/forward-drop",     &["director netfilter.policy.drop 19"]),
        ("netfilter/nf-chains",        &["director netfilter.rule.drop 82"]),
        ("netfilter/masquerade",       &["box netfilter.rule.reject 18"]),
        ("netfilter/table-full",       &["router netfilter.conntrack.full 20"]),
        ("arp/table-full",             &["router neigh.table-full 16"]),
        ("operate/half-dead",          &["rs2 tcp.taken 43"]),
        ("operate/mtu-chain",          &["r2 ip.drop.too-big 19 23"]),
        ("tun/rp",                     &["rs1 ip.drop.reverse-path 28 72"]),
        // None of its own, and one that brought the packet there: a route past the director, a port
        // that nobody listens on, a method changed unawares, an entry that somebody has typed.
        ("nat/gateway-is-router",      &["client tcp.reset.unknown-connection < 35"]),
        ("nat/one-armed",              &["client tcp.reset.unknown-connection < 30"]),
        ("nat/edit-method",            &["rs2 ip.drop.not-forwarding < 50"]),
        ("nat/seed-typo",              &["director ip.drop.no-route < 9"]),
        ("dr/port-map",                &["rs2 tcp.reset.no-listener < 27"]),
        ("tun/no-module",              &["rs1 ip.drop.no-protocol < 24"]),
        ("dr/static-arp",              &["rs2 eth.drop.other-mac < 73"]),
        ("operate/static-failover",    &["rs2 eth.drop.other-mac < 16"]),
        // A step of the story.
        ("nat/dead-server",            &["rs1 arp.silent.not-mine < 40"]),
        ("operate/no-check",           &["rs1 eth.drop.other-mac < 58"]),
        // Several: silent for another reason each, and one after the other.
        ("dr/no-vip-director",         &["rs2 arp.silent.not-on-interface 38 37", "rs1 arp.silent.not-on-interface 32 31", "director arp.silent.not-mine < 24"]),
        ("operate/black-hole",         &["r1 ip.drop.too-big 64 23", "fw netfilter.rule.drop 52"]),
        ("icmp/another-director",      &["r2 ip.drop.too-big 26 30", "d2 icmp.error.no-socket < 28"]),
    ];
    let mut faults = Vec::new();
    for (name, wanted) in rows {
        let run = played(name);
        let why = Why::of(&run, Asked::LastFailure);
        let told: Vec<String> = why.told.iter().map(|told| short(&run, told)).collect();
        if told != *wanted {
            faults.push(format!("{name}: {told:?}, wanted {wanted:?}"));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Two lines, each harmless by itself: the second decision follows from the first, and its chain
/// goes on where that one's ended.
#[test]
fn two_causes_in_series_are_one_chain() {
    let run = played("operate/black-hole");
    let why = Why::of(&run, Asked::LastFailure);
    let [first, second] = &why.told[..] else { panic!("{:?}", why.told) };
    let (narrow, filter) = (first.event.expect("an event"), second.event.expect("an event"));
    let causes = sim_core::cause::Causes::new(&run.trace, &run.player.world);
    assert!(causes.chain(filter).contains(&narrow));
    assert_eq!(second.chain.iter().map(|link| link.event).collect::<Vec<_>>(), [filter]);
    assert_eq!((first.times, second.times), (7, 7), "retransmissions are counted");
    assert_eq!(why.saw, Some(Saw::Nothing));
}

/// What a chain must be: from what somebody typed on, in order, no event twice, and to the decision.
fn check_chain(name: &str, why: &Why) {
    let mut events = Vec::new();
    for told in &why.told {
        for link in &told.chain {
            assert!(!events.contains(&link.event), "{name}: an event is told twice");
            events.push(link.event);
        }
        let own: Vec<usize> = told.chain.iter().map(|link| link.event).collect();
        assert!(own.is_sorted(), "{name}: {own:?}");
        if let (Some(last), Some(event)) = (own.last(), told.event) {
            assert_eq!(*last, event, "{name}: a chain ends at its decision");
        }
        assert!(told.set.is_empty() || told.led.is_empty(), "{name}: {told:?}");
        assert!(!told.is_missing || told.set.is_empty(), "{name}: {told:?}");
        assert!(!told.decision.notes.is_empty(), "{name}");
    }
}

#[test]
fn every_node_frame_and_failure_of_every_scenario_has_an_answer() {
    let mut failures = 0;
    for play in plays::played() {
        let (name, run) = (&play.file.name, run(play));
        let mut asked: Vec<Asked> = run.player.world.net.node_ids().map(Asked::Node).collect();
        asked.push(Asked::LastFailure);
        for words in ["0", "arp", "tcp", "udp", "icmp"] {
            asked.extend(Asked::parse(words, &run));
        }
        for asked in asked {
            let why = Why::of(&run, asked);
            check_chain(name, &why);
            assert_eq!(why, Why::of(&run, asked), "{name}: the same answer twice");
            let is_failure = matches!(why.about, About::Request(..));
            failures += usize::from(is_failure);
            // Only who has done nothing at all has decided nothing; a command may fail by itself.
            let silent = why.told.is_empty();
            let is_excused = match why.about {
                About::Node(node) => {
                    !sim_core::why::decisions(&run.trace).iter().any(|own| own.node == node)
                }
                About::Request(request, _) => !sim_core::why::said(&run, request.job).is_empty(),
                About::Nothing => true,
                About::Frame { .. } | About::Failure(_) | About::LastAgainst => false,
            };
            assert!(!silent || is_excused, "{name}: nothing is said of {asked:?}");
        }
    }
    assert!(failures > 60, "only {failures} scenarios have a request that fails");
}

#[test]
#[rustfmt::skip]
fn the_command_line_answers_and_refuses() {
    const LAB: &str = "dr/no-arp-settings";
    let rows: [(&[&str], i32, &str); 19] = [
        // arguments                             code, and the words of it
        (&["why", "dr/two-causes", "last-failure"],  0, "request 2, of client, was not served"),
        (&["why", LAB, "last-failure"],              0, "no request and no expectation failed"),
        (&["why", LAB, "2"],                         0, "why frame 2 went as it did\n"),
        (&["why", LAB, "0.106000"],                  0, "why frame 4 went as it did, the first"),
        (&["why", LAB, "0.106s"],                    0, "others that fit: 2"),
        (&["why", LAB, "arp", "reply"],              0, "others that fit: 7"),
        (&["why", LAB, "rs1"],                       0, "what rs1 decided last"),
        (&["why", LAB, "3", "--with", "rs1: sysctl -w net.ipv4.conf.all.arp_ignore=8"], 0, "arp_ignore=8 (--with:1)"),
        (&["why", "tun/rp", "last-failure", "--otherwise"], 0, "otherwise rs1: sysctl -w net.ipv4.conf.all.rp_filter=0 (before line 81)"),
        (&["why", "tun/rp", "last-failure", "--otherwise"], 0, "no use rs1: sysctl -w net.ipv4.conf.lo.rp_filter=0"),
        (&["why", LAB, "arp", "reply", "--otherwise"], 0, "otherwise not searched: this is no decision against a packet"),
        (&["why", LAB],                              2, "<FRAME|NODE|last-failure>"),
        (&["why", LAB, "rs9"],                       2, "did you mean rs1?"),
        (&["why", LAB, "last-failur"],               2, "did you mean last-failure?"),
        (&["why", LAB, "900"],                       2, "no frame 900; the run has 0 to 151"),
        (&["why", LAB, "5s"],                        2, "no frame passed at 5s or later"),
        (&["why", LAB, "0.1005s"],                   2, "no frame passed at 0.1005s; the next one is 0, at 0.101000"),
        (&["why", LAB, "tcp prt 80"],                2, "`tcp prt 80` describes no frame: `prt`"),
        (&["why", "dr/none", "last-failure"],        2, "dr/none: no such file"),
    ];
    for (args, code, words) in rows {
        let said = run_binary(args);
        assert_eq!(said.status, Some(code), "{args:?}: {said:?}");
        let [told, silent] = if code == 2 { [&said.err, &said.out] } else { [&said.out, &said.err] };
        // A sentence may be broken at any blank.
        let flat = told.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(flat.contains(words.trim_end()), "{args:?}:\n{told}");
        assert_eq!(silent, "", "{args:?}");
    }
}

/// An expectation that fails is asked about where it looked.
#[test]
fn a_failed_expectation_is_answered_where_it_looked() {
    let lab = played("dr/two-causes").player.scenario().clone();
    let rows = [
        // What is expected, and what is told first.
        (r#"Because(on: "rs1", code: "arp.reply.any-interface")"#, "rs1 "),
        (
            r#"Never(on: "rs1", code: "arp.silent.not-on-interface")"#,
            "rs1 arp.silent.not-on-interface",
        ),
        (r#"NoFrame(on: "rs1:eth0", is: "arp who-has 172.16.100.100")"#, "rs1 "),
        (r#"Path("ARP Reply 10.0.0.1", ["router", "director"])"#, "client neigh.learned"),
        (r#"Conns(on: "director", count: 7)"#, "director "),
        (r#"Served(["director"])"#, ""),
    ];
    for (expected, told) in rows {
        // Without what fails in its story, all else is the lab's.
        let ping = r#"Do(on: "client", run: ["ping -c 1 172.16.100.100"]),"#;
        let text = lab.to_ron();
        let start = text.find("story:").expect("it has a story");
        let text = format!("{}story: [{ping} Expect({expected})])", &text[..start]);
        let scenario = sim_core::story::open("t.ron", &text, None, false).expect("it is a file");
        let run = Run::play(scenario).expect("it is set up");
        assert_eq!(run.player.failures().len(), 1, "{expected}");
        let why = Why::of(&run, Asked::LastFailure);
        let first = why.told.first().map(|told| short(&run, told)).unwrap_or_default();
        assert!(first.starts_with(told), "{expected}: {first}");
        assert!(matches!(why.about, About::Failure(0) | About::Request(_, Some(0))), "{expected}");
    }
}

/// The pages show what is really told.
#[test]
fn the_book_shows_real_answers() {
    for (page, lang) in [("book/why.md", "en"), ("book/why.zh.md", "zh")] {
        for (mark, lab) in [("series", "operate/black-hole"), ("missing", "nat/gateway-is-router")]
        {
            let said = run_binary(&["why", lab, "last-failure", "--lang", lang]);
            assert_eq!(said.status, Some(0), "{said:?}");
            let text = format!("\n```text\n{}```\n", said.out);
            assert!(golden::is_kept_within(page, mark, &text), "{page} {mark}: UPDATE=1 writes it");
        }
    }
}

/// What is told keeps to 80 columns in a pipe, in both languages, whatever is asked about.
#[test]
fn it_fits_eighty() {
    let columns =
        |line: &str| line.chars().map(|c| 1 + usize::from(c >= '\u{2e80}')).sum::<usize>();
    for lang in ["en", "zh"] {
        for (name, about) in [
            ("operate/black-hole", "last-failure"),
            ("dr/no-vip-director", "last-failure"),
            ("nat/failover", "d1"),
            ("tun/too-narrow", "tcp"),
        ] {
            let said = run_binary(&["why", name, about, "--lang", lang]);
            assert_eq!(said.err, "", "{name}");
            let wide = said.out.lines().find(|line| columns(line) > 80);
            assert_eq!(wide, None, "{name} {about} {lang}");
        }
    }
}
