//! An ICMP error about a segment that a socket has sent.
//!
//! While connecting it ends the attempt. Later it is only remembered, for the case that nothing
//! else is heard; but "unreachable" about a retransmission takes one doubling of the timeout back,
//! and "fragmentation needed" makes the segments smaller.
//!
//! Linux 6.1 net/ipv4/tcp_ipv4.c tcp_v4_err, tcp_ld_RTO_revert (RFC 6069), tcp_v4_mtu_reduced.

use super::segment::Quoted;
use super::seq::between;
use super::socket::Socket;
use super::{Cx, Failure, PathInfo, State};

/// What the error says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IcmpError {
    /// Destination unreachable, of any code but 4.
    Unreachable {
        /// ICMP code.
        code: u8,
    },
    /// Fragmentation needed. The host has noted the MTU in its routes; this is what its route says
    /// now.
    FragmentationNeeded {
        /// The path to the destination.
        path: PathInfo,
    },
    /// Time exceeded: TTL, or time for reassembly.
    TimeExceeded,
    /// Parameter problem.
    ParameterProblem,
}

impl IcmpError {
    /// What the application is told; `None` for codes that Linux does not know and for
    /// "fragmentation needed".
    fn failure(self) -> Option<Failure> {
        Some(match self {
            Self::Unreachable { code } => match code {
                0 | 6 | 9 | 11 => Failure::NetUnreachable,
                1 | 7 | 10 | 12 | 13 | 14 | 15 => Failure::HostUnreachable,
                2 => Failure::ProtocolUnreachable,
                3 => Failure::Refused,
                5 => Failure::SourceRoute,
                8 => Failure::NoNetwork,
                _ => return None,
            },
            Self::TimeExceeded => Failure::HostUnreachable,
            Self::ParameterProblem => Failure::Protocol,
            Self::FragmentationNeeded { .. } => return None,
        })
    }

    /// Whether it says that the network does not lead there: the retransmission was lost for
    /// certain.
    fn is_unreachable(self) -> bool {
        matches!(self, Self::Unreachable { code: 0 | 1 })
    }

    /// Whether it ends a half-open request.
    pub(super) fn ends_request(self) -> bool {
        self.is_unreachable() || matches!(self, Self::TimeExceeded | Self::ParameterProblem)
    }
}

impl Socket {
    /// An error about one of its segments.
    pub fn icmp(&mut self, cx: &mut Cx<'_>, quoted: &Quoted, error: IcmpError) {
        if self.state == State::Closed || !between(quoted.seq, self.snd.una, self.snd.nxt) {
            return;
        }
        if let IcmpError::FragmentationNeeded { path } = error {
            let is_news = path.mtu < self.cut_for;
            self.path = path;
            if is_news {
                self.shrink_segments(cx);
            }
            return;
        }
        let Some(failure) = error.failure() else { return };
        if error.is_unreachable() {
            self.revert_timeout(cx, quoted.seq);
        }
        if self.state == State::SynSent {
            self.fail(cx, failure);
        } else {
            self.soft = Some(failure);
        }
    }

    /// The retransmission is known to be lost: it need not be waited for so long. If the shorter
    /// time is over already, the next one leaves now.
    fn revert_timeout(&mut self, cx: &mut Cx<'_>, seq: u32) {
        if seq != self.snd.una || self.retransmits == 0 || self.rtt.backoff == 0 {
            return;
        }
        self.snd.read_clock(cx.now);
        self.rtt.revert();
        let left = self.time_to_timeout(cx);
        if left.is_zero() {
            self.retransmission_timeout(cx);
        } else {
            self.set_retransmit(cx, left);
        }
    }
}
