//! ARP: who is answered and who is not, and in whose name this host asks. Linux 6.1 net/ipv4/arp.c.

use super::{Cure, Entry, Words};

pub(super) const ENTRIES: &[Entry] = &[
    entry! {
        code: "arp.ask.interface-address",
        title: {
            en: "Asked by ARP in the name of the interface's own address",
            zh: "以接口自己的地址发出 ARP 请求",
        },
        why: {
            en: "The sender in an ARP request is the waiting packet's source only if that is a \
                 local address and arp_announce allows it; otherwise it is an address of the \
                 outgoing interface.",
            zh: "待发报文的源地址是本机地址且 arp_announce 允许时，ARP 请求才填它；否则填发出接口\
                 的地址。",
        },
        matters: {
            en: "Nobody's entry for the VIP is touched. With DR, this is how a real server must \
                 ask for its gateway.",
            zh: "这样不会改动别人邻居表里的 VIP。DR 的真实服务器就应这样询问网关。",
        },
        linux: "net/ipv4/arp.c arp_solicit",
    },
    entry! {
        code: "arp.ask.packet-source",
        title: {
            en: "Asked by ARP in the name of the packet's source address",
            zh: "以报文的源地址发出 ARP 请求",
        },
        why: {
            en: "arp_announce is 0, or 1 with the source in the interface's subnet: the ARP \
                 request names the source of the packet that waits, if that is a local address.",
            zh: "arp_announce 为 0，或为 1 且源地址在接口的子网内：待发报文的源地址只要是本机地\
                 址，ARP 请求就填它。",
        },
        matters: {
            en: "If that source is the VIP, as with DR, whoever is asked moves the VIP to this \
                 MAC address at once, and requests go past the director.",
            zh: "若源地址是 VIP（如 DR 的响应），被询问者立即把 VIP 改记到这个 MAC 地址，请求从此\
                 绕过调度器。",
        },
        cure: "sysctl -w net.ipv4.conf.all.arp_announce=2",
        linux: "net/ipv4/arp.c arp_solicit",
    },
    entry! {
        code: "arp.reply.any-interface",
        title: {
            en: "Answered ARP for an address that is on another interface",
            zh: "应答了询问另一接口地址的 ARP 请求",
        },
        why: {
            en: "Addresses belong to the host, not to the interface: with arp_ignore at 0, Linux \
                 answers for any address it owns, whichever interface was asked.",
            zh: "地址属于主机而非接口：arp_ignore 为 0 时，无论从哪个接口问来，Linux 都为本机的任\
                 何地址应答。",
        },
        matters: {
            en: "With DR the VIP is on every real server: each of them claims it, and the \
                 quickest wins.",
            zh: "DR 中每台真实服务器都有 VIP：它们都来抢答，最快者得到 VIP。",
        },
        cure: "sysctl -w net.ipv4.conf.all.arp_ignore=1",
        linux: "net/ipv4/arp.c arp_ignore",
    },
    entry! {
        code: "arp.reply.own-interface",
        title: {
            en: "Answered ARP for an address of the interface that was asked",
            zh: "应答了询问本接口地址的 ARP 请求",
        },
        why: {
            en: "The address is on the very interface that the request came in by: arp_ignore 0 \
                 and 1 both allow the answer.",
            zh: "地址就在收到请求的接口上：arp_ignore 为 0 或 1 都允许应答。",
        },
        matters: {
            en: "On the director this is as it should be. On a real server of DR, arp_ignore=1 \
                 does not hide a VIP on this interface: move it to lo.",
            zh: "在调度器上正该如此。DR 的真实服务器若把 VIP 放在此接口，arp_ignore=1 也藏不住：应\
                 移到 lo 上。",
        },
        linux: "net/ipv4/arp.c arp_process",
    },
    entry! {
        code: "arp.reply.proxy",
        title: {
            en: "Answered ARP on behalf of another host",
            zh: "代另一台主机应答了 ARP 请求",
        },
        why: {
            en: "Forwarding is on, and proxy_arp or a proxy entry lets this host offer its own \
                 MAC address for an address that it has a route to.",
            zh: "本机已开启转发，且 proxy_arp 或代理表项允许它用自己的 MAC 地址，替它能路由到的地\
                 址应答。",
        },
        matters: {
            en: "Packets for that address now come here first. arp_ignore does not hold back such \
                 an answer, not even for a VIP.",
            zh: "发往该地址的报文从此先到这里。arp_ignore 管不到这种应答，即使问的是 VIP。",
        },
        cure: {
            en: "Turn proxy_arp off both in all and on the interface, or delete the entry that ip \
                 neigh show proxy lists.",
            zh: "在 all 和接口上关闭 proxy_arp，或删除 ip neigh show proxy 列出的表项。",
        },
        linux: "net/ipv4/arp.c arp_fwd_proxy",
    },
    entry! {
        code: "arp.silent.always",
        title: {
            en: "Stayed silent: this host answers no ARP at all",
            zh: "保持沉默：本机不应答任何 ARP 请求",
        },
        why: {
            en: "With arp_ignore at 8, Linux answers no ARP request for any address of its own.",
            zh: "arp_ignore 为 8 时，Linux 不为任何本机地址应答 ARP 请求。",
        },
        matters: {
            en: "The VIP is hidden, and so is the RIP: the director cannot reach this host \
                 without a permanent neighbour entry. For DR, use arp_ignore=1 instead.",
            zh: "VIP 藏住了，RIP 也藏住了：没有永久的邻居表项，调度器就到不了本机。DR 应改用 \
                 arp_ignore=1。",
        },
        cure: {
            en: "Set arp_ignore to 1 where it is 8, in all or on the interface.",
            zh: "把值为 8 的 arp_ignore 改为 1：在 all 或接口上。",
        },
        linux: "net/ipv4/arp.c arp_ignore",
    },
    entry! {
        code: "arp.silent.bad-source",
        title: {
            en: "Stayed silent: the asker's address cannot be true here",
            zh: "保持沉默：询问者的地址在此处不可能成立",
        },
        why: {
            en: "An ARP request is checked like a packet from the asker: an asker that claims an \
                 address of this host, or that fails rp_filter, gets no answer.",
            zh: "ARP 请求像询问者发来的报文一样受检查：询问者自称本机的地址，或通不过 rp_filter，\
                 就不应答。",
        },
        matters: {
            en: "A director owns the VIP, so it answers nobody who asks in the VIP's name: a real \
                 server that asks so (arp_announce=0) never finds it.",
            zh: "调度器拥有 VIP，所以不理会以 VIP 之名的询问：这样问的真实服务器（arp_announce=0）\
                 永远找不到它。",
        },
        cure: {
            en: "On the host that asks: sysctl -w net.ipv4.conf.all.arp_announce=2.",
            zh: "在发出询问的主机上：sysctl -w net.ipv4.conf.all.arp_announce=2。",
        },
        linux: "net/ipv4/fib_frontend.c fib_validate_source",
    },
    entry! {
        code: "arp.silent.filter",
        title: {
            en: "Stayed silent: the way back leaves by another interface",
            zh: "保持沉默：回程从另一接口出去",
        },
        why: {
            en: "arp_filter is on: Linux answers only on the interface that its route back to the \
                 asker uses.",
            zh: "arp_filter 已开启：只有请求来自回程路由所用的接口，Linux 才应答。",
        },
        matters: {
            en: "With several interfaces in one subnet, only one of them answers. It does not \
                 hide the VIP of DR: the way back does leave by the interface that was asked.",
            zh: "同一子网有多个接口时，只有一个应答。它藏不住 DR 的 VIP：回程恰好走被问的接口。",
        },
        cure: {
            en: "If this interface should answer, set arp_filter to 0 both on it and in all.",
            zh: "若应由这个接口应答，把它的和 all 的 arp_filter 都设为 0。",
        },
        linux: "net/ipv4/arp.c arp_filter",
    },
    entry! {
        code: "arp.silent.not-in-subnet",
        title: {
            en: "Stayed silent: asker and address share no subnet here",
            zh: "保持沉默：询问者与该地址不在同一子网",
        },
        why: {
            en: "arp_ignore is 2: Linux answers only if one subnet of the interface that was \
                 asked holds both the address and the asker.",
            zh: "arp_ignore 为 2：收到请求的接口上须有一个子网同时包含该地址与询问者，Linux 才应\
                 答。",
        },
        matters: {
            en: "Hosts of other networks on the same wire get no answer. A VIP on lo is silent \
                 with the value 1 already.",
            zh: "同一线路上其他网络的主机得不到应答。对 lo 上的 VIP，取值 1 就已沉默。",
        },
        linux: "net/ipv4/arp.c arp_ignore",
    },
    entry! {
        code: "arp.silent.not-mine",
        title: {
            en: "Stayed silent: the address belongs to somebody else",
            zh: "保持沉默：该地址不属于本机",
        },
        why: {
            en: "Linux answers ARP for its own addresses only, unless proxy_arp tells it to \
                 answer for others.",
            zh: "Linux 只为本机地址应答 ARP，除非 proxy_arp 要求代答。",
        },
        matters: {
            en: "Routine: everybody on the segment hears a broadcast request, and one host \
                 answers.",
            zh: "正常情况：广播请求全网段都听得到，只有一台主机应答。",
        },
        linux: "net/ipv4/arp.c arp_process",
    },
    entry! {
        code: "arp.silent.not-on-interface",
        title: {
            en: "Stayed silent: the address is on another interface",
            zh: "保持沉默：该地址在另一接口上",
        },
        why: {
            en: "arp_ignore is 1 or 2: Linux answers only for addresses of the interface that was \
                 asked. The larger value of all and that interface counts, not the value of lo.",
            zh: "arp_ignore 为 1 或 2：Linux 只为收到请求的接口上的地址应答。取 all 与该接口的较大\
                 值，lo 的值不算。",
        },
        matters: {
            en: "With DR the real servers thus leave the VIP to the director: one half of the \
                 cure. The other half is arp_announce=2.",
            zh: "DR 中真实服务器因此把 VIP 让给调度器：这是解法的一半，另一半是 arp_announce=2。",
        },
        linux: "net/ipv4/arp.c arp_ignore",
    },
    entry! {
        code: "arp.silent.proxy-full",
        title: {
            en: "Stayed silent: too many proxy answers wait already",
            zh: "保持沉默：等待发出的代理应答过多",
        },
        why: {
            en: "A proxy delays its answers by chance, so that the owner of the address can be \
                 first. At most 65 wait on an interface (proxy_qlen).",
            zh: "代理应答随机延迟，好让地址的主人先答。每个接口最多有 65 个在等（proxy_qlen）。",
        },
        matters: {
            en: "The asker asks again after 1 second, so little is lost.",
            zh: "询问者 1 秒后会再问，损失不大。",
        },
        cure: {
            en: "Raise proxy_qlen on the interface, or lower proxy_delay, so that fewer answers \
                 wait.",
            zh: "调大接口的 proxy_qlen，或调小 proxy_delay，让等待的应答少一些。",
        },
        linux: "net/core/neighbour.c pneigh_enqueue",
    },
    entry! {
        code: "arp.silent.scope-host",
        title: {
            en: "Stayed silent: the address has scope host",
            zh: "保持沉默：该地址的作用域是 host",
        },
        why: {
            en: "arp_ignore is 3: Linux answers for all its addresses except those of scope host, \
                 which are meant for the host itself.",
            zh: "arp_ignore 为 3：除作用域为 host、只供本机自用的地址外，Linux 一律应答。",
        },
        matters: {
            en: "A VIP is hidden in this way only if it was added with scope host; ip addr add \
                 gives it scope global unless told otherwise.",
            zh: "只有以 scope host 添加的 VIP 才会这样隐藏；ip addr add 不加说明时给的是 global。",
        },
        linux: "net/ipv4/arp.c arp_ignore",
    },
];
