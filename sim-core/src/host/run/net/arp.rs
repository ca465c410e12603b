//! `arp`: the neighbour table in columns, and changes by ioctl. net-tools 2.10: arp.c; Linux 6.1:
//! net/ipv4/arp.c, arp_ioctl.

use std::net::Ipv4Addr;

use lvs_engine::OriginId;

use super::Done;
use super::errno::Errno;
use crate::command::Arp;
use crate::command::arp::Action;
use crate::event::{Cx, IfaceId};
use crate::host::Host;
use crate::host::fib::LO;
use crate::host::neigh::{Neighbour, State};

/// Exit status when the kernel refuses: -1.
const REFUSED: u8 = 255;

const HEAD: &str =
    "Address                  HWtype  HWaddress           Flags Mask            Iface\n";

impl Host {
    /// `arp`.
    pub(in crate::host) fn run_arp(
        &mut self,
        command: &Arp,
        origin: OriginId,
        cx: &mut Cx<'_>,
    ) -> Done {
        let dev = command.iface.as_deref();
        match command.action {
            Action::Show { bsd, host } => Done::ok(self.arp_table(dev, host, bsd)),
            Action::Set(addr, mac) => match self.arp_dev(addr, dev) {
                // Linux 6.1 arp.c, arp_req_set: what leads to this host itself is no neighbour.
                Ok(LO) => Done::failed(format!("SIOCSARP: {}\n", Errno::Invalid), REFUSED),
                Ok(id) => {
                    self.set_neighbour((id, addr), mac, State::Permanent, origin, cx);
                    Done::ok("")
                }
                Err(error) => Done::failed(format!("SIOCSARP: {error}\n"), REFUSED),
            },
            Action::Delete(addr) => match self.arp_dev(addr, dev) {
                Ok(id) if self.forget((id, addr), origin, cx) => Done::ok(""),
                Ok(_) => Done::printed(format!("No ARP entry for {addr}\n"), REFUSED),
                Err(error) => Done::failed(format!("SIOCDARP(dontpub): {error}\n"), REFUSED),
            },
        }
    }

    /// The interface behind which a neighbour is: the one that was named, or the one of the route.
    fn arp_dev(&self, addr: Ipv4Addr, dev: Option<&str>) -> Result<IfaceId, Errno> {
        match dev {
            Some(dev) if dev.contains(':') => Err(Errno::NoDevice),
            Some(dev) => self.fib.iface_by_name(dev).ok_or(Errno::NoDevice),
            None => Ok(self.fib.output(addr, None, None)?.iface),
        }
    }

    /// All entries that Linux shows in /proc/net/arp, and of them the ones that were asked for.
    fn arp_table(&self, dev: Option<&str>, host: Option<Ipv4Addr>, bsd: bool) -> String {
        let entries = self.neigh.iter().filter(|(_, entry)| entry.state != State::Noarp);
        let count = entries.clone().count();
        let shown = entries.filter(|((id, addr), _)| {
            dev.is_none_or(|dev| dev == self.fib.iface(*id).name)
                && host.is_none_or(|host| host == *addr)
        });
        let lines: String = shown
            .map(|(&(id, addr), entry)| {
                let dev = &self.fib.iface(id).name;
                if bsd { words(addr, entry, dev) } else { columns(addr, entry, dev) }
            })
            .collect();
        match host {
            _ if !lines.is_empty() && bsd => lines,
            _ if !lines.is_empty() => HEAD.to_owned() + &lines,
            Some(host) if !bsd => format!("{host} ({host}) -- no entry\n"),
            None if dev.is_none() => String::new(),
            _ => format!("arp: in {count} entries no match found.\n"),
        }
    }
}

fn columns(addr: Ipv4Addr, entry: &Neighbour, dev: &str) -> String {
    let (kind, mac, flags) = match entry.state {
        state if !state.is_valid() => ("", "(incomplete)".to_owned(), ""),
        State::Permanent => ("ether", entry.mac.to_string(), "CM"),
        _ => ("ether", entry.mac.to_string(), "C"),
    };
    format!("{:<25}{kind:<8}{mac:<20}{flags:<22}{dev}\n", addr.to_string())
}

fn words(addr: Ipv4Addr, entry: &Neighbour, dev: &str) -> String {
    let at = match entry.state {
        state if !state.is_valid() => "<incomplete>".to_owned(),
        State::Permanent => format!("{} [ether] PERM", entry.mac),
        _ => format!("{} [ether]", entry.mac),
    };
    format!("? ({addr}) at {at} on {dev}\n")
}
