//! A service: an address and port whose connections are shared out among destinations.

use alloc::vec::Vec;
use core::fmt;

use crate::{DestId, Endpoint, OriginId, Proto, Scheduler, Stats};

/// What names a service: protocol, address and port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServiceKey {
    /// TCP or UDP.
    pub proto: Proto,
    /// The virtual address and port.
    pub vip: Endpoint,
}

impl fmt::Display for ServiceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.proto, self.vip)
    }
}

/// A service's handle within its engine; used again after the service is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServiceId(pub(crate) u32);

/// A service, as it is configured and counted.
///
/// ```
/// use lvs_engine::{Change, Endpoint, Engine, Instant, Limits, OriginId, Proto};
/// let mut engine = Engine::new(Limits::default(), 1);
/// let vip = Endpoint::new([192, 0, 2, 100].into(), 80);
/// let add = Change::AddService { proto: Proto::Tcp, vip, scheduler: "wlc", origin: OriginId(7) };
/// engine.apply(Instant::ZERO, add).unwrap();
/// let service = engine.services().next().unwrap();
/// assert_eq!((service.vip(), service.scheduler(), service.origin()), (vip, "wlc", OriginId(7)));
/// assert_eq!(engine.dests(service).count(), 0);
/// ```
#[derive(Clone, Debug)]
pub struct Service {
    pub(crate) id: ServiceId,
    pub(crate) key: ServiceKey,
    pub(crate) scheduler: Scheduler,
    /// Newest first, as the kernel's list.
    pub(crate) dests: Vec<DestId>,
    pub(crate) stats: Stats,
    pub(crate) origin: OriginId,
}

impl Service {
    /// The handle.
    pub const fn id(&self) -> ServiceId {
        self.id
    }

    /// Protocol, address and port.
    pub const fn key(&self) -> ServiceKey {
        self.key
    }

    /// TCP or UDP.
    pub const fn proto(&self) -> Proto {
        self.key.proto
    }

    /// The virtual address and port.
    pub const fn vip(&self) -> Endpoint {
        self.key.vip
    }

    /// The scheduler's name: `rr`, `wlc`, …
    pub const fn scheduler(&self) -> &'static str {
        self.scheduler.name()
    }

    /// What went through it.
    pub const fn stats(&self) -> &Stats {
        &self.stats
    }

    /// Where it was configured.
    pub const fn origin(&self) -> OriginId {
        self.origin
    }
}
