//! A host without a world, for tests: things happen to it, and what it asks for is handed back.

use std::time::Duration;

use lvs_engine::{Instant, Limits};
use rand_core::SeedableRng;

use super::Host;
use crate::Mac;
use crate::command::Command;
use crate::event::{Cx, Effect, IfaceId, NodeId, Rng, Seq};
use crate::frame::Frames;
use crate::shell::Shell;
use crate::trace::Trace;

pub(super) const ETH0: IfaceId = IfaceId(1);
pub(super) const ETH1: IfaceId = IfaceId(2);
/// Of `lo`, `eth0` and `eth1`.
pub(super) const MACS: [Mac; 3] =
    [Mac::ZERO, Mac([2, 0, 0, 0, 0, 0xd1]), Mac([2, 0, 0, 0, 0, 0xd2])];

/// The host, and what a world would keep for it.
pub(super) struct Alone {
    pub(super) host: Host,
    pub(super) now: Instant,
    pub(super) frames: Frames,
    pub(super) trace: Trace,
    rng: Rng,
}

impl Alone {
    /// A host with two cards whose cables are plugged in.
    pub(super) fn new() -> Self {
        let mut rng = Rng::seed_from_u64(1);
        let nics = [("eth0", MACS[1], 1500), ("eth1", MACS[2], 1500)]
            .map(|(name, mac, mtu)| (name.to_owned(), mac, mtu));
        let host = Host::new("host", &nics, Limits::default(), &mut rng);
        let (now, frames, trace) = (Instant::ZERO, Frames::default(), Trace::default());
        let mut alone = Self { host, now, frames, trace, rng };
        for iface in [ETH0, ETH1] {
            alone.with(|host, cx| host.carrier(iface, true, cx));
        }
        alone
    }

    /// Lets something happen. What it gives, and what the host asks for.
    pub(super) fn with<T>(
        &mut self,
        act: impl FnOnce(&mut Host, &mut Cx<'_>) -> T,
    ) -> (T, Vec<Effect>) {
        let mut effects = Vec::new();
        let mut cx = Cx {
            now: self.now,
            node: NodeId(0),
            seq: Seq(1),
            rng: &mut self.rng,
            frames: &mut self.frames,
            trace: Some(&mut self.trace),
            effects: &mut effects,
        };
        (act(&mut self.host, &mut cx), effects)
    }

    /// Goes on to the next timer that is due by then, if there is one; it is to be woken now.
    pub(super) fn goes_on(&mut self, end: Instant) -> bool {
        let due = self.host.wake_at().filter(|timer| timer.at <= end);
        self.now = due.map_or(end, |timer| timer.at);
        due.is_some()
    }

    /// When a wait that begins now is over.
    pub(super) fn end_of(&self, wait: Duration) -> Instant {
        self.now + wait
    }
}

/// The commands of a line.
pub(super) fn commands(line: &str) -> Vec<Command> {
    let steps = Shell::default().compile(line).unwrap_or_else(|e| panic!("{line}: {e:?}"));
    steps.into_iter().map(|step| step.command).collect()
}
