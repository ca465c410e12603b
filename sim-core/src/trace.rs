//! What happened, in order: every event with its cause, every frame on every interface, every
//! decision, every output. Only ever added to.

use std::net::Ipv4Addr;

use lvs_engine::{Instant, Rewrite};

use crate::event::{IfaceId, JobId, NodeId, Seq, What};
use crate::frame::{Frame, FrameBuf, FrameId};
use crate::reason::Reason;

/// Which way a frame passes an interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dir {
    /// Into the node.
    In,
    /// Out of it.
    Out,
}

/// One entry of the trace.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// When.
    pub at: Instant,
    /// During which event.
    pub seq: Seq,
    /// At which node.
    pub node: NodeId,
    /// What.
    pub what: Note,
}

/// What an entry says.
#[derive(Clone, Debug, PartialEq)]
pub enum Note {
    /// A frame passed an interface that has a cable, or `lo`.
    Frame {
        /// Which interface.
        iface: IfaceId,
        /// Which way.
        dir: Dir,
        /// The frame.
        frame: Frame,
    },
    /// An IP packet without Ethernet passed an interface without a cable (`tunl0`).
    Packet {
        /// Which interface.
        iface: IfaceId,
        /// Which way.
        dir: Dir,
        /// Its bytes.
        bytes: FrameBuf,
    },
    /// A frame was made by hand: it leaves by this interface next, without the host's doing.
    Injected {
        /// Which interface.
        iface: IfaceId,
        /// The frame's number.
        frame: FrameId,
        /// How many bytes it has.
        len: usize,
    },
    /// A decision.
    Why(Reason),
    /// A command was typed.
    Typed {
        /// Its number.
        job: JobId,
        /// As it was typed.
        text: String,
    },
    /// A command said something.
    Output {
        /// The command.
        job: JobId,
        /// What it said.
        text: String,
    },
    /// A command ended.
    Ended {
        /// The command.
        job: JobId,
        /// Its exit status.
        status: u8,
    },
    /// A client began a request.
    Asked {
        /// The command.
        job: JobId,
        /// Its own port.
        port: u16,
    },
    /// A health check began to ask.
    Probed {
        /// The command.
        job: JobId,
        /// Its own port.
        port: u16,
    },
    /// IPVS edits the packet that it was shown: the difference between a frame and its child.
    Rewrite(Rewrite),
    /// A client got its answer.
    Served {
        /// The command.
        job: JobId,
        /// By whom, as the answer says.
        by: String,
        /// From which address.
        from: Ipv4Addr,
    },
}

/// What an event was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// A frame came to the end of its cable.
    Came(IfaceId),
    /// A timer fired.
    Woke,
    /// A command was typed.
    Typed(JobId),
    /// Ctrl-C was typed while a command ran.
    Interrupted(JobId),
    /// The cable of an interface was put in or pulled out.
    Carrier(IfaceId),
}

impl How {
    pub(crate) const fn of(what: &What) -> Self {
        match what {
            What::Arrive { iface, .. } | What::Late { iface, .. } => Self::Came(*iface),
            What::Wake => Self::Woke,
            What::Do { job, .. } => Self::Typed(*job),
            What::Interrupt { job } => Self::Interrupted(*job),
            What::Carrier { iface, .. } => Self::Carrier(*iface),
        }
    }
}

/// An event of the world: what entries of one number have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Happened {
    /// When.
    pub at: Instant,
    /// Its number.
    pub seq: Seq,
    /// The event during which this one was asked for; 0 if none did.
    pub cause: Seq,
    /// To whom.
    pub node: NodeId,
    /// What it was.
    pub how: How,
    /// Where its entries begin.
    pub first: usize,
}

/// A place in a trace: what is recorded until there.
///
/// The number of entries alone would not tell it: an event may have none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct End {
    /// How many entries.
    pub entries: usize,
    /// How many events.
    pub events: usize,
}

/// The record of a run.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    entries: Vec<Entry>,
    events: Vec<Happened>,
}

impl Trace {
    /// All entries.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The number of entries: a place to look back from.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether nothing has happened yet.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// All events, in the order in which they happened.
    pub fn events(&self) -> &[Happened] {
        &self.events
    }

    /// Where it ends now.
    pub fn end(&self) -> End {
        End { entries: self.entries.len(), events: self.events.len() }
    }

    /// Forgets all that was recorded after a place.
    pub fn truncate(&mut self, end: End) {
        self.entries.truncate(end.entries);
        self.events.truncate(end.events);
    }

    /// Takes off what was recorded after a place: a player that goes on from there writes it anew, and [`Self::put_back`]
    /// restores what was there.
    pub fn split_off(&mut self, end: End) -> Self {
        Self {
            entries: self.entries.split_off(end.entries),
            events: self.events.split_off(end.events),
        }
    }

    /// Puts what [`Self::split_off`] took back to that place, instead of whatever stands there now.
    pub fn put_back(&mut self, end: End, mut rest: Self) {
        self.truncate(end);
        self.entries.append(&mut rest.entries);
        self.events.append(&mut rest.events);
    }

    /// An event begins: the entries that follow are its own.
    pub(crate) fn begin(&mut self, at: Instant, seq: Seq, cause: Seq, node: NodeId, how: How) {
        let first = self.entries.len();
        self.events.push(Happened { at, seq, cause, node, how, first });
    }

    /// Adds an entry.
    pub fn add(&mut self, at: Instant, seq: Seq, node: NodeId, what: Note) {
        self.entries.push(Entry { at, seq, node, what });
    }

    pub(crate) fn note(&mut self, at: Instant, seq: Seq, node: NodeId, reason: Reason) {
        self.add(at, seq, node, Note::Why(reason));
    }

    pub(crate) fn tap(
        &mut self,
        at: Instant,
        seq: Seq,
        node: NodeId,
        iface: IfaceId,
        dir: Dir,
        bytes: &FrameBuf,
    ) {
        self.add(at, seq, node, Note::Packet { iface, dir, bytes: bytes.clone() });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An event of this number, at node 0, with as many entries.
    fn happens(trace: &mut Trace, seq: u64, entries: usize) {
        let (at, seq, node) = (Instant::ZERO, Seq(seq), NodeId(0));
        trace.begin(at, seq, Seq(0), node, How::Woke);
        for _ in 0..entries {
            trace.add(at, seq, node, Note::Ended { job: JobId(0), status: 0 });
        }
    }

    #[test]
    fn what_happened_before_a_place_stays_even_if_it_left_no_entry() {
        let mut trace = Trace::default();
        for (seq, entries) in [(1, 2), (2, 0)] {
            happens(&mut trace, seq, entries);
        }
        let (end, before) = (trace.end(), trace.clone());
        for (seq, entries) in [(3, 0), (4, 1)] {
            happens(&mut trace, seq, entries);
        }
        trace.truncate(end);
        assert_eq!(trace.events(), before.events());
        assert_eq!(trace.entries(), before.entries());
        assert_eq!((end.entries, end.events), (2, 2));
    }
}
