//! A destination: a real server's entry in one service. Deleted ones wait in the trash.

use crate::{Endpoint, Instant, OriginId, ServiceId, ServiceKey, Stats};

/// How packets reach a real server: `ipvsadm -m`, `-g`, `-i`, `-b`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// The destination address and port are translated, and back in the replies.
    Nat,
    /// Direct routing: only the frame changes.
    Dr,
    /// IP in IP.
    Tun,
    /// Both addresses are translated. Not simulated yet.
    FullNat,
}

impl Method {
    /// Whether addresses change, so that replies must come back through the director.
    pub(crate) const fn translates(self) -> bool {
        matches!(self, Self::Nat | Self::FullNat)
    }
}

/// A destination's handle within its engine; it survives delete and re-add.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DestId(pub(crate) u32);

/// A destination, as it is configured and counted.
///
/// ```
/// # use lvs_engine::{Change, Endpoint, Engine, Instant, Limits, Method, OriginId};
/// # use lvs_engine::{Proto, ServiceKey};
/// # let mut engine = Engine::new(Limits::default(), 1);
/// # let vip = Endpoint::new([192, 0, 2, 100].into(), 80);
/// # let (proto, origin) = (Proto::Tcp, OriginId(0));
/// # let add = Change::AddService { proto, vip, scheduler: "rr", origin };
/// # engine.apply(Instant::ZERO, add).unwrap();
/// let service = ServiceKey { proto: Proto::Tcp, vip };
/// for last in [11, 12] {
///     let rip = Endpoint::new([192, 0, 2, last].into(), 80);
///     let add = Change::AddDest { service, rip, method: Method::Dr, weight: 1, origin };
///     engine.apply(Instant::ZERO, add).unwrap();
/// }
/// let newest = engine.dests(engine.services().next().unwrap()).next().unwrap();
/// assert_eq!(newest.rip().to_string(), "192.0.2.12:80");
/// assert_eq!((newest.active(), newest.inactive()), (0, 0));
/// ```
#[derive(Clone, Debug)]
pub struct Dest {
    pub(crate) rip: Endpoint,
    pub(crate) method: Method,
    pub(crate) weight: u32,
    pub(crate) active: u32,
    pub(crate) inactive: u32,
    pub(crate) stats: Stats,
    pub(crate) origin: OriginId,
    /// The service that it was configured for; deleted ones are taken back by this key.
    pub(crate) home: ServiceKey,
    /// That service as long as it exists.
    pub(crate) service: Option<ServiceId>,
    pub(crate) place: Place,
    pub(crate) path: KnownPath,
}

/// Whether a destination is in its service, or deleted and kept for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// In its service's list.
    InService,
    /// Deleted; `idle_since` is when the collector first saw it unused.
    Trash { idle_since: Option<Instant> },
    /// Forgotten: the slot may be used again.
    Free,
}

/// What a destination remembers of the route to it, as the kernel's `dest_dst` does.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct KnownPath {
    /// The route's MTU when a packet last went there; 0 before the first.
    pub(crate) mtu: u16,
    /// A narrower path was learnt at some time.
    pub(crate) learnt: bool,
    /// `mtu` was asked for after that.
    pub(crate) fresh: bool,
}

impl Dest {
    /// The real server's address and port.
    pub const fn rip(&self) -> Endpoint {
        self.rip
    }

    /// How packets reach it.
    pub const fn method(&self) -> Method {
        self.method
    }

    /// The weight; 0 means: finish what you have.
    pub const fn weight(&self) -> u32 {
        self.weight
    }

    /// Connections in an active state: ActiveConn.
    pub const fn active(&self) -> u32 {
        self.active
    }

    /// The other connections: InActConn.
    pub const fn inactive(&self) -> u32 {
        self.inactive
    }

    /// What went through it.
    pub const fn stats(&self) -> &Stats {
        &self.stats
    }

    /// Where it was configured.
    pub const fn origin(&self) -> OriginId {
        self.origin
    }

    /// Whether it is in its service, and not deleted.
    pub const fn is_available(&self) -> bool {
        matches!(self.place, Place::InService)
    }

    /// Open work, as lc and wlc see it: `256 * active + inactive`.
    /// Linux 6.1 ip_vs.h ip_vs_dest_conn_overhead.
    pub(crate) const fn load(&self) -> u64 {
        ((self.active as u64) << 8) + self.inactive as u64
    }
}

/// A service's destinations, newest first.
#[derive(Clone, Copy, Debug)]
pub struct Dests<'a> {
    pub(crate) order: &'a [DestId],
    pub(crate) slab: &'a [Dest],
}

impl<'a> Dests<'a> {
    /// How many there are.
    pub const fn len(&self) -> usize {
        self.order.len()
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// The destination at this place of the list.
    pub fn get(&self, place: usize) -> Option<(DestId, &'a Dest)> {
        let id = *self.order.get(place)?;
        Some((id, &self.slab[id.0 as usize]))
    }

    /// All of them, in the order of the list.
    pub fn iter(&self) -> impl Iterator<Item = (DestId, &'a Dest)> + use<'a> {
        let slab = self.slab;
        self.order.iter().map(move |id| (*id, &slab[id.0 as usize]))
    }

    /// Where in the list this destination stands.
    pub fn place_of(&self, id: DestId) -> Option<usize> {
        self.order.iter().position(|other| *other == id)
    }
}
