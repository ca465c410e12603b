//! From what a player does to the steps that a person looks at.

use sim_core::event::NodeId;
use sim_core::frame::FrameId;
use sim_core::net::Kind as NodeKind;
use sim_core::scenario::Step as Told;
use sim_core::story::{Player, Progress};
use sim_core::trace::{Dir, Entry, How, Note, Trace};
use sim_core::worth;

use super::step::{Kind, Mark, Step};

/// Steps in the making.
#[derive(Debug, Default)]
pub(super) struct Builder {
    pub(super) steps: Vec<Step>,
    /// By the number of a frame: where it is seen first.
    pub(super) frames: Vec<u32>,
}

/// No place in the trace.
const NOWHERE: u32 = u32::MAX;

impl Builder {
    /// Takes in what one step of the player has added to the trace.
    pub(super) fn add(
        &mut self,
        progress: &Progress,
        before: usize,
        failed: usize,
        ticks: u32,
        player: &Player,
        trace: &Trace,
    ) {
        self.note_frames(before, trace);
        let entries = before as u32..trace.len() as u32;
        let last = trace.events().len().saturating_sub(1) as u32;
        let step = |node, kind, mark| Step {
            at: player.world.now(),
            ticks,
            event: last,
            entries: entries.clone(),
            node,
            kind,
            mark,
        };
        match progress {
            Progress::Story(number) => {
                let story = Kind::Story(*number as u16);
                match &player.scenario().story[*number].value {
                    Told::Say(_) | Told::Ask { .. } | Told::Cable { .. } | Told::Power { .. } => {
                        self.steps.push(step(None, story, Mark::Story));
                    }
                    Told::Expect(_) => {
                        self.expected(*number, failed, &step(None, story, Mark::None), player)
                    }
                    _ => {}
                }
            }
            Progress::Injected(_) => {
                let node = trace.entries().get(before).map(|entry| entry.node);
                self.steps.push(step(node, Kind::Injected, Mark::Story));
            }
            Progress::Event => self.event(ticks, before, player, trace),
            Progress::Typed(_) | Progress::Quiet | Progress::Done => {}
        }
    }

    fn note_frames(&mut self, before: usize, trace: &Trace) {
        for (at, entry) in trace.entries().iter().enumerate().skip(before) {
            if let Note::Frame { frame, .. } = &entry.what {
                let id = frame.id.0 as usize;
                if self.frames.len() <= id {
                    self.frames.resize(id + 1, NOWHERE);
                }
                if self.frames[id] == NOWHERE {
                    self.frames[id] = at as u32;
                }
            }
        }
    }

    /// Where a frame is seen first in the trace.
    pub(super) fn first_seen(&self, id: FrameId) -> Option<usize> {
        self.frames.get(id.0 as usize).filter(|at| **at != NOWHERE).map(|at| *at as usize)
    }

    /// Expectations that follow each other are one step.
    fn expected(&mut self, number: usize, failed: usize, step: &Step, player: &Player) {
        let failures = failed as u16..player.failures().len() as u16;
        let mark = |failures: &std::ops::Range<u16>| match failures.is_empty() {
            true => Mark::None,
            false => Mark::Failed,
        };
        if let Some(Step {
            kind: Kind::Expected { first, count, failed }, mark: own, ticks, ..
        }) = self.steps.last_mut()
            && usize::from(*first + *count) == number
        {
            *count += 1;
            failed.end = failures.end;
            (*own, *ticks) = (mark(failed), step.ticks);
            return;
        }
        let (first, mark) = (number as u16, mark(&failures));
        let kind = Kind::Expected { first, count: 1, failed: failures };
        self.steps.push(Step { kind, mark, ..step.clone() });
    }

    fn event(&mut self, ticks: u32, before: usize, player: &Player, trace: &Trace) {
        let entries = &trace.entries()[before..];
        let (Some(event), false) = (trace.events().last(), entries.is_empty()) else { return };
        let is_host = |node| matches!(player.world.net.node(node).kind, NodeKind::Host(_));
        let why = |entry: &Entry| match &entry.what {
            Note::Why(reason) => Some(*reason),
            _ => None,
        };
        let mark = Mark::of(entries);
        let kind = match event.how {
            How::Came(iface) => {
                let is_frame = |entry: &&Entry| matches!(entry.what, Note::Frame { .. });
                let came = entries.iter().position(|entry| {
                    matches!(&entry.what, Note::Frame { iface: own, dir: Dir::In, .. } if (entry.node, *own) == (event.node, iface))
                });
                let is_others = entries
                    .iter()
                    .filter_map(why)
                    .any(|reason| reason.code() == "eth.drop.other-mac");
                let seen = came.or_else(|| entries.iter().position(|entry| is_frame(&entry)));
                let worth_it = is_host(event.node) && !is_others || mark >= Mark::Warning;
                match seen.filter(|_| worth_it) {
                    Some(place) => {
                        let Note::Frame { frame, .. } = &entries[place].what else { return };
                        let from = self.sender(frame.id, trace);
                        Kind::Frame { entry: (before + place) as u32, from, lost: came.is_none() }
                    }
                    None if mark >= Mark::Served => Kind::Timer,
                    None => return,
                }
            }
            How::Typed(_) => Kind::Typed,
            How::Woke | How::Interrupted(_) | How::Carrier(_) => {
                let alone = |entry: &Entry| match &entry.what {
                    Note::Why(reason) => worth::stands_alone(reason.code(), false),
                    Note::Output { .. } | Note::Served { .. } => true,
                    _ => false,
                };
                match entries.iter().any(alone) || mark >= Mark::Served {
                    true => Kind::Timer,
                    false => return,
                }
            }
        };
        let entries = before as u32..trace.len() as u32;
        let (at, node, event) = (event.at, Some(event.node), trace.events().len() as u32 - 1);
        self.steps.push(Step { at, ticks, event, entries, node, kind, mark });
    }

    /// The host that has sent a frame.
    fn sender(&self, id: FrameId, trace: &Trace) -> Option<NodeId> {
        self.first_seen(id).map(|at| trace.entries()[at].node)
    }
}
