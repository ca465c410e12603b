//! One connection, as the table knows it.

use core::time::Duration;

use crate::{DestId, Endpoint, Instant, Method, Proto, ServiceId, State};

/// One entry of the connection table, by value: how the table stores it is its own affair.
///
/// ```
/// use lvs_engine::{Engine, Limits};
/// let engine = Engine::new(Limits::default(), 1);
/// assert_eq!(engine.conns().count(), 0);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conn {
    /// The client.
    pub client: Endpoint,
    /// Where the client connects to.
    pub vip: Endpoint,
    /// The real server that serves it. (The kernel calls this `daddr`.)
    pub rip: Endpoint,
    /// Whom the real server sees: the client, except under FULLNAT.
    pub lip: Endpoint,
    /// The transport protocol; IP in the template of a service by mark.
    pub proto: Proto,
    /// The destination that it is bound to, also while that one is deleted.
    pub dest: DestId,
    /// The service of that destination; none while either is deleted.
    pub service: Option<ServiceId>,
    /// How its requests are forwarded: the destination's method when the connection began.
    pub method: Method,
    /// Where it stands.
    pub state: State,
    /// The kernel's flags.
    pub flags: Flags,
    /// How long it lives after each packet; a template after each new connection.
    pub timeout: Duration,
    /// When it should end if no packet comes; the kernel's timers end it a little later.
    pub expires_at: Instant,
    /// How many requests were handled.
    pub in_pkts: u32,
}

/// The flags of a connection that change what happens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flags {
    /// Counted under InActConn, not under ActiveConn.
    pub inactive: bool,
    /// No reply was seen so far, and none is expected (by DR and TUN).
    pub no_output: bool,
    /// No connection, but the memory of where a persistent client's connections go. Its client has
    /// port 0, and under a service by mark its VIP is the mark, written as an address.
    pub template: bool,
    /// It lives for one datagram, and no packet finds it.
    pub one_packet: bool,
    /// It has no destination: its packets go on to where they are addressed, and its RIP is
    /// 0.0.0.0:0. (The kernel's BYPASS, there a forwarding method.)
    pub bypass: bool,
    /// Netfilter tracks it: `net.ipv4.vs.conntrack` was on when it began. (The kernel's NFCT.)
    pub tracked: bool,
}
