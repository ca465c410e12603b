//! Changes to the configuration, and why the kernel refuses some.
//!
//! What `ipvsadm` itself refuses or rewrites before it asks the kernel (port 0, the port of a DR
//! destination, options that exclude each other) is the command's affair, not the engine's.

use core::fmt;
use core::net::Ipv4Addr;

use crate::{Endpoint, Method, OriginId, ServiceKey, Sysctl};

/// A change of the configuration: one request of `ipvsadm` to the kernel, or one write to a sysctl.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change<'a> {
    /// `-A`.
    AddService {
        /// What names it.
        service: ServiceKey,
        /// What is said of it.
        config: ServiceConfig<'a>,
        /// Where this was said.
        origin: OriginId,
    },
    /// `-E`: what is not said becomes the default; the same scheduler keeps its state.
    EditService {
        /// What names it.
        service: ServiceKey,
        /// What is said of it.
        config: ServiceConfig<'a>,
        /// Where this was said.
        origin: OriginId,
    },
    /// `-D`: its connections stay, and their packets are dropped.
    DeleteService {
        /// Which one.
        service: ServiceKey,
    },
    /// `-a`.
    AddDest {
        /// To which service.
        service: ServiceKey,
        /// The real server's address and port.
        rip: Endpoint,
        /// What is said of it.
        config: DestConfig,
        /// Where this was said.
        origin: OriginId,
    },
    /// `-e`: it keeps its place in the list.
    EditDest {
        /// Of which service.
        service: ServiceKey,
        /// The real server's address and port.
        rip: Endpoint,
        /// What is said of it.
        config: DestConfig,
        /// Where this was said.
        origin: OriginId,
    },
    /// `-d`: its connections stay, and their packets are dropped until it is added again.
    DeleteDest {
        /// Of which service.
        service: ServiceKey,
        /// The real server's address and port.
        rip: Endpoint,
    },
    /// `-P`: one more local address for FULLNAT, behind the others.
    AddLocal {
        /// To which service.
        service: ServiceKey,
        /// The address.
        addr: Ipv4Addr,
        /// Where this was said.
        origin: OriginId,
    },
    /// `-Q`: no new connection takes it; those that have it keep it.
    DeleteLocal {
        /// Of which service.
        service: ServiceKey,
        /// The address.
        addr: Ipv4Addr,
    },
    /// `-C`: all services are deleted.
    Flush,
    /// `-Z`: counters begin again at zero.
    Zero {
        /// Of this service and its destinations, or of all.
        service: Option<ServiceKey>,
    },
    /// `--set`: from each connection's next packet on.
    SetTimeouts {
        /// Seconds in ESTABLISHED; 0 keeps the value.
        tcp: u32,
        /// Seconds in FIN_WAIT; 0 keeps the value.
        tcpfin: u32,
        /// Seconds of UDP; 0 keeps the value.
        udp: u32,
        /// Where this was said.
        origin: OriginId,
    },
    /// `sysctl -w net.ipv4.vs.…`: from the next packet on.
    SetSysctl {
        /// Which one.
        sysctl: Sysctl,
        /// Its value.
        value: i32,
        /// Where this was said.
        origin: OriginId,
    },
}

/// What `-A` and `-E` say of a service.
///
/// ```
/// use lvs_engine::{Persistence, ServiceConfig};
/// let persistence = Persistence { timeout_s: 300, mask: [255, 255, 255, 0].into() };
/// let config = ServiceConfig { persistence: Some(persistence), ..ServiceConfig::new("wlc") };
/// assert!(!config.one_packet);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServiceConfig<'a> {
    /// `-s`: the scheduler's name.
    pub scheduler: &'a str,
    /// `-b`: what the scheduler is told besides.
    pub flags: SchedFlags,
    /// `-p`, `-M`: a client stays with its real server.
    pub persistence: Option<Persistence>,
    /// `-o`: each UDP datagram is scheduled by itself.
    pub one_packet: bool,
}

impl<'a> ServiceConfig<'a> {
    /// A service with this scheduler and nothing else.
    pub const fn new(scheduler: &'a str) -> Self {
        let flags = SchedFlags { first: false, second: false, third: false };
        Self { scheduler, flags, persistence: None, one_packet: false }
    }
}

/// `-b`: flags whose meaning is the scheduler's. Linux 6.1 ip_vs.h IP_VS_SVC_F_SCHED1 to 3.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SchedFlags {
    /// sh and mh: where the hash leads to a real server that takes nothing new, look further.
    pub first: bool,
    /// sh and mh: the client's port is hashed with its address.
    pub second: bool,
    /// Means nothing to any scheduler.
    pub third: bool,
}

/// `-p`, `-M`: how long and for which clients together a real server is remembered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Persistence {
    /// For how many seconds after each new connection.
    pub timeout_s: u32,
    /// Clients whose addresses are equal under this mask are taken for one.
    pub mask: Ipv4Addr,
}

/// What `-a` and `-e` say of a destination.
///
/// ```
/// use lvs_engine::{DestConfig, Method};
/// let config = DestConfig { upper: 100, ..DestConfig::new(Method::Dr, 1) };
/// assert_eq!((config.weight, config.lower), (1, 0));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DestConfig {
    /// How packets of new connections reach it.
    pub method: Method,
    /// The weight.
    pub weight: u32,
    /// `-x`: with so many connections it takes nothing new; 0 is no limit.
    pub upper: u32,
    /// `-y`: below so many it takes new ones again; 0 is three quarters of `upper`.
    pub lower: u32,
}

impl DestConfig {
    /// A destination without thresholds.
    pub const fn new(method: Method, weight: u32) -> Self {
        Self { method, weight, upper: 0, lower: 0 }
    }
}

/// Why a change was refused; the texts are those of `ipvsadm` 1.31 for the kernel's answers (for
/// local addresses those of alibaba/LVS), and of a write to `/proc/sys`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConfigError {
    /// `-A` of a service that exists.
    ServiceExists,
    /// `-D`, `-E` or `-Z` of a service that does not exist.
    NoSuchService,
    /// `-a`, `-e`, `-d`, `-P` or `-Q` in a service that does not exist.
    ServiceNotDefined,
    /// `-a` of a destination that exists.
    DestExists,
    /// `-e` or `-d` of a destination that does not exist.
    NoSuchDest,
    /// `-P` of a local address that the service has.
    LocalExists,
    /// `-Q` of a local address that the service does not have.
    NoSuchLocal,
    /// A real server's address that is no host's own.
    BadAddress,
    /// No scheduler has this name.
    NoScheduler,
    /// A lower threshold above the upper one.
    OutOfRange,
    /// A sysctl's value that the kernel does not take.
    InvalidValue,
    /// Linux can do this; the engine cannot yet.
    NotSimulated {
        /// What was asked for.
        what: &'static str,
    },
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ServiceExists => "Service already exists",
            Self::NoSuchService => "No such service",
            Self::ServiceNotDefined => "Service not defined",
            Self::DestExists => "Destination already exists",
            Self::NoSuchDest => "No such destination",
            Self::LocalExists => "Local address already exists",
            Self::NoSuchLocal => "No such Local address",
            Self::BadAddress => {
                "Invalid operation.  Possibly wrong module version, address not unicast, ..."
            }
            Self::NoScheduler => "Scheduler or persistence engine not found",
            Self::OutOfRange => "Numerical result out of range",
            Self::InvalidValue => "Invalid argument",
            Self::NotSimulated { what } => return write!(f, "`{what}` is not simulated yet"),
        })
    }
}

impl core::error::Error for ConfigError {}

/// The timeouts that `ipvsadm --set` changes, in seconds, and where they were set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// ESTABLISHED.
    pub tcp: (u32, OriginId),
    /// FIN_WAIT.
    pub tcpfin: (u32, OriginId),
    /// UDP.
    pub udp: (u32, OriginId),
}

impl Default for Timeouts {
    /// `Timeout (tcp tcpfin udp): 900 120 300`.
    fn default() -> Self {
        let kernel = OriginId::default();
        Self { tcp: (900, kernel), tcpfin: (120, kernel), udp: (300, kernel) }
    }
}

impl Timeouts {
    /// Takes over what is not 0.
    pub(crate) fn set(&mut self, tcp: u32, tcpfin: u32, udp: u32, origin: OriginId) {
        let slots = [(&mut self.tcp, tcp), (&mut self.tcpfin, tcpfin), (&mut self.udp, udp)];
        for (slot, seconds) in slots {
            if seconds != 0 {
                *slot = (seconds, origin);
            }
        }
    }
}
