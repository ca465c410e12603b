//! What the host tells the engine about a packet, and what the engine answers.

use crate::{Conn, IcmpError, Rewrite};

/// Where in the host's packet path the engine is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hook {
    /// The packet is for this host (netfilter LOCAL_IN): requests for a VIP.
    LocalIn,
    /// The packet passes through (FORWARD): replies of NAT real servers.
    Forward,
    /// The packet was made here (LOCAL_OUT): a client or a real server on the director itself.
    LocalOut,
}

/// Netfilter's own entry for a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tracked {
    /// The packet is not tracked.
    No,
    /// Tracked, and this is the first packet of its flow.
    New,
    /// Tracked, and the flow's entry was confirmed before.
    Confirmed,
}

/// What the host knows of a packet besides its bytes.
///
/// Fragments are put together before the engine sees them. A packet that got [`Verdict::Forward`],
/// [`Verdict::Local`], [`Verdict::Reroute`] or a rewrite that is not empty is not shown to the
/// engine again on its way out (the kernel's `ipvs_property`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Meta {
    /// Where the host is with it.
    pub hook: Hook,
    /// The firewall mark; 0 is none. A service by this mark comes before all others.
    pub mark: u32,
    /// The route that the packet took is local: its destination is an address of this host.
    pub routed_local: bool,
    /// The frame was addressed to this host's MAC address.
    pub to_us: bool,
    /// It came in over the loopback interface, or was made here.
    pub from_here: bool,
    /// Netfilter's entry for it.
    pub tracked: Tracked,
}

impl Meta {
    /// A packet as it usually meets this hook: unmarked, untracked, addressed to us, from outside.
    pub const fn at(hook: Hook) -> Self {
        Self {
            hook,
            mark: 0,
            routed_local: matches!(hook, Hook::LocalIn),
            to_us: true,
            from_here: matches!(hook, Hook::LocalOut),
            tracked: Tracked::No,
        }
    }
}

/// A part of a packet's bytes, from its IP header on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The first byte.
    pub start: u16,
    /// How many bytes.
    pub len: u16,
}

impl Span {
    /// The bytes that this span names; empty if they are not there.
    pub fn of(self, bytes: &[u8]) -> &[u8] {
        let start = usize::from(self.start);
        bytes.get(start..start + usize::from(self.len)).unwrap_or_default()
    }
}

/// What becomes of netfilter's entry for a packet that goes on.
///
/// Linux 6.1 include/net/ip_vs.h ip_vs_notrack: a connection is tracked if `net.ipv4.vs.conntrack`
/// was on when it began, and packets of all others leave tracking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Track {
    /// The packet is of no connection, and IPVS leaves it as it is.
    AsItIs,
    /// Netfilter keeps tracking it, and expects answers from the real server.
    Keep,
    /// It is untracked from here on.
    Leave,
}

impl Track {
    /// What a packet of this connection gets.
    pub(crate) const fn of(conn: &Conn) -> Self {
        if conn.flags.tracked { Self::Keep } else { Self::Leave }
    }
}

/// The engine's answer for one packet: what the host does with it.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict<Path> {
    /// It goes on where it was going, after this edit (often empty).
    Accept(Rewrite, Track),
    /// To the director's own stack, after this edit: the destination is this host.
    Local(Rewrite, Track),
    /// Send it along this route, whatever its destination address says.
    Forward {
        /// The host's own handle of the route.
        path: Path,
        /// The edit to apply first.
        rewrite: Rewrite,
        /// What becomes of netfilter's entry for it.
        track: Track,
    },
    /// A reply in the VIP's name: apply the edit and look its route up again, as if made here.
    Reroute(Rewrite, Track),
    /// Send this error about these bytes to their source, and drop the packet.
    ///
    /// The host's usual rules hold: rate limits, and no error about an ICMP error. The error's
    /// source is the quoted packet's destination (a VIP), since that is an address of this host.
    Reject {
        /// What the error says.
        error: IcmpError,
        /// What it is about and quotes: this packet, or one that this packet quotes.
        about: Span,
        /// The quoted header shows the TTL less one.
        aged: bool,
    },
    /// Nobody is told.
    Drop,
}

/// A verdict's kind without its data; what a terminal [`Reason`](crate::Reason) implies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// [`Verdict::Accept`].
    Accept,
    /// [`Verdict::Local`].
    Local,
    /// [`Verdict::Forward`].
    Forward,
    /// [`Verdict::Reroute`].
    Reroute,
    /// [`Verdict::Reject`].
    Reject,
    /// [`Verdict::Drop`].
    Drop,
}

impl<Path> Verdict<Path> {
    /// The verdict's kind.
    pub const fn outcome(&self) -> Outcome {
        match self {
            Self::Accept(..) => Outcome::Accept,
            Self::Local(..) => Outcome::Local,
            Self::Forward { .. } => Outcome::Forward,
            Self::Reroute(..) => Outcome::Reroute,
            Self::Reject { .. } => Outcome::Reject,
            Self::Drop => Outcome::Drop,
        }
    }

    /// The edit of a packet that goes on, and what becomes of netfilter's entry for it.
    pub const fn passing(&self) -> Option<(Rewrite, Track)> {
        match *self {
            Self::Accept(rewrite, track)
            | Self::Local(rewrite, track)
            | Self::Reroute(rewrite, track)
            | Self::Forward { rewrite, track, .. } => Some((rewrite, track)),
            Self::Reject { .. } | Self::Drop => None,
        }
    }
}
