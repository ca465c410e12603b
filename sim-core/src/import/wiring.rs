//! Who is cabled to whom: hosts with addresses in one network share a switch. What lies beyond, a
//! router, a client, real servers that nobody brought, is added and told.

mod beyond;
mod cables;
mod own;

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use super::Place;
use super::ip::Addr;
use super::ipvs::Virtual;
use super::links::Links;
use super::machine::Machine;
use super::told::Told;
use crate::scenario::{Link, Nic};
use crate::text::Text;
use crate::{Prefix, text};

/// All machines and cables.
#[derive(Debug)]
pub(super) struct Network {
    pub(super) machines: Vec<Machine>,
    /// The cards of each machine as a scenario has them.
    pub(super) nics: Vec<Vec<Nic>>,
    pub(super) switches: Vec<(String, u16)>,
    pub(super) links: Vec<Link>,
    /// Who asks: by number among the machines.
    pub(super) client: usize,
}

/// A card: a machine and its interface, by number.
type Card = (usize, usize);

/// Cards that reach each other without a router.
#[derive(Debug, Default)]
struct Segment {
    nets: Vec<Prefix>,
    cards: Vec<Card>,
}

/// What is known of the network while it is put together.
struct Wiring<'a> {
    machines: Vec<Machine>,
    segments: Vec<Segment>,
    router: Option<usize>,
    told: &'a mut Told,
}

/// Puts the network together.
///
/// # Errors
/// When there is nobody to ask and nobody to be asked.
pub(super) fn wire(
    machines: Vec<Machine>,
    links: &Links,
    told: &mut Told,
) -> Result<Network, Text> {
    let has_cards = |machine: &Machine| machine.cards().next().is_some();
    if !machines.iter().any(|machine| !machine.services.is_empty() || has_cards(machine)) {
        return Err(text!(
            "no host has an address or a service: bring `ip -j addr` and `ipvsadm -S -n` of each",
            "没有一台主机有地址或服务：请提供每台主机的 `ip -j addr` 和 `ipvsadm -S -n`"
        ));
    }
    let mut wiring = Wiring { machines, segments: Vec::new(), router: None, told };
    wiring.twice();
    wiring.give_directors_addresses();
    wiring.find_segments();
    wiring.add_servers();
    wiring.add_router();
    wiring.give_routes();
    wiring.give_settings();
    let client = wiring.find_or_add_client(links);
    Ok(wiring.network(links, client))
}

impl Wiring<'_> {
    /// Addresses that two cards have: ARP decides, here as there.
    fn twice(&mut self) {
        let mut seen: Vec<(Ipv4Addr, &Machine)> = Vec::new();
        for machine in &self.machines {
            for (_, card) in machine.cards() {
                for Addr { prefix, place, .. } in &card.addrs {
                    let addr = prefix.addr;
                    if let Some((_, other)) =
                        seen.iter().find(|(own, of)| *own == addr && of.name != machine.name)
                    {
                        let (one, two) = (&other.name, &machine.name);
                        let text = text!(
                            "{addr} is on cards of two hosts, {one} and {two}: which of them is meant, ARP decides",
                            "{addr} 在两台主机 {one} 和 {two} 的网卡上：由 ARP 决定是谁"
                        );
                        self.told.wrong(place, text);
                    }
                    seen.push((addr, machine));
                }
            }
        }
    }

    /// The networks of a card.
    fn nets(&self, (at, number): Card) -> Vec<Prefix> {
        let addrs = self.machines[at].ifaces[number].addrs.iter();
        addrs.map(|addr| addr.prefix.network()).filter(|net| net.len < 32).collect()
    }

    fn find_segments(&mut self) {
        let cards: Vec<Card> = self
            .machines
            .iter()
            .enumerate()
            .flat_map(|(at, machine)| machine.cards().map(move |(number, _)| (at, number)))
            .collect();
        let (with, without): (Vec<Card>, Vec<Card>) =
            cards.into_iter().partition(|card| !self.nets(*card).is_empty());
        for card in with {
            let nets = self.nets(card);
            self.join(card, nets);
        }
        // Where addresses have no network, the gateway tells where the card is.
        for card in without {
            let machine = &self.machines[card.0];
            let iface = &machine.ifaces[card.1];
            if iface.addrs.is_empty() {
                continue;
            }
            let own = machine
                .routes
                .iter()
                .filter(|route| route.dev.as_deref().is_none_or(|dev| dev == iface.name));
            let gateway = own.filter_map(|route| route.via).next();
            let hint = gateway.unwrap_or(iface.addrs[0].prefix.addr);
            let net = self.net_of(hint).unwrap_or(Prefix::new(hint, 24).network());
            self.join(card, vec![net]);
        }
    }

    /// Puts a card into the segment of its networks.
    fn join(&mut self, card: Card, nets: Vec<Prefix>) -> usize {
        let overlap =
            |one: &Prefix, other: &Prefix| one.contains(other.addr) || other.contains(one.addr);
        let meets = |segment: &Segment| {
            segment.nets.iter().any(|own| nets.iter().any(|net| overlap(own, net)))
        };
        let mut joined = Segment::default();
        let mut first = self.segments.len();
        while let Some(at) = self.segments.iter().position(meets) {
            let segment = self.segments.remove(at);
            joined.nets.extend(segment.nets);
            joined.cards.extend(segment.cards);
            first = first.min(at);
        }
        for net in &nets {
            if !joined.nets.contains(net) {
                joined.nets.push(*net);
            }
        }
        joined.cards.push(card);
        let first = first.min(self.segments.len());
        self.segments.insert(first, joined);
        first
    }

    /// The segment in whose networks an address is.
    fn segment_of(&self, addr: Ipv4Addr) -> Option<usize> {
        let holds = |segment: &Segment| segment.nets.iter().any(|net| net.contains(addr));
        self.segments.iter().position(holds)
    }

    /// The known network that an address is in, the narrowest if there are several.
    fn net_of(&self, addr: Ipv4Addr) -> Option<Prefix> {
        let cards = self.machines.iter().flat_map(Machine::cards).flat_map(|(_, card)| &card.addrs);
        let nets = cards.map(|own| own.prefix.network()).filter(|net| net.len < 32);
        nets.filter(|net| net.contains(addr)).max_by_key(|net| net.len)
    }

    /// The first address that a machine has in a segment.
    fn addr_in(&self, machine: usize, segment: usize) -> Option<Ipv4Addr> {
        let segment = &self.segments[segment];
        let mut own = segment.cards.iter().filter(|(at, _)| *at == machine);
        own.find_map(|(at, number)| {
            let addrs = self.machines[*at].ifaces[*number].addrs.iter();
            let mut within = addrs.filter(|addr| {
                addr.prefix.len < 32 && segment.nets.contains(&addr.prefix.network())
            });
            Some(within.next()?.prefix.addr)
        })
    }

    /// A free address of a network, one of these host numbers if it can be.
    fn free(&self, net: Prefix, wanted: &[u32]) -> Option<Ipv4Addr> {
        let first = net.addr.to_bits();
        let hosts = u64::from(net.broadcast().to_bits() - first);
        let is_free = |addr: &Ipv4Addr| {
            let asked = |own: &Virtual| own.dests.iter().any(|(dest, _)| dest.addr.addr == *addr);
            let named = self.vips().any(|(_, vip)| vip == *addr);
            let gateway =
                self.machines.iter().flat_map(|own| &own.routes).any(|own| own.via == Some(*addr));
            !named
                && !gateway
                && !self.machines.iter().any(|own| own.owns(*addr))
                && !self.machines.iter().flat_map(|own| &own.services).any(asked)
        };
        let wanted = wanted.iter().map(|number| u64::from(*number));
        // A thousand are tried; nobody has filled as many.
        let numbers = wanted.chain(1..hosts.min(1000)).filter(|number| (1..hosts).contains(number));
        let addrs = numbers
            .filter_map(|number| Some(Ipv4Addr::from_bits(first + u32::try_from(number).ok()?)));
        addrs.into_iter().find(is_free)
    }

    /// The directors, by number; those whose addresses another one bears come last.
    fn directors(&self) -> Vec<usize> {
        let all = (0..self.machines.len()).filter(|at| !self.machines[*at].services.is_empty());
        let mut all: Vec<usize> = all.collect();
        all.sort_by_key(|at| !self.machines[*at].elsewhere.is_empty());
        all
    }

    /// The VIPs, each with its director.
    fn vips(&self) -> impl Iterator<Item = (usize, Ipv4Addr)> {
        self.machines.iter().enumerate().flat_map(|(at, machine)| {
            let vips: BTreeSet<Ipv4Addr> =
                machine.services.iter().flat_map(|own| machine.vips(own)).collect();
            vips.into_iter().map(move |vip| (at, vip))
        })
    }

    /// A machine is added.
    fn add(&mut self, machine: Machine) -> usize {
        self.machines.push(machine);
        self.machines.len() - 1
    }

    /// A name that nobody has.
    fn name(&self, wanted: &str) -> String {
        let is_free = |name: &String| self.machines.iter().all(|own| own.name != *name);
        let numbered = (2..).map(|number| format!("{wanted}-{number}"));
        let mut names = std::iter::once(wanted.to_owned()).chain(numbered);
        names.find(is_free).expect("the numbers do not end")
    }

    /// A machine gets a card with an address in a segment.
    fn plug(&mut self, machine: usize, segment: usize, addr: Addr) {
        let own = &mut self.machines[machine];
        let number = own.ifaces.len();
        let name = own.next_card();
        own.card(&name, &Place::default()).addrs.push(addr);
        self.segments[segment].cards.push((machine, number));
    }
}

impl Machine {
    /// The addresses that a service is asked at: its own, or what is marked for it.
    pub(super) fn vips(&self, service: &Virtual) -> Vec<Ipv4Addr> {
        use crate::command::ipvsadm::ServiceAddr;
        match service.service.addr {
            ServiceAddr::Port { vip, .. } => vec![vip.addr],
            ServiceAddr::Mark(mark) => {
                let marked = self.rules.marks.iter().filter(|own| own.mark == mark);
                marked.filter_map(|own| own.vip).collect()
            }
        }
    }
}
