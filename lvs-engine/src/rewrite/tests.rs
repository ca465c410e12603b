//! Bytes before and after.

use alloc::vec::Vec;

use super::{Outer, Rewrite};
use crate::fixture::{
    ACK, CIP, DIP, VIP, checksums_are_right, client, end, hex, icmp, ip, reseal, rewritten, rs,
    tcp, udp,
};
use crate::{Endpoint, Malformed, Packet};

const IN: &str =
    "4500 0021 1234 4000 4011 1433 0a00 0002 0a00 0064 afca 0085 000d 0000 6865 6c6c 6f";
const DR: &str =
    "4500 0021 1234 4000 3f11 1533 0a00 0002 0a00 0064 afca 0085 000d 0000 6865 6c6c 6f";
const NAT: &str =
    "4500 0021 1234 4000 3f11 158b 0a00 0002 0a01 000b afca 23ab 000d d47e 6865 6c6c 6f";
const TUN: &str = "4500 0035 0000 4000 3f04 27b8 0a01 0001 0a01 000b";

fn aged() -> Rewrite {
    Rewrite { age: true, ..Rewrite::default() }
}

fn to(dst: Endpoint) -> Rewrite {
    Rewrite { age: true, dst: Some(dst), ..Rewrite::default() }
}

fn wrapped(id: u16) -> Rewrite {
    Rewrite { outer: Some(Outer::new(DIP, rs(11), id)), ..aged() }
}

#[test]
fn the_byte_vectors() {
    let input = hex(IN);
    assert_eq!(rewritten(&input, Rewrite::default()), input);
    assert_eq!(rewritten(&input, aged()), hex(DR));
    assert_eq!(rewritten(&input, to(end(rs(11), 9131))), hex(NAT));
    assert_eq!(rewritten(&input, wrapped(0)), [hex(TUN), hex(DR)].concat());
}

#[test]
fn a_tunnel_moves_the_start_into_the_headroom() {
    let mut buf = [&[0; 20], &hex(IN)[..]].concat();
    let mut packet = Packet::new(&mut buf, 20).unwrap();
    wrapped(0).apply(&mut packet).unwrap();
    assert_eq!(packet.start(), 0);
    assert_eq!(packet.view().payload(), hex(DR));
}

#[test]
fn the_outer_header_follows_the_inner_one() {
    #[rustfmt::skip]
    let rows: [(u8, u16, u16, u8, u16); 6] = [
        // inner TOS, flags;  id,     outer TOS, flags
        (0x00,       0x4000,  0,      0x00,      0x4000),
        (0x00,       0x4000,  0x1717, 0x00,      0x0000), // with an id it may be fragmented
        (0x00,       0x0000,  0x1717, 0x00,      0x0000),
        (0xb8,       0x4000,  0,      0xb8,      0x4000),
        (0xbb,       0x4000,  0,      0xba,      0x4000), // congestion experienced is not repeated
        (0xb9,       0x8000,  0x1717, 0xb9,      0x0000), // other flag bits are not copied
    ];
    for (tos, flags, id, outer_tos, outer_flags) in rows {
        let mut input = hex(IN);
        input[1] = tos;
        input[6..8].copy_from_slice(&flags.to_be_bytes());
        reseal(&mut input);
        let output = rewritten(&input, wrapped(id));
        assert_eq!(output[1], outer_tos, "tos {tos:x}");
        assert_eq!(output[4..6], id.to_be_bytes());
        assert_eq!(output[6..8], outer_flags.to_be_bytes());
        assert!(checksums_are_right(&output));
    }
}

#[test]
fn a_tunnel_may_have_its_own_header() {
    #[rustfmt::skip]
    let rows = [
        // TOS,     TTL,      DF,           outer TOS, TTL, flags
        (None,       None,     None,        [0xb9,     63,  0]),
        (Some(0),    None,     Some(true),  [0x01,     63,  0x40]), // the congestion bits stay
        (Some(0x10), Some(9),  Some(false), [0x11,     9,   0]),
        (Some(0x13), Some(64), Some(true),  [0x11,     64,  0x40]), // only those of inside count
    ];
    for (tos, ttl, df, wanted) in rows {
        let mut input = hex(IN);
        input[1] = 0xb9;
        reseal(&mut input);
        let outer = Outer { tos, ttl, df, ..Outer::new(DIP, rs(11), 7) };
        let output = rewritten(&input, Rewrite { outer: Some(outer), ..aged() });
        assert_eq!([output[1], output[8], output[6]], wanted);
        assert!(checksums_are_right(&output));
    }
}

#[test]
fn options_stay_and_are_not_copied_outside() {
    let mut input = hex(IN);
    input.splice(20..20, [1, 1, 1, 0]);
    (input[0], input[3]) = (0x46, 0x25);
    input[10..12].fill(0);
    let sum = crate::checksum::of(&input[..24]);
    input[10..12].copy_from_slice(&sum.to_be_bytes());

    let output = rewritten(&input, to(end(rs(11), 9131)));
    assert_eq!(output[20..24], [1, 1, 1, 0]);
    assert_eq!(output[24..32], hex("afca 23ab 000d d47e"));
    let outer = rewritten(&input, wrapped(7));
    assert_eq!((outer[0], outer.len()), (0x45, input.len() + 20));
}

#[test]
fn a_wrong_checksum_stays_wrong_and_udp_never_writes_zero() {
    let mut wrong = tcp(client(1000), end(VIP, 80), ACK);
    wrong[36] ^= 0x40;
    assert!(!checksums_are_right(&rewritten(&wrong, to(end(rs(11), 8080)))));

    // A datagram whose data is chosen so that the new checksum would be zero.
    let target = end(rs(11), 5353);
    let plain = rewritten(&udp(client(1000), end(VIP, 53), &[0, 0]), to(target));
    let crafted = rewritten(&udp(client(1000), end(VIP, 53), &plain[26..28]), to(target));
    assert_eq!(crafted[26..28], [0xff, 0xff]);
    assert!(checksums_are_right(&crafted));
}

/// As captured from Linux 6.1: a real server's port unreachable, before and after translation.
#[test]
fn an_icmp_error_is_translated_with_its_quote() {
    // The quoted checksum is not looked at.
    let request = |dst| {
        let mut packet = udp(client(40001), dst, b"hello");
        (packet[8], packet[26], packet[27]) = (63, 0xbe, 0xef);
        reseal(&mut packet);
        packet
    };
    let (vip, rip) = (end(VIP, 131), end(rs(11), 9131));
    let from_rs = icmp((rs(11), CIP), (3, 3), [0; 4], &request(rip));
    let back = Rewrite { src: Some(vip), quoted: Some(28), ..Rewrite::default() };
    assert_eq!(rewritten(&from_rs, back), icmp((VIP, CIP), (3, 3), [0; 4], &request(vip)));

    // The other way: the client reports an error about a reply.
    let reply = |src| udp(src, client(40001), b"hello");
    let quoted = |src: Endpoint| {
        let mut packet = reply(src);
        packet[26..28].copy_from_slice(&reply(vip)[26..28]);
        packet
    };
    let from_client = icmp((CIP, VIP), (3, 3), [0; 4], &quoted(vip));
    let on = Rewrite { dst: Some(rip), quoted: Some(28), ..Rewrite::default() };
    assert_eq!(rewritten(&from_client, on), icmp((CIP, rs(11)), (3, 3), [0; 4], &quoted(rip)));
}

#[test]
fn a_protocol_without_ports_gets_addresses_only() {
    let echo = icmp((CIP, VIP), (8, 0), [0; 4], b"ping");
    let output = rewritten(&echo, to(end(rs(11), 8080)));
    assert_eq!(output[20..], echo[20..]);
    assert_eq!(output[16..20], rs(11).octets());
    assert!(checksums_are_right(&output));
}

#[test]
fn what_cannot_be_done_changes_nothing() {
    let nat = to(end(rs(11), 8080));
    let quoting = |at| Rewrite { quoted: Some(at), ..nat };
    let datagram = udp(client(1), end(VIP, 53), b"");
    let error = icmp((CIP, VIP), (3, 3), [0; 4], &datagram);
    let cut_error = icmp((CIP, VIP), (3, 3), [0; 4], &datagram[..22]);
    let huge = ip(CIP, VIP, 17, &[0; 65_500]);
    #[rustfmt::skip]
    let rows: [(&[u8], usize, Rewrite, Malformed); 8] = [
        (&datagram,          19, wrapped(1),   Malformed::NoHeadroom),
        (&huge,              20, wrapped(1),   Malformed::TooLong),
        (&datagram[..],      0,  quoting(28),  Malformed::NoQuote),
        (&error,             0,  quoting(20),  Malformed::NoQuote),
        (&error,             0,  quoting(900), Malformed::TooShort { need: 20, have: 0 }),
        (&cut_error,         0,  quoting(28),  Malformed::TooShort { need: 4, have: 2 }),
        (&ip(CIP, VIP, 17, &[0; 7]), 0, nat,   Malformed::TooShort { need: 8, have: 7 }),
        (&ip(CIP, VIP, 6, &[0; 19]), 0, nat,   Malformed::TooShort { need: 20, have: 19 }),
    ];
    for (bytes, headroom, rewrite, want) in rows {
        let mut buf: Vec<u8> = [&[0; 64][..headroom], bytes].concat();
        let before = buf.clone();
        let mut packet = Packet::new(&mut buf, headroom).unwrap();
        assert_eq!(rewrite.apply(&mut packet), Err(want));
        assert_eq!(packet.start(), headroom);
        assert_eq!(buf, before);
    }
}
