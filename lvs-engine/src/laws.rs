//! Laws over all packets and histories, tried on random ones.

use alloc::vec::Vec;
use core::net::Ipv4Addr;

use etherparse::Ipv4HeaderSlice;
use proptest::prelude::*;

use crate::fixture::{
    CIP, Lab, Recorder, VIP, checksums_are_right, client, end, icmp, lip, opening, reseal,
    rewritten, rip, rs, serve, tcp, udp, vip,
};
use crate::{
    Change, Conn, Dest, DestConfig, Endpoint, Hook, Instant, Meta, Method, OriginId, Packet,
    Persistence, Proto, Rewrite, SchedFlags, ServiceConfig, ServiceKey, Sysctl, Tracked, Verdict,
    View, Way,
};

const METHODS: [Method; 4] = [Method::Nat, Method::Dr, Method::Tun, Method::FullNat];
/// Those that change what happens to connections.
const SYSCTLS: [Sysctl; 9] = [
    Sysctl::ConnReuseMode,
    Sysctl::DropEntry,
    Sysctl::DropPacket,
    Sysctl::ExpireNodestConn,
    Sysctl::ExpireQuiescentTemplate,
    Sysctl::NatIcmpSend,
    Sysctl::ScheduleIcmp,
    Sysctl::SloppyTcp,
    Sysctl::SnatReroute,
];

fn endpoint() -> impl Strategy<Value = Endpoint> {
    (any::<u32>(), any::<u16>()).prop_map(|(addr, port)| end(addr.into(), port))
}

/// A whole packet with right checksums, of either protocol, with any TTL, TOS and flags.
fn packet(src: Endpoint, dst: Endpoint) -> impl Strategy<Value = Vec<u8>> {
    let data = proptest::collection::vec(any::<u8>(), 0..60);
    (any::<bool>(), any::<u8>(), 2..=255_u8, any::<u8>(), any::<bool>(), data).prop_map(
        move |(is_tcp, flags, ttl, tos, df, data)| {
            let mut packet = if is_tcp { tcp(src, dst, flags) } else { udp(src, dst, &data) };
            (packet[1], packet[6], packet[8]) = (tos, if df { 0x40 } else { 0 }, ttl);
            reseal(&mut packet);
            packet
        },
    )
}

/// The same packet on its way back.
fn turned(packet: &[u8]) -> Vec<u8> {
    let mut turned = packet.to_vec();
    turned[12..16].copy_from_slice(&packet[16..20]);
    turned[16..20].copy_from_slice(&packet[12..16]);
    turned[20..22].copy_from_slice(&packet[22..24]);
    turned[22..24].copy_from_slice(&packet[20..22]);
    turned
}

/// Bytes that often look like a packet: any bytes, or a packet or an ICMP error with bytes changed.
fn rough() -> impl Strategy<Value = Vec<u8>> {
    let any_bytes = proptest::collection::vec(any::<u8>(), 0..120);
    let near = (0..4_u16, 0..3_u8, any::<bool>(), any::<bool>(), 0..70_usize);
    let spoil = proptest::collection::vec((0..90_usize, any::<u8>()), 0..4);
    prop_oneof![
        any_bytes,
        (near, spoil).prop_map(|((port, kind, back, is_udp, len), spoil)| {
            let proto = if is_udp { Proto::Udp } else { Proto::Tcp };
            let (a, b) = (client(port), vip(proto));
            let plain = if back { opening(proto, b, a) } else { opening(proto, a, b) };
            let mut packet = match kind {
                0 => plain,
                1 => icmp((CIP, VIP), (3, 4), [0, 0, 5, 0], &plain[..len.min(plain.len())]),
                _ => icmp((rs(11), CIP), (11, 0), [0; 4], &plain),
            };
            for (at, byte) in spoil {
                if let Some(there) = packet.get_mut(at) {
                    *there = byte;
                }
            }
            packet
        }),
    ]
}

fn meta() -> impl Strategy<Value = Meta> {
    let hook = prop_oneof![Just(Hook::LocalIn), Just(Hook::Forward), Just(Hook::LocalOut)];
    (hook, any::<[bool; 4]>()).prop_map(|(hook, [routed_local, to_us, from_here, marked])| Meta {
        hook,
        mark: u32::from(marked),
        routed_local,
        to_us,
        from_here,
        tracked: Tracked::No,
    })
}

/// Every scheduler, with and without persistence, one-packet scheduling and flags.
fn any_config(draw: usize) -> ServiceConfig<'static> {
    let schedulers = [
        "rr", "wrr", "lc", "wlc", "sed", "nq", "sh", "dh", "mh", "fo", "ovf", "lblc", "lblcr",
        "twos",
    ];
    let mask = [255, 255, 255, 0].into();
    ServiceConfig {
        flags: SchedFlags {
            first: draw.is_multiple_of(2),
            second: draw.is_multiple_of(5),
            third: false,
        },
        persistence: (draw.is_multiple_of(3)).then_some(Persistence { timeout_s: 50, mask }),
        one_packet: draw.is_multiple_of(4),
        ..ServiceConfig::new(schedulers[draw % schedulers.len()])
    }
}

/// A director with both services and all methods, and small limits.
fn busy_lab() -> Lab {
    let mut lab = Lab::with_limit(5);
    for (proto, scheduler) in [(Proto::Tcp, "wlc"), (Proto::Udp, "wrr")] {
        lab.service(proto, scheduler);
        for (last, method) in (11..).zip(METHODS) {
            lab.dest(proto, last, method, u32::from(last - 10));
        }
        lab.local(proto, 200);
        lab.local(proto, 201);
    }
    lab
}

/// Whether each answer that FULLNAT waits for belongs to one live connection.
fn answers_are_apart(conns: &[Conn], now: Instant) -> bool {
    let live = conns.iter().filter(|conn| {
        conn.method == Method::FullNat && !conn.flags.template && conn.expires_at > now
    });
    let mut answers: Vec<_> = live.map(|conn| (conn.proto, conn.rip, conn.lip)).collect();
    let all = answers.len();
    answers.sort_unstable();
    answers.dedup();
    answers.len() == all
}

proptest! {
    /// What goes out as a request comes back as its own reply: NAT there and back is the identity.
    #[test]
    fn nat_there_and_back(
        packet in packet(client(40_000), end(VIP, 80)),
        rip in endpoint(),
    ) {
        let there = Rewrite { age: true, dst: Some(rip), ..Rewrite::default() };
        let back = Rewrite { src: Some(end(VIP, 80)), ..Rewrite::default() };
        let aged = Rewrite { age: true, ..Rewrite::default() };
        let returned = rewritten(&turned(&rewritten(&packet, there)), back);
        prop_assert_eq!(returned, turned(&rewritten(&packet, aged)));
    }

    /// The same with both ends, whatever local address and port stand between.
    #[test]
    fn fullnat_there_and_back(
        packet in packet(client(40_000), end(VIP, 80)),
        (lip, rip) in (endpoint(), endpoint()),
    ) {
        let ends = |src, dst| Rewrite { src: Some(src), dst: Some(dst), ..Rewrite::default() };
        let there = Rewrite { age: true, ..ends(lip, rip) };
        let back = ends(end(VIP, 80), client(40_000));
        let aged = Rewrite { age: true, ..Rewrite::default() };
        let returned = rewritten(&turned(&rewritten(&packet, there)), back);
        prop_assert_eq!(returned, turned(&rewritten(&packet, aged)));
    }

    /// Whatever is edited, all checksums are right afterwards, the outer header's and the quote's,
    /// too.
    #[test]
    fn checksums_are_right_after_every_rewrite(
        packet in packet(client(40_000), end(VIP, 80)),
        ends in any::<[bool; 4]>(),
        (src, dst) in (endpoint(), endpoint()),
    ) {
        let [age, new_src, new_dst, outer] = ends;
        let rewrite = Rewrite {
            age,
            src: new_src.then_some(src),
            dst: new_dst.then_some(dst),
            outer: outer.then_some(crate::Outer::new(src.addr, dst.addr, src.port)),
            quoted: None,
            netfilter: false,
        };
        prop_assert!(checksums_are_right(&rewritten(&packet, rewrite)));

        let error = icmp((CIP, VIP), (3, 3), [0; 4], &packet);
        let error = rewritten(&error, Rewrite { quoted: Some(28), ..rewrite });
        prop_assert!(checksums_are_right(&error));
        let quoted = View::new_cut(&error[if outer { 48 } else { 28 }..]).unwrap();
        prop_assert_eq!(crate::checksum::of(&quoted.bytes()[..20]), 0);
        prop_assert_eq!(quoted.src() == dst.addr, new_dst || dst.addr == CIP);
    }

    /// The view reads what another implementation reads.
    #[test]
    fn a_view_equals_etherparse(bytes in rough(), options in 0..11_usize) {
        let mut bytes = bytes;
        if bytes.len() > 20 && options > 0 {
            bytes[0] = 0x45 + options as u8;
        }
        let theirs = Ipv4HeaderSlice::from_slice(&bytes);
        let ours = View::new_cut(&bytes);
        let (Ok(theirs), Ok(ours)) = (&theirs, &ours) else {
            // They do not look at the total length.
            let is_short = theirs.as_ref().is_ok_and(|header| {
                usize::from(header.total_len()) < header.slice().len()
            });
            prop_assert!(ours.is_err() && (theirs.is_err() || is_short));
            return Ok(());
        };
        prop_assert_eq!(ours.src(), theirs.source_addr());
        prop_assert_eq!(ours.dst(), theirs.destination_addr());
        prop_assert_eq!(ours.proto(), theirs.protocol().0);
        prop_assert_eq!(ours.ttl(), theirs.ttl());
        prop_assert_eq!(ours.tos(), theirs.dcp().value() << 2 | theirs.ecn().value());
        prop_assert_eq!(ours.id(), theirs.identification());
        prop_assert_eq!(ours.df(), theirs.dont_fragment());
        prop_assert_eq!(ours.more_fragments(), theirs.more_fragments());
        let offset = theirs.fragments_offset().byte_offset();
        prop_assert_eq!(ours.fragment_offset(), usize::from(offset));
        prop_assert_eq!(ours.is_fragment(), theirs.is_fragmenting_payload());
        prop_assert_eq!(ours.header_len(), theirs.slice().len());
        let end = usize::from(theirs.total_len()).min(bytes.len());
        prop_assert_eq!(ours.payload(), &bytes[theirs.slice().len()..end]);
        prop_assert_eq!(View::new(&bytes).is_ok(), usize::from(theirs.total_len()) <= bytes.len());
    }

    /// No bytes make it panic; its last reason implies its verdict, with or without a recorder,
    /// warmed or not (`send_as` checks); what it plans can be applied; its counters equal its
    /// connections.
    #[test]
    fn no_history_breaks_the_engine(
        steps in proptest::collection::vec((meta(), rough(), 0..40_u64, 0..20_u8), 1..60),
    ) {
        let mut lab = busy_lab();
        for (meta, bytes, seconds, change) in steps {
            lab.wait(seconds);
            let proto = if change % 2 == 0 { Proto::Tcp } else { Proto::Udp };
            let last = 11 + change % 4;
            let method = METHODS[usize::from(change % 4)];
            let (service, rip) = (crate::fixture::key(proto), rip(proto, last, method));
            let narrow = DestConfig { upper: 2, ..DestConfig::new(method, seconds as u32 % 3) };
            // Some of these are refused, which is fine.
            let _ = match change {
                0..3 => lab.apply(Change::DeleteDest { service, rip }),
                3..6 => lab.apply(crate::fixture::add(proto, rip, method, u32::from(change % 2))),
                6 => lab.apply(Change::DeleteService { service }),
                7 => lab.apply(Change::Zero { service: None }),
                8 => lab.apply(serve(service, any_config(seconds as usize))),
                13 => lab.apply(serve(ServiceKey::Mark(1), any_config(seconds as usize))),
                14 => lab.apply(Change::AddDest {
                    service: ServiceKey::Mark(1), rip, config: narrow, origin: OriginId(0),
                }),
                15 => lab.apply(crate::fixture::edit(proto, rip, narrow)),
                16 => lab.apply(Change::EditService {
                    service, config: any_config(seconds as usize), origin: OriginId(0),
                }),
                9..13 => lab.apply(Change::SetSysctl {
                    sysctl: SYSCTLS[usize::from(change) - 9],
                    value: (seconds % 4) as i32,
                    origin: OriginId(0),
                }),
                17 => lab.apply(Change::AddLocal {
                    service, addr: lip(200 + seconds as u8 % 3), origin: OriginId(0),
                }),
                18 => {
                    lab.apply(Change::DeleteLocal { service, addr: lip(200 + seconds as u8 % 3) })
                }
                _ => Ok(()),
            };
            if View::new(&bytes).is_ok() {
                lab.engine.warm([&bytes[..], &[0; 3]].into_iter());
                let _ = lab.send_as(meta, &bytes);
            }
            let conns = lab.engine.conns().collect::<Vec<_>>();
            let inactive = conns.iter().filter(|conn| conn.flags.inactive).count();
            let templates = conns.iter().filter(|conn| conn.flags.template).count();
            let counted = |count: fn(&Dest) -> u32| lab.engine.dests.iter().map(count).sum::<u32>();
            prop_assert_eq!(counted(Dest::inactive) as usize, inactive);
            prop_assert_eq!(counted(Dest::active) as usize, conns.len() - inactive - templates);
            prop_assert_eq!(counted(Dest::persistent) as usize, templates);
            prop_assert!(conns.iter().all(|conn| !conn.flags.one_packet));
            prop_assert!(answers_are_apart(&conns, lab.now));
            prop_assert!(lab.engine.poll_timeout().is_none_or(|at| at >= lab.now));
        }
        // Left alone, all connections end and all deleted destinations are forgotten.
        lab.wait(2000);
        prop_assert_eq!(lab.engine.conns().count(), 0);
        prop_assert!(lab.engine.dests.iter().all(|dest| !dest.is_bound()));
        lab.apply(Change::Flush).unwrap();
        lab.wait(400);
        prop_assert_eq!(lab.engine.poll_timeout(), None);
    }

    /// Reading ahead, in any order and of any bytes, leaves no trace.
    #[test]
    fn warming_changes_nothing(bytes in proptest::collection::vec(rough(), 0..50)) {
        let mut lab = busy_lab();
        for port in 0..4 {
            let _ = lab.request(&tcp(client(port), vip(Proto::Tcp), 2));
        }
        let before = alloc::format!("{:?}", lab.engine);
        lab.engine.warm(bytes.iter().map(Vec::as_slice));
        prop_assert_eq!(alloc::format!("{:?}", lab.engine), before);
    }

    /// A rewrite applied to any bytes that are a packet works or refuses; it never panics.
    #[test]
    fn applying_never_panics(
        bytes in rough(),
        headroom in 0..30_usize,
        (age, src, dst) in (any::<bool>(), any::<bool>(), any::<bool>()),
        (outer, quoted) in (any::<bool>(), proptest::option::of(0..100_u16)),
    ) {
        let mut buf = [&[0; 30][..headroom], &bytes].concat();
        let before = buf.clone();
        let Ok(mut packet) = Packet::new(&mut buf, headroom) else { return Ok(()) };
        let outer = outer.then_some(crate::Outer::new(CIP, VIP, 1));
        let src = src.then_some(client(1));
        let dst = dst.then_some(client(2));
        if (Rewrite { age, src, dst, outer, quoted, netfilter: false }).apply(&mut packet).is_err() {
            prop_assert_eq!(buf, before);
        }
    }

    /// Same seed, same history: same answers. Another seed changes nothing but the outer ids.
    #[test]
    fn the_seed_decides_nothing_a_lesson_shows(
        packets in proptest::collection::vec((0..50_u16, any::<bool>()), 1..80),
        seed in any::<u64>(),
    ) {
        let run = |seed| {
            let mut lab = busy_lab();
            lab.engine = crate::Engine::new(crate::Limits { conns: 20, conns_at_start: 0 }, seed);
            let (proto, vip) = (Proto::Udp, vip(Proto::Udp));
            lab.service(proto, "lc");
            (11..14).for_each(|last| lab.dest(proto, last, Method::Nat, 1));
            let mut out = Vec::new();
            for (port, wait) in &packets {
                lab.now = lab.now + core::time::Duration::from_secs(u64::from(*wait) * 100);
                let mut recorder = Recorder::default();
                lab.engine.handle_timeout(lab.now, &mut recorder);
                let packet = udp(client(*port), vip, b"");
                let view = View::new(&packet).unwrap();
                let meta = Meta::at(Hook::LocalIn);
                let verdict = lab.engine.handle(lab.now, meta, &view, &mut lab.fib, &mut recorder);
                out.push((verdict, recorder.0));
            }
            out
        };
        prop_assert_eq!(run(seed), run(1));
    }
}

/// `Verdict` travels by value through every hop: two cache lines are too many.
#[test]
fn a_verdict_is_small() {
    assert!(size_of::<Verdict<u32>>() <= 64, "{}", size_of::<Verdict<u32>>());
    assert!(size_of::<Rewrite>() <= 40, "{}", size_of::<Rewrite>());
}

/// Plan and verdict agree for each method and way.
#[test]
fn only_translation_touches_replies() {
    for method in METHODS {
        let mut lab = Lab::serving(Proto::Tcp, method);
        let _ = lab.request(&tcp(client(1), vip(Proto::Tcp), 2));
        let plan = Rewrite::plan(&lab.conn(), Way::Reply, Ipv4Addr::UNSPECIFIED, 0);
        assert_eq!(plan.is_empty(), !method.translates());
        assert!(!plan.age);
    }
}
