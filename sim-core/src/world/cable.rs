//! A frame on its cable: it waits at its sender, leaves, and arrives, late, or not at all.

use std::mem;
use std::time::Duration;

use lvs_engine::Instant;

use super::World;
use crate::chance::Fate;
use crate::event::{Cx, Seq, What};
use crate::frame::{ETHERNET, Frame};
use crate::host::Host;
use crate::net::{End, Kind, Link, Node};
use crate::reason::Reason;
use crate::trace::{Dir, Note, Trace};

/// How many frames wait for a slow cable at most. Linux 6.1 sch_netem.c, and tc's default.
const QUEUE_LIMIT: u16 = 1_000;

impl World {
    /// Puts a frame into the queue of an interface. It leaves, and arrives, when its delay is over.
    pub(super) fn send(&mut self, cause: Seq, from: End, frame: Frame, trace: Option<&mut Trace>) {
        let now = self.now;
        let Some((at, side)) = self.net.link_at(from) else {
            let host = self.net.node(from.node).host();
            if host.is_some() && Host::is_loopback(from.iface) {
                let what = What::Arrive { iface: from.iface, frame };
                self.schedule(now, cause, from.node, what);
            } else {
                lose(now, cause, from, Reason::CableOut, trace);
            }
            return;
        };
        if !self.net.links[at].carries {
            lose(now, cause, from, Reason::CableOut, trace);
            return;
        }
        let Link { ends, delay, bandwidth, .. } = self.net.links[at];
        let Link { busy, queued, .. } = &mut self.net.links[at];
        let (busy, queued) = (&mut busy[side], &mut queued[side]);
        // A cable that takes no time has no queue.
        if *queued == QUEUE_LIMIT && (!delay.is_zero() || bandwidth.is_some()) {
            lose(now, cause, from, Reason::CableFull { frames: QUEUE_LIMIT }, trace);
            return;
        }
        *queued = queued.saturating_add(1);
        let mut leaves = now;
        if let Some(bits) = bandwidth {
            let nanos = frame.bytes.len() as u64 * 8 * 1_000_000_000 / bits.max(1);
            leaves = leaves.max(*busy) + Duration::from_nanos(nanos);
            *busy = leaves;
        }
        let to = ends[1 - side];
        let what = What::Arrive { iface: to.iface, frame };
        self.schedule(leaves + delay, cause, to.node, what);
    }

    /// A frame has come to the end of its cable: it counts as sent and as received now.
    pub(super) fn cross(
        &mut self,
        seq: Seq,
        to: End,
        frame: Frame,
        mut trace: Option<&mut Trace>,
    ) -> Option<Frame> {
        let now = self.now;
        let Some((at, side)) = self.net.link_at(to) else {
            // What a host sends to itself passes `lo` once.
            tap(now, seq, to, Dir::In, &frame, trace);
            return Some(frame);
        };
        let from = self.net.links[at].ends[1 - side];
        if seq < self.net.links[at].cut {
            lose(now, seq, from, Reason::CableOut, trace);
            return None;
        }
        let queued = &mut self.net.links[at].queued[1 - side];
        *queued = queued.saturating_sub(1);
        tap(now, seq, from, Dir::Out, &frame, trace.as_deref_mut());
        let is_taken = self.takes(to, &frame);
        self.depart(seq, from, &frame, is_taken, trace.as_deref_mut());
        if let Some(mtu) = self.net.links[at].mtu
            && frame.bytes.len() > ETHERNET + usize::from(mtu)
        {
            lose(now, seq, from, Reason::CableMtu { mtu }, trace);
            return None;
        }
        match self.net.links[at].chance.draw(1 - side) {
            Fate::Arrives => self.arrive(seq, to, frame, trace),
            Fate::Late(by) => {
                lose(now, seq, from, Reason::CableLate { by_us: micros(by) }, trace);
                self.schedule(now + by, seq, to.node, What::Late { iface: to.iface, frame });
                None
            }
            Fate::Lost => {
                lose(now, seq, from, Reason::CableLoss, trace);
                None
            }
        }
    }

    /// A frame that was held up on its cable comes to the end, unless it was pulled out meanwhile.
    pub(super) fn come_late(
        &mut self,
        seq: Seq,
        to: End,
        frame: Frame,
        trace: Option<&mut Trace>,
    ) -> Option<Frame> {
        let (at, side) = self.net.link_at(to).expect("it was on a cable");
        let Link { ends, cut, .. } = &self.net.links[at];
        if seq < *cut {
            lose(self.now, seq, ends[1 - side], Reason::CableOut, trace);
            return None;
        }
        self.arrive(seq, to, frame, trace)
    }

    /// Whether the card at this end takes a frame of this length. A switch takes any: what a cable
    /// carries is said of the cable.
    fn takes(&self, to: End, frame: &Frame) -> bool {
        let host = self.net.node(to.node).host();
        host.is_none_or(|host| host.fib().iface(to.iface).takes(frame.bytes.len()))
    }

    /// A frame is at the other end: it comes in, unless the card there finds it too long.
    fn arrive(
        &mut self,
        seq: Seq,
        to: End,
        frame: Frame,
        trace: Option<&mut Trace>,
    ) -> Option<Frame> {
        if self.takes(to, &frame) {
            tap(self.now, seq, to, Dir::In, &frame, trace);
            return Some(frame);
        }
        let len = frame.bytes.len();
        self.at_host(seq, to, trace, |host, cx| host.refuse_long(to.iface, len, cx));
        None
    }

    /// A frame has left its sender. What the other end does not take counts as dropped on this
    /// side too. Linux 6.1 veth.c, veth_xmit.
    fn depart(
        &mut self,
        seq: Seq,
        from: End,
        frame: &Frame,
        is_taken: bool,
        trace: Option<&mut Trace>,
    ) {
        if let Kind::Switch(switch) = &mut self.net.nodes[usize::from(from.node.0)].kind {
            let tx = &mut switch.ifaces[usize::from(from.iface.0)].tx;
            tx.count_sent(frame.bytes.len(), is_taken);
            return;
        }
        self.at_host(seq, from, trace, |host, cx| host.sent(from.iface, frame, is_taken, cx));
    }

    /// Something happens to a host's end of a cable.
    fn at_host(
        &mut self,
        seq: Seq,
        end: End,
        mut trace: Option<&mut Trace>,
        what: impl FnOnce(&mut Host, &mut Cx<'_>),
    ) {
        let Node { kind, rng, .. } = &mut self.net.nodes[usize::from(end.node.0)];
        let Kind::Host(host) = kind else { return };
        let mut effects = mem::take(&mut self.effects);
        let mut cx = Cx {
            now: self.now,
            node: end.node,
            seq,
            rng,
            frames: &mut self.frames,
            trace: trace.as_deref_mut(),
            effects: &mut effects,
        };
        what(host, &mut cx);
        self.apply(seq, end.node, effects, trace);
    }
}

/// Records that a frame passes an end of a cable.
fn tap(now: Instant, seq: Seq, at: End, dir: Dir, frame: &Frame, trace: Option<&mut Trace>) {
    if let Some(trace) = trace {
        trace.add(now, seq, at.node, Note::Frame { iface: at.iface, dir, frame: frame.clone() });
    }
}

/// Records why a frame does not arrive, or not in time, at the node that has sent it.
fn lose(now: Instant, seq: Seq, from: End, why: Reason, trace: Option<&mut Trace>) {
    if let Some(trace) = trace {
        trace.note(now, seq, from.node, why);
    }
}

/// Whole microseconds, for a reason.
fn micros(time: Duration) -> u32 {
    u32::try_from(time.as_micros()).unwrap_or(u32::MAX)
}
