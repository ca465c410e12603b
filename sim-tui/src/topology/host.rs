//! What a host says on the map: its name, its addresses, and settings that matter where an address is shared.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use sim_core::event::{IfaceId, NodeId};
use sim_core::host::Host as Linux;
use sim_core::host::iface::IfaceKind;
use sim_core::host::sysctl::Conf;
use sim_core::net::Net;
use unicode_width::UnicodeWidthStr;

/// A row of a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The words.
    pub text: String,
    /// The interfaces whose cables end in this row.
    pub ifaces: Vec<IfaceId>,
    /// What it says.
    pub says: Says,
}

impl Row {
    /// How many columns it takes.
    pub fn width(&self) -> usize {
        self.text.width()
    }
}

/// What a row of a host says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Says {
    /// Its name.
    Name,
    /// An address.
    Addr,
    /// A setting.
    Setting,
    /// A setting that is not as LVS needs it.
    Warning,
}

/// How much a host says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Detail {
    /// Its name.
    Bare,
    /// Its name and one address.
    Name,
    /// Its name and all addresses, in one row.
    Line,
    /// All addresses, the first beside the name.
    Short,
    /// A row for each interface, and settings.
    Full,
}

/// The addresses that more than one host has.
pub(super) fn shared(net: &Net) -> Vec<Ipv4Addr> {
    let mut seen: BTreeMap<Ipv4Addr, usize> = BTreeMap::new();
    for host in net.nodes.iter().filter_map(|node| node.host()) {
        for addr in addrs(host).into_iter().map(|(_, addr)| addr) {
            *seen.entry(addr).or_default() += 1;
        }
    }
    seen.into_iter().filter(|(_, count)| *count > 1).map(|(addr, _)| addr).collect()
}

/// The addresses of a host with their interfaces, those of cards first; without that of the loopback itself.
fn addrs(host: &Linux) -> Vec<(IfaceId, Ipv4Addr)> {
    let fib = host.fib();
    let mut ids: Vec<IfaceId> = fib.iface_ids().collect();
    ids.sort_by_key(|id| fib.iface(*id).kind != IfaceKind::Ethernet);
    let of = |id: IfaceId| fib.iface(id).addrs.iter().map(move |own| (id, own.local.addr));
    let mut found: Vec<(IfaceId, Ipv4Addr)> = Vec::new();
    for (id, addr) in ids.into_iter().flat_map(of) {
        if !addr.is_loopback() && !found.iter().any(|(_, own)| *own == addr) {
            found.push((id, addr));
        }
    }
    found
}

/// What a host says.
pub(super) fn rows(net: &Net, node: NodeId, detail: Detail, shared: &[Ipv4Addr]) -> Vec<Row> {
    let own = net.node(node);
    let Some(host) = own.host() else { return Vec::new() };
    let fib = host.fib();
    let all = addrs(host);
    let cards: Vec<IfaceId> =
        fib.iface_ids().filter(|id| fib.iface(*id).kind == IfaceKind::Ethernet).collect();
    // An address that others have as well, and that is on no card: whoever asks for it is not to be told.
    let is_shared = |(id, addr): &(IfaceId, Ipv4Addr)| shared.contains(addr) && !cards.contains(id);
    let settings = cards.first().filter(|_| all.iter().any(is_shared)).map(|card| {
        let value = |conf| host.sysctls().quiet(conf, *card);
        (value(Conf::ArpIgnore), value(Conf::ArpAnnounce))
    });
    let name = own.name.to_string();
    let told = Told { host, all, cards, settings };
    match detail {
        Detail::Bare => vec![row(name, told.cards, Says::Name)],
        Detail::Name => {
            let first = told.all.first().map_or(String::new(), |(_, addr)| format!(" {addr}"));
            vec![row(name + &first, told.cards, Says::Name)]
        }
        Detail::Line => {
            let label = |at, id: &IfaceId| match at {
                0 => String::new(),
                _ => format!(" {}", fib.iface(*id).name),
            };
            let addrs = told.all.iter().enumerate();
            let addrs = addrs.map(|(at, (id, addr))| format!("{addr}{}", label(at, id)));
            let addrs: Vec<String> = addrs.collect();
            vec![row(format!("{name} {}", addrs.join(", ")), told.cards, Says::Name)]
        }
        Detail::Short => told.short(name),
        Detail::Full => told.full(name),
    }
}

fn row(text: String, ifaces: Vec<IfaceId>, says: Says) -> Row {
    Row { text, ifaces, says }
}

/// What there is to say of a host.
struct Told<'a> {
    host: &'a Linux,
    all: Vec<(IfaceId, Ipv4Addr)>,
    cards: Vec<IfaceId>,
    /// `arp_ignore` and `arp_announce`, where they matter.
    settings: Option<(i32, i32)>,
}

impl Told<'_> {
    fn label(&self, id: IfaceId) -> &str {
        &self.host.fib().iface(id).name
    }

    /// A row for each address.
    fn short(&self, name: String) -> Vec<Row> {
        let has_addr = |card: &IfaceId| self.all.iter().any(|(id, _)| id == card);
        let (with, without) = self.cards.iter().copied().partition::<Vec<_>, _>(has_addr);
        let mut rows = vec![row(name, without, Says::Name)];
        for (at, (id, addr)) in self.all.iter().enumerate() {
            // A card's cable ends at its first address; that of the first card needs no name.
            let is_first = self.all[..at].iter().all(|(own, _)| own != id);
            let ends = if is_first && with.contains(id) { vec![*id] } else { Vec::new() };
            let text = match (at, ends.is_empty()) {
                (0, false) => addr.to_string(),
                _ => format!("{addr} {}", self.label(*id)),
            };
            rows.push(row(text, ends, Says::Addr));
        }
        if let Some((ignore, announce)) = self.settings {
            let is_bad = ignore == 0 || announce < 2;
            let (sign, says) = if is_bad { (" (!)", Says::Warning) } else { ("", Says::Setting) };
            let text = format!("arp_ignore {ignore}, announce {announce}{sign}");
            rows.push(row(text, Vec::new(), says));
        }
        rows
    }

    /// A row for each interface and each further address, and settings.
    fn full(&self, name: String) -> Vec<Row> {
        let mut rows = vec![row(name, Vec::new(), Says::Name)];
        let ids: Vec<IfaceId> = self.host.fib().iface_ids().collect();
        let names = ids.iter().map(|id| self.label(*id).len()).max().unwrap_or(0).min(5);
        let others = ids.iter().copied().filter(|id| !self.cards.contains(id));
        for id in self.cards.iter().copied().chain(others) {
            let mut own = self.all.iter().filter(|(iface, _)| *iface == id).map(|(_, addr)| addr);
            let is_card = self.cards.contains(&id);
            let first = own.next().map(ToString::to_string).or(is_card.then(|| "-".into()));
            let Some(addr) = first else { continue };
            let ends = if is_card { vec![id] } else { Vec::new() };
            rows.push(row(format!("{:<names$} {addr}", self.label(id)), ends, Says::Addr));
            let more = own.map(|addr| format!("{:<names$} {addr}", ""));
            rows.extend(more.map(|text| row(text, Vec::new(), Says::Addr)));
        }
        if let Some((ignore, announce)) = self.settings {
            for (name, value, is_bad) in
                [("arp_ignore", ignore, ignore == 0), ("arp_announce", announce, announce < 2)]
            {
                let (sign, says) =
                    if is_bad { (" (!)", Says::Warning) } else { ("", Says::Setting) };
                rows.push(row(format!("{name} {value}{sign}"), Vec::new(), says));
            }
        }
        rows
    }
}
