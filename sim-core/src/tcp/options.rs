//! TCP options: read from any peer, written in the bytes and the order that Linux uses.
//!
//! Linux 6.1 net/ipv4/tcp_input.c tcp_parse_options; tcp_output.c tcp_options_write.

use std::time::Duration;

use super::segment::word;

/// A block of received data beyond the acknowledgement: `left .. right`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sack {
    /// The first sequence number of the block.
    pub left: u32,
    /// The sequence number after its last.
    pub right: u32,
}

/// A timestamp option.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Timestamps {
    /// The sender's clock (TSval).
    pub value: u32,
    /// The clock of the other side that is echoed (TSecr).
    pub echo: u32,
}

/// An echo that seems older than this is not believed (`INT_MAX / (USEC_PER_SEC / TCP_TS_HZ)`).
const OLDEST_ECHO_MS: u32 = 2_147_483;

impl Timestamps {
    /// How long ago the echoed time was, at least a millisecond; `None` without an echo, and for one
    /// that cannot be ours. Linux 6.1 tcp_input.c, tcp_ack_update_rtt, tcp_rcv_rtt_measure_ts.
    pub(super) fn age(self, now_ms: u32) -> Option<Duration> {
        let age = now_ms.wrapping_sub(self.echo);
        let is_believed = self.echo != 0 && age < OLDEST_ECHO_MS;
        is_believed.then(|| Duration::from_millis(u64::from(age.max(1))))
    }
}

/// What the options of a segment say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// The largest payload the sender takes; only in a SYN.
    pub mss: Option<u16>,
    /// Window scale, at most 14; only in a SYN.
    pub scale: Option<u8>,
    /// SACK permitted; only in a SYN.
    pub sack_permitted: bool,
    /// Timestamps.
    pub timestamps: Option<Timestamps>,
    pub(super) sacks: [Sack; 4],
    pub(super) sack_count: u8,
}

impl Options {
    /// The SACK blocks in the order of the segment.
    pub fn sacks(&self) -> &[Sack] {
        &self.sacks[..usize::from(self.sack_count)]
    }

    /// Reads the option bytes of a header. Like Linux it stops at the first option whose length
    /// cannot be, and keeps what came before; unknown options are skipped.
    pub fn parse(mut bytes: &[u8]) -> Self {
        let mut options = Self::default();
        loop {
            match *bytes {
                [] | [END, ..] => return options,
                [NOP, ..] => bytes = &bytes[1..],
                [kind, length, ..] => {
                    let length = usize::from(length);
                    if length < 2 || length > bytes.len() {
                        return options;
                    }
                    options.read(kind, &bytes[2..length]);
                    bytes = &bytes[length..];
                }
                [_] => return options,
            }
        }
    }

    fn read(&mut self, kind: u8, value: &[u8]) {
        match (kind, value) {
            // Linux takes 0 for no word at all.
            (MSS, &[a, b]) => self.mss = Some(u16::from_be_bytes([a, b])).filter(|mss| *mss > 0),
            (SCALE, &[scale]) => self.scale = Some(scale.min(MAX_SCALE)),
            (SACK_PERMITTED, &[]) => self.sack_permitted = true,
            (TIMESTAMPS, value) if value.len() == 8 => {
                self.timestamps = Some(Timestamps { value: word(value, 0), echo: word(value, 4) });
            }
            (SACK, value) if value.len().is_multiple_of(8) && value.len() <= 32 => {
                for (sack, pair) in self.sacks.iter_mut().zip(value.chunks_exact(8)) {
                    *sack = Sack { left: word(pair, 0), right: word(pair, 4) };
                }
                self.sack_count = (value.len() / 8) as u8;
            }
            _ => {}
        }
    }
}

const END: u8 = 0;
const NOP: u8 = 1;
const MSS: u8 = 2;
const SCALE: u8 = 3;
const SACK_PERMITTED: u8 = 4;
const SACK: u8 = 5;
const TIMESTAMPS: u8 = 8;

/// RFC 7323 section 2.3.
const MAX_SCALE: u8 = 14;

/// The option bytes of a segment to be sent, padded to a multiple of four.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct OptionBytes {
    bytes: [u8; 40],
    len: u8,
}

impl OptionBytes {
    /// No options.
    pub const NONE: Self = Self { bytes: [0; 40], len: 0 };

    /// The bytes as they stand in the header.
    pub fn as_slice(&self) -> &[u8] {
        &self.bytes[..usize::from(self.len)]
    }

    /// The options of a SYN or SYN-ACK: MSS, SACK permitted, timestamps, NOP, window scale; what is
    /// absent leaves no gap but NOPs where Linux has them.
    pub(super) fn syn(options: &Options) -> Self {
        let mut out = Self::NONE;
        if let Some(mss) = options.mss {
            let [a, b] = mss.to_be_bytes();
            out.push(&[MSS, 4, a, b]);
        }
        if let Some(timestamps) = options.timestamps {
            let filler = if options.sack_permitted { [SACK_PERMITTED, 2] } else { [NOP, NOP] };
            out.push(&filler);
            out.timestamps(timestamps);
        } else if options.sack_permitted {
            out.push(&[NOP, NOP, SACK_PERMITTED, 2]);
        }
        if let Some(scale) = options.scale {
            out.push(&[NOP, SCALE, 3, scale]);
        }
        out
    }

    /// The options of every later segment: timestamps, then as many SACK blocks as fit.
    pub(super) fn established(timestamps: Option<Timestamps>, sacks: &[Sack]) -> Self {
        let mut out = Self::NONE;
        if let Some(timestamps) = timestamps {
            out.push(&[NOP, NOP]);
            out.timestamps(timestamps);
        }
        let room = (40 - usize::from(out.len)).saturating_sub(4) / 8;
        let sacks = &sacks[..sacks.len().min(room)];
        if !sacks.is_empty() {
            out.push(&[NOP, NOP, SACK, 2 + 8 * sacks.len() as u8]);
            for sack in sacks {
                out.push(&sack.left.to_be_bytes());
                out.push(&sack.right.to_be_bytes());
            }
        }
        out
    }

    fn timestamps(&mut self, timestamps: Timestamps) {
        self.push(&[TIMESTAMPS, 10]);
        self.push(&timestamps.value.to_be_bytes());
        self.push(&timestamps.echo.to_be_bytes());
    }

    fn push(&mut self, bytes: &[u8]) {
        let start = usize::from(self.len);
        self.bytes[start..start + bytes.len()].copy_from_slice(bytes);
        self.len += bytes.len() as u8;
    }
}

impl std::fmt::Debug for OptionBytes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for byte in self.as_slice() {
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STAMPS: Timestamps = Timestamps { value: 0x6f82_f789, echo: 0 };

    #[test]
    fn writes_the_bytes_of_linux() {
        let full = Options {
            mss: Some(1460),
            scale: Some(7),
            sack_permitted: true,
            timestamps: Some(STAMPS),
            ..Options::default()
        };
        let sacks = [Sack { left: 1, right: 2 }; 4];
        let cases = [
            (OptionBytes::syn(&full), "020405b40402080a6f82f7890000000001030307"),
            (OptionBytes::syn(&Options { timestamps: None, ..full }), "020405b40101040201030307"),
            (
                OptionBytes::syn(&Options { sack_permitted: false, ..full }),
                "020405b40101080a6f82f7890000000001030307",
            ),
            (OptionBytes::syn(&Options { mss: Some(1460), ..Options::default() }), "020405b4"),
            (OptionBytes::established(Some(STAMPS), &[]), "0101080a6f82f78900000000"),
            (
                OptionBytes::established(Some(STAMPS), &sacks), // three fit beside timestamps
                "0101080a6f82f789000000000101051a000000010000000200000001000000020000000100000002",
            ),
            (OptionBytes::established(None, &sacks[..1]), "0101050a0000000100000002"),
        ];
        for (bytes, expected) in cases {
            assert_eq!(format!("{bytes:?}"), expected);
        }
    }

    #[test]
    fn an_echo_has_an_age() {
        for (now_ms, echo, age_ms) in [
            (1000, 990, Some(10)),
            (1000, 1000, Some(1)), // less than the clock can tell
            (5, u32::MAX, Some(6)),
            (1000, 0, None),
            (1000, 1001, None), // of the future
            (OLDEST_ECHO_MS, 1, Some(2_147_482)),
            (OLDEST_ECHO_MS + 1, 1, None),
        ] {
            let stamps = Timestamps { value: 7, echo };
            let age = stamps.age(now_ms).map(|age| age.as_millis());
            assert_eq!(age, age_ms, "{echo} at {now_ms}");
        }
    }

    #[test]
    fn reads_what_it_writes_and_survives_nonsense() {
        let bytes = OptionBytes::established(Some(STAMPS), &[Sack { left: 5, right: 9 }]);
        let options = Options::parse(bytes.as_slice());
        assert_eq!(options.timestamps, Some(STAMPS));
        assert_eq!(options.sacks(), [Sack { left: 5, right: 9 }]);
        for (bytes, mss) in [
            (&[2, 4, 5, 0xb4][..], Some(1460)),
            (&[2, 4, 5][..], None),                    // cut off
            (&[2, 4, 5, 0xb4, 99, 0][..], Some(1460)), // a length of 0 ends the reading
            (&[99, 3, 7, 2, 4, 5, 0xb4][..], Some(1460)),
            (&[0, 2, 4, 5, 0xb4][..], None),
            (&[2, 4, 0, 0][..], None),
            (&[2][..], None),
        ] {
            assert_eq!(Options::parse(bytes).mss, mss, "{bytes:?}");
        }
        assert_eq!(Options::parse(&[3, 3, 200]).scale, Some(14));
    }
}
