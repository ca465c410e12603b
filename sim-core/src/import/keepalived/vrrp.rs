//! `vrrp_instance`: which addresses the master bears. Nobody takes over here: who is master when the
//! dumps were made, or would be by priority, bears them from the start.

use std::net::Ipv4Addr;

use super::Within;
use super::syntax::Statement;
use crate::Prefix;
use crate::import::Place;
use crate::import::ip::{Addr, Route};

/// One `vrrp_instance`.
#[derive(Clone, Debug)]
pub(in crate::import) struct Instance {
    pub(in crate::import) name: String,
    pub(in crate::import) iface: String,
    pub(in crate::import) router_id: u8,
    pub(in crate::import) priority: u8,
    pub(in crate::import) is_master: bool,
    /// `unicast_src_ip`, `mcast_src_ip`: an own address.
    pub(in crate::import) own: Option<Ipv4Addr>,
    pub(in crate::import) addrs: Vec<VirtualAddr>,
    pub(in crate::import) routes: Vec<Route>,
    pub(in crate::import) place: Place,
}

/// An address that keepalived puts on an interface.
#[derive(Clone, Debug)]
pub(in crate::import) struct VirtualAddr {
    pub(in crate::import) dev: String,
    pub(in crate::import) addr: Addr,
}

/// Words that concern how masters are chosen and who is told.
#[rustfmt::skip]
const SILENT: [&str; 52] = [
    "nopreempt", "preempt", "preempt_delay", "advert_int", "authentication", "track_interface", "track_script",
    "track_process", "track_file", "track_bfd", "track_group", "notify", "notify_master", "notify_backup",
    "notify_fault", "notify_stop", "notify_deleted", "notify_master_rx_lower_pri", "notify_priority_changes",
    "smtp_alert", "no_smtp_alert", "garp_master_delay", "garp_master_repeat", "garp_master_refresh",
    "garp_master_refresh_repeat", "garp_lower_prio_delay", "garp_lower_prio_repeat", "garp_interval", "gna_interval",
    "garp_extra_if", "lower_prio_no_advert", "higher_prio_send_advert", "use_vmac", "use_vmac_addr", "use_ipvlan",
    "vmac_xmit_base", "dont_track_primary", "linkbeat_use_polling", "lvs_sync_daemon_interface",
    "lvs_sync_daemon", "native_ipv6", "accept", "no_accept", "strict_mode", "debug", "unicast_peer", "unicast_ttl",
    "check_unicast_src", "version", "virtual_rules", "promote_secondaries", "skip_check_adv_addr",
];

/// Reads an instance.
pub(super) fn read(block: &Statement, within: &mut Within<'_>) -> Instance {
    let mut instance = Instance {
        name: block.value().to_owned(),
        iface: String::new(),
        router_id: 0,
        priority: 100,
        is_master: false,
        own: None,
        addrs: Vec::new(),
        routes: Vec::new(),
        place: within.place(block),
    };
    // Addresses without a `dev` are on the instance's interface, wherever that is written.
    for line in block.block.iter().filter(|line| line.name() == "interface") {
        line.value().clone_into(&mut instance.iface);
    }
    for line in &block.block {
        let value = line.value();
        let fine = match line.name() {
            "interface" => !value.is_empty(),
            "state" => {
                instance.is_master = value == "MASTER";
                matches!(value, "MASTER" | "BACKUP")
            }
            "virtual_router_id" => value.parse().map(|id| instance.router_id = id).is_ok(),
            "priority" => value.parse().map(|priority| instance.priority = priority).is_ok(),
            "mcast_src_ip" | "unicast_src_ip" => {
                instance.own = within.addr(line, value);
                true
            }
            "virtual_ipaddress" | "virtual_ipaddress_excluded" => {
                let found =
                    line.block.iter().filter_map(|line| addr(line, &instance.iface, within));
                let found: Vec<VirtualAddr> = found.collect();
                instance.addrs.extend(found);
                true
            }
            "virtual_routes" => {
                instance.routes.extend(routes(line, within));
                true
            }
            name if SILENT.contains(&name) => {
                within.without(line);
                true
            }
            _ => {
                within.unknown(line, "vrrp_instance");
                true
            }
        };
        if !fine {
            within.bad(line);
        }
    }
    instance
}

/// `192.0.2.100/24 brd 192.0.2.255 dev eth1 scope link label eth1:1`.
pub(super) fn addr(line: &Statement, iface: &str, within: &mut Within<'_>) -> Option<VirtualAddr> {
    let (text, len) = line.name().split_once('/').unwrap_or((line.name(), "32"));
    let local = within.addr(line, text)?;
    let Some(len) = len.parse().ok().filter(|len| *len <= 32) else {
        within.bad(line);
        return None;
    };
    let prefix = Prefix::new(local, len);
    let mut found =
        VirtualAddr { dev: iface.to_owned(), addr: Addr::new(prefix, &within.place(line)) };
    let mut words = line.words.iter().skip(1).map(String::as_str);
    while let Some(word) = words.next() {
        match word {
            "dev" => words.next().unwrap_or_default().clone_into(&mut found.dev),
            "scope" => found.addr.scope = words.next().map(str::to_owned),
            "label" => found.addr.label = words.next().map(str::to_owned),
            "brd" | "broadcast" => match words.next() {
                Some("-") => {}
                Some("+") => found.addr.broadcast = (len < 31).then(|| prefix.broadcast()),
                Some(addr) => found.addr.broadcast = within.addr(line, addr),
                None => within.bad(line),
            },
            "no_track" | "noprefixroute" | "home" | "nodad" | "use_vmac" | "preferred_lft" => {
                let place = within.place(line);
                within.tally.count(format!("virtual_ipaddress … {word}"), &place);
                if word == "preferred_lft" {
                    words.next();
                }
            }
            "track_group" => {
                let place = within.place(line);
                within.tally.count("virtual_ipaddress … track_group", &place);
                words.next();
            }
            _ => within.bad(line),
        }
    }
    if found.dev.is_empty() {
        "eth0".clone_into(&mut found.dev);
    }
    Some(found)
}

/// The lines of `static_routes` and `virtual_routes`.
pub(super) fn routes(block: &Statement, within: &mut Within<'_>) -> Vec<Route> {
    let mut found = Vec::new();
    for line in &block.block {
        let place = within.place(line);
        let words: Vec<&str> =
            line.words.iter().map(String::as_str).filter(|word| *word != "no_track").collect();
        found.extend(Route::of_words(&words, &place, within.told));
    }
    found
}
