//! Runs the tools that show and change a host's network: `ip` of iproute2 6.1, and `ifconfig`,
//! `route`, `arp` and `netstat` of net-tools 2.10. What they print is what they print on Linux 6.1,
//! column for column.
//!
//! Two ways lead into the kernel: iproute2 sends it messages (rtnetlink), net-tools makes system
//! calls (ioctl). They refuse differently and fill in other defaults, so each file here belongs to
//! one tool, and both end in [`crate::host::fib`].

mod addr;
mod arp;
mod change;
mod dummy;
mod errno;
mod get;
mod ifconfig;
mod ioctl;
mod link;
mod listing;
mod neigh;
mod netstat;
mod nstat;
mod record;
mod route;
mod route_tool;
mod ss;
mod tunnel;

#[cfg(test)]
mod tests;

pub(in crate::host) use errno::Errno;

use lvs_engine::OriginId;

use super::Done;
use crate::command::Ip;
use crate::command::ip::Object;
use crate::event::{Cx, IfaceId};
use crate::host::Host;
use record::Record;

/// The rules of a host to which nobody has added any.
const RULES: [(u32, &str); 3] = [(0, "local"), (32_766, "main"), (32_767, "default")];

/// One rule as iproute2 prints it. iproute2 6.1: ip/iprule.c, print_rule.
fn rule((priority, table): (u32, &'static str)) -> Record {
    let mut rule = Record::default();
    rule.fact("", "priority", priority, ":\t");
    rule.fact("from ", "src", "all", " ");
    rule.fact("lookup ", "table", table, "\n");
    rule
}

impl Host {
    /// `ip`.
    pub(in crate::host) fn run_ip(
        &mut self,
        command: &Ip,
        origin: OriginId,
        cx: &mut Cx<'_>,
    ) -> Done {
        let options = command.options;
        match &command.object {
            Object::Addr(addr) => self.run_ip_addr(addr, options, origin, cx),
            Object::Link(link) => self.run_ip_link(link, options, origin, cx),
            Object::Route(route) => self.run_ip_route(route, options, origin),
            Object::Rule => record::print(RULES.map(rule).to_vec(), options),
            Object::Neigh(neigh) => self.run_ip_neigh(neigh, options, origin, cx),
            Object::Tunnel(tunnel) => self.run_ip_tunnel(tunnel, options, origin),
        }
    }

    /// The interfaces that a listing shows: all, or the one of this name.
    fn selected(&self, dev: Option<&str>) -> Option<Vec<IfaceId>> {
        match dev {
            Some(name) => Some(vec![self.fib.iface_by_name(name)?]),
            None => Some(self.fib.iface_ids().filter(|&id| !self.fib.iface(id).gone).collect()),
        }
    }
}
