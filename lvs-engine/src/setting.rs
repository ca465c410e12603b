//! The values that decisions depend on, by the names that an administrator knows.

use core::fmt;

use crate::Sysctl;

/// A value that a decision read.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Setting {
    /// `ipvsadm --set`, first: ESTABLISHED, in seconds.
    TcpTimeout,
    /// `ipvsadm --set`, second: FIN_WAIT, in seconds.
    TcpFinTimeout,
    /// `ipvsadm --set`, third: UDP, in seconds.
    UdpTimeout,
    /// A sysctl of IPVS.
    Sysctl(Sysctl),
}

impl Setting {
    /// The name by which an administrator knows it: a sysctl, or an option of `ipvsadm`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::TcpTimeout => "timeout tcp",
            Self::TcpFinTimeout => "timeout tcpfin",
            Self::UdpTimeout => "timeout udp",
            Self::Sysctl(sysctl) => sysctl.path(),
        }
    }
}

impl fmt::Debug for Setting {
    /// A sysctl is shown as itself: `SloppyTcp`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TcpTimeout => f.write_str("TcpTimeout"),
            Self::TcpFinTimeout => f.write_str("TcpFinTimeout"),
            Self::UdpTimeout => f.write_str("UdpTimeout"),
            Self::Sysctl(sysctl) => fmt::Debug::fmt(sysctl, f),
        }
    }
}
