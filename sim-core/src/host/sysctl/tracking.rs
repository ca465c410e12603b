//! The settings of connection tracking, `net.netfilter.nf_conntrack_*`, and the rules that they
//! make.
//!
//! Linux 6.1: net/netfilter/nf_conntrack_standalone.c, nf_ct_sysctl_table.

use std::ops::RangeInclusive;
use std::time::Duration;

use super::Value;

/// Times are kept in ticks of a hundredth of a second: more do not fit. Linux 6.1 kernel/sysctl.c,
/// do_proc_dointvec_jiffies_conv. Linux takes negative ones as well, as times without end.
const TIME: RangeInclusive<i32> = 0..=i32::MAX / 100;
const SWITCH: RangeInclusive<i32> = 0..=1;

settings! {
    /// Settings of `net.netfilter`.
    Tracking: RangeInclusive<i32> {
        /// Whether entries count packets and bytes, from their first packet on.
        Acct = "nf_conntrack_acct", 0, SWITCH;
        /// Whether packets that come in with a wrong checksum are INVALID.
        Checksum = "nf_conntrack_checksum", 1, SWITCH;
        /// How many entries there are. It can only be read.
        Count = "nf_conntrack_count", 0, 0..=0;
        /// Of protocols that are not looked into.
        GenericTimeout = "nf_conntrack_generic_timeout", 600, TIME;
        /// Of ICMP queries.
        IcmpTimeout = "nf_conntrack_icmp_timeout", 30, TIME;
        /// The most entries; 0 is no limit. Linux sets it by its memory.
        Max = "nf_conntrack_max", 65_536, 0..=i32::MAX;
        /// Whether a segment in midstream begins an entry.
        TcpLoose = "nf_conntrack_tcp_loose", 1, SWITCH;
        /// After so many repetitions an entry lasts as `TcpTimeoutMaxRetrans` says.
        TcpMaxRetrans = "nf_conntrack_tcp_max_retrans", 3, 0..=255;
        /// After a reset.
        TcpTimeoutClose = "nf_conntrack_tcp_timeout_close", 10, TIME;
        /// In CLOSE_WAIT.
        TcpTimeoutCloseWait = "nf_conntrack_tcp_timeout_close_wait", 60, TIME;
        /// In ESTABLISHED.
        TcpTimeoutEstablished = "nf_conntrack_tcp_timeout_established", 432_000, TIME;
        /// In FIN_WAIT.
        TcpTimeoutFinWait = "nf_conntrack_tcp_timeout_fin_wait", 120, TIME;
        /// In LAST_ACK.
        TcpTimeoutLastAck = "nf_conntrack_tcp_timeout_last_ack", 30, TIME;
        /// Of what is sent again and again, or meets a shut window.
        TcpTimeoutMaxRetrans = "nf_conntrack_tcp_timeout_max_retrans", 300, TIME;
        /// In SYN_RECV.
        TcpTimeoutSynRecv = "nf_conntrack_tcp_timeout_syn_recv", 60, TIME;
        /// In SYN_SENT.
        TcpTimeoutSynSent = "nf_conntrack_tcp_timeout_syn_sent", 120, TIME;
        /// In TIME_WAIT.
        TcpTimeoutTimeWait = "nf_conntrack_tcp_timeout_time_wait", 120, TIME;
        /// While nobody has acknowledged the data.
        TcpTimeoutUnacknowledged = "nf_conntrack_tcp_timeout_unacknowledged", 300, TIME;
        /// Of datagrams.
        UdpTimeout = "nf_conntrack_udp_timeout", 30, TIME;
        /// Of datagrams that have gone both ways for a while.
        UdpTimeoutStream = "nf_conntrack_udp_timeout_stream", 120, TIME;
    }
}

impl Tracking {
    /// The values that it takes here.
    pub fn range(self) -> RangeInclusive<i32> {
        self.extra()
    }
}

/// All these settings of a host, as connection tracking reads them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rules([i32; Tracking::ALL.len()]);

impl Default for Rules {
    fn default() -> Self {
        Self(std::array::from_fn(|at| Tracking::ALL[at].default_value()))
    }
}

impl Rules {
    pub(super) fn of(values: &[Value; Tracking::ALL.len()]) -> Self {
        Self(values.map(|value| value.value))
    }

    /// A number.
    pub(crate) fn get(&self, key: Tracking) -> i32 {
        self.0[key as usize]
    }

    /// A switch.
    pub(crate) fn is_on(&self, key: Tracking) -> bool {
        self.get(key) != 0
    }

    /// A time.
    pub(crate) fn time(&self, key: Tracking) -> Duration {
        Duration::from_secs(u64::from(self.get(key).max(0).unsigned_abs()))
    }
}
