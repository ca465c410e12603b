//! Cables: what never reaches the other end.

use super::{Cure, Entry, Words};

pub(super) const ENTRIES: &[Entry] = &[
    entry! {
        code: "cable.drop.full",
        title: {
            en: "Lost: the queue of this slow cable is full",
            zh: "丢失：这条慢速线缆的队列已满",
        },
        why: {
            en: "What a cable has not carried yet waits at its sender, at most 1000 frames. Nobody \
                 is told of what finds no room.",
            zh: "线缆还没送完的帧在发送端排队，最多 1000 个。排不下的直接丢弃，没有人得到通知。",
        },
        matters: {
            en: "The sooner a queue is full, the sooner TCP slows down; a long queue only makes \
                 everybody wait.",
            zh: "队列越早满，TCP 越早放慢；队列长了，只会让大家都等着。",
        },
        cure: {
            en: "Send less at a time, or give the cable a larger bandwidth in the scenario.",
            zh: "一次少发一些，或在场景中给线缆更大的带宽。",
        },
        linux: "net/sched/sch_netem.c netem_enqueue",
    },
    entry! {
        code: "cable.drop.loss",
        title: {
            en: "Lost: the cable dropped the frame by chance",
            zh: "丢失：线缆随机丢弃了这个帧",
        },
        why: {
            en: "The cable was told to lose a share of its frames, and chance took this one. \
                 Nobody is told; only the two ends can notice.",
            zh: "这条线缆被设为按比例丢帧，这次轮到此帧。没有人得到通知，只有两端能察觉。",
        },
        matters: {
            en: "TCP sends again after a while, UDP does not. IPVS neither notices nor repeats.",
            zh: "TCP 过一会儿会重发，UDP 不会。IPVS 既不察觉，也不重发。",
        },
        cure: {
            en: "The fault is set on purpose: give the cable a loss of 0% in the scenario.",
            zh: "这是有意设置的故障：在场景中把线缆的 loss 设为 0%。",
        },
        linux: "net/sched/sch_netem.c loss_event",
    },
    entry! {
        code: "cable.drop.mtu",
        title: {
            en: "Lost: the cable does not carry frames of this size",
            zh: "丢失：线缆承载不了这么大的帧",
        },
        why: {
            en: "The packet fits the sender's MTU but not the cable's. A link drops what is too \
                 long and sends no ICMP.",
            zh: "报文不超过发送者的 MTU，却超过线缆的 MTU。链路丢弃过长的帧，不发 ICMP。",
        },
        matters: {
            en: "Small packets pass and large ones vanish: pages load, uploads hang. With TUN, \
                 the 20 bytes of the outer header are enough to get there.",
            zh: "小报文通过，大报文消失：网页能打开，上传却卡住。TUN 的外层首部多出 20 字节，就足\
                 以如此。",
        },
        cure: {
            en: "Set the MTU of both ends to that of the cable (ip link set NAME mtu N), or give \
                 the cable a larger one.",
            zh: "把两端接口的 MTU 设成线缆的值（ip link set NAME mtu N），或调大线缆的 MTU。",
        },
        linux: "net/core/dev.c is_skb_forwardable",
    },
    entry! {
        code: "cable.drop.out",
        title: {
            en: "Lost: the cable is out",
            zh: "丢失：线缆没有接通",
        },
        why: {
            en: "The interface has no cable, or its cable was pulled out or the card at the other \
                 end set down, perhaps while the frame was on its way.",
            zh: "接口没有接线，或线缆已拔出，或对端网卡已停用，也可能当时帧还在途中。",
        },
        matters: {
            en: "Nobody is told. IPVS keeps a real server behind this cable in its table: only a \
                 health check notices.",
            zh: "没有人得到通知。IPVS 仍把这条线缆后的真实服务器留在表中：只有健康检查能发现。",
        },
        cure: {
            en: "Plug the cable in. Until then a health check should take the server out of the \
                 table.",
            zh: "插上线缆。在此之前应由健康检查把服务器移出表。",
        },
        linux: "net/sched/sch_generic.c dev_deactivate",
    },
    entry! {
        code: "cable.late",
        title: {
            en: "Held up: the frame comes later than those behind it",
            zh: "迟到：这个帧落在了后发的帧之后",
        },
        why: {
            en: "The cable was told to hold up a share of its frames, and chance took this one. \
                 What was sent after it overtakes it.",
            zh: "这条线缆被设为按比例耽搁帧，这次轮到此帧。比它后发的帧会超过它。",
        },
        matters: {
            en: "TCP puts data in order again, and takes the third duplicate ACK for a loss. IPVS looks \
                 at each segment as it comes.",
            zh: "TCP 会重新排好数据，但收到第三个重复 ACK 就当作丢失。IPVS 则按到达的先后看每个报文段。",
        },
        linux: "net/sched/sch_netem.c netem_enqueue",
    },
];
