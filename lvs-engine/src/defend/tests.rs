//! Which new connections are dropped, and which entries are given up.

use alloc::vec::Vec;

use crate::fixture::{
    ACK, FIN, Lab, SYN, VIP, client, end, key, opening, rip, serve, tcp, udp, vip,
};
use crate::{Hook, Instant, Method, Persistence, Proto, ServiceConfig, State, Sysctl};

const TCP: Proto = Proto::Tcp;
const UDP: Proto = Proto::Udp;

/// By mode and rate: which of eight new connections pass.
#[test]
fn drop_packet_lets_some_pass() {
    #[rustfmt::skip]
    let rows = [
        (0, 3,  "11111111"),
        (1, 3,  "11111111"), // memory is not low
        (3, 3,  "01101101"),
        (3, 10, "01111111"),
        (3, 1,  "00000000"),
        (3, -1, "00000000"),
        (3, 0,  "11111111"),
    ];
    for (mode, rate, want) in rows {
        for proto in [TCP, UDP] {
            let mut lab = Lab::serving(proto, Method::Nat);
            lab.sysctl(Sysctl::AmDroprate, rate);
            lab.sysctl(Sysctl::DropPacket, mode);
            let passes = want.chars().map(|pass| pass == '1');
            for (port, passes) in (1..).zip(passes) {
                let answer = lab.request(&opening(proto, client(port), vip(proto)));
                assert_eq!(answer.last() == "ipvs.nat.request", passes, "{mode} {rate} {port}");
                assert_eq!(answer.last() == "ipvs.drop.flood", !passes);
            }
            // What is in the table passes, and what asks for no service is not counted.
            for port in (1..).zip(want.chars()).filter_map(|(port, c)| (c == '1').then_some(port)) {
                let again = lab.request(&opening(proto, client(port), vip(proto)));
                assert!(again.noted("ipvs.conn.found"));
            }
            let left = lab.engine.defence.left;
            let other = opening(proto, client(1), end(VIP, 81));
            assert_eq!(lab.request(&other).last(), "ipvs.service.none");
            assert_eq!(lab.engine.defence.left, left);
        }
    }
}

/// A lab that defends, with entries of one kind from many ports.
fn filled(proto: Proto, fill: impl Fn(&mut Lab, u16)) -> Lab {
    let mut lab = Lab::serving(proto, Method::Nat);
    (1001..=1400).for_each(|port| fill(&mut lab, port)); // none is FTP's
    lab.sysctl(Sysctl::DropEntry, 3);
    lab
}

fn sends(lab: &mut Lab, port: u16, flags: &[u8]) {
    for flags in flags {
        let _ = lab.request(&tcp(client(port), vip(TCP), *flags));
    }
}

/// By what the entry is: how many of 400 are left after 31 rounds, in which two of three are looked
/// at.
#[test]
fn drop_entry_gives_up_half_open_entries() {
    let left = |lab: &Lab| lab.engine.conns().count();
    // Half-open.
    let mut lab = filled(TCP, |lab, port| sends(lab, port, &[SYN]));
    assert_eq!(lab.engine.poll_timeout(), Some(Instant::from_nanos(1_040_000_000)));
    lab.wait(33);
    assert!((110..190).contains(&left(&lab)), "{}", left(&lab));
    let (active, inactive) = lab.counts(TCP, 11);
    assert_eq!((active as usize, inactive), (left(&lab), 0));
    lab.sysctl(Sysctl::DropEntry, 1);
    let before = left(&lab);
    lab.wait(5);
    assert_eq!(left(&lab), before);
    // Established or ended: not yet.
    for flags in [&[SYN, ACK][..], &[SYN, ACK, FIN]] {
        let mut lab = filled(TCP, |lab, port| sends(lab, port, flags));
        lab.wait(33);
        assert_eq!(left(&lab), 400);
    }
    // Established and idle for a minute: one of as many as its packets, up to eight.
    for (packets, range) in [(2, 170..320), (8, 330..400), (9, 400..401)] {
        let flags: Vec<u8> = [SYN].into_iter().chain((1..packets).map(|_| ACK)).collect();
        let mut lab = filled(TCP, |lab, port| sends(lab, port, &flags));
        lab.wait(60 + 33);
        assert!(range.contains(&left(&lab)), "{packets}: {}", left(&lab));
    }
    // UDP likewise, whatever its state.
    let mut lab = filled(UDP, |lab, port| {
        let _ = lab.request(&udp(client(port), vip(UDP), b""));
    });
    lab.wait(59);
    assert_eq!(left(&lab), 400);
    lab.wait(35);
    assert!((100..190).contains(&left(&lab)), "{}", left(&lab));
}

/// A template goes with its last entry, unless it is assured; no entry is left without it.
#[test]
fn drop_entry_takes_templates_along() {
    let persistent = |one_packet, proto| {
        let mut lab = Lab::new();
        let mask = [255; 4].into();
        let persistence = Some(Persistence { timeout_s: 3600, mask });
        let config = ServiceConfig { persistence, one_packet, ..ServiceConfig::new("rr") };
        lab.apply(serve(key(proto), config)).unwrap();
        lab.dest(proto, 11, Method::Nat, 1);
        lab.sysctl(Sysctl::DropEntry, 3);
        lab
    };
    let mut lab = persistent(false, TCP);
    for last in 1..=50 {
        let _ = lab.request(&tcp(end([10, 0, 0, last].into(), 1), vip(TCP), SYN));
    }
    assert_eq!(lab.engine.conns().count(), 100);
    lab.wait(33);
    let (templates, conns): (Vec<_>, Vec<_>) = lab.engine.conns().partition(|c| c.flags.template);
    assert_eq!(templates.len(), conns.len());
    assert!((5..35).contains(&conns.len()), "{}", conns.len());

    let mut lab = persistent(false, TCP);
    sends(&mut lab, 1, &[SYN]);
    let answer = tcp(rip(TCP, 11, Method::Nat), client(1), SYN | ACK);
    let _ = lab.send(Hook::Forward, &answer);
    sends(&mut lab, 1, &[ACK, FIN]);
    lab.wait(500);
    assert_eq!(lab.conn().state, State::Assured);

    let mut lab = persistent(true, UDP);
    let _ = lab.request(&udp(client(1), vip(UDP), b""));
    lab.wait(500);
    assert!(lab.conn().flags.template, "a service of single datagrams keeps it");
}
