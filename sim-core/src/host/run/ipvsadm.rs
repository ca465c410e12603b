//! `ipvsadm` 1.31: changes the engine's configuration and lists it, column for column.

mod order;

use std::fmt::Write as _;
use std::net::Ipv4Addr;

use lvs_engine::{
    Change, ConfigError, Conn, Counters, Dest, DestConfig, Endpoint, Engine, LocalAddr, Method,
    OriginId, Persistence, Proto, Service, ServiceConfig, ServiceKey,
};

use super::Done;
use super::files::forward;
use crate::command::ipvsadm as command;
use crate::command::ipvsadm::{Ipvsadm, List, Listed, Server, ServiceAddr};
use crate::event::Cx;
use crate::host::Host;

const VERSION: &str = "IP Virtual Server version 1.2.1 (size=4096)\n";

impl Host {
    pub(super) fn run_ipvsadm(
        &mut self,
        command: &Ipvsadm,
        origin: OriginId,
        cx: &mut Cx<'_>,
    ) -> Done {
        match command {
            Ipvsadm::List(list) => self.list_services(list, cx),
            Ipvsadm::ListLocals(service) => self.list_locals(*service),
            Ipvsadm::Save { numeric } => Done::ok(self.save_services(*numeric)),
            Ipvsadm::Restore(lines) => self.restore_services(lines, origin, cx),
            Ipvsadm::RestoreSaved { numeric, clear } => {
                let mut lines = if *clear { vec![Ipvsadm::Clear] } else { Vec::new() };
                lines.extend(Ipvsadm::saved(&self.save_services(*numeric)));
                self.restore_services(&lines, origin, cx)
            }
            change => self.change_services(change, origin, cx),
        }
    }

    fn restore_services(&mut self, lines: &[Ipvsadm], origin: OriginId, cx: &mut Cx<'_>) -> Done {
        let mut done = Done::ok("");
        for line in lines {
            done = done.then(self.run_ipvsadm(line, origin, cx));
        }
        done
    }

    fn change_services(&mut self, command: &Ipvsadm, origin: OriginId, cx: &mut Cx<'_>) -> Done {
        let change = match command {
            Ipvsadm::AddService(service) => Change::AddService {
                service: key(service.addr),
                config: service_config(service),
                origin,
            },
            Ipvsadm::EditService(service) => Change::EditService {
                service: key(service.addr),
                config: service_config(service),
                origin,
            },
            Ipvsadm::DeleteService(service) => Change::DeleteService { service: key(*service) },
            Ipvsadm::Clear => Change::Flush,
            Ipvsadm::AddServer(service, server) => {
                if let Some(refused) = self.refuse_server(server) {
                    return refused;
                }
                Change::AddDest {
                    service: key(*service),
                    rip: server.endpoint(*service),
                    config: dest_config(server),
                    origin,
                }
            }
            Ipvsadm::EditServer(service, server) => Change::EditDest {
                service: key(*service),
                rip: server.endpoint(*service),
                config: dest_config(server),
                origin,
            },
            Ipvsadm::DeleteServer(service, server) => {
                Change::DeleteDest { service: key(*service), rip: server.endpoint(*service) }
            }
            Ipvsadm::AddLocal(service, addr) => {
                Change::AddLocal { service: key(*service), addr: *addr, origin }
            }
            Ipvsadm::DeleteLocal(service, addr) => {
                Change::DeleteLocal { service: key(*service), addr: *addr }
            }
            Ipvsadm::Zero(service) => Change::Zero { service: service.map(key) },
            Ipvsadm::SetTimeouts { tcp, tcp_fin, udp } => {
                Change::SetTimeouts { tcp: *tcp, tcpfin: *tcp_fin, udp: *udp, origin }
            }
            Ipvsadm::List(_)
            | Ipvsadm::ListLocals(_)
            | Ipvsadm::Save { .. }
            | Ipvsadm::Restore(_)
            | Ipvsadm::RestoreSaved { .. } => unreachable!("none of these changes anything itself"),
        };
        if let Change::AddService { config, .. } | Change::EditService { config, .. } = change {
            self.load_scheduler(config.scheduler);
        }
        match self.change_engine(change, cx) {
            Ok(()) => Done::ok(""),
            Err(error) => refusal(error),
        }
    }

    fn change_engine(&mut self, change: Change<'_>, cx: &mut Cx<'_>) -> Result<(), ConfigError> {
        self.engine_cause = cx.seq;
        self.engine_mut().apply(cx.now, change)
    }

    /// A program does what `ipvsadm -a` does.
    pub(in crate::host) fn add_dest(
        &mut self,
        service: ServiceKey,
        rip: Endpoint,
        config: DestConfig,
        origin: OriginId,
        cx: &mut Cx<'_>,
    ) -> Result<(), ConfigError> {
        self.change_engine(Change::AddDest { service, rip, config, origin }, cx)
    }

    /// The same for `ipvsadm -e`.
    pub(in crate::host) fn edit_dest(
        &mut self,
        service: ServiceKey,
        rip: Endpoint,
        config: DestConfig,
        origin: OriginId,
        cx: &mut Cx<'_>,
    ) -> Result<(), ConfigError> {
        self.change_engine(Change::EditDest { service, rip, config, origin }, cx)
    }

    /// The same for `ipvsadm -d`.
    pub(in crate::host) fn delete_dest(
        &mut self,
        service: ServiceKey,
        rip: Endpoint,
        cx: &mut Cx<'_>,
    ) -> Result<(), ConfigError> {
        self.change_engine(Change::DeleteDest { service, rip }, cx)
    }

    /// A real server's address must be a host's. Linux 6.1 ip_vs_ctl.c, ip_vs_new_dest: inet_addr_type.
    fn refuse_server(&self, server: &Server) -> Option<Done> {
        use crate::host::fib::RouteKind;
        let kind = self.fib.kind_of(server.addr.addr);
        let fits = matches!(kind, RouteKind::Unicast | RouteKind::Local);
        (!fits || server.addr.addr.is_multicast()).then(|| refusal(ConfigError::BadAddress))
    }

    fn list_services(&self, list: &List, cx: &Cx<'_>) -> Done {
        let empty = Engine::new(lvs_engine::Limits { conns: 1, ..Default::default() }, 0);
        let engine = self.engine().unwrap_or(&empty);
        match list.what {
            Listed::Timeouts => {
                let times = engine.timeouts();
                let (tcp, fin, udp) = (times.tcp.0, times.tcpfin.0, times.udp.0);
                return Done::ok(format!("Timeout (tcp tcpfin udp): {tcp} {fin} {udp}\n"));
            }
            Listed::Connections => return Done::ok(list_conns(engine, list, cx)),
            _ => {}
        }
        let mut services: Vec<&Service> = engine.services().collect();
        if let Some(wanted) = list.service {
            services.retain(|service| service.key() == key(wanted));
            if services.is_empty() {
                return Done::failed("No such service\n", 1);
            }
        }
        if !list.unsorted {
            services = order::services(services);
        }
        let mut text = String::new();
        if list.service.is_none() {
            text.push_str(VERSION);
        }
        text.push_str(match list.what {
            Listed::Stats => STATS_HEAD,
            Listed::Rate => RATE_HEAD,
            Listed::Thresholds => THRESHOLDS_HEAD,
            Listed::PersistentConn => PERSISTENT_HEAD,
            _ => HEAD,
        });
        for service in services {
            list_service(&mut text, service, list, cx);
            let mut dests: Vec<&Dest> = engine.dests(service).collect();
            if !list.unsorted {
                dests = order::dests(dests);
            }
            for dest in dests {
                list_dest(&mut text, dest, names(service.key()), list, cx);
            }
        }
        Done::ok(text)
    }

    /// `-G`. alibaba/LVS ipvsadm.c, list_laddrs: the columns end in spaces.
    fn list_locals(&self, wanted: Option<ServiceAddr>) -> Done {
        let engine = self.engine.as_deref();
        let mut services: Vec<&Service> = engine.into_iter().flat_map(Engine::services).collect();
        if let Some(wanted) = wanted {
            services.retain(|service| service.key() == key(wanted));
            if services.is_empty() {
                return refusal(ConfigError::NoSuchService);
            }
        }
        let services = order::services(services);
        let mut text = String::new();
        if !services.is_empty() {
            text.push_str(LOCALS_HEAD);
        }
        for service in services {
            let locals: Vec<LocalAddr> =
                engine.into_iter().flat_map(|own| own.local_addrs(service)).collect();
            let _ = writeln!(text, "{:<20} {:<8} ", service.vip().to_string(), locals.len());
            for LocalAddr { addr, conns, conflicts, .. } in locals {
                let addr = addr.to_string();
                let _ =
                    writeln!(text, "{:<20} {:<8} {addr:<20} {conflicts:<10} {conns:<10}", "", "");
            }
        }
        Done::ok(text)
    }

    fn save_services(&self, numeric: bool) -> String {
        let mut text = String::new();
        let Some(engine) = &self.engine else { return text };
        let services = order::services(engine.services().collect());
        for service in &services {
            let named = option(service, numeric);
            let _ = write!(text, "-A {named} -s {}", service.scheduler());
            save_options(&mut text, service);
            for dest in order::dests(engine.dests(service).collect()) {
                let method = match dest.method() {
                    Method::Nat => "-m",
                    Method::Dr => "-g",
                    Method::Tun => "-i",
                    Method::FullNat => "-b",
                };
                let tunnel = if dest.method() == Method::Tun { " --tun-type ipip" } else { "" };
                let rip = name(dest.rip(), names(service.key()), numeric);
                let weight = dest.weight();
                let _ = writeln!(text, "-a {named} -r {rip} {method} -w {weight}{tunnel}");
            }
        }
        for service in services {
            for local in engine.local_addrs(service) {
                let _ = writeln!(text, "-P {} -z {}", option(service, numeric), local.addr);
            }
        }
        text
    }
}

const HEAD: &str = "Prot LocalAddress:Port Scheduler Flags\n  \
    -> RemoteAddress:Port           Forward Weight ActiveConn InActConn\n";
const STATS_HEAD: &str = "Prot LocalAddress:Port               Conns   InPkts  OutPkts  InBytes OutBytes\n  \
    -> RemoteAddress:Port\n";
const RATE_HEAD: &str = "Prot LocalAddress:Port                 CPS    InPPS   OutPPS    InBPS   OutBPS\n  \
    -> RemoteAddress:Port\n";

const THRESHOLDS_HEAD: &str = "Prot LocalAddress:Port            Uthreshold Lthreshold ActiveConn InActConn \n  \
    -> RemoteAddress:Port\n";
const LOCALS_HEAD: &str =
    "VIP:VPORT            TOTAL    SNAT_IP              CONFLICTS  CONNS     \n";
const PERSISTENT_HEAD: &str = "Prot LocalAddress:Port            Weight    PersistConn ActiveConn InActConn \n  \
    -> RemoteAddress:Port\n";

fn key(service: ServiceAddr) -> ServiceKey {
    let (proto, vip) = match service {
        ServiceAddr::Mark(mark) => return ServiceKey::Mark(mark),
        ServiceAddr::Port { proto: command::Proto::Tcp, vip } => (Proto::Tcp, vip),
        ServiceAddr::Port { proto: command::Proto::Udp, vip } => (Proto::Udp, vip),
    };
    ServiceKey::Port { proto, vip }
}

/// By which protocol the ports of a service's destinations are named: under a mark TCP's.
fn names(key: ServiceKey) -> Proto {
    match key {
        ServiceKey::Port { proto, .. } => proto,
        ServiceKey::Mark(_) => Proto::Tcp,
    }
}

/// A service as an option names it, for `-S`.
fn option(service: &Service, numeric: bool) -> String {
    match service.key() {
        ServiceKey::Mark(mark) => format!("-f {mark}"),
        ServiceKey::Port { proto: Proto::Udp, vip } => {
            format!("-u {}", name(vip, Proto::Udp, numeric))
        }
        ServiceKey::Port { proto, vip } => format!("-t {}", name(vip, proto, numeric)),
    }
}

fn service_config(service: &command::Service) -> ServiceConfig<'_> {
    let command::Service { scheduler, flags, persistence, one_packet, .. } = service;
    ServiceConfig {
        flags: *flags,
        persistence: *persistence,
        one_packet: *one_packet,
        ..ServiceConfig::new(scheduler)
    }
}

fn dest_config(server: &Server) -> DestConfig {
    let &Server { weight, upper, lower, .. } = server;
    DestConfig { upper, lower, ..DestConfig::new(method(server.method), weight) }
}

fn method(method: command::Method) -> Method {
    match method {
        command::Method::Dr => Method::Dr,
        command::Method::Tun => Method::Tun,
        command::Method::Nat => Method::Nat,
        command::Method::FullNat => Method::FullNat,
    }
}

fn refusal(error: ConfigError) -> Done {
    Done::failed(format!("{error}\n"), 255)
}

/// An endpoint; without `-n` with the port's name where it has one. There is no DNS here: addresses stay numbers.
fn name(end: lvs_engine::Endpoint, proto: Proto, numeric: bool) -> String {
    let named = match (proto, end.port) {
        _ if numeric => None,
        (Proto::Tcp, 21) => Some("ftp"),
        (Proto::Tcp, 22) => Some("ssh"),
        (Proto::Tcp, 25) => Some("smtp"),
        (_, 53) => Some("domain"),
        (Proto::Tcp, 80) => Some("http"),
        (_, 443) => Some("https"),
        (Proto::Tcp, 3306) => Some("mysql"),
        (Proto::Tcp, 8080) => Some("http-alt"),
        _ => None,
    };
    match named {
        Some(name) => format!("{}:{name}", end.addr),
        None => end.to_string(),
    }
}

fn list_service(text: &mut String, service: &Service, list: &List, cx: &Cx<'_>) {
    let (proto, name) = match service.key() {
        ServiceKey::Mark(mark) => ("FWM".to_string(), mark.to_string()),
        ServiceKey::Port { proto, vip } => (proto.to_string(), name(vip, proto, list.numeric)),
    };
    let _ = match list.what {
        Listed::Stats => {
            let counters = counters(service.stats().shown(cx.now), list.exact);
            writeln!(text, "{proto:<4} {name:<28}{counters}")
        }
        Listed::Rate => {
            let rates = rates(service.stats().rates(cx.now), list.exact);
            writeln!(text, "{proto:<4} {name:<28}{rates}")
        }
        _ => {
            let flags = flags_of(service);
            writeln!(text, "{proto:<4} {name:.33} {}{flags}", service.scheduler())
        }
    };
}

/// What stands behind a service's scheduler.
fn flags_of(service: &Service) -> String {
    let mut text = match command::flag_names(service.scheduler(), service.flags()) {
        flags if flags.is_empty() => flags,
        flags => format!(" ({flags})"),
    };
    if let Some(Persistence { timeout_s, mask }) = service.persistence() {
        let _ = write!(text, " persistent {timeout_s}");
        if mask != Ipv4Addr::BROADCAST {
            let _ = write!(text, " mask {mask}");
        }
    }
    if service.one_packet() {
        text.push_str(" ops");
    }
    text
}

/// The options that make a service what it is, for `-S`, up to the end of the line.
fn save_options(text: &mut String, service: &Service) {
    if let Some(Persistence { timeout_s, mask }) = service.persistence() {
        let _ = write!(text, " -p {timeout_s}");
        if mask != Ipv4Addr::BROADCAST {
            let _ = write!(text, " -M {mask}");
        }
    }
    if service.one_packet() {
        text.push_str(" -o");
    }
    let flags = command::flag_names(service.scheduler(), service.flags());
    if !flags.is_empty() {
        let _ = write!(text, " -b {flags}");
    }
    text.push('\n');
}

fn list_dest(text: &mut String, dest: &Dest, proto: Proto, list: &List, cx: &Cx<'_>) {
    let name = name(dest.rip(), proto, list.numeric);
    let _ = match list.what {
        Listed::Stats => {
            let counters = counters(dest.stats().shown(cx.now), list.exact);
            writeln!(text, "  -> {name:<28.28}{counters}")
        }
        Listed::Rate => {
            let rates = rates(dest.stats().rates(cx.now), list.exact);
            writeln!(text, "  -> {name:<28.28}{rates}")
        }
        Listed::Thresholds => {
            let (upper, lower) = dest.thresholds();
            let (active, inactive) = (dest.active(), dest.inactive());
            writeln!(text, "  -> {name:<28.28} {upper:<10} {lower:<10} {active:<10} {inactive:<10}")
        }
        Listed::PersistentConn => {
            let (weight, persistent) = (dest.weight(), dest.persistent());
            let (active, inactive) = (dest.active(), dest.inactive());
            writeln!(
                text,
                "  -> {name:<28.28} {weight:<9} {persistent:<11} {active:<10} {inactive:<10}"
            )
        }
        _ => writeln!(
            text,
            "  -> {name:<28.28} {:<7} {:<6} {:<10} {:<10}",
            forward(dest.method()),
            dest.weight(),
            dest.active(),
            dest.inactive()
        ),
    };
}

fn counters(counted: Counters, exact: bool) -> String {
    let Counters { conns, inpkts, outpkts, inbytes, outbytes } = counted;
    [conns, inpkts, outpkts, inbytes, outbytes].map(|count| large(count, exact)).concat()
}

/// What is counted in a second: only bytes are ever cut.
fn rates(rate: Counters, exact: bool) -> String {
    let Counters { conns, inpkts, outpkts, inbytes, outbytes } = rate;
    let bytes = [inbytes, outbytes].map(|rate| large(rate, exact)).concat();
    format!(" {conns:>8} {inpkts:>8} {outpkts:>8}{bytes}")
}

/// A counter in nine columns. ipvsadm 1.31, print_largenum.
fn large(count: u64, exact: bool) -> String {
    if exact {
        let width = count.to_string().len();
        return format!("{count:>width$}", width = if width > 8 { width + 1 } else { 9 });
    }
    match count {
        0..100_000_000 => format!("{count:>9}"),
        100_000_000..1_000_000_000 => format!("{:>8}K", count / 1_000),
        1_000_000_000..100_000_000_000 => format!("{:>8}M", count / 1_000_000),
        100_000_000_000..100_000_000_000_000 => format!("{:>8}G", count / 1_000_000_000),
        _ => format!("{:>8}T", count / 1_000_000_000_000),
    }
}

/// `ipvsadm -L -c`. The kernel's order is that of a seeded hash; ours is that of the addresses.
fn list_conns(engine: &Engine, list: &List, cx: &Cx<'_>) -> String {
    let mut text = String::from(
        "IPVS connection entries\n\
         pro expire state       source             virtual            destination\n",
    );
    let mut conns: Vec<Conn> = engine.conns().collect();
    conns.sort_by_key(|conn| (conn.proto.number(), conn.client, conn.vip));
    for conn in conns {
        let left = (conn.expires_at - cx.now).as_secs();
        let end = |end| name(end, conn.proto, list.numeric);
        let _ = writeln!(
            text,
            "{:<3} {:02}:{:02}  {:<11} {:<18} {:<18} {}",
            conn.proto.to_string(),
            left / 60,
            left % 60,
            conn.state.name(),
            end(conn.client),
            end(conn.vip),
            end(conn.rip)
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::large;

    #[test]
    #[rustfmt::skip]
    fn counters_are_cut_as_ipvsadm_does() {
        for (count, shown, exact) in [
            (542,             "      542", "      542"),
            (99_999_999,      " 99999999", " 99999999"),
            (100_000_000,     "  100000K", " 100000000"),
            (999_999_999,     "  999999K", " 999999999"),
            (1_000_000_000,   "    1000M", " 1000000000"),
            (100_000_000_000, "     100G", " 100000000000"),
        ] {
            assert_eq!(large(count, false), shown);
            assert_eq!(large(count, true), exact);
        }
    }
}
