//! What IPVS knows, as `ipvsadm` lists it, and the connections that netfilter tracks.

use lvs_engine::{Conn, Dest, Engine, Instant, Method, Persistence, Service, ServiceKey};
use sim_core::host::netfilter::Netfilter;
use sim_core::netfilter::{Ids, Tuple};

use super::table::Row;

/// `ipvsadm -Ln`, with the packets that are counted up to now (`--stats` shows an older copy).
pub(super) fn services(engine: &Engine) -> Vec<Row> {
    let mut rows = Vec::new();
    for service in engine.services() {
        let key = match service.key() {
            ServiceKey::Mark(mark) => format!("FWM {mark}"),
            ServiceKey::Port { proto, vip } => format!("{proto} {vip}"),
        };
        let counted = service.stats().live();
        let (inpkts, outpkts) = (counted.inpkts.to_string(), counted.outpkts.to_string());
        let none = String::new;
        let cells = vec![key.clone(), scheduler(service), none(), none(), none(), inpkts, outpkts];
        rows.push(Row::new(key.clone(), cells, Some(service.origin())));
        let mut dests: Vec<&Dest> = engine.dests(service).collect();
        dests.sort_by_key(|dest| dest.rip());
        rows.extend(dests.into_iter().map(|own| dest(&key, own)));
        for local in engine.local_addrs(service) {
            let cells = vec![
                format!("  local {}", local.addr),
                String::new(),
                String::new(),
                local.conns.to_string(),
                String::new(),
                String::new(),
                String::new(),
            ];
            rows.push(Row::new(format!("{key} local {}", local.addr), cells, Some(local.origin)));
        }
    }
    rows
}

/// The scheduler, and what else the service is.
fn scheduler(service: &Service) -> String {
    let mut text = service.scheduler().to_owned();
    if let Some(Persistence { timeout_s, .. }) = service.persistence() {
        text += &format!(" persistent {timeout_s}");
    }
    if service.one_packet() {
        text += " ops";
    }
    text
}

fn dest(service: &str, own: &Dest) -> Row {
    let forward = match own.method() {
        Method::Nat => "Masq",
        Method::Dr => "Route",
        Method::Tun => "Tunnel",
        Method::FullNat => "FullNat",
    };
    let counted = own.stats().live();
    let cells = vec![
        format!("  -> {}", own.rip()),
        format!("{forward}{}", if own.is_overloaded() { " overloaded" } else { "" }),
        own.weight().to_string(),
        own.active().to_string(),
        own.inactive().to_string(),
        counted.inpkts.to_string(),
        counted.outpkts.to_string(),
    ];
    Row::new(format!("{service} {}", own.rip()), cells, Some(own.origin()))
}

/// `ipvsadm -Lnc`, in the order of the addresses.
pub(super) fn conns(engine: &Engine, now: Instant) -> Vec<Row> {
    let mut conns: Vec<Conn> = engine.conns().collect();
    conns.sort_by_key(|conn| (conn.proto.number(), conn.client, conn.vip));
    let row = |conn: Conn| {
        let left = conn.expires_at.since(now).as_secs();
        let proto = conn.proto.to_string();
        let local = if conn.lip == conn.client { String::new() } else { conn.lip.to_string() };
        let key = format!("{proto} {} {}", conn.client, conn.vip);
        let cells = vec![
            proto,
            format!("{:02}:{:02}", left / 60, left % 60),
            conn.state.name().into(),
            conn.client.to_string(),
            conn.vip.to_string(),
            conn.rip.to_string(),
            local,
        ];
        Row::new(key, cells, None)
    };
    conns.into_iter().map(row).collect()
}

/// `conntrack -L`, the oldest first.
pub(super) fn tracked(netfilter: &Netfilter, now: Instant) -> Vec<Row> {
    let row = |entry: &sim_core::host::conntrack::Entry| {
        let own = entry.listed(now);
        let proto = match own.proto {
            1 => "icmp".to_owned(),
            6 => "tcp".to_owned(),
            17 => "udp".to_owned(),
            other => other.to_string(),
        };
        let (there, back) = (ends(&own.original), ends(&own.reply));
        let mut flags = Vec::new();
        if !own.replied {
            flags.push("[UNREPLIED]");
        }
        if own.assured {
            flags.push("[ASSURED]");
        }
        let key = format!("{proto} {there}");
        let state = own.state.unwrap_or_default().to_owned();
        let left = format!("{} s", own.timeout_s);
        Row::new(key, vec![proto, left, state, there, back, flags.join(" ")], None)
    };
    netfilter.conntrack().entries(now).map(row).collect()
}

/// Both ends of one way.
fn ends(own: &Tuple) -> String {
    let Tuple { src, dst, ids } = own;
    match ids {
        Ids::Ports { src: from, dst: to } => format!("{src}:{from} > {dst}:{to}"),
        Ids::Icmp { kind, id, .. } => format!("{src} > {dst} type {kind} id {id}"),
        Ids::None => format!("{src} > {dst}"),
    }
}
