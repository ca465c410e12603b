//! The values that decisions depend on, by the names that an administrator knows.

/// A value that a decision read. Those of `net.ipv4.vs` stand at the kernel's defaults.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setting {
    /// A destination's weight.
    Weight,
    /// `ipvsadm --set`, first: ESTABLISHED.
    TcpTimeout,
    /// `ipvsadm --set`, second: FIN_WAIT.
    TcpFinTimeout,
    /// `ipvsadm --set`, third: UDP.
    UdpTimeout,
    /// Whether a segment without SYN may start a connection.
    SloppyTcp,
    /// Whether a SYN may take over an old entry.
    ConnReuseMode,
    /// Whether an entry ends as soon as its destination is gone.
    ExpireNodestConn,
    /// Whether an ICMP error may start a connection.
    ScheduleIcmp,
    /// Whether a reply's route is looked up again in the VIP's name.
    SnatReroute,
    /// Whether the outer header of a tunnel copies DF.
    PmtuDisc,
}

impl Setting {
    /// The name by which an administrator knows it: a sysctl, or an option of `ipvsadm`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Weight => "weight",
            Self::TcpTimeout => "timeout tcp",
            Self::TcpFinTimeout => "timeout tcpfin",
            Self::UdpTimeout => "timeout udp",
            Self::SloppyTcp => "net.ipv4.vs.sloppy_tcp",
            Self::ConnReuseMode => "net.ipv4.vs.conn_reuse_mode",
            Self::ExpireNodestConn => "net.ipv4.vs.expire_nodest_conn",
            Self::ScheduleIcmp => "net.ipv4.vs.schedule_icmp",
            Self::SnatReroute => "net.ipv4.vs.snat_reroute",
            Self::PmtuDisc => "net.ipv4.vs.pmtu_disc",
        }
    }
}
