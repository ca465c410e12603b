//! IPVS: services, and how a scheduler chooses among their real servers.

use crate::explain::{Cure, Entry, Words};

pub(in crate::explain) const ENTRIES: &[Entry] = &[
    entry! {
        code: "ipvs.sched.cache-left",
        title: {
            en: "The server of this address cannot go on: choose anew",
            zh: "此地址的服务器接不下去：重新选择",
        },
        why: {
            en: "It was deleted, has weight 0, or has more active connections than its weight \
                 while another server has less than half of its own.",
            zh: "它被删除、权重为 0，或活动连接多于权重，而另一台服务器还不到自己权重的一半。",
        },
        matters: {
            en: "lblc moves the address to the least loaded server; lblcr lets that one join the \
                 set.",
            zh: "lblc 把地址移给负载最小的服务器；lblcr 让那一台加入这一组。",
        },
        linux: "net/netfilter/ipvs/ip_vs_lblc.c is_overloaded",
    },
    entry! {
        code: "ipvs.sched.cache-shrunk",
        title: {
            en: "The busiest server left the set of this address",
            zh: "最忙的服务器离开了此地址的组",
        },
        why: {
            en: "The set of this address under lblcr has several servers and did not change for longer \
                 than lblcr_expiration, a day by default: the one with the most load for its weight leaves.",
            zh: "lblcr 为此地址保存的一组服务器有多台，且未变的时间超过 lblcr_expiration（默认一天）：\
                 相对权重负载最大的一台离开。",
        },
        matters: {
            en: "So a set that grew in a rush becomes small again.",
            zh: "高峰时变大的组就这样缩回去。",
        },
        linux: "net/netfilter/ipvs/ip_vs_lblcr.c ip_vs_lblcr_schedule",
    },
    entry! {
        code: "ipvs.sched.cached",
        title: {
            en: "This address was served before: the same server again",
            zh: "此地址有过服务：仍用同一台服务器",
        },
        why: {
            en: "lblc remembers for each address that clients ask for who served it; lblcr \
                 remembers a set of servers and takes the least loaded of it.",
            zh: "lblc 记住客户端所要的每个地址由谁服务；lblcr 记住一组服务器，取其中负载最小的。",
        },
        matters: {
            en: "Made for caches: what one server has fetched, no other needs to fetch.",
            zh: "这是为缓存设计的：一台服务器取来的内容，别的不必再取。",
        },
        linux: "net/netfilter/ipvs/ip_vs_lblc.c ip_vs_lblc_schedule",
    },
    entry! {
        code: "ipvs.sched.delay",
        title: {
            en: "Compared how long a new connection would wait",
            zh: "比较了新连接要等多久",
        },
        why: {
            en: "sed and nq divide the active connections, with the new one, by the weight. \
                 Entries that only wait to expire do not count.",
            zh: "sed 与 nq 用活动连接数（算上新来的）除以权重。只等过期的表项不算。",
        },
        matters: {
            en: "UDP is never active: under sed the heaviest server gets all of it, under nq the \
                 first one in the list.",
            zh: "UDP 从不算活动：sed 会全给最重的服务器，nq 会全给列表中的第一台。",
        },
        linux: "net/netfilter/ipvs/ip_vs_sed.c ip_vs_sed_schedule",
    },
    entry! {
        code: "ipvs.sched.drawn",
        title: {
            en: "Drew this server as one of two",
            zh: "抽到这台服务器，作为两台之一",
        },
        why: {
            en: "twos draws two servers, heavy ones more often, and takes the one with less load \
                 for its weight.",
            zh: "twos 抽两台服务器，权重大的机会多，再取相对权重负载小的一台。",
        },
        matters: {
            en: "The draws come from the scenario's seed; a real kernel draws other numbers.",
            zh: "抽签的数字来自场景的种子；真实内核抽的是别的数字。",
        },
        linux: "net/netfilter/ipvs/ip_vs_twos.c ip_vs_twos_schedule",
    },
    entry! {
        code: "ipvs.sched.fallback",
        title: {
            en: "The server of that place takes nothing: looked further",
            zh: "该位置的服务器不接：继续查找",
        },
        why: {
            en: "With sh-fallback or mh-fallback the hash goes on to other places until a server \
                 takes the connection. Without it, the client is refused.",
            zh: "有 sh-fallback 或 mh-fallback 时，散列会转到别的位置，直到有服务器接下。没有它，\
                 客户端就被拒绝。",
        },
        matters: {
            en: "A server of weight 0 keeps its places, so without this flag part of the clients \
                 are refused while it is drained.",
            zh: "权重 0 的服务器仍占着位置，所以没有这个标志时，排空期间部分客户端会被拒绝。",
        },
        linux: "net/netfilter/ipvs/ip_vs_sh.c ip_vs_sh_get_fallback",
    },
    entry! {
        code: "ipvs.sched.full",
        title: {
            en: "Passed over: this server is at its upper threshold",
            zh: "跳过：这台服务器已达连接上限",
        },
        why: {
            en: "It reached the number of connections that -x allows. It takes new ones again \
                 below -y, or without -y below three quarters of -x.",
            zh: "它的连接数达到了 -x 的上限。低于 -y 后才再接新连接；没有 -y 时须低于 -x 的四分之\
                 三。",
        },
        matters: {
            en: "Entries that only wait to expire count, too: after a burst of short connections \
                 a server may stay shut for minutes.",
            zh: "只等过期的表项也算数：一阵短连接之后，服务器可能几分钟都不接新连接。",
        },
        linux: "net/netfilter/ipvs/ip_vs_conn.c ip_vs_unbind_dest",
    },
    entry! {
        code: "ipvs.sched.hashed",
        title: {
            en: "A hash of the address leads to a place in the table",
            zh: "地址的散列指向表中一个位置",
        },
        why: {
            en: "sh and mh hash the client's address, with its port by -b; dh hashes the address \
                 that the client asks for. Each place of the table belongs to a server.",
            zh: "sh 与 mh 散列客户端地址，可用 -b 加上端口；dh 散列客户端所要的地址。表中每个位置\
                 属于一台服务器。",
        },
        matters: {
            en: "The same client always gets the same server, also from a second director, as \
                 long as the list stays as it is.",
            zh: "只要列表不变，同一客户端总到同一台服务器，另一台调度器也会这样选。",
        },
        linux: "net/netfilter/ipvs/ip_vs_sh.c ip_vs_sh_hashkey",
    },
    entry! {
        code: "ipvs.sched.idle",
        title: {
            en: "This server is idle: it gets the connection at once",
            zh: "这台服务器空闲：立刻得到连接",
        },
        why: {
            en: "nq looks for a server without active connections first. The first one in the \
                 list wins, whatever its weight.",
            zh: "nq 先找没有活动连接的服务器。列表中的第一台胜出，不论权重。",
        },
        matters: {
            en: "No connection waits while a server is idle; a slow one gets its turn as soon as \
                 a quick one.",
            zh: "只要有服务器空闲，连接就不排队；慢的与快的一样早轮到。",
        },
        linux: "net/netfilter/ipvs/ip_vs_nq.c ip_vs_nq_schedule",
    },
    entry! {
        code: "ipvs.sched.overflowed",
        title: {
            en: "Passed over: more active connections than weight",
            zh: "跳过：活动连接多于权重",
        },
        why: {
            en: "ovf fills the heaviest server until its active connections exceed its weight; \
                 the rest flows over to the next.",
            zh: "ovf 先填满权重最大的服务器，直到活动连接超过权重；其余流向下一台。",
        },
        matters: {
            en: "A server takes one more than its weight. When all are full, clients hear port \
                 unreachable.",
            zh: "每台会比权重多接一条。全满之后，客户端得到端口不可达。",
        },
        linux: "net/netfilter/ipvs/ip_vs_ovf.c ip_vs_ovf_schedule",
    },
    entry! {
        code: "ipvs.sched.picked",
        title: {
            en: "The scheduler chose this real server",
            zh: "调度算法选中了这台真实服务器",
        },
        why: {
            en: "Each scheduler has its rule: rr and wrr take turns, lc and wlc count open work, \
                 sed and nq active connections, sh, dh and mh hash addresses, fo and ovf go by \
                 rank.",
            zh: "每种调度算法各有规则：rr 与 wrr 轮流，lc 与 wlc 数未完成的工作，sed 与 nq 数活动\
                 连接，sh、dh 与 mh 散列地址，fo 与 ovf 论名次。",
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
        code: "ipvs.sched.ranked",
        title: {
            en: "This server can take it; its weight is its rank",
            zh: "这台服务器可以接；权重就是名次",
        },
        why: {
            en: "fo and ovf take the heaviest server that can take the connection, the first of \
                 equals. The others stand by.",
            zh: "fo 与 ovf 取能接的服务器中权重最大的，相等时取在前者。其余待命。",
        },
        matters: {
            en: "So weights are an order of failover here, not shares.",
            zh: "所以权重在这里是接替的次序，而不是份额。",
        },
        linux: "net/netfilter/ipvs/ip_vs_fo.c ip_vs_fo_schedule",
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
        code: "ipvs.service.ftp",
        title: {
            en: "Found FTP's service: this may be its data",
            zh: "找到 FTP 的虚拟服务：这可能是其数据",
        },
        why: {
            en: "No service has this port. Port 20 and ports from 1024 up may be data of FTP, so \
                 the service at port 21 is asked.",
            zh: "没有虚拟服务用这个端口。端口 20 及 1024 以上可能是 FTP 的数据，于是询问端口 21 \
                 的服务。",
        },
        matters: {
            en: "With DR and TUN that service must be persistent: only so do commands and data \
                 reach one server.",
            zh: "在 DR 与 TUN 中该服务必须是持久的：命令与数据才会到同一台服务器。",
        },
        linux: "net/netfilter/ipvs/ip_vs_ctl.c ip_vs_service_find",
    },
    entry! {
        code: "ipvs.service.mark",
        title: {
            en: "The packet's mark names a service",
            zh: "报文的标记对应一个虚拟服务",
        },
        why: {
            en: "By iptables the packet was marked. A service of that mark comes before all others, \
                 whatever the packet's address and port.",
            zh: "iptables 给报文打了标记。带该标记的虚拟服务优先于其他服务，不论报文的地址与端口\
                 。",
        },
        matters: {
            en: "One mark can join several ports or addresses: with persistence a client's HTTP \
                 and HTTPS go to one server.",
            zh: "一个标记可合并多个端口或地址：加上持久连接，同一客户端的 HTTP 与 HTTPS 会去同一\
                 台服务器。",
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
