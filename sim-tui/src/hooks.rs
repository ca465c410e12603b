//! The way of a step's packet through a host: netfilter's hooks, the routing decisions between them, and IPVS in its places.
//!
//! Which hooks a packet has passed and what was decided there is in the trace; which rules it met is told by their counters, just
//! before the step and at it.

pub mod rules;
#[cfg(test)]
mod tests;
pub mod way;

use sim_core::event::NodeId;
use sim_core::netfilter::Listed;

use crate::session::Session;
use way::Passage;

/// What is shown.
#[derive(Debug, Default)]
pub struct Hooks {
    /// The first line that is shown.
    pub top: u16,
    /// The host; none if the step happens at none.
    pub node: Option<NodeId>,
    /// The packets of the step, in the order in which they began.
    pub passages: Vec<Passage>,
    /// The tables of rules that are in use, at the step.
    pub now: Vec<Listed>,
    /// The same before it.
    pub before: Vec<Listed>,
    /// Whether IPVS has services there.
    pub has_services: bool,
    /// The step that was read.
    read: Option<usize>,
}

impl Hooks {
    /// Reads a step. The session is at that step before and after.
    pub fn read(&mut self, session: &mut Session, step: usize) {
        if self.read == Some(step) {
            return;
        }
        *self = Self { read: Some(step), ..Self::default() };
        let Some(node) = session.steps().get(step).and_then(|own| own.node) else { return };
        if session.net().node(node).host().is_none() {
            return;
        }
        self.node = Some(node);
        self.passages = way::passages(session.entries(step), node);
        session.seek_before(step);
        self.before = listed(session, node);
        session.seek(step);
        self.now = listed(session, node);
        let host = session.world().net.node(node).host();
        let engine = host.and_then(|host| host.engine());
        self.has_services = engine.is_some_and(|engine| engine.services().next().is_some());
    }
}

fn listed(session: &Session, node: NodeId) -> Vec<Listed> {
    let host = session.world().net.node(node).host();
    let netfilter = host.and_then(|host| host.netfilter());
    netfilter.map_or_else(Vec::new, |own| own.used_tables().cloned().collect())
}
