//! Which packets pass by all real servers, and that nothing but their entries tells of it.

use super::NOWHERE;
use crate::fixture::{ACK, CIP, Lab, SYN, VIP, add, client, end, key, opening, rs, serve, tcp};
use crate::{
    Change, DestConfig, Endpoint, Hook, Meta, Method, OriginId, Proto, ServiceConfig, ServiceKey,
    State, Sysctl, Verdict,
};

const TCP: Proto = Proto::Tcp;
const UDP: Proto = Proto::Udp;
const MARKED: ServiceKey = ServiceKey::Mark(7);
/// A web server somewhere, of which the director knows nothing.
const WEB: Endpoint = end(rs(99), 80);

/// A director with a service for mark 7 and no real server.
fn lab(value: i32) -> Lab {
    let mut lab = Lab::new();
    lab.apply(serve(MARKED, ServiceConfig::new("rr"))).unwrap();
    lab.sysctl(Sysctl::CacheBypass, value);
    lab.fib.local = [VIP, CIP].into();
    lab
}

fn marked(hook: Hook) -> Meta {
    Meta { mark: 7, ..Meta::at(hook) }
}

/// By the setting, the mark and the address: what is decided at last.
#[test]
fn only_marked_packets_to_other_machines_pass_by() {
    let multicast = end([224, 0, 0, 9].into(), 80);
    #[rustfmt::skip]
    let rows = [
        (1, 7, WEB,              "ipvs.bypass.sent"),
        (2, 7, WEB,              "ipvs.bypass.sent"), // any number but 0 is on
        (0, 7, WEB,              "ipvs.dest.none"),
        (1, 0, WEB,              "ipvs.service.none"),
        (1, 7, end(VIP, 80),     "ipvs.dest.none"), // this host's own
        (1, 7, multicast,        "ipvs.dest.none"),
        (1, 7, end([192, 0, 2, 1].into(), 80), "ipvs.route.none"),
    ];
    for (value, mark, dst, want) in rows {
        let mut lab = lab(value);
        let meta = Meta { mark, ..Meta::at(Hook::LocalOut) };
        let answer = lab.send_as(meta, &opening(TCP, client(1), dst));
        assert_eq!(answer.last(), want, "{value} {mark} {dst}: {:?}", answer.codes());
    }
    // A service by address has no such way out.
    let mut lab = lab(1);
    lab.service(TCP, "rr");
    assert_eq!(lab.request(&opening(TCP, client(1), end(VIP, 80))).last(), "ipvs.dest.none");
}

#[test]
fn the_entry_lives_like_others_and_counts_nowhere() {
    let mut lab = lab(1);
    let answer = lab.send_as(marked(Hook::LocalOut), &tcp(client(1), WEB, SYN));
    let Verdict::Forward { path, rewrite, .. } = answer.verdict else { panic!("{answer:?}") };
    assert_eq!((path, rewrite.age, rewrite.dst), (WEB.addr, true, None));
    assert!(answer.noted("ipvs.bypass.new"));
    let conn = lab.conn();
    assert_eq!((conn.client, conn.vip, conn.rip), (client(1), WEB, NOWHERE));
    assert_eq!((conn.state, conn.service, conn.flags.bypass), (State::SynRecv, None, true));
    assert_eq!(lab.engine.total().shown(lab.now).conns, 0);

    // What follows takes the same way, also once a real server is there again.
    let config = DestConfig::new(Method::Dr, 1);
    let (rip, origin) = (end(rs(11), 0), OriginId(2));
    lab.apply(Change::AddDest { service: MARKED, rip, config, origin }).unwrap();
    let next = lab.send_as(marked(Hook::LocalOut), &tcp(client(1), WEB, ACK));
    assert_eq!(next.last(), "ipvs.bypass.sent");
    let other = lab.send_as(marked(Hook::LocalOut), &tcp(client(2), WEB, SYN));
    assert_eq!(other.last(), "ipvs.dr.direct");

    // No destination of it can be gone.
    lab.sysctl(Sysctl::ExpireNodestConn, 1);
    let next = lab.send_as(marked(Hook::LocalOut), &tcp(client(1), WEB, ACK));
    assert_eq!(next.last(), "ipvs.bypass.sent");
    lab.wait(1100);
    assert_eq!(lab.engine.conns().count(), 0);
}

#[test]
fn who_begins_a_new_life_as_an_own_address_is_dropped() {
    let mut lab = lab(1);
    let _ = lab.send_as(marked(Hook::LocalOut), &tcp(client(1), WEB, SYN));
    lab.fib.local.push(WEB.addr);
    let answer = lab.send_as(marked(Hook::LocalIn), &tcp(client(1), WEB, ACK));
    assert_eq!(answer.last(), "ipvs.route.local-refused");
}

#[test]
fn datagrams_of_a_one_packet_service_leave_no_entry() {
    let mut lab = Lab::new();
    let config = ServiceConfig { one_packet: true, ..ServiceConfig::new("rr") };
    lab.apply(serve(MARKED, config)).unwrap();
    lab.sysctl(Sysctl::CacheBypass, 1);
    let answer = lab.send_as(marked(Hook::LocalOut), &opening(UDP, client(1), WEB));
    assert_eq!((answer.last(), lab.engine.conns().count()), ("ipvs.bypass.sent", 0));
}

/// The place that stands for nobody is none that a real server may get.
#[test]
fn destinations_come_and_go_beside_it() {
    let mut lab = lab(1);
    let _ = lab.send_as(marked(Hook::LocalOut), &tcp(client(1), WEB, SYN));
    lab.service(TCP, "rr");
    let rip = end(rs(11), 80);
    lab.apply(add(TCP, rip, Method::Dr, 1)).unwrap();
    lab.apply(Change::DeleteDest { service: key(TCP), rip }).unwrap();
    lab.wait(1000);
    lab.apply(add(TCP, end(rs(12), 80), Method::Dr, 1)).unwrap();
    let _ = lab.send_as(marked(Hook::LocalOut), &tcp(client(2), WEB, SYN));
    assert_eq!(lab.conn().rip, NOWHERE);
}
