//! `ip addr`: shows, adds and removes addresses. iproute2 6.1: ip/ipaddress.c; Linux 6.1:
//! net/ipv4/devinet.c.

use std::net::Ipv4Addr;

use lvs_engine::OriginId;

use super::errno::{answers, cannot_find, does_not_exist, not_simulated};
use super::record::{Record, print};
use super::{Done, listing};
use crate::Prefix;
use crate::command::ip::Options;
use crate::command::ip::addr::{Addr, Broadcast, Entry, Scope};
use crate::event::{Cx, IfaceId};
use crate::host::Host;
use crate::host::fib::AddrError;
use crate::host::iface::{Address, Iface, RouteScope};

impl Host {
    pub(super) fn run_ip_addr(
        &mut self,
        addr: &Addr,
        options: Options,
        origin: OriginId,
        cx: &mut Cx<'_>,
    ) -> Done {
        match addr {
            Addr::Show(dev) => match self.selected(dev.as_deref()) {
                Some(ids) => {
                    let shown = ids.into_iter().filter_map(|id| self.addrs_of(id, options));
                    print(shown.collect(), options)
                }
                None => does_not_exist(dev.as_deref().unwrap_or_default()),
            },
            Addr::Add(entry) => self.ip_addr_add(entry, origin),
            Addr::Del(entry) => self.ip_addr_del(entry, cx),
            Addr::Flush { dev, label } => match self.fib.iface_by_name(dev) {
                Some(id) => self.ip_addr_flush(id, label.as_deref(), options.stats, cx),
                None => does_not_exist(dev),
            },
        }
    }

    /// One interface of the listing.
    fn addrs_of(&self, id: IfaceId, options: Options) -> Option<Record> {
        let iface = self.fib.iface(id);
        if options.ipv4 && iface.addrs.is_empty() {
            return None;
        }
        if options.brief {
            return Some(self.brief_addrs(iface));
        }
        let mut record = Record::default();
        if options.oneline {
            let lines = iface.addrs.iter().map(|own| self.addr_line(id, own, true));
            record.list("addr_info", lines.collect());
            return Some(record);
        }
        listing::head(&mut record, &self.fib, id, false);
        if !options.ipv4 {
            listing::link_layer(record.say("\n"), iface);
        }
        let addresses = iface.addrs.iter().map(|own| {
            let mut line = Record::default();
            listing::address(line.say("\n"), own, "\n");
            line
        });
        record.list("addr_info", addresses.collect());
        listing::counters(&mut record, iface, options.stats, "\n");
        record.say("\n");
        Some(record)
    }

    /// `lo   UNKNOWN   127.0.0.1/8`.
    fn brief_addrs(&self, iface: &Iface) -> Record {
        let mut record = Record::default();
        listing::put_name(&mut record, &self.fib, iface);
        record.say(format!("{:<16} ", listing::full_name(&self.fib, iface)));
        let state = listing::state(iface);
        record.say(format!("{state:<14} ")).put("operstate", state);
        let addresses = iface.addrs.iter().map(|own| {
            let mut address = Record::default();
            address.fact("", "local", own.local.addr, "/");
            address.fact("", "prefixlen", u32::from(own.local.len), " ");
            address
        });
        record.list("addr_info", addresses.collect());
        record.say("\n");
        record
    }

    /// An address with the interface before it.
    fn addr_line(&self, id: IfaceId, own: &Address, oneline: bool) -> Record {
        let mut line = Record::default();
        line.fact("", "index", id.0 + 1, ": ");
        line.fact("", "dev", self.fib.iface(id).name.as_str(), "");
        listing::address(&mut line, own, listing::line_end(oneline));
        line.say("\n");
        line
    }

    fn ip_addr_add(&mut self, entry: &Entry, origin: OriginId) -> Done {
        let Some(id) = self.fib.iface_by_name(&entry.dev) else { return cannot_find(&entry.dev) };
        let local = entry.prefix;
        let scope = match entry.scope {
            None if local.addr.is_loopback() => RouteScope::Host,
            None => RouteScope::Global,
            Some(typed) => match route_scope(typed) {
                Some(scope) => scope,
                None => return not_simulated("scope nowhere", 2),
            },
        };
        self.sysctl.settle(id);
        if local.addr.is_unspecified() {
            // Linux 6.1 devinet.c, __inet_insert_ifa: forgotten without a word.
            return Done::ok("");
        }
        let label = entry.label.clone().unwrap_or_else(|| self.fib.iface(id).name.clone());
        let broadcast = entry.broadcast.and_then(|typed| broadcast_of(typed, local));
        let address = Address { local, broadcast, scope, label, secondary: false, origin };
        match self.fib.add_addr(id, address) {
            Ok(()) => Done::ok(""),
            Err(error) => answers(error),
        }
    }

    fn ip_addr_del(&mut self, entry: &Entry, cx: &mut Cx<'_>) -> Done {
        let Some(id) = self.fib.iface_by_name(&entry.dev) else { return cannot_find(&entry.dev) };
        let local = entry.prefix;
        let labelled =
            |own: &&Address| entry.label.as_ref().is_none_or(|label| *label == own.label);
        let found = self.fib.iface(id).addrs.iter().filter(labelled).any(|own| own.local == local);
        let deleted =
            if found { self.delete_addr(id, local, cx) } else { Err(AddrError::NotFound) };
        match deleted {
            Ok(()) => Done::ok(""),
            Err(error) => answers(error),
        }
    }

    fn ip_addr_flush(
        &mut self,
        id: IfaceId,
        label: Option<&str>,
        stats: u8,
        cx: &mut Cx<'_>,
    ) -> Done {
        let chosen = |own: &&Address| label.is_none_or(|label| label == own.label);
        let chosen: Vec<Address> =
            self.fib.iface(id).addrs.iter().filter(chosen).cloned().collect();
        let mut text = String::new();
        for own in &chosen {
            if stats > 1 {
                text += &self.addr_line(id, own, false).text;
            }
            // A secondary one may have gone with its primary.
            let _ = self.delete_addr(id, own.local, cx);
        }
        Done::ok(text + &flushed(chosen.len(), "addresses", stats))
    }
}

/// What iproute2 says of a flush, if it was asked to.
pub(super) fn flushed(count: usize, what: &str, stats: u8) -> String {
    match (stats, count) {
        (0, _) => String::new(),
        (_, 0) => "Nothing to flush.\n".to_owned(),
        _ => format!(
            "\n*** Round 1, deleting {count} {what} ***\n*** Flush is complete after 1 round ***\n"
        ),
    }
}

/// An address and its length.
pub(super) fn text(prefix: Prefix) -> String {
    format!("{}/{}", prefix.addr, prefix.len)
}

/// The scope as the tables hold it; `nowhere` they do not.
pub(super) fn route_scope(typed: Scope) -> Option<RouteScope> {
    match typed {
        Scope::Global => Some(RouteScope::Global),
        Scope::Site => Some(RouteScope::Site),
        Scope::Link => Some(RouteScope::Link),
        Scope::Host => Some(RouteScope::Host),
        Scope::Nowhere => None,
    }
}

/// iproute2 works `+` and `-` out itself, for networks that have room for a broadcast address.
fn broadcast_of(typed: Broadcast, local: Prefix) -> Option<Ipv4Addr> {
    match typed {
        Broadcast::Addr(addr) => (!addr.is_unspecified()).then_some(addr),
        Broadcast::Last => (local.len <= 30).then(|| local.broadcast()),
        Broadcast::First => (local.len <= 30).then(|| local.network().addr),
    }
}
