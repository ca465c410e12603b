//! The Internet checksum (RFC 1071), written a second time: the tests do not believe the code that
//! they test.

/// Whether the sum of these bytes, with their checksum among them, comes out right.
pub fn is_right(parts: &[&[u8]]) -> bool {
    of(parts) == 0
}

/// The checksum of these bytes, one part behind the other; every part but the last has an even
/// length.
pub fn of(parts: &[&[u8]]) -> u16 {
    let words = parts.iter().flat_map(|part| part.chunks(2));
    let sum: u64 =
        words.map(|word| u64::from(word[0]) << 8 | word.get(1).map_or(0, |&low| low.into())).sum();
    let mut sum = sum;
    while sum >> 16 != 0 {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !(sum as u16)
}
