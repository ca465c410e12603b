//! The way to a decision, as short as it can be told: the command, the packets that it led to, and
//! what was decided about each.

use super::view::View;
use crate::event::NodeId;
use crate::reason::Nature;

/// A step of a chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The event.
    pub event: usize,
    /// Where.
    pub node: NodeId,
    /// Where in the trace the frame stands that came; none if it was a command or a timer.
    pub frame: Option<usize>,
    /// Where in the trace the verdicts stand.
    pub verdicts: Vec<usize>,
    /// How many steps before it are left out.
    pub left_out: usize,
}

/// So many steps are told without leaving any out.
const MOST: usize = 9;

/// The steps of a way that say something.
pub(super) fn links(view: &View<'_>, way: &[usize]) -> Vec<Link> {
    let last = way.last().copied();
    let kept = |event: &usize| {
        let node = view.event(*event).node;
        Some(*event) == last || (view.is_host(node) && view.decided(*event).next().is_some())
    };
    let all: Vec<usize> = way.iter().copied().filter(kept).collect();
    let events = without_circles(view, &all);
    let keep = telling(view, &events);
    let (mut links, mut left_out, mut rest) = (Vec::new(), 0, all.iter());
    for (at, event) in events.iter().enumerate() {
        left_out += rest.by_ref().take_while(|own| *own != event).count();
        if !keep[at] {
            left_out += 1;
            continue;
        }
        links.push(Link { left_out, ..link(view, *event, Some(*event) == last) });
        left_out = 0;
    }
    links
}

/// The same without what goes in circles: of a packet that comes to a node again and is dealt with
/// there as before only the last round is told.
fn without_circles(view: &View<'_>, events: &[usize]) -> Vec<usize> {
    let codes = |event: usize| {
        let codes = view.decided(event).map(|at| view.decisions[at].code());
        codes.collect::<Vec<_>>()
    };
    let is_again = |one: usize, other: usize| {
        let rounds = [one, other].map(|event| (view.event(event).node, codes(event)));
        rounds[0] == rounds[1] && view.is_same_packet(one, other)
    };
    let mut kept: Vec<usize> = Vec::new();
    for event in events {
        if let Some(before) = kept.iter().position(|own| is_again(*own, *event)) {
            kept.truncate(before);
        }
        kept.push(*event);
    }
    kept
}

/// Which steps stay of a long way: the first, and the way of each packet that met with a verdict
/// against it, from who made it on.
fn telling(view: &View<'_>, events: &[usize]) -> Vec<bool> {
    if events.len() <= MOST {
        return vec![true; events.len()];
    }
    // A packet is made where the next step's frame has no parent.
    let made = |at: usize| {
        let next = events.get(at + 1).and_then(|next| view.arrival(*next));
        let own = view.arrival(events[at]).map(|(_, frame)| frame.id);
        next.is_some_and(|(_, frame)| frame.parent.is_none() && own != Some(frame.id))
    };
    let is_against = |at: usize| {
        let mut decided = view.decided(events[at]);
        decided.any(|own| view.decisions[own].is_against())
    };
    let mut keep = vec![false; events.len()];
    keep[0] = true;
    for at in (0..events.len()).filter(|at| is_against(*at) || at + 1 == events.len()) {
        let maker = (0..at).rev().find(|own| made(*own)).unwrap_or(0);
        keep[maker..=at].fill(true);
    }
    keep
}

fn link(view: &View<'_>, event: usize, is_last: bool) -> Link {
    let happened = view.event(event);
    let frame = view.arrival(event).map(|(place, _)| place);
    let mut verdicts = Vec::new();
    for at in view.decided(event) {
        let decision = &view.decisions[at];
        let Some(verdict) = decision.verdict() else { continue };
        // On the way only what lets it go on counts; a request for a MAC address is beside it.
        let beside = verdict.code().starts_with("arp.ask.") || verdict.code() == "ip.local";
        if is_last || !beside || verdict.nature() == Nature::Against {
            verdicts.push(decision.entry);
        }
    }
    Link { event, node: happened.node, frame, verdicts, left_out: 0 }
}
