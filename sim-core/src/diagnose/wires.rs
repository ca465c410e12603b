//! Which cards are on one wire, by cables and switches, plugged in or not.

use std::net::Ipv4Addr;

use crate::event::{IfaceId, NodeId};
use crate::net::Net;
use crate::world::World;

/// The wires of a network. What is typed does not change them.
#[derive(Clone, Debug)]
pub(super) struct Wires {
    segments: Vec<Vec<(NodeId, IfaceId)>>,
}

impl Wires {
    pub(super) fn of(net: &Net) -> Self {
        // Each switch is one wire; so is a cable between two hosts.
        let mut of_node: Vec<usize> = (0..net.nodes.len()).collect();
        let is_switch = |node: NodeId| net.node(node).host().is_none();
        for link in &net.links {
            let [a, b] = link.ends.map(|end| end.node);
            if is_switch(a) && is_switch(b) {
                let (one, other) = (of_node[usize::from(a.0)], of_node[usize::from(b.0)]);
                of_node.iter_mut().filter(|own| **own == other).for_each(|own| *own = one);
            }
        }
        let mut switched: Vec<Vec<(NodeId, IfaceId)>> = vec![Vec::new(); net.nodes.len()];
        let mut segments = Vec::new();
        for link in &net.links {
            let [a, b] = link.ends;
            match (is_switch(a.node), is_switch(b.node)) {
                (true, true) => {}
                (true, false) => {
                    switched[of_node[usize::from(a.node.0)]].push((b.node, b.iface));
                }
                (false, true) => {
                    switched[of_node[usize::from(b.node.0)]].push((a.node, a.iface));
                }
                (false, false) => segments.push(vec![(a.node, a.iface), (b.node, b.iface)]),
            }
        }
        segments.extend(switched.into_iter().filter(|cards| !cards.is_empty()));
        Self { segments }
    }

    /// The cards on each wire.
    pub(super) fn segments(&self) -> impl Iterator<Item = &[(NodeId, IfaceId)]> {
        self.segments.iter().map(Vec::as_slice)
    }

    /// The wire that a card is on.
    pub(super) fn of_card(&self, card: (NodeId, IfaceId)) -> Option<&[(NodeId, IfaceId)]> {
        self.segments().find(|cards| cards.contains(&card))
    }

    /// Who on the wire of a card has an address: the one that is wanted if it is among them; of
    /// others, who has it on that card.
    pub(super) fn owner(
        &self,
        world: &World,
        card: (NodeId, IfaceId),
        addr: Ipv4Addr,
        wanted: Option<NodeId>,
    ) -> Option<NodeId> {
        let near = self.of_card(card)?;
        let mut found = None;
        for (node, iface) in near.iter().filter(|(node, _)| *node != card.0) {
            let Some(host) = world.net.node(*node).host() else { continue };
            if !host.fib().iface(*iface).up || !host.fib().is_own(addr) {
                continue;
            }
            if wanted == Some(*node) {
                return wanted;
            }
            if found.is_none() || host.fib().iface(*iface).has(addr) {
                found = Some(*node);
            }
        }
        found
    }
}
