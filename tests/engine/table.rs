//! The director's routing as a table: what its `ip`, `ifconfig` and `route` lines say, and no more.
//!
//! It is written for the judging alone and shares nothing with the simulated host's: an address is
//! its own route and that of its network, typed routes stand beside them, the longest prefix wins.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use lvs_engine::{Route, Routes};
use sim_core::Prefix;
use sim_core::command::ip::{Object, addr, link, route, tunnel};
use sim_core::command::{Command, ifconfig, route as old_route};

/// How long a path MTU is remembered (Linux 6.1 route.c, ip_rt_mtu_expires).
const REMEMBERED: u64 = 600_000_000_000;
/// Bytes of Ethernet's largest packet.
const ETHERNET_MTU: u16 = 1500;

/// The way of a packet that leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Way {
    /// The interface, by its place in the table.
    pub iface: usize,
    /// The neighbour.
    pub next: Ipv4Addr,
    /// What fits.
    pub mtu: u16,
}

/// Whose an address is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// The director's own.
    Own,
    /// Everybody's on a wire.
    Everybody,
    /// Somebody else's, to whom a way leads.
    Other,
    /// Nobody's: no way leads there.
    Nobody,
}

#[derive(Clone, Debug)]
struct Iface {
    name: String,
    mtu: u16,
    up: bool,
    /// Labels and addresses, in the order in which they were given.
    addrs: Vec<(String, Prefix)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Row {
    to: Prefix,
    whose: Whose,
    iface: Option<usize>,
    via: Option<Ipv4Addr>,
    src: Option<Ipv4Addr>,
    metric: u32,
    mtu: Option<u16>,
    /// The address that it came with.
    of: Option<Prefix>,
}

/// Interfaces, addresses, routes, and what was learnt of paths.
#[derive(Clone, Debug)]
pub struct Table {
    ifaces: Vec<Iface>,
    rows: Vec<Row>,
    learnt: BTreeMap<Ipv4Addr, (u16, u64)>,
    /// The instant of the question, in nanoseconds.
    pub now: u64,
}

impl Table {
    /// The table of a host with these cards.
    pub fn new<'a>(cards: impl Iterator<Item = (&'a str, Option<u16>)>) -> Self {
        let mut table =
            Self { ifaces: Vec::new(), rows: Vec::new(), learnt: BTreeMap::new(), now: 0 };
        let lo = table.iface("lo");
        (table.ifaces[lo].up, table.ifaces[lo].mtu) = (true, u16::MAX);
        table.add("lo", Prefix::new(Ipv4Addr::LOCALHOST, 8), None);
        for (name, mtu) in cards {
            let card = table.iface(name);
            table.ifaces[card].up = true;
            table.ifaces[card].mtu = mtu.unwrap_or(ETHERNET_MTU);
        }
        table
    }

    /// An interface by its name or by a label of it; one that was not named before is down.
    pub fn iface(&mut self, name: &str) -> usize {
        let name = name.split(':').next().unwrap_or(name);
        self.ifaces.iter().position(|iface| iface.name == name).unwrap_or_else(|| {
            let (mtu, addrs) = (ETHERNET_MTU, Vec::new());
            self.ifaces.push(Iface { name: name.into(), mtu, up: false, addrs });
            self.ifaces.len() - 1
        })
    }

    /// The name of an interface.
    pub fn name(&self, iface: usize) -> &str {
        &self.ifaces[iface].name
    }

    /// An interface that is up, by its name.
    pub fn up(&self, name: &str) -> Option<usize> {
        self.ifaces.iter().position(|iface| iface.name == name && iface.up)
    }

    /// Whose an address is.
    pub fn whose(&self, addr: Ipv4Addr) -> Whose {
        match addr.is_broadcast() || addr.is_multicast() {
            true => Whose::Everybody,
            false => self.row(addr).map_or(Whose::Nobody, |row| row.whose),
        }
    }

    /// The way to an address, if it leads out of this host.
    pub fn way(&self, to: Ipv4Addr) -> Option<Way> {
        let row = self.row(to).filter(|row| row.whose == Whose::Other)?;
        let iface = row.iface?;
        let plain = row.mtu.unwrap_or(self.ifaces[iface].mtu);
        Some(Way { iface, next: row.via.unwrap_or(to), mtu: plain })
    }

    /// The address in whose name this host speaks to another one.
    pub fn source(&self, to: Ipv4Addr) -> Option<Ipv4Addr> {
        let row = self.row(to)?;
        if row.whose == Whose::Own {
            return Some(to);
        }
        let iface = &self.ifaces[row.iface?];
        let near = iface.addrs.iter().find(|(_, own)| own.contains(row.via.unwrap_or(to)));
        let own = near.or_else(|| iface.addrs.first()).map(|(_, own)| own.addr);
        row.src.or(own).or_else(|| {
            let mut all = self.ifaces.iter().flat_map(|iface| &iface.addrs);
            all.find(|(_, own)| !own.addr.is_loopback()).map(|(_, own)| own.addr)
        })
    }

    /// Longest prefix first; of equal ones what comes with an address, then the smallest metric,
    /// then the first.
    fn row(&self, to: Ipv4Addr) -> Option<&Row> {
        let is_up = |row: &&Row| {
            row.whose == Whose::Own || row.iface.is_none_or(|iface| self.ifaces[iface].up)
        };
        let fitting = self.rows.iter().filter(|row| row.to.contains(to)).filter(is_up);
        fitting.min_by_key(|row| {
            let is_typed = matches!(row.whose, Whose::Other | Whose::Nobody);
            (32 - row.to.len, is_typed, row.metric)
        })
    }

    fn add(&mut self, label: &str, own: Prefix, broadcast: Option<Ipv4Addr>) {
        let iface = self.iface(label);
        let has = |known: &Iface| known.addrs.iter().any(|(_, known)| *known == own);
        if !has(&self.ifaces[iface]) {
            self.ifaces[iface].addrs.push((label.into(), own));
        }
        self.add_rows(iface, own, broadcast);
    }

    /// The rows that come with an address.
    fn add_rows(&mut self, iface: usize, own: Prefix, broadcast: Option<Ipv4Addr>) {
        let row = |to, whose| Row {
            to,
            whose,
            iface: Some(iface),
            via: None,
            src: Some(own.addr),
            metric: 0,
            mtu: None,
            of: Some(own),
        };
        let mut rows = vec![row(Prefix::host(own.addr), Whose::Own)];
        if self.ifaces[iface].up {
            rows.extend(broadcast.map(|all| row(Prefix::host(all), Whose::Everybody)));
            let net = own.network();
            if net.len < 32 {
                let is_lo = self.ifaces[iface].name == "lo";
                rows.push(row(net, if is_lo { Whose::Own } else { Whose::Other }));
            }
            if net.len < 31 {
                rows.push(row(Prefix::host(net.broadcast()), Whose::Everybody));
            }
        }
        for row in rows {
            let is_twin = |own: &Row| {
                (own.to, own.whose, own.iface) == (row.to, row.whose, row.iface) && own.of.is_some()
            };
            if !self.rows.iter().any(is_twin) {
                self.rows.push(row);
            }
        }
    }

    fn remove(&mut self, iface: usize, gone: Prefix) {
        self.ifaces[iface].addrs.retain(|(_, own)| *own != gone);
        let is_alone = self.ifaces[iface].addrs.is_empty();
        self.rows.retain(|row| {
            let is_its = row.iface == Some(iface) && (row.of == Some(gone) || is_alone);
            !(is_its || row.of.is_none() && row.src == Some(gone.addr))
        });
        for (_, own) in self.ifaces[iface].addrs.clone() {
            self.add_rows(iface, own, None);
        }
    }

    fn set_up(&mut self, iface: usize, up: bool) {
        self.ifaces[iface].up = up;
        match up {
            true => {
                for (_, own) in self.ifaces[iface].addrs.clone() {
                    self.add_rows(iface, own, None);
                }
            }
            false => self.rows.retain(|row| row.iface != Some(iface) || row.whose == Whose::Own),
        }
    }

    /// Takes over what a command says of interfaces, addresses and routes.
    pub fn type_command(&mut self, command: &Command) {
        match command {
            Command::Ip(ip) => match &ip.object {
                Object::Addr(change) => self.addr(change),
                Object::Link(change) => self.link(change),
                Object::Route(change) => self.route_line(change),
                Object::Tunnel(tunnel::Tunnel::Add(entry)) => {
                    let iface = self.iface(&entry.name);
                    self.ifaces[iface].mtu = ETHERNET_MTU - 20;
                }
                _ => {}
            },
            Command::Ifconfig(ifconfig::Ifconfig::Set { iface, settings }) => {
                self.ifconfig(iface, settings);
            }
            Command::Route(old_route::Route::Add(entry)) => {
                let row = self.old_row(entry);
                self.rows.push(row);
            }
            Command::Route(old_route::Route::Del(entry)) => {
                let row = self.old_row(entry);
                self.delete(&row, entry.gw.is_some(), entry.dev.is_some());
            }
            _ => {}
        }
    }

    fn addr(&mut self, change: &addr::Addr) {
        match change {
            addr::Addr::Show(_) => {}
            addr::Addr::Add(entry) => {
                let broadcast = match entry.broadcast {
                    Some(addr::Broadcast::Addr(all)) => Some(all),
                    _ => None,
                };
                let label = entry.label.as_deref().unwrap_or(&entry.dev);
                self.add(label, entry.prefix, broadcast);
            }
            addr::Addr::Del(entry) => {
                let iface = self.iface(&entry.dev);
                self.remove(iface, entry.prefix);
            }
            addr::Addr::Flush { dev, label } => {
                let iface = self.iface(dev);
                for (own, prefix) in self.ifaces[iface].addrs.clone() {
                    if label.as_ref().is_none_or(|label| *label == own) {
                        self.remove(iface, prefix);
                    }
                }
            }
        }
    }

    fn link(&mut self, change: &link::Link) {
        let (link::Link::Set(set) | link::Link::Add(set)) = change else { return };
        let iface = self.iface(&set.dev);
        if let Some(mtu) = set.mtu.and_then(|mtu| u16::try_from(mtu).ok()) {
            self.ifaces[iface].mtu = mtu;
        }
        if let Some(up) = set.up {
            self.set_up(iface, up);
        }
    }

    fn route_line(&mut self, change: &route::Route) {
        match change {
            route::Route::Add(entry) => {
                let row = self.typed_row(entry);
                self.rows.push(row);
            }
            route::Route::Replace(entry) => {
                let row = self.typed_row(entry);
                let is_old =
                    |own: &Row| own.of.is_none() && (own.to, own.metric) == (row.to, row.metric);
                match self.rows.iter_mut().find(|own| is_old(own)) {
                    Some(own) => *own = row,
                    None => self.rows.push(row),
                }
            }
            route::Route::Del(entry) => {
                let row = self.typed_row(entry);
                self.delete(&row, entry.via.is_some(), entry.dev.is_some());
            }
            route::Route::FlushCache => self.learnt.clear(),
            route::Route::Show(_) | route::Route::Get(_) => {}
        }
    }

    fn typed_row(&mut self, entry: &route::Entry) -> Row {
        let whose = match entry.kind {
            route::Kind::Unicast => Whose::Other,
            route::Kind::Local => Whose::Own,
            _ => Whose::Nobody,
        };
        let by_gateway = entry.via.and_then(|via| self.way(via)).map(|way| way.iface);
        Row {
            to: entry.to.network(),
            whose,
            iface: entry.dev.as_ref().map(|dev| self.iface(dev)).or(by_gateway),
            via: entry.via,
            src: entry.src,
            metric: entry.metric.unwrap_or(0),
            mtu: entry.mtu.and_then(|mtu| u16::try_from(mtu).ok()),
            of: None,
        }
    }

    fn old_row(&mut self, entry: &old_route::Entry) -> Row {
        let by_gateway = entry.gw.and_then(|via| self.way(via)).map(|way| way.iface);
        let iface = entry.dev.as_ref().map(|dev| self.iface(dev)).or(by_gateway);
        let labelled = entry.dev.as_ref().filter(|dev| dev.contains(':')).and_then(|dev| {
            let own = self.ifaces[iface?].addrs.iter().find(|(label, _)| label == dev);
            own.map(|(_, own)| own.addr)
        });
        Row {
            to: entry.to.network(),
            whose: Whose::Other,
            iface,
            via: entry.gw,
            src: labelled,
            metric: entry.metric.unwrap_or(0),
            mtu: None,
            of: None,
        }
    }

    fn delete(&mut self, row: &Row, by_via: bool, by_dev: bool) {
        let is_meant = |own: &Row| {
            own.to == row.to
                && own.whose != Whose::Own
                && (!by_via || own.via == row.via)
                && (!by_dev || own.iface == row.iface)
        };
        if let Some(at) = self.rows.iter().position(is_meant) {
            self.rows.remove(at);
        }
    }

    fn ifconfig(&mut self, label: &str, settings: &[ifconfig::Setting]) {
        use ifconfig::Setting;
        let iface = self.iface(label);
        let (mut own, mut len, mut broadcast) = (None, None, None);
        for setting in settings {
            match setting {
                Setting::Addr(addr, typed) => (own, len) = (Some(*addr), typed.or(len)),
                Setting::Netmask(mask) => len = Some(mask.to_bits().leading_ones() as u8),
                Setting::Broadcast(all) => broadcast = Some(*all),
                Setting::Mtu(mtu) => {
                    self.ifaces[iface].mtu = u16::try_from(*mtu).unwrap_or(u16::MAX);
                }
                Setting::Down if label.contains(':') => {
                    for (_, prefix) in self.labelled(iface, label) {
                        self.remove(iface, prefix);
                    }
                }
                Setting::Down => self.set_up(iface, false),
                Setting::Up => self.set_up(iface, true),
                Setting::Mac(_) | Setting::Arp(_) => {}
            }
        }
        if let Some(own) = own {
            for (_, prefix) in self.labelled(iface, label) {
                self.remove(iface, prefix);
            }
            self.set_up(iface, true);
            self.add(label, Prefix::new(own, len.unwrap_or_else(|| class(own))), broadcast);
        }
    }

    fn labelled(&self, iface: usize, label: &str) -> Vec<(String, Prefix)> {
        let addrs = self.ifaces[iface].addrs.iter();
        addrs.filter(|(own, _)| own == label).cloned().collect()
    }
}

/// The length of the network that an address's class gives it.
const fn class(addr: Ipv4Addr) -> u8 {
    match addr.octets()[0] {
        0..128 => 8,
        128..192 => 16,
        _ => 24,
    }
}

impl Routes for Table {
    type Path = Way;

    fn route(&mut self, to: Ipv4Addr) -> Option<Route<Way>> {
        let src = self.source(to)?;
        if self.whose(to) == Whose::Own {
            let path = Way { iface: 0, next: to, mtu: u16::MAX };
            return Some(Route { local: true, mtu: u16::MAX, src, path });
        }
        let path = self.way(to)?;
        let learnt = self.learnt.get(&to).filter(|(_, until)| self.now < *until);
        let mtu = learnt.map_or(path.mtu, |(mtu, _)| path.mtu.min(*mtu));
        Some(Route { local: false, mtu, src, path: Way { mtu, ..path } })
    }

    fn learn_mtu(&mut self, to: Ipv4Addr, mtu: u16) {
        self.learnt.insert(to, (mtu, self.now + REMEMBERED));
    }
}
