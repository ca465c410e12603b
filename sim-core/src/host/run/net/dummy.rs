//! `ip link add … type dummy` and `ip link del`: cards without a plug, to put addresses on.
//!
//! Linux 6.1: drivers/net/dummy.c. That the module makes a first `dummy0` by itself is switched
//! off where systemd is (modprobe.d/systemd.conf), and here.

use lvs_engine::{OriginId, Rng};

use super::Done;
use super::errno::{Errno, answers, cannot_find, not_simulated};
use crate::Mac;
use crate::command::ip::link::Set;
use crate::event::Cx;
use crate::host::iface::{Iface, IfaceKind};
use crate::host::{ETHERNET_MTU, Host};

impl Host {
    pub(super) fn ip_link_add(&mut self, set: &Set, origin: OriginId, cx: &mut Cx<'_>) -> Done {
        if self.fib.iface_by_name(&set.dev).is_some() {
            return answers(Errno::Exists);
        }
        let drawn = Rng::new(self.id_seed ^ self.fib.ifaces.len() as u64).next_u64();
        let [a, b, c, d, e, f, ..] = drawn.to_be_bytes();
        // Of one card, and of no maker. Linux 6.1 etherdevice.h, eth_random_addr.
        let mac = Mac([a & !1 | 2, b, c, d, e, f]);
        let iface = Iface::new(&set.dev, IfaceKind::Dummy, mac, ETHERNET_MTU);
        let id = self.add_iface(Iface { made: origin, ..iface });
        let done = self.ip_link_set(set, origin, cx);
        if done.status != 0 {
            self.fib.iface_mut(id).gone = true;
        }
        done
    }

    pub(super) fn ip_link_del(&mut self, name: &str, origin: OriginId, cx: &mut Cx<'_>) -> Done {
        let Some(id) = self.fib.iface_by_name(name) else { return cannot_find(name) };
        match self.fib.iface(id).kind {
            IfaceKind::Dummy => {
                self.set_link_up(id, false, origin, cx);
                self.delete_iface(id);
                Done::ok("")
            }
            IfaceKind::Tunnel => not_simulated(format!("link del {name}"), 2),
            IfaceKind::Ethernet | IfaceKind::Loopback => answers(Errno::NotSupported),
        }
    }
}
