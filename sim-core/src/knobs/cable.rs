//! Knobs of what no command reaches: a cable that is out, a narrow one, a machine without power.

use super::{Bench, Kind, Knob};
use crate::scenario::End;
use crate::whatif::Change;

pub(super) fn add(bench: &mut Bench<'_>) {
    for (link, place) in bench.world.net.links.iter().zip(&bench.scenario.links) {
        let end: &End = &place.a;
        if !link.up {
            let change = Change::Cable { link: end.clone(), up: true };
            bench.add(Knob { kind: Kind::Cable, changes: vec![change], about: None });
        }
        let mtus = bench.values.mtus.clone();
        for mtu in mtus.into_iter().filter(|mtu| link.mtu.is_some_and(|own| own < *mtu)) {
            let change = Change::Mtu { link: end.clone(), mtu };
            bench.add(Knob { kind: Kind::Cable, changes: vec![change], about: None });
        }
    }
    for node in bench.world.net.nodes.iter().filter(|node| !node.on) {
        let change = Change::Power { on: node.name.to_string(), up: true };
        bench.add(Knob { kind: Kind::Power, changes: vec![change], about: None });
    }
}
