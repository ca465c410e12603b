//! `cat` and `echo … > FILE`: the kernel's tables below `/proc`, its knobs, and `/etc/sysctl.conf`.

use std::fmt::Write as _;

use lvs_engine::{Counters, Method, OriginId, Persistence, ServiceKey};

use super::Done;
use super::sysctl::{Written, not_simulated};
use crate::command::{Cat, Write};
use crate::event::Cx;
use crate::host::Host;
use crate::host::fib::{RouteKind, Table};
use crate::host::neigh::State;
use crate::host::sysctl::tree::is_real;

const SYS: &str = "/proc/sys/";

impl Host {
    /// Writes a line to a knob or a file.
    pub(super) fn run_write(&mut self, command: &Write, origin: OriginId, cx: &mut Cx<'_>) -> Done {
        let (path, text) = (command.path.as_str(), command.echo.bytes());
        if let Some(key) = path.strip_prefix(SYS) {
            return match self.write_sysctl(key, &text, origin, cx) {
                Written::Done => Done::ok(""),
                Written::Unknown => {
                    Done::failed(format!("bash: {path}: No such file or directory\n"), 1)
                }
                Written::ReadOnly => Done::failed(format!("bash: {path}: Permission denied\n"), 1),
                Written::Directory => Done::failed(format!("bash: {path}: Is a directory\n"), 1),
                Written::Invalid => {
                    Done::failed("bash: echo: write error: Invalid argument\n".to_owned(), 1)
                }
                Written::NotSimulated => Done::failed(not_simulated(key, &text), 2),
            };
        }
        let file = self.files.entry(path.to_owned()).or_default();
        if !command.append {
            file.clear();
        }
        file.push_str(&text);
        Done::ok("")
    }

    pub(super) fn run_cat(&mut self, command: &Cat, cx: &mut Cx<'_>) -> Done {
        let mut done = Done::ok("");
        for path in &command.paths {
            done = done.then(match self.read_file(path, cx) {
                Some(text) => Done::ok(text),
                None if path.strip_prefix(SYS).is_some_and(|key| self.is_sysctl_dir(key)) => {
                    Done::failed(format!("cat: {path}: Is a directory\n"), 1)
                }
                None if path.strip_prefix(SYS).is_some_and(is_real) => {
                    Done::failed(format!("not simulated / 未模拟: {path}\n"), 2)
                }
                None => Done::failed(format!("cat: {path}: No such file or directory\n"), 1),
            });
        }
        done
    }

    fn read_file(&self, path: &str, cx: &Cx<'_>) -> Option<String> {
        if let Some(key) = path.strip_prefix(SYS) {
            return Some(format!("{}\n", self.read_sysctl(key)?));
        }
        Some(match path {
            "/proc/net/ip_vs" => self.proc_ip_vs(),
            "/proc/net/ip_vs_conn" => self.proc_ip_vs_conn(cx),
            "/proc/net/ip_vs_stats" => self.proc_ip_vs_stats(cx),
            "/proc/net/ip_vs_stats_percpu" => self.proc_ip_vs_stats_percpu(cx),
            "/proc/net/arp" => self.proc_arp(),
            "/proc/net/dev" => self.proc_dev(),
            "/proc/net/route" => self.proc_route(),
            "/proc/net/nf_conntrack" => self.proc_nf_conntrack(cx),
            _ => return self.files.get(path).cloned(),
        })
    }

    /// Linux 6.1 ip_vs_ctl.c, ip_vs_info_seq_show.
    fn proc_ip_vs(&self) -> String {
        let mut text = String::from(
            "IP Virtual Server version 1.2.1 (size=4096)\n\
             Prot LocalAddress:Port Scheduler Flags\n  \
             -> RemoteAddress:Port Forward Weight ActiveConn InActConn\n",
        );
        let Some(engine) = &self.engine else { return text };
        for service in engine.services() {
            let (name, blank) = match service.key() {
                ServiceKey::Mark(mark) => (format!("FWM  {mark:08X}"), ""),
                ServiceKey::Port { proto, vip } => {
                    (format!("{proto}  {:08X}:{:04X}", vip.addr.to_bits(), vip.port), " ")
                }
            };
            let ops = if service.one_packet() { "ops " } else { "" };
            let _ = write!(text, "{name} {} {ops}{blank}", service.scheduler());
            if let Some(Persistence { timeout_s, mask }) = service.persistence() {
                // In ticks, of which this kernel has 100 in a second.
                let _ = write!(text, "persistent {} {:08X}", timeout_s * 100, mask.to_bits());
            }
            text.push('\n');
            for dest in engine.dests(service) {
                let _ = writeln!(
                    text,
                    "  -> {:08X}:{:04X}      {:<7} {:<6} {:<10} {:<10}",
                    dest.rip().addr.to_bits(),
                    dest.rip().port,
                    forward(dest.method()),
                    dest.weight(),
                    dest.active(),
                    dest.inactive()
                );
            }
        }
        text
    }

    /// Linux 6.1 ip_vs_conn.c, ip_vs_conn_seq_show.
    fn proc_ip_vs_conn(&self, cx: &Cx<'_>) -> String {
        let mut text = String::from(
            "Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Expires PEName PEData\n",
        );
        let Some(engine) = &self.engine else { return text };
        for conn in engine.conns() {
            let left = (conn.expires_at - cx.now).as_secs();
            let end =
                |end: lvs_engine::Endpoint| format!("{:08X} {:04X}", end.addr.to_bits(), end.port);
            let _ = writeln!(
                text,
                "{:<3} {} {} {} {:<11} {left:>7}",
                conn.proto.to_string(),
                end(conn.client),
                end(conn.vip),
                end(conn.rip),
                conn.state.name()
            );
        }
        text
    }

    /// Linux 6.1 ip_vs_ctl.c, ip_vs_stats_show.
    fn proc_ip_vs_stats(&self, cx: &Cx<'_>) -> String {
        let shown = self
            .engine
            .as_ref()
            .map_or_else(Counters::default, |engine| engine.total().shown(cx.now));
        format!(
            "   Total Incoming Outgoing         Incoming         Outgoing\n   \
             Conns  Packets  Packets            Bytes            Bytes\n\
             {}\n \
             Conns/s   Pkts/s   Pkts/s          Bytes/s          Bytes/s\n\
             {}",
            hex_row(shown),
            hex_row(self.ipvs_rates(cx))
        )
    }

    /// The counters as they are, where `ip_vs_stats` shows those of up to two seconds ago. One CPU.
    /// Linux 6.1 ip_vs_ctl.c, ip_vs_stats_percpu_show.
    fn proc_ip_vs_stats_percpu(&self, cx: &Cx<'_>) -> String {
        let ever = self.engine().map_or_else(Counters::default, |e| e.total().ever());
        let row = hex_row(ever);
        format!(
            "       Total Incoming Outgoing         Incoming         Outgoing\n\
             CPU    Conns  Packets  Packets            Bytes            Bytes\n  \
             0 {row}  ~ {row}\n     \
             Conns/s   Pkts/s   Pkts/s          Bytes/s          Bytes/s\n    \
             {}",
            hex_row(self.ipvs_rates(cx))
        )
    }

    /// What all services together count in a second.
    fn ipvs_rates(&self, cx: &Cx<'_>) -> Counters {
        self.engine().map_or_else(Counters::default, |engine| engine.total().rates(cx.now))
    }

    /// Linux 6.1 net-procfs.c, dev_seq_printf_stats.
    fn proc_dev(&self) -> String {
        let mut text = String::from(
            "Inter-|   Receive                                                |  Transmit\n \
             face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs \
             drop fifo colls carrier compressed\n",
        );
        for iface in &self.fib.ifaces {
            let (rx, tx) = (&iface.rx, &iface.tx);
            let _ = writeln!(
                text,
                "{:>6}: {:>7} {:>7} {:>4} {:>4} {:>4} {:>5} {:>10} {:>9} {:>8} {:>7} {:>4} {:>4} {:>4} {:>5} {:>7} {:>10}",
                iface.name,
                rx.bytes,
                rx.packets,
                rx.errors,
                rx.dropped,
                0,
                0,
                0,
                0,
                tx.bytes,
                tx.packets,
                tx.errors,
                tx.dropped,
                0,
                tx.collisions,
                tx.carrier,
                0
            );
        }
        text
    }

    /// Linux 6.1 arp.c, arp_format_neigh_entry.
    fn proc_arp(&self) -> String {
        let mut text = String::from(
            "IP address       HW type     Flags       HW address            Mask     Device\n",
        );
        for ((iface, addr), entry) in self.neigh.iter() {
            let flags = match entry.state {
                State::Permanent => 6,
                state if state.is_valid() => 2,
                _ => 0,
            };
            let mac = if entry.state.is_valid() { entry.mac } else { crate::Mac::ZERO };
            let name = &self.fib.iface(*iface).name;
            let _ = writeln!(
                text,
                "{:<16} 0x{:<10}0x{flags:<10}{mac}     *        {name}",
                addr.to_string(),
                1
            );
        }
        text
    }

    /// Linux 6.1 fib_trie.c, fib_route_seq_show.
    fn proc_route(&self) -> String {
        let head =
            "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT";
        let mut text = format!("{head:<127}\n");
        for route in self.fib.routes(Table::Main) {
            let refuses = route.kind != RouteKind::Unicast;
            let name = route.iface.map_or("*", |iface| self.fib.iface(iface).name.as_str());
            let little = |bits: u32| bits.swap_bytes();
            let gateway = route.gateway.map_or(0, |gateway| little(gateway.to_bits()));
            let flags = if refuses { 0x201 } else { 1 }
                | if route.gateway.is_some() { 2 } else { 0 }
                | if route.dst.len == 32 { 4 } else { 0 };
            let line = format!(
                "{name}\t{:08X}\t{gateway:08X}\t{flags:04X}\t0\t0\t{}\t{:08X}\t{}\t0\t0",
                little(route.dst.network().addr.to_bits()),
                route.metric,
                little(route.dst.mask().to_bits()),
                route.mtu.unwrap_or(0)
            );
            let _ = writeln!(text, "{line:<127}");
        }
        text
    }
}

/// A forwarding method as listings call it.
pub(super) const fn forward(method: Method) -> &'static str {
    match method {
        Method::Nat => "Masq",
        Method::Dr => "Route",
        Method::Tun => "Tunnel",
        Method::FullNat => "FullNat",
    }
}

/// One line of counters, as the files of IPVS show them.
fn hex_row(row: Counters) -> String {
    let Counters { conns, inpkts, outpkts, inbytes, outbytes } = row;
    format!("{conns:8X} {inpkts:8X} {outpkts:8X} {inbytes:16X} {outbytes:16X}\n")
}
