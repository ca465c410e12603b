//! The nodes and the cables between them.

use std::sync::Arc;
use std::time::Duration;

use lvs_engine::Instant;
use petgraph::algo::astar;
use petgraph::graph::NodeIndex;
use petgraph::stable_graph::StableUnGraph;

use crate::chance::Chance;
use crate::event::{IfaceId, NodeId, Rng, Seq};
use crate::host::Host;
use crate::switch::Switch;

/// A node: a host or a switch, and whether it is switched on.
#[derive(Clone, Debug)]
pub struct Node {
    /// Its name.
    pub name: Arc<str>,
    /// What it is.
    pub kind: Kind,
    /// Whether it is switched on.
    pub on: bool,
    pub(crate) rng: Rng,
}

/// The two kinds of node.
#[derive(Clone, Debug)]
pub enum Kind {
    /// A Linux host.
    Host(Box<Host>),
    /// A learning switch.
    Switch(Switch),
}

impl Node {
    /// The host, if it is one.
    pub fn host(&self) -> Option<&Host> {
        match &self.kind {
            Kind::Host(host) => Some(host),
            Kind::Switch(_) => None,
        }
    }

    /// Whether the node is on, and nobody has set this interface of it down.
    fn is_card_on(&self, iface: IfaceId) -> bool {
        self.on && self.host().is_none_or(|host| host.fib().iface(iface).up)
    }

    /// The name of an interface; those of a switch are numbers. One that a command made is lost with the power.
    pub fn iface_name(&self, id: IfaceId) -> String {
        match &self.kind {
            Kind::Host(host) => {
                let own = host.fib().ifaces.get(usize::from(id.0));
                own.map_or_else(|| format!("if{}", id.0), |own| own.name.clone())
            }
            Kind::Switch(_) => id.0.to_string(),
        }
    }

    /// The interface of this name.
    pub fn iface_by_name(&self, name: &str) -> Option<IfaceId> {
        match &self.kind {
            Kind::Host(host) => host.fib().iface_by_name(name),
            Kind::Switch(switch) => name
                .parse()
                .ok()
                .filter(|&at: &u16| usize::from(at) < switch.ifaces.len())
                .map(IfaceId),
        }
    }
}

/// One end of a cable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct End {
    /// The node.
    pub node: NodeId,
    /// Its interface.
    pub iface: IfaceId,
}

/// A cable.
#[derive(Clone, Debug)]
pub struct Link {
    /// Its ends.
    pub ends: [End; 2],
    /// How long a frame waits in the queue at its sender, which here is all the way.
    pub delay: Duration,
    /// Bits a second; none: no limit.
    pub bandwidth: Option<u64>,
    /// The largest packet that it carries; none: any.
    pub mtu: Option<u16>,
    /// What it does to frames by chance.
    pub chance: Chance,
    /// Whether it is plugged in.
    pub up: bool,
    /// Whether it carries, as [`Net::is_connected`] last said.
    pub(crate) carries: bool,
    /// Until when each direction is busy with what was sent before.
    pub(crate) busy: [Instant; 2],
    /// How many frames wait in the queue of each end.
    pub(crate) queued: [u16; 2],
    /// It lost its carrier during this event: what was sent earlier and is on its way is gone.
    pub(crate) cut: Seq,
}

/// The nodes and the cables between them.
#[derive(Clone, Debug, Default)]
pub struct Net {
    /// The nodes, in the order of the file.
    pub nodes: Vec<Node>,
    /// The cables, in the order of the file.
    pub links: Vec<Link>,
    /// By node and interface: the cable in it, and which of its ends that is.
    plugs: Vec<Vec<Option<(usize, usize)>>>,
    /// For layout and for the question how something should have gone; indices are those of `nodes`
    /// and `links`.
    graph: StableUnGraph<NodeId, usize, u16>,
}

impl Net {
    /// Adds a node.
    pub fn add_node(&mut self, node: Node) -> NodeId {
        let id = NodeId(self.nodes.len() as u16);
        self.graph.add_node(id);
        self.plugs.push(Vec::new());
        self.nodes.push(node);
        id
    }

    /// Adds a cable; its ends must be there and free.
    pub fn add_link(&mut self, link: Link) {
        let [a, b] = link.ends;
        for (side, end) in [a, b].into_iter().enumerate() {
            assert!(self.link_at(end).is_none(), "a cable goes into a free interface");
            let ifaces = &mut self.plugs[usize::from(end.node.0)];
            let at = usize::from(end.iface.0);
            ifaces.resize(ifaces.len().max(at + 1), None);
            ifaces[at] = Some((self.links.len(), side));
            if let Kind::Switch(switch) = &mut self.nodes[usize::from(end.node.0)].kind {
                switch.add(end.iface);
            }
        }
        self.graph.add_edge(index(a.node), index(b.node), self.links.len());
        self.links.push(link);
    }

    /// A node.
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[usize::from(id.0)]
    }

    pub(crate) fn node_mut(&mut self, id: NodeId) -> &mut Node {
        &mut self.nodes[usize::from(id.0)]
    }

    /// The node of this name.
    pub fn node_by_name(&self, name: &str) -> Option<NodeId> {
        self.nodes.iter().position(|node| &*node.name == name).map(|at| NodeId(at as u16))
    }

    /// The numbers of all nodes.
    pub fn node_ids(&self) -> impl Iterator<Item = NodeId> + use<> {
        (0..self.nodes.len() as u16).map(NodeId)
    }

    /// The cable in an interface, and which of its ends that is.
    pub fn link_at(&self, end: End) -> Option<(usize, usize)> {
        *self.plugs.get(usize::from(end.node.0))?.get(usize::from(end.iface.0))?
    }

    /// The cables in a node's interfaces, in the order of the file.
    pub(crate) fn links_of(&self, node: NodeId) -> Vec<usize> {
        let plugs = self.plugs[usize::from(node.0)].iter().flatten();
        let mut links: Vec<_> = plugs.map(|(link, _)| *link).collect();
        links.sort_unstable();
        links.dedup();
        links
    }

    /// The nodes on the shortest way over cables from one node to another, both included.
    pub fn path(&self, from: NodeId, to: NodeId) -> Option<Vec<NodeId>> {
        let goal = index(to);
        let (_, way) = astar(&self.graph, index(from), |at| at == goal, |_| 1_u32, |_| 0)?;
        Some(way.into_iter().map(|at| self.graph[at]).collect())
    }

    /// Whether a cable carries: it is plugged in, and the nodes and cards at both ends are on.
    ///
    /// Linux 6.1 drivers/net/veth.c, veth_open and veth_close: a card that is set down takes the
    /// carrier from the other end, as a real one does when its transmitter goes off.
    pub fn is_connected(&self, link: usize) -> bool {
        let link = &self.links[link];
        link.up && link.ends.iter().all(|end| self.node(end.node).is_card_on(end.iface))
    }
}

fn index(id: NodeId) -> NodeIndex<u16> {
    NodeIndex::new(usize::from(id.0))
}
