//! What happens to a node, and what a node asks for in return.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

use lvs_engine::{Instant, OriginId, Rewrite};
use rand_pcg::Pcg64Mcg;

use crate::command::Command;
use crate::frame::{Frame, FrameBuf, Frames};
use crate::reason::{Reason, Setting};
use crate::trace::{Dir, Note, Trace};

/// A node: its index in the order of the scenario file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub u16);

/// An interface of one node, from 0 (`lo` on a host) in order of creation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IfaceId(pub u16);

/// The number of an event: schedulings are counted, so equal times are first come, first served.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Seq(pub u64);

/// A command that was given to a node, from its start to its end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobId(pub u32);

/// Something that happens to a node at an instant.
#[derive(Clone, Debug)]
pub struct Event {
    /// When.
    pub at: Instant,
    /// Its number.
    pub seq: Seq,
    /// The event during which this one was asked for.
    pub cause: Seq,
    /// To whom.
    pub node: NodeId,
    /// What.
    pub what: What,
}

impl Event {
    /// Its place in the order of events: the time above, the number, which no two share, below.
    const fn place(&self) -> u128 {
        (self.at.as_nanos() as u128) << 64 | self.seq.0 as u128
    }
}

/// What will happen. The heap moves places in the order of events, and where each stands.
#[derive(Clone, Debug, Default)]
pub(crate) struct Queue {
    heap: BinaryHeap<Reverse<(u128, u32)>>,
    slots: Vec<Option<Event>>,
    free: Vec<u32>,
}

impl Queue {
    pub(crate) fn is_empty(&self) -> bool {
        self.heap.is_empty()
    }

    /// When the next event happens, and its number.
    pub(crate) fn next(&self) -> Option<(Instant, Seq)> {
        let Reverse((place, _)) = self.heap.peek()?;
        Some((Instant::from_nanos((place >> 64) as u64), Seq(*place as u64)))
    }

    pub(crate) fn push(&mut self, event: Event) {
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(None);
            u32::try_from(self.slots.len() - 1).expect("a story has fewer events than that")
        });
        self.heap.push(Reverse((event.place(), slot)));
        self.slots[slot as usize] = Some(event);
    }

    pub(crate) fn pop(&mut self) -> Option<Event> {
        let Reverse((_, slot)) = self.heap.pop()?;
        self.free.push(slot);
        self.slots[slot as usize].take()
    }
}

/// What can happen to a node.
#[derive(Clone, Debug)]
pub enum What {
    /// A frame comes in.
    Arrive {
        /// Where.
        iface: IfaceId,
        /// Which.
        frame: Frame,
    },
    /// The time that the node asked for has come.
    Wake,
    /// A command is typed.
    Do {
        /// Its number.
        job: JobId,
        /// The command.
        command: Arc<Command>,
        /// Where it was written.
        origin: OriginId,
    },
    /// The cable of an interface was put in or pulled out.
    Carrier {
        /// Which interface.
        iface: IfaceId,
        /// Whether it now has a carrier.
        up: bool,
    },
}

/// The two ways out of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// Standard output: what was asked for.
    Out,
    /// Standard error: what went wrong, and what is said beside.
    Err,
}

/// What a node asks for.
#[derive(Clone, Debug)]
pub enum Effect {
    /// Put this frame on the cable of this interface.
    Send {
        /// Which interface.
        iface: IfaceId,
        /// The frame.
        frame: Frame,
    },
    /// Show this text as output of a command.
    Print {
        /// The command.
        job: JobId,
        /// Where to.
        stream: Stream,
        /// The text, with its line ends.
        text: String,
    },
    /// A command has ended.
    End {
        /// The command.
        job: JobId,
        /// Its exit status.
        status: u8,
    },
}

/// The generator of random numbers: value-stable, one stream a node.
pub type Rng = Pcg64Mcg;

/// All that a node may touch besides itself. Nodes never see the queue, the clock or each other.
pub struct Cx<'a> {
    /// The present instant.
    pub now: Instant,
    /// The node that is being driven.
    pub node: NodeId,
    /// The event that is being handled: the cause of whatever is asked for now.
    pub seq: Seq,
    /// The node's own stream of random numbers.
    pub rng: &'a mut Rng,
    /// The source of new frames.
    pub frames: &'a mut Frames,
    /// Where notes go, if anybody reads them.
    pub trace: Option<&'a mut Trace>,
    /// What the node asks for.
    pub effects: &'a mut Vec<Effect>,
}

impl Cx<'_> {
    /// Notes why something was done or not done.
    pub fn note(&mut self, reason: Reason) {
        if let Some(trace) = &mut self.trace {
            trace.note(self.now, self.seq, self.node, reason);
        }
    }

    /// Notes that a decision read this setting.
    pub fn read(&mut self, what: Setting, value: u32, origin: OriginId) {
        self.note(Reason::Read { what, value, origin });
    }

    /// Notes what IPVS edits.
    pub(crate) fn note_rewrite(&mut self, rewrite: Rewrite) {
        if let Some(trace) = &mut self.trace {
            trace.add(self.now, self.seq, self.node, Note::Rewrite(rewrite));
        }
    }

    /// Notes a packet on an interface that has no cable (`lo`, `tunl0`).
    pub fn tap(&mut self, iface: IfaceId, dir: Dir, bytes: &FrameBuf) {
        if let Some(trace) = &mut self.trace {
            trace.tap(self.now, self.seq, self.node, iface, dir, bytes);
        }
    }

    /// Puts a frame on the cable of an interface.
    pub fn send(&mut self, iface: IfaceId, frame: Frame) {
        self.effects.push(Effect::Send { iface, frame });
    }

    /// Shows text as the output of a command.
    pub fn print(&mut self, job: JobId, text: impl Into<String>) {
        self.say(job, Stream::Out, text.into());
    }

    /// Shows text as what a command says on its standard error.
    pub fn complain(&mut self, job: JobId, text: impl Into<String>) {
        self.say(job, Stream::Err, text.into());
    }

    /// Shows text on one of a command's streams.
    pub(crate) fn say(&mut self, job: JobId, stream: Stream, text: String) {
        if !text.is_empty() {
            self.effects.push(Effect::Print { job, stream, text });
        }
    }

    /// Ends a command.
    pub fn end(&mut self, job: JobId, status: u8) {
        self.effects.push(Effect::End { job, status });
    }
}

impl lvs_engine::Probe for Cx<'_> {
    fn note(&mut self, reason: lvs_engine::Reason) {
        self.note(Reason::Ipvs(reason));
    }
}
