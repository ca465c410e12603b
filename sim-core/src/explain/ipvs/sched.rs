//! IPVS: services, and how a scheduler chooses among their real servers.

use crate::explain::{Entry, Words};

pub(in crate::explain) const ENTRIES: &[Entry] = &[
    entry! {
        code: "ipvs.sched.picked",
        title: {
            en: "The scheduler chose this real server",
            zh: "调度算法选中了这台真实服务器",
        },
        why: {
            en: "Each scheduler has its rule: rr takes turns, wrr takes turns by weight, lc and \
                 wlc choose the server with the least open work.",
            zh: "每种调度算法各有规则：rr 轮流，wrr 按权重轮流，lc 与 wlc 选未完成工作最少的服务\
                 器。",
        },
        matters: {
            en: "The choice holds for the whole connection. The server that was added last stands \
                 first in the list.",
            zh: "选择对整条连接有效。最后添加的服务器排在列表最前。",
        },
        linux: "net/netfilter/ipvs/ip_vs_core.c ip_vs_schedule",
    },
    entry! {
        code: "ipvs.sched.quiesced",
        title: {
            en: "Passed over: this real server has weight 0",
            zh: "跳过：这台真实服务器的权重为 0",
        },
        why: {
            en: "Weight 0 means no new connections; those in the table go on to their end.",
            zh: "权重 0 表示不接新连接；表中已有的会继续到结束。",
        },
        matters: {
            en: "This is how a server is drained before maintenance. When its counters are down \
                 to 0, nobody notices its end.",
            zh: "维护之前就这样排空服务器。等它的计数降到 0，停机也无人察觉。",
        },
        linux: "net/netfilter/ipvs/ip_vs_rr.c ip_vs_rr_schedule",
    },
    entry! {
        code: "ipvs.sched.weighed",
        title: {
            en: "Compared a real server's load",
            zh: "比较了一台真实服务器的负载",
        },
        why: {
            en: "lc and wlc count 256 for an active connection and 1 for an inactive one; wlc \
                 divides by the weight. The least wins, the first of equals.",
            zh: "lc 与 wlc 把活动连接计为 256，非活动连接计为 1；wlc 再除以权重。最小者胜，相等时\
                 取在前者。",
        },
        matters: {
            en: "This load is what the table says, not what the server feels: one that never \
                 answers collects active connections.",
            zh: "这个负载是表中的数字，不是服务器的真实感受：从不回答的服务器会积累活动连接。",
        },
        linux: "include/net/ip_vs.h ip_vs_dest_conn_overhead",
    },
    entry! {
        code: "ipvs.sched.wrr-level",
        title: {
            en: "wrr takes only servers of at least this weight now",
            zh: "wrr 此轮只取权重不低于此值的服务器",
        },
        why: {
            en: "wrr passes over the list again and again. The weight it asks for begins at the \
                 highest, falls by the common divisor after each pass, and starts over.",
            zh: "wrr 一轮轮走过列表。它要求的权重从最高开始，每轮减去公约数，到底后重新开始。",
        },
        matters: {
            en: "So heavy servers come up more often. After the usual set-up, the first pass \
                 takes each server once.",
            zh: "所以权重大的服务器更常被选中。按通常方式配置后，第一轮每台各选一次。",
        },
        linux: "net/netfilter/ipvs/ip_vs_wrr.c ip_vs_wrr_schedule",
    },
    entry! {
        code: "ipvs.service.any-port",
        title: {
            en: "Found the service for all ports of this address",
            zh: "找到该地址全部端口的虚拟服务",
        },
        why: {
            en: "No service has this very port, but one with port 0 stands for all ports of its \
                 address.",
            zh: "没有虚拟服务用这个端口，但端口 0 的虚拟服务代表该地址的所有端口。",
        },
        matters: {
            en: "Port 0 goes with persistence: all ports of a client then lead to one server.",
            zh: "端口 0 须配合持久连接：同一客户端的各个端口都去同一台服务器。",
        },
        linux: "net/netfilter/ipvs/ip_vs_ctl.c ip_vs_service_find",
    },
    entry! {
        code: "ipvs.service.found",
        title: {
            en: "The packet is for a service",
            zh: "报文是发给虚拟服务的",
        },
        why: {
            en: "Protocol, address and port are those of a service that ipvsadm has set up: IPVS \
                 takes the packet over from the host.",
            zh: "协议、地址与端口属于 ipvsadm 配置的一个虚拟服务：IPVS 从主机手中接过报文。",
        },
        matters: {
            en: "What follows is up to this service: its scheduler, its real servers, its \
                 counters.",
            zh: "此后由这个虚拟服务决定：它的调度算法、真实服务器与计数。",
        },
        linux: "net/netfilter/ipvs/ip_vs_ctl.c ip_vs_service_find",
    },
    entry! {
        code: "ipvs.service.none",
        title: {
            en: "Let pass: no service has this address and port",
            zh: "放行：没有虚拟服务用此地址与端口",
        },
        why: {
            en: "IPVS leaves the packet to the host, as if IPVS were not there.",
            zh: "IPVS 把报文留给主机处理，如同没有 IPVS。",
        },
        matters: {
            en: "If there should be a service, compare protocol, VIP and port with ipvsadm -Ln: \
                 TCP and UDP are two services.",
            zh: "若本该有虚拟服务，请用 ipvsadm -Ln 对照协议、VIP 与端口：TCP 与 UDP 是两个服务。",
        },
        linux: "net/netfilter/ipvs/ip_vs_ctl.c ip_vs_service_find",
    },
];
