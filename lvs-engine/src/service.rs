//! A service: an address and port, or a mark, whose connections are shared out among destinations.

use alloc::vec::Vec;
use core::fmt;
use core::net::Ipv4Addr;

use crate::local::Locals;
use crate::{DestId, Endpoint, OriginId, Persistence, Proto, SchedFlags, Scheduler, Stats};

/// What names a service. The order is that of listings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ServiceKey {
    /// `-t`, `-u`: protocol, address and port.
    Port {
        /// TCP or UDP.
        proto: Proto,
        /// The virtual address and port; port 0 stands for all ports.
        vip: Endpoint,
    },
    /// `-f`: the firewall mark of its packets, whatever their address is.
    Mark(u32),
}

impl ServiceKey {
    /// The address and port; none of a service by mark, as in the kernel.
    pub const fn vip(self) -> Endpoint {
        match self {
            Self::Port { vip, .. } => vip,
            Self::Mark(_) => Endpoint::new(Ipv4Addr::UNSPECIFIED, 0),
        }
    }

    /// The firewall mark, if that is its name.
    pub const fn mark(self) -> Option<u32> {
        match self {
            Self::Port { .. } => None,
            Self::Mark(mark) => Some(mark),
        }
    }
}

impl fmt::Display for ServiceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Port { proto, vip } => write!(f, "{proto} {vip}"),
            Self::Mark(mark) => write!(f, "FWM {mark}"),
        }
    }
}

/// A service's handle within its engine; used again after the service is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServiceId(pub(crate) u32);

/// A service, as it is configured and counted.
///
/// ```
/// use lvs_engine::{
///     Change, Endpoint, Engine, Instant, Limits, OriginId, Proto, ServiceConfig, ServiceKey,
/// };
/// let mut engine = Engine::new(Limits::default(), 1);
/// let vip = Endpoint::new([192, 0, 2, 100].into(), 80);
/// let service = ServiceKey::Port { proto: Proto::Tcp, vip };
/// let config = ServiceConfig::new("wlc");
/// let add = Change::AddService { service, config, origin: OriginId(7) };
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
    pub(crate) flags: SchedFlags,
    pub(crate) persistence: Option<Persistence>,
    pub(crate) one_packet: bool,
    /// Newest first, as the kernel's list.
    pub(crate) dests: Vec<DestId>,
    /// In whose name FULLNAT asks the real servers.
    pub(crate) locals: Locals,
    pub(crate) stats: Stats,
    pub(crate) origin: OriginId,
}

impl Service {
    /// The handle.
    pub const fn id(&self) -> ServiceId {
        self.id
    }

    /// What names it.
    pub const fn key(&self) -> ServiceKey {
        self.key
    }

    /// The virtual address and port; 0.0.0.0:0 of a service by mark.
    pub const fn vip(&self) -> Endpoint {
        self.key.vip()
    }

    /// The scheduler's name: `rr`, `wlc`, …
    pub const fn scheduler(&self) -> &'static str {
        self.scheduler.name()
    }

    /// What the scheduler is told besides: `-b`.
    pub const fn flags(&self) -> SchedFlags {
        self.flags
    }

    /// How clients are remembered, if they are: `-p`, `-M`.
    pub const fn persistence(&self) -> Option<Persistence> {
        self.persistence
    }

    /// Whether each UDP datagram is scheduled by itself: `-o`.
    pub const fn one_packet(&self) -> bool {
        self.one_packet
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
