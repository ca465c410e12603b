//! Counterfactuals of a lab with three faults.

use super::*;
use crate::Lang;
use crate::scenario::{Line, Located, Scenario, Step};
use crate::story::open;
use crate::whatif::{Change, When};

/// A DR lab. rs1 answers ARP for the VIP; the servers' way back is checked too strictly by the
/// router, in two places.
fn lab(rs1: &str, router: &str) -> Scenario {
    let text = format!(
        r#"(
    title: (en: "t", zh: "t"),
    nodes: [
        Host(name: "client", nics: [("eth0", "02:00:00:00:00:c1")], setup: [
            "ip addr add 10.0.0.10/24 dev eth0", "ip route add default via 10.0.0.1",
        ]),
        Host(name: "router", nics: [("eth0", "02:00:00:00:00:a0"), ("eth1", "02:00:00:00:00:a1")], setup: [
            "ip addr add 10.0.0.1/24 dev eth0", "ip addr add 192.0.2.1/24 dev eth1",
            "sysctl -w net.ipv4.ip_forward=1",{router}
        ]),
        Switch(name: "lan", ports: 3),
        Host(name: "director", nics: [("eth0", "02:00:00:00:00:d1")], setup: [
            "ip addr add 192.0.2.2/24 dev eth0", "ip addr add 192.0.2.100/32 dev eth0",
            "ip route add default via 192.0.2.1",
            "ipvsadm -A -t 192.0.2.100:80 -s rr", "ipvsadm -a -t 192.0.2.100:80 -r 192.0.2.11 -g",
        ]),
        Host(name: "rs1", nics: [("eth0", "02:00:00:00:00:51")], serves: ["http 80"], setup: [
            "ip addr add 192.0.2.11/24 dev eth0", "ip addr add 192.0.2.100/32 dev lo",{rs1}
        ]),
    ],
    links: [
        (a: "client:eth0", b: "router:eth0"), (a: "router:eth1", b: "lan:0"),
        (a: "director:eth0", b: "lan:1"), (a: "rs1:eth0", b: "lan:2"),
    ],
    story: [Do(on: "client", run: ["curl -m 4 http://192.0.2.100/"]), Wait(Idle)],
)"#
    );
    open("t.ron", &text, None, false).expect("it loads")
}

const ARP: &str = r#""sysctl -w net.ipv4.conf.all.arp_ignore=1 net.ipv4.conf.all.arp_announce=2","#;
const GATEWAY: &str = r#""ip route add default via 192.0.2.1","#;

/// The first verdict of this code.
fn verdict(search: &Search, code: &str) -> usize {
    let verdicts = &search.base().verdicts;
    let found = verdicts.iter().position(|verdict| verdict.code == code);
    found.unwrap_or_else(|| panic!("{code} is not in {verdicts:?}"))
}

/// What turns the first verdict of a code.
fn found(scenario: Scenario, code: &str) -> (String, Turned) {
    let mut search = Search::of(scenario).expect("it is set up");
    let at = verdict(&search, code);
    let found = search.find(at).found.expect("something turns it");
    assert!(search.is_smallest(at, &found), "{found:?}");
    let changes: Vec<String> = found.changes.iter().map(ToString::to_string).collect();
    (changes.join("; "), found.turned)
}

#[test]
#[rustfmt::skip]
fn each_verdict_has_the_nearest_smallest_change() {
    let both = format!("{ARP}{GATEWAY}");
    //  rs1       router                                  verdict                         what turns it                                              what becomes of it
    let rows = [
        (GATEWAY, "",                                     "arp.reply.any-interface",      "rs1: sysctl -w net.ipv4.conf.all.arp_ignore=1",            Turned::Mended),
        (&both,   r#""iptables -P FORWARD DROP","#,       "netfilter.policy.drop",        "router: iptables -P FORWARD ACCEPT",                       Turned::Healed),
        (&both,   r#""sysctl -w net.ipv4.ip_forward=0","#, "ip.drop.not-forwarding",      "router: sysctl -w net.ipv4.ip_forward=1",                  Turned::Healed),
    ];
    for (rs1, router, code, change, turned) in rows {
        assert_eq!(found(lab(rs1, router), code), (change.to_owned(), turned), "{code}");
    }
}

/// What the step before has typed stands when a knob is turned before the next one.
#[test]
fn what_the_step_before_has_typed_is_a_knob() {
    let mut scenario = lab(&format!("{ARP}{GATEWAY}"), "");
    let drop = "iptables -A INPUT -p tcp --dport 80 -j DROP".to_owned();
    let step = Step::Do { on: "rs1".into(), run: vec![Line::from(drop)] };
    scenario.story.insert(0, Located::from(step));
    let mut search = Search::of(scenario).expect("it is set up");
    let at = verdict(&search, "netfilter.rule.drop");
    let found = search.find(at).found.expect("something turns it");
    // There is a rule to be passed by then.
    assert_eq!(found.changes, [Change::typed("rs1", "iptables -I INPUT -j ACCEPT")]);
    assert_eq!((found.when, found.turned), (When::Before(1), Turned::Healed));
}

#[test]
fn what_people_try_is_played_and_does_nothing() {
    let mut search = Search::of(lab(GATEWAY, "")).expect("it is set up");
    let at = verdict(&search, "arp.reply.any-interface");
    let misses = search.near_misses(at);
    let lo = Change::typed("rs1", "sysctl -w net.ipv4.conf.lo.arp_ignore=1");
    assert!(misses.iter().any(|miss| miss.changes == [lo.clone()]), "{misses:?}");
    let run = search.base().with(&[lo], When::Setup).expect("it can be typed");
    assert_eq!(search.base().judged(&run)[at], Turned::Not);
    let cure = Change::typed("rs1", "sysctl -w net.ipv4.conf.all.arp_ignore=1");
    assert!(misses.iter().all(|miss| miss.changes != [cure.clone()]));
}

#[test]
fn a_change_that_cannot_be_typed_is_none() {
    let base = Base::play(lab(GATEWAY, "")).expect("it is set up");
    let twice = Change::typed("rs1", "ip addr add 192.0.2.100/32 dev lo");
    assert!(base.with(&[twice], When::Setup).is_none());
}

#[test]
fn two_causes_in_series_take_a_pair() {
    let drop = r#""iptables -P FORWARD DROP","sysctl -w net.ipv4.ip_forward=0","#;
    let mut search = Search::of(lab(&format!("{ARP}{GATEWAY}"), drop)).expect("it is set up");
    let at = verdict(&search, "ip.drop.not-forwarding");
    let alone = search.find(at).found.expect("something turns it");
    assert_eq!(alone.changes.len(), 1);
    assert!(alone.turned > Turned::Healed, "{alone:?}");
    let pair = search.pair(at).expect("two heal it");
    assert_eq!((pair.changes.len(), pair.turned), (2, Turned::Healed), "{pair:?}");
}

#[test]
fn it_is_told_in_both_languages() {
    let mut search = Search::of(lab(GATEWAY, "")).expect("it is set up");
    let at = verdict(&search, "arp.reply.any-interface");
    let (tried, misses) = (search.find(at), search.near_misses(at));
    let told = |lang| tell(search.base(), at, &tried, &misses, lang);
    let english = told(Lang::En);
    assert!(english.contains("rs1 arp.reply.any-interface: "), "{english}");
    assert!(
        english.contains("otherwise with: rs1: sysctl -w net.ipv4.conf.all.arp_ignore=1\n"),
        "{english}"
    );
    let miss = "no difference with: rs1: sysctl -w net.ipv4.conf.lo.arp_ignore=1\n";
    assert!(english.contains(miss), "{english}");
    let chinese = told(Lang::Zh);
    assert!(chinese.contains("这样就会不同: rs1: sysctl -w"), "{chinese}");
    assert_eq!(english.lines().count(), chinese.lines().count());
}
