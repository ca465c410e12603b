//! `netstat`. net-tools 2.10: netstat.c; lib/interface.c, ife_print_short.

mod sockets;
mod statistics;

use super::{Done, listing};
use crate::command::Netstat;
use crate::command::netstat::Table;
use crate::event::IfaceId;
use crate::host::Host;
use crate::host::iface::{Iface, IfaceKind};

const HEAD: &str = "Kernel Interface table\n\
    Iface             MTU    RX-OK RX-ERR RX-DRP RX-OVR    TX-OK TX-ERR TX-DRP TX-OVR Flg\n";

impl Host {
    /// `netstat`.
    pub(in crate::host) fn run_netstat(&self, command: &Netstat) -> Done {
        match command.table {
            Table::Routes => Done::ok(self.netstat_routes(command.numeric)),
            Table::Ifaces => Done::ok(self.netstat_ifaces()),
            Table::Statistics(protos) => Done::ok(self.netstat_statistics(protos)),
            Table::Sockets { protos, shown, timers } => {
                let numeric = command.numeric;
                Done::ok(self.netstat_sockets(protos, sockets::Style { shown, timers, numeric }))
            }
        }
    }

    /// The interfaces that are up and their aliases, which have no counters.
    fn netstat_ifaces(&self) -> String {
        let mut text = HEAD.to_owned();
        for (name, id) in self.names_and_labels() {
            if self.fib.iface(id).up {
                text += &self.ife_row(&name, id);
            }
        }
        text
    }

    /// One interface or alias in one line.
    pub(super) fn ife_row(&self, name: &str, id: IfaceId) -> String {
        let iface = self.fib.iface(id);
        let (mtu, flags) = (listing::shown_mtu(iface), flags(iface));
        let (rx, tx) = (&iface.rx, &iface.tx);
        let counters = match name == iface.name {
            true => format!(
                "{:>8} {:>6} {:>6} {:<6} {:>8} {:>6} {:>6} {:>6} ",
                rx.packets, rx.errors, rx.dropped, 0, tx.packets, tx.errors, tx.dropped, 0
            ),
            false => format!("{:<56}", "     - no statistics available -"),
        };
        format!("{name:<15.15} {mtu:>5} {counters}{flags}\n")
    }
}

/// One letter a flag: broadcast, loopback, multicast, no ARP, point to point, running, up.
fn flags(iface: &Iface) -> String {
    let ethernet = iface.kind == IfaceKind::Ethernet;
    let flags = [
        ('B', iface.is_broadcast()),
        ('L', iface.kind == IfaceKind::Loopback),
        ('M', ethernet),
        ('O', listing::shows_noarp(iface)),
        ('P', iface.is_point_to_point()),
        ('R', iface.is_running()),
        ('U', iface.up),
    ];
    flags.iter().filter(|(_, set)| *set).map(|(flag, _)| *flag).collect()
}
