//! The Internet checksum: in full, and by the difference of what changed.
//!
//! RFC 1071 (sum), RFC 1624 equation 3 (difference). A wrong checksum stays wrong by the same
//! amount when it is updated by difference: nothing is verified on the way.

/// The ones' complement sum of these bytes, added to `sum`; an odd last byte is padded with zero.
#[inline]
pub(crate) fn add(mut sum: u64, bytes: &[u8]) -> u64 {
    let (words, rest) = bytes.as_chunks::<4>();
    for word in words {
        sum += u64::from(u32::from_be_bytes(*word));
    }
    let (words, rest) = rest.as_chunks::<2>();
    for word in words {
        sum += u64::from(u16::from_be_bytes(*word));
    }
    if let [last] = rest {
        sum += u64::from(*last) << 8;
    }
    sum
}

/// The sum folded to 16 bits, carries added back.
#[inline]
pub(crate) const fn fold(sum: u64) -> u16 {
    let (sum, carry) = ((sum >> 32) as u32).overflowing_add(sum as u32);
    let sum = sum + carry as u32;
    // Each half is added to the other: the lower sum's carry goes into the upper one, which stays.
    (sum.wrapping_add(sum.rotate_left(16)) >> 16) as u16
}

/// The same sum of whole words as the machine reads them, which is quicker: RFC 1071 section 2 B,
/// its folded value has its bytes in the order of the packet's.
#[inline]
pub(crate) fn add_native(sum: u64, words: &[[u8; 4]]) -> u64 {
    words.iter().fold(sum, |sum, word| sum + u64::from(u32::from_ne_bytes(*word)))
}

/// The checksum of these bytes, in which the checksum field itself is zero.
pub(crate) fn of(bytes: &[u8]) -> u16 {
    !fold(add(0, bytes))
}

/// The checksum after words whose sum was `old` became words whose sum is `new`.
#[inline]
pub(crate) const fn update(check: u16, old: u64, new: u64) -> u16 {
    !fold(!check as u64 + !fold(old) as u64 + new)
}

/// The sum of the pseudo header that TCP and UDP add: both addresses, protocol and length.
pub(crate) fn pseudo(addresses: &[u8], proto: u8, len: usize) -> u64 {
    add(0, addresses) + u64::from(proto) + len as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 10.0.0.2 > 10.0.0.100, UDP, TTL 64; its checksum is 0x1433.
    const HEADER: [u8; 20] =
        [0x45, 0, 0, 0x21, 0x12, 0x34, 0x40, 0, 64, 17, 0x14, 0x33, 10, 0, 0, 2, 10, 0, 0, 100];

    #[test]
    fn a_right_header_sums_to_all_ones() {
        assert_eq!(fold(add(0, &HEADER)), 0xffff);
        let mut blank = HEADER;
        blank[10..12].fill(0);
        assert_eq!(of(&blank), 0x1433);
    }

    #[test]
    fn an_update_equals_a_new_sum() {
        #[rustfmt::skip]
        let rows: [(&[u8], &[u8], u16); 3] = [
            (&[64, 17],          &[63, 17],          0x1533), // the TTL step of every director
            (&[10, 0, 0, 100],   &[10, 1, 0, 11],    0x148b),
            (&[0, 0],            &[0, 0],            0x1433),
        ];
        for (old, new, want) in rows {
            assert_eq!(update(0x1433, add(0, old), add(0, new)), want, "{old:?} to {new:?}");
        }
    }

    #[test]
    fn an_odd_last_byte_is_the_high_one() {
        assert_eq!(fold(add(0, &[0x12])), 0x1200);
        assert_eq!(fold(add(0, &[0xff, 0xff, 0x00, 0x01, 0x80])), 0x8001);
    }
}
