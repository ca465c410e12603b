//! Settings of the kernel, drawn without asking whether they are wise.

use super::dice::Dice;
use super::plan::Plan;

/// Settings of an interface or of `all`, with the values that are drawn; those of ARP come first.
pub(super) const OF_IFACES: [(&str, &[u32]); 19] = [
    ("arp_ignore", &[0, 1, 2, 3, 4, 5, 6, 7, 8]),
    ("arp_announce", &[0, 1, 2]),
    ("arp_filter", &[0, 1]),
    ("arp_accept", &[0, 1]),
    ("arp_notify", &[0, 1]),
    ("drop_gratuitous_arp", &[0, 1]),
    ("proxy_arp", &[0, 1]),
    ("proxy_arp_pvlan", &[0, 1]),
    ("arp_evict_nocarrier", &[0, 1]),
    ("rp_filter", &[0, 1, 2]),
    ("accept_local", &[0, 1]),
    ("route_localnet", &[0, 1]),
    ("log_martians", &[0, 1]),
    ("forwarding", &[0, 1]),
    ("send_redirects", &[0, 1]),
    ("accept_redirects", &[0, 1]),
    ("secure_redirects", &[0, 1]),
    ("shared_media", &[0, 1]),
    ("promote_secondaries", &[0, 1]),
];

/// How many of [`OF_IFACES`] are about ARP.
pub(super) const OF_ARP: usize = 9;

/// Settings of which there is one a host.
const OF_HOSTS: [(&str, &[u32]); 8] = [
    ("ip_forward", &[0, 1]),
    ("ip_default_ttl", &[1, 2, 3, 64, 255]),
    ("icmp_echo_ignore_all", &[0, 1]),
    ("icmp_echo_ignore_broadcasts", &[0, 1]),
    ("icmp_ratelimit", &[0, 1000]),
    ("icmp_ratemask", &[0, 6168]),
    ("icmp_errors_use_inbound_ifaddr", &[0, 1]),
    ("ip_nonlocal_bind", &[0, 1]),
];

/// Settings of IPVS. `drop_entry` draws lots.
const OF_IPVS: [(&str, &[u32]); 13] = [
    ("am_droprate", &[1, 2, 3, 10]),
    ("conn_reuse_mode", &[0, 1, 2]),
    ("conntrack", &[0, 1]),
    ("drop_packet", &[0, 1, 2, 3]),
    ("expire_nodest_conn", &[0, 1]),
    ("expire_quiescent_template", &[0, 1]),
    ("ignore_tunneled", &[0, 1]),
    ("nat_icmp_send", &[0, 1]),
    ("pmtu_disc", &[0, 1]),
    ("schedule_icmp", &[0, 1]),
    ("secure_tcp", &[0, 1, 2, 3]),
    ("sloppy_tcp", &[0, 1]),
    ("snat_reroute", &[0, 1]),
];

/// Adds some to the setup.
pub(super) fn add(plan: &mut Plan, dice: &mut Dice) {
    if dice.percent(45) {
        return;
    }
    for _ in 0..dice.between(1, 3) {
        let (host, line) = draw(plan, dice);
        plan.line(host, line);
    }
}

/// A line for `sysctl -w`, and the host that it is for.
pub(super) fn draw(plan: &Plan, dice: &mut Dice) -> (usize, String) {
    let host = dice.pick(&plan.hosts());
    match dice.below(100) {
        0..35 => (host, arp(plan, dice, host)),
        35..60 => (host, of_iface(plan, dice, host, &OF_IFACES[OF_ARP..])),
        60..75 => {
            let (name, values) = dice.pick(&OF_HOSTS);
            (host, format!("sysctl -w net.ipv4.{name}={}", dice.pick(values)))
        }
        _ => {
            let (name, values) = dice.pick(&OF_IPVS);
            (plan.director.host, format!("sysctl -w net.ipv4.vs.{name}={}", dice.pick(values)))
        }
    }
}

/// One about ARP.
pub(super) fn arp(plan: &Plan, dice: &mut Dice, host: usize) -> String {
    let line = of_iface(plan, dice, host, &OF_IFACES[..OF_ARP]);
    match line.split_once(".proxy_arp=1") {
        // Otherwise the kernel draws how long it waits before it answers for others.
        Some((before, _)) if !before.ends_with(".all") => {
            let iface = before.rsplit('.').next().unwrap_or("eth0");
            format!("{line} net.ipv4.neigh.{iface}.proxy_delay=0")
        }
        Some(_) => format!("{line} net.ipv4.neigh.eth0.proxy_delay=0"),
        None => line,
    }
}

fn of_iface(plan: &Plan, dice: &mut Dice, host: usize, among: &[(&str, &[u32])]) -> String {
    let (name, values) = dice.pick(among);
    let scope = match dice.below(100) {
        0..60 => "all".to_owned(),
        60..92 => plan.any_card(dice, host),
        _ => "lo".to_owned(),
    };
    format!("sysctl -w net.ipv4.conf.{scope}.{name}={}", dice.pick(values))
}
