//! IPVS: persistence. Linux 6.1 net/netfilter/ipvs/ip_vs_core.c, ip_vs_sched_persist.

use crate::explain::{Cure, Entry, Words};

pub(in crate::explain) const ENTRIES: &[Entry] = &[
    entry! {
        code: "ipvs.persist.expired",
        title: {
            en: "Forgot where this client's connections went",
            zh: "忘记了这个客户端的去向",
        },
        why: {
            en: "No new connection came within the time of -p, and none is left in the table.",
            zh: "在 -p 的时间内没有新连接，表中也不再有旧连接。",
        },
        matters: {
            en: "The client's next connection is given to whom the scheduler chooses.",
            zh: "客户端的下一条连接由调度算法决定去向。",
        },
        linux: "net/netfilter/ipvs/ip_vs_conn.c ip_vs_conn_expire",
    },
    entry! {
        code: "ipvs.persist.found",
        title: {
            en: "This client is known: the same server again",
            zh: "这个客户端是熟客：仍去同一台服务器",
        },
        why: {
            en: "A template remembers where this client's connections go, for as long as -p says. \
                 The scheduler is not asked.",
            zh: "模板记住这个客户端的连接去哪里，时长由 -p 决定。不再询问调度算法。",
        },
        matters: {
            en: "Weight 0 and thresholds do not stop it. Clients behind one address, or in one \
                 network by -M, all go to one server.",
            zh: "权重 0 与上限都拦不住它。同一地址后面的客户端，或按 -M 属于同一网络的，都去同一\
                 台服务器。",
        },
        linux: "net/netfilter/ipvs/ip_vs_core.c ip_vs_sched_persist",
    },
    entry! {
        code: "ipvs.persist.invalid",
        title: {
            en: "This client's server is gone: choose anew",
            zh: "这个客户端的服务器不可用：重新选择",
        },
        why: {
            en: "The server was deleted, or has weight 0 while expire_quiescent_template is 1. \
                 The template is marked with port 65535 and waits for its end.",
            zh: "服务器已被删除，或权重为 0 而 expire_quiescent_template 为 1。模板改成端口 65535\
                 ，等待到期。",
        },
        matters: {
            en: "With expire_quiescent_template at 0 a server of weight 0 keeps its persistent \
                 clients, and is never drained.",
            zh: "expire_quiescent_template 为 0 时，权重 0 的服务器会留住持久客户端，永远排不空。",
        },
        linux: "net/netfilter/ipvs/ip_vs_conn.c ip_vs_check_template",
    },
    entry! {
        code: "ipvs.persist.kept",
        title: {
            en: "The template stays: its client still has connections",
            zh: "模板保留：客户端还有连接",
        },
        why: {
            en: "Its time is over, but connections that it has sent to this server are in the \
                 table: another 60 seconds, again and again.",
            zh: "时间已到，但由它引到这台服务器的连接还在表中：再留 60 秒，如此反复。",
        },
        matters: {
            en: "So persistence can last longer than -p says, and from then on lasts 60 seconds \
                 after each new connection.",
            zh: "所以持久的时间会比 -p 长，此后每条新连接只再给它 60 秒。",
        },
        linux: "net/netfilter/ipvs/ip_vs_conn.c ip_vs_conn_expire",
    },
    entry! {
        code: "ipvs.persist.new",
        title: {
            en: "Remember where this client's connections go",
            zh: "记住这个客户端的连接去哪里",
        },
        why: {
            en: "The service has -p: a template is made for the client, or for its network by -M. \
                 Each new connection gives it its whole time again.",
            zh: "虚拟服务设了 -p：为客户端建立模板，有 -M 时为其网络建立。每条新连接都让它重新计\
                 时。",
        },
        matters: {
            en: "It holds for one port of the VIP; with port 0 for all ports, and with a firewall \
                 mark for all that is marked.",
            zh: "它对 VIP 的一个端口有效；端口 0 时对所有端口有效，用防火墙标记时对所有带标记的报\
                 文有效。",
        },
        linux: "net/netfilter/ipvs/ip_vs_core.c ip_vs_sched_persist",
    },
];
