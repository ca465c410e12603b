//! Addresses of directors that brought none: their services and servers tell what they must have.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use super::Wiring;
use crate::Prefix;
use crate::command::ipvsadm::Method;
use crate::import::Place;
use crate::import::ip::Addr;

impl Wiring<'_> {
    /// Each director gets its VIPs, and a leg in the network of its real servers, unless its
    /// addresses were dumped.
    pub(super) fn give_directors_addresses(&mut self) {
        for at in self.directors() {
            if self.machines[at].has_addrs {
                continue;
            }
            let vips: Vec<(usize, Ipv4Addr)> = self.vips().filter(|(own, _)| *own == at).collect();
            for (_, vip) in vips {
                self.give_vip(at, vip);
            }
            let dests = self.machines[at].services.iter().flat_map(|own| &own.dests);
            let rips: BTreeSet<(Ipv4Addr, bool)> =
                dests.map(|(dest, _)| (dest.addr.addr, dest.method == Method::Nat)).collect();
            for (rip, is_nat) in rips {
                self.give_leg(at, rip, is_nat);
            }
        }
    }

    fn give_leg(&mut self, at: usize, rip: Ipv4Addr, is_nat: bool) {
        let nets = || self.machines[at].cards().flat_map(|(_, card)| &card.addrs);
        let covers = |own: &Addr| own.prefix.len < 32 && own.prefix.network().contains(rip);
        let has_any = nets().any(|own| own.prefix.len < 32);
        // With DR and TUN one leg is enough: the others may be behind a router.
        if nets().any(covers) || self.machines[at].owns(rip) || has_any && !is_nat {
            return;
        }
        let net = self.net_of(rip).unwrap_or(Prefix::new(rip, 24).network());
        // With NAT the servers' gateway is the director.
        let in_net = |via: &Ipv4Addr| net.contains(*via);
        let nobody = |via: &Ipv4Addr| self.machines.iter().all(|own| !own.owns(*via));
        let gateways = self.machines.iter().filter(|own| own.owns(rip)).flat_map(|own| &own.routes);
        let gateway = gateways.filter_map(|own| own.via).find(|via| in_net(via) && nobody(via));
        let found = gateway.filter(|_| is_nat).or_else(|| self.free(net, &[250, 251, 252]));
        let Some(addr) = found else { return };
        let machine = &self.machines[at];
        // Beside a VIP alone there is room; with NAT the servers' side is another one.
        let has_room = |own: &Addr| own.prefix.len == 32 && !is_nat;
        let bare = machine.cards().find(|(_, card)| card.addrs.iter().all(has_room));
        let card = bare.map_or_else(|| machine.next_card(), |(_, card)| card.name.clone());
        let prefix = Prefix::new(addr, net.len);
        let own = Addr::new(prefix, &Place::default());
        let card = self.machines[at].card(&card, &Place::default());
        card.addrs.insert(0, own);
    }

    /// A VIP that no known network holds is given one by NAT: clients are there, and not among the
    /// servers.
    fn give_vip(&mut self, at: usize, vip: Ipv4Addr) {
        let is_nat = self.machines[at].services.iter().any(|service| {
            let mut dests = service.dests.iter();
            self.machines[at].vips(service).contains(&vip)
                && dests.any(|(dest, _)| dest.method == Method::Nat)
        });
        let is_outside = is_nat && self.net_of(vip).is_none();
        let prefix = Prefix::new(vip, if is_outside { 24 } else { 32 });
        let machine = &mut self.machines[at];
        if machine.elsewhere.contains(&vip) || machine.owns(vip) && !is_outside {
            return;
        }
        let bears = |own: &Addr| own.prefix.addr == vip;
        let known = machine.cards().find(|(_, card)| card.addrs.iter().any(bears));
        let first = known.or_else(|| machine.cards().next());
        let card = first.map_or("eth0".to_owned(), |(_, card)| card.name.clone());
        let place = Place::default();
        let addrs = &mut machine.card(&card, &place).addrs;
        addrs.retain(|own| !bears(own));
        addrs.push(Addr::new(prefix, &place));
    }
}
