//! The kernel's counters of IP, ICMP, TCP and UDP, by the names that `nstat` gives them: those that
//! are counted here, each where Linux counts it, and the names of those that are not.
//!
//! Linux 6.1: net/ipv4/proc.c (`/proc/net/snmp`, `/proc/net/netstat`); iproute2 6.1 misc/nstat.c.

/// Defines [`Counter`] in the order in which `nstat` prints.
macro_rules! counters {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)*) => {
        /// One counter. Its documentation says where Linux 6.1 counts it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Counter { $($(#[$doc])* $name,)* }

        impl Counter {
            /// All of them, in the order in which `nstat` prints.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// As `nstat` calls it.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

counters! {
    /// A packet came in, whatever becomes of it: ip_input.c, ip_rcv_core.
    IpInReceives = "IpInReceives";
    /// Its header is wrong: ip_rcv_core; or its TTL ran out: ip_forward.c, ip_forward;
    /// ip_vs_xmit.c, decrement_ttl.
    IpInHdrErrors = "IpInHdrErrors";
    /// It is not for this host, which does not forward: route.c, ip_error.
    IpInAddrErrors = "IpInAddrErrors";
    /// Forwarded: ip_forward.c, ip_forward_finish. What IPVS sends to real servers is not, NAT's replies are.
    IpForwDatagrams = "IpForwDatagrams";
    /// No protocol takes it: ip_input.c, ip_protocol_deliver_rcu.
    IpInUnknownProtos = "IpInUnknownProtos";
    /// A protocol of this host got it: ip_protocol_deliver_rcu.
    IpInDelivers = "IpInDelivers";
    /// Sent, own and forwarded ones and those of IPVS: ip_output.c, ip_output.
    IpOutRequests = "IpOutRequests";
    /// No route for a packet of our own: tcp_ipv4.c, tcp_v4_connect; ip_output.c, __ip_queue_xmit;
    /// udp.c, udp_sendmsg; datagram.c, __ip4_datagram_connect; inet_connection_sock.c,
    /// inet_csk_route_req.
    IpOutNoRoutes = "IpOutNoRoutes";
    /// Pieces that the others never followed: ip_fragment.c, ip_expire.
    IpReasmTimeout = "IpReasmTimeout";
    /// A piece came in: ip_defrag.
    IpReasmReqds = "IpReasmReqds";
    /// Put together: ip_frag_reasm.
    IpReasmOKs = "IpReasmOKs";
    /// Not put together: ip_expire, ip_frag_queue, ip_defrag.
    IpReasmFails = "IpReasmFails";
    /// Cut: ip_output.c, ip_do_fragment.
    IpFragOKs = "IpFragOKs";
    /// Too long, and not to be cut: ip_forward, ip_fragment.
    IpFragFails = "IpFragFails";
    /// The pieces: ip_do_fragment.
    IpFragCreates = "IpFragCreates";
    /// An ICMP message for this host: icmp.c, icmp_rcv.
    IcmpInMsgs = "IcmpInMsgs";
    /// One that cannot be read, or an error that is about no connection of ours: icmp_rcv,
    /// icmp_unreach; tcp_ipv4.c, tcp_v4_err; udp.c, __udp4_lib_err.
    IcmpInErrors = "IcmpInErrors";
    /// Its checksum is wrong: icmp_rcv.
    IcmpInCsumErrors = "IcmpInCsumErrors";
    /// By type: icmp_rcv.
    IcmpInDestUnreachs = "IcmpInDestUnreachs";
    /// By type: icmp_rcv.
    IcmpInTimeExcds = "IcmpInTimeExcds";
    /// By type: icmp_rcv.
    IcmpInRedirects = "IcmpInRedirects";
    /// By type: icmp_rcv.
    IcmpInEchos = "IcmpInEchos";
    /// By type: icmp_rcv.
    IcmpInEchoReps = "IcmpInEchoReps";
    /// An ICMP message of our own: ip_output.c, __ip_make_skb.
    IcmpOutMsgs = "IcmpOutMsgs";
    /// Errors that `icmp_msgs_per_sec` forbade: icmp.c, icmpv4_global_allow.
    IcmpOutRateLimitGlobal = "IcmpOutRateLimitGlobal";
    /// Errors that `icmp_ratelimit` forbade: icmpv4_xrlim_allow.
    IcmpOutRateLimitHost = "IcmpOutRateLimitHost";
    /// By type: __ip_make_skb.
    IcmpOutDestUnreachs = "IcmpOutDestUnreachs";
    /// By type: __ip_make_skb.
    IcmpOutTimeExcds = "IcmpOutTimeExcds";
    /// By type: __ip_make_skb.
    IcmpOutRedirects = "IcmpOutRedirects";
    /// By type: __ip_make_skb.
    IcmpOutEchos = "IcmpOutEchos";
    /// By type: __ip_make_skb.
    IcmpOutEchoReps = "IcmpOutEchoReps";
    /// A connection begins here: tcp_output.c, tcp_connect.
    TcpActiveOpens = "TcpActiveOpens";
    /// A handshake that others began is complete: tcp_minisocks.c, tcp_create_openreq_child.
    TcpPassiveOpens = "TcpPassiveOpens";
    /// A handshake came to nothing: tcp.c, tcp_done; tcp_minisocks.c, tcp_check_req.
    TcpAttemptFails = "TcpAttemptFails";
    /// A connection ended without its FINs: tcp.c, tcp_set_state.
    TcpEstabResets = "TcpEstabResets";
    /// A segment for this host: tcp_ipv4.c, tcp_v4_rcv.
    TcpInSegs = "TcpInSegs";
    /// A segment that is not sent again: tcp_output.c, __tcp_transmit_skb, tcp_make_synack;
    /// tcp_ipv4.c, tcp_v4_send_reset.
    TcpOutSegs = "TcpOutSegs";
    /// One that is: __tcp_retransmit_skb, tcp_rtx_synack.
    TcpRetransSegs = "TcpRetransSegs";
    /// One that cannot be read, or whose checksum is wrong: tcp_v4_rcv.
    TcpInErrs = "TcpInErrs";
    /// Sent: tcp_v4_send_reset, tcp_send_active_reset.
    TcpOutRsts = "TcpOutRsts";
    /// Read by a program: udp.c, udp_recvmsg.
    UdpInDatagrams = "UdpInDatagrams";
    /// Nobody has opened that port: __udp4_lib_rcv.
    UdpNoPorts = "UdpNoPorts";
    /// Its length or checksum is wrong: __udp4_lib_rcv.
    UdpInErrors = "UdpInErrors";
    /// Sent: udp_send_skb.
    UdpOutDatagrams = "UdpOutDatagrams";
    /// A half-open connection was reset: tcp_minisocks.c, tcp_check_req.
    TcpExtEmbryonicRsts = "TcpExtEmbryonicRsts";
    /// A request that `arp_filter` leaves unanswered: arp.c, arp_filter.
    TcpExtArpFilter = "TcpExtArpFilter";
    /// The queue of a listener is full: tcp_input.c, tcp_conn_request; tcp_v4_syn_recv_sock.
    TcpExtListenOverflows = "TcpExtListenOverflows";
    /// A SYN that a listener did not take, for this or another cause: tcp_listendrop.
    TcpExtListenDrops = "TcpExtListenDrops";
    /// The retransmission timer fired: tcp_timer.c, tcp_retransmit_timer.
    TcpExtTCPTimeouts = "TcpExtTCPTimeouts";
    /// A connection that was given up: tcp_write_err.
    TcpExtTCPAbortOnTimeout = "TcpExtTCPAbortOnTimeout";
    /// A source that `rp_filter` does not believe: route.c, ip_rcv_finish_core.
    TcpExtIPReversePathFilter = "TcpExtIPReversePathFilter";
    /// SYNs and SYN-ACKs among `TcpRetransSegs`: __tcp_retransmit_skb, tcp_rtx_synack.
    TcpExtTCPSynRetrans = "TcpExtTCPSynRetrans";
    /// A router has no route for it: route.c, ip_error.
    IpExtInNoRoutes = "IpExtInNoRoutes";
    /// It is shorter than its header says: ip_input.c, ip_rcv_core.
    IpExtInTruncatedPkts = "IpExtInTruncatedPkts";
}

/// What else Linux 6.1 counts for IPv4, without the group's name.
#[rustfmt::skip]
const NOT_COUNTED: [(&str, &[&str]); 6] = [
    ("Ip", &["InDiscards", "OutDiscards"]),
    ("Icmp", &[
        "InParmProbs", "InSrcQuenchs", "InTimestamps", "InTimestampReps", "InAddrMasks", "InAddrMaskReps", "OutErrors",
        "OutParmProbs", "OutSrcQuenchs", "OutTimestamps", "OutTimestampReps", "OutAddrMasks", "OutAddrMaskReps",
    ]),
    ("Tcp", &["InCsumErrors"]),
    ("Udp", &["RcvbufErrors", "SndbufErrors", "InCsumErrors", "IgnoredMulti", "MemErrors"]),
    ("TcpExt", &[
        "SyncookiesSent", "SyncookiesRecv", "SyncookiesFailed", "PruneCalled", "RcvPruned", "OfoPruned", "OutOfWindowIcmps",
        "LockDroppedIcmps", "TW", "TWRecycled", "TWKilled", "PAWSActive", "PAWSEstab", "DelayedACKs", "DelayedACKLocked",
        "DelayedACKLost", "TCPHPHits", "TCPPureAcks", "TCPHPAcks", "TCPRenoRecovery", "TCPSackRecovery", "TCPSACKReneging",
        "TCPSACKReorder", "TCPRenoReorder", "TCPTSReorder", "TCPFullUndo", "TCPPartialUndo", "TCPDSACKUndo", "TCPLossUndo",
        "TCPLostRetransmit", "TCPRenoFailures", "TCPSackFailures", "TCPLossFailures", "TCPFastRetrans", "TCPSlowStartRetrans",
        "TCPLossProbes", "TCPLossProbeRecovery", "TCPRenoRecoveryFail", "TCPSackRecoveryFail", "TCPRcvCollapsed",
        "TCPBacklogCoalesce", "TCPDSACKOldSent", "TCPDSACKOfoSent", "TCPDSACKRecv", "TCPDSACKOfoRecv", "TCPAbortOnData",
        "TCPAbortOnClose", "TCPAbortOnMemory", "TCPAbortOnLinger", "TCPAbortFailed", "TCPMemoryPressures",
        "TCPMemoryPressuresChrono", "TCPSACKDiscard", "TCPDSACKIgnoredOld", "TCPDSACKIgnoredNoUndo", "TCPSpuriousRTOs",
        "TCPMD5NotFound", "TCPMD5Unexpected", "TCPMD5Failure", "TCPSackShifted", "TCPSackMerged", "TCPSackShiftFallback",
        "TCPBacklogDrop", "PFMemallocDrop", "TCPMinTTLDrop", "TCPDeferAcceptDrop", "TCPTimeWaitOverflow", "TCPReqQFullDoCookies",
        "TCPReqQFullDrop", "TCPRetransFail", "TCPRcvCoalesce", "TCPOFOQueue", "TCPOFODrop", "TCPOFOMerge", "TCPChallengeACK",
        "TCPSYNChallenge", "TCPFastOpenActive", "TCPFastOpenActiveFail", "TCPFastOpenPassive", "TCPFastOpenPassiveFail",
        "TCPFastOpenListenOverflow", "TCPFastOpenCookieReqd", "TCPFastOpenBlackhole", "TCPSpuriousRtxHostQueues",
        "BusyPollRxPackets", "TCPAutoCorking", "TCPFromZeroWindowAdv", "TCPToZeroWindowAdv", "TCPWantZeroWindowAdv",
        "TCPOrigDataSent", "TCPHystartTrainDetect", "TCPHystartTrainCwnd", "TCPHystartDelayDetect", "TCPHystartDelayCwnd",
        "TCPACKSkippedSynRecv", "TCPACKSkippedPAWS", "TCPACKSkippedSeq", "TCPACKSkippedFinWait2", "TCPACKSkippedTimeWait",
        "TCPACKSkippedChallenge", "TCPWinProbe", "TCPKeepAlive", "TCPMTUPFail", "TCPMTUPSuccess", "TCPDelivered",
        "TCPDeliveredCE", "TCPAckCompressed", "TCPZeroWindowDrop", "TCPRcvQDrop", "TCPWqueueTooBig",
        "TCPFastOpenPassiveAltKey", "TcpTimeoutRehash", "TcpDuplicateDataRehash", "TCPDSACKRecvSegs",
        "TCPDSACKIgnoredDubious", "TCPMigrateReqSuccess", "TCPMigrateReqFailure",
    ]),
    ("IpExt", &[
        "InMcastPkts", "OutMcastPkts", "InBcastPkts", "OutBcastPkts", "InOctets", "OutOctets", "InMcastOctets", "OutMcastOctets",
        "InBcastOctets", "OutBcastOctets", "InCsumErrors", "InNoECTPkts", "InECT1Pkts", "InECT0Pkts", "InCEPkts", "ReasmOverlaps",
    ]),
];

/// Whether Linux counts something by this name, in any spelling, that is not counted here.
pub(crate) fn is_only_real(name: &str) -> bool {
    let ends = |group: &str, names: &[&str]| {
        let rest = name.get(..group.len()).filter(|head| head.eq_ignore_ascii_case(group));
        rest.is_some_and(|_| names.iter().any(|own| own.eq_ignore_ascii_case(&name[group.len()..])))
    };
    let groups = ["Ip6", "Icmp6", "Udp6", "UdpLite", "IcmpMsg", "MPTcpExt", "Sctp"];
    let begins =
        |group: &&str| name.get(..group.len()).is_some_and(|head| head.eq_ignore_ascii_case(group));
    NOT_COUNTED.iter().any(|(group, names)| ends(group, names)) || groups.iter().any(begins)
}

/// What a host has counted since it was switched on.
///
/// Most hosts of a large lab have counted nothing yet: their numbers take no room.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counters(Option<Box<[u64; Counter::ALL.len()]>>);

impl Counters {
    /// One more.
    pub fn count(&mut self, counter: Counter) {
        self.add(counter, 1);
    }

    /// So many more.
    pub fn add(&mut self, counter: Counter, more: u64) {
        *self.slot(counter) += more;
    }

    /// How many.
    pub fn get(&self, counter: Counter) -> u64 {
        self.0.as_ref().map_or(0, |counted| counted[counter as usize])
    }

    /// As if there had been so many.
    pub(crate) fn set(&mut self, counter: Counter, value: u64) {
        *self.slot(counter) = value;
    }

    fn slot(&mut self, counter: Counter) -> &mut u64 {
        let counted = self.0.get_or_insert_with(|| Box::new([0; Counter::ALL.len()]));
        &mut counted[counter as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_counted_or_only_real() {
        for counter in Counter::ALL {
            assert!(!is_only_real(counter.name()), "{counter:?}");
            assert_eq!(format!("{counter:?}"), counter.name());
        }
        for (name, real) in [
            ("IpInDiscards", true),
            ("ipindiscards", true),
            ("TcpExtTCPPureAcks", true),
            ("IpExtInOctets", true),
            ("Ip6InReceives", true),
            ("IcmpMsgInType3", true),
            ("IpExtNope", false),
            ("Nope", false),
            ("IpExtInNoRoutes", false),
        ] {
            assert_eq!(is_only_real(name), real, "{name}");
        }
    }
}
