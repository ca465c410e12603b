//! Fingerprints: FNV-1a, 64 bits. Not for secrets; equal on every machine.

use std::fmt::{self, Write};

const START: u64 = 0xcbf2_9ce4_8422_2325;
const PRIME: u64 = 0x0000_0100_0000_01b3;

/// A running fingerprint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Digest(u64);

impl Default for Digest {
    fn default() -> Self {
        Self(START)
    }
}

impl Digest {
    /// Takes these bytes in.
    pub fn add(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(PRIME);
        }
    }

    /// What has come in so far, as a number.
    pub const fn value(self) -> u64 {
        self.0
    }
}

impl Write for Digest {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.add(text.as_bytes());
        Ok(())
    }
}

/// The fingerprint of these bytes.
pub fn of_bytes(bytes: &[u8]) -> u64 {
    let mut digest = Digest::default();
    digest.add(bytes);
    digest.value()
}

/// The fingerprint of a value, by the text of its `Debug`.
pub fn of_debug(value: &impl fmt::Debug) -> u64 {
    let mut digest = Digest::default();
    // Taking text in cannot fail.
    let _ = write!(digest, "{value:?}");
    digest.value()
}
