//! What a typed line says to the engine: `ipvsadm`, the sysctls below `net.ipv4.vs`, and marks.
//!
//! sim-core reads the words; what they mean to an engine is written down here.

use lvs_engine::{Change, DestConfig, Method, OriginId, Proto, ServiceConfig, ServiceKey, Sysctl};
use sim_core::Prefix;
use sim_core::command::ipvsadm::{self, Ipvsadm, ServiceAddr};
use sim_core::command::{Command, Iptables, sysctl};
use sim_core::netfilter::{self, Chain, Rule, Table, Target, Test};

use lvsim_tests::packet::{Ip, u16_at};

/// Nobody asks where something was set.
const NOWHERE: OriginId = OriginId(0);
/// Where the kernel's settings are files.
const SYS: &str = "/proc/sys/";

/// The changes that an `ipvsadm` line asks for; those that only list ask for none.
pub fn changes(line: &Ipvsadm) -> Vec<Change<'_>> {
    let origin = NOWHERE;
    let change = match line {
        Ipvsadm::AddService(said) => {
            Change::AddService { service: key(said.addr), config: service(said), origin }
        }
        Ipvsadm::EditService(said) => {
            Change::EditService { service: key(said.addr), config: service(said), origin }
        }
        Ipvsadm::DeleteService(said) => Change::DeleteService { service: key(*said) },
        Ipvsadm::Clear => Change::Flush,
        Ipvsadm::AddServer(to, said) => {
            let (service, rip) = (key(*to), said.endpoint(*to));
            Change::AddDest { service, rip, config: dest(said), origin }
        }
        Ipvsadm::EditServer(of, said) => {
            let (service, rip) = (key(*of), said.endpoint(*of));
            Change::EditDest { service, rip, config: dest(said), origin }
        }
        Ipvsadm::DeleteServer(of, said) => {
            Change::DeleteDest { service: key(*of), rip: said.endpoint(*of) }
        }
        Ipvsadm::Zero(of) => Change::Zero { service: of.map(key) },
        Ipvsadm::SetTimeouts { tcp, tcp_fin, udp } => {
            Change::SetTimeouts { tcp: *tcp, tcpfin: *tcp_fin, udp: *udp, origin }
        }
        Ipvsadm::Restore(lines) => return lines.iter().flat_map(changes).collect(),
        Ipvsadm::AddLocal(..)
        | Ipvsadm::DeleteLocal(..)
        | Ipvsadm::ListLocals(_)
        | Ipvsadm::List(_)
        | Ipvsadm::Save { .. }
        | Ipvsadm::RestoreSaved { .. } => return Vec::new(),
    };
    vec![change]
}

fn key(said: ServiceAddr) -> ServiceKey {
    match said {
        ServiceAddr::Mark(mark) => ServiceKey::Mark(mark),
        ServiceAddr::Port { proto: ipvsadm::Proto::Tcp, vip } => {
            ServiceKey::Port { proto: Proto::Tcp, vip }
        }
        ServiceAddr::Port { proto: ipvsadm::Proto::Udp, vip } => {
            ServiceKey::Port { proto: Proto::Udp, vip }
        }
    }
}

fn service(said: &ipvsadm::Service) -> ServiceConfig<'_> {
    let &ipvsadm::Service { flags, persistence, one_packet, .. } = said;
    ServiceConfig { scheduler: &said.scheduler, flags, persistence, one_packet }
}

fn dest(said: &ipvsadm::Server) -> DestConfig {
    let &ipvsadm::Server { weight, upper, lower, .. } = said;
    DestConfig { method: method(said), weight, upper, lower }
}

fn method(said: &ipvsadm::Server) -> Method {
    match said.method {
        ipvsadm::Method::Dr => Method::Dr,
        ipvsadm::Method::Tun => Method::Tun,
        ipvsadm::Method::Nat => Method::Nat,
        ipvsadm::Method::FullNat => Method::FullNat,
    }
}

/// Whether a line gives a service a real server by NAT, DR or TUN.
pub fn adds_server(command: &Command) -> bool {
    let Command::Ipvsadm(line) = command else { return false };
    let is_meant = |change: &Change<'_>| match change {
        Change::AddDest { config, .. } => config.method != Method::FullNat,
        _ => false,
    };
    changes(line).iter().any(is_meant)
}

/// The settings that a line writes: paths below `/proc/sys`, and values. `file` is what
/// `/etc/sysctl.conf` holds.
pub fn settings(command: &Command, file: &mut String) -> Vec<(String, String)> {
    match command {
        Command::Write(write) => match write.path.strip_prefix(SYS) {
            Some(path) => vec![(path.into(), write.echo.text.trim().into())],
            None => {
                *file += &write.echo.bytes();
                Vec::new()
            }
        },
        Command::Sysctl(line) => match &line.action {
            sysctl::Action::Items(items) => {
                let set = items.iter().filter_map(|item| match item {
                    sysctl::Item::Set(key, value) => Some((key.path().into(), value.clone())),
                    sysctl::Item::Get(_) => None,
                });
                set.collect()
            }
            sysctl::Action::Load(_) => {
                let pairs = file.lines().filter_map(|line| line.split_once('='));
                let path = |typed: &str| sysctl::Key::new(typed.trim()).path().to_owned();
                pairs.map(|(key, value)| (path(key), value.trim().to_owned())).collect()
            }
            sysctl::Action::All => Vec::new(),
        },
        _ => Vec::new(),
    }
}

/// What a setting is to the engine, if it is one of its own.
pub fn engine_setting(path: &str, value: &str) -> Option<Change<'static>> {
    let sysctl = Sysctl::by_name(path.strip_prefix("net/ipv4/vs/")?)?;
    Some(Change::SetSysctl { sysctl, value: value.parse().ok()?, origin: NOWHERE })
}

/// The marks that rules of `mangle PREROUTING` give, by interface, address, protocol and port.
#[derive(Clone, Debug, Default)]
pub struct Marks(Vec<Rule>);

impl Marks {
    /// Takes a line's rules over.
    pub fn type_command(&mut self, command: &Command) {
        let Command::Iptables(Iptables::Change(Table::Mangle, change)) = command else { return };
        if let netfilter::Change::Append(Chain::Prerouting, rule) = change {
            self.0.push(rule.clone());
        }
    }

    /// The mark of a packet that came in.
    pub fn of(&self, iface: &str, packet: &Ip<'_>) -> u32 {
        let mut mark = 0;
        for rule in self.0.iter().filter(|rule| meets(rule, iface, packet)) {
            if let Some(Target::Mark { value, mask }) = rule.target {
                mark = mark & !mask ^ value;
            }
        }
        mark
    }
}

fn meets(rule: &Rule, iface: &str, packet: &Ip<'_>) -> bool {
    let is_in = |net: &netfilter::Is<Prefix>, addr| net.value.contains(addr) != net.not;
    let port = u16_at(packet.payload(), 2).unwrap_or(0);
    rule.in_iface.as_ref().is_none_or(|name| (name.value == iface) != name.not)
        && rule.dst.as_ref().is_none_or(|net| is_in(net, packet.dst()))
        && rule.src.as_ref().is_none_or(|net| is_in(net, packet.src()))
        && rule.proto.as_ref().is_none_or(|proto| (proto.value == packet.proto()) != proto.not)
        && rule.tests.iter().all(|test| match test {
            Test::DestPort(ports) => ports.value.contains(&port) != ports.not,
            Test::DestPorts(all) => all.value.iter().any(|some| some.contains(&port)) != all.not,
            _ => false,
        })
}
