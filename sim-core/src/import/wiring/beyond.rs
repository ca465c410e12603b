//! What no folder is of: real servers that are only named, the router that gateways are, the client.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use super::{Segment, Wiring};
use crate::command::ipvsadm::Method;
use crate::import::Place;
use crate::import::ip::{Addr, Iface, IfaceKind, Route};
use crate::import::links::Links;
use crate::import::machine::Machine;
use crate::{Prefix, Text, text};

/// Networks for documentation (RFC 5737): a client is put into the first that nobody uses.
const OUTSIDE: [[u8; 4]; 3] = [[198, 51, 100, 0], [203, 0, 113, 0], [192, 0, 2, 0]];

const FORWARD: &str = "net/ipv4/ip_forward";
const IGNORE: &str = "net/ipv4/conf/all/arp_ignore";
const ANNOUNCE: &str = "net/ipv4/conf/all/arp_announce";

/// A real server that is named and was not brought.
struct Named {
    method: Method,
    director: usize,
    vips: BTreeSet<Ipv4Addr>,
    place: Place,
}

impl Wiring<'_> {
    /// Real servers that directors name and nobody brought, set up as they should be.
    pub(super) fn add_servers(&mut self) {
        let mut named: BTreeMap<Ipv4Addr, Named> = BTreeMap::new();
        for director in self.directors() {
            let machine = &self.machines[director];
            for service in &machine.services {
                for (dest, place) in &service.dests {
                    let rip = dest.addr.addr;
                    if rip.is_loopback() || self.machines.iter().any(|own| own.owns(rip)) {
                        continue;
                    }
                    let new = || Named {
                        method: dest.method,
                        director,
                        vips: BTreeSet::new(),
                        place: place.clone(),
                    };
                    let vips = machine.vips(service);
                    named.entry(rip).or_insert_with(new).vips.extend(vips);
                }
            }
        }
        for (rip, named) in named {
            self.add_server(rip, &named);
        }
    }

    fn add_server(&mut self, rip: Ipv4Addr, named: &Named) {
        let taken =
            |number: &u32| self.machines.iter().any(|own| own.name == format!("rs{number}"));
        let number = (1..).find(|number| !taken(number)).expect("the numbers do not end");
        let name = format!("rs{number}");
        let mut machine = Machine::new(&name);
        let net = self.net_of(rip).unwrap_or(Prefix::new(rip, 24).network());
        let place = Place::default();
        machine.card("eth0", &place).addrs.push(Addr::new(Prefix::new(rip, net.len), &place));
        let vips: Vec<String> = named.vips.iter().map(|vip| format!("{vip}/32")).collect();
        let vips = vips.join(" ");
        let how = match named.method {
            Method::Dr => text!(
                "{vips} on lo, arp_ignore=1, arp_announce=2",
                "lo 上有 {vips}，arp_ignore=1，arp_announce=2"
            ),
            Method::Tun => text!(
                "{vips} on tunl0, arp_ignore=1, arp_announce=2, rp_filter=0",
                "tunl0 上有 {vips}，arp_ignore=1，arp_announce=2，rp_filter=0"
            ),
            Method::Nat => text!("its gateway is the director", "网关是调度器"),
            Method::FullNat => text!("no virtual address", "没有虚拟地址"),
        };
        let on = match named.method {
            Method::Dr => Some("lo"),
            Method::Tun => Some("tunl0"),
            Method::Nat | Method::FullNat => None,
        };
        if let Some(on) = on {
            self.silence(&mut machine, on, &named.vips);
        }
        let Text { en, zh } = how;
        let text = text!(
            "{rip} was not brought: {name} is added, set up as it should be ({en})",
            "没有 {rip} 的文件：加上 {name}，按正确的方式配置（{zh}）"
        );
        self.told.guess(&named.place, text);
        let director = named.director;
        let at = self.add(machine);
        let card = (at, 1);
        let segment = self.join(card, vec![net]);
        let near = self.segments[segment].cards.iter().any(|(own, _)| *own == director);
        if named.method == Method::Nat && near {
            let via = self.addr_in(director, segment);
            let route = via.map(|via| Route::default_via(via, &Place::default()));
            self.machines[at].routes.extend(route);
            self.machines[at].has_routes = true;
        }
    }

    /// A real server of DR or TUN: the VIP where nobody asks for it, and silence about it.
    fn silence(&self, machine: &mut Machine, on: &str, vips: &BTreeSet<Ipv4Addr>) {
        let place = Place::default();
        if on == "tunl0" {
            let (local, remote, dev) = (None, None, None);
            let kind = IfaceKind::Tunnel { local, remote, dev };
            machine.ifaces.push(Iface { kind, ..Iface::card(on, &place) });
        }
        for vip in vips {
            machine.card(on, &place).addrs.push(Addr::new(Prefix::host(*vip), &place));
        }
        machine.set(IGNORE, "1");
        machine.set(ANNOUNCE, "2");
    }

    /// One router stands for all gateways that are nobody's, and leads to servers that stand alone.
    pub(super) fn add_router(&mut self) {
        let mut legs: BTreeMap<usize, Vec<(Ipv4Addr, Place)>> = BTreeMap::new();
        for machine in &self.machines {
            for route in machine.routes.iter().filter(|route| !route.is_kernels) {
                let Some(via) = route.via else { continue };
                if self.machines.iter().any(|own| own.owns(via)) {
                    continue;
                }
                let Some(segment) = self.segment_of(via) else {
                    let text = text!(
                        "{via}, a gateway, is in no known network",
                        "网关 {via} 不在任何已知的网络中"
                    );
                    self.told.wrong(&route.place, text);
                    continue;
                };
                let leg = legs.entry(segment).or_default();
                if leg.iter().all(|(own, _)| *own != via) {
                    leg.push((via, route.place.clone()));
                }
            }
        }
        for (at, segment) in self.segments.iter().enumerate() {
            let machines: BTreeSet<usize> = segment.cards.iter().map(|(own, _)| *own).collect();
            let alone = machines.iter().all(|own| self.machines[*own].is_added);
            if alone && !legs.contains_key(&at) {
                legs.insert(at, Vec::new());
            }
        }
        if legs.is_empty() {
            return;
        }
        let name = self.name("router");
        let mut machine = Machine::new(&name);
        machine.set(FORWARD, "1");
        let router = self.add(machine);
        self.router = Some(router);
        for (segment, gateways) in legs {
            if gateways.is_empty() {
                self.lead(router, segment);
                continue;
            }
            let (first, place) = gateways[0].clone();
            let all: Vec<String> = gateways.iter().map(|(addr, _)| addr.to_string()).collect();
            let all = all.join(" ");
            let text = text!(
                "{all} was not brought: {name} is added and has it",
                "没有 {all} 的文件：加上 {name}，它有这个地址"
            );
            self.told.guess(&place, text);
            let len = self.len_in(segment, first);
            self.plug(router, segment, Addr::new(Prefix::new(first, len), &Place::default()));
            let card = self.machines[router].ifaces.len() - 1;
            for (addr, _) in gateways.iter().skip(1) {
                let own =
                    Addr::new(Prefix::new(*addr, self.len_in(segment, *addr)), &Place::default());
                self.machines[router].ifaces[card].addrs.push(own);
            }
            self.machines[router].ifaces[card].mac = self.mac_of(first);
        }
    }

    fn len_in(&self, segment: usize, addr: Ipv4Addr) -> u8 {
        let nets = self.segments[segment].nets.iter().filter(|net| net.contains(addr));
        nets.map(|net| net.len).max().unwrap_or(24)
    }

    /// The MAC address that somebody has learnt of an address.
    fn mac_of(&self, addr: Ipv4Addr) -> Option<crate::Mac> {
        let all = self.machines.iter().flat_map(|own| &own.neighbours);
        all.filter(|own| own.addr == addr).find_map(|own| own.mac)
    }

    /// A machine gets a free address in a segment.
    fn lead(&mut self, machine: usize, segment: usize) -> Option<Ipv4Addr> {
        let net = *self.segments[segment].nets.first()?;
        let addr = self.free(net, &[1, 254, 253])?;
        let (name, prefix) = (self.machines[machine].name.clone(), Prefix::new(addr, net.len));
        let text = text!(
            "{name} is given {prefix}: {net} must be reached",
            "{name} 设为 {prefix}：要能到达 {net}"
        );
        self.told.guess(&Place::default(), text);
        self.plug(machine, segment, Addr::new(prefix, &Place::default()));
        Some(addr)
    }

    /// Hosts whose routes were not dumped get a default route, if there is somebody to be it.
    pub(super) fn give_routes(&mut self) {
        for at in 0..self.machines.len() {
            let machine = &self.machines[at];
            let has_default = machine.routes.iter().any(|route| route.to == Prefix::ANY);
            if machine.has_routes || has_default || Some(at) == self.router {
                continue;
            }
            let Some(via) = self.natural_gateway(at) else { continue };
            self.machines[at].routes.push(Route::default_via(via, &Place::default()));
        }
    }

    /// The director for a server of NAT, the router for all others.
    fn natural_gateway(&self, at: usize) -> Option<Ipv4Addr> {
        let machine = &self.machines[at];
        let near = |other: usize| {
            (0..self.segments.len()).find_map(|segment| {
                self.addr_in(at, segment)?;
                self.addr_in(other, segment)
            })
        };
        let is_nat = |director: &usize| {
            let services = self.machines[*director].services.iter();
            let mut dests = services.flat_map(|own| &own.dests);
            dests.any(|(dest, _)| dest.method == Method::Nat && machine.owns(dest.addr.addr))
        };
        let mut directors = self.directors().into_iter().filter(|own| *own != at).filter(is_nat);
        directors.find_map(near).or_else(|| near(self.router?))
    }

    /// Hosts whose settings were not dumped get those without which nothing works.
    pub(super) fn give_settings(&mut self) {
        let served: Vec<(Ipv4Addr, Method, Vec<Ipv4Addr>)> = self
            .machines
            .iter()
            .flat_map(|own| own.services.iter().map(move |service| (own, service)))
            .flat_map(|(own, service)| {
                service
                    .dests
                    .iter()
                    .map(move |(dest, _)| (dest.addr.addr, dest.method, own.vips(service)))
            })
            .collect();
        for machine in self.machines.iter_mut().filter(|own| !own.is_added && !own.has_settings) {
            let mut dests = machine.services.iter().flat_map(|own| &own.dests);
            let is_nat = dests.any(|(dest, _)| dest.method == Method::Nat);
            let is_silent = served.iter().any(|(rip, method, vips)| {
                let direct = matches!(method, Method::Dr | Method::Tun);
                let bears = |vip: &Ipv4Addr| machine.owns(*vip) && !machine.has_on_card(*vip);
                direct
                    && machine.services.is_empty()
                    && machine.owns(*rip)
                    && vips.iter().any(bears)
            });
            let given: &[(&str, &str)] = match (is_nat, is_silent) {
                (true, _) => &[(FORWARD, "1")],
                (false, true) => &[(IGNORE, "1"), (ANNOUNCE, "2")],
                (false, false) => continue,
            };
            for (path, value) in given {
                machine.set(path, value);
            }
        }
    }

    /// Who asks: who is named in links.ron, a host that is called client, or a new one outside.
    pub(super) fn find_or_add_client(&mut self, links: &Links) -> usize {
        if let Some(name) = &links.client {
            if let Some(at) = self.machines.iter().position(|own| own.name == *name) {
                return at;
            }
            let text = text!("client: there is no host `{name}`", "client：没有主机 `{name}`");
            self.told.wrong(&Place { file: "links.ron".into(), line: 0 }, text);
        }
        let is_client = |own: &Machine| own.name.starts_with("client") && own.services.is_empty();
        if let Some(at) = self.machines.iter().position(is_client) {
            let name = &self.machines[at].name;
            let text = text!("{name} is who asks", "由 {name} 发起请求");
            self.told.guess(&Place::default(), text);
            return at;
        }
        let name = self.name("client");
        let client = self.add(Machine::new(&name));
        if self.router.is_some() {
            self.client_outside(client);
        } else {
            self.client_inside(client);
        }
        client
    }

    /// Behind the router, in a network of its own.
    fn client_outside(&mut self, client: usize) {
        let router = self.router.expect("whoever calls this has asked");
        let used = |net: &Prefix| {
            let nets = self.segments.iter().flat_map(|segment| &segment.nets);
            nets.into_iter().any(|own| own.contains(net.addr) || net.contains(own.addr))
        };
        let nets = OUTSIDE.map(|net| Prefix::new(net.into(), 24));
        let net = nets
            .into_iter()
            .find(|net| !used(net))
            .unwrap_or(Prefix::new([100, 64, 0, 0].into(), 24));
        let host = |number: u32| Ipv4Addr::from_bits(net.addr.to_bits() + number);
        let (own, gateway) = (Prefix::new(host(10), 24), Prefix::new(host(1), 24));
        self.segments.push(Segment { nets: vec![net], cards: Vec::new() });
        let segment = self.segments.len() - 1;
        self.plug(router, segment, Addr::new(gateway, &Place::default()));
        self.plug(client, segment, Addr::new(own, &Place::default()));
        self.machines[client].routes.push(Route::default_via(gateway.addr, &Place::default()));
        let (name, by) = (self.machines[client].name.clone(), self.machines[router].name.clone());
        let text = text!("{name} is added behind {by}: {own}", "在 {by} 后面加上 {name}：{own}");
        self.told.guess(&Place::default(), text);
        self.reach_vips(router);
    }

    /// Where there is no router: beside the VIP, or where a host that forwards has a leg with nobody
    /// at it.
    fn client_inside(&mut self, client: usize) {
        let lone = |segment: &Segment| {
            segment.cards.len() == 1 && segment.nets.iter().any(|net| net.len < 31)
        };
        let home = self.vips().next().and_then(|(director, vip)| self.home(director, vip));
        let is_home_shared = home.is_some_and(|home| !lone(&self.segments[home]));
        let is_other = |at: usize| {
            let (machine, _) = self.segments[at].cards[0];
            self.machines[machine].services.is_empty()
        };
        let outer = (0..self.segments.len()).find(|at| lone(&self.segments[*at]) && is_other(*at));
        let Some(segment) =
            outer.filter(|_| is_home_shared).or(home).or((!self.segments.is_empty()).then_some(0))
        else {
            return;
        };
        let nets = self.segments[segment].nets.clone();
        let found = nets.iter().find_map(|net| Some((self.free(*net, &[10, 20, 30, 240])?, *net)));
        let Some((addr, net)) = found else { return };
        let first = self.segments[segment].cards[0].0;
        let gateway =
            outer.filter(|outer| *outer == segment).and_then(|_| self.addr_in(first, segment));
        let own = Prefix::new(addr, net.len);
        self.plug(client, segment, Addr::new(own, &Place::default()));
        self.machines[client]
            .routes
            .extend(gateway.map(|via| Route::default_via(via, &Place::default())));
        let name = self.machines[client].name.clone();
        let text = text!("{name} is added in {net}: {own}", "在 {net} 中加上 {name}：{own}");
        self.told.guess(&Place::default(), text);
        if gateway.is_none() {
            self.reach_vips(client);
        }
    }

    /// The segment in which a VIP is asked for.
    fn home(&self, director: usize, vip: Ipv4Addr) -> Option<usize> {
        let legs = || self.machines[director].cards().map(|(number, _)| (director, number));
        let segment_at = |card| self.segments.iter().position(|own| own.cards.contains(&card));
        let bears = |&(at, number): &(usize, usize)| {
            self.machines[at].ifaces[number].addrs.iter().any(|own| own.prefix.addr == vip)
        };
        let on_card = legs().find(bears).and_then(segment_at);
        on_card.or_else(|| self.segment_of(vip)).or_else(|| legs().find_map(segment_at))
    }

    /// Routes to VIPs that are in none of the networks of this machine: by the director.
    fn reach_vips(&mut self, machine: usize) {
        let vips: Vec<(usize, Ipv4Addr)> = self.vips().collect();
        let mut reached = BTreeSet::new();
        for (director, vip) in vips {
            let holds =
                self.machines[director].owns(vip) || !self.machines.iter().any(|own| own.owns(vip));
            let Some(home) = self.home(director, vip).filter(|_| holds && reached.insert(vip))
            else {
                continue;
            };
            if self.addr_in(machine, home).is_none() {
                let shares = (0..self.segments.len()).any(|at| {
                    self.addr_in(machine, at).is_some() && self.addr_in(director, at).is_some()
                });
                if !shares {
                    self.lead(machine, home);
                }
            }
            let holds = |own: &Addr| own.prefix.network().contains(vip);
            if self.machines[machine].cards().any(|(_, card)| card.addrs.iter().any(holds)) {
                continue;
            }
            let shared = (0..self.segments.len()).find_map(|at| {
                self.addr_in(machine, at)?;
                self.addr_in(director, at)
            });
            let Some(via) = shared else { continue };
            let (name, by) =
                (self.machines[machine].name.clone(), self.machines[director].name.clone());
            let text = text!(
                "{vip} is in no network of {name}: it has a route to it by {by}, {via}",
                "{vip} 不在 {name} 的任何网络中：它有一条经 {by}（{via}）的路由"
            );
            self.told.guess(&Place::default(), text);
            let route = Route::to(Prefix::host(vip), via, &Place::default());
            self.machines[machine].routes.push(route);
        }
    }
}
