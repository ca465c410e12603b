//! TCP: who takes a segment, and who resets it. Linux 6.1 net/ipv4/tcp_ipv4.c.

use super::{Cure, Entry, Words};

pub(super) const ENTRIES: &[Entry] = &[
    entry! {
        code: "tcp.ignored",
        title: {
            en: "Ignored a TCP segment that belongs to no connection",
            zh: "忽略了不属于任何连接的 TCP 段",
        },
        why: {
            en: "TCP never answers a RST with a RST, and a listening socket ignores a segment \
                 that neither opens nor acknowledges anything.",
            zh: "TCP 从不用 RST 回答 RST；监听的套接字也不理会既不发起、也不确认的段。",
        },
        matters: {
            en: "The sender hears nothing; if the segment matters, it will be sent again.",
            zh: "发送者得不到回音；若这个段要紧，它会重发。",
        },
        linux: "net/ipv4/tcp_ipv4.c tcp_v4_send_reset",
    },
    entry! {
        code: "tcp.reset.no-listener",
        title: {
            en: "Reset: nobody listens on this port",
            zh: "复位：没有程序监听此端口",
        },
        why: {
            en: "A SYN for a port without a listening socket is answered with RST: the client's \
                 attempt fails at once with connection refused.",
            zh: "SYN 指向的端口没有监听的套接字，就回以 RST：客户端立即失败，显示 connection \
                 refused。",
        },
        matters: {
            en: "With DR and TUN the program must listen on the VIP or on all addresses; one that \
                 is bound to the RIP alone refuses like this.",
            zh: "DR 与 TUN 中，程序须监听 VIP 或所有地址；只绑定 RIP 的就会这样拒绝。",
        },
        cure: {
            en: "Start the server, or bind it to the VIP or to all addresses; netstat -ltn shows \
                 who listens where.",
            zh: "启动服务程序，或让它绑定 VIP 或所有地址；netstat -ltn 显示谁在哪里监听。",
        },
        linux: "net/ipv4/tcp_ipv4.c tcp_v4_send_reset",
    },
    entry! {
        code: "tcp.reset.unknown-connection",
        title: {
            en: "Reset: this host knows no such connection",
            zh: "复位：本机不认识这条连接",
        },
        why: {
            en: "The segment belongs to no connection of this host and opens none. TCP answers \
                 with RST, so that the other end stops.",
            zh: "这个段不属于本机的任何连接，也不是发起连接。TCP 回以 RST，让对端停止。",
        },
        matters: {
            en: "On a client: a reply came from the RIP, past the director. On a real server: \
                 another one holds the connection. On a director: its entry has expired.",
            zh: "在客户端：响应绕过调度器，来自 RIP。在真实服务器：连接属于另一台。在调度器：表项\
                 已过期。",
        },
        cure: {
            en: "Follow the packets of both directions: with NAT both must pass the director, with \
                 DR and TUN requests alone.",
            zh: "沿两个方向查看报文：NAT 的两个方向都要经过调度器，DR 和 TUN 只有请求经过。",
        },
        linux: "net/ipv4/tcp_ipv4.c tcp_v4_send_reset",
    },
    entry! {
        code: "tcp.taken",
        title: {
            en: "Handed the TCP segment to its socket",
            zh: "把 TCP 段交给了套接字",
        },
        why: {
            en: "Addresses and ports are those of a connection, or of a listening socket, of this \
                 host.",
            zh: "地址与端口对应本机的一条连接，或一个监听的套接字。",
        },
        matters: {
            en: "With NAT, DR and TUN alike, the server sees the client's own address.",
            zh: "在 NAT、DR 与 TUN 中，服务器看到的都是客户端自己的地址。",
        },
        linux: "net/ipv4/tcp_ipv4.c tcp_v4_rcv",
    },
];
