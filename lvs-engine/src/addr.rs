//! Who talks: an address with a port, and where a configured thing was set.

use core::fmt;
use core::net::Ipv4Addr;

/// An IPv4 address and a layer-4 port, in host order.
///
/// ```
/// use lvs_engine::Endpoint;
/// let vip = Endpoint::new([192, 0, 2, 100].into(), 80);
/// assert_eq!(vip.to_string(), "192.0.2.100:80");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Endpoint {
    /// The IPv4 address.
    pub addr: Ipv4Addr,
    /// The TCP or UDP port.
    pub port: u16,
}

impl Endpoint {
    /// The endpoint of this address and port.
    pub const fn new(addr: Ipv4Addr, port: u16) -> Self {
        Self { addr, port }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.addr, self.port)
    }
}

/// Where a setting, a service or a destination was configured: an index into the driver's own list
/// of origins.
///
/// The engine takes it with each change and gives it back with its reasons; production passes
/// `OriginId(0)`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OriginId(pub u32);
