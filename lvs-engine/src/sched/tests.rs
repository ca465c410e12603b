//! The pick tables of the schedulers, through the engine: real servers are named A, B, C, D.

use alloc::string::String;

use crate::fixture::{Lab, key, opening, rip};
use crate::fixture::{client, vip};
use crate::{Change, Method, OriginId, Proto};

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
        proto: tcp,
        vip: key(tcp).vip,
        scheduler,
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
