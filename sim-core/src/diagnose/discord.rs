//! How far the machines, as they stand, disagree with the goal, with the wires and with each other:
//! a gateway that is nobody's address, a mask unlike those on the same wire, a destination without
//! an owner, one server set up unlike the others.
//!
//! Nothing is played. What it says is a suspicion: a candidate after which less of it is left is
//! tried earlier, and is preferred to one that goes round the mistake.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use lvs_engine::{Dest, Endpoint, Engine, Method, Proto, Service, ServiceKey};

use super::wires::Wires;
use crate::Prefix;
use crate::command::Command;
use crate::event::{IfaceId, NodeId};
use crate::goal::{Goal, commands};
use crate::host::Host;
use crate::host::fib::{LO, RouteKind, RouteProto, Table};
use crate::host::iface::IfaceKind;
use crate::host::neigh::State;
use crate::host::sysctl::{Conf, Global};
use crate::world::World;

/// What is suspected, in parts of which each is worth as many lines that are wrong as it takes.
const HARD: i32 = 4;
const SOFT: i32 = 2;
const FAINT: i32 = 1;

/// An entry of the goal that goes through a director.
#[derive(Clone, Debug)]
struct Part {
    client: NodeId,
    name: Endpoint,
    udp: bool,
    through: NodeId,
    servers: Vec<NodeId>,
}

/// What the machines are held against.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    parts: Vec<Part>,
    /// Pings that should be answered.
    pings: Vec<(NodeId, Ipv4Addr)>,
    vips: BTreeSet<Ipv4Addr>,
    wires: Wires,
}

impl Plan {
    pub(super) fn of(goal: &Goal, world: &World) -> Self {
        let node = |name: &String| world.net.node_by_name(name);
        let mut parts = Vec::new();
        for entry in goal.entries() {
            let Some(through) = entry.through.as_ref().and_then(node) else { continue };
            let Some(client) = node(&entry.client) else { continue };
            let name = Endpoint::new(*entry.name.ip(), entry.name.port());
            let servers = entry.servers.iter().filter_map(node).collect();
            parts.push(Part { client, name, udp: entry.udp, through, servers });
        }
        let ping = |command: Command| match command {
            Command::Ping(ping) => Some(ping.host),
            _ => None,
        };
        let mut pings = Vec::new();
        for own in &goal.works {
            let targets = commands(&own.command).filter_map(ping);
            pings.extend(targets.filter_map(|to| Some((node(&own.on)?, to))));
        }
        let vips = parts.iter().map(|part| part.name.addr).collect();
        Self { parts, pings, vips, wires: Wires::of(&world.net) }
    }

    /// How much is wrong at first sight: 0 is all in tune.
    pub(super) fn discord(&self, world: &World) -> i32 {
        let mut sum = 0;
        for on_wire in self.wires.segments() {
            sum += self.addresses(world, on_wire) + cards(world, on_wire);
        }
        for id in world.net.node_ids() {
            sum += self.routes(world, id) + self.written_neighbours(world, id);
        }
        for part in &self.parts {
            sum += self.part(world, part) + alike(world, &part.servers);
        }
        for (from, to) in &self.pings {
            sum += self.there_and_back(world, *from, *to);
        }
        sum
    }

    /// Addresses of one wire: in one network, with one mask, each once.
    fn addresses(&self, world: &World, on_wire: &[(NodeId, IfaceId)]) -> i32 {
        let mut all: Vec<(NodeId, Prefix)> = Vec::new();
        let (mut bare, mut narrow, mut more) = (0, 0, 0);
        for (node, iface) in on_wire {
            let Some(host) = world.net.node(*node).host() else { continue };
            let own = &host.fib().iface(*iface).addrs;
            bare += i32::from(own.is_empty());
            // The VIP counts where it is a card's only address.
            let mut nets: Vec<Prefix> = own.iter().map(|own| own.local).collect();
            if nets.iter().any(|own| !self.vips.contains(&own.addr)) {
                nets.retain(|own| !self.vips.contains(&own.addr));
            }
            narrow += i32::from(!nets.is_empty() && nets.iter().all(|own| own.len == 32));
            more += (nets.iter().filter(|own| own.len < 32).count() as i32 - 1).max(0);
            all.extend(nets.iter().filter(|own| own.len < 32).map(|own| (*node, *own)));
        }
        let lone = if all.is_empty() { 0 } else { (HARD - FAINT) * (bare + narrow) };
        let mut sum = lone + SOFT * more;
        for (node, own) in &all {
            let mut others = all.iter().filter(|(other, _)| other != node).peekable();
            let is_shared = |(_, other): &(NodeId, Prefix)| other.network() == own.network();
            if others.peek().is_some() && !others.clone().any(is_shared) {
                sum += HARD - FAINT;
            }
            let is_twice = |(_, other): &(NodeId, Prefix)| other.addr == own.addr;
            sum += if others.any(is_twice) { SOFT } else { 0 };
        }
        sum
    }

    /// Gateways that nobody on the wire is.
    fn routes(&self, world: &World, id: NodeId) -> i32 {
        let Some(host) = world.net.node(id).host() else { return 0 };
        // Nobody means a network on lo.
        let on_lo = host.fib().iface(LO).addrs.iter().map(|own| own.local);
        let is_net = |own: &Prefix| !own.addr.is_loopback() && own.len < 32;
        let mut sum = (HARD - FAINT) * on_lo.filter(is_net).count() as i32;
        for route in host.fib().routes(Table::Main) {
            if route.proto == RouteProto::Kernel {
                continue;
            }
            if let (Some(gateway), Some(iface)) = (route.gateway, route.iface) {
                let owner = self.wires.owner(world, (id, iface), gateway, None);
                sum += match owner.and_then(|owner| world.net.node(owner).host()) {
                    None => HARD - FAINT,
                    Some(owner) if !forwards(owner) => SOFT,
                    Some(_) => 0,
                };
            }
            sum += i32::from(route.kind != RouteKind::Unicast);
        }
        sum
    }

    /// Entries of the neighbour table that were written by hand, with another's hardware address.
    fn written_neighbours(&self, world: &World, id: NodeId) -> i32 {
        let Some(host) = world.net.node(id).host() else { return 0 };
        let all = host.neighbours().iter().filter(|(_, own)| own.state == State::Permanent);
        let is_wrong = |iface: IfaceId, addr, mac| {
            let owner = self.wires.owner(world, (id, iface), addr, None);
            let owner = owner.and_then(|owner| world.net.node(owner).host());
            !owner.is_some_and(|own| own.fib().ifaces.iter().any(|card| card.mac == mac))
        };
        let wrong = all.filter(|&(&(iface, addr), own)| is_wrong(iface, addr, own.mac));
        SOFT * wrong.count() as i32
    }

    /// A service for what is asked, that the client's packets come to, and its servers.
    fn part(&self, world: &World, part: &Part) -> i32 {
        let vip = part.name.addr;
        let mut sum = 0;
        if self.way(world, part.client, vip, part.through).is_none() {
            sum += HARD;
        }
        let Some(director) = world.net.node(part.through).host() else { return sum };
        let engine = director.engine();
        let found = engine.and_then(|engine| Some((engine, service(engine, part)?)));
        let Some((engine, service)) = found else { return sum + HARD + FAINT };
        let dests: Vec<&Dest> = engine.dests(service).collect();
        let mut methods: BTreeMap<u8, i32> = BTreeMap::new();
        let mut ports: BTreeMap<u16, i32> = BTreeMap::new();
        let mut owners: BTreeSet<NodeId> = BTreeSet::new();
        for dest in &dests {
            *methods.entry(dest.method() as u8).or_default() += 1;
            *ports.entry(dest.rip().port).or_default() += 1;
            sum += if dest.weight() == 0 { SOFT } else { 0 };
            let Some(owner) = owner(world, dest.rip().addr) else {
                sum += HARD;
                continue;
            };
            owners.insert(owner);
            match part.servers.contains(&owner) {
                true => sum += self.server(world, part, dest, owner),
                false => sum += SOFT,
            }
        }
        let missing = part.servers.iter().filter(|own| !owners.contains(own)).count();
        sum += HARD * missing as i32 + SOFT * (minority(&methods) + minority(&ports));
        let is_nat = dests.iter().any(|dest| dest.method() == Method::Nat);
        sum + if is_nat && !forwards(director) { HARD - FAINT } else { 0 }
    }

    /// One destination and who owns it.
    fn server(&self, world: &World, part: &Part, dest: &Dest, owner: NodeId) -> i32 {
        let mut sum = 0;
        let Some(host) = world.net.node(owner).host() else { return 0 };
        let is_rewritten = matches!(dest.method(), Method::Nat | Method::FullNat);
        let port =
            if dest.rip().port == 0 || !is_rewritten { part.name.port } else { dest.rip().port };
        let at = Endpoint::new(if is_rewritten { dest.rip().addr } else { part.name.addr }, port);
        if !host.fib().is_own(at.addr) {
            sum += HARD;
        } else if !host.listens(at, part.udp) {
            sum += HARD - FAINT;
        }
        if owner == part.through {
            return sum;
        }
        let there = self.way(world, part.through, dest.rip().addr, owner);
        sum += match (&there, dest.method()) {
            (None, _) => HARD - FAINT,
            (Some(way), Method::Dr) if way.len() > 2 => HARD - FAINT,
            _ => 0,
        };
        if dest.method() == Method::Tun {
            let opened = |own: &&crate::host::iface::Iface| own.kind == IfaceKind::Tunnel && own.up;
            sum += if host.fib().ifaces.iter().find(opened).is_none() { HARD - FAINT } else { 0 };
        }
        if dest.method() != Method::FullNat
            && let Some(client) = self.address(world, part.client, part.name.addr)
        {
            let back = self.way(world, owner, client, part.client);
            sum += match back {
                None => HARD - FAINT,
                Some(way) if dest.method() == Method::Nat && !way.contains(&part.through) => {
                    HARD - FAINT
                }
                _ => 0,
            };
        }
        if dest.method() == Method::Dr {
            sum += talkative(host, part.name.addr);
        }
        sum
    }

    /// Whether a host reaches an address, and its answer comes back.
    fn there_and_back(&self, world: &World, from: NodeId, to: Ipv4Addr) -> i32 {
        let Some(owner) = owner(world, to) else { return HARD };
        if self.way(world, from, to, owner).is_none() {
            return HARD;
        }
        let source = self.address(world, from, to);
        let back = source.and_then(|source| self.way(world, owner, source, from));
        if back.is_none() { HARD - FAINT } else { 0 }
    }

    /// The address from which a host asks another.
    fn address(&self, world: &World, from: NodeId, to: Ipv4Addr) -> Option<Ipv4Addr> {
        let fib = world.net.node(from).host()?.fib();
        let route = fib.lookup(to)?;
        let source = || fib.select_source(route.iface.unwrap_or(LO), to, route.scope);
        let source = route.src.unwrap_or_else(source);
        (!source.is_unspecified()).then_some(source)
    }

    /// The hosts by which a packet comes from one to an address, if it comes to the one that is
    /// wanted: by everybody's routes.
    fn way(
        &self,
        world: &World,
        from: NodeId,
        to: Ipv4Addr,
        wanted: NodeId,
    ) -> Option<Vec<NodeId>> {
        let mut way = vec![from];
        let mut at = from;
        while way.len() < 10 {
            let node = world.net.node(at);
            let host = node.host().filter(|_| node.on)?;
            if host.fib().is_own(to) {
                return (at == wanted).then_some(way);
            }
            if at != from && !forwards(host) {
                return None;
            }
            let route = host.fib().lookup(to).filter(|route| route.kind == RouteKind::Unicast)?;
            let next = host.fib().hop(route).unwrap_or(to);
            at = self.wires.owner(world, (at, route.iface?), next, Some(wanted))?;
            way.push(at);
        }
        None
    }
}

/// The service that a request is for. One by mark may be for any.
fn service<'a>(engine: &'a Engine, part: &Part) -> Option<&'a Service> {
    let fits = |service: &&Service| match service.key() {
        ServiceKey::Mark(_) => true,
        ServiceKey::Port { proto, vip } => {
            let is_port = vip.port == part.name.port || vip.port == 0;
            vip.addr == part.name.addr && is_port && (proto == Proto::Udp) == part.udp
        }
    };
    let mut all: Vec<&Service> = engine.services().filter(fits).collect();
    // What names the port itself counts before what takes any, as in the kernel.
    all.sort_by_key(|service| match service.key() {
        ServiceKey::Mark(_) => 0,
        ServiceKey::Port { vip, .. } => {
            if vip.port == 0 {
                2
            } else {
                1
            }
        }
    });
    all.first().copied()
}

/// Whose card has an address; else who has it at all.
fn owner(world: &World, addr: Ipv4Addr) -> Option<NodeId> {
    let hosts = || world.net.node_ids().filter_map(|id| Some((id, world.net.node(id).host()?)));
    let on_card = |host: &Host| {
        let mut cards = host.fib().ifaces.iter().filter(|own| own.kind == IfaceKind::Ethernet);
        cards.any(|card| card.has(addr))
    };
    let found = hosts().find(|(_, host)| on_card(host));
    found.or_else(|| hosts().find(|(_, host)| host.fib().is_own(addr))).map(|(id, _)| id)
}

fn forwards(host: &Host) -> bool {
    host.sysctls().global(Global::IpForward) != 0
        || (1..host.fib().ifaces.len() as u16)
            .any(|at| host.sysctls().quiet(Conf::Forwarding, IfaceId(at)) != 0)
}

/// A server of DR that answers for the VIP on a card that has it not.
fn talkative(host: &Host, vip: Ipv4Addr) -> i32 {
    let fib = host.fib();
    let cards = fib.iface_ids().filter(|id| fib.iface(*id).kind == IfaceKind::Ethernet);
    let has_not = |id: &IfaceId| !fib.iface(*id).has(vip) && !fib.iface(*id).addrs.is_empty();
    let loud = |id: IfaceId| {
        let value = |conf| host.sysctls().quiet(conf, id);
        SOFT * i32::from(value(Conf::ArpIgnore) == 0) + i32::from(value(Conf::ArpAnnounce) < 2)
    };
    cards.filter(has_not).map(loud).sum()
}

/// Cards that are off, say nothing, or have another MTU than others on the wire.
fn cards(world: &World, on_wire: &[(NodeId, IfaceId)]) -> i32 {
    let mut mtus: BTreeMap<u16, i32> = BTreeMap::new();
    let mut sum = 0;
    for (node, iface) in on_wire {
        let Some(host) = world.net.node(*node).host() else { continue };
        let card = host.fib().iface(*iface);
        *mtus.entry(card.mtu).or_default() += 1;
        sum += if card.up { 0 } else { HARD - FAINT };
        sum += if card.arp { 0 } else { SOFT };
    }
    sum + minority(&mtus)
}

/// Servers that are set up unlike the others.
fn alike(world: &World, servers: &[NodeId]) -> i32 {
    let hosts: Vec<&Host> = servers.iter().filter_map(|id| world.net.node(*id).host()).collect();
    if hosts.len() < 2 {
        return 0;
    }
    let mut sum = 0;
    let card = |host: &Host| {
        let fib = host.fib();
        fib.iface_ids().find(|id| fib.iface(*id).kind == IfaceKind::Ethernet).unwrap_or(LO)
    };
    for conf in [Conf::ArpIgnore, Conf::ArpAnnounce, Conf::RpFilter] {
        let mut values: BTreeMap<i32, i32> = BTreeMap::new();
        for host in &hosts {
            *values.entry(host.sysctls().quiet(conf, card(host))).or_default() += 1;
        }
        sum += minority(&values);
    }
    let mut gateways: BTreeMap<Option<Ipv4Addr>, i32> = BTreeMap::new();
    for host in &hosts {
        let routes = host.fib().routes(Table::Main);
        let default = routes.iter().find(|route| route.dst.len == 0);
        *gateways.entry(default.and_then(|own| own.gateway)).or_default() += 1;
    }
    sum + minority(&gateways)
}

/// How many are not as most are.
fn minority<T>(values: &BTreeMap<T, i32>) -> i32 {
    values.values().sum::<i32>() - values.values().max().copied().unwrap_or_default()
}
