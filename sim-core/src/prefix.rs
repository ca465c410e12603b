//! An IPv4 network: of an address, a route, a rule, or as it was typed.

use std::fmt;
use std::net::Ipv4Addr;

/// An IPv4 address with the length of its network's prefix.
///
/// ```
/// use sim_core::Prefix;
/// let own = Prefix::new([192, 0, 2, 11].into(), 24);
/// assert_eq!((own.to_string(), own.network().to_string()), ("192.0.2.11/24".into(), "192.0.2.0/24".into()));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Prefix {
    /// The address, with the host's bits as they were given.
    pub addr: Ipv4Addr,
    /// How many leading bits are the network, 0 to 32.
    pub len: u8,
}

impl Prefix {
    /// All addresses: `0.0.0.0/0`, what `default` means.
    pub const ANY: Self = Self { addr: Ipv4Addr::UNSPECIFIED, len: 0 };

    /// This network.
    pub const fn new(addr: Ipv4Addr, len: u8) -> Self {
        assert!(len <= 32, "a prefix has at most 32 bits");
        Self { addr, len }
    }

    /// A single address.
    pub const fn host(addr: Ipv4Addr) -> Self {
        Self::new(addr, 32)
    }

    /// The netmask: `/24` is `255.255.255.0`.
    pub const fn mask(self) -> Ipv4Addr {
        Ipv4Addr::from_bits((u64::MAX << (32 - self.len)) as u32)
    }

    /// The same network with the host's bits cleared.
    pub const fn network(self) -> Self {
        let bits = self.addr.to_bits() & self.mask().to_bits();
        Self { addr: Ipv4Addr::from_bits(bits), len: self.len }
    }

    /// Whether one of the host's bits is set.
    pub fn has_host_bits(self) -> bool {
        self != self.network()
    }

    /// The last address of the network.
    pub const fn broadcast(self) -> Ipv4Addr {
        Ipv4Addr::from_bits(self.addr.to_bits() | !self.mask().to_bits())
    }

    /// Whether the address lies in the network.
    pub const fn contains(self, addr: Ipv4Addr) -> bool {
        (addr.to_bits() ^ self.addr.to_bits()) as u64 >> (32 - self.len) == 0
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.addr, self.len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[rustfmt::skip]
    fn networks_have_masks_and_ends() {
        //      network             mask               first         last
        let rows = [
            (([10, 1, 2, 3], 0),  [0, 0, 0, 0],         [0, 0, 0, 0],   [255; 4]),
            (([10, 1, 2, 3], 20), [255, 255, 240, 0],   [10, 1, 0, 0],  [10, 1, 15, 255]),
            (([10, 1, 2, 3], 32), [255; 4],             [10, 1, 2, 3],  [10, 1, 2, 3]),
        ];
        for ((addr, len), mask, first, last) in rows {
            let prefix = Prefix::new(addr.into(), len);
            assert_eq!(prefix.mask(), Ipv4Addr::from(mask));
            assert_eq!(prefix.network(), Prefix::new(first.into(), len));
            assert_eq!(prefix.broadcast(), Ipv4Addr::from(last));
            assert_eq!(prefix.has_host_bits(), len < 32);
            let next = Ipv4Addr::from_bits(prefix.broadcast().to_bits().wrapping_add(1));
            assert!(prefix.contains(first.into()) && prefix.contains(last.into()));
            assert_eq!(prefix.contains(next), len == 0);
        }
    }
}
