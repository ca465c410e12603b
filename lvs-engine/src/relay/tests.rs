//! Each case of an ICMP error: in, out, and about our own tunnels.

use core::net::Ipv4Addr;

use alloc::vec::Vec;

use crate::engine::unchanged;
use crate::fixture::{ACK, FIN, SYN};
use crate::fixture::{
    Answer, CIP, DIP, Lab, VIP, client, end, icmp, ip, opening, reseal, rip, rs, serve, tcp, udp,
    vip,
};
use crate::{
    Change, DestConfig, Hook, IcmpError, Meta, Method, OriginId, Outcome, Proto, Rewrite,
    ServiceConfig, ServiceKey, Span, State, Sysctl, Track, Verdict,
};

const UNREACHABLE: (u8, u8) = (3, 3);
/// A router on the way.
const ROUTER: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 1);

/// A lab with one connection from client port 1.
fn connected(proto: Proto, method: Method) -> Lab {
    let mut lab = Lab::serving(proto, method);
    let _ = lab.request(&opening(proto, client(1), vip(proto)));
    lab
}

/// What the connection's real server, or the VIP, sent to the client: quoted by the client's side.
fn reply(proto: Proto) -> Vec<u8> {
    match proto {
        Proto::Tcp | Proto::Ip => tcp(vip(proto), client(1), SYN | ACK),
        Proto::Udp => udp(vip(proto), client(1), b"hello"),
    }
}

/// The request as the real server received it.
fn request(proto: Proto, method: Method) -> Vec<u8> {
    opening(
        proto,
        client(1),
        if method == Method::Nat { rip(proto, 11, method) } else { vip(proto) },
    )
}

#[test]
fn only_three_types_are_errors() {
    let mut lab = connected(Proto::Udp, Method::Nat);
    for (kind, code) in [
        (3, "ipvs.icmp.request"),
        (4, "ipvs.icmp.request"),
        (11, "ipvs.icmp.request"),
        (0, "ipvs.icmp.not-error"),
        (5, "ipvs.icmp.not-error"),
        (8, "ipvs.icmp.not-error"),
        (12, "ipvs.icmp.not-error"),
    ] {
        let packet = icmp((ROUTER, VIP), (kind, 0), [0; 4], &reply(Proto::Udp));
        assert_eq!(lab.request(&packet).last(), code, "type {kind}");
    }
}

#[test]
fn an_error_from_the_client_side_follows_the_connection() {
    for proto in [Proto::Tcp, Proto::Udp] {
        for (method, code) in [
            (Method::Nat, "ipvs.icmp.request"),
            (Method::Dr, "ipvs.dr.direct"),
            (Method::Tun, "ipvs.tun.wrapped"),
        ] {
            let mut lab = connected(proto, method);
            let before = lab.conn();
            lab.wait(1);
            let packet = icmp((ROUTER, VIP), UNREACHABLE, [0; 4], &reply(proto));
            let answer = lab.request(&packet);
            assert_eq!(answer.last(), code);
            let Verdict::Forward { rewrite, .. } = answer.verdict else { panic!("{answer:?}") };
            let nat = method == Method::Nat;
            assert_eq!(rewrite.quoted, nat.then_some(28));
            assert_eq!(rewrite.dst, nat.then_some(rip(proto, 11, method)));
            // It counts as a packet of the client, but moves neither state nor timer.
            assert_eq!(lab.dest_of(proto, 11).stats().live().inpkts, 2);
            let after = lab.conn();
            assert_eq!((after.state, after.expires_at), (before.state, before.expires_at));
            assert_eq!(after.in_pkts, if nat { 1 } else { 2 });
        }
    }
}

#[test]
fn an_error_for_a_local_real_server() {
    for (method, code) in [
        (Method::Nat, "ipvs.icmp.local"),
        (Method::Dr, "ipvs.dr.local"),
        (Method::Tun, "ipvs.tun.local"),
    ] {
        let mut lab = connected(Proto::Udp, method);
        lab.fib.local.push(rs(11));
        let packet = icmp((ROUTER, VIP), UNREACHABLE, [0; 4], &reply(Proto::Udp));
        assert_eq!(lab.request(&packet).last(), code);
        // Passing through, it is not redirected to this host.
        assert_eq!(lab.send(Hook::Forward, &packet).last(), "ipvs.route.local-refused");
    }
}

#[test]
fn an_error_of_the_real_server_leaves_in_the_vips_name() {
    for proto in [Proto::Tcp, Proto::Udp] {
        let mut lab = connected(proto, Method::Nat);
        let packet = icmp((rs(11), CIP), UNREACHABLE, [0; 4], &request(proto, Method::Nat));
        let answer = lab.send(Hook::Forward, &packet);
        let src = Some(vip(proto));
        let rewrite = Rewrite { src, quoted: Some(28), ..Rewrite::default() };
        assert_eq!(
            (answer.verdict, answer.last()),
            (Verdict::Reroute(rewrite, Track::Leave), "ipvs.icmp.reply")
        );
        assert_eq!(lab.dest_of(proto, 11).stats().live().outpkts, 1);
        let here = lab.send(Hook::LocalIn, &packet);
        assert_eq!(
            (here.verdict, here.last()),
            (Verdict::Accept(rewrite, Track::Leave), "ipvs.icmp.reply-here")
        );
    }
    for method in [Method::Dr, Method::Tun] {
        let mut lab = connected(Proto::Udp, method);
        let packet = icmp((rs(11), CIP), UNREACHABLE, [0; 4], &request(Proto::Udp, method));
        let answer = lab.send(Hook::Forward, &packet);
        assert_eq!(
            (answer.verdict, answer.last()),
            (Verdict::Accept(Rewrite::default(), Track::Leave), "ipvs.icmp.seen")
        );
        let live = lab.dest_of(Proto::Udp, 11).stats().live();
        assert_eq!((live.outpkts, live.outbytes), (1, packet.len() as u64)); // seen, so counted
    }
}

#[test]
fn an_error_about_nothing_we_know_is_accepted() {
    let unknown = udp(end(VIP, 53), client(2), b"");
    let quoted_ping = icmp((VIP, CIP), (8, 0), [0; 4], b"ping");
    let mut rest = reply(Proto::Udp);
    rest[7] = 9; // a later fragment has no ports
    #[rustfmt::skip]
    let rows: [(&[u8], &str); 6] = [
        (&unknown,                   "ipvs.icmp.no-conn"),
        (&quoted_ping,               "ipvs.icmp.unreadable"),
        (&rest,                      "ipvs.icmp.unreadable"),
        (&reply(Proto::Udp)[..23],   "ipvs.icmp.unreadable"),
        (&reply(Proto::Udp)[..19],   "ipvs.icmp.unreadable"),
        (&[],                        "ipvs.icmp.unreadable"),
    ];
    let mut lab = connected(Proto::Udp, Method::Nat);
    for (quoted, code) in rows {
        let answer = lab.request(&icmp((ROUTER, VIP), UNREACHABLE, [0; 4], quoted));
        assert_eq!((answer.verdict, answer.last()), (unchanged(), code));
    }
    let header_only = ip(ROUTER, VIP, 1, &[3, 3, 0, 0, 0, 0, 0]);
    assert_eq!(lab.request(&header_only).last(), "ipvs.icmp.truncated");
}

#[test]
fn a_wrong_checksum_is_dropped_before_it_could_be_hidden() {
    let wrong = |mut packet: Vec<u8>| {
        packet[22] ^= 1;
        packet
    };
    let mut lab = connected(Proto::Udp, Method::Nat);
    let inbound = wrong(icmp((ROUTER, VIP), UNREACHABLE, [0; 4], &reply(Proto::Udp)));
    assert_eq!(lab.request(&inbound).last(), "ipvs.icmp.checksum");
    let quoted = request(Proto::Udp, Method::Nat);
    let outbound = wrong(icmp((rs(11), CIP), UNREACHABLE, [0; 4], &quoted));
    assert_eq!(lab.send(Hook::Forward, &outbound).last(), "ipvs.icmp.checksum");
    assert_eq!(lab.engine.total().live().outpkts, 0);
}

/// One quote may fit two connections: a reply is asked for first, but a request where it passes.
#[test]
fn a_quote_that_fits_two_connections() {
    for (method, local_in) in
        [(Method::Nat, "ipvs.icmp.reply-here"), (Method::Dr, "ipvs.icmp.seen")]
    {
        let mut lab = Lab::serving(Proto::Udp, method);
        let vip = crate::fixture::vip(Proto::Udp);
        let server = if method == Method::Nat { rip(Proto::Udp, 11, method) } else { vip };
        let service = ServiceKey::Port { proto: Proto::Udp, vip: client(1) };
        lab.apply(serve(service, ServiceConfig::new("rr"))).unwrap();
        let (rip, config) = (end(rs(12), 5353), DestConfig::new(Method::Nat, 1));
        lab.apply(Change::AddDest { service, rip, config, origin: OriginId(0) }).unwrap();
        let _ = lab.request(&udp(server, client(1), b""));
        let _ = lab.request(&udp(client(1), vip, b""));

        let error = icmp((ROUTER, rs(11)), UNREACHABLE, [0; 4], &udp(client(1), server, b""));
        assert_eq!(lab.send(Hook::LocalIn, &error).last(), local_in);
        assert_eq!(lab.send(Hook::Forward, &error).last(), "ipvs.icmp.request");
    }
}

// --- Errors about our own tunnel packets ---

/// The connection's request inside our tunnel, at most `len` bytes of it.
fn tunnelled(df: bool, len: usize) -> Vec<u8> {
    let mut inner = udp(client(1), vip(Proto::Udp), &[0; 40]);
    (inner[6], inner[8]) = (if df { 0x40 } else { 0 }, 62);
    reseal(&mut inner);
    let mut outer = ip(DIP, rs(11), 4, &inner);
    outer.truncate(len);
    outer
}

fn tunnel_error(lab: &mut Lab, kind: (u8, u8), mtu: u16, quoted: &[u8]) -> Answer {
    let [high, low] = mtu.to_be_bytes();
    lab.request(&icmp((ROUTER, DIP), kind, [0, 0, high, low], quoted))
}

#[test]
fn an_error_about_our_tunnel_is_relayed_to_the_client() {
    for kind in [(3, 0), (3, 1), (3, 3), (11, 0)] {
        let mut lab = connected(Proto::Udp, Method::Tun);
        let answer = tunnel_error(&mut lab, kind, 0, &tunnelled(true, 548));
        // About the client's packet, as it is inside: behind 20 + 8 + 20 bytes.
        let about = Span { start: 48, len: 68 };
        let error = IcmpError::Relayed { kind: kind.0, code: kind.1 };
        assert_eq!(answer.verdict, Verdict::Reject { error, about, aged: false });
        assert_eq!(answer.last(), "ipvs.icmp.relayed");
        let live = lab.dest_of(Proto::Udp, 11).stats().live();
        assert_eq!((live.outpkts, live.outbytes, live.inpkts), (1, 68, 1));
    }
}

/// The first error tells the route as it was before it was learnt; the next packet meets the new
/// one.
#[test]
fn a_narrow_path_is_learnt_and_told() {
    let mut lab = connected(Proto::Udp, Method::Tun);
    let told = |answer: Answer| match answer.verdict {
        Verdict::Reject { error: IcmpError::FragNeeded { mtu }, .. } => mtu,
        other => panic!("{other:?}"),
    };
    let quoted = tunnelled(true, 548);
    let narrow = |lab: &mut Lab, mtu| told(tunnel_error(lab, (3, 4), mtu, &quoted));
    assert_eq!(narrow(&mut lab, 1300), 1480);
    assert_eq!(lab.fib.mtu[&rs(11)], 1300);
    assert_eq!(narrow(&mut lab, 1300), 1480); // still: no packet has asked for the route since
    let big = udp(client(1), vip(Proto::Udp), &[0; 1400]);
    assert_eq!(told(lab.request(&big)), 1280); // the director's own check
    // Once a narrow path was known, what is learnt is told at once.
    assert_eq!(narrow(&mut lab, 1000), 980);
    assert_eq!(narrow(&mut lab, 88), 88); // nothing useful would be left

    // After an edit nothing is remembered: the error's own value counts.
    let mut lab = connected(Proto::Udp, Method::Tun);
    lab.edit(Proto::Udp, 11, Method::Tun, 1);
    assert_eq!(narrow(&mut lab, 1300), 1280);
}

#[test]
fn a_client_that_allows_fragments_need_not_know() {
    let mut lab = connected(Proto::Udp, Method::Tun);
    let answer = tunnel_error(&mut lab, (3, 4), 1300, &tunnelled(false, 548));
    assert_eq!((answer.verdict, answer.last()), (Verdict::Drop, "ipvs.icmp.swallowed"));
    assert!(answer.noted("ipvs.tun.mtu-learned"));
    assert_eq!(lab.fib.mtu[&rs(11)], 1300);
    assert_eq!(lab.engine.total().live().outpkts, 0);
}

#[test]
fn an_error_about_another_tunnel_is_not_ours() {
    let quoted = tunnelled(true, 548);
    let error = icmp((ROUTER, DIP), UNREACHABLE, [0; 4], &quoted);
    let code = |lab: &mut Lab, meta: Meta, packet: &[u8]| lab.send_as(meta, packet).last();
    let here = Meta::at(Hook::LocalIn);

    let mut lab = connected(Proto::Udp, Method::Tun);
    assert_eq!(code(&mut lab, here, &error), "ipvs.icmp.relayed");
    let passing = Meta::at(Hook::Forward);
    assert_eq!(code(&mut lab, passing, &error), "ipvs.icmp.foreign-tunnel");
    let mut fragment = quoted.clone();
    fragment[7] = 1;
    let about_fragment = icmp((ROUTER, DIP), UNREACHABLE, [0; 4], &fragment);
    assert_eq!(code(&mut lab, here, &about_fragment), "ipvs.icmp.foreign-tunnel");
    let cut = icmp((ROUTER, DIP), UNREACHABLE, [0; 4], &quoted[..43]);
    assert_eq!(code(&mut lab, here, &cut), "ipvs.icmp.unreadable");
    let mut wrong = error.clone();
    wrong[23] ^= 1;
    assert_eq!(code(&mut lab, here, &wrong), "ipvs.icmp.checksum");

    lab.wait(303); // the connection has expired
    assert_eq!(code(&mut lab, here, &error), "ipvs.icmp.no-conn");
    lab.delete(Proto::Udp, 11, Method::Tun);
    assert_eq!(code(&mut lab, here, &error), "ipvs.icmp.foreign-tunnel");
    let mut direct = connected(Proto::Udp, Method::Dr);
    assert_eq!(code(&mut direct, here, &error), "ipvs.icmp.foreign-tunnel");
}

/// A deleted destination stops its connections' packets, but not errors about them.
#[test]
fn errors_pass_though_the_destination_is_gone() {
    let mut lab = connected(Proto::Tcp, Method::Nat);
    lab.delete(Proto::Tcp, 11, Method::Nat);
    let packet = icmp((ROUTER, VIP), UNREACHABLE, [0; 4], &reply(Proto::Tcp));
    assert_eq!(lab.request(&packet).last(), "ipvs.icmp.request");
    let segment = tcp(client(1), vip(Proto::Tcp), FIN);
    assert_eq!(lab.request(&segment).last(), "ipvs.dest.gone");
    assert_eq!(lab.conn().state, State::SynRecv);
}

/// By `schedule_icmp`: an error about a connection that another director has.
#[test]
fn schedule_icmp_asks_the_scheduler() {
    let error = |proto| icmp((ROUTER, VIP), (3, 4), [0, 0, 5, 0], &reply(proto));
    #[rustfmt::skip]
    let rows = [
        (0, Method::Dr,  Proto::Tcp, "ipvs.icmp.no-conn"),
        (1, Method::Dr,  Proto::Tcp, "ipvs.dr.direct"),
        (1, Method::Dr,  Proto::Udp, "ipvs.dr.direct"),
        (1, Method::Nat, Proto::Udp, "ipvs.icmp.request"),
        (1, Method::Tun, Proto::Tcp, "ipvs.tun.wrapped"),
    ];
    for (value, method, proto, code) in rows {
        for hook in [Hook::LocalIn, Hook::Forward] {
            let mut lab = Lab::serving(proto, method);
            lab.sysctl(Sysctl::ScheduleIcmp, value);
            let answer = lab.send(hook, &error(proto));
            assert_eq!((answer.last(), answer.noted("ipvs.read")), (code, true));
            if value == 0 {
                assert_eq!(lab.engine.conns().count(), 0);
                continue;
            }
            let conn = lab.conn();
            let born = if proto == Proto::Tcp { State::None } else { State::Udp };
            assert_eq!((conn.client, conn.vip, conn.state), (client(1), vip(proto), born));
            assert_eq!(conn.timeout.as_secs(), 3);
            // The client's next packet belongs to it.
            assert!(lab.request(&opening(proto, client(1), vip(proto))).noted("ipvs.conn.found"));
        }
    }
}

/// By what the error quotes and what is configured: why none is started.
#[test]
fn schedule_icmp_starts_nothing_without_service_or_destination() {
    let proto = Proto::Tcp;
    let about = |quoted: &[u8]| icmp((ROUTER, VIP), (3, 4), [0, 0, 5, 0], quoted);
    let quoted = |from, to| tcp(from, to, ACK);
    let cut = &quoted(vip(proto), client(1))[..22];
    #[rustfmt::skip]
    let rows = [
        (1, 1, about(&quoted(end(VIP, 81), client(1))), "ipvs.icmp.no-conn", Outcome::Accept),
        (1, 0, about(&quoted(vip(proto), client(1))),   "ipvs.icmp.no-dest", Outcome::Drop),
        (1, 1, about(&quoted(vip(proto), client(20))),  "ipvs.accept.ftp-data", Outcome::Accept),
        (1, 1, about(cut),                              "ipvs.drop.truncated", Outcome::Drop),
        (0, 1, about(cut),                              "ipvs.icmp.unreadable", Outcome::Accept),
    ];
    for (value, weight, packet, code, outcome) in rows {
        let mut lab = Lab::new();
        lab.service(proto, "rr");
        lab.dest(proto, 11, Method::Dr, weight);
        lab.sysctl(Sysctl::ScheduleIcmp, value);
        let answer = lab.request(&packet);
        assert_eq!((answer.last(), answer.verdict.outcome()), (code, outcome));
        assert_eq!(lab.engine.conns().count(), 0);
    }
    // A damaged error starts an entry, and is dropped all the same.
    let mut lab = Lab::serving(proto, Method::Dr);
    lab.sysctl(Sysctl::ScheduleIcmp, 1);
    let mut damaged = about(&quoted(vip(proto), client(1)));
    damaged[30] ^= 1;
    assert_eq!(lab.request(&damaged).last(), "ipvs.icmp.checksum");
    assert_eq!(lab.conn().in_pkts, 0);
    // One about a request that is answered here belongs to that connection.
    let mut lab = connected(proto, Method::Nat);
    lab.sysctl(Sysctl::ScheduleIcmp, 1);
    let out = icmp((rs(11), CIP), UNREACHABLE, [0; 4], &request(proto, Method::Nat));
    assert_eq!(lab.send(Hook::Forward, &out).last(), "ipvs.icmp.reply");
    // An entry of one datagram ends with the error.
    let mut lab = Lab::new();
    let config = ServiceConfig { one_packet: true, ..ServiceConfig::new("rr") };
    lab.apply(serve(crate::fixture::key(Proto::Udp), config)).unwrap();
    lab.dest(Proto::Udp, 11, Method::Dr, 1);
    lab.sysctl(Sysctl::ScheduleIcmp, 1);
    assert_eq!(lab.request(&about(&reply(Proto::Udp))).last(), "ipvs.dr.direct");
    assert_eq!(lab.engine.conns().count(), 0);
}
