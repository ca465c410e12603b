//! A small lab with one mistake or two: what is named, what is typed, and that it heals.

use super::{Budget, Case, Cause, search};
use crate::goal::written_out;
use crate::mutate::{Class, Match, mistakes};
use crate::scenario::{Node, Scenario};
use crate::story::open;
use crate::whatif::Run;

fn lab() -> Scenario {
    open("dr.ron", include_str!("../goal/tests/dr.ron"), None, false).expect("it loads")
}

#[test]
fn a_healthy_network_needs_nothing() {
    let case = Case::open(&lab()).expect("it ends").expect("it has a goal");
    let found = search(&case, Budget::default());
    assert!(found.is_healthy() && found.cure.is_none() && found.runs == 0);
}

#[test]
fn a_mistake_is_named_and_healed() {
    #[rustfmt::skip]
    let rows = [
        // the mistake                                            what is typed
        ("dropped line: director: ip addr add 192.0.2.100/32",    "director: ip addr add 192.0.2.100/32 dev eth0"),
        ("dropped line: director: ipvsadm -A",                    "director: ipvsadm -A -t 192.0.2.100:80 -s rr"),
        ("cable out: rs2:eth0",                                   r#"Cable(link: "rs2:eth0", up: true)"#),
        ("machine off: rs1",                                      r#"Power(on: "rs1", up: true)"#),
    ];
    let run = Run::play(lab()).expect("it plays");
    let goal = written_out(&run).expect("it is healthy");
    let all = mistakes(&lab());
    for (name, typed) in rows {
        let own = all.iter().find(|own| own.name().contains(name)).expect(name);
        let case = Case::open(&own.mutant(&lab(), &goal)).expect("it ends").expect("a goal");
        let found = search(&case, Budget::default());
        let cure = found.cure.expect(name);
        let said: Vec<String> = cure.changes().map(ToString::to_string).collect();
        assert_eq!(said, [typed], "{name}");
        assert!(cure.judged.holds() && cure.changes().count() <= 2, "{name}");
        assert_ne!(Match::of(own, &cure, &run), Match::None, "{name}: {:?}", cure.causes);
        let is_missing = matches!(cure.causes[0], Cause::Missing { .. });
        assert_eq!(is_missing, own.class == Class::Dropped, "{name}");
    }
}

#[test]
fn what_all_servers_lack_is_one_cure() {
    let mut lab = lab();
    let goal = written_out(&Run::play(lab.clone()).expect("it plays")).expect("it is healthy");
    lab.goal = Some(goal);
    for node in &mut lab.nodes {
        if let Node::Host { setup, .. } = &mut node.value {
            setup.retain(|line| !line.value.contains("arp_"));
        }
    }
    let case = Case::open(&lab).expect("it ends").expect("a goal");
    let cure = search(&case, Budget::default()).cure.expect("there is a cure");
    let said: Vec<String> = cure.changes().map(ToString::to_string).collect();
    // What belongs together is typed together: two commands a host.
    let wanted = ["rs1", "rs2"].map(|host| {
        ["arp_ignore=1", "arp_announce=2"]
            .map(|own| format!("{host}: sysctl -w net.ipv4.conf.all.{own}"))
    });
    assert_eq!(said, wanted.concat());
    assert_eq!((cure.knobs.len(), cure.causes.len(), cure.steps()), (2, 2, 4));
}

#[test]
fn a_line_that_must_be_typed_again_is_a_step() {
    let goal = written_out(&Run::play(lab()).expect("it plays")).expect("it is healthy");
    let all = mistakes(&lab());
    let has = "dropped line: director: ipvsadm -A";
    let own = all.iter().find(|own| own.name().contains(has)).expect(has);
    let case = Case::open(&own.mutant(&lab(), &goal)).expect("it ends").expect("a goal");
    let cure = search(&case, Budget::default()).cure.expect("there is a cure");
    assert!(!cure.again.is_empty(), "the destinations had failed");
    assert_eq!(cure.steps(), cure.changes().count() + cure.again.len());
    // Each of them is needed.
    for at in 0..cure.again.len() {
        let mut fewer = cure.again.clone();
        fewer.remove(at);
        let changes: Vec<_> = cure.changes().cloned().collect();
        let (_, judged) = case.with_again(&changes, &fewer).expect("it can be typed");
        assert!(!judged.holds(), "{:?}", cure.again[at]);
    }
}

#[test]
fn a_search_that_may_not_try_says_so() {
    let goal = written_out(&Run::play(lab()).expect("it plays")).expect("it is healthy");
    let own = mistakes(&lab());
    let own = own.iter().find(|own| own.name().contains("machine off: rs1")).expect("it is one");
    let case = Case::open(&own.mutant(&lab(), &goal)).expect("it ends").expect("a goal");
    let found = search(&case, Budget { runs: 0, ..Budget::default() });
    assert!(found.cure.is_none() && found.is_exhausted);
}
