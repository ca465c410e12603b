//! Packets as bytes: what a rewrite makes of one, the ICMP error that says a refusal, pieces.

use std::net::Ipv4Addr;

use lvs_engine::{IcmpError, Packet, Rewrite};
use lvsim_tests::packet::{ICMP, Ip};
use lvsim_tests::sum;

/// Room before a packet, for an outer header.
const HEADROOM: usize = 32;
/// The longest ICMP error, with its IP header (RFC 1812 section 4.3.2.3).
const LONGEST: usize = 576;

/// A packet after an edit.
pub fn edited(packet: &[u8], rewrite: Rewrite) -> Vec<u8> {
    let mut buf = vec![0; HEADROOM];
    buf.extend_from_slice(packet);
    let mut room = Packet::new(&mut buf, HEADROOM).expect("it was read before");
    rewrite.apply(&mut room).expect("what was decided can be done");
    room.view().bytes().to_vec()
}

/// A packet one hop on.
pub fn aged(packet: &[u8]) -> Vec<u8> {
    edited(packet, Rewrite { age: true, ..Rewrite::default() })
}

/// A packet one hop back.
pub fn younger(packet: &[u8]) -> Vec<u8> {
    let mut bytes = packet.to_vec();
    bytes[8] = bytes[8].saturating_add(1);
    seal_header(&mut bytes);
    bytes
}

/// The error that a host sends about these bytes. Linux 6.1 icmp.c, __icmp_send.
pub fn error(error: IcmpError, quoted: &[u8], src: Ipv4Addr, dst: Ipv4Addr, ttl: u8) -> Vec<u8> {
    let quoted = &quoted[..quoted.len().min(LONGEST - 28)];
    let (kind, code, rest) = error.wire();
    let tos = (quoted[1] & 0x1e) | 0xc0;
    let total = (28 + quoted.len()) as u16;
    let mut bytes = vec![0x45, tos];
    bytes.extend_from_slice(&total.to_be_bytes());
    bytes.extend_from_slice(&[0, 1, 0, 0, ttl, ICMP, 0, 0]);
    bytes.extend_from_slice(&src.octets());
    bytes.extend_from_slice(&dst.octets());
    seal_header(&mut bytes);
    bytes.extend_from_slice(&[kind, code, 0, 0]);
    bytes.extend_from_slice(&rest);
    bytes.extend_from_slice(quoted);
    let sum = sum::of(&[&bytes[20..]]);
    bytes[22..24].copy_from_slice(&sum.to_be_bytes());
    bytes
}

/// Makes a header's checksum right.
fn seal_header(packet: &mut [u8]) {
    let head = usize::from(packet[0] & 15) * 4;
    packet[10..12].fill(0);
    let sum = sum::of(&[&packet[..head]]);
    packet[10..12].copy_from_slice(&sum.to_be_bytes());
}

/// The pieces of a packet that does not fit (RFC 791); a packet that fits is its only piece.
pub fn pieces(packet: &[u8], mtu: u16) -> Vec<Vec<u8>> {
    let ip = Ip::read(packet).expect("it was read before");
    if packet.len() <= usize::from(mtu) {
        return vec![packet.to_vec()];
    }
    let room = (usize::from(mtu) - ip.header_len()) & !7;
    let count = ip.payload().len().div_ceil(room);
    let piece = |(nth, part): (usize, &[u8])| {
        let mut bytes = [ip.header(), part].concat();
        let total = bytes.len() as u16;
        let more = u16::from(nth + 1 < count) << 13;
        let field = more | (nth * room / 8) as u16;
        bytes[2..4].copy_from_slice(&total.to_be_bytes());
        bytes[6..8].copy_from_slice(&field.to_be_bytes());
        seal_header(&mut bytes);
        bytes
    };
    ip.payload().chunks(room).enumerate().map(piece).collect()
}

/// The whole that pieces make, if they are all there.
pub fn whole(pieces: &[Vec<u8>]) -> Option<Vec<u8>> {
    let mut parts: Vec<Ip<'_>> = pieces.iter().filter_map(|piece| Ip::read(piece)).collect();
    parts.sort_by_key(Ip::offset);
    let mut bytes = parts.first()?.header().to_vec();
    let head = bytes.len();
    for part in &parts {
        if part.offset() != bytes.len() - head {
            return None;
        }
        bytes.extend_from_slice(part.payload());
    }
    if parts.last()?.more() {
        return None;
    }
    let total = bytes.len() as u16;
    bytes[2..4].copy_from_slice(&total.to_be_bytes());
    bytes[6..8].fill(0);
    seal_header(&mut bytes);
    Some(bytes)
}
