//! What people look at when a story is over.

use super::Act;
use super::dice::Dice;
use super::plan::Plan;

/// Adds listings on drawn hosts.
pub(super) fn around(plan: &mut Plan, dice: &mut Dice) {
    let director = plan.director.host;
    // What is still on its way when the last command ends arrives before the first listing.
    // What lives for a second or two is surely gone when somebody looks.
    let is_short = |line: &String| {
        let is_ipvs = line.starts_with("ipvsadm");
        is_ipvs && ["--set", " -p 1", " -p 2"].iter().any(|words| line.contains(words))
    };
    let told = plan.story.iter().filter_map(Act::line);
    let typed = plan.machines[director].setup.iter().chain(told);
    let ms = if typed.into_iter().any(is_short) { 4500 } else { 200 };
    plan.story.push(Act::Wait { ms });
    plan.type_line(director, "ipvsadm -Ln");
    plan.type_line(director, "ipvsadm -Lnc");
    for _ in 0..dice.between(1, 3) {
        if dice.percent(40) {
            let line = dice.pick(&[
                "ipvsadm -Sn",
                "ipvsadm -Ln --thresholds",
                "ipvsadm -Ln --persistent-conn",
                "ipvsadm -L --timeout",
                "cat /proc/net/ip_vs",
                "conntrack -L",
                "iptables -t mangle -nvL",
                "iptables -t nat -nvL",
                "iptables -t nat -S",
            ]);
            plan.type_line(director, line);
        } else {
            let host = dice.pick(&plan.hosts());
            let line = on_any(plan, dice, host);
            plan.type_line(host, line);
        }
    }
    if dice.percent(20) {
        // The kernel copies its counters every two seconds.
        plan.story.push(Act::Wait { ms: 3000 });
        let line = dice.pick(&["ipvsadm -Ln --stats", "ipvsadm -Ln --stats --exact"]);
        plan.type_line(director, line);
    }
}

fn on_any(plan: &Plan, dice: &mut Dice, host: usize) -> String {
    let client = plan.clients[0].addr;
    let vip = plan.vip;
    let card = plan.any_card(dice, host);
    match dice.below(16) {
        0..3 => "ip neigh".to_owned(),
        3 => "arp -n".to_owned(),
        4 => "ip addr".to_owned(),
        5 => "ip route".to_owned(),
        6 => "route -n".to_owned(),
        7 => "ip route show table local".to_owned(),
        8 => format!("ip route get {client}"),
        9 => format!("ip route get {vip}"),
        10 => "iptables -nvL".to_owned(),
        11 => "iptables -S".to_owned(),
        12 => format!("sysctl net.ipv4.conf.{card}.arp_ignore net.ipv4.conf.all.arp_announce"),
        13 => "ss -tan".to_owned(),
        14 => "nstat -as IpInReceives IpInDelivers IpOutRequests TcpOutRsts IcmpOutMsgs".to_owned(),
        _ => "ip route show cache".to_owned(),
    }
}
