//! Settings that a host has read for a decision.

use super::{Cure, Entry, Words};

pub(super) const ENTRIES: &[Entry] = &[entry! {
    code: "read",
    title: {
        en: "Read a setting",
        zh: "读取了一项设置",
    },
    why: {
        en: "The decision that follows depends on this value. It is the effective one: most \
             settings combine the value of all with that of the interface.",
        zh: "随后的判定取决于此值。这是生效值：多数设置由 all 的值与接口的值合并而成。",
    },
    matters: {
        en: "Where it was set stands beside it: change it there to see what else could have \
             happened.",
        zh: "旁边注明它在何处设置：改动那里，就能看到另一种结果。",
    },
    linux: "include/linux/inetdevice.h IN_DEV_MAXCONF",
}];
