//! Ethernet: frames that a host does not take.

use super::{Entry, Words};

pub(super) const ENTRIES: &[Entry] = &[
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
        linux: "net/ethernet/eth.c eth_type_trans",
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
        linux: "net/core/dev.c __netif_receive_skb_core",
    },
];
