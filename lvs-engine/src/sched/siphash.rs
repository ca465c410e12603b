//! SipHash-1-3 of one 32-bit number, cut to 32 bits: what mh hashes with on 64-bit kernels.
//!
//! Aumasson, Bernstein, "SipHash: a fast short-input PRF"; Linux 6.1: lib/siphash.c, hsiphash_1u32.

/// The hash of these four bytes under this key.
pub(super) const fn hsiphash(value: u32, key: [u64; 2]) -> u32 {
    // The last block holds the rest of the input below and its length on top.
    let block = 4 << 56 | value as u64;
    let mut state = [
        0x736f_6d65_7073_6575 ^ key[0],
        0x646f_7261_6e64_6f6d ^ key[1],
        0x6c79_6765_6e65_7261 ^ key[0],
        0x7465_6462_7974_6573 ^ key[1],
    ];
    state[3] ^= block;
    state = round(state);
    state[0] ^= block;
    state[2] ^= 0xff;
    state = round(round(round(state)));
    (state[0] ^ state[1] ^ state[2] ^ state[3]) as u32
}

const fn round([mut a, mut b, mut c, mut d]: [u64; 4]) -> [u64; 4] {
    a = a.wrapping_add(b);
    b = b.rotate_left(13) ^ a;
    a = a.rotate_left(32);
    c = c.wrapping_add(d);
    d = d.rotate_left(16) ^ c;
    a = a.wrapping_add(d);
    d = d.rotate_left(21) ^ a;
    c = c.wrapping_add(b);
    b = b.rotate_left(17) ^ c;
    c = c.rotate_left(32);
    [a, b, c, d]
}

#[cfg(test)]
mod tests {
    use super::hsiphash;

    /// As Linux 6.1 gave them for clients' addresses.
    #[test]
    fn hashes_of_addresses() {
        let key = [2_654_435_761; 2];
        for (addr, hash) in [
            (0x0a00_0002, 0x41cf_de13),
            (0x0a00_0003, 0x264d_5ec5),
            (0xc0a8_010a, 0xd5e9_59b6),
            (0xcb00_7107, 0xa86e_2c15),
        ] {
            assert_eq!(hsiphash(addr, key), hash, "{addr:#x}");
        }
    }
}
