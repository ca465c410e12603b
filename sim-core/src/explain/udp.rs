//! UDP: who takes a datagram. Linux 6.1 net/ipv4/udp.c.

use super::{Cure, Entry, Words};

pub(super) const ENTRIES: &[Entry] = &[
    entry! {
        code: "udp.error.unheard",
        title: {
            en: "ICMP error not told: the UDP socket is not connected",
            zh: "未告知 ICMP 差错：UDP 套接字没有连接",
        },
        why: {
            en: "A UDP socket that talks to many hears no ICMP errors, since it could not tell \
                 whom they concern. Only a connected one does.",
            zh: "与多方通信的 UDP 套接字听不到 ICMP 差错，因为它分不清与谁有关。只有已连接的才能\
                 听到。",
        },
        matters: {
            en: "A UDP server of DR that replies from its RIP never learns that the clients refuse \
                 its datagrams.",
            zh: "DR 中从 RIP 响应的 UDP 服务器，永远不知道客户端拒收它的数据报。",
        },
        linux: "net/ipv4/udp.c __udp4_lib_err",
    },
    entry! {
        code: "udp.no-socket",
        title: {
            en: "No socket takes datagrams there",
            zh: "没有套接字接收这个数据报",
        },
        why: {
            en: "No program of this host has opened the port: the sender hears ICMP port \
                 unreachable.",
            zh: "本机没有程序打开这个端口：发送者会收到 ICMP 端口不可达。",
        },
        matters: {
            en: "With DR and TUN the client hears it from the real server, in the VIP's name; \
                 with NAT the director puts the VIP in.",
            zh: "DR 与 TUN 中，真实服务器以 VIP 之名直接告知客户端；NAT 中，由调度器换成 VIP。",
        },
        cure: {
            en: "Start the server, or bind it to the VIP or to all addresses; netstat -lun shows \
                 who listens where.",
            zh: "启动服务程序，或让它绑定 VIP 或所有地址；netstat -lun 显示谁在哪里监听。",
        },
        linux: "net/ipv4/udp.c __udp4_lib_rcv",
    },
    entry! {
        code: "udp.stranger",
        title: {
            en: "The socket does not take datagrams from this sender",
            zh: "套接字不接收这个发送者的数据报",
        },
        why: {
            en: "A connected UDP socket takes only what comes from the address and port of its \
                 peer; for others the port looks closed.",
            zh: "已连接的 UDP 套接字只收来自对端地址与端口的数据报；对别人来说，端口如同关闭。",
        },
        matters: {
            en: "With DR, a UDP server on all addresses replies from its RIP while the client \
                 waits for the VIP: bind the server to the VIP.",
            zh: "DR 中，监听所有地址的 UDP 服务器以 RIP 响应，而客户端只等 VIP：应让服务器绑定 \
                 VIP。",
        },
        cure: {
            en: "Bind the server to the VIP: serve udp PORT --bind VIP in the simulation.",
            zh: "让服务器绑定 VIP：在模拟中写 serve udp PORT --bind VIP。",
        },
        linux: "net/ipv4/udp.c compute_score",
    },
    entry! {
        code: "udp.taken",
        title: {
            en: "Handed the datagram to its socket",
            zh: "把数据报交给了套接字",
        },
        why: {
            en: "A socket of this host is bound to this port, and to this address or to all.",
            zh: "本机有套接字绑定了这个端口，以及这个地址或所有地址。",
        },
        matters: {
            en: "UDP keeps no connection: the server itself must see to it that its reply leaves \
                 from the address that was asked, with DR the VIP.",
            zh: "UDP 没有连接：服务器须自己保证用被请求的地址响应，在 DR 中就是 VIP。",
        },
        linux: "net/ipv4/udp.c udp_queue_rcv_skb",
    },
];
