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
    let row = |text: String, ifaces: Vec<IfaceId>, says| Row { text, ifaces, says };
    let name = own.name.to_string();
    let first = all.first().map_or(String::new(), |(_, addr)| format!(" {addr}"));
    // An address that others have as well, and that is on no card: whoever asks for it is not to be told.
    let is_shared = |(id, addr): &(IfaceId, Ipv4Addr)| shared.contains(addr) && !cards.contains(id);
    let settings = cards.first().filter(|_| all.iter().any(is_shared)).map(|card| {
        let value = |conf| host.sysctls().quiet(conf, *card);
        (value(Conf::ArpIgnore), value(Conf::ArpAnnounce))
    });
    match detail {
        Detail::Bare => vec![row(name, cards, Says::Name)],
        Detail::Name => vec![row(name + &first, cards, Says::Name)],
        Detail::Line => {
            let more =
                all.iter().skip(1).map(|(id, addr)| format!(", {addr} {}", fib.iface(*id).name));
            vec![row(name + &first + &more.collect::<String>(), cards, Says::Name)]
        }
        Detail::Short => {
            let has_addr = |card: &IfaceId| all.iter().any(|(id, _)| id == card);
            let (with, without) = cards.iter().copied().partition::<Vec<_>, _>(has_addr);
            let mut rows = vec![row(name, without, Says::Name)];
            for (at, (id, addr)) in all.iter().enumerate() {
                // A card's cable ends at its first address; that of the first card needs no name.
                let is_first = all[..at].iter().all(|(own, _)| own != id);
                let ends = if is_first && with.contains(id) { vec![*id] } else { Vec::new() };
                let text = match (at, ends.is_empty()) {
                    (0, false) => addr.to_string(),
                    _ => format!("{addr} {}", fib.iface(*id).name),
                };
                rows.push(row(text, ends, Says::Addr));
            }
            if let Some((ignore, announce)) = settings {
                let is_bad = ignore == 0 || announce < 2;
                let (sign, says) =
                    if is_bad { (" (!)", Says::Warning) } else { ("", Says::Setting) };
                let text = format!("arp_ignore {ignore}, announce {announce}{sign}");
                rows.push(row(text, Vec::new(), says));
            }
            rows
        }
        Detail::Full => {
            let mut rows = vec![row(name, Vec::new(), Says::Name)];
            let names =
                fib.iface_ids().map(|id| fib.iface(id).name.len()).max().unwrap_or(0).min(5);
            for id in cards.iter().copied().chain(fib.iface_ids().filter(|id| !cards.contains(id)))
            {
                let mut own = all.iter().filter(|(iface, _)| *iface == id).map(|(_, addr)| *addr);
                let is_card = cards.contains(&id);
                let Some(addr) =
                    own.next().map(|addr| addr.to_string()).or(is_card.then(|| "-".into()))
                else {
                    continue;
                };
                let (label, ifaces) =
                    (&fib.iface(id).name, if is_card { vec![id] } else { Vec::new() });
                rows.push(row(format!("{label:<names$} {addr}"), ifaces, Says::Addr));
                rows.extend(
                    own.map(|addr| row(format!("{:<names$} {addr}", ""), Vec::new(), Says::Addr)),
                );
            }
            if let Some((ignore, announce)) = settings {
                let says = |is_bad| if is_bad { Says::Warning } else { Says::Setting };
                let sign = |is_bad: bool| if is_bad { " (!)" } else { "" };
                let (one, other) = (ignore == 0, announce < 2);
                rows.push(row(format!("arp_ignore {ignore}{}", sign(one)), Vec::new(), says(one)));
                rows.push(row(
                    format!("arp_announce {announce}{}", sign(other)),
                    Vec::new(),
                    says(other),
                ));
            }
            rows
        }
    }
}
