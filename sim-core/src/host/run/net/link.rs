//! `ip link`: shows and sets interfaces. iproute2 6.1: ip/iplink.c; Linux 6.1:
//! net/core/rtnetlink.c, do_setlink.

use lvs_engine::OriginId;

use super::change::BadMtu;
use super::errno::{Errno, answers, cannot_find, does_not_exist, not_simulated, says};
use super::record::{Record, print};
use super::{Done, listing};
use crate::command::ip::Options;
use crate::command::ip::link::{Link, Set};
use crate::event::{Cx, IfaceId};
use crate::host::Host;
use crate::host::iface::IfaceKind;

impl Host {
    pub(super) fn run_ip_link(
        &mut self,
        link: &Link,
        options: Options,
        origin: OriginId,
        cx: &mut Cx<'_>,
    ) -> Done {
        match link {
            Link::Show(Some(dev)) if dev.contains(':') && self.fib.iface_by_name(dev).is_some() => {
                // A label is found as a name, but the kernel knows no link of it.
                let sent = "Cannot send link get request: No such device\n";
                answers(Errno::NoDevice).then(Done::failed(sent, 1))
            }
            Link::Show(dev) => match self.selected(dev.as_deref()) {
                Some(ids) => {
                    print(ids.into_iter().map(|id| self.link_of(id, options)).collect(), options)
                }
                None => does_not_exist(dev.as_deref().unwrap_or_default()),
            },
            Link::Set(set) => self.ip_link_set(set, origin, cx),
            Link::Add(set) => self.ip_link_add(set, origin, cx),
            Link::Del(name) => self.ip_link_del(name, origin, cx),
        }
    }

    /// One interface of the listing.
    fn link_of(&self, id: IfaceId, options: Options) -> Record {
        let iface = self.fib.iface(id);
        let mut record = Record::default();
        if options.brief {
            let (state, mac) = (listing::state(iface), listing::hardware(iface));
            listing::put_name(&mut record, &self.fib, iface);
            record.say(format!("{:<16} ", listing::full_name(&self.fib, iface)));
            record.say(format!("{state:<14} ")).put("operstate", state);
            record.fact("", "address", mac, " ");
            listing::say_flags(&mut record, iface);
            record.say(" \n");
            return record;
        }
        let line_end = listing::line_end(options.oneline);
        listing::head(&mut record, &self.fib, id, true);
        listing::link_layer(record.say(line_end), iface);
        listing::counters(&mut record, iface, options.stats, line_end);
        record.say("\n");
        record
    }

    /// The kernel sets one thing after the other, and stops at the first that it refuses.
    pub(super) fn ip_link_set(&mut self, set: &Set, origin: OriginId, cx: &mut Cx<'_>) -> Done {
        let Some(id) = self.fib.iface_by_name(&set.dev) else { return cannot_find(&set.dev) };
        if let Some(mac) = set.address {
            if self.fib.iface(id).kind == IfaceKind::Tunnel {
                // iproute2 counts before it asks: a tunnel's address is an IPv4 address.
                return Done::failed("Invalid address length 6 - must be 4 bytes\n", 1);
            }
            if let Err(error) = self.set_mac(id, mac, cx) {
                return answers(error);
            }
        }
        if let Some(mtu) = set.mtu
            && let Err(error) = self.set_mtu(id, mtu, origin)
        {
            return match error {
                BadMtu::TooSmall => says("mtu less than device minimum."),
                BadMtu::TooLarge => says("mtu greater than device maximum."),
                BadMtu::Invalid => answers(Errno::Invalid),
                BadMtu::NotSimulated => not_simulated(format!("{} mtu {mtu}", set.dev), 2),
            };
        }
        if let Some(on) = set.arp
            && !self.set_arp(id, on)
        {
            let on = if on { "on" } else { "off" };
            return not_simulated(format!("{} arp {on}", set.dev), 2);
        }
        if let Some(up) = set.up {
            self.set_link_up(id, up, origin, cx);
        }
        Done::ok("")
    }
}
