//! How the kernel refuses, and in which words the tools say so.

use std::fmt;

use super::Done;
use crate::host::fib::{AddrError, NoRoute, RouteError};

/// An error number of Linux.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::host) enum Errno {
    /// ENOENT.
    NoEntry,
    /// ESRCH.
    NoProcess,
    /// EACCES.
    Access,
    /// EPERM.
    NotPermitted,
    /// EEXIST.
    Exists,
    /// EXDEV.
    CrossDevice,
    /// ENODEV.
    NoDevice,
    /// EINVAL.
    Invalid,
    /// EOPNOTSUPP.
    NotSupported,
    /// EADDRNOTAVAIL.
    NoAddress,
    /// ENETDOWN.
    NetworkDown,
    /// ENETUNREACH.
    NetworkUnreachable,
    /// EHOSTUNREACH.
    HostUnreachable,
}

impl fmt::Display for Errno {
    /// The words of strerror(3).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoEntry => "No such file or directory",
            Self::NoProcess => "No such process",
            Self::Access => "Permission denied",
            Self::NotPermitted => "Operation not permitted",
            Self::Exists => "File exists",
            Self::CrossDevice => "Invalid cross-device link",
            Self::NoDevice => "No such device",
            Self::Invalid => "Invalid argument",
            Self::NotSupported => "Operation not supported",
            Self::NoAddress => "Cannot assign requested address",
            Self::NetworkDown => "Network is down",
            Self::NetworkUnreachable => "Network is unreachable",
            Self::HostUnreachable => "No route to host",
        })
    }
}

impl From<AddrError> for Errno {
    fn from(error: AddrError) -> Self {
        match error {
            AddrError::Exists => Self::Exists,
            AddrError::Invalid => Self::Invalid,
            AddrError::NotFound => Self::NoAddress,
        }
    }
}

impl From<NoRoute> for Errno {
    fn from(error: NoRoute) -> Self {
        match error {
            NoRoute::Net => Self::NetworkUnreachable,
            NoRoute::Host => Self::HostUnreachable,
            NoRoute::Prohibited => Self::Access,
            NoRoute::Blackhole => Self::Invalid,
        }
    }
}

impl From<RouteError> for Errno {
    fn from(error: RouteError) -> Self {
        match error {
            RouteError::Exists => Self::Exists,
            RouteError::NotFound => Self::NoProcess,
            RouteError::BadGateway => Self::NetworkUnreachable,
            RouteError::NetworkDown => Self::NetworkDown,
            RouteError::BadSource => Self::Invalid,
        }
    }
}

/// How iproute2 prints an error for which the kernel has only a number.
pub(super) fn answers(error: impl Into<Errno>) -> Done {
    Done::failed(format!("RTNETLINK answers: {}\n", error.into()), 2)
}

/// How iproute2 prints an error for which the kernel has words.
pub(super) fn says(words: &str) -> Done {
    Done::failed(format!("Error: {words}\n"), 2)
}

/// No such interface, for iproute2.
pub(super) fn cannot_find(dev: &str) -> Done {
    Done::failed(format!("Cannot find device \"{dev}\"\n"), 1)
}

/// No such interface, for `ip addr show` and `ip link show`.
pub(super) fn does_not_exist(dev: &str) -> Done {
    Done::failed(format!("Device \"{dev}\" does not exist.\n"), 1)
}

/// Something that Linux would do and this host does not. What is printed is recorded, and a record
/// has no language: so one line says it in both.
pub(super) fn not_simulated(what: impl fmt::Display, status: u8) -> Done {
    Done::failed(format!("not simulated / 未模拟: {what}\n"), status)
}
