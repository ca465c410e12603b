//! ARP of a capture over the simulation's.
//!
//! A real box knows its neighbours already, or asks them again: what is not asked is no difference,
//! nor what is asked besides. Who answers, and in whose name somebody asks, is.

use super::compare::{Apart, Comparing, Kind, Place};
use super::shape::{Key, Role};
use super::talk::Talk;

/// Compares the ARP of both sides.
pub(super) fn compare(comparing: &mut Comparing<'_>) {
    let (sims, reals) = (&comparing.sim.arps, &comparing.real.arps);
    for (at, real) in reals.iter().enumerate() {
        match sims.iter().position(|sim| sim.key == real.key) {
            Some(sim) => pair(comparing, sim, at),
            None => alone(comparing, at),
        }
    }
    for sim in sims.iter().filter(|sim| !reals.iter().any(|real| real.key == sim.key)) {
        comparing.found.aside.arp_known += sim.frames.len();
        comparing.found.far += 1;
    }
}

/// The same question on both sides: the same must ask, and the same must answer.
fn pair(comparing: &mut Comparing<'_>, sim: usize, real: usize) {
    let (one, other) = (&comparing.sim.arps[sim], &comparing.real.arps[real]);
    let mut used = vec![false; one.steps.len()];
    let mut before = None;
    let mut apart: Vec<Apart> = Vec::new();
    let place = |talk, step| Place { is_arp: true, talk, step };
    for (theirs, placed) in other.steps.iter().enumerate() {
        let fits = |own: &usize| {
            let own = &one.steps[*own].step;
            placed.step.is_like(own) && comparing.found.macs.fit(own, &placed.step)
        };
        if let Some(own) = (0..one.steps.len()).find(fits) {
            let step = &one.steps[own];
            comparing.found.macs.bind(&step.step, &placed.step);
            comparing.matched.entry(step.frame).or_insert(placed.frame);
            comparing.found.far += placed.count.abs_diff(step.count);
            comparing.found.aside.copies += placed.count.saturating_sub(step.count);
            used[own] = true;
            before = Some(step.frame);
            continue;
        }
        let role = placed.step.role;
        let own = (0..one.steps.len()).find(|own| !used[*own] && one.steps[*own].step.role == role);
        comparing.found.steps += 1;
        apart.push(Apart {
            kind: if own.is_some() { Kind::Changed } else { Kind::Extra },
            sim: own.map(|own| one.steps[own].frame),
            real: Some(placed.frame),
            before,
            steps: [own.map(|own| place(sim, own)), Some(place(real, theirs))],
        });
    }
    let is_answer = |own: &usize| one.steps[*own].step.role == Role::ArpAnswer;
    let asks = other.steps.iter().find(|own| own.step.role == Role::ArpQuestion);
    let missing = (0..one.steps.len()).find(|own| !used[*own] && is_answer(own));
    if let (Some(own), Some(asks), true) = (missing, asks, apart.is_empty()) {
        let next = other.frames.iter().copied().find(|frame| *frame > asks.frame);
        comparing.found.steps += 1;
        apart.push(Apart {
            kind: Kind::Missing,
            sim: Some(one.steps[own].frame),
            real: next,
            before,
            steps: [Some(place(sim, own)), None],
        });
    }
    comparing.apart.extend(apart.into_iter().next());
}

/// A question that the simulation does not ask: whoever speaks must be where the scenario has him.
fn alone(comparing: &mut Comparing<'_>, real: usize) {
    let talk = &comparing.real.arps[real];
    match (0..talk.steps.len()).find(|step| is_wrong(comparing, talk, *step)) {
        Some(step) => {
            comparing.found.steps += 1;
            comparing.apart.push(Apart {
                kind: Kind::Extra,
                sim: None,
                real: Some(talk.steps[step].frame),
                before: None,
                steps: [None, Some(Place { is_arp: true, talk: real, step })],
            });
        }
        None => {
            comparing.found.aside.arp += talk.frames.len();
            comparing.found.far += 1;
        }
    }
}

/// Whether somebody speaks in the name of an address that is elsewhere.
fn is_wrong(comparing: &Comparing<'_>, talk: &Talk, step: usize) -> bool {
    let Key::Arp(asks, target) = talk.key else { return false };
    let step = &talk.steps[step].step;
    let sender = if step.role == Role::ArpQuestion { asks } else { target };
    let mac = step.macs.iter().find(|(name, _)| *name == "arp.sender.mac");
    let (Some(places), Some((_, real))) = (comparing.wire.places(sender), mac) else {
        return false;
    };
    let macs = &comparing.found.macs;
    match macs.sim(*real) {
        Some(sim) => !places.contains(&sim),
        // A machine that is not known yet may be the one that has the address, if nobody else is.
        None => places.iter().all(|place| macs.is_bound(*place)),
    }
}
