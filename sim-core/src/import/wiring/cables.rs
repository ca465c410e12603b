//! Switches, cables and MAC addresses: the network as a scenario writes it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::{Network, Wiring};
use crate::import::Place;
use crate::import::links::Links;
use crate::scenario::{End, Link, Nic};
use crate::{Mac, text};

/// The ifaces of one switch at most.
const WIDEST: u16 = 1024;

impl Wiring<'_> {
    /// The whole network.
    pub(super) fn network(mut self, given: &Links, client: usize) -> Network {
        let nics = self.nics(client);
        let (switches, links) = match given.links.is_empty() {
            true => self.guessed(),
            false => self.given(&given.links),
        };
        Network { machines: self.machines, nics, switches, links, client }
    }

    fn end(&self, (at, number): (usize, usize)) -> End {
        let machine = &self.machines[at];
        End { node: machine.name.clone(), iface: machine.ifaces[number].name.clone() }
    }

    /// A switch for each segment of three cards and more, a cable for two; a card that is alone
    /// stands at a switch of its own, so that it has a carrier.
    fn guessed(&mut self) -> (Vec<(String, u16)>, Vec<Link>) {
        let (mut switches, mut links): (Vec<(String, u16)>, Vec<Link>) = Default::default();
        let is_wired = |at: &(usize, usize)| self.machines[at.0].ifaces[at.1].carrier;
        let wired: Vec<(String, Vec<(usize, usize)>)> = self
            .segments
            .iter()
            .map(|segment| {
                let nets: Vec<String> = segment.nets.iter().map(ToString::to_string).collect();
                (nets.join(" "), segment.cards.iter().copied().filter(is_wired).collect())
            })
            .collect();
        let several = wired.iter().filter(|(_, cards)| cards.len() != 2).count() > 1;
        for (nets, mut cards) in wired {
            cards.sort_by_key(|(at, number)| (*at, *number));
            let ends: Vec<End> = cards.iter().map(|card| self.end(*card)).collect();
            match ends.as_slice() {
                [] => {}
                [a, b] => links.push(cable(a.clone(), b.clone())),
                ends => {
                    let name = match several {
                        true => (1..)
                            .map(|number| format!("lan{number}"))
                            .find(|name| self.is_free(name, &switches)),
                        false => Some(self.name("lan")),
                    };
                    let name = name.expect("the numbers do not end");
                    for (port, end) in (0_u16..).zip(ends) {
                        let b = End { node: name.clone(), iface: port.to_string() };
                        links.push(cable(end.clone(), b));
                    }
                    let names: Vec<String> = ends.iter().map(ToString::to_string).collect();
                    let names = names.join(" ");
                    let text = text!(
                        "{nets} is one switch, {name}: {names}",
                        "{nets} 是一台交换机 {name}：{names}"
                    );
                    self.told.guess(&Place::default(), text);
                    switches.push((name, u16::try_from(ends.len()).unwrap_or(u16::MAX)));
                }
            }
        }
        (switches, links)
    }

    fn is_free(&self, name: &String, switches: &[(String, u16)]) -> bool {
        self.machines.iter().all(|own| own.name != *name)
            && switches.iter().all(|(own, _)| own != name)
    }

    /// The cables of links.ron, and no others.
    fn given(&mut self, given: &[Link]) -> (Vec<(String, u16)>, Vec<Link>) {
        let place = Place { file: "links.ron".into(), line: 0 };
        let mut switches: BTreeMap<String, u16> = BTreeMap::new();
        let mut used: BTreeSet<End> = BTreeSet::new();
        let mut links = Vec::new();
        for link in given {
            let mut fine = link.a != link.b;
            for end in [&link.a, &link.b] {
                let machine = self.machines.iter().find(|own| own.name == end.node);
                let has = match machine {
                    Some(own) => own.cards().any(|(_, card)| card.name == end.iface),
                    None => end
                        .iface
                        .parse::<u16>()
                        .is_ok_and(|port| port < WIDEST && port.to_string() == end.iface),
                };
                if !has {
                    let text = text!(
                        "there is no {end}; the cable is left out",
                        "没有 {end}；不采用这根网线"
                    );
                    self.told.wrong(&place, text);
                } else if used.contains(end) {
                    let text = text!(
                        "two cables in {end}; the second is left out",
                        "{end} 插了两根网线；不采用第二根"
                    );
                    self.told.wrong(&place, text);
                }
                fine &= has && !used.contains(end);
            }
            if !fine {
                continue;
            }
            for end in [&link.a, &link.b] {
                used.insert(end.clone());
                if self.machines.iter().all(|own| own.name != end.node) {
                    let port = end.iface.parse::<u16>().unwrap_or(0);
                    let ports = switches.entry(end.node.clone()).or_default();
                    *ports = (*ports).max(port + 1);
                }
            }
            links.push(link.clone());
        }
        self.rest(&place, &used, &mut switches, &mut links);
        (switches.into_iter().collect(), links)
    }

    /// Cards that links.ron does not name: those of hosts that were added go to the switch of their
    /// network, the others have no cable.
    fn rest(
        &mut self,
        place: &Place,
        used: &BTreeSet<End>,
        switches: &mut BTreeMap<String, u16>,
        links: &mut Vec<Link>,
    ) {
        for at in 0..self.machines.len() {
            let cards: Vec<usize> = self.machines[at].cards().map(|(number, _)| number).collect();
            for number in cards {
                let end = self.end((at, number));
                if used.contains(&end) {
                    continue;
                }
                let near = self.segments.iter().find(|own| own.cards.contains(&(at, number)));
                let near: Vec<End> =
                    near.into_iter().flat_map(|own| &own.cards).map(|own| self.end(*own)).collect();
                let switch = links.iter().find_map(|link| {
                    let other = if near.contains(&link.a) { &link.b } else { &link.a };
                    let is_near = near.contains(&link.a) || near.contains(&link.b);
                    (is_near && switches.contains_key(&other.node)).then(|| other.node.clone())
                });
                match switch.filter(|_| self.machines[at].is_added) {
                    Some(node) => {
                        let ports = switches.entry(node.clone()).or_default();
                        let b = End { node, iface: ports.to_string() };
                        *ports += 1;
                        self.told.guess(place, text!("{end} goes into {b}", "{end} 插到 {b}"));
                        links.push(cable(end, b));
                    }
                    None => self.told.wrong(place, text!("no cable for {end}", "{end} 没有网线")),
                }
            }
        }
    }

    /// The cards of each machine; a MAC address that is not known, or was before, is made up.
    fn nics(&mut self, client: usize) -> Vec<Vec<Nic>> {
        let mut used: BTreeSet<Mac> = BTreeSet::new();
        let mut all = Vec::new();
        let is_fine = |mac: &Mac| !mac.is_group() && *mac != Mac::ZERO;
        let cards = self.machines.iter().flat_map(|machine| machine.cards());
        let reserved: BTreeSet<Mac> = cards.filter_map(|(_, card)| card.mac).collect();
        for (at, machine) in self.machines.iter().enumerate() {
            let mut nics = Vec::new();
            for (number, card) in machine.cards() {
                let known = card.mac.filter(|mac| is_fine(mac) && !used.contains(mac));
                if known.is_none() && card.mac.is_some() {
                    let end = self.end((at, number));
                    let text = text!(
                        "the MAC address of {end} is that of another card, or of none; it gets another",
                        "{end} 的 MAC 地址与另一块网卡相同，或不是网卡的地址；换一个"
                    );
                    self.told.guess(&card.place, text);
                }
                let first = match at {
                    at if at == client => 0xc1,
                    at if Some(at) == self.router => 0xa0,
                    _ => 0x01,
                };
                let row = if first == 0x01 { u8::try_from(at % 250).unwrap_or(0) + 1 } else { 0 };
                let made_up = (first..=u8::MAX).map(|last| Mac([2, 0, 0, 0, row, last]));
                let more =
                    (0..=u16::MAX).map(|last| Mac([2, 1, 0, 0, (last >> 8) as u8, last as u8]));
                let is_free = |mac: &Mac| !used.contains(mac) && !reserved.contains(mac);
                let made_up = || made_up.chain(more).find(is_free).unwrap_or(Mac::ZERO);
                let mac = known.unwrap_or_else(made_up);
                used.insert(mac);
                let mtu = card
                    .mtu
                    .and_then(|mtu| u16::try_from(mtu).ok())
                    .filter(|mtu| *mtu != 1500 && *mtu >= 68);
                nics.push(Nic { iface: card.name.clone(), mac, mtu });
            }
            all.push(nics);
        }
        all
    }
}

fn cable(a: End, b: End) -> Link {
    let delay = Duration::from_millis(1);
    Link { a, b, delay, bandwidth: None, loss: None, reorder: None, mtu: None }
}
