//! Netfilter: rules, connection tracking, translation. Linux 6.1 net/ipv4/netfilter/ip_tables.c,
//! net/netfilter/nf_conntrack_core.c, nf_nat_core.c.

use super::{Cure, Entry, Words};

pub(super) const ENTRIES: &[Entry] = &[
    entry! {
        code: "netfilter.conntrack.altered-by-ipvs",
        title: {
            en: "IPVS tells conntrack who will answer",
            zh: "IPVS 告诉 conntrack 由谁应答",
        },
        why: {
            en: "With net.ipv4.vs.conntrack=1, IPVS writes the real server into the reply side of \
                 the entry that the packet carries.",
            zh: "net.ipv4.vs.conntrack=1 时，IPVS 把真实服务器写进报文所带条目，作为应答一方。",
        },
        matters: {
            en: "Only so do SNAT and MASQUERADE in POSTROUTING see packets of LVS-NAT: the \
                 mainline recipe for FULLNAT.",
            zh: "只有这样，POSTROUTING 里的 SNAT 和 MASQUERADE 才会作用于 LVS-NAT 的报文：这就是\
                 主线内核实现 FULLNAT 的办法。",
        },
        linux: "net/netfilter/ipvs/ip_vs_nfct.c ip_vs_update_conntrack",
    },
    entry! {
        code: "netfilter.conntrack.clash",
        title: {
            en: "Dropped: another connection expects the same answers",
            zh: "丢弃：另一条连接在等同样的应答",
        },
        why: {
            en: "An entry is entered under both its tuples when its first packet leaves. If one \
                 of them is taken, the packet is dropped.",
            zh: "首个报文离开时，条目以两个元组登记。若其中一个已被占用，报文就被丢弃。",
        },
        matters: {
            en: "Take a VIP twice, with one real server, and a client that uses one port for both: \
                 the answers could not be told apart.",
            zh: "同一台真实服务器属于不同的 VIP，而客户端用同一个端口访问它们：应答就无法区分。",
        },
        cure: {
            en: "Let the client use another port: the next attempt mostly does.",
            zh: "让客户端换一个端口：下一次尝试通常就会换。",
        },
        linux: "net/netfilter/nf_conntrack_core.c __nf_conntrack_confirm",
    },
    entry! {
        code: "netfilter.conntrack.full",
        title: {
            en: "Dropped: the table of tracked connections is full",
            zh: "丢弃：连接跟踪表已满",
        },
        why: {
            en: "nf_conntrack_max entries are there, and this packet would begin one more. Packets \
                 of known connections still pass.",
            zh: "条目数已达 nf_conntrack_max，而这个报文要新建一条。已有连接的报文仍然通过。",
        },
        matters: {
            en: "The kernel's log says nf_conntrack: table full. New clients hang while old ones \
                 work.",
            zh: "内核日志写着 nf_conntrack 的表已满（table full）：新客户端卡住，老客户端正常。",
        },
        cure: "sysctl -w net.netfilter.nf_conntrack_max=65536",
        linux: "net/netfilter/nf_conntrack_core.c __nf_conntrack_alloc",
    },
    entry! {
        code: "netfilter.conntrack.invalid",
        title: {
            en: "Conntrack cannot place the packet: INVALID",
            zh: "conntrack 无法归类报文：INVALID",
        },
        why: {
            en: "It belongs to no entry and cannot begin one: a stray SYN-ACK, an error about an \
                 unknown packet, a wrong checksum.",
            zh: "它不属于任何条目，也不能新建条目：孤立的 SYN-ACK、关于未知报文的差错，或校验和不\
                 对。",
        },
        matters: {
            en: "INVALID alone drops nothing, but nat leaves it alone and rules may drop it. DR \
                 and TUN directors see one direction only.",
            zh: "INVALID 本身不会丢弃报文，但 nat 不处理它，规则也可能丢弃它。DR 和 TUN 的调度器\
                 只看得到一个方向。",
        },
        linux: "net/netfilter/nf_conntrack_core.c nf_conntrack_in",
    },
    entry! {
        code: "netfilter.conntrack.left-by-ipvs",
        title: {
            en: "IPVS takes its packet out of connection tracking",
            zh: "IPVS 让自己的报文退出连接跟踪",
        },
        why: {
            en: "With net.ipv4.vs.conntrack=0, the default, IPVS keeps its own table only and \
                 marks its packets as untracked.",
            zh: "net.ipv4.vs.conntrack=0（默认）时，IPVS 只用自己的表，并把自己的报文标为不跟踪。",
        },
        matters: {
            en: "From here on no nat rule and no state match works for it: SNAT in POSTROUTING \
                 does nothing.",
            zh: "此后 nat 规则和状态匹配对它都不起作用：POSTROUTING 里的 SNAT 什么也不做。",
        },
        cure: "sysctl -w net.ipv4.vs.conntrack=1",
        linux: "include/net/ip_vs.h ip_vs_notrack",
    },
    entry! {
        code: "netfilter.conntrack.new",
        title: {
            en: "A connection begins: conntrack makes an entry",
            zh: "连接开始：conntrack 新建条目",
        },
        why: {
            en: "The entry travels with the packet, and is entered in the table only when that \
                 leaves or is taken here.",
            zh: "条目随报文同行，报文离开本机或被本机接收时才登记入表。",
        },
        matters: {
            en: "The nat table is asked for this packet alone; all later ones are translated as \
                 their entry says.",
            zh: "nat 表只在这个报文时查询一次；之后的报文都按条目转换。",
        },
        linux: "net/netfilter/nf_conntrack_core.c init_conntrack",
    },
    entry! {
        code: "netfilter.conntrack.original",
        title: {
            en: "Known to conntrack: the way it began",
            zh: "conntrack 已知：与首个报文同向",
        },
        why: {
            en: "Its addresses and ports are those of an entry's first packet.",
            zh: "地址和端口与某个条目中首个报文相同。",
        },
        matters: {
            en: "As long as nobody has answered, its state is NEW; from the first answer on it is \
                 ESTABLISHED.",
            zh: "没有应答之前状态是 NEW；有了第一个应答就是 ESTABLISHED。",
        },
        linux: "net/netfilter/nf_conntrack_core.c resolve_normal_ct",
    },
    entry! {
        code: "netfilter.conntrack.refused",
        title: {
            en: "Only a reset answered: conntrack forgets the entry",
            zh: "只有复位应答：conntrack 删除条目",
        },
        why: {
            en: "A connection whose only answer is a reset never was one. The reset itself is \
                 still translated.",
            zh: "唯一的应答是复位，连接就不曾成立。这个复位报文仍会被转换。",
        },
        matters: {
            en: "So a real server without a listener leaves nothing in the table of a DNAT box.",
            zh: "因此真实服务器没有监听时，做 DNAT 的主机表中什么也不留。",
        },
        linux: "net/netfilter/nf_conntrack_proto_tcp.c nf_conntrack_tcp_packet",
    },
    entry! {
        code: "netfilter.conntrack.related",
        title: {
            en: "An error about a tracked connection: RELATED",
            zh: "关于已跟踪连接的差错：RELATED",
        },
        why: {
            en: "What the ICMP error quotes is turned around and looked up: it belongs to that \
                 entry.",
            zh: "把 ICMP 差错引用的报文反过来查找：它属于那个条目。",
        },
        matters: {
            en: "Errors such as fragmentation needed reach the client through NAT only because of \
                 this.",
            zh: "需要分片之类的差错正因如此才能穿过 NAT 到达客户端。",
        },
        linux: "net/netfilter/nf_conntrack_proto_icmp.c nf_conntrack_inet_error",
    },
    entry! {
        code: "netfilter.conntrack.reply",
        title: {
            en: "Known to conntrack: an answer",
            zh: "conntrack 已知：应答方向",
        },
        why: {
            en: "Its addresses and ports are those that the entry expects of an answer.",
            zh: "地址和端口正是条目所等的应答。",
        },
        matters: {
            en: "Answers must pass the same box: nobody else can turn the translation back.",
            zh: "应答必须经过同一台主机：只有它能把转换还原。",
        },
        linux: "net/netfilter/nf_conntrack_core.c resolve_normal_ct",
    },
    entry! {
        code: "netfilter.nat.destination",
        title: {
            en: "A nat rule gives the connection another destination",
            zh: "nat 规则为连接改换目标",
        },
        why: {
            en: "DNAT and REDIRECT act before routing, at PREROUTING or OUTPUT, once for each \
                 connection.",
            zh: "DNAT 和 REDIRECT 在路由之前起作用，位于 PREROUTING 或 OUTPUT，每条连接一次。",
        },
        matters: {
            en: "A rule that matches a VIP takes the packet away before IPVS at INPUT can see it.",
            zh: "匹配 VIP 的规则会在 INPUT 处的 IPVS 看到报文之前就把它带走。",
        },
        linux: "net/netfilter/xt_nat.c xt_dnat_target_v0",
    },
    entry! {
        code: "netfilter.nat.destination-set",
        title: {
            en: "The destination is translated",
            zh: "目标被转换",
        },
        why: {
            en: "The connection's entry says to whom: a request goes to the new destination, an \
                 answer back to the real sender.",
            zh: "按连接的条目：请求发往新目标，应答则还给真正的发送者。",
        },
        matters: {
            en: "Rules are not asked again, so a changed rule does not move a connection that \
                 stands.",
            zh: "不会再查规则，所以修改规则不影响已有的连接。",
        },
        linux: "net/netfilter/nf_nat_core.c nf_nat_packet",
    },
    entry! {
        code: "netfilter.nat.error-set",
        title: {
            en: "An ICMP error is translated, quote included",
            zh: "ICMP 差错连同引用一起转换",
        },
        why: {
            en: "Addresses outside and in the quoted packet are changed, so that its receiver \
                 finds its own packet in it.",
            zh: "外层地址和被引用报文的地址都要改，接收者才能认出自己的报文。",
        },
        matters: {
            en: "IPVS does the same for its own NAT, from its own table.",
            zh: "IPVS 对自己的 NAT 也这样做，依据的是自己的表。",
        },
        linux: "net/netfilter/nf_nat_proto.c nf_nat_icmp_reply_translation",
    },
    entry! {
        code: "netfilter.nat.interface-changed",
        title: {
            en: "Dropped: MASQUERADE was made for another interface",
            zh: "丢弃：MASQUERADE 属于另一个接口",
        },
        why: {
            en: "The address belongs to the interface by which the connection left first. By \
                 another one it would be wrong: the entry ends.",
            zh: "地址属于连接最初离开的接口。从别的接口出去就不对了：条目随之结束。",
        },
        matters: {
            en: "After a change of routes, connections under MASQUERADE through a director must begin \
                 anew.",
            zh: "路由改变之后，经调度器做 MASQUERADE 的连接须重新建立。",
        },
        cure: {
            en: "Begin the connection anew; where routes change often, use SNAT with an address of \
                 its own.",
            zh: "重新建立连接；若路由经常变化，改用带固定地址的 SNAT。",
        },
        linux: "net/netfilter/nf_nat_core.c nf_nat_oif_changed",
    },
    entry! {
        code: "netfilter.nat.no-address",
        title: {
            en: "Dropped: nothing to translate to",
            zh: "丢弃：没有可用于转换的地址",
        },
        why: {
            en: "MASQUERADE and REDIRECT take an address of the interface, and this one has none \
                 that fits.",
            zh: "MASQUERADE 和 REDIRECT 使用接口的地址，而这个接口没有合适的地址。",
        },
        matters: {
            en: "A director that does MASQUERADE needs an address of its own towards the real \
                 servers.",
            zh: "做 MASQUERADE 的调度器在真实服务器一侧要有自己的地址。",
        },
        cure: {
            en: "Give the interface by which it leaves an address: ip addr add.",
            zh: "给出口接口配一个地址：ip addr add。",
        },
        linux: "net/netfilter/nf_nat_masquerade.c nf_nat_masquerade_ipv4",
    },
    entry! {
        code: "netfilter.nat.port-taken",
        title: {
            en: "Another source port: its own is taken",
            zh: "换源端口：原端口已被占用",
        },
        why: {
            en: "Answers to two connections would look the same, so nat picks a free port, even \
                 without a rule.",
            zh: "两条连接的应答会一模一样，所以 nat 另选一个空闲端口，即使没有规则。",
        },
        matters: {
            en: "The real server sees a port that the client never used.",
            zh: "真实服务器看到的是客户端从未用过的端口。",
        },
        linux: "net/netfilter/nf_nat_core.c get_unique_tuple",
    },
    entry! {
        code: "netfilter.nat.redirect-dropped",
        title: {
            en: "Dropped: a redirect about a translated connection",
            zh: "丢弃：关于已转换连接的重定向",
        },
        why: {
            en: "A redirect names a gateway for an address. For a translated one it would name \
                 the wrong one.",
            zh: "重定向为某个地址指出网关。地址经过转换，指出的就是错的。",
        },
        matters: {
            en: "A one-armed box sends no redirects about what it translates, its own neither; \
                 about what it only routes on it does.",
            zh: "单臂主机不会为经它转换的报文发送重定向，自己产生的也不发；仅仅转发的报文照样会发。",
        },
        cure: {
            en: "Stop the redirects at their sender: send_redirects=0 both in all and on its \
                 interface.",
            zh: "在发送者处停掉重定向：all 和接口上都设 send_redirects=0。",
        },
        linux: "net/netfilter/nf_nat_proto.c nf_nat_icmp_reply_translation",
    },
    entry! {
        code: "netfilter.nat.source",
        title: {
            en: "A nat rule gives the connection another source",
            zh: "nat 规则为连接改换源",
        },
        why: {
            en: "SNAT and MASQUERADE act last of all, at POSTROUTING, once for each connection. \
                 The port is kept if it is free.",
            zh: "SNAT 和 MASQUERADE 最后起作用，位于 POSTROUTING，每条连接一次。端口空闲就保留。",
        },
        matters: {
            en: "With it the real server answers to the director itself, and needs no route to \
                 the client.",
            zh: "有了它，真实服务器就应答调度器本身，不需要通往客户端的路由。",
        },
        linux: "net/netfilter/xt_nat.c xt_snat_target_v0",
    },
    entry! {
        code: "netfilter.nat.source-set",
        title: {
            en: "The source is translated",
            zh: "源被转换",
        },
        why: {
            en: "The connection's entry says to what: a request comes from the new source, an \
                 answer from whom the client asked.",
            zh: "按连接的条目：请求来自新的源，应答则来自客户端当初访问的地址。",
        },
        matters: {
            en: "Rules are not asked again, so a changed rule does not move a connection that \
                 stands.",
            zh: "不会再查规则，所以修改规则不影响已有的连接。",
        },
        linux: "net/netfilter/nf_nat_core.c nf_nat_packet",
    },
    entry! {
        code: "netfilter.policy.drop",
        title: {
            en: "Dropped: no rule decided, and the policy is DROP",
            zh: "丢弃：没有规则命中，策略是 DROP",
        },
        why: {
            en: "A built-in chain has a policy for what no rule decided about. Nobody hears of \
                 what it drops.",
            zh: "内置链的策略处理没有规则命中的报文。丢弃时不通知任何人。",
        },
        matters: {
            en: "INPUT stands before IPVS. FORWARD sees the replies of LVS-NAT, still with the \
                 real server's address.",
            zh: "INPUT 在 IPVS 之前。FORWARD 看到的是 LVS-NAT 的应答，源仍是真实服务器的地址。",
        },
        cure: {
            en: "Add a rule that accepts the packet (iptables -A), or set the policy with iptables \
                 -P to ACCEPT.",
            zh: "添加接受它的规则（iptables -A），或用 iptables -P 把策略设为 ACCEPT。",
        },
        linux: "net/ipv4/netfilter/ip_tables.c ipt_do_table",
    },
    entry! {
        code: "netfilter.reject.reset",
        title: {
            en: "The rejected segment is answered by a reset",
            zh: "被拒绝的报文段以复位应答",
        },
        why: {
            en: "REJECT --reject-with tcp-reset makes the reset in the name of whom the segment \
                 was for.",
            zh: "REJECT --reject-with tcp-reset 以报文段的接收者的名义发出复位。",
        },
        matters: {
            en: "To the client it looks as if nobody listened on the VIP.",
            zh: "客户端看来就像 VIP 上没有人监听。",
        },
        linux: "net/ipv4/netfilter/nf_reject_ipv4.c nf_send_reset",
    },
    entry! {
        code: "netfilter.rule.accept",
        title: {
            en: "A rule lets the packet pass",
            zh: "规则放行报文",
        },
        why: {
            en: "ACCEPT ends this chain only: the packet still meets the tables and hooks behind \
                 it.",
            zh: "ACCEPT 只结束这条链：后面的表和钩子照样要经过。",
        },
        matters: {
            en: "A director's INPUT must accept VIP and port, or IPVS behind it sees nothing.",
            zh: "调度器的 INPUT 必须放行 VIP 和端口，否则后面的 IPVS 什么也看不到。",
        },
        linux: "net/ipv4/netfilter/ip_tables.c ipt_do_table",
    },
    entry! {
        code: "netfilter.rule.drop",
        title: {
            en: "A rule drops the packet",
            zh: "规则丢弃报文",
        },
        why: {
            en: "DROP ends everything for this packet, and nobody hears of it: a client waits and \
                 tries again.",
            zh: "DROP 让报文到此为止，不通知任何人：客户端只能等待并重试。",
        },
        matters: {
            en: "INPUT stands before IPVS. FORWARD sees the replies of LVS-NAT, OUTPUT the \
                 requests that IPVS sends.",
            zh: "INPUT 在 IPVS 之前。FORWARD 看到 LVS-NAT 的应答，OUTPUT 看到 IPVS 发出的请求。",
        },
        cure: {
            en: "Delete the rule (iptables -D), or put one that accepts the packet before it \
                 (iptables -I).",
            zh: "删除规则（iptables -D），或在它前面插入一条接受的规则（iptables -I）。",
        },
        linux: "net/ipv4/netfilter/ip_tables.c ipt_do_table",
    },
    entry! {
        code: "netfilter.rule.mark",
        title: {
            en: "A rule marks the packet",
            zh: "规则给报文打标记",
        },
        why: {
            en: "MARK writes a number beside the packet. It is known on this host only, and no \
                 byte changes.",
            zh: "MARK 在报文旁记一个数字。它只在本机有效，不改动任何字节。",
        },
        matters: {
            en: "A service by mark (ipvsadm -f) gathers what carries its number. The mark must be \
                 set before IPVS, at PREROUTING.",
            zh: "按标记的服务（ipvsadm -f）接收带有该数字的报文。标记须在 IPVS 之前打上，即在 \
                 PREROUTING。",
        },
        linux: "net/netfilter/xt_mark.c mark_tg",
    },
    entry! {
        code: "netfilter.rule.notrack",
        title: {
            en: "A rule takes the packet out of tracking",
            zh: "规则让报文退出连接跟踪",
        },
        why: {
            en: "In the raw table, before conntrack: the packet gets no entry, and its state is \
                 UNTRACKED.",
            zh: "在 raw 表中，位于 conntrack 之前：报文没有条目，状态是 UNTRACKED。",
        },
        matters: {
            en: "For DR and TUN directors, which see one direction only, this keeps half-open \
                 entries away.",
            zh: "DR 和 TUN 的调度器只看得到一个方向，这样可避免半开的条目。",
        },
        linux: "net/netfilter/xt_CT.c notrack_tg",
    },
    entry! {
        code: "netfilter.rule.reject",
        title: {
            en: "A rule rejects the packet, and says so",
            zh: "规则拒绝报文并告知",
        },
        why: {
            en: "REJECT drops the packet and tells its sender at once, by an ICMP error or a TCP \
                 reset.",
            zh: "REJECT 丢弃报文，并立即用 ICMP 差错或 TCP 复位告知发送者。",
        },
        matters: {
            en: "A client sees a refused connection instead of a timeout.",
            zh: "客户端看到的是连接被拒绝，而不是超时。",
        },
        cure: {
            en: "Delete the rule (iptables -D), or put one that accepts the packet before it \
                 (iptables -I).",
            zh: "删除规则（iptables -D），或在它前面插入一条接受的规则（iptables -I）。",
        },
        linux: "net/ipv4/netfilter/ipt_REJECT.c reject_tg",
    },
    entry! {
        code: "netfilter.rule.unreadable",
        title: {
            en: "Dropped: the packet is too short for a rule to read",
            zh: "丢弃：报文太短，没有规则要看的内容",
        },
        why: {
            en: "A rule with a port, TCP flag or ICMP type reads the transport header. A packet \
                 whose header is cut short is dropped there, whatever the rule's target is.",
            zh: "带端口、TCP 标志或 ICMP 类型的规则要读传输层首部。首部不完整的报文就在那里被丢弃，与规则的动作无关。",
        },
        matters: {
            en: "No traffic of ordinary hosts is so short. The rule counts nothing, and a policy \
                 of ACCEPT does not save the packet.",
            zh: "正常主机不会发这么短的报文。规则的计数不变，默认策略是 ACCEPT 也不放行。",
        },
        cure: {
            en: "None on this host: look for who sends such packets.",
            zh: "本机无需处理：去找是谁在发这种报文。",
        },
        linux: "net/netfilter/xt_tcpudp.c tcp_mt",
    },
];
