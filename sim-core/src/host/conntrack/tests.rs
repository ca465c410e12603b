//! Entries: which packet belongs to which, and how long they last.

use super::*;
use crate::host::packet::IpHead;

type Addr = [u8; 4];
type End = (Addr, u16);

const CLIENT: End = ([10, 0, 0, 10], 4000);
const SERVER: End = ([192, 168, 1, 10], 53);

fn packet(src: Addr, dst: Addr, proto: u8, body: &[u8]) -> Vec<u8> {
    let head =
        IpHead { src: src.into(), dst: dst.into(), proto, ttl: 64, tos: 0, id: 7, df: false };
    head.packet(body.len(), |bytes| bytes.copy_from_slice(body)).bytes().to_vec()
}

fn datagram(src: End, dst: End) -> Vec<u8> {
    let [a, b] = src.1.to_be_bytes();
    let [c, d] = dst.1.to_be_bytes();
    packet(src.0, dst.0, udp::PROTO, &[a, b, c, d, 0, 8, 0, 0])
}

fn icmp_message(src: Addr, dst: Addr, kind: u8, code: u8, rest: &[u8]) -> Vec<u8> {
    let mut body = vec![kind, code, 0, 0, 0, 7, 0, 1];
    body.extend_from_slice(rest);
    let sum = checksum(&body, 0);
    body[2..4].copy_from_slice(&sum.to_be_bytes());
    packet(src, dst, icmp::PROTO, &body)
}

fn at(seconds: u64) -> Instant {
    Instant::ZERO + Duration::from_secs(seconds)
}

impl Conntrack {
    /// Follows a packet, and confirms the entry that it begins; says how it stands.
    fn see(&mut self, packet: &[u8], now: Instant) -> &'static str {
        let view = View::new(packet).expect("a packet");
        match self.track(&view, true, now) {
            Found::New(entry) => match self.confirm(*entry, now) {
                Some(_) => "new",
                None => "clash",
            },
            Found::Known(_, Standing::New, _) => "known",
            Found::Known(_, Standing::Established, Dir::Original) => "established",
            Found::Known(_, Standing::Established, Dir::Reply) => "reply",
            Found::Known(_, Standing::Related, _) => "related",
            Found::Last(..) => "last",
            Found::Invalid => "invalid",
            Found::Full => "full",
        }
    }
}

#[test]
#[rustfmt::skip]
fn a_datagram_finds_its_entry() {
    let mut table = Conntrack::default();
    let (there, back) = (datagram(CLIENT, SERVER), datagram(SERVER, CLIENT));
    let error = |from, to| icmp_message(from, to, 3, 3, &there);
    //   at   packet                                        stands         left
    for (now, packet,                                       standing,      left) in [
        (0,   &there,                                       "new",         Some(30)),
        (1,   &there,                                       "known",       Some(30)),
        (1,   &back,                                        "reply",       Some(30)),
        (2,   &there,                                       "established", Some(30)),
        (3,   &there,                                       "established", Some(120)),
        (9,   &error(SERVER.0, CLIENT.0),                   "related",     Some(114)),
        (9,   &error(SERVER.0, [10, 0, 0, 11]),             "invalid",     Some(114)), // it would go astray
        (123, &back,                                        "new",         Some(30)),  // a new one, the other way
    ] {
        assert_eq!(table.see(packet, at(now)), standing, "at {now}");
        let listed = table.entries(at(now)).last().map(|entry| entry.listed(at(now)));
        assert_eq!(listed.map(|listed| listed.timeout_s), left, "at {now}");
    }
}

#[test]
#[rustfmt::skip]
fn what_cannot_begin_a_connection_is_invalid() {
    let (client, server) = (CLIENT.0, SERVER.0);
    let mut wrong = icmp_message(client, server, 8, 0, &[]);
    wrong[22] ^= 1;
    //   packet                                         stands
    for (packet,                                        standing) in [
        (icmp_message(client, server, 8, 0, &[]),       "new"),
        (icmp_message(client, server, 0, 0, &[]),       "invalid"), // an answer that nobody asked for
        (icmp_message(client, server, 3, 3, &datagram(CLIENT, SERVER)), "invalid"),
        (icmp_message(client, server, 42, 0, &[]),      "invalid"),
        (wrong,                                         "invalid"),
        (packet(client, server, 4, &[]),                "new"),
        (packet(client, server, udp::PROTO, &[1, 2]),   "invalid"),
        (packet(client, server, tcp_socket::PROTO, &[0; 20]), "invalid"),
    ] {
        let found = Conntrack::default().see(&packet, at(0));
        assert_eq!(found, standing, "{packet:02x?}");
    }
}

#[test]
fn two_entries_never_expect_the_same_answers() {
    let mut table = Conntrack::default();
    assert_eq!(table.see(&datagram(CLIENT, SERVER), at(0)), "new");
    let other = datagram(CLIENT, ([10, 0, 0, 1], 53));
    let view = View::new(&other).expect("a packet");
    let Found::New(mut entry) = table.track(&view, true, at(0)) else { panic!("it begins one") };
    entry.reply.src = Endpoint::new(SERVER.0.into(), SERVER.1);
    assert_eq!(table.confirm(*entry.clone(), at(1)), None);
    assert!(table.confirm(*entry, at(30)).is_some(), "the first one's time is over");
    assert_eq!(table.entries(at(30)).count(), 1);
}
