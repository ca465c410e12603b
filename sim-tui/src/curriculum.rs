//! The course: its chapters, and the scenarios of each, in the order in which they teach.
//!
//! A chapter begins with what works, goes on with what goes wrong and is mended, and ends with what is rare. Each shipped scenario is
//! in one chapter; a test holds the table to it.

/// A chapter of the course.
#[derive(Clone, Copy, Debug)]
pub struct Chapter {
    /// Its title in English.
    pub en: &'static str,
    /// And in Chinese.
    pub zh: &'static str,
    /// The names of its scenarios.
    pub scenarios: &'static [&'static str],
}

/// The chapters, in the order of the course.
#[rustfmt::skip]
pub const CHAPTERS: &[Chapter] = &[
    Chapter {
        en: "Begin here",
        zh: "从这里开始",
        scenarios: &[
            "dr/arp-walk",
        ],
    },
    Chapter {
        en: "What a layer-4 balancer is and is not",
        zh: "四层负载均衡是什么，不是什么",
        scenarios: &[
            "sched/rr", "icmp/ping-the-vip", "nat/dead-server", "operate/no-check",
        ],
    },
    Chapter {
        en: "Frames, ARP and routes",
        zh: "帧、ARP 与路由",
        scenarios: &[
            "arp/weak-host", "arp/two-cards", "arp/first-reply-wins", "arp/address-two-owners",
            "arp/announce", "arp/mac-moves", "arp/lock-time", "arp/ignore-values", "arp/everybody",
            "arp/asks-once-more", "arp/queue", "arp/proxy", "arp/proxy-queue", "ip/no-way-out", "ip/refused",
            "icmp/silence", "icmp/redirect", "icmp/traceroute-echo", "icmp/udp-errors", "ip/silent-connection",
            "ip/broken-packets", "cable/two-switches", "cable/pulled", "cable/card-down", "cable/loss",
            "cable/reorder", "cable/fragments", "cable/queue-full",
        ],
    },
    Chapter {
        en: "The words: VIP, DIP, RIP, CIP, LIP",
        zh: "术语：VIP、DIP、RIP、CIP、LIP",
        scenarios: &[
            "nat/ttl", "dr/lan-minimal",
        ],
    },
    Chapter {
        en: "Netfilter: five hooks, three ways, and DNAT",
        zh: "Netfilter：五个钩子、三条路，以及 DNAT",
        scenarios: &[
            "netfilter/three-ways", "netfilter/first-look", "netfilter/nf-chains", "netfilter/input-drop",
            "netfilter/forward-drop", "netfilter/dnat", "netfilter/masquerade", "netfilter/snat-range",
            "netfilter/port-taken", "netfilter/same-answers", "netfilter/nat-drops", "netfilter/two-tables",
            "netfilter/untracked", "netfilter/mark-too-broad", "netfilter/mark-anew", "netfilter/cut-short",
            "netfilter/cache-bypass", "console/settings",
        ],
    },
    Chapter {
        en: "NAT: there and back through the director",
        zh: "NAT：来回都经过调度器",
        scenarios: &[
            "nat/seed", "nat/port-mapping", "nat/rst", "nat/no-destination", "nat/seed-typo", "nat/two-nets",
            "nat/host-routes", "nat/icmp-error", "nat/director-asks", "nat/server-asks", "nat/hairpin",
            "nat/loopback", "nat/late-reply", "nat/stray-reply", "nat/same-port-again", "nat/same-route",
            "nat/forwarded", "nat/passing-fragments", "nat/broken-packets", "nat/own-tunnel",
        ],
    },
    Chapter {
        en: "Why the gateway must be the DIP",
        zh: "网关为什么必须是 DIP",
        scenarios: &[
            "nat/gateway-missing", "nat/gateway-is-router", "nat/forward-off", "nat/client-on-lan",
            "nat/lan-cures", "nat/one-armed", "nat/onearm-snat", "nat/other-way-back",
        ],
    },
    Chapter {
        en: "DR: one address on many machines",
        zh: "DR：一个地址，多台机器",
        scenarios: &[
            "dr/seed", "dr/client-on-lan", "dr/client-behind-router", "dr/gateway-is-director",
            "dr/gw-dip-lan", "dr/port-map", "dr/rip-listener", "dr/vip-slash24", "dr/rs-loop",
            "dr/no-vip-director", "dr/two-nets", "dr/udp-vip", "dr/self", "dr/director-asks",
            "netfilter/nf-dr",
        ],
    },
    Chapter {
        en: "The ARP problem, in two halves, and its cures",
        zh: "ARP 问题的两半与解法",
        scenarios: &[
            "dr/no-arp-settings", "dr/arp-ignore-only", "dr/announce-only", "dr/six-pairs", "dr/lo-only",
            "dr/default-only", "dr/arp-announce-1", "dr/announce1-outside", "dr/vip-eth0", "dr/dummy",
            "dr/late-fix", "dr/static-arp", "dr/route-vip", "arp/unnumbered",
        ],
    },
    Chapter {
        en: "TUN and the MTU: a packet in a packet",
        zh: "TUN 与 MTU：报文套报文",
        scenarios: &[
            "tun/two-networks", "tun/rp", "tun/gw-director", "tun/down", "tun/no-module", "tun/upload",
            "tun/cures", "tun/too-long", "tun/fragments", "tun/nopmtudisc", "tun/too-narrow", "cable/narrow",
            "cable/mtu-disagrees", "cable/sent-twice", "cable/rest-alone", "tun/rare-packets", "tun/director-asks",
            "tun/director-asks-lo", "tun/own-tunnel", "tun/own-tunnel-errors", "tun/each-other",
        ],
    },
    Chapter {
        en: "FULLNAT: in the director's name",
        zh: "FULLNAT：以调度器的名义",
        scenarios: &[
            "fullnat/gateway-irrelevant", "fullnat/two-networks", "fullnat/no-default-route",
            "fullnat/ip-forward-off", "fullnat/lip-not-on-a-card", "fullnat/ports-exhausted",
            "fullnat/icmp-error", "fullnat/director-itself", "fullnat/server-asks", "netfilter/fullnat",
            "netfilter/fullnat-ipvs-match", "fullnat/beside-mainline",
        ],
    },
    Chapter {
        en: "Choosing a method",
        zh: "选择转发方式",
        scenarios: &[
            "sched/mixed-methods", "sched/director-itself",
        ],
    },
    Chapter {
        en: "Schedulers by example",
        zh: "调度算法举例",
        scenarios: &[
            "sched/wrr", "sched/lc", "sched/wlc", "sched/race", "sched/side-by-side", "sched/dh",
            "sched/mh-one-address", "sched/hash-remove", "sched/twos", "sched/lblcr-shrinks",
            "sched/thresholds", "sched/threshold-ends", "sched/picks-rr", "sched/picks-wrr", "sched/picks-lc",
            "sched/picks-wlc", "sched/picks-sed", "sched/picks-nq", "sched/picks-sh", "sched/picks-dh",
            "sched/picks-mh", "sched/picks-fo", "sched/picks-ovf", "sched/picks-lblc", "sched/picks-lblcr",
        ],
    },
    Chapter {
        en: "Connections, timeouts, persistence",
        zh: "连接、超时、持久连接",
        scenarios: &[
            "sched/idle", "sched/sloppy", "sched/late-timer", "sched/port-reuse", "sched/one-packet",
            "dr/udp-sticky", "persist/one-server", "persist/outlives", "persist/ends-together", "persist/netmask", "persist/all-ports",
            "persist/fwmark-persist", "persist/ftp", "persist/w0", "persist/nodest",
        ],
    },
    Chapter {
        en: "When it breaks",
        zh: "出了故障",
        scenarios: &[
            "sched/counters-stand", "console/sockets", "operate/half-dead", "dr/two-causes",
            "operate/black-hole", "operate/mtu-chain", "operate/shared-servers", "icmp/another-director",
            "icmp/nobody-to-tell",
        ],
    },
    Chapter {
        en: "Operating: drain, weights, failure",
        zh: "运维：摘除、权重、故障",
        scenarios: &[
            "operate/check", "sched/weight-0", "operate/drain-nat", "operate/nodest", "nat/edit-method",
            "sched/wlc-new", "sched/hash-hole", "sched/mh-fallback", "sched/delete-and-add",
            "sched/gone-at-once", "sched/forgotten", "sched/clear",
        ],
    },
    Chapter {
        en: "From the lab to production",
        zh: "从实验到生产",
        scenarios: &[
            "operate/takeover", "operate/takeover-connections", "operate/static-failover",
            "operate/proxy-standby", "nat/failover", "sched/drop-packet", "sched/drop-entry",
            "sched/table-full", "netfilter/table-full", "arp/table-full",
        ],
    },
];

/// Where a scenario stands in the course: its chapter, and its place in that.
pub fn place(name: &str) -> Option<(usize, usize)> {
    CHAPTERS.iter().enumerate().find_map(|(chapter, own)| {
        let place = own.scenarios.iter().position(|own| *own == name)?;
        Some((chapter, place))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenarios::SHIPPED;

    #[test]
    fn each_shipped_scenario_is_taught_once_and_nothing_else_is() {
        let mut taught: Vec<&str> =
            CHAPTERS.iter().flat_map(|own| own.scenarios.iter().copied()).collect();
        taught.sort_unstable();
        let mut shipped: Vec<&str> = SHIPPED.iter().map(|(name, _)| *name).collect();
        shipped.sort_unstable();
        assert_eq!(taught, shipped, "the table of the course and the folder `scenarios`");
    }
}
