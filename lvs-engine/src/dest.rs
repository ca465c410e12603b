//! A destination: a real server's entry in one service. Deleted ones wait in the trash.

use crate::{Endpoint, Flags, Instant, OriginId, ServiceId, ServiceKey, Stats};

/// How packets reach a real server: `ipvsadm -m`, `-g`, `-i`, `-b`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// The destination address and port are translated, and back in the replies.
    Nat,
    /// Direct routing: only the frame changes.
    Dr,
    /// IP in IP.
    Tun,
    /// Both addresses are translated: the real server sees a local address of the director.
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
/// # use lvs_engine::{Change, DestConfig, Endpoint, Engine, Instant, Limits, Method, OriginId};
/// # use lvs_engine::{Proto, ServiceConfig, ServiceKey};
/// # let mut engine = Engine::new(Limits::default(), 1);
/// # let vip = Endpoint::new([192, 0, 2, 100].into(), 80);
/// # let origin = OriginId(0);
/// let service = ServiceKey::Port { proto: Proto::Tcp, vip };
/// # let add = Change::AddService { service, config: ServiceConfig::new("rr"), origin };
/// # engine.apply(Instant::ZERO, add).unwrap();
/// let config = DestConfig::new(Method::Dr, 1);
/// for last in [11, 12] {
///     let rip = Endpoint::new([192, 0, 2, last].into(), 80);
///     let add = Change::AddDest { service, rip, config, origin };
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
    /// The weight, or the last one that was not 0: mh's table is made of it.
    pub(crate) last_weight: u32,
    pub(crate) upper: u32,
    pub(crate) lower: u32,
    /// It reached its upper threshold, and takes nothing new until it has less.
    pub(crate) overloaded: bool,
    pub(crate) active: u32,
    pub(crate) inactive: u32,
    /// Templates of persistent clients.
    pub(crate) persistent: u32,
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
    /// It stands for no destination at all: the one of connections that pass by all real servers.
    Nobody,
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

    /// The templates of persistent clients: PersistConn.
    pub const fn persistent(&self) -> u32 {
        self.persistent
    }

    /// The upper and the lower threshold; 0 where none is set.
    pub const fn thresholds(&self) -> (u32, u32) {
        (self.upper, self.lower)
    }

    /// Whether it reached its upper threshold and takes no new connection.
    pub const fn is_overloaded(&self) -> bool {
        self.overloaded
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

    /// Whether it is deleted, and only remembered.
    pub(crate) const fn is_deleted(&self) -> bool {
        matches!(self.place, Place::Trash { .. })
    }

    /// All connections that thresholds count.
    pub(crate) const fn conns(&self) -> u32 {
        self.active + self.inactive
    }

    /// Whether a connection, or a template, refers to it.
    pub(crate) const fn is_bound(&self) -> bool {
        self.conns() + self.persistent > 0
    }

    /// One more connection; whether that made it overloaded.
    /// Linux 6.1 ip_vs_conn.c ip_vs_bind_dest.
    pub(crate) fn bind(&mut self, flags: Flags) -> bool {
        *self.counter(flags) += 1;
        let was = self.overloaded;
        self.overloaded |= self.upper != 0 && self.conns() >= self.upper;
        self.overloaded && !was
    }

    /// One connection less; whether that ended its overload. Newer kernels look only at the moment
    /// when the count falls below the threshold. Linux 6.1 ip_vs_conn.c ip_vs_unbind_dest.
    pub(crate) fn unbind(&mut self, flags: Flags) -> bool {
        *self.counter(flags) -= 1;
        let conns = u64::from(self.conns());
        let has_room = match (self.lower, self.upper) {
            (0, 0) => true,
            (0, upper) => conns * 4 < u64::from(upper) * 3,
            (lower, _) => conns < u64::from(lower),
        };
        let was = self.overloaded;
        self.overloaded &= !has_room;
        was && !self.overloaded
    }

    /// What such a connection is counted as.
    const fn counter(&mut self, flags: Flags) -> &mut u32 {
        match flags {
            Flags { template: true, .. } => &mut self.persistent,
            Flags { inactive: true, .. } => &mut self.inactive,
            _ => &mut self.active,
        }
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

    /// Their handles, in the order of the list.
    pub const fn ids(&self) -> &'a [DestId] {
        self.order
    }

    /// A destination by its handle, also one that was deleted.
    pub fn by_id(&self, id: DestId) -> &'a Dest {
        &self.slab[id.0 as usize]
    }

    /// Where in the list this destination stands.
    pub fn place_of(&self, id: DestId) -> Option<usize> {
        self.order.iter().position(|other| *other == id)
    }
}
