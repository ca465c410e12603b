//! Classic pcap files, as `tcpdump -w` of one interface writes them: little-endian, microseconds.
//!
//! The format: draft-ietf-opsawg-pcap. The caller owns the file; this only makes bytes.

/// What the records of a file begin with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkType {
    /// An Ethernet header (LINKTYPE_ETHERNET).
    Ethernet,
    /// An IP header (LINKTYPE_RAW): devices without a link header, such as `tunl0`.
    Raw,
}

impl LinkType {
    /// Its number in files. draft-ietf-opsawg-pcaplinktype.
    pub(super) const fn number(self) -> u16 {
        match self {
            Self::Ethernet => 1,
            Self::Raw => 101,
        }
    }
}

/// The most bytes that a record holds; tcpdump's default.
pub const SNAPLEN: usize = 262_144;

/// The 24 bytes at the beginning of a file of Ethernet frames.
///
/// ```
/// use sim_core::export::pcap;
/// let mut file = pcap::header().to_vec();
/// pcap::record(180_000, b"no real frame", &mut file);
/// assert_eq!(file.len(), 24 + 16 + 13);
/// ```
pub fn header() -> [u8; 24] {
    header_of(LinkType::Ethernet)
}

/// The 24 bytes at the beginning of a file.
pub fn header_of(link: LinkType) -> [u8; 24] {
    let mut header = [0; 24];
    header[0..4].copy_from_slice(&0xa1b2_c3d4_u32.to_le_bytes());
    // Version 2.4; the time zone and the accuracy are always 0.
    header[4..6].copy_from_slice(&2_u16.to_le_bytes());
    header[6..8].copy_from_slice(&4_u16.to_le_bytes());
    header[16..20].copy_from_slice(&(SNAPLEN as u32).to_le_bytes());
    header[20..24].copy_from_slice(&u32::from(link.number()).to_le_bytes());
    header
}

/// Appends one frame, `at_ns` nanoseconds after the file's beginning of time.
///
/// Times are cut to microseconds, frames to [`SNAPLEN`]; the year 2106 is the format's end of time.
pub fn record(at_ns: u64, frame: &[u8], out: &mut Vec<u8>) {
    let seconds = u32::try_from(at_ns / 1_000_000_000).unwrap_or(u32::MAX);
    let micros = u32::try_from(at_ns % 1_000_000_000 / 1_000).expect("less than a million");
    let kept = &frame[..frame.len().min(SNAPLEN)];
    let kept_len = u32::try_from(kept.len()).expect("at most SNAPLEN");
    let full_len = u32::try_from(frame.len()).unwrap_or(u32::MAX);
    for number in [seconds, micros, kept_len, full_len] {
        out.extend_from_slice(&number.to_le_bytes());
    }
    out.extend_from_slice(kept);
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use pcap_file::pcap::PcapReader;
    use pcap_file::{DataLink, Endianness, TsResolution};

    use super::*;

    #[test]
    fn another_reader_finds_what_was_written() {
        let long = vec![7; SNAPLEN];
        #[rustfmt::skip]
        let frames: [(u64, &[u8], u64); 5] = [
            // at_ns                     frame      microseconds
            (0,                         b"first",  0),
            (1_999,                     b"",       1),
            (180_000,                   b"third",  180),
            (1_700_000_000_999_999_999, b"today",  1_700_000_000_999_999),
            (4_294_967_295_000_000_000, &long,     4_294_967_295_000_000),
        ];
        for (link, expected) in
            [(LinkType::Ethernet, DataLink::ETHERNET), (LinkType::Raw, DataLink::RAW)]
        {
            let mut file = header_of(link).to_vec();
            for (at_ns, frame, _) in frames {
                record(at_ns, frame, &mut file);
            }

            let mut reader = PcapReader::new(&file[..]).unwrap();
            let header = reader.header();
            assert_eq!((header.version_major, header.version_minor), (2, 4));
            assert_eq!((header.snaplen as usize, header.datalink), (SNAPLEN, expected));
            assert_eq!(header.ts_resolution, TsResolution::MicroSecond);
            assert_eq!(header.endianness, Endianness::Little);
            for (_, frame, micros) in frames {
                let packet = reader.next_packet().unwrap().unwrap();
                assert_eq!(packet.timestamp, Duration::from_micros(micros));
                assert_eq!(packet.orig_len as usize, frame.len());
                assert_eq!(packet.data, frame);
            }
            assert!(reader.next_packet().is_none());
        }
        assert_eq!(header(), header_of(LinkType::Ethernet));
    }

    #[test]
    fn a_frame_is_cut_to_the_snapshot_length() {
        let mut file = Vec::new();
        record(0, &vec![7; SNAPLEN + 1], &mut file);
        let length = |at: usize| u32::from_le_bytes(file[at..at + 4].try_into().unwrap()) as usize;
        assert_eq!((length(8), length(12), file.len()), (SNAPLEN, SNAPLEN + 1, 16 + SNAPLEN));
    }
}
