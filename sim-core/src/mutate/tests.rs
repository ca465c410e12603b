//! The mistakes of a small lab: as many each time, each with its own name, and told from each other.

use std::collections::BTreeSet;

use super::{Class, Outcome, fingerprint, mistakes};
use crate::goal::written_out;
use crate::story::open;
use crate::whatif::Run;

#[test]
fn every_class_is_made_and_every_mistake_has_a_name_of_its_own() {
    let lab = open("dr.ron", include_str!("../goal/tests/dr.ron"), None, false).expect("it loads");
    let all = mistakes(&lab);
    assert_eq!(all, mistakes(&lab));
    let names: BTreeSet<String> = all.iter().map(super::Mistake::name).collect();
    assert_eq!(names.len(), all.len());
    let made: BTreeSet<Class> = all.iter().map(|own| own.class).collect();
    let wanted = [
        Class::Dropped,
        Class::Address,
        Class::Mask,
        Class::Interface,
        Class::Port,
        Class::Method,
        Class::Setting,
        Class::Mtu,
        Class::Cable,
        Class::Power,
    ];
    assert!(wanted.iter().all(|class| made.contains(class)), "{made:?}");
}

#[test]
fn a_mistake_has_no_effect_or_one_or_breaks_the_goal() {
    let lab = open("dr.ron", include_str!("../goal/tests/dr.ron"), None, false).expect("it loads");
    let run = Run::play(lab.clone()).expect("it plays");
    let goal = written_out(&run).expect("it is healthy");
    let all = mistakes(&lab);
    let outcome = |has: &str| {
        let own = all.iter().find(|own| own.name().contains(has)).expect(has);
        let mutant = Run::tolerant(own.mutant(&lab, &goal)).expect("it ends");
        Outcome::of(fingerprint(&run), &mutant, &goal)
    };
    #[rustfmt::skip]
    let rows = [
        ("lowered MTU: client:eth0",                              Outcome::NoEffect),
        ("dropped line: director: ip addr add 192.0.2.100/32",    Outcome::Broken),
        ("cable out: rs2:eth0",                                   Outcome::Broken),
        ("-> sysctl -w net.ipv4.conf.all.arp_ignore=0",           Outcome::Broken),
    ];
    for (name, wanted) in rows {
        assert_eq!(outcome(name), wanted, "{name}");
    }
}
