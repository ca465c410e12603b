//! Machines that are switched off.

use super::{Cure, Entry, Words};

pub(super) const ENTRIES: &[Entry] = &[entry! {
    code: "power.drop.off",
    title: {
        en: "Lost: the machine is switched off",
        zh: "丢失：机器已关机",
    },
    why: {
        en: "A machine without power takes no frames, answers no ARP and runs no commands.",
        zh: "没有电的机器不收帧，不应答 ARP，也不执行命令。",
    },
    matters: {
        en: "IPVS does not notice: a dead real server keeps its weight until a health check \
             removes it. A dead director takes the service down.",
        zh: "IPVS 不会察觉：停机的真实服务器保有权重，直到健康检查将其移除。调度器停机，服务就\
             中断。",
    },
    cure: {
        en: "Switch it on. Until then a health check should take a dead server out of the table.",
        zh: "开机。在此之前应由健康检查把停机的服务器移出表。",
    },
    linux: "RFC 1122 section 3.3.1.4",
}];
