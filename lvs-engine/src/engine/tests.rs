//! Which packets are ours, what they do to connections, and when those end.

use alloc::vec;
use alloc::vec::Vec;

use super::unchanged;
use crate::fixture::{
    ACK, CIP, DIP, FIN, Lab, RST, SYN, VIP, add, client, end, icmp, ip, key, rip, rs, serve, tcp,
    udp, vip,
};
use crate::{
    Change, DestConfig, Endpoint, Hook, IcmpError, Instant, Meta, Method, OriginId, Proto, Reason,
    Rewrite, ServiceConfig, ServiceKey, Span, State, Sysctl, Track, Verdict, wheel,
};

const TCP: Proto = Proto::Tcp;
const UDP: Proto = Proto::Udp;

#[test]
fn packets_that_are_not_ours_go_on_unchanged() {
    let syn = |src, dst| tcp(src, dst, SYN);
    let mut fragment = udp(client(1), vip(UDP), b"hello");
    fragment[6] = 0x20;
    #[rustfmt::skip]
    let rows: [(Vec<u8>, &str); 9] = [
        (syn(client(1), end(VIP, 81)),                 "ipvs.service.none"),
        (syn(client(1), end(DIP, 80)),                 "ipvs.service.none"),
        (udp(client(1), vip(TCP), b""),                "ipvs.service.none"),
        (tcp(client(1), vip(TCP), ACK),                "ipvs.accept.not-syn"),
        (tcp(client(1), vip(TCP), 0),                  "ipvs.accept.not-syn"),
        (tcp(client(1), vip(TCP), RST | SYN),          "ipvs.accept.rst"),
        (syn(client(20), vip(TCP)),                    "ipvs.accept.ftp-data"),
        (ip(CIP, VIP, 47, b"GRE"),                     "ipvs.accept.protocol"),
        (fragment,                                     "ipvs.accept.fragment"),
    ];
    let mut lab = Lab::serving(TCP, Method::Dr);
    for (packet, code) in rows {
        let answer = lab.request(&packet);
        assert_eq!((answer.verdict, answer.last()), (unchanged(), code));
    }
    assert_eq!(lab.engine.conns().count(), 0);
    assert_eq!(lab.engine.poll_timeout(), None);
}

#[test]
fn frames_for_others_are_not_looked_at() {
    let mut lab = Lab::serving(TCP, Method::Dr);
    let syn = tcp(client(1), vip(TCP), SYN);
    let meta = Meta { to_us: false, ..Meta::at(Hook::LocalIn) };
    assert_eq!(lab.send_as(meta, &syn).last(), "ipvs.accept.not-to-us");
    let meta = Meta { to_us: false, ..Meta::at(Hook::LocalOut) };
    assert_eq!(lab.send_as(meta, &syn).last(), "ipvs.dr.direct");
}

/// From the first service to the last the hooks are there; connections outlive them.
#[test]
fn without_services_nothing_is_looked_at() {
    let syn = tcp(client(1), vip(TCP), SYN);
    assert_eq!(Lab::new().request(&syn).last(), "ipvs.accept.idle");
    let mut lab = Lab::serving(TCP, Method::Dr);
    assert_eq!(lab.request(&syn).last(), "ipvs.dr.direct");
    lab.apply(Change::Flush).unwrap();
    assert_eq!(lab.request(&syn).last(), "ipvs.accept.idle");
    assert_eq!(lab.engine.conns().count(), 1);
}

#[test]
fn a_cut_transport_header_is_dropped_at_the_vip_and_passes_elsewhere() {
    let mut lab = Lab::serving(TCP, Method::Nat);
    for (proto, len) in [(6, 3), (6, 4), (6, 19), (17, 3), (17, 7)] {
        let packet = ip(CIP, VIP, proto, &vec![0; len]);
        assert_eq!(lab.request(&packet).last(), "ipvs.drop.truncated");
        let passing = lab.send(Hook::Forward, &packet).last();
        assert_eq!(passing, if len < 4 { "ipvs.reply.unreadable" } else { "ipvs.reply.none" });
    }
}

/// What opens a connection: any UDP datagram, any segment with SYN and without RST.
#[test]
fn a_syn_with_ack_counts_as_a_syn() {
    for flags in [SYN, SYN | ACK, SYN | FIN] {
        let mut lab = Lab::serving(TCP, Method::Dr);
        assert_eq!(lab.request(&tcp(client(1), vip(TCP), flags)).last(), "ipvs.dr.direct");
        assert_eq!(lab.conn().state, State::SynRecv);
    }
}

#[test]
fn no_destination_is_port_unreachable() {
    let empty = |lab: &mut Lab| lab.delete(TCP, 11, Method::Dr);
    let quiesced = |lab: &mut Lab| lab.edit(TCP, 11, Method::Dr, 0);
    for (change, notes) in [(empty as fn(&mut Lab), 2), (quiesced, 3)] {
        let mut lab = Lab::serving(TCP, Method::Dr);
        change(&mut lab);
        let answer = lab.request(&tcp(client(1), vip(TCP), SYN));
        let about = Span { start: 0, len: 40 };
        let error = IcmpError::PortUnreachable;
        assert_eq!(answer.verdict, Verdict::Reject { error, about, aged: false });
        let want = Reason::NoDest { vip: vip(TCP), origin: OriginId(1) };
        assert_eq!((answer.reasons.last(), answer.reasons.len()), (Some(&want), notes));
        assert_eq!(lab.engine.total().live().conns, 0);
    }
}

/// A service for all ports answers, but without persistence it has no destination for another port.
#[test]
fn a_service_for_all_ports_needs_persistence() {
    let mut lab = Lab::new();
    let any = ServiceKey::Port { proto: TCP, vip: end(VIP, 0) };
    lab.apply(serve(any, ServiceConfig::new("rr"))).unwrap();
    let answer = lab.request(&tcp(client(1), vip(TCP), SYN));
    assert_eq!(answer.codes(), ["ipvs.service.any-port", "ipvs.dest.none"]);
    lab.service(TCP, "rr"); // the exact port wins
    let answer = lab.request(&tcp(client(1), vip(TCP), SYN));
    assert_eq!(answer.codes(), ["ipvs.service.found", "ipvs.dest.none"]);
}

#[test]
fn a_destination_without_port_takes_the_clients() {
    let mut lab = Lab::new();
    lab.service(TCP, "rr");
    lab.apply(add(TCP, end(rs(11), 0), Method::Nat, 1)).unwrap();
    let _ = lab.request(&tcp(client(1), vip(TCP), SYN));
    assert_eq!(lab.conn().rip, end(rs(11), 80));
}

/// A reply made on the director starts no connection, though it is addressed to another service.
#[test]
fn a_local_reply_is_not_scheduled() {
    for (method, code) in
        [(Method::Nat, "ipvs.accept.local-reply"), (Method::Dr, "ipvs.reply.seen")]
    {
        let mut lab = Lab::serving(UDP, method);
        let other = end(VIP, 5000);
        let service = ServiceKey::Port { proto: UDP, vip: other };
        lab.apply(serve(service, ServiceConfig::new("rr"))).unwrap();
        let _ = lab.send(Hook::LocalOut, &udp(other, vip(UDP), b""));
        let back = udp(vip(UDP), other, b"");
        assert_eq!(lab.send(Hook::LocalOut, &back).last(), code);
        let from_outside = Meta { from_here: false, ..Meta::at(Hook::LocalIn) };
        let code = if method == Method::Nat { "ipvs.dest.none" } else { "ipvs.reply.seen" };
        assert_eq!(lab.send_as(from_outside, &back).last(), code);
    }
}

#[test]
fn the_way_of_a_reply() {
    let nat = Rewrite { src: Some(vip(TCP)), ..Rewrite::default() };
    let none = Rewrite::default();
    let forwarded = Meta::at(Hook::Forward);
    let made_here = Meta::at(Hook::LocalOut);
    let to_here = Meta::at(Hook::LocalIn);
    let made_here_for_here = Meta { routed_local: true, ..made_here };
    #[rustfmt::skip]
    let rows = [
        (Method::Nat, forwarded,          Verdict::Reroute(nat, Track::Leave), "ipvs.nat.reply"),
        (Method::Nat, made_here,          Verdict::Reroute(nat, Track::Leave), "ipvs.nat.reply"),
        (Method::Nat, to_here,            Verdict::Accept(nat, Track::Leave),  "ipvs.nat.reply-here"),
        (Method::Nat, made_here_for_here, Verdict::Accept(nat, Track::Leave),  "ipvs.nat.reply-here"),
        (Method::Dr,  forwarded,          Verdict::Accept(none, Track::Leave), "ipvs.reply.seen"),
        (Method::Tun, made_here,          Verdict::Accept(none, Track::Leave), "ipvs.reply.seen"),
    ];
    for (method, meta, verdict, code) in rows {
        let mut lab = Lab::serving(TCP, method);
        let _ = lab.request(&tcp(client(1), vip(TCP), SYN));
        let from = if method == Method::Nat { rip(TCP, 11, method) } else { vip(TCP) };
        let answer = lab.send_as(meta, &tcp(from, client(1), SYN | ACK));
        assert_eq!((answer.verdict, answer.last()), (verdict, code));
        assert!(answer.noted("ipvs.conn.reply"));
        let live = lab.dest_of(TCP, 11).stats().live();
        assert_eq!((live.conns, live.inpkts, live.outpkts), (1, 1, 1));
        assert_eq!((live.inbytes, live.outbytes), (40, 40));
        assert_eq!(&live, &lab.service_of(TCP).stats().live());
        assert_eq!(&live, &lab.engine.total().live());
    }
}

/// By method: netfilter keeps what belongs to a connection that began under `conntrack`, and lets
/// go of what belongs to another, whatever the setting is by now.
#[test]
fn a_connection_is_tracked_as_it_began() {
    for method in [Method::Nat, Method::Dr, Method::Tun, Method::FullNat] {
        for (at_first, track) in [(0, Track::Leave), (1, Track::Keep)] {
            let mut lab = Lab::serving(TCP, method);
            lab.sysctl(Sysctl::Conntrack, at_first);
            let request = lab.request(&tcp(client(1), vip(TCP), SYN));
            lab.sysctl(Sysctl::Conntrack, 1 - at_first);
            let from = if method.translates() { rip(TCP, 11, method) } else { vip(TCP) };
            let reply = tcp(from, lab.conn().lip, SYN | ACK);
            let error =
                icmp((DIP, lab.conn().lip.addr), (3, 1), [0; 4], &tcp(lab.conn().lip, from, SYN));
            for answer in
                [request, lab.send(Hook::Forward, &reply), lab.send(Hook::Forward, &error)]
            {
                let kept = answer.verdict.passing().map(|(_, track)| track);
                assert_eq!(kept, Some(track), "{method:?} {answer:?}");
            }
            let other = lab.send(Hook::Forward, &tcp(from, client(9), ACK));
            assert_eq!(other.verdict, unchanged());
        }
    }
}

#[test]
fn other_forwarded_packets_pass() {
    let mut lab = Lab::serving(TCP, Method::Nat);
    let _ = lab.request(&tcp(client(1), vip(TCP), SYN));
    let server = rip(TCP, 11, Method::Nat);
    #[rustfmt::skip]
    let rows = [
        (server,                    client(2)), // another port of the client
        (end(rs(11), 8081),         client(1)), // another port of the server
        (end(rs(12), 8080),         client(1)),
        (vip(TCP),                  client(1)), // not translated: not a reply of NAT
        (client(1),                 vip(TCP)),  // a request does not pass through
    ];
    for (src, dst) in rows {
        let answer = lab.send(Hook::Forward, &tcp(src, dst, ACK));
        assert_eq!(answer.last(), "ipvs.reply.none", "{src} to {dst}");
    }
    let cut = ip(rs(11), CIP, 6, &tcp(server, client(1), ACK)[20..39]);
    assert_eq!(lab.send(Hook::Forward, &cut).last(), "ipvs.drop.truncated");
    let ping = icmp((rs(11), CIP), (0, 0), [0; 4], b"");
    assert_eq!(lab.send(Hook::Forward, &ping).last(), "ipvs.icmp.not-error");
}

// --- Lives ---

/// One segment of a life: C from the client, S from the server; then state, timeout and count.
type Step = (char, u8, State, u64, char);

fn live(method: Method, steps: &[Step]) {
    let mut lab = Lab::serving(TCP, method);
    for (from, flags, state, timeout, count) in steps {
        lab.wait_ms(10);
        match from {
            'C' => lab.send(Hook::LocalIn, &tcp(client(1), vip(TCP), *flags)),
            _ => lab.send(Hook::Forward, &tcp(rip(TCP, 11, Method::Nat), client(1), *flags)),
        };
        let conn = lab.conn();
        assert_eq!(conn.state, *state, "{method:?} {steps:?}");
        assert_eq!(conn.timeout.as_secs(), *timeout);
        assert_eq!(conn.expires_at, lab.now + conn.timeout);
        assert_eq!(lab.engine.poll_timeout(), Some(wheel::due(lab.now, conn.timeout)));
        assert_eq!(lab.counts(TCP, 11), if *count == 'A' { (1, 0) } else { (0, 1) });
    }
    let end = lab.engine.poll_timeout().unwrap();
    let wait = (end - lab.now).as_millis() as u64;
    lab.wait_ms(wait - 1);
    assert_eq!(lab.engine.conns().count(), 1);
    lab.wait_ms(1);
    assert_eq!(lab.engine.conns().count(), 0);
    assert_eq!(lab.counts(TCP, 11), (0, 0));
}

use State::{
    Close as CL, CloseWait as CW, Established as ES, FinWait as FW, SynRecv as SR, TimeWait as TW,
};

#[test]
#[rustfmt::skip]
fn lives_under_nat() {
    let open: [Step; 5] = [
        ('C', SYN,       SR, 60,  'A'), ('S', SYN | ACK, SR, 60, 'A'), ('C', ACK, ES, 900, 'A'),
        ('C', ACK,       ES, 900, 'A'), ('S', ACK,       ES, 900, 'A'),
    ];
    let nat = |steps: &[Step]| live(Method::Nat, &[&open, steps].concat());
    nat(&[ // the client closes first
        ('C', FIN | ACK, CW, 60,  'I'), ('S', ACK, CW, 60,  'I'),
        ('S', FIN | ACK, TW, 120, 'I'), ('C', ACK, TW, 120, 'I'),
    ]);
    nat(&[ // the server closes first
        ('S', FIN | ACK, FW, 120, 'I'), ('C', ACK, FW, 120, 'I'),
        ('C', FIN | ACK, TW, 120, 'I'), ('S', ACK, TW, 120, 'I'),
    ]);
    nat(&[('C', RST, CL, 10, 'I')]);
    live(Method::Nat, &[('C', SYN, SR, 60, 'A'), ('S', RST | ACK, CL, 10, 'I')]); // refused
    live(Method::Nat, &[('C', SYN, SR, 60, 'A'), ('C', SYN, SR, 60, 'A')]); // no answer
}

#[test]
#[rustfmt::skip]
fn lives_under_dr_and_tun() {
    for method in [Method::Dr, Method::Tun] {
        let ack = ('C', ACK, ES, 900, 'A');
        let open: [Step; 3] = [('C', SYN, SR, 60, 'A'), ack, ack];
        let seen = |steps: &[Step]| live(method, &[&open, steps].concat());
        let fin = ('C', FIN | ACK, FW, 120, 'I');
        seen(&[fin, ('C', ACK, FW, 120, 'I')]); // the client closes first
        seen(&[ack, fin]); // the server does
        seen(&[('C', RST, CL, 10, 'I')]);
        live(method, &[('C', SYN, SR, 60, 'A'), ('C', SYN, SR, 60, 'A')]);
        live(method, &[('C', SYN, SR, 60, 'A'), ('C', RST, SR, 60, 'A')]); // cannot be shortened
    }
}

/// A director that happens to see the replies follows a DR connection like a NAT one.
#[test]
fn a_seen_reply_of_dr_ends_the_guessing() {
    let mut lab = Lab::serving(TCP, Method::Dr);
    let _ = lab.request(&tcp(client(1), vip(TCP), SYN));
    assert!(lab.conn().flags.no_output);
    let _ = lab.send(Hook::Forward, &tcp(vip(TCP), client(1), SYN | ACK));
    assert!(!lab.conn().flags.no_output);
    let _ = lab.request(&tcp(client(1), vip(TCP), ACK));
    let _ = lab.request(&tcp(client(1), vip(TCP), FIN | ACK));
    assert_eq!(lab.conn().state, State::CloseWait);
}

#[test]
fn udp_has_one_state_and_never_counts_as_active() {
    let mut lab = Lab::serving(UDP, Method::Nat);
    let request = udp(client(1), vip(UDP), b"hello");
    let reply = udp(rip(UDP, 11, Method::Nat), client(1), b"hello");
    for step in 0..4_u64 {
        lab.wait(if step == 0 { 0 } else { 301 }); // the timer is late, so the packet is not
        let answer = match step % 2 {
            0 => lab.request(&request),
            _ => lab.send(Hook::Forward, &reply),
        };
        assert_eq!(answer.noted("ipvs.conn.new"), step == 0);
        let conn = lab.conn();
        assert_eq!((conn.state.name(), conn.timeout.as_secs()), ("UDP", 300));
        assert_eq!(lab.counts(UDP, 11), (0, 1));
    }
    lab.wait(300); // until 1203.2
    assert_eq!(lab.engine.conns().count(), 1);
    lab.wait(1);
    assert_eq!(lab.engine.conns().count(), 0);
}

#[test]
fn set_changes_timeouts_from_the_next_packet_on() {
    let set = |lab: &mut Lab, tcp, tcpfin, udp, origin| {
        let origin = OriginId(origin);
        lab.apply(Change::SetTimeouts { tcp, tcpfin, udp, origin }).unwrap();
    };
    let mut lab = Lab::serving(UDP, Method::Dr);
    let _ = lab.request(&udp(client(1), vip(UDP), b""));
    set(&mut lab, 1, 2, 3, 7);
    assert_eq!(lab.conn().timeout.as_secs(), 300); // runs on
    let _ = lab.request(&udp(client(1), vip(UDP), b""));
    assert_eq!(lab.engine.poll_timeout(), Some(Instant::from_nanos(3_040_000_000)));
    set(&mut lab, 0, 0, 77, 8);
    let timeouts = *lab.engine.timeouts();
    assert_eq!((timeouts.tcp, timeouts.tcpfin), ((1, OriginId(7)), (2, OriginId(7))));
    assert_eq!(timeouts.udp, (77, OriginId(8)));

    let mut tcp_lab = Lab::serving(TCP, Method::Dr);
    set(&mut tcp_lab, 5, 0, 0, 9);
    let _ = tcp_lab.request(&tcp(client(1), vip(TCP), SYN));
    let answer = tcp_lab.request(&tcp(client(1), vip(TCP), ACK));
    let (what, value, origin) = (crate::Setting::TcpTimeout, 5, OriginId(9));
    assert!(answer.reasons.contains(&Reason::Read { what, value, origin }));
    let (from, to, timeout_s) = (State::SynRecv, State::Established, 5);
    assert!(answer.reasons.contains(&Reason::StateChanged { from, to, timeout_s }));
}

// --- Entries that stay, are reused, or are refused ---

#[test]
fn a_syn_reuses_a_port_whose_connection_is_over() {
    let closed = |flags: &[u8]| {
        let mut lab = Lab::serving(TCP, Method::Nat);
        lab.dest(TCP, 12, Method::Nat, 1);
        for flags in flags {
            let _ = lab.request(&tcp(client(1), vip(TCP), *flags));
        }
        lab
    };
    // Over: TIME_WAIT and CLOSE. Not over: all others.
    for (flags, state) in [(&[SYN, FIN][..], TW), (&[SYN, ACK, RST], CL)] {
        let mut lab = closed(flags);
        let old = lab.conn();
        assert_eq!(old.state, state);
        lab.wait(1);
        let answer = lab.request(&tcp(client(1), vip(TCP), SYN));
        assert!(answer.noted("ipvs.conn.reused") && answer.noted("ipvs.conn.new"));
        assert_eq!(lab.engine.poll_timeout(), Some(lab.now)); // the old entry ends at once
        lab.wait(0);
        assert_ne!(lab.conn().rip, old.rip);
        assert_eq!((lab.counts(TCP, 12), lab.counts(TCP, 11)), ((0, 0), (1, 0)));
    }
    for (flags, state) in [(&[SYN][..], SR), (&[SYN, ACK], ES), (&[SYN, ACK, FIN], CW)] {
        let mut lab = closed(flags);
        let rip = lab.conn().rip;
        assert_eq!(lab.conn().state, state);
        let answer = lab.request(&tcp(client(1), vip(TCP), SYN));
        assert!(answer.noted("ipvs.conn.found") && !answer.noted("ipvs.conn.reused"));
        assert_eq!(lab.conn().rip, rip);
    }
    // Without SYN the old entry goes on.
    let mut lab = closed(&[SYN, FIN]);
    assert!(lab.request(&tcp(client(1), vip(TCP), ACK)).noted("ipvs.conn.found"));
}

/// The scheduler still counts the old entry, as in the kernel, where it ends a tick later.
#[test]
fn a_reused_entry_weighs_until_its_timer_is_handled() {
    let mut lab = Lab::new();
    lab.service(TCP, "lc");
    lab.dest(TCP, 11, Method::Nat, 1);
    lab.dest(TCP, 12, Method::Nat, 1);
    let _ = lab.request(&tcp(client(1), vip(TCP), SYN));
    let _ = lab.request(&tcp(client(1), vip(TCP), FIN));
    assert_eq!(lab.conn().rip.addr, rs(12));
    let answer = lab.request(&tcp(client(1), vip(TCP), SYN));
    assert_eq!(answer.verdict.outcome(), crate::Outcome::Forward);
    let replies_to = |lab: &mut Lab, last| {
        lab.send(Hook::Forward, &tcp(rip(TCP, last, Method::Nat), client(1), ACK)).last()
    };
    assert_eq!(replies_to(&mut lab, 11), "ipvs.nat.reply");
    assert_eq!(replies_to(&mut lab, 12), "ipvs.reply.none"); // the old entry is not found any more
}

/// Port 0 says that no answer is expected: such datagrams never find an entry, each makes its own.
#[test]
fn packets_from_port_0_are_scheduled_each_for_itself() {
    let mut lab = Lab::serving(UDP, Method::Nat);
    for count in 1..4 {
        let answer = lab.request(&udp(client(0), vip(UDP), b""));
        assert_eq!((answer.noted("ipvs.conn.new"), answer.last()), (true, "ipvs.nat.request"));
        assert_eq!(lab.engine.conns().count(), count);
    }
    let reply = udp(rip(UDP, 11, Method::Nat), client(0), b"");
    assert_eq!(lab.send(Hook::Forward, &reply).last(), "ipvs.nat.reply");
}

#[test]
fn a_quiesced_destination_finishes_what_it_has() {
    let mut lab = Lab::serving(TCP, Method::Dr);
    let _ = lab.request(&tcp(client(1), vip(TCP), SYN));
    lab.edit(TCP, 11, Method::Dr, 0);
    assert_eq!(lab.request(&tcp(client(1), vip(TCP), ACK)).last(), "ipvs.dr.direct");
    assert_eq!(lab.request(&tcp(client(2), vip(TCP), SYN)).last(), "ipvs.dest.none");
}

#[test]
fn a_connection_keeps_the_method_it_began_with() {
    let mut lab = Lab::serving(UDP, Method::Dr);
    let _ = lab.request(&udp(client(1), vip(UDP), b""));
    lab.edit(UDP, 11, Method::Tun, 1);
    assert_eq!(lab.request(&udp(client(1), vip(UDP), b"")).last(), "ipvs.dr.direct");
    assert_eq!(lab.request(&udp(client(2), vip(UDP), b"")).last(), "ipvs.tun.wrapped");
}

#[test]
fn the_table_has_a_limit() {
    let mut lab = Lab::with_limit(3);
    lab.service(UDP, "rr");
    lab.dest(UDP, 11, Method::Dr, 1);
    let mut codes = (1..6).map(|port| lab.request(&udp(client(port), vip(UDP), b"")).last());
    assert_eq!(codes.by_ref().take(3).collect::<Vec<_>>(), ["ipvs.dr.direct"; 3]);
    assert_eq!(codes.collect::<Vec<_>>(), ["ipvs.conn.limit"; 2]);
    assert_eq!(lab.engine.total().live().conns, 3);
    lab.wait(308);
    assert_eq!(lab.request(&udp(client(9), vip(UDP), b"")).last(), "ipvs.dr.direct");
}

/// Two VIPs that lead to one real server's port: replies to one client port name the newer
/// connection.
#[test]
fn ambiguous_replies_belong_to_the_newest_connection() {
    let mut lab = Lab::serving(TCP, Method::Nat);
    let other = end(VIP, 81);
    let service = ServiceKey::Port { proto: TCP, vip: other };
    lab.apply(serve(service, ServiceConfig::new("rr"))).unwrap();
    let (rip, config) = (rip(TCP, 11, Method::Nat), DestConfig::new(Method::Nat, 1));
    lab.apply(Change::AddDest { service, rip, config, origin: OriginId(0) }).unwrap();
    for vip in [vip(TCP), other, vip(TCP)] {
        let _ = lab.request(&tcp(client(1), vip, SYN));
    }
    let answer = lab.send(Hook::Forward, &tcp(rip, client(1), SYN | ACK));
    let rewrite = Rewrite { src: Some(other), ..Rewrite::default() };
    assert_eq!(answer.verdict, Verdict::Reroute(rewrite, Track::Leave));
}

#[test]
fn connections_are_shown_with_their_service() {
    let mut lab = Lab::serving(UDP, Method::Nat);
    let _ = lab.request(&udp(client(1), vip(UDP), b""));
    let conn = lab.conn();
    let ends: [Endpoint; 4] = [conn.client, conn.vip, conn.rip, conn.lip];
    assert_eq!(ends, [client(1), vip(UDP), rip(UDP, 11, Method::Nat), client(1)]);
    assert_eq!(conn.service, lab.engine.service(key(UDP)).map(crate::Service::id));
    assert_eq!(lab.engine.dest(conn.dest).unwrap().rip(), rip(UDP, 11, Method::Nat));
    lab.delete(UDP, 11, Method::Nat);
    assert_eq!(lab.conn().service, None);
}
