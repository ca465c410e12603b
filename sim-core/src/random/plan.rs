//! A lab while it is drawn: its machines, and who plays which part.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use super::dice::Dice;
use super::layout::{self, Shape};
use super::service::Service;
use super::{Act, Cable, Card, Class, Fault, Lab, Machine};

/// The bits of a network's name, in all networks here.
pub(super) const LAN: u8 = 24;
pub(super) const OUTSIDE: u8 = 24;

/// A host's address in the network of director and real servers.
pub(super) fn on_lan(last: u8) -> Ipv4Addr {
    Ipv4Addr::new(192, 0, 2, last)
}

/// A host's address in the network of the clients.
pub(super) fn outside(last: u8) -> Ipv4Addr {
    Ipv4Addr::new(198, 51, 100, last)
}

/// Who sits where.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seat {
    /// The machine, by its place in the list.
    pub host: usize,
    /// Its address.
    pub addr: Ipv4Addr,
    /// The router of its network.
    pub gateway: Option<Ipv4Addr>,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            shape: Shape::Lan,
            machines: Vec::new(),
            cables: Vec::new(),
            story: Vec::new(),
            clients: Vec::new(),
            director: Seat { host: 0, addr: on_lan(1), gateway: None },
            servers: Vec::new(),
            router: None,
            inner: "eth0",
            vip: on_lan(100),
            services: Vec::new(),
            late: Vec::new(),
            faults: Vec::new(),
        }
    }
}

/// A lab while it is drawn.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    pub shape: Shape,
    pub machines: Vec<Machine>,
    pub cables: Vec<Cable>,
    pub story: Vec<Act>,
    pub clients: Vec<Seat>,
    pub director: Seat,
    pub servers: Vec<Seat>,
    pub router: Option<usize>,
    /// The director's card on the real servers' side.
    pub inner: &'static str,
    pub vip: Ipv4Addr,
    pub services: Vec<Service>,
    /// Lines for the director once IPVS is there.
    pub late: Vec<String>,
    pub faults: Vec<Fault>,
}

impl Plan {
    /// Machines with addresses and cables; nobody serves anything yet.
    pub(super) fn draw(seed: u64) -> Self {
        let mut dice = Dice::new(seed, "layout");
        let mut plan = Self { shape: dice.pick(&Shape::ALL), ..Self::default() };
        layout::draw(&mut plan, &mut dice);
        plan
    }

    /// One more host; `mark` ends its MAC addresses, so that they can be told apart.
    pub(super) fn host(&mut self, name: &str, mark: &str) -> usize {
        let mark = mark.to_owned();
        self.machines.push(Machine {
            name: name.to_owned(),
            mark,
            ports: 0,
            cards: Vec::new(),
            serves: Vec::new(),
            setup: Vec::new(),
        });
        self.machines.len() - 1
    }

    /// One more switch.
    pub(super) fn switch(&mut self, name: &str) {
        let host = self.host(name, "");
        self.machines[host].ports = 1;
    }

    /// A new card of a host.
    fn card(&mut self, host: usize, addr: Ipv4Addr, bits: u8) -> String {
        let machine = &mut self.machines[host];
        let nth = machine.cards.len();
        let iface = format!("eth{nth}");
        let mac = format!("02:00:00:00:0{nth}:{}", machine.mark);
        machine.cards.push(Card { iface: iface.clone(), mac });
        machine.setup.push(format!("ip addr add {addr}/{bits} dev {iface}"));
        format!("{}:{iface}", machine.name)
    }

    /// A card of a host, and a cable from it to a switch.
    pub(super) fn join(
        &mut self,
        dice: &mut Dice,
        host: usize,
        to: &str,
        addr: Ipv4Addr,
        bits: u8,
    ) {
        let end = self.card(host, addr, bits);
        let used = self.cables.iter().flat_map(|cable| &cable.ends);
        let port = used.filter(|end| end.split(':').next() == Some(to)).count();
        let switch = self.machines.iter_mut().find(|machine| machine.name == to);
        let switch = switch.expect("switches come before those that join them");
        switch.ports = u16::try_from(port).expect("there are few") + 1;
        let delay_ms = delay(dice);
        self.cables.push(Cable { ends: [end, format!("{to}:{port}")], delay_ms });
    }

    /// Two hosts with a cable between them.
    pub(super) fn pair(
        &mut self,
        dice: &mut Dice,
        one: (usize, Ipv4Addr),
        other: (usize, Ipv4Addr),
        bits: u8,
    ) {
        let ends = [one, other].map(|(host, addr)| self.card(host, addr, bits));
        let delay_ms = delay(dice);
        self.cables.push(Cable { ends, delay_ms });
    }

    /// Something typed on a host before the story.
    pub(super) fn line(&mut self, host: usize, line: impl Into<String>) {
        self.machines[host].setup.push(line.into());
    }

    /// How many cards a host has.
    pub(super) fn cards(&self, host: usize) -> usize {
        self.machines[host].cards.len()
    }

    /// The name of a machine.
    pub(super) fn name(&self, host: usize) -> String {
        self.machines[host].name.clone()
    }

    /// Something typed in the story.
    pub(super) fn type_line(&mut self, host: usize, line: impl Into<String>) {
        let on = self.name(host);
        self.story.push(Act::Type { on, line: line.into() });
    }

    /// All hosts.
    pub(super) fn hosts(&self) -> Vec<usize> {
        let all = self.machines.iter().enumerate();
        all.filter(|(_, machine)| machine.ports == 0).map(|(nth, _)| nth).collect()
    }

    /// A card of a host.
    pub(super) fn any_card(&self, dice: &mut Dice, host: usize) -> String {
        let cards = &self.machines[host].cards;
        cards[dice.index(cards)].iface.clone()
    }

    /// The end.
    pub(super) fn into_lab(self, seed: u64) -> Lab {
        let class = Class {
            shape: self.shape,
            methods: self.services.iter().flat_map(Service::methods).collect(),
            schedulers: self.services.iter().map(|service| service.scheduler).collect(),
            faults: self.faults,
            services: self.services.iter().map(Service::key).collect::<BTreeSet<_>>(),
        };
        let Self { machines, cables, story, .. } = self;
        Lab { seed, class, machines, cables, story }
    }
}

/// Short: while the end of a connection is still on its way, the next command must not begin.
fn delay(dice: &mut Dice) -> u32 {
    if dice.percent(80) { 1 } else { dice.between(2, 3) }
}
