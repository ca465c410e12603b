//! IPVS: FULLNAT, which no mainline kernel has. What Linux has of it is NAT with SNAT behind.

use crate::explain::{Cure, Entry, Words};

pub(in crate::explain) const ENTRIES: &[Entry] = &[
    entry! {
        code: "ipvs.fullnat.error",
        title: {
            en: "FULLNAT: an ICMP error leaves in the VIP's name",
            zh: "FULLNAT：ICMP 差错以 VIP 之名发出",
        },
        why: {
            en: "The error is about a request that left from the LIP. Outside and in the quote, \
                 LIP and RIP become client and VIP again.",
            zh: "差错针对以 LIP 发出的请求。外层与引用中的 LIP 和 RIP 都换回客户端和 VIP。",
        },
        matters: {
            en: "Whoever complained, the client hears it from the VIP and recognises its own \
                 packet in the quote.",
            zh: "无论是谁报错，客户端都从 VIP 得知，并在引用中认出自己的报文。",
        },
        linux: "alibaba/LVS net/netfilter/ipvs/ip_vs_xmit.c ip_vs_fnat_response_icmp_xmit",
    },
    entry! {
        code: "ipvs.fullnat.local",
        title: {
            en: "FULLNAT: the real server is the director itself",
            zh: "FULLNAT：真实服务器就是调度器自己",
        },
        why: {
            en: "The RIP is an address of this host: both ends are translated as always, and the \
                 packet goes to the host's own sockets.",
            zh: "RIP 是本机地址：两端照常转换，报文交给本机自己的套接字。",
        },
        matters: {
            en: "The server must listen on the RIP, and sees the LIP as its client.",
            zh: "服务器须监听 RIP，看到的客户端是 LIP。",
        },
        linux: "alibaba/LVS net/netfilter/ipvs/ip_vs_xmit.c ip_vs_fnat_xmit",
    },
    entry! {
        code: "ipvs.fullnat.no-address",
        title: {
            en: "Refused: the service has no local address",
            zh: "拒绝：这个服务没有本地地址",
        },
        why: {
            en: "FULLNAT asks the real server in the name of a LIP from the service's pool, and \
                 the pool is empty. The client hears ICMP port unreachable.",
            zh: "FULLNAT 用服务地址池中的 LIP 去访问真实服务器，而池是空的。客户端收到 ICMP 端口\
                 不可达。",
        },
        matters: {
            en: "An address on a card is not in the pool by itself: add it to the service with \
                 ipvsadm -P and -z. ipvsadm -G lists the pool.",
            zh: "网卡上有地址并不等于在池中：要用 ipvsadm -P 和 -z 加进服务。ipvsadm -G 列出地址池。",
        },
        cure: { en: "Add a local address: ipvsadm -P -t VIP:PORT -z LIP.", zh: "加一个本地地址：ipvsadm -P -t VIP:PORT -z LIP。" },
        linux: "alibaba/LVS net/netfilter/ipvs/ip_vs_conn.c ip_vs_hbind_laddr",
    },
    entry! {
        code: "ipvs.fullnat.no-port",
        title: {
            en: "Refused: no port is free at the local address",
            zh: "拒绝：本地地址上没有空闲端口",
        },
        why: {
            en: "All ports of the client's class (1 to 511, 512 to 1023, or 1024 up) are in use \
                 from this LIP to this server. No other LIP is tried.",
            zh: "与客户端端口同类（1 到 511、512 到 1023，或 1024 以上）的端口，从这个 LIP 到这台\
                 服务器都已占用。不会再试其他 LIP。",
        },
        matters: {
            en: "A LIP has at most 64512 ordinary ports for each RIP and port. One LIP \
                 more is the cure; the column CONFLICTS of ipvsadm -G warns early.",
            zh: "每个 LIP 对同一 RIP 和端口最多有 64512 个普通端口。办法是再加一个 LIP；ipvsadm -G 的 \
                 CONFLICTS 一列会提前示警。",
        },
        cure: { en: "Add one more: ipvsadm -P -t VIP:PORT -z LIP.", zh: "再加一个：ipvsadm -P -t VIP:PORT -z LIP。" },
        linux: "alibaba/LVS net/netfilter/ipvs/ip_vs_conn.c ip_vs_hbind_laddr",
    },
    entry! {
        code: "ipvs.fullnat.no-route",
        title: {
            en: "Refused: no route leads back to the client",
            zh: "拒绝：没有回到客户端的路由",
        },
        why: {
            en: "The reply came to the LIP and is the director's to deliver, but the director has \
                 no route to the client. The server hears ICMP host unreachable.",
            zh: "响应到了 LIP，该由调度器送达，但调度器没有到客户端的路由。服务器收到 ICMP 主机不\
                 可达。",
        },
        matters: {
            en: "The director needs a way to every client: with FULLNAT all replies pass it.",
            zh: "调度器须能到达每个客户端：FULLNAT 的响应都经过它。",
        },
        cure: { en: "Give the director a route to the client.", zh: "给调度器一条到客户端的路由。" },
        linux: "alibaba/LVS net/netfilter/ipvs/ip_vs_xmit.c ip_vs_fnat_response_xmit",
    },
    entry! {
        code: "ipvs.fullnat.port-taken",
        title: {
            en: "FULLNAT: the client's port is taken, the next free one it is",
            zh: "FULLNAT：客户端的端口已占用，改用下一个空闲的",
        },
        why: {
            en: "Another client uses this port already, from the same LIP to the same server. \
                 Only the port could tell their replies apart.",
            zh: "另一个客户端已在用这个端口，LIP 与服务器也相同。只有端口能区分两者的响应。",
        },
        matters: {
            en: "NAT keeps the client's address and need not do this. ipvsadm -G counts such \
                 cases as CONFLICTS.",
            zh: "NAT 保留客户端地址，不需要这样做。ipvsadm -G 把这种情况计入 CONFLICTS。",
        },
        linux: "alibaba/LVS net/netfilter/ipvs/ip_vs_conn.c ip_vs_hbind_laddr",
    },
    entry! {
        code: "ipvs.fullnat.reply",
        title: {
            en: "FULLNAT: the reply leaves in the VIP's name",
            zh: "FULLNAT：响应以 VIP 之名发出",
        },
        why: {
            en: "The reply came to the LIP, an address of the director. RIP and LIP become VIP \
                 and client. Nothing was forwarded, so ip_forward has no say.",
            zh: "响应到了 LIP，即调度器自己的地址。RIP 与 LIP 换成 VIP 与客户端。这不算转发，与 \
                 ip_forward 无关。",
        },
        matters: {
            en: "It comes back wherever the server's gateway leads: a route to the LIP is all \
                 that the server needs. No connection tracking is needed either.",
            zh: "无论服务器的网关指向哪里，响应都会回来：服务器只需有到 LIP 的路由。也不需要连接跟\
                 踪。",
        },
        linux: "alibaba/LVS net/netfilter/ipvs/ip_vs_xmit.c ip_vs_fnat_response_xmit",
    },
    entry! {
        code: "ipvs.fullnat.reply-here",
        title: {
            en: "FULLNAT: a reply to a client on this very host",
            zh: "FULLNAT：给本机客户端的响应",
        },
        why: {
            en: "The client runs on the director: RIP and LIP become VIP and client, and the \
                 packet goes to the host's own sockets.",
            zh: "客户端就在调度器上：RIP 与 LIP 换成 VIP 与客户端，报文交给本机自己的套接字。",
        },
        matters: {
            en: "As with NAT, a director can try out its own service.",
            zh: "与 NAT 一样，调度器可以试用自己的服务。",
        },
        linux: "alibaba/LVS net/netfilter/ipvs/ip_vs_core.c handle_response",
    },
    entry! {
        code: "ipvs.fullnat.reply-passing",
        title: {
            en: "FULLNAT: a passing reply leaves in the VIP's name",
            zh: "FULLNAT：过路的响应以 VIP 之名发出",
        },
        why: {
            en: "The LIP is no address of this host, but the reply was routed here all the same. \
                 RIP and LIP become VIP and client.",
            zh: "LIP 不是本机地址，但响应还是被路由到了这里。RIP 与 LIP 换成 VIP 与客户端。",
        },
        matters: {
            en: "It works only with ip_forward at 1 and a route to the LIP over this host. Put \
                 the LIP on a card instead.",
            zh: "只有 ip_forward 为 1 且到 LIP 的路由经过本机时才行。应把 LIP 配到网卡上。",
        },
        linux: "alibaba/LVS net/netfilter/ipvs/ip_vs_core.c handle_response",
    },
    entry! {
        code: "ipvs.fullnat.reply-too-big",
        title: {
            en: "Refused: a reply larger than the MTU towards the client",
            zh: "拒绝：响应大于通往客户端的 MTU",
        },
        why: {
            en: "The reply has DF set and does not fit on the way to the client: the director \
                 tells the real server by ICMP which MTU does.",
            zh: "响应设了 DF，而通往客户端的路容纳不下：调度器用 ICMP 告知真实服务器可用的 MTU。",
        },
        matters: {
            en: "The server learns it for the LIP, that is for all clients behind the director.",
            zh: "服务器为 LIP 记下它，即对调度器后面的所有客户端生效。",
        },
        cure: { en: "None is needed if ICMP passes: the server sends less at a time. If it does not, set a smaller advmss on the server's route.", zh: "ICMP 能通过就不用管：服务器会发得小一些。不能通过时，在服务器的路由上设小一些的 advmss。" },
        linux: "alibaba/LVS net/netfilter/ipvs/ip_vs_xmit.c ip_vs_fnat_response_xmit",
    },
    entry! {
        code: "ipvs.fullnat.request",
        title: {
            en: "FULLNAT: source and destination are both rewritten",
            zh: "FULLNAT：源与目标都改写",
        },
        why: {
            en: "Client and VIP become LIP and RIP, with their ports. IPVS sends the packet \
                 itself: neither ip_forward nor connection tracking is needed.",
            zh: "客户端与 VIP 连同端口换成 LIP 与 RIP。报文由 IPVS 自己发出：既不需要 \
                 ip_forward，也不需要连接跟踪。",
        },
        matters: {
            en: "The server sees the director as its client, so its reply comes back by any \
                 route. The price: its log does not show who asked.",
            zh: "服务器看到的客户端是调度器，所以响应走哪条路由都会回来。代价：它的日志里看不到是谁\
                 在访问。",
        },
        linux: "alibaba/LVS net/netfilter/ipvs/ip_vs_xmit.c ip_vs_fnat_xmit",
    },
    entry! {
        code: "ipvs.fullnat.source",
        title: {
            en: "FULLNAT: chose the address in whose name the server is asked",
            zh: "FULLNAT：选定以哪个地址访问服务器",
        },
        why: {
            en: "Each new connection takes the next LIP of the service's pool, in the order of \
                 adding, and keeps the client's port where that is free.",
            zh: "每个新连接按添加顺序取服务地址池中的下一个 LIP，客户端的端口空闲时保持不变。",
        },
        matters: {
            en: "The server answers to this LIP: the director must own it, on a card that the \
                 server's network reaches.",
            zh: "服务器向这个 LIP 响应：调度器必须拥有它，且配在服务器网络可达的网卡上。",
        },
        linux: "alibaba/LVS net/netfilter/ipvs/ip_vs_conn.c ip_vs_hbind_laddr",
    },
];
