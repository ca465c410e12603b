//! Rules of netfilter that have nothing to do with the method: some count, some forbid, some translate.

use super::dice::Dice;
use super::plan::{Plan, on_lan};

/// Adds some to the setup.
pub(super) fn add(plan: &mut Plan, dice: &mut Dice) {
    if dice.percent(70) {
        return;
    }
    for _ in 0..dice.between(1, 3) {
        let (host, line) = draw(plan, dice);
        plan.line(host, line);
    }
}

/// A line for iptables, and the host that it is for.
pub(super) fn draw(plan: &Plan, dice: &mut Dice) -> (usize, String) {
    let host = if dice.percent(60) { plan.director.host } else { dice.pick(&plan.hosts()) };
    let line = match dice.below(100) {
        0..60 => filter(plan, dice),
        60..75 => mangle(plan, dice),
        75..90 => nat(plan, dice, host),
        _ => format!(
            "iptables -t raw -A {} {} -j NOTRACK",
            dice.pick(&["PREROUTING", "OUTPUT"]),
            whom(plan, dice)
        ),
    };
    (host, line)
}

/// Which packets.
fn whom(plan: &Plan, dice: &mut Dice) -> String {
    let service = &plan.services[dice.index(&plan.services)];
    let (proto, port, vip) =
        (if service.is_udp() { "udp" } else { "tcp" }, service.port(), plan.vip);
    match dice.below(7) {
        0 => format!("-d {vip} -p {proto} --dport {port}"),
        1 => format!("-p {proto} --dport {port}"),
        2 => format!("-p {proto} --sport {port}"),
        3 => "-p icmp".to_owned(),
        4 => format!("-s {}", plan.clients[0].addr),
        5 => format!("-p {proto}"),
        _ => format!("-s {vip}"),
    }
}

fn filter(plan: &Plan, dice: &mut Dice) -> String {
    let chain = dice.pick(&["INPUT", "FORWARD", "OUTPUT"]);
    match dice.below(10) {
        0 => format!("iptables -P {chain} DROP"),
        1 => format!("iptables -A {chain} -m state --state INVALID -j DROP"),
        2 => format!("iptables -A {chain} -m conntrack --ctstate NEW,ESTABLISHED -j ACCEPT"),
        3 => {
            let how = dice.pick(&["", " --reject-with icmp-host-prohibited"]);
            format!("iptables -A {chain} {} -j REJECT{how}", whom(plan, dice))
        }
        4 => {
            let port = plan.services[0].port();
            format!("iptables -I {chain} -p tcp --dport {port} -j REJECT --reject-with tcp-reset")
        }
        5 => format!("iptables -A {chain} -m mark --mark {} -j DROP", dice.between(1, 3)),
        6 | 7 => format!("iptables -A {chain} {} -j ACCEPT", whom(plan, dice)),
        8 => format!("iptables -A {chain} {}", whom(plan, dice)),
        _ => format!("iptables -A {chain} {} -j DROP", whom(plan, dice)),
    }
}

fn mangle(plan: &Plan, dice: &mut Dice) -> String {
    match dice.below(3) {
        0 => format!(
            "iptables -t mangle -A PREROUTING {} -j MARK --set-mark {}",
            whom(plan, dice),
            dice.between(1, 3)
        ),
        1 => format!("iptables -t mangle -A OUTPUT {} -j MARK --set-mark 3", whom(plan, dice)),
        _ => {
            let what = dice.pick(&[
                "--ipvs",
                "--vdir ORIGINAL",
                "--vdir REPLY",
                "--vmethod MASQ",
                "--vmethod GATE",
            ]);
            format!("iptables -t mangle -A POSTROUTING -m ipvs {what}")
        }
    }
}

fn nat(plan: &Plan, dice: &mut Dice, host: usize) -> String {
    let card = plan.any_card(dice, host);
    match dice.below(4) {
        0 => format!("iptables -t nat -A POSTROUTING -o {card} -j MASQUERADE"),
        1 => format!(
            "iptables -t nat -A PREROUTING -p tcp --dport 81 -j REDIRECT --to-ports {}",
            plan.services[0].port()
        ),
        2 => {
            let server = plan.servers[dice.index(&plan.servers)].addr;
            let port = dice.pick(&[80, 82, 8080]);
            format!(
                "iptables -t nat -A PREROUTING -p tcp --dport {port} -j DNAT --to-destination {server}:80"
            )
        }
        _ => {
            let from = dice.pick(&[plan.director.addr, on_lan(77)]);
            format!(
                "iptables -t nat -A POSTROUTING -o {card} -p tcp --dport 80 -j SNAT --to-source {from}"
            )
        }
    }
}
