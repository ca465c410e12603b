//! Which reasons a walkthrough tells, and with which words for their values.

use sim_core::event::NodeId;
use sim_core::names::{Names, Value};
use sim_core::reason::Reason;
use sim_core::story::Player;

use crate::lang::Lang;

/// Reasons of everyday events, which only the full trace of `lvsim run` shows.
const ROUTINE: &[&str] = &[
    "read",
    "ip.",
    "switch.",
    "eth.drop.other-mac",
    "neigh.waits",
    "neigh.confirmed",
    "neigh.probed",
    "neigh.unasked",
    "neigh.permanent",
    "arp.silent.bad-source",
    "arp.silent.not-mine",
    "tcp.taken",
    "udp.taken",
    "icmp.echo.reply",
    "ipvs.read",
    "ipvs.service.found",
    "ipvs.sched.",
    "ipvs.conn.found",
    "ipvs.conn.state",
    "ipvs.conn.reply",
    "ipvs.conn.expired",
    "ipvs.accept.",
    "ipvs.reply.",
    "ipvs.dr.direct",
];

/// Dropped packets are never routine.
const NOTABLE: &[&str] = &["ip.drop.", "ipvs.accept.not-syn", "switch.moved"];

/// Told below a packet that is told anyhow; no reason to tell a mere acknowledgement.
const EVERYDAY: &[&str] = &[
    "ipvs.accept.not-syn",
    "ipvs.nat.",
    "ipvs.tun.wrapped",
    "neigh.learned",
    "tunnel.unpacked",
    "tunnel.wrapped",
];

/// What is said of a packet that the host itself has made, before it leaves.
const OF_OWN_PACKETS: &[&str] = &[
    "icmp.error.sent",
    "ipvs.conn.new",
    "ipvs.icmp.reply",
    "ipvs.nat.",
    "ipvs.tun.wrapped",
    "tunnel.wrapped",
];

/// Nothing to tell without the packet that it is about. That a machine without power does nothing was told when it was switched
/// off.
const NEVER_ALONE: &[&str] = &["arp.ask.", "ipvs.service.none", "power.drop.off"];

fn begins(code: &str, list: &[&str]) -> bool {
    list.iter().any(|start| code.starts_with(start))
}

/// Whether a reason is told at all.
pub fn is_told(code: &str) -> bool {
    begins(code, NOTABLE) || !begins(code, ROUTINE)
}

/// Whether a packet must be shown for it.
pub fn is_news(code: &str) -> bool {
    is_told(code) && !begins(code, EVERYDAY)
}

/// Whether a reason is told that no packet belongs to; `typed`: what happened is what somebody typed.
pub fn stands_alone(code: &str, typed: bool) -> bool {
    let is_order = typed && code.starts_with("neigh.");
    is_news(code) && !begins(code, NEVER_ALONE) && !is_order
}

/// Whether it is about a packet of this host's own, where it did not come with one.
pub fn is_of_own_packet(code: &str) -> bool {
    begins(code, OF_OWN_PACKETS)
}

/// The values of a reason that help to understand it, in parentheses; nothing if there are none.
pub fn values(player: &Player, node: NodeId, reason: &Reason, lang: Lang) -> String {
    let (net, origins) = (&player.world.net, &player.world.origins);
    let names = Names { net, origins, node, lang };
    // Of what the engine says only the server is news here.
    let is_shown = |name: &str| !matches!(reason, Reason::Ipvs(_)) || name == "rip";
    let values: Vec<String> = names
        .values(reason)
        .into_iter()
        .filter(|(name, value)| is_shown(name) && !matches!(value, Value::Place(_)))
        .map(|(name, value)| match label(reason.code(), name, lang) {
            "" => value.to_string(),
            label => format!("{label} {value}"),
        })
        .collect();
    match lang {
        _ if values.is_empty() => String::new(),
        Lang::En => format!(" ({})", values.join(", ")),
        Lang::Zh => format!("（{}）", values.join("，")),
    }
}

/// What a value of a reason is called here.
fn label(code: &str, name: &'static str, lang: Lang) -> &'static str {
    let is_move = code.ends_with(".moved");
    let (en, zh) = match name {
        "target" | "addr" => ("", ""),
        "home" => ("on", "在"),
        "sender" if code.starts_with("arp.ask.") => ("in the name of", "发送者"),
        "sender" => ("asked by", "询问者"),
        "mac" => ("at", "在"),
        "refused" => ("not at", "不采纳"),
        "from" => ("from", if is_move { "原在" } else { "来自" }),
        "to" => ("to", if is_move { "改为" } else { "发往" }),
        "dst" => ("to", "发往"),
        "src" => ("from", "来自"),
        "at" => ("at", "在"),
        "by" => ("by", "经"),
        "back" => ("way back by", "回程经"),
        "next" => ("next hop", "下一跳"),
        "gateway" => ("gateway", "网关"),
        "remote" => ("other end", "对端"),
        "mtu" => ("MTU", "MTU"),
        "ttl" => ("TTL", "TTL"),
        "iface" => ("on", "在"),
        "carrier" => ("carrier", "载波"),
        "kind" if code.starts_with("icmp.") => ("ICMP type", "ICMP 类型"),
        "kind" => ("type", "类型"),
        "code" => ("code", "代码"),
        "proto" => ("protocol", "协议"),
        "rip" => ("RIP", "RIP"),
        other => (other, other),
    };
    lang.pick(en, zh)
}
