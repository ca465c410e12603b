//! `virtual_server` and `real_server`: the table of IPVS that keepalived would make.

use std::net::Ipv4Addr;

use lvs_engine::{Endpoint, Persistence, SchedFlags};

use super::syntax::Statement;
use super::{Named, Within};
use crate::command::ipvsadm::{Method, Proto, Server, ServerAddr, Service, ServiceAddr};
use crate::import::ipvs::Virtual;
use crate::text;

/// What a virtual server is known by, before its protocol is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Key {
    Vip(Endpoint),
    Mark(u32),
}

/// Addresses of one range at most.
const WIDEST: u8 = 255;

/// Words of a virtual server that concern its checks and notes.
#[rustfmt::skip]
const SILENT: [&str; 27] = [
    "delay_loop", "ip_family", "ha_suspend", "alpha", "omega", "quorum", "quorum_up", "quorum_down", "hysteresis",
    "retry", "delay_before_retry", "warmup", "virtualhost", "connect_timeout", "smtp_alert", "no_smtp_alert",
    "inhibit_on_failure", "persistence_engine", "service_type", "snmp_name", "sorry_server_inhibit",
    "sorry_server_lvs_method", "syn_proxy", "hash_target", "quorum_min", "connect_port", "nat_mask",
];

/// Words of a real server that concern its checks and notes.
#[rustfmt::skip]
const SILENT_REAL: [&str; 25] = [
    "inhibit_on_failure", "notify_up", "notify_down", "alpha", "retry", "delay_loop", "delay_before_retry", "warmup",
    "virtualhost", "connect_timeout", "smtp_alert", "no_smtp_alert", "snmp_name", "log_all_failures", "quorum",
    "TCP_CHECK", "HTTP_GET", "SSL_GET", "SMTP_CHECK", "DNS_CHECK", "MISC_CHECK", "PING_CHECK", "UDP_CHECK",
    "BFD_CHECK", "FILE_CHECK",
];

/// A line of `virtual_server_group`: `192.0.2.100-110 80`, `fwmark 1`.
pub(super) fn keys(line: &Statement, within: &mut Within<'_>) -> Vec<Key> {
    if line.name() == "fwmark" {
        return match line.value().parse() {
            Ok(mark) => vec![Key::Mark(mark)],
            Err(_) => {
                within.bad(line);
                Vec::new()
            }
        };
    }
    let port = match line.words.get(1) {
        None => Some(0),
        Some(port) => port.parse().ok(),
    };
    let Some(port) = port else {
        within.bad(line);
        return Vec::new();
    };
    let addrs = addrs(line, within);
    addrs.into_iter().map(|addr| Key::Vip(Endpoint::new(addr, port))).collect()
}

/// The addresses that a line begins with: one, or `192.0.2.100-110`.
pub(super) fn addrs(line: &Statement, within: &mut Within<'_>) -> Vec<Ipv4Addr> {
    let (first, last) = match line.name().split_once('-') {
        Some((first, last)) => (first, Some(last)),
        None => (line.name(), None),
    };
    let Some(first) = within.addr(line, first) else { return Vec::new() };
    let [a, b, c, from] = first.octets();
    match last.map(str::parse::<u8>) {
        None => vec![first],
        Some(Ok(to)) if to >= from && to - from < WIDEST => {
            (from..=to).map(|last| Ipv4Addr::new(a, b, c, last)).collect()
        }
        Some(_) => {
            within.bad(line);
            Vec::new()
        }
    }
}

/// What a virtual server says besides who it is.
struct Settings {
    proto: Proto,
    scheduler: Option<String>,
    flags: SchedFlags,
    timeout_s: Option<u32>,
    mask: Ipv4Addr,
    one_packet: bool,
    method: Option<Method>,
    weight: u32,
    locals: Vec<Ipv4Addr>,
}

/// The services of a `virtual_server`: one, or those of its group.
pub(super) fn read(block: &Statement, named: &Named, within: &mut Within<'_>) -> Vec<Virtual> {
    let keys = who(block, named, within);
    let mut settings = Settings {
        proto: Proto::Tcp,
        scheduler: None,
        flags: SchedFlags::default(),
        timeout_s: None,
        mask: Ipv4Addr::BROADCAST,
        one_packet: false,
        method: None,
        weight: 1,
        locals: Vec::new(),
    };
    for line in block.block.iter().filter(|line| line.name() != "real_server") {
        settings.word(line, named, within);
    }
    let place = within.place(block);
    if settings.scheduler.is_none() {
        within.told.guess(
            &place,
            text!(
                "no lb_algo: wlc, as keepalived does",
                "没有 lb_algo：按 keepalived 的做法取 wlc"
            ),
        );
    }
    if settings.method.is_none() {
        within.told.guess(
            &place,
            text!(
                "no lb_kind: NAT, as keepalived does",
                "没有 lb_kind：按 keepalived 的做法取 NAT"
            ),
        );
    }
    let mut servers = Vec::new();
    for line in block.block.iter().filter(|line| line.name() == "real_server") {
        if let Some(server) = real_server(line, &settings, within) {
            servers.push((server, within.place(line)));
        }
    }
    let of = |key: Key| {
        let addr = match key {
            Key::Mark(mark) => ServiceAddr::Mark(mark),
            Key::Vip(vip) => ServiceAddr::Port { proto: settings.proto, vip },
        };
        let service = Service {
            addr,
            scheduler: settings.scheduler.clone().unwrap_or_else(|| "wlc".into()),
            flags: settings.flags,
            persistence: settings
                .timeout_s
                .map(|timeout_s| Persistence { timeout_s, mask: settings.mask }),
            one_packet: settings.one_packet,
        };
        let locals = settings.locals.clone();
        Virtual { dests: servers.clone(), locals, ..Virtual::new(service, &place) }
    };
    keys.into_iter().map(of).collect()
}

/// `virtual_server IP PORT`, `virtual_server fwmark N`, `virtual_server group NAME`.
fn who(block: &Statement, named: &Named, within: &mut Within<'_>) -> Vec<Key> {
    let words: Vec<&str> = block.words.iter().skip(1).map(String::as_str).collect();
    match words.as_slice() {
        ["group", name] => match named.groups.get(*name) {
            Some(keys) => keys.clone(),
            None => {
                let place = within.place(block);
                let text =
                    text!("no virtual_server_group `{name}`", "没有 virtual_server_group `{name}`");
                within.told.wrong(&place, text);
                Vec::new()
            }
        },
        ["fwmark", _] | [_] | [_, _] => {
            let line = Statement { words: block.words[1..].to_vec(), ..block.clone() };
            keys(&line, within)
        }
        _ => {
            within.bad(block);
            Vec::new()
        }
    }
}

impl Settings {
    fn word(&mut self, line: &Statement, named: &Named, within: &mut Within<'_>) {
        let value = line.value();
        let fine = match line.name() {
            "lb_algo" | "lvs_sched" => {
                self.scheduler = Some(value.to_owned());
                !value.is_empty()
            }
            "lb_kind" | "lvs_method" => {
                self.method = method(value);
                self.method.is_some()
            }
            "protocol" => match value.to_ascii_uppercase().as_str() {
                "TCP" => true,
                "UDP" => {
                    self.proto = Proto::Udp;
                    true
                }
                "SCTP" => {
                    let place = within.place(line);
                    within.tally.count("protocol SCTP", &place);
                    true
                }
                _ => false,
            },
            // Without a number it is six minutes; 0 is no persistence.
            "persistence_timeout" => {
                let typed = if value.is_empty() { Some(360) } else { value.parse().ok() };
                self.timeout_s = typed.filter(|timeout_s| *timeout_s > 0);
                typed.is_some()
            }
            "persistence_granularity" => value.parse().map(|mask| self.mask = mask).is_ok(),
            "ops" => {
                self.one_packet = true;
                true
            }
            "weight" => value.parse().map(|weight| self.weight = weight).is_ok(),
            "sh-fallback" | "mh-fallback" | "flag-1" => {
                self.flags.first = true;
                true
            }
            "sh-port" | "mh-port" | "flag-2" => {
                self.flags.second = true;
                true
            }
            "flag-3" => {
                self.flags.third = true;
                true
            }
            "laddr_group_name" => match named.locals.get(value) {
                Some(addrs) => {
                    self.locals.clone_from(addrs);
                    true
                }
                None => false,
            },
            "sorry_server" => {
                let (all, place) = (line.words.join(" "), within.place(line));
                within.tally.count(format!("{all} (only asked when all others are dead)"), &place);
                true
            }
            name if SILENT.contains(&name) => {
                within.without(line);
                true
            }
            _ => return within.unknown(line, "virtual_server"),
        };
        if !fine {
            within.bad(line);
        }
    }
}

fn method(word: &str) -> Option<Method> {
    match word.to_ascii_uppercase().as_str() {
        "NAT" => Some(Method::Nat),
        "DR" => Some(Method::Dr),
        "TUN" => Some(Method::Tun),
        "FNAT" | "FULLNAT" => Some(Method::FullNat),
        _ => None,
    }
}

fn real_server(block: &Statement, settings: &Settings, within: &mut Within<'_>) -> Option<Server> {
    let addr = within.addr(block, block.value())?;
    let port = match block.words.get(2) {
        None => None,
        Some(port) => match port.parse() {
            Ok(port) => Some(port),
            Err(_) => {
                within.bad(block);
                return None;
            }
        },
    };
    let mut server = Server {
        addr: ServerAddr { addr, port },
        method: settings.method.unwrap_or(Method::Nat),
        weight: settings.weight,
        upper: 0,
        lower: 0,
    };
    for line in &block.block {
        let value = line.value();
        let fine = match line.name() {
            "weight" => value.parse().map(|weight| server.weight = weight).is_ok(),
            "uthreshold" => value.parse().map(|upper| server.upper = upper).is_ok(),
            "lthreshold" => value.parse().map(|lower| server.lower = lower).is_ok(),
            "lvs_method" => method(value).map(|method| server.method = method).is_some(),
            name if SILENT_REAL.contains(&name) => {
                within.without(line);
                true
            }
            _ => {
                within.unknown(line, "real_server");
                true
            }
        };
        if !fine {
            within.bad(line);
        }
    }
    Some(server)
}
