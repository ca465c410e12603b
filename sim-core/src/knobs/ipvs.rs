//! Knobs of IPVS: each option of a service and of a destination, and one more of either.

use lvs_engine::{Dest, Endpoint, Method, OriginId, Persistence, SchedFlags, Service, ServiceKey};

use super::{Bench, Kind, Seat};
use crate::command::ipvsadm::{self, Ipvsadm, Proto, Server, ServerAddr, ServiceAddr};

/// Schedulers that are tried, the usual ones first.
const SCHEDULERS: [&str; 8] = ["rr", "wrr", "lc", "wlc", "sed", "nq", "sh", "mh"];

/// As long as ipvsadm's `-p` alone means.
const PERSISTENT_S: u32 = 360;

pub(super) fn add(bench: &mut Bench<'_>, seat: &Seat<'_>) {
    let Some(engine) = seat.host.engine() else { return };
    let services: Vec<&Service> = engine.services().collect();
    for service in &services {
        let dests: Vec<&Dest> = engine.dests(service).collect();
        for dest in &dests {
            options(bench, seat, service, dest);
            moved(bench, seat, service, dest, &dests);
        }
        more_dests(bench, seat, service, &dests);
        scheduler(bench, seat, service);
        more_services(bench, seat, service, &dests, &services);
    }
}

/// A service as ipvsadm writes it.
fn named(service: &Service) -> ipvsadm::Service {
    ipvsadm::Service {
        addr: address(service.key()),
        scheduler: service.scheduler().into(),
        flags: service.flags(),
        persistence: service.persistence(),
        one_packet: service.one_packet(),
    }
}

fn address(key: ServiceKey) -> ServiceAddr {
    match key {
        ServiceKey::Port { proto, vip } => {
            let proto = if proto == lvs_engine::Proto::Udp { Proto::Udp } else { Proto::Tcp };
            ServiceAddr::Port { proto, vip }
        }
        ServiceKey::Mark(mark) => ServiceAddr::Mark(mark),
    }
}

/// A destination as ipvsadm writes it.
fn written(dest: &Dest) -> Server {
    let (upper, lower) = dest.thresholds();
    let Endpoint { addr, port } = dest.rip();
    Server {
        addr: ServerAddr { addr, port: Some(port) },
        method: match dest.method() {
            Method::Dr => ipvsadm::Method::Dr,
            Method::Tun => ipvsadm::Method::Tun,
            Method::Nat => ipvsadm::Method::Nat,
            Method::FullNat => ipvsadm::Method::FullNat,
        },
        weight: dest.weight(),
        upper,
        lower,
    }
}

fn typed(bench: &mut Bench<'_>, seat: &Seat<'_>, what: Ipvsadm, origin: Option<OriginId>) {
    bench.line(Kind::Service, seat, what.to_string(), origin);
}

/// Method, weight and thresholds of a destination.
fn options(bench: &mut Bench<'_>, seat: &Seat<'_>, service: &Service, dest: &Dest) {
    let (addr, own) = (address(service.key()), written(dest));
    let mut edits: Vec<Server> = Vec::new();
    for method in [ipvsadm::Method::Dr, ipvsadm::Method::Nat, ipvsadm::Method::Tun] {
        edits.push(Server { method, ..own });
    }
    for weight in bench.values.weights.clone() {
        edits.push(Server { weight, ..own });
    }
    edits.push(Server { upper: 0, lower: 0, ..own });
    edits.push(Server { upper: own.upper.saturating_mul(10), ..own });
    for edit in edits.into_iter().filter(|edit| *edit != own) {
        typed(bench, seat, Ipvsadm::EditServer(addr, edit), Some(dest.origin()));
    }
}

/// A destination with another port or address: it is deleted and added again.
fn moved(bench: &mut Bench<'_>, seat: &Seat<'_>, service: &Service, dest: &Dest, all: &[&Dest]) {
    let (addr, own) = (address(service.key()), written(dest));
    let Endpoint { addr: rip, port } = dest.rip();
    let ports = bench.values.ports.iter().map(|port| Endpoint::new(rip, *port));
    let others = bench.values.addrs.iter().filter(|other| **other != service.vip().addr);
    let others = others.map(|other| Endpoint::new(*other, port));
    let ends: Vec<Endpoint> = ports.chain(others).collect();
    for end in ends.into_iter().filter(|end| all.iter().all(|dest| dest.rip() != *end)) {
        let new = ServerAddr { addr: end.addr, port: Some(end.port) };
        let lines = vec![
            Ipvsadm::DeleteServer(addr, own.addr).to_string(),
            Ipvsadm::AddServer(addr, Server { addr: new, ..own }).to_string(),
        ];
        bench.lines(Kind::Service, seat, lines, Some(dest.origin()));
        // By DR and TUN a port is not translated: whoever takes one for NAT loses both.
        let method = all.iter().map(|dest| written(dest).method).find(|other| *other != own.method);
        if let Some(method) = method {
            let lines = vec![
                Ipvsadm::DeleteServer(addr, own.addr).to_string(),
                Ipvsadm::AddServer(addr, Server { addr: new, method, ..own }).to_string(),
            ];
            bench.lines(Kind::Service, seat, lines, Some(dest.origin()));
        }
    }
}

/// One more destination, as its siblings are.
fn more_dests(bench: &mut Bench<'_>, seat: &Seat<'_>, service: &Service, dests: &[&Dest]) {
    let addr = address(service.key());
    let likes: Vec<Server> = match dests {
        [] => [ipvsadm::Method::Dr, ipvsadm::Method::Nat, ipvsadm::Method::Tun]
            .map(|method| {
                let port = Some(service.vip().port);
                let addr = ServerAddr { addr: service.vip().addr, port };
                Server { addr, method, weight: 1, upper: 0, lower: 0 }
            })
            .to_vec(),
        [first, ..] => vec![Server { weight: 1, upper: 0, lower: 0, ..written(first) }],
    };
    let fib = seat.host.fib();
    let is_free = |addr: &std::net::Ipv4Addr| {
        !fib.is_own(*addr) && dests.iter().all(|dest| dest.rip().addr != *addr)
    };
    let addrs: Vec<_> = bench.values.owners.iter().map(|(addr, _)| *addr).filter(is_free).collect();
    for rip in addrs {
        for like in &likes {
            let server = Server { addr: ServerAddr { addr: rip, ..like.addr }, ..*like };
            typed(bench, seat, Ipvsadm::AddServer(addr, server), None);
        }
    }
}

/// The scheduler, its flags, persistence and one-packet scheduling.
fn scheduler(bench: &mut Bench<'_>, seat: &Seat<'_>, service: &Service) {
    let own = named(service);
    let mut edits = Vec::new();
    for name in SCHEDULERS {
        let flags = SchedFlags::default();
        edits.push(ipvsadm::Service { scheduler: name.into(), flags, ..own.clone() });
    }
    let persistence = match own.persistence {
        Some(_) => None,
        None => Some(Persistence { timeout_s: PERSISTENT_S, mask: [255; 4].into() }),
    };
    edits.push(ipvsadm::Service { persistence, ..own.clone() });
    let SchedFlags { first, second, .. } = own.flags;
    edits
        .push(ipvsadm::Service { flags: SchedFlags { first: !first, ..own.flags }, ..own.clone() });
    edits.push(ipvsadm::Service {
        flags: SchedFlags { second: !second, ..own.flags },
        ..own.clone()
    });
    if matches!(own.addr, ServiceAddr::Port { proto: Proto::Udp, .. }) {
        edits.push(ipvsadm::Service { one_packet: !own.one_packet, ..own.clone() });
    }
    for edit in edits.into_iter().filter(|edit| *edit != own) {
        typed(bench, seat, Ipvsadm::EditService(edit), Some(service.origin()));
    }
}

/// One more service, as this one is, at another address, port or protocol that is mentioned, with
/// its first destination.
fn more_services(
    bench: &mut Bench<'_>,
    seat: &Seat<'_>,
    service: &Service,
    dests: &[&Dest],
    all: &[&Service],
) {
    let ServiceAddr::Port { proto, vip } = address(service.key()) else { return };
    let mut ends: Vec<(Proto, Endpoint)> = Vec::new();
    let ports = bench.values.ports.iter().map(|port| Endpoint::new(vip.addr, *port));
    let addrs = bench.values.addrs.iter().map(|addr| Endpoint::new(*addr, vip.port));
    ends.extend(ports.chain(addrs).map(|end| (proto, end)));
    let other = if proto == Proto::Tcp { Proto::Udp } else { Proto::Tcp };
    ends.push((other, vip));
    for (proto, vip) in ends {
        let addr = ServiceAddr::Port { proto, vip };
        if all.iter().any(|service| address(service.key()) == addr) {
            continue;
        }
        let add = Ipvsadm::AddService(ipvsadm::Service { addr, ..named(service) }).to_string();
        let mut lines = vec![add];
        if let Some(dest) = dests.last() {
            lines.push(Ipvsadm::AddServer(addr, written(dest)).to_string());
        }
        bench.lines(Kind::Service, seat, lines, Some(service.origin()));
    }
}
