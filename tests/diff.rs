//! Two runs side by side: what is the same is told as the same, what is not by its first cause, and
//! it does not matter which of the two is asked about first.

use lvsim_tests::lvsim::run as run_binary;
use lvsim_tests::plays::{self, Play};
use sim_core::scenario::{Node, Scenario};
use sim_core::whatif::{Change, Comparison, Difference, Divergence, Given, Row, Run, When};

fn run(play: &Play) -> Run {
    Run { player: play.player.clone(), trace: play.trace.clone() }
}

fn first_host(scenario: &Scenario) -> &str {
    let is_host =
        |node: &&sim_core::scenario::Located<Node>| matches!(node.value, Node::Host { .. });
    scenario.nodes.iter().find(is_host).expect("a scenario has a host").name()
}

/// The scenario with this line typed on its first host.
fn with(scenario: &Scenario, line: &str, when: When) -> Run {
    let change = Change::typed(first_host(scenario), line);
    let changed = Given::apply(&[Given { change, when }], scenario);
    Run::play(changed).expect("the line can be typed")
}

/// What is found, in words that tell a failure.
fn told(name: &str, found: &Comparison, runs: [&Run; 2]) -> String {
    let seen = |own: &Divergence| {
        let of = |side: usize| {
            Some(runs[side].seen(own.events[side]?, own.entries[side], sim_core::Lang::En))
        };
        format!("\n  {:?} {:?}\n    {:?}", own.difference, of(0), of(1))
    };
    let parts: String = found.divergences.iter().take(2).map(seen).collect();
    format!("{name}: {} divergences{parts}\n  {:?}", found.divergences.len(), found.rows.first())
}

#[test]
fn every_scenario_is_the_same_as_itself_and_a_look_changes_nothing() {
    let mut faults = Vec::new();
    for play in plays::played() {
        let name = &play.file.name;
        let own = run(play);
        let found = Comparison::of([&own, &own]);
        if !found.is_same() || !found.typed.is_empty() {
            faults.push(told(name, &found, [&own, &own]));
        }
        let looked = with(play.player.scenario(), "ip addr", When::Setup);
        let found = Comparison::of([&own, &looked]);
        let only =
            matches!(found.typed[..], [Divergence { events: [None, Some(_)], followed: 0, .. }]);
        if !found.is_same() || !only {
            faults.push(told(name, &found, [&own, &looked]));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// The same with first and second in each other's place.
fn mirrored(found: &Comparison) -> Comparison {
    let turned = |all: &[Divergence]| -> Vec<Divergence> {
        let turned = all.iter().map(|own| {
            let (mut events, mut entries) = (own.events, own.entries);
            events.reverse();
            entries.reverse();
            Divergence { events, entries, ..*own }
        });
        turned.collect()
    };
    let row = |row: &Row| {
        let [one, other] = row.rows.clone();
        Row { rows: [other, one], ..row.clone() }
    };
    Comparison {
        typed: turned(&found.typed),
        divergences: turned(&found.divergences),
        rows: found.rows.iter().map(row).collect(),
    }
}

#[test]
fn who_is_first_does_not_matter() {
    let mut differing = 0;
    for play in plays::played() {
        let own = run(play);
        let at = When::Before(play.player.scenario().story.len() / 2);
        let other = with(play.player.scenario(), "ip link set eth0 down", at);
        let (found, back) = (Comparison::of([&own, &other]), Comparison::of([&other, &own]));
        differing += usize::from(!found.is_same());
        let mut expected = mirrored(&found);
        // Rows that only one run has stand behind those that the first one has.
        let (mut back, sort) = (back, |rows: &mut Vec<Row>| {
            rows.sort_by(|one, other| {
                (&one.node, one.table, &one.rows).cmp(&(&other.node, other.table, &other.rows))
            });
        });
        sort(&mut back.rows);
        sort(&mut expected.rows);
        let name = &play.file.name;
        assert_eq!(expected.typed, back.typed, "{name}");
        assert_eq!(expected.divergences, back.divergences, "{name}");
        assert_eq!(expected.rows, back.rows, "{name}");
    }
    assert!(differing > 150, "only {differing} scenarios notice that a card goes down");
}

#[test]
#[rustfmt::skip]
fn the_first_divergence_is_the_cause() {
    for (name, change, node, difference, codes) in [
        // scenario             what is typed                                            the first divergence
        ("dr/no-arp-settings",  "rs1: sysctl -w net.ipv4.conf.all.arp_ignore=1",        "rs1",      Difference::Decision, ["arp.reply.any-interface", "arp.silent.not-on-interface"]),
        ("dr/no-arp-settings",  "rs2: sysctl -w net.ipv4.conf.lo.arp_ignore=1",         "",         Difference::Missing,  ["", ""]),
        ("nat/seed",            "@end director: sysctl -w net.ipv4.ip_forward=0",       "",         Difference::Missing,  ["", ""]),
    ] {
        let found = plays::played().find(|play| play.file.name == format!("scenarios/{name}.ron"));
        let play = found.expect("it is shipped");
        let given = Given::parse(change, play.player.scenario()).expect("it can be typed");
        let other = Run::play(Given::apply(&[given], play.player.scenario())).expect("it is set up");
        let own = run(play);
        let found = Comparison::of([&own, &other]);
        let Some(first) = found.divergences.first() else {
            assert_eq!(node, "", "{}", told(name, &found, [&own, &other]));
            continue;
        };
        assert_eq!(first.difference, difference, "{}", told(name, &found, [&own, &other]));
        for (side, run) in [&own, &other].into_iter().enumerate() {
            let event = first.events[side].expect("both have it");
            let seen = run.seen(event, first.entries[side], sim_core::Lang::En);
            assert_eq!(seen.node, node);
            let code = seen.then.iter().find_map(|then| match then {
                sim_core::whatif::Then::Decided { code, .. } => Some(*code),
                _ => None,
            });
            assert_eq!(code, Some(codes[side]));
        }
    }
}

#[test]
#[rustfmt::skip]
fn the_command_line_says_what_it_found_and_ends_with_diffs_codes() {
    const LAB: &str = "dr/no-arp-settings";
    let rows: [(&[&str], i32, &str); 13] = [
        // arguments                                                    code, and the words of it
        (&["diff", LAB, LAB],                                                0, "== the same\n"),
        (&["diff", LAB, "--with", "client: ip addr"],                        0, "== the same, but for what was typed"),
        (&["diff", LAB, "--with", "rs1: sysctl -w net.ipv4.conf.all.arp_ignore=1"], 1, "first divergence, at rs1: another decision"),
        (&["diff", "dr/arp-ignore-only", LAB],                               1, "first divergence, at rs2: another decision"),
        (&["diff", LAB, LAB, "--with", "rs2: ip link set eth0 mtu 1400"],    1, "link\n  - eth0: "),
        (&["diff", LAB, "--with", "@end client: curl http://10.9.9.9/ -m 1"], 0, "+ client$ curl http://10.9.9.9/ -m 1"),
        (&["diff", LAB, "--with", "@51 client: nc -l 99"],                       1, "\n+ scenarios/dr/no-arp-settings.ron:"),
        (&["diff", LAB],                                                     2, "<OTHER>"),
        (&["diff", LAB, "--with", "rs3: ip addr"],                           2, "--with:1: `rs3` is no host of this scenario; it has client router"),
        (&["diff", LAB, "--with", "@7 rs1: ip addr"],                        2, "`@7`: no step of the story begins on such a line"),
        (&["diff", LAB, "--with", "rs1: ip adr"],                            2, "--with:1: `ip adr`: "),
        (&["diff", LAB, "--with", "rs1: ip route del 10.9.0.0/16"],          2, "--with:1:1: on rs1: `ip route del 10.9.0.0/16` failed"),
        (&["run", LAB, "--with", "rs1: sysctl -w net.ipv4.conf.all.arp_ignore=1"], 1, "net.ipv4.conf.all.arp_ignore=1 (--with:1)"),
    ];
    for (args, code, words) in rows {
        let said = run_binary(args);
        assert_eq!(said.status, Some(code), "{args:?}: {said:?}");
        let [told, silent] = if code == 2 { [&said.err, &said.out] } else { [&said.out, &said.err] };
        assert!(told.contains(words), "{args:?}:\n{told}");
        assert_eq!(silent, "", "{args:?}");
    }
}

/// Texts of two columns keep to 80 in a pipe.
#[test]
fn two_columns_fit_eighty() {
    for lang in ["en", "zh"] {
        let said =
            run_binary(&["diff", "dr/arp-ignore-only", "dr/no-arp-settings", "--lang", lang]);
        let beside: Vec<&str> = said.out.lines().filter(|line| line.contains(" | ")).collect();
        assert!(beside.len() > 20, "{}", said.out);
        let columns =
            |line: &str| line.chars().map(|c| 1 + usize::from(c >= '\u{1100}')).sum::<usize>();
        let wide = beside.iter().find(|line| columns(line) > 80);
        assert_eq!(wide, None);
    }
}
