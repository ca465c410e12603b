//! Each step of a request that leaves, and each way that it does not: route, locality, TTL, size.

use core::net::Ipv4Addr;

use crate::fixture::{
    ACK, Answer, CIP, DIP, Lab, SYN, VIP, add, client, end, icmp, ip, lip, opening, reseal, rip,
    rs, tcp, udp, vip,
};
use crate::{Endpoint, Hook, IcmpError, Meta, Method, Outer, Proto, Rewrite, Span, Track, Verdict};

const METHODS: [Method; 4] = [Method::Nat, Method::Dr, Method::Tun, Method::FullNat];

/// A request over TCP to a lab with one real server, after this change of lab, place and packet.
fn sent(
    method: Method,
    change: impl FnOnce(&mut Lab, &mut Meta, &mut alloc::vec::Vec<u8>),
) -> Answer {
    let mut lab = Lab::serving(Proto::Tcp, method);
    let mut meta = Meta::at(Hook::LocalIn);
    let mut packet = tcp(client(1000), vip(Proto::Tcp), SYN);
    change(&mut lab, &mut meta, &mut packet);
    reseal(&mut packet);
    let answer = lab.send_as(meta, &packet);
    // Counters and state moved before the packet could be refused.
    assert_eq!(lab.conn().in_pkts, 1);
    assert_eq!(lab.counts(Proto::Tcp, 11), (1, 0));
    assert_eq!(lab.engine.total().live().inpkts, 1);
    answer
}

fn nat_rip() -> Endpoint {
    rip(Proto::Tcp, 11, Method::Nat)
}

fn whole(len: u16) -> Span {
    Span { start: 0, len }
}

#[test]
fn each_method_plans_its_edit() {
    let outer = Outer::new(DIP, rs(11), 0);
    let lip = end(lip(200), 1000);
    let aged = Rewrite { age: true, ..Rewrite::default() };
    let rows = [
        (Method::Nat, Rewrite { dst: Some(nat_rip()), ..aged }, "ipvs.nat.request"),
        (
            Method::FullNat,
            Rewrite { src: Some(lip), dst: Some(nat_rip()), ..aged },
            "ipvs.fullnat.request",
        ),
        (Method::Dr, aged, "ipvs.dr.direct"),
        (Method::Tun, Rewrite { outer: Some(outer), ..aged }, "ipvs.tun.wrapped"),
    ];
    for (method, rewrite, code) in rows {
        let answer = sent(method, |_, _, _| ());
        assert_eq!(answer.verdict, Verdict::Forward { path: rs(11), rewrite, track: Track::Leave });
        assert_eq!(answer.last(), code);
    }
}

#[test]
fn no_route_is_host_unreachable() {
    for method in METHODS {
        let mut lab = Lab::new();
        lab.service(Proto::Tcp, "rr");
        let far = end(Ipv4Addr::new(172, 31, 9, 9), 80);
        lab.apply(add(Proto::Tcp, far, method, 1)).unwrap();
        lab.local(Proto::Tcp, 200);
        let answer = lab.request(&tcp(client(1), vip(Proto::Tcp), SYN));
        let error = IcmpError::HostUnreachable;
        assert_eq!(answer.verdict, Verdict::Reject { error, about: whole(40), aged: false });
        assert_eq!(answer.last(), "ipvs.route.none");
    }
}

#[test]
fn a_local_real_server() {
    for method in METHODS {
        let here = |lab: &mut Lab| lab.fib.local.push(rs(11));
        let local = sent(method, |lab, _, packet| {
            here(lab);
            packet[8] = 1; // TTL and size do not matter here
            lab.fib.mtu.insert(rs(11), 20);
        });
        let redirected = sent(method, |lab, meta, _| {
            here(lab);
            meta.routed_local = false;
        });
        let translated = Rewrite { dst: Some(nat_rip()), ..Rewrite::default() };
        let empty = Rewrite::default();
        let refused = (Verdict::Drop, "ipvs.route.local-refused");
        let (here, elsewhere) = match method {
            Method::Nat => {
                let local = (Verdict::Local(translated, Track::Leave), "ipvs.nat.local");
                (local, local)
            }
            Method::FullNat => {
                let src = Some(end(lip(200), 1000));
                let translated = Rewrite { src, ..translated };
                let local = (Verdict::Local(translated, Track::Leave), "ipvs.fullnat.local");
                (local, local)
            }
            Method::Dr => ((Verdict::Accept(empty, Track::Leave), "ipvs.dr.local"), refused),
            _ => ((Verdict::Accept(empty, Track::Leave), "ipvs.tun.local"), refused),
        };
        assert_eq!((local.verdict, local.last()), here);
        assert_eq!((redirected.verdict, redirected.last()), elsewhere);
    }
}

#[test]
fn nat_to_a_loopback_address_only_from_here() {
    let loopback = end(Ipv4Addr::LOCALHOST, 8080);
    let (from_outside, from_here) = (Hook::LocalIn, Hook::LocalOut);
    for (hook, code) in [(from_outside, "ipvs.nat.to-loopback"), (from_here, "ipvs.nat.local")] {
        let mut lab = Lab::new();
        lab.service(Proto::Tcp, "rr");
        lab.apply(add(Proto::Tcp, loopback, Method::Nat, 1)).unwrap();
        let answer = lab.send(hook, &tcp(client(1), vip(Proto::Tcp), SYN));
        assert_eq!(answer.last(), code);
    }
}

#[test]
fn a_loopback_source_does_not_leave() {
    for method in METHODS {
        let answer = sent(method, |_, _, packet| packet[12] = 127);
        assert_eq!((answer.verdict, answer.last()), (Verdict::Drop, "ipvs.route.loopback-source"));
    }
}

#[test]
fn a_spent_ttl_is_told_with_the_ttl_that_came() {
    for method in METHODS {
        for (ttl, code) in [(0, "ipvs.ttl.spent"), (1, "ipvs.ttl.spent")] {
            let answer = sent(method, |_, _, packet| packet[8] = ttl);
            let error = IcmpError::TimeExceeded;
            assert_eq!(answer.verdict, Verdict::Reject { error, about: whole(40), aged: false });
            assert_eq!(answer.last(), code);
        }
        let answer = sent(method, |_, _, packet| packet[8] = 2);
        assert!(matches!(answer.verdict, Verdict::Forward { .. }));
    }
}

#[test]
fn too_big_and_not_to_be_fragmented_is_told_with_the_ttl_less_one() {
    let data = [0; 1400];
    #[rustfmt::skip]
    let rows = [
        // method,     route, DF,    what fits
        (Method::Nat,  1428,  true,  None),       // the datagram is 1428 bytes long
        (Method::Nat,  1427,  true,  Some(1427)),
        (Method::Nat,  1427,  false, None),
        (Method::FullNat, 1428, true, None),
        (Method::FullNat, 1427, true, Some(1427)),
        (Method::Dr,   1428,  true,  None),
        (Method::Dr,   1427,  true,  Some(1427)),
        (Method::Dr,   1427,  false, None),
        (Method::Tun,  1448,  true,  None),
        (Method::Tun,  1447,  true,  Some(1427)), // less the outer header
        (Method::Tun,  1447,  false, None),       // the outer packet is fragmented
    ];
    for (method, mtu, df, fits) in rows {
        let mut lab = Lab::serving(Proto::Udp, method);
        lab.fib.mtu.insert(rs(11), mtu);
        let mut packet = udp(client(1), vip(Proto::Udp), &data);
        packet[6] = if df { 0x40 } else { 0 };
        reseal(&mut packet);
        let answer = lab.request(&packet);
        match fits {
            Some(mtu) => {
                let error = IcmpError::FragNeeded { mtu };
                assert_eq!(
                    answer.verdict,
                    Verdict::Reject { error, about: whole(1428), aged: true }
                );
                assert_eq!(answer.last(), "ipvs.mtu.exceeded");
            }
            None => assert!(matches!(answer.verdict, Verdict::Forward { .. }), "{method:?} {mtu}"),
        }
    }
}

#[test]
fn a_tunnel_needs_68_bytes_inside_and_65535_outside() {
    let narrow = |mtu| sent(Method::Tun, move |lab, _, _| lab.fib.mtu.extend([(rs(11), mtu)]));
    assert_eq!(narrow(87).last(), "ipvs.tun.too-narrow");
    assert_eq!(narrow(10).last(), "ipvs.tun.too-narrow");
    assert_eq!(narrow(88).last(), "ipvs.tun.wrapped");

    let mut lab = Lab::serving(Proto::Udp, Method::Tun);
    let length = |bytes: usize| {
        let mut packet = udp(client(1), vip(Proto::Udp), &alloc::vec![0; bytes - 28]);
        packet[6] = 0;
        reseal(&mut packet);
        packet
    };
    assert_eq!(lab.request(&length(65_515)).last(), "ipvs.tun.wrapped");
    let answer = lab.request(&length(65_516));
    assert_eq!((answer.verdict, answer.last()), (Verdict::Drop, "ipvs.tun.too-long"));
}

#[test]
fn outer_ids_count_where_they_matter() {
    let mut lab = Lab::serving(Proto::Udp, Method::Tun);
    lab.engine.outer_id = u16::MAX - 1;
    let mut id = |df: bool| {
        let mut packet = udp(client(1), vip(Proto::Udp), b"");
        packet[6] = if df { 0x40 } else { 0 };
        reseal(&mut packet);
        match lab.request(&packet).verdict {
            Verdict::Forward { rewrite: Rewrite { outer: Some(outer), .. }, .. } => outer.id,
            other => panic!("{other:?}"),
        }
    };
    let first = id(false);
    assert_eq!(id(true), 0);
    assert_eq!((first, id(false)), (u16::MAX, 1)); // 0 would say that there is none
}

/// Only NAT and FULLNAT read the transport header; the entry is there from an earlier, whole packet.
#[test]
fn a_short_transport_header_stops_where_ports_change() {
    for (proto, short) in [(Proto::Tcp, 19), (Proto::Udp, 7)] {
        for method in METHODS {
            let mut lab = Lab::serving(proto, method);
            let _ = lab.request(&opening(proto, client(1), vip(proto)));
            let packet = opening(proto, client(1), vip(proto));
            let packet = ip(CIP, VIP, proto.number(), &packet[20..20 + short]);
            let answer = lab.request(&packet);
            match method {
                Method::Nat | Method::FullNat => assert_eq!(answer.last(), "ipvs.drop.truncated"),
                _ => assert!(matches!(answer.verdict, Verdict::Forward { .. })),
            }
            lab.fib.local.push(rs(11));
            let expected = if method.translates() { "ipvs.drop.truncated" } else { "local" };
            assert!(lab.request(&packet).last().ends_with(expected));
        }
    }
}

/// Requests made on the director itself are forwarded like those from outside.
#[test]
fn a_client_on_the_director() {
    for method in METHODS {
        let mut lab = Lab::serving(Proto::Tcp, method);
        let here = end(DIP, 5000);
        let answer = lab.send(Hook::LocalOut, &tcp(here, vip(Proto::Tcp), SYN));
        assert!(matches!(answer.verdict, Verdict::Forward { .. }));
        let answer = lab.send(Hook::LocalOut, &tcp(here, vip(Proto::Tcp), ACK));
        assert!(answer.noted("ipvs.conn.found"));
    }
}

/// An ICMP error of the client takes the same way, but is never too big.
#[test]
fn icmp_is_not_refused_for_its_size() {
    for method in METHODS {
        let mut lab = Lab::serving(Proto::Udp, method);
        let _ = lab.request(&udp(client(1), vip(Proto::Udp), b""));
        lab.fib.mtu.insert(rs(11), 100);
        let quoted = udp(vip(Proto::Udp), client(1), &[0; 200]);
        let answer = lab.request(&icmp((CIP, VIP), (3, 3), [0; 4], &quoted));
        assert!(matches!(answer.verdict, Verdict::Forward { .. }), "{answer:?}");
    }
}
