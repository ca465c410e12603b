//! The states of a connection: their names, how long an entry lives in them, and what counts as
//! active.

use core::fmt;
use core::time::Duration;

use crate::{OriginId, Setting, Timeouts};

/// Where a connection stands, as the director knows it. The order is the kernel's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// TCP: just made.
    None,
    /// TCP: data flows.
    Established,
    /// TCP: the server's own SYN was seen first.
    SynSent,
    /// TCP: the client's SYN was seen.
    SynRecv,
    /// TCP: one side has closed.
    FinWait,
    /// TCP: both sides have closed.
    TimeWait,
    /// TCP: reset.
    Close,
    /// TCP: the client has closed, the server not yet.
    CloseWait,
    /// TCP: waiting for the last acknowledgement.
    LastAck,
    /// TCP: waiting for a SYN (FTP's helper makes such entries).
    Listen,
    /// TCP: answered on trust, under `secure_tcp`.
    SynAck,
    /// UDP has one state.
    Udp,
    /// A persistent client's template, of which a connection was once established.
    Assured,
}

impl State {
    /// The name that `ipvsadm -L -c` shows.
    ///
    /// ```
    /// assert_eq!(lvs_engine::State::SynRecv.name(), "SYN_RECV");
    /// ```
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "NONE",
            Self::Established => "ESTABLISHED",
            Self::SynSent => "SYN_SENT",
            Self::SynRecv => "SYN_RECV",
            Self::FinWait => "FIN_WAIT",
            Self::TimeWait => "TIME_WAIT",
            Self::Close => "CLOSE",
            Self::CloseWait => "CLOSE_WAIT",
            Self::LastAck => "LAST_ACK",
            Self::Listen => "LISTEN",
            Self::SynAck => "SYNACK",
            Self::Udp => "UDP",
            Self::Assured => "ASSURED",
        }
    }

    /// Whether such a connection counts as ActiveConn; a UDP one never does.
    /// Linux 6.1 ip_vs_proto_tcp.c tcp_state_active_table.
    pub const fn is_active(self) -> bool {
        matches!(self, Self::Established | Self::SynSent | Self::SynRecv | Self::SynAck)
    }

    /// The setting that decides how long an entry lives in this state, if one does.
    pub(crate) const fn setting(self, timeouts: &Timeouts) -> Option<(Setting, (u32, OriginId))> {
        match self {
            Self::Established => Some((Setting::TcpTimeout, timeouts.tcp)),
            Self::FinWait => Some((Setting::TcpFinTimeout, timeouts.tcpfin)),
            Self::Udp => Some((Setting::UdpTimeout, timeouts.udp)),
            _ => None,
        }
    }

    /// How long an entry lives in this state after each packet.
    /// Linux 6.1 ip_vs_proto_tcp.c tcp_timeouts, ip_vs_proto_udp.c udp_timeouts.
    #[inline]
    pub(crate) const fn timeout(self, timeouts: &Timeouts) -> Duration {
        let seconds = match self {
            // A template's timeout is its service's.
            Self::None | Self::Assured => 2,
            Self::Established => timeouts.tcp.0,
            Self::FinWait => timeouts.tcpfin.0,
            Self::Udp => timeouts.udp.0,
            Self::SynSent | Self::TimeWait | Self::Listen | Self::SynAck => 120,
            Self::SynRecv | Self::CloseWait => 60,
            Self::Close => 10,
            Self::LastAck => 30,
        };
        Duration::from_secs(seconds as u64)
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_timeouts_and_what_is_active() {
        #[rustfmt::skip]
        let rows = [
            (State::None,        "NONE",        2,   false),
            (State::Established, "ESTABLISHED", 900, true),
            (State::SynSent,     "SYN_SENT",    120, true),
            (State::SynRecv,     "SYN_RECV",    60,  true),
            (State::FinWait,     "FIN_WAIT",    120, false),
            (State::TimeWait,    "TIME_WAIT",   120, false),
            (State::Close,       "CLOSE",       10,  false),
            (State::CloseWait,   "CLOSE_WAIT",  60,  false),
            (State::LastAck,     "LAST_ACK",    30,  false),
            (State::Listen,      "LISTEN",      120, false),
            (State::SynAck,      "SYNACK",      120, true),
            (State::Udp,         "UDP",         300, false),
            (State::Assured,     "ASSURED",     2,   false),
        ];
        let timeouts = Timeouts::default();
        for (state, name, seconds, active) in rows {
            assert_eq!((state.name(), state.is_active()), (name, active));
            assert_eq!(state.timeout(&timeouts).as_secs(), seconds, "{name}");
        }
    }
}
