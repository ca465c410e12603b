//! A run as it is looked back on: what came before what, on the way of a packet.
//!
//! The cause of an arrival is the event in which the frame was asked for. Where a packet waited for
//! an ARP answer, that is the answer's arrival; the packet itself came before. So the way back
//! follows the bytes where it can (a frame's parent), then the packet that waited, and the cause
//! only where both end.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::ops::Range;

use super::decision::{Decision, decisions};
use crate::Mac;
use crate::cause::Causes;
use crate::event::{NodeId, Seq};
use crate::frame::{Ethernet, Frame, FrameId, TYPE_ARP};
use crate::reason::Reason;
use crate::trace::{Dir, Happened, How, Note, Trace};
use crate::whatif::Run;
use crate::world::World;

/// A run with what is needed to look back.
pub(super) struct View<'a> {
    pub(super) run: &'a Run,
    pub(super) causes: Causes<'a>,
    pub(super) decisions: Vec<Decision>,
    /// The decisions of each event.
    spans: Vec<Range<usize>>,
    /// The event in which a frame came to a node first.
    came: BTreeMap<(FrameId, NodeId), usize>,
    /// Where in the trace a frame is seen first.
    first: BTreeMap<FrameId, usize>,
}

impl<'a> View<'a> {
    pub(super) fn new(run: &'a Run) -> Self {
        let causes = Causes::new(&run.trace, &run.player.world);
        let decisions = decisions(&run.trace);
        let events = run.trace.events();
        let (mut spans, mut from) = (Vec::with_capacity(events.len()), 0);
        for at in 0..events.len() {
            let end = events.get(at + 1).map_or(run.trace.len(), |next| next.first);
            let to = from + decisions[from..].partition_point(|own| own.entry < end);
            spans.push(from..to);
            from = to;
        }
        let (mut came, mut first) = (BTreeMap::new(), BTreeMap::new());
        let mut event = 0;
        for (at, entry) in run.trace.entries().iter().enumerate() {
            while events.get(event + 1).is_some_and(|next| next.first <= at) {
                event += 1;
            }
            if let Note::Frame { dir, frame, .. } = &entry.what {
                first.entry(frame.id).or_insert(at);
                if *dir == Dir::In {
                    came.entry((frame.id, entry.node)).or_insert(event);
                }
            }
        }
        Self { run, causes, decisions, spans, came, first }
    }

    pub(super) fn trace(&self) -> &'a Trace {
        &self.run.trace
    }

    pub(super) fn world(&self) -> &'a World {
        &self.run.player.world
    }

    pub(super) fn event(&self, at: usize) -> &'a Happened {
        &self.run.trace.events()[at]
    }

    /// The event during which an entry of the trace was noted, or the last one before it.
    pub(super) fn event_of(&self, entry: usize) -> usize {
        let events = self.trace().events();
        events.partition_point(|event| event.first <= entry).saturating_sub(1)
    }

    /// The places of the decisions of an event; what was made by hand between two events is none.
    pub(super) fn decided(&self, event: usize) -> impl DoubleEndedIterator<Item = usize> + use<'_> {
        let seq = self.event(event).seq;
        self.spans[event].clone().filter(move |at| self.decisions[*at].seq == seq)
    }

    /// The place of a decision's event; none if it was made by hand.
    pub(super) fn event_of_decision(&self, at: usize) -> Option<usize> {
        let decision = &self.decisions[at];
        (decision.seq != Seq(0)).then(|| self.event_of(decision.entry))
    }

    pub(super) fn is_host(&self, node: NodeId) -> bool {
        self.world().net.node(node).host().is_some()
    }

    /// The frame that an event was, and where in the trace it came; of one that did not arrive, where
    /// it left.
    pub(super) fn arrival(&self, event: usize) -> Option<(usize, &'a Frame)> {
        let Happened { node, how: How::Came(iface), first, .. } = self.event(event) else {
            return None;
        };
        let mut left = None;
        for (at, entry) in (*first..).zip(self.causes.entries(event)) {
            let Note::Frame { iface: own, dir, frame } = &entry.what else { continue };
            if (entry.node, own, *dir) == (*node, iface, Dir::In) {
                return Some((at, frame));
            }
            left = left.or(Some((at, frame)));
        }
        left
    }

    /// Where a frame is seen first in the trace.
    pub(super) fn frame(&self, id: FrameId) -> Option<(usize, &'a Frame)> {
        let at = *self.first.get(&id)?;
        match &self.trace().entries()[at].what {
            Note::Frame { frame, .. } => Some((at, frame)),
            _ => None,
        }
    }

    /// The events in which a frame came to a node: each node's first.
    pub(super) fn arrivals(&self, id: FrameId) -> impl Iterator<Item = usize> + use<'_> {
        self.came.range((id, NodeId(0))..=(id, NodeId(u16::MAX))).map(|(_, event)| *event)
    }

    /// Whether the frame of an arrival is for this host: its own MAC address, or everybody's.
    pub(super) fn is_for_it(&self, event: usize) -> bool {
        let Happened { node, how: How::Came(iface), .. } = self.event(event) else { return false };
        let Some((_, frame)) = self.arrival(event) else { return false };
        let (Some(host), Some(head)) =
            (self.world().net.node(*node).host(), Ethernet::read(frame.bytes.bytes()))
        else {
            return false;
        };
        let ids = &mut host.fib().iface_ids();
        head.dst.is_group() || ids.any(|id| id == *iface && host.fib().iface(id).mac == head.dst)
    }

    /// Whether somebody got the frame whom it was for.
    pub(super) fn is_taken(&self, id: FrameId) -> bool {
        self.arrivals(id).any(|event| self.is_for_it(event))
    }

    /// The host of this MAC address.
    pub(super) fn owner(&self, mac: Mac) -> Option<NodeId> {
        let net = &self.world().net;
        net.node_ids().find(|node| {
            let host = net.node(*node).host();
            host.is_some_and(|host| {
                host.fib().iface_ids().any(|iface| host.fib().iface(iface).mac == mac)
            })
        })
    }

    /// The host of this IP address, the last one of the file if it is several hosts'.
    pub(super) fn owner_of(&self, addr: Ipv4Addr) -> Option<NodeId> {
        let net = &self.world().net;
        let owns =
            |node: &NodeId| net.node(*node).host().is_some_and(|host| host.fib().is_own(addr));
        net.node_ids().filter(owns).max()
    }

    /// Whether the frame of one arrival was made from that of another.
    pub(super) fn is_same_packet(&self, one: usize, other: usize) -> bool {
        let id = |event: usize| self.arrival(event).map(|(_, frame)| frame.id);
        let (Some(one), Some(other)) = (id(one), id(other)) else { return false };
        let parent = |id: &FrameId| self.frame(*id).and_then(|(_, frame)| frame.parent);
        std::iter::successors(Some(other), parent).any(|id| id == one)
    }

    /// The event on a packet's way that comes before this one.
    pub(super) fn before(&self, event: usize) -> Option<usize> {
        let asked = self.causes.cause(event)?;
        let Some((_, frame)) = self.arrival(event) else { return Some(asked) };
        let sender = self.event(asked).node;
        if let Some((_, own)) = self.arrival(asked)
            && own.id == frame.id
        {
            // The same frame: a switch passed it on, or its cable has held it up.
            return Some(asked);
        }
        let parent = frame.parent.and_then(|parent| self.came.get(&(parent, sender)));
        match parent {
            Some(parent) if *parent <= asked => Some(*parent),
            _ => Some(self.waited(asked, frame).unwrap_or(asked)),
        }
    }

    /// Where a packet began to wait that leaves now that its next hop has answered.
    fn waited(&self, asked: usize, frame: &Frame) -> Option<usize> {
        let is_arp = |frame: &Frame| {
            Ethernet::read(frame.bytes.bytes()).is_some_and(|head| head.kind == TYPE_ARP)
        };
        let (_, answer) = self.arrival(asked)?;
        if !is_arp(answer) || is_arp(frame) {
            return None;
        }
        let node = self.event(asked).node;
        let mut at = asked;
        while let Some(cause) = self.causes.cause(at) {
            let waits = |at: usize| {
                let own = &self.decisions[at];
                own.node == node
                    && own.notes.iter().any(|note| matches!(note, Reason::NeighWaits { .. }))
            };
            if self.decided(cause).any(waits) {
                return Some(cause);
            }
            at = cause;
        }
        None
    }

    /// The way to an event, from what began it.
    pub(super) fn way(&self, event: usize) -> Vec<usize> {
        let mut way: Vec<usize> =
            std::iter::successors(Some(event), |at| self.before(*at)).collect();
        way.reverse();
        way
    }
}
