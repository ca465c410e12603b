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

/// The room for events that an empty queue keeps.
const KEPT: usize = 256;

/// What will happen, in batches: events that were asked for one after the other and happen at one
/// instant, as cables of one length make them. Only batches are sorted.
///
/// Events of one instant that are in two batches stay in order: the older batch no longer grows when
/// the younger one begins.
#[derive(Clone, Debug, Default)]
pub(crate) struct Queue {
    /// The place of each batch's first event, and where that stands.
    batches: BinaryHeap<Reverse<(u128, u32)>>,
    /// The first event of the batch whose turn it is.
    current: Option<u32>,
    /// The batch that grows: when it happens, and its last event.
    growing: Option<(Instant, u32)>,
    slots: Vec<Slot>,
    free: Vec<u32>,
}

/// Room for an event, and the next of its batch.
#[derive(Clone, Debug)]
struct Slot {
    event: Option<Event>,
    next: Option<u32>,
}

impl Queue {
    pub(crate) fn is_empty(&self) -> bool {
        self.free.len() == self.slots.len()
    }

    /// When the next event happens, and its number.
    #[inline]
    pub(crate) fn next(&self) -> Option<(Instant, Seq)> {
        if let Some(first) = self.current {
            return self.slots[first as usize].event.as_ref().map(|event| (event.at, event.seq));
        }
        let Reverse((place, _)) = self.batches.peek()?;
        Some((Instant::from_nanos((place >> 64) as u64), Seq(*place as u64)))
    }

    pub(crate) fn push(&mut self, event: Event) {
        let (at, place) = (event.at, event.place());
        let filled = Slot { event: Some(event), next: None };
        let slot = match self.free.pop() {
            Some(slot) => {
                self.slots[slot as usize] = filled;
                slot
            }
            None => {
                self.slots.push(filled);
                u32::try_from(self.slots.len() - 1).expect("a story has fewer events than that")
            }
        };
        match self.growing {
            Some((when, last)) if when == at => self.slots[last as usize].next = Some(slot),
            _ => self.batches.push(Reverse((place, slot))),
        }
        self.growing = Some((at, slot));
    }

    /// The next event. Time is then at least its instant: what is asked for later comes after the
    /// rest of its batch.
    pub(crate) fn pop(&mut self) -> Option<Event> {
        let slot = match self.current {
            Some(slot) => slot,
            None => self.batches.pop()?.0.1,
        };
        let Slot { event, next } = &mut self.slots[slot as usize];
        self.current = next.take();
        if self.growing.is_some_and(|(_, last)| last == slot) {
            self.growing = None;
        }
        let event = event.take();
        self.free.push(slot);
        if self.is_empty() && self.slots.len() > KEPT {
            // So many happen together when a large world begins, and hardly again.
            *self = Self::default();
        }
        event
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
    /// A frame comes in that its cable has held up; it counted as sent when it should have come.
    Late {
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
    /// Ctrl-C is typed while a command runs.
    Interrupt {
        /// Its number.
        job: JobId,
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
