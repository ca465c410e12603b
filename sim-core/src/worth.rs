//! Which reasons are worth telling, where not all can be told: in a walkthrough, in a picture.

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
