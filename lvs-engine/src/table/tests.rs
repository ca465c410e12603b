//! The table against a plain list that does the same slowly.

use alloc::vec::Vec;
use core::time::Duration;

use super::{Ended, Table};
use crate::fixture::{client, end, rs, vip};
use crate::{Conn, DestId, Flags, Flow, Instant, Limits, Method, Proto, Rng, State, Way, wheel};

fn conn(port: u16, method: Method, timeout: Duration) -> Conn {
    Conn {
        client: client(port),
        vip: vip(Proto::Tcp),
        rip: end(rs((port % 3) as u8), 8080),
        lip: client(port),
        proto: Proto::Tcp,
        dest: DestId(0),
        service: None,
        method,
        state: State::None,
        flags: Flags { inactive: true, ..Flags::default() },
        timeout,
        expires_at: Instant::ZERO + timeout,
        in_pkts: 0,
    }
}

fn request(conn: &Conn) -> Flow {
    Flow { proto: conn.proto, src: conn.client, dst: conn.vip }
}

fn reply(conn: &Conn) -> Flow {
    let src = if conn.method == Method::Nat { conn.rip } else { conn.vip };
    Flow { proto: conn.proto, src, dst: conn.client }
}

#[test]
fn entries_are_found_both_ways_and_end_on_time() {
    let mut rng = Rng::new(3);
    let mut table = Table::new(Limits { conns: 300, conns_at_start: 0 }, &mut rng);
    let mut list: Vec<(Conn, Instant)> = Vec::new();
    let mut now = Instant::ZERO;
    for _ in 0..30_000 {
        let draw = rng.next_u64();
        let port = 1 + (draw >> 8) as u16 % 400;
        let known = list.iter().position(|(conn, _)| conn.client.port == port);
        match (draw % 4, known) {
            (0 | 1, None) => {
                let method = if port.is_multiple_of(2) { Method::Nat } else { Method::Dr };
                let timeout = Duration::from_millis(draw >> 40 & 0xfff);
                let entry = conn(port, method, timeout);
                assert_eq!(table.insert(now, entry).is_some(), list.len() < 300);
                if list.len() < 300 {
                    let entry = Conn { expires_at: now + timeout, ..entry };
                    list.push((entry, wheel::due(now, timeout)));
                }
            }
            (0 | 1, Some(place)) => {
                let id = table.find(&request(&list[place].0), Way::Request).unwrap();
                let timeout = Duration::from_millis(draw >> 40 & 0x1fff);
                table.get_mut(id).timeout = timeout;
                table.touch(id, now);
                let (entry, end) = &mut list[place];
                (entry.timeout, entry.expires_at) = (timeout, now + timeout);
                *end = wheel::due(now, timeout);
            }
            (2, Some(place)) => {
                let id = table.find(&reply(&list[place].0), Way::Reply).unwrap();
                assert_eq!(*table.get(id), list[place].0);
                assert_eq!(table.find_any(&request(&list[place].0)), Some((id, Way::Request)));
            }
            _ => {
                now = now + Duration::from_millis(draw >> 40 & 0x3f);
                while let Some(ended) = table.expire(now) {
                    let Ended::Gone(ended) = ended else { panic!("no template: {ended:?}") };
                    let earliest = list.iter().map(|(_, end)| *end).min();
                    let place = list.iter().position(|(conn, _)| *conn == ended).unwrap();
                    assert_eq!(Some(list.swap_remove(place).1), earliest);
                }
            }
        }
        table.settle();
        assert_eq!(table.next_end(), list.iter().map(|(_, end)| *end).min());
        assert_eq!(table.iter().count(), list.len());
    }
}

#[test]
fn an_entry_that_ends_now_is_not_found_any_more() {
    let mut table = Table::new(Limits::default(), &mut Rng::new(1));
    let old = conn(1, Method::Nat, Duration::from_secs(9));
    let id = table.insert(Instant::ZERO, old).unwrap();
    table.expire_now(id, Instant::from_nanos(5));
    assert_eq!(table.find_any(&request(&old)), None);
    let new = table.insert(Instant::from_nanos(5), old).unwrap();
    assert_eq!(table.find_any(&request(&old)), Some((new, Way::Request)));
    assert_eq!(table.next_end(), Some(Instant::from_nanos(5)));
    assert!(table.expire(Instant::from_nanos(4)).is_none());
    assert!(table.expire(Instant::from_nanos(5)).is_some());
    assert_eq!(table.find(&reply(&old), Way::Reply), Some(new));
}

/// IPVS asks for a reply first, whichever entry is newer.
#[test]
fn a_reply_is_asked_for_before_a_request() {
    let mut table = Table::new(Limits::default(), &mut Rng::new(1));
    let replies = conn(3, Method::Nat, Duration::ZERO);
    let (client, lip) = (replies.rip, replies.rip);
    let requests = Conn { client, lip, vip: replies.client, ..replies };
    let first = table.insert(Instant::ZERO, replies).unwrap();
    let second = table.insert(Instant::ZERO, requests).unwrap();
    assert_eq!(table.find_any(&reply(&replies)), Some((first, Way::Reply)));
    assert_eq!(table.find(&reply(&replies), Way::Request), Some(second));
}
