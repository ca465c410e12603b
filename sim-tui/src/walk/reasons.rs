//! With which words a walkthrough tells the values of reasons.

use sim_core::event::NodeId;
use sim_core::names::{Names, Value};
use sim_core::reason::Reason;
use sim_core::story::Player;

use crate::lang::Lang;

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
