//! Requests: what a client asked, what came of it, and all that happened because of it.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use super::ends;
use super::view::View;
use crate::event::{JobId, NodeId};
use crate::frame::FrameId;
use crate::reason::Reason;
use crate::tcpdump::fields::{ICMP, Ipv4, RST, TCP, Tcp, u8_at};
use crate::trace::{Happened, How, Note};

/// What a client asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request {
    /// The command.
    pub job: JobId,
    /// Where it was typed.
    pub node: NodeId,
    /// The how-manieth of the run it is, from 1; those of `ping` count, too.
    pub number: usize,
    /// The event in which it was typed.
    pub began: usize,
    /// The event in which the command ended, or the run's last one.
    pub ended: usize,
    /// Whether it got its answer.
    pub served: bool,
    /// The command's exit status, if it has ended.
    pub status: Option<u8>,
}

impl Request {
    /// Whether its client was told, or found out, that nothing came of it.
    pub fn has_failed(&self) -> bool {
        !self.served && self.status.is_some_and(|status| status != 0)
    }

    /// All requests of a run, in order. Commands that are typed and never run are none.
    pub(super) fn all(view: &View<'_>) -> Vec<Self> {
        let (trace, world) = (view.trace(), view.world());
        let last = trace.events().len().saturating_sub(1);
        let mut found: BTreeMap<JobId, Self> = BTreeMap::new();
        let mut typed: BTreeMap<JobId, usize> = BTreeMap::new();
        for (at, event) in trace.events().iter().enumerate() {
            if let How::Typed(job) = event.how {
                typed.insert(job, at);
            }
        }
        for (at, entry) in trace.entries().iter().enumerate() {
            let (job, asks) = match &entry.what {
                Note::Asked { job, .. } => (*job, true),
                Note::Typed { job, text } => (*job, text.starts_with("ping ")),
                Note::Served { job, .. } => {
                    if let Some(own) = found.get_mut(job) {
                        own.served = true;
                    }
                    continue;
                }
                Note::Ended { job, status } => {
                    if let Some(own) = found.get_mut(job) {
                        (own.ended, own.status) = (view.event_of(at), Some(*status));
                    }
                    continue;
                }
                _ => continue,
            };
            if asks
                && world.job(job).is_some()
                && let Some(&began) = typed.get(&job)
            {
                let (number, node) = (0, entry.node);
                let fresh =
                    Self { job, node, number, began, ended: last, served: false, status: None };
                found.entry(job).or_insert(fresh);
            }
        }
        let mut all: Vec<Self> = found.into_values().collect();
        all.sort_by_key(|own| own.began);
        for (number, own) in (1..).zip(&mut all) {
            own.number = number;
        }
        all
    }

    /// All events that happened because of it until it ended, in order: what it caused, and
    /// wherever its packets came.
    pub(super) fn events(&self, view: &View<'_>) -> Vec<usize> {
        let mut of_it = BTreeSet::from([self.began]);
        let mut family: BTreeSet<FrameId> = BTreeSet::new();
        // Whose MAC addresses its packets wait for: another request may have asked before.
        let mut waits: BTreeSet<(NodeId, Ipv4Addr)> = BTreeSet::new();
        for event in self.began..=self.ended {
            let came = view.arrival(event).map(|(_, frame)| frame);
            let caused = view.causes.cause(event).is_some_and(|cause| of_it.contains(&cause));
            let is_child = came.is_some_and(|frame| {
                family.contains(&frame.id) || frame.parent.is_some_and(|own| family.contains(&own))
            });
            let is_asked = came.is_some_and(|frame| {
                let asker =
                    view.frame(frame.id).map(|(first, _)| view.trace().entries()[first].node);
                asker.zip(ends::target(frame)).is_some_and(|key| waits.contains(&key))
            });
            if caused
                || is_child
                || is_asked
                || event == self.began
                || gives_up(view, event, &waits)
            {
                for at in view.decided(event) {
                    let own = &view.decisions[at];
                    waits.extend(own.notes.iter().filter_map(|note| match note {
                        Reason::NeighWaits { addr } => Some((own.node, *addr)),
                        _ => None,
                    }));
                }
                of_it.insert(event);
                family.extend(came.map(|frame| frame.id));
            }
        }
        of_it.into_iter().collect()
    }

    /// The arrival that told the client: a reset, or an ICMP error. None if it gave up by itself.
    pub(super) fn told(&self, view: &View<'_>, events: &[usize]) -> Option<usize> {
        let is_told = |event: &usize| {
            let Happened { node, how: How::Came(_), .. } = view.event(*event) else { return false };
            let Some((_, frame)) = view.arrival(*event) else { return false };
            let taken = || {
                view.decided(*event).any(|at| {
                    matches!(
                        view.decisions[at].verdict(),
                        Some(Reason::TcpTaken { .. } | Reason::IcmpDelivered { .. })
                    )
                })
            };
            *node == self.node && is_bad_news(frame.bytes.bytes()) && taken()
        };
        events.iter().copied().rfind(is_told)
    }

    /// The last event in which the client took something that was for it.
    pub(super) fn progress(&self, view: &View<'_>, events: &[usize]) -> usize {
        let takes = |event: &usize| {
            let Happened { node, how: How::Came(_), .. } = view.event(*event) else { return false };
            *node == self.node
                && view.decided(*event).any(|at| {
                    matches!(
                        view.decisions[at].verdict(),
                        Some(Reason::TcpTaken { .. } | Reason::UdpTaken { .. })
                    )
                })
        };
        events.iter().copied().rfind(takes).unwrap_or(self.began)
    }
}

/// Whether a host gives up to find one of these.
fn gives_up(view: &View<'_>, event: usize, waits: &BTreeSet<(NodeId, Ipv4Addr)>) -> bool {
    view.decided(event).any(|at| {
        let own = &view.decisions[at];
        match own.verdict() {
            Some(Reason::NeighFailed { addr, .. }) => waits.contains(&(own.node, *addr)),
            _ => false,
        }
    })
}

/// Whether a frame carries a reset, or an ICMP error.
fn is_bad_news(frame: &[u8]) -> bool {
    let Some(packet) = frame.get(14..) else { return false };
    let Ok(head) = Ipv4::read(packet) else { return false };
    let Some(inside) = packet.get(head.head..) else { return false };
    match head.protocol {
        TCP => Tcp::read(inside).is_ok_and(|tcp| tcp.has(RST)),
        ICMP => u8_at(inside, 0).is_ok_and(|kind| matches!(kind, 3 | 11 | 12)),
        _ => false,
    }
}
