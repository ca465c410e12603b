//! Templates, marks, one-packet scheduling and thresholds, as tables.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::fixture::{
    ACK, FIN, Lab, SYN, VIP, client, edit, end, key, opening, rip, rs, serve, tcp, udp, vip,
};
use crate::{
    Change, DestConfig, Endpoint, Hook, Meta, Method, OriginId, Persistence, Proto, ServiceConfig,
    ServiceKey, Sysctl, Verdict,
};

const TCP: Proto = Proto::Tcp;
const UDP: Proto = Proto::Udp;

fn persistent(timeout_s: u32, mask: [u8; 4]) -> ServiceConfig<'static> {
    let persistence = Some(Persistence { timeout_s, mask: mask.into() });
    ServiceConfig { persistence, ..ServiceConfig::new("rr") }
}

fn port(proto: Proto, port: u16) -> ServiceKey {
    ServiceKey::Port { proto, vip: end(VIP, port) }
}

/// A service with real servers 11, 12 and 13 at this port.
fn lab(service: ServiceKey, config: ServiceConfig<'_>, rport: u16, method: Method) -> Lab {
    let mut lab = Lab::new();
    lab.apply(serve(service, config)).unwrap();
    for last in [11, 12, 13] {
        let (rip, config) = (end(rs(last), rport), DestConfig::new(method, 1));
        lab.apply(Change::AddDest { service, rip, config, origin: OriginId(2) }).unwrap();
    }
    lab
}

/// Where a new connection goes; 0 is nowhere.
fn pick(lab: &mut Lab, proto: Proto, mark: u32, src: Endpoint, dst: Endpoint) -> u8 {
    let meta = Meta { mark, ..Meta::at(Hook::LocalIn) };
    match lab.send_as(meta, &opening(proto, src, dst)).verdict {
        Verdict::Forward { path, .. } => path.octets()[3],
        _ => 0,
    }
}

/// The templates as `ipvsadm -Lnc` shows them, without their times.
fn templates(lab: &Lab) -> Vec<String> {
    let all = lab.engine.conns().filter(|conn| conn.flags.template);
    all.map(|conn| {
        format!("{} {} {} {} {}", conn.proto, conn.state, conn.client, conn.vip, conn.rip)
    })
    .collect()
}

/// What a template is found by, and which port the connection gets. Linux 6.1 ip_vs_core.c
/// ip_vs_sched_persist; the packets come from 10.0.0.2:1000.
#[test]
#[rustfmt::skip]
fn keys_of_templates() {
    let (one, net) = ([255; 4], [255, 255, 255, 0]);
    for (service, proto, to, rport, mask, template, server_port) in [
        (port(TCP, 80),       TCP, 80,   8080, one, "TCP NONE 10.0.0.2:0 10.0.0.100:80 10.1.0.13:8080", 8080),
        (port(TCP, 80),       TCP, 80,   8080, net, "TCP NONE 10.0.0.0:0 10.0.0.100:80 10.1.0.13:8080", 8080),
        (port(UDP, 53),       UDP, 53,   0,    one, "UDP NONE 10.0.0.2:0 10.0.0.100:53 10.1.0.13:0",      53),
        (port(TCP, 0),        TCP, 80,   0,    one, "TCP NONE 10.0.0.2:0 10.0.0.100:0 10.1.0.13:0",       80),
        (port(TCP, 21),       TCP, 21,   21,   one, "TCP NONE 10.0.0.2:0 10.0.0.100:0 10.1.0.13:0",       21),
        (port(TCP, 21),       TCP, 5000, 21,   one, "TCP NONE 10.0.0.2:0 10.0.0.100:0 10.1.0.13:0",     5000),
        (ServiceKey::Mark(5), TCP, 70,   8888, one, "IP NONE 10.0.0.2:0 0.0.0.5:0 10.1.0.13:0",           70),
        (ServiceKey::Mark(5), UDP, 70,   0,    net, "IP NONE 10.0.0.0:0 0.0.0.5:0 10.1.0.13:0",           70),
    ] {
        let mut lab = lab(service, persistent(300, mask), rport, Method::Nat);
        assert_eq!(pick(&mut lab, proto, 5, client(1000), end(VIP, to)), 13, "{service:?} {to}");
        assert_eq!(templates(&lab), [template], "{service:?} {to}");
        let conn = lab.engine.conns().find(|conn| !conn.flags.template).unwrap();
        assert_eq!(conn.rip.port, server_port, "{service:?} {to}");
        let dest = lab.engine.dest(conn.dest).unwrap();
        assert_eq!((dest.persistent(), dest.active() + dest.inactive()), (1, 1));
    }
}

/// Who goes where: (client, port of the VIP, real server), in order.
#[test]
#[rustfmt::skip]
fn clients_stay_where_they_were() {
    let go = |service, mask, rows: &[([u8; 4], u16, u8)]| {
        let mut lab = lab(service, persistent(300, mask), 0, Method::Dr);
        for (nth, (addr, to, want)) in (1000..).zip(rows) {
            let src = Endpoint::new((*addr).into(), nth);
            assert_eq!(pick(&mut lab, TCP, 5, src, end(VIP, *to)), *want, "{service:?} {nth}");
        }
    };
    let (a, b, c) = ([10, 0, 0, 2], [10, 0, 0, 3], [10, 0, 1, 2]);
    let (one, net) = ([255; 4], [255, 255, 255, 0]);
    go(port(TCP, 80), one, &[(a, 80, 13), (a, 80, 13), (b, 80, 12), (a, 80, 13), (c, 80, 11), (b, 80, 12)]);
    go(port(TCP, 80), net, &[(a, 80, 13), (b, 80, 13), (c, 80, 12), (b, 80, 13)]);
    go(port(TCP, 0),  one, &[(a, 80, 13), (a, 443, 13), (b, 443, 12), (b, 80, 12)]);
    go(ServiceKey::Mark(5), one, &[(a, 80, 13), (a, 443, 13), (b, 443, 12)]);
}

/// Marks come before addresses; the packets that have another mark, or none, find no such service.
#[test]
fn a_mark_comes_before_an_address() {
    let mut lab = lab(ServiceKey::Mark(7), ServiceConfig::new("rr"), 8080, Method::Nat);
    lab.service(TCP, "rr");
    lab.dest(TCP, 21, Method::Dr, 1);
    let other = end([203, 0, 113, 9].into(), 443);
    let mut nth = 1000;
    let mut go = |mark, dst| {
        nth += 1;
        pick(&mut lab, TCP, mark, client(nth), dst)
    };
    assert_eq!(go(7, vip(TCP)), 13);
    assert_eq!(go(7, other), 12);
    assert_eq!(go(7, end(other.addr, 0)), 11);
    assert_eq!(go(0, vip(TCP)), 21);
    assert_eq!(go(6, vip(TCP)), 21);
    assert_eq!(go(6, other), 0);
    let conn = lab.engine.conns().nth(1).unwrap();
    assert_eq!((conn.vip, conn.rip), (other, end(rs(12), 8080))); // the real server's port is used
}

#[test]
fn a_mark_without_destination_is_refused_in_the_packets_own_name() {
    let mut lab = Lab::new();
    lab.apply(serve(ServiceKey::Mark(7), ServiceConfig::new("rr"))).unwrap();
    let meta = Meta { mark: 7, ..Meta::at(Hook::LocalIn) };
    let answer = lab.send_as(meta, &tcp(client(1), end(VIP, 81), SYN));
    assert_eq!(answer.codes(), ["ipvs.service.mark", "ipvs.read", "ipvs.dest.none"]);
}

/// No service is at these ports, but FTP's: its data may go there. Without persistence it cannot.
#[test]
fn ftp_takes_the_ports_of_its_data() {
    let mut kept = lab(port(TCP, 21), persistent(300, [255; 4]), 21, Method::Dr);
    let mut plain = lab(port(TCP, 21), ServiceConfig::new("rr"), 21, Method::Dr);
    for (to, with, without) in [
        (21, "ipvs.dr.direct", "ipvs.dr.direct"),
        (20, "ipvs.dr.direct", "ipvs.accept.no-ftp"),
        (1023, "ipvs.service.none", "ipvs.service.none"),
        (1024, "ipvs.dr.direct", "ipvs.accept.no-ftp"),
    ] {
        let syn = tcp(client(1000), end(VIP, to), SYN);
        assert_eq!(
            (kept.request(&syn).last(), plain.request(&syn).last()),
            (with, without),
            "{to}"
        );
    }
}

/// A template's seconds begin again with each connection, not with each packet.
#[test]
fn a_template_ends_after_its_time() {
    let mut lab = lab(port(UDP, 53), persistent(100, [255; 4]), 0, Method::Dr);
    lab.apply(Change::SetTimeouts { tcp: 0, tcpfin: 0, udp: 10, origin: OriginId(0) }).unwrap();
    let left = |lab: &Lab| {
        let mut all = lab.engine.conns().filter(|conn| conn.flags.template);
        all.next().map(|conn| (conn.expires_at - lab.now).as_secs())
    };
    let src = client(1000);
    assert_eq!(pick(&mut lab, UDP, 0, src, vip(UDP)), 13);
    assert_eq!(left(&lab), Some(100));
    lab.wait(5);
    assert_eq!(pick(&mut lab, UDP, 0, src, vip(UDP)), 13); // the same connection
    assert_eq!(left(&lab), Some(95));
    assert_eq!(pick(&mut lab, UDP, 0, client(1001), vip(UDP)), 13); // another one
    assert_eq!(left(&lab), Some(100));
    lab.wait(99);
    assert_eq!(left(&lab), Some(1));
    lab.wait(10);
    assert_eq!(left(&lab), None);
    assert_eq!(pick(&mut lab, UDP, 0, src, vip(UDP)), 12); // a stranger again
}

/// While a connection lives its template does not end: a minute more, again and again, and from
/// then on a minute is all that it has.
#[test]
fn a_template_outlives_its_connections() {
    let mut lab = lab(port(TCP, 80), persistent(5, [255; 4]), 0, Method::Dr);
    assert_eq!(pick(&mut lab, TCP, 0, client(1000), vip(TCP)), 13);
    let _ = lab.request(&tcp(client(1000), vip(TCP), ACK));
    assert_eq!(templates(&lab), ["TCP ASSURED 10.0.0.2:0 10.0.0.100:80 10.1.0.13:0"]);
    lab.wait(800);
    assert_eq!(templates(&lab).len(), 1);
    assert_eq!(pick(&mut lab, TCP, 0, client(1001), vip(TCP)), 13);
    let template = lab.engine.conns().find(|conn| conn.flags.template).unwrap();
    assert_eq!((template.expires_at - lab.now).as_secs(), 60);
    lab.wait(1200);
    assert_eq!(lab.engine.conns().count(), 0);
    assert_eq!(lab.dest_of(TCP, 13).persistent(), 0);
}

/// UDP is assured by the first reply, TCP when it is established.
#[test]
fn what_assures_a_template() {
    let state = |lab: &Lab| String::from(templates(lab)[0].split(' ').nth(1).unwrap());
    let mut lab_udp = lab(port(UDP, 53), persistent(300, [255; 4]), 0, Method::Nat);
    let _ = pick(&mut lab_udp, UDP, 0, client(1000), vip(UDP));
    let _ = lab_udp.request(&udp(client(1000), vip(UDP), b""));
    assert_eq!(state(&lab_udp), "NONE");
    let _ = lab_udp.send(Hook::Forward, &udp(end(rs(13), 53), client(1000), b""));
    assert_eq!(state(&lab_udp), "ASSURED");
    let mut lab_tcp = lab(port(TCP, 80), persistent(300, [255; 4]), 0, Method::Dr);
    for (flags, want) in [(SYN, "NONE"), (SYN, "NONE"), (ACK, "ASSURED"), (FIN | ACK, "ASSURED")] {
        let _ = lab_tcp.request(&tcp(client(1000), vip(TCP), flags));
        assert_eq!(state(&lab_tcp), want);
    }
}

/// What happens, how, and where the client's next connection goes.
type Row = (&'static str, fn(&mut Lab), u8);

/// Weight 0 ends persistence only where it is said to; a deleted destination always does.
#[test]
fn what_ends_a_template() {
    #[rustfmt::skip]
    let rows: [Row; 5] = [
        ("nothing",            |_| (),                                             13),
        ("weight 0",           |lab| lab.edit(TCP, 13, Method::Dr, 0),             13),
        ("quiescent",          |lab| {
            lab.sysctl(Sysctl::ExpireQuiescentTemplate, 1);
            lab.edit(TCP, 13, Method::Dr, 0);
        },                                                                         12),
        ("deleted",            |lab| lab.delete(TCP, 13, Method::Dr),              12),
        ("deleted and back",   |lab| {
            lab.delete(TCP, 13, Method::Dr);
            lab.dest(TCP, 13, Method::Dr, 1);
        },                                                                         13),
    ];
    for (what, change, want) in rows {
        let mut lab = lab(port(TCP, 80), persistent(300, [255; 4]), 80, Method::Dr);
        assert_eq!(pick(&mut lab, TCP, 0, client(1000), vip(TCP)), 13);
        change(&mut lab);
        assert_eq!(pick(&mut lab, TCP, 0, client(1001), vip(TCP)), want, "{what}");
        let left = templates(&lab);
        assert_eq!(left.len(), if want == 13 { 1 } else { 2 }, "{what}");
        if want != 13 {
            assert!(left[0].ends_with("10.0.0.2:0 10.0.0.100:65535 10.1.0.13:65535"), "{left:?}");
        }
    }
}

/// A persistent client's SYN from an old port goes on with the old entry.
#[test]
fn a_persistent_clients_port_is_not_scheduled_anew() {
    for (config, want) in [
        (persistent(300, [255; 4]), "ipvs.conn.found"),
        (ServiceConfig::new("rr"), "ipvs.conn.reused"),
    ] {
        let mut lab = lab(port(TCP, 80), config, 0, Method::Dr);
        for flags in [SYN, ACK, FIN | ACK] {
            let _ = lab.request(&tcp(client(1000), vip(TCP), flags));
        }
        lab.sysctl(Sysctl::ConnReuseMode, 2);
        let answer = lab.request(&tcp(client(1000), vip(TCP), SYN));
        assert!(answer.noted(want), "{:?}", answer.codes());
    }
}

/// With `expire_nodest_conn` a deleted destination's connections end, and with the last of them a
/// template that was never assured.
#[test]
fn the_sweep_takes_templates_that_were_never_assured() {
    for (flags, left) in [(SYN, 0), (ACK, 1)] {
        let mut lab = lab(port(TCP, 80), persistent(300, [255; 4]), 80, Method::Dr);
        lab.sysctl(Sysctl::ExpireNodestConn, 1);
        let _ = lab.request(&tcp(client(1000), vip(TCP), SYN));
        let _ = lab.request(&tcp(client(1000), vip(TCP), flags));
        lab.delete(TCP, 13, Method::Dr);
        lab.wait(1);
        assert_eq!(lab.engine.conns().count(), left);
        assert_eq!(templates(&lab).len(), left);
    }
}

/// Each datagram by itself; nothing is left in the table. Replies under NAT keep the RIP.
#[test]
fn one_packet_scheduling() {
    let config = ServiceConfig { one_packet: true, ..ServiceConfig::new("rr") };
    let mut lab = lab(port(UDP, 53), config, 53, Method::Nat);
    let src = client(1000);
    let picks: Vec<u8> = (0..4).map(|_| pick(&mut lab, UDP, 0, src, vip(UDP))).collect();
    assert_eq!(picks, [13, 12, 11, 13]);
    assert_eq!(lab.engine.conns().count(), 0);
    assert_eq!(lab.engine.poll_timeout(), None);
    let stats = lab.engine.total().live();
    assert_eq!((stats.conns, stats.inpkts, stats.inbytes), (4, 4, 4 * 33));
    assert_eq!(lab.counts(UDP, 13), (0, 0));
    let reply = udp(end(rs(13), 53), src, b"");
    assert_eq!(lab.send(Hook::Forward, &reply).last(), "ipvs.reply.none");
    let answer = lab.request(&udp(src, vip(UDP), b""));
    assert!(answer.noted("ipvs.conn.one-packet") && !answer.noted("ipvs.conn.new"));
    // TCP of a marked service is not concerned; with persistence the client stays.
    let persistence = Some(Persistence { timeout_s: 60, mask: [255; 4].into() });
    let config = ServiceConfig { persistence, ..config };
    lab = self::lab(ServiceKey::Mark(1), config, 0, Method::Dr);
    assert_eq!((0..3).map(|_| pick(&mut lab, UDP, 1, src, vip(UDP))).sum::<u8>(), 3 * 13);
    assert_eq!(lab.engine.conns().count(), 1);
    assert_eq!(pick(&mut lab, TCP, 1, src, vip(TCP)), 13);
    assert_eq!(lab.engine.conns().count(), 2);
}

/// The events at which overload begins and ends: (thresholds, what happens, overloaded after it).
/// `+` a new connection, `-` one ends.
#[test]
#[rustfmt::skip]
fn overload_begins_and_ends() {
    for (upper, lower, events, want) in [
        (2, 0, "++--",       "-X--"),     // 1*4 < 2*3
        (4, 0, "++++--",     "---XX-"),   // 3*4 < 4*3 is not, 2*4 is
        (4, 1, "++++----",   "---XXXX-"),
        (4, 4, "++++-+",     "---X-X"),
        (1, 0, "+-",         "X-"),
        (0, 0, "++-",        "---"),
    ] {
        let mut lab = Lab::serving(TCP, Method::Dr);
        lab.service(UDP, "rr");
        lab.dest(UDP, 12, Method::Dr, 1);
        let config = DestConfig { upper, lower, ..DestConfig::new(Method::Dr, 1) };
        lab.apply(edit(UDP, rip(UDP, 12, Method::Dr), config)).unwrap();
        let (mut next, mut first) = (1000, 1000);
        let mut seen = String::new();
        for event in events.chars() {
            match event {
                '+' => {
                    let _ = lab.request(&udp(client(next), vip(UDP), b""));
                    next += 1;
                }
                _ => {
                    let flow = crate::Flow { proto: UDP, src: client(first), dst: vip(UDP) };
                    let id = lab.engine.table.find(&flow, crate::Way::Request).unwrap();
                    lab.engine.table.expire_now(id, lab.now);
                    lab.engine.handle_timeout(lab.now, &mut ());
                    first += 1;
                }
            }
            seen.push(if lab.dest_of(UDP, 12).is_overloaded() { 'X' } else { '-' });
        }
        assert_eq!(seen, want, "-x {upper} -y {lower}: {events}");
    }
}

/// `-e` ends overload where the upper threshold is raised or taken away, and begins none.
#[test]
fn editing_thresholds() {
    for (upper, want) in [(0, false), (3, false), (2, true), (1, true)] {
        let mut lab = Lab::serving(TCP, Method::Dr);
        let at = |upper| {
            edit(
                TCP,
                rip(TCP, 11, Method::Dr),
                DestConfig { upper, ..DestConfig::new(Method::Dr, 1) },
            )
        };
        lab.apply(at(2)).unwrap();
        assert_eq!(
            [lab.open(TCP, 1000), lab.open(TCP, 1001), lab.open(TCP, 1002)],
            [Some(11), Some(11), None]
        );
        lab.apply(at(upper)).unwrap();
        assert_eq!(lab.dest_of(TCP, 11).is_overloaded(), want, "-x {upper}");
    }
    // Two connections, then a threshold below: the next connection is taken, and is the last.
    let mut lab = Lab::serving(TCP, Method::Dr);
    assert_eq!([lab.open(TCP, 1000), lab.open(TCP, 1001)], [Some(11); 2]);
    let config = DestConfig { upper: 1, ..DestConfig::new(Method::Dr, 1) };
    lab.apply(edit(TCP, rip(TCP, 11, Method::Dr), config)).unwrap();
    assert_eq!([lab.open(TCP, 1002), lab.open(TCP, 1003)], [Some(11), None]);
    // Deleted and added again it is what it was, with the thresholds of now.
    lab.delete(TCP, 11, Method::Dr);
    lab.apply(Change::AddDest {
        service: key(TCP),
        rip: rip(TCP, 11, Method::Dr),
        config,
        origin: OriginId(0),
    })
    .unwrap();
    assert!(lab.dest_of(TCP, 11).is_overloaded());
}
