//! Where the machines of a lab stand: the shapes, and the addresses, routes and cables of each.

use std::net::Ipv4Addr;

use super::dice::Dice;
use super::plan::{LAN, OUTSIDE, Plan, Seat, on_lan, outside};

/// Where client, director and real servers stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shape {
    /// All in one network.
    Lan,
    /// The clients behind a router.
    Router,
    /// The director between clients and real servers.
    TwoArms,
    /// The clients behind a router, and some real servers in a third network.
    Far,
}

impl Shape {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Lan, Self::Router, Self::TwoArms, Self::Far];

    /// Its name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Lan => "lan",
            Self::Router => "router",
            Self::TwoArms => "two-arms",
            Self::Far => "far",
        }
    }
}

/// The gateway of the third network.
const FAR_ROUTER: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 1);

/// A VIP in nobody's network: routes lead to it.
pub(super) const AWAY: Ipv4Addr = Ipv4Addr::new(10, 9, 9, 9);

/// Puts machines and cables down.
pub(super) fn draw(plan: &mut Plan, dice: &mut Dice) {
    match plan.shape {
        Shape::Lan => lan(plan, dice),
        Shape::Router | Shape::Far => router(plan, dice),
        Shape::TwoArms => two_arms(plan, dice),
    }
    if plan.shape != Shape::TwoArms && dice.percent(18) {
        second_card(plan, dice);
    }
}

fn lan(plan: &mut Plan, dice: &mut Dice) {
    plan.switch("lan");
    let count = if dice.percent(35) { 2 } else { 1 };
    for nth in 1..=count {
        let client = plan.host(&client_name(nth), &format!("c{nth}"));
        plan.join(dice, client, "lan", on_lan(nth * 10), LAN);
        plan.clients.push(Seat { host: client, addr: on_lan(nth * 10), gateway: None });
    }
    director(plan, dice, None);
    servers(plan, dice, None, 3);
    vip(plan, dice);
}

/// The first client has no number.
fn client_name(nth: u8) -> String {
    if nth == 1 { "client".to_owned() } else { format!("client{nth}") }
}

fn router(plan: &mut Plan, dice: &mut Dice) {
    plan.switch("lan");
    let gateway = outside(1);
    let count = if dice.percent(25) { 2 } else { 1 };
    if count == 2 {
        plan.switch("out");
    }
    let router = plan.host("router", "a0");
    for nth in 1..=count {
        let client = plan.host(&client_name(nth), &format!("c{nth}"));
        let addr = outside(nth * 10);
        if count == 2 {
            plan.join(dice, client, "out", addr, OUTSIDE);
        } else {
            plan.pair(dice, (client, addr), (router, gateway), OUTSIDE);
        }
        plan.line(client, format!("ip route add default via {gateway}"));
        plan.clients.push(Seat { host: client, addr, gateway: Some(gateway) });
    }
    if count == 2 {
        plan.join(dice, router, "out", gateway, OUTSIDE);
    }
    plan.join(dice, router, "lan", on_lan(254), LAN);
    plan.line(router, "sysctl -w net.ipv4.ip_forward=1");
    plan.router = Some(router);
    director(plan, dice, Some(on_lan(254)));
    if plan.shape == Shape::Router {
        servers(plan, dice, Some(on_lan(254)), 3);
    } else {
        let near = dice.between(0, 1);
        if near > 0 {
            servers(plan, dice, Some(on_lan(254)), 1);
        }
        plan.switch("far");
        plan.join(dice, router, "far", FAR_ROUTER, 24);
        for _ in 0..dice.between(1, 2) {
            server(plan, dice, "far", Ipv4Addr::new(203, 0, 113, 0), Some(FAR_ROUTER));
        }
    }
    vip(plan, dice);
}

fn two_arms(plan: &mut Plan, dice: &mut Dice) {
    plan.switch("out");
    for nth in 1..=if dice.percent(35) { 2 } else { 1 } {
        let client = plan.host(&client_name(nth), &format!("c{nth}"));
        let addr = outside(nth * 10);
        plan.join(dice, client, "out", addr, OUTSIDE);
        plan.clients.push(Seat { host: client, addr, gateway: None });
    }
    plan.director.host = plan.host("director", "d1");
    let director = plan.director.host;
    plan.join(dice, director, "out", outside(2), OUTSIDE);
    plan.switch("lan");
    plan.join(dice, director, "lan", on_lan(1), LAN);
    plan.inner = "eth1";
    plan.director.addr = on_lan(1);
    servers(plan, dice, Some(on_lan(1)), 3);
    // The director's own address will do as a VIP, as in many a how-to.
    plan.vip = if dice.percent(30) { outside(2) } else { outside(100) };
}

fn director(plan: &mut Plan, dice: &mut Dice, gateway: Option<Ipv4Addr>) {
    let host = plan.host("director", "d1");
    plan.join(dice, host, "lan", on_lan(1), LAN);
    if let Some(gateway) = gateway {
        plan.line(host, format!("ip route add default via {gateway}"));
    }
    plan.director = Seat { host, addr: on_lan(1), gateway };
}

fn servers(plan: &mut Plan, dice: &mut Dice, gateway: Option<Ipv4Addr>, most: u32) {
    for _ in 0..dice.between(1, most) {
        server(plan, dice, "lan", on_lan(0), gateway);
    }
}

/// One more real server; where it asks for a way back depends on the method.
fn server(
    plan: &mut Plan,
    dice: &mut Dice,
    switch: &str,
    net: Ipv4Addr,
    gateway: Option<Ipv4Addr>,
) {
    let nth = u8::try_from(plan.servers.len()).expect("there are few") + 1;
    let host = plan.host(&format!("rs{nth}"), &format!("5{nth}"));
    let [a, b, c, _] = net.octets();
    let addr = Ipv4Addr::new(a, b, c, 10 + nth);
    plan.join(dice, host, switch, addr, LAN);
    plan.servers.push(Seat { host, addr, gateway });
}

/// Where the clients ask.
fn vip(plan: &mut Plan, dice: &mut Dice) {
    plan.vip = on_lan(100);
    if !dice.percent(20) {
        return;
    }
    plan.vip = AWAY;
    let route = format!("ip route add {AWAY}/32 via {}", plan.director.addr);
    let hosts = match plan.router {
        Some(router) => vec![router],
        None => plan.clients.iter().map(|client| client.host).collect(),
    };
    for host in hosts {
        plan.line(host, route.clone());
    }
}

/// A machine with two cards in one network: who answers for which address is ARP's oldest riddle.
fn second_card(plan: &mut Plan, dice: &mut Dice) {
    let mut hosts: Vec<usize> = plan.servers.iter().map(|seat| seat.host).collect();
    hosts.push(plan.director.host);
    let host = dice.pick(&hosts);
    let addr = on_lan(if dice.percent(50) { 40 } else { 41 });
    if plan.cards(host) == 1 {
        plan.join(dice, host, "lan", addr, LAN);
        if dice.percent(40) {
            plan.line(host, "sysctl -w net.ipv4.conf.all.arp_filter=1");
        }
    }
}
