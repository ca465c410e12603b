//! IPVS: what it lets pass, and what it has read. Linux 6.1 net/netfilter/ipvs/ip_vs_core.c.

use crate::explain::{Cure, Entry, Words};

pub(in crate::explain) const ENTRIES: &[Entry] = &[
    entry! {
        code: "ipvs.accept.fragment",
        title: {
            en: "Let pass: a fragment that was not put together",
            zh: "放行：没有重组的分片",
        },
        why: {
            en: "Only the first piece of a packet has the ports, so IPVS cannot find a connection \
                 for the others. The host goes on with the piece as usual.",
            zh: "只有首个分片带有端口，IPVS 无法为其余分片找到连接。主机照常处理这个分片。",
        },
        matters: {
            en: "Only seen of protocols that IPVS does not know: pieces of TCP, UDP and ICMP wait for \
                 each other first, also at FORWARD.",
            zh: "只见于 IPVS 不认识的协议：TCP、UDP 和 ICMP 的分片会先等齐，在 FORWARD 也一样。",
        },
        linux: "net/netfilter/ipvs/ip_vs_core.c ip_vs_in_hook",
    },
    entry! {
        code: "ipvs.accept.ftp-data",
        title: {
            en: "Let pass: data of active FTP is never scheduled",
            zh: "放行：主动 FTP 的数据从不调度",
        },
        why: {
            en: "What opens a connection from port 20 is taken for the data channel of FTP: IPVS \
                 chooses no real server and leaves it to the director itself.",
            zh: "从端口 20 发起的连接被视为 FTP 的数据通道：IPVS 不选真实服务器，留给调度器自己处\
                 理。",
        },
        matters: {
            en: "Data must go to the server that holds the control connection; a new choice could \
                 hit another one.",
            zh: "数据须送到持有控制连接的服务器；重新挑选可能选错。",
        },
        linux: "net/netfilter/ipvs/ip_vs_core.c ip_vs_schedule",
    },
    entry! {
        code: "ipvs.accept.idle",
        title: {
            en: "Let pass: no service is configured",
            zh: "放行：没有配置虚拟服务",
        },
        why: {
            en: "IPVS looks at packets only while it has a service; without one, packets to the \
                 VIP are the host's own.",
            zh: "有虚拟服务时 IPVS 才查看报文；没有时，发往 VIP 的报文由主机自己处理。",
        },
        matters: {
            en: "The client meets the director's own sockets: mostly nobody listens, and the \
                 answer is a RST. Look at ipvsadm -Ln.",
            zh: "客户端遇到的是调度器自己的套接字：多半无人监听，得到 RST。用 ipvsadm -Ln 查看。",
        },
        cure: {
            en: "Add the service with ipvsadm -A and its real servers with ipvsadm -a.",
            zh: "用 ipvsadm -A 添加服务，用 ipvsadm -a 添加真实服务器。",
        },
        linux: "net/netfilter/ipvs/ip_vs_ctl.c ip_vs_add_service",
    },
    entry! {
        code: "ipvs.accept.local-reply",
        title: {
            en: "Let pass: a reply that was made on this host",
            zh: "放行：本机产生的响应",
        },
        why: {
            en: "A packet that was made here and answers a connection in the table is no new \
                 request: IPVS does not schedule it.",
            zh: "在本机产生、回答表中连接的报文不是新请求：IPVS 不调度它。",
        },
        matters: {
            en: "It happens where the director is a real server itself: else its replies would \
                 open connections of their own.",
            zh: "调度器自己兼作真实服务器时会这样：否则它的响应又会新建连接。",
        },
        linux: "net/netfilter/ipvs/ip_vs_core.c ip_vs_schedule",
    },
    entry! {
        code: "ipvs.accept.no-ftp",
        title: {
            en: "Let pass: no server takes this as data of FTP",
            zh: "放行：没有服务器把它当 FTP 数据接下",
        },
        why: {
            en: "Only the service at port 21 could take this port, and it does not: it is not \
                 persistent, or no server can take it.",
            zh: "只有端口 21 的虚拟服务可能接这个端口，但它不接：它不是持久的，或没有服务器能接。",
        },
        matters: {
            en: "The packet goes to the director's own stack, which usually answers with RST.",
            zh: "报文交给调度器自己的协议栈，通常以 RST 回答。",
        },
        linux: "net/netfilter/ipvs/ip_vs_core.c ip_vs_leave",
    },
    entry! {
        code: "ipvs.accept.not-syn",
        title: {
            en: "Let pass: a TCP segment of no connection in the table",
            zh: "放行：不属于表中任何连接的 TCP 段",
        },
        why: {
            en: "With sloppy_tcp at 0, only a SYN makes an entry. All else goes to the director's \
                 own TCP, which knows no such connection and sends a RST.",
            zh: "sloppy_tcp 为 0 时，只有 SYN 能新建表项。其余交给调度器自己的 TCP，它不认识这条连\
                 接，回以 RST。",
        },
        matters: {
            en: "The entry has expired (by default after 900 seconds of silence), or another \
                 director had it before a failover. The RST comes from the director.",
            zh: "表项已过期（默认空闲 900 秒），或故障切换前在另一台调度器上。RST 出自调度器。",
        },
        cure: {
            en: "Where silence is long, raise the timeout with ipvsadm --set, or let the program \
                 send keepalives.",
            zh: "若会长时间没有报文，用 ipvsadm --set 延长超时，或让程序发送 keepalives。",
        },
        linux: "net/netfilter/ipvs/ip_vs_proto_tcp.c tcp_conn_schedule",
    },
    entry! {
        code: "ipvs.accept.not-to-us",
        title: {
            en: "Let pass: the frame was addressed to another machine",
            zh: "放行：帧是发给另一台机器的",
        },
        why: {
            en: "IPVS takes only packets that came in a frame for this host's own MAC address.",
            zh: "IPVS 只处理帧的目标是本机 MAC 地址的报文。",
        },
        matters: {
            en: "What came by broadcast, or was merely overheard, is not balanced.",
            zh: "由广播带来的、或只是旁听到的报文，不参与负载均衡。",
        },
        linux: "net/netfilter/ipvs/ip_vs_core.c ip_vs_in_hook",
    },
    entry! {
        code: "ipvs.accept.protocol",
        title: {
            en: "Let pass: IPVS does not schedule this protocol",
            zh: "放行：IPVS 不调度这种协议",
        },
        why: {
            en: "IPVS keeps connections of TCP and UDP (and on Linux of SCTP); other protocols go \
                 to the host as usual.",
            zh: "IPVS 为 TCP 与 UDP 保存连接（Linux 上还有 SCTP）；其他协议照常交给主机。",
        },
        matters: {
            en: "Such traffic to the VIP ends on the director and never reaches a real server.",
            zh: "这类发往 VIP 的流量止于调度器，到不了真实服务器。",
        },
        linux: "net/netfilter/ipvs/ip_vs_core.c ip_vs_in_hook",
    },
    entry! {
        code: "ipvs.accept.rst",
        title: {
            en: "Let pass: a RST opens no connection",
            zh: "放行：RST 不会开启连接",
        },
        why: {
            en: "A RST without an entry in the table is never scheduled, not even with \
                 sloppy_tcp. The host ignores it.",
            zh: "表中没有对应表项的 RST 从不调度，开启 sloppy_tcp 也一样。主机会忽略它。",
        },
        matters: {
            en: "The last word of a connection that IPVS has forgotten: nothing is lost.",
            zh: "这是 IPVS 已遗忘的连接的尾声：没有损失。",
        },
        linux: "net/netfilter/ipvs/ip_vs_proto_tcp.c tcp_conn_schedule",
    },
    entry! {
        code: "ipvs.drop.flood",
        title: {
            en: "Dropped: drop_packet lets only some new connections pass",
            zh: "丢弃：drop_packet 只放行部分新连接",
        },
        why: {
            en: "With drop_packet at 3 the first new connection is dropped, then one of every \
                 am_droprate. Modes 1 and 2 do so only while memory is low, and here it \
                 never is.",
            zh: "drop_packet 为 3 时，第一个新连接被丢弃，此后每 am_droprate 个丢一个。模式 1 和 2 \
                 只在内存不足时这样做，而这里内存总是够用。",
        },
        matters: {
            en: "Nobody is told: TCP repeats its SYN after a second, a datagram is lost. \
                 Connections in the table are left alone.",
            zh: "谁也不会得到通知：TCP 一秒后重发 SYN，数据报则丢失。表中已有的连接不受影响。",
        },
        cure: "sysctl -w net.ipv4.vs.drop_packet=1",
        linux: "include/net/ip_vs.h ip_vs_todrop",
    },
    entry! {
        code: "ipvs.drop.truncated",
        title: {
            en: "Dropped: the transport header ends too early",
            zh: "丢弃：传输层首部不完整",
        },
        why: {
            en: "IPVS needs the ports to find a connection and the whole header to translate it. \
                 A packet too short for that can be neither scheduled nor translated.",
            zh: "IPVS 需要端口来查找连接，需要完整的首部来转换地址。报文太短，就无法调度或转换。",
        },
        matters: {
            en: "No ordinary sender makes such packets.",
            zh: "正常的发送者不会产生这种报文。",
        },
        cure: {
            en: "Find the sender by its MAC address: nothing on the director can mend this.",
            zh: "按 MAC 地址找到发送者：在调度器上无法修复。",
        },
        linux: "net/netfilter/ipvs/ip_vs_core.c ip_vs_in_hook",
    },
    entry! {
        code: "ipvs.read",
        title: {
            en: "IPVS read a setting",
            zh: "IPVS 读取了一项设置",
        },
        why: {
            en: "The decision that follows depends on this value: a timeout of ipvsadm --set, or a \
                 setting of net.ipv4.vs.",
            zh: "随后的判定取决于此值：ipvsadm --set 的超时，或 net.ipv4.vs 的设置。",
        },
        matters: {
            en: "Where it was set stands beside it: change it there to see what else could have \
                 happened.",
            zh: "旁边注明它在何处设置：改动那里，就能看到另一种结果。",
        },
        linux: "include/net/ip_vs.h netns_ipvs",
    },
    entry! {
        code: "ipvs.reply.none",
        title: {
            en: "Let pass: not a reply of a connection in the table",
            zh: "放行：不是表中连接的响应",
        },
        why: {
            en: "IPVS compares forwarded packets with the replies that it expects. This one is \
                 none of them and goes on with its source unchanged.",
            zh: "IPVS 把转发的报文与预期的响应对照。这个报文不在其中，源地址不变，继续转发。",
        },
        matters: {
            en: "Routine where the director is a router, too. If it is a reply of NAT, the entry \
                 has expired: the client sees the RIP and sends a RST.",
            zh: "调度器兼作路由器时很正常。若是 NAT 的响应，则表项已过期：客户端看到 RIP，回以 \
                 RST。",
        },
        linux: "net/netfilter/ipvs/ip_vs_core.c ip_vs_out_hook",
    },
    entry! {
        code: "ipvs.reply.refused",
        title: {
            en: "Refused: from a real server, but no reply of any connection",
            zh: "拒绝：来自真实服务器，却不是任何连接的响应",
        },
        why: {
            en: "With nat_icmp_send at 1, what comes from address and port of a real server of NAT \
                 and belongs to no entry is dropped, and the server hears port unreachable. RST \
                 is spared.",
            zh: "nat_icmp_send 为 1 时，从 NAT 真实服务器的地址和端口发来、又不属于任何表项的报文被丢弃\
                 ，并向服务器报告端口不可达。RST 除外。",
        },
        matters: {
            en: "Late replies no longer leave with the RIP as their source. But the director's own \
                 health checks get no answer on that port either.",
            zh: "迟到的响应不再以 RIP 为源地址外泄。但调度器自己对该端口的健康检查也得不到应答。",
        },
        cure: "sysctl -w net.ipv4.vs.nat_icmp_send=0",
        linux: "net/netfilter/ipvs/ip_vs_core.c ip_vs_out_hook",
    },
    entry! {
        code: "ipvs.reply.same-route",
        title: {
            en: "A reply leaves in the VIP's name by the route it had",
            zh: "响应以 VIP 之名按原路由发出",
        },
        why: {
            en: "With snat_reroute at 0 the route is not looked up again once the source is the \
                 VIP: the one that was found for the RIP holds.",
            zh: "snat_reroute 为 0 时，源地址换成 VIP 之后不再重新查找路由，沿用按 RIP 找到的那条。",
        },
        matters: {
            en: "It saves a look. It makes a difference only where rules choose routes by source: \
                 then the VIP's way out may be another.",
            zh: "省去一次查找。只有按源地址选路的规则才会使结果不同：那时 VIP 的出口可能是另一条。",
        },
        linux: "net/netfilter/ipvs/ip_vs_core.c ip_vs_route_me_harder",
    },
    entry! {
        code: "ipvs.reply.seen",
        title: {
            en: "Saw a reply that needs no translation",
            zh: "看到了无须转换的响应",
        },
        why: {
            en: "It answers a connection of DR or TUN and comes from the VIP already: IPVS counts \
                 it and follows the state, but changes nothing.",
            zh: "它属于 DR 或 TUN 的连接，源地址已是 VIP：IPVS 计数并更新状态，但不作改动。",
        },
        matters: {
            en: "Unusual: the director lies on the way back (with accept_local) or is a real \
                 server itself. Now it sees both directions.",
            zh: "少见：调度器在回程上（已开启 accept_local），或自己就是真实服务器。此时它看到双\
                 向。",
        },
        linux: "net/netfilter/ipvs/ip_vs_core.c handle_response",
    },
    entry! {
        code: "ipvs.reply.unreadable",
        title: {
            en: "Let pass: its transport header ends before the ports",
            zh: "放行：传输层首部在端口之前就中断",
        },
        why: {
            en: "Without ports a forwarded packet cannot be compared with the replies that IPVS \
                 expects. The host forwards it unchanged.",
            zh: "没有端口，就无法把转发的报文与 IPVS 预期的响应对照。主机原样转发。",
        },
        matters: {
            en: "No ordinary sender makes such packets.",
            zh: "正常的发送者不会产生这种报文。",
        },
        linux: "net/netfilter/ipvs/ip_vs_core.c ip_vs_out_hook",
    },
];
