//! A segment to be sent: all that the host needs to make the IP packet of it.

use lvs_engine::Endpoint;

use super::options::OptionBytes;
use super::segment::{Flags, HEADER, checksum};

/// The IP identification of a packet. With DF set Linux counts per connected socket and writes 0
/// for all others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IpId {
    /// 0: SYN-ACK, RST and ACK of what is no full socket.
    Zero,
    /// The socket's own counter.
    Counted(u16),
}

impl IpId {
    /// The number in the header.
    pub const fn get(self) -> u16 {
        match self {
            Self::Zero => 0,
            Self::Counted(id) => id,
        }
    }
}

/// A segment to be sent. The host makes the IP packet of it: TTL 64, and the fields given here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Emit {
    /// Local address and port.
    pub src: Endpoint,
    /// Where it goes.
    pub dst: Endpoint,
    /// Sequence number.
    pub seq: u32,
    /// Acknowledgement, 0 without the ACK flag.
    pub ack: u32,
    /// Control bits.
    pub flags: Flags,
    /// Window field as on the wire.
    pub window: u16,
    /// The option bytes.
    pub options: OptionBytes,
    /// The data.
    pub payload: Vec<u8>,
    /// IP identification.
    pub ip_id: IpId,
    /// IP TOS byte.
    pub tos: u8,
    /// "Don't fragment"; clear only towards a destination whose path MTU is locked.
    pub df: bool,
}

impl Emit {
    /// Bytes of the TCP header with its options.
    pub fn header_len(&self) -> usize {
        HEADER + self.options.as_slice().len()
    }

    /// Bytes of header and payload.
    pub fn size(&self) -> usize {
        self.header_len() + self.payload.len()
    }

    /// Writes header, options and payload with the right checksum into `buf`, which has exactly
    /// [`Emit::size`] bytes.
    pub fn write_to(&self, buf: &mut [u8]) {
        let header = self.header_len();
        assert_eq!(buf.len(), self.size(), "the buffer has the segment's length");
        buf[0..2].copy_from_slice(&self.src.port.to_be_bytes());
        buf[2..4].copy_from_slice(&self.dst.port.to_be_bytes());
        buf[4..8].copy_from_slice(&self.seq.to_be_bytes());
        buf[8..12].copy_from_slice(&self.ack.to_be_bytes());
        buf[12] = (header as u8 / 4) << 4;
        buf[13] = self.flags.0;
        buf[14..16].copy_from_slice(&self.window.to_be_bytes());
        buf[16..20].fill(0);
        buf[HEADER..header].copy_from_slice(self.options.as_slice());
        buf[header..].copy_from_slice(&self.payload);
        let sum = checksum(self.src.addr, self.dst.addr, buf);
        buf[16..18].copy_from_slice(&sum.to_be_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::super::options::{Options, Timestamps};
    use super::super::segment::Segment;
    use super::*;

    /// The handshake's first segment and the two resets, as captured on a real kernel: the same
    /// bytes again.
    #[test]
    fn writes_captured_segments() {
        let client = Endpoint::new([10, 0, 0, 10].into(), 52118);
        let server = Endpoint::new([192, 168, 1, 11].into(), 80);
        let syn = Emit {
            src: client,
            dst: server,
            seq: 0xe5f8_ed71,
            ack: 0,
            flags: Flags::SYN,
            window: 64240,
            options: OptionBytes::syn(&Options {
                mss: Some(1460),
                scale: Some(7),
                sack_permitted: true,
                timestamps: Some(Timestamps { value: 0x6f82_f789, echo: 0 }),
                ..Options::default()
            }),
            payload: Vec::new(),
            ip_id: IpId::Counted(0x537a),
            tos: 0,
            df: true,
        };
        let closed = Emit {
            src: Endpoint::new(server.addr, 82),
            dst: Endpoint::new(client.addr, 53024),
            seq: 0,
            ack: 0xc2b4_4af6,
            flags: Flags::RST | Flags::ACK,
            window: 0,
            options: OptionBytes::NONE,
            ip_id: IpId::Zero,
            ..syn.clone()
        };
        let cases = [
            (
                syn,
                "cb960050e5f8ed7100000000a002faf07af40000020405b40402080a6f82f7890000000001030307",
            ),
            (closed, "0052cf2000000000c2b44af65014000006f60000"),
        ];
        for (emit, expected) in cases {
            let mut bytes = vec![0xff; emit.size()];
            emit.write_to(&mut bytes);
            let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(hex, expected);
            assert_eq!(checksum(emit.src.addr, emit.dst.addr, &bytes), 0);
            let read =
                Segment::parse(emit.src.addr, emit.dst.addr, 0, &bytes).expect("well formed");
            assert_eq!(
                (read.src, read.dst, read.seq, read.ack),
                (emit.src, emit.dst, emit.seq, emit.ack)
            );
        }
    }
}
