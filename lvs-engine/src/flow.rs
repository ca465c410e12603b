//! Whose packet it is: the transport protocol and both ends, as the packet shows them.

use core::fmt;

use crate::{Endpoint, View};

/// The transport protocols that are scheduled, and what stands for all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Proto {
    /// TCP, protocol 6.
    Tcp,
    /// UDP, protocol 17.
    Udp,
    /// Protocol 0: a template of a service by mark holds for all protocols. No packet has it.
    Ip,
}

impl Proto {
    /// The protocol of this IP protocol number, if it is scheduled.
    #[inline]
    pub const fn from_number(number: u8) -> Option<Self> {
        match number {
            6 => Some(Self::Tcp),
            17 => Some(Self::Udp),
            _ => None,
        }
    }

    /// The IP protocol number.
    pub const fn number(self) -> u8 {
        match self {
            Self::Tcp => 6,
            Self::Udp => 17,
            Self::Ip => 0,
        }
    }

    /// The length of the transport header without options.
    #[inline]
    pub(crate) const fn header_len(self) -> usize {
        match self {
            Self::Tcp => 20,
            Self::Udp => 8,
            Self::Ip => 0,
        }
    }
}

impl fmt::Display for Proto {
    /// As `ipvsadm -L` prints it: `TCP`, `UDP`, `IP`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tcp => "TCP",
            Self::Udp => "UDP",
            Self::Ip => "IP",
        })
    }
}

/// A packet's protocol and its two ends, in the packet's own direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flow {
    /// The transport protocol.
    pub proto: Proto,
    /// Who sent it.
    pub src: Endpoint,
    /// To whom it is addressed.
    pub dst: Endpoint,
}

impl Flow {
    /// The flow of a packet whose ports are there; `None` if its transport header ends before them.
    #[inline]
    pub(crate) fn of(proto: Proto, view: &View<'_>) -> Option<Self> {
        let ports = view.payload().first_chunk::<4>()?;
        let port = |at: usize| u16::from_be_bytes([ports[at], ports[at + 1]]);
        Some(Self {
            proto,
            src: Endpoint::new(view.src(), port(0)),
            dst: Endpoint::new(view.dst(), port(2)),
        })
    }

    /// The flow of the answers.
    pub(crate) const fn reversed(self) -> Self {
        Self { proto: self.proto, src: self.dst, dst: self.src }
    }
}
