//! ICMP errors that are made on a host: by the engine's verdicts and by the host itself.

use core::net::Ipv4Addr;

/// What an ICMP error says.
///
/// ```
/// use lvs_engine::IcmpError;
/// assert_eq!(IcmpError::FragNeeded { mtu: 1480 }.wire(), (3, 4, [0, 0, 0x05, 0xc8]));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IcmpError {
    /// No route to the network: 3/0.
    NetUnreachable,
    /// No route to the host, or it does not answer: 3/1.
    HostUnreachable,
    /// Nobody serves this port: 3/3. IPVS's answer when no destination is available.
    PortUnreachable,
    /// Nobody serves this protocol: 3/2.
    ProtocolUnreachable,
    /// A filter forbids it: 3/13.
    Prohibited,
    /// Too big for the way on, and must not be fragmented: 3/4.
    FragNeeded {
        /// The largest packet that fits.
        mtu: u16,
    },
    /// The time to live ran out on the way: 11/0.
    TimeExceeded,
    /// Fragments did not all arrive in time: 11/1.
    ReassemblyTime,
    /// A better first hop exists: 5/1.
    Redirect {
        /// The better first hop.
        gateway: Ipv4Addr,
    },
    /// An error about our own tunnel packet, handed on to the client.
    Relayed {
        /// The ICMP type that came.
        kind: u8,
        /// The ICMP code that came.
        code: u8,
    },
}

impl IcmpError {
    /// Type, code and the four bytes after the checksum.
    pub const fn wire(&self) -> (u8, u8, [u8; 4]) {
        match *self {
            Self::NetUnreachable => (3, 0, [0; 4]),
            Self::HostUnreachable => (3, 1, [0; 4]),
            Self::ProtocolUnreachable => (3, 2, [0; 4]),
            Self::PortUnreachable => (3, 3, [0; 4]),
            Self::FragNeeded { mtu } => {
                let [high, low] = mtu.to_be_bytes();
                (3, 4, [0, 0, high, low])
            }
            Self::Prohibited => (3, 13, [0; 4]),
            Self::Redirect { gateway } => (5, 1, gateway.octets()),
            Self::TimeExceeded => (11, 0, [0; 4]),
            Self::ReassemblyTime => (11, 1, [0; 4]),
            Self::Relayed { kind, code } => (kind, code, [0; 4]),
        }
    }
}

/// The ICMP types that report an error about a quoted packet, as far as IPVS reads them.
/// Linux 6.1 ip_vs_core.c ip_vs_in_icmp, ip_vs_out_icmp: unreachable, source quench, time exceeded.
pub(crate) const fn is_error(kind: u8) -> bool {
    matches!(kind, 3 | 4 | 11)
}
