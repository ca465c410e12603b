//! What a verdict was decided by, where that is no field of its own: settings, noted before it with
//! their values and where they were set.

use std::net::Ipv4Addr;

use super::Host;
use super::fib::Refusal;
use super::neigh::{Neighbour, State};
use super::sysctl::{Conf, NeighConf};
use crate::Mac;
use crate::event::{Cx, IfaceId};
use crate::reason::{Reason, Setting};

impl Host {
    /// Something is lost at an interface that is switched off, or whose cable leads nowhere.
    pub(super) fn drop_down(&self, iface: IfaceId, cx: &mut Cx<'_>) {
        self.note_link(iface, cx);
        let carrier = u8::from(self.fib.iface(iface).carrier);
        cx.note(Reason::DropDown { iface, carrier });
    }

    /// Notes whether an interface is switched on, and where that was typed.
    pub(super) fn note_link(&self, iface: IfaceId, cx: &mut Cx<'_>) {
        let own = self.fib.iface(iface);
        cx.read(Setting::Link(iface), u32::from(own.up), own.switched);
    }

    /// Notes what makes the way to a destination so narrow.
    pub(super) fn note_mtu(&self, iface: IfaceId, dst: Ipv4Addr, mtu: u16, cx: &mut Cx<'_>) {
        let (what, value, origin) = self.fib.mtu_input(iface, dst, mtu);
        cx.read(what, u32::from(value), origin);
    }

    /// Notes the setting by which a source is refused.
    pub(super) fn note_refusal(&self, refusal: Refusal, iface: IfaceId, cx: &mut Cx<'_>) {
        let conf = if refusal == Refusal::Own { Conf::AcceptLocal } else { Conf::RpFilter };
        self.sysctl.effective(conf, iface, cx);
    }

    /// Notes what decides whether we answer for somebody else.
    pub(super) fn note_proxy(&self, iface: IfaceId, out: Option<IfaceId>, cx: &mut Cx<'_>) {
        self.sysctl.effective(Conf::Forwarding, iface, cx);
        let behind_it = if out == Some(iface) { Conf::ProxyArpPvlan } else { Conf::ProxyArp };
        self.sysctl.effective(behind_it, iface, cx);
    }

    /// Notes what makes a fresh entry resist another MAC address.
    pub(super) fn note_locktime(&self, key: (IfaceId, Ipv4Addr), mac: Mac, cx: &mut Cx<'_>) {
        let resists = |entry: &Neighbour| {
            let is_learnt = !matches!(entry.state, State::Permanent | State::Noarp);
            is_learnt && entry.state.is_valid() && entry.mac != mac
        };
        if self.neigh.get(&key).is_some_and(resists) {
            self.sysctl.note_neigh(NeighConf::Locktime, key.0, cx);
        }
    }
}
