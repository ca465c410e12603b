//! The RST that answers a segment nobody expected.
//!
//! Linux 6.1 net/ipv4/tcp_ipv4.c tcp_v4_send_reset. The RST that a socket sends of its own is in
//! `transmit`.

use super::emit::{Emit, IpId};
use super::options::OptionBytes;
use super::segment::{Flags, Segment};

/// ECN bits of the TOS byte: not copied.
const ECN: u8 = 0x03;

/// The answer; none to a RST. A segment with ACK is told that its acknowledgement is about nothing
/// we know, one without that its sequence numbers are.
pub(super) fn answer(segment: &Segment<'_>) -> Option<Emit> {
    if segment.has(Flags::RST) {
        return None;
    }
    let (seq, ack, flags) = if segment.has(Flags::ACK) {
        (segment.ack, 0, Flags::RST)
    } else {
        (0, segment.end_seq(), Flags::RST | Flags::ACK)
    };
    Some(Emit {
        src: segment.dst,
        dst: segment.src,
        seq,
        ack,
        flags,
        window: 0,
        options: OptionBytes::NONE,
        payload: Vec::new(),
        ip_id: IpId::Zero,
        tos: segment.tos & !ECN,
        df: true,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use lvs_engine::Endpoint;

    #[test]
    fn resets_as_observed() {
        let segment = |flags, payload, tos| Segment {
            src: Endpoint::new([10, 0, 0, 10].into(), 40000),
            dst: Endpoint::new([192, 168, 1, 12].into(), 81),
            seq: 1000,
            ack: 77,
            flags,
            window: 64240,
            options: Default::default(),
            payload,
            tos,
        };
        let syn_ack = Flags::SYN | Flags::ACK;
        //   what comes                            flags  seq ack   tos
        for (incoming, expected) in [
            (segment(Flags::SYN, &b""[..], 0), Some(("R.", 0, 1001, 0))),
            (segment(Flags::SYN, b"early", 0), Some(("R.", 0, 1006, 0))),
            (segment(Flags::SYN, b"", 0x11), Some(("R.", 0, 1001, 0x10))),
            (segment(Flags::FIN, b"", 0), Some(("R.", 0, 1001, 0))),
            (segment(syn_ack, b"", 0), Some(("R", 77, 0, 0))),
            (segment(Flags::ACK, b"data", 0), Some(("R", 77, 0, 0))),
            (segment(Flags::RST, b"", 0), None),
            (segment(Flags::RST | Flags::ACK, b"", 0), None),
        ] {
            let answer = answer(&incoming).map(|emit| {
                assert_eq!((emit.src, emit.dst), (incoming.dst, incoming.src));
                (emit.flags.to_string(), emit.seq, emit.ack, emit.tos)
            });
            let expected = expected.map(|(flags, seq, ack, tos)| (flags.to_owned(), seq, ack, tos));
            assert_eq!(answer, expected);
        }
    }
}
