//! Where a request ended: the verdicts against it that mattered.
//!
//! Most verdicts against a frame mean nothing: a switch floods and all but one throw the copy away,
//! all but one are silent when somebody is asked for by ARP. What matters is told from that by what
//! became of the frame elsewhere.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use super::set;
use super::view::View;
use crate::frame::{Ethernet, Frame, TYPE_ARP, read_arp};
use crate::reason::{Nature, Reason};
use crate::trace::How;

/// Says of verdicts whether they mattered to a request.
pub(super) struct Ends<'a> {
    view: &'a View<'a>,
    /// Who was found by ARP meanwhile.
    found: BTreeSet<Ipv4Addr>,
}

impl<'a> Ends<'a> {
    /// Of what happens in these events.
    pub(super) fn new(view: &'a View<'a>, from: usize, to: usize) -> Self {
        let mut found = BTreeSet::new();
        for event in from..=to {
            for at in view.decided(event) {
                if let Some(
                    Reason::ArpReplyOwn { target, .. }
                    | Reason::ArpReplyAny { target, .. }
                    | Reason::ArpReplyProxy { target, .. },
                ) = view.decisions[at].verdict()
                {
                    found.insert(*target);
                }
            }
        }
        Self { view, found }
    }

    /// Of all verdicts in these events those that mattered, in order.
    pub(super) fn of(&self, events: &[usize]) -> Vec<usize> {
        let all = events.iter().flat_map(|event| self.view.decided(*event).map(|at| (*event, at)));
        let mut ends: Vec<usize> =
            all.filter(|(event, at)| self.matters(*event, *at)).map(|(_, at)| at).collect();
        // Who has the address and is silent says more than all those who have it not, and either
        // more than that the asker gave up.
        let asked_for = |at: usize| self.asked_for(at);
        let owners: BTreeSet<Ipv4Addr> = ends
            .iter()
            .filter(|at| !matches!(self.code(**at), "arp.silent.not-mine" | "neigh.failed"))
            .filter_map(|at| asked_for(*at))
            .collect();
        let silent: BTreeSet<Ipv4Addr> = ends
            .iter()
            .filter(|at| self.code(**at) != "neigh.failed")
            .filter_map(|at| asked_for(*at))
            .collect();
        // Who has been told of the address and has it not says more than those who never were.
        let is_named = |at: usize, target: Ipv4Addr| {
            set::names(self.view, &self.view.decisions[at], target).is_some()
        };
        let named: BTreeSet<Ipv4Addr> = ends
            .iter()
            .filter(|at| self.code(**at) == "arp.silent.not-mine")
            .filter_map(|at| asked_for(*at).filter(|target| is_named(*at, *target)))
            .collect();
        ends.retain(|at| match (self.code(*at), asked_for(*at)) {
            ("arp.silent.not-mine", Some(target)) => {
                let others = owners.contains(&target) || named.contains(&target);
                !others || is_named(*at, target)
            }
            ("neigh.failed", Some(target)) => !silent.contains(&target),
            _ => true,
        });
        ends
    }

    fn code(&self, at: usize) -> &'static str {
        self.view.decisions[at].code()
    }

    /// Whom the ARP request was for that a verdict is about.
    fn asked_for(&self, at: usize) -> Option<Ipv4Addr> {
        if let Some(Reason::NeighFailed { addr, .. }) = self.view.decisions[at].verdict() {
            return Some(*addr);
        }
        let event = self.view.event_of_decision(at)?;
        self.view.arrival(event).and_then(|(_, frame)| target(frame))
    }

    /// Whether a verdict is about somebody who was asked for by ARP.
    pub(super) fn is_of_arp(&self, at: usize) -> bool {
        self.asked_for(at).is_some()
    }

    /// Whether a verdict is against something, and nobody else made up for it.
    pub(super) fn matters(&self, event: usize, at: usize) -> bool {
        let decision = &self.view.decisions[at];
        if !decision.is_against() {
            return false;
        }
        let code = decision.code();
        let frame = self.view.arrival(event).map(|(_, frame)| frame);
        let asked = frame.and_then(target);
        let unanswered = |target: Ipv4Addr| !self.found.contains(&target);
        match code {
            // What the table of neighbours makes of a frame does not stop it.
            "neigh.unasked" | "neigh.locked" | "neigh.permanent" => false,
            "neigh.failed" => self.asked_for(at).is_none_or(unanswered),
            _ if code.starts_with("check.") => false,
            _ if code.starts_with("arp.silent.") => asked.is_some_and(unanswered),
            _ if code.starts_with("cable.") || code == "power.drop.off" => match (asked, frame) {
                (Some(target), _) => unanswered(target),
                (None, Some(frame)) => !self.view.is_taken(frame.id) || self.view.is_for_it(event),
                (None, None) => true,
            },
            "eth.drop.other-mac" | "switch.drop.same-port" => {
                frame.is_some_and(|frame| !self.view.is_taken(frame.id))
            }
            "icmp.error.not-allowed" | "ipvs.accept.rst" if self.follows_another(event, at) => {
                false
            }
            "ipvs.service.none" => !self.goes_on(event, at),
            _ if code.starts_with("ipvs.accept.") => !self.goes_on(event, at),
            _ => {
                let came = matches!(self.view.event(event).how, How::Came(_));
                !came || self.view.is_for_it(event)
            }
        }
    }

    /// Whether the same event had a verdict against the packet before.
    fn follows_another(&self, event: usize, at: usize) -> bool {
        let decisions = &self.view.decisions;
        let node = decisions[at].node;
        self.view
            .decided(event)
            .take_while(|own| *own < at)
            .any(|own| decisions[own].node == node && decisions[own].is_against())
    }

    /// Whether what IPVS left alone was accepted by somebody behind it.
    fn goes_on(&self, event: usize, at: usize) -> bool {
        let decisions = &self.view.decisions;
        let node = decisions[at].node;
        let behind = self.view.decided(event).filter(|own| *own > at);
        let natures = behind
            .filter(|own| decisions[*own].node == node)
            .filter(|own| !matches!(decisions[*own].code(), "icmp.error.sent"))
            .filter_map(|own| decisions[own].verdict().map(Reason::nature));
        let natures: Vec<Nature> = natures.collect();
        natures.contains(&Nature::For) && !natures.contains(&Nature::Against)
    }
}

/// Whom an ARP request is for; none if the frame is another one.
pub(super) fn target(frame: &Frame) -> Option<Ipv4Addr> {
    let bytes = frame.bytes.bytes();
    let head = Ethernet::read(bytes)?;
    let arp = (head.kind == TYPE_ARP).then(|| read_arp(&bytes[14..]))??;
    (arp.operation == etherparse::ArpOperation::REQUEST).then(|| arp.target_ipv4.into())
}
