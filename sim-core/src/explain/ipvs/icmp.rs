//! IPVS: ICMP errors about its connections. Linux 6.1 net/netfilter/ipvs/ip_vs_core.c.

use crate::explain::{Cure, Entry, Words};

pub(in crate::explain) const ENTRIES: &[Entry] = &[
    entry! {
        code: "ipvs.icmp.checksum",
        title: {
            en: "Dropped: the ICMP error has a wrong checksum",
            zh: "丢弃：ICMP 差错的校验和不对",
        },
        why: {
            en: "IPVS checks the sum before it acts on an ICMP error about a connection: a \
                 damaged one must not leave with a new, right sum.",
            zh: "IPVS 先检查校验和，再处理与连接有关的 ICMP 差错：损坏的差错不能带着正确的校验和出\
                 去。",
        },
        matters: {
            en: "It was damaged on its way, or its sender is broken.",
            zh: "它在途中损坏，或发送者有缺陷。",
        },
        cure: {
            en: "Capture at both ends of each cable on the way: whoever sends the first damaged \
                 copy is at fault.",
            zh: "在途中每条线缆的两端抓包：最先发出损坏报文的就是问题所在。",
        },
        linux: "net/netfilter/ipvs/ip_vs_core.c handle_response_icmp",
    },
    entry! {
        code: "ipvs.icmp.foreign-tunnel",
        title: {
            en: "Let pass: an ICMP error about somebody else's tunnel",
            zh: "放行：关于他人隧道的 ICMP 差错",
        },
        why: {
            en: "The quoted packet is a tunnel packet, but not one that IPVS has sent to a real \
                 server of TUN.",
            zh: "差错引用的是隧道报文，但不是 IPVS 发往 TUN 真实服务器的。",
        },
        matters: {
            en: "The host handles it as usual: it may have tunnels of its own.",
            zh: "主机照常处理：它可能另有自己的隧道。",
        },
        linux: "net/netfilter/ipvs/ip_vs_core.c ip_vs_in_icmp",
    },
    entry! {
        code: "ipvs.icmp.local",
        title: {
            en: "NAT, FULLNAT: an ICMP error for a server on this host",
            zh: "NAT、FULLNAT：给本机服务器的 ICMP 差错",
        },
        why: {
            en: "It belongs to a connection that the director serves itself: outside and in the \
                 quote, the VIP becomes the RIP.",
            zh: "它属于调度器自己服务的连接：外层与引用中的 VIP 都换成 RIP。",
        },
        matters: {
            en: "So the server's socket recognises its own packet in the quote.",
            zh: "服务器的套接字由此在引用中认出自己的报文。",
        },
        linux: "net/netfilter/ipvs/ip_vs_xmit.c ip_vs_icmp_xmit",
    },
    entry! {
        code: "ipvs.icmp.no-conn",
        title: {
            en: "Let pass: an ICMP error about no connection in the table",
            zh: "放行：与表中连接无关的 ICMP 差错",
        },
        why: {
            en: "IPVS looks for the connection of the quoted packet and finds none. An error opens \
                 one only with schedule_icmp at 1, and where there is a service.",
            zh: "IPVS 按引用的报文查找连接，没有找到。只有 schedule_icmp 为 1 且有对应的服务时，差错才会\
                 新建连接。",
        },
        matters: {
            en: "A socket of the director may want it. If it is about a packet of NAT, the entry \
                 has expired.",
            zh: "它可能与调度器的套接字有关。若涉及 NAT 的报文，则表项已过期。",
        },
        linux: "net/netfilter/ipvs/ip_vs_core.c ip_vs_in_icmp",
    },
    entry! {
        code: "ipvs.icmp.no-dest",
        title: {
            en: "Dropped: an ICMP error that no destination can take",
            zh: "丢弃：没有真实服务器可以接收的 ICMP 差错",
        },
        why: {
            en: "With schedule_icmp at 1 an error about a connection that is not in the table is \
                 scheduled, but the service has no destination for it. Nobody answers an error.",
            zh: "schedule_icmp 为 1 时，关于表中没有的连接的差错也会被调度，但服务没有可用的真实服务器。\
                 对差错不再报错。",
        },
        matters: {
            en: "Whoever sent the quoted packet does not learn what became of it.",
            zh: "被引用报文的发送者不会知道它的下场。",
        },
        cure: {
            en: "Add a real server, or give one a weight above 0: ipvsadm -Ln shows them.",
            zh: "添加真实服务器，或把某台的权重设为大于 0：用 ipvsadm -Ln 查看。",
        },
        linux: "net/netfilter/ipvs/ip_vs_core.c ip_vs_leave",
    },
    entry! {
        code: "ipvs.icmp.not-error",
        title: {
            en: "Let pass: this ICMP message is no error",
            zh: "放行：这个 ICMP 消息不是差错",
        },
        why: {
            en: "IPVS cares only for ICMP errors (types 3, 4 and 11); echo requests and the rest \
                 are the director's own.",
            zh: "IPVS 只关心 ICMP 差错（类型 3、4、11）；回显请求等由调度器自己处理。",
        },
        matters: {
            en: "So it is the director that answers a ping to the VIP, which says nothing about \
                 the real servers.",
            zh: "所以 ping VIP 由调度器回应，说明不了真实服务器的状况。",
        },
        linux: "net/netfilter/ipvs/ip_vs_core.c ip_vs_in_icmp",
    },
    entry! {
        code: "ipvs.icmp.relayed",
        title: {
            en: "TUN: passed an error about the tunnel on to the client",
            zh: "TUN：把隧道的差错转告客户端",
        },
        why: {
            en: "A router or the real server complained to the director about the outer packet. \
                 The client gets the same ICMP error, in the VIP's name.",
            zh: "路由器或真实服务器就外层报文向调度器报错。调度器以 VIP 之名，把同样的 ICMP 差错发\
                 给客户端。",
        },
        matters: {
            en: "Protocol unreachable: the real server lacks the module ipip. Port unreachable: \
                 its tunl0 is down.",
            zh: "协议不可达：真实服务器缺少 ipip 模块。端口不可达：它的 tunl0 没有启用。",
        },
        linux: "net/netfilter/ipvs/ip_vs_core.c ip_vs_in_icmp",
    },
    entry! {
        code: "ipvs.icmp.reply",
        title: {
            en: "NAT: a server's ICMP error leaves in the VIP's name",
            zh: "NAT：服务器的 ICMP 差错以 VIP 之名发出",
        },
        why: {
            en: "The source becomes the VIP, and in the quote the RIP becomes the VIP, so that \
                 the client recognises the packet that it sent.",
            zh: "源地址换成 VIP，引用中的 RIP 也换成 VIP，客户端才能认出自己发的报文。",
        },
        matters: {
            en: "Otherwise the client would hear of an address that it never asked, and ignore it.",
            zh: "否则客户端收到的差错关于一个从未请求过的地址，会置之不理。",
        },
        linux: "net/netfilter/ipvs/ip_vs_core.c handle_response_icmp",
    },
    entry! {
        code: "ipvs.icmp.reply-here",
        title: {
            en: "NAT, FULLNAT: an ICMP error to a client on this host",
            zh: "NAT、FULLNAT：给本机客户端的 ICMP 差错",
        },
        why: {
            en: "The client runs on the director: source and quote get the VIP, then the error \
                 goes to the client's socket.",
            zh: "客户端就在调度器上：源地址与引用都换成 VIP，再把差错交给客户端的套接字。",
        },
        matters: {
            en: "The client recognises its own packet and fails at once instead of waiting.",
            zh: "客户端认出自己的报文，立即失败，不必久等。",
        },
        linux: "net/netfilter/ipvs/ip_vs_core.c handle_response_icmp",
    },
    entry! {
        code: "ipvs.icmp.request",
        title: {
            en: "NAT, FULLNAT: passed an ICMP error on to the server",
            zh: "NAT、FULLNAT：把 ICMP 差错转给真实服务器",
        },
        why: {
            en: "The error is about a reply that left in the VIP's name. Destination and quote \
                 become the RIP again, under which the server sent it; with FULLNAT the LIP too.",
            zh: "差错针对以 VIP 之名发出的响应。目标与引用换回 RIP，服务器当初就是以它发出的；\
                 FULLNAT 还换回 LIP。",
        },
        matters: {
            en: "So path MTU discovery works through the director: the real server learns how much \
                 fits on the way to the client.",
            zh: "所以路径 MTU 发现能穿过调度器：真实服务器得知到客户端的路容得下多大。",
        },
        linux: "net/netfilter/ipvs/ip_vs_xmit.c ip_vs_icmp_xmit",
    },
    entry! {
        code: "ipvs.icmp.seen",
        title: {
            en: "Saw an ICMP error that needs no translation",
            zh: "看到了无须转换的 ICMP 差错",
        },
        why: {
            en: "It is on its way to the client, about a connection of DR or TUN, whose addresses \
                 IPVS never changes.",
            zh: "它正发往客户端，针对 DR 或 TUN 的连接，而 IPVS 从不改动其地址。",
        },
        matters: {
            en: "Unusual: such errors mostly go from real server to client without passing the \
                 director.",
            zh: "少见：这类差错多由真实服务器直达客户端，不经过调度器。",
        },
        linux: "net/netfilter/ipvs/ip_vs_core.c handle_response_icmp",
    },
    entry! {
        code: "ipvs.icmp.swallowed",
        title: {
            en: "TUN: kept back an error that the client need not know",
            zh: "TUN：扣下了无须告知客户端的差错",
        },
        why: {
            en: "The outer packet was too big for its path, but the client's packet may be cut: \
                 from now on the director fragments the outer one.",
            zh: "外层报文对沿途来说过大，但客户端的报文允许分片：此后由调度器对外层分片。",
        },
        matters: {
            en: "This one packet is lost; those after it pass.",
            zh: "只丢失这一个报文，后面的都能通过。",
        },
        linux: "net/netfilter/ipvs/ip_vs_core.c ip_vs_in_icmp",
    },
    entry! {
        code: "ipvs.icmp.truncated",
        title: {
            en: "Dropped: the ICMP message ends within its header",
            zh: "丢弃：ICMP 消息在首部内就中断",
        },
        why: {
            en: "An ICMP message has at least 8 bytes; this one has fewer.",
            zh: "ICMP 消息至少有 8 字节，而这个不足。",
        },
        matters: {
            en: "No ordinary sender makes such messages.",
            zh: "正常的发送者不会产生这种消息。",
        },
        cure: {
            en: "Find the sender by its MAC address: nothing on the director can mend this.",
            zh: "按 MAC 地址找到发送者：在调度器上无法修复。",
        },
        linux: "net/netfilter/ipvs/ip_vs_core.c ip_vs_in_icmp",
    },
    entry! {
        code: "ipvs.icmp.unreadable",
        title: {
            en: "Let pass: the quote of the ICMP error cannot be read",
            zh: "放行：ICMP 差错的引用无法读取",
        },
        why: {
            en: "An ICMP error quotes the packet that it is about. This quote is cut short, or of \
                 a protocol that IPVS does not schedule.",
            zh: "ICMP 差错会引用它所针对的报文。这里的引用不完整，或属于 IPVS 不调度的协议。",
        },
        matters: {
            en: "The host handles it as usual.",
            zh: "主机照常处理。",
        },
        linux: "net/netfilter/ipvs/ip_vs_core.c ip_vs_in_icmp",
    },
];
