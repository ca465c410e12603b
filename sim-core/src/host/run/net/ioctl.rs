//! The system calls behind `ifconfig`: addresses are found by their label, the name that was typed.
//!
//! Each call stands alone: to change a mask or a broadcast address the kernel removes the address
//! and puts it in again, with all that removing one brings about. Linux 6.1: net/ipv4/devinet.c,
//! devinet_ioctl.

use std::net::Ipv4Addr;

use lvs_engine::OriginId;

use super::change::BadMtu;
use super::errno::Errno;
use crate::Mac;
use crate::Prefix;
use crate::event::{Cx, IfaceId};
use crate::host::Host;
use crate::host::iface::{Address, IfaceKind, RouteScope};

/// The length of a network's prefix by the class of its address; none for multicast. Linux 6.1
/// devinet.c, inet_abc_len.
fn class_len(addr: Ipv4Addr) -> Option<u8> {
    match addr.octets()[0] {
        _ if addr.is_broadcast() || addr.octets()[0] == 0 => Some(0),
        0..128 => Some(8),
        128..192 => Some(16),
        192..224 => Some(24),
        224..240 => None,
        _ => Some(32),
    }
}

impl Host {
    /// The interface of a name, and the first address that carries this name as its label.
    pub(super) fn labelled(&self, name: &str) -> Result<(IfaceId, Option<&Address>), Errno> {
        let id = self.fib.iface_by_name(name).ok_or(Errno::NoDevice)?;
        Ok((id, self.fib.iface(id).addrs.iter().find(|own| own.label == name)))
    }

    /// SIOCSIFADDR: another address with the mask of its class.
    pub(super) fn ioctl_addr(
        &mut self,
        name: &str,
        addr: Ipv4Addr,
        origin: OriginId,
        cx: &mut Cx<'_>,
    ) -> Result<(), Errno> {
        let (id, old) = self.labelled(name)?;
        let old = old.map(|own| own.local);
        let class = class_len(addr).ok_or(Errno::Invalid)?;
        if let Some(old) = old {
            if old.addr == addr {
                return Ok(());
            }
            self.delete_addr(id, old, cx)?;
        }
        self.sysctl.settle(id);
        if addr.is_unspecified() {
            return Ok(());
        }
        let iface = self.fib.iface(id);
        let len = if iface.is_point_to_point() { 32 } else { class };
        let local = Prefix::new(addr, len);
        let has_broadcast = iface.is_broadcast() && len < 31;
        let scope = if addr.is_loopback() { RouteScope::Host } else { RouteScope::Global };
        let address = Address {
            local,
            broadcast: has_broadcast.then(|| local.broadcast()),
            scope,
            label: name.to_owned(),
            secondary: false,
            origin,
        };
        Ok(self.fib.add_addr(id, address)?)
    }

    /// SIOCSIFBRDADDR.
    pub(super) fn ioctl_broadcast(
        &mut self,
        name: &str,
        addr: Ipv4Addr,
        origin: OriginId,
        cx: &mut Cx<'_>,
    ) -> Result<(), Errno> {
        let (id, old) = self.labelled(name)?;
        let old = old.ok_or(Errno::NoAddress)?.clone();
        let broadcast = (!addr.is_unspecified()).then_some(addr);
        if old.broadcast != broadcast {
            self.change_addr(id, &old, Address { broadcast, origin, ..old.clone() }, cx);
        }
        Ok(())
    }

    /// SIOCSIFNETMASK. A broadcast address that belongs to the old mask is changed along with it.
    pub(super) fn ioctl_netmask(
        &mut self,
        name: &str,
        mask: Ipv4Addr,
        origin: OriginId,
        cx: &mut Cx<'_>,
    ) -> Result<(), Errno> {
        let (id, old) = self.labelled(name)?;
        let old = old.ok_or(Errno::NoAddress)?.clone();
        let len = mask.to_bits().leading_ones();
        if mask.to_bits().count_ones() != len {
            return Err(Errno::Invalid);
        }
        let local = Prefix::new(old.local.addr, len as u8);
        if local == old.local {
            return Ok(());
        }
        let follows = self.fib.iface(id).is_broadcast()
            && local.len < 31
            && old.broadcast == Some(old.local.broadcast());
        let broadcast = if follows { Some(local.broadcast()) } else { old.broadcast };
        self.change_addr(id, &old, Address { local, broadcast, origin, ..old.clone() }, cx);
        Ok(())
    }

    /// Out with the old one, in with the new one. If the new one is refused nobody is told.
    fn change_addr(&mut self, id: IfaceId, old: &Address, new: Address, cx: &mut Cx<'_>) {
        if self.delete_addr(id, old.local, cx).is_ok() {
            let _ = self.fib.add_addr(id, new);
        }
    }

    /// SIOCSIFFLAGS with or without IFF_UP: on an alias, down removes its address and up does
    /// nothing.
    pub(super) fn ioctl_up(
        &mut self,
        name: &str,
        up: bool,
        origin: OriginId,
        cx: &mut Cx<'_>,
    ) -> Result<(), Errno> {
        let (id, found) = self.labelled(name)?;
        if !name.contains(':') {
            self.set_link_up(id, up, origin, cx);
            return Ok(());
        }
        let local = found.ok_or(Errno::NoAddress)?.local;
        if !up {
            self.delete_addr(id, local, cx)?;
        }
        Ok(())
    }

    /// SIOCSIFMTU.
    pub(super) fn ioctl_mtu(
        &mut self,
        name: &str,
        mtu: u32,
        origin: OriginId,
    ) -> Result<Result<(), BadMtu>, Errno> {
        let id = self.fib.iface_by_name(name).ok_or(Errno::NoDevice)?;
        Ok(self.set_mtu(id, mtu, origin))
    }

    /// SIOCSIFHWADDR with an Ethernet address.
    pub(super) fn ioctl_mac(&mut self, name: &str, mac: Mac, cx: &mut Cx<'_>) -> Result<(), Errno> {
        let id = self.fib.iface_by_name(name).ok_or(Errno::NoDevice)?;
        match self.fib.iface(id).kind {
            IfaceKind::Loopback => Err(Errno::Invalid),
            IfaceKind::Ethernet | IfaceKind::Dummy | IfaceKind::Tunnel => self.set_mac(id, mac, cx),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::class_len;

    #[test]
    #[rustfmt::skip]
    fn a_class_has_a_mask() {
        let rows = [
            ("0.0.0.0", Some(0)), ("10.0.0.1", Some(8)), ("127.0.0.1", Some(8)), ("128.0.0.1", Some(16)),
            ("172.16.0.1", Some(16)), ("192.0.2.1", Some(24)), ("223.255.255.1", Some(24)), ("224.0.0.1", None),
            ("240.0.0.1", Some(32)), ("255.255.255.255", Some(0)),
        ];
        for (addr, len) in rows {
            assert_eq!(class_len(addr.parse().unwrap()), len, "{addr}");
        }
    }
}
