//! Ethernet: frames that a host does not take.

use super::{Cure, Entry, Words};

pub(super) const ENTRIES: &[Entry] = &[
    entry! {
        code: "eth.drop.dummy",
        title: {
            en: "Gone: a dummy interface leads nowhere",
            zh: "消失：dummy 接口不通向任何地方",
        },
        why: {
            en: "A dummy is a card without a plug. It counts what is sent by it and forgets it; \
                 nobody is told.",
            zh: "dummy 是没有插口的网卡。经它发出的报文只计数，随即丢弃，谁也不会收到通知。",
        },
        matters: {
            en: "It serves to hold an address, such as a VIP with /32. With a wider mask a route \
                 by it takes the place of the real one, or stands beside it.",
            zh: "它的用处是存放地址，比如 /32 的 VIP。掩码写宽了，就有一条经它的路由取代真正的路由，或者并列其旁。",
        },
        cure: {
            en: "Give it a mask of /32, or delete the route that leads to it.",
            zh: "把掩码设为 /32，或删除指向它的路由。",
        },
        linux: "drivers/net/dummy.c dummy_xmit",
    },
    entry! {
        code: "eth.drop.interface-down",
        title: {
            en: "Dropped: the interface is down",
            zh: "丢弃：接口没有工作",
        },
        why: {
            en: "An interface works only if it is set up, its cable is in and the card at the \
                 other end is up: otherwise it neither takes nor sends frames.",
            zh: "接口须已启用、线缆接通且对端网卡也已启用才能工作：否则既不收帧，也不发帧。",
        },
        matters: {
            en: "A real server in this condition stays in the table of IPVS and goes on being \
                 chosen until a health check removes it.",
            zh: "这样的真实服务器仍在 IPVS 的表中，照样被选中，直到健康检查将其移除。",
        },
        cure: {
            en: "Set it up (ip link set NAME up), and see that the cable is in and the other end \
                 is up.",
            zh: "启用它（ip link set NAME up），并确认线缆已插好、对端也已启用。",
        },
        linux: "net/core/dev.c __dev_close_many",
    },
    entry! {
        code: "eth.drop.other-mac",
        title: {
            en: "Dropped: the frame is for another MAC address",
            zh: "丢弃：帧是发给另一个 MAC 地址的",
        },
        why: {
            en: "An interface takes frames for its own MAC address, for broadcast and for groups \
                 that it has joined; IP never sees the others.",
            zh: "接口只收发给自己 MAC 地址、广播和已加入组播的帧；其余的到不了 IP 层。",
        },
        matters: {
            en: "Routine when a switch floods. With DR, this address alone decides who gets a \
                 request: the VIP is the same everywhere.",
            zh: "交换机泛洪时很正常。DR 中只靠这个地址决定谁收到请求：VIP 到处都一样。",
        },
        cure: {
            en: "None if a switch flooded the frame. Else compare the sender's ip neigh with the \
                 receiver's ip link.",
            zh: "若是交换机泛洪则不必。否则将发送者的 ip neigh 与接收者的 ip link 对照。",
        },
        linux: "net/ethernet/eth.c eth_type_trans",
    },
    entry! {
        code: "eth.drop.too-long",
        title: {
            en: "Dropped: the frame is longer than the interface's MTU allows",
            zh: "丢弃：帧超过了接口 MTU 允许的长度",
        },
        why: {
            en: "An MTU holds for what comes in too: a card drops a frame longer than its MTU, \
                 Ethernet's header and 4 bytes for a VLAN tag. Captures do not see it.",
            zh: "MTU 对收到的帧同样有效：网卡丢弃长于 MTU 加以太网首部、再加 4 字节 VLAN 标签的帧，抓包也看不到。",
        },
        matters: {
            en: "The two ends of a link disagree about its MTU. Small packets pass and large ones \
                 vanish in one direction, without ICMP.",
            zh: "链路两端的 MTU 不一致。小报文能通过，大报文在一个方向上消失，没有 ICMP。",
        },
        cure: {
            en: "Set the same MTU at both ends (ip link set NAME mtu N); ip -s link counts what \
                 was dropped.",
            zh: "两端设成相同的 MTU（ip link set NAME mtu N）；丢弃数见 ip -s link。",
        },
        linux: "net/core/dev.c __dev_forward_skb2",
    },
    entry! {
        code: "eth.drop.unknown-type",
        title: {
            en: "Dropped: this host does not speak the frame's protocol",
            zh: "丢弃：本机不处理这种帧的协议",
        },
        why: {
            en: "The type in Ethernet's header names neither IPv4 nor ARP, and nothing else here \
                 takes such frames.",
            zh: "以太网首部的类型既不是 IPv4 也不是 ARP，这里也没有其他模块处理它。",
        },
        matters: {
            en: "LVS has no part in it: look at who sends such frames.",
            zh: "与 LVS 无关：看看是谁在发这种帧。",
        },
        cure: {
            en: "Find the sender by its MAC address, and see which program there speaks this \
                 protocol.",
            zh: "按 MAC 地址找到发送者，看那里是哪个程序在使用这种协议。",
        },
        linux: "net/core/dev.c __netif_receive_skb_core",
    },
];
