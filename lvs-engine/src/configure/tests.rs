//! The kernel's refusals, the trash, `-Z` and the order of things.

use alloc::string::ToString;
use alloc::vec::Vec;
use core::net::Ipv4Addr;

use crate::fixture::{
    Lab, Recorder, SYN, add, client, edit, end, key, lip, rip, rs, serve, tcp, udp, vip,
};
use crate::{
    Change, ConfigError, DestConfig, Endpoint, Instant, Method, OriginId, Proto, ServiceConfig,
    ServiceKey,
};

const TCP: Proto = Proto::Tcp;
const UDP: Proto = Proto::Udp;
const NAT: Method = Method::Nat;

#[test]
fn refusals() {
    let mut lab = Lab::serving(TCP, NAT);
    let origin = OriginId(0);
    let here = key(TCP);
    let away = ServiceKey::Port { proto: TCP, vip: end(vip(TCP).addr, 81) };
    let unknown = away;
    lab.local(TCP, 200);
    let add_local = |service, last| Change::AddLocal { service, addr: lip(last), origin };
    let delete_local = |service, last| Change::DeleteLocal { service, addr: lip(last) };
    let add_service = |service, scheduler| serve(service, ServiceConfig::new(scheduler));
    let edit_service = |service, scheduler| Change::EditService {
        service,
        config: ServiceConfig::new(scheduler),
        origin,
    };
    let (known, new) = (rip(TCP, 11, NAT), rip(TCP, 12, NAT));
    let config = DestConfig::new(NAT, 1);
    let edit = |rip, method| edit(TCP, rip, DestConfig::new(method, 1));
    let delete = |service, rip| Change::DeleteDest { service, rip };
    let at = |a, b, c, d| add(TCP, end(Ipv4Addr::new(a, b, c, d), 80), NAT, 1);
    let to_unknown = Change::AddDest { service: unknown, rip: new, config, origin };
    let edit_unknown = Change::EditDest { service: unknown, rip: new, config, origin };
    let narrow = DestConfig { upper: 2, lower: 5, ..config };
    let add_narrow = |rip| Change::AddDest { service: here, rip, config: narrow, origin };
    let not_simulated = |what| ConfigError::NotSimulated { what };
    #[rustfmt::skip]
    let rows = [
        (add_service(here, "rr"),                   ConfigError::ServiceExists),
        (add_service(here, "foo"),                  ConfigError::ServiceExists),
        (add_service(away, "foo"),                  ConfigError::NoScheduler),
        (add_service(away, "none"),                 not_simulated("none")),
        (add_service(ServiceKey::Mark(7), "foo"),   ConfigError::NoScheduler),
        (Change::DeleteService { service: ServiceKey::Mark(7) }, ConfigError::NoSuchService),
        (add_narrow(new),                           ConfigError::OutOfRange),
        (add_narrow(known),                         ConfigError::OutOfRange),
        (edit_service(away, "foo"),                 ConfigError::NoSuchService),
        (edit_service(here, "foo"),                 ConfigError::NoScheduler),
        (edit_service(here, "none"),                not_simulated("none")),
        (Change::DeleteService { service: unknown }, ConfigError::NoSuchService),
        (Change::Zero { service: Some(unknown) },   ConfigError::NoSuchService),
        (to_unknown,                                ConfigError::ServiceNotDefined),
        (edit_unknown,                              ConfigError::ServiceNotDefined),
        (delete(unknown, known),                    ConfigError::ServiceNotDefined),
        (add(TCP, known, Method::Dr, 1),            ConfigError::DestExists),
        (edit(new, NAT),                            ConfigError::NoSuchDest),
        (delete(key(TCP), new),                     ConfigError::NoSuchDest),
        (add_local(unknown, 200),                   ConfigError::ServiceNotDefined),
        (delete_local(unknown, 200),                ConfigError::ServiceNotDefined),
        (add_local(here, 200),                      ConfigError::LocalExists),
        (delete_local(here, 201),                   ConfigError::NoSuchLocal),
        (at(224, 0, 0, 1),                          ConfigError::BadAddress),
        (at(255, 255, 255, 255),                    ConfigError::BadAddress),
        (at(0, 0, 0, 0),                            ConfigError::BadAddress),
    ];
    let before = alloc::format!("{:?}", lab.engine);
    for (change, want) in rows {
        assert_eq!(lab.apply(change), Err(want), "{change:?}");
        assert_eq!(alloc::format!("{:?}", lab.engine), before, "a refusal changes nothing");
    }
    assert_eq!(ConfigError::NoSuchDest.to_string(), "No such destination");
    assert_eq!(not_simulated("x").to_string(), "`x` is not simulated yet");
    // Distinct ports are distinct destinations, and an unroutable address is none of our business.
    lab.apply(add(TCP, end(rs(11), 8081), NAT, 1)).unwrap();
    lab.apply(at(203, 0, 113, 9)).unwrap();
}

#[test]
fn services_are_listed_in_order_of_creation_and_destinations_newest_first() {
    let mut lab = Lab::new();
    let ports = [90, 80, 85];
    let config = ServiceConfig::new("rr");
    let at = |port| ServiceKey::Port { proto: TCP, vip: Endpoint::new(vip(TCP).addr, port) };
    for port in ports {
        lab.apply(serve(at(port), config)).unwrap();
    }
    let listed = |lab: &Lab| -> Vec<u16> {
        lab.engine.services().map(|service| service.vip().port).collect()
    };
    assert_eq!(listed(&lab), ports);
    lab.apply(Change::DeleteService { service: at(80) }).unwrap();
    lab.apply(serve(at(70), config)).unwrap();
    assert_eq!(listed(&lab), [90, 85, 70]);

    let mut lab = Lab::serving(TCP, NAT);
    lab.dest(TCP, 12, NAT, 1);
    lab.dest(TCP, 13, NAT, 1);
    lab.edit(TCP, 12, NAT, 5); // keeps its place
    lab.delete(TCP, 11, NAT);
    lab.dest(TCP, 11, NAT, 1); // goes to the head
    let dests: Vec<(u8, u32)> = lab
        .engine
        .dests(lab.service_of(TCP))
        .map(|dest| (dest.rip().addr.octets()[3], dest.weight()))
        .collect();
    assert_eq!(dests, [(11, 1), (13, 1), (12, 5)]);
    assert_eq!(lab.dest_of(TCP, 12).origin(), OriginId(3));
}

/// Delete, and the connection's packets vanish; add again, and they flow, with all that was
/// counted.
#[test]
fn a_deleted_destination_comes_back_from_the_trash() {
    let mut lab = Lab::serving(TCP, NAT);
    let syn = tcp(client(1), vip(TCP), SYN);
    let _ = lab.request(&syn);
    lab.delete(TCP, 11, NAT);
    let answer = lab.request(&syn);
    assert_eq!(answer.last(), "ipvs.dest.gone");
    assert!(answer.noted("ipvs.read"));
    lab.dest(TCP, 12, NAT, 1);
    assert_eq!(lab.request(&syn).last(), "ipvs.dest.gone");
    // Replies still pass in the VIP's name, but nobody counts them.
    let reply = tcp(rip(TCP, 11, NAT), client(1), SYN);
    assert_eq!(lab.send(crate::Hook::Forward, &reply).last(), "ipvs.nat.reply");

    lab.dest(TCP, 11, Method::Dr, 3);
    let dest = lab.dest_of(TCP, 11);
    assert_eq!((dest.weight(), dest.active()), (3, 0)); // another port: another destination
    lab.dest(TCP, 11, NAT, 3);
    let dest = lab.engine.dests(lab.service_of(TCP)).next().unwrap();
    assert_eq!((dest.weight(), dest.active(), dest.is_available()), (3, 1, true));
    assert_eq!((dest.stats().live().conns, dest.stats().live().outpkts), (1, 0));
    assert_eq!(lab.request(&syn).last(), "ipvs.nat.request");
}

/// A service that is made again is another one: connections resume, counters begin at zero.
#[test]
fn a_service_that_is_made_again_takes_its_destinations_back() {
    let delete = |lab: &mut Lab| lab.apply(Change::DeleteService { service: key(TCP) }).unwrap();
    let flush = |lab: &mut Lab| lab.apply(Change::Flush).unwrap();
    for change in [delete as fn(&mut Lab), flush] {
        let mut lab = Lab::serving(UDP, NAT);
        lab.service(TCP, "rr");
        lab.dest(TCP, 11, NAT, 1);
        let syn = tcp(client(1), vip(TCP), SYN);
        let _ = lab.request(&syn);
        change(&mut lab);
        assert_eq!(lab.conn().service, None);
        lab.wait(3); // past the copy of the counters
        if lab.engine.service(key(UDP)).is_some() {
            assert_eq!(lab.request(&syn).last(), "ipvs.dest.gone");
        }
        lab.service(TCP, "rr");
        lab.dest(TCP, 11, NAT, 1);
        let dest = lab.dest_of(TCP, 11);
        assert_eq!((dest.active(), dest.stats().live().conns), (1, 0));
        assert_eq!(lab.request(&syn).last(), "ipvs.nat.request");
    }
}

/// Looked at each minute; forgotten two minutes after it was first seen unused. The timers end with
/// slots of 5.12 s.
#[test]
fn an_unused_destination_is_forgotten() {
    let slots = |slots: u64| Instant::from_nanos(slots * 5_120_000_000);
    let mut lab = Lab::serving(UDP, NAT);
    let _ = lab.request(&udp(client(1), vip(UDP), b"")); // until 300
    lab.wait(10);
    lab.delete(UDP, 11, NAT);
    let mut looks = Vec::new();
    while let Some(at) = lab.engine.poll_timeout() {
        let mut recorder = Recorder::default();
        lab.engine.handle_timeout(at, &mut recorder);
        looks.push((at, recorder.0.first().map(|reason| reason.code())));
    }
    #[rustfmt::skip]
    let want = [
        (slots(14), None), (slots(26), None), (slots(38), None), (slots(50), None),
        (slots(59), Some("ipvs.conn.expired")),
        (slots(62), None), // seen unused
        (slots(74), None),
        (slots(86), Some("ipvs.dest.forgotten")),
    ];
    assert_eq!(looks, want);
    // Its slot is used again, and nothing of it is left.
    lab.dest(UDP, 12, NAT, 1);
    assert_eq!(lab.dest_of(UDP, 12).stats().live(), crate::Counters::default());
    assert_eq!(lab.engine.dests.len(), 1);

    let mut kept = Lab::serving(UDP, NAT);
    kept.delete(UDP, 11, NAT);
    kept.dest(UDP, 11, NAT, 1);
    assert_eq!(kept.engine.poll_timeout(), None);
}

#[test]
fn zeroing_reaches_a_service_and_its_destinations_or_all() {
    let mut lab = Lab::serving(TCP, NAT);
    lab.service(UDP, "rr");
    lab.dest(UDP, 11, NAT, 1);
    let _ = lab.request(&tcp(client(1), vip(TCP), SYN));
    let _ = lab.request(&udp(client(1), vip(UDP), b""));
    lab.wait(3); // past the copy of the counters
    let shown = |lab: &Lab| {
        let of = |proto| {
            let (service, dest) = (lab.service_of(proto).stats(), lab.dest_of(proto, 11).stats());
            (service.shown(lab.now).conns, dest.shown(lab.now).conns)
        };
        (of(TCP), of(UDP), lab.engine.total().shown(lab.now).conns)
    };
    assert_eq!(shown(&lab), ((1, 1), (1, 1), 2));
    lab.apply(Change::Zero { service: Some(key(TCP)) }).unwrap();
    assert_eq!(shown(&lab), ((0, 0), (1, 1), 2));
    lab.apply(Change::Zero { service: None }).unwrap();
    assert_eq!(shown(&lab), ((0, 0), (0, 0), 0));
}
