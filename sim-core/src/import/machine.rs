//! One host as its files tell it, and the commands that make it again.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use super::folder::{Folder, Host, What};
use super::ip::{self, Addr, Iface, IfaceKind, Neighbour, Route};
use super::ipvs::{self, Virtual};
use super::keepalived::{self, Keepalived};
use super::rules::{self, Rules};
use super::settings::{self, Settings};
use super::told::Told;
use super::{Dump, Place};
use crate::{Prefix, text};

/// A host.
#[derive(Clone, Debug)]
pub(super) struct Machine {
    pub(super) name: String,
    /// Nobody brought it: it is a guess.
    pub(super) is_added: bool,
    /// Which dumps there are of it.
    pub(super) brought: BTreeSet<What>,
    pub(super) ifaces: Vec<Iface>,
    /// Its interfaces were dumped: it has these and no others.
    pub(super) has_addrs: bool,
    pub(super) routes: Vec<Route>,
    /// Its routes were dumped.
    pub(super) has_routes: bool,
    pub(super) neighbours: Vec<Neighbour>,
    pub(super) settings: Settings,
    /// Its settings were dumped.
    pub(super) has_settings: bool,
    pub(super) rules: Rules,
    pub(super) services: Vec<Virtual>,
    timeouts: Option<(String, Place)>,
    keepalived: Keepalived,
    /// Virtual addresses that another host bears.
    pub(super) elsewhere: BTreeSet<Ipv4Addr>,
}

/// A command with the place that it comes from.
pub(super) type Line = (String, Place);

impl Machine {
    /// A host that nobody brought, without cards.
    pub(super) fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            is_added: true,
            brought: BTreeSet::new(),
            ifaces: vec![Iface::loopback(&Place::default())],
            has_addrs: false,
            routes: Vec::new(),
            has_routes: false,
            neighbours: Vec::new(),
            settings: Settings::new(),
            has_settings: false,
            rules: Rules::default(),
            services: Vec::new(),
            timeouts: None,
            keepalived: Keepalived::default(),
            elsewhere: BTreeSet::new(),
        }
    }

    /// The interface of this name; a card is added if there is none.
    pub(super) fn card(&mut self, name: &str, place: &Place) -> &mut Iface {
        let at = self.ifaces.iter().position(|iface| iface.name == name).unwrap_or_else(|| {
            self.ifaces.push(Iface::card(name, place));
            self.ifaces.len() - 1
        });
        &mut self.ifaces[at]
    }

    /// The name of a card that is not there yet.
    pub(super) fn next_card(&self) -> String {
        let is_free = |name: &String| self.ifaces.iter().all(|iface| iface.name != *name);
        let mut names = (0..).map(|number| format!("eth{number}"));
        names.find(is_free).expect("the numbers do not end")
    }

    /// Its cards, with their numbers among the interfaces.
    pub(super) fn cards(&self) -> impl Iterator<Item = (usize, &Iface)> {
        self.ifaces.iter().enumerate().filter(|(_, iface)| iface.kind == IfaceKind::Card)
    }

    /// Its addresses, on whatever interface.
    pub(super) fn addrs(&self) -> impl Iterator<Item = &Addr> {
        self.ifaces.iter().flat_map(|iface| &iface.addrs)
    }

    /// Whether an address is its own.
    pub(super) fn owns(&self, addr: Ipv4Addr) -> bool {
        self.addrs().any(|own| own.prefix.addr == addr)
    }

    /// Whether an address is on one of its cards.
    pub(super) fn has_on_card(&self, addr: Ipv4Addr) -> bool {
        self.cards().any(|(_, card)| card.addrs.iter().any(|own| own.prefix.addr == addr))
    }

    /// A setting is as it should be.
    pub(super) fn set(&mut self, path: &str, value: &str) {
        self.settings.insert(path.to_owned(), (value.to_owned(), Place::default()));
    }

    /// The commands that make it.
    pub(super) fn setup(&self, told: &mut Told) -> Vec<Line> {
        let names: Vec<&str> = self.ifaces.iter().map(|iface| iface.name.as_str()).collect();
        let settings = settings::lines(&self.settings, &names, told);
        let mut lines = Vec::new();
        for iface in &self.ifaces {
            lines.extend(iface.lines().into_iter().map(|line| (line, iface.place.clone())));
        }
        lines.extend(settings.host);
        // Virtual addresses come to lo and tunl0 when the cards have theirs: of two routes to one
        // network the older counts.
        let (cards, others): (Vec<_>, Vec<_>) =
            self.ifaces.iter().partition(|iface| iface.kind == IfaceKind::Card);
        for iface in cards.into_iter().chain(others) {
            let addrs = iface.addrs.iter();
            lines.extend(addrs.map(|addr| (addr.line(&iface.name), addr.place.clone())));
        }
        // A gateway must be within reach before a route by it is added.
        let own = self.routes.iter().filter(|route| !route.is_kernels);
        let (by_gateway, direct): (Vec<_>, Vec<_>) = own.partition(|route| route.via.is_some());
        for route in direct.into_iter().chain(by_gateway) {
            lines.push((route.line(), route.place.clone()));
        }
        for neighbour in &self.neighbours {
            lines.extend(neighbour.line().map(|line| (line, neighbour.place.clone())));
        }
        lines.extend(self.rules.lines.iter().cloned());
        lines.extend(self.services.iter().flat_map(Virtual::lines));
        lines.extend(self.timeouts.clone());
        lines.extend(settings.ipvs);
        lines
    }
}

/// Reads the files of all hosts.
pub(super) fn read(folder: &Folder<'_>, told: &mut Told) -> Vec<Machine> {
    folder.hosts.iter().map(|host| one(host, told)).collect()
}

fn one(host: &Host<'_>, told: &mut Told) -> Machine {
    let brought = host.files.iter().map(|(what, _)| *what).collect();
    let mut machine = Machine { is_added: false, brought, ..Machine::new(&host.name) };
    let of = |wanted: What| {
        let is_it = move |(what, _): &&(What, &Dump)| *what == wanted;
        host.files.iter().filter(is_it).map(|(_, dump)| *dump).collect::<Vec<_>>()
    };
    for dump in of(What::Addrs) {
        machine.has_addrs = true;
        for iface in ip::ifaces(dump, told) {
            let name = iface.name.clone();
            match machine.ifaces.iter_mut().find(|own| own.name == name) {
                Some(own) if own.kind == IfaceKind::Loopback => *own = iface,
                Some(_) => told.wrong(
                    &iface.place,
                    text!("`{name}` was listed before", "`{name}` 前面已经列出"),
                ),
                None => machine.ifaces.push(iface),
            }
        }
    }
    for dump in of(What::Routes) {
        machine.has_routes = true;
        machine.routes.extend(ip::routes(dump, told));
    }
    for dump in of(What::Neighbours) {
        machine.neighbours.extend(ip::neighbours(dump, told));
    }
    for dump in of(What::Settings) {
        machine.has_settings = true;
        settings::read(dump, &mut machine.settings, told);
    }
    for dump in of(What::Rules) {
        let Rules { lines, marks } = rules::saved(dump, told);
        machine.rules.lines.extend(lines);
        machine.rules.marks.extend(marks);
    }
    for dump in of(What::Timeouts) {
        machine.timeouts = ipvs::timeouts(dump, told);
    }
    let configured = of(What::Keepalived);
    let has_configured = !configured.is_empty();
    machine.keepalived = keepalived::read(&configured, told);
    let running = of(What::Services);
    if running.is_empty() {
        machine.services = machine.keepalived.services.clone();
        return machine;
    }
    for dump in running {
        let saved = ipvs::saved(dump, told);
        machine.services.extend(saved.services);
        machine.timeouts = saved.timeouts.or(machine.timeouts);
    }
    if has_configured {
        ipvs::take_thresholds(&mut machine.services, &machine.keepalived.services);
        ipvs::differ(&machine.services, &machine.keepalived.services, told);
    }
    machine
}

/// Gives addresses to hosts whose interfaces were not dumped, as far as other files tell them.
pub(super) fn settle_addresses(machines: &mut [Machine], told: &mut Told) {
    for machine in machines.iter_mut().filter(|machine| !machine.has_addrs) {
        by_routes(machine);
        let Keepalived { addrs, routes, instances, .. } = machine.keepalived.clone();
        for own in addrs {
            machine.card(&own.dev, &own.addr.place).addrs.push(own.addr);
        }
        if !machine.has_routes {
            machine.routes.extend(routes);
        }
        for instance in instances {
            let iface = if instance.iface.is_empty() { "eth0" } else { &instance.iface };
            let place = instance.place.clone();
            machine.card(iface, &place);
            if let Some(own) = instance.own.filter(|own| !machine.owns(*own)) {
                let prefix = Prefix::new(own, 24);
                machine.card(iface, &place).addrs.push(Addr::new(prefix, &place));
            }
        }
    }
    elect(machines, told);
}

/// `192.0.2.0/24 dev eth0 proto kernel scope link src 192.0.2.2` tells an address.
fn by_routes(machine: &mut Machine) {
    let listed: Vec<Route> =
        machine.routes.iter().filter(|route| route.is_kernels).cloned().collect();
    for Route { to, dev, src, place, .. } in listed {
        let (Some(dev), Some(src)) = (dev, src) else { continue };
        let prefix = Prefix::new(src, to.len);
        machine.card(&dev, &place).addrs.push(Addr::new(prefix, &place));
    }
}

/// Who bears the addresses of each VRRP instance: the host on which they were dumped; else the one
/// that would be master by its priority.
fn elect(machines: &mut [Machine], told: &mut Told) {
    let mut pairs: BTreeMap<(u8, Ipv4Addr), Vec<(usize, usize)>> = BTreeMap::new();
    for (at, machine) in machines.iter().enumerate() {
        for (number, instance) in machine.keepalived.instances.iter().enumerate() {
            if let Some(first) = instance.addrs.first() {
                let key = (instance.router_id, first.addr.prefix.addr);
                pairs.entry(key).or_default().push((at, number));
            }
        }
    }
    for ((_, vip), members) in pairs {
        let bears = |&(at, _): &(usize, usize)| machines[at].has_addrs && machines[at].owns(vip);
        let rank = |&(at, number): &(usize, usize)| {
            let instance = &machines[at].keepalived.instances[number];
            (instance.priority, instance.is_master, std::cmp::Reverse(at))
        };
        let free = members.iter().filter(|(at, _)| !machines[*at].has_addrs);
        let holder = members.iter().find(|member| bears(member)).copied();
        let holder = holder.or_else(|| free.max_by_key(|member| rank(member)).copied());
        for (at, number) in members {
            let instance = machines[at].keepalived.instances[number].clone();
            let (name, own) = (instance.name, machines[at].name.clone());
            let vips = instance.addrs.iter().map(|own| own.addr.prefix.addr);
            if Some((at, number)) != holder {
                machines[at].elsewhere.extend(vips);
                continue;
            }
            if machines[at].has_addrs {
                continue;
            }
            let text = text!(
                "{own} is taken as master of {name}: it bears the virtual addresses",
                "{own} 当作 {name} 的 MASTER：虚拟地址在它上面"
            );
            told.guess(&instance.place, text);
            for virtual_addr in instance.addrs {
                let card = machines[at].card(&virtual_addr.dev, &instance.place);
                card.addrs.push(virtual_addr.addr);
            }
            if !machines[at].has_routes {
                machines[at].routes.extend(instance.routes);
            }
        }
        if holder.is_none() {
            let text = text!(
                "{vip} is a virtual address of VRRP, and on none of the hosts when they were dumped",
                "{vip} 是 VRRP 的虚拟地址，但导出时不在任何主机上"
            );
            told.wrong(&Place::default(), text);
        }
    }
}
