//! IPVS: the connection table. Linux 6.1 net/netfilter/ipvs/ip_vs_conn.c.

use crate::explain::{Cure, Entry, Words};

pub(in crate::explain) const ENTRIES: &[Entry] = &[
    entry! {
        code: "ipvs.conn.dropped",
        title: {
            en: "Deleted an entry before its time: drop_entry makes room",
            zh: "提前删除表项：drop_entry 腾出空间",
        },
        why: {
            en: "Each second IPVS looks at one of 32 rows of its table, drawn at random. \
                 Half-open TCP there goes; others only if idle for a minute with eight packets \
                 or fewer.",
            zh: "IPVS 每秒随机查看连接表每 32 行中的一行。其中半开的 TCP 表项被删除；其他的只有闲置满一\
                 分钟且至多八个报文才删。",
        },
        matters: {
            en: "A flood of SYN fills less of the table. Who is slow to finish its handshake \
                 suffers, too: its next segment gets a RST.",
            zh: "SYN 洪水占用的表项变少。握手慢的正常客户端也会受害：它的下一个段得到 RST。",
        },
        cure: "sysctl -w net.ipv4.vs.drop_entry=1",
        linux: "net/netfilter/ipvs/ip_vs_conn.c ip_vs_random_dropentry",
    },
    entry! {
        code: "ipvs.conn.expired",
        title: {
            en: "The connection is forgotten",
            zh: "这条连接已被遗忘",
        },
        why: {
            en: "No packet came within its timeout (kernel timers end up to an eighth late), or its port \
                 was used again, or expire_nodest_conn or drop_entry deleted it.",
            zh: "在时限内没有报文到来（内核定时器最多晚八分之一），或端口被重用，或被 \
                 expire_nodest_conn、drop_entry 删除。",
        },
        matters: {
            en: "If the connection lives on, its next TCP segment gets a RST from the director. \
                 Where the timeout was too short, raise it with ipvsadm --set.",
            zh: "若连接其实还在，它的下一个 TCP 段会得到调度器的 RST。超时太短的话，可用 ipvsadm \
                 --set 加长。",
        },
        linux: "net/netfilter/ipvs/ip_vs_conn.c ip_vs_conn_expire",
    },
    entry! {
        code: "ipvs.conn.found",
        title: {
            en: "Found the connection: it stays with its real server",
            zh: "找到连接：仍由原真实服务器处理",
        },
        why: {
            en: "The table has an entry for this client, VIP and their ports: the choice was made \
                 with the first packet, and the scheduler is not asked again.",
            zh: "表中已有这个客户端、VIP 及其端口的表项：选择在第一个报文时作出，不再询问调度算\
                 法。",
        },
        matters: {
            en: "IPVS balances connections, not packets: new weights concern new connections only.",
            zh: "IPVS 均衡的是连接而非报文：新的权重只影响新连接。",
        },
        linux: "net/netfilter/ipvs/ip_vs_conn.c ip_vs_conn_in_get",
    },
    entry! {
        code: "ipvs.conn.limit",
        title: {
            en: "Dropped: the connection table is full",
            zh: "丢弃：连接表已满",
        },
        why: {
            en: "The table holds as many connections as it may: new ones are dropped until old \
                 ones expire. Linux itself is limited by its memory only.",
            zh: "连接表已达上限：旧连接过期之前，新连接一律丢弃。Linux 本身只受内存限制。",
        },
        matters: {
            en: "The client repeats its SYN and may get in later. Long timeouts and floods of SYN \
                 fill a table.",
            zh: "客户端会重发 SYN，稍后或可进入。过长的超时与大量的 SYN 都会填满连接表。",
        },
        cure: {
            en: "Shorten the timeouts with ipvsadm --set, or raise the scenario's limit of conns.",
            zh: "用 ipvsadm --set 缩短超时，或调大场景的 conns 上限。",
        },
        linux: "net/netfilter/ipvs/ip_vs_conn.c ip_vs_conn_new",
    },
    entry! {
        code: "ipvs.conn.new",
        title: {
            en: "Entered a new connection in the table",
            zh: "在表中新建了连接",
        },
        why: {
            en: "The first packet to a service (a SYN, or any UDP datagram) makes an entry: the \
                 real server is fixed, and the scheduler is not asked again.",
            zh: "到达虚拟服务的第一个报文（SYN，或任何 UDP 数据报）新建表项：真实服务器就此固定，\
                 不再询问调度算法。",
        },
        matters: {
            en: "ipvsadm -Lnc shows it. If nothing is there, the requests do not pass the \
                 director.",
            zh: "可用 ipvsadm -Lnc 查看。若其中没有，请求就没有经过调度器。",
        },
        linux: "net/netfilter/ipvs/ip_vs_core.c ip_vs_schedule",
    },
    entry! {
        code: "ipvs.conn.old-tracking",
        title: {
            en: "Dropped: the SYN carries the old conntrack entry",
            zh: "丢弃：SYN 带着旧的 conntrack 条目",
        },
        why: {
            en: "With net.ipv4.vs.conntrack=1, a port that is used again ends both old entries. \
                 The SYN belongs to the old one, so it is lost.",
            zh: "net.ipv4.vs.conntrack=1 时，重用端口会结束两张表里的旧条目。这个 SYN 属于旧条\
                 目，因而丢失。",
        },
        matters: {
            en: "The client repeats its SYN after a second: some connections take that much longer.",
            zh: "客户端一秒后重发 SYN：有些连接因此慢了这么多。",
        },
        cure: {
            en: "Let clients use more ports, or set net.ipv4.vs.conntrack to 0 if no rule needs \
                 it.",
            zh: "让客户端使用更多端口；若没有规则需要，把 net.ipv4.vs.conntrack 设为 0。",
        },
        linux: "net/netfilter/ipvs/ip_vs_core.c ip_vs_conn_uses_old_conntrack",
    },
    entry! {
        code: "ipvs.conn.one-packet",
        title: {
            en: "Scheduled this datagram by itself",
            zh: "单独调度了这个数据报",
        },
        why: {
            en: "The service has -o: nothing is kept in the table, and the client's next datagram \
                 is scheduled anew.",
            zh: "虚拟服务设了 -o：表中不留表项，客户端的下一个数据报重新调度。",
        },
        matters: {
            en: "Good for DNS from few big resolvers. With NAT the replies keep the RIP, since \
                 nothing says whose they are.",
            zh: "适合少数大客户端的 DNS。用 NAT 时应答会带着 RIP 出去，因为没有表项能认出它们。",
        },
        linux: "net/netfilter/ipvs/ip_vs_conn.c ip_vs_conn_put",
    },
    entry! {
        code: "ipvs.conn.reply",
        title: {
            en: "Found the connection that this reply belongs to",
            zh: "找到这个响应所属的连接",
        },
        why: {
            en: "IPVS finds the entry by the addresses and ports of server and client. With NAT, \
                 this is where the reply gets the VIP back.",
            zh: "IPVS 按服务器与客户端的地址和端口找到表项。NAT 的响应由此换回 VIP。",
        },
        matters: {
            en: "Only NAT depends on it: replies of DR and TUN do not pass the director.",
            zh: "只有 NAT 依赖这一步：DR 与 TUN 的响应不经过调度器。",
        },
        linux: "net/netfilter/ipvs/ip_vs_conn.c ip_vs_conn_out_get",
    },
    entry! {
        code: "ipvs.conn.reused",
        title: {
            en: "The client uses its port again: a server is chosen anew",
            zh: "客户端重用端口：重新选择服务器",
        },
        why: {
            en: "A SYN met an entry that gives way: in TIME_WAIT or CLOSE (conn_reuse_mode above 0), in \
                 FIN_WAIT (with 2), or of a server of weight 0 (with expire_nodest_conn).",
            zh: "SYN 遇到旧表项：TIME_WAIT、CLOSE（conn_reuse_mode 大于 0）、FIN_WAIT（2），或权重 \
                 0（expire_nodest_conn）。",
        },
        matters: {
            en: "Otherwise the new connection would go to the old server, even if that one has \
                 weight 0 by now.",
            zh: "否则新连接会去旧服务器，哪怕它的权重现在是 0。",
        },
        linux: "net/netfilter/ipvs/ip_vs_core.c is_new_conn_expected",
    },
    entry! {
        code: "ipvs.conn.state",
        title: {
            en: "The packet moved the connection to another state",
            zh: "报文使连接进入另一状态",
        },
        why: {
            en: "IPVS guesses from the flags of TCP how far a connection is. Each state has its \
                 timeout, which starts anew with each packet.",
            zh: "IPVS 根据 TCP 标志位推测连接的进展。每个状态有自己的超时，每来一个报文就重新计\
                 时。",
        },
        matters: {
            en: "With DR and TUN it sees one half: a server that never answers shows as SYN_RECV, \
                 a closed connection waits 120 seconds in FIN_WAIT.",
            zh: "DR 与 TUN 中只看到一半：服务器不回答就停在 SYN_RECV，已关闭的连接在 FIN_WAIT 等 \
                 120 秒。",
        },
        linux: "net/netfilter/ipvs/ip_vs_proto_tcp.c set_tcp_state",
    },
    entry! {
        code: "ipvs.conn.tracking-ends",
        title: {
            en: "The conntrack entry ends with the connection",
            zh: "conntrack 条目随连接结束",
        },
        why: {
            en: "The connection was made with net.ipv4.vs.conntrack=1: when IPVS forgets it, \
                 netfilter's entry is deleted too.",
            zh: "连接建立时 net.ipv4.vs.conntrack=1：IPVS 忘记它时，netfilter 的条目也被删除。",
        },
        matters: {
            en: "The two tables have timeouts of their own: the shorter one of IPVS decides.",
            zh: "两张表各有超时：由 IPVS 较短的那个决定。",
        },
        linux: "net/netfilter/ipvs/ip_vs_nfct.c ip_vs_conn_drop_conntrack",
    },
    entry! {
        code: "ipvs.dest.forgotten",
        title: {
            en: "Forgot a deleted real server that nobody uses any more",
            zh: "遗忘了已删除且无人使用的真实服务器",
        },
        why: {
            en: "A deleted real server keeps its counters until 120 seconds after its last \
                 connection. If it is added later, they start from 0.",
            zh: "被删除的真实服务器，计数保留到最后一条连接之后 120 秒。此后再添加，计数从 0 开\
                 始。",
        },
        matters: {
            en: "If it is added again earlier, it takes its connections back, too.",
            zh: "若在此前重新添加，它的连接也随之恢复。",
        },
        linux: "net/netfilter/ipvs/ip_vs_ctl.c ip_vs_dest_trash_expire",
    },
    entry! {
        code: "ipvs.dest.gone",
        title: {
            en: "Dropped: the connection's real server was deleted",
            zh: "丢弃：连接的真实服务器已被删除",
        },
        why: {
            en: "ipvsadm -d ends no connection: the entry stays, and with expire_nodest_conn at 0 \
                 its packets are dropped in silence.",
            zh: "ipvsadm -d 不结束连接：表项仍在，而 expire_nodest_conn 为 0 时，其报文被无声丢\
                 弃。",
        },
        matters: {
            en: "The client hangs. To take a server out gently, set its weight to 0 and wait; to \
                 revive these connections, add the server again.",
            zh: "客户端会卡住。要平稳摘除服务器，先把权重设 0 再等待；要恢复这些连接，重新添加服务\
                 器即可。",
        },
        cure: {
            en: "Add the server again (ipvsadm -a), or set expire_nodest_conn to 1, so that the \
                 client may begin anew.",
            zh: "重新添加服务器（ipvsadm -a），或把 expire_nodest_conn 设为 1，让客户端可以重新开\
                 始。",
        },
        linux: "net/netfilter/ipvs/ip_vs_core.c ip_vs_in_hook",
    },
    entry! {
        code: "ipvs.dest.none",
        title: {
            en: "Refused: no real server can take the connection",
            zh: "拒绝：没有真实服务器能接这条连接",
        },
        why: {
            en: "The service has no real server with a weight above 0 and room left. IPVS answers \
                 with ICMP port unreachable in the VIP's name, also to TCP.",
            zh: "虚拟服务中没有权重大于 0 且未达阈值的真实服务器。IPVS 以 VIP 之名回以 ICMP 端口不\
                 可达，对 TCP 也是。",
        },
        matters: {
            en: "The client sees connection refused at once. A server would have sent a RST; this \
                 comes from the director: look at ipvsadm -Ln.",
            zh: "客户端立即看到 connection refused。服务器会发 RST，而这出自调度器：用 ipvsadm \
                 -Ln 查看。",
        },
        cure: {
            en: "Add a real server (ipvsadm -a), or give one a weight above 0 (ipvsadm -e).",
            zh: "添加真实服务器（ipvsadm -a），或让其中一台的权重大于 0（ipvsadm -e）。",
        },
        linux: "net/netfilter/ipvs/ip_vs_core.c ip_vs_leave",
    },
    entry! {
        code: "ipvs.dest.overloaded",
        title: {
            en: "The server has reached its upper threshold",
            zh: "服务器达到了连接上限",
        },
        why: {
            en: "With this connection it has as many as -x allows: it takes no new ones, except \
                 from persistent clients.",
            zh: "算上这条连接已到 -x 的上限：不再接新的，持久客户端除外。",
        },
        matters: {
            en: "Every entry counts, also those that only wait to expire.",
            zh: "所有表项都算，只等过期的也算。",
        },
        cure: {
            en: "Raise its upper threshold with ipvsadm -e -x N, or add more servers.",
            zh: "用 ipvsadm -e -x N 调高它的上限，或增加服务器。",
        },
        linux: "net/netfilter/ipvs/ip_vs_conn.c ip_vs_bind_dest",
    },
    entry! {
        code: "ipvs.dest.relieved",
        title: {
            en: "The server takes new connections again",
            zh: "服务器又接新连接了",
        },
        why: {
            en: "Its connections fell below -y, or without -y below three quarters of -x.",
            zh: "连接数降到 -y 以下；没有 -y 时降到 -x 的四分之三以下。",
        },
        matters: {
            en: "The gap between both thresholds keeps it from switching to and fro.",
            zh: "两个门槛之间的差距使它不会来回切换。",
        },
        linux: "net/netfilter/ipvs/ip_vs_conn.c ip_vs_unbind_dest",
    },
];
