//! Interfaces and their addresses.
//!
//! Addresses belong to the host, not to the interface (weak host model); an interface only lists
//! them. An alias such as `lo:0` is a label on an address and no interface of its own. Linux 6.1:
//! net/ipv4/devinet.c.

use std::net::Ipv4Addr;

use lvs_engine::{Instant, OriginId};

use crate::event::IfaceId;
use crate::frame::ETHERNET;
use crate::{Mac, Prefix};

/// Length of a VLAN tag. Linux 6.1 if_vlan.h, VLAN_HLEN.
const VLAN_TAG: usize = 4;

/// What an interface is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IfaceKind {
    /// `lo`: what goes out comes in again.
    Loopback,
    /// A plug for a cable.
    Ethernet,
    /// `tunl0` or an own tunnel: takes the packets that came inside other packets.
    Tunnel,
    /// A card without a plug: it holds addresses, and what leaves by it is gone.
    Dummy,
}

/// How far an address or a route reaches; a larger number is nearer. Linux: rt_scope_t.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RouteScope {
    /// Everywhere (0).
    Global,
    /// Inside the own site (200).
    Site,
    /// On this wire (253).
    Link,
    /// In this host (254).
    Host,
}

impl RouteScope {
    /// As iproute2 prints it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Global => "global",
            Self::Site => "site",
            Self::Link => "link",
            Self::Host => "host",
        }
    }
}

/// An address of an interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// The address and its prefix.
    pub local: Prefix,
    /// The broadcast address, if one was given.
    pub broadcast: Option<Ipv4Addr>,
    /// How far it reaches.
    pub scope: RouteScope,
    /// Its label: the interface's name unless another was given.
    pub label: String,
    /// Whether another address of the same network was there first.
    pub secondary: bool,
    /// Where it was set.
    pub origin: OriginId,
}

/// Packets and bytes, with Ethernet headers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Frames.
    pub packets: u64,
    /// Bytes.
    pub bytes: u64,
    /// Packets that were thrown away.
    pub dropped: u64,
    /// Packets that could not be understood, or not be sent.
    pub errors: u64,
    /// Of the errors, those for want of a way to a tunnel's other end.
    pub carrier: u64,
    /// Of the errors, those of a tunnel whose other end is to be reached by itself.
    pub collisions: u64,
}

impl Counters {
    /// Counts one frame of this length.
    pub fn count(&mut self, len: usize) {
        self.packets += 1;
        self.bytes += len as u64;
    }

    /// Counts one frame that was sent, or dropped because the other end does not take it.
    pub(crate) fn count_sent(&mut self, len: usize, is_taken: bool) {
        match is_taken {
            true => self.count(len),
            false => self.dropped += 1,
        }
    }
}

/// Errors that were heard about what a tunnel sent, and have not been told to anybody yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HeardErrors {
    /// How many.
    pub count: u32,
    /// When the last one came.
    pub at: Instant,
}

/// The ends of an own tunnel. `tunl0` has none: it takes what no other tunnel takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ends {
    /// The other end; any if absent.
    pub remote: Option<Ipv4Addr>,
    /// The outer source address; the route's if absent.
    pub local: Option<Ipv4Addr>,
    /// The TTL of the outer header; the inner packet's if absent.
    pub ttl: Option<u8>,
    /// The TOS of the outer header; the inner packet's if absent.
    pub tos: Option<u8>,
    /// Whether the outer packet must not be fragmented, whatever the inner one says.
    pub pmtudisc: bool,
    /// The interface that it must use.
    pub dev: Option<IfaceId>,
}

/// An interface of a host.
#[derive(Clone, Debug)]
pub struct Iface {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: IfaceKind,
    /// Its hardware address.
    pub mac: Mac,
    /// The largest packet that it takes.
    pub mtu: u16,
    /// Where it was made; for a card, where the file says what it is like.
    pub made: OriginId,
    /// Where its MTU was set.
    pub mtu_origin: OriginId,
    /// Whether an administrator switched it on.
    pub up: bool,
    /// Where it was last switched on or off.
    pub switched: OriginId,
    /// When that was.
    pub up_since: Instant,
    /// Whether it ever was. Linux 6.1 sch_generic.c, dev_activate: only then is there a queue.
    pub was_up: bool,
    /// Whether its cable leads to something that is switched on.
    pub carrier: bool,
    /// Whether it speaks ARP.
    pub arp: bool,
    /// The ends of an own tunnel.
    pub ends: Option<Ends>,
    /// What was heard about a tunnel's packets.
    pub heard_errors: HeardErrors,
    /// Whether it was deleted. Its number is not used again.
    pub gone: bool,
    /// Its addresses, in the kernel's order.
    pub addrs: Vec<Address>,
    /// What came in.
    pub rx: Counters,
    /// What went out.
    pub tx: Counters,
}

impl Iface {
    /// An interface that is switched off and has no address.
    pub fn new(name: &str, kind: IfaceKind, mac: Mac, mtu: u16) -> Self {
        Self {
            name: name.into(),
            kind,
            mac,
            mtu,
            made: OriginId::default(),
            mtu_origin: OriginId::default(),
            up: false,
            switched: OriginId::default(),
            up_since: Instant::ZERO,
            was_up: false,
            carrier: kind != IfaceKind::Ethernet,
            arp: kind == IfaceKind::Ethernet,
            ends: None,
            heard_errors: HeardErrors::default(),
            gone: false,
            addrs: Vec::new(),
            rx: Counters::default(),
            tx: Counters::default(),
        }
    }

    /// Whether it is an Ethernet card, with or without a plug. Linux: IFF_BROADCAST.
    pub fn is_broadcast(&self) -> bool {
        matches!(self.kind, IfaceKind::Ethernet | IfaceKind::Dummy)
    }

    /// Whether it leads to one other end only. Linux: IFF_POINTOPOINT.
    pub fn is_point_to_point(&self) -> bool {
        self.ends.is_some_and(|ends| ends.remote.is_some())
    }

    /// Whether it should have a carrier and has none.
    pub const fn is_link_down(&self) -> bool {
        self.up && !self.carrier
    }

    /// Whether it can send.
    pub const fn is_running(&self) -> bool {
        self.up && self.carrier
    }

    /// Whether a frame of this length may come in: its MTU, Ethernet's header, and room for a VLAN
    /// tag, whether or not there is one. Linux 6.1 netdevice.h, __is_skb_forwardable.
    pub fn takes(&self, len: usize) -> bool {
        len <= usize::from(self.mtu) + ETHERNET + VLAN_TAG
    }

    /// Whether it has this very address.
    pub fn has(&self, addr: Ipv4Addr) -> bool {
        self.addrs.iter().any(|own| own.local.addr == addr)
    }

    /// Whether one network of the interface contains both. Linux 6.1 devinet.c, inet_addr_onlink.
    pub fn on_link(&self, one: Ipv4Addr, other: Ipv4Addr) -> bool {
        self.addrs.iter().any(|own| own.local.contains(one) && own.local.contains(other))
    }

    /// Puts an address into the list, where the kernel does.
    ///
    /// Linux 6.1 devinet.c, __inet_insert_ifa: an address of a network that is there already is
    /// secondary and goes to the end; a primary one goes behind the primary ones that reach at
    /// least as near.
    pub(super) fn insert(&mut self, mut address: Address) {
        address.secondary = self.addrs.iter().any(|own| {
            own.local.len == address.local.len && own.local.contains(address.local.addr)
        });
        let at =
            if address.secondary { self.addrs.len() } else { self.after_primaries(address.scope) };
        // An interface rarely has more than one or two.
        self.addrs.reserve_exact(1);
        self.addrs.insert(at, address);
    }

    /// Where the next primary address of this scope goes.
    pub(super) fn after_primaries(&self, scope: RouteScope) -> usize {
        let last = self.addrs.iter().rposition(|own| !own.secondary && own.scope >= scope);
        last.map_or(0, |last| last + 1)
    }
}
