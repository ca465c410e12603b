//! What looks like a reply and is none, and replies that keep their route.

use alloc::vec::Vec;

use crate::fixture::{
    ACK, DIP, Lab, RST, SYN, VIP, client, end, icmp, opening, rip, rs, serve, tcp, udp, vip,
};
use crate::{
    Change, DestConfig, Endpoint, Hook, IcmpError, Method, OriginId, Outcome, Proto, ServiceConfig,
    ServiceKey, Span, Sysctl, Verdict,
};

const TCP: Proto = Proto::Tcp;
const UDP: Proto = Proto::Udp;

/// By method, source and destination: what the real server hears of a packet without an entry.
#[test]
fn nat_icmp_send_tells_real_servers_of_nat() {
    let of = |proto, method| rip(proto, 11, method);
    let checker = end(DIP, 40_000);
    let told = "ipvs.reply.refused";
    #[rustfmt::skip]
    let rows: [(i32, Method, Hook, Vec<u8>, &str); 11] = [
        (0, Method::Nat, Hook::Forward, tcp(of(TCP, Method::Nat), client(1), SYN | ACK), "ipvs.reply.none"),
        (1, Method::Nat, Hook::Forward, tcp(of(TCP, Method::Nat), client(1), SYN | ACK), told),
        (1, Method::Nat, Hook::Forward, tcp(of(TCP, Method::Nat), client(1), RST | ACK), "ipvs.reply.none"),
        (1, Method::Nat, Hook::Forward, udp(of(TCP, Method::Nat), client(1), b""),       "ipvs.reply.none"), // the service's protocol
        (1, Method::Nat, Hook::Forward, tcp(end(rs(11), 81), client(1), ACK),            "ipvs.reply.none"),
        (1, Method::Nat, Hook::Forward, tcp(end(rs(12), 8080), client(1), ACK),          "ipvs.reply.none"),
        (1, Method::Dr,  Hook::Forward, tcp(of(TCP, Method::Dr), client(1), ACK),        "ipvs.reply.none"),
        (1, Method::Nat, Hook::LocalIn, tcp(of(TCP, Method::Nat), checker, SYN | ACK),   told), // a health check
        (0, Method::Nat, Hook::LocalIn, tcp(of(TCP, Method::Nat), checker, ACK),         "ipvs.accept.not-syn"),
        (1, Method::Nat, Hook::LocalIn, tcp(of(TCP, Method::Nat), checker, RST),         "ipvs.accept.rst"),
        (1, Method::Nat, Hook::LocalOut, tcp(of(TCP, Method::Nat), client(1), ACK),      told), // served here
    ];
    for (value, method, hook, packet, code) in rows {
        let mut lab = Lab::serving(TCP, method);
        lab.sysctl(Sysctl::NatIcmpSend, value);
        let answer = lab.send(hook, &packet);
        assert_eq!(answer.last(), code, "{value} {method:?} {hook:?}");
        if code == told {
            let about = Span { start: 0, len: packet.len() as u16 };
            let want = Verdict::Reject { error: IcmpError::PortUnreachable, about, aged: false };
            assert_eq!(answer.verdict, want);
            lab.delete(TCP, 11, method);
            assert_ne!(lab.send(hook, &packet).last(), told, "it is deleted");
        }
    }
}

/// A reply of an entry is never refused; a destination of a mark answers by any protocol.
#[test]
fn nat_icmp_send_spares_what_is_known() {
    let mut lab = Lab::serving(UDP, Method::Nat);
    lab.sysctl(Sysctl::NatIcmpSend, 1);
    let _ = lab.request(&udp(client(1), vip(UDP), b""));
    let reply = |port| udp(rip(UDP, 11, Method::Nat), client(port), b"");
    assert_eq!(lab.send(Hook::Forward, &reply(1)).last(), "ipvs.nat.reply");
    assert_eq!(lab.send(Hook::Forward, &reply(2)).last(), "ipvs.reply.refused");

    let mut lab = Lab::new();
    let service = ServiceKey::Mark(7);
    lab.apply(serve(service, ServiceConfig::new("rr"))).unwrap();
    let config = DestConfig::new(Method::Nat, 1);
    let rip = Endpoint::new(rs(11), 80);
    lab.apply(Change::AddDest { service, rip, config, origin: OriginId(2) }).unwrap();
    lab.sysctl(Sysctl::NatIcmpSend, 1);
    for packet in [udp(rip, client(1), b""), tcp(rip, client(1), ACK)] {
        assert_eq!(lab.send(Hook::Forward, &packet).last(), "ipvs.reply.refused");
    }
}

/// The edit is the same; only the route is not looked up again, and what stays here never was.
#[test]
fn snat_reroute_decides_whether_a_reply_is_routed_again() {
    let unreachable = |proto, method| {
        let quoted = opening(proto, client(1), rip(proto, 11, method));
        icmp((rs(11), client(1).addr), (3, 3), [0; 4], &quoted)
    };
    let reply = udp(rip(UDP, 11, Method::Nat), client(1), b"hello");
    #[rustfmt::skip]
    let rows = [
        (1, Hook::Forward,  reply.clone(),                  "ipvs.nat.reply",        Outcome::Reroute),
        (0, Hook::Forward,  reply.clone(),                  "ipvs.reply.same-route", Outcome::Accept),
        (0, Hook::LocalOut, reply.clone(),                  "ipvs.reply.same-route", Outcome::Accept),
        (0, Hook::LocalIn,  reply,                          "ipvs.nat.reply-here",   Outcome::Accept),
        (1, Hook::Forward,  unreachable(UDP, Method::Nat),  "ipvs.icmp.reply",       Outcome::Reroute),
        (0, Hook::Forward,  unreachable(UDP, Method::Nat),  "ipvs.reply.same-route", Outcome::Accept),
    ];
    for (value, hook, packet, code, outcome) in rows {
        let mut lab = Lab::serving(UDP, Method::Nat);
        lab.sysctl(Sysctl::SnatReroute, value);
        let _ = lab.request(&udp(client(1), vip(UDP), b""));
        let answer = lab.send(hook, &packet);
        assert_eq!((answer.last(), answer.verdict.outcome()), (code, outcome), "{value} {hook:?}");
        let (rewrite, _) = answer.verdict.passing().unwrap();
        assert_eq!(rewrite.src, Some(end(VIP, 53)));
    }
    // FULLNAT's reply to a local address that is not this host's own passes through, too.
    let mut lab = Lab::serving(TCP, Method::FullNat);
    lab.sysctl(Sysctl::SnatReroute, 0);
    let _ = lab.request(&tcp(client(1), vip(TCP), SYN));
    let reply = tcp(rip(TCP, 11, Method::FullNat), lab.conn().lip, SYN | ACK);
    assert_eq!(lab.send(Hook::Forward, &reply).last(), "ipvs.reply.same-route");
}
