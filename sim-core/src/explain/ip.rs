//! IP: taken in, forwarded, sent, cut, dropped. Linux 6.1 net/ipv4/ip_*.c, route.c.

use super::{Cure, Entry, Words};

pub(super) const ENTRIES: &[Entry] = &[
    entry! {
        code: "ip.drop.bad-header",
        title: {
            en: "Dropped: the header is cut short or damaged",
            zh: "丢弃：首部残缺或已损坏",
        },
        why: {
            en: "Before anything else, Linux checks lengths, version and the checksum of the \
                 header. What fails is dropped, and nobody is told.",
            zh: "Linux 首先检查首部的长度、版本与校验和。不合格的一律丢弃，也不通知任何人。",
        },
        matters: {
            en: "Whoever changes an IP header must mend its checksum. IPVS does so in each \
                 forwarding method, since it lowers the TTL.",
            zh: "凡改动 IP 首部者都须修正校验和。IPVS 会减小 TTL，所以每种转发方式都要修正。",
        },
        cure: {
            en: "Capture at both ends of each cable on the way: whoever sends the first damaged \
                 copy is at fault.",
            zh: "在途中每条线缆的两端抓包：最先发出损坏报文的就是问题所在。",
        },
        linux: "net/ipv4/ip_input.c ip_rcv_core",
    },
    entry! {
        code: "ip.drop.broadcast-frame",
        title: {
            en: "Dropped: a broadcast frame brought it, for somebody else",
            zh: "丢弃：广播帧带来的报文不是给本机的",
        },
        why: {
            en: "Linux forwards only what was sent to its own MAC address; a packet that came by \
                 broadcast is not passed on.",
            zh: "Linux 只转发直接发到自己 MAC 地址的报文；广播带来的报文不再转发。",
        },
        matters: {
            en: "Otherwise each router of a segment would forward a copy of its own. LVS sends no \
                 such frames.",
            zh: "否则网段上的每台路由器都会转发一份。LVS 不发这种帧。",
        },
        cure: {
            en: "Find who puts a packet for one host into a broadcast frame: its source MAC \
                 address tells.",
            zh: "找出谁把单播报文放进了广播帧：看源 MAC 地址。",
        },
        linux: "net/ipv4/ip_forward.c ip_forward",
    },
    entry! {
        code: "ip.drop.checksum",
        title: {
            en: "Dropped: the checksum of the packet's content is wrong",
            zh: "丢弃：报文内容的校验和不对",
        },
        why: {
            en: "TCP, UDP and ICMP have a checksum of their own, which the final receiver checks. \
                 What is wrong is dropped in silence.",
            zh: "TCP、UDP 和 ICMP 各有校验和，由最终接收者检查。不对的无声丢弃。",
        },
        matters: {
            en: "NAT adjusts this sum to the new addresses without checking it: what comes in \
                 damaged goes out damaged.",
            zh: "NAT 只按新地址修正校验和，并不检查：进来是坏的，出去还是坏的。",
        },
        cure: {
            en: "Capture at both ends of each cable on the way: whoever sends the first damaged \
                 copy is at fault.",
            zh: "在途中每条线缆的两端抓包：最先发出损坏报文的就是问题所在。",
        },
        linux: "net/ipv4/tcp_ipv4.c tcp_v4_rcv",
    },
    entry! {
        code: "ip.drop.martian",
        title: {
            en: "Dropped: an address of the packet is impossible here",
            zh: "丢弃：报文的地址在此处不可能成立",
        },
        why: {
            en: "Source or destination is of a kind that is never on a wire: 127.0.0.0/8, \
                 0.0.0.0, or a broadcast or multicast address as source.",
            zh: "源或目标是不该出现在线路上的地址：127.0.0.0/8、0.0.0.0，或以广播、组播地址为源。",
        },
        matters: {
            en: "Linux calls it a martian and tells nobody; log_martians=1 makes it write a line \
                 to the kernel log.",
            zh: "Linux 称之为 martian（火星报文），不通知任何人；log_martians=1 会在内核日志里记一\
                 行。",
        },
        cure: {
            en: "Find the sender by its MAC address, and correct the address that it uses.",
            zh: "按 MAC 地址找到发送者，改正它使用的地址。",
        },
        linux: "net/ipv4/route.c ip_handle_martian_source",
    },
    entry! {
        code: "ip.drop.multicast",
        title: {
            en: "Dropped: for a multicast group that nobody here has joined",
            zh: "丢弃：发往本机没有加入的组播组",
        },
        why: {
            en: "Linux takes multicast only for the groups that it has joined, and forwards none \
                 without a multicast router. The hosts of this simulation join no group.",
            zh: "Linux 只接收已加入的组播组的报文，没有组播路由器时也不转发。本模拟器的主机不加入\
                 任何组。",
        },
        matters: {
            en: "IPVS balances no multicast: a VIP is a unicast address.",
            zh: "IPVS 不均衡组播：VIP 是单播地址。",
        },
        cure: {
            en: "None, unless a program here wants the group: then that program must join it.",
            zh: "不必处理；若本机有程序需要这个组，由它自己加入。",
        },
        linux: "net/ipv4/route.c ip_route_input_rcu",
    },
    entry! {
        code: "ip.drop.no-protocol",
        title: {
            en: "Dropped: this host does not speak the packet's protocol",
            zh: "丢弃：本机不处理报文所用的协议",
        },
        why: {
            en: "Nothing here takes the protocol number in the IP header. The sender hears ICMP \
                 protocol unreachable.",
            zh: "这里没有模块处理 IP 首部里的协议号。发送者会收到 ICMP 协议不可达。",
        },
        matters: {
            en: "On a real server of TUN, protocol 4 means that the tunnel module is missing: \
                 modprobe ipip, then set tunl0 up.",
            zh: "在 TUN 的真实服务器上，协议 4 说明缺少隧道模块：先 modprobe ipip，再启用 tunl0。",
        },
        cure: {
            en: "For packets of TUN: modprobe ipip, then ip link set tunl0 up. Else the sender \
                 means another host.",
            zh: "若是 TUN 的报文：modprobe ipip，再 ip link set tunl0 up。否则是发送者弄错了主机。",
        },
        linux: "net/ipv4/ip_input.c ip_protocol_deliver_rcu",
    },
    entry! {
        code: "ip.drop.no-reverse-path",
        title: {
            en: "Dropped: no way leads back to the source",
            zh: "丢弃：没有回到源地址的路",
        },
        why: {
            en: "rp_filter is 1 or 2, and no route leads to the packet's source. The larger value \
                 of all and the interface counts.",
            zh: "rp_filter 为 1 或 2，而没有路由通往报文的源地址。取 all 与该接口的较大值。",
        },
        matters: {
            en: "A reply could not be sent either: give this host a route to its clients, mostly \
                 a default route.",
            zh: "即使收下也无法响应：应给本机一条通往客户端的路由，通常是默认路由。",
        },
        cure: {
            en: "Add a route to the source, mostly the default one: ip route add default via \
                 GATEWAY.",
            zh: "添加到源地址的路由，多半是默认路由：ip route add default via GATEWAY。",
        },
        linux: "net/ipv4/fib_frontend.c __fib_validate_source",
    },
    entry! {
        code: "ip.drop.no-route",
        title: {
            en: "Dropped: no route leads there",
            zh: "丢弃：没有通往目标的路由",
        },
        why: {
            en: "No route of this host matches the destination. A forwarder tells the sender by \
                 ICMP net unreachable; a packet of its own is just not sent.",
            zh: "本机没有与目标匹配的路由。转发者用 ICMP 网络不可达告知发送者；若是本机自己的报\
                 文，则不发出。",
        },
        matters: {
            en: "If a reply of NAT ends here, the director lacks a route to the client.",
            zh: "若 NAT 的响应止于此处，就是调度器缺少通往客户端的路由。",
        },
        cure: {
            en: "Add the route, mostly the default one: ip route add default via GATEWAY.",
            zh: "添加路由，多半是默认路由：ip route add default via GATEWAY。",
        },
        linux: "net/ipv4/route.c ip_error",
    },
    entry! {
        code: "ip.drop.not-forwarding",
        title: {
            en: "Dropped: for somebody else, and this host does not forward",
            zh: "丢弃：不是给本机的，而本机不转发",
        },
        why: {
            en: "Forwarding is off on the interface it came in by (ip_forward is 0): Linux drops \
                 what is not for one of its own addresses, without an error.",
            zh: "收到报文的接口没有开启转发（ip_forward 为 0）：不是发往本机地址的，Linux 丢弃且不\
                 报差错。",
        },
        matters: {
            en: "On a director, replies of NAT need ip_forward=1; requests, DR and TUN do not. On \
                 a real server of DR or TUN it means that the VIP is missing.",
            zh: "在调度器上，NAT 的响应需要 ip_forward=1；请求、DR 与 TUN 都不需要。在 DR 或 TUN \
                 的真实服务器上，则是缺少 VIP。",
        },
        cure: {
            en: "If it shall forward: sysctl -w net.ipv4.ip_forward=1. A real server of DR or TUN \
                 needs the VIP instead.",
            zh: "若应转发：sysctl -w net.ipv4.ip_forward=1。DR 或 TUN 的真实服务器则应配上 VIP。",
        },
        linux: "net/ipv4/route.c ip_route_input_slow",
    },
    entry! {
        code: "ip.drop.own-source",
        title: {
            en: "Dropped: the source is one of this host's own addresses",
            zh: "丢弃：源地址是本机自己的地址",
        },
        why: {
            en: "What comes from a wire cannot come from this very host: whatever rp_filter says, \
                 Linux drops it in silence unless accept_local is on.",
            zh: "线路上来的报文不可能出自本机：无论 rp_filter 取何值，Linux 都无声丢弃，除非开启 \
                 accept_local。",
        },
        matters: {
            en: "A director owns the VIP, so it cannot be the gateway for replies of DR and TUN, \
                 which come from the VIP: send them by the router.",
            zh: "调度器拥有 VIP，所以不能做 DR 与 TUN 的网关（响应的源地址就是 VIP）：响应应走路由\
                 器。",
        },
        cure: {
            en: "Give the real servers another gateway than the director, or set accept_local to 1 \
                 on the director's interface.",
            zh: "给真实服务器换一个不是调度器的网关，或把调度器接口的 accept_local 设为 1。",
        },
        linux: "net/ipv4/fib_frontend.c fib_validate_source",
    },
    entry! {
        code: "ip.drop.refused-by-route",
        title: {
            en: "Dropped: the route itself refuses",
            zh: "丢弃：路由本身要求拒绝",
        },
        why: {
            en: "The best route for the destination is of type unreachable, prohibit or \
                 blackhole. The first two tell the sender by ICMP, the last does not.",
            zh: "与目标匹配的路由是 unreachable、prohibit 或 blackhole。前两种用 ICMP 通知发送者，\
                 最后一种不通知。",
        },
        matters: {
            en: "Somebody typed this route: ip route shows it.",
            zh: "这条路由是有人设置的：可用 ip route 查看。",
        },
        cure: {
            en: "Take the route away with ip route del, if it is not meant.",
            zh: "若不是有意的，用 ip route del 删去这条路由。",
        },
        linux: "net/ipv4/route.c ip_error",
    },
    entry! {
        code: "ip.drop.reverse-path",
        title: {
            en: "Dropped: the way back leaves by another interface",
            zh: "丢弃：回程从另一接口出去",
        },
        why: {
            en: "With rp_filter 1 (or 2 on an interface without address) the route back must use \
                 the interface it came in by. The larger value of all and the interface counts.",
            zh: "rp_filter 为 1（或为 2 而接口没有地址）：回程路由须走报文进来的接口。取 all 与该\
                 接口的较大值。",
        },
        matters: {
            en: "With TUN, packets come out of tunl0 and the way back is eth0: the value 1 drops \
                 every request, 2 lets them in if tunl0 has an address.",
            zh: "TUN 的报文从 tunl0 出来，回程却走 eth0：取 1 会丢弃所有请求；tunl0 有地址时，取 \
                 2 即可放行。",
        },
        cure: "sysctl -w net.ipv4.conf.all.rp_filter=2",
        linux: "net/ipv4/fib_frontend.c __fib_validate_source",
    },
    entry! {
        code: "ip.drop.too-big",
        title: {
            en: "Dropped: larger than the next MTU, and must not be cut",
            zh: "丢弃：大于下一段的 MTU，又不许分片",
        },
        why: {
            en: "The packet has DF set: a router that would have to cut it drops it instead and \
                 tells the sender by ICMP which MTU fits.",
            zh: "报文设了 DF：路由器若须分片才能转发，就丢弃它，并用 ICMP 告知发送者可用的 MTU。",
        },
        matters: {
            en: "From this very error TCP learns the path MTU. Where a firewall drops it, small \
                 requests work and large ones hang.",
            zh: "TCP 正是靠这个差错得知路径 MTU。若防火墙把它丢弃，小请求正常，大请求卡住。",
        },
        cure: {
            en: "Let this ICMP error pass all firewalls, or make the next link as wide as the \
                 others.",
            zh: "让各处防火墙放行这个 ICMP 差错，或让下一段链路与其他的一样宽。",
        },
        linux: "net/ipv4/ip_forward.c ip_forward",
    },
    entry! {
        code: "ip.drop.ttl",
        title: {
            en: "Dropped: the packet has crossed too many routers",
            zh: "丢弃：报文经过的路由器太多",
        },
        why: {
            en: "Each forwarder lowers the TTL by 1, and at 1 it may not forward any more. The \
                 sender hears ICMP time exceeded.",
            zh: "每次转发 TTL 减 1，为 1 时不得再转发。发送者会收到 ICMP 超时。",
        },
        matters: {
            en: "Mostly a loop: a real server of DR that forwards but lacks the VIP sends each \
                 request back.",
            zh: "多半是环路：DR 的真实服务器缺少 VIP 却开启了转发，就会把请求送回去。",
        },
        cure: {
            en: "Look for the loop: traceroute then shows the same addresses again and again.",
            zh: "找出环路：这时 traceroute 会反复显示同样的地址。",
        },
        linux: "net/ipv4/ip_forward.c ip_forward",
    },
    entry! {
        code: "ip.forward",
        title: {
            en: "Forwarded: the packet is for somebody else",
            zh: "转发：报文不是给本机的",
        },
        why: {
            en: "The destination is no address of this host, and forwarding is on: the packet \
                 goes to the next hop of the best route, its TTL less 1.",
            zh: "目标不是本机地址，且转发已开启：报文按最佳路由交给下一跳，TTL 减 1。",
        },
        matters: {
            en: "On a director of NAT the replies come this way. Requests do not: IPVS sends them \
                 itself.",
            zh: "NAT 的响应在调度器上走这条路。请求不走，由 IPVS 自己发出。",
        },
        linux: "net/ipv4/ip_forward.c ip_forward",
    },
    entry! {
        code: "ip.fragment.dropped",
        title: {
            en: "Threw the fragments of a packet away",
            zh: "丢弃了一个报文的分片",
        },
        why: {
            en: "A piece overlaps another or ends behind the last one, which only an attack does; \
                 or too many packets are incomplete, and the oldest goes.",
            zh: "某一片与另一片重叠，或超出末片，只有攻击才会如此；或未收齐的报文太多，丢弃最早的\
                 一个。",
        },
        matters: {
            en: "Nobody is told: the sender must send the whole packet again.",
            zh: "没有人得到通知：发送者须重发整个报文。",
        },
        cure: {
            en: "Send packets that need no cutting; if nobody cuts any, look for the attacker.",
            zh: "发送不需要分片的报文；若没有人在分片，就要找攻击者。",
        },
        linux: "net/ipv4/ip_fragment.c ip_frag_queue",
    },
    entry! {
        code: "ip.fragment.expired",
        title: {
            en: "Gave up: some fragments never came",
            zh: "放弃：有分片始终没有到",
        },
        why: {
            en: "Linux waits 30 seconds for missing pieces, then drops those it has. If the first \
                 is among them, the sender hears ICMP time exceeded.",
            zh: "Linux 为缺少的分片等 30 秒，然后丢弃已有的。若首个分片在内，发送者会收到 ICMP 超\
                 时。",
        },
        matters: {
            en: "One lost piece costs the whole packet, so it pays to send packets that need no \
                 cutting.",
            zh: "丢一片就失去整个报文，所以最好发送无须分片的报文。",
        },
        cure: {
            en: "Find where the missing piece is lost: capture at both ends of each cable on the \
                 way.",
            zh: "找出缺失的分片丢在哪里：在途中每条线缆的两端抓包。",
        },
        linux: "net/ipv4/ip_fragment.c ip_expire",
    },
    entry! {
        code: "ip.fragment.joined",
        title: {
            en: "Put the fragments together",
            zh: "分片已重组",
        },
        why: {
            en: "All pieces of the packet are there: from here on, Linux works with the whole one.",
            zh: "报文的分片已齐：此后 Linux 处理的是完整的报文。",
        },
        matters: {
            en: "A director does this before IPVS looks, since only the first piece carries the \
                 ports.",
            zh: "调度器在 IPVS 查看之前就重组，因为只有首个分片带有端口。",
        },
        linux: "net/ipv4/ip_fragment.c ip_frag_reasm",
    },
    entry! {
        code: "ip.fragment.waits",
        title: {
            en: "A fragment waits for the others",
            zh: "一个分片在等其余分片",
        },
        why: {
            en: "A packet for this host came in pieces. Linux keeps them until all are there, for \
                 30 seconds at most.",
            zh: "发给本机的报文被切成了分片。Linux 保留各片直到收齐，最多 30 秒。",
        },
        matters: {
            en: "Nothing happens before the last piece: neither a socket nor IPVS sees half a \
                 packet.",
            zh: "收齐之前什么也不会发生：套接字与 IPVS 都看不到半个报文。",
        },
        linux: "net/ipv4/ip_fragment.c ip_defrag",
    },
    entry! {
        code: "ip.fragmented",
        title: {
            en: "Cut the packet to fit",
            zh: "把报文切成了分片",
        },
        why: {
            en: "It is larger than the MTU of the link, and DF is clear: Linux cuts it, and only \
                 the final receiver puts it together again.",
            zh: "报文大于链路的 MTU，且没有设 DF：Linux 将其分片，由最终接收者重组。",
        },
        matters: {
            en: "With TUN, the outer packet is cut if the inner one has no DF: the real server \
                 has to join the pieces.",
            zh: "TUN 的内层报文没有 DF 时，外层报文会被分片：由真实服务器重组。",
        },
        linux: "net/ipv4/ip_output.c ip_do_fragment",
    },
    entry! {
        code: "ip.local",
        title: {
            en: "Taken in: the packet is for this host",
            zh: "收下：报文是给本机的",
        },
        why: {
            en: "The destination is one of this host's addresses; on which interface that address \
                 is does not matter.",
            zh: "目标是本机地址之一；该地址在哪个接口上无关紧要。",
        },
        matters: {
            en: "This is how a request reaches IPVS: the VIP must be an address of the director, \
                 and with DR and TUN of the real servers too.",
            zh: "请求就是这样到达 IPVS 的：VIP 须是调度器的地址；在 DR 与 TUN 中，也须是真实服务器\
                 的地址。",
        },
        linux: "net/ipv4/ip_input.c ip_local_deliver",
    },
    entry! {
        code: "ip.send",
        title: {
            en: "Sent a packet of this host's own",
            zh: "发出了本机自己的报文",
        },
        why: {
            en: "The best route for the destination names interface and next hop. The source is \
                 the socket's address or, if it has none, the one that the route prefers.",
            zh: "与目标匹配的路由给出接口与下一跳。源地址取套接字的地址；没有时，取路由首选的地\
                 址。",
        },
        matters: {
            en: "A TCP connection keeps the address on which it was accepted: a reply of DR \
                 leaves in the name of the VIP.",
            zh: "TCP 连接一直使用它被接受时的地址：DR 的响应以 VIP 发出。",
        },
        linux: "net/ipv4/ip_output.c __ip_queue_xmit",
    },
];
