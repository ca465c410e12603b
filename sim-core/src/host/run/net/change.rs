//! What the kernel does when an interface changes, whichever tool asked for it.
//!
//! Linux 6.1: net/ipv4/devinet.c, inetdev_event; net/ipv4/fib_frontend.c, fib_netdev_event;
//! net/ipv4/arp.c, arp_netdev_event.

use lvs_engine::OriginId;

use super::errno::Errno;
use crate::Mac;
use crate::Prefix;
use crate::event::{Cx, IfaceId};
use crate::host::fib::{AddrError, LO};
use crate::host::iface::IfaceKind;
use crate::host::sysctl::Conf;
use crate::host::{Host, LO_MTU};

/// Smallest MTU of an interface. Linux: ETH_MIN_MTU.
const MIN_MTU: u32 = 68;
/// Largest MTU of a virtual Ethernet interface. Linux: ETH_MAX_MTU.
const MAX_MTU: u32 = 65_535;
/// Largest MTU of a tunnel, with its outer header of 20 bytes.
const MAX_TUNNEL_MTU: u32 = 65_515;

/// Why an MTU was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BadMtu {
    /// Ethernet: below the minimum.
    TooSmall,
    /// Ethernet: above the maximum.
    TooLarge,
    /// Tunnels have no better word.
    Invalid,
    /// `lo` and dummies would take it, and lose IPv4 or carry more than a packet can hold.
    NotSimulated,
}

impl Host {
    /// Switches an interface on or off.
    pub(super) fn set_link_up(&mut self, id: IfaceId, up: bool, origin: OriginId, cx: &mut Cx<'_>) {
        if self.fib.iface(id).up == up {
            return;
        }
        self.fib.set_up(id, up);
        let iface = self.fib.iface_mut(id);
        (iface.up_since, iface.switched) = (cx.now, origin);
        if !up {
            self.neigh_flush_iface(id, true);
            self.proxy_replies.retain(|reply| reply.iface != id);
            return;
        }
        if id == LO && self.fib.iface(LO).addrs.is_empty() {
            self.fib.add_loopback();
        }
        self.announce(id, cx);
    }

    /// `arp_notify`: at link up and when the MAC address changes.
    fn announce(&mut self, id: IfaceId, cx: &mut Cx<'_>) {
        let iface = self.fib.iface(id);
        if iface.is_running() && iface.kind == IfaceKind::Ethernet {
            self.arp_notify(id, cx);
        }
    }

    /// Gives an interface another MAC address; all that it knew of its neighbours goes.
    pub(super) fn set_mac(&mut self, id: IfaceId, mac: Mac, cx: &mut Cx<'_>) -> Result<(), Errno> {
        if self.fib.iface(id).kind == IfaceKind::Tunnel {
            return Err(Errno::NotSupported);
        }
        if mac.is_group() || mac == Mac::ZERO {
            return Err(Errno::NoAddress);
        }
        self.fib.iface_mut(id).mac = mac;
        self.neigh_flush_iface(id, true);
        self.announce(id, cx);
        Ok(())
    }

    /// Gives an interface another MTU.
    pub(super) fn set_mtu(
        &mut self,
        id: IfaceId,
        mtu: u32,
        origin: OriginId,
    ) -> Result<(), BadMtu> {
        let iface = self.fib.iface_mut(id);
        let refusal = match iface.kind {
            IfaceKind::Ethernet if mtu < MIN_MTU => Some(BadMtu::TooSmall),
            IfaceKind::Ethernet if mtu > MAX_MTU => Some(BadMtu::TooLarge),
            IfaceKind::Tunnel if !(MIN_MTU..=MAX_TUNNEL_MTU).contains(&mtu) => {
                Some(BadMtu::Invalid)
            }
            IfaceKind::Dummy if !(MIN_MTU..=MAX_MTU).contains(&mtu) => Some(BadMtu::NotSimulated),
            IfaceKind::Loopback if !(MIN_MTU..=u32::from(LO_MTU) + 1).contains(&mtu) => {
                Some(BadMtu::NotSimulated)
            }
            _ => None,
        };
        if let Some(refusal) = refusal {
            return Err(refusal);
        }
        (iface.mtu, iface.mtu_origin) = (u16::try_from(mtu).unwrap_or(LO_MTU), origin);
        Ok(())
    }

    /// Makes an interface speak ARP or not; all that it knew of its neighbours goes. Whether this
    /// host can do so.
    pub(super) fn set_arp(&mut self, id: IfaceId, on: bool) -> bool {
        let iface = self.fib.iface_mut(id);
        if iface.kind != IfaceKind::Ethernet {
            // `lo`, tunnels and dummies ask nobody anyway; Linux only shows another flag then, but
            // for a dummy, which would ask and get no answer.
            return on == (iface.kind == IfaceKind::Loopback);
        }
        if iface.arp != on {
            iface.arp = on;
            self.neigh_flush_iface(id, true);
        }
        true
    }

    /// Removes an address; with the last one all neighbours of the interface go.
    pub(super) fn delete_addr(
        &mut self,
        id: IfaceId,
        local: Prefix,
        cx: &mut Cx<'_>,
    ) -> Result<(), AddrError> {
        let addrs = &self.fib.iface(id).addrs;
        let has_heir = addrs.iter().any(|own| {
            own.secondary && own.local.len == local.len && own.local.contains(local.addr)
        });
        let promote = has_heir && self.sysctl.effective(Conf::PromoteSecondaries, id, cx) != 0;
        self.fib.remove_addr(id, local, promote)?;
        if self.fib.iface(id).addrs.is_empty() {
            self.neigh_flush_iface(id, true);
        }
        Ok(())
    }
}
