//! ICMP: pings, errors, redirects and path MTUs. Linux 6.1 net/ipv4/icmp.c, net/ipv4/route.c.

use super::{Cure, Entry, Words};

pub(super) const ENTRIES: &[Entry] = &[
    entry! {
        code: "icmp.echo.ignored",
        title: {
            en: "Left a ping unanswered, as it was told to",
            zh: "按设置没有回应 ping",
        },
        why: {
            en: "icmp_echo_ignore_all is on, or the ping was for everybody: Linux does not answer \
                 pings to a broadcast address unless icmp_echo_ignore_broadcasts is 0.",
            zh: "icmp_echo_ignore_all 已开启，或 ping 的是广播地址：\
                 icmp_echo_ignore_broadcasts 不为 0 时，Linux 不回应。",
        },
        matters: {
            en: "A host that answers no ping may serve all the same: ask the service itself.",
            zh: "不回应 ping 的主机也可能照常服务：应直接询问服务本身。",
        },
        cure: {
            en: "If it should answer, set icmp_echo_ignore_all to 0; for a broadcast, \
                 icmp_echo_ignore_broadcasts too.",
            zh: "若应当应答，把 icmp_echo_ignore_all 设为 0；广播则还有 icmp_echo_ignore_broadcasts。",
        },
        linux: "net/ipv4/icmp.c icmp_echo",
    },
    entry! {
        code: "icmp.echo.reply",
        title: {
            en: "Answered a ping",
            zh: "回应了 ping",
        },
        why: {
            en: "Linux answers an echo request to any of its addresses, and does so from that \
                 very address.",
            zh: "对发往任一本机地址的回显请求，Linux 都以该地址回应。",
        },
        matters: {
            en: "A VIP that answers ping proves only that the director is alive: IPVS takes no \
                 echo requests, and the service may be dead.",
            zh: "VIP 能 ping 通，只说明调度器活着：IPVS 不处理回显请求，服务可能已停。",
        },
        linux: "net/ipv4/icmp.c icmp_echo",
    },
    entry! {
        code: "icmp.error.delivered",
        title: {
            en: "Told a socket of this host about an ICMP error",
            zh: "把 ICMP 差错告诉了本机的套接字",
        },
        why: {
            en: "The error quotes a packet that a socket here has sent, so its program learns \
                 what happened. A TCP connection that is still opening usually ends; an open one \
                 goes on.",
            zh: "差错引用的报文是本机套接字发出的，程序得以知情。尚未建立的 TCP 连接通常就此结束，\
                 已建立的继续。",
        },
        matters: {
            en: "For TCP, port unreachable from the VIP means that no real server could take it; \
                 a server that refuses sends a RST.",
            zh: "对 TCP 而言，来自 VIP 的端口不可达表示没有真实服务器能接；服务器拒绝时发的是 \
                 RST。",
        },
        linux: "net/ipv4/icmp.c icmp_socket_deliver",
    },
    entry! {
        code: "icmp.error.limited",
        title: {
            en: "Sent no ICMP error: too many of late",
            zh: "未发 ICMP 差错：近来已发太多",
        },
        why: {
            en: "Linux sends one host 6 errors at once and then 1 a second (icmp_ratelimit), and \
                 all hosts together 50 at once and 1000 a second (icmp_msgs_per_sec).",
            zh: "Linux 对一台主机可连发 6 个差错，之后每秒 1 个（icmp_ratelimit）；对全体可连发 \
                 50 个，每秒 1000 个（icmp_msgs_per_sec）。",
        },
        matters: {
            en: "The packet is dropped all the same, only unheard: hearing no error does not mean \
                 that nobody refused.",
            zh: "报文照样丢弃，只是不再出声：没听到差错，不等于没有被拒。",
        },
        cure: {
            en: "Find out why there are so many errors. To see each of them in a lab, set \
                 icmp_ratelimit to 0.",
            zh: "查明为什么有这么多差错。实验中想看到每一个，就把 icmp_ratelimit 设为 0。",
        },
        linux: "net/ipv4/icmp.c icmpv4_xrlim_allow",
    },
    entry! {
        code: "icmp.error.no-socket",
        title: {
            en: "An ICMP error concerns no socket of this host",
            zh: "ICMP 差错与本机的套接字无关",
        },
        why: {
            en: "The packet that the error quotes was sent by no socket here, or by one that is \
                 closed: the error is ignored.",
            zh: "差错引用的报文不是这里的套接字所发，或该套接字已关闭：忽略这个差错。",
        },
        matters: {
            en: "On a director, IPVS has looked at the error before: it knows no such connection \
                 either, or its entry has expired.",
            zh: "在调度器上，IPVS 此前已看过这个差错：它也不认识这条连接，或表项已过期。",
        },
        linux: "net/ipv4/icmp.c icmp_unreach",
    },
    entry! {
        code: "icmp.error.not-allowed",
        title: {
            en: "Sent no ICMP error: this packet must not get one",
            zh: "未发 ICMP 差错：对此类报文不可发送",
        },
        why: {
            en: "No error answers an ICMP error, a broadcast, or a fragment other than the first: \
                 otherwise errors could breed errors.",
            zh: "ICMP 差错、广播和非首个分片都不会引出差错：否则差错会引出更多差错。",
        },
        matters: {
            en: "The sender hears nothing. Why an error was due at all is told by the reason \
                 before this one.",
            zh: "发送者得不到任何消息。本来为何要发差错，见前一条原因。",
        },
        linux: "net/ipv4/icmp.c __icmp_send",
    },
    entry! {
        code: "icmp.error.sent",
        title: {
            en: "Sent an ICMP error to the packet's sender",
            zh: "向报文的发送者发出了 ICMP 差错",
        },
        why: {
            en: "Something was wrong with a packet or with its way. The error quotes the \
                 beginning of it, so that the sender can tell which one it was.",
            zh: "报文本身或它的去路有问题。差错引用报文的开头，发送者据此知道是哪一个。",
        },
        matters: {
            en: "Look at the source of the error: a router complains in its own name, IPVS and a \
                 real server of DR in the name of the VIP.",
            zh: "看差错的源地址：路由器用自己的地址，IPVS 与 DR 的真实服务器用 VIP。",
        },
        linux: "net/ipv4/icmp.c __icmp_send",
    },
    entry! {
        code: "icmp.pmtu.learned",
        title: {
            en: "Learnt how large packets on this way may be",
            zh: "得知这条路上报文最大可以多大",
        },
        why: {
            en: "ICMP said that a packet was too big, and what would fit. Linux keeps this path \
                 MTU for the destination for 600 seconds and sends less at a time.",
            zh: "ICMP 说报文过大，并告知可容纳的大小。Linux 为该目标记住这个路径 MTU 600 秒，每次\
                 少发一些。",
        },
        matters: {
            en: "With TUN the outer header takes 20 bytes: where a firewall drops this ICMP, \
                 pages load and uploads hang.",
            zh: "TUN 的外层首部占去 20 字节：若防火墙丢弃这种 ICMP，网页能打开，上传却卡住。",
        },
        linux: "net/ipv4/route.c __ip_rt_update_pmtu",
    },
    entry! {
        code: "icmp.redirect.gateway-unknown",
        title: {
            en: "Advice put off: the new gateway's MAC address is unknown",
            zh: "暂缓采纳重定向：新网关的 MAC 地址未知",
        },
        why: {
            en: "Linux follows an ICMP redirect only if its neighbour table has the new gateway; \
                 if not, it asks by ARP and waits for the next redirect.",
            zh: "新网关已在邻居表中，Linux 才听从 ICMP 重定向；否则先用 ARP 询问，等下一次重定向。",
        },
        matters: {
            en: "The next redirect will be obeyed: with one-armed NAT the replies then go past \
                 the director.",
            zh: "下一次重定向就会生效：单臂 NAT 的响应从此绕过调度器。",
        },
        cure: {
            en: "Stop the redirects at their sender: send_redirects=0 both in all and on its \
                 interface.",
            zh: "在发送者处停掉重定向：all 和接口上都设 send_redirects=0。",
        },
        linux: "net/ipv4/route.c __ip_do_redirect",
    },
    entry! {
        code: "icmp.redirect.obeyed",
        title: {
            en: "Took the advice: this destination has a new gateway now",
            zh: "采纳了重定向：此目标改走新网关",
        },
        why: {
            en: "accept_redirects is on and the advice came from the gateway in use: for 300 \
                 seconds Linux sends to this one destination by the new gateway.",
            zh: "accept_redirects 已开启，且建议来自当前网关：此后 300 秒，Linux 发往这一目标的报\
                 文改走新网关。",
        },
        matters: {
            en: "With one-armed NAT this breaks the service: replies go past the director and \
                 reach the client from the RIP. Turn off send_redirects on the director.",
            zh: "在单臂 NAT 中服务因此中断：响应绕过调度器，以 RIP 到达客户端。应在调度器上关闭 \
                 send_redirects。",
        },
        cure: {
            en: "Stop the redirects at their sender (send_redirects=0 both in all and on its \
                 interface), or set accept_redirects to 0 here.",
            zh: "在发送者处停掉重定向（all 和接口上都设 send_redirects=0），或把本机的 accept_redirects \
                 设为 0。",
        },
        linux: "net/ipv4/route.c __ip_do_redirect",
    },
    entry! {
        code: "icmp.redirect.refused",
        title: {
            en: "Refused the advice to use another gateway",
            zh: "拒绝了改用另一网关的建议",
        },
        why: {
            en: "Linux obeys a redirect only if accept_redirects is on and the gateway in use has \
                 sent it. With shared_media off the new gateway must also be in a network of the \
                 interface.",
            zh: "只有 accept_redirects 已开启、重定向来自当前网关，Linux 才听从。若 shared_media \
                 已关闭，新网关还须在该网卡的某个网段内。",
        },
        matters: {
            en: "With one-armed NAT this is what you want: the replies go on through the director.",
            zh: "在单臂 NAT 中正该如此：响应继续经过调度器。",
        },
        linux: "net/ipv4/route.c __ip_do_redirect",
    },
    entry! {
        code: "icmp.redirect.sent",
        title: {
            en: "Told a neighbour of a better gateway",
            zh: "告知邻居有更合适的网关",
        },
        why: {
            en: "A packet from a host on this link leaves by the interface it came in by: Linux \
                 forwards it and, with send_redirects, tells its sender the shorter way.",
            zh: "直连主机的报文又从进来的接口出去：Linux 照常转发，并因 send_redirects 告诉发送者\
                 更短的路。",
        },
        matters: {
            en: "The trap of one-armed NAT: a real server that listens sends its replies past the \
                 director. Set send_redirects=0 both in all and on the interface.",
            zh: "单臂 NAT 的陷阱：听从的真实服务器会让响应绕过调度器。all 与该接口都要设 \
                 send_redirects=0。",
        },
        cure: {
            en: "With NAT: sysctl -w net.ipv4.conf.all.send_redirects=0, and the same for the \
                 interface.",
            zh: "用 NAT 时：sysctl -w net.ipv4.conf.all.send_redirects=0，接口上也一样。",
        },
        linux: "net/ipv4/route.c ip_rt_send_redirect",
    },
];
