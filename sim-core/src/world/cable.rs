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
        self.depart(seq, from, &frame, trace.as_deref_mut());
        if let Some(mtu) = self.net.links[at].mtu
            && frame.bytes.len() > ETHERNET + usize::from(mtu)
        {
            lose(now, seq, from, Reason::CableMtu { mtu }, trace);
            return None;
        }
        match self.net.links[at].chance.draw(1 - side) {
            Fate::Arrives => {
                tap(now, seq, to, Dir::In, &frame, trace);
                Some(frame)
            }
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
        tap(self.now, seq, to, Dir::In, &frame, trace);
        Some(frame)
    }

    /// A frame has left its sender.
    fn depart(&mut self, seq: Seq, from: End, frame: &Frame, mut trace: Option<&mut Trace>) {
        let Node { kind, rng, .. } = &mut self.net.nodes[usize::from(from.node.0)];
        let host = match kind {
            Kind::Switch(switch) => {
                switch.ifaces[usize::from(from.iface.0)].tx.count(frame.bytes.len());
                return;
            }
            Kind::Host(host) => host,
        };
        let mut effects = mem::take(&mut self.effects);
        let mut cx = Cx {
            now: self.now,
            node: from.node,
            seq,
            rng,
            frames: &mut self.frames,
            trace: trace.as_deref_mut(),
            effects: &mut effects,
        };
        host.sent(from.iface, frame, &mut cx);
        self.apply(seq, from.node, effects, trace);
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
