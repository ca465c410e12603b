//! The list of knobs: what it holds for a lab, and that each can be typed.

use std::collections::BTreeSet;

use lvs_engine::Sysctl;

use super::*;
use crate::host::sysctl::{Conf, Global, NeighConf, Tracking};
use crate::story::open;

const LAB: &str = r#"(
    title: (en: "t", zh: "t"),
    nodes: [
        Host(name: "client", nics: [("eth0", "02:00:00:00:00:c1")], setup: [
            "ip addr add 192.0.2.10/24 dev eth0",
            "ip route add 198.51.100.0/24 via 192.0.2.2",
        ]),
        Switch(name: "lan", ports: 4),
        Host(name: "director", nics: [("eth0", "02:00:00:00:00:d1")], setup: [
            "ip addr add 192.0.2.2/24 dev eth0",
            "ip addr add 192.0.2.100/32 dev eth0",
            "ipvsadm -A -t 192.0.2.100:80 -s rr",
            "ipvsadm -a -t 192.0.2.100:80 -r 192.0.2.11 -g -w 3",
            "iptables -P FORWARD DROP; iptables -A INPUT -p icmp -j DROP",
        ]),
        Host(name: "rs1", nics: [("eth0", "02:00:00:00:00:51")], serves: ["http 80"], setup: [
            "ip addr add 192.0.2.11/16 dev eth0",
            "ip addr add 192.0.2.100/32 dev lo",
            "ip addr add 192.0.2.100/32 dev lo",
        ]),
        Host(name: "rs2", nics: [("eth0", "02:00:00:00:00:52")], serves: ["http 80"], setup: [
            "ip addr add 192.0.2.12/24 dev eth0",
            "ip addr add 192.0.2.100/32 dev lo",
            "sysctl -w net.ipv4.conf.all.arp_ignore=1",
        ]),
    ],
    links: [
        (a: "client:eth0", b: "lan:0"), (a: "director:eth0", b: "lan:1"),
        (a: "rs1:eth0", b: "lan:2", mtu: 1400), (a: "rs2:eth0", b: "lan:3"),
    ],
    story: [Do(on: "client", run: ["curl -m 2 http://192.0.2.100/"]), Wait(Idle)],
)"#;

fn lab() -> Scenario {
    open("t.ron", LAB, None, false).expect("it loads")
}

/// A knob as a person would write it.
fn shown(knob: &Knob) -> String {
    knob.changes.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

#[test]
fn a_broken_setup_has_knobs_and_the_failed_line_is_kept() {
    let lab = lab();
    let mut trace = Trace::default();
    assert!(Player::new(lab.clone(), &mut Trace::default()).is_err(), "an address twice");
    let player = Player::tolerant(lab, &mut trace).expect("it comes to an end");
    let [line] = player.failed_lines() else { panic!("{:?}", player.failed_lines()) };
    assert!(line.to_string().contains("File exists"), "{line}");
}

#[test]
#[rustfmt::skip]
fn the_list_holds_what_people_try() {
    let knobs = universe(&lab()).expect("it is set up");
    let about = |host: &str, line| Some(About { host: host.into(), line });
    //  kind             what is done                                                    the line that it corrects
    let wanted = [
        (Kind::Sibling,   "rs1: sysctl -w net.ipv4.conf.all.arp_ignore=1",               None),
        (Kind::Setting,   "rs1: sysctl -w net.ipv4.conf.all.arp_announce=2",             None),
        (Kind::Setting,   "rs1: sysctl -w net.ipv4.conf.lo.arp_ignore=1",                None),
        (Kind::Setting,   "rs2: sysctl -w net.ipv4.conf.all.arp_ignore=0",               about("rs2", 2)),
        (Kind::Setting,   "director: sysctl -w net.ipv4.ip_forward=1",                   None),
        (Kind::Setting,   "director: sysctl -w net.ipv4.vs.conntrack=1",                 None),
        (Kind::Address,   "rs1: ip addr del 192.0.2.100/32 dev lo",                      about("rs1", 1)),
        (Kind::Address,   "rs1: ip addr del 192.0.2.11/16 dev eth0; rs1: ip addr add 192.0.2.11/24 dev eth0", about("rs1", 0)),
        (Kind::Address,   "client: ip addr add 192.0.2.100/32 dev lo",                   None),
        (Kind::Route,     "client: ip route replace 198.51.100.0/24 via 192.0.2.11",     about("client", 1)),
        (Kind::Route,     "client: ip route del 198.51.100.0/24",                        about("client", 1)),
        (Kind::Route,     "rs2: ip route replace default via 192.0.2.2",                 None),
        (Kind::Link,      "rs2: modprobe ipip; rs2: ip link set tunl0 up",               None),
        (Kind::Service,   "director: ipvsadm -e -t 192.0.2.100:80 -r 192.0.2.11:80 -m -w 3", about("director", 3)),
        (Kind::Service,   "director: ipvsadm -e -t 192.0.2.100:80 -r 192.0.2.11:80 -g -w 1", about("director", 3)),
        (Kind::Service,   "director: ipvsadm -a -t 192.0.2.100:80 -r 192.0.2.12:80 -g -w 1", None),
        (Kind::Service,   "director: ipvsadm -E -t 192.0.2.100:80 -s wlc",               about("director", 2)),
        (Kind::Rule,      "director: iptables -P FORWARD ACCEPT",                        None),
        (Kind::Rule,      "director: iptables -D INPUT -p icmp -j DROP",                 about("director", 4)),
        (Kind::Program,   "client: serve http 80 --name client &",                       None),
        (Kind::Neighbour, "client: ip neigh replace 192.0.2.2 lladdr 02:00:00:00:00:d1 dev eth0 nud permanent", None),
        (Kind::Cable,     r#"Cable(link: "rs1:eth0", mtu: 1500)"#,                       None),
    ];
    for (kind, what, about) in wanted {
        let found = knobs.iter().find(|knob| shown(knob) == what);
        let Some(found) = found else { panic!("there is no {what}") };
        assert_eq!((found.kind, &found.about), (kind, &about), "{what}");
    }
}

#[test]
fn the_smallest_come_first_each_once_and_each_can_be_typed() {
    let lab = lab();
    let knobs = universe(&lab).expect("it is set up");
    assert_eq!(knobs, universe(&lab).expect("it is set up"), "the same each time");
    let places: Vec<_> = knobs.iter().map(|knob| (knob.changes.len(), knob.kind)).collect();
    assert!(places.is_sorted());
    assert!(knobs.iter().all(|knob| (1..=2).contains(&knob.changes.len())));
    let unique: BTreeSet<String> = knobs.iter().map(shown).collect();
    assert_eq!(unique.len(), knobs.len());
    for change in knobs.iter().flat_map(|knob| &knob.changes) {
        if let Change::Type { .. } = change {
            let read = Change::parse(&change.to_string(), &lab);
            assert_eq!(read.as_ref(), Ok(change), "{change}");
        }
    }
}

#[test]
fn nothing_is_broken_on_purpose() {
    for knob in universe(&lab()).expect("it is set up") {
        let text = shown(&knob);
        let breaks = ["ipvsadm -D", "ipvsadm -C", " down", "-j DROP;", "-P FORWARD DROP"];
        assert!(!breaks.iter().any(|word| text.contains(word)), "{text}");
        if text.contains("ipvsadm -d") {
            assert!(text.contains("ipvsadm -a"), "{text}");
        }
        assert!(!matches!(knob.changes[0], Change::Power { up: false, .. }), "{text}");
        assert!(!matches!(knob.changes[0], Change::Cable { up: false, .. }), "{text}");
    }
}

/// A setting that is new must be given its values, or be said to decide about nothing.
#[test]
fn every_setting_is_a_knob_or_decides_nothing() {
    let mut known: BTreeSet<&str> = setting::NO_KNOBS.iter().copied().collect();
    known.extend(setting::CONF.iter().map(|(key, _)| key.name()));
    known.extend(setting::GLOBAL.iter().map(|(key, _)| key.name()));
    known.extend(setting::NEIGH.iter().map(|(key, _)| key.name()));
    let all =
        Conf::ALL.iter().map(|key| key.name()).chain(Global::ALL.iter().map(|key| key.name()));
    for name in all.chain(NeighConf::ALL.iter().map(|key| key.name())) {
        assert!(known.contains(name), "{name}");
    }
    // These have their defaults at least.
    assert!(setting::TRACKING.iter().all(|(key, _)| Tracking::ALL.contains(key)));
    assert!(setting::IPVS.iter().all(|(key, _)| Sysctl::ALL.contains(key) && key.has_effect()));
}
