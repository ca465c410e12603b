//! The host's routing, as the engine asks for it: IPVS routes before it rewrites.

use core::net::Ipv4Addr;

use crate::OriginId;

/// Where a packet to some address would go, from this host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route<Path> {
    /// The address is this host's own.
    pub local: bool,
    /// The path MTU, with what was learnt from ICMP.
    pub mtu: u16,
    /// The source address that the host would choose: the outer source of a tunnel.
    pub src: Ipv4Addr,
    /// The host's own handle, given back in [`Verdict::Forward`](crate::Verdict::Forward).
    pub path: Path,
}

/// The host's routing table. Implemented by the tables themselves, never by the host that owns the
/// engine.
///
/// ```
/// use core::net::Ipv4Addr;
/// use lvs_engine::{Route, Routes};
///
/// /// One network behind one interface.
/// struct OneWay;
///
/// impl Routes for OneWay {
///     type Path = u8;
///     fn route(&mut self, to: Ipv4Addr) -> Option<Route<u8>> {
///         let src = Ipv4Addr::new(10, 1, 0, 1);
///         (to.octets()[0] == 10).then_some(Route { local: to == src, mtu: 1500, src, path: 0 })
///     }
///     fn learn_mtu(&mut self, _: Ipv4Addr, _: u16) {}
/// }
///
/// assert!(OneWay.route(Ipv4Addr::new(192, 0, 2, 1)).is_none());
/// ```
pub trait Routes {
    /// The host's own handle of a route: it does not look up twice.
    type Path: Copy;

    /// The output route to this address: no source bound, no TOS, no mark.
    fn route(&mut self, to: Ipv4Addr) -> Option<Route<Self::Path>>;

    /// The path to this address is so narrow: an ICMP error about our own tunnel packet says so, or a
    /// packet that was made here goes there through a tunnel.
    fn learn_mtu(&mut self, to: Ipv4Addr, mtu: u16);

    /// Where the MTU of the way to this address was set. Asked for a reason only, when something
    /// does not fit; 0 where the driver keeps no such record.
    fn mtu_origin(&mut self, _to: Ipv4Addr) -> OriginId {
        OriginId::default()
    }
}
