//! `ip tunnel`: shows, makes and deletes IPIP tunnels. iproute2 6.1: ip/iptunnel.c; Linux 6.1:
//! net/ipv4/ip_tunnel.c.

use lvs_engine::OriginId;

use super::Done;
use super::errno::{Errno, cannot_find};
use crate::Mac;
use crate::command::ip::Options;
use crate::command::ip::tunnel::{Entry, Tunnel};
use crate::event::IfaceId;
use crate::host::iface::{Counters, Ends, Iface, IfaceKind};
use crate::host::tunnel::{ANY, OUTER_HEADER};
use crate::host::{Host, TUNNEL_MTU};

impl Host {
    pub(super) fn run_ip_tunnel(
        &mut self,
        tunnel: &Tunnel,
        options: Options,
        origin: OriginId,
    ) -> Done {
        match tunnel {
            Tunnel::Show(name) => {
                let ids = self.selected(name.as_deref()).unwrap_or_default();
                let lines = ids.into_iter().filter_map(|id| self.tunnel_text(id, options.stats));
                Done::ok(lines.collect::<String>())
            }
            Tunnel::Add(entry) => self.ip_tunnel_add(entry, origin),
            Tunnel::Del(name) => match self.delete_tunnel(name) {
                Ok(()) => Done::ok(""),
                Err(error) => {
                    Done::failed(format!("delete tunnel \"{name}\" failed: {error}\n"), 1)
                }
            },
        }
    }

    fn tunnel_text(&self, id: IfaceId, stats: u8) -> Option<String> {
        let iface = self.fib.iface(id);
        if iface.kind != IfaceKind::Tunnel {
            return None;
        }
        let ends = iface.ends.unwrap_or(ANY);
        let any =
            |end: Option<std::net::Ipv4Addr>| end.map_or("any".to_owned(), |end| end.to_string());
        let kind = if iface.ends.is_some() { "ip" } else { "any" };
        let tos = match ends.tos {
            None => " tos inherit".to_owned(),
            Some(0) => String::new(),
            Some(tos) => format!(" tos 0x{tos:02x}"),
        };
        let rest = if ends.pmtudisc { "" } else { " nopmtudisc" };
        let dev =
            ends.dev.map_or(String::new(), |dev| format!("dev {} ", self.fib.iface(dev).name));
        let ttl = ends.ttl.map_or("inherit".to_owned(), |ttl| ttl.to_string());
        let (name, remote, local) = (&iface.name, any(ends.remote), any(ends.local));
        let mut lines = vec![format!(
            "{name}: {kind}/ip remote {remote} local {local} {dev}ttl {ttl}{tos}{rest}"
        )];
        if stats > 0 {
            let row = |counted: &Counters| {
                let Counters { packets, bytes, errors, collisions, carrier, dropped } = counted;
                format!(
                    "    {packets:<10} {bytes:<12} {errors:<6} {collisions:<8} {carrier:<8} {dropped}"
                )
            };
            lines.push("RX: Packets    Bytes        Errors CsumErrs OutOfSeq Mcasts".to_owned());
            lines.push(row(&iface.rx) + "       ");
            lines.push("TX: Packets    Bytes        Errors DeadLoop NoRoute  NoBufs".to_owned());
            lines.push(row(&iface.tx) + "     ");
        }
        Some(lines.join("\n") + "\n")
    }

    /// `tunl0`, which comes with the module `ipip`. Whether it is new.
    pub(in crate::host) fn load_ipip(&mut self, origin: OriginId) -> bool {
        if self.fib.iface_by_name("tunl0").is_some() {
            return false;
        }
        let iface = Iface::new("tunl0", IfaceKind::Tunnel, Mac::ZERO, TUNNEL_MTU);
        self.add_iface(Iface { made: origin, ..iface });
        true
    }

    fn ip_tunnel_add(&mut self, entry: &Entry, origin: OriginId) -> Done {
        let dev = match entry.dev.as_deref() {
            Some(dev) => match self.fib.iface_by_name(dev) {
                Some(id) => Some(id),
                None => return cannot_find(dev),
            },
            None => None,
        };
        self.load_ipip(origin);
        let ends = Ends {
            remote: entry.remote,
            local: entry.local,
            ttl: entry.ttl,
            tos: entry.tos,
            pmtudisc: entry.pmtudisc,
            dev,
        };
        let key = |ends: Ends| (ends.remote, ends.local, ends.dev);
        let taken = self.fib.ifaces.iter().any(|own| {
            let twin = own.kind == IfaceKind::Tunnel && key(own.ends.unwrap_or(ANY)) == key(ends);
            !own.gone && (own.name == entry.name || twin)
        });
        if taken {
            // iproute2 always names the interface that it asked.
            let text = format!("add tunnel \"tunl0\" failed: {}\n", Errno::Exists);
            return Done::failed(text, 1);
        }
        // Linux 6.1 ip_tunnel.c, ip_tunnel_bind_dev: the interface that the outer packet would
        // leave by.
        let below = ends
            .remote
            .and_then(|remote| self.fib.output(remote, ends.local, ends.dev).ok())
            .map(|out| out.iface)
            .or(ends.dev);
        let mtu = below.map_or(TUNNEL_MTU, |id| self.fib.iface(id).mtu - OUTER_HEADER);
        let iface = Iface::new(&entry.name, IfaceKind::Tunnel, Mac::ZERO, mtu);
        self.add_iface(Iface { ends: Some(ends), made: origin, ..iface });
        Done::ok("")
    }

    fn delete_tunnel(&mut self, name: &str) -> Result<(), Errno> {
        let id = self.fib.iface_by_name(name).ok_or(Errno::NoDevice)?;
        let iface = self.fib.iface(id);
        if iface.kind != IfaceKind::Tunnel {
            return Err(Errno::NotSupported);
        }
        if iface.ends.is_none() {
            return Err(Errno::NotPermitted);
        }
        self.delete_iface(id);
        Ok(())
    }

    /// Takes an interface away, with its addresses and routes.
    pub(super) fn delete_iface(&mut self, id: IfaceId) {
        let locals: Vec<_> = self.fib.iface(id).addrs.iter().map(|own| own.local).collect();
        self.fib.set_up(id, false);
        for local in locals {
            // A secondary one may have gone with its primary.
            let _ = self.fib.remove_addr(id, local, false);
        }
        self.fib.iface_mut(id).gone = true;
    }
}
