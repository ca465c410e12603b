use sim_core::netfilter::{Chain, Table};
use sim_core::story::open;
use sim_core::trace::Note;

use super::rules::met;
use super::way::{End, Place, Stop, tables};
use super::*;
use crate::scenarios::SHIPPED;

fn session(name: &str) -> Session {
    let (_, text) = SHIPPED.iter().find(|(own, _)| *own == name).expect("it is shipped");
    Session::new(open(name, text, None, false).expect("it loads")).expect("it is set up")
}

/// The hooks of the first step in which this node notes a reason with this code.
fn at(session: &mut Session, node: &str, code: &str) -> Hooks {
    let node = session.net().node_by_name(node).expect("it is there");
    let is_it = |step: &usize| {
        session.steps()[*step].node == Some(node)
            && session.entries(*step).iter().any(
                |entry| matches!(&entry.what, Note::Why(reason) if reason.code() == code && entry.node == node),
            )
    };
    let step = (0..session.steps().len()).find(is_it).expect("it happens");
    let mut hooks = Hooks::default();
    hooks.read(session, step);
    hooks
}

/// Places by short names.
fn places(stops: &[Stop]) -> String {
    let name = |stop: &Stop| match stop.place {
        Place::Hook(chain) => chain.name().to_owned(),
        Place::Ipvs(chain) => format!("ipvs@{}", chain.name()),
        Place::Routing => "routing".into(),
        Place::Local => "local".into(),
        Place::Wire => "wire".into(),
    };
    stops.iter().map(name).collect::<Vec<_>>().join(" ")
}

#[test]
#[rustfmt::skip]
fn each_packet_goes_the_way_of_linux() {
    for (name, node, code, way, end) in [
        ("dr/arp-walk", "director", "ipvs.dr.direct",
            "PREROUTING routing INPUT ipvs@INPUT OUTPUT POSTROUTING wire", End::Sent),
        ("nat/seed", "director", "ipvs.nat.request",
            "PREROUTING routing INPUT ipvs@INPUT OUTPUT POSTROUTING wire", End::Waits),
        ("nat/seed", "director", "ipvs.nat.reply",
            "PREROUTING routing FORWARD ipvs@FORWARD POSTROUTING wire", End::Sent),
        ("dr/arp-walk", "router", "ip.forward",
            "PREROUTING routing FORWARD POSTROUTING wire", End::Waits),
        ("netfilter/input-drop", "director", "netfilter.policy.drop",
            "PREROUTING routing INPUT", End::Stopped),
        ("netfilter/nf-chains", "director", "netfilter.rule.drop",
            "PREROUTING routing INPUT", End::Stopped),
        ("nat/seed", "rs1", "tcp.taken",
            "PREROUTING routing INPUT local", End::Taken),
    ] {
        let mut session = session(name);
        let hooks = at(&mut session, node, code);
        let own = &hooks.passages[0];
        assert_eq!(places(&own.stops), way, "{name} {code}");
        assert_eq!(own.end, end, "{name} {code}");
    }
}

#[test]
fn a_rule_that_drops_is_the_one_that_has_counted() {
    let mut session = session("netfilter/nf-chains");
    let hooks = at(&mut session, "director", "netfilter.rule.drop");
    let stop = hooks.passages[0].stops.last().expect("it got somewhere");
    let rules = met(Chain::Input, tables(stop, false), &hooks.before, &hooks.now);
    let hit: Vec<_> = rules.iter().filter(|rule| rule.hits > 0).collect();
    assert!(
        matches!(hit[..], [rule] if rule.drops && rule.hits == 1 && rule.table == Table::Filter),
        "{rules:?}"
    );
    assert!(hit[0].text.starts_with("-A INPUT") && hit[0].origin.is_some());
}

/// Whatever chain has counted a packet of the step stands on the way of one; what left a host has passed POSTROUTING; what was
/// stopped goes no farther.
#[test]
fn no_chain_is_missed() {
    let mut counted = 0;
    for name in [
        "netfilter/nf-chains",
        "netfilter/three-ways",
        "netfilter/masquerade",
        "netfilter/dnat",
        "netfilter/nf-dr",
        "netfilter/mark-anew",
        "nat/onearm-snat",
        "tun/own-tunnel",
        "icmp/redirect",
        "fullnat/icmp-error",
    ] {
        let mut session = session(name);
        for step in 0..session.steps().len() {
            let mut hooks = Hooks::default();
            hooks.read(&mut session, step);
            let is_frame = session.frame(step).is_some();
            if !is_frame {
                continue;
            }
            for chain in Chain::ALL {
                let rules = met(chain, &Table::ALL, &hooks.before, &hooks.now);
                let hits: u64 = rules.iter().map(|rule| rule.hits).sum();
                let mut stops = hooks.passages.iter().flat_map(|own| &own.stops);
                let is_passed = stops.any(|stop| stop.place == Place::Hook(chain));
                assert!(hits == 0 || is_passed, "{name} step {} {chain:?}: {hooks:?}", step + 1);
                counted += hits;
            }
            for own in &hooks.passages {
                let has = |place: Place| own.stops.iter().any(|stop| stop.place == place);
                if own.end == End::Sent {
                    assert!(has(Place::Hook(Chain::Postrouting)), "{name} step {}", step + 1);
                }
                let count = own.stops.iter().filter(|stop| stop.place == Place::Routing).count();
                assert!(count <= 1, "{name} step {}: {}", step + 1, places(&own.stops));
            }
        }
    }
    assert!(counted > 50, "rules were met: {counted}");
}
