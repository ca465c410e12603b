//! IPIP tunnels, at their far end. Linux 6.1 net/ipv4/ipip.c, ip_tunnel.c.

use super::{Cure, Entry, Words};

pub(super) const ENTRIES: &[Entry] = &[
    entry! {
        code: "tunnel.drop.down",
        title: {
            en: "Dropped: no tunnel interface is up to take it",
            zh: "丢弃：没有启用的隧道接口来接收",
        },
        why: {
            en: "The module ipip is there, but tunl0 is down and no other tunnel that is up fits: \
                 the sender of the outer packet hears ICMP port unreachable.",
            zh: "ipip 模块已加载，但 tunl0 没有启用，也没有其他启用的隧道相配：外层报文的发送者会收\
                 到 ICMP 端口不可达。",
        },
        matters: {
            en: "With TUN, the director passes this error on to the client in the VIP's name: the \
                 connection is refused at once.",
            zh: "TUN 中，调度器以 VIP 之名把这个差错转告客户端：连接立即被拒。",
        },
        cure: "ip link set tunl0 up",
        linux: "net/ipv4/tunnel4.c tunnel4_rcv",
    },
    entry! {
        code: "tunnel.drop.ecn",
        title: {
            en: "Dropped: the inner packet cannot carry a congestion mark",
            zh: "丢弃：内层报文不能携带拥塞标记",
        },
        why: {
            en: "The outer packet was marked as congested on its way, while the ends of the inner \
                 one do not speak ECN: only its loss can tell them (RFC 6040).",
            zh: "外层报文途中被标了拥塞，而内层的两端不支持 ECN：只能以丢弃告知（RFC 6040）。",
        },
        matters: {
            en: "Rare: IPVS copies ECN to the outer header, so routers mark it only if the ends \
                 understand.",
            zh: "少见：IPVS 把 ECN 抄到外层首部，两端看得懂时路由器才会标记。",
        },
        cure: {
            en: "Let routers mark only what may be marked: whoever wraps the packet must copy its \
                 ECN field.",
            zh: "路由器只能标记允许标记的报文：封装者须复制内层的 ECN 字段。",
        },
        linux: "include/net/inet_ecn.h INET_ECN_decapsulate",
    },
    entry! {
        code: "tunnel.drop.loop",
        title: {
            en: "Dropped: the tunnel's other end lies behind the tunnel",
            zh: "丢弃：去隧道对端的路又经过隧道本身",
        },
        why: {
            en: "The outer packet is routed like any other. Its route must not lead back into the \
                 same tunnel, and Linux nests at most 9 tunnels.",
            zh: "外层报文与其他报文一样查路由。该路由不能又回到同一隧道；Linux 最多嵌套 9 层隧道。",
        },
        matters: {
            en: "A default route through a tunnel does this, unless the other end has a route of \
                 its own by the network card.",
            zh: "默认路由走隧道时会这样，除非对端另有一条经网卡的路由。",
        },
        cure: {
            en: "Give the tunnel's other end a route of its own: ip route add ADDRESS via GATEWAY.",
            zh: "给隧道的另一端单独添加路由：ip route add ADDRESS via GATEWAY。",
        },
        linux: "net/ipv4/ip_tunnel.c ip_tunnel_xmit",
    },
    entry! {
        code: "tunnel.drop.no-route",
        title: {
            en: "Dropped: no route to the tunnel's other end",
            zh: "丢弃：没有到隧道对端的路由",
        },
        why: {
            en: "The outer packet needs a route to the remote address, and its local address must \
                 be one of this host. Nobody is told: the tunnel only counts it as an error.",
            zh: "外层报文需要到对端地址的路由，其本端地址须属本机。谁也不会收到通知：隧道只记一次错误。",
        },
        matters: {
            en: "A tunnel has always a carrier: ip link says nothing of it. The column NoRoute of \
                 ip -s tunnel does.",
            zh: "隧道总显示有载波，ip link 看不出问题；ip -s tunnel 的 NoRoute 一列才看得出。",
        },
        cure: {
            en: "Add a route to the tunnel's other end: ip route add ADDRESS via GATEWAY.",
            zh: "添加到隧道另一端的路由：ip route add ADDRESS via GATEWAY。",
        },
        linux: "net/ipv4/ip_tunnel.c ip_tunnel_xmit",
    },
    entry! {
        code: "tunnel.drop.too-big",
        title: {
            en: "Dropped: too long for the path once it is wrapped",
            zh: "丢弃：加上外层首部后超出路径所能承载",
        },
        why: {
            en: "The outer header takes 20 bytes of the MTU. The packet must not be cut (DF is \
                 set), so its sender hears ICMP \"fragmentation needed\" with the MTU that is left.",
            zh: "外层首部占去 MTU 中的 20 字节。报文不许分片（DF 置位），于是发送者收到 ICMP \
                 需要分片，其中写明所剩的 MTU。",
        },
        matters: {
            en: "Where a firewall drops this ICMP, small pages load and long ones hang.",
            zh: "若防火墙丢弃这种 ICMP，小页面能打开，长页面卡住。",
        },
        cure: {
            en: "Let this ICMP error pass all firewalls, or lower the senders' MTU by 20.",
            zh: "让各处防火墙放行这个 ICMP 差错，或把发送者的 MTU 调小 20。",
        },
        linux: "net/ipv4/ip_tunnel.c tnl_update_pmtu",
    },
    entry! {
        code: "tunnel.error.heard",
        title: {
            en: "An ICMP error about a packet of the tunnel came back",
            zh: "收到一个关于隧道报文的 ICMP 差错",
        },
        why: {
            en: "It quotes the outer packet and too little of the inner one to find its sender. \
                 The tunnel remembers for 30 seconds that something is wrong.",
            zh: "差错引用的是外层报文，内层的内容不足以找到其发送者。隧道记住出了问题，时限 30 秒。",
        },
        matters: {
            en: "IPVS does better: for its own TUN connections it passes the error on to the \
                 client.",
            zh: "IPVS 更周到：对自己的 TUN 连接，它把差错转告客户端。",
        },
        linux: "net/ipv4/ipip.c ipip_err",
    },
    entry! {
        code: "tunnel.error.told",
        title: {
            en: "Told the sender that the tunnel's other end is out of reach",
            zh: "告知发送者：隧道对端不可达",
        },
        why: {
            en: "An error about an earlier packet had come. Whoever sends next hears ICMP host \
                 unreachable, one for each error; the packet itself is sent all the same.",
            zh: "此前收到过关于较早报文的差错。下一个发送者会收到 ICMP 主机不可达，每个差错一次；报文本\
                 身照样发出。",
        },
        matters: {
            en: "So the first packet of a ping is lost in silence, and the second one gets an \
                 answer about the first.",
            zh: "所以 ping 的第一个报文悄悄丢失，第二个得到的是关于第一个的回答。",
        },
        linux: "net/ipv4/ip_tunnel.c ip_tunnel_xmit",
    },
    entry! {
        code: "tunnel.unpacked",
        title: {
            en: "Took the inner packet out of the tunnel",
            zh: "从隧道中取出了内层报文",
        },
        why: {
            en: "The outer header has done its work. The inner packet starts anew as if it had \
                 come in by the tunnel interface: it is checked and routed there.",
            zh: "外层首部已完成任务。内层报文如同刚从隧道接口进来，重新接受检查与路由。",
        },
        matters: {
            en: "The VIP must be an address of this host, and rp_filter must let it in by tunl0. \
                 The reply travels without a tunnel.",
            zh: "VIP 须是本机地址，rp_filter 须放行从 tunl0 进来的报文。响应不经隧道。",
        },
        linux: "net/ipv4/ip_tunnel.c ip_tunnel_rcv",
    },
    entry! {
        code: "tunnel.wrapped",
        title: {
            en: "Put the packet into another one, for the tunnel's other end",
            zh: "把报文装入另一报文，发往隧道对端",
        },
        why: {
            en: "A route leads into a tunnel interface: 20 bytes of outer header go in front, from \
                 the tunnel's local to its remote address, with DF set. TTL as inside unless a \
                 ttl was given.",
            zh: "路由指向隧道接口：前面加上 20 字节外层首部，从隧道本端地址到对端地址，DF 置位；未指定 \
                 ttl 时 TTL 与内层相同。",
        },
        matters: {
            en: "Routers on the way see the outer addresses only. IPVS needs no such interface: it \
                 wraps by itself.",
            zh: "途中的路由器只看外层地址。IPVS 不需要这种接口：它自行封装。",
        },
        linux: "net/ipv4/ip_tunnel.c ip_tunnel_xmit",
    },
];
