//! `netstat -s`: what the host counts, in sentences. net-tools 2.10: statistics.c, which reads
//! `/proc/net/snmp` and `/proc/net/netstat` of Linux 6.1.
//!
//! As with `nstat`, only what is counted here is told; what never happens here is 0.

use crate::command::netstat::Protos;
use crate::counters::Counter as C;
use crate::host::Host;
use crate::host::sysctl::Global;

/// A line: when it is printed, and its text, in which `#` is the number.
enum Line {
    /// Always.
    Always(C, &'static str),
    /// Unless it is 0.
    Some(C, &'static str),
    /// Always: the heading of a histogram, or what is 0 here.
    Text(&'static str),
    /// A kind of ICMP message, unless there was none.
    Kind(C, &'static str),
    /// How many connections there are.
    Established,
    /// Whether the host is a router.
    Forwarding,
}

use Line::{Always, Established, Forwarding, Kind, Some as Sum, Text};

#[rustfmt::skip]
const IP: &[Line] = &[
    Forwarding, Always(C::IpInReceives, "# total packets received"), Sum(C::IpInHdrErrors, "# with invalid headers"),
    Sum(C::IpInAddrErrors, "# with invalid addresses"), Always(C::IpForwDatagrams, "# forwarded"),
    Sum(C::IpInUnknownProtos, "# with unknown protocol"), Text("0 incoming packets discarded"),
    Always(C::IpInDelivers, "# incoming packets delivered"), Always(C::IpOutRequests, "# requests sent out"),
    Sum(C::IpOutNoRoutes, "# dropped because of missing route"), Sum(C::IpReasmTimeout, "# fragments dropped after timeout"),
    Sum(C::IpReasmReqds, "# reassemblies required"), Sum(C::IpReasmOKs, "# packets reassembled ok"),
    Sum(C::IpReasmFails, "# packet reassemblies failed"), Sum(C::IpFragOKs, "# outgoing packets fragmented ok"),
    Sum(C::IpFragFails, "# outgoing packets failed fragmentation"), Sum(C::IpFragCreates, "# fragments created"),
];

#[rustfmt::skip]
const ICMP: &[Line] = &[
    Always(C::IcmpInMsgs, "# ICMP messages received"), Always(C::IcmpInErrors, "# input ICMP message failed"),
    Sum(C::IcmpInCsumErrors, "InCsumErrors: #"), Text("ICMP input histogram:"),
    Kind(C::IcmpInDestUnreachs, "destination unreachable: #"), Kind(C::IcmpInTimeExcds, "timeout in transit: #"),
    Kind(C::IcmpInRedirects, "redirects: #"), Kind(C::IcmpInEchos, "echo requests: #"), Kind(C::IcmpInEchoReps, "echo replies: #"),
    Always(C::IcmpOutMsgs, "# ICMP messages sent"), Text("0 ICMP messages failed"),
    Sum(C::IcmpOutRateLimitGlobal, "OutRateLimitGlobal: #"), Sum(C::IcmpOutRateLimitHost, "OutRateLimitHost: #"),
    Text("ICMP output histogram:"),
    Kind(C::IcmpOutDestUnreachs, "destination unreachable: #"), Kind(C::IcmpOutTimeExcds, "time exceeded: #"),
    Kind(C::IcmpOutRedirects, "redirect: #"), Kind(C::IcmpOutEchos, "echo requests: #"), Kind(C::IcmpOutEchoReps, "echo replies: #"),
];

/// By type, in the order of the numbers; a section that is there once there was a message.
#[rustfmt::skip]
const ICMP_TYPES: &[Line] = &[
    Sum(C::IcmpInEchoReps, "InType0: #"), Sum(C::IcmpInDestUnreachs, "InType3: #"), Sum(C::IcmpInRedirects, "InType5: #"),
    Sum(C::IcmpInEchos, "InType8: #"), Sum(C::IcmpInTimeExcds, "InType11: #"),
    Sum(C::IcmpOutEchoReps, "OutType0: #"), Sum(C::IcmpOutDestUnreachs, "OutType3: #"), Sum(C::IcmpOutRedirects, "OutType5: #"),
    Sum(C::IcmpOutEchos, "OutType8: #"), Sum(C::IcmpOutTimeExcds, "OutType11: #"),
];

#[rustfmt::skip]
const TCP: &[Line] = &[
    Always(C::TcpActiveOpens, "# active connection openings"), Always(C::TcpPassiveOpens, "# passive connection openings"),
    Always(C::TcpAttemptFails, "# failed connection attempts"), Always(C::TcpEstabResets, "# connection resets received"), Established,
    Always(C::TcpInSegs, "# segments received"), Always(C::TcpOutSegs, "# segments sent out"),
    Always(C::TcpRetransSegs, "# segments retransmitted"), Always(C::TcpInErrs, "# bad segments received"),
    Always(C::TcpOutRsts, "# resets sent"),
];

#[rustfmt::skip]
const UDP: &[Line] = &[
    Always(C::UdpInDatagrams, "# packets received"), Always(C::UdpNoPorts, "# packets to unknown port received"),
    Always(C::UdpInErrors, "# packet receive errors"), Always(C::UdpOutDatagrams, "# packets sent"),
    Text("0 receive buffer errors"), Text("0 send buffer errors"),
];

#[rustfmt::skip]
const TCP_EXT: &[Line] = &[
    Sum(C::TcpExtEmbryonicRsts, "# resets received for embryonic SYN_RECV sockets"), Sum(C::TcpExtArpFilter, "ArpFilter: #"),
    Sum(C::TcpExtListenOverflows, "# times the listen queue of a socket overflowed"),
    Sum(C::TcpExtListenDrops, "# SYNs to LISTEN sockets dropped"), Sum(C::TcpExtTCPTimeouts, "TCPTimeouts: #"),
    Sum(C::TcpExtTCPAbortOnTimeout, "# connections aborted due to timeout"),
    Sum(C::TcpExtIPReversePathFilter, "IPReversePathFilter: #"), Sum(C::TcpExtTCPSynRetrans, "TCPSynRetrans: #"),
];

const IP_EXT: &[Line] =
    &[Sum(C::IpExtInNoRoutes, "InNoRoutes: #"), Sum(C::IpExtInTruncatedPkts, "InTruncatedPkts: #")];

/// A section: its heading, its lines, and whom it is about.
type Section = (&'static str, &'static [Line], fn(Protos) -> bool);

/// The sections, in the order of the files. ICMP's numbers by type belong to all.
const SECTIONS: [Section; 8] = [
    ("Ip", IP, |protos| protos == Protos::All),
    ("Icmp", ICMP, |protos| protos == Protos::All),
    ("IcmpMsg", ICMP_TYPES, |_| true),
    ("Tcp", TCP, Protos::tcp),
    ("Udp", UDP, Protos::udp),
    ("UdpLite", &[], |_| true),
    ("TcpExt", TCP_EXT, Protos::tcp),
    ("IpExt", IP_EXT, |_| true),
];

impl Host {
    /// `netstat -s`.
    pub(super) fn netstat_statistics(&self, protos: Protos) -> String {
        let mut text = String::new();
        for (name, lines, _) in SECTIONS.into_iter().filter(|(_, _, about)| about(protos)) {
            // net-tools forgets to go back after the histograms.
            let deep = name == "IcmpMsg" && protos == Protos::All;
            let lines: Vec<String> =
                lines.iter().filter_map(|line| self.statistic(line, deep)).collect();
            if name != "IcmpMsg" || !lines.is_empty() {
                text += &format!("{name}:\n{}", lines.concat());
            }
        }
        text
    }

    /// One line, if it is printed.
    fn statistic(&self, line: &Line, deep: bool) -> Option<String> {
        let counted = |counter: C| self.counters.get(counter);
        let (indent, text, number) = match *line {
            Always(counter, text) => (4, text, counted(counter)),
            Sum(counter, text) if counted(counter) > 0 => (4, text, counted(counter)),
            Kind(counter, text) if counted(counter) > 0 => (8, text, counted(counter)),
            Sum(..) | Kind(..) => return None,
            Text(text) => (4, text, 0),
            Forwarding => {
                (4, "Forwarding: #", 2 - u64::from(self.sysctl.global(Global::IpForward) == 1))
            }
            Established => {
                let rows = self.tcp.rows();
                let open = rows.filter(|row| matches!(row.state, "ESTAB" | "CLOSE-WAIT")).count();
                (4, "# connections established", open as u64)
            }
        };
        let indent = if deep { 8 } else { indent };
        Some(format!("{:indent$}{}\n", "", text.replace('#', &number.to_string())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::alone::Alone;

    /// As net-tools 2.10 prints such files.
    #[test]
    fn sentences_are_those_of_netstat() {
        let mut host = Alone::new().host;
        let none = host.netstat_statistics(Protos::All);
        assert!(none.starts_with(
            "Ip:\n    Forwarding: 2\n    0 total packets received\n    0 forwarded\n"
        ));
        assert!(none.contains("ICMP input histogram:\n    0 ICMP messages sent\n"), "{none}");
        assert!(
            none.ends_with(
                "Udp:\n    0 packets received\n    0 packets to unknown port received\n    \
            0 packet receive errors\n    0 packets sent\n    0 receive buffer errors\n    \
            0 send buffer errors\nUdpLite:\nTcpExt:\nIpExt:\n"
            ),
            "{none}"
        );
        for (at, counter) in C::ALL.iter().enumerate() {
            host.counters.add(*counter, at as u64 + 1);
        }
        let told = host.netstat_statistics(Protos::All);
        // Each counter is told once, those of ICMP's kinds again by type.
        for (at, counter) in C::ALL.iter().enumerate() {
            let number = (at + 1).to_string();
            let lines =
                told.lines().filter(|line| line.split([' ', ':']).any(|word| word == number));
            let name = counter.name();
            let kinds = ["DestUnreachs", "TimeExcds", "Redirects", "Echos", "EchoReps"];
            let twice = name.starts_with("Icmp") && kinds.iter().any(|kind| name.ends_with(kind));
            // Forwarding is 2 and established are 0.
            let others = usize::from(number == "2");
            assert_eq!(lines.count(), 1 + usize::from(twice) + others, "{name} {told}");
        }
        let tcp = host.netstat_statistics(Protos::Tcp);
        assert!(tcp.starts_with("IcmpMsg:\n    InType0: "), "{tcp}");
        assert!(!tcp.contains("Udp:"), "{tcp}");
    }
}
