//! `ip`, `ifconfig`, `route`, `arp`, `netstat`: so far only what adds addresses and routes.

use lvs_engine::OriginId;

use super::Done;
use crate::command;
use crate::command::ip::Object;
use crate::command::ip::addr::Addr;
use crate::command::ip::neigh::Neigh;
use crate::command::ip::route as typed;
use crate::event::Cx;
use crate::host::Host;
use crate::host::fib::{Route, RouteKind, RouteProto, Table};
use crate::host::iface::{Address, Prefix, RouteScope};

fn not_yet() -> Done {
    Done::failed("not simulated yet\n", 1)
}

impl Host {
    pub(super) fn run_ip(
        &mut self,
        command: &command::Ip,
        origin: OriginId,
        _: &mut Cx<'_>,
    ) -> Done {
        match &command.object {
            Object::Addr(Addr::Add(entry)) => {
                let Some(id) = self.fib.iface_by_name(&entry.dev) else {
                    return Done::failed(format!("Cannot find device \"{}\"\n", entry.dev), 1);
                };
                let address = Address {
                    local: Prefix::new(entry.prefix.addr, entry.prefix.len),
                    broadcast: None,
                    scope: RouteScope::Global,
                    label: entry.dev.clone(),
                    secondary: false,
                    origin,
                };
                self.sysctl.settle(id);
                match self.fib.add_addr(id, address) {
                    Ok(()) => Done::ok(""),
                    Err(_) => Done::failed("RTNETLINK answers: File exists\n", 2),
                }
            }
            Object::Route(typed::Route::Add(entry) | typed::Route::Replace(entry)) => {
                let scope = if entry.via.is_some() { RouteScope::Global } else { RouteScope::Link };
                let iface = entry.dev.as_ref().and_then(|name| self.fib.iface_by_name(name));
                let route = Route {
                    table: Table::Main,
                    dst: Prefix::new(entry.to.addr, entry.to.len),
                    kind: RouteKind::Unicast,
                    gateway: entry.via,
                    iface,
                    src: entry.src,
                    scope,
                    proto: RouteProto::Boot,
                    metric: 0,
                    onlink: false,
                    mtu: None,
                    advmss: None,
                    origin,
                };
                match self.fib.replace_route(route) {
                    Ok(()) => Done::ok(""),
                    Err(error) => Done::failed(format!("RTNETLINK answers: {error:?}\n"), 2),
                }
            }
            Object::Neigh(Neigh::Flush { .. }) => {
                self.neigh.clear();
                Done::ok("")
            }
            _ => not_yet(),
        }
    }

    pub(super) fn run_ifconfig(
        &mut self,
        _: &command::Ifconfig,
        _: OriginId,
        _: &mut Cx<'_>,
    ) -> Done {
        not_yet()
    }

    pub(super) fn run_route(&mut self, _: &command::Route, _: OriginId, _: &mut Cx<'_>) -> Done {
        not_yet()
    }

    pub(super) fn run_arp(&mut self, _: &command::Arp, _: OriginId, _: &mut Cx<'_>) -> Done {
        not_yet()
    }

    pub(super) fn run_netstat(&mut self, _: &command::Netstat, _: &mut Cx<'_>) -> Done {
        not_yet()
    }
}
