//! The pick tables of the schedulers, through the engine: real servers are named A, B, C, D.

use alloc::string::String;

use crate::fixture::{Lab, client, edit, key, opening, rip, vip};
use crate::{
    Change, DestConfig, DestId, Endpoint, Hook, Meta, Method, OriginId, Proto, SchedFlags,
    Scheduler, ServiceConfig, ServiceKey, Sysctl, Verdict,
};

const A: u8 = b'A';

/// A service whose destinations A, B, … were added in this order, with these weights.
fn lab(proto: Proto, scheduler: &str, weights: &[u32]) -> Lab {
    let mut lab = Lab::new();
    lab.service(proto, scheduler);
    for (name, weight) in (A..).zip(weights) {
        lab.dest(proto, name, Method::Dr, *weight);
    }
    lab
}

/// The next picks, each for a new client port; `-` is none.
fn picks(lab: &mut Lab, proto: Proto, count: usize) -> String {
    let first = 1024 + lab.engine.conns().count() as u16;
    let ports = (first..).take(count);
    ports.map(|port| lab.open(proto, port).map_or('-', char::from)).collect()
}

fn first_picks(proto: Proto, scheduler: &str, weights: &[u32], count: usize) -> String {
    picks(&mut lab(proto, scheduler, weights), proto, count)
}

#[test]
fn rr_goes_round_newest_first() {
    let rr = |weights: &[u32]| first_picks(Proto::Tcp, "rr", weights, 6);
    assert_eq!(rr(&[1, 1, 1]), "CBACBA");
    assert_eq!(rr(&[9, 1, 5]), "CBACBA"); // weights other than 0 have no influence
    assert_eq!(rr(&[1, 0, 1]), "CACACA");
    assert_eq!(rr(&[1]), "AAAAAA");
    assert_eq!(rr(&[0, 0]), "------");
    assert_eq!(rr(&[]), "------");
}

#[test]
fn rr_goes_on_where_it_was_when_the_list_changes() {
    let (tcp, dr) = (Proto::Tcp, Method::Dr);

    let mut added = lab(tcp, "rr", &[1, 1, 1]);
    assert_eq!(picks(&mut added, tcp, 1), "C");
    added.dest(tcp, b'D', dr, 1);
    assert_eq!(picks(&mut added, tcp, 5), "BADCB"); // D waits until the walk wraps

    let mut deleted = lab(tcp, "rr", &[1, 1, 1]);
    assert_eq!(picks(&mut deleted, tcp, 2), "CB");
    deleted.delete(tcp, b'B', dr); // the one served last: its successor is next
    assert_eq!(picks(&mut deleted, tcp, 3), "ACA");

    let mut head = lab(tcp, "rr", &[1, 1, 1]);
    assert_eq!(picks(&mut head, tcp, 1), "C");
    head.delete(tcp, b'C', dr);
    assert_eq!(picks(&mut head, tcp, 3), "BAB");

    let mut again = lab(tcp, "rr", &[1, 1, 1]);
    assert_eq!(picks(&mut again, tcp, 2), "CB");
    again.delete(tcp, b'A', dr);
    again.dest(tcp, b'A', dr, 1); // goes to the head
    assert_eq!(picks(&mut again, tcp, 4), "ACBA");

    let mut failed = lab(tcp, "rr", &[1, 1, 1]);
    assert_eq!(picks(&mut failed, tcp, 1), "C");
    (A..A + 3).for_each(|name| failed.edit(tcp, name, dr, 0));
    assert_eq!(picks(&mut failed, tcp, 2), "--");
    (A..A + 3).for_each(|name| failed.edit(tcp, name, dr, 1));
    assert_eq!(picks(&mut failed, tcp, 2), "BA"); // failing moved nothing
}

#[test]
fn wrr_serves_everybody_once_and_then_by_weight() {
    let wrr = |weights: &[u32]| first_picks(Proto::Tcp, "wrr", weights, 12);
    #[rustfmt::skip]
    let rows: [(&[u32], &str); 9] = [
        (&[3, 2, 1],     "CBAABACBAABA"),
        (&[1, 2, 3],     "CBACCBCBACCB"),
        (&[1, 1, 1],     "CBACBACBACBA"),
        (&[4, 2, 0],     "BAABAABAABAA"),
        (&[3, 0, 1],     "CAAACAAACAAA"),
        (&[2, 4, 6],     "CBACCBCBACCB"),
        (&[100, 50, 10], "CBAAAAAABABA"),
        (&[0, 0],        "------------"),
        (&[],            "------------"),
    ];
    for (weights, want) in rows {
        assert_eq!(wrr(weights), want, "{weights:?}");
    }
}

#[test]
fn wrr_restarts_its_walk_but_keeps_its_level_when_the_list_changes() {
    let (tcp, dr) = (Proto::Tcp, Method::Dr);
    let mut lab = lab(tcp, "wrr", &[3, 2, 1]);
    assert_eq!(picks(&mut lab, tcp, 4), "CBAA");
    lab.edit(tcp, A, dr, 1);
    assert_eq!(picks(&mut lab, tcp, 8), "BCBABCBA");
    lab.dest(tcp, b'D', dr, 4);
    assert_eq!(picks(&mut lab, tcp, 12), "DCBADDDBDCBA");
}

#[test]
fn wrr_bound_to_a_filled_list_begins_at_the_highest_weight() {
    let tcp = Proto::Tcp;
    let mut lab = lab(tcp, "rr", &[3, 2, 1]);
    let edit = |scheduler| Change::EditService {
        service: key(tcp),
        config: ServiceConfig::new(scheduler),
        origin: OriginId(9),
    };
    lab.apply(edit("wrr")).unwrap();
    assert_eq!(picks(&mut lab, tcp, 6), "ABACBA");
    lab.apply(edit("wrr")).unwrap(); // the same one keeps its state
    assert_eq!(picks(&mut lab, tcp, 2), "AB");
}

#[test]
fn lc_ignores_the_weight_unless_it_is_zero() {
    for proto in [Proto::Tcp, Proto::Udp] {
        assert_eq!(first_picks(proto, "lc", &[1, 1, 1], 6), "CBACBA");
        assert_eq!(first_picks(proto, "lc", &[9, 1, 5], 6), "CBACBA");
        assert_eq!(first_picks(proto, "lc", &[1, 0, 1], 4), "CACA");
        assert_eq!(first_picks(proto, "lc", &[0], 2), "--");
    }
}

#[test]
fn wlc_divides_the_load_by_the_weight() {
    for proto in [Proto::Tcp, Proto::Udp] {
        assert_eq!(first_picks(proto, "wlc", &[3, 2, 1], 12), "CBAABACBAABA");
        assert_eq!(first_picks(proto, "wlc", &[1, 0, 1], 4), "CACA");
        assert_eq!(first_picks(proto, "wlc", &[0, 0], 2), "--");
    }
}

/// One open connection weighs as much as 256 that only wait to expire.
#[test]
fn load_is_256_for_an_active_connection_and_1_for_an_inactive_one() {
    //     (weight, active, inactive) …               lc         wlc
    check(&[(1, 0, 0), (1, 0, 0)], Some(0), Some(0)); // the first of equals
    check(&[(1, 1, 0), (1, 0, 255)], Some(1), Some(1)); // 256 against 255
    check(&[(1, 1, 0), (1, 0, 256)], Some(0), Some(0)); // equal again
    check(&[(1, 1, 1), (1, 0, 256)], Some(1), Some(1));
    check(&[(0, 0, 0), (1, 9, 9)], Some(1), Some(1)); // weight 0 takes nothing new
    check(&[(1, 1, 0), (2, 1, 255)], Some(0), Some(1)); // 256/1 against 511/2
    check(&[(1, 1, 0), (2, 1, 256)], Some(0), Some(0)); // 256/1 against 512/2
    check(&[(u32::MAX, 2, 0), (u32::MAX - 1, 1, 255)], Some(1), Some(1)); // no overflow
    check(&[(0, 0, 0)], None, None);
}

/// Destinations in the order of the list, and which of them `lc` and `wlc` choose.
fn check(dests: &[(u32, u32, u32)], lc: Option<usize>, wlc: Option<usize>) {
    for (scheduler, want) in [("lc", lc), ("wlc", wlc)] {
        let tcp = Proto::Tcp;
        let weights: alloc::vec::Vec<u32> = dests.iter().rev().map(|dest| dest.0).collect();
        let mut lab = lab(tcp, scheduler, &weights);
        let order = lab.service_of(tcp).dests.clone();
        for (id, (_, active, inactive)) in order.iter().zip(dests) {
            let dest = &mut lab.engine.dests[id.0 as usize];
            (dest.active, dest.inactive) = (*active, *inactive);
        }
        let answer = lab.request(&opening(tcp, client(1024), vip(tcp)));
        let picked = lab.engine.conns().next().map(|conn| conn.rip);
        let name = |place: usize| rip(tcp, A + (dests.len() - 1 - place) as u8, Method::Dr);
        assert_eq!(picked, want.map(name), "{scheduler} {dests:?}");
        assert_eq!(answer.noted("ipvs.sched.quiesced"), dests.iter().any(|dest| dest.0 == 0));
    }
}

/// Active connections only: SYN_RECV counts, a datagram does not.
#[test]
#[rustfmt::skip]
fn sed_nq_fo_and_ovf() {
    let (tcp, udp) = (Proto::Tcp, Proto::Udp);
    for (scheduler, proto, weights, want) in [
        ("sed", tcp, [3, 2, 1], "ABACBAABACBA"),
        ("sed", udp, [3, 2, 1], "AAAAAAAAAAAA"),
        ("sed", tcp, [1, 1, 1], "CBACBACBACBA"),
        ("sed", tcp, [0, 2, 1], "BCBBCBBCBBCB"),
        ("sed", tcp, [0, 0, 0], "------------"),
        ("nq",  tcp, [3, 2, 1], "CBAABAABACBA"),
        ("nq",  udp, [3, 2, 1], "CCCCCCCCCCCC"),
        ("nq",  tcp, [3, 2, 0], "BAABAABABAAB"),
        ("nq",  tcp, [0, 0, 0], "------------"),
        ("fo",  tcp, [3, 2, 1], "AAAAAAAAAAAA"),
        ("fo",  udp, [1, 1, 1], "CCCCCCCCCCCC"),
        ("fo",  tcp, [0, 2, 1], "BBBBBBBBBBBB"),
        ("fo",  tcp, [0, 0, 0], "------------"),
        ("ovf", tcp, [3, 2, 1], "AAAABBBCC---"), // each takes one more than its weight
        ("ovf", udp, [3, 2, 1], "AAAAAAAAAAAA"),
        ("ovf", tcp, [2, 2, 0], "BBBAAA------"),
    ] {
        assert_eq!(first_picks(proto, scheduler, &weights, 12), want, "{scheduler} {weights:?}");
    }
}

/// A destination at its upper threshold takes nothing new, whatever the scheduler.
#[test]
#[rustfmt::skip]
fn thresholds_are_passed_over() {
    // A3 B2 C1, A may have two connections.
    for (scheduler, want) in [
        ("rr",   "CBACBACBCBCB"),
        ("wrr",  "CBAABCBBCBBC"),
        ("lc",   "CBACBACBCBCB"),
        ("wlc",  "CBAABCBBCBBC"),
        ("sed",  "ABACBBCBBCBB"),
        ("nq",   "CBAABBCBBCBB"),
        ("fo",   "AABBBBBBBBBB"),
        ("ovf",  "AABBBCC-----"),
    ] {
        let mut lab = lab(Proto::Tcp, scheduler, &[3, 2, 1]);
        let config = DestConfig { upper: 2, ..DestConfig::new(Method::Dr, 3) };
        lab.apply(edit(Proto::Tcp, rip(Proto::Tcp, A, Method::Dr), config)).unwrap();
        assert_eq!(picks(&mut lab, Proto::Tcp, 12), want, "{scheduler}");
    }
}

/// All overloaded: wrr gives up, wherever its walk stands, and goes on when one has room.
#[test]
fn wrr_ends_its_walk_when_all_are_overloaded() {
    let (tcp, dr) = (Proto::Tcp, Method::Dr);
    for before in 0..7 {
        let mut lab = lab(tcp, "wrr", &[3, 2, 1]);
        let _ = picks(&mut lab, tcp, before);
        let order = lab.service_of(tcp).dests.clone();
        order.iter().for_each(|id| lab.engine.dests[id.0 as usize].overloaded = true);
        assert_eq!(picks(&mut lab, tcp, 2), "--", "after {before}");
        order.iter().for_each(|id| lab.engine.dests[id.0 as usize].overloaded = false);
        lab.edit(tcp, A, dr, 0);
        lab.edit(tcp, A + 1, dr, 0);
        assert_eq!(picks(&mut lab, tcp, 2), "CC", "after {before}");
    }
}

/// The picks of these clients, each from this port.
fn picks_of(lab: &mut Lab, clients: &[[u8; 4]], port: u16) -> String {
    let pick = |addr: &[u8; 4]| {
        let src = Endpoint::new((*addr).into(), port);
        match lab.request(&opening(Proto::Tcp, src, vip(Proto::Tcp))).verdict {
            Verdict::Forward { path, .. } => char::from(path.octets()[3]),
            _ => '-',
        }
    };
    clients.iter().map(pick).collect()
}

const CLIENTS: [[u8; 4]; 7] = [
    [10, 0, 0, 2],
    [10, 0, 0, 3],
    [192, 168, 1, 10],
    [203, 0, 113, 7],
    [198, 51, 100, 1],
    [198, 51, 100, 2],
    [198, 51, 100, 3],
];

fn flagged(scheduler: &'static str, first: bool, second: bool, weights: &[u32]) -> Lab {
    let mut lab = lab(Proto::Tcp, "rr", weights);
    let flags = SchedFlags { first, second, third: false };
    let config = ServiceConfig { flags, ..ServiceConfig::new(scheduler) };
    let service = key(Proto::Tcp);
    lab.apply(Change::EditService { service, config, origin: OriginId(9) }).unwrap();
    lab
}

/// As Linux 6.1 chose.
#[test]
fn sh_by_address_and_by_port() {
    let sh = |port: bool, weights: &[u32]| {
        picks_of(&mut flagged("sh", false, port, weights), &CLIENTS, 41_000)
    };
    assert_eq!(sh(false, &[1, 1, 1]), "ABABCAA");
    assert_eq!(sh(false, &[3, 2, 1]), "ABBACBA");
    assert_eq!(sh(true, &[3, 2, 1]), "CBACAAA");
    assert_eq!(sh(false, &[]), "-------");
    // Weight 0 keeps a bucket in each round: its clients are refused, or led on by the flag.
    assert_eq!(sh(false, &[1, 0]), "AA----A");
    assert_eq!(picks_of(&mut flagged("sh", true, false, &[1, 0]), &CLIENTS, 1), "AAAAAAA");
    assert_eq!(picks_of(&mut flagged("sh", true, false, &[0, 0]), &CLIENTS, 1), "-------");
}

#[test]
fn a_client_keeps_its_server_under_sh_and_its_buckets_follow_every_change() {
    let (tcp, dr) = (Proto::Tcp, Method::Dr);
    let mut lab = lab(tcp, "sh", &[1, 1, 1]);
    assert_eq!(picks_of(&mut lab, &CLIENTS, 1), "ABABCAA");
    lab.edit(tcp, A, dr, 3);
    lab.edit(tcp, A + 1, dr, 2);
    assert_eq!(picks_of(&mut lab, &CLIENTS, 2), "ABBACBA");
    lab.delete(tcp, A + 2, dr);
    assert_eq!(picks_of(&mut lab, &CLIENTS, 3), first_of("sh", &[3, 2]));
}

fn first_of(scheduler: &'static str, weights: &[u32]) -> String {
    picks_of(&mut lab(Proto::Tcp, scheduler, weights), &CLIENTS, 1)
}

/// dh sees the VIP only: everybody lands in one bucket. Weights do not count, but for 0.
#[test]
fn dh_hashes_what_the_client_asks_for() {
    let (tcp, dr) = (Proto::Tcp, Method::Dr);
    let place = super::hash::hash_32(crate::fixture::VIP.to_bits(), 8);
    let mut lab = lab(tcp, "dh", &[9, 1, 1]);
    let want = ["C", "B", "A"][place % 3];
    assert_eq!(picks_of(&mut lab, &CLIENTS, 1), want.repeat(7));
    let last = want.as_bytes()[0];
    lab.edit(tcp, last, dr, 0);
    assert_eq!(picks_of(&mut lab, &CLIENTS, 2), "-------");
    lab.delete(tcp, last, dr);
    let rest: alloc::vec::Vec<&str> =
        ["C", "B", "A"].into_iter().filter(|it| *it != want).collect();
    assert_eq!(picks_of(&mut lab, &CLIENTS, 3), rest[place % 2].repeat(7));
}

/// As Linux 6.1 chose: real servers 10.1.0.11 (weight 3), .12 (2), .13 (1) at the service's port.
#[test]
fn mh_by_address_and_by_port() {
    let mh = |port, by_port, client_port| {
        let mut lab = Lab::new();
        let service =
            ServiceKey::Port { proto: Proto::Tcp, vip: Endpoint::new(crate::fixture::VIP, port) };
        let flags = SchedFlags { second: by_port, ..SchedFlags::default() };
        let config = ServiceConfig { flags, ..ServiceConfig::new("mh") };
        lab.apply(crate::fixture::serve(service, config)).unwrap();
        for (last, weight) in [(11, 3), (12, 2), (13, 1)] {
            let rip = Endpoint::new(crate::fixture::rs(last), port);
            let config = DestConfig::new(Method::Dr, weight);
            lab.apply(Change::AddDest { service, rip, config, origin: OriginId(0) }).unwrap();
        }
        let picks: alloc::vec::Vec<u8> = CLIENTS
            .iter()
            .map(|addr| {
                let src = Endpoint::new((*addr).into(), client_port);
                match lab.request(&opening(Proto::Tcp, src, service.vip())).verdict {
                    Verdict::Forward { path, .. } => path.octets()[3],
                    _ => 0,
                }
            })
            .collect();
        (picks, lab)
    };
    let (picks, lab) = mh(53, false, 1);
    assert_eq!(picks, [12, 11, 13, 11, 12, 11, 11]);
    assert_eq!(mh(54, true, 41_000).0, [11, 11, 12, 12, 11, 11, 12]);
    let service = lab.engine.services().next().unwrap();
    let Scheduler::Mh(maglev) = &service.scheduler else { panic!() };
    let owner = |id: &Option<DestId>| lab.engine.dest(id.unwrap()).unwrap().rip().addr.octets()[3];
    let owners: alloc::vec::Vec<u8> = maglev.slots().iter().map(owner).collect();
    assert_eq!(owners[..16], [13, 11, 11, 11, 11, 11, 12, 13, 11, 12, 12, 13, 13, 11, 12, 11]);
    let owned = |last| owners.iter().filter(|owner| **owner == last).count();
    assert_eq!([11, 12, 13].map(owned), [2046, 1364, 683]);
}

/// Weight 0 keeps the places: other clients do not move; its own are refused or led on.
#[test]
fn mh_moves_nobody_but_the_clients_of_the_quiesced() {
    let (tcp, dr) = (Proto::Tcp, Method::Dr);
    let before = first_of("mh", &[3, 2, 1]);
    for fallback in [false, true] {
        let mut lab = flagged("mh", fallback, false, &[3, 2, 1]);
        lab.edit(tcp, A, dr, 0);
        let after = picks_of(&mut lab, &CLIENTS, 1);
        assert_eq!(after.contains('-'), !fallback, "{after}");
        for (was, is) in before.chars().zip(after.chars()) {
            assert!(was == 'A' && is != 'A' || was == is, "{before} {after}");
        }
        lab.edit(tcp, A, dr, 3);
        assert_eq!(picks_of(&mut lab, &CLIENTS, 2), before);
    }
    assert_eq!(first_of("mh", &[0, 0]), "-------");
    assert_eq!(first_of("mh", &[0, 1]), "BBBBBBB");
}

/// A service by mark 1 with A, B, C; each pick asks for another address.
fn marked(scheduler: &'static str, weights: &[u32]) -> Lab {
    let mut lab = Lab::new();
    let service = ServiceKey::Mark(1);
    lab.apply(crate::fixture::serve(service, ServiceConfig::new(scheduler))).unwrap();
    for (name, weight) in (A..).zip(weights) {
        let rip = Endpoint::new(crate::fixture::rs(name), 0);
        let config = DestConfig::new(Method::Dr, *weight);
        lab.apply(Change::AddDest { service, rip, config, origin: OriginId(0) }).unwrap();
    }
    lab
}

/// The pick for a new connection to 203.0.113.N.
fn pick_for(lab: &mut Lab, last: u8, port: u16) -> char {
    let dst = Endpoint::new([203, 0, 113, last].into(), 80);
    let meta = Meta { mark: 1, ..Meta::at(Hook::LocalIn) };
    match lab.send_as(meta, &opening(Proto::Tcp, client(port), dst)).verdict {
        Verdict::Forward { path, .. } => char::from(path.octets()[3]),
        _ => '-',
    }
}

#[test]
fn lblc_sends_an_address_where_it_went_before_until_that_one_is_swamped() {
    let mut lab = marked("lblc", &[1, 1, 1]);
    let mut port = 1024;
    let mut pick = |lab: &mut Lab, last| {
        port += 1;
        pick_for(lab, last, port)
    };
    assert_eq!(pick(&mut lab, 1), 'C');
    assert_eq!(pick(&mut lab, 2), 'B');
    assert_eq!(pick(&mut lab, 1), 'C');
    // Two active of weight 1, and A has none: the address moves.
    assert_eq!(pick(&mut lab, 1), 'A');
    assert_eq!(pick(&mut lab, 1), 'A');
    assert_eq!(pick(&mut lab, 1), 'A'); // all are busy: it stays
    let service = lab.engine.services().next().unwrap();
    let Scheduler::Lblc(lblc) = &service.scheduler else { panic!() };
    assert_eq!(lblc.known(), 2);
}

/// By the setting: how long before a full look, half an hour after the last one, an address must
/// have been asked for to be known behind it.
#[test]
fn lblc_forgets_what_nobody_asked_for() {
    #[rustfmt::skip]
    let rows = [
        //   setting  asked at  still known by the full look at or after
        (86_400,      1,        86_400,  1),
        (86_400,      1,        88_500,  0), // the next full look
        (600,         1,        2_000,   0),
        (600,         1_500,    2_000,   1),
        (600,         1_500,    4_000,   0),
        (0,           1_799,    2_000,   0),
        (-5,          1_799,    2_000,   0),
    ];
    for (setting, asked, looked, known) in rows {
        let mut lab = marked("lblc", &[1, 1, 1]);
        lab.sysctl(Sysctl::LblcExpiration, setting);
        lab.wait(asked);
        assert_eq!(pick_for(&mut lab, 1, 1024), 'C');
        lab.wait(looked - asked);
        let Scheduler::Lblc(lblc) = &lab.engine.services().next().unwrap().scheduler else {
            panic!()
        };
        assert_eq!(lblc.known(), known, "{setting}: asked at {asked}, looked at {looked}");
    }
}

#[test]
fn lblcr_lets_another_join_and_after_a_day_the_busiest_leave() {
    let mut lab = marked("lblcr", &[1, 1, 1]);
    let picks: String = (1025..1033).map(|port| pick_for(&mut lab, 1, port)).collect();
    // C alone until it has two; then B joins, and the less loaded of both is taken; then A.
    assert_eq!(picks, "CCBBAAAB");
    let meta = Meta { mark: 1, ..Meta::at(Hook::LocalIn) };
    let ask = |lab: &mut Lab, port| {
        let dst = Endpoint::new([203, 0, 113, 1].into(), 80);
        lab.send_as(meta, &opening(Proto::Tcp, client(port), dst))
    };
    // Asked for now and then, it is not forgotten.
    lab.wait(80_000);
    assert!(ask(&mut lab, 2001).noted("ipvs.sched.cached"));
    lab.wait(7_000);
    let answer = ask(&mut lab, 2002);
    assert!(answer.noted("ipvs.sched.cache-shrunk"), "{:?}", answer.codes());
}

/// By the setting: after how many milliseconds without a change a set of two loses one.
#[test]
fn lblcr_expiration_says_how_long_a_set_may_stay() {
    #[rustfmt::skip]
    let rows = [
        (2,  1_990, false),
        (2,  2_010, true),
        (0,  0,     false),
        (0,  10,    true),
        (-1, 0,     true),
    ];
    for (setting, waited_ms, shrinks) in rows {
        let mut lab = marked("lblcr", &[1, 1, 1]);
        lab.sysctl(Sysctl::LblcrExpiration, 3_600);
        // The third finds the first too busy: a second one joins.
        let picks: String = (1025..1028).map(|port| pick_for(&mut lab, 1, port)).collect();
        assert_eq!(picks, "CCB");
        lab.sysctl(Sysctl::LblcrExpiration, setting);
        lab.wait_ms(waited_ms);
        let dst = Endpoint::new([203, 0, 113, 1].into(), 80);
        let meta = Meta { mark: 1, ..Meta::at(Hook::LocalIn) };
        let answer = lab.send_as(meta, &opening(Proto::Tcp, client(1028), dst));
        assert!(answer.noted("ipvs.read"));
        let shrunk = answer.noted("ipvs.sched.cache-shrunk");
        assert_eq!(shrunk, shrinks, "{setting} s, after {waited_ms} ms");
    }
}

#[test]
fn an_address_keeps_a_deleted_destination_from_being_forgotten() {
    let mut lab = marked("lblc", &[1]);
    assert_eq!(pick_for(&mut lab, 1, 1024), 'A');
    let (service, rip) = (ServiceKey::Mark(1), Endpoint::new(crate::fixture::rs(A), 0));
    lab.apply(Change::DeleteDest { service, rip }).unwrap();
    lab.wait(3_000);
    assert_eq!(lab.engine.conns().count(), 0);
    assert!(!lab.engine.dest(DestId(0)).unwrap().is_available());
    assert_eq!(lab.engine.trash.iter().count(), 1);
    lab.apply(Change::Flush).unwrap();
    lab.wait(300);
    assert_eq!(lab.engine.trash.iter().count(), 0);
}

/// The kernel's numbers are others, so only the shares are compared: those of the weights while
/// loads are equal, and the less loaded of two.
#[test]
fn twos_draws_by_weight_and_takes_the_less_loaded() {
    let picks = first_picks(Proto::Udp, "twos", &[1, 1, 1, 1], 400);
    for name in ['A', 'B', 'C', 'D'] {
        let share = picks.matches(name).count();
        assert!((90..=110).contains(&share), "{name} {share}");
    }
    let picks = first_picks(Proto::Udp, "twos", &[3, 1], 400);
    let heavy = picks.matches('A').count();
    assert!((290..=310).contains(&heavy), "{heavy}");
    assert_eq!(first_picks(Proto::Udp, "twos", &[0, 5], 6), "BBBBBB");
    assert_eq!(first_picks(Proto::Udp, "twos", &[0, 0], 2), "--");
    assert_eq!(first_picks(Proto::Udp, "twos", &[], 2), "--");
}

#[test]
fn a_scheduler_says_what_it_weighed() {
    let tcp = Proto::Tcp;
    let codes = |scheduler| {
        let answer = lab(tcp, scheduler, &[2, 0]).request(&opening(tcp, client(1), vip(tcp)));
        answer.codes()[1..4].to_vec()
    };
    assert_eq!(codes("wlc"), ["ipvs.sched.quiesced", "ipvs.sched.weighed", "ipvs.sched.picked"]);
    assert_eq!(codes("lc"), ["ipvs.sched.quiesced", "ipvs.sched.weighed", "ipvs.sched.picked"]);
    assert_eq!(codes("rr"), ["ipvs.sched.quiesced", "ipvs.sched.picked", "ipvs.conn.new"]);
    assert_eq!(codes("wrr"), ["ipvs.sched.quiesced", "ipvs.sched.wrr-level", "ipvs.sched.picked"]);
}
