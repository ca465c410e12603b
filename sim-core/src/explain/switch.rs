//! Switches: where a frame goes. Linux 6.1 net/bridge.

use super::{Cure, Entry, Words};

pub(super) const ENTRIES: &[Entry] = &[
    entry! {
        code: "switch.drop.reserved",
        title: {
            en: "Dropped: switches do not forward such MAC addresses",
            zh: "丢弃：交换机不转发这类 MAC 地址",
        },
        why: {
            en: "The sender's MAC address is that of a group, or the receiver's is reserved for \
                 bridges (01:80:c2:00:00:01 to 01:80:c2:00:00:0f).",
            zh: "发送者的 MAC 地址是组播地址，或接收者的地址保留给网桥（01:80:c2:00:00:01 至 \
                 01:80:c2:00:00:0f）。",
        },
        matters: {
            en: "No frame of LVS looks so: the sender is misconfigured, or it speaks a protocol \
                 between switches.",
            zh: "LVS 的帧不会这样：发送者配置有误，或用的是交换机之间的协议。",
        },
        cure: {
            en: "Find the port where it comes in, and what speaks there: nothing on the switch can \
                 mend this.",
            zh: "找出它从哪个接口进来、那里是谁在发：在交换机上无法修复。",
        },
        linux: "net/bridge/br_input.c br_handle_frame",
    },
    entry! {
        code: "switch.drop.same-port",
        title: {
            en: "Dropped: the receiver is where the frame came from",
            zh: "丢弃：接收者就在帧进来的一侧",
        },
        why: {
            en: "The receiver's MAC address was last heard behind the interface that the frame \
                 came in by: there is nothing to forward.",
            zh: "接收者的 MAC 地址最近就在帧进来的接口上听到：无须转发。",
        },
        matters: {
            en: "If the receiver was plugged in elsewhere, it must send a frame before the switch \
                 finds it again.",
            zh: "若接收者换了插口，它须先发出一个帧，交换机才能重新找到它。",
        },
        cure: {
            en: "If the receiver was plugged in elsewhere, let it speak: arping -U in its own name \
                 is enough.",
            zh: "若接收者换了接口，让它发一帧：以自己的名义 arping -U 就够了。",
        },
        linux: "net/bridge/br_forward.c should_deliver",
    },
    entry! {
        code: "switch.flooded",
        title: {
            en: "Sent the frame out of all other interfaces",
            zh: "把帧从其余所有接口发出",
        },
        why: {
            en: "The frame is for all, or its MAC address was not heard within 300 seconds: the \
                 switch cannot know better.",
            zh: "帧是发给所有人的，或其 MAC 地址 300 秒内没有听到过：交换机只能如此。",
        },
        matters: {
            en: "So an ARP request reaches director and real servers alike. The cable that was \
                 added last is served first, which decides the race for the VIP.",
            zh: "ARP 请求因此同时到达调度器与真实服务器。最后接上的线缆最先收到，VIP 之争由此分出\
                 先后。",
        },
        linux: "net/bridge/br_forward.c br_flood",
    },
    entry! {
        code: "switch.forwarded",
        title: {
            en: "Sent the frame where its MAC address was last heard",
            zh: "把帧发往最近听到该 MAC 地址的接口",
        },
        why: {
            en: "A switch looks at nothing but MAC addresses, and it has learnt behind which \
                 interface this one is.",
            zh: "交换机只看 MAC 地址，而它已学到这个地址在哪个接口后面。",
        },
        matters: {
            en: "With DR, frames to the director and to a real server carry the same VIP: only \
                 the MAC address tells them apart.",
            zh: "DR 中发给调度器与真实服务器的帧带着同一个 VIP：只有 MAC 地址不同。",
        },
        linux: "net/bridge/br_forward.c br_forward",
    },
    entry! {
        code: "switch.learned",
        title: {
            en: "Learnt behind which interface a MAC address is",
            zh: "学到了 MAC 地址在哪个接口后面",
        },
        why: {
            en: "Each frame shows the switch where its sender is; it remembers this for 300 \
                 seconds after the last one.",
            zh: "每个帧都让交换机知道发送者在哪里；它在最后一个帧之后再记 300 秒。",
        },
        matters: {
            en: "Only sending teaches: a machine that merely receives is forgotten in time, and \
                 frames to it are flooded.",
            zh: "只有发送才会被学到：只收不发的机器终会被遗忘，发给它的帧就会泛洪。",
        },
        linux: "net/bridge/br_fdb.c br_fdb_update",
    },
    entry! {
        code: "switch.moved",
        title: {
            en: "A MAC address has moved to another interface",
            zh: "MAC 地址移到了另一个接口",
        },
        why: {
            en: "The newest frame decides: the switch follows its sender at once.",
            zh: "以最新的帧为准：交换机立即改记发送者的位置。",
        },
        matters: {
            en: "Right when a machine was plugged in elsewhere. If it goes to and fro, two \
                 machines use one MAC address, or the cables form a loop.",
            zh: "机器换了插口时很正常。若来回变动，则是两台机器用了同一 MAC 地址，或线缆成环。",
        },
        linux: "net/bridge/br_fdb.c br_fdb_update",
    },
];
