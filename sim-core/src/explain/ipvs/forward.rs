//! IPVS: routes and the forwarding methods of mainline Linux. Linux 6.1 net/netfilter/ipvs/ip_vs_xmit.c.

use crate::explain::{Cure, Entry, Words};

pub(in crate::explain) const ENTRIES: &[Entry] = &[
    entry! {
        code: "ipvs.bypass.new",
        title: {
            en: "No real server left: a connection that passes by all of them",
            zh: "没有可用的真实服务器：这条连接绕过它们",
        },
        why: {
            en: "The service is one by mark, none of its destinations can take the packet, and \
                 cache_bypass is on: an entry is made without a destination.",
            zh: "这是按标记的虚拟服务，没有真实服务器可接这个报文，而 cache_bypass 已打开：建立一个没有\
                 真实服务器的表项。",
        },
        matters: {
            en: "Made for transparent caches: when all are gone, clients reach the web itself. \
                 Listings show 0.0.0.0:0 as the destination; no counter knows it.",
            zh: "为透明缓存而设：缓存全部离线时，客户端直接访问网站。列表中真实服务器显示为 0.0.0.0:0，不计数。",
        },
        linux: "net/netfilter/ipvs/ip_vs_core.c ip_vs_leave",
    },
    entry! {
        code: "ipvs.bypass.sent",
        title: {
            en: "Sent on to where it is addressed, past all real servers",
            zh: "绕过真实服务器，直接发往它自己的目标地址",
        },
        why: {
            en: "Its connection has no destination (cache_bypass): IPVS routes the packet by its \
                 own destination address; only the TTL falls by 1.",
            zh: "它的连接没有真实服务器（cache_bypass）：IPVS 按报文自己的目标地址选路，只有 TTL 减 1。",
        },
        matters: {
            en: "The director must have a route to that address. Replies are no business of IPVS.",
            zh: "调度器须有通往该地址的路由。响应与 IPVS 无关。",
        },
        linux: "net/netfilter/ipvs/ip_vs_xmit.c ip_vs_bypass_xmit",
    },
    entry! {
        code: "ipvs.dr.direct",
        title: {
            en: "DR: same addresses, in a new frame to the real server",
            zh: "DR：地址不变，换新帧交给真实服务器",
        },
        why: {
            en: "IPVS looks up the route to the RIP and sends the packet to that machine's MAC \
                 address. IP addresses and ports stay; only the TTL falls by 1.",
            zh: "IPVS 查通往 RIP 的路由，把报文发往那台机器的 MAC 地址。IP 地址与端口不变，只有 \
                 TTL 减 1。",
        },
        matters: {
            en: "The real server must be on the same segment and own the VIP without answering \
                 ARP for it. It replies straight to the client.",
            zh: "真实服务器须在同一网段，拥有 VIP 而不为它应答 ARP。响应直接发给客户端。",
        },
        linux: "net/netfilter/ipvs/ip_vs_xmit.c ip_vs_dr_xmit",
    },
    entry! {
        code: "ipvs.dr.local",
        title: {
            en: "DR: the real server is the director itself",
            zh: "DR：真实服务器就是调度器自己",
        },
        why: {
            en: "The RIP is an address of this host: the packet stays as it is and goes to the \
                 host's own sockets.",
            zh: "RIP 是本机地址：报文不作改动，交给本机自己的套接字。",
        },
        matters: {
            en: "It still names the VIP: the server must listen on the VIP or on all addresses, \
                 not on the RIP alone.",
            zh: "报文的目标仍是 VIP：服务器须监听 VIP 或所有地址，不能只监听 RIP。",
        },
        linux: "net/netfilter/ipvs/ip_vs_xmit.c ip_vs_dr_xmit",
    },
    entry! {
        code: "ipvs.mtu.exceeded",
        title: {
            en: "Refused: larger than the MTU towards the real server",
            zh: "拒绝：大于通往真实服务器的 MTU",
        },
        why: {
            en: "The packet has DF set and does not fit: IPVS tells by ICMP, in the VIP's name, \
                 which MTU does. With TUN that is 20 bytes less than the link's.",
            zh: "报文设了 DF 而容纳不下：IPVS 以 VIP 之名用 ICMP 告知可用的 MTU。TUN 中它比链路的\
                 少 20 字节。",
        },
        matters: {
            en: "Clients adapt if the ICMP reaches them. Where it is filtered, uploads hang: \
                 lower the MSS, or raise the MTU towards the real servers.",
            zh: "ICMP 到得了客户端，客户端就会调整。若被过滤，上传会卡住：可调小 MSS，或加大到真实\
                 服务器的 MTU。",
        },
        cure: {
            en: "Raise the MTU towards the real servers, or lower the MSS of the clients; let ICMP \
                 reach them.",
            zh: "调大通往真实服务器的 MTU，或调小客户端的 MSS；让 ICMP 能到达客户端。",
        },
        linux: "net/netfilter/ipvs/ip_vs_xmit.c ensure_mtu_is_adequate",
    },
    entry! {
        code: "ipvs.nat.local",
        title: {
            en: "NAT: the real server is the director itself",
            zh: "NAT：真实服务器就是调度器自己",
        },
        why: {
            en: "The RIP is an address of this host: the destination is translated as always, and \
                 the packet goes to the host's own sockets.",
            zh: "RIP 是本机地址：目标照常转换，报文交给本机自己的套接字。",
        },
        matters: {
            en: "The server must listen on the RIP. Its reply gets the VIP back on the way out.",
            zh: "服务器须监听 RIP。响应发出时再换回 VIP。",
        },
        linux: "net/netfilter/ipvs/ip_vs_xmit.c ip_vs_nat_xmit",
    },
    entry! {
        code: "ipvs.nat.reply",
        title: {
            en: "NAT: the reply leaves in the VIP's name",
            zh: "NAT：响应以 VIP 之名发出",
        },
        why: {
            en: "Source address and port become those of the service again, so that the client \
                 sees the VIP that it asked. Then the route is looked up anew.",
            zh: "源地址与端口换回虚拟服务的，客户端看到的正是它请求的 VIP。随后重新查路由。",
        },
        matters: {
            en: "It works only because the reply came through the director: the real server's way \
                 to the client must lead over it.",
            zh: "前提是响应经过调度器：真实服务器到客户端的路须经过它。",
        },
        linux: "net/netfilter/ipvs/ip_vs_core.c handle_response",
    },
    entry! {
        code: "ipvs.nat.reply-here",
        title: {
            en: "NAT: a reply to a client on this very host",
            zh: "NAT：给本机客户端的响应",
        },
        why: {
            en: "The client runs on the director: the source becomes the VIP, and the packet goes \
                 to the host's own sockets.",
            zh: "客户端就在调度器上：源地址换成 VIP，报文交给本机自己的套接字。",
        },
        matters: {
            en: "With DR and TUN a director cannot try out its own service.",
            zh: "用 DR 和 TUN 时，调度器无法试用自己的服务。",
        },
        linux: "net/netfilter/ipvs/ip_vs_core.c handle_response",
    },
    entry! {
        code: "ipvs.nat.request",
        title: {
            en: "NAT: the destination becomes the real server",
            zh: "NAT：目标改为真实服务器",
        },
        why: {
            en: "Destination address and port become those of the real server; the source is \
                 still the client. IPVS sends the packet itself, ip_forward has no say.",
            zh: "目标地址与端口改为真实服务器的，源仍是客户端。报文由 IPVS 自己发出，与 \
                 ip_forward 无关。",
        },
        matters: {
            en: "The reply must come back through the director to be translated: the real \
                 server's gateway should be the DIP.",
            zh: "响应须回到调度器才能转换：真实服务器的网关应是 DIP。",
        },
        linux: "net/netfilter/ipvs/ip_vs_xmit.c ip_vs_nat_xmit",
    },
    entry! {
        code: "ipvs.nat.to-loopback",
        title: {
            en: "Dropped: NAT from outside to a loopback address",
            zh: "丢弃：NAT 把外来报文转到环回地址",
        },
        why: {
            en: "A packet from a wire may not be translated to 127.0.0.0/8: such addresses serve \
                 traffic inside the host.",
            zh: "线路上来的报文不可转换到 127.0.0.0/8：这类地址只供主机内部通信。",
        },
        matters: {
            en: "If the director itself shall serve, use one of its ordinary addresses as RIP.",
            zh: "若要由调度器自己提供服务，应以它的普通地址作 RIP。",
        },
        cure: {
            en: "Delete this real server, and add one of the director's ordinary addresses in its \
                 place.",
            zh: "删除这台真实服务器，换成调度器的一个普通地址。",
        },
        linux: "net/netfilter/ipvs/ip_vs_xmit.c ip_vs_nat_xmit",
    },
    entry! {
        code: "ipvs.route.local-refused",
        title: {
            en: "Dropped: only NAT may turn a passing packet to this host",
            zh: "丢弃：只有 NAT 能把过路报文转给本机",
        },
        why: {
            en: "The packet was not for this host, but the chosen real server is this host. DR \
                 and TUN keep the address, so nobody here would take it.",
            zh: "报文不是给本机的，选中的真实服务器却是本机。DR 与 TUN 不改地址，本机没有程序会收\
                 它。",
        },
        matters: {
            en: "Add the VIP to this host, or use NAT for this real server.",
            zh: "应在本机添加 VIP，或对这台真实服务器改用 NAT。",
        },
        cure: {
            en: "Add the VIP to this host (ip addr add), or change the method to NAT (ipvsadm -e \
                 -m).",
            zh: "给本机配上 VIP（ip addr add），或把转发方式改为 NAT（ipvsadm -e -m）。",
        },
        linux: "net/netfilter/ipvs/ip_vs_xmit.c crosses_local_route_boundary",
    },
    entry! {
        code: "ipvs.route.loopback-source",
        title: {
            en: "Dropped: from a loopback address to another host",
            zh: "丢弃：从环回地址发往另一台主机",
        },
        why: {
            en: "A packet with a source in 127.0.0.0/8 must not leave the host, and the chosen \
                 real server is elsewhere.",
            zh: "源地址在 127.0.0.0/8 的报文不得离开主机，而选中的真实服务器在别处。",
        },
        matters: {
            en: "A test on the director itself took 127.0.0.1 as source: test from a client \
                 instead.",
            zh: "在调度器上测试时用了 127.0.0.1 作源地址：应改从客户端测试。",
        },
        cure: {
            en: "Ask from a client, or from an ordinary address of the director.",
            zh: "从客户端发出请求，或使用调度器的普通地址。",
        },
        linux: "net/netfilter/ipvs/ip_vs_xmit.c crosses_local_route_boundary",
    },
    entry! {
        code: "ipvs.route.none",
        title: {
            en: "Refused: no route leads to the real server",
            zh: "拒绝：没有通往真实服务器的路由",
        },
        why: {
            en: "The director has no route to the RIP: IPVS answers with ICMP host unreachable in \
                 the VIP's name.",
            zh: "调度器没有通往 RIP 的路由：IPVS 以 VIP 之名回以 ICMP 主机不可达。",
        },
        matters: {
            en: "The scheduler goes on choosing this server all the same. On the director, ask ip \
                 route get for the RIP.",
            zh: "调度算法仍会选中这台服务器。可在调度器上用 ip route get 查询 RIP。",
        },
        cure: {
            en: "Give the director a route to the RIP; ip route get shows whether there is one.",
            zh: "给调度器添加到 RIP 的路由；用 ip route get 查看是否已有。",
        },
        linux: "net/netfilter/ipvs/ip_vs_xmit.c __ip_vs_get_out_rt",
    },
    entry! {
        code: "ipvs.ttl.spent",
        title: {
            en: "Refused: the TTL does not reach beyond the director",
            zh: "拒绝：TTL 不够走过调度器",
        },
        why: {
            en: "In each forwarding method IPVS lowers the TTL by 1; at 1 it answers with ICMP \
                 time exceeded in the VIP's name.",
            zh: "每种转发方式中，IPVS 都把 TTL 减 1；为 1 时，以 VIP 之名回以 ICMP 超时。",
        },
        matters: {
            en: "Either traceroute looks for its way, or a packet goes in circles, as between two \
                 directors that are each other's real servers.",
            zh: "要么是 traceroute 在探路，要么是报文在绕圈，例如两台调度器互为真实服务器。",
        },
        cure: {
            en: "If it is no traceroute, look for the loop: no two directors may be each other's \
                 real servers.",
            zh: "若不是 traceroute，就找出环路：两台调度器不能互为真实服务器。",
        },
        linux: "net/netfilter/ipvs/ip_vs_xmit.c decrement_ttl",
    },
    entry! {
        code: "ipvs.tun.local",
        title: {
            en: "TUN: the real server is the director itself",
            zh: "TUN：真实服务器就是调度器自己",
        },
        why: {
            en: "The RIP is an address of this host: no tunnel is needed, and the packet goes to \
                 the host's own sockets as it is.",
            zh: "RIP 是本机地址：无须隧道，报文不作改动，交给本机自己的套接字。",
        },
        matters: {
            en: "It still names the VIP: the server must listen on the VIP or on all addresses, \
                 not on the RIP alone.",
            zh: "报文的目标仍是 VIP：服务器须监听 VIP 或所有地址，不能只监听 RIP。",
        },
        linux: "net/netfilter/ipvs/ip_vs_xmit.c ip_vs_tunnel_xmit",
    },
    entry! {
        code: "ipvs.tun.mtu-learned",
        title: {
            en: "Learnt how narrow the way to the real server is",
            zh: "得知通往真实服务器的路有多窄",
        },
        why: {
            en: "An ICMP error about the outer packet came back to the director, which keeps the \
                 smaller path MTU for the RIP.",
            zh: "关于外层报文的 ICMP 差错回到调度器，它为 RIP 记下较小的路径 MTU。",
        },
        matters: {
            en: "The client is told 20 bytes less, the room inside the tunnel. The first error \
                 may still name an old value; the second is right.",
            zh: "告知客户端的值再少 20 字节，即隧道内的空间。第一个差错可能还是旧值，第二个才准\
                 确。",
        },
        linux: "net/netfilter/ipvs/ip_vs_core.c ip_vs_in_icmp",
    },
    entry! {
        code: "ipvs.tun.too-long",
        title: {
            en: "Dropped: with an outer header it is too long for IP",
            zh: "丢弃：加上外层首部后超过 IP 的长度上限",
        },
        why: {
            en: "An IP packet has at most 65535 bytes, and the outer header adds 20. Linux sends its \
                 pieces all the same, and no receiver can put them together.",
            zh: "IP 报文最长 65535 字节，而外层首部要加 20。Linux 照样发出分片，但接收者无法重组。",
        },
        matters: {
            en: "Only a packet that was put together from fragments can be so long.",
            zh: "只有由分片重组而成的报文才会这么长。",
        },
        cure: {
            en: "Let the client send shorter datagrams: the outer header needs 20 bytes of the \
                 65535 that IP allows.",
            zh: "让客户端发送短一些的数据报：IP 最多 65535 字节，外层首部要占 20 字节。",
        },
        linux: "net/netfilter/ipvs/ip_vs_xmit.c ip_vs_tunnel_xmit",
    },
    entry! {
        code: "ipvs.tun.too-narrow",
        title: {
            en: "Dropped: nothing useful fits inside the tunnel",
            zh: "丢弃：隧道里容不下有用的报文",
        },
        why: {
            en: "Fewer than 68 bytes are left inside, and 68 is the least MTU that IPv4 allows: \
                 no sender could adapt to it.",
            zh: "隧道内剩余不足 68 字节，而 IPv4 允许的最小 MTU 就是 68：发送者无法适应。",
        },
        matters: {
            en: "A link on the way to the RIP has a wrong MTU, or an ICMP error told a wrong one.",
            zh: "通往 RIP 的某段链路 MTU 设错，或某个 ICMP 差错给了错误的值。",
        },
        cure: {
            en: "Find the link with the wrong MTU: look at ip link on each router towards the RIP.",
            zh: "找出 MTU 有误的链路：在通往 RIP 的各路由器上看 ip link。",
        },
        linux: "net/netfilter/ipvs/ip_vs_xmit.c __ip_vs_get_out_rt",
    },
    entry! {
        code: "ipvs.tun.wrapped",
        title: {
            en: "TUN: sent inside another packet to the real server",
            zh: "TUN：装进另一个报文送往真实服务器",
        },
        why: {
            en: "IPVS puts an IP header of 20 bytes before the packet, from the DIP to the RIP. \
                 Inside, only the TTL has changed.",
            zh: "IPVS 在报文前加 20 字节的 IP 首部，从 DIP 到 RIP。内层只有 TTL 变了。",
        },
        matters: {
            en: "The real server may be wherever routes lead. It needs tunl0 up, the VIP, and an \
                 rp_filter that lets it in; it replies straight to the client.",
            zh: "真实服务器可在路由可达的任何地方。它须启用 tunl0，拥有 VIP，rp_filter 须放行；响\
                 应直接发给客户端。",
        },
        linux: "net/netfilter/ipvs/ip_vs_xmit.c ip_vs_tunnel_xmit",
    },
];
