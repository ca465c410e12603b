//! The neighbour table: from an IP address to a MAC address. Linux 6.1 net/core/neighbour.c.

use super::{Cure, Entry, Words};

pub(super) const ENTRIES: &[Entry] = &[
    entry! {
        code: "neigh.confirmed",
        title: {
            en: "The neighbour is still at the same MAC address",
            zh: "邻居仍在同一个 MAC 地址",
        },
        why: {
            en: "An ARP frame named the MAC address that is in the table already. A reply sent to \
                 this host alone makes the entry REACHABLE; a request leaves it as it is.",
            zh: "ARP 帧给出的 MAC 地址与邻居表一致。只发给本机的应答使表项成为 REACHABLE；请求不改\
                 变表项。",
        },
        matters: {
            en: "Routine, and the check that a takeover lacks: as long as the old holder of the VIP \
                 answers, its neighbours keep their entry.",
            zh: "很正常。接管时要留意：VIP 的原主只要还在应答，邻居就保留原来的表项。",
        },
        linux: "net/core/neighbour.c __neigh_update",
    },
    entry! {
        code: "neigh.failed",
        title: {
            en: "Nobody answered ARP: the neighbour cannot be reached",
            zh: "无人应答 ARP：邻居不可达",
        },
        why: {
            en: "Linux asks 3 times, 1 second apart, then gives up: the entry becomes FAILED, and \
                 the senders of waiting packets hear ICMP host unreachable.",
            zh: "Linux 每隔 1 秒询问一次，3 次后放弃：表项变为 FAILED，待发报文的发送者收到 ICMP \
                 主机不可达。",
        },
        matters: {
            en: "IPVS takes no notice: a dead real server stays in the table and gets its share \
                 until a health check removes it.",
            zh: "IPVS 并不理会：停机的真实服务器仍在表中，照样分到连接，直到健康检查将其移除。",
        },
        cure: {
            en: "See that the neighbour is on, on this segment, and owns the address; else route \
                 to it by a gateway.",
            zh: "确认邻居已开机、在本网段、拥有这个地址；否则应经网关到达它。",
        },
        linux: "net/core/neighbour.c neigh_invalidate",
    },
    entry! {
        code: "neigh.learned",
        title: {
            en: "Learnt a neighbour's MAC address",
            zh: "学到了邻居的 MAC 地址",
        },
        why: {
            en: "A reply to its own question, or somebody's request to it, tells this host where \
                 the neighbour is. Packets that waited leave now.",
            zh: "对自己询问的应答，或别人向本机的请求，都说明邻居在哪里。待发的报文随即发出。",
        },
        matters: {
            en: "Of several replies the first wins, for 1 second. With DR and no ARP settings it \
                 decides which server gets every request.",
            zh: "多个应答中先到者有效，为时 1 秒。DR 若没有 ARP 设置，由它决定哪台服务器得到全部请\
                 求。",
        },
        linux: "net/core/neighbour.c __neigh_update",
    },
    entry! {
        code: "neigh.locked",
        title: {
            en: "Kept the MAC address: the entry is too fresh to change",
            zh: "保留原 MAC 地址：表项刚刚更新",
        },
        why: {
            en: "For 1 second after a change (locktime), an entry resists ARP replies that name \
                 another MAC address: the first answer wins, not the last.",
            zh: "表项改变后 1 秒内（locktime），不理会给出另一 MAC 地址的 ARP 应答：先到者有效，而\
                 非后到者。",
        },
        matters: {
            en: "When director and real servers all claim the VIP, this is how the slower ones \
                 lose. A request in the VIP's name to this host is not held back.",
            zh: "调度器与真实服务器都抢答 VIP 时，慢者就这样落败。但以 VIP 之名向本机发出的请求不\
                 受此限。",
        },
        linux: "net/ipv4/arp.c arp_process",
    },
    entry! {
        code: "neigh.moved",
        title: {
            en: "Moved the neighbour to another MAC address",
            zh: "把邻居改记到另一个 MAC 地址",
        },
        why: {
            en: "A request to this host or a gratuitous ARP replaces an entry at once; a reply \
                 does so once the entry is 1 second old.",
            zh: "向本机的请求或免费 ARP 立即覆盖表项；应答要等表项满 1 秒才能覆盖。",
        },
        matters: {
            en: "Right after a failover, when the new director announces the VIP. Wrong if a real \
                 server takes the VIP away: set arp_announce=2 there.",
            zh: "故障切换后，新调度器通告 VIP 时正该如此。若是真实服务器夺走 VIP，应在其上设 \
                 arp_announce=2。",
        },
        linux: "net/core/neighbour.c __neigh_update",
    },
    entry! {
        code: "neigh.overflow",
        title: {
            en: "Too many packets wait: the oldest was thrown away",
            zh: "待发报文过多：丢弃了最早的一个",
        },
        why: {
            en: "Only so many packets may wait for one MAC address (unres_qlen_bytes); beyond \
                 that, Linux drops the oldest.",
            zh: "等待同一 MAC 地址的报文有上限（unres_qlen_bytes）；超出时，Linux 丢弃最早的。",
        },
        matters: {
            en: "Under load, a neighbour that is slow to answer costs packets even if it does \
                 answer in the end.",
            zh: "负载高时，邻居应答得慢就会丢失报文，哪怕最终有应答。",
        },
        cure: {
            en: "Raise unres_qlen_bytes of the interface (net.ipv4.neigh), or keep the neighbour \
                 known.",
            zh: "调大接口的 unres_qlen_bytes（net.ipv4.neigh），或让邻居表项一直在。",
        },
        linux: "net/core/neighbour.c __neigh_event_send",
    },
    entry! {
        code: "neigh.permanent",
        title: {
            en: "Kept a permanent entry against another MAC address",
            zh: "永久表项不接受另一个 MAC 地址",
        },
        why: {
            en: "An entry that an administrator has made permanent ignores every ARP frame, also \
                 a gratuitous one.",
            zh: "管理员设为永久的表项不理会任何 ARP 帧，免费 ARP 也不例外。",
        },
        matters: {
            en: "On a router it guards the VIP against real servers that claim it, but after a \
                 failover it ignores the second director, too.",
            zh: "在路由器上，它防止真实服务器夺走 VIP；但故障切换后，它也不理会第二台调度器。",
        },
        linux: "net/core/neighbour.c __neigh_update",
    },
    entry! {
        code: "neigh.probed",
        title: {
            en: "Asked an old neighbour whether it is still there",
            zh: "询问旧邻居是否还在",
        },
        why: {
            en: "An entry that is in use but not confirmed is checked after 5 seconds: up to 3 \
                 ARP requests go to its last MAC address, not to everybody.",
            zh: "表项在使用而未得到确认，5 秒后就要核实：最多 3 次 ARP 请求，只发往原 MAC 地址，不\
                 用广播。",
        },
        matters: {
            en: "A wrong entry for the VIP heals here if its holder stays silent (arp_ignore=1), \
                 and lives on if it answers.",
            zh: "VIP 的错误表项：占据者保持沉默（arp_ignore=1）就会恢复，应答则一直错下去。",
        },
        linux: "net/core/neighbour.c neigh_probe",
    },
    entry! {
        code: "neigh.table-full",
        title: {
            en: "Made no entry: the neighbour table is full",
            zh: "没有新建表项：邻居表已满",
        },
        why: {
            en: "The table holds 1024 entries (gc_thresh3), and none of them could be forgotten: \
                 Linux drops the packet that needed a new one.",
            zh: "邻居表最多 1024 项（gc_thresh3），又没有可以清除的：需要新表项的报文被丢弃。",
        },
        matters: {
            en: "A scan of a large subnet does this to a router: each address that does not \
                 answer takes an entry for 3 seconds.",
            zh: "扫描大子网会使路由器如此：每个没有应答的地址占用一项 3 秒。",
        },
        cure: {
            en: "Find who asks for so many addresses, or raise net.ipv4.neigh.default.gc_thresh3.",
            zh: "找出谁在访问这么多地址，或调大 net.ipv4.neigh.default.gc_thresh3。",
        },
        linux: "net/core/neighbour.c neigh_alloc",
    },
    entry! {
        code: "neigh.unasked",
        title: {
            en: "Made no entry from an ARP frame that was not asked for",
            zh: "没有为未经询问的 ARP 帧新建表项",
        },
        why: {
            en: "With arp_accept at 0, an ARP frame that was not asked for may change an entry \
                 but not make one.",
            zh: "arp_accept 为 0 时，未经询问的 ARP 帧可以改动已有表项，但不能新建。",
        },
        matters: {
            en: "After a failover this does no harm: who has no entry for the VIP asks when it \
                 needs one.",
            zh: "故障切换后这并无妨碍：没有 VIP 表项者，需要时自会询问。",
        },
        linux: "net/ipv4/arp.c arp_process",
    },
    entry! {
        code: "neigh.waits",
        title: {
            en: "The packet waits for the MAC address of its next hop",
            zh: "报文在等下一跳的 MAC 地址",
        },
        why: {
            en: "The neighbour table has no usable entry: Linux asks by ARP and sends the packet \
                 when the answer comes.",
            zh: "邻居表中没有可用的表项：Linux 用 ARP 询问，得到应答后再发出报文。",
        },
        matters: {
            en: "In whose name it asks depends on arp_announce. A real server's first reply with \
                 DR is the moment when the VIP may be stolen.",
            zh: "以谁的地址询问取决于 arp_announce。DR 真实服务器的首个响应，正是 VIP 可能被夺走的\
                 时刻。",
        },
        linux: "net/core/neighbour.c __neigh_event_send",
    },
];
