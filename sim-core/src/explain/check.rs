//! Health checks: what a program such as keepalived sees and does that IPVS does not.

use super::{Cure, Entry, Words};

pub(super) const ENTRIES: &[Entry] = &[
    entry! {
        code: "check.down",
        title: {
            en: "The health check took a destination out",
            zh: "健康检查摘除了一个目标",
        },
        why: {
            en: "It failed as often in a row as --fall says. The check deletes it, or with \
                 --weight-0 sets its weight to 0.",
            zh: "连续失败的次数达到 --fall。检查程序将其删除；用 --weight-0 则把权重设为 0。",
        },
        matters: {
            en: "New connections go to the others. Deleted, the open ones hang until they end; with \
                 weight 0 they could go on.",
            zh: "新连接改派其余服务器。删除后，已有连接一直挂着；权重 0 则还能继续。",
        },
        linux: "keepalived/check/ipwrapper.c update_svr_checker_state",
    },
    entry! {
        code: "check.failed",
        title: {
            en: "A health check got no good answer",
            zh: "健康检查没有得到正常应答",
        },
        why: {
            en: "No connection in time, or with http no answer 200. One failure may be chance: the \
                 check counts them.",
            zh: "没能及时建立连接，或者 http 没有应答 200。一次失败可能是偶然，所以检查程序会计数。",
        },
        matters: {
            en: "Until enough have failed, IPVS sends this server its share, and those clients wait.",
            zh: "失败次数够之前，IPVS 照样派给这台服务器，那些客户端只能等。",
        },
        linux: "keepalived/check/check_tcp.c tcp_epilog",
    },
    entry! {
        code: "check.up",
        title: {
            en: "The health check put a destination back",
            zh: "健康检查恢复了一个目标",
        },
        why: {
            en: "It answered as often in a row as --rise says, and gets its old method and weight.",
            zh: "连续应答的次数达到 --rise，恢复原来的方式和权重。",
        },
        matters: {
            en: "A destination that was deleted and added again is the newest: it stands first in the \
                 list.",
            zh: "删除后重新加入的目标最新，排在列表最前。",
        },
        linux: "keepalived/check/ipwrapper.c update_svr_checker_state",
    },
];
