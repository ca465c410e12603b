//! Names and ranges as in the kernel, and what each sysctl that is honoured changes.

use alloc::vec::Vec;

use super::Sysctl;
use crate::fixture::{ACK, FIN, Lab, RST, SYN, client, reseal, rip, rs, tcp, udp, vip};
use crate::{
    Change, ConfigError, Hook, Instant, Method, OriginId, Outer, Proto, State, Stats, Verdict,
};

const TCP: Proto = Proto::Tcp;
const UDP: Proto = Proto::Udp;

/// Something that is done to a lab.
type Step = fn(&mut Lab);

#[test]
fn names_are_sorted_and_defaults_are_accepted() {
    let names: Vec<&str> = Sysctl::ALL.iter().map(|sysctl| sysctl.name()).collect();
    assert!(names.is_sorted_by(|one, next| one < next), "{names:?}");
    let lab = Lab::new();
    for (place, sysctl) in Sysctl::ALL.iter().enumerate() {
        assert_eq!(*sysctl as usize, place);
        assert_eq!(Sysctl::by_name(sysctl.name()), Some(*sysctl));
        assert_eq!(sysctl.path().strip_prefix("net.ipv4.vs."), Some(sysctl.name()));
        assert_eq!(sysctl.accept(sysctl.default_value()), Ok(sysctl.default_value()));
        assert_eq!(lab.engine.sysctl(*sysctl), (sysctl.default_value(), OriginId(0)));
    }
    assert_eq!(Sysctl::by_name("net.ipv4.vs.sloppy_tcp"), None);
    let full = Sysctl::ALL.iter().filter(|sysctl| sysctl.has_effect());
    let full: Vec<&str> = full.map(|sysctl| sysctl.name()).collect();
    let honoured = [
        "am_droprate",
        "cache_bypass",
        "conn_reuse_mode",
        "conntrack",
        "drop_entry",
        "drop_packet",
        "expire_nodest_conn",
        "expire_quiescent_template",
        "lblc_expiration",
        "lblcr_expiration",
        "nat_icmp_send",
        "pmtu_disc",
        "run_estimation",
        "schedule_icmp",
        "secure_tcp",
        "sloppy_tcp",
        "snat_reroute",
    ];
    assert_eq!(full, honoured);
}

#[test]
fn values_are_taken_or_refused() {
    use Sysctl as S;
    let invalid = Err(ConfigError::InvalidValue);
    #[rustfmt::skip]
    let rows = [
        (S::SloppyTcp,     -1,  Ok(-1)), // any number; all but 0 is on
        (S::ConnReuseMode, 7,   Ok(7)),
        (S::SecureTcp,     -1,  invalid),
        (S::SecureTcp,     4,   invalid),
        (S::SecureTcp,     3,   Ok(3)),
        (S::SecureTcp,     2,   Ok(1)), // memory is not low
        (S::DropEntry,     2,   Ok(1)),
        (S::DropEntry,     3,   Ok(3)),
        (S::DropPacket,    1,   Ok(1)),
        (S::DropPacket,    3,   Ok(3)),
        (S::DropPacket,    4,   invalid),
        (S::SnatReroute,   2,   Ok(2)), // on, as by default
        (S::CacheBypass,   -1,  Ok(-1)),
        (S::BackupOnly,    1,   Ok(1)), // no daemon: nothing to do
        (S::SyncVersion,   2,   invalid),
        (S::SyncRetries,   3,   Ok(3)),
        (S::SyncPorts,     0,   invalid),
        (S::SyncPorts,     4,   Ok(4)),
        (S::SyncPorts,     6,   invalid),
        (S::SyncPorts,     i32::MIN, invalid),
        (S::LblcExpiration, 21_474_836, Ok(21_474_836)),
        (S::LblcExpiration, 21_474_837, invalid),
        (S::LblcrExpiration, -5, Ok(-5)),
        (S::LblcrExpiration, i32::MIN, invalid),
    ];
    for (sysctl, value, want) in rows {
        let mut lab = Lab::new();
        let set = Change::SetSysctl { sysctl, value, origin: OriginId(5) };
        assert_eq!(lab.apply(set), want.map(|_| ()), "{sysctl:?} {value}");
        let kept = want.map_or((sysctl.default_value(), OriginId(0)), |kept| (kept, OriginId(5)));
        assert_eq!(lab.engine.sysctl(sysctl), kept);
    }
}

#[test]
fn sloppy_tcp_lets_any_segment_but_rst_open() {
    for (flags, state) in [(ACK, State::Established), (FIN | ACK, State::Close)] {
        let mut lab = Lab::serving(TCP, Method::Nat);
        lab.sysctl(Sysctl::SloppyTcp, 1);
        let answer = lab.request(&tcp(client(1), vip(TCP), flags));
        assert!(answer.noted("ipvs.read"));
        assert_eq!((answer.last(), lab.conn().state), ("ipvs.nat.request", state));
        let rst = lab.request(&tcp(client(2), vip(TCP), RST));
        assert_eq!(rst.last(), "ipvs.accept.rst");
    }
}

/// By mode, method and segments so far: whether the next SYN is scheduled anew.
#[test]
fn conn_reuse_mode_decides_which_entries_a_syn_replaces() {
    let (time_wait, close, fin_wait) =
        (&[SYN, FIN][..], &[SYN, ACK, RST][..], &[SYN, ACK, FIN][..]);
    #[rustfmt::skip]
    let rows = [
        (0, Method::Nat, time_wait, State::TimeWait,  false),
        (0, Method::Nat, close,     State::Close,     false),
        (1, Method::Nat, time_wait, State::TimeWait,  true),
        (1, Method::Dr,  close,     State::Close,     true),
        (1, Method::Dr,  fin_wait,  State::FinWait,   false),
        (2, Method::Dr,  fin_wait,  State::FinWait,   true),
        (3, Method::Tun, fin_wait,  State::FinWait,   true),
        (3, Method::Nat, fin_wait,  State::CloseWait, false),
        (2, Method::Nat, time_wait, State::TimeWait,  true),
    ];
    for (mode, method, flags, state, anew) in rows {
        let mut lab = Lab::serving(TCP, method);
        lab.sysctl(Sysctl::ConnReuseMode, mode);
        for flags in flags {
            let _ = lab.request(&tcp(client(1), vip(TCP), *flags));
        }
        assert_eq!(lab.conn().state, state);
        let answer = lab.request(&tcp(client(1), vip(TCP), SYN));
        assert_eq!(answer.noted("ipvs.conn.reused"), anew, "{mode} {method:?} {state}");
        assert_eq!(answer.noted("ipvs.conn.new"), anew);
    }
    // FIN_WAIT under NAT saw a reply: it is never replaced.
    let mut lab = Lab::serving(TCP, Method::Nat);
    lab.sysctl(Sysctl::ConnReuseMode, 3);
    let _ = lab.request(&tcp(client(1), vip(TCP), SYN));
    let _ = lab.request(&tcp(client(1), vip(TCP), ACK));
    let _ = lab.send(Hook::Forward, &tcp(rip(TCP, 11, Method::Nat), client(1), FIN));
    assert_eq!(lab.conn().state, State::FinWait);
    assert!(!lab.request(&tcp(client(1), vip(TCP), SYN)).noted("ipvs.conn.reused"));
}

/// A packet for a deleted destination is scheduled anew, as far as it may open a connection.
#[test]
fn expire_nodest_conn_ends_the_entry_with_the_next_packet() {
    #[rustfmt::skip]
    let rows = [
        (TCP, SYN, "ipvs.nat.request"),
        (TCP, ACK, "ipvs.accept.not-syn"), // the director's own TCP answers
        (UDP, 0,   "ipvs.nat.request"),
    ];
    for (proto, flags, code) in rows {
        let packet = |flags| match proto {
            Proto::Tcp | Proto::Ip => tcp(client(1), vip(proto), flags),
            Proto::Udp => udp(client(1), vip(proto), b""),
        };
        let mut lab = Lab::serving(proto, Method::Nat);
        lab.sysctl(Sysctl::ExpireNodestConn, 1);
        let _ = lab.request(&packet(SYN));
        lab.delete(proto, 11, Method::Nat);
        lab.dest(proto, 12, Method::Nat, 1);
        let answer = lab.request(&packet(flags));
        assert_eq!(answer.last(), code);
        assert!(answer.noted("ipvs.conn.found"));
        lab.wait(0);
        let rips: Vec<_> = lab.engine.conns().map(|conn| conn.rip.addr).collect();
        assert_eq!(rips, [rs(12)][..usize::from(code == "ipvs.nat.request")]);
    }
}

#[test]
fn expire_nodest_conn_ends_entries_a_tick_after_the_deletion() {
    let delete_dest = |lab: &mut Lab| lab.delete(UDP, 11, Method::Dr);
    let flush = |lab: &mut Lab| lab.apply(Change::Flush).unwrap();
    let rows: [(i32, Step, usize); 3] = [(1, delete_dest, 1), (1, flush, 0), (0, flush, 3)];
    for (value, change, left) in rows {
        let mut lab = Lab::serving(UDP, Method::Dr);
        lab.service(TCP, "rr");
        lab.dest(TCP, 11, Method::Dr, 1);
        lab.sysctl(Sysctl::ExpireNodestConn, value);
        let _ = lab.request(&udp(client(1), vip(UDP), b""));
        let _ = lab.request(&udp(client(2), vip(UDP), b""));
        let _ = lab.request(&tcp(client(3), vip(TCP), SYN));
        change(&mut lab);
        lab.wait_ms(9);
        assert_eq!(lab.engine.conns().count(), 3);
        lab.wait_ms(1);
        assert_eq!(lab.engine.conns().count(), left);
    }
    // A destination that comes back in time keeps its connections.
    let mut lab = Lab::serving(UDP, Method::Dr);
    lab.sysctl(Sysctl::ExpireNodestConn, 1);
    let _ = lab.request(&udp(client(1), vip(UDP), b""));
    lab.delete(UDP, 11, Method::Dr);
    assert_eq!(lab.engine.poll_timeout(), Some(Instant::from_nanos(10_000_000)));
    lab.dest(UDP, 11, Method::Dr, 1);
    lab.wait(1);
    assert_eq!(lab.engine.conns().count(), 1);
}

/// A SYN leaves a quiesced destination; other packets stay with it.
#[test]
fn expire_nodest_conn_moves_new_connections_off_weight_0() {
    for (value, anew) in [(0, false), (1, true)] {
        let mut lab = Lab::serving(TCP, Method::Dr);
        lab.sysctl(Sysctl::ExpireNodestConn, value);
        let _ = lab.request(&tcp(client(1), vip(TCP), SYN));
        lab.edit(TCP, 11, Method::Dr, 0);
        lab.dest(TCP, 12, Method::Dr, 1);
        assert!(!lab.request(&tcp(client(1), vip(TCP), ACK)).noted("ipvs.conn.reused"));
        let answer = lab.request(&tcp(client(1), vip(TCP), SYN));
        assert_eq!(answer.noted("ipvs.conn.reused"), anew);
        let Verdict::Forward { path, .. } = answer.verdict else { panic!("{answer:?}") };
        assert_eq!(path, rs(if anew { 12 } else { 11 }));
    }
}

/// Without path MTU discovery a tunnel refuses nothing and copies no DF; the other methods do not
/// care.
#[test]
fn pmtu_disc_decides_whether_a_tunnel_copies_df() {
    for (value, method, code) in [
        (1, Method::Tun, "ipvs.mtu.exceeded"),
        (0, Method::Tun, "ipvs.tun.wrapped"),
        (0, Method::Dr, "ipvs.mtu.exceeded"),
    ] {
        let mut lab = Lab::serving(UDP, method);
        lab.sysctl(Sysctl::PmtuDisc, value);
        lab.fib.mtu.insert(rs(11), 100);
        let packet = udp(client(1), vip(UDP), &[0; 200]);
        let answer = lab.request(&packet);
        assert_eq!((answer.last(), answer.noted("ipvs.read")), (code, true));
        let Verdict::Forward { rewrite, .. } = answer.verdict else { continue };
        let Some(Outer { id, .. }) = rewrite.outer else { panic!("{rewrite:?}") };
        assert_ne!(id, 0);
        let bytes = crate::fixture::rewritten(&packet, rewrite);
        assert_eq!((&bytes[4..6], &bytes[6..8]), (&id.to_be_bytes()[..], &[0, 0][..]));
        assert_eq!(bytes[26], 0x40); // inside it is kept
        let mut small = udp(client(1), vip(UDP), b"");
        small[6] = 0;
        reseal(&mut small);
        let Verdict::Forward { rewrite, .. } = lab.request(&small).verdict else { panic!() };
        assert_eq!(rewrite.outer.map(|outer| outer.id), Some(id + 1));
    }
}

/// In mode 3 only the server's segments open a connection; mode 1 waits for memory to run low.
#[test]
fn secure_tcp_follows_its_own_tables() {
    use State::{Established as ES, SynAck as SA, SynRecv as SR};
    #[rustfmt::skip]
    let rows = [
        (1, Method::Nat, [SR, SR, ES], ES),
        (3, Method::Nat, [SR, SA, SA], ES),
        (0, Method::Dr,  [SR, SR, ES], ES),
        (3, Method::Dr,  [SA, SA, ES], ES),
    ];
    for (mode, method, states, last) in rows {
        let mut lab = Lab::serving(TCP, method);
        lab.sysctl(Sysctl::SecureTcp, mode);
        let server = rip(TCP, 11, Method::Nat); // under DR its segments are not seen
        let mut got = Vec::new();
        for (from_client, flags) in [(true, SYN), (false, SYN | ACK), (true, ACK), (false, ACK)] {
            let answer = match from_client {
                true => lab.request(&tcp(client(1), vip(TCP), flags)),
                false => lab.send(Hook::Forward, &tcp(server, client(1), flags)),
            };
            let noted = answer.reasons.iter().any(|reason| {
                matches!(reason, crate::Reason::Read { what, .. }
                    if what.name() == "net.ipv4.vs.secure_tcp")
            });
            assert_eq!(noted, mode == 3 && (from_client || method == Method::Nat));
            got.push(lab.conn().state);
        }
        assert_eq!(got, [&states[..], &[last]].concat(), "{mode} {method:?}");
    }
}

/// What is shown stands still, of what is made meanwhile as well, until the next copy.
#[test]
fn run_estimation_stops_the_copies() {
    let mut lab = Lab::serving(UDP, Method::Dr);
    let shown = |lab: &Lab| {
        let conns = |stats: &Stats| stats.shown(lab.now).conns;
        let service = lab.service_of(UDP).stats();
        let dests = lab.engine.dests(lab.service_of(UDP)).map(|dest| conns(dest.stats()));
        [conns(service), conns(lab.engine.total()), dests.sum()]
    };
    let rate = |lab: &Lab| lab.engine.total().rates(lab.now).inpkts;
    let ask = |lab: &mut Lab, from: u16, n: u16| {
        (from..from + n).for_each(|port| assert!(lab.open(UDP, port).is_some()));
    };
    ask(&mut lab, 1000, 40);
    lab.wait(3);
    lab.sysctl(Sysctl::RunEstimation, 0);
    lab.dest(UDP, 12, Method::Dr, 1);
    assert_eq!((shown(&lab), rate(&lab)), ([40; 3], 5));
    ask(&mut lab, 2000, 80);
    lab.sysctl(Sysctl::RunEstimation, 0);
    lab.wait(60);
    assert_eq!((shown(&lab), rate(&lab)), ([40; 3], 5));
    lab.sysctl(Sysctl::RunEstimation, 1);
    assert_eq!(shown(&lab), [40; 3]);
    lab.wait(3);
    // A quarter of the way from 5 to the 80 of a minute, taken for two seconds'.
    assert_eq!((shown(&lab), rate(&lab)), ([120; 3], 14));
}
