//! IPIP tunnels, at their far end. Linux 6.1 net/ipv4/ipip.c, ip_tunnel.c.

use super::{Entry, Words};

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
        linux: "include/net/inet_ecn.h INET_ECN_decapsulate",
    },
    entry! {
        code: "tunnel.drop.not-simulated",
        title: {
            en: "Dropped: this simulation sends nothing by a tunnel interface",
            zh: "丢弃：本模拟器不经隧道接口发送报文",
        },
        why: {
            en: "A route leads into a tunnel interface. Linux would wrap the packet; here only the \
                 director's IPVS wraps, and tunnel interfaces only receive.",
            zh: "路由指向隧道接口。Linux 会封装此报文；而这里只有调度器的 IPVS 会封装，隧道接口只接\
                 收。",
        },
        matters: {
            en: "LVS needs no such route: the replies of a TUN real server leave by its Ethernet \
                 interface.",
            zh: "LVS 不需要这样的路由：TUN 真实服务器的响应从以太网接口发出。",
        },
        cure: "ip route del PREFIX dev tunl0",
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
];
