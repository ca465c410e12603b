//! What a route says, what a lookup answers, and why either is refused.

use std::net::Ipv4Addr;

use lvs_engine::OriginId;
use thiserror::Error;

use crate::Prefix;
use crate::event::IfaceId;
use crate::host::iface::RouteScope;

/// In which table a route stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Table {
    /// Own and broadcast addresses.
    Local,
    /// What was typed, and connected networks.
    Main,
}

/// What a route does with a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RouteKind {
    /// Sends it on.
    Unicast,
    /// Delivers it here.
    Local,
    /// Delivers it to all of a network.
    Broadcast,
    /// Answers "host unreachable".
    Unreachable,
    /// Answers "administratively prohibited".
    Prohibit,
    /// Throws it away.
    Blackhole,
    /// Ends the lookup in this table.
    Throw,
}

/// Who made a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RouteProto {
    /// The kernel, for an address.
    Kernel,
    /// An administrator.
    Boot,
}

/// A route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// Its table.
    pub table: Table,
    /// For whom.
    pub dst: Prefix,
    /// What it does.
    pub kind: RouteKind,
    /// The next hop, if it is not the destination itself.
    pub gateway: Option<Ipv4Addr>,
    /// The interface; none for routes that only refuse.
    pub iface: Option<IfaceId>,
    /// The source address of packets that have none yet.
    pub src: Option<Ipv4Addr>,
    /// How far it reaches.
    pub scope: RouteScope,
    /// Who made it.
    pub proto: RouteProto,
    /// Of equal routes the one of the smallest metric counts.
    pub metric: u32,
    /// Whether the gateway was said to be on the wire.
    pub onlink: bool,
    /// The path's MTU, if it was given.
    pub mtu: Option<u16>,
    /// The MSS to announce, if it was given.
    pub advmss: Option<u16>,
    /// Where it was set.
    pub origin: OriginId,
}

/// What a lookup for a packet of our own found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Out {
    /// Deliver here, to a network, or send on.
    pub kind: RouteKind,
    /// By which interface (`lo` for own addresses).
    pub iface: IfaceId,
    /// To which neighbour.
    pub next: Ipv4Addr,
    /// Whether the neighbour is a gateway.
    pub by_gateway: bool,
    /// The source address, if the packet has none yet.
    pub src: Ipv4Addr,
    /// The path's MTU as far as it is known.
    pub mtu: u16,
    /// The MTU of the route alone, which is what a forwarder goes by.
    pub plain_mtu: u16,
    /// Whether that MTU is so small that packets may be cut.
    pub mtu_locked: bool,
    /// The MSS to announce on this path, if the route names one.
    pub advmss: Option<u16>,
    /// Where the route was set.
    pub origin: OriginId,
}

/// Why a packet of our own cannot be sent, in the system's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum NoRoute {
    /// Nothing matches.
    #[error("Network is unreachable")]
    Net,
    /// A route says unreachable.
    #[error("No route to host")]
    Host,
    /// A route prohibits it.
    #[error("Permission denied")]
    Prohibited,
    /// A route swallows it.
    #[error("Invalid argument")]
    Blackhole,
}

/// The way to a neighbour: the handle that IPVS hands back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Path {
    /// By which interface.
    pub iface: IfaceId,
    /// To which neighbour.
    pub next: Ipv4Addr,
    /// The path's MTU.
    pub mtu: u16,
}

/// Why a route was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RouteError {
    /// There is one already.
    Exists,
    /// There is none.
    NotFound,
    /// The gateway is not on any wire of ours.
    BadGateway,
    /// The interface is switched off.
    NetworkDown,
    /// The source is no address of ours.
    BadSource,
}
