//! Which local address and port a connection gets, and each way back.

use alloc::vec::Vec;

use crate::fixture::{
    ACK, CIP, DIP, FIN, Lab, RST, SYN, VIP, checksums_are_right, client, end, icmp, key, lip,
    opening, reseal, rewritten, rip, rs, tcp, udp, vip,
};
use crate::{
    Change, Endpoint, Hook, IcmpError, LocalAddr, Method, OriginId, Persistence, Proto, Rewrite,
    ServiceConfig, Span, State, Track, Verdict, View,
};

const TCP: Proto = Proto::Tcp;
const FULL: Method = Method::FullNat;

/// The real server's address and port.
fn server(last: u8) -> Endpoint {
    rip(TCP, last, FULL)
}

/// A lab with one connection from client port 1000.
fn connected(proto: Proto) -> Lab {
    let mut lab = Lab::serving(proto, FULL);
    let _ = lab.request(&opening(proto, client(1000), vip(proto)));
    lab
}

fn locals(lab: &Lab) -> Vec<(u8, u32, u64)> {
    let all = lab.engine.local_addrs(lab.service_of(TCP));
    all.map(|LocalAddr { addr, conns, conflicts, .. }| (addr.octets()[3], conns, conflicts))
        .collect()
}

/// Who the real server sees, for a client at this address and port.
fn seen(lab: &mut Lab, src: Endpoint) -> Option<Endpoint> {
    match lab.request(&tcp(src, vip(TCP), SYN)).verdict {
        Verdict::Forward { rewrite, .. } => rewrite.src,
        _ => None,
    }
}

#[test]
fn the_port_stays_or_is_the_next_of_its_class() {
    #[rustfmt::skip]
    let rows: [(&[u16], u16, u16); 10] = [
        // taken            client  local port
        (&[],                40000,  40000),
        (&[40000],           40000,  40001),
        (&[40000, 40001],    40000,  40002),
        (&[65535],           65535,  1024),
        (&[512],             512,    513),
        (&[1023],            1023,   512),
        (&[1],               1,      2),
        (&[511],             511,    1),
        (&[511, 1],          511,    2),
        (&[0],               0,      1),     // never picked for another
    ];
    for (taken, own, want) in rows {
        let mut lab = Lab::serving(TCP, FULL);
        for port in taken {
            let other = end([10, 0, 0, 9].into(), *port);
            assert_eq!(seen(&mut lab, other), Some(end(lip(200), *port)), "{taken:?}");
        }
        assert_eq!(seen(&mut lab, client(own)), Some(end(lip(200), want)), "{taken:?} {own}");
        let conflicts = taken.iter().filter(|_| own != want).count() as u64;
        assert_eq!(locals(&lab), [(200, 1 + taken.len() as u32, conflicts)]);
    }
}

/// The same port at the same local address may be used towards each real server, each of its ports
/// and each protocol.
#[test]
fn a_port_is_taken_towards_one_server_only() {
    let mut lab = Lab::serving(TCP, FULL);
    lab.dest(TCP, 12, FULL, 1);
    let others = [end([10, 0, 0, 8].into(), 7000), end([10, 0, 0, 9].into(), 7000)];
    let ports = [others[0], others[1], client(7000)].map(|src| seen(&mut lab, src).unwrap().port);
    assert_eq!(ports, [7000, 7000, 7001]);
    lab.service(Proto::Udp, "rr");
    lab.local(Proto::Udp, 200);
    lab.apply(crate::fixture::add(Proto::Udp, server(11), FULL, 1)).unwrap();
    let answer = lab.request(&udp(client(7000), vip(Proto::Udp), b""));
    assert!(!answer.noted("ipvs.fullnat.port-taken"));
}

/// One address is tried for a connection, as alibaba/LVS does: another might have had room.
#[test]
fn an_exhausted_address_refuses_though_the_next_has_room() {
    let mut lab = Lab::serving(TCP, FULL);
    // Port 20 is FTP's: its own client is never served, but another's port may become it.
    for port in (1..=511).map(|port| if port == 20 { 19 } else { port }) {
        let other = if port == 19 { lab.engine.conns().count() as u8 } else { 0 };
        assert!(seen(&mut lab, end([10, 0, 1, other].into(), port)).is_some());
    }
    lab.local(TCP, 201);
    let answer = lab.request(&tcp(client(512), vip(TCP), SYN));
    assert!(matches!(answer.verdict, Verdict::Forward { .. })); // the next class, at 201
    let answer = lab.request(&tcp(client(300), vip(TCP), SYN));
    let error = IcmpError::PortUnreachable;
    let about = Span { start: 0, len: 40 };
    assert_eq!(answer.verdict, Verdict::Reject { error, about, aged: false });
    assert_eq!(answer.last(), "ipvs.fullnat.no-port");
    assert_eq!(locals(&lab), [(200, 511, 1 + 511), (201, 1, 0)]);
    assert!(matches!(
        lab.request(&tcp(client(300), vip(TCP), SYN)).verdict,
        Verdict::Forward { .. } // it was 201's turn
    ));
}

#[test]
fn without_an_address_nobody_can_ask() {
    let mut lab = Lab::new();
    lab.service(TCP, "rr");
    lab.dest(TCP, 11, FULL, 1);
    let answer = lab.request(&tcp(client(1), vip(TCP), SYN));
    assert!(matches!(answer.verdict, Verdict::Reject { error: IcmpError::PortUnreachable, .. }));
    assert_eq!((answer.last(), lab.engine.conns().count()), ("ipvs.fullnat.no-address", 0));
    assert_eq!(lab.counts(TCP, 11), (0, 0));
}

#[test]
fn both_ways_of_a_connection() {
    let mut lab = Lab::serving(TCP, FULL);
    let (c, l, r, v) = (client(1000), end(lip(200), 1000), server(11), vip(TCP));
    let age = Rewrite { age: true, ..Rewrite::default() };
    let there = Rewrite { src: Some(l), dst: Some(r), ..age };
    let back = Rewrite { src: Some(v), dst: Some(c), ..age };
    let track = Track::Leave;
    #[rustfmt::skip]
    let rows = [
        (tcp(c, v, SYN),       Verdict::Forward { path: r.addr, rewrite: there, track }, State::SynRecv),
        (tcp(r, l, SYN | ACK), Verdict::Forward { path: c.addr, rewrite: back, track },  State::SynRecv),
        (tcp(c, v, ACK),       Verdict::Forward { path: r.addr, rewrite: there, track }, State::Established),
        (tcp(r, l, FIN | ACK), Verdict::Forward { path: c.addr, rewrite: back, track },  State::FinWait),
        (tcp(c, v, FIN | ACK), Verdict::Forward { path: r.addr, rewrite: there, track }, State::TimeWait),
        (tcp(r, l, ACK),       Verdict::Forward { path: c.addr, rewrite: back, track },  State::TimeWait),
    ];
    for (packet, verdict, state) in rows {
        assert_eq!(lab.request(&packet).verdict, verdict);
        assert_eq!(lab.conn().state, state);
    }
    assert_eq!(lab.engine.total().live().outpkts, 3);
    lab.wait(150);
    assert_eq!(locals(&lab), [(200, 0, 0)]);
}

/// Whatever the reply meets, in the order of the questions.
#[test]
fn each_way_back() {
    let reply = tcp(server(11), end(lip(200), 1000), SYN | ACK);
    let plain = Rewrite { src: Some(vip(TCP)), dst: Some(client(1000)), ..Rewrite::default() };
    let aged = Rewrite { age: true, ..plain };
    let forward = |rewrite| Verdict::Forward { path: CIP, rewrite, track: Track::Leave };
    let reject = |error, aged| Verdict::Reject { error, about: Span { start: 0, len: 40 }, aged };
    let told = IcmpError::FragNeeded { mtu: 39 };
    let nothing = |_: &mut Lab, _: &mut Vec<u8>| ();
    let spent = |_: &mut Lab, packet: &mut Vec<u8>| packet[8] = 1;
    let narrow = |lab: &mut Lab, _: &mut Vec<u8>| {
        lab.fib.mtu.insert(CIP, 39);
    };
    let cut = |lab: &mut Lab, packet: &mut Vec<u8>| {
        lab.fib.mtu.insert(CIP, 39);
        packet[6] = 0;
    };
    let here = |lab: &mut Lab, packet: &mut Vec<u8>| {
        lab.fib.local.push(CIP);
        packet[8] = 1;
    };
    type Change<'a> = &'a dyn Fn(&mut Lab, &mut Vec<u8>);
    #[rustfmt::skip]
    let rows: [(Hook, Change<'_>, _, &str); 9] = [
        (Hook::LocalIn,  &nothing, forward(aged),                             "ipvs.fullnat.reply"),
        (Hook::LocalIn,  &spent,   reject(IcmpError::TimeExceeded, false),    "ipvs.ttl.spent"),
        (Hook::LocalIn,  &narrow,  reject(told, true),                        "ipvs.fullnat.reply-too-big"),
        (Hook::LocalIn,  &cut,     forward(aged),                             "ipvs.fullnat.reply"),
        (Hook::LocalIn,  &here,    Verdict::Accept(plain, Track::Leave),      "ipvs.fullnat.reply-here"),
        (Hook::LocalOut, &nothing, forward(plain),                            "ipvs.fullnat.reply"),
        (Hook::LocalOut, &spent,   forward(plain),                            "ipvs.fullnat.reply"),
        (Hook::LocalOut, &here,    Verdict::Accept(plain, Track::Leave),      "ipvs.fullnat.reply-here"),
        (Hook::Forward,  &narrow,  Verdict::Reroute(plain, Track::Leave),     "ipvs.fullnat.reply-passing"),
    ];
    for (hook, change, verdict, code) in rows {
        let (mut lab, mut packet) = (connected(TCP), reply.clone());
        change(&mut lab, &mut packet);
        reseal(&mut packet);
        let answer = lab.send(hook, &packet);
        assert_eq!((answer.verdict, answer.last()), (verdict, code), "{hook:?}");
    }
    let far = end([172, 31, 0, 1].into(), 5);
    let mut lab = Lab::serving(TCP, FULL);
    let _ = lab.request(&tcp(far, vip(TCP), SYN));
    let answer = lab.request(&tcp(server(11), end(lip(200), 5), SYN | ACK));
    let unreachable = reject(IcmpError::HostUnreachable, false);
    assert_eq!((answer.verdict, answer.last()), (unreachable, "ipvs.fullnat.no-route"));
}

/// A real server that asks its own VIP is answered by itself, through the director.
#[test]
fn a_server_asks_its_own_service() {
    let mut lab = Lab::serving(TCP, FULL);
    let asks = end(rs(11), 5000);
    assert_eq!(seen(&mut lab, asks), Some(end(lip(200), 5000)));
    let answer = lab.request(&tcp(server(11), end(lip(200), 5000), SYN | ACK));
    let Verdict::Forward { path, rewrite, .. } = answer.verdict else { panic!("{answer:?}") };
    assert_eq!((path, rewrite.src, rewrite.dst), (rs(11), Some(vip(TCP)), Some(asks)));
}

#[test]
fn errors_both_ways_with_their_quotes() {
    for proto in [Proto::Tcp, Proto::Udp] {
        let (c, l, v, r) = (client(1000), end(lip(200), 1000), vip(proto), rip(proto, 11, FULL));
        let router = DIP;
        // The client's side complains about a reply, the server's side about a request.
        #[rustfmt::skip]
        let rows = [
            (icmp((router, VIP), (3, 4), [0, 0, 5, 0], &opening(proto, v, c)),    (l, r), "ipvs.icmp.request"),
            (icmp((router, l.addr), (3, 3), [0; 4], &opening(proto, l, r)),       (v, c), "ipvs.fullnat.error"),
        ];
        for (packet, (src, dst), code) in rows {
            let mut lab = connected(proto);
            let before = lab.conn();
            let answer = lab.request(&packet);
            assert_eq!(answer.last(), code);
            let Verdict::Forward { path, rewrite, .. } = answer.verdict else { panic!() };
            let after = rewritten(&packet, rewrite);
            let view = View::new(&after).unwrap();
            assert!(checksums_are_right(&after));
            assert_eq!(
                (path, view.src(), view.dst(), view.ttl()),
                (dst.addr, src.addr, dst.addr, 63)
            );
            let quoted = View::new_cut(&after[28..]).unwrap();
            assert_eq!(crate::checksum::of(&quoted.bytes()[..20]), 0);
            let flow = crate::Flow::of(proto, &quoted).unwrap();
            assert_eq!((flow.src, flow.dst), (dst, src)); // what was quoted went the other way
            assert_eq!(
                (lab.conn().state, lab.conn().expires_at),
                (before.state, before.expires_at)
            );
        }
        let mut lab = connected(proto);
        lab.fib.local.push(CIP);
        let error = icmp((rs(11), l.addr), (3, 3), [0; 4], &opening(proto, l, r));
        assert_eq!(lab.request(&error).last(), "ipvs.icmp.reply-here");
        assert_eq!(lab.send(Hook::Forward, &error).last(), "ipvs.icmp.reply");
        lab.fib.local.push(rs(11));
        let error = icmp((DIP, VIP), (3, 3), [0; 4], &opening(proto, v, c));
        assert_eq!(lab.request(&error).last(), "ipvs.icmp.local");
    }
}

#[test]
fn a_udp_checksum_of_zero_stays_zero() {
    let mut packet = udp(client(1000), vip(Proto::Udp), b"hello");
    packet[26..28].fill(0);
    let mut lab = Lab::serving(Proto::Udp, FULL);
    let Verdict::Forward { rewrite, .. } = lab.request(&packet).verdict else { panic!() };
    assert_eq!(rewritten(&packet, rewrite)[26..28], [0, 0]);
}

#[test]
fn a_deleted_address_keeps_its_connections() {
    let mut lab = connected(TCP);
    lab.delete(TCP, 11, FULL);
    assert_eq!(locals(&lab), [(200, 1, 0)]);
    lab.dest(TCP, 11, FULL, 1);
    lab.local(TCP, 201);
    lab.apply(Change::DeleteLocal { service: key(TCP), addr: lip(200) }).unwrap();
    let reply = tcp(server(11), end(lip(200), 1000), SYN | ACK);
    assert_eq!(lab.request(&reply).last(), "ipvs.fullnat.reply");
    assert_eq!(locals(&lab), [(201, 0, 0)]);
    assert_eq!(seen(&mut lab, client(1001)), Some(end(lip(201), 1001)));
}

/// The port of a connection that a new SYN has ended is free at once.
#[test]
fn an_old_port_used_again() {
    let mut lab = connected(TCP);
    let l = end(lip(200), 1000);
    for flags in [ACK, RST] {
        let _ = lab.request(&tcp(client(1000), vip(TCP), flags));
    }
    assert_eq!(lab.conn().state, State::Close);
    assert_eq!(seen(&mut lab, client(1000)), Some(l));
}

#[test]
fn a_persistent_client_gets_an_address_for_each_connection() {
    let mut lab = Lab::new();
    let persistence = Some(Persistence { timeout_s: 300, mask: [255; 4].into() });
    let config = ServiceConfig { persistence, ..ServiceConfig::new("rr") };
    let add = Change::AddService { service: key(TCP), config, origin: OriginId(1) };
    lab.apply(add).unwrap();
    [11, 12].into_iter().for_each(|last| lab.dest(TCP, last, FULL, 1));
    [200, 201].into_iter().for_each(|last| lab.local(TCP, last));
    for (last, port) in [(200, 5000), (201, 5001), (200, 5002)] {
        let src = client(port);
        assert_eq!(seen(&mut lab, src), Some(end(lip(last), src.port)));
    }
    // The template took none, and all went to one server.
    let rips: Vec<_> = lab.engine.conns().map(|conn| conn.rip).collect();
    assert!(rips.iter().all(|rip| *rip == rips[0]), "{rips:?}");
    assert_eq!(locals(&lab), [(200, 2, 0), (201, 1, 0)]);
}
