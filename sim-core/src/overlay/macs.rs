//! Which MAC address of a capture stands for which of the simulation: a bijection, kept throughout.
//!
//! The scenario may have the real ones; else addresses that one host alone has tell it best, by ARP
//! and by what it sends; what is left is matched as it appears. What contradicts the bijection is a difference.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::Ipv4Addr;

use super::shape::{Key, Shape, Step};
use crate::Mac;
use crate::event::NodeId;
use crate::net::{End, Kind, Net};

/// The bijection.
#[derive(Clone, Debug, Default)]
pub(super) struct Macs {
    to_sim: BTreeMap<Mac, Mac>,
    to_real: BTreeMap<Mac, Mac>,
}

impl Macs {
    /// The simulation's address for one of the capture.
    pub(super) fn sim(&self, real: Mac) -> Option<Mac> {
        self.to_sim.get(&real).copied()
    }

    /// Whether an address of the simulation is matched.
    pub(super) fn is_bound(&self, sim: Mac) -> bool {
        self.to_real.contains_key(&sim)
    }

    fn fits_one(&self, sim: Mac, real: Mac) -> bool {
        let is_word = |mac: Mac| mac.is_group() || mac == Mac::ZERO;
        match (self.to_sim.get(&real), self.to_real.get(&sim)) {
            _ if is_word(sim) || is_word(real) => sim == real,
            (None, None) => true,
            (own, other) => own == Some(&sim) && other == Some(&real),
        }
    }

    /// Matches two addresses, if neither is matched yet.
    fn bind_one(&mut self, sim: Mac, real: Mac) {
        let is_free = !self.to_sim.contains_key(&real) && !self.to_real.contains_key(&sim);
        if is_free && !sim.is_group() && !real.is_group() && sim != Mac::ZERO && real != Mac::ZERO {
            self.to_sim.insert(real, sim);
            self.to_real.insert(sim, real);
        }
    }

    /// Whether the addresses of two steps can stand for each other.
    pub(super) fn fit(&self, sim: &Step, real: &Step) -> bool {
        // Two addresses of one frame are two of the other.
        let mut own = self.clone();
        pairs(sim, real).all(|(sim, real)| {
            let fits = own.fits_one(sim, real);
            own.bind_one(sim, real);
            fits
        })
    }

    /// Matches the addresses of two steps that are one.
    pub(super) fn bind(&mut self, sim: &Step, real: &Step) {
        pairs(sim, real).for_each(|(sim, real)| self.bind_one(sim, real));
    }
}

/// The addresses in the fields that both have.
fn pairs<'a>(sim: &'a Step, real: &'a Step) -> impl Iterator<Item = (Mac, Mac)> + 'a {
    sim.macs.iter().filter_map(|(name, mac)| {
        let other = real.macs.iter().find(|(own, _)| own == name);
        other.map(|(_, other)| (*mac, *other))
    })
}

/// Who is on the wire of an interface, and who has which address.
#[derive(Clone, Debug, Default)]
pub(super) struct Wire {
    /// The addresses of the interfaces of this wire.
    owners: BTreeMap<Ipv4Addr, BTreeSet<Mac>>,
    /// How many machines have an address, on whichever interface.
    everywhere: BTreeMap<Ipv4Addr, BTreeSet<NodeId>>,
    /// Whose an address is: `director:eth0`.
    names: BTreeMap<Mac, String>,
    /// Who says by ARP that an address is his, in the simulation.
    claims: BTreeMap<Ipv4Addr, BTreeSet<Mac>>,
    /// From where packets of an address come, in the simulation.
    sources: BTreeMap<Ipv4Addr, BTreeSet<Mac>>,
    /// The MAC addresses that the simulation shows at the interface.
    seen: BTreeSet<Mac>,
}

impl Wire {
    /// The wire of this interface, and what the simulation sent there.
    pub(super) fn of(net: &Net, end: End, shapes: &[(usize, Shape)]) -> Self {
        let mut wire = Self::default();
        for id in net.node_ids() {
            let Some(host) = net.node(id).host() else { continue };
            for iface in &host.fib().ifaces {
                let place = format!("{}:{}", net.node(id).name, iface.name);
                wire.names.entry(iface.mac).or_insert(place);
                for addr in &iface.addrs {
                    wire.everywhere.entry(addr.local.addr).or_default().insert(id);
                }
            }
        }
        for end in reached(net, end) {
            let Some(host) = net.node(end.node).host() else { continue };
            let iface = host.fib().iface(end.iface);
            for addr in &iface.addrs {
                wire.owners.entry(addr.local.addr).or_default().insert(iface.mac);
            }
        }
        wire.claims = claims(shapes);
        wire.sources = sources(shapes);
        wire.seen = seen(shapes);
        wire
    }

    /// Whether a machine of the scenario has an address.
    pub(super) fn knows(&self, addr: Ipv4Addr) -> bool {
        self.everywhere.contains_key(&addr)
    }

    /// Some of the addresses of the scenario's machines.
    pub(super) fn addrs(&self) -> impl Iterator<Item = Ipv4Addr> {
        self.everywhere.keys().copied().filter(|addr| !addr.is_loopback())
    }

    /// Whose a MAC address is.
    pub(super) fn name(&self, mac: Mac) -> Option<&str> {
        self.names.get(&mac).map(String::as_str)
    }

    /// At which MAC addresses an address may be: where the simulation has it, or else may have it.
    pub(super) fn places(&self, addr: Ipv4Addr) -> Option<&BTreeSet<Mac>> {
        self.claims.get(&addr).or_else(|| self.owners.get(&addr))
    }

    fn place(&self, addr: Ipv4Addr) -> Option<Mac> {
        let places = self.places(addr).filter(|places| places.len() == 1)?;
        places.first().copied()
    }

    fn is_one_hosts(&self, addr: Ipv4Addr) -> bool {
        self.everywhere.get(&addr).is_some_and(|nodes| nodes.len() == 1)
    }

    /// What the frames of a capture tell of its MAC addresses, the surest first.
    pub(super) fn evidence(&self, shapes: &[(usize, Shape)]) -> Macs {
        let mut macs = Macs::default();
        // A scenario that was made of the real machines has their addresses.
        for mac in seen(shapes) {
            if self.names.contains_key(&mac) || self.seen.contains(&mac) {
                macs.bind_one(mac, mac);
            }
        }
        let claims = claims(shapes);
        let by_arp = |macs: &mut Macs, is_one_hosts: bool| {
            let own = claims.iter().filter(|(addr, _)| self.is_one_hosts(**addr) == is_one_hosts);
            for (addr, real) in own {
                if let (Some(sim), 1, Some(real)) = (self.place(*addr), real.len(), real.first()) {
                    macs.bind_one(sim, *real);
                }
            }
        };
        by_arp(&mut macs, true);
        for (addr, real) in sources(shapes) {
            let sim = self.sources.get(&addr).filter(|sim| sim.len() == 1);
            let is_own = |sim: &Mac| self.owners.get(&addr).is_some_and(|own| own.contains(sim));
            let sim = sim.and_then(|sim| sim.first()).filter(|sim| is_own(sim));
            if let (true, Some(sim), 1, Some(real)) =
                (self.is_one_hosts(addr), sim, real.len(), real.first())
            {
                macs.bind_one(*sim, *real);
            }
        }
        by_arp(&mut macs, false);
        macs
    }
}

/// All MAC addresses of these frames.
fn seen(shapes: &[(usize, Shape)]) -> BTreeSet<Mac> {
    let steps = shapes.iter().flat_map(|(_, shape)| &shape.steps);
    steps.flat_map(|step| &step.macs).map(|(_, mac)| *mac).collect()
}

/// Who says by ARP that an address is his.
fn claims(shapes: &[(usize, Shape)]) -> BTreeMap<Ipv4Addr, BTreeSet<Mac>> {
    let mut claims: BTreeMap<Ipv4Addr, BTreeSet<Mac>> = BTreeMap::new();
    for (_, shape) in shapes.iter().filter(|(_, shape)| matches!(shape.key, Key::Arp(..))) {
        for step in &shape.steps {
            let addr = step.fields.iter().find(|(name, _)| name == "arp.sender.ip");
            let mac = step.macs.iter().find(|(name, _)| *name == "arp.sender.mac");
            if let (Some((_, addr)), Some((_, mac))) = (addr, mac)
                && let Ok(addr) = addr.parse::<Ipv4Addr>()
                && !addr.is_unspecified()
            {
                claims.entry(addr).or_default().insert(*mac);
            }
        }
    }
    claims
}

/// From which MAC addresses the packets of an address come.
fn sources(shapes: &[(usize, Shape)]) -> BTreeMap<Ipv4Addr, BTreeSet<Mac>> {
    let mut sources: BTreeMap<Ipv4Addr, BTreeSet<Mac>> = BTreeMap::new();
    for (_, shape) in shapes {
        for step in &shape.steps {
            let addr = step.fields.first().filter(|(name, _)| name == "ip.src");
            let mac = step.macs.iter().find(|(name, _)| *name == "eth.src");
            if let (Some((_, addr)), Some((_, mac))) = (addr, mac)
                && let Ok(addr) = addr.parse()
            {
                sources.entry(addr).or_default().insert(*mac);
            }
        }
    }
    sources
}

/// The interfaces of hosts that a broadcast from this one reaches by cables and switches, itself among them.
fn reached(net: &Net, from: End) -> Vec<End> {
    let mut found = Vec::new();
    let mut seen: BTreeSet<(NodeId, crate::event::IfaceId)> = BTreeSet::new();
    let mut next = VecDeque::from([from]);
    while let Some(end) = next.pop_front() {
        if !seen.insert((end.node, end.iface)) {
            continue;
        }
        match &net.node(end.node).kind {
            Kind::Host(_) => found.push(end),
            Kind::Switch(_) => {
                let ends = net.links.iter().flat_map(|link| link.ends);
                next.extend(ends.filter(|own| own.node == end.node));
            }
        }
        for link in &net.links {
            let [a, b] = link.ends;
            let is = |own: End| (own.node, own.iface) == (end.node, end.iface);
            next.extend(is(a).then_some(b));
            next.extend(is(b).then_some(a));
        }
    }
    found
}
